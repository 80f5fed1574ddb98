"""Imports go one way: a module may import only from those above it in this list."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import smtplint

ORDER = (
    "source",
    "lazy",
    "nearest",
    "tree",
    "scope",
    "globs",
    "listing",
    "cache",
    "version",
    "identity",
    "finding",
    "readers",
    "catalog",
    "decode",
    "carriers",
    "addresses",
    "resolve",
    "endpoint",
    "recognise",
    "fields",
    "profiles",
    "facts",
    "remedy",
    "judge",
    "baseline",
    "suppress",
    "prefilter",
    "writing",
    "folders",
    "files",
    "feeders",
    "config",
    "result",
    "workers",
    "linter",
    "report",
    "arguments",
    "completion",
    "terminal",
    "invocation",
    "commands",
    "cli",
    "__main__",
)
# What a module may load when it is called, against the order, and why.
LATE = {
    ("catalog", "decode"): "the names of the decoders are the compiler's vocabulary",
    ("catalog", "result"): "`describe` answers in the reports' own records",
    ("linter", "config"): "for the type of its options only",
}
HOME = Path(smtplint.__file__).parent


def room(name: str) -> str:
    return name.split(".")[1] if name.startswith("smtplint.") else ""


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("smtplint"):
            if node.module == "smtplint":
                found.update(alias.name for alias in node.names if alias.name in ORDER)
            else:
                found.add(room(node.module))
        elif isinstance(node, ast.Import):
            found.update(room(alias.name) for alias in node.names if alias.name.startswith("smtplint."))
    return {name for name in found if name in ORDER}


def typing_only(path: Path) -> set[str]:
    """Rooms imported for annotations alone, under `if TYPE_CHECKING`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for inner in node.body:
                if isinstance(inner, ast.ImportFrom) and inner.module and inner.module.startswith("smtplint."):
                    found.add(room(inner.module))
    return found


MODULES = sorted(path for path in HOME.rglob("*.py") if path.parent != HOME or path.name not in ("__init__.py", "__main__.py"))


def test_every_room_is_in_the_plan() -> None:
    rooms = {path.relative_to(HOME).parts[0].removesuffix(".py") for path in MODULES if "rules" not in path.parts}
    assert rooms <= set(ORDER) | {"fixes", "lsp"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HOME)))
def test_imports_go_up(path: Path) -> None:
    own = path.relative_to(HOME).parts[0].removesuffix(".py")
    if own not in ORDER:
        pytest.skip("a command of its own, loaded by the command line only")
    allowed = set(ORDER[: ORDER.index(own) + 1])
    below = imports(path) - allowed - typing_only(path)
    assert {name for name in below if (own, name) not in LATE} == set()
