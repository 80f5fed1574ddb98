"""Postfix main.cf: a flat Mapping of parameters to raw text. `$name` references stay as they are.

A line that begins with a blank goes on the value before it; comments and blank lines in between do not count.
"""

from __future__ import annotations

import re

from smtplint.readers import Document
from smtplint.source import Source
from smtplint.tree import Entry, Mapping, Scalar

_LINE = re.compile(r"[^\r\n]*")
_PAIR = re.compile(r"([^\s=#][^\s=]*)[ \t]*=[ \t]*")


def read(source: Source) -> list[Document]:
    """One Document, duplicates kept. The pieces of a continued value are joined by a blank, its span covers them all. No SourceError."""
    text, size = source.text, len(source.text)
    root = Mapping(source, 0, size)
    key: Scalar | None = None
    parts: list[str] = []
    start = stop = pos = 0

    def close() -> None:
        if key is not None:
            root.entries.append(Entry(key, Scalar(" ".join(parts), source, start, stop, style="raw")))

    while pos < size:
        end = _LINE.match(text, pos).end()  # type: ignore[union-attr]
        line = text[pos:end]
        bare = line.strip(" \t")
        if bare and bare[0] != "#":
            if line[0] in " \t":
                begin = pos + len(line) - len(line.lstrip(" \t"))
                if key is not None and not parts:
                    start = begin
                parts.append(bare)
                stop = begin + len(bare)
            else:
                close()
                match = _PAIR.match(text, pos, end)
                key, parts = None, []
                if match is not None:
                    key = Scalar(match[1], source, pos, match.end(1))
                    value = text[match.end() : end].rstrip(" \t")
                    start = match.end()
                    stop = start + len(value)
                    parts = [value] if value else []
        pos = end + 2 if text.startswith("\r\n", end) else end + 1
    close()
    return [Document(root, 0, size)]
