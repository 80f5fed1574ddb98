"""Which rows of the tables are known from what was seen: `rules/observed.yaml`, derived from the recorded runs.

A run speaks for a row when smtplint decides by that row and the run agrees in everything that is claimed;
and among the runs decided by the row there must be one that would have gone otherwise in another mode.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from typing import Any

import yaml

from smtplint.catalog import Catalog
from smtplint.catalog.describe import row_label
from tests.examples import RULES, load
from tests.wire.clients import RENDERERS, SECOND
from tests.wire.predict import AGREES, Comparison, Said, claims, fits, judge, verdict
from tests.wire.recorded import SCENARIOS, Run

FILE = RULES / "observed.yaml"
HEAD = "# Which rows were seen on the wire, with which clients and servers. Written by `python -m tests.wire --evidence` from the recorded runs.\n"
SHORT = {
    "S1": "offered",
    "S1L": "AUTH LOGIN only",
    "S2": "stripped",
    "S2L": "stripped",
    "S3": "refused",
    "S4": "self-signed",
    "S5": "wrong name",
    "S6": "old TLS",
    "S6p": "old TLS",
    "S7": "implicit",
    "S7x": "implicit",
    "S8": "implicit self-signed",
    "S8w": "implicit wrong name",
    "S8o": "implicit old TLS",
    "S8op": "implicit old TLS",
    "S9": "plain",
    "S9p": "plain",
    "S10": "implicit unasked",
    "S11": "silent",
    "S12": "injected reply",
}

Rows = dict[str, dict[str, dict[str, dict[str, list[str]]]]]  # table → row → client → version → servers


OTHER = {"plaintext": "starttls", "opportunistic": "starttls", "starttls": "plaintext", "implicit": "plaintext", "invalid": "starttls"}


def _speaks_for(said: list[Said], run: Run) -> Said | None:
    """The candidate whose row was seen to be right; where the version is open, the one that fits when no other does."""
    if len(said) == 1:
        return said[0] if said[0].row and verdict(said, run)[0] == AGREES else None
    if not all(one.row for one in said):
        return None
    fitting = [one for one in said if fits(one, run)]
    return fitting[0] if len(fitting) == 1 and None not in claims(fitting[0], run.scenario) else None


def _rules_out(said: Said, run: Run) -> bool:
    """Whether a run went as the row says of the mail, and could not have gone so in the mode that the row would be mistaken for."""
    mistaken = copy.copy(said)
    mistaken.mode = OTHER.get(said.mode, said.mode)
    right, wrong = (
        all(claim is None or claim is seen for claim, seen in zip(claims(one, run.scenario)[1:], (run.body, run.delivered), strict=True))
        for one in (said, mistaken)
    )
    return right and not wrong


def derive(runs: Iterable[Run], rules: Catalog) -> Rows:
    """Every row that a run speaks for, with clients, versions and servers."""
    tables: dict[str, list[dict[str, Any]]] = {}
    found: dict[str, dict[int, dict[str, dict[str, set[str]]]]] = {}
    proved: dict[tuple[str, int], bool] = {}
    runs = list(runs)
    for ways in (RENDERERS, SECOND):
        kept: dict[tuple[str, str, str, int], list[Said] | str] = {}
        for run in runs:
            if run.client not in ways:
                continue
            key = (run.client, run.version, json.dumps(run.config, sort_keys=True), run.port)
            if key not in kept:
                kept[key] = judge(Comparison(), run, ways[run.client](run.version, run.config, run.port), run.port, rules)
            said = kept[key]
            one = None if isinstance(said, str) else _speaks_for(said, run)
            if isinstance(said, list) and len(said) == 1 and said[0].row:
                doubted = (said[0].row["table"], said[0].row["number"])
                proved[doubted] = proved.get(doubted, False) or _rules_out(said[0], run)
            if one is None:
                continue
            row = one.row
            if len(said) > 1:
                proved[row["table"], row["number"]] = True  # no other row of the table fits
            versions = found.setdefault(row["table"], {}).setdefault(row["number"], {}).setdefault(run.client, {})
            versions.setdefault(run.version, set()).add(run.scenario)
    order = list(SCENARIOS)
    derived: Rows = {}
    for table in sorted(found):
        tables[table] = load(RULES / f"{table}.yaml")["modes"]
        derived[table] = {
            row_label(tables[table][number]): {
                client: {version: sorted(seen, key=order.index) for version, seen in sorted(versions.items())}
                for client, versions in sorted(clients.items())
            }
            for number, clients in sorted(found[table].items())
            if proved.get((table, number))
        }
    return {table: rows for table, rows in derived.items() if rows}


def text(rows: Rows) -> str:
    """As the file has it: versions that met the same servers stand together."""
    written: dict[str, dict[str, list[list[str]]]] = {}
    for table, labels in rows.items():
        for label, clients in labels.items():
            entries = written.setdefault(table, {}).setdefault(label, [])
            for client, versions in clients.items():
                together: dict[str, list[str]] = {}
                for version, servers in versions.items():
                    together.setdefault(" ".join(servers), []).append(version)
                entries.extend([client, ", ".join(same), servers] for servers, same in together.items())
    return HEAD + yaml.safe_dump({"servers": SHORT, "rows": written}, sort_keys=False, width=200, default_flow_style=None)


def write(runs: Iterable[Run], rules: Catalog) -> None:
    """Write the file anew."""
    FILE.write_text(text(derive(runs, rules)), "utf-8")
