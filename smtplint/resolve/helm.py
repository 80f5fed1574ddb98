"""Helm: a chart's own values, values files that lie over them, and parent charts whose values lie over those of their dependencies.

What a parent says under the name (or alias) of a dependency wins over the values of that chart, so where it says something about mail the
endpoint is the parent's: `values.yaml` of the umbrella, with the dependency's own values underneath.
"""

from __future__ import annotations

from smtplint import carriers as carrying
from smtplint.lazy import later
from smtplint.listing import VALUES
from smtplint.readers import Document
from smtplint.resolve import envfiles
from smtplint.resolve.index import Kind, join, name_of, parent
from smtplint.resolve.merge import clone, merged, plain, speaks
from smtplint.scope import Owner, Scope
from smtplint.tree import Entry, Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.resolve import Project

_BASE = ("values.yaml", "values.yml")
_CHARTS = Kind(("chart.yaml",), ("chart.yaml",), later(r"Chart\.yaml\Z"), named=True)


def is_values(project: Project, path: str) -> bool:
    """Whether a file holds values of the chart in its folder."""
    return VALUES.match(name_of(path)) is not None and project.index.exists(join(parent(path), "Chart.yaml"))


def _mapping(project: Project, path: str) -> Mapping | None:
    loaded = project.peek(path) if path else None
    root = loaded.documents[0].root if loaded is not None and loaded.documents else None
    return root if isinstance(root, Mapping) else None


def _base(project: Project, folder: str) -> str:
    names = project.index.names(folder)
    return next((join(folder, name) for name in _BASE if name in names), "")


class _Dependency:
    """A chart that another one takes in: under which key of the parent's values, and in which folder it lies ("" when not here)."""

    __slots__ = ("chart", "folder", "key", "switches")

    def __init__(self, chart: str, key: str, folder: str, switches: list[str]) -> None:
        self.chart = chart
        self.key = key
        self.folder = folder
        self.switches = switches


def _text(node: object) -> str:
    return node.text if isinstance(node, Scalar) and node.state == "known" else ""


def _dependencies(project: Project, folder: str) -> list[_Dependency]:
    """The dependencies of the chart in a folder: those that it lists, and what else lies in `charts/`."""
    key = ("dependencies", folder)
    found = project.memo.get(key)
    if isinstance(found, list):
        return found
    result: list[_Dependency] = []
    listed: set[str] = set()
    exists = project.index.exists
    for file in ("Chart.yaml", "requirements.yaml"):
        # Most charts have none: they are not parsed for it.
        data = project.index.read(join(folder, file)) if exists(join(folder, file)) else None
        root = _mapping(project, join(folder, file)) if data is not None and b"dependencies" in data.replace(b"\0", b"") else None
        items = root.get("dependencies") if root is not None else None
        for item in items.items if isinstance(items, Sequence) else ():
            chart = _text(item.get("name")) if isinstance(item, Mapping) else ""
            if not chart or not isinstance(item, Mapping):
                continue
            repository = _text(item.get("repository"))
            places = [join(folder, f"charts/{chart}")]
            if repository.startswith("file://"):
                places.insert(0, project.index.reach(folder, repository[len("file://") :]))
            here = next((one for one in places if one and exists(join(one, "Chart.yaml"))), "")
            switches = [one.strip() for one in _text(item.get("condition")).split(",") if one.strip()]
            result.append(_Dependency(chart, _text(item.get("alias")) or chart, here, switches))
            listed.add(here)
    for path in _inside(project, folder):
        own = parent(path)
        if own not in listed:
            root = _mapping(project, path)
            name = _text(root.get("name")) if root is not None else ""
            if name:
                result.append(_Dependency(name, name, own, []))
    project.memo[key] = result
    return result


def _inside(project: Project, folder: str) -> list[str]:
    """The files that name the charts in the folder `charts/` of a chart."""
    key = ("charts inside", project.index.top(folder))
    found = project.memo.get(key)
    if not isinstance(found, dict):
        inside: dict[str, list[str]] = {}
        for path in project.index.matching(folder, _CHARTS):
            inside.setdefault(parent(parent(path)), []).append(path)
        project.memo[key] = found = inside
    held: list[str] = found.get(join(folder, "charts"), [])
    return held


