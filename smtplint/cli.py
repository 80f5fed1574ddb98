"""The command line: the door with its exit codes, and `check`. The other commands are in `commands`, what they share in `invocation`.

Exit codes: 0 nothing at or above the threshold, 1 findings at or above it, 2 the run could not be done (usage, configuration, a path that
does not exist, an interrupt, an internal error).

Only what a command needs is imported: `--version` and `--help` import nothing at all.
"""

from __future__ import annotations

import os
import sys

from smtplint.arguments import COMMANDS, WITH_FIXES, Arguments, UsageError, command_help, parse, top_help
from smtplint.terminal import escaped, hush, notify, own_frames, put, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtplint.invocation import Setup
    from smtplint.result import Result


def _check(arguments: Arguments) -> int:
    from smtplint.invocation import Setup, deliver, for_file, lint, outputs
    from smtplint.report import renderer
    from smtplint.result import at_least

    pairs = outputs(arguments, "text")
    fixing = arguments.has("--fix") or arguments.has("--diff")
    if arguments.has("--unsafe-fixes") and not fixing:
        raise UsageError("'--unsafe-fixes' goes with '--fix' or '--diff'")
    if arguments.has("--fix") and arguments.has("--diff"):
        raise UsageError("'--fix' and '--diff' exclude each other")
    setup = Setup(arguments)
    if arguments.has("--write-baseline"):
        setup.options.baseline = ""
    result = lint(setup)
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
        text = renderer(name)(result, for_file(context) if file else context)
        if name == "text" and not file and arguments.has("--diff"):
            text = diff
        elif name == "text" and arguments.has("--quiet"):
            from smtplint.report.text import summary

            text = text.removesuffix(summary(result))
        texts.append(text)
    notify(result.notifications, arguments)
    deliver(pairs, texts, aside=arguments.has("--fix") and setup.stdin[0] != "")
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
            from smtplint.listing import reason

            raise UsageError(f"cannot write '{error.filename}': {reason(error)}; nothing was fixed") from None
    for path, why in sorted(left.items()):
        tell(f"smtplint: '{escaped(path)}' is left as it is: {why}")
    if not arguments.has("--quiet"):
        more = 0 if unsafe else fixes.fixable(result, name) - number
        verb = "Would fix" if arguments.has("--diff") else "Fixed"
        if number or more:
            tell(f"{verb} {_findings(number)}{f' ({more} more with --unsafe-fixes)' if more else ''}.")
    if arguments.has("--diff"):
        return result, diff
    if not name:
        from smtplint.invocation import lint

        return (lint(setup) if number else result), ""
    from smtplint import linter

    put(data)
    return linter.run_stdin(name, data, setup.options), ""


def _findings(number: int) -> str:
    return f"{number or 'no'} finding{'' if number == 1 else 's'}"


def _write_baseline(arguments: Arguments, result: Result) -> None:
    """Accept every finding of the run: it is written down and counts as suppressed from here on."""
    from smtplint.baseline import dump
    from smtplint.writing import write_whole

    file = arguments.one("--write-baseline")
    try:
        write_whole(file, dump(result.findings))
    except OSError as error:
        from smtplint.listing import reason

        raise UsageError(f"cannot write '{file}': {reason(error)}") from None
    if not arguments.has("--quiet"):
        from smtplint.report.words import count

        tell(f"Wrote {count(len(result.findings), 'finding')} to {escaped(file)}.")
    for finding in result.findings:
        finding.suppressed = "baseline"
    result.suppressed = sorted([*result.suppressed, *result.findings], key=lambda finding: finding.sort_key)
    result.findings = []


def _internal(error: BaseException, verbose: bool) -> None:
    """One line for a bug of ours: its type and our own frames. The text of the error may quote what was linted and is dropped."""
    frames = own_frames(error)
    kind = type(error).__name__
    where = f" at {frames[-1]}" if frames else ""
    more = "" if verbose else "; --verbose shows the way there"
    tell(f"smtplint: internal error: {kind}{where}. This is a bug in smtplint, not in your files{more}.")
    if verbose:
        for frame in frames:
            tell(f"  {frame}")


def _refusals() -> tuple[type[Exception], ...]:
    """The errors that are a sentence for the user. Only what was imported can have been raised."""
    found: list[type[Exception]] = [UsageError]
    for module, name in (
        ("config", "ConfigError"),
        ("baseline", "BaselineError"),
        ("files", "PathMissing"),
        ("catalog.rulefiles", "CatalogError"),
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
        tell("smtplint: interrupted")
    except BrokenPipeError:
        hush()
        return 0
    except Exception as error:
        if isinstance(error, _refusals()):
            name = type(error).__name__
            text = f"there is no file or folder '{error}'" if name == "PathMissing" else str(error)
            tell(f"smtplint: error: {escaped(text)}")
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
        put(top_help())
        return 2
    if words[0] in ("--version", "-V"):
        from smtplint import __version__

        put(f"smtplint {__version__}\n")
        return 0
    if words[0] in ("--help", "-h") or (words[0] == "help" and len(words) == 1):
        put(top_help())
        return 0
    command = words[1] if words[0] == "help" else words[0]
    if command in COMMANDS:
        own = words[: words.index("--")] if "--" in words else words
        if words[0] == "help" or "--help" in own or "-h" in own:
            put(command_help(command))
            return 0
    arguments = parse(words)
    if arguments.command != "completion":
        try:
            os.getcwd()
        except OSError:
            raise UsageError("the working directory is gone") from None
        _tune()
    if arguments.command == "check":
        return _check(arguments)
    from smtplint.commands import RUN

    return RUN[arguments.command](arguments)


def _tune() -> None:
    """Trees of files are many small objects without cycles: the collector's full passes over them cost more than the reading."""
    import gc

    gc.set_threshold(1_000_000, 50, 1000)
