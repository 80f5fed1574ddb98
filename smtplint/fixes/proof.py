"""A fix is offered only after it was tried: the edited text is linted again, in memory."""

from __future__ import annotations

import copy

from smtplint import readers
from smtplint.judge import judge
from smtplint.linter import collect
from smtplint.resolve import Project
from smtplint.result import LEVEL_RANK
from smtplint.source import Source, SourceError
from smtplint.tree import Mapping, Scalar, nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Sequence

    from smtplint.catalog import Catalog
    from smtplint.config import Options
    from smtplint.endpoint import Endpoint
    from smtplint.finding import Edit, Finding

_MARKS = {
    "utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "utf-32-le": b"\xff\xfe\x00\x00",
    "utf-32-be": b"\x00\x00\xfe\xff",
}  # fmt: skip
GOALS = {"starttls": "starttls", "implicit": "implicit"}


class View:
    """What a few files lead to: endpoints by identity, findings, and the level of each by (rule, endpoint)."""

    __slots__ = ("endpoints", "findings", "levels")

    def __init__(self, endpoints: list[Endpoint], findings: list[Finding]) -> None:
        self.endpoints = {endpoint.id: endpoint for endpoint in endpoints}
        self.findings = findings
        self.levels = {(finding.rule, endpoint.id): finding.level for finding in findings for endpoint in finding.endpoints}


def encoded(source: Source, text: str) -> bytes:
    """A text as the bytes of the file that `source` was decoded from."""
    return (_MARKS[source.encoding] if source.bom else b"") + text.encode(source.encoding)


def spliced(text: str, edits: Iterable[Edit]) -> str:
    """A text with edits applied, which do not overlap."""
    for edit in sorted(edits, key=lambda one: (one.place.start, one.place.end), reverse=True):
        text = text[: edit.place.start] + edit.text + text[edit.place.end :]
    return text


def by_file(edits: Iterable[Edit]) -> dict[str, list[Edit]]:
    """Edits by display path."""
    found: dict[str, list[Edit]] = {}
    for edit in edits:
        found.setdefault(edit.place.path, []).append(edit)
    return found


class Session:
    """A project in which some files may have other bytes than on disk. `named` are the files the run was asked about."""

    def __init__(self, project: Project, named: Sequence[str], options: Options, catalog: Catalog) -> None:
        self.project = project
        self.named = tuple(named)
        self.options = options
        self.catalog = catalog
        self._views: dict[tuple[str, ...], View] = {}
        self._leaves: dict[str, Counter[str] | None] = {}
        # The rules whose findings came with the last edits that were tried and refused for that.
        self.came: frozenset[str] = frozenset()

    def forked(self, changed: dict[str, bytes]) -> Session:
        """The same project with other bytes for some of its files. What is known about names and about other files is kept."""
        old = self.project
        index = copy.copy(old.index)
        index.overrides = {**old.index.overrides, **changed}
        index.data = {path: data for path, data in old.index.data.items() if path not in changed}
        project = copy.copy(old)
        project.index = index
        project.notifications = []
        project.sources = {path: source for path, source in old.sources.items() if path not in changed}
        project.memo, project.trees = {}, {}
        project._noted = set()
        project._loaded = {path: loaded for path, loaded in old._loaded.items() if path not in changed}
        project._errors = {path: error for path, error in old._errors.items() if path not in changed}
        project._raw, project._problems, project._scopes, project._evidence = {}, {}, {}, {}
        return Session(project, self.named, self.options, self.catalog)

    def view(self, named: Sequence[str] = ()) -> View:
        """Endpoints and findings of some files (all that the run was asked about when none is given), kept."""
        key = tuple(sorted(set(named or self.named)))
        found = self._views.get(key)
        if found is None:
            endpoints = collect(self.project, key, self.options, self.catalog)
            found = self._views[key] = View(endpoints, judge(endpoints, self.catalog))
        return found

    def leaves(self, source: Source) -> Counter[str] | None:
        """The pieces of a file of this project, kept."""
        if source.path not in self._leaves:
            self._leaves[source.path] = leaves(source, self.project)
        return self._leaves[source.path]

    def after(self, edits: Sequence[Edit]) -> Session | None:
        """The project with edits applied; None when a file is another one by now, does not parse, or changes beyond the edits."""
        changed: dict[str, bytes] = {}
        for path, own in by_file(edits).items():
            source = self.project.source(path)
            data = self.project.index.read(path)
            if source is None or data is None or source.text != own[0].place.source.text or encoded(source, source.text) != data:
                return None
            text = spliced(source.text, own)
            if not self._same_but_for(source, text, own):
                return None
            changed[path] = encoded(source, text)
        return self.forked(changed)

    def _same_but_for(self, source: Source, text: str, edits: list[Edit]) -> bool:
        """Whether the file still parses, and to the same pieces, except for one per replaced value and for new ones."""
        edited = Source(source.path, text, bom=source.bom, encoding=source.encoding)
        before, after = self.leaves(source), leaves(edited, self.project)
        if before is None or after is None:
            return False
        replaced = sum(not edit.text.startswith(("\n", "\r", ",")) for edit in edits)
        # A line that is put in may hold several levels, an item of a list name and value.
        added = sum(1 + edit.text.count("\n") + edit.text.count(",") for edit in edits if edit.text)
        within = _embedded(source, edits, self.project)
        return sum((before - after).values()) <= replaced + within and sum((after - before).values()) <= added + within

    def cured(
        self, finding: Finding, edits: Sequence[Edit], goal: str, values: dict[str, object], *, strict: bool
    ) -> list[tuple[Endpoint, Endpoint]] | None:
        """The endpoints of a finding before and after, when the edits take it away and bring nothing new; else None.

        `strict`: every value that the remedy names must hold afterwards. A fact that was known must still be, no other endpoint may appear,
        vanish or change its host, and no finding may come that is at least a warning, or as grave as the one that goes.
        """
        self.came = frozenset()
        named = sorted({*by_file(edits), *(endpoint.file for endpoint in finding.endpoints)})
        before = self.view(named)
        own = next((one for one in before.findings if one.rule == finding.rule and one.place.key == finding.place.key), None)
        if own is None:
            return None
        session = self.after(edits)
        if session is None:
            return None
        try:
            after = session.view(named)
        except SourceError:
            return None
        if before.endpoints.keys() != after.endpoints.keys():
            return None
        bound = max(LEVEL_RANK[finding.level], LEVEL_RANK["warning"])
        self.came = frozenset(key[0] for key, level in after.levels.items() if key not in before.levels and LEVEL_RANK[level] <= bound)
        if self.came:
            return None
        for name, old in before.endpoints.items():
            new = after.endpoints[name]
            if (old.role, old.enabled) != (new.role, new.enabled):
                return None
            if old.host != new.host and (goal != "host" or new.host != values["host"]):
                return None
            if _lost(old, new):
                return None
        pairs = [(before.endpoints[one.id], after.endpoints[one.id]) for one in own.endpoints]
        for _old, new in pairs:
            if (finding.rule, new.id) in after.levels:
                return None
            if goal in GOALS and new.mode != GOALS[goal]:
                return None
            if goal == "verify" and new.verify is not True:
                return None
            if strict and not all(_holds(new, name, value) for name, value in values.items()):
                return None
        if any(edit.place.path != finding.endpoint.file for edit in edits):
            # A value in another file: nobody else may take it.
            own_ids = {one.id for one in own.endpoints}
            if any(_facts(old) != _facts(after.endpoints[name]) for name, old in before.endpoints.items() if name not in own_ids):
                return None
        return pairs


