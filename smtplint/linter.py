"""The run: from paths to a result.

`run` is the one way through the house: list, prefilter, roots, scopes, endpoints, judge, filter. It writes nothing and prints nothing.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from smtplint.catalog import Catalog
    from smtplint.config import Options
    from smtplint.endpoint import Endpoint
    from smtplint.finding import Finding, Notification
    from smtplint.resolve import Project
    from smtplint.result import Result

MAX_ENDPOINTS = 20_000


def run(paths: Sequence[str], options: Options) -> Result:
    """Lint files and folders. Paths are as the user gave them, relative to the working directory. Raises smtplint.files.PathMissing."""
    from smtplint import files
    from smtplint.listing import whole_tree
    from smtplint.prefilter import Wordless

    notes: list[Notification] = []
    stats: dict[str, int] = {}
    quiet: list[tuple[str, bytes]] = []
    listings: dict[str, str] = {}
    rules: list[Catalog] = []

    def catalogue() -> Catalog:
        if not rules:
            rules.append(load_catalog(options))
        return rules[0]

    loaded = files.load(
        paths,
        limit=options.max_file_size,
        exclude=options.exclude,
        exclude_base=options.base,
        docs=options.docs,
        notify=notes.append,
        stats=stats,
        progress=options.progress,
        listings=listings,
        wordless=Wordless(lambda: catalogue().wordless, shipped=not options.rules),
        silent=None if any(map(whole_tree, paths)) else lambda path, data: quiet.append((path, data)),
    )
    first = next(loaded, None)
    fed = _fed(quiet, options, catalogue) if first is None else []
    if first is None and not fed and not options.baseline and not options.rules:
        # Most commits touch nothing about mail: they end here, before the catalogue and all that judges is imported.
        from smtplint.result import Result

        return Result(notifications=_sorted(notes), stats={**stats, "read": 0, "endpoints": 0})
    catalog = catalogue()
    project = new_project(options, catalog)
    project.index.listings = listings
    named: list[str] = []
    while first is not None:
        shown, data = first
        project.keep(shown, data)
        named.append(shown)
        first = next(loaded, None)
    project.notifications.extend(notes)
    stats["read"] = len(named)
    named += fed or _fed(quiet, options, catalogue, named)
    return finish(project, named, options, catalog, stats, paths)


def _fed(quiet: list[tuple[str, bytes]], options: Options, catalogue: Callable[[], Catalog], named: Sequence[str] = ()) -> list[str]:
    """Files that say nothing about mail, but feed one that does and is not looked at."""
    if not quiet:
        return []
    from smtplint import feeders

    def sections() -> list[str]:
        return [name for carrier in catalogue().carriers for name in carrier.get("sections") or ()]

    found = [one for one in (feeders.feeder(path, data, sections) for path, data in quiet) if one is not None]
    return feeders.fed(found, named, options.max_file_size) if found else []


def run_stdin(name: str, data: bytes, options: Options) -> Result:
    """Lint standard input as if it were the file `name`; its companions are looked up beside that name."""
    catalog = load_catalog(options)
    project = new_project(options, catalog, {name: data})
    return finish(project, [name], options, catalog, {"files": 1, "looked_at": 1, "read": 1}, [name])


def load_catalog(options: Options) -> Catalog:
    """The shipped rules and the user's folders. Raises smtplint.catalog.compile.CatalogError."""
    from smtplint import catalog

    return catalog.load(options.rules, cache=options.cache)


def new_project(options: Options, catalog: Catalog, overrides: dict[str, bytes] | None = None) -> Project:
    """A project index over the working directory."""
    from smtplint.carriers import prepare
    from smtplint.resolve import Project

    return Project(
        os.getcwd(),
        prepare(catalog.carriers),
        max_bytes=options.max_file_size,
        overrides=overrides,
        docs=options.docs,
        cache=options.cache,
    )


