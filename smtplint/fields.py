"""From a recognised group of keys to its fields: what each key says, and what one address says of several.

A field that no key sets is absent where all of the scope is seen, else unresolved.
"""

from __future__ import annotations

from smtplint.decode import decode, is_reference
from smtplint.endpoint import Field
from smtplint.tree import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from smtplint.recognise import Recognition
    from smtplint.scope import Scope
    from smtplint.source import Place
    from smtplint.tree import Entry


def fields_of(candidate: Recognition, scope: Scope) -> tuple[dict[str, Field], dict[str, str | None], bool]:
    """The decoded fields, what is written of each ("absent", "empty", "present", None = unknown), and whether absence is known."""
    profile, placement = candidate.profile, candidate.placement
    specs = profile["fields"]
    loader = placement["loader"] or scope.loader
    mapping = candidate.mapping
    known = scope.complete and not scope.template and not scope.root.partial and not mapping.partial
    fields: dict[str, Field] = {}
    written: dict[str, str | None] = {}
    parts: list[tuple[str, str, object, Place, Field]] = []
    blurred: list[tuple[str, Field]] = []
    for name in [*specs, *(key for key in placement["names"] if key not in specs)]:
        spec = specs.get(name) or {"decoder": "text"}
        hit = candidate.found.get(name)
        if hit is None:
            if known or not _settable(name, placement, specs):
                fields[name], written[name] = Field(name, "absent"), "absent"
            else:
                fields[name], written[name] = Field(name, "unresolved", note="may be set where it cannot be seen"), None
            continue
        key, entry, node = hit
        unwritten = isinstance(node, Scalar) and _stands_elsewhere(entry, node)
        if isinstance(node, Scalar) and node.state == "unresolved" and unwritten:
            fields[name], written[name] = Field(name, "unresolved", note=node.note), None
            continue
        field = Field(
            name,
            "set",
            key="" if unwritten else _key(candidate, key, name, entry),
            place=None if unwritten else node.place,
            key_place=entry.key.place if entry is not None and not unwritten else None,
            via=node.via if isinstance(node, Scalar) and not unwritten else (),
        )
        if name in candidate.inverted:
            spec = {**spec, "inverted": not spec.get("inverted")}
        decoded = decode(node, spec, loader)
        field.note = decoded.note
        fields[name] = field
        written[name] = "present"
        if decoded.state == "empty":
            field.empty = not unwritten
            written[name] = "empty"
            meaning = spec.get("empty", "absent")
            if meaning == "absent":
                field.state = "absent"
                written[name] = "absent"
            else:
                field.value = meaning
        elif decoded.state == "unresolved":
            field.state = "unresolved"
            if spec["decoder"] in _CARRIED:
                blurred.append((spec["decoder"], field))
        elif decoded.state == "invalid":
            field.value = "error" if spec["decoder"] in ("bool", "enum") else None
            field.state = "set" if spec["decoder"] in ("bool", "enum") else "invalid"
        else:
            field.value = decoded.value
        for part, (state, value, place) in (decoded.parts or {}).items():
            parts.append((part, state, value, place, field))
    for name, spec in specs.items():
        # `own_host`: a word that is the endpoint's own host name has a meaning of its own (a list of trusted hosts).
        if "own_host" in spec and fields[name].state == "set" and isinstance(fields[name].value, str):
            own = fields.get("host")
            if own is not None and own.state == "set" and own.value in str(fields[name].value).lower().split():
                fields[name].value = spec["own_host"]
            else:
                fields[name].state, fields[name].value = "unresolved", None
    for part, state, value, place, holder in parts:
        _fill(part, state, value, place, holder, fields, written, profile)
    if not known:
        _close(candidate, fields, written)
    for decoder, field in blurred:
        options = tuple(specs[field.name].get("query") or ()) if decoder == "url" else ()
        for part in (*_CARRIED[decoder], *options):
            if part not in fields or fields[part].state == "absent" or (part == "port" and specs[field.name].get("port_first")):
                fields[part] = Field(
                    part, "unresolved", key=field.key, place=field.place, key_place=field.key_place, via=field.via, note=field.note
                )
                written[part] = "present"
    return fields, written, known


def _stands_elsewhere(entry: Entry | None, node: Scalar) -> bool:
    """Whether an entry stands for a setting that is written elsewhere, in another file or in an address: key and value have no place here."""
    return entry is not None and entry.key.start == entry.key.end == node.start == node.end


