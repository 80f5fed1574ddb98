"""YAML: PyYAML's values at exact places, whatever the input."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
import yaml

from smtplint import readers
from smtplint.readers import embed
from smtplint.readers import yaml as reader
from smtplint.source import Source, SourceError, decode
from smtplint.tree import Mapping, Scalar, Sequence, scalars
from tests.readers.shared import at, check_map, documents, entry, mapping, plain, position, root, scalar


class Oracle(yaml.CSafeLoader):
    """PyYAML without types for plain scalars, but with merge keys."""


Oracle.yaml_implicit_resolvers = {"<": [pair for pair in yaml.SafeLoader.yaml_implicit_resolvers["<"] if pair[0].endswith("merge")]}


def test_values_have_their_exact_places() -> None:
    text = "# mail\nsmtp:\n  host: mail.example.org  # relay\n  port: '587'\n  \"tls\": !env TLS\nnone:\n"
    tree = root(text)
    assert plain(tree) == {"smtp": {"host": "mail.example.org", "port": "587", "tls": "TLS"}, "none": ""}
    host, port, tls = (scalar(tree, "smtp", key) for key in ("host", "port", "tls"))
    assert (host.raw, position(host), host.style, host.type) == ("mail.example.org", (3, 9), "plain", "plain")
    assert (port.raw, position(port), port.style, port.type) == ("'587'", (4, 9), "single", "str")
    assert (tls.raw, tls.tag, position(tls)) == ("TLS", "!env", (5, 15))
    assert entry(tree, "smtp", "tls").key.raw == '"tls"'
    assert position(scalar(tree, "none")) == (6, 6)
    assert mapping(tree, "smtp").place.key == ("a.yaml", text.index("host"), text.index("\nnone"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 😀 é\nport: 25\n", (2, 7)),
        ("a: |\r\n  x\r\n  y\r\nport: 25\r\n", (4, 7)),
        ("a: b\rport: 25\r", (2, 7)),
        ("- &x [1,\t2]\n- port:\t25\n", (2, 9)),
        ("\ufeffport: 25", (1, 8)),
        ("a: x\x85y: z\n---\nport: 25", (3, 7)),
        ("a: 'x\u2028 y'\nport: 25", (2, 7)),
    ],
)
def test_places_survive_other_characters_and_line_ends(text: str, place: tuple[int, int]) -> None:
    tree = documents(text)[-1].root
    found = scalar(tree, 1, "port") if isinstance(tree, Sequence) else scalar(tree, "port")
    assert (found.text, found.raw, position(found)) == ("25", "25", place)


def test_a_byte_order_mark_moves_nothing() -> None:
    (document,) = readers.read(decode("a.yaml", b"\xef\xbb\xbfport: 25\n"), "yaml")
    assert position(scalar(document.root, "port")) == (1, 7)


def test_block_scalars_span_their_content() -> None:
    text = "a: |\n  x\n\n   y  \n\n# end\nb: >-\n  one\n  two\n\n  three\nc: |+\n\n  z\n\nd: |2\n   deep\ne: |\n"
    tree = root(text)
    assert plain(tree) == {"a": "x\n\n y  \n", "b": "one two\nthree", "c": "\nz\n\n", "d": " deep\n", "e": ""}
    assert scalar(tree, "a").raw == "x\n\n   y  "
    assert scalar(tree, "b").raw == "one\n  two\n\n  three"
    assert scalar(tree, "c").raw == "\n  z"
    assert scalar(tree, "d").raw == " deep"
    assert scalar(tree, "a").style == "literal"
    assert scalar(tree, "b").style == "folded"
    for one in scalars(tree):
        check_map(one)


def test_aliases_give_the_anchored_value_and_say_how_they_came() -> None:
    tree = root("a: &port 25\nb: *port\nc: &m {k: v}\nd: *m\n")
    found = scalar(tree, "b")
    assert (found.text, position(found)) == ("25", (1, 10))
    assert [(place.line, place.column) for place in found.via] == [(2, 4)]
    assert at(tree, "c") is at(tree, "d")


def test_merge_keys() -> None:
    tree = root(
        "one: &one {host: a, port: 1}\ntwo: &two {port: 2, tls: b}\n"
        "own: {<<: *one, port: 9}\nlist: {<<: [*one, *two]}\ninline: {<<: {x: y}}\n"
        "after:\n  port: 3\n  <<: *two\nquoted: {'<<': *one}\nopen: {<<: !include x}\n"
    )
    assert plain(at(tree, "own")) == {"host": "a", "port": "9"}
    assert plain(at(tree, "list")) == {"host": "a", "port": "1", "tls": "b"}
    assert plain(at(tree, "inline")) == {"x": "y"}
    assert plain(at(tree, "after")) == {"port": "3", "tls": "b"}
    assert list(plain(at(tree, "quoted"))) == ["<<"]
    assert mapping(tree, "open").partial
    host = scalar(tree, "list", "host")
    assert position(host) == (1, 18)
    assert [(place.line, place.column) for place in host.via] == [(4, 13)]
    assert len(mapping(tree, "own").entries) == 2


def test_duplicate_keys_stay_and_the_last_wins() -> None:
    tree = mapping(root("port: 25\nport: 587\n"))
    assert [one.key.text for one in tree.entries] == ["port", "port"]
    assert scalar(tree, "port").text == "587"


def test_keys_that_are_no_scalars_are_left_out() -> None:
    assert plain(root("? [a, b]\n: c\n? {d: e}\n: f\n? g\n: h\n1: i\n")) == {"g": "h", "1": "i"}


def test_tags() -> None:
    tree = root("a: !!str 1\nb: !secret x\nc: !!binary aGk=\nd: ! 1\ne: !reset {x: y}\nf: !reset [z]\ng: &q !env\nh: !reset\n  i: j\n")
    assert [(scalar(tree, key).tag, scalar(tree, key).type) for key in "abcdg"] == [
        ("!!str", "str"),
        ("!secret", "plain"),
        ("!!binary", "str"),
        ("", "str"),
        ("!env", "plain"),
    ]
    assert mapping(tree, "e").tag == "!reset"
    found = at(tree, "f")
    assert isinstance(found, Sequence)
    assert found.tag == "!reset"
    assert mapping(tree, "h").tag == "!reset"


def test_many_documents() -> None:
    found = documents("a: 1\n---\nb: 2\n...\n---\n- c\n")
    assert [plain(document.root) for document in found] == [{"a": "1"}, {"b": "2"}, ["c"]]
    assert documents("# nothing\n") == []
    assert plain(root("---\n")) == ""


def test_a_broken_document_does_not_hide_the_others() -> None:
    text = "a: 1\n---\nb: 2\n---\nc: [\n---\nd: 😀\n"
    found = documents(text)
    assert [plain(document.root) for document in found] == [{"a": "1"}, {"b": "2"}, {"d": "😀"}]
    assert position(scalar(found[2].root, "d")) == (7, 4)
    (problem,) = [problem for document in found for problem in document.problems]
    assert problem.reason == "is not valid YAML: a bracket is not closed or a value is missing"
    assert problem.offset is not None
    assert text.index("c: [") <= problem.offset <= text.index("d:")


@pytest.mark.parametrize(
    ("text", "reason", "offset"),
    [
        ("a: b: hunter2", "is not valid YAML: a colon stands where no key can be", 4),
        ("a: 'hunter2", "is not valid YAML: a quote is not closed", 11),
        ("a:\n\t- hunter2", "is not valid YAML: a tab stands where only spaces may", 3),
        ("a: *hunter2", "is not valid YAML: an alias refers to an anchor that is not there", 3),
        ("a: &a [*a]", "holds an alias that refers to itself", 7),
        ("a: @hunter2", "is not valid YAML: a value begins with a character that needs quotes", 3),
        ('a: "\\q"', "is not valid YAML: an escape in double quotes is not known", 5),
        ("a: b\n c: d\n e", "is not valid YAML: a colon stands where no key can be", 7),
        ("a: x\x07y", "is not valid YAML: a control character stands in it", 4),
        ("é: x\x07y", "is not valid YAML: a control character stands in it", 4),
        ("a: \ud800", "is not valid YAML: half a surrogate pair stands in it", 3),
    ],
)
def test_errors_are_in_our_words_and_have_a_place(text: str, reason: str, offset: int) -> None:
    with pytest.raises(SourceError) as caught:
        documents(text)
    assert caught.value.reason == reason
    assert caught.value.offset is not None
    assert abs(caught.value.offset - offset) <= 1


def test_without_libyaml_the_tree_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\ufeffa: &a |\n  x\n  😀\nb: [1, {c: *a}]\nd: &q !!str 'x'\ne: {<<: {f: g}}\n"
    fast = documents(text)
    monkeypatch.setattr(reader, "LOADER", yaml.SafeLoader)
    slow = documents(text)
    assert [(one.text, one.start, one.end) for one in scalars(fast[0].root)] == [
        (one.text, one.start, one.end) for one in scalars(slow[0].root)
    ]


# Against PyYAML

HAND_MADE = (
    "{}",
    "[]",
    "a:\n- b\n-\n  - c\n  -\n",
    "- - - a\n    - b\n- ? x\n  : y\n",
    "a: one\n  two\n\n  three\nb: x\n",
    "a: 'one\n  two\n\n\n  three '\n",
    'a: "one\n  two\\\n   \\ three\\n\n  \\x41\\u263a\\U0001F600 "\n',
    "a: >\n\n\n  one\n  two\n\n\n   more\n    deep\n\n  three\n\n",
    "a: >2-\n    one\n  two\n   three\n",
    "a: |-1\n x\n  y\nb: |1+\n  z\n\n",
    "a: {b: [c, {d: e}, ], 'f': \"g\"}\n",
    "a: {b, c: , 'd':e}\n",
    "a: &x\n  b: &y c\nd: [*x, *y, *x]\n",
    "a: http://x:25/#y # c\n",
    "'a b': c\n\"d\\te\": f\n? g\n",
    "%YAML 1.1\n---\na: b\n...\n# end\n",
    "--- |\n a\n b\n--- >\n c\n--- 'd'\n...\n",
    "a: !<tag:example.org,2000:x> b\n",
    "a:   \n  b  \nc: -\n",
    "- a: 1\n  b: 2\n-   c: 3\n    d: |\n      e\n- f\n",
    "a: |\n  x\n \nb: |\n\n   \n    y\n    \n",
    "a: >\n  x\n  \ty\n  z\n",
    "a: >-\n  x\n\n    y\n\n  z\n",
)
WORDS = (
    "a",
    "b c",
    "x-1",
    "25",
    "true",
    "http://h:1",
    "é",
    "😀",
    "it''s",
    "~",
    "a#b",
    "*",
    "{}",
    "[",
    "- ",
    ": ",
    "#",
    "",
    " ",
    "\n",
    "\t",
    "\\",
    '"',
    "'",
)


class Writer:
    """Writes random YAML in every style. What it writes need not be valid."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.anchors: list[str] = []
        self.end = self.random.choice(("\n", "\n", "\r\n"))

    def text(self) -> str:
        parts = []
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            self.anchors = []
            parts.append(self.block(0, 0))
        return "---\n".join(parts).replace("\n", self.end)

    def word(self) -> str:
        return "".join(self.random.choice(WORDS) for _ in range(self.random.randint(0, 3)))

    def simple(self) -> str:
        return self.random.choice(("host", "port", "25", "a b", "é", "😀x", "'q d'", '"x\\n"', "x:y", "~"))

    def lines(self, indent: int) -> str:
        pad = " " * indent
        found = []
        for _ in range(self.random.randint(1, 5)):
            kind = self.random.random()
            if kind < 0.2:
                found.append("")
            elif kind < 0.35:
                found.append(pad + "  " + self.simple())
            else:
                found.append(pad + self.simple() + self.random.choice(("", "", "  ")))
        return "".join(line + "\n" for line in found)

    def inline(self, indent: int) -> str:
        """A scalar and its line end."""
        kind = self.random.random()
        pad = "\n" + " " * (indent + 1)
        if kind < 0.35:
            return self.simple() + self.random.choice(("", "", " # c", "  ")) + "\n"
        if kind < 0.45:
            return "'" + self.word().replace("'", "''").replace("\n", pad) + "'\n"
        if kind < 0.6:
            word = self.word().replace("\\", "\\\\").replace('"', '\\"')
            return '"' + word.replace("\n", self.random.choice((pad, "\\n", pad + pad, "\\" + pad))) + '"\n'
        if kind < 0.7:
            return self.simple() + pad + self.simple() + self.random.choice(("", pad.strip(" ") + pad + "z")) + "\n"
        if kind < 0.9:
            return self.random.choice(("|", ">", "|-", ">+", "|+", ">-")) + "\n" + self.lines(indent + 2)
        return "\n"

    def flow(self, depth: int) -> str:
        kind = self.random.random()
        if kind < 0.5 or depth > 2:
            return self.random.choice(("a", "25", "'x y'", '"z\\t"', "é", "a b"))
        if kind < 0.75:
            return "[" + ", ".join(self.flow(depth + 1) for _ in range(self.random.randint(0, 3))) + "]"
        return "{" + ", ".join(f"k{number}: {self.flow(depth + 1)}" for number in range(self.random.randint(0, 3))) + "}"

    def block(self, indent: int, depth: int) -> str:
        pad = " " * indent
        found = []
        listed = self.random.random() < 0.3
        for number in range(self.random.randint(1, 4)):
            head = pad + ("-" if listed else self.random.choice(("key{}:", "'k{}':", '"k\\t{}" :', "k e y{}:")).format(number))
            if self.random.random() < 0.1:
                found.append(pad + "# comment\n")
            kind = self.random.random()
            if kind < 0.1:
                name = f"n{len(self.anchors)}{depth}"
                found.append(f"{head} &{name} {self.random.choice(('v', '{p: q, r: s}', '[1, 2]'))}\n")
                self.anchors.append(name)
            elif kind < 0.2 and self.anchors:
                name = self.random.choice(self.anchors)
                found.append(f"{head} *{name}\n" if listed or self.random.random() < 0.7 else f"{pad}<<: *{name}\n")
            elif kind < 0.35:
                found.append(f"{head} {self.flow(0)}\n")
            elif kind < 0.6 and depth < 4:
                found.append(f"{head}\n" + self.block(indent + self.random.choice((1, 2, 4)), depth + 1))
            else:
                found.append(f"{head} " + self.inline(indent))
        return "".join(found)


