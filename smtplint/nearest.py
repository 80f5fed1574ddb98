"""Names that were mistyped: which one was meant. Loaded when there is a mistake to tell."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def hint(word: str, names: Iterable[str]) -> str:
    """`; did you mean 'select'?`, to end a message about a word that is none of `names`; "" when none is close."""
    close = nearest(word, names)
    return f"; did you mean '{close}'?" if close else ""


def nearest(word: str, names: Iterable[str]) -> str:
    """The name that is closest to a mistyped word, or "" when none is close."""
    word = word.lower()[:60]
    best, least = "", len(word) // 3 + 1
    for name in names:
        low = name.lower()
        if abs(len(low) - len(word)) >= least:
            continue
        distance = _distance(word, low)
        if distance < least:
            best, least = name, distance
    return best


def _distance(one: str, two: str) -> int:
    """Edits between two words; two letters that changed places count once."""
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(two, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