def _settable(name: str, placement: dict[str, Any], specs: dict[str, Any]) -> bool:
    """Whether a field can be written in a placement at all: under a key of its own, or as a part or an option of an address."""
    inherits = placement.get("inherits")
    names = {*placement["names"], *(inherits["names"] if inherits else ())}
    if name in names:
        return True
    for holder in names:
        spec = specs.get(holder, {})
        decoder = spec.get("decoder")
        if decoder in ("url", "host_port", "host") and (name in _PARTS or name in (spec.get("query") or ())):
            return True
        if decoder == "userinfo" and name in _CARRIED["userinfo"]:
            return True
    return False


# What one value carries beside itself, by decoder: out of sight when the value is.
_CARRIED = {
    "url": ("host", "port", "username", "password", "scheme"),
    "host_port": ("host", "port"),
    "userinfo": ("username", "password"),
}


def _close(candidate: Recognition, fields: dict[str, Field], written: dict[str, str | None]) -> None:
    """Of a scope that is seen in part: what can only be said in an address, and is not said in the one that is seen whole, is absent."""
    placement, specs = candidate.placement, candidate.profile["fields"]
    inherits = placement.get("inherits")
    names = {*placement["names"], *(inherits["names"] if inherits else ())}
    holders = [name for name in names if specs.get(name, {}).get("decoder") in _CARRIED]
    for name in holders:
        hit = candidate.found.get(name)
        node = hit[2] if hit is not None else None
        if not isinstance(node, Scalar) or node.state != "known" or fields[name].state != "set" or is_reference(node.text):
            return
    options = {option for name in holders for option in specs[name].get("query") or ()}
    for name, field in fields.items() if holders else ():
        if name not in names and (name in _PARTS or name in options) and field.state == "unresolved" and field.place is None:
            fields[name], written[name] = Field(name, "absent"), "absent"


_PARTS = frozenset(("host", "port", "username", "password", "scheme", "path", "host_scheme", "host_port_part"))


def _fill(
    part: str,
    state: str,
    value: object,
    place: Place,
    holder: Field,
    fields: dict[str, Field],
    written: dict[str, str | None],
    profile: dict[str, Any],
) -> None:
    # `port_first`: a port beside the host wins over the one that has a key of its own.
    if not _open(fields.get(part)) and not (part == "port" and profile["fields"].get(holder.name, {}).get("port_first")):
        return
    field = Field(
        part,
        state if state != "empty" else "absent",
        value,
        key=holder.key,
        place=place,
        key_place=holder.key_place,
        # A part that was filled in from another file came over the template, not over the other parts.
        via=tuple(
            one for one in holder.via if holder.place is None or place.source is holder.place.source or one.source is not place.source
        ),
        note=holder.note,
    )
    fields[part], written[part] = field, "present"
    if part.startswith("query."):
        spec = profile["fields"].get(holder.name, {})
        for target, option in (spec.get("query") or {}).items():
            # An option that names the host stands for the one in the address.
            if part[6:] in (option if isinstance(option, (tuple, list)) else (option,)) and (target == "host" or _open(fields.get(target))):
                _option(target, field, fields, written, profile)


def _open(held: Field | None) -> bool:
    """Whether nothing is written of a field yet."""
    return held is None or held.state == "absent" or (held.state == "unresolved" and held.place is None)


def _option(target: str, field: Field, fields: dict[str, Field], written: dict[str, str | None], profile: dict[str, Any]) -> None:
    """An option of a URL's query as a field of its own."""
    spec = profile["fields"].get(target) or {"decoder": "text"}
    made = Field(target, field.state, key=field.key, place=field.place, key_place=field.key_place, via=field.via)
    if field.state == "set" and field.place is not None:
        scalar = Scalar(str(field.value), field.place.source, field.place.start, field.place.end, type="str", style="plain")
        decoded = decode(scalar, spec, "text")
        made.state = "absent" if decoded.state == "empty" and spec.get("empty", "absent") == "absent" else decoded.state
        made.value = spec.get("empty") if decoded.state == "empty" else "error" if decoded.state == "invalid" else decoded.value
        if made.state in ("invalid", "empty"):
            made.state = "set"
    fields[target], written[target] = made, "present"


def _key(candidate: Recognition, key: str, name: str, entry: Entry | None) -> str:
    placement = candidate.placement
    if placement["fold"] and entry is not None and "." not in key and "." not in entry.key.text:
        key = entry.key.text  # as it is written there
    # An account of msmtp has a number only here: its keys are told as they stand in their lines.
    bare = "environment" in placement["syntax"] or "keyword" in placement["syntax"] or placement["prefix"]
    if name in candidate.inherited or not candidate.path or bare:
        return key
    return f"{candidate.path}.{key}"
