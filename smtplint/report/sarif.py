"""SARIF 2.1.0 as the OASIS schema, GitHub, GitLab, Azure DevOps and the editors want it.

Columns are UTF-16 code units and say so. Nothing depends on the time, the machine or the working directory; what a CI system says
about itself (repository, commit, pipeline) is written only when its variables are in `Context.environment`.
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote, urlsplit

from smtplint import __version__
from smtplint.report.snippet import SARIF_MASK, Visible, shown_name, shown_value, window
from smtplint.report.words import clean, fingerprints, sentences
from smtplint.result import FALLBACK_URL, reference_url, rule_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtplint.endpoint import Field
    from smtplint.finding import Edit, Finding, Notification
    from smtplint.report.snippet import Shown
    from smtplint.result import Context, Result, RuleInfo
    from smtplint.source import Place, Source

    Json = dict[str, object]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BASE = "SRCROOT"
STEPS = 100

# Names of the weaknesses in MITRE's list that the catalogue uses; others are named by their number.
CWE_NAMES = {
    16: "Configuration",
    256: "Plaintext Storage of a Password",
    287: "Improper Authentication",
    295: "Improper Certificate Validation",
    297: "Improper Validation of Certificate with Host Mismatch",
    306: "Missing Authentication for Critical Function",
    311: "Missing Encryption of Sensitive Data",
    319: "Cleartext Transmission of Sensitive Information",
    326: "Inadequate Encryption Strength",
    327: "Use of a Broken or Risky Cryptographic Algorithm",
    400: "Uncontrolled Resource Consumption",
    522: "Insufficiently Protected Credentials",
    523: "Unprotected Transport of Credentials",
    636: "Not Failing Securely ('Failing Open')",
    693: "Protection Mechanism Failure",
    757: "Selection of Less-Secure Algorithm During Negotiation ('Algorithm Downgrade')",
    798: "Use of Hard-coded Credentials",
    1188: "Initialization of a Resource with an Insecure Default",
}
NOTIFICATIONS = {
    "limit-met": "A limit was met, so some values were not looked up.",
    "parse-error": "A file does not parse.",
    "template-skipped": "A template was not read.",
    "too-deep": "A file is nested too deeply.",
    "too-large": "A file is too large.",
    "unreadable-file": "A file cannot be read.",
}
_LANGUAGES = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".toml": "toml",
    ".json": "json",
    ".py": "python",
    ".ini": "ini",
    ".cfg": "ini",
    ".properties": "properties",
    ".env": "dotenv",
    ".rb": "ruby",
    ".xml": "xml",
    ".php": "php",
    ".js": "javascript",
    ".ts": "typescript",
    ".md": "markdown",
}


def render(result: Result, context: Context) -> str:
    """One log with one run. Suppressed findings, and those a baseline no longer finds, are in it only with `show_suppressed`."""
    return json.dumps(document(result, context), indent=2, ensure_ascii=True) + "\n"


def document(result: Result, context: Context) -> Json:
    """The log as plain dictionaries and lists."""
    writer = _Writer(result, context)
    driver = writer.driver()
    run: Json = {
        "tool": {"driver": driver},
        "invocations": [writer.invocation()],
        "automationDetails": writer.automation(),
        "originalUriBaseIds": {
            BASE: {"description": {"text": "The root of the repository, or the folder in which smtplint was started when there is none."}}
        },
        "columnKind": "utf16CodeUnits",
        "newlineSequences": ["\r\n", "\n"],
    }
    provenance = _provenance(context.environment)
    if provenance:
        run["versionControlProvenance"] = [provenance]
    if writer.weaknesses:
        run["taxonomies"] = [writer.taxonomy()]
    run["results"] = writer.results()
    run["properties"] = {f"smtplint/{key}": value for key, value in sorted(result.stats.items())}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


class _Writer:
    def __init__(self, result: Result, context: Context) -> None:
        self.result = result
        self.context = context
        self.visible = Visible(result)
        self.rules = {rule.id: index for index, rule in enumerate(context.rules)}
        self.weaknesses = sorted({number for rule in context.rules for number in rule.cwe})
        self.notices = sorted({note.id for note in result.notifications} | set(NOTIFICATIONS))
        self.hashes: dict[str, LineHashes] = {}

    # The run

    def driver(self) -> Json:
        home = self.context.home
        driver: Json = {
            "name": "smtplint",
            "fullName": f"smtplint {__version__}",
            "organization": "smtplint",
            "semanticVersion": __version__,
            "version": __version__,
            "informationUri": home or FALLBACK_URL,
            "shortDescription": {"text": "Static linter for the SMTP settings in application configuration."},
            "rules": [self.rule(rule) for rule in self.context.rules],
            "notifications": [_notice(name) for name in self.notices],
        }
        if self.weaknesses:
            driver["supportedTaxonomies"] = [{"name": "CWE", "index": 0}]
        return driver

    def rule(self, rule: RuleInfo) -> Json:
        properties: Json = {
            "tags": _tags(rule),
            "precision": rule.precision,
            "problem.severity": {"error": "error", "warning": "warning"}.get(rule.level, "recommendation"),
        }
        if rule.severity > 0:
            properties["security-severity"] = f"{rule.severity:.1f}"
        out: Json = {
            "id": rule.id,
            "name": rule.name,
            "shortDescription": {"text": _limit(sentences(rule.title))},
            "fullDescription": {"text": _limit(sentences(rule.why or rule.message or rule.title))},
            "help": {"text": help_text(rule), "markdown": help_markdown(rule)},
            "helpUri": rule_url(rule, self.context.home),
            "defaultConfiguration": {"level": rule.level, **({} if rule.enabled else {"enabled": False})},
            "messageStrings": {"default": {"text": message_template(rule)}},
        }
        if rule.cwe:
            out["relationships"] = [{"target": self.taxon(number), "kinds": ["relevant"]} for number in rule.cwe]
        out["properties"] = properties
        return out

    def taxon(self, number: int) -> Json:
        return {"id": f"CWE-{number}", "index": self.weaknesses.index(number), "toolComponent": {"name": "CWE", "index": 0}}

    def taxonomy(self) -> Json:
        return {
            "name": "CWE",
            "fullName": "Common Weakness Enumeration",
            "organization": "MITRE",
            "informationUri": "https://cwe.mitre.org/",
            "shortDescription": {"text": "The list of common weaknesses kept by MITRE."},
            "isComprehensive": False,
            "taxa": [
                {
                    "id": f"CWE-{number}",
                    "name": f"Cwe{number}",
                    "shortDescription": {"text": sentences(CWE_NAMES.get(number, f"CWE-{number}"))},
                    "helpUri": reference_url(f"CWE-{number}"),
                    "defaultConfiguration": {"level": "warning"},
                }
                for number in self.weaknesses
            ],
        }

    def invocation(self) -> Json:
        out: Json = {"executionSuccessful": True}
        if self.result.notifications:
            base = self.context.base
            notes = list(self.result.notifications)
            notes.sort(key=lambda note: (not note.file, _rooted(note.file, base), note.line, note.column, note.id))
            out["toolExecutionNotifications"] = [self.notification(note) for note in notes]
        return out

    def notification(self, note: Notification) -> Json:
        # The reason why a file was not read is the second half of a sentence that begins with its name.
        text = f"{_rooted(note.file, self.context.base)} {note.message}" if note.file and note.message[:1].islower() else note.message
        out: Json = {
            "descriptor": {"id": note.id, "index": self.notices.index(note.id)},
            "level": note.level,
            "message": {"text": _plain(sentences(clean(text)))},
        }
        if note.file:
            physical: Json = {"artifactLocation": self.artifact(note.file)}
            if note.line:
                # Columns of notifications are code points of a file that may not even decode, so only the line is told.
                physical["region"] = {"startLine": note.line}
            out["locations"] = [{"physicalLocation": physical}]
        return out

    def automation(self) -> Json:
        return _azure(self.context.environment) or {"id": "smtplint/"}

    # Results

    def results(self) -> list[Json]:
        context = self.context
        shown = [*self.result.findings, *(self.result.suppressed if context.show_suppressed else ())]
        shown.sort(key=lambda finding: (_rooted(finding.place.path, context.base), *finding.sort_key[1:]))
        out = []
        for finding, key in zip(shown, fingerprints(shown), strict=True):
            result = self.one(finding, key)
            if context.show_suppressed:
                result["suppressions"] = _suppressions(finding)
            if context.baseline_used:
                result["baselineState"] = "unchanged" if finding.suppressed == "baseline" else "new"
            out.append(result)
        if context.baseline_used and context.show_suppressed:
            out += [self.absent(entry) for entry in self.result.gone]
        return out

    def one(self, finding: Finding, key: str) -> Json:
        rule = self.rules.get(finding.rule)
        info = self.context.rules[rule] if rule is not None else None
        endpoint = finding.endpoint
        arguments, links = self.message(finding)
        title = clean(info.title if info else finding.slug)
        text = f"{_plain(title)} in '{arguments[0]}'{arguments[1]}."
        markdown = f"{_markdown(title)} in '{_markdown(clean(_name(finding)))}'{self.markdown(finding)}."
        out: Json = {"ruleId": finding.rule}
        if rule is not None:
            out["ruleIndex"] = rule
        out["kind"] = "fail"
        out["level"] = finding.level
        message: Json = {"text": text, "markdown": markdown}
        if info is not None:
            message = {"id": "default", "arguments": arguments, **message}
        out["message"] = message
        out["locations"] = [self.location(finding.place, logical=_logical(finding))]
        if links:
            out["relatedLocations"] = links
        flow = self.flow(finding)
        if flow:
            out["codeFlows"] = [flow]
        if finding.fix is not None and finding.fix.safe:
            out["fixes"] = [self.fix(finding.fix.description, finding.fix.edits)]
        prints = {"smtplintKey/v1": key}
        line_hash = self.line_hash(finding.place)
        if line_hash:
            prints = {"primaryLocationLineHash": line_hash, **prints}
        out["partialFingerprints"] = prints
        if info is not None and info.cwe:
            out["taxa"] = [self.taxon(number) for number in info.cwe]
        if info is not None and info.severity > 0:
            out["rank"] = round(info.severity * 10, 1)
        properties: Json = {
            "smtplint/endpoint": clean(_rooted_id(endpoint.id, self.context.base)),
            "smtplint/profile": endpoint.profile,
            "smtplint/mode": endpoint.mode,
            "smtplint/confidence": finding.confidence,
        }
        defaults = {name: clean(field.note) for name, field in sorted(endpoint.fields.items()) if field.state == "default" and field.note}
        if defaults:
            properties["smtplint/defaults"] = defaults
        absent = sorted(clean(field.key) for field in endpoint.fields.values() if field.state in ("absent", "default") and field.key)
        if absent:
            properties["smtplint/absentKeys"] = absent
        out["properties"] = properties
        return out

    def absent(self, entry: dict[str, object]) -> Json:
        """A finding of the baseline that is gone; only its file and key are known."""
        rule_id = str(entry.get("rule", ""))
        rule = self.rules.get(rule_id)
        line = entry.get("line")
        title = self.context.rules[rule].title if rule is not None else rule_id
        out: Json = {"ruleId": rule_id}
        if rule is not None:
            out["ruleIndex"] = rule
        arguments = [_plain(clean(str(entry.get("file", "")))), ". It is no longer found"]
        text = f"{_plain(clean(title))} in '{arguments[0]}'{arguments[1]}."
        message: Json = {"text": text} if rule is None else {"id": "default", "arguments": arguments, "text": text}
        out |= {
            "kind": "fail",
            "level": self.context.rules[rule].level if rule is not None else "warning",
            "message": message,
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": self.artifact(str(entry.get("file", ""))),
                        "region": {"startLine": line if isinstance(line, int) and line > 0 else 1},
                    }
                }
            ],
            "partialFingerprints": {"smtplintKey/v1": str(entry.get("fingerprint", ""))},
            "suppressions": [],
            "baselineState": "absent",
        }
        return out

    def message(self, finding: Finding) -> tuple[list[str], list[Json]]:
        """Arguments of the rule's message, and the related locations that it links to, numbered from 1."""
        links: list[Json] = []
        texts = []
        for number, (place, text) in enumerate(_related(finding), 1):
            links.append(self.location(place, number, clean(text)))
            texts.append(f"[{_link(clean(text))}]({number})")
        body = _prose(finding)
        rest = f". {_plain(body)}" if body else ""
        see = f". See {', '.join(texts)}" if texts else ""
        return [_plain(clean(_name(finding))), rest.rstrip(".") + see], links

    def markdown(self, finding: Finding) -> str:
        texts = [f"[{_markdown(clean(text))}]({number})" for number, (_, text) in enumerate(_related(finding), 1)]
        body = _prose(finding)
        rest = f". {_markdown(body)}" if body else ""
        return rest.rstrip(".") + (f". See {', '.join(texts)}" if texts else "")

    def flow(self, finding: Finding) -> Json | None:
        """The way from the settings to the finding, when they stand in several files or some are defaults; at most `STEPS` steps."""
        steps: list[tuple[Place, str]] = []
        files = set()
        defaults = False
        for field in _ordered(finding):
            for place in field.via:
                steps.append((place, f"{field.name} is taken from elsewhere here"))
                files.add(place.path)
            if field.place is not None:
                steps.append((field.place, _step(field)))
                files.add(field.place.path)
            elif field.state == "default" and field.name in ("port", "mode", "verify", "tls_min", "tls"):
                steps.append((finding.place, _step(field)))
                defaults = True
        last = (finding.place, sentences(finding.mark or finding.slug))
        files.add(finding.place.path)
        if len(files) < 2 and not defaults:
            return None
        steps = [*steps[: STEPS - 1], last]
        return {
            "threadFlows": [
                {
                    "locations": [
                        {"location": self.location(place, text=sentences(clean(text))), "executionOrder": number}
                        for number, (place, text) in enumerate(steps, 1)
                    ]
                }
            ]
        }

    def fix(self, description: str, edits: Sequence[Edit]) -> Json:
        changes: dict[str, list[Json]] = {}
        for edit in edits:
            start, end, text = placed_edit(edit)
            replacement: Json = {"deletedRegion": _region(edit.place.source, start, end)}
            if text:
                replacement["insertedContent"] = {"text": text}
            changes.setdefault(edit.place.path, []).append(replacement)
        return {
            "description": {"text": _plain(sentences(clean(description)))},
            "artifactChanges": [{"artifactLocation": self.artifact(path), "replacements": made} for path, made in changes.items()],
        }

    # Places

    def artifact(self, path: str) -> Json:
        uri, relative = uri_of(path, self.context.base)
        return {"uri": uri, "uriBaseId": BASE} if relative else {"uri": uri}

    def location(self, place: Place, number: int | None = None, text: str = "", logical: Json | None = None) -> Json:
        source = place.source
        start, end = one_line(place)
        region = _region(source, start, end)
        line = source.position(start)[0]
        shown = self.visible.line(source, line, SARIF_MASK, at=start)
        begin, stop = shown.mark(start, end)
        region["snippet"] = {"text": shown.text[begin:stop] or " "}
        language = _language(place.path)
        if language:
            region["sourceLanguage"] = language
        physical: Json = {"artifactLocation": self.artifact(place.path), "region": region}
        around = self.around(source, line, start, end)
        if around:
            physical["contextRegion"] = around
        out: Json = {} if number is None else {"id": number}
        out["physicalLocation"] = physical
        if logical:
            out["logicalLocations"] = [logical]
        if text:
            out["message"] = {"text": _plain(text)}
        return out

    def around(self, source: Source, line: int, start: int, end: int) -> Json | None:
        """The line of a region with its neighbours, as far as these can be shown whole; never a line that would have to be masked.

        Viewers count the columns of the region in the context's text, so a context begins after what is masked before the region.
        """
        own = self.visible.line(source, line, SARIF_MASK, at=start)
        after, cut = _faithful(own, source, start)
        if window(source, line, start) != source.line_span(line):
            begin, stop = max(window(source, line, start)[0], after), window(source, line, start)[1]
            region = _region(source, begin, stop)
            region["snippet"] = {"text": own.text[cut:]}
            return region if (begin, stop) != (start, end) else None
        first = last = line
        if not cut and line > 1 and self.visible.clear(source, line - 1):
            first -= 1
        if line < source.line_count and self.visible.clear(source, line + 1):
            last += 1
        begin = after if cut else source.starts[first - 1]
        stop = source.starts[last] if last < source.line_count else len(source.text)
        if (begin, stop) == (start, end):
            return None
        pieces = []
        for number in range(first, last + 1):
            text = source.text[slice(*source.line_span(number))] if number != line else own.text[cut:]
            tail = source.starts[number] if number < source.line_count else len(source.text)
            pieces.append(text + source.text[source.line_span(number)[1] : tail])
        region = _region(source, begin, stop)
        region["snippet"] = {"text": "".join(pieces)}
        return region

    def line_hash(self, place: Place) -> str:
        source = place.source
        if source.encoding != "utf-8":
            return ""
        hashes = self.hashes.get(source.path)
        if hashes is None:
            hashes = self.hashes[source.path] = LineHashes(("\ufeff" if source.bom else "") + source.text)
        return hashes.of(source.position(place.start)[0])


