"""The parts that rule files are made of: conditions, rows with versions, defaults, fields and placements.

Each function takes what YAML made of the part and the `Lines` of its file, and gives the compiled part or raises CatalogError.
"""

from __future__ import annotations

from smtplint.catalog.condition import ConditionError, compile_condition, names
from smtplint.catalog.paths import PathError, compile_path
from smtplint.decode import DECODERS, STANDARD
from smtplint.nearest import hint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from smtplint.catalog.rulefiles import Lines

MODES = ("plaintext", "opportunistic", "starttls", "implicit", "invalid", "unknown")


def condition(text: object, allowed: Iterable[str] | None, lines: Lines) -> Any:
    """A condition that may ask about the names in `allowed` (any, when None); the one that always holds for none, `otherwise` and true."""
    if text is None or text == "otherwise" or text is True:
        return ("const", True)
    if not isinstance(text, str):
        raise lines.fail(f"a condition is a text, not {text!r}")
    try:
        compiled = compile_condition(text)
    except ConditionError as error:
        raise lines.fail(str(error), text[:40]) from None
    if allowed is not None:
        known = set(allowed)
        for name in names(compiled):
            if name not in known and not name.startswith("query."):
                raise lines.fail(f"{text!r} asks about {name!r}, which is no field here{hint(name, known)}", name)
    return compiled


def only(row: dict[str, Any], lines: Lines) -> tuple[tuple[str, str], ...]:
    """The versions a row holds for: (axis, specification), sorted."""
    axes = row.get("only") or {}
    if not isinstance(axes, dict):
        raise lines.fail("only: takes {axis: '<1.2'}", "only")
    return tuple(sorted((str(axis), str(spec)) for axis, spec in axes.items()))


def rows(entry: object, result: str, allowed: Iterable[str], lines: Lines) -> tuple[dict[str, Any], ...]:
    """A list of `{when, only, <result>}`, or a plain value, as rows."""
    if not isinstance(entry, list):
        return ({"when": ("const", True), "only": (), result: entry},)
    compiled = []
    for row in entry:
        if not isinstance(row, dict) or result not in row:
            raise lines.fail(f"a row needs {result}:")
        compiled.append(
            {
                "when": condition(row.get("when"), allowed, lines),
                "only": only(row, lines),
                result: plain(row[result]),
                "note": row.get("note", ""),
            }
        )
    return tuple(compiled)


def plain(value: Any) -> Any:
    """A value with tuples in place of lists."""
    return tuple(plain(item) for item in value) if isinstance(value, list) else value


def several(value: Any) -> tuple[Any, ...]:
    """A list as a tuple; anything else, which may be written without the brackets, as its only item."""
    return tuple(value) if isinstance(value, list) else (value,)


def as_word(value: object) -> str:
    """A word that YAML may have made a boolean, a number or nothing of, as it was meant."""
    return {True: "true", False: "false", None: "null"}.get(value, str(value)) if value is None or isinstance(value, bool) else str(value)


def _texts(value: dict[Any, Any]) -> dict[str, Any]:
    return {as_word(key): plain(item) for key, item in value.items()}


def default(value: object, lines: Lines) -> dict[str, Any]:
    """`{value}` plain · `{rows}` by fields or version · `{modes}` by mode · `{unresolved}` decided where no file shows it, and why."""
    if isinstance(value, dict) and set(value) == {"unresolved"}:
        return {"unresolved": str(value["unresolved"])}
    if isinstance(value, dict):
        modes = {str(key): plain(item) for key, item in value.items()}
        for key in modes:
            if key not in (*MODES, "otherwise"):
                raise lines.fail(f"default: {key!r} is no mode", key)
        return {"modes": modes}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {"rows": value}
    return {"value": plain(value)}


def settled(given: dict[str, Any], allowed: Iterable[str], lines: Lines) -> dict[str, Any]:
    """A `default`, its rows compiled: done once all names are known that their conditions may ask about."""
    return {"rows": rows(given["rows"], "value", allowed, lines)} if "rows" in given else given


