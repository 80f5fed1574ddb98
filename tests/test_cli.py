"""The command line as a person and a script meet it: exit codes, outputs, mistakes, and what never gets out."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from smtplint import __version__, arguments, cli, completion, config, linter, terminal
from smtplint.config import Options
from smtplint.endpoint import Endpoint, Field
from smtplint.finding import Finding, Notification
from smtplint.result import Result
from smtplint.source import Place, Source

ROOT = Path(__file__).parents[1]
CANARY = "hunter2"
Run = Callable[..., int]


def finding(level: str = "error", rule: str = "SMTP202", file: str = "app.env") -> Finding:
    source = Source(file, f"SMTP_HOST=mail.example.org\nSMTP_PORT=587\nSMTP_PASSWORD={CANARY}\n")
    endpoint = Endpoint()
    endpoint.id = f"{file}:generic"
    endpoint.name = "the mailer"
    endpoint.profile = "generic"
    endpoint.file = file
    endpoint.host, endpoint.port, endpoint.mode, endpoint.host_scope = "mail.example.org", 587, "opportunistic", "public"
    place = Place(source, 37, 40)
    endpoint.fields = {
        "port": Field("port", "set", 587, key="SMTP_PORT", place=place, key_place=Place(source, 27, 36)),
        "password": Field("password", "set", True, key="SMTP_PASSWORD", place=Place(source, 55, 62), key_place=Place(source, 41, 54)),
    }
    found = Finding(rule, "optional-starttls", level, "STARTTLS is optional here.", place, endpoint)
    found.fingerprint = "0123456789abcdef" * 2
    return found


def result(*findings: Finding, notes: Sequence[Notification] = ()) -> Result:
    return Result(
        findings, endpoints=[one.endpoint for one in findings], notifications=notes, stats={"files": 3, "looked_at": 2, "read": 1}
    )


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "SMTPLINT_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def answers(here: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Result], list[tuple[list[str], Options]]]:
    """Make every run answer with a result; returns the list of calls."""

    def set_(answer: Result) -> list[tuple[list[str], Options]]:
        calls: list[tuple[list[str], Options]] = []

        def run(paths: Sequence[str], options: Options) -> Result:
            calls.append((list(paths), options))
            return answer

        monkeypatch.setattr(linter, "run", run)
        return calls

    return set_


Answers = Callable[[Result], list[tuple[list[str], Options]]]


class TestExitCodes:
    @pytest.mark.parametrize(
        ("level", "threshold", "code"),
        [
            ("error", "warning", 1),
            ("warning", "warning", 1),
            ("note", "warning", 0),
            ("note", "note", 1),
            ("warning", "error", 0),
            ("error", "never", 0),
        ],
    )
    def test_threshold(self, answers: Answers, level: str, threshold: str, code: int) -> None:
        answers(result(finding(level)))
        assert cli.main(["check", "--fail-on", threshold]) == code

    def test_clean(self, answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
        calls = answers(result())
        assert cli.main(["check"]) == 0
        assert calls[0][0] == ["."]
        assert capsys.readouterr().out.startswith("No findings")

    def test_paths_are_handed_on(self, answers: Answers) -> None:
        calls = answers(result())
        cli.main(["check", "a.env", "--fail-on=never", "--", "-b.env"])
        assert calls[0][0] == ["a.env", "-b.env"]

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["chek"], "unknown command 'chek'; did you mean 'check'?"),
            (["--verson"], "unknown option '--verson'; did you mean '--version'?"),
            (["check", "--fromat", "json"], "'check' has no option '--fromat'; did you mean '--format'?"),
            (["check", "--format", "sarf"], "for '--format'; did you mean 'sarif'?"),
            (["check", "--format"], "'--format' needs a value: FORMAT"),
            (["check", "--quiet=1"], "'--quiet' takes no value"),
            (["check", "--jobs", "0"], "'--jobs' needs a number from 1 on"),
            (["check", "--fail-on", "eror"], "did you mean 'error'?"),
            (["check", "--format", "json", "--format", "sarif"], "only one format can go to standard output"),
            (["check", "-o", "a", "-o", "b"], "2 --output but 1 --format"),
            (["check", "--format", "json", "-o", "a", "--format", "sarif", "-o", "./a"], "two formats cannot go to the same file"),
            (["check", "--isolated", "--config", "x.toml"], "exclude each other"),
            (["check", "--config", "x.toml"], "x.toml: there is no such file"),
            (["check", "--rules", "nowhere"], "there is no folder of rules 'nowhere'"),
            (["check", "--select", "SMTP2O2"], "--select names the unknown rule 'SMTP2O2'; did you mean 'SMTP202'?"),
            (["check", "--unsafe-fixes"], "goes with '--fix' or '--diff'"),
            (["check", "-", "x"], "'-' cannot be mixed with other paths"),
            (["check", "-"], "--stdin-filename NAME"),
            (["check", "--stdin-filename", "a", "b"], "is for standard input"),
            (["check", "nowhere.env"], "there is no file or folder 'nowhere.env'"),
            (["endpoints", "--explain", "--format", "json"], "goes without '--format'"),
            (["explain", "a.env"], "FILE:LINE"),
            (["rule"], "needs an id, or '--all'"),
            (["rule", "optional-startls"], "there is no rule 'optional-startls'; did you mean 'optional-starttls'?"),
            (["profile", "genric"], "there is no profile 'genric'; did you mean 'generic'?"),
            (["config", "x"], "takes no paths"),
            (["completion", "fihs"], "did you mean 'fish'?"),
        ],
    )
    def test_two_with_one_sentence(self, here: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str) -> None:
        assert cli.main(words) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert says in err
        assert err.startswith("smtplint: error: ")
        assert err.count("\n") == 1

    def test_a_path_for_a_command(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "app.env").touch()
        assert cli.main(["app.env"]) == 2
        assert "to lint it: smtplint check app.env" in capsys.readouterr().err

    def test_configuration(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "smtplint.toml").write_text("# x\nselct = []\n")
        assert cli.main(["check"]) == 2
        assert capsys.readouterr().err == "smtplint: error: smtplint.toml:2:1: unknown key 'selct'; did you mean 'select'?\n"
        assert cli.main(["check", "--isolated"]) == 0

    def test_names_that_the_rules_of_a_user_know(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A file without any word of mail is found in a folder by its name, when the rules say so."""
        (here / "mine/profiles").mkdir(parents=True)
        (here / "mine/profiles/acme.yaml").write_text(
            "id: acme\nname: Acme\ncategory: other\nlanguage: Go\nchecked: '1'\nknown_by: {}\nfields: {host: {host}, port: {int}}\n"
            "placements:\n  - {syntax: toml, files: [acme.toml], wordless: true, names: {host: target, port: port}}\n"
            "modes: [{mode: plaintext}]\nsources: [{url: 'https://acme.example', says: all of it}]\n"
            "examples: [" + ", ".join(f"{{name: {name}, acme.toml: 'port = 587', endpoints: []}}" for name in "abc") + "]\n"
        )
        (here / "etc").mkdir()
        (here / "etc/acme.toml").write_text('target = "relay.example.org"\nport = 587\n')
        assert cli.main(["check", "etc"]) == 0
        assert cli.main(["check", "--rules", "mine", "etc"]) == 1
        assert "etc/acme.toml:2:1: error SMTP201" in capsys.readouterr().out

    def test_broken_rules(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "mine/checks").mkdir(parents=True)
        (here / "mine/checks/ACME1.yaml").write_text("id: ACME1\nflag: [\n")
        assert cli.main(["check", "--rules", "mine"]) == 2
        assert "mine/checks/ACME1.yaml:" in capsys.readouterr().err

    def test_interrupt(self, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        def run(*_: object) -> Result:
            raise KeyboardInterrupt

        monkeypatch.setattr(linter, "run", run)
        assert cli.main(["check"]) == 2
        assert capsys.readouterr().err == "smtplint: interrupted\n"

    @pytest.mark.parametrize("verbose", [False, True])
    def test_internal_error_tells_nothing_of_the_files(
        self, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verbose: bool
    ) -> None:
        def judge(*_: object) -> None:
            secret = CANARY
            raise ValueError(f"cannot read {secret}")

        monkeypatch.setattr(linter, "gather", judge)
        (here / "a.env").write_text(f"SMTP_HOST=x\nSMTP_PASSWORD={CANARY}\n")
        assert cli.main(["check", "a.env", *(["--verbose"] if verbose else [])]) == 2
        out, err = capsys.readouterr()
        assert CANARY not in out + err
        assert err.startswith("smtplint: internal error: ValueError at smtplint/linter.py:")
        assert ("smtplint/cli.py:" in err) is verbose
        assert verbose or err.count("\n") == 1


class TestOutputs:
    def test_the_nth_output_belongs_to_the_nth_format(self, answers: Answers, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        answers(result(finding()))
        words = ["check", "--format", "sarif", "-o", "out.sarif", "--format", "json", "--output=out.json", "--format", "text"]
        assert cli.main(words) == 1
        assert json.loads((here / "out.sarif").read_text())["version"] == "2.1.0"
        assert json.loads((here / "out.json").read_text())["findings"][0]["rule"] == "SMTP202"
        assert "app.env:2:11: error SMTP202" in capsys.readouterr().out

    @pytest.mark.parametrize("name", arguments.CHECK_FORMATS)
    def test_every_format(self, answers: Answers, here: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
        answers(result(finding()))
        assert cli.main(["check", "--format", name]) == 1
        shown = capsys.readouterr().out
        assert "SMTP202" in shown
        assert CANARY not in shown
        assert cli.main(["check", "--format", name, "-o", "out"]) == 1
        assert (here / "out").read_text("utf-8") == shown
        assert capsys.readouterr().out == ""

    @pytest.mark.parametrize("name", [name for name in arguments.ENDPOINT_FORMATS if name != "html"])
    def test_endpoints(self, answers: Answers, capsys: pytest.CaptureFixture[str], name: str) -> None:
        answers(result(finding()))
        assert cli.main(["endpoints", "--format", name]) == 0
        assert "mail.example.org" in capsys.readouterr().out

    def test_endpoints_explained(self, answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
        answers(result(finding()))
        assert cli.main(["endpoints", "--explain"]) == 0
        assert "SMTP_PORT" in capsys.readouterr().out

    def test_the_formats_are_those_of_the_reports(self) -> None:
        from smtplint.report import CHECK_FORMATS, ENDPOINT_FORMATS

        assert set(arguments.CHECK_FORMATS) == set(CHECK_FORMATS)
        assert set(arguments.ENDPOINT_FORMATS) >= set(ENDPOINT_FORMATS) - {"explain"}

    def test_a_file_that_cannot_be_written(self, answers: Answers, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        answers(result())
        assert cli.main(["check", "-o", "no/such/folder.txt"]) == 2
        assert "cannot write 'no/such/folder.txt': no such file or directory" in capsys.readouterr().err
        (here / "folder").mkdir()
        assert cli.main(["check", "-o", "folder"]) == 2
        assert list((here / "folder").iterdir()) == []

    def test_quiet(self, answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
        answers(result(notes=[Notification("parse-error", "warning", "is not YAML", "a.yml", 3, 4)]))
        assert cli.main(["check", "--quiet"]) == 0
        assert capsys.readouterr() == ("", "")

    def test_notifications(self, answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
        notes = [
            Notification("parse-error", "warning", "is not YAML", "a\n\x1b[2J.yml", 3, 4),
            Notification("excluded", "note", "is excluded", "b.yml"),
        ]
        answers(result(notes=notes))
        assert cli.main(["check"]) == 0
        assert capsys.readouterr().err == "a\\x0a\\x1b[2J.yml:3:4: warning: is not YAML\n"
        cli.main(["check", "--verbose"])
        assert "b.yml: note: is excluded" in capsys.readouterr().err

    def test_baseline_written_and_used(self, here: Path, answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
        calls = answers(result(finding()))
        assert cli.main(["check", "--write-baseline", "base.json", "--baseline", "absent.json"]) == 0
        assert calls[0][1].baseline == ""
        out, err = capsys.readouterr()
        assert err == "Wrote 1 finding to base.json.\n"
        assert "1 by the baseline" in out
        assert CANARY not in (here / "base.json").read_text()
        cli.main(["check", "--baseline", "base.json"])
        assert calls[1][1].baseline == "base.json"

    def test_broken_baseline(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "base.json").write_text("{")
        (here / "a.env").write_text("SMTP_HOST=mail.example.org\n")
        assert cli.main(["check", "--baseline", "base.json"]) == 2
        assert capsys.readouterr().err == "smtplint: error: base.json:1: is not JSON\n"


class TestColor:
    @pytest.mark.parametrize(
        ("environment", "words", "colored"),
        [
            ({}, [], False),
            ({"FORCE_COLOR": "1"}, [], True),
            ({"FORCE_COLOR": "0"}, [], False),
            ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
            ({}, ["--color", "always"], True),
            ({"FORCE_COLOR": "1"}, ["--color=never"], False),
        ],
    )
    def test_when(
        self, answers: Answers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
        environment: dict[str, str], words: list[str], colored: bool,
    ) -> None:  # fmt: skip
        for key, value in environment.items():
            monkeypatch.setenv(key, value)
        answers(result(finding()))
        cli.main(["check", *words])
        assert ("\x1b[" in capsys.readouterr().out) is colored

    def test_on_a_terminal(self, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        for name, colored in (("xterm", True), ("dumb", False)):
            stream = Terminal()
            monkeypatch.setattr(sys, "stdout", stream)
            monkeypatch.setenv("TERM", name)
            answers(result(finding()))
            cli.main(["check"])
            assert ("\x1b[" in stream.getvalue()) is colored

    def test_never_into_a_file(self, answers: Answers, here: Path) -> None:
        answers(result(finding()))
        cli.main(["check", "--color", "always", "-o", "out.txt"])
        assert "\x1b[" not in (here / "out.txt").read_text()


class TestProgress:
    def test_only_after_a_second(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = [0.0]
        monkeypatch.setattr("time.monotonic", lambda: clock[0])
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        progress = terminal.Progress()
        progress(256, "a.env")
        assert stream.getvalue() == ""
        clock[0] = 1.5
        progress(512, "b\x1b[2J.env")
        assert stream.getvalue() == "\r\x1b[K512 files looked at, now b\\x1b[2J.env"
        clock[0] = 1.55
        progress(768, "c.env")
        assert "768" not in stream.getvalue()
        progress.clear()
        assert stream.getvalue().endswith("\r\x1b[K")

    def test_only_on_a_terminal(self, answers: Answers) -> None:
        calls = answers(result())
        cli.main(["check"])
        assert calls[0][1].progress is None


class TestCommands:
    def test_version_and_help(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["--version"]) == 0
        assert capsys.readouterr().out == f"smtplint {__version__}\n"
        assert cli.main(["--help"]) == 0
        shown = capsys.readouterr().out
        assert all(name in shown for name in arguments.COMMANDS)
        assert cli.main([]) == 2
        assert capsys.readouterr().out == shown

    @pytest.mark.parametrize("name", arguments.COMMANDS)
    def test_help_of_a_command(self, capsys: pytest.CaptureFixture[str], name: str) -> None:
        assert cli.main([name, "--help"]) == cli.main(["help", name]) == 0
        shown = capsys.readouterr().out
        assert all(option.name in shown for option in arguments.COMMANDS[name][2])
        assert all(len(line) <= 125 for line in shown.splitlines())

    def test_config(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "pyproject.toml").write_text('[tool.smtplint]\nignore = ["SMTP501"]\n')
        assert cli.main(["config", "--fail-on", "note"]) == 0
        shown = capsys.readouterr().out
        assert shown.startswith("# pyproject.toml\n")
        assert 'ignore = ["SMTP501"]' in shown and "# pyproject.toml:2:1" in shown
        assert 'fail-on = "note"' in shown and "# command line" in shown
        assert cli.main(["config", "--format", "json"]) == 0
        data = json.loads(capsys.readouterr().out)
        assert data["file"] == "pyproject.toml"
        assert data["settings"]["ignore"] == {"value": ["SMTP501"], "origin": "pyproject.toml:2:1"}
        assert set(data["settings"]) == set(config.KEYS)

    def test_the_command_line_wins(self, here: Path, answers: Answers) -> None:
        (here / "smtplint.toml").write_text('select = ["SMTP1"]\nignore = ["SMTP101"]\nfail-on = "never"\nbaseline = "b.json"\n')
        calls = answers(result())
        cli.main(["check", "--select", "SMTP2,SMTP3", "--select", "no-timeout", "--ignore", "SMTP202", "--fail-on", "note", "--no-cache"])
        options = calls[0][1]
        assert options.select == ["SMTP2", "SMTP3", "no-timeout"]
        assert options.ignore == ("SMTP202",)
        assert (options.fail_on, options.baseline, options.cache) == ("note", str(here / "b.json"), False)

    @pytest.mark.parametrize("form", arguments.DESCRIBE_FORMATS)
    def test_rule(self, here: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
        assert cli.main(["rule", "optional-starttls", "--format", form]) == 0
        one = capsys.readouterr().out
        assert "SMTP202" in one
        assert form != "json" or json.loads(one)["id"] == "SMTP202"
        assert cli.main(["rule", "--all", "--format", form]) == 0
        every = capsys.readouterr().out
        assert "SMTP101" in every and "SMTP501" in every
        assert form != "json" or len(json.loads(every)) > 20

    @pytest.mark.parametrize("form", arguments.DESCRIBE_FORMATS)
    def test_profile(self, here: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
        assert cli.main(["profile", "generic", "--format", form]) == 0
        assert "generic" in capsys.readouterr().out
        assert cli.main(["profile", "--all", "--format", form]) == 0
        assert "generic" in capsys.readouterr().out

    def test_a_profile_says_nothing_twice(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["profile", "django"]) == 0
        assert capsys.readouterr().out.count("- port: EMAIL_PORT") == 1

    def test_explain(self, answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
        calls = answers(result(finding()))
        assert cli.main(["explain", "app.env:2"]) == 0
        shown = capsys.readouterr().out
        assert calls[0][0] == ["app.env"]
        assert "here: SMTP_PORT gives port = 587" in shown
        assert "SMTP202 optional-starttls speaks: " in shown and "STARTTLS is optional here." in shown
        assert "SMTP501 no-timeout  " in shown and "it is not selected" in shown
        assert cli.main(["explain", "app.env:3:1"]) == 0
        assert CANARY not in capsys.readouterr().out
        assert cli.main(["explain", "app.env:9"]) == 0
        assert "Lines of this file that do: 2, 3." in capsys.readouterr().out

    def test_server_without_the_extra(self, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        for module in ("pygls", "pygls.lsp", "pygls.lsp.server"):
            monkeypatch.setitem(sys.modules, module, None)
        assert cli.main(["server"]) == 2
        assert "pip install 'smtplint[lsp]'" in capsys.readouterr().err

    def test_standard_input(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[tuple[str, bytes]] = []

        def run(name: str, data: bytes, options: Options) -> Result:
            seen.append((name, data))
            return result()

        monkeypatch.setattr(linter, "run_stdin", run)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"SMTP_HOST=\xff")))
        assert cli.main(["check", "-", "--stdin-filename", f"{here}/web/../.env"]) == 0
        assert seen == [(".env", b"SMTP_HOST=\xff")]

    @pytest.mark.parametrize("shell", arguments.SHELLS)
    def test_completion(self, capsys: pytest.CaptureFixture[str], shell: str) -> None:
        assert cli.main(["completion", shell]) == 0
        shown = capsys.readouterr().out
        assert "report-unused-ignores" in shown and "endpoints" in shown

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (["smtplint", "ch"], {"check"}),
            (["smtplint", "check", "--for"], {"--format"}),
            (["smtplint", "check", "--format", "s"], {"sarif"}),
            (["smtplint", "check", "--fail-on", "n"], {"note", "never"}),
            (["smtplint", "completion", "z"], {"zsh"}),
            (["smtplint", "check", "app"], {"app.env"}),
            (["smtplint", "check", "--output", "app"], {"app.env"}),
        ],
    )
    def test_completion_in_bash(self, here: Path, words: list[str], expected: set[str]) -> None:
        (here / "app.env").touch()
        quoted = " ".join(f"'{word}'" for word in words)
        script = (
            completion.script("bash").rsplit("complete -o", 1)[0]
            + f'COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _smtplint; printf "%s\\n" "${{COMPREPLY[@]}}"'
        )
        out = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout
        assert set(out.split()) == expected


def program(*words: str, cwd: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "smtplint", *words], cwd=cwd, env=env, capture_output=True, text=True, check=False, **options
    )


class TestProgram:
    def test_closed_pipe(self, here: Path) -> None:
        command = f"{sys.executable} -m smtplint rule --all --format json | head -c 1"
        done = subprocess.run(
            ["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}}"], cwd=here, capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.stdout == "[0\n"
        assert done.stderr == ""

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
    def test_full_disk(self, here: Path) -> None:
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "smtplint", "rule", "--all"], cwd=here, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert "no space left on device" in done.stderr

    def test_interrupt(self, here: Path) -> None:
        os.mkfifo(here / "pipe")
        process = subprocess.Popen(
            [sys.executable, "-m", "smtplint", "check", "-", "--stdin-filename", "a.env"],
            cwd=here, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            # Started in the background of a shell, this process is deaf to the signal, and its children with it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        import time

        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (2, "", "smtplint: interrupted\n")

    def test_folder_that_is_gone(self, here: Path) -> None:
        gone = here / "gone"
        gone.mkdir()
        script = f"cd '{gone}' && rmdir '{gone}' && exec '{sys.executable}' -m smtplint check"
        done = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        assert done.returncode == 2
        assert done.stderr == "smtplint: error: the working directory is gone\n"

    @pytest.mark.parametrize("words", [["--version"], ["--help"], ["check", "--help"], ["completion", "fish"]])
    def test_cheap_commands_import_nothing(self, here: Path, words: list[str]) -> None:
        code = (
            "import sys; before = set(sys.modules); from smtplint.cli import main\n"
            f"main({words!r}); print(*set(sys.modules) - before, file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        assert {name for name in done.stderr.split() if not name.startswith("smtplint")} <= {"__future__"}


class TestIntegrationFiles:
    def test_hooks(self) -> None:
        hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
        assert set(hooks) == {"smtplint", "smtplint-all"}
        assert hooks["smtplint"]["types"] == ["text"] and "files" in hooks["smtplint"]
        assert hooks["smtplint-all"]["pass_filenames"] is False and hooks["smtplint-all"]["always_run"] is True
        for hook in hooks.values():
            assert hook["entry"] == "smtplint check" and hook["language"] == "python" and hook["require_serial"] is True

    def test_action(self) -> None:
        text = (ROOT / "action.yml").read_text("utf-8")
        action = yaml.safe_load(text)
        assert action["runs"]["using"] == "composite"
        for step in action["runs"]["steps"]:
            # Inputs may hold anything: they reach the shell as variables, never as text of the script.
            assert "${{" not in step["run"]
            assert subprocess.run(["bash", "-n"], input=step["run"], text=True, check=False).returncode == 0

    def test_ci(self) -> None:
        assert os.access(ROOT / ".ci/run", os.X_OK)
        assert subprocess.run(["bash", "-n", ROOT / ".ci/run"], check=False).returncode == 0
