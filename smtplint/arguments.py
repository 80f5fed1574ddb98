"""What there is to type: commands, options, their help, and the parser. Help, completion and suggestions all read the same tables."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

CHECK_FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "rdjson")
# Formats that show fixes, which cost a second look at every finding.
WITH_FIXES = frozenset(("json", "sarif", "rdjson"))
ENDPOINT_FORMATS = ("table", "json", "csv", "markdown", "html")
DESCRIBE_FORMATS = ("text", "json", "markdown")
LEVELS = ("error", "warning", "note", "never")
SHELLS = ("bash", "zsh", "fish")


class Option:
    """`kind`: flag, one (the last counts), many (each adds), names (each adds a list with commas)."""

    __slots__ = ("choices", "help", "kind", "metavar", "name", "short")

    def __init__(
        self, name: str, help: str, *, kind: str = "flag", metavar: str = "", short: str = "", choices: Sequence[str] = ()
    ) -> None:
        self.name = name
        self.help = help
        self.kind = kind
        self.metavar = metavar
        self.short = short
        self.choices = tuple(choices)


_HELP = Option("--help", "show this", short="-h")
_TALK = (
    Option("--quiet", "no summary, no notifications", short="-q"),
    Option("--verbose", "how the values behind a finding came about; notes on standard error", short="-v"),
    Option("--color", "auto, always or never; NO_COLOR and FORCE_COLOR are honoured", kind="one", metavar="WHEN",
           choices=("auto", "always", "never")),
    _HELP,
)  # fmt: skip
_CONFIG = (
    Option("--config", "use this configuration file", kind="one", metavar="FILE"),
    Option("--isolated", "use no configuration file"),
    Option("--rules", "add a folder of your own rules and profiles", kind="many", metavar="DIR"),
)
_READ = (
    Option("--docs", "look into the code blocks of Markdown files too"),
    Option("--no-cache", "neither read nor write the cache"),
    Option("--jobs", "let so many processes share a tree with many mail settings (1)", kind="one", metavar="N"),
)
_SELECT = (
    Option("--select", "speak with these rules only: ids, prefixes (SMTP2), slugs, ALL", kind="names", metavar="RULES"),
    Option("--extend-select", "speak with these rules too", kind="names", metavar="RULES"),
    Option("--ignore", "leave these rules out", kind="names", metavar="RULES"),
)

COMMANDS: dict[str, tuple[str, str, tuple[Option, ...]]] = {
    "check": ("[PATH…]", "find faults; '-' reads standard input", (
        Option("--format", "text (default), json, sarif, github, gitlab, junit, rdjson; may be repeated", kind="many", metavar="FORMAT",
               choices=CHECK_FORMATS),
        Option("--output", "write the n-th format to this file; without one, standard output", kind="many", metavar="FILE", short="-o"),
        *_SELECT,
        Option("--fail-on", "exit with 1 from this level up: error, warning (default), note, never", kind="one", metavar="LEVEL",
               choices=LEVELS),
        Option("--baseline", "leave out the findings in this file", kind="one", metavar="FILE"),
        Option("--write-baseline", "write the findings of this run to this file", kind="one", metavar="FILE"),
        Option("--show-suppressed", "show suppressed findings too, marked as such"),
        Option("--report-unused-ignores", "tell which ignore comments take out nothing"),
        Option("--fix", "apply the safe fixes"),
        Option("--unsafe-fixes", "with --fix or --diff: the others too"),
        Option("--diff", "show the fixes without applying them"),
        Option("--stdin-filename", "the name under which standard input is read", kind="one", metavar="NAME"),
        *_READ, *_CONFIG, *_TALK)),
    "endpoints": ("[PATH…]", "list every SMTP connection and what it does on the wire", (
        Option("--format", "table (default), json, csv, markdown, html", kind="many", metavar="FORMAT", choices=ENDPOINT_FORMATS),
        Option("--output", "write the n-th format to this file; without one, standard output", kind="many", metavar="FILE", short="-o"),
        Option("--explain", "say where every fact comes from"),
        Option("--stdin-filename", "the name under which standard input is read", kind="one", metavar="NAME"),
        *_READ, *_CONFIG, *_TALK)),
    "explain": ("FILE:LINE", "what was made of this place, and why a rule spoke or was silent", (*_SELECT, *_READ, *_CONFIG, *_TALK)),
    "rule": ("[ID…]", "explain a rule, by id (SMTP202) or slug (optional-starttls)", (
        Option("--all", "all of them"),
        Option("--format", "text (default), json, markdown", kind="one", metavar="FORMAT", choices=DESCRIBE_FORMATS),
        *_CONFIG, *_TALK)),
    "profile": ("[ID…]", "explain an application: its keys, its defaults, the sources", (
        Option("--all", "all of them"),
        Option("--format", "text (default), json, markdown", kind="one", metavar="FORMAT", choices=DESCRIBE_FORMATS),
        *_CONFIG, *_TALK)),
    "config": ("", "show the configuration in effect and where it comes from", (
        Option("--format", "text (default), json", kind="one", metavar="FORMAT", choices=("text", "json")),
        *_SELECT,
        Option("--fail-on", "exit with 1 from this level up", kind="one", metavar="LEVEL", choices=LEVELS),
        Option("--baseline", "leave out the findings in this file", kind="one", metavar="FILE"),
        Option("--docs", "look into the code blocks of Markdown files too"),
        *_CONFIG, *_TALK)),
    "server": ("", "language server on standard input and output", (*_CONFIG, *_TALK)),
    "completion": ("bash|zsh|fish", "print what completes these commands in your shell", _TALK),
}  # fmt: skip

_TOP = """\
smtplint finds faults in the SMTP settings of applications: what does this configuration really do on the wire?

