"""Files of lines against the programs that read them: Postfix, msmtp, Mutt, S-nail, Monit, curl and swaks.

The programs are those of the machine's Debian release, unpacked beside the machine: nothing is installed. None is asked to send.
"""

from __future__ import annotations

import os
import platform
import random
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from smtplint.readers import keyword, postfix
from smtplint.source import Source, SourceError
from smtplint.tree import Mapping, Scalar, Sequence, scalars
from tests.wire.clients.base import Debian, NotInstalledError

pytestmark = pytest.mark.full

DOCUMENTS = 1000
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Run]:
    """A program of a Debian package, as a function of its arguments."""

    def of(package: str, name: str) -> Run:
        folder = tmp_path_factory.mktemp(package)
        try:
            root = Debian(package)(folder, 300).root
        except NotInstalledError as error:
            pytest.skip(f"{package} cannot be had: {error}")
        assert root is not None
        libraries = root / "usr/lib"
        path = os.pathsep.join(map(str, (libraries / f"{platform.machine()}-linux-gnu", libraries / package)))
        variables = {
            "LD_LIBRARY_PATH": path,
            "LC_ALL": "C.UTF-8",
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
            "TERM": "dumb",
            "RELAY": "r1",
        }

        def run(*arguments: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [root / name, *arguments],
                capture_output=True,
                text=True,
                input=text,
                check=False,
                timeout=60,
                env=variables,
                cwd=folder,
            )

        return run

    return of


def texts(root: object) -> dict[str, str]:
    assert isinstance(root, Mapping)
    return {entry.key.text: entry.value.text for entry in root.entries if isinstance(entry.value, Scalar)}


# Postfix

PARAMETERS = ["relayhost", "mydestination", "mynetworks", "smtp_tls_security_level", "smtp_sasl_password_maps", "smtp_tls_policy_maps"]
PARTS = ["a", "[smtp.x]:587", "$myhostname", "${a?b}", " ", "  ", "\t", "=", "#", ",", '"', "'", "\\", "hash:/x", "é", " # c", "{ a = b }"]


def main_cf(seed: int) -> str:
    chance = random.Random(seed)
    pick = chance.choice

    def value() -> str:
        return "".join(pick(PARTS) for _ in range(chance.randrange(5)))

    lines = [pick(["", "# first", "  # c", "\t"])]
    for _ in range(chance.randrange(1, 6)):
        lines.append(pick(PARAMETERS) + pick(["", " ", "\t", "  "]) + "=" + pick(["", " ", "  "]) + value())
        for _ in range(chance.randrange(4)):
            lines.append(
                pick([" ", "\t", "   "]) + value() if chance.random() < 0.4 else pick(["", "# c", "  # c = d", " \t ", "#", "\t#x"])
            )
    return "\n".join(lines) + pick(["\n", "\n", "", " ", "\n  "])


def test_postfix_reads_the_same(program: Callable[[str, str], Run], tmp_path: Path) -> None:
    postconf = program("postfix", "usr/sbin/postconf")
    (tmp_path / "master.cf").touch()
    # Postfix looks for the name of the machine each time it starts, which may take seconds: it reads all the documents at once, each with
    # names of its own. Names that are not Postfix's are shown when another parameter refers to them.
    documents = [re.sub(r"(?m)^(?=[a-z])", f"d{seed}_", main_cf(seed)) for seed in range(DOCUMENTS)]
    names = (f"$d{seed}_{name}" for seed in range(DOCUMENTS) for name in PARAMETERS)
    (tmp_path / "main.cf").write_text("\n".join(documents) + "\nmydestination = " + " ".join(names) + "\n", "utf-8", newline="")
    done = postconf("-c", tmp_path, "-n")
    assert done.returncode == 0, done.stderr[-300:]
    shown: dict[str, dict[str, str]] = {}
    for line in done.stdout.splitlines():
        name, _, value = line.partition("=")
        shown.setdefault(name.partition("_")[0], {})[name.strip()] = value.strip()
    for seed, text in enumerate(documents):
        (document,) = postfix.read(Source("main.cf", text))
        # postconf shows blanks in a value as one.
        found = {name: re.sub(r"[ \t]+", " ", value) for name, value in texts(document.root).items()}
        assert found == shown[f"d{seed}"], (seed, text)
        for scalar in scalars(document.root):
            assert text[scalar.start : scalar.end] == scalar.raw
    print(f"main.cf: {len(documents)} documents as postconf reads them")


