"""The hook in pre-commit and in prek, on a repository with mail settings in five shapes and files that only look as if they had some."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.folders import plant

from .conftest import ROOT, commit, git, smtplint

pytestmark = pytest.mark.full

MAIL = {
    ".env": "SMTP_HOST=smtp.example.org\nSMTP_PORT=25\n",
    ".env.production": "MAIL_MAILER=smtp\nMAIL_HOST=smtp.example.org\nMAIL_PORT=25\nMAIL_ENCRYPTION=null\n",
    "shop/__init__.py": "",
    "shop/settings/__init__.py": "",
    "shop/settings/base.py": 'INSTALLED_APPS = ["django.contrib.admin"]\nEMAIL_HOST = "smtp.example.org"\nEMAIL_PORT = 587\n',
    "shop/settings/production.py": 'from .base import *\n\nEMAIL_USE_TLS = False\nEMAIL_HOST_USER = "shop"\n',
    "compose.yaml": (
        "services:\n  git:\n    image: gitea/gitea:1.22\n    environment:\n"
        '      GITEA__mailer__ENABLED: "true"\n      GITEA__mailer__PROTOCOL: smtp\n'
        "      GITEA__mailer__SMTP_ADDR: ${SMTP_HOST}\n      GITEA__mailer__SMTP_PORT: ${SMTP_PORT}\n"
    ),
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "charts/web/values.yaml": "smtp:\n  host: smtp.example.org\n  port: 25\n",
    "charts/web/templates/cm.yaml": "kind: ConfigMap\ndata:\n  SMTP_HOST: {{ .Values.smtp.host }}\n",
}
# What the hook is not to be given.
OTHER = {
    "package-lock.json": '{"lockfileVersion": 3, "packages": {"smtp": {"host": "smtp.example.org", "port": 25}}}\n',
    "pnpm-lock.yaml": "smtp: {host: smtp.example.org, port: 25}\n",
    "uv.lock": "[smtp]\nhost = 'smtp.example.org'\nport = 25\n",
    "node_modules/x/config.json": '{"smtp": {"host": "smtp.example.org", "port": 25}}\n',
    "README.md": "A shop.\n",
    "main.c": "int main(void) { return 0; }\n",
}
FOUND = {
    ("SMTP101", ".env"),
    ("SMTP101", ".env.production"),
    ("SMTP101", "charts/web/values.yaml"),
    ("SMTP201", "compose.yaml"),
    ("SMTP201", "shop/settings/production.py"),
    ("SMTP401", "shop/settings/production.py"),
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    plant(folder, {**MAIL, **OTHER})
    commit(folder)
    return folder


@pytest.fixture(scope="session")
def programs(from_pypi: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The folder of pre-commit and prek, and the environment that keeps their own files apart."""
    folder = from_pypi("pre-commit==4.7.0", "prek==0.5.11")
    home = tmp_path_factory.mktemp("homes")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PRE_COMMIT", "PREK"))}
    environment |= {"PRE_COMMIT_HOME": str(home / "pre-commit"), "PREK_HOME": str(home / "prek"), "PYTHONUTF8": "1", "NO_COLOR": "1"}
    # Both look for `python3` on the path; the one that runs this test is new enough.
    environment["PATH"] = os.pathsep.join((os.path.dirname(sys.executable), environment["PATH"]))
    return folder, environment


