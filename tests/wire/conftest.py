"""The tables of agreement stand at the end of what the tests print, before the sum."""

from __future__ import annotations

import pytest

TABLES: pytest.StashKey[list[str]] = pytest.StashKey()


@pytest.fixture
def at_the_end(pytestconfig: pytest.Config) -> list[str]:
    """Texts that are printed when all tests are done."""
    return pytestconfig.stash.setdefault(TABLES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for text in config.stash.get(TABLES, []):
        terminalreporter.section("what the clients did, and what smtplint says")
        terminalreporter.write_line(text)
