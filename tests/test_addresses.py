"""Several addresses in one value: each is read at its own place, and only where the application takes several."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtplint import catalog, linter
from smtplint.addresses import each, spans
from smtplint.config import Options
from smtplint.endpoint import Endpoint
from smtplint.readers import read
from smtplint.source import Source
from smtplint.tree import Mapping, Scalar


@pytest.mark.parametrize(
    ("shape", "text", "parts"),
    [
        ("group", "failover(smtp://a smtp://b)", ["smtp://a", "smtp://b"]),
        ("group", " roundrobin( smtp://a\n  failover(smtps://b null://null) ) ", ["smtp://a", "smtps://b", "null://null"]),
        ("group", "failover(smtp://a?x=1 smtp://b)?retry_period=15", ["smtp://a?x=1", "smtp://b"]),
        ("group", "failover(smtp://a)", ["smtp://a"]),
        ("group", "failover(smtp://a smtp://b", []),
        ("group", "smtp://a || smtp://b", ["smtp://a", "smtp://b"]),
        ("group", "smtp://a && smtps://b:465", ["smtp://a", "smtps://b:465"]),
        ("group", "smtp://u:p,q@a", []),
        ("group", "failover(smtp://{{ host }}:25 smtp://b)", []),
        ("list", "smtp://a,smtps://b ; smtp+tls://c\n", ["smtp://a", "smtps://b", "smtp+tls://c"]),
        ("list", "smtp://u:p,q@a:25/?to=x,y smtp://[2001:db8::1]:25", ["smtp://u:p,q@a:25/?to=x,y", "smtp://[2001:db8::1]:25"]),
        ("list", "discord://x@y smtp://a", ["discord://x@y", "smtp://a"]),
        ("list", "smtp://a", []),
        ("list", "", []),
        ("hosts", "[a]:587,[b]:25  c", ["[a]:587", "[b]:25", "c"]),
        ("hosts", "[${X:-a b}]:587", []),
    ],
)
def test_where_the_addresses_stand(shape: str, text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in spans(text, shape)] == parts


@pytest.mark.parametrize("quote", ["'", '"', ""])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_each_has_its_own_place(quote: str, newline: str) -> None:
    text = f"a: 1{newline}dsn: {quote}failover(smtp://u:${{P}}@a.example.org:587 smtp://b.example.org:25){quote}{newline}"
    (document,) = read(Source("mailer.yaml", text), "yaml")
    assert isinstance(document.root, Mapping)
    node = document.root.get("dsn")
    assert node is not None
    first, second = each(node, "group")
    assert isinstance(first, Scalar)
    assert isinstance(second, Scalar)
    assert (first.raw, first.state) == ("smtp://u:${P}@a.example.org:587", "unresolved")
    assert (second.raw, second.state, second.place.line) == ("smtp://b.example.org:25", "known", 2)


def endpoints(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> list[Endpoint]:
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    monkeypatch.chdir(folder)
    return linter.run(["."], Options()).endpoints


def test_every_address_is_an_endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = endpoints(tmp_path, monkeypatch, **{".env": "# mail\nMAILER_DSN='failover(smtp://a.example.org:25 smtp://b.example.org:25)'\n"})
    assert [(one.host, one.port, one.line) for one in found] == [("a.example.org", 25, 2), ("b.example.org", 25, 2)]
    assert len({one.id for one in found}) == 2
    places = [one.fields["port"].place for one in found]
    assert [(place.line, place.column) for place in places if place is not None] == [(2, 43), (2, 67)]
    # Two causes, though they are alike: one may be mended and the other not.
    from smtplint.judge import judge

    assert [finding.place.column for finding in judge(found, catalog.load()) if finding.rule == "SMTP101"] == [43, 67]


def test_an_application_that_takes_one_address_gives_one_endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ory Kratos reads one address; what it makes of two cannot be told."""
    text = "COURIER_SMTP_CONNECTION_URI=smtp://a.example.org:25,smtp://b.example.org:25\n"
    (found,) = endpoints(tmp_path, monkeypatch, **{".env": text})
    assert (found.profile, found.host) == ("ory-kratos", None)


def test_keys_of_any_name_are_endpoints_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each stands for itself under its name, with a group of addresses below one of them."""
    (tmp_path / "config/packages").mkdir(parents=True)
    text = (
        "framework:\n  mailer:\n    transports:\n      bulk: smtp://a.example.org:25\n"
        "      alert: failover(smtps://b.example.org smtp://c.example.org:25)\n"
    )
    found = endpoints(tmp_path, monkeypatch, **{"config/packages/mailer.yaml": text})
    assert [(one.host, one.port, one.line) for one in found] == [
        ("a.example.org", 25, 4),
        ("b.example.org", 465, 5),
        ("c.example.org", 25, 5),
    ]
    assert [one.id.rpartition("transports")[2].split("@")[0] for one in found] == [".bulk", ".alert[0]", ".alert[1]"]
    assert [one.fields["url"].key for one in found] == ["framework.mailer.transports.bulk"] + ["framework.mailer.transports.alert"] * 2
