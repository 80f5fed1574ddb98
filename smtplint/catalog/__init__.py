"""The catalogue: everything under `rules/`, compiled, each part loaded when it is asked for.

The only module that knows where the rule data lives. In a wheel the data is compiled once, by the build, into `rules/catalog.bin`; in a
checkout the compiled form is kept in the user's cache folder under a signature of the files, or in memory when that folder cannot be
written. Both come from `smtplint.catalog.compile`, and a test proves that they are the same.
"""

from __future__ import annotations

import marshal
import os

from smtplint import cache as store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

FORMAT = 3
ARTEFACT = "catalog.bin"
_HEAD = b"smtplint rules\n"
_BODY = len(_HEAD) + 33
_FIRST = 1 << 16  # enough for the list of parts
_MARSHAL = 2  # without back references: the same bytes for the same data, readable by every Python 3


def locate() -> str:
    """The folder `rules/`: inside the package in a wheel, beside it in a checkout. Raises FileNotFoundError."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for folder in (os.path.join(here, "rules"), os.path.join(os.path.dirname(here), "rules")):
        if os.path.isdir(os.path.join(folder, "checks")) and os.path.isdir(os.path.join(folder, "schemas")):
            return folder
    raise FileNotFoundError("the folder 'rules' of smtplint is missing: the installation is incomplete")


class Packed:
    """The parts of a catalogue in memory, as `pack` makes them: bytes for `marshal`, by kind or by kind and name."""

    __slots__ = ("index",)

    def __init__(self, index: dict[str, Any]) -> None:
        self.index = index

    def take(self, kind: str, name: str = "") -> Any:
        """A part, unpacked. Raises KeyError when there is none of this name."""
        return marshal.loads(self.bytes_of(self.index[kind][name] if name else self.index[kind]))

    def bytes_of(self, part: Any) -> bytes:
        found: bytes = part
        return found


class Stored(Packed):
    """The parts of a catalogue in a file, of which a run reads few. The file stays open: whoever replaces it makes another."""

    __slots__ = ("_begin", "_fd")

    def __init__(self, fd: int, begin: int, index: dict[str, Any]) -> None:
        super().__init__(index)
        self._fd = fd
        self._begin = begin

    def bytes_of(self, part: Any) -> bytes:
        at, size = part
        if hasattr(os, "pread"):
            return os.pread(self._fd, size, self._begin + at)
        os.lseek(self._fd, self._begin + at, os.SEEK_SET)
        return os.read(self._fd, size)

    def __del__(self) -> None:
        os.close(self._fd)


class Catalog:
    """The compiled rules. Each part is unpacked on first use."""

    __slots__ = ("_clients", "_packed", "_profiles", "_providers", "always", "carriers", "checks", "trigger")

    checks: dict[str, dict[str, Any]]
    trigger: dict[str, tuple[tuple[str, int], ...]]
    carriers: tuple[dict[str, Any], ...]

    def __init__(self, packed: Packed) -> None:
        self._packed = packed
        self.always: tuple[tuple[str, int], ...] = packed.index["always"]
        self._profiles: dict[str, dict[str, Any]] = {}
        self._clients: dict[str, dict[str, Any]] = {}
        self._providers: dict[str, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name not in ("checks", "trigger", "carriers"):
            raise AttributeError(name)
        part = self._packed.take(name)
        setattr(self, name, part)
        return part

    @property
    def wordless(self) -> tuple[str, ...]:
        """Globs of files that may hold settings without any of the words by which others are found."""
        found: tuple[str, ...] = self._packed.index["wordless"]
        return found

    @property
    def profile_ids(self) -> tuple[str, ...]:
        return tuple(self._packed.index["profiles"])

    def profile(self, name: str) -> dict[str, Any]:
        found = self._profiles.get(name)
        if found is None:
            found = self._profiles[name] = self._packed.take("profiles", name)
        return found

    def client(self, name: str) -> dict[str, Any]:
        found = self._clients.get(name)
        if found is None:
            found = self._clients[name] = self._packed.take("clients", name)
        return found

    @property
    def providers(self) -> dict[str, Any]:
        if self._providers is None:
            self._providers = self._packed.take("providers")
        return self._providers

    def placements(self, words: Iterable[str]) -> Iterator[tuple[str, int]]:
        """(profile, number of the placement) of every placement one of whose words occurs among the folded keys of a scope."""
        seen: set[tuple[str, int]] = set()
        for word in words:
            for pair in self.trigger.get(word, ()):
                if pair not in seen:
                    seen.add(pair)
                    yield pair
        for pair in self.always:
            if pair not in seen:
                yield pair


def pack(compiled: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The compiled folders as one record whose parts are bytes, ready for marshal."""
    from smtplint.catalog.compile import triggers

    index: dict[str, list[tuple[str, int]]] = {}
    always: list[tuple[str, int]] = []
    wordless: set[str] = set()
    for name, profile in compiled["profiles"].items():
        wordless.update(glob.lower() for placement in profile["placements"] if placement["wordless"] for glob in placement["files"])
        client = profile["client"]
        if client is not None and client not in compiled["clients"]:
            from smtplint.catalog.compile import CatalogError

            raise CatalogError(f"profiles/{name}.yaml:1: client {client!r} is no file of clients/")
        for number, words in enumerate(triggers(profile)):
            if not words:
                always.append((name, number))
            for word in words:
                index.setdefault(word, []).append((name, number))
    return {
        "format": FORMAT,
        "checks": marshal.dumps(compiled["checks"], _MARSHAL),
        "carriers": marshal.dumps(tuple(compiled["carriers"].values()), _MARSHAL),
        "providers": marshal.dumps(compiled["providers"], _MARSHAL),
        "trigger": marshal.dumps({word: tuple(pairs) for word, pairs in sorted(index.items())}, _MARSHAL),
        "always": tuple(always),
        "wordless": tuple(sorted(wordless)),
        "profiles": {name: marshal.dumps(profile, _MARSHAL) for name, profile in compiled["profiles"].items()},
        "clients": {name: marshal.dumps(client, _MARSHAL) for name, client in compiled["clients"].items()},
    }