def _faithful(shown: Shown, source: Source, start: int) -> tuple[int, int]:
    """Where, before the offset `start`, a line begins to be shown as it is written: the offset, and the index into the shown text."""
    before, after, cut = 0, shown.offset, 0
    for stop, begin, end, _ in shown.runs:
        if shown.offset + stop > start:
            break
        if shown.text[begin:end] != source.text[shown.offset + before : shown.offset + stop]:
            after, cut = shown.offset + stop, end
        before = stop
    return after, cut


class LineHashes:
    """The hash by which GitHub follows an alert: per line, over the next 100 UTF-16 units that are neither space nor tab.

    Line ends count as one LF, U+FFFF ends the file, zeros fill up. The polynomial has base 37 modulo 2**64; the ordinal of the hash
    among the lines of the file follows a colon. (`src/fingerprints.ts` of github/codeql-action)
    """

    __slots__ = ("_lines", "_text")
    BLOCK = 100
    BASE = 37

    def __init__(self, text: str) -> None:
        text = re.sub("\r\n?", "\n", text)
        text = re.sub("[ \t]+", "", text)
        text = re.sub("[\U00010000-\U0010ffff]", lambda found: _pair(found[0]), text) + "\uffff"
        self._text = text
        self._lines: list[tuple[int, int]] = []
        seen: dict[int, int] = {}
        at = 0
        while True:
            # Windows that differ have different hashes for all that is known, so lines are counted by window and hashed on demand.
            window = hash(text[at : at + self.BLOCK])
            seen[window] = seen.get(window, 0) + 1
            self._lines.append((at, seen[window]))
            at = text.find("\n", at) + 1
            if not at:
                break

    def of(self, line: int) -> str:
        """The hash of a 1-based line, "" for one beyond the end."""
        if not 0 < line <= len(self._lines):
            return ""
        at, ordinal = self._lines[line - 1]
        value = 0
        for char in self._text[at : at + self.BLOCK].ljust(self.BLOCK, "\0"):
            value = (value * self.BASE + ord(char)) & 0xFFFFFFFFFFFFFFFF
        return f"{value:x}:{ordinal}"


