"""The data on submission providers, mail catchers and the ports of other protocols."""

from __future__ import annotations

import json
import os
from fnmatch import fnmatchcase
from typing import Any

import jsonschema
import pytest
import yaml

from smtplint.catalog.condition import compile_condition, evaluate

RULES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "rules")


def load(*path: str) -> dict[str, Any]:
    with open(os.path.join(RULES, *path), encoding="utf-8") as stream:
        loaded: dict[str, Any] = json.load(stream) if path[-1].endswith(".json") else yaml.safe_load(stream)
    return loaded


DATA = load("providers.yaml")
PROVIDERS: dict[str, dict[str, Any]] = {entry["id"]: entry for entry in DATA["providers"]}
HOSTS = [(host, entry["id"]) for entry in DATA["providers"] for host in entry["hosts"]]
RETIRED = [(item["host"], entry["id"]) for entry in DATA["providers"] for item in entry.get("retired", ())]
PLAIN = {host: name for host, name in HOSTS + RETIRED if not set(host) & set("*?[")}


def owner(host: str) -> str | None:
    """The provider a name belongs to: an exact name first, then the globs."""
    return PLAIN.get(host) or next((name for glob, name in HOSTS if fnmatchcase(host, glob)), None)


def texts(value: Any) -> Any:
    """With the keys of mappings as texts, as JSON has them."""
    if isinstance(value, dict):
        return {str(key): texts(item) for key, item in value.items()}
    return [texts(item) for item in value] if isinstance(value, list) else value


def test_the_file_follows_its_schema() -> None:
    schema = load("schemas", "providers.schema.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(texts(DATA))


def test_ids_are_unique_and_sorted() -> None:
    ids = [entry["id"] for entry in DATA["providers"]]
    assert ids == sorted(set(ids))


def test_ports_are_port_numbers() -> None:
    for entry in DATA["providers"]:
        assert all(isinstance(port, int) and port <= 65535 for port in entry["ports"])
    assert all(isinstance(port, int) and port <= 65535 for port in DATA["foreign_ports"])


def test_a_host_belongs_to_one_provider() -> None:
    names = [host for host, _ in HOSTS] + [host for host, _ in RETIRED]
    assert len(names) == len(set(names))
    for host, name in PLAIN.items():
        others = {other for glob, other in HOSTS if fnmatchcase(host, glob) and other != name}
        assert not others, f"{host} of {name} also matches a glob of {others}"


def test_alternatives_are_ports_of_a_provider_with_a_regular_one() -> None:
    for entry in DATA["providers"]:
        alternatives = set(entry.get("alternatives", ()))
        assert alternatives <= set(entry["ports"]) - {25, 465, 587}
        assert not alternatives or {465, 587} & set(entry["ports"])


def test_a_retired_name_is_no_host_and_leads_to_one() -> None:
    for entry in DATA["providers"]:
        for item in entry.get("retired", ()):
            assert item["host"] not in entry["hosts"]
            assert "use" not in item or owner(item["use"]) == entry["id"]


def test_test_inboxes_are_catchers_too() -> None:
    for host, name in HOSTS:
        if PROVIDERS[name]["kind"] == "test":
            assert any(fnmatchcase(host, glob) for glob in DATA["catchers"]["hosts"])


def test_ports_of_submission_and_of_catchers_belong_to_no_other_protocol() -> None:
    assert not {25, 465, 587, 2525, 2465, 2587, *DATA["catchers"]["ports"]} & set(DATA["foreign_ports"])
    assert {80, 110, 143, 443, 993, 995, 4190, 22, 3306, 5432, 6379} <= set(DATA["foreign_ports"])
    assert 25 not in DATA["catchers"]["ports"]


@pytest.mark.parametrize("name", ["smtp", "mail", "postfix", "relay", "mta", "mailserver", "exim", "email", "mailu", "smtp-relay", "maddy"])
def test_a_name_that_may_be_a_real_relay_is_no_catcher(name: str) -> None:
    assert not any(part in name for part in DATA["catchers"]["names"])
    assert not any(fnmatchcase(f"vendor/{name}", glob) for glob in DATA["catchers"]["images"])


@pytest.mark.parametrize(
    "image",
    ["mailhog/mailhog", "axllent/mailpit", "maildev/maildev", "schickling/mailcatcher", "rnwood/smtp4dev", "inbucket/inbucket",
     "greenmail/standalone", "oryd/mailslurper", "marlonb/mailcrab", "gessnerfl/fake-smtp-server", "changemakerstudiosus/papercut-smtp"],
)  # fmt: skip
def test_images_of_catchers_are_known(image: str) -> None:
    assert any(fnmatchcase(image, glob) for glob in DATA["catchers"]["images"])


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("smtp.gmail.com", "gmail"),
        ("aspmx.l.google.com", "gmail-mx"),
        ("alt3.aspmx.l.google.com", "gmail-mx"),
        ("email-smtp.eu-central-1.amazonaws.com", "amazon-ses"),
        ("inbound-smtp.eu-west-1.amazonaws.com", "amazon-ses-inbound"),
        ("vpce-0a1b.email-smtp.us-east-1.vpce.amazonaws.com", "amazon-ses-vpce"),
        ("example-com.mail.protection.outlook.com", "m365-direct-send"),
        ("smtp.email.eu-frankfurt-1.oci.oraclecloud.com", "oci-email"),
        ("smtp.live.com", "outlook-com"),
        ("sandbox.smtp.mailtrap.io", "mailtrap-sandbox"),
        ("live.smtp.mailtrap.io", "mailtrap-send"),
        ("smtp.example.org", None),
        ("smtp.gmail.com.example.org", None),
    ],
)
def test_names_find_their_provider(host: str, provider: str | None) -> None:
    assert owner(host) == provider


