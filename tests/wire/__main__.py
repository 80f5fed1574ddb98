"""`python -m tests.wire` records everything it can install; `--compare` holds the recorded runs against smtplint and installs nothing.

    python -m tests.wire [--only NAME …] [--record] [--workers N] [--limit SECONDS] [--no-waiting] [--words] [--keep FOLDER]
    python -m tests.wire --compare
    python -m tests.wire --evidence

What was made again is held against smtplint and against what was recorded before. `--record` writes it into `observations/`;
`--evidence` then says in `rules/observed.yaml` which rows of the tables were seen. Ends with 1
when smtplint disagrees with what was seen.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.examples import shipped
from tests.wire import evidence, lab, world
from tests.wire.clients import SECOND, clients
from tests.wire.predict import Comparison, compare, judge
from tests.wire.record import Bench, Recorded, cpus, record_all, wanted
from tests.wire.recorded import changes, keep, load


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
    known = load()
    chosen = [one for one in clients() if not arguments.only or one.name in arguments.only]
    result = Comparison()
    made: list[Recorded] = []
    left: list[str] = []

    def tell(line: str) -> None:
        print(line, flush=True)
        if "NOT " in line:
            left.append(line.partition(" s  ")[2])

    with tempfile.TemporaryDirectory(prefix="smtplint-wire-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # a mail system reads its files as somebody else
        installed = Path(arguments.keep).resolve() if arguments.keep else folder / "installed"
        why = world.unavailable()
        if why:
            tell(f"no private world can be made here ({why}): localhost and free ports instead")
        certificates = lab.Certificates(folder / "certificates")
        with Bench(folder / "runs", certificates, limit=arguments.limit, worlds=not why) as bench:
            for run in record_all(
                bench,
                chosen,
                installed,
                lambda client: wanted(client, known, waiting=not arguments.no_waiting),
                workers=arguments.workers,
                tell=tell,
            ):
                judge(result, run, run.rendered, run.real_port, shipped())
                made.append(run)
    print()
    agreed = report(result, f"{len(made)} runs made in {time.monotonic() - begun:.0f} s")
    print("run:", ", ".join(sorted({f"{run.client} {run.version}" for run in made})), "\n")
    same, other = changes(known, made)
    print(f"recorded before: {same} runs went as they did then, {len(other)} otherwise")
    print("".join(f"  {line}\n" for line in other))
    if arguments.words:
        for run in made:
            if run.words:
                print(f"{run} {run.row}\n    " + "\n    ".join(run.words.strip().splitlines()[-4:]))
    if left:
        print("left out:")
        print("".join(f"  {line}\n" for line in left))
    if arguments.record:
        keep(made)
    return agreed


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.wire", description="What mail clients do on the wire, and whether smtplint says so."
    )
    parser.add_argument("--compare", action="store_true", help="hold the recorded runs against smtplint, install nothing")
    parser.add_argument("--evidence", action="store_true", help="write rules/observed.yaml from the recorded runs")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this client (again for more)")
    parser.add_argument("--record", action="store_true", help="write what was seen into observations/")
    parser.add_argument("--workers", type=int, default=2 * cpus(), help="clients at the same time; most of them wait")
    parser.add_argument("--limit", type=float, default=10, help="seconds until a client counts as waiting")
    parser.add_argument("--no-waiting", action="store_true", help="leave out the servers that say nothing")
    parser.add_argument("--words", action="store_true", help="print what the clients say of their errors")
    parser.add_argument("--keep", metavar="FOLDER", help="install here and find it again the next time")
    arguments = parser.parse_args()
    os.umask(0o022)
    if arguments.evidence:
        evidence.write(load(), shipped())
        return 0
    return 0 if (compared() if arguments.compare else recorded(arguments)) else 1


if __name__ == "__main__":
    sys.exit(main())
