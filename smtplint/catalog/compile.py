"""From the YAML files under `rules/` to the compiled catalogue.

The compiled form is made of dicts, tuples, texts, numbers and None only, so it can be written with marshal. Every file is checked here;
a mistake is a `CatalogError` that names the file, the place in it and what was expected.
"""

from __future__ import annotations

import os

from smtplint.catalog import parts
from smtplint.catalog.condition import names
from smtplint.catalog.paths import fold
from smtplint.catalog.rulefiles import CatalogError, Schemas, read_yaml, rule_files
from smtplint.decode import STANDARD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from smtplint.catalog.rulefiles import Lines

__all__ = ["CatalogError", "compile_folder", "read_yaml", "rule_files", "triggers"]

KINDS = ("checks", "profiles", "clients", "carriers")
GOALS = ("starttls", "implicit", "verify", "tls12", "auth", "secret", "port", "timeout", "tls13")
# What a condition may ask about beside the fields of its own file: fields that any profile can have, how an address begins, the mode once
# it is decided, and what runs the application.
OUTER = (*STANDARD, "scheme", "host_scheme", "mode", "owner_image")


def compile_folder(folder: str, *, validate: bool = False) -> dict[str, dict[str, Any]]:
    """Everything under one rules folder: {kind: {id: compiled}} plus 'providers'. With `validate`, against the JSON Schemas first."""
    result: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    result["providers"] = {}
    compilers = {"checks": compile_check, "profiles": compile_profile, "clients": compile_client, "carriers": compile_carrier}
    schemas = Schemas() if validate else None
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


def _modes(rows: object, allowed: Iterable[str], lines: Lines, *, total: bool) -> tuple[dict[str, Any], ...]:
    compiled = []
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict) or row.get("mode") not in parts.MODES:
            raise lines.fail(f"a row of modes needs mode: {', '.join(parts.MODES)}", "modes")
        compiled.append(
            {
                "when": parts.condition(row.get("when"), allowed, lines),
                "only": parts.only(row, lines),
                "mode": row["mode"],
                "note": row.get("note", ""),
                "fallback": row.get("fallback", ""),
                "known": row.get("known", "source"),
                "text": row.get("when", "otherwise") or "otherwise",
            }
        )
    if total and (not compiled or compiled[-1]["when"] != ("const", True) or compiled[-1]["only"]):
        raise lines.fail("the last row of modes must hold always (no when:, no only:)", "modes")
    return tuple(compiled)


def _versions(entry: object, lines: Lines) -> dict[str, dict[str, Any]]:
    found = {}
    for axis, spec in (entry or {}).items() if isinstance(entry, dict) else []:
        if not isinstance(spec, dict) or not spec.get("package") and axis != "image" or not spec.get("releases"):
            raise lines.fail(f"versions.{axis}: needs package: and releases: (oldest to current)", "versions")
        found[str(axis)] = {
            "packages": parts.several(spec.get("package", "")),
            "releases": tuple(str(item) for item in spec["releases"]),
        }
    return found


def compile_client(data: dict[str, Any], lines: Lines) -> dict[str, Any]:
    """A mail library: `inputs` with their defaults, its table, floor, verification, time-out, AUTH in clear."""
    inputs = {}
    for name, spec in (data.get("inputs") or {}).items():
        spec = spec if isinstance(spec, dict) else {"default": spec}
        inputs[str(name)] = parts.plain(spec.get("default"))
    allowed = {*inputs, *OUTER}
    return {
        "id": data["id"],
        "name": data.get("name", data["id"]),
        "checked": data.get("checked", ""),
        "told_by": _told_by(data.get("sources") or ()),
        "inputs": inputs,
        "modes": _modes(data.get("modes"), allowed, lines, total=True),
        "versions": _versions(data.get("versions"), lines),
        "tls_floor": parts.rows(data.get("tls_floor"), "value", allowed, lines) if "tls_floor" in data else (),
        "defaults": {
            name: parts.settled(parts.default(data[name], lines), allowed, lines)
            for name in ("port", "verify", "verify_hostname", "timeout")
            if name in data
        },
        "auth": dict(data.get("auth") or {}),
    }


