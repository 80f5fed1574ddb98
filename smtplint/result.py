"""What the reports are given: the result of a run, what is known about the rules, and how to show it."""

from __future__ import annotations

import re

from smtplint.lazy import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from smtplint.catalog import Catalog
    from smtplint.config import Options
    from smtplint.endpoint import Endpoint
    from smtplint.finding import Finding, Notification
    from smtplint.resolve import Project

LEVEL_RANK = {"error": 0, "warning": 1, "note": 2}

_RFC = later(r"RFC[ -]?(\d+)(?:,?\s+(section|appendix)\s+([A-Z0-9](?:[A-Z0-9.]*[A-Z0-9])?))?", re.IGNORECASE)
_CWE = later(r"CWE[ -]?(\d+)", re.IGNORECASE)
FALLBACK_URL = "https://www.rfc-editor.org/rfc/rfc8314"


class RuleInfo:
    """What a report may say about one rule of the catalogue.

    `title` is a short clause ("STARTTLS is optional"), `name` the slug in Pascal case, `message` a summary sentence, `why` the reason in
    prose. `references` are texts such as "RFC 3207 section 6". `severity` is from 0 (not a matter of security) to 10. `precision` is
    very-high, high, medium or low. `enabled`: on unless selected otherwise.
    """

    __slots__ = (
        "cwe",
        "enabled",
        "id",
        "level",
        "message",
        "name",
        "precision",
        "references",
        "severity",
        "slug",
        "tags",
        "title",
        "why",
    )

    def __init__(
        self,
        id: str,
        slug: str,
        title: str,
        *,
        level: str = "warning",
        name: str = "",
        message: str = "",
        why: str = "",
        references: Sequence[str] = (),
        cwe: Sequence[int] = (),
        severity: float = 0.0,
        precision: str = "high",
        tags: Sequence[str] = (),
        enabled: bool = True,
    ) -> None:
        self.id = id
        self.slug = slug
        self.title = title
        self.level = level
        self.name = name or "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", slug))
        self.message = message
        self.why = why
        self.references = list(references)
        self.cwe = list(cwe)
        self.severity = severity
        self.precision = precision
        self.tags = list(tags)
        self.enabled = enabled


class Result:
    """What a run found.

    `findings` are those kept, sorted; `suppressed` those taken out, each with its reason in `Finding.suppressed`; `gone` the entries of a
    baseline (`rule`, `file`, `fingerprint`, perhaps `line`) that nothing answers to any more. `stats` counts files: `files` (listed),
    `looked_at`, `read`, `skipped_<why>`; and `endpoints`. `run` is what the linter worked with (project, named files, options, catalogue),
    for those who must lint again; None for a result that comes from elsewhere.
    """

    __slots__ = ("endpoints", "findings", "gone", "notifications", "run", "stats", "suppressed")

    def __init__(
        self,
        findings: Sequence[Finding] = (),
        *,
        suppressed: Sequence[Finding] = (),
        gone: Sequence[Mapping[str, object]] = (),
        endpoints: Sequence[Endpoint] = (),
        notifications: Sequence[Notification] = (),
        stats: Mapping[str, int] | None = None,
    ) -> None:
        self.findings: list[Finding] = list(findings)
        self.suppressed: list[Finding] = list(suppressed)
        self.gone: list[dict[str, object]] = [dict(entry) for entry in gone]
        self.endpoints: list[Endpoint] = list(endpoints)
        self.notifications: list[Notification] = list(notifications)
        self.stats: dict[str, int] = dict(stats) if stats is not None else {}
        self.run: tuple[Project, tuple[str, ...], Options, Catalog] | None = None


class Context:
    """How a report is to be written; everything that is not in the result and may change its bytes.

    `rules` are all rules of the catalogue, sorted by id. `width` is the width of the terminal in cells (0: do not wrap). `base` is put in
    front of display paths to make them relative to the root of the repository ("" or "services/web/"). `threshold` is error, warning, note
    or never. `show_suppressed` adds suppressed findings; `baseline_used` says that a baseline was compared with. `environment` holds the
    variables of the CI system (`report.sarif.pipeline` names those it reads). `home` is the project's address, "" as long as there is none.
    `verbose` adds to every finding how the values behind it came about (text only).
    """

    __slots__ = ("base", "baseline_used", "color", "environment", "home", "rules", "show_suppressed", "threshold", "verbose", "width")

    def __init__(
        self,
        rules: Sequence[RuleInfo] = (),
        *,
        color: bool = False,
        width: int = 100,
        base: str = "",
        threshold: str = "warning",
        show_suppressed: bool = False,
        baseline_used: bool = False,
        environment: Mapping[str, str] | None = None,
        home: str = "",
        verbose: bool = False,
    ) -> None:
        self.verbose = verbose
        self.rules: list[RuleInfo] = sorted(rules, key=lambda rule: rule.id)
        self.color = color
        self.width = width
        self.base = base
        self.threshold = threshold
        self.show_suppressed = show_suppressed
        self.baseline_used = baseline_used
        self.environment: dict[str, str] = dict(environment) if environment is not None else {}
        self.home = home


def reference_url(reference: str) -> str:
    """The address of a reference text: an RFC with or without section, a CWE, or a text that is an address; "" for anything else."""
    if reference.startswith(("https://", "http://")):
        return reference
    found = _RFC.match(reference)
    if found:
        number, kind, part = found.groups()
        anchor = f"#{kind.lower()}-{part}" if part else ""
        return f"https://www.rfc-editor.org/rfc/rfc{int(number)}{anchor}"
    found = _CWE.match(reference)
    if found:
        return f"https://cwe.mitre.org/data/definitions/{int(found[1])}.html"
    return ""


def rule_url(rule: RuleInfo, home: str) -> str:
    """Where a reader learns more about a rule: its page at the project's home, else the first RFC or CWE it rests on."""
    if home:
        return f"{home.rstrip('/')}/docs/rules/{rule.id}.md"
    for reference in [*rule.references, *(f"CWE-{number}" for number in rule.cwe)]:
        url = reference_url(reference)
        if url:
            return url
    return FALLBACK_URL


def at_least(level: str, threshold: str) -> bool:
    """Whether a finding of this level fails a run with this threshold (`never` fails none)."""
    return threshold in LEVEL_RANK and LEVEL_RANK.get(level, 2) <= LEVEL_RANK[threshold]
