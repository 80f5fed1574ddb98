"""Every example of every profile, against the whole catalogue: the right profile, the endpoint, the findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smtplint.prefilter import Wordless, by_name, candidate
from tests.examples import RULES, files_of, load, problems, run, shipped

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


def test_names_that_need_no_word_pass_the_quick_look() -> None:
    wordless = Wordless(lambda: shipped().wordless, shipped=True)
    assert shipped().wordless
    assert [glob for glob in shipped().wordless if glob.replace("*", "") not in wordless] == []


def test_what_an_example_speaks_of_is_found_in_a_folder() -> None:
    """The name and the bytes of a file that holds settings pass the filter that nearly all files end in."""
    missed = set()
    wordless = Wordless(lambda: shipped().wordless, shipped=True)
    for path in PROFILES:
        for example in load(path)["examples"]:
            files = files_of(example)
            for name in {endpoint.file for endpoint in run(files, shipped())[0]} - {".git/config"}:
                if not (by_name(name, docs=True) and candidate(name, files[name], wordless=wordless)):
                    missed.add((path.stem, name))
    assert missed == set()
