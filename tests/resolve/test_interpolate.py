"""References in values: every dialect, exact places of defaults, and what must stay unresolved."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtplint.catalog.condition import UNKNOWN
from smtplint.resolve.interpolate import DIALECTS, expand, is_elsewhere, names_in
from smtplint.source import Source
from smtplint.tree import Scalar


def scalar(text: str, name: str = "compose.yaml") -> Scalar:
    """A plain scalar in a file that holds nothing else but a key before it."""
    return Scalar(text, Source(name, "key: " + text), 5, 5 + len(text))


def resolved(text: str, dialect: str, **variables: object) -> Scalar:
    """`text` expanded with some variables set (a text), surely not set (None), and all others unknown."""

    def look_up(name: str) -> object:
        value = variables.get(name, UNKNOWN)
        return scalar(value, ".env") if isinstance(value, str) else value

    return expand(scalar(text), dialect, look_up)


@pytest.mark.parametrize(
    ("dialect", "text", "variables", "value"),
    [
        ("compose", "$PORT", {"PORT": "25"}, "25"),
        ("compose", "${PORT}", {"PORT": "25"}, "25"),
        ("compose", "${PORT}", {"PORT": None}, ""),
        ("compose", "${PORT:-587}", {"PORT": "25"}, "25"),
        ("compose", "${PORT:-587}", {}, "587"),
        ("compose", "${PORT:-587}", {"PORT": ""}, "587"),
        ("compose", "${PORT-587}", {"PORT": ""}, ""),
        ("compose", "${PORT-587}", {"PORT": None}, "587"),
        ("compose", "${PORT:-}", {"PORT": None}, ""),
        ("compose", "${PORT:-}", {}, None),
        ("compose", "${PORT}", {}, None),
        ("compose", "${PORT:?is needed}", {}, None),
        ("compose", "${PORT:?is needed}", {"PORT": "25"}, "25"),
        ("compose", "${TLS:+starttls}", {"TLS": "1"}, "starttls"),
        ("compose", "${TLS:+starttls}", {"TLS": None}, ""),
        ("compose", "${TLS:+starttls}", {}, None),
        ("compose", "${A:-${B:-587}}", {}, "587"),
        ("compose", "${A:-${B:-587}}", {"B": "465"}, "465"),
        ("compose", "pa$$word", {}, "pa$word"),
        ("compose", "${HOST:-smtp.example.org}:${PORT:-587}", {}, "smtp.example.org:587"),
        ("compose", "smtp.${DOMAIN}", {"DOMAIN": "example.org"}, "smtp.example.org"),
        ("compose", "smtp.${DOMAIN}", {}, None),
        ("shell", "${PORT:=587}", {}, "587"),
        ("shell", '${HOST:-"smtp.example.org"}', {}, "smtp.example.org"),
        ("dotenv", "${HOST}:25", {"HOST": "a.example.org"}, "a.example.org:25"),
        ("dotenv", "\\$HOST", {"HOST": "a.example.org"}, "$HOST"),
        ("dockerfile", "$HOST", {"HOST": "a.example.org"}, "a.example.org"),
        ("gitlab", "$SMTP_HOST", {"SMTP_HOST": "h"}, "h"),
        ("gitlab", "${X:-25}", {"X": "1"}, None),
        ("spring", "${MAIL_PORT:587}", {}, "587"),
        ("spring", "${mail.port:${MAIL_PORT:587}}", {}, "587"),
        ("spring", "${mail.host}", {"mail.host": "${base}", "base": "h.example.org"}, "h.example.org"),
        ("spring", "${MAIL_PORT:}", {}, None),
        ("spring", "#{environment.port}", {}, None),
        ("spring", "pa$word", {}, "pa$word"),
        ("symfony", "%env(int:PORT)%", {"PORT": "25"}, "25"),
        ("symfony", "%mailer.host%", {"%mailer.host": "%env(HOST)%", "HOST": "h"}, "h"),
        ("symfony", "100%%", {}, "100%"),
        ("symfony", "%env(DSN)%", {}, None),
        ("grafana", "$__env{PORT}", {"PORT": "25"}, "25"),
        ("grafana", "$__file{/run/secrets/x}", {}, None),
        ("configparser", "%(base)s.example.org", {"base": "smtp"}, "smtp.example.org"),
        ("workflow", "${{ env.HOST }}", {"HOST": "h"}, "h"),
        ("workflow", "${{ secrets.HOST }}", {"HOST": "h"}, None),
        ("workflow", "${{ vars.HOST || 'h' }}", {}, None),
        ("kubernetes", "$(HOST):25", {"HOST": "h"}, "h:25"),
        ("kubernetes", "smtp.${SECRET_DOMAIN}", {"SECRET_DOMAIN": "example.org"}, None),
        ("kubernetes", "${PORT:=587}", {}, "587"),
        ("maddy", "{env:HOST}", {"HOST": "h"}, "h"),
        ("devcontainer", "${localEnv:PORT:587}", {}, "587"),
        ("serverless", "${env:PORT, '587'}", {}, "587"),
        ("serverless", "${ssm:/mail/host}", {}, None),
        ("ansible", "{{ smtp_host | default('h') }}", {}, None),
        ("none", "${HOST}", {}, "${HOST}"),
        ("generic", "${PORT:-587}", {}, "587"),
        ("generic", "pa$word", {}, "pa$word"),
        ("generic", "100%", {}, "100%"),
        ("generic", "smtp://u:${PW}@h:25", {}, None),
    ],
)
def test_value(dialect: str, text: str, variables: dict[str, object], value: str | None) -> None:
    found = resolved(text, dialect, **variables)
    assert (found.text if found.state == "known" else None) == value


@pytest.mark.parametrize(
    "text",
    [
        "$NAME", "${NAME}", "%NAME%", "<%= ENV['X'] %>", "env:NAME", "op://vault/item/field", "vault:secret/data/mail#password",
        "ref+awssecrets://mail", "ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]", "arn:aws:secretsmanager:eu-west-1:1:secret:x",
        "{{ smtp_host }}",
        "@@HOST@@", "__HOST__", "%(host)s", "$(HOST)", "$ANSIBLE_VAULT;1.1;AES256\n6231", "{cipher}abcdef", "@SMTP_HOST@",
        "smtp.{{ domain }}", "@Microsoft.KeyVault(SecretUri=x)",
    ],
)  # fmt: skip
def test_a_reference_nobody_explained_is_unresolved(text: str) -> None:
    assert expand(scalar(text), "generic").state == "unresolved"


@pytest.mark.parametrize(
    "text", ["smtp.example.org", "587", "user@example.org", "p%40ss", "tls", "", "__", "#1", "{", "smtp://h:25", "[::1]"]
)
def test_plain_values_stay_as_they_are(text: str) -> None:
    for dialect in DIALECTS:
        found = expand(scalar(text), dialect)
        assert (found.text, found.state) == (text, "known"), dialect


@pytest.mark.parametrize("tag", ["!secret", "!vault", "!ENV", "!Ref"])
def test_tags_of_values_kept_elsewhere(tag: str) -> None:
    assert is_elsewhere(scalar("smtp_host").but(tag=tag))
    assert expand(scalar("smtp_host").but(tag=tag), "none").state == "unresolved"


def test_a_default_keeps_its_own_place_and_says_so() -> None:
    found = resolved("${SMTP_PORT:-${OTHER:-2525}}", "compose")
    assert (found.text, found.raw, found.source.path) == ("2525", "2525", "compose.yaml")
    assert "OTHER" in found.note
    assert found.via == ()


def test_a_default_is_typed_like_the_value_around_it() -> None:
    plain = resolved("${TLS:-off}", "compose")
    assert (plain.type, plain.style) == ("plain", "plain")
    text = '"${TLS:-off}"'
    source = Source("compose.yaml", text)
    quoted = expand(Scalar(text[1:-1], source, 0, len(text), style="double", type="str"), "compose")
    assert (quoted.text, quoted.type, quoted.raw) == ("off", "str", "off")


def test_a_value_from_elsewhere_lies_there_and_names_the_reference() -> None:
    found = resolved("${SMTP_HOST}", "compose", SMTP_HOST="h.example.org")
    assert found.source.path == ".env"
    assert [(place.path, place.start, place.end) for place in found.via] == [("compose.yaml", 5, 17)]


def test_an_unseen_part_leaves_the_rest_readable_for_addresses() -> None:
    found = resolved("smtp://me:${PASSWORD}@${HOST}:25", "compose", HOST="h.example.org")
    assert (found.state, found.text) == ("unresolved", "smtp://me:${PASSWORD}@h.example.org:25")
    found = resolved("smtp://me:%env(PASSWORD)%@h:25", "symfony")
    assert (found.state, found.text) == ("unresolved", "smtp://me:${PASSWORD}@h:25")


def test_single_quotes_keep_a_dotenv_value_as_it_is() -> None:
    assert expand(scalar("$HOST").but(style="single", type="str"), "dotenv").text == "$HOST"
    assert expand(scalar("${HOST:-x}").but(style="single", type="str"), "compose").text == "x"


def test_cycles_are_unresolved() -> None:
    assert resolved("${a}", "spring", a="${b}", b="${a}").state == "unresolved"
    assert resolved("${a}", "spring", a="${a}").state == "unresolved"
    assert resolved("x${a}", "spring", a="${b:25}", b="${a}").state == "unresolved"


def test_names_in() -> None:
    assert names_in("${A:-${B}} $C $$D", "compose") == ["A", "C"]
    assert names_in("%env(DSN)% %host%", "symfony") == ["DSN", "%host"]


def test_hostile_texts_are_cheap() -> None:
    start = time.process_time()
    names = {f"n{i}": f"${{n{i + 1}}}${{n{i + 1}}}" for i in range(40)}
    assert resolved("${n0}", "spring", **names).state == "unresolved"
    for text in (
        "${" * 40_000,
        "${a:-" * 5_000 + "}" * 5_000,
        "$" * 50_000,
        "%(" * 30_000,
        "{{" * 30_000,
        "${{" * 30_000,
        "%env(" * 10_000,
    ):
        for dialect in DIALECTS:
            resolved(text, dialect)
    assert time.process_time() - start < 20


@given(st.text(alphabet="${}:-?+%()AB1 env.'\"\\@_#", max_size=40), st.sampled_from(DIALECTS))
def test_never_raises_and_stays_inside_the_source(text: str, dialect: str) -> None:
    found = resolved(text, dialect, A="x", B=None)
    assert found.state in ("known", "unresolved")
    assert 0 <= found.start <= found.end <= len(found.source.text)