def finish(
    project: Project, named: Sequence[str], options: Options, catalog: Catalog, stats: dict[str, int], paths: Sequence[str]
) -> Result:
    """From the candidate files to the result."""
    from smtplint import suppress
    from smtplint.judge import judge
    from smtplint.result import Result

    found, others = gather(project, named, options, catalog)
    findings = judge(sorted([*found, *others], key=lambda one: one.sort_key), catalog)
    fingerprints(findings)
    if others:
        mine = {id(one) for one in found}
        findings = [finding for finding in findings if any(id(one) in mine for one in finding.endpoints)]
    listed = [endpoint for endpoint in found if outgoing(endpoint)]
    stats["endpoints"] = len(listed)
    result = Result(endpoints=listed, stats=stats)
    result.run = (project, tuple(named), options, catalog)
    result.findings, result.suppressed, remarks = suppress.apply(findings, project.sources, options, catalog.checks)
    project.notifications.extend(note for note in remarks if options.report_unused_ignores or note.id != "unused-ignore")
    if options.baseline:
        from smtplint import baseline

        speaking = suppress.active(suppress.rules_of(catalog.checks), options.layers)
        result.findings, known, result.gone = baseline.compare(result.findings, options.baseline, paths=paths, rules=speaking)
        result.suppressed = sorted([*result.suppressed, *known], key=lambda finding: finding.sort_key)
    result.notifications = _sorted(project.notifications)
    return result


def outgoing(endpoint: Endpoint) -> bool:
    """Whether an endpoint is a link to a fixed host, hence listed; servers and relays that deliver straight are judged only."""
    return endpoint.role == "submission" or (endpoint.role == "relay" and endpoint.host is not None)


def _sorted(notes: list[Notification]) -> list[Notification]:
    return sorted(notes, key=lambda note: (note.file, note.line, note.column, note.id))


def collect(project: Project, named: Sequence[str], options: Options, catalog: Catalog) -> list[Endpoint]:
    """Every endpoint to which a named file contributes, with its derived facts, once, in file order."""
    return gather(project, named, options, catalog)[0]


def gather(project: Project, named: Sequence[str], options: Options, catalog: Catalog) -> tuple[list[Endpoint], list[Endpoint]]:
    """The endpoints to which a named file contributes, and those besides that share a file with one of them, each in file order.

    What is one cause, and how namesakes are numbered, must not depend on which files were named: so both are settled over all of these.
    """
    from smtplint.facts import derive

    wanted = set(named)

    def work(part: Sequence[str]) -> dict[str, list[Endpoint]]:
        return _found(project, part, wanted, options, catalog)

    found = None
    if options.jobs > 1 and not project.index.overrides:
        from smtplint import workers

        found = workers.shared(project, catalog, named, options.jobs, work, MAX_ENDPOINTS)
    if found is None:
        found = work(named)
    kept: dict[str, Endpoint] = {}
    known: dict[tuple[object, ...], Endpoint] = {}
    chosen: set[int] = set()
    for root in sorted(found):
        for endpoint in found[root]:
            first = _keep(endpoint, kept, known)
            if endpoint.files & wanted or root in wanted:
                chosen.add(id(first))
    left = _without_echoes(kept.values())
    for endpoint in left:
        derive(endpoint, catalog, options.private_hosts, options.development_hosts)
    ordered = sorted(left, key=lambda one: one.sort_key)
    return [one for one in ordered if id(one) in chosen], [one for one in ordered if id(one) not in chosen]


def _found(project: Project, named: Sequence[str], wanted: set[str], options: Options, catalog: Catalog) -> dict[str, list[Endpoint]]:
    """The endpoints of every root that `named` leads to, `wanted` being all files that were named, until there are too many."""
    found: dict[str, list[Endpoint]] = {}
    kept_files: set[str] = set()
    count = 0
    for path in named:
        project.release(kept_files, path)
        pending = {root: None for root in project.roots(path) if root not in found}
        while pending and count <= MAX_ENDPOINTS:
            root = next(iter(pending))
            del pending[root]
            found[root] = []
            if root not in wanted and excluded(project, root, options):
                continue
            for endpoint in _endpoints(project, root, options, catalog):
                count += 1
                if count > MAX_ENDPOINTS:
                    project.limit(root, f"more than {MAX_ENDPOINTS} endpoints were found; the rest was left out")
                    break
                found[root].append(endpoint)
                kept_files |= endpoint.files
                if endpoint.files & wanted or root in wanted:
                    for file in sorted(endpoint.files):
                        pending.update(dict.fromkeys(one for one in project.roots(file) if one not in found))
    return found


