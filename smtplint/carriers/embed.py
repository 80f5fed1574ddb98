"""Documents inside documents: a settings file held in a scalar, read as what it is, its places those of the outer file.

`readers.embed` does the reading; here is what decides whether a text is a document at all, and of which syntax.
"""

from __future__ import annotations

import re

from smtplint.lazy import later
from smtplint.readers import Rebase, embed, inner_map, syntax_of
from smtplint.source import SourceError
from smtplint.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtplint.readers import Document

# A document in a document in a document; what lies deeper is text.
MAX_DEPTH = 3
MAX_BASE64 = 1_500_000

_FILE_NAME = later(
    r"(?:\A|[\w.-])\.(?:ya?ml|json[5c]?|toml|ini|cfg|conf|cnf|cf|config|properties|env|py)(?:\.(?:tmpl|tpl|template|j2))?\Z|\A\.?(?:env|(?:msmtp|mail|curl|monit)rc|main\.cf)\Z",
    re.IGNORECASE,
)
_NOT_A_DOCUMENT = later(r"\A\s*(?:#!|-----BEGIN|<|server\s*\{|upstream\s)")
_SECTION = later(r"\[\[?[^\[\]\n]+\]\]?[ \t]*(?:[#;].*)?\Z")
_VARIABLE_LINE = later(r"(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*=")
_PROPERTY_LINE = later(r"[a-z][\w-]*(?:\.[\w\[\]-]+)+[ \t]*[=:]")
_YAML_LINE = later(r"""(?:- +)*(?:[\w.$/@-]+(?: [\w.$/@-]+){0,3}|"[^"\n]*"|'[^'\n]*')[ \t]*:(?:[ \t]|\Z)|- +\S|---(?:\s|\Z)|%YAML""")
_PYTHON_LINE = later(r"from[ \t]+[\w.]+[ \t]+import[ \t]|import[ \t]+\w|(?:class|def)[ \t]+\w.*:|[A-Za-z_]\w*[ \t]+=[ \t]*[\w'\"\[({-]")
_PYTHON_SIGN = later(
    r"(?m)^[ \t]*(?:from[ \t]+[\w.]+[ \t]+import[ \t]|import[ \t]+\w)|=[ \t]*(?:True|False|None)\b|\bos\.(?:environ|getenv)\b"
)
_TOML_LINE = later(r"""(?:[\w."'-]+)[ \t]*=[ \t]*(?:"|'|\[|\{|true\b|false\b|[-+]?\d[\d_.:TZeExobaf+-]*[ \t]*(?:#.*)?\Z)""")

_BASE64 = later(r"[A-Za-z0-9+/]*={0,2}")


def looks_like_file(key: str) -> bool:
    """Whether a key is the name of a settings file ("grafana.ini", ".env")."""
    return _FILE_NAME.search(key) is not None


def syntax_of_name(name: str) -> str:
    """The syntax of settings that an inner name stands for, or "" when it says nothing."""
    found = syntax_of(name.rsplit("/", 1)[-1])
    return "" if found in ("markdown", "dockerfile") else found


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


def part(scalar: Scalar, start: int, end: int) -> Scalar:
    """A piece of a scalar's text as a scalar of its own, with its exact place when that can be told. It is text: no loader types it."""
    return parts(scalar, [(start, end)])[0]


def parts(scalar: Scalar, spans: Iterable[tuple[int, int]]) -> list[Scalar]:
    """`part` for several pieces of one text, whose places are worked out once."""
    rebase = Rebase(scalar.source, scalar.start, scalar.end, inner_map(scalar))
    style = "raw" if rebase.exact else "whole"
    found = []
    for start, end in spans:
        begin, stop = rebase.span(start, end)
        found.append(scalar.but(text=scalar.text[start:end], start=begin, end=stop, style=style, type="str", tag=""))
    return found


def decode_base64(scalar: Scalar) -> Scalar:
    """The decoded text of a base64 scalar, at the place of the whole of it; unresolved when it is not base64 of UTF-8."""
    # A template's expression is no secret, and may say itself that it encodes.
    hidden = scalar.but(text=scalar.text if scalar.text.startswith("{{") else "", state="unresolved", style="whole", type="str")
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
    try:
        documents = embed(scalar, syntax, name if syntax == "keyword" else "")
    except SourceError:
        if not named:
            return "", []
        raise
    if not named and syntax in ("yaml", "json"):
        # Prose with a colon reads as YAML; settings are a mapping, or a list of them.
        documents = [document for document in documents if isinstance(document.root, (Mapping, Sequence))]
    return syntax, documents
