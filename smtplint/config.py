"""The configuration: `[tool.smtplint]` in pyproject.toml, `smtplint.toml` or `.smtplint.toml`. The nearest file upwards wins.

`Options` is what a run is given; `Config` is a file as it was read, with the place of everything it says.
"""

from __future__ import annotations

import os

from smtplint.finding import LEVELS
from smtplint.source import DEFAULT_MAX_BYTES
from smtplint.suppress import known, suggestion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from smtplint.suppress import Layer, Rules
    from smtplint.tree import Mapping as Table
    from smtplint.tree import Node, Scalar

NAMES = (".smtplint.toml", "smtplint.toml", "pyproject.toml")
THRESHOLDS = ("error", "warning", "note", "never")

# Every key and the kind of its value. The JSON Schema `rules/schemas/config.schema.json` says the same; a test compares them.
KEYS = {
    "select": "selectors",
    "extend-select": "selectors",
    "ignore": "selectors",
    "per-file-ignores": "table of selectors",
    "exclude": "texts",
    "fail-on": "threshold",
    "baseline": "path",
    "rules": "paths",
    "levels": "table of levels",
    "private-hosts": "texts",
    "development-hosts": "texts",
    "profiles": "table of texts",
    "versions": "table of texts",
    "docs": "switch",
    "max-file-size": "size",
}
EXPECTED = {
    "selectors": "a list of rule ids, prefixes, slugs or 'ALL'",
    "texts": "a list of texts",
    "threshold": "one of 'error', 'warning', 'note', 'never'",
    "path": "a path",
    "paths": "a list of paths",
    "table of selectors": "a table of patterns, each with a list of rule ids, prefixes, slugs or 'ALL'",
    "table of levels": "a table of rules, each with 'error', 'warning' or 'note'",
    "table of texts": "a table of texts",
    "switch": "true or false",
    "size": "a number of bytes above 0",
}


class ConfigError(Exception):
    """A configuration that cannot be used; `str(error)` is `file:line:column: what is wrong`."""


class Options:
    """What a run is to do. Paths are absolute or relative to the working directory.

    `layers` are the selections in the order in which they apply; `base` is the absolute folder to which the patterns of `exclude`,
    `per_file_ignores` and `profiles` are relative ("" is the working directory). `progress` is called now and then with the number of
    files looked at and the display path of the current one.
    """

    __slots__ = (
        "base", "baseline", "cache", "development_hosts", "docs", "exclude", "fail_on", "jobs", "layers", "levels", "max_file_size",
        "per_file_ignores", "private_hosts", "profiles", "progress", "report_unused_ignores", "rules", "versions",
    )  # fmt: skip

    def __init__(
        self,
        *,
        select: Sequence[str] | None = None,
        extend_select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        per_file_ignores: Mapping[str, Sequence[str]] | None = None,
        exclude: Sequence[str] = (),
        fail_on: str = "warning",
        baseline: str = "",
        rules: Sequence[str] = (),
        levels: Mapping[str, str] | None = None,
        private_hosts: Sequence[str] = (),
        development_hosts: Sequence[str] = (),
        profiles: Mapping[str, str] | None = None,
        versions: Mapping[str, str] | None = None,
        docs: bool = False,
        max_file_size: int = DEFAULT_MAX_BYTES,
        cache: bool = True,
        jobs: int = 1,
        report_unused_ignores: bool = False,
        base: str = "",
        progress: Callable[[int, str], None] | None = None,
    ) -> None:
        self.layers: list[Layer] = [(select, tuple(extend_select), tuple(ignore))]
        self.per_file_ignores: dict[str, Sequence[str]] = dict(per_file_ignores or {})
        self.exclude: tuple[str, ...] = tuple(exclude)
        self.fail_on = fail_on
        self.baseline = baseline
        self.rules: tuple[str, ...] = tuple(rules)
        self.levels: dict[str, str] = dict(levels or {})
        self.private_hosts: tuple[str, ...] = tuple(private_hosts)
        self.development_hosts: tuple[str, ...] = tuple(development_hosts)
        self.profiles: dict[str, str] = dict(profiles or {})
        self.versions: dict[str, str] = dict(versions or {})
        self.docs = docs
        self.max_file_size = max_file_size
        self.cache = cache
        self.jobs = jobs
        self.report_unused_ignores = report_unused_ignores
        self.base = base
        self.progress = progress

    @property
    def select(self) -> Sequence[str] | None:
        """The `select` that counts, None when there is none and the rules that are on by default are chosen."""
        return next((select for select, _, _ in reversed(self.layers) if select is not None), None)

    @property
    def extend_select(self) -> tuple[str, ...]:
        """The selectors added to it."""
        return tuple(name for _, extend, _ in self._live() for name in extend)

    @property
    def ignore(self) -> tuple[str, ...]:
        """The selectors taken out of it."""
        return tuple(name for _, _, ignore in self._live() for name in ignore)

    def _live(self) -> list[Layer]:
        """The layers from the last one that starts afresh."""
        starts = [number for number, layer in enumerate(self.layers) if layer[0] is not None]
        return self.layers[starts[-1] :] if starts else self.layers