def uri_of(path: str, base: str = "") -> tuple[str, bool]:
    """The URI of a display path, percent-encoded, and whether it is relative to the base."""
    data = _rooted(path, base).encode("utf-8", "surrogateescape")
    if path.startswith("/"):
        return "file://" + quote(data, safe="/-._~"), False
    uri = quote(data, safe="/-._~")
    return (uri[2:] if uri.startswith("./") else uri), True


def _rooted(path: str, base: str) -> str:
    """A display path relative to the root of the repository; one that is absolute stays."""
    from posixpath import normpath

    if not path or path.startswith("/"):
        return path
    joined = base + path
    return normpath(joined) if ".." in joined else joined


def _rooted_id(name: str, base: str) -> str:
    """An endpoint's id, its file relative to the root of the repository."""
    path, mark, rest = name.partition("#")
    return _rooted(path, base) + mark + rest


def one_line(place: Place) -> tuple[int, int]:
    """The stretch of a place that lies on its first line; the text of the line when the place is empty."""
    source = place.source
    start = min(max(place.start, 0), len(source.text))
    first, last = source.line_span(source.position(start)[0])
    end = min(place.end, last)
    if end > start:
        return start, end
    text = source.text[first:last]
    begin = first + len(text) - len(text.lstrip())
    stop = first + len(text.rstrip())
    return (begin, stop) if stop > begin else (first, max(first, last))


