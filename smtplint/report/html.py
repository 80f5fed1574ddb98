"""One self-contained page: every endpoint, how its link is protected, what is wrong with it, and a picture of who talks to whom.

The page loads nothing, from nowhere: its content policy allows its own style and script by their hashes and forbids the rest. Everything that
comes from a linted file is escaped, and only decoded values are shown. Without its script it is a plain table, grouped by host.
"""

# ruff: noqa: E501 (lines of markup)

from __future__ import annotations

from html import escape

from smtplint import __version__
from smtplint.report.endpoints import _wire, glance, listed
from smtplint.report.page import CSS, JS
from smtplint.report.words import clean, count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtplint.endpoint import Endpoint
    from smtplint.finding import Finding
    from smtplint.result import Context, Result, RuleInfo

# In the order of the tiles: word, rank when sorted (worst first), what it means.
WORDS = (
    ("open", "Whoever listens reads the mail, and the password where there is one."),
    ("strippable", "Safe from listeners only: whoever can change the traffic gets at the mail."),
    ("unknown", "What happens cannot be told from the files."),
    ("locked", "Encrypted from end to end of the link, certificate checked."),
    ("off", "No mail is sent over SMTP."),
)
_RANK = {word: number for number, (word, _) in enumerate(WORDS)}
_MODES = {
    "plaintext": "never encrypts",
    "opportunistic": "STARTTLS if offered",
    "starttls": "STARTTLS required",
    "implicit": "TLS from the start",
    "invalid": "settings contradict",
    "unknown": "encryption not known",
}
# Silhouettes that differ without colour: closed lock, lock with a gap, crossed ring, question mark, bar.
_SHAPES = {
    "locked": '<path d="M3 7h10v8H3z" fill="currentColor"/><path d="M5 7V5a3 3 0 0 1 6 0v2" fill="none" stroke="currentColor" stroke-width="2"/>',
    "strippable": '<path d="M3.5 7.5h9v7h-9z" fill="none" stroke="currentColor" stroke-width="1.6"/>'
    '<path d="M5 7V4.5a2.6 2.6 0 0 1 5-1" fill="none" stroke="currentColor" stroke-width="1.8"/><path d="M8 9.5v3" stroke="currentColor" stroke-width="1.6"/>',
    "open": '<path d="M8 1l7 7-7 7-7-7z" fill="none" stroke="currentColor" stroke-width="1.7"/>'
    '<path d="M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6" stroke="currentColor" stroke-width="1.7"/>',
    "unknown": '<circle cx="8" cy="8" r="6.8" fill="none" stroke="currentColor" stroke-width="1.5"/>'
    '<path d="M6 6.3a2 2 0 1 1 2.9 1.8c-.7.4-.9.7-.9 1.5" fill="none" stroke="currentColor" stroke-width="1.5"/><circle cx="8" cy="11.7" r="1" fill="currentColor"/>',
    "off": '<circle cx="8" cy="8" r="6.8" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M4.5 8h7" stroke="currentColor" stroke-width="2"/>',
    "error": '<path d="M8 1l7 13.5H1z" fill="currentColor"/>',
    "warning": '<path d="M8 2l6.3 12H1.7z" fill="none" stroke="currentColor" stroke-width="2"/>',
    "note": '<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="2"/>',
}
_LEVELS = ("error", "warning", "note")
_KEPT = {"inline": "ignored by a comment", "config": "ignored by the configuration", "baseline": "known in the baseline"}
COLUMNS = (
    ("protection", "Protection"), ("application", "Application"), ("host", "Host"), ("port", "Port"), ("certificate", "Certificate"),
    ("tls", "Lowest TLS"), ("login", "Login"), ("findings", "Findings"), ("file", "File"),
)  # fmt: skip
# So many single endpoints are drawn as such; above that, applications of one kind are one box.
SINGLE = 24
UNSEEN = "host not visible"


