"""Places of a log: addresses of files, regions with their snippets, and the hashes of lines. Columns are UTF-16 code units."""

from __future__ import annotations

import re
from urllib.parse import quote

from smtplint.report.sarif.wording import plain
from smtplint.report.snippet import SARIF_MASK, Visible, window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.report.snippet import Shown
    from smtplint.result import Result
    from smtplint.source import Place, Source

    Json = dict[str, object]

BASE = "SRCROOT"
_LANGUAGES = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".toml": "toml",
    ".json": "json",
    ".py": "python",
    ".ini": "ini",
    ".cfg": "ini",
    ".properties": "properties",
    ".env": "dotenv",
    ".rb": "ruby",
    ".xml": "xml",
    ".php": "php",
    ".js": "javascript",
    ".ts": "typescript",
    ".md": "markdown",
}


class Places:
    """Writes the places of one run. `base` leads from the working directory to the root of the repository."""

    __slots__ = ("base", "hashes", "visible")

    def __init__(self, result: Result, base: str) -> None:
        self.base = base
        self.visible = Visible(result)
        self.hashes: dict[str, LineHashes] = {}

    def artifact(self, path: str) -> Json:
        """The location of a file by its display path."""
        uri, relative = uri_of(path, self.base)
        return {"uri": uri, "uriBaseId": BASE} if relative else {"uri": uri}

    def location(self, place: Place, number: int | None = None, text: str = "", logical: Json | None = None) -> Json:
        """A place, masked, with its surroundings; `number` where a message links to it, `text` what is said about it."""
        source = place.source
        start, end = one_line(place)
        region = region_of(source, start, end)
        line = source.position(start)[0]
        shown = self.visible.line(source, line, SARIF_MASK, at=start)
        begin, stop = shown.mark(start, end)
        region["snippet"] = {"text": shown.text[begin:stop] or " "}
        language = _language(place.path)
        if language:
            region["sourceLanguage"] = language
        physical: Json = {"artifactLocation": self.artifact(place.path), "region": region}
        around = self._around(source, line, start, end)
        if around:
            physical["contextRegion"] = around
        out: Json = {} if number is None else {"id": number}
        out["physicalLocation"] = physical
        if logical:
            out["logicalLocations"] = [logical]
        if text:
            out["message"] = {"text": plain(text)}
        return out

    def _around(self, source: Source, line: int, start: int, end: int) -> Json | None:
        """The line of a region with its neighbours, as far as these can be shown whole; never a line that would have to be masked.

        Viewers count the columns of the region in the context's text, so a context begins after what is masked before the region.
        """
        own = self.visible.line(source, line, SARIF_MASK, at=start)
        after, cut = _faithful(own, source, start)
        if window(source, line, start) != source.line_span(line):
            begin, stop = max(window(source, line, start)[0], after), window(source, line, start)[1]
            region = region_of(source, begin, stop)
            region["snippet"] = {"text": own.text[cut:]}
            return region if (begin, stop) != (start, end) else None
        first = last = line
        if not cut and line > 1 and self.visible.clear(source, line - 1):
            first -= 1
        if line < source.line_count and self.visible.clear(source, line + 1):
            last += 1
        begin = after if cut else source.starts[first - 1]
        stop = source.starts[last] if last < source.line_count else len(source.text)
        if (begin, stop) == (start, end):
            return None
        pieces = []
        for number in range(first, last + 1):
            text = source.text[slice(*source.line_span(number))] if number != line else own.text[cut:]
            tail = source.starts[number] if number < source.line_count else len(source.text)
            pieces.append(text + source.text[source.line_span(number)[1] : tail])
        region = region_of(source, begin, stop)
        region["snippet"] = {"text": "".join(pieces)}
        return region

    def line_hash(self, place: Place) -> str:
        """The hash by which GitHub follows an alert on the first line of a place, "" for a file that is not UTF-8."""
        source = place.source
        if source.encoding != "utf-8":
            return ""
        hashes = self.hashes.get(source.path)
        if hashes is None:
            hashes = self.hashes[source.path] = LineHashes(("\ufeff" if source.bom else "") + source.text)
        return hashes.of(source.position(place.start)[0])


