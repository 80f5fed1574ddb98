"""Small tools that all of `resolve` uses: copies of scopes, expanded trees, layers of variables, merged trees."""

from __future__ import annotations

import re

from smtplint.catalog.condition import UNKNOWN
from smtplint.lazy import later
from smtplint.resolve.interpolate import expand, is_elsewhere
from smtplint.scope import Scope
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    LookUp = Callable[[str], object]

MAIL = later(r"smtp|mail|relay_?host|smart_?host", re.IGNORECASE)
# Keys that say where mail goes: without one of them a group of keys is no endpoint.
_HOST = later(
    r"(?:host|server|url|uri|dsn|smart_?host|relay|gateway|hub|domain|address)s?(?:_?name)?\Z|server_?name|host_?name|transport\Z",
    re.IGNORECASE,
)
_NOT_HOST = later(r"imap|pop3?|from|reply|to_|admin|sender|localhost|ehlo|helo|site|frontend|verif|unsub|logo|template", re.IGNORECASE)
_OFF = later(r"(?:^|[._-])(?:enabled?|mock|disabled?|suppress(?:_send)?|active|test-?connection)\Z", re.IGNORECASE)


def is_mail(name: str) -> bool:
    """Whether a key looks like a mail setting."""
    return MAIL.search(name) is not None


def is_host(name: str) -> bool:
    """Whether a key looks like one that names the mail server."""
    return MAIL.search(name) is not None and _HOST.search(name) is not None and _NOT_HOST.search(name) is None


def is_switch(name: str) -> bool:
    """Whether a key only switches something on or off."""
    return _OFF.search(name) is not None


def clone(scope: Scope, **changes: object) -> Scope:
    """A copy of a scope with some attributes changed."""
    new = Scope.__new__(Scope)
    for name in Scope.__slots__:
        setattr(new, name, changes.get(name, getattr(scope, name)))
    return new


def expanded(node: Node, dialect: str, look_up: LookUp) -> Node:
    """A tree with the references in its values expanded; what does not change is shared. Trees are at most as deep as readers allow."""
    if isinstance(node, Scalar):
        if node.state != "known" and dialect == "workflow" and "${{" in node.text:
            # The reader took the braces for a template's.
            node = node.but(state="known")
        if node.state != "known" or not node.text:
            return node
        if "$" in node.text or "%" in node.text or "{" in node.text:
            return expand(node, dialect, look_up)
        if node.tag or ":" in node.text or "[" in node.text or "_" in node.text or "+" in node.text or "@" in node.text:
            return node.but(state="unresolved") if is_elsewhere(node, names=dialect == "generic") else node
        return node
    if isinstance(node, Sequence):
        items = [expanded(item, dialect, look_up) for item in node.items]
        if all(new is old for new, old in zip(items, node.items, strict=True)):
            return node
        return Sequence(node.source, node.start, node.end, items, tag=node.tag)
    entries = []
    changed = False
    for entry in node.entries:
        value = expanded(entry.value, dialect, look_up)
        changed = changed or value is not entry.value
        entries.append(entry if value is entry.value else Entry(entry.key, value, conditional=entry.conditional))
    return Mapping(node.source, node.start, node.end, entries, partial=node.partial, tag=node.tag) if changed else node


def expanded_root(root: Mapping, dialect: str, look_up: LookUp) -> Mapping:
    """`expanded` of a mapping."""
    result = expanded(root, dialect, look_up)
    return result if isinstance(result, Mapping) else root


def in_order(entries: Iterable[Entry], dialect: str, outside: LookUp) -> list[Entry]:
    """Variables expanded as a file of assignments is: a reference sees what was assigned before it, then what `outside` answers.

    A name that is only assigned further down is unknown: loaders differ about it.
    """
    seen: dict[str, Scalar] = {}
    entries = list(entries)
    if dialect == "node":
        # A JavaScript object: a name stays where it first stood, with the value it had last.
        last = {entry.key.text: entry for entry in entries}
        entries = [last[name] for name in dict.fromkeys(entry.key.text for entry in entries)]
    later = {entry.key.text: entry.value for entry in entries}

    def look_up(name: str) -> object:
        if name in seen:
            return seen[name]
        found = outside(name)
        if not isinstance(found, Scalar) and isinstance(behind := later.get(name), Scalar):
            # There JavaScript has the name already, so that a default in the reference does not count.
            return behind.but(text="", state="unresolved") if dialect == "node" else UNKNOWN if found is None else found
        return found

    result = []
    for entry in entries:
        value = entry.value
        if isinstance(value, Scalar):
            new = expanded(value, dialect, look_up)
            assert isinstance(new, Scalar)
            seen[entry.key.text] = new
            if new is not value:
                entry = Entry(entry.key, new, conditional=entry.conditional)
        result.append(entry)
    return result


def layered(layers: Iterable[list[Entry]]) -> list[Entry]:
    """Variables of several layers, each name from the last layer that has it. Duplicates inside a layer stay."""
    layers = list(layers)
    last = {entry.key.text: number for number, layer in enumerate(layers) for entry in layer}
    return [entry for number, layer in enumerate(layers) for entry in layer if last[entry.key.text] == number]


