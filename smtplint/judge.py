"""Endpoints against checks: which rules speak, where, and in which words."""

from __future__ import annotations

from smtplint.catalog.condition import UNKNOWN, evaluate, names
from smtplint.endpoint import is_word
from smtplint.finding import Finding, Related
from smtplint.lazy import later
from smtplint.readers import syntax_of
from smtplint.remedy import remedy, sentence
from smtplint.source import Place
from smtplint.tree import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from smtplint.catalog import Catalog
    from smtplint.endpoint import Endpoint, Field
    from smtplint.recognise import Recognition

# Facts for which None means "not known"; for the others it is a value ("no provider", "no floor of its own").
_NONE_IS_UNKNOWN = {"host", "port", "verify", "verify_hostname", "timeout", "provider_lists_port", "enabled"}
# What leaks is one cause: where the candidates of a table disagree between these, the mildest speaks.
_IN_CLEAR = ("SMTP202", "SMTP201", "SMTP203")
_GROUPS = {
    "port": ("port",),
    "host": ("host", "host_port", "url"),
    "cert": ("verify", "verify_hostname", "ca"),
    "verify": ("verify",),
    "verify_hostname": ("verify_hostname",),
    "tls_version": ("tls_min", "protocols", "tls_max"),
    "auth": ("username", "password", "password_file", "auth_enabled"),
    "password": ("password",),
    "timeout": ("timeout",),
    "mechanism": ("mechanism",),
}
_SWITCHES = frozenset(("true", "false", "yes", "no", "on", "off", "1", "0", "none", "null"))
_INSIDE = later(r"(?<=[^.!?] )The application")
_SECRETS = {"password", "username", "url", "password_file"}


def judge(endpoints: Iterable[Endpoint], catalog: Catalog) -> list[Finding]:
    """Every finding of every endpoint, one per rule and cause, in file order, before suppressions."""
    merged: dict[tuple[str, tuple[str, int, int]], Finding] = {}
    for endpoint in endpoints:
        for finding in _judge(endpoint, catalog):
            key = (finding.rule, finding.place.key)
            held = merged.get(key)
            if held is None:
                merged[key] = finding
            elif endpoint.id != held.endpoints[-1].id:  # one endpoint's findings come together
                held.endpoints += (endpoint,)
    for finding in merged.values():
        if len(finding.endpoints) > 1:
            others = sorted({other.name for other in finding.endpoints[1:]} - {finding.endpoint.name})
            if others:
                finding.message += f" The same holds for {_join(others)}."
    return sorted(merged.values(), key=lambda finding: finding.sort_key)


def _join(items: list[str]) -> str:
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]


def _judge(endpoint: Endpoint, catalog: Catalog) -> list[Finding]:
    if endpoint.enabled is False:
        return []
    spoken: dict[str, tuple[dict[str, Any], bool]] = {}
    for check in catalog.checks.values():
        if not _may_speak(check, endpoint):
            continue
        answer = _flags(check, endpoint)
        if answer is True:
            spoken[check["id"]] = (check, False)
    if not any(rule in spoken for rule in _IN_CLEAR):
        mildest = _in_clear(endpoint, catalog)
        if mildest is not None:
            spoken[mildest["id"]] = (mildest, True)
    return [_finding(check, endpoint, doubt) for check, doubt in spoken.values()]


def verdict(check: dict[str, Any], endpoint: Endpoint) -> str:
    """Why a check speaks or is silent, in a few words, for `explain`."""
    if endpoint.enabled is False:
        return "silent: mail is switched off here"
    if not _may_speak(check, endpoint):
        return "silent: not for " + _gate(check, endpoint)
    answer = _flags(check, endpoint)
    return "speaks" if answer else "silent: does not hold" if answer is False else "silent: a fact it needs is not known"


def _gate(check: dict[str, Any], endpoint: Endpoint) -> str:
    if endpoint.role not in (check["roles"] or ("submission",)):
        return f"the role {endpoint.role}"
    if check["scopes"] and endpoint.host_scope not in check["scopes"]:
        return f"{endpoint.host_scope} hosts"
    return f"the profile {endpoint.profile}"


def _may_speak(check: dict[str, Any], endpoint: Endpoint) -> bool:
    if endpoint.role not in (check["roles"] or ("submission",)):
        return False
    if check["scopes"] and endpoint.host_scope not in check["scopes"]:
        return False
    if endpoint.profile == "generic" and not check["generic"]:
        return False
    recognition = endpoint.recognition
    return recognition is None or check["id"] not in recognition.profile["silent"]


