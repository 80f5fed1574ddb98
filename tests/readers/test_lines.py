"""Formats of lines: Postfix, msmtprc and its kin, Dockerfiles."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtplint.readers import dockerfile, keyword, postfix
from smtplint.source import Source, SourceError
from smtplint.tree import Mapping, Node, Scalar, Sequence, scalars


def plain(node: Node) -> object:
    if isinstance(node, Mapping):
        return {entry.key.text: plain(entry.value) for entry in node.entries}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.text if node.state == "known" else None


def written(node: Node) -> list[str]:
    return [scalar.raw for scalar in scalars(node)]


def flat(text: str, path: str) -> Mapping:
    (document,) = keyword.read(Source(path, text))
    assert isinstance(document.root, Mapping)
    return document.root


# Postfix


def main_cf(text: str) -> Mapping:
    (document,) = postfix.read(Source("main.cf", text))
    assert isinstance(document.root, Mapping)
    return document.root


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("relayhost = [smtp.x]:587\r\n", "[smtp.x]:587", "[smtp.x]:587"),
        ("relayhost=", "", ""),
        ("a = b # no comment ", "b # no comment", "b # no comment"),
        ("a = b,\n\n  # note\n# note\n\t$c\n", "b,\n\n  # note\n# note\n\t$c", "b, $c"),
        ("a =\n   b\n", "b", "b"),
        ("  stray\n# x = 1\nnonsense\n  more\na = b", "b", "b"),
    ],
)
def test_postfix(text: str, raw: str, value: str) -> None:
    (found,) = scalars(main_cf(text))
    assert (found.raw, found.text, found.style) == (raw, value, "raw")


def test_postfix_keeps_duplicates() -> None:
    found = main_cf("a = 1\nb = 2\na = 3\n")
    assert [entry.key.raw for entry in found.entries] == ["a", "b", "a"]
    assert plain(found) == {"a": "3", "b": "2"}


# msmtp


def accounts(text: str, path: str = "home/.msmtprc") -> list[Mapping]:
    node = flat(text, path).get("accounts")
    assert isinstance(node, Sequence)
    found = []
    for item in node.items:
        assert isinstance(item, Mapping)
        found.append(item)
    return found


MSMTP = """\
# note
defaults
tls on
port 587
account work
host "smtp.x"
password secret # not a comment
tls_certcheck off
account home : work
port 465
tls_starttls
account default : work
"""


def test_msmtp_accounts_inherit() -> None:
    found = accounts(MSMTP)
    assert [account.tag for account in found] == ["work", "home"]
    assert plain(found[0]) == {"tls": "on", "port": "587", "host": "smtp.x", "password": "secret # not a comment", "tls_certcheck": "off"}
    assert plain(found[1]) == {
        "tls": "on",
        "port": "465",
        "host": "smtp.x",
        "password": "secret # not a comment",
        "tls_certcheck": "off",
        "tls_starttls": "on",
    }
    host = found[1].get("host")
    assert isinstance(host, Scalar)
    assert (host.place.line, host.place.column, host.raw) == (6, 6, '"smtp.x"')
    assert MSMTP[found[1].start : found[1].end] == "account home : work\nport 465\ntls_starttls"


def test_msmtp_hands_on_only_what_a_base_says_itself() -> None:
    text = "defaults\ntls on\naccount a\nhost h\ndefaults\ntls off\naccount b : a\nuser u\n"
    assert plain(accounts(text)[1]) == {"tls": "off", "host": "h", "user": "u"}


def test_msmtp_adds_up_its_sections_of_defaults() -> None:
    text = "defaults\ntls on\nport 587\naccount a\nhost h\ndefaults\nport 465\naccount b\nhost i\n"
    assert [plain(account) for account in accounts(text)] == [
        {"tls": "on", "port": "587", "host": "h"},
        {"tls": "on", "port": "465", "host": "i"},
    ]


def test_msmtp_default_is_an_account_when_it_has_settings() -> None:
    assert [account.tag for account in accounts("account a\nhost h\naccount default : a\nport 25\n")] == ["a", "default"]
    assert [account.tag for account in accounts("account default\nhost h\n")] == ["default"]


# muttrc, ssmtp, dma, general


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('set smtp_url="smtp://u@h:587/" ssl_force_tls=yes # c', {"smtp_url": "smtp://u@h:587/", "ssl_force_tls": "yes"}),
        ("set ssl_starttls", {"ssl_starttls": "yes"}),
        ("set nossl_starttls", {"ssl_starttls": "no"}),
        ("set smtp-use-starttls v15-compat", {"smtp-use-starttls": "yes", "v15-compat": "yes"}),
        ("unset ssl_starttls smtp_url", {"ssl_starttls": "no", "smtp_url": ""}),
        ("set a = 'b c'; set d=e", {"a": "b c", "d": "e"}),
        ("set smtp_pass=`pass x`", {"smtp_pass": None}),
        ('set smtp_pass="`pass x`"', {"smtp_pass": None}),
        ("toggle ssl_force_tls", {"ssl_force_tls": None}),
        ("set a=b \\\n  c=d", {"a": "b", "c": "d"}),
        ("set a \\\n = \\\r\n b c=d", {"a": "b", "c": "d"}),
        ("# c \\\nset a=b # d \\\r\nset e=f\nset g=h", {"g": "h"}),
        ('set a=b\\nc d="e\\qf" g=\\$h', {"a": "b\nc", "d": "eqf", "g": "$h"}),
        ("# set a=b\naccount-hook . 'set a=c; set b=d'\nset ?x e=f", {"e": "f"}),
    ],
)
def test_mutt(line: str, expected: dict[str, str | None]) -> None:
    assert plain(flat(line, "muttrc")) == expected


def test_mutt_that_reads_other_files_is_partial() -> None:
    assert flat("source ~/.mutt/secret\n", ".muttrc").partial
    assert not flat("set a=b\n", ".muttrc").partial


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "etc/ssmtp/ssmtp.conf",
            "# c\nmailhub=smtp.x:587 # c\nUseSTARTTLS=YES\nAuthPass=a=b\nroot=\n",
            {"mailhub": "smtp.x:587", "UseSTARTTLS": "YES", "AuthPass": "a=b", "root": ""},
        ),
        (
            "etc/dma/dma.conf",
            "SMARTHOST smtp.x # c\nSECURETRANSFER\n#STARTTLS\nPORT 587\r\n",
            {"SMARTHOST": "smtp.x", "SECURETRANSFER": "yes", "PORT": "587"},
        ),
        ("any.conf", 'host a b # c\nport=25\nuser: "u # v" # w\n; x = 1\n[s]\n', {"host": "a b", "port": "25", "user": "u # v"}),
    ],
)
def test_flat_files(path: str, text: str, expected: dict[str, str]) -> None:
    assert plain(flat(text, path)) == expected


@pytest.mark.parametrize(
    ("path", "flavour"),
    [
        ("/etc/msmtprc", "msmtp"),
        (".mutt/config", "plain"),
        ("mutt/config", "mutt"),
        ("x/.msmtp/config", "plain"),
        ("msmtp/config", "msmtp"),
        ("etc/ssmtp/revaliases", "ssmtp"),
        ("dma.conf", "dma"),
        ("neomuttrc", "mutt"),
        (".mailrc", "mailx"),
        ("etc/s-nail.rc", "mailx"),
        ("mail.rc", "mailx"),
        ("etc/monit/monitrc", "monit"),
        ("config/apprise.conf", "apprise"),
        ("home/.curlrc", "curl"),
        ("mail.curlrc.j2", "curl"),
        (".swaksrc", "swaks"),
        ("etc/nullmailer/remotes", "nullmailer"),
        ("mail.conf", "plain"),
    ],
)
def test_the_name_chooses_the_flavour(path: str, flavour: str) -> None:
    assert keyword.flavour_of(path) == flavour


# Apprise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mailto://u:p@h", ["mailto://u:p@h"]),
        ("a, b-c = mailtos://h?x=y=z # d\n =json://h\n\ta=xml://h", ["mailtos://h?x=y=z # d", "json://h", "xml://h"]),
        ("# a=mailto://h\n;mailto://h\nteam=ops dev\ninclude http://h/a\na.b=mailto://h\n", []),
    ],
)
def test_apprise(text: str, expected: list[str]) -> None:
    assert plain(flat(text, ".apprise")) == {"urls": expected}


# mailx


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set mta=smtps://u@h smtp-use-starttls\n", {"mta": "smtps://u@h", "smtp-use-starttls": "yes"}),
        ("set a='b c' \"d=e f\" g=h\\ i # j=k\n", {"a": "b c", "d": "e f", "g": "h i"}),
        ("set a=b \\\n   c=d\r\n# e=f\nwysh set g=h;i", {"a": "b", "c": "d", "g": "h;i"}),
        ("set nosmtp-auth\nunset mta smtp", {"smtp-auth": "", "mta": "", "smtp": ""}),
        ("set smtp-auth-user=u password-u@h=p smtp-auth-h=login", {"smtp-auth-user": "u", "password": None, "smtp-auth": None}),
        ("if terminal\nset a=b\nelse\nset a=c\nendif\nset d=e", {"a": None, "d": "e"}),
        ("define x {\nset a=b\n}\nset c=d\nalias e 'f <g@h>'\nset", {"c": "d"}),
    ],
)
def test_mailx(text: str, expected: dict[str, str | None]) -> None:
    assert plain(flat(text, ".mailrc")) == {"accounts": [expected]}


def test_mailx_accounts_build_on_what_stands_outside() -> None:
    found = accounts("set a=b\naccount work {\n\tset mta=c a=d\n}\nset e=f\naccount null {\n}\n", ".mailrc")
    assert [account.tag for account in found] == ["", "work", "null"]
    assert [plain(account) for account in found[:2]] == [{"a": "b", "e": "f"}, {"a": "d", "e": "f", "mta": "c"}]


def test_mailx_that_reads_other_files_is_partial() -> None:
    assert [account.partial for account in accounts("source x\nset a=b", ".mailrc")] == [True]


# monit


@pytest.mark.parametrize(
    ("text", "servers", "shared"),
    [
        ("set mailserver smtp.x", [{"host": "smtp.x"}], {}),
        (
            "# don't\nSET MAILSERVER smtp.x PORT 587 username \"a b\" password 'c\"d' USING TLS\nset alert a@b",
            [{"host": "smtp.x", "port": "587", "username": "a b", "password": 'c"d', "ssl": "yes"}],
            {},
        ),
        (
            'set mailserver a using ssl with options {verify: enable, version: tlsv12 tlsv13 ciphers: "x:y"}, b port 25 with timeout 7 seconds',
            [
                {"host": "a", "ssl": "yes", "verify": "enable", "version": "tlsv12 tlsv13", "ciphers": "x:y", "timeout": "7 seconds"},
                {"host": "b", "port": "25", "timeout": "7 seconds"},
            ],
            {},
        ),
        (
            "set mailserver a username u@x.y password p using tlsv1,\n  b certificate checksum md5 abc port 587 using hostname c",
            [
                {"host": "a", "username": "u@x.y", "password": "p", "ssl": "yes", "version": "tlsv1"},
                {"host": "b", "ssl": "yes", "checksum": "yes", "port": "587"},
            ],
            {},
        ),
        (
            "set ssl options { verify:enable }\nset mailserver a using ssl {ciphers: x}, b",
            [{"host": "a", "ciphers": "x", "ssl": "no"}, {"host": "b"}],
            {"verify": "enable"},
        ),
        ("set mail-format { message: it's {set mailserver x }\nset mailserver a", [{"host": "a"}], {}),
        ("set mailserver a check system x include /x", [{"host": "a"}], {"verify": None}),
        ("set mailserver a set mailserver b", [{"host": "a"}, {"host": "b"}], {}),
    ],
)
def test_monit(text: str, servers: list[dict[str, str]], shared: dict[str, str | None]) -> None:
    assert plain(flat(text, "monitrc")) == {"mailservers": servers, "ssl": shared}


def test_monit_a_word_that_nobody_expects_may_say_anything_of_the_server() -> None:
    found = flat("set mailserver a xxx, b", "monitrc").get("mailservers")
    assert isinstance(found, Sequence)
    assert [item.partial for item in found.items if isinstance(item, Mapping)] == [True, False]


# Options of a command line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('url = "smtp://h:587/"', {"url": "smtp://h:587/"}),
        ("--url smtp://h", {"url": "smtp://h"}),
        ("url:smtp://h # c", {"url": "smtp://h"}),
        ("url=smtp://h\nssl-reqd\n-k\n", {"ssl-reqd": "", "k": "", "url": "smtp://h"}),
        ("url=smtp://h\nno-insecure # c", {"insecure": "no", "url": "smtp://h"}),
        ("url=smtp://h\n-uname:pw\n--user=x", {"u": "name:pw", "user=x": "", "url": "smtp://h"}),
        ('url=smtp://h\nuser "a\\"b\\tc" d', {"user": 'a"b\tc', "url": "smtp://h"}),
        ("# url=x\n  /url=x\n*url=x\n\turl=smtp://h", {"url": "smtp://h"}),
        ("url=smtp://h\nmail-from=a@b trailing", {"mail-from": "a@b", "url": "smtp://h"}),
    ],
)
def test_curl(line: str, expected: dict[str, str]) -> None:
    assert plain(flat(line, ".curlrc")) == {"transfers": [expected]}


def test_curl_gives_every_url_the_options_of_its_operation() -> None:
    found = plain(flat("url=smtp://a\nssl\nurl=smtp://b\nnext\nurl=smtp://c\nnext\nssl", ".curlrc"))
    assert found == {"transfers": [{"ssl": "", "url": "smtp://a"}, {"ssl": "", "url": "smtp://b"}, {"url": "smtp://c"}]}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--server smtp.x:587", {"server": "smtp.x:587"}),
        ("s smtp.x\n-p 587\ntls", {"s": "smtp.x", "p": "587", "tls": ""}),
        ('server=smtp.x\nap  a = "b" # c', {"server": "smtp.x", "ap": ' a = "b" # c'}),
        ("tls\nno-tls\n# port 1\n port 2", {"tls": "no"}),
    ],
)
def test_swaks(line: str, expected: dict[str, str]) -> None:
    assert plain(flat(line, ".swaksrc")) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("smtp.x", {"host": "smtp.x"}),
        ("smtp.x smtp --port=587 starttls", {"host": "smtp.x", "protocol": "smtp", "port": "587", "starttls": ""}),
        ("  'smtp.x'\tqmqp", {"host": "smtp.x", "protocol": "qmqp"}),
        ('h smtp pass=\'a b\' user="c\\"d"', {"host": "h", "protocol": "smtp", "pass": "a b", "user": 'c"d'}),
        ("h smtp pass=a\\ b'c\\'d \"--tls\"", {"host": "h", "protocol": "smtp", "pass": "a bc\\d", "tls": ""}),
        ("h smtp pass=$x`y`", {"host": "h", "protocol": "smtp", "pass": "$x`y`"}),
        ("h smtp pass='a", {"host": "h", "protocol": "smtp", "pass": None}),
        ("h smtp pass=a\\", {"host": "h", "protocol": "smtp", "pass": "a"}),
    ],
)
def test_nullmailer(line: str, expected: dict[str, str | None]) -> None:
    assert plain(flat(f"# c\n\n{line}\n  # d", "etc/nullmailer/remotes")) == {"remotes": [expected]}


def test_the_options_of_a_server_have_their_places() -> None:
    text = "a smtp\nb smtp --pass='x y' \"port=25\" tls"
    assert written(flat(text, "nullmailer/remotes"))[2:] == ["b", "smtp", "'x y'", '"port=25"', ""]


# Dockerfile


def stages(text: str) -> list[tuple[str, object]]:
    found = []
    for document in dockerfile.read(Source("Dockerfile", text)):
        assert isinstance(document.root, Mapping)
        found.append((document.root.tag, plain(document.root)))
    return found


@pytest.mark.parametrize(
    ("line", "expected", "raw"),
    [
        ("ENV A=b", {"A": "b"}, ["b"]),
        ("env A=b B=\"c d\" C='$e'", {"A": "b", "B": "c d", "C": "$e"}, ["b", '"c d"', "'$e'"]),
        ("ENV A b c  \r\n", {"A": "b c"}, ["b c"]),
        ("ENV A=b \\\n  # note\n\n  B=c\\ d", {"A": "b", "B": "c d"}, ["b", "c\\ d"]),
        ("ENV A=\\$b B=${C:-d}", {"A": "$b", "B": "${C:-d}"}, ["\\$b", "${C:-d}"]),
        ("# escape=`\nENV A=C:\\x B=`\n 1", {"A": "C:\\x", "B": ""}, ["C:\\x", "`\n"]),
        ("ARG A=1\nRUN echo \\\n ENV B=1\n# ENV C=1\nRUN <<EOF\nENV D=1\nEOF\nRUN echo $((1<<n))\nENV E=1", {"E": "1"}, ["1"]),
    ],
)
def test_dockerfile_variables(line: str, expected: dict[str, str], raw: list[str]) -> None:
    (document,) = dockerfile.read(Source("Dockerfile", line))
    assert plain(document.root) == expected
    assert written(document.root) == raw


def test_dockerfile_stages() -> None:
    text = "ARG V=1\nFROM --platform=x python:$V AS Base\nENV A=1\nFROM node\nENV B=2\nFROM base\nENV A=3\n"
    assert stages(text) == [("python:$V", {"A": "1"}), ("node", {"B": "2"}), ("python:$V", {"A": "3"})]
    last = dockerfile.read(Source("Dockerfile", text))[-1].root
    assert [scalar.place.line for scalar in scalars(last)] == [3, 7]


# All of them

READERS = {
    "main.cf": postfix.read,
    "msmtprc": keyword.read,
    "muttrc": keyword.read,
    "ssmtp.conf": keyword.read,
    "dma.conf": keyword.read,
    "some.conf": keyword.read,
    ".mailrc": keyword.read,
    "monitrc": keyword.read,
    ".apprise": keyword.read,
    ".curlrc": keyword.read,
    ".swaksrc": keyword.read,
    "nullmailer/remotes": keyword.read,
    "Dockerfile": dockerfile.read,
}


@pytest.mark.parametrize(
    ("text", "at", "what"),
    [
        ("set tls { verify: disable\nset mailserver a", 8, "brace"),
        ("set mailserver a using ssl with options {verify: enable", 40, "brace"),
        ('set daemon 60\nset mailserver a password "b\n', 40, "quote"),
        ("set mailserver a username 'b", 26, "quote"),
        ("set mail-format { from: a@b.c\nset mailserver a", 16, "brace"),
    ],
)
def test_what_monit_refuses_is_told(text: str, at: int, what: str) -> None:
    with pytest.raises(SourceError, match=f"is refused by monit: a {what} is not closed") as caught:
        keyword.read(Source("monitrc", text))
    assert caught.value.offset == at


CHARACTERS = {
    "monitrc": "set mailserver{}:,#'\" \nssl",
    ".mailrc": "set un=no{}\n\\ \t'\"#ifaccount",
    ".curlrc": 'urlnext-=:#/* \t\n"\\',
    "nullmailer/remotes": "a-=#\"'\\ \t\n\r$`",
}
CHARACTERS |= {"msmtprc": 'account b:\n \t"#', "muttrc": "set unox=?&+'\"`\\$(;#\n ", "Dockerfile": "ENV FROM=\\`\n\r\"'$# <"}


@pytest.mark.parametrize("path", READERS)
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_text_is_read(path: str, data: st.DataObject) -> None:
    text = data.draw(st.one_of(st.text(), st.text(alphabet=CHARACTERS.get(path, "ab=: \t\n\r#\"'"), max_size=60)))
    try:
        documents = READERS[path](Source(path, text))
    except SourceError as error:
        # Only monit's reader knows what is surely refused.
        assert path == "monitrc"
        assert error.offset is not None and text[error.offset] in "\"'{"
        return
    for document in documents:
        for scalar in scalars(document.root):
            assert 0 <= scalar.start <= scalar.end <= len(text)


LINES = ["a", " ", "\n", "\r\n", "a=b\n", " b\n", "\\", "\\\n", "a = ", "#"]
HOSTILE = {
    "main.cf": LINES,
    "some.conf": LINES,
    "msmtprc": [*LINES, "account a : a\n", "account a\n"],
    "muttrc": [*LINES, "set a='", "set a=`\n", "set a ", "$(", "\"'"],
    ".mailrc": [*LINES, "set a='", "account a {\nset b=c\n", "set a=b\n", "set a=\\\n", "if\n", "}\n", "{"],
    ".apprise": [*LINES, "a ", "a,", "a=", "mailto://a "],
    "monitrc": [*LINES, "set mailserver a,", "set ssl {", "{", "set mail-format {", "'", "timeout ", "set mailserver a ssl {x:"],
    ".curlrc": [*LINES, "url=a\n", "next\n", '"', 'url "\\'],
    ".swaksrc": [*LINES, "--", "no-"],
    "nullmailer/remotes": [*LINES, "'", '"', "a b c", "\\"],
    "Dockerfile": [*LINES, "ENV A=\\\n", 'ENV A="\n', "ENV A='", "FROM a AS a\nENV A=1\n", "RUN <<x\n", "ENV A=1 \\\n", "ENV A=\\ "],
}


@pytest.mark.parametrize(("path", "piece"), [(path, piece) for path, pieces in HOSTILE.items() for piece in pieces])
def test_hostile_text_ends_soon(path: str, piece: str) -> None:
    begin = time.process_time()
    with suppress(SourceError):
        READERS[path](Source(path, piece * (65536 // len(piece))))
    assert time.process_time() - begin < 2


def test_settings_and_accounts_do_not_multiply() -> None:
    text = "defaults\n" + "".join(f"k{i} 1\n" for i in range(3000)) + "".join(f"account a{i} : a{i - 1}\n" for i in range(3000))
    begin = time.process_time()
    assert sum(len(account.entries) for account in accounts(text)) <= 3000 * keyword.MAX_SETTINGS
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_muttrc_joins_lines_before_it_reads_them(newline: str) -> None:
    """Also behind a backslash that is escaped, which then escapes what the next line begins with; places are those of the file."""
    text = newline.join(("set smtp_url=smtp://a\\\\", "'.example.org # no \\", "set imap_user=x", "set smtp_pass='it\\", "self'", ""))
    found = {entry.key.text: entry.value for entry in flat(text, "muttrc").entries}
    assert {key: value.text for key, value in found.items() if isinstance(value, Scalar)} == {
        "smtp_url": "smtp://a'.example.org",
        "smtp_pass": "itself",
    }
    value = found["smtp_pass"]
    assert isinstance(value, Scalar)
    assert (value.raw, value.place.line, value.place.column) == (f"'it\\{newline}self'", 4, 15)
