"""The baseline: what it holds, that it is stable, and what is new, known and gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smtplint.baseline import BaselineError, compare, dump, load
from smtplint.endpoint import Endpoint
from smtplint.finding import Finding
from smtplint.identity import fingerprint, prefix, rooted
from smtplint.source import Place, Source

SECRET = "hunter2"


def finding(file: str = "a.env", rule: str = "SMTP202", key: str = "SMTP_PORT", ordinal: int = 1, line: int = 1) -> Finding:
    source = Source(file, "\n" * (line - 1) + f"SMTP_PORT=587 {SECRET}\n")
    place = Place(source, line - 1, line + 8)
    found = Finding(rule, "optional-starttls", "error", f"It says {SECRET}.", place, Endpoint(), key_path=key)
    found.fingerprint = fingerprint(rule, rooted(file, prefix()), "generic", key, ordinal)
    return found


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "web").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestFingerprint:
    def test_every_part_counts(self) -> None:
        one = ("SMTP202", "a.env", "generic", "SMTP_PORT", 1)
        others = [("SMTP201", *one[1:]), (one[0], "b.env", *one[2:]), (*one[:2], "django", *one[3:]), (*one[:3], "X", 1), (*one[:4], 2)]
        digests = {fingerprint(*parts) for parts in (one, *others)}
        assert len(digests) == 6
        assert all(len(digest) == 32 and set(digest) <= set("0123456789abcdef") for digest in digests)

    def test_it_never_changes(self) -> None:
        """Baselines and code scanning keep it: another value would make every finding new."""
        assert fingerprint("SMTP202", "a.env", "generic", "SMTP_PORT", 1) == "3a178cca8a20a448525071ee00e3baef"

    def test_names_that_are_not_unicode(self) -> None:
        assert fingerprint("SMTP202", "\udcff.env", "generic", "", 1)


class TestFile:
    def test_sorted_without_lines_and_secrets(self, project: Path) -> None:
        findings = [finding("b.env"), finding("a.env", line=7), finding("a.env", "SMTP101")]
        data = dump(findings)
        assert data == dump(reversed(findings)) == dump([finding("b.env", line=3), finding("a.env"), finding("a.env", "SMTP101")])
        assert SECRET.encode() not in data
        entries = json.loads(data)["findings"]
        assert [(entry["file"], entry["rule"]) for entry in entries] == [("a.env", "SMTP101"), ("a.env", "SMTP202"), ("b.env", "SMTP202")]
        assert all(set(entry) == {"rule", "file", "fingerprint"} for entry in entries)

    def test_there_and_back(self, project: Path) -> None:
        Path("base.json").write_bytes(dump([finding()]))
        assert load("base.json") == [{"rule": "SMTP202", "file": "a.env", "fingerprint": finding().fingerprint}]
        Path("base.json").write_bytes(dump([]))
        assert load("base.json") == []

    def test_the_same_from_any_folder(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        top = dump([finding("web/a.env"), finding("b.env")])
        monkeypatch.chdir(project / "web")
        assert dump([finding("a.env"), finding("../b.env")]) == top

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("{", "base.json:1: is not JSON"),
            ("[]", "is not a baseline of smtplint"),
            ('{"version": 2, "findings": []}', "is a baseline of another version"),
            ('{"version": 1, "findings": [{}]}', "entry 1 needs 'rule', 'file' and 'fingerprint' as texts"),
            ('{"version": 1, "findings": [{"rule": "x", "file": "y", "fingerprint": "hunter2"}]}', "entry 1 needs"),
            ("[" * 100_000, "is not JSON"),
            ("\udcff", "is not JSON"),
        ],
    )
    def test_broken(self, project: Path, text: str, message: str) -> None:
        Path("base.json").write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(BaselineError) as caught:
            load("base.json")
        assert message in str(caught.value)
        assert SECRET not in str(caught.value)

    def test_missing(self, project: Path) -> None:
        with pytest.raises(BaselineError, match=r"base\.json: there is no such baseline"):
            load("base.json")


class TestCompare:
    def test_new_known_gone(self, project: Path) -> None:
        Path("base.json").write_bytes(dump([finding("a.env"), finding("b.env"), finding("a.env", "SMTP101")]))
        new, known, gone = compare([finding("a.env", line=40), finding("c.env")], "base.json")
        assert [one.place.path for one in new] == ["c.env"]
        assert [(one.place.path, one.suppressed) for one in known] == [("a.env", "baseline")]
        assert [(entry["file"], entry["rule"]) for entry in gone] == [("a.env", "SMTP101"), ("b.env", "SMTP202")]

    def test_a_second_of_the_same_kind_is_new(self, project: Path) -> None:
        Path("base.json").write_bytes(dump([finding()]))
        new, known, _ = compare([finding(), finding(ordinal=2)], "base.json")
        assert (len(new), len(known)) == (1, 1)

    def test_what_was_not_looked_at_is_not_gone(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("a.env", "web/b.env"):
            (project / name).touch()
        Path("base.json").write_bytes(dump([finding("a.env"), finding("web/b.env"), finding("web/deleted.env")]))
        (project / "web/c.env").touch()

        def gone(*paths: str) -> list[object]:
            return [entry["file"] for entry in compare([], str(project / "base.json"), paths=paths)[2]]

        assert gone(".") == ["a.env", "web/b.env", "web/deleted.env"]
        assert gone("web") == gone(str(project / "web/")) == ["web/b.env", "web/deleted.env"]
        assert gone("web/c.env") == ["web/deleted.env"]
        monkeypatch.chdir(project / "web")
        assert gone(".") == gone("b.env") == ["web/b.env", "web/deleted.env"]
        assert gone("..") == ["a.env", "web/b.env", "web/deleted.env"]

    def test_a_rule_that_is_silent_is_not_gone(self, project: Path) -> None:
        Path("base.json").write_bytes(dump([finding(rule="SMTP101"), finding()]))
        assert [entry["rule"] for entry in compare([], "base.json", rules={"SMTP101"})[2]] == ["SMTP101"]