# msmtp

KEYS = ["host", "port", "user", "from", "domain", "maildomain", "tls_priorities", "tls_host_override", "proxy_host", "timeout"]
SWITCHES = ["tls", "tls_starttls", "tls_certcheck"]


def msmtprc(seed: int) -> str:
    chance = random.Random(seed)
    pick = chance.choice

    def settings() -> list[str]:
        lines = []
        for _ in range(chance.randrange(5)):
            key = pick(KEYS + SWITCHES)
            value = "".join(
                pick(["a", "smtp.x", "#", " ", '"', "'", "\\", "é", "=", ":", "$X", "\t"]) for _ in range(chance.randrange(1, 5))
            )
            value = f'"{value}"' if chance.random() < 0.3 else value
            value = str(chance.randrange(1, 999)) if key in ("port", "timeout") else value
            value = pick(["on", "off", "", '"on"']) if key in SWITCHES else value
            lines.append(pick(["", "", " ", "\t"]) + key + pick([" ", "  ", "\t"]) + value + pick(["", "", " ", "\t "]))
            lines.extend(pick([[], [], [""], ["# c"], ["  # host c"], [" \t"]]))
        return lines

    lines = []
    names: list[str] = []
    for number in range(chance.randrange(1, 5)):
        if chance.random() < 0.4:
            lines += [pick(["defaults", " defaults ", "defaults\t"]), *settings()]
        name = pick([f"a{number}", f"a{number}", "default", f"b.{number}@x"])
        if name in names:
            continue
        bases = chance.sample(names, chance.randrange(min(3, len(names) + 1)))
        after = pick([":", " : ", ": ", "  :"]) + pick([",", ", ", " , "]).join(bases) if bases else ""
        lines += [f"account {name}{after}", f"host h{number}.x", *settings()]  # without a host msmtp shows nothing
        names.append(name)
    return pick(["\n", "\n", "\n", "\r\n"]).join(lines) + pick(["\n", ""])


def test_msmtp_reads_the_same(program: Callable[[str, str], Run], tmp_path: Path) -> None:
    msmtp = program("msmtp", "usr/bin/msmtp")
    path = tmp_path / "msmtprc"

    def shown(text: str, account: str) -> dict[str, str] | None:
        path.write_text(text, "utf-8", newline="")
        path.chmod(0o600)
        done = msmtp("-C", path, "-a", account, "-P")
        if done.returncode:
            return None
        pairs = (line.partition(" = ") for line in done.stdout.split("\n"))
        return {name.strip(): value for name, equals, value in pairs if equals}

    plain = shown("account x\nhost x\n", "x")
    assert plain
    unset = {key: plain[key.replace("_", " ") if key.startswith("proxy") else key] for key in KEYS + SWITCHES}
    compared = accounts = 0
    refused = 0
    for seed in range(DOCUMENTS * 4):
        text = msmtprc(seed)
        (document,) = keyword.read(Source("msmtprc", text))
        assert isinstance(document.root, Mapping)
        found = document.root.get("accounts")
        assert isinstance(found, Sequence)
        answers = 0
        for account in found.items:
            if not isinstance(account, Mapping) or not account.tag:
                continue
            answer = shown(text, account.tag)
            if answer is None:
                break
            answers += 1
            ours = {**unset, **texts(account)}
            for key in ("timeout", *KEYS, *SWITCHES):
                theirs = answer[key.replace("_", " ") if key.startswith("proxy") else key]
                if key == "timeout":
                    theirs = theirs.removesuffix(" seconds").removesuffix(" second")
                if key == "port" and key not in texts(account):
                    continue
                # An empty text is shown as such for some settings, and as not set for others.
                assert ours[key] == theirs or (not ours[key] and theirs == unset[key]), (seed, account.tag, key, text)
        compared += answers > 0
        refused += not answers
        accounts += answers
        if compared == DOCUMENTS:
            break
    print(f"msmtprc: {compared} documents with {accounts} accounts as msmtp reads them, {refused} that it refuses")
    assert compared >= DOCUMENTS


