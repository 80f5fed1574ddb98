"""What smtplint says of a configuration is what the client did with it, for every run that was recorded.

The recorded runs are data (`observations/`); nothing is installed or started here. `python -m tests.wire --compare` prints the same
tables.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import pytest

from smtplint.catalog import Catalog
from tests.examples import RULES, load, shipped
from tests.wire import recorded
from tests.wire.clients import RENDERERS, SECOND
from tests.wire.predict import ORDER, SAFE, Comparison, compare

OTHER = {"plaintext": "starttls", "opportunistic": "starttls", "starttls": "plaintext", "implicit": "plaintext", "invalid": "starttls"}


@lru_cache(maxsize=1)
def runs() -> list[recorded.Run]:
    return recorded.load()


@lru_cache(maxsize=2)
def comparison(second: bool) -> Comparison:
    return compare(runs(), shipped(), SECOND if second else RENDERERS)


def test_the_recorded_runs_are_all_there() -> None:
    assert len(runs()) >= 3800
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


def test_most_runs_are_compared_and_agree(capsys: pytest.CaptureFixture[str]) -> None:
    result = comparison(False)
    assert result.compared >= 1950
    assert result.counts["agrees"] >= 0.87 * result.compared
    assert result.compared + sum(result.left.values()) == len(runs())
    with capsys.disabled():
        print("\n" + result.table())


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
    made["modes"][row]["mode"] = OTHER[made["modes"][row]["mode"]]
    held[name] = made
    try:
        yield
    finally:
        held[name] = original


def rows(kind: str, name: str) -> list[int]:
    part = shipped().profile(name) if kind == "profile" else shipped().client(name)
    return [number for number, row in enumerate(part["modes"]) if "observed" in row["known"] and row["mode"] in OTHER]


# The tables that decide most of the recorded runs, with the clients that show it.
OBSERVED = [
    ("client", "django-backend", ("django",)),
    ("client", "python-smtplib", ("python-smtplib", "flask-mail", "redmail", "yagmail")),
    ("client", "nodemailer", ("nodemailer",)),
    ("client", "phpmailer", ("phpmailer",)),
    ("client", "ruby-mail", ("ruby-mail", "actionmailer")),
    ("client", "symfony-mailer", ("symfony-mailer",)),
    ("client", "jakarta-mail", ("jakarta-mail", "javax-mail", "angus-mail")),
    ("client", "go-net-smtp", ("go-net-smtp",)),
    ("client", "lettre", ("lettre",)),
    ("client", "gomail", ("gomail.v2", "mail.v2")),
    ("profile", "alertmanager", ("alertmanager",)),
    ("profile", "fastapi-mail", ("fastapi-mail",)),
    ("profile", "flask-mailman", ("flask-mailman",)),
    ("profile", "gitea", ("gitea",)),
    ("profile", "git-send-email", ("git-send-email",)),
    ("profile", "msmtp", ("msmtp",)),
    ("profile", "mutt", ("mutt",)),
    ("profile", "nodemailer", ("nodemailer",)),
    ("profile", "postfix-smtp-client", ("postfix",)),
    ("profile", "rails-actionmailer", ("ruby-mail", "actionmailer")),
    ("profile", "quarkus-mailer", ("quarkus-mailer",)),
    ("profile", "spring-boot-mail", ("spring-boot",)),
    ("profile", "python-logging-smtphandler", ("logging.handlers.SMTPHandler",)),
    ("profile", "ssmtp", ("ssmtp",)),
]
# Rows for one version of a client whose files cannot say the version: another version's row fits the run as well.
OUT_OF_REACH = {("alertmanager", 6)}


@pytest.mark.parametrize(("kind", "name", "seen"), OBSERVED, ids=[name for _, name, _ in OBSERVED])
def test_a_wrong_row_is_noticed_by_the_runs(kind: str, name: str, seen: tuple[str, ...]) -> None:
    """A row that says `known: observed` has runs behind it: turn its mode round, and they disagree."""
    rules = shipped()
    own = [run for run in runs() if run.client in seen]
    ways = SECOND if name == "rails-actionmailer" else RENDERERS
    unnoticed = []
    for number in rows(kind, name):
        if (name, number) in OUT_OF_REACH:
            continue
        with flipped(rules, kind, name, number):
            result = compare(own, rules, ways, to_the_end=False)
            if not result.disagreements and not result.leaks:
                unnoticed.append((rules.profile(name) if kind == "profile" else rules.client(name))["modes"][number]["text"])
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


def test_every_table_that_says_observed_is_held() -> None:
    """A client or profile with an observed row is in the list above, or decides through one that is."""
    held = {name for _, name, _ in OBSERVED}
    # Rows of Redmine are those of Rails; Ansible's module was watched before runs were kept.
    restating = {"redmine", "ansible-mail-module"}
    saying = {
        path.stem
        for folder in ("clients", "profiles")
        for path in (RULES / folder).glob("*.yaml")
        if any("observed" in str(row.get("known", "")) for row in load(path).get("modes") or ())
    }
    assert saying - held - restating == set()
