"""Conditions of the rule data: a small subset of Python's grammar, evaluated in three values.

`compile_condition` turns text into nested tuples, which is what the compiled catalogue holds, so the parser is not needed at run time.
`evaluate` answers True, False, or None for "cannot be known". Nothing is ever executed.

    when = "port == 465 and use_tls is absent or starts(scheme, 'smtps')"

Grammar: names of fields (dots allowed: `query.verify`), quoted texts, numbers, True, False, tuples of those; `== != < <= > >= in not in`; `and or not`;
`x is absent | empty | present`; `starts(x, 'a')`, `ends(x, 'a')`; `has(x, 'a')` for a text or a list that holds 'a'.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterator
    from typing import Any

    Condition = tuple[Any, ...]

STATES = ("absent", "empty", "present")


class _Unknown:
    """The value of something that is set where we cannot see it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __reduce__(self) -> str:
        return "UNKNOWN"  # there is one

    def __bool__(self) -> bool:
        raise TypeError("an unknown value is neither true nor false")


UNKNOWN = _Unknown()


class ConditionError(ValueError):
    """A condition that does not parse; `str(error)` says what and where (1-based column)."""


def compile_condition(text: str) -> Condition:
    """Compile a condition. Raises ConditionError."""
    import ast

    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        column = getattr(error, "offset", None) or 1
        raise ConditionError(f"{text!r} is not a condition (column {column})") from None
    return _compile(tree.body, text)


_OPERATORS = {"Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "In": "in", "NotIn": "not in"}


def _compile(node: ast.expr, text: str) -> Condition:
    import ast

    def fail(what: str) -> ConditionError:
        return ConditionError(f"{text!r}: {what} (column {getattr(node, 'col_offset', 0) + 1})")

    if isinstance(node, ast.BoolOp):
        return ("and" if isinstance(node.op, ast.And) else "or", *(_compile(value, text) for value in node.values))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ("not", _compile(node.operand, text))
    if isinstance(node, ast.Compare):
        if len(node.ops) != 1:
            raise fail("comparisons cannot be chained")
        operator, right = node.ops[0], node.comparators[0]
        if isinstance(operator, (ast.Is, ast.IsNot)):
            if not isinstance(right, ast.Name) or right.id not in STATES:
                raise fail("'is' takes absent, empty or present")
            test: Condition = ("is", _name(node.left, fail), right.id)
            return ("not", test) if isinstance(operator, ast.IsNot) else test
        return ("cmp", _OPERATORS[type(operator).__name__], _operand(node.left, fail), _operand(right, fail))
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id not in ("starts", "ends", "has") or len(node.args) != 2 or node.keywords:
            raise fail("only starts(x, 'a'), ends(x, 'a') and has(x, 'a') can be called")
        value = node.args[1]
        if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
            raise fail(f"{node.func.id}() takes a quoted text")
        return (node.func.id, _name(node.args[0], fail), value.value)
    if isinstance(node, (ast.Name, ast.Attribute, ast.Constant)):
        return _operand(node, fail)
    raise fail("only comparisons, and, or, not, is, starts(), ends() and has() are understood")


def _name(node: ast.expr, fail: Callable[[str], ConditionError]) -> str:
    import ast

    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value, fail)}.{node.attr}"
    raise fail("a field name is expected here")


def _operand(node: ast.expr, fail: Callable[[str], ConditionError]) -> Condition:
    import ast

    if isinstance(node, ast.Constant) and isinstance(node.value, (str, int, float, bool)):
        return ("const", node.value)
    if isinstance(node, (ast.Tuple, ast.List)):
        values = []
        for item in node.elts:
            if not isinstance(item, ast.Constant):
                raise fail("a list holds quoted texts and numbers only")
            values.append(item.value)
        return ("const", tuple(values))
    return ("name", _name(node, fail))


def names(condition: Condition) -> Iterator[str]:
    """Every field name a condition asks about, in order, possibly repeated."""
    kind = condition[0]
    if kind == "name" or kind in ("is", "starts", "ends", "has"):
        yield condition[1]
    elif kind == "cmp":
        yield from names(condition[2])
        yield from names(condition[3])
    elif kind in ("and", "or", "not"):
        for part in condition[1:]:
            yield from names(part)


def evaluate(condition: Condition, value: Callable[[str], object], state: Callable[[str], str | None]) -> bool | None:
    """True, False, or None when it cannot be known.

    `value(name)` is the effective value of a field, None where it has none, UNKNOWN where it is set out of sight.
    `state(name)` is "absent", "empty", "present", or None when even that cannot be known.
    """
    kind = condition[0]
    if kind in ("and", "or"):
        settles = kind == "or"
        known: bool | None = not settles
        for part in condition[1:]:
            answer = evaluate(part, value, state)
            if answer is settles:
                return settles
            if answer is None:
                known = None
        return known
    if kind == "not":
        answer = evaluate(condition[1], value, state)
        return None if answer is None else not answer
    if kind == "const":
        return bool(condition[1])
    if kind == "name":
        found = value(condition[1])
        return None if found is UNKNOWN else bool(found)
    if kind == "is":
        actual = state(condition[1])
        return None if actual is None else actual == condition[2]
    if kind == "cmp":
        return _compare(condition, value)
    found = value(condition[1])
    if found is UNKNOWN:
        return None
    if kind == "has":
        return isinstance(found, (str, tuple, list)) and condition[2] in found
    if not isinstance(found, str):
        return False
    return found.startswith(condition[2]) if kind == "starts" else found.endswith(condition[2])


def _compare(condition: Condition, value: Callable[[str], object]) -> bool | None:
    operator = condition[1]
    left, right = (part[1] if part[0] == "const" else value(part[1]) for part in condition[2:])
    if left is UNKNOWN or right is UNKNOWN:
        return None
    if operator in ("==", "!="):
        # True == 1 in Python; a switch is not a number in a configuration.
        same = left == right and isinstance(left, bool) == isinstance(right, bool)
        return same if operator == "==" else not same
    if operator in ("in", "not in"):
        inside = isinstance(right, (tuple, list)) and any(
            left == item and isinstance(left, bool) == isinstance(item, bool) for item in right
        )
        return inside if operator == "in" else not inside
    if left is None or right is None or isinstance(left, str) != isinstance(right, str):
        return False
    if operator == "<":
        return bool(left < right)  # type: ignore[operator]
    if operator == "<=":
        return bool(left <= right)  # type: ignore[operator]
    if operator == ">":
        return bool(left > right)  # type: ignore[operator]
    return bool(left >= right)  # type: ignore[operator]
