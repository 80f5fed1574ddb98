"""Which rules speak, and which findings are taken out: selection as in ruff, levels, per-file ignores, comments in the linted files.

    port: 25  # smtplint: ignore[SMTP101]  the relay of the old building
    # smtplint: ignore[optional-starttls, SMTP303]  speaks for the next line
    # smtplint: ignore-file[SMTP403]  within the first ten lines

A selector is an id (`SMTP202`), the beginning of one (`SMTP2`), a slug (`optional-starttls`) or `ALL`.
"""

from __future__ import annotations

import os

from smtplint.finding import Notification

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, Protocol

    from smtplint.finding import Finding
    from smtplint.source import Source

    # id → (slug, on unless selected otherwise)
    Rules = Mapping[str, tuple[str, bool]]
    # select (None: not given), extend-select, ignore: of the configuration file, then of the command line
    Layer = tuple[Sequence[str] | None, Sequence[str], Sequence[str]]

    class Choices(Protocol):
        """What is read of `config.Options`."""

        @property
        def layers(self) -> Sequence[Layer]: ...
        @property
        def levels(self) -> Mapping[str, str]: ...
        @property
        def per_file_ignores(self) -> Mapping[str, Sequence[str]]: ...
        @property
        def base(self) -> str: ...


FILE_LINES = 10
MAX_COMMENTS = 10_000
ALL = "ALL"


def rules_of(checks: Mapping[str, Mapping[str, Any]]) -> Rules:
    """What selection has to know of the checks of the catalogue."""
    return {id_: (check["slug"], bool(check.get("default", True))) for id_, check in checks.items()}


def known(selector: str, rules: Rules) -> bool:
    """Whether a selector names at least one rule."""
    return bool(_meant(selector, rules))


def suggestion(selector: str, rules: Rules) -> str:
    """`; did you mean 'SMTP202'?`, or "" when nothing is close."""
    from smtplint.nearest import hint

    return hint(selector, [*rules, *(slug for slug, _ in rules.values()), ALL])


def rule_id(name: str, rules: Rules) -> str:
    """The id of the rule of this id or slug, in any case; "" when there is none."""
    low = name.lower()
    return next((id_ for id_, (slug, _) in rules.items() if low in (id_.lower(), slug.lower())), "")


def _meant(selector: str, rules: Rules) -> list[str]:
    upper = selector.upper()
    if upper == ALL:
        return list(rules)
    if upper in rules:
        return [upper]
    low = selector.lower()
    by_slug = [id_ for id_, (slug, _) in rules.items() if slug == low]
    if by_slug:
        return by_slug
    return [id_ for id_ in rules if id_.startswith(upper)] if len(upper) >= 4 else []


def _weight(selector: str, rules: Rules) -> int:
    """How specific a selector is: more letters of an id say more, a whole id or slug says most."""
    upper = selector.upper()
    if upper == ALL:
        return 0
    return len(upper) if upper not in rules and any(id_.startswith(upper) for id_ in rules) else 1000


def active(rules: Rules, layers: Sequence[Layer]) -> frozenset[str]:
    """Ids of the rules that speak.

    Each layer either starts afresh (`select` given) or changes what the layers before it left. Within a layer the most specific selector
    wins; where two are equal, `ignore` does. Selectors that name no rule count for nothing.
    """
    chosen = {id_ for id_, (_, default) in rules.items() if default}
    for select, extend, ignore in layers:
        if select is not None:
            chosen = set()
        steps = [(_weight(name, rules), 0, name) for name in (*(select or ()), *extend)]
        steps += [(_weight(name, rules), 1, name) for name in ignore]
        for _, off, name in sorted(steps):
            if off:
                chosen.difference_update(_meant(name, rules))
            else:
                chosen.update(_meant(name, rules))
    return frozenset(chosen)


def level_of(rule: str, level: str, levels: Mapping[str, str], rules: Rules) -> str:
    """The level of a finding after the user's `levels`; the most specific selector wins."""
    best = -1
    for selector, wanted in levels.items():
        if rule in _meant(selector, rules):
            weight = _weight(selector, rules)
            if weight > best:
                best, level = weight, wanted
    return level


# ------------------------------------------------------------------------------------------------------------------------
# Comments


