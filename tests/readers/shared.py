"""What the tests of the readers share: a short form of a tree, and the way to a node."""

from __future__ import annotations

from typing import Any

from smtplint.readers import Document, inner_map, read
from smtplint.source import Source
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence


def documents(text: str, path: str = "a.yaml", syntax: str = "yaml") -> list[Document]:
    return read(Source(path, text), syntax)


def root(text: str, path: str = "a.yaml", syntax: str = "yaml") -> Node:
    (document,) = documents(text, path, syntax)
    return document.root


def plain(node: Node) -> Any:
    """The tree as dictionaries, lists and texts; of equal keys the last wins; an unresolved value is an ellipsis."""
    if isinstance(node, Scalar):
        return node.text if node.state == "known" else ...
    if isinstance(node, Mapping):
        return {entry.key.text: plain(entry.value) for entry in node.entries}
    return [plain(item) for item in node.items]


def at(node: Node | None, *path: str | int) -> Node:
    for step in path:
        if isinstance(step, int):
            assert isinstance(node, Sequence)
            node = node.items[step]
        else:
            assert isinstance(node, Mapping)
            node = node.get(step)
    assert node is not None
    return node


def scalar(node: Node, *path: str | int) -> Scalar:
    found = at(node, *path)
    assert isinstance(found, Scalar)
    return found


def mapping(node: Node, *path: str | int) -> Mapping:
    found = at(node, *path)
    assert isinstance(found, Mapping)
    return found


def entry(node: Node, *path: str | int) -> Entry:
    *head, last = path
    found = mapping(node, *head).entry(str(last))
    assert found is not None
    return found


def position(one: Scalar) -> tuple[int, int]:
    """1-based line and column."""
    return one.source.position(one.start)


def check_map(one: Scalar) -> None:
    """The inner map of a scalar covers its text without gaps, and where it maps character by character, the characters are equal."""
    pieces = inner_map(one)
    assert pieces is not None, one.raw
    outer = one.source.text
    inner = 0
    for begin, start, length, covers in pieces:
        assert begin == inner
        if length == covers:
            shown = outer[start : start + covers]
            assert one.text[begin : begin + length] == shown or (length == 1 and shown in "\r\n")
        inner += length
    assert inner == len(one.text)
