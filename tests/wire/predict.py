"""What smtplint says of a configuration, turned into what must be seen on the wire, and held against what was seen.

A prediction claims at most three things about one run: the password is readable, the mail is readable, the mail is delivered. Each is
True, False, or None: nothing is claimed. The claims follow from the endpoint alone: its modes, what it says of the certificate, its
lowest TLS version.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from smtplint import linter
from smtplint.catalog import Catalog
from smtplint.catalog.condition import evaluate
from smtplint.config import Options
from smtplint.resolve import Project
from smtplint.version import satisfies
from tests.examples import carriers_of
from tests.wire.clients import RENDERERS, render
from tests.wire.recorded import Run
from tests.wire.written import Files, Inputs, Left, Rendered

IMPLICIT_SERVERS = ("S7", "S7x", "S8", "S8w", "S8o", "S8op", "S10")
SELF_SIGNED, OTHER_NAME = ("S4", "S8"), ("S5", "S8w")
LOGIN_ONLY = ("S1L", "S2L")
OLD_VERSIONS = ("ssl3", "1.0", "1.1")
OLD_TLS, OLD_TLS_ALLOWED = ("S6", "S8o"), ("S6p", "S8op")
SAFE = frozenset({"starttls", "implicit", "invalid"})
# Clients on GnuTLS, Go, Java and Node do not read OpenSSL's configuration: for them the allowed run is the stock one.

Claims = tuple[bool | None, bool | None, bool | None]  # password readable, mail readable, delivered
NOTHING: Claims = (False, False, False)


class Said:
    """What smtplint says: one candidate for every version or value it leaves open."""

    def __init__(
        self,
        mode: str,
        *,
        verify: bool | None,
        name: bool | None,
        floor: str | None,
        floor_known: bool,
        auth: str,
        guard: str,
        enabled: bool | None = True,
        ceiling: str | None = None,
        by: str = "",
        row: dict[str, Any] | None = None,
    ) -> None:
        self.mode = mode
        self.verify = verify
        self.name = name
        self.floor = floor
        self.floor_known = floor_known
        self.auth = auth
        self.guard = guard
        self.enabled = enabled
        self.ceiling = ceiling
        self.by = by
        self.row = row or {}  # of the table, as compiled; with the name of the table and its number in it

    @property
    def fallback(self) -> str:
        """What optional encryption falls back on: the offer, a refusal, a failed handshake; "" where the table does not say."""
        return str(self.row.get("fallback", ""))


def _deciding(rules: Catalog, profile: dict[str, Any], mode: str, told: str) -> dict[str, Any]:
    """The row that an endpoint tells of."""
    tables = [("profiles", profile)] + ([("clients", rules.client(profile["client"]))] if profile["client"] else [])
    for folder, part in tables:
        for number, row in enumerate(part["modes"]):
            if row["mode"] == mode and told == (row["note"] or row["text"]):
                return {**row, "table": f"{folder}/{part['id']}", "number": number}
    return {}


def _guarded(text: object) -> str:
    """The sentence about AUTH on a clear link, when it says that something is held back."""
    said = str(text or "")
    return said if "refuse" in said or "back" in said else ""


def from_files(files: Files, rules: Catalog) -> list[Said]:
    """Lint files in memory; every candidate of the one endpoint of the main file."""
    data = {name: text.encode() for name, text in files.files.items()}
    project = Project("/nonexistent-smtplint-wire", carriers_of(rules), max_bytes=1 << 20, overrides=data)
    found = [one for one in linter.collect(project, [files.main], Options(), rules) if one.file == files.main and linter.outgoing(one)]
    assert not project.notifications, [note.message for note in project.notifications]
    if len(found) != 1:
        raise LookupError(f"{files.main}: {len(found)} endpoints {[one.profile for one in found]}")
    said: list[Said] = []
    for one in (found[0], *found[0].alternates):
        profile = rules.profile(one.profile)
        client = rules.client(profile["client"]) if profile["client"] else None
        guard = _guarded(profile["auth"].get("in_clear") or (client["auth"].get("in_clear") if client else ""))
        said.extend(
            Said(
                mode,
                verify=one.verify,
                name=one.verify_hostname,
                floor=one.tls_min,
                floor_known=bool(one.facts.get("floor_known")),
                auth=one.auth,
                guard=guard,
                enabled=one.enabled,
                ceiling=one.tls_max,
                by=f"profile {one.profile}",
                row=_deciding(rules, profile, mode, one.row),
            )
            for mode in one.modes
        )
    return said


def from_inputs(asked: Inputs, port: int, rules: Catalog) -> list[Said]:
    """Ask the table of a client."""
    client = rules.client(asked.client)

    def holds(row: dict[str, Any]) -> bool:
        return all(axis not in asked.version or satisfies(asked.version[axis], spec) for axis, spec in row["only"])

    def value(name: str) -> object:
        return port if name == "port" else asked.inputs.get(name, client["inputs"].get(name))

    def state(name: str) -> str:
        return "absent" if value(name) is None else "present"

    def first(rows: Iterable[dict[str, Any]]) -> Any:
        return next((row["value"] for row in rows if holds(row) and evaluate(row["when"], value, state)), None)

    def default(name: str) -> Any:
        found = client["defaults"].get(name, {})
        return found["value"] if "value" in found else first(found.get("rows", ()))

    row = next(
        {**row, "table": f"clients/{asked.client}", "number": number}
        for number, row in enumerate(client["modes"])
        if holds(row) and evaluate(row["when"], value, state)
    )
    verify, name = default("verify"), default("verify_hostname")
    if isinstance(asked.verify, tuple):
        verify, name = asked.verify
    elif asked.verify != "client":
        verify = name = asked.verify
    floor = first(client["tls_floor"])
    return [
        Said(
            str(row["mode"]),
            verify=verify,
            name=name,
            floor=floor,
            floor_known=bool(client["tls_floor"]),
            auth="set",
            guard=_guarded(client["auth"].get("in_clear")),
            by=f"client {asked.client}",
            row=row,
        )
    ]


def says(rendered: Rendered, port: int, rules: Catalog) -> list[Said]:
    """The candidates for a rendered configuration. Raises LookupError when there is not exactly one endpoint."""
    if isinstance(rendered, Files):
        return from_files(rendered, rules)
    assert isinstance(rendered, Inputs)
    return from_inputs(rendered, port, rules)


def _trusts(said: Said, scenario: str) -> bool | None:
    """Whether a handshake against this server ends well."""
    if said.ceiling in OLD_VERSIONS and scenario not in OLD_TLS + OLD_TLS_ALLOWED:
        return False if _checked(said, scenario) is False else None
    return _checked(said, scenario)


def _checked(said: Said, scenario: str) -> bool | None:
    if scenario in SELF_SIGNED:
        return None if said.verify is None else not said.verify
    if scenario in OTHER_NAME:
        if said.verify is False and said.name is None:
            return True
        return None if said.name is None else not said.name
    if scenario in OLD_TLS or scenario in OLD_TLS_ALLOWED:
        # A floor below 1.2, or none, only permits: the platform may still refuse.
        return False if said.floor is not None and said.floor not in OLD_VERSIONS else None
    return True


def claims(said: Said, scenario: str) -> Claims:
    """What must be seen in a scenario if smtplint is right."""
    mode = said.mode
    login = None if said.auth == "unresolved" else said.auth == "set"
    if said.enabled is False or mode == "invalid" or scenario == "S11":
        return NOTHING
    if mode == "unknown":
        return (None, None, None)
    if mode == "implicit":
        return (False, False, _trusts(said, scenario)) if scenario in IMPLICIT_SERVERS else NOTHING
    if mode == "opportunistic" and said.fallback == "handshake":
        return (False, False, _trusts(said, scenario)) if scenario in IMPLICIT_SERVERS else (login, True, True)
    if scenario in IMPLICIT_SERVERS:
        return NOTHING
    if mode == "plaintext":
        return (login, True, True)
    if scenario in ("S2", "S2L"):
        return (login, True, True) if mode == "opportunistic" else NOTHING
    if scenario == "S3":
        if mode != "opportunistic" or said.fallback == "offer":
            return NOTHING
        return (login, True, True) if said.fallback == "refusal" else (None, None, None)
    return (False, False, None if scenario == "S12" else _trusts(said, scenario))


AGREES = "agrees"
GUARD = "AUTH guard: the client keeps the password back in clear, and the profile says so"
FLOOR = "the lowest TLS version is left to the platform"
LESS = "smtplint leaves it open (versions or values that the file does not say)"
REFUSED = "STARTTLS offered and refused: the program decides what follows, and the table does not say"
UNVERIFIED = "smtplint does not say what is checked of the certificate or the name (the program decides, or it is not known)"
PYTHON39 = "Python before 3.10, out of support, sets no lowest TLS version"
NO_LOGIN = "Nodemailer before 10.0.12: opportunisticTLS falls back without logging in; the mail leaks, as predicted, the password does not"
SERVER_NAME = "tls.servername: the name that is compared is another one, by hand"
TRUST = "Angus Mail: ssl.trust leaves the comparison of the name on; smtplint says that nothing is checked"
FACTORY = (
    "Jakarta Mail: after the failed handshake of a socket factory it takes STARTTLS; delivered under TLS, nothing worse than predicted"
)
CEILING = "only an old version of TLS is allowed, and the platform decides whether it still speaks that"
OTHER_FAMILY = "Jakarta Mail: keys of the other family of names (smtp, smtps) are dead; nothing worse than predicted"
QUOTED = "Ruby mail 2.8 refuses a quoted boolean, so that nothing is delivered; 2.7 and 2.9 read it"
ASKED = "mutt: ask-yes asks a person, and nobody was there"
NO_MECHANISM = "go-mail: told to log in with PLAIN at a server that lists LOGIN only, so that nothing is delivered"
ANY_SIGNER = "lettre on rustls: where any certificate is taken the name in it is compared all the same; it says nothing of who made it"
TLS_AUTH = "Postfix: its SASL options refuse PLAIN even inside TLS, so nothing is delivered"
ORDER = (
    "agrees",
    GUARD,
    FLOOR,
    LESS,
    REFUSED,
    UNVERIFIED,
    PYTHON39,
    NO_LOGIN,
    SERVER_NAME,
    TRUST,
    FACTORY,
    CEILING,
    OTHER_FAMILY,
    QUOTED,
    ASKED,
    NO_MECHANISM,
    ANY_SIGNER,
    TLS_AUTH,
)


def _fits(claim: Claims, run: Run) -> bool:
    return all(said is None or said is seen for said, seen in zip(claim, (run.password, run.body, run.delivered), strict=True))


def fits(said: Said, run: Run) -> bool:
    """Whether a run went as one candidate claims."""
    return _fits(claims(said, run.scenario), run)


def verdict(candidates: list[Said], run: Run) -> tuple[str, bool]:
    """("agrees", an excuse, or "disagrees: …"; whether a leak was seen that every candidate calls safe)."""
    predicted = [claims(said, run.scenario) for said in candidates]
    guard = candidates[0].guard
    if "PLAIN is refused" in guard and run.password and run.scenario not in LOGIN_ONLY and run.config.get("host") != "localhost":
        return f"disagrees: the password inside PLAIN in clear, of which {candidates[0].by} says: {guard}", False
    leak = (
        (run.password or run.body)
        and all(said.mode in SAFE for said in candidates)
        and not any(said.enabled is False for said in candidates)
    )
    if leak:
        return "disagrees: a leak that is called safe", True
    fitting = [claim for claim in predicted if _fits(claim, run)]
    if fitting:
        if len(fitting) == len(predicted):
            certain = [said for claim in fitting for said in claim if said is None]
            if not certain:
                return AGREES, False
            if all(claim[0] is None and claim[1] is None and claim[2] is None for claim in fitting):
                return (REFUSED if run.scenario == "S3" and "opportunistic" in {said.mode for said in candidates} else LESS), False
            if run.scenario in OLD_TLS + OLD_TLS_ALLOWED:
                return FLOOR, False
            if candidates[0].ceiling in OLD_VERSIONS:
                return CEILING, False
            if run.scenario == "S12":
                return AGREES, False
            return UNVERIFIED if run.scenario in SELF_SIGNED + OTHER_NAME else LESS, False
        return LESS, False
    said = candidates[0]
    if said.guard and not run.delivered and not run.password and any(claim[2] for claim in predicted):
        if run.client == "postfix" and said.mode in SAFE:
            if any(key.endswith("security_options") for key in run.config):
                return _disagrees(said), False
            return TLS_AUTH, False
        if not run.tls:
            return GUARD, False
    if run.scenario in OLD_TLS_ALLOWED and run.client == "python-smtplib" and "3.9." in run.version and run.tls == "1.1":
        return PYTHON39, False
    if (
        run.client == "nodemailer"
        and run.body
        and not run.password
        and run.config.get("opportunisticTLS")
        and all(claim[1] for claim in predicted)
    ):
        return NO_LOGIN, False
    if run.client == "nodemailer" and "servername" in run.config.get("tls", {}) and run.scenario in OTHER_NAME:
        return SERVER_NAME, False
    if run.scenario == "S9p" and "mail.smtp.socketFactory.class" in run.config and run.tls and not run.password and not run.body:
        return FACTORY, False
    nothing_passed = not (run.delivered or run.body or run.password)
    if (
        run.client in ("angus-mail", "spring-boot")
        and any(key.endswith("mail.smtp.ssl.trust") for key in run.config)
        and run.scenario in OTHER_NAME
        and nothing_passed
    ):
        return TRUST, False
    if (
        run.client == "ruby-mail"
        and run.error == "configuration"
        and any(isinstance(value, str) and not value.startswith(":") for value in run.config.values())
    ):
        return QUOTED, False
    if run.config.get("ssl_starttls") == "ask-yes" and nothing_passed:
        return ASKED, False
    if run.client == "go-mail" and run.scenario in LOGIN_ONLY and run.config.get("SMTPAuth", "").startswith("PLAIN") and nothing_passed:
        return NO_MECHANISM, False
    if run.client == "lettre" and run.config.get("accept_invalid_certs") and run.scenario in OTHER_NAME and nothing_passed:
        return ANY_SIGNER, False
    if run.config.get("mail.transport.protocol") == "smtps" and run.scenario in SELF_SIGNED + OTHER_NAME and nothing_passed:
        return OTHER_FAMILY, False
    return _disagrees(said), False


def _disagrees(said: Said) -> str:
    return f"disagrees: {said.by} says {said.mode}, verify {said.verify}/{said.name}, floor {said.floor}, auth {said.auth}"


class Comparison:
    """Counts by verdict and by client, and what disagrees."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.clients: dict[str, Counter[str]] = {}
        self.left: Counter[str] = Counter()
        self.disagreements: list[str] = []
        self.leaks: list[str] = []

    @property
    def compared(self) -> int:
        return sum(self.counts.values())

    def add(self, run: Run, said: str, leak: bool) -> None:
        word = "disagrees" if said.startswith("disagrees") else said
        self.counts[word] += 1
        self.clients.setdefault(run.client, Counter())[
            "agrees" if word == "agrees" else "disagrees" if word == "disagrees" else "excused"
        ] += 1
        if word == "disagrees":
            (self.leaks if leak else self.disagreements).append(f"{run} | {said}")

    def table(self) -> str:
        """The table of agreement, for people."""
        lines = [f"{'client':32}{'runs':>7}{'agree':>7}{'excused':>9}{'disagree':>10}"]
        for name, counts in sorted(self.clients.items()):
            lines.append(f"{name:32}{sum(counts.values()):7}{counts['agrees']:7}{counts['excused']:9}{counts['disagrees']:10}")
        agree, disagree = self.counts["agrees"], self.counts["disagrees"]
        lines.append(f"{'all':32}{self.compared:7}{agree:7}{self.compared - agree - disagree:9}{disagree:10}")
        lines.extend(("", "excused:"))
        lines.extend(f"{count:7}  {reason}" for reason, count in self.counts.most_common() if reason not in ("agrees", "disagrees"))
        if self.left:
            lines.extend(("", "recorded, but not compared:"))
            lines.extend(f"{count:7}  {reason}" for reason, count in self.left.most_common())
        lines.append(f"\nleaks that smtplint calls safe: {len(self.leaks)}")
        return "\n".join(lines)


