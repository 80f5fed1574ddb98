"""The clients of the laboratory, one module for each ecosystem, and how their configurations are written.

To add a client:

1. Its driver in `drivers/`: a small program that is started in a folder which holds the client's own configuration, the very text that is
   linted, sends one mail from from@example.test to to@example.test with `lab.MARK` as its body, and ends with 0 when the client believes
   that it was sent; otherwise it tells the error in the client's own words and ends with something else. A client that is a program of
   its own needs no driver, only a `command`.
2. An entry in `CLIENTS` of the ecosystem's module: see `base.Client`. Its name and version are those of the recorded runs.
3. How its users write its settings: a function in `RENDERERS` of the same module under the client's name; for a second profile over the
   same client also one in `SECOND`. See `tests.wire.written`.
4. `python -m tests.wire --only NAME --record` runs it and keeps what was seen in `observations/NAME.jsonl`.

A new ecosystem is a new module with these three names, listed below.
"""

from __future__ import annotations

from types import ModuleType

from tests.wire.clients import debian, golang, java, npm, perl, php, pypi, ruby, rust
from tests.wire.clients.base import Client
from tests.wire.written import NO_PROFILE, Config, Left, Rendered, Renderer

ECOSYSTEMS: tuple[ModuleType, ...] = (pypi, npm, debian, perl, ruby, php, java, golang, rust)

RENDERERS: dict[str, Renderer] = {name: way for module in ECOSYSTEMS for name, way in module.RENDERERS.items()}
SECOND: dict[str, Renderer] = {name: way for module in ECOSYSTEMS for name, way in module.SECOND.items()}


def clients() -> list[Client]:
    """Every client, those that need nothing first."""
    return [client for module in ECOSYSTEMS for client in module.CLIENTS]


def render(client: str, version: str, config: Config, port: int, ways: dict[str, Renderer] = RENDERERS) -> Rendered:
    """A configuration as users write it. `ways`: RENDERERS or SECOND."""
    renderer = ways.get(client)
    return renderer(version, config, port) if renderer is not None else Left(NO_PROFILE)
