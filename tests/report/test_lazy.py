"""A report loads what it needs and no more: a hook pays for every import."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ["json", "typing", "dataclasses", "enum", "pathlib", "logging", "subprocess", "inspect", "urllib.parse", "unicodedata", "hashlib"]


@pytest.mark.parametrize("name", ["text", "github", "junit"])
def test_plain_reports_load_nothing_heavy(name: str) -> None:
    code = (
        "import sys\n"
        "import re\n"  # what re itself loads is paid for anyway
        "before = set(sys.modules)\n"
        "from smtplint.report import renderer\n"
        "from smtplint.result import Context, Result\n"
        f"renderer({name!r})(Result(), Context())\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    loaded = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not set(loaded) & set(HEAVY)