def oracle(text: str) -> list[Any] | None:
    try:
        return list(yaml.load_all(text, Loader=Oracle))
    except (yaml.YAMLError, TypeError):
        return None


def test_the_same_values_as_pyyaml_in_two_thousand_documents() -> None:
    compared = leaves = 0
    for number, text in enumerate((*HAND_MADE, *(Writer(seed).text() for seed in range(2600)))):
        expected = oracle(text)
        if expected is None:
            continue
        found = documents(text)
        assert [plain(document.root) for document in found] == [_texts(value) for value in expected], (number, text)
        compared += len(found)
        for document in found:
            assert document.problems == ()
            for one in scalars(document.root):
                leaves += 1
                check_leaf(one)
    assert compared >= 2000
    assert leaves >= 10_000


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _texts(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_texts(child) for child in value]
    return "" if value is None else value


def check_leaf(one: Scalar) -> None:
    """What stands at the place of a scalar is that scalar."""
    check_map(one)
    if one.style in ("literal", "folded"):
        assert one.raw.strip() == "" or one.raw.split()[0] == one.text.split()[0]
        assert one.raw.split() == one.text.split()
    elif one.raw:
        again = yaml.load(one.raw, Loader=Oracle)
        assert ("" if again is None else again) == one.text
    else:
        assert one.text == ""


