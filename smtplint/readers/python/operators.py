"""Operators on known values: what Python would compute, or FAILED."""

from __future__ import annotations

import re

from smtplint.readers.python import lookups
from smtplint.readers.python.model import MAX_TEXT, URLS, Table, Thing, Value
from smtplint.readers.python.state import Call, literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable

    from smtplint.readers.python.model import Data

BIG = 1 << 64
# Stands in a text for what is not known of it, in the form of a reference.
MASK = "${_}"

_PERCENT = re.compile(r"%(?:[sd]|%|(.))", re.DOTALL)
_BRACES = re.compile(r"\{([A-Za-z_]\w*|\d*)\}|\{\{|\}\}|[{}]")


def relation(sign: str, left: Value, right: Value) -> Hashable:
    """What a comparison with literals is known by; None when both sides are known for sure."""
    if left.known and not left.assumed and right.known and not right.assumed:
        return None
    if left.known and not left.assumed and sign in ("Equal", "NotEqual"):
        left, right = right, left
    if left.ident is None or not right.known or right.assumed:
        return None
    negate = sign in ("NotEqual", "IsNot", "NotIn")
    key: Hashable = None
    if sign in ("Is", "IsNot", "Equal", "NotEqual") and right.plain:
        if isinstance(right.data, bool) and left.boolean:
            key, negate = left.ident, negate is right.data
        elif sign in ("Equal", "NotEqual"):
            key = ("==", left.ident, literal(right))
        else:
            key = ("is", left.ident, literal(right))
    elif sign in ("In", "NotIn") and isinstance(right.data, list) and all(item.plain and not item.assumed for item in right.data):
        key = ("in", left.ident, frozenset(literal(item) for item in right.data))
    if key is None:
        return None
    return ("not", key) if negate else key


def compare(sign: str, left: Value, right: Value) -> object:
    """The outcome of a comparison of known values, or FAILED."""
    a, b = left.data, right.data
    if left.tag in URLS or right.tag in URLS:
        return lookups.FAILED
    if sign in ("Is", "IsNot"):
        if not right.plain or not (right.data is None or isinstance(right.data, bool)):
            return lookups.FAILED
        if isinstance(a, Thing) or not left.known:
            return lookups.FAILED
        same = a is b if left.plain else False
        return same is (sign == "Is")
    if sign in ("In", "NotIn"):
        if isinstance(b, str):
            return (a in b) is (sign == "In") if isinstance(a, str) else lookups.FAILED
        if not left.plain:
            return lookups.FAILED
        items = b if isinstance(b, list) else [key for key, _ in b.rows] if isinstance(b, Table) and not b.partial else None
        if items is None or not all(item.plain for item in items):
            return lookups.FAILED
        return any(item.data == a for item in items) is (sign == "In")
    if not left.plain or not right.plain:
        return lookups.FAILED
    if sign == "Equal":
        return a == b
    if sign == "NotEqual":
        return a != b
    if (isinstance(a, int | float) and isinstance(b, int | float)) or (isinstance(a, str) and isinstance(b, str)):
        if sign == "LessThan":
            return a < b  # type: ignore[operator]
        if sign == "LessThanEqual":
            return a <= b  # type: ignore[operator]
        if sign == "GreaterThan":
            return a > b  # type: ignore[operator]
        if sign == "GreaterThanEqual":
            return a >= b  # type: ignore[operator]
    return lookups.FAILED


