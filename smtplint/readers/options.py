"""Files that hold the options of a program's command line: `.curlrc`, `.swaksrc` and nullmailer's `remotes`.

An option without an argument has an empty value, `no-X` is X with the value "no"; dashes before a name are not part of it.

curl     a root with one key, `transfers`: a Sequence of one Mapping for each URL, with the options of its operation (`next` begins another).
swaks    a flat Mapping.
nullmailer  a root with one key, `remotes`: a Sequence of one Mapping per server, with `host`, `protocol` and its options.
"""

from __future__ import annotations

import re

from smtplint.readers.words import Words
from smtplint.source import Source
from smtplint.tree import Entry, Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtplint.tree import Node

MAX_TRANSFERS = 100
MAX_OPTIONS = 100

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)?")
_BLANKS = re.compile(r"[ \t]*")
_DASHES = re.compile(r"-{0,2}")
_PLAIN = re.compile(r"[^ \t=:]*")  # a name of curl's without dashes ends before a sign, too
_WORD = re.compile(r"[^ \t]*")
_SIGNS = re.compile(r"[ \t=:]*")
_QUOTED = re.compile(r'[^"\\]+')
_CURL_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_NO = "no-"


def read(source: Source, flavour: str) -> Mapping:
    """The tree of a file; `flavour` is curl, swaks or nullmailer."""
    size = len(source.text)
    if flavour == "swaks":
        return Mapping(source, 0, size, list(_swaks(source)))
    items: list[Node] = list(_transfers(source) if flavour == "curl" else _remotes(source))
    start = items[0].start if items else 0
    key = Scalar("transfers" if flavour == "curl" else "remotes", source, start, start)
    return Mapping(source, 0, size, [Entry(key, Sequence(source, start, size, items))])


def _lines(text: str) -> Iterator[tuple[int, int]]:
    pos, size = 0, len(text)
    while pos < size:
        end = _LINE.match(text, pos).end()  # type: ignore[union-attr]
        yield pos, pos + len(text[pos:end].rstrip())
        pos = end


def _entry(source: Source, start: int, end: int, value: Scalar | None) -> Entry:
    """An option whose name stands from `start` to `end`; without a value it is a switch."""
    text = source.text[start:end]
    if value is not None:
        return Entry(Scalar(text, source, start, end), value)
    if text.startswith(_NO):
        return Entry(Scalar(text[len(_NO) :], source, start, end), Scalar("no", source, start, end, style="raw"))
    return Entry(Scalar(text, source, start, end), Scalar("", source, end, end, style="raw", note="a name alone switches it on"))


# curl


def _transfers(source: Source) -> Iterator[Mapping]:
    operations: list[list[Entry]] = [[]]
    for start, end in _lines(source.text):
        begin = _BLANKS.match(source.text, start, end).end()  # type: ignore[union-attr]
        if begin >= end or source.text[begin] in "#/*":
            continue
        entry = _curl(source, begin, end)
        if entry.key.text == "next":
            operations.append([])
        else:
            operations[-1].append(entry)
    made = 0
    for entries in operations:
        urls = [entry for entry in entries if entry.key.text == "url" and isinstance(entry.value, Scalar)]
        # Every URL takes the options with it, so both are bounded.
        shared = [entry for entry in entries if entry.key.text != "url"][-MAX_OPTIONS:]
        for url in urls:
            if made < MAX_TRANSFERS:
                made += 1
                places = [entry.key for entry in (url, *shared)]
                yield Mapping(source, min(key.start for key in places), max(key.end for key in places), [*shared, url])


def _curl(source: Source, start: int, end: int) -> Entry:
    text = source.text
    begin = _DASHES.match(text, start, end).end()  # type: ignore[union-attr]
    dashed = begin > start
    stop = (_WORD if dashed else _PLAIN).match(text, begin, end).end()  # type: ignore[union-attr]
    at = (_BLANKS if dashed else _SIGNS).match(text, stop, end).end()  # type: ignore[union-attr]
    if begin - start == 1 and stop - begin > 1:
        # The argument of a letter may follow without a blank.
        stop = at = begin + 1
    if at >= end or (text[at] == "#" and at > stop):
        return _entry(source, begin, stop, None)
    if text[at] == '"':
        return _entry(source, begin, stop, _quoted(source, at, end))
    close = _WORD.match(text, at, end).end()  # type: ignore[union-attr]
    return _entry(source, begin, stop, Scalar(text[at:close], source, at, close, style="raw"))


def _quoted(source: Source, start: int, end: int) -> Scalar:
    text = source.text
    parts: list[str] = []
    pos = start + 1
    while pos < end and text[pos] != '"':
        match = _QUOTED.match(text, pos, end)
        if match is not None:
            parts.append(match[0])
            pos = match.end()
        else:
            following = text[pos + 1 : min(end, pos + 2)]
            parts.append(_CURL_ESCAPES.get(following, following))
            pos += 1 + len(following)
    return Scalar("".join(parts), source, start, min(end, pos + 1), style="double", type="str")


# swaks


def _swaks(source: Source) -> Iterator[Entry]:
    """One option in a line; what follows the first blank is its argument, letter for letter."""
    text = source.text
    for start, end in _lines(text):
        if start >= end or text[start] in "# \t":
            continue
        begin = _DASHES.match(text, start, end).end()  # type: ignore[union-attr]
        stop = _WORD.match(text, begin, end).end()  # type: ignore[union-attr]
        equals = text.find("=", begin, stop)
        at = equals + 1 if equals > begin else min(end, stop + 1)
        stop = equals if equals > begin else stop
        if stop > begin:
            yield _entry(source, begin, stop, Scalar(text[at:end], source, at, end, style="raw") if stop < end else None)


# nullmailer

_ARGUMENT = Words(" \t\r\n", double={}, alike=True, dollars=False)


def _remotes(source: Source) -> Iterator[Mapping]:
    text = source.text
    for start, end in _lines(text):
        pos = _BLANKS.match(text, start, end).end()  # type: ignore[union-attr]
        if pos >= end or text[pos] == "#":
            continue
        found = Mapping(source, pos, end)
        for name in ("host", "protocol", *([""] * MAX_OPTIONS)):
            if pos >= end:
                break
            word = _ARGUMENT.read(text, pos, end)
            stop = min(word.end, end)
            if name:
                found.entries.append(
                    Entry(Scalar(name, source, pos, pos), Scalar(word.text, source, pos, stop, style="raw", state=word.state))
                )
            else:
                found.entries.append(_argument(source, pos, stop, word.text, word.state))
            pos = _BLANKS.match(text, max(stop, pos + 1), end).end() if stop < end else end  # type: ignore[union-attr]
        yield found


def _argument(source: Source, start: int, end: int, text: str, state: str) -> Entry:
    bare = _DASHES.match(text).end()  # type: ignore[union-attr]
    name, equals, value = text[bare:].partition("=")
    # Inside quotes, name and value cannot be told apart in the source.
    literal = source.text.startswith(text[: bare + len(name + equals)], start)
    begin, stop = (start + bare, start + bare + len(name)) if literal else (start, end)
    if not equals:
        return Entry(Scalar(name, source, begin, stop), Scalar("", source, end, end, style="raw", note="a name alone switches it on"))
    at = stop + 1 if literal else start
    return Entry(Scalar(name, source, begin, stop), Scalar(value, source, at, end, style="raw", state=state))
