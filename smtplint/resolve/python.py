"""Settings written in Python: which modules run, what they import, which env files they read.

A module that others star-import is a base, not an endpoint, unless something names it as the one to run (`DJANGO_SETTINGS_MODULE` in
`manage.py`, `wsgi.py`, a test configuration, a Dockerfile, a compose file).
"""

from __future__ import annotations

import re

from smtplint.catalog.condition import UNKNOWN as NOT_KNOWN
from smtplint.lazy import later
from smtplint.listing import SETTINGS
from smtplint.resolve.envfiles import entries_of, has_section, takes
from smtplint.resolve.index import MAX_COMPANIONS, Kind, join, name_of, parent
from smtplint.resolve.interpolate import expand
from smtplint.resolve.merge import clone, in_order, is_mail
from smtplint.scope import Scope
from smtplint.source import Place, SourceError
from smtplint.tree import Mapping, Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from smtplint.readers.python import EnvFile, Module, Reader, Unknown, World
    from smtplint.resolve import Project
    from smtplint.tree import Entry

    # Env files in the order in which they are read: the module that does so, the name, the tool, whether it overrides.
    Loads: TypeAlias = tuple[tuple[str, str, str, bool], ...]

MAX_MODULES = 60
# No two runs of blanks or dots stand side by side: whoever writes thousands of them would have every division of them tried.
_MODULE = rb"^[ \t]*from[ \t]+(?=[\w.])(\.*)(?!\.)(?:[ \t]+(?=\w))?([\w.]*)[ \t]+import"
_STAR = later(_MODULE + rb"[ \t]*(?:\([ \t]*)?\*", re.MULTILINE)
_FROM = later(_MODULE + rb"\b", re.MULTILINE)
_READS_ENV = later(rb"dotenv|read_env|\benvirons\b|\bdecouple\b|\benv_file\b|starlette\.config")
_SETTINGS = Kind(("settings", "conf", "core", "local"), (".py",), SETTINGS)
_BASES = frozenset(
    (
        "base",
        "common",
        "defaults",
        "default",
        "_base",
        "shared",
        "basic",
        "base_settings",
        "settings_base",
        "common_settings",
        "global_settings",
    )
)
_DEPLOYED = later(
    r"(?:prod|production|prd|live|staging|stage|stg|dev|devel|development|local|localhost|tests?|testing|ci|docker|heroku|deploy|deployment|demo|qa|uat|"
    r"preprod|sandbox|aws|gcp|azure|server|remote|pro|release|master|main)\Z"
)
_RUNNER = later(
    r"(?:manage|wsgi|asgi|celery|conftest|gunicorn[\w.]*)\.py\Z|pytest\.ini\Z|tox\.ini\Z|setup\.cfg\Z|pyproject\.toml\Z|[\w.-]*Dockerfile[\w.-]*\Z|"
    r"Procfile\Z|Makefile\Z|\.?env[\w.-]*\Z|\.env\Z|app\.ya?ml\Z|(?:.*[._-])?(?:compose|stack)[\w.-]*\.ya?ml\Z|fly\.toml\Z|render\.ya?ml\Z|uwsgi\.ini\Z|.*\.service\Z"
)
_RUNNERS = Kind(
    (
        *("manage.py", "wsgi.", "asgi.py", "celery.py", "conftest.py", "gunicorn", "pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml"),
        *("dockerfile", "procfile", "makefile", "env", "app.y", "compose", "stack", "fly.toml", "render.y", ".service"),
    ),
    ("",),
    _RUNNER,
    named=True,
)
_NAMED = later(
    rb"(?:DJANGO_SETTINGS_MODULE|--settings|--ds)[\"'\]]*(?:[ \t]*[,=:][ \t]*|[ \t]+)"
    rb"(?:value:[ \t]*)?[\"']?([A-Za-z_][\w.]*)"
)

# How each tool reads a file, and which references it expands there: pydantic and environs have python-dotenv do it.
_DIALECTS = {"environ": "environ", "decouple": "decouple", "starlette": "decouple"}
_REFERENCES = {"dotenv": "python", "pydantic": "python", "environs": "python"}


# What configparser's interpolation takes: a doubled percent sign, and a reference. Any other percent sign ends the program.
_PERCENT = later(r"%%|%\([^()\r\n]*\)s")


# --- modules and files


