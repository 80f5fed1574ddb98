"""Env files: who reads them, under which rules, and what a scope is that they feed.

An env file can be read in four ways. As *variables of compose* (`.env` beside the compose file): its names fill references there, and the
application's keys are those in `environment`. As the *application's environment* (`env_file`, `EnvironmentFile`, kustomize `envs`): its
names are the application's keys. By a *settings module* (`load_dotenv`, `read_env`): its names are what the module looks up. By the
application itself: then it is a scope of its own, alone or in the cascade of the loader in use (`CASCADES`).
"""

from __future__ import annotations

import re

from smtplint.carriers import is_example
from smtplint.catalog.condition import UNKNOWN
from smtplint.lazy import later
from smtplint.listing import COMPOSE
from smtplint.readers import syntax_of
from smtplint.resolve.index import MAX_COMPANIONS, Kind, below, join, name_of, parent
from smtplint.resolve.interpolate import names_in
from smtplint.resolve.merge import clone, expanded_root, in_order, is_host, is_mail, layered
from smtplint.source import Place
from smtplint.tree import Entry, Mapping, Scalar, scalars

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtplint.resolve import Project
    from smtplint.resolve.merge import LookUp
    from smtplint.scope import Scope

_READS = later(
    r"(?:.*[._-])?(?:compose|stack|swarm)(?:[._-].*)?\.(?:ya?ml|json)\Z|kustomization\.ya?ml\Z|.*\.(?:service|container)\Z", re.IGNORECASE
)
_READERS = Kind(
    ("compose", "stack", "swarm", "kustomization.", ".service", ".container"),
    (".yml", ".yaml", ".json", ".service", ".container"),
    _READS,
    named=True,
)
_YAML = Kind(("",), (".yml", ".yaml"), later(r"\.ya?ml\Z"))
_EXAMPLES = ("{}.example", "{}.sample", "{}.template", "{}.dist", "{}.tmpl", "{}-example", "{}.default", "{}_example")

# Loaders that read several files, each in its own order, later ones winning. `{}` is the environment.
# Vite and dotenv-flow: https://vite.dev/guide/env-and-mode. Next.js and Create React App: https://nextjs.org/docs (environment variables),
# where `.env.local` wins over `.env.production`.
# Symfony: Dotenv::loadEnv. The dotenv gem for Rails: lib/dotenv/rails.rb. Laravel reads one file only: LoadEnvironmentVariables.
CASCADES = {
    "vite": (".env", ".env.local", ".env.{}", ".env.{}.local"),
    "next": (".env", ".env.{}", ".env.local", ".env.{}.local"),
    "symfony": (".env", ".env.local", ".env.{}", ".env.{}.local"),
    "rails": (".env", ".env.{}", ".env.local", ".env.{}.local"),
    "laravel": (),
}
# The references that a loader expands in the files it reads, by the dialect of the reader.
REFERENCES = {"compose": "compose-env", "node": "node", "php": "php", "ruby": "ruby", "docker": "none", "systemd": "none"}
# The dialect in which each of them reads a file.
_WITH_DEFAULT = later(r"\$\{(\w+):?-")
_READ_AS = {"vite": "node", "next": "node", "symfony": "symfony", "rails": "ruby", "laravel": "php"}
_TOOLS = (
    ("symfony", "composer", ("symfony/dotenv", "symfony/framework-bundle", "symfony/runtime")),
    ("laravel", "composer", ("laravel/framework", "laravel/lumen-framework")),
    ("rails", "gem", ("dotenv-rails", "dotenv")),
    ("next", "npm", ("next", "react-scripts")),
    ("vite", "npm", ("vite", "dotenv-flow", "astro", "@sveltejs/kit")),
)
_LAYER = later(r"\.env(?:\.(?!local\Z)([A-Za-z0-9_-]+))?(\.local)?\Z")


def unknown(name: str) -> object:  # noqa: ARG001
    """A look-up that knows nothing."""
    return UNKNOWN


# --- scopes that need no other file


