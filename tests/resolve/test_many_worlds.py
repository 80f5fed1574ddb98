"""More than eight worlds in one file are not told apart: what differs between them is unresolved, what does not stays known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.resolve.project import lint

MANY = range(10)
FEW = range(7)


def spring(numbers: range) -> dict[str, str]:
    head = "spring.mail:\n  host: smtp.example.org\n  port: 587\n  username: me\n"
    documents = [
        f"spring:\n  config.activate.on-profile: site{one}\n  mail:\n    host: smtp{one}.example.org\n    port: 587\n" for one in numbers
    ]
    return {"src/main/resources/application.yml": "---\n".join([head, *documents])}


def includes(numbers: range) -> dict[str, str]:
    files = {
        "mail/compose.yaml": "services:\n  v:\n    image: vaultwarden/server\n    environment:\n      SMTP_HOST: ${H}\n"
        "      SMTP_FROM: me@example.org\n      SMTP_PORT: ${P}\n"
    }
    for one in numbers:
        files[f"site{one}/compose.yaml"] = "include:\n  - ../mail/compose.yaml\nservices:\n  w:\n    image: acme/web\n"
        files[f"site{one}/.env"] = f"H=smtp{one}.example.org\nP=587\n"
    return files


def symfony(numbers: range) -> dict[str, str]:
    files = {
        "composer.json": '{"require": {"symfony/mailer": "^7.0"}}',
        "config/packages/mailer.yaml": "framework:\n  mailer:\n    dsn: 'smtp://%env(H)%:%env(P)%'\n",
        ".env": "H=smtp.example.org\nP=587\nMAILER_X=1\n",
    }
    return {**files, **{f".env.site{one}": f"H=smtp{one}.example.org\nP=587\n" for one in numbers}}


@pytest.mark.parametrize("tree", [spring, includes, symfony])
def test_few_worlds_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tree) -> None:  # type: ignore[no-untyped-def]
    result = lint(tmp_path, monkeypatch, tree(FEW))
    assert {f"smtp{one}.example.org" for one in FEW} <= {one.host for one in result.endpoints}
    assert not [note for note in result.notifications if note.id == "limit-met"]


def overrides(numbers: range) -> dict[str, str]:
    files = {
        "mail/compose.yaml": "services:\n  v:\n    image: vaultwarden/server\n    environment:\n      SMTP_HOST: smtp.example.org\n"
        "      SMTP_FROM: me@example.org\n"
    }
    for one in numbers:
        files[f"site{one:02}/compose.yaml"] = "include:\n  - path: [../mail/compose.yaml, over.yaml]\n"
        files[f"site{one:02}/over.yaml"] = f"services:\n  v:\n    environment:\n      SMTP_PORT: {25 if one % 2 else 587}\n"
    return files


def test_of_many_files_laid_over_one_the_first_are_followed_and_the_others_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = lint(tmp_path, monkeypatch, overrides(range(13)))
    assert [one.port for one in result.endpoints] == [587, 25] * 4
    assert {one.place.path for one in result.findings if one.rule == "SMTP101"} == {f"site0{one}/over.yaml" for one in (1, 3, 5, 7)}
    (note,) = [note for note in result.notifications if note.id == "limit-met"]
    assert (note.file, note.message) == (
        "mail/compose.yaml",
        "is included with different files over it by 13 others; not checked: site08/compose.yaml, site09/compose.yaml, site10/compose.yaml"
        " and 2 more",
    )


@pytest.mark.parametrize("tree", [spring, includes, symfony])
def test_of_many_what_differs_is_unresolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tree) -> None:  # type: ignore[no-untyped-def]
    result = lint(tmp_path, monkeypatch, tree(MANY))
    (endpoint,) = result.endpoints
    assert (endpoint.host, endpoint.fields["host"].state, endpoint.port) == (None, "unresolved", 587)
    assert not [one for one in result.findings if one.rule == "SMTP101"]
    (note,) = [note for note in result.notifications if note.id == "limit-met"]
    assert "more than 8" in note.message and note.message.endswith("what differs between them is taken as unknown")
