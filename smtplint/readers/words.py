"""One word of a shell-like syntax: runs of plain, single-quoted and double-quoted text that stand side by side.

Used for shell files, systemd units, Dockerfiles and muttrc, which differ only in what ends a word and which escapes they know.
"""

from __future__ import annotations

import re

from smtplint.lazy import later
from smtplint.source import Source
from smtplint.tree import Scalar

SHELL_ESCAPES = {"$": "\0", "`": "`", '"': '"', "\\": "\\"}

_CONTINUATION = later(r"[ \t]*\r?\n(?:[ \t]*#[^\n]*\n|[ \t]*\r?\n)*")
_SINGLE = later(r"[^']*")


class Word:
    """`text` between `start` and `end`, quotes and escapes undone. `style` is plain, single (nothing in it may be expanded) or double.

    `state` is unresolved when it holds a command substitution or a quote that is never closed.
    """

    __slots__ = ("end", "start", "state", "style", "text")

    def __init__(self, text: str, start: int, end: int, style: str, state: str) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.style = style
        self.state = state

    def scalar(self, source: Source) -> Scalar:
        kind = "plain" if self.style == "plain" else "str"
        return Scalar(self.text, source, self.start, self.end, style=self.style, type=kind, state=self.state)


def literal_dollars(text: str, style: str, active: bool) -> tuple[str, str]:
    """Text in which NUL stands for an escaped dollar, and its style, as a Scalar can carry them.

    Without another dollar the text needs no expansion, so the style becomes single; beside one, the escaped dollar stays `\\$`.
    """
    if "\0" not in text:
        return text, style
    if active:
        return text.replace("\0", "\\$"), style
    return text.replace("\0", "$"), "single"


class Words:
    """A kind of word.

    `stops`: characters that end it outside quotes. `double`: escape character → text inside double quotes, where others stay as written.
    `commands`: `$(…)` and backticks run a command. `escape`: the escape character. `comments`: a continued line may be followed
    by comment lines (Dockerfile). `dollars`: `$` refers to a variable. `alike`: escapes mean the same outside double quotes as inside, and
    an unknown one means the character itself (muttrc).
    """

    __slots__ = ("alike", "commands", "comments", "dollars", "double", "escape", "plain", "quoted")

    def __init__(
        self,
        stops: str,
        *,
        double: dict[str, str] | None = None,
        commands: bool = False,
        escape: str = "\\",
        comments: bool = False,
        dollars: bool = True,
        alike: bool = False,
    ) -> None:
        self.double = double if double is not None else SHELL_ESCAPES
        self.commands = commands
        self.escape = escape
        self.comments = comments
        self.dollars = dollars
        self.alike = alike
        self.plain = re.compile(f"[^'\"`${re.escape(stops)}{re.escape(escape)}]+")
        self.quoted = re.compile(f'[^"`${re.escape(escape)}]+')

    def after_escape(self, text: str, pos: int) -> int:
        """The offset after the line end that the escape character at `pos` - 1 hides, or -1."""
        if self.comments:
            match = _CONTINUATION.match(text, pos)
            return match.end() if match else -1
        if text.startswith("\n", pos):
            return pos + 1
        return pos + 2 if text.startswith("\r\n", pos) else -1

    def read(self, text: str, start: int, limit: int | None = None) -> Word:
        """The word that begins at `start`, at most up to `limit`; it is empty where a stop stands there."""
        parts: list[str] = []
        kinds: set[str] = set()
        active, state, inside = False, "known", False
        pos, size = start, len(text) if limit is None else limit
        while pos < size:
            match = (self.quoted if inside else self.plain).match(text, pos, size)
            if match:
                parts.append(match[0])
                pos = match.end()
                kinds.add("double" if inside else "plain")
                continue
            char = text[pos]
            if char == '"':
                inside = not inside
                kinds.add("double")
                pos += 1
            elif char == "'" and not inside:
                end = _SINGLE.match(text, pos + 1, size).end()  # type: ignore[union-attr]
                parts.append(text[pos + 1 : end].replace("$", "\0"))
                kinds.add("single")
                if end == size:
                    state = "unresolved"
                pos = min(size, end + 1)
            elif char == self.escape:
                hidden = self.after_escape(text, pos + 1)
                following = text[pos + 1 : min(size, pos + 2)]
                if hidden >= 0:
                    pos = hidden
                elif inside or self.alike:
                    parts.append(self.double.get(following, following if self.alike else char + following))
                    kinds.add("double" if inside else "plain")
                    pos += 1 + len(following)
                else:
                    parts.append("\0" if following == "$" else following)
                    kinds.add("plain")
                    pos += 1 + len(following)
            elif char == "$":
                if self.commands and text.startswith("(", pos + 1):
                    end = command_end(text, pos + 2)
                    parts.append(text[pos:end])
                    state, pos = "unresolved", end
                else:
                    parts.append("$" if self.dollars else "\0")
                    active = active or self.dollars
                    kinds.add("double" if inside else "plain")
                    pos += 1
            elif char == "`":
                end = text.find("`", pos + 1) if self.commands else pos
                end = size if end < 0 else end + 1
                if self.commands:
                    state = "unresolved"
                parts.append(text[pos:end])
                pos = end
            else:
                break
        if inside:
            state = "unresolved"
        style = "double" if "double" in kinds or len(kinds) > 1 else kinds.pop() if kinds else "plain"
        value, style = literal_dollars("".join(parts), style, active)
        return Word(value, start, pos, style, state)


_COMMAND = later(r"[()]|'[^']*'?|\"[^\"\\]*(?:\\[\s\S]?[^\"\\]*)*\"?|\\[\s\S]?")


def command_end(text: str, pos: int) -> int:
    """The offset after the parenthesis that closes a command substitution whose text begins at `pos`; the end of the text if none does."""
    depth = 1
    for match in _COMMAND.finditer(text, pos):
        char = text[match.start()]
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if not depth:
                return match.end()
    return len(text)
