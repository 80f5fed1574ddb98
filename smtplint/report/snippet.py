"""Lines of linted files as they may be shown: everything is masked, except what is known to be harmless.

Shown are keys, and values that were decoded into a host, a port, a switch, a word of a fixed choice, a version or a number. Whatever is not
known to be one of these (other values, comments, the rest of a URL) is replaced, by a mask that does not tell its length.
"""

from __future__ import annotations

import re

from smtplint.endpoint import is_word
from smtplint.lazy import later
from smtplint.report.words import cells, escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtplint.endpoint import Endpoint, Field
    from smtplint.finding import Finding
    from smtplint.recognise import Recognition
    from smtplint.result import Result
    from smtplint.source import Place, Source

TEXT_MASK = "***"
SARIF_MASK = "[REDACTED]"

_SECRET_NAME = later(
    r"pass|pwd|secret|token|credential|user|login|account|(?:^|[_.-])(?:key|auth|sasl|from|to|cc|bcc|sender|recipients?)(?:$|[_.\]-])",
    re.IGNORECASE,
)
_HIDDEN = frozenset(("password", "username", "url", "password_file"))
_HARMLESS = frozenset(
    (
        "host",
        "port",
        "mode",
        "auth",
        "timeout",
        "verify",
        "verify_hostname",
        "tls_min",
        "tls_max",
        "enabled",
        "mechanism",
        "protocols",
        "security",
        "host_port",
    )
)
_SWITCH = later(r"[A-Za-z0-9_.+:-]{1,16}")
_SWITCHES = frozenset(
    (
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "1",
        "0",
        "y",
        "n",
        "t",
        "f",
        "enable",
        "enabled",
        "disable",
        "disabled",
        "none",
        "null",
        "always",
        "never",
        "required",
        "optional",
    )
)
# Names of fields whose texts are words of a fixed choice or versions. Any other text is not shown.
_CHOICE_NAME = later(
    r"host|port|tls|ssl|secur|encrypt|verif|protocol|scheme|mode|version|driver|mailer|backend|transport|mechanism|method|level|enabled|"
    r"timeout|auth$|provider|engine|type"
)
_DIGITS = later(r"[+-]?\d{1,10}")
_PROTOCOL = later(r"[!+-]?(?:<=|>=|<|>)?(?:SSL|TLS)v?\d?(?:[._]\d)?|(?<![\w.])1\.[0-3](?![\w.])", re.IGNORECASE)
_REFERENCE = later(r"\$\{?[A-Za-z_][A-Za-z0-9_.]*|\$\{\{\s*[A-Za-z_][\w.]*\s*\}\}|\{\{\s*[.$]?[A-Za-z_][\w.]*\s*\}\}")
_SCHEME = later(r"[a-z][a-z0-9+.-]{0,19}(?=://)", re.IGNORECASE)
_KEY = later(r"""[{\[,\s]*(?:-\s+)*(?:export\s+)?(["']?)[A-Za-z_][\w./\[\]-]{0,79}\1\s*(?::(?=[\s"'\[{]|$)|=(?!=))""")
# What a key stands in or behind: `gitlab_rails['smtp_port']`, `set mta=`.
_HOLDER = later(r"(?:\b[a-z_]\w{0,39}\[['\":]|^[ \t]*(?:export|set)[ \t]+)\Z")
_KEY_SHAPE = later(r"""["']?[A-Za-z_][\w./\[\]-]{0,79}["']?""")
_KEY_AFTER = later(r"\s*[:=]")
_PARENT = later(r"""\s*(?:-\s+)?(["']?)[A-Za-z_][\w.-]{0,39}\1:\s*|\s*\[\[?[A-Za-z_][\w.-]{0,79}\]\]?\s*""")
# What of a settings module, of Ruby and of ERB says how a value is looked up; nothing else of code is shown.
_LOOKUP = later(r"""\b(?:os\.)?(?:environ(?:\.get)?|getenv|env(?:\.[a-z_]+)?|config)\s*[(\[]\s*(?:(["'])[A-Z][A-Z0-9_]{0,79}\1)?""")
_RUBY_LOOKUP = later(r"""(?:<%=\s*)?\bENV(?:\.fetch)?[(\[]\s*(["'])[A-Z][A-Z0-9_]{0,79}\1[\])]?(?:\.presence)?\s*(?:\|\||,)?|-?%>""")
_CAST = later(r"\b(?:int|bool|float|str|cast|default)\b(?=\s*[(=])")
_EDGE = " \t\"'{}[](),:=>;"

LONG = 600

Span = tuple[int, int]


