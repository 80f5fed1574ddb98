"""Classes whose attributes are settings: Flask, pydantic, django-configurations, plain ones."""

from __future__ import annotations

import ast

from smtplint.lazy import later
from smtplint.readers.python import lookups
from smtplint.readers.python.environment import from_variable
from smtplint.readers.python.model import Blueprint, EnvFile, Table, Thing, Value
from smtplint.readers.python.state import Call, Dead, Slot
from smtplint.tree import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.readers.python.run import Run

_NAME = later(r"[\s\\]*(\w+)")
_PYDANTIC = frozenset({"BaseSettings", "BaseModel"})
_PLAIN_BASES = frozenset({"object", "BaseSettings", "BaseModel", "Configuration", "ABC", "Enum", "Protocol", "BaseConfig"})


def klass(run: Run, stmt: ast.ClassDef) -> None:
    """A class with settings as attributes."""
    state = run.state
    offsets = run.selection.offsets
    start, end = offsets.span(stmt)
    # Not looked for as it is: Python makes `º` in a name an `o`.
    written = _NAME.match(run.source.text, offsets.of(stmt.lineno, stmt.col_offset) + len("class"))
    at, stop = written.span(1) if written else (start, start + len("class"))
    key = Scalar(stmt.name, run.source, at, stop, style="plain", type="str")
    blueprint = Blueprint(stmt.name, (start, end), "class")
    for base in reversed(stmt.bases):
        inherit(run, blueprint, base)
    if blueprint.pydantic:
        blueprint.tag = "class BaseSettings"
    scope_info = run.selection.classes.get(id(stmt))
    scope: dict[str, Slot] = {}
    state.scopes.append(scope)
    try:
        if scope_info is not None:
            run.block(stmt.body)
            if blueprint.pydantic:
                required(run, stmt, scope)
    except Dead:
        pass
    finally:
        state.scopes.pop()
    own = {name: slot for name, slot in scope.items() if name not in ("model_config", "Config")}
    if blueprint.pydantic:
        pydantic(run, stmt, scope, own)
    for name, slot in sorted(own.items(), key=lambda item: item[1].key.start):
        blueprint.attributes.pop(name, None)
        blueprint.attributes[name] = slot.value
        blueprint.keys[name] = slot.key
    if any(isinstance(child, ast.FunctionDef) and child.name in ("__init__", "__getattribute__") for child in stmt.body):
        blueprint.partial = True
    value = Value(blueprint, run.source, start, end, known=True)
    if (
        stmt.decorator_list
        and not run.selection.whole_class(stmt)
        and any("dataclass" not in run.selection.text(item) for item in stmt.decorator_list)
    ):
        blueprint.partial = True
    run.bind(stmt.name, key, value)


def inherit(run: Run, blueprint: Blueprint, base: ast.expr) -> None:
    """What a class has from one of its bases."""
    name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
    slot = run.state.find(base.id) if isinstance(base, ast.Name) else None
    if slot is not None and slot.value.known and isinstance(slot.value.data, Blueprint):
        parent = slot.value.data
        for attribute, value in parent.attributes.items():
            blueprint.attributes[attribute] = value
            blueprint.keys[attribute] = parent.keys[attribute]
        blueprint.partial = blueprint.partial or parent.partial
        blueprint.pydantic = blueprint.pydantic or parent.pydantic
    elif name in _PYDANTIC:
        blueprint.pydantic = True
    elif name not in _PLAIN_BASES:
        blueprint.partial = True


def required(run: Run, stmt: ast.ClassDef, scope: dict[str, Slot]) -> None:
    """Fields of a pydantic class that have no default: somebody has to set them."""
    for child in stmt.body:
        if (
            isinstance(child, ast.AnnAssign)
            and child.value is None
            and isinstance(child.target, ast.Name)
            and id(child) in run.selection.wanted
        ):
            name = child.target.id
            value = run.nothing(child.target).but(note="required, and set from outside", lookup=name)
            scope[name] = Slot(run.key(name, child.target), value)


def pydantic(run: Run, stmt: ast.ClassDef, scope: dict[str, Slot], own: dict[str, Slot]) -> None:
    """Defaults of Field(…), and what the environment says, for the fields of a pydantic class."""
    prefix = ""
    settings = scope.get("model_config")
    table = settings.value.data if settings is not None and settings.value.known else None
    nested = scope.get("Config")
    rows: dict[str, Value] = {}
    if isinstance(table, Table):
        rows = {key.data: value for key, value in table.rows if key.plain and isinstance(key.data, str)}
    elif nested is not None and isinstance(nested.value.data, Blueprint):
        rows = nested.value.data.attributes
    lead = rows.get("env_prefix")
    if lead is not None:
        prefix = lead.data if lead.plain and isinstance(lead.data, str) else ""
    file = rows.get("env_file")
    if file is not None and run.evaluator is not None and not (file.plain and file.data is None):
        for item in file.data if file.known and isinstance(file.data, list) else [file]:
            text = run.evaluator.path_text(item)
            run.state.env_files.append(EnvFile(run.source.path, text or "", "pydantic", item.start, item.end, known=text is not None))
    kinds = {
        child.target.id: run.selection.text(child.annotation)
        for child in stmt.body
        if isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name)
    }
    sure_prefix = lead is None or lead.plain
    base_settings = any((base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")) != "BaseModel" for base in stmt.bases)
    for name, slot in own.items():
        value = slot.value
        variables = [prefix + name]
        if value.known and isinstance(value.data, Thing) and value.data.kind == "field":
            value, aliases = field(value)
            variables = aliases or variables
        if base_settings and sure_prefix and name in kinds:
            value = from_environment(run, variables, value, kinds[name], slot)
        slot.value = value


def field(value: Value) -> tuple[Value, list[str]]:
    """The default of a pydantic Field, and the names it is read from."""
    call = value.data.data if isinstance(value.data, Thing) else None
    gone = value.but(known=False, data=None, lookup="required")
    if not isinstance(call, Call):
        return gone, []
    aliases = []
    for keyword in ("validation_alias", "alias", "env"):
        item = call.keywords.get(keyword)
        if item is not None and item.plain and isinstance(item.data, str):
            aliases.append(item.data)
            break
    default = call.pick(0, "default")
    if default is None or (call.open and "default" not in call.keywords):
        return gone, aliases
    return default, aliases


def from_environment(run: Run, variables: list[str], value: Value, kind: str, slot: Slot) -> Value:
    """A pydantic field as an env file sets it; variables are matched without regard to case."""
    for variable in variables:
        for name in dict.fromkeys((variable, variable.upper(), variable.lower())):
            found = run.state.variable(name, "pydantic")
            run.state.reads.setdefault(variable.upper())
            if not isinstance(found, Scalar):
                continue
            result = from_variable(found, slot.key.place)
            if not result.known:
                return result
            want = "int" if "int" in kind else "bool" if "bool" in kind else "str"
            data = lookups.cast(want, "pydantic", found.text)
            if data is lookups.FAILED:
                return result.but(known=False, data=None, tag=want)
            return result.but(data=data, tag=want)
    return value
