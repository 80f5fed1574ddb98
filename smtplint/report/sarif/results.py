"""The results of a log: one per finding, with its message, its places, the way the settings took, and the safe fix."""

from __future__ import annotations

import re

from smtplint.report.sarif.places import region_of, rooted
from smtplint.report.sarif.wording import escaped, link, plain
from smtplint.report.snippet import shown_name, shown_value
from smtplint.report.words import clean, fingerprints, sentences
from smtplint.report.words import message as whole_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtplint.endpoint import Field
    from smtplint.finding import Edit, Finding
    from smtplint.report.sarif.driver import Driver
    from smtplint.report.sarif.places import Places
    from smtplint.result import Context, Result
    from smtplint.source import Place

    Json = dict[str, object]

STEPS = 100


class Results:
    """Writes the results of one run. `driver` and `places` are those of the same log."""

    __slots__ = ("context", "driver", "places", "result")

    def __init__(self, result: Result, context: Context, driver: Driver, places: Places) -> None:
        self.result = result
        self.context = context
        self.driver = driver
        self.places = places

    def all(self) -> list[Json]:
        """The findings in order; suppressed ones, and those a baseline no longer finds, only with `show_suppressed`."""
        context = self.context
        shown = [*self.result.findings, *(self.result.suppressed if context.show_suppressed else ())]
        shown.sort(key=lambda finding: (rooted(finding.place.path, context.base), *finding.sort_key[1:]))
        out = []
        for finding, key in zip(shown, fingerprints(shown), strict=True):
            result = self._one(finding, key)
            if context.show_suppressed:
                result["suppressions"] = _suppressions(finding)
            if context.baseline_used:
                result["baselineState"] = "unchanged" if finding.suppressed == "baseline" else "new"
            out.append(result)
        if context.baseline_used and context.show_suppressed:
            out += [self._absent(entry) for entry in self.result.gone]
        return out

    def _one(self, finding: Finding, key: str) -> Json:
        info = self.driver.info(finding.rule)
        endpoint = finding.endpoint
        arguments, links = self._message(finding)
        title = clean(info.title if info else finding.slug)
        text = f"{plain(title)} in '{arguments[0]}'{arguments[1]}."
        markdown = f"{escaped(title)} in '{escaped(clean(_name(finding)))}'{self._markdown(finding)}."
        out: Json = {"ruleId": finding.rule}
        if info is not None:
            out["ruleIndex"] = self.driver.index[finding.rule]
        out["kind"] = "fail"
        out["level"] = finding.level
        message: Json = {"text": text, "markdown": markdown}
        if info is not None:
            message = {"id": "default", "arguments": arguments, **message}
        out["message"] = message
        out["locations"] = [self.places.location(finding.place, logical=_logical(finding))]
        if links:
            out["relatedLocations"] = links
        flow = self._flow(finding)
        if flow:
            out["codeFlows"] = [flow]
        if finding.fix is not None and finding.fix.safe:
            out["fixes"] = [self._fix(finding.fix.description, finding.fix.edits)]
        prints = {"smtplintKey/v1": key}
        line_hash = self.places.line_hash(finding.place)
        if line_hash:
            prints = {"primaryLocationLineHash": line_hash, **prints}
        out["partialFingerprints"] = prints
        if info is not None and info.cwe:
            out["taxa"] = [self.driver.taxon(number) for number in info.cwe]
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

    def _absent(self, entry: dict[str, object]) -> Json:
        """A finding of the baseline that is gone; only its file and key are known."""
        rule = str(entry.get("rule", ""))
        info = self.driver.info(rule)
        line = entry.get("line")
        title = info.title if info is not None else rule
        out: Json = {"ruleId": rule}
        if info is not None:
            out["ruleIndex"] = self.driver.index[rule]
        arguments = [plain(clean(str(entry.get("file", "")))), ". It is no longer found"]
        text = f"{plain(clean(title))} in '{arguments[0]}'{arguments[1]}."
        message: Json = {"text": text} if info is None else {"id": "default", "arguments": arguments, "text": text}
        out |= {
            "kind": "fail",
            "level": info.level if info is not None else "warning",
            "message": message,
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": self.places.artifact(str(entry.get("file", ""))),
                        "region": {"startLine": line if isinstance(line, int) and line > 0 else 1},
                    }
                }
            ],
            "partialFingerprints": {"smtplintKey/v1": str(entry.get("fingerprint", ""))},
            "suppressions": [],
            "baselineState": "absent",
        }
        return out

    def _message(self, finding: Finding) -> tuple[list[str], list[Json]]:
        """Arguments of the rule's message, and the related locations that it links to, numbered from 1."""
        links: list[Json] = []
        texts = []
        for number, (place, text) in enumerate(_related(finding), 1):
            links.append(self.places.location(place, number, clean(text)))
            texts.append(f"[{link(clean(text))}]({number})")
        body = whole_message(finding)
        rest = f". {plain(body)}" if body else ""
        see = f". See {', '.join(texts)}" if texts else ""
        return [plain(clean(_name(finding))), rest.rstrip(".") + see], links

    def _markdown(self, finding: Finding) -> str:
        texts = [f"[{escaped(clean(text))}]({number})" for number, (_, text) in enumerate(_related(finding), 1)]
        body = whole_message(finding)
        rest = f". {escaped(body)}" if body else ""
        return rest.rstrip(".") + (f". See {', '.join(texts)}" if texts else "")

    def _flow(self, finding: Finding) -> Json | None:
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
                        {"location": self.places.location(place, text=sentences(clean(text))), "executionOrder": number}
                        for number, (place, text) in enumerate(steps, 1)
                    ]
                }
            ]
        }

    def _fix(self, description: str, edits: Sequence[Edit]) -> Json:
        changes: dict[str, list[Json]] = {}
        for edit in edits:
            start, end, text = placed_edit(edit)
            replacement: Json = {"deletedRegion": region_of(edit.place.source, start, end)}
            if text:
                replacement["insertedContent"] = {"text": text}
            changes.setdefault(edit.place.path, []).append(replacement)
        return {
            "description": {"text": plain(sentences(clean(description)))},
            "artifactChanges": [{"artifactLocation": self.places.artifact(path), "replacements": made} for path, made in changes.items()],
        }


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


def _rooted_id(name: str, base: str) -> str:
    """An endpoint's id, its file relative to the root of the repository."""
    path, mark, rest = name.partition("#")
    return rooted(path, base) + mark + rest


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
