"""Files that lie over other files of their kind: which kind a file is of, Spring profiles and .NET environments. The others have modules
of their own: `compose`, `helm`, `symfony`.

A merge that always happens (compose's own override file) changes the one world and keeps the first file. An overlay that somebody
chooses (`docker-compose.prod.yml`, `application-prod.yml`, `appsettings.Production.json`, `values-prod.yaml`) is a world of its own, and
its file is the overlay; one that says nothing about mail, or only switches it off, adds none.
"""

from __future__ import annotations

import re

from smtplint import carriers as carrying
from smtplint.catalog.condition import UNKNOWN
from smtplint.lazy import later
from smtplint.listing import COMPOSE
from smtplint.readers import Document
from smtplint.resolve import compose, envfiles
from smtplint.resolve.index import join, name_of, parent
from smtplint.resolve.merge import blurred, clone, expanded_root, flat, is_mail, is_switch, merged, speaks
from smtplint.scope import Scope
from smtplint.tree import Entry, Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from smtplint.resolve import Project
    from smtplint.tree import Node

    Family = Callable[[Project, str], list[Scope]]

MAX_WORLDS = 8
_SPRING = later(r"application(?:-([\w.-]+?))?\.(ya?ml|properties)\Z")
_DOTNET = later(r"appsettings(?:\.([\w-]+))?\.json\Z", re.IGNORECASE)


# Most names need none of the patterns, so none is compiled for them.
def _spring_name(name: str) -> re.Match[str] | None:
    return _SPRING.match(name) if name.startswith("application") else None


def _dotnet_name(name: str) -> re.Match[str] | None:
    return _DOTNET.match(name) if name.lower().startswith("appsettings") else None


def family(project: Project, path: str, raw: list[Scope]) -> Family | None:
    """What resolves the scopes of a file that may lie over others, or under them; None when it stands alone."""
    name = name_of(path)
    loaded = project.peek(path)
    if loaded is None or not loaded.documents:
        return None
    root = loaded.documents[0].root
    if compose.is_compose(project, path, raw):
        return compose.scopes
    if any(scope.interpolation == "symfony" for scope in raw):
        from smtplint.resolve import symfony

        return symfony.scopes
    if _spring_name(name) and not (isinstance(root, Mapping) and root.get("apiVersion") is not None):
        return spring
    if _dotnet_name(name):
        return dotnet
    return _values(project, path)


def _values(project: Project, path: str) -> Family | None:
    """What resolves the values of a chart; None for any other file."""
    if "values" not in name_of(path):
        return None
    from smtplint.resolve import helm

    return helm.scopes if helm.is_values(project, path) else None


def roots(project: Project, path: str) -> list[str]:
    """The files of the same kind whose scopes a file can show up in."""
    name, folder = name_of(path), parent(path)
    names = project.index.names(folder)
    match = _spring_name(name)
    if match is not None:
        return [
            join(folder, one) for one in names if (found := _spring_name(one)) and (not match.group(1) or found.group(1) == match.group(1))
        ]
    if _dotnet_name(name):
        return [join(folder, one) for one in names if _dotnet_name(one)]
    if _values(project, path) is not None:
        from smtplint.resolve import helm

        return helm.roots(project, path)
    if name.endswith((".yml", ".yaml")) and (COMPOSE.match(name) or compose.is_compose(project, path)):
        return compose.family(project, path)
    if "config/" not in path:
        return []
    from smtplint.resolve import symfony

    return symfony.roots(project, path)


def _root(project: Project, path: str) -> Node | None:
    loaded = project.peek(path)
    return loaded.documents[0].root if loaded is not None and loaded.documents else None


# --- Spring and Quarkus


def _fold_spring(key: str) -> str:
    """Relaxed binding: dashes and case do not count."""
    return key.lower().replace("-", "").replace("[", "").replace("]", "").replace('"', "")