class Config:
    """One configuration file. `path` is absolute, `shown` how it is displayed ("" when there is no file).

    `values` holds what it sets, by key in kebab-case, paths made absolute; `places` where (`file:line:column`); `mentions` every rule
    it names as (key, selector, place).
    """

    __slots__ = ("mentions", "path", "places", "shown", "values")

    def __init__(self, path: str = "", shown: str = "") -> None:
        self.path = path
        self.shown = shown
        self.values: dict[str, Any] = {}
        self.places: dict[str, str] = {}
        self.mentions: list[tuple[str, str, str]] = []

    @property
    def folder(self) -> str:
        """The absolute folder of the file, "" when there is none."""
        return os.path.dirname(self.path)

    def options(self) -> Options:
        """The options of a run without any on the command line."""
        given = {key.replace("-", "_"): value for key, value in self.values.items()}
        return Options(**given, base=self.folder)


def find(folder: str) -> Config:
    """The configuration for an absolute folder: the nearest file upwards, or an empty one. Raises ConfigError."""
    while True:
        for name in NAMES:
            path = os.path.join(folder, name)
            if os.path.lexists(path):
                found = load(path, must=name != "pyproject.toml")
                if found is not None:
                    return found
        parent = os.path.dirname(folder)
        if parent == folder:
            return Config()
        folder = parent


def load(path: str, must: bool = True) -> Config | None:
    """A configuration file by its path. None when `must` is false and the file has no `[tool.smtplint]`. Raises ConfigError."""
    from smtplint.listing import TooLarge, display, read_bytes, reason

    absolute = os.path.abspath(path)
    shown = display(absolute, os.getcwd())
    try:
        data = read_bytes(absolute, 16 << 20)
    except TooLarge:
        raise ConfigError(f"{shown}: is too large for a configuration file") from None
    except FileNotFoundError:
        raise ConfigError(f"{shown}: there is no such file") from None
    except OSError as error:
        if not must:
            return None
        raise ConfigError(f"{shown}: cannot be read: {reason(error)}") from None
    if not must and b"smtplint" not in data:
        return None
    from smtplint.readers.toml import read
    from smtplint.source import Source, SourceError, decode
    from smtplint.tree import Mapping as Table

    source: Source | None = None
    try:
        source = decode(shown, data)
        root = read(source)[0].root
    except SourceError as error:
        where = ""
        if source is not None and error.offset is not None:
            line, column = source.position(error.offset)
            where = f":{line}:{column}"
        raise ConfigError(f"{shown}{where}: {error.reason}") from None
    assert isinstance(root, Table)
    if os.path.basename(absolute) == "pyproject.toml":
        tool = root.get("tool")
        inner = tool.get("smtplint") if isinstance(tool, Table) else None
        if inner is None:
            if must:
                raise ConfigError(f"{shown}: has no [tool.smtplint]")
            return None
        if not isinstance(inner, Table):
            raise ConfigError(f"{_at(inner)}: tool.smtplint must be a table")
        root = inner
    config = Config(absolute, shown)
    _fill(config, root)
    return config


def _at(node: Node) -> str:
    line, column = node.source.position(node.start)
    return f"{node.source.path}:{line}:{column}"


def _fill(config: Config, root: Table) -> None:
    for entry in root.entries:
        written = entry.key.text
        key = written.replace("_", "-")
        kind = KEYS.get(key)
        if kind is None:
            from smtplint.nearest import hint

            raise ConfigError(f"{_at(entry.key)}: unknown key '{_tame(written)}'{hint(written, KEYS)}")
        if key in config.values:
            raise ConfigError(f"{_at(entry.key)}: '{key}' is set twice")
        config.values[key] = _value(config, key, kind, entry.value)
        config.places[key] = _at(entry.key)