# Mutt

TEXTS = ["smtp_url", "smtp_pass", "smtp_authenticators", "imap_user", "attribution"]
FLAGS = ["ssl_force_tls", "ssl_verify_host", "ssl_verify_dates", "ssl_use_tlsv1_2"]
MUTT_PARTS = ["a", "smtp://x:587/", "'b c'", '"d e"', "'#;'", '"\\""', "\\ ", "\\\\", '"\\\\"', "'\\'", "=", ":", "@", "\\$", "'$RELAY'", "${RELAY}",
              '"${RELAY}"', '"\\t"', "\\;", "\\#", "\\\n", "é", "\\'", '"\'"', "^", "\\^", '"^"', "\\n", "\\t", "\\a", '"\\a"', "'\\n'", "${RELAY}", "~"]  # fmt: skip


def muttrc(seed: int) -> str:
    chance = random.Random(seed)
    pick = chance.choice

    def assignment() -> str:
        if chance.random() < 0.3:
            flag = pick(FLAGS)
            return pick([flag, "no" + flag, f"{flag}=yes", f"{flag}=no", f"{flag} = 'no'", f'{flag}="yes"'])
        return pick(TEXTS) + pick(["=", " = ", "= ", " ="]) + "".join(pick(MUTT_PARTS) for _ in range(chance.randrange(6)))

    lines = []
    for _ in range(chance.randrange(1, 6)):
        if chance.random() < 0.2:
            lines.append(pick(["unset ", "set no"]) + pick(FLAGS) if chance.random() < 0.7 else f"unset {pick(TEXTS)} {pick(FLAGS)}")
        else:
            lines.append(pick(["", "  "]) + "set " + pick([" ", "  ", " \\\n "]).join(assignment() for _ in range(chance.randrange(1, 4))))
        lines[-1] += pick(["", "", " # c", " ; set imap_user=z", ";", "# c'", " #c \\"])
        lines.extend(
            pick([[], [], [""], ["# set imap_user=q"], ["bind index q quit"], ["color index red default ~P"], ["alias a 'A B' <a@x>"]])
        )
    # A backslash at the very end would take its line away.
    return "\n".join(lines) + "\n# the end" + pick(["\n", ""])


def unescaped(text: str) -> str:
    """What `mutt -Q` writes in double quotes."""
    return text.replace("\\\\", "\0").replace('\\"', '"').replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace("\0", "\\")


