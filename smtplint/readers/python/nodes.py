"""Expressions and simple statements as plain nodes: what the evaluator walks over, and what the cache keeps.

libcst reads the text; `convert` takes from its tree what the evaluator asks for. A node holds no text, only the place where it stands: names
and literals are read from the source again. So a tree written as numbers (`dump`) holds nothing that a settings module would keep secret.
"""

from __future__ import annotations

import ast
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import libcst

# Kinds of nodes and their parts, in order. Any other kind of libcst has no parts and is unresolved.
#   Assign targets…, value · AnnAssign target, [value] · AugAssign target, value · Expr value · Return [value] · Attribute value, name
#   Subscript value, [index] · Dict elements… · Call function, arguments… · Arg [keyword], value · Comparison left, targets…
KINDS = (
    *("Assign", "AnnAssign", "AugAssign", "Expr", "Return"),
    *("SimpleString", "ConcatenatedString", "FormattedString", "FormattedStringText", "FormattedStringExpression"),
    *("Integer", "Float", "Name", "Attribute", "Subscript", "List", "Tuple", "Set", "Element", "StarredElement"),
    *("Dict", "DictElement", "StarredDictElement", "UnaryOperation", "BinaryOperation", "BooleanOperation", "IfExp"),
    *("Comparison", "ComparisonTarget", "Call", "Arg", "Other"),
)
# What a node may say beside its kind: an operator, the stars of an argument, whether a field of an f-string is formatted.
SIGNS = (
    *("", "*", "**", "formatted", "Not", "Minus", "Plus", "BitInvert", "And", "Or"),
    *("Add", "Subtract", "Multiply", "Divide", "FloorDivide", "Modulo", "Power", "LeftShift", "RightShift"),
    *("BitAnd", "BitOr", "BitXor", "MatrixMultiply"),
    *("Equal", "NotEqual", "LessThan", "LessThanEqual", "GreaterThan", "GreaterThanEqual", "In", "NotIn", "Is", "IsNot"),
)
MAX_DEPTH = 200


class Node:
    """One node: `kind` of KINDS, `sign` of SIGNS, and the span of its text in the file, without the parentheses around it."""

    __slots__ = ("end", "kind", "parts", "sign", "start")

    def __init__(self, kind: str, start: int, end: int, parts: list[Node], sign: str = "") -> None:
        self.kind = kind
        self.sign = sign
        self.start = start
        self.end = end
        self.parts = parts

    def __repr__(self) -> str:
        return f"Node({self.kind}, {self.start}-{self.end})"


def literal(text: str) -> object:
    """What the text of a literal stands for. Raises ValueError or SyntaxError."""
    if "\\" not in text:
        return ast.literal_eval(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an unknown escape, which would be told to the user with its text
        return ast.literal_eval(text)


# ------------------------------------------------------------------------------------------------------------------------
# From libcst


def convert(node: libcst.CSTNode, text: str, span: Callable[[libcst.CSTNode], tuple[int, int]]) -> Node:
    """A node of libcst as a Node; `span` tells where it stands in `text`."""
    kind = type(node).__name__
    start, end = span(node)
    taker = _PARTS.get(kind)
    if taker is not None:
        sign, parts = taker(node)
        return Node(kind, start, end, [convert(part, text, span) for part in parts], sign)
    same = kind in _LEAVES and text[start:end] == node.value  # type: ignore[attr-defined]
    return Node(kind if same else "Other", start, end, [])


_LEAVES = frozenset(("SimpleString", "FormattedStringText", "Integer", "Float", "Name"))


def _sign(operator: object) -> str:
    """The name of an operator, as in SIGNS; `+=` is called as `+` is."""
    return type(operator).__name__.removesuffix("Assign")


def _index(node: libcst.Subscript) -> list[libcst.CSTNode]:
    value = getattr(node.slice[0].slice, "value", None) if len(node.slice) == 1 else None
    return [value] if value is not None else []  # a slice has no value


_PARTS: dict[str, Callable[..., tuple[str, list[libcst.CSTNode]]]] = {
    "Assign": lambda node: ("", [*(target.target for target in node.targets), node.value]),
    "AnnAssign": lambda node: ("", [node.target, node.value] if node.value is not None else [node.target]),
    "AugAssign": lambda node: (_sign(node.operator), [node.target, node.value]),
    "Expr": lambda node: ("", [node.value]),
    "Return": lambda node: ("", [node.value] if node.value is not None else []),
    "ConcatenatedString": lambda node: ("", [node.left, node.right]),
    "FormattedString": lambda node: ("", list(node.parts)),
    "FormattedStringExpression": lambda node: (
        "formatted" if node.conversion is not None or node.format_spec is not None or node.equal is not None else "",
        [node.expression],
    ),
    "Attribute": lambda node: ("", [node.value, node.attr]),
    "Subscript": lambda node: ("", [node.value, *_index(node)]),
    "List": lambda node: ("", list(node.elements)),
    "Tuple": lambda node: ("", list(node.elements)),
    "Set": lambda node: ("", list(node.elements)),
    "Element": lambda node: ("", [node.value]),
    "StarredElement": lambda node: ("", [node.value]),
    "Dict": lambda node: ("", list(node.elements)),
    "DictElement": lambda node: ("", [node.key, node.value]),
    "StarredDictElement": lambda node: ("", [node.value]),
    "UnaryOperation": lambda node: (_sign(node.operator), [node.expression]),
    "BinaryOperation": lambda node: (_sign(node.operator), [node.left, node.right]),
    "BooleanOperation": lambda node: (_sign(node.operator), [node.left, node.right]),
    "IfExp": lambda node: ("", [node.test, node.body, node.orelse]),
    "Comparison": lambda node: ("", [node.left, *node.comparisons]),
    "ComparisonTarget": lambda node: (_sign(node.operator), [node.comparator]),
    "Call": lambda node: ("", [node.func, *node.args]),
    "Arg": lambda node: (node.star, [node.keyword, node.value] if node.keyword is not None else [node.value]),
}

# ------------------------------------------------------------------------------------------------------------------------
# As numbers

_KIND_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
_SIGN_NUMBERS = {sign: number for number, sign in enumerate(SIGNS)}


def dump(node: Node, out: list[int]) -> None:
    """Append a tree as numbers: kind, sign, start, end, how many parts, then these."""
    out += (_KIND_NUMBERS[node.kind], _SIGN_NUMBERS[node.sign], node.start, node.end, len(node.parts))
    for part in node.parts:
        dump(part, out)


def load(numbers: Iterator[int], limit: int, depth: int = 0) -> Node:
    """The tree that `dump` wrote, of a text of `limit` characters. Raises ValueError, IndexError or StopIteration for anything else."""
    kind, sign, start, end, count = KINDS[next(numbers)], SIGNS[next(numbers)], next(numbers), next(numbers), next(numbers)
    if not 0 <= start <= end <= limit or depth > MAX_DEPTH:
        raise ValueError
    return Node(kind, start, end, [load(numbers, limit, depth + 1) for _ in range(count)], sign)
