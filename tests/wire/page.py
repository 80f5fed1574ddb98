"""docs/wire.md: what the laboratory found, in numbers that follow from the recorded runs."""

from __future__ import annotations

from collections.abc import Callable

from smtplint.catalog import Catalog
from tests.wire.clients import clients
from tests.wire.predict import AGREES, compare
from tests.wire.recorded import SCENARIOS, Run, load

INTRO = """# What was seen on the wire

smtplint says what a mail client does. These are the clients that were watched doing it: each a real process, told its settings by the file
that its users write, against servers on loopback that refuse, lie, or keep silent. Every run is compared with what `smtplint endpoints`
says of that file: whether the password or the mail can be read on the way, whether the mail is delivered, whether the certificate is
accepted, and what the lowest version of TLS is.

`python -m tests.wire` in a checkout installs the clients beside the machine and runs them again, each in a world that has nothing but the
loopback interface; `python -m tests.wire --compare` only compares what is recorded in `tests/wire/observations`.
"""


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _who(runs: list[Run], seen: Callable[[Run], bool]) -> str:
    return _list({run.client for run in runs if seen(run)})


def text(rules: Catalog) -> str:
    """The page."""
    runs = load()
    result = compare(runs, rules)
    versions = {(run.client, run.version) for run in runs}
    again = {run.client for run in runs} & {client.name for client in clients()}
    leaked = [run for run in runs if run.password]
    agree = result.counts[AGREES]
    lines = [
        INTRO,
        f"**{len(runs)} runs** of {len(versions)} versions of {len({run.client for run in runs})} clients are recorded, "
        f"{len(again)} of which the command can run again. {result.compared} are compared: "
        f"**{agree} agree, {result.compared - agree - len(result.disagreements)} are excused for a reason told below, "
        f"{len(result.disagreements)} disagree. Leaks that smtplint calls safe: {len(result.leaks)}.**\n",
        "## What the clients did\n",
        f"- In {len(leaked)} runs the password could be read on the way, in {sum(run.body for run in runs)} the mail.",
        f"- The mail went out in clear when the offer of STARTTLS was stripped: {_who(runs, lambda run: run.scenario == 'S2' and run.body)}.",
        "- With nothing set about certificates, a self-signed one was accepted: "
        f"{_who(runs, lambda run: run.scenario in ('S4', 'S8') and bool(run.tls) and run.delivered and _says_nothing(run))}.",
        f"- TLS 1.1 was spoken although the system does not allow it: {_who(runs, lambda run: run.scenario in ('S6', 'S8o') and run.tls == '1.1')}.",
        f"- A reply that was injected after STARTTLS was believed: {_who(runs, lambda run: run.injected)}.",
        "- Against a server that never says a word, still waiting when the laboratory ended it after more than a minute: "
        f"{_who(runs, lambda run: run.scenario == 'S11' and run.error == 'waits' and run.seconds > 60)}.\n",
        "## The servers\n",
        "| short | server | runs | delivered | password readable |",
        "| --- | --- | --- | --- | --- |",
    ]
    for short, told in SCENARIOS.items():
        met = [run for run in runs if run.scenario == short]
        lines.append(f"| {short} | {told} | {len(met)} | {sum(run.delivered for run in met)} | {sum(run.password for run in met)} |")
    lines += [
        "\nCertificates are made for the run and trusted by the means of each platform; user name and password are always set unless the",
        "configuration says otherwise.\n",
        "## Agreement\n",
        "| client | versions | runs compared | agree | excused | disagree |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, counts in sorted(result.clients.items()):
        of_it = ", ".join(sorted({version.partition(" (")[0] for client, version in versions if client == name}))
        lines.append(f"| {name} | {of_it} | {sum(counts.values())} | {counts['agrees']} | {counts['excused']} | {counts['disagrees']} |")
    lines.append("\nExcused:\n")
    lines.extend(
        f"- {count}: {reason}" for reason, count in sorted(result.counts.items(), key=lambda one: (-one[1], one[0])) if reason != AGREES
    )
    left = {run.client for run in runs} - set(result.clients)
    lines.append(f"\nRecorded, but not compared{f' ({_list(left)}, and single runs of others)' if left else ''}:\n")
    lines.extend(f"- {count}: {reason}" for reason, count in sorted(result.left.items(), key=lambda one: (-one[1], one[0])))
    return "\n".join(lines) + "\n"


def _says_nothing(run: Run) -> bool:
    words = str(run.config).lower()
    return not any(
        word in words
        for word in (
            "verif",
            "insecure",
            "check",
            "trust",
            "reject",
            "validate",
            "certs",
            "selfsigned",
            "self_signed",
            " -k",
            "'-k",
            "certpath",
        )
    )
