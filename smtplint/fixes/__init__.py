"""Fixes: the remedy of a finding as edits of the file, proved before they are offered.

A remedy is data of the profile (`remedy.wanted`): which fields get which values. Here these become edits of characters in the outermost
file, in the application's own keys and in the way the place is written. Each fix was linted in memory first (`proof`): its finding goes,
nothing new comes, the file parses to the same tree but for the edit. What fails is not offered.

Safe, in ruff's sense, is a fix that keeps mail flowing wherever the server behaves: a mode that the known provider documents on the port,
STARTTLS made mandatory on 587 and TLS from the first byte on 465 (RFC 8314), and for a known provider a checked certificate and TLS 1.2.
"""

from __future__ import annotations

import os

from smtplint.finding import Edit, Fix, Notification
from smtplint.fixes.proof import Session, by_file, encoded, spliced
from smtplint.fixes.words import Refused
from smtplint.fixes.write import edits
from smtplint.remedy import holds, phrase, setting, spelling, wanted, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from smtplint.endpoint import Endpoint
    from smtplint.finding import Finding
    from smtplint.fixes.proof import View
    from smtplint.remedy import Setting
    from smtplint.result import Result
    from smtplint.source import Source

    Wanted = list[tuple[Setting, object]]

ROUNDS = 10
# More findings than this in one run get no fix of their own: trying takes a few milliseconds each.
MAX_PLANS = 2000
MAX_WORK = 4000
_PORTS = {"starttls": 587, "implicit": 465}
_UNCHECKED = frozenset(("SMTP303", "SMTP304"))
_WORDS = {"starttls": ("starttls", "either"), "implicit": ("implicit", "either")}


def attach(result: Result) -> None:
    """Give every finding of a result its fix, where there is one. Past the limit of work none is looked for, which a notification says."""
    session = session_of(result)
    if session is not None:
        # A fix is proved by linting its file again: in a file of thousands of endpoints only the first findings get one.
        sizes: dict[str, int] = {}
        for endpoint in result.endpoints:
            sizes[endpoint.file] = sizes.get(endpoint.file, 0) + 1
        left, untried = MAX_WORK, 0
        for number, finding in enumerate(result.findings):
            left -= sizes.get(finding.endpoint.file, 1)
            if left >= 0 and number < MAX_PLANS:
                finding.fix = plan(finding, session)
            else:
                check = session.catalog.checks.get(finding.rule)
                untried += bool(check is not None and check["remedy"])
        if untried:
            few = "1 finding" if untried == 1 else f"{untried} findings"
            message = f"no fix was tried for {few}, since trying takes time: fewer files at a time show theirs, and --fix leaves none out"
            result.notifications.append(Notification("limit-met", "warning", message))
            result.notifications.sort(key=lambda note: (note.file, note.line, note.column, note.id))


def session_of(result: Result) -> Session | None:
    """What a result was made from, to lint it again; None for one that was not made by the linter, or that found nothing."""
    return Session(*result.run) if result.run is not None and result.findings else None


def plan(finding: Finding, session: Session) -> Fix | None:
    """The fix of a finding that holds good when it is tried, a safe one if there is any; None when nothing does."""
    check = session.catalog.checks.get(finding.rule)
    if check is None:
        return None
    unsafe: Fix | None = None
    for goal in check["remedy"] or ():
        came: frozenset[str] = frozenset()
        for settings, values, checked in _candidates(finding.endpoint, goal):
            if checked and not (came and came <= _UNCHECKED):
                continue
            fix = _tried(finding, session, goal, settings, values)
            if fix is not None and fix.safe:
                return fix
            unsafe = unsafe or fix
            came |= session.came
    return unsafe


