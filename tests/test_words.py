"""Which texts are words of trade, so that they may be shown where somebody wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from smtplint.endpoint import is_word

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "text", ["STARTTLS", "TLSv1.2", "ssl/tls", "django.core.mail.backends.smtp.EmailBackend", "smtp+tls", "XOAUTH2", "587", "none"]
)
def test_words(text: str) -> None:
    assert is_word(text)


@pytest.mark.parametrize(
    "text", ["hunter2", "Zq7+vK9/mXw4Tr", "tls-hunter2", "smtp12345", "s3cr3t", "587-1234", "a" * 100_000, "tls\n", "\u2028", "mailpässe"]
)
def test_others(text: str) -> None:
    assert not is_word(text)


def test_the_words_of_every_profile_are_words() -> None:
    """A word that a profile declares is shown whatever it is made of; that these are words too keeps the list honest."""
    declared = set()
    for path in [*(ROOT / "rules/profiles").glob("*.yaml"), *(ROOT / "rules/clients").glob("*.yaml")]:
        for spec in (yaml.safe_load(path.read_text("utf-8")).get("fields") or {}).values():
            if isinstance(spec, dict):
                declared |= {str(word).lower() for word in spec.get("enum") or () if str(word).isascii()}
    assert len(declared) > 100
    assert sorted(word for word in declared if not is_word(word)) == []
