"""Imports: modules by name, settings modules of the repository by what they hold."""

from __future__ import annotations

import ast

from smtplint.readers.python import flow, lookups, names
from smtplint.readers.python.model import Thing, World, from_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.readers.python.run import Run


def imports(run: Run, stmt: ast.Import | ast.ImportFrom) -> None:
    """Imports: modules by name, settings modules of the repository by what they hold."""
    if isinstance(stmt, ast.Import):
        for alias in stmt.names:
            name = alias.asname or alias.name.partition(".")[0]
            dotted = alias.name if alias.asname else name
            run.bind(name, run.key(name, stmt), run.nothing(stmt).but(known=True, data=Thing("module", dotted)))
        return
    module, level = stmt.module or "", stmt.level
    if stmt.names[0].name == "*":
        starred(run, level, module)
        return
    known_library = level == 0 and module.partition(".")[0] in lookups.LIBRARIES
    wanted = id(stmt) in run.selection.wanted
    worlds = None
    asked = tuple(alias.name for alias in stmt.names)
    if wanted and not known_library and run.star is not None:
        worlds = run.star(level, module, asked, run.state.env_files)
    world = pick_world(run, level, module, worlds) if worlds else None
    if world is not None:
        run.state.env_files = list(world.files)
    for alias in stmt.names:
        name = alias.asname or alias.name
        key = run.key(name, stmt)
        entry = world.root.entry(alias.name) if world is not None else None
        if entry is not None:
            run.bind(name, entry.key if name == alias.name else key, from_node(entry.value))
            continue
        if world is None and level == 0:
            kind, dotted = "module", f"{module}.{alias.name}"
            if dotted in ("environs.env",):
                kind, dotted = "env", "environs"
            elif dotted == "os.environ":
                dotted = "os.environ"
            value = run.nothing(stmt).but(known=True, data=Thing(kind, dotted, {} if kind == "env" else None))
        elif alias.name == "env":
            value = run.nothing(stmt).but(known=True, data=Thing("env", "environ", None))
        else:
            value = run.nothing(stmt)
        if value.known and names.module_name(name) and not known_library and name.isupper():
            value = run.nothing(stmt)
        run.bind(name, key, value)


def pick_world(run: Run, level: int, module: str, worlds: list[World]) -> World:
    """The world of an imported module that this world goes with."""
    if len(worlds) == 1:
        return worlds[0]
    key = ("import", level, module)
    options = list(range(len(worlds)))
    taken = run.state.choices.choose(key, options, {at: worlds[at].branch for at in options})
    return worlds[taken if isinstance(taken, int) else 0]


def starred(run: Run, level: int, module: str) -> None:
    """`from module import *`."""
    state = run.state
    run.stars.setdefault((level, module))
    if level == 0 and module.partition(".")[0] in lookups.LIBRARIES:
        return
    worlds = run.star(level, module, ("*", *sorted(run.selection.undefined)), run.state.env_files) if run.star is not None else None
    state.lenient = True
    if worlds is None:
        run.partial = True
        return
    if not worlds:
        return
    if len(worlds) > 1 and ("import", level, module) not in state.choices.options and state.choices.room < len(worlds):
        scope = state.scopes[-1]
        ends = []
        since = len(run.journal)
        for world in worlds:
            state.scopes[-1] = dict(scope)
            take(run, world)
            ends.append(state.scopes[-1])
        state.scopes[-1] = flow.joined(run, ends, since)
        return
    take(run, pick_world(run, level, module, worlds))


def take(run: Run, world: World) -> None:
    """Everything of another module becomes part of this one; calls and classes stay that module's own."""
    run.partial = run.partial or world.root.partial
    for name in world.reads:
        run.state.reads.setdefault(name)
    run.state.env_files = list(world.files)
    for entry in world.root.entries:
        name = entry.key.text
        if name in ("environ.email_url()", "dj_email_url()"):
            run.state.urls = [item for item in run.state.urls if item[0] != name]
            run.state.urls.append((name, from_node(entry.value)))
        elif name.isidentifier() and not name.startswith("_"):
            run.bind(name, entry.key, from_node(entry.value).but(conditional=entry.conditional))
