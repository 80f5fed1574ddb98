"""Workflow commands of GitHub Actions: annotations in the log and on the changed files.

GitHub shows about ten errors, ten warnings and ten notices of a step and drops the others silently, so the worst come first and what
does not fit is printed as an ordinary line of the log.
"""

from __future__ import annotations

from smtplint.report.words import clean, count, message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.finding import Finding
    from smtplint.result import Context, Result

LIMIT = 10
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(result: Result, context: Context) -> str:
    """Annotations, worst first; then the findings without one; then one line of summary."""
    order = {level: rank for rank, level in enumerate(_COMMANDS)}
    findings = sorted(result.findings, key=lambda finding: (order[finding.level], finding.sort_key))
    used = dict.fromkeys(_COMMANDS, 0)
    shown, rest = [], []
    for finding in findings:
        used[finding.level] += 1
        if used[finding.level] <= LIMIT:
            shown.append(_annotation(finding, context.base))
        else:
            rest.append(_line(finding, context.base))
    numbers = ", ".join(count(used[level], level) for level in _COMMANDS if used[level]) or "no findings"
    more = f"; {len(rest)} of them without an annotation" if rest else ""
    return "\n".join([*shown, *rest, f"smtplint: {numbers}{more}."]) + "\n"


def _annotation(finding: Finding, base: str) -> str:
    place = finding.place
    line, column = place.source.position(place.start)
    end_line, end_column = place.source.position(place.end)
    properties = {"file": base + place.path, "line": line, "endLine": end_line}
    if line == end_line:
        properties |= {"col": column, "endColumn": end_column}
    properties["title"] = f"{finding.rule} {finding.slug}"
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.level]} {listed}::{_data(message(finding))}"


def _line(finding: Finding, base: str) -> str:
    place = finding.place
    line, column = place.source.position(place.start)
    text = f"{clean(base + place.path)}:{line}:{column}: {finding.level} {finding.rule} {finding.slug}: {message(finding)}"
    # The runner obeys commands of the form `##[...]` anywhere in a line, and `::...::` at its begin.
    text = text.replace("##[", "# #[")
    return f"- {text}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return clean(_data(text).replace(":", "%3A").replace(",", "%2C"))
