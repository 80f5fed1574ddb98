"""What a key means where it stands, as Markdown for an editor: what it does in that application, its default, what happens on the wire."""

from __future__ import annotations

import re

from smtplint.catalog.condition import names
from smtplint.catalog.describe import MODES, default_text
from smtplint.report.endpoints import glance
from smtplint.report.snippet import shown_value
from smtplint.report.words import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from smtplint.catalog import Catalog
    from smtplint.endpoint import Endpoint, Field
    from smtplint.result import Result
    from smtplint.source import Place

_WHAT = {
    "host": "the mail server it connects to",
    "port": "the port it connects to",
    "url": "the mail server, and how to reach it, as an address",
    "host_port": "the mail server and the port it connects to",
    "scheme": "how the connection is made",
    "service": "a mail provider by its name; host, port and encryption follow from it",
    "username": "the name it logs in with",
    "password": "the password it logs in with",
    "password_file": "the file in which the password stands",
    "mechanism": "the way it logs in",
    "auth_enabled": "whether it logs in",
    "verify": "whether the server's certificate is checked",
    "verify_hostname": "whether the name in the server's certificate is checked",
    "ca": "the authorities whose certificates are trusted",
    "tls_min": "the lowest TLS version it agrees to",
    "tls_max": "the highest TLS version it agrees to",
    "protocols": "the TLS versions it agrees to",
    "timeout": "how long it waits for the server",
    "enabled": "whether mail is sent",
    "sender": "the address mail is sent from",
    "starttls": "whether STARTTLS is used",
    "require_tls": "whether mail may go out only over an encrypted connection",
    "implicit": "whether TLS starts with the first byte",
}
# Decoders whose value is several settings.
_TAKEN_APART = frozenset(("url", "host_port", "userinfo"))
_WAYS = frozenset(("backend", "mailer", "transport", "driver", "delivery", "mailer_type", "kind"))


def field_at(result: Result, path: str, offset: int) -> tuple[Endpoint, Field, Place, list[Endpoint]] | None:
    """The setting whose key or value stands at an offset: (endpoint, field, place, other endpoints that take it)."""
    best: tuple[tuple[int, int], Endpoint, Field, Place] | None = None
    takers: list[Endpoint] = []
    endpoints = {endpoint.id: endpoint for endpoint in result.endpoints}
    for finding in result.findings:
        for endpoint in finding.endpoints:
            endpoints.setdefault(endpoint.id, endpoint)
    for endpoint in sorted(endpoints.values(), key=lambda one: one.sort_key):
        found = endpoint.recognition.found if endpoint.recognition is not None else {}
        taken = False
        for field in endpoint.fields.values():
            for place in (field.key_place, field.place, *field.via):
                if place is None or place.path != path or not _begin(field, place) <= offset <= place.end:
                    continue
                taken = True
                rank = (place.end - place.start, int(field.name not in found))
                if best is None or rank < best[0]:
                    best = (rank, endpoint, field, place)
        if taken:
            takers.append(endpoint)
    if best is None:
        return None
    return best[1], best[2], best[3], [endpoint for endpoint in takers if endpoint is not best[1]]


def _begin(field: Field, place: Place) -> int:
    """Where a place begins for a reader: a value that was fetched from another file, with the name that it has there in front."""
    if place is field.place and field.key_place is not None and field.key_place.path != place.path:
        return place.source.starts[place.line - 1]
    return place.start


