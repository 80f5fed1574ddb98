"""The command line: arguments, configuration, outputs, exit code.

Exit codes: 0 nothing at or above the threshold, 1 findings at or above it, 2 the run could not be done (usage, configuration, a path that
does not exist, an interrupt, an internal error).

Only what a command needs is imported: `--version` and `--help` import nothing at all.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from smtplint.catalog import Catalog
    from smtplint.config import Config
    from smtplint.finding import Notification
    from smtplint.result import Context, Result

CHECK_FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "rdjson")
# Formats that show fixes, which cost a second look at every finding.
WITH_FIXES = frozenset(("json", "sarif", "rdjson"))
ENDPOINT_FORMATS = ("table", "json", "csv", "markdown", "html")
DESCRIBE_FORMATS = ("text", "json", "markdown")
LEVELS = ("error", "warning", "note", "never")
SHELLS = ("bash", "zsh", "fish")

# ------------------------------------------------------------------------------------------------------------------------
# What there is to type. Help, completion, suggestions and the parser all read these tables.


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
    Option("--verbose", "say more on standard error", short="-v"),
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
    Option("--jobs", "how many processes may work", kind="one", metavar="N"),
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


def _top_help() -> str:
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


def _command_help(name: str) -> str:
    arguments, about, options = COMMANDS[name]
    rows = []
    for option in options:
        left = f"{option.short + ', ' if option.short else '    '}{option.name}{' ' + option.metavar if option.metavar else ''}"
        rows.append(f"  {left:<30} {option.help}")
    usage = " ".join(part for part in ("smtplint", name, "[OPTION…]", arguments) if part)
    return f"{about[0].upper()}{about[1:]}.\n\nUsage: {usage}\n\nOptions\n" + "\n".join(rows) + "\n" + _TEACH.get(name, "")


# ------------------------------------------------------------------------------------------------------------------------
# Parsing


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
        return name in self.given

    def one(self, name: str, default: str = "") -> str:
        return self.given[name][-1] if self.given.get(name) else default

    def many(self, name: str) -> list[str]:
        return self.given.get(name, [])

    def names(self, name: str) -> list[str]:
        """The values of a repeatable option with commas, as one list."""
        return [word for value in self.many(name) for part in value.split(",") if (word := part.strip())]


def _hint(word: str, names: Sequence[str]) -> str:
    from smtplint.suppress import nearest

    close = nearest(word, names)
    return f"; did you mean '{close}'?" if close else ""


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


# ------------------------------------------------------------------------------------------------------------------------
# Talking


def _escaped(text: str) -> str:
    from smtplint.report.words import clean

    return clean(text)


def _tell(text: str) -> None:
    """One line on standard error; a closed one is nobody's business."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except UnicodeEncodeError:
        try:
            sys.stderr.write(text.encode("ascii", "backslashreplace").decode() + "\n")
        except (OSError, ValueError):
            pass
    except (OSError, ValueError, AttributeError):
        pass


