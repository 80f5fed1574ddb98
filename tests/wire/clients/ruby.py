"""Ruby: the mail gem, alone and inside Rails."""

from __future__ import annotations

import re

import yaml

from tests.wire.clients.base import DRIVERS, Client, Command, Debian
from tests.wire.written import HOST, PASSWORD, USER, Config, Files, Inputs, Left, Rendered, Renderer


def _gem(version: str) -> str:
    number = re.search(r"mail (\d+\.\d+\.\d+)", version)
    return number.group(1) if number else version


def ruby_mail(version: str, config: Config, port: int) -> Rendered:
    gem = _gem(version)
    starttls = config.get("enable_starttls")
    auto = config.get("enable_starttls_auto")
    inputs: Config = {"tls": bool(config.get("tls") or config.get("ssl")), "verify_mode": config.get("openssl_verify_mode")}
    if starttls is not None:
        inputs["starttls"] = starttls.lstrip(":") if isinstance(starttls, str) else starttls
    if auto is not None:
        inputs["auto"] = auto
    if inputs.get("starttls") == "true" or isinstance(auto, str):
        return Left("a text where the client wants a boolean: compared as Rails, in the second table")
    verify: bool | str = False if config.get("openssl_verify_mode") == "none" else "client"
    return Inputs("ruby-mail", inputs, verify=verify, gem=gem)


def net_smtp(version: str, config: Config, port: int) -> Rendered:
    starttls: Config = (
        {"starttls": "always"} if config.get("enable_starttls") else {"starttls": False} if "disable_starttls" in config else {}
    )
    return Inputs("ruby-net-smtp", {"tls": "enable_tls" in config, **starttls})


def rails(version: str, config: Config, port: int) -> Rendered:
    lock = f"GEM\n  remote: https://rubygems.org/\n  specs:\n    mail ({_gem(version)})\n    rails (7.0.8)\n"
    settings = {"address": HOST, "port": port, "user_name": USER, "password": PASSWORD, "authentication": "plain", **config}
    return Files("config/email.yml", yaml.safe_dump({"production": {"smtp_settings": settings}}, sort_keys=False), Gemfile__lock=lock)


RENDERERS: dict[str, Renderer] = {
    "actionmailer": ruby_mail,
    "ruby-mail": ruby_mail,
    "ruby-net-smtp": net_smtp,
}
SECOND: dict[str, Renderer] = {"actionmailer": rails, "ruby-mail": rails}


def _ruby(driver: str) -> Command:
    return lambda start: ["ruby3.1", str(DRIVERS / driver)]


CLIENTS = [
    Client(
        "ruby-net-smtp",
        "net-smtp (Ruby 3.1.7)",
        Debian("ruby3.1", version="net-smtp (Ruby {})"),
        _ruby("net_smtp.rb"),
        world=True,
    ),
    Client("ruby-mail", "2.7.1", Debian("ruby-mail", "ruby3.1"), _ruby("ruby_mail.rb"), world=True),
    Client(
        "actionmailer",
        "6.1.7.10 (mail 2.7.1)",
        Debian("ruby-actionmailer", "ruby3.1", version="{} (mail 2.7.1)"),
        _ruby("action_mailer.rb"),
        world=True,
    ),
]
