"""What is fuzzed: one function per reader, from bytes to whether they were read. It raises when a promise of the reader is broken.

The promises: `SourceError` or documents, nothing else; a reason that quotes nothing of the text; every place inside the text; what the rest of the
engine asks of a tree (its scalars, their inner maps, a second reading) raises nothing.
"""

from __future__ import annotations

import re

from smtplint.readers import Document, inner_map, read
from smtplint.source import Source, SourceError, decode
from smtplint.tree import Mapping, Node, Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# The first byte of an input chooses among these names, and with the name a dialect.
NAMES: dict[str, tuple[str, ...]] = {
    "yaml": ("a.yaml",),
    "json": ("a.json",),
    "toml": ("a.toml",),
    "dotenv": (".env", ".envrc", ".flaskenv"),
    "ini": ("a.ini", ".gitconfig", "a.service", "php.ini", "grafana.ini"),
    "properties": ("a.properties",),
    "postfix": ("main.cf",),
    "keyword": (
        "msmtprc",
        "muttrc",
        "ssmtp.conf",
        "dma.conf",
        "revaliases",
        ".mailrc",
        "monitrc",
        ".curlrc",
        ".swaksrc",
        "nullmailer/remotes",
    ),
    "dockerfile": ("Dockerfile",),
    "python": ("settings.py",),
    "literal": ("args",),
    "ruby": ("gitlab.rb",),
    "markdown": ("README.md", "README.rst"),
}
INI_DIALECTS = ("", "configparser", "go-ini", "git", "php", "systemd")
DOTENV_DIALECTS = ("", "python", "node", "compose", "php", "ruby", "symfony", "systemd", "docker", "shell")
INTERPOLATIONS = ("compose", "shell", "gitlab", "spring", "kubernetes", "symfony", "workflow", "generic")

# Every reason we give is made of these; a text of the file would show among them sooner or later.
_REASON = re.compile(r"[A-Za-z0-9 ,.:;'`=#$/()\[\]{}<>\\\"_-]+")


class Broken(AssertionError):
    """A promise that was not kept."""


