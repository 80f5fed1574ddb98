"""Docker Compose: overrides, overlays that somebody names, `extends`, `include`, and the variables of a project.

The override file that compose takes by itself changes the one world; an overlay (`docker-compose.prod.yml`) is a world of its own. A file
that another one includes runs as part of that project, whose variables come before its own.
"""

from __future__ import annotations

from smtplint import carriers as carrying
from smtplint.catalog.condition import UNKNOWN
from smtplint.listing import COMPOSE
from smtplint.resolve import envfiles, mounts
from smtplint.resolve.index import Kind, join, name_of, parent
from smtplint.resolve.interpolate import expand
from smtplint.resolve.merge import clone, expanded, expanded_root, in_order, is_mail, layered, without_doubt
from smtplint.scope import Owner, Scope
from smtplint.source import Place
from smtplint.tree import Entry, Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as Variables

    from smtplint.resolve import Project
    from smtplint.resolve.merge import LookUp
    from smtplint.tree import Node

MAX_WORLDS = 8
MAX_INCLUDED = 200
# The order in which compose itself looks, https://docs.docker.com/compose/how-tos/multiple-compose-files/.
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVERRIDE = ("compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml")
COMPOSE_FILES = Kind(("compose", "stack", "swarm"), (".yml", ".yaml", ".json"), COMPOSE, named=True)


def is_compose(project: Project, path: str, raw: list[Scope] | None = None) -> bool:
    """Whether a file is one of compose: by what its scopes were carried in, or by name and content."""
    if any(scope.container == "compose" for scope in raw or ()):
        return True
    return (raw is None or COMPOSE.match(name_of(path)) is not None) and _services(_root(project, path)) is not None


def _root(project: Project, path: str) -> Node | None:
    loaded = project.peek(path)
    return loaded.documents[0].root if loaded is not None and loaded.documents else None


def _services(root: Node | None) -> Mapping | None:
    services = root.get("services") if isinstance(root, Mapping) else None
    return services if isinstance(services, Mapping) else None


def _service(project: Project, path: str, name: str) -> Mapping | None:
    services = _services(_root(project, path))
    found = services.get(name) if services is not None else None
    return found if isinstance(found, Mapping) else None


def _base_of(project: Project, folder: str) -> str:
    """The file compose takes by itself in a folder, "" when there is none."""
    names = project.index.names(folder)
    return next((join(folder, name) for name in _COMPOSE if name in names), "")


def _override_of(project: Project, folder: str) -> str:
    names = project.index.names(folder)
    return next((join(folder, name) for name in _OVERRIDE if name in names), "")


def family(project: Project, path: str) -> list[str]:
    """The compose files whose scopes a compose file can show up in: itself, those it lies over or under, those that extend it."""
    key = ("compose family", path)
    found = project.memo.get(key)
    if isinstance(found, list):
        return found
    folder, name = parent(path), name_of(path)
    result = {path: None}
    names = project.index.names(folder)
    if name in _COMPOSE or name in _OVERRIDE:
        result.update({join(folder, one): None for one in names if COMPOSE.match(one) or _looks(project, join(folder, one))})
    near = project.index.near(folder, COMPOSE_FILES)
    result.update({one.paths[0]: None for one in _includers(project, path)})
    needle = name.encode("utf-8", "surrogatepass")
    for other in near:
        data = project.index.read(other)
        if other not in result and data is not None and b"extends" in data and needle in data:
            for service in _names_of_services(project, other):
                target = _extended(project, other, service)
                if target is not None and target[0] == path:
                    result[other] = None
    project.memo[key] = list(result)
    return list(result)


def _looks(project: Project, path: str) -> bool:
    """Whether a file of another name may lie over a compose file."""
    return path.endswith((".yml", ".yaml")) and b"services:" in (project.index.read(path) or b"")


def _names_of_services(project: Project, path: str) -> list[str]:
    services = _services(_root(project, path))
    return [entry.key.text for entry in services.entries] if services is not None else []


def _extended(project: Project, path: str, name: str) -> tuple[str, str] | None:
    """The file and service that a service extends."""
    service = _service(project, path, name)
    extends = service.get("extends") if service is not None else None
    if isinstance(extends, Scalar) and extends.text:
        return path, extends.text
    if isinstance(extends, Mapping):
        target, file = extends.get("service"), extends.get("file")
        if isinstance(target, Scalar):
            return (project.index.reach(parent(path), file.text) if isinstance(file, Scalar) else path), target.text
    return None


