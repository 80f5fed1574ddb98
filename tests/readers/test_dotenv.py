"""Env files: what all programs agree on, and what each makes of the rest."""

from __future__ import annotations

import io
import random
import time

import pytest
from dotenv.parser import parse_stream
from hypothesis import given, settings
from hypothesis import strategies as st

from smtplint.readers import dotenv
from smtplint.source import Source
from smtplint.tree import Entry, Mapping, Scalar


def entries(text: str, dialect: str = "") -> list[Entry]:
    (document,) = dotenv.read(Source(".env", text), dialect)
    assert isinstance(document.root, Mapping)
    return document.root.entries


def values(text: str, dialect: str = "") -> dict[str, str | None]:
    """Name → text, None for what cannot be seen."""
    found: dict[str, str | None] = {}
    for entry in entries(text, dialect):
        assert isinstance(entry.value, Scalar)
        found[entry.key.text] = entry.value.text if entry.value.state == "known" else None
    return found


def only(text: str, dialect: str = "") -> Scalar:
    (entry,) = entries(text, dialect)
    assert isinstance(entry.value, Scalar)
    assert entry.key.raw == entry.key.text
    return entry.value


@pytest.mark.parametrize(
    ("text", "raw", "value", "style"),
    [
        ("A=b", "b", "b", "plain"),
        ("  export A = b c  \r\n", "b c", "b c", "plain"),
        ("A=b # comment", "b", "b", "plain"),
        ("A=b#c", "b#c", "b#c", "plain"),
        ("A=", "", "", "plain"),
        ("A= # comment", "", "", "plain"),
        ('A="b # c" # d', '"b # c"', "b # c", "double"),
        ('A="b\\n\\"c\\""', '"b\\n\\"c\\""', 'b\n"c"', "double"),
        ("A='b\\n$C'", "'b\\n$C'", "b\\n$C", "single"),
        ("A='it\\'s'", "'it\\'s'", "it's", "single"),
        ("A='b\\'", "'b\\'", "b\\", "single"),
        ("A=`b \"c\" 'd'`", "`b \"c\" 'd'`", "b \"c\" 'd'", "single"),
        ('A="b\nc"', '"b\nc"', "b\nc", "double"),
        ("A=${B:-25}", "${B:-25}", "${B:-25}", "plain"),
        ('A="$B"', '"$B"', "$B", "double"),
        ('A="\\$B"', '"\\$B"', "$B", "single"),
        ('A="\\$B $C"', '"\\$B $C"', "\\$B $C", "double"),
        ("A: b", "b", "b", "plain"),
        ('A="b"c', '"b"c', '"b"c', "plain"),
        ('A="b', '"b', '"b', "plain"),
        ("# A=1\nemail.SMTPHost = mail", "mail", "mail", "plain"),
        ("no value here\n???\nexport B\nA=b", "b", "b", "plain"),
    ],
)
def test_without_a_dialect(text: str, raw: str, value: str, style: str) -> None:
    found = only(text)
    assert (found.raw, found.text, found.style, found.state) == (raw, value, style, "known")


def test_duplicates_stay_and_the_last_wins() -> None:
    (document,) = dotenv.read(Source(".env", "A=1\nB=2\nA=3\n"))
    assert isinstance(document.root, Mapping)
    assert len(document.root.entries) == 3
    winner = document.root.get("A")
    assert isinstance(winner, Scalar)
    assert winner.text == "3"


def test_an_empty_value_stands_after_its_separator() -> None:
    assert [(found.start, found.end) for found in (only("A="), only("A =   "), only("A=  # c"))] == [(2, 2), (3, 3), (2, 2)]


