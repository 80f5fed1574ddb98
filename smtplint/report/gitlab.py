"""GitLab's Code Quality report: a JSON array of issues."""

from __future__ import annotations

import json

from smtplint.report.words import fingerprints, message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.result import Context, Result

SEVERITIES = {"error": "critical", "warning": "major", "note": "info"}


def render(result: Result, context: Context) -> str:
    """One issue per finding. Paths are relative and without a leading `./`; no two fingerprints are equal."""
    issues = []
    for finding, key in zip(result.findings, fingerprints(result.findings), strict=True):
        place = finding.place
        path = context.base + place.path
        issues.append(
            {
                "description": f"{finding.rule}: {message(finding)}",
                "check_name": finding.rule,
                "fingerprint": key,
                "severity": SEVERITIES[finding.level],
                "categories": ["Security"],
                "location": {
                    "path": path[2:] if path.startswith("./") else path,
                    "lines": {"begin": place.line, "end": place.source.position(place.end)[0]},
                },
            }
        )
    return json.dumps(issues, indent=2) + "\n"
