"""From the YAML files under `rules/` to the compiled catalogue.

The compiled form is made of dicts, tuples, texts, numbers and None only, so it can be written with marshal. Every file is checked here;
a mistake is a `CatalogError` that names the file, the place in it and what was expected.
"""

from __future__ import annotations

import os
import re

from smtplint.catalog.condition import ConditionError, compile_condition, names
from smtplint.catalog.paths import PathError, compile_path, fold
from smtplint.decode import DECODERS, STANDARD, TLS_VERSIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

MODES = ("plaintext", "opportunistic", "starttls", "implicit", "invalid", "unknown")
KINDS = ("checks", "profiles", "clients", "carriers")
GOALS = ("starttls", "implicit", "verify", "tls12", "auth", "secret", "port", "timeout", "tls13")
# Names a condition may use beside a profile's own fields.
DERIVED = (
    "mode",
    "role",
    "host_scope",
    "scheme",
    "service",
    "host",
    "port",
    "username",
    "password",
    "password_file",
    "host_scheme",
    "verify",
    "verify_hostname",
    "enabled",
    "auth_enabled",
    "mechanism",
    "timeout",
    "tls_min",
    "tls_max",
    "protocols",
    "owner_image",
    "owner_chart",
    "loader",
    "branch",
    "auth",
    "language",
    "tls_floor",
)


class CatalogError(Exception):
    """A rule file that cannot be used. `str(error)` is `file:line: what was expected`."""


class _Lines:
    """Finds the line of a key in a YAML file, for messages."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    def fail(self, message: str, key: str = "") -> CatalogError:
        line = 1
        if key:
            match = re.search(rf"(?m)^.*(?<![\w-]){re.escape(key)}(?![\w-]).*$", self.text)
            if match:
                line = self.text.count("\n", 0, match.start()) + 1
        return CatalogError(f"{self.path}:{line}: {message}")


def read_yaml(path: str) -> tuple[Any, _Lines]:
    """One rule file. Raises CatalogError with its line when it is not YAML."""
    import yaml

    from smtplint.listing import TooLarge, read_bytes

    try:
        # A folder of rules may lie in the tree that is linted: no FIFO, no device, nothing without an end.
        text = read_bytes(path).decode("utf-8-sig")
    except TooLarge:
        raise CatalogError(f"{path}:1: is too large for a rule file") from None
    except UnicodeDecodeError:
        raise CatalogError(f"{path}:1: is not UTF-8") from None
    except OSError as error:
        raise CatalogError(f"{path}:1: cannot be read: {(error.strerror or 'input or output error').lower()}") from None
    lines = _Lines(path, text)
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return yaml.load(text, Loader=loader), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        number = mark.line + 1 if mark is not None else 1
        raise CatalogError(f"{path}:{number}: is not YAML ({getattr(error, 'problem', None) or 'it cannot be parsed'})") from None
    except RecursionError:
        raise CatalogError(f"{path}:1: is nested too deeply") from None
    except ValueError:
        # What YAML allows and Python does not: a number of thousands of digits, the thirtieth of February.
        raise CatalogError(f"{path}:1: holds a value that cannot be one") from None


def rule_files(folder: str, kind: str) -> list[str]:
    """The files of one kind, in order. An unexpected file in the folder is an error."""
    home = os.path.join(folder, kind)
    if not os.path.isdir(home):
        return []
    found = []
    for name in sorted(os.listdir(home)):
        if name.startswith("."):
            continue
        if not name.endswith(".yaml"):
            raise CatalogError(f"{os.path.join(home, name)}:1: only .yaml files belong in {kind}/")
        found.append(os.path.join(home, name))
    return found


def compile_folder(folder: str, *, validate: bool = False) -> dict[str, dict[str, Any]]:
    """Everything under one rules folder: {kind: {id: compiled}} plus 'providers'. With `validate`, against the JSON Schemas first."""
    result: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    result["providers"] = {}
    compilers = {"checks": compile_check, "profiles": compile_profile, "clients": compile_client, "carriers": compile_carrier}
    schemas = _Schemas() if validate else None
    for kind in ("clients", "profiles", "checks", "carriers"):
        for path in rule_files(folder, kind):
            data, lines = read_yaml(path)
            if not isinstance(data, dict):
                raise lines.fail("a mapping is expected at the top")
            name = os.path.basename(path)[:-5]
            if data.get("id") != name:
                raise lines.fail(f"id must be {name!r}, like the file", "id")
            if schemas is not None:
                schemas.check(kind, data, lines)
            result[kind][name] = compilers[kind](data, lines)
    path = os.path.join(folder, "providers.yaml")
    if os.path.isfile(path):
        data, lines = read_yaml(path)
        if schemas is not None:
            schemas.check("providers", data, lines)
        result["providers"] = compile_providers(data, lines)
    return result


class _Schemas:
    """Validation of rule files by JSON Schema; imported only at build time, in tests and for users' folders."""

    def __init__(self) -> None:
        from smtplint.catalog import locate

        self.folder = os.path.join(locate(), "schemas")
        self.validators: dict[str, Any] = {}

    def check(self, kind: str, data: object, lines: _Lines) -> None:
        name = {"checks": "check", "profiles": "profile", "clients": "client", "carriers": "carrier"}.get(kind, kind)
        if name not in self.validators:
            self.validators[name] = self._validator(name)
        # A word nobody knows says more than the one that is missing for it.
        error = min(
            self.validators[name].iter_errors(data),
            key=lambda e: (e.validator != "additionalProperties", -len(e.absolute_path), e.message),
            default=None,
        )
        if error is not None:
            where = ".".join(str(part) for part in error.absolute_path)
            key = next((str(part) for part in reversed(error.absolute_path) if isinstance(part, str)), "")
            raise lines.fail(f"{where or 'the file'}: {error.message}", key)

    def _validator(self, name: str) -> Any:
        import json

        from jsonschema.validators import validator_for
        from referencing import Registry, Resource

        loaded = {}
        for file in sorted(os.listdir(self.folder)):
            if file.endswith(".schema.json"):
                with open(os.path.join(self.folder, file), encoding="utf-8") as stream:
                    loaded[file] = json.load(stream)
        registry: Any = Registry().with_resources([(file, Resource.from_contents(schema)) for file, schema in loaded.items()])
        schema = loaded[f"{name}.schema.json"]
        return validator_for(schema)(schema, registry=registry)