class _Part:
    """One document of a Spring file: for which profile ("" always), from which file."""

    __slots__ = ("path", "profile", "root")

    def __init__(self, path: str, profile: str, root: Mapping) -> None:
        self.path = path
        self.profile = profile
        self.root = root


def _spring_parts(project: Project, path: str) -> list[_Part]:
    """The documents of a Spring file, those for profiles marked; Quarkus' prefixes count as documents of their own."""
    loaded = project.load(path)
    if loaded is None:
        return []
    match = _spring_name(name_of(path))
    own = match.group(1) or "" if match is not None else ""
    parts: list[_Part] = []
    for document in loaded.documents:
        root = document.root
        if not isinstance(root, Mapping):
            continue
        settings = flat(root, _fold_spring)
        profile = own
        for key in ("spring.config.activate.onprofile", "spring.profiles"):
            found = settings.get(key)
            value = found.value if found is not None else None
            if isinstance(value, Sequence) and value.items:
                value = value.items[0]
            if isinstance(value, Scalar) and value.text:
                profile = value.text
        parts.extend(_by_prefix(path, profile, root))
    return parts


def _by_prefix(path: str, profile: str, root: Mapping) -> list[_Part]:
    """Quarkus writes `%prod.quarkus.mailer.host` for what holds under a profile only."""
    if not any(entry.key.text.startswith("%") for entry in root.entries):
        return [_Part(path, profile, root)]
    groups: dict[str, list[Entry]] = {"": []}
    for entry in root.entries:
        text = entry.key.text
        head, dot, rest = text[1:].partition(".")
        if not text.startswith("%"):
            groups[""].append(entry)
        elif dot:
            key = entry.key.but(text=rest, start=entry.key.start + (len(text) - len(rest) if entry.key.raw == text else 0))
            for one in head.split(","):
                groups.setdefault(one.strip("% "), []).append(Entry(key, entry.value, conditional=entry.conditional))
        elif isinstance(entry.value, Mapping):
            for one in head.split(","):
                groups.setdefault(one.strip("% "), []).extend(entry.value.entries)
    parts = []
    for name, entries in groups.items():
        part = Mapping(root.source, root.start, root.end, entries, partial=root.partial)
        parts.append(_Part(path, (name and f"%{name}") or profile, part))
    return parts


def spring(project: Project, path: str) -> list[Scope]:
    """The worlds of a Spring or Quarkus application that belong to one of its files."""
    folder = parent(path)
    match = _spring_name(name_of(path))
    own = match.group(1) or "" if match is not None else ""
    base_parts: list[_Part] = []
    profile_files: dict[str, list[str]] = {}
    for name in _spring_order(project.index.names(folder)):
        found = _spring_name(name)
        if found is None:
            continue
        if found.group(1):
            profile_files.setdefault(found.group(1), []).append(join(folder, name))
        else:
            base_parts.extend(_spring_parts(project, join(folder, name)))
    always = [part for part in base_parts if not part.profile]
    quarkus = {part.profile for part in base_parts if part.profile.startswith("%")}
    raw = [scope for scope in project.raw(path) if scope.kind == "document"]
    if not raw:
        return envfiles.generic(project, project.raw(path))
    scope = raw[0]
    worlds: list[tuple[str, list[_Part]]] = []
    if own:
        parts = [part for file in profile_files.get(own, ()) for part in _spring_parts(project, file)]
        more = [part for part in base_parts if _active(part.profile, own)]
        chosen = [*always, *more, *parts]
        if _first_speaking(parts) == path and not _only_switch(parts):
            worlds.append((own, chosen))
    else:
        if quarkus:
            # Without a profile of its own a packaged Quarkus application runs as prod.
            prod = [part for part in base_parts if part.profile == "%prod"]
            if _first_speaking([*always, *prod]) == path:
                worlds.append(("", [*always, *prod]))
        elif _first_speaking(always) == path:
            worlds.append(("", always))
        for profile in dict.fromkeys(part.profile for part in base_parts if part.profile and part.profile != "%prod"):
            parts = [part for part in base_parts if part.profile == profile]
            if _first_speaking(parts) == path and not _only_switch(parts):
                worlds.append((profile, [*always, *parts]))
    trees = [(profile, _together(parts, _fold_spring)) for profile, parts in worlds[: MAX_WORLDS + 1]]
    if len(worlds) > MAX_WORLDS:
        project.limit(path, f"has more than {MAX_WORLDS} profiles; what differs between them is taken as unknown")
        chosen = [part for profile, parts in worlds if profile for part in parts if part.profile == profile]
        below = worlds[0][1] if not worlds[0][0] else always
        base = _together(below, _fold_spring) if below else Mapping(scope.root.source, scope.root.start, scope.root.end, [])
        trees = [("", blurred(base, (part.root for part in chosen), _fold_spring, "differs between profiles"))]
    result = []
    for profile, root in trees:
        values = flat(root, _fold_spring)

        def look_up(name: str, values: dict[str, Entry] = values) -> object:
            found = values.get(_fold_spring(name))
            return found.value if found is not None and isinstance(found.value, Scalar) else UNKNOWN

        root = expanded_root(root, "spring", look_up)
        branch = f"profile {profile.lstrip('%')}" if profile else ""
        result.append(clone(scope, root=root, path="", branch=branch, complete=not root.partial, template=root.partial))
    return result + [envfiles.expand_alone(one) for one in project.raw(path) if one.kind != "document"]


