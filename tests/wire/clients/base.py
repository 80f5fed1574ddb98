"""What a client is for the laboratory, and the ways to install one without changing the machine."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.wire.written import Config

DRIVERS = Path(__file__).parents[1] / "drivers"
PLAIN_FIRST = ("S1", "S1L", "S2", "S2L", "S3", "S4", "S5", "S6", "S6p", "S12")
TLS_FIRST = ("S7", "S8", "S8w", "S8o", "S8op", "S9")
WAITING = ("S10", "S11")  # a client without a time limit of its own is stopped by the laboratory's


class NotInstalledError(Exception):
    """Why a client is not to be had on this machine."""


class Ready(NamedTuple):
    """An installed client.

    place      its folder; a driver finds its libraries there.
    version    what was really installed, in the words of the recorded runs.
    variables  of its environment.
    root       a tree of Debian packages that is laid over /usr and /etc in the private world of each run; None: nothing is laid.
    program    the interpreter of a driver in Python.
    """

    place: Path
    version: str
    variables: dict[str, str] = {}
    root: Path | None = None
    program: str = sys.executable


class Start(NamedTuple):
    """One start: the folder with the files as they were linted (or config.json), the configuration behind them, and who is to be asked."""

    folder: Path
    config: Config
    host: str
    port: int
    ready: Ready
    authority: Path


Install = Callable[[Path, float], Ready]  # (folder for this client, limit in seconds); raises NotInstalledError
Command = Callable[[Start], list[str]]  # may write further files into the folder


class Client:
    """One client of one version, as an entry of a list `CLIENTS`.

    name, version  as in the recorded runs. `version` is pinned by `install`, or says what to expect where the machine decides.
    install        see above; `Here`, `Pip`, `Npm`, `Debian` or one of the ecosystem's own.
    command        sends one mail, and ends with 0 when the client believes that it was sent.
    implicit       configurations that ask for TLS from the first byte, and
    other          the others, besides those that are recorded for it.
    further        pairs of a configuration and a server for questions that only this client raises.
    alone          leaves processes or files of its own behind: each of its runs gets a world for itself, which ends with all that is in it.
    world          can only run in a private world (`tests.wire.world`): it looks for settings or certificates in fixed places, or
                   has a way of its own with localhost or the number of a port.
    owners         hands files to other users, which takes root.
    """

    def __init__(
        self,
        name: str,
        version: str,
        install: Install,
        command: Command,
        *,
        implicit: tuple[Config, ...] = (),
        other: tuple[Config, ...] = (),
        further: tuple[tuple[Config, str], ...] = (),
        alone: bool = False,
        world: bool = False,
        owners: bool = False,
    ) -> None:
        self.name, self.version, self.install, self.command = name, version, install, command
        self.implicit, self.other, self.further = implicit, other, further
        self.alone = alone
        self.world = world or alone
        self.owners = owners

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()

    @property
    def folder(self) -> str:
        """A name for the folder it is installed in."""
        return re.sub(r"\W+", "-", str(self)).strip("-")


def scenarios(*, implicit: bool, waiting: bool) -> tuple[str, ...]:
    """The servers that concern a configuration which asks for TLS from the first byte, or another one."""
    return (TLS_FIRST if implicit else PLAIN_FIRST) + (WAITING[implicit:] if waiting else ())


def tool(command: list[str], limit: float, *, folder: Path | None = None, variables: dict[str, str] | None = None) -> str:
    """Run a step of an installation; its output. Raises NotInstalledError with the last thing it said."""
    if shutil.which(command[0]) is None:
        raise NotInstalledError(f"there is no {command[0]} on this machine")
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit,
            check=False,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            env={**os.environ, **variables} if variables else None,
        )
    except subprocess.TimeoutExpired:
        raise NotInstalledError(f"{command[0]} took longer than {limit:.0f} s") from None
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip() and "warn" not in line.lower()]
        raise NotInstalledError((said[-1] if said else f"{command[0]} ended with {done.returncode}")[:200])
    return done.stdout


def here(folder: Path, limit: float) -> Ready:
    """Nothing to install: the interpreter that runs this."""
    return Ready(folder, f"{platform.python_implementation()} {platform.python_version()}")


class Interpreter:
    """Another Python, where the machine has one: on the path, or kept by pyenv. Its driver may read YAML."""

    def __init__(self, version: str) -> None:
        self.version = version

    def __call__(self, folder: Path, limit: float) -> Ready:
        program, said = interpreter(self.version, limit)
        ready = Pip("PyYAML==6.0.2", interpreter=self.version)(folder, limit)
        return ready._replace(version=said, program=program)


def interpreter(version: str, limit: float) -> tuple[str, str]:
    """The program of a Python that starts, and what it calls itself."""
    asked = "import platform; print(platform.python_implementation(), platform.python_version())"
    kept = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    for program in (shutil.which(f"python{version}"), *map(str, kept)):
        if program is not None:
            try:
                return program, tool([program, "-c", asked], limit).strip()
            except NotInstalledError:
                continue
    raise NotInstalledError(f"there is no Python {version} on this machine")


class Pip:
    """Requirements from PyPI, the first pinned, for the interpreter that runs this, or, where one is named and to be had, for that."""

    def __init__(self, *requirements: str, interpreter: str = "") -> None:
        self.requirements = requirements
        self.interpreter = interpreter

    def __call__(self, folder: Path, limit: float) -> Ready:
        program = interpreter(self.interpreter, limit)[0] if self.interpreter else sys.executable
        if not (folder / "done").exists():
            pip = [program, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(folder)]
            tool([*pip, *self.requirements], limit)
            (folder / "done").touch()
        return Ready(folder, self.requirements[0].partition("==")[2], {"PYTHONPATH": str(folder)}, program=program)


class Npm:
    """Packages from npm, each pinned; the first is the client. A driver gets the folder of the packages as its first argument. `version`:
    how the release is written in the recorded runs."""

    def __init__(self, *packages: str, version: str = "{}") -> None:
        self.packages = packages
        self.version = version

    def __call__(self, folder: Path, limit: float) -> Ready:
        if not (folder / "done").exists():
            npm = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps", "--prefix", str(folder)]
            tool([*npm, *self.packages], limit)
            (folder / "done").touch()
        return Ready(folder, self.version.format(self.packages[0].rpartition("@")[2]))


class Debian:
    """Packages of the machine's Debian release, with what they need, unpacked into a tree of their own: nothing is installed, packages
    that exclude each other can all be had, and no script of theirs runs. `version`: how the release is written in the recorded runs."""

    def __init__(self, *packages: str, version: str = "{}") -> None:
        self.packages = packages
        self.version = version

    def __call__(self, folder: Path, limit: float) -> Ready:
        archives, root = folder / "archives", folder / "root"
        if not (folder / "done").exists():
            (archives / "partial").mkdir(parents=True, exist_ok=True)
            apt = ["apt-get", "-y", "-q", "-o", f"Dir::Cache::archives={archives}", "-o", "Debug::NoLocking=1"]
            get = [*apt, "install", "--download-only", "--no-install-recommends", "--reinstall", *self.packages]
            try:
                tool(get, limit)
            except NotInstalledError as error:
                if "locate" not in str(error):
                    raise
                tool([*apt, "update"], limit)
                tool(get, limit)
            root.mkdir(exist_ok=True)
            for archive in sorted(archives.glob("*.deb")):
                tool(["dpkg-deb", "-x", str(archive), str(root)], limit)
            for name in ("bin", "sbin", "lib", "lib64"):
                if (root / name).is_dir() and not (root / name).is_symlink():
                    shutil.copytree(root / name, root / "usr" / name, symlinks=True, dirs_exist_ok=True)
            for name in ("usr", "etc"):
                (root / name).mkdir(exist_ok=True)
            (folder / "done").touch()
        own = next(archives.glob(f"{self.packages[0]}_*.deb"), None)
        if own is None:
            raise NotInstalledError(f"{self.packages[0]} was not downloaded")
        full = tool(["dpkg-deb", "-f", str(own), "Version"], limit).strip()
        upstream = re.sub(r"^\d+:|[-+~](?=[^-]*$).*|\+(dfsg|ds|really).*", "", full)
        return Ready(folder, self.version.format(upstream, full=full), root=root)


def python(driver: str) -> Command:
    """The command of a driver in Python."""
    return lambda start: [start.ready.program, "-W", "ignore", str(DRIVERS / driver)]


def shell(driver: str) -> Command:
    """The command of a driver in shell."""
    return lambda start: ["sh", str(DRIVERS / driver)]


def node(driver: str) -> Command:
    """The command of a driver in JavaScript."""
    return lambda start: ["node", str(DRIVERS / driver), str(start.ready.place / "node_modules")]