def _condition(text: object, allowed: Iterable[str] | None, lines: _Lines) -> Any:
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
                from difflib import get_close_matches

                near = get_close_matches(name, known, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise lines.fail(f"{text!r} asks about {name!r}, which is no field here{hint}", name)
    return compiled


def _only(row: dict[str, Any], lines: _Lines) -> tuple[tuple[str, str], ...]:
    only = row.get("only") or {}
    if not isinstance(only, dict):
        raise lines.fail("only: takes {axis: '<1.2'}", "only")
    return tuple(sorted((str(axis), str(spec)) for axis, spec in only.items()))


def _rows(rows: object, result: str, allowed: Iterable[str], lines: _Lines) -> tuple[dict[str, Any], ...]:
    """A list of `{when, only, <result>}`, or a plain value, as rows."""
    if not isinstance(rows, list):
        return ({"when": ("const", True), "only": (), result: rows},)
    compiled = []
    for row in rows:
        if not isinstance(row, dict) or result not in row:
            raise lines.fail(f"a row needs {result}:")
        compiled.append(
            {
                "when": _condition(row.get("when"), allowed, lines),
                "only": _only(row, lines),
                result: _plain(row[result]),
                "note": row.get("note", ""),
            }
        )
    return tuple(compiled)


def _plain(value: Any) -> Any:
    return tuple(_plain(item) for item in value) if isinstance(value, list) else value


def _field(name: str, spec: object, lines: _Lines) -> dict[str, Any]:
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
                    {_word(word): _plain(meaning) for word, meaning in value.items()}
                    if isinstance(value, dict)
                    else tuple(_word(item) for item in value or ())
                )
            elif isinstance(value, dict):
                compiled.update(_texts(value))
            elif value is not None:
                compiled[key] = value
        elif key is True or key is False or key is None:
            # An unquoted `true:` is a boolean key in YAML, `null:` none at all; the words themselves are meant.
            compiled[_word(key)] = tuple(_word(item) for item in value)
        elif key in ("true", "false", "null"):
            compiled[key] = tuple(_word(item) for item in value)
        elif key == "default":
            compiled["default"] = _default(value, lines)
        elif key in (
            "empty",
            "else",
            "inverted",
            "fold",
            "unit",
            "zero",
            "other",
            "text_only",
            "typed",
            "first",
            "with_port",
            "list",
            "joined",
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
            compiled[key] = _texts(value) if isinstance(value, dict) else _plain(value)
        else:
            raise lines.fail(f"field {name}: {key!r} is neither a decoder nor an option", str(key))
    if decoder is None:
        decoder = STANDARD.get(name)
        if decoder is None:
            raise lines.fail(f"field {name}: says no decoder ({', '.join(DECODERS)})", name)
    compiled["decoder"] = decoder
    return compiled


def _word(value: object) -> str:
    return {True: "true", False: "false", None: "null"}.get(value, str(value)) if value is None or isinstance(value, bool) else str(value)


def _texts(value: dict[Any, Any]) -> dict[str, Any]:
    return {_word(key): _plain(item) for key, item in value.items()}


def _default(value: object, lines: _Lines) -> dict[str, Any]:
    """`{value}` plain · `{rows}` by fields or version · `{modes}` by mode · `{unresolved}` decided where no file shows it, and why."""
    if isinstance(value, dict) and set(value) == {"unresolved"}:
        return {"unresolved": str(value["unresolved"])}
    if isinstance(value, dict):
        modes = {str(key): _plain(item) for key, item in value.items()}
        for key in modes:
            if key not in (*MODES, "otherwise"):
                raise lines.fail(f"default: {key!r} is no mode", key)
        return {"modes": modes}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {"rows": value}
    return {"value": _plain(value)}


def _placement(entry: object, fields: set[str], lines: _Lines) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise lines.fail("a placement is a mapping", "placements")
    known = {
        "syntax",
        "files",
        "at",
        "names",
        "prefix",
        "fold",
        "inherits",
        "unless",
        "where",
        "defaults",
        "loader",
        "note",
        "absent",
        "container",
        "without",
        "common",
    }
    for key in entry:
        if key not in known:
            raise lines.fail(f"placement: {key!r} is not known", str(key))
    syntax = entry.get("syntax")
    compiled: dict[str, Any] = {"syntax": tuple(syntax) if isinstance(syntax, list) else (syntax,)}
    for word in compiled["syntax"]:
        if word not in ("environment", "yaml", "json", "toml", "ini", "properties", "python", "postfix", "keyword", "dotenv"):
            raise lines.fail(f"placement: syntax {word!r} is not known", "syntax")
    compiled["files"] = tuple(str(item) for item in entry.get("files") or ())
    paths = entry.get("at", "")
    try:
        compiled["at"] = tuple(compile_path(str(path)) for path in (paths if isinstance(paths, list) else [paths]))
        compiled["unless"] = tuple(compile_path(str(path)) for path in entry.get("unless") or ())
    except PathError as error:
        raise lines.fail(str(error), "at") from None
    compiled["names"] = _names(entry.get("names") or {}, fields, lines)
    compiled["fold"] = bool(entry.get("fold"))
    compiled["prefix"] = entry.get("prefix", "")
    compiled["loader"] = entry.get("loader", "")
    compiled["common"] = bool(entry.get("common"))
    compiled["where"] = tuple(
        sorted(
            (str(key), tuple(_word(item) for item in (value if isinstance(value, list) else [value])))
            for key, value in (entry.get("where") or {}).items()
        )
    )
    compiled["defaults"] = {name: _default(value, lines) for name, value in (entry.get("defaults") or {}).items()}
    compiled["without"] = tuple(str(item) for item in entry.get("without") or ())
    compiled["absent"] = tuple(str(item) for item in entry.get("absent") or ())
    compiled["containers"] = (
        tuple(entry["container"]) if isinstance(entry.get("container"), list) else ((entry["container"],) if entry.get("container") else ())
    )
    inherits = entry.get("inherits")
    if inherits:
        compiled["inherits"] = {
            "at": compile_path(str(inherits.get("at", ""))),
            "names": _names(inherits.get("names") or {}, fields, lines),
            "whole": tuple(inherits.get("whole") or ()),
        }
    for name in (*compiled["defaults"], *compiled["absent"]):
        if name not in fields:
            raise lines.fail(f"placement: {name!r} is no field", str(name))
    return compiled


def _names(entry: dict[str, Any], fields: set[str], lines: _Lines) -> dict[str, tuple[str, ...]]:
    found = {}
    for field, keys in entry.items():
        if field not in fields:
            from difflib import get_close_matches

            near = get_close_matches(str(field), fields, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise lines.fail(f"names: {field!r} is no field of this profile{hint}", str(field))
        found[str(field)] = tuple(_word(item) for item in keys) if isinstance(keys, list) else (_word(keys),)
    return found


def _modes(rows: object, allowed: Iterable[str], lines: _Lines, *, total: bool) -> tuple[dict[str, Any], ...]:
    compiled = []
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict) or row.get("mode") not in MODES:
            raise lines.fail(f"a row of modes needs mode: {', '.join(MODES)}", "modes")
        compiled.append(
            {
                "when": _condition(row.get("when"), allowed, lines),
                "only": _only(row, lines),
                "mode": row["mode"],
                "note": row.get("note", ""),
                "fallback": row.get("fallback", ""),
                "known": row.get("known", "source"),
                "key": row.get("key", ""),
                "text": row.get("when", "otherwise") or "otherwise",
            }
        )
    if total and (not compiled or compiled[-1]["when"] != ("const", True) or compiled[-1]["only"]):
        raise lines.fail("the last row of modes must hold always (no when:, no only:)", "modes")
    return tuple(compiled)


def _versions(entry: object, lines: _Lines) -> dict[str, dict[str, Any]]:
    found = {}
    for axis, spec in (entry or {}).items() if isinstance(entry, dict) else []:
        if not isinstance(spec, dict) or not spec.get("package") and axis != "image" or not spec.get("releases"):
            raise lines.fail(f"versions.{axis}: needs package: and releases: (oldest to current)", "versions")
        packages = spec.get("package", "")
        found[str(axis)] = {
            "packages": tuple(packages) if isinstance(packages, list) else (str(packages),),
            "releases": tuple(str(item) for item in spec["releases"]),
        }
    return found


_SHARED = {
    "id",
    "name",
    "category",
    "language",
    "fields",
    "modes",
    "versions",
    "tls_floor",
    "sources",
    "examples",
    "notes",
    "auth",
    "title",
    "replaces",
    "checked",
}


def compile_client(data: dict[str, Any], lines: _Lines) -> dict[str, Any]:
    """A mail library: `inputs` with their defaults, its table, floor, verification, time-out, AUTH in clear."""
    for key in data:
        if key not in _SHARED | {"inputs", "verify", "verify_hostname", "timeout", "port", "auth_in_clear"}:
            raise lines.fail(f"{key!r} is not known in a client", str(key))
    inputs = {}
    for name, spec in (data.get("inputs") or {}).items():
        spec = spec if isinstance(spec, dict) else {"default": spec}
        inputs[str(name)] = _plain(spec.get("default"))
    allowed = {*inputs, *DERIVED}
    return {
        "id": data["id"],
        "name": data.get("name", data["id"]),
        "checked": data.get("checked", ""),
        "told_by": _told_by(data.get("sources") or (), ("default",)),
        "inputs": inputs,
        "modes": _modes(data.get("modes"), allowed, lines, total=True),
        "versions": _versions(data.get("versions"), lines),
        "tls_floor": _rows(data.get("tls_floor"), "value", allowed, lines) if "tls_floor" in data else (),
        "defaults": {
            name: _compiled_default(_default(data[name], lines), allowed, lines)
            for name in ("port", "verify", "verify_hostname", "timeout")
            if name in data
        },
        "auth": dict(data.get("auth") or {}),
    }


def _compiled_default(default: dict[str, Any], allowed: Iterable[str], lines: _Lines) -> dict[str, Any]:
    return {"rows": _rows(default["rows"], "value", allowed, lines)} if "rows" in default else default


def compile_profile(data: dict[str, Any], lines: _Lines) -> dict[str, Any]:
    """One application."""
    known = _SHARED | {
        "known_by",
        "placements",
        "client",
        "inputs",
        "inactive",
        "role",
        "needs",
        "remedies",
        "caps",
        "silent",
        "lists",
        "evidence",
        "facts",
        "host",
        "login",
    }
    for key in data:
        if key not in known:
            raise lines.fail(f"{key!r} is not known in a profile", str(key))
    fields = {str(name): _field(str(name), spec, lines) for name, spec in (data.get("fields") or {}).items()}
    for placement in data.get("placements") or ():
        for name in (*(placement.get("names") or {}), *((placement.get("inherits") or {}).get("names") or {})):
            if name not in fields and name in STANDARD:
                fields[name] = _field(name, {}, lines)
    for spec in list(fields.values()):
        for name in spec.get("query") or {}:
            if name not in fields and name in STANDARD:
                fields[name] = _field(name, {}, lines)
    allowed = {*fields, *DERIVED}
    for spec in fields.values():
        if "default" in spec:
            spec["default"] = _compiled_default(spec["default"], allowed, lines)
    placements = tuple(_placement(entry, set(fields) | set(STANDARD), lines) for entry in data.get("placements") or ())
    for placement in placements:
        placement["defaults"] = {name: _compiled_default(value, allowed, lines) for name, value in placement["defaults"].items()}
    if not placements:
        raise lines.fail("a profile needs placements:")
    client = data.get("client")
    modes = _modes(data.get("modes"), allowed, lines, total=not client)
    known_by = data.get("known_by") or {}
    for key in known_by:
        if key not in ("images", "charts", "uses", "modules", "packages", "prefix", "signature", "unless", "files", "names"):
            raise lines.fail(f"known_by: {key!r} is not known", str(key))
    role = data.get("role", "submission")
    inputs = {
        str(name): (
            ("field", value[1:])
            if isinstance(value, str) and value.startswith("$")
            else ("field", value)
            if isinstance(value, str) and value in fields
            else ("const", _plain(value))
        )
        for name, value in (data.get("inputs") or {}).items()
    }
    inactive = tuple(
        {"when": _condition(row.get("when"), allowed, lines), "why": row.get("why", ""), "listed": row.get("listed", True)}
        for row in data.get("inactive") or ()
    )
    needs = data.get("needs")
    remedies = _remedies(data.get("remedies") or {}, fields, allowed, lines)
    decide = []
    for row in modes:
        for name in names(row["when"]):
            if name in fields and name not in ("port", "host", "username", "password", "host_port", "auth_enabled") and name not in decide:
                decide.append(name)
    for kind, value in inputs.values():
        if kind == "field" and value not in decide and value in fields and value not in ("port", "host", "verify", "verify_hostname"):
            decide.append(value)
    tls_floor = data.get("tls_floor")
    return {
        "id": data["id"],
        "name": data.get("name", data["id"]),
        "category": data.get("category", "other"),
        "checked": data.get("checked", ""),
        "told_by": _told_by(data.get("sources") or (), ("default",)),
        "chart_told_by": _told_by([one for one in data.get("sources") or () if _of_chart(one)], ("default",)),
        "fields": fields,
        "placements": placements,
        "modes": modes,
        "client": client,
        "inputs": inputs,
        "inactive": inactive,
        "role": _rows(role, "role", allowed, lines),
        "needs": tuple(needs) if needs is not None else ("host", "host_port", "url"),
        "known_by": {key: _known(key, value) for key, value in known_by.items()},
        "versions": _versions(data.get("versions"), lines),
        "remedies": remedies,
        "caps": dict(data.get("caps") or {}),
        "silent": tuple(data.get("silent") or ()),
        "tls_fields": tuple(decide),
        "auth": dict(data.get("auth") or {}),
        "tls_floor": _rows(tls_floor, "value", allowed, lines) if "tls_floor" in data else (),
        "login": _rows(data["login"], "auth", allowed, lines) if "login" in data else (),
    }


def _told_by(sources: Iterable[dict[str, Any]], words: tuple[str, ...]) -> tuple[str, str]:
    """Where a default was read, for people, and the repository it was read in ("" for neither): the source that speaks of one of the words,
    else the first that names a file.
    """
    told: list[tuple[bool, str, str]] = []
    for one in sources:
        repo, path = str(one.get("repo") or ""), str(one.get("path") or "")
        text = f"{path} in {repo}" if repo and path else repo or str(one.get("url") or "")
        text = text or (f"package {one['package']}" if one.get("package") else "")
        text = text or (f"observed: {one['observed']}" if one.get("observed") else "")
        if text:
            told.append((any(word in str(one.get("says") or "") for word in words), text, repo))
    found = next((one for one in told if one[0]), told[0] if told else (False, "", ""))
    return found[1], found[2]


def _of_chart(source: dict[str, Any]) -> bool:
    text = f"{source.get('path') or ''} {source.get('says') or ''}".lower()
    return any(word in text for word in ("chart", "values.y", "package", "role"))


def _known(key: str, value: Any) -> Any:
    if key == "packages":
        return tuple(
            sorted((str(axis), tuple(packages) if isinstance(packages, list) else (packages,)) for axis, packages in value.items())
        )
    if key == "signature":
        return tuple(tuple(item) if isinstance(item, list) else (item,) for item in value)
    return tuple(value) if isinstance(value, list) else (value,)


def _remedies(entry: dict[str, Any], fields: dict[str, Any], allowed: Iterable[str], lines: _Lines) -> dict[str, Any]:
    """Goal → rows `{when, set: {field: value}}`; `none: reason` says that no setting can reach the goal."""
    found: dict[str, Any] = {}
    for goal, rows in entry.items():
        if goal not in GOALS:
            raise lines.fail(f"remedies: {goal!r} is no goal ({', '.join(GOALS)})", str(goal))
        compiled = []
        for row in rows if isinstance(rows, list) else [rows]:
            if not isinstance(row, dict):
                raise lines.fail(f"remedies.{goal}: field: value is expected", str(goal))
            values = {str(key): _plain(value) for key, value in row.items() if key not in ("when", "none", "say", "only")}
            for name in values:
                if name not in fields and name not in STANDARD and name not in ("scheme", "host_scheme"):
                    raise lines.fail(f"remedies.{goal}: {name!r} is no field", name)
            compiled.append(
                {
                    "when": _condition(row.get("when"), allowed, lines),
                    "none": row.get("none", ""),
                    "say": row.get("say", ""),
                    "set": values,
                    "only": _only(row, lines),
                }
            )
        found[goal] = tuple(compiled)
    return found


def compile_check(data: dict[str, Any], lines: _Lines) -> dict[str, Any]:
    """One rule."""
    if "flag" not in data or "message" not in data:
        raise lines.fail("a check needs flag: and message:")
    keep = (
        "id",
        "slug",
        "name",
        "title",
        "cwe",
        "severity",
        "precision",
        "roles",
        "scopes",
        "needs",
        "place",
        "mark",
        "message",
        "remedy",
        "why",
        "references",
        "generic",
        "default",
    )
    compiled = {key: _plain(data.get(key)) for key in keep}
    compiled["default"] = data.get("default", True)
    compiled["generic"] = data.get("generic", True)
    compiled["flag"] = _condition(data["flag"], None, lines)
    compiled["levels"] = tuple(
        (_condition(row.get("when"), None, lines), row["level"]) for row in data.get("levels") or [{"level": "error"}]
    )
    return compiled


def compile_carrier(data: dict[str, Any], lines: _Lines) -> dict[str, Any]:  # noqa: ARG001
    """A container format, kept as it is: `smtplint.carriers` gives it its meaning."""
    return {str(key): value for key, value in data.items() if key not in ("examples", "sources", "notes")}


def compile_providers(data: Any, lines: _Lines) -> dict[str, Any]:
    """Submission providers: exact host names to ids, patterns in order, and the providers themselves; catchers; foreign ports."""
    providers = {}
    hosts: dict[str, str] = {}
    globs: list[tuple[str, str]] = []
    for entry in data.get("providers") or ():
        retired = tuple((str(item["host"]).lower(), str(item.get("use") or "")) for item in entry.get("retired") or ())
        providers[entry["id"]] = {
            "name": entry["name"],
            "kind": entry.get("kind", "esp"),
            "ports": {int(port): mode for port, mode in (entry.get("ports") or {}).items()},
            "alternatives": tuple(entry.get("alternatives") or ()),
            "confidence": entry.get("confidence", "memory"),
            "retired": dict(retired),
        }
        for host in (*entry.get("hosts", ()), *(name for name, _ in retired)):
            host = str(host).lower()
            if any(char in host for char in "*?["):
                globs.append((host, entry["id"]))
            elif host in hosts and hosts[host] != entry["id"]:
                raise lines.fail(f"{host} belongs to {hosts[host]} already", host)
            else:
                hosts[host] = entry["id"]
    catchers = data.get("catchers") or {}
    return {
        "providers": providers,
        "hosts": hosts,
        "globs": tuple(globs),
        "catchers": {key: tuple(value) for key, value in catchers.items()},
        "foreign_ports": {int(port): str(name) for port, name in (data.get("foreign_ports") or {}).items()},
    }


def triggers(profile: dict[str, Any]) -> list[tuple[str, ...]]:
    """For every placement the folded words of which a scope must hold at least one to be worth a look; `()` = always."""
    found: list[tuple[str, ...]] = []
    for placement in profile["placements"]:
        if placement["prefix"] or any(not path and not placement["names"] for path in placement["at"]):
            found.append(())
            continue
        words: set[str] = set()
        for path in placement["at"]:
            literal = next(
                (segment[1] for segment in reversed(path) if segment[0] == "key" and not all(n.isdigit() for n in segment[1])), None
            )
            if literal is None:
                for keys in placement["names"].values():
                    words.update(fold(key.lstrip("!/").split(".")[0]) for key in keys if not key.split(".")[0].isdigit())
            else:
                words.update(fold(name) for name in literal)
        found.append(tuple(sorted(word for word in words if word)))
    return found


assert set(TLS_VERSIONS)  # the versions a floor may name