class Comment:
    """One comment addressed to smtplint.

    `line` and `column` are 1-based, `own` says that nothing but the comment stands on its line, `whole` that it speaks for the file.
    `block` is the line of the header of the YAML block scalar it stands in, else 0: it then speaks only for places in the same block.
    """

    __slots__ = ("block", "column", "line", "names", "offset", "own", "reason", "used", "whole")

    def __init__(self, source: Source, offset: int, *, names: tuple[str, ...], own: bool, whole: bool, reason: str) -> None:
        self.offset = offset
        self.line, self.column = source.position(offset)
        self.names = names
        self.own = own
        self.whole = whole
        self.reason = reason
        self.block = 0
        self.used: set[str] = set()


# The marks of a comment, by syntax.
_MARKERS = {
    "yaml": ("#", "{#"),
    "dotenv": ("#",),
    "ini": (";", "#"),
    "properties": ("#", "!"),
    "postfix": ("#",),
    "keyword": ("#",),
    "": ("#", "//", ";", "!", "--", "/*", "{#", "<!--"),
}
# Where a comment may follow a value on its line.
_INLINE = frozenset(("yaml", "dotenv", "ini", "keyword", ""))
_STRINGS = {
    "python": r'"""(?:\\[\s\S]|(?!""")[^\\])*(?:"""|\Z)|'
    r"'''(?:\\[\s\S]|(?!''')[^\\])*(?:'''|\Z)|"
    r'"(?:\\[\s\S]|[^"\\\n])*"?|'
    r"'(?:\\[\s\S]|[^'\\\n])*'?|(#[^\n]*)",
    "toml": r'"""(?:\\[\s\S]|(?!""")[^\\])*(?:"""|\Z)|'
    r"'''(?:(?!''')[\s\S])*(?:'''|\Z)|"
    r'"(?:\\.|[^"\\\n])*"?|'
    r"'[^'\n]*'?|(#[^\n]*)",
    "ruby": r'"(?:\\.|[^"\\\n])*"?|' r"'(?:\\.|[^'\\\n])*'?|(#[^\n]*)",
    "json": r'"(?:\\.|[^"\\\n])*"?|(//[^\n]*|/\*(?:(?!\*/)[\s\S])*(?:\*/|\Z))',
}


def comments(source: Source, syntax: str) -> list[Comment]:
    """The comments of a file that are addressed to smtplint, in order. A file that never says `smtplint:` costs one search."""
    text = source.text
    if "smtplint:" not in text:
        return []
    import re

    said = re.compile(r"smtplint:[ \t]*ignore(-file)?(?![\w-])[ \t]*(?:\[([^\]\r\n]*)\])?([^\r\n]*)")
    found: list[Comment] = []
    spans = _spans(text, syntax)
    blocks: list[int] | None = None
    at = 0
    for match in said.finditer(text):
        line, _ = source.position(match.start())
        begin, end = source.line_span(line)
        if spans is not None:
            while at < len(spans) and spans[at][1] <= match.start():
                at += 1
            if at == len(spans) or spans[at][0] > match.start():
                continue
            start = spans[at][0]
            # After a mark, not in the middle of prose; other tools' comments may stand before it.
            if not text[start : match.start()].rstrip(" \t").endswith(("#", "//", "*")):
                continue
        else:
            if syntax == "yaml" and blocks is None:
                blocks = _blocks(source)
            inside = blocks is not None and blocks[line - 1]
            start = begin + _comment_start(text[begin:end], match.start() - begin, "" if inside else syntax)
            if start < begin:
                continue
        own = not text[begin:start].strip() if start > begin else True
        names = tuple(name for part in (match[2] or "").split(",") if (name := part.strip()))
        reason = match[3].strip()
        for closing in ("*/", "-->", "#}"):
            reason = reason.removesuffix(closing)
        reason = reason.strip(" \t-:;,")
        comment = Comment(source, match.start(), names=names, own=own, whole=match[1] is not None, reason=reason)
        comment.block = blocks[line - 1] if blocks is not None else 0
        found.append(comment)
        if len(found) >= MAX_COMMENTS:
            break
    return found