def judge(
    result: Comparison, run: Run, rendered: Rendered, port: int, rules: Catalog, said: list[Said] | str | None = None
) -> list[Said] | str:
    """Add one run to a comparison. `said` is what came back for an earlier run of the same configuration and port."""
    if said is None:
        if isinstance(rendered, Left):
            said = rendered.reason
        else:
            try:
                said = says(rendered, port, rules)
            except LookupError as error:
                result.disagreements.append(f"{run} | {error}")
                said = "no single endpoint"
    if isinstance(said, str):
        result.left[said] += 1
    else:
        result.add(run, *verdict(said, run))
    return said


def compare(runs: Iterable[Run], rules: Catalog, ways: dict[str, Any] = RENDERERS, *, to_the_end: bool = True) -> Comparison:
    """Hold every run against what smtplint says of its configuration, rendered in one of the ways of `tests.wire.clients`. Unless
    `to_the_end`, the first disagreement ends it."""
    result = Comparison()
    kept: dict[tuple[str, str, str, int], list[Said] | str] = {}
    for run in runs:
        if not to_the_end and (result.disagreements or result.leaks):
            break
        if ways is not RENDERERS and run.client not in ways:
            continue
        key = (run.client, run.version, json.dumps(run.config, sort_keys=True), run.port)
        rendered = render(run.client, run.version, run.config, run.port, ways)
        kept[key] = judge(result, run, rendered, run.port, rules, kept.get(key))
    return result