Usage: smtplint COMMAND [OPTION…]

"""
_EXAMPLES = """
Try
  smtplint check                              lint everything below this folder
  smtplint check .env compose.yaml            lint two files
  smtplint endpoints                          which mail servers does this project talk to, and how?
  smtplint rule SMTP202                       what is wrong with optional STARTTLS?
  smtplint check --format sarif -o smtplint.sarif --format github
                                              a file for code scanning, annotations for the log
  smtplint check --write-baseline base.json   accept what is there; then: --baseline base.json

'smtplint COMMAND --help' tells more. Exit codes: 0 clean, 1 findings, 2 the run could not be done.
"""


def top_help() -> str:
    """What `smtplint --help` prints."""
    lines = [f"  {name:<11} {about}" for name, (_, about, _) in COMMANDS.items()]
    return (
        _TOP + "Commands\n" + "\n".join(lines) + "\n\nOptions\n  -h, --help     show this\n  -V, --version  show the version\n" + _EXAMPLES
    )


_TEACH = {
    "check": """
A file that is named is linted even where git ignores it; folders are searched as git lists them.
A comment takes a finding out:
  port: 25  # smtplint: ignore[SMTP101]  the old relay
""",
    "explain": "\nExample: smtplint explain settings.py:41\n",
    "completion": """
  bash: smtplint completion bash > ~/.local/share/bash-completion/completions/smtplint
  zsh:  smtplint completion zsh > "${fpath[1]}/_smtplint"
  fish: smtplint completion fish > ~/.config/fish/completions/smtplint.fish
""",
}


def command_help(name: str) -> str:
    """What `smtplint NAME --help` prints; raises KeyError for an unknown command."""
    arguments, about, options = COMMANDS[name]
    rows = []
    for option in options:
        left = f"{option.short + ', ' if option.short else '    '}{option.name}{' ' + option.metavar if option.metavar else ''}"
        rows.append(f"  {left:<30} {option.help}")
    usage = " ".join(part for part in ("smtplint", name, "[OPTION…]", arguments) if part)
    return f"{about[0].upper()}{about[1:]}.\n\nUsage: {usage}\n\nOptions\n" + "\n".join(rows) + "\n" + _TEACH.get(name, "")


class UsageError(Exception):
    """A command line that cannot be understood; `str(error)` is one sentence."""


class Arguments:
    """A parsed command line. `given` maps the name of an option to its values, in order (an empty list for a flag)."""

    __slots__ = ("command", "given", "paths")

    def __init__(self, command: str) -> None:
        self.command = command
        self.given: dict[str, list[str]] = {}
        self.paths: list[str] = []

    def has(self, name: str) -> bool:
        """Whether an option is given, by its long name."""
        return name in self.given

    def one(self, name: str, default: str = "") -> str:
        """The last value of an option."""
        return self.given[name][-1] if self.given.get(name) else default

    def many(self, name: str) -> list[str]:
        """All values of an option, in order."""
        return self.given.get(name, [])

    def names(self, name: str) -> list[str]:
        """The values of a repeatable option with commas, as one list."""
        return [word for value in self.many(name) for part in value.split(",") if (word := part.strip())]


def _hint(word: str, names: Sequence[str]) -> str:
    from smtplint.nearest import hint

    return hint(word, names)


def parse(argv: Sequence[str]) -> Arguments:
    """Arguments of a known command. Raises UsageError."""
    command = argv[0]
    if command not in COMMANDS:
        if command.startswith("-"):
            raise UsageError(f"unknown option '{command}'{_hint(command, ('--help', '--version'))}; options stand after the command")
        if os.path.exists(command):
            raise UsageError(f"unknown command '{command}'; to lint it: smtplint check {command}")
        raise UsageError(f"unknown command '{command}'{_hint(command, tuple(COMMANDS))}")
    known: dict[str, Option] = {}
    for option in COMMANDS[command][2]:
        known[option.name] = option
        if option.short:
            known[option.short] = option
    found = Arguments(command)
    rest = iter(argv[1:])
    for word in rest:
        if word == "--":
            found.paths.extend(rest)
            break
        if word == "-" or not word.startswith("-"):
            found.paths.append(word)
            continue
        name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if not word.startswith("--") and len(word) > 2 and word[:2] in known:
            # -ofile, -qv
            if known[word[:2]].kind == "flag":
                for letter in word[1:]:
                    short = known.get(f"-{letter}")
                    if short is None or short.kind != "flag":
                        raise UsageError(f"unknown option '{word}'")
                    found.given.setdefault(short.name, [])
                continue
            name, equals, value = word[:2], "=", word[2:]
        wanted = known.get(name)
        if wanted is None:
            raise UsageError(f"'{command}' has no option '{name}'{_hint(name, [o.name for o in known.values()])}")
        if wanted.kind == "flag":
            if equals:
                raise UsageError(f"'{name}' takes no value")
            found.given.setdefault(wanted.name, [])
            continue
        if not equals:
            value = next(rest, "")
            if not value or (value.startswith("--") and value != "--"):
                raise UsageError(f"'{name}' needs a value: {wanted.metavar}")
        if wanted.choices and value not in wanted.choices:
            raise UsageError(f"'{value}' is none of {', '.join(wanted.choices)} for '{name}'{_hint(value, wanted.choices)}")
        found.given.setdefault(wanted.name, []).append(value)
    return found
