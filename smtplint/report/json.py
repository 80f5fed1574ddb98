"""The JSON of `check --format json`; its schema is `rules/schemas/findings.schema.json`."""

from __future__ import annotations

import json

from smtplint import __version__
from smtplint.report.words import clean, fingerprints, json_text, message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.finding import Finding, Fix
    from smtplint.result import Context, Result
    from smtplint.source import Place


def render(result: Result, context: Context) -> str:
    """One object. Lines and columns are 1-based, columns count code points, ends are exclusive."""
    findings = [*result.findings, *(result.suppressed if context.show_suppressed else ())]
    keys = fingerprints(findings)
    levels = {f"{level}s": sum(finding.level == level for finding in result.findings) for level in ("error", "warning", "note")}
    document = {
        "version": __version__,
        "findings": [_finding(finding, key, context.show_suppressed) for finding, key in zip(findings, keys, strict=True)],
        "notifications": [
            {
                "id": note.id,
                "level": note.level,
                "message": clean(note.message),
                "file": note.file or None,
                "line": note.line or None,
                "column": note.column or None,
            }
            for note in result.notifications
        ],
        "summary": {
            "findings": len(result.findings),
            **levels,
            "suppressed": len(result.suppressed),
            "gone": len(result.gone),
            "endpoints": result.stats.get("endpoints", len(result.endpoints)),
            "files": {key: value for key, value in sorted(result.stats.items()) if key != "endpoints"},
        },
    }
    return json_text(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def region(place: Place) -> dict[str, object]:
    """File, and first and last position of a place."""
    line, column = place.source.position(place.start)
    end_line, end_column = place.source.position(place.end)
    return {"file": place.path, "line": line, "column": column, "end_line": end_line, "end_column": end_column}


def _finding(finding: Finding, key: str, show_suppressed: bool) -> dict[str, object]:
    out: dict[str, object] = {
        "rule": finding.rule,
        "slug": finding.slug,
        "level": finding.level,
        "confidence": finding.confidence,
        "message": message(finding),
        "remedy": clean(finding.remedy),
        **region(finding.place),
        "profile": finding.endpoint.profile,
        "endpoint": finding.endpoint.id,
        "endpoints": [endpoint.id for endpoint in finding.endpoints],
        "related": [{**region(related.place), "message": clean(related.message)} for related in finding.related],
        "fix": _fix(finding.fix),
        "fingerprint": key,
    }
    if show_suppressed:
        out["suppressed"] = finding.suppressed or None
        out["justification"] = clean(finding.justification) or None
    return out


def _fix(fix: Fix | None) -> dict[str, object] | None:
    if fix is None:
        return None
    edits = [{**region(edit.place), "text": edit.text} for edit in fix.edits]
    return {"description": clean(fix.description), "safe": fix.safe, "edits": edits}
