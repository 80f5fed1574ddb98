"""The list of endpoints: as a table, JSON, CSV, Markdown, and explained field by field."""

from __future__ import annotations

from smtplint import __version__
from smtplint.endpoint import FACTS
from smtplint.report.snippet import shown_name, shown_value
from smtplint.report.words import cells, clean, count, json_text, pad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.endpoint import Endpoint, Field
    from smtplint.result import Context, Result
    from smtplint.source import Place

COLUMNS = ("glance", "where", "name", "profile", "host", "port", "mode", "verify", "auth")
CSV_COLUMNS = (
    "id", "name", "profile", "client", "version", "file", "line", "role", "host", "host_scope", "port", "mode", "tls_min", "tls_max",
    "verify", "verify_hostname", "timeout", "auth", "enabled", "glance",
)  # fmt: skip
_COLORS = {"locked": "32", "strippable": "33", "open": "31", "unknown": "36", "off": "2"}


def listed(result: Result) -> list[Endpoint]:
    """Outgoing links in order: a server and a relay without a fixed host are judged, not listed."""
    kept = [
        e for e in result.endpoints if e.role == "submission" or (e.role == "relay" and (e.host is not None or e.host_scope != "unknown"))
    ]
    return sorted(kept, key=lambda endpoint: endpoint.sort_key)


def glance(endpoint: Endpoint) -> str:
    """What happens on the wire in one word.

    locked: nobody in the path reads the mail. strippable: whoever is active in the path does (STARTTLS can be stripped, or the
    certificate is not checked). open: whoever listens does. off: no mail is sent. unknown: it cannot be told from here.
    """
    if endpoint.enabled is False:
        return "off"
    if endpoint.mode == "plaintext":
        return "open"
    if endpoint.mode == "opportunistic":
        return "strippable"
    if endpoint.mode in ("starttls", "implicit"):
        if endpoint.verify is False or endpoint.verify_hostname is False:
            return "strippable"
        return "locked" if endpoint.verify else "unknown"
    return "unknown"


def table(result: Result, context: Context) -> str:
    """Aligned columns and a line of totals; the first column is the glance word."""
    rows = [_row(endpoint) for endpoint in listed(result)]
    if not rows:
        return "No endpoints.\n"
    widths = [max(cells(row[i]) for row in [list(COLUMNS), *rows]) for i in range(len(COLUMNS))]
    lines = [_line(list(COLUMNS), widths).rstrip()]
    for row in rows:
        line = _line(row, widths).rstrip()
        if context.color:
            line = f"\x1b[{_COLORS[row[0]]}m{line[: len(row[0])]}\x1b[0m{line[len(row[0]) :]}"
        lines.append(line)
    words: dict[str, int] = {}
    for row in rows:
        words[row[0]] = words.get(row[0], 0) + 1
    totals = ", ".join(f"{words[word]} {word}" for word in _COLORS if word in words)
    return "\n".join([*lines, "", f"{count(len(rows), 'endpoint')}: {totals}."]) + "\n"


