"""Perl modules."""

from __future__ import annotations

from tests.wire.clients.base import DRIVERS, Client, Command, Debian
from tests.wire.written import Renderer

RENDERERS: dict[str, Renderer] = {}
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
