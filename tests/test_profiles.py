"""Every example of every profile, against the whole catalogue: the right profile, the endpoint, the findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.examples import RULES, load, problems, shipped

PROFILES = sorted((RULES / "profiles").glob("*.yaml"))


def cases() -> list[Any]:
    found = []
    for path in PROFILES:
        for number, example in enumerate(load(path).get("examples") or ()):
            found.append(pytest.param(path, number, id=f"{path.stem}: {example['name']}"))
    return found


@pytest.mark.parametrize(("path", "number"), cases())
def test_example(path: Path, number: int) -> None:
    data = load(path)
    assert problems(data["id"], data["examples"][number], shipped()) == []