def to_json(result: Result, context: Context) -> str:  # noqa: ARG001
    """`{version, endpoints}`; its schema is `rules/schemas/endpoints.schema.json`."""
    import json

    document = {"version": __version__, "endpoints": [endpoint.to_json() for endpoint in listed(result)]}
    return json_text(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def to_csv(result: Result, context: Context) -> str:  # noqa: ARG001
    """RFC 4180 with a head line. A cell that a spreadsheet would take for a formula is led by an apostrophe."""
    lines = [",".join(CSV_COLUMNS)]
    for endpoint in listed(result):
        record = {**endpoint.to_json(), "glance": glance(endpoint)}
        lines.append(",".join(_cell(_plain(record[name])) for name in CSV_COLUMNS))
    return "\r\n".join(lines) + "\r\n"


def markdown(result: Result, context: Context) -> str:  # noqa: ARG001
    """A table for a wiki or a pull request."""
    rows = [_row(endpoint) for endpoint in listed(result)]
    if not rows:
        return "No endpoints.\n"
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
    lines += [f"| {' | '.join(_escape(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def explain(result: Result, context: Context) -> str:
    """Every field of every endpoint: its value, whether it was set, and the way it came."""

    def bold(text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if context.color else text

    blocks = []
    for endpoint in listed(result):
        about = f"{endpoint.profile}" + (f", {clean(endpoint.client)}" if endpoint.client else "")
        about += f" {clean(endpoint.version)}" if endpoint.version else ""
        lines = [
            bold(f"{clean(endpoint.file)}:{endpoint.line}: {clean(endpoint.name)}") + f" ({about})",
            f"  {glance(endpoint)}: {clean(endpoint.row) or _wire(endpoint)}",
        ]
        names = [name for name in FACTS if name in endpoint.fields]
        names += [name for name in sorted(endpoint.fields) if name not in FACTS]
        width = max((cells(clean(shown_name(name))) for name in names), default=0)
        for name in names:
            field = endpoint.fields[name]
            lines.append(f"  {pad(clean(shown_name(name)), width)}  {clean(shown_value(field))}  {_origin(field)}".rstrip())
            lines += [f"  {' ' * width}    by way of {_where(place)}" for place in field.via]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks) or "No endpoints.\n"


def chain(field: Field) -> str:
    """One value, where it comes from and by way of which places, as one sentence."""
    via = "".join(f", by way of {_where(place)}" for place in field.via)
    return f"{clean(shown_name(field.name))} {clean(shown_value(field))}: {_origin(field)}{via}"


def _row(endpoint: Endpoint) -> list[str]:
    verify = {True: "yes", False: "no", None: "?"}[endpoint.verify]
    if endpoint.verify and endpoint.verify_hostname is False:
        verify = "not the name"
    return [
        glance(endpoint),
        clean(f"{endpoint.file}:{endpoint.line}"),
        clean(endpoint.name),
        endpoint.profile,
        clean(endpoint.host) if endpoint.host else "?",
        "?" if endpoint.port is None else str(endpoint.port),
        endpoint.mode,
        verify,
        endpoint.auth,
    ]


def _line(row: list[str], widths: list[int]) -> str:
    return "  ".join(pad(cell, width, right=index == 5) for index, (cell, width) in enumerate(zip(row, widths, strict=True)))


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return clean(f"{value:g}" if isinstance(value, float) else str(value))


def _cell(text: str) -> str:
    if text[:1] in ("=", "+", "-", "@"):
        text = "'" + text
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(char in text for char in ',"') or text != text.strip() else text


def _escape(text: str) -> str:
    for char in "\\`*_[]<>|~#":
        text = text.replace(char, "\\" + char)
    return text


def _wire(endpoint: Endpoint) -> str:
    return {
        "plaintext": "never encrypts",
        "opportunistic": "encrypts if the server offers STARTTLS, else goes on in clear",
        "starttls": "refuses to go on without STARTTLS",
        "implicit": "TLS from the first byte",
        "invalid": "the application refuses these settings",
    }.get(endpoint.mode, "cannot be told from what is written")


def _origin(field: Field) -> str:
    kind = {"set": "set", "default": "default", "derived": "derived", "unresolved": "set", "absent": "absent"}.get(field.state, field.state)
    where = f" in {_where(field.place)}" if field.place is not None else ""
    key = f" as {clean(field.key)}" if field.key and field.state in ("set", "unresolved") else ""
    if field.note.startswith("the default of "):
        return f"{kind}{key}{where} of {clean(field.note[15:])}"
    if kind == "set" and not key and not where:
        return clean(field.note) or "set where it cannot be seen"
    note = f": {clean(field.note)}" if field.note else ""
    return f"{kind}{key}{where}{note}"


def _where(place: Place) -> str:
    line, column = place.source.position(place.start)
    return f"{clean(place.path)}:{line}:{column}"
