"""A remedy is written as it would be typed there, in the syntax of the file and with the words of the application."""

from __future__ import annotations

import pytest

from .examples import run, shipped

APPSETTINGS = '{"EmailSettings": {"SmtpServer": "smtp.example.org", "SmtpPort": 25, "EnableSsl": true}}'
FLASK = "app.config.update(\n    MAIL_SERVER='smtp.example.org', MAIL_PORT=587, MAIL_USE_TLS=False, MAIL_USERNAME='alice')\n"
GRAFANA = "[smtp]\nenabled = true\nhost = smtp.example.org:465\nskip_verify = true\n"
SPRING = "spring:\n  mail:\n    host: smtp.example.org\n    port: 587\n    properties.mail.smtp.starttls.enable: true\n"


@pytest.mark.parametrize(
    ("name", "text", "rule", "wanted"),
    [
        ("appsettings.json", APPSETTINGS, "SMTP101", 'Write `"SmtpPort": 587` in EmailSettings.'),
        ("app.py", FLASK, "SMTP201", "Write `MAIL_USE_TLS = True` in app.config."),
        ("grafana.ini", GRAFANA, "SMTP303", "Write `skip_verify = false` in [smtp]."),
        ("application.yml", SPRING, "SMTP202", "Write `spring.mail.properties.mail.smtp.starttls.required: true`."),
        ("ssmtp.conf", "mailhub=smtp.example.org:587\n", "SMTP201", "Write `UseSTARTTLS=yes`."),
        (".msmtprc", "account work\nhost smtp.example.org\nport 587\ntls off\n", "SMTP201", "Write `tls on` and `tls_starttls on`."),
        (".env", "SMTP_HOST=smtp.example.org\nSMTP_SECURITY=off\n", "SMTP201", "Write `SMTP_SECURITY=starttls` and `SMTP_PORT=587`."),
    ],
)
def test_what_to_write(name: str, text: str, rule: str, wanted: str) -> None:
    _, findings = run({name: text.encode()}, shipped())
    assert [finding.remedy for finding in findings if finding.rule == rule] == [wanted]


def test_a_word_that_the_application_does_not_know_is_said_to_be_one() -> None:
    _, findings = run({".msmtprc": b"account a\nhost smtp.example.org\nport 587\ntls maybe\n"}, shipped())
    assert [one.message.rpartition(". ")[2] for one in findings if one.rule == "SMTP206"] == ["tls is a word that msmtp does not know."]
