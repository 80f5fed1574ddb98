"""`smtplint explain FILE:LINE` over the kinds of files there are: scope, profile and why, every field with its way, the row, the rules."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from smtplint import cli
from tests.folders import ALERTS, plant

CANARY = "hunter2"

DOTENV = f"""\
DOMAIN=https://vault.example.org
SMTP_HOST=smtp.example.org
SMTP_SECURITY=off
SMTP_USERNAME=joe
SMTP_PASSWORD={CANARY}
"""
COMPOSE = """\
services:
  vault:
    image: vaultwarden/server:1.32.0
    env_file: mail.env
    environment:
      SMTP_SECURITY: ${SEC:-off}
  db:
    image: postgres:16
"""
CONFIGMAP = f"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: grafana-config
data:
  grafana.ini: |
    [server]
    domain = x
    [smtp]
    enabled = true
    host = smtp.example.org:587
    user = joe
    password = {CANARY}
"""
BASE = f"""\
DEBUG = False
EMAIL_HOST = "smtp.example.org"
EMAIL_HOST_USER = "joe"
EMAIL_HOST_PASSWORD = "{CANARY}"
"""
LOCAL = "from .base import *\n\nEMAIL_USE_TLS = True\n"
SPRING = "spring:\n  mail:\n    host: smtp.example.org\n    port: 587\n    properties:\n      mail.smtp.starttls.enable: true\n"
OVERLAY = "spring:\n  mail:\n    properties:\n      mail.smtp.starttls.required: true\n"
OFF = 'EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"\nEMAIL_HOST = "smtp.example.org"\nEMAIL_PORT = 25\n'

Explain = Callable[..., str]


