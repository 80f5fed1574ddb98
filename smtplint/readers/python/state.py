"""What is known at one point of a module: names, variables, choices."""

from __future__ import annotations

from smtplint.readers.python.model import URLS, Blueprint, EnvFile, Table, Thing, Unknown, Value
from smtplint.tree import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smtplint.readers.python.choices import Choices
    from smtplint.source import Source


def empty(value: Value) -> bool:
    """A known None or empty text, list or table: as a default it says nothing."""
    return value.known and (value.data is None or value.data in ("", []) or (isinstance(value.data, Table) and not value.data.rows))


def truthy(value: Value) -> bool | None:
    """The truth of a known value; None when it cannot be told."""
    if not value.known:
        return None
    data = value.data
    if isinstance(data, Table):
        return bool(data.rows) or (None if data.partial else False)
    if isinstance(data, Thing):
        return None
    if isinstance(data, Blueprint):
        return None
    if value.tag in URLS:
        return True
    return bool(data)


def literal(value: Value) -> tuple[str, object]:
    """A plain value as conditions remember it: equal if Python says so."""
    return ("number" if isinstance(value.data, int | float) else type(value.data).__name__, value.data)


class Call:
    """The arguments of a call, evaluated. `open`: there are `*` or `**` arguments that nobody can see into."""

    __slots__ = ("args", "keywords", "open", "rows")

    def __init__(self) -> None:
        self.args: list[Value] = []
        self.keywords: dict[str, Value] = {}
        self.rows: list[tuple[Value, Value]] = []
        self.open = False

    def pick(self, position: int, keyword: str) -> Value | None:
        """An argument by position or keyword."""
        if keyword in self.keywords:
            return self.keywords[keyword]
        return self.args[position] if position < len(self.args) else None


class Dead(Exception):
    """This way through the module ends here: `raise`, `return`, `break`, `continue`."""


class Slot:
    """A name and what it stands for. `key` is the name as it stands in the assignment."""

    __slots__ = ("key", "value")

    def __init__(self, key: Scalar, value: Value) -> None:
        self.key = key
        self.value = value


class State:
    """`scopes` holds the names in sight, innermost last; `unsure` is above 0 where code may run or not. `trouble` counts what may have
    raised; `floor` is what `unsure` is at least, 1 in a function."""

    __slots__ = (
        "calls",
        "choices",
        "env_files",
        "environ",
        "floor",
        "hidden",
        "lenient",
        "overrides",
        "poisoned",
        "prefixes",
        "reads",
        "scopes",
        "seen",
        "source",
        "trouble",
        "unsure",
        "urls",
    )

    def __init__(
        self,
        source: Source,
        choices: Choices,
        environ: Callable[[str, str, Sequence[EnvFile]], Scalar | Unknown | None],
        poisoned: set[str],
    ) -> None:
        self.source = source
        self.choices = choices
        self.environ = environ
        self.poisoned = poisoned
        self.scopes: list[dict[str, Slot]] = [{}]
        self.hidden: set[str] = set()
        self.unsure = 0
        self.trouble = 0
        self.floor = 0
        self.lenient = False
        self.prefixes: list[str | None] = []
        self.reads: dict[str, None] = {}
        self.overrides: dict[str, Value] = {}
        self.env_files: list[EnvFile] = []
        self.calls: list[tuple[str, Value]] = []
        self.urls: list[tuple[str, Value]] = []
        self.seen: set[int] = set()

    def find(self, name: str) -> Slot | None:
        """The slot of a name, from the innermost scope outwards."""
        for scope in reversed(self.scopes):
            slot = scope.get(name)
            if slot is not None:
                return slot
        return None

    def settle(self, value: Value) -> Value:
        """A value in the light of the branches taken: in the branch `if DEBUG`, DEBUG is true."""
        if value.ident is None or not self.choices.given or (value.known and not value.assumed):
            return value
        if value.boolean:
            truth = self.choices.implied(value.ident)
            return value if truth is None else value.but(known=True, data=truth, assumed=True, style="code", note="")
        sure, literal = self.choices.equal_to(value.ident)
        if sure and isinstance(literal, str | int | float | bool):
            return value.but(known=True, data=literal, assumed=True, style="code", note="")
        if value.assumed and value.plain:
            truth = self.choices.implied(value.ident)
            if (truth is not None and truth != bool(value.data)) or self.choices.unequal(
                value.ident,
                (
                    "str" if isinstance(value.data, str) else "number",
                    value.data,
                ),
            ):
                return value.but(known=False, data=None, lookup="", unset=None)
        return value

    def blurred(self, value: Value) -> Value:
        """A value that something else may have replaced."""
        return value.but(
            known=False,
            data=None,
            boolean=False,
            assumed=False,
            ident=("blur", value.source.path, value.start, value.end),
            unset=None,
            lookup="",
        )

    def variable(self, name: str, tool: str) -> Scalar | Unknown | None:
        """An environment variable as `tool` sees it at this point, after the env files that were read so far."""
        return self.environ(name, tool, self.env_files)

    def set_variable(self, name: str, value: Value, *, keep: bool) -> None:
        """`os.environ[name] = value`, or `setdefault` when `keep`."""
        if keep:
            found = self.variable(name, "python")
            if isinstance(found, Scalar) or name in self.overrides:
                return
            value = value.but(assumed=value.known and found is not None, ident=("env", name))
        self.overrides[name] = value.but(known=False, data=None, assumed=False, ident=("env", name)) if self.unsure else value
