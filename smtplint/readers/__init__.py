"""Readers: from the text of a file to located trees.

`read` is the one door: it masks template marks, calls the module of the syntax (imported when first needed) and hands back documents whose
nodes all point into the source that was given. `embed` does the same for text that stands inside a scalar.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from smtplint.lazy import later
from smtplint.source import Place, Source, SourceError
from smtplint.tree import Node, Scalar, nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    # (inner offset, outer offset, inner length, outer length), in order. Equal lengths: character by character; else the piece as a whole.
    Piece = tuple[int, int, int, int]

MAX_NESTING = 100


class TemplateError(SourceError):
    """A template whose text cannot be read as its syntax, not even with the marks masked."""


class Document:
    """One document of a file, from `start` to `end`. YAML has many, other syntaxes one.

    `problems`: parts of the file beside this document that could not be read, which did not keep the others from being read. A reader
    raises SourceError only when nothing at all could be read.
    """

    __slots__ = ("end", "problems", "root", "start")

    def __init__(self, root: Node, start: int, end: int) -> None:
        self.root = root
        self.start = start
        self.end = end
        self.problems: tuple[SourceError, ...] = ()

    def __repr__(self) -> str:
        return f"Document({self.root!r})"


# Names

# Endings that say "a template of", "an example of", "a copy of" what stands before them.
# fmt: off
_WRAPPERS = frozenset((
    "j2", "jinja", "jinja2", "tmpl", "tpl", "template", "example", "sample", "dist", "default", "orig", "bak", "in", "erb", "txt", "enc",
    "gotmpl", "tftpl", "ejs", "hbs", "mustache", "old", "new", "copy",
))
# fmt: on
_ENDINGS = {
    "yaml": "yaml",
    "yml": "yaml",
    "eyaml": "yaml",
    "json": "json",
    "jsonc": "json",
    "json5": "json",
    "toml": "toml",
    "ini": "ini",
    "cfg": "ini",
    "cnf": "ini",
    "conf": "ini",
    "gitconfig": "ini",
    "service": "ini",
    "timer": "ini",
    "socket": "ini",
    "container": "ini",
    "properties": "properties",
    "py": "python",
    "pyi": "python",
    "env": "dotenv",
    "envrc": "dotenv",
    "md": "markdown",
    "markdown": "markdown",
    "mdx": "markdown",
    "rst": "markdown",
    "dockerfile": "dockerfile",
    "containerfile": "dockerfile",
    "msmtprc": "keyword",
}
# Programs and documents that only happen to have "env" in front: `.env.ts`, `env.sh`.
# fmt: off
_OTHER = frozenset((
    "bat", "c", "cjs", "class", "cpp", "cs", "css", "csv", "dart", "ex", "exs", "gif", "go", "groovy", "h", "html", "java", "jpg", "js",
    "jsx", "kt", "lock", "lua", "mjs", "mts", "php", "png", "ps1", "rb", "rs", "scala", "sh", "sql", "svelte", "svg", "swift", "tf",
    "ts", "tsx", "vue", "xml", "zip",
))
# fmt: on
_NAMES = later(
    r"(?P<postfix>.*main\.cf)"
    r"|(?P<keyword>[._]?e?msmtprc|[._]?esmtprc|[._]?(?:neo)?muttrc|[._]?mailrc|mail\.rc|(?:s-)?nail\.rc|(?:.*[._-])?monitrc|monit\.conf|\.apprise|apprise\.(?:conf|cfg)|(?:.*[._-])?(?:curl|swaks)rc|(?:.*nullmailer.*[._-])?remotes|s?smtp\.conf|dma\.conf|revaliases|passwd\.client|exim4?\.conf)"
    r"|(?P<dockerfile>(?:dockerfile|containerfile)(?:[._-].*)?)"
    r"|(?P<dotenv>update-exim4\.conf\.conf)"
    r"|(?P<ini>[._]?gitconfig|[._]?odoorc|[._]?pypirc|[._]?hgrc)"
    r"|(?P<ruby>(?:.*[._-])?gitlab\.rb)"
    r"|(?P<json>[._]?(?:devcontainer|babelrc|eslintrc))"
    r"|(?P<python>(?:local_?)?settings\.py[._-].*)"
)
# Folders all of whose files Monit includes, whatever they are called.
_MONIT = later(r"(?:.*/)?(?:monit/(?:conf\.d|conf-(?:available|enabled)|monitrc\.d)|\.?monit(?:rc)?\.d)/[^/]+")
# One of these is in every name that the pattern above takes; it is made only for a name that holds one.
_NAME_MARKS = (
    *(
        "main.cf",
        "rc",
        "smtp.conf",
        "dma.conf",
        "exim",
        "monit.conf",
        "apprise",
        "revaliases",
        "passwd.client",
        "remotes",
        "dockerfile",
        "containerfile",
        "gitconfig",
    ),
    *("devcontainer", "gitlab.rb", "settings.py.", "settings.py_", "settings.py-"),
)
# Flat `key = value` files that would lose their dots or their values as INI.
_PROPERTIES_NAMES = frozenset(("application.conf", "reference.conf", "graylog.conf", "gradle.conf"))
_DOTENV = later(r"\.?env(?![a-z])|\.env(?![a-z])|\.?environment\Z|\.?flaskenv|\.?envrc|\.?envexample|.*[._-]env\Z|.*\.env[.\-_ \d]")


def syntax_of(path: str) -> str:
    """The syntax of a file by its name: yaml json toml dotenv ini properties python postfix keyword ruby markdown dockerfile, or "" for none.

    `path` has forward slashes; folders count only for names that say nothing alone (`.git/config`, what Monit includes). Endings such as
    `.j2` or `.example` are taken off first, at most four.
    """
    low = path.lower()
    found = _syntax_of(low, low.rpartition("/")[2])
    return "keyword" if "monit" in low and found in ("", "ini") and is_included_by_monit(low) else found


def is_included_by_monit(path: str) -> bool:
    """Whether a file lies where Monit includes all files from, and is no program or document."""
    low = path.lower()
    return "monit" in low and _MONIT.fullmatch(low) is not None and low.rpartition(".")[2] not in _OTHER


def _syntax_of(low: str, name: str) -> str:
    if name == "config" and low.endswith(".git/config"):
        return "ini"
    if name in _PROPERTIES_NAMES:
        return "properties"
    for _ in range(5):
        if any(mark in name for mark in _NAME_MARKS) and (found := _NAMES.fullmatch(name)):
            return found.lastgroup or ""
        stem, dot, ending = name.rpartition(".")
        if dot and ending in _ENDINGS and (stem or ending in ("env", "envrc")):
            return _ENDINGS[ending]
        if dot and ending in _WRAPPERS and stem not in ("", "."):
            name = stem
            continue
        break
    if ending in _OTHER and dot:
        return ""
    return "dotenv" if _DOTENV.match(name) else ""


# Reading


def read(source: Source, syntax: str) -> list[Document]:
    """Read a source as `syntax` (one of those `syntax_of` yields).

    Every node points into `source`. Where template marks stand, scalars are unresolved and keys conditional (see `readers.mask`). Raises
    TemplateError when a template cannot be read with its marks masked, SourceError for any other text that its syntax does not allow, both
    with an offset into `source.text`.
    """
    reader = _reader(syntax)
    text = source.text
    if "{{" in text or "{%" in text or "<%" in text or "{#" in text:
        from smtplint.readers import mask

        masked = mask.mask(source, syntax)
        if masked is not None:
            try:
                documents = reader(masked.source)
            except SourceError as error:
                # The branches of an `else` may not fit together: one of them is still worth reading.
                masked = mask.mask(source, syntax, drop_else=True)
                try:
                    documents = reader(masked.source) if masked is not None else []
                except SourceError:
                    masked = None
                if masked is None:
                    raise TemplateError(error.reason, error.offset) from None
            masked.apply(documents)
            return documents
    return reader(source)


def _reader(syntax: str) -> Callable[[Source], list[Document]]:
    """The `read` of a syntax. Spelt out, so that the import system does no work that could be done here."""
    found: Callable[[Source], list[Document]]
    if syntax == "yaml":
        from smtplint.readers.yaml import read as found
    elif syntax == "json":
        from smtplint.readers.json import read as found
    elif syntax == "toml":
        from smtplint.readers.toml import read as found
    elif syntax == "dotenv":
        from smtplint.readers.dotenv import read as found
    elif syntax == "ini":
        from smtplint.readers.ini import read as found
    elif syntax == "properties":
        from smtplint.readers.properties import read as found
    elif syntax == "postfix":
        from smtplint.readers.postfix import read as found
    elif syntax == "keyword":
        from smtplint.readers.keyword import read as found
    elif syntax == "dockerfile":
        from smtplint.readers.dockerfile import read as found
    elif syntax == "ruby":
        from smtplint.readers.ruby import read as found
    elif syntax == "literal":
        from smtplint.readers.literal import read as found
    elif syntax == "python":
        from importlib import import_module

        found = import_module("smtplint.readers.python").read
    else:
        raise SourceError("is of a kind that smtplint cannot read")
    return found


# Documents inside documents

_BREAK = later(r"\r\n|[\n\r\x85\u2028\u2029]")
# Blanks around line ends, the escapes of double quotes, and everything else.
_DOUBLE = later(
    r"(?P<fold>[ \t]*(?:\r\n|[\n\r])(?:[ \t]*(?:\r\n|[\n\r]))*[ \t]*)"
    r"|(?P<none>\\(?:\r\n|[\n\r])[ \t]*)"
    r"|(?P<one>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.)"
    r"|(?P<same>[^\\\r\n \t]+|[ \t]+)"
)
_SINGLE = later(r"(?P<fold>[ \t]*(?:\r\n|[\n\r])(?:[ \t]*(?:\r\n|[\n\r]))*[ \t]*)|(?P<one>'')|(?P<same>[^'\r\n \t]+|[ \t]+)")
_PLAIN = later(r"(?P<fold>[ \t]*(?:\r\n|[\n\r])(?:[ \t]*(?:\r\n|[\n\r]))*[ \t]*)|(?P<same>[^\r\n \t]+|[ \t]+)")
_LINE_END = later(r"\r\n|[\n\r]")
_EMPTY_LINE = later(r"[ \t]*(?:\r\n|[\n\r\x85\u2028\u2029])")


def inner_map(scalar: Scalar) -> list[Piece] | None:
    """Where the characters of `scalar.text` stand in its source; None when that cannot be told (base64, a computed value).

    Pieces `(inner, outer, inner length, outer length)` are in order and cover the whole text. Those of equal
    lengths map character by character (equal ones, line ends aside), the others (an escape, folded line ends) only as a whole.
    """
    text, style = scalar.text, scalar.style
    if style in ("whole", "code"):
        return None
    start, raw = scalar.start, scalar.raw
    if raw == text:
        return [(0, start, len(text), len(text))]
    quoted = len(raw) >= 2 and raw[0] == raw[-1] and raw[0] in "'\"`"
    if quoted and raw[1:-1] == text:
        return [(0, start + 1, len(text), len(text))]
    if style in ("literal", "folded"):
        return _block_map(scalar, folded=style == "folded")
    begin, end = (1, len(raw) - 1) if quoted else (0, len(raw))
    if quoted and len(raw) >= 6 and raw[:3] == raw[-3:] == raw[0] * 3:
        # TOML drops a line end right after the opening quotes.
        begin, end = 3, len(raw) - 3
        first = _LINE_END.match(raw, begin)
        begin = first.end() if first and not text.startswith("\n") else begin
    if style == "raw" and "\n" in text:
        return _lines_map(text, raw, start)
    patterns = (_PLAIN, _DOUBLE) if not quoted else (_SINGLE, _DOUBLE) if raw[0] == "'" else (_DOUBLE,)
    for pattern in patterns:
        for folding in (True, False):
            found = _flow_map(text, raw, start, pattern, (begin, end), folding=folding)
            if found is not None:
                return found
    at = scalar.inner
    return [(0, at, len(text), len(text))] if at is not None else None


def _lines_map(text: str, raw: str, start: int) -> list[Piece] | None:
    """A value of several lines in INI: its lines without the blanks around them, and without the comments between them."""
    lines: list[tuple[int, str]] = []
    at = 0
    for line in _LINE_END.split(raw):
        content = line.strip()
        if not lines or content[:1] not in ("#", ";"):
            lines.append((at + (len(line) - len(line.lstrip()) if content else 0), content))
        found = _LINE_END.match(raw, at + len(line))
        at = found.end() if found else len(raw)
    if "\n".join(content for _, content in lines) != text:
        return None
    pieces: list[Piece] = []
    inner = end = 0
    for number, (begin, content) in enumerate(lines):
        if number:
            pieces.append((inner, start + end, 1, begin - end))
            inner += 1
        if content:
            pieces.append((inner, start + begin, len(content), len(content)))
            inner += len(content)
        end = begin + len(content)
    return pieces


def _flow_map(text: str, raw: str, start: int, pattern: re.Pattern[str], within: tuple[int, int], *, folding: bool) -> list[Piece] | None:
    pieces: list[Piece] = []
    at, end = within
    inner = 0
    while at < end:
        match = pattern.match(raw, at, end)
        if match is None:
            return None
        kind, length = match.lastgroup, match.end() - at
        if kind == "fold":
            breaks = len(_LINE_END.findall(match[0]))
            if not folding:
                shown = match[0].replace("\r\n", "\n")
                shown = shown if text.startswith(shown, inner) else match[0]
            else:
                shown = " " if breaks == 1 else "\n" * (breaks - 1)
            if not text.startswith(shown, inner):
                return None
            taken = len(shown)
        elif kind == "same":
            if not text.startswith(match[0], inner):
                return None
            taken = length
        else:
            taken = 1 if kind == "one" else 0
        if kind == "same" and pieces and pieces[-1][2] == pieces[-1][3] and pieces[-1][1] + pieces[-1][3] == start + at:
            last = pieces[-1]
            pieces[-1] = (last[0], last[1], last[2] + taken, last[3] + taken)
        elif taken:
            pieces.append((inner, start + at, taken, length))
        inner += taken
        at = match.end()
    return pieces if inner == len(text) else None


def _block_map(scalar: Scalar, *, folded: bool) -> list[Piece] | None:
    """Block scalars: their lines without indentation, which the first line with content shows."""
    text, outer, at = scalar.text, scalar.source.text, scalar.start
    stop = scalar.end
    lines: list[tuple[int, int, int]] = []  # begin, end of what is shown, begin of the next line
    while True:
        found = _BREAK.search(outer, at)
        close, after = (found.start(), found.end()) if found else (len(outer), len(outer))
        lines.append((at, close, after))
        if found is None or after >= stop:
            break
        at = after
    indent = block_indent(scalar)
    pieces: list[Piece] = []
    inner = 0
    for number, (begin, close, after) in enumerate(lines):
        here = begin
        if number or outer[begin - 1 : begin] in ("\n", "\r"):
            room = min(indent, close - begin)
            while room and outer[here] == " ":
                here += 1
                room -= 1
        size = close - here
        if outer[here:close] != text[inner : inner + size]:
            return None
        if size:
            pieces.append((inner, here, size, size))
            inner += size
        if number == len(lines) - 1:
            break
        # The line end: kept, folded to a blank, or gone before an empty line.
        if inner < len(text) and (text[inner] == "\n" or text[inner] == outer[close]):
            following = lines[number + 1]
            gone = folded and size and outer[here] not in " \t" and outer[following[0] : following[1]].strip(" ") == ""
            if gone and not _keeps(text, inner, lines, number, outer):
                continue
            pieces.append((inner, close, 1, after - close))
            inner += 1
        elif folded and text.startswith(" ", inner):
            pieces.append((inner, close, 1, after - close))
            inner += 1
        else:
            return None
    rest = len(text) - inner
    if rest < 0 or text[inner:].strip("\n\x85\u2028\u2029"):
        return None
    at = lines[-1][1]
    while rest:
        # Kept line ends after the last line.
        found = _EMPTY_LINE.match(outer, at)
        pieces.append((inner, at, 1, found.end() - at if found else 0))
        at = found.end() if found else at
        inner, rest = inner + 1, rest - 1
    return pieces


def _keeps(text: str, inner: int, lines: list[tuple[int, int, int]], number: int, outer: str) -> bool:
    """Whether the line end before a run of empty lines is kept: there is one more in the text than there are empty lines."""
    empty = 0
    for begin, close, _ in lines[number + 1 :]:
        if outer[begin:close].strip(" "):
            break
        empty += 1
    shown = 0
    while text.startswith("\n", inner + shown):
        shown += 1
    return shown > empty


def block_indent(scalar: Scalar) -> int:
    """How many blanks of indentation every line of a block scalar has lost."""
    outer = scalar.source.text
    begin = max(outer.rfind("\n", 0, scalar.start), outer.rfind("\r", 0, scalar.start)) + 1
    if not outer[begin : scalar.start].strip(" ") and scalar.start > begin:
        return scalar.start - begin
    # The text begins with empty lines: what the lines with content have lost decides.
    shown = [line for line in scalar.text.split("\n") if line.strip(" ")]
    outers = [line for line in _BREAK.split(outer[scalar.start : scalar.end]) if line.strip(" ")]
    if not shown or not outers:
        return 0
    pairs = zip(outers, shown, strict=False) if len(shown) == len(outers) else [(outers[0], shown[0])]
    lost = [len(line) - len(inner) for line, inner in pairs if line.endswith(inner)]
    return max(lost) if lost else len(outers[0]) - len(outers[0].lstrip(" "))


class Rebase:
    """Turns offsets of an inner text into offsets of `source`.

    `pieces` as from `inner_map`; None gives everything the place from `start` to `end`.
    """

    __slots__ = ("_inner", "end", "exact", "pieces", "source", "start")

    def __init__(self, source: Source, start: int, end: int, pieces: list[Piece] | None) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.exact = pieces is not None
        self.pieces: list[Piece] = pieces or []
        self._inner = [piece[0] for piece in self.pieces]

    def offset(self, inner: int) -> int:
        """The outer offset at which an inner character begins; the end of the text maps to the end of its last character."""
        if not self.pieces:
            return self.start
        begin, outer, length, covers = self.pieces[max(0, bisect_right(self._inner, inner) - 1)]
        if inner >= begin + length:
            return outer + covers
        return outer + (inner - begin) if length == covers else outer

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The outer span of an inner one; the whole scalar where it cannot be told."""
        if not self.exact:
            return self.start, self.end
        begin = self.offset(start)
        if end <= start or not self.pieces:
            return begin, begin
        inner, outer, length, covers = self.pieces[max(0, bisect_right(self._inner, end - 1) - 1)]
        close = outer + (end - inner) if length == covers and end <= inner + length else outer + covers
        return begin, max(begin, close)

    def move(self, documents: list[Document]) -> None:
        """Move documents that were read from the inner text to the outer source, in place."""
        seen: set[int] = set()
        for document in documents:
            document.start, document.end = self.span(document.start, document.end)
            document.problems = tuple(self.error(problem) for problem in document.problems)
            for node in nodes(document.root, seen):
                node.start, node.end = self.span(node.start, node.end)
                node.source = self.source
                if isinstance(node, Scalar):
                    if not self.exact:
                        node.style = "whole"
                    if node.via:
                        node.via = tuple(Place(self.source, *self.span(place.start, place.end)) for place in node.via)

    def error(self, error: SourceError) -> SourceError:
        """The same error at its outer place."""
        return type(error)(error.reason, self.offset(error.offset) if error.offset is not None else self.start)


def embed(scalar: Scalar, syntax: str, name: str = "") -> list[Document]:
    """Read the text of a scalar as a document of its own; every node points into the scalar's source. `name`: of the document, where
    its syntax has several forms.

    Works again on the scalars of the result. What cannot be told apart in the source has the place of the whole scalar and style "whole".
    Raises SourceError with an offset into the scalar's source.
    """
    rebase = Rebase(scalar.source, scalar.start, scalar.end, inner_map(scalar))
    try:
        documents = read(Source(name or scalar.source.path, scalar.text), syntax)
    except SourceError as error:
        raise rebase.error(error) from None
    rebase.move(documents)
    return documents