def compile_profile(data: dict[str, Any], lines: Lines) -> dict[str, Any]:
    """One application."""
    fields = {str(name): parts.field(str(name), spec, lines) for name, spec in (data.get("fields") or {}).items()}
    for placement in data.get("placements") or ():
        for name in (*(placement.get("names") or {}), *((placement.get("inherits") or {}).get("names") or {})):
            if name not in fields and name in STANDARD:
                fields[name] = parts.field(name, {}, lines)
    for spec in list(fields.values()):
        for name in spec.get("query") or {}:
            if name not in fields and name in STANDARD:
                fields[name] = parts.field(name, {}, lines)
    allowed = {*fields, *OUTER}
    for spec in fields.values():
        for option in ("default", "empty_default"):
            if option in spec:
                spec[option] = parts.settled(spec[option], allowed, lines)
    placements = tuple(parts.placement(entry, set(fields) | set(STANDARD), lines) for entry in data.get("placements") or ())
    for placement in placements:
        placement["defaults"] = {name: parts.settled(value, allowed, lines) for name, value in placement["defaults"].items()}
    if not placements:
        raise lines.fail("a profile needs placements:")
    client = data.get("client")
    modes = _modes(data.get("modes"), allowed, lines, total=not client)
    known_by = data.get("known_by") or {}
    role = data.get("role", "submission")
    inputs = {
        str(name): (
            ("field", value[1:])
            if isinstance(value, str) and value.startswith("$")
            else ("field", value)
            if isinstance(value, str) and value in fields
            else ("const", parts.plain(value))
        )
        for name, value in (data.get("inputs") or {}).items()
    }
    inactive = tuple(
        {"when": parts.condition(row.get("when"), allowed, lines), "why": row.get("why", ""), "listed": row.get("listed", True)}
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
        "told_by": _told_by(data.get("sources") or ()),
        "chart_told_by": _told_by([one for one in data.get("sources") or () if _of_chart(one)]),
        "fields": fields,
        "placements": placements,
        "modes": modes,
        "client": client,
        "inputs": inputs,
        "inactive": inactive,
        "role": parts.rows(role, "role", allowed, lines),
        "needs": tuple(needs) if needs is not None else ("host", "host_port", "url"),
        "known_by": {key: _known(key, value) for key, value in known_by.items()},
        "versions": _versions(data.get("versions"), lines),
        "remedies": remedies,
        "caps": dict(data.get("caps") or {}),
        "silent": tuple(data.get("silent") or ()),
        "tls_fields": tuple(decide),
        "auth": dict(data.get("auth") or {}),
        "tls_floor": parts.rows(tls_floor, "value", allowed, lines) if "tls_floor" in data else (),
        "login": parts.rows(data["login"], "auth", allowed, lines) if "login" in data else (),
    }


def _told_by(sources: Iterable[dict[str, Any]]) -> tuple[str, str]:
    """Where a default was read, for people, and the repository it was read in ("" for neither): the source that speaks of a
    default, else the first that names a file.
    """
    told: list[tuple[bool, str, str]] = []
    for one in sources:
        repo, path = str(one.get("repo") or ""), str(one.get("path") or "")
        text = f"{path} in {repo}" if repo and path else repo or str(one.get("url") or "")
        text = text or (f"package {one['package']}" if one.get("package") else "")
        text = text or (f"observed: {one['observed']}" if one.get("observed") else "")
        if text:
            told.append(("default" in str(one.get("says") or ""), text, repo))
    found = next((one for one in told if one[0]), told[0] if told else (False, "", ""))
    return found[1], found[2]


def _of_chart(source: dict[str, Any]) -> bool:
    text = f"{source.get('path') or ''} {source.get('says') or ''}".lower()
    return any(word in text for word in ("chart", "values.y", "package", "role"))


def _known(key: str, value: Any) -> Any:
    if key in ("packages", "foreign"):
        return tuple(sorted((str(axis), parts.several(packages)) for axis, packages in value.items()))
    if key == "signature":
        return tuple(parts.several(item) for item in value)
    return parts.several(value)


def _remedies(entry: dict[str, Any], fields: dict[str, Any], allowed: Iterable[str], lines: Lines) -> dict[str, Any]:
    """Goal → rows `{when, set: {field: value}}`; `none: reason` says that no setting can reach the goal."""
    found: dict[str, Any] = {}
    for goal, rows in entry.items():
        if goal not in GOALS:
            raise lines.fail(f"remedies: {goal!r} is no goal ({', '.join(GOALS)})", str(goal))
        compiled = []
        for row in parts.several(rows):
            if not isinstance(row, dict):
                raise lines.fail(f"remedies.{goal}: field: value is expected", str(goal))
            values = {str(key): parts.plain(value) for key, value in row.items() if key not in ("when", "none", "say", "only")}
            for name in values:
                if name not in fields and name not in STANDARD and name not in ("scheme", "host_scheme"):
                    raise lines.fail(f"remedies.{goal}: {name!r} is no field", name)
            compiled.append(
                {
                    "when": parts.condition(row.get("when"), allowed, lines),
                    "none": row.get("none", ""),
                    "say": row.get("say", ""),
                    "set": values,
                    "only": parts.only(row, lines),
                }
            )
        found[goal] = tuple(compiled)
    return found


def compile_check(data: dict[str, Any], lines: Lines) -> dict[str, Any]:
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
    compiled = {key: parts.plain(data.get(key)) for key in keep}
    compiled["default"] = data.get("default", True)
    compiled["generic"] = data.get("generic", True)
    compiled["flag"] = parts.condition(data["flag"], None, lines)
    compiled["levels"] = tuple(
        (parts.condition(row.get("when"), None, lines), row["level"]) for row in data.get("levels") or [{"level": "error"}]
    )
    return compiled


def compile_carrier(data: dict[str, Any], lines: Lines) -> dict[str, Any]:  # noqa: ARG001
    """A container format, kept as it is: `smtplint.carriers` gives it its meaning."""
    return {str(key): value for key, value in data.items() if key not in ("examples", "sources", "notes")}


def compile_providers(data: Any, lines: Lines) -> dict[str, Any]:
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
