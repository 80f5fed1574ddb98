"""What is known at one point of a module: names, variables, choices. Knows nothing of libcst."""

from __future__ import annotations

from smtplint.readers.python.model import EnvFile, Unknown, Value
from smtplint.tree import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from smtplint.readers.python.choices import Choices
    from smtplint.readers.python.pieces import Pieces
    from smtplint.source import Source

URLS = ("email_url", "dj_email_url")


class Slot:
    """A name and what it stands for. `key` is the name as it stands in the assignment."""

    __slots__ = ("key", "value")

    def __init__(self, key: Scalar, value: Value) -> None:
        self.key = key
        self.value = value


class State:
    """`scopes` holds the names in sight, innermost last; `unsure` is above 0 where code may run or not. `trouble` counts what may have
    raised."""

    __slots__ = (
        "calls",
        "choices",
        "env_files",
        "environ",
        "hidden",
        "lenient",
        "overrides",
        "pieces",
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
        pieces: Pieces,
        choices: Choices,
        environ: Callable[[str], Scalar | Unknown | None],
        poisoned: set[str],
    ) -> None:
        self.source = source
        self.pieces = pieces
        self.choices = choices
        self.environ = environ
        self.poisoned = poisoned
        self.scopes: list[dict[str, Slot]] = [{}]
        self.hidden: set[str] = set()
        self.unsure = 0
        self.trouble = 0
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
                value.ident, (
                "str" if isinstance(value.data, str) else "number",
                value.data,
            )
            ):
                return value.but(known=False, data=None, lookup="", unset=None)
        return value

    def blurred(self, value: Value) -> Value:
        """A value that something else may have replaced."""
        return value.but(
            known=False, data=None, assumed=False, ident=("blur", value.source.path, value.start, value.end), unset=None, lookup=""
        )

    def set_variable(self, name: str, value: Value, *, keep: bool) -> None:
        """`os.environ[name] = value`, or `setdefault` when `keep`."""
        if keep:
            found = self.environ(name)
            if isinstance(found, Scalar) or name in self.overrides:
                return
            value = value.but(assumed=value.known and found is not None, ident=("env", name))
        self.overrides[name] = value.but(known=False, data=None, assumed=False, ident=("env", name)) if self.unsure else value
