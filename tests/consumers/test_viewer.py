"""SARIF as a reader sees it: Microsoft's web component, which is also the Scans tab of Azure DevOps, in headless Chromium."""

from __future__ import annotations

import html.parser
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import smtplint

pytestmark = pytest.mark.full

PAGE = """<!doctype html>
<meta charset="utf-8">
<meta http-equiv="content-type" content="text/html; charset=utf-8">
<body><div id="app"></div>
<script src="react/umd/react.production.min.js"></script>
<script src="react-dom/umd/react-dom.production.min.js"></script>
<script src="@microsoft/sarif-web-component/dist/index.js"></script>
<script>
const log = LOG;
ReactDOM.render(React.createElement(Viewer, {logs: [log], filterState: {}}), document.getElementById("app"));
</script>
"""
FILES = {
    ".env": "SMTP_HOST=smtp.example.org\nSMTP_PORT=25\nSMTP_PASSWORD=hunter2\n",
    "compose.yaml": (
        "services:\n  git:\n    image: gitea/gitea:1.22\n    environment:\n"
        '      GITEA__mailer__ENABLED: "true"\n      GITEA__mailer__PROTOCOL: smtps\n'
        "      GITEA__mailer__SMTP_ADDR: ${SMTP_HOST}\n      GITEA__mailer__SMTP_PORT: ${SMTP_PORT}\n"
    ),
    # Before the value: an emoji (one code point, two UTF-16 units, four bytes) that is shown, and one within what is masked.
    "mail.yml": '"\N{ROCKET}": {smtp: {host: smtp.example.com, port: 25}}\n',
    "mail.json": '{"note": "\N{ROCKET} hunter2 caf\u00e9", "smtp": {"host": "smtp.example.net", "port": 25}}\n',
    "tabs.ini": "[smtp]\r\n\thost = smtp.example.edu\r\n\tport = 25\r\n",
}


class Rows(html.parser.HTMLParser):
    """The rows of the table: `marked` what is highlighted, `links` of the message, `text` all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, list[str]]] = []
        self.marking = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "tr":
            self.rows.append({"marked": [], "links": [], "text": []})
        elif tag == "span" and (self.marking or given.get("class") == "swcRegion"):
            self.marking += 1
            if self.marking == 1 and self.rows:
                self.rows[-1]["marked"].append("")
        elif tag == "a" and self.rows:
            self.rows[-1]["links"].append(given.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "span" and self.marking:
            self.marking -= 1

    def handle_data(self, data: str) -> None:
        if self.rows:
            self.rows[-1]["text"].append(data)
            if self.marking:
                self.rows[-1]["marked"][-1] += data


@pytest.fixture(scope="module")
def page(from_npm: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, list[str]]]:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("there is no Chromium (Debian's package is called chromium)")
    modules = from_npm("@microsoft/sarif-web-component@0.6.0-29", "react@16.14.0", "react-dom@16.14.0")
    folder = tmp_path_factory.mktemp("linted")
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8", newline="")
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --allow-file-access-from-files"
    )
    profile = tmp_path_factory.mktemp("profile")
    parser = Rows()
    # The component unfolds three results of a rule, so they are shown in two goes.
    for names in ((".env", "compose.yaml", "mail.yml"), ("mail.json", "tabs.ini")):
        done = smtplint(folder, "check", "--select", "SMTP101", "--format", "sarif", *names)
        assert done.returncode == 1, done.stderr
        (modules / "page.html").write_text(PAGE.replace("LOG", done.stdout.replace("</", "<\\/")), "utf-8")
        shown = subprocess.run(
            [browser, *flags.split(), f"--user-data-dir={profile}", "--virtual-time-budget=8000", "--dump-dom", str(modules / "page.html")],
            capture_output=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip
        assert shown.returncode == 0, shown.stderr[-500:]
        parser.feed(shown.stdout)
    assert "hunter2" not in "".join("".join(row["text"]) for row in parser.rows)
    return parser.rows


def row(page: list[dict[str, list[str]]], name: str) -> dict[str, list[str]]:
    (found,) = [one for one in page if any(text.strip() == name for text in one["text"])]
    return found


def test_the_rule_is_shown_with_its_name_and_its_page(page: list[dict[str, list[str]]]) -> None:
    group = next(one for one in page if "SMTP101" in one["text"])
    assert any("SubmissionOnPort25" in text for text in group["text"])
    assert group["links"][0].startswith("https://www.rfc-editor.org/rfc/")


@pytest.mark.parametrize("name", [name for name in FILES if name != "compose.yaml"])
def test_the_value_and_nothing_else_is_highlighted(page: list[dict[str, list[str]]], name: str) -> None:
    assert row(page, name)["marked"] == ["25"]


def test_the_message_links_every_other_place(page: list[dict[str, list[str]]]) -> None:
    found = row(page, ".env")
    text = "".join(found["text"])
    assert "Gitea (Forgejo) hands its mail to smtp.example.org on port 25" in text
    assert "the host is set here: GITEA__mailer__SMTP_ADDR" in text
    assert found["links"][:2] == ["1", "2"]
    assert "](" not in text
