"""TOML: tomli's values at exact places."""

from __future__ import annotations

import random
import string
import time

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from smtplint.readers import toml
from smtplint.source import Source, SourceError
from smtplint.tree import Mapping, Node, Scalar, Sequence
from tests.readers.shared import at


def root(text: str) -> Mapping:
    (document,) = toml.read(Source("a.toml", text))
    assert isinstance(document.root, Mapping)
    return document.root


def leaf(text: str, *path: str | int) -> Scalar:
    found = at(root(text), *path)
    assert isinstance(found, Scalar)
    return found


@pytest.mark.parametrize(
    ("text", "path", "raw", "value", "kind", "style"),
    [
        ("port = 25 # c", ("port",), "25", "25", "int", "plain"),
        ("port = 0x1_9", ("port",), "0x1_9", "25", "int", "plain"),
        ("port = +587", ("port",), "+587", "587", "int", "plain"),
        ("wait = 1_0.5e1", ("wait",), "1_0.5e1", "10.5e1", "float", "plain"),
        ("wait = inf", ("wait",), "inf", "inf", "float", "plain"),
        ("tls=true\r\n", ("tls",), "true", "true", "bool", "plain"),
        ('host = "a\\u00e9b"', ("host",), '"a\\u00e9b"', "aéb", "str", "double"),
        ("host = 'C:\\n'", ("host",), "'C:\\n'", "C:\\n", "str", "single"),
        ('host = """\r\na\r\nb"""\r\n', ("host",), '"""\r\na\r\nb"""', "a\nb", "str", "double"),
        ('host = """a"""""', ("host",), '"""a"""""', 'a""', "str", "double"),
        ("host = '''a''b'''", ("host",), "'''a''b'''", "a''b", "str", "single"),
        ("on = 1979-05-27 07:32:00Z # c", ("on",), "1979-05-27 07:32:00Z", "1979-05-27 07:32:00Z", "str", "plain"),
        ("on = [1979-05-27,1]", ("on", 0), "1979-05-27", "1979-05-27", "str", "plain"),
        ("[smtp]\n  [smtp.out]\n  'the port' . x = 1", ("smtp", "out", "the port", "x"), "1", "1", "int", "plain"),
        ('mail = { "h\\u006fst" = "x", tls = {min = "1.0"} }', ("mail", "tls", "min"), '"1.0"', "1.0", "str", "double"),
        ("[[smtp]]\nport=25\n[[smtp]]\nport=587\n[smtp.tls]\non=true", ("smtp", 1, "tls", "on"), "true", "true", "bool", "plain"),
        ("ports = [ 25, # c ]\n [ 465 ],\n]", ("ports", 1, 0), "465", "465", "int", "plain"),
    ],
)
def test_a_value_is_typed_and_placed(text: str, path: tuple[str | int, ...], raw: str, value: str, kind: str, style: str) -> None:
    found = leaf(text, *path)
    assert (found.raw, found.text, found.type, found.style) == (raw, value, kind, style)


def test_keys_and_tables_have_places() -> None:
    text = 'a."b c" = 1\n[mail]\nhost = "h"\n\n[mail.tls]\non = true\n# end\n'
    top = root(text)
    assert [entry.key.raw for entry in top.entries] == ["a", "mail"]
    (inner,) = [entry.value for entry in top.entries if entry.key.text == "a"]
    assert isinstance(inner, Mapping)
    assert (inner.entries[0].key.raw, inner.entries[0].key.text) == ('"b c"', "b c")
    mail, tls = at(top, "mail"), at(top, "mail", "tls")
    assert text[mail.start : mail.end] == '[mail]\nhost = "h"\n\n[mail.tls]\non = true'
    assert text[tls.start : tls.end] == "[mail.tls]\non = true"


def test_text_inside_quotes_can_be_placed() -> None:
    text = 'url = "smtp://mail:25"\nother = "a\\tb"'
    found = leaf(text, "url")
    assert found.inner == text.index("smtp")
    assert leaf(text, "other").inner is None


@pytest.mark.parametrize(
    ("text", "reason", "offset"),
    [
        ("a = 1\r\nb = \r\nc = 2", "is not valid TOML: a value is not one", 11),
        ("a = 1\r\na = 22\r\n", "is not valid TOML: a key is set twice", 13),
        ('a = "secret\r\n', "is not valid TOML: a string is not closed", None),
        ("[a\n", "is not valid TOML: a table header is not closed", 2),
        ("a = " + "[" * 200, "is nested too deeply", 104),
        (".".join("a" * 200) + " = 1", "is nested too deeply", None),
        ("[" + ".".join("a" * 60) + "]\n" + ".".join("b" * 60) + " = 1", "is nested too deeply", None),
        ("a = " + "9" * 5000, "is not valid TOML: a number is too long", None),
        ("a = 0x" + "f" * 9000, "is not valid TOML: a number is too long", 4),
    ],
)
def test_a_refusal_has_our_words_and_a_place(text: str, reason: str, offset: int | None) -> None:
    with pytest.raises(SourceError) as caught:
        toml.read(Source("a.toml", text))
    assert caught.value.reason == reason
    assert offset is None or caught.value.offset == offset


