"""PHP: PHPMailer and Symfony Mailer."""

from __future__ import annotations

import json

from tests.wire.clients.base import DRIVERS, Client, Debian, Start
from tests.wire.written import Config, Files, Inputs, Rendered, Renderer, number


def symfony(version: str, config: Config, port: int) -> Rendered:
    lock = json.dumps({"packages": [{"name": "symfony/mailer", "version": "v" + number(version)}]})
    dsn = config["dsn"].replace("USER:PASS", "user%40example.test:correct-horse")
    return Files(".env", f'MAILER_DSN="{dsn}"\n', composer__lock=lock)


def phpmailer(version: str, config: Config, port: int) -> Rendered:
    secure = config.get("SMTPSecure", "")
    verify: str | tuple[bool, bool] = "client"
    if "SMTPOptions" in config:
        # The program hands them to PHP's streams: two switches, and a third that lets a self-signed certificate in.
        tls = config["SMTPOptions"]["ssl"]
        verify = (tls.get("verify_peer", True) and not tls.get("allow_self_signed", False), tls.get("verify_peer_name", True))
    # PHP compares loosely: true is no word, false is the empty one.
    secure = "true" if secure is True else secure or ""
    prefix, scheme, _ = config.get("Host", "").partition("://")
    inputs = {"secure": secure, "auto": config.get("SMTPAutoTLS", True), "prefix": prefix if scheme else None}
    return Inputs("phpmailer", inputs, verify=verify)


RENDERERS: dict[str, Renderer] = {
    "phpmailer": phpmailer,
    "symfony-mailer": symfony,
}
SECOND: dict[str, Renderer] = {}


# The switches that Debian's maintainer scripts would set.
_PHP = ("php8.2", "-d", "extension=ctype", "-d", "extension=iconv", "-d", "extension=mbstring", "-d", "include_path=/usr/share/php")


def _phpmailer(start: Start) -> list[str]:
    return [*_PHP, str(DRIVERS / "phpmailer_send.php"), "/usr/share/php/libphp-phpmailer/src"]


def _symfony(start: Start) -> list[str]:
    return [*_PHP, str(DRIVERS / "symfony_send.php")]


CLIENTS = [
    Client(
        "phpmailer",
        "6.6.3 (PHP 8.2)",
        Debian("libphp-phpmailer", "php8.2-cli", "php8.2-mbstring", version="{} (PHP 8.2)"),
        _phpmailer,
        world=True,
    ),
    Client(
        "symfony-mailer",
        "5.4.53 (PHP 8.2)",
        Debian("php-symfony-mailer", "php8.2-cli", "php8.2-mbstring", version="{} (PHP 8.2)"),
        _symfony,
        world=True,
    ),
]
