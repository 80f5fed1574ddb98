"""INI files in the dialects that read them."""

from __future__ import annotations

import configparser
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtplint.readers import ini
from smtplint.source import Source
from smtplint.tree import Mapping, Node, Scalar, scalars


def root(text: str, dialect: str = "") -> Mapping:
    (document,) = ini.read(Source("a.ini", text), dialect)
    assert isinstance(document.root, Mapping)
    return document.root


def plain(node: Node) -> object:
    if isinstance(node, Mapping):
        return {entry.key.text: plain(entry.value) for entry in node.entries}
    assert isinstance(node, Scalar)
    return node.text


def only(text: str, dialect: str = "") -> Scalar:
    (found,) = scalars(root("[s]\n" + text, dialect))
    return found


@pytest.mark.parametrize(
    ("text", "raw", "value", "style"),
    [
        ("port = 25", "25", "25", "raw"),
        ("port: 25 ; c\r\n", "25", "25", "raw"),
        ("port=25\t# c", "25", "25", "raw"),
        ("  host = smtp.x:587  ", "smtp.x:587", "smtp.x:587", "raw"),
        ("user = a#b;c", "a#b;c", "a#b;c", "raw"),
        ('pass = "a ; b" ; c', '"a ; b"', "a ; b", "double"),
        ("pass = 'a # b'", "'a # b'", "a # b", "single"),
        ("pass = `a \"b'`", "`a \"b'`", "a \"b'", "single"),
        ('pass = """a"b#"""', '"""a"b#"""', 'a"b#', "double"),
        ('pass = "a" b "c"', '"a" b "c"', '"a" b "c"', "raw"),
        ("host =", "", "", "raw"),
        ("host = ; none", "", "", "raw"),
        ("list =\n  a\n  b\n", "\n  a\n  b", "\na\nb", "raw"),
        ("; x = 1\n# y = 2\nnonsense\nhost = h", "h", "h", "raw"),
        ("user = %(name)s ${X} $__env{Y}", "%(name)s ${X} $__env{Y}", "%(name)s ${X} $__env{Y}", "raw"),
    ],
)
def test_without_a_dialect(text: str, raw: str, value: str, style: str) -> None:
    found = only(text)
    assert (found.raw, found.text, found.style, found.type) == (raw, value, style, "str" if style != "raw" else "plain")


def test_sections_merge_and_keep_their_names() -> None:
    text = "top = 1\n[a.b]\nx = 1\n[C d] ; note\ny = 2\n[a.b]\nx = 3\n  z = 4\n"
    found = root(text)
    assert plain(found) == {"top": "1", "a.b": {"x": "3", "z": "4"}, "C d": {"y": "2"}}
    section = found.get("a.b")
    assert isinstance(section, Mapping)
    assert [entry.key.text for entry in section.entries] == ["x", "x", "z"]
    assert text[section.start : section.end].startswith("[a.b]")
    assert found.entries[1].key.raw == "a.b"


@pytest.mark.parametrize(
    ("text", "dialect", "value"),
    [
        (text, dialect, value)
        for text, table in {
            "k = a ; b": {"": "a", "configparser": "a ; b", "go-ini": "a", "git": "a", "php": "a", "systemd": "a ; b"},
            "k = a;b": {"": "a;b", "configparser": "a;b", "go-ini": "a", "git": "a", "php": "a", "systemd": "a;b"},
            "k = a # b": {"": "a", "configparser": "a # b", "go-ini": "a", "git": "a", "php": "a # b", "systemd": "a # b"},
            'k = "a"': {"": "a", "configparser": '"a"', "go-ini": "a", "git": "a", "php": "a", "systemd": '"a"'},
            'k = a "b ;" c': {"git": "a b ; c", "configparser": 'a "b ;" c'},
            "k = a\n  b": {"": "a\nb", "configparser": "a\nb", "go-ini": "a", "git": "a", "php": "a", "systemd": "a"},
            "k = a\\\n  b": {"go-ini": "ab", "git": "a  b", "systemd": "a b", "configparser": "a\\\nb"},
            'k = """a\nb"""': {"": "a\nb", "go-ini": "a\nb"},
            'k = "a\nb"': {"php": "a\nb"},
            'k = "a\\"b\\n"': {"git": 'a"b\n', "php": 'a"b\\n'},
            "\x0c k = a\x0b": {"configparser": "a", "": "a"},
            "k: a": {"": "a", "configparser": "a", "go-ini": "a"},
        }.items()
        for dialect, value in table.items()
    ],
)
def test_dialects_differ(text: str, dialect: str, value: str) -> None:
    section = root("[s]\n" + text, dialect).get("s")
    assert isinstance(section, Mapping)
    found = section.get("k")
    assert isinstance(found, Scalar)
    assert found.text == value


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("a/.gitconfig", "git"),
        ("x/.git/config", "git"),
        ("web.service", "systemd"),
        ("a.service.d/mail.conf", "systemd"),
        ("etc/php.ini", "php"),
        ("grafana.ini.example", "go-ini"),
        ("airflow.cfg", ""),
    ],
)
def test_the_name_may_imply_a_dialect(path: str, dialect: str) -> None:
    assert ini.dialect_of(path) == dialect