def dotted(path: str) -> str:
    """The dotted name of a module below the folder of the whole tree: `a/b/__init__.py` is `a.b`."""
    name = path.lstrip("./").removesuffix(".py").replace("/", ".")
    return name.removesuffix(".__init__")


def find(project: Project, path: str, level: int, module: str) -> str:
    """The file that `from <level dots><module> import` means in `path`, "" when it is not in the tree."""
    exists = project.index.exists
    parts = module.split(".") if module else []
    if level:
        folder = parent(path)
        for _ in range(min(level, 60) - 1):
            folder = join(folder, "..")
        folders = [folder] if project.index.top(folder) == project.index.top(parent(path)) else []
    else:
        folders = project.index.above(parent(path))
    for folder in folders:
        stem = join(folder, "/".join(parts)) if parts else folder
        if not level and len(parts) == 1 and join(folder, parts[0] + ".py") == path:
            continue
        for one in ((f"{stem}.py",) if parts else ()) + (join(stem, "__init__.py"),):
            if one != path and exists(one):
                return one
    return ""


def _stars(project: Project, path: str) -> tuple[str, ...]:
    """The files of the tree that a module star-imports."""
    return _imports(project, path, _STAR, "stars")


def _imports(project: Project, path: str, pattern: re.Pattern[bytes], kind: str) -> tuple[str, ...]:
    key = (kind, path)
    found = project.memo.get(key)
    if isinstance(found, tuple):
        return found
    data = project.index.read(path) or b""
    names = {(len(match.group(1)), match.group(2)): None for match in pattern.finditer(data)} if b"import" in data else {}
    targets = {find(project, path, level, name.decode("ascii", "replace")): None for level, name in names}
    result = tuple(target for target in targets if target)
    project.memo[key] = result
    return result


def _named_in(project: Project, path: str, pattern: re.Pattern[bytes], kind: str) -> frozenset[bytes]:
    """The last words of the modules that a module imports from: no other file can be one of these. b"" is a folder's own."""
    key = ("names of " + kind, path)
    found = project.memo.get(key)
    if not isinstance(found, frozenset):
        data = project.index.read(path) or b""
        found = frozenset(match.group(2).rpartition(b".")[2] for match in pattern.finditer(data)) if b"import" in data else frozenset()
        project.memo[key] = found
    return found


def _last_words(path: str) -> tuple[bytes, ...]:
    """The words by which imports end that may lead to a module."""
    stem = name_of(path).removesuffix(".py")
    if stem != "__init__":
        return (stem.encode("utf-8", "surrogatepass"),)
    return b"", stem.encode(), name_of(parent(path)).encode("utf-8", "surrogatepass")


def _candidates(project: Project, path: str) -> tuple[str, ...]:
    """Modules that may import a module: its neighbours, and what is called settings or configuration anywhere in the tree."""
    folder = parent(path)
    key = ("importers", folder)
    found = project.memo.get(key)
    if isinstance(found, tuple):
        return found
    near = project.index.near(folder, _SETTINGS)
    names: dict[str, None] = {}
    for one in project.index.above(folder)[:3]:
        names.update({join(one, name): None for name in project.index.names(one) if name.endswith(".py")})
    names.update(dict.fromkeys(near))
    if folder in project.index.full:
        project.limit(project.index.top(folder) or ".", f"has more than {MAX_COMPANIONS} settings modules; only the nearest are looked at")
    result = tuple(names)
    project.memo[key] = result
    return result


def _heirs(project: Project, path: str) -> tuple[str, ...]:
    """The modules that star-import a module directly."""
    key = ("heirs", path)
    found = project.memo.get(key)
    if isinstance(found, tuple):
        return found
    words = _last_words(path)
    result = []
    for other in _candidates(project, path):
        if other != path and not _named_in(project, other, _STAR, "stars").isdisjoint(words) and path in _stars(project, other):
            result.append(other)
    project.memo[key] = tuple(sorted(result))
    return tuple(sorted(result))


def _all_heirs(project: Project, path: str) -> list[str]:
    found: dict[str, None] = {}
    todo = [path]
    while todo and len(found) < MAX_MODULES:
        for heir in _heirs(project, todo.pop()):
            if heir not in found and heir != path:
                found[heir] = None
                todo.append(heir)
    return list(found)


