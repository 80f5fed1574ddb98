"""Faults of the file system, injected one by one: the right exit code, a clear line, and nothing lost that could be had.

Beside every broken thing lies a good file. A fault among what is read costs that thing alone: the finding of the good file is there, the run
ends with 1, and standard error says what was left out where somebody would miss it. A fault of what is written, or of what the user named, ends the run
with 2 and one line; what lay there before is still there.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smtplint import files, listing, writing
from tests.folders import plant
from tests.hostile.harness import PYTHON, call, environment

# Many runs, most of them in processes of their own.
pytestmark = pytest.mark.full

GOOD = "good.env"
MAIL = b"SMTP_HOST=mail.example.org\nSMTP_PORT=25\n"
Make = Callable[[Path], None]


def git(folder: Path, *words: str) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *words], cwd=folder, env=env, check=True, capture_output=True)


@pytest.fixture
def tree(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with one good file."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(here.parent / "cache"))
    monkeypatch.setattr(listing, "PATIENCE", 1)
    plant(here, {GOOD: MAIL})
    return here


def held(*paths: str) -> str:
    """A run over paths (all by default): the good file's finding is told and the run ends as it does without the fault. Yields standard error."""
    begin = time.monotonic()
    code, out, err = call("check", "--no-cache", *paths)
    assert time.monotonic() - begin < 20
    assert f"{GOOD}:1:" in out or f"{GOOD}:2:" in out, (out, err)
    assert code == 1 and "internal error" not in err, err
    return err


def outside(tree: Path) -> Path:
    folder = tree.parent / "outside"
    plant(folder, {"secret.env": MAIL, "folder/x.env": MAIL})
    return folder


def _loop(tree: Path) -> None:
    (tree / "self.env").symlink_to("self.env")
    (tree / "a.env").symlink_to("b.env")
    (tree / "b.env").symlink_to("a.env")
    (tree / "folder").mkdir()
    (tree / "folder/up").symlink_to("..")


def _out(tree: Path) -> None:
    (tree / "out.env").symlink_to(outside(tree) / "secret.env")
    (tree / "folder").symlink_to(outside(tree) / "folder")
    (tree / "etc").symlink_to("/etc")


def _special(tree: Path) -> None:
    os.mkfifo(tree / "pipe.env")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket.env")
    for name in ("zero", "random", "tty", "stdin", "full", "null"):
        (tree / f"{name}.env").symlink_to(f"/dev/{name}")
    (tree / "memory.env").symlink_to("/proc/self/mem")
    (tree / "kernel.env").symlink_to("/proc/kmsg")


def _folders(tree: Path) -> None:
    for name in (
        ".env",
        "compose.yaml",
        "settings.py",
        "main.cf",
        "package.json",
        ".gitignore",
        ".gitmodules",
        "requirements.txt",
        ".python-version",
    ):
        (tree / name).mkdir()


NAMES = (
    b"new\nline.env",
    b"\xff\xfe\x80.env",
    b"tab\t.env",
    b"\x1b[31mred.env",
    b"-q.env",
    b"a:1:2.env",
    "é😀\u202e.env".encode(),
    b" .env",
    b"x" * 250 + b".env",
)


def _names(tree: Path) -> None:
    for name in NAMES:
        with open(os.path.join(os.fsencode(tree), name), "wb") as file:
            file.write(MAIL)


def _deep(tree: Path) -> None:
    """A path of 5,000 characters: longer than any that a system call takes."""
    fd = os.open(tree, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=fd)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = inner
    last = os.open("deep.env", os.O_WRONLY | os.O_CREAT, dir_fd=fd)
    os.write(last, MAIL)
    os.close(last)
    os.close(fd)


def _dangling(tree: Path) -> None:
    (tree / "gone.env").symlink_to("nowhere.env")
    (tree / "compose.yaml").symlink_to("/nonexistent/compose.yaml")


def _ignore_pipe(tree: Path) -> None:
    os.mkfifo(tree / ".gitmodules")
    (tree / "folder").mkdir()
    os.mkfifo(tree / "folder/.gitignore")


