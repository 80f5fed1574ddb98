"""The laboratory: hostile SMTP servers on loopback, and one real client process against one of them.

Nothing outside of 127.0.0.1 is ever spoken to: the name that the clients are told is that address, in a world that has nothing but the
loopback interface where one can be made (`tests.wire.world`). Certificates live for two days in a folder of the run. A client runs in a
process group of its own, which is ended when its time is over, and on any failure.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.wire.written import HOST, PASSWORD

MARK = "the text of the mail"
GREETING = b"220 mail.example.test ESMTP\r\n"
IMPLICIT = ("S7", "S7x", "S8", "S8w", "S8o", "S8op", "S10")
PERMISSIVE = ("S6p", "S8op")

_OPENSSL_CONF = """\
openssl_conf = conf
[conf]
ssl_conf = ssl
[ssl]
system_default = policy
[policy]
MinProtocol = TLSv1
CipherString = DEFAULT@SECLEVEL=0
"""


class Certificates:
    """A private authority and three certificates: good (the name that clients are told, and localhost), other (another name) and self
    (nobody signed it). A folder that holds them already is taken as it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = folder / "authority.pem"
        if (folder / "permissive.cnf").exists():
            return
        folder.mkdir(parents=True, exist_ok=True)
        self._key("authority")
        self._make(
            "req",
            "-x509",
            "-key",
            self._path("authority.key"),
            "-subj",
            "/CN=A private authority",
            "-days",
            "2",
            "-out",
            str(self.authority),
            "-addext",
            "basicConstraints=critical,CA:TRUE",
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
        )
        self._signed("good", HOST, "localhost")
        self._signed("other", "other.example.net")
        self._key("self")
        self._make(
            "req",
            "-x509",
            "-key",
            self._path("self.key"),
            "-subj",
            f"/CN={HOST}",
            "-days",
            "2",
            "-out",
            self._path("self.pem"),
            "-addext",
            f"subjectAltName=DNS:{HOST},DNS:localhost",
        )
        # What a Debian machine has in /etc/ssl/certs, with this one authority in it.
        trusted = folder / "trusted"
        trusted.mkdir()
        for name in ("ca-certificates.crt", f"{self._make('x509', '-hash', '-noout', '-in', str(self.authority)).strip()}.0"):
            shutil.copyfile(self.authority, trusted / name)
        (folder / "permissive.cnf").write_text(_OPENSSL_CONF)

    def _path(self, name: str) -> str:
        return str(self.folder / name)

    def _make(self, *arguments: str) -> str:
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.strip()[-300:]}")
        return done.stdout

    def _key(self, name: str) -> None:
        # RSA: the old versions of TLS and every client know it.
        self._make("genrsa", "-out", self._path(name + ".key"), "2048")

    def _signed(self, name: str, *hosts: str) -> None:
        self._key(name)
        names = self.folder / f"{name}.ext"
        names.write_text(
            f"subjectAltName={','.join(f'DNS:{host}' for host in hosts)}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n"
        )
        self._make("req", "-new", "-key", self._path(name + ".key"), "-subj", f"/CN={hosts[0]}", "-out", self._path(name + ".csr"))
        self._make(
            "x509",
            "-req",
            "-in",
            self._path(name + ".csr"),
            "-CA",
            str(self.authority),
            "-CAkey",
            self._path("authority.key"),
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            str(names),
            "-out",
            self._path(name + ".pem"),
        )

    def context(self, scenario: str) -> ssl.SSLContext:
        """The TLS side of the server of a scenario."""
        name = "self" if scenario in ("S4", "S8") else "other" if scenario in ("S5", "S8w") else "good"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        if scenario in ("S6", "S6p", "S8o", "S8op"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.set_ciphers("DEFAULT@SECLEVEL=0")
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
        return context


class Server:
    """One hostile server on a port of 127.0.0.1, a free one unless told otherwise, for one run. What it saw is in its attributes."""

    def __init__(self, scenario: str, certificates: Certificates, port: int = 0) -> None:
        self.scenario = scenario
        self.context = certificates.context(scenario)
        self.password = False
        self.body = False
        self.delivered = False
        self.injected = False
        self.tls = ""
        self.connections = 0
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self._listener.settimeout(0.2)
        self.port: int = self._listener.getsockname()[1]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for a client
        except OSError:
            pass
        self._thread.join(5)
        self._listener.close()
        for one in self._open:
            one.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                link, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.connections += 1
            self._open.append(link)
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        talk = _Talk(self, link)
        try:
            link.settimeout(60)
            talk.run()
        except (OSError, ssl.SSLError, EOFError):
            pass  # the client went away, or does not like the certificate: that is the observation
        finally:
            # Under TLS that is another socket; a client may wait for its end.
            talk.link.close()


class _Talk:
    """One connection."""

    def __init__(self, server: Server, link: socket.socket) -> None:
        self.server = server
        self.link: socket.socket = link
        self.secure = False
        self.buffer = b""

    def run(self) -> None:
        scenario = self.server.scenario
        if scenario == "S11":
            while self.link.recv(4096):
                pass
            return
        if scenario in IMPLICIT:
            self._wrap()
        self._send(GREETING)
        while True:
            line = self._line()
            verb = line[:8].upper()
            if verb.startswith((b"EHLO", b"HELO")):
                self._send(self._hello())
            elif verb.startswith(b"STARTTLS"):
                if not self._starttls():
                    return
            elif verb.startswith(b"AUTH"):
                self._auth(line)
            elif verb.startswith(b"DATA"):
                self._data()
            elif verb.startswith(b"QUIT"):
                self._send(b"221 2.0.0 bye\r\n")
                return
            elif verb.startswith((b"MAIL", b"RCPT", b"RSET", b"NOOP")):
                self._send(b"250 2.0.0 ok\r\n")
            else:
                self._send(b"502 5.5.1 command not implemented\r\n")

    def _send(self, data: bytes) -> None:
        self.link.sendall(data)

    def _line(self) -> bytes:
        while b"\n" not in self.buffer:
            data = self.link.recv(4096)
            if not data:
                raise EOFError
            if self.secure:
                self._note_version()
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def _note_version(self) -> None:
        # Only a version under which application data arrived counts: with TLS 1.3 a client may refuse after the handshake.
        assert isinstance(self.link, ssl.SSLSocket)
        self.server.tls = {"TLSv1": "1.0", "TLSv1.1": "1.1", "TLSv1.2": "1.2", "TLSv1.3": "1.3"}.get(self.link.version() or "", "")

    def _wrap(self) -> None:
        self.link = self.server.context.wrap_socket(self.link, server_side=True)
        self.server._open.append(self.link)
        self.secure = True
        self.buffer = b""

    def _hello(self) -> bytes:
        scenario = self.server.scenario
        lines = ["mail.example.test"]
        if not self.secure and scenario not in ("S2", "S2L"):
            lines.append("STARTTLS")
        lines.append("AUTH LOGIN" if scenario in ("S1L", "S2L") else "AUTH PLAIN LOGIN")
        return "".join(f"250{'-' if number < len(lines) - 1 else ' '}{line}\r\n" for number, line in enumerate(lines)).encode()

    def _starttls(self) -> bool:
        scenario = self.server.scenario
        if scenario in ("S2", "S2L"):
            self._send(b"502 5.5.1 command not implemented\r\n")
        elif scenario == "S3":
            self._send(b"454 4.7.0 TLS not available due to temporary reason\r\n")
        elif scenario == "S12":
            self._send(b"220 2.0.0 ready\r\n250-mail.example.test\r\n250 AUTH PLAIN LOGIN\r\n")
            self._wrap()
            self._line()
            self.link.settimeout(1.5)
            try:
                more = self.link.recv(4096)
                self.server.injected = bool(more)
                self.buffer += more
            except TimeoutError:
                pass
            self.link.settimeout(60)
            self._send(self._hello())
        else:
            self._send(b"220 2.0.0 ready\r\n")
            self._wrap()
        return True

    def _auth(self, line: bytes) -> None:
        words = line.split()
        mechanism = words[1].upper() if len(words) > 1 else b""
        said = [words[2]] if len(words) > 2 else []
        if mechanism == b"PLAIN" and not said:
            self._send(b"334 \r\n")
            said.append(self._line())
        elif mechanism == b"LOGIN":
            while len(said) < 2:
                self._send(b"334 UGFzc3dvcmQ6\r\n" if said else b"334 VXNlcm5hbWU6\r\n")
                said.append(self._line())
        if not self.secure and any(PASSWORD.encode() in _decoded(word) for word in said):
            self.server.password = True
        self._send(b"235 2.7.0 accepted\r\n")

    def _data(self) -> None:
        self._send(b"354 go on\r\n")
        text = []
        while (line := self._line()) != b".":
            text.append(line)
        if not self.secure and any(MARK.encode() in line or MARK.encode() in _decoded(line) for line in text):
            self.server.body = True
        self.server.delivered = True
        self._send(b"250 2.0.0 taken\r\n")


def _decoded(word: bytes) -> bytes:
    try:
        return base64.b64decode(word)
    except ValueError:
        return b""


class Seen:
    """What one run showed, in the words of `tests.wire.observations`."""

    def __init__(self, server: Server, seconds: float, error: str, words: str = "") -> None:
        self.words = words
        self.password, self.body, self.delivered, self.injected = server.password, server.body, server.delivered, server.injected
        self.tls, self.connections, self.seconds, self.error = server.tls, server.connections, seconds, error

    def row(self) -> list[object]:
        """As in `observations.jsonl`."""
        flags = "".join(
            letter for letter, met in zip("ABDI", (self.password, self.body, self.delivered, self.injected), strict=True) if met
        )
        return [flags, self.tls, round(self.seconds, 2), self.error]


_KINDS = (
    (
        "certificate",
        r"certificate verify|verify failed|self.?signed|altnames|not trusted|untrusted|does not match|hostname mismatch|peer certificate"
        r"|x509:|certification path|no name matching|no subject alternative",
    ),
    ("tls-version", r"protocol.version|legacy sigalg|unsupported protocol|version not supported|error in protocol version"),
    ("timeout", r"time ?out|timed out|etimedout|never received|temporarily unavailable"),
    ("configuration", r"valueerror|typeerror|invalidmailer|mutually exclusive|not compatible|validation"),
    ("starttls-refused", r"454|start tls|refused to start"),
    (
        "starttls-missing",
        r"not advertise the starttls|starttls.*(not supported|required|advertise|not offered)|502|not implemented|notsupported",
    ),
    ("authentication", r"auth|secure authentication"),
    ("tls", r"ssl|tls|handshake"),
)


def kind_of(text: str) -> str:
    """The kind of an error message."""
    low = text.lower()
    return next((kind for kind, pattern in _KINDS if re.search(pattern, low)), "other")


def environment(folder: Path, certificates: Certificates, scenario: str, extra: dict[str, str]) -> dict[str, str]:
    """What a client finds around itself: the good authority is trusted, nothing else is said; no proxy, no settings of the person."""
    made = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "SSL_CERT_FILE": str(certificates.authority),
        "CURL_CA_BUNDLE": str(certificates.authority),
        "NODE_EXTRA_CA_CERTS": str(certificates.authority),
        "PYTHONDONTWRITEBYTECODE": "1",
        **extra,
    }
    if scenario in PERMISSIVE:
        made["OPENSSL_CONF"] = str(certificates.folder / "permissive.cnf")
    return made


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The process and all of its group are gone afterwards, whatever happens."""
    try:
        yield process
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def run(command: list[str], server: Server, folder: Path, variables: dict[str, str], *, limit: float, text: str = "") -> Seen:
    """One client process against one server. It has `limit` seconds; a client that is still there then waits."""
    begun = time.monotonic()
    # Files, not pipes: what a client leaves behind would hold a pipe open.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(text.encode())
        given.seek(0)
        process = subprocess.Popen(
            command, cwd=folder, env=variables, stdin=given, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
        with ended(process):
            try:
                code = process.wait(limit)
                seconds = time.monotonic() - begun
                error = "" if code == 0 else "other"
            except subprocess.TimeoutExpired:
                seconds = time.monotonic() - begun
                error = "waits"
        said.seek(0)
        words = said.read().decode("utf-8", "replace")
    return Seen(server, seconds, kind_of(words) if error == "other" else error, words[-2000:] if error else "")
