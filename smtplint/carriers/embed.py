"""Documents inside documents: a settings file held in a scalar, read as what it is, its places those of the outer file.

The places are kept by a list of segments `(inner offset, outer offset, length)`. Text whose characters cannot be told apart in the
outer file (base64, escapes) has no segments: everything in it then has the place of the whole scalar.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from smtplint.source import Place, Source, SourceError
from smtplint.tree import Mapping, Node, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.readers import Document

    Segments = list[tuple[int, int, int]]

MAX_DEPTH = 3
MAX_BASE64 = 1_500_000

_FILE_NAME = re.compile(
    r"(?:\A|[\w.-])\.(?:ya?ml|json[5c]?|toml|ini|cfg|conf|cnf|cf|config|properties|env|py)(?:\.(?:tmpl|tpl|template|j2))?\Z|\A\.?(?:env|msmtprc|main\.cf)\Z",
    re.IGNORECASE,
)
_EXTENSIONS = {
    "yaml": "yaml",
    "yml": "yaml",
    "json": "json",
    "json5": "json",
    "jsonc": "json",
    "toml": "toml",
    "ini": "ini",
    "cfg": "ini",
    "cnf": "ini",
    "properties": "properties",
    "env": "dotenv",
    "py": "python",
}
_NOT_A_DOCUMENT = re.compile(r"\A\s*(?:#!|-----BEGIN|<|server\s*\{|upstream\s)")
_SECTION = re.compile(r"\[\[?[^\[\]\n]+\]\]?[ \t]*(?:[#;].*)?\Z")
_VARIABLE_LINE = re.compile(r"(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*=")
_PROPERTY_LINE = re.compile(r"[a-z][\w-]*(?:\.[\w\[\]-]+)+[ \t]*[=:]")
_YAML_LINE = re.compile(r"""(?:- +)*(?:[\w.$/@-]+(?: [\w.$/@-]+){0,3}|"[^"\n]*"|'[^'\n]*')[ \t]*:(?:[ \t]|\Z)|- +\S|---(?:\s|\Z)|%YAML""")
_PYTHON_LINE = re.compile(
    r"from[ \t]+[\w.]+[ \t]+import[ \t]|import[ \t]+\w|(?:class|def)[ \t]+\w+.*:|[A-Za-z_]\w*[ \t]+=[ \t]*[\w'\"\[({-]"
)
_PYTHON_SIGN = re.compile(
    r"(?m)^[ \t]*(?:from[ \t]+[\w.]+[ \t]+import[ \t]|import[ \t]+\w)|=[ \t]*(?:True|False|None)\b|\bos\.(?:environ|getenv)\b"
)
_TOML_LINE = re.compile(r"""(?:[\w."'-]+)[ \t]*=[ \t]*(?:"|'|\[|\{|true\b|false\b|[-+]?\d[\d_.:TZeExobaf+-]*[ \t]*(?:#.*)?\Z)""")

_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


def looks_like_file(key: str) -> bool:
    """Whether a key is the name of a settings file ("grafana.ini", ".env")."""
    return _FILE_NAME.search(key) is not None


def syntax_of_name(name: str) -> str:
    """The syntax that an inner name stands for, or "" when it says nothing."""
    base = name.rsplit("/", 1)[-1]
    for ending in (".tmpl", ".tpl", ".template", ".j2"):
        base = base.removesuffix(ending)
    stem, dot, ending = base.rpartition(".")
    found = _EXTENSIONS.get(ending.lower(), "") if dot else ""
    if found:
        return found
    if base.lower() in ("env", ".env") or stem.lower() in (".env", "env"):
        return "dotenv"
    from smtplint import readers

    return readers.syntax_of(base)


def sniff(text: str) -> str:
    """The syntax of a text without a telling name, or "" when it looks like none. Cautious: a shell script is no dotenv file."""
    if _NOT_A_DOCUMENT.match(text):
        return ""
    lines = []
    for line in text.splitlines()[:400]:
        stripped = line.strip()
        if stripped and stripped[0] not in "#;":
            lines.append(stripped)
    if not lines:
        return ""
    first = lines[0]
    if first[0] == "{" and not first.startswith("{{"):
        return "json"
    if _SECTION.match(first):
        pairs = [line for line in lines if "=" in line and line[0] != "["]
        return "toml" if first.startswith("[[") or (pairs and all(_TOML_LINE.match(line) for line in pairs)) else "ini"
    if first[0] == "[":
        return "json"
    if all(_VARIABLE_LINE.match(line) for line in lines):
        return "dotenv"
    if _PYTHON_LINE.match(first) and (_PYTHON_SIGN.search(text) or re.match(r"(?:class|def)\s", first)):
        return "python"
    if _PROPERTY_LINE.match(first) and all(_PROPERTY_LINE.match(line) for line in lines) and not _YAML_LINE.match(first):
        return "properties"
    if _YAML_LINE.match(first):
        return "yaml"
    if all(_TOML_LINE.match(line) for line in lines if "=" in line) and "=" in first:
        return "python" if _PYTHON_LINE.match(first) and first[:1].isupper() else "toml"
    if any(_SECTION.match(line) for line in lines) and "=" in first:
        return "ini"
    return ""