def _ignore_loop(tree: Path) -> None:
    (tree / ".gitignore").symlink_to(".gitignore")
    (tree / ".gitmodules").symlink_to("/dev/zero")


def _companions(tree: Path) -> None:
    """Everything a file may point at: devices, pipes, folders, files out of the tree."""
    os.mkfifo(tree / "pipe")
    os.mkfifo(tree / "base.py")
    os.mkfifo(tree / "package.json")
    os.mkfifo(tree / "requirements.txt")
    (tree / "folder").mkdir()
    (tree / "zero").symlink_to("/dev/zero")
    (tree / "outer.env").symlink_to(outside(tree) / "secret.env")
    env_files = "[pipe, folder, zero, outer.env, /dev/zero, /etc/passwd, ../outside/secret.env, '~/x', 'http://h/x', '', '\\0', nowhere]"
    plant(
        tree,
        {
            "compose.yaml": f"include: [pipe, zero, folder, /dev/zero]\nservices:\n  a:\n    env_file: {env_files}\n    extends: {{file: pipe, service: b}}\n"
            "    environment: {SMTP_HOST: mail.example.org, SMTP_PORT: 25}\n",
            "settings.py": "from base import *\nfrom zero import *\nfrom .folder import *\nEMAIL_HOST = 'mail.example.org'\n",
            ".gitconfig": "[include]\n path = pipe\n path = /dev/zero\n[sendemail]\n smtpserver = mail.example.org\n",
            "kustomization.yaml": "resources: [pipe, zero, folder, ../outside]\nconfigMapGenerator: [{name: smtp, envs: [pipe, zero]}]\n",
            "config.ini": "[smtp]\nhost = ${file:/dev/zero}\npassword = file:///dev/zero\n",
        },
    )


# What lies in the tree, and what is said about it (nothing: nobody misses it). Git itself leaves out a path that is too long.
FAULTS: dict[str, tuple[Make, str]] = {
    "links in loops": (_loop, ""),
    "links out of the tree": (_out, ""),
    "dangling links": (_dangling, ""),
    "pipes, sockets and devices": (_special, ""),
    "folders named like files": (_folders, ""),
    "a path longer than the system takes": (_deep, "cannot be read: file name too long"),
    "pipes for files of git's": (_ignore_pipe, ""),
    "links for files of git's": (_ignore_loop, ""),
    "companions of every kind": (_companions, ""),
}


@pytest.mark.parametrize("repository", [False, True], ids=["walk", "git"])
@pytest.mark.parametrize("name", FAULTS)
def test_what_is_read(tree: Path, name: str, repository: bool) -> None:
    make, said = FAULTS[name]
    if repository:
        git(tree, "init", "-q")
        git(tree, "add", "-A")
    make(tree)
    lines = held().splitlines()
    if said and not repository:
        assert len(lines) == 1 and said in lines[0]
    else:
        assert lines == []


@pytest.mark.parametrize("repository", [False, True], ids=["walk", "git"])
def test_names_of_any_bytes(tree: Path, repository: bool) -> None:
    _names(tree)
    if repository:
        git(tree, "init", "-q")
    held()
    code, out, _ = call("check", "--no-cache", "--format", "json")
    assert code == 1 and len({finding["file"] for finding in json.loads(out)["findings"]}) == len(NAMES) + 1
    # Each by its own name, too.
    code, out, err = call("check", "--no-cache", "-q", "--", *map(os.fsdecode, NAMES))
    assert code == 1 and out.count("SMTP101") == len(NAMES), err


