"""Env files: one flat Mapping of names to scalars, nothing expanded.

A value's span covers its quotes, a key's span its name. Style single means that the loader expands nothing in it, plain and double that it
may. An escaped dollar is undone (and the style becomes single) unless another dollar stands in the value; then it stays `\\$`. Lines
without a value are skipped.

Programs disagree on the rest. `DIALECTS` holds what they do; without a dialect the reader takes what they agree on and, where they do not,
what the writer meant: ` #` starts a comment, `#` inside a word does not, `name: value` counts, text after a closing quote makes the quotes
part of the value.

| | python | node | compose | php | ruby | symfony | systemd | docker | shell |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| program | python-dotenv | dotenv (npm) | env_file | phpdotenv | dotenv (gem) | Dotenv | EnvironmentFile | --env-file | sh, direnv |
| `export A=b` | yes | yes | yes | yes | yes | yes | no | no | yes |
| `A: b` | no | yes | yes | no | yes | no | no | no | no |
| `A = b` | yes | yes | yes | yes | yes | no | yes | no | no |
| comment in an unquoted value | space # | # | space # | # | # | space # | none | none | space # |
| backtick quotes | no | yes | no | no | no | no | no | no | command |
| quotes over several lines | both | both | both | double | both | both | both | none | both |
| expands in single quotes | yes | yes | no | no | no | no | no | no | no |
| `$(…)` is run | no | no | no | no | yes | yes | no | no | yes |
"""

from __future__ import annotations

import re

from smtplint.readers import Document
from smtplint.readers.words import Words, command_end, literal_dollars
from smtplint.source import Source
from smtplint.tree import Entry, Mapping, Scalar

_C_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "\\": "\\", '"': '"', "$": "\0"}


class Dialect:
    """What one loader takes.

    `export`: a leading `export` is dropped. `colon`: `name: value` counts. `blanks`: blanks may stand around `=`. `comment`: what starts a
    comment in an unquoted value: "space" (a `#` after a blank), "any" (every `#`) or "" (nothing). `quotes`: the quote characters; `lines`:
    those that may span lines. `double`, `single`: escape character → text (NUL for a dollar that is no reference); `rest`: in double
    quotes every other escape loses its backslash. `loose`: a backslash hides a closing single quote. `expands`: the styles in which
    references are expanded. `commands`: `$(…)` is run.
    """

    __slots__ = ("blanks", "colon", "commands", "comment", "double", "expands", "export", "lines", "loose", "quotes", "rest", "single")

    def __init__(
        self,
        *,
        export: bool = True,
        colon: bool = False,
        blanks: bool = True,
        comment: str = "space",
        quotes: str = "\"'",
        lines: str = "\"'",
        double: dict[str, str] | None = None,
        single: dict[str, str] | None = None,
        rest: bool = False,
        loose: bool = False,
        expands: tuple[str, ...] = ("plain", "double"),
        commands: bool = False,
    ) -> None:
        self.export = export
        self.colon = colon
        self.blanks = blanks
        self.comment = comment
        self.quotes = quotes
        self.lines = lines
        self.double = double if double is not None else _C_ESCAPES
        self.single = single if single is not None else {}
        self.rest = rest
        self.loose = loose
        self.expands = expands
        self.commands = commands


_EVERYWHERE = ("plain", "single", "double")

DIALECTS = {
    "": Dialect(colon=True, quotes="\"'`", lines="\"'`", single={"'": "'"}, loose=True, commands=True),
    "python": Dialect(
        double={"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "a": "\a", "b": "\b", "\\": "\\", '"': '"', "'": "'"},
        single={"\\": "\\", "'": "'"},
        loose=True,
        expands=_EVERYWHERE,
    ),
    "node": Dialect(colon=True, comment="any", quotes="\"'`", lines="\"'`", double={"n": "\n", "r": "\r"}, loose=True, expands=_EVERYWHERE),
    "compose": Dialect(colon=True, double={**_C_ESCAPES, "a": "\a", "b": "\b"}, loose=True),
    "php": Dialect(comment="any", lines='"'),
    "ruby": Dialect(colon=True, comment="any", double={"n": "\n", "r": "\r", "$": "\0"}, rest=True, loose=True, commands=True),
    "symfony": Dialect(blanks=False, double={"n": "\n", "r": "\r", "\\": "\\", '"': '"', "$": "\0"}, commands=True),
    "docker": Dialect(export=False, blanks=False, comment="", quotes="", lines="", expands=()),
    "systemd": Dialect(export=False, comment="", double={"$": "\0", "`": "`", '"': '"', "\\": "\\"}, expands=()),
    "shell": Dialect(blanks=False, double={"$": "\0", "`": "`", '"': '"', "\\": "\\"}, commands=True),
}

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.\-]*"
_LINE = re.compile(rf"[ \t\r\n]*(export[ \t]+)?({_NAME})([ \t]*)(=|:(?=[ \t\r\n]|\Z))([ \t]*)")
_EOL = re.compile(r"[^\r\n]*")
_AFTER = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|\Z)")
_COMMENT = {"space": re.compile(r"(?:\A|[ \t])#"), "any": re.compile("#")}
_ESCAPE = re.compile(r"\\([\s\S])")
_QUOTED = {char: re.compile(rf"{char}[^{char}\\]*(?:\\[\s\S][^{char}\\]*)*{char}") for char in "\"'`"}
_STRICT = {char: re.compile(f"{char}[^{char}]*{char}") for char in "'`"}


