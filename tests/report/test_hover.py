"""What an editor shows over a key: what it does, what its value means, never the value of a secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from smtplint.report.hover import explain_key, field_at
from tests.resolve.project import lint

SSMTP = "root=postmaster\nmailhub=smtp.sendgrid.net:2525\nAuthUser=apikey\nAuthPass=hunter2\n"
COMPOSE = (
    "services:\n  shop:\n    image: acme/shop\n    environment:\n      APP_SMTP_HOST: ${SMTP_HOST}\n      APP_SMTP_PORT: ${SMTP_PORT}\n"
)
DOTENV = "SMTP_HOST=smtp.example.org\nSMTP_PORT=25\n"
SETTINGS = "EMAIL_HOST = 'smtp.example.org'\nEMAIL_USE_TLS = True\nEMAIL_HOST_PASSWORD = 'hunter2'\nINSTALLED_APPS = []\n"

Hover = Callable[[dict[str, str], str, str], str]


@pytest.fixture
def hover(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hover:
    def over(files: dict[str, str], path: str, text: str) -> str:
        result = lint(tmp_path, monkeypatch, files)
        assert result.run is not None
        found = field_at(result, path, files[path].index(text))
        shown = "" if found is None else explain_key(found[0], found[1], result.run[3], found[3])
        assert "hunter2" not in shown
        return shown

    return over


def test_a_value_that_is_taken_apart_has_no_meaning_of_its_own(hover: Hover) -> None:
    text = hover({"ssmtp.conf": SSMTP}, "ssmtp.conf", "mailhub")
    assert text.startswith("**`mailhub`** in sSMTP: the mail server and the port it connects to.\n\nOn the wire")
    assert "`smtp.sendgrid.net:2525`" in text


def test_a_name_in_an_env_file_tells_what_it_is_in_the_application(hover: Hover) -> None:
    files = {".env": DOTENV, "compose.yaml": COMPOSE}
    for text in ("SMTP_PORT", "25"):
        assert hover(files, ".env", text).startswith(
            "**`APP_SMTP_PORT`** in an application smtplint does not know: the port it connects to."
        )
    assert hover(files, "compose.yaml", "image") == ""


def test_values_of_settings_but_no_secrets(hover: Hover) -> None:
    files = {"settings.py": SETTINGS}
    assert "Here it means `true`. When it is absent: `false`." in hover(files, "settings.py", "EMAIL_USE_TLS")
    assert "the password it logs in with.\n\nOn the wire" in hover(files, "settings.py", "EMAIL_HOST_PASSWORD")
