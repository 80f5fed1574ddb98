"""The formats of CI systems: what they need, and that nothing in a file can break out of them."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import pytest

from smtplint.finding import Finding
from smtplint.report import CHECK_FORMATS, ENDPOINT_FORMATS, endpoint_renderer, renderer
from smtplint.result import Result
from smtplint.source import Source

from .factory import CANARIES, at, context, endpoint, field, many_case, yaml_case


def crowd(number: int, level: str = "error", path: str = "a.env", message: str = "m") -> Result:
    source = Source(path, "PORT=25\n" * number)
    made = endpoint(source, [field("port", 25, source, "25", "PORT")])
    return Result([Finding("SMTP101", "p", level, message, at(source, "25", nth), made) for nth in range(number)], endpoints=[made])


@pytest.mark.parametrize("name", CHECK_FORMATS)
@pytest.mark.parametrize("case", [yaml_case, many_case])
def test_no_report_holds_a_secret(name: str, case: type[Result]) -> None:
    for suppressed in (False, True):
        shown = renderer(name)(case(), context(show_suppressed=suppressed, baseline_used=suppressed))
        assert not any(canary in shown for canary in CANARIES)


@pytest.mark.parametrize("name", ENDPOINT_FORMATS)
@pytest.mark.parametrize("case", [yaml_case, many_case])
def test_no_list_of_endpoints_holds_a_secret(name: str, case: type[Result]) -> None:
    assert not any(canary in endpoint_renderer(name)(case(), context()) for canary in CANARIES)


@pytest.mark.parametrize("name", CHECK_FORMATS)
def test_every_report_ends_its_last_line_and_survives_an_empty_result(name: str) -> None:
    assert renderer(name)(Result(), context()).endswith("\n")


def test_an_unknown_format_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        renderer("html")


# GitHub


def test_annotations_come_worst_first() -> None:
    lines = renderer("github")(many_case(), context()).splitlines()
    assert [line.split(" ", 1)[0] for line in lines] == ["::error", "::warning", "::notice", "smtplint:"]
    assert lines[0] == (
        "::error file=deploy/prod.env,line=2,endLine=2,col=11,endColumn=13,title=SMTP101 submission-on-port-25::mail goes to port 25."
    )


def test_what_github_would_drop_is_printed_as_a_line() -> None:
    lines = renderer("github")(crowd(13), context()).splitlines()
    assert sum(line.startswith("::error") for line in lines) == 10
    assert lines[10:] == [
        "- a.env:11:6: error SMTP101 p: m.",
        "- a.env:12:6: error SMTP101 p: m.",
        "- a.env:13:6: error SMTP101 p: m.",
        "smtplint: 13 errors; 3 of them without an annotation.",
    ]


def test_no_file_name_or_message_can_issue_a_command() -> None:
    path = "a,line=9::x%0A\n::set-output name=a::b\r##[add-path]/tmp:z.env"
    shown = renderer("github")(crowd(12, path=path, message="100%\n::error::x ##[stop-commands]"), context())
    lines = re.split(r"\r\n|\n|\r", shown.rstrip("\n"))
    assert len(lines) == 13
    for line in lines[:10]:
        found = re.fullmatch(r"::error file=([^,:]*),line=\d+,endLine=\d+,col=6,endColumn=8,title=SMTP101 p::(.*)", line)
        assert found
        name = found[1].replace("%3A", ":").replace("%2C", ",").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
        assert name == path
    for line in lines[10:]:
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


# GitLab


def test_gitlab_issues_have_unique_fingerprints_and_relative_paths() -> None:
    result = crowd(3, path="./a.env")
    issues = json.loads(renderer("gitlab")(result, context()))
    assert len({issue["fingerprint"] for issue in issues}) == 3
    assert {issue["location"]["path"] for issue in issues} == {"a.env"}
    assert [issue["location"]["lines"]["begin"] for issue in issues] == [1, 2, 3]


def test_gitlab_severities() -> None:
    issues = json.loads(renderer("gitlab")(many_case(), context()))
    assert {issue["check_name"]: issue["severity"] for issue in issues} == {"SMTP101": "critical", "SMTP403": "major", "SMTP302": "info"}
    assert all({"description", "check_name", "fingerprint", "severity", "location"} <= issue.keys() for issue in issues)


# JUnit


@pytest.mark.parametrize(("threshold", "failures"), [("error", 1), ("warning", 2), ("note", 3), ("never", 0)])
def test_junit_fails_from_the_threshold_on(threshold: str, failures: int) -> None:
    root = ET.fromstring(renderer("junit")(many_case(), context(threshold=threshold)))
    assert len(root.findall(".//failure")) == failures == int(root.get("failures", ""))
    assert len(root.findall(".//testcase")) == 3 == int(root.get("tests", ""))


def test_junit_without_findings_has_a_case_that_passes() -> None:
    root = ET.fromstring(renderer("junit")(Result(), context()))
    assert [case.get("name") for case in root.iter("testcase")] == ["no findings"]


def test_junit_is_well_formed_whatever_a_name_holds() -> None:
    evil = "a\"'<&>]]>\x00\x1b\ufffe\ud800.env"
    root = ET.fromstring(renderer("junit")(crowd(1, path=evil, message='<b>&"\x0b'), context()))
    suite = root.find("testsuite")
    assert suite is not None
    assert suite.get("name") == "a\"'<&>]]>\\x00\\x1b\\ufffe\\ud800.env"


# Reviewdog


def test_rdjson_columns_count_bytes() -> None:
    document = json.loads(renderer("rdjson")(yaml_case(), context()))
    (diagnostic,) = document["diagnostics"]
    # four bytes for the emoji before the value: column 13 in code points, 16 in bytes
    assert diagnostic["location"]["range"] == {"start": {"line": 3, "column": 16}, "end": {"line": 3, "column": 19}}
    assert diagnostic["code"] == {"value": "SMTP202", "url": "https://www.rfc-editor.org/rfc/rfc3207#section-6"}
    assert diagnostic["suggestions"][0]["text"] == "\n  starttls: required"
    assert diagnostic["severity"] == "ERROR"
    assert diagnostic["message"].endswith(" .env:2:11: the host is set here.")


def test_rdjson_offers_no_fix_of_several_edits_since_suggestions_are_alternatives() -> None:
    result = yaml_case()
    fix = result.findings[0].fix
    assert fix is not None
    fix.edits *= 2
    assert "suggestions" not in json.loads(renderer("rdjson")(result, context()))["diagnostics"][0]


def test_rdjson_offers_no_fix_that_is_not_safe() -> None:
    result = yaml_case()
    fix = result.findings[0].fix
    assert fix is not None
    fix.safe = False
    assert "suggestions" not in json.loads(renderer("rdjson")(result, context()))["diagnostics"][0]