def placed_edit(edit: Edit) -> tuple[int, int, str]:
    """Start, end and text of an edit, moved so that it does not begin in the leading blanks of a line.

    VS Code's SARIF viewer moves the begin of a region behind the blanks of its line. Whole lines that are put in or taken out there are
    therefore shifted by one line end: they begin at the end of the line before.
    """
    source = edit.place.source
    start, end, text = edit.place.start, edit.place.end, edit.text
    line = source.position(start)[0]
    first = source.starts[line - 1]
    if line == 1 or start != first:
        return start, end, text
    if start == end and text.endswith(("\n", "\r")):
        last = source.line_span(line - 1)[1]
        return last, last, source.text[last:first] + text.rstrip("\r\n")
    if end > start and (end in source.starts or end == len(source.text)) and (not text or text.endswith(("\n", "\r"))):
        last = source.line_span(line - 1)[1]
        stop = source.line_span(source.position(end)[0] - 1)[1] if end in source.starts else end
        return last, stop, (source.text[last:first] + text.rstrip("\r\n")) if text else ""
    return start, end, text


def message_template(rule: RuleInfo) -> str:
    """The rule's message: its title and the endpoint; the second argument is the text of the finding (it may be empty)."""
    return f"{_braces(_plain(clean(rule.title)))} in '{{0}}'{{1}}."


