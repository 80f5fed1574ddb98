"""The path language of placements and carriers: where in a tree something stands.

    services.*.environment        `*` any key or item
    **.containers[*]              `**` any depth; `[*]` the items of a list, the same as `.*`
    receivers.*.email_configs     keys
    resource[type=smtp*]          only mappings whose own key matches a glob (several with commas)
    smtp|mail|email               alternatives

`compile_path` yields tuples; `walk` yields (instance path, node) in file order. A dotted key of the file (`spring.mail.host: x`) is
walked as if it were nested.
"""

from __future__ import annotations

import re

from smtplint.lazy import later
from smtplint.tree import Entry, Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from smtplint.tree import Node

    Path = tuple[Any, ...]

_SEGMENT = later(r"((?:[^.\[\]\\]|\\.)+)?((?:\[[^\]]*\])*)(?:\.|\Z)")
MAX_NODES = 200_000


def like(text: str, glob: str) -> bool:
    """Whether a text is like a glob of `*`, `?` and `[…]`, case counting. Globs of stars alone, nearly all of them, need no pattern compiled."""
    if "?" in glob or "[" in glob:
        fixed = min(glob.find(mark) for mark in "*?[" if mark in glob)
        if not text.startswith(glob[:fixed]):
            return False
        from fnmatch import fnmatchcase

        return fnmatchcase(text, glob)
    first, *rest = glob.split("*")
    if not rest:
        return text == glob
    last = rest.pop()
    at, end = len(first), len(text) - len(last)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return False
    for piece in rest:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def glob_matches(glob: str, path: str) -> bool:
    """A glob without a slash is held against the last part of a path, one with a slash against its end; case does not count."""
    path, glob = path.lower(), glob.lower()
    if "/" not in glob:
        return like(path.rsplit("/", 1)[-1], glob)
    return like(path, glob) or like(path, "*/" + glob.lstrip("/"))


class PathError(ValueError):
    """A path that does not parse."""


def compile_path(text: str) -> Path:
    """`((kind, names, filters), …)`; kind is key, any or deep."""
    bare = text.removesuffix("[*]").replace("[*].", ".")
    if "[" not in bare and "]" not in bare and "\\" not in bare:  # nearly all of them
        words = text.replace("[*]", ".*")[text.startswith("[*]") :].split(".")
        if all(word and (word in ("*", "**") or "*" not in word) for word in words):
            return tuple([_plain(word) for word in words])
    segments: list[tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]] = []
    at = 0
    while at < len(text):
        match = _SEGMENT.match(text, at)
        if match is None or match.end() == at:
            raise PathError(f"{text!r} is not a path (column {at + 1})")
        at = match.end()
        word, brackets = match.group(1), match.group(2)
        filters: list[tuple[str, str]] = []
        items = False
        for inside in re.findall(r"\[([^\]]*)\]", brackets):
            if inside == "*":
                items = True
                continue
            for part in inside.split(","):
                key, equals, glob = part.partition("=")
                if not equals or not key.strip():
                    raise PathError(f"{text!r}: '[{inside}]' is not a filter")
                filters.append((key.strip(), glob.strip().strip("'\"")))
        if word:
            word = word.replace("\\", "")
            kind = "deep" if word == "**" else "any" if word == "*" else "key"
            if kind == "key" and "*" in word:
                raise PathError(f"{text!r}: '{word}' is a key in which '*' stands for nothing; '*' alone is any key")
            names = () if kind != "key" else tuple(name.strip() for name in word.split("|"))
            segments.append((kind, names, tuple(filters) if not items else ()))
        if items:
            segments.append(("any", (), tuple(filters)))
        elif not word:
            raise PathError(f"{text!r} is not a path (column {match.start() + 1})")
    return tuple(segments)


def _plain(word: str) -> tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]:
    kind = "deep" if word == "**" else "any" if word == "*" else "key"
    return kind, tuple(map(str.strip, word.split("|"))) if kind == "key" else (), ()


_FOLDED: dict[str, str] = {}


def fold(text: str) -> str:
    """A key without case and separators: `smtp_host`, `smtp-host`, `smtpHost` and `SmtpHost` fold alike; Spring's `[a.b]` is `a.b`."""
    known = _FOLDED.get(text)
    if known is None:
        known = _fold(text)
        if len(_FOLDED) < 20_000 and len(text) < 200:
            _FOLDED[text] = known
    return known


def _fold(text: str) -> str:
    text = text.lower().replace("_", "").replace("-", "").replace(" ", "")
    return text.replace("[", "").replace("]", "") if "[" in text else text


