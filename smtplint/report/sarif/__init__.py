"""SARIF 2.1.0 as the OASIS schema, GitHub, GitLab, Azure DevOps and the editors want it.

Columns are UTF-16 code units and say so. Nothing depends on the time, the machine or the working directory; what a CI system says
about itself (repository, commit, pipeline) is written only when its variables are in `Context.environment`.
"""

from __future__ import annotations

import json

from smtplint.report.sarif.driver import Driver
from smtplint.report.sarif.pipeline import azure, provenance
from smtplint.report.sarif.places import BASE, Places, rooted
from smtplint.report.sarif.results import Results
from smtplint.report.sarif.wording import plain
from smtplint.report.words import clean, sentences

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.finding import Notification
    from smtplint.result import Context, Result

    Json = dict[str, object]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(result: Result, context: Context) -> str:
    """One log with one run. Suppressed findings, and those a baseline no longer finds, are in it only with `show_suppressed`."""
    return json.dumps(document(result, context), indent=2, ensure_ascii=True) + "\n"


def document(result: Result, context: Context) -> Json:
    """The log as plain dictionaries and lists."""
    driver = Driver(result, context)
    places = Places(result, context.base)
    run: Json = {
        "tool": {"driver": driver.described()},
        "invocations": [_invocation(result, driver, places)],
        "automationDetails": azure(context.environment) or {"id": "smtplint/"},
        "originalUriBaseIds": {
            BASE: {"description": {"text": "The root of the repository, or the folder in which smtplint was started when there is none."}}
        },
        "columnKind": "utf16CodeUnits",
        "newlineSequences": ["\r\n", "\n"],
    }
    repository = provenance(context.environment)
    if repository:
        run["versionControlProvenance"] = [{**repository, "mappedTo": {"uriBaseId": BASE}}]
    if driver.weaknesses:
        run["taxonomies"] = [driver.taxonomy()]
    run["results"] = Results(result, context, driver, places).all()
    run["properties"] = {f"smtplint/{key}": value for key, value in sorted(result.stats.items())}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _invocation(result: Result, driver: Driver, places: Places) -> Json:
    out: Json = {"executionSuccessful": True}
    if result.notifications:
        notes = sorted(
            result.notifications, key=lambda note: (not note.file, rooted(note.file, places.base), note.line, note.column, note.id)
        )
        out["toolExecutionNotifications"] = [_notification(note, driver, places) for note in notes]
    return out


def _notification(note: Notification, driver: Driver, places: Places) -> Json:
    # The reason why a file was not read is the second half of a sentence that begins with its name.
    text = f"{rooted(note.file, places.base)} {note.message}" if note.file and note.message[:1].islower() else note.message
    out: Json = {
        "descriptor": {"id": note.id, "index": driver.notices.index(note.id)},
        "level": note.level,
        "message": {"text": plain(sentences(clean(text)))},
    }
    if note.file:
        physical: Json = {"artifactLocation": places.artifact(note.file)}
        if note.line:
            # Columns of notifications are code points of a file that may not even decode, so only the line is told.
            physical["region"] = {"startLine": note.line}
        out["locations"] = [{"physicalLocation": physical}]
    return out
