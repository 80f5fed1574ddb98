"""Syntax that is newer than the Python that runs, in words that its own `ast` can read.

A project may be written for a newer Python than the one a hook was installed with. What `ast` refuses for that reason alone is written as
something older of the same length, so that every statement is found at its place: quotes and backslashes in the fields of f-strings (PEP 701),
type parameters and the `type` statement (PEP 695), `except A, B:` (PEP 758), t-strings (PEP 750), `except*` (PEP 654). Only what surrounds the
settings is read so; the statements that are chosen are read by libcst, as they stand in the file.
"""

from __future__ import annotations

import ast
import sys
import warnings

from smtplint.lazy import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

# What this Python has itself is not rewritten, so that it stays as strict as it is.
_TYPES = _FIELDS = sys.version_info < (3, 12)
_TEMPLATES = _CAUGHT = sys.version_info < (3, 14)
_GROUPS = sys.version_info < (3, 11)

_OPENING = r"(?P<prefix>(?<!\w)[A-Za-z]{1,2}|)(?P<quote>'''|\"\"\"|'|\")"
_TOKEN = later(r"#[^\r\n]*|" + _OPENING)
# What ends a string or changes the way it is read.
_IN_TEXT = later(r"\\N\{[\w \-]*\}|\\(?:\r\n|[^{}])|\{\{|\}\}|[{}'\"\r\n]")
_IN_FIELD = later(r"#[^\r\n]*|" + _OPENING + r"|[()\[\]{}:\r\n]")
_NEWER = later(
    r"(?P<named>\b(?:class|def)[ \t]+\w+[ \t]*)\["
    r"|(?m:^)(?P<indent>[ \t]*)type[ \t]+(?P<alias>[^\W\d]\w*)[ \t]*(?=[\[=])"
    r"|\bexcept\b(?P<star>[ \t]*\*)?(?P<caught>[^:\r\n]{0,500}):"
)
_BRACKET = later(r"[()\[\]{}]")
# Beyond these it is nobody's code: strings in f-strings in f-strings …; the characters of an f-string inside another, which `ast` does not see,
# so that it does not refuse what is nested too deeply; those of a list of type parameters.
_MAX_DEPTH = 20
_MAX_HIDDEN = 200
_MAX_PARAMETERS = 500


def module(text: str) -> ast.Module | None:
    """The module that a text is which `ast` refuses, None when it is not Python of any version known here. Places are those of the text."""
    if not _TEMPLATES:
        return None
    older = rewritten(text)
    if older == text:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(older)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None


def rewritten(text: str) -> str:
    """The text without what only a newer Python reads; every line has as many bytes in UTF-8 as before. The text itself when a string in it
    is not closed."""
    pieces: list[tuple[int, int, str]] = []
    hidden: list[tuple[int, int]] = []
    at = 0
    while (token := _TOKEN.search(text, at)) is not None:
        at = token.end()
        if token["quote"] is not None:
            prefix = token["prefix"].lower()
            at = _formatted(text, token, pieces) if "f" in prefix or "t" in prefix else _plain(text, token)
            if at < 0:
                return text
            if "t" in prefix and _TEMPLATES:
                where = token.start() + prefix.index("t")
                pieces.append((where, where + 1, "f"))
        hidden.append((token.start(), at))
    pieces += _statements(_blanked(text, hidden))
    out = []
    at = 0
    for start, end, new in sorted(pieces):
        out += [text[at:start], new]
        at = end
    return "".join((*out, text[at:]))


def _plain(text: str, opening: re.Match[str]) -> int:
    """Where a string that is no f-string ends, -1 when it does not."""
    quote = opening["quote"]
    at = opening.end()
    while (found := _IN_TEXT.search(text, at)) is not None:
        at = found.end()
        if text.startswith(quote, found.start()):
            return found.start() + len(quote)
        if found[0] in ("\n", "\r") and len(quote) == 1:
            return -1
        if found[0][0] in "\\{}":
            at = found.start() + (1 if found[0][0] != "\\" or found[0][1:2] == "N" else len(found[0]))
    return -1