def render(result: Result, context: Context) -> str:
    """The page as text, for a file or standard output. The same bytes for the same result."""
    entries = [_Entry(endpoint, result, context) for endpoint in listed(result)]
    entries.sort(key=lambda entry: (_RANK[entry.glance], entry.near != "", entry.host_key, entry.endpoint.sort_key))
    for number, entry in enumerate(entries, 1):
        entry.number = number
    hosts = {entry.host_key for entry in entries if entry.endpoint.host}
    apps = {entry.app for entry in entries}
    findings = {id(finding) for entry in entries for finding in entry.findings if not finding.suppressed}
    body = [
        '<a class="skip" href="#table">To the table of endpoints</a><header><h1>Who sends mail, and how safely</h1>',
        f'<p class="soft">{count(len(entries), "SMTP endpoint")} of {count(len(apps), "application")} talking to '
        f"{count(len(hosts), 'host')}; {count(len(findings), 'finding')}.</p>{_tiles(entries)}</header><main>",
    ]
    if entries:
        body += [_picture(entries), _table(entries)]
    else:
        body.append("<h2>No endpoints</h2><p>No SMTP connection was found in the files that were read.</p>")
    body += [_unread(result), "</main>", _foot()]
    return (
        (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">'
            '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer">'
            f'<meta name="generator" content="smtplint {_text(__version__)}"><title>SMTP endpoints</title>'
            f"<style>{CSS}</style></head><body>{_symbols()}\n" + "\n".join(body) + f"\n<script>{JS}</script></body></html>\n"
        )
        .encode("utf-8", "backslashreplace")
        .decode()
    )


def _policy() -> str:
    from base64 import b64encode
    from hashlib import sha256

    def mark(text: str) -> str:
        return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"

    return f"default-src 'none'; style-src {mark(CSS)}; script-src {mark(JS)}; base-uri 'none'; form-action 'none'"


def _text(text: object) -> str:
    """Text for between tags and for quoted attributes."""
    return escape(clean(" ".join(str(text).split())), quote=True)


def _prose(text: str) -> str:
    """A sentence of ours; what stands between back-ticks is set as code."""
    pieces = _text(text).split("`")
    if len(pieces) % 2 == 0:
        return "`".join(pieces)
    return "".join(f"<code>{piece}</code>" if number % 2 else piece for number, piece in enumerate(pieces))


def _icon(name: str) -> str:
    return f'<svg class="ic" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><use href="#i-{name}"/></svg>'


def _symbols() -> str:
    shapes = "".join(f'<symbol id="i-{name}" viewBox="0 0 16 16">{shape}</symbol>' for name, shape in _SHAPES.items())
    return f'<svg class="sr" width="0" height="0" aria-hidden="true" focusable="false">{shapes}</svg>'


class _Entry:
    """An endpoint with what the page says about it."""

    __slots__ = ("app", "detail", "endpoint", "findings", "glance", "home", "host", "host_key", "level", "number", "rules")

    def __init__(self, endpoint: Endpoint, result: Result, context: Context) -> None:
        self.endpoint = endpoint
        self.number = 0
        self.glance = glance(endpoint)
        recognition = endpoint.recognition
        known = str(recognition.profile["name"]) if recognition is not None else ""
        detail = endpoint.name
        if known and detail.startswith(known):
            detail = detail[len(known) :].strip(" ,")
            if detail.startswith("("):
                detail = detail[1:].replace(")", "", 1)
        if endpoint.profile == "generic":
            known = "Unknown application"
        self.app = known or endpoint.profile
        self.detail = detail if detail != self.app else ""
        host = endpoint.host or ""
        # A text that still holds a login was never a decoded host.
        self.host = host if "@" not in host and "://" not in host else "(not shown)" if host else ""
        self.host_key = self.host or UNSEEN
        self.findings: list[Finding] = [
            finding for finding in (*result.findings, *result.suppressed) if any(one.id == endpoint.id for one in finding.endpoints)
        ]
        self.findings.sort(key=lambda finding: (bool(finding.suppressed), _LEVELS.index(finding.level), finding.sort_key))
        live = [finding.level for finding in self.findings if not finding.suppressed]
        self.level = live[0] if live else ""
        self.rules: dict[str, RuleInfo] = {rule.id: rule for rule in context.rules}
        self.home = context.home

    @property
    def weight(self) -> int:
        """Larger for more and worse findings."""
        live = [finding.level for finding in self.findings if not finding.suppressed]
        return sum({"error": 10_000, "warning": 100, "note": 1}[level] for level in live)

    @property
    def near(self) -> str:
        """Why a link in clear does no harm here, "" when it may."""
        return {"loopback": "on its own machine", "development": "a mail catcher"}.get(self.endpoint.host_scope, "")

    @property
    def encrypted(self) -> bool:
        return self.endpoint.mode != "plaintext"