def _raw_service(project: Project, path: str, name: str) -> Scope | None:
    """The first environment of a file whose path ends in the name of a service."""
    key = ("services", path)
    known = project.trees.get(key)
    if isinstance(known, dict):
        return known.get(name)
    found: dict[str, Scope] = {}
    for one in project.raw(path):
        at = one.path.find("services.") if one.kind == "environment" else -1
        while at >= 0:
            found.setdefault(one.path[at + 9 :], one)
            at = one.path.find("services.", at + 1)
    project.trees[key] = found
    return found.get(name)


class _Layer:
    """What one file says about one service. `folder`: what its env files are relative to."""

    __slots__ = ("folder", "name", "path", "scope")

    def __init__(self, path: str, name: str, scope: Scope | None) -> None:
        self.path = path
        self.name = name
        self.scope = scope
        self.folder = parent(path)


def _layers(project: Project, path: str, name: str) -> tuple[list[_Layer], bool]:
    """What a service of a file is made of, what it extends first; and whether all of that could be seen."""
    layers: list[_Layer] = []
    seen: set[tuple[str, str]] = set()
    at: tuple[str, str] | None = (path, name)
    complete = True
    while at is not None and at not in seen and len(seen) < 20:
        seen.add(at)
        if _service(project, *at) is None:
            complete = complete and at == (path, name)
            break
        layers.append(_Layer(*at, _raw_service(project, *at)))
        at = _extended(project, *at)
    layers.reverse()
    return layers, complete


def _is_overlay(project: Project, path: str, base: str) -> bool:
    """Whether a compose file cannot run without the base file: a service of both has an image or a build only there."""
    if not base or path == base:
        return False
    for name in _names_of_services(project, path):
        own, other = _service(project, path, name), _service(project, base, name)
        if own is not None and other is not None and not _runs(own) and _runs(other):
            return True
    return False


def _runs(service: Mapping) -> bool:
    return any(service.get(key) is not None for key in ("image", "build", "extends"))


def _extended_here(project: Project, path: str) -> set[str]:
    """Services of a file that only exist to be extended: no image, no build, and somebody extends them."""
    key = ("extended", path)
    found = project.memo.get(key)
    if isinstance(found, set):
        return found
    candidates = {
        name for name in _names_of_services(project, path) if (one := _service(project, path, name)) is not None and not _runs(one)
    }
    used: set[str] = set()
    if candidates:
        for other in family(project, path):
            for name in _names_of_services(project, other):
                target = _extended(project, other, name)
                if target is not None and target[0] == path and target[1] in candidates:
                    used.add(target[1])
    project.memo[key] = used
    return used


class _Include:
    """One entry of `include`: in which file it stands, what it brings in (later files lie over the first), and where its variables are."""

    __slots__ = ("by", "env_files", "folder", "paths")

    def __init__(self, by: str, paths: list[str], folder: str, env_files: list[str]) -> None:
        self.by = by
        self.paths = paths
        self.folder = folder
        self.env_files = env_files


def includes(project: Project, path: str) -> list[_Include]:
    """The entries of `include` of a compose file that can be followed, https://docs.docker.com/reference/compose-file/include/."""
    key = ("includes", path)
    found = project.memo.get(key)
    if isinstance(found, list):
        return found
    result: list[_Include] = []
    root = _root(project, path)
    listed = root.get("include") if isinstance(root, Mapping) else None
    _, variables = envfiles.project_env(project, parent(path))
    for item in listed.items if isinstance(listed, Sequence) else ():
        node = item.get("path") if isinstance(item, Mapping) else item
        paths = [_reached(project, parent(path), one, variables) for one in _texts(node)]
        if not paths or not all(paths):
            continue
        directory = item.get("project_directory") if isinstance(item, Mapping) else None
        folder = parent(paths[0])
        if isinstance(directory, Scalar):
            folder = join(parent(path), directory.text)
        env_files = [
            _reached(project, parent(path), one, variables) for one in _texts(item.get("env_file") if isinstance(item, Mapping) else None)
        ]
        if not env_files:
            env_files = [envfiles.project_env(project, folder)[0]]
        result.append(_Include(path, paths, folder, [one for one in env_files if one]))
    project.memo[key] = result
    return result


