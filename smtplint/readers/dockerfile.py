"""Dockerfile: the variables that `ENV` sets, one Document per stage, in the order of the file; the last one is the image.

A root's `tag` is the image its `FROM` names, as written; a stage built `FROM` an earlier one begins with that one's variables and has its
image. `ARG` defaults are not taken: another program sets them. References in values stay text.
"""

from __future__ import annotations

import re

from smtplint.readers import Document
from smtplint.readers.words import Words
from smtplint.source import Source
from smtplint.tree import Entry, Mapping, Scalar

# Past this many stages none inherits: what they would copy grows with the square of their number.
MAX_STAGES = 100

_DIRECTIVE = re.compile(r"#[ \t]*([A-Za-z]+)[ \t]*=[ \t]*(\S*)[ \t]*\r?(?:\n|\Z)")
_INSTRUCTION = re.compile(r"[ \t]*([A-Za-z]+)(?=[ \t\r\n\\`]|\Z)")
_LINE = re.compile(r"[^\n]*\n?")
_FROM = re.compile(r"(?:[ \t]+--[^\s]+)*[ \t]+([^\s]+)(?:[ \t]+[aA][sS][ \t]+(\S+))?")
_NAME = re.compile(r"[^\s=\"'$\\`]+")
_HEREDOC = re.compile(r"<<-?[\"']?([A-Za-z_][A-Za-z0-9_]*)[\"']?")
_COMMENT = re.compile(r"[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)")


def read(source: Source) -> list[Document]:
    """One Document per `FROM`, or a single one for a fragment without any. Never raises SourceError."""
    return _Reader(source).run()


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        escape = _escape(source.text)
        double = {"$": "\0", '"': '"', escape: escape}
        self.escape = escape
        self.words = Words(" \t\r\n", double=double, escape=escape, comments=True)
        # The old form `ENV NAME the rest` ends with the line.
        self.rest = Words("\r\n", double=double, escape=escape, comments=True)
        self.gap = re.compile(rf"(?:[ \t]|{re.escape(escape)}[ \t]*\r?\n(?:[ \t]*#[^\n]*\n|[ \t]*\r?\n)*)*")
        self.stages: dict[str, Mapping] = {}
        self.lines: frozenset[str] | None = None
        self.documents: list[Document] = []
        self.root = Mapping(source, 0, len(source.text))

    def run(self) -> list[Document]:
        text, size = self.text, len(self.text)
        pos = 0
        while pos < size:
            match = _INSTRUCTION.match(text, pos)
            name = match[1].upper() if match else ""
            if match is not None and name == "FROM":
                self.stage(pos, match.end())
                pos = self.after(match.end())
            elif match is not None and name == "ENV":
                pos = _line(text, self.env(match.end()))
            else:
                pos = self.after(pos, heredocs=name in ("RUN", "COPY", "ADD"))
        self.close(size)
        return self.documents

    def after(self, pos: int, *, heredocs: bool = False) -> int:
        """The offset after the instruction that `pos` stands in: its continued lines, and the heredocs it opens."""
        text, size = self.text, len(self.text)
        start, comment = pos, text.startswith("#", _indent(text, pos))
        while pos < size:
            end = _line(text, pos)
            more = not comment and text[pos:end].rstrip().endswith(self.escape)
            pos = end
            if not more:
                break
            while pos < size and (match := _COMMENT.match(text, pos)) and match.end() > pos:
                pos = match.end()
        if heredocs and "<<" in text[start:pos]:
            for mark in _HEREDOC.findall(text, start, pos):
                while pos < size and self.has_line(mark):
                    end = _line(text, pos)
                    found = text[pos:end].strip() == mark
                    pos = end
                    if found:
                        break
        return pos

    def has_line(self, mark: str) -> bool:
        """Whether a line holds only `mark`: `1<<n` opens no heredoc."""
        if self.lines is None:
            self.lines = frozenset(line.strip() for line in self.text.split("\n"))
        return mark in self.lines

    def stage(self, start: int, pos: int) -> None:
        if self.documents or self.root.tag or self.root.entries:
            self.close(start)
        match = _FROM.match(self.text, pos)
        image, name = (match[1], match[2]) if match else ("", None)
        base = self.stages.get(image.lower()) if len(self.documents) < MAX_STAGES else None
        self.root = Mapping(self.source, start, len(self.text), list(base.entries) if base else [], tag=base.tag if base else image)
        if name:
            self.stages[name.lower()] = self.root

    def close(self, end: int) -> None:
        self.root.end = end
        self.documents.append(Document(self.root, self.root.start, end))

    def env(self, pos: int) -> int:
        """The variables of one `ENV`; yields an offset in its last line."""
        text, size = self.text, len(self.text)
        first = True
        while True:
            pos = self.gap.match(text, pos).end()  # type: ignore[union-attr]
            match = _NAME.match(text, pos)
            if match is None or pos >= size:
                return pos if pos >= size or text[pos] in "\r\n" else self.rest.read(text, pos).end
            key = Scalar(match[0], self.source, pos, match.end())
            if text.startswith("=", match.end()):
                word = self.words.read(text, match.end() + 1)
            elif first:
                word = self.rest.read(text, self.gap.match(text, match.end()).end())  # type: ignore[union-attr]
            else:
                return self.rest.read(text, match.end()).end
            value = word.scalar(self.source)
            if not text.startswith("=", match.end()):
                blanks = len(text[word.start : word.end]) - len(text[word.start : word.end].rstrip(" \t"))
                value.end -= blanks
                value.text = value.text[: len(value.text) - blanks]
            self.root.entries.append(Entry(key, value))
            if not text.startswith("=", match.end()):
                return word.end
            pos, first = max(word.end, match.end() + 1), False


def _escape(text: str) -> str:
    """The escape character that a parser directive in the first lines chooses, else a backslash."""
    pos = 0
    while match := _DIRECTIVE.match(text, pos):
        if match[1].lower() == "escape" and match[2] == "`":
            return "`"
        pos = match.end()
    return "\\"


def _line(text: str, pos: int) -> int:
    return _LINE.match(text, pos).end()  # type: ignore[union-attr]


def _indent(text: str, pos: int) -> int:
    while text.startswith((" ", "\t"), pos):
        pos += 1
    return pos
