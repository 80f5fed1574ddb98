"""The commands beside `check`: each takes the parsed command line and gives the exit code. They raise what `cli.main` tells."""

from __future__ import annotations

import os

from smtplint.arguments import SHELLS, UsageError
from smtplint.invocation import Setup, deliver, for_file, lint, outputs, stdin_name
from smtplint.terminal import escaped, notify, put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.arguments import Arguments


def endpoints(arguments: Arguments) -> int:
    """Every connection of the linted paths, in the formats asked for."""
    from smtplint.report import endpoint_renderer

    pairs = outputs(arguments, "table")
    if arguments.has("--explain"):
        if arguments.has("--format"):
            raise UsageError("'--explain' is a format of its own and goes without '--format'")
        pairs = [("explain", pairs[0][1])]
    setup = Setup(arguments)
    setup.options.baseline = ""
    result = lint(setup)
    context = setup.context([name for name, _ in pairs])
    texts = [endpoint_renderer(name)(result, for_file(context) if file else context) for name, file in pairs]
    notify(result.notifications, arguments)
    deliver(pairs, texts)
    return 0


def explain(arguments: Arguments) -> int:
    """What was made of one place."""
    if len(arguments.paths) != 1:
        raise UsageError("'explain' needs one place: FILE:LINE")
    file, _, line = arguments.paths[0].rpartition(":")
    if file and line.isdecimal() and ":" in file and file.rpartition(":")[2].isdecimal() and not os.path.exists(file):
        file, _, line = file.rpartition(":")  # FILE:LINE:COLUMN, as the reports write it
    if not file or not line.isdecimal():
        raise UsageError("'explain' needs one place: FILE:LINE")
    if not int(line[:9]):
        raise UsageError("lines are counted from 1")
    if os.path.isdir(file):
        raise UsageError(f"'{file}' is a folder; 'explain' needs one place in a file: FILE:LINE")
    setup = Setup(arguments)
    setup.options.baseline = ""
    arguments.paths[:] = [file]
    result = lint(setup)
    from importlib import import_module

    from smtplint.report.explain import explain
    from smtplint.suppress import active, rules_of

    catalog = setup.load()
    speaking = active(rules_of(catalog.checks), setup.options.layers)
    import_module("smtplint.fixes").attach(result)
    notify(result.notifications, arguments)
    deliver([("text", "")], [explain(result, stdin_name(file), int(line[:9]), catalog.checks, speaking)])
    return 0


def describe(arguments: Arguments) -> int:
    """Rules (`rule`) or applications (`profile`) in words."""
    from smtplint.suppress import rule_id, rules_of

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
                from smtplint.nearest import hint

                raise UsageError(f"there is no {what} '{name}'{hint(name, names)}")
            chosen.append(found)
    folders = setup.options.rules
    if form == "json":
        import json

        records = [
            describe.rule_record(catalog.checks[name]) if what == "rule" else describe.profile_record(catalog, name, folders)
            for name in chosen
        ]
        put(json.dumps(records if arguments.has("--all") or len(records) > 1 else records[0], indent=2, default=str) + "\n")
    elif arguments.has("--all"):
        put(describe.rules_overview(catalog, form) if what == "rule" else describe.profiles_overview(catalog, form))
    elif what == "rule":
        put("\n".join(describe.rule_text(catalog, catalog.checks[name], form) for name in chosen))
    else:
        put("\n".join(describe.profile_text(catalog, name, form, folders) for name in chosen))
    return 0


def config(arguments: Arguments) -> int:
    """The configuration in effect, each value with its origin."""
    import json

    from smtplint.config import describe

    if arguments.paths:
        raise UsageError("'config' takes no paths")
    setup = Setup(arguments)
    rows = describe(setup.options, setup.origins)
    if arguments.one("--format") == "json":
        settings = {key: {"value": value, "origin": origin} for key, value, origin in rows}
        put(json.dumps({"file": setup.config.shown or None, "settings": settings}, indent=2) + "\n")
        return 0
    lines = [f"# {escaped(setup.config.shown)}" if setup.config.shown else "# no configuration file"]
    written = [(f"{key} = {json.dumps(value)}" if value is not None else f"# {key} is not set", origin) for key, value, origin in rows]
    width = min(60, max(len(left) for left, _ in written))
    lines += [f"{left:<{width}}  # {escaped(origin)}" for left, origin in written]
    put("\n".join(lines) + "\n")
    return 0


def server(arguments: Arguments) -> int:
    """Serve an editor until it says goodbye."""
    if arguments.paths:
        raise UsageError("'server' takes no paths")
    from importlib import import_module

    try:
        import_module("pygls.lsp.server")  # pygls 1 has no such module
    except ImportError:
        raise UsageError("the language server needs an extra; install it with: pip install 'smtplint[lsp]'") from None
    configured = any(arguments.has(name) for name in ("--config", "--isolated", "--rules"))
    return int(import_module("smtplint.lsp").serve(Setup(arguments).options, configured))


def completion(arguments: Arguments) -> int:
    """The script that completes command lines in a shell."""
    if len(arguments.paths) != 1 or arguments.paths[0] not in SHELLS:
        from smtplint.nearest import hint

        shell = arguments.paths[0] if arguments.paths else ""
        raise UsageError("'completion' needs a shell: bash, zsh or fish" + (hint(shell, SHELLS) if shell else ""))
    from smtplint.completion import script

    put(script(arguments.paths[0]))
    return 0


RUN = {
    "endpoints": endpoints,
    "explain": explain,
    "rule": describe,
    "profile": describe,
    "config": config,
    "server": server,
    "completion": completion,
}
