"""`python -m tests.bench [--files N] [--rounds N] [--peers FOLDER]`: smtplint and its peers in turn; medians, ratios, memory, growth.

CPU time of a process and its children, user and system together. Each table names what the ratios are taken against. Peers that are not
installed (rg, yamllint, semgrep, check-jsonschema) are left out and named; `--peers FOLDER` makes an environment there with those that pip
can install, and with smtplint as users have it: from a wheel, its rules compiled. Nothing here asserts a time: machines differ, and the ratios of one run on one machine are what can be compared.
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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.bench.tree import compose, dotenv, make, settings, toml

ROOT = Path(__file__).resolve().parents[2]
RULES = Path(__file__).parent / "semgrep"
PINNED = ("yamllint==1.38.0", "semgrep==1.185.0", "check-jsonschema==0.38.1")
YAML = "python -c 'import yaml'"
LIBCST = "python -c 'import libcst'"
RG = "rg -il 'smtp|email|mail'"
# A command that takes longer than this is measured once.
SLOW = 10.0

Found = dict[str, tuple[float, float]]


def once(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> tuple[float, float]:
    """CPU seconds of a command and its children, and the peak memory of the largest of them in MiB."""
    process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(
    commands: Mapping[str, Sequence[str]], cwd: Path, rounds: int, environment: Mapping[str, str], forget: Mapping[str, Path] | None = None
) -> Found:
    """Median CPU seconds and the largest peak of each command, run in turn so that all meet the same weather, after one run to warm up.
    `forget`: a folder that is removed before each run of a command.
    """
    times: dict[str, list[float]] = {name: [] for name in commands}
    peaks = dict.fromkeys(commands, 0.0)
    slow: dict[str, float] = {}
    for name, command in commands.items():
        seconds, peaks[name] = once(command, cwd, environment)
        if seconds > SLOW:
            slow[name] = seconds
    for _ in range(rounds):
        for name, command in commands.items():
            if name in slow:
                continue
            if forget and name in forget:
                shutil.rmtree(forget[name], ignore_errors=True)
            seconds, peak = once(command, cwd, environment)
            times[name].append(seconds)
            peaks[name] = max(peaks[name], peak)
    return {name: (slow[name] if name in slow else statistics.median(values), peaks[name]) for name, values in times.items()}


def show(title: str, found: Found, *against: str) -> None:
    """A table: CPU seconds, the ratio to each of the commands in `against`, peak memory."""
    known = [name for name in against if name in found]
    print(f"\n{title}\n  {'command':<44} {'CPU s':>8} {'MiB':>5}" + "".join(f"  / {name[:24]:<24}" for name in known))
    for name, (seconds, peak) in found.items():
        print(f"  {name:<44} {seconds:8.3f} {peak:5.0f}" + "".join(f"  {seconds / found[base][0]:<26.2f}" for base in known), flush=True)


def install(folder: Path) -> str:
    """An environment with smtplint and the peers that pip can install; returns the folder of their commands."""
    pip = [str(folder / "bin" / "pip"), "install", "-q", "--disable-pip-version-check"]
    if not (folder / "bin" / "yamllint").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([*pip, *PINNED], check=True)
    subprocess.run([*pip, "--upgrade", "--force-reinstall", "--no-deps", str(ROOT)], check=True)
    subprocess.run([*pip, str(ROOT)], check=True)
    return str(folder / "bin")


def small(home: Path) -> Path:
    """A folder for each kind of single file, so that no companion is looked at."""
    for folder, name, text in (
        ("plain", "notes.yaml", "a: 1\nb: [1, 2]\n"),
        ("dotenv", ".env", dotenv(0)),
        ("compose", "compose.yaml", compose(0)),
        ("toml", "app.toml", toml(0)),
        ("django/shop/settings", "base.py", settings(0)),
        ("django/shop/settings", "production.py", "from .base import *\nEMAIL_PORT = 465\n"),
        # What `ast` does not tell in full goes through libcst.
        ("pieces/shop/settings", "base.py", settings(0)),
        ("pieces/shop/settings", "production.py", 'from .base import *\nEMAIL_PORT = 465\nDEFAULT_FROM_EMAIL = f"shop@{EMAIL_HOST}"\n'),
    ):
        (home / folder).mkdir(parents=True, exist_ok=True)
        (home / folder / name).write_text(text, "utf-8")
    return home


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=60_000, help="how many files the large tree has (60000)")
    parser.add_argument("--rounds", type=int, default=11, help="counted runs of each command on single files (11)")
    parser.add_argument("--peers", type=Path, help="make an environment with the peers in this folder, or use the one that is there")
    chosen = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        environment = {
            **os.environ,
            "XDG_CACHE_HOME": str(home / "cache"),
            "PYTHONPYCACHEPREFIX": str(home / "pyc"),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        python = sys.executable
        if chosen.peers:
            environment["PATH"] = install(chosen.peers.resolve()) + os.pathsep + environment.get("PATH", "")
            python = str(chosen.peers.resolve() / "bin" / "python")
        # The installed command, as a hook runs it; without one, the module.
        script = Path(python).with_name("smtplint")
        smtplint = [str(script)] if script.exists() else [python, "-m", "smtplint"]
        have = {name: shutil.which(name, path=environment.get("PATH")) for name in ("rg", "yamllint", "semgrep", "check-jsonschema", "git")}
        cold(python, smtplint, small(home / "small"), have, chosen.rounds, environment)
        trees(python, smtplint, home, have, chosen.files, environment)
        larger(smtplint, home, environment)
        missing = [name for name, path in have.items() if path is None]
        if missing:
            print("\nNot installed, left out: " + ", ".join(missing) + "; --peers FOLDER installs what pip has")
    return 0


def cold(
    python: str, smtplint: Sequence[str], home: Path, have: Mapping[str, str | None], rounds: int, environment: Mapping[str, str]
) -> None:
    """One file each, as an editor or a hook lints it."""
    both = ["django/shop/settings/base.py", "django/shop/settings/production.py"]
    pieces = ["pieces/shop/settings/base.py", "pieces/shop/settings/production.py"]
    first = "smtplint, with an f-string, first time"
    trees_of_python = Path(environment["XDG_CACHE_HOME"]) / "smtplint" / "python"
    commands = {
        YAML: [python, "-c", "import yaml"],
        "smtplint --version": [*smtplint, "--version"],
        "smtplint --help": [*smtplint, "--help"],
        "smtplint, a file without mail": [*smtplint, "check", "plain/notes.yaml"],
        "smtplint, .env": [*smtplint, "check", "dotenv/.env"],
        "smtplint, TOML": [*smtplint, "check", "toml/app.toml"],
        "smtplint, compose.yaml": [*smtplint, "check", "compose/compose.yaml"],
        "smtplint, two Django settings": [*smtplint, "check", *both],
        "smtplint, with an f-string, unchanged": [*smtplint, "check", *pieces],
        first: [*smtplint, "check", *pieces],
        LIBCST: [python, "-c", "import libcst"],
    }
    if have["yamllint"]:
        commands["yamllint compose.yaml"] = [str(have["yamllint"]), "compose/compose.yaml"]
    if have["check-jsonschema"]:
        commands["check-jsonschema, compose"] = [
            str(have["check-jsonschema"]),
            "--builtin-schema",
            "vendor.compose-spec",
            "compose/compose.yaml",
        ]
    show(
        "One file, cold start",
        compare(commands, home, rounds, environment, {first: trees_of_python}),
        YAML,
        LIBCST,
        "yamllint compose.yaml",
    )


def trees(
    python: str, smtplint: Sequence[str], home: Path, have: Mapping[str, str | None], files: int, environment: Mapping[str, str]
) -> None:
    """Whole trees of a tenth of the files and of all of them, and one file that changed in the larger one."""
    all_of_it = "smtplint check ."
    growth = {}
    for number in (files // 10, files):
        tree = home / f"tree{number}"
        made = make(tree, number)
        if have["git"]:
            git = [str(have["git"]), "-c", "user.name=bench", "-c", "user.email=bench@example.org"]
            for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "bench"]):
                subprocess.run([*git, *words], cwd=tree, check=True, env=environment)
        commands = {all_of_it: [*smtplint, "check", ".", "--fail-on", "never"]}
        if have["rg"]:
            commands[RG] = [str(have["rg"]), "-il", "smtp|email|mail"]
        if have["yamllint"]:
            commands["yamllint ."] = [str(have["yamllint"]), "."]
        if have["semgrep"]:
            commands["semgrep, five rules"] = [
                str(have["semgrep"]),
                "--metrics",
                "off",
                "--disable-version-check",
                "-q",
                "-c",
                str(RULES),
                ".",
            ]
        found = compare(commands, tree, 3, environment)
        growth[made] = found[all_of_it][0]
        show(f"A tree of {made} files", found, RG, "yamllint .", "semgrep, five rules")
    changed = {YAML: [python, "-c", "import yaml"], "smtplint, one changed .env": [*smtplint, "check", "part0/unit0/.env"]}
    show(f"One file in the tree of {files} files, companions looked up", compare(changed, home / f"tree{files}", 7, environment), YAML)
    few, many = sorted(growth)
    print(f"\nGrowth: {many / few:.0f} times the files cost {growth[many] / growth[few]:.1f} times the CPU time.", flush=True)


def larger(smtplint: Sequence[str], home: Path, environment: Mapping[str, str]) -> None:
    """One file of each kind, and one of ten times the bytes; what any run costs is taken off."""
    folder = home / "larger"
    folder.mkdir()
    commands = {"nothing": [*smtplint, "check", "none.env", "--fail-on", "never"]}
    (folder / "none.env").write_text("A=1\n", "utf-8")
    service = "  s{}:\n    image: gitea/gitea\n    environment: {{SMTP_HOST: smtp{}.example.org, SMTP_PORT: 25}}\n"
    kinds: dict[str, Callable[[int], str]] = {
        "compose.yaml": lambda count: "services:\n" + "".join(service.format(number, number) for number in range(count)),
        "many.env": lambda count: "".join(
            f"S{number}_SMTP_HOST=smtp{number}.example.org\nS{number}_SMTP_PORT=25\n" for number in range(count)
        ),
        "many.toml": lambda count: "".join(f'[s{number}.smtp]\nhost = "smtp{number}.example.org"\nport = 25\n' for number in range(count)),
        "plain.yaml": lambda count: (
            "smtp: {host: a.example.org, port: 587}\n" + "".join(f"k{number}: [a, b, c]\n" for number in range(count * 5))
        ),
    }
    for name, write in kinds.items():
        for count in (100, 1000):
            (folder / str(count)).mkdir(exist_ok=True)
            (folder / str(count) / name).write_text(write(count), "utf-8")
            commands[f"{count}/{name}"] = [*smtplint, "check", f"{count}/{name}", "--fail-on", "never"]
    found = compare(commands, folder, 3, environment)
    base = found["nothing"][0]
    for name in kinds:
        few, many = found[f"100/{name}"][0] - base, found[f"1000/{name}"][0] - base
        print(f"Growth: ten times the bytes of {name} cost {many / few:.1f} times the CPU time.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
