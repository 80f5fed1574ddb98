"""Several processes for a tree with many mail settings (`--jobs N`): each finds the endpoints of its share of the files.

They are forked, so nothing has to be told to them; what they found comes back through a pipe. On two processors that halves the time of a
tree with a thousand such files, and saves no processor time; so it is done when it is asked for. Whatever goes wrong, one process does it all.
"""

from __future__ import annotations

import copyreg
import io
import os
import pickle

from smtplint.recognise import Recognition
from smtplint.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from smtplint.catalog import Catalog
    from smtplint.endpoint import Endpoint
    from smtplint.finding import Notification
    from smtplint.resolve import Project

    Found = dict[str, list[Endpoint]]

# Of fewer files, making a process costs more than it saves.
FEW = 100


def shared(
    project: Project, catalog: Catalog, named: Sequence[str], jobs: int, work: Callable[[Sequence[str]], Found], most: int
) -> Found | None:
    """What `work` finds of all files that were named, by root, in `jobs` processes; notifications and texts that speak to smtplint arrive in
    `project`. None when it cannot be had so: on a system without fork, of few files, of more than `most` endpoints, after any failure.
    """
    jobs = min(jobs, len(named) // (FEW // 2))
    if jobs < 2 or not hasattr(os, "fork"):
        return None
    parts = _parts(project, named, jobs)
    children: list[tuple[int, int]] = []
    notes: list[Notification] = []
    speaking: list[str] = []
    try:
        for part in parts[1:]:
            children.append(_child(project, part, work))
        found = work(parts[0])
        while children:
            pid, reader = children[0]
            with open(reader, "rb", closefd=False) as stream:
                data = stream.read()
            children.pop(0)
            os.close(reader)
            os.waitpid(pid, 0)
            theirs, more, texts = _Unpickler(data, project, catalog).load()
            for root, endpoints in theirs.items():
                found.setdefault(root, endpoints)
            notes += more
            speaking += texts
    except (OSError, EOFError, pickle.UnpicklingError, LookupError):
        return None
    finally:
        for pid, reader in children:
            os.close(reader)
            try:
                os.kill(pid, 9)
                os.waitpid(pid, 0)
            except (ChildProcessError, ProcessLookupError):
                pass
    if sum(map(len, found.values())) > most:
        return None
    for note in notes:
        project.note(note.id, note.level, note.message, note.file, (note.line, note.column))
    for path in speaking:
        project.source(path)
    return found


def _parts(project: Project, named: Sequence[str], jobs: int) -> list[list[str]]:
    """The files in as many runs as there are processes, each of about as many bytes: neighbours share what lies beside them."""
    sizes = [project.index.size(path) + 2000 for path in named]
    each = sum(sizes) / jobs
    parts: list[list[str]] = [[] for _ in range(jobs)]
    before = 0
    for path, size in zip(named, sizes, strict=True):
        parts[min(int(before / each), jobs - 1)].append(path)
        before += size
    return parts


def _child(project: Project, part: Sequence[str], work: Callable[[Sequence[str]], Found]) -> tuple[int, int]:
    """Start a process for a part; its id, and where what it found can be read. One that fails says nothing."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    try:
        os.close(reader)
        known = len(project.notifications)
        found = work(part)
        speaking = [path for path, source in project.sources.items() if "smtplint" in source.text]
        data = io.BytesIO()
        _Pickler(data, project).dump((found, project.notifications[known:], speaking))
        with open(writer, "wb") as stream:
            stream.write(data.getbuffer())
    except BaseException:  # noqa: BLE001, S110 - the parent does the work itself, and says what there is to say
        pass
    finally:
        os._exit(0)


class _Pickler(pickle.Pickler):
    """What every process has itself goes by its name: files and profiles."""

    def __init__(self, stream: io.BytesIO, project: Project) -> None:
        super().__init__(stream, pickle.HIGHEST_PROTOCOL)
        self._sources = project.sources
        self.dispatch_table = {**copyreg.dispatch_table, Source: self._source, Recognition: self._recognition}

    def _source(self, source: Source) -> Any:
        if self._sources.get(source.path) is source:
            return _source_of, (source.path,)
        return source.__reduce_ex__(pickle.HIGHEST_PROTOCOL)

    def _recognition(self, recognition: Recognition) -> Any:
        profile = recognition.profile
        number = next(number for number, one in enumerate(profile["placements"]) if one is recognition.placement)
        rest = {name: getattr(recognition, name) for name in Recognition.__slots__ if name not in ("profile", "placement")}
        return _recognition_of, (profile["id"], number, rest)


def _source_of(path: str) -> Source:
    raise NotImplementedError  # an Unpickler puts its own in the place of these two


def _recognition_of(profile: str, number: int, rest: dict[str, Any]) -> Recognition:
    raise NotImplementedError


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, project: Project, catalog: Catalog) -> None:
        super().__init__(io.BytesIO(data))
        self._project = project
        self._catalog = catalog

    def find_class(self, module: str, name: str) -> Any:
        if module == __name__:
            return self._source if name == _source_of.__name__ else self._recognition
        if module.partition(".")[0] not in ("smtplint", "builtins", "copyreg"):
            raise pickle.UnpicklingError(module)
        return super().find_class(module, name)

    def _source(self, path: str) -> Source:
        found = self._project.source(path)
        if found is None:
            raise LookupError(path)
        return found

    def _recognition(self, name: str, number: int, rest: dict[str, Any]) -> Recognition:
        profile = self._catalog.profile(name)
        made = Recognition(profile, profile["placements"][number], rest["mapping"], rest["path"])
        for key, value in rest.items():
            setattr(made, key, value)
        return made