# --- tiles ------------------------------------------------------------------------------------------------------------


def _tiles(entries: list[_Entry]) -> str:
    items = []
    for word, says in WORDS:
        number = sum(entry.glance == word for entry in entries)
        items.append(
            f'<li><button type="button" class="tile {word}{"" if number else " zero"}" data-glance="{word}" aria-pressed="false" disabled>'
            f'<span class="top">{_icon(word)}{word}</span><span class="num">{number}</span><span class="says">{says}</span></button></li>'
        )
    return f'<ul class="tiles" aria-label="How the links are protected; press to filter">{"".join(items)}</ul>'


# --- the picture ------------------------------------------------------------------------------------------------------


_WIDTH, _BOX, _STEP, _TOP = 1000, 330, 46, 30


def _picture(entries: list[_Entry]) -> str:
    """Applications left, hosts right, a line for every way in which one talks to the other."""
    single = len(entries) <= SINGLE
    fold = len({entry.host_key for entry in entries}) > SINGLE

    def host_of(entry: _Entry) -> str:
        return _domain(entry.host_key) if fold else entry.host_key

    left: dict[str, list[_Entry]] = {}
    right: dict[str, list[_Entry]] = {}
    links: dict[tuple[str, str, str], list[_Entry]] = {}
    for entry in entries:
        key = entry.endpoint.id if single else entry.app
        left.setdefault(key, []).append(entry)
        right.setdefault(host_of(entry), []).append(entry)
        links.setdefault((key, host_of(entry), entry.glance), []).append(entry)
    for host, group in [*right.items()]:
        if fold and len({entry.host_key for entry in group}) == 1 and host != group[0].host_key:
            # A domain with one host keeps the host's own name.
            own = group[0].host_key
            right = {own if name == host else name: held for name, held in right.items()}
            links = {(key, own if name == host else name, word): held for (key, name, word), held in links.items()}
    left_at, right_at, height = _places_of(left, links)
    parts = [
        '<text class="sub" x="8" y="16">Applications</text>',
        f'<text class="sub" x="{_WIDTH - 8}" y="16" text-anchor="end">Hosts</text>',
        *_links(links, left_at, right_at),
    ]
    for key, group in left.items():
        first = group[0]
        sub = f"{first.detail} " if single and first.detail else ""
        where = f"{first.endpoint.file}:{first.endpoint.line}" if single or len(group) == 1 else _places(group)
        title = f"{first.app} {sub}in {where}: {_tally(group)}"
        parts.append(_node((8, left_at[key]), (first.app + (f" ({first.detail})" if sub else ""), where, title), first.app, group))
    for key in right_at:
        ports = sorted({entry.endpoint.port for entry in right[key] if entry.endpoint.port is not None})
        scopes = "/".join(sorted({entry.endpoint.host_scope for entry in right[key]}))
        names = {entry.host_key for entry in right[key]}
        many = count(len(names), "host") if len(names) > 1 else ""
        sub = ", ".join(text for text in (many, scopes, f"port {', '.join(map(str, ports))}" if ports else "") if text)
        parts.append(
            _node((_WIDTH - 8 - _BOX, right_at[key]), (key, sub, f"{key}: {_tally(right[key])}"), key.removeprefix("*."), right[key])
        )
    shown = [word for word, _ in WORDS if any(entry.glance == word for entry in entries)]
    legend = "".join(
        f'<span class="key {word}">{_icon(word)}<svg viewBox="0 0 44 10" aria-hidden="true"><path class="lk {word}" stroke-width="3" d="M3 5h38"/></svg>'
        f"<b>{word}</b></span>"
        for word in shown
    )
    about = "" if single else " Applications of one kind are drawn as one box" + (", and so are hosts of one domain." if fold else ".")
    return (
        f'<h2 id="picture">Who talks to whom</h2><figure><div class="map" tabindex="0" role="region" aria-labelledby="picture">'
        f'<svg viewBox="0 0 {_WIDTH} {height:g}" role="group" aria-label="Applications and the mail hosts they talk to; the table below says the same">'
        f"{''.join(parts)}</svg></div><figcaption>{legend}<span>Press a box to see its endpoints in the table.{about}</span><span class='mobile'>Scroll sideways to see the hosts.</span></figcaption></figure>"
    )