def _spans(text: str, syntax: str) -> list[tuple[int, int]] | None:
    """Comments of the syntaxes whose strings can be told apart exactly; None for the others."""
    pattern = _STRINGS.get(syntax)
    if pattern is None:
        return None
    import re

    return [match.span(1) for match in re.finditer(pattern, text) if match.start(1) >= 0]


def _comment_start(line: str, said: int, syntax: str) -> int:
    """Where the comment begins that holds column `said` (0-based) of a line, or -1: it is part of a value.

    The mark must stand right before the words, after blank or at the start of the line, and outside of quotes.
    """
    markers = _MARKERS.get(syntax, _MARKERS[""])
    head = line[:said].rstrip(" \t")
    start = len(head)
    while start and head[start - 1] in "#/;!-*{<":
        start -= 1
    mark = head[start:]
    if not mark or not mark.startswith(markers):
        return -1
    before = head[:start]
    if not before.strip():
        return start
    if syntax not in _INLINE or before[-1] not in " \t":
        return -1
    return start if not _open_quote(before) else -1


def _open_quote(text: str) -> bool:
    """Whether a quote that begins a value in a piece of a line is still open at its end."""
    quote = ""
    for at, char in enumerate(text):
        if quote:
            if char == "\\" and quote == '"':
                continue
            if char == quote and not (quote == '"' and text[at - 1] == "\\" and text[at - 2] != "\\"):
                quote = ""
        elif char in "\"'`" and (at == 0 or text[at - 1] in " \t=:,[({-"):
            quote = char
    return bool(quote)


def _blocks(source: Source) -> list[int]:
    """For every line the number of the line that opens the YAML block scalar it stands in, else 0."""
    import re

    header = re.compile(r"(?:[:-]|(?:[!&][^\s]*))[ \t]+[|>][0-9+-]{0,2}[ \t]*(?:#.*)?\Z|\A[ \t]*[|>][0-9+-]{0,2}[ \t]*\Z")
    found: list[int] = []
    opened = indent = 0
    for number in range(1, source.line_count + 1):
        begin, end = source.line_span(number)
        line = source.text[begin:end]
        stripped = line.lstrip(" ")
        depth = len(line) - len(stripped)
        if opened and (not stripped.strip() or depth > indent):
            found.append(opened)
            continue
        opened = 0
        found.append(0)
        if header.search(line):
            # `- key: |` counts from the dash: whatever is deeper than the line's own start belongs to the scalar.
            opened, indent = number, depth
    return found


# ------------------------------------------------------------------------------------------------------------------------
# The filter


def apply(
    findings: Iterable[Finding],
    sources: Mapping[str, Source],
    options: Choices,
    checks: Mapping[str, Mapping[str, Any]],
) -> tuple[list[Finding], list[Finding], list[Notification]]:
    """`(kept, suppressed, remarks)`.

    Findings of rules that are not selected are dropped; `levels` sets the level of the rest; `Finding.suppressed` and `.justification` of
    a suppressed one say why. `sources` are the files that were read, by display path: what is remarked are their comments that took out
    nothing (`unused-ignore`) or name no rule (`unknown-rule`), sorted by place. `checks` are those of the catalogue.
    """
    from smtplint.readers import syntax_of

    rules = rules_of(checks)
    speaking = active(rules, options.layers)
    per_file = PerFile(options.per_file_ignores, options.base, rules)
    cache: dict[str, _Heard] = {}

    def of(source: Source) -> _Heard:
        found = cache.get(source.path)
        if found is None:
            found = cache[source.path] = _Heard(source, syntax_of(source.path))
        return found

    kept: list[Finding] = []
    suppressed: list[Finding] = []
    for finding in findings:
        if finding.rule not in speaking:
            continue
        if options.levels:
            finding.level = level_of(finding.rule, finding.level, options.levels, rules)
        glob = per_file.covers(finding.place.path, finding.rule)
        comment = of(finding.place.source).speaks(finding, rules)
        if comment is not None:
            comment.used.add(finding.rule)
            finding.suppressed, finding.justification = "inline", comment.reason
        elif glob:
            finding.suppressed, finding.justification = "config", f"per-file-ignores: {glob}"
        (suppressed if finding.suppressed else kept).append(finding)
    remarks: list[Notification] = []
    for path in sorted(sources):
        for comment in of(sources[path]).comments:
            remarks += _remarks(path, comment, rules, speaking)
    return kept, suppressed, remarks