def _texts(node: Node | None) -> list[Scalar]:
    if isinstance(node, Scalar):
        return [node]
    return [one for one in node.items if isinstance(one, Scalar)] if isinstance(node, Sequence) else []


def _reached(project: Project, folder: str, name: Scalar, variables: dict[str, Scalar]) -> str:
    """The file that a name means in a compose file of a folder, "" when that cannot be told."""
    shown = expand(name, "compose", lambda one: variables.get(one, UNKNOWN))
    return project.index.reach(folder, shown.text) if shown.state == "known" and shown.text and "://" not in shown.text else ""


def _includers(project: Project, path: str) -> list[_Include]:
    """The entries of `include` that bring in a file."""
    key = ("includers", path)
    found = project.memo.get(key)
    if isinstance(found, list):
        return found
    result: list[_Include] = []
    needle = name_of(path).encode("utf-8", "surrogatepass")
    for other in project.index.near(parent(path), COMPOSE_FILES):
        data = project.index.read(other)
        if other != path and data is not None and b"include" in data and needle in data:
            result.extend(one for one in includes(project, other) if path in one.paths)
    project.memo[key] = result
    return result


def reach(project: Project, path: str) -> list[str]:
    """The compose files that get their variables from where `path` gets them: its family, and what it includes."""
    found: dict[str, None] = {}
    todo = [path]
    while todo and len(found) < MAX_INCLUDED:
        for one in family(project, todo.pop()):
            if one not in found:
                found[one] = None
                todo.extend(target for item in includes(project, one) for target in item.paths)
    return list(found)


class _Running:
    """A way in which a compose file is run: the files that make one project, and where references in them look, first to last."""

    __slots__ = ("branch", "files", "folder", "overlay", "variables")

    def __init__(
        self, files: list[str], folder: str, variables: list[Variables[str, object]], *, overlay: bool = False, branch: str = ""
    ) -> None:
        self.files = files
        self.folder = folder
        self.variables = variables
        self.overlay = overlay
        self.branch = branch

    def look_up(self, name: str) -> object:
        return next((one[name] for one in self.variables if name in one), UNKNOWN)


def _running(project: Project, path: str, active: tuple[str, ...] = ()) -> list[_Running]:
    """The ways in which a compose file is run; none when it is always merged into another."""
    folder, name = parent(path), name_of(path)
    entries = [one for one in _includers(project, path) if one.by not in active] if len(active) < 10 else []
    if entries:
        # The variables of the including project come first: `include` adds those that are not set there.
        result = []
        for one in entries:
            if one.paths[0] != path:
                continue
            inner: dict[str, object] = {}
            for outer in _running(project, one.by, (*active, path)) or [_Running([one.by], parent(one.by), [])]:
                inner = {}
                for file in one.env_files:
                    inner.update(envfiles.assigned(project, file, "compose", outer.look_up))
                result.append(_Running(one.paths, one.folder, [*outer.variables, inner], branch=f"included by {one.by}"))
        return _told_apart(project, path, result)
    base, override = _base_of(project, folder), _override_of(project, folder)
    if path == override and base and path != base:
        return []
    overlay = name not in _COMPOSE and name not in _OVERRIDE and _is_overlay(project, path, base)
    files = [base, path] if overlay else [path, override] if path == base and override else [path]
    return [_Running(files, folder, [envfiles.project_env(project, folder)[1]], overlay=overlay, branch=f"with {name}" if overlay else "")]


def _told_apart(project: Project, path: str, ways: list[_Running]) -> list[_Running]:
    """The ways themselves, up to eight. Of more, those that merge the same files become one, in which a variable on which they differ is
    unknown.
    """
    if len(ways) <= MAX_WORLDS:
        return ways
    groups: dict[tuple[str, ...], list[_Running]] = {}
    for way in ways:
        groups.setdefault((way.folder, *way.files), []).append(way)
    made = []
    for group in groups.values():
        names = dict.fromkeys(name for way in group for variables in way.variables for name in variables)
        agreed = {name: without_doubt(way.look_up(name) for way in group) for name in names}
        made.append(_Running(group[0].files, group[0].folder, [agreed], branch=group[0].branch if len(groups) > 1 else ""))
    if len(made) <= MAX_WORLDS:
        project.limit(path, f"is included in more than {MAX_WORLDS} ways; what differs between them is taken as unknown")
        return made
    # Other files lie over each of them: those that are followed are true, and of the others nothing is said.
    left = [way.branch.removeprefix("included by ") for way in made[MAX_WORLDS:]]
    more = f" and {len(left) - 3} more" if len(left) > 3 else ""
    project.limit(path, f"is included with different files over it by {len(made)} others; not checked: {', '.join(left[:3])}{more}")
    return made[:MAX_WORLDS]