# Hostile input

BOMBS = {
    "flow nesting": "[" * 65_000,
    "flow mappings": "{a: " * 16_000,
    "block nesting": "".join(" " * number + "a:\n" for number in range(350)),
    "dashes": "- " * 32_000,
    "question marks": "? " * 32_000,
    "aliases": "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40)),
    "chain": "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 3000)),
    "merges": "a0: &a0 {x0: y}\n" + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}, x{n}: y}}\n" for n in range(1, 2000)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_end_in_an_error(name: str) -> None:
    started = time.process_time()
    with pytest.raises(SourceError) as caught:
        documents(BOMBS[name])
    assert caught.value.reason in ("is nested too deeply", "repeats too much through aliases")
    assert time.process_time() - started < 2


def test_a_hundred_levels_are_fine() -> None:
    documents("[" * 100 + "]" * 100)
    with pytest.raises(SourceError, match="nested too deeply"):
        documents("[" * 101 + "]" * 101)


@pytest.mark.parametrize(
    "text",
    ["a: &a\n  <<: *a\n", "a: &a {<<: *a}\n", "a: &a {b: {<<: *a}}\n", "&a [&b {c: *a}, *b]"],
)
def test_cycles_end_in_an_error(text: str) -> None:
    with pytest.raises(SourceError, match="refers to itself"):
        documents(text)