class _Heard:
    """The comments of one file by the line they speak for, so that many findings and many comments do not multiply."""

    __slots__ = ("blocks", "comments", "lines", "whole")

    def __init__(self, source: Source, syntax: str) -> None:
        self.comments = comments(source, syntax)
        self.whole = [comment for comment in self.comments if comment.whole and comment.line <= FILE_LINES]
        self.lines: dict[int, list[Comment]] = {}
        self.blocks = _blocks(source) if any(comment.block for comment in self.comments) else []
        own = {comment.line for comment in self.comments if comment.own}
        follows: dict[int, int] = {}
        for line in sorted(own, reverse=True):
            # On a line of its own a comment speaks for the next line that is not another such comment.
            follows[line] = follows.get(line + 1, line + 1)
        for comment in self.comments:
            if not comment.whole:
                self.lines.setdefault(follows[comment.line] if comment.own else comment.line, []).append(comment)

    def speaks(self, finding: Finding, rules: Rules) -> Comment | None:
        """The comment that takes a finding out, if there is one."""
        if not self.comments:
            return None
        place = finding.place
        first = place.line
        last = place.source.position(max(place.start, place.end - 1))[0]
        here = self.lines.get(first, [])
        heard: list[Comment] = [*self.whole, *here, *(self.lines.get(last, []) if last != first else [])]
        for comment in heard:
            if not comment.whole:
                if comment.own and last != first and comment not in here:
                    continue
                if not comment.own and place.start <= comment.offset < place.end:
                    continue
                if comment.block and self.blocks[first - 1] != comment.block:
                    continue
            if any(finding.rule in _meant(name, rules) for name in comment.names):
                return comment
        return None


def _remarks(path: str, comment: Comment, rules: Rules, speaking: frozenset[str]) -> list[Notification]:
    def remark(kind: str, level: str, text: str) -> Notification:
        return Notification(kind, level, text, path, comment.line, comment.column)

    if not comment.names:
        return [remark("unknown-rule", "warning", "an ignore must name its rules in brackets: smtplint: ignore[SMTP202]")]
    found = []
    for name in comment.names:
        meant = _meant(name, rules)
        if not meant:
            close = suggestion(name, rules)
            # The name may be anything somebody wrote: only what looks like one of ours is repeated.
            shown = (
                f"'{name}' in an ignore is no rule" if name.replace("-", "").isalnum() and len(name) <= 60 else "an ignore names no rule"
            )
            found.append(remark("unknown-rule", "warning", shown + close))
        elif not comment.used.intersection(meant) and speaking.intersection(meant):
            where = "" if not comment.whole or comment.line <= FILE_LINES else f" (it must stand in the first {FILE_LINES} lines)"
            found.append(remark("unused-ignore", "note", f"the ignore of {name} takes out nothing{where}"))
    return found


class PerFile:
    """`per-file-ignores`: patterns in git's language relative to an absolute folder → selectors."""

    __slots__ = ("_base", "_globs", "_known")

    def __init__(self, table: Mapping[str, Sequence[str]], base: str, rules: Rules) -> None:
        self._globs: list[tuple[str, Callable[[str], bool], frozenset[str]]] = []
        self._base = base
        self._known: dict[str, list[tuple[str, frozenset[str]]]] = {}
        if not table:
            return
        from smtplint.globs import globs

        self._globs = [
            (glob, globs([glob]), frozenset(id_ for name in names for id_ in _meant(name, rules))) for glob, names in table.items()
        ]

    def covers(self, path: str, rule: str) -> str:
        """The pattern that takes a rule out in a file (display path), or ""."""
        if not self._globs:
            return ""
        matching = self._known.get(path)
        if matching is None:
            relative = based(path, self._base)
            matching = self._known[path] = [(glob, ids) for glob, fits, ids in self._globs if fits(relative)]
        return next((glob for glob, ids in matching if rule in ids), "")


def based(path: str, base: str) -> str:
    """A display path as seen from an absolute folder ("" is the working directory), with `/`."""
    if not base:
        return path
    absolute = os.path.normpath(os.path.join(os.getcwd(), path))
    try:
        return os.path.relpath(absolute, base).replace(os.sep, "/")
    except ValueError:  # another drive
        return path
