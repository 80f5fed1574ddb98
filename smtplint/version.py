"""Versions and the ranges people write for them (`<4.2`, `>=5,<6`, `~3.1`, `^7.0`, `1.2.*`)."""

from __future__ import annotations

from smtplint.lazy import later

_NUMBER = later(r"[vV=]*\s*([0-9]+(?:\.[0-9]+)*)")
_CLAUSE = later(r"(<=|>=|==|=|!=|<|>)?\s*([0-9][0-9.]*)")


def parse(text: str) -> tuple[int, ...] | None:
    """The numeric part of a version, or None: `v10.6.1-alpine` → (10, 6, 1)."""
    match = _NUMBER.match(text.strip())
    return tuple(int(part) for part in match.group(1).split(".")) if match and len(match.group(1)) < 40 else None


def compare(left: tuple[int, ...], right: tuple[int, ...]) -> int:
    """-1, 0 or 1; missing parts count as zero."""
    size = max(len(left), len(right))
    a, b = left + (0,) * (size - len(left)), right + (0,) * (size - len(right))
    return (a > b) - (a < b)


def satisfies(version: str, spec: str) -> bool:
    """Whether a version meets every clause of a comma-separated specification."""
    parts = parse(version)
    if parts is None:
        return False
    for operator, number in _CLAUSE.findall(spec):
        order = compare(parts, tuple(int(part) for part in number.strip(".").split(".") if part))
        met = {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0, "!=": order != 0}.get(operator, order == 0)
        if not met:
            return False
    return True
