"""Derived facts of an endpoint: what kind of host it is, whose it is, and what the checks may ask about.

The list of facts is closed: a new one is a change of the check schema, never a hook into code.
"""

from __future__ import annotations

import re

from smtplint.carriers import is_example
from smtplint.catalog.paths import like
from smtplint.decode import TLS_VERSIONS
from smtplint.lazy import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from smtplint.catalog import Catalog
    from smtplint.endpoint import Endpoint

# What an endpoint says of itself.
_OWN = ("role", "host", "host_scope", "port", "tls_min", "tls_max", "verify", "verify_hostname", "timeout", "auth", "enabled", "profile")
# Every name that the condition of a check may use.
NAMES = (
    *_OWN,
    "mode",
    "port_invalid",
    "provider",
    "provider_confidence",
    "provider_kind",
    "provider_mode",
    "provider_lists_port",
    "provider_has_submission",
    "provider_alternative_port",
    "host_retired",
    "host_not_submission",
    "foreign_port",
    "host_port_conflict",
    "tls_below_12",
    "tls13_excluded",
    "tls_min_settable",
    "tls_min_set",
    "client_floor",
    "floor_known",
    "verify_set",
    "verify_hostname_set",
    "timeout_settable",
    "password_literal",
    "secret_file",
    "example_file",
    "absence_known",
    "credentials_readable",
    "credentials_given",
    "mechanism",
    "mechanism_pinned",
    "mechanism_guards",
    "starttls_port",
    "implicit_port",
)
_LOOPBACK = later(
    r"localhost|.*\.localhost|127(?:\.\d{1,3}){3}|::1|0:0:0:0:0:0:0:1|0\.0\.0\.0|host\.docker\.internal|gateway\.docker\.internal|"
    r"host\.containers\.internal|host\.lima\.internal|172\.17\.0\.1|10\.0\.2\.2|/.*|localhost\.localdomain|ip6-localhost\Z"
)
_PRIVATE_SUFFIXES = (
    ".local",
    ".internal",
    ".lan",
    ".svc",
    ".svc.cluster.local",
    ".home.arpa",
    ".intranet",
    ".corp",
    ".localdomain",
    ".home",
    ".private",
    ".cluster.local",
    ".consul",
    ".docker",
)
_SECRET_NAME = later(r"secret|credential|\bvault\b|\.sops\.|\.enc\.", re.IGNORECASE)


def _is_env_file(name: str) -> bool:
    return name.startswith(".env") or name.endswith(".env") or name in ("env", ".flaskenv")


