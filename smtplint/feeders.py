"""The way back: files that say nothing about mail themselves, but feed one that does.

`SEC=off` in an env file, `relay: off` in a ConfigMap and `HOST = "…"` in a module that settings import are found by what refers to them.
A whole repository needs none of this, since everything in it that speaks about mail is looked at anyway; only files that are named alone do.
Cheap and wrong only towards yes: what a file really feeds is the business of `resolve`.
"""

from __future__ import annotations

import os
import re

from smtplint.listing import COMPOSE, SETTINGS, SKIPPED_FOLDERS, VALUES, TooLarge, display, project_root, read_bytes, repository_files
from smtplint.prefilter import candidate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_NAMES = 20_000
MAX_READERS = 400
_ASSIGNED = re.compile(rb"^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*[=:]", re.MULTILINE)
_STARS = re.compile(rb"^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+(?:\([ \t]*)?\*", re.MULTILINE)
_NAMED = re.compile(rb"\bname[\"']?:[ \t]*[\"']?([\w.-]+)")
_READ_ENV = re.compile(r"(?:^|/)(?:kustomization\.ya?ml|[^/]*\.(?:service|container))\Z|(?:^|/)config/(?:[^/]+/)*[^/]+\.ya?ml\Z")
_LAYERED = re.compile(r"application(?:-[\w.-]+)?\.(?:ya?ml|properties)\Z|appsettings(?:\.[\w-]+)?\.json\Z", re.IGNORECASE)
_SYMFONY = re.compile(r"(?:^|/)config/(?:[^/]+/)*[^/]+\.ya?ml\Z")


class Feeder:
    """A file that passed no prefilter: its display path, how it may feed another, and the words of which one must occur there."""

    __slots__ = ("kind", "path", "words")

    def __init__(self, path: str, kind: str, words: frozenset[bytes]) -> None:
        self.path = path
        self.kind = kind
        self.words = words


def feeder(path: str, data: bytes, sections: Callable[[], Iterable[str]]) -> Feeder | None:
    """What a file could feed another with, None when nothing. `sections`: those of INI files that settings modules read, by the rules."""
    folder, _, name = path.rpartition("/")
    low = name.lower()
    if low.endswith(".py"):
        stem = folder.rpartition("/")[2] if name == "__init__.py" else name[:-3]
        taken = _taken_in(data)
        if taken:
            return Feeder(path, "heir", frozenset(taken))
        return Feeder(path, "python", frozenset((stem.encode("utf-8", "surrogatepass"),))) if stem and b"=" in data else None
    if low.endswith((".yaml", ".yml", ".json")):
        if b"ConfigMap" in data or b"Secret" in data:
            return Feeder(path, "manifest", frozenset(_NAMED.findall(data)))
        if _LAYERED.match(name):
            return Feeder(path, "layer", frozenset())
        if VALUES.match(name):
            return Feeder(path, "values", frozenset())
        if b"services" in data and COMPOSE.match(name):
            return Feeder(path, "compose", frozenset())
        if b"parameters" in data and _SYMFONY.search(path):
            return Feeder(path, "parameters", frozenset())
        return None
    if low.endswith(".properties"):
        return Feeder(path, "layer", frozenset()) if _LAYERED.match(name) else None
    if "env" in low or (low.endswith(".ini") and any(f"[{one}]".encode() in data for one in sections())):
        names = frozenset(_ASSIGNED.findall(data))
        return Feeder(path, "env", names | {name.encode("utf-8", "surrogatepass")}) if names else None
    return None


def _taken_in(data: bytes) -> set[bytes]:
    """The last words of the modules of which a module takes everything in."""
    return {found.rpartition(b".")[2] for found in _STARS.findall(data)} if b"import" in data else set()


def fed(feeders: Iterable[Feeder], looked_at: Iterable[str], limit: int) -> list[str]:
    """The paths of those feeders that may feed a file about mail which is not looked at already."""
    seen = set(looked_at)
    trees: dict[str, _Tree] = {}
    found = []
    for one in feeders:
        folder = os.path.dirname(os.path.abspath(one.path))
        top = project_root(folder) or (os.getcwd() if folder.startswith(os.getcwd()) else folder)
        tree = trees.get(top)
        if tree is None:
            tree = trees[top] = _Tree(top, limit)
        if any(reader != one.path and reader not in seen for reader in tree.readers(one)):
            found.append(one.path)
    return found


