"""No regular expression of ours can be made slow.

Every pattern in the package, also those that are written in the middle of a function, is pumped: each repetition in it is run many thousand
times over a text that it accepts, followed by something that makes the whole fail. Those that are only ever matched at one place are matched; those
that are looked for anywhere are also searched, which a quadratic pattern does not survive.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

import smtplint
from tests.hostile.harness import ROOT

pytestmark = pytest.mark.full

if sys.version_info >= (3, 11):
    from re import _parser as parser  # type: ignore[attr-defined, unused-ignore]
else:  # pragma: no cover
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sre_parse as parser

SIZE = 64 * 1024
# A text of 64 KB may take two seconds in all; one pattern on its worst text must stay well below.
LIMIT = 0.5
SEARCHES = ("search", "finditer", "findall", "sub", "subn", "split")
# Over texts of our own (descriptions, conditions, the versions a profile names), or over pieces of bounded length (the prefilter looks at two
# hundred bytes around a word).
OURS = (
    "catalog/",
    "result.py",
    "version.py:_CLAUSE",
    "decode.py:_TLS",
    "prefilter.py:PYTHON",
    "prefilter.py:KEYS",
    "resolve/versions.py",
)


def _constant(node: ast.expr) -> str | bytes | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _constant(node.left), _constant(node.right)
        if isinstance(left, str) and isinstance(right, str):
            return left + right
    return None


def _patterns() -> Iterator[tuple[str, str | bytes, int, bool]]:
    """Where, pattern, flags, and whether it is looked for anywhere."""
    seen: set[tuple[str | bytes, int, bool]] = set()
    for info in pkgutil.walk_packages(smtplint.__path__, "smtplint."):
        if info.name.endswith(("__main__", "lsp", "catalog.build")) or ".rules" in info.name:
            continue
        module = importlib.import_module(info.name)
        path = module.__file__ or ""
        with open(path, encoding="utf-8") as file:
            text = file.read()
        where = path.removeprefix(str(ROOT) + "/smtplint/")
        found: list[tuple[str, str | bytes, int, bool]] = []
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                if node.func.value.id == "re" and node.args and (literal := _constant(node.args[0])) is not None:
                    flags = re.IGNORECASE if "IGNORECASE" in ast.dump(node) else 0
                    flags |= re.DOTALL if "DOTALL" in ast.dump(node) else 0
                    anywhere = node.func.attr in SEARCHES
                    if node.func.attr != "compile":
                        found.append((f"{where}:{node.lineno}", literal, flags, anywhere))
        for name, value in vars(module).items():
            for one in _compiled(value):
                uses = re.findall(rf"\b{name}\b(?:\[[^\]]*\])?\.({'|'.join(SEARCHES)})\b", text)
                found.append((f"{where}:{name}", one[0], one[1], bool(uses)))
        for where_, pattern, flags, anywhere in found:
            if (pattern, flags, anywhere) not in seen:
                seen.add((pattern, flags, anywhere))
                yield where_, pattern, flags, anywhere


def _compiled(value: object) -> Iterator[tuple[str | bytes, int]]:
    if isinstance(value, re.Pattern):
        yield value.pattern, value.flags & ~re.UNICODE
    elif type(value).__name__ == "later":
        lazy: Any = value
        yield lazy._source, int(lazy._flags)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _compiled(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            if not isinstance(one, (str, int)):
                yield from _compiled(one)


def _char(items: Any) -> str:
    """A character of a set."""
    negated = False
    barred: set[int] = set()
    for op, value in items:
        name = str(op)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            if not negated:
                return chr(value)
            barred.add(value)
        elif name == "RANGE":
            if not negated:
                return chr(value[0])
            barred.update(range(value[0], min(value[1], value[0] + 200) + 1))
        elif name == "CATEGORY":
            kind = str(value)
            if not negated:
                return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a"}.get(kind, "a" if "NOT_SPACE" in kind else "-")
            barred.update({"CATEGORY_SPACE": range(9, 33), "CATEGORY_WORD": range(48, 123), "CATEGORY_DIGIT": range(48, 58)}.get(kind, ()))
    return next((chr(code) for code in (97, 45, 32, 34, 49, *range(33, 127)) if code not in barred), "a")


def _sample(tree: Any, least: bool = True) -> str:
    """A text that the tree accepts, more or less."""
    out = []
    for op, value in tree:
        name = str(op)
        if name == "LITERAL":
            out.append(chr(value))
        elif name == "NOT_LITERAL":
            out.append("a" if value != 97 else "b")
        elif name == "ANY":
            out.append("a")
        elif name == "IN":
            out.append(_char(value))
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            out.append(_sample(value[2]) * max(value[0], 0 if least else 1))
        elif name == "SUBPATTERN":
            out.append(_sample(value[3], least))
        elif name == "ATOMIC_GROUP":
            out.append(_sample(value, least))
        elif name == "BRANCH":
            out.append(_sample(value[1][0], least))
    return "".join(out)


def _pumps(tree: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """(what leads to a repetition, what it repeats) for every unbounded or large repetition, each with its alternatives."""
    for op, value in tree:
        name = str(op)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            low, high, body = value
            if int(high) > 50:
                for one in _choices(body):
                    yield before, one
            yield from _pumps(body, before)
            before += _sample(body) * low
            continue
        if name == "SUBPATTERN":
            yield from _pumps(value[3], before)
        elif name == "BRANCH":
            for branch in value[1]:
                yield from _pumps(branch, before)
        before += _sample([(op, value)])


def _choices(body: Any) -> list[str]:
    found = [_sample(body), _sample(body, least=False)]
    for op, value in body:
        if str(op) == "IN":
            found += [_char([item]) for item in value if str(item[0]) != "NEGATE"][:6]
        inner = value[3] if str(op) == "SUBPATTERN" else [(op, value)]
        for deep, branches in inner:
            if str(deep) == "BRANCH":
                found += [_sample(branch, least=False) for branch in branches[1]]
    return [text for text in dict.fromkeys(found) if text]


def _texts(pattern: str | bytes, flags: int) -> Iterator[str]:
    shown = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = parser.parse(shown, flags)
    seen: set[object] = set()
    for before, body in _pumps(tree):
        if (before, body) not in seen and len(seen) < 40:
            seen.add((before, body))
            yield before + body * (SIZE // len(body)) + "\x01!"
    yield " " * SIZE + "\x01"
    yield "a" * SIZE + "\x01"


def _worst(pattern: str | bytes, flags: int, anywhere: bool) -> tuple[float, str]:
    compiled = re.compile(pattern, flags)
    worst, cause = 0.0, ""
    for text in _texts(pattern, flags):
        # A small piece first: what is slow there would never end on the whole. What is quick on an eighth stays below the limit on the whole, even
        # if its time grows with the square: only the others are tried on all of it.
        for size in (27, 400, 1500, SIZE // 8, SIZE):
            short = text[: size - 2] + text[-2:]
            given: Any = short.encode("utf-8", "replace") if isinstance(pattern, bytes) else short
            begin = time.process_time()
            compiled.match(given)
            if anywhere:
                compiled.search(given)
            used = time.process_time() - begin
            if used > worst:
                worst, cause = used, f"{short[:30]!r}… of {size}"
            if used > LIMIT:
                return worst, cause
            if size == SIZE // 8 and used < LIMIT / 64:
                break
    return worst, cause


def test_every_pattern_is_quick() -> None:
    found = list(_patterns())
    assert len(found) > 150
    slow = {}
    for where, pattern, flags, anywhere in found:
        if not where.startswith(OURS):
            used, cause = _worst(pattern, flags, anywhere)
            if used > LIMIT:
                slow[where] = f"{used:.1f} s on {cause}: {pattern!r}"
    assert slow == {}


@pytest.mark.parametrize("pattern", [r"(?:a+)+\Z", r"(?:[0-9]+\s*(?:m|s)?\s*)+\Z", r"a*a*a*b"])
def test_the_test_finds_what_it_looks_for(pattern: str) -> None:
    assert _worst(pattern, 0, anywhere=False)[0] > LIMIT
