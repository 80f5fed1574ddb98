"""Generated settings packages: what smtplint resolves is what Python itself loads, or it is unresolved; never anything else."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from smtplint.scope import Scope
from smtplint.tree import Scalar
from tests.resolve.project import project

NAMES = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_USE_SSL", "EMAIL_HOST_USER", "EMAIL_TIMEOUT")
VARIABLES = ("MAIL_HOST", "MAIL_PORT", "MAIL_TLS", "MAIL_USER")
RUN = """
import importlib, json, sys
out = {}
for case in json.load(sys.stdin):
    sys.path.insert(0, case["root"])
    for name in [one for one in sys.modules if one == "conf" or one.startswith("conf.")]:
        del sys.modules[name]
    importlib.invalidate_caches()
    import os
    for name in case["variables"]:
        os.environ.pop(name, None)
    try:
        module = importlib.import_module("conf.prod")
        out[case["root"]] = {name: repr(getattr(module, name)) for name in case["names"] if hasattr(module, name)}
    except Exception as error:
        out[case["root"]] = type(error).__name__
    sys.path.pop(0)
json.dump(out, sys.stdout)
"""


def expression(rng: random.Random, known: list[str]) -> str:
    variable = rng.choice(VARIABLES)
    literal = rng.choice(['"smtp.example.org"', "25", "587", "True", "False", "None", '""', '"465"'])
    forms = [
        literal,
        literal,
        f"os.environ.get({variable!r}, {literal})",
        f"os.environ.get({variable!r})",
        f"os.getenv({variable!r}) or {literal}",
        f"int(os.environ.get({variable!r}, '25') or 0) if os.environ.get({variable!r}, '25').isdigit() else 7",
        f"os.environ.get({variable!r}, '') == 'true'",
        f"os.environ.get({variable!r}) is not None",
        f"{variable!r} in os.environ",
    ]
    if known:
        name = rng.choice(known)
        forms += [name, f"{name} or {literal}", f"not {name}", f"{literal} if {name} else {literal}"]
    return rng.choice(forms)


def module(rng: random.Random, known: list[str]) -> list[str]:
    lines = []
    for _ in range(rng.randint(1, 4)):
        name = rng.choice(NAMES)
        value = expression(rng, known)
        shape = rng.randint(0, 6)
        if shape == 0:
            lines.append(f"globals().update({name}={value})")
        elif shape == 1:
            test = expression(rng, known)
            lines += [f"if {test}:", f"    {name} = {value}"]
            if name not in known:
                lines += ["else:", f"    {name} = {expression(rng, known)}"]
        else:
            lines.append(f"{name} = {value}")
        if name not in known:
            known.append(name)
    return lines


def package(rng: random.Random) -> dict[str, str]:
    known: list[str] = []
    loads = ["from pathlib import Path", "from dotenv import load_dotenv", 'load_dotenv(Path(__file__).resolve().parent.parent / ".env")']
    base = ["import os", *(loads if rng.random() < 0.6 else []), *module(rng, known)]
    files = {"conf/__init__.py": "", "conf/base.py": "\n".join(base) + "\n"}
    above = "base"
    if rng.random() < 0.5:
        files["conf/common.py"] = "\n".join(["import os", f"from .{above} import *", *module(rng, known)]) + "\n"
        above = "common"
    prod = ["import os", f"from .{above} import *", *module(rng, known)]
    if rng.random() < 0.5:
        prod += ["try:", "    from .local import *", "except ImportError:", "    pass"]
        if rng.random() < 0.6:
            files["conf/local.py"] = f"{rng.choice(NAMES)} = {rng.choice(['587', 'True', repr('h')])}\n"
    files["conf/prod.py"] = "\n".join(prod) + "\n"
    values = {"MAIL_HOST": "smtp.example.com", "MAIL_PORT": "2525", "MAIL_TLS": "true", "MAIL_USER": "me"}
    files[".env"] = "".join(f"{name}={values[name]}\n" for name in VARIABLES if rng.random() < 0.6)
    return files


def shown(node: object) -> str | None:
    """A value as Python shows it, None when it is unresolved."""
    assert isinstance(node, Scalar)
    if node.state != "known":
        return None
    return repr(node.text) if node.type == "str" else node.text


def agrees(scope: Scope, actual: dict[str, str]) -> bool:
    """Whether a world is what Python loaded, as far as it is resolved."""
    for name in NAMES:
        entry = scope.root.entry(name)
        if entry is None:
            if name in actual and scope.complete:
                return False
        elif (seen := shown(entry.value)) is not None and seen != actual.get(name):
            return False
    return True


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.full), pytest.param(3, marks=pytest.mark.full)])
def test_settings_packages_resolve_as_python_loads_them(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    roots = []
    for number in range(120):
        root = tmp_path / f"case{number}"
        project(root, package(rng))
        roots.append(root)
    asked = json.dumps([{"root": str(root), "names": NAMES, "variables": VARIABLES} for root in roots])
    run = subprocess.run([sys.executable, "-B", "-c", RUN], input=asked, capture_output=True, text=True, check=True)
    loaded = json.loads(run.stdout)
    resolved = total = 0
    for root in roots:
        actual = loaded[str(root)]
        if isinstance(actual, str):
            continue
        scopes = project(root).scopes("conf/prod.py")
        assert any(agrees(scope, actual) for scope in scopes) or not actual, (root.name, actual, (root / "conf/prod.py").read_text())
        for scope in scopes[:1]:
            entries = [entry for entry in scope.root.entries if entry.key.text in NAMES]
            total += len(entries)
            resolved += sum(shown(entry.value) is not None for entry in entries)
    assert total > 200
    assert resolved / total > 0.6
