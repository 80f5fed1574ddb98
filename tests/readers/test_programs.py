"""Readers against the programs whose files they read: git for its configuration, a shell for files of variables."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from smtplint.readers import dotenv, ini
from smtplint.source import Source
from smtplint.tree import Mapping, Scalar, scalars

pytestmark = pytest.mark.full

DOCUMENTS = 1000


def git_file(seed: int) -> str:
    chance = random.Random(seed)
    pick = chance.choice
    lines = []
    for section in range(chance.randrange(1, 4)):
        lines.append(
            pick(["[sendemail]", f'[sendemail "s{section}"]', f"[S{section}]", '[a "b \\"c"]', "\t[x-y]"]) + pick(["", " # c", "; d"])
        )
        for key in range(chance.randrange(5)):
            name = pick(["smtpServer", f"k{key}", "smtp-server", "A1"])
            if chance.random() < 0.1:
                lines.append(pick(["", "\t"]) + name + pick(["", " ", "  # flag"]))
                continue
            body = "".join(
                pick(
                    [
                        "a",
                        "587",
                        " ",
                        "=",
                        ":",
                        "#c",
                        ";",
                        '"q r"',
                        '"#"',
                        "\\\\",
                        '\\"',
                        "\\t",
                        "\\n",
                        "\u00e9",
                        "\\\n  ",
                        "[",
                        "]",
                        "'",
                    ]
                )
                for _ in range(chance.randrange(7))
            )
            lines.append(pick(["", "\t", "  "]) + name + pick(["", " "]) + "=" + pick(["", " "]) + body)
        lines.extend(pick([[], [""], ["# c"], ["  ; d"]]))
    return pick(["\n", "\n", "\r\n"]).join(lines) + "\n"


def test_git_reads_the_same(tmp_path: Path) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    compared = 0
    path = tmp_path / "config"
    for seed in range(DOCUMENTS * 2):
        text = git_file(seed)
        path.write_bytes(text.encode())
        done = subprocess.run(
            [git, "config", "-f", path, "-l", "-z"],
            capture_output=True,
            check=False,
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )
        if done.returncode:
            continue
        expected: dict[str, str] = {}
        for item in done.stdout.decode().split("\0")[:-1]:
            name, newline, value = item.partition("\n")
            expected[name] = value if newline else "true"
        (document,) = ini.read(Source("a/.gitconfig", text), "git")
        assert isinstance(document.root, Mapping)
        found: dict[str, str] = {}
        for section in document.root.entries:
            assert isinstance(section.value, Mapping)
            for entry in section.value.entries:
                if isinstance(entry.value, Scalar):
                    found[f"{section.key.text.lower()}.{entry.key.text.lower()}"] = entry.value.text
                else:
                    for inner in entry.value.entries if isinstance(entry.value, Mapping) else ():
                        assert isinstance(inner.value, Scalar)
                        found[f"{section.key.text.lower()}.{entry.key.text}.{inner.key.text.lower()}"] = inner.value.text
        assert found == expected, text
        compared += 1
        if compared >= DOCUMENTS:
            break
    assert compared >= DOCUMENTS


def shell_file(seed: int) -> str:
    """Assignments that any shell may run: no expansion, nothing that could start a program."""
    chance = random.Random(seed)
    pick = chance.choice
    lines = []
    for number in range(chance.randrange(1, 7)):
        body = "".join(
            pick(["a", "587", "smtp.x", "'b c'", '"d e"', "'#'", '"\\""', "\\ ", ":", "/", "@", "=", "\u00e9", "'\"'", "\\\\", '"\\\\"'])
            for _ in range(chance.randrange(5))
        )
        lines.append(pick(["", "export "]) + f"V{number}={body}" + pick(["", "", "  # note"]))
        lines.extend(pick([[], [], [""], ["# SMTP=1"]]))
    return "\n".join(lines) + "\n"


def test_a_shell_reads_the_same(tmp_path: Path) -> None:
    """Files that direnv and others have a shell read."""
    shell = shutil.which("dash") or shutil.which("sh")
    if shell is None:
        pytest.skip("no shell is installed")
    script = tmp_path / "run.sh"
    texts = [shell_file(seed) for seed in range(DOCUMENTS)]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.env").write_text(text, "utf-8")
    script.write_text(
        'n=0\nwhile [ $n -lt $1 ]; do\n( set -a; . ./$n.env; for v in V0 V1 V2 V3 V4 V5; do eval "printf \'%s\\\\000\' \\"\\${$v-}\\""; done )\nn=$((n+1))\ndone\n',
        "utf-8",
    )
    done = subprocess.run([shell, script, str(DOCUMENTS)], capture_output=True, check=True, cwd=tmp_path, timeout=300)
    values = done.stdout.decode().split("\0")[:-1]
    assert len(values) == DOCUMENTS * 6
    for number, text in enumerate(texts):
        (document,) = dotenv.read(Source(".envrc", text))
        assert isinstance(document.root, Mapping)
        found = [value.text if isinstance(value := document.root.get(f"V{at}"), Scalar) else "" for at in range(6)]
        assert found == values[number * 6 : number * 6 + 6], text
        for scalar in scalars(document.root):
            assert text[scalar.start : scalar.end] == scalar.raw
