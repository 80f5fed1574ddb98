"""Whole files with mail settings through the whole linter: read, resolve, judge, fix, report.

An input is one file or several, with NUL between them: the name on the first line, then the text. Nothing is read from disk or written.
"""

from __future__ import annotations

import functools
import json
import posixpath
import re
from collections.abc import Sequence

from smtplint import catalog, fixes, linter
from smtplint.carriers import Carriers, prepare
from smtplint.catalog import Catalog
from smtplint.catalog.describe import rule_infos
from smtplint.config import Options
from smtplint.report import CHECK_FORMATS, ENDPOINT_FORMATS, endpoint_renderer, renderer
from smtplint.report.explain import explain
from smtplint.resolve import Project
from smtplint.result import Context, RuleInfo
from smtplint.suppress import active, rules_of

# What would change a terminal or a log: controls, marks that turn the direction, line separators.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
FORMATS = (*CHECK_FORMATS, *ENDPOINT_FORMATS)


class Broken(AssertionError):
    """A promise that was not kept."""


@functools.cache
def rules() -> tuple[Catalog, Carriers, list[RuleInfo]]:
    shipped = catalog.load(cache=False)
    return shipped, prepare(shipped.carriers), rule_infos(shipped)


def files_of(data: bytes) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for part in data.split(b"\0")[:4]:
        name, _, text = part.partition(b"\n")
        shown = name.decode("utf-8", "surrogateescape").replace("\r", "")[:80]
        files[posixpath.normpath("/" + shown).lstrip("/") or ".env"] = text
    return files


def join(files: dict[str, str]) -> bytes:
    """The input that stands for these files."""
    return b"\0".join(f"{name}\n{text}".encode() for name, text in files.items())


def reports(files: dict[str, bytes], formats: Sequence[str] = FORMATS, fixing: bool = True) -> tuple[int, dict[str, str]]:
    """How many endpoints were found, and the reports about them, by name."""
    shipped, carriers, infos = rules()
    options = Options(docs=True)
    project = Project("/nonexistent-smtplint-fuzz", carriers, max_bytes=1 << 16, overrides=files, docs=True)
    result = linter.finish(project, sorted(files), options, shipped, {"files": len(files), "read": len(files)}, ["."])
    if fixing:
        fixes.attach(result)
    spoken = {finding.rule for finding in (*result.findings, *result.suppressed)}
    context = Context([info for info in infos if info.id in spoken], show_suppressed=True)
    found = {name: renderer(name)(result, context) for name in CHECK_FORMATS if name in formats}
    found |= {f"endpoints {name}": endpoint_renderer(name)(result, context) for name in ENDPOINT_FORMATS if name in formats}
    if fixing:
        found["diff"] = fixes.diff(result, True)[1]
    speaking = active(rules_of(shipped.checks), options.layers)
    for place in {(one.file, one.place.line if one.place is not None else 1) for one in result.endpoints[:2]}:
        found[f"explain {place}"] = explain(result, *place, shipped.checks, speaking)
    found["notifications"] = "\n".join(note.message for note in result.notifications)
    return len(result.endpoints), found


def lint(data: bytes) -> bool:
    """Run an input. Raises Broken when a report is not what it should be."""
    files = files_of(data)
    # Every input gets a few formats, and every tenth is fixed: a fix is proved by linting again and again, which costs more than all the rest.
    endpoints, found = reports(files, FORMATS[len(data) % 4 :: 4], fixing=len(data) % 10 == 0)
    for name, text in found.items():
        bad = CONTROLS.search(text.replace("\r\n", "\n"))
        if bad is not None:
            raise Broken(f"{name} lets {bad[0]!r} out")
    for name in found.keys() & {"json", "sarif", "gitlab", "rdjson", "endpoints json"}:
        json.loads(found[name])
    return endpoints > 0