class Maker:
    """Random documents in every spelling TOML has."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def key(self) -> str:
        self.count += 1
        name = f"k{self.count}"
        return self.random.choice([name, name, f'"{name} ."', f"'{name}#='", f'"{name}\\u00e9"'])

    def dotted(self) -> str:
        return self.random.choice([".", " . ", "\t."]).join(self.key() for _ in range(self.random.choice([1, 1, 1, 2, 3])))

    def value(self, depth: int = 0) -> str:
        pick = self.random.random()
        if depth < 3 and pick < 0.15:
            gap = self.random.choice(["", " ", "\n  ", " # ] \" '\n"])
            items = [gap + self.value(depth + 1) + gap for _ in range(self.random.randrange(4))]
            return "[" + ",".join(items) + (f",{gap}" if items and self.random.random() < 0.4 else "") + gap + "]"
        if depth < 3 and pick < 0.25:
            return "{" + ", ".join(f" {self.dotted()} = {self.value(depth + 1)}" for _ in range(self.random.randrange(3))) + " }"
        return self.random.choice(
            [
                "25",
                "-0",
                "+99",
                "0xDEAD_beef",
                "0o17",
                "0b101",
                "1_000",
                "3.14",
                "-1e10",
                "6.02_1E-2",
                "inf",
                "-nan",
                "true",
                "false",
                "1979-05-27",
                "07:32:00",
                "1979-05-27T07:32:00.999-07:00",
                "1979-05-27 07:32:00",
                '""',
                "''",
                '"a b # c"',
                "'x\\y ]'",
                '"q\\" \\\\ \\n \\U0001F600"',
                '"""\nline\n  two \\\n   three"""',
                '"""a "quoted" ""b"""',
                '"""z\\""""""',
                "'''\n'a'\nb'''",
                "''''x'''''",
                '"smtp://u:p@h:25?x=[1]"',
                '"𝄞é"',
            ]
        )

    def document(self) -> str:
        lines, tables = [], [""]
        for _ in range(self.random.randrange(1, 9)):
            if self.random.random() < 0.3:
                name = self.dotted() if self.random.random() < 0.6 else f"{self.random.choice(tables)}.{self.key()}".lstrip(".")
                if self.random.random() < 0.5:
                    tables.append(name)
                    lines.append(f" [ {name} ] # t")
                else:
                    lines += [f"[[{name}]]", f"{self.key()} = {self.value()}"] * self.random.choice([1, 1])
                    lines.append(f"[[{name}]]")
            lines.append(self.random.choice(["", "\t"]) + f"{self.dotted()}{self.random.choice([' = ', '=', ' =  '])}{self.value()}")
            lines.append(self.random.choice(["", "# comment \" ' [", lines[-1] and ""]))
        return "\n".join(lines)


def compare(node: Node, value: object) -> int:
    """The tree equals tomli's value and the text of every leaf reads back as that value; yields the number of leaves."""
    if isinstance(value, dict):
        assert isinstance(node, Mapping)
        assert [entry.key.text for entry in node.entries] == list(value)
        for entry in node.entries:
            assert tomli.loads(f"{entry.key.raw} = 0") == {entry.key.text: 0}
        return sum(compare(entry.value, value[entry.key.text]) for entry in node.entries)
    if isinstance(value, list):
        assert isinstance(node, Sequence)
        assert len(node.items) == len(value)
        return sum(compare(item, one) for item, one in zip(node.items, value, strict=True))
    assert isinstance(node, Scalar)
    again = tomli.loads(f"v = {node.raw}")["v"]
    assert again == value or again != again
    if isinstance(value, str):
        assert node.text == value
    assert node.type == (type(value).__name__ if isinstance(value, (bool, int, float)) else "str")
    return 1


def test_generated_documents_agree_with_tomli() -> None:
    leaves = documents = 0
    for seed in range(1300):
        text = Maker(seed).document()
        if seed % 3 == 0:
            text = text.replace("\n", "\r\n")
        try:
            data = tomli.loads(text)
        except tomli.TOMLDecodeError:
            with pytest.raises(SourceError):
                toml.read(Source("a.toml", text))
            continue
        documents += 1
        leaves += compare(root(text), data)
    assert documents >= 1000
    assert leaves >= 7_000


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="a.=[]{}\"'\\#,1 \n\r-T:_", max_size=60)))
def test_any_text_gives_a_document_or_a_refusal(text: str) -> None:
    try:
        data = tomli.loads(text)
    except ValueError:
        with pytest.raises(SourceError) as caught:
            toml.read(Source("a.toml", text))
        assert caught.value.offset is None or 0 <= caught.value.offset <= len(text)
        return
    compare(root(text), data)


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "{",
        "a.",
        "[a]\n",
        "[[a]]\n",
        "a=[",
        '"""\\"',
        "'",
        '"',
        "a={",
        "#",
        "a = 1\n",
        '\\"""',
        "[a.b.c]\n",
        "a=[[1],",
        "1.",
        "\r\n",
        "' '.",
    ],
)
@pytest.mark.parametrize("head", ["", "a = ", "a = [", '"""'])
def test_hostile_text_ends_soon(head: str, piece: str) -> None:
    text = head + piece * (65536 // len(piece))
    begin = time.process_time()
    try:
        toml.read(Source("a.toml", text))
    except SourceError:
        pass
    assert time.process_time() - begin < 2


def test_many_keys_take_linear_time() -> None:
    def cost(lines: int) -> float:
        text = "".join(f"[t{i}.{random.Random(i).choice(string.ascii_letters)}]\nk{i} = [1, 'x', {{a = 1}}] # c\n" for i in range(lines))
        begin = time.process_time()
        root(text)
        return time.process_time() - begin

    cost(100)
    assert cost(5000) < 20 * cost(500) + 0.2