def host_scope(host: str | None, endpoint: Endpoint, catalog: Catalog, private: Iterable[str] = (), development: Iterable[str] = ()) -> str:
    """loopback, development, private, public or unknown, as the rule catalogue defines them."""
    if host is None:
        return "unknown"
    if any(like(host, glob.lower()) for glob in development):
        return "development"
    if any(like(host, glob.lower()) for glob in private):
        return "private"
    if (host[:1] in "0123456789:/" or "localhost" in host or ".internal" in host) and _LOOPBACK.fullmatch(host):
        return "loopback"
    catchers = catalog.providers.get("catchers", {})
    if _is_catcher(host, endpoint, catchers):
        return "development"
    single = "." not in host and ":" not in host
    if single:
        return "development" if _catcher_port(endpoint, catalog) else "private"
    if ":" in host:
        head = host.split(":")[0]
        return "private" if re.match(r"f[cd]|fe[89ab]", head) else "public"
    address = re.fullmatch(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", host) if host[-1:].isdecimal() else None
    if address:
        a, b = int(address.group(1)), int(address.group(2))
        inside = (
            a == 10 or (a == 172 and 16 <= b <= 31) or (a == 192 and b == 168) or (a == 100 and 64 <= b <= 127) or (a == 169 and b == 254)
        )
        return "private" if inside else "public"
    return "private" if host.endswith(_PRIVATE_SUFFIXES) else "public"


def _catcher_port(endpoint: Endpoint, catalog: Catalog) -> bool:
    return endpoint.port in catalog.providers.get("catchers", {}).get("ports", ())


def _is_catcher(host: str, endpoint: Endpoint, catchers: dict[str, Any]) -> bool:
    if any(like(host, glob) for glob in catchers.get("hosts", ())):
        return True
    label = host.split(".", 1)[0]
    inside = "." not in host or host.endswith(_PRIVATE_SUFFIXES)
    if inside and any(name in label.replace("_", "-") for name in catchers.get("names", ())):
        return True
    scope = endpoint.scope
    if scope is not None and "." not in host:
        image = scope.owner.siblings.get(host, "").lower()
        if image and any(like(image, glob) or like(image, "*/" + glob) for glob in catchers.get("images", ())):
            return True
    return False


def provider_of(host: str | None, catalog: Catalog) -> tuple[str, dict[str, Any]] | None:
    """The known provider a host name belongs to."""
    if host is None:
        return None
    data = catalog.providers
    name = data.get("hosts", {}).get(host)
    if name is None:
        name = next((found for glob, found in data.get("globs", ()) if like(host, glob)), None)
    return (name, data["providers"][name]) if name is not None else None


def derive(endpoint: Endpoint, catalog: Catalog, private: Iterable[str] = (), development: Iterable[str] = ()) -> None:
    """Fill `endpoint.facts`, `host_scope`, `tls_min` and `tls_max`, for the endpoint and its alternates."""
    _derive(endpoint, catalog, private, development)
    for other in endpoint.alternates:
        _derive(other, catalog, private, development)


def _derive(endpoint: Endpoint, catalog: Catalog, private: Iterable[str], development: Iterable[str]) -> None:
    facts, fields = endpoint.facts, endpoint.fields
    endpoint.host_scope = host_scope(endpoint.host, endpoint, catalog, private, development)
    _tls(endpoint)
    port = fields.get("port")
    invalid = port is not None and port.state == "invalid"
    if endpoint.port is not None and not 1 <= endpoint.port <= 65535:
        invalid = True
        endpoint.port = None
    recognition = endpoint.recognition
    required = recognition is not None and bool(recognition.profile["fields"].get("port", {}).get("required"))
    missing = required and endpoint.enabled is not False and (port is None or port.state == "absent")
    facts["port_invalid"] = invalid or missing
    facts["port_problem"] = "missing" if missing else "invalid" if invalid else ""
    part = fields.get("host_port_part")
    facts["host_port_conflict"] = bool(
        part is not None
        and port is not None
        and port.state == "set"
        and isinstance(part.value, int)
        and endpoint.port is not None
        and part.value != endpoint.port
    )
    if part is not None and port is not None and port.state in ("default", "absent"):
        # The application may or may not take a port out of the host: not known.
        endpoint.port = None
        fields["port"] = _unresolved(part)
    _provider(endpoint, catalog)
    facts["foreign_port"] = endpoint.port in catalog.providers.get("foreign_ports", {})
    _credentials(endpoint)
    scope = endpoint.scope
    path = endpoint.file
    # Only the name of the file says so: a real file may lie in a folder called templates.
    facts["example_file"] = any(is_example(name) for name in (path, *(scope.names if scope else ())))
    password = fields.get("password")
    where = password.place.path if password is not None and password.place is not None else path
    facts["secret_file"] = (
        bool(scope is not None and scope.secret)
        or _is_env_file(where.rpartition("/")[2].lower())
        or bool(_SECRET_NAME.search(where.rpartition("/")[2]))
        or is_example(where)
    )
    facts["implicit_port"] = endpoint.port == 465 or facts.get("provider_mode") == "implicit"
    facts["starttls_port"] = endpoint.port in (25, 587, 2525) or facts.get("provider_mode") in ("starttls", "either")
    timeout = fields.get("timeout")
    facts["timeout_settable"] = _settable(endpoint, "timeout")
    if timeout is not None and timeout.state == "unresolved":
        endpoint.timeout = None
    verify = fields.get("verify")
    facts["verify_set"] = verify is not None and verify.state == "set" and not _verify_on_the_side(endpoint)
    name = fields.get("verify_hostname")
    facts["verify_hostname_set"] = name is not None and name.state == "set"
    for fact in _OWN:
        facts[fact] = getattr(endpoint, fact)


def _unresolved(part: Any) -> Any:
    from smtplint.endpoint import Field

    return Field(
        "port",
        "unresolved",
        key=part.key,
        place=part.place,
        key_place=part.key_place,
        via=part.via,
        note="a port stands in the host; whether it counts is not known",
    )


def _verify_on_the_side(endpoint: Endpoint) -> bool:
    """A setting whose own meaning is something else, and which changes verification on the side, counts as a default."""
    recognition = endpoint.recognition
    return bool(recognition is not None and recognition.profile["fields"].get("verify", {}).get("own_meaning"))


def _settable(endpoint: Endpoint, *names: str) -> bool:
    """Whether one of the fields can be written in the kind of place in which the endpoint stands."""
    recognition = endpoint.recognition
    if recognition is None:
        return False
    if any(name in recognition.placement["names"] for name in names):
        return True
    inherits = recognition.placement.get("inherits")
    if inherits and any(name in inherits["names"] for name in names):
        return True
    specs = recognition.profile["fields"]
    urls = [specs[key]["query"] for key in recognition.placement["names"] if key in specs and specs[key].get("query")]
    return any(name in options for options in urls for name in names)


def _tls(endpoint: Endpoint) -> None:
    fields, facts = endpoint.fields, endpoint.facts
    low, high, listed = fields.get("tls_min"), fields.get("tls_max"), fields.get("protocols")
    minimum = low.value if low is not None and low.state in ("set", "default") else None
    maximum = high.value if high is not None and high.state in ("set", "default") else None
    versions = listed.value if listed is not None and listed.state in ("set", "default") and isinstance(listed.value, tuple) else ()
    if versions:
        minimum = minimum or versions[0]
        maximum = maximum or (versions[-1] if versions[-1] != "1.3" else None)
    explicit = (low is not None and low.state == "set") or (listed is not None and listed.state == "set")
    unseen = any(field is not None and field.state == "unresolved" for field in (low, listed))
    facts["tls_min_set"] = explicit or unseen
    below = False
    for field, value in ((low, minimum), (high, maximum), (listed, minimum)):
        if field is not None and field.state == "set" and isinstance(value, str) and TLS_VERSIONS.index(value) < TLS_VERSIONS.index("1.2"):
            below = True
    facts["tls_below_12"] = below
    capped = (high is not None and high.state == "set" and maximum == "1.2") or bool(
        listed is not None and listed.state == "set" and versions and "1.3" not in versions and "1.2" in versions
    )
    facts["tls13_excluded"] = capped
    facts["tls_min_settable"] = _settable(endpoint, "tls_min", "protocols")
    floor = facts.get("client_floor")
    endpoint.tls_min = minimum if isinstance(minimum, str) else floor if isinstance(floor, str) and not unseen else None
    endpoint.tls_max = maximum if isinstance(maximum, str) else None


def _provider(endpoint: Endpoint, catalog: Catalog) -> None:
    facts = endpoint.facts
    for fact in ("provider", "provider_confidence", "provider_kind", "provider_mode", "provider_lists_port"):
        facts[fact] = None
    for fact in ("provider_has_submission", "provider_alternative_port", "host_retired", "host_not_submission"):
        facts[fact] = False
    found = provider_of(endpoint.host, catalog)
    if found is None:
        return
    name, provider = found
    ports: dict[int, str] = provider["ports"]
    facts["provider"] = name
    facts["provider_name"] = provider["name"]
    facts["provider_confidence"] = provider["confidence"]
    facts["provider_kind"] = provider["kind"]
    facts["provider_has_submission"] = 587 in ports or 465 in ports
    facts["host_retired"] = endpoint.host in provider["retired"]
    use = provider["retired"].get(endpoint.host, "")
    facts["provider_use"] = use
    facts["host_not_submission"] = provider["kind"] == "mx"
    facts["provider_ports"] = ports
    if endpoint.port is not None:
        facts["provider_mode"] = ports.get(endpoint.port)
        facts["provider_lists_port"] = endpoint.port in ports
        facts["provider_alternative_port"] = endpoint.port in provider["alternatives"]
    if provider["kind"] == "test":
        endpoint.host_scope = "development"


def _credentials(endpoint: Endpoint) -> None:
    facts, fields = endpoint.facts, endpoint.fields
    password = fields.get("password")
    facts["password_literal"] = bool(password is not None and password.state == "set" and password.value is True)
    facts["credentials_readable"] = _settable(endpoint, "username", "password", "url") and not _settable(endpoint, "password_elsewhere")
    written = (fields.get("username"), password or fields.get("password_file"))
    facts["credentials_given"] = all(field is not None and field.state not in ("absent", "default") for field in written)
    mechanism = fields.get("mechanism")
    facts["mechanism"] = (
        mechanism.value.lower() if mechanism is not None and mechanism.state == "set" and isinstance(mechanism.value, str) else None
    )
    facts["mechanism_pinned"] = facts["mechanism"] is not None
    recognition = endpoint.recognition
    auth = recognition.profile["auth"] if recognition is not None else {}
    facts["mechanism_guards"] = bool(auth.get("guards"))