def _places_of(left: Iterable[str], links: Iterable[tuple[str, str, str]]) -> tuple[dict[str, float], dict[str, float], float]:
    """The heights of the boxes on both sides, and of the whole.

    What hangs together stands together, each group over its own rows, the one with the worst first, so that lines are short and never cross
    those of another group. Within a group each box goes as near as can be to those it is joined to.
    """
    hosts_of: dict[str, list[str]] = {}
    keys_of: dict[str, list[str]] = {}
    for key, host, _ in links:
        hosts_of.setdefault(key, []).append(host)
        keys_of.setdefault(host, []).append(key)
    rank = {key: number for number, key in enumerate(left)}
    left_at: dict[str, float] = {}
    right_at: dict[str, float] = {}
    top = float(_TOP)
    for first in rank:
        if first in left_at:
            continue
        keys, hosts, todo = {first}, set[str](), [first]
        while todo:
            for host in hosts_of[todo.pop()]:
                if host not in hosts:
                    hosts.add(host)
                    todo += [key for key in dict.fromkeys(keys_of[host]) if key not in keys]
                    keys.update(keys_of[host])
        rows = max(len(keys), len(hosts)) * _STEP
        ours, theirs = sorted(keys, key=rank.__getitem__), sorted(hosts)
        for _ in range(6):
            at = _spots(ours)
            theirs.sort(key=lambda host: (sum(at[key] for key in keys_of[host]) / len(keys_of[host]), host))
            at = _spots(theirs)
            ours.sort(key=lambda key: (sum(at[host] for host in hosts_of[key]) / len(hosts_of[key]), rank[key]))
        left_at.update({key: top + spot * rows for key, spot in _spots(ours).items()})
        right_at.update({host: top + spot * rows for host, spot in _spots(theirs).items()})
        top += rows
    return left_at, right_at, top + 8


def _spots(names: list[str]) -> dict[str, float]:
    """Where names stand when spread evenly, between 0 and 1."""
    return {name: (number + 0.5) / len(names) for number, name in enumerate(names)}


def _domain(host: str) -> str:
    """`*.example.org` for `smtp.example.org`; an address, a short name and a phrase stay as they are."""
    labels = host.split(".")
    if len(labels) < 3 or ":" in host or " " in host or labels[-1].isdecimal():
        return host
    return "*." + ".".join(labels[-2:])