def _lost(old: Endpoint, new: Endpoint) -> bool:
    """Whether a fact was known and is not any more."""
    return (
        (new.mode in ("unknown", "invalid") and old.mode not in ("unknown", new.mode))
        or (new.port is None and old.port is not None)
        or (new.verify is None and old.verify is not None)
        or (new.auth != "set" and old.auth == "set")
    )


def _facts(endpoint: Endpoint) -> tuple[object, ...]:
    return (endpoint.port, endpoint.modes, endpoint.verify, endpoint.verify_hostname, endpoint.tls_min, endpoint.tls_max, endpoint.timeout)


def _holds(endpoint: Endpoint, name: str, value: object) -> bool:
    if name == "port":
        return endpoint.port == value
    field = endpoint.fields.get(name)
    if value is None:
        return endpoint.recognition is not None and name not in endpoint.recognition.found
    return field is not None and field.state != "unresolved" and (field.value == value or str(field.value).lower() == str(value).lower())


def _embedded(source: Source, edits: list[Edit], project: Project) -> int:
    """How many scalars of the outer file hold a document into which something is inserted (a block scalar is one piece)."""
    if readers.syntax_of(source.path) not in ("yaml", "json", "toml"):
        return 0
    loaded = project.peek(source.path)
    if loaded is None:
        return 0
    found = set()
    inserted = [edit.place.start for edit in edits if edit.place.start == edit.place.end]
    for document in loaded.documents:
        for node in nodes(document.root, set()):
            if isinstance(node, Scalar) and any(node.start < at <= node.end for at in inserted) and "\n" in node.raw:
                found.add(node.start)
    return len(found)


def leaves(source: Source, project: Project) -> Counter[str] | None:
    """What a file says, piece by piece, without places and without the numbers of list items; None when it cannot be read.

    The texts stay in memory: they are compared, never shown.
    """
    from collections import Counter

    from smtplint import carriers as carrying

    syntax = readers.syntax_of(source.path) or carrying.syntax_for(source.path, project.carriers)
    if syntax == "python":
        from smtplint.fixes import python

        found = python.leaves(source.text)
        return found if found is not None and python.reads(source.text) else None
    if syntax in ("", "markdown"):
        return Counter(source.text.splitlines())
    try:
        documents = readers.read(source, syntax)
    except SourceError:
        return None
    result: Counter[str] = Counter()
    for number, document in enumerate(documents):
        stack: list[tuple[object, str]] = [(document.root, str(number))]
        # What several places of the tree share (defaults of msmtp, aliases) is written once.
        seen: set[tuple[int, int]] = set()
        budget = 200_000
        while stack and budget:
            budget -= 1
            node, path = stack.pop()
            if isinstance(node, Scalar):
                if node.end > node.start:
                    if (node.start, node.end) in seen:
                        continue
                    seen.add((node.start, node.end))
                result[f"{path}={node.type}:{node.tag}:{node.state}:{node.text}"] += 1
            elif isinstance(node, Mapping):
                stack.extend((entry.value, f"{path}\0{entry.key.text}") for entry in node.entries)
            else:
                stack.extend((item, f"{path}\0-") for item in node.items)  # type: ignore[attr-defined]
    return result


__all__ = ["Session", "View", "by_file", "encoded", "leaves", "spliced"]
