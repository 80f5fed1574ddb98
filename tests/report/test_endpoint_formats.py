"""The lists of endpoints."""

from __future__ import annotations

import csv
import io

import pytest

from smtplint.endpoint import Endpoint
from smtplint.report import endpoint_renderer
from smtplint.report.endpoints import glance, listed
from smtplint.report.words import cells
from smtplint.result import Result
from smtplint.source import Source

from .factory import context, endpoint, yaml_case


def plain(**facts: object) -> Endpoint:
    return endpoint(Source(str(facts.pop("path", "a.env")), "X=1\n"), [], **facts)


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"mode": "implicit", "verify": True, "verify_hostname": True}, "locked"),
        ({"mode": "starttls", "verify": True}, "locked"),
        ({"mode": "starttls", "verify": False}, "strippable"),
        ({"mode": "implicit", "verify": True, "verify_hostname": False}, "strippable"),
        ({"mode": "opportunistic", "verify": True}, "strippable"),
        ({"mode": "plaintext"}, "open"),
        ({"mode": "starttls", "verify": None}, "unknown"),
        ({"mode": "unknown"}, "unknown"),
        ({"mode": "invalid"}, "unknown"),
        ({"mode": "plaintext", "enabled": False}, "off"),
    ],
)
def test_the_glance_word(facts: dict[str, object], word: str) -> None:
    assert glance(plain(**facts)) == word


def test_servers_and_relays_without_a_host_are_not_listed() -> None:
    made = [plain(role="server"), plain(role="relay"), plain(role="relay", host="mx.example.org"), plain(path="0.env")]
    assert [(item.file, item.role) for item in listed(Result(endpoints=made))] == [("0.env", "submission"), ("a.env", "relay")]


def test_the_table_is_aligned_whatever_the_width_of_names() -> None:
    made = [plain(name="\u90ae\u4ef6", mode="plaintext", port=25, host="h"), plain(name="mail", mode="opportunistic", port=587, host="hh")]
    lines = endpoint_renderer("table")(Result(endpoints=made), context()).splitlines()
    starts = {cells(line[: line.index("generic")]) for line in lines[1:3]}
    assert len(starts) == 1
    assert lines[-1] == "2 endpoints: 1 strippable, 1 open."


def test_colour_touches_the_first_word_only() -> None:
    shown = endpoint_renderer("table")(Result(endpoints=[plain(mode="plaintext")]), context(color=True))
    assert shown.splitlines()[1].startswith("\x1b[31mopen\x1b[0m ")


def test_csv_reads_back_and_holds_no_formula() -> None:
    made = plain(name='=cmd|"x", y', mode="plaintext", host="h", port=25, verify=False)
    (row,) = csv.DictReader(io.StringIO(endpoint_renderer("csv")(Result(endpoints=[made]), context())))
    assert row["name"] == '\'=cmd|"x", y'
    assert (row["port"], row["verify"], row["tls_min"], row["glance"]) == ("25", "false", "", "open")


def test_markdown_cells_cannot_break_the_table() -> None:
    lines = endpoint_renderer("markdown")(Result(endpoints=[plain(name="a|b\n<i>", host="h_1")]), context()).splitlines()
    assert len(lines) == 3
    assert "a\\|b\\\\x0a\\<i\\>" in lines[2]


def test_explain_tells_every_field_and_its_way() -> None:
    assert endpoint_renderer("explain")(yaml_case(), context()) == (
        "config/mail.yaml:2: app (generic)\n"
        "  strippable: encrypts if the server offers STARTTLS, else goes on in clear\n"
        "  host      smtp.example.org  set as SMTP_HOST in .env:2:11\n"
        "              by way of config/mail.yaml:2:9\n"
        "  port      587  set as smtp.port in config/mail.yaml:3:13\n"
        "  mode      opportunistic  default of app when starttls is absent\n"
        "  password  (not shown)  set as password in config/mail.yaml:4:13\n"
    )


def test_no_endpoints() -> None:
    for name in ("table", "markdown", "explain"):
        assert endpoint_renderer(name)(Result(), context()) == "No endpoints.\n"
