"""The command line: arguments, configuration, outputs, exit code.

Exit codes: 0 nothing at or above the threshold, 1 findings at or above it, 2 the run could not be done (usage, configuration, a path that
does not exist, an interrupt, an internal error).

Only what a command needs is imported: `--version` and `--help` import nothing at all.
"""

from __future__ import annotations

import os
import sys

from smtplint.arguments import COMMANDS, ENDPOINT_FORMATS, SHELLS, WITH_FIXES, Arguments, UsageError, command_help, hint, parse, top_help

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from smtplint.catalog import Catalog
    from smtplint.config import Config
    from smtplint.finding import Notification
    from smtplint.result import Context, Result

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


def _put(text: str | bytes) -> None:
    """Text, or the bytes of a file, on standard output. A reader that went away is not an error; a full disk is. Raises UsageError."""
    stream = sys.stdout
    if stream is None:
        return
    try:
        encoding = getattr(stream, "encoding", None) or "utf-8"
        data = text if isinstance(text, bytes) else text.encode(encoding, "backslashreplace")
        buffer = getattr(stream, "buffer", None)
        if buffer is None:
            stream.write(data.decode(encoding, "replace"))
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

    __slots__ = ("arguments", "catalog", "config", "options", "origins", "stdin")

    def __init__(self, arguments: Arguments) -> None:
        """Raises ConfigError, CatalogError and UsageError."""
        from smtplint import config as configuration

        self.arguments = arguments
        self.catalog: Catalog | None = None
        # The display path and the bytes of standard input, when that is what is linted.
        self.stdin = ("", b"")
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
            verbose=self.arguments.has("--verbose"),
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
        setup.stdin = (_stdin_name(name), data)
        return linter.run_stdin(*setup.stdin, options)
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


def _deliver(pairs: Sequence[tuple[str, str]], texts: Sequence[str], aside: bool = False) -> None:
    """Write every output, files first and each whole or not at all. Raises UsageError naming the file that could not be written.

    `aside`: what has no file goes to standard error, since standard output holds something else.
    """
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
    if shown and aside:
        _tell(shown.removesuffix("\n"))
    elif shown:
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
    setup = Setup(arguments)
    if arguments.has("--write-baseline"):
        setup.options.baseline = ""
    result = _lint(setup)
    if arguments.has("--write-baseline"):
        _write_baseline(arguments, result)
    diff = ""
    if fixing:
        result, diff = _fix(setup, result)
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
    _deliver(pairs, texts, aside=arguments.has("--fix") and setup.stdin[0] != "")
    return 1 if any(at_least(finding.level, setup.options.fail_on) for finding in result.findings) else 0


def _fix(setup: Setup, result: Result) -> tuple[Result, str]:
    """Fix files, or standard input, or show how (`--diff`): the findings that are left, and the difference. Raises UsageError."""
    from importlib import import_module

    fixes = import_module("smtplint.fixes")
    arguments = setup.arguments
    unsafe, (name, data) = arguments.has("--unsafe-fixes"), setup.stdin
    diff = ""
    left: dict[str, str] = {}
    if arguments.has("--diff"):
        number, diff = fixes.diff(result, unsafe, name)
    elif name:
        number, text = fixes.fixed_stdin(result, unsafe, name)
        data = data if text is None else text
    else:
        try:
            number, left = fixes.apply(result, unsafe)
        except OSError as error:
            raise UsageError(f"cannot write '{error.filename}': {_reason(error)}; nothing was fixed") from None
    for path, why in sorted(left.items()):
        _tell(f"smtplint: '{_escaped(path)}' is left as it is: {why}")
    if not arguments.has("--quiet"):
        more = 0 if unsafe else fixes.fixable(result, True, name) - number
        verb = "Would fix" if arguments.has("--diff") else "Fixed"
        if number or more:
            _tell(f"{verb} {_findings(number)}{f' ({more} more with --unsafe-fixes)' if more else ''}.")
    if arguments.has("--diff"):
        return result, diff
    if not name:
        return (_lint(setup) if number else result), ""
    from smtplint import linter

    _put(data)
    return linter.run_stdin(name, data, setup.options), ""


def _findings(number: int) -> str:
    return f"{number or 'no'} finding{'' if number == 1 else 's'}"


def _plain(context: Context) -> Context:
    """The same for a file: no colours, no terminal's width."""
    from smtplint.result import Context

    return Context(
        context.rules,
        base=context.base,
        threshold=context.threshold,
        show_suppressed=context.show_suppressed,
        baseline_used=context.baseline_used,
        verbose=context.verbose,
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
    from importlib import import_module

    from smtplint.report.explain import explain
    from smtplint.suppress import active, rules_of

    catalog = setup.load()
    speaking = active(rules_of(catalog.checks), setup.options.layers)
    import_module("smtplint.fixes").attach(result)
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
        raise UsageError("'completion' needs a shell: bash, zsh or fish" + (hint(shell, SHELLS) if shell else ""))
    from smtplint.completion import script

    _put(script(arguments.paths[0]))
    return 0


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


def command() -> None:
    """The command line as a process of its own, which this ends: what was read is not taken apart piece by piece, the system takes it back."""
    code = main()
    if sys.argv[1:2] == ["server"]:
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass
    os._exit(code)


def _main(words: Sequence[str]) -> int:
    if not words:
        _put(top_help())
        return 2
    if words[0] in ("--version", "-V"):
        from smtplint import __version__

        _put(f"smtplint {__version__}\n")
        return 0
    if words[0] in ("--help", "-h") or (words[0] == "help" and len(words) == 1):
        _put(top_help())
        return 0
    command = words[1] if words[0] == "help" else words[0]
    if command in COMMANDS:
        own = words[: words.index("--")] if "--" in words else words
        if words[0] == "help" or "--help" in own or "-h" in own:
            _put(command_help(command))
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
