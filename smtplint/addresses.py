"""Several addresses in one value: relays that an application fails over between or takes in turn.

`failover(smtp://a smtp://b)`, `roundrobin(…)`, `smtp://a,smtp://b`, `[a]:587, [b]:587`, a list of addresses. Whether an application
takes several is a fact of its profile (`several:` of a url or host_port field); each then gives an endpoint at its own place.
"""

from __future__ import annotations

from itertools import pairwise

from smtplint.lazy import later
from smtplint.tree import Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.tree import Node

MAX_ADDRESSES = 50

_FUNCTION = later(r"(?:failover|roundrobin)\(")
_SCHEME = later(r"(?<=[\s,;|&])[A-Za-z][A-Za-z0-9+.\-]{0,30}://")
_HOST = later(r"[^\s,;]+")
# Expressions with blanks of their own: what parts the addresses then cannot be told.
_EXPRESSION = later(r"\{\{|\{%|<%|\$\{[^}\s]{0,200}\s")


def spans(text: str, shape: str) -> list[tuple[int, int]]:
    """Where the addresses of a text stand in it, as offsets; fewer than two when it holds but one, is not of the shape, or cannot be told
    apart.

    The shapes: `group`, functions around addresses parted by blanks, and `||` and `&&` between them, which came before the functions
    (Symfony). `list`, blanks, commas, semicolons and bars before the next scheme. `hosts`, blanks, commas and semicolons between addresses
    without one.
    """
    if _EXPRESSION.search(text):
        return []
    if shape == "hosts":
        return [match.span() for match in _HOST.finditer(text)]
    if shape == "group" and _FUNCTION.match(text.lstrip().lstrip("\"'")):
        return _grouped(text)
    starts = [match.start() for match in _SCHEME.finditer(text)]
    if not starts:
        return []
    begin = len(text) - len(text.lstrip())
    bounds = [begin, *(at for at in starts if at > begin), len(text)]
    found = []
    for start, end in pairwise(bounds):
        stop = start + len(text[start:end].rstrip(" \t\r\n,;|&"))
        # A mark that parts nothing (a password with a comma in it) stands before no scheme and is left alone.
        if stop > start:
            found.append((start, stop))
    return found


def _grouped(text: str) -> list[tuple[int, int]]:
    """The addresses inside the functions, as Symfony's Transport::fromString() parts them: a blank or a bracket ends one."""
    found: list[tuple[int, int]] = []
    depth, at, size = 0, len(text) - len(text.lstrip(" \t\r\n\"'")), len(text)
    while at < size:
        function = _FUNCTION.match(text, at)
        if function:
            depth += 1
            at = function.end()
        elif text[at] == ")":
            depth -= 1
            at += 1
            if depth <= 0:
                # What follows are options of the group.
                return found
        elif text[at].isspace():
            at += 1
        else:
            end = at
            while end < size and not text[end].isspace() and text[end] != ")":
                end += 1
            found.append((at, end))
            at = end
    return []


def each(node: Node, shape: str) -> list[Node]:
    """The addresses of a value, each a scalar at its own place; the value alone when it holds but one."""
    if isinstance(node, Sequence):
        items: list[Node] = [one for item in node.items if isinstance(item, Scalar) for one in each(item, shape)]
        # Addresses with options of their own below them are passed over.
        return items[:MAX_ADDRESSES] if len(items) > 1 or (items and len(node.items) > 1) else [node]
    if not isinstance(node, Scalar) or not node.text:
        return [node]
    found = spans(node.text, shape)
    # A function around a single address is still a function.
    if len(found) < 2 and not (shape == "group" and found):
        return [node]
    from smtplint.carriers.embed import parts
    from smtplint.decode import is_reference

    # What cannot be seen of one address says nothing about its neighbours.
    return [piece.but(state="unresolved" if is_reference(piece.text) else "known") for piece in parts(node, found[:MAX_ADDRESSES])]
