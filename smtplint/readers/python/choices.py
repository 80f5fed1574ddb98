"""Which way an undecidable condition is taken, and what follows from the ways already taken."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

# So many choices in one run make more than eight worlds.
MAX_CHOICES = 8

_STRING = re.compile(r"""("[^"\n]*"|'[^'\n]*')""")
_HARMLESS = re.compile(r"""["'][A-Za-z][A-Za-z_-]{0,23}["']\Z""")


class TooMany(Exception):
    """A module has more worlds than are told apart."""


class Choices:
    """The choices of one run. `given` maps a condition to the way taken; `room` is how many worlds this run may still stand for."""

    __slots__ = ("given", "labels", "options", "order", "room")

    def __init__(self, given: dict[Hashable, object], room: int) -> None:
        self.given: dict[Hashable, object] = dict(given)
        self.order: list[Hashable] = []
        self.options: dict[Hashable, Sequence[object]] = {}
        self.labels: dict[Hashable, dict[object, str]] = {}
        self.room = room

    def choose(self, key: Hashable, options: Sequence[object], labels: dict[object, str]) -> object | None:
        """The way taken at `key`: as given, else the first option. None when there is no room for another choice."""
        if key not in self.options:
            if key not in self.given and self.room < len(options):
                return None
            self.room //= len(options)
            if len(self.order) >= MAX_CHOICES:
                raise TooMany
            self.order.append(key)
            self.options[key] = options
            self.labels[key] = labels
            self.given.setdefault(key, options[0])
        return self.given[key]

    def untold(self, key: Hashable) -> bool:
        """Whether the way at `key` is given, but this run has not come to it yet."""
        return key in self.given and key not in self.options

    @property
    def branch(self) -> str:
        """The ways taken, in words."""
        return ", ".join(text for text in (self.labels[key].get(self.given[key], "") for key in self.order) if text)

    def implied(self, key: Hashable) -> bool | None:
        """Whether a condition is true, given the ways taken; None when that is open.

        `("==", x, literal)` and `("in", x, literals)` about one `x` know of each other; any other key is the truth of a value.
        """
        if key in self.given:
            return bool(self.given[key])
        if not self.given or not isinstance(key, tuple) or not key:
            return None
        if key[0] == "not":
            truth = self.implied(key[1])
            return None if truth is None else not truth
        kind = key[0] if key[0] in ("==", "in", "is") and len(key) == 3 else ""
        subject = key[1] if kind else key
        if kind == "is":
            truth_of_it = self.given.get(subject)
            return False if truth_of_it is True and not key[2][1] else None
        for known, taken in self.given.items():
            truth = taken is True
            if not isinstance(known, tuple) or len(known) != 3 or known[1] != subject:
                continue
            if known[0] == "is" and truth and not kind:
                return bool(known[2][1])
            if known[0] == "==" and truth is True:
                literal = known[2]
                if kind == "==":
                    return bool(literal == key[2])
                return literal in key[2] if kind == "in" else bool(literal[1])
            if known[0] == "in" and truth is False and kind == "==" and key[2] in known[2]:
                return False
            if known[0] == "in" and truth is True and kind == "==" and key[2] not in known[2]:
                return False
        return None

    def equal_to(self, ident: Hashable) -> tuple[bool, object]:
        """(True, x) when `ident` was taken to equal the text x (a number could still be of another type)."""
        for known, truth in self.given.items():
            if (
                truth is True
                and isinstance(known, tuple)
                and len(known) == 3
                and known[0] == "=="
                and known[1] == ident
                and known[2][0] == "str"
            ):
                return True, known[2][1]
        return False, None

    def unequal(self, ident: Hashable, literal: object) -> bool:
        """Whether `ident` was taken to be something else than the literal."""
        if self.given.get(("==", ident, literal)) is False:
            return True
        for known, truth in self.given.items():
            if (
                isinstance(known, tuple)
                and len(known) == 3
                and known[0] == "in"
                and known[1] == ident
                and (literal in known[2]) is not truth
            ):
                return True
        return False


def shown(text: str) -> str:
    """The text of a condition, fit to be shown: one line, short, and without texts that could be more than a name."""
    masked = _STRING.sub(lambda match: match.group() if _HARMLESS.match(match.group()) else "…", text)
    flat = " ".join(masked.split())
    return flat if len(flat) <= 70 else flat[:69] + "…"
