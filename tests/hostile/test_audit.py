"""Nothing of a linted tree is run, nothing is fetched, nothing is written that was not asked for.

The program runs in a process of its own under an audit hook that ends it at the first socket, the first child that is not git's listing, the first import from the
linted tree, the first file opened for writing elsewhere than in the outputs and the cache. The tree is full of traps.
"""

from __future__ import annotations

import os
import stat
import subprocess
import textwrap
from pathlib import Path

import pytest

from tests.folders import plant
from tests.hostile.harness import PYTHON, ROOT, environment

MARK = "TRAP"
TRAP = "open(__import__('os').environ['MARKER'], 'a').write(__file__)\n"
TREE = {
    "sitecustomize.py": TRAP,
    "usercustomize.py": TRAP,
    "conftest.py": TRAP,
    "setup.py": TRAP + "from setuptools import setup\nsetup()\n",
    "yaml.py": TRAP,
    "tomli.py": TRAP,
    "json.py": TRAP,
    "libcst/__init__.py": TRAP,
    "smtplint_plugin.py": TRAP,
    "settings.py": TRAP
    + "import base\nEMAIL_HOST = 'mail.example.org'\nEMAIL_PORT = 25\nEMAIL_PORT = __import__('os').system('touch $MARKER')\n"
    "EMAIL_USE_TLS = eval('open(1)')\nfrom local_settings import *\n",
    "local_settings.py": TRAP + "EMAIL_TIMEOUT = 5\n",
    "base.py": TRAP,
    "compose.yaml": "services:\n  a:\n    env_file: [.env, http://example.org/env]\n    environment: {SMTP_HOST: '$(touch $MARKER)', SMTP_PORT: 25}\n"
    "  b: !!python/object/apply:os.system ['touch $MARKER']\n  c: {extends: {file: 'http://example.org/c.yaml', service: a}}\n",
    ".env": "SMTP_HOST=`touch $MARKER`\nSMTP_PORT=$(touch $MARKER)25\nSMTP_URL=smtp://mail.example.org:25\n",
    ".envrc": "export SMTP_HOST=mail.example.org SMTP_PORT=$(touch $MARKER)\n",
    "main.cf": "relayhost = mail.example.org:25\n",
    ".msmtprc": "account a\nhost mail.example.org\nport 25\npasswordeval touch $MARKER\n",
    "pyproject.toml": "[tool.smtplint]\ndocs = true\n",
    "README.md": "```yaml\nsmtp: {host: mail.example.org, port: 25}\n```\n",
}
GUARD = """
import os, sys
TREE, ALLOWED = os.environ["TREE"], os.environ["ALLOWED"].split(os.pathsep)
said = []
def stop(event, what):
    os.write(2, f"AUDIT {event} {what!r}\\n".encode())
    os._exit(99)
def hook(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.", "smtplib.", "ftplib.")) or event in (
        "os.system", "os.exec", "os.fork", "os.forkpty", "os.spawn", "pty.spawn", "subprocess.Popen", "os.startfile", "webbrowser.open", "ctypes.dlopen",
        "os.remove", "os.rmdir", "os.chmod", "os.chown", "os.link", "os.symlink", "shutil.rmtree", "code.__new__"):
        paths = [os.path.abspath(os.fsdecode(one)) for one in arguments[:1] if isinstance(one, (str, bytes))]
        if not (event in ("os.remove", "os.chmod") and paths and paths[0].startswith(tuple(ALLOWED))):
            stop(event, arguments)
    elif event == "os.posix_spawn":
        words = [os.fsdecode(word) for word in arguments[1]]
        if os.path.basename(os.fsdecode(arguments[0])) != "git" or not {"ls-files", "check-ignore"} & set(words) or "core.fsmonitor=false" not in words:
            stop(event, words)
        said.append("git")
    elif event == "os.rename":
        if not os.path.abspath(os.fsdecode(arguments[1])).startswith(tuple(ALLOWED)):
            stop(event, arguments)
    elif event == "open":
        path, mode, flags = arguments
        if isinstance(path, int):
            return
        writes = (isinstance(mode, str) and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))
        whole = os.path.abspath(os.fsdecode(path))
        if writes and whole != os.devnull and not whole.startswith(tuple(ALLOWED)):
            stop(event, arguments)
    elif event in ("exec", "compile"):
        name = getattr(arguments[0], "co_filename", "") if event == "exec" else arguments[1]
        if isinstance(name, bytes):
            name = os.fsdecode(name)
        if isinstance(name, str) and name and os.path.abspath(name).startswith(TREE + os.sep) and event == "exec" and not name.startswith("<"):
            stop(event, name)
    elif event == "import":
        found = arguments[1]
        if isinstance(found, str) and os.path.abspath(found).startswith(TREE + os.sep):
            stop(event, found)
from smtplint import cli
sys.addaudithook(hook)
code = cli.main(sys.argv[1:])
os.write(2, f"CODE {code} {len(said)}\\n".encode())
"""


