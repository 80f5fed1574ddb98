"""The text of the chosen statements, read by libcst."""

from __future__ import annotations

import ast
from bisect import bisect_right

from smtplint.readers.python.select import MAX_WEIGHT
from smtplint.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    import libcst
    from libcst.metadata import CodeRange

    from smtplint.readers.python.select import Selection


class Pieces:
    """The chosen leaves as libcst nodes, with their places in the whole file.

    `node(leaf)` is the small statement, or the expression, that libcst made of an `ast` leaf; None when it could not be read.
    """

    __slots__ = ("_bases", "_nodes", "_ranges", "_text")

    def __init__(self, selection: Selection) -> None:
        self._nodes: dict[int, libcst.CSTNode] = {}
        self._ranges: Mapping[libcst.CSTNode, CodeRange] = {}
        self._bases: list[tuple[int, int]] = []
        self._text = Source("", "")
        leaves = []
        left = MAX_WEIGHT
        for leaf in selection.leaves.values():
            weight = selection.weight(leaf)
            if weight > left:
                selection.cut = True
            elif weight:
                left -= weight
                leaves.append(leaf)
        if leaves:
            self._read(selection, leaves)

    def _read(self, selection: Selection, leaves: list[ast.stmt | ast.expr]) -> None:
        import libcst

        kept: list[tuple[ast.stmt | ast.expr, int, str]] = []
        for leaf in leaves:
            start, end = selection.offsets.span(leaf)
            text = selection.source.text[start:end]
            # The parentheses of an expression are not part of its span, yet its line breaks live by them.
            kept.append((leaf, start, f"({text}\n)\n" if isinstance(leaf, ast.expr) else f"{text}\n"))
        try:
            self._take(kept)
        except libcst.ParserSyntaxError:
            good = []
            for item in kept:
                try:
                    libcst.parse_module(item[2])
                except libcst.ParserSyntaxError:
                    continue  # newer Python than this libcst knows: left unresolved
                good.append(item)
            self._take(good)

    def _take(self, kept: list[tuple[ast.stmt | ast.expr, int, str]]) -> None:
        import libcst
        from libcst.metadata import MetadataWrapper, PositionProvider

        module = libcst.parse_module("".join(text for _, _, text in kept))
        if len(module.body) != len(kept):
            return
        at = 0
        for (leaf, start, text), line in zip(kept, module.body, strict=True):
            shift = 1 if isinstance(leaf, ast.expr) else 0
            self._bases.append((at, start - at - shift))
            at += len(text)
            if not isinstance(line, libcst.SimpleStatementLine) or len(line.body) != 1:
                continue
            statement = line.body[0]
            self._nodes[id(leaf)] = statement.value if shift and isinstance(statement, libcst.Expr) else statement
        self._ranges = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
        self._text = Source("", "".join(text for _, _, text in kept))

    def node(self, leaf: ast.stmt | ast.expr) -> libcst.CSTNode | None:
        """What libcst read for a leaf."""
        return self._nodes.get(id(leaf))

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
        return offset + self._bases[bisect_right(self._bases, (offset, 1 << 60)) - 1][1]
