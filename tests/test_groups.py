"""A mapping under a name such as `smtpServer` is a group of settings; one that only points elsewhere is a value."""

from __future__ import annotations

import pytest

from tests.examples import run, shipped


@pytest.mark.parametrize(
    "text", ['{"smtpServer": {}}', '{"app": {"mailServer": {"from": "shop@example.org"}}}', '{"smtp_server": [{"from": "a@example.org"}]}']
)
def test_a_group_is_no_host(text: str) -> None:
    assert run({"settings.json": text.encode()}, shipped())[0] == []


def test_a_reference_is_a_host_out_of_sight() -> None:
    found, _ = run({"settings.yaml": b"smtp_host: {from_secret: relay}\nsmtp_port: 25\n"}, shipped())
    assert [(one.profile, one.host, one.port) for one in found] == [("generic", None, 25)]
