"""What was made of one line: the settings it gives, the endpoints they belong to, which rules spoke and why the others were silent."""

from __future__ import annotations

import re

from smtplint.endpoint import FACTS
from smtplint.report.endpoints import _origin, _where, _wire, glance
from smtplint.report.snippet import shown_name, shown_value
from smtplint.report.words import cells, clean, count, pad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from smtplint.endpoint import Endpoint, Field
    from smtplint.result import Result

_FACTS = ("role", "host", "host_scope", "port", "mode", "verify", "verify_hostname", "tls_min", "tls_max", "timeout", "auth", "enabled")
# Hosts, modes, versions, mechanisms, ids; a URL or an address is none of these.
_HARMLESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:+-]{0,79}")
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
    text = f"{clean(path)}:{line} gives no setting of an SMTP connection.\n"
    if near:
        text += f"Lines of this file that do: {', '.join(map(str, near))}.\n"
    elif known:
        text += f"This file holds {count(len(known), 'endpoint')} whose settings stand elsewhere.\n"
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
        lines.append(f"  here: {clean(field.key) or field.name} gives {shown_name(field.name)} = {_value(endpoint, field)}{note}")
    lines += _scope(endpoint)
    lines += _profile(endpoint)
    lines += _fields(endpoint)
    lines.append("  on the wire: " + ", ".join(f"{name} {_word(getattr(endpoint, name))}" for name in _FACTS))
    lines.append(f"    {glance(endpoint)}: {_wire(endpoint)}")
    why = endpoint.facts.get("inactive_why")
    if endpoint.enabled is False and why:
        lines.append(f"    switched off: {clean(str(why))}")
    if endpoint.row:
        asked = endpoint.facts.get("row_fields")
        about = f" (it asks about {', '.join(map(str, asked))})" if isinstance(asked, tuple) and asked else ""
        lines.append(f"  decided by: {clean(endpoint.row)}{about}")
    if len(endpoint.modes) > 1:
        lines.append(f"    several rows can still hold: {', '.join(endpoint.modes)}")
    if endpoint.alternates:
        lines.append(f"    other versions differ: {', '.join(dict.fromkeys(mode for one in endpoint.alternates for mode in one.modes))}")
    spoke = {
        finding.rule: finding
        for finding in (*result.findings, *result.suppressed)
        if any(one.id == endpoint.id for one in finding.endpoints)
    }
    for rule, finding in sorted(spoke.items()):
        taken = f" (suppressed: {finding.suppressed})" if finding.suppressed else ""
        lines.append(f"  {rule} speaks{taken}: {clean(' '.join(finding.message.split()))}")
        lines.append(f"    {finding.level} at {_where(finding.place)}")
    for rule in sorted(checks):
        if rule not in spoke:
            lines.append(f"  {rule} is silent: {_silence(endpoint, checks[rule], rule in active)}")
    return "\n".join(lines) + "\n"


def _scope(endpoint: Endpoint) -> list[str]:
    """Which group of settings the program receives, and what of it can be seen."""
    scope = endpoint.scope
    if scope is None:
        return []
    what = "environment" if scope.kind == "environment" else f"{scope.syntax} document"
    inside = f" {clean(scope.path)}" if scope.path else ""
    text = f"  scope: {what}{inside} of {clean(scope.source.path)}"
    if scope.container:
        text += f", carried by {clean(scope.container)}"
    if scope.branch:
        text += f", when {clean(scope.branch)}"
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
    """Every field with its value, where it is set or why it has that value, and the references that led there."""
    names = [name for name in FACTS if name in endpoint.fields]
    names += [name for name in sorted(endpoint.fields) if name not in FACTS and not name.startswith("query.")]
    if not names:
        return []
    width = max(cells(clean(name)) for name in names)
    lines = ["  fields:"]
    for name in names:
        field = endpoint.fields[name]
        lines.append(f"    {pad(clean(name), width)}  {_value(endpoint, field)}  {_origin(field)}".rstrip())
        lines += [f"    {' ' * width}    by way of {_where(place)}" for place in field.via]
    return lines


def _value(endpoint: Endpoint, field: Field) -> str:
    """A value as it may be shown; a text that is taken apart into other fields is named as such."""
    recognition = endpoint.recognition
    spec = recognition.profile["fields"].get(field.name, {}) if recognition is not None else {}
    if spec.get("decoder") in ("url", "host_port") and field.state == "set":
        return "(taken apart)"
    return clean(shown_value(field))


def _word(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(str(value))


def _silence(endpoint: Endpoint, check: Mapping[str, Any], active: bool) -> str:
    """Why a rule said nothing: the answer of the judge, with the facts it looked at."""
    from smtplint.judge import verdict

    if not active:
        return "it is not selected"
    said = verdict(dict(check), endpoint).removeprefix("silent: ")
    if said == "does not hold":
        asked = _asked(endpoint, check)
        return (
            f"its condition does not hold ({', '.join(f'{name} {value}' for name, value in asked)})"
            if asked
            else "its condition does not hold"
        )
    if said == "a fact it needs is not known":
        missing = [name for name, value in _asked(endpoint, check) if value == "unknown"]
        return f"{' and '.join(missing)} cannot be known from the files" if missing else said
    if said.startswith("not for ") and said.endswith(" hosts"):
        return f"it is about {' or '.join(check.get('scopes') or ())} hosts, this one is {endpoint.host_scope}"
    if said.startswith("not for the role"):
        return f"it is about the role {' or '.join(check.get('roles') or ('submission',))}, this is {endpoint.role}"
    if said == "not for the profile generic":
        return "it takes no stand on applications nobody knows"
    return "another finding says it" if said == "speaks" else clean(said)


def _asked(endpoint: Endpoint, check: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The facts that a rule asks about, in order, with their values in words."""
    from smtplint.catalog.condition import UNKNOWN, names
    from smtplint.judge import _look

    look = _look(endpoint, endpoint.mode)
    found = []
    for name in dict.fromkeys([*names(check["flag"]), *(check.get("needs") or ())]):
        value = look(name)
        if value is UNKNOWN or value == "unresolved":
            word = "unknown"
        elif value is None:
            word = "none"
        elif isinstance(value, bool):
            word = "yes" if value else "no"
        elif isinstance(value, (int, float)) or (isinstance(value, str) and _HARMLESS.fullmatch(value)):
            word = clean(str(value))
        else:
            word = "set"
        found.append((name, word))
    return found[:6]
