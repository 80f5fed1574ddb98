"""Env files: one flat Mapping of names to scalars, nothing expanded.

A value's span covers its quotes, a key's span its name. Style single means that the loader expands nothing in it, plain and double that it
may. An escaped dollar is undone (and the style becomes single) unless another dollar stands in the value; then it stays `\\$`. Lines
without a value are skipped.

Programs disagree on the rest. `DIALECTS` holds what they do; without a dialect the reader takes what they agree on and, where they do not,
what the writer meant: ` #` starts a comment, `#` inside a word does not, `name: value` counts, text after a closing quote makes the quotes
part of the value.

Two more read a line at a time: `environ` (django-environ: nothing may stand around the name, a comment is part of the value) and
`decouple` (python-decouple, starlette: quotes count only around the whole value, blanks around it do not).

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

from smtplint.lazy import later
from smtplint.readers import Document
from smtplint.source import Source
from smtplint.tree import Entry, Mapping, Scalar

_C_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "\\": "\\", '"': '"', "$": "\0"}


class Dialect:
    """What one loader takes.

    `export`: a leading `export` is dropped. `colon`: `name: value` counts. `blanks`: blanks may stand around `=`. `comment`: what starts a
    comment in an unquoted value: "space" (a `#` after a blank), "any" (every `#`) or "" (nothing). `quotes`: the quote characters; `lines`:
    those that may span lines. `double`, `single`: escape character → text (NUL for a dollar that is no reference); `rest`: in double
    quotes every other escape loses its backslash. `loose`: a backslash hides a closing single quote. `bare`: a backslash
    hides a dollar in an unquoted value. `expands`: the styles in which
    references are expanded. `commands`: `$(…)` is run. `strict`: a line whose quotes are not closed, or are followed by
    more, is left out, and a name may be of any characters.
    """

    __slots__ = (
        "bare",
        "blanks",
        "colon",
        "commands",
        "comment",
        "double",
        "expands",
        "export",
        "lines",
        "loose",
        "quotes",
        "rest",
        "single",
        "strict",
    )

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
        bare: bool = True,
        expands: tuple[str, ...] = ("plain", "double"),
        commands: bool = False,
        strict: bool = False,
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
        self.bare = bare
        self.expands = expands
        self.commands = commands
        self.strict = strict


_EVERYWHERE = ("plain", "single", "double")

DIALECTS = {
    "": Dialect(colon=True, quotes="\"'`", lines="\"'`", single={"'": "'"}, loose=True, commands=True),
    "python": Dialect(
        double={"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "a": "\a", "b": "\b", "\\": "\\", '"': '"', "'": "'"},
        single={"\\": "\\", "'": "'"},
        loose=True,
        expands=_EVERYWHERE,
        strict=True,
    ),
    "node": Dialect(
        colon=True, comment="any", quotes="\"'`", lines="\"'`", double={"n": "\n", "r": "\r"}, loose=True, expands=_EVERYWHERE, bare=False
    ),
    "compose": Dialect(colon=True, double={**_C_ESCAPES, "a": "\a", "b": "\b"}, loose=True, bare=False),
    "php": Dialect(comment="any", lines='"', bare=False),
    "ruby": Dialect(colon=True, comment="any", double={"n": "\n", "r": "\r", "$": "\0"}, rest=True, loose=True, commands=True),
    "symfony": Dialect(blanks=False, double={"n": "\n", "r": "\r", "\\": "\\", '"': '"', "$": "\0"}, commands=True),
    "docker": Dialect(export=False, blanks=False, comment="", quotes="", lines="", expands=()),
    "systemd": Dialect(export=False, comment="", double={"$": "\0", "`": "`", '"': '"', "\\": "\\"}, expands=()),
    "shell": Dialect(blanks=False, double={"$": "\0", "`": "`", '"': '"', "\\": "\\"}, commands=True),
}

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.\-]*"
_LINE = later(rf"[ \t\r\n]*(export[ \t]+)?({_NAME})([ \t]*)(=|:(?=[ \t\r\n]|\Z))([ \t]*)")
_STRICT_LINE = later(r"[ \t\r\n]*(export[ \t]+|(?!export[ \t]))([^'=#\s][^=#\s]*)([ \t]*)(=)([ \t]*)")
_EOL = later(r"[^\r\n]*")
_AFTER = later(r"[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|\Z)")
_COMMENT = {"space": re.compile(r"(?:\A|[ \t])#"), "any": re.compile("#")}
_ESCAPE = later(r"\\([\s\S])")


def read(source: Source, dialect: str = "") -> list[Document]:
    """One Document whose root is the flat Mapping of all assignments in file order, duplicates kept.

    `dialect` is a key of `DIALECTS`; "" takes the one that the file's name implies (`.envrc`: shell, `.flaskenv`: python), if any.
    Never raises SourceError: a file without assignments is an empty Mapping.
    """
    size = len(source.text)
    dialect = dialect or dialect_of(source.path)
    if dialect in _BY_LINE:
        return [Document(Mapping(source, 0, size, _by_line(source, dialect)), 0, size)]
    if dialect == "shell":
        from smtplint.readers.shell import script

        entries = script(source)
    elif dialect == "systemd":
        from smtplint.readers.shell import systemd

        entries = systemd(source)
    else:
        entries = _lines(source, DIALECTS[dialect])
    return [Document(Mapping(source, 0, size, entries), 0, size)]


# environ.Env.read_env; decouple.RepositoryEnv and starlette.config.Config._read_file.
_BY_LINE = {
    "environ": later(r"^(?:export )?([A-Za-z_0-9]+)=([^\r\n]*)", re.MULTILINE),
    "decouple": later(r"^[ \t]*((?!#)[^=\s](?:[^=\r\n]*[^=\s])?)[ \t]*=[ \t]*([^\r\n]*)", re.MULTILINE),
}
_KEPT = later(r"\\([^\r\n])")


def _by_line(source: Source, dialect: str) -> list[Entry]:
    entries: list[Entry] = []
    for match in _BY_LINE[dialect].finditer(source.text):
        text = match[2] if dialect == "environ" else match[2].strip()
        start = match.start(2)
        end = start + len(text)
        quote = text[:1]
        style = "raw"
        if len(text) > 1 and quote in "'\"" and text.endswith(quote):
            text, style = text[1:-1], "single" if quote == "'" else "double"
            if dialect == "environ" and style == "double":
                text = _KEPT.sub(lambda found: found[0] if found[1] in "rnt" else found[1], text)
        value = Scalar(text, source, start, end, style=style, type="plain" if style == "raw" else "str")
        entries.append(Entry(Scalar(match[1], source, match.start(1), match.end(1)), value))
    return entries


def dialect_of(path: str) -> str:
    """The dialect that the name of a file implies, or ""."""
    name = path.rpartition("/")[2].lower()
    return "shell" if ".envrc" in name else "python" if ".flaskenv" in name else ""


def _lines(source: Source, dialect: Dialect) -> list[Entry]:
    text, size = source.text, len(source.text)
    entries: list[Entry] = []
    line = _STRICT_LINE if dialect.strict else _LINE
    pos = 0
    while pos < size:
        match = line.match(text, pos)
        if match is None or not _fits(match, dialect):
            pos = _line_end(text, match.end() if match else _blank_end(text, pos))
            continue
        key = Scalar(match[2], source, match.start(2), match.end(2))
        # A value that is only blanks is empty and stands right after the separator.
        value, pos = _value(source, match.end(), match.start(5), dialect)
        if value is not None:
            entries.append(Entry(key, value))
        pos = _line_end(text, pos)
    return entries


def _fits(match: re.Match[str], dialect: Dialect) -> bool:
    if match[1] and not dialect.export:
        return False
    if match[4] == ":" and not dialect.colon:
        return False
    return dialect.blanks or not (match[3] or (match[5] and dialect.quotes))


_BLANKS = later(r"[ \t\r\n]*")


def _blank_end(text: str, pos: int) -> int:
    return _BLANKS.match(text, pos).end()  # type: ignore[union-attr]


def _line_end(text: str, pos: int) -> int:
    """The offset at which the line that `pos` stands in ends, before its line end."""
    return _EOL.match(text, pos).end()  # type: ignore[union-attr]


def _value(source: Source, start: int, bare: int, dialect: Dialect) -> tuple[Scalar | None, int]:
    """The value that begins at `start`, None for one that makes its line none; `bare` is where the separator ends."""
    text = source.text
    char = text[start : start + 1]
    if char and char in dialect.quotes:
        for pattern in _closings(char, dialect):
            match = pattern.match(text, start)
            if match is None or (char not in dialect.lines and _line_end(text, start) < match.end()):
                continue
            if _AFTER.match(text, match.end()):
                return _quoted(source, start, match.end(), dialect), match.end()
            if dialect.strict:
                return None, match.end()
        if dialect.strict:
            return None, start
    end = _line_end(text, start)
    raw = text[start:end] if dialect.quotes else text[bare:end]
    if not dialect.quotes:
        start = bare
    elif dialect.comment:
        # python-dotenv takes a # right behind the sign for the beginning of the value.
        found = _COMMENT[dialect.comment].search(raw, 1 if dialect.strict and start == bare else 0)
        if found is not None:
            raw = raw[: found.start()]
    if dialect.quotes:
        raw = raw.rstrip()
    if not raw:
        return Scalar("", source, bare, bare), end
    value, style, state = raw, "plain", "known"
    if not dialect.expands:
        style = "raw"
    elif dialect.bare and "\\$" in raw:
        from smtplint.readers.words import literal_dollars

        value, style = literal_dollars(raw.replace("\\$", "\0"), style, "$" in raw.replace("\\$", ""))
    if dialect.commands and "$(" in raw:
        state = "unresolved"
    return Scalar(value, source, start, start + len(raw), style=style, state=state), end


def _closings(char: str, dialect: Dialect) -> list[re.Pattern[str]]:
    """Patterns of a value in these quotes, the likelier first."""
    strict = f"{char}[^{char}]*{char}"
    loose = rf"{char}[^{char}\\]*(?:\\[\s\S][^{char}\\]*)*{char}"
    if char == '"':
        return [re.compile(loose)]
    # Without a dialect a backslash before the last single quote is more likely the end of a password than an escape.
    found = [strict, loose] if dialect is DIALECTS[""] else [loose] if dialect.loose else [strict]
    return [re.compile(pattern) for pattern in found]


def _quoted(source: Source, start: int, end: int, dialect: Dialect) -> Scalar:
    text = source.text
    body = text[start + 1 : end - 1]
    double = text[start] == '"'
    style = "double" if double else "single"
    state = "unresolved" if double and dialect.commands and "$(" in body else "known"
    if "\\" in body:
        table, rest = (dialect.double, dialect.rest) if double else (dialect.single, False)
        body = _ESCAPE.sub(lambda match: table.get(match[1], match[1] if rest else match[0]), body)
        if "\0" in body:
            from smtplint.readers.words import literal_dollars

            body, style = literal_dollars(body, style, "$" in body)
    return Scalar(body, source, start, end, style=style, type="str", state=state)