def silent(text: str, rule: str) -> str:
    """Why a rule was silent."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"    {rule} ")]
    return line.split("  ")[-1].strip()


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Explain:
    """Write files, explain a place, and give what was said on standard output; no secret is ever in it."""
    monkeypatch.chdir(tmp_path)

    def run(place: str, code: int = 0, /, **files: str) -> str:
        plant(tmp_path, {NAMES.get(name, name): text for name, text in files.items()})
        assert cli.main(["explain", "--isolated", place]) == code
        out, err = capsys.readouterr()
        assert CANARY not in out + err
        return out if code == 0 else err

    return run


NAMES = {
    "env": ".env",
    "mail": "mail.env",
    "compose": "compose.yaml",
    "configmap": "k8s/grafana.yaml",
    "init": "site/settings/__init__.py",
    "base": "site/settings/base.py",
    "local": "site/settings/production.py",
    "spring": "src/main/resources/application.yml",
    "prod": "src/main/resources/application-prod.yml",
    "alerts": "alertmanager.yml",
    "settings": "settings.py",
    "broken": "broken.yaml",
    "postfix": "main.cf",
    "msmtp": "msmtprc",
    "ini": "custom.ini",
    "appsettings": "appsettings.json",
}


def test_dotenv(told: Explain) -> None:
    text = told(".env:3", env=DOTENV)
    assert "here: SMTP_SECURITY gives security = plaintext" in text or "here: SMTP_SECURITY gives security = off" in text
    assert "scope: environment of .env" in text
    assert "profile: vaultwarden because of the key SMTP_SECURITY=off (tier 2, a signature of keys" in text
    assert "host " in text and "smtp.example.org  set as SMTP_HOST in .env:2:11" in text
    assert "password" in text and "(not shown)  set as SMTP_PASSWORD in .env:5:15" in text
    assert "decided by: security == 'off' (it asks about security)" in text
    assert "SMTP201 plaintext-submission speaks: error at .env:3:15\n    Vaultwarden sends the mail and the password" in text
    assert "help: Write `SMTP_SECURITY=starttls`" in text and "--fix --unsafe-fixes: Write `SMTP_SECURITY=starttls`" in text
    assert "on the wire: open, never encrypts" in text
    assert silent(text, "SMTP202") == "the mode is plaintext"
    assert silent(text, "SMTP211") == "it is about private hosts, this one is public"
    assert silent(text, "SMTP105") == "the host belongs to no provider that smtplint knows"
    assert silent(text, "SMTP501") == "it is not selected"


def test_compose_with_an_env_file_and_a_reference(told: Explain) -> None:
    files = {"compose": COMPOSE, "mail": "SMTP_HOST=smtp.example.org\nSMTP_FROM=a@example.org\n", "env": "SEC=starttls\n"}
    text = told("compose.yaml:6", **files)
    assert "run by image vaultwarden/server" in text
    assert "because of the image vaultwarden/server (tier 4, declared" in text
    assert "carried by compose" in text
    assert "in .env:1:5" in text and "by way of compose.yaml:6:22" in text
    assert "values come from .env, compose.yaml too" in text
    # The same endpoint, seen from the files that feed it.
    assert "here: SMTP_HOST gives host = smtp.example.org" in told("mail.env:1")
    # Another service of the file has nothing to do with mail.
    assert "compose.yaml:8 gives no setting of an SMTP connection." in told("compose.yaml:8")


def test_configmap_with_an_embedded_ini(told: Explain) -> None:
    text = told("k8s/grafana.yaml:11", configmap=CONFIGMAP)
    assert "scope: INI document " in text and "grafana.ini of k8s/grafana.yaml" in text
    assert "gives port = 587" in text and "in k8s/grafana.yaml:11:29" in text
    assert "gives host_port" not in text and "host_port  " in text
    assert "absent: " in text and "smtp.startTLS_policy" in text
    assert "decided by: the last row of the table, since none of the others holds" in text
    assert "strippable, encrypts if the server offers STARTTLS, else goes on in clear" in text


def test_django_package(told: Explain) -> None:
    text = told("site/settings/base.py:2", init="", base=BASE, local=LOCAL)
    assert "read as django" in text
    assert "here: EMAIL_HOST gives host = smtp.example.org" in text
    assert "port " in text and "25  default of Django" in text
    assert "SMTP101 submission-on-port-25 speaks: " in text
    assert "site/settings/production.py" in text
    assert "here: EMAIL_USE_TLS gives use_tls = true" in told("site/settings/production.py:3")


def test_spring_overlay(told: Explain) -> None:
    text = told("src/main/resources/application.yml:3", spring=SPRING, prod=OVERLAY)
    blocks = text.split("\n\n")
    assert len(blocks) == 2
    assert any("SMTP202 optional-starttls speaks: " in block for block in blocks)
    (overlay,) = [block for block in blocks if "(profile prod)" in block]
    assert silent(overlay, "SMTP202") == "the mode is starttls"
    assert "application-prod.yml" in told("src/main/resources/application-prod.yml:4")


def test_alertmanager_takes_over_what_is_global(told: Explain) -> None:
    text = told("alertmanager.yml:4", alerts=ALERTS)
    assert "alertmanager" in text and "receivers[0].email_configs[0]" in text
    assert "here: smtp_require_tls gives" in text
    assert "SMTP201 plaintext-submission speaks: " in text


def test_mail_that_is_switched_off(told: Explain) -> None:
    text = told("settings.py:3", settings=OFF)
    assert "on the wire: off, no mail is sent over SMTP" in text and "switched off: " in text
    assert silent(text, "SMTP101") == "mail is switched off here"


def test_a_reference_that_leads_nowhere(told: Explain) -> None:
    text = told("compose.yaml:6", compose=COMPOSE.replace(":-off", ""), mail="SMTP_HOST=smtp.example.org\nSMTP_FROM=a@example.org\n")
    assert "gives security = unresolved" in text
    assert "mode unknown" in text
    assert "several rows can still hold: " in text
    assert silent(text, "SMTP206") in ("the mode is not known", "the mode cannot be told from the files")


def test_an_ignored_finding_is_named_as_such(told: Explain) -> None:
    text = told(".env:3", env=DOTENV.replace("off\n", "off  # smtplint: ignore[SMTP201] the old relay\n"))
    assert "SMTP201 plaintext-submission speaks (suppressed: inline)" in text


def test_a_guess_says_so(told: Explain) -> None:
    text = told(".env:2", env=f"SMTP_HOST=smtp.example.org\nSMTP_PORT=25\nSMTP_PASSWORD={CANARY}\n")
    assert "profile: generic, since nothing more specific fits (tier 1, a guess" in text
    assert "it takes no stand on applications nobody knows" in text


@pytest.mark.parametrize(
    ("place", "text", "why"),
    [
        (
            "main.cf:1",
            "relayhost = [smtp.example.org]:587\nsmtp_tls_security_level = encrypt\n",
            "no setting allows a version below 1.2; the lowest by default is 1.0",
        ),
        (
            "msmtprc:2",
            "account default\nhost smtp.example.org\nport 587\ntls on\n",
            "no setting allows a version below 1.2; the TLS library or the system decides",
        ),
        (
            "main.cf:1",
            "relayhost = [smtp.example.org]:587\nsmtp_tls_security_level = encrypt\nsmtp_tls_mandatory_protocols = >=TLSv1.2\n",
            "no setting allows a version below 1.2",
        ),
    ],
)
def test_a_low_version_by_default_is_no_setting(told: Explain, place: str, text: str, why: str) -> None:
    made = told(place, **{"postfix" if place.startswith("main.cf") else "msmtp": text})
    assert silent(made, "SMTP301") == why


def test_a_line_that_belongs_to_nothing(told: Explain) -> None:
    text = told(".env:1", env=DOTENV)
    assert text == ".env:1 gives no setting of an SMTP connection.\nLines of this file that do: 2, 3, 4, 5.\n"
    assert told(".env:4000").startswith(".env:4000 gives no setting of an SMTP connection: the file has 5 lines.\n")
    assert "lines are counted from 1" in told(".env:0", 2)
    assert "'.' is a folder; 'explain' needs one place in a file" in told(".:1", 2)
    assert "No SMTP connection was found in this file." in told("compose.yaml:1", compose="services: {}\n")


def test_a_file_that_cannot_be_read(told: Explain, capsys: pytest.CaptureFixture[str]) -> None:
    assert told("nowhere.env:3", 2) == "smtplint: error: there is no file or folder 'nowhere.env'\n"
    assert "No SMTP connection was found" in told(
        "broken.yaml:1", broken=f"smtp: {{host: [smtp.example.org, port: 25, password: {CANARY}\n"
    )
    assert "FILE:LINE" in told("nowhere.env", 2)


def test_a_key_that_says_the_opposite_is_told_as_it_is_written(told: Explain) -> None:
    """Where the text of the file cannot be shown (base64), the value is still that of the key, not that of what it stands for."""
    ini = "[smtp]\nenabled = true\nhost = smtp.example.org:587\nskip_verify = true\nstartTLS_policy = MandatoryStartTLS\n"
    secret = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: g}}\ndata:\n  grafana.ini: {base64.b64encode(ini.encode()).decode()}\n"
    for place, files in (("k8s/grafana.yaml:5", {"configmap": secret}), ("custom.ini:4", {"ini": ini})):
        assert "smtp.skip_verify is true." in told(place, **files)


def test_words_that_a_profile_declares_and_keys_that_are_absent_are_told_as_the_application_has_them(told: Explain) -> None:
    text = told(
        "appsettings.json:1",
        appsettings='{"MailSettings": {"Host": "smtp.example.org", "Port": 587, "SecureSocketOptions": "StartTlsWhenAvailable"}}\n',
    )
    assert "gives options = starttlswhenavailable\n" in text
    assert "since MailSettings.IgnoreCertificateErrors is absent" in text
    assert "family" not in told(".env:1", env="SMTP_HOST=smtp.example.org\n")


def test_what_may_stand_in_another_file_is_not_told_as_set(told: Explain) -> None:
    text = told("monitrc:1", monitrc="set mailserver smtp.example.org port 587 using tls\ninclude /etc/monit/conf.d/*\n")
    assert "scope: document of monitrc\n" in text
    assert "unresolved  another file may say it\n" in text


def test_the_options_of_an_address(told: Explain) -> None:
    text = told(".env:1", env=f"MAILER_DSN=smtp://joe:{CANARY}@smtp.example.org:587?verify_peer=0&{CANARY}=1\n")
    assert "here: MAILER_DSN gives verify = false" in text
    assert "here: MAILER_DSN gives host = smtp.example.org" in text
    assert "here: MAILER_DSN gives url" not in text