FLAGS = {rule: compile_condition(load("checks", f"{rule}.yaml")["flag"]) for rule in ("SMTP102", "SMTP103", "SMTP105", "SMTP106")}


def speaks(rule: str, host: str, port: int) -> bool:
    """Whether the condition of a check holds for a host and a port, as far as the data on providers decides it."""
    name = owner(host)
    entry = PROVIDERS[name] if name else None
    ports = entry["ports"] if entry else {}
    facts = {
        "port": port,
        "provider": name,
        "provider_confidence": entry["confidence"] if entry else None,
        "provider_lists_port": port in ports if entry else None,
        "provider_has_submission": bool({465, 587} & set(ports)),
        "provider_alternative_port": bool(entry) and port in (entry or {}).get("alternatives", ()),
        "host_retired": host in dict(RETIRED),
        "host_not_submission": bool(entry) and (entry or {})["kind"] == "mx",
        "foreign_port": port in DATA["foreign_ports"],
        "implicit_port": port == 465 or ports.get(port) == "implicit",
    }
    return bool(evaluate(FLAGS[rule], facts.get, lambda _: "present"))


@pytest.mark.parametrize(
    ("rule", "host", "port", "expected"),
    [
        ("SMTP102", "smtp-relay.brevo.com", 2525, True),
        ("SMTP102", "email-smtp.us-east-1.amazonaws.com", 2587, True),
        ("SMTP102", "smtp.example.org", 2525, True),
        ("SMTP102", "smtp.example.org", 2587, False),
        ("SMTP103", "mail.smtp2go.com", 443, False),
        ("SMTP103", "smtpdm.aliyun.com", 80, False),
        ("SMTP103", "smtp.example.org", 443, True),
        ("SMTP105", "smtp.mail.me.com", 465, True),
        ("SMTP105", "smtp.office365.com", 465, True),
        ("SMTP105", "smtp.postmarkapp.com", 465, True),
        ("SMTP105", "smtp.gmail.com", 2525, True),
        ("SMTP105", "smtp.gmail.com", 587, False),
        ("SMTP105", "smtp.seznam.cz", 587, False),
        ("SMTP105", "smtp.loops.so", 465, False),
        ("SMTP106", "aspmx.l.google.com", 25, True),
        ("SMTP106", "smtp.live.com", 587, True),
        ("SMTP106", "smtp-mail.outlook.com", 587, False),
        ("SMTP106", "smtp-relay.sendinblue.com", 587, False),
    ],
)
def test_what_the_checks_make_of_it(rule: str, host: str, port: int, expected: bool) -> None:
    assert speaks(rule, host, port) is expected


@pytest.mark.parametrize("name", sorted(name for name, entry in PROVIDERS.items() if entry["confidence"] == "memory"))
def test_what_is_known_from_memory_raises_no_finding(name: str) -> None:
    for host in [host for host, found in PLAIN.items() if found == name]:
        assert not any(speaks(rule, host, port) for rule in ("SMTP105", "SMTP106") for port in (25, 443, 465, 587, 2525, 9999))