def _links(links: dict[tuple[str, str, str], list[_Entry]], left_at: dict[str, float], right_at: dict[str, float]) -> list[str]:
    start, end = 8 + _BOX, _WIDTH - 8 - _BOX
    # The lines of one box fan out over its height, in the order of where they lead.
    leaving: dict[str, list[tuple[str, str, str]]] = {}
    arriving: dict[str, list[tuple[str, str, str]]] = {}
    for link in sorted(links, key=lambda link: (left_at[link[0]], right_at[link[1]], _RANK[link[2]])):
        leaving.setdefault(link[0], []).append(link)
        arriving.setdefault(link[1], []).append(link)
    lines, pills = [], []
    signs: dict[tuple[str, float], list[float]] = {}
    for (key, host, word), group in reversed(links.items()):
        y_left, y_right = left_at[key], right_at[host]
        y1 = y_left + _fan(leaving[key], (key, host, word))
        y2 = y_right + _fan(arriving[host], (key, host, word))
        bend = (end - start) / 2
        width = min(2 + (len(group) - 1) * 0.8, 7)
        title = _text(f"{group[0].app} to {host}: {word}" + (f", {len(group)} endpoints" if len(group) > 1 else ""))
        lines.append(
            f'<g class="{word} link" data-l="{y_left:g}" data-r="{y_right:g}"><path class="lk {word}" stroke-width="{width:g}" d="M{start} {y1:g}C{start + bend:g} {y1:g} '
            f'{end - bend:g} {y2:g} {end} {y2:g}"><title>{title}</title></path></g>'
        )
        # The sign sits at the end that has this line alone, else in a column of its word, where the lines are still apart.
        x = end - 16.0 if len(arriving[host]) == 1 else start + 16.0 + (_RANK[word] * 27 if len(leaving[key]) > 1 else 0)
        t = _curve(x, start, end)
        y = y1 + (y2 - y1) * (3 * t * t - 2 * t * t * t)
        if any(abs(y - other) < 20 for other in signs.setdefault((word, x), [])):
            continue  # the same sign stands so near that they would cover one another
        signs[word, x].append(y)
        pills.append(
            f'<g class="{word} link" data-l="{y_left:g}" data-r="{y_right:g}"><circle class="pill" cx="{x:g}" cy="{y:g}" r="10.5"><title>{title}</title></circle>'
            f'<use href="#i-{word}" x="{x - 6.5:g}" y="{y - 6.5:g}" width="13" height="13"/></g>'
        )
    return [*lines, *pills]


def _fan(group: list[tuple[str, str, str]], link: tuple[str, str, str]) -> float:
    """How far from the middle of its box one of several lines ends."""
    return round((group.index(link) - (len(group) - 1) / 2) * min(9.0, 28 / max(len(group) - 1, 1)), 2)


def _curve(x: float, start: float, end: float) -> float:
    """The parameter at which the curve of a link reaches `x`: its x is start + (end − start)·(1.5t − 1.5t² + t³)."""
    low, high, wanted = 0.0, 1.0, (x - start) / (end - start)
    for _ in range(30):
        t = (low + high) / 2
        if 1.5 * t - 1.5 * t * t + t * t * t < wanted:
            low = t
        else:
            high = t
    return round(low, 4)


def _node(at: tuple[float, float], texts: tuple[str, str, str], query: str, group: list[_Entry]) -> str:
    """A box at `at` (left edge, middle) with a label, a line below and a title; it leads to the rows that hold `query`."""
    (x, y), (label, sub, title) = at, texts
    worst = min((entry.glance for entry in group), key=_RANK.__getitem__)
    from urllib.parse import quote

    wanted = quote(clean(" ".join(query.split())), safe="")
    number = f'<text class="sub" x="{x + _BOX - 12:g}" y="{y - 2:g}" text-anchor="end">×{len(group)}</text>' if len(group) > 1 else ""
    return (
        f'<a href="#q={wanted}" data-{"l" if x < _WIDTH / 2 else "r"}="{y:g}" aria-label="{_text(title)}"><rect class="node" x="{x:g}" y="{y - 19:g}" width="{_BOX}" height="38" rx="7"/>'
        f'<g class="{worst}"><use href="#i-{worst}" x="{x + 10:g}" y="{y - 8:g}" width="16" height="16"/></g>'
        f'<text x="{x + 36:g}" y="{y - 2:g}">{_text(_short(label, 38))}</text><text class="sub" x="{x + 36:g}" y="{y + 12:g}">{_text(_short(sub, 46))}</text>'
        f"{number}<title>{_text(title)}</title></a>"
    )