def _candidates(endpoint: Endpoint, goal: str) -> Iterator[tuple[Wanted, dict[str, object], bool]]:
    """Settings that may reach a goal, the profile's own first, the values they are to have, and whether they check the certificate too."""
    values = wanted(endpoint, goal)
    if not values:
        return
    port = _port(endpoint, goal)
    held = endpoint.fields.get("port")
    port_set = held is not None and held.place is not None and held.state == "set"
    variants = []
    if "port" in values:
        variants.append({**values, "port": port or values["port"]})
        variants.append({name: value for name, value in values.items() if name != "port"})
    elif port_set and port is not None:
        variants.append({**values, "port": port})
        variants.append(values)
    else:
        variants.append(values)
    checked = wanted(endpoint, "verify") if goal in _PORTS else {}
    if checked:
        # A link that becomes encrypted without a look at the certificate has a fault of its own: both at once then.
        variants += [{**variant, **checked} for variant in variants]
    for number, variant in enumerate(variants):
        settings = [(made, value) for name, value in variant.items() if (made := setting(endpoint, name, value)) is not None]
        if settings and len(settings) == len(variant):
            yield settings, variant, bool(checked) and number >= len(variants) // 2


def _port(endpoint: Endpoint, goal: str) -> int | None:
    """The port for a goal: the usual one, or one on which the known provider documents it."""
    usual = _PORTS.get(goal)
    ports: Any = endpoint.facts.get("provider_ports")
    if usual is None or not ports or ports.get(usual) in _WORDS[goal]:
        return usual
    return next((port for port, mode in sorted(ports.items()) if mode in _WORDS[goal]), usual)


def _tried(finding: Finding, session: Session, goal: str, settings: Wanted, values: dict[str, object]) -> Fix | None:
    written = [one for one in settings if one[0].written]
    absent = [one for one in settings if not one[0].written]
    # What is absent and becomes right by the application's own default is not written; so the smallest set that does it all comes first.
    tried: set[tuple[tuple[object, str], ...]] = set()
    for chosen in _subsets(absent):
        for mirror in (True, False):
            try:
                made = edits(finding.endpoint, [*written, *chosen], mirror=mirror)
            except Refused:
                continue
            same = tuple((edit.place.key, edit.text) for edit in made)
            if not made or same in tried:
                continue
            tried.add(same)
            whole = len(chosen) == len(absent)
            pairs = session.cured(finding, made, goal, values, strict=not whole)
            if pairs is not None:
                safe = all(_safe(finding, goal, old, new) for old, new in pairs)
                return Fix(_description([*written, *chosen], finding.endpoint), made, safe)
    return None


def _subsets(items: Wanted) -> Iterator[Wanted]:
    from itertools import combinations

    for size in range(len(items) + 1):
        for chosen in combinations(items, size):
            yield list(chosen)


def _description(settings: Wanted, endpoint: Endpoint) -> str:
    syntax, recognition = spelling(endpoint), endpoint.recognition
    pieces, removed = [], []
    for one, _ in settings:
        if holds(endpoint, one):
            continue
        if one.kind == "removal":
            removed.append(one.key)
            continue
        part = one.written and one.kind not in ("option", "part") and recognition is not None and one.field not in recognition.found
        pieces.append(
            f"{one.text} as the {one.field} in {one.key}" if part else written(one, syntax, recognition.path if recognition else "")
        )
    return phrase(pieces, removed) or "Write it anew"


def _safe(finding: Finding, goal: str, old: Endpoint, new: Endpoint) -> bool:
    """Whether mail surely still flows to a server that behaves."""
    if finding.endpoint.profile == "generic" or new.host_scope not in ("public", "unknown"):
        return False
    known = bool(new.facts.get("provider"))
    ports: Any = new.facts.get("provider_ports") if new.facts.get("provider_confidence") == "docs" else None
    if old.verify is False and new.verify is True and not known:
        return False
    if goal in ("verify", "tls12"):
        return known and (old.port, old.mode) == (new.port, new.mode)
    if goal not in _WORDS:
        return False
    if ports:
        return new.port is not None and ports.get(new.port) in _WORDS[goal]
    return new.port == old.port and new.port == _PORTS[goal] and old.facts.get("port_problem") in (None, "")


# --- applying -----------------------------------------------------------------------------------------------------------


class Cure:
    """What fixing comes to: the files that change, how many findings go, and the project as it then is."""

    __slots__ = ("fixed", "session", "texts")

    def __init__(self, session: Session) -> None:
        self.session = session
        self.texts: dict[str, tuple[Source, str]] = {}
        self.fixed = 0


