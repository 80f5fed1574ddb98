"""Which statements of a Python file matter: found with the standard `ast`, so that only their text has to go through libcst."""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_left

from smtplint.readers.python import names
from smtplint.source import Source, SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# libcst's parser takes time that grows with the square of the nesting, and far worse than that for brackets: a statement nested
# deeper than this is left unresolved. Settings are not.
MAX_DEPTH = 60
MAX_BRACKETS = 20
MAX_QUOTES = 400
MAX_LEAVES = 500
MAX_WEIGHT = 150_000

_HIT = re.compile(
    r"\b(?:ConnectionConfig|SMTPHandler|EmailURLValue)\s*\(|\.\s*config\s*(?:\[\s*[\"'][A-Z0-9_]*(?:MAIL|SMTP)|\.\s*(?:update|setdefault|from_[a-z_]+)\s*\()"
)
_WEAK = frozenset({"read_env", "load_dotenv", "read_dotenv"})
# Methods that change what they are called on.
_CHANGES = frozenset(
    {"update", "setdefault", "pop", "popitem", "append", "extend", "insert", "remove", "clear", "reverse", "sort", "read_env"}
)
_SETTINGS = re.compile(r"(?i)settings|config|configuration|options|params|env|production|development|staging")
_OPEN = re.compile(r"[(\[{]|[)\]}]")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def parse(source: Source) -> ast.Module:
    """The module as `ast` sees it. Raises SourceError for what is not Python 3."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source.text)
    except SyntaxError as error:
        from smtplint.readers.python import newer

        newest = newer.module(source.text)
        if newest is not None:
            return newest
        line = error.lineno or 1
        raise SourceError(f"is not valid Python at line {line}", source.offset(line, 1)) from None
    except (RecursionError, MemoryError):
        raise SourceError("is nested too deeply to be read as Python", 0) from None
    except (ValueError, OverflowError):
        raise SourceError("is not valid Python at line 1", 0) from None


class Offsets:
    """From the lines and UTF-8 columns of `ast` to code-point offsets of the source."""

    __slots__ = ("_ascii", "_source")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._ascii = source.text.isascii()

    def of(self, line: int, column: int) -> int:
        """Offset of a 1-based line and a 0-based column in UTF-8 bytes."""
        source = self._source
        start = source.starts[line - 1]
        if self._ascii:
            return start + column
        # A code point takes at least one byte, so the column lies within that many characters.
        head = source.text[start : start + column]
        return start + (column if head.isascii() else len(head.encode("utf-8")[:column].decode("utf-8", "ignore")))

    def span(self, node: ast.stmt | ast.expr) -> tuple[int, int]:
        """Offsets of the begin and end of a node."""
        return self.of(node.lineno, node.col_offset), self.of(node.end_lineno or node.lineno, node.end_col_offset or 0)


def _targets(target: ast.expr) -> Iterator[str]:
    """Names that an assignment to `target` binds or changes."""
    stack = [target]
    while stack:
        top = stack.pop()
        if isinstance(top, ast.Name):
            yield top.id
        elif isinstance(top, ast.Tuple | ast.List):
            stack.extend(top.elts)
        elif isinstance(top, ast.Attribute) and top.attr == "config":
            continue  # an application's configuration has its own way (`app.config["MAIL_PORT"] = …`)
        elif isinstance(top, ast.Starred | ast.Attribute | ast.Subscript):
            stack.append(top.value)
        elif isinstance(top, ast.Call) and isinstance(top.func, ast.Attribute):
            stack.append(top.func)


def bound(stmt: ast.stmt) -> list[str]:
    """Names that a statement itself, without the statements inside it, binds or changes in its scope."""
    if isinstance(stmt, ast.Assign | ast.Delete):
        return [name for target in stmt.targets for name in _targets(target)]
    if isinstance(stmt, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor):
        return list(_targets(stmt.target))
    if isinstance(stmt, ast.With | ast.AsyncWith):
        return [name for item in stmt.items if item.optional_vars is not None for name in _targets(item.optional_vars)]
    if isinstance(stmt, ast.Import):
        return [alias.asname or alias.name.partition(".")[0] for alias in stmt.names]
    if isinstance(stmt, ast.ImportFrom):
        return [alias.asname or alias.name for alias in stmt.names]
    if isinstance(stmt, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [stmt.name]
    if isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Call) and isinstance(stmt.value.func, ast.Attribute):
        return list(_targets(stmt.value.func)) if stmt.value.func.attr in _CHANGES else []
    if isinstance(stmt, ast.Match):
        found = []
        for case in stmt.cases:
            for node in ast.walk(case.pattern):
                name = getattr(node, "name", None) or getattr(node, "rest", None)
                if isinstance(name, str):
                    found.append(name)
        return found
    if isinstance(stmt, ast.Try):
        return [handler.name for handler in stmt.handlers if handler.name]
    alias_name = getattr(stmt, "name", None)  # `type X = …`, which Python 3.12 brought
    return list(_targets(alias_name)) if isinstance(alias_name, ast.Name) else []


def inner(stmt: ast.stmt) -> list[list[ast.stmt]]:
    """The blocks inside a compound statement that run in the same scope."""
    blocks: list[list[ast.stmt]] = []
    for field in ("body", "orelse", "finalbody"):
        block = getattr(stmt, field, None)
        if isinstance(block, list):
            blocks.append(block)
    handlers = getattr(stmt, "handlers", None)
    if isinstance(handlers, list):
        blocks[1:1] = [handler.body for handler in handlers]
    if isinstance(stmt, ast.Match):
        blocks.extend(case.body for case in stmt.cases)
    return blocks


_COMPOUND = (ast.If, ast.Try, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, ast.While, ast.Match) + (
    (ast.TryStar,) if hasattr(ast, "TryStar") else ()
)


class Scope:
    """The statements of a module, class or function in order, those of nested blocks included, and who binds what."""

    __slots__ = ("asked", "binders", "chosen", "outer", "parents", "statements")

    def __init__(self, body: list[ast.stmt], outer: Scope | None = None) -> None:
        self.statements: list[ast.stmt] = []
        self.parents: list[int] = []
        self.binders: dict[str, list[int]] = {}
        self.chosen: set[int] = set()
        self.asked: set[str] = set()
        self.outer = outer
        stack: list[tuple[ast.stmt, int]] = [(stmt, -1) for stmt in reversed(body)]
        while stack:
            stmt, parent = stack.pop()
            at = len(self.statements)
            self.statements.append(stmt)
            self.parents.append(parent)
            for name in bound(stmt):
                self.binders.setdefault(name, []).append(at)
            if isinstance(stmt, _COMPOUND):
                stack.extend((child, at) for block in reversed(inner(stmt)) for child in reversed(block))


class Function:
    """A function in which mail is configured: its statements, and the names that hide the module's."""

    __slots__ = ("body", "hidden", "name")

    def __init__(self, name: str, body: list[ast.stmt], hidden: set[str]) -> None:
        self.name = name
        self.body = body
        self.hidden = hidden


