"""What was made of one line: the settings it gives, the endpoints they belong to, which rules spoke and why the others were silent."""

from __future__ import annotations

from smtplint.report.snippet import shown_value
from smtplint.report.words import clean, count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from smtplint.endpoint import Endpoint, Field
    from smtplint.result import Result

_FACTS = ("role", "host", "host_scope", "port", "mode", "verify", "verify_hostname", "tls_min", "tls_max", "timeout", "auth", "enabled")


def explain(result: Result, path: str, line: int, checks: Mapping[str, Mapping[str, Any]], active: Collection[str]) -> str:
    """Text about the 1-based line of a display path. `active` are the ids of the rules that speak in this run. No secret is shown."""
    blocks = []
    for endpoint in sorted(result.endpoints, key=lambda one: one.sort_key):
        here = [field for field in endpoint.fields.values() if _on(field, path, line)]
        if here or _covers(endpoint, path, line):
            blocks.append(_block(endpoint, here, result, checks, active))
    if blocks:
        return "\n".join(blocks)
    near = sorted({place[1] for endpoint in result.endpoints for place in _lines(endpoint) if place[0] == path})
    text = f"{clean(path)}:{line} gives no setting of an SMTP connection.\n"
    if near:
        text += f"Lines of this file that do: {', '.join(map(str, near))}.\n"
    elif result.endpoints:
        text += f"This file holds {count(len(result.endpoints), 'endpoint')} whose settings stand elsewhere.\n"
    else:
        text += "No SMTP connection was found in this file.\n"
    return text


def _lines(endpoint: Endpoint) -> list[tuple[str, int]]:
    places = [place for field in endpoint.fields.values() for place in (field.place, field.key_place) if place is not None]
    return [(place.path, place.line) for place in places]


def _on(field: Field, path: str, line: int) -> bool:
    for place in (field.place, field.key_place, *field.via):
        if place is not None and place.path == path:
            first = place.line
            last = place.source.position(max(place.start, place.end - 1))[0]
            if first <= line <= last:
                return True
    return False


def _covers(endpoint: Endpoint, path: str, line: int) -> bool:
    return endpoint.file == path and endpoint.line == line


def _block(endpoint: Endpoint, here: list[Field], result: Result, checks: Mapping[str, Mapping[str, Any]], active: Collection[str]) -> str:
    lines = [f"{clean(endpoint.id)}", f"  {clean(endpoint.name)}, read as {endpoint.profile}"]
    for field in here:
        note = f" ({clean(field.note)})" if field.note else ""
        lines.append(f"  here: {clean(field.key) or field.name} gives {field.name} = {clean(shown_value(field))}{note}")
    lines.append("  on the wire: " + ", ".join(f"{name} {_word(getattr(endpoint, name))}" for name in _FACTS))
    if endpoint.row:
        lines.append(f"  decided by: {clean(endpoint.row)}")
    spoke = {finding.rule: finding for finding in (*result.findings, *result.suppressed) if endpoint in finding.endpoints}
    for rule, finding in sorted(spoke.items()):
        taken = f" (suppressed: {finding.suppressed})" if finding.suppressed else ""
        lines.append(f"  {rule} speaks{taken}: {clean(' '.join(finding.message.split()))}")
    for rule in sorted(checks):
        if rule not in spoke:
            lines.append(f"  {rule} is silent: {_silence(endpoint, checks[rule], rule in active)}")
    return "\n".join(lines) + "\n"


def _word(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(str(value))


def _silence(endpoint: Endpoint, check: Mapping[str, Any], active: bool) -> str:
    """Why a rule said nothing, as far as that can be told from what it asks for."""
    if not active:
        return "it is not selected"
    if endpoint.enabled is False:
        return "mail is switched off here"
    roles, scopes = check.get("roles") or (), check.get("scopes") or ()
    if roles and endpoint.role not in roles:
        return f"it is about the role {' or '.join(roles)}, this is {endpoint.role}"
    if scopes and endpoint.host_scope not in scopes:
        return f"it is about {' or '.join(scopes)} hosts, this one is {endpoint.host_scope}"
    for name in check.get("needs") or ():
        if getattr(endpoint, name, endpoint.facts.get(name, "")) in (None, "unknown", "unresolved"):
            return f"{name} cannot be known from the files"
    if endpoint.profile == "generic" and check.get("generic") is False:
        return "it takes no stand on applications nobody knows"
    return f"its condition does not hold ({clean(str(check.get('title') or check.get('slug')))})"
