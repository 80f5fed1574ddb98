"""Clients from npm."""

from __future__ import annotations

import json
import re

from tests.wire.clients.base import Client, Npm, Start, node
from tests.wire.written import HOST, PASSWORD, USER, Config, Files, Inputs, Left, Rendered, Renderer, number


def nodemailer(version: str, config: Config, port: int) -> Rendered:
    package = json.dumps({"name": "app", "dependencies": {"nodemailer": version}})
    if any(key.startswith("env ") for key in config):
        own = {key: value for key, value in config.items() if not key.startswith("env ")}
        rendered = nodemailer(version, own, port)
        assert isinstance(rendered, Files)
        if "env NODE_TLS_REJECT_UNAUTHORIZED" in config:
            return Inputs("nodemailer", own, verify=False, files=rendered.files, npm=number(version))
        return Left("the switches of Node itself, which no table reads", rendered.files)
    if "url" in config:
        return Files(".env", f"SMTP_URL={_address(config['url'], port)}\n", package__json=package)
    values = {"host": HOST, "port": port, "auth": {"user": USER, "pass": PASSWORD}, **config}
    return Files("mail.json", json.dumps(values, indent=2), package__json=package)


def _address(url: str, port: int) -> str:
    return re.sub(r":\d+", f":{port}", url.replace("USER:PASS", "user%40example.test:correct-horse"), count=0)


def authjs(version: str, config: Config, port: int) -> Rendered:
    package = json.dumps({"name": "app", "dependencies": {"@auth/core": number(version), "nodemailer": "7.0.13"}})
    return Files(".env", f"AUTH_SECRET=unused\nEMAIL_SERVER={_address(config['url'], port)}\n", package__json=package)


RENDERERS: dict[str, Renderer] = {
    "authjs": authjs,
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
] + [
    Client(
        "authjs",
        "@auth/core 0.41.3 (nodemailer 7.0.13)",
        Npm("@auth/core@0.41.3", "nodemailer@7.0.13", version="@auth/core {} (nodemailer 7.0.13)"),
        node("authjs_send.mjs"),
        implicit=({"url": "smtps://USER:PASS@mail.example.test:465"},),
        other=(
            {"url": "smtp://USER:PASS@mail.example.test:587"},
            {"url": "smtp://USER:PASS@mail.example.test:587?requireTLS=true"},
            {"url": "smtp://USER:PASS@mail.example.test:587?ignoreTLS=true"},
            {"url": "smtp://USER:PASS@mail.example.test:587?tls.rejectUnauthorized=false"},
        ),
    )
]