class Selection:
    """What of a module matters.

    `wanted`     ids of the statements to run. `leaves`: simple statements and expressions that libcst has to read, in order of choice.
    `functions`  functions that hold mail calls. `poisoned`: names that are set in ways nobody can follow.
    `imported`   another module takes it in, so that it matters which env files it reads, even if it sets nothing.
    `named`      classes that something names as the one to run. `parents_of`: classes that others in the file inherit from.
    """

    __slots__ = (
        "classes",
        "cut",
        "functions",
        "hits",
        "imported",
        "interesting",
        "leaves",
        "module",
        "named",
        "offsets",
        "parents_of",
        "poisoned",
        "source",
        "tree",
        "undefined",
        "wanted",
    )

    def __init__(self, source: Source, interesting: Callable[[str], bool] | None, *, imported: bool = False) -> None:
        self.source = source
        self.imported = imported
        self.tree = parse(source)
        self.offsets = Offsets(source)
        self.interesting = interesting if interesting is not None else names.module_name
        self.wanted: set[int] = set()
        self.cut = False
        self.leaves: dict[int, ast.stmt | ast.expr] = {}
        self.functions: list[Function] = []
        self.poisoned: set[str] = set()
        self.named: set[str] = set()
        self.parents_of: set[str] = set()
        self.undefined: set[str] = set()
        self.classes: dict[int, Scope] = {}
        self.hits = [match.start() for match in _HIT.finditer(source.text)] if _HIT.search(source.text) else []
        self.module = Scope(self.tree.body)
        self._seed()

    # -- what to start from

    def _seed(self) -> None:
        module = self.module
        weak = []
        star = False
        class_indexes = []
        for at, stmt in enumerate(module.statements):
            if isinstance(stmt, ast.ImportFrom):
                if stmt.names[0].name == "*":
                    star = True
                    self._want(module, at)
                elif any(self.interesting(alias.asname or alias.name) and not alias.name.islower() for alias in stmt.names):
                    self._want(module, at)
            elif isinstance(stmt, ast.ClassDef):
                class_indexes.append(at)
            elif isinstance(stmt, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete):
                if self._assigns(stmt) or self._hit(stmt) or self._namespace(stmt):
                    self._want(module, at)
            elif isinstance(stmt, ast.For | ast.With):
                if any(self.interesting(name) for name in bound(stmt)):
                    self._want(module, at)
            elif isinstance(stmt, ast.Expr):
                if self._hit(stmt) or self._namespace(stmt):
                    self._want(module, at)
                elif isinstance(stmt.value, ast.Call) and _last(stmt.value.func) in _WEAK:
                    weak.append(at)
        self._classes(class_indexes)
        if self.hits:
            self._functions()
        if self.leaves or star or self.imported:
            for at in weak:
                self._want(module, at)
            self._poison()

    def _assigns(self, stmt: ast.stmt) -> bool:
        found = False
        for name in bound(stmt):
            if not self.interesting(name):
                continue
            if name.startswith("LOGGING") and not names.logging_matters(self.text(stmt)):
                continue
            found = True
        return found

    def _hit(self, stmt: ast.stmt) -> bool:
        if not self.hits:
            return False
        start, end = self.offsets.span(stmt)
        at = bisect_left(self.hits, start)
        return at < len(self.hits) and self.hits[at] < end

    def _namespace(self, stmt: ast.stmt) -> bool:
        """`globals()["X"] = …`, `vars().update(…)` and their like."""
        if isinstance(stmt, ast.Assign):
            return any(isinstance(target, ast.Subscript) and _namespace_call(target.value) for target in stmt.targets)
        if isinstance(stmt, ast.AnnAssign | ast.AugAssign):
            return False
        if isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Call):
            func = stmt.value.func
            return (isinstance(func, ast.Attribute) and _namespace_call(func.value)) or (isinstance(func, ast.Name) and func.id == "exec")
        return False

    def text(self, node: ast.stmt | ast.expr) -> str:
        """The text of a node."""
        start, end = self.offsets.span(node)
        return self.source.text[start:end]

    # -- classes

    def _classes(self, indexes: list[int]) -> None:
        module = self.module
        by_name: dict[str, int] = {}
        for at in indexes:
            stmt = module.statements[at]
            if isinstance(stmt, ast.ClassDef):
                by_name[stmt.name] = at
        heirs: dict[str, list[int]] = {}
        ready = []
        for at in indexes:
            stmt = module.statements[at]
            if not isinstance(stmt, ast.ClassDef):
                continue
            for base in stmt.bases:
                if isinstance(base, ast.Name):
                    heirs.setdefault(base.id, []).append(at)
            if self._class_matters(stmt) or self._hit_in_class(stmt) or self._heir_of_elsewhere(stmt, by_name):
                ready.append(at)
        while ready:
            at = ready.pop()
            if at in module.chosen:
                continue
            stmt = module.statements[at]
            self._want(module, at)
            if isinstance(stmt, ast.ClassDef):
                ready.extend(heirs.get(stmt.name, ()))
        self.parents_of = {base for base in heirs if base in by_name}
        if self.parents_of:
            self._find_named(by_name)

    def _class_matters(self, stmt: ast.ClassDef) -> bool:
        attributes = [name for child in stmt.body if isinstance(child, ast.Assign | ast.AnnAssign) for name in bound(child)]
        if any(names.connection_name(name) for name in attributes):
            return True
        return self.whole_class(stmt) and any(name.lower() in ("host", "server", "hostname", "port", "smarthost") for name in attributes)

    def whole_class(self, stmt: ast.ClassDef) -> bool:
        """Whether every attribute of the class is about mail."""
        if not names.class_name(stmt.name):
            return False
        if _SETTINGS.search(stmt.name) or any(_last(base) in ("BaseSettings", "BaseModel") for base in stmt.bases):
            return True
        return any("dataclass" in _last(item.func if isinstance(item, ast.Call) else item) for item in stmt.decorator_list)

    def _hit_in_class(self, stmt: ast.ClassDef) -> bool:
        return bool(self.hits) and any(isinstance(child, ast.Assign | ast.AnnAssign) and self._hit(child) for child in stmt.body)

    def _heir_of_elsewhere(self, stmt: ast.ClassDef, local: dict[str, int]) -> bool:
        return bool(_SETTINGS.search(stmt.name)) and any(
            isinstance(base, ast.Name)
            and base.id not in local
            and base.id in self.module.binders
            and _SETTINGS.search(base.id)
            and base.id not in ("BaseSettings", "BaseConfig")
            for base in stmt.bases
        )

    def _find_named(self, local: dict[str, int]) -> None:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Name) and node.func.id in local:
                    self.named.add(node.func.id)
                elif _last(node.func) == "from_object" and node.args:
                    argument = node.args[0]
                    if isinstance(argument, ast.Name):
                        self.named.add(argument.id)
                    elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        self.named.add(argument.value.rpartition(".")[2])
            elif isinstance(node, ast.Dict):
                self.named.update(value.id for value in node.values if isinstance(value, ast.Name))

    def class_scope(self, stmt: ast.ClassDef) -> Scope:
        """The scope of a class body, with the statements that matter chosen."""
        scope = self.classes.get(id(stmt))
        if scope is not None:
            return scope
        scope = self.classes[id(stmt)] = Scope(stmt.body, self.module)
        whole = self.whole_class(stmt)
        for at, child in enumerate(scope.statements):
            if isinstance(child, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete):
                if any(
                    names.attribute_name(name) or name == "model_config" or (whole and not name.startswith("_")) for name in bound(child)
                ) or self._hit(child):
                    self._want(scope, at)
            elif isinstance(child, ast.ClassDef) and child.name == "Config":
                self._want(scope, at)
            elif isinstance(child, _FUNCTIONS) and any(names.attribute_name(name) or whole for name in bound(child)):
                # A property of that name hides the attribute.
                self._want(scope, at)
        return scope

    # -- functions

    def _functions(self) -> None:
        stack: list[tuple[ast.stmt, set[str]]] = [
            (stmt, set()) for stmt in reversed(self.module.statements) if isinstance(stmt, (*_FUNCTIONS, ast.ClassDef))
        ]
        while stack:
            stmt, hidden = stack.pop()
            if not self._hit(stmt):
                continue
            scope = Scope(getattr(stmt, "body", []), self.module)
            if isinstance(stmt, _FUNCTIONS):
                arguments = stmt.args
                every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
                if arguments.vararg is not None:
                    every.append(arguments.vararg)
                if arguments.kwarg is not None:
                    every.append(arguments.kwarg)
                shade = hidden | {argument.arg for argument in every}
                found = False
                for at, child in enumerate(scope.statements):
                    if isinstance(child, ast.Assign | ast.AnnAssign | ast.Expr | ast.Return) and self._hit(child):
                        found = True
                        self._want(scope, at)
                if found:
                    self.functions.append(Function(stmt.name, stmt.body, shade | set(scope.binders)))
                hidden = shade | set(scope.binders)
            stack.extend((child, hidden) for child in reversed(scope.statements) if isinstance(child, (*_FUNCTIONS, ast.ClassDef)))

    # -- what these need

    def _poison(self) -> None:
        """Names set by an assignment expression, or from inside a function: beyond what is followed here."""
        text = self.source.text
        if ":=" not in text and "global" not in text:
            return
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Global):
                self.poisoned.update(node.names)
            elif isinstance(node, ast.NamedExpr):
                self.poisoned.add(node.target.id)

    def want_name(self, scope: Scope | None, name: str) -> list[tuple[Scope, int]]:
        """The statements that bind a name in the innermost scope that does."""
        while scope is not None:
            if name in scope.asked:
                return []
            found = scope.binders.get(name)
            if found:
                scope.asked.add(name)
                return [(scope, at) for at in found]
            scope = scope.outer
        self.undefined.add(name)
        return []

    def _want(self, scope: Scope, at: int) -> None:
        queue = [(scope, at)]
        while queue:
            scope, at = queue.pop()
            if at in scope.chosen:
                continue
            scope.chosen.add(at)
            stmt = scope.statements[at]
            self.wanted.add(id(stmt))
            if scope.parents[at] >= 0:
                queue.append((scope, scope.parents[at]))
            for leaf in self._leaves(stmt):
                if len(self.leaves) >= MAX_LEAVES:
                    self.cut = True
                    break
                self.leaves[id(leaf)] = leaf
                for node in ast.walk(leaf):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                        queue.extend(self.want_name(scope, node.id))
            if isinstance(stmt, ast.ClassDef):
                for base in stmt.bases:
                    for node in ast.walk(base):
                        if isinstance(node, ast.Name):
                            queue.extend(self.want_name(scope, node.id))
                if scope is self.module:
                    self.class_scope(stmt)
                elif stmt.name == "Config":
                    nested = Scope(stmt.body, self.module)
                    self.classes[id(stmt)] = nested
                    queue.extend((nested, place) for name in ("env_file", "env_prefix") for place in nested.binders.get(name, ()))
            elif isinstance(stmt, ast.Assign | ast.AnnAssign | ast.AugAssign):
                # An augmented assignment, or a change of a part, needs what was there before.
                for name in bound(stmt):
                    if name not in scope.asked:
                        scope.asked.add(name)
                        queue.extend((scope, place) for place in scope.binders.get(name, ()))

    def _leaves(self, stmt: ast.stmt) -> list[ast.stmt | ast.expr]:
        if isinstance(stmt, ast.If):
            return [stmt.test]
        if isinstance(stmt, ast.With):
            return [item.context_expr for item in stmt.items if isinstance(item.context_expr, ast.Call)]
        if isinstance(stmt, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Delete | ast.Return):
            return [stmt]
        return []

    def weight(self, leaf: ast.stmt | ast.expr) -> int:
        """What a leaf costs libcst, about: its length times its depth. 0 when it is too deep to be read at all."""
        text = self.text(leaf)
        depth = most = 0
        for match in _OPEN.finditer(text):
            if match.group() in "([{":
                depth += 1
                most = max(most, depth)
            else:
                depth = max(0, depth - 1)
        # Brackets and quotes inside texts do not count, but telling them apart takes a second look.
        odd = most > MAX_BRACKETS or text.count('"') + text.count("'") > MAX_QUOTES
        if odd and not self._really_shallow(leaf):
            return 0
        deepest = min(most, MAX_BRACKETS)
        stack: list[tuple[ast.AST, int]] = [(leaf, 1)]
        while stack:
            node, level = stack.pop()
            if level > MAX_DEPTH:
                return 0
            deepest = max(deepest, level)
            stack.extend((child, level + 1) for child in ast.iter_child_nodes(node))
        return deepest * len(text)

    def _really_shallow(self, leaf: ast.stmt | ast.expr) -> bool:
        depth = 0
        stack: list[tuple[ast.AST, int]] = [(leaf, 0)]
        while stack:
            node, level = stack.pop()
            if isinstance(node, ast.Constant | ast.JoinedStr) and not isinstance(getattr(node, "value", ""), int | float | complex):
                piece = self.text(node)
                if piece.count('"') + piece.count("'") > MAX_QUOTES:
                    return False
            if isinstance(node, ast.Dict | ast.List | ast.Tuple | ast.Set | ast.Call | ast.Subscript | ast.ListComp | ast.GeneratorExp):
                level += 1
                depth = max(depth, level)
            stack.extend((child, level) for child in ast.iter_child_nodes(node))
        # Doubled parentheses leave no trace in the tree.
        return depth <= MAX_BRACKETS and "(" * MAX_BRACKETS not in self.text(leaf).replace(" ", "").replace("\n", "")


def _last(node: ast.expr) -> str:
    """The last part of a dotted name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _namespace_call(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("globals", "vars", "locals") and not node.args
    )