def explain_key(endpoint: Endpoint, field: Field, catalog: Catalog, others: Sequence[Endpoint] = ()) -> str:
    """Markdown about one key: what it does there, its default, what each value means, and what happens on the wire."""
    recognition = endpoint.recognition
    name = str(recognition.profile["name"]) if recognition is not None else endpoint.profile
    known = "an application smtplint does not know" if endpoint.profile == "generic" else _plain(name)
    lines = [f"**{_code(field.key or field.name)}** in {known}: {_what(field, endpoint)}."]
    facts = []
    value = shown_value(field, recognition)
    if field.state == "unresolved":
        facts.append("Its value cannot be seen here.")
    elif field.state == "set" and value != "(not shown)" and _decoder(field, endpoint) not in _TAKEN_APART:
        facts.append(f"Here it means {_code(value)}.")
    if recognition is not None:
        default = default_text(recognition.profile, recognition.placement, field.name)
        secret = value == "(not shown)" and field.name not in recognition.profile["tls_fields"]
        if default and default != "none" and not secret:
            facts.append(f"When it is absent: {_code(default)}.")
    if facts:
        lines.append(" ".join(facts))
    rows = _rows(endpoint, field, catalog)
    if rows:
        lines.append("\n".join(f"- {_code(when)}: {mode}, {MODES[mode]}" for when, mode in rows))
    target = f"{endpoint.host or 'a host that cannot be seen'}:{endpoint.port if endpoint.port is not None else '?'}"
    if endpoint.enabled is False:
        wire = "no mail is sent over SMTP"
    else:
        wire = f"{_code(target)}, {MODES.get(endpoint.mode, endpoint.mode)}"
        if endpoint.mode != "plaintext":
            checks = {True: "the certificate is checked", False: "the certificate is not checked"}
            wire += "; " + (checks[endpoint.verify] if endpoint.verify is not None else "whether the certificate is checked is not known")
            wire += f"; TLS {endpoint.tls_min} at least" if endpoint.tls_min else ""
    lines.append(f"On the wire ({glance(endpoint)}): {wire}.")
    if recognition is not None and recognition.why and endpoint.profile != "generic":
        lines.append(f"*Read so because of {_plain(recognition.why)}.*")
    if others:
        lines.append("*Also read by " + ", ".join(_plain(one.name) for one in others[:5]) + (", …" if len(others) > 5 else "") + ".*")
    return "\n\n".join(lines)


def _decoder(field: Field, endpoint: Endpoint) -> str:
    recognition = endpoint.recognition
    return str(recognition.profile["fields"].get(field.name, {}).get("decoder", "")) if recognition is not None else ""


def _what(field: Field, endpoint: Endpoint) -> str:
    if field.name in _WHAT:
        return _WHAT[field.name]
    decoder = _decoder(field, endpoint)
    if decoder in _TAKEN_APART:
        return _WHAT.get(decoder, "the name and the password it logs in with")
    if field.name in _WAYS:
        return "by which way mail leaves"
    recognition = endpoint.recognition
    if recognition is not None and field.name in recognition.profile["tls_fields"]:
        return "how the connection is encrypted"
    return "a setting of its mail client"


def _rows(endpoint: Endpoint, field: Field, catalog: Catalog) -> list[tuple[str, str]]:
    """The rows of the decision table that ask about a field, in the application's own keys: (condition, mode)."""
    recognition = endpoint.recognition
    if recognition is None:
        return []
    profile, placement = recognition.profile, recognition.placement
    keys = {name: str(written[0]).lstrip("!/") for name, written in placement["names"].items()}
    keys.update({name: one.key for name, one in endpoint.fields.items() if one.key and name in recognition.found})
    rows: list[tuple[Any, dict[str, str]]] = [(row, keys) for row in profile["modes"]]
    asked = {id(row) for row in profile["modes"] if field.name in names(row["when"])}
    client = catalog.client(profile["client"]) if profile["client"] else None
    if client is not None:
        inputs = {name: kind[1] for name, kind in profile["inputs"].items() if kind[0] == "field"}
        fixed = {name for name, kind in profile["inputs"].items() if kind[0] == "const"}
        said = {name: keys.get(target, target) for name, target in inputs.items()}
        for row in client["modes"]:
            wanted = set(names(row["when"]))
            if wanted & fixed:
                continue
            rows.append((row, said))
            if any(inputs.get(name, name) == field.name for name in wanted):
                asked.add(id(row))
    found: list[tuple[str, str]] = []
    for row, words in rows:
        # A row about values that the application does not know is no advice.
        if id(row) in asked and row["mode"] != "unknown" and "'error'" not in str(row["text"]):
            text = re.sub(r"'[^']*'|[A-Za-z_]\w*", lambda hit, words=words: words.get(hit[0], hit[0]), str(row["text"]))  # type: ignore[misc]
            found.append((text, str(row["mode"])))
    return found[:8]


def _code(text: str) -> str:
    """Text as Markdown code; it can neither end the code nor the line."""
    return f"`{clean(text).replace('`', chr(39))}`"


def _plain(text: str) -> str:
    """Text without meaning in Markdown."""
    return re.sub(r"([\\`*_\[\]<>|~#!&])", r"\\\1", clean(text))
