"""The laboratory itself, live: hostile servers on loopback, real clients, and smtplint's word held against what they do.

The fast tests run the servers against smtplib, which is always there. The sample in the slow tier installs a few clients; what cannot be
installed is told, and at least the clients of the standard library must have run.
"""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.examples import shipped
from tests.wire import lab, world
from tests.wire.clients import RENDERERS, SECOND, clients
from tests.wire.clients.base import DRIVERS, Client, Ready, scenarios
from tests.wire.predict import Comparison, judge
from tests.wire.record import Bench, record_all, wanted
from tests.wire.recorded import SCENARIOS, Run, keep, load
from tests.wire.written import number

STARTTLS = {"class": "SMTP", "starttls": "unchecked", "context": "create_default_context"}
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="the certificates are made with openssl")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> lab.Certificates:
    return lab.Certificates(tmp_path_factory.mktemp("certificates"))


def smtplib() -> Client:
    return next(one for one in clients() if one.name == "python-smtplib")


@needs_openssl
@pytest.mark.parametrize(
    ("config", "scenario", "flags", "tls", "error"),
    [
        (STARTTLS, "S1", "D", "1.3", ""),
        (STARTTLS, "S2", "", "", "starttls-missing"),
        (STARTTLS, "S4", "", "", "certificate"),
        ({"class": "SMTP"}, "S2", "ABD", "", ""),
        ({"class": "SMTP_SSL"}, "S8", "D", "1.3", ""),
    ],
    ids=["STARTTLS", "stripped", "self-signed", "in clear", "implicit, unchecked"],
)
def test_what_a_run_shows(
    config: dict[str, str], scenario: str, flags: str, tls: str, error: str, certificates: lab.Certificates, tmp_path: Path
) -> None:
    with Bench(tmp_path / "runs", certificates, limit=30, worlds=False) as bench:
        seen = bench.record(smtplib(), Ready(tmp_path, "CPython"), config, scenario)
    assert (seen.row[0], seen.tls, seen.error) == (flags, tls, error)


needs_world = pytest.mark.skipif(bool(world.unavailable()), reason=f"no private world: {world.unavailable()}")


@needs_openssl
@needs_world
def test_in_a_world_of_its_own_a_client_finds_the_written_name_and_port(certificates: lab.Certificates, tmp_path: Path) -> None:
    """The certificate is for the name that the configuration says, and the ports are those it says."""
    with Bench(tmp_path / "runs", certificates, limit=30, worlds=True) as bench:
        seen = [bench.record(smtplib(), Ready(tmp_path, "CPython"), STARTTLS, scenario) for scenario in ("S1", "S5")]
    assert [(run.row[0], run.real_port) for run in seen] == [("D", 587), ("", 587)]


@needs_openssl
@needs_world
def test_what_a_client_leaves_behind_ends_with_its_world(certificates: lab.Certificates, tmp_path: Path) -> None:
    """A mail system goes on in the background, in a session of its own."""
    leaving = "import os, sys, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(300)\n"
    job = {"scenario": "S1", "port": 587, "folder": str(tmp_path), "variables": {}, "limit": 5, "text": ""}
    mark = str(tmp_path / "unlike any other")
    with world.World(certificates) as one:
        one.run({**job, "command": [sys.executable, "-c", leaving, mark]})
        assert running(mark)
    assert not running(mark)


def running(word: str) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in path.read_bytes():
                return True
        except OSError:
            continue
    return False


