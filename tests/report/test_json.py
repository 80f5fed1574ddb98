"""The JSON outputs hold to their schemas, which are the contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from smtplint.report import endpoint_renderer, renderer
from smtplint.result import Result

from .factory import context, many_case, yaml_case

SCHEMAS = Path(__file__).parents[2] / "rules" / "schemas"


def check(name: str, text: str) -> Any:
    schema = json.loads((SCHEMAS / name).read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(text)
    jsonschema.Draft202012Validator(schema).validate(document)
    return document


@pytest.mark.parametrize("case", [yaml_case, many_case, Result])
def test_both_outputs_are_valid(case: Any) -> None:
    for suppressed in (False, True):
        check("findings.schema.json", renderer("json")(case(), context(show_suppressed=suppressed)))
    check("endpoints.schema.json", endpoint_renderer("json")(case(), context()))


def test_a_finding_in_full() -> None:
    document = check("findings.schema.json", renderer("json")(yaml_case(), context()))
    (finding,) = document["findings"]
    assert finding["message"] == (
        "app encrypts only if smtp.example.org offers STARTTLS. Whoever strips the offer reads the mail and the password. "
        "Write `starttls: required` under smtp."
    )
    place = {key: finding[key] for key in ("file", "line", "column", "end_line", "end_column")}
    assert place == {"file": "config/mail.yaml", "line": 3, "column": 13, "end_line": 3, "end_column": 16}
    assert finding["related"][1]["file"] == ".env"
    assert finding["fix"]["edits"][0]["text"] == "\n  starttls: required"
    assert finding["fingerprint"] == "0123456789abcdef"
    assert document["summary"] == {
        "findings": 1, "errors": 1, "warnings": 0, "notes": 0, "suppressed": 0, "gone": 0, "endpoints": 1,
        "files": {"files": 20, "looked_at": 14, "read": 3, "skipped_too_large": 1},
    }  # fmt: skip


def test_suppressed_findings_say_why() -> None:
    document = check("findings.schema.json", renderer("json")(many_case(), context(show_suppressed=True)))
    (found,) = [finding for finding in document["findings"] if finding["suppressed"]]
    assert (found["suppressed"], found["justification"]) == ("inline", "the relay is ours")


def test_fingerprints_are_never_shared() -> None:
    result = yaml_case()
    result.findings *= 3
    document = json.loads(renderer("json")(result, context()))
    assert len({finding["fingerprint"] for finding in document["findings"]}) == 3
