"""Which modules a run loads: exact, where a time is not. What is heavy is only there when the file needs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {
    *("libcst", "jsonschema", "asyncio", "importlib.metadata", "importlib.resources", "typing", "dataclasses", "pathlib", "subprocess"),
    *("logging", "multiprocessing", "concurrent.futures", "inspect", "argparse", "hashlib", "json", "tempfile", "pygls", "unittest"),
}
# What only folders, outputs in files and the user's own patterns need.
OTHERWISE = {"smtplint.folders", "smtplint.writing", "smtplint.globs", "smtplint.feeders"}
DOTENV = "SMTP_HOST=smtp.example.org\nSMTP_PORT=25\n"
COMPOSE = "services:\n  vault:\n    image: vaultwarden/server:1.32\n    environment: {SMTP_HOST: smtp.example.org, SMTP_SECURITY: 'off'}\n"
TOML = '[smtp]\nhost = "smtp.example.org"\nport = 25\n'
INI = "[smtp]\nhost = smtp.example.org\nport = 25\n"
PROPERTIES = "spring.mail.host=smtp.example.org\nspring.mail.port=25\n"
SETTINGS = 'INSTALLED_APPS = []\nEMAIL_HOST = "smtp.example.org"\nEMAIL_PORT = 25\n'
WITHOUT = "name: a\nvalues: [1, 2]\n"


def loaded(folder: Path, *words: str) -> set[str]:
    """The modules that a command line loads, beside those of an interpreter that has just started."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "from smtplint.cli import main\n"
        f"code = main(['check', '--isolated', *{list(words)!r}])\n"
        "print(code, *set(sys.modules) - before, file=sys.stderr)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder.parent / "cache")}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True, check=True)
    status, *modules = done.stderr.splitlines()[-1].split()
    assert status in ("0", "1"), done.stderr
    return set(modules)


def warm(tmp_path: Path, name: str, text: str) -> set[str]:
    """The second run, when the compiled rules are in the cache folder as a wheel brings them along."""
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / name).write_text(text, "utf-8")
    loaded(folder, name)
    return loaded(folder, name)


@pytest.mark.parametrize(
    ("name", "text", "never"),
    [
        (".env", DOTENV, {"yaml", "ast", "tomli", "tomllib"}),
        ("app.toml", TOML, {"yaml", "ast"}),
        ("app.ini", INI, {"yaml", "ast", "tomli", "tomllib", "configparser"}),
        ("application.properties", PROPERTIES, {"yaml", "ast", "tomli", "tomllib"}),
        ("compose.yaml", COMPOSE, {"ast", "tomli", "tomllib"}),
        ("settings.py", SETTINGS, {"yaml", "tomli", "tomllib"}),
    ],
)
def test_one_file(tmp_path: Path, name: str, text: str, never: set[str]) -> None:
    modules = warm(tmp_path, name, text)
    # `tomli` and the standard library's readers bring what they need themselves.
    brought = {"typing", "pathlib"} if name == "app.toml" else set()
    assert modules & ((HEAVY | OTHERWISE | never) - brought) == set()
    assert "smtplint.judge" in modules


def test_a_file_without_mail_ends_before_the_rules_are_loaded(tmp_path: Path) -> None:
    modules = warm(tmp_path, "notes.yaml", WITHOUT)
    assert modules & (HEAVY | {"yaml", "ast", "smtplint.catalog", "smtplint.carriers", "smtplint.judge", "smtplint.resolve"}) == set()


def test_plain_python_needs_no_libcst_and_other_python_only_when_it_changed(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "settings.py").write_text(SETTINGS)
    assert "libcst" not in loaded(folder, "settings.py")
    (folder / "settings.py").write_text(SETTINGS + 'EMAIL_FROM = f"shop@{EMAIL_HOST}"\n')
    assert "libcst" in loaded(folder, "settings.py")
    assert "libcst" not in loaded(folder, "settings.py")
