"""The wheel, built from the sdist, holds the rules and gives the same catalogue as the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from smtplint import catalog

ROOT = Path(catalog.locate()).parent

pytestmark = [pytest.mark.full, pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="not a checkout")]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    _build(folder, "1")
    return folder


def _build(folder: Path, seed: str) -> None:
    """With the tools of this environment, which `.ci/run` takes by their hashes."""
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": "1700000000"},
    )  # fmt: skip


def test_the_same_bytes_twice(dist: Path, tmp_path: Path) -> None:
    """Whoever builds the same commit gets the same wheel and sdist, at another time and with other hashes of texts."""
    _build(tmp_path, "2")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {path.name: path.read_bytes() for path in dist.iterdir()}


def test_build_tools_have_hashes() -> None:
    """One line for each tool, with a hash, and every tool that pyproject.toml asks for."""
    text = (ROOT / ".ci/requirements-build.txt").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert all("==" in line and "--hash=sha256:" in line for line in lines)
    names = {line.partition("==")[0] for line in lines}
    assert {"hatchling", "pyyaml", "jsonschema", "build"} <= names


def test_the_sdist_keeps_the_rules_at_the_top(dist: Path) -> None:
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    assert "rules/checks/SMTP202.yaml" in names
    assert "tests/test_package.py" in names


def test_the_wheel_holds_the_compiled_rules(dist: Path) -> None:
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as archive:
        names = set(archive.namelist())
    assert {
        "smtplint/py.typed",
        "smtplint/rules/catalog.bin",
        "smtplint/rules/profiles/generic.yaml",
        "smtplint/rules/schemas/profile.schema.json",
    } <= names
    assert not any(name.startswith(("rules/", "tests/")) for name in names)


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment in which the wheel is installed."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", str(next(dist.glob("*.whl")))], check=True, capture_output=True)
    return python


def test_the_installed_command_works_from_another_folder(installed: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SMTP_HOST=smtp.example.org\nSMTP_PORT=25\n")
    done = subprocess.run([str(installed.parent / "smtplint"), "check", "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "SMTP101" in done.stdout


def test_the_installed_catalogue_is_the_checkouts(installed: Path, tmp_path: Path) -> None:
    code = (
        "from smtplint import catalog; c = catalog.load(); import hashlib, marshal;"
        "print(catalog.locate()); print(*[hashlib.sha256(marshal.dumps(c.profile(n), 2)).hexdigest() for n in c.profile_ids])"
    )
    done = subprocess.run([str(installed), "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    here, hashes = done.stdout.splitlines()
    assert str(installed.parent.parent) in here
    local = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()[1]
    assert hashes == local


def test_as_a_module(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run([str(installed), "-m", "smtplint", "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("smtplint ")
