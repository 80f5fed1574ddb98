"""Evaluates the expressions of settings modules, as far as they can be known without running anything.

Everything that is not understood is unresolved. The nodes are libcst's; their nesting was limited before they were read.
"""

from __future__ import annotations

import re

import libcst as cst

from smtplint.readers.python import lookups
from smtplint.readers.python.choices import shown
from smtplint.readers.python.model import MAX_TEXT, Blueprint, Data, EnvFile, Table, Thing, Value
from smtplint.readers.python.state import URLS, State
from smtplint.source import Place
from smtplint.tree import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
_PERCENT = re.compile(r"%(?:[sd]|%|(.))", re.DOTALL)
_BRACES = re.compile(r"\{([A-Za-z_]\w*|\d*)\}|\{\{|\}\}|[{}]")
_BIG = 1 << 64

HANDLER_ARGUMENTS = ("mailhost", "fromaddr", "toaddrs", "subject", "credentials", "secure", "timeout")


def empty(value: Value) -> bool:
    """A known None or empty text, list or table: as a default it says nothing."""
    return value.known and (
        value.data is None or value.data in ("", []) or (isinstance(value.data, Table) and not value.data.rows)
    )


def truthy(value: Value) -> bool | None:
    """The truth of a known value; None when it cannot be told."""
    if not value.known:
        return None
    data = value.data
    if isinstance(data, Table):
        return bool(data.rows) or (None if data.partial else False)
    if isinstance(data, Thing):
        return None
    if isinstance(data, Blueprint):
        return None
    if value.tag in URLS:
        return True
    return bool(data)


def literal(value: Value) -> tuple[str, object]:
    """A plain value as conditions remember it: equal if Python says so."""
    return ("number" if isinstance(value.data, int | float) else type(value.data).__name__, value.data)


class Call:
    """The arguments of a call, evaluated. `open`: there are `*` or `**` arguments that nobody can see into."""

    __slots__ = ("args", "keywords", "open", "rows")

    def __init__(self) -> None:
        self.args: list[Value] = []
        self.keywords: dict[str, Value] = {}
        self.rows: list[tuple[Value, Value]] = []
        self.open = False

    def pick(self, position: int, keyword: str) -> Value | None:
        """An argument by position or keyword."""
        if keyword in self.keywords:
            return self.keywords[keyword]
        return self.args[position] if position < len(self.args) else None


