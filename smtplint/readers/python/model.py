"""What reading a Python settings module yields, and the values that are passed around while doing so."""

from __future__ import annotations

from smtplint.source import Place, Source
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable

MAX_DEPTH = 100
MAX_NODES = 20_000
MAX_TEXT = 65_536
WORLDS = 8

# Tags of mail URLs, by the libraries that take them apart; under these names their calls are reported.
URL_CALLS = {"email_url": "environ.email_url()", "dj_email_url": "dj_email_url()"}
URLS = tuple(URL_CALLS)
# The tag of what is taken out of such an answer. It is reported as None: whoever knows the schemes knows what the address says there.
PICKED = "of a mail URL"


class Unknown:
    """The answer of an `environ` callback about a variable of which nothing is known."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


class EnvFile:
    """An env file that the module says it reads.

    `module` the path of the file that says so.
    `path`  relative to the folder of that file, with forward slashes; "" for the tool's own search (see `tool`), with a slash at its end for a
            search that begins there.
    `tool`  dotenv (python-dotenv, django-dotenv), environ (django-environ), decouple, environs, starlette, pydantic.
    `known` False when the path cannot be worked out.
    `start`, `end` span of the call or of the class setting that names it.
    """

    __slots__ = ("end", "known", "module", "override", "path", "start", "tool")

    def __init__(self, module: str, path: str, tool: str, start: int, end: int, *, known: bool = True, override: bool = False) -> None:
        self.module = module
        self.path = path
        self.tool = tool
        self.start = start
        self.end = end
        self.known = known
        self.override = override

    def __repr__(self) -> str:
        return f"EnvFile({self.path!r}, {self.tool})"


class World:
    """The settings as one way through the module's branches leaves them.

    `branch`  "" or how it differs from the other worlds: "if DEBUG", "else of if DEBUG".
    `root`    name → value of every module-level setting; classes, and calls such as `ConnectionConfig()`, are entries too.
    `reads`   names of the environment variables looked up, in order of first use.
    `files`   the env files read up to its end, those of the modules it imports included, in order.
    """

    __slots__ = ("branch", "files", "reads", "root")

    def __init__(self, branch: str, root: Mapping, reads: tuple[str, ...], files: tuple[EnvFile, ...] = ()) -> None:
        self.branch = branch
        self.root = root
        self.reads = reads
        self.files = files

    def __repr__(self) -> str:
        return f"World({self.branch!r}, {self.root!r})"


class Module:
    """A settings module.

    `star_imports`  (level, module) in order of first use. `dependencies`: names of the environment variables looked up.
    `cut`           it holds more settings than are read; those left out are unresolved.
    """

    __slots__ = ("cut", "dependencies", "env_files", "star_imports", "worlds")

    def __init__(
        self,
        worlds: list[World],
        star_imports: list[tuple[int, str]],
        env_files: list[EnvFile],
        dependencies: set[str],
        cut: bool = False,
    ) -> None:
        self.worlds = worlds
        self.cut = cut
        self.star_imports = star_imports
        self.env_files = env_files
        self.dependencies = dependencies


class Thing:
    """A value that is no setting itself: a module, a function, an Env object. `dotted` is what it is called where it comes from."""

    __slots__ = ("data", "dotted", "kind")

    def __init__(self, kind: str, dotted: str = "", data: object = None) -> None:
        self.kind = kind
        self.dotted = dotted
        self.data = data


class Blueprint:
    """A class of the module, or one imported from a module of the repository."""

    __slots__ = ("attributes", "foreign", "keys", "name", "named", "partial", "pydantic", "span", "tag")

    def __init__(self, name: str, span: tuple[int, int], tag: str) -> None:
        self.name = name
        self.span = span
        self.tag = tag
        self.attributes: dict[str, Value] = {}
        self.keys: dict[str, Scalar] = {}
        self.partial = False
        self.pydantic = False
        self.foreign = False
        self.named = False


class Table:
    """A dictionary: rows in order; `partial` when it may hold more than is seen."""

    __slots__ = ("partial", "rows", "tag")

    def __init__(self, rows: list[tuple[Value, Value]], *, partial: bool = False, tag: str = "") -> None:
        self.rows = rows
        self.partial = partial
        self.tag = tag

    def get(self, key: object) -> Value | None:
        """The value of a literal key; None when absent (or unknown, if `partial` or a key is)."""
        for known, value in reversed(self.rows):
            if known.known and known.data == key and type(known.data) is type(key):
                return value
        return None

    @property
    def sure(self) -> bool:
        """Whether the absence of a key is known."""
        return not self.partial and all(key.known for key, _ in self.rows)


Data = str | int | float | bool | None | list["Value"] | Table | Thing | Blueprint


class Value:
    """An evaluated expression.

    `known`    whether `data` is what Python would compute.
    `assumed`  it rests on the default of an environment look-up: good enough for a setting, not for choosing a branch.
    `lookup`   name of the environment variable when it *is* an unresolved look-up, and `unset` what that gives without the variable:
               a Value, or None where Python would raise. `written`: the look-up in a few words.
    `mask`     of an unresolved text, what is written out of it: `${_}` stands for the rest.
    `ident`    equal for unresolved expressions that are equal at run time; `boolean` when it is surely True or False.
    """

    __slots__ = (
        "assumed",
        "boolean",
        "conditional",
        "data",
        "end",
        "ident",
        "known",
        "lookup",
        "mask",
        "note",
        "source",
        "start",
        "style",
        "tag",
        "unset",
        "via",
        "written",
    )

    def __init__(
        self,
        data: Data,
        source: Source,
        start: int,
        end: int,
        *,
        known: bool = True,
        style: str = "code",
        tag: str = "",
        note: str = "",
        via: tuple[Place, ...] = (),
        assumed: bool = False,
        ident: Hashable = None,
        boolean: bool = False,
        lookup: str = "",
        unset: Value | None = None,
        conditional: bool = False,
        written: str = "",
        mask: str = "",
    ) -> None:
        self.data: Data = data
        self.source = source
        self.start = start
        self.end = end
        self.known = known
        self.style = style
        self.tag = tag
        self.note = note
        self.via = via
        self.assumed = assumed
        self.ident = ident
        self.boolean = boolean
        self.lookup = lookup
        self.unset = unset
        self.conditional = conditional
        self.written = written
        self.mask = mask

    def __repr__(self) -> str:
        return f"Value({type(self.data).__name__}, {'known' if self.known else 'unresolved'}, {self.start}-{self.end})"

    def but(self, **changes: object) -> Value:
        """A copy with some attributes changed."""
        new = Value.__new__(Value)
        for name in Value.__slots__:
            setattr(new, name, changes.get(name, getattr(self, name)))
        return new

    @property
    def plain(self) -> bool:
        """Whether it is a known text, number, truth value or None."""
        return self.known and (self.data is None or isinstance(self.data, str | int | float))


class Budget:
    """How many nodes may still be built: names that hold names can double with every line."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_NODES


