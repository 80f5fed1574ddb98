"""Findings and endpoints built by hand from the text of a file: a place is named by the text that stands there."""

from __future__ import annotations

from typing import Any

from smtplint.endpoint import Endpoint, Field
from smtplint.finding import Edit, Finding, Fix, Notification, Related
from smtplint.result import Context, Result, RuleInfo
from smtplint.source import Place, Source

# No report may ever hold these; every file of these tests that can hold a secret holds one of them.
CANARIES = ("hunter2", "s3cr3t", "C4nary")

RULES = [
    RuleInfo(
        "SMTP101",
        "submission-on-port-25",
        "Mail is handed in on port 25",
        level="error",
        why="Port 25 is for mail between servers.",
        references=["RFC 6409 section 3.1", "RFC 8314"],
        cwe=[319],
        severity=5.3,
    ),
    RuleInfo(
        "SMTP104",
        "invalid-port",
        "The port cannot be used",
        level="error",
        why="A port is an integer from 1 to 65535.",
        references=["RFC 793"],
        precision="very-high",
    ),
    RuleInfo(
        "SMTP202",
        "optional-starttls",
        "STARTTLS is optional",
        level="error",
        why="An attacker in the path deletes the offer, and the client carries on in clear.",
        references=["RFC 3207 section 6", "RFC 8314 section 3.3"],
        cwe=[319, 757],
        severity=6.5,
        tags=["tls"],
    ),
    RuleInfo(
        "SMTP302",
        "tls-minimum-not-set",
        "The lowest TLS version is left to the system",
        level="note",
        references=["RFC 9325 section 3.1.1"],
        cwe=[326],
        severity=2.0,
    ),
    RuleInfo(
        "SMTP403",
        "hardcoded-password",
        "The password stands in the file",
        level="warning",
        references=["CWE-798"],
        cwe=[798],
        severity=7.5,
    ),
    RuleInfo("SMTP501", "no-timeout", "The client waits for ever", level="note", enabled=False),
]


def at(source: Source, text: str, nth: int = 0) -> Place:
    """The place of the `nth` occurrence of `text` in the source."""
    start = -1
    for _ in range(nth + 1):
        start = source.text.index(text, start + 1)
    return Place(source, start, start + len(text))


def field(name: str, value: object, source: Source | None = None, text: str = "", key: str = "", **more: Any) -> Field:
    """A field set to what `text` says (its first occurrence after the key), or a default when there is no source."""
    if source is None:
        return Field(name, more.pop("state", "default"), value, key=key, **more)
    key_place = at(source, key.rpartition(".")[2]) if key else None
    start = source.text.index(text, key_place.end if key_place is not None else 0)
    return Field(name, more.pop("state", "set"), value, key=key, place=Place(source, start, start + len(text)), key_place=key_place, **more)


def endpoint(source: Source, fields: list[Field], **facts: Any) -> Endpoint:
    made = Endpoint()
    made.fields = {item.name: item for item in fields}
    made.file = source.path
    made.profile = "generic"
    made.name = "mail"
    made.id = f"{source.path}::generic"
    for item in fields:
        if item.name in ("host", "port", "mode", "verify", "tls_min"):
            setattr(made, item.name, item.value)
    for name, value in facts.items():
        setattr(made, name, value)
    made.files = frozenset({source.path, *(item.place.path for item in fields if item.place is not None)})
    return made


def yaml_case() -> Result:
    """The port in config/mail.yaml behind an emoji, the host in .env, STARTTLS optional because a key is absent."""
    mail = Source("config/mail.yaml", 'smtp:\n  host: ${SMTP_HOST}\n  "\N{ROCKET} port": 587\n  password: hunter2\n')
    env = Source(".env", "SMTP_PASSWORD=s3cr3t\nSMTP_HOST=smtp.example.org\nTOKEN=C4nary\n")
    host = field("host", "smtp.example.org", env, "smtp.example.org", "SMTP_HOST", via=(at(mail, "${SMTP_HOST}"),))
    port = Field("port", "set", 587, key="smtp.port", place=at(mail, "587"), key_place=at(mail, '"\N{ROCKET} port"'))
    mode = field("mode", "opportunistic", note="the default of app when starttls is absent", key="smtp.starttls")
    password = field("password", True, mail, "hunter2", "password")
    made = endpoint(mail, [host, port, mode, password], name="app", line=2, auth="set")
    line_end = Place(mail, at(mail, "587").end, at(mail, "587").end)
    finding = Finding(
        "SMTP202",
        "optional-starttls",
        "error",
        "app encrypts only if smtp.example.org offers STARTTLS. Whoever strips the offer reads the mail and the password.",
        at(mail, "587"),
        made,
        mark="port 587",
        remedy="Write `starttls: required` under smtp.",
        key_path="smtp.port",
        related=(Related(at(mail, "smtp"), "no 'starttls' key here"), Related(at(env, "smtp.example.org"), "the host is set here")),
        fix=Fix("Require STARTTLS", (Edit(line_end, "\n  starttls: required"),), True),
    )
    finding.fingerprint = "0123456789abcdef"
    return Result([finding], endpoints=[made], stats={"files": 20, "looked_at": 14, "read": 3, "skipped_too_large": 1, "endpoints": 1})


def many_case() -> Result:
    """Findings of three levels in a dotenv file, one at a password; one suppressed; notifications; a baseline entry that is gone."""
    env = Source("deploy/prod.env", "MAIL_HOST=smtp.example.net # hunter2\r\nMAIL_PORT=25\r\nMAIL_PASS=s3cr3t\r\nOTHER=C4nary\r\n")
    made = endpoint(
        env,
        [
            field("host", "smtp.example.net", env, "smtp.example.net", "MAIL_HOST"),
            field("port", 25, env, "25", "MAIL_PORT"),
            field("password", True, env, "s3cr3t", "MAIL_PASS"),
            field("mode", "opportunistic", note="the default of most clients"),
        ],
        line=1,
    )
    port = Finding(
        "SMTP101", "submission-on-port-25", "error", "mail goes to port 25", at(env, "25"), made, mark="port 25", key_path="MAIL_PORT"
    )
    secret = Finding("SMTP403", "hardcoded-password", "warning", "MAIL_PASS holds a password", at(env, "s3cr3t"), made, mark="a password")
    note = Finding("SMTP302", "tls-minimum-not-set", "note", "the lowest version is not set", at(env, "MAIL_HOST"), made, confidence="low")
    quiet = Finding("SMTP202", "optional-starttls", "error", "STARTTLS is optional", at(env, "MAIL_PORT"), made, mark="MAIL_PORT")
    quiet.suppressed, quiet.justification = "inline", "the relay is ours"
    return Result(
        sorted([port, secret, note], key=lambda finding: finding.sort_key),
        suppressed=[quiet],
        gone=[{"rule": "SMTP101", "file": "old.env", "fingerprint": "feed", "line": 3}],
        endpoints=[made],
        notifications=[
            Notification("parse-error", "warning", "is not valid YAML", "broken.yaml", 7, 3),
            Notification("limit-met", "note", "more than eight worlds"),
        ],
        stats={"files": 4, "looked_at": 4, "read": 2, "endpoints": 1},
    )


def context(**more: Any) -> Context:
    return Context(RULES, **more)
