"""Settings in documentation: the code blocks of Markdown and reStructuredText.

A block is found by its fence (or `.. code-block::`, or a literal block after `::` in reStructuredText), its syntax by the name after the
fence or, without one, by its looks. Blocks inside HTML comments are left out, and so are shell sessions with a prompt. Blocks indented
without a fence are left out too: too often they are not settings.
"""

from __future__ import annotations

import re

from smtplint.readers import Document, Rebase, read, syntax_of
from smtplint.source import Source, SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.readers import Piece

_LINE = re.compile(r"[^\r\n]*(?:\r\n|[\r\n]|\Z)")
_FENCE = re.compile(r"(?P<indent>[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(?P<fence>`{3,}|~{3,})(?P<info>[^\r\n]*)")
_DIRECTIVE = re.compile(r"(?P<indent>[ \t]*)\.\. (?:code-block|code|sourcecode|highlight)::[ \t]*(?P<info>[\w+.-]*)\Z")
_OPTION = re.compile(r"[ \t]+:[\w-]+:")
_LANGUAGE = re.compile(r"[{.]*\s*([\w+-]+(?:\.[\w-]+)*)")
_TITLE = re.compile(r"(?:title|file|filename|name)=[\"']?([^\"'\s}]+)")
_COMMENT = re.compile(r"<!--[\s\S]*?(?:-->|\Z)")

_LANGUAGES = {
    "yaml": "yaml", "yml": "yaml", "docker-compose": "yaml", "compose": "yaml", "helm": "yaml", "toml": "toml", "ini": "ini", "cfg": "ini",
    "conf": "ini", "config": "ini", "gitconfig": "ini", "systemd": "ini", "dotenv": "dotenv", "env": "dotenv", "properties": "properties",
    "java-properties": "properties", "json": "json", "jsonc": "json", "json5": "json", "python": "python", "py": "python",
    "python3": "python", "dockerfile": "dockerfile", "docker": "dockerfile", "ruby": "ruby", "rb": "ruby",
}  # fmt: skip
# Shell: only what is a list of variables counts.
_SHELL = frozenset(("bash", "sh", "shell", "zsh", "console", "shell-session", "shellsession", "terminal", "environment", "envfile"))
_UNNAMED = frozenset(("", "text", "txt", "plain", "plaintext", "none", "default", "code"))
_VARIABLE = re.compile(r"(?:export[ \t]+)?[A-Za-z_]\w*=")
_SECTION = re.compile(r"\[[^\[\]\r\n]+\][ \t]*\Z")
_PAIR = re.compile(r"[A-Za-z_][\w.-]*[ \t]*=")
_RUBY = re.compile(r"[a-z_]\w*\[['\":]\w+['\"]?\][ \t]*=")
_DOTTED = re.compile(r"[a-z][\w-]*(?:\.[\w\[\]-]+)+[ \t]*=")
_YAML = re.compile(r"(?:- +)*[\w.\"'$/@-]+[ \t]*:(?:[ \t]|\Z)|- +\S|---\Z")


class Block:
    """A code block. `text`: its lines without margin; `pieces`: where they stand in the source, as in `readers.inner_map`.

    `name` is the file it says it is (`title="grafana.ini"`), "" when it says nothing.
    """

    __slots__ = ("name", "pieces", "syntax", "text")

    def __init__(self, syntax: str, text: str, pieces: list[Piece], name: str) -> None:
        self.syntax = syntax
        self.text = text
        self.pieces = pieces
        self.name = name

    @property
    def start(self) -> int:
        """The offset of the first character in the source."""
        return self.pieces[0][1] if self.pieces else 0

    @property
    def end(self) -> int:
        """The offset behind the last character in the source."""
        return self.pieces[-1][1] + self.pieces[-1][3] if self.pieces else 0


def blocks(source: Source) -> list[Block]:
    """The code blocks of a document that look like settings, in order. Never raises SourceError."""
    text = source.text
    lines = [(match.start(), match.end()) for match in _LINE.finditer(text) if match.end() > match.start()]
    hidden = [match.span() for match in _COMMENT.finditer(text)]
    rest = source.path.lower().endswith(".rst")
    found: list[Block] = []
    number = turn = 0
    while number < len(lines):
        start, end = lines[number]
        line = text[start:end].rstrip("\r\n")
        number += 1
        while turn < len(hidden) and hidden[turn][1] <= start:
            turn += 1
        if turn < len(hidden) and hidden[turn][0] <= start:
            continue
        fence = _FENCE.match(line)
        if fence is not None and not (fence["fence"][0] == "`" and "`" in fence["info"]):
            body, number = _fenced(text, lines, number, fence["fence"], fence["indent"])
            _add(found, source, body, fence["info"])
        elif rest:
            directive = _DIRECTIVE.match(line.rstrip(" \t"))
            bare = line.lstrip(" \t")
            if directive is not None or (bare.rstrip().endswith("::") and not bare.startswith(".. ")):
                body, number = _indented(text, lines, number, len(line) - len(bare))
                _add(found, source, body, directive["info"] if directive is not None else "")
    return found