def generic(project: Project, raw: list[Scope]) -> list[Scope]:
    """The scopes of a file whose references can only be answered by the file itself, and by the env files it names."""
    return [resolved(project, scope, raw) for scope in raw if not project.carriers.ignored(scope.owner.image)]


def resolved(project: Project, scope: Scope, beside: Iterable[Scope] = ()) -> Scope:
    """One scope with its references expanded."""
    if scope.env_files:
        scope = with_env_files(project, scope)
    return expand_alone(scope, beside)


def expand_alone(scope: Scope, beside: Iterable[Scope] = ()) -> Scope:
    """A scope whose references look into its own settings."""
    dialect = scope.interpolation
    if scope.kind == "environment":
        if dialect in ("dotenv", "shell", "dockerfile"):
            root = scope.root
            return clone(
                scope, root=Mapping(root.source, root.start, root.end, in_order(root.entries, dialect, unknown), partial=root.partial)
            )
        return clone(scope, root=expanded_root(scope.root, dialect, _own(scope, beside, dialect)))
    if dialect == "workflow" and scope.path.endswith(".with"):
        # The inputs of an action are filled in with the environment of their step.
        step = next((one for one in beside if one.kind == "environment" and one.path == scope.path[:-5]), None)
        return clone(scope, root=expanded_root(scope.root, dialect, _own(step, (), dialect) if step is not None else unknown))
    return clone(scope, root=expanded_root(scope.root, dialect, _document(scope, dialect)))


def _own(scope: Scope, beside: Iterable[Scope], dialect: str) -> LookUp:
    """Other variables of the same environment; in a workflow also those of the whole file, where they agree."""
    if dialect not in ("kubernetes", "workflow", "generic", "devcontainer"):
        return unknown
    wider: dict[str, set[str]] = {}
    if dialect == "workflow":
        for other in beside:
            for entry in other.root.entries if other.kind == "environment" else ():
                if isinstance(entry.value, Scalar) and entry.value.state == "known":
                    wider.setdefault(entry.key.text, set()).add(entry.value.text)

    def look_up(name: str) -> object:
        found = scope.variable(name)
        if found is None or (dialect == "workflow" and f"env.{name}" in found.text):
            found = None
            if len(wider.get(name, ())) == 1:
                found = next((one.variable(name) for one in beside if one.kind == "environment" and one.variable(name) is not None), None)
        return found if found is not None and dialect != "generic" else UNKNOWN

    return look_up


def _document(scope: Scope, dialect: str) -> LookUp:
    if dialect == "symfony":
        parameters = scope.root.get("parameters")

        def parameter(name: str) -> object:
            if name.startswith("%") and isinstance(parameters, Mapping):
                found = parameters.get(name[1:])
                return found if isinstance(found, Scalar) else UNKNOWN
            # The default of an environment variable: `env(NAME): value` among the parameters.
            found = parameters.get(f"env({name})") if isinstance(parameters, Mapping) else None
            return found if isinstance(found, Scalar) else UNKNOWN

        return parameter
    if dialect == "configparser":
        flat: dict[str, Scalar] = {}
        for entry in scope.root.entries:
            if isinstance(entry.value, Mapping) and entry.key.text == "DEFAULT":
                flat.update({one.key.text.lower(): one.value for one in entry.value.entries if isinstance(one.value, Scalar)})
        return lambda name: flat.get(name.lower(), UNKNOWN)
    return unknown


# --- variables of env files


def entries_of(project: Project, path: str, dialect: str = "") -> list[Entry] | None:
    """The assignments of an env file, as a loader reads them; None when the file is not there or cannot be read."""
    if not project.index.exists(path):
        return None
    if syntax_of(path) == "dotenv" and (not dialect or "{{" in (text := _text(project, path)) or "{%" in text):
        loaded = project.load(path)
        root = loaded.documents[0].root if loaded is not None and loaded.documents else None
        return list(root.entries) if isinstance(root, Mapping) else None
    from smtplint.readers import dotenv

    source = project.source(path)
    if source is None:
        project.load(path)
        return None
    root = dotenv.read(source, dialect)[0].root
    return list(root.entries) if isinstance(root, Mapping) else None