def _tame(text: str) -> str:
    """A key as it can be repeated in a message."""
    return "".join(char if char.isprintable() else "?" for char in text[:60])


def _value(config: Config, key: str, kind: str, node: Node) -> Any:
    from smtplint.tree import Mapping as Table
    from smtplint.tree import Scalar as Value

    def fail(at: Node) -> ConfigError:
        return ConfigError(f"{_at(at)}: '{key}' must be {EXPECTED[kind]}")

    if kind.startswith("table"):
        if not isinstance(node, Table):
            raise fail(node)
        found: dict[str, Any] = {}
        for entry in node.entries:
            name = entry.key.text
            if kind == "table of selectors":
                found[name] = tuple(item.text for item in _texts(entry.value, fail))
                config.mentions += [(key, item.text, _at(item)) for item in _texts(entry.value, fail)]
            else:
                text = _text(entry.value, fail).text
                if kind == "table of levels":
                    config.mentions.append((key, name, _at(entry.key)))
                    if text not in LEVELS:
                        raise fail(entry.value)
                found[name] = text
        return found
    if kind in ("selectors", "texts", "paths"):
        items = _texts(node, fail)
        if kind == "selectors":
            config.mentions += [(key, item.text, _at(item)) for item in items]
        if kind == "paths":
            return tuple(os.path.normpath(os.path.join(config.folder, item.text)) for item in items)
        return tuple(item.text for item in items)
    if kind in ("threshold", "path"):
        text = _text(node, fail).text
        if kind == "path":
            return os.path.normpath(os.path.join(config.folder, text))
        if text not in THRESHOLDS:
            raise fail(node)
        return text
    if not isinstance(node, Value):
        raise fail(node)
    if kind == "switch":
        if node.type != "bool":
            raise fail(node)
        return node.text.lower() == "true"
    if node.type != "int" or len(node.text) > 15 or int(node.text) <= 0:
        raise fail(node)
    return int(node.text)


def _text(node: Node, fail: Callable[[Node], ConfigError]) -> Scalar:
    if getattr(node, "type", "") != "str":
        raise fail(node)
    return node  # type: ignore[return-value]


def _texts(node: Node, fail: Callable[[Node], ConfigError]) -> list[Scalar]:
    items = getattr(node, "items", None)
    if not isinstance(items, list):
        raise fail(node)
    return [_text(item, fail) for item in items]


def check_names(mentions: Iterable[tuple[str, str, str]], rules: Rules) -> None:
    """Raise ConfigError for the first mention (key or option, selector, place or "") of a rule that does not exist."""
    for key, selector, place in mentions:
        if not known(selector, rules):
            where = f"{place}: " if place else ""
            raise ConfigError(f"{where}{key} names the unknown rule '{_tame(selector)}'{suggestion(selector, rules)}")


def check_profiles(config: Config, profiles: Iterable[str]) -> None:
    """Raise ConfigError when `profiles` maps to a profile that does not exist."""
    ids = [*profiles, "none"]
    for profile in config.values.get("profiles", {}).values():
        if profile not in ids:
            from smtplint.nearest import hint

            place = config.places["profiles"]
            raise ConfigError(f"{place}: 'profiles' names the unknown profile '{_tame(profile)}'{hint(profile, ids)}")


def describe(options: Options, origins: Mapping[str, str]) -> list[tuple[str, object, str]]:
    """`(key, value, where it comes from)` of every key, for `smtplint config`; `origins` maps keys that are not at their default."""
    shown: dict[str, object] = {
        "select": list(options.select) if options.select is not None else None,
        "extend-select": list(options.extend_select),
        "ignore": list(options.ignore),
        "per-file-ignores": {glob: list(names) for glob, names in options.per_file_ignores.items()},
        "exclude": list(options.exclude),
        "fail-on": options.fail_on,
        "baseline": options.baseline or None,
        "rules": list(options.rules),
        "levels": options.levels,
        "private-hosts": list(options.private_hosts),
        "development-hosts": list(options.development_hosts),
        "profiles": options.profiles,
        "versions": options.versions,
        "docs": options.docs,
        "max-file-size": options.max_file_size,
    }
    return [(key, shown[key], origins.get(key, "default")) for key in KEYS]