def read_blocks(source: Source) -> list[tuple[Block, list[Document]]]:
    """Every block with its documents; all nodes point into `source`. Blocks that their syntax does not allow are left out: prose may."""
    found = []
    for block in blocks(source):
        try:
            documents = read(Source(source.path, block.text), block.syntax)
        except SourceError:
            continue
        Rebase(source, block.start, block.end, block.pieces).move(documents)
        found.append((block, documents))
    return found


def _fenced(text: str, lines: list[tuple[int, int]], number: int, fence: str, before: str) -> tuple[list[tuple[int, int]], int]:
    """The lines of a block up to its closing fence, without the margin that the opening one has, and the number of the line after it."""
    body: list[tuple[int, int]] = []
    quoted = before.count(">")
    margin = 0 if quoted else len(before)
    closing = re.compile(re.escape(fence[0]) + "{" + str(len(fence)) + r",}[ \t]*\Z")
    while number < len(lines):
        start, end = lines[number]
        number += 1
        begin = start
        for _ in range(quoted):
            while text[begin : begin + 1] in (" ", "\t"):
                begin += 1
            if text[begin : begin + 1] == ">":
                begin += 1
                if text[begin : begin + 1] == " ":
                    begin += 1
        room = margin
        while room and text[begin : begin + 1] in (" ", "\t"):
            begin += 1
            room -= 1
        if closing.match(text[begin:end].strip()):
            break
        body.append((begin, end))
    return body, number


def _indented(text: str, lines: list[tuple[int, int]], number: int, margin: int) -> tuple[list[tuple[int, int]], int]:
    """The lines of a block that is deeper than `margin`, without their common margin."""
    body: list[tuple[int, int]] = []
    while number < len(lines) and _OPTION.match(text[slice(*lines[number])]):
        number += 1
    common = -1
    while number < len(lines):
        start, end = lines[number]
        line = text[start:end]
        bare = line.lstrip(" \t")
        if bare.strip():
            indent = len(line) - len(bare)
            if indent <= margin:
                break
            common = indent if common < 0 else min(common, indent)
        body.append((start, end))
        number += 1
    cut = max(common, 0)
    return [(min(start + cut, max(start, end - 1)), end) for start, end in body], number


def _add(found: list[Block], source: Source, body: list[tuple[int, int]], info: str) -> None:
    text = "".join(source.text[start:end] for start, end in body)
    named = _TITLE.search(info)
    name = named[1] if named else ""
    match = _LANGUAGE.match(info.strip())
    syntax = _syntax(match[1].lower() if match else "", name, text)
    if not syntax:
        return
    pieces: list[Piece] = []
    inner = 0
    for start, end in body:
        if end > start:
            pieces.append((inner, start, end - start, end - start))
            inner += end - start
    found.append(Block(syntax, text, pieces, name))


def _syntax(language: str, name: str, text: str) -> str:
    """The syntax of a block, "" when it holds no settings."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("#", ";", "//"))]
    if not lines or any(line.startswith(("$ ", ">>> ", "% ")) for line in lines):
        return ""
    if name and (found := syntax_of(name)) and found != "markdown":
        return found
    if language in _LANGUAGES:
        return _LANGUAGES[language]
    variables = all(_VARIABLE.match(line) for line in lines)
    if language in _SHELL | _UNNAMED and all(_RUBY.match(line) for line in lines):
        return "ruby"
    if language in _SHELL:
        return "dotenv" if variables else ""
    if language not in _UNNAMED:
        found = syntax_of(language) if "." in language else ""
        return found if found != "markdown" else ""
    first = lines[0]
    if variables:
        return "dotenv"
    if first[0] == "{" and not first.startswith("{{"):
        return "json"
    if _SECTION.match(first):
        return "ini"
    if all(_DOTTED.match(line) for line in lines):
        return "properties"
    if _YAML.match(first):
        return "yaml"
    return "python" if all(_PAIR.match(line) for line in lines if not line.startswith(("from ", "import ", "}", "]", '"', "'"))) else ""