def help_text(rule: RuleInfo) -> str:
    """A rule explained in plain text."""
    parts = [sentences(rule.why or rule.message or rule.title)]
    if rule.remedy_help:
        parts.append(sentences(rule.remedy_help))
    if rule.references:
        parts.append(f"References: {', '.join(rule.references)}.")
    return "\n\n".join(parts)


def help_markdown(rule: RuleInfo) -> str:
    """A rule explained in Markdown, with links to what it rests on."""
    parts = [f"# {rule.id}: {rule.title}", sentences(rule.why or rule.message or rule.title)]
    if rule.remedy_help:
        parts += ["## What to do", sentences(rule.remedy_help)]
    if rule.examples:
        parts += ["## Examples", *(f"```\n{example.rstrip()}\n```" for example in rule.examples)]
    references = [*rule.references, *(f"CWE-{number}" for number in rule.cwe if not any(str(number) in text for text in rule.references))]
    if references:
        lines = [f"- [{text}]({reference_url(text)})" if reference_url(text) else f"- {text}" for text in references]
        parts += ["## References", "\n".join(lines)]
    return "\n\n".join(parts)


def _notice(name: str) -> Json:
    text = NOTIFICATIONS.get(name, "Something could not be done.")
    return {
        "id": name,
        "name": _pascal(name),
        "shortDescription": {"text": text},
        "fullDescription": {"text": f"{text} The rest was linted."},
        "help": {"text": f"{text} The rest was linted."},
        "defaultConfiguration": {"level": "warning"},
    }


