"""The trees of Python files in the user's cache: the same answers from them, nothing of the files in them, and no failure that matters."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from smtplint import cache
from smtplint.readers.python import Reader
from smtplint.readers.python.run import _print
from smtplint.source import Source

ROOT = Path(__file__).parents[1]
CANARY = "Sw0rdfish-canary-31337"
SETTINGS = f"""\
import os
from pathlib import Path
BASE = Path(__file__).resolve().parent / "conf"
DEBUG = os.getenv("DEBUG", "false").lower() in ("1", "true")
NAME = r"sm\\tp" "." f"{{'example'}}.org" f"{{DEBUG!r}}"
EMAIL_HOST = ("smtp"
    ".example.org")
EMAIL_HOST_PASSWORD = "{CANARY}"
EMAIL_PORT: int = 25 if DEBUG else -(-587)
EMAIL_TIMEOUT = 1e1 + 2 * 3 // 2
X = (*[1, 2], 3)
EMAIL_BACKEND = {{"a": 1, **{{"b": X[0:1]}}}}["a"] or not None
MAIL = {{1, 2}} | {{3}}
EMAIL_USE_TLS = 1 < 2 <= 3 and X is not None and (lambda: 0)
EMAIL_FROM = "%s@%s" % ("é😀", NAME)
LOGGING = dict(handlers={{"mail": {{"class": "logging.handlers.SMTPHandler", "args": [*X], **BASE}}}})
EMAIL_PORT += 1
if DEBUG:
    EMAIL_HOST = b"x"
class MailConfig:
    MAIL_PORT = 25
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "smtplint" / "python"


def seen(text: str, *, keep: bool = True) -> list[object]:
    """What a module says in all its worlds, places included."""
    return [(world.branch, _print(world.root), world.reads) for world in Reader(Source("settings.py", text), cache=keep).read().worlds]


def no_libcst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libcst", None)


def test_the_same_from_the_cache(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = seen(SETTINGS, keep=False)
    assert not home.exists()
    assert seen(SETTINGS) == plain
    assert len(list(home.iterdir())) == 1
    no_libcst(monkeypatch)
    assert seen(SETTINGS) == plain
    with pytest.raises(ImportError):
        seen(SETTINGS + "\nEMAIL_PORT = 1\n")  # another text has another entry


def test_nothing_of_the_file_is_kept(home: Path) -> None:
    seen(SETTINGS)
    (entry,) = home.iterdir()
    assert re.fullmatch(rb"[0-9 ]+\n[0-9a-f]{16}", entry.read_bytes())
    assert re.fullmatch(r"[0-9a-f]{40}", entry.name)
    assert entry.stat().st_mode & 0o077 == 0 and home.stat().st_mode & 0o077 == 0 and home.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("spoil", [
    lambda data: b"",
    lambda data: data[: len(data) // 2],
    lambda data: data.replace(b" 2", b" 3", 1),
    lambda data: b"\x00" * 4096,
    lambda data: b"1 1 1 999999 0 0 0 0" + data[data.index(b"\n"):],
    lambda data: data + b"0",
])  # fmt: skip
def test_a_broken_entry_is_none(home: Path, spoil: Callable[[bytes], bytes]) -> None:
    plain = seen(SETTINGS)
    (entry,) = home.iterdir()
    good = entry.read_bytes()
    entry.write_bytes(spoil(good))
    assert seen(SETTINGS) == plain
    assert entry.read_bytes() == good


def test_an_entry_that_does_not_fit_its_text_is_none(home: Path) -> None:
    """Even with its sum right: offsets past the end, unknown kinds, too few numbers."""
    from smtplint.readers.python import stored

    plain = seen(SETTINGS)
    (entry,) = home.iterdir()
    for line in (
        b"1 1 0 0 0 0 99999 0",
        b"1 1 0 99 0 0 0 0",
        b"1 1 0 0 99 0 0 0",
        b"7",
        b"x",
        b"",
        b"1 1 0 0 0 9 3 0",
        b"1 1 0 " + b"0 0 0 0 1 " * 900,
    ):
        entry.write_bytes(line + b"\n" + stored._sum(line))
        assert seen(SETTINGS) == plain


def test_a_folder_that_others_can_write_to_is_left_alone(home: Path) -> None:
    home.parent.mkdir(parents=True)
    home.parent.chmod(0o777)
    assert seen(SETTINGS) == seen(SETTINGS, keep=False)
    assert list(home.parent.iterdir()) == []


def test_a_link_is_no_folder(home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    home.parent.parent.mkdir()
    home.parent.symlink_to(tmp_path / "elsewhere")
    seen(SETTINGS)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_that_cannot_be_made(home: Path) -> None:
    home.parent.parent.write_text("a file")
    assert seen(SETTINGS) == seen(SETTINGS, keep=False)


@pytest.mark.parametrize("name", ["open", "replace", "makedirs"])
def test_a_full_disk(home: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    plain = seen(SETTINGS, keep=False)
    monkeypatch.setattr(os, name, fail)
    assert seen(SETTINGS) == plain
    monkeypatch.undo()
    assert not home.exists() or list(home.iterdir()) == []


def test_a_disk_that_fills_up_while_writing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """/dev/full takes the bytes and fails when they are to be kept."""
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, flags, mode=0o777: (real(path, flags, mode), real("/dev/full", os.O_WRONLY))[1])
    seen(SETTINGS)
    assert list(home.iterdir()) == []


def test_no_home_to_keep_it_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.place("x") == ""
    assert seen(SETTINGS) == seen(SETTINGS, keep=False)


def test_it_does_not_grow_without_end(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_ENTRIES", 6)
    for number in range(20):
        seen(f"EMAIL_PORT = ({number})\n")
        assert len(list(home.iterdir())) <= 6
    newest = max(home.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    seen("EMAIL_PORT = (19)\n")
    assert newest.exists()


def check(folder: Path, *words: str) -> subprocess.Popen[str]:
    code = (
        "import sys; from smtplint.cli import main\n"
        f"code = main(['check', '--isolated', '--format', 'json', *{list(words)!r}])\n"
        "print('libcst' in sys.modules, file=sys.stderr); sys.exit(code)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", code], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_runs_side_by_side_and_after_each_other(home: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "settings.py").write_text(SETTINGS)
    both = [check(tree) for _ in range(4)]
    first = {process.communicate()[0] for process in both}
    assert len(first) == 1 and CANARY not in first.pop()
    again = check(tree)
    out, err = again.communicate()
    assert err == "False\n"  # nothing changed, so libcst was not needed
    without = check(tree, "--no-cache")
    assert without.communicate() == (out, "True\n")
    assert len(list(home.iterdir())) == 1


def test_no_cache_writes_nothing(home: Path, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(SETTINGS)
    process = check(tmp_path, "--no-cache", "settings.py")
    process.communicate()
    assert process.returncode == 1
    assert not home.parent.exists()
