"""Rules and profiles in words, for `smtplint rule`, `smtplint profile` and the reports. Reads the YAML itself: prose is not in the compiled catalogue."""

from __future__ import annotations

import functools
import os

from smtplint.catalog import locate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from smtplint.catalog import Catalog
    from smtplint.result import RuleInfo

MODES = {
    "plaintext": "never encrypts",
    "opportunistic": "encrypts if the server offers STARTTLS, else goes on in clear",
    "starttls": "refuses to go on without STARTTLS",
    "implicit": "TLS from the first byte",
    "invalid": "the application refuses this combination",
    "unknown": "cannot be told from the settings",
}

FALLBACKS = {
    "offer": " (not when the command is refused)",
    "refusal": " (also when the command is refused)",
    "handshake": " (after a failed handshake)",
}


def rule_infos(catalog: Catalog) -> list[RuleInfo]:
    """What the reports say about every rule, sorted by id."""
    from smtplint.result import RuleInfo

    infos = []
    for check in sorted(catalog.checks.values(), key=lambda one: str(one["id"])):
        severity = float(check["severity"] or 0)
        infos.append(
            RuleInfo(
                check["id"],
                check["slug"],
                check["title"],
                level=check["levels"][-1][1],
                name=check["name"] or "",
                message=f"{check['title']}.",
                why=str(check["why"] or ""),
                references=list(check["references"] or ()),
                cwe=list(check["cwe"] or ()),
                severity=severity,
                precision=str(check["precision"] or "high"),
                tags=["security"] if severity else [],
                enabled=bool(check["default"]),
            )
        )
    return infos


