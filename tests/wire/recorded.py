"""What the clients did on the wire, recorded with the laboratory of this folder.

`observations/` holds a file for each client, with one line per version and configuration:
`{"client", "version", "config", "runs": {scenario: [flags, tls, seconds, error, connections]}}`.

`config`   the TLS settings of that client in its own names; `{}`: none is written. Host, port, user name and password were always set,
           unless the configuration says otherwise.
`flags`    A the password was readable inside AUTH PLAIN or LOGIN on a link without TLS; B the text of the mail was; D delivered; I acted on
           the injected reply (S12).
`tls`      the version under which application data arrived, "" for none.
`seconds`  from the connection to the end of the client.
`error`    "" or a kind: certificate, tls-version, tls, starttls-missing, starttls-refused, authentication, configuration, timeout, other,
           waits (no end was seen).
`connections` only when there was more than one.

The machine was Debian 12 (OpenSSL 3.0 at security level 2, GnuTLS 3.7.9, OpenJDK 17, Node 20, PHP 8.2, Ruby 3.1, Perl 5.36). Each client
ran alone with nothing but the loopback interface, and trusted the private authority of the good certificate by the means of its platform.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.wire.written import Config

RECORDED = Path(__file__).with_name("observations")

SCENARIOS = {
    "S1": "STARTTLS offered, trusted certificate, AUTH PLAIN LOGIN, port 587",
    "S1L": "as S1, AUTH LOGIN only",
    "S2": "STARTTLS stripped: not offered, the command gets 502; AUTH PLAIN LOGIN in clear",
    "S2L": "as S2, AUTH LOGIN only",
    "S3": "STARTTLS offered, the command gets 454",
    "S4": "STARTTLS, self-signed certificate for the right name",
    "S5": "STARTTLS, trusted certificate for another host name",
    "S6": "STARTTLS, the server speaks TLS 1.0 and 1.1 only; the platform's own TLS policy",
    "S6p": "as S6, OpenSSL allowed TLS 1.0 at security level 0: shows which clients have a floor of their own",
    "S7": "implicit TLS on port 465, trusted certificate, configured for implicit TLS",
    "S7x": "the same on port 2465, not configured for implicit TLS",
    "S8": "implicit TLS, self-signed certificate",
    "S8w": "implicit TLS, trusted certificate for another host name",
    "S8o": "implicit TLS 1.0 and 1.1 only; the platform's own policy",
    "S8op": "as S8o, OpenSSL allowed TLS 1.0 at security level 0",
    "S9": "the S1 server on port 587, configured for implicit TLS",
    "S9p": "the S1 server on port 465, configured for implicit TLS",
    "S10": "the S7 server on port 465, not configured for implicit TLS",
    "S11": "the connection is accepted and never a byte sent",
    "S12": "as S1, a forged EHLO reply follows the 220 to STARTTLS in the same segment",
}
PORTS = {
    scenario: 465 if scenario in ("S7", "S8", "S8w", "S8o", "S8op", "S9p", "S10") else 2465 if scenario == "S7x" else 587
    for scenario in SCENARIOS
}


class Run:
    """One client against one server. See the module for the attributes."""

    def __init__(self, client: str, version: str, config: Config, scenario: str, row: list[Any]) -> None:
        self.client = client
        self.version = version
        self.config = config
        self.scenario = scenario
        self.row = row
        flags = str(row[0])
        self.password = "A" in flags
        self.body = "B" in flags
        self.delivered = "D" in flags
        self.injected = "I" in flags
        self.tls = str(row[1])
        self.seconds = float(row[2])
        self.error = str(row[3])

    @property
    def port(self) -> int:
        return PORTS[self.scenario]

    def __str__(self) -> str:
        seen = [
            word
            for word, is_so in (("password in clear", self.password), ("mail in clear", self.body), ("delivered", self.delivered))
            if is_so
        ]
        return f"{self.client} {self.version} {json.dumps(self.config)} {self.scenario}: {', '.join(seen) or 'nothing passed'}"


def load(folder: Path = RECORDED) -> list[Run]:
    """Every recorded run."""
    runs: list[Run] = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            runs.extend(Run(row["client"], row["version"], row["config"], scenario, seen) for scenario, seen in row["runs"].items())
    return runs


def keep(runs: Iterable[Run], folder: Path = RECORDED) -> None:
    """Write runs down beside those that are recorded already; one that was made again takes the place of the older one. Where the
    laboratory stopped a client that had been watched for longer before, the longer watch stays."""
    held: dict[str, dict[tuple[str, str], tuple[Config, dict[str, list[Any]]]]] = {}

    def add(run: Run, *, again: bool) -> None:
        key = (run.version, json.dumps(run.config, sort_keys=True))
        rows = held.setdefault(run.client, {}).setdefault(key, (run.config, {}))[1]
        if again and run.error == "waits" and run.scenario in rows and float(rows[run.scenario][2]) > run.seconds:
            return
        rows[run.scenario] = run.row

    made = list(runs)
    names = {run.client for run in made}
    for run in load(folder):
        if run.client in names:
            add(run, again=False)
    for run in made:
        add(run, again=True)
    order = list(SCENARIOS)
    folder.mkdir(parents=True, exist_ok=True)
    for client, lines in held.items():
        text = []
        for (version, _), (config, rows) in sorted(lines.items(), key=lambda item: item[0]):
            seen = {scenario: rows[scenario] for scenario in sorted(rows, key=order.index)}
            text.append(json.dumps({"client": client, "version": version, "config": config, "runs": seen}, separators=(",", ":")) + "\n")
        (folder / f"{client}.jsonl").write_text("".join(text), "utf-8")


def changes(known: Iterable[Run], made: Iterable[Run]) -> tuple[int, list[str]]:
    """How many runs went as they are recorded for the same version, and what went otherwise: what passed in clear or was delivered, and
    the version of TLS. Times and words of errors are no difference."""
    before = {(run.client, run.version, json.dumps(run.config, sort_keys=True), run.scenario): run for run in known}
    same = 0
    other: list[str] = []
    for run in made:
        old = before.get((run.client, run.version, json.dumps(run.config, sort_keys=True), run.scenario))
        if old is None:
            continue
        if old.row[:2] == run.row[:2]:
            same += 1
        else:
            other.append(f"{run} ({run.row}, recorded: {old.row})")
    return same, sorted(other)