def computed(sign: str, left: Value, right: Value) -> object:
    a, b = left.data, right.data
    if left.tag in URLS or right.tag in URLS:
        return lookups.FAILED
    if isinstance(a, str):
        if sign == "Add" and isinstance(b, str) and len(a) + len(b) <= MAX_TEXT:
            return a + b
        if sign == "Modulo":
            return _percent(a, b)
        return lookups.FAILED
    if isinstance(a, list) and isinstance(b, list) and sign == "Add" and left.tag == right.tag and len(a) + len(b) < 10_000:
        return a + b
    if isinstance(a, Table) and isinstance(b, Table) and sign == "BitOr":
        return Table([*a.rows, *b.rows], partial=a.partial or b.partial)
    if not isinstance(a, int | float) or not isinstance(b, int | float):
        return lookups.FAILED
    try:
        result: int | float
        if sign == "Add":
            result = a + b
        elif sign == "Subtract":
            result = a - b
        elif sign == "Multiply":
            result = a * b
        elif sign == "FloorDivide":
            result = a // b
        elif sign == "Divide":
            result = a / b
        elif sign == "Modulo":
            result = a % b
        else:
            return lookups.FAILED
    except (ArithmeticError, ValueError):
        return lookups.FAILED
    return result if abs(result) < BIG else lookups.FAILED


def _percent(text: str, argument: Data) -> object:
    """`text % argument`, for %s and %d only."""
    values = argument if isinstance(argument, list) else None
    items = [item.data if item.plain else lookups.FAILED for item in values] if values is not None else [argument]
    marks = [match for match in _PERCENT.finditer(text) if match.group() != "%%"]
    if any(match.group(1) is not None for match in marks) or len(marks) != len(items) or text.endswith("%"):
        return lookups.FAILED
    for mark, item in zip(marks, items, strict=True):
        if isinstance(item, bool) or not (isinstance(item, int) or (isinstance(item, str) and mark.group() == "%s")):
            return lookups.FAILED
    if len(text) + sum(len(str(item)) for item in items) > MAX_TEXT:
        return lookups.FAILED
    try:
        return text % tuple(items)
    except (TypeError, ValueError):
        return lookups.FAILED


def masked(parts: list[Value]) -> str:
    """Texts put together, with `MASK` for what is not known: what an address says beside its password can be seen."""
    pieces = [str(part.data) if part.plain and isinstance(part.data, str) else part.mask or MASK for part in parts]
    return "".join(pieces) if sum(map(len, pieces)) <= MAX_TEXT else ""


def composed(sign: str, left: Value, right: Value) -> str:
    """What is written of `left + right`, or of `left % right`, "" when that is nothing."""
    if sign == "Add" and any(value.mask or (value.plain and isinstance(value.data, str)) for value in (left, right)):
        return masked([left, right])
    if sign != "Modulo" or not left.plain or not isinstance(left.data, str):
        return ""
    marks = [match for match in _PERCENT.finditer(left.data) if match.group() != "%%"]
    values = right.data if right.known and isinstance(right.data, list) else [right]
    if any(match.group(1) is not None for match in marks) or len(marks) != len(values):
        return ""
    parts = iter(values)
    return _PERCENT.sub(lambda match: "%" if match.group() == "%%" else masked([next(parts)]), left.data)[:MAX_TEXT]


def braces_masked(text: str) -> str:
    """What is written of `text.format(…)`."""
    return _BRACES.sub(lambda match: match.group()[0] if match.group() in ("{{", "}}") else MASK, text)[:MAX_TEXT]


def braces(text: str, call: Call) -> object:
    """`text.format(…)`, for plain fields only."""
    out, at, count, size = [], 0, 0, 0
    numbered = automatic = False
    for match in _BRACES.finditer(text):
        out.append(text[at : match.start()])
        at = match.end()
        mark, field = match.group(), match.group(1)
        if mark in ("{{", "}}"):
            out.append(mark[0])
            continue
        if field is None:
            return lookups.FAILED
        if field == "" or field.isdigit():
            if field and not field.isascii():
                return lookups.FAILED
            numbered, automatic = numbered or field != "", automatic or field == ""
            position = int(field[:6]) if field else count
            count += 1
            value = call.args[position] if position < len(call.args) else None
        else:
            value = call.keywords.get(field)
        if value is None or not value.plain or isinstance(value.data, float) or value.tag in URLS:
            return lookups.FAILED
        size += len(str(value.data))
        if size > MAX_TEXT:
            return lookups.FAILED
        out.append(str(value.data))
    out.append(text[at:])
    return lookups.FAILED if numbered and automatic else "".join(out)
