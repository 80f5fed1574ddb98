"""The chosen statements as nodes: the plainest from `ast` itself, the others read by libcst, or found in the cache."""

from __future__ import annotations

import ast
from bisect import bisect_right

from smtplint.readers.python import nodes, plain
from smtplint.readers.python.select import MAX_WEIGHT
from smtplint.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    import libcst
    from libcst.metadata import CodeRange

    from smtplint.readers.python.nodes import Node
    from smtplint.readers.python.select import Selection

    Leaf = ast.stmt | ast.expr
    Piece = tuple[Leaf, int, str]  # a leaf, where it begins in the file, and its text as a line of its own


class Pieces:
    """The chosen leaves as nodes of their own: `node(leaf)` is the small statement, or the expression, that was made of an `ast` leaf; None
    when it could not be read.

    With `cache`, what libcst made of them is kept in the user's cache folder, and a file that has not changed since costs no libcst.
    """

    __slots__ = ("_nodes",)

    def __init__(self, selection: Selection, *, cache: bool = False) -> None:
        self._nodes: dict[tuple[int, int], Node] = {}
        leaves = []
        left = MAX_WEIGHT
        for leaf in selection.leaves.values():
            weight = selection.weight(leaf)
            if weight > left:
                selection.cut = True
            elif weight:
                left -= weight
                leaves.append(leaf)
        text = selection.source.text
        rest = []
        for leaf in leaves:
            node = plain.node(leaf, text, selection.offsets)
            if node is not None:
                self._nodes[_key(leaf)] = node
            else:
                rest.append(leaf)
        if rest:
            self._nodes.update(_stored(selection, rest) if cache else _read(selection, rest))

    def node(self, leaf: Leaf) -> Node | None:
        """What was read for a leaf."""
        return self._nodes.get(_key(leaf))


def _stored(selection: Selection, leaves: list[Leaf]) -> dict[tuple[int, int], Node]:
    """What libcst made of the leaves when it last saw this text, or makes of them now."""
    from smtplint.readers.python import stored

    text = selection.source.text
    found = stored.load(text)
    if found is not None and all(_key(leaf) in found for leaf in leaves):
        return found
    found = _read(selection, leaves)
    # What this libcst could not read, a later one may.
    if len(found) == len(leaves):
        stored.save(text, found)
    return found


def _key(leaf: Leaf) -> tuple[int, int]:
    """Where a leaf begins, as `ast` counts. No two begin at one place."""
    return leaf.lineno, leaf.col_offset


def _read(selection: Selection, leaves: list[Leaf]) -> dict[tuple[int, int], Node]:
    import libcst

    kept: list[Piece] = []
    for leaf in leaves:
        start, end = selection.offsets.span(leaf)
        text = selection.source.text[start:end]
        # The parentheses of an expression are not part of its span, yet its line breaks live by them.
        kept.append((leaf, start, f"({text}\n)\n" if isinstance(leaf, ast.expr) else f"{text}\n"))
    try:
        return _parsed(kept, selection.source.text)
    except Exception:  # what its parser lets pass its nodes may still refuse, with errors that differ from version to version
        good = []
        for item in kept:
            try:
                libcst.parse_module(item[2])
            except Exception:
                continue  # newer Python than this libcst knows: left unresolved
            good.append(item)
        return _parsed(good, selection.source.text)


def _parsed(kept: list[Piece], text: str) -> dict[tuple[int, int], Node]:
    import libcst
    from libcst.metadata import MetadataWrapper, PositionProvider

    lines = "".join(line for _, _, line in kept)
    module = libcst.parse_module(lines)
    if len(module.body) != len(kept):
        return {}
    ranges: Mapping[libcst.CSTNode, CodeRange] = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    places = _Places(Source("", lines), ranges)
    at = 0
    taken: list[tuple[Leaf, libcst.CSTNode]] = []
    for (leaf, start, line), read in zip(kept, module.body, strict=True):
        shift = 1 if isinstance(leaf, ast.expr) else 0
        places.bases.append((at, start - at - shift))
        at += len(line)
        if not isinstance(read, libcst.SimpleStatementLine) or len(read.body) != 1:
            continue
        statement = read.body[0]
        taken.append((leaf, statement.value if shift and isinstance(statement, libcst.Expr) else statement))
    return {_key(leaf): nodes.convert(node, text, places.span) for leaf, node in taken}


class _Places:
    """From the places of the lines that libcst has read to those of the file they come from."""

    __slots__ = ("_ranges", "_text", "bases")

    def __init__(self, text: Source, ranges: Mapping[libcst.CSTNode, CodeRange]) -> None:
        self._text = text
        self._ranges = ranges
        self.bases: list[tuple[int, int]] = []

    def span(self, node: libcst.CSTNode) -> tuple[int, int]:
        """Offsets of a node in the whole file, without the parentheses around it (those of a tuple belong to it)."""
        first = last = node
        if type(node).__name__ == "Tuple":
            left, right = getattr(node, "lpar", ()), getattr(node, "rpar", ())
            if left and right:
                first, last = left[-1], right[0]
        begin, end = self._ranges[first].start, self._ranges[last].end
        return self._offset(begin.line, begin.column), self._offset(end.line, end.column)

    def _offset(self, line: int, column: int) -> int:
        offset = self._text.offset(line, column + 1)
        return offset + self.bases[bisect_right(self.bases, (offset, 1 << 60)) - 1][1]