def cure(result: Result, unsafe: bool, may: Callable[[str], bool] = lambda path: True) -> Cure | None:  # noqa: ARG005
    """Fix what can be fixed, in memory, round by round, each on the text that the one before left. `may` says which files may change."""
    session = session_of(result)
    if session is None:
        return None
    done = Cure(session)
    silenced = {(finding.rule, endpoint.id) for finding in result.suppressed for endpoint in finding.endpoints}
    named = sorted({*session.named, *(endpoint.file for finding in result.findings for endpoint in finding.endpoints)})
    begun = session.view(named).levels.keys()
    for _ in range(ROUNDS):
        now = done.session
        chosen = _chosen(now, now.view(named), silenced, unsafe, may)
        if not chosen:
            break
        after = now.after([edit for fix in chosen for edit in fix.edits])
        if after is None or not _better(now.view(named), after.view(named)):
            # Together they do not hold: one after the other then.
            after = now.after(chosen[0].edits)
            chosen = chosen[:1]
            if after is None:
                break
        for path in by_file(edit for fix in chosen for edit in fix.edits):
            source = session.project.source(path)
            edited = after.project.source(path)
            if source is not None and edited is not None:
                done.texts[path] = (source, edited.text)
        done.session = after
    left = done.session.view(named).levels
    done.fixed = sum(
        1
        for finding in result.findings
        if any((finding.rule, e.id) in begun and (finding.rule, e.id) not in left for e in finding.endpoints)
    )
    return done


def _chosen(session: Session, view: View, silenced: set[tuple[str, str]], unsafe: bool, may: Callable[[str], bool]) -> list[Fix]:
    """Fixes that touch neither the same endpoint nor the same characters, of the findings that a run would show."""
    from smtplint import suppress

    shown = suppress.apply(view.findings, session.project.sources, session.options, session.catalog.checks)[0]
    chosen: list[Fix] = []
    busy: set[str] = set()
    taken: list[Edit] = []
    for finding in shown:
        ids = {endpoint.id for endpoint in finding.endpoints}
        if ids & busy or any((finding.rule, name) in silenced for name in ids):
            continue
        fix = plan(finding, session)
        if fix is None or not (fix.safe or unsafe) or not all(may(path) for path in by_file(fix.edits)):
            continue
        if any(_touch(edit, other) for edit in fix.edits for other in taken):
            continue
        chosen.append(fix)
        taken.extend(fix.edits)
        busy |= ids
    return chosen


def _touch(edit: Edit, other: Edit) -> bool:
    left, right = edit.place, other.place
    return left.path == right.path and left.start <= right.end and right.start <= left.end


def _better(before: View, after: View) -> bool:
    """Whether nothing at warning level or above has come."""
    return before.endpoints.keys() == after.endpoints.keys() and not any(
        level != "note" for key, level in after.levels.items() if key not in before.levels
    )


def apply(result: Result, unsafe: bool) -> tuple[int, dict[str, str]]:
    """Fix files in place; how many findings went, and why files that were to change are as they were.

    Safe fixes only unless `unsafe`. A file that has changed since it was linted, and one that a link puts outside the tree, stays.
    What is written is written as a whole: fixes belong together, so when one file cannot be written the others get their text back. Raises
    OSError with the display path of that file as `filename`.
    """
    from smtplint.writing import write_whole

    refused: dict[str, str] = {}

    def may(path: str) -> bool:
        if path not in refused:
            refused[path] = _refused(result, path)
        return not refused[path]

    done = cure(result, unsafe, may)
    if done is not None and result.run is not None:
        absolute = result.run[0].index.absolute
        written: list[str] = []
        for path, (source, text) in done.texts.items():
            try:
                write_whole(os.path.realpath(absolute(path)), encoded(source, text))
            except BaseException as error:
                for one in written:
                    before = done.texts[one][0]
                    try:
                        write_whole(os.path.realpath(absolute(one)), encoded(before, before.text))
                    except OSError:
                        pass
                if isinstance(error, OSError):
                    error.filename = path
                raise
            written.append(path)
    return done.fixed if done is not None else 0, {path: why for path, why in refused.items() if why}