def test_mutt_reads_the_same(program: Callable[[str, str], Run], tmp_path: Path) -> None:
    mutt = program("mutt", "usr/bin/mutt")
    path = tmp_path / "muttrc"
    asked = [word for name in (*TEXTS, *FLAGS) for word in ("-Q", name)]

    def shown(text: str) -> dict[str, str] | None:
        path.write_text(text, "utf-8", newline="")
        done = mutt("-n", "-F", path, *asked)
        if done.returncode or "rror" in done.stderr:
            return None
        values = {}
        for line in done.stdout.splitlines():
            if line.endswith((" is set", " is unset")):
                values[line.split()[0]] = "no" if line.endswith("unset") else "yes"
            else:
                name, _, value = line.partition("=")
                values[name] = unescaped(value[1:-1])
        return values

    unset = shown("")
    assert unset is not None
    assert set(unset) == {*TEXTS, *FLAGS}
    compared = refused = 0
    for seed in range(DOCUMENTS * 4):
        text = muttrc(seed)
        if re.search(r"\\[\\\n\"']+\$", text.replace("\\\n", "")):
            continue  # a backslash before a reference is not told apart from an escaped dollar
        answer = shown(text)
        if answer is None:
            refused += 1
            continue
        (document,) = keyword.read(Source("muttrc", text))
        ours = {**unset}
        assert isinstance(document.root, Mapping)
        for entry in document.root.entries:
            value = entry.value
            assert isinstance(value, Scalar)
            if entry.key.text not in unset:
                continue
            assert value.state == "known", text
            said = value.text
            if value.style in ("plain", "double"):
                said = said.replace("\\$", "\0").replace("${RELAY}", "r1").replace("\0", "$")
            ours[entry.key.text] = said
        assert ours == answer, (seed, text)
        for scalar in scalars(document.root):
            assert text[scalar.start : scalar.end] == scalar.raw
        compared += 1
        if compared == DOCUMENTS:
            break
    print(f"muttrc: {compared} documents as mutt reads them, {refused} that it refuses")
    assert compared >= DOCUMENTS


# S-nail

MAILX_TEXTS = ["mta", "tls-verify", "smtp-auth", "password", "record"]
MAILX_FLAGS = ["smtp-use-starttls", "sendwait", "keepsave"]
MAILX_PARTS = ["a", "smtp://x:587/", "'b c'", '"d e"', "#", ";", "=", ":", "@", "\\ ", "-", "'#'", "%40"]


def mailrc(seed: int) -> str:
    chance = random.Random(seed)
    pick = chance.choice

    def assignment() -> str:
        if chance.random() < 0.3:
            return pick(["", "no"]) + pick(MAILX_FLAGS)
        first = pick(["a", "smtps://u:p@h", "'b c'", '"d e"', "x"])
        return pick(MAILX_TEXTS) + "=" + first + "".join(pick(MAILX_PARTS) for _ in range(chance.randrange(4)))

    lines = ["set v15-compat"]
    for _ in range(chance.randrange(1, 6)):
        if chance.random() < 0.2:
            lines.append("unset " + pick(MAILX_TEXTS + MAILX_FLAGS))
        else:
            lines.append(
                pick(["", "  ", "\t"]) + "set " + pick([" ", "  ", " \\\n  "]).join(assignment() for _ in range(chance.randrange(1, 4)))
            )
        lines[-1] += pick(["", "", " # c", " "])
        lines.extend(
            pick([[], [], [""], ["# set mta=q"], ["alias a b@x"], ["define f {", "set mta=q", "}"], ["account z {", "  set mta=q", "}"]])
        )
    return "\n".join(lines) + pick(["\n", ""])


def test_s_nail_reads_the_same(program: Callable[[str, str], Run], tmp_path: Path) -> None:
    s_nail = program("s-nail", "usr/bin/s-nail")
    path = tmp_path / "mailrc"
    names = [*MAILX_TEXTS, *MAILX_FLAGS]
    commands = ("-:/", "-#", "-Y", f"source {path}", "-Y", "varshow " + " ".join(names), "-Y", "xit")

    def shown(text: str) -> dict[str, str] | None:
        path.write_text(text, "utf-8", newline="")
        done = s_nail(*commands)
        if "s-nail:" in done.stderr or done.returncode:
            return None
        values = {}
        for line in done.stdout.splitlines():
            if line.startswith("#"):
                continue
            said = shlex.split(line.partition("set ")[2].replace("$'", "'"))[0]
            name, _, values[name] = said.partition("=")
        return values

    unset = shown("")
    assert unset is not None
    compared = refused = 0
    for seed in range(DOCUMENTS):
        text = mailrc(seed)
        answer = shown(text)
        if answer is None:
            refused += 1
            continue
        (document,) = keyword.read(Source(".mailrc", text))
        assert isinstance(document.root, Mapping)
        found = document.root.get("accounts")
        assert isinstance(found, Sequence)
        ours = {**unset}
        for name, value in texts(found.items[0]).items():
            if name not in names:
                continue
            if value:
                ours[name] = "" if name in MAILX_FLAGS else value
            elif name == "mta":
                ours[name] = unset[name]  # its default comes back
            else:
                ours.pop(name, None)
        assert ours == answer, (seed, text)
        compared += 1
    print(f"mailrc: {compared} documents as S-nail reads them, {refused} that it refuses")
    assert compared >= DOCUMENTS / 2


