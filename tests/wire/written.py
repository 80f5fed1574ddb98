"""A configuration as an application's users write it.

A client's renderer yields `Files` (linted through the whole way, and what the client itself is then started with), `Inputs` (for a client
that is set up in program code: its table in `rules/clients/` is asked directly), or `Left`, a reason why there is nothing to compare.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

HOST = "mail.example.test"
USER = "user@example.test"
PASSWORD = "correct-horse"
NO_PROFILE = "neither a profile nor a table of this client yet"

Config = dict[str, Any]


class Files:
    """Files to lint: `main` carries the settings. In the names of `others` two underscores are a dot."""

    def __init__(self, main: str, text: str, **others: str) -> None:
        self.main = main
        self.files = {main: text, **{name.replace("__", "."): content for name, content in others.items()}}


class Inputs:
    """Inputs of a table in `rules/clients/`. `verify` says what the calling program does about the certificate: True, False, "client"
    (nothing: the client's own default), a pair for the certificate and the name, or None (it cannot be said). `files`: what the client is
    started with, where that is not config.json. `version` by axis."""

    def __init__(
        self,
        client: str,
        inputs: Config,
        *,
        verify: bool | str | tuple[bool, bool] | None = "client",
        files: dict[str, str] | None = None,
        **version: str,
    ) -> None:
        self.client = client
        self.inputs = inputs
        self.verify = verify
        self.files = files or {}
        self.version = version


class Left:
    """Nothing to compare, and why. `files`: what the client can be started with all the same."""

    def __init__(self, reason: str, files: dict[str, str] | None = None) -> None:
        self.reason = reason
        self.files = files or {}


Rendered = Files | Inputs | Left
Renderer = Callable[[str, Config, int], Rendered]  # the version as recorded, the configuration, the port


def number(version: str) -> str:
    """The number in the words of a version: "5.4.53" of "5.4.53 (PHP 8.2)"."""
    found = re.search(r"\d+(\.\d+)+", version)
    return found.group() if found else ""


def python(values: Config) -> str:
    """Assignments."""
    return "".join(f"{key} = {value!r}\n" for key, value in values.items())


def set_in_code(host: str, port: int, config: Config) -> Config:
    """What config.json holds for the driver of a client that is set up in program code."""
    return {"host": host, "port": port, "username": USER, "password": PASSWORD, "config": config}