def _refused(result: Result, path: str) -> str:
    """Why a file must not be written, "" when it may be."""
    from smtplint.listing import TooLarge, read_bytes

    assert result.run is not None
    project = result.run[0]
    index, source = project.index, project.source(path)
    real = os.path.realpath(index.absolute(path))
    top = os.path.realpath(index.absolute(index.top(path.rpartition("/")[0])))
    if not real.startswith(top.rstrip(os.sep) + os.sep):
        return "a link leads out of the tree"
    try:
        held = read_bytes(real, result.run[2].max_file_size, follow=False)
        same = os.path.isfile(real) and source is not None and held == encoded(source, source.text)
    except TooLarge:
        return "it has changed since it was read"
    except OSError as error:
        return error.strerror or "it cannot be read"
    return "" if same and path not in index.overrides else "it has changed since it was read"


def fixable(result: Result, only: str = "") -> int:
    """How many findings all fixes, the unsafe ones too, would take away (in one file `only`)."""
    done = cure(result, True, lambda path: not only or path == only)
    return done.fixed if done is not None else 0


def fixed_stdin(result: Result, unsafe: bool, name: str) -> tuple[int, bytes | None]:
    """Standard input, linted under a display path, as it is after fixing: how many findings went, its bytes, None when they stay the same.

    No other file changes, so that a fix that needs another one too is left out.
    """
    done = cure(result, unsafe, lambda path: path == name)
    if done is None or name not in done.texts:
        return 0, None
    source, text = done.texts[name]
    return done.fixed, encoded(source, text)


def diff(result: Result, unsafe: bool, only: str = "") -> tuple[int, str]:
    """What fixing would do (to one file `only`): how many findings would go, and a unified diff without context.

    Values that are not known to be harmless are masked.
    """
    from difflib import SequenceMatcher

    from smtplint.report.snippet import Visible
    from smtplint.result import Result as Shown

    done = cure(result, unsafe, lambda path: not only or path == only)
    if done is None:
        return 0, ""
    view = done.session.view()
    old_lines = Visible(result)
    new_lines = Visible(Shown(view.findings, endpoints=list(view.endpoints.values())))
    out: list[str] = []
    for path, (source, text) in sorted(done.texts.items()):
        edited = done.session.project.source(path)
        if edited is None or edited.text != text:
            continue
        name = _escaped(path)
        out += [f"--- a/{name}", f"+++ b/{name}"]
        matcher = SequenceMatcher(None, _rows(source), _rows(edited), autojunk=False)
        for tag, i, i2, j, j2 in matcher.get_opcodes():
            if tag == "equal":
                continue
            out.append(f"@@ -{_range(i, i2)} +{_range(j, j2)} @@")
            out += [f"-{old_lines.line(source, line + 1, at=_value_at(source, line + 1)).text}" for line in range(i, i2)]
            out += [f"+{new_lines.line(edited, line + 1, at=_value_at(edited, line + 1)).text}" for line in range(j, j2)]
    return done.fixed, "\n".join(out) + "\n" if out else ""


def _value_at(source: Source, line: int) -> int:
    return source.line_span(line)[1]


def _rows(source: Source) -> list[str]:
    rows = [source.text[slice(*source.line_span(line))] for line in range(1, source.line_count + 1)]
    return rows[:-1] if rows and not rows[-1] else rows


def _range(begin: int, end: int) -> str:
    size = end - begin
    return f"{begin + 1}" if size == 1 else f"{begin + 1 if size else begin},{size}"


def _escaped(path: str) -> str:
    from smtplint.report.words import clean

    return clean(path)


__all__ = [
    "Cure",
    "Edit",
    "Fix",
    "Session",
    "apply",
    "attach",
    "by_file",
    "cure",
    "diff",
    "encoded",
    "fixable",
    "fixed_stdin",
    "plan",
    "session_of",
    "spliced",
]