# Monit


def monitrc(seed: int) -> str:
    chance = random.Random(seed)
    pick = chance.choice

    def options() -> str:
        chosen = chance.sample(
            ["verify: enable", "verify:disable", "selfsigned: allow", "version: tlsv12 tlsv13", 'ciphers: "A:B"'], chance.randrange(1, 4)
        )
        return "{" + pick([" ", ""]) + pick([", ", " ", "\n  "]).join(chosen) + pick([" ", ""]) + "}"

    def server() -> str:
        words = [pick(["smtp.x.org", "10.0.0.1", "relay", "mail-1.x"])]
        if pick([True, False]):
            words.append(pick(["port ", "PORT\t"]) + pick(["25", "587", "465", "2525"]))
        if pick([True, False]):
            words.append(
                pick(['username "a b"', "username a@b.c", "username u"]) + pick([' password "c#d"', " password pw", " password 'x\"y'"])
            )
        how = pick(["", "", "using ssl", "Using TLS", "tls", "using tlsv12", "using ssl with options " + options(), "use tls " + options()])
        if how:
            words.append(how)
        if chance.random() < 0.2:
            words.append("certificate checksum md5 0123456789abcdef0123456789abcdef")
        return pick([" ", "\n    ", "  # c, d\n "]).join(words)

    lines = [pick(["set daemon 60", "# don't", ""])]
    if chance.random() < 0.3:
        lines.append("set " + pick(["ssl", "TLS options", "ssl with options"]) + " " + options())
    if chance.random() < 0.3:
        lines.append("set mail-format { from: a@b.c\n subject: it's $EVENT\n message: don't { set mailserver q }")
    for _ in range(chance.randrange(1, 3)):
        lines.append(pick(["set ", "SET "]) + "mailserver " + pick([", ", ",\n  "]).join(server() for _ in range(chance.randrange(1, 4))))
        if chance.random() < 0.3:
            lines[-1] += pick([" with timeout 40 seconds", "\n timeout 7 seconds using hostname q.r", " hostname q"])
        lines.append(pick(["", "# c", "set alert a@b.c", "set eventqueue basedir /tmp slots 10"]))
    return "\n".join([*lines, "check system $HOST"]) + "\n"