def _candidates(endpoint: Endpoint, condition: Any) -> list[tuple[Endpoint, str]]:
    versions = _versions(endpoint)
    # What does not ask for the mode is asked once, however many modes are left; nearly always it is one.
    once = any(len(one.modes) > 1 for one in versions) and "mode" not in names(condition)
    return [(one, mode) for one in versions for mode in (one.modes[:1] if once else one.modes)]


def _versions(endpoint: Endpoint) -> list[Endpoint]:
    """The endpoint as every version in use makes it. A release that refuses what another takes cannot be the one that is running."""
    refused = ("invalid",)
    return [endpoint, *(one for one in endpoint.alternates if one.modes != refused or endpoint.modes == refused)]


def _look(endpoint: Endpoint, mode: str) -> Callable[[str], object]:
    facts = endpoint.facts

    def value(name: str) -> object:
        if name == "mode":
            return UNKNOWN if mode == "unknown" else mode
        found = facts.get(name)
        if found is None and name in _NONE_IS_UNKNOWN:
            return UNKNOWN
        return found

    return value


def _flags(check: dict[str, Any], endpoint: Endpoint) -> bool | None:
    """True only when the check holds for every candidate."""
    answers = []
    for one, mode in _candidates(endpoint, check["flag"]):
        value = _look(one, mode)
        if any(value(name) is UNKNOWN or value(name) == "unresolved" for name in check["needs"] or ()):
            return None
        answers.append(evaluate(check["flag"], value, lambda name, value=value: "absent" if value(name) is None else "present"))  # type: ignore[misc]
    if any(answer is False for answer in answers):
        return False
    return None if any(answer is None for answer in answers) else True


def _present(_name: str) -> str:
    return "present"


def _in_clear(endpoint: Endpoint, catalog: Catalog) -> dict[str, Any] | None:
    """The mildest of the rules about clear text, when every candidate draws one of them but not the same."""
    drawn = set()
    for one in _versions(endpoint):
        for mode in one.modes:
            value = _look(one, mode)
            rule = next(
                (
                    rule
                    for rule in _IN_CLEAR
                    if rule in catalog.checks
                    and _may_speak(catalog.checks[rule], endpoint)
                    and not any(value(name) is UNKNOWN for name in catalog.checks[rule]["needs"] or ())
                    and evaluate(catalog.checks[rule]["flag"], value, _present) is True
                ),
                None,
            )
            if rule is None:
                return None
            drawn.add(rule)
    return catalog.checks[min(drawn, key=_IN_CLEAR.index)] if drawn else None


def level_of(check: dict[str, Any], endpoint: Endpoint) -> str:
    """The level of a check for an endpoint, after the profile's cap."""
    value = _look(endpoint, endpoint.mode)
    level = "error"
    for condition, name in check["levels"]:
        if evaluate(condition, value, _present):
            level = str(name)
            break
    recognition = endpoint.recognition
    cap = recognition.profile["caps"].get(check["id"]) if recognition is not None else None
    order = ("note", "warning", "error")
    return order[min(order.index(level), order.index(cap))] if cap in order else level


# --- places --------------------------------------------------------------------------------------------------------------------------------


def _fields(endpoint: Endpoint, group: str) -> tuple[str, ...]:
    recognition = endpoint.recognition
    if group == "tls":
        return recognition.profile["tls_fields"] if recognition is not None else ()
    return _GROUPS.get(group, ())


def _is_written(field: Field | None) -> bool:
    return field is not None and (field.key_place is not None or field.place is not None)


