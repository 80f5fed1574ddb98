"""A private world for a client: the loopback interface and nothing else, its own processes, its own /etc, and the programs it needs.

    python -m tests.wire.world NAMESPACE-OUTSIDE CERTIFICATES [ROOT]

runs inside, with one job a line on standard input and one row a line on standard output. In a world the recorded name is the machine
itself and ports 587 and 465 are free, so that a client reads the very text that is linted, two laboratories do not meet, and nothing
outside can be reached. Everything in a world ends with it: the kernel sees to that, also when the laboratory is killed.

Made by unshare(1) of Linux; where that is not permitted the laboratory speaks of localhost and free ports instead, and leaves out the
clients that need a world.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.wire import lab
from tests.wire.written import HOST

_ROOT = Path(__file__).parents[2]
_MOUNTS = "/proc/self/ns/mnt"
_SIOCSIFFLAGS = 0x8914
_UNSHARE = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
# Postfix refuses to start without them; some programs believe this home and not the variable.
_PEOPLE = "root:x:0:0:root:/var/spool:/bin/sh\npostfix:x:60001:60001::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\nmail:x:8:8::/:/bin/false\n"
_GROUPS = "root:x:0:\npostfix:x:60001:\npostdrop:x:60002:\nmail:x:8:\nnogroup:x:65534:\n"

Job = dict[str, Any]


def unavailable() -> str:
    """Why no world can be made here; "" when one can."""
    if shutil.which("unshare") is None:
        return "there is no unshare on this machine"
    done = subprocess.run([*_command(), "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else (done.stderr.strip() or "unshare failed").splitlines()[-1]


def _command() -> list[str]:
    return [*_UNSHARE, *(() if os.getuid() == 0 else ("--map-root-user",))]


class World:
    """One world, from outside."""

    def __init__(self, certificates: lab.Certificates, root: Path | None = None) -> None:
        inside = [sys.executable, "-m", "tests.wire.world", os.readlink(_MOUNTS), str(certificates.folder), *([str(root)] if root else [])]
        self._process = subprocess.Popen(
            [*_command(), *inside], cwd=_ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, job: Job) -> tuple[list[object], str]:
        """The row of one job, and what the client said of an error. Raises RuntimeError when the world has ended."""
        assert self._process.stdin and self._process.stdout
        late = threading.Timer(job["limit"] + 60, self._end)
        late.start()
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            late.cancel()
        if not answer:
            raise RuntimeError("a world of the laboratory has ended")
        row, words = json.loads(answer)
        return row, words

    def _end(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def close(self) -> None:
        """End it, with all that runs in it."""
        assert self._process.stdin
        try:
            self._process.stdin.close()
            self._process.wait(2)  # there is no more to do, and it knows
        except (OSError, subprocess.TimeoutExpired):
            pass
        self._end()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()


# --- inside ---------------------------------------------------------------------------------------


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, stdout=sys.stderr)


def _furnish(certificates: lab.Certificates, root: Path | None) -> None:
    """The interface, the programs of `root`, and an /etc that names this machine and trusts the one authority."""
    with socket.socket() as one:
        fcntl.ioctl(one, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", 1))  # IFF_UP
    own = certificates.folder / "world"
    own.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "none", str(own))
    for name in ("upper", "work", "spool"):
        (own / name).mkdir()
    lower = "/etc"
    if root is not None:
        _mount("-t", "overlay", "none", "-o", f"lowerdir={root}/usr:/usr", "/usr")
        lower = f"{root}/etc:/etc"
    _mount("-t", "overlay", "none", "-o", f"lowerdir={lower},upperdir={own}/upper,workdir={own}/work", "/etc")
    if os.path.isdir("/var/spool"):
        _mount("--bind", str(own / "spool"), "/var/spool")
    etc = Path("/etc")
    for name, text in {
        "hosts": f"127.0.0.1 localhost {HOST}\n",
        "resolv.conf": "",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        "passwd": _PEOPLE,
        "group": _GROUPS,
        "mailname": "client.example.test\n",
        "hostname": "client.example.test\n",
    }.items():
        place = etc / name
        if place.is_symlink():
            place.unlink()
        place.write_text(text)
    (etc / "ssl" / "certs").mkdir(parents=True, exist_ok=True)
    _mount("--bind", str(certificates.folder / "trusted"), "/etc/ssl/certs")


def serve(certificates: lab.Certificates) -> None:
    """Jobs in, rows out, until there are no more."""
    for line in sys.stdin:
        job = json.loads(line)
        with lab.Server(job["scenario"], certificates, job["port"]) as server:
            seen = lab.run(job["command"], server, Path(job["folder"]), job["variables"], limit=job["limit"], text=job["text"])
            print(json.dumps([seen.row(), seen.words]), flush=True)


def main() -> None:
    outside, folder, *root = sys.argv[1:]
    if os.readlink(_MOUNTS) == outside or os.getpid() != 1:
        sys.exit("only to be started by the laboratory, in a world")  # what follows changes what the machine's /etc is
    certificates = lab.Certificates(Path(folder))
    _furnish(certificates, Path(root[0]) if root else None)
    serve(certificates)


if __name__ == "__main__":
    main()