def test_git_sections_nest() -> None:
    text = '[sendemail]\n\tsmtpServer = a\n[sendemail "Wo\\"rk"]\n\tsmtpServerPort = 587 ; c\n\tannotate\n[a.b] x = 1\n'
    found = root(text, "git")
    assert plain(found) == {"sendemail": {"smtpServer": "a", 'Wo"rk': {"smtpServerPort": "587", "annotate": "true"}}, "a.b": {}}
    flag = next(scalar for scalar in scalars(found) if scalar.text == "true")
    assert (flag.raw, flag.note) == ("annotate", "a name without a value means true")


def test_systemd_environments_become_one_mapping() -> None:
    text = (
        "[Service]\nEnvironment=OLD=1\nEnvironment=\n"
        'Environment="A=b c" C=d \\\n  \'E=$f\' G="h i"\nEnvironmentFile=/etc/x\nEnvironment=C=%i\r\n'
    )
    service = root(text, "systemd").get("Service")
    assert isinstance(service, Mapping)
    found = ini.environment(service)
    assert [
        (entry.key.raw, entry.value.source.text[entry.value.start : entry.value.end], plain(entry.value)) for entry in found.entries
    ] == [
        ("A", "b c", "b c"),
        ("C", "d", "d"),
        ("E", "$f", "$f"),
        ("G", '"h i"', "h i"),
        ("C", "%i", "%i"),
    ]


def test_supervisor_environments_have_commas() -> None:
    program = root("[program:x]\nenvironment=A=\"1,2\",B='3', C=4\n").get("program:x")
    assert isinstance(program, Mapping)
    assert plain(ini.environment(program)) == {"A": "1,2", "B": "3", "C": "4"}


def generated(seed: int) -> str:
    chance = random.Random(seed)
    pick = chance.choice
    lines = []
    for section in range(chance.randrange(1, 4)):
        lines.append(pick([f"[s{section}]", f"[s{section}.x]", "[s 0]", f" [s{section}]"]))
        for key in range(chance.randrange(5)):
            name = pick([f"k{key}", "Smtp_Host", "a b", "x.y", "é"])
            body = "".join(
                pick(["a", "25", " ", ":", "=", "#", ";", '"', "'", "%", "$X", "[", "]", "𝄞", "\\"]) for _ in range(chance.randrange(7))
            )
            indent = pick(["", "", "", "  "])
            lines.append(f"{indent}{name}{pick(['', ' '])}{pick(['=', ':', '='])}{pick(['', ' ', '  '])}{body}")
            for _ in range(pick([0, 0, 0, 1, 2])):
                lines.append(pick([indent + "   more = x", indent + "  a", "", "# c", indent + "   ; c", "   "]))
    return pick(["\n", "\n", "\r\n"]).join(lines) + "\n"


def test_generated_files_agree_with_configparser() -> None:
    files = 0
    for seed in range(1400):
        text = generated(seed)
        parser = configparser.RawConfigParser(strict=False, default_section="\0")
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        try:
            parser.read_string(text)
        except configparser.Error:
            continue
        files += 1
        found = root(text, "configparser")
        assert plain(found) == {section: dict(parser.items(section)) for section in parser.sections()}, text
        for scalar in scalars(found):
            again = configparser.RawConfigParser()
            again.read_string(f"[s]\nk = {scalar.raw}\n")
            assert again.get("s", "k") == scalar.text or scalar.text.startswith("\n")
    assert files >= 1000


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="[a]=: \t\n\r\"'`\\;#", max_size=60)), st.sampled_from(ini.DIALECTS))
def test_any_text_is_read(text: str, dialect: str) -> None:
    for scalar in scalars(root(text, dialect)):
        assert 0 <= scalar.start <= scalar.end <= len(text)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="Aab=, \n\\\"'", max_size=40))
def test_any_environment_is_split(text: str) -> None:
    section = root(f"[Service]\nEnvironment={text}\nenvironment={text}\n", "systemd").get("Service")
    assert isinstance(section, Mapping)
    for entry in ini.environment(section).entries:
        assert entry.key.start < entry.key.end < entry.value.start <= entry.value.end


@pytest.mark.parametrize("dialect", ["", "git", "php"])
@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "]",
        "[]",
        "a=",
        'a="\n',
        "a='\n",
        "a=`\n",
        'a="""\n',
        "\\\n",
        "a=\\\n",
        "\n",
        "\r\n",
        " ",
        "a ",
        "] ",
        "a=b\n",
        " b\n",
        "#\n",
        '"',
        "[a]\n",
    ],
)
def test_hostile_text_ends_soon(piece: str, dialect: str) -> None:
    begin = time.process_time()
    root("[a]\na = " + piece * (65536 // len(piece)), dialect)
    assert time.process_time() - begin < 2


def test_an_unknown_dialect_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="unknown dialect"):
        ini.read(Source("a.ini", ""), "toml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("k =\\\n  v\n", "v"),
        ("k = a\\\n  b\n", "a  b"),
        ("k = a \\\n  ; note\n", "a "),
        ('k = ""  v\n', "v"),
    ],
)
def test_blanks_around_a_line_that_git_joins(text: str, value: str) -> None:
    """As `git config -l` says."""
    section = root("[s]\n" + text, "git").get("s")
    assert isinstance(section, Mapping)
    found = section.get("k")
    assert isinstance(found, Scalar)
    assert found.text == value
