"""The laboratory itself, live: hostile servers on loopback, real clients, and smtplint's word held against what they do.

The fast tests run the servers against smtplib, which is always there. The sample in the slow tier installs a few clients; what cannot be
installed is told, and at least the clients of the standard library must have run.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.examples import shipped
from tests.wire import lab
from tests.wire.clients import Client, clients, record, record_all
from tests.wire.observations import SCENARIOS
from tests.wire.predict import Comparison, judge

STARTTLS = {"class": "SMTP", "starttls": "unchecked", "context": "create_default_context"}
needs_openssl = pytest.mark.skipif(lab.missing("openssl"), reason="the certificates are made with openssl")


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
    seen = record(smtplib(), config, scenario, tmp_path / "run", certificates, limit=30)
    assert (seen.row[0], seen.tls, seen.error) == (flags, tls, error)


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
            assert set(client.scenarios(implicit=implicit, waiting=True)) <= set(SCENARIOS)
        assert client.implicit or client.other


def test_errors_have_kinds() -> None:
    assert lab.kind_of("ssl.SSLCertVerificationError: certificate verify failed: self-signed certificate") == "certificate"
    assert lab.kind_of("SMTPNotSupportedError: STARTTLS extension not supported by server.") == "starttls-missing"
    assert lab.kind_of("454 4.7.0 TLS not available") == "starttls-refused"
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
def test_the_sample_does_what_smtplint_says(certificates: lab.Certificates, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Real clients, installed now, told their settings by the very files that are linted."""
    begun = time.monotonic()
    result = Comparison()
    left = []
    chosen = [
        one
        for one in clients()
        if one.name == "python-smtplib" or any(one.name == name and version in ("", one.version) for name, version in SAMPLE)
    ]
    for number, client in enumerate(chosen):
        spent = time.monotonic() - begun
        why = client.install(tmp_path / "installed", limit=90) if spent < 180 else "no time is left for it"
        if why:
            left.append(f"{client}: {why}")
            continue
        # Two configurations of each kind are a sample; the whole list is `python -m tests.wire`.
        client.implicit, client.other = client.implicit[:1], client.other[:2]
        for run in record_all(client, tmp_path / str(number), certificates, limit=20, waiting=False):
            judge(result, run, run.rendered, run.real_port, shipped())
    with capsys.disabled():
        print("\n" + result.table())
        print("".join(f"not installed: {line}\n" for line in left))
    assert result.leaks == []
    assert result.disagreements == []
    assert {"python-smtplib", "logging.handlers.SMTPHandler"} <= set(result.clients)
    assert result.compared >= 40