DIFFERENCES: dict[str, dict[str, str | None]] = {
    "A=b#c": {
        "python": "b#c",
        "node": "b",
        "compose": "b#c",
        "php": "b",
        "ruby": "b",
        "symfony": "b#c",
        "systemd": "b#c",
        "docker": "b#c",
        "shell": "b#c",
    },
    "A=b # c": {
        "python": "b",
        "node": "b",
        "compose": "b",
        "php": "b",
        "ruby": "b",
        "symfony": "b",
        "systemd": "b # c",
        "docker": "b # c",
        "shell": "b",
    },
    "A: b": {
        "python": None,
        "node": "b",
        "compose": "b",
        "php": None,
        "ruby": "b",
        "symfony": None,
        "systemd": None,
        "docker": None,
        "shell": None,
    },
    "A = b": {
        "python": "b",
        "node": "b",
        "compose": "b",
        "php": "b",
        "ruby": "b",
        "symfony": None,
        "systemd": "b",
        "docker": None,
        "shell": None,
    },
    "export A=b": {
        "python": "b",
        "node": "b",
        "compose": "b",
        "php": "b",
        "ruby": "b",
        "symfony": "b",
        "systemd": None,
        "docker": None,
        "shell": "b",
    },
    'A="b c"': {
        "python": "b c",
        "node": "b c",
        "compose": "b c",
        "php": "b c",
        "ruby": "b c",
        "symfony": "b c",
        "systemd": "b c",
        "docker": '"b c"',
        "shell": "b c",
    },
    'A="b\\tc"': {
        "python": "b\tc",
        "node": "b\\tc",
        "compose": "b\tc",
        "php": "b\tc",
        "ruby": "btc",
        "symfony": "b\\tc",
        "systemd": "b\\tc",
        "docker": '"b\\tc"',
        "shell": "b\\tc",
    },
    "A='b\\'c'": {"python": "b'c", "node": "b\\'c", "compose": "b\\'c"},
    "A=`b`": {"python": "`b`", "node": "b", "compose": "`b`", "php": "`b`", "docker": "`b`", "systemd": "`b`"},
    "A=b$(c)": {"python": "b$(c)", "node": "b$(c)", "compose": "b$(c)", "php": "b$(c)", "systemd": "b$(c)", "docker": "b$(c)"},
    'A=b"c"d': {"node": 'b"c"d', "docker": 'b"c"d', "systemd": 'b"c"d', "shell": "bcd"},
    "A='b\nc'": {
        "python": "b\nc",
        "node": "b\nc",
        "compose": "b\nc",
        "php": "'b",
        "ruby": "b\nc",
        "symfony": "b\nc",
        "systemd": "b\nc",
        "docker": "'b",
        "shell": "b\nc",
    },
    "A=b\\\nc": {"python": "b\\", "docker": "b\\", "systemd": "bc", "shell": "bc"},
    # python-dotenv leaves out a line whose quotes do not end it.
    'A="b"c': {"python": None, "": '"b"c'},
    "A='b": {"python": None, "": "'b"},
    "A= # b": {"python": "", "node": "", "docker": " # b"},
    "A=#b # c": {"python": "#b"},
    "A=b c": {"python": "b c", "node": "b c", "systemd": "b c", "docker": "b c", "shell": None},
}


@pytest.mark.parametrize(
    ("line", "dialect", "value"),
    [(line, dialect, value) for line, table in DIFFERENCES.items() for dialect, value in table.items()],
)
def test_dialects_differ(line: str, dialect: str, value: str | None) -> None:
    assert values(line, dialect).get("A") == value


@pytest.mark.parametrize("dialect", ["", "ruby", "symfony", "shell"])
@pytest.mark.parametrize("line", ["A=$(pass smtp)", 'A="x $(pass smtp)"'])
def test_what_a_command_prints_cannot_be_seen(dialect: str, line: str) -> None:
    assert values(line, dialect) == {"A": None}


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("A=b; export A", {"A": "b"}),
        ("export A=b B='c d' # e", {"A": "b", "B": "c d"}),
        ("A=`date`", {"A": None}),
        ('A="$(echo ")" "x")" B=c', {"A": None, "B": "c"}),
        ("A=b ./run", {}),
        ("cat <<EOF\nA=1\nEOF\nB=2", {"B": "2"}),
        ("A=x'y z'\"w\"", {"A": "xy zw"}),
        ("dotenv\nPATH_add bin\nuse nix\nexport A=b", {"A": "b"}),
        ("declare -x A=b\nreadonly B=c", {"A": "b", "B": "c"}),
        ("A=(1 2)\nB=c", {"B": "c"}),
        ("A=a\\ b", {"A": "a b"}),
    ],
)
def test_shell(script: str, expected: dict[str, str | None]) -> None:
    assert values(script, "shell") == expected


def test_the_name_may_imply_a_dialect() -> None:
    assert [dotenv.dialect_of(path) for path in ("a/.envrc", "x/.envrc.example", ".flaskenv", ".env")] == ["shell", "shell", "python", ""]


