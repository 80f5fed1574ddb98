"""Much of everything: the run ends, with every result, in bounded memory, and says what was left out where a limit was met."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.folders import plant
from tests.hostile.harness import PYTHON, environment

pytestmark = pytest.mark.full

# Runs the program and tells its exit code and the most memory it held, in megabytes. On Linux the figure of getrusage also counts
# what the process held before it became this program: as much as the test runner that started it.
METER = """
import resource, sys
from smtplint import cli
code = cli.main(sys.argv[1:])
if sys.platform == "linux":
    size = next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM:"))
else:
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 * 1024)
print(code, size, file=sys.stderr)
"""


def metered(tree: Path, *words: str) -> tuple[int, int, str, str]:
    """Exit code, megabytes, standard output and standard error."""
    done = subprocess.run([PYTHON, "-c", METER, *words], cwd=tree, env=environment(XDG_CACHE_HOME=str(tree.parent / "cache")),
                          capture_output=True, text=True, check=False, timeout=900)  # fmt: skip
    lines = done.stderr.splitlines()
    code, size = map(int, lines[-1].split())
    return code, size, done.stdout, "\n".join(lines[:-1])


@pytest.mark.parametrize("repository", [False, True], ids=["walk", "git"])
def test_two_hundred_thousand_files(here: Path, repository: bool) -> None:
    """One file in a thousand is about mail; every one of those is found."""
    for folder in range(400):
        place = here / f"part{folder // 20}" / f"folder{folder}"
        place.mkdir(parents=True)
        for number in range(500):
            name = ("a{}.py", "b{}.yaml", "c{}.json", "d{}.txt", "e{}.env")[number % 5].format(number)
            mail = number in (1, 4) and folder % 2 == 0
            text = ""
            if mail:
                text = (
                    "SMTP_HOST=mail.example.org\nSMTP_PORT=25\n"
                    if name.endswith("env")
                    else "smtp:\n  smtp_host: mail.example.org\n  smtp_port: 25\n"
                )
            (place / name).write_text(text)
    if repository:
        subprocess.run(["git", "init", "-q"], cwd=here, check=True)
    begin = time.monotonic()
    code, size, out, err = metered(here, "check", "--format", "json", "--isolated")
    found = json.loads(out)
    assert (code, err) == (1, "")
    assert len({finding["file"] for finding in found["findings"]}) == 400
    assert size < 500
    assert time.monotonic() - begin < 300


def test_five_thousand_endpoints_in_a_file(here: Path) -> None:
    lines = ["services:"]
    for number in range(5000):
        lines.append(f"  s{number}: {{image: gitea/gitea, environment: {{SMTP_HOST: mail{number}.example.org, SMTP_PORT: 25}}}}")
    plant(here, {"compose.yaml": "\n".join(lines) + "\n"})
    code, size, out, err = metered(here, "endpoints", "--format", "json", "--isolated")
    assert (code, err) == (0, "")
    assert len({endpoint["host"] for endpoint in json.loads(out)["endpoints"]}) == 5000
    assert size < 1000
    code, size, out, _ = metered(here, "check", "--format", "gitlab", "--isolated")
    assert code == 1 and len({str(finding["location"]) for finding in json.loads(out)}) == 5000
    assert size < 1000


def test_more_endpoints_than_the_limit(here: Path) -> None:
    """Twenty thousand are kept, and the place where the rest was left out is told."""
    for part in range(5):
        lines = [f"S{number}_SMTP_HOST=mail{number}.example.org\nS{number}_SMTP_PORT=25" for number in range(4500)]
        plant(here, {f"part{part}/.env": "\n".join(lines) + "\n"})
    code, size, out, err = metered(here, "endpoints", "--format", "json", "--isolated")
    assert code == 0 and len(json.loads(out)["endpoints"]) == 20_000
    assert "more than 20000 endpoints were found; the rest was left out" in err and err.count("\n") == 0
    assert size < 2000
