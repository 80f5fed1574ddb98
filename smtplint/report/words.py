"""Text that is safe and straight on a terminal: escapes, widths, wrapping, numbers."""

from __future__ import annotations

from smtplint.lazy import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtplint.finding import Finding

# Controls, the marks that turn the direction of writing (they can make a line look like another), line separators,
# invisible characters, lone surrogates and the two non-characters that XML forbids.
_UNSAFE = later("[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]")


def escape(char: str) -> str:
    """`char` as it is written in a report: \\x1b, \\u202e for the unsafe, itself otherwise."""
    if not _UNSAFE.match(char):
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def clean(text: str) -> str:
    """`text` on one line, with every control character escaped."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(lambda match: escape(match[0]), text) if _UNSAFE.search(text) else text


_BEYOND_ASCII = later("[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]")


def json_text(text: str) -> str:
    """Finished JSON in which the unsafe characters that JSON allows as they are stand as escapes; its value stays the same."""
    return _BEYOND_ASCII.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def cells(text: str) -> int:
    """How many terminal cells `text` takes (no control characters)."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    total = 0
    for char in text:
        if char < "\x7f":
            total += 1
        elif category(char) in ("Mn", "Me", "Cf"):
            continue
        else:
            total += 2 if east_asian_width(char) in "WF" else 1
    return total


def pad(text: str, width: int, right: bool = False) -> str:
    """`text` filled with spaces to `width` cells."""
    blank = " " * max(0, width - cells(text))
    return blank + text if right else text + blank


def wrap(text: str, width: int, indent: str = "", first: str | None = None) -> list[str]:
    """Lines of at most `width` cells, broken at spaces only; `width` 0 means one line."""
    lines: list[str] = []
    line = indent if first is None else first
    used, empty = cells(line), True
    for word in text.split():
        size = cells(word)
        if not empty and width and used + 1 + size > width:
            lines.append(line)
            line, used, empty = indent, cells(indent), True
        line += word if empty else " " + word
        used += size if empty else size + 1
        empty = False
    lines.append(line)
    return lines


def count(number: int, noun: str, plural: str = "") -> str:
    """ "1 error", "2 errors"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def sentences(*parts: str) -> str:
    """Parts joined to running text, each ended by a full stop if it has no mark of its own."""
    out = []
    for part in parts:
        part = part.strip()
        if part:
            out.append(part if part[-1] in ".!?" else part + ".")
    return " ".join(out)


def message(finding: Finding) -> str:
    """The whole message of a finding: what is, and what to write instead."""
    return clean(" ".join(sentences(finding.message, finding.remedy).split()))


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """One fingerprint per finding, in order, none twice: its own, or one made of rule, file, key and profile."""
    seen: dict[str, int] = {}
    out = []
    for finding in findings:
        key = finding.fingerprint
        if not key:
            from hashlib import sha256

            parts = (finding.rule, finding.place.path, finding.key_path, finding.endpoint.profile)
            key = sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        seen[key] = seen.get(key, 0) + 1
        out.append(key if seen[key] == 1 else f"{key}-{seen[key]}")
    return out
