"""Kubernetes: ConfigMaps and Secrets that feed the environments of containers, in the same file or folder.

`envFrom` hands their entries on under their own names, so the endpoint stands where these are named. `valueFrom` gives a container's
variable the value of one entry, so it stands in the manifest. What nobody near it asks for is a scope of its own, of which only part can
be seen.
"""

from __future__ import annotations

import re

from smtplint.lazy import later
from smtplint.resolve import envfiles
from smtplint.resolve.index import join, parent
from smtplint.resolve.merge import clone, layered
from smtplint.source import Place
from smtplint.tree import Entry, Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.resolve import Project
    from smtplint.scope import Scope

_PASSWORD = later(r"pass|pwd|secret|token|key", re.IGNORECASE)
_KINDS = (b"ConfigMap", b"Secret", b"configMap", b"secret", b"envFrom", b"valueFrom")

_ASKING = (b"alueFrom", b"KeyRef")


def _files(project: Project, path: str) -> list[str]:
    """The manifests of a folder."""
    folder = parent(path)
    key = ("manifests", folder)
    found = project.memo.get(key)
    if isinstance(found, list):
        return found
    result = []
    for name in project.index.names(folder):
        if name.endswith((".yaml", ".yml", ".json")):
            data = project.index.read(join(folder, name))
            if data is not None and any(kind in data for kind in _KINDS):
                result.append(join(folder, name))
    if len(result) > 400:
        project.limit(folder, "has more than 400 manifests; references between them are not followed")
        result = []
    project.memo[key] = result
    return result


def _asks(scope: Scope) -> set[tuple[str, str]]:
    """(kind, name) of everything a container takes values from."""
    return {(kind, name) for kind, name, _, _ in scope.env_from} | {(kind, name) for kind, name, _ in scope.value_from.values()}


def _providers(project: Project, path: str) -> dict[tuple[str, str], list[Scope]]:
    """The ConfigMaps and Secrets of a folder by kind and name."""
    key = ("providers", parent(path))
    found = project.trees.get(key)
    if isinstance(found, dict):
        return found
    result: dict[tuple[str, str], list[Scope]] = {}
    for file in _files(project, path):
        for scope in project.raw(file):
            if scope.provides[0] and scope.kind == "environment":
                result.setdefault(scope.provides[:2], []).append(scope)
    project.trees[key] = result
    return result


def _asked(project: Project, path: str) -> dict[tuple[str, str], list[str]]:
    """What the containers of a folder take values from, and the files they stand in."""
    key = ("asked", parent(path))
    found = project.memo.get(key)
    if isinstance(found, dict):
        return found
    result: dict[tuple[str, str], list[str]] = {}
    words = (*_ASKING, *(word.encode() for word in project.carriers.env_from))
    for file in _files(project, path):
        data = project.index.read(file) or b""
        if not any(word in data for word in words):
            continue  # of many manifests few ask for anything, and only those are parsed
        for scope in project.raw(file):
            for wanted in _asks(scope):
                result.setdefault(wanted, []).append(file)
    project.memo[key] = result
    return result


def roots(project: Project, path: str) -> list[str]:
    """The manifests whose containers a file feeds."""
    wanted = {scope.provides[:2] for scope in project.raw(path) if scope.provides[0]}
    if not wanted:
        return []
    asked = _asked(project, path)
    return sorted({file for one in wanted for file in asked.get(one, ())})


def scopes(project: Project, path: str) -> list[Scope]:
    """The scopes of a manifest."""
    raw = project.raw(path)
    asked = _asked(project, path)
    result = []
    for scope in raw:
        if project.carriers.ignored(scope.owner.image):
            continue
        if scope.provides[0] and scope.kind == "environment":
            if scope.provides[:2] not in asked:
                # Who reads it, and what else that takes, lies somewhere else.
                result.append(clone(envfiles.resolved(project, scope, raw), complete=False))
            continue
        result.append(_fed(project, path, scope, raw))
    return result


def _fed(project: Project, path: str, scope: Scope, raw: list[Scope]) -> Scope:
    """A container with what ConfigMaps and Secrets give it."""
    if not scope.env_from and not scope.value_from:
        return envfiles.resolved(project, scope, raw)
    providers = _providers(project, path)
    complete = scope.complete
    layers: list[list[Entry]] = []
    via: dict[str, Place] = {}
    secret = scope.secret
    for kind, name, prefix, _ in scope.env_from:
        found = _pick(providers.get((kind, name), []), scope) if name else None
        if found is None:
            complete = False
            continue
        if found.env_files:
            found = envfiles.with_env_files(project, found)
        complete = complete and found.complete
        entries = [_guarded(entry, found) for entry in found.root.entries]
        if prefix:
            entries = [Entry(entry.key.but(text=prefix + entry.key.text), entry.value, conditional=entry.conditional) for entry in entries]
        if scope.anchor is not None:
            via.setdefault(found.source.path, scope.anchor)
        layers.append(entries)
    own = []
    for entry in scope.root.entries:
        ref = scope.value_from.get(entry.key.text)
        if ref is not None and isinstance(entry.value, Scalar) and entry.value.state == "unresolved":
            target = _pick(providers.get(ref[:2], []), scope)
            given = target.root.entry(ref[2]) if target is not None else None
            value = _guarded(given, target).value if given is not None and target is not None else None
            if isinstance(value, Scalar):
                entry = Entry(entry.key, value.but(via=(entry.value.place, *value.via)), conditional=entry.conditional)
        own.append(entry)
    layers.append(own)
    result = envfiles.owned(clone(scope, complete=complete, env_from=(), value_from={}, secret=secret), layered(layers), via)
    return envfiles.expand_alone(result, raw)


def _guarded(entry: Entry, provider: Scope) -> Entry:
    """An entry of a Secret: a password in it lies where it should, so it counts as a reference, not as a literal."""
    value = entry.value
    if provider.secret and isinstance(value, Scalar) and _PASSWORD.search(entry.key.text):
        return Entry(entry.key, value.but(text="", state="unresolved"), conditional=entry.conditional)
    return entry


def _pick(found: list[Scope], scope: Scope) -> Scope | None:
    """The one of several of the same name that is meant: that of the same file, else the only one."""
    here = [one for one in found if one.source.path == scope.source.path]
    if len(here or found) == 1:
        return (here or found)[0]
    return None
