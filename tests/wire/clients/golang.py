"""Go: the standard library, the mail modules, and programs."""

from __future__ import annotations

import yaml

from tests.wire.clients.base import Client
from tests.wire.written import HOST, PASSWORD, USER, Config, Files, Inputs, Rendered, Renderer


def alertmanager(version: str, config: Config, port: int) -> Rendered:
    shared: Config = {
        "smtp_smarthost": f"{HOST}:{port}",
        "smtp_from": "from@example.test",
        "smtp_auth_username": USER,
        "smtp_auth_password": PASSWORD,
    }
    receiver: Config = {"to": "to@example.test"}
    for key, value in config.items():
        (receiver if key.startswith("email_configs.") else shared)[key.removeprefix("email_configs.")] = value
    document = {"global": shared, "route": {"receiver": "mail"}, "receivers": [{"name": "mail", "email_configs": [receiver]}]}
    return Files("alertmanager.yml", yaml.safe_dump(document, sort_keys=False))


def go_smtp(version: str, config: Config, port: int) -> Rendered:
    return Inputs("go-net-smtp", {})


def gomail(version: str, config: Config, port: int) -> Rendered:
    return Inputs(
        "gomail", {"ssl": config.get("SSL"), "policy": "opportunistic"}, verify=False if config.get("InsecureSkipVerify") else "client"
    )


RENDERERS: dict[str, Renderer] = {
    "alertmanager": alertmanager,
    "go-net-smtp": go_smtp,
    "gomail.v2": gomail,
}
SECOND: dict[str, Renderer] = {}
CLIENTS: list[Client] = []