def segments(scalar: Scalar) -> Segments | None:
    """How the characters of a scalar's text lie in its source; None when they cannot be told apart there."""
    text, raw = scalar.text, scalar.raw
    if scalar.style == "whole":
        return None
    if raw == text:
        return [(0, scalar.start, len(text))]
    if len(raw) >= 2 and raw[0] == raw[-1] and raw[0] in "'\"" and raw[1:-1] == text:
        return [(0, scalar.start + 1, len(text))]
    found: Segments = []
    inner, at, end = 0, 0, len(raw)
    for line in text.split("\n"):
        if at > end:
            return found if not line and inner == len(text) else None
        cut = raw.find("\n", at)
        stop = end if cut < 0 else cut
        shown = raw[at:stop].removesuffix("\r")
        margin = len(shown) - len(line)
        if margin >= 0 and shown.endswith(line) and not shown[:margin].strip(" \t"):
            found.append((inner, scalar.start + at + margin, len(line) + 1))
        elif not line and not shown.strip(" \t"):
            found.append((inner, scalar.start + at, 1))
        else:
            return None
        inner += len(line) + 1
        at = stop + 1
    return found


class Rebase:
    """Turns offsets of an inner text into offsets of the outer source."""

    __slots__ = ("end", "found", "inner", "source", "start", "starts")

    def __init__(self, scalar: Scalar) -> None:
        self.source = scalar.source
        self.start = scalar.start
        self.end = scalar.end
        self.found = segments(scalar)
        self.starts = [segment[0] for segment in self.found] if self.found else []

    @property
    def exact(self) -> bool:
        return bool(self.found)

    def offset(self, inner: int) -> int:
        """The outer offset of an inner character."""
        if not self.found:
            return self.start
        begin, outer, length = self.found[max(0, bisect_right(self.starts, inner) - 1)]
        return min(outer + min(inner - begin, length), max(self.end, outer))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The outer span of an inner one."""
        if not self.found:
            return self.start, self.end
        begin = self.offset(start)
        return begin, max(begin, self.offset(end - 1) + 1 if end > start else begin)

    def tree(self, root: Node) -> None:
        """Move a tree that was read from the inner text to the outer source, in place."""
        seen: set[int] = set()
        stack: list[Node] = [root]
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            node.start, node.end = self.span(node.start, node.end)
            node.source = self.source
            if isinstance(node, Scalar):
                if not self.found:
                    node.style = "whole"
                if node.via:
                    node.via = tuple(Place(self.source, *self.span(place.start, place.end)) for place in node.via)
            elif isinstance(node, Mapping):
                for entry in node.entries:
                    stack.append(entry.key)
                    stack.append(entry.value)
            else:
                stack.extend(node.items)


def part(scalar: Scalar, start: int, end: int) -> Scalar:
    """A piece of a scalar's text as a scalar of its own, with its exact place when that can be told. It is text: no loader types it."""
    found = segments(scalar)
    text = scalar.text[start:end]
    if found is None:
        raw, style = scalar.raw, "whole"
        at = raw.find(text) if text else -1
        if at >= 0 and raw.find(text, at + 1) < 0 and scalar.style != "whole":
            begin, stop, style = scalar.start + at, scalar.start + at + len(text), "raw"
        else:
            begin, stop = scalar.start, scalar.end
    else:
        begin, stop = Rebase(scalar).span(start, end)
        style = "raw"
    return scalar.but(text=text, start=begin, end=stop, style=style, type="str", tag="")


def decode_base64(scalar: Scalar) -> Scalar:
    """The decoded text of a base64 scalar, at the place of the whole of it; unresolved when it is not base64 of UTF-8."""
    hidden = scalar.but(text="", state="unresolved", style="whole", type="str")
    if scalar.state != "known" or len(scalar.text) > MAX_BASE64:
        return hidden
    import binascii

    packed = "".join(scalar.text.split())
    if not _BASE64.fullmatch(packed):
        return hidden
    try:
        return scalar.but(text=binascii.a2b_base64(packed).decode("utf-8"), style="whole", type="str", tag="")
    except (binascii.Error, UnicodeDecodeError):
        return hidden


def read_inside(scalar: Scalar, name: str, syntax: str = "") -> tuple[str, list[Document]]:
    """Read the text of a scalar as a document called `name`: its syntax and its documents, places those of the outer source.

    ("", []) when it does not look like settings. Raises SourceError, its offset in the outer source, when the name promises a syntax
    that the text does not keep.
    """
    text = scalar.text
    named = syntax or syntax_of_name(name)
    # A scrap with a template mark in front may still be what its name says; a name without meaning leaves only the looks.
    syntax = named or sniff(text)
    if not syntax or scalar.state != "known" or not text.strip():
        return "", []
    from smtplint import readers

    rebase = Rebase(scalar)
    try:
        documents = readers.read(Source(scalar.source.path, text), syntax)
    except SourceError as error:
        if not named:
            return "", []
        raise SourceError(error.reason, rebase.offset(error.offset or 0)) from None
    for document in documents:
        rebase.tree(document.root)
        document.start, document.end = rebase.span(document.start, document.end)
    if not named and syntax in ("yaml", "json"):
        # Prose with a colon reads as YAML; settings are a mapping, or a list of them.
        documents = [document for document in documents if isinstance(document.root, (Mapping, Sequence))]
    return syntax, documents
