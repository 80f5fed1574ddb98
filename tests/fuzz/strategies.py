"""Hypothesis strategies: texts in every syntax with mail settings in them, whole or damaged, and whole projects of such files."""

from __future__ import annotations

import json
from typing import Any

import yaml
from hypothesis import strategies as st

# Looks like a password of somebody's, and is part of nothing else.
CANARY = "Zq7+vK9/mXw4Tr"

HOSTS = st.sampled_from(
    ["mail.example.org", "localhost", "smtp.gmail.com", "smtps://mail.example.org:465", "10.0.0.1", "[::1]", "h:25", ""]
)
PORTS = st.sampled_from(["25", "465", "587", "2525", "0", "-1", "65536", "9" * 40, "0x19", "25.0", "${SMTP_PORT:-25}", "", "٢٥"])
SWITCHES = st.sampled_from(
    ["true", "false", "yes", "no", "on", "off", "1", "0", "True", "null", "none", "starttls", "ssl", "TLS", "always", ""]
)
REFERENCES = st.sampled_from(
    ["${SMTP_HOST}", "$A$A", "${A:-${B:-25}}", "{{ smtp.host }}", "%(host)s", "@mail.host@", "$(cat x)", "#{a}", "!vault |"]
)
ODD = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
VALUES = st.one_of(HOSTS, PORTS, SWITCHES, REFERENCES, ODD)
NAMES = (
    "host",
    "port",
    "username",
    "tls",
    "ssl",
    "starttls",
    "secure",
    "auth",
    "timeout",
    "url",
    "require_tls",
    "verify",
    "encryption",
    "from",
)
HEADS = ("smtp", "mail", "email", "spring.mail", "mailer", "grafana", "notifications")
SECRETS = ("password", "smtp_password", "pass", "auth_password")


def _pairs(secret: bool) -> st.SearchStrategy[dict[str, str]]:
    """Settings by the last part of their name; with `secret`, one of them is a password."""
    pairs = st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1, max_size=6)
    if not secret:
        return pairs
    return st.builds(lambda found, name: {"host": "mail.example.org", "port": "25", **found, name: CANARY}, pairs, st.sampled_from(SECRETS))


def _trees(secret: bool) -> st.SearchStrategy[Any]:
    leaf = _pairs(secret)
    return st.recursive(
        st.builds(lambda head, pairs: {head: pairs}, st.sampled_from(HEADS), leaf),
        lambda inner: st.one_of(
            st.builds(lambda head, one, other: {head: one, **other}, st.sampled_from(HEADS), inner, inner),
            st.builds(lambda head, items: {head: items}, st.sampled_from(HEADS), st.lists(inner, min_size=1, max_size=2)),
        ),
        max_leaves=4,
    )


def _flat(tree: Any, join: str, before: str = "") -> dict[str, str]:
    """A tree as one level of long names."""
    if isinstance(tree, dict):
        found: dict[str, str] = {}
        for name, value in tree.items():
            found |= _flat(value, join, f"{before}{join}{name}" if before else name)
        return found
    if isinstance(tree, list):
        return {name: value for number, item in enumerate(tree) for name, value in _flat(item, join, f"{before}{join}{number}").items()}
    return {before: tree}


def _yaml(tree: Any, style: int) -> str:
    if style == 0:
        return json.dumps(tree, indent=1)
    options: dict[str, Any] = {"default_flow_style": (None, False, True)[style % 3], "default_style": (None, "'", '"', "|", ">")[style % 5]}
    return str(yaml.safe_dump(tree, allow_unicode=style % 2 == 0, sort_keys=False, **options))


def _json(tree: Any, style: int) -> str:
    text = json.dumps(tree, indent=(None, 2, "\t")[style % 3], ensure_ascii=style % 2 == 0)
    return text if style % 4 else "// smtp\n" + text.replace("}", ",}", 1)


def _toml(tree: Any, style: int) -> str:
    lines = []
    tables: dict[str, list[str]] = {}
    for name, value in _flat(tree, ".").items():
        head, _, last = name.rpartition(".")
        tables.setdefault(head, []).append(f"{last} = {value if value in ('true', 'false', '25') else json.dumps(value)}")
    for head, rows in tables.items():
        lines += [f"[{head}]" if style % 2 else f"[{head}] # smtp", *rows]
    return "\n".join(lines) + "\n"


def _quoted(value: str, style: int) -> str:
    if style % 3 == 0 and "'" not in value and "\n" not in value:
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False) if style % 3 == 1 or "\n" in value or "\r" in value else value


def _dotenv(tree: Any, style: int) -> str:
    pairs = _flat(tree, "_").items()
    lead = "export " if style % 4 == 3 else ""
    return "".join(
        f"{lead}{name.replace('.', '_').upper()}={_quoted(value, style)}{' # smtp' if style % 5 == 0 else ''}\n" for name, value in pairs
    )


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _ini(tree: Any, style: int) -> str:
    sections: dict[str, list[str]] = {}
    for name, value in _flat(tree, ".").items():
        head, _, last = name.rpartition(".")
        sections.setdefault(head, []).append(f"{last}{(' = ', '=', ': ')[style % 3]}{_one_line(value)}")
    return "\n".join(line for head, rows in sections.items() for line in (f"[{head}]", *rows)) + "\n"


def _properties(tree: Any, style: int) -> str:
    return "".join(f"{name}{('=', ' = ', ':', ' ')[style % 4]}{_one_line(value)}\n" for name, value in _flat(tree, ".").items())


