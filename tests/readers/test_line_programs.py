"""Files of lines against the programs that read them: Postfix's main.cf.

The programs are those of the machine's Debian release, unpacked beside the machine: nothing is installed. None is asked to send.
"""

from __future__ import annotations

import os
import platform
import random
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from smtplint.readers import postfix
from smtplint.source import Source
from smtplint.tree import Mapping, Scalar, scalars
from tests.wire.clients.base import Debian, NotInstalledError

pytestmark = pytest.mark.full

DOCUMENTS = 1000
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Run]:
    """A program of a Debian package, as a function of its arguments."""

    def of(package: str, name: str) -> Run:
        folder = tmp_path_factory.mktemp(package)
        try:
            root = Debian(package)(folder, 300).root
        except NotInstalledError as error:
            pytest.skip(f"{package} cannot be had: {error}")
        assert root is not None
        libraries = root / "usr/lib"
        path = os.pathsep.join(map(str, (libraries / f"{platform.machine()}-linux-gnu", libraries / package)))
        variables = {
            "LD_LIBRARY_PATH": path,
            "LC_ALL": "C.UTF-8",
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
            "TERM": "dumb",
            "RELAY": "r1",
        }

        def run(*arguments: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [root / name, *arguments],
                capture_output=True,
                text=True,
                input=text,
                check=False,
                timeout=60,
                env=variables,
                cwd=folder,
            )

        return run

    return of


def texts(root: object) -> dict[str, str]:
    assert isinstance(root, Mapping)
    return {entry.key.text: entry.value.text for entry in root.entries if isinstance(entry.value, Scalar)}


# Postfix

PARAMETERS = ["relayhost", "mydestination", "mynetworks", "smtp_tls_security_level", "smtp_sasl_password_maps", "smtp_tls_policy_maps"]
PARTS = ["a", "[smtp.x]:587", "$myhostname", "${a?b}", " ", "  ", "\t", "=", "#", ",", '"', "'", "\\", "hash:/x", "é", " # c", "{ a = b }"]


def main_cf(seed: int) -> str:
    chance = random.Random(seed)
    pick = chance.choice

    def value() -> str:
        return "".join(pick(PARTS) for _ in range(chance.randrange(5)))

    lines = [pick(["", "# first", "  # c", "\t"])]
    for _ in range(chance.randrange(1, 6)):
        lines.append(pick(PARAMETERS) + pick(["", " ", "\t", "  "]) + "=" + pick(["", " ", "  "]) + value())
        for _ in range(chance.randrange(4)):
            lines.append(
                pick([" ", "\t", "   "]) + value() if chance.random() < 0.4 else pick(["", "# c", "  # c = d", " \t ", "#", "\t#x"])
            )
    return "\n".join(lines) + pick(["\n", "\n", "", " ", "\n  "])


def test_postfix_reads_the_same(program: Callable[[str, str], Run], tmp_path: Path) -> None:
    postconf = program("postfix", "usr/sbin/postconf")
    (tmp_path / "master.cf").touch()
    # Postfix looks for the name of the machine each time it starts, which may take seconds: it reads all the documents at once, each with
    # names of its own. Names that are not Postfix's are shown when another parameter refers to them.
    documents = [re.sub(r"(?m)^(?=[a-z])", f"d{seed}_", main_cf(seed)) for seed in range(DOCUMENTS)]
    names = (f"$d{seed}_{name}" for seed in range(DOCUMENTS) for name in PARAMETERS)
    (tmp_path / "main.cf").write_text("\n".join(documents) + "\nmydestination = " + " ".join(names) + "\n", "utf-8", newline="")
    done = postconf("-c", tmp_path, "-n")
    assert done.returncode == 0, done.stderr[-300:]
    shown: dict[str, dict[str, str]] = {}
    for line in done.stdout.splitlines():
        name, _, value = line.partition("=")
        shown.setdefault(name.partition("_")[0], {})[name.strip()] = value.strip()
    for seed, text in enumerate(documents):
        (document,) = postfix.read(Source("main.cf", text))
        # postconf shows blanks in a value as one.
        found = {name: re.sub(r"[ \t]+", " ", value) for name, value in texts(document.root).items()}
        assert found == shown[f"d{seed}"], (seed, text)
        for scalar in scalars(document.root):
            assert text[scalar.start : scalar.end] == scalar.raw
    print(f"main.cf: {len(documents)} documents as postconf reads them")