def _formatted(text: str, opening: re.Match[str], pieces: list[tuple[int, int, str]]) -> int:
    """Where an f-string ends, -1 when it does not; adds what is to be written in place of the strings and comments in its fields."""
    quote, begin = opening["quote"], opening.end()
    # What is open: a string by its quote, what stands behind the colon of a field by "", the code of a field by the depth of its brackets.
    stack: list[str | int] = [quote]
    inside: list[tuple[int, int, str]] = []
    strings: list[int] = []  # where the strings began that are open in fields
    lines = False
    at = begin
    while stack:
        top = stack[-1]
        found = (_IN_FIELD if isinstance(top, int) else _IN_TEXT).search(text, at)
        if found is None or len(stack) > _MAX_DEPTH:
            return -1
        sign, at = found[0], found.end()
        ended = False
        if isinstance(top, int):
            if sign[0] == "#":
                if not strings:
                    inside.append((found.start(), at, " "))
            elif found["quote"] is not None:
                strings.append(found.start())
                if not {"f", "t"}.isdisjoint(found["prefix"].lower()):
                    stack.append(found["quote"])
                    continue
                at = _plain(text, found)
                ended = True
            elif sign in "\r\n":
                lines = lines or len(quote) == 1
            elif sign in "([{":
                stack[-1] = top + 1
            elif sign == ":":
                if not top:
                    stack[-1] = ""
            elif top:
                stack[-1] = top - 1
            elif sign == "}":
                stack.pop()
            else:
                return -1
        elif top and text.startswith(top, found.start()):
            at = found.start() + len(top)
            stack.pop()
            ended = bool(stack)
        elif sign in "\r\n":
            if len(top) == 1:
                return -1
        elif sign == "{" or (sign == "{{" and not top):
            at = found.start() + 1
            stack.append(0)
        elif sign[0] == "}" and not top:
            at = found.start() + 1
            stack.pop()
        elif sign == "}":
            return -1
        if at < 0:
            return -1
        if ended:
            start = strings.pop()
            if not isinstance(top, int) and at - start > _MAX_HIDDEN:
                return -1
            if not strings:  # a name stands in the place of a string
                inside.append((start, at, "_"))
    if lines and _FIELDS:
        content = _continued(text[begin : at - len(quote)])
        if not content:
            return -1
        pieces.append((begin, at - len(quote), content))
    elif _FIELDS:
        pieces += [(start, end, _filled(text[start:end], sign)) for start, end, sign in inside]
    return at


def _continued(text: str) -> str:
    """What may stand in one pair of quotes on as many lines as a text has; "" when nothing can."""
    *lines, last = text.replace("\r\n", "\n").split("\n")
    if not all(lines) or "\r" in "".join(lines):
        return ""
    newline = "\r\n" if "\r\n" in text else "\n"
    return newline.join([_filled(line, "x")[:-1] + "\\" for line in lines] + [_filled(last, "x")])


def _statements(code: str) -> Iterator[tuple[int, int, str]]:
    """What is to be written in place of the newer statements of a text whose strings and comments are blank."""
    for found in _NEWER.finditer(code):
        if found["named"] is not None:
            if _TYPES:
                yield _parameters(code, found.end() - 1)
        elif found["alias"] is not None:
            if _TYPES:
                alias, start, end = found["alias"], found.end("indent"), found.end("alias")
                yield start, end, alias + " " * (end - start - len(alias))
                if code[found.end()] == "[":
                    yield _parameters(code, found.end())
        else:
            if found["star"] is not None and _GROUPS:
                yield found.start("star"), found.end("star"), " " * len(found["star"])
            comma = _comma(found["caught"])
            if comma >= 0 and _CAUGHT and " as " not in found["caught"]:
                start = found.start("caught") + comma
                yield start, found.end("caught"), _filled(code[start : found.end("caught")], " ")


def _comma(text: str) -> int:
    """The first comma of a text that stands in no brackets, -1 when there is none."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            return at
    return -1


def _parameters(code: str, start: int) -> tuple[int, int, str]:
    """Blanks for what stands in brackets; for nothing when they are not closed."""
    depth, at = 0, start
    while (found := _BRACKET.search(code, at, start + _MAX_PARAMETERS)) is not None:
        at = found.end()
        depth += 1 if found[0] in "([{" else -1
        if depth == 0:
            return start, at, _filled(code[start:at], " ")
    return start, start, ""


def _blanked(text: str, hidden: list[tuple[int, int]]) -> str:
    """The text with blanks for its strings and comments, as many characters as before."""
    out = []
    at = 0
    for start, end in hidden:
        out += [text[at:start], "".join(sign if sign in "\r\n" else " " for sign in text[start:end])]
        at = end
    return "".join((*out, text[at:]))


def _filled(text: str, sign: str) -> str:
    """As many bytes as a text has in UTF-8, line by line; line ends stay."""
    return "".join(one if one in "\r\n" else sign * len(one.encode("utf-8", "surrogatepass")) for one in text)