def _postfix(tree: Any, style: int) -> str:
    host = next((value for name, value in _flat(tree, ".").items() if name.endswith("host")), "mail.example.org")
    return f"relayhost = [{_one_line(host)}]:25\nsmtp_tls_security_level = {('may', 'none', 'encrypt', 'secure')[style % 4]}\n# smtp\n"


def _keyword(tree: Any, style: int) -> str:
    rows = [f"{name.rpartition('.')[2]} {_quoted(_one_line(value), 2 if style % 2 else 1)}" for name, value in _flat(tree, ".").items()]
    return "\n".join(["defaults" if style % 2 else "account a", *rows]) + "\n"


def _dockerfile(tree: Any, style: int) -> str:
    pairs = [f"{name.replace('.', '_').upper()}={_quoted(value, style)}" for name, value in _flat(tree, "_").items()]
    return "FROM gitea/gitea:1.21 AS a\nENV " + " \\\n    ".join(pairs) + "\nFROM a\nARG SMTP_PORT=25\n"


def _python(tree: Any, style: int) -> str:
    lines = ["import os"]
    for name, value in _flat(tree, "_").items():
        name = name.replace(".", "_").upper().replace("MAIL_", "EMAIL_", 1).replace("EEMAIL", "EMAIL")
        text = repr(value)
        lines.append(
            f"{name} = " + (text, f"os.environ.get('X', {text})", f"({text}) if DEBUG else None", f"{{'a': {text}}}['a']")[style % 4]
        )
    if style % 3 == 0:
        lines = [lines[0], "class Config(Base):", *("    " + line for line in lines[1:])]
    return "\n".join(lines) + "\n"


def _literal(tree: Any, style: int) -> str:
    return (repr(tree), f"({tree!r},)", "".join(f"({name!r}, {value!r}), " for name, value in _flat(tree, ".").items()))[style % 3]


def _ruby(tree: Any, style: int) -> str:
    rows = []
    for name, value in _flat(tree, "_").items():
        text = value if value in ("true", "false", "25") else _quoted(value.replace("#", ""), 0 if style % 2 else 1)
        rows.append(f"gitlab_rails['{name}'] = {text if text != value or text in ('true', 'false', '25') else json.dumps(text)}")
    return "external_url 'https://git.example.org'\n" + "\n".join(rows) + ("\n# smtp\n" if style % 3 else " if true\n")


def _markdown(tree: Any, style: int) -> str:
    fence = ("```", "~~~~")[style % 2]
    return f'# smtp\n\n{fence}yaml\n{_yaml(tree, style % 3)}\n{fence}\n\n{fence}env title=".env"\n{_dotenv(tree, style)}{fence}\n'


WRITERS = {
    "yaml": _yaml,
    "json": _json,
    "toml": _toml,
    "dotenv": _dotenv,
    "ini": _ini,
    "properties": _properties,
    "postfix": _postfix,
    "keyword": _keyword,
    "dockerfile": _dockerfile,
    "python": _python,
    "literal": _literal,
    "ruby": _ruby,
    "markdown": _markdown,
}
# Names under which the carriers look for mail settings.
FILES: dict[str, tuple[str, ...]] = {
    "yaml": ("compose.yaml", "values.yaml", "src/main/resources/application.yml", "k8s/a.yaml", "play.yml", "config.yml"),
    "json": ("appsettings.json", "config.json"),
    "toml": ("config.toml", "pyproject.toml"),
    "dotenv": (".env", "prod.env", ".envrc"),
    "ini": ("app.ini", "grafana.ini", "mail.service", ".gitconfig"),
    "properties": ("application.properties",),
    "postfix": ("main.cf",),
    "keyword": (".msmtprc", "muttrc"),
    "dockerfile": ("Dockerfile",),
    "python": ("settings.py", "config.py"),
    "ruby": ("gitlab.rb",),
    "markdown": ("README.md",),
}
# What damages a text: signs of every syntax, line ends of every kind, and what encoders leave behind.
DAMAGE = (
    *"\"'`\\{}[]()<>:=#$%&*!|-,;@~\t\r\n", "\r\n", "\x85", "\u2028", "\x0b", "\x0c", "\x00", "\ufeff", "\x1b[31m", "{{", "}}", "{% if a %}",
    "<%", "${", "$(", "<<: *a\n", "&a ", "!!binary ", "---\n", "\\u", "\\ud800", '"""', "'''", "[[", "]]", "<<EOF\n", "    ", "\n\n", "if x:\n",
    "9" * 50, "::error::", "smtplint: ignore[SMTP202]",
)  # fmt: skip


@st.composite
def texts(draw: st.DrawFn, syntax: str, secret: bool = False) -> str:
    """A text in a syntax, as its writer leaves it."""
    tree = draw(_trees(secret))
    return WRITERS[syntax](tree, draw(st.integers(0, 59)))


@st.composite
def damaged(draw: st.DrawFn, syntax: str) -> str:
    """A text in a syntax after up to four cuts and insertions."""
    text = draw(texts(syntax))
    for _ in range(draw(st.integers(0, 4))):
        begin = draw(st.integers(0, len(text)))
        end = draw(st.one_of(st.just(begin), st.integers(begin, len(text))))
        text = text[:begin] + draw(st.one_of(st.just(""), st.sampled_from(DAMAGE), ODD)) + text[end:]
    return text


@st.composite
def projects(draw: st.DrawFn, secret: bool = False) -> dict[str, str]:
    """One to three files with mail settings; with `secret` all are whole and hold the canary where passwords stand."""
    files: dict[str, str] = {}
    for syntax in draw(st.lists(st.sampled_from(sorted(FILES)), min_size=1, max_size=3)):
        files[draw(st.sampled_from(FILES[syntax]))] = draw(texts(syntax, True) if secret else damaged(syntax))
    return files
