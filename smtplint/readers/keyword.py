"""Files of `keyword value` lines: msmtprc, muttrc, ssmtp.conf, dma.conf, and a general form. The file's name chooses.
The options of a command line, the commands of mailx and the sentences of monit have modules of their own.

msmtprc yields a root with one key, `accounts`: a Sequence of one Mapping per account (`tag`: its name) that holds the settings of the
account over those of the accounts it builds on, over `defaults`, each at the place where it is written. The others yield a flat Mapping.
"""

from __future__ import annotations

import re

from smtplint.readers import Document, Rebase, is_included_by_monit
from smtplint.readers.words import Words
from smtplint.source import Source
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)?")
_NAME = re.compile(r"[^\s=:]+")
_TOKEN = re.compile(r"\S+")
_GAP = re.compile(r"[ \t]*[=:]?[ \t]*")
_BLANKS = re.compile(r"[ \t]*")
_ADDRESS = re.compile(r"(?:[A-Za-z0-9,_:-]+(?:[ \t]+[A-Za-z0-9,_:-]+)*[ \t]*=|=)?[ \t]*([A-Za-z0-9]{1,32}://.*)")
_BLANK_COMMENT = re.compile(r"(?:\A|[ \t])#")

# msmtp reads these names alone as "on".
_MSMTP_FLAGS = frozenset(
    (
        "tls",
        "tls_starttls",
        "tls_certcheck",
        "auth",
        "keepbcc",
        "auto_from",
        "syslog",
        "add_missing_from_header",
        "add_missing_date_header",
        "remove_bcc_headers",
        "undisclosed_recipients",
        "set_from_header",
        "set_date_header",
        "allow_from_override",
    )
)


def read(source: Source, flavour: str = "") -> list[Document]:
    """One Document. `flavour` is one of those that `flavour_of` yields; "" takes it from the file's name. Raises SourceError for what monit
    surely refuses, and never else.
    """
    flavour = flavour or flavour_of(source.path)
    size = len(source.text)
    if flavour == "msmtp":
        root = _msmtp(source)
    elif flavour == "mutt":
        return [_mutt_document(source)]
    elif flavour == "apprise":
        root = _apprise(source)
    elif flavour == "mailx":
        from smtplint.readers.mailx import read as mailx

        root = mailx(source)
    elif flavour == "monit":
        from smtplint.readers.monit import read as monit

        root = monit(source)
    elif flavour in OPTIONS.values():
        from smtplint.readers.options import read as options

        root = options(source, flavour)
    else:
        root = Mapping(source, 0, size, list(_flat(source, flavour)))
    return [Document(root, 0, size)]


# By a part of the name.
OPTIONS = {"curlrc": "curl", "swaksrc": "swaks", "remotes": "nullmailer"}


def flavour_of(path: str) -> str:
    """msmtp | mutt | mailx | monit | apprise | ssmtp | dma | curl | swaks | nullmailer | plain, by the last parts of a path."""
    if is_included_by_monit(path):
        return "monit"
    parts = path.lower().split("/")
    for name, flavour in OPTIONS.items():
        if name in parts[-1]:
            return flavour
    if "mailrc" in parts[-1] or "mail.rc" in parts[-1] or "nail.rc" in parts[-1]:
        return "mailx"
    if "monit" in parts[-1]:
        return "monit"
    if "apprise" in parts[-1]:
        return "apprise"
    for flavour in ("ssmtp", "msmtp", "mutt"):
        if flavour in parts[-1]:
            return flavour
    if "dma" in parts[-1]:
        return "dma"
    for flavour in ("msmtp", "ssmtp", "mutt", "dma"):
        if flavour in parts[-2:]:
            return flavour
    return "plain"


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of the lines that say something, without the blanks and line end around them. A line beginning with # says nothing."""
    pos, size = 0, len(text)
    while pos < size:
        end = _LINE.match(text, pos).end()  # type: ignore[union-attr]
        line = text[pos:end]
        bare = line.strip()
        if bare and bare[0] != "#":
            start = pos + len(line) - len(line.lstrip())
            yield start, start + len(bare)
        pos = end