def _named(project: Project, folder: str) -> frozenset[str]:
    """The settings modules that something in the tree names as the one to run."""
    key = ("named", project.index.top(folder))
    found = project.memo.get(key)
    if isinstance(found, frozenset):
        return found
    names: set[str] = set()
    for path in project.index.matching(folder, _RUNNERS)[:400]:
        data = project.index.read(path)
        if data is not None:
            names.update(match.group(1).decode("ascii", "replace") for match in _NAMED.finditer(data))
    result = frozenset(names)
    project.memo[key] = result
    return result


def _is_named(project: Project, path: str) -> bool:
    own = dotted(path)
    return any(own == name or own.endswith("." + name) for name in _named(project, parent(path)))


def is_base(project: Project, path: str) -> bool:
    """Whether a module only serves others."""
    heirs = _heirs(project, path)
    if not heirs or _is_named(project, path):
        return False
    stem = name_of(path).removesuffix(".py").lower()
    if stem in _BASES:
        return True
    named = _named(project, parent(path))
    if stem in ("settings", "config", "__init__"):
        # Nothing says what is run: the plain name runs alone, as the tools' own templates have it.
        return bool(named) and any(_is_named(project, heir) for heir in _all_heirs(project, path))
    if _DEPLOYED.search(stem) or stem.startswith(("prod", "settings_", "local_")):
        # `production.py` runs, unless it is a mere fragment that another module takes in.
        included = any(name_of(heir) == "__init__.py" and parent(heir) == parent(path) for heir in heirs)
        return included or not _stars(project, path)
    return True


# --- worlds


class _Reading:
    """The evaluation of one module that runs, with everything it imports, under the environment that env files make at each point."""

    def __init__(self, project: Project, path: str) -> None:
        self.project = project
        self.path = path
        self.files: dict[str, None] = {}
        self.reads: dict[str, None] = {}
        self.done: dict[tuple[str, Loads, frozenset[str]], list[World]] = {}
        self.active: list[str] = []
        self.full = False
        self.settled: dict[Loads, _Variables] = {}

    def environ(self, name: str, tool: str, files: Sequence[EnvFile]) -> Scalar | Unknown | None:
        """A variable as a tool sees it after these env files were read."""
        loads = _loads(files)
        found = self.settled.get(loads)
        if found is None:
            found = self.settled[loads] = _Variables(self.project, loads)
            self.files.update(dict.fromkeys(found.files))
        return found.get(name, tool)

    def module(self, path: str, files: Sequence[EnvFile] = (), asked: frozenset[str] = frozenset()) -> Module | None:
        """One module, evaluated after these env files were read; None when it cannot be read. `asked`: what others want of it besides what is
        about mail by its name."""
        reader = _reader(self.project, path, imported=path != self.path, asked=asked)
        if reader is None:
            return None

        def star(level: int, module: str, names: tuple[str, ...], files: Sequence[EnvFile]) -> list[World] | None:
            target = find(self.project, path, level, module)
            return self.worlds(target, files, asked.union(names) - {"*"}) if target else None

        found = reader.read(self.environ, star, files)
        self.reads.update(dict.fromkeys(found.dependencies))
        return found

    def worlds(self, path: str, files: Sequence[EnvFile], asked: frozenset[str]) -> list[World] | None:
        """The worlds of an imported module."""
        key = (path, _loads(files), asked)
        if key in self.done:
            return self.done[key]
        if path in self.active or len(self.active) > 20:
            return None
        if len(self.done) >= MAX_MODULES:
            self.full = True
            return None
        self.active.append(path)
        module = self.module(path, files, asked)
        self.active.pop()
        if module is None:
            return None
        self.done[key] = module.worlds
        return module.worlds


def _loads(files: Sequence[EnvFile]) -> Loads:
    return tuple((item.module, item.path, item.tool, item.override) for item in files if item.known)


