"""What was made of one line: the settings it gives, the endpoints they belong to, which rules spoke and why the others were silent."""

from __future__ import annotations

from smtplint.endpoint import FACTS
from smtplint.judge import key_of
from smtplint.report.endpoints import _origin, _where, _wire, glance
from smtplint.report.snippet import shown_name, shown_value
from smtplint.report.words import cells, clean, count, pad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from smtplint.endpoint import Endpoint, Field
    from smtplint.result import Result

_FACTS = (
    ("role", "host", "host_scope", "port", "mode", "enabled"),
    ("verify", "verify_hostname", "tls_min", "tls_max", "timeout", "auth"),
)
# What a syntax is called where the word is no name; lines of an application's own need none.
_SYNTAXES = {"python": "Python", "ruby": "Ruby", "postfix": "Postfix", "properties": "properties", "keyword": ""}
_DIFFERS = ("port", "mode", "verify", "verify_hostname", "tls_min", "tls_max", "timeout", "auth", "enabled")
_TIERS = {4: "declared", 3: "its own names", 2: "a signature of keys", 1: "a guess"}


def explain(result: Result, path: str, line: int, checks: Mapping[str, Mapping[str, Any]], active: Collection[str]) -> str:
    """Text about the 1-based line of a display path. `active` are the ids of the rules that speak in this run. No secret is shown."""
    endpoints = {endpoint.id: endpoint for endpoint in result.endpoints}
    for finding in (*result.findings, *result.suppressed):
        for endpoint in finding.endpoints:  # servers and direct relays are judged, not listed
            endpoints.setdefault(endpoint.id, endpoint)
    known = sorted(endpoints.values(), key=lambda one: one.sort_key)
    blocks = []
    for endpoint in known:
        # An option of a URL that no profile knows has the name that somebody wrote there.
        here = [field for field in endpoint.fields.values() if not field.name.startswith("query.") and _on(field, path, line)]
        if here or _covers(endpoint, path, line) or (path, line) in _lines(endpoint):
            blocks.append(_block(endpoint, here, result, checks, active))
    if blocks:
        return "\n".join(blocks)
    near = sorted({place[1] for endpoint in known for place in _lines(endpoint) if place[0] == path})
    source = result.run[0].sources.get(path) if result.run is not None else None
    last = len(source.starts) - (source.starts[-1] == len(source.text)) if source is not None else line
    text = f"{clean(path)}:{line} gives no setting of an SMTP connection" + (
        f": the file has {count(last, 'line')}.\n" if line > last else ".\n"
    )
    if near:
        text += f"Lines of this file that do: {', '.join(map(str, near))}.\n"
    elif known:
        text += f"This file holds {count(len(known), 'endpoint')} whose settings stand elsewhere.\n"
    else:
        text += f"No SMTP connection was found in this file. {_unfound(result, path)}\n"
    return text


def _document(syntax: str) -> str:
    return f"{_SYNTAXES.get(syntax, syntax.upper())} document".strip()