def _flat(source: Source, flavour: str) -> Iterator[Entry]:
    text = source.text
    for start, end in _lines(text):
        if flavour == "plain" and text[start] in ";[":
            continue
        match = (_TOKEN if flavour == "dma" else _NAME).match(text, start, end)
        if match is None:
            continue
        gap = _BLANKS if flavour == "dma" else _GAP
        begin = gap.match(text, match.end(), end).end()  # type: ignore[union-attr]
        # ssmtp and dma cut a line at its first #, the others are read as people mean them.
        stop = text.find("#", begin, end) if flavour in ("ssmtp", "dma") else _comment(text, begin, end)
        stop = begin + len(text[begin : stop if stop >= 0 else end].rstrip())
        key = Scalar(match[0], source, start, match.end())
        if flavour == "ssmtp":
            # ssmtp takes the first word and no quotes.
            token = _TOKEN.match(text, begin, stop)
            stop = token.end() if token else begin
        if begin == stop and flavour == "dma":
            yield Entry(key, Scalar("yes", source, start, match.end(), style="raw", note="a name alone switches it on"))
        elif flavour == "plain":
            yield Entry(key, _unquoted(source, begin, stop))
        else:
            yield Entry(key, Scalar(text[begin:stop], source, begin, stop, style="raw"))


def _apprise(source: Source) -> Mapping:
    """The addresses of Apprise's plain form, with or without tags, one in a line; under `urls`, as in its YAML."""
    found: list[Node] = []
    for start, end in _lines(source.text):
        match = _ADDRESS.match(source.text, start, end)
        if match is not None:
            found.append(Scalar(match[1], source, match.start(1), match.end(1), style="raw"))
    size = len(source.text)
    first = found[0].start if found else 0
    return Mapping(source, 0, size, [Entry(Scalar("urls", source, first, first), Sequence(source, first, size, found))])


def _comment(text: str, begin: int, end: int) -> int:
    raw = text[begin:end]
    if raw[:1] in ("'", '"') and raw.find(raw[0], 1) > 0:
        after = raw.find(raw[0], 1) + 1
        found = _BLANK_COMMENT.search(raw, after)
    else:
        found = _BLANK_COMMENT.search(raw)
    return begin + found.start() if found else -1


def _unquoted(source: Source, start: int, end: int) -> Scalar:
    raw = source.text[start:end]
    if len(raw) > 1 and raw[0] in "\"'" and raw[-1] == raw[0] and raw[0] not in raw[1:-1]:
        style = "double" if raw[0] == '"' else "single"
        return Scalar(raw[1:-1], source, start, end, style=style, type="str")
    return Scalar(raw, source, start, end, style="raw")


MAX_SETTINGS = 100


class _Account:
    def __init__(self, name: str, start: int, defaults: dict[str, Entry]) -> None:
        self.name = name
        self.start = self.end = start
        self.defaults = dict(defaults)
        self.settings: dict[str, Entry] = {}
        self.built = False
        self.own = False


def _msmtp(source: Source) -> Mapping:
    text, size = source.text, len(source.text)
    defaults: dict[str, Entry] = {}
    accounts: dict[str, _Account] = {}
    current: _Account | None = None
    for start, end in _lines(text):
        match = _TOKEN.match(text, start, end)
        assert match is not None  # a line that says something has a first word
        begin = _BLANKS.match(text, match.end(), end).end()  # type: ignore[union-attr]
        name = match[0]
        if name == "defaults":
            current = None  # a later section goes on with what the earlier ones say
        elif name == "account":
            title, _, rest = text[begin:end].partition(":")
            bases = [base.strip() for base in rest.split(",") if base.strip()]
            current = _Account(title.strip(), start, defaults)
            # What a base has from the defaults of its time is not handed on.
            for base in bases:
                known = accounts.get(base)
                current.settings.update(known.settings if known else {})
            current.built = bool(bases)
            current.end = end
            accounts[current.name] = current
        else:
            key = Scalar(name, source, start, match.end())
            entry = Entry(key, _msmtp_value(source, key, begin, end))
            settings = defaults if current is None else current.settings
            # Accounts copy settings, so their number is bounded; msmtp knows some sixty names.
            if name in settings or len(settings) < MAX_SETTINGS:
                settings[name] = entry
            if current is not None:
                current.own = True
                current.end = end
    items: list[Node] = []
    for account in accounts.values():
        pointer = account.name == "default" and account.built and not account.own
        if not pointer:
            settings = {**account.defaults, **account.settings}
            items.append(Mapping(source, account.start, account.end, list(settings.values()), tag=account.name))
    if not accounts and defaults:
        items.append(Mapping(source, 0, size, list(defaults.values())))
    start = items[0].start if items else 0
    key = Scalar("accounts", source, start, start)
    return Mapping(source, 0, size, [Entry(key, Sequence(source, start, size, items))])


def _msmtp_value(source: Source, key: Scalar, start: int, end: int) -> Scalar:
    if start >= end:
        if key.text in _MSMTP_FLAGS:
            return Scalar("on", source, key.start, key.end, style="raw", note="a name alone switches it on")
        return Scalar("", source, key.end, key.end, style="raw")
    raw = source.text[start:end]
    if len(raw) > 1 and raw[0] == raw[-1] == '"':
        return Scalar(raw[1:-1], source, start, end, style="double", type="str")
    return Scalar(raw, source, start, end, style="raw")