def _region(source: Source, start: int, end: int) -> Json:
    line, column = source.position_utf16(start)
    end_line, end_column = source.position_utf16(end)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _related(finding: Finding) -> list[tuple[Place, str]]:
    """What the message links to: the place itself first, then the others, none twice."""
    out = [(finding.place, finding.mark or "the setting that decides")]
    seen = {finding.place.key}
    for related in finding.related:
        if related.place.key not in seen:
            seen.add(related.place.key)
            out.append((related.place, related.message.rstrip(".")))
    return out


def _ordered(finding: Finding) -> list[Field]:
    """The fields that lead to a finding, in the order in which a client uses them."""
    fields = finding.endpoint.fields
    places = {finding.place.key, *(related.place.key for related in finding.related)}
    out = [fields[name] for name in ("host", "port") if name in fields]
    for name, field in fields.items():
        if name not in ("host", "port", "username", "password", "url"):
            touched = any(place is not None and place.key in places for place in (field.place, field.key_place))
            if touched or (field.state == "default" and name in ("mode", "verify", "tls_min", "tls")):
                out.append(field)
    return out


def _step(field: Field) -> str:
    name = shown_name(field.name).replace("_", " ")
    if field.state == "unresolved":
        return f"{name} cannot be seen from here"
    value = shown_value(field)
    said = (
        f"{name} is {value}"
        if value not in ("(not shown)", "unset")
        else f"{name} is set"
        if field.place is not None
        else f"{name} is not set"
    )
    return f"{said}: {field.note}" if field.note else said


def _prose(finding: Finding) -> str:
    return clean(" ".join(sentences(finding.message, finding.remedy).split()))


def _name(finding: Finding) -> str:
    endpoint = finding.endpoint
    name = endpoint.name or endpoint.profile or endpoint.file
    others = len(finding.endpoints) - 1
    return name if others < 1 else f"{name} and {others} more"


def _logical(finding: Finding) -> Json | None:
    path = clean(finding.key_path)
    if not path:
        return None
    return {"name": re.split(r"[.:/]", path)[-1] or path, "fullyQualifiedName": path, "kind": "property"}