def scopes(project: Project, path: str) -> list[Scope]:
    """The scopes of a compose file: one for each service, as `docker compose` would start it."""
    result: list[Scope] = []
    templates = _extended_here(project, path)
    ways = _running(project, path)
    for way in ways:
        if len(ways) == 1 and not way.overlay:
            way.branch = ""
        for service in dict.fromkeys(name for file in way.files for name in _names_of_services(project, file)):
            if service in templates:
                continue
            scope = _compose_service(project, way, service)
            if scope is not None and not project.carriers.ignored(scope.owner.image):
                result.append(scope)
                result += _held(project, way, service, scope, path)
    # What a compose file holds besides services: the contents of its configs.
    for way in ways[:1]:
        for one in project.raw(path):
            if not f".{one.path}".startswith(".services.") or not (one.kind == "environment" or _variable(project, one)):
                result.append(clone(one, root=expanded_root(one.root, one.interpolation, way.look_up)))
    return result


def _variable(project: Project, scope: Scope) -> str:
    """The variable of a service that holds a document, "" for a document that stands elsewhere."""
    name = scope.path.rpartition(".")[2]
    return name if scope.kind == "document" and name in project.carriers.variables else ""


def _held(project: Project, way: _Running, service: str, environment: Scope, root: str) -> list[Scope]:
    """The documents in the variables of a service: what is written where the value that wins is written, be it in an override, in a file that
    is extended or in an env file.
    """
    found = []
    for name in project.carriers.variables:
        winner = environment.variable(name)
        if winner is None:
            continue
        inside = [
            one
            for one in project.raw(winner.source.path)
            if _variable(project, one) == name and winner.start <= one.root.start <= winner.end
        ]
        # What several services share is found once for each of them.
        own = [one for one in inside if one.path.rpartition(".")[0].endswith(f"services.{service}")]
        for one in own or inside[:1]:
            said = expanded_root(one.root, one.interpolation, way.look_up)
            document = clone(one, root=said, owner=environment.owner, branch=environment.branch)
            target = project.carriers.mounted.get(name, "")
            services = [held for file in way.files if target and (held := _service(project, file, service)) is not None]
            path = mounts.mounted(project, way.folder, services, target, way.look_up)
            found.append(mounts.over(project, document, path, root) if path else document)
    return found


def _compose_service(project: Project, way: _Running, name: str) -> Scope | None:
    files, overlay, look_up = way.files, way.overlay, way.look_up
    layers: list[_Layer] = []
    complete = True
    for file in files:
        found, seen = _layers(project, file, name)
        if found and found[-1].path == file:
            found[-1].folder = way.folder
        layers.extend(found)
        complete = complete and seen
    scopes = [layer.scope for layer in layers if layer.scope is not None]
    if not scopes:
        return None
    if overlay and not any(_speaks(project, layer) for layer in layers if layer.path == files[1]):
        return None
    top = next((scope for scope in reversed(scopes) if scope.source.path == files[-1]), scopes[-1])
    if not overlay:
        top = next((scope for scope in reversed(scopes) if scope.source.path == files[0]), top)
    owner = _compose_owner(project, layers, scopes)
    environment = layered([[_passed(entry, look_up) for entry in scope.root.entries] for scope in scopes])
    scope = clone(
        top,
        root=Mapping(top.root.source, top.root.start, top.root.end, environment, partial=any(one.root.partial for one in scopes)),
        owner=owner,
        complete=complete
        and all(one.complete for one in scopes)
        and (bool(owner.image) or bool(owner.folder) or _anyone_runs(project, layers)),
        template=any(one.template for one in scopes),
        path=f"services.{name}" if not top.path.endswith(f"services.{name}") else top.path,
        branch=way.branch,
        env_files=(),
    )
    root = expanded(scope.root, "compose", look_up)
    assert isinstance(root, Mapping)
    scope = _with_image(clone(scope, root=root), look_up)
    own = overlay and any(is_mail(entry.key.text) and entry.key.source.path == files[-1] for entry in root.entries)
    return _env_layers(project, scope, layers, look_up, keeps=own)


