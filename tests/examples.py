"""Runs the examples that every rule file carries: the files in memory, through the whole way of the linter."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

from smtplint import catalog, linter
from smtplint.carriers import Carriers, prepare
from smtplint.catalog import Catalog
from smtplint.config import Options
from smtplint.endpoint import Endpoint
from smtplint.finding import Finding
from smtplint.judge import judge
from smtplint.resolve import Project

RULES = Path(catalog.locate())
RESERVED = {"name", "endpoint", "endpoints", "findings", "profile", "allow"}
# An example states exactly which of these speak; the others only where it names them, so that a new note does not touch every file.
COMPARED = ("SMTP1", "SMTP2", "SMTP303", "SMTP304")


@functools.lru_cache(maxsize=1)
def shipped() -> Catalog:
    return catalog.load(cache=False)


@functools.lru_cache(maxsize=1)
def carriers_of(rules: Catalog) -> Carriers:
    return prepare(rules.carriers)


def load(path: Path) -> dict[str, Any]:
    data = yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    assert isinstance(data, dict), path
    return data


def files_of(example: dict[str, Any]) -> dict[str, bytes]:
    return {str(path): str(text).encode() for path, text in example.items() if path not in RESERVED}


def run(files: dict[str, bytes], rules: Catalog, base: str = "/nonexistent-smtplint-example") -> tuple[list[Endpoint], list[Finding]]:
    project = Project(base, carriers_of(rules), max_bytes=1 << 20, overrides=files)
    found = linter.collect(project, sorted(files), Options(), rules)
    assert not [note for note in project.notifications if note.id in ("parse-error", "unreadable-file")], [
        n.message for n in project.notifications
    ]
    return found, judge(found, rules)


def problems(profile: str, example: dict[str, Any], rules: Catalog) -> list[str]:
    """What an example says that is not so; empty when it holds."""
    files = files_of(example)
    if not files:
        return ["the example has no file"]
    found, findings = run(files, rules)
    wanted = example["endpoints"] if "endpoints" in example else [example["endpoint"]] if "endpoint" in example else None
    said: list[str] = []
    if wanted is not None:
        if len(found) != len(wanted):
            said.append(f"expected {len(wanted)} endpoints, found {[(one.profile, one.host, one.port) for one in found]}")
        left = list(found)
        for want in wanted:
            want = {"profile": example.get("profile", profile), **want}
            best = max(left, key=lambda one: sum(_same(value, one, key) for key, value in want.items()), default=None)
            if best is None:
                said.append(f"no endpoint for {want}")
                continue
            left.remove(best)
            said.extend(
                f"{key}: expected {value!r}, found {_actual(best, key)!r}" for key, value in want.items() if not _same(value, best, key)
            )
    expected = {str(key): value for key, value in (example.get("findings") or {}).items()}
    allowed = set(example.get("allow") or ())
    spoken = {finding.rule: finding for finding in findings}
    if "findings" in example:
        for rule, finding in spoken.items():
            if rule.startswith(COMPARED) and rule not in expected and rule not in allowed and not rule.startswith("SMTP111"):
                said.append(f"{rule} speaks at {finding.place.source.text[finding.place.start : finding.place.end]!r}: {finding.message}")
    for rule, text in expected.items():
        if rule not in spoken:
            said.append(f"{rule} is silent")
        elif text is not None:
            place = spoken[rule].place
            lines = [
                place.source.text[slice(*place.source.line_span(line))]
                for line in range(place.line, place.source.position(max(place.start, place.end - 1))[0] + 1)
            ]
            if not any(str(text) in line for line in lines):
                said.append(f"{rule} points at {lines}, not at {text!r}")
    return said


def _actual(endpoint: Endpoint, key: str) -> object:
    if key == "modes":
        return sorted(endpoint.modes)
    if key in endpoint.facts and not hasattr(endpoint, key):
        return endpoint.facts[key]
    return getattr(endpoint, key)


def _same(wanted: object, endpoint: Endpoint, key: str) -> bool:
    actual = _actual(endpoint, key)
    if key == "modes" and isinstance(wanted, list):
        return actual == sorted(wanted)
    if isinstance(wanted, bool) or isinstance(actual, bool) or wanted is None:
        return wanted is actual
    return str(wanted) == str(actual)
