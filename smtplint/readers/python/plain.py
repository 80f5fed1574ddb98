"""Statements that `ast` tells as fully as libcst would: names, literals of one piece, calls, lists, dictionaries, operators.

Whatever is not written in the plainest way (parentheses that are not needed, comments and line continuations inside, strings of several
pieces, f-strings) is left to libcst. What is between two parts must be exactly the punctuation that belongs there, so that the node made
here is the one that `nodes.convert` would make of libcst's tree.
"""

from __future__ import annotations

import ast
import re

from smtplint.readers.python.nodes import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from smtplint.readers.python.select import Offsets

_STRING = re.compile(r"""[rRuU]?(?:"[^"\\\r\n]*"|'[^'\\\r\n]*')""")
_FLOAT = re.compile(r"\d+\.\d+")
_UNARY = {ast.Not: ("Not", "not"), ast.USub: ("Minus", "-"), ast.UAdd: ("Plus", "+")}
_BINARY = {
    ast.Add: ("Add", "+"),
    ast.Sub: ("Subtract", "-"),
    ast.Mult: ("Multiply", "*"),
    ast.Div: ("Divide", "/"),
    ast.FloorDiv: ("FloorDivide", "//"),
    ast.Mod: ("Modulo", "%"),
}


class _NotPlainError(Exception):
    """Only libcst can tell."""


def node(leaf: ast.stmt | ast.expr, text: str, offsets: Offsets) -> Node | None:
    """A leaf of `text` as a node, None when it is not written plainly."""
    try:
        return _Plain(text, offsets).any(leaf)
    except _NotPlainError:
        return None