def deciding(check: dict[str, Any], endpoint: Endpoint) -> tuple[Field | None, Place | None]:
    """The field that decides and the place to point at: the value that is wrong, or, where absence decides, the nearest key."""
    fields = endpoint.fields
    groups: tuple[str, ...] = check["place"] or ("tls", "port", "host", "cert", "first")
    # Of several addresses under one key, each stands for itself.
    one_of_several = endpoint.recognition is not None and endpoint.recognition.address
    for number, group in enumerate(groups):
        if group == "tls/port":
            # Port and TLS contradict each other: whichever of the two was said last is the one to mend.
            either = [
                (field, place)
                for field, place in (deciding({**check, "place": (name,)}, endpoint) for name in ("tls", "port"))
                if field is not None and place is not None and _is_written(field)
            ]
            if either:
                return max(either, key=lambda one: _said_last(endpoint, one[1]))
            continue
        if group == "tls":
            asked: tuple[str, ...] = endpoint.facts.get("row_fields") or ()  # type: ignore[assignment]
            order = [name for name in asked if name not in ("port", "host", "username", "password")]
            rest = [name for name in _fields(endpoint, "tls") if name not in order]
            by_port = "port" in asked and not any(_is_written(fields.get(name)) for name in order)
            if by_port and _is_written(fields.get("port")):
                port = fields["port"]
                return port, port.place or port.key_place
            names_ = [*order, *rest]
            if endpoint.mode == "plaintext" and endpoint.row == "otherwise":
                # Of several switches, none of which is on, the one to be turned on.
                found = remedy(endpoint, tuple(check["remedy"] or ()))
                to_set = {one.field for one in found.settings} if found is not None else set()
                names_.sort(key=lambda name: name not in to_set)
        else:
            names_ = list(_fields(endpoint, group))
            if number == 0 and group != "port":
                # A default that follows from another key is decided by that key.
                names_ += [one for name in names_ for one in _chosen_by(fields.get(name)) if one not in names_]
        for name in names_:
            field = fields.get(name)
            if field is None or (field.key_place is None and field.place is None):
                continue
            if number == 0 or (group == "tls" and field.place is not None and field.place.path == endpoint.file):
                place = field.place if field.place is not None and field.place.end > field.place.start else field.key_place or field.place
            elif field.place is not None and (one_of_several or _elsewhere(endpoint, name, field)):
                place = field.place
            else:
                place = field.key_place
            return field, place or field.place
        if number == 0:
            absent = fields.get(names_[0]) if names_ else None
            if group == "port" and absent is not None and absent.state == "default":
                chooser = _chooser(endpoint)
                if chooser is not None:
                    return absent, chooser.key_place or chooser.place
    return None, endpoint.first or (endpoint.scope.anchor if endpoint.scope is not None else None)


def _said_last(endpoint: Endpoint, place: Place) -> tuple[bool, bool, bool, int]:
    """A key to sort places by: what comes on top of other things, by the files and classes of its endpoint, comes last."""
    scope = endpoint.scope
    environment = scope is not None and scope.kind == "environment"
    return (
        # Over an env file goes what the manifest says itself, over a compose file its override, over a base what builds on it.
        environment and syntax_of(place.path) != "dotenv",
        environment and "override" in place.path.rpartition("/")[2],
        place.path == endpoint.file,
        # In one module a class or a branch comes after what it takes over.
        place.start if scope is not None and scope.branch and place.path == endpoint.file else 0,
    )


def _chosen_by(field: Field | None) -> tuple[str, ...]:
    if field is None or field.state != "default":
        return ()
    return tuple(name for name in field.by if name not in ("port", "host", "username", "password"))


def _elsewhere(endpoint: Endpoint, name: str, field: Field) -> bool:
    """Whether a field is a piece of an address that is written in another file than its key: what the address lacks is to be added there."""
    return _part(endpoint, name) and field.place is not None and field.key_place is not None and field.place.path != field.key_place.path


def _chooser(endpoint: Endpoint) -> Field | None:
    """The TLS key that chose the default port, where the default depends on the mode."""
    recognition = endpoint.recognition
    if recognition is None:
        return None
    default = recognition.profile["fields"].get("port", {}).get("default")
    if default is None or "value" in default:
        return None
    asked = endpoint.facts.get("row_fields") or ()
    for name in asked:  # type: ignore[attr-defined]
        field = endpoint.fields.get(name)
        if name not in ("port", "host") and _is_written(field):
            return field
    return None


def _related(endpoint: Endpoint, place: Place) -> tuple[Related, ...]:
    seen = {place.key}
    result = []

    def add(where: Place | None, text: str) -> None:
        if (
            where is not None
            and where.key not in seen
            and not (where.path == place.path and where.start <= place.start and place.end <= where.end)
        ):
            seen.add(where.key)
            result.append(Related(where, text))

    for name in ("host", "port", *_fields(endpoint, "tls"), "verify"):
        field = endpoint.fields.get(name)
        if field is None or not _is_written(field):
            continue
        where = field.key_place if name in _SECRETS or field.state == "unresolved" else field.place or field.key_place
        add(where, f"{_label(name)} is set here" + (f": {field.key}" if field.key else ""))
        if field.place is not None and field.via:
            for via in field.via:
                if via.key != place.key:
                    add(via, f"{_label(name)} is taken over here")
    if endpoint.first is not None and endpoint.first.path != place.path:
        add(endpoint.first, f"{endpoint.name} is configured here")
    return tuple(result[:8])