def _read(kind: str, name: str, folders: Iterable[str]) -> dict[str, Any]:
    import yaml

    for folder in (*folders, locate()):
        path = os.path.join(folder, kind, f"{name}.yaml")
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as stream:
                data = yaml.load(stream.read(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            return data if isinstance(data, dict) else {}
    return {}


@functools.lru_cache(maxsize=1)
def _observed_rows() -> dict[str, Any]:
    import yaml

    with open(os.path.join(locate(), "observed.yaml"), encoding="utf-8") as stream:
        data = yaml.load(stream.read(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return data if isinstance(data, dict) else {}


def _observations(table: str, folders: Iterable[str]) -> dict[str, Any]:
    """What was seen of a table that ships with smtplint; nothing of one that a user's folder has replaced."""
    if any(os.path.isfile(os.path.join(folder, f"{table}.yaml")) for folder in folders):
        return {}
    data = _observed_rows()
    return {"servers": data["servers"], "rows": data["rows"].get(table, {})}


def rule_text(catalog: Catalog, check: dict[str, Any], style: str = "text") -> str:
    """One rule in words. `style` is text or markdown."""
    levels = " or ".join(dict.fromkeys(str(level) for _, level in reversed(check["levels"])))
    heading = f"{check['id']} {check['slug']}"
    state = levels if check["default"] else f"{levels}, off unless selected"
    lines = [
        f"## {heading}" if style == "markdown" else heading,
        "",
        f"{check['title']}. ({state})",
        "",
        str(check["why"] or "").strip(),
        "",
    ]
    references = list(check["references"] or ()) + [f"CWE-{number}" for number in check["cwe"] or ()]
    if references:
        from smtplint.result import reference_url

        shown = [f"[{text}]({reference_url(text)})" if style == "markdown" else text for text in references]
        lines += [("**See also:** " if style == "markdown" else "See also: ") + ", ".join(shown), ""]
    if check["scopes"]:
        lines += ["It speaks for hosts that are " + ", ".join(check["scopes"]) + ".", ""]
    able, unable = _who(catalog, check)
    if able:
        lines += [
            f"smtplint knows what to write instead for {able} applications" + (f"; for {unable} no setting cures it." if unable else "."),
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def _who(catalog: Catalog, check: dict[str, Any]) -> tuple[int, int]:
    able = unable = 0
    for name in catalog.profile_ids:
        remedies = catalog.profile(name)["remedies"]
        rows = [row for goal in check["remedy"] or () for row in remedies.get(goal, ())]
        able += any(row["set"] for row in rows)
        unable += bool(rows) and not any(row["set"] for row in rows)
    return able, unable


def rules_overview(catalog: Catalog, style: str = "text") -> str:
    """Every rule: a line each as text, whole as Markdown."""
    checks = sorted(catalog.checks.values(), key=lambda one: str(one["id"]))
    if style == "markdown":
        return "# Rules\n\n" + "\n".join(rule_text(catalog, check, style) for check in checks)
    width = max((len(str(check["slug"])) for check in checks), default=0)
    return "".join(f"{check['id']}  {check['slug']:<{width}}  {check['levels'][-1][1]:<7}  {check['title']}\n" for check in checks)


def rule_record(check: dict[str, Any]) -> dict[str, Any]:
    """A rule for `--format json`."""
    return {
        key: check[key]
        for key in ("id", "slug", "name", "title", "why", "references", "cwe", "severity", "precision", "default", "scopes", "roles")
    } | {"level": check["levels"][-1][1]}


def profiles_overview(catalog: Catalog, style: str = "text") -> str:
    """Every profile with its category and the syntaxes it is read in."""
    rows = []
    for name in sorted(catalog.profile_ids):
        profile = catalog.profile(name)
        syntaxes = sorted({syntax for placement in profile["placements"] for syntax in placement["syntax"]})
        rows.append((name, str(profile["name"]), str(profile["category"]), ", ".join(syntaxes)))
    if style == "markdown":
        body = "".join(f"| {name} | {title} | {category} | {syntaxes} |\n" for name, title, category, syntaxes in rows)
        return "# Profiles\n\n| id | application | category | read in |\n| --- | --- | --- | --- |\n" + body
    width = max((len(row[0]) for row in rows), default=0)
    wide = max((len(row[1]) for row in rows), default=0)
    return "".join(f"{name:<{width}}  {title:<{wide}}  {category:<10}  {syntaxes}\n" for name, title, category, syntaxes in rows)


def profile_record(catalog: Catalog, name: str, folders: Iterable[str] = ()) -> dict[str, Any]:  # noqa: ARG001
    """A profile for `--format json`: the file itself without its examples."""
    data = _read("profiles", name, folders)
    return {key: value for key, value in data.items() if key != "examples"}


def profile_text(catalog: Catalog, name: str, style: str = "text", folders: Iterable[str] = ()) -> str:
    """One profile in words: where its keys stand, what their absence means, what happens on the wire, and where that was read."""
    folders = tuple(folders)
    profile, data = catalog.profile(name), _read("profiles", name, folders)
    mark = "`" if style == "markdown" else ""
    lines = [f"## {profile['name']} ({name})" if style == "markdown" else f"{profile['name']} ({name})", ""]
    facts = [f"Category {profile['category']}"]
    if data.get("language"):
        facts.append(f"written in {data['language']}")
    if data.get("checked"):
        facts.append(f"checked with {data['checked']}")
    lines += ["; ".join(facts) + ".", ""]
    # Placements that differ in where they are looked for only read the same.
    keys = dict.fromkeys("\n".join(_keys(profile, placement, style)) for placement in profile["placements"])
    lines += [line for section in keys for line in (section, "")]
    lines.append(_heading("On the wire", style))
    client = _read("clients", profile["client"], folders) if profile["client"] else {}
    seen = _observations(f"profiles/{name}", folders)
    for row in data.get("modes") or ():
        lines.append(_row(row, mark, seen))
    if client:
        lines.append(f"- then as {client.get('name')} does:")
        mapping = ", ".join(f"{key} = {value}" for key, value in (data.get("inputs") or {}).items())
        if mapping:
            lines.append(f"  ({mapping})")
        seen = _observations(f"clients/{profile['client']}", folders)
        lines += ["  " + _row(row, mark, seen) for row in client.get("modes") or ()]
    lines.append("")
    floor = profile["tls_floor"] or (catalog.client(profile["client"])["tls_floor"] if profile["client"] else ())
    if floor:
        values = [row["value"] for row in floor]
        lines += [
            "Lowest TLS version by itself: "
            + " or ".join(str(value) if value else "left to the TLS library or the system" for value in values)
            + ".",
            "",
        ]
    clear = (data.get("auth") or {}).get("in_clear") or (client.get("auth") or {}).get("in_clear")
    if clear:
        lines += [f"On a link that is not encrypted {clear}.", ""]
    if data.get("inactive"):
        lines.append(_heading("No mail over SMTP", style))
        lines += [f"- {mark}{row['when']}{mark}: {row['why']}" for row in data["inactive"]]
        lines.append("")
    if data.get("notes"):
        lines.append(_heading("Traps", style))
        lines += [f"- {note}" for note in data["notes"]]
        lines.append("")
    lines.append(_heading("Read in", style))
    for source in [*(data.get("sources") or ()), *(client.get("sources") or ())]:
        where = " ".join(str(source[key]) for key in ("repo", "path", "url", "package", "observed", "seen_in") if source.get(key))
        lines.append(f"- {where}: {source['says']}")
    return "\n".join(lines).rstrip() + "\n"


def _keys(profile: dict[str, Any], placement: dict[str, Any], style: str) -> list[str]:
    """The keys of a placement, each with what its absence means."""
    mark = "`" if style == "markdown" else ""
    where = ", ".join(placement["syntax"]) + (" in " + ", ".join(placement["files"]) if placement["files"] else "")
    lines = [_heading(f"Keys: {where}", style)]
    for field, keys in placement["names"].items():
        default = default_text(profile, placement, field)
        written = ", ".join(f"{mark}{str(key).lstrip('!/')}{mark}" for key in keys)
        lines.append(f"- {field}: {written}" + (f" (absent: {default})" if default else ""))
    return lines


def _heading(text: str, style: str) -> str:
    return f"### {text}\n" if style == "markdown" else f"{text}"


def row_label(row: dict[str, Any], mark: str = "") -> str:
    """What a row of a table asks for, and of which versions: its name in `rules/observed.yaml`."""
    when = f"{mark}{row['when']}{mark}" if row.get("when") else "otherwise"
    only = ", ".join(f"{axis} {spec}" for axis, spec in (row.get("only") or {}).items())
    return f"{when} ({only})" if only else when


def _observed(seen: dict[str, Any], row: dict[str, Any]) -> str:
    """With which clients and servers a row was seen to be right; "" when it was not."""
    clients: dict[str, tuple[list[str], list[str]]] = {}
    for client, versions, servers in seen.get("rows", {}).get(row_label(row), ()):
        known, met = clients.setdefault(client, ([], []))
        known.extend(version.partition(" (")[0] for version in versions.split(", "))
        met.extend(servers.split())
    told = (
        f"{client} {', '.join(dict.fromkeys(known))} against {', '.join(dict.fromkeys(word for short, word in seen['servers'].items() if short in met))}"
        for client, (known, met) in clients.items()
    )
    return "; ".join(told)


def _row(row: dict[str, Any], mark: str, seen: dict[str, Any]) -> str:
    observed = _observed(seen, row)
    how = str(row.get("known") or "source")
    how = f"observed: {observed}" if observed else {"source": "read in its source", "documented": "documented"}.get(how, how)
    fallback = FALLBACKS.get(str(row.get("fallback")), "")
    note = f"; {row['note']}" if row.get("note") else ""
    return f"- {row_label(row, mark)}: {row['mode']}, {MODES[row['mode']]}{fallback}{note} [{how}]"


def default_text(profile: dict[str, Any], placement: dict[str, Any], field: str) -> str:
    """What the absence of a field means at a placement of a profile, in words; "" when the profile does not say."""
    default = placement["defaults"].get(field) or profile["fields"].get(field, {}).get("default")
    if default is None:
        return ""
    if "value" in default:
        return _shown(default["value"])
    if "unresolved" in default:
        return str(default["unresolved"])
    if "modes" in default:
        return ", ".join(f"{_shown(value)} {mode if mode == 'otherwise' else f'when {mode}'}" for mode, value in default["modes"].items())
    return " or ".join(_shown(row["value"]) for row in default["rows"])


def _shown(value: object) -> str:
    return {True: "true", False: "false", None: "none"}.get(value, str(value)) if value is None or isinstance(value, bool) else str(value)