class _Plain:
    __slots__ = ("offsets", "text")

    def __init__(self, text: str, offsets: Offsets) -> None:
        self.text = text
        self.offsets = offsets

    def any(self, tree: ast.AST) -> Node:
        make = _MAKE.get(type(tree))
        if make is None or not isinstance(tree, ast.stmt | ast.expr):
            raise _NotPlainError
        return make(self, tree, *self.offsets.span(tree))

    def joined(self, kind: str, start: int, end: int, parts: Sequence[Node], marks: Sequence[str], sign: str = "") -> Node:
        """A node of parts, if before, between and behind them there is nothing but these marks (one more than there are parts)."""
        at = start
        for part, mark in zip(parts, marks, strict=False):
            if "".join(self.text[at : part.start].split()) != mark:
                raise _NotPlainError
            at = part.end
        if "".join(self.text[at:end].split()) != marks[-1]:
            raise _NotPlainError
        return Node(kind, start, end, list(parts), sign)

    def listed(self, kind: str, start: int, end: int, parts: list[Node], around: str) -> Node:
        """A node of parts with commas between them, the last of which may have one too."""
        closing = around[1:]
        rest = "".join(self.text[parts[-1].end if parts else start + len(around[:1]) : end].split())
        last = "," + closing if parts and rest == "," + closing else closing
        if not parts:
            if "".join(self.text[start:end].split()) != around:
                raise _NotPlainError
            return Node(kind, start, end, [])
        return self.joined(kind, start, end, parts, [around[:1], *[","] * (len(parts) - 1), last])

    def assign(self, tree: ast.Assign, start: int, end: int) -> Node:
        parts = [self.any(part) for part in (*tree.targets, tree.value)]
        return self.joined("Assign", start, end, parts, ["", *["="] * len(tree.targets), ""])

    def annotated(self, tree: ast.AnnAssign, start: int, end: int) -> Node:
        if tree.value is None or not tree.simple:
            raise _NotPlainError
        target, kind, value = self.any(tree.target), self.any(tree.annotation), self.any(tree.value)
        self.joined("AnnAssign", start, end, [target, kind, value], ["", ":", "=", ""])
        return Node("AnnAssign", start, end, [target, value])

    def expression(self, tree: ast.Expr, start: int, end: int) -> Node:
        return self.joined("Expr", start, end, [self.any(tree.value)], ["", ""])

    def returned(self, tree: ast.Return, start: int, end: int) -> Node:
        if tree.value is None:
            raise _NotPlainError
        return self.joined("Return", start, end, [self.any(tree.value)], ["return", ""])

    def constant(self, tree: ast.Constant, start: int, end: int) -> Node:
        text = self.text[start:end]
        value = tree.value
        if isinstance(value, str) and _STRING.fullmatch(text):
            return Node("SimpleString", start, end, [])
        if value is None or isinstance(value, bool):
            return Node("Name", start, end, [])
        if isinstance(value, int) and text.isdigit() and text.isascii():
            return Node("Integer", start, end, [])
        if isinstance(value, float) and _FLOAT.fullmatch(text):
            return Node("Float", start, end, [])
        raise _NotPlainError

    def name(self, tree: ast.Name, start: int, end: int) -> Node:
        if self.text[start:end] != tree.id:  # letters that Python takes for others
            raise _NotPlainError
        return Node("Name", start, end, [])

    def attribute(self, tree: ast.Attribute, start: int, end: int) -> Node:
        name = Node("Name", end - len(tree.attr), end, [])
        if self.text[name.start : end] != tree.attr:
            raise _NotPlainError
        return self.joined("Attribute", start, end, [self.any(tree.value), name], ["", ".", ""])

    def subscript(self, tree: ast.Subscript, start: int, end: int) -> Node:
        if isinstance(tree.slice, ast.Tuple):  # several, as libcst has it
            raise _NotPlainError
        return self.joined("Subscript", start, end, [self.any(tree.value), self.any(tree.slice)], ["", "[", "]"])

    def call(self, tree: ast.Call, start: int, end: int) -> Node:
        function = self.any(tree.func)
        arguments = []
        for one in (*tree.args, *tree.keywords):
            if not isinstance(one, ast.keyword):
                value = self.any(one)
                arguments.append(Node("Arg", value.start, value.end, [value]))
            elif one.arg is None:
                raise _NotPlainError
            else:
                begin, value = self.offsets.of(one.lineno, one.col_offset), self.any(one.value)
                name = Node("Name", begin, begin + len(one.arg), [])
                if self.text[name.start : name.end] != one.arg:
                    raise _NotPlainError
                arguments.append(self.joined("Arg", begin, value.end, [name, value], ["", "=", ""]))
        arguments.sort(key=lambda argument: argument.start)
        if self.text[start : function.start]:
            raise _NotPlainError
        self.listed("Call", function.end, end, arguments, "()")
        return Node("Call", start, end, [function, *arguments])

    def elements(self, tree: ast.List | ast.Tuple | ast.Set, start: int, end: int) -> Node:
        parts = [Node("Element", part.start, part.end, [part]) for part in map(self.any, tree.elts)]
        if isinstance(tree, ast.Tuple):
            return self.listed("Tuple", start, end, parts, "()" if self.text[start] == "(" else "")
        return self.listed(type(tree).__name__, start, end, parts, "[]" if isinstance(tree, ast.List) else "{}")

    def dictionary(self, tree: ast.Dict, start: int, end: int) -> Node:
        parts = []
        for key, value in zip(tree.keys, tree.values, strict=True):
            if key is None:
                raise _NotPlainError
            pair = [self.any(key), self.any(value)]
            parts.append(self.joined("DictElement", pair[0].start, pair[1].end, pair, ["", ":", ""]))
        return self.listed("Dict", start, end, parts, "{}")

    def unary(self, tree: ast.UnaryOp, start: int, end: int) -> Node:
        sign, mark = _UNARY.get(type(tree.op), ("", ""))
        if not sign:
            raise _NotPlainError
        return self.joined("UnaryOperation", start, end, [self.any(tree.operand)], [mark, ""], sign)

    def binary(self, tree: ast.BinOp, start: int, end: int) -> Node:
        sign, mark = _BINARY.get(type(tree.op), ("", ""))
        if not sign:
            raise _NotPlainError
        return self.joined("BinaryOperation", start, end, [self.any(tree.left), self.any(tree.right)], ["", mark, ""], sign)

    def boolean(self, tree: ast.BoolOp, start: int, end: int) -> Node:
        sign = type(tree.op).__name__
        found = self.any(tree.values[0])
        if found.start != start:
            raise _NotPlainError
        for value in tree.values[1:]:
            right = self.any(value)
            found = self.joined("BooleanOperation", start, right.end, [found, right], ["", sign.lower(), ""], sign)
        if found.end != end:
            raise _NotPlainError
        return found

    def choice(self, tree: ast.IfExp, start: int, end: int) -> Node:
        test, body, other = self.any(tree.test), self.any(tree.body), self.any(tree.orelse)
        self.joined("IfExp", start, end, [body, test, other], ["", "if", "else", ""])
        return Node("IfExp", start, end, [test, body, other])


_MAKE: dict[type[ast.AST], Callable[[_Plain, Any, int, int], Node]] = {
    ast.Assign: _Plain.assign,
    ast.AnnAssign: _Plain.annotated,
    ast.Expr: _Plain.expression,
    ast.Return: _Plain.returned,
    ast.Constant: _Plain.constant,
    ast.Name: _Plain.name,
    ast.Attribute: _Plain.attribute,
    ast.Subscript: _Plain.subscript,
    ast.Call: _Plain.call,
    ast.List: _Plain.elements,
    ast.Tuple: _Plain.elements,
    ast.Set: _Plain.elements,
    ast.Dict: _Plain.dictionary,
    ast.UnaryOp: _Plain.unary,
    ast.BinOp: _Plain.binary,
    ast.BoolOp: _Plain.boolean,
    ast.IfExp: _Plain.choice,
}
