"""`.mailrc` and `s-nail.rc`: the commands of mailx, of which `set` and `unset` matter.

Yields a root with one key, `accounts`: a Sequence with one Mapping of variables for what stands outside of any account, and one for each
`account name { … }` that sets any (`tag`: its name), its own over the others. What stands under `if` is unresolved, what stands inside a
`define` is no setting, and a file that sources another one is partial.

A variable may be meant for one user or host only, by a name with `-USER@HOST` or `-HOST` behind it; what the plain name then means for
a server is unresolved.
"""

from __future__ import annotations

import re

from smtplint.readers.words import Words
from smtplint.source import Source
from smtplint.tree import Entry, Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.tree import Node

# The variables of a connection that may have a user or host behind their names.
CHAINED = (
    "smtp-use-starttls",
    "smtp-auth-password",
    "smtp-auth-user",
    "smtp-auth",
    "tls-config-pairs",
    "tls-verify",
    "ssl-verify",
    "password",
    "user",
)
MAX_ACCOUNTS = 100
MAX_VARIABLES = 100

_WORD = Words(" \t\r\n", alike=True)
_GAP = re.compile(r"(?:[ \t]|\\\r?\n)*")
_BLANK = re.compile(r"[ \t\r\n]*")
# To the end of the line, and on where a backslash hides that end.
_REST = re.compile(r"(?:[^\\\r\n]+|\\(?:\r?\n)?)*")
_COMMAND = re.compile(r"[^ \t\r\n{}\\]+")
_MODIFIERS = frozenset(("local", "global", "wysh", "ignerr", "u", "scope"))


def read(source: Source) -> Mapping:
    """The tree of a file. Every text is one: what is no command is passed over."""
    return _Reader(source).run()


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.shared: list[Entry] = []
        self.accounts: list[tuple[str, int, int, list[Entry]]] = []
        self.own: list[Entry] | None = None  # of the account that is open
        self.account = ("", 0)
        self.depth = 0  # of `if`
        self.defining = False
        self.partial = False

    def run(self) -> Mapping:
        pos, size = 0, len(self.text)
        while True:
            pos = _BLANK.match(self.text, pos).end()  # type: ignore[union-attr]
            if pos >= size:
                break
            pos = self.command(pos)
        self.close(size)
        items: list[Node] = [self.mapping("", 0, size, self.shared)]
        for tag, start, end, entries in self.accounts[:MAX_ACCOUNTS]:
            items.append(self.mapping(tag, start, end, [*self.shared[-MAX_VARIABLES:], *entries]))
        key = Scalar("accounts", self.source, 0, 0)
        return Mapping(self.source, 0, size, [Entry(key, Sequence(self.source, 0, size, items))])

    def mapping(self, tag: str, start: int, end: int, entries: list[Entry]) -> Mapping:
        return Mapping(self.source, start, end, entries, partial=self.partial, tag=tag)

    def command(self, pos: int) -> int:
        """Take one command; the offset behind its line."""
        match = _COMMAND.match(self.text, pos)
        word = match[0] if match else ""
        rest = _REST.match(self.text, match.end() if match else pos).end()  # type: ignore[union-attr]
        at = match.end() if match else pos
        while word in _MODIFIERS:
            match = _COMMAND.match(self.text, _GAP.match(self.text, at).end())  # type: ignore[union-attr]
            word, at = (match[0], match.end()) if match else ("", at)
        if not match and self.text[pos] == "}":
            self.close(pos)
        elif word == "account":
            title = _WORD.read(self.text, _GAP.match(self.text, at).end(), rest)  # type: ignore[union-attr]
            if self.text[title.end : rest].strip().startswith("{") and len(self.accounts) < MAX_ACCOUNTS:
                self.own, self.account = [], (title.text, pos)
        elif word == "define":
            self.defining = self.text[at:rest].rstrip().endswith("{")
        elif self.defining:
            pass
        elif word == "if":
            self.depth += 1
        elif word in ("endif", "en"):
            self.depth = max(0, self.depth - 1)
        elif word == "source":
            self.partial = True
        elif word in ("set", "se", "unset"):
            self.variables(at, rest, off=word == "unset")
        return max(rest, pos + 1)

    def close(self, end: int) -> None:
        if self.own is not None:
            self.accounts.append((*self.account, end, self.own))
        self.own = None
        self.defining = False

    def variables(self, pos: int, end: int, *, off: bool) -> None:
        entries = self.shared if self.own is None else self.own
        while len(entries) < 10 * MAX_VARIABLES:
            pos = _GAP.match(self.text, pos).end()  # type: ignore[union-attr]
            if pos >= end or self.text[pos] == "#":
                return
            word = _WORD.read(self.text, pos, end)
            stop = min(word.end, end)
            name, equals, value = word.text.partition("=")
            literal = self.text.startswith(name + equals, pos)
            bare = name.removeprefix("no")
            stem = "" if bare in CHAINED else next((one for one in CHAINED if bare.startswith(one + "-")), "")
            key = Scalar(name, self.source, pos, pos + len(name) if literal else stop)
            if off or (not equals and name.startswith("no")):
                key.text = name if off else name[2:]
                said = Scalar("", self.source, pos, stop, style="raw", note="unset")
            elif equals:
                said = Scalar(value, self.source, pos + len(name) + 1 if literal else pos, stop, style="raw", state=word.state)
            else:
                said = Scalar("yes", self.source, pos, stop, style="raw", note="a name alone switches it on")
            if stem:
                key.text = stem
            if stem or self.depth:
                said.state = "unresolved"
            entries.append(Entry(key, said))
            pos = max(stop, pos + 1)
