"""JSON: the values of the standard library at exact places; comments and JSON5 besides."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest

from smtplint.readers import embed
from smtplint.source import SourceError
from smtplint.tree import Mapping, Node, Scalar, Sequence, scalars
from tests.readers import shared
from tests.readers.shared import check_map, mapping, plain, position, scalar

STRANGE = ("", "a", "é", "😀", '"', "\\", "/", "\n", "\t", "\x7f", "\u2028", "{}", "//", "/*", "'", "smtp.example.org", "ab" * 30)


def root(text: str) -> Node:
    return shared.root(text, "a.json", "json")


def test_values_have_their_exact_places_and_types() -> None:
    tree = root(
        '{\n  "host": "mail.example.org",\r\n\t"port": 587, "é😀": [true, null, -1.5e3, {}],\n  "a\\n\\u0062": "\\ud83d\\ude00x"\n}\n'
    )
    assert plain(tree) == {"host": "mail.example.org", "port": "587", "é😀": ["true", "null", "-1.5e3", {}], "a\nb": "😀x"}
    host, port = scalar(tree, "host"), scalar(tree, "port")
    assert (host.raw, host.type, host.style, position(host)) == ('"mail.example.org"', "str", "double", (2, 11))
    assert (port.raw, port.type, port.style, position(port)) == ("587", "int", "plain", (3, 10))
    assert [(one.type, position(one)) for one in scalars(shared.at(tree, "é😀"))] == [
        ("bool", (3, 22)),
        ("null", (3, 28)),
        ("float", (3, 34)),
    ]
    assert mapping(tree, "é😀", 3).place.line == 3
    for one in scalars(tree):
        if one.type == "str":
            check_map(one)


def test_comments_trailing_commas_and_json5() -> None:
    tree = root(
        "\ufeff// head\n{ /* a: 1 */ host: 'it\\'s', # tail\n  \"port\": 0x19, $x: +5, y: .5, z: [Infinity, -NaN, 5.,],\n"
        "  'l': 'a\\\n b',\n}\n// end"
    )
    assert plain(tree) == {"host": "it's", "port": "25", "$x": "5", "y": ".5", "z": ["Infinity", "-NaN", "5."], "l": "a b"}
    assert [scalar(tree, key).type for key in ("host", "port", "$x", "y")] == ["str", "int", "int", "float"]


def test_duplicate_keys_stay_and_the_last_wins() -> None:
    tree = mapping(root('{"port": 25, "port": 587}'))
    assert [entry.key.text for entry in tree.entries] == ["port", "port"]
    assert scalar(tree, "port").text == "587"


@pytest.mark.parametrize(
    ("text", "reason", "offset"),
    [
        ("", "it is empty", 0),
        ('{"a": [', "it ends before its end", 7),
        ('{"a": 1', "a bracket is not closed", 7),
        ('{"a" 1}', "a colon is missing", 5),
        ('{"a": hunter2}', "a value is not in quotes", 6),
        ('{"a": "hunter2', "a quote is not closed", 6),
        ('{"a": "\\q"}', "an escape is not known", 7),
        ("[1 2]", "a comma is missing", 3),
        ("[,]", "a value is missing", 1),
        ("{,}", "a key is missing", 1),
        ("{} {}", "something follows its end", 3),
        ("[1}", "a comma is missing", 2),
        ("/* open", "a value is missing", 0),
    ],
)
def test_errors_are_in_our_words_and_have_a_place(text: str, reason: str, offset: int) -> None:
    with pytest.raises(SourceError) as caught:
        root(text)
    assert (caught.value.reason, caught.value.offset) == (f"is not valid JSON: {reason}", offset)


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert plain(root('["\\ud800x"]')) == ["\ufffdx"]


def test_huge_numbers_stay_text() -> None:
    assert plain(root(f"[{'9' * 5000}, 0x{'f' * 5000}]")) == ["9" * 5000, f"0x{'f' * 5000}"]


def value(chooser: random.Random, depth: int) -> Any:
    kind = chooser.random()
    if depth < 4 and kind < 0.25:
        return {text(chooser): value(chooser, depth + 1) for _ in range(chooser.randint(0, 4))}
    if depth < 4 and kind < 0.45:
        return [value(chooser, depth + 1) for _ in range(chooser.randint(0, 4))]
    if kind < 0.7:
        return text(chooser)
    return chooser.choice((True, False, None, 0, 25, -7, 1.5, 1e30, -0.25))


def text(chooser: random.Random) -> str:
    return "".join(chooser.choice(STRANGE) for _ in range(chooser.randint(0, 3)))


def compare(node: Node, expected: Any) -> int:
    """The same values, and at the place of each what gives it again. Yields the number of leaves."""
    if isinstance(expected, dict):
        assert isinstance(node, Mapping)
        assert [entry.key.text for entry in node.entries] == list(expected)
        assert all(json.loads(entry.key.raw) == entry.key.text for entry in node.entries)
        return sum(compare(entry.value, child) for entry, child in zip(node.entries, expected.values(), strict=True))
    if isinstance(expected, list):
        assert isinstance(node, Sequence)
        return sum(compare(item, child) for item, child in zip(node.items, expected, strict=True))
    assert isinstance(node, Scalar)
    assert json.loads(node.raw) == expected
    names = {bool: "bool", int: "int", float: "float", str: "str", type(None): "null"}
    assert node.type == names[type(expected)]
    assert node.text == (expected if isinstance(expected, str) else node.raw)
    if isinstance(expected, str):
        check_map(node)
    return 1


def test_the_same_values_as_the_standard_library_in_two_thousand_documents() -> None:
    chooser = random.Random(3)
    leaves = 0
    for _ in range(2000):
        expected = value(chooser, 0)
        written = json.dumps(expected, indent=chooser.choice((None, 2, "\t")), ensure_ascii=chooser.random() < 0.5)
        leaves += compare(root(written.replace("\n", chooser.choice(("\n", "\r\n")))), expected)
    assert leaves > 2000


def test_random_text_is_read_or_refused_like_the_standard_library_does() -> None:
    chooser = random.Random(4)
    for _ in range(5000):
        written = "".join(
            chooser.choice(("{", "}", "[", "]", ",", ":", '"', "a", "1", " ", "\\", "\n", "null", "-", ".", '"a"')) for _ in range(8)
        )
        try:
            expected = json.loads(written)
        except ValueError:
            expected = ...
        try:
            found = root(written)
        except SourceError as error:
            assert expected is ...
            assert error.offset is not None
            assert 0 <= error.offset <= len(written)
        else:
            if expected is not ...:
                compare(found, expected)


@pytest.mark.parametrize(
    "unit", ["[", '{"a":', "[[],", '"', "\\", "/*", "//\n", "/* */", ",", "1", "a", "{'", "'a", "'\\", "'\\\r\n", '"\\u', "0x", "#", "{{ "]
)
def test_sixty_four_kilobytes_of_anything_end_soon(unit: str) -> None:
    started = time.process_time()
    try:
        root((unit * (65_536 // len(unit) + 1))[:65_536])
    except SourceError:
        pass
    assert time.process_time() - started < 2


def test_a_hundred_levels_are_fine() -> None:
    root("[" * 100 + "]" * 100)
    with pytest.raises(SourceError, match="nested too deeply") as caught:
        root("[" * 101 + "]" * 101)
    assert caught.value.offset == 100


def test_a_document_in_a_text_has_exact_places_and_one_escaped_twice_that_of_the_whole() -> None:
    written = '{"a": "{\\"b\\": \\"port=25\\\\nhost=x\\", \\"c\\": 26}"}'
    (inner,) = embed(scalar(root(written), "a"), "json")
    assert (scalar(inner.root, "c").raw, scalar(inner.root, "c").start) == ("26", written.index("26"))
    (third,) = embed(scalar(inner.root, "b"), "properties")
    port = scalar(third.root, "port")
    assert (port.text, port.raw, port.style, port.source.text) == ("25", '\\"port=25\\\\nhost=x\\"', "whole", written)
