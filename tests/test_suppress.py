"""Selection, levels, per-file ignores and the comments that take a finding out."""

from __future__ import annotations

import time
from typing import Any

import pytest

from smtplint.config import Options
from smtplint.endpoint import Endpoint
from smtplint.finding import Finding
from smtplint.nearest import nearest
from smtplint.source import Place, Source
from smtplint.suppress import active, apply, comments, level_of, rules_of

CHECKS: dict[str, dict[str, Any]] = {
    "SMTP101": {"slug": "submission-on-port-25", "default": True},
    "SMTP201": {"slug": "plaintext-submission", "default": True},
    "SMTP202": {"slug": "optional-starttls", "default": True},
    "SMTP403": {"slug": "hardcoded-password", "default": True},
    "SMTP501": {"slug": "no-timeout", "default": False},
}
RULES = rules_of(CHECKS)


class TestSelection:
    @pytest.mark.parametrize(
        ("select", "extend", "ignore", "speaks"),
        [
            (None, [], [], "101 201 202 403"),
            (["SMTP2"], [], [], "201 202"),
            (["smtp2", "no-timeout"], [], [], "201 202 501"),
            (["ALL"], [], ["SMTP2"], "101 403 501"),
            (None, ["SMTP501"], ["SMTP101"], "201 202 403 501"),
            # The more specific selector wins, whichever list it stands in.
            (["SMTP202"], [], ["SMTP2"], "202"),
            (None, ["optional-starttls"], ["ALL"], "202"),
            (["SMTP2"], [], ["SMTP202"], "201"),
            # Of equals, ignore wins.
            (["SMTP202"], [], ["optional-starttls"], ""),
            ([], [], [], ""),
            ([], ["SMTP1"], [], "101"),
        ],
    )
    def test_one_layer(self, select: list[str] | None, extend: list[str], ignore: list[str], speaks: str) -> None:
        assert active(RULES, [(select, extend, ignore)]) == {f"SMTP{number}" for number in speaks.split()}

    def test_the_command_line_comes_after_the_file(self) -> None:
        file = (["SMTP2"], (), ("SMTP202",))
        assert active(RULES, [file, (None, ["SMTP202"], ())]) == {"SMTP201", "SMTP202"}
        assert active(RULES, [file, (["SMTP1"], (), ())]) == {"SMTP101"}
        assert active(RULES, [file, (None, (), ["SMTP2"])]) == frozenset()

    def test_levels(self) -> None:
        levels = {"ALL": "note", "SMTP2": "warning", "optional-starttls": "error"}
        assert level_of("SMTP101", "error", levels, RULES) == "note"
        assert level_of("SMTP201", "error", levels, RULES) == "warning"
        assert level_of("SMTP202", "note", levels, RULES) == "error"
        assert level_of("SMTP202", "note", {}, RULES) == "note"

    @pytest.mark.parametrize(
        ("word", "name"),
        [("selct", "select"), ("ingore", "ignore"), ("SMTP22", ""), ("optional-startls", "optional-starttls"), ("xyz", ""), ("", "")],
    )
    def test_nearest(self, word: str, name: str) -> None:
        assert nearest(word, ["select", "ignore", "optional-starttls"]) == name


def finding(source: Source, text: str, rule: str = "SMTP202", *, nth: int = 0) -> Finding:
    start = -1
    for _ in range(nth + 1):
        start = source.text.index(text, start + 1)
    endpoint = Endpoint()
    endpoint.id = source.path
    return Finding(rule, CHECKS[rule]["slug"], "error", "It is.", Place(source, start, start + len(text)), endpoint)


def taken(path: str, text: str, value: str, rule: str = "SMTP202", **options: Any) -> str:
    """`inline`, `config`, or "" when the finding at `value` is kept."""
    source = Source(path, text)
    kept, suppressed, _ = apply([finding(source, value, rule)], {path: source}, Options(**options), CHECKS)
    assert len(kept) + len(suppressed) == 1
    return suppressed[0].suppressed if suppressed else ""


