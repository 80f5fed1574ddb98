"""How a value is spelt at its place: the quotes, the type and the spelling of switches stay as they are."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.remedy import Setting
    from smtplint.tree import Scalar

QUOTES = ("'''", '"""', "'", '"', "`")
# What may be written anywhere without an escape: no quote, no backslash, no sign of a reference or a comment.
_HARMLESS = re.compile(r"[A-Za-z0-9_.:/@,+=<>!()\[\] -]*")
_BARE = re.compile(r"[A-Za-z0-9_./+-]+")
# Plain YAML that one of the loaders in use takes for something else than a text (YAML 1.1 and 1.2 together).
_TYPED = re.compile(
    r"(?:true|false|yes|no|on|off|y|n|null|none|~|[-+]?(?:0[xob])?[0-9][0-9_.,:eE+-]*|[-+]?\.(?:inf|nan)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*)?",
    re.IGNORECASE,
)
_OPPOSITES = (
    ("true", "false"), ("yes", "no"), ("on", "off"), ("1", "0"), ("enabled", "disabled"), ("enable", "disable"), ("t", "f"), ("y", "n"),
)  # fmt: skip
_OPPOSITE = {**dict(_OPPOSITES), **{no: yes for yes, no in _OPPOSITES}}


class Refused(Exception):
    """A setting cannot be written here; `str(error)` is the reason."""


def quotes(raw: str) -> tuple[str, str]:
    """The quotes around a text as written: `("'", "'")`, `('r"', '"')`, or two empty texts."""
    head = raw[: len(raw) - len(raw.lstrip("rRbBuU"))] if raw[-1:] in ("'", '"') else ""
    for quote in QUOTES:
        if raw.startswith(quote, len(head)) and raw.endswith(quote) and len(raw) >= len(head) + 2 * len(quote):
            return head + quote, quote
    return "", ""


def literal(scalar: Scalar) -> bool:
    """Whether the value stands in its file letter for letter, so that it can be written anew."""
    if scalar.state != "known" or scalar.style in ("whole", "literal", "folded") or scalar.tag.startswith("!"):
        return False
    raw = scalar.raw
    if "\n" in raw or "\r" in raw or "{{" in raw or "<%" in raw or "${" in raw or "{%" in raw:
        return False
    head, tail = quotes(raw)
    return raw[len(head) : len(raw) - len(tail)] == scalar.text


def opposite(text: str, value: bool, held: object) -> str:
    """The other word of the pair `text` is one of, in its case; "" when it is none, or when the value is not to change sides."""
    other = _OPPOSITE.get(text.lower())
    if other is None or not isinstance(held, bool) or held == value:
        return ""
    return other.upper() if text.isupper() and len(text) > 1 else other.title() if text[:1].isupper() else other


def plain_yaml(text: str) -> bool:
    """Whether a text stays the same text as a plain YAML scalar."""
    return _BARE.fullmatch(text) is not None and _TYPED.fullmatch(text) is None and not text.startswith("-")


def replacement(scalar: Scalar, setting: Setting, syntax: str, *, text: str, colon: bool, retype: bool) -> str | None:
    """What to write instead of a literal scalar. `syntax` is that of the file, `colon` says that the value follows a colon (YAML).

    `retype`: a number or a switch in quotes loses them where the syntax has types.
    """
    if not _HARMLESS.fullmatch(text):
        return None
    raw = scalar.raw
    head, tail = quotes(raw)
    if head and not (retype and setting.kind in ("bool", "int") and syntax in ("json", "toml", "yaml")):
        return head + text + tail
    return fresh(setting, syntax, text=text, colon=colon, typed=True)


def fresh(setting: Setting, syntax: str, *, text: str, colon: bool, typed: bool, quote: str = "") -> str | None:
    """A value that is written without an older one to follow. `typed`: numbers and switches keep their type; else every value is a text."""
    if not _HARMLESS.fullmatch(text):
        return None
    bare = typed and setting.kind in ("bool", "int")
    if syntax == "python":
        return text if bare else f"{quote or chr(34)}{text}{quote or chr(34)}"
    if syntax in ("json", "toml", "ruby"):
        return text if bare else f'"{text}"'
    if syntax == "yaml" and colon:
        if bare or (plain_yaml(text) and not quote):
            return text
        return f"{quote or chr(34)}{text}{quote or chr(34)}"
    if " " in text and syntax in ("dotenv", "shell", "dockerfile"):
        return f'"{text}"'
    return text
