"""What the tests with real consumers share: the project as a repository of its own, packages from PyPI and npm."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from smtplint import catalog

ROOT = Path(catalog.locate()).parent
PARTS = ("smtplint", "rules", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "action.yml")


def git(folder: Path, *words: str) -> str:
    """What git says in a folder, with nobody's configuration."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    named = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main")
    return subprocess.run(["git", *named, *words], cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def commit(folder: Path) -> str:
    """Put everything in a folder into one commit; its id."""
    if not (folder / ".git").exists():
        git(folder, "init", "-q")
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "--no-verify", "-m", "files")
    return git(folder, "rev-parse", "HEAD").strip()


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it stands, in a repository of its own with one commit."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    if not (ROOT / "action.yml").is_file():
        pytest.skip("not a checkout")
    folder = tmp_path_factory.mktemp("checkout") / "smtplint"
    folder.mkdir()
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "catalog.bin"))
        else:
            shutil.copy(source, folder / name)
    commit(folder)
    return folder


@pytest.fixture(scope="session")
def from_pypi(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Install packages into an environment of their own; its folder of programs."""

    def install(*packages: str) -> Path:
        home = tmp_path_factory.mktemp("pypi")
        venv.create(home, with_pip=True)
        programs = home / ("Scripts" if os.name == "nt" else "bin")
        done = subprocess.run(
            [programs / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            pytest.skip(f"pip install failed, is the registry reachable? {done.stderr[-300:]}")
        return programs

    return install


@pytest.fixture(scope="session")
def from_npm(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Install packages into a folder of their own; its node_modules."""

    def install(*packages: str) -> Path:
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed")
        folder = tmp_path_factory.mktemp("npm")
        (folder / "package.json").write_text('{"private": true}', "utf-8")
        done = subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--legacy-peer-deps", *packages],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"npm install failed, is the registry reachable? {done.stderr[-300:]}")
        return folder / "node_modules"

    return install


def smtplint(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "smtplint", *words], cwd=folder, capture_output=True, encoding="utf-8", check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environment},
    )  # fmt: skip
