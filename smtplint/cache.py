"""The user's cache folder: whole files or none, and nothing from a folder that others can write to.

What is kept there are pure functions of bytes: the compiled rules, and the trees of Python files. Losing it costs time only, so no failure
is ever told: a folder that cannot be written, a full disk, an entry that somebody else is replacing.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# A folder of entries is halved when it holds more of them than this, the oldest first.
MAX_ENTRIES = 1000
MAX_BYTES = 64 * 1024 * 1024
# Whatever lies where an entry should be: no FIFO is waited for.
_SAFELY = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def place(*names: str) -> str:
    """The path of an entry, "" when there is no folder to keep it in: none that is absolute, or one that is not this user's alone to write."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    if not os.path.isabs(home):
        return ""
    folder = os.path.join(home, "smtplint")
    return os.path.join(folder, *names) if _private(folder) else ""


def _private(folder: str) -> bool:
    """Whether a folder is not there yet, or belongs to this user and nobody else may write to it."""
    if not hasattr(os, "getuid"):
        return True
    try:
        found = os.lstat(folder)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


def opened(path: str) -> int | None:
    """A descriptor of an entry, None when there is none."""
    try:
        fd = os.open(path, os.O_RDONLY | _SAFELY)
    except OSError:
        return None
    try:
        found = os.fstat(fd)
        if stat.S_ISREG(found.st_mode) and found.st_size <= MAX_BYTES:
            return fd
    except OSError:
        pass
    os.close(fd)
    return None


def read(path: str) -> bytes | None:
    """The bytes of an entry, None when there is none."""
    fd = opened(path)
    if fd is None:
        return None
    try:
        return os.read(fd, os.fstat(fd).st_size)
    except OSError:
        return None
    finally:
        os.close(fd)


def write(path: str, pieces: Sequence[bytes]) -> None:
    """Keep an entry, readable by this user only; it appears whole or not at all."""
    folder = os.path.dirname(path)
    temporary = f"{path}.{os.getpid()}"
    try:
        for one in (os.path.dirname(folder), folder):  # makedirs gives its mode to the last folder only
            os.makedirs(one, mode=0o700, exist_ok=True)
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    except OSError:
        return
    try:
        with open(fd, "wb") as stream:
            stream.writelines(pieces)
        os.replace(temporary, path)
    except BaseException as error:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        if not isinstance(error, OSError):
            raise


def bound(path: str) -> None:
    """Drop the older half of the entries beside an entry when there are too many."""
    folder = os.path.dirname(path)
    try:
        names = os.listdir(folder)
        if len(names) <= MAX_ENTRIES:
            return
        ages = sorted((os.lstat(os.path.join(folder, name)).st_mtime_ns, name) for name in names)
        for _, name in ages[: len(ages) - MAX_ENTRIES // 2]:
            os.unlink(os.path.join(folder, name))
    except OSError:  # another run is at it
        pass
