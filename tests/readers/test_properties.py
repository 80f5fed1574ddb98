"""Java properties."""

from __future__ import annotations

import random
import re
import time

import javaproperties
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtplint.readers import properties
from smtplint.source import Source, SourceError
from smtplint.tree import Mapping, Scalar

# Half a pair of surrogates cannot be written out again.
WITHOUT_PARTNER = re.compile("[\ud800-\udfff]")


def pairs(text: str) -> list[list[tuple[Scalar, Scalar]]]:
    """Keys and values, document by document."""
    found = []
    for document in properties.read(Source("a.properties", text)):
        assert isinstance(document.root, Mapping)
        inside = []
        for entry in document.root.entries:
            assert isinstance(entry.value, Scalar)
            inside.append((entry.key, entry.value))
        found.append(inside)
    return found


@pytest.mark.parametrize(
    ("text", "key", "raw", "value"),
    [
        ("spring.mail.port=25", "spring.mail.port", "25", "25"),
        ("  a.b : c # d ", "a.b", "c # d ", "c # d "),
        ("a b", "a", "b", "b"),
        ("a", "a", "", ""),
        ("a =\r\n", "a", "", ""),
        ("k\\ e\\=y=v", "k e=y", "v", "v"),
        ("a=b\\\r\n   c\\u00e9\\t", "a", "b\\\r\n   c\\u00e9\\t", "bcé\t"),
        ("ke\\\n  y=v", "key", "v", "v"),
        ("a=\\ud83d\\ude00", "a", "\\ud83d\\ude00", "😀"),
        ("a=\\ud83d", "a", "\\ud83d", "\ufffd"),
        ("a=\\u00\\\n  41", "a", "\\u00\\\n  41", "A"),
        ("# x=1\n! y=2\n\na=${X:25}", "a", "${X:25}", "${X:25}"),
    ],
)
def test_a_pair(text: str, key: str, raw: str, value: str) -> None:
    (((name, found),),) = pairs(text)
    assert (name.text, found.raw, found.text, found.style, found.type) == (key, raw, value, "raw", "plain")


def test_spring_separates_documents() -> None:
    text = "a=1\n#---\na=2\r\n!---  \r\nb=3\n# x\n#---\nc=4\n ----\n"
    documents = properties.read(Source("application.properties", text))
    assert [[(key.text, value.text) for key, value in inside] for inside in pairs(text)] == [
        [("a", "1")],
        [("a", "2")],
        [("b", "3"), ("c", "4"), ("----", "")],
    ]
    assert text[documents[1].start : documents[1].end] == "a=2\r\n"


def test_a_bad_escape_is_refused_at_its_place() -> None:
    with pytest.raises(SourceError) as caught:
        pairs("a=1\nb=x\\u12g4")
    assert caught.value.offset == 7


def test_generated_files_agree_with_javaproperties() -> None:
    count = 0
    for seed in range(1500):
        chance = random.Random(seed)
        pick = chance.choice
        text = "".join(
            pick(
                [
                    "a",
                    "b.c",
                    "=",
                    ":",
                    " ",
                    "\t",
                    "\f",
                    "\\",
                    "\\\\",
                    "\\n",
                    "\\u00e9",
                    "\\ud83d\\ude00",
                    "\\\n  ",
                    "\\\r\n",
                    "#",
                    "!",
                    "\n",
                    "\r\n",
                    "\n",
                    "é",
                    "𝄞",
                    "\\=",
                    "key = value",
                ]
            )
            for _ in range(chance.randrange(60))
        )
        theirs = [
            (WITHOUT_PARTNER.sub("\ufffd", one.key), WITHOUT_PARTNER.sub("\ufffd", one.value), one.source)
            for one in javaproperties.parse(text)
            if isinstance(one, javaproperties.KeyValue)
        ]
        (found,) = pairs(text)
        assert [(key.text, value.text) for key, value in found] == [(key, value) for key, value, _ in theirs], text
        for (key, value), (_, _, written) in zip(found, theirs, strict=True):
            assert text[key.start : value.end] == written.lstrip(" \t\f\r\n")[: value.end - key.start]
            if key.text:
                assert {WITHOUT_PARTNER.sub("\ufffd", one) for one in javaproperties.loads(key.raw)} == {key.text}
        count += len(found)
    assert count > 5000


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="a=: \t\f\n\r\\u0#!-", max_size=60)))
def test_any_text_gives_documents_or_a_refusal(text: str) -> None:
    try:
        found = pairs(text)
    except SourceError as error:
        assert error.offset is not None
        assert text.startswith("\\u", error.offset)
        return
    for inside in found:
        for key, value in inside:
            assert 0 <= key.start <= key.end <= value.start <= value.end <= len(text)


@pytest.mark.parametrize(
    "piece", ["\\", "\\\n", "\\\r\n", " ", "\r\n", "a", "=", "a=\\\n", "#---\n", "\n#---\na=1", "\\u0041", "a\\ ", "# \n", "\f"]
)
def test_hostile_text_ends_soon(piece: str) -> None:
    begin = time.process_time()
    pairs(piece * (65536 // len(piece)))
    pairs("a=" + piece * (65536 // len(piece)) + "\nb=1")
    assert time.process_time() - begin < 2