# What was named, how the run ends, and what is said.
NAMED: dict[str, tuple[Make, str, int, str]] = {
    "a link to itself": (_loop, "self.env", 0, "cannot be read: too many levels of symbolic links"),
    "a link out of the tree": (_out, "out.env", 0, "is a link that leads out of the project; name the file itself to have it linted"),
    "a link to nothing": (_dangling, "gone.env", 2, "there is no file or folder 'gone.env'"),
    "a pipe": (_special, "pipe.env", 0, "is not a regular file"),
    "a socket": (_special, "socket.env", 0, "is not a regular file"),
    "a device": (_special, "/dev/zero", 0, "is not a regular file"),
    "a link to a device": (_special, "zero.env", 0, "is not a regular file"),
    "memory": (_special, "/proc/self/mem", 0, "cannot be read: input/output error"),
    "a file below a file": (_special, "good.env/x.env", 2, "there is no file or folder 'good.env/x.env'"),
    "a name too long": (_special, "x" * 300 + ".env", 0, "cannot be read: file name too long"),
    "a name with NUL": (_special, "a\0b.env", 2, "there is no file or folder 'a\\x00b.env'"),
    "an empty name": (_special, "", 2, "there is no file or folder ''"),
}


@pytest.mark.parametrize("name", NAMED)
def test_what_is_named(tree: Path, name: str) -> None:
    make, path, code, said = NAMED[name]
    make(tree)
    found, _, err = call("check", "--no-cache", path)
    assert (found, err.count("\n")) == (code, 1) and said in err, err
    if code == 0:
        assert said in held(path, GOOD)


def _between(tree: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]) -> None:
    """Change a file between the moment it was listed and the moment it is read."""
    plant(tree, {"a.env": MAIL})
    real = listing.read_bytes

    def read(path: str, *rest: int, **more: bool) -> bytes:
        if path == "a.env":
            change(tree / path)
        return real(path, *rest, **more)

    monkeypatch.setattr(files, "read_bytes", read)


def _becomes_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _becomes_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _becomes_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(outside(path.parent) / "secret.env")


def _becomes_large(path: Path) -> None:
    with path.open("ab") as file:
        file.truncate(1 << 32)


def _fails(path: Path) -> None:
    raise OSError(5, "Input/output error")


