"""Runs the chosen statements of a module, once for every world."""

from __future__ import annotations

import ast

from smtplint.readers.python import classes, flow, imports, lookups, names, operators
from smtplint.readers.python.choices import Choices, TooMany
from smtplint.readers.python.model import (
    PICKED,
    UNKNOWN,
    URLS,
    WORLDS,
    Blueprint,
    Budget,
    EnvFile,
    Module,
    Table,
    Thing,
    Unknown,
    Value,
    World,
    class_node,
    scalar,
    to_node,
)
from smtplint.readers.python.pieces import Pieces
from smtplint.readers.python.select import Selection, bound
from smtplint.readers.python.state import Call, Dead, Slot, State
from smtplint.tree import Entry, Mapping, Node, Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence
    from typing import TypeAlias

    from smtplint.readers.python.evaluate import Evaluator
    from smtplint.readers.python.nodes import Node as Expression
    from smtplint.source import Source

    Environ: TypeAlias = Callable[[str, str, Sequence[EnvFile]], Scalar | Unknown | None]
    Star: TypeAlias = Callable[[int, str, tuple[str, ...], Sequence[EnvFile]], list[World] | None]


def unknown_variable(_name: str, _tool: str, _files: Sequence[EnvFile]) -> Scalar | Unknown | None:
    """An `environ` callback that knows nothing."""
    return UNKNOWN


# What the answer of a library that reads a mail URL holds.
_ANSWER = tuple(f"EMAIL_{name}" for name in ("BACKEND", "HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL"))


class Reader:
    """A module parsed once; `worlds` may be asked for again, with another environment. `cache`: see `pieces.Pieces`."""

    __slots__ = ("pieces", "selection", "source")

    def __init__(
        self, source: Source, interesting: Callable[[str], bool] | None = None, *, imported: bool = False, cache: bool = False
    ) -> None:
        self.source = source
        self.selection = Selection(source, interesting, imported=imported)
        self.pieces = Pieces(self.selection, cache=cache)

    def read(self, environ: Environ | None = None, star: Star | None = None, files: Sequence[EnvFile] = ()) -> Module:
        """Every world of the module; see `read_module`. `files`: the env files that were read before it."""
        ask = environ or unknown_variable
        try:
            runs = self._runs(ask, star, 1 << 30, files)
        except TooMany:
            runs = self._runs(ask, star, WORLDS, files)
        worlds: list[World] = []
        seen: dict[Hashable, int] = {}
        dependencies: set[str] = set()
        read: dict[tuple[str, str, int, int], EnvFile] = {}
        stars: dict[tuple[int, str], None] = {}
        for run in runs:
            dependencies.update(run.state.reads)
            stars.update(run.stars)
            for item in run.state.env_files:
                read.setdefault((item.module, item.path, item.start, item.end), item)
            root = run.root()
            print_ = _print(root)
            if print_ in seen:
                continue
            seen[print_] = len(worlds)
            worlds.append(World(run.state.choices.branch, root, tuple(run.state.reads), tuple(run.state.env_files)))
        if len(worlds) == 1:
            worlds[0].branch = "" if len(runs) > 1 else worlds[0].branch
        return Module(worlds, list(stars), list(read.values()), dependencies, self.selection.cut)

    def _runs(self, environ: Environ, star: Star | None, room: int, files: Sequence[EnvFile]) -> list[Run]:
        """A run per world. Raises TooMany when there are more than eight and `room` is greater."""
        pending: list[dict[Hashable, object]] = [{}]
        runs: list[Run] = []
        dead: Run | None = None
        while pending:
            given = pending.pop()
            run = Run(self, Choices(given, room), environ, star, files)
            alive = run.execute()
            choices = run.state.choices
            kept: dict[Hashable, object] = {}
            later = []
            for key in choices.order:
                if key not in given:
                    for option in list(choices.options[key])[1:]:
                        later.append({**kept, key: option})
                kept[key] = choices.given[key]
            pending.extend(later)
            if alive:
                runs.append(run)
            else:
                dead = run
            if len(runs) + len(pending) > WORLDS:
                if room > WORLDS:
                    raise TooMany
                pending = pending[: max(0, WORLDS - len(runs))]
        return runs if runs or dead is None else [dead]


