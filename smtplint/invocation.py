"""What every command that lints shares: its configuration, the run over its paths, and where the outputs go."""

from __future__ import annotations

import os
import sys

from smtplint.arguments import ENDPOINT_FORMATS, UsageError
from smtplint.terminal import colored, progress, put, tell, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtplint.arguments import Arguments
    from smtplint.catalog import Catalog
    from smtplint.config import Config
    from smtplint.result import Context, Result


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
        from smtplint.identity import prefix
        from smtplint.result import Context, RuleInfo

        infos: list[RuleInfo] = []
        if any(name == "html" or name not in ("text", "json", *ENDPOINT_FORMATS, "explain") for name in formats):
            from smtplint.catalog.describe import rule_infos

            infos = rule_infos(self.load())

        names = ("GITHUB_", "CI_", "BUILD_", "SYSTEM_", "TF_BUILD")
        return Context(
            infos,
            color=colored(self.arguments),
            width=width(),
            base=prefix(),
            threshold=self.options.fail_on,
            show_suppressed=self.arguments.has("--show-suppressed"),
            baseline_used=bool(self.options.baseline),
            verbose=self.arguments.has("--verbose"),
            environment={key: value for key, value in os.environ.items() if key.startswith(names)},
        )


def outputs(arguments: Arguments, default: str) -> list[tuple[str, str]]:
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


def lint(setup: Setup) -> Result:
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
        setup.stdin = (stdin_name(name), data)
        return linter.run_stdin(*setup.stdin, options)
    if arguments.has("--stdin-filename"):
        raise UsageError("'--stdin-filename' is for standard input: smtplint check - --stdin-filename NAME")
    line = options.progress = progress(arguments)
    try:
        return linter.run(paths or ["."], options)
    finally:
        if line is not None:
            line.clear()


def stdin_name(name: str) -> str:
    """The display path of what `--stdin-filename` or `explain` names."""
    from smtplint.listing import display

    cwd = os.getcwd()
    return display(os.path.normpath(os.path.join(cwd, name)), cwd)


def deliver(pairs: Sequence[tuple[str, str]], texts: Sequence[str], aside: bool = False) -> None:
    """Write every output, files first and each whole or not at all. Raises UsageError naming the file that could not be written.

    `aside`: what has no file goes to standard error, since standard output holds something else.
    """
    shown = ""
    for (_, file), text in zip(pairs, texts, strict=True):
        if not file:
            shown = text
            continue
        from smtplint.writing import write_whole

        try:
            write_whole(file, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            from smtplint.listing import reason

            raise UsageError(f"cannot write '{file}': {reason(error)}") from None
    if shown and aside:
        tell(shown.removesuffix("\n"))
    elif shown:
        put(shown)


def for_file(context: Context) -> Context:
    """The context of a report that goes into a file: no colours, no terminal's width."""
    from copy import copy

    plain = copy(context)
    plain.color, plain.width = False, 100
    return plain