class _Variables:
    """What env files set: in the environment of the process, and for the tool alone that read them.

    python-dotenv and django-environ put what they read into `os.environ`; decouple, starlette and pydantic keep it to themselves and look
    into `os.environ` first; environs does the former before its version 15 and the latter since.
    """

    def __init__(self, project: Project, loads: Loads) -> None:
        self.process: dict[str, Scalar] = {}
        self.own: dict[str, dict[str, Scalar]] = {}
        self.files: list[str] = []
        self.unsure: set[str] = set()
        # What decouple reads of an INI file: names in lower case, as configparser keeps them.
        self.folded: dict[str, Scalar] = {}
        # What stands for every name in an INI file that configparser refuses.
        self.refused: Scalar | None = None
        for module, name, tool, override in loads:
            path = _env_file(project, module, name, tool)
            if not path:
                continue
            self.files.append(path)
            early = None
            if tool == "environs":
                found = project.evidence(module).get("pypi", "environs")
                early = found.satisfies("<15") if found is not None else None
            shared = tool in ("dotenv", "environ") or early is True
            into = self.process if shared else self.own.setdefault(tool, {})
            here: dict[str, Scalar] = {}
            if tool == "decouple" and path.endswith(".ini"):
                self.folded.update(_ini_values(project, path))
                error = _ini_refused(project, path)
                if error is not None:
                    source = project.sources[path]
                    project.complain(path, error)
                    self.refused = Scalar("", source, error.offset or 0, error.offset or 0, state="unresolved")
                continue
            for entry in in_order(
                entries_of(project, path, _DIALECTS.get(tool, "python")) or (), _REFERENCES.get(tool, "none"), self._seen
            ):
                if isinstance(entry.value, Scalar):
                    here[entry.key.text] = entry.value
            replaces = override or tool in ("pydantic", "starlette", "decouple")
            into.update(here if replaces else {name: value for name, value in here.items() if name not in into})
            if tool == "environs" and early is None:
                self.unsure.update(here)

    def _seen(self, name: str) -> object:
        return self.process.get(name, NOT_KNOWN)

    def get(self, name: str, tool: str) -> Scalar | Unknown | None:
        """A variable as `tool` sees it."""
        from smtplint.readers.python import UNKNOWN

        found = self.process.get(name)
        if found is None:
            found = self.own.get(tool, {}).get(name)
        if found is None and tool == "decouple":
            found = self.refused or self.folded.get(name.lower())
        if found is None and name in self.unsure:
            return self.own["environs"][name].but(text="", state="unresolved", tag="maybe")
        return found if found is not None else UNKNOWN


def _reader(project: Project, path: str, *, imported: bool, asked: frozenset[str] = frozenset()) -> Reader | None:
    from smtplint.readers.python import Reader
    from smtplint.readers.python.names import module_name

    key = (" ".join(("imported", *sorted(asked))) if imported else "reader", path)
    if key in project.trees:
        found = project.trees[key]
        return found if isinstance(found, Reader) else None
    project.trees[key] = None
    loaded = project.peek(path)
    if loaded is None or loaded.syntax != "python":
        return None
    try:
        interesting = (lambda name: module_name(name) or name in asked) if asked else module_name
        reader = Reader(loaded.source, interesting, imported=imported, cache=project.cache)
    except SourceError as error:
        project.trees["error", path] = error
        return None
    project.trees[key] = reader
    return reader


def _evaluate(project: Project, path: str) -> tuple[Module | None, _Reading]:
    """A module as it runs."""
    key = ("evaluated", path)
    found = project.trees.get(key)
    if isinstance(found, tuple):
        return found
    reading = _Reading(project, path)
    reading.active.append(path)
    module = reading.module(path)
    project.trees[key] = (module, reading)
    return module, reading


def _env_file(project: Project, module: str, name: str, tool: str) -> str:
    """The env file that a module reads by a name ("" for the tool's own search), "" when it is not there."""
    folder = parent(module)
    if tool == "decouple" and (not name or name.endswith("/")):
        # AutoConfig._find_file: in each folder upwards the one before the other.
        begin = project.index.reach(folder, f"{name}.env")
        above = project.index.above(parent(begin)) if begin else []
        places = [join(one, file) for one in above for file in ("settings.ini", ".env")]
        return next((one for one in places if project.index.exists(one)), "")
    places = [project.index.reach(folder, name or ".env")]
    if not name and tool == "environ":
        pass  # django-environ looks beside the calling file only
    elif not name.startswith(".."):
        places += [join(one, name or ".env") for one in project.index.above(folder)]
    return next((one for one in places if project.index.exists(one)), "")


def _ini_entries(project: Project, path: str) -> list[Entry]:
    """What an INI file says in the section that settings modules read, behind what `[DEFAULT]` says for all sections, as configparser reads
    them. Empty without such a section."""
    from smtplint.readers import ini

    source = project.source(path) if has_section(project, path) else None
    root = ini.read(source, "configparser")[0].root if source is not None else None
    if not isinstance(root, Mapping):
        return []
    own = next((one for name in project.carriers.sections if isinstance(one := root.get(name), Mapping)), None)
    if own is None:
        return []
    defaults = root.get("DEFAULT")
    return [*(defaults.entries if isinstance(defaults, Mapping) else ()), *own.entries]