def _unfound(result: Result, path: str) -> str:
    """How far a file came in which nothing was found."""
    if any(note.file == path and note.level != "note" for note in result.notifications):
        return "It could not be read."
    project = result.run[0] if result.run is not None else None
    if project is None or path not in project.sources:
        return "It was not even read: none of the words is in it without which there is none."
    scopes = project.scopes(path)
    if not scopes:
        return "It was read, and nothing in it is a place where an application keeps settings."
    kinds = ", ".join(dict.fromkeys("environment" if scope.kind == "environment" else _document(scope.syntax) for scope in scopes))
    return f"It was read ({kinds}), and no group of settings in it names the server of an application that sends mail."


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
    # What is taken apart says nothing beside its parts.
    parts = [field for field in here if not _whole(endpoint, field)]
    for field in parts or here:
        note = f" ({clean(field.note)})" if field.note else ""
        lines.append(f"  here: {clean(field.key) or field.name} gives {shown_name(field.name)} = {_value(endpoint, field)}{note}")
    lines += _scope(endpoint)
    lines += _profile(endpoint)
    lines += _fields(endpoint)
    lines.append(f"  on the wire: {_sentence(endpoint)}")
    for names in _FACTS:
        lines.append("    " + ", ".join(f"{name} {_word(getattr(endpoint, name))}" for name in names))
    why = endpoint.facts.get("inactive_why")
    if endpoint.enabled is False and why:
        lines.append(f"    switched off: {clean(str(why))}")
    if endpoint.row == "otherwise":
        lines.append("  decided by: the last row of the table, since none of the others holds")
    elif endpoint.row:
        asked = endpoint.facts.get("row_fields")
        about = f" (it asks about {', '.join(map(str, asked))})" if isinstance(asked, tuple) and asked else ""
        lines.append(f"  decided by: {clean(endpoint.row)}{about}")
    if len(endpoint.modes) > 1:
        lines.append(f"    several rows can still hold: {', '.join(endpoint.modes)}")
    for told in dict.fromkeys(_differences(endpoint, other) for other in endpoint.alternates):
        if told:
            lines.append(f"    in other versions: {told}")
    return "\n".join([*lines, *_rules(endpoint, result, checks, active)]) + "\n"


def _whole(endpoint: Endpoint, field: Field) -> bool:
    """Whether a value is taken apart into other fields."""
    recognition = endpoint.recognition
    spec = recognition.profile["fields"].get(field.name, {}) if recognition is not None else {}
    return spec.get("decoder") in ("url", "host_port", "userinfo") and field.state == "set"


def _sentence(endpoint: Endpoint) -> str:
    """The word for the whole, and what leads to it."""
    if endpoint.enabled is False:
        return f"{glance(endpoint)}, no mail is sent over SMTP"
    text = f"{glance(endpoint)}, {_wire(endpoint)}"
    if endpoint.mode in ("starttls", "implicit", "opportunistic"):
        if endpoint.verify is None:
            text += "; whether the certificate is checked cannot be told"
        elif not endpoint.verify:
            text += "; the certificate is not checked"
        elif endpoint.verify_hostname is False:
            text += "; the name in the certificate is not compared"
    return text


def _differences(endpoint: Endpoint, other: Endpoint) -> str:
    return ", ".join(f"{name} {_word(getattr(other, name))}" for name in _DIFFERS if getattr(other, name) != getattr(endpoint, name))


def _rules(endpoint: Endpoint, result: Result, checks: Mapping[str, Mapping[str, Any]], active: Collection[str]) -> list[str]:
    """The rules that spoke, with what to do about it, and why the others were silent."""
    from smtplint.report.silence import silence

    lines = []
    spoke = {
        finding.rule: finding
        for finding in (*result.findings, *result.suppressed)
        if any(one.id == endpoint.id for one in finding.endpoints)
    }
    for rule, finding in sorted(spoke.items()):
        taken = f" (suppressed: {finding.suppressed})" if finding.suppressed else ""
        lines.append(f"  {rule} {finding.slug} speaks{taken}: {finding.level} at {_where(finding.place)}")
        lines.append(f"    {clean(' '.join(finding.message.split()))}")
        if finding.remedy:
            lines.append(f"    help: {clean(' '.join(finding.remedy.split()))}")
        if finding.fix is not None:
            how = "--fix" if finding.fix.safe else "--fix --unsafe-fixes"
            lines.append(f"    {how}: {clean(finding.fix.description)}")
    silent = [
        (f"{rule} {checks[rule].get('slug', '')}", silence(endpoint, checks[rule], rule in active))
        for rule in sorted(checks)
        if rule not in spoke
    ]
    width = max((cells(name) for name, _ in silent), default=0)
    if silent:
        lines.append("  silent:")
    lines += [f"    {pad(name, width)}  {why}" for name, why in silent]
    return lines


