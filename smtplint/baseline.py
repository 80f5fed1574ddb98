"""The findings a project has agreed to live with.

A baseline is a JSON file with one entry per finding: rule, file, fingerprint. It holds no line numbers, no messages and no values, so it is
stable when lines move and safe to commit. Paths in it are relative to the root of the repository.
"""

from __future__ import annotations

import os

from smtplint.identity import prefix, rooted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from smtplint.finding import Finding

VERSION = 1
MAX_BYTES = 64 << 20
_HEX = frozenset("0123456789abcdef")


class BaselineError(Exception):
    """A baseline that cannot be used; `str(error)` is `file: what is wrong`."""


def entries(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """The entries of a baseline for findings that have their fingerprints: sorted, each once."""
    before = prefix()
    found = {(rooted(finding.place.path, before), finding.rule, finding.fingerprint) for finding in findings}
    return [{"rule": rule, "file": file, "fingerprint": digest} for file, rule, digest in sorted(found)]


def dump(findings: Iterable[Finding]) -> bytes:
    """A baseline as bytes: the same for the same findings in any order."""
    import json

    lines = [json.dumps(entry, ensure_ascii=True) for entry in entries(findings)]
    body = ",\n    ".join(lines)
    inside = f"\n    {body}\n  " if body else ""
    return f'{{\n  "version": {VERSION},\n  "findings": [{inside}]\n}}\n'.encode("ascii")


def load(path: str) -> list[dict[str, str]]:
    """The entries of a baseline file. Raises BaselineError; never repeats what the file says."""
    import json

    from smtplint.listing import TooLarge, read_bytes, reason

    try:
        data = json.loads(read_bytes(path, MAX_BYTES).decode("utf-8-sig"))
    except TooLarge:
        raise BaselineError(f"{path}: is too large for a baseline") from None
    except FileNotFoundError:
        raise BaselineError(f"{path}: there is no such baseline; --write-baseline writes one") from None
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read: {reason(error)}") from None
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        raise BaselineError(f"{path}:{line}: is not JSON" if line else f"{path}: is not JSON") from None
    if not isinstance(data, dict) or not isinstance(data.get("findings"), list):
        raise BaselineError(f"{path}: is not a baseline of smtplint (an object with 'version' and 'findings')")
    if data.get("version") != VERSION:
        raise BaselineError(f"{path}: is a baseline of another version; this smtplint knows version {VERSION}")
    found: list[dict[str, str]] = []
    for number, entry in enumerate(data["findings"], 1):
        parts = [entry.get(key) for key in ("rule", "file", "fingerprint")] if isinstance(entry, dict) else []
        rule, file, digest = parts or (None, None, None)
        if not (isinstance(rule, str) and isinstance(file, str) and isinstance(digest, str) and digest and _HEX.issuperset(digest)):
            raise BaselineError(f"{path}: entry {number} needs 'rule', 'file' and 'fingerprint' as texts")
        found.append({"rule": rule, "file": file, "fingerprint": digest})
    return found


def compare(
    findings: Sequence[Finding], path: str, *, paths: Sequence[str] = (".",), rules: Collection[str] | None = None
) -> tuple[list[Finding], list[Finding], list[dict[str, object]]]:
    """`(new, known, gone)`: findings the baseline in `path` does not hold, those it does (marked as suppressed), unanswered entries.

    An entry is gone only if its file lies at or below one of `paths` (as given on the command line) or exists no more, and its rule is
    among `rules` (None: all spoke). Raises BaselineError.
    """
    waiting: dict[str, dict[str, str]] = {entry["fingerprint"]: entry for entry in load(path)}
    new: list[Finding] = []
    met: list[Finding] = []
    answered: set[str] = set()
    for finding in findings:
        if finding.fingerprint in waiting:
            answered.add(finding.fingerprint)
            finding.suppressed = "baseline"
            met.append(finding)
        else:
            new.append(finding)
    before = prefix()
    roots = [_root(name, before) for name in paths]
    gone: list[dict[str, object]] = [
        dict(entry)
        for digest, entry in sorted(waiting.items(), key=lambda item: (item[1]["file"], item[1]["rule"], item[0]))
        if digest not in answered
        and (rules is None or entry["rule"] in rules)
        and (any(_below(entry["file"], root) for root in roots) or not os.path.lexists(_from_root(entry["file"], before)))
    ]
    return new, met, gone


def _root(path: str, before: str) -> str:
    """A path of the command line relative to the root of the repository; "." is the root itself."""
    absolute = os.path.realpath(path)
    relative = os.path.relpath(absolute, os.path.realpath(os.getcwd())).replace(os.sep, "/")
    return os.path.normpath(before + relative).replace(os.sep, "/")


def _below(file: str, root: str) -> bool:
    return root in (".", file) or file.startswith(f"{root}/")


def _from_root(file: str, before: str) -> str:
    return os.path.join("../" * before.count("/"), file) if before else file
