"""Globs without compiling a pattern: the same answer as fnmatch."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from smtplint.catalog.paths import like


@given(st.text("ab.*", max_size=8), st.text("ab.*", max_size=6))
def test_as_fnmatch(text: str, glob: str) -> None:
    assert like(text, glob) == fnmatchcase(text, glob)


def test_classes_and_single_characters() -> None:
    assert like("aspmx2.googlemail.com", "aspmx[2-5].googlemail.com")
    assert not like("aspmx6.googlemail.com", "aspmx[2-5].googlemail.com")
    assert like("a.yml", "a.y?l")
