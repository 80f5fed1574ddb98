"""Runs the chosen statements of a module, once for every world."""

from __future__ import annotations

import ast

from smtplint.readers.python import lookups, names
from smtplint.readers.python.choices import Choices, TooMany
from smtplint.readers.python.model import (
    UNKNOWN,
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
    from_node,
    to_node,
)
from smtplint.readers.python.pieces import Pieces
from smtplint.readers.python.select import Selection, bound, inner
from smtplint.readers.python.state import URLS, Slot, State
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import TypeAlias

    import libcst

    from smtplint.readers.python.evaluate import Evaluator
    from smtplint.source import Source

    Environ: TypeAlias = Callable[[str], Scalar | None | Unknown]
    Star: TypeAlias = Callable[[int, str, tuple[str, ...]], list[World] | None]

_PYDANTIC = frozenset({"BaseSettings", "BaseModel"})
_PLAIN_BASES = frozenset({"object", "BaseSettings", "BaseModel", "Configuration", "ABC", "Enum", "Protocol", "BaseConfig"})


class Dead(Exception):
    """This way through the module ends here: `raise`, `return`, `break`, `continue`."""


def unknown_variable(_name: str) -> Scalar | Unknown | None:
    """An `environ` callback that knows nothing."""
    return UNKNOWN


