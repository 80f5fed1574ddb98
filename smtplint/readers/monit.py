"""monitrc: of its sentences those that begin with `set mailserver` and `set ssl`.

Yields a root with `mailservers`, a Sequence with one Mapping for each server (host, port, username, password, ssl, version, verify,
selfsigned, timeout: the words of the sentence), and `ssl`, a Mapping of the options that hold for every server. A file that includes
others, or is included, may have further options of that kind there.
"""

from __future__ import annotations

import re

from smtplint.readers import is_included_by_monit
from smtplint.source import Source, SourceError
from smtplint.tree import Entry, Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.tree import Node

MAX_SERVERS = 100

# Commas, semicolons and round brackets are blanks to monit.
_TOKEN = re.compile(
    r"""[ \r\n\t;,()]+|\#[^\n]*|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<mark>[{}:])|(?P<word>[^\s@:{}"';(),%]+)|(?P<other>[\s\S])"""
)
# User names are mail addresses often enough.
_VALUE = re.compile(r"[^\s;,(){}\"']+")
_NOISE = frozenset(
    (
        "is as are for via on only with within without program programs and has using use the to sum than usage was times but of or does per"
        " in last capacity option options"
    ).split()
)
_VERSIONS = frozenset(("sslv2", "sslv3", "tlsv1", "tlsv11", "tlsv12", "tlsv13", "auto", "sslauto"))
_SWITCHES = frozenset(("ssl", "tls", "certificate", *_VERSIONS))
_VALUES = frozenset(("port", "portnumber", "username", "password", "certmd5"))
_CHECKSUM = frozenset(("md5", "sha1", "==", "=", "equal", "eq"))
_BEGINS = frozenset(("set", "check", "include"))


class _Token:
    __slots__ = ("end", "kind", "start", "text")

    def __init__(self, text: str, kind: str, start: int, end: int) -> None:
        self.text, self.kind, self.start, self.end = text, kind, start, end

    @property
    def low(self) -> str:
        """A word without case; "" for what is no word."""
        return self.text.lower() if self.kind == "word" else ""