def _no_reason(path: Path) -> None:
    raise OSError


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "vanishes": (Path.unlink, ""),
    "becomes a folder": (_becomes_folder, ""),
    "becomes a pipe": (_becomes_pipe, ""),
    "becomes a link out": (_becomes_link, ""),
    "grows": (_becomes_large, "is larger than 2097152 bytes and was not read"),
    "is emptied": (lambda path: os.truncate(path, 0), ""),
    "fails": (_fails, "cannot be read: input/output error"),
    "fails without a reason": (_no_reason, "cannot be read: input or output error"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_meanwhile(tree: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    change, said = CHANGES[name]
    _between(tree, monkeypatch, change)
    err = held()
    assert err == (f"a.env: warning: {said}\n" if said else "")


def as_nobody(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The program as a user who may not read everything, which root may."""
    if os.geteuid() != 0:
        return subprocess.run(
            [PYTHON, "-m", "smtplint", *words], cwd=cwd, env=environment(HOME="/nonexistent"), capture_output=True, text=True, check=False
        )
    # What is imported later may lie where only root can read.
    code = (
        "import os, sys, pkgutil, importlib; from smtplint import cli; import smtplint\n"
        "for one in pkgutil.walk_packages(smtplint.__path__, 'smtplint.'):\n"
        "    if not one.name.endswith(('__main__', 'lsp', 'build')): importlib.import_module(one.name)\n"
        "import yaml, tomli, json, glob, difflib, html, encodings.idna\n"
        "from smtplint import catalog; kept = catalog.load(cache=False); catalog.load = lambda *_, **__: kept\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    return subprocess.run(
        [PYTHON, "-c", code, *words], cwd=cwd, env=environment(HOME="/nonexistent"), capture_output=True, text=True, check=False
    )


@pytest.fixture
def forbidden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that others can reach, with a file and a folder they may not read."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="smtplint-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        plant(folder, {GOOD: MAIL, "shut.env": MAIL, "shut/x.env": MAIL, "old.json": b"old"})
        (folder / "shut.env").chmod(0)
        (folder / "shut").chmod(0)
        yield folder
        (folder / "shut").chmod(0o700)


def test_what_may_not_be_read(forbidden: Path) -> None:
    done = as_nobody("check", "--isolated", cwd=forbidden)
    assert done.returncode == 1 and GOOD in done.stdout
    assert done.stderr.splitlines() == [
        "shut: warning: cannot be read: permission denied",
        "shut.env: warning: cannot be read: permission denied",
    ]


def test_where_nothing_may_be_written(forbidden: Path) -> None:
    for name in ("new.json", "old.json"):
        done = as_nobody("check", "--isolated", "--format", "json", "-o", name, cwd=forbidden)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.endswith(f"\nsmtplint: error: cannot write '{name}': permission denied\n")
    assert (forbidden / "old.json").read_bytes() == b"old"
    done = as_nobody("check", "--isolated", "--fix", "--unsafe-fixes", cwd=forbidden)
    assert done.returncode == 2 and done.stderr.endswith(f"smtplint: error: cannot write '{GOOD}': permission denied; nothing was fixed\n")
    assert (forbidden / GOOD).read_bytes() == MAIL, "nothing was fixed"


# ------------------------------------------------------------------------------------------------------------------------
# What the user named as configuration: a fault there ends the run, since nothing would be right without it.


def _make(kind: str, path: Path) -> None:
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "nothing":
        path.symlink_to("/nonexistent/x")
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "garbage":
        path.write_bytes(os.urandom(2000) + b"\0\xff")
    elif kind == "nested":
        path.write_bytes(b"a = " + b"[" * 60_000 if path.suffix == ".toml" else b"[" * 60_000)
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(1 << 31)


KINDS = ("folder", "pipe", "loop", "nothing", "device", "garbage", "nested", "large")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "words", [("smtplint.toml",), ("--config", "x.toml"), ("--baseline", "base.json")], ids=lambda words: words[0].strip("-")
)
def test_configuration(tree: Path, words: tuple[str, ...], kind: str) -> None:
    _make(kind, tree / words[-1])
    begin = time.monotonic()
    code, out, err = call("check", "--no-cache", *(words if len(words) > 1 else ()))
    assert time.monotonic() - begin < 10
    if kind == "pipe" and words[0] != "--baseline":
        # Nobody writes into it, so it is empty, as /dev/null would be.
        assert code == 1 and GOOD in out and err == ""
        return
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert err.startswith(f"smtplint: error: {words[-1]}:"), err


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "large"])
def test_rules_of_ones_own(tree: Path, kind: str) -> None:
    (tree / "rules/checks").mkdir(parents=True)
    _make(kind, tree / "rules/checks/X1.yaml")
    code, out, err = call("check", "--no-cache", "--rules", "rules")
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert "rules/checks/X1.yaml" in err and "internal" not in err


@pytest.mark.parametrize("kind", KINDS)
def test_the_cache_is_never_missed(tree: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Whatever lies where the cache should be: a run without it, and nothing is said."""
    for at in ("cache", "cache/smtplint", "cache/smtplint/catalog.bin"):
        home = tree.parent / f"home-{at.count('/')}"
        (home / at).parent.mkdir(parents=True)
        _make(kind, home / at)
        monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        code, out, err = call("check")
        assert code == 1 and GOOD in out and err == "", err


# ------------------------------------------------------------------------------------------------------------------------
# What is written: whole or not at all


def run(*words: str, cwd: Path, **options: object) -> subprocess.CompletedProcess[str]:
    given: dict[str, object] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([PYTHON, "-m", "smtplint", *words], cwd=cwd, env=environment(), text=True, check=False, timeout=120, **given)  # type: ignore[call-overload,no-any-return]


def small() -> None:
    """No file may grow past 100 bytes: what a full disk does, and the signal that comes with it is ignored as Python does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


OUTPUTS = {
    "report": ("check", "--format", "sarif", "-o", "out", "."),
    "second report": ("check", "--format", "text", "-o", "first", "--format", "json", "-o", "out"),
    "endpoints": ("endpoints", "--format", "html", "-o", "out"),
    "baseline": ("check", "--write-baseline", "out"),
}


@pytest.mark.parametrize("old", [True, False], ids=["replaced", "new"])
@pytest.mark.parametrize("name", OUTPUTS)
def test_full_disk(tree: Path, name: str, old: bool) -> None:
    if old:
        (tree / "out").write_bytes(b"old")
    done = run(*OUTPUTS[name], "--no-cache", cwd=tree, preexec_fn=small)
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last in ("smtplint: error: cannot write 'out': file too large", "smtplint: error: cannot write 'first': file too large"), (
        done.stderr
    )
    assert sorted(path.name for path in tree.iterdir()) == sorted([GOOD, *(["out"] if old else [])]), "nothing else is left"
    assert not old or (tree / "out").read_bytes() == b"old"


def test_full_file_system(tree: Path) -> None:
    """A file system of 64 KB that is full, where one can be mounted."""
    disk = tree.parent / "disk"
    disk.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True, check=False).returncode
    ):
        pytest.skip("nothing can be mounted here")
    try:
        (disk / "out").write_bytes(b"old")
        (disk / "fill").write_bytes(b"x" * 40_000)
        done = run("endpoints", "--format", "html", "-o", str(disk / "out"), cwd=tree)
        assert done.returncode == 2 and done.stderr.endswith("no space left on device\n"), done.stderr
        assert (disk / "out").read_bytes() == b"old" and len(list(disk.iterdir())) == 2
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True, capture_output=True)
        done = run("endpoints", "--format", "csv", "-o", str(disk / "out"), cwd=tree)
        assert done.returncode == 2 and done.stderr.endswith("read-only file system\n"), done.stderr
    finally:
        subprocess.run(["umount", str(disk)], check=True, capture_output=True)


def test_fixes_on_a_full_disk(tree: Path) -> None:
    """The files that could be written get their old text back: fixes belong together."""
    plant(tree, {"a.env": MAIL, "b.env": MAIL + b"# " + b"x" * 200 + b"\n"})
    before = {path.name: path.read_bytes() for path in tree.iterdir()}
    done = run("check", "--fix", "--unsafe-fixes", "--no-cache", cwd=tree, preexec_fn=small)
    assert done.returncode == 2, done.stderr
    assert done.stderr.endswith("smtplint: error: cannot write 'b.env': file too large; nothing was fixed\n")
    assert {path.name: path.read_bytes() for path in tree.iterdir()} == before


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("folder", "is a directory"),
        ("nowhere/out", "no such file or directory"),
        ("good.env/out", "not a directory"),
        ("loop", "too many levels of symbolic links"),
        ("/dev/full", "no space left on device"),
        ("/proc/out", "no such file or directory"),
        ("x" * 300, "file name too long"),
    ],
)
def test_what_cannot_be_written(tree: Path, path: str, said: str) -> None:
    (tree / "folder").mkdir()
    (tree / "loop").symlink_to("loop")
    for words in (("check", "--format", "json", "-o", path), ("check", "--write-baseline", path)):
        code, out, err = call(*words, "--no-cache")
        assert (code, out) == (2, "") and err.endswith(f": {said}\n") and err.count("\n") == 1, err
    assert sorted(one.name for one in tree.iterdir()) == ["folder", GOOD, "loop"]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", "| true", "2>&1 >/dev/null | true"])
def test_streams_that_are_closed(tree: Path, closed: str) -> None:
    """Who reads nothing is told nothing, and the exit code is that of the run; what could not be written ends it with 2."""
    plant(tree, {"broken.yaml": "smtp: [\n"})
    line = f"set -o pipefail; '{PYTHON}' -m smtplint check --no-cache {closed}; echo code $?"
    done = subprocess.run(["bash", "-c", line], cwd=tree, env=environment(), capture_output=True, text=True, check=False, timeout=60)
    code = 2 if closed == ">/dev/full" else 1
    assert done.stdout.endswith(f"code {code}\n"), (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr, done.stderr


# ------------------------------------------------------------------------------------------------------------------------
# Interrupted


def heeding() -> None:
    """A shell makes its background processes deaf to SIGINT, and they their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


INTERRUPTER = """
import importlib, os, signal, sys
module, _, name = sys.argv[1].rpartition(".")
from smtplint import cli
home = importlib.import_module(module)
real = getattr(home, name)
def interrupting(*words, **more):
    os.kill(os.getpid(), signal.SIGINT)
    return real(*words, **more)
setattr(home, name, interrupting)
sys.exit(cli.main(sys.argv[2:]))
"""


@pytest.mark.parametrize(
    "moment", ["files.candidate", "writing.write_all", "linter.collect", "judge.judge", "report.sarif.render", "suppress.apply"]
)
def test_interrupt(tree: Path, moment: str) -> None:
    """At every stage of a run: one line, the old output, no temporary file."""
    (tree / "out").write_bytes(b"old")
    words = ("check", "--no-cache", "--format", "sarif", "-o", "out")
    done = subprocess.run([PYTHON, "-c", INTERRUPTER, f"smtplint.{moment}", *words], cwd=tree, env=environment(), capture_output=True, text=True,
                          check=False, timeout=60, preexec_fn=heeding)  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "smtplint: interrupted\n")
    assert {path.name: path.read_bytes() for path in tree.iterdir()} == {GOOD: MAIL, "out": b"old"}


def test_interrupt_while_git_hangs(tree: Path) -> None:
    """The signal goes to this process alone, and git, which waits for ever, is ended too."""
    fake = tree.parent / "bin/git"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\necho $$ > '{tree.parent}/pid'\nexec sleep 600\n")
    fake.chmod(0o755)
    (tree / ".git").mkdir()
    process = subprocess.Popen([PYTHON, "-m", "smtplint", "check"], cwd=tree, env=environment(PATH=f"{fake.parent}:{os.environ['PATH']}"),
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=heeding)  # fmt: skip
    pid = tree.parent / "pid"
    end = time.monotonic() + 30
    while not (pid.exists() and pid.read_text().strip()) and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (2, "smtplint: interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_interrupt_while_writing(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / "out").write_bytes(b"old")

    def half(fd: int, data: bytes) -> None:
        os.write(fd, data[: len(data) // 2])
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "write_all", half)
    for words in (("check", "--format", "json", "-o", "out"), ("check", "--write-baseline", "out"), ("check", "--fix", "--unsafe-fixes")):
        assert call(*words, "--no-cache") == (2, "", "smtplint: interrupted\n")
    assert {path.name: path.read_bytes() for path in tree.iterdir()} == {GOOD: MAIL, "out": b"old"}


# ------------------------------------------------------------------------------------------------------------------------
# Git


@pytest.mark.parametrize(
    "script",
    [
        "exit 1",
        "exit 128",
        "kill -9 $$",
        "kill -SEGV $$",
        "printf 'good.env'; exit 3",
        "exec sleep 600",
        "printf 'half'; exec sleep 600",
        "echo 'not a list'; exit 1",
    ],
)
def test_a_git_that_fails(tree: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Then the folders are walked, and the same is found."""
    fake = tree.parent / "bin/git"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    (tree / ".git").mkdir()
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    assert held() == ""


def test_no_descriptors_left(tree: Path) -> None:
    """Where git cannot be started for want of descriptors, folders are walked."""
    git(tree, "init", "-q")
    code = (
        "import resource, sys; from smtplint import cli, listing\n"
        "import smtplint.linter, smtplint.report.text\n"
        "real = listing.run_git\n"
        "def few(*words):\n"
        "    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))\n"
        "    try: return real(*words)\n"
        "    finally: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))\n"
        "import smtplint.folders; smtplint.folders.run_git = few\n"
        "sys.exit(cli.main(['check', '--no-cache', '-q']))"
    )
    done = subprocess.run([PYTHON, "-c", code], cwd=tree, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1 and GOOD in done.stdout and done.stderr == "", done.stderr
