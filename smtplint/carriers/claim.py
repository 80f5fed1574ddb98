"""The rules of the carriers in working form, and which carrier a document belongs to."""

from __future__ import annotations

import re

from smtplint.carriers.walk import BARRED, Relative, descend
from smtplint.catalog.paths import compile_path, leads, like, lookup, starts
from smtplint.lazy import later
from smtplint.tree import Mapping, Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Mapping as Lookup
    from typing import Any

    from smtplint.tree import Node

    Path = tuple[Any, ...]
    Pattern = re.Pattern[str]


class Globs:
    """File globs over paths with forward slashes. A glob holds at any depth; `*` and `?` stay inside one name, `**` does not; case does not
    count. A pattern is only made of a glob whose fixed pieces all occur in a path, so few ever are."""

    __slots__ = ("_endings", "_wild")

    def __init__(self, globs: Iterable[str]) -> None:
        endings = []
        self._wild: list[tuple[list[str], str]] = []
        for glob in globs:
            low = glob.lower()
            if "*" not in low and "?" not in low:
                endings.append("/" + low)
                continue
            self._wild.append((low.replace("?", "*").split("*"), low))
        self._endings = tuple(endings)

    def fits(self, path: str) -> bool:
        """Whether one of the globs holds for a path."""
        low = "/" + path.lower()
        if low.endswith(self._endings):
            return True
        return any(all(piece in low for piece in pieces) and _meets(low, glob) for pieces, glob in self._wild)


_PATTERNS: dict[str, re.Pattern[str]] = {}


def _meets(low: str, glob: str) -> bool:
    """Whether a path that begins with a slash ends as a glob says."""
    if "/" not in glob and "?" not in glob and "[" not in glob and "**" not in glob:
        return like(low[low.rfind("/") + 1 :], glob)
    return _pattern(glob).search(low) is not None