@pytest.fixture
def trapped(here: Path) -> Path:
    plant(here, TREE)
    marker = here.parent / MARK
    env = {"PATH": os.environ["PATH"], "HOME": str(here.parent), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "init", "-q"], check=True, env=env)
    subprocess.run(["git", "add", "-A"], check=True, env=env)
    script = here.parent / "trap.sh"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    hooks = here / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "pre-commit", "post-checkout", "reference-transaction", "fsmonitor-watchman"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {marker}\n")
        (hooks / name).chmod(0o755)
    with open(here / ".git/config", "a") as file:
        file.write(
            textwrap.dedent(f"""
            [core]
                fsmonitor = {script}
                hooksPath = {hooks}
                pager = {script}
                sshCommand = {script}
                editor = {script}
            [filter "x"]
                clean = {script}
                smudge = {script}
                process = {script}
            [diff]
                external = {script}
            [alias]
                ls-files = !{script}
                check-ignore = !{script}
            [include]
                path = more
            [includeIf "gitdir:**"]
                path = more
            [safe]
                directory = *
            [credential]
                helper = !{script}
            [uploadpack]
                packObjectsHook = {script}
            """)
        )
    (here / ".git/more").write_text(f"[core]\n\tfsmonitor = {script}\n\tfsmonitorHookVersion = 1\n\tuntrackedCache = true\n")
    (here / ".gitattributes").write_text("* filter=x\n")
    return here


def guarded(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    folder = tree.parent
    allowed = os.pathsep.join((str(folder / "out"), str(folder / "cache")))
    (folder / "out").mkdir(exist_ok=True)
    env = environment(
        TREE=str(tree), ALLOWED=allowed, MARKER=str(folder / MARK), XDG_CACHE_HOME=str(folder / "cache"), PYTHONDONTWRITEBYTECODE="1"
    )
    # -P keeps the working directory off the path of imports where there is such a switch; the command that is installed does the same.
    script = folder / "guard.py"
    script.write_text(GUARD)
    return subprocess.run([PYTHON, str(script), *words], cwd=tree, env=env, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize(
    "words",
    [
        ["check", "--format", "sarif", "-o", "../out/a.sarif", "--format", "text", "--docs", "--write-baseline", "../out/base.json"],
        ["endpoints", "--format", "html", "-o", "../out/a.html"],
        ["check", "--diff", "--unsafe-fixes", "--no-cache"],
    ],
    ids=["check", "endpoints", "diff"],
)
def test_nothing_is_run_fetched_or_written(trapped: Path, words: list[str]) -> None:
    before = {path: path.read_bytes() for path in trapped.rglob("*") if path.is_file()}
    done = guarded(trapped, *words)
    assert "AUDIT" not in done.stderr, done.stderr
    code, _, listings = done.stderr.rpartition("CODE ")[2].partition(" ")
    assert code in "01" and int(listings) >= 1, done.stderr
    assert not (trapped.parent / MARK).exists(), "a trap has sprung"
    assert {path: path.read_bytes() for path in trapped.rglob("*") if path.is_file()} == before


def test_the_guard_bites(here: Path) -> None:
    plant(here, {".env": "SMTP_HOST=mail.example.org\nSMTP_PORT=25\n"})
    assert "AUDIT open" in guarded(here, "check", "--format", "json", "-o", "elsewhere.json").stderr


_INSTALLED = f"import sys; sys.path.append({str(ROOT)!r}); from smtplint.cli import main; sys.exit(main(['check', '-q']))"


@pytest.mark.parametrize("words", [["-m", "smtplint", "check", "-q"], ["-I", "-c", _INSTALLED]], ids=["module", "installed"])
def test_modules_of_the_tree_are_not_imported(trapped: Path, words: list[str]) -> None:
    """Also not by `python -m smtplint`, which has the working directory on its path by Python's own rule."""
    env = environment(MARKER=str(trapped.parent / MARK), XDG_CACHE_HOME=str(trapped.parent / "cache"))
    done = subprocess.run([PYTHON, *words], cwd=trapped, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1, done.stderr
    assert not (trapped.parent / MARK).exists()
