"""Rust: lettre."""

from __future__ import annotations

from tests.wire.clients.base import Client
from tests.wire.written import Renderer

RENDERERS: dict[str, Renderer] = {}
SECOND: dict[str, Renderer] = {}
CLIENTS: list[Client] = []