def _pattern(glob: str) -> re.Pattern[str]:
    known = _PATTERNS.get(glob)
    if known is not None:
        return known
    text = ""
    for piece in re.split(r"(\*\*/|\*\*|\*|\?)", glob):
        text += {"**/": r"(?:[^/]+/)*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}.get(piece) or re.escape(piece)
    known = _PATTERNS[glob] = re.compile(rf"/{text}\Z")
    return known


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _relatives(value: Any) -> tuple[Relative, ...]:
    return tuple(Relative(str(text)) for text in _list(value))


class Claim:
    """How a carrier knows its documents: by file name, by shape, or by both."""

    __slots__ = ("_data", "_needs", "files")

    def __init__(self, data: Lookup[str, Any]) -> None:
        self._data = data
        self._needs: tuple[list[Need], list[Need]] | None = None
        globs = _list(data.get("files"))
        self.files = Globs(globs) if globs else None

    def fits(self, name: str, root: Node) -> bool:
        """Whether a document of this path or inner name, with this tree, is one of them."""
        if self.files is not None and not self.files.fits(name):
            return False
        if self._needs is None:  # most claims fail by the name
            self._needs = _needs(self._data.get("needs")), _needs(self._data.get("unless"))
        needs, unless = self._needs
        if needs and not any(need(root) for need in needs):
            return False
        return not any(need(root) for need in unless)


def _needs(texts: Any) -> list[Need]:
    return [Need(str(text)) for text in _list(texts)]


class Need:
    """A shape: all of several tests, each a path that leads somewhere or `path=glob`."""

    __slots__ = ("_pieces", "_tests", "heads")

    def __init__(self, text: str) -> None:
        self._pieces: list[str] = []
        self._tests: tuple[list[Path], list[tuple[str, Pattern]]] | None = None
        # The keys of which one must stand at the root, for each path that begins with a key: most documents fail here, before a path is
        # taken apart.
        self.heads: list[tuple[str, ...]] = []
        for piece in map(str.strip, text.split(" and ")):
            self._pieces.append(piece)
            head = piece.partition(".")[0].partition("[")[0]
            if head and "*" not in head and "\\" not in head and ("=" not in piece or "[" in piece):
                self.heads.append(tuple(map(str.strip, head.split("|"))))

    def _taken_apart(self) -> tuple[list[Path], list[tuple[str, Pattern]]]:
        paths, values = [], []
        for piece in self._pieces:
            key, equals, glob = piece.partition("=")
            if equals and "[" not in key:
                values.append((key, later("|".join(re.escape(part).replace(r"\*", ".*") for part in glob.split("|")) + r"\Z")))
            else:
                paths.append(compile_path(piece))
        return paths, values

    def __call__(self, root: Node) -> bool:
        if self.heads and not (isinstance(root, Mapping) and all(starts(root, names) for names in self.heads)):
            return False
        if self._tests is None:
            self._tests = self._taken_apart()
        paths, values = self._tests
        for key, pattern in values:
            found = lookup(root, key)
            if not isinstance(found, Scalar) or not pattern.match(found.text):
                return False
        return all(leads(root, path) and next(descend(root, path, frozenset()), None) is not None for path in paths)


class Rule:
    """One entry of `scopes`: where a scope is, and what belongs to it."""

    __slots__ = (
        "as_carrier",
        "at",
        "barred",
        "capitals",
        "document",
        "embedded",
        "encoding",
        "env_files",
        "env_from",
        "environment",
        "files",
        "interpolation",
        "keywords",
        "layered",
        "listed",
        "literals",
        "loader",
        "modules",
        "name",
        "namespace",
        "owner",
        "passed",
        "provides",
        "secret",
        "shape",
        "skipped",
        "syntax",
        "where",
    )

    def __init__(self, data: Lookup[str, Any]) -> None:
        self.at = [compile_path(str(text)) for text in _list(data.get("at", ""))]
        self.barred = BARRED | frozenset(_list(data.get("not_below")))
        self.where = [Need(f"{key}={glob}") for key, glob in (data.get("where") or {}).items()]
        self.environment = _relatives(data.get("environment"))
        self.env_files = _relatives(data.get("env_files"))
        self.env_from = _relatives(data.get("env_from"))
        self.layered = any(relative.form == "^" for relative in self.environment)
        self.capitals = _relatives(data.get("capitals"))
        self.passed = data.get("without_value") == "passed"
        self.files = _relatives(data.get("files"))
        self.encoding = str(data.get("encoding") or "")
        self.document = Relative(str(data["document"])) if "document" in data else None
        self.name = _relatives(data.get("name"))
        self.namespace = _relatives(data.get("namespace"))
        self.syntax = str(data.get("syntax") or "")
        self.as_carrier = str(data.get("as") or "")
        self.literals = frozenset(_list(data.get("literals")))
        self.listed: dict[str, str] | None = data.get("listed")
        self.embedded = bool(data.get("embedded"))
        self.modules: dict[str, str] | None = data.get("modules")
        self.keywords = frozenset(_list(data.get("keywords")))
        self.skipped = frozenset(_list(data.get("skip")))
        self.owner: dict[str, tuple[Relative, ...]] = {key: _relatives(value) for key, value in (data.get("owner") or {}).items()}
        self.provides = str(data.get("provides") or "")
        self.shape = str(data.get("shape") or "")
        self.secret = bool(data.get("secret"))
        self.loader = str(data.get("loader") or "")
        self.interpolation = str(data.get("interpolation") or "")

    def fits(self, node: Node) -> bool:
        """Whether a node at one of its paths has the shape that it asks for."""
        return all(need(node) for need in self.where)


class Carrier:
    """A container format. Its rules are compiled when they are first needed."""

    __slots__ = (
        "_data",
        "_owner",
        "_rules",
        "_siblings",
        "also_document",
        "claims",
        "container",
        "id",
        "interpolation",
        "loader",
        "no_document",
        "prefix",
        "rank",
        "read_as",
        "syntaxes",
    )

    def __init__(self, data: Lookup[str, Any]) -> None:
        self.id = str(data["id"])
        self.syntaxes = frozenset(_list(data.get("syntax")))
        self.claims = [Claim(claim) for claim in _list(data.get("claims"))]
        self.rank = int(data.get("rank") or 0)
        self.also_document = bool(data.get("also_document"))
        self._owner: dict[str, tuple[Relative, ...]] | None = None
        self.no_document = [Need(str(text)) for text in _list(data.get("no_document"))]
        self.container = str(data.get("container", self.id))
        self.interpolation = str(data.get("interpolation") or "")
        self.loader = str(data.get("loader") or "")
        self.prefix = tuple(str(key) for key in _list(data.get("prefix")))
        self.read_as = str(data.get("read_as") or "")
        self._data = data
        self._rules: list[Rule] | None = None
        self._siblings: list[Rule] | None = None

    def __repr__(self) -> str:
        return f"Carrier({self.id})"

    @property
    def owner(self) -> dict[str, tuple[Relative, ...]]:
        """Where a document says what program it is for."""
        if self._owner is None:
            self._owner = {str(key): _relatives(value) for key, value in (self._data.get("owner") or {}).items()}
        return self._owner

    @property
    def env_from(self) -> set[str]:
        """The keys under which its containers say whose entries they take over."""
        found: set[str] = set()
        for rule in _list(self._data.get("scopes")):
            for relative in _relatives(rule.get("env_from")):
                named = [names for kind, names, _ in relative.path if kind == "key"]
                found.update(named[-1] if named else ("",))
        return found

    def document_too(self, root: Node) -> bool:
        """Whether the document is a scope of its own beside what is found in it."""
        return self.also_document and not any(need(root) for need in self.no_document)

    @property
    def rules(self) -> list[Rule]:
        """What is looked for in its documents, in order."""
        if self._rules is None:
            self._rules = [Rule(rule) for rule in _list(self._data.get("scopes"))]
        return self._rules

    @property
    def siblings(self) -> list[Rule]:
        """Rules whose `owner` tells name and image of what runs beside."""
        if self._siblings is None:
            self._siblings = [
                Rule({"at": entry.get("at", ""), "where": entry.get("where"), "owner": {"name": entry["name"], "image": entry["image"]}})
                for entry in _list(self._data.get("siblings"))
            ]
        return self._siblings


class Carriers:
    """All carriers, the more particular ones first, and the images that are known to send no mail."""

    __slots__ = ("_by_id", "_env_from", "_ignored", "_order", "mounted", "sections", "variables")

    def __init__(
        self, carriers: list[Carrier], ignored: list[str], variables: dict[str, str], sections: tuple[str, ...], mounted: dict[str, str]
    ) -> None:
        # Variables that hold a document, and the file name that says which.
        self.variables = variables
        # Of these the files that the program reads after the variable, where they lie in its container.
        self.mounted = mounted
        # Sections of INI files that settings modules read.
        self.sections = sections
        self._env_from: frozenset[str] | None = None
        self._order = sorted(carriers, key=lambda carrier: (-carrier.rank, carrier.id))
        self._by_id = {carrier.id: carrier for carrier in carriers}
        self._ignored = Globs(ignored)

    @property
    def env_from(self) -> frozenset[str]:
        """The keys under which containers say whose entries they take over."""
        if self._env_from is None:
            self._env_from = frozenset(key for carrier in self._order for key in carrier.env_from)
        return self._env_from

    def __iter__(self) -> Iterator[Carrier]:
        return iter(self._order)

    def get(self, name: str) -> Carrier | None:
        """A carrier by its id."""
        return self._by_id.get(name)

    def claiming(self, name: str, syntax: str, root: Node) -> Carrier | None:
        """The carrier that a document called `name` (a path, or an inner name) belongs to."""
        for carrier in self._order:
            if syntax in carrier.syntaxes and any(claim.fits(name, root) for claim in carrier.claims):
                return carrier
        return None

    def ignored(self, image: str) -> bool:
        """Whether an image, without registry and tag, is known to be no mail client."""
        return bool(image) and self._ignored.fits(image)


def prepare(data: Iterable[Lookup[str, Any]]) -> Carriers:
    """Carriers from the plain dicts of `rules/carriers/`."""
    carriers: list[Carrier] = []
    ignored: list[str] = []
    variables: dict[str, str] = {}
    mounted: dict[str, str] = {}
    sections: list[str] = []
    for entry in data:
        carriers.append(Carrier(entry))
        variables.update(entry.get("variables") or {})
        mounted.update(entry.get("mounted") or {})
        sections.extend(_list(entry.get("sections")))
        ignored.extend(str(image) for image in _list(entry.get("images_without_mail")))
    return Carriers(carriers, ignored, variables, tuple(sections), mounted)
