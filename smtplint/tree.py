"""The located tree that every reader yields.

Every key and every scalar knows the source it stands in and its exact span there, also after it was resolved from another
file or unpacked from a document inside a document. Nothing here knows about mail.
"""

from __future__ import annotations

from smtplint.source import Place, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Scalar:
    """One value, or one key, with its place.

    `text`    the value as the syntax yields it: quotes and escapes undone, references expanded. May be a secret: only decoders read it.
    `style`   how it was written: plain, single, double, literal, folded (YAML block scalars), raw (INI and line formats), code (an expression),
              whole (a part of a value that cannot be told apart inside its scalar: base64, escaped text).
    `type`    plain (not typed yet: the loader decides), str, int, float, bool, null.
    `state`   known | unresolved (somebody set it, we cannot see what to).
    `tag`     a syntax tag such as `!secret`, `!vault`, or a cast such as `int`; "" when there is none.
    `via`     places of the references that led here, nearest first: the endpoint's own key, when the value stands in another file.
    `note`    a short sentence on how the value came about ("the default in ${SMTP_PORT:-25}"), "" when it is simply written.
    """

    __slots__ = ("end", "note", "source", "start", "state", "style", "tag", "text", "type", "via")

    def __init__(
        self,
        text: str,
        source: Source,
        start: int,
        end: int,
        *,
        style: str = "plain",
        type: str = "plain",  # noqa: A002
        state: str = "known",
        tag: str = "",
        via: tuple[Place, ...] = (),
        note: str = "",
    ) -> None:
        self.text = text
        self.source = source
        self.start = start
        self.end = end
        self.style = style
        self.type = type
        self.state = state
        self.tag = tag
        self.via = via
        self.note = note

    def __repr__(self) -> str:
        return f"Scalar(\N{BULLET}, {self.type}, {self.style}, {self.state}, {self.place!r})"

    @property
    def place(self) -> Place:
        return Place(self.source, self.start, self.end)

    @property
    def raw(self) -> str:
        """The text as it stands in the source, quotes included."""
        return self.source.text[self.start : self.end]

    @property
    def inner(self) -> int | None:
        """The offset at which `text` itself begins, when it stands in the source letter for letter inside its quotes; else None.

        Character i of `text` is then at `inner + i`: the way from a URL or a document inside a value to its own places.
        """
        raw, text = self.raw, self.text
        at = raw.find(text)
        if at < 0 or raw[:at].strip("\"'`\r\n") or raw[at + len(text) :].strip("\"'`"):
            return None
        return self.start + at

    def but(self, **changes: object) -> Scalar:
        """A copy with some attributes changed."""
        new = Scalar.__new__(Scalar)
        for name in Scalar.__slots__:
            setattr(new, name, changes.get(name, getattr(self, name)))
        return new


class Composed(Scalar):
    """A value that a template puts together: its place is that of the template's text, and what was filled in has a place of its own.

    `pieces`: (begin and end in `text`, the scalar that was filled in there), in order.
    """

    __slots__ = ("pieces",)

    def __init__(self, scalar: Scalar, pieces: tuple[tuple[int, int, Scalar], ...]) -> None:
        for name in Scalar.__slots__:
            setattr(self, name, getattr(scalar, name))
        self.pieces = pieces

    def but(self, **changes: object) -> Scalar:
        new = super().but(**changes)
        return new if "text" in changes else Composed(new, self.pieces)

    def within(self, start: int, end: int) -> Place:
        """Where a stretch of `text` was written: in the one piece that holds all of it, else in the template's text."""
        for begin, stop, piece in self.pieces:
            if begin <= start and end <= stop:
                if piece.inner is None:
                    return piece.place
                return Place(piece.source, piece.inner + start - begin, piece.inner + end - begin)
        return self.place


class Entry:
    """One `key: value` of a mapping. `conditional`: it stands under a template condition, so it may be absent."""

    __slots__ = ("conditional", "key", "value")

    def __init__(self, key: Scalar, value: Node, *, conditional: bool = False) -> None:
        self.key = key
        self.value = value
        self.conditional = conditional


class Mapping:
    """Keys and values in file order, duplicates kept (the last one wins in `get`).

    `partial`: other keys may exist that cannot be seen (an included file, a template condition), so absence is unknown.
    `tag`: a YAML tag, the class or function name of a Python call, or "".
    """

    __slots__ = ("_index", "below", "end", "entries", "folded", "partial", "source", "start", "tag")

    def __init__(
        self, source: Source, start: int, end: int, entries: list[Entry] | None = None, *, partial: bool = False, tag: str = ""
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.entries: list[Entry] = entries if entries is not None else []
        self.partial = partial
        self.tag = tag
        self._index: dict[str, Entry] | None = None
        # Keys without case and separators → the entry that wins, and whether any key holds a dot; kept by `catalog.paths`.
        self.folded: tuple[dict[str, Entry], bool] | None = None
        # Every key at any depth, as it is and folded; kept by `catalog.paths` for the roots of documents.
        self.below: tuple[frozenset[str], frozenset[str]] | None = None

    def __repr__(self) -> str:
        return f"Mapping({[entry.key.text for entry in self.entries]!r})"

    @property
    def index(self) -> dict[str, Entry]:
        """Key text → the entry that wins. Built on first use; do not add entries afterwards."""
        if self._index is None:
            self._index = {entry.key.text: entry for entry in self.entries}
        return self._index

    def entry(self, key: str) -> Entry | None:
        """The entry that wins for a key."""
        return self.index.get(key)

    def get(self, key: str) -> Node | None:
        """The value that wins for a key."""
        found = self.index.get(key)
        return found.value if found is not None else None

    @property
    def place(self) -> Place:
        return Place(self.source, self.start, self.end)


class Sequence:
    """Items in order."""

    __slots__ = ("end", "items", "source", "start", "tag")

    def __init__(self, source: Source, start: int, end: int, items: list[Node] | None = None, *, tag: str = "") -> None:
        self.source = source
        self.start = start
        self.end = end
        self.items: list[Node] = items if items is not None else []
        self.tag = tag

    def __repr__(self) -> str:
        return f"Sequence({len(self.items)})"

    @property
    def place(self) -> Place:
        return Place(self.source, self.start, self.end)


Node = Scalar | Mapping | Sequence


def scalars(node: Node) -> Iterator[Scalar]:
    """Every scalar below `node`, keys excluded, without recursion (a tree may be as deep as the readers allow)."""
    stack: list[Node] = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, Scalar):
            yield top
        elif isinstance(top, Mapping):
            stack.extend(entry.value for entry in reversed(top.entries))
        else:
            stack.extend(reversed(top.items))


def nodes(root: Node, seen: set[int]) -> Iterator[Node]:
    """Every node of a tree, keys included, each once, also where several places share it: `seen` holds those that are done. What is put into
    a mapping or a sequence while it is looked at is met as well.
    """
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, Mapping):
            for entry in node.entries:
                stack.append(entry.key)
                stack.append(entry.value)
        elif isinstance(node, Sequence):
            stack.extend(node.items)