def _put(text: str) -> None:
    """Text on standard output. A reader that went away is not an error; a full disk is. Raises UsageError."""
    stream = sys.stdout
    if stream is None:
        return
    try:
        encoding = getattr(stream, "encoding", None) or "utf-8"
        data = text.encode(encoding, "backslashreplace")
        buffer = getattr(stream, "buffer", None)
        if buffer is None:
            stream.write(data.decode(encoding))
        else:
            stream.flush()
            buffer.write(data)
        stream.flush()
    except BrokenPipeError:
        _hush()
    except OSError as error:
        _hush()
        raise UsageError(f"cannot write to standard output: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    return (error.strerror or "input or output error").lower()


def _hush() -> None:
    """Send what is still to come to nowhere, so that the interpreter does not complain at its end."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass


def _terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError, OSError):
        return False


def _colored(arguments: Arguments) -> bool:
    wanted = arguments.one("--color", "auto")
    if wanted != "auto":
        return wanted == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return os.environ.get("TERM") != "dumb" and _terminal(sys.stdout)


def _width() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and 0 < int(columns) < 10_000:
        return int(columns)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 100
    except (OSError, ValueError, AttributeError):
        return 100


class Progress:
    """A line on standard error, only on a terminal and only once a run takes longer than a second."""

    __slots__ = ("_begin", "_last", "shown")

    def __init__(self) -> None:
        from time import monotonic

        self._begin = self._last = monotonic()
        self.shown = False

    def __call__(self, number: int, path: str) -> None:
        from time import monotonic

        now = monotonic()
        if now - self._begin < 1 or (self.shown and now - self._last < 0.1):
            return
        self._last = now
        self.shown = True
        place = _escaped(path)
        sys.stderr.write(f"\r\x1b[K{number} files looked at, now {place if len(place) < 50 else '…' + place[-48:]}")
        sys.stderr.flush()

    def clear(self) -> None:
        if self.shown:
            self.shown = False
            try:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()
            except (OSError, ValueError):
                pass


def _progress(arguments: Arguments) -> Progress | None:
    if arguments.has("--quiet") or os.environ.get("TERM") == "dumb" or not _terminal(sys.stderr):
        return None
    return Progress()


def _notify(notifications: Sequence[Notification], arguments: Arguments) -> None:
    """Warnings and errors on standard error; notes only with --verbose."""
    if arguments.has("--quiet"):
        return
    for note in notifications:
        if note.level == "note" and not arguments.has("--verbose") and note.id != "unused-ignore":
            continue
        where = _escaped(note.file)
        if where and note.line:
            where += f":{note.line}" + (f":{note.column}" if note.column else "")
        _tell(f"{where + ': ' if where else ''}{note.level}: {_escaped(note.message)}")


# ------------------------------------------------------------------------------------------------------------------------
# Configuration


class Setup:
    """The configuration of a run: the file, what the command line adds to it, and where each value comes from."""

    __slots__ = ("arguments", "catalog", "config", "options", "origins")

    def __init__(self, arguments: Arguments) -> None:
        """Raises ConfigError, CatalogError and UsageError."""
        from smtplint import config as configuration

        self.arguments = arguments
        self.catalog: Catalog | None = None
        if arguments.has("--isolated") and arguments.has("--config"):
            raise UsageError("'--isolated' and '--config' exclude each other")
        config: Config | None
        if arguments.has("--isolated"):
            config = configuration.Config()
        elif arguments.has("--config"):
            config = configuration.load(arguments.one("--config"))
        else:
            config = configuration.find(os.getcwd())
        assert config is not None
        self.config = config
        self.options = config.options()
        self.origins = dict(config.places)
        self._command_line()
        mentions = config.mentions + [
            (name, selector, "") for name in ("--select", "--extend-select", "--ignore") for selector in arguments.names(name)
        ]
        if mentions or config.values.get("profiles"):
            catalog = self.load()
            from smtplint.suppress import rules_of

            configuration.check_names(mentions, rules_of(catalog.checks))
            configuration.check_profiles(config, catalog.profile_ids)

    def _command_line(self) -> None:
        given, options = self.arguments, self.options

        def set_(key: str) -> None:
            self.origins[key] = "command line"

        select = given.names("--select") if given.has("--select") else None
        extend, ignore = given.names("--extend-select"), given.names("--ignore")
        if select is not None or extend or ignore:
            options.layers.append((select, tuple(extend), tuple(ignore)))
        for key, found in (("select", select is not None), ("extend-select", bool(extend)), ("ignore", bool(ignore))):
            if found:
                set_(key)
        if given.has("--fail-on"):
            options.fail_on = given.one("--fail-on")
            set_("fail-on")
        if given.has("--baseline"):
            options.baseline = given.one("--baseline")
            set_("baseline")
        if given.has("--rules"):
            options.rules = (*options.rules, *given.many("--rules"))
            set_("rules")
        for folder in options.rules:
            if not os.path.isdir(folder):
                raise UsageError(f"there is no folder of rules '{folder}'")
        if given.has("--docs"):
            options.docs = True
            set_("docs")
        options.cache = not given.has("--no-cache")
        options.report_unused_ignores = given.has("--report-unused-ignores")
        if given.has("--jobs"):
            jobs = given.one("--jobs")
            if not jobs.isdecimal() or not 0 < int(jobs) < 1000:
                raise UsageError("'--jobs' needs a number from 1 on")
            options.jobs = int(jobs)

    def load(self) -> Catalog:
        """The catalogue with the user's own rules. Raises CatalogError."""
        if self.catalog is None:
            from smtplint import catalog

            self.catalog = catalog.load(self.options.rules, cache=self.options.cache)
        return self.catalog

    def context(self, formats: Sequence[str]) -> Context:
        """How the reports are to be written. What is known about the rules is loaded only for formats that ask for it."""
        from smtplint.baseline import prefix
        from smtplint.result import Context, RuleInfo

        infos: list[RuleInfo] = []
        if any(name == "html" or name not in ("text", "json", *ENDPOINT_FORMATS, "explain") for name in formats):
            from smtplint.catalog.describe import rule_infos

            infos = rule_infos(self.load())

        names = ("GITHUB_", "CI_", "BUILD_", "SYSTEM_", "TF_BUILD")
        return Context(
            infos,
            color=_colored(self.arguments),
            width=_width(),
            base=prefix(),
            threshold=self.options.fail_on,
            show_suppressed=self.arguments.has("--show-suppressed"),
            baseline_used=bool(self.options.baseline),
            environment={key: value for key, value in os.environ.items() if key.startswith(names)},
        )


# ------------------------------------------------------------------------------------------------------------------------
# Commands


def _outputs(arguments: Arguments, default: str) -> list[tuple[str, str]]:
    """`(format, file)` in order, the file "" for standard output. Raises UsageError."""
    formats = arguments.many("--format") or [default]
    files = arguments.many("--output")
    if len(files) > len(formats):
        raise UsageError(f"{len(files)} --output but {len(formats)} --format: the n-th --output belongs to the n-th --format")
    pairs = [(name, files[at] if at < len(files) and files[at] != "-" else "") for at, name in enumerate(formats)]
    if sum(not file for _, file in pairs) > 1:
        raise UsageError("only one format can go to standard output; give the others an --output")
    written = [os.path.realpath(file) for _, file in pairs if file]
    if len(set(written)) < len(written):
        raise UsageError("two formats cannot go to the same file")
    return pairs


def _lint(setup: Setup) -> Result:
    """Run over the paths of the command line."""
    from smtplint import linter

    arguments, options = setup.arguments, setup.options
    paths = arguments.paths
    if "-" in paths or (arguments.has("--stdin-filename") and not paths):
        if len(paths) > 1:
            raise UsageError("'-' cannot be mixed with other paths")
        name = arguments.one("--stdin-filename")
        if not name:
            raise UsageError("standard input needs a name to know what it is: --stdin-filename NAME")
        data = sys.stdin.buffer.read(options.max_file_size + 1)
        if len(data) > options.max_file_size:
            raise UsageError(f"standard input is larger than {options.max_file_size} bytes")
        return linter.run_stdin(_stdin_name(name), data, options)
    if arguments.has("--stdin-filename"):
        raise UsageError("'--stdin-filename' is for standard input: smtplint check - --stdin-filename NAME")
    progress = _progress(arguments)
    options.progress = progress
    try:
        return linter.run(paths or ["."], options)
    finally:
        if progress is not None:
            progress.clear()


def _stdin_name(name: str) -> str:
    from smtplint.listing import display

    cwd = os.getcwd()
    return display(os.path.normpath(os.path.join(cwd, name)), cwd)


def _deliver(pairs: Sequence[tuple[str, str]], texts: Sequence[str]) -> None:
    """Write every output, files first and each whole or not at all. Raises UsageError naming the file that could not be written."""
    from smtplint.files import write_whole

    shown = ""
    for (_, file), text in zip(pairs, texts, strict=True):
        if not file:
            shown = text
            continue
        try:
            write_whole(file, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise UsageError(f"cannot write '{file}': {_reason(error)}") from None
    if shown:
        _put(shown)


def _check(arguments: Arguments) -> int:
    from smtplint.report import renderer
    from smtplint.result import at_least

    pairs = _outputs(arguments, "text")
    fixing = arguments.has("--fix") or arguments.has("--diff")
    if arguments.has("--unsafe-fixes") and not fixing:
        raise UsageError("'--unsafe-fixes' goes with '--fix' or '--diff'")
    if arguments.has("--fix") and arguments.has("--diff"):
        raise UsageError("'--fix' and '--diff' exclude each other")
    if arguments.has("--fix") and "-" in arguments.paths:
        raise UsageError("standard input cannot be fixed; '--diff' shows the fixes")
    setup = Setup(arguments)
    if arguments.has("--write-baseline"):
        setup.options.baseline = ""
    result = _lint(setup)
    if arguments.has("--write-baseline"):
        _write_baseline(arguments, result)
    diff = ""
    if fixing:
        from importlib import import_module

        fixes = import_module("smtplint.fixes")
        unsafe = arguments.has("--unsafe-fixes")
        if arguments.has("--diff"):
            diff = fixes.diff(result, unsafe)
        else:
            fixed = fixes.apply(result, unsafe)
            if fixed:
                if not arguments.has("--quiet"):
                    _tell(f"Fixed {fixed} finding{'' if fixed == 1 else 's'}.")
                result = _lint(setup)
    if any(name in WITH_FIXES for name, _ in pairs):
        from importlib import import_module

        import_module("smtplint.fixes").attach(result)
    context = setup.context([name for name, _ in pairs])
    texts = []
    for name, file in pairs:
        text = renderer(name)(result, _plain(context) if file else context)
        if name == "text" and not file and arguments.has("--diff"):
            text = diff
        elif name == "text" and arguments.has("--quiet"):
            from smtplint.report.text import summary

            text = text.removesuffix(summary(result))
        texts.append(text)
    _notify(result.notifications, arguments)
    _deliver(pairs, texts)
    return 1 if any(at_least(finding.level, setup.options.fail_on) for finding in result.findings) else 0


def _plain(context: Context) -> Context:
    """The same for a file: no colours, no terminal's width."""
    from smtplint.result import Context

    return Context(
        context.rules,
        base=context.base,
        threshold=context.threshold,
        show_suppressed=context.show_suppressed,
        baseline_used=context.baseline_used,
        environment=context.environment,
        home=context.home,
    )


def _write_baseline(arguments: Arguments, result: Result) -> None:
    """Accept every finding of the run: it is written down and counts as suppressed from here on."""
    from smtplint.baseline import dump
    from smtplint.files import write_whole

    file = arguments.one("--write-baseline")
    try:
        write_whole(file, dump(result.findings))
    except OSError as error:
        raise UsageError(f"cannot write '{file}': {_reason(error)}") from None
    number = len(result.findings)
    if not arguments.has("--quiet"):
        _tell(f"Wrote {number} finding{'' if number == 1 else 's'} to {_escaped(file)}.")
    for finding in result.findings:
        finding.suppressed = "baseline"
    result.suppressed = sorted([*result.suppressed, *result.findings], key=lambda finding: finding.sort_key)
    result.findings = []


def _endpoints(arguments: Arguments) -> int:
    from smtplint.report import endpoint_renderer

    pairs = _outputs(arguments, "table")
    if arguments.has("--explain"):
        if arguments.has("--format"):
            raise UsageError("'--explain' is a format of its own and goes without '--format'")
        pairs = [("explain", pairs[0][1])]
    setup = Setup(arguments)
    setup.options.baseline = ""
    result = _lint(setup)
    context = setup.context([name for name, _ in pairs])
    texts = [endpoint_renderer(name)(result, _plain(context) if file else context) for name, file in pairs]
    _notify(result.notifications, arguments)
    _deliver(pairs, texts)
    return 0


def _explain(arguments: Arguments) -> int:
    if len(arguments.paths) != 1:
        raise UsageError("'explain' needs one place: FILE:LINE")
    file, _, line = arguments.paths[0].rpartition(":")
    if file and line.isdecimal() and ":" in file and file.rpartition(":")[2].isdecimal() and not os.path.exists(file):
        file, _, line = file.rpartition(":")  # FILE:LINE:COLUMN, as the reports write it
    if not file or not line.isdecimal():
        raise UsageError("'explain' needs one place: FILE:LINE")
    setup = Setup(arguments)
    setup.options.baseline = ""
    arguments.paths[:] = [file]
    result = _lint(setup)
    from smtplint.report.explain import explain
    from smtplint.suppress import active, rules_of

    catalog = setup.load()
    speaking = active(rules_of(catalog.checks), setup.options.layers)
    _notify(result.notifications, arguments)
    _deliver([("text", "")], [explain(result, _stdin_name(file), int(line[:9]), catalog.checks, speaking)])
    return 0


def _describe(arguments: Arguments) -> int:
    from smtplint.suppress import nearest, rule_id, rules_of

    what = arguments.command
    if arguments.paths and arguments.has("--all"):
        raise UsageError(f"'{what}' takes either ids or '--all'")
    if not arguments.paths and not arguments.has("--all"):
        raise UsageError(f"'{what}' needs an id, or '--all'")
    setup = Setup(arguments)
    catalog = setup.load()
    from smtplint.catalog import describe

    form = arguments.one("--format", "text")
    rules = rules_of(catalog.checks)
    profiles = sorted(catalog.profile_ids)
    if arguments.has("--all"):
        chosen = sorted(rules) if what == "rule" else profiles
    else:
        names = [*rules, *(slug for slug, _ in rules.values())] if what == "rule" else profiles
        chosen = []
        for name in arguments.paths:
            found = rule_id(name, rules) if what == "rule" else name.lower() if name.lower() in profiles else ""
            if not found:
                close = nearest(name, names)
                raise UsageError(f"there is no {what} '{name}'" + (f"; did you mean '{close}'?" if close else ""))
            chosen.append(found)
    folders = setup.options.rules
    if form == "json":
        import json

        records = [
            describe.rule_record(catalog.checks[name]) if what == "rule" else describe.profile_record(catalog, name, folders)
            for name in chosen
        ]
        _put(json.dumps(records if arguments.has("--all") or len(records) > 1 else records[0], indent=2, default=str) + "\n")
    elif arguments.has("--all"):
        _put(describe.rules_overview(catalog, form) if what == "rule" else describe.profiles_overview(catalog, form))
    elif what == "rule":
        _put("\n".join(describe.rule_text(catalog, catalog.checks[name], form) for name in chosen))
    else:
        _put("\n".join(describe.profile_text(catalog, name, form, folders) for name in chosen))
    return 0


def _config(arguments: Arguments) -> int:
    import json

    from smtplint.config import describe

    if arguments.paths:
        raise UsageError("'config' takes no paths")
    setup = Setup(arguments)
    rows = describe(setup.options, setup.origins)
    if arguments.one("--format") == "json":
        settings = {key: {"value": value, "origin": origin} for key, value, origin in rows}
        _put(json.dumps({"file": setup.config.shown or None, "settings": settings}, indent=2) + "\n")
        return 0
    lines = [f"# {_escaped(setup.config.shown)}" if setup.config.shown else "# no configuration file"]
    written = [(f"{key} = {json.dumps(value)}" if value is not None else f"# {key} is not set", origin) for key, value, origin in rows]
    width = min(60, max(len(left) for left, _ in written))
    lines += [f"{left:<{width}}  # {_escaped(origin)}" for left, origin in written]
    _put("\n".join(lines) + "\n")
    return 0


def _server(arguments: Arguments) -> int:
    if arguments.paths:
        raise UsageError("'server' takes no paths")
    from importlib import import_module

    try:
        import_module("pygls.lsp.server")  # pygls 1 has no such module
    except ImportError:
        raise UsageError("the language server needs an extra; install it with: pip install 'smtplint[lsp]'") from None
    configured = any(arguments.has(name) for name in ("--config", "--isolated", "--rules"))
    return int(import_module("smtplint.lsp").serve(Setup(arguments).options, configured))


def _completion(arguments: Arguments) -> int:
    if len(arguments.paths) != 1 or arguments.paths[0] not in SHELLS:
        shell = arguments.paths[0] if arguments.paths else ""
        raise UsageError("'completion' needs a shell: bash, zsh or fish" + (_hint(shell, SHELLS) if shell else ""))
    _put(completion(arguments.paths[0]))
    return 0


def completion(shell: str) -> str:
    """A completion script for bash, zsh or fish."""
    if shell == "fish":
        lines = [
            "complete -c smtplint -n __fish_use_subcommand -f -l help -s h",
            "complete -c smtplint -n __fish_use_subcommand -f -l version -s V",
        ]
        for name, (_, about, options) in COMMANDS.items():
            lines.append(f"complete -c smtplint -n __fish_use_subcommand -f -a {name} -d {_shell(about)}")
            for option in options:
                value = "" if option.kind == "flag" else " -r"
                value = f" -x -a {_shell(' '.join(option.choices))}" if option.choices else value
                short = f" -s {option.short[1:]}" if option.short else ""
                after = f"complete -c smtplint -n '__fish_seen_subcommand_from {name}'"
                lines.append(f"{after} -l {option.name[2:]}{short}{value} -d {_shell(option.help)}")
        lines.append(f"complete -c smtplint -n '__fish_seen_subcommand_from completion' -f -a {_shell(' '.join(SHELLS))}")
        return "\n".join(lines) + "\n"
    cases = []
    for name, (_, _, options) in COMMANDS.items():
        chosen = [f"      {option.name}) values={_shell(' '.join(option.choices))} ;;" for option in options if option.choices]
        files = "|".join(option.name for option in options if option.kind != "flag" and not option.choices)
        if files:
            chosen.append(f"      {files}) files=1 ;;")
        words = " ".join(word for option in options for word in (option.name, option.short) if word)
        words += " " + " ".join(SHELLS) if name == "completion" else ""
        cases.append(f"    {name})\n      words={_shell(words)}\n      case $prev in\n" + "\n".join(chosen) + "\n      esac ;;")
    body = f"""\
_smtplint() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} words= values= files=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W {_shell(" ".join((*COMMANDS, "--help", "--version")))} -- "$cur"))
    return
  fi
  case ${{COMP_WORDS[1]}} in
{chr(10).join(cases)}
  esac
  if [ -n "$values" ]; then
    COMPREPLY=($(compgen -W "$values" -- "$cur"))
  elif [ -z "$files" ] && [ "${{cur#-}}" != "$cur" -o "${{COMP_WORDS[1]}}" = completion ]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  else
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}}
complete -o filenames -F _smtplint smtplint
"""
    if shell == "zsh":
        return "#compdef smtplint\nautoload -U +X bashcompinit && bashcompinit\n" + body
    return body


def _shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


_RUN = {
    "check": _check,
    "endpoints": _endpoints,
    "explain": _explain,
    "rule": _describe,
    "profile": _describe,
    "config": _config,
    "server": _server,
    "completion": _completion,
}


# ------------------------------------------------------------------------------------------------------------------------
# The door


def _internal(error: BaseException, verbose: bool) -> None:
    """One line for a bug of ours: its type and our own frames. The text of the error may quote what was linted and is dropped."""
    here = os.path.dirname(os.path.abspath(__file__)) + os.sep
    frames = []
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(here):
            frames.append(f"smtplint/{file[len(here) :].replace(os.sep, '/')}:{trace.tb_lineno}")
        trace = trace.tb_next
    kind = type(error).__name__
    where = f" at {frames[-1]}" if frames else ""
    hint = "" if verbose else "; --verbose shows the way there"
    _tell(f"smtplint: internal error: {kind}{where}. This is a bug in smtplint, not in your files{hint}.")
    if verbose:
        for frame in frames:
            _tell(f"  {frame}")


def _refusals() -> tuple[type[Exception], ...]:
    """The errors that are a sentence for the user. Only what was imported can have been raised."""
    found: list[type[Exception]] = [UsageError]
    for module, name in (
        ("config", "ConfigError"),
        ("baseline", "BaselineError"),
        ("files", "PathMissing"),
        ("catalog.compile", "CatalogError"),
    ):
        loaded = sys.modules.get(f"smtplint.{module}")
        if loaded is not None:
            found.append(getattr(loaded, name))
    return tuple(found)


def main(argv: list[str] | None = None) -> int:
    """Run a command line (that of the process when None) and return the exit code. Never raises."""
    words = sys.argv[1:] if argv is None else argv
    verbose = "--verbose" in words or "-v" in words or bool(os.environ.get("SMTPLINT_DEBUG"))
    try:
        return _main(words)
    except KeyboardInterrupt:
        _tell("smtplint: interrupted")
    except BrokenPipeError:
        _hush()
        return 0
    except Exception as error:
        if isinstance(error, _refusals()):
            name = type(error).__name__
            text = f"there is no file or folder '{error}'" if name == "PathMissing" else str(error)
            _tell(f"smtplint: error: {_escaped(text)}")
        else:
            _internal(error, verbose)
    return 2


def _main(words: Sequence[str]) -> int:
    if not words:
        _put(_top_help())
        return 2
    if words[0] in ("--version", "-V"):
        from smtplint import __version__

        _put(f"smtplint {__version__}\n")
        return 0
    if words[0] in ("--help", "-h") or (words[0] == "help" and len(words) == 1):
        _put(_top_help())
        return 0
    command = words[1] if words[0] == "help" else words[0]
    if command in COMMANDS:
        own = words[: words.index("--")] if "--" in words else words
        if words[0] == "help" or "--help" in own or "-h" in own:
            _put(_command_help(command))
            return 0
    arguments = parse(words)
    if arguments.command != "completion":
        try:
            os.getcwd()
        except OSError:
            raise UsageError("the working directory is gone") from None
        _tune()
    return _RUN[arguments.command](arguments)


def _tune() -> None:
    """Trees of files are many small objects without cycles: the collector's full passes over them cost more than the reading."""
    import gc

    gc.set_threshold(100_000, 20, 100)