def _spring_order(names: Iterable[str]) -> list[str]:
    """YAML first: where both lie in one folder, properties win."""
    return sorted(names, key=lambda name: (name.endswith(".properties"), name))


def _active(condition: str, profile: str) -> bool:
    return bool(condition) and profile in re.split(r"[\s,|&()]+", condition) and "!" not in condition


def _together(parts: list[_Part], fold: Callable[[str], str]) -> Mapping:
    root = parts[0].root
    for part in parts[1:]:
        root = merged(root, part.root, fold)
    return root


def _mail_keys(parts: Iterable[_Part]) -> dict[str, str]:
    """Folded paths of the mail settings, and the file of each."""
    return {key: entry.key.source.path for part in parts for key, entry in flat(part.root, _fold_spring).items() if is_mail(key)}


def _first_speaking(parts: list[_Part]) -> str:
    """The file with most of the mail settings, "" when there are none."""
    counts: dict[str, int] = {}
    for file in _mail_keys(parts).values():
        counts[file] = counts.get(file, 0) + 1
    return max(counts, key=lambda file: (counts[file], file), default="")


def _only_switch(parts: list[_Part]) -> bool:
    return all(is_switch(key) for key in _mail_keys(parts))


# --- .NET


def dotnet(project: Project, path: str) -> list[Scope]:
    """`appsettings.json` runs alone and under every `appsettings.<Environment>.json` beside it."""
    folder = parent(path)
    match = _dotnet_name(name_of(path))
    environment = match.group(1) if match is not None else None
    raw = project.raw(path)
    if environment is None:
        return envfiles.generic(project, raw)
    base = next((join(folder, name) for name in project.index.names(folder) if (found := _dotnet_name(name)) and not found.group(1)), "")
    return _over(project, path, base, f"environment {environment}", str.lower)


def _over(project: Project, path: str, base: str, branch: str, fold: Callable[[str], str]) -> list[Scope]:
    """The scopes of an overlay merged over a base file that always lies under it."""
    loaded = project.peek(path)
    root, below = _root(project, path), _root(project, base) if base else None
    if loaded is None or not isinstance(root, Mapping) or not isinstance(below, Mapping):
        return envfiles.generic(project, project.raw(path))
    if not speaks(root, fold):
        return []
    together = merged(below, root, fold)
    document = Document(together, 0, len(loaded.source.text))
    scopes = carrying.scopes(loaded.source, loaded.syntax, [document], project.carriers)
    return [clone(one, branch=branch) for one in envfiles.generic(project, scopes)]