def child(node: Mapping, name: str, *, folded: bool = False) -> tuple[Node, Entry] | None:
    """The value under a key, and its entry; dotted keys are taken apart. With `folded`, keys compare without case and separators."""
    if not folded:
        entry = node.index.get(name)
        if entry is not None and not dotted(node):
            return entry.value, entry
    else:
        name = fold(name)
        entry = _folded(node)[0].get(name)
        if entry is not None and not dotted(node):
            return entry.value, entry
    if dotted(node):
        prefix = name + "."
        inner = []
        for candidate in node.entries:
            key = fold(candidate.key.text) if folded else candidate.key.text
            if key.startswith(prefix):
                text = candidate.key.text
                inner.append(
                    Entry(
                        candidate.key.but(text=text[text.index(".") + 1 if folded else len(prefix) :]),
                        candidate.value,
                        conditional=candidate.conditional,
                    )
                )
        if inner:
            if entry is not None and isinstance(entry.value, Mapping):
                inner = [*entry.value.entries, *inner]
            made = Mapping(node.source, inner[0].key.start, inner[-1].value.end, inner, partial=node.partial)
            return made, inner[0]
    return (entry.value, entry) if entry is not None else None


def keys_of(node: Mapping, *, folded: bool = False) -> dict[str, Entry]:
    """The keys of a mapping, and the entry of each that wins; with `folded`, without case and separators."""
    return _folded(node)[0] if folded else node.index


def _folded(node: Mapping) -> tuple[dict[str, Entry], bool]:
    if node.folded is None:
        node.folded = ({fold(entry.key.text): entry for entry in node.entries}, any("." in key for key in node.index))
    return node.folded


def dotted(node: Mapping) -> bool:
    """Whether any key of a mapping holds a dot, so that it stands for a path."""
    return _folded(node)[1]


def starts(node: Mapping, names: tuple[str, ...]) -> bool:
    """Whether a path that begins with one of these keys can lead anywhere in a mapping. Cheap, and wrong only towards yes."""
    return dotted(node) or any(name in node.index for name in names)


_DOTS = 8


def keys_below(root: Mapping) -> tuple[frozenset[str], frozenset[str]]:
    """Every key at any depth, as it is and folded; of a key with dots also every run of its pieces. Worked out once for a root."""
    if root.below is None:
        keys: set[str] = set()
        seen: set[int] = set()
        stack: list[Node] = [root]
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, Mapping):
                for entry in node.entries:
                    keys.add(entry.key.text)
                    if not isinstance(entry.value, Scalar):
                        stack.append(entry.value)
            elif isinstance(node, Sequence):
                stack.extend(item for item in node.items if not isinstance(item, Scalar))
        for key in [key for key in keys if "." in key]:
            pieces = key.split(".")
            if len(pieces) > _DOTS:
                keys.add("")  # too many runs to write down
            else:
                keys.update(".".join(pieces[i:j]) for i in range(len(pieces)) for j in range(i + 1, len(pieces) + 1))
        root.below = (frozenset(keys), frozenset(map(fold, keys)))
    return root.below


def leads(root: Node, path: Path, *, folded: bool = False) -> bool:
    """Whether a path may lead anywhere below a root. Cheap from the second path on, and wrong only towards yes: most paths ask for a key that
    the whole document does not hold."""
    if not isinstance(root, Mapping):
        return True
    exact, alike = keys_below(root)
    if "" in exact:
        return True
    for kind, names, filters in path:
        if kind == "key" and not names[0].isdigit():
            if not any(fold(name) in alike for name in names) if folded else exact.isdisjoint(names):
                return False
        for key, glob in filters:
            if key != "()" and not glob.startswith("!") and key not in exact:
                head = key.partition(".")[0]
                if head not in exact and not head.isdigit():
                    return False
    return True


def walk(root: Node, path: Path, *, folded: bool = False) -> Iterator[tuple[str, Node, Entry | None]]:
    """Every node a path leads to: (instance path such as `receivers[0].email_configs[1]`, node, the entry it stands in)."""
    yield from _walk(root, path, 0, "", None, folded, [MAX_NODES])


