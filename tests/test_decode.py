"""Decoders on values of which only a part can be seen."""

from __future__ import annotations

import time

import pytest

from smtplint.decode import decode, duration, is_placeholder, is_reference
from smtplint.source import Source
from smtplint.tree import Scalar


def parts(text: str) -> dict[str, tuple[str, object]]:
    """What a URL with a reference in it says: (state, value) by part; empty when nothing can be seen."""
    scalar = Scalar(text, Source(".env", text), 0, len(text), type="plain", style="plain", state="unresolved")
    decoded = decode(scalar, {"decoder": "url"}, "text")
    return {name: (state, value) for name, (state, value, _) in (decoded.parts or {}).items()}


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("smtps://shop:${PASSWORD}@smtp.example.org:465", "scheme", ("set", "smtps")),
        ("smtps://shop:${PASSWORD}@smtp.example.org:465", "host", ("set", "smtp.example.org")),
        ("smtps://shop:${PASSWORD}@smtp.example.org:465", "port", ("set", 465)),
        ("smtps://shop:${PASSWORD}@smtp.example.org:465", "password", ("unresolved", False)),
        ("smtp://${MAIL_HOST}:587", "host", ("unresolved", None)),
        ("smtp://${MAIL_HOST}:587", "port", ("set", 587)),
    ],
)
def test_a_reference_hides_only_its_own_part_of_a_url(text: str, name: str, expected: tuple[str, object]) -> None:
    assert parts(text)[name] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alice:correct:horse", {"username": True, "password": True}),
        ("alice:changeme", {"username": True, "password": False}),
        ("alice:", {"username": True}),
        ("alice", {"username": True}),
        (":correct-horse", {"password": True}),
        ("alice:${PASSWORD}", {}),
    ],
)
def test_a_name_and_a_password_in_one_value(text: str, expected: dict[str, bool]) -> None:
    scalar = Scalar(text, Source(".curlrc", text), 0, len(text), style="raw")
    decoded = decode(scalar, {"decoder": "userinfo"}, "text")
    assert {name: value for name, (_, value, _) in (decoded.parts or {}).items()} == expected


@pytest.mark.parametrize(
    "text", ["changeme", "your-password", "email_sender_password", "app-specific-password", "<secret>", "xxxx", "{{ password }}", ""]
)
def test_what_stands_for_a_password_is_none(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["correct-horse-battery", "Tr0ub4dor-3", "Kerzenlicht88", "abcd efgh ijkl mnop", "password-of-1987"])
def test_what_could_be_a_password_is_one(text: str) -> None:
    assert not is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        "((smtp.password))",
        "#{SmtpPassword}#",
        "ENC(Gx9f3kPq0JH2==)",
        "{cipher}AQB2c3ff",
        "@Microsoft.KeyVault(SecretUri=https://x)",
        "ENC[AES256_GCM,data:x]",
    ],
)
def test_what_is_kept_elsewhere_or_enciphered_is_a_reference(text: str) -> None:
    assert is_reference(text)


@pytest.mark.parametrize("text", ["true", "False", "off", "0", "587", "https://mail.example.org", "http://mail"])
def test_a_switch_a_number_and_a_web_address_are_no_hosts(text: str) -> None:
    scalar = Scalar(text, Source(".env", text), 0, len(text), style="raw")
    assert decode(scalar, {"decoder": "host"}, "text").state == "empty"


@pytest.mark.parametrize("text", ["${MAIL_URL}", "op://vault/mail/url", "vault:mail", ""])
def test_a_url_kept_elsewhere_says_nothing(text: str) -> None:
    assert parts(text) == {}


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("smtp://smtp.example.org/?from=bot@example.net", "smtp.example.org"),
        ("smtp://smtp.example.org:587/?from=bot@example.net", "smtp.example.org"),
        ("smtp://bot:a/b@smtp.example.org:587", "smtp.example.org"),
        ("smtp://bot:a?b@smtp.example.org", "smtp.example.org"),
    ],
)
def test_an_address_in_an_option_is_not_the_host(text: str, host: str) -> None:
    assert parts(text)["host"] == ("set", host)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("smtp.example.org::587", "smtp.example.org", 587),
        ("smtp.example.org:587", "smtp.example.org", 587),
        ("[2001:db8::25]:587", "2001:db8::25", 587),
        ("fe80::25", "fe80::25", None),
    ],
)
def test_a_port_behind_two_colons_is_no_address(text: str, host: str, port: int | None) -> None:
    scalar = Scalar(text, Source("mail.conf", text), 0, len(text), style="raw")
    found = decode(scalar, {"decoder": "host_port"}, "text").parts or {}
    assert found["host"][:2] == ("set", host)
    assert (found["port"][1] if "port" in found else None) == port
    assert port is None or text[found["port"][2].start : found["port"][2].end] == str(port)


@pytest.mark.parametrize(
    "text",
    ["1h30" * 15_000 + "!", "1" * 70_000, "1 " * 30_000 + "x", "PT" + "9" * 60_000 + "S", "PT1.2.3S", "9" * 400 + "s", "1m" * 9],
    ids=["units", "digits", "blanks", "iso digits", "iso points", "more than a float", "fine"],
)
def test_a_hostile_duration_is_read_in_no_time(text: str) -> None:
    begin = time.process_time()
    duration(text, {}, None)
    assert time.process_time() - begin < 0.5


@pytest.mark.parametrize(
    ("text", "seconds"), [("1h30m", 5400), ("500 ms", 0.5), ("5secs", 5), ("2 minutes", 120), ("PT1M5S", 65), ("10", 10), ("1d 2 h", 93600)]
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text, {}, None).value == seconds


@pytest.mark.parametrize("text", ["[:\xb25", "mail.example.org:\xb2\xb3", "mail.example.org:" + "9" * 5000])
def test_digits_that_make_no_number(text: str) -> None:
    for decoder in ("host", "host_port", "int", "url", "duration"):
        scalar = Scalar(text, Source(".env", text), 0, len(text))
        assert decode(scalar, {"decoder": decoder}, "text").state in ("set", "unresolved", "invalid", "empty")