def _print(node: Node) -> Hashable:
    """Equal for equal trees."""
    out: list[Hashable] = []
    stack: list[Node] = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, Scalar):
            out.append((top.text, top.type, top.state, top.tag, top.source.path, top.start, top.end))
        elif isinstance(top, Mapping):
            out.append(("{", len(top.entries), top.partial))
            for entry in top.entries:
                out.append((entry.key.text, entry.key.source.path, entry.key.start, entry.conditional))
                stack.append(entry.value)
        else:
            out.append(("[", len(top.items)))
            stack.extend(top.items)
    return tuple(out)


class Run:
    """One way through a module."""

    __slots__ = ("applications", "evaluator", "functions", "journal", "partial", "reader", "selection", "source", "star", "stars", "state")

    def __init__(self, reader: Reader, choices: Choices, environ: Environ, star: Star | None, files: Sequence[EnvFile]) -> None:
        self.reader = reader
        self.selection = reader.selection
        self.source = reader.source
        self.star = star
        self.stars: dict[tuple[int, str], None] = {}
        self.partial = False
        self.journal: list[str] = []
        self.applications: dict[tuple[str, str], Table] = {}
        self.functions: list[str] = [""]
        self.evaluator: Evaluator | None = None
        poisoned = self.selection.poisoned
        if self.selection.leaves:
            from smtplint.readers.python.evaluate import Evaluator

            self.evaluator = Evaluator(self.source, choices, environ, poisoned)
            self.state: State = self.evaluator
        else:
            self.state = State(self.source, choices, environ, poisoned)
        self.state.env_files = list(files)

    def execute(self) -> bool:
        """Runs the module and its functions. False when it ends in `raise`."""
        try:
            self.block(self.selection.tree.body)
        except Dead:
            return False
        state = self.state
        bottom = state.scopes
        for function in self.selection.functions:
            hidden = state.hidden
            visible = {name: slot for name, slot in bottom[0].items() if name not in function.hidden}
            state.scopes, state.hidden = [visible, {}], hidden | function.hidden
            state.unsure += 1
            state.floor = 1
            self.functions.append(function.name)
            try:
                self.block(function.body)
            except Dead:
                pass
            self.functions.pop()
            state.unsure -= 1
            state.floor = 0
            state.scopes, state.hidden = bottom, hidden
        return True

    # -- results

    def root(self) -> Mapping:
        """The settings as a tree."""
        source, state = self.source, self.state
        budget = Budget()
        entries: list[Entry] = []
        heirs, named = self.selection.parents_of, self.selection.named
        for name, slot in state.scopes[0].items():
            value = state.settle(slot.value)
            if value.known and isinstance(value.data, Blueprint):
                blueprint = value.data
                own = not blueprint.foreign and blueprint.name == name and (name not in heirs or name in named)
                # `settings = Settings()`, for the modules that import it.
                made = self.selection.imported and blueprint.name != name
                if (own or made) and blueprint.attributes:
                    entries.append(Entry(slot.key, class_node(value, blueprint, budget)))
                continue
            if value.known and isinstance(value.data, Thing):
                if name.isupper() and names.module_name(name):
                    entries.append(Entry(slot.key, to_node(value.but(known=False, data=None), budget), conditional=value.conditional))
                continue
            entries.append(Entry(slot.key, to_node(value, budget), conditional=value.conditional))
        for key, value in (*state.urls, *state.calls):
            at = Scalar(key, value.source, value.start, value.start, style="code", type="str")
            entries.append(Entry(at, to_node(value, budget), conditional=value.conditional))
        for table in self.applications.values():
            if not any(key.plain and isinstance(key.data, str) and names.attribute_name(key.data) for key, _ in table.rows):
                continue
            start, end = min(key.start for key, _ in table.rows), max(item.end for _, item in table.rows)
            at = Scalar("app.config", source, start, start, style="code", type="str")
            node = to_node(Value(table, source, start, max(start, end)), budget)
            entries.append(Entry(at, node))
        if entries:
            entries.extend(Entry(key, scalar(self.nothing(stmt))) for key, stmt in self.frameworks())
        return Mapping(source, 0, len(source.text), entries, partial=self.partial)

    def frameworks(self) -> Iterator[tuple[Scalar, ast.stmt]]:
        """What tells whose settings the module holds: the frameworks that it imports."""
        for stmt in self.selection.tree.body:
            if isinstance(stmt, ast.Import):
                found = [alias.name for alias in stmt.names]
            elif isinstance(stmt, ast.ImportFrom) and not stmt.level:
                found = [stmt.module or ""]
            else:
                continue
            for name in sorted({dotted.partition(".")[0] for dotted in found} & names.FRAMEWORKS):
                yield self.key(f"import {name}", stmt), stmt

    # -- names

    def key(self, name: str, node: ast.expr | ast.stmt) -> Scalar:
        """A name at its place."""
        start, end = self.selection.offsets.span(node)
        return Scalar(name, self.source, start, end, style="plain", type="str")

    def bind(self, name: str, key: Scalar, value: Value) -> None:
        """A name gets a value, in the innermost scope."""
        scope = self.state.scopes[-1]
        scope.pop(name, None)
        if name in self.state.poisoned and len(self.state.scopes) == 1:
            value = self.state.blurred(value)
        self.write(name, Slot(key, value))

    def write(self, name: str, slot: Slot) -> None:
        """A slot in the innermost scope."""
        self.journal.append(name)
        self.state.scopes[-1][name] = slot

    def nothing(self, node: ast.expr | ast.stmt) -> Value:
        """An unresolved value at a node."""
        self.state.trouble += 1
        start, end = self.selection.offsets.span(node)
        return Value(None, self.source, start, end, known=False, ident=("at", self.source.path, start, end))

    # -- statements

    def block(self, body: list[ast.stmt]) -> None:
        """Runs the statements that matter, in order."""
        wanted = self.selection.wanted
        for stmt in body:
            if isinstance(stmt, ast.Raise | ast.Break | ast.Continue):
                raise Dead
            if isinstance(stmt, ast.Return):
                if id(stmt) in wanted:
                    self.simple(stmt)
                raise Dead
            if id(stmt) in wanted:
                self.statement(stmt)
            elif isinstance(stmt, ast.Assign | ast.AnnAssign) and len(self.state.scopes) == 1:
                self.marker(stmt)

    def marker(self, stmt: ast.Assign | ast.AnnAssign) -> None:
        """Settings that only show what kind of module this is."""
        targets = stmt.targets if isinstance(stmt, ast.Assign) else [stmt.target] if stmt.value is not None else []
        for target in targets:
            if isinstance(target, ast.Name) and target.id in names.MARKERS and stmt.value is not None:
                self.bind(target.id, self.key(target.id, target), self.nothing(stmt.value))

    def statement(self, stmt: ast.stmt) -> None:
        """Runs one statement."""
        if isinstance(stmt, ast.If):
            flow.branches(self, stmt)
        elif isinstance(stmt, ast.Try) or type(stmt).__name__ == "TryStar":
            flow.attempt(self, stmt)
        elif isinstance(stmt, ast.With | ast.AsyncWith):
            flow.within(self, stmt)
        elif isinstance(stmt, ast.For | ast.AsyncFor | ast.While | ast.Match):
            flow.maybe(self, stmt)
        elif isinstance(stmt, ast.Import | ast.ImportFrom):
            imports.imports(self, stmt)
        elif isinstance(stmt, ast.ClassDef):
            classes.klass(self, stmt)
        elif isinstance(stmt, ast.FunctionDef | ast.AsyncFunctionDef):
            value = self.nothing(stmt)
            self.bind(stmt.name, self.key(stmt.name, stmt), value.but(known=True, data=Thing("function", stmt.name)))
        elif isinstance(stmt, ast.Delete):
            for target in stmt.targets:
                if isinstance(target, ast.Name):
                    self.remove(target.id)
                else:
                    self.lose(target)
        elif isinstance(stmt, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr):
            self.simple(stmt)
        else:
            for name in bound(stmt):
                self.bind(name, self.key(name, stmt), self.nothing(stmt))

    def remove(self, name: str) -> None:
        """`del NAME`."""
        self.journal.append(name)
        gone = self.state.scopes[-1].pop(name, None)
        if gone is None or gone.value.conditional:
            self.state.trouble += 1

    def lose(self, target: ast.expr) -> None:
        """What holds `target` changes in a way that is not followed."""
        self.state.trouble += 1
        node: ast.expr = target
        while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        if isinstance(node, ast.Name):
            slot = self.state.find(node.id)
            if slot is not None:
                self.forget(slot.value)

    @staticmethod
    def forget(value: Value) -> None:
        """A list or table changed: whoever holds it no longer knows it."""
        if isinstance(value.data, list | Table):
            value.known = False
            value.data = None

    def simple(self, stmt: ast.stmt) -> None:
        """Assignments and calls."""
        node = self.reader.pieces.node(stmt)
        if node is None or self.evaluator is None:
            for target in getattr(stmt, "targets", None) or [getattr(stmt, "target", None)]:
                if isinstance(target, ast.expr):
                    self.assign(target, self.nothing(getattr(stmt, "value", None) or target))
            return
        evaluator = self.evaluator
        if isinstance(stmt, ast.Assign):
            *pieces, last = node.parts
            value = evaluator.eval(last)
            for target, piece in zip(stmt.targets, pieces, strict=True):
                self.assign(target, value, piece)
        elif isinstance(stmt, ast.AnnAssign):
            if stmt.value is not None:
                self.assign(stmt.target, evaluator.eval(node.parts[1]), node.parts[0])
        elif isinstance(stmt, ast.AugAssign):
            self.augment(stmt, node)
        elif isinstance(stmt, ast.Return):
            if stmt.value is not None:
                evaluator.eval(node.parts[0])
        else:
            self.expression(node.parts[0])

    def assign(self, target: ast.expr, value: Value, piece: Expression | None = None) -> None:
        """One target of an assignment gets its value."""
        if isinstance(target, ast.Name):
            self.bind(target.id, self.key(target.id, target), value)
        elif isinstance(target, ast.Tuple | ast.List):
            items = value.data if value.known and isinstance(value.data, list) and len(value.data) == len(target.elts) else None
            for element in target.elts:
                if isinstance(element, ast.Starred):
                    items = None
            for at, element in enumerate(target.elts):
                inside = element.value if isinstance(element, ast.Starred) else element
                self.assign(inside, items[at] if items is not None else self.nothing(element))
        elif isinstance(target, ast.Subscript):
            self.put(target, value, piece)
        elif isinstance(target, ast.Attribute):
            holder = target.value
            if isinstance(holder, ast.Name):
                slot = self.state.find(holder.id)
                if slot is not None and not isinstance(slot.value.data, list | Table):
                    self.write(holder.id, Slot(slot.key, self.nothing(target)))
            self.lose(target)

    def put(self, target: ast.Subscript, value: Value, piece: Expression | None) -> None:
        """`holder[key] = value`."""
        evaluator = self.evaluator
        if evaluator is None or piece is None:
            self.lose(target)
            return
        if len(piece.parts) != 2:
            self.lose(target)
            return
        holder, index = piece.parts
        key = evaluator.eval(index)
        if holder.kind == "Attribute" and evaluator.callee(holder) == "config":
            self.configure(holder, [(key, value)])
            return
        base = evaluator.eval(holder)
        thing = base.data if base.known and isinstance(base.data, Thing) else None
        if thing is not None and thing.dotted == "os.environ" and key.plain:
            self.state.set_variable(str(key.data), value, keep=False)
        elif thing is not None and thing.kind == "namespace":
            if key.plain and isinstance(key.data, str):
                self.bind(key.data, Scalar(key.data, key.source, key.start, key.end, style=key.style, type="str"), value)
            else:
                self.anything()
        elif base.known and isinstance(base.data, Table):
            if self.state.unsure or not key.plain:
                self.forget(base)
                self.lose(target)
            else:
                base.data.rows = [row for row in base.data.rows if not (row[0].plain and row[0].data == key.data)]
                base.data.rows.append((key, value))
        else:
            self.state.trouble += 1
            self.forget(base)

    def augment(self, stmt: ast.AugAssign, node: Expression) -> None:
        evaluator = self.evaluator
        if evaluator is None or not isinstance(stmt.target, ast.Name):
            self.lose(stmt.target)
            return
        slot = self.state.find(stmt.target.id)
        right = evaluator.eval(node.parts[1])
        value = self.nothing(stmt.value)
        if slot is not None and slot.value.known and right.known and stmt.target.id not in self.state.poisoned:
            data = operators.computed(node.sign, slot.value, right)
            if data is not lookups.FAILED:
                value = evaluator.carry(evaluator.make(node.parts[1], data), [slot.value, right])  # type: ignore[arg-type]
        if not value.known:
            self.state.trouble += 1
            if slot is not None:
                self.forget(slot.value)
        self.bind(stmt.target.id, self.key(stmt.target.id, stmt.target), value)

    # -- calls for their effect

    def expression(self, node: Expression) -> None:
        """A call that stands for itself."""
        evaluator = self.evaluator
        assert evaluator is not None
        if node.kind != "Call":
            evaluator.eval(node)
            return
        func = node.parts[0]
        method = evaluator.callee(func)
        if func.kind == "Name" and method == "exec":
            self.partial = True
            return
        if func.kind != "Attribute":
            evaluator.eval(node)
            return
        holder = func.parts[0]
        if (
            holder.kind == "Attribute"
            and evaluator.callee(holder) == "config"
            and (method in ("update", "setdefault") or method.startswith("from_"))
        ):
            call = evaluator.arguments(node)
            rows = []
            unseen = call.open or method not in ("update", "setdefault", "from_mapping")
            if method == "setdefault" and len(call.args) == 2:
                rows.append((call.args[0], call.args[1].but(conditional=True)))
            elif call.args:
                first = call.args[0]
                if first.known and isinstance(first.data, Table):
                    rows.extend(first.data.rows)
                    unseen = unseen or first.data.partial
                else:
                    unseen = True
            self.configure(holder, [*rows, *call.rows], unseen=unseen)
            return
        base = evaluator.eval(holder)
        thing = base.data if base.known and isinstance(base.data, Thing) else None
        if thing is not None and thing.kind == "namespace" and method in ("update", "setdefault"):
            self.spread(evaluator.arguments(node))
        elif base.known and isinstance(base.data, Table) and method == "update":
            call = evaluator.arguments(node)
            tables = [item.data for item in call.args if item.known and isinstance(item.data, Table)]
            if self.state.unsure or call.open or len(tables) != len(call.args):
                self.forget(base)
                return
            for key, value in [*(row for table in tables for row in table.rows), *call.rows]:
                base.data.rows = [row for row in base.data.rows if not (row[0].plain and key.plain and row[0].data == key.data)]
                base.data.rows.append((key, value))
            base.data.partial = base.data.partial or any(table.partial for table in tables)
        elif base.known and isinstance(base.data, list | Table):
            evaluator.arguments(node)
            if method not in ("copy", "get", "keys", "values", "items", "index", "count"):
                self.forget(base)
        else:
            evaluator.eval(node)

    def spread(self, call: object) -> None:
        """`vars().update(…)`: every key becomes a setting."""
        assert isinstance(call, Call)
        rows = list(call.rows)
        for item in call.args:
            if item.tag in URLS:
                # A mail URL is an entry of its own; what it sets can no longer be told from here.
                for name in list(self.state.scopes[-1]):
                    if name.startswith("EMAIL_") and name not in ("EMAIL_TIMEOUT", "EMAIL_SUBJECT_PREFIX", "EMAIL_CONFIG", "EMAIL_URL"):
                        slot = self.state.scopes[-1][name]
                        if slot.value.tag not in (*URLS, PICKED):
                            self.write(name, Slot(slot.key, self.state.blurred(slot.value).but(tag=item.tag)))
                for name in _ANSWER:
                    if name not in self.state.scopes[-1]:
                        at = Scalar(name, item.source, item.start, item.start, style="code", type="str")
                        self.bind(name, at, item.but(known=False, data=None, tag=PICKED, mask="", end=item.start))
            elif item.known and isinstance(item.data, Table):
                rows = [*item.data.rows, *rows]
                self.partial = self.partial or item.data.partial
            else:
                self.anything()
        if call.open or any(not key.plain for key, _ in rows):
            self.anything()
        for key, value in rows:
            if key.plain and isinstance(key.data, str):
                self.bind(key.data, Scalar(key.data, key.source, key.start, key.end, style=key.style, type="str"), value)

    def anything(self) -> None:
        """Something whose name cannot be seen is set here: any setting may have another value from now on, and others may exist."""
        self.partial = True
        for name, slot in list(self.state.scopes[-1].items()):
            if self.selection.interesting(name):
                self.write(name, Slot(slot.key, self.state.blurred(slot.value)))

    def configure(self, holder: Expression, rows: list[tuple[Value, Value]], *, unseen: bool = False) -> None:
        """Settings put into an application object (`app.config`)."""
        text = self.source.text[holder.start : holder.end]
        table = self.applications.setdefault((self.functions[-1], text), Table([]))
        if self.state.unsure > self.state.floor:
            rows = [(key, value.but(conditional=True)) for key, value in rows]
        table.rows.extend(rows)
        table.partial = table.partial or unseen
