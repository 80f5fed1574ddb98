"""Java properties: a flat Mapping whose keys keep their dots. `#---` and `!---` separate documents, as in Spring Boot.

Keys and values have their escapes undone and their lines joined; spans cover what is written, over all lines of a continued value.
"""

from __future__ import annotations

import re

from smtplint.readers import Document
from smtplint.source import Source, SourceError
from smtplint.tree import Entry, Mapping, Scalar

# A logical line: a backslash takes the next character, and a line end, with it.
_LOGICAL = re.compile(r"[^\\\r\n]*(?:\\(?:\r\n|[\s\S]|\Z)[^\\\r\n]*)*")
_KEY = re.compile(r"[^\\\r\n=: \t\f]*(?:\\(?:(?:\r\n|\r|\n)[ \t\f]*|[\s\S]|\Z)[^\\\r\n=: \t\f]*)*")
_GLUE = r"(?:[ \t\f]|\\(?:\r\n|\r|\n))*"
_SEPARATOR = re.compile(rf"{_GLUE}(?:[=:]{_GLUE})?")
# Java joins lines first and undoes escapes afterwards, so a line may also end inside `\u0041`.
_JOIN = r"\\(?:\r\n|\r|\n)[ \t\f]*"
_ESCAPE = re.compile(rf"{_JOIN}|\\(?:u((?:(?:{_JOIN})*[0-9A-Fa-f]){{4}})|(u)|([\s\S])|\Z)")
_JOINS = re.compile(_JOIN)
_BLANK = re.compile(r"[ \t\f\r\n]*")
_RULE = re.compile(r"([#!])---[ \t]*(?:\r\n?|\n|\Z)")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


def read(source: Source) -> list[Document]:
    """One Document for each part between separators. Raises SourceError for an escape `\\u` without four hexadecimal digits."""
    text, size = source.text, len(source.text)
    parts: list[Document] = []
    entries: list[Entry] = []
    begin = pos = 0
    while True:
        pos = _BLANK.match(text, pos).end()  # type: ignore[union-attr]
        if pos >= size:
            break
        if text[pos] in "#!":
            rule = _RULE.match(text, pos)
            end = _line_end(text, pos)
            if rule and _separates(text, pos, rule):
                parts.append(Document(Mapping(source, begin, pos, entries), begin, pos))
                entries, begin = [], rule.end()
            pos = end
            continue
        line = _LOGICAL.match(text, pos).end()  # type: ignore[union-attr]
        key_end = _KEY.match(text, pos, line).end()  # type: ignore[union-attr]
        value = _SEPARATOR.match(text, key_end, line).end()  # type: ignore[union-attr]
        key = Scalar(_undo(text, pos, key_end), source, pos, key_end, style="raw")
        pos = line
        if value == line and not key.text and not text[key_end:value].strip("\\ \t\f\r\n"):
            # Nothing but backslashes before line ends: a line that is blank after all.
            continue
        entries.append(Entry(key, Scalar(_undo(text, value, line), source, value, line, style="raw")))
    parts.append(Document(Mapping(source, begin, size, entries), begin, size))
    return parts


def _line_end(text: str, pos: int) -> int:
    ends = [at for at in (text.find("\n", pos), text.find("\r", pos)) if at >= 0]
    return min(ends, default=len(text))


def _separates(text: str, pos: int, rule: re.Match[str]) -> bool:
    """A separator starts its line, and the lines around it are no comments of the same kind: those are drawn boxes."""
    if pos and text[pos - 1] not in "\r\n":
        return False
    before = text[_start_of_line_before(text, pos) : pos]
    return not before.startswith(rule[1]) and not text.startswith(rule[1], rule.end())


def _start_of_line_before(text: str, pos: int) -> int:
    end = pos - 2 if text.startswith("\r\n", pos - 2) else pos - 1
    return max(text.rfind("\n", 0, max(0, end)), text.rfind("\r", 0, max(0, end))) + 1


def _undo(text: str, start: int, end: int) -> str:
    raw = text[start:end]
    if "\\" not in raw:
        return raw

    def replace(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(_JOINS.sub("", match[1]), 16))
        if match[2]:
            raise SourceError("is not a valid properties file: `\\u` is not followed by four hexadecimal digits", start + match.start())
        return _LETTERS.get(match[3], match[3]) if match[3] else ""

    value = _ESCAPE.sub(replace, raw)
    if _LONE.search(value):
        value = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), value)
        value = _LONE.sub("\ufffd", value)
    return value
