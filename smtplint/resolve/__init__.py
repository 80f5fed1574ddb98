"""From files to the settings a program receives: references, env files, inheritance, overlays, versions.

`Project` is the index over one run. What it answers about a file depends on the files that lie around, never on which files were named.
"""

from __future__ import annotations

from smtplint import carriers as carrying
from smtplint import readers
from smtplint.finding import Notification
from smtplint.resolve.index import Index, name_of
from smtplint.source import Source, SourceError, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.carriers import Carriers
    from smtplint.readers import Document
    from smtplint.resolve.versions import Evidence
    from smtplint.scope import Scope

WORLDS = 8
# Trees take some thirty times the room of their text. Past so many bytes read, what no longer serves is let go.
MAX_READ = 400_000
# So many bytes of the files that were looked at are kept for the reader; the rest is read again.
MAX_KEPT = 2_000_000


class Loaded:
    """One file, read: `documents` is empty for Python, which is evaluated when its scopes are asked for."""

    __slots__ = ("documents", "source", "syntax")

    def __init__(self, source: Source, syntax: str, documents: list[Document]) -> None:
        self.source = source
        self.syntax = syntax
        self.documents = documents


class Project:
    """The files around `base` (absolute), read as the programs that use them would read them.

    Paths are display paths: relative to `base`, with `/`. `overrides` holds bytes that stand for a file's own (unsaved text, standard
    input). With `docs`, the code blocks of Markdown and reStructuredText are read. With `cache`, the trees of Python files are kept in the
    user's cache folder. `notifications` collects what could not be done; `sources` every file that was read.
    """

    def __init__(
        self,
        base: str,
        carriers: Carriers,
        *,
        max_bytes: int,
        overrides: dict[str, bytes] | None = None,
        docs: bool = False,
        cache: bool = False,
    ) -> None:
        self.base = base
        self.docs = docs
        self.cache = cache
        self.carriers = carriers
        self.notifications: list[Notification] = []
        self.sources: dict[str, Source] = {}
        self.index = Index(base, dict(overrides or {}), max_bytes)
        # What was worked out: names and paths in `memo`, what holds settings, and so the text of files, in `trees`.
        self.memo: dict[tuple[str, str], object] = {}
        self.trees: dict[tuple[str, str], object] = {}
        self._noted: set[tuple[str, str, int, int]] = set()
        self._loaded: dict[str, Loaded | None] = {}
        self._errors: dict[str, tuple[SourceError, Source | None]] = {}
        self._raw: dict[str, list[Scope]] = {}
        self._problems: dict[str, list[SourceError]] = {}
        self._scopes: dict[str, list[Scope]] = {}
        self._evidence: dict[str, Evidence] = {}
        self._declaring: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
        self._read = 0
        self._kept = 0

    # -- what could not be done

    def note(self, id: str, level: str, message: str, file: str = "", place: tuple[int, int] = (0, 0)) -> None:
        """Add a notification, each once. `place`: 1-based line and column, or zeros."""
        key = (id, file, *place)
        if key not in self._noted:
            self._noted.add(key)
            self.notifications.append(Notification(id, level, message, file, *place))

    def unreadable(self, path: str, reason: str = "cannot be read") -> None:
        """Note that a file could not be read."""
        self.note("unreadable-file", "warning", reason, path)

    def limit(self, path: str, message: str) -> None:
        """Note that a bound was met."""
        self.note("limit-met", "warning", message, path)

    def _complain(self, path: str, error: SourceError, source: Source | None) -> None:
        place = source.position(error.offset) if source is not None and error.offset is not None else (0, 0)
        text = source.text if source is not None else ""
        if isinstance(error, readers.TemplateError) or "{{" in text or "{%" in text:
            self.note("template-skipped", "note", f"is a template that cannot be read: {error.reason}", path, place)
        else:
            self.note("too-deep" if "nested too deeply" in error.reason else "parse-error", "warning", error.reason, path, place)

    # -- files

    def release(self, keep: set[str], path: str) -> None:
        """Let go of what was read, when it has become much or the file at `path`, which comes next, makes it so: all of it can be read again.
        The text of the files in `keep` (those of which something is told) stays, and that of files which may speak to smtplint itself in a
        comment.
        """
        if self._read + self.index.size(path) < MAX_READ or not self._read:
            return
        self._read = self._kept = 0
        for known in (self.trees, self._loaded, self._raw, self._problems, self._scopes, self._errors):
            known.clear()
        for old in [one for one, source in self.sources.items() if one not in keep and "smtplint" not in source.text]:
            del self.sources[old]
        self.index.forget()

    def keep(self, path: str, data: bytes) -> None:
        """Remember the bytes of a file that was read already, while there is room for them."""
        self._kept += len(data)
        if self._kept <= MAX_KEPT and path not in self.index.overrides:
            self.index.data[path] = data

    def source(self, path: str) -> Source | None:
        """The decoded text of a file, None when it is not there or cannot be decoded."""
        found = self.sources.get(path)
        if found is None and path not in self._errors:
            data = self.index.read(path)
            if data is None:
                return None
            self._read += len(data)
            try:
                found = self.sources[path] = decode(path, data)
            except SourceError as error:
                self._errors[path] = (error, None)
        return found

    def peek(self, path: str) -> Loaded | None:
        """A file read, or None; says nothing about what is wrong with it."""
        if path in self._loaded:
            return self._loaded[path]
        self._loaded[path] = None
        source = self.source(path)
        syntax = readers.syntax_of(path) or carrying.syntax_for(path, self.carriers)
        if source is None or syntax in ("", "markdown"):
            return None
        documents: list[Document] = []
        if syntax != "python":
            try:
                documents = readers.read(source, syntax)
            except SourceError as error:
                self._errors[path] = (error, source)
                return None
        self._loaded[path] = Loaded(source, syntax, documents)
        return self._loaded[path]

    def load(self, path: str) -> Loaded | None:
        """A file read, or None; what is wrong with it becomes a notification, once."""
        loaded = self.peek(path)
        failed = self._errors.get(path)
        if failed is not None:
            self._complain(path, *failed)
        if loaded is not None:
            for document in loaded.documents:
                for problem in document.problems:
                    self._complain(path, problem, loaded.source)
        return loaded

    def complain(self, path: str, error: SourceError) -> None:
        """Note that the program which reads a file refuses it."""
        self._complain(path, error, self.sources.get(path))

    def fail(self, path: str, error: SourceError) -> None:
        """Remember and note that a file could not be evaluated."""
        self._errors[path] = (error, self.sources.get(path))
        self._complain(path, *self._errors[path])

    def raw(self, path: str) -> list[Scope]:
        """The scopes of a file as they are written, nothing resolved. Empty for Python."""
        found = self._raw.get(path)
        if found is None:
            loaded = self.peek(path)
            problems: list[SourceError] = []
            found = []
            if loaded is not None and loaded.syntax != "python":
                found = carrying.scopes(loaded.source, loaded.syntax, loaded.documents, self.carriers, problems)
                if "/templates/" in f"/{path}":
                    from smtplint.resolve import charts

                    found = charts.filled(self, path, found)
            self._raw[path] = found
            self._problems[path] = problems
        return found

    # -- what the linter asks

    def roots(self, path: str) -> list[str]:
        """The files whose scopes must be computed to find every endpoint to which `path` contributes; itself is one of them."""
        from smtplint.resolve import envfiles, overlays

        found = {path: None}
        syntax = readers.syntax_of(path) or carrying.syntax_for(path, self.carriers)
        if syntax == "python":
            from smtplint.resolve import python

            found.update(dict.fromkeys(python.roots(self, path)))
        elif syntax == "dotenv":
            found.update(dict.fromkeys(envfiles.roots(self, path)))
        elif syntax == "ini" and envfiles.has_section(self, path):
            from smtplint.resolve import python

            found.update(dict.fromkeys(python.ini_roots(self, path)))
        elif syntax == "ruby":
            from smtplint.resolve import mounts

            found.update(dict.fromkeys(mounts.mounting(self, path)))
        elif syntax in ("yaml", "json", "properties"):
            found.update(dict.fromkeys(overlays.roots(self, path)))
            if syntax != "properties":
                data = (self.index.read(path) or b"").replace(b"\0", b"").lower()
                if b"configmap" in data or b"secret" in data:
                    from smtplint.resolve import kube

                    found.update(dict.fromkeys(kube.roots(self, path)))
                if name_of(path).startswith("values.y"):
                    from smtplint.resolve import charts

                    found.update(dict.fromkeys(charts.roots(self, path)))
        return list(found)

    def scopes(self, path: str) -> list[Scope]:
        """The scopes a file owns: references expanded, other files merged in, one for every world."""
        found = self._scopes.get(path)
        if found is None:
            self._scopes[path] = []
            found = self._scopes[path] = self._resolve(path)
        return found

    def _resolve(self, path: str) -> list[Scope]:
        if self.docs and readers.syntax_of(path) == "markdown":
            return self._documentation(path)
        loaded = self.load(path)
        if loaded is None:
            return []
        if loaded.syntax == "python":
            from smtplint.resolve import python

            return python.scopes(self, path)
        from smtplint.resolve import envfiles, overlays

        raw = self.raw(path)
        for problem in self._problems[path]:
            self._complain(path, problem, loaded.source)
        if loaded.syntax == "dotenv":
            return envfiles.scopes(self, path)
        if loaded.syntax == "ruby":
            from smtplint.resolve import mounts

            if mounts.mounting(self, path):
                return []  # a service has it over a variable: both are one document there
        if loaded.syntax == "ini" and envfiles.has_section(self, path):
            from smtplint.resolve import python

            raw = python.ini_scopes(self, path, raw)
        family = overlays.family(self, path, raw)
        if family is not None:
            return family(self, path)
        if any(scope.env_from or scope.value_from or scope.provides[0] for scope in raw):
            from smtplint.resolve import kube

            return kube.scopes(self, path)
        return envfiles.generic(self, raw)

    def _documentation(self, path: str) -> list[Scope]:
        """The code blocks of a text, each a program's settings of its own. People copy them, so they count like example files."""
        from smtplint.readers import markdown
        from smtplint.resolve import envfiles

        source = self.source(path)
        if source is None:
            return []
        found: list[Scope] = []
        for number, (block, documents) in enumerate(markdown.read_blocks(source), 1):
            if len(found) >= carrying.MAX_SCOPES:
                self.limit(path, f"holds more than {carrying.MAX_SCOPES} groups of settings; the rest is not looked at")
                break
            for scope in carrying.scopes(source, block.syntax, documents, self.carriers):
                scope.names = (block.name or "block", "block.example")
                scope.path = f"block {number}" + (f".{scope.path}" if scope.path else "")
                found.append(scope)
        return envfiles.generic(self, found)

    def evidence(self, path: str) -> Evidence:
        """What is known about versions for the program whose settings stand in `path` (a path that ends in `/` is a folder).

        For a scope that is `scope.owner.folder or scope.source.path`: a compose service may be built from a folder further down.
        """
        from smtplint.resolve.index import parent
        from smtplint.resolve.versions import Evidence

        folder = parent(path)
        folder = "" if folder == "." else folder
        found = self._evidence.get(folder)
        if found is None:
            found = self._evidence[folder] = Evidence(self.index, folder, self._declaring)
        return found


__all__ = ["WORLDS", "Loaded", "Project", "name_of"]
