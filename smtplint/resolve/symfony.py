"""Symfony: `%env(NAME)%` in `config/` is filled from the `.env` cascade of the project, and `%name%` from parameters, also of other files.

An env file whose mail settings the configuration asks for is no scope of its own: its names are variables of the configuration.
"""

from __future__ import annotations

from smtplint.catalog.condition import UNKNOWN
from smtplint.lazy import later
from smtplint.resolve import envfiles
from smtplint.resolve.index import Kind, join, parent
from smtplint.resolve.interpolate import names_in
from smtplint.resolve.merge import clone, expanded_root, without_doubt
from smtplint.scope import Scope
from smtplint.tree import Mapping, Scalar, scalars

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtplint.resolve import Project
    from smtplint.tree import Entry

MAX_WORLDS = 8
_CONFIG = later(r"\A(?:(.*)/)?(?:config|app/config)/(?:[\w.-]+/)*[\w.-]+\.ya?ml\Z")
_CONFIGURATION = Kind(("config",), (".yaml", ".yml"), _CONFIG)
# Where parameters stand by convention.
_PARAMETERS = tuple(
    f"{folder}/{name}.{ending}"
    for folder, names in (("config", ("parameters", "services")), ("app/config", ("parameters", "config", "services")))
    for name in names
    for ending in ("yaml", "yml")
)


def folder_of(path: str) -> str | None:
    """The project folder of a configuration file, where its env files lie; None when it is no such file."""
    match = _CONFIG.match(path)
    return (match.group(1) or "") if match is not None else None


def asked(project: Project, path: str) -> frozenset[str]:
    """The environment variables that a configuration file, and the parameters that it may use, refer to."""
    key = ("asked by symfony", path)
    found = project.memo.get(key)
    if isinstance(found, frozenset):
        return found
    names: set[str] = set()
    folder = folder_of(path)
    for file in (path, *(_parameter_files(project, folder) if folder is not None else ())):
        for scope in project.raw(file):
            if scope.interpolation == "symfony":
                for scalar in scalars(scope.root):
                    if scalar.state == "known" and "%" in scalar.text:
                        names.update(name for name in names_in(scalar.text, "symfony") if not name.startswith("%"))
    result = frozenset(names)
    project.memo[key] = result
    return result


def _parameter_files(project: Project, folder: str) -> list[str]:
    return [path for path in (join(folder, name) for name in _PARAMETERS) if project.index.exists(path)]


def _speaking(project: Project, folder: str) -> list[str]:
    """The configuration files of a project that say something about mail."""
    near = project.index.near(folder, _CONFIGURATION)
    return [path for path in near if folder_of(path) == folder and b"mail" in (project.index.read(path) or b"").lower()]


def readers(project: Project, path: str, entries: Iterable[Entry]) -> tuple[list[str], bool]:
    """The configuration files that ask for something of an env file, and whether that takes over its mail settings."""
    names = {entry.key.text for entry in entries}
    found, taken = [], False
    for file in _speaking(project, parent(path)):
        wanted = asked(project, file)
        if wanted & names:
            found.append(file)
            taken = taken or envfiles.takes(wanted, entries)
    return found, taken


def roots(project: Project, path: str) -> list[str]:
    """The configuration files that a file with parameters feeds."""
    folder = folder_of(path)
    if folder is None or path not in _parameter_files(project, folder) or b"parameters" not in (project.index.read(path) or b""):
        return []
    return _speaking(project, folder)


def scopes(project: Project, path: str) -> list[Scope]:
    """The scopes of a configuration file, once for every environment whose env files say something that it asks for."""
    raw = project.raw(path)
    folder = folder_of(path)
    if folder is None:
        return envfiles.generic(project, raw)
    wanted = asked(project, path)
    modes = [""]
    for name in project.index.names(folder):
        mode = envfiles.mode_of(name)
        if mode and mode not in modes:
            said = [
                *(envfiles.entries_of(project, join(folder, f".env.{mode}")) or ()),
                *(envfiles.entries_of(project, join(folder, f".env.{mode}.local")) or ()),
            ]
            if any(entry.key.text in wanted for entry in said):
                modes.append(mode)
    parameters: dict[str, Scalar] = {}
    for file in _parameter_files(project, folder):
        for scope in project.raw(file):
            parameters.update(_parameters(scope))
    worlds = [(f"environment {mode}" if mode else "", _variables(project, folder, mode)) for mode in modes]
    if len(modes) > MAX_WORLDS:
        project.limit(path, f"has more than {MAX_WORLDS} environments; what differs between them is taken as unknown")
        names = dict.fromkeys(name for _, values in worlds for name in values)
        worlds = [("", {name: without_doubt(values.get(name) for _, values in worlds) for name in names})]
    result = []
    for branch, values in worlds:
        for scope in raw:
            own = {**parameters, **_parameters(scope)}

            def look_up(name: str, own: dict[str, Scalar] = own, values: dict[str, object] = values) -> object:
                if name.startswith("%"):
                    return own.get(name[1:], UNKNOWN)
                found = values.get(name)
                if found is UNKNOWN:
                    return UNKNOWN
                # The default of an environment variable: `env(NAME): value` among the parameters.
                return found if isinstance(found, Scalar) else own.get(f"env({name})", UNKNOWN)

            root = expanded_root(scope.root, scope.interpolation, look_up)
            result.append(clone(scope, root=root, branch=branch or scope.branch))
    return result


def _variables(project: Project, folder: str, mode: str) -> dict[str, object]:
    """What the env files of an environment assign."""
    layers = envfiles.layers(project, folder, "symfony", mode)
    if not layers:
        example = envfiles.stand_in(project, join(folder, ".env"))
        entries = envfiles.entries_of(project, example, "symfony") if example else None
        layers = [(example, entries)] if entries else []
    return {entry.key.text: entry.value for entry in envfiles.together("symfony", layers)}


def _parameters(scope: Scope) -> dict[str, Scalar]:
    found = scope.root.get("parameters") if scope.kind == "document" else None
    return {entry.key.text: entry.value for entry in found.entries if isinstance(entry.value, Scalar)} if isinstance(found, Mapping) else {}
