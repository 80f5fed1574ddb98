"""How folders are listed and files are read: git's own list of names, what companions are called, and bytes within bounds.

Git is asked where there is a repository; its own configuration cannot make that run anything. Nothing here blocks on a FIFO or a device.
"""

from __future__ import annotations

import os
import stat

from smtplint.lazy import later
from smtplint.source import DEFAULT_MAX_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


# Folders nobody writes the configuration of an application in.
SKIPPED_FOLDERS = frozenset(
    [
        ".git",
        ".hg",
        ".svn",
        ".bzr",
        ".jj",
        "node_modules",
        "bower_components",
        ".venv",
        "venv",
        "site-packages",
        "__pycache__",
        "__pypackages__",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
        ".eggs",
        ".terraform",
        ".gradle",
        ".yarn",
        ".pnpm-store",
        ".next",
        ".nuxt",
        ".direnv",
    ]
)

# Files that take something from others: compose files and the values of charts by their names, settings modules by their paths.
COMPOSE = later(r"(?i)(?:.*[._-])?(?:compose|stack|swarm)(?:[._-].*)?\.(?:ya?ml|json)\Z")
VALUES = later(r"(?:[\w.-]*[._-])?values(?:[._-][\w.-]+)?\.ya?ml\Z")
SETTINGS = later(
    r"(?:^|/)(?:settings|config|configs|conf|configuration|core)(?:/[^/]*)?/[^/]+\.py\Z|(?:^|/)[^/]*(?:settings|config|local)[^/]*\.py\Z"
)


def whole_tree(path: str) -> bool:
    """Whether a path is a folder that holds the whole tree it belongs to: its repository, or the working directory where there is none."""
    absolute = os.path.abspath(path)
    return os.path.isdir(absolute) and absolute == (project_root(absolute) or os.getcwd())


def project_root(folder: str) -> str:
    """The nearest folder upwards from an absolute one that holds `.git`, or "" when there is none."""
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return ""
        folder = parent


def inside(path: str, tree: str) -> bool:
    """Whether an absolute path is a folder or lies below it."""
    return path == tree or path.startswith(tree.rstrip(os.sep) + os.sep)


def find_git() -> str:
    """The absolute path of git from the absolute folders of PATH, so that a file of the linted tree is never run; "" when there is none."""
    if not hasattr(os, "posix_spawn"):
        return ""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if folder.startswith("/"):
            path = f"{folder}/git"
            if os.access(path, os.X_OK) and not os.path.isdir(path):
                return path
    return ""


# Whatever a repository's own configuration could have git run is switched off; so is fetching what a partial clone lacks.
_GIT_OPTIONS = (
    "--no-pager",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.sshCommand=false",
    "-c",
    "core.askPass=",
    "-c",
    "credential.helper=",
    "-c",
    "protocol.allow=never",
    "-c",
    "core.quotePath=false",
    "-c",
    "safe.bareRepository=explicit",
)


# Git is given up after so many seconds without a word: it waits for ever where a FIFO stands for one of its own files (`.gitignore`).
PATIENCE = 30
_HANGING: set[str] = set()


def run_git(git: str, folder: str, arguments: Sequence[str], take: Callable[[str], None]) -> int:
    """Run a git command and hand its NUL-separated output on in pieces of whole names; returns its exit status, 124 when it hangs, 127 when it does not start.

    `subprocess` would cost more to import than the listing takes.
    """
    if folder in _HANGING:
        return 124
    env = {key: value for key, value in os.environ.items() if key in ("HOME", "PATH", "XDG_CONFIG_HOME", "TMPDIR", "USER", "LOGNAME")}
    env |= {
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",
    }
    try:
        reader, writer = os.pipe()
    except OSError:
        return 127
    try:
        pid = os.posix_spawn(
            git,
            ["git", "-C", folder, *_GIT_OPTIONS, *arguments],
            env,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, writer, 1),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
        )
    except (OSError, ValueError):
        os.close(reader)
        os.close(writer)
        return 127
    os.close(writer)
    from select import POLLIN, poll

    waiting = poll()
    waiting.register(reader, POLLIN)
    rest = b""
    ended = hangs = False
    try:
        while not ended:
            if not waiting.poll(PATIENCE * 1000):
                hangs = True
                _HANGING.add(folder)
                break
            chunk = os.read(reader, 1 << 20)
            ended = not chunk
            whole, _, rest = (rest + chunk).rpartition(b"\0")
            if whole:
                take(os.fsdecode(whole))
    finally:
        os.close(reader)
        try:
            if not ended:
                os.kill(pid, 9)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        except (ChildProcessError, ProcessLookupError):  # somebody above us ignores SIGCHLD, so the status is lost
            status = 0
    return 124 if hangs else status


# Looking for files that git does not know of takes ten times as long as asking for those it knows. In a repository of more files than this,
# companions of a file that is linted alone are looked for among the latter.
MANY_FILES = 5_000


def repository_files(folder: str) -> str | None:
    """The files of the repository whose top is an absolute folder, NULs between their names: those git knows, and, unless these are many, those
    it would not ignore. None when git cannot be asked."""
    git = find_git()
    if not git:
        return None
    pieces: list[str] = []
    if run_git(git, folder, ("ls-files", "-zc"), pieces.append) != 0:
        return None
    if sum(piece.count("\0") + 1 for piece in pieces) < MANY_FILES:
        pieces.clear()
        if run_git(git, folder, ("ls-files", "-zco", "--exclude-standard"), pieces.append) != 0:
            return None
    return "\0".join(pieces)


def display(path: str, cwd: str) -> str:
    """An absolute path as it is shown: relative to the absolute folder `cwd`, with `/`."""
    if path == cwd:
        return "."
    head = cwd if cwd.endswith(os.sep) else cwd + os.sep
    relative = path[len(head) :] if path.startswith(head) else _relative(path, cwd)
    return relative.replace(os.sep, "/") if os.sep != "/" else relative


def _relative(path: str, cwd: str) -> str:
    try:
        return os.path.relpath(path, cwd)
    except ValueError:  # another drive
        return path


_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_CHUNK = 1 << 16


def reason(error: OSError) -> str:
    """What the system says of an error, without the file's name, to end a sentence."""
    return (error.strerror or "input or output error").lower()


class TooLarge(Exception):
    """A file of more bytes than allowed; `head` holds the bytes up to the limit."""

    def __init__(self, head: bytes) -> None:
        super().__init__("too large")
        self.head = head


def read_bytes(path: str, limit: int = DEFAULT_MAX_BYTES, *, follow: bool = True) -> bytes:
    """The bytes of a regular file. Raises OSError, TooLarge past `limit`, and OSError (ELOOP) for a link unless `follow`.

    Never waits: a FIFO or a device that has nothing to say is an error or empty.
    """
    fd = os.open(path, _FLAGS if follow else _FLAGS | _NO_FOLLOW)
    try:
        wanted = min(_CHUNK, limit + 1)
        data = os.read(fd, wanted)
        if len(data) < wanted:  # a regular file gives less only at its end; asking again would cost every file of a tree
            return data
        more = os.read(fd, 1)
        if not more and len(data) <= limit:
            return data
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(22, "is not a regular file")
        chunks = [data, more]
        size = len(data) + len(more)
        while size <= limit:
            chunk = os.read(fd, min(1 << 20, limit + 1 - size))
            if not chunk:
                return b"".join(chunks)
            chunks.append(chunk)
            size += len(chunk)
        raise TooLarge(b"".join(chunks)[:limit])
    finally:
        os.close(fd)
