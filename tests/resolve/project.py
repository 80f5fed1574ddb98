"""Small trees on disk, and what the project index makes of them."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
import yaml

from smtplint import catalog, linter
from smtplint.carriers import Carriers, prepare
from smtplint.config import Options
from smtplint.resolve import Project
from smtplint.result import Result
from smtplint.scope import Scope
from smtplint.tree import Mapping, Scalar
from tests.examples import shipped
from tests.folders import plant


@functools.lru_cache(maxsize=1)
def carriers() -> Carriers:
    return prepare([yaml.safe_load(path.read_text("utf-8")) for path in sorted((Path(catalog.locate()) / "carriers").glob("*.yaml"))])


def project(base: Path, files: dict[str, str] | None = None, overrides: dict[str, bytes] | None = None) -> Project:
    """A project over a folder, with these files written into it first."""
    plant(base, files or {})
    return Project(str(base), carriers(), max_bytes=1 << 20, overrides=overrides)


def lint(base: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> Result:
    """What a run says of a folder with these files."""
    plant(base, files)
    monkeypatch.chdir(base)
    monkeypatch.setattr(linter, "load_catalog", lambda _: shipped())
    return linter.run(["."], Options())


def value(scope: Scope, *keys: str) -> str | None:
    """The text of a setting, "?" when it is unresolved, None when it is absent."""
    node: object = scope.root
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    if not isinstance(node, Scalar):
        return None
    return node.text if node.state == "known" else "?"


def placed(scope: Scope, *keys: str) -> str:
    """`file:line` of a setting's value."""
    node: object = scope.root
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    assert isinstance(node, Scalar)
    return f"{node.place.path}:{node.place.line}"


def told(scopes: list[Scope], *keys: str) -> list[tuple[str, str, str, dict[str, str | None]]]:
    """(file, path, branch, settings) of every scope."""
    return [(one.source.path, one.path, one.branch, {key: value(one, key) for key in keys}) for one in scopes]


def all_scopes(index: Project, *named: str) -> list[Scope]:
    """The scopes of every root of the named files, as a run over them would ask for them."""
    roots = sorted({root for name in named for root in index.roots(name)})
    return [scope for root in roots for scope in index.scopes(root)]