def _text(project: Project, path: str) -> str:
    source = project.source(path)
    return source.text if source is not None else ""


def stand_in(project: Project, path: str) -> str:
    """The example file that people copy to `path`, when `path` is not there; else ""."""
    folder, name = parent(path), name_of(path)
    names = [form.format(name) for form in _EXAMPLES]
    if name.startswith(".env"):
        names += ["env.example", "example.env", ".example.env", "env.sample", "sample.env", "env.template", "env.dist"]
    elif name.endswith(".env"):
        names += [f"{name[:-4]}.env.example", f"{name[:-4]}.example.env", f"{name[:-4]}.sample.env"]
    return next((found for found in (join(folder, one) for one in names) if project.index.exists(found)), "")


def project_env(project: Project, folder: str) -> tuple[str, dict[str, Scalar]]:
    """The `.env` of a compose project and its variables, expanded. An example stands in where there is none, with what it fills in."""
    key = ("project_env", folder)
    found = project.trees.get(key)
    if isinstance(found, tuple):
        return found
    path = join(folder, ".env")
    example = ""
    if not project.index.exists(path):
        example = path = stand_in(project, path)
    entries = entries_of(project, path, "compose") if path else None
    values = {entry.key.text: entry.value for entry in in_order(entries or (), "compose-env", unknown) if isinstance(entry.value, Scalar)}
    if example:
        values = {name: value for name, value in values.items() if value.text}
    project.trees[key] = (path, values)
    return path, values


def assigned(project: Project, path: str, dialect: str, outside: LookUp) -> dict[str, Scalar]:
    """What an env file assigns, by name."""
    entries = in_order(entries_of(project, path, dialect) or (), REFERENCES.get(dialect, "dotenv"), outside)
    return {entry.key.text: entry.value for entry in entries if isinstance(entry.value, Scalar)}


def with_env_files(project: Project, scope: Scope) -> Scope:
    """A scope with the variables of its env files underneath."""
    layers: list[list[Entry]] = []
    complete = scope.complete
    dialect = {"compose": "compose", "systemd": "systemd"}.get(scope.container, "docker")
    via: dict[str, Place] = {}
    for name in scope.env_files:
        target = "" if name.state != "known" else project.index.reach(parent(scope.source.path), name.text)
        entries = entries_of(project, target, dialect) if target else None
        if entries is None and target:
            target = stand_in(project, target)
            entries = entries_of(project, target, dialect) if target else None
        if entries is None:
            complete = False
            continue
        via.setdefault(target, name.place)
        layers.append(in_order(entries, REFERENCES.get(dialect, "dotenv"), unknown))
    # systemd lets the file win over `Environment=`; everything else has it the other way round.
    layers.insert(0 if scope.container == "systemd" and scope.path.endswith("Service") else len(layers), scope.root.entries)
    entries = layered(layers)
    return owned(clone(scope, complete=complete, env_files=()), entries, via)


def owned(scope: Scope, entries: list[Entry], via: dict[str, Place], rivals: Iterable[str] | None = None) -> Scope:
    """A scope with these variables, in the file in which most of its mail keys are named, the one with the host first.

    `via`: file → the place that brought it in, for values that stand in another file than the scope. `rivals`: the files that may take the
    scope over although its own file names a mail key; all when None.
    """
    weight: dict[str, tuple[int, int]] = {}
    sources = {scope.source.path: scope.source}
    for entry in entries:
        name = entry.key.text
        if is_mail(name):
            source = entry.key.source
            sources.setdefault(source.path, source)
            hosts, keys = weight.get(source.path, (0, 0))
            empty = isinstance(entry.value, Scalar) and entry.value.state == "known" and not entry.value.text
            weight[source.path] = (hosts + (is_host(name) and not empty), keys + 1)
    own = scope.source.path
    fixed = own in weight and rivals is not None
    for path, (hosts, keys) in weight.items():
        if fixed and path not in (rivals or ()):
            continue
        best = weight.get(own, (0, 0))
        if (min(hosts, 1), keys) > (min(best[0], 1), best[1]):
            own = path
    placed = []
    for entry in entries:
        path = entry.key.source.path
        if path != own and isinstance(entry.value, Scalar) and path in via and via[path] not in entry.value.via:
            entry = Entry(entry.key, entry.value.but(via=(*entry.value.via, via[path])), conditional=entry.conditional)
        placed.append(entry)
    source = sources[own]
    root = Mapping(source, 0, len(source.text), placed, partial=scope.root.partial)
    if own == scope.source.path:
        return clone(scope, root=clone_span(root, scope.root))
    first = min((entry.key.start for entry in entries if entry.key.source.path == own), default=0)
    return clone(
        scope,
        root=root,
        source=source,
        names=(own, *scope.names),
        syntax="dotenv" if syntax_of(own) == "dotenv" else scope.syntax,
        secret=not is_example(own) and (syntax_of(own) == "dotenv" or scope.secret),
        anchor=Place(source, first, first),
    )


