"""Files on disk for a test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def plant(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files by their path below a folder, letter for letter."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
