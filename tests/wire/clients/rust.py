"""Rust: lettre."""

from __future__ import annotations

import re
from pathlib import Path

from tests.wire.clients.base import DRIVERS, Client, NotInstalledError, Ready, Start, tool
from tests.wire.written import HOST, PASSWORD, USER, Config, Files, Inputs, Left, Rendered, Renderer

_SOURCE = DRIVERS / "rust"


def _word(config: Config) -> str:
    """The word of lettre's builder that a configuration comes to. Of its connection URL: the scheme smtp alone means no TLS."""
    url = config.get("url")
    if url is None:
        return str(config["tls"])
    asked = re.search(r"[?&]tls=(\w+)", url)
    return "wrapper" if url.startswith("smtps:") else asked.group(1) if asked else "none"


def lettre(version: str, config: Config, port: int) -> Rendered:
    # Certificates are only ever waved through by the calling program; the name alone can be as well, and the table has no word for that.
    verify: bool | str | None = (
        False if config.get("accept_invalid_certs") else None if config.get("accept_invalid_hostnames") else "client"
    )
    return Inputs("lettre", {"tls": _word(config)}, verify=verify)


def vaultwarden(version: str, config: Config, port: int) -> Rendered:
    """The application with the most users: its words are those of the builder, but for the optional one."""
    word = {"wrapper": "force_tls", "required": "starttls", "none": "off"}.get(_word(config))
    if word is None:
        return Left("Vaultwarden has no optional STARTTLS")
    values = {"SMTP_HOST": HOST, "SMTP_PORT": port, "SMTP_SECURITY": word, "SMTP_USERNAME": USER, "SMTP_PASSWORD": PASSWORD}
    if config.get("accept_invalid_certs"):
        values["SMTP_ACCEPT_INVALID_CERTS"] = "true"
    if config.get("accept_invalid_hostnames"):
        values["SMTP_ACCEPT_INVALID_HOSTNAMES"] = "true"
    return Files(".env", "".join(f"{key}={value}\n" for key, value in values.items()))


RENDERERS: dict[str, Renderer] = {"lettre": lettre}
SECOND: dict[str, Renderer] = {"lettre": vaultwarden}


class Cargo:
    """The driver in `drivers/rust/`, built as its Cargo.lock says, with one of the two TLS libraries that lettre can be built with."""

    def __init__(self, feature: str) -> None:
        self.feature = feature

    def __call__(self, folder: Path, limit: float) -> Ready:
        tool(
            ["cargo", "build", "--quiet", "--locked", "--features", self.feature, "--target-dir", str(folder)],
            limit,
            folder=_SOURCE,
            variables={"CARGO_TERM_COLOR": "never"},
        )
        found = re.search(r'name = "lettre"\nversion = "([\d.]+)"', (_SOURCE / "Cargo.lock").read_text("utf-8"))
        if found is None:
            raise NotInstalledError("Cargo.lock names no lettre")
        return Ready(folder, f"{found.group(1)} ({self.feature})")


def _send(start: Start) -> list[str]:
    given = start.folder / "config.json"
    given.write_text(given.read_text("utf-8").replace("HOST:PORT", f"{start.host}:{start.port}"), "utf-8")
    return [str(start.ready.place / "debug" / "lettre-send")]


CLIENTS = [
    Client(
        "lettre",
        f"0.11.23 ({feature})",
        Cargo(feature),
        _send,
        implicit=({"url": "smtps://USER:PASS@HOST:PORT"}, {"tls": "wrapper"}, {"tls": "wrapper", "accept_invalid_certs": True}),
        other=(
            {"url": "smtp://USER:PASS@HOST:PORT?tls=required"},
            {"url": "smtp://USER:PASS@HOST:PORT"},
            {"url": "smtp://USER:PASS@HOST:PORT?tls=opportunistic"},
            {"tls": "required"},
            {"tls": "opportunistic"},
            {"tls": "none"},
            {"tls": "required", "accept_invalid_certs": True},
            {"tls": "required", "accept_invalid_hostnames": True},
        ),
    )
    for feature in ("rustls", "native-tls")
]