_MUTT_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "e": "\x1b", "$": "\0"}
_MUTT_WORD = Words(" \t\r\n;#", commands=True, double=_MUTT_ESCAPES, alike=True)
_MUTT_HIDDEN = re.compile(r"\\\r?\n")
_MUTT_COMMENT = re.compile(r"[^\n]*")
_MUTT_NAME = re.compile(r"(no|inv|[&?])?([A-Za-z_][A-Za-z0-9_-]*)")
_MUTT_EQUALS = re.compile(r"[ \t]*(\+?-?)=[ \t]*")
_MUTT_GAP = re.compile(r"[ \t]*")
_MUTT_COMMAND = re.compile(r"[A-Za-z-]+")
_MUTT_REST = re.compile(r"[^\r\n;\"'`#\\]+")


def _mutt_document(source: Source) -> Document:
    """Mutt joins lines before it reads them: a backslash at the end of one goes with the line end, also in a comment, in single quotes, and
    behind another backslash, which then escapes what the next line begins with."""
    text = source.text
    pieces: list[tuple[int, int, int, int]] = []
    parts: list[str] = []
    inner = at = 0
    for hidden in _MUTT_HIDDEN.finditer(text):
        parts.append(text[at : hidden.start()])
        if parts[-1]:
            pieces.append((inner, at, len(parts[-1]), len(parts[-1])))
            inner += len(parts[-1])
        at = hidden.end()
    if not at:
        return Document(_mutt(source), 0, len(text))
    parts.append(text[at:])
    pieces.append((inner, at, len(text) - at, len(text) - at))
    joined = "".join(parts)
    document = Document(_mutt(Source(source.path, joined)), 0, len(joined))
    Rebase(source, 0, len(text), pieces).move([document])
    return document


def _mutt(source: Source) -> Mapping:
    text, size = source.text, len(source.text)
    root = Mapping(source, 0, size)
    pos = 0
    while pos < size:
        if text[pos] in " \t\r\n;":
            pos += 1
            continue
        if text[pos] == "#":
            pos = _MUTT_COMMENT.match(text, pos).end()  # type: ignore[union-attr]
            continue
        match = _MUTT_COMMAND.match(text, pos)
        command = match[0] if match else ""
        pos = match.end() if match else pos
        if command == "source":
            root.partial = True
        sets = command in ("set", "unset", "reset", "toggle")
        pos = _mutt_set(root, command, pos) if sets else _mutt_skip(text, pos)
    return root


def _mutt_skip(text: str, pos: int) -> int:
    """The end of a command that sets nothing."""
    size = len(text)
    while pos < size and text[pos] not in "\r\n;#":
        match = _MUTT_REST.match(text, pos)
        pos = match.end() if match else max(pos + 1, _MUTT_WORD.read(text, pos).end)
    return pos


def _mutt_set(root: Mapping, command: str, pos: int) -> int:
    source, text = root.source, root.source.text
    size = len(text)
    while True:
        pos = _MUTT_GAP.match(text, pos).end()  # type: ignore[union-attr]
        if pos >= size or text[pos] in "\r\n;#":
            return pos
        match = _MUTT_NAME.match(text, pos)
        if match is None:
            pos = max(pos + 1, _MUTT_WORD.read(text, pos).end)
            continue
        prefix, name = match[1] or "", match[2]
        start = match.start(2)
        pos = match.end()
        equals = _MUTT_EQUALS.match(text, pos) if command == "set" and prefix in ("", "no", "inv") else None
        if equals is not None:
            key = Scalar(prefix + name, source, match.start(), match.end())
            word = _MUTT_WORD.read(text, equals.end())
            value = word.scalar(source)
            if equals[1]:
                value.state = "unresolved"
            root.entries.append(Entry(key, value))
            pos = word.end
            if pos < size and pos == equals.end() and text[pos] not in " \t\r\n;#":
                pos += 1
            continue
        if prefix in ("?",):
            continue
        key = Scalar(name, source, start, match.end())
        value = Scalar("yes", source, match.start(), match.end(), style="raw")
        if prefix in ("inv", "&") or command in ("toggle", "reset"):
            value.state = "unresolved"
        elif command == "unset":
            value.text = "no" if name.startswith("ssl_") else ""
            value.note = "unset"
        elif prefix == "no":
            value.text = "no"
        root.entries.append(Entry(key, value))
