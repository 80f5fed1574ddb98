"""Cost grows with the size of a file and no faster, memory stays bounded, and every end of line is a line's end or harmless."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.folders import plant
from tests.hostile.harness import PYTHON, call, environment
from tests.hostile.test_bombs import BOMBS

pytestmark = pytest.mark.full

SETTINGS: dict[str, tuple[str, Callable[[int], str]]] = {
    "a.env": ("", lambda n: f"NAME_{n}=some value {n}\n"),
    "a.yaml": ("smtp: {host: mail.example.org, port: 25}\nrest:\n", lambda n: f"  name{n}: [some, value, {n}]\n"),
    "a.json": ('{"smtp": {"host": "mail.example.org", "port": 25}', lambda n: f', "name{n}": {{"some": "value {n}"}}'),
    "a.toml": ("[smtp]\nhost = 'mail.example.org'\nport = 25\n", lambda n: f"[name{n}]\nsome = 'value'\n"),
    "a.ini": ("[smtp]\nhost=mail.example.org\nport=25\n", lambda n: f"[name{n}]\nsome = value\n"),
    "application.properties": ("spring.mail.host=mail.example.org\n", lambda n: f"name{n}.some=value\n"),
    "settings.py": ("EMAIL_HOST = 'mail.example.org'\n", lambda n: f"NAME_{n} = ['some', 'value', {n}]\n"),
    "main.cf": ("relayhost = [mail.example.org]:25\n", lambda n: f"name{n} = some value\n"),
    "Dockerfile": ("FROM a\nENV SMTP_HOST=mail.example.org SMTP_PORT=25\n", lambda n: f"ENV NAME{n}=value\n"),
    "gitlab.rb": (
        "gitlab_rails['smtp_address'] = 'mail.example.org'\n",
        lambda n: (
            f"name{n}['key'] = 'some'\nname{n}.merge!({n})\n" if n % 3 else f"list{n}[n] = 1\nif x\n  a['k{n}'] = <<~EOS\n a\n  EOS\nend\n"
        ),
    ),
    ".mailrc": ("set mta=smtp://mail.example.org\n", lambda n: f"set name{n}=value\naccount a{n} {{\n set b=c\n}}\n"),
    ".curlrc": ("url = smtp://mail.example.org\n", lambda n: f"name{n} = value\nurl = smtp://h{n}\n"),
    ".swaksrc": ("server mail.example.org\n", lambda n: f"name{n} value\n"),
    "nullmailer/remotes": ("mail.example.org smtp\n", lambda n: f"mail{n}.example.org smtp port=25 name{n}=value 'a b'\n"),
    "monitrc": (
        "set mailserver mail.example.org\n",
        lambda n: f"set mailserver mail{n}.example.org port 25 using ssl {{ciphers: 'x'}}\nset name{n} value\n",
    ),
    "msmtprc": ("account a\nhost mail.example.org\nport 25\n", lambda n: f"account a{n}\nfrom a{n}\n"),
}
CLOSE = {"a.json": "}"}


def text_of(name: str, size: int) -> str:
    before, piece = SETTINGS[name]
    pieces = [before or "SMTP_HOST=mail.example.org\nSMTP_PORT=25\n"]
    left, number = size, 0
    while left > 0:
        pieces.append(piece(number))
        left -= len(pieces[-1])
        number += 1
    return "".join(pieces) + CLOSE.get(name, "")


@pytest.mark.parametrize("name", SETTINGS)
def test_ten_times_the_bytes_cost_about_ten_times_the_time(here: Path, name: str) -> None:
    def cost(size: int) -> float:
        plant(here, {name: text_of(name, size)})
        best = 60.0
        for _ in range(3):
            begin = time.process_time()
            code, _, err = call("check", "--isolated", "--no-cache", name)
            best = min(best, time.process_time() - begin)
            assert code in (0, 1) and "internal error" not in err, err
        return best

    plant(here, {name: text_of(name, 1000)})
    call("check", "--isolated", name)
    small, large = cost(40_000), cost(400_000)
    assert large / small < 15, f"{small:.3f} s, {large:.3f} s"  # 11 on a machine of its own


@pytest.mark.parametrize("name", BOMBS)
def test_memory_of_a_bomb(here: Path, name: str) -> None:
    """What 64 KB make of the memory of a process of their own, at the most."""
    path, content = BOMBS[name]
    plant(here, {path: content})
    # The peak of the process itself: what a child is told of its resources begins with the size of its parent.
    tell = "import sys; from smtplint import cli; code = cli.main(sys.argv[1:]); sys.stdout.write(open('/proc/self/status').read()); sys.exit(code)"
    words = [PYTHON, "-c", tell, "check", "--docs", "--isolated", "-q", "--format", "json", "-o", os.devnull, path]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    peak = next(int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("VmHWM"))
    assert peak < 200 * 1024, f"{peak / 1024:.0f} MiB"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\n\r"], ids=ascii)
@pytest.mark.parametrize("name", SETTINGS)
def test_every_end_of_line(here: Path, name: str, ending: str) -> None:
    plant(here, {name: text_of(name, 400).replace("\n", ending)})
    code, _, err = call("check", "--isolated", "--format", "sarif", "-o", "out.sarif", "--format", "text", name)
    assert code in (0, 1) and "internal error" not in err, err
    if ending in ("\n", "\r\n"):
        assert "mail.example.org" in call("endpoints", "--isolated", "--format", "json", name)[1]
