"""INI files: a Mapping of sections, keys before the first section at the root. Duplicate sections merge, section names stay as written.

Values are raw text; quotes that wrap a whole value are undone. A value's span covers its quotes, and all lines of one that is continued.

| | "" | configparser | go-ini | git | php | systemd |
| --- | --- | --- | --- | --- | --- | --- |
| separators | = : | = : | = : | = | = | = |
| comment after a value | blank then ; or # | none | ; or # | ; or # | ; | none |
| quotes undone | " ' ` | none | " ' ` | ", also in parts | " ' | none |
| longer value | indented lines without a separator | indented lines | trailing \\, \"\"\" | trailing \\ | quoted lines | trailing \\ |
| key without a separator | skipped | skipped | skipped | true | skipped | skipped |

`git` nests: `[sendemail "work"]` is the Mapping `work` in the Mapping `sendemail`. References (`%(name)s`, `${NAME}`,
`$__env{NAME}`) stay text.
"""

from __future__ import annotations

import re

from smtplint.readers import Document
from smtplint.source import Source
from smtplint.tree import Entry, Mapping, Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.readers.words import Words

DIALECTS = ("", "configparser", "go-ini", "git", "php", "systemd")

_LINE = re.compile(r"[^\r\n]*")
_SECTION = re.compile(r"\[([^\r\n]*?)\][ \t]*(?:[;#][^\r\n]*)?\Z")
_GREEDY_SECTION = re.compile(r"\[([^\r\n]+)\]")
_GIT_SECTION = re.compile(r'\[[ \t]*([^\s"\]]+)(?:[ \t]+"((?:[^"\\\r\n]|\\.)*)")?[ \t]*\]')
_SEPARATOR = {"=": re.compile("="), "=:": re.compile("[=:]")}
_GIT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_GIT_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", '"': '"', "\\": "\\"}
_BLANK_COMMENT = re.compile(r"(?:\A|[ \t])[;#]")
_ANY_COMMENT = re.compile(r"[;#]")
_PHP_COMMENT = re.compile(r";")
_TAIL = re.compile(r"[ \t]*(?:[;#][^\r\n]*)?(?=[\r\n]|\Z)")


def read(source: Source, dialect: str = "") -> list[Document]:
    """One Document. `dialect` is one of `DIALECTS`; "" takes the one that the file's name or its sections imply, if any, else what they agree on.

    Never raises SourceError: lines that are no section, key or comment are skipped.
    """
    size = len(source.text)
    dialect = dialect or dialect_of(source.path)
    if not dialect and "[loggers]" in source.text and "[handlers]" in source.text:
        dialect = "configparser"  # Python's logging reads it (logging.config.fileConfig), whatever it is called
    return [Document(_Reader(source, dialect).run(), 0, size)]


_UNITS = (".service", ".socket", ".timer", ".container", ".mount", ".path", ".target")


def dialect_of(path: str) -> str:
    """The dialect that the name of a file implies, or ""."""
    low = path.lower()
    name = low.rpartition("/")[2]
    if "gitconfig" in name or low.endswith(".git/config"):
        return "git"
    if name.endswith(_UNITS) or low.rpartition("/")[0].endswith((".service.d", ".container.d")):
        return "systemd"
    if name.startswith("php") and ".ini" in name:
        return "php"
    return "go-ini" if name.startswith("grafana.ini") else ""