def field(name: str, spec: object, lines: Lines) -> dict[str, Any]:
    """One setting: its decoder and the options of that, its default not yet `settled`."""
    if spec is None:
        spec = {}
    if isinstance(spec, str):
        spec = {spec: None}
    if not isinstance(spec, dict):
        raise lines.fail(f"field {name}: a mapping is expected", name)
    compiled: dict[str, Any] = {}
    decoder = None
    for key, value in spec.items():
        if key in DECODERS:
            if decoder is not None:
                raise lines.fail(f"field {name}: one decoder, not {decoder} and {key}", name)
            decoder = key
            if key == "enum":
                # Its words are no options: one of them may be called true, else or default.
                compiled["enum"] = (
                    {as_word(word): plain(meaning) for word, meaning in value.items()}
                    if isinstance(value, dict)
                    else tuple(as_word(item) for item in value or ())
                )
            elif isinstance(value, dict):
                compiled.update(_texts(value))
            elif value is not None:
                compiled[key] = value
        elif key is True or key is False or key is None:
            # An unquoted `true:` is a boolean key in YAML, `null:` none at all; the words themselves are meant.
            compiled[as_word(key)] = tuple(as_word(item) for item in value)
        elif key in ("true", "false", "null"):
            compiled[key] = tuple(as_word(item) for item in value)
        elif key == "default":
            compiled["default"] = default(value, lines)
        elif key == "empty" and isinstance(value, list):
            # Another default than where the key is not written at all.
            compiled["empty_default"] = default(value, lines)
        elif key in (
            "empty",
            "else",
            "inverted",
            "fold",
            "unit",
            "other",
            "text_only",
            "typed",
            "first",
            "with_port",
            "port_first",
            "list",
            "several",
            "floor",
            "query",
            "values",
            "schemes",
            "own_meaning",
            "own_host",
            "note",
            "names",
            "required",
        ):
            compiled[key] = _texts(value) if isinstance(value, dict) else plain(value)
        else:
            raise lines.fail(f"field {name}: {key!r} is neither a decoder nor an option", str(key))
    if decoder is None:
        decoder = STANDARD.get(name)
        if decoder is None:
            raise lines.fail(f"field {name}: says no decoder ({', '.join(DECODERS)})", name)
    compiled["decoder"] = decoder
    return compiled


def placement(entry: object, fields: set[str], lines: Lines) -> dict[str, Any]:
    """Where keys stand and what they are called there; `fields` are those they may be names of. Its defaults are not yet `settled`."""
    if not isinstance(entry, dict):
        raise lines.fail("a placement is a mapping", "placements")
    compiled: dict[str, Any] = {"syntax": several(entry.get("syntax"))}
    compiled["files"] = tuple(str(item) for item in entry.get("files") or ())
    try:
        compiled["at"] = tuple(compile_path(str(path)) for path in several(entry.get("at", "")))
        compiled["unless"] = tuple(compile_path(str(path)) for path in entry.get("unless") or ())
    except PathError as error:
        raise lines.fail(str(error), "at") from None
    compiled["names"] = _names(entry.get("names") or {}, fields, lines)
    compiled["fold"] = bool(entry.get("fold"))
    compiled["prefix"] = entry.get("prefix", "")
    compiled["loader"] = entry.get("loader", "")
    compiled["common"] = bool(entry.get("common"))
    compiled["wordless"] = bool(entry.get("wordless"))
    if compiled["wordless"] and not compiled["files"]:
        raise lines.fail("wordless: says that names of files are enough, so it needs files:", "wordless")
    compiled["where"] = tuple(
        sorted((str(key), tuple(as_word(item) for item in several(value))) for key, value in (entry.get("where") or {}).items())
    )
    compiled["defaults"] = {name: default(value, lines) for name, value in (entry.get("defaults") or {}).items()}
    compiled["without"] = tuple(str(item) for item in entry.get("without") or ())
    compiled["containers"] = several(entry["container"]) if entry.get("container") else ()
    inherits = entry.get("inherits")
    if inherits:
        compiled["inherits"] = {
            "at": compile_path(str(inherits.get("at", ""))),
            "names": _names(inherits.get("names") or {}, fields, lines),
            "whole": tuple(inherits.get("whole") or ()),
        }
    for name in compiled["defaults"]:
        if name not in fields:
            raise lines.fail(f"placement: {name!r} is no field", str(name))
    return compiled


def _names(entry: dict[str, Any], fields: set[str], lines: Lines) -> dict[str, tuple[str, ...]]:
    found = {}
    for field, keys in entry.items():
        if field not in fields:
            raise lines.fail(f"names: {field!r} is no field of this profile{hint(str(field), fields)}", str(field))
        found[str(field)] = tuple(as_word(item) for item in several(keys))
    return found