def _with_image(scope: Scope, look_up: LookUp) -> Scope:
    """A scope whose owner's image has its references expanded."""
    owner = scope.owner
    if owner.image_at is None or "$" not in owner.image_at.text:
        return scope
    value = expand(owner.image_at, "compose", look_up)
    image, tag = carrying.image_parts(value.text)
    new = Owner(owner.name, image, tag, owner.chart, owner.uses, owner.uses_ref, owner.module, owner.siblings, owner.image_at)
    new.folder = owner.folder
    return clone(scope, owner=new)


def _speaks(project: Project, layer: _Layer) -> bool:
    """Whether a layer says something about mail, itself or through an env file."""
    if layer.scope is None:
        return False
    if any(is_mail(entry.key.text) or entry.key.text in project.carriers.variables for entry in layer.scope.root.entries):
        return True
    for name in layer.scope.env_files:
        entries = envfiles.entries_of(project, project.index.reach(layer.folder, name.text), "compose")
        if entries and any(is_mail(entry.key.text) for entry in entries):
            return True
    return False


def _anyone_runs(project: Project, layers: list[_Layer]) -> bool:
    return any((one := _service(project, layer.path, layer.name)) is not None and _runs(one) for layer in layers)


def _compose_owner(project: Project, layers: list[_Layer], scopes: list[Scope]) -> Owner:
    siblings: dict[str, str] = {}
    for scope in scopes:
        siblings.update(scope.owner.siblings)
    top = scopes[-1].owner
    owner = Owner(layers[-1].name, top.image, top.image_tag, siblings=siblings, image_at=top.image_at)
    for layer in layers:
        service = _service(project, layer.path, layer.name)
        if service is None:
            continue
        if layer.scope is not None and layer.scope.owner.image:
            last = layer.scope.owner
            owner.image, owner.image_tag, owner.image_at = last.image, last.image_tag, last.image_at
        elif layer.scope is None or not owner.image_at:
            # What extends another service may name its image and nothing that makes an environment.
            at = service.get("image")
            if isinstance(at, Scalar) and at.text:
                owner.image, owner.image_tag = carrying.image_parts(at.text)
                owner.image_at = at
        build = service.get("build")
        context = build.get("context") if isinstance(build, Mapping) else build
        if isinstance(context, Scalar) and context.state == "known" and context.text and "://" not in context.text:
            folder = join(layer.folder, context.text)
            owner.folder = f"{folder}/" if folder else "./"
    return owner


def _passed(entry: Entry, look_up: LookUp) -> Entry:
    """`SMTP_HOST` without a value is that variable of the project."""
    if not envfiles.is_passed(entry):
        return entry
    found = look_up(entry.key.text)
    if isinstance(found, Scalar):
        return Entry(entry.key, found.but(via=(entry.key.place, *found.via)), conditional=entry.conditional)
    return entry


def _env_layers(project: Project, scope: Scope, layers: list[_Layer], look_up: LookUp, *, keeps: bool) -> Scope:
    """The env files of all layers underneath, in order. `keeps`: the scope stays in its file, whatever the env files hold."""
    variables: list[list[Entry]] = []
    via: dict[str, Place] = {}
    complete = scope.complete
    for layer in layers:
        for name in layer.scope.env_files if layer.scope is not None else ():
            shown = expanded(name, "compose", look_up)
            target = project.index.reach(layer.folder, shown.text) if isinstance(shown, Scalar) and shown.state == "known" else ""
            entries = envfiles.entries_of(project, target, "compose") if target else None
            if entries is None and target:
                target = envfiles.stand_in(project, target)
                entries = envfiles.entries_of(project, target, "compose") if target else None
            if entries is None:
                complete = False
                continue
            if target in via:
                continue  # compose keeps the first of two equal entries
            via[target] = name.place
            variables.append(in_order(entries, "compose-env", look_up))
    rivals = () if keeps else tuple(via)
    for layer in layers:
        # What a layer of another file brought in is named there.
        if layer.scope is not None and layer.path != scope.source.path and layer.scope.anchor is not None:
            via.setdefault(layer.path, scope.anchor if scope.anchor is not None else layer.scope.anchor)
    variables.append(scope.root.entries)
    return envfiles.owned(clone(scope, complete=complete), layered(variables), via, rivals)
