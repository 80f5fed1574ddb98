"""A remedy is written as it would be typed there, in the syntax of the file and with the words of the application."""

from __future__ import annotations

import pytest

from .examples import run, shipped

APPSETTINGS = '{"EmailSettings": {"SmtpServer": "smtp.example.org", "SmtpPort": 25, "EnableSsl": true}}'
FOLDED = '{"EmailSettings": {"SmtpServer": "smtp.example.org", "SmtpPort": 25, "UserName": "alice"}}'
AUTHELIA = "AUTHELIA_NOTIFIER_SMTP_ADDRESS=smtp://smtp.example.org:25\n"
N8N = "N8N_EMAIL_MODE=smtp\nN8N_SMTP_PORT=587\nN8N_SMTP_SSL=false\nN8N_SMTP_USER=alice\n"
NOT_465 = (
    "n8n has no setting that requires STARTTLS; use port 465 with N8N_SMTP_SSL=true. "
    "Microsoft 365 is not known to take mail on port 465 of smtp.office365.com."
)
MX = "SMTP_HOST=aspmx.l.google.com\nSMTP_PORT=25\n"
FLASK = "app.config.update(\n    MAIL_SERVER='smtp.example.org', MAIL_PORT=587, MAIL_USE_TLS=False, MAIL_USERNAME='alice')\n"
GRAFANA = "[smtp]\nenabled = true\nhost = smtp.example.org:465\nskip_verify = true\n"
SPRING = "spring:\n  mail:\n    host: smtp.example.org\n    port: 587\n    properties.mail.smtp.starttls.enable: true\n"


@pytest.mark.parametrize(
    ("name", "text", "rule", "wanted"),
    [
        ("appsettings.json", APPSETTINGS, "SMTP101", 'Write `"SmtpPort": 587` in EmailSettings.'),
        ("appsettings.json", FOLDED, "SMTP101", 'Write `"SmtpPort": 587` in EmailSettings.'),
        (
            ".env",
            AUTHELIA,
            "SMTP101",
            "Write `submission://` before the host in AUTHELIA_NOTIFIER_SMTP_ADDRESS and `:587` behind the host in AUTHELIA_NOTIFIER_SMTP_ADDRESS.",
        ),
        (".env", "N8N_SMTP_HOST=smtp.office365.com\n" + N8N, "SMTP202", NOT_465),
        (".env", "N8N_SMTP_HOST=smtp.example.org\n" + N8N, "SMTP202", "Write `N8N_SMTP_SSL=true` and `N8N_SMTP_PORT=465`."),
        (".env", MX, "SMTP101", "Gmail is not known to take mail on port 587 of aspmx.l.google.com."),
        ("app.py", FLASK, "SMTP201", "Write `MAIL_USE_TLS = True` in app.config."),
        ("grafana.ini", GRAFANA, "SMTP303", "Write `skip_verify = false` in [smtp]."),
        ("application.yml", SPRING, "SMTP202", "Write `spring.mail.properties.mail.smtp.starttls.required: true`."),
        ("ssmtp.conf", "mailhub=smtp.example.org:587\n", "SMTP201", "Write `UseSTARTTLS=yes`."),
        (".swaksrc", "server smtp.example.org:25\nport 26\n", "SMTP201", "Write `tls` and `:587` behind the host in server."),
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
