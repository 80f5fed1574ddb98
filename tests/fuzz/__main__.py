"""The coverage-guided fuzzer: `python -m tests.fuzz --reader yaml --runs 100000 --seconds 60`.

Without `--reader` every reader has its turn, one process at a time, and the seconds are shared out. Needs atheris (`pip install atheris`);
`--blind` does without it, mutates without looking at coverage and runs ten times as many inputs (see `blind`).
Starts from what is kept in `corpus`; `--keep FOLDER` writes what it finds there, one folder per reader. The last line is the sum of the executions.
Exits with 1 when an input breaks a promise; the input is then left in the working directory (or in `--keep`) and its path is told.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
_DONE = re.compile(r"Done (\d+) runs in (\d+) second|stat::number_of_executed_units:\s*(\d+)")


def fuzz(name: str, arguments: list[str]) -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

    with atheris.instrument_imports(include=["smtplint", "yaml", "tomli"]):
        # Readers are imported lazily; they must be imported here to be instrumented.
        import smtplint.linter
        import smtplint.readers.dockerfile
        import smtplint.readers.dotenv
        import smtplint.readers.ini
        import smtplint.readers.json
        import smtplint.readers.keyword
        import smtplint.readers.markdown
        import smtplint.readers.mask
        import smtplint.readers.postfix
        import smtplint.readers.properties
        import smtplint.readers.python
        import smtplint.readers.shell
        import smtplint.readers.toml
        import smtplint.readers.yaml
        import smtplint.resolve.interpolate
        import smtplint.suppress  # noqa: F401
        from tests.fuzz import targets
    target = targets.TARGETS[name]

    def once(data: bytes) -> None:
        target(data)

    atheris.Setup([sys.argv[0], *arguments], once)
    atheris.Fuzz()


def one(name: str, runs: int, seconds: int, size: int, seed: int, keep: str) -> tuple[int, bool]:
    """Fuzz one reader in a process of its own: executions, and whether it held."""
    from tests.fuzz.blind import corpus

    with tempfile.TemporaryDirectory() as scratch:
        # What libFuzzer is given as its first folder it writes to: never the one that is kept.
        folder = os.path.join(keep or scratch, name)
        seeds = os.path.join(scratch, "seeds")
        os.makedirs(folder, exist_ok=True)
        os.makedirs(seeds)
        for number, data in enumerate(corpus(name)):
            with open(os.path.join(seeds, f"{number:05}"), "wb") as file:
                file.write(data)
        options = [f"-runs={runs}", f"-max_total_time={seconds}", f"-max_len={size}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
                   "-verbosity=1", f"-seed={seed}", f"-artifact_prefix={os.path.join(keep or os.getcwd(), name)}-",
                   f"-dict={os.path.join(HERE, 'words.dict')}", folder, seeds]  # fmt: skip
        return _run(name, options)


def blind(name: str, runs: int, seconds: int, size: int, seed: int, keep: str) -> tuple[int, bool]:
    """The same without coverage, in this process."""
    from tests.fuzz.blind import run
    from tests.fuzz.targets import TARGETS

    executed, broken = run(name, TARGETS[name], seconds=seconds, runs=runs, size=size, seed=seed, more=keep)
    for number, (kind, data) in enumerate(broken.items()):
        path = os.path.join(keep or os.getcwd(), f"{name}-broken-{seed}-{number}")
        with open(path, "wb") as file:
            file.write(data)
        print(f"{kind}\n  {data!r}\n  {path}", flush=True)
    return executed, not broken


def _run(name: str, arguments: list[str]) -> tuple[int, bool]:
    done = subprocess.run([sys.executable, "-m", "tests.fuzz", "--inside", name, *arguments], stderr=subprocess.PIPE, text=True,
                          errors="replace", stdout=subprocess.DEVNULL, cwd=os.path.dirname(os.path.dirname(HERE)), check=False)  # fmt: skip
    executed = max((int(found[1] or found[3]) for found in _DONE.finditer(done.stderr)), default=0)
    if done.returncode:
        sys.stderr.write(done.stderr[-6000:] + "\n")
    return executed, done.returncode == 0


def main() -> int:
    if sys.argv[1:2] == ["--inside"]:
        fuzz(sys.argv[2], sys.argv[3:])
    from tests.fuzz.targets import TARGETS

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--reader", action="append", choices=sorted(TARGETS), help="only this one; may be repeated")
    parser.add_argument("--runs", type=int, default=-1, help="executions per reader at most")
    parser.add_argument("--seconds", type=int, default=120, help="seconds in all")
    parser.add_argument("--size", type=int, default=200, help="bytes of an input at most")
    parser.add_argument("--keep", default="", help="a folder for what was found")
    parser.add_argument("--blind", action="store_true", help="mutate without coverage")
    parser.add_argument("--seed", type=int, default=0, help="the same inputs again; 0: with coverage other ones each time")
    given = parser.parse_args()
    names = given.reader or list(TARGETS)
    keep = given.keep and os.path.abspath(given.keep)
    share = max(1, given.seconds // len(names))
    total, held = 0, True
    for name in names:
        # Whole files are longer than the pieces that try a reader.
        size = max(given.size, 600) if name == "whole" else given.size
        if given.blind:
            executed, fine = blind(name, given.runs, share, size, given.seed, keep)
        else:
            executed, fine = one(name, given.runs, share, size, given.seed, keep)
        total += executed
        held = held and fine
        print(f"{name}: {executed} executions{'' if fine else ', BROKEN'}", flush=True)
    print(f"total: {total} executions", flush=True)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
