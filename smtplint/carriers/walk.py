"""Walking a tree along the paths of a carrier, with the way back: what stands around a node.

The path language is `catalog.paths`. In front of a path below a hit may stand `^` (the same path at the hit and at everything around
it) or `/` (from the top of the document). `@key` is the key the hit stands under, `@1` the key one
step around that, `@tag` the hit's tag, and `=text` the text itself.
"""

from __future__ import annotations

from smtplint.catalog.paths import child, children, compile_path, join, leads, matches, starts
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtplint.catalog.paths import Path

MAX_STEPS = 100_000
# Descriptions of settings, not settings: `**` does not go below these.
BARRED = frozenset(
    (
        "properties",
        "patternProperties",
        "schema",
        "schemas",
        "example",
        "examples",
        "openAPIV3Schema",
        "definitions",
        "$defs",
        "annotations",
        "labels",
        "matchLabels",
        "nodeSelector",
        "managedFields",
    )
)


class Hit:
    """A node a path led to. `around`: (node, entry) from the top of the document to the node's parent."""

    __slots__ = ("around", "at", "entry", "node")

    def __init__(self, at: str, node: Node, entry: Entry | None, around: tuple[tuple[Node, Entry | None], ...]) -> None:
        self.at = at
        self.node = node
        self.entry = entry
        self.around = around

    def key(self, outward: int = 0) -> Scalar | None:
        """The key the hit stands under, None for the item of a list; with `outward`, the key of the node that many steps around it."""
        entries = [self.entry, *(entry for _, entry in reversed(self.around))]
        entry = entries[outward] if outward < len(entries) else None
        return entry.key if entry is not None else None


def descend(root: Node, path: Path, barred: frozenset[str] = BARRED) -> Iterator[Hit]:
    """Every node a path leads to, in file order. Each step costs; a tree that an alias makes huge is cut off at MAX_STEPS."""
    steps = 0
    stack: list[tuple[int, str, Node, Entry | None, tuple[tuple[Node, Entry | None], ...]]] = [(0, "", root, None, ())]
    seen: set[tuple[int, int]] = set()
    while stack:
        index, at, node, entry, around = stack.pop()
        steps += 1
        if steps > MAX_STEPS:
            return
        if index == len(path):
            yield Hit(at, node, entry, around)
            continue
        kind, names, filters = path[index]
        ahead: list[tuple[int, str, Node, Entry | None, tuple[tuple[Node, Entry | None], ...]]] = []
        below = (*around, (node, entry))
        if kind == "key":
            if isinstance(node, Mapping):
                for name in names:
                    found = child(node, name)
                    if found is not None and matches(found[0], filters):
                        ahead.append((index + 1, join(at, name), found[0], found[1], below))
        elif kind == "any":
            for name, value, own in children(node):
                if matches(value, filters):
                    ahead.append((index + 1, join(at, name), value, own, below))
        else:
            if (id(node), index) in seen:
                continue
            seen.add((id(node), index))
            if matches(node, filters):
                ahead.append((index + 1, at, node, entry, around))
            for name, value, own in children(node):
                if not isinstance(value, Scalar) and name not in barred:
                    ahead.append((index, join(at, name), value, own, below))
        stack.extend(reversed(ahead))


class Relative:
    """A path below a hit, in one of its forms."""

    __slots__ = ("form", "outward", "path", "text")

    def __init__(self, text: str) -> None:
        self.form = text[:1] if text[:1] in ("^", "/", "@", "=") else "."
        self.text = text[1:] if self.form != "." else "" if text == "." else text
        self.outward = 0
        self.path: Path = ()
        if self.form == "@":
            self.outward = int(self.text) if self.text.isdecimal() and len(self.text) < 7 else 0
        elif self.form != "=":
            self.path = compile_path(self.text)

    def leads(self, root: Node) -> bool:
        """Whether it may lead anywhere in a document. Cheap, and wrong only towards yes."""
        return self.form in "@=" or leads(root, self.path)

    def nodes(self, hit: Hit, root: Node) -> Iterator[Node]:
        """The nodes, outermost first."""
        if self.form in "@=":
            yield from self.nearest(hit, root)
            return
        begin = [root] if self.form == "/" else [node for node, _ in hit.around] + [hit.node] if self.form == "^" else [hit.node]
        for start in begin:
            if isinstance(start, Sequence) and self.form == "^":
                continue
            if self.path and self.path[0][0] == "key" and not (isinstance(start, Mapping) and starts(start, self.path[0][1])):
                continue
            for found in descend(start, self.path):
                yield found.node

    def nearest(self, hit: Hit, root: Node) -> Iterator[Node]:
        """The nodes, nearest first."""
        if self.form == "=":
            yield Scalar(self.text, hit.node.source, hit.node.start, hit.node.start, type="str")
        elif self.form == "@" and self.text == "tag":
            yield Scalar(hit.node.tag, hit.node.source, hit.node.start, hit.node.start, type="str")
        elif self.form == "@":
            key = hit.key(self.outward)
            if key is not None:
                yield key
        elif self.form == "^":
            for start in [hit.node, *(node for node, _ in reversed(hit.around))]:
                if self.path and self.path[0][0] == "key" and not (isinstance(start, Mapping) and starts(start, self.path[0][1])):
                    continue
                for found in descend(start, self.path):
                    yield found.node
        else:
            yield from self.nodes(hit, root)