def _ini_refused(project: Project, path: str) -> SourceError | None:
    """Why configparser refuses an INI file, which ends the program that asks for a value; None when it does not."""
    source = project.source(path)
    if source is None or "{{" in source.text or "{%" in source.text:
        return None
    import configparser
    from io import StringIO

    try:
        configparser.ConfigParser(interpolation=None).read_file(StringIO(source.text, newline=None))
    except configparser.MissingSectionHeaderError as error:
        line, reason = error.lineno, "a line stands before the first section"
    except (configparser.DuplicateSectionError, configparser.DuplicateOptionError) as error:
        line, reason = error.lineno or 1, "a section or a name is written twice"
    except configparser.ParsingError as error:
        line, reason = error.errors[0][0], "a line is neither a section nor a name with a value"
    else:
        return None
    return SourceError(f"is refused by configparser: {reason}", source.line_span(min(line, len(source.starts)))[0])


def _ini_values(project: Project, path: str) -> dict[str, Scalar]:
    """What decouple reads of an INI file (RepositoryIni): names in lower case, references filled in; unresolved where configparser fails."""
    found = {entry.key.text.lower(): entry.value for entry in _ini_entries(project, path) if isinstance(entry.value, Scalar)}

    def look_up(name: str) -> object:
        return found.get(name.lower(), NOT_KNOWN)

    result = {}
    for name, value in found.items():
        filled = expand(value, "configparser", look_up) if "%" in value.text else value
        result[name] = filled if "%" not in _PERCENT.sub("", value.text) else value.but(text="", state="unresolved")
    return result


def ini_scopes(project: Project, path: str, raw: list[Scope]) -> list[Scope]:
    """The scopes of an INI file without the section that a settings module takes its values from."""
    entries = _ini_entries(project, path)
    if not entries or not env_readers(project, path, entries)[1]:
        return raw
    rest = []
    for scope in raw:
        root = scope.root
        others = [entry for entry in root.entries if entry.key.text not in (*project.carriers.sections, "DEFAULT")]
        rest.append(clone(scope, root=Mapping(root.source, root.start, root.end, others, partial=root.partial)))
    return [scope for scope in rest if scope.root.entries]


def ini_roots(project: Project, path: str) -> list[str]:
    """The settings modules that an INI file feeds."""
    entries = _ini_entries(project, path)
    return env_readers(project, path, entries)[0] if entries else []


def scopes(project: Project, path: str) -> list[Scope]:
    """The worlds of a settings module, none when it is only a base of others."""
    loaded = project.peek(path)
    if loaded is None or is_base(project, path):
        return []
    module, reading = _evaluate(project, path)
    error = project.trees.get(("error", path))
    if isinstance(error, SourceError):
        project.fail(path, error)
    if module is None:
        return []
    if reading.full:
        project.limit(path, f"imports more than {MAX_MODULES} modules; what the others set is unresolved")
    source = loaded.source
    handed = _handed_on(project, path, module)
    result = []
    for world in module.worlds:
        root = _without(world.root, handed)
        if not root.entries:
            continue
        result.append(
            Scope(
                "document",
                "python",
                root,
                source,
                branch=world.branch,
                loader="native",
                complete=not root.partial,
                interpolation="none",
                anchor=_anchor(world, path) or Place(source, 0, 0),
            )
        )
    return result


def _handed_on(project: Project, path: str, module: Module) -> set[tuple[str, int, int]]:
    """Where the values stand that a ConnectionConfig() takes over, here or in a module that imports this one: there they are an endpoint, here
    they are what it is made of."""
    modules = [module, *(_evaluate(project, other)[0] for other in _builders(project, path))]
    calls = [one.root.get(_CALL) for other in modules if other is not None for one in other.worlds]
    values = [entry.value for call in calls if isinstance(call, Mapping) for entry in call.entries]
    return {(value.source.path, value.start, value.end) for value in values if isinstance(value, Scalar)}


def _without(root: Mapping, handed: set[tuple[str, int, int]]) -> Mapping:
    """The settings without those that are handed on, and without the classes that hold such."""
    if not handed:
        return root

    def goes(value: object) -> bool:
        return isinstance(value, Scalar) and (value.source.path, value.start, value.end) in handed

    kept = [
        entry
        for entry in root.entries
        if not goes(entry.value)
        and not (
            isinstance(entry.value, Mapping) and entry.value.tag.startswith("class") and any(goes(own.value) for own in entry.value.entries)
        )
    ]
    # What the module imports is no setting.
    kept = kept if any(not entry.key.text.startswith("import ") for entry in kept) else []
    return Mapping(root.source, root.start, root.end, kept, partial=root.partial, tag=root.tag)


