"""`versions` of the configuration: what the user says runs decides where manifests say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtplint import linter
from smtplint.config import Options

SETTINGS = """\
INSTALLED_APPS = []
ROOT_URLCONF = "shop.urls"
EMAIL_HOST = "smtp.example.org"
EMAIL_PORT = 587
EMAIL_USE_TLS = True
"""


@pytest.mark.parametrize(("version", "verify"), [("3.2", False), ("5.2", True)])
def test_a_stated_version_chooses_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, verify: bool) -> None:
    (tmp_path / "settings.py").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    (endpoint,) = linter.run(["settings.py"], Options(versions={"django": version})).endpoints
    assert (endpoint.profile, endpoint.verify, endpoint.version) == ("django", verify, version)


def test_without_a_version_only_what_holds_in_all_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.py").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    result = linter.run(["settings.py"], Options())
    assert result.endpoints[0].version is None
    assert not [finding for finding in result.findings if finding.rule == "SMTP303"]


def test_a_template_of_code_is_a_note_not_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.py").write_text("EMAIL_HOST = 'smtp.example.org'\n{% if x %}\nEMAIL_PORT = 25\n{% endif %}\n")
    monkeypatch.chdir(tmp_path)
    assert [note.level for note in linter.run(["settings.py"], Options()).notifications] == ["note"]