class Reader:
    """A module parsed once; `worlds` may be asked for again, with another environment."""

    __slots__ = ("pieces", "selection", "source")

    def __init__(self, source: Source, interesting: Callable[[str], bool] | None = None) -> None:
        self.source = source
        self.selection = Selection(source, interesting)
        self.pieces = Pieces(self.selection)

    def read(self, environ: Environ | None = None, star: Star | None = None) -> Module:
        """Every world of the module; see `read_module`."""
        ask = environ or unknown_variable
        try:
            runs = self._runs(ask, star, 1 << 30)
        except TooMany:
            runs = self._runs(ask, star, WORLDS)
        worlds: list[World] = []
        seen: dict[Hashable, int] = {}
        dependencies: set[str] = set()
        files: dict[tuple[str, int, int], EnvFile] = {}
        stars: dict[tuple[int, str], None] = {}
        for run in runs:
            dependencies.update(run.state.reads)
            stars.update(run.stars)
            for item in run.state.env_files:
                files.setdefault((item.path, item.start, item.end), item)
            root = run.root()
            print_ = _print(root)
            if print_ in seen:
                continue
            seen[print_] = len(worlds)
            worlds.append(World(run.state.choices.branch, root, tuple(run.state.reads)))
        if len(worlds) == 1:
            worlds[0].branch = "" if len(runs) > 1 else worlds[0].branch
        return Module(worlds, list(stars), list(files.values()), dependencies, self.selection.cut)

    def _runs(self, environ: Environ, star: Star | None, room: int) -> list[Run]:
        """A run per world. Raises TooMany when there are more than eight and `room` is greater."""
        pending: list[dict[Hashable, object]] = [{}]
        runs: list[Run] = []
        dead: Run | None = None
        while pending:
            given = pending.pop()
            run = Run(self, Choices(given, room), environ, star)
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

    def __init__(self, reader: Reader, choices: Choices, environ: Environ, star: Star | None) -> None:
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

            self.evaluator = Evaluator(self.source, reader.pieces, choices, environ, poisoned)
            self.state: State = self.evaluator
        else:
            self.state = State(self.source, reader.pieces, choices, environ, poisoned)

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
            self.functions.append(function.name)
            try:
                self.block(function.body)
            except Dead:
                pass
            self.functions.pop()
            state.unsure -= 1
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
                if not blueprint.foreign and blueprint.name == name and (name not in heirs or name in named) and blueprint.attributes:
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
        return Mapping(source, 0, len(source.text), entries, partial=self.partial)

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
            elif isinstance(stmt, ast.ImportFrom | ast.Import):
                self.imports(stmt)

    def marker(self, stmt: ast.Assign | ast.AnnAssign) -> None:
        """Settings that only show what kind of module this is."""
        targets = stmt.targets if isinstance(stmt, ast.Assign) else [stmt.target] if stmt.value is not None else []
        for target in targets:
            if isinstance(target, ast.Name) and target.id in names.MARKERS and stmt.value is not None:
                self.bind(target.id, self.key(target.id, target), self.nothing(stmt.value))

    def statement(self, stmt: ast.stmt) -> None:
        """Runs one statement."""
        if isinstance(stmt, ast.If):
            self.branches(stmt)
        elif isinstance(stmt, ast.Try) or type(stmt).__name__ == "TryStar":
            self.attempt(stmt)
        elif isinstance(stmt, ast.With | ast.AsyncWith):
            self.within(stmt)
        elif isinstance(stmt, ast.For | ast.AsyncFor | ast.While | ast.Match):
            self.maybe(stmt)
        elif isinstance(stmt, ast.Import | ast.ImportFrom):
            self.imports(stmt)
        elif isinstance(stmt, ast.ClassDef):
            self.klass(stmt)
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
        if self.state.scopes[-1].pop(name, None) is None:
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
            value = evaluator.eval(node.value)  # type: ignore[attr-defined]
            for target, piece in zip(stmt.targets, node.targets, strict=True):  # type: ignore[attr-defined]
                self.assign(target, value, piece.target)
        elif isinstance(stmt, ast.AnnAssign):
            if stmt.value is not None:
                self.assign(stmt.target, evaluator.eval(node.value), node.target)  # type: ignore[attr-defined]
        elif isinstance(stmt, ast.AugAssign):
            self.augment(stmt, node)
        elif isinstance(stmt, ast.Return):
            if stmt.value is not None:
                evaluator.eval(node.value)  # type: ignore[attr-defined]
        else:
            self.expression(node.value)  # type: ignore[attr-defined]

    def assign(self, target: ast.expr, value: Value, piece: libcst.CSTNode | None = None) -> None:
        """One target of an assignment gets its value."""
        if isinstance(target, ast.Name):
            self.bind(target.id, self.key(target.id, target), value)
        elif isinstance(target, ast.Tuple | ast.List):
            items = value.data if value.known and isinstance(value.data, list) and len(value.data) == len(target.elts) else None
            for at, element in enumerate(target.elts):
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

    def put(self, target: ast.Subscript, value: Value, piece: libcst.CSTNode | None) -> None:
        """`holder[key] = value`."""
        evaluator = self.evaluator
        if evaluator is None or piece is None:
            self.lose(target)
            return
        index = piece.slice  # type: ignore[attr-defined]
        if len(index) != 1 or type(index[0].slice).__name__ != "Index":
            self.lose(target)
            return
        key = evaluator.eval(index[0].slice.value)
        holder = piece.value  # type: ignore[attr-defined]
        if type(holder).__name__ == "Attribute" and holder.attr.value == "config":
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
                self.partial = True
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

    def augment(self, stmt: ast.AugAssign, node: libcst.CSTNode) -> None:
        evaluator = self.evaluator
        if evaluator is None or not isinstance(stmt.target, ast.Name):
            self.lose(stmt.target)
            return
        slot = self.state.find(stmt.target.id)
        right = evaluator.eval(node.value)  # type: ignore[attr-defined]
        sign = type(node.operator).__name__.removesuffix("Assign")  # type: ignore[attr-defined]
        value = self.nothing(stmt.value)
        if slot is not None and slot.value.known and right.known and stmt.target.id not in self.state.poisoned:
            data = evaluator.computed(sign, slot.value, right)
            if data is not lookups.FAILED:
                value = evaluator.carry(evaluator.make(node.value, data), [slot.value, right])  # type: ignore[attr-defined, arg-type]
        if not value.known:
            self.state.trouble += 1
            if slot is not None:
                self.forget(slot.value)
        self.bind(stmt.target.id, self.key(stmt.target.id, stmt.target), value)

    # -- calls for their effect

    def expression(self, node: libcst.CSTNode) -> None:
        """A call that stands for itself."""
        evaluator = self.evaluator
        assert evaluator is not None
        if type(node).__name__ != "Call":
            evaluator.eval(node)
            return
        func = node.func  # type: ignore[attr-defined]
        if type(func).__name__ == "Name" and func.value == "exec":
            self.partial = True
            return
        if type(func).__name__ != "Attribute":
            evaluator.eval(node)
            return
        method = func.attr.value
        holder = func.value
        if (
            type(holder).__name__ == "Attribute"
            and holder.attr.value == "config"
            and (method in ("update", "setdefault") or method.startswith("from_"))
        ):
            call = evaluator.arguments(node)  # type: ignore[arg-type]
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
            self.spread(evaluator.arguments(node))  # type: ignore[arg-type]
        elif base.known and isinstance(base.data, Table) and method == "update":
            call = evaluator.arguments(node)  # type: ignore[arg-type]
            tables = [item.data for item in call.args if item.known and isinstance(item.data, Table)]
            if self.state.unsure or call.open or len(tables) != len(call.args):
                self.forget(base)
                return
            for key, value in [*(row for table in tables for row in table.rows), *call.rows]:
                base.data.rows = [row for row in base.data.rows if not (row[0].plain and key.plain and row[0].data == key.data)]
                base.data.rows.append((key, value))
            base.data.partial = base.data.partial or any(table.partial for table in tables)
        elif base.known and isinstance(base.data, list | Table):
            evaluator.arguments(node)  # type: ignore[arg-type]
            if method not in ("copy", "get", "keys", "values", "items", "index", "count"):
                self.forget(base)
        else:
            evaluator.eval(node)

    def spread(self, call: object) -> None:
        """`vars().update(…)`: every key becomes a setting."""
        from smtplint.readers.python.evaluate import Call

        assert isinstance(call, Call)
        rows = list(call.rows)
        for item in call.args:
            if item.tag in URLS:
                # A mail URL is an entry of its own; what it sets can no longer be told from here.
                for name in list(self.state.scopes[-1]):
                    if name.startswith("EMAIL_") and name not in ("EMAIL_TIMEOUT", "EMAIL_SUBJECT_PREFIX", "EMAIL_CONFIG", "EMAIL_URL"):
                        slot = self.state.scopes[-1][name]
                        if slot.value.tag not in URLS:
                            self.write(name, Slot(slot.key, self.state.blurred(slot.value).but(tag=item.tag)))
            elif item.known and isinstance(item.data, Table):
                rows = [*item.data.rows, *rows]
                self.partial = self.partial or item.data.partial
            else:
                self.partial = True
        if call.open:
            self.partial = True
        for key, value in rows:
            if key.plain and isinstance(key.data, str):
                self.bind(key.data, Scalar(key.data, key.source, key.start, key.end, style=key.style, type="str"), value)

    def configure(self, holder: libcst.CSTNode, rows: list[tuple[Value, Value]], *, unseen: bool = False) -> None:
        """Settings put into an application object (`app.config`)."""
        start, end = self.reader.pieces.span(holder)
        table = self.applications.setdefault((self.functions[-1], self.source.text[start:end]), Table([]))
        if (self.state.unsure and len(self.functions) == 1) or self.state.unsure > 1:
            rows = [(key, value.but(conditional=True)) for key, value in rows]
        table.rows.extend(rows)
        table.partial = table.partial or unseen

    # -- control flow

    def branches(self, stmt: ast.If) -> None:
        """if / elif / else."""
        evaluator = self.evaluator
        open_bodies: list[list[ast.stmt]] = []
        current = stmt
        while True:
            node = self.reader.pieces.node(current.test)
            truth = None
            if node is not None and evaluator is not None:
                truth = evaluator.condition(node)  # type: ignore[arg-type]
            if truth is True:
                open_bodies.append(current.body)
                break
            if truth is None:
                open_bodies.append(current.body)
            rest = current.orelse
            if len(rest) == 1 and isinstance(rest[0], ast.If) and id(rest[0]) in self.selection.wanted:
                current = rest[0]
                continue
            open_bodies.append(rest)
            break
        if len(open_bodies) == 1:
            self.block(open_bodies[0])
        else:
            self.merge(open_bodies)

    def merge(self, bodies: list[list[ast.stmt]]) -> None:
        """Runs blocks of which any one may be the one; what they do not agree on is unresolved afterwards."""
        state = self.state
        before = dict(state.scopes[-1])
        since = len(self.journal)
        ends: list[dict[str, Slot]] = []
        state.unsure += 1
        for body in bodies:
            state.scopes[-1] = dict(before)
            try:
                self.block(body)
            except Dead:
                continue
            ends.append(state.scopes[-1])
        state.unsure -= 1
        if not ends:
            state.scopes[-1] = before
            raise Dead
        state.scopes[-1] = self.joined(ends, since)

    def joined(self, ends: list[dict[str, Slot]], since: int) -> dict[str, Slot]:
        """What several outcomes agree on. They can only differ in the names of the journal from `since` on."""
        out = ends[0]
        if len(ends) == 1:
            return out
        out = dict(out)
        for name in dict.fromkeys(self.journal[since:]):
            slots = [end[name] for end in ends if name in end]
            if not slots:
                continue
            first, last = slots[0], slots[-1]
            missing = len(slots) < len(ends) or any(slot.value.conditional for slot in slots)
            if len(slots) == len(ends) and all(_same(first.value, slot.value) for slot in slots[1:]):
                continue
            out.pop(name, None)
            out[name] = Slot(last.key, self.state.blurred(last.value).but(conditional=missing))
        return out

    def attempt(self, stmt: ast.stmt) -> None:
        """try / except: what the body gives, unless a handler may have taken over."""
        body: list[ast.stmt] = getattr(stmt, "body", [])
        handlers: list[ast.ExceptHandler] = getattr(stmt, "handlers", [])
        orelse: list[ast.stmt] = getattr(stmt, "orelse", [])
        final: list[ast.stmt] = getattr(stmt, "finalbody", [])
        state = self.state
        if not handlers:
            self.block([*body, *orelse, *final])
            return
        stars = [child for child in body if isinstance(child, ast.ImportFrom) and child.names[0].name == "*"]
        if stars and len(body) == len(stars):
            # A settings module that may be missing: whether it is, is known.
            partial, self.partial = self.partial, False
            self.block(body)
            missing, self.partial = self.partial, self.partial or partial
            self.block(handlers[0].body if missing else orelse)
            self.block(final)
            return
        since = len(self.journal)
        after, raised = self.risky(body, orelse)
        ends = [after] if after is not None else []
        if raised:
            entry = self.joined(raised, since)
            for handler in handlers:
                state.scopes[-1] = dict(entry)
                if handler.name:
                    state.scopes[-1].pop(handler.name, None)
                state.unsure += 1
                try:
                    self.block(handler.body)
                    ends.append(state.scopes[-1])
                except Dead:
                    pass
                state.unsure -= 1
        if not ends:
            raise Dead
        state.scopes[-1] = self.joined(ends, since)
        if after is not None and len(ends) > 1:
            for name in dict.fromkeys(self.journal[since:]):
                slot = state.scopes[-1].get(name)
                if slot is not None:
                    self.fall_back(name, slot, ends, after)
        self.block(final)

    def risky(self, body: list[ast.stmt], orelse: list[ast.stmt]) -> tuple[dict[str, Slot] | None, list[dict[str, Slot]]]:
        """Runs a block that may be left at any statement that is not fully understood.

        Returns the names after its end (None when it cannot come to its end), and the names at each point where it may have been left.
        """
        state = self.state
        raised: list[dict[str, Slot]] = []
        overrides = dict(state.overrides)
        unsure = state.unsure
        since = len(self.journal)
        ended = True
        for child in body:
            before = dict(state.scopes[-1])
            count = state.trouble
            trusted = id(child) in self.selection.wanted and not isinstance(child, ast.Import | ast.ImportFrom)
            try:
                self.block([child])
            except Dead:
                raised.append(self.joined([before, state.scopes[-1]], since))
                ended = False
                break
            if not trusted or state.trouble != count:
                simple = isinstance(child, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Delete)
                raised.append(before if simple else self.joined([before, state.scopes[-1]], since))
                # What is changed in place from here on may stay as it was.
                state.unsure = unsure + 1
        if ended:
            self.block(orelse)
        state.unsure = unsure
        self.doubt_overrides(overrides, bool(raised))
        return (state.scopes[-1] if ended else None), raised

    def doubt_overrides(self, before: dict[str, Value], doubtful: bool) -> None:
        """Environment variables set in a block that may have been left early."""
        if doubtful:
            for name, value in self.state.overrides.items():
                if before.get(name) is not value:
                    self.state.overrides[name] = value.but(known=False, data=None, assumed=False, ident=("env", name))

    def fall_back(self, name: str, slot: Slot, ends: list[dict[str, Slot]], after: dict[str, Slot]) -> None:
        """`try: X = os.environ["X"]` / `except KeyError: X = 25`: 25 is a default."""
        tried = after.get(name)
        if slot.value.known or tried is None or not tried.value.lookup or ends[0] is not after:
            return
        others = [end[name].value for end in ends[1:] if name in end]
        if others and all(other.plain and _same(others[0], other) for other in others) and others[0].data not in (None, ""):
            value = others[0].but(
                assumed=True,
                note=f"the default after {tried.value.lookup}",
                ident=("or", tried.value.ident, others[0].start),
                conditional=False,
            )
            self.write(name, Slot(tried.key, value))

    def within(self, stmt: ast.With | ast.AsyncWith) -> None:
        """with: the body runs; `env.prefixed` lends a prefix, `suppress` hides a failure."""
        prefixes = 0
        unsure = 0
        for item in stmt.items:
            node = self.reader.pieces.node(item.context_expr)
            if node is not None and self.evaluator is not None:
                value = self.evaluator.eval(node)
                if value.known and isinstance(value.data, Thing) and value.data.kind == "prefix":
                    self.state.prefixes.append(value.data.data if isinstance(value.data.data, str) else None)
                    prefixes += 1
                else:
                    unsure = 1
            else:
                unsure = 1
            if item.optional_vars is not None:
                self.assign(item.optional_vars, self.nothing(item.context_expr))
        if unsure and any("suppress" in self.selection.text(item.context_expr) for item in stmt.items):
            since = len(self.journal)
            after, raised = self.risky(stmt.body, [])
            self.state.scopes[-1] = self.joined([*([after] if after is not None else []), *raised], since)
        else:
            self.block(stmt.body)
        del self.state.prefixes[len(self.state.prefixes) - prefixes :]

    def maybe(self, stmt: ast.stmt) -> None:
        """Loops and match: what is set inside is unresolved afterwards."""
        touched: dict[str, ast.stmt] = {}
        stack: list[ast.stmt] = [stmt]
        while stack:
            top = stack.pop()
            if top is not stmt and id(top) not in self.selection.wanted:
                continue
            for name in bound(top):
                touched[name] = top
            if not isinstance(top, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                stack.extend(child for block in reversed(inner(top)) for child in reversed(block))
        scope = self.state.scopes[-1]
        for name, where in touched.items():
            slot = self.state.find(name)
            if slot is not None and isinstance(slot.value.data, list | Table):
                self.forget(slot.value)
            if slot is not None and isinstance(slot.value.data, Thing) and not isinstance(where, ast.Assign | ast.For):
                continue
            self.write(name, Slot(slot.key if slot is not None else self.key(name, where), self.nothing(where)))
        for block in inner(stmt):
            try:
                self.merge([block, []])
            except Dead:
                pass
        for name, where in touched.items():
            slot = scope.get(name) or self.state.scopes[-1].get(name)
            if slot is not None and not isinstance(slot.value.data, Thing):
                after = self.state.scopes[-1].get(name, slot)
                self.write(name, Slot(after.key, self.nothing(where).but(conditional=True)))

    # -- imports

    def imports(self, stmt: ast.Import | ast.ImportFrom) -> None:
        """Imports: modules by name, settings modules of the repository by what they hold."""
        state = self.state
        if isinstance(stmt, ast.Import):
            for alias in stmt.names:
                name = alias.asname or alias.name.partition(".")[0]
                dotted = alias.name if alias.asname else name
                self.bind(name, self.key(name, stmt), self.nothing(stmt).but(known=True, data=Thing("module", dotted)))
            return
        module, level = stmt.module or "", stmt.level
        if stmt.names[0].name == "*":
            self.starred(stmt, level, module)
            return
        known_library = level == 0 and module.partition(".")[0] in lookups.LIBRARIES
        wanted = id(stmt) in self.selection.wanted
        worlds = None
        asked = tuple(alias.name for alias in stmt.names)
        if wanted and not known_library and self.star is not None:
            worlds = self.star(level, module, asked)
        world = self.pick_world(level, module, worlds) if worlds else None
        for alias in stmt.names:
            name = alias.asname or alias.name
            key = self.key(name, stmt)
            entry = world.root.entry(alias.name) if world is not None else None
            if entry is not None:
                self.bind(name, entry.key if name == alias.name else key, from_node(entry.value))
                continue
            if world is None and level == 0:
                kind, dotted = "module", f"{module}.{alias.name}"
                if dotted in ("environs.env",):
                    kind, dotted = "env", "environs"
                elif dotted == "os.environ":
                    dotted = "os.environ"
                value = self.nothing(stmt).but(known=True, data=Thing(kind, dotted, {} if kind == "env" else None))
            elif alias.name == "env":
                value = self.nothing(stmt).but(known=True, data=Thing("env", "environ", {}))
            else:
                value = self.nothing(stmt)
            if value.known and names.module_name(name) and not known_library and name.isupper():
                value = self.nothing(stmt)
            self.bind(name, key, value)

    def pick_world(self, level: int, module: str, worlds: list[World]) -> World:
        """The world of an imported module that this world goes with."""
        if len(worlds) == 1:
            return worlds[0]
        key = ("import", level, module)
        options = list(range(len(worlds)))
        taken = self.state.choices.choose(key, options, {at: worlds[at].branch for at in options})
        return worlds[taken if isinstance(taken, int) else 0]

    def starred(self, stmt: ast.ImportFrom, level: int, module: str) -> None:
        """`from module import *`."""
        state = self.state
        self.stars.setdefault((level, module))
        if level == 0 and module.partition(".")[0] in lookups.LIBRARIES:
            return
        worlds = self.star(level, module, ("*", *sorted(self.selection.undefined))) if self.star is not None else None
        state.lenient = True
        if worlds is None:
            self.partial = True
            return
        if not worlds:
            return
        if len(worlds) > 1 and ("import", level, module) not in state.choices.options and state.choices.room < len(worlds):
            scope = state.scopes[-1]
            ends = []
            since = len(self.journal)
            for world in worlds:
                state.scopes[-1] = dict(scope)
                self.take(world)
                ends.append(state.scopes[-1])
            state.scopes[-1] = self.joined(ends, since)
            return
        self.take(self.pick_world(level, module, worlds))

    def take(self, world: World) -> None:
        """Everything of another module becomes part of this one; calls and classes stay that module's own."""
        self.partial = self.partial or world.root.partial
        for name in world.reads:
            self.state.reads.setdefault(name)
        for entry in world.root.entries:
            name = entry.key.text
            if name in ("environ.email_url()", "dj_email_url()"):
                self.state.urls = [item for item in self.state.urls if item[0] != name]
                self.state.urls.append((name, from_node(entry.value)))
            elif name.isidentifier() and not name.startswith("_"):
                self.bind(name, entry.key, from_node(entry.value).but(conditional=entry.conditional))

    # -- classes

    def klass(self, stmt: ast.ClassDef) -> None:
        """A class with settings as attributes."""
        state = self.state
        offsets = self.selection.offsets
        start, end = offsets.span(stmt)
        at = self.source.text.find(stmt.name, offsets.of(stmt.lineno, stmt.col_offset) + 5)
        key = Scalar(stmt.name, self.source, at, at + len(stmt.name), style="plain", type="str")
        blueprint = Blueprint(stmt.name, (start, end), "class")
        for base in reversed(stmt.bases):
            self.inherit(blueprint, base)
        if blueprint.pydantic:
            blueprint.tag = "class BaseSettings"
        scope_info = self.selection.classes.get(id(stmt))
        scope: dict[str, Slot] = {}
        state.scopes.append(scope)
        try:
            if scope_info is not None:
                self.block(stmt.body)
                if blueprint.pydantic:
                    self.required(stmt, scope)
        except Dead:
            pass
        finally:
            state.scopes.pop()
        own = {name: slot for name, slot in scope.items() if name not in ("model_config", "Config")}
        if blueprint.pydantic:
            self.pydantic(stmt, blueprint, scope, own)
        for name, slot in sorted(own.items(), key=lambda item: item[1].key.start):
            blueprint.attributes.pop(name, None)
            blueprint.attributes[name] = slot.value
            blueprint.keys[name] = slot.key
        if any(isinstance(child, ast.FunctionDef) and child.name in ("__init__", "__getattribute__") for child in stmt.body):
            blueprint.partial = True
        value = Value(blueprint, self.source, start, end, known=True)
        if (
            stmt.decorator_list
            and not self.selection.whole_class(stmt)
            and any("dataclass" not in self.selection.text(item) for item in stmt.decorator_list)
        ):
            blueprint.partial = True
        self.bind(stmt.name, key, value)

    def inherit(self, blueprint: Blueprint, base: ast.expr) -> None:
        """What a class has from one of its bases."""
        name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
        slot = self.state.find(base.id) if isinstance(base, ast.Name) else None
        if slot is not None and slot.value.known and isinstance(slot.value.data, Blueprint):
            parent = slot.value.data
            for attribute, value in parent.attributes.items():
                blueprint.attributes[attribute] = value
                blueprint.keys[attribute] = parent.keys[attribute]
            blueprint.partial = blueprint.partial or parent.partial
            blueprint.pydantic = blueprint.pydantic or parent.pydantic
        elif name in _PYDANTIC:
            blueprint.pydantic = True
        elif name not in _PLAIN_BASES:
            blueprint.partial = True

    def required(self, stmt: ast.ClassDef, scope: dict[str, Slot]) -> None:
        """Fields of a pydantic class that have no default: somebody has to set them."""
        for child in stmt.body:
            if (
                isinstance(child, ast.AnnAssign)
                and child.value is None
                and isinstance(child.target, ast.Name)
                and id(child) in self.selection.wanted
            ):
                name = child.target.id
                value = self.nothing(child.target).but(note="required, and set from outside", lookup=name)
                scope[name] = Slot(self.key(name, child.target), value)

    def pydantic(self, stmt: ast.ClassDef, blueprint: Blueprint, scope: dict[str, Slot], own: dict[str, Slot]) -> None:
        """Defaults of Field(…), and what the environment says, for the fields of a pydantic class."""
        prefix = ""
        settings = scope.get("model_config")
        table = settings.value.data if settings is not None and settings.value.known else None
        nested = scope.get("Config")
        rows: dict[str, Value] = {}
        if isinstance(table, Table):
            rows = {key.data: value for key, value in table.rows if key.plain and isinstance(key.data, str)}
        elif nested is not None and isinstance(nested.value.data, Blueprint):
            rows = nested.value.data.attributes
        lead = rows.get("env_prefix")
        if lead is not None:
            prefix = lead.data if lead.plain and isinstance(lead.data, str) else ""
        file = rows.get("env_file")
        if file is not None and self.evaluator is not None and not (file.plain and file.data is None):
            for item in file.data if file.known and isinstance(file.data, list) else [file]:
                text = self.evaluator.path_text(item)
                self.state.env_files.append(EnvFile(text or "", "pydantic", item.start, item.end, known=text is not None))
        kinds = {
            child.target.id: self.selection.text(child.annotation)
            for child in stmt.body
            if isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name)
        }
        sure_prefix = lead is None or lead.plain
        base_settings = any(
            (base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")) != "BaseModel" for base in stmt.bases
        )
        for name, slot in own.items():
            value = slot.value
            variables = [prefix + name]
            if value.known and isinstance(value.data, Thing) and value.data.kind == "field":
                value, aliases = self.field(value)
                variables = aliases or variables
            if base_settings and sure_prefix and name in kinds:
                value = self.from_environment(variables, value, kinds[name], slot)
            slot.value = value

    def field(self, value: Value) -> tuple[Value, list[str]]:
        """The default of a pydantic Field, and the names it is read from."""
        from smtplint.readers.python.evaluate import Call

        call = value.data.data if isinstance(value.data, Thing) else None
        gone = value.but(known=False, data=None, lookup="required")
        if not isinstance(call, Call):
            return gone, []
        aliases = []
        for keyword in ("validation_alias", "alias", "env"):
            item = call.keywords.get(keyword)
            if item is not None and item.plain and isinstance(item.data, str):
                aliases.append(item.data)
                break
        default = call.pick(0, "default")
        if default is None or (call.open and "default" not in call.keywords):
            return gone, aliases
        return default, aliases

    def from_environment(self, variables: list[str], value: Value, kind: str, slot: Slot) -> Value:
        """A pydantic field as an env file sets it; variables are matched without regard to case."""
        for variable in variables:
            for name in dict.fromkeys((variable, variable.upper(), variable.lower())):
                found = self.state.environ(name)
                self.state.reads.setdefault(variable.upper())
                if not isinstance(found, Scalar):
                    continue
                result = Value(
                    found.text,
                    found.source,
                    found.start,
                    found.end,
                    known=found.state == "known",
                    style=found.style,
                    via=(slot.key.place, *found.via),
                    note=found.note,
                )
                if not result.known:
                    result.data = None
                    return result
                want = "int" if "int" in kind else "bool" if "bool" in kind else "str"
                data = lookups.cast(want, "pydantic", found.text)
                if data is lookups.FAILED:
                    return result.but(known=False, data=None, tag=want)
                return result.but(data=data, tag=want)
        return value


def _same(one: Value, other: Value) -> bool:
    """Whether two outcomes are surely the same value."""
    if one is other:
        return True
    if isinstance(one.data, Thing) and isinstance(other.data, Thing) and one.known and other.known:
        return one.data.kind == other.data.kind == "module" and one.data.dotted == other.data.dotted
    if one.conditional or other.conditional:
        return False
    return one.plain and other.plain and type(one.data) is type(other.data) and one.data == other.data and one.tag == other.tag


def settings_nodes(node: Node) -> int:
    """How many nodes hang below `node`; used by the tests of limits."""
    count, stack = 0, [node]
    while stack:
        top = stack.pop()
        count += 1
        if isinstance(top, Mapping):
            stack.extend(entry.value for entry in top.entries)
        elif isinstance(top, Sequence):
            stack.extend(top.items)
    return count