def scalar(value: Value) -> Scalar:
    """A value that is no container as a Scalar of the tree."""
    data = value.data
    text, kind = "", "null"
    state = "known" if value.plain else "unresolved"
    if value.plain:
        if data is None:
            text = "None"
        elif isinstance(data, bool):
            text, kind = str(data), "bool"
        elif isinstance(data, str):
            text, kind = data, "str"
        elif isinstance(data, int):
            text, kind = str(data), "int"
        else:
            text, kind = repr(data), "float"
    elif value.tag == PICKED:
        text, state = "None", "known"
    elif value.tag in URLS:
        text = value.mask
    return Scalar(
        text,
        value.source,
        value.start,
        value.end,
        style=value.style,
        type=kind,
        state=state,
        tag=value.tag,
        via=value.via,
        note=value.note,
    )


def to_node(value: Value, budget: Budget, depth: int = 0) -> Node:
    """A value as a node of the tree. What cannot be shown (objects, too deep, too many) is an unresolved Scalar."""
    data = value.data
    budget.left -= 1
    if value.known and depth < MAX_DEPTH and budget.left > 0:
        if isinstance(data, list):
            items = [to_node(item, budget, depth + 1) for item in data]
            return Sequence(value.source, value.start, value.end, items, tag=value.tag)
        if isinstance(data, Table):
            entries = [
                Entry(scalar(key), to_node(item, budget, depth + 1), conditional=item.conditional) for key, item in data.rows if key.plain
            ]
            partial = data.partial or len(entries) < len(data.rows)
            return Mapping(value.source, value.start, value.end, entries, partial=partial, tag=data.tag or value.tag)
    if value.plain:
        return scalar(value)
    return scalar(value.but(known=False, data=None))


def class_node(value: Value, blueprint: Blueprint, budget: Budget) -> Mapping:
    """A class as a Mapping of its attributes, inherited ones included."""
    entries = []
    partial = blueprint.partial
    for name, attribute in blueprint.attributes.items():
        if budget.left <= 0:
            partial = True
            break
        if attribute.known and isinstance(attribute.data, Thing | Blueprint) and attribute.tag not in URLS:
            continue
        key = blueprint.keys[name]
        key = key.but(text=URL_CALLS[attribute.tag]) if attribute.tag in URLS else key
        entries.append(Entry(key, to_node(attribute, budget, 1), conditional=attribute.conditional))
    return Mapping(value.source, value.start, value.end, entries, partial=partial, tag=blueprint.tag)


def from_node(node: Node, depth: int = 0) -> Value:
    """A node of another module's tree as a value again."""
    if isinstance(node, Scalar):
        data: Data = None
        known = node.state == "known" and node.tag != PICKED
        if known:
            if node.type == "bool":
                data = node.text == "True"
            elif node.type == "int":
                data = int(node.text)
            elif node.type == "float":
                data = float(node.text)
            elif node.type != "null":
                data = node.text
        return Value(
            data,
            node.source,
            node.start,
            node.end,
            known=known,
            style=node.style,
            tag=node.tag,
            note=node.note,
            via=node.via,
            mask="" if known else node.text,
            assumed=known and node.note.startswith("the default in "),
            ident=None if known else ("at", node.source.path, node.start, node.end),
        )
    if depth >= MAX_DEPTH:
        return Value(None, node.source, node.start, node.end, known=False)
    if isinstance(node, Sequence):
        return Value([from_node(item, depth + 1) for item in node.items], node.source, node.start, node.end, tag=node.tag)
    if node.tag.startswith("class"):
        blueprint = Blueprint("", (node.start, node.end), node.tag)
        blueprint.foreign = True
        blueprint.partial = node.partial
        blueprint.pydantic = node.tag == "class BaseSettings"
        for entry in node.entries:
            blueprint.attributes[entry.key.text] = from_node(entry.value, depth + 1)
            blueprint.keys[entry.key.text] = entry.key
        return Value(blueprint, node.source, node.start, node.end)
    rows = [(from_node(entry.key), from_node(entry.value, depth + 1)) for entry in node.entries]
    return Value(Table(rows, partial=node.partial, tag=node.tag), node.source, node.start, node.end)