class Shown:
    """One line as it may be shown. `text` holds no line end; `mark` maps places of the file to indexes into it.

    `runs` are stretches in order and without gaps: end in the line, begin and end in `text`, whether it is a copy character by character.
    """

    __slots__ = ("masked", "offset", "runs", "text")

    def __init__(self, text: str, offset: int, runs: list[tuple[int, int, int, bool]], masked: bool) -> None:
        self.text = text
        self.offset = offset
        self.runs = runs
        self.masked = masked

    def mark(self, start: int, end: int) -> Span:
        """Indexes into `text` of what stands at the code-point offsets `start` to `end` of the source; at least one character wide."""
        first, last = start - self.offset, end - self.offset - 1
        begin = self._at(first, 0)
        return begin, max(begin + 1, self._at(last, 1) if last >= first else begin + 1)

    def _at(self, index: int, side: int) -> int:
        """Where the character at `index` of the line begins (side 0) or ends (side 1) in `text`."""
        if index < 0:
            return 0
        for stop, begin, end, copy in self.runs:
            if index < stop:
                if copy:
                    return end - (stop - index) + side
                return end if side else begin
        return len(self.text)


class _Spans:
    """Spans of files, found by where they lie. Files may have thousands of them on one line, so they are kept in blocks of the text."""

    __slots__ = ("_blocks", "_known")
    BITS = 9

    def __init__(self) -> None:
        self._blocks: dict[tuple[str, int], list[Span]] = {}
        self._known: set[tuple[str, int, int]] = set()

    def add(self, source: Source, start: int, end: int) -> None:
        key = (source.path, start, end)
        if key not in self._known:
            self._known.add(key)
            for block in range(start >> self.BITS, (max(start, end - 1) >> self.BITS) + 1):
                self._blocks.setdefault((source.path, block), []).append((start, end))

    def within(self, source: Source, begin: int, end: int) -> set[Span]:
        """Spans that have a part between two offsets."""
        found: set[Span] = set()
        for block in range(begin >> self.BITS, (end >> self.BITS) + 1):
            found.update(span for span in self._blocks.get((source.path, block), ()) if span[0] < end and span[1] > begin)
        return found


class Visible:
    """What may be shown of the files of a result."""

    __slots__ = ("_keys", "_last", "_secret", "_shown")

    def __init__(self, result: Result) -> None:
        self._last: dict[tuple[str, int, str, int | None, int], Shown] = {}
        self._shown = _Spans()
        self._keys = _Spans()
        self._secret = _Spans()
        seen: set[int] = set()
        for endpoint in _endpoints(result):
            if id(endpoint) not in seen:
                seen.add(id(endpoint))
                self._add(endpoint)
        for finding in [*result.findings, *result.suppressed]:
            for place in (finding.place, *(related.place for related in finding.related)):
                self._point(place)

    def _add(self, endpoint: Endpoint) -> None:
        scope = endpoint.scope
        if scope is not None and scope.anchor is not None:
            self._point(scope.anchor)
        for field in endpoint.fields.values():
            if field.key_place is not None:
                self._keys.add(field.key_place.source, field.key_place.start, field.key_place.end)
            place = field.place
            if place is not None:
                if is_secret(field) and not _is_url(place):
                    self._secret.add(place.source, place.start, place.end)
                else:
                    for start, end in _harmless(field, place, endpoint):
                        self._shown.add(place.source, start, end)
            if not is_secret(field):
                for place in field.via:
                    for start, end in _references(place):
                        self._shown.add(place.source, start, end)
                    key = _key_before(place)
                    if key is not None:
                        self._keys.add(place.source, *key)

    def _point(self, place: Place) -> None:
        """A place that a finding points at counts as a key when it looks like one and is followed like one."""
        text = place.source.text
        if _KEY_SHAPE.fullmatch(text, place.start, place.end) and _KEY_AFTER.match(text, place.end):
            self._keys.add(place.source, place.start, place.end)

    def line(self, source: Source, number: int, mask: str = TEXT_MASK, at: int | None = None, tab: int = 0) -> Shown:
        """The 1-based line `number` with all masked that is not known to be harmless, and control characters escaped.

        Tabs are expanded to `tab` columns (0: they stay). `at` is the offset of a place the reader is led to: the key at the begin of its
        line, before the place, is shown too.
        """
        key = (source.path, number, mask, at, tab)
        found = self._last.get(key)
        if found is None:
            if len(self._last) >= 64:
                self._last.clear()
            found = self._last[key] = self._line(source, number, mask, at, tab)
        return found

    def _line(self, source: Source, number: int, mask: str, at: int | None, tab: int) -> Shown:
        begin, end = window(source, number, at)
        text = source.text[begin:end]
        open_ = bytearray(len(text))
        for start, stop in self._shown.within(source, begin, end):
            _fill(open_, start - begin, stop - begin, 1)
        keys = self._keys.within(source, begin, end)
        if keys and (source.path.endswith(".py") or "ENV" in text):
            for pattern in (_LOOKUP, _CAST) if source.path.endswith(".py") else (_RUBY_LOOKUP,):
                for found in pattern.finditer(text.split("#", 1)[0]):
                    _fill(open_, found.start(), found.end(), 1)
        secret = self._secret.within(source, begin, end)
        if at is not None and begin == source.starts[number - 1]:
            key = _KEY.match(text)
            if key and key.end() <= at - begin + 1 and not any(start - begin < key.end() and stop > begin for start, stop in secret):
                _fill(open_, 0, key.end(), 1)
        for start, stop in keys:
            holder = _HOLDER.search(text, max(0, start - begin - 50), max(0, start - begin))
            _fill(open_, holder.start() if holder else start - begin, stop - begin, 1)
        for start, stop in secret:
            _fill(open_, start - begin, stop - begin, 0)
        inside = bytearray(len(text))
        for start, stop in secret:
            _fill(inside, start - begin, stop - begin, 1)
        _open_edges(text, open_, inside)
        return _build(text, begin, open_, mask, tab)

    def clear(self, source: Source, number: int) -> bool:
        """Whether a line may be shown whole, as part of a context."""
        begin, end = source.line_span(number)
        text = source.text[begin:end]
        if len(text) > LONG:
            return False
        if not text.strip():
            return True
        if _PARENT.fullmatch(text):
            return not self._secret.within(source, begin, end)
        return bool(self._keys.within(source, begin, end)) and not self.line(source, number, at=begin).masked