def text_of(data: bytes) -> str:
    """The bytes as text, every input as some text: UTF-8 where it is that, else one character per byte."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def check_error(error: SourceError, text: str) -> None:
    if not _REASON.fullmatch(error.reason):
        raise Broken(f"an odd reason: {error.reason!r}")
    if error.offset is not None and not 0 <= error.offset <= len(text):
        raise Broken(f"an error at {error.offset} of {len(text)}")


def check_documents(documents: list[Document], text: str) -> None:
    size = len(text)
    seen: set[int] = set()
    for document in documents:
        if not 0 <= document.start <= document.end <= size:
            raise Broken(f"a document from {document.start} to {document.end} of {size}")
        for problem in document.problems:
            check_error(problem, text)
        stack: list[Node] = [document.root]
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if not 0 <= node.start <= node.end <= size:
                raise Broken(f"{type(node).__name__} from {node.start} to {node.end} of {size}")
            if isinstance(node, Scalar):
                if node.source.text == text:
                    check_scalar(node)
            elif isinstance(node, Mapping):
                _ = node.index
                for entry in node.entries:
                    stack.append(entry.key)
                    stack.append(entry.value)
            else:
                stack.extend(node.items)


def check_scalar(node: Scalar) -> None:
    if "\u2022" not in repr(node):
        raise Broken("a scalar shows its text")
    _ = node.inner
    pieces = inner_map(node)
    if pieces is not None and sum(piece[2] for piece in pieces) != len(node.text):
        raise Broken("an inner map does not cover its text")


def read_checked(text: str, syntax: str, path: str) -> list[Document] | None:
    """Read and check; None for a refusal."""
    source = Source(path, text)
    try:
        documents = read(source, syntax)
    except SourceError as error:
        check_error(error, text)
        return None
    check_documents(documents, text)
    return documents


def reader(syntax: str) -> Callable[[bytes], bool]:
    names = NAMES[syntax]

    def target(data: bytes) -> bool:
        name = names[data[0] % len(names)] if data else names[0]
        text = text_of(data[1:] if len(names) > 1 else data)
        return bool(read_checked(text, syntax, name))

    return target


def ini(data: bytes) -> bool:
    from smtplint.readers import ini as module

    text = text_of(data[1:])
    documents = module.read(Source("a.ini", text), INI_DIALECTS[data[0] % len(INI_DIALECTS)] if data else "")
    check_documents(documents, text)
    root = documents[0].root
    assert isinstance(root, Mapping)
    for entry in root.entries:
        if isinstance(entry.value, Mapping):
            check_documents([Document(module.environment(entry.value), 0, len(text))], text)
    return bool(root.entries)


def dotenv(data: bytes) -> bool:
    from smtplint.readers import dotenv as module

    text = text_of(data[1:])
    documents = module.read(Source(".env", text), DOTENV_DIALECTS[data[0] % len(DOTENV_DIALECTS)] if data else "")
    check_documents(documents, text)
    root = documents[0].root
    assert isinstance(root, Mapping)
    return bool(root.entries)


def markdown(data: bytes) -> bool:
    from smtplint.readers.markdown import read_blocks

    text = text_of(data[1:])
    source = Source("README.rst" if data[:1] > b"\x7f" else "README.md", text)
    try:
        found = read_blocks(source)
    except SourceError as error:
        check_error(error, text)
        return False
    for _, documents in found:
        check_documents(documents, text)
    return bool(found)


def templates(data: bytes) -> bool:
    """Every syntax with template marks in it: the first byte chooses the syntax."""
    syntaxes = ("yaml", "json", "toml", "dotenv", "ini", "properties", "dockerfile", "postfix")
    syntax = syntaxes[data[0] % len(syntaxes)] if data else "yaml"
    text = text_of(data[1:])
    if "{" not in text and "<%" not in text:
        text += "{{ x }}"
    return bool(read_checked(text, syntax, NAMES[syntax][0]))


def embedded(data: bytes) -> bool:
    """A document inside a scalar: the whole text in double, single or no quotes, read again as another syntax."""
    from smtplint.readers import embed

    text = text_of(data[1:])
    outer = read_checked(text, "yaml", "a.yaml")
    if not outer:
        return False
    syntax = ("yaml", "ini", "properties", "json", "toml", "dotenv")[data[0] % 6] if data else "yaml"
    seen: set[int] = set()
    stack = [document.root for document in outer]
    while stack and len(seen) < 50:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Mapping):
            stack.extend(entry.value for entry in node.entries)
        elif isinstance(node, Scalar):
            try:
                check_documents(embed(node, syntax), text)
            except SourceError as error:
                check_error(error, text)
        else:
            stack.extend(node.items)
    return True


def encoding(data: bytes) -> bool:
    """The bytes of a file to text and back to lines and columns."""
    try:
        source = decode("a", data)
    except SourceError as error:
        if not _REASON.fullmatch(error.reason):
            raise Broken(error.reason) from None
        return False
    text = source.text
    for offset in (0, len(text) // 2, len(text)):
        line, column = source.position(offset)
        if source.offset(line, column) != offset:
            raise Broken("a place does not lead back")
        source.position_utf8(offset)
        source.position_utf16(offset)
    for line in (1, source.line_count):
        begin, end = source.line_span(line)
        if not 0 <= begin <= end <= len(text):
            raise Broken("a line lies outside")
    return True


def values(data: bytes) -> bool:
    """One value through every decoder, reference dialect and comment reader."""
    from smtplint import decode as module
    from smtplint.readers import syntax_of
    from smtplint.resolve.interpolate import expand, is_elsewhere, names_in
    from smtplint.suppress import comments

    text = text_of(data)
    source = Source("a.env", text)
    scalar = Scalar(text, source, 0, len(text))
    for decoder in module.DECODERS:
        for loader in ("text", "yaml11"):
            decoded = module.decode(scalar, {"decoder": decoder, "values": {}, "schemes": {}}, loader)
            if decoded.state not in ("set", "empty", "unresolved", "invalid"):
                raise Broken(f"{decoder} says {decoded.state}")
    for dialect in INTERPOLATIONS:
        names_in(text, dialect)
        expand(scalar, dialect, lambda name: Scalar("${" + name + "}", source, 0, len(text)))
    is_elsewhere(scalar)
    module.is_placeholder(text)
    if "\n" not in text:
        syntax_of(text)
    for syntax in ("yaml", "python", "toml", "json", "dotenv", ""):
        comments(Source("a", text + " # smtplint: ignore[SMTP202]"), syntax)
    return True


def whole(data: bytes) -> bool:
    """Whole files, each a name on a line of its own and then its text, with NUL between them, through everything the linter does."""
    from tests.fuzz.whole import lint

    return lint(data)


def oracle(syntax: str) -> Callable[[bytes], bool]:
    """A reader beside the parser that programs use (see `oracles`)."""

    def target(data: bytes) -> bool:
        from tests.fuzz.oracles import ORACLES

        return ORACLES[syntax](text_of(data))

    return target


TARGETS: dict[str, Callable[[bytes], bool]] = {
    **{syntax: reader(syntax) for syntax in NAMES if syntax not in ("ini", "dotenv", "markdown")},
    "ini": ini,
    "dotenv": dotenv,
    "markdown": markdown,
    "templates": templates,
    "embedded": embedded,
    "encoding": encoding,
    "values": values,
    "whole": whole,
    **{f"{syntax}-oracle": oracle(syntax) for syntax in ("yaml", "json", "toml", "ini", "dotenv", "properties", "python")},
}