class _Reader:
    def __init__(self, source: Source, dialect: str) -> None:
        if dialect not in DIALECTS:
            raise ValueError(f"unknown dialect {dialect!r}")
        self.source = source
        self.text = source.text
        self.dialect = dialect
        self.separator = _SEPARATOR["=" if dialect in ("git", "php", "systemd") else "=:"]
        self.root = Mapping(source, 0, len(source.text))
        self.section = self.root
        self.chain: list[Mapping] = []
        self.sections: dict[tuple[str, ...], Mapping] = {}

    def run(self) -> Mapping:
        text, size = self.text, len(self.text)
        pos = 0
        while pos < size:
            end = _end(text, pos)
            start = _skip(text, pos, end)
            if start == end or text[start] in ";#" or (text[start] == "[" and self.header(start, end)):
                pos = _next(text, end)
            else:
                pos = self.assign(start, end, start - pos)
        return self.root

    def header(self, start: int, end: int) -> bool:
        line = self.text[start:end].rstrip()
        if self.dialect == "git":
            match = _GIT_SECTION.match(line)
            if match is None:
                return False
            sub = match[2]
            names = [(match[1], match.start(1), match.end(1))]
            if sub is not None:
                names.append((re.sub(r"\\(.)", r"\1", sub), match.start(2) - 1, match.end(2) + 1))
        else:
            match = (_GREEDY_SECTION if self.dialect == "configparser" else _SECTION).match(line)
            if match is None:
                return False
            names = [(match[1].strip() if self.dialect != "configparser" else match[1], match.start(1), match.end(1))]
        self.section, self.chain = self.root, []
        path: tuple[str, ...] = ()
        for name, begin, stop in names:
            path = (*path, name)
            known = self.sections.get(path)
            if known is None:
                known = self.sections[path] = Mapping(self.source, start, start + match.end())
                self.section.entries.append(Entry(Scalar(name, self.source, start + begin, start + stop), known))
            self.section = known
            self.chain.append(known)
        return True

    def assign(self, start: int, end: int, indent: int) -> int:
        """The line from `start` to `end`, and the lines that continue it; yields the offset of the next line."""
        text = self.text
        match = self.separator.search(text, start, end)
        name = text[start : match.start()].rstrip() if match else ""
        if match is None or not name:
            if self.dialect == "git" and match is None:
                self.git_flag(start, end)
            return _next(text, end)
        value, pos = self.value(_skip(text, match.end(), end), end, indent)
        self.section.entries.append(Entry(Scalar(name, self.source, start, start + len(name)), value))
        for one in self.chain:
            one.end = value.end
        return pos

    def git_flag(self, start: int, end: int) -> None:
        match = _GIT_NAME.match(self.text, start, end)
        if match and _TAIL.match(self.text, match.end()):
            key = Scalar(match[0], self.source, start, match.end())
            value = Scalar("true", self.source, start, match.end(), style="raw", note="a name without a value means true")
            self.section.entries.append(Entry(key, value))
            for one in self.chain:
                one.end = match.end()

    def value(self, start: int, end: int, indent: int) -> tuple[Scalar, int]:
        text, dialect = self.text, self.dialect
        if dialect == "git":
            return self.git_value(start)
        if dialect == "systemd":
            return self.joined(start, end, " ")
        if dialect == "configparser":
            return self.indented(start, end, indent)
        quoted = self.quoted(start)
        if quoted is not None:
            return quoted, _next(text, _end(text, quoted.end))
        if dialect == "go-ini" and text[start:end].rstrip().endswith("\\"):
            return self.joined(start, end, "")
        raw = text[start:end]
        comment = (_PHP_COMMENT if dialect == "php" else _ANY_COMMENT if dialect == "go-ini" else _BLANK_COMMENT).search(raw)
        if comment:
            raw = raw[: comment.start()]
        stop = start + len(raw.rstrip())
        if dialect == "" and not comment:
            return self.indented(start, end, indent)
        return self.plain(start, max(start, stop)), _next(text, end)

    def plain(self, start: int, stop: int, text: str | None = None) -> Scalar:
        return Scalar(self.text[start:stop] if text is None else text, self.source, start, stop, style="raw")

    def quoted(self, start: int) -> Scalar | None:
        """A value whose quotes wrap it whole, a comment after it aside."""
        text = self.text
        char = text[start : start + 1]
        if not char or char not in ("\"'" if self.dialect == "php" else "\"'`"):
            return None
        long = text.startswith('"""', start) and self.dialect != "php"
        mark = '"""' if long else char
        limit = len(text) if long or self.dialect == "php" else _end(text, start)
        at = text.find(mark, start + len(mark), limit)
        while self.dialect == "php" and at > 0 and text[at - 1] == "\\":
            at = text.find(mark, at + 1, limit)
        if at < 0 or not _TAIL.match(text, at + len(mark)):
            return None
        value = text[start + len(mark) : at]
        if self.dialect == "php" and char == '"':
            value = value.replace('\\"', '"').replace("\\\\", "\\")
        return Scalar(value, self.source, start, at + len(mark), style="double" if char == '"' else "single", type="str")

    def joined(self, start: int, end: int, glue: str) -> tuple[Scalar, int]:
        """Lines that end in a backslash go on in the next one."""
        text, parts, pos, stop = self.text, [], start, end
        while True:
            piece = text[pos:stop].rstrip()
            more = piece.endswith("\\")
            parts.append(piece[:-1].rstrip() if more else piece)
            last = pos + len(piece)
            after = _next(text, stop)
            if not more or after >= len(text):
                break
            pos, stop = after, _end(text, after)
            while text[_skip(text, pos, stop) : stop].startswith(("#", ";")) and _next(text, stop) < len(text):
                pos = _next(text, stop)
                stop = _end(text, pos)
            pos = _skip(text, pos, stop)
        return self.plain(start, max(start, last), glue.join(part for part in parts if part or not glue)), after

    def indented(self, start: int, end: int, indent: int) -> tuple[Scalar, int]:
        """Lines indented more than the key go on its value; blank lines between them count, comments do not."""
        text, size = self.text, len(self.text)
        stop = start + len(text[start:end].rstrip())
        parts, blanks = [text[start:stop]], 0
        pos = _next(text, end)
        while pos < size:
            line_end = _end(text, pos)
            begin = _skip(text, pos, line_end)
            if begin == line_end:
                blanks += 1
            elif text[begin] not in ";#":
                if begin - pos <= indent or (self.dialect == "" and self.ends_value(begin, line_end)):
                    break
                parts.extend([""] * blanks)
                blanks = 0
                stop = begin + len(text[begin:line_end].rstrip())
                parts.append(text[begin:stop])
            pos = _next(text, line_end)
        value = "\n".join(parts) if len(parts) > 1 else parts[0]
        return self.plain(start, max(start, stop), value), pos

    def ends_value(self, begin: int, end: int) -> bool:
        return self.separator.search(self.text, begin, end) is not None or self.text[begin] == "["

    def git_value(self, start: int) -> tuple[Scalar, int]:
        """Quotes may stand anywhere in a value of git's; blanks outside them at its end do not count."""
        text, size = self.text, len(self.text)
        parts: list[str] = []
        inside, quotes, pos, stop, kept = False, 0, start, start, 0
        while pos < size:
            char = text[pos]
            if char == '"':
                inside, quotes = not inside, quotes + 1
                pos += 1
                kept, stop = len(parts), pos
            elif char == "\\":
                line = text[pos + 1 : pos + 3]
                if line[:1] == "\n" or line == "\r\n":
                    if parts:
                        kept, stop = len(parts), pos  # blanks in front of it count
                    pos += 2 if line[:1] == "\n" else 3
                    continue
                parts.append(_GIT_ESCAPES.get(line[:1], line[:1]))
                pos += 2
                kept, stop = len(parts), min(size, pos)
            elif char in "\r\n" or (char in ";#" and not inside):
                break
            elif char in " \t" and not inside and not parts:
                # Blanks in front do not count either, not even behind a joined line.
                pos += 1
            else:
                parts.append(char)
                pos += 1
                if inside or char not in " \t":
                    kept, stop = len(parts), pos
        whole = quotes == 2 and text[start : start + 1] == '"' and text[stop - 1] == '"'
        value = "".join(parts[:kept])
        scalar = Scalar(value, self.source, start, stop, style="double" if whole else "raw", type="str" if whole else "plain")
        return scalar, _next(text, _end(text, pos))


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def environment(section: Mapping) -> Mapping:
    """The variables that the `Environment=` entries of a systemd section (or `environment=` of a supervisor one) set, as a flat Mapping.

    Keys and values have their own spans inside the entries. An empty `Environment=` drops what stands before it. Nothing is expanded, so
    the style of every value is single or raw.
    """
    from smtplint.readers.words import Words

    kinds = {
        "Environment": Words(" \t\r\n", dollars=False, double={'"': '"', "\\": "\\", "n": "\n", "t": "\t"}),
        "environment": Words(" \t\r\n,", dollars=False, double={'"': '"', "\\": "\\"}),
    }
    found = Mapping(section.source, section.start, section.end)
    for entry in section.entries:
        words, value = kinds.get(entry.key.text), entry.value
        if words is None or not isinstance(value, Scalar):
            continue
        if not value.text and entry.key.text == "Environment":
            found.entries.clear()
        _split(found, value, words)
    return found