def region_of(source: Source, start: int, end: int) -> Json:
    """The stretch between two code-point offsets, in lines and UTF-16 columns from 1."""
    line, column = source.position_utf16(start)
    end_line, end_column = source.position_utf16(end)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _faithful(shown: Shown, source: Source, start: int) -> tuple[int, int]:
    """Where, before the offset `start`, a line begins to be shown as it is written: the offset, and the index into the shown text."""
    before, after, cut = 0, shown.offset, 0
    for stop, begin, end, _ in shown.runs:
        if shown.offset + stop > start:
            break
        if shown.text[begin:end] != source.text[shown.offset + before : shown.offset + stop]:
            after, cut = shown.offset + stop, end
        before = stop
    return after, cut


class LineHashes:
    """The hash by which GitHub follows an alert: per line, over the next 100 UTF-16 units that are neither space nor tab.

    Line ends count as one LF, U+FFFF ends the file, zeros fill up. The polynomial has base 37 modulo 2**64; the ordinal of the hash
    among the lines of the file follows a colon. (`src/fingerprints.ts` of github/codeql-action)
    """

    __slots__ = ("_lines", "_text")
    BLOCK = 100
    BASE = 37

    def __init__(self, text: str) -> None:
        text = re.sub("\r\n?", "\n", text)
        text = re.sub("[ \t]+", "", text)
        text = re.sub("[\U00010000-\U0010ffff]", lambda found: _pair(found[0]), text) + "\uffff"
        self._text = text
        self._lines: list[tuple[int, int]] = []
        seen: dict[int, int] = {}
        at = 0
        while True:
            # Windows that differ have different hashes for all that is known, so lines are counted by window and hashed on demand.
            window = hash(text[at : at + self.BLOCK])
            seen[window] = seen.get(window, 0) + 1
            self._lines.append((at, seen[window]))
            at = text.find("\n", at) + 1
            if not at:
                break

    def of(self, line: int) -> str:
        """The hash of a 1-based line, "" for one beyond the end."""
        if not 0 < line <= len(self._lines):
            return ""
        at, ordinal = self._lines[line - 1]
        value = 0
        for char in self._text[at : at + self.BLOCK].ljust(self.BLOCK, "\0"):
            value = (value * self.BASE + ord(char)) & 0xFFFFFFFFFFFFFFFF
        return f"{value:x}:{ordinal}"


def _pair(char: str) -> str:
    code = ord(char) - 0x10000
    return chr(0xD800 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))


def uri_of(path: str, base: str = "") -> tuple[str, bool]:
    """The URI of a display path, percent-encoded, and whether it is relative to the base."""
    data = rooted(path, base).encode("utf-8", "surrogateescape")
    if path.startswith("/"):
        return "file://" + quote(data, safe="/-._~"), False
    uri = quote(data, safe="/-._~")
    return (uri[2:] if uri.startswith("./") else uri), True


def rooted(path: str, base: str) -> str:
    """A display path relative to the root of the repository; one that is absolute stays."""
    from posixpath import normpath

    if not path or path.startswith("/"):
        return path
    joined = base + path
    return normpath(joined) if ".." in joined else joined


def one_line(place: Place) -> tuple[int, int]:
    """The stretch of a place that lies on its first line; the text of the line when the place is empty."""
    source = place.source
    start = min(max(place.start, 0), len(source.text))
    first, last = source.line_span(source.position(start)[0])
    end = min(place.end, last)
    if end > start:
        return start, end
    text = source.text[first:last]
    begin = first + len(text) - len(text.lstrip())
    stop = first + len(text.rstrip())
    return (begin, stop) if stop > begin else (first, max(first, last))


def _language(path: str) -> str:
    name = path.rpartition("/")[2]
    if name.startswith(".env"):
        return "dotenv"
    return _LANGUAGES.get(name[name.rfind(".") :].lower(), "") if "." in name else ""