class Evaluator(State):
    """Expressions to values."""

    __slots__ = ()

    # -- building values

    def make(self, node: cst.CSTNode, data: Data, *, style: str = "code", tag: str = "") -> Value:
        """A known value that stands where `node` stands."""
        start, end = self.pieces.span(node)
        return Value(data, self.source, start, end, style=style, tag=tag)

    def unknown(self, node: cst.CSTNode, note: str = "", ident: Hashable = None, *, boolean: bool = False, tag: str = "") -> Value:
        """An unresolved value that stands where `node` stands."""
        self.trouble += 1
        start, end = self.pieces.span(node)
        return Value(
            None,
            self.source,
            start,
            end,
            known=False,
            note=note,
            boolean=boolean,
            tag=tag,
            ident=ident if ident is not None else self.identify(node),
        )

    def identify(self, node: cst.CSTNode) -> Hashable:
        """Equal for two expressions of the same text whose names stand for the same values."""
        start, end = self.pieces.span(node)
        text = self.source.text[start : min(end, start + 2000)]
        places = []
        for name in sorted(set(_IDENTIFIER.findall(text))):
            slot = self.find(name)
            if slot is not None:
                places.append((name, slot.value.ident if slot.value.ident is not None else slot.value.start))
        return ("code", " ".join(text.split()) if end - start <= 2000 else (start, end), tuple(places))

    # -- conditions

    def condition(self, node: cst.BaseExpression) -> bool | None:
        """Whether a condition holds in this world; None when that cannot be told and the world may not split on it."""
        if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
            truth = self.condition(node.expression)
            return None if truth is None else not truth
        if isinstance(node, cst.BooleanOperation):
            stop = isinstance(node.operator, cst.Or)
            left = self.condition(node.left)
            if left is stop:
                return stop
            right = self.condition(node.right)
            if right is stop:
                return stop
            return None if left is None else right
        return self.decide(self.eval(node), node)

    def decide(self, value: Value, node: cst.CSTNode, split: bool = True) -> bool | None:
        """The truth of a value in this world, splitting it if need be."""
        key: Hashable = value.ident
        if value.known and not value.assumed:
            truth = truthy(value)
            if truth is not None:
                return truth
        if key is None:
            key = self.identify(node) if not value.known else ("at", value.source.path, value.start, value.end)
        flip = False
        while isinstance(key, tuple) and len(key) == 2 and key[0] == "not":
            key, flip = key[1], not flip
        truth = self.choices.implied(key)
        if truth is None or self.choices.untold(key):
            if truth is None and (self.unsure or not split):
                return None
            start, end = self.pieces.span(node)
            text = shown(self.source.text[start:end])
            taken = self.choices.choose(key, (not flip, flip), {not flip: f"if {text}", flip: f"else of if {text}"})
            if taken is None:
                return None
            truth = taken is True
        return truth is not flip

    # -- expressions

    def eval(self, node: cst.CSTNode) -> Value:
        """The value of an expression."""
        method = _EVAL.get(type(node).__name__)
        return method(self, node) if method is not None else self.unknown(node)

    def _simple(self, node: cst.SimpleString) -> Value:
        if "b" in node.prefix.lower():
            return self.unknown(node)
        try:
            data = node.evaluated_value
        except (ValueError, SyntaxError):
            return self.unknown(node)
        if not isinstance(data, str) or "\ud800" <= max(data, default="") <= "\udfff":
            return self.unknown(node)
        return self.make(node, data, style="double" if node.quote[0] == '"' else "single")

    def _concatenated(self, node: cst.ConcatenatedString) -> Value:
        return self.joined(node, [self.eval(node.left), self.eval(node.right)])

    def joined(self, node: cst.CSTNode, parts: list[Value]) -> Value:
        """Texts put together."""
        if not all(part.plain and isinstance(part.data, str) for part in parts):
            return self.carry(self.unknown(node), parts)
        text = "".join(str(part.data) for part in parts)
        if len(text) > MAX_TEXT:
            return self.unknown(node)
        return self.carry(self.make(node, text), parts)

    def carry(self, value: Value, parts: list[Value]) -> Value:
        """`value`, remembering what its parts rest on."""
        for part in parts:
            if part.assumed:
                value.assumed = value.known
                value.note = value.note or part.note
                if value.ident is None:
                    value.ident = ("of", part.ident, value.start, value.end)
            if part.via:
                value.via = value.via or part.via
            if not part.known and not value.known:
                value.note = value.note or part.note
        return value

    def _formatted(self, node: cst.FormattedString) -> Value:
        parts = []
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                text = part.value.replace("{{", "{").replace("}}", "}")
                if "\\" in text and "r" not in node.start.lower():
                    return self.unknown(node)
                parts.append(self.make(node, text.replace("\r\n", "\n").replace("\r", "\n")))
            elif isinstance(part, cst.FormattedStringExpression):
                value = self.eval(part.expression)
                if part.conversion is not None or part.format_spec is not None or part.equal is not None or not value.plain:
                    return self.carry(self.unknown(node), [value])
                if isinstance(value.data, float) or value.tag in URLS:
                    return self.unknown(node)
                parts.append(value.but(data=str(value.data)))
        return self.joined(node, parts)

    def _integer(self, node: cst.Integer) -> Value:
        data = node.evaluated_value
        return self.make(node, data, style="plain") if abs(data) < _BIG else self.unknown(node)

    def _float(self, node: cst.Float) -> Value:
        return self.make(node, node.evaluated_value, style="plain")

    def _name(self, node: cst.Name) -> Value:
        name = node.value
        if name in ("True", "False", "None"):
            return self.make(node, {"True": True, "False": False, "None": None}[name], style="plain")
        if name in self.poisoned:
            return self.unknown(node)
        slot = self.find(name)
        if slot is not None:
            self.trouble += slot.value.conditional
            value = self.settle(slot.value)
            if value.plain or not value.known:
                start, end = self.pieces.span(node)
                value = value.but(via=(Place(self.source, start, end), *value.via), conditional=False)
            return value
        if name in self.hidden:
            return self.unknown(node)
        if name == "__file__":
            return self.make(node, Thing("path", "__file__", ["__file__"]))
        if name == "__name__":
            return self.unknown(node, ident=("name",))
        if self.lenient and name in lookups.CUSTOMARY:
            kind, dotted = lookups.CUSTOMARY[name]
            return self.make(node, Thing(kind, dotted, {} if kind == "env" else None))
        if name == "os":
            return self.make(node, Thing("module", "os"))
        if name in _BUILTINS:
            return self.make(node, Thing("builtin", name))
        return self.unknown(node)

    def _attribute(self, node: cst.Attribute) -> Value:
        base = self.eval(node.value)
        name = node.attr.value
        if base.known and isinstance(base.data, Thing):
            thing = base.data
            if thing.kind == "module":
                if f"{thing.dotted}.{name}" in ("typing.TYPE_CHECKING", "typing_extensions.TYPE_CHECKING"):
                    return self.make(node, False)
                return self.make(node, Thing("module", f"{thing.dotted}.{name}"))
            if thing.kind == "env":
                return self.make(node, Thing("method", name, base))
            if thing.kind == "path":
                parts = thing.data
                if name == "parent" and isinstance(parts, list):
                    return self.make(node, Thing("path", "", _parent(parts)))
                return self.make(node, Thing("method", name, base))
        if base.known and isinstance(base.data, Blueprint):
            found = base.data.attributes.get(name)
            if found is not None:
                start, end = self.pieces.span(node)
                value = self.settle(found)
                return value.but(via=(Place(self.source, start, end), *value.via)) if value.plain or not value.known else value
            return self.unknown(node)
        if base.known or base.lookup or base.assumed:
            return self.make(node, Thing("method", name, base))
        if name not in _METHODS:
            return self.unknown(node, tag=base.tag if base.tag in URLS else "")
        return self.make(node, Thing("method", name, base))

    def _subscript(self, node: cst.Subscript) -> Value:
        base = self.eval(node.value)
        if len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
            return self.unknown(node)
        key = self.eval(node.slice[0].slice.value)
        if base.tag in URLS:
            return self.unknown(node, tag=base.tag)
        if base.known and isinstance(base.data, Thing):
            if base.data.dotted == "os.environ" and base.data.kind == "module":
                return self.lookup(node, key, None, strict=True, label="os.environ")
            if base.data.kind == "env":
                return self.env_call(node, base.data, "__call__", key, Call())
            return self.unknown(node)
        if not base.known or not key.plain:
            return self.unknown(node)
        if isinstance(base.data, Table):
            found = base.data.get(key.data)
            if found is not None and all(row.known for row, _ in base.data.rows):
                return self.settle(found)
        elif isinstance(base.data, list) and isinstance(key.data, int) and -len(base.data) <= key.data < len(base.data):
            return self.settle(base.data[key.data])
        elif isinstance(base.data, str) and isinstance(key.data, int) and -len(base.data) <= key.data < len(base.data):
            return self.carry(self.make(node, base.data[key.data]), [base])
        return self.unknown(node)

    def _list(self, node: cst.List | cst.Tuple | cst.Set) -> Value:
        items = []
        for element in node.elements:
            value = self.eval(element.value)
            if isinstance(element, cst.StarredElement):
                if not value.known or not isinstance(value.data, list):
                    return self.unknown(node)
                items.extend(value.data)
            else:
                items.append(value)
        return self.make(node, items, tag=type(node).__name__.lower())

    def _dict(self, node: cst.Dict) -> Value:
        table = Table([])
        for element in node.elements:
            value = self.eval(element.value)
            if isinstance(element, cst.DictElement):
                table.rows.append((self.eval(element.key), value))
            elif value.known and isinstance(value.data, Table):
                table.rows.extend(value.data.rows)
                table.partial = table.partial or value.data.partial
            else:
                # What is spread last may replace what was there; what follows stays.
                table.rows = [(key, self.blurred(item)) for key, item in table.rows]
                table.partial = True
        return self.make(node, table)

    def _unary(self, node: cst.UnaryOperation) -> Value:
        value = self.eval(node.expression)
        if isinstance(node.operator, cst.Not):
            truth = truthy(value)
            ident = (
                ("not", value.ident if value.ident is not None else self.identify(node.expression))
                if not value.known or value.assumed
                else None
            )
            if truth is None:
                return self.unknown(node, value.note, ident, boolean=True)
            return self.derived(node, value, not truth, ident)
        data = value.data
        if value.plain and isinstance(data, int | float):
            if isinstance(node.operator, cst.Minus):
                return self.carry(self.make(node, -data), [value])
            if isinstance(node.operator, cst.Plus):
                return self.carry(self.make(node, +data), [value])
        return self.carry(self.unknown(node), [value])

    def derived(self, node: cst.CSTNode, value: Value, data: Data, ident: Hashable) -> Value:
        """What follows from one value: it stands where that stands if that came from elsewhere, else where the expression stands."""
        boolean = isinstance(data, bool)
        if value.assumed or value.source is not self.source:
            return value.but(data=data, style="code", tag="", ident=ident, boolean=boolean, lookup="", unset=None)
        return self.carry(self.make(node, data), [value]).but(ident=ident, boolean=boolean)

    def _binary(self, node: cst.BinaryOperation) -> Value:
        left, right = self.eval(node.left), self.eval(node.right)
        sign = type(node.operator).__name__
        if sign == "Divide" and left.known and isinstance(left.data, Thing) and left.data.kind == "path":
            return self.make(node, self.path_join([left, right]))
        if left.known and right.known:
            data = self.computed(sign, left, right)
            if data is not lookups.FAILED:
                return self.carry(self.make(node, data), [left, right])  # type: ignore[arg-type]
        return self.carry(self.unknown(node), [left, right])

    def computed(self, sign: str, left: Value, right: Value) -> object:
        a, b = left.data, right.data
        if left.tag in URLS or right.tag in URLS:
            return lookups.FAILED
        if isinstance(a, str):
            if sign == "Add" and isinstance(b, str) and len(a) + len(b) <= MAX_TEXT:
                return a + b
            if sign == "Modulo":
                return _percent(a, b)
            return lookups.FAILED
        if isinstance(a, list) and isinstance(b, list) and sign == "Add" and left.tag == right.tag and len(a) + len(b) < 10_000:
            return a + b
        if isinstance(a, Table) and isinstance(b, Table) and sign == "BitOr":
            return Table([*a.rows, *b.rows], partial=a.partial or b.partial)
        if not isinstance(a, int | float) or not isinstance(b, int | float):
            return lookups.FAILED
        try:
            result: int | float
            if sign == "Add":
                result = a + b
            elif sign == "Subtract":
                result = a - b
            elif sign == "Multiply":
                result = a * b
            elif sign == "FloorDivide":
                result = a // b
            elif sign == "Divide":
                result = a / b
            elif sign == "Modulo":
                result = a % b
            else:
                return lookups.FAILED
        except (ArithmeticError, ValueError):
            return lookups.FAILED
        return result if abs(result) < _BIG else lookups.FAILED

    def _boolean(self, node: cst.BooleanOperation) -> Value:
        left = self.eval(node.left)
        stop = isinstance(node.operator, cst.Or)
        truth = truthy(left)
        if truth is None and left.known is False and stop and left.unset is not None and truthy(left.unset) is False:
            right = self.eval(node.right)
            note = f"the default in {left.written} or …"
            ident = ("or", left.ident, right.ident, right.start)
            if right.known and not empty(right):
                return right.but(assumed=True, note=note, ident=ident, via=right.via, boolean=False)
            return left.but(unset=right if right.known else right.unset, ident=ident, start=left.start, end=left.end, boolean=False)
        if truth is None:
            self.eval(node.right)
            return self.unknown(node, left.note)
        if truth is stop:
            return left
        right = self.eval(node.right)
        if left.assumed:
            changed = right.but(
                assumed=right.known, ident=("or", left.ident, right.ident, right.start), boolean=right.boolean and left.boolean
            )
            changed.note = changed.note or left.note
            return changed
        return right

    def _conditional(self, node: cst.IfExp) -> Value:
        test = self.eval(node.test)
        truth = truthy(test) if test.known and not test.assumed else None
        if truth is None:
            # Without a split if both ways come to the same.
            yes, no = self.eval(node.body), self.eval(node.orelse)
            if yes.plain and no.plain and type(yes.data) is type(no.data) and yes.data == no.data:
                return self.carry(yes.but(), [no])
            truth = self.condition(node.test)
            if truth is None:
                return self.carry(self.unknown(node), [yes, no])
        return self.eval(node.body if truth else node.orelse)

    # -- comparisons

    def _comparison(self, node: cst.Comparison) -> Value:
        left = self.eval(node.left)
        if len(node.comparisons) != 1:
            values = [left, *(self.eval(item.comparator) for item in node.comparisons)]
            outcome: object = True
            for first, second, item in zip(values, values[1:], node.comparisons, strict=False):
                each = self.compare(type(item.operator).__name__, first, second)
                if not isinstance(each, bool):
                    return self.unknown(node, boolean=True)
                outcome = outcome and each
            return self.carry(self.make(node, bool(outcome)), values).but(boolean=True)
        sign = type(node.comparisons[0].operator).__name__
        right = self.eval(node.comparisons[0].comparator)
        if sign in ("In", "NotIn") and right.known and isinstance(right.data, Thing) and right.data.dotted == "os.environ" and left.plain:
            return self.present(node, str(left.data), sign == "In")
        ident = self.relation(sign, left, right)
        if left.known and right.known:
            outcome = self.compare(sign, left, right)
            if isinstance(outcome, bool):
                value = self.derived(node, left, outcome, ident)
                return self.carry(value, [right])
        return self.unknown(node, left.note, ident, boolean=True)

    def relation(self, sign: str, left: Value, right: Value) -> Hashable:
        """What a comparison with literals is known by; None when both sides are known for sure."""
        if left.known and not left.assumed and right.known and not right.assumed:
            return None
        if left.known and not left.assumed and sign in ("Equal", "NotEqual"):
            left, right = right, left
        if left.ident is None or not right.known or right.assumed:
            return None
        negate = sign in ("NotEqual", "IsNot", "NotIn")
        key: Hashable = None
        if sign in ("Is", "IsNot", "Equal", "NotEqual") and right.plain:
            if isinstance(right.data, bool) and left.boolean:
                key, negate = left.ident, negate is right.data
            elif sign in ("Equal", "NotEqual"):
                key = ("==", left.ident, literal(right))
            else:
                key = ("is", left.ident, literal(right))
        elif sign in ("In", "NotIn") and isinstance(right.data, list) and all(item.plain and not item.assumed for item in right.data):
            key = ("in", left.ident, frozenset(literal(item) for item in right.data))
        if key is None:
            return None
        return ("not", key) if negate else key

    def compare(self, sign: str, left: Value, right: Value) -> object:
        """The outcome of a comparison of known values, or FAILED."""
        a, b = left.data, right.data
        if left.tag in URLS or right.tag in URLS:
            return lookups.FAILED
        if sign in ("Is", "IsNot"):
            if not right.plain or not (right.data is None or isinstance(right.data, bool)):
                return lookups.FAILED
            if isinstance(a, Thing) or not left.known:
                return lookups.FAILED
            same = a is b if left.plain else False
            return same is (sign == "Is")
        if sign in ("In", "NotIn"):
            if isinstance(b, str):
                return (a in b) is (sign == "In") if isinstance(a, str) else lookups.FAILED
            if not left.plain:
                return lookups.FAILED
            items = b if isinstance(b, list) else [key for key, _ in b.rows] if isinstance(b, Table) and not b.partial else None
            if items is None or not all(item.plain for item in items):
                return lookups.FAILED
            return any(item.data == a for item in items) is (sign == "In")
        if not left.plain or not right.plain:
            return lookups.FAILED
        if sign == "Equal":
            return a == b
        if sign == "NotEqual":
            return a != b
        if (isinstance(a, int | float) and isinstance(b, int | float)) or (isinstance(a, str) and isinstance(b, str)):
            if sign == "LessThan":
                return a < b  # type: ignore[operator]
            if sign == "LessThanEqual":
                return a <= b  # type: ignore[operator]
            if sign == "GreaterThan":
                return a > b  # type: ignore[operator]
            if sign == "GreaterThanEqual":
                return a >= b  # type: ignore[operator]
        return lookups.FAILED

    def present(self, node: cst.CSTNode, name: str, positive: bool) -> Value:
        """`"X" in os.environ`."""
        self.reads.setdefault(name)
        found = self.environ(name)
        if name in self.overrides or isinstance(found, Scalar):
            return self.make(node, positive)
        if found is None:
            return self.make(node, not positive)
        ident: Hashable = ("set", name)
        return self.unknown(node, ident=ident if positive else ("not", ident), boolean=True)

    # -- calls

    def arguments(self, node: cst.Call) -> Call:
        """The arguments of a call."""
        call = Call()
        for argument in node.args:
            value = self.eval(argument.value)
            if argument.star == "*":
                if value.known and isinstance(value.data, list):
                    call.args.extend(value.data)
                else:
                    call.open = True
            elif argument.star == "**":
                if value.known and isinstance(value.data, Table):
                    for key, item in value.data.rows:
                        if key.plain and isinstance(key.data, str):
                            call.keywords[key.data] = item
                            call.rows.append((key, item))
                    call.open = call.open or value.data.partial
                else:
                    call.open = True
            elif argument.keyword is not None:
                call.keywords[argument.keyword.value] = value
                call.rows.append((self.make(argument.keyword, argument.keyword.value, style="plain"), value))
            else:
                call.args.append(value)
        return call

    def _call(self, node: cst.Call) -> Value:
        func = self.eval(node.func)
        call = self.arguments(node)
        name = _callee(node.func)
        if name in ("ConnectionConfig", "SMTPHandler"):
            return self.mail_call(node, name, func, call)
        if func.known and isinstance(func.data, Blueprint):
            return func if not node.args and not func.data.foreign else self.unknown(node)
        if not func.known or not isinstance(func.data, Thing):
            return self.unknown(node)
        thing = func.data
        if thing.kind == "builtin":
            return self.builtin(node, thing.dotted, call)
        if thing.kind == "module":
            return self.module_call(node, thing.dotted, call)
        if thing.kind == "env":
            return self.env_call(node, thing, "__call__", None, call)
        if thing.kind == "path":
            return self.make(node, self.path_join([func, *call.args]))
        if thing.kind == "method" and isinstance(thing.data, Value):
            return self.method(node, thing.data, thing.dotted, call)
        return self.unknown(node)

    def mail_call(self, node: cst.Call, name: str, func: Value, call: Call) -> Value:
        """A mail client built in code: remembered, once per place."""
        value = self.make(node, None)
        local = func.known and isinstance(func.data, Blueprint)
        rows = list(call.rows)
        if name == "SMTPHandler":
            for position, item in enumerate(call.args[: len(HANDLER_ARGUMENTS)]):
                key = HANDLER_ARGUMENTS[position]
                rows.append((Value(key, item.source, item.start, item.start), item))
        elif not any(key.data in ("MAIL_SERVER", "MAIL_PORT", "MAIL_STARTTLS", "MAIL_TLS") for key, _ in rows) and not call.open:
            return self.unknown(node)
        if local or value.start in self.seen:
            return self.unknown(node)
        self.seen.add(value.start)
        table = Table(rows, partial=call.open, tag=name)
        self.calls.append((f"{name}()", value.but(data=table, conditional=bool(self.unsure))))
        return self.make(node, Thing("client", name))

    def builtin(self, node: cst.CSTNode, name: str, call: Call) -> Value:
        """Calls of Python's own functions."""
        if name in ("int", "str", "bool", "float") and len(call.args) == 1 and not call.keywords and not call.open:
            return self.cast(node, self.settle(call.args[0]), name, "python")
        if name in ("globals", "vars", "locals") and not call.args:
            # Inside a class or function these are its own names, except globals(); there they are left alone.
            return self.make(node, Thing("namespace", name)) if len(self.scopes) == 1 else self.unknown(node)
        if name == "dict" and not call.open and len(call.args) <= 1:
            rows: list[tuple[Value, Value]] = []
            partial = False
            if call.args:
                base = call.args[0]
                if not base.known or not isinstance(base.data, Table):
                    return self.unknown(node)
                rows, partial = list(base.data.rows), base.data.partial
            return self.make(node, Table([*rows, *call.rows], partial=partial))
        if name in ("list", "tuple", "set") and not call.keywords:
            if not call.args:
                return self.make(node, [], tag=name)
            if call.args[0].known and isinstance(call.args[0].data, list):
                return self.make(node, list(call.args[0].data), tag=name)
        return self.carry(
            self.unknown(node, boolean=name == "bool", ident=("truth", call.args[0].ident) if name == "bool" and call.args else None),
            call.args[:1],
        )

    def cast(self, node: cst.CSTNode, value: Value, kind: str, tool: str) -> Value:
        """A value cast by int(), str(), bool() or float(); it goes on standing where it was written."""
        if value.tag in URLS or (value.known and isinstance(value.data, Thing)):
            if kind == "str" and isinstance(value.data, Thing) and value.data.kind == "path":
                return value
            return self.unknown(node)
        if kind == "bool" and tool == "python" and not value.plain:
            truth = truthy(value)
            return (
                self.make(node, truth)
                if truth is not None
                else value.but(known=False, data=None, boolean=True, tag="bool", unset=None, lookup="")
            )
        if value.plain:
            if kind == "str" and isinstance(value.data, float):
                return self.unknown(node)
            data = lookups.cast(kind, tool, value.data)
            if data is not lookups.FAILED:
                same = type(data) is type(value.data) and data == value.data
                ident = value.ident if same or kind == "bool" else ("cast", kind, value.ident) if value.ident is not None else None
                return value.but(
                    data=data, tag=kind, style=value.style if same else "code", ident=ident, boolean=kind == "bool", unset=None, lookup=""
                )
            self.trouble += 1
            return value.but(known=False, data=None, tag=kind, ident=("cast", kind, value.start, value.end), assumed=False)
        if value.known:
            return self.unknown(node)
        unset = value.unset
        if unset is not None and unset.known:
            data = lookups.cast(kind, tool, unset.data) if unset.plain else lookups.FAILED
            unset = None if data is lookups.FAILED else unset.but(data=data)
        return value.but(
            tag=value.tag or kind,
            ident=value.ident if kind == "bool" else ("cast", kind, value.ident),
            boolean=kind == "bool",
            unset=unset,
        )

    def module_call(self, node: cst.Call, dotted: str, call: Call) -> Value:
        """Calls of functions and classes that come from modules."""
        if dotted in ("os.getenv", "os.environ.get"):
            name, default = call.pick(0, "key"), call.pick(1, "default")
            if name is None or call.open:
                return self.unknown(node)
            return self.lookup(node, name, default, label=dotted)
        if dotted in ("os.environ.setdefault",) and len(call.args) == 2 and call.args[0].plain:
            self.set_variable(str(call.args[0].data), call.args[1], keep=True)
            return self.unknown(node)
        if dotted in ("environ.Env", "environ.FileAwareEnv", "environs.Env", "environs.FileAwareEnv", "environ.env"):
            tool = dotted.partition(".")[0]
            scheme: dict[str, tuple[Value, ...]] = {}
            for key, value in call.keywords.items():
                scheme[key] = tuple(value.data) if value.known and isinstance(value.data, list) else (value,)
            if tool == "environs":
                scheme = {}
            return self.make(node, Thing("env", tool, scheme))
        if dotted in ("decouple.config", "prettyconf.config", "decouple.AutoConfig", "prettyconf.Configuration"):
            if dotted.endswith("onfig") and dotted[-6] == "c":
                return self.env_call(node, Thing("env", dotted.partition(".")[0], {}), "__call__", None, call)
            return self.make(node, Thing("env", dotted.partition(".")[0], {}))
        if dotted in ("decouple.Config", "starlette.config.Config"):
            tool = "decouple" if dotted.startswith("decouple") else "starlette"
            path = call.pick(0, "env_file") if tool == "starlette" else None
            if path is not None:
                self.remember_file(node, path, tool)
            return self.make(node, Thing("env", tool, {}))
        if dotted in ("decouple.RepositoryEnv", "decouple.RepositoryIni"):
            if call.args:
                self.remember_file(node, call.args[0], "decouple")
            return self.unknown(node)
        if dotted in ("decouple.Csv", "decouple.Choices"):
            return self.make(node, Thing("cast", dotted))
        if dotted in ("environ.Env.read_env", "dotenv.load_dotenv", "dotenv.read_dotenv", "environs.Env.read_env"):
            tool = "environ" if dotted.startswith("environ.") else "environs" if dotted.startswith("environs") else "dotenv"
            path = call.pick(0, "dotenv_path" if tool == "dotenv" else "path" if tool == "environs" else "env_file")
            override = call.keywords.get("override") or call.keywords.get("overwrite")
            self.remember_file(node, path, tool, override=override is not None and truthy(override) is not False)
            return self.unknown(node)
        if dotted in ("dotenv.find_dotenv",):
            return self.make(node, Thing("path", "search", None if call.args or call.keywords else [""]))
        if dotted in ("dj_email_url.config", "dj_email_url.parse"):
            return self.url_call(node, dotted, call)
        if dotted in ("environ.Env.email_url_config",) and call.args:
            return self.remember_url(node, call.args[0], "email_url")
        if dotted in ("os.path.join", "os.path.dirname", "os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser"):
            return self.os_path(node, dotted, call)
        if dotted in ("pathlib.Path", "pathlib.PurePath", "environ.Path") and call.args:
            made = self.path_join(call.args)
            return self.make(node, made) if made.data is not None else self.unknown(node)
        if dotted.startswith("configurations.values."):
            return self.configurations_value(node, dotted.rpartition(".")[2], call)
        if dotted.rpartition(".")[2] in ("SecretStr", "Secret") and len(call.args) == 1:
            return call.args[0]
        if dotted in ("pydantic.Field", "pydantic.fields.Field"):
            return self.make(node, Thing("field", "", call))
        if dotted in ("pydantic_settings.SettingsConfigDict", "pydantic.ConfigDict"):
            return self.make(node, Table(call.rows, partial=call.open))
        return self.unknown(node)

    # -- environment

    def lookup(
        self,
        node: cst.CSTNode,
        key: Value,
        default: Value | None,
        *,
        strict: bool = False,
        label: str = "",
        kind: str = "none",
        tool: str = "python",
    ) -> Value:
        """The environment variable named by `key`, or its default.

        `strict`: Python would raise when it is not set and there is no default. `kind`: what it is cast to, by `tool`. `label`: how the look-up is
        written, for people.
        """
        name = key.data
        if not key.plain or not isinstance(name, str):
            return self.unknown(node)
        self.reads.setdefault(name)
        start, end = self.pieces.span(node)
        here = Place(self.source, start, end)
        called = name if _VARIABLE.match(name) else "…"
        written = f"{label}['{called}']" if label == "os.environ" else f"{label}('{called}'" + (")" if default is None else ", …)")
        ident: Hashable = ("env", name)
        if kind not in ("none", "str"):
            ident = ("cast", kind, ident)
        if default is not None:
            known_default = (type(default.data).__name__, default.data) if default.plain else (default.ident, default.start)
            if not (default.plain and default.data is None):
                ident = ("or", ident, known_default)
        override = self.overrides.get(name)
        if override is not None:
            value = override.but(via=(here, *override.via))
            return self.cast(node, value, kind, tool) if kind != "none" else value
        found = self.environ(name)
        if isinstance(found, Scalar):
            value = Value(
                found.text,
                found.source,
                found.start,
                found.end,
                known=found.state == "known",
                style=found.style,
                via=(here, *found.via),
                note=found.note,
                ident=None if found.state == "known" else ident,
                tag=found.tag,
            )
            if not value.known:
                value.data = None
            return self.cast(node, value, kind, tool).but(tag=kind if kind != "none" else value.tag) if kind != "none" else value
        note = f"set by the environment variable {called}"
        self.trouble += 1
        if default is None:
            if found is None and not strict:
                return Value(None, self.source, start, end, note=f"the environment variable {called} is not set")
            gone = None if strict else Value(None, self.source, start, end)
            return Value(
                None,
                self.source,
                start,
                end,
                known=False,
                note=note,
                lookup=name,
                unset=gone,
                ident=ident,
                boolean=kind == "bool",
                tag=kind if kind != "none" else "",
                written=written,
            )
        if kind != "none" and tool in lookups.CASTS_DEFAULTS and default.known:
            default = self.cast(node, default, kind, tool)
        if found is None:
            return default.but(note=default.note or f"the default in {written}")
        if default.known and not empty(default):
            return default.but(assumed=True, note=f"the default in {written}", ident=ident, boolean=kind == "bool")
        return Value(
            None,
            self.source,
            start,
            end,
            known=False,
            note=note,
            lookup=name,
            ident=ident,
            boolean=kind == "bool",
            tag=kind if kind != "none" else "",
            unset=default if default.known else default.unset,
            written=written,
        )

    def env_call(self, node: cst.CSTNode, thing: Thing, name: str, key: Value | None, call: Call) -> Value:
        """A call of an Env object, of one of its methods, or of decouple's `config`."""
        tool = thing.dotted
        if key is None:
            key = call.pick(0, "var" if tool == "environ" else "name" if tool == "environs" else "option" if tool == "decouple" else "key")
        if name == "read_env":
            path = call.pick(0, "env_file" if tool == "environ" else "path")
            override = call.keywords.get("overwrite") or call.keywords.get("override")
            self.remember_file(node, path, tool, override=override is not None and truthy(override) is not False)
            return self.unknown(node)
        if name == "prefixed":
            return self.make(node, Thing("prefix", "", key.data if key is not None and key.plain else None))
        if name == "path" or (name == "__call__" and key is not None and not key.plain):
            return self.unknown(node)
        kind = lookups.ENV_METHODS.get(name)
        if name in ("email_url_config",) and key is not None:
            return self.remember_url(node, key, "email_url")
        if kind == "url":
            tag = "email_url" if tool == "environ" and name != "dj_email_url" else "dj_email_url"
            if key is None:
                key = self.make(node, "EMAIL_URL")
            position = 1
            return self.remember_url(
                node, self.lookup(node, self.prefixed(key), call.pick(position, "default"), strict=True, label="env.email_url"), tag
            )
        if kind is None or key is None or call.open:
            return self.unknown(node)
        key = self.prefixed(key)
        if tool == "environ" and name in ("__call__", "get_value"):
            default, caster = call.pick(2, "default"), call.pick(1, "cast")
        elif tool == "environ":
            default, caster = call.keywords.get("default", call.args[-1] if len(call.args) > 1 else None), None
        elif tool in ("starlette", "decouple") and name == "__call__":
            default = call.pick(1 if tool == "decouple" else 2, "default")
            caster = call.pick(2 if tool == "decouple" else 1, "cast")
        else:
            default, caster = call.pick(1, "default"), call.keywords.get("cast")
        if caster is not None and not (caster.plain and caster.data is None):
            wanted = caster.data if caster.known else None
            if isinstance(wanted, Thing) and wanted.kind == "builtin" and wanted.dotted in ("int", "str", "bool", "float"):
                kind = wanted.dotted
            else:
                return self.unknown(node, f"set by the environment variable {key.data}" if _VARIABLE.match(str(key.data)) else "")
        elif tool == "environ" and isinstance(thing.data, dict) and isinstance(key.data, str) and key.data in thing.data:
            row = thing.data[key.data]
            first = row[0]
            if (
                first.known
                and isinstance(first.data, Thing)
                and first.data.kind == "builtin"
                and first.data.dotted in ("int", "str", "bool", "float")
            ):
                kind = first.data.dotted if name in ("__call__", "get_value") else kind
                if default is None and len(row) > 1:
                    default = row[1]
            else:
                return self.unknown(node)
        label = "config" if tool in ("decouple", "starlette", "prettyconf") else "env" if name == "__call__" else f"env.{name}"
        if (
            kind == "str"
            and default is not None
            and tool == "environs"
            and not (default.plain and isinstance(default.data, str))
            and not empty(default)
        ):
            return self.lookup(node, key, default, strict=True, label=label, kind="none", tool=tool)
        if tool == "decouple" and not any(item.tool == "decouple" for item in self.env_files):
            start, end = self.pieces.span(node)
            self.env_files.append(EnvFile("", "decouple", start, end))
        return self.lookup(node, key, default, strict=True, label=label, kind=kind, tool="environ" if tool == "environ" else tool)

    def prefixed(self, key: Value) -> Value:
        """The name looked up inside `with env.prefixed("X_")`."""
        for prefix in reversed(self.prefixes):
            key = key.but(data=f"{prefix}{key.data}") if prefix is not None and key.plain else key.but(known=False)
        return key

    def remember_file(self, node: cst.CSTNode, path: Value | None, tool: str, *, override: bool = False) -> None:
        """An env file that the module reads."""
        start, end = self.pieces.span(node)
        text: str | None = ""
        if path is not None and not (path.plain and path.data is None):
            text = self.path_text(path)
        self.env_files.append(EnvFile(text or "", tool, start, end, known=text is not None, override=override))

    def remember_url(self, node: cst.CSTNode, url: Value, tag: str) -> Value:
        """A mail URL: kept as a text with a tag, since its parts are the business of whoever knows the schemes."""
        value = (
            url.but(tag=tag, unset=None)
            if url.known and isinstance(url.data, str)
            else url.but(known=False, data=None, tag=tag, unset=None)
        )
        key = "environ.email_url()" if tag == "email_url" else "dj_email_url()"
        self.urls = [(name, item) for name, item in self.urls if (item.start, item.end, name) != (value.start, value.end, key)]
        self.urls.append((key, value))
        return value

    def url_call(self, node: cst.CSTNode, dotted: str, call: Call) -> Value:
        if dotted.endswith("parse"):
            url = call.pick(0, "url")
            return self.remember_url(node, url if url is not None else self.unknown(node), "dj_email_url")
        name = call.pick(0, "env")
        key = name if name is not None else self.make(node, "EMAIL_URL")
        return self.remember_url(
            node, self.lookup(node, key, call.pick(1, "default"), strict=True, label="dj_email_url.config"), "dj_email_url"
        )

    def configurations_value(self, node: cst.CSTNode, name: str, call: Call) -> Value:
        """A Value of django-configurations: its default, unless the environment says otherwise."""
        default = call.pick(0, "default")
        if name == "EmailURLValue":
            return self.remember_url(node, default if default is not None and default.known else self.unknown(node), "dj_email_url")
        if (
            name not in ("Value", "IntegerValue", "BooleanValue", "PositiveIntegerValue", "FloatValue")
            or default is None
            or not default.known
        ):
            return self.unknown(node)
        off = call.keywords.get("environ")
        if off is not None and truthy(off) is False:
            return default
        if empty(default):
            return self.unknown(node)
        return default.but(assumed=True, note=f"the default in values.{name}(…)", ident=("values", default.start))

    # -- methods

    def method(self, node: cst.Call, base: Value, name: str, call: Call) -> Value:
        """A method of a text, list, dictionary or Env object."""
        base = self.settle(base)
        if base.known and isinstance(base.data, Thing):
            if base.data.kind == "env":
                return self.env_call(node, base.data, name, None, call)
            if base.data.kind == "path":
                if name in ("resolve", "absolute", "expanduser"):
                    return base
                if name in ("joinpath", "path"):
                    return self.make(node, self.path_join([base, *call.args]))
            return self.unknown(node)
        if base.tag in URLS:
            return self.unknown(node, tag=base.tag)
        if base.known and isinstance(base.data, Table) and name == "get" and call.args and call.args[0].plain:
            found = base.data.get(call.args[0].data)
            if all(key.known for key, _ in base.data.rows):
                if found is not None:
                    return self.settle(found)
                if not base.data.partial:
                    default = call.pick(1, "default")
                    return default if default is not None else self.make(node, None)
            return self.unknown(node)
        if base.known and isinstance(base.data, Table) and name == "copy":
            return self.make(node, Table(list(base.data.rows), partial=base.data.partial, tag=base.data.tag))
        if not base.known and name in _METHODS and name not in ("get", "format", "join"):
            arguments = tuple(item.data if item.plain else (item.ident, item.start) for item in call.args)
            ident = (name, base.ident, arguments) if base.ident is not None else None
            value = self.unknown(node, base.note, ident, boolean=name in ("startswith", "endswith"))
            if base.unset is not None and base.unset.plain and isinstance(base.unset.data, str) and name in ("strip", "lower", "upper"):
                value.unset = base.unset.but(data=getattr(base.unset.data, name)())
                value.lookup = base.lookup
            return value
        if base.plain and isinstance(base.data, str):
            return self.text_method(node, base, base.data, name, call)
        return self.carry(self.unknown(node), [base])

    def text_method(self, node: cst.CSTNode, base: Value, text: str, name: str, call: Call) -> Value:
        """A method of a known text."""
        arguments = [item.data for item in call.args]
        ident = (name, base.ident, tuple(map(str, arguments))) if base.ident is not None else None
        result: object = lookups.FAILED
        if call.open or not all(item.plain for item in call.args):
            pass
        elif (
            not arguments
            and not call.keywords
            and name in ("strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold")
        ):
            result = getattr(text, name)()
        elif len(arguments) == 1 and isinstance(arguments[0], str) and not call.keywords:
            if name in ("strip", "lstrip", "rstrip", "startswith", "endswith", "removeprefix", "removesuffix"):
                result = getattr(text, name)(arguments[0])
            elif name == "split" and arguments[0]:
                pieces: list[Value] = [self.carry(self.make(node, piece), [base]) for piece in text.split(arguments[0])[:1000]]
                return self.make(node, pieces, tag="list")
        elif name == "replace" and len(arguments) == 2 and not call.keywords:
            old, new = arguments
            if isinstance(old, str) and isinstance(new, str) and len(text) * (len(new) + 1) <= MAX_TEXT:
                result = text.replace(old, new)
        if name == "format" and not call.open:
            result = _braces(text, call)
            if result is not lookups.FAILED:
                return self.carry(self.make(node, result), [base, *call.args, *call.keywords.values()])  # type: ignore[arg-type]
        if result is lookups.FAILED:
            return self.carry(self.unknown(node), [base, *call.args])
        return self.carry(self.derived(node, base, result, ident), call.args)  # type: ignore[arg-type]

    # -- paths

    def os_path(self, node: cst.CSTNode, dotted: str, call: Call) -> Value:
        name = dotted.rpartition(".")[2]
        if not call.args or call.open:
            return self.unknown(node)
        if name == "join":
            made = self.path_join(call.args)
            return self.make(node, made) if made.data is not None else self.unknown(node)
        first = call.args[0]
        if first.known and isinstance(first.data, Thing) and first.data.kind == "path" and isinstance(first.data.data, list):
            return self.make(node, Thing("path", "", _parent(first.data.data))) if name == "dirname" else first
        return self.unknown(node)

    def path_join(self, values: list[Value]) -> Thing:
        """Parts of a path put together; the Thing's data is None when one of them is not known."""
        parts: list[str] = []
        for value in values:
            data = value.data if value.known else None
            if isinstance(data, Thing) and data.kind == "path" and isinstance(data.data, list):
                parts = list(data.data)
            elif isinstance(data, str) and value.tag not in URLS and len(parts) < 200:
                if data.startswith("/"):
                    parts = ["/"]
                for piece in data.split("/"):
                    if piece == "..":
                        parts = _parent(parts)
                    elif piece not in ("", "."):
                        parts = [*parts, piece]
            else:
                return Thing("path", "", None)
        return Thing("path", "", parts)

    def path_text(self, value: Value) -> str | None:
        """A path relative to the folder of the module; None when unknown. A plain text is taken as it is."""
        data = value.data if value.known else None
        if isinstance(data, Thing) and data.kind == "path" and isinstance(data.data, list):
            parts = [part for part in data.data if part != "__file__"]
            return "/".join(parts).replace("//", "/")
        return data if isinstance(data, str) and value.tag not in URLS else None


