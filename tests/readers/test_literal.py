"""Python literals in other files: the same values as Python's own `literal_eval`, at their own places, and nothing is ever evaluated."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtplint.readers import embed, read
from smtplint.source import Source, SourceError
from smtplint.tree import Mapping, Node, Scalar, Sequence

leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.floats(0, 1e6).map(lambda n: round(n, 3)), st.text(max_size=8)
)
values = st.recursive(
    leaves, lambda inner: st.one_of(st.lists(inner, max_size=4), st.lists(inner, max_size=4).map(tuple), st.dictionaries(st.text(max_size=3), inner)), max_leaves=12
)  # fmt: skip


def plain(node: Node) -> object:
    """What a tree says, tuples as lists."""
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if isinstance(node, Mapping):
        return {entry.key.text: plain(entry.value) for entry in node.entries}
    assert node.state == "known"
    return node.text if node.type == "str" else ast.literal_eval(node.text)


def listed(value: object) -> object:
    if isinstance(value, list | tuple):
        return [listed(item) for item in value]
    return {key: listed(item) for key, item in value.items()} if isinstance(value, dict) else value


def spans(node: Node, value: object) -> None:
    """The text at every place is that value again."""
    assert listed(ast.literal_eval(node.source.text[node.start : node.end])) == listed(value)
    if isinstance(node, Sequence):
        assert isinstance(value, list | tuple)
        for item, one in zip(node.items, value, strict=True):
            spans(item, one)
    elif isinstance(node, Mapping):
        assert isinstance(value, dict)
        for entry in node.entries:
            spans(entry.value, value[entry.key.text])


@given(value=values, before=st.sampled_from(("", " ", "\t ")))
def test_values_and_places_are_those_of_python(value: object, before: str) -> None:
    node = read(Source("x", before + repr(value)), "literal")[0].root
    assert plain(node) == listed(value)
    spans(node, value)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_places_in_a_value_of_several_lines(newline: str) -> None:
    text = newline.join(
        (
            "[loggers]", "keys=root", "[handlers]", "keys=mail", "[handler_mail]", "args=(('smtp.é.org', 587), 'a@b',",
            "    # a comment", "", "    {'x': 'y:z'}, \"q\")", "level=ERROR",
        )
    )  # fmt: skip
    root = read(Source("logging.ini", text), "ini")[0].root
    assert isinstance(root, Mapping)
    section = root.get("handler_mail")
    assert isinstance(section, Mapping)
    assert [entry.key.text for entry in section.entries] == ["args", "level"]
    args = section.entries[0].value
    assert isinstance(args, Scalar)
    node = embed(args, "literal")[0].root
    assert isinstance(node, Sequence)
    assert [node.source.text[item.start : item.end] for item in node.items] == ["('smtp.é.org', 587)", "'a@b'", "{'x': 'y:z'}", '"q"']
    assert [item.place.line for item in node.items] == [6, 6, 9, 9]


@pytest.mark.parametrize(
    "text", ["f('x')", "os.environ['X']", "f'{x}'", "b'x'", "{1, 2}", "1 + 2", "x", "-'a'", "[*x]", "lambda: 0", "..."]
)
def test_anything_else_is_unresolved(text: str) -> None:
    node = read(Source("x", f"({text}, 'known')"), "literal")[0].root
    assert isinstance(node, Sequence)
    first, second = node.items
    assert isinstance(first, Scalar)
    assert (first.state, first.text, second.source.text[second.start : second.end]) == ("unresolved", "", "'known'")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(",
        "a b",
        "'x",
        "(1,) ; x",
        "1)(2",
        "import os",
        "x = 1",
        "(" * 5000,
        "[" * 150 + "{" * 150,
        "9" * 5000,
        "-" * 30000 + "1",
        "x" * 30000,
    ],
)
def test_what_is_no_literal_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(SourceError, match="Python literal"):
        read(Source("x", text), "literal")


def test_stars_leave_no_item_its_place() -> None:
    node = read(Source("x", "('a', *b, 'c')"), "literal")[0].root
    assert isinstance(node, Scalar)
    assert node.state == "unresolved"
    node = read(Source("x", "{'a': 1, **b, 2: 3}"), "literal")[0].root
    assert isinstance(node, Mapping)
    assert (node.partial, [entry.key.text for entry in node.entries]) == (True, ["a"])
