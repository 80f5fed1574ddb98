"""Reviewdog's diagnostic format. Its columns count UTF-8 bytes, from 1."""

from __future__ import annotations

import json

from smtplint.report.words import clean, message, sentences
from smtplint.result import FALLBACK_URL, rule_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.finding import Finding
    from smtplint.result import Context, Result
    from smtplint.source import Place

SEVERITIES = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}


def render(result: Result, context: Context) -> str:
    """One diagnostic per finding; a fix of one edit in the file of the finding becomes a suggestion.

    Other places are told in the message: reviewdog refuses a file with a property that its version does not know, and older ones do not
    know `relatedLocations`.
    """
    urls = {rule.id: rule_url(rule, context.home) for rule in context.rules}
    document = {
        "source": {"name": "smtplint", "url": context.home or FALLBACK_URL},
        "diagnostics": [_diagnostic(finding, urls, context.base) for finding in result.findings],
    }
    return json.dumps(document, indent=2) + "\n"


def _diagnostic(finding: Finding, urls: dict[str, str], base: str) -> dict[str, object]:
    code = {"value": finding.rule}
    if finding.rule in urls:
        code["url"] = urls[finding.rule]
    out: dict[str, object] = {
        "message": " ".join([message(finding), *_others(finding)]),
        "location": {"path": base + finding.place.path, "range": _range(finding.place)},
        "severity": SEVERITIES[finding.level],
        "code": code,
    }
    fix = finding.fix
    # Suggestions are alternatives there, so only a fix of one edit can be one.
    if fix is not None and fix.safe and len(fix.edits) == 1 and fix.edits[0].place.path == finding.place.path:
        out["suggestions"] = [{"range": _range(edit.place), "text": edit.text} for edit in fix.edits]
    return out


def _others(finding: Finding) -> list[str]:
    out = []
    for related in finding.related:
        line, column = related.place.source.position(related.place.start)
        out.append(f"{clean(related.place.path)}:{line}:{column}: {clean(sentences(related.message))}")
    return out


def _range(place: Place) -> dict[str, object]:
    line, column = place.source.position_utf8(place.start)
    end_line, end_column = place.source.position_utf8(place.end)
    return {"start": {"line": line, "column": column}, "end": {"line": end_line, "column": end_column}}