def test_monit_reads_the_same(program: Callable[[str, str], Run], tmp_path: Path) -> None:
    monit = program("monit", "usr/bin/monit")
    path = tmp_path / "monitrc"
    compared = refused = damaged = 0
    for seed in range(DOCUMENTS * 6 // 10):
        text = monitrc(seed)
        broken = seed >= DOCUMENTS // 2
        if broken:
            # Cut in the middle, or without one of its characters.
            at = random.Random(seed).randrange(len(text))
            text = text[:at] if seed % 2 else text[:at] + text[at + 1 :]
        path.write_text(text, "utf-8", newline="")
        path.chmod(0o600)
        done = monit("-vt", "-c", path)
        try:
            (document,) = keyword.read(Source("monitrc", text))
        except SourceError:
            assert done.returncode, (seed, text)
            damaged += 1
            continue
        if broken:
            continue
        line = re.search(r"(?m)^ Mail server\(s\) *= (.*) with timeout (\d+) s$", done.stdout)
        if done.returncode or line is None:
            refused += 1
            continue
        assert isinstance(document.root, Mapping)
        found = document.root.get("mailservers")
        assert isinstance(found, Sequence)
        ours = []
        # What a server shares with all of them, monit does not show with it.
        alone = re.search(r"(?i)set (ssl|tls)", text) is None
        for item in found.items:
            assert isinstance(item, Mapping) and not item.partial
            said = texts(item)
            on = said.get("ssl") == "yes"
            verified = alone and on and said.get("verify") == "enable"
            ours.append((f"{said['host']}:{said.get('port', '25')}", on, verified, "checksum" in said))
        servers = r"(\S+:\d+)( using TLS)?(?: with options \{([^}]*)\})?( and certificate checksum \S+ equal to '\w+')?(?:, |$)"
        theirs = [
            (match[1], bool(match[2]), alone and "verify: enable" in (match[3] or ""), bool(match[4]))
            for match in re.finditer(servers, line[1])
        ]
        assert ours == theirs, (seed, text, line[1])
        compared += 1
    print(f"monitrc: {compared} documents as monit reads them, {refused + damaged} that it refuses, {damaged} of them by both")
    assert damaged >= DOCUMENTS // 100
    assert compared >= DOCUMENTS / 3


# curl and swaks: options in files

CURL_TEXTS = {
    "user": "CURLOPT_USERPWD",
    "mail-from": "CURLOPT_MAIL_FROM",
    "login-options": "CURLOPT_LOGIN_OPTIONS",
    "cacert": "CURLOPT_CAINFO",
}
CURL_FLAGS = {"ssl-reqd": "CURLOPT_USE_SSL", "insecure": "CURLOPT_SSL_VERIFYPEER"}


def curlrc(seed: int) -> str:
    chance = random.Random(seed)
    pick = chance.choice
    lines = []
    for name in ["url", *(pick([*CURL_TEXTS, *CURL_FLAGS, "comment"]) for _ in range(chance.randrange(6)))]:
        start = pick(["", "", " ", "\t"])
        if name == "comment":
            lines.append(start + pick(["", "# user = x", "#", "* c", "/ c", "/* user=c */"]))
        elif name in CURL_FLAGS:
            lines.append(start + pick(["", "--"]) + pick(["", "no-"]) + name + pick(["", " ", "  # on", "\t"]))
        else:
            value = "".join(pick(["a", "b:c", "@", "=", "#", "\\", "é", "'", "-", "$X"]) for _ in range(chance.randrange(1, 5)))
            if pick([True, False]):
                value = (
                    '"'
                    + "".join(pick(["a", ":", " ", "#", "=", '\\"', "\\\\", "\\t", "é", "'"]) for _ in range(chance.randrange(1, 6)))
                    + '"'
                )
            if name == "url":
                value = pick(["smtp://127.0.0.1:1/", '"smtp://127.0.0.1:1/"'])
            if value[:1] in "#=":
                continue  # a sign more, or a remark
            dashes = pick(["", "--"])
            lines.append(
                start
                + dashes
                + name
                + pick([" ", "\t ", "  "] if dashes else [" ", "=", " = ", ": ", " : "])
                + value
                + pick(["", " ", " # c"])
            )
    return pick(["\n", "\n", "\r\n"]).join(lines) + pick(["\n", ""])


def test_curl_reads_the_same(program: Callable[[str, str], Run], tmp_path: Path) -> None:
    curl = program("curl", "usr/bin/curl")
    path = tmp_path / "curlrc"
    compared = refused = 0
    for seed in range(DOCUMENTS):
        text = curlrc(seed)
        path.write_text(text, "utf-8", newline="")
        # What is shown is a program in C; nobody listens on the port, so nothing is sent.
        done = curl("-q", "-K", path, "--silent", "--libcurl", "-", text="x")
        if done.returncode not in (7, 58, 60, 77):
            refused += 1
            continue
        shown = {
            name: value.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("latin-1").decode("utf-8")
            for name, value in re.findall(r'curl_easy_setopt\(hnd, (\w+), "((?:[^"\\]|\\.)*)"\);', done.stdout)
        }
        flags = dict(re.findall(r"curl_easy_setopt\(hnd, (\w+), ([^\"\n]*)\);", done.stdout))
        (document,) = keyword.read(Source("curlrc", text))
        assert isinstance(document.root, Mapping)
        found = document.root.get("transfers")
        assert isinstance(found, Sequence)
        ours = texts(found.items[0])
        assert ours["url"] == shown["CURLOPT_URL"], (seed, text)
        for name, option in CURL_TEXTS.items():
            if name in ours and (name != "user" or ":" in ours[name]):  # without a password curl asks for one
                assert ours[name] == shown.get(option, ""), (seed, name, text)
        assert (ours.get("ssl-reqd", "no") == "") == (flags.get("CURLOPT_USE_SSL") == "(long)CURLUSESSL_ALL"), (seed, text)
        assert (ours.get("insecure", "no") == "") == (flags.get("CURLOPT_SSL_VERIFYPEER") == "0L"), (seed, text)
        compared += 1
    print(f"curlrc: {compared} documents as curl reads them, {refused} that it refuses")
    assert compared >= 0.9 * DOCUMENTS


SWAKS_OPTIONS = ["server", "auth-user", "auth-password", "auth-extra", "helo"]
SWAKS_FLAGS = ["tls-optional", "tls-verify", "pipeline", "suppress-data"]  # what demands TLS needs a module of Perl's


def swaksrc(seed: int) -> str:
    chance = random.Random(seed)
    pick = chance.choice
    lines = ["from a@example.test", "to b@example.test"]
    for _ in range(chance.randrange(1, 7)):
        dashes = pick(["", "-", "--"])
        if pick([True, False]):
            lines.append(dashes + pick(SWAKS_FLAGS))
        else:
            name = pick(SWAKS_OPTIONS)
            value = "".join(pick(["a", "587", "#", " ", '"', "'", "=", "é"]) for _ in range(chance.randrange(1, 5))).strip() or "a"
            if value.startswith("-"):
                continue
            lines.append(dashes + name + pick([" ", "\t", "="]) + value)
        if chance.random() < 0.2:
            lines.append(pick(["# tls", "#server x", "#"]))
    return "\n".join(lines) + pick(["\n", ""])


def test_swaks_reads_the_same(program: Callable[[str, str], Run], tmp_path: Path) -> None:
    swaks = program("swaks", "usr/bin/swaks")
    path = tmp_path / "swaksrc"
    compared = refused = 0
    for seed in range(DOCUMENTS // 5):  # it takes its time to start
        text = swaksrc(seed)
        path.write_text(text, "utf-8", newline="")
        done = swaks("--config", path, "--dump", "APP")
        line = re.search(r"(?m)^  Cmd Line = \S+ (.*)$", done.stdout)
        if done.returncode or line is None:
            refused += 1
            continue
        shown: dict[str, str] = {}
        for name, value in re.findall(r"--([\w-]+)(?: '((?:[^'\\]|\\.|'\\'')*)'(?= |$))?", line[1]):
            shown[name] = value.replace("'\\''", "'")
        (document,) = keyword.read(Source(".swaksrc", text))
        ours = texts(document.root)
        for name in SWAKS_OPTIONS:
            assert ours.get(name) == shown.get(name), (seed, name, text, line[1])
        for name in SWAKS_FLAGS:
            assert (name in ours) == (name in shown), (seed, name, text, line[1])
        compared += 1
    print(f"swaksrc: {compared} documents as swaks reads them, {refused} that it refuses")
    assert compared >= 0.8 * (DOCUMENTS // 5)