UNITS = ("---\n[\n", "&a ", "!a ", "a: ", "'", '"', "\\", "%", "#", "|\n", "{", "*a ", "? a\n", "-\n", "\t")
MARKS = (
    "{{",
    "{%",
    "{{{a}}",
    "{{ a }}\n",
    "{{ '",
    "a: {{ b }}\n",
    "{% if a %}\n",
    "{% if a %}{% endif %}",
    "{# ",
    "<% ",
    "a: |\n  {{ b }}\n",
)


@pytest.mark.parametrize("unit", (*UNITS, *MARKS))
def test_sixty_four_kilobytes_of_anything_end_soon(unit: str) -> None:
    text = (unit * (65_536 // len(unit) + 1))[:65_536]
    started = time.process_time()
    try:
        documents(text)
    except SourceError:
        pass
    assert time.process_time() - started < 2


def test_random_text_never_raises_anything_else() -> None:
    chooser = random.Random(5)
    signs = "ab:-? []{},&*!|>'\"%@`#\n\t\r\\<=~\u0085\u2028é😀\ufeff"
    for _ in range(3000):
        text = "".join(chooser.choice(signs) for _ in range(chooser.randint(0, 40)))
        try:
            found = documents(text)
        except SourceError as error:
            assert error.offset is not None
            assert 0 <= error.offset <= len(text)
            continue
        for document in found:
            for one in scalars(document.root):
                assert 0 <= one.start <= one.end <= len(text)


# Documents inside


def test_a_document_inside_a_block_scalar_has_the_outer_places() -> None:
    text = "data:\n  app.yml: |\r\n    smtp:\r\n      port: 25\r\n      inner: |\r\n        [smtp]\r\n        host = x\r\n"
    tree = root(text)
    (inner,) = embed(scalar(tree, "data", "app.yml"), "yaml")
    port = scalar(inner.root, "smtp", "port")
    assert (port.raw, position(port), port.source.text) == ("25", (4, 13), text)
    (third,) = embed(scalar(inner.root, "smtp", "inner"), "ini")
    host = scalar(third.root, "smtp", "host")
    assert (host.raw, position(host)) == ("x", (7, 16))


@pytest.mark.parametrize(
    ("text", "syntax", "path", "raw", "place"),
    [
        ('a: "{\\"port\\": 25}"', "json", ("port",), "25", (1, 16)),
        ("a: 'x: it''s\n\n  port: 25'", "yaml", ("port",), "25", (3, 9)),
        ('a: "h=1\\nport=25"', "properties", ("port",), "25", (1, 15)),
        ('a: >-\n  {"port":\n  25}\n', "json", ("port",), "25", (3, 3)),
        ("a:\n  {port: 25}", "yaml", ("port",), "25", (2, 10)),
    ],
)
def test_documents_inside_quotes_and_folded_text(text: str, syntax: str, path: tuple[str, ...], raw: str, place: tuple[int, int]) -> None:
    outer = at(root(text), "a")
    if isinstance(outer, Mapping):
        found = scalar(outer, *path)
    else:
        assert isinstance(outer, Scalar)
        (document,) = embed(outer, syntax)
        found = scalar(document.root, *path)
    assert (found.raw, position(found)) == (raw, place)


def test_what_cannot_be_told_apart_has_the_place_of_the_whole() -> None:
    outer = scalar(root("a: cG9ydDogMjU="), "a").but(text="port: 25", style="whole")
    (document,) = embed(outer, "yaml")
    found = scalar(document.root, "port")
    assert (found.text, found.raw, found.style) == ("25", "cG9ydDogMjU=", "whole")


def test_an_error_inside_has_its_outer_place() -> None:
    text = "a: |\n  b: [\n  c\n"
    with pytest.raises(SourceError) as caught:
        embed(scalar(root(text), "a"), "yaml")
    assert caught.value.offset == len(text)
    broken = Source("a.yaml", text)
    assert broken.position(caught.value.offset)[0] >= 3
