"""Applications over a known mail library agree with that library: what a profile hands to its client decides as the client's own table does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smtplint.endpoint import Endpoint
from tests.examples import RULES, files_of, load, run, shipped
from tests.test_mutation import client_mode

CLIENTS = {path.stem: str(load(path)["client"]) for path in sorted((RULES / "profiles").glob("*.yaml")) if load(path).get("client")}
STATED = {
    "action-send-mail": "nodemailer", "authentik": "django-backend", "directus": "nodemailer", "django": "django-backend", "ghost": "nodemailer",
    "n8n": "nodemailer", "nodemailer": "nodemailer", "outline": "nodemailer", "paperless-ngx": "django-backend", "redmine": "ruby-mail",
    "spring-boot-mail": "jakarta-mail", "supabase-auth": "gomail", "swiftmailer": "swiftmailer", "symfony-mailer": "symfony-mailer",
}  # fmt: skip


def test_the_library_of_the_best_known_is_stated() -> None:
    assert {name: CLIENTS.get(name) for name in STATED} == STATED


def test_every_client_is_used_or_stands_for_itself() -> None:
    known = {path.stem for path in (RULES / "clients").glob("*.yaml")}
    assert set(CLIENTS.values()) <= known


def default_of(profile: dict[str, Any], client: dict[str, Any]) -> dict[str, Any]:
    """The default of the port: the profile's own, else the client's."""
    return dict(profile["fields"].get("port", {}).get("default") or client["defaults"].get("port") or {})


def inputs_of(endpoint: Endpoint, profile: dict[str, Any], client: dict[str, Any]) -> dict[str, object] | None:
    """What the profile hands to the client for an endpoint; None where a value is out of sight."""
    handed: dict[str, object] = {}
    for name, (kind, value) in profile["inputs"].items():
        if kind == "const":
            handed[name] = value
            continue
        field = endpoint.fields.get(value)
        if field is not None and field.state == "unresolved":
            return None
        found = field.value if field is not None else None
        handed[name] = client["inputs"].get(name) if found in (None, "") else found
    port = endpoint.fields.get("port")
    # A default that follows from the mode is filled in after the table was read.
    if port is not None and (port.state == "set" or (port.state == "default" and "modes" not in default_of(profile, client))):
        handed["port"] = port.value
    return handed


@pytest.mark.parametrize("name", sorted(CLIENTS))
def test_an_application_does_what_its_library_does(name: str) -> None:
    data = load(Path(RULES) / "profiles" / f"{name}.yaml")
    profile, client = shipped().profile(name), shipped().client(CLIENTS[name])
    compared = 0
    for example in data["examples"]:
        for endpoint in run(files_of(example), shipped())[0]:
            own = {row["note"] or row["text"] for row in profile["modes"]}
            if endpoint.profile != name or len(endpoint.modes) != 1 or endpoint.row in own:
                continue
            handed = inputs_of(endpoint, profile, client)
            if handed is None:
                continue
            version = {axis: endpoint.version for axis in client["versions"] if endpoint.version is not None}
            assert client_mode(client, {"inputs": handed, "version": version}) == endpoint.mode, example["name"]
            compared += 1
    assert compared or data.get("modes") or data.get("inactive"), "no example reaches the table of the client"