@needs_world
def test_a_world_is_not_furnished_outside_of_one() -> None:
    """What is mounted inside would otherwise be mounted over the machine's own /etc."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.wire.world", os.readlink("/proc/self/ns/mnt"), "nowhere"], capture_output=True, text=True, check=False
    )
    assert "only to be started by the laboratory" in done.stderr


@needs_openssl
def test_a_client_that_waits_is_ended_with_all_it_started(certificates: lab.Certificates, tmp_path: Path) -> None:
    """The silent server: the client has no time limit of its own. Its child would hold the output open for a minute."""
    begun = time.monotonic()
    with lab.Server("S11", certificates) as server:
        seen = lab.run(["sh", "-c", "sleep 60 & sleep 60"], server, tmp_path, {"PATH": "/usr/bin:/bin"}, limit=0.5)
    assert seen.error == "waits"
    assert time.monotonic() - begun < 30


@needs_openssl
def test_servers_listen_on_loopback_and_on_ports_of_their_own(certificates: lab.Certificates) -> None:
    with lab.Server("S1", certificates) as one, lab.Server("S1", certificates) as other:
        assert one.port != other.port
        assert one._listener.getsockname()[0] == "127.0.0.1"


def test_every_client_names_servers_that_are_described() -> None:
    for client in clients():
        for implicit in (True, False):
            assert set(scenarios(implicit=implicit, waiting=True)) <= set(SCENARIOS)
        assert client.implicit or client.other or any(run.client == client.name for run in load())


def test_what_is_written_is_written_for_a_client_that_is_known() -> None:
    known = {run.client for run in load()} | {client.name for client in clients()}
    assert set(RENDERERS) <= known
    assert set(SECOND) <= set(RENDERERS)


def test_a_run_that_was_made_again_takes_the_place_of_the_older_one(tmp_path: Path) -> None:
    """A client that was watched for two minutes is not said to wait for ever because the next one watched for ten seconds."""
    keep([Run("a", "1", {}, "S1", ["D", "1.2", 1.0, ""]), Run("a", "1", {}, "S11", ["", "", 120.0, "timeout"])], tmp_path)
    keep([Run("a", "1", {}, "S1", ["D", "1.3", 1.0, ""]), Run("a", "1", {}, "S11", ["", "", 10.0, "waits"])], tmp_path)
    assert [(run.scenario, run.tls, run.seconds) for run in load(tmp_path)] == [("S1", "1.3", 1.0), ("S11", "", 120.0)]


@pytest.mark.parametrize(
    ("client", "file", "pin"),
    [
        ("go-mail", "go/libraries/go.mod", "github.com/wneessen/go-mail v{}"),
        ("mail.v2", "go/libraries/go.mod", "gopkg.in/mail.v2 v{}"),
        ("alertmanager", "go/alertmanager/go.mod", "github.com/prometheus/alertmanager v{}"),
        ("gitea", "go/gitea/go.mod", "code.gitea.io/gitea v{}"),
        ("lettre", "rust/Cargo.toml", 'version = "={}"'),
    ],
)
def test_what_is_built_is_what_is_named(client: str, file: str, pin: str) -> None:
    """The release in the list of clients and the one in the build file are written down apart."""
    releases = {number(one.version) for one in clients() if one.name == client}
    text = (DRIVERS / file).read_text("utf-8")
    assert any(pin.format(release) in text for release in releases)


def test_errors_have_kinds() -> None:
    assert lab.kind_of("ssl.SSLCertVerificationError: certificate verify failed: self-signed certificate") == "certificate"
    assert lab.kind_of("SMTPNotSupportedError: STARTTLS extension not supported by server.") == "starttls-missing"
    assert lab.kind_of("454 4.7.0 TLS not available") == "starttls-refused"
    assert lab.kind_of("tls: failed to verify certificate: x509: certificate signed by unknown authority") == "certificate"
    assert lab.kind_of("SSLHandshakeException: PKIX path building failed: unable to find valid certification path") == "certificate"
    assert lab.kind_of("out of paper") == "other"


# --- the slow tier --------------------------------------------------------------------------------

SAMPLE = (
    ("logging.handlers.SMTPHandler", ""),
    ("nodemailer", "6.9.16"),
    ("nodemailer", "10.6.0"),
    ("django", "5.2.19"),
    ("flask-mail", "0.10.0"),
    ("msmtp", ""),
    ("curl", ""),
)


@pytest.mark.full
@needs_openssl
def test_the_sample_does_what_smtplint_says(certificates: lab.Certificates, tmp_path: Path, at_the_end: list[str]) -> None:
    """Real clients, installed now, told their settings by the very files that are linted."""
    result = Comparison()
    left: list[str] = []
    chosen = [
        one
        for one in clients()
        if one.name == "python-smtplib" or any(one.name == name and version in ("", one.version) for name, version in SAMPLE)
    ]
    for client in chosen:
        # Two configurations of each kind are a sample; the whole list is `python -m tests.wire`.
        client.implicit, client.other = client.implicit[:1], client.other[:2]
    with Bench(tmp_path / "runs", certificates, limit=20, worlds=not world.unavailable()) as bench:
        for run in record_all(
            bench, chosen, tmp_path / "installed", lambda client: wanted(client, [], waiting=False), workers=2, limit=90, tell=left.append
        ):
            judge(result, run, run.rendered, run.real_port, shipped())
    at_the_end.append("\n".join([result.table(), *(line for line in left if "NOT " in line)]))
    assert result.leaks == []
    assert result.disagreements == []
    assert {"python-smtplib", "logging.handlers.SMTPHandler"} <= set(result.clients)
    assert result.compared >= 40


@needs_openssl
def test_the_server_ends_a_connection_under_tls_as_well(certificates: lab.Certificates) -> None:
    """A client that waits for the end after QUIT would otherwise count as one that waits for ever."""
    trusting = ssl.create_default_context(cafile=certificates.authority)
    with (
        lab.Server("S7", certificates) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=5) as plain,
        trusting.wrap_socket(plain, server_hostname="localhost") as link,
    ):
        link.sendall(b"QUIT\r\n")
        said = b""
        while more := link.recv(4096):
            said += more
    assert said.endswith(b"bye\r\n")