def clone_span(root: Mapping, like: Mapping) -> Mapping:
    """The same settings, lying where another mapping lies."""
    return Mapping(like.source, like.start, like.end, root.entries, partial=root.partial, tag=like.tag)


# --- who reads an env file


def interpolated(project: Project, path: str) -> frozenset[str]:
    """The names that the environments and configs of a compose file refer to."""
    key = ("interpolated", path)
    found = project.memo.get(key)
    if isinstance(found, frozenset):
        return found
    names: set[str] = set()
    for scope in project.raw(path):
        if scope.interpolation != "compose":
            continue
        for scalar in scalars(scope.root):
            if scalar.state == "known" and "$" in scalar.text:
                names.update(names_in(scalar.text, "compose"))
        if scope.kind == "environment":
            names.update(entry.key.text for entry in scope.root.entries if is_passed(entry))
    result = frozenset(names)
    project.memo[key] = result
    return result


def is_passed(entry: Entry) -> bool:
    """Whether a variable of compose stands there without a value, so that it is passed through from outside."""
    value = entry.value
    return isinstance(value, Scalar) and value.state == "unresolved" and value.style == "whole" and not value.text


def takes(names: Iterable[str], entries: Iterable[Entry]) -> bool:
    """Whether a reader of these names takes over the mail settings of an env file: its host, or all it has where it has none."""
    names = set(names)
    keys = {entry.key.text for entry in entries if is_mail(entry.key.text)}
    hosts = {key for key in keys if is_host(key)}
    return bool((hosts or keys) & names)


def readers(project: Project, path: str) -> tuple[list[str], bool]:
    """The files whose scopes an env file feeds, and whether one of them takes it over, so that it is no scope of its own."""
    key = ("readers", path)
    found = project.memo.get(key)
    if isinstance(found, tuple):
        return found
    from smtplint.resolve import compose, kube, python, symfony

    folder = parent(path)
    index = project.index
    entries = entries_of(project, path) or []
    roots: dict[str, None] = {}
    taken = False
    real = _real_name(project, path)
    here = {one for above in index.above(folder) for one in index.here(above, _YAML)}
    near = index.near(folder, _READERS)
    needles = [name_of(one).encode("utf-8", "surrogatepass") for one in (path, real) if one]
    for candidate in (*near, *sorted(here.difference(near))):
        data = index.read(candidate)
        if data is None or (parent(candidate) != folder and not any(needle in data for needle in needles)):
            continue
        names_it = _may_name(data, candidate, path) or (real and _may_name(data, candidate, real))
        beside = parent(candidate) == folder and COMPOSE.match(name_of(candidate)) is not None
        if not names_it and not beside:
            continue
        if names_it and _names_file(project, candidate, path, real):
            roots.update(dict.fromkeys(compose.family(project, candidate)))
            roots.update(dict.fromkeys(kube.roots(project, candidate)))
            taken = True
        included = (
            [one for item in compose.includes(project, candidate) if path in item.env_files for one in item.paths] if names_it else []
        )
        for start in (*([candidate] if beside and project_env_name(path) else ()), *included):
            fed = compose.reach(project, start)
            wanted = {name for one in fed for name in interpolated(project, one)}
            if any(entry.key.text in wanted for entry in entries):
                roots.update(dict.fromkeys(fed))
                taken = taken or takes(wanted, entries)
    if folder in index.full:
        project.limit(
            index.top(folder) or ".", f"has more than {MAX_COMPANIONS} files that may read env files; only the nearest are looked at"
        )
    if entries:
        for by, consumed in (python.env_readers(project, path, entries), symfony.readers(project, path, entries)):
            roots.update(dict.fromkeys(by))
            taken = taken or consumed
    result = (list(roots), taken)
    project.memo[key] = result
    return result


