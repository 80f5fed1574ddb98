"""The other formats of CI systems, each held against something that is not ours: junitparser, GitHub's own toolkit, GitLab's documentation."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from smtplint.finding import Finding
from smtplint.report import renderer
from smtplint.result import Result
from tests.report.factory import context, many_case, yaml_case

CASES = [yaml_case, many_case, Result]

# What GitLab's documentation of Code Quality asks of a report of one's own. Nobody publishes it as a schema.
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "location", "severity"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./|/).+"},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                },
            },
        },
    },
}


@pytest.mark.parametrize("case", CASES)
def test_gitlab_gets_what_its_documentation_asks_for(case: Callable[[], Result]) -> None:
    issues = json.loads(renderer("gitlab")(case(), context()))
    jsonschema.Draft202012Validator(GITLAB).validate(issues)
    assert len({one["fingerprint"] for one in issues}) == len(issues)


@pytest.mark.full
@pytest.mark.parametrize("case", CASES)
def test_junitparser_reads_the_same_numbers(from_pypi: Callable[..., Path], tmp_path: Path, case: Callable[[], Result]) -> None:
    programs = from_pypi("junitparser==5.0.3")
    result = case()
    (tmp_path / "report.xml").write_text(renderer("junit")(result, context()), "utf-8")
    script = (
        "import json, sys; from junitparser import Failure, JUnitXml\n"
        "xml = JUnitXml.fromfile(sys.argv[1]); told = [xml.tests, xml.failures, xml.errors]; xml.update_statistics()\n"
        "cases = [[suite.name, case.name, [type(one).__name__ for one in case.result]] for suite in xml for case in suite]\n"
        "print(json.dumps({'told': told, 'counted': [xml.tests, xml.failures, xml.errors], 'cases': cases}))\n"
    )
    done = subprocess.run([programs / "python", "-c", script, tmp_path / "report.xml"], capture_output=True, encoding="utf-8", check=True)
    found = json.loads(done.stdout)
    assert found["told"] == found["counted"]
    failing = [finding for finding in result.findings if finding.level != "note"]
    assert sum(case[2] == ["Failure"] for case in found["cases"]) == len(failing) == found["told"][1]
    assert {case[0] for case in found["cases"]} == ({finding.place.path for finding in result.findings} or {"smtplint"})


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """Command, properties and message of a workflow command."""
    found = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
    assert found, line
    return found[1], dict(part.partition("=")[::2] for part in found[2].split(",")), found[3]


@pytest.mark.full
def test_annotations_are_escaped_as_githubs_own_toolkit_does(from_npm: Callable[..., Path], tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    modules = from_npm("@actions/core@1.11.1")
    result = many_case()
    finding: Finding = result.findings[0]
    finding.message = "100% of, it: is\nbroken"
    finding.place.source.path = "a,b:c%0A/\u00e9 x.env"
    ours = [parsed(line) for line in renderer("github")(result, context()).splitlines() if line.startswith("::")]
    assert len(ours) == 3
    script = (
        "const core = require('@actions/core'); const list = JSON.parse(require('fs').readFileSync(process.argv[2], 'utf8'));\n"
        "for (const [level, text, where] of list) core[level](text, where);\n"
    )
    wanted: list[Any] = []

    def plain(text: str) -> str:
        for code, char in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
            text = text.replace(code, char)
        return text

    for command, given, message in ours:
        where = {
            "title": plain(given["title"]), "file": plain(given["file"]), "startLine": int(given["line"]), "endLine": int(given["endLine"]),
            "startColumn": int(given["col"]), "endColumn": int(given["endColumn"]),
        }  # fmt: skip
        wanted.append([command, plain(message), where])
    (tmp_path / "list.json").write_text(json.dumps(wanted), "utf-8")
    (modules / "say.js").write_text(script, "utf-8")
    done = subprocess.run([node, modules / "say.js", tmp_path / "list.json"], capture_output=True, encoding="utf-8", check=True)
    assert [parsed(line) for line in done.stdout.splitlines()] == ours
    assert any(plain(given["file"]) == finding.place.path for _, given, _ in ours)