def flat(node: Mapping, fold: Callable[[str], str], prefix: str = "") -> dict[str, Entry]:
    """Every setting below a mapping by its folded dotted path; lists count as one setting."""
    found: dict[str, Entry] = {}
    for entry in node.entries:
        path = f"{prefix}.{fold(entry.key.text)}" if prefix else fold(entry.key.text)
        if isinstance(entry.value, Mapping) and entry.value.entries:
            found.update(flat(entry.value, fold, path))
        else:
            found[path] = entry
    return found


def without_doubt(values: Iterable[object]) -> object:
    """The value that all worlds agree on; UNKNOWN when they differ."""
    values = list(values)
    first = values[0]
    if all(one is first for one in values):
        return first
    agreed = isinstance(first, Scalar) and all(isinstance(one, Scalar) and _same(one, first) for one in values)
    return first if agreed else UNKNOWN


def _same(left: Scalar, right: Scalar) -> bool:
    return (left.text, left.type, left.state, left.tag) == (right.text, right.type, right.state, right.tag)


def blurred(base: Mapping, overs: Iterable[Mapping], fold: Callable[[str], str], note: str) -> Mapping:
    """One tree for more overlays than are told apart: what an overlay says otherwise than `base` is unresolved, for the reason `note`."""
    together = Mapping(base.source, base.start, base.end, [entry for over in overs for entry in over.entries])
    differing: set[str] = set()
    known = flat(base, fold)
    for entry in together.entries:
        for path, one in flat(Mapping(base.source, base.start, base.end, [entry]), fold).items():
            held = known.get(path)
            if held is None or without_doubt((held.value, one.value)) is UNKNOWN:
                differing.add(path)
    return _blur(merged(_deep(Mapping(base.source, base.start, base.end, []), together, fold), base, fold), differing, fold, "", note)


def _blur(node: Mapping, differing: set[str], fold: Callable[[str], str], prefix: str, note: str) -> Mapping:
    entries = []
    for entry in node.entries:
        path = f"{prefix}.{fold(entry.key.text)}" if prefix else fold(entry.key.text)
        value = entry.value
        if path in differing:
            value = Scalar("", value.source, value.start, value.end, state="unresolved", note=note)
        elif isinstance(value, Mapping) and value.entries:
            value = _blur(value, differing, fold, path, note)
        entries.append(entry if value is entry.value else Entry(entry.key, value, conditional=entry.conditional))
    return Mapping(node.source, node.start, node.end, entries, partial=node.partial, tag=node.tag)


def speaks(node: object, fold: Callable[[str], str]) -> bool:
    """Whether an overlay says more about mail than that it is on or off, itself or in a document that one of its texts holds."""
    settings = flat(node, fold) if isinstance(node, Mapping) else {}
    if any(is_mail(key) and not is_switch(key) for key in settings):
        return True
    return any(isinstance(one.value, Scalar) and "\n" in one.value.text and is_mail(one.value.text) for one in settings.values())


def plain(key: str) -> str:
    """A key as it stands."""
    return key


def merged(base: Mapping, over: Mapping, fold: Callable[[str], str] = plain) -> Mapping:
    """Two trees, `over` winning setting by setting; lists are replaced whole. Keys that fold alike are the same, dotted or nested."""
    taken = set(flat(over, fold))
    pruned = _without(base, taken, fold, "")
    return _deep(pruned if pruned is not None else Mapping(base.source, base.start, base.end), over, fold)


def _without(node: Mapping, taken: set[str], fold: Callable[[str], str], prefix: str) -> Mapping | None:
    entries = []
    changed = False
    for entry in node.entries:
        path = f"{prefix}.{fold(entry.key.text)}" if prefix else fold(entry.key.text)
        value = entry.value
        if path in taken:
            changed = True
            continue
        if isinstance(value, Mapping) and value.entries:
            left = _without(value, taken, fold, path)
            if left is None:
                changed = True
                continue
            if left is not value:
                entry, changed = Entry(entry.key, left, conditional=entry.conditional), True
        entries.append(entry)
    if not changed:
        return node
    return Mapping(node.source, node.start, node.end, entries, partial=node.partial, tag=node.tag) if entries else None


def _deep(base: Mapping, over: Mapping, fold: Callable[[str], str]) -> Mapping:
    entries = list(base.entries)
    at = {fold(entry.key.text): number for number, entry in enumerate(entries)}
    for entry in over.entries:
        key = fold(entry.key.text)
        number = at.get(key)
        old = entries[number].value if number is not None else None
        if number is None:
            at[key] = len(entries)
            entries.append(entry)
        elif isinstance(old, Mapping) and isinstance(entry.value, Mapping):
            entries[number] = Entry(entries[number].key, _deep(old, entry.value, fold), conditional=entries[number].conditional)
        else:
            entries[number] = entry
    return Mapping(over.source, over.start, over.end, entries, partial=base.partial or over.partial, tag=over.tag or base.tag)
