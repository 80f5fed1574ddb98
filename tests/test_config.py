"""The configuration file: where it is found, what it says, and that every mistake is named with its place."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from smtplint import config
from smtplint.catalog import locate
from smtplint.config import Config, ConfigError, Options

SCHEMA = json.loads(Path(locate(), "schemas", "config.schema.json").read_text("utf-8"))

# One valid TOML value for every key, and one that is wrong.
GOOD = {
    "select": '["SMTP2", "no-timeout"]',
    "extend-select": '["SMTP501"]',
    "ignore": '["ALL"]',
    "per-file-ignores": '{"tests/**" = ["SMTP403"]}',
    "exclude": '["vendor/"]',
    "fail-on": '"error"',
    "baseline": '"base.json"',
    "rules": '["lint/rules"]',
    "levels": '{SMTP302 = "warning"}',
    "private-hosts": '["*.corp.example"]',
    "development-hosts": '["catcher"]',
    "profiles": '{"deploy/**" = "django", "old/**" = "none"}',
    "versions": '{symfony = "6.4"}',
    "docs": "true",
    "max-file-size": "1000",
}
BAD = {
    "select": '"SMTP2"',
    "extend-select": "[1]",
    "ignore": "true",
    "per-file-ignores": '{"x" = "SMTP101"}',
    "exclude": "{}",
    "fail-on": '"fatal"',
    "baseline": "1",
    "rules": '"rules"',
    "levels": '{SMTP302 = "off"}',
    "private-hosts": "[[]]",
    "development-hosts": "1.5",
    "profiles": "[]",
    "versions": "{symfony = 6.4}",
    "docs": '"yes"',
    "max-file-size": "0",
}


def read(tmp_path: Path, text: str, name: str = "smtplint.toml") -> Config:
    (tmp_path / name).write_text(text, "utf-8")
    found = config.load(str(tmp_path / name))
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refusal(tmp_path: Path, text: str, name: str = "smtplint.toml") -> str:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text, name)
    return str(caught.value)


class TestWhere:
    def test_the_nearest_wins_and_nothing_is_merged(self, tmp_path: Path) -> None:
        inner = tmp_path / "a/b"
        inner.mkdir(parents=True)
        (tmp_path / "smtplint.toml").write_text('select = ["ALL"]\nfail-on = "never"\n')
        (tmp_path / "a/pyproject.toml").write_text("[tool.smtplint]\ndocs = true\n")
        found = config.find(str(inner))
        assert (found.shown, found.values) == ("a/pyproject.toml", {"docs": True})

    def test_order_in_one_folder(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text("[tool.smtplint]\ndocs = true\n")
        assert config.find(str(tmp_path)).shown == "pyproject.toml"
        (tmp_path / "smtplint.toml").write_text("")
        assert config.find(str(tmp_path)).shown == "smtplint.toml"
        (tmp_path / ".smtplint.toml").write_text("")
        assert config.find(str(tmp_path)).shown == ".smtplint.toml"

    @pytest.mark.parametrize("text", ["[project]\nname = 'x'\n", "# smtplint\n[tool.ruff]\n", "not toml at all ["])
    def test_a_pyproject_of_others_is_passed_by(self, tmp_path: Path, text: str) -> None:
        inner = tmp_path / "x"
        inner.mkdir()
        (tmp_path / ".smtplint.toml").write_text("docs = true\n")
        (inner / "pyproject.toml").write_text(text)
        assert config.find(str(inner)).shown == ".smtplint.toml"

    def test_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(config, "NAMES", ("no-such-name.toml",))
        found = config.find(str(tmp_path))
        assert (found.shown, found.values) == ("", {})


class TestValues:
    def test_every_key_has_an_example(self) -> None:
        assert set(GOOD) == set(BAD) == set(config.KEYS) == set(SCHEMA["properties"])

    @pytest.mark.parametrize("key", GOOD)
    def test_right(self, tmp_path: Path, key: str) -> None:
        found = read(tmp_path, f"{key} = {GOOD[key]}\n")
        assert list(found.values) == [key]
        assert found.places == {key: "smtplint.toml:1:1"}
        assert isinstance(found.options(), Options)
        assert read(tmp_path, f"{key.replace('-', '_')} = {GOOD[key]}\n").values == found.values

    @pytest.mark.parametrize("key", BAD)
    def test_wrong(self, tmp_path: Path, key: str) -> None:
        message = refusal(tmp_path, f"# first\n{key} = {BAD[key]}\n")
        assert message.startswith("smtplint.toml:2:")
        assert f"'{key}' must be {config.EXPECTED[config.KEYS[key]]}" in message

    @pytest.mark.parametrize("key", GOOD)
    def test_the_schema_agrees(self, key: str) -> None:
        import tomli

        jsonschema.validate(tomli.loads(f"{key} = {GOOD[key]}"), SCHEMA)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(tomli.loads(f"{key} = {BAD[key]}"), SCHEMA)

    def test_paths_are_relative_to_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "conf").mkdir()
        found = read(tmp_path / "conf", 'baseline = "../base.json"\nrules = ["mine", "/abs"]\n').options()
        assert found.baseline == str(tmp_path / "base.json")
        assert found.rules == (str(tmp_path / "conf/mine"), "/abs")
        assert found.base == str(tmp_path / "conf")

    def test_defaults(self) -> None:
        options = Config().options()
        assert (options.select, options.ignore, options.fail_on, options.cache) == (None, (), "warning", True)


class TestMistakes:
    def test_unknown_key(self, tmp_path: Path) -> None:
        text = "# ours\n\n\nselct = []\n"
        assert refusal(tmp_path, text) == "smtplint.toml:4:1: unknown key 'selct'; did you mean 'select'?"

    def test_in_pyproject(self, tmp_path: Path) -> None:
        text = "[project]\nname = 'x'\n[tool.smtplint]\nfail-onn = 'error'\n"
        assert refusal(tmp_path, text, "pyproject.toml") == "pyproject.toml:4:1: unknown key 'fail-onn'; did you mean 'fail-on'?"

    def test_the_place_is_that_of_the_item(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, 'select = [\n  "ALL",\n  2,\n]\n').startswith("smtplint.toml:3:3: 'select' must be")

    def test_twice(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, "fail-on = 'error'\nfail_on = 'note'\n") == "smtplint.toml:2:1: 'fail-on' is set twice"

    def test_not_toml(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, "select = [\n").startswith("smtplint.toml:")
        assert "hunter2" not in refusal(tmp_path, "docs = hunter2\n")

    def test_not_a_table(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, "[tool]\nsmtplint = 1\n", "pyproject.toml") == "pyproject.toml:2:12: tool.smtplint must be a table"

    def test_named_but_empty_pyproject(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, "[project]\n", "pyproject.toml") == "pyproject.toml: has no [tool.smtplint]"

    def test_missing_and_unreadable(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"nope\.toml: there is no such file"):
            config.load("nope.toml")
        (tmp_path / "smtplint.toml").mkdir()
        with pytest.raises(ConfigError, match=r"smtplint\.toml: cannot be read"):
            config.find(str(tmp_path))

    def test_not_utf8(self, tmp_path: Path) -> None:
        (tmp_path / "smtplint.toml").write_bytes(b"docs = '\xff'\n")
        with pytest.raises(ConfigError, match="UTF-8"):
            config.find(str(tmp_path))

    def test_a_key_cannot_speak_to_the_terminal(self, tmp_path: Path) -> None:
        assert "\x1b" not in refusal(tmp_path, '"\\u001b[31mselect" = 1\n')


class TestNames:
    RULES = {"SMTP101": ("submission-on-port-25", True), "SMTP202": ("optional-starttls", True), "SMTP501": ("no-timeout", False)}

    @pytest.mark.parametrize("selector", ["SMTP101", "smtp101", "SMTP2", "optional-starttls", "ALL", "SMTP"])
    def test_known(self, selector: str) -> None:
        config.check_names([("select", selector, "")], self.RULES)

    @pytest.mark.parametrize(
        ("selector", "hint"),
        [
            ("SMTP9", ""),
            ("optional-startls", "; did you mean 'optional-starttls'?"),
            ("SMTP102", "; did you mean 'SMTP101'?"),
            ("", ""),
            ("S", ""),
        ],
    )
    def test_unknown(self, tmp_path: Path, selector: str, hint: str) -> None:
        found = read(tmp_path, f'ignore = [\n "{selector}"]\n')
        with pytest.raises(ConfigError) as caught:
            config.check_names(found.mentions, self.RULES)
        assert str(caught.value) == f"smtplint.toml:2:2: ignore names the unknown rule '{selector}'{hint}"

    @pytest.mark.parametrize("text", ['levels = {SMTPX = "note"}', '[per-file-ignores]\n"*.env" = ["SMTPX"]', 'select = ["SMTPX"]'])
    def test_every_key_that_names_rules_is_asked(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(ConfigError, match="unknown rule 'SMTPX'"):
            config.check_names(read(tmp_path, text).mentions, self.RULES)

    def test_profiles(self, tmp_path: Path) -> None:
        found = read(tmp_path, 'profiles = {"a/**" = "none", "b/**" = "djang"}\n')
        with pytest.raises(ConfigError) as caught:
            config.check_profiles(found, ["django", "generic"])
        assert str(caught.value) == "smtplint.toml:1:1: 'profiles' names the unknown profile 'djang'; did you mean 'django'?"
        config.check_profiles(found, ["djang"])


def test_what_describe_shows(tmp_path: Path) -> None:
    found = read(tmp_path, 'fail-on = "error"\n')
    rows = {key: (value, origin) for key, value, origin in config.describe(found.options(), found.places)}
    assert list(rows) == list(config.KEYS)
    assert rows["fail-on"] == ("error", "smtplint.toml:1:1")
    assert rows["docs"] == (False, "default")