def _real_name(project: Project, path: str) -> str:
    """The file an example stands in for, when that file is missing; else ""."""
    if not is_example(path):
        return ""
    folder, name = parent(path), name_of(path)
    stem = re.sub(r"[._-](?:example|sample|template|dist|tmpl|default)\Z", "", name)
    for one in dict.fromkeys((stem, ".env", re.sub(r"(?:\.|\A)(?:example|sample)\.env\Z", ".env", name))):
        real = join(folder, one)
        if one != name and not project.index.exists(real) and stand_in(project, real) == path:
            return real
    return ""


def project_env_name(path: str) -> bool:
    """Whether compose takes its variables from this file, or people make that file from it."""
    name = name_of(path)
    return name == ".env" or (is_example(path) and stand_in_for_env(name))


def stand_in_for_env(name: str) -> bool:
    """Whether an example file is one of `.env`."""
    return re.fullmatch(r"\.?env[._-](?:example|sample|template|dist|tmpl|default)|\.?(?:example|sample)\.env", name) is not None


def _may_name(data: bytes, candidate: str, path: str) -> bool:
    """Whether the text of a file holds a relative path, however it is written around it."""
    return (
        name_of(path).encode("utf-8", "surrogatepass") in data
        and below(parent(candidate), path).rpartition("../")[2].encode("utf-8", "surrogatepass") in data
    )


def _names_file(project: Project, candidate: str, path: str, real: str) -> bool:
    folder = parent(candidate)
    for scope in project.raw(candidate):
        for name in scope.env_files:
            target = join(folder, name.text)
            if name.state == "known" and (target == path or (real and target == real)):
                return True
    return False


def roots(project: Project, path: str) -> list[str]:
    """The files whose scopes an env file can show up in."""
    found, _ = readers(project, path)
    match = _LAYER.match(name_of(path)) if not is_example(path) else None
    result = dict.fromkeys(found)
    if match is not None:
        result.update(
            dict.fromkeys(
                join(parent(path), name) for name in project.index.names(parent(path)) if _LAYER.match(name) and not is_example(name)
            )
        )
    return list(result)


def has_section(project: Project, path: str) -> bool:
    """Whether an INI file may have a section that settings modules read as an env file."""
    data = project.index.read(path) or b""
    return any(f"[{name}]".encode() in data for name in project.carriers.sections)


# --- env files that are read by the application itself


def tool_of(project: Project, folder: str) -> str:
    """The loader with a cascade that the program in a folder uses: a key of CASCADES, "" when none is known."""
    evidence = project.evidence(folder + "/" if folder else "")
    for tool, axis, packages in _TOOLS:
        if any(evidence.has(axis, package) for package in packages):
            return tool
    return ""


def scopes(project: Project, path: str) -> list[Scope]:
    """The scopes of an env file, when nothing else takes it over."""
    raw = project.raw(path)
    match = _LAYER.match(name_of(path)) if not is_example(path) else None
    if not any(is_mail(entry.key.text) for scope in raw for entry in scope.root.entries) and match is None:
        return []
    if readers(project, path)[1]:
        return []
    if match is not None and len(raw) == 1:
        return _cascade(project, path, raw[0], match)
    return generic(project, raw)


def mode_of(name: str) -> str:
    """The environment that the name of an env file is for (`production` of `.env.production.local`), else ""."""
    match = _LAYER.match(name) if not is_example(name) else None
    return (match.group(1) or "") if match is not None else ""


