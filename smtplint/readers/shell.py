"""Env files that are shell scripts (`.envrc`) or systemd's EnvironmentFile. `readers.dotenv` calls this for those two dialects."""

from __future__ import annotations

import re

from smtplint.readers.words import Words, command_end
from smtplint.source import Source
from smtplint.tree import Entry, Scalar

_EOL = re.compile(r"[^\r\n]*")
_BLANKS = re.compile(r"[ \t\r\n]*")

_UNIT_LINE = re.compile(r"[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*")
_UNIT_WORD = Words("\r\n", dollars=False)
_UNIT_PLAIN = re.compile(r"[^\\\r\n]*(?:\\(?:\r\n|[\s\S])[^\\\r\n]*)*\\?")
_UNIT_ESCAPE = re.compile(r"\\(\r\n|[\s\S]?)")


def systemd(source: Source) -> list[Entry]:
    """systemd's EnvironmentFile: quotes count only at the start of a value, a backslash joins lines, nothing is expanded."""
    text, size = source.text, len(source.text)
    entries: list[Entry] = []
    pos = 0
    while pos < size:
        pos = _BLANKS.match(text, pos).end()  # type: ignore[union-attr]
        match = _UNIT_LINE.match(text, pos)
        if match is None:
            pos = _line_end(text, pos) + 1
            continue
        start = match.end()
        quoted, state = text.startswith(('"', "'"), start), "known"
        if quoted:
            word = _UNIT_WORD.read(text, start)
            value, pos, state = word.text, word.end, word.state
        else:
            pos = _UNIT_PLAIN.match(text, start).end()  # type: ignore[union-attr]
            value = _UNIT_ESCAPE.sub(lambda found: found[1].strip("\r\n"), text[start:pos])
        blanks = pos - start - len(text[start:pos].rstrip(" \t"))
        value = value[: len(value) - blanks]
        key = Scalar(match[1], source, match.start(1), match.end(1))
        kind, style = ("str", "single") if quoted else ("plain", "raw")
        entries.append(Entry(key, Scalar(value, source, start, pos - blanks, style=style, type=kind, state=state)))
    return entries


_SHELL_WORD = Words(" \t\r\n;&|()<>", commands=True)
_ASSIGN = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_HEREDOC = re.compile(r"<<-?[ \t]*([\"']?)([A-Za-z0-9_]+)\1")
_DECLARE = frozenset(("export", "declare", "typeset", "readonly", "local"))
_OPEN = frozenset(("if", "case", "while", "until", "for", "select", "{"))
_CLOSE = frozenset(("fi", "esac", "done", "}"))
_FILLER = frozenset(("then", "else", "elif", "do", "!", "time", "in"))


def script(source: Source) -> list[Entry]:
    """The assignments of a shell script, in file order."""
    return _Shell(source).run()


class _Shell:
    """Assignments of a shell script at any depth; those inside `if`, loops and functions, or behind `&&` and `||`, are conditional."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.entries: list[Entry] = []
        self.depth = 0

    def run(self) -> list[Entry]:
        text, size = self.source.text, len(self.source.text)
        words: list[tuple[str, Entry | None]] = []
        heredocs: list[str] = []
        guarded = False
        pos = 0
        while pos < size:
            char = text[pos]
            if char in " \t\r":
                pos += 1
            elif char == "#":
                pos = _line_end(text, pos)
            elif char in "\n;&|()":
                self.command(words, guarded)
                words = []
                guarded = text.startswith(("&&", "||"), pos) or (guarded and char not in "\n;")
                pos += 2 if text.startswith(("&&", "||"), pos) else 1
                if char == "\n":
                    for mark in heredocs:
                        pos = _heredoc_end(text, pos, mark)
                    heredocs = []
            elif char in "<>":
                match = _HEREDOC.match(text, pos) if text[pos + 2 : pos + 3] != "<" else None
                if match:
                    heredocs.append(match[2])
                pos = match.end() if match else pos + 1
            else:
                pos = self.word(pos, words)
        self.command(words, guarded)
        return self.entries

    def word(self, pos: int, words: list[tuple[str, Entry | None]]) -> int:
        text = self.source.text
        match = _ASSIGN.match(text, pos)
        if match is None:
            word = _SHELL_WORD.read(text, pos)
            if word.end == pos:
                word.end = pos + 1
            words.append((text[pos : word.end], None))
            return word.end
        if text.startswith("(", match.end()):
            # An array is no environment variable.
            return command_end(text, match.end() + 1)
        word = _SHELL_WORD.read(text, match.end())
        key = Scalar(match[1], self.source, pos, match.end(1))
        words.append(("", Entry(key, word.scalar(self.source))))
        return word.end

    def command(self, words: list[tuple[str, Entry | None]], guarded: bool) -> None:
        at = 0
        while at < len(words) and words[at][1] is None:
            name = words[at][0]
            if name in _OPEN:
                self.depth += 1
            elif name in _CLOSE:
                self.depth = max(0, self.depth - 1)
            elif name not in _FILLER:
                break
            at += 1
        rest = words[at:]
        # Words after the assignments make them the environment of one command, unless that is a declaration.
        if not rest or (rest[0][0] not in _DECLARE and any(entry is None for _, entry in rest)):
            return
        for _, entry in rest:
            if entry is not None:
                entry.conditional = guarded or self.depth > 0
                self.entries.append(entry)


def _heredoc_end(text: str, pos: int, mark: str) -> int:
    """The offset after the line that holds only `mark`, or the end of the text."""
    size = len(text)
    while pos < size:
        end = text.find("\n", pos)
        end = size if end < 0 else end
        if text[pos:end].strip() == mark:
            return end + 1
        pos = end + 1
    return size


def _line_end(text: str, pos: int) -> int:
    """The offset at which the line that `pos` stands in ends, before its line end."""
    return _EOL.match(text, pos).end()  # type: ignore[union-attr]