def _is_module(name: str, one: Feeder) -> bool:
    """Whether a file may be one of the modules that a feeder takes in."""
    folder, _, last = name.rpartition("/")
    return (folder.rpartition("/")[2] if last == "__init__.py" else last[:-3]).encode("utf-8", "surrogatepass") in one.words


class _Tree:
    """The names of a tree, listed when first asked for, and the bytes of those files that speak about mail."""

    def __init__(self, top: str, limit: int) -> None:
        self.top = top
        self.limit = limit
        self.base = os.getcwd()
        self._names: list[str] | None = None
        self._bytes: dict[str, bytes | None] = {}

    def names(self) -> list[str]:
        """Display paths of the tree: git's list, else a bounded walk; what git ignores is still read, so the top counts as a folder."""
        if self._names is None:
            listed = repository_files(self.top) if os.path.lexists(os.path.join(self.top, ".git")) else None
            if listed is not None:
                names = [os.path.join(self.top, name) for name in listed.split("\0") if name]
            else:
                names = []
                for folder, folders, files in os.walk(self.top):
                    folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
                    names.extend(os.path.join(folder, name) for name in files)
                    if len(names) > MAX_NAMES:
                        break
            self._names = sorted(display(name, self.base) for name in names)
        return self._names

    def beside(self, path: str) -> list[str]:
        """Display paths of the folder of a file and of those above it, git or not."""
        folder = os.path.dirname(os.path.abspath(path))
        found = []
        while True:
            try:
                found += [display(entry.path, self.base) for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
            except OSError:
                pass
            if folder == self.top or folder == os.path.dirname(folder):
                return found
            folder = os.path.dirname(folder)

    def readers(self, one: Feeder) -> Iterable[str]:
        """Files about mail that may take something from a feeder."""
        folder = one.path.rpartition("/")[0]

        def near(name: str) -> bool:
            return name.rpartition("/")[0] == folder

        def named(name: str) -> str:
            return name.rpartition("/")[2]

        if one.kind == "manifest":
            wanted = [name for name in self.beside(one.path) if near(name) and name.endswith((".yaml", ".yml", ".json"))]
        elif one.kind == "layer":
            wanted = [name for name in self.beside(one.path) if near(name) and _LAYERED.match(named(name))]
        elif one.kind == "values":
            wanted = [name for name in (*self.beside(one.path), *self.names()) if VALUES.match(named(name))]
        elif one.kind == "parameters":
            wanted = [name for name in self.names() if _SYMFONY.search(name)]
        elif one.kind == "compose":
            wanted = [name for name in (*self.beside(one.path), *self.names()) if named(name).endswith((".yaml", ".yml"))]
        elif one.kind in ("python", "heir"):
            wanted = [
                name for name in (*self.beside(one.path), *self.names()) if name.endswith(".py") and (near(name) or SETTINGS.search(name))
            ]
        else:
            wanted = [
                name
                for name in (*self.beside(one.path), *self.names())
                if COMPOSE.match(named(name))
                or _READ_ENV.search(name)
                or (name.endswith(".py") and (near(name) or SETTINGS.search(name)))
                or (name.endswith((".yaml", ".yml")) and near(name))
            ]
        for name in list(dict.fromkeys(wanted))[:MAX_READERS]:
            data = self.speaking(name)
            if data is None:
                # A module that hands on all it takes in need not speak itself.
                if one.kind == "python" and name.endswith(".py") and not one.words.isdisjoint(_taken_in(self.read(name))):
                    yield name
                continue
            # A module that takes others in names them; everything else is named by who reads it.
            if _is_module(name, one) if one.kind == "heir" else not one.words or any(word in data for word in one.words):
                yield name

    def read(self, path: str) -> bytes:
        """The bytes of a file, none when it cannot be read."""
        try:
            return read_bytes(os.path.join(self.base, path), self.limit)
        except (OSError, TooLarge, ValueError):
            return b""

    def speaking(self, path: str) -> bytes | None:
        """The bytes of a file that may speak about mail."""
        if path not in self._bytes:
            data = self.read(path)
            self._bytes[path] = data if candidate(path, data) else None
        return self._bytes[path]
