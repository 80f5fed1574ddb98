"""Every check of `rules/checks/`, held against its own examples, and each part of it against a mutation that an example has to notice."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml

from smtplint.catalog.condition import UNKNOWN, compile_condition, evaluate, names
from smtplint.facts import NAMES
from tests.examples import run, shipped

RULES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "rules")
Condition = tuple[Any, ...]

# Where None says that something is not known; elsewhere it is a value, such as "no provider".
NONE_IS_UNKNOWN = ("host", "port", "verify", "verify_hostname", "timeout", "provider_lists_port", "enabled")

# An endpoint that no check has anything to say about.
NEUTRAL: dict[str, Any] = {
    **dict.fromkeys(NAMES, False),
    **dict.fromkeys(("tls_min", "tls_max", "provider", "provider_confidence", "provider_kind", "provider_mode", "provider_lists_port")),
    **dict.fromkeys(("client_floor", "mechanism")),
    "role": "submission", "host": "mail.example.org", "host_scope": "public", "port": 587, "mode": "starttls", "verify": True,
    "verify_hostname": True, "timeout": 30, "auth": "set", "enabled": True, "profile": "example",
}  # fmt: skip

# The table of rules that users rely on: id, slug, level, on by default.
CATALOGUE = """
SMTP101 submission-on-port-25 error on
SMTP102 port-2525-as-primary note on
SMTP103 not-a-submission-port warning on
SMTP104 invalid-port error on
SMTP105 provider-port-mismatch error on
SMTP106 provider-host-retired warning on
SMTP111 port-25-to-private-relay note off
SMTP201 plaintext-submission error on
SMTP202 optional-starttls error on
SMTP203 plaintext-on-465 error on
SMTP204 starttls-on-465 error on
SMTP205 implicit-tls-on-starttls-port error on
SMTP206 conflicting-tls-options error on
SMTP211 private-relay-in-clear note on
SMTP301 tls-below-1.2 error on
SMTP302 tls-minimum-not-set note on
SMTP303 certificate-not-verified error on
SMTP304 hostname-not-verified error on
SMTP305 tls-1.3-disabled note on
SMTP401 submission-without-auth warning on
SMTP403 hardcoded-password warning on
SMTP404 weak-auth-mechanism warning on
SMTP501 no-timeout note off
"""


def load() -> dict[str, dict[str, Any]]:
    found = {}
    folder = os.path.join(RULES, "checks")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as stream:
            found[name.removesuffix(".yaml")] = yaml.safe_load(stream)
    return found


CHECKS = load()


def level_of(check: dict[str, Any], flag: Condition, given: dict[str, Any]) -> str | None:
    """The level at which a check speaks of an endpoint, None when it is silent."""
    facts = {**NEUTRAL, **given}
    if facts["enabled"] is False or facts["role"] not in check["roles"] or facts["host_scope"] not in check["scopes"]:
        return None
    if facts["profile"] == "generic" and not check["generic"]:
        return None

    def value(name: str) -> object:
        unknown = (facts[name] == "unknown" and name != "host_scope") or (facts[name] is None and name in NONE_IS_UNKNOWN)
        return UNKNOWN if unknown else facts[name]

    def state(name: str) -> str | None:
        return "absent" if facts[name] is None else "present"

    if any(value(name) is UNKNOWN for name in check["needs"]) or not evaluate(flag, value, state):
        return None
    return next(str(row["level"]) for row in check["levels"] if "when" not in row or evaluate(compile_condition(row["when"]), value, state))


def verdicts(check: dict[str, Any], flag: Condition) -> list[bool]:
    return [level_of(check, flag, example["endpoint"]) is not None for example in check["examples"]]


def examples() -> Iterator[Any]:
    for name, check in CHECKS.items():
        for number, example in enumerate(check["examples"], 1):
            facts = ",".join(f"{key}={value}" for key, value in example["endpoint"].items())
            yield pytest.param(check, example, id=f"{name}-{number}-{facts}")


@pytest.mark.parametrize(("check", "example"), list(examples()))
def test_example(check: dict[str, Any], example: dict[str, Any]) -> None:
    level = level_of(check, compile_condition(check["flag"]), example["endpoint"])
    assert (level is not None) == example["flagged"]
    if "level" in example:
        assert level == example["level"]


def test_the_catalogue_is_the_published_one() -> None:
    rows = [
        f"{check['id']} {check['slug']} {check['levels'][-1]['level']} {'on' if check['default'] else 'off'}" for check in CHECKS.values()
    ]
    assert rows == CATALOGUE.split("\n")[1:-1]


@pytest.mark.parametrize("name", CHECKS)
def test_check_follows_the_schema(name: str) -> None:
    with open(os.path.join(RULES, "schemas", "check.schema.json"), encoding="utf-8") as stream:
        schema = json.load(stream)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(CHECKS[name])
    assert CHECKS[name]["id"] == name
    assert set(schema["$defs"]["endpoint"]["properties"]) == set(NAMES)


@pytest.mark.parametrize("name", CHECKS)
def test_conditions_ask_about_known_facts_only(name: str) -> None:
    check = CHECKS[name]
    conditions = [check["flag"], *(row["when"] for row in check["levels"] if "when" in row)]
    assert {fact for text in conditions for fact in names(compile_condition(text))} <= set(NAMES)
    assert "when" not in check["levels"][-1]
    assert all("when" in row for row in check["levels"][:-1])


def parts(condition: Condition, rest: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """The path to every operand of every `and` and `or`."""
    if condition[0] in ("and", "or", "not"):
        for index in range(1, len(condition)):
            if condition[0] != "not":
                yield (*rest, index)
            yield from parts(condition[index], (*rest, index))


def replaced(condition: Condition, path: tuple[int, ...], new: Condition) -> Condition:
    if not path:
        return new
    index = path[0]
    return (*condition[:index], replaced(condition[index], path[1:], new), *condition[index + 1 :])


def operator_at(condition: Condition, path: tuple[int, ...]) -> str:
    for index in path[:-1]:
        condition = condition[index]
    return str(condition[0])


@pytest.mark.parametrize("name", CHECKS)
def test_every_clause_is_held_by_an_example(name: str) -> None:
    """Taking out any operand of an `and` or `or` changes the verdict on at least one example."""
    check = CHECKS[name]
    flag = compile_condition(check["flag"])
    expected = verdicts(check, flag)
    for path in parts(flag):
        neutral = ("const", operator_at(flag, path) == "and")
        assert verdicts(check, replaced(flag, path, neutral)) != expected, f"no example notices that part {path} is gone"


@pytest.mark.parametrize("name", CHECKS)
def test_every_gate_is_held_by_an_example(name: str) -> None:
    """Roles, scopes and the silence about unknown applications: one more, or one less, changes a verdict."""
    check = CHECKS[name]
    flag = compile_condition(check["flag"])
    expected = verdicts(check, flag)
    for gate, values in (
        ("roles", ("submission", "relay", "server")),
        ("scopes", ("public", "private", "loopback", "development", "unknown")),
    ):
        for value in values:
            changed = [item for item in check[gate] if item != value] if value in check[gate] else [*check[gate], value]
            assert verdicts({**check, gate: changed}, flag) != expected, f"no example notices {gate}: {changed}"
    assert verdicts({**check, "generic": not check["generic"]}, flag) != expected


@pytest.mark.parametrize("name", CHECKS)
def test_silent_about_a_neutral_and_a_disabled_endpoint(name: str) -> None:
    check = CHECKS[name]
    flag = compile_condition(check["flag"])
    assert level_of(check, flag, {}) is None
    assert not any(level_of(check, flag, {**example["endpoint"], "enabled": False}) for example in check["examples"])


@pytest.mark.parametrize("name", CHECKS)
def test_silent_where_a_needed_fact_is_unknown(name: str) -> None:
    check = CHECKS[name]
    flag = compile_condition(check["flag"])
    for example in check["examples"]:
        for fact in check["needs"]:
            assert level_of(check, flag, {**example["endpoint"], fact: "unknown"}) is None
    for fact in set(names(flag)) - {"mode", "role", "profile"}:
        assert level_of(check, flag, {fact: "unknown"}) is None


VARIABLES = {
    "name": "Vaultwarden", "host": "mail.example.org", "port": "587", "key": "SMTP_PORT", "origin_port": "SMTP_PORT is 587.",
    "origin_mode": "SMTP_SECURITY is off.", "origin_verify": "SMTP_ACCEPT_INVALID_CERTS is true.", "origin_name": "SMTP_ACCEPT_INVALID_HOSTNAMES is true.", "origin_tls": "SMTP_TLS_MIN is absent.",
    "and_the_password": " and the password", "provider": "Postmark", "provider_ports": "587 with STARTTLS", "tls_min": "1.0",
    "mechanism": "CRAM-MD5", "timeout_note": "", "doubt": "", "condition": "mail.example.org offers STARTTLS",
    "takes_it_away": "removes the offer", "begins_in_clear": "begins in clear there and waits for a greeting that does not come",
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("quiet", [False, True], ids=["all", "optional-parts-empty"])
def test_messages_are_whole_sentences(name: str, quiet: bool) -> None:
    optional = ("origin_port", "origin_mode", "origin_verify", "origin_name", "origin_tls", "and_the_password")
    values = {key: "" if quiet and key in optional else value for key, value in VARIABLES.items()}
    text = re.sub(r"\s+", " ", CHECKS[name]["message"].format_map(values)).strip()
    assert text.endswith(".")
    assert not re.search(r"\s[.,:;]|\.\.|[{}]|None", text)
    first = text.split(". ")[0]
    assert re.match(r"[A-Za-z0-9]", first)
    assert len(first) < 200
    for field in ("title", "why", "mark"):
        assert "{" not in CHECKS[name][field]
    assert CHECKS[name]["why"].rstrip().endswith(".")


def test_port_465_in_clear_is_one_finding() -> None:
    """Whatever the mode, at most one of the checks about clear text speaks of an endpoint."""
    clear = {name: compile_condition(CHECKS[name]["flag"]) for name in ("SMTP201", "SMTP202", "SMTP203", "SMTP211")}
    for scope in ("public", "private", "unknown"):
        for port in (25, 465, 587, 2525):
            for mode in ("plaintext", "opportunistic"):
                given = {"host_scope": scope, "port": port, "mode": mode}
                assert sum(level_of(CHECKS[name], flag, given) is not None for name, flag in clear.items()) == 1


@pytest.mark.parametrize(
    ("port", "rule", "said"),
    [
        (465, "SMTP203", "Jakarta Mail begins anew in clear when the handshake fails."),
        (587, "SMTP202", "encrypts only if the handshake with smtp.example.org succeeds, and otherwise goes on in clear"),
    ],
)
def test_encryption_that_is_lost_with_a_handshake_is_told_as_such(port: int, rule: str, said: str) -> None:
    text = f"mail.smtp.host=smtp.example.org\nmail.smtp.port={port}\nmail.smtp.socketFactory.class=javax.net.ssl.SSLSocketFactory\n"
    findings = run({"mail.properties": text.encode()}, shipped())[1]
    assert [finding.message for finding in findings if finding.rule == rule and said in finding.message]