def _anchor(world: World, path: str) -> Place | None:
    starts = [entry.key for entry in world.root.entries if entry.key.source.path == path and is_mail(entry.key.text)]
    return min(starts, key=lambda key: key.start).place if starts else None


# --- the way back


def roots(project: Project, path: str) -> list[str]:
    """The modules that run and take a module in, itself included."""
    return [path, *_all_heirs(project, path), *_class_heirs(project, path), *_builders(project, path)]


_CALL = "ConnectionConfig()"
_MAILERS = Kind(("mail", "smtp", "notif", "messag"), (".py",), later(r"(?i)(?:mail|smtp|notif|messag)[^/]*(?:/[^/]*)?\.py\Z"))


def _builders(project: Project, path: str) -> tuple[str, ...]:
    """The modules that build a ConnectionConfig() and import something from a module: its neighbours, and what is named after mail."""
    key = ("builders", path)
    found = project.memo.get(key)
    if isinstance(found, tuple):
        return found
    index, folder, words = project.index, parent(path), _last_words(path)
    result = []
    if b"mail" in (data := (index.read(path) or b"").lower()) or b"smtp" in data:
        here = [join(folder, name) for name in index.names(folder) if name.endswith(".py")]
        named = index.matching(folder, _MAILERS)
        for other in dict.fromkeys((*here, *named[:MAX_COMPANIONS])):
            if other == path or b"ConnectionConfig" not in (index.read(other) or b""):
                continue
            if not _named_in(project, other, _FROM, "froms").isdisjoint(words) and path in _imports(project, other, _FROM, "froms"):
                result.append(other)
    project.memo[key] = tuple(sorted(result))
    return tuple(sorted(result))


def _class_heirs(project: Project, path: str) -> list[str]:
    """Modules that import names of a module (`from config.base import Config`)."""
    words = _last_words(path)
    found = []
    for other in _candidates(project, path):
        if other != path and not _named_in(project, other, _FROM, "froms").isdisjoint(words):
            if path in _imports(project, other, _FROM, "froms"):
                found.append(other)
    return found


def env_readers(project: Project, path: str, entries: list[Entry]) -> tuple[list[str], bool]:
    """The settings modules that read an env file, and whether one of them looks its mail settings up."""
    found: dict[str, None] = {}
    taken = False
    folder = parent(path)
    index = project.index
    near = (*index.near(folder, _SETTINGS), *index.near(folder, _MAILERS))
    here = tuple(join(folder, name) for name in index.names(folder) if name.endswith(".py"))
    for candidate in dict.fromkeys((*here, *near)):
        data = index.read(candidate)
        if data is None or not _reads_env(project, candidate):
            continue
        if not _mentions(data, entries) and not any(_mentions(index.read(one) or b"", entries) for one in _stars(project, candidate)):
            continue
        if is_base(project, candidate):
            continue
        _, reading = _evaluate(project, candidate)
        reads = set(reading.reads)
        if path.endswith(".ini"):
            low = {name.lower() for name in reads}
            reads |= {entry.key.text for entry in entries if entry.key.text.lower() in low}
        if path in reading.files and any(entry.key.text in reads for entry in entries):
            found[candidate] = None
            taken = taken or takes(reads, entries)
    return list(found), taken


def _mentions(data: bytes, entries: list[Entry]) -> bool:
    """Whether a module may look something of an env file up: cheap, and wrong only towards yes."""
    if b"prefix" in data:
        return True
    low = data.lower()
    return any(entry.key.text.lower().encode("utf-8", "surrogatepass") in low for entry in entries)


def _reads_env(project: Project, path: str) -> bool:
    """Whether a module, or something that it star-imports, may read an env file."""
    key = ("reads_env", path)
    if key not in project.memo:
        seen = {path: None}
        todo = [path]
        found = False
        while todo and not found and len(seen) < MAX_MODULES:
            one = todo.pop()
            found = _READS_ENV.search(project.index.read(one) or b"") is not None
            new = [target for target in _stars(project, one) if target not in seen]
            seen.update(dict.fromkeys(new))
            todo.extend(new)
        project.memo[key] = found
    return project.memo[key] is True
