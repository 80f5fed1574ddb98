"""The fuzzers for a moment: every reader without coverage, and in the full tier for two minutes with it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import blind
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", TARGETS)
def test_a_few_hundred_inputs(name: str) -> None:
    done, broken = blind.run(name, TARGETS[name], seconds=20, runs=150 if name in ("python", "values") else 400, size=120)
    assert broken == {}
    assert done >= 64


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus(name: str) -> None:
    inputs = blind.corpus(name)
    assert inputs != [b""]
    for data in inputs:
        TARGETS[name](data)


@pytest.mark.full
def test_two_minutes_with_coverage() -> None:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed here (it needs CPython up to 3.13 on Linux)")
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--seconds", "120", "--seed", "1"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "total: " in done.stdout
