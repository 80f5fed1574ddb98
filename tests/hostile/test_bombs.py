"""Whatever stands in a file, the run ends soon, with an exit code and a line: no traceback, no signal, two seconds for 64 KB."""

from __future__ import annotations

import base64
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.folders import plant
from tests.hostile.harness import PYTHON, call, environment, within

SIZE = 64 * 1024


def fill(piece: str, before: str = "", after: str = "") -> str:
    return before + piece * ((SIZE - len(before) - len(after)) // len(piece)) + after


def _nested_base64() -> str:
    text = "SMTP_HOST=mail.example.org\n"
    while len(text) < SIZE * 0.7:
        text = base64.b64encode(
            f"apiVersion: v1\nkind: Secret\ndata:\n  smtp.yaml: {base64.b64encode(text.encode()).decode()}\n".encode()
        ).decode()
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: smtp}}\ndata:\n  smtp.yaml: {text}\n"


def _merges() -> str:
    lines = ["smtp: &a0 {smtp_host: mail.example.org, smtp_port: 25}"]
    lines += [f"k{number}: &a{number} {{<<: [*a{number - 1}, *a{max(0, number - 2)}], x{number}: 1}}" for number in range(1, 1400)]
    return "\n".join(lines)[:SIZE]


def _aliases() -> str:
    lines = ["smtp_a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    return "\n".join(lines + [f"smtp_a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]) + "\n"


def many(piece: Callable[[int], str], before: str = "", after: str = "") -> str:
    """As many numbered pieces as fit: thousands of small settings, each of which is looked at."""
    found = [before]
    left = SIZE - len(before) - len(after)
    for number in range(SIZE):
        text = piece(number)
        left -= len(text)
        if left < 0:
            break
        found.append(text)
    return "".join(found) + after