def layers(project: Project, folder: str, tool: str, mode: str) -> list[tuple[str, list[Entry]]]:
    """The env files that a loader with a cascade reads in a folder for an environment, in its order, later ones winning."""
    found: list[tuple[str, list[Entry]]] = []
    for form in CASCADES[tool]:
        if ("{}" in form and not mode) or (form == ".env.local" and mode == "test"):
            continue
        name = join(folder, form.format(mode))
        entries = entries_of(project, name, _READ_AS[tool])
        if entries is not None:
            found.append((name, entries))
    return found


def together(tool: str, found: list[tuple[str, list[Entry]]]) -> list[Entry]:
    """The variables that a loader makes of its files (see `layers`), references expanded.

    Vite expands when all files are read, the others file by file: Symfony begins with `.env`, the dotenv gem with the file that wins. What
    Next.js sees of other files is not followed.
    """
    dialect = REFERENCES.get(_READ_AS[tool], "dotenv")
    if tool == "vite":
        return in_order([entry for _, layer in found for entry in layer], dialect, unknown)
    if tool == "next":
        # The expander that Next.js brings along takes the default of a reference before what the same file assigns, and what earlier files
        # left in the environment before either.
        assigned_somewhere = {entry.key.text for _, layer in found for entry in layer}
        found = [(name, [_in_doubt(entry, assigned_somewhere) for entry in layer]) for name, layer in found]
    visible: dict[str, Scalar] = {}

    def seen(name: str) -> object:
        return visible.get(name, UNKNOWN) if tool != "next" else UNKNOWN

    done: dict[str, list[Entry]] = {}
    for name, layer in found if tool == "symfony" else reversed(found):
        done[name] = in_order(layer, dialect, seen)
        values = {entry.key.text: entry.value for entry in done[name] if isinstance(entry.value, Scalar)}
        visible = {**visible, **values} if tool == "symfony" else {**values, **visible}
    return layered([done[name] for name, _ in found])


def _in_doubt(entry: Entry, names: set[str]) -> Entry:
    """An entry, unresolved if it refers with a default to one of these names."""
    value = entry.value
    if isinstance(value, Scalar) and any(name in names for name in _WITH_DEFAULT.findall(value.text)):
        return Entry(entry.key, value.but(text="", state="unresolved"), conditional=entry.conditional)
    return entry


def _cascade(project: Project, path: str, scope: Scope, match: re.Match[str]) -> list[Scope]:
    """The world that an env file of a cascade owns: the last layer that says something about mail."""
    folder = parent(path)
    tool = tool_of(project, folder)
    mode, local = match.group(1) or "", bool(match.group(2))
    if not tool:
        return [_alone(project, path, scope)]
    if not CASCADES[tool]:
        found = [(path, entries_of(project, path, _READ_AS[tool]) or [])]
        root = Mapping(scope.root.source, scope.root.start, scope.root.end, together(tool, found), partial=scope.root.partial)
        return [clone(scope, root=root)]
    found = layers(project, folder, tool, mode)
    own = _owner_of(found, mode)
    if own != path or (local and not found):
        return []
    root = Mapping(scope.root.source, scope.root.start, scope.root.end, together(tool, found), partial=scope.root.partial)
    return [clone(scope, root=root, branch=f"environment {mode}" if mode else "")]


def _owner_of(layers: list[tuple[str, list[Entry]]], mode: str) -> str:
    """The file a world belongs to: the first layer that is always read, or, in an environment, the first layer of that environment, each
    only if it says something about mail. "" when an environment adds nothing."""
    speaking = [name for name, layer in layers if any(is_mail(entry.key.text) for entry in layer)]
    if mode:
        return next((name for name in speaking if f".env.{mode}" in name_of(name)), "")
    return speaking[0] if speaking else ""


def _alone(project: Project, path: str, scope: Scope) -> Scope:
    """A file that may lie over `.env`, or may not: what is absent in it is unknown when `.env` has the host."""
    result = expand_alone(scope)
    name = name_of(path)
    if name == ".env" or any(is_host(entry.key.text) for entry in scope.root.entries):
        return result
    entries = entries_of(project, join(parent(path), ".env"))
    if entries and any(is_host(entry.key.text) for entry in entries):
        return clone(result, complete=False)
    return result