def test_shell_knows_what_may_not_happen() -> None:
    script = 'A=1\nif [ -z "$B" ]; then B=2; fi\n[ x ] && C=3\nD=4\nf() {\n  E=5\n}\nF=6'
    assert {entry.key.text for entry in entries(script, "shell") if entry.conditional} == {"B", "C", "E"}


def oracle(text: str) -> list[tuple[str, str, int]]:
    """Name, value and 1-based line by python-dotenv, whose own line is that of the blank lines before."""
    found = []
    for binding in parse_stream(io.StringIO(text, newline="")):
        if binding.key is not None and binding.value is not None:
            blank = binding.original.string[: len(binding.original.string) - len(binding.original.string.lstrip())]
            found.append((binding.key, binding.value, binding.original.line + blank.count("\n")))
    return found


def generated(seed: int) -> str:
    chance = random.Random(seed)
    pick = chance.choice
    lines = []
    for number in range(chance.randrange(1, 12)):
        name = pick(["SMTP_HOST", "A", "b_1", "X.Y", f"N{number}", "EMAIL-PORT"])
        body = "".join(
            pick(["a", "Z9", "-", ".", ":", "/", "@", "é", "𝄞", "$X", "${Y:-1}", " ", "=", "#x", "\t"]) for _ in range(chance.randrange(6))
        )
        bare = body.strip().lstrip("#\t ")
        value = pick(
            [
                bare,
                bare,
                f'"{body}"',
                f"'{body}'",
                '"{}"'.format(body.replace("a", '\\"').replace("Z9", "\\n\\\\\\t")),
                f'"{body}\n{body}"',
                "'x\ny'",
                "",
            ]
        )
        gap = pick(["", "", " ", "\t"])
        tail = pick(["", " ", " # note", "\t# 'n\""]) if value else ""
        lines.append(pick(["", "", " "]) + pick(["", "", "export "]) + f"{name}{gap}={gap}{value}{tail}")
        lines += pick([[], [], [""], ["# C=1"], ["", "  ", "#"], ["FLAG"]])
    return pick(["\n", "\n", "\r\n"]).join(lines) + pick(["", "\n"])


@pytest.mark.parametrize("dialect", ["", "python"])
def test_generated_files_agree_with_python_dotenv(dialect: str) -> None:
    pairs = 0
    for seed in range(1100):
        text = generated(seed)
        source = Source(".env", text)
        found = []
        (document,) = dotenv.read(source, dialect)
        assert isinstance(document.root, Mapping)
        for entry in document.root.entries:
            assert isinstance(entry.value, Scalar)
            assert entry.key.raw == entry.key.text
            found.append((entry.key.text, entry.value.text, entry.key.place.line))
            again = list(parse_stream(io.StringIO(f"K={entry.value.raw}", newline="")))
            assert again[0].value == entry.value.text
        assert found == oracle(text), text
        pairs += len(found)
    assert pairs > 4000


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(st.text(), st.text(alphabet="A=b: \t\n\r\"'`\\$()#;&|<{}", max_size=60), st.text(alphabet='fiA=b\n<E;" ', max_size=60)),
    st.sampled_from(sorted(dotenv.DIALECTS)),
)
def test_any_text_is_read(text: str, dialect: str) -> None:
    for entry in entries(text, dialect):
        assert isinstance(entry.value, Scalar)
        assert 0 <= entry.key.start < entry.key.end <= entry.value.start <= entry.value.end <= len(text)


@pytest.mark.parametrize("dialect", ["", "systemd", "shell"])
@pytest.mark.parametrize(
    "piece",
    [
        'A="',
        "A='",
        "A=`",
        "A=\\",
        "$(",
        "\r\n",
        " ",
        "A=b\n",
        "A ",
        "export ",
        '"',
        "\\",
        "A=\"'`\n",
        "<<a\n",
        "A=$(\n",
        "'\"",
        "A=b ",
        "(",
        "A=",
    ],
)
def test_hostile_text_ends_soon(piece: str, dialect: str) -> None:
    begin = time.process_time()
    entries("A=" + piece * (65536 // len(piece)) + "\nA", dialect)
    assert time.process_time() - begin < 2
