"""The report for people, as it stands on the terminal."""

from __future__ import annotations

import re

from smtplint.endpoint import Field
from smtplint.finding import Finding
from smtplint.report import renderer
from smtplint.report.words import cells, wrap
from smtplint.result import Result
from smtplint.source import Source

from .factory import at, context, endpoint, field, many_case, yaml_case


def text(result: Result, **more: object) -> str:
    return renderer("text")(result, context(**more))


def test_a_finding_shows_line_place_related_places_and_remedy() -> None:
    assert text(yaml_case(), width=90) == (
        "config/mail.yaml:3:13: error SMTP202 optional-starttls\n"
        "  app encrypts only if smtp.example.org offers STARTTLS. Whoever strips the offer reads\n"
        "  the mail and the password.\n"
        "    |\n"
        '  3 |   "\N{ROCKET} port": 587\n'
        "    |              ^^^ port 587\n"
        "  - no 'starttls' key here (config/mail.yaml:1:1)\n"
        "  - the host is set here (.env:2:11)\n"
        "  help: Write `starttls: required` under smtp.\n"
        "\n"
        "Found 1 error in 1 endpoint (14 files looked at, 3 read).\n"
        "Skipped 1 file: 1 too large.\n"
    )


def test_the_summary_counts_what_was_left_out() -> None:
    lines = text(many_case()).splitlines()[-3:]
    assert lines == [
        "Found 1 error, 1 warning, 1 note in 1 endpoint (4 files looked at, 2 read).",
        "Suppressed 1 finding: 1 by a comment.",
        "1 baseline entry is gone; write the baseline again to drop them.",
    ]


def test_nothing_found() -> None:
    assert text(Result(stats={"looked_at": 1, "read": 0})) == "No findings in 0 endpoints (1 file looked at, 0 read).\n"


def test_suppressed_findings_appear_only_on_request() -> None:
    assert "SMTP202" not in text(many_case())
    shown = text(many_case(), show_suppressed=True)
    assert "SMTP202 optional-starttls (suppressed by a comment)" in shown
    assert "reason given: the relay is ours" in shown


def test_colour_changes_nothing_but_colour() -> None:
    plain, colored = text(many_case()), text(many_case(), color=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31merror\x1b[0m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain


def carets(result: Result, **more: object) -> tuple[str, str]:
    lines = text(result, **more).splitlines()
    under = next(i for i, line in enumerate(lines) if re.match(r" +\| +\^", line))
    return lines[under - 1], lines[under]


def port_case(line: str) -> Result:
    source = Source("a.yaml", line)
    key = line.split(":", maxsplit=1)[0].strip()
    port = Field("port", "set", 25, key="port", place=at(source, "25"), key_place=at(source, key))
    return Result([Finding("SMTP101", "p", "error", "m", at(source, "25"), endpoint(source, [port]), mark="here")])


def test_carets_stand_under_the_place_after_wide_characters_and_tabs() -> None:
    for line in ("\u90ae\u4ef6: 25", "\tport:\t25", "e\u0301\N{ROCKET}: 25", "port: 25"):
        code, under = carets(port_case(line))
        assert cells(code[: code.index("25")]) == under.index("^"), line
        assert under.endswith(" ^^ here")


def test_a_long_line_is_cut_around_the_place() -> None:
    source = Source("a.json", '{"a": [' + "1, " * 5000 + '], "port": 25, "b": [' + "1, " * 5000 + "]}")
    port = field("port", 25, source, " 25", "port")
    result = Result([Finding("SMTP101", "p", "error", "m", at(source, " 25"), endpoint(source, [port]))])
    code, under = carets(result, width=60)
    assert cells(code) <= 60
    assert code[under.index("^") : under.rindex("^") + 1] == " 25"


def test_an_absent_value_is_marked_by_one_caret() -> None:
    source = Source("a.env", "PORT=\n")
    port = Field("port", "set", None, key="PORT", place=at(source, "\n"), key_place=at(source, "PORT"))
    port.place = type(at(source, "\n"))(source, 5, 5)
    result = Result([Finding("SMTP104", "p", "error", "m", port.place, endpoint(source, [port]), mark="empty")])
    code, under = carets(result)
    assert code.endswith("PORT=")
    assert under.index("^") == len(code)


def test_control_characters_in_names_and_messages_are_written_out() -> None:
    source = Source("evil\x1b[2J.env", "PORT=25\n")
    made = endpoint(source, [field("port", 25, source, "25", "PORT")])
    result = Result([Finding("SMTP101", "p", "error", "a\x07 b\u202e c\nd", at(source, "25"), made, mark="\x1b[0m")])
    shown = text(result)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)
    assert "evil\\x1b[2J.env:1:6" in shown


def test_wrapping_counts_cells_and_never_breaks_a_word() -> None:
    lines = wrap("\u90ae\u4ef6\u90ae\u4ef6 ab cd " + "x" * 30, 14, "  ")
    assert lines == ["  \u90ae\u4ef6\u90ae\u4ef6 ab", "  cd", "  " + "x" * 30]
    assert wrap("one two", 0) == ["one two"]
