"""Clients from npm."""

from __future__ import annotations

import json
import re

from tests.wire.clients.base import Client, Npm, Start, node
from tests.wire.written import HOST, PASSWORD, USER, Config, Files, Left, Rendered, Renderer


def nodemailer(version: str, config: Config, port: int) -> Rendered:
    package = json.dumps({"name": "app", "dependencies": {"nodemailer": version}})
    if any(key.startswith("env ") for key in config):
        own = {key: value for key, value in config.items() if not key.startswith("env ")}
        rendered = nodemailer(version, own, port)
        assert isinstance(rendered, Files)
        return Left("the settings of the process stand beside those of the mail, in no file of theirs", rendered.files)
    if "url" in config:
        url = re.sub(r":\d+", f":{port}", config["url"].replace("USER:PASS", "user%40example.test:correct-horse"), count=0)
        return Files(".env", f"SMTP_URL={url}\n", package__json=package)
    values = {"host": HOST, "port": port, "auth": {"user": USER, "pass": PASSWORD}, **config}
    return Files("mail.json", json.dumps(values, indent=2), package__json=package)


RENDERERS: dict[str, Renderer] = {
    "nodemailer": nodemailer,
}
SECOND: dict[str, Renderer] = {}


def _nodemailer(start: Start) -> list[str]:
    process = [f"{key.removeprefix('env ')}={value}" for key, value in start.config.items() if key.startswith("env ")]
    return ["env", *process, *node("nodemailer_send.js")(start)]


CLIENTS = [
    Client(
        "nodemailer",
        version,
        Npm(f"nodemailer@{version}"),
        _nodemailer,
        implicit=({"secure": True}, {"secure": True, "tls": {"rejectUnauthorized": False}}, {"secure": "false"}),
        other=(
            {},
            {"requireTLS": True},
            {"ignoreTLS": True},
            {"requireTLS": True, "ignoreTLS": True},
            {"requireTLS": True, "opportunisticTLS": True},
            {"ignoreTLS": "false"},
            {"tls": {"rejectUnauthorized": "false"}},
            {"url": "smtp://USER:PASS@mail.example.test:587/?requireTLS=true"},
        ),
    )
    for version in ("6.9.16", "7.0.13", "10.6.0")
]
