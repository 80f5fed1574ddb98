"""PHP: PHPMailer and Symfony Mailer."""

from __future__ import annotations

import json

from tests.wire.clients.base import Client
from tests.wire.written import Config, Files, Inputs, Left, Rendered, Renderer, number


def symfony(version: str, config: Config, port: int) -> Rendered:
    lock = json.dumps({"packages": [{"name": "symfony/mailer", "version": "v" + number(version)}]})
    dsn = config["dsn"].replace("USER:PASS", "user%40example.test:correct-horse")
    return Files(".env", f'MAILER_DSN="{dsn}"\n', composer__lock=lock)


def phpmailer(version: str, config: Config, port: int) -> Rendered:
    if "Host" in config:
        return Left("a scheme in the name of the host, which no table reads")
    secure = config.get("SMTPSecure", "")
    # PHP compares loosely: true is no word, false is the empty one.
    secure = "true" if secure is True else secure or ""
    return Inputs(
        "phpmailer", {"secure": secure, "auto": config.get("SMTPAutoTLS", True)}, verify=None if "SMTPOptions" in config else "client"
    )


RENDERERS: dict[str, Renderer] = {
    "phpmailer": phpmailer,
    "symfony-mailer": symfony,
}
SECOND: dict[str, Renderer] = {}
CLIENTS: list[Client] = []
