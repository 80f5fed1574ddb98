"""Whose default a value is, of which version, and where it was read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smtplint import cli
from tests.folders import plant

DJANGO = {"shop/settings.py": 'INSTALLED_APPS = ["shop"]\nEMAIL_HOST = "smtp.example.org"\n'}
BACKEND = "(django/core/mail/backends/smtp.py in django/django)"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("more", "version", "verify"),
    [
        ({"requirements.txt": "Django==4.1.3\n"}, "4.1.3", "false"),
        ({"requirements.txt": "Django~=5.2.0\n"}, "5.2", "true"),
        ({}, "6.1", "true"),
    ],
)
def test_a_default_names_the_version_that_is_known_or_reckoned_with(
    here: Path, capsys: pytest.CaptureFixture[str], more: dict[str, str], version: str, verify: str
) -> None:
    plant(here, {**DJANGO, **more})
    assert cli.main(["endpoints", "--explain"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"verify {verify} default of Django's SMTP backend {version} {BACKEND} " in text
    # The library lies in the framework's own repository, so the framework has its version.
    assert f"use_tls false default of Django {version} (django/conf/global_settings.py in django/django) " in text


def test_without_versions_it_is_the_one_that_was_read(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant(
        here,
        {"compose.yaml": "services:\n  v:\n    image: vaultwarden/server\n    environment:\n      SMTP_HOST: smtp.example.org\n"},
    )
    assert cli.main(["endpoints", "--format", "json"]) == 0
    (endpoint,) = json.loads(capsys.readouterr().out)["endpoints"]
    note = endpoint["origin"]["port"]["note"]
    assert note.startswith("the default of Vaultwarden as of ")
    assert note.endswith(" (src/config.rs in dani-garcia/vaultwarden)")


def test_the_note_of_a_row_stands_before_its_source(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant(here, {".gitconfig": "[sendemail]\n  smtpServer = smtp.example.org\n  smtpEncryption = ssl\n  smtpSSLCertPath =\n"})
    assert cli.main(["endpoints", "--explain"]) == 0
    assert ": an empty smtpSSLCertPath switches the check off; the default of git send-email" in capsys.readouterr().out


def test_verbose_tells_the_way_of_the_values_behind_a_finding(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compose = "services:\n  v:\n    image: acme/web\n    environment:\n      SMTP_HOST: ${H}\n      SMTP_PORT: 25\n      SMTP_USER: me\n"
    plant(here, {**DJANGO, "deploy/compose.yaml": compose, "deploy/.env": "H=smtp.example.org\n"})
    assert cli.main(["check", "--select", "SMTP101"]) == 1
    assert "the values behind it" not in capsys.readouterr().out
    assert cli.main(["check", "--select", "SMTP101", "--verbose"]) == 1
    text = " ".join(capsys.readouterr().out.split())
    assert "host smtp.example.org: set as SMTP_HOST in deploy/.env:1:3, by way of deploy/compose.yaml:5:18" in text
    assert "port 25: set as SMTP_PORT in deploy/compose.yaml:6:18" in text
    assert "port 25: default of Django 6.1 (django/conf/global_settings.py in django/django)" in text


@pytest.mark.parametrize("start", [".", "deploy", "deploy/site"])
def test_a_message_is_the_same_wherever_a_run_begins(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], start: str
) -> None:
    compose = "services:\n  v:\n    image: vaultwarden/server\n    env_file: ../mail.env\n    environment: {SMTP_HOST: smtp.example.org}\n"
    (here / ".git").mkdir()
    plant(here, {"deploy/site/compose.yaml": compose, "deploy/mail.env": "SMTP_SECURITY=off\n"})
    monkeypatch.chdir(here / start)
    assert cli.main(["check", "--select", "SMTP201", "--format", "json", str(here)]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert "SMTP_SECURITY in mail.env is off." in finding["message"]