def read(source: Source) -> Mapping:
    """The tree of a file. Raises SourceError where a quote or a brace that is opened is never closed: monit refuses such a file."""
    return _Reader(source).run()


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.pos = 0
        self.servers: list[Node] = []
        self.shared = Mapping(source, 0, 0)
        # What holds for every server may stand in another file.
        self.included = is_included_by_monit(source.path)
        self.braces = False  # stood there when options were looked for
        self.comma = True  # one stands before the token that was read last

    def run(self) -> Mapping:
        token = self.next()
        while token is not None:
            if token.low == "set":
                token = self.statement()
                continue
            if token.low == "include":
                self.included = True
            elif token.low == "mail-format":
                self.skip_braces()
            token = self.next()
        if self.included and all(entry.key.text != "verify" for entry in self.shared.entries):
            key = Scalar("verify", self.source, 0, 0)
            self.shared.entries.append(Entry(key, Scalar("", self.source, 0, 0, state="unresolved", note="another file may say it")))
        size = len(self.text)
        first = self.servers[0].start if self.servers else 0
        entries = [
            Entry(Scalar("mailservers", self.source, first, first), Sequence(self.source, first, size, self.servers)),
            Entry(Scalar("ssl", self.source, self.shared.start, self.shared.start), self.shared),
        ]
        return Mapping(self.source, 0, size, entries)

    def next(self) -> _Token | None:
        """The next token that means something; None at the end."""
        self.comma = False
        while True:
            match = _TOKEN.match(self.text, self.pos)
            if match is None:
                return None
            self.pos = match.end()
            kind = match.lastgroup
            if kind is None:
                self.comma = self.comma or (match[0][0] != "#" and "," in match[0])
            else:
                found = _Token(match[kind], kind, match.start(), match.end())
                # In some places monit takes a backslash before a quote for an escape.
                if kind == "other" and found.text in "\"'" and '\\"' not in self.text and "\\'" not in self.text:
                    raise SourceError("is refused by monit: a quote is not closed", match.start())
                if found.low not in _NOISE:
                    return found

    def value(self) -> Scalar | None:
        """The text behind `username` and its like: in quotes, or up to a blank."""
        token = self.next()
        if token is None:
            return None
        if token.kind == "word":
            found = _VALUE.match(self.text, token.start)
            self.pos = found.end() if found else token.end
            token = _Token(self.text[token.start : self.pos], "word", token.start, self.pos)
        style = token.kind if token.kind in ("double", "single") else "raw"
        return Scalar(token.text, self.source, token.start, token.end, style=style, type="plain" if style == "raw" else "str")

    def skip_braces(self) -> None:
        """The text of a mail may hold anything but a closing brace."""
        opened = self.text.find("{", self.pos)
        closed = self.text.find("}", opened) if opened >= 0 else -1
        if opened >= 0 > closed:
            raise SourceError("is refused by monit: a brace is not closed", opened)
        self.pos = closed + 1 if closed >= 0 else len(self.text)

    def statement(self) -> _Token | None:
        """What follows `set`; the first token behind the sentence."""
        token = self.next()
        if token is None or token.low == "mail-format":
            self.skip_braces()
            return self.next()
        if token.low in ("ssl", "tls"):
            self.shared.start, self.shared.end = token.start, token.end
            return self.options(self.shared)
        if token.low != "mailserver":
            return token
        servers: list[Mapping] = []
        timeout: Entry | None = None
        token = self.next()
        while token is not None and token.low not in _BEGINS and token.kind not in ("mark", "other"):
            if token.low == "timeout":
                timeout = self.timeout(token)
                token = self.next()
            elif token.low == "hostname":
                self.value()
                token = self.next()
            elif servers and (token.low in _VALUES or token.low in _SWITCHES):
                token = self.server_option(token, servers[-1])
            elif servers and not self.comma:
                # Most likely what a template puts there: it may say anything of the server.
                servers[-1].partial = True
                token = self.next()
            else:
                if len(self.servers) + len(servers) < MAX_SERVERS:
                    servers.append(self.server(token))
                token = self.next()
        for server in servers:
            if timeout is not None:
                server.entries.append(timeout)
        self.servers.extend(servers)
        return token

    def server(self, token: _Token) -> Mapping:
        self.pos = token.start
        host = self.value() or Scalar("", self.source, token.start, token.end)
        return Mapping(self.source, host.start, host.end, [Entry(Scalar("host", self.source, host.start, host.start), host)])

    def server_option(self, token: _Token, server: Mapping) -> _Token | None:
        """Take an option of a server; the token behind it."""
        if token.low in _VALUES:
            value = self.value()
            if value is not None:
                name = "port" if token.low == "portnumber" else token.low
                server.entries.append(Entry(Scalar(name, self.source, token.start, token.end), value))
                server.end = value.end
            return self.next()
        if token.low in _VERSIONS:
            self.switch(server, "ssl", "yes", token)
            self.switch(server, "version", token.text, token)
            return self.next()
        if token.low == "certificate":
            self.switch(server, "ssl", "yes", token)
            return self.checksum(server)
        held = len(server.entries)
        after = self.options(server)
        # It is the options that switch TLS on, where there are braces: none of them, or ciphers alone, do not.
        names = {entry.key.text for entry in server.entries[held:]}
        self.switch(server, "ssl", "no" if self.braces and names <= {"ciphers"} else "yes", token)
        return after

    def switch(self, server: Mapping, name: str, text: str, token: _Token) -> None:
        value = Scalar(text, self.source, token.start, token.end, style="raw")
        server.entries.append(Entry(Scalar(name, self.source, token.start, token.end), value))
        server.end = max(server.end, token.end)

    def checksum(self, server: Mapping) -> _Token | None:
        """`certificate checksum md5 …` pins one."""
        token = self.next()
        if token is None or token.low != "checksum":
            return token
        self.switch(server, "checksum", "yes", token)
        token = self.next()
        while token is not None and token.low in _CHECKSUM:
            token = self.next()
        return self.next()

    def timeout(self, token: _Token) -> Entry:
        value = self.value() or Scalar("", self.source, token.end, token.end)
        held = self.pos
        unit = self.next()
        if unit is not None and unit.low in ("second", "seconds", "s", "minute", "minutes", "m"):
            value = Scalar(f"{value.text} {unit.low}", self.source, value.start, unit.end, style="raw")
        else:
            self.pos = held
        return Entry(Scalar("timeout", self.source, token.start, token.end), value)

    def options(self, into: Mapping) -> _Token | None:
        """`{ name: value … }`, if that follows; the token behind it."""
        token = self.next()
        self.braces = token is not None and token.kind == "mark" and token.text == "{"
        if token is None or not self.braces:
            return token
        opened = token.start
        name: _Token | None = None
        values: list[_Token] = []
        while True:
            token = self.next()
            if token is None:
                raise SourceError("is refused by monit: a brace is not closed", opened)
            if token.kind == "mark" and token.text == "}":
                self.option(into, name, values)
                return self.next()
            if token.kind == "mark" and token.text == ":" and values:
                # The word before a colon is a name, those since the last one are its values.
                self.option(into, name, values[:-1])
                name, values = values[-1], []
            else:
                values.append(token)

    def option(self, into: Mapping, name: _Token | None, values: list[_Token]) -> None:
        if name is None or not values:
            return
        start, end = values[0].start, values[-1].end
        text = " ".join(value.text for value in values)
        into.entries.append(Entry(Scalar(name.low, self.source, name.start, name.end), Scalar(text, self.source, start, end, style="raw")))
        into.end = max(into.end, end)
