"""The clients that the laboratory can install and run, with the configurations it holds them against the servers in."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.wire import lab
from tests.wire.observations import Run
from tests.wire.render import HOST, PASSWORD, USER, Files, Inputs, Left, Rendered, render

DRIVERS = Path(__file__).with_name("drivers")
PLAIN_FIRST = ("S1", "S1L", "S2", "S2L", "S3", "S4", "S5", "S6", "S6p", "S12")
TLS_FIRST = ("S7", "S8", "S8w", "S8o", "S8op", "S9")
WAITING = ("S10", "S11")  # a client without a time limit of its own is stopped by the laboratory's

Config = dict[str, Any]


class Client:
    """`install`: pip requirements, one npm package, or a program of the machine (with the Debian package that brings it). `implicit` and
    `other`: the configurations that ask for TLS from the first byte, and the others."""

    def __init__(
        self,
        name: str,
        version: str,
        driver: str = "",
        *,
        pip: tuple[str, ...] = (),
        npm: str = "",
        program: str = "",
        debian: str = "",
        implicit: tuple[Config, ...] = (),
        other: tuple[Config, ...] = (),
        command: Callable[[Client, Path, int], list[str]] | None = None,
    ) -> None:
        self.name, self.version, self.driver = name, version, driver
        self.pip, self.npm, self.program, self.debian = pip, npm, program, debian
        self.implicit, self.other = implicit, other
        self._command = command
        self.variables: dict[str, str] = {}
        self.module = ""

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def install(self, folder: Path, limit: float = 300) -> str:
        """Make the client ready below `folder`. Says why that cannot be done, "" when it is done."""
        if self.program:
            if lab.missing(self.program):
                return f"{self.program} is not on this machine" + (f" (Debian package {self.debian})" if self.debian else "")
            return ""
        if self.npm:
            if lab.missing("npm") or lab.missing("node"):
                return "there is no npm on this machine"
            place = folder / re.sub(r"\W", "-", self.npm)
            place.mkdir(parents=True, exist_ok=True)
            self.module = str(place / "node_modules" / self.npm.partition("@")[0])
            return _tool(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(place), self.npm], limit)
        if self.pip:
            place = folder / re.sub(r"\W+", "-", "_".join(self.pip))
            self.variables["PYTHONPATH"] = str(place)
            if place.exists():
                return ""
            return _tool(
                [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(place), *self.pip], limit
            )
        return ""

    def command(self, folder: Path, port: int) -> list[str]:
        """The command that sends one mail with the configuration in `folder`."""
        if self._command is not None:
            return self._command(self, folder, port)
        if self.npm:
            return ["node", str(DRIVERS / self.driver), self.module]
        return [sys.executable, "-W", "ignore", str(DRIVERS / self.driver)]

    def scenarios(self, *, implicit: bool, waiting: bool) -> tuple[str, ...]:
        return (TLS_FIRST if implicit else PLAIN_FIRST) + (WAITING[implicit:] if waiting else ())


def _tool(command: list[str], limit: float) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return f"{command[0]} took longer than {limit:.0f} s"
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip() and "warn" not in line.lower()]
        return (said[-1] if said else f"{command[0]} ended with {done.returncode}")[:200]
    return ""


def _mail() -> str:
    return f"From: from@example.test\nTo: to@example.test\nSubject: log\n\n{lab.MARK}\n"


def _swaks(client: Client, folder: Path, port: int) -> list[str]:
    options = json.loads((folder / "config.json").read_text())["config"]["options"].split()
    return [
        "swaks",
        "--server",
        "localhost",
        "--port",
        str(port),
        "--from",
        "from@example.test",
        "--to",
        "to@example.test",
        "--auth-user",
        USER,
        "--auth-password",
        PASSWORD,
        "--body",
        lab.MARK,
        "--timeout",
        "5",
        *options,
    ]


def _curl(client: Client, folder: Path, port: int) -> list[str]:
    config = json.loads((folder / "config.json").read_text())["config"]
    return [
        "curl",
        "--silent",
        "--show-error",
        "--noproxy",
        "*",
        "--url",
        f"{config['scheme']}://localhost:{port}",
        "--user",
        f"{USER}:{PASSWORD}",
        "--mail-from",
        "from@example.test",
        "--mail-rcpt",
        "to@example.test",
        "--upload-file",
        "-",
        *config["options"].split(),
    ]


def _msmtp(client: Client, folder: Path, port: int) -> list[str]:
    (folder / "msmtprc").chmod(0o600)
    authority = lab_authority(folder)
    text = (folder / "msmtprc").read_text()
    (folder / "run").write_text(
        text + (f"tls_trust_file {authority}\n" if re.search(r"^tls on", text, re.M) and "tls_certcheck off" not in text else "")
    )
    (folder / "run").chmod(0o600)
    return ["msmtp", "-C", "run", "to@example.test"]


def _ssmtp(client: Client, folder: Path, port: int) -> list[str]:
    return ["ssmtp", "-C", "ssmtp.conf", "to@example.test"]


def _mutt(client: Client, folder: Path, port: int) -> list[str]:
    extra = f'set ssl_ca_certificates_file = "{lab_authority(folder)}"\nset copy = no\nset from = "from@example.test"\n'
    (folder / "run").write_text((folder / "muttrc").read_text() + extra)
    return ["mutt", "-n", "-F", "run", "-s", "log", "to@example.test"]


def _git(client: Client, folder: Path, port: int) -> list[str]:
    (folder / "0001.patch").write_text("From: from@example.test\nSubject: [PATCH] log\n\n" + lab.MARK + "\n")
    return [
        "git",
        "send-email",
        "--quiet",
        "--confirm=never",
        "--from=from@example.test",
        "--to=to@example.test",
        "--suppress-cc=all",
        "0001.patch",
    ]


def lab_authority(folder: Path) -> str:
    return (folder / "authority").read_text()


_DJANGO: Any = {
    "driver": "django_mail.py",
    "implicit": ({"EMAIL_USE_SSL": True},),
    "other": ({"EMAIL_USE_TLS": True}, {}, {"EMAIL_USE_TLS": "False"}),
}
_NODEMAILER: Any = {
    "driver": "nodemailer_send.js",
    "implicit": ({"secure": True}, {"secure": True, "tls": {"rejectUnauthorized": False}}, {"secure": "false"}),
    "other": (
        {},
        {"requireTLS": True},
        {"ignoreTLS": True},
        {"requireTLS": True, "ignoreTLS": True},
        {"requireTLS": True, "opportunisticTLS": True},
        {"ignoreTLS": "false"},
        {"tls": {"rejectUnauthorized": "false"}},
        {"url": "smtp://USER:PASS@mail.example.test:587/?requireTLS=true"},
    ),
}
_BASE = "mailto{}://USER:PASS@mail.example.test:587/?from=from@example.test&to=to@example.test"


def clients() -> list[Client]:
    """Every client, those that need nothing first."""
    python = f"CPython {platform.python_version()}"
    return [
        Client(
            "python-smtplib",
            python,
            "smtplib_send.py",
            implicit=({"class": "SMTP_SSL"}, {"class": "SMTP_SSL", "context": "create_default_context"}),
            other=(
                {"class": "SMTP"},
                {"class": "SMTP", "starttls": "unchecked"},
                {"class": "SMTP", "starttls": "if has_extn"},
                {"class": "SMTP", "starttls": "unchecked", "context": "create_default_context"},
                {"class": "SMTP", "starttls": "try/except pass", "context": "create_default_context"},
            ),
        ),
        Client(
            "logging.handlers.SMTPHandler",
            python,
            "smtphandler.py",
            other=({}, {"secure": []}, {"secure": [], "credentials": "absent"}, {"secure": True}),
        ),
        *(Client("nodemailer", version, npm=f"nodemailer@{version}", **_NODEMAILER) for version in ("6.9.16", "7.0.13", "10.6.0")),
        *(Client("django", version, pip=(f"Django=={version}",), **_DJANGO) for version in ("5.2.19", "4.1.13", "3.2.25", "6.1.3")),
        Client(
            "flask-mail",
            "0.10.0",
            "flask_mail_send.py",
            pip=("Flask-Mail==0.10.0",),
            implicit=({"MAIL_USE_SSL": True},),
            other=({}, {"MAIL_USE_TLS": True}, {"MAIL_USE_TLS": "False"}, {"MAIL_USE_TLS": True, "MAIL_USE_SSL": True}),
        ),
        Client(
            "flask-mailman",
            "1.1.1",
            "flask_mailman_send.py",
            pip=("Flask-Mailman==1.1.1",),
            implicit=({"MAIL_USE_SSL": True},),
            other=({}, {"MAIL_USE_TLS": True}, {"MAIL_USE_TLS": True, "MAIL_USE_SSL": True}),
        ),
        Client(
            "fastapi-mail",
            "1.6.8",
            "fastapi_mail_send.py",
            pip=("fastapi-mail==1.6.8",),
            implicit=({"MAIL_STARTTLS": False, "MAIL_SSL_TLS": True},),
            other=(
                {"MAIL_STARTTLS": True, "MAIL_SSL_TLS": False},
                {"MAIL_STARTTLS": False, "MAIL_SSL_TLS": False},
                {"MAIL_STARTTLS": True, "MAIL_SSL_TLS": False, "VALIDATE_CERTS": False},
                {"MAIL_STARTTLS": True, "MAIL_SSL_TLS": True},
            ),
        ),
        Client(
            "aiosmtplib",
            "5.1.3",
            "aiosmtplib_send.py",
            pip=("aiosmtplib==5.1.3",),
            implicit=({"use_tls": True},),
            other=({}, {"start_tls": True}, {"start_tls": False}, {"start_tls": True, "validate_certs": False}),
        ),
        Client(
            "apprise",
            "2.2.0",
            "apprise_send.py",
            pip=("apprise==2.2.0",),
            implicit=({"url": _BASE.format("s") + "&mode=ssl"},),
            other=(
                {"url": _BASE.format("")},
                {"url": _BASE.format("s")},
                {"url": _BASE.format("s") + "&mode=insecure"},
                {"url": _BASE.format("s") + "&verify=no"},
            ),
        ),
        Client(
            "redmail",
            "0.6.0",
            "redmail_send.py",
            pip=("redmail==0.6.0",),
            implicit=({"cls_smtp": "smtplib.SMTP_SSL", "use_starttls": False},),
            other=({}, {"use_starttls": False}),
        ),
        Client(
            "yagmail",
            "0.16.0",
            "yagmail_send.py",
            pip=("yagmail==0.16.0",),
            implicit=({},),
            other=({"smtp_ssl": False}, {"smtp_ssl": False, "smtp_starttls": False}),
        ),
        Client(
            "msmtp",
            "",
            program="msmtp",
            debian="msmtp",
            command=_msmtp,
            implicit=({"auth": "on", "tls": "on", "tls_starttls": "off"},),
            other=({"auth": "on", "tls": "on"}, {"auth": "plain"}, {"auth": "on"}, {"auth": "on", "tls": "on", "tls_certcheck": "off"}),
        ),
        Client(
            "ssmtp",
            "",
            program="ssmtp",
            debian="ssmtp",
            command=_ssmtp,
            implicit=({"UseTLS": "YES"},),
            other=({}, {"UseSTARTTLS": "YES"}, {"UseTLS": "YES", "UseSTARTTLS": "YES"}),
        ),
        Client(
            "mutt",
            "",
            program="mutt",
            debian="mutt",
            command=_mutt,
            implicit=({"scheme": "smtps"},),
            other=(
                {"scheme": "smtp"},
                {"scheme": "smtp", "ssl_force_tls": "no"},
                {"scheme": "smtp", "ssl_starttls": "no", "ssl_force_tls": "no"},
            ),
        ),
        Client(
            "git-send-email",
            "",
            program="/usr/lib/git-core/git-send-email",
            debian="git-email",
            command=_git,
            implicit=({"smtpEncryption": "ssl"},),
            other=({}, {"smtpEncryption": "tls"}, {"smtpEncryption": "starttls"}, {"smtpEncryption": "tls", "smtpSSLCertPath": ""}),
        ),
        Client(
            "swaks",
            "",
            program="swaks",
            debian="swaks",
            command=_swaks,
            implicit=({"options": "--tls-on-connect"},),
            other=({"options": ""}, {"options": "--tls"}, {"options": "--tls-optional"}),
        ),
        Client(
            "curl",
            "",
            program="curl",
            debian="curl",
            command=_curl,
            implicit=({"scheme": "smtps", "options": ""},),
            other=(
                {"scheme": "smtp", "options": ""},
                {"scheme": "smtp", "options": "--ssl"},
                {"scheme": "smtp", "options": "--ssl-reqd"},
                {"scheme": "smtp", "options": "--ssl-reqd -k"},
            ),
        ),
    ]


def at(text: str, port: int) -> str:
    """A rendered text, pointed at a server of the laboratory."""
    return re.sub(rf"{re.escape(HOST)}(:(?:587|465))?", lambda found: "localhost" + (f":{port}" if found.group(1) else ""), text)


def written(client: Client, config: Config, port: int) -> tuple[Rendered, dict[str, str]]:
    """The configuration as it is linted, and the files the client finds: the same texts, or config.json for clients that are set up in
    code."""
    rendered = render(client.name, client.version, config, port)
    if isinstance(rendered, Files):
        files = {name: at(text, port) for name, text in rendered.files.items()}
        local = Files(rendered.main, files[rendered.main])
        local.files = files
        return local, files
    named = json.loads(at(json.dumps(config), port).replace("USER:PASS", USER.replace("@", "%40") + ":" + PASSWORD))
    given = {"host": "localhost", "port": port, "username": USER, "password": PASSWORD, "config": named}
    return rendered, {"config.json": json.dumps(given)}


class Recorded(Run):
    """A run that was just made, with what was linted for it."""

    def __init__(self, client: Client, config: Config, scenario: str, seen: lab.Seen, rendered: Rendered, port: int) -> None:
        super().__init__(client.name, client.version, config, scenario, seen.row())
        self.rendered: Files | Inputs | Left = rendered
        self.real_port = port


def record(client: Client, config: Config, scenario: str, folder: Path, certificates: lab.Certificates, *, limit: float) -> Recorded:
    """One run: a fresh server, a fresh folder, one mail."""
    folder.mkdir(parents=True)
    with lab.Server(scenario, certificates) as server:
        rendered, files = written(client, config, server.port)
        (folder / "authority").write_text(str(certificates.authority))
        for name, text in files.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        variables = lab.environment(folder, certificates, scenario, client.variables)
        seen = lab.run(client.command(folder, server.port), server, folder, variables, limit=limit, text=_mail())
        return Recorded(client, config, scenario, seen, rendered, server.port)


def record_all(
    client: Client, folder: Path, certificates: lab.Certificates, *, limit: float, waiting: bool, workers: int = 2
) -> Iterator[Recorded]:
    """Every configuration of a client against every server that concerns it."""
    jobs = [
        (config, scenario, number)
        for implicit, configs in ((True, client.implicit), (False, client.other))
        for number, config in enumerate(configs)
        for scenario in client.scenarios(implicit=implicit, waiting=waiting and number == 0)
    ]
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(
            lambda job: record(client, job[1][0], job[1][1], folder / str(job[0]), certificates, limit=limit), enumerate(jobs)
        )


def cpus() -> int:
    return min(4, os.cpu_count() or 2)
