"""Paths over dotted keys: the first piece of `work.smtp.host` is what `*` stands for when a key follows it."""

from __future__ import annotations

import pytest

from smtplint import readers
from smtplint.catalog.paths import PathError, compile_path, walk
from smtplint.source import Source


def found(text: str, path: str) -> list[str]:
    root = readers.read(Source("settings.yaml", text), "yaml")[0].root
    return [where for where, _node, _entry in walk(root, compile_path(path))]


def test_a_dotted_key_under_a_star() -> None:
    assert found("account.work.smtp.host: a\naccount.work.smtp.port: 1\naccount.home.smtp.host: b\n", "account.*.smtp") == [
        "account.work.smtp",
        "account.home.smtp",
    ]


def test_a_file_name_is_one_key() -> None:
    assert found("data:\n  grafana.ini: x\n", "data.*") == ["data.grafana.ini"]


def test_a_star_inside_of_a_key_is_refused() -> None:
    """It would be looked for letter by letter, and found nowhere."""
    with pytest.raises(PathError, match="stands for nothing"):
        compile_path("when@*.framework.mailer")
