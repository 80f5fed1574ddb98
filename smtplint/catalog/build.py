"""Build hook: compiles `rules/` into one file of the wheel, so that no YAML is parsed at start.

Hatchling loads this file by its path, from the root of the checkout or of the unpacked sdist.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogHook(BuildHookInterface[Any]):
    """Adds `smtplint/rules/catalog.bin` to a wheel; an editable install reads the checkout and gets none."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from smtplint import catalog
            from smtplint.catalog.compile import compile_folder

            packed = catalog.pack(compile_folder(os.path.join(self.root, "rules"), validate=True))
        finally:
            sys.path.remove(self.root)
        target = os.path.join(self.directory, ".catalog.bin")
        os.makedirs(self.directory, exist_ok=True)
        with open(target, "wb") as stream:
            stream.write(catalog.dumped(packed))
        build_data["force_include"][target] = f"smtplint/rules/{catalog.ARTEFACT}"
        self.target = target

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        target = getattr(self, "target", None)
        if target and os.path.exists(target):
            os.unlink(target)