def _short(text: str, size: int) -> str:
    """At most `size` characters; the middle is left out, since both ends of a path or a host tell things apart."""
    text = clean(text)
    if len(text) <= size:
        return text
    head = size // 3
    return f"{text[:head]}…{text[-(size - head - 1) :]}"


def _tally(group: list[_Entry]) -> str:
    words = [entry.glance for entry in group]
    return ", ".join(f"{words.count(word)} {word}" for word, _ in WORDS if word in words)


def _places(group: list[_Entry]) -> str:
    files = sorted({entry.endpoint.file for entry in group})
    return files[0] if len(files) == 1 else f"{len(files)} files"


# --- the table --------------------------------------------------------------------------------------------------------


def _table(entries: list[_Entry]) -> str:
    groups: dict[str, list[_Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.host_key, []).append(entry)
    bodies = []
    for host, group in groups.items():
        head = (
            f'<tr class="group" role="row"><th role="rowheader" scope="rowgroup" colspan="{len(COLUMNS)}">{_text(host)}'
            f'<span class="sub">{count(len(group), "endpoint")}: {_tally(group)}</span></th></tr>'
        )
        bodies.append(f'<tbody role="rowgroup">{head}{"".join(_row(entry) for entry in group)}</tbody>')
    heads = "".join(
        f'<th scope="col" role="columnheader" data-name="{name}" data-label="{label}"><button type="button">{label}</button></th>'
        for name, label in COLUMNS
    )
    options = "".join(f'<option value="{name}">{label}</option>' for name, label in COLUMNS)
    kinds = (("host", "Host"), ("application", "Application"), ("file", "File"), ("none", "Nothing"))
    segments = "".join(
        f'<label><input type="radio" name="group" value="{value}"{" checked" if value == "host" else ""}><span>{label}</span></label>'
        for value, label in kinds
    )
    return (
        '<h2 id="table" tabindex="-1">Endpoints</h2><div class="bar" data-js hidden>'
        '<label>Search<input type="search" id="q" autocomplete="off" spellcheck="false"></label>'
        '<label>Findings<select id="level"><option value="">all endpoints</option><option value="any">with findings</option>'
        '<option value="error">worst is an error</option><option value="warning">worst is a warning</option>'
        '<option value="note">worst is a note</option><option value="none">without findings</option></select></label>'
        f'<fieldset><legend>Group by</legend><span class="seg">{segments}</span></fieldset>'
        f'<label class="mobile">Sort by<select id="sorter">{options}</select></label>'
        '<button type="button" class="plain" id="unfold">Unfold or fold all</button>'
        '<button type="button" class="plain" id="clear">Clear filters</button></div>'
        '<p class="count" id="count" role="status" aria-live="polite"></p>'
        f'<div class="wide"><table id="endpoints" role="table"><caption class="sr">Every SMTP endpoint; the buttons in the head row sort</caption>'
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>{"".join(bodies)}</table>'
        '<p class="none" id="none" hidden>No endpoint fits these filters.</p></div>'
    )


def _row(entry: _Entry) -> str:
    endpoint = entry.endpoint
    place = f"{endpoint.file}:{endpoint.line}"
    port = "?" if endpoint.port is None else str(endpoint.port)
    certificate, certificate_rank = _certificate(entry)
    tls = endpoint.tls_min or ""
    lowest = "no TLS" if not entry.encrypted else tls_word(tls) if tls else "not set"
    old = entry.encrypted and tls in ("ssl2", "ssl3", "1.0", "1.1") and any(finding.rule == "SMTP301" for finding in entry.findings)
    login = {"set": "set", "unset": "none", "unresolved": "not visible"}.get(endpoint.auth, endpoint.auth)
    if endpoint.auth == "set" and entry.glance == "open" and not entry.near:
        login = '<span class="bad">set, in clear</span>'
    detail = f'<span class="sub">{_text(entry.detail).replace(".", ".<wbr>")}</span>' if entry.detail else ""
    near = f'<span class="sub">{entry.near}</span>' if entry.near else ""
    cells = [
        (f"{_RANK[entry.glance]}{int(bool(entry.near))}", "", f'<span><span class="badge {entry.glance}">{_icon(entry.glance)}{entry.glance}</span>'
         f'<span class="sub">{_text(_MODES.get(endpoint.mode, endpoint.mode))}</span>{near}</span>'),
        (f"{entry.app} {entry.detail}".casefold(), "app", f"<span><b>{_text(entry.app)}</b>{detail}</span>"),
        (entry.host_key.casefold(), "host", f'<span>{_text(entry.host_key).replace(".", ".<wbr>")}<span class="sub">{_text(endpoint.host_scope)}</span></span>'),
        (f"{endpoint.port if endpoint.port is not None else 99999:05d}", "num", port),
        (certificate_rank, "", certificate),
        ({"": "8", "ssl3": "0"}.get(tls, tls) if entry.encrypted else "9", "", f'<span class="bad">{_text(lowest)}</span>' if old else _text(lowest)),
        ({"set": "0", "unresolved": "1", "unset": "2"}.get(endpoint.auth, "3"), "", login),
        (f"{999_999 - min(entry.weight, 999_999):06d}", "", _chips(entry)),
        (f"{endpoint.file} {endpoint.line:07d}", "at", f'<span class="mono">{_text(place).replace("/", "/<wbr>")}</span>'),
    ]  # fmt: skip
    out = []
    for (key, kind, content), (name, label) in zip(cells, COLUMNS, strict=True):
        tag, extra = ("th", ' scope="row" role="rowheader"') if name == "application" else ("td", ' role="cell"')
        out.append(f'<{tag}{extra} class="{kind}" data-label="{label}" data-sort="{_text(key)}">{content}</{tag}>')
    return (
        f'<tr class="row" role="row" data-glance="{entry.glance}" data-level="{entry.level}" data-by-host="{_text(entry.host_key)}" '
        f'data-by-application="{_text(entry.app)}" data-by-file="{_text(endpoint.file)}" data-more="e{entry.number}">{"".join(out)}</tr>'
        f'<tr class="more" role="row" id="e{entry.number}"><td role="cell" colspan="{len(COLUMNS)}">{_story(entry)}</td></tr>'
    )


def tls_word(version: str) -> str:
    """ "TLS 1.2", "SSL 3"."""
    return f"SSL {version[3:]}" if version.startswith("ssl") else f"TLS {version}"


def _certificate(entry: _Entry) -> tuple[str, str]:
    endpoint = entry.endpoint
    if not entry.encrypted:
        return "no TLS", "3"
    if endpoint.verify is False:
        return '<span class="bad">not checked</span>', "0"
    if endpoint.verify and endpoint.verify_hostname is False:
        return '<span class="bad">name not checked</span>', "1"
    if endpoint.verify:
        return "checked", "4"
    return "not known", "2"


def _chips(entry: _Entry) -> str:
    live = [finding for finding in entry.findings if not finding.suppressed]
    kept = len(entry.findings) - len(live)
    chips = [
        f'<span class="chip {finding.level}" title="{finding.level}: {_text(finding.slug)}">{_icon(finding.level)}'
        f'<span class="sr">{finding.level} </span>{_text(finding.rule)}</span>'
        for finding in live
    ]
    if kept:
        chips.append(f'<span class="chip kept">{kept} accepted</span>')
    shown = f'<span class="chips">{"".join(chips)}</span>' if chips else '<span class="soft">none</span>'
    label = _text(f"{entry.app} {entry.detail}".strip() + f" to {entry.host_key}")
    return (
        f'<span>{shown}<button type="button" class="toggle" data-js hidden aria-expanded="false" aria-controls="e{entry.number}" '
        f'aria-label="Details of {label}">Details</button></span>'
    )


def _story(entry: _Entry) -> str:
    endpoint = entry.endpoint
    facts = [("On the wire", _wire(endpoint))]
    why = endpoint.facts.get("inactive_why")
    if endpoint.enabled is False and why:
        facts.append(("Switched off", str(why)))
    if endpoint.enabled is None:
        facts.append(("Switched on", "not known"))
    if endpoint.row and endpoint.row != _wire(endpoint):
        facts.append(("Decided by", "none of the other cases holds" if endpoint.row == "otherwise" else endpoint.row))
    if endpoint.version:
        facts.append(("Version", endpoint.version))
    if endpoint.tls_max:
        facts.append(("Highest TLS", tls_word(endpoint.tls_max)))
    if endpoint.timeout is not None:
        facts.append(("Time-out", "none, it waits for ever" if endpoint.timeout == "none" else _seconds(endpoint.timeout)))
    if endpoint.role != "submission":
        facts.append(("Role", endpoint.role))
    if endpoint.recognition is not None and endpoint.recognition.why:
        facts.append(("Known by", endpoint.recognition.why))
    others = sorted(endpoint.files - {endpoint.file})
    if others:
        facts.append(("Values from", ", ".join(others)))
    rows = "".join(f"<dt>{name}</dt><dd>{_prose(value)}</dd>" for name, value in facts)
    return f'<div class="story"><dl>{rows}</dl>{"".join(_finding(finding, entry) for finding in entry.findings)}</div>'


def _seconds(value: float | str) -> str:
    return f"{value:g} s" if isinstance(value, (int, float)) else value


def _finding(finding: Finding, entry: _Entry) -> str:
    from smtplint.result import rule_url

    rule = entry.rules.get(finding.rule)
    title = rule.title if rule is not None else finding.slug
    name = _text(finding.rule)
    if rule is not None:
        name = f'<a href="{_text(rule_url(rule, entry.home))}" rel="noopener noreferrer">{name}</a>'
    line, column = finding.place.source.position(finding.place.start)
    kept = ""
    if finding.suppressed:
        reason = f": {finding.justification}" if finding.justification else ""
        kept = f'<span class="kept">{_text(_KEPT.get(finding.suppressed, "accepted") + reason)}</span>'
    remedy = f'<p class="help"><b>Instead:</b> {_prose(finding.remedy)}</p>' if finding.remedy else ""
    return (
        f'<div class="finding"><h3><span class="chip {finding.level}">{_icon(finding.level)}{finding.level}</span>{name}<span>{_text(title)}</span>{kept}</h3>'
        f'<p>{_prose(finding.message)} <span class="soft mono">{_text(f"{finding.place.path}:{line}:{column}")}</span></p>{remedy}</div>'
    )


# --- what else there is to say ----------------------------------------------------------------------------------------


def _unread(result: Result) -> str:
    notes = [note for note in result.notifications if note.level != "note"]
    if not notes:
        return ""
    items = []
    for note in notes:
        where = note.file + (f":{note.line}" + (f":{note.column}" if note.column else "") if note.line else "")
        items.append(f'<li><span class="mono">{_text(where)}</span> {_text(note.message)}</li>')
    return f'<h2>What could not be looked at</h2><ul class="notread">{"".join(items)}</ul>'


def _foot() -> str:
    words = "".join(f'<dt class="{word}">{_icon(word)} {word}</dt><dd>{says}</dd>' for word, says in WORDS)
    return (
        f"<footer><h2>What the words mean</h2><dl>{words}</dl><p>Read from configuration files alone by smtplint {_text(__version__)}; "
        "nothing was run and no server was asked. No password or user name is on this page.</p></footer>"
    )
