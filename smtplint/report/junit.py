"""JUnit XML, for CI systems that show test results: a suite per file, a case per finding, a failure for each at or above the threshold."""

from __future__ import annotations

from smtplint.report.words import clean, message
from smtplint.result import at_least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.finding import Finding
    from smtplint.result import Context, Result


def render(result: Result, context: Context) -> str:
    """Findings below the threshold are cases that pass and carry their text; without findings there is one case that passes."""
    files: dict[str, list[Finding]] = {}
    for finding in result.findings:
        files.setdefault(finding.place.path, []).append(finding)
    out = []
    failures = 0
    for path, findings in files.items():
        failed = sum(at_least(finding.level, context.threshold) for finding in findings)
        failures += failed
        out.append(f'  <testsuite name="{_attribute(path)}" tests="{len(findings)}" failures="{failed}" errors="0" skipped="0" time="0">')
        out += [_case(finding, path, context.threshold) for finding in findings]
        out.append("  </testsuite>")
    if not files:
        out = [
            '  <testsuite name="smtplint" tests="1" failures="0" errors="0" skipped="0" time="0">',
            '    <testcase classname="smtplint" name="no findings" time="0"/>',
            "  </testsuite>",
        ]
    tests = max(len(result.findings), 1)
    head = f'<testsuites name="smtplint" tests="{tests}" failures="{failures}" errors="0" time="0">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *out, "</testsuites>"]) + "\n"


def _case(finding: Finding, path: str, threshold: str) -> str:
    line, column = finding.place.source.position(finding.place.start)
    name = f"{finding.rule} {finding.slug} ({line}:{column})"
    opening = f'    <testcase classname="{_attribute(path)}" name="{_attribute(name)}" file="{_attribute(path)}" line="{line}" time="0">'
    text = f"{finding.level}: {message(finding)}\n{clean(path)}:{line}:{column}"
    if at_least(finding.level, threshold):
        first = message(finding).split(". ", 1)[0]
        body = f'      <failure type="{_attribute(finding.level)}" message="{_attribute(first)}">{_text(text)}</failure>'
    else:
        body = f"      <system-out>{_text(text)}</system-out>"
    return f"{opening}\n{body}\n    </testcase>"


def _text(text: str) -> str:
    return "\n".join(clean(line) for line in text.split("\n")).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attribute(text: str) -> str:
    return _text(clean(text)).replace('"', "&quot;")
