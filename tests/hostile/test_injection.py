"""Names, keys and values of linted files reach a terminal, a log and a CI system as text, never as commands."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest

from tests.folders import plant
from tests.hostile.harness import outputs

# ESC sequences, bell, carriage return, backspace, C1 controls, marks that turn the direction, invisible ones, a line separator.
CONTROLS = "\x1b[31m\x1b]0;x\x07\r\x08\x7f\x9b31m\u202e\u2066\u200b\u2028"
COMMAND = "::error file=x::owned\n::add-mask::owned\n##vso[task.complete result=Succeeded]\n<script>alert(1)</script>"
_BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def _quoted(text: str) -> str:
    return json.dumps(text)


def _files() -> dict[str, str]:
    evil = CONTROLS + COMMAND
    compose = {"services": {f"web{evil}": {"image": f"gitea/gitea:1{evil}", "environment": {
        "SMTP_HOST": f"mail.example.org{evil}", "SMTP_PORT": f"25{evil}", f"SMTP_TLS{evil}": evil, "SMTP_SECURE": evil}}}}  # fmt: skip
    good = {"services": {f"web{evil}": {"environment": {"SMTP_HOST": "mail.example.org", "SMTP_PORT": "25", "SMTP_SECURE": "false"}}}}
    return {
        "compose.yaml": json.dumps(compose),
        "good/compose.yaml": json.dumps(good),
        "a%0A::error::owned/.env": "SMTP_HOST=mail.example.org\nSMTP_PORT=25\n",
        f"b\n::error::owned {CONTROLS}/c\r.env": "SMTP_HOST=mail.example.org\nSMTP_PORT=25\nSMTP_TLS=no\n",
        "d<script>,\"'`=1+1/e|x.env": "SMTP_HOST=mail.example.org\nSMTP_PORT=25\n",
        f"broken{CONTROLS}\n::error::owned.json": '{"smtp": {"host": ',
        "app.toml": f'[{_quoted("smtp" + CONTROLS[5:])}]\n"host" = "mail.example.org"\nport = 25\n'.replace("\\u007f", "\\u007F"),
        "f.yaml": f"{_quoted('=cmd|smtp' + evil)}: {{smtp_host: mail.example.org, smtp_port: 25}}\n",
    }


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("injection")
    (folder / "tree").mkdir()
    before = os.getcwd()
    os.chdir(folder / "tree")
    try:
        plant(folder / "tree", _files())
        return outputs(folder / "out")
    finally:
        os.chdir(before)


def test_no_control_character_gets_out(found: dict[str, str]) -> None:
    assert found["check.json"].count('"rule"') >= 5
    for name, text in found.items():
        shown = re.sub(r"\x1b\[[0-9;]*m", "", text) if name == "terminal" else text
        # CSV, by its standard, may end its lines with CR LF.
        bad = _BAD.findall(shown.replace("\r\n", "\n"))
        assert not bad, (name, bad[:5])


def test_no_colour_but_ours(found: dict[str, str]) -> None:
    """The file says "red"; what is red on the terminal is our own."""
    assert "\\x1b[31m" in found["terminal"]


def test_no_workflow_command_but_ours(found: dict[str, str]) -> None:
    for line in found["check.github"].splitlines():
        if line.startswith(("::", "##[", "##vso[")):
            assert re.match(r"::(?:error|warning|notice|group|endgroup|debug)[ :]", line), line
            assert "title=" in line or "::" in line[2:]
            properties = line[2:].split("::", 1)[0]
            assert "owned" not in properties or "%0A" in properties or "%3A" in properties
    for name in (
        "check out",
        "check err",
        "terminal",
        "terminal err",
        "endpoints out",
        "endpoints err",
        "check.text",
        "endpoints --explain",
    ):
        commands = [line for line in found[name].splitlines() if line.lstrip().startswith(("::", "##vso[", "##["))]
        assert commands == [], (name, commands)


def test_machine_formats_are_whole(found: dict[str, str]) -> None:
    for name in ("check.json", "check.sarif", "check.gitlab", "check.rdjson", "endpoints.json", "baseline"):
        json.loads(found[name])
    ET.fromstring(found["check.junit"])
    rows = list(csv.reader(io.StringIO(found["endpoints.csv"])))
    assert len({len(row) for row in rows}) == 1 and len(rows) > 5
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@", "\t", "\r"))], "no formula"


def test_no_script_but_ours(found: dict[str, str]) -> None:
    class Scripts(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.inside = False
            self.texts: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.inside = tag == "script" and dict(attrs).get("type") in (None, "text/javascript", "module")
            assert not [name for name, _ in attrs if name.startswith("on")], attrs
            assert not [value for name, value in attrs if name in ("href", "src") and (value or "").lower().startswith("javascript:")]

        def handle_endtag(self, tag: str) -> None:
            self.inside = False

        def handle_data(self, data: str) -> None:
            if self.inside:
                self.texts.append(data)

    page = Scripts()
    page.feed(found["endpoints.html"])
    assert not [text for text in page.texts if "alert(1)" in text]
    assert "<script>alert(1)" not in found["endpoints.html"]
    assert not re.search(r"(?<!\\)<script>", found["endpoints.markdown"])
