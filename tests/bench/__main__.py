"""`python -m tests.bench [--files N] [--rounds N]`: smtplint and its peers alternately, CPU time, medians, ratios, peak memory, growth.

What is not installed (rg, yamllint, semgrep, check-jsonschema) is left out and named.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.tree import compose, dotenv, make, settings

SMTPLINT = [sys.executable, "-m", "smtplint"]
IMPORT_YAML = [sys.executable, "-c", "import yaml"]
IMPORT_LIBCST = [sys.executable, "-c", "import libcst"]


def once(command: list[str], cwd: Path, environment: dict[str, str]) -> tuple[float, float]:
    """CPU seconds of a command and its children, and its peak memory in MiB."""
    process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(commands: dict[str, list[str]], cwd: Path, rounds: int, environment: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Median CPU seconds and the largest peak of each command, run in turn so that all meet the same weather."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    peaks = dict.fromkeys(commands, 0.0)
    for command in commands.values():
        once(command, cwd, environment)
    for _ in range(rounds):
        for name, command in commands.items():
            seconds, peak = once(command, cwd, environment)
            times[name].append(seconds)
            peaks[name] = max(peaks[name], peak)
    return {name: (statistics.median(values), peaks[name]) for name, values in times.items()}


def show(title: str, found: dict[str, tuple[float, float]], against: str) -> None:
    print(f"\n{title}\n  {'command':<34} {'CPU s':>8} {'ratio':>7} {'peak MiB':>9}")
    base = found[against][0]
    for name, (seconds, peak) in found.items():
        print(f"  {name:<34} {seconds:8.3f} {seconds / base:7.2f} {peak:9.0f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        root = Path(__file__).resolve().parents[2]
        environment = {
            **os.environ,
            "PYTHONPATH": str(root),
            "XDG_CACHE_HOME": str(home / "cache"),
            "PYTHONPYCACHEPREFIX": str(home / "pyc"),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        small = home / "small"
        (small / "shop" / "settings").mkdir(parents=True)
        (small / "notes.yaml").write_text("a: 1\nb: [1, 2]\n")
        (small / ".env").write_text(dotenv(0))
        (small / "compose.yaml").write_text(compose(0))
        (small / "shop" / "settings" / "base.py").write_text(settings(0))
        (small / "shop" / "settings" / "production.py").write_text("from .base import *\nEMAIL_PORT = 465\n")
        cold = {
            "python -c 'import yaml'": IMPORT_YAML,
            "smtplint --version": [*SMTPLINT, "--version"],
            "smtplint, a file without mail": [*SMTPLINT, "check", "notes.yaml"],
            "smtplint, .env": [*SMTPLINT, "check", ".env"],
            "smtplint, compose.yaml": [*SMTPLINT, "check", "compose.yaml"],
            "smtplint, two Django settings": [*SMTPLINT, "check", "shop/settings/base.py", "shop/settings/production.py"],
            "python -c 'import libcst'": IMPORT_LIBCST,
        }
        missing = []
        for peer, command in {"yamllint": ["yamllint", "compose.yaml"], "check-jsonschema": ["check-jsonschema", "--version"]}.items():
            if shutil.which(peer):
                cold[" ".join(command)] = command
            else:
                missing.append(peer)
        show("Cold start, one file", compare(cold, small, chosen.rounds, environment), "python -c 'import yaml'")
        growth = {}
        for files in (chosen.files // 10, chosen.files):
            tree = home / f"tree{files}"
            make(tree, files)
            commands = {"smtplint check .": [*SMTPLINT, "check", ".", "--fail-on", "never"]}
            peers = {
                "rg -il 'smtp|email|mail'": ["rg", "-il", "smtp|email|mail"],
                "git grep -ilE (no index)": ["git", "grep", "--no-index", "-ilE", "smtp|email|mail"],
                "yamllint .": ["yamllint", "."],
                "semgrep, 1 rule": ["semgrep", "--metrics", "off", "-e", "port: 25", "-l", "yaml", "."],
            }
            for peer, command in peers.items():
                if not shutil.which(command[0]):
                    missing.append(command[0])
                elif command[0] in ("rg", "git") or files < 5_000:
                    commands[peer] = command
            found = compare(commands, tree, 3, environment)
            growth[files] = found["smtplint check ."][0]
            show(f"A tree of {files} files", found, next((key for key in found if key.startswith("rg")), "smtplint check ."))
        few, many = sorted(growth)
        print(f"\nGrowth: {many // few} times the files cost {growth[many] / growth[few]:.1f} times the CPU time.")
        if missing:
            print("Not installed, left out: " + ", ".join(sorted(set(missing))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
