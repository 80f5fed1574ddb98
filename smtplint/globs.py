"""Patterns in the language of .gitignore: ignore files, `exclude`, `per-file-ignores`. No pattern can make matching slow."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Ignore:
    """The patterns of one .gitignore, or of `exclude`, in git's language. Matching takes time linear in the path for any pattern."""

    __slots__ = ("_names", "_negates", "_rules", "_suffixes")

    def __init__(self, lines: Iterable[str]) -> None:
        self._rules: list[tuple[bool, bool, list[object]]] = []  # (negated, folders only, segments)
        self._names: set[str] = set()
        suffixes: list[str] = []
        parsed = [rule for line in lines if (rule := _pattern(line)) is not None]
        self._negates = any(negated for negated, _, _ in parsed)
        if parsed:
            import re
        for negated, folders, segments in parsed:
            last = segments[-1]
            if not self._negates and not folders and len(segments) == 2 and segments[0] == "**" and last != "**":
                if not re.search(r"[*?\[\\]", last):
                    self._names.add(last)
                    continue
                if re.fullmatch(r"\*[^*?\[\\]+", last):
                    suffixes.append(last[1:])
                    continue
            self._rules.append((negated, folders, [_segment(part) for part in segments]))
        self._suffixes = tuple(suffixes)

    def __bool__(self) -> bool:
        return bool(self._rules or self._names or self._suffixes)

    def decide(self, path: str, folder: bool) -> bool | None:
        """True: ignored, False: taken back in by `!`, None: not spoken of. `path` is relative to the patterns; parents are not asked."""
        name = path[path.rfind("/") + 1 :]
        if name in self._names or (self._suffixes and name.endswith(self._suffixes)):
            return True
        if not self._rules:
            return None
        parts = path.split("/")
        for negated, folders, segments in reversed(self._rules):
            if folders and not folder:
                continue
            if _matches(segments, parts):
                return not negated
        return None


class Rooted:
    """Patterns that are relative to an absolute folder, asked about absolute paths. Nothing is said of what lies elsewhere."""

    __slots__ = ("_base", "_head", "_rules")

    def __init__(self, lines: Iterable[str], base: str) -> None:
        self._rules = Ignore(lines)
        self._base = base.rstrip(os.sep)
        self._head = self._base + os.sep

    def __bool__(self) -> bool:
        return bool(self._rules)

    def decide(self, path: str, folder: bool) -> bool | None:
        """As `Ignore.decide`; parents are asked on the way down."""
        return self._rules.decide(path[len(self._head) :].replace(os.sep, "/"), folder) if path.startswith(self._head) else None

    def covers(self, path: str) -> bool:
        """Whether a file, or a folder above it, is spoken of."""
        if self.decide(path, False) is True:
            return True
        folder = os.path.dirname(path)
        while len(folder) > len(self._base) and folder.startswith(self._base):
            if self.decide(folder, True) is True:
                return True
            folder = os.path.dirname(folder)
        return False


def _pattern(line: str) -> tuple[bool, bool, list[str]] | None:
    line = line.rstrip("\r\n")
    while line.endswith((" ", "\t")) and not line.endswith(("\\ ", "\\\t")):
        line = line[:-1]
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    line = line[1:] if negated else line
    folders = line.endswith("/")
    line = line.rstrip("/") if folders else line
    if not line:
        return None
    anchored = "/" in line
    segments = [part for part in line.split("/") if part]
    if not segments:
        return None
    if not anchored:
        segments.insert(0, "**")
    if segments[-1] == "**":
        segments[-1:] = ["**", "*"]
    return negated, folders, segments


def _segment(part: str) -> object:
    """One part of a pattern: "**", a plain text, or the match function of a regular expression without backtracking traps."""
    if part == "**":
        return part
    import re
    from fnmatch import translate

    if not re.search(r"[*?\[\\]", part):
        return "=" + part

    escaped = re.sub(r"\\(.)", lambda found: f"[{found[1]}]" if found[1] in "*?[" else found[1], part)
    escaped = re.sub(r"\[\^(?=[^\]])", "[!", escaped)
    try:
        return re.compile(translate(re.sub(r"\*{2,}", "*", escaped))).match
    except re.error:
        return "=" + part


def _matches(segments: list[object], parts: list[str]) -> bool:
    """Glob over whole parts; `**` stands for any number of them. Goes back to the last `**` only, so the work is bounded by the product."""
    at = start = 0
    last, mark = -1, 0
    while at < len(parts):
        segment = segments[start] if start < len(segments) else None
        if segment == "**":
            last, mark = start, at
            start += 1
        elif segment is not None and _fits(segment, parts[at]):
            start += 1
            at += 1
        elif last >= 0:
            mark += 1
            start, at = last + 1, mark
        else:
            return False
    while start < len(segments) and segments[start] == "**":
        start += 1
    return start == len(segments)


def _fits(segment: object, part: str) -> bool:
    if isinstance(segment, str):
        return segment[1:] == part
    match: Callable[[str], object] = segment  # type: ignore[assignment]
    return match(part) is not None


def globs(patterns: Sequence[str]) -> Callable[[str], bool]:
    """A test of a relative path with `/` against patterns in git's language; a pattern that names a folder covers what is below it."""
    rules = Ignore(patterns)

    def test(path: str) -> bool:
        parts = path.split("/")
        return any(rules.decide("/".join(parts[:count]), count < len(parts)) for count in range(1, len(parts) + 1))

    return test