def _off(values: Mapping, dependency: _Dependency) -> bool:
    """Whether values switch a dependency off: the first path of its `condition` that leads to a boolean decides."""
    for path in dependency.switches:
        node: object = values
        for part in path.split("."):
            node = node.get(part) if isinstance(node, Mapping) else None
        text = _text(node)
        if text in ("true", "false"):
            return text == "false"
    return False


def _parents(project: Project, folder: str) -> list[str]:
    """The folders of the charts that take in the chart of a folder."""
    key = ("parent charts", folder)
    found = project.memo.get(key)
    if isinstance(found, list):
        return found
    result = []
    for path in project.index.near(folder, _CHARTS):
        above = parent(path)
        if above != folder and any(one.folder == folder for one in _dependencies(project, above)):
            result.append(above)
    project.memo[key] = result
    return result


def _taken(project: Project, folder: str) -> bool:
    """Whether a parent chart says something about mail to the chart of a folder, so that its values stand there."""
    for above in _parents(project, folder):
        values = _mapping(project, _base(project, above))
        if values is None:
            continue
        for one in _dependencies(project, above):
            if one.folder == folder and not _off(values, one) and speaks(values.get(one.key), plain):
                return True
    return False


def roots(project: Project, path: str) -> list[str]:
    """The values files whose scopes a values file can show up in."""
    folder, name = parent(path), name_of(path)
    if name not in _BASE:
        return []
    result = [join(folder, one) for one in project.index.names(folder) if VALUES.match(one)]
    seen = {folder}
    todo = list(_parents(project, folder))
    while todo and len(seen) < 50:
        above = todo.pop()
        if above not in seen:
            seen.add(above)
            result.extend(join(above, one) for one in project.index.names(above) if VALUES.match(one))
            todo.extend(_parents(project, above))
    return result


def scopes(project: Project, path: str) -> list[Scope]:
    """The scopes of a values file, with what lies under it."""
    folder = parent(path)
    base = _base(project, folder)
    root, below = _mapping(project, path), _mapping(project, base)
    if root is None:
        return envfiles.generic(project, project.raw(path))
    if path == base:
        return [] if _taken(project, folder) else _split(project, folder, root, root, path, "")
    if below is None:
        return _split(project, folder, root, root, path, "")
    return _split(project, folder, merged(below, root), root, path, f"values {name_of(path)}") if speaks(root, plain) else []


def _split(project: Project, folder: str, values: Mapping, own: Mapping, path: str, branch: str) -> list[Scope]:
    """The scopes of a chart and of its dependencies. `own`: what the file itself says; `values`: with what lies under it."""
    loaded = project.peek(path)
    assert loaded is not None
    chart = _mapping(project, join(folder, "Chart.yaml"))
    rest = values
    result: list[Scope] = []
    for one in _dependencies(project, folder):
        inside = values.get(one.key)
        if not isinstance(inside, Mapping):
            continue
        rest = Mapping(
            rest.source, rest.start, rest.end, [entry for entry in rest.entries if entry.key.text != one.key], partial=rest.partial
        )
        if _off(values, one) or (branch and not speaks(own.get(one.key), plain)):
            continue
        under = _mapping(project, _base(project, one.folder)) if one.folder and speaks(inside, plain) else None
        entry = next(entry for entry in values.entries if entry.key.text == one.key)
        whole = merged(under, inside) if under is not None else inside
        part = Mapping(values.source, values.start, values.end, [Entry(entry.key, whole)], partial=values.partial)
        result += _carried(project, path, part, one.chart, branch)
    found = _carried(project, path, rest, _text(chart.get("name")) if chart is not None else "", branch)
    return [*found, *result]


def _carried(project: Project, path: str, root: Mapping, chart: str, branch: str) -> list[Scope]:
    loaded = project.peek(path)
    assert loaded is not None
    raw = carrying.scopes(loaded.source, loaded.syntax, [Document(root, 0, len(loaded.source.text))], project.carriers)
    result = []
    for scope in envfiles.generic(project, raw):
        old = scope.owner
        owner = old
        if chart and not old.chart:
            owner = Owner(old.name, old.image, old.image_tag, chart, old.uses, old.uses_ref, old.module, old.siblings, old.image_at)
            owner.folder = old.folder
        result.append(clone(scope, branch=branch, owner=owner))
    return result