def _scope(endpoint: Endpoint) -> list[str]:
    """Which group of settings the program receives, and what of it can be seen."""
    scope = endpoint.scope
    if scope is None:
        return []
    what = "environment" if scope.kind == "environment" else _document(scope.syntax)
    inside = f" {clean(scope.path)}" if scope.path else ""
    text = f"  scope: {what}{inside} of {clean(scope.source.path)}"
    if scope.branch:
        text += f" ({clean(scope.branch)})"
    if scope.container:
        text += f", carried by {clean(scope.container)}"
    lines = [text]
    owner = scope.owner
    told = [("image", owner.image + (f":{owner.image_tag}" if owner.image and owner.image_tag else "")), ("chart", owner.chart),
            ("action", owner.uses), ("module", owner.module)]  # fmt: skip
    shown = [f"{name} {clean(value)}" for name, value in told if value]
    if shown:
        lines.append(f"    run by {', '.join(shown)}")
    if scope.template:
        lines.append("    it stands in a template, so that a key that is absent may still be set")
    elif not scope.complete:
        lines.append("    only a part of it can be seen, so that a key that is absent may still be set")
    others = sorted(endpoint.files - {endpoint.file})
    if others:
        lines.append(f"    values come from {', '.join(map(clean, others))} too")
    return lines


def _profile(endpoint: Endpoint) -> list[str]:
    recognition = endpoint.recognition
    if recognition is None:
        return []
    text = f"  profile: {endpoint.profile} because of {clean(recognition.why)}"
    if endpoint.profile == "generic":
        text = f"  profile: generic, since {clean(recognition.why)}"
    text += f" (tier {recognition.tier}, {_TIERS.get(recognition.tier, '')}; it reads {count(recognition.explained, 'key')} here)"
    lines = [text]
    if endpoint.client:
        lines.append(f"    sends through {clean(endpoint.client)}")
    if endpoint.version:
        lines.append(f"    version {clean(endpoint.version)}")
    return lines


def _fields(endpoint: Endpoint) -> list[str]:
    """Every field with its value, where it is set or why it has that value, and the references that led there; then what is absent."""
    names = [name for name in FACTS if name in endpoint.fields]
    names += [name for name in sorted(endpoint.fields) if name not in FACTS and not name.startswith("query.")]
    # What only the rules say of a placement, and no row asks about, is no setting.
    decide = endpoint.recognition.profile["tls_fields"] if endpoint.recognition is not None else ()
    written = endpoint.recognition.placement["names"] if endpoint.recognition is not None else ()
    names = [one for one in names if one in FACTS or one in decide or one in written or endpoint.fields[one].state in ("set", "unresolved")]
    absent = [name for name in names if endpoint.fields[name].state == "absent"]
    names = [name for name in names if name not in absent]
    width = max((cells(clean(name)) for name in names), default=0)
    lines = ["  fields:"]
    for name in names:
        field = endpoint.fields[name]
        key = key_of(endpoint, name) if field.state == "default" else ""
        origin = f"{_origin(field)}, since {clean(key)} is {'empty' if field.empty else 'absent'}" if key else _origin(field)
        lines.append(f"    {pad(clean(name), width)}  {_value(endpoint, field)}  {origin}".rstrip())
        lines += [f"    {' ' * width}    by way of {_where(place)}" for place in field.via]
    # Two fields may share a key; once is enough.
    told = [key_of(endpoint, name) for name in names]
    absent = [name for name in absent if (key_of(endpoint, name) or name) not in told]
    if absent:
        lines.append(f"    absent: {', '.join(clean(key_of(endpoint, name) or name) for name in absent)}")
    return lines if names or absent else []


def _value(endpoint: Endpoint, field: Field) -> str:
    """A value as it may be shown; a text that is taken apart into other fields is named as such."""
    return "(taken apart)" if _whole(endpoint, field) else clean(shown_value(field, endpoint.recognition))


def _word(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(str(value))