def _label(name: str) -> str:
    return {"host": "the host", "port": "the port", "verify": "the certificate check"}.get(name, "the encryption")


# --- words ---------------------------------------------------------------------------------------------------------------------------------


def origin(endpoint: Endpoint, name: str) -> str:
    """A sentence part that says where a field's value comes from: "EMAIL_PORT is absent and Django then uses 25"."""
    field = endpoint.fields.get(name)
    recognition = endpoint.recognition
    app = recognition.profile["name"] if recognition is not None else "the application"
    if field is None:
        return f"{app} decides this itself"
    if name == "port":
        problem = _port_problem(endpoint, field, app)
        if problem:
            return problem
    shown = _shown(field, endpoint)
    if field.state in ("default", "derived", "absent"):
        key = key_of(endpoint, name)
        subject = f"{key} is {'empty' if field.empty else 'absent'}" if key else _unsaid(endpoint, name)
        if shown and field.state != "absent":
            if not _is_switch(field):
                return f"{subject} and {app} then uses {shown}"
            # Without a key there is nothing of which true or false could be said.
            return f"{subject}, which means {shown}" if key else subject
        return subject
    where = ""
    if field.place is not None and field.place.path != endpoint.file:
        # By its name alone: a message is the same wherever smtplint is started, and the place itself is told with it.
        where = f" in {field.place.path.rpartition('/')[2]}"
    if field.state == "unresolved":
        return f"{field.key or _label(name)} cannot be seen here"
    if not field.key:
        return f"{_label(name)} is {shown}"
    if field.value == "error":
        return f"{field.key}{where} is a word that {app} does not know"
    if shown and _part(endpoint, name):
        return f"{field.key}{where} says {shown}"
    return f"{field.key}{where} is {shown}" if shown else f"{field.key}{where} is set"


def _unsaid(endpoint: Endpoint, name: str) -> str:
    """That a fact which has no key of its own is not said in the address that could say it, or cannot be said at all."""
    recognition = endpoint.recognition
    for holder in recognition.found if recognition is not None else ():
        assert recognition is not None
        spec, held = recognition.profile["fields"].get(holder, {}), endpoint.fields.get(holder)
        if held is None or not held.key or spec.get("decoder") not in ("url", "host_port"):
            continue
        if name == "port":
            return f"{held.key} names no port"
        option = (spec.get("query") or {}).get(name)
        if option:
            return f"{held.key} has no option {option if isinstance(option, str) else option[0]}"
    return f"there is no setting for {_label(name)} here"


def _port_problem(endpoint: Endpoint, field: Field, app: str) -> str:
    """What is wrong with a port that cannot be used, "" when nothing is."""
    part = endpoint.fields.get("host_port_part")
    key = key_of(endpoint, "port") or "the port"
    if endpoint.facts.get("host_port_conflict") and part is not None:
        return f"{part.key} carries the port {part.value} and {key} says {field.value}"
    problem = endpoint.facts.get("port_problem")
    if problem == "missing":
        return f"{key} is absent and {app} has no port of its own"
    return f"{key} is not a whole number from 1 to 65535" if problem else ""


def _part(endpoint: Endpoint, name: str) -> bool:
    recognition = endpoint.recognition
    return recognition is not None and name not in recognition.found


def _is_switch(field: Field) -> bool:
    return isinstance(field.value, bool)


def _shown(field: Field, endpoint: Endpoint | None = None) -> str:
    """A value as it is written there, where it was decoded into a word, a switch or a number; else the value itself. Never a secret."""
    if field.name in _SECRETS or field.value is None:
        return ""
    recognition = endpoint.recognition if endpoint is not None else None
    canonical = (
        ("true" if field.value != _turned(field, recognition) else "false")
        if isinstance(field.value, bool)
        else (", ".join(str(item) for item in field.value) if isinstance(field.value, tuple) else str(field.value))
    )
    if isinstance(field.value, (str, tuple)) and not _may_show(field, canonical, recognition):
        return ""
    if field.state != "set" or field.place is None or recognition is None:
        return canonical
    hit = recognition.found.get(field.name)
    node = hit[2] if hit is not None else None
    raw = field.place.source.text[field.place.start : field.place.end]
    if isinstance(node, Scalar) and node.style == "whole":
        raw = node.text  # in base64 the file says it in other letters
    raw = raw.strip().strip("'\"")
    option, equals, text = raw.partition("=")
    if not (equals and option and field.name not in recognition.found):
        text = raw
    return raw if text.lower() in _SWITCHES or recognition.declares(field.name, text) else canonical


