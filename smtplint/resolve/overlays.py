"""Files that lie over other files of their kind: compose overrides and `extends`, Spring profiles, .NET environments, Helm values.

A merge that always happens (compose's own override file) changes the one world and keeps the first file. An overlay that somebody
chooses (`docker-compose.prod.yml`, `application-prod.yml`, `appsettings.Production.json`, `values-prod.yaml`) is a world of its own, and
its file is the overlay; one that says nothing about mail, or only switches it off, adds none.
"""

from __future__ import annotations

import re

from smtplint import carriers as carrying
from smtplint.catalog.condition import UNKNOWN
from smtplint.lazy import later
from smtplint.readers import Document
from smtplint.resolve import envfiles
from smtplint.resolve.index import join, name_of, parent
from smtplint.resolve.merge import clone, expanded, expanded_root, flat, in_order, is_mail, is_switch, layered, merged
from smtplint.scope import Owner, Scope
from smtplint.source import Place
from smtplint.tree import Entry, Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from smtplint.resolve import Project
    from smtplint.resolve.merge import LookUp
    from smtplint.tree import Node

    Family = Callable[[Project, str], list[Scope]]

MAX_WORLDS = 8
_SPRING = later(r"application(?:-([\w.-]+?))?\.(ya?ml|properties)\Z")
_DOTNET = later(r"appsettings(?:\.([\w-]+))?\.json\Z", re.IGNORECASE)
_HELM = later(r"(?:[\w.-]*[._-])?values(?:[._-][\w.-]+)?\.ya?ml\Z")
# The order in which compose itself looks, https://docs.docker.com/compose/how-tos/multiple-compose-files/.
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVERRIDE = ("compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml")


# Most names need none of the three patterns, so none is compiled for them.
def _spring_name(name: str) -> re.Match[str] | None:
    return _SPRING.match(name) if name.startswith("application") else None


def _dotnet_name(name: str) -> re.Match[str] | None:
    return _DOTNET.match(name) if name.lower().startswith("appsettings") else None


def _helm_name(name: str) -> re.Match[str] | None:
    return _HELM.match(name) if "values" in name else None


def family(project: Project, path: str, raw: list[Scope]) -> Family | None:
    """What resolves the scopes of a file that may lie over others, or under them; None when it stands alone."""
    name = name_of(path)
    loaded = project.peek(path)
    if loaded is None or not loaded.documents:
        return None
    root = loaded.documents[0].root
    if any(scope.container == "compose" for scope in raw) or (envfiles.COMPOSE.match(name) and _services(root)):
        return compose
    if _spring_name(name) and not (isinstance(root, Mapping) and root.get("apiVersion") is not None):
        return spring
    if _dotnet_name(name):
        return dotnet
    if _helm_name(name) and project.index.exists(join(parent(path), "Chart.yaml")):
        return helm
    return None


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
    if _helm_name(name) and "Chart.yaml" in names:
        return [join(folder, one) for one in names if _helm_name(one)] if name in ("values.yaml", "values.yml") else []
    if name.endswith((".yml", ".yaml")) and (envfiles.COMPOSE.match(name) or _services(_root(project, path))):
        return compose_family(project, path)
    return []


def _root(project: Project, path: str) -> Node | None:
    loaded = project.peek(path)
    return loaded.documents[0].root if loaded is not None and loaded.documents else None


# --- Docker Compose


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


def compose_family(project: Project, path: str) -> list[str]:
    """The compose files whose scopes a compose file can show up in: itself, those it lies over or under, those that extend it."""
    key = ("compose_family", path)
    found = project.memo.get(key)
    if isinstance(found, list):
        return found
    folder, name = parent(path), name_of(path)
    result = {path: None}
    names = project.index.names(folder)
    if name in _COMPOSE or name in _OVERRIDE:
        result.update({join(folder, one): None for one in names if envfiles.COMPOSE.match(one)})
    near = project.index.near(folder, "compose", lambda one: envfiles.COMPOSE.match(name_of(one)) is not None, envfiles.COMPOSE_WORDS)
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
    known = project.memo.get(key)
    if isinstance(known, dict):
        return known.get(name)
    found: dict[str, Scope] = {}
    for one in project.raw(path):
        at = one.path.find("services.") if one.kind == "environment" else -1
        while at >= 0:
            found.setdefault(one.path[at + 9 :], one)
            at = one.path.find("services.", at + 1)
    project.memo[key] = found
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
        for other in compose_family(project, path):
            for name in _names_of_services(project, other):
                target = _extended(project, other, name)
                if target is not None and target[0] == path and target[1] in candidates:
                    used.add(target[1])
    project.memo[key] = used
    return used


