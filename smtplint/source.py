"""One file's text and the arithmetic of places in it.

Inside smtplint a place is a pair of code-point offsets into `Source.text`, which is the decoded file without its byte order mark
and with its line ends untouched. Lines and columns are worked out from those at the border, and only there.
"""

from __future__ import annotations

from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_MAX_BYTES = 2 * 1024 * 1024


class SourceError(Exception):
    """A file, or a piece of one, that cannot be read as what it claims to be.

    `reason` is a sentence of ours without any text of the file (a parser's own message may quote a password);
    `offset` is a code-point offset into the text, or None when there is no text to point into.
    """

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class Source:
    """The text of one file.

    `path` is how the file is shown: relative to the working directory, with forward slashes. `newline` is the first line end
    found ("\\n" when there is none). Line ends are LF, CRLF and a lone CR, as editors and SARIF count them.
    """

    __slots__ = ("_starts", "bom", "encoding", "newline", "path", "text")

    def __init__(self, path: str, text: str, *, bom: bool = False, encoding: str = "utf-8") -> None:
        self.path = path
        self.text = text
        self.bom = bom
        self.encoding = encoding
        self._starts: list[int] | None = None
        cut = min((i for i in (text.find("\n"), text.find("\r")) if i >= 0), default=-1)
        self.newline = "\n" if cut < 0 else "\r\n" if text.startswith("\r\n", cut) else text[cut]

    def __repr__(self) -> str:
        return f"Source({self.path!r})"

    @property
    def starts(self) -> Sequence[int]:
        """Offsets at which lines begin, in order; the first is 0."""
        if self._starts is None:
            starts = [0]
            text = self.text
            if "\r" in text:
                i, n = 0, len(text)
                while i < n:
                    char = text[i]
                    i += 1
                    if char == "\n":
                        starts.append(i)
                    elif char == "\r":
                        if i < n and text[i] == "\n":
                            i += 1
                        starts.append(i)
            else:
                at = text.find("\n") + 1
                while at:
                    starts.append(at)
                    at = text.find("\n", at) + 1
            self._starts = starts
        return self._starts

    def position(self, offset: int) -> tuple[int, int]:
        """1-based line and 1-based column in code points of a code-point offset."""
        line = bisect_right(self.starts, max(0, offset))
        return line, offset - self.starts[line - 1] + 1

    def position_utf16(self, offset: int) -> tuple[int, int]:
        """1-based line and 1-based column in UTF-16 code units (SARIF, most editors)."""
        line, column = self.position(offset)
        if self.text.isascii():
            return line, column
        return line, 1 + len(self.text[self.starts[line - 1] : offset].encode("utf-16-le", "surrogatepass")) // 2

    def position_utf8(self, offset: int) -> tuple[int, int]:
        """1-based line and 1-based column in UTF-8 bytes (reviewdog)."""
        line, column = self.position(offset)
        if self.text.isascii():
            return line, column
        return line, 1 + len(self.text[self.starts[line - 1] : offset].encode("utf-8", "surrogatepass"))

    def offset(self, line: int, column: int) -> int:
        """Code-point offset of a 1-based line and column; clamped to the text."""
        starts = self.starts
        if line > len(starts):
            return len(self.text)
        return min(len(self.text), starts[max(line, 1) - 1] + column - 1)

    def line_span(self, line: int) -> tuple[int, int]:
        """Offsets of the begin and end of a 1-based line, without its line end."""
        starts = self.starts
        begin = starts[line - 1]
        end = starts[line] if line < len(starts) else len(self.text)
        while end > begin and self.text[end - 1] in "\r\n":
            end -= 1
        return begin, end

    @property
    def line_count(self) -> int:
        """How many lines there are; an empty text has one."""
        return len(self.starts)


class Place:
    """A stretch of one source: `start` and `end` are code-point offsets, `end` exclusive."""

    __slots__ = ("end", "source", "start")

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = start
        self.end = end

    def __repr__(self) -> str:
        return f"Place({self.source.path}:{self.line}:{self.column})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def key(self) -> tuple[str, int, int]:
        """What two equal places have in common."""
        return (self.source.path, self.start, self.end)

    @property
    def path(self) -> str:
        """The display path of the file."""
        return self.source.path

    @property
    def line(self) -> int:
        """The 1-based line of the start."""
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        """The 1-based column of the start, in code points."""
        return self.source.position(self.start)[1]


def decode(path: str, data: bytes) -> Source:
    """Decode the bytes of a file: UTF-8 with or without mark, UTF-16 and UTF-32 with their marks.

    Raises SourceError for anything else, for NUL characters and for bytes that are not valid UTF-8.
    """
    encoding, bom = "utf-8", False
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe\x00\x00", "utf-32-le"),
        (b"\x00\x00\xfe\xff", "utf-32-be"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if data.startswith(mark):
            encoding, bom = name, True
            data = data[len(mark) :]
            break
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        good = data[: error.start].decode(encoding, "replace")
        source = Source(path, good)
        line, column = source.position(len(good))
        raise SourceError(f"is not valid {encoding.upper()} at line {line}, column {column}") from None
    if "\0" in text:
        raise SourceError("holds NUL characters, so it is not a text file", text.index("\0"))
    return Source(path, text, bom=bom, encoding=encoding)
