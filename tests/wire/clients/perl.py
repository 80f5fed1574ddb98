"""Perl modules."""

from __future__ import annotations

from tests.wire.clients.base import DRIVERS, Client, Command, Debian
from tests.wire.written import Config, Inputs, Rendered, Renderer


def _verify(options: Config) -> bool | str:
    return "client" if options.get("SSL_verify_mode") is None else bool(options["SSL_verify_mode"])


def net_smtp(version: str, config: Config, port: int) -> Rendered:
    inputs = {"ssl": bool(config.get("SSL")), "starttls": "starttls" in config, "checked": config.get("starttls") != "unchecked"}
    return Inputs("perl-net-smtp", inputs, verify=_verify(config))


def email_sender(version: str, config: Config, port: int) -> Rendered:
    return Inputs("perl-email-sender", {"ssl": config.get("ssl")}, verify=_verify(config.get("ssl_options", {})))


RENDERERS: dict[str, Renderer] = {"perl-email-sender": email_sender, "perl-net-smtp": net_smtp}
SECOND: dict[str, Renderer] = {}


def _perl(driver: str) -> Command:
    return lambda start: ["/usr/bin/perl", str(DRIVERS / driver)]


CLIENTS = [
    Client(
        "perl-net-smtp",
        "libnet (Perl 5.36)",
        Debian("libio-socket-ssl-perl", "libauthen-sasl-perl", version="libnet (Perl 5.36)"),
        _perl("net_smtp.pl"),
        world=True,
    ),
    Client(
        "perl-email-sender",
        "2.600",
        Debian("libemail-sender-perl", "libio-socket-ssl-perl", "libauthen-sasl-perl"),
        _perl("email_sender.pl"),
        world=True,
    ),
]