MAIL = "EMAIL_HOST = 'mail.example.org'\nEMAIL_PORT = 25\n"
BOMBS: dict[str, tuple[str, str | bytes]] = {
    "yaml flow": ("a.yaml", fill("[", "smtp: ")),
    "yaml flow maps": ("a.yaml", fill("{a: ", "smtp: ")),
    "yaml block": ("a.yaml", "smtp:\n" + "".join(" " * n + "- a:\n" for n in range(1, 330))),
    "yaml dashes": ("a.yaml", fill("- ", "smtp:\n  ")),
    "yaml questions": ("a.yaml", fill("? ", "smtp: 1\n")),
    "yaml tags": ("a.yaml", fill("!a ", "smtp: ")),
    "yaml anchors": ("a.yaml", "smtp: 1\n" + "".join(f"a{n}: &b{n} *b{n - 1}\n" for n in range(1, 4000))),
    "yaml aliases": ("a.yaml", _aliases()),
    "yaml alias of itself": ("a.yaml", "smtp: &a {smtp_host: h, b: *a}\nc: &c\n  <<: *c\n"),
    "yaml merges": ("a.yaml", _merges()),
    "yaml documents": ("a.yaml", fill("--- {smtp_host: h}\n")),
    "yaml broken documents": ("a.yaml", fill("---\nsmtp: [\n")),
    "yaml quote": ("a.yaml", fill("a\n  ", 'smtp: "')),
    "yaml key": ("a.yaml", fill("smtp", after=": 1\n")),
    "yaml directives": ("a.yaml", fill("%YAML 1.1\n", after="--- smtp\n")),
    "json arrays": ("a.json", fill("[", '{"smtp": ')),
    "json objects": ("a.json", fill('{"smtp":')),
    "json integer": ("a.json", fill("9", '{"smtp": {"host": "mail.example.org", "port": ', "}}")),
    "json hex": ("a.json", fill("f", '{"smtp": {"host": "mail.example.org", "port": 0x', "}}")),
    "json exponent": ("a.json", '{"smtp": {"host": "mail.example.org", "port": 1e999999999, "timeout": 1e400}}'),
    "json comments": ("a.json", fill("/* smtp */", after="{}")),
    "json open comment": ("a.json", fill("/*", '{"smtp": 1}')),
    "json surrogates": ("a.json", fill("\\ud800", '{"smtp": {"host": "', '"}}')),
    "json nul": ("a.json", fill("\\u0000", '{"smtp": {"host": "mail.example.org", "password": "', '"}}')),
    "toml arrays": ("a.toml", fill("[", "smtp = ")),
    "toml inline": ("a.toml", fill("{a=", "smtp = ")),
    "toml dotted": ("a.toml", fill("a.", "smtp.", "b = 1\n")),
    "toml header": ("a.toml", fill("a.", "[smtp.", "b]\nhost = 1\n")),
    "toml tables": ("a.toml", "".join(f"[smtp.a{n}]\nhost = 'mail.example.org'\n" for n in range(1700))),
    "toml array tables": ("a.toml", fill("[[smtp]]\n")),
    "toml integer": ("a.toml", fill("9", "[smtp]\nhost = 'mail.example.org'\nport = ", "\n")),
    "toml hex": ("a.toml", fill("f", "[smtp]\nhost = 'mail.example.org'\nport = 0x", "\n")),
    "toml quote": ("a.toml", fill("a\\\n", 'smtp = """')),
    "ini sections": ("a.ini", fill("[smtp]\nhost=h\n")),
    "ini continued": ("a.ini", fill(" b\n", "[smtp]\nhost = a\n")),
    "ini brackets": ("a.ini", fill("[", "smtp")),
    "ini include": (".gitconfig", fill("[include]\n path = .gitconfig\n", "[sendemail]\n smtpserver = h\n")),
    "ini git quotes": (".gitconfig", fill('"', "[sendemail]\n smtpserver = ")),
    "properties dots": ("a.properties", fill("a.", "spring.mail.", "b = 1\n")),
    "properties indexes": ("a.properties", fill("[0]", "spring.mail.host", "= 1\n")),
    "properties backslashes": ("a.properties", fill("\\", "spring.mail.host=")),
    "properties continued": ("a.properties", fill("\\\n", "spring.mail.host=")),
    "properties references": ("a.properties", fill("${spring.mail.host:", "spring.mail.host=", "\n")),
    "properties cycle": ("a.properties", "spring.mail.host=${a}\na=${b}\nb=${a}${a}\nspring.mail.port=${spring.mail.port}\n"),
    "dotenv references": (".env", fill("${SMTP_HOST:-", "SMTP_HOST=")),
    "dotenv cycle": (".env", "SMTP_HOST=$A$A\nA=$B$B\nB=$A$A$SMTP_HOST\nSMTP_PORT=${SMTP_PORT}\n"),
    "dotenv doubling": (".env", "SMTP_HOST=$A29\nA0=xxxxxxxxxx\n" + "".join(f"A{n}=$A{n - 1}$A{n - 1}\n" for n in range(1, 30))),
    "dotenv quotes": (".env", fill("'\n\"\n`\n", "SMTP_HOST=")),
    "dotenv open quotes": (".env", fill("A='\n", "SMTP_HOST=h\n")),
    "dotenv open double": (".env", fill('A="\\\n', "SMTP_HOST=h\n")),
    "shell substitutions": (".envrc", fill("$(", "export SMTP_HOST=")),
    "shell heredocs": (".envrc", fill("cat <<EOF\n", "export SMTP_HOST=h\n")),
    "dockerfile stages": (
        "Dockerfile",
        "FROM a AS s0\nENV SMTP_HOST=h\n" + "".join(f"FROM s{n} AS s{n + 1}\nENV A{n}=b\n" for n in range(2000)),
    ),
    "dockerfile heredocs": ("Dockerfile", fill("RUN <<E\n", "FROM a\nENV SMTP_HOST=h\n")),
    "postfix": ("main.cf", fill(" a\n", "relayhost = b\n")),
    "postfix cycle": ("main.cf", "relayhost = $a\na = $b\nb = $a$a\n"),
    "msmtp accounts": ("msmtprc", "account a0\nhost h\n" + "".join(f"account a{n} : a{n - 1}, a{n // 2}\n" for n in range(1, 2500))),
    "muttrc": ("muttrc", fill("`", "set smtp_url=")),
    "python parentheses": ("settings.py", MAIL + fill("(", "EMAIL_PORT = ")),
    "python closed": ("settings.py", MAIL + "EMAIL_PORT = " + "(" * 150 + "25" + ")" * 150 + "\n"),
    "python lists": ("settings.py", MAIL + "EMAIL_PORT = " + "[" * 30_000 + "]" * 30_000 + "\n"),
    "python unary": ("settings.py", MAIL + fill("-", "EMAIL_PORT = ", "1\n")),
    "python not": ("settings.py", MAIL + fill("not ", "EMAIL_USE_TLS = ", "1\n")),
    "python sum": ("settings.py", MAIL + fill("+1", "EMAIL_PORT = 1", "\n")),
    "python attributes": ("settings.py", MAIL + fill(".a", "EMAIL_PORT = a", "\n")),
    "python calls": ("settings.py", MAIL + fill("()", "EMAIL_PORT = a", "\n")),
    "python ifs": ("settings.py", MAIL + "".join(" " * n + f"if A{n}:\n" for n in range(99)) + " " * 99 + "EMAIL_PORT = 465\n"),
    "python branches": ("settings.py", MAIL + "".join(f"if A{n}:\n    EMAIL_PORT = {n}\n" for n in range(1200))),
    "python elifs": ("settings.py", MAIL + "if A:\n    pass\n" + "".join(f"elif A{n}:\n    EMAIL_PORT = {n}\n" for n in range(900))),
    "python parameters": ("settings.py", MAIL + fill("class A[", "print 'x'\n")),
    "python fields": ("settings.py", MAIL + fill("{a:{b}}", "print 'x'\nX = f'")),
    "python quotes": ("settings.py", MAIL + fill("f'{\n1}'\n", "print 'x'\n")),
    "python power": ("settings.py", MAIL + "EMAIL_PORT = 9 ** 9 ** 9 ** 9\nEMAIL_TIMEOUT = 1 << 10 ** 10\nEMAIL_HOST = 'a' * 10 ** 12\n"),
    "python doubling": ("settings.py", MAIL + "X = 'aaaaaaaaaa'\n" + "X = X + X\n" * 60 + "EMAIL_HOST = X\n"),
    "python lists doubling": ("settings.py", MAIL + "X = [1]\n" + "X = [X, X]\nX = [*X, *X]\n" * 40 + "EMAIL_PORT = X\n"),
    "python integer": ("settings.py", MAIL + fill("9", "EMAIL_PORT = ", "\n")),
    "python hex": ("settings.py", MAIL + fill("f", "EMAIL_PORT = 0x", "\n")),
    "python digits": ("settings.py", MAIL + fill("9", "EMAIL_PORT = int('", "')\n")),
    "python names": ("settings.py", MAIL + "".join(f"A{n} = A{n + 1}\n" for n in range(4000)) + "EMAIL_PORT = A0\n"),
    "python functions": ("settings.py", MAIL + "def f(): return g()\ndef g(): return f()\nEMAIL_PORT = f()\n"),
    "python classes": ("config.py", "".join(f"class C{n}(C{n - 1}):\n    MAIL_PORT = {n}\n" for n in range(1200))),
    "python class of itself": ("config.py", "class A(B):\n    MAIL_SERVER = 'h'\nclass B(A):\n    MAIL_PORT = 25\n"),
    "python fstring": ("settings.py", MAIL + "EMAIL_HOST = " + "f'{" * 40 + "1" + "}'" * 40 + "\n"),
    "python strings": ("settings.py", MAIL + fill("'a' ", "EMAIL_HOST = (", ")\n")),
    "python backslashes": ("settings.py", MAIL + fill("\\\n", "EMAIL_HOST = ")),
    "python quote": ("settings.py", MAIL + fill("a\n", 'EMAIL_HOST = """')),
    "python tabs": ("settings.py", MAIL + fill("\t", "if 1:\n", "EMAIL_PORT = 1\n")),
    "python form feeds": ("settings.py", MAIL + fill("\f\n")),
    "templates": ("a.yaml", fill("{{", "smtp: ")),
    "template blocks": ("a.yaml", fill("{{ if a }}\n", "smtp: {host: mail.example.org}\n")),
    "template pairs": ("a.yaml", fill("{% if a %}{% endif %}\n", "smtp: 1\n")),
    "template erb": ("a.yaml", fill("<% if a %>", "smtp: 1\n")),
    "comments": (".env", fill("SMTP_PORT=25 # smtplint: ignore[SMTP101]\n", "SMTP_HOST=mail.example.org\n")),
    "long comment": (
        ".env",
        "SMTP_HOST=mail.example.org\nSMTP_PORT=25 # smtplint: ignore[" + "a" * SIZE + "\n# smtplint: ignore" + " " * SIZE + "x\n",
    ),
    "long line": (".env", fill("smtp", "SMTP_HOST=mail.example.org SMTP_PORT=")),
    "many keys": (".env", "".join(f"SMTP_HOST_{n}=mail{n}.example.org\n" for n in range(1700))),
    "same keys": (".env", fill("SMTP_HOST=mail.example.org\n")),
    "url": (".env", fill("@:/?&", "SMTP_URL=smtp://")),
    "url options": (".env", fill("a=b&", "MAILER_DSN=smtp://mail.example.org?")),
    "percent": (".env", fill("%41", "SMTP_URL=smtp://")),
    "duration": (".env", fill("1h", "SMTP_HOST=mail.example.org\nSMTP_TIMEOUT=", "!")),
    "base64 in base64": ("secret.yaml", _nested_base64()),
    "compose extends": (
        "compose.yaml",
        "services:\n" + "".join(f"  s{n}: {{extends: s{n + 1}, environment: [SMTP_HOST=h]}}\n" for n in range(1000)),
    ),
    "compose extends itself": (
        "compose.yaml",
        "services:\n  a: {extends: {service: b}, environment: {SMTP_HOST: h}}\n  b: {extends: {service: a}}\n",
    ),
    "compose env_file": ("compose.yaml", "services:\n  a: {env_file: [" + "a.env, " * 5000 + "], environment: {SMTP_HOST: h}}\n"),
    "compose includes itself": ("compose.yaml", "include: [compose.yaml, ./compose.yaml]\nservices: {a: {environment: {SMTP_HOST: h}}}\n"),
    "nul": (".env", b"SMTP_HOST=mail.example.org\0\nSMTP_PORT=25\n"),
    "only nul": (".env", b"\0" * SIZE),
    "lone surrogates": (".env", "SMTP_HOST=mail.example.org\ud800\n".encode("utf-8", "surrogatepass")),
    "utf-16": (".env", "SMTP_HOST=mail.example.org\nSMTP_PORT=25\n".encode("utf-16")),
    "utf-16 cut": ("a.yaml", "smtp: {host: mail.example.org}\n".encode("utf-16")[:-1]),
    "utf-16 surrogate": ("a.json", b"\xff\xfe" + '{"smtp": "\ud800"}'.encode("utf-16-le", "surrogatepass")),
    "utf-32": ("a.yaml", "smtp: {smtp_host: mail.example.org, smtp_port: 25}\n".encode("utf-32")),
    "utf-32 beyond": ("a.yaml", b"\xff\xfe\0\0smtp\xff\xff\xff\xff"),
    "utf-7": (".env", b"+/v8-SMTP_HOST=mail.example.org\n"),
    "latin-1": (".env", b"SMTP_HOST=mail.example.org\nSMTP_PASSWORD=\xe9\xff\n"),
    "carriage returns": (".env", "SMTP_HOST=mail.example.org\rSMTP_PORT=25\r"),
    "line separators": ("a.yaml", "smtp:\u2028  host: mail.example.org\u2029\x85\x0b\x0c"),
    "byte order marks": ("a.yaml", "\ufeff" * 1000 + "smtp: {host: mail.example.org}\n"),
    "random": ("a.yaml", b"smtp" + bytes((n * 7919 + n // 251) % 256 for n in range(SIZE))),
    "empty": ("main.cf", b""),
    "markdown fences": ("README.md", fill("```yaml\n", "smtp\n")),
    "markdown quotes": ("README.md", fill("> ", "smtp\n", "```\n")),
    "markdown comments": ("README.md", fill("<!--", "smtp\n")),
    "many documents": ("a.yaml", many(lambda n: f"--- {{smtp_host: h{n}.org, smtp_port: 25}}\n")),
    "many maps": ("a.yaml", many(lambda n: f"a{n}: {{smtp: {{host: h{n}.org, port: 25, username: u}}}}\n")),
    "many lists": ("a.yaml", many(lambda n: "- - - smtp_host: h\n")),
    "many aliases": (
        "compose.yaml",
        many(lambda n: f" s{n}: {{environment: *a}}\n", "x: &a {SMTP_HOST: h.org, SMTP_PORT: 25}\nservices:\n"),
    ),
    "many services": ("compose.yaml", many(lambda n: f" s{n}: {{environment: {{SMTP_HOST: h{n}.org, SMTP_PORT: 25}}}}\n", "services:\n")),
    "many items": ("a.json", many(lambda n: f'{{"host":"h{n}.org","port":25}},', '{"smtp":[', "{}]}")),
    "many tables": ("a.toml", many(lambda n: f"[smtp.a{n}]\nhost='h{n}.org'\nport=25\n")),
    "many sections": ("a.ini", many(lambda n: f"[smtp{n}]\nhost=h{n}.org\nport=25\n")),
    "many prefixes": (".env", many(lambda n: f"A{n}_SMTP_HOST=h{n}.org\nA{n}_SMTP_PORT=25\n")),
    "many properties": ("a.properties", many(lambda n: f"a{n}.smtp.host=h{n}.org\na{n}.smtp.port=25\n")),
    "many accounts": ("msmtprc", many(lambda n: f"account a{n}\nhost h{n}\nport 25\n")),
    "many variables": ("Dockerfile", many(lambda n: f"ENV A{n}_SMTP_HOST=h\n", "FROM a\n")),
    "many blocks": ("README.md", many(lambda n: f"```yaml\nsmtp: {{host: h{n}.org, port: 25}}\n```\n")),
    "many config maps": ("a.yaml", many(lambda n: f"---\nkind: ConfigMap\nmetadata: {{name: a{n}}}\ndata: {{SMTP_HOST: h{n}.org}}\n")),
    "many tasks": ("playbook.yml", many(lambda n: f"    - mail: {{host: h{n}, port: 25}}\n", "- hosts: all\n  tasks:\n")),
    "many values": ("values.yaml", many(lambda n: f"a{n}: {{smtp: {{host: '{{{{ .x }}}}', port: 25}}}}\n")),
    "many mailers": (
        "settings.py",
        many(lambda n: f" 'm{n}': {{'OPTIONS': {{'host': 'h{n}.org', 'port': 25}}}},\n", "MAILERS = {\n", "}\n"),
    ),
    "many handlers": ("log.py", many(lambda n: f"SMTPHandler('h{n}.org', 'a', 'b', 'c')\n", "from logging.handlers import SMTPHandler\n")),
    "many options": (".env", many(lambda n: f"a{n}=b&", "MAILER_DSN=smtp://mail.example.org?", "z=1\n")),
    "rst": ("README.rst", fill(".. code:: " + " " * 500 + "!\n", "smtp\n")),
}


pytestmark = pytest.mark.full


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is imported and loaded once is not counted against the first bomb."""
    folder = tmp_path_factory.mktemp("warm")
    plant(folder, {"settings.py": MAIL, "a.yaml": "smtp_host: h\n", "a.toml": "smtp = 1\n", "a.json": "{}", "README.md": "smtp"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        with pytest.MonkeyPatch.context() as there:
            there.chdir(folder)
            call("check", "--docs")
        yield


@pytest.mark.parametrize("name", BOMBS)
def test_bomb(here: Path, name: str) -> None:
    path, content = BOMBS[name]
    plant(here, {path: content})
    with within(2):
        code, _, err = call("check", "--docs", "--isolated", path)
    assert code in (0, 1), err
    assert "internal error" not in err


def test_cycles_between_files(here: Path) -> None:
    plant(
        here,
        {
            "a/settings.py": "from b.settings import *\nEMAIL_HOST = 'mail.example.org'\n",
            "b/settings.py": "from a.settings import *\nfrom .settings import *\nEMAIL_PORT = 25\n",
            "compose.yaml": "include: [other/compose.yaml]\nservices: {a: {extends: {file: other/compose.yaml, service: b}, environment: {SMTP_HOST: h}}}\n",
            "other/compose.yaml": "include: [../compose.yaml]\nservices: {b: {extends: {file: ../compose.yaml, service: a}, env_file: x.env}}\n",
            "other/x.env": "SMTP_PORT=${SMTP_PORT}\nSMTP_HOST=${SMTP_HOST:-${SMTP_HOST}}\n",
            "k/kustomization.yaml": "resources: [../k, .]\nbases: [.]\npatches: [{path: kustomization.yaml}]\n# smtp\n",
            ".env": "A=${SMTP_HOST}\nSMTP_HOST=${A}\n",
        },
    )
    with within(4):
        code, _, err = call("check", "--isolated")
    assert code in (0, 1) and "internal error" not in err, err


@pytest.mark.parametrize(("name", "line"), [("a.env", "A=1\n"), ("a.yaml", "a: 1\n"), ("a.ini", "a=1\n"), ("a.properties", "\n")])
def test_a_million_lines(here: Path, name: str, line: str) -> None:
    """Two megabytes are the limit of a file; so many empty lines fit into it."""
    head = {"a.yaml": "smtp: {smtp_host: mail.example.org, smtp_port: 25}\n", "a.ini": "[smtp]\nhost=mail.example.org\nport=25\n",
            "a.properties": "spring.mail.host=mail.example.org\nspring.mail.port=25\n"}.get(name, "SMTP_HOST=mail.example.org\nSMTP_PORT=25\n")  # fmt: skip
    plant(here, {name: head + line * ((2 * 1024 * 1024 - 200) // len(line))})
    with within(40):
        code, _, err = call("check", "--isolated", name)
    assert code in (0, 1), err


def test_no_signal(here: Path) -> None:
    """All of them at once, in a process of its own: whatever parsers in C make of them, the process ends by itself."""
    plant(here, {f"{number}/{path}": content for number, (path, content) in enumerate(BOMBS.values())})
    begin = time.monotonic()
    done = subprocess.run([PYTHON, "-m", "smtplint", "check", "--docs", "--isolated", "--no-cache", "-q"], env=environment(),
                          capture_output=True, text=True, check=False, timeout=580)  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - begin < 570