def compose(project: Project, path: str) -> list[Scope]:
    """The scopes of a compose file: one for each service, as `docker compose` would start it."""
    folder, name = parent(path), name_of(path)
    base = _base_of(project, folder)
    override = _override_of(project, folder)
    if path == override and base and path != base:
        return []  # merged into the base file, always
    overlay = name not in _COMPOSE and name not in _OVERRIDE and _is_overlay(project, path, base)
    files = [base, path] if overlay else [path, override] if path == base and override else [path]
    _, variables = envfiles.project_env(project, folder)

    def look_up(name: str) -> object:
        return variables.get(name, UNKNOWN)

    result: list[Scope] = []
    templates = _extended_here(project, path)
    for service in dict.fromkeys(name for file in files for name in _names_of_services(project, file)):
        if service in templates:
            continue
        scope = _compose_service(project, files, service, look_up, overlay=overlay)
        if scope is not None and not project.carriers.ignored(scope.owner.image):
            result.append(scope)
    # What a compose file holds besides services: the contents of its configs.
    for one in project.raw(path):
        if not (one.kind == "environment" and ".services." in f".{one.path}"):
            result.append(clone(one, root=expanded_root(one.root, one.interpolation, look_up)))
    return result


def _compose_service(project: Project, files: list[str], name: str, look_up: LookUp, *, overlay: bool) -> Scope | None:
    layers: list[_Layer] = []
    complete = True
    for file in files:
        found, seen = _layers(project, file, name)
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
        branch=f"with {name_of(files[-1])}" if overlay else "",
        env_files=(),
    )
    root = expanded(scope.root, "compose", look_up)
    assert isinstance(root, Mapping)
    scope = envfiles.with_image(clone(scope, root=root), look_up, "compose")
    own = overlay and any(is_mail(entry.key.text) and entry.key.source.path == files[-1] for entry in root.entries)
    return _env_layers(project, scope, layers, look_up, keeps=own)


def _speaks(project: Project, layer: _Layer) -> bool:
    """Whether a layer says something about mail, itself or through an env file."""
    if layer.scope is None:
        return False
    if any(is_mail(entry.key.text) for entry in layer.scope.root.entries):
        return True
    for name in layer.scope.env_files:
        entries = envfiles.entries_of(project, project.index.reach(layer.folder, name.text), "compose")
        if entries and any(is_mail(entry.key.text) for entry in entries):
            return True
    return False


def _anyone_runs(project: Project, layers: list[_Layer]) -> bool:
    return any((one := _service(project, layer.path, layer.name)) is not None and _runs(one) for layer in layers)


def _compose_owner(project: Project, layers: list[_Layer], scopes: list[Scope]) -> Owner:
    image: Scope | None = None
    siblings: dict[str, str] = {}
    for scope in scopes:
        siblings.update(scope.owner.siblings)
        if scope.owner.image:
            image = scope
    name = layers[-1].name
    top = image.owner if image is not None else scopes[-1].owner
    owner = Owner(name, top.image, top.image_tag, siblings=siblings, image_at=top.image_at)
    for layer in layers:
        service = _service(project, layer.path, layer.name)
        if service is None:
            continue
        if not owner.image_at:
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
            via.setdefault(target, name.place)
            variables.append(in_order(entries, "dotenv", look_up))
    rivals = () if keeps else tuple(via)
    for layer in layers:
        # What a layer of another file brought in is named there.
        if layer.scope is not None and layer.path != scope.source.path and layer.scope.anchor is not None:
            via.setdefault(layer.path, scope.anchor if scope.anchor is not None else layer.scope.anchor)
    variables.append(scope.root.entries)
    return envfiles.owned(clone(scope, complete=complete), layered(variables), via, rivals)


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
    if len(worlds) > MAX_WORLDS:
        project.limit(path, f"has more than {MAX_WORLDS} profiles; the rest was left out")
    result = []
    for profile, parts in worlds[:MAX_WORLDS]:
        root = _together(parts, _fold_spring)
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
    settings = flat(root, fold)
    keys = [key for key in settings if is_mail(key)]
    # A document held in a text says its keys itself.
    held = any(isinstance(one.value, Scalar) and "\n" in one.value.text and is_mail(one.value.text) for one in settings.values())
    if not held and all(is_switch(key) for key in keys):
        return []
    together = merged(below, root, fold)
    document = Document(together, 0, len(loaded.source.text))
    scopes = carrying.scopes(loaded.source, loaded.syntax, [document], project.carriers)
    return [clone(one, branch=branch) for one in envfiles.generic(project, scopes)]


# --- Helm


def helm(project: Project, path: str) -> list[Scope]:
    """A chart's own values, and values files that lie over them."""
    folder = parent(path)
    names = project.index.names(folder)
    base = next((join(folder, name) for name in ("values.yaml", "values.yml") if name in names), "")
    chart = _root(project, join(folder, "Chart.yaml"))
    named = chart.get("name") if isinstance(chart, Mapping) else None
    if path == base or not base:
        found = envfiles.generic(project, project.raw(path))
    else:
        found = _over(project, path, base, f"values {name_of(path)}", lambda key: key)
    for scope in found:
        if not scope.owner.chart and isinstance(named, Scalar):
            old = scope.owner
            scope.owner = Owner(
                old.name, old.image, old.image_tag, named.text, old.uses, old.uses_ref, old.module, old.siblings, old.image_at
            )
    return found