def _walk(
    node: Node, path: Path, index: int, at: str, entry: Entry | None, folded: bool, budget: list[int]
) -> Iterator[tuple[str, Node, Entry | None]]:
    budget[0] -= 1
    if budget[0] < 0:
        return
    if index == len(path):
        yield at, node, entry
        return
    kind, names, filters = path[index]
    if kind == "key":
        if isinstance(node, Mapping):
            for name in names:
                if name.endswith("()"):
                    # Calls in a Python file: every one of them counts, not the last.
                    for call in node.entries:
                        if call.key.text == name and matches(call.value, filters):
                            yield from _walk(call.value, path, index + 1, f"{at}.{name}" if at else name, call, folded, budget)
                    continue
                found = child(node, name, folded=folded)
                if found is not None and matches(found[0], filters):
                    # Where case and strokes do not count, a key is told as it is written.
                    told = found[1].key.text if folded and "." not in found[1].key.text else name
                    yield from _walk(found[0], path, index + 1, f"{at}.{told}" if at else told, found[1], folded, budget)
        elif isinstance(node, Sequence) and len(names) == 1 and names[0].isdigit() and int(names[0]) < len(node.items):
            item = node.items[int(names[0])]
            if matches(item, filters):
                yield from _walk(item, path, index + 1, f"{at}[{names[0]}]", entry, folded, budget)
    elif kind == "any":
        for name, value, own in children(node):
            if matches(value, filters):
                yield from _walk(value, path, index + 1, join(at, name), own or entry, folded, budget)
        if isinstance(node, Mapping) and index + 1 < len(path) and path[index + 1][0] == "key":
            # `account.work.smtp.host: x` under `account.*.smtp`: the first piece of a dotted key is what `*` stands for.
            heads = dict.fromkeys(key.partition(".")[0] for key in node.index if "." in key)
            for head in heads:
                found = child(node, head) if head and head not in node.index else None
                if found is not None and matches(found[0], filters):
                    yield from _walk(found[0], path, index + 1, join(at, head), found[1], folded, budget)
    else:
        if matches(node, filters):
            yield from _walk(node, path, index + 1, at, entry, folded, budget)
        for name, value, own in children(node):
            if not isinstance(value, Scalar):
                yield from _walk(value, path, index, join(at, name), own or entry, folded, budget)


def children(node: Node) -> Iterator[tuple[str, Node, Entry | None]]:
    """(name, value, entry) of every child; list items are named `[0]`."""
    if isinstance(node, Mapping):
        for entry in node.entries:
            if node.index.get(entry.key.text) is entry or entry.key.text.endswith("()"):
                yield entry.key.text, entry.value, entry
    elif isinstance(node, Sequence):
        for number, item in enumerate(node.items):
            yield f"[{number}]", item, None


def join(at: str, name: str) -> str:
    """`at` extended by a child's name."""
    return at + name if name.startswith("[") else f"{at}.{name}" if at else name


def matches(node: Node, filters: tuple[tuple[str, str], ...]) -> bool:
    """Whether a node passes the filters of a segment. `()` stands for the node's tag, `key` may be dotted; `!glob` negates."""
    for key, glob in filters:
        negate = glob.startswith("!")
        pattern = glob[1:] if negate else glob
        if key == "()":
            text: str | None = getattr(node, "tag", "")
        else:
            found = lookup(node, key)
            text = found.text if isinstance(found, Scalar) and found.state == "known" else None
        fits = text is not None and like(text.lower(), pattern.lower())
        if fits == negate:
            return False
    return True


def lookup(node: Node, path: str, *, folded: bool = False) -> Node | None:
    """The node at a dotted path below `node`, or None."""
    found = find(node, path, folded=folded)
    return found[0] if found is not None else None


def find(node: Node, path: str, *, folded: bool = False) -> tuple[Node, Entry | None] | None:
    """The node at a dotted path below `node` and the entry whose value it is. A literal key that holds the dots is found too."""
    head, dot, rest = path.partition(".")
    if isinstance(node, Mapping) and (not dot or dotted(node)):
        whole = child(node, path, folded=folded)
        if whole is not None or not dot:
            return whole
    entry: Entry | None = None
    while True:
        if isinstance(node, Mapping):
            step = child(node, head, folded=folded)
            if step is None:
                return None
            node, entry = step
        elif isinstance(node, Sequence) and head.isdigit() and int(head) < len(node.items):
            node = node.items[int(head)]
        else:
            return None
        if not dot:
            return node, entry
        if isinstance(node, Mapping):
            whole = child(node, rest, folded=folded)
            if whole is not None:
                return whole
        head, dot, rest = rest.partition(".")


def nest(flat: Mapping, depth: int = 0) -> Mapping:
    """A flat mapping with dotted keys (`a.b.c=1`) as a tree. A key that is both a value and a prefix leaves the longer ones dotted."""
    groups: dict[str, list[Entry]] = {}
    for entry in flat.entries:
        groups.setdefault(entry.key.text.partition(".")[0], []).append(entry)
    entries: list[Entry] = []
    for head, group in groups.items():
        deeper = [entry for entry in group if entry.key.text != head]
        if len(deeper) < len(group) or not head or depth > 30:
            entries.extend(group)
            continue
        inner = [Entry(entry.key.but(text=entry.key.text[len(head) + 1 :]), entry.value, conditional=entry.conditional) for entry in deeper]
        below = nest(Mapping(flat.source, deeper[0].key.start, deeper[-1].value.end, inner, partial=flat.partial), depth + 1)
        entries.append(Entry(deeper[0].key.but(text=head), below))
    return Mapping(flat.source, flat.start, flat.end, entries, partial=flat.partial, tag=flat.tag)