def _turned(field: Field, recognition: Recognition | None) -> bool:
    """Whether a key says the opposite of its field: `skip_verify` of `verify`."""
    if recognition is None:
        return False
    spec = recognition.profile["fields"].get(field.name, {})
    if field.key:
        return bool(spec.get("inverted")) != (field.name in recognition.inverted)
    names = recognition.placement["names"].get(field.name) or ("",)
    return bool(spec.get("inverted")) != names[0].startswith("!")


def _may_show(field: Field, text: str, recognition: Recognition | None) -> bool:
    """Whether a text is a host, a word of trade or one of those that the profile declares; what else may stand there is nobody's business."""
    if "host" in field.name or field.state != "set" or is_word(text):
        return True
    spec = recognition.profile["fields"].get(field.name, {}) if recognition is not None else {}
    enum = spec.get("enum") or ()
    return text in map(str, enum) or (isinstance(enum, dict) and text in map(str, enum.values()))


def key_of(endpoint: Endpoint, name: str) -> str:
    """The key under which a field is written, or would be; "" when the application gives it no name of its own."""
    field = endpoint.fields.get(name)
    if field is not None and field.key:
        return field.key
    recognition = endpoint.recognition
    if recognition is None or recognition.placement["prefix"]:
        return ""
    keys = recognition.placement["names"].get(name)
    if not keys:
        return ""
    path = recognition.path
    name = str(keys[0]).removeprefix("!")  # what says the opposite; a slash begins at the root
    flat = name.startswith("/") or {"environment", "keyword"}.intersection(recognition.placement["syntax"])
    return f"{path}.{name}" if path and not flat else name.removeprefix("/")


def _cert_origin(endpoint: Endpoint, name: str) -> str:
    """Where it comes from that the certificate or its name is not checked: the key that says so, or the one from which it follows."""
    field = endpoint.fields.get(name)
    chosen = next((one for one in _chosen_by(field) if _is_written(endpoint.fields.get(one))), name)
    return _sentence(origin(endpoint, chosen))


def _mode_origin(endpoint: Endpoint, *, port: bool = True) -> str:
    """Which settings decided the mode; `port`: whether that may be one of them."""
    asked: tuple[str, ...] = endpoint.facts.get("row_fields") or ()  # type: ignore[assignment]
    recognition = endpoint.recognition
    tls: tuple[str, ...] = recognition.profile["tls_fields"] if recognition is not None else ()
    named = [name for name in asked if name in endpoint.fields and name not in ("username", "password", "host")]
    written = [name for name in (*named, *tls) if _is_written(endpoint.fields.get(name))]
    said: dict[str, str] = {}
    for name in written:
        held = endpoint.fields[name]
        # One key that is read in two ways is told once, and the port where nothing else is.
        if port or name != "port":
            said.setdefault(held.key, name)
    picked = list(said.values())[:2] or [name for name in (*tls, *named) if key_of(endpoint, name) and (port or name != "port")][:1]
    if not picked:
        return ""
    parts = []
    for name in picked:
        field = endpoint.fields.get(name)
        if field is not None and field.state in ("default", "absent", "derived") and name not in ("port",):
            parts.append(f"{key_of(endpoint, name)} is {'empty' if field.empty else 'absent'}")
        else:
            parts.append(origin(endpoint, name))
    return _sentence(_join(list(dict.fromkeys(parts))))