def window(source: Source, number: int, at: int | None) -> Span:
    """Offsets of the part of a 1-based line that is looked at: all of it, or what is around `at` (its begin without) in a long one."""
    begin, end = source.line_span(number)
    if end - begin <= LONG:
        return begin, end
    middle = begin if at is None else min(max(at, begin), end)
    return max(begin, middle - LONG // 2), min(end, middle + LONG // 2)


def is_secret(field: Field) -> bool:
    """Whether the value of a field must never be shown, judged by its name and its key (a wrong yes only hides a harmless value)."""
    if field.name in _HARMLESS or field.name.endswith("_enabled"):
        return False
    if field.name in _HIDDEN or _SECRET_NAME.search(field.name):
        return True
    # A secret is decoded to True, so a switch is believed by the name of its field alone.
    return not isinstance(field.value, bool) and bool(_SECRET_NAME.search(field.key.rpartition(".")[2]))


def shown_name(name: str) -> str:
    """The name of a field as it may be printed: an option of a URL has the name that somebody wrote there."""
    return name if not name.startswith("query.") or is_word(name[6:]) else "query.(not shown)"


def shown_value(field: Field, recognition: Recognition | None = None) -> str:
    """The value of a field as it may be printed: "587", "true", "smtp.example.org", or "(not shown)"; with the recognition also a word that
    its profile declares.
    """
    value = field.value
    if field.state == "unresolved":
        return "unresolved"
    if value is None:
        return "unset"
    if is_secret(field):
        return "(not shown)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if field.state == "default" and isinstance(value, str):
        return value  # what the rules say is nobody's secret
    if isinstance(value, tuple):
        words = [str(item) for item in value]
        return ", ".join(words) if all(is_word(word) or _PROTOCOL.fullmatch(word) for word in words) else "(not shown)"
    text = str(value)
    if recognition is not None and recognition.declares(field.name, text):
        return text
    harmless = "host" in field.name or (_CHOICE_NAME.search(field.name) and (is_word(text) or _PROTOCOL.fullmatch(text)))
    return text if harmless and "@" not in text and "://" not in text else "(not shown)"


def _endpoints(result: Result) -> Iterable[Endpoint]:
    yield from result.endpoints
    findings: list[Finding] = [*result.findings, *result.suppressed]
    for finding in findings:
        yield finding.endpoint
        yield from finding.endpoints


def _is_url(place: Place) -> bool:
    return "://" in place.source.text[place.start : place.end]


def _harmless(field: Field, place: Place, endpoint: Endpoint) -> list[Span]:
    """Spans inside the value of a field that may be shown."""
    start, end = place.start, place.end
    raw = place.source.text[start:end]
    value = field.value
    if "://" in raw or "@" in raw:
        return [(start + a, start + b) for a, b in _url_spans(raw, endpoint)]
    inner = raw.strip().strip("\"'").strip()
    if not inner:
        return [(start, end)]
    if is_secret(field):
        return []
    if field.state == "unresolved" or "${" in raw or "{{" in raw:
        return _references(place)
    whole = endpoint.recognition is not None and endpoint.recognition.declares(field.name, inner)
    if whole:
        return [(start, end)]
    if isinstance(value, tuple):
        return [(start + found.start(), start + found.end()) for found in _PROTOCOL.finditer(raw)]
    if isinstance(value, bool):
        whole = inner.casefold() in _SWITCHES or (bool(_CHOICE_NAME.search(field.name)) and is_word(inner))
    elif isinstance(value, (int, float)):
        whole = bool(_SWITCH.fullmatch(inner) and any(map(str.isdigit, inner))) or inner.casefold() in _host_ports(endpoint)
        if not whole and field.name == "port" and inner.endswith(f":{value}"):
            at = raw.rindex(str(value))
            return [(start + at, start + at + len(str(value)))]
    elif isinstance(value, str):
        whole = inner.casefold() in (value.casefold(), *_host_ports(endpoint))
        whole = whole and ("host" in field.name or (bool(_CHOICE_NAME.search(field.name)) and is_word(inner)))
        if not whole and field.name != "host" and _CHOICE_NAME.search(field.name):
            whole = is_word(inner) and len(value) <= 24
    elif value is None:
        whole = field.name == "port" and bool(_DIGITS.fullmatch(inner))
    return [(start, end)] if whole else []


def _host_ports(endpoint: Endpoint) -> tuple[str, ...]:
    if endpoint.host is None or endpoint.port is None:
        return ()
    host = endpoint.host.casefold()
    return (f"{host}:{endpoint.port}", f"[{host}]:{endpoint.port}")


def _url_spans(raw: str, endpoint: Endpoint) -> list[Span]:
    """Scheme, host and port inside a URL. What follows the last @ is the host only if it is the endpoint's."""
    spans: list[Span] = []
    scheme = _SCHEME.search(raw)
    if scheme and not raw[: scheme.start()].strip(" \"'"):
        spans.append((scheme.start(), scheme.end() + 3))
    host = endpoint.host
    if host:
        at = raw.rfind("@") + 1 or (scheme.end() + 3 if scheme else 0)
        if raw.startswith("[", at):
            at += 1
        stop = at + len(host)
        if raw[at:stop].casefold() == host.casefold() and not raw[stop : stop + 1].isalnum():
            port = re.compile(r"\]?:\d{1,5}(?!\w)").match(raw, stop)
            spans.append((at, port.end() if port else stop))
    return spans


def _references(place: Place) -> list[Span]:
    """Names in `${NAME}`, `$NAME` and template marks; not the defaults beside them."""
    text = place.source.text[place.start : place.end]
    if "@" in text or "://" in text:
        return []
    return [(place.start + found.start(), place.start + found.end()) for found in _REFERENCE.finditer(text)]


def _key_before(place: Place) -> Span | None:
    """The key whose value begins with a reference."""
    source = place.source
    line = source.position(place.start)[0]
    begin = source.line_span(line)[0]
    found = _KEY.match(source.text, begin, place.start + 1) if place.start - begin <= LONG else None
    if found is None or source.text[found.end() : place.start].strip(" \t\"'"):
        return None
    return begin, found.end()


def _fill(flags: bytearray, start: int, end: int, value: int) -> None:
    start, end = max(start, 0), min(end, len(flags))
    if end > start:
        flags[start:end] = bytes((value,)) * (end - start)


def _open_edges(text: str, open_: bytearray, inside: bytearray) -> None:
    """Show blanks and the quotes and brackets at the edges of a masked run, but never inside the place of a secret."""
    index = open_.find(0)
    while index >= 0:
        stop = open_.find(1, index)
        stop = len(text) if stop < 0 else stop
        first, last = index, stop
        while first < last and text[first] in _EDGE and not inside[first]:
            open_[first] = 1
            first += 1
        while last > first and text[last - 1] in _EDGE and not inside[last - 1]:
            last -= 1
            open_[last] = 1
        index = open_.find(0, stop)


def _build(text: str, begin: int, open_: bytearray, mask: str, tab: int) -> Shown:
    out: list[str] = []
    runs: list[tuple[int, int, int, bool]] = []
    at, masked, index, size = 0, False, 0, len(text)
    while index < size:
        shown = open_[index]
        stop = open_.find(not shown, index)
        stop = size if stop < 0 else stop
        if not shown:
            masked = True
            out.append(mask)
            runs.append((stop, at, at + len(mask), False))
            at += len(mask)
        elif text[index:stop].isascii() and text[index:stop].isprintable():
            out.append(text[index:stop])
            runs.append((stop, at, at + stop - index, True))
            at += stop - index
        else:
            for number in range(index, stop):
                char = text[number]
                piece = char if char == "\t" and not tab else " " * (tab - _column(out) % tab) if char == "\t" else escape(char)
                out.append(piece)
                runs.append((number + 1, at, at + len(piece), False))
                at += len(piece)
        index = stop
    return Shown("".join(out), begin, runs, masked)


def _column(pieces: list[str]) -> int:
    return sum(map(cells, pieces))