def _split(found: Mapping, value: Scalar, words: Words) -> None:
    source, text = value.source, value.source.text
    pos = value.start
    while pos < value.end:
        if text[pos] in " \t\r\n," or text.startswith(("\\\n", "\\\r\n"), pos):
            pos += 1
            continue
        word = words.read(text, pos, value.end)
        mark = text[pos] if text[pos] in "\"'" else ""
        name = _NAME.match(text, pos + len(mark))
        end = max(word.end, pos + 1)
        if name is not None and text.startswith("=", name.end()):
            start = name.end() + 1
            key = Scalar(name[0], source, name.start(), name.end())
            # `"A=b c"` quotes the whole assignment: the value ends before the closing quote.
            stop = word.end - 1 if mark and text[word.end - 1] == mark and word.end - 1 >= start else word.end
            quoted = not mark and text[start:stop][:1] in ("'", '"')
            found.entries.append(
                Entry(
                    key,
                    Scalar(
                        word.text.partition("=")[2],
                        source,
                        start,
                        stop,
                        style="single" if quoted else "raw",
                        type="str" if quoted else "plain",
                        state=word.state,
                    ),
                )
            )
        pos = end


def _end(text: str, pos: int) -> int:
    return _LINE.match(text, pos).end()  # type: ignore[union-attr]


def _next(text: str, end: int) -> int:
    """The offset of the line after the one that ends at `end`."""
    return end + 2 if text.startswith("\r\n", end) else end + 1


def _skip(text: str, pos: int, end: int) -> int:
    while pos < end and text[pos].isspace():
        pos += 1
    return pos