def variables(check: dict[str, Any], endpoint: Endpoint, doubt: bool) -> dict[str, str]:
    """What a message may say. No value of these is ever a secret."""
    facts = endpoint.facts
    recognition = endpoint.recognition
    name = recognition.profile["name"] if recognition is not None else "The application"
    if endpoint.profile == "generic":
        name = "The application"
    field, _ = deciding(check, endpoint)
    ports = facts.get("provider_ports") or {}
    words = {"implicit": "implicit TLS", "starttls": "STARTTLS", "either": "STARTTLS", "plaintext": "no TLS"}
    offered = [f"{port} with {words[mode]}" for port, mode in sorted(ports.items()) if mode in words and port in (465, 587)]  # type: ignore[attr-defined]
    offered = offered or [f"{port} with {words[mode]}" for port, mode in sorted(ports.items()) if mode in words]  # type: ignore[attr-defined]
    waits = endpoint.timeout == "none"
    password = endpoint.auth == "set"
    when_on = " This holds when mail is switched on." if endpoint.enabled is None else ""
    doubts = ""
    if endpoint.host is None and endpoint.role != "server":
        doubts = " The host cannot be seen here; this holds whatever it is, unless it is the machine itself."
    if doubt:
        doubts += " Which of its versions or values runs is not known, but each of them leaves the link open."
    versions = facts.get("tls_min") or ""
    host = endpoint.host or "the server"
    # Optional encryption that begins with TLS is lost in another way than STARTTLS.
    handshake = facts.get("fallback") == "handshake"
    return {
        "name": name,
        "host": host,
        "port": str(endpoint.port) if endpoint.port is not None else "the port",
        "key": field.key if field is not None and field.key else (key_of(endpoint, field.name) if field is not None else ""),
        "origin_port": _sentence(origin(endpoint, "port")),
        "origin_mode": _mode_origin(endpoint, port="{origin_port}" not in check["message"]),
        "origin_verify": _cert_origin(endpoint, "verify"),
        "origin_name": _cert_origin(endpoint, "verify_hostname"),
        "origin_tls": _sentence(_tls_origin(endpoint)),
        "origin_host": _sentence(origin(endpoint, "host")),
        "and_the_password": " and the password" if password else "",
        "provider": str(facts.get("provider_name") or "the provider"),
        "provider_ports": " or ".join(offered) or "other ports",
        "tls_min": str(versions),
        "mechanism": str(facts.get("mechanism") or "").upper(),
        "mode": endpoint.mode,
        "timeout_note": " A silent drop leaves it waiting for ever, because it has no time-out." if waits else "",
        "doubt": (doubts + when_on),
        "row": endpoint.row,
        "condition": f"the handshake with {host} succeeds" if handshake else f"{host} offers STARTTLS",
        "takes_it_away": "breaks the handshake" if handshake else "removes the offer",
        "begins_in_clear": "begins anew in clear when the handshake fails"
        if handshake
        else "begins in clear there and waits for a greeting that does not come",
    }


def _tls_origin(endpoint: Endpoint) -> str:
    for name in ("tls_min", "protocols", "tls_max"):
        field = endpoint.fields.get(name)
        if field is not None and field.state in ("set", "unresolved") and field.place is not None:
            return origin(endpoint, name)
    return origin(endpoint, "tls_min") if "tls_min" in endpoint.fields else origin(endpoint, "protocols")


def _sentence(text: str) -> str:
    if not text:
        return ""
    head = text.split(maxsplit=1)[0]
    keep = any(char.isupper() or char in "_./" for char in head) or head not in ("there", "the")
    return (text if keep else text[0].upper() + text[1:]) + "."


class _Words(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _finding(check: dict[str, Any], endpoint: Endpoint, doubt: bool) -> Finding:
    field, place = deciding(check, endpoint)
    if place is None:
        assert endpoint.scope is not None
        place = Place(endpoint.scope.source, 0, 0)
    words = _Words(variables(check, endpoint, doubt))
    message = " ".join(str(check["message"]).format_map(words).split())
    if endpoint.profile == "generic":
        message = _INSIDE.sub("the application", message)
    if words["doubt"] and "{doubt}" not in check["message"]:
        message += words["doubt"]
    mark = str(check["mark"] or check["title"]).format_map(words)
    # A rule about a port that nobody wrote points at another key, and says which one is missing.
    missing = endpoint.fields.get("port") if (check["place"] or ("",))[0] == "port" else field
    if missing is not None and missing.state in ("default", "absent"):
        key = key_of(endpoint, missing.name)
        if key:
            mark = f"{key} is {'empty' if missing.empty else 'absent'}"
    found = remedy(endpoint, tuple(check["remedy"] or ()))
    confidence = "medium" if doubt or endpoint.host_scope == "unknown" or endpoint.enabled is None else "high"
    if endpoint.profile == "generic" and confidence == "high" and check["precision"] != "high":
        confidence = "medium"
    return Finding(
        check["id"],
        check["slug"],
        level_of(check, endpoint),
        message,
        place,
        endpoint,
        confidence=confidence,
        remedy=sentence(found, endpoint),
        mark=mark,
        related=_related(endpoint, place),
        key_path=field.key if field is not None and field.key else (field.name if field is not None else ""),
    )
