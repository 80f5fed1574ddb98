"""Every field of every application that can hold a secret, in every example of the catalogue: the canary takes the value's place and stays inside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smtplint import linter
from smtplint.config import Options
from smtplint.resolve import Project
from tests.examples import RULES, carriers_of, files_of, load, shipped
from tests.fuzz import whole
from tests.fuzz.strategies import CANARY

pytestmark = pytest.mark.full

# What a field of the canonical record may hold that nobody else is to see.
SECRET = ("password", "username", "url", "password_file")
PROFILES = sorted((RULES / "profiles").glob("*.yaml"))
QUOTES = re.compile(r"""(["'`]*)(.*?)(["'`]*)\Z""", re.DOTALL)


def planted(files: dict[str, bytes]) -> dict[str, bytes] | None:
    """The files with the canary in place of every secret value, None when there is none."""
    project = Project("/nonexistent-smtplint-secrets", carriers_of(shipped()), max_bytes=1 << 20, overrides=files)
    spans: dict[str, set[tuple[int, int]]] = {}
    for endpoint in linter.collect(project, sorted(files), Options(), shipped()):
        for name in SECRET:
            field = endpoint.fields.get(name)
            if field is not None and field.place is not None and field.place.path in files:
                spans.setdefault(field.place.path, set()).add((field.place.start, field.place.end))
    if not spans:
        return None
    changed = dict(files)
    for path, places in spans.items():
        text = files[path].decode()
        for start, end in sorted(places, reverse=True):
            found = QUOTES.match(text[start:end])
            assert found is not None
            # An address keeps its shape, and has the canary for user, password and option.
            inner = re.sub(r"(?<=://).*@|(?<=://)(?=[^@]*\Z)", f"{CANARY}:{CANARY}@", found[2]) if "://" in found[2] else CANARY
            text = text[:start] + found[1] + inner + found[3] + text[end:]
        changed[path] = text.encode()
    return changed


def test_every_application_has_been_looked_at() -> None:
    """The test below would be idle if examples held no secrets."""
    assert sum(planted(files_of(example)) is not None for path in PROFILES for example in load(path)["examples"]) > 300


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_fields(path: Path) -> None:
    for number, example in enumerate(load(path)["examples"]):
        files = planted(files_of(example))
        if files is None:
            continue
        _, reports = whole.reports(files)
        for name, text in reports.items():
            for form in (CANARY, CANARY[:7], CANARY[-7:]):
                assert form not in text, (name, number, text[max(0, text.index(form) - 200) : text.index(form) + 60])
