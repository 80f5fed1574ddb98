"""Findings for a person at a terminal: what, where, the line with the place underlined, what else matters, what to write instead."""

from __future__ import annotations

from smtplint.report.words import cells, clean, count, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.finding import Finding
    from smtplint.report.snippet import Visible
    from smtplint.result import Context, Result

TAB = 4
_STYLES = {"error": "1;31", "warning": "1;33", "note": "1;36", "bold": "1", "frame": "34", "help": "1;32"}
_REASONS = {"inline": "by a comment", "config": "by the configuration", "baseline": "by the baseline"}


def render(result: Result, context: Context) -> str:
    """One block per finding, then the summary. Ends with a line end."""
    shown = [*result.findings, *(result.suppressed if context.show_suppressed else ())]
    if not shown:
        return summary(result)
    from smtplint.report.snippet import Visible

    visible = Visible(result)
    return "\n".join([*(_finding(finding, visible, context, result) for finding in shown), summary(result)])


def summary(result: Result) -> str:
    """What was found, in what, and what was left out, as lines."""
    numbers = {level: sum(finding.level == level for finding in result.findings) for level in ("error", "warning", "note")}
    parts = [count(number, level) for level, number in numbers.items() if number]
    stats = result.stats
    endpoints = stats.get("endpoints", len(result.endpoints))
    seen = count(stats.get("looked_at", stats.get("files", 0)), "file") + " looked at"
    found = f"Found {', '.join(parts)}" if parts else "No findings"
    lines = [f"{found} in {count(endpoints, 'endpoint')} ({seen}, {stats.get('read', 0)} read)."]
    skipped = [(key[8:].replace("_", " "), number) for key, number in sorted(stats.items()) if key.startswith("skipped_") and number]
    if skipped:
        total = count(sum(number for _, number in skipped), "file")
        lines.append(f"Skipped {total}: {', '.join(f'{number} {why}' for why, number in skipped)}.")
    if result.suppressed:
        reasons: dict[str, int] = {}
        for finding in result.suppressed:
            reasons[finding.suppressed] = reasons.get(finding.suppressed, 0) + 1
        told = ", ".join(f"{number} {_REASONS.get(why, 'otherwise')}" for why, number in sorted(reasons.items()))
        lines.append(f"Suppressed {count(len(result.suppressed), 'finding')}: {told}.")
    if result.gone:
        verb = "is" if len(result.gone) == 1 else "are"
        lines.append(f"{count(len(result.gone), 'baseline entry', 'baseline entries')} {verb} gone; write the baseline again to drop them.")
    return "\n".join(lines) + "\n"


def _finding(finding: Finding, visible: Visible, context: Context, result: Result) -> str:
    def paint(text: str, style: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if context.color else text

    place = finding.place
    line, column = place.source.position(place.start)
    width = max(context.width, 40) if context.width else 0
    note = f" (suppressed {_REASONS.get(finding.suppressed, '')})" if finding.suppressed else ""
    head = (
        f"{paint(f'{clean(place.path)}:{line}:{column}', 'bold')}: {paint(finding.level, finding.level)} "
        f"{paint(finding.rule, 'bold')} {clean(finding.slug)}{note}"
    )
    lines = [head, *wrap(clean(" ".join(finding.message.split())), width, "  ")]
    lines += _snippet(finding, visible, width, paint_level=lambda text: paint(text, finding.level), frame=lambda text: paint(text, "frame"))
    for related in finding.related:
        where = related.place
        at, col = where.source.position(where.start)
        lines += wrap(f"{clean(' '.join(related.message.split()))} ({clean(where.path)}:{at}:{col})", width, "    ", "  - ")
    if context.verbose:
        lines += _chain(finding, result, width)
    if finding.remedy:
        wrapped = wrap(clean(" ".join(finding.remedy.split())), width, "        ", "  help: ")
        wrapped[0] = wrapped[0].replace("help:", paint("help:", "help"), 1)
        lines += wrapped
    if finding.justification:
        lines += wrap(f"reason given: {clean(' '.join(finding.justification.split()))}", width, "    ", "  - ")
    return "\n".join(lines) + "\n"


def _chain(finding: Finding, result: Result, width: int) -> list[str]:
    """How the values that decided came about: what the rule asks about, and what the mode was told from."""
    from smtplint.report.endpoints import chain

    flag = result.run[3].checks.get(finding.rule, {}).get("flag") if result.run is not None else None
    names = ["host", "port"]
    if flag is not None:
        from smtplint.catalog.condition import names as asked

        names += asked(flag)
    told = finding.endpoint.facts.get("row_fields")
    if isinstance(told, tuple) and (flag is None or "mode" in names):
        names += told
    found = [
        line
        for name in dict.fromkeys(names)
        if name in finding.endpoint.fields
        for line in wrap(chain(finding.endpoint.fields[name]), width, "      ", "    ")
    ]
    return ["  the values behind it:", *found] if found else []


def _snippet(finding: Finding, visible: Visible, width: int, *, paint_level: Paint, frame: Paint) -> list[str]:
    place = finding.place
    source = place.source
    number = source.position(place.start)[0]
    shown = visible.line(source, number, at=place.start, tab=TAB)
    begin, end = shown.mark(place.start, min(place.end, source.line_span(number)[1]))
    gutter = str(number)
    blank = " " * len(gutter)
    room = max(width - len(gutter) - 6, 20) if width else 0
    text, begin, end = _cut(shown.text, begin, end, room)
    lead = cells(text[:begin])
    carets = "^" * max(1, cells(text[begin:end]))
    mark = clean(" ".join(finding.mark.split()))
    under = f"  {frame(f'{blank} |')} {' ' * lead}{paint_level(carets + (' ' + mark if mark else ''))}"
    code = f"  {frame(f'{gutter} |')} {text}".rstrip()
    return [f"  {frame(f'{blank} |')}", code, under]


def _cut(text: str, begin: int, end: int, room: int) -> tuple[str, int, int]:
    """`text` shortened to `room` cells around the part from `begin` to `end`, with dots where something is left out."""
    text = text.rstrip()
    if not room or cells(text) <= room:
        return text, begin, end
    end = min(end, begin + max(room - 8, 8))
    left, right = begin, min(end, len(text))
    free = room - 8 - cells(text[left:right])
    back = free // 2
    while left > 0 and back > 0:
        left -= 1
        back -= cells(text[left])
    free -= free // 2 - max(back, 0)
    while right < len(text) and free > 0:
        free -= cells(text[right])
        right += 1
    front, rear = "... " if left > 0 else "", " ..." if right < len(text) else ""
    shift = len(front) - left
    return f"{front}{text[left:right]}{rear}", begin + shift, end + shift


if TYPE_CHECKING:
    from collections.abc import Callable

    Paint = Callable[[str], str]