def _suppressions(finding: Finding) -> list[Json]:
    if not finding.suppressed:
        return []
    out: Json = {"kind": "inSource" if finding.suppressed == "inline" else "external", "status": "accepted"}
    if finding.justification:
        out["justification"] = clean(finding.justification)
    return [out]


def _tags(rule: RuleInfo) -> list[str]:
    tags = ["security"] if rule.severity > 0 else []
    tags += [f"external/cwe/cwe-{number}" for number in rule.cwe]
    tags += [*rule.tags, "smtp", "configuration"]
    return list(dict.fromkeys(tags))[:10]


def _language(path: str) -> str:
    name = path.rpartition("/")[2]
    if name.startswith(".env"):
        return "dotenv"
    return _LANGUAGES.get(name[name.rfind(".") :].lower(), "") if "." in name else ""


def _plain(text: str) -> str:
    """Text outside links in a plain message: nothing in it may read as a link."""
    rest = re.sub(r"\[[^\[\]]*\](?!\()", "", text)
    return _link(text) if "[" in rest or "]" in rest else text


def _link(text: str) -> str:
    """The text of a link: brackets and backslashes escaped, as SARIF asks."""
    return re.sub(r"([\\\[\]])", r"\\\1", text)


def _markdown(text: str) -> str:
    """Prose as Markdown. What stands between backticks stays code."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(part if index % 2 else re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", part) for index, part in enumerate(parts))


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _limit(text: str, size: int = 1024) -> str:
    return text if len(text) <= size else text[: size - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def _pair(char: str) -> str:
    code = ord(char) - 0x10000
    return chr(0xD800 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))


def _provenance(environment: dict[str, str]) -> Json | None:
    """Repository, commit and branch as GitHub, GitLab or Azure Pipelines name them; None elsewhere. Credentials are stripped."""
    get = environment.get
    if get("GITHUB_REPOSITORY") and get("GITHUB_SERVER_URL"):
        address, commit, branch = f"{get('GITHUB_SERVER_URL')}/{get('GITHUB_REPOSITORY')}", get("GITHUB_SHA"), get("GITHUB_REF_NAME")
    elif get("CI_PROJECT_URL"):
        address, commit, branch = str(get("CI_PROJECT_URL")), get("CI_COMMIT_SHA"), get("CI_COMMIT_REF_NAME")
    elif get("BUILD_REPOSITORY_URI"):
        address, commit, branch = str(get("BUILD_REPOSITORY_URI")), get("BUILD_SOURCEVERSION"), get("BUILD_SOURCEBRANCHNAME")
    else:
        return None
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    host = parts.netloc.rpartition("@")[2]
    out: Json = {"repositoryUri": f"{parts.scheme}://{host}{quote(parts.path, safe='/-._~%')}"}
    if commit:
        out["revisionId"] = commit
    if branch:
        out["branch"] = branch
    out["mappedTo"] = {"uriBaseId": BASE}
    return out


def _azure(environment: dict[str, str]) -> Json | None:
    """What Azure DevOps' advanced security wants to know about the pipeline; None unless all of it is known."""
    get = environment.get
    if get("TF_BUILD", "").lower() != "true":
        return None
    uri = urlsplit(get("SYSTEM_COLLECTIONURI", ""))
    host = uri.hostname or ""
    organization = host.split(".")[0] if host.endswith(".visualstudio.com") else uri.path.strip("/").split("/")[0]
    project = get("SYSTEM_TEAMPROJECTID", "") or get("SYSTEM_TEAMPROJECT", "")
    definition = get("SYSTEM_DEFINITIONID", "")
    name = get("BUILD_DEFINITIONNAME", "")
    phase = get("SYSTEM_PHASEID", "") or get("SYSTEM_JOBID", "")
    phase_name = get("SYSTEM_PHASENAME", "") or get("SYSTEM_JOBNAME", "")
    branch = get("BUILD_SOURCEBRANCH", "")
    build = get("BUILD_BUILDID", "")
    guid = re.fullmatch(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", phase)
    if not (organization and project and definition.isdecimal() and name and guid and phase_name and branch and build):
        return None
    prefix = "azuredevops/pipeline/build/"
    return {
        "id": f"{prefix}{organization}/{project}/{definition}/{phase}/{branch}/{build}",
        "properties": {
            f"{prefix}buildDefinitionId": definition,
            f"{prefix}buildDefinitionName": name,
            f"{prefix}phaseId": phase,
            f"{prefix}phaseName": phase_name,
        },
    }