def excluded(project: Project, path: str, options: Options) -> bool:
    """Whether the configuration leaves a file out that another one leads to."""
    if not options.exclude:
        return False
    from smtplint.globs import Rooted

    return Rooted(options.exclude, options.base or os.getcwd()).covers(project.index.absolute(path))


def _endpoints(project: Project, root: str, options: Options, catalog: Catalog) -> Iterator[Endpoint]:
    from smtplint.catalog.paths import glob_matches
    from smtplint.profiles import endpoints as endpoints_of

    chosen = next((profile for glob, profile in options.profiles.items() if glob_matches(glob, root)), "")
    for scope in project.scopes(root):
        evidence = evidence_of(project, scope.owner.folder or scope.source.path, options)
        yield from endpoints_of(scope, catalog, evidence, chosen)


def _without_echoes(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Without what only the names of a chart's values suggest, where templates of the chart say who gets these values and under which names.

    What no template that can be read takes over (a port beside the host) still speaks by its name.
    """
    found = list(endpoints)
    taken = {field.place.key for one in found for field in one.fields.values() if field.place is not None and field.place.path != one.file}

    def echo(one: Endpoint) -> bool:
        if one.profile != "generic" or one.scope is None or one.scope.container != "helm":
            return False
        own = [field.place for name in ("host", "port") if (field := one.fields.get(name)) is not None and field.place is not None]
        return bool(own) and all(place.path == one.file and place.key in taken for place in own)

    return [one for one in found if not echo(one)]


def _keep(endpoint: Endpoint, kept: dict[str, Endpoint], known: dict[tuple[object, ...], Endpoint]) -> Endpoint:
    """Add an endpoint unless an equal one is there; worlds that give equal endpoints collapse, other namesakes are numbered."""
    facts = (endpoint.file, endpoint.profile, *_facts(endpoint))
    if facts in known:
        return known[facts]
    known[facts] = endpoint
    name, number = endpoint.id, 1
    while endpoint.id in kept:
        number += 1
        endpoint.id = f"{name}~{number}"
    kept[endpoint.id] = endpoint
    return endpoint


def _facts(endpoint: Endpoint) -> tuple[object, ...]:
    """What makes two endpoints of one file equal: every fact and every place it comes from."""
    places = tuple((name, field.place.key if field.place is not None else None) for name, field in sorted(endpoint.fields.items()))
    scope = endpoint.scope
    return (
        scope.path if scope is not None else "",
        endpoint.host,
        endpoint.port,
        endpoint.modes,
        endpoint.verify,
        endpoint.auth,
        endpoint.enabled,
        places,
    )


def evidence_of(project: Project, path: str, options: Options) -> Callable[[str, str], Any]:
    """Versions the user states come first, then what lies in the repository."""
    found: list[Any] = []

    def evidence(axis: str, package: str) -> Any:
        if package in options.versions:
            return options.versions[package]
        if not found:
            found.append(project.evidence(path))
        return found[0].get(axis, package)

    return evidence


def fingerprints(findings: list[Finding]) -> None:
    """A stable identity for every finding: rule, file, profile, key path and an ordinal among equals; no line numbers, no values."""
    counts: dict[tuple[str, str, str, str], int] = {}
    for finding in findings:
        endpoint = finding.endpoint
        recognition = endpoint.recognition
        inside = ".".join(
            part for part in ((endpoint.scope.path if endpoint.scope else ""), recognition.path if recognition else "") if part
        )
        key = (finding.rule, finding.place.path, endpoint.profile, f"{inside}/{finding.key_path}")
        counts[key] = counts.get(key, 0) + 1
        finding.identity = (*key, counts[key])
