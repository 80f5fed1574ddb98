"""Why a rule said nothing about an endpoint: the part of its condition that does not hold, in words."""

from __future__ import annotations

import re

from smtplint.catalog.condition import UNKNOWN, evaluate, names
from smtplint.report.words import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from smtplint.endpoint import Endpoint

# Modes, ports, versions, mechanisms; a URL or an address is none of these.
_HARMLESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:+-]{0,79}")
# What a switch among the facts means: when it is on, when it is off ("" where that never keeps a rule silent).
_SAYS = {
    "absence_known": ("", "keys that are absent may be set out of sight"),
    "credentials_given": ("a user name and a password are there", ""),
    "credentials_readable": ("", "it takes no credentials from this place"),
    "example_file": ("this is an example file", ""),
    "foreign_port": ("", "the port belongs to no other protocol"),
    "host_not_submission": ("", "the host takes submissions"),
    "host_port_conflict": ("", "no other port stands behind the host"),
    "host_retired": ("", "the host has not been given up"),
    "implicit_port": ("the port is one for TLS from the first byte", "the port is not one for TLS from the first byte"),
    "mechanism_guards": ("", "no other mechanism would keep the password back"),
    "mechanism_pinned": ("", "no mechanism is pinned"),
    "password_literal": ("", "no password is written out here"),
    "port_invalid": ("", "the port can be used"),
    "provider_alternative_port": ("", "the port is no alternative of the provider's"),
    "provider_has_submission": ("", "the provider offers no better port"),
    "provider_lists_port": ("the provider listens on the port", "the provider does not list the port"),
    "secret_file": ("this file is meant for secrets", ""),
    "starttls_port": ("the port is one for STARTTLS", "the port is not one for STARTTLS"),
    "timeout_settable": ("", "there is no setting for it here"),
    "tls13_excluded": ("", "TLS 1.3 is not left out"),
    "tls_below_12": ("a version below 1.2 is allowed, and another finding says so", "no setting allows a version below 1.2"),
    "tls_min_set": ("the lowest TLS version is set", ""),
    "tls_min_settable": ("", "there is no setting for the lowest TLS version here"),
    "verify": ("the certificate is checked", "the certificate is not checked at all"),
    "verify_hostname": ("the host name is compared", "the host name is not compared"),
    "verify_set": ("", "no setting switches the check off"),
    "verify_hostname_set": ("", "no setting switches the comparison off"),
}
_NAMES = {
    "auth": "whether there is a login", "client_floor": "the lowest TLS version of its library", "host_scope": "the kind of host", "mode": "the mode",
    "port": "the port", "role": "the role", "timeout": "the time-out", "verify": "whether the certificate is checked",
    "verify_hostname": "whether the host name is compared", "mechanism": "the mechanism",
}  # fmt: skip


def silence(endpoint: Endpoint, check: Mapping[str, Any], active: bool) -> str:
    """Why a rule said nothing: the answer of the judge, with the facts that decided."""
    from smtplint.judge import verdict

    if not active:
        return "it is not selected"
    said = verdict(dict(check), endpoint).removeprefix("silent: ")
    if said == "does not hold":
        return ", ".join(dict.fromkeys(_told(endpoint, name) for name in _deciding(endpoint, check))) or "its condition does not hold"
    if said == "a fact it needs is not known":
        return _missing(endpoint, check)
    if said.startswith("not for ") and said.endswith(" hosts"):
        return f"it is about {' or '.join(check.get('scopes') or ())} hosts, this one is {endpoint.host_scope}"
    if said.startswith("not for the role"):
        return f"it is about the role {' or '.join(check.get('roles') or ('submission',))}, this is {endpoint.role}"
    if said == "not for the profile generic":
        return "it takes no stand on applications nobody knows"
    if said.startswith("not for the profile"):
        return "the profile keeps it silent, because the fact behind it is in doubt"
    return "another finding says it" if said == "speaks" else clean(said)


def _look(endpoint: Endpoint) -> Callable[[str], object]:
    from smtplint.judge import _look as look

    return look(endpoint, endpoint.mode)


def _deciding(endpoint: Endpoint, check: Mapping[str, Any]) -> list[str]:
    """The names in the part of a condition that makes it false."""
    value = _look(endpoint)

    def holds(part: Any) -> bool | None:
        return evaluate(part, value, lambda name: "absent" if value(name) is None else "present")

    def deciding(part: Any, answer: bool) -> Iterator[str]:
        if part[0] == "not":
            yield from deciding(part[1], not answer)
        elif part[0] == ("or" if answer else "and"):  # one part is enough
            yield from deciding(next((one for one in part[1:] if holds(one) is answer), part[1]), answer)
        elif part[0] in ("and", "or"):
            for one in part[1:]:
                yield from deciding(one, answer)
        else:
            yield from names(part)

    return list(deciding(check["flag"], False))


def _missing(endpoint: Endpoint, check: Mapping[str, Any]) -> str:
    value = _look(endpoint)
    wanted = dict.fromkeys([*(check.get("needs") or ()), *names(check["flag"])])
    if "provider" in wanted and endpoint.facts.get("provider") is None and endpoint.host is not None:
        return "the host belongs to no provider that smtplint knows"
    lost = [name for name in wanted if value(name) is UNKNOWN or value(name) == "unresolved"]
    return (
        f"{' and '.join(_NAMES.get(name, name) for name in lost)} cannot be told from the files" if lost else "a fact it needs is not known"
    )


def _told(endpoint: Endpoint, name: str) -> str:
    """One fact and its value in words."""
    value = _look(endpoint)(name)
    if name.startswith("provider") and endpoint.facts.get("provider") is None:
        return "the host belongs to no provider that smtplint knows"
    if name == "provider_confidence":
        return "the provider does not document its ports"
    if value is True or value is False or value is None:
        says = _SAYS.get(name, ("", ""))[0 if value is True else 1]
        if says:
            return says + _by_default(endpoint) if name == "tls_below_12" and value is False else says
    label = _NAMES.get(name, name)
    label = label.removeprefix("whether ") if label.startswith("whether ") else label
    if value is UNKNOWN or value == "unresolved":
        return f"{label} is not known"
    if value is None:
        return f"{label}: none"
    if isinstance(value, bool):
        return f"{label}: {'yes' if value else 'no'}"
    if isinstance(value, (int, float)) or (isinstance(value, str) and _HARMLESS.fullmatch(value)):
        return f"{label} is {clean(str(value))}" if label.startswith("the ") else f"{label}: {clean(str(value))}"
    return f"{label} is set"


def _by_default(endpoint: Endpoint) -> str:
    """What decides about the lowest TLS version where no setting does."""
    if endpoint.facts.get("tls_min_set"):
        return ""
    return f"; the lowest by default is {endpoint.tls_min}" if endpoint.tls_min else "; the TLS library or the system decides"
