"""Control flow: branches that are taken, branches that may be taken, blocks that may be left early."""

from __future__ import annotations

import ast

from smtplint.lazy import later
from smtplint.readers.python.model import Table, Thing, Value
from smtplint.readers.python.select import bound, inner
from smtplint.readers.python.state import Dead, Slot

_VARIABLE = later(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+\Z")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.readers.python.run import Run


def branches(run: Run, stmt: ast.If) -> None:
    """if / elif / else."""
    evaluator = run.evaluator
    open_bodies: list[list[ast.stmt]] = []
    current = stmt
    while True:
        node = run.reader.pieces.node(current.test)
        truth = None
        if node is None and run.selection.cut:
            # Beyond the limit of what is read: cheap, and no less honest.
            for body in (current.body, current.orelse, *open_bodies):
                blur(run, body)
            return
        if node is not None and evaluator is not None:
            own = _own(run, current)
            evaluator.unsure += own
            truth = evaluator.condition(node)
            evaluator.unsure -= own
        if truth is True:
            open_bodies.append(current.body)
            break
        if truth is None:
            open_bodies.append(current.body)
        rest = current.orelse
        if len(rest) == 1 and isinstance(rest[0], ast.If) and id(rest[0]) in run.selection.wanted:
            current = rest[0]
            continue
        open_bodies.append(rest)
        break
    if len(open_bodies) == 1:
        run.block(open_bodies[0])
    else:
        merge(run, open_bodies)


def _own(run: Run, stmt: ast.If) -> bool:
    """Whether a condition asks for the variables of the very settings that its body makes: `if "EMAIL_PORT" in os.environ: EMAIL_PORT = …`.

    That is a setting that may come from outside, as `os.environ.get()` is, and no other way to run.
    """
    if stmt.orelse or "env" not in run.selection.text(stmt.test).lower():
        return False
    asked = [item.value for item in ast.walk(stmt.test) if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    variables = [name for name in asked if _VARIABLE.match(name)]
    made = [name for item in ast.walk(stmt) if isinstance(item, ast.stmt) for name in bound(item)]
    return bool(made) and all(any(name in variable or variable in name for variable in variables) for name in made)


def blur(run: Run, body: list[ast.stmt]) -> None:
    """Whatever a block sets is unresolved from here on."""
    stack = list(reversed(body))
    while stack:
        stmt = stack.pop()
        if id(stmt) in run.selection.wanted:
            for name in bound(stmt):
                slot = run.state.find(name)
                if slot is not None:
                    run.forget(slot.value)
                run.write(name, Slot(run.key(name, stmt), run.nothing(stmt).but(conditional=True)))
            if not isinstance(stmt, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                stack.extend(child for block in reversed(inner(stmt)) for child in reversed(block))


def merge(run: Run, bodies: list[list[ast.stmt]]) -> None:
    """Runs blocks of which any one may be the one; what they do not agree on is unresolved afterwards."""
    state = run.state
    before = dict(state.scopes[-1])
    since = len(run.journal)
    ends: list[dict[str, Slot]] = []
    state.unsure += 1
    for body in bodies:
        state.scopes[-1] = dict(before)
        try:
            run.block(body)
        except Dead:
            continue
        ends.append(state.scopes[-1])
    state.unsure -= 1
    if not ends:
        state.scopes[-1] = before
        raise Dead
    state.scopes[-1] = joined(run, ends, since)


def joined(run: Run, ends: list[dict[str, Slot]], since: int) -> dict[str, Slot]:
    """What several outcomes agree on. They can only differ in the names of the journal from `since` on."""
    out = ends[0]
    if len(ends) == 1:
        return out
    out = dict(out)
    for name in dict.fromkeys(run.journal[since:]):
        slots = [end[name] for end in ends if name in end]
        if not slots:
            continue
        first, last = slots[0], slots[-1]
        missing = len(slots) < len(ends) or any(slot.value.conditional for slot in slots)
        if len(slots) == len(ends) and all(_same(first.value, slot.value) for slot in slots[1:]):
            continue
        out.pop(name, None)
        out[name] = Slot(last.key, run.state.blurred(last.value).but(conditional=missing))
    return out


def attempt(run: Run, stmt: ast.stmt) -> None:
    """try / except: what the body gives, unless a handler may have taken over."""
    body: list[ast.stmt] = getattr(stmt, "body", [])
    handlers: list[ast.ExceptHandler] = getattr(stmt, "handlers", [])
    orelse: list[ast.stmt] = getattr(stmt, "orelse", [])
    final: list[ast.stmt] = getattr(stmt, "finalbody", [])
    state = run.state
    if not handlers:
        run.block([*body, *orelse, *final])
        return
    stars = [child for child in body if isinstance(child, ast.ImportFrom) and child.names[0].name == "*"]
    if stars and len(body) == len(stars):
        # A settings module that may be missing: whether it is, is known.
        partial, run.partial = run.partial, False
        run.block(body)
        missing, run.partial = run.partial, run.partial or partial
        run.block(handlers[0].body if missing else orelse)
        run.block(final)
        return
    since = len(run.journal)
    after, raised = risky(run, body, orelse)
    ends = [after] if after is not None else []
    if raised:
        entry = joined(run, raised, since)
        for handler in handlers:
            state.scopes[-1] = dict(entry)
            if handler.name:
                state.scopes[-1].pop(handler.name, None)
            state.unsure += 1
            try:
                run.block(handler.body)
                ends.append(state.scopes[-1])
            except Dead:
                pass
            state.unsure -= 1
    if not ends:
        raise Dead
    state.scopes[-1] = joined(run, ends, since)
    if after is not None and len(ends) > 1:
        for name in dict.fromkeys(run.journal[since:]):
            slot = state.scopes[-1].get(name)
            if slot is not None:
                fall_back(run, name, slot, ends, after)
    run.block(final)


def risky(run: Run, body: list[ast.stmt], orelse: list[ast.stmt]) -> tuple[dict[str, Slot] | None, list[dict[str, Slot]]]:
    """Runs a block that may be left at any statement that is not fully understood.

    Returns the names after its end (None when it cannot come to its end), and the names at each point where it may have been left.
    """
    state = run.state
    raised: list[dict[str, Slot]] = []
    overrides = dict(state.overrides)
    unsure = state.unsure
    since = len(run.journal)
    ended = True
    for child in body:
        before = dict(state.scopes[-1])
        count = state.trouble
        trusted = id(child) in run.selection.wanted and not isinstance(child, ast.Import | ast.ImportFrom)
        try:
            run.block([child])
        except Dead:
            raised.append(joined(run, [before, state.scopes[-1]], since))
            ended = False
            break
        if not trusted or state.trouble != count:
            simple = isinstance(child, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Delete)
            raised.append(before if simple else joined(run, [before, state.scopes[-1]], since))
            # What is changed in place from here on may stay as it was.
            state.unsure = unsure + 1
    if ended:
        run.block(orelse)
    state.unsure = unsure
    doubt_overrides(run, overrides, bool(raised))
    return (state.scopes[-1] if ended else None), raised


def doubt_overrides(run: Run, before: dict[str, Value], doubtful: bool) -> None:
    """Environment variables set in a block that may have been left early."""
    if doubtful:
        for name, value in run.state.overrides.items():
            if before.get(name) is not value:
                run.state.overrides[name] = value.but(known=False, data=None, assumed=False, ident=("env", name))


def fall_back(run: Run, name: str, slot: Slot, ends: list[dict[str, Slot]], after: dict[str, Slot]) -> None:
    """`try: X = os.environ["X"]` / `except KeyError: X = 25`: 25 is a default."""
    tried = after.get(name)
    if slot.value.known or tried is None or not tried.value.lookup or tried.value.unset is not None or ends[0] is not after:
        return
    others = [end[name].value for end in ends[1:] if name in end]
    if others and all(other.plain and _same(others[0], other) for other in others) and others[0].data not in (None, ""):
        value = others[0].but(
            assumed=True,
            note=f"the default after {tried.value.lookup}",
            ident=("or", tried.value.ident, others[0].start),
            conditional=False,
        )
        run.write(name, Slot(tried.key, value))


def within(run: Run, stmt: ast.With | ast.AsyncWith) -> None:
    """with: the body runs; `env.prefixed` lends a prefix, `suppress` hides a failure."""
    prefixes = 0
    unsure = 0
    for item in stmt.items:
        node = run.reader.pieces.node(item.context_expr)
        if node is not None and run.evaluator is not None:
            value = run.evaluator.eval(node)
            if value.known and isinstance(value.data, Thing) and value.data.kind == "prefix":
                run.state.prefixes.append(value.data.data if isinstance(value.data.data, str) else None)
                prefixes += 1
            else:
                unsure = 1
        else:
            unsure = 1
        if item.optional_vars is not None:
            run.assign(item.optional_vars, run.nothing(item.context_expr))
    if unsure and any("suppress" in run.selection.text(item.context_expr) for item in stmt.items):
        since = len(run.journal)
        after, raised = risky(run, stmt.body, [])
        run.state.scopes[-1] = joined(run, [*([after] if after is not None else []), *raised], since)
    else:
        run.block(stmt.body)
    del run.state.prefixes[len(run.state.prefixes) - prefixes :]


def maybe(run: Run, stmt: ast.stmt) -> None:
    """Loops and match: what is set inside is unresolved afterwards."""
    touched: dict[str, ast.stmt] = {}
    stack: list[ast.stmt] = [stmt]
    while stack:
        top = stack.pop()
        if top is not stmt and id(top) not in run.selection.wanted:
            continue
        for name in bound(top):
            touched[name] = top
        if not isinstance(top, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            stack.extend(child for block in reversed(inner(top)) for child in reversed(block))
    scope = run.state.scopes[-1]
    for name, where in touched.items():
        slot = run.state.find(name)
        if slot is not None and isinstance(slot.value.data, list | Table):
            run.forget(slot.value)
        if slot is not None and isinstance(slot.value.data, Thing) and not isinstance(where, ast.Assign | ast.For):
            continue
        run.write(name, Slot(slot.key if slot is not None else run.key(name, where), run.nothing(where).but(conditional=True)))
    for block in inner(stmt):
        try:
            merge(run, [block, []])
        except Dead:
            pass
    for name, where in touched.items():
        slot = scope.get(name) or run.state.scopes[-1].get(name)
        if slot is not None and not isinstance(slot.value.data, Thing):
            after = run.state.scopes[-1].get(name, slot)
            run.write(name, Slot(after.key, run.nothing(where).but(conditional=True)))


def _same(one: Value, other: Value) -> bool:
    """Whether two outcomes are surely the same value."""
    if one is other:
        return True
    if isinstance(one.data, Thing) and isinstance(other.data, Thing) and one.known and other.known:
        return one.data.kind == other.data.kind == "module" and one.data.dotted == other.data.dotted
    if one.conditional or other.conditional:
        return False
    return one.plain and other.plain and type(one.data) is type(other.data) and one.data == other.data and one.tag == other.tag