class TestComments:
    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("a.yml", "port: 25  # smtplint: ignore[SMTP202]\n"),
            ("a.yml", "port: 25 # smtplint: ignore[optional-starttls] the old relay\n"),
            ("a.yml", "port: 25 # smtplint:ignore[SMTP101, SMTP202]\n"),
            ("a.yml", "port: 25 # smtplint: ignore[SMTP2]\n"),
            ("a.yml", "port: 25 # smtplint: ignore[ALL]\n"),
            ("a.yml", "# smtplint: ignore[SMTP202]\nport: 25\n"),
            ("a.yml", "x:\r\n  # smtplint: ignore[SMTP202]\r\n  port: 25\r\n"),
            ("a.yml", "# smtplint: ignore[SMTP202]\n# smtplint: ignore[SMTP101]\nport: 25\n"),
            ("a.yml", "# smtplint: ignore-file[SMTP202]\n\n\nport: 25\n"),
            ("a.yml", "name: it's # smtplint: ignore-file[SMTP202]\nport: 25\n"),
            ("a.yml.j2", "{# smtplint: ignore[SMTP202] #}\nport: 25\n"),
            ("a.toml", "port = 25 # smtplint: ignore[SMTP202]"),
            ("a.toml", "port = 25# smtplint: ignore[SMTP202]"),
            (".env", "PORT=25 # smtplint: ignore[SMTP202]\n"),
            (".env", 'X="#" # smtplint: ignore[SMTP101]\n# smtplint: ignore[SMTP202]\nPORT=25\n'),
            ("a.ini", "; smtplint: ignore[SMTP202]\nport = 25\n"),
            ("a.ini", "port = 25 ; smtplint: ignore[SMTP202]\n"),
            ("a.properties", "! smtplint: ignore[SMTP202]\nport=25\n"),
            ("settings.py", "PORT = 25  # smtplint: ignore[SMTP202]\n"),
            ("settings.py", "PORT = 25  # noqa: X  # smtplint: ignore[SMTP202]\n"),
            ("a.jsonc", '{"port": 25} // smtplint: ignore[SMTP202]\n'),
            ("a.jsonc", '{\n/* smtplint: ignore[SMTP202] */\n"port": 25}\n'),
            ("main.cf", "# smtplint: ignore[SMTP202]\nport = 25\n"),
            ("msmtprc", "# smtplint: ignore[SMTP202]\nport 25\n"),
        ],
    )
    def test_heard(self, path: str, text: str) -> None:
        assert taken(path, text, "25") == "inline"

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("a.yml", "port: 25  # smtplint: ignore[SMTP101]\n"),
            ("a.yml", "port: 25  # smtplint: ignore\n"),
            ("a.yml", "port: 25  # smtplint: ignored[SMTP202]\n"),
            ("a.yml", "port: 25  # Smtplint: ignore[SMTP202]\n"),
            # One line, not a paragraph.
            ("a.yml", "# smtplint: ignore[SMTP202]\n\nport: 25\n"),
            ("a.yml", "port: 25\n# smtplint: ignore[SMTP202]\n"),
            ("a.yml", "x: 1  # smtplint: ignore[SMTP202]\nport: 25\n"),
            ("a.yml", "\n" * 10 + "# smtplint: ignore-file[SMTP202]\nport: 25\n"),
            # Values, not comments.
            ("a.yml", 'port: 25\nx: "# smtplint: ignore-file[SMTP202]"\n'),
            ("a.yml", "x: a# smtplint: ignore-file[SMTP202]\nport: 25\n"),
            ("a.yml", "x: smtplint: ignore-file[SMTP202]\nport: 25\n"),
            ("a.yml", "x: |\n  # smtplint: ignore[SMTP202]\nport: 25\n"),
            ("a.yml", "x: // smtplint: ignore-file[SMTP202]\nport: 25\n"),
            (".env", "X='# smtplint: ignore-file[SMTP202]'\nPORT=25\n"),
            ("a.toml", 'x = """\n# smtplint: ignore[SMTP202]\n"""\nport = 25\n'),
            ("a.toml", 'x = "# smtplint: ignore-file[SMTP202]"\nport = 25\n'),
            ("a.toml", "x = 'c:\\' # smtplint: ignore-file[SMTP101]\nport = 25\n"),
            ("settings.py", 'X = """\n# smtplint: ignore-file[SMTP202]\n"""\nPORT = 25\n'),
            ("settings.py", "X = 'a\\'# smtplint: ignore-file[SMTP202]'\nPORT = 25\n"),
            ("a.properties", "port=25 # smtplint: ignore[SMTP202]\n"),
            ("a.properties", "x=a ! smtplint: ignore-file[SMTP202]\nport=25\n"),
            ("main.cf", "port = 25 # smtplint: ignore[SMTP202]\n"),
            ("a.json", '{"//": "smtplint: ignore-file[SMTP202]", "port": 25}'),
            ("a.json", '{"x": "// smtplint: ignore-file[SMTP202]", "port": 25}'),
        ],
    )
    def test_not_heard(self, path: str, text: str) -> None:
        assert taken(path, text, "25") == ""

    def test_in_a_document_inside_a_document(self) -> None:
        text = "data:\n  grafana.ini: |\n    [smtp]\n    ; smtplint: ignore[SMTP202]\n    port = 25\n"
        assert taken("cm.yaml", text, "25") == "inline"

    def test_a_finding_over_several_lines(self) -> None:
        text = "X = [\n 1,\n]  # smtplint: ignore[SMTP202]\n"
        assert taken("settings.py", text, "[\n 1,\n]") == "inline"

    def test_a_comment_that_is_part_of_the_value_does_not_count(self) -> None:
        text = "port = 25 # smtplint: ignore[SMTP202]\n"
        assert taken("a.ini", text, "25 # smtplint: ignore[SMTP202]") == ""

    def test_the_reason_is_kept(self) -> None:
        source = Source("a.yml", "port: 25  # smtplint: ignore[SMTP202]: the old relay \N{EN DASH} until May\n")
        _, suppressed, _ = apply([finding(source, "25")], {"a.yml": source}, Options(), CHECKS)
        assert suppressed[0].justification == "the old relay \N{EN DASH} until May"

    def test_places(self) -> None:
        found = comments(Source("a.yml", "a: 1\nb: \N{GRINNING FACE}  # smtplint: ignore[SMTP202]\n"), "yaml")
        assert [(c.line, c.column, c.own, c.names) for c in found] == [(2, 9, False, ("SMTP202",))]

    @pytest.mark.parametrize("path", ["a.yml", "a.toml", "a.json", "settings.py", ".env", "x.unknown"])
    @pytest.mark.parametrize(
        "piece", ["# smtplint: ignore[SMTP202]\n", "x: |\n # smtplint: ignore[A]\n", "'''smtplint:", '"', "/*", "x" * 50]
    )
    def test_time_is_linear(self, path: str, piece: str) -> None:
        text = "smtplint:\n" + piece * (65536 // len(piece)) + "\nport: 25\n"
        start = time.process_time()
        taken(path, text, "port: 25")
        assert time.process_time() - start < 2


class TestUnused:
    def remarks(self, text: str, path: str = "a.yml", **options: Any) -> list[tuple[str, str, int, str]]:
        source = Source(path, text)
        _, _, remarks = apply([finding(source, "25")], {path: source}, Options(**options), CHECKS)
        return [(note.id, note.level, note.line, note.message) for note in remarks]

    def test_used(self) -> None:
        assert self.remarks("port: 25  # smtplint: ignore[SMTP202]\n") == []

    def test_unused(self) -> None:
        assert self.remarks("port: 25  # smtplint: ignore[SMTP202, SMTP101]\n") == [
            ("unused-ignore", "note", 1, "the ignore of SMTP101 takes out nothing")
        ]

    def test_not_when_the_rule_is_silent_anyway(self) -> None:
        assert self.remarks("port: 25  # smtplint: ignore[SMTP501]\n") == []
        assert self.remarks("port: 25  # smtplint: ignore[SMTP101]\n", ignore=["SMTP1"]) == []

    def test_too_late_for_a_file(self) -> None:
        (remark,) = self.remarks("port: 25\n" + "\n" * 10 + "# smtplint: ignore-file[SMTP202]\n")
        assert remark[2:] == (12, "the ignore of SMTP202 takes out nothing (it must stand in the first 10 lines)")

    def test_mistakes(self) -> None:
        assert [text for *_, text in self.remarks("# smtplint: ignore\nport: 25  # smtplint: ignore[optional-startls]\n")] == [
            "an ignore must name its rules in brackets: smtplint: ignore[SMTP202]",
            "'optional-startls' in an ignore is no rule; did you mean 'optional-starttls'?",
        ]

    def test_what_is_no_name_is_not_repeated(self) -> None:
        (remark,) = self.remarks("port: 25 # smtplint: ignore[pa$$word \x1b[0m]\n")
        assert remark[3] == "an ignore names no rule"


class TestPerFile:
    @pytest.mark.parametrize(
        ("pattern", "path", "result"),
        [("tests/", "tests/a.yml", "config"), ("*.yml", "x/a.yml", "config"), ("/a.yml", "x/a.yml", ""), ("b/**", "a/b/c.yml", "")],
    )
    def test_patterns(self, pattern: str, path: str, result: str) -> None:
        assert taken(path, "port: 25\n", "25", per_file_ignores={pattern: ["SMTP2"]}) == result

    def test_other_rules_are_kept(self) -> None:
        assert taken("a.yml", "port: 25\n", "25", per_file_ignores={"*": ["SMTP1"]}) == ""

    def test_relative_to_the_configuration(self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "web").mkdir()
        monkeypatch.chdir(tmp_path / "web")
        assert taken("a.yml", "port: 25\n", "25", per_file_ignores={"/web/a.yml": ["ALL"]}, base=str(tmp_path)) == "config"


def test_dropped_and_changed() -> None:
    source = Source("a.yml", "port: 25\n")
    findings = [finding(source, "25"), finding(source, "25", "SMTP101"), finding(source, "25", "SMTP501")]
    kept, suppressed, _ = apply(findings, {}, Options(ignore=["SMTP101"], levels={"SMTP2": "note"}), CHECKS)
    assert [(one.rule, one.level) for one in kept] == [("SMTP202", "note")]
    assert suppressed == []