def _merge(base: dict[str, dict[str, Any]], extra: dict[str, dict[str, Any]], folder: str) -> None:
    """Add a user's rules. A shipped id is replaced only by a file that says `replaces: id`."""
    from smtplint.catalog.compile import CatalogError, read_yaml, rule_files

    for kind in ("checks", "profiles", "clients", "carriers"):
        said = {os.path.basename(path)[:-5]: (read_yaml(path)[0] or {}).get("replaces") for path in rule_files(folder, kind)}
        for name, part in extra[kind].items():
            if name in base[kind] and said.get(name) != name:
                path = os.path.join(folder, kind, name + ".yaml")
                raise CatalogError(f"{path}:1: {name!r} is shipped with smtplint; say 'replaces: {name}' to put yours in its place")
            base[kind][name] = part
    if extra["providers"]:
        for key, value in extra["providers"].items():
            held = base["providers"].get(key)
            if isinstance(held, dict) and isinstance(value, dict):
                held.update(value)
            elif isinstance(held, tuple) and isinstance(value, tuple):
                base["providers"][key] = value + held


def load(extra: Iterable[str] = (), *, cache: bool = True) -> Catalog:
    """The shipped catalogue, with the folders `extra` on top. Raises smtplint.catalog.compile.CatalogError for a broken file."""
    folder = locate()
    extra = tuple(extra)
    if not extra:
        stored = opened(os.path.join(folder, ARTEFACT))
        if stored is not None:
            return Catalog(stored)
        signature = _signature(folder)
        path = store.place(ARTEFACT) if cache else ""
        if path:
            stored = opened(path)
            if stored is not None and stored.index.get("signature") == signature:
                return Catalog(stored)
    from smtplint.catalog.compile import compile_folder

    compiled = compile_folder(folder)
    for more in extra:
        if not os.path.isdir(more):
            from smtplint.catalog.compile import CatalogError

            raise CatalogError(f"{more}: there is no such folder of rules")
        _merge(compiled, compile_folder(more, validate=True), more)
    raw = pack(compiled)
    if not extra and path:
        raw["signature"] = signature
        store.write(path, (dumped(raw),))
    return Catalog(Packed(raw))


def dumped(packed: dict[str, Any]) -> bytes:
    """A packed catalogue as the bytes of its file: a list of where each part lies, then the parts."""
    parts: list[bytes] = []
    at = 0

    def placed(part: bytes) -> tuple[int, int]:
        nonlocal at
        parts.append(part)
        at += len(part)
        return at - len(part), len(part)

    index = {
        kind: placed(part)
        if isinstance(part, bytes)
        else {name: placed(one) for name, one in part.items()}
        if isinstance(part, dict)
        else part
        for kind, part in packed.items()
    }
    head = marshal.dumps(index, _MARSHAL)
    return b"%s%16d%16d\n%s%s" % (_HEAD, len(head), at, head, b"".join(parts))


def opened(path: str) -> Stored | None:
    """The catalogue in such a file, None for any other, and where there is none: of other bytes marshal may make a list of a billion items."""
    fd = store.opened(path)
    if fd is None:
        return None
    try:
        size = os.fstat(fd).st_size
        data = os.read(fd, _FIRST)
        head, rest = int(data[len(_HEAD) : len(_HEAD) + 16]), int(data[len(_HEAD) + 16 : _BODY])
        if data.startswith(_HEAD) and head >= 0 and _BODY + head + rest == size and (_BODY + head <= len(data) or head < size):
            index = marshal.loads(
                data[_BODY : _BODY + head] if _BODY + head <= len(data) else data[_BODY:] + os.read(fd, _BODY + head - len(data))
            )
            if isinstance(index, dict) and index.get("format") == FORMAT:
                return Stored(fd, _BODY + head, index)
    except (OSError, ValueError, EOFError, TypeError):
        pass
    os.close(fd)
    return None


def _signature(folder: str) -> str:
    """Names, sizes and times of every rule file and of the compiler; a change of any makes a new catalogue."""
    parts = [folder]
    here = os.path.dirname(os.path.abspath(__file__))
    places = [os.path.join(folder, kind) for kind in ("carriers", "checks", "clients", "profiles")]
    for place in (*places, folder, here):
        try:
            with os.scandir(place) as entries:
                for entry in sorted(entries, key=lambda item: item.name):
                    if entry.name.endswith((".yaml", ".py")):
                        stat = entry.stat()
                        parts.append(f"{entry.name}:{stat.st_size}:{stat.st_mtime_ns}")
        except OSError:
            parts.append(place)
    return "\n".join(parts)
