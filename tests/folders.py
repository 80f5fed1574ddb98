"""Files on disk for a test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# Alertmanager, which takes what the receiver leaves out from `global`.
ALERTS = """\
global:
  smtp_smarthost: smtp.example.org:587
  smtp_from: a@example.org
  smtp_require_tls: false
route: {receiver: team}
receivers:
  - name: team
    email_configs:
      - to: b@example.org
"""


def plant(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files by their path below a folder, letter for letter."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
