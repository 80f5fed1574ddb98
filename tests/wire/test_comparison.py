"""What smtplint says of a configuration is what the client did with it, for every run that was recorded.

The recorded runs are data (`observations/`); nothing is installed or started here. `python -m tests.wire --compare` prints the same
tables.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import pytest

from smtplint.catalog import Catalog, describe
from smtplint.catalog.describe import row_label
from tests.examples import RULES, load, shipped
from tests.wire import evidence, recorded
from tests.wire.clients import RENDERERS, SECOND
from tests.wire.predict import ORDER, SAFE, Comparison, compare


@lru_cache(maxsize=1)
def runs() -> list[recorded.Run]:
    return recorded.load()


@lru_cache(maxsize=2)
def comparison(second: bool) -> Comparison:
    return compare(runs(), shipped(), SECOND if second else RENDERERS)


def test_the_recorded_runs_are_all_there() -> None:
    assert len(runs()) >= 4500
    assert len({(run.client, run.version) for run in runs()}) >= 60
    assert sum(path.stat().st_size for path in recorded.RECORDED.iterdir()) < 400_000


@pytest.mark.parametrize("second", [False, True], ids=["profile", "second profile"])
def test_no_leak_is_called_safe(second: bool) -> None:
    assert comparison(second).leaks == []


@pytest.mark.parametrize("second", [False, True], ids=["profile", "second profile"])
def test_every_run_agrees_or_is_excused_for_a_reason(second: bool) -> None:
    result = comparison(second)
    assert result.disagreements == []
    assert set(result.counts) <= set(ORDER)


def test_most_runs_are_compared_and_agree(at_the_end: list[str]) -> None:
    result = comparison(False)
    assert result.compared >= 4500
    assert result.counts["agrees"] >= 0.87 * result.compared
    assert result.compared + sum(result.left.values()) == len(runs())
    at_the_end.append(result.table())


def test_every_kind_of_leak_was_recorded_and_is_foretold() -> None:
    """The comparison would be idle without runs in which something leaked."""
    leaks = [run for run in runs() if run.password]
    assert len(leaks) > 300
    assert len({run.client for run in leaks} & set(RENDERERS)) > 15


@contextmanager
def flipped(rules: Catalog, kind: str, name: str, row: int) -> Iterator[None]:
    held: dict[str, Any] = rules._profiles if kind == "profile" else rules._clients
    read: Callable[[str], dict[str, Any]] = rules.profile if kind == "profile" else rules.client
    original = read(name)
    made = copy.deepcopy(original)
    made["modes"][row]["mode"] = evidence.OTHER[made["modes"][row]["mode"]]
    held[name] = made
    try:
        yield
    finally:
        held[name] = original


@lru_cache(maxsize=1)
def observed() -> dict[str, dict[str, list[list[str]]]]:
    rows: dict[str, dict[str, list[list[str]]]] = load(evidence.FILE)["rows"]
    return rows


def rows(kind: str, name: str) -> list[int]:
    """The rows of a table that are said to be observed and whose mode another one can take the place of."""
    folder = f"{kind}s"
    seen = observed().get(f"{folder}/{name}", {})
    part = load(RULES / folder / f"{name}.yaml")
    return [number for number, row in enumerate(part["modes"]) if row_label(row) in seen and row["mode"] in evidence.OTHER]


# Rows that differ by a version which no file beside Alertmanager's tells: the other one fits the run as well.
OUT_OF_REACH = {"port == 465", "port == 465 (image >=0.31)"}


@pytest.mark.parametrize("table", sorted(observed()))
def test_a_wrong_row_is_noticed_by_the_runs(table: str) -> None:
    """A row that is said to be observed has runs behind it: turn its mode round, and they disagree."""
    rules = shipped()
    folder, _, name = table.partition("/")
    kind = folder[:-1]
    seen = {client for entries in observed()[table].values() for client, _, _ in entries}
    own = [run for run in runs() if run.client in seen]
    unnoticed = []
    for number in rows(kind, name):
        label = row_label(load(RULES / f"{table}.yaml")["modes"][number])
        if name == "alertmanager" and label in OUT_OF_REACH:
            continue
        with flipped(rules, kind, name, number):
            results = (compare(own, rules, ways, to_the_end=False) for ways in (RENDERERS, SECOND))
            if not any(result.disagreements or result.leaks for result in results):
                unnoticed.append(label)
    assert unnoticed == []


def test_a_leak_called_safe_is_told_apart() -> None:
    """Clear text that is taken for STARTTLS: the worst mistake has its own list, without excuses."""
    rules = shipped()
    last = len(rules.client("django-backend")["modes"]) - 1
    with flipped(rules, "client", "django-backend", last):
        result = compare([run for run in runs() if run.client == "django"], rules)
    assert result.leaks
    assert all("a leak that is called safe" in line for line in result.leaks)
    assert "starttls" in SAFE


def test_what_is_said_to_be_observed_follows_from_the_recorded_runs() -> None:
    """`python -m tests.wire --evidence` writes it; nobody claims it by hand."""
    assert evidence.FILE.read_text("utf-8") == evidence.text(evidence.derive(runs(), shipped())), (
        "python -m tests.wire --evidence writes it"
    )
    claimed = [
        f"{path.stem}: {row_label(row)}"
        for folder in ("clients", "profiles")
        for path in (RULES / folder).glob("*.yaml")
        for row in load(path).get("modes") or ()
        if "observed" in str(row.get("known", ""))
    ]
    assert claimed == []


def test_a_profile_tells_with_which_clients_and_servers_a_row_was_seen() -> None:
    told = describe.profile_text(shipped(), "mutt").splitlines()
    assert any("ssl_force_tls" in line and "[observed: mutt 2.2.12 against offered," in line for line in told)
    told = describe.profile_text(shipped(), "vaultwarden").splitlines()
    assert any("[read in its source]" in line for line in told)


def test_every_row_of_every_profile_says_how_it_is_known() -> None:
    rules = shipped()
    for name in rules.profile_ids:
        text = describe.profile_text(rules, name)
        table = text[text.index("On the wire") :].split("\n\n")[0].splitlines()[1:]
        for line in table:
            if line.startswith(("- then as ", "  (")):
                continue
            assert re.search(r"\[(observed: .+|read in .+|documented.*)\]$", line), f"{name}: {line}"