def read(source: Source, dialect: str = "") -> list[Document]:
    """One Document whose root is the flat Mapping of all assignments in file order, duplicates kept.

    `dialect` is a key of `DIALECTS`; "" takes the one that the file's name implies (`.envrc`: shell, `.flaskenv`: python), if any.
    Never raises SourceError: a file without assignments is an empty Mapping.
    """
    size = len(source.text)
    dialect = dialect or dialect_of(source.path)
    if dialect == "shell":
        entries = _Shell(source).run()
    elif dialect == "systemd":
        entries = _systemd(source)
    else:
        entries = _lines(source, DIALECTS[dialect])
    return [Document(Mapping(source, 0, size, entries), 0, size)]


def dialect_of(path: str) -> str:
    """The dialect that the name of a file implies, or ""."""
    name = path.rpartition("/")[2].lower()
    return "shell" if ".envrc" in name else "python" if ".flaskenv" in name else ""


def _lines(source: Source, dialect: Dialect) -> list[Entry]:
    text, size = source.text, len(source.text)
    entries: list[Entry] = []
    pos = 0
    while pos < size:
        match = _LINE.match(text, pos)
        if match is None or not _fits(match, dialect):
            pos = _line_end(text, match.end() if match else _blank_end(text, pos))
            continue
        key = Scalar(match[2], source, match.start(2), match.end(2))
        # A value that is only blanks is empty and stands right after the separator.
        value, pos = _value(source, match.end(), match.start(5), dialect)
        entries.append(Entry(key, value))
        pos = _line_end(text, pos)
    return entries


def _fits(match: re.Match[str], dialect: Dialect) -> bool:
    if match[1] and not dialect.export:
        return False
    if match[4] == ":" and not dialect.colon:
        return False
    return dialect.blanks or not (match[3] or (match[5] and dialect.quotes))


_BLANKS = re.compile(r"[ \t\r\n]*")


def _blank_end(text: str, pos: int) -> int:
    return _BLANKS.match(text, pos).end()  # type: ignore[union-attr]


def _line_end(text: str, pos: int) -> int:
    """The offset at which the line that `pos` stands in ends, before its line end."""
    return _EOL.match(text, pos).end()  # type: ignore[union-attr]


def _value(source: Source, start: int, bare: int, dialect: Dialect) -> tuple[Scalar, int]:
    """The value that begins at `start`; `bare` is where the separator ends."""
    text = source.text
    char = text[start : start + 1]
    if char and char in dialect.quotes:
        for pattern in _closings(char, dialect):
            match = pattern.match(text, start)
            if match is None or (char not in dialect.lines and _line_end(text, start) < match.end()):
                continue
            if _AFTER.match(text, match.end()):
                return _quoted(source, start, match.end(), dialect), match.end()
    end = _line_end(text, start)
    raw = text[start:end] if dialect.quotes else text[bare:end]
    if not dialect.quotes:
        start = bare
    elif dialect.comment:
        found = _COMMENT[dialect.comment].search(raw)
        # python-dotenv takes a value that begins with # as it stands.
        if found is not None and not (found.start() == 0 and dialect is DIALECTS["python"]):
            raw = raw[: found.start()]
    if dialect.quotes:
        raw = raw.rstrip()
    if not raw:
        return Scalar("", source, bare, bare), end
    value, style, state = raw, "plain", "known"
    if not dialect.expands:
        style = "raw"
    elif "\\$" in raw:
        value, style = literal_dollars(raw.replace("\\$", "\0"), style, "$" in raw.replace("\\$", ""))
    if dialect.commands and "$(" in raw:
        state = "unresolved"
    return Scalar(value, source, start, start + len(raw), style=style, state=state), end


def _closings(char: str, dialect: Dialect) -> tuple[re.Pattern[str], ...]:
    if char == '"':
        return (_QUOTED[char],)
    # Without a dialect a backslash before the last single quote is more likely the end of a password than an escape.
    return (_STRICT[char], _QUOTED[char]) if dialect is DIALECTS[""] else (_QUOTED[char],) if dialect.loose else (_STRICT[char],)


def _quoted(source: Source, start: int, end: int, dialect: Dialect) -> Scalar:
    text = source.text
    body = text[start + 1 : end - 1]
    double = text[start] == '"'
    style = "double" if double else "single"
    state = "unresolved" if double and dialect.commands and "$(" in body else "known"
    if "\\" in body:
        table, rest = (dialect.double, dialect.rest) if double else (dialect.single, False)
        body = _ESCAPE.sub(lambda match: table.get(match[1], match[1] if rest else match[0]), body)
        body, style = literal_dollars(body, style, "$" in body)
    return Scalar(body, source, start, end, style=style, type="str", state=state)


_UNIT_LINE = re.compile(r"[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*")
_UNIT_WORD = Words("\r\n", dollars=False)
_UNIT_PLAIN = re.compile(r"[^\\\r\n]*(?:\\(?:\r\n|[\s\S])[^\\\r\n]*)*\\?")
_UNIT_ESCAPE = re.compile(r"\\(\r\n|[\s\S]?)")


def _systemd(source: Source) -> list[Entry]:
    """systemd's EnvironmentFile: quotes count only at the start of a value, a backslash joins lines, nothing is expanded."""
    text, size = source.text, len(source.text)
    entries: list[Entry] = []
    pos = 0
    while pos < size:
        pos = _blank_end(text, pos)
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
