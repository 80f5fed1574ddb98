"""What the reader computes is what Python computes, or it says that it does not know; and nothing makes it fall over."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtplint.readers.python import UNKNOWN, Module, Unknown, World, quick, read_module
from smtplint.source import Source, SourceError
from smtplint.tree import Mapping, Node, Scalar, Sequence

TEXTS = ["smtp.example.org", "587", "25", "True", "false", "yes", "", " on ", "é😀", "0"]
NAMES = [f"EMAIL_{letter}" for letter in "ABCDEFG"] + ["PORT", "DEBUG", "HOST"]
VARIABLES = ["V_ONE", "V_TWO", "V_SET"]


class Writer:
    """Writes random settings modules that Python can run."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names: list[str] = []
        # What a module does to the environment is not carried over to those that import it.
        self.imported = seed % 3 == 1

    def text(self) -> str:
        return repr(self.random.choice(TEXTS))

    def leaf(self) -> str:
        pick = self.random.randrange(10)
        if pick < 3:
            return self.text()
        if pick < 5:
            return str(self.random.choice([0, 1, 25, 465, 587, -3]))
        if pick < 6:
            return self.random.choice(["True", "False", "None"])
        if pick < 8 and self.names:
            return self.random.choice(self.names)
        return self.look_up()

    def look_up(self) -> str:
        name = self.random.choice(VARIABLES)
        default = self.random.choice([self.text(), "25", "True", "None", "''"])
        return self.random.choice(
            [
                f"os.environ.get({name!r})",
                f"os.environ.get({name!r}, {default})",
                f"os.getenv({name!r}, {default})",
                f"getenv({name!r}, default={default})",
            ]
        )

    def expression(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf()
        one, two, three = (self.expression(depth - 1 - self.random.randrange(2)) for _ in range(3))
        return self.random.choice(
            [
                self.leaf(),
                f"int({one})",
                f"str({one})",
                f"bool({one})",
                f"not {one}",
                f"({one} or {two})",
                f"({one} and {two})",
                f"({one} == {two})",
                f"({one} != {two})",
                f"({one} in ({two}, {three}))",
                f"({one} is not None)",
                f"({one} is None)",
                f"({one} if {two} else {three})",
                f"str({one}).lower()",
                f"str({one}).strip()",
                f"({one} + {two})",
                f"f'{{{one if chr(39) not in one and chr(34) not in one else 25}}}x'",
                f"{{'a': {one}, 'b': {two}}}",
                f"[{one}, {two}]",
                f"({one},)",
                f"{{'a': {one}}}['a']",
                f"{{'a': {one}}}.get('b', {two})",
                f"(str({one}).lower() in ('true', '1', 'yes'))",
                f"({one} < {two})",
                f"[{one}, {two}][0]",
                f"({one} * 2)",
                f"({one} - 1)",
                f"'%s' % ({one},)",
                f"'{{}}'.format({one})",
                f"str({one}).split(',')",
                f"dict(a={one}, **{{'b': {two}}})",
                f"{{**{{'a': {one}}}, 'a': {two}}}",
            ]
        )

    def assignment(self) -> str:
        name = self.random.choice(NAMES)
        value = self.expression(self.random.randrange(3))
        pick = self.random.randrange(12)
        if pick == 0:
            line = f"{name} = {self.random.choice(NAMES)} = {value}"
        elif pick == 1:
            line = f"{name}: object = {value}"
        elif pick == 2 and name in self.names and self.random.random() < 0.3:
            line = f"{name} += {value}"
        elif pick == 2:
            line = f"{name} = {self.text()}; {name} += str({value})"
        elif pick == 3:
            line = f"{name}, {self.random.choice(NAMES)} = {value}, {self.leaf()}"
        elif pick == 4:
            line = f"globals()[{name!r}] = {value}"
        elif pick == 5:
            line = f"vars().update({name}={value})"
        elif pick == 6:
            line = f"{name} = {{'k': 1, 'l': {self.leaf()}}}; {name}['k'] = {value}"
        elif pick == 7 and name in self.names and self.random.random() < 0.2:
            line = f"del {name}"
        elif pick == 8 and not self.imported:
            line = f"os.environ.setdefault('V_ONE', str({value}))"
        else:
            line = f"{name} = {value}"
        if name not in self.names:
            self.names.append(name)
        return line

    def block(self, depth: int, indent: str) -> list[str]:
        lines = []
        for _ in range(self.random.randrange(1, 4)):
            pick = self.random.randrange(9)
            if depth > 0 and pick == 0:
                lines += [f"{indent}if {self.expression(1)}:", *self.block(depth - 1, indent + "    ")]
                if self.random.random() < 0.5:
                    lines += [f"{indent}elif {self.expression(1)}:", *self.block(depth - 1, indent + "    ")]
                if self.random.random() < 0.5:
                    lines += [f"{indent}else:", *self.block(depth - 1, indent + "    ")]
            elif depth > 0 and pick == 1:
                lines += [
                    f"{indent}try:",
                    *self.block(depth - 1, indent + "    "),
                    f"{indent}except Exception:",
                    *self.block(depth - 1, indent + "    "),
                ]
            elif depth > 0 and pick == 2:
                lines += [f"{indent}for item in range({self.random.randrange(3)}):", *self.block(depth - 1, indent + "    ")]
            elif depth > 0 and pick == 3:
                lines += [
                    f"{indent}import contextlib",
                    f"{indent}with contextlib.suppress(Exception):",
                    *self.block(depth - 1, indent + "    "),
                ]
            else:
                lines.append(indent + self.assignment())
        return lines

    def module(self, base: str | None) -> str:
        lines = ["import os", "from os import getenv"]
        if base is not None:
            lines.append(f"from .{base} import *")
            self.names = NAMES[:1]
        for name in self.random.sample(NAMES, 4):
            lines.append(f"{name} = {self.text()}")
            self.names.append(name)
        for _ in range(self.random.randrange(2, 6)):
            lines += self.block(2, "")
        return "\n".join(lines) + "\n"


# Runs every module of the package, and prints what its settings are as JSON; a module that raises gives null.
RUNNER = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
def flat(value):
    if isinstance(value, dict):
        return ["dict", [[flat(key), flat(item)] for key, item in value.items()]]
    if isinstance(value, (list, tuple)):
        return ["list", [flat(item) for item in value]]
    return [type(value).__name__, str(value)]
import os
clean = dict(os.environ)
for name in sys.argv[2:]:
    os.environ.clear(); os.environ.update(clean)
    for module in [name for name in sys.modules if name.startswith("package.")]:
        del sys.modules[module]
    try:
        module = importlib.import_module("package." + name)
        out = {key: flat(value) for key, value in vars(module).items() if key.startswith("EMAIL_")}
    except Exception:
        out = None
    print(json.dumps(out))
"""


def agrees(node: Node, real: list[object]) -> bool:
    """Whether a node is what Python computed, wherever it claims to know."""
    kind, content = real
    if isinstance(node, Scalar):
        if node.state != "known":
            return True
        kinds = {"str": "str", "int": "int", "bool": "bool", "null": "NoneType", "float": "float"}
        return kinds[node.type] == kind and node.text == content
    if not isinstance(content, list):
        return False
    if isinstance(node, Sequence):
        return (
            kind == "list"
            and len(content) == len(node.items)
            and all(agrees(item, other) for item, other in zip(node.items, content, strict=True))
        )
    if kind != "dict":
        return False
    table = {json.dumps(key): item for key, item in content}
    for entry in node.index.values():
        key = entry.key
        name = json.dumps([{"null": "NoneType"}.get(key.type, key.type), key.text])
        if name not in table:
            return False
        if not agrees(entry.value, table[name]):
            return False
    return node.partial or len(node.index) == len(table)


def same_world(world: World, real: dict[str, list[object]]) -> bool:
    """Whether a world may be the one that Python went through."""
    shown = {name: entry for name, entry in world.root.index.items() if name.startswith("EMAIL_")}
    for name, entry in shown.items():
        if name not in real:
            if not entry.conditional:
                return False
        elif not agrees(entry.value, real[name]):
            return False
    return world.root.partial or set(real) <= set(shown)


@pytest.mark.parametrize("start", [0, 150, pytest.param(1000, marks=pytest.mark.full)])
def test_never_another_value_than_python(start: int, tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    count = 60 if start < 1000 else 2000
    texts: dict[str, str] = {}
    for seed in range(start, start + count):
        writer = Writer(seed)
        name = f"m{seed}"
        texts[name] = writer.module(f"m{seed - 1}" if seed % 3 == 2 else None)
        (package / f"{name}.py").write_text(texts[name], encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key not in VARIABLES} | {
        "V_SET": "set",
        "PYTHONWARNINGS": "ignore",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    names = list(texts)
    run = subprocess.run(
        [sys.executable, "-c", RUNNER, str(tmp_path), *names],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
        timeout=120,
    )
    results = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(results) == count
    known = total = ran = 0

    def read(name: str) -> Module:
        def star(level: int, module: str, _names: tuple[str, ...], _files: object) -> list[World] | None:
            assert level == 1
            try:
                return read(module).worlds
            except SourceError:
                return None

        source = Source(f"package/{name}.py", texts[name])
        everything = NAMES.__contains__ if seed % 2 else None
        return read_module(source, environ=environ, star=star, interesting=everything)

    def environ(name: str, _tool: str, _files: object) -> Scalar | Unknown | None:
        if name == "V_SET":
            return Scalar("set", file, 6, 9)
        # What is not set in truth may be known to be so, or not.
        return None if seed % 4 < 2 else UNKNOWN

    file = Source(".env", "V_SET=set\n")

    for seed, (name, real) in enumerate(zip(names, results, strict=True), start):  # noqa: B007 (read and environ look at it)
        try:
            found = read(name)
        except SourceError:
            assert real is None
            continue
        if real is None:
            continue
        ran += 1
        assert any(same_world(world, real) for world in found.worlds), f"{name}:\n{texts[name]}\n{real}\n{found.worlds}"
        for world in found.worlds:
            for entry in world.root.entries:
                total += 1
                known += not isinstance(entry.value, Scalar) or entry.value.state == "known"
    # The test would be idle if nothing ran, or nothing were known.
    assert ran > count / 5
    assert known > total / 3


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=60),
    st.sampled_from(["", "EMAIL_HOST = ", "if x:\n EMAIL_PORT = ", "class Mail(BaseSettings):\n smtp_host: ", "f(ConnectionConfig("]),
)
def test_any_text_is_read_or_refused(text: str, lead: str) -> None:
    quick(text)
    try:
        found = read_module(Source("settings.py", lead + text))
    except SourceError:
        return
    assert found.worlds


FRAGMENTS = [
    "EMAIL_HOST",
    "EMAIL_PORT",
    "x",
    "=",
    " ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    "'a'",
    '"b"',
    "f'{x}'",
    "25",
    "if",
    "else",
    "not",
    "and",
    "or",
    "\n",
    "\n    ",
    "\n",
    "os.environ",
    ".get",
    "env",
    "def f():",
    "class Mail(BaseSettings):",
    "try:",
    "except:",
    "for",
    "in",
    "with",
    "as",
    "del",
    "lambda",
    "*",
    "**",
    "+",
    "-",
    ".",
    "import os",
    "from . import",
    "True",
    "None",
    "raise",
    "return",
    "globals()",
    "app.config",
    "ConnectionConfig(",
    "SMTPHandler(",
    "=",
    "match x:",
    "case",
    ";",
]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25))
def test_any_mixture_of_python_is_read_or_refused(parts: list[str]) -> None:
    try:
        read_module(Source("settings.py", " ".join(parts)))
    except SourceError:
        pass


HOSTILE = {
    "assignments": "EMAIL_X = 25\n" * 5000,
    "names": "".join(f"EMAIL_X{at} = EMAIL_X{at - 1}\n" for at in range(1, 2500)),
    "doubling texts": "EMAIL_X = 'x'\n" + "EMAIL_X = EMAIL_X + EMAIL_X\n" * 2000,
    "doubling lists": "EMAIL_X = []\n" + "EMAIL_X = [EMAIL_X, EMAIL_X]\n" * 2000,
    "branches": "".join(f"if f{at}():\n EMAIL_X{at} = 1\n" for at in range(2000)),
    "elif": "if a:\n EMAIL_X = 1\n" + "".join(f"elif f{at}():\n EMAIL_X = 1\n" for at in range(500)),
    "brackets": "EMAIL_X = " + "[" * 100 + "]" * 100,
    "many brackets": ("EMAIL_X = " + "[" * 19 + "]" * 19 + "\n") * 1300,
    "many parentheses": ("EMAIL_X = " + "(" * 19 + "1" + ")" * 19 + "\n") * 1300,
    "sum": "EMAIL_X = " + "1+" * 500 + "1",
    "many sums": ("EMAIL_X = " + "1+" * 50 + "1\n") * 580,
    "texts": "EMAIL_X = (" + "'a' " * 16000 + ")",
    "long text": "EMAIL_X = '" + "x" * 65000 + "'",
    "dictionary": "EMAIL_X = {" + "'a': 1, " * 8000 + "}",
    "attributes": ("EMAIL_X = a" + ".b" * 50 + "\n") * 580,
    "classes": "".join(f"class MailConfig{at}(MailConfig{at - 1}):\n smtp_x{at} = 1\n" for at in range(1250)),
    "functions": "".join(f"def f{at}():\n ConnectionConfig(MAIL_PORT=1)\n" for at in range(1400)),
    "conditional": "".join(f"EMAIL_X{at} = 1 if f{at}() else 2\n" for at in range(1900)),
    "equalities": "".join(f"if x() == {at}:\n EMAIL_X{at} = 1\n" for at in range(1800)),
    "tries": "".join(f"try:\n EMAIL_X{at} = f()\nexcept E:\n EMAIL_X{at} = 1\n" for at in range(1200)),
    "quotes": 'EMAIL_X = "' + "'" * 60000 + '"',
    "not assignments": "EMAIL_HOST " * 6000,
    "spaces": "EMAIL_" + " " * 60000 + "x",
    "blank lines": "EMAIL_HOST" + "\n" * 60000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_read_in_time(name: str) -> None:
    text = HOSTILE[name]
    assert len(text) <= 66_000
    read_module(Source("warm.py", "EMAIL_HOST = 'x'\n"))
    begin = time.process_time()
    quick(text)
    try:
        read_module(Source("settings.py", text))
    except SourceError:
        pass
    assert time.process_time() - begin < 4  # 2 s on a machine of its own


def test_only_what_matters_is_parsed() -> None:
    """A long settings module costs little more than a short one."""
    mail = "import os\nDEBUG = False\nEMAIL_HOST = 'h'\nEMAIL_PORT = int(os.environ.get('P', '587'))\nEMAIL_USE_TLS = True\n"
    long = mail + "INSTALLED_APPS = [\n" + "    'application.with.a.name',\n" * 1000 + "]\n"

    def cost(text: str) -> float:
        best = 9.0
        for _ in range(5):
            begin = time.process_time()
            read_module(Source("settings.py", text))
            best = min(best, time.process_time() - begin)
        return best

    assert cost(long) < cost(mail) + 0.02
    assert isinstance(read_module(Source("settings.py", long)).worlds[0].root, Mapping)