def _parent(parts: list[str]) -> list[str]:
    if not parts or parts[-1] == "..":
        return [*parts, ".."]
    return parts[:-1] if parts != ["/"] else parts


def _callee(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def _percent(text: str, argument: Data) -> object:
    """`text % argument`, for %s and %d only."""
    values = argument if isinstance(argument, list) else None
    items = [item.data if item.plain else lookups.FAILED for item in values] if values is not None else [argument]
    marks = [match for match in _PERCENT.finditer(text) if match.group() != "%%"]
    if any(match.group(1) is not None for match in marks) or len(marks) != len(items) or text.endswith("%"):
        return lookups.FAILED
    for mark, item in zip(marks, items, strict=True):
        if isinstance(item, bool) or not (isinstance(item, int) or (isinstance(item, str) and mark.group() == "%s")):
            return lookups.FAILED
    if len(text) + sum(len(str(item)) for item in items) > MAX_TEXT:
        return lookups.FAILED
    try:
        return text % tuple(items)
    except (TypeError, ValueError):
        return lookups.FAILED


def _braces(text: str, call: Call) -> object:
    """`text.format(…)`, for plain fields only."""
    out, at, count, size = [], 0, 0, 0
    numbered = automatic = False
    for match in _BRACES.finditer(text):
        out.append(text[at : match.start()])
        at = match.end()
        mark, field = match.group(), match.group(1)
        if mark in ("{{", "}}"):
            out.append(mark[0])
            continue
        if field is None:
            return lookups.FAILED
        if field == "" or field.isdigit():
            if field and not field.isascii():
                return lookups.FAILED
            numbered, automatic = numbered or field != "", automatic or field == ""
            position = int(field[:6]) if field else count
            count += 1
            value = call.args[position] if position < len(call.args) else None
        else:
            value = call.keywords.get(field)
        if value is None or not value.plain or isinstance(value.data, float) or value.tag in URLS:
            return lookups.FAILED
        size += len(str(value.data))
        if size > MAX_TEXT:
            return lookups.FAILED
        out.append(str(value.data))
    out.append(text[at:])
    return lookups.FAILED if numbered and automatic else "".join(out)


_BUILTINS = frozenset({"int", "str", "bool", "float", "dict", "list", "tuple", "set", "globals", "vars", "locals", "object"})
_METHODS = frozenset(
    {
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "title",
        "capitalize",
        "casefold",
        "startswith",
        "endswith",
        "removeprefix",
        "removesuffix",
        "split",
        "replace",
        "format",
        "get",
        "join",
        "encode",
    }
)

_EVAL: dict[str, Callable[[Evaluator, cst.CSTNode], Value]] = {
    "SimpleString": Evaluator._simple,  # type: ignore[dict-item]
    "ConcatenatedString": Evaluator._concatenated,  # type: ignore[dict-item]
    "FormattedString": Evaluator._formatted,  # type: ignore[dict-item]
    "Integer": Evaluator._integer,  # type: ignore[dict-item]
    "Float": Evaluator._float,  # type: ignore[dict-item]
    "Name": Evaluator._name,  # type: ignore[dict-item]
    "Attribute": Evaluator._attribute,  # type: ignore[dict-item]
    "Subscript": Evaluator._subscript,  # type: ignore[dict-item]
    "List": Evaluator._list,  # type: ignore[dict-item]
    "Tuple": Evaluator._list,  # type: ignore[dict-item]
    "Set": Evaluator._list,  # type: ignore[dict-item]
    "Dict": Evaluator._dict,  # type: ignore[dict-item]
    "UnaryOperation": Evaluator._unary,  # type: ignore[dict-item]
    "BinaryOperation": Evaluator._binary,  # type: ignore[dict-item]
    "BooleanOperation": Evaluator._boolean,  # type: ignore[dict-item]
    "IfExp": Evaluator._conditional,  # type: ignore[dict-item]
    "Comparison": Evaluator._comparison,  # type: ignore[dict-item]
    "Call": Evaluator._call,  # type: ignore[dict-item]
}
