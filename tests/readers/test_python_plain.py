"""What is read of plain statements without libcst is what libcst reads of them."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest

from smtplint.readers.python import pieces, plain
from smtplint.readers.python.nodes import Node
from smtplint.readers.python.select import Offsets, Selection
from smtplint.source import Source

PLAIN = [
    'EMAIL_HOST = "smtp.example.org"',
    "a = b = 587",
    "PORT: int = 25",
    "X: Final[str] = 'é😀'; Y = True",
    'EMAIL_PORT = int(os.environ.get("EMAIL_PORT", 25))',
    "EMAIL_HOST = env.str('HOST', default = None ,)",
    "f(\n    a,\n    key=1.5,\n)",
    'app.config["MAIL_PORT"] = -25',
    "MAILERS = {'default': {'BACKEND': x, \"OPTIONS\": {},}}",
    "INSTALLED_APPS = []",
    "T = (1, 2,)",
    "T = 1, 2",
    "T = ()",
    "S = {1, 'a'}",
    "T = (1,)",
    "DEBUG = a or b or not c and d",
    "P = BASE / 'x' + 1 * 2 % 3 // 4 - +5",
    "HOST = 'a' if DEBUG else 'b'",
]
# Left to libcst: another way of writing, or more than `ast` keeps.
OTHER = [
    "x = (1)",
    "x = 'a' 'b'",
    "x = f'{a}'",
    "x = '''a'''",
    "x = 'a\\n'",
    "x = b'a'",
    "x = 0x19",
    "x = 1_000",
    "x = 1e1",
    "x = [1,  # one\n     2]",
    "f(*a)",
    "f(**a)",
    "f((1), 2)",
    "(f)(1)",
    "x = {**a}",
    "x = a[1:2]",
    "x = a[1, 2]",
    "x = 1 < 2",
    "x = lambda: 0",
    "x += 1",
    "x = ﬁ",
    "x = [a for a in b]",
    "x = (a or b) or c",
    "x = a or (b or c)",
    "x = a ** b",
    "(x): int = 1",
    "x = \\\n    'a'",
]


def shape(node: Node) -> object:
    return node.kind, node.sign, node.start, node.end, [shape(part) for part in node.parts]


def both(text: str, most: int = 10_000) -> tuple[list[object], list[object], int]:
    """The plain statements of a module as they are read here, as libcst reads them, and how many statements there are."""
    source = Source("settings.py", text)
    selection = Selection.__new__(Selection)
    selection.source, selection.offsets = source, Offsets(source)
    kinds = (ast.Assign, ast.AnnAssign, ast.Expr, ast.Return, ast.AugAssign)
    leaves = [leaf for leaf in ast.walk(ast.parse(text)) if isinstance(leaf, kinds)][:most]
    read = {leaf: plain.node(leaf, text, selection.offsets) for leaf in leaves}
    mine = {leaf: node for leaf, node in read.items() if node is not None}
    theirs = pieces._read(selection, list(mine)) if mine else {}
    return [shape(node) for node in mine.values()], [shape(theirs[pieces._key(leaf)]) for leaf in mine], len(leaves)


@pytest.mark.parametrize("text", PLAIN)
def test_plain_statements(text: str) -> None:
    mine, theirs, count = both(f"# é\nif x:\n  pass\n{text}\n")
    assert mine == theirs
    assert len(mine) == count


@pytest.mark.parametrize("text", OTHER)
def test_others_are_left_to_libcst(text: str) -> None:
    assert both(text)[0] == []


def test_returns() -> None:
    mine, theirs, _ = both("def f():\n    return a.b(c)\n\ndef g():\n    return\n")
    assert mine == theirs and len(mine) == 1


def library(folder: str) -> list[Path]:
    return sorted(Path(sysconfig.get_path(folder)).glob("*.py"))


def compare(files: list[Path], most: int) -> tuple[int, int]:
    plain_ones = all_of_them = 0
    for file in files:
        mine, theirs, count = both(file.read_text("utf-8", "replace"), most)
        assert mine == theirs, file
        plain_ones, all_of_them = plain_ones + len(mine), all_of_them + count
    return plain_ones, all_of_them


def test_on_the_standard_library() -> None:
    """A part of it; nearly all of its statements are plain, so nearly all of them are compared."""
    plain_ones, all_of_them = compare(library("stdlib")[::12], 60)
    assert plain_ones > all_of_them / 2 > 100


@pytest.mark.full
def test_on_all_of_the_standard_library() -> None:
    plain_ones, all_of_them = compare(library("stdlib"), 1000)
    assert plain_ones > all_of_them / 2 > 5000
