"""Texts made for every reader, and whole projects: promises kept, the same as the parsers, no crash, no password in any report."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import strategies, whole
from tests.fuzz.oracles import ORACLES
from tests.fuzz.targets import NAMES, read_checked

# Examples: a moment in the default tier, a minute in the full one.
FEW, MANY = 15, 400


def tries(number: int) -> settings:
    return settings(max_examples=number, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def read(syntax: str, examples: int) -> None:
    @tries(examples)
    @given(strategies.damaged(syntax), st.sampled_from(NAMES[syntax]))
    def run(text: str, name: str) -> None:
        text = text.replace("\0", "")
        read_checked(text, syntax, name)
        if syntax in ORACLES:
            ORACLES[syntax](text)

    run()


@pytest.mark.parametrize("syntax", NAMES)
def test_readers(syntax: str) -> None:
    read(syntax, FEW)


@pytest.mark.full
@pytest.mark.parametrize("syntax", NAMES)
def test_readers_for_longer(syntax: str) -> None:
    read(syntax, MANY)


def lint(examples: int) -> None:
    @tries(examples)
    @given(strategies.projects())
    def run(files: dict[str, str]) -> None:
        whole.lint(whole.join({name: text.replace("\0", "") for name, text in files.items()}))

    run()


def test_whole_projects() -> None:
    lint(FEW)


@pytest.mark.full
def test_whole_projects_for_longer() -> None:
    lint(MANY)


def hide(examples: int) -> None:
    seen = 0

    @tries(examples)
    @given(strategies.projects(secret=True))
    def run(files: dict[str, str]) -> None:
        nonlocal seen
        found, reports = whole.reports({name: text.encode() for name, text in files.items()})
        seen += found
        for name, text in reports.items():
            assert strategies.CANARY not in text, name

    run()
    assert seen > examples / 4, "the projects hold mail settings"


def test_passwords_stay_inside() -> None:
    hide(FEW)


@pytest.mark.full
def test_passwords_stay_inside_for_longer() -> None:
    hide(MANY)