def run(programs: tuple[Path, dict[str, str]], tool: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    where, environment = programs
    return subprocess.run([where / tool, *words], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)


def told(text: str) -> set[tuple[str, str]]:
    """Rule and file of every finding in the text format."""
    heads = [line.split() for line in text.splitlines() if ": error SMTP" in line or ": warning SMTP" in line or ": note SMTP" in line]
    return {(words[2], words[0].split(":")[0]) for words in heads}


TOOLS = ["pre-commit", "prek"]


def test_the_manifest_is_valid(programs: tuple[Path, dict[str, str]]) -> None:
    done = run(programs, "pre-commit", ROOT, "validate-manifest", ".pre-commit-hooks.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("hook", ["smtplint", "smtplint-all"])
@pytest.mark.parametrize("tool", TOOLS)
def test_try_repo_shows_every_finding(programs: tuple[Path, dict[str, str]], checkout: Path, shop: Path, tool: str, hook: str) -> None:
    done = run(programs, tool, shop, "try-repo", str(checkout), hook, "--all-files", "--verbose")
    assert done.returncode == 1, done.stdout + done.stderr
    assert told(done.stdout) >= FOUND, done.stdout
    assert not {file for _, file in told(done.stdout)} & OTHER.keys()
    assert "exit code: 1" in done.stdout


def configured(checkout: Path, shop: Path, hook: str, **more: Any) -> None:
    revision = git(checkout, "rev-parse", "HEAD").strip()
    config = {"repos": [{"repo": str(checkout), "rev": revision, "hooks": [{"id": hook, **more}]}]}
    (shop / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    git(shop, "add", ".pre-commit-config.yaml")


@pytest.mark.parametrize("tool", TOOLS)
def test_a_commit_is_held_up_by_the_file_it_changes(programs: tuple[Path, dict[str, str]], checkout: Path, shop: Path, tool: str) -> None:
    configured(checkout, shop, "smtplint")
    commit(shop)
    (shop / ".env").write_text("SMTP_HOST=smtp.example.org\nSMTP_PORT=26\n", "utf-8")
    git(shop, "add", ".env")
    done = run(programs, tool, shop, "run")
    # The port of .env reaches compose.yaml, which is not part of the commit; what is wrong there is told since .env takes part in it.
    assert done.returncode == 1, done.stdout + done.stderr
    assert ("SMTP201", "compose.yaml") in told(done.stdout)
    assert "shop/" not in done.stdout


@pytest.mark.parametrize("tool", TOOLS)
def test_arguments_of_the_user_reach_the_hook(programs: tuple[Path, dict[str, str]], checkout: Path, shop: Path, tool: str) -> None:
    configured(checkout, shop, "smtplint", args=["--fail-on", "never", "--select", "SMTP401"])
    done = run(programs, tool, shop, "run", "--all-files", "--verbose")
    assert done.returncode == 0, done.stdout + done.stderr
    assert told(done.stdout) == {("SMTP401", "shop/settings/production.py")}


@pytest.mark.parametrize("tool", TOOLS)
def test_what_the_pattern_lets_through(programs: tuple[Path, dict[str, str]], shop: Path, tool: str) -> None:
    (hook,) = [one for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")) if one["id"] == "smtplint"]
    hook |= {"language": "system", "entry": f"{sys.executable} -c 'import sys; print(*sys.argv[1:], sep=chr(10))'", "verbose": True}
    (shop / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": [hook]}]}), "utf-8")
    done = run(programs, tool, shop, "run", "--all-files")
    assert done.returncode == 0, done.stdout + done.stderr
    given = {line.strip() for line in done.stdout.splitlines()} & {*MAIL, *OTHER}
    assert given == {name for name, text in MAIL.items() if text or name.endswith(".py")}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_commit_that_touches_nothing_relevant(
    programs: tuple[Path, dict[str, str]], checkout: Path, shop: Path, tool: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(checkout, shop, "smtplint")
    commit(shop)
    run(programs, tool, shop, "run", "--all-files")
    (shop / "README.md").write_text("A shop, with words.\n", "utf-8")
    git(shop, "add", "README.md")
    begin = time.perf_counter()
    skipped = run(programs, tool, shop, "run")
    between = time.perf_counter()
    (shop / "tsconfig.json").write_text('{"compilerOptions": {"strict": true}}\n', "utf-8")
    git(shop, "add", "tsconfig.json")
    passed = run(programs, tool, shop, "run")
    end = time.perf_counter()
    assert skipped.returncode == passed.returncode == 0
    assert "no files to check" in skipped.stdout
    assert "Passed" in passed.stdout
    command = min(_timed(shop, "tsconfig.json") for _ in range(5))
    with capsys.disabled():
        print(
            f"\n{tool}, a commit without mail: {between - begin:.2f} s when no file is let through, {end - between:.2f} s when one is; "
            f"smtplint itself {command * 1000:.0f} ms"
        )
    assert command < 1


def _timed(folder: Path, name: str) -> float:
    begin = time.perf_counter()
    assert smtplint(folder, "check", name).returncode == 0
    return time.perf_counter() - begin


def test_findings_do_not_depend_on_which_files_come_together(shop: Path) -> None:
    names = [name for name in MAIL if (shop / name).stat().st_size]

    def findings(*files: str) -> dict[str, str]:
        done = smtplint(shop, "check", "--format", "json", "--fail-on", "never", *files)
        assert done.returncode == 0, done.stderr
        return {json.dumps(one, sort_keys=True): one["file"] for one in json.loads(done.stdout)["findings"]}

    whole = findings(*names)
    assert {(json.loads(one)["rule"], file) for one, file in whole.items()} == FOUND
    chance = random.Random(6)
    for parts in (1, 2, 2, 3, 3, len(names)):
        chance.shuffle(names)
        joined: dict[str, str] = {}
        for number in range(parts):
            joined |= findings(*names[number::parts])
        assert joined == whole


def test_the_hook_installs_without_a_compiler(checkout: Path, tmp_path: Path) -> None:
    """What pre-commit does, by hand: a plain copy without a history installs too."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    target = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", target, checkout],
        capture_output=True, text=True, check=False, env={**os.environ, "CC": "false", "CXX": "false"},
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"pip install failed: {done.stderr[-300:]}")
    assert (target / "smtplint/rules/catalog.bin").is_file()
