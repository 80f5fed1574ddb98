"""What people read is what the tool says: docs/ is in step with rules/, and the README shows what a run prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from smtplint import arguments, catalog, cli
from smtplint.config import KEYS
from tests.docs import ROOT, pages

README = ROOT / "README.md"
DEMO = ROOT / "tests" / "data" / "demo"
pytestmark = pytest.mark.skipif(not README.is_file(), reason="not a checkout")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_docs_are_in_step_with_the_rules() -> None:
    wanted = pages()
    there = {path.relative_to(ROOT / "docs").as_posix(): path.read_text("utf-8") for path in (ROOT / "docs").rglob("*.md")}
    stale = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    assert stale == [], "run: python -m tests.docs"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DEMO)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.usefixtures("demo")
def test_the_readme_shows_what_a_run_prints(capsys: pytest.CaptureFixture[str]) -> None:
    shown = [block for block in blocks("text") if block.startswith("$ smtplint ")]
    assert len(shown) == 2
    for block in shown:
        command, _, wanted = block.partition("\n")
        cli.main(shlex.split(command)[2:])
        printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
        assert [line.rstrip() for line in wanted.splitlines()] == printed, command


def test_the_readme_shows_the_file_that_it_lints() -> None:
    (first,) = [block for block in blocks("yaml") if block.startswith("# application.yml\n")]
    assert first.partition("\n")[2] == (DEMO / "application.yml").read_text("utf-8")


def test_the_readme_counts_the_profiles() -> None:
    (number,) = re.findall(r"knows (\d+) applications", README.read_text("utf-8"))
    assert int(number) <= len(catalog.load(cache=False).profile_ids) < int(number) + 40


def test_the_readme_names_every_format_every_key_and_every_command() -> None:
    text = README.read_text("utf-8")
    assert [name for name in (*arguments.CHECK_FORMATS, *arguments.ENDPOINT_FORMATS) if f"`{name}`" not in text] == []
    assert [key for key in KEYS if f"{key} =" not in text and f"[tool.smtplint.{key}]" not in text] == []
    assert [name for name in arguments.COMMANDS if f"smtplint {name}" not in text] == []


def test_every_option_in_the_readme_exists() -> None:
    known = {option.name for _, _, options in arguments.COMMANDS.values() for option in options} | {"--version"}
    lines = [line for line in README.read_text("utf-8").splitlines() if "smtplint " in line]
    used = {word for line in lines for word in re.findall(r"(?<![\w-])--[a-z-]+", line.partition("smtplint ")[2])}
    assert sorted(used - known) == []


def test_links_within_the_project_lead_somewhere() -> None:
    files = [README, *(ROOT / "docs").rglob("*.md")]
    for file in files:
        for target in re.findall(r"\]\(([^)#:]+)\)", file.read_text("utf-8")):
            assert (file.parent / target).exists(), f"{file.name}: {target}"


def test_security_md_is_there() -> None:
    assert "report" in Path(ROOT / "SECURITY.md").read_text("utf-8").lower()
