"""The project index: which files lie where, and what is in them. Lazy, bounded, the same whichever files were named.

Paths are display paths: relative to the base folder, with `/`; the base folder itself is "". Nothing outside the tree a file belongs to
(its repository, or the base folder) is looked at, and no link is followed out of it.
"""

from __future__ import annotations

import os
import posixpath

from smtplint.listing import SKIPPED_FOLDERS, TooLarge, display, project_root, read_bytes, repository_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable

# How many files one question may have read, and how many names a tree without git may have.
MAX_COMPANIONS = 400
MAX_NAMES = 50_000
MAX_HELD = 4_000_000
MAX_LOCK = 16 * 1024 * 1024


def parent(path: str) -> str:
    """The folder of a path; "" is the base folder, ".." the one above it."""
    head, slash, _ = path.rpartition("/")
    return head if slash else ""


def name_of(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def join(folder: str, name: str) -> str:
    """`name`, relative to `folder` (a display path), as a display path. An absolute name stays as it is."""
    if "/" not in name and name not in ("", ".", "..") and folder != ".":
        return f"{folder}/{name}" if folder else name
    path = posixpath.normpath(posixpath.join(folder, name))
    return "" if path == "." else path


def up(folder: str) -> str:
    """The folder above a folder."""
    return join(folder, "..")


def below(folder: str, path: str) -> str:
    """How a path is written in a file of a folder, without the way up: `a/.env` for `../a/.env`."""
    while folder:
        if path.startswith(folder + "/"):
            return path[len(folder) + 1 :]
        folder = parent(folder)
    return path


def distance(left: str, right: str) -> int:
    """How many steps lie between two folders."""
    a, b = left.split("/") if left else [], right.split("/") if right else []
    same = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        same += 1
    return len(a) + len(b) - 2 * same


class Kind:
    """Which files of a tree are companions of one kind: those with the pattern in their path, or whose name it matches if `named`. Trees are
    large, so it is tried last: every such path holds one of the `words` and ends in one of the `endings`, both in lower case.
    """

    __slots__ = ("endings", "named", "pattern", "words")

    def __init__(self, words: tuple[str, ...], endings: tuple[str, ...], pattern: re.Pattern[str], *, named: bool = False) -> None:
        self.words = words
        self.endings = endings
        self.pattern = pattern
        self.named = named

    def fits(self, path: str) -> bool:
        """Whether a path is of this kind, its words aside."""
        if not path.lower().endswith(self.endings):
            return False
        return (self.pattern.match(name_of(path)) if self.named else self.pattern.search(path)) is not None


class Index:
    """Names and bytes of the files around `base` (an absolute folder). `overrides`: display path → bytes that stand for the file's own."""

    def __init__(self, base: str, overrides: dict[str, bytes], limit: int) -> None:
        self.base = base
        self.overrides = overrides
        self.limit = limit
        self.data: dict[str, bytes | None] = {}
        self._held = 0
        self._names: dict[str, tuple[str, ...]] = {}
        self._tops: dict[str, str] = {}
        self._trees: dict[str, str] = {}
        self._lows: dict[str, str] = {}
        self._words: dict[tuple[str, str], list[str]] = {}
        self._listed_by_git: set[str] = set()
        # What git listed already, by absolute folder, so that it need not be asked again.
        self.listings: dict[str, str] = {}
        self._present: set[str] = set()
        self._answers: dict[tuple[str, Kind, str], tuple[str, ...]] = {}
        self.over_names: dict[str, set[str]] = {}
        self.full: set[str] = set()
        for path in overrides:
            self.over_names.setdefault(parent(path), set()).add(name_of(path))

    def absolute(self, path: str) -> str:
        """The absolute path of a display path."""
        return os.path.join(self.base, path) if path else self.base

    # -- names

    def names(self, folder: str) -> tuple[str, ...]:
        """The names of the files in a folder, sorted. Links count when they stay in the tree."""
        found = self._names.get(folder)
        if found is None:
            names = set(self.over_names.get(folder, ()))
            try:
                with os.scandir(self.absolute(folder)) as listing:
                    for entry in listing:
                        try:
                            if entry.is_file(follow_symlinks=False) or (entry.is_symlink() and self._inside(folder, entry.path)):
                                names.add(entry.name)
                        except OSError:
                            continue
            except (OSError, ValueError):
                pass
            found = self._names[folder] = tuple(sorted(names))
        return found

    def _inside(self, folder: str, link: str) -> bool:
        real = os.path.realpath(link)
        top = os.path.realpath(self.absolute(self.top(folder)))
        return os.path.isfile(real) and real.startswith(top.rstrip(os.sep) + os.sep)

    def exists(self, path: str) -> bool:
        """Whether a display path is a file that may be looked at."""
        return path in self.overrides or path in self.data or name_of(path) in self.names(parent(path))

    def top(self, folder: str) -> str:
        """The uppermost folder of the tree a folder belongs to: its repository, else the base folder, else itself."""
        found = self._tops.get(folder)
        if found is None:
            root = project_root(self.absolute(folder))
            if root:
                shown = display(root, self.base)
                found = "" if shown == "." else shown
            else:
                found = "" if not folder.startswith("..") and not posixpath.isabs(folder) else folder
            self._tops[folder] = found
        return found

    def reach(self, folder: str, name: str) -> str:
        """The path that `name` means in a folder, "" when it leads out of the tree of that folder."""
        path = join(folder, name)
        return path if self.top(parent(path)) == self.top(folder) else ""

    def above(self, folder: str) -> list[str]:
        """A folder and those above it, up to the top of its tree."""
        top = self.top(folder)
        result = [folder]
        while folder != top and len(result) < 60:
            folder = up(folder)
            result.append(folder)
        return result

    def _tree(self, top: str) -> str:
        """Every file of a tree, with NULs between: git's list, relative to the top, where there is a repository, else a bounded walk."""
        found = self._trees.get(top)
        if found is None:
            found = self._listed(top)
            if found is None:
                found = "\0".join(self._walked(top))
            self._trees[top] = found
        return found

    def _listed(self, top: str) -> str | None:
        absolute = self.absolute(top)
        known = self.listings.get(os.path.normpath(absolute))
        if known is not None:
            self._listed_by_git.add(top)
            return known
        if not os.path.lexists(os.path.join(absolute, ".git")):
            return None
        found = repository_files(absolute)
        if found is not None:
            self._listed_by_git.add(top)
        return found

    def _walked(self, top: str) -> list[str]:
        found: list[str] = []
        stack = [top]
        while stack and len(found) < MAX_NAMES:
            folder = stack.pop()
            found.extend(join(folder, name) for name in self.names(folder))
            below: list[str] = []
            try:
                with os.scandir(self.absolute(folder)) as listing:
                    below = sorted(e.name for e in listing if e.is_dir(follow_symlinks=False) and e.name not in SKIPPED_FOLDERS)
            except (OSError, ValueError):
                pass
            stack.extend(join(folder, name) for name in reversed(below))
        if len(found) >= MAX_NAMES:
            self.full.add(top)
        return found

    def near(self, folder: str, kind: Kind) -> tuple[str, ...]:
        """The files of a kind in the tree of a folder, the MAX_COMPANIONS nearest to it at most."""
        key = (folder, kind, "near")
        found = self._answers.get(key)
        if found is None:
            # What git ignores is still read by the tools: it counts in the folders from here upwards.
            listed = self.matching(folder, kind)
            more = {path for above in self.above(folder) for path in self.here(above, kind)}
            more.difference_update(listed)
            ordered = sorted([*listed, *more]) if more else listed
            if len(ordered) > MAX_COMPANIONS:
                self.full.add(folder)
                steps = {above: distance(folder, above) for above in set(map(parent, ordered))}
                ordered = tuple(sorted(ordered, key=lambda path: steps[parent(path)])[:MAX_COMPANIONS])
            found = self._answers[key] = tuple(ordered)
        return found

    def here(self, folder: str, kind: Kind) -> tuple[str, ...]:
        """The files of a kind in one folder."""
        key = (folder, kind, "here")
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = tuple(path for path in (join(folder, name) for name in self.names(folder)) if kind.fits(path))
        return found

    def matching(self, folder: str, kind: Kind) -> tuple[str, ...]:
        """The files of a kind in the whole tree of a folder, sorted."""
        top = self.top(folder)
        key = (top, kind, "all")
        found = self._answers.get(key)
        if found is None:
            text = self._tree(top)
            head = _head(top, self.base, self.absolute(top)) if top in self._listed_by_git else _same
            if any(word in head("").lower() for word in kind.words):
                names = set(text.split("\0"))
            else:
                names = {name for word in kind.words for name in self._holding(top, text, word)}
            paths = {head(name) for name in names if name and not name.endswith("/") and not _skipped(name)}
            paths.update(path for path in self.overrides if self.top(parent(path)) == top)
            found = self._answers[key] = tuple(sorted(filter(kind.fits, paths)))
            self._present.update(found)
        return found

    def _holding(self, top: str, text: str, word: str) -> list[str]:
        """The names of a tree that hold a word whatever their case."""
        found = self._words.get((top, word))
        if found is None:
            low = self._lows.get(top)
            if low is None:
                low = self._lows[top] = text.lower()
            found = self._words[top, word] = _holding(text, low, word)
        return found

    # -- bytes

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None when it is not there, cannot be read or is too large. Raises nothing."""
        if path in self.overrides:
            return self.overrides[path]
        if path in self.data:
            return self.data[path]
        data: bytes | None = None
        try:
            if path in self._present:  # listed, so its folder need not be looked through; a link has the longer way
                data = read_bytes(self.absolute(path), self.limit, follow=False)
            elif self.exists(path):
                data = read_bytes(self.absolute(path), self.limit)
        except OSError:
            data = self._read_link(path) if path in self._present else None
        except (TooLarge, ValueError):
            data = None
        self.data[path] = data
        self._held += len(data or b"")
        return data

    def size(self, path: str) -> int:
        """How many bytes a file has, 0 when that cannot be told."""
        data = self.overrides.get(path, self.data.get(path))
        if data is not None:
            return len(data)
        try:
            return min(os.stat(self.absolute(path)).st_size, self.limit)
        except (OSError, ValueError):
            return 0

    def forget(self) -> None:
        """Let go of the bytes of files, when they are many; they are read again when asked for."""
        if self._held > MAX_HELD:
            self._held = 0
            self.data.clear()

    def _read_link(self, path: str) -> bytes | None:
        try:
            return read_bytes(self.absolute(path), self.limit) if self.exists(path) else None
        except (OSError, TooLarge, ValueError):
            return None

    def read_large(self, path: str) -> bytes | None:
        """The bytes of a file of up to 16 MiB: lock files, which are scanned and never parsed."""
        if not self.exists(path):
            return None
        try:
            return read_bytes(self.absolute(path), MAX_LOCK)
        except (OSError, TooLarge, ValueError):
            return None


def _head(top: str, base: str, absolute: str) -> Callable[[str], str]:
    if not top:
        return lambda name: name
    if top == ".." or top.endswith("/.."):
        # The base folder lies inside the tree: its own files lose that part.
        inner = os.path.relpath(base, absolute).replace(os.sep, "/") + "/"
        return lambda name: name[len(inner) :] if name.startswith(inner) else join(top, name)
    return lambda name: f"{top}/{name}"


def _same(name: str) -> str:
    return name


def _holding(text: str, low: str, word: str) -> list[str]:
    """The names, of a text with NULs between them, that hold a word whatever their case; `low` is the text in lower case."""
    if len(low) != len(text):  # a letter whose small form is longer
        return [name for name in text.split("\0") if word in name.lower()]
    found = []
    at = low.find(word)
    while at >= 0:
        end = low.find("\0", at)
        end = len(low) if end < 0 else end
        found.append(text[low.rfind("\0", 0, at) + 1 : end])
        at = low.find(word, end)
    return found


def _skipped(name: str) -> bool:
    return "/" in name and not SKIPPED_FOLDERS.isdisjoint(name.split("/")[:-1])
