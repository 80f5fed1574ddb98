"""What of a line may be seen: keys and decoded values, nothing else; and the underline stays under its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtplint.cli import main
from smtplint.endpoint import Field
from smtplint.finding import Finding, Related
from smtplint.report.snippet import SARIF_MASK, Visible, is_secret, shown_value
from smtplint.result import Result
from smtplint.source import Place, Source

from ..examples import run, shipped
from .factory import at, endpoint, field


def visible(source: Source, fields: list[Field], **facts: object) -> Visible:
    return Visible(Result(endpoints=[endpoint(source, fields, **facts)]))


def seen(source: Source, fields: list[Field], line: int = 1, lead: str = "", **facts: object) -> str:
    offset = at(source, lead).start if lead else None
    return visible(source, fields, **facts).line(source, line, at=offset).text


def test_a_decoded_value_and_its_key_are_shown_and_the_comment_is_not() -> None:
    source = Source(".env", "MAIL_PORT=587  # old password: hunter2\n")
    assert seen(source, [field("port", 587, source, "587", "MAIL_PORT")]) == "MAIL_PORT=587  ***"


def test_a_password_is_masked_at_a_width_that_does_not_tell_its_length() -> None:
    for secret in ("hunter2", "hunter2" * 9, "((hunter2))", "="):
        source = Source(".env", f"MAIL_PASSWORD={secret}\n")
        fields = [field("password", True, source, secret, "MAIL_PASSWORD")]
        assert seen(source, fields) == "MAIL_PASSWORD=***" if secret != "=" else "***" in seen(source, fields)


def test_a_line_that_nobody_decoded_is_masked_as_a_whole() -> None:
    source = Source("a.yaml", "anything: hunter2\n")
    assert seen(source, []) == "***"


def test_the_key_before_the_place_is_shown_when_the_reader_is_led_to_the_line() -> None:
    source = Source("a.yaml", "  - password: hunter2\n")
    assert seen(source, [], lead="hunter2") == "  - password: ***"


@pytest.mark.parametrize("line", ["hunter2=abc", "hunter2: abc", "hunter2 and more"])
def test_a_block_of_text_that_is_a_secret_does_not_pass_for_a_key(line: str) -> None:
    source = Source("a.yaml", f"password: |\n  {line}\n")
    secret = Field("password", "set", True, key="password", place=at(source, line), key_place=at(source, "password"))
    finding = Finding("SMTP403", "hardcoded-password", "warning", "a password", at(source, line), endpoint(source, [secret]))
    assert "hunter2" not in Visible(Result([finding])).line(source, 2, at=at(source, line).start).text


def test_of_a_url_only_scheme_host_and_port_are_shown() -> None:
    url = "smtp://me:hunter2@smtp.example.org:587/?token=C4nary"
    source = Source("x.env", f"EMAIL_URL={url}\n")
    whole = at(source, url)
    fields = [
        Field("url", "set", True, key="EMAIL_URL", place=whole, key_place=at(source, "EMAIL_URL")),
        Field("host", "set", "smtp.example.org", key="EMAIL_URL", place=whole),
        Field("port", "set", 587, key="EMAIL_URL", place=whole),
        Field("password", "set", True, key="EMAIL_URL", place=whole),
    ]
    assert seen(source, fields) == "EMAIL_URL=smtp://***smtp.example.org:587***"


def test_what_follows_an_at_sign_in_a_url_is_only_shown_when_it_is_the_host() -> None:
    source = Source("x.env", "EMAIL_URL=smtp://me@hunter2\n")
    fields = [Field("host", "set", "smtp.example.org", place=at(source, "smtp://me@hunter2"), key_place=at(source, "EMAIL_URL"))]
    assert seen(source, fields) == "EMAIL_URL=smtp://***"


def test_one_line_of_json_shows_what_is_known_of_it() -> None:
    source = Source("a.json", '{"user": "joe", "password": "hunter2", "port": 25, "x": "C4nary"}')
    fields = [
        field("port", 25, source, "25", "port"),
        field("password", True, source, '"hunter2"', "password"),
        field("username", True, source, '"joe"', "user"),
    ]
    text = seen(source, fields)
    assert "port" in text
    assert "25" in text
    assert not any(word in text for word in ("hunter2", "joe", "C4nary"))


def test_python_shows_how_a_value_is_looked_up_but_no_string() -> None:
    source = Source("settings.py", 'EMAIL_PORT = int(os.environ.get("EMAIL_PORT", 25))  # hunter2\nX = "C4nary"\n')
    fields = [Field("port", "set", 25, key="EMAIL_PORT", place=at(source, "25"), key_place=at(source, "EMAIL_PORT"))]
    assert seen(source, fields) == 'EMAIL_PORT = int(os.environ.get("EMAIL_PORT", 25))  ***'
    assert seen(source, fields, 2) == '***"'


def test_ruby_shows_what_a_key_stands_in() -> None:
    source = Source("gitlab.rb", "hunter2; gitlab_rails['smtp_port'] = 25 # C4nary\n")
    fields = [Field("port", "set", 25, key="smtp_port", place=at(source, "25"), key_place=at(source, "smtp_port"))]
    assert seen(source, fields) == "***; gitlab_rails['smtp_port'] = 25 ***"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("port: <%= ENV.fetch('SMTP_PORT', 25) %> # C4nary", "port: <%= ENV.fetch('SMTP_PORT', 25) %> ***"),
        ("port: <%= ENV['SMTP_PORT'] || 25 -%>", "port: <%= ENV['SMTP_PORT'] || 25 -%>"),
        ("port: <%= ENV['SMTP_PORT'] || ENV['hunter2'] || 25 %>", "port: <%= ENV['SMTP_PORT'] || *** 25 %>"),
    ],
)
def test_erb_shows_how_a_value_is_looked_up_but_no_string(line: str, shown: str) -> None:
    source = Source("email.yml", line + "\n")
    fields = [Field("port", "set", 25, key="port", place=at(source, "25"), key_place=at(source, "port"))]
    assert seen(source, fields) == shown


def test_names_of_references_are_shown_but_not_their_defaults() -> None:
    source = Source("compose.yml", "HOST: ${SMTP_HOST:-hunter2}\n")
    fields = [Field("host", "unresolved", key="HOST", place=at(source, "${SMTP_HOST:-hunter2}"), key_place=at(source, "HOST"))]
    assert seen(source, fields) == "HOST: ${SMTP_HOST:***}"


@pytest.mark.parametrize(
    ("name", "value", "raw", "shown"),
    [
        ("use_tls", True, "yes", True),
        ("use_tls", False, "'False'", True),
        ("security", "starttls", "STARTTLS", True),
        ("protocols", ("1.0", "1.2"), "TLSv1 TLSv1.2", True),
        ("port", None, "99999", True),
        ("port", None, "hunter2", False),
        ("oauth_refresh", True, "hunter2", False),
        ("api_token", "hunter2", "hunter2", False),
        ("reply_name", "hunter2", "hunter2", False),
        ("protocols", ("1.0",), "hunter2", False),
    ],
)
def test_a_value_is_shown_only_as_what_it_was_decoded_to(name: str, value: object, raw: str, shown: bool) -> None:
    source = Source("a.env", f"SETTING={raw}\n")
    made = Field(name, "set", value, key="SETTING", place=at(source, raw), key_place=at(source, "SETTING"))
    assert (seen(source, [made]) == f"SETTING={raw}") is shown
    assert not shown or "hunter2" not in seen(source, [made])


def test_one_endpoints_secret_hides_it_for_all() -> None:
    source = Source("a.env", "KEY=hunter2\n")
    first = endpoint(source, [field("host", "hunter2", source, "hunter2", "KEY")])
    second = endpoint(source, [field("password", True, source, "hunter2", "KEY")])
    assert Visible(Result(endpoints=[first, second])).line(source, 1).text == "KEY=***"


def test_a_user_name_in_a_url_does_not_pass_for_a_key() -> None:
    source = Source("a.env", "EMAIL_URL=smtp://joe:hunter2@h\n")
    user = Field("username", "set", True, place=at(source, "joe"))
    finding = Finding("SMTP401", "x", "warning", "m", at(source, "EMAIL_URL"), endpoint(source, [user]))
    finding.related = (Related(at(source, "joe"), "the user"),)
    assert Visible(Result([finding])).line(source, 1).text == "EMAIL_URL=***"


def test_control_characters_are_written_out_and_tabs_expanded_with_places_kept() -> None:
    source = Source("a.env", "\tA\x1b[31m\u202e=\t25")
    made = Field("port", "set", 25, key="A", place=at(source, "25"), key_place=Place(source, 1, 8))
    shown = visible(source, [made]).line(source, 1, tab=4)
    begin, end = shown.mark(source.text.index("25"), len(source.text))
    assert shown.text[begin:end] == "25"
    assert "\x1b" not in shown.text
    assert "\\x1b[31m\\u202e" in shown.text
    assert shown.text.startswith("    A")


def test_a_place_inside_a_mask_marks_the_mask() -> None:
    source = Source("a.env", "PASSWORD=hunter2\n")
    shown = visible(source, [field("password", True, source, "hunter2", "PASSWORD")]).line(source, 1, SARIF_MASK)
    begin, end = shown.mark(at(source, "hunter2").start, at(source, "hunter2").end)
    assert shown.text[begin:end] == SARIF_MASK


def test_a_long_line_is_looked_at_around_its_place() -> None:
    source = Source("a.json", '{"x": "' + "hunter2" * 100_000 + '", "port": 25, "y": "' + "C4nary" * 1000 + '"}')
    shown = visible(source, [field("port", 25, source, "25", "port")]).line(source, 1, at=at(source, " 25").start + 1)
    begin, end = shown.mark(at(source, " 25").start + 1, at(source, " 25").end)
    assert shown.text[begin:end] == "25"
    assert len(shown.text) < 200
    assert "hunter2" not in shown.text


def test_context_lines_are_shown_only_when_nothing_in_them_must_be_masked() -> None:
    source = Source("a.yaml", "smtp:\n  port: 25\n  password: hunter2\n  other: 1\n\n")
    made = visible(source, [field("port", 25, source, "25", "port"), field("password", True, source, "hunter2", "password")])
    assert [made.clear(source, line) for line in range(1, 7)] == [True, True, False, False, True, True]


@given(
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n\0"), max_size=20),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n\0"), max_size=20),
)
def test_no_text_around_a_secret_uncovers_it(before: str, after: str) -> None:
    source = Source("a.yaml", f"{before}hunter2{after}\nport: 25\n")
    start = source.text.index("hunter2")
    secret = Field("password", "set", True, place=Place(source, start, start + 7))
    port = field("port", 25, source, "25", "port")
    finding = Finding("SMTP403", "x", "warning", "m", Place(source, start, start + 7), endpoint(source, [secret, port]))
    shown = Visible(Result([finding]))
    assert "hunter2" not in shown.line(source, 1, at=start).text
    assert not shown.clear(source, 1)


def test_values_in_prose() -> None:
    assert shown_value(Field("port", "set", 587)) == "587"
    assert shown_value(Field("verify", "set", False)) == "false"
    assert shown_value(Field("password", "set", True)) == "(not shown)"
    assert shown_value(Field("port", "unresolved")) == "unresolved"
    assert shown_value(Field("from", "set", "joe@example.org")) == "(not shown)"
    assert shown_value(Field("protocols", "set", ("1.2", "1.3"))) == "1.2, 1.3"
    assert is_secret(Field("client_secret", "set", True))
    assert not is_secret(Field("host", "set", "h", key="EMAIL_HOST_LOGIN"))


def test_the_words_that_a_profile_gives_for_a_setting_are_shown_as_they_are_written() -> None:
    text = (
        "GF_SMTP_ENABLED=true\nGF_SMTP_HOST=smtp.example.org:587\nGF_SMTP_STARTTLS_POLICY=NoStartTLS\nGF_SMTP_PASSWORD=MandatoryStartTLS\n"
    )
    found, findings = run({".env": text.encode()}, shipped())
    plaintext = next(finding for finding in findings if finding.rule == "SMTP201")
    assert "GF_SMTP_STARTTLS_POLICY is NoStartTLS." in plaintext.message
    lines = Visible(Result(findings, endpoints=found))
    source = plaintext.place.source
    assert [lines.line(source, number, at=None).text for number in (3, 4)] == ["GF_SMTP_STARTTLS_POLICY=NoStartTLS", "GF_SMTP_PASSWORD=***"]


def test_the_word_that_sets_a_key_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".mailrc").write_text("set mta=smtp://me:hunter22x@smtp.example.org:25\n")
    main(["check", ".mailrc", "--isolated"])
    shown = capsys.readouterr().out
    assert "1 | set mta=smtp://***smtp.example.org:25" in shown and "hunter22x" not in shown
