"""Python literals inside other files: `args=(('smtp.example.org', 587), 'me@example.org')` of a logging configuration in INI.

Tuples and lists become a Sequence, dictionaries a Mapping, numbers, texts, True, False and None a Scalar with its type. Anything else (a name, a
call, an f-string) is unresolved. Parsed, never evaluated.
"""

from __future__ import annotations

import ast
import warnings

from smtplint.readers import Document
from smtplint.readers.python.select import Offsets
from smtplint.source import Source, SourceError
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence

MAX_TEXT = 20_000
_TYPES = {str: "str", bool: "bool", int: "int", float: "float", type(None): "null"}


def read(source: Source) -> list[Document]:
    """One Document. Raises SourceError for a text that is no Python expression, or a longer one than anybody writes."""
    text = source.text
    if len(text) > MAX_TEXT:
        raise SourceError("is too long to be read as a Python literal", 0)
    # Blanks in front are none of an expression's.
    head = len(text) - len(text.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an unknown escape, which would be told to the user with its text
            tree = ast.parse(text[head:], mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise SourceError("is no Python literal", head) from None
    work = _Literal(source, head)
    return [Document(work.node(tree.body), 0, len(text))]


class _Literal:
    """The work on one text, of which `head` blanks were left out in front."""

    def __init__(self, source: Source, head: int) -> None:
        self.source = source
        self.head = head
        self.offsets = Offsets(Source("", source.text[head:]))

    def node(self, node: ast.expr) -> Node:
        start, end = (offset + self.head for offset in self.offsets.span(node))
        source = self.source
        if isinstance(node, ast.Tuple | ast.List):
            if any(isinstance(item, ast.Starred) for item in node.elts):
                return Scalar("", source, start, end, style="code", state="unresolved")  # nobody knows what stands where
            return Sequence(source, start, end, [self.node(item) for item in node.elts])
        if isinstance(node, ast.Dict):
            made = Mapping(source, start, end)
            for key, value in zip(node.keys, node.values, strict=True):
                name = self.node(key) if key is not None else None
                if isinstance(name, Scalar) and name.state == "known" and name.type == "str":
                    made.entries.append(Entry(name, self.node(value)))
                else:
                    made.partial = True
            return made
        sign = "-" if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else ""
        constant = node.operand if isinstance(node, ast.UnaryOp) and sign else node
        held: object = constant.value if isinstance(constant, ast.Constant) else ...
        kind = _TYPES.get(type(held), "")
        if not kind or (sign and kind not in ("int", "float")):
            return Scalar("", source, start, end, style="code", state="unresolved")
        if isinstance(held, str):
            quote = source.text[start : start + 1]
            return Scalar(held, source, start, end, style="double" if quote == '"' else "single", type="str")
        return Scalar(f"{sign}{held}", source, start, end, type=kind)
