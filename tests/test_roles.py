"""Servers and relays that deliver straight are judged, though nobody is shown them among the outgoing links."""

from __future__ import annotations

import pytest

from smtplint.config import Options
from smtplint.linter import run_stdin
from smtplint.result import Result
from tests.examples import run, shipped


def lint(name: str, text: str) -> Result:
    return run_stdin(name, text.encode(), Options(cache=False))


STRAIGHT = "myhostname = mx.example.org\nrelayhost =\nsmtp_tls_security_level = may\nsmtp_tls_mandatory_protocols = TLSv1, TLSv1.2\n"


def test_a_relay_without_a_smarthost_is_judged() -> None:
    found, findings = run({"main.cf": STRAIGHT.encode()}, shipped())
    assert [(one.role, one.host, one.port) for one in found] == [("relay", None, 25)]
    assert [finding.rule for finding in findings] == ["SMTP301"]


def test_a_relay_without_a_smarthost_is_not_listed() -> None:
    result = lint("main.cf", STRAIGHT)
    assert [finding.rule for finding in result.findings] == ["SMTP301"]
    assert result.endpoints == []
    assert result.stats["endpoints"] == 0


def test_a_relay_with_a_smarthost_is_listed() -> None:
    result = lint("main.cf", "relayhost = relay.example.org\nsmtp_tls_security_level = may\n")
    assert [(one.role, one.host) for one in result.endpoints] == [("relay", "relay.example.org")]


@pytest.mark.parametrize("text", ["[remote.relay]\nport = 25\n", '[remote.relay]\naddress = ""\nport = 587\n'])
def test_a_submission_without_a_host_is_no_endpoint(text: str) -> None:
    assert run({"stalwart.toml": text.encode()}, shipped())[0] == []
