"""`python -m tests.wire` records everything it can install; `--compare` holds the recorded runs against smtplint and installs nothing.

    python -m tests.wire [--only NAME …] [--workers N] [--limit SECONDS] [--no-waiting] [--keep FOLDER] [--output FILE]
    python -m tests.wire --compare [--disagreements]

Ends with 1 when smtplint disagrees with what was seen.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.examples import shipped
from tests.wire import lab
from tests.wire.clients import clients, cpus, record_all
from tests.wire.observations import load
from tests.wire.predict import Comparison, compare, judge
from tests.wire.render import SECOND


def report(result: Comparison, title: str) -> bool:
    """Print a table; whether nothing disagrees."""
    print(f"{title}\n\n{result.table()}\n")
    for line in (*result.leaks, *result.disagreements):
        print("DISAGREES", line)
    return not result.leaks and not result.disagreements


def compared() -> bool:
    """The recorded runs against smtplint."""
    runs = load()
    first = report(compare(runs, shipped()), f"{len(runs)} recorded runs, each configuration linted as its users write it")
    second = report(compare(runs, shipped(), SECOND), "The same runs, written for a second profile over the same client")
    return first and second


def recorded(arguments: argparse.Namespace) -> bool:
    """Install, run and compare, with a line for every client."""
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="smtplint-wire-"))
    installed = Path(arguments.keep).resolve() if arguments.keep else folder / "installed"
    installed.mkdir(parents=True, exist_ok=True)
    chosen = [one for one in clients() if not arguments.only or one.name in arguments.only]
    result = Comparison()
    left: list[str] = []
    lines: list[str] = []
    try:
        certificates = lab.Certificates(folder / "certificates")
        for number, client in enumerate(chosen):
            print(f"[{number + 1}/{len(chosen)}] {time.monotonic() - begun:6.0f} s  {client} …", flush=True)
            why = client.install(installed)
            if why:
                left.append(f"{client}: {why}")
                print(f"          not installed: {why}", flush=True)
                continue
            rows: dict[str, dict[str, list[object]]] = {}
            for run in record_all(
                client,
                folder / f"run{number}",
                certificates,
                limit=arguments.limit,
                waiting=not arguments.no_waiting,
                workers=arguments.workers,
            ):
                judge(result, run, run.rendered, run.real_port, shipped())
                rows.setdefault(json.dumps(run.config), {})[run.scenario] = run.row
            lines.extend(
                json.dumps(
                    {"client": client.name, "version": client.version, "config": json.loads(config), "runs": runs}, separators=(",", ":")
                )
                for config, runs in rows.items()
            )
            shutil.rmtree(folder / f"run{number}", ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if arguments.output:
        Path(arguments.output).write_text("".join(line + "\n" for line in lines), "utf-8")
    print()
    agreed = report(result, f"Recorded in {time.monotonic() - begun:.0f} s")
    if left:
        print("could not be installed:")
        print("".join(f"  {line}\n" for line in left))
    return agreed


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.wire", description="What mail clients do on the wire, and whether smtplint says so."
    )
    parser.add_argument("--compare", action="store_true", help="hold the recorded runs against smtplint, install nothing")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this client (again for more)")
    parser.add_argument("--workers", type=int, default=cpus(), help="clients at the same time")
    parser.add_argument("--limit", type=float, default=10, help="seconds until a client counts as waiting")
    parser.add_argument("--no-waiting", action="store_true", help="leave out the servers that say nothing")
    parser.add_argument("--keep", metavar="FOLDER", help="install here and find it again the next time")
    parser.add_argument("--output", metavar="FILE", help="write the runs in the form of observations.jsonl")
    arguments = parser.parse_args()
    return 0 if (compared() if arguments.compare else recorded(arguments)) else 1


if __name__ == "__main__":
    sys.exit(main())
