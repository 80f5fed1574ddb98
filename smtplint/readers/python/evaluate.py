"""Evaluates the expressions of settings modules, as far as they can be known without running anything.

Everything that is not understood is unresolved. The nesting of the nodes was limited before they were read.
"""

from __future__ import annotations

from smtplint.readers.python import lookups, operators
from smtplint.readers.python.choices import shown
from smtplint.readers.python.environment import Environment, parent_of
from smtplint.readers.python.model import MAX_TEXT, PICKED, URLS, Blueprint, Data, Table, Thing, Value
from smtplint.readers.python.nodes import Node, literal
from smtplint.readers.python.state import Call, empty, truthy
from smtplint.source import Place
from smtplint.tree import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


BIG = 1 << 64

HANDLER_ARGUMENTS = ("mailhost", "fromaddr", "toaddrs", "subject", "credentials", "secure", "timeout")


class Evaluator(Environment):
    """Expressions to values."""

    __slots__ = ()

    # -- conditions

    def condition(self, node: Node) -> bool | None:
        """Whether a condition holds in this world; None when that cannot be told and the world may not split on it."""
        if node.kind == "UnaryOperation" and node.sign == "Not":
            truth = self.condition(node.parts[0])
            return None if truth is None else not truth
        if node.kind == "BooleanOperation":
            stop = node.sign == "Or"
            left = self.condition(node.parts[0])
            if left is stop:
                return stop
            right = self.condition(node.parts[1])
            if right is stop:
                return stop
            return None if left is None else right
        return self.decide(self.eval(node), node)

    def decide(self, value: Value, node: Node) -> bool | None:
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
            if truth is None and self.unsure:
                return None
            text = shown(self.text(node))
            taken = self.choices.choose(key, (not flip, flip), {not flip: f"if {text}", flip: f"else of if {text}"})
            if taken is None:
                return None
            truth = taken is True
        return truth is not flip

    # -- expressions

    def eval(self, node: Node) -> Value:
        """The value of an expression."""
        method = _EVAL.get(node.kind)
        return method(self, node) if method is not None else self.unknown(node)

    def text(self, node: Node) -> str:
        """The text of a node."""
        return self.source.text[node.start : node.end]

    def _simple(self, node: Node) -> Value:
        text = self.text(node)
        try:
            data = literal(text)
        except (ValueError, SyntaxError):
            return self.unknown(node)
        if not isinstance(data, str) or "\ud800" <= max(data, default="") <= "\udfff":
            return self.unknown(node)
        return self.make(node, data, style="double" if text[-1] == '"' else "single")

    def _concatenated(self, node: Node) -> Value:
        return self.joined(node, [self.eval(part) for part in node.parts])

    def joined(self, node: Node, parts: list[Value]) -> Value:
        """Texts put together; of one that is known in part the rest is masked."""
        if not all(part.plain and isinstance(part.data, str) for part in parts):
            return self.carry(self.unknown(node).but(mask=operators.masked(parts)), parts)
        text = "".join(str(part.data) for part in parts)
        if len(text) > MAX_TEXT:
            return self.unknown(node)
        return self.carry(self.make(node, text), parts)

    def _formatted(self, node: Node) -> Value:
        parts = []
        raw = "r" in self.text(node).lower().partition("'")[0].partition('"')[0]
        for part in node.parts:
            if part.kind == "FormattedStringText":
                text = self.text(part).replace("{{", "{").replace("}}", "}")
                if "\\" in text and not raw:
                    return self.unknown(node)
                parts.append(self.make(node, text.replace("\r\n", "\n").replace("\r", "\n")))
            elif part.kind == "FormattedStringExpression":
                value = self.eval(part.parts[0])
                seen = value.plain and not part.sign and not isinstance(value.data, float) and value.tag not in URLS
                parts.append(value.but(data=str(value.data)) if seen else value.but(known=False, data=None, mask=""))
        return self.joined(node, parts)

    def _number(self, node: Node) -> Value:
        data = literal(self.text(node))
        if not isinstance(data, int | float) or (isinstance(data, int) and data >= BIG):
            return self.unknown(node)
        return self.make(node, data, style="plain")

    def _name(self, node: Node) -> Value:
        name = self.text(node)
        if name in ("True", "False", "None"):
            return self.make(node, {"True": True, "False": False, "None": None}[name], style="plain")
        if name in self.poisoned:
            return self.unknown(node)
        slot = self.find(name)
        if slot is not None:
            self.trouble += slot.value.conditional
            value = self.settle(slot.value)
            if value.plain or not value.known:
                value = value.but(via=(Place(self.source, node.start, node.end), *value.via), conditional=False)
            return value
        if name in self.hidden:
            return self.unknown(node)
        if name == "__file__":
            return self.make(node, Thing("path", "__file__", ["__file__"]))
        if name == "__name__":
            return self.unknown(node, ident=("name",))
        if self.lenient and name in lookups.CUSTOMARY:
            kind, dotted = lookups.CUSTOMARY[name]
            return self.make(node, Thing(kind, dotted))
        if name == "os":
            return self.make(node, Thing("module", "os"))
        if name in _BUILTINS:
            return self.make(node, Thing("builtin", name))
        return self.unknown(node)

    def _attribute(self, node: Node) -> Value:
        base = self.eval(node.parts[0])
        name = self.text(node.parts[1])
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
                    return self.make(node, Thing("path", "", parent_of(parts)))
                return self.make(node, Thing("method", name, base))
        if base.known and isinstance(base.data, Blueprint):
            found = base.data.attributes.get(name)
            if found is not None:
                value = self.settle(found)
                here = Place(self.source, node.start, node.end)
                return value.but(via=(here, *value.via)) if value.plain or not value.known else value
            return self.unknown(node)
        if base.known or base.lookup or base.assumed:
            return self.make(node, Thing("method", name, base))
        if name not in _METHODS:
            return self.unknown(node, tag=PICKED if base.tag in URLS else "")
        return self.make(node, Thing("method", name, base))

    def _subscript(self, node: Node) -> Value:
        base = self.eval(node.parts[0])
        if len(node.parts) != 2:
            return self.unknown(node)
        key = self.eval(node.parts[1])
        if base.tag in URLS:
            return self.unknown(node, tag=PICKED)
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

    def _list(self, node: Node) -> Value:
        items = []
        for element in node.parts:
            value = self.eval(element.parts[0])
            if element.kind == "StarredElement":
                if not value.known or not isinstance(value.data, list):
                    return self.unknown(node)
                items.extend(value.data)
            else:
                items.append(value)
        return self.make(node, items, tag=node.kind.lower())

    def _dict(self, node: Node) -> Value:
        table = Table([])
        for element in node.parts:
            value = self.eval(element.parts[-1])
            if element.kind == "DictElement":
                table.rows.append((self.eval(element.parts[0]), value))
            elif value.known and isinstance(value.data, Table):
                table.rows.extend(value.data.rows)
                table.partial = table.partial or value.data.partial
            else:
                # What is spread last may replace what was there; what follows stays.
                table.rows = [(key, self.blurred(item)) for key, item in table.rows]
                table.partial = True
        return self.make(node, table)

    def _unary(self, node: Node) -> Value:
        value = self.eval(node.parts[0])
        if node.sign == "Not":
            truth = truthy(value)
            ident = (
                ("not", value.ident if value.ident is not None else self.identify(node.parts[0]))
                if not value.known or value.assumed
                else None
            )
            if truth is None:
                return self.unknown(node, value.note, ident, boolean=True)
            return self.derived(node, value, not truth, ident)
        data = value.data
        if value.plain and isinstance(data, int | float):
            if node.sign == "Minus":
                return self.carry(self.make(node, -data), [value])
            if node.sign == "Plus":
                return self.carry(self.make(node, +data), [value])
        return self.carry(self.unknown(node), [value])

    def derived(self, node: Node, value: Value, data: Data, ident: Hashable) -> Value:
        """What follows from one value: it stands where that stands if that came from elsewhere, else where the expression stands."""
        boolean = isinstance(data, bool)
        if value.assumed or value.source is not self.source:
            return value.but(data=data, style="code", tag="", ident=ident, boolean=boolean, lookup="", unset=None)
        return self.carry(self.make(node, data), [value]).but(ident=ident, boolean=boolean)

    def _binary(self, node: Node) -> Value:
        left, right = self.eval(node.parts[0]), self.eval(node.parts[1])
        sign = node.sign
        if sign == "Divide" and left.known and isinstance(left.data, Thing) and left.data.kind == "path":
            return self.make(node, self.path_join([left, right]))
        if left.known and right.known:
            data = operators.computed(sign, left, right)
            if data is not lookups.FAILED:
                return self.carry(self.make(node, data), [left, right])  # type: ignore[arg-type]
        return self.carry(self.unknown(node).but(mask=operators.composed(sign, left, right)), [left, right])

    def _boolean(self, node: Node) -> Value:
        left = self.eval(node.parts[0])
        stop = node.sign == "Or"
        truth = truthy(left)
        if truth is None and left.known is False and stop and left.unset is not None and truthy(left.unset) is False:
            right = self.eval(node.parts[1])
            note = f"the default in {left.written} or …"
            ident = ("or", left.ident, right.ident, right.start)
            if right.known and not empty(right):
                return right.but(assumed=True, note=note, ident=ident, via=right.via, boolean=False)
            return left.but(unset=right if right.known else right.unset, ident=ident, start=left.start, end=left.end, boolean=False)
        if truth is None:
            self.eval(node.parts[1])
            return self.unknown(node, left.note)
        if truth is stop:
            return left
        right = self.eval(node.parts[1])
        if left.assumed:
            changed = right.but(
                assumed=right.known, ident=("or", left.ident, right.ident, right.start), boolean=right.boolean and left.boolean
            )
            changed.note = changed.note or left.note
            return changed
        return right

    def _conditional(self, node: Node) -> Value:
        condition, body, orelse = node.parts
        test = self.eval(condition)
        truth = truthy(test) if test.known and not test.assumed else None
        if truth is None:
            # Without a split if both ways come to the same.
            yes, no = self.eval(body), self.eval(orelse)
            if yes.plain and no.plain and type(yes.data) is type(no.data) and yes.data == no.data:
                return self.carry(yes.but(), [no])
            truth = self.condition(condition)
            if truth is None:
                return self.carry(self.unknown(node), [yes, no])
        return self.eval(body if truth else orelse)

    # -- comparisons

    def _comparison(self, node: Node) -> Value:
        left = self.eval(node.parts[0])
        comparisons = node.parts[1:]
        if len(comparisons) != 1:
            values = [left, *(self.eval(item.parts[0]) for item in comparisons)]
            outcome: object = True
            for first, second, item in zip(values, values[1:], comparisons, strict=False):
                each = operators.compare(item.sign, first, second)
                if not isinstance(each, bool):
                    return self.unknown(node, boolean=True)
                outcome = outcome and each
            return self.carry(self.make(node, bool(outcome)), values).but(boolean=True)
        sign = comparisons[0].sign
        right = self.eval(comparisons[0].parts[0])
        if sign in ("In", "NotIn") and right.known and isinstance(right.data, Thing) and right.data.dotted == "os.environ" and left.plain:
            return self.present(node, str(left.data), sign == "In")
        ident = operators.relation(sign, left, right)
        if left.known and right.known:
            outcome = operators.compare(sign, left, right)
            if isinstance(outcome, bool):
                value = self.derived(node, left, outcome, ident)
                return self.carry(value, [right])
        return self.unknown(node, left.note, ident, boolean=True)

    def present(self, node: Node, name: str, positive: bool) -> Value:
        """`"X" in os.environ`."""
        self.reads.setdefault(name)
        found = self.variable(name, "python")
        if name in self.overrides or (isinstance(found, Scalar) and found.tag != "maybe"):
            return self.make(node, positive)
        if found is None:
            return self.make(node, not positive)
        ident: Hashable = ("set", name)
        return self.unknown(node, ident=ident if positive else ("not", ident), boolean=True)

    # -- calls

    def arguments(self, node: Node) -> Call:
        """The arguments of a call."""
        call = Call()
        for argument in node.parts[1:]:
            value = self.eval(argument.parts[-1])
            if argument.sign == "*":
                if value.known and isinstance(value.data, list):
                    call.args.extend(value.data)
                else:
                    call.open = True
            elif argument.sign == "**":
                if value.known and isinstance(value.data, Table):
                    for key, item in value.data.rows:
                        if key.plain and isinstance(key.data, str):
                            call.keywords[key.data] = item
                            call.rows.append((key, item))
                    call.open = call.open or value.data.partial
                else:
                    call.open = True
            elif len(argument.parts) == 2:
                keyword = self.text(argument.parts[0])
                call.keywords[keyword] = value
                call.rows.append((self.make(argument.parts[0], keyword, style="plain"), value))
            else:
                call.args.append(value)
        return call

    def _call(self, node: Node) -> Value:
        func = self.eval(node.parts[0])
        call = self.arguments(node)
        name = self.callee(node.parts[0])
        if name in ("ConnectionConfig", "SMTPHandler"):
            return self.mail_call(node, name, func, call)
        if func.known and isinstance(func.data, Blueprint):
            return func if len(node.parts) == 1 and not func.data.foreign else self.unknown(node)
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

    def callee(self, node: Node) -> str:
        """The last part of the name of what is called."""
        if node.kind == "Attribute":
            return self.text(node.parts[1])
        return self.text(node) if node.kind == "Name" else ""

    def mail_call(self, node: Node, name: str, func: Value, call: Call) -> Value:
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
        self.calls.append((f"{name}()", value.but(data=table, conditional=self.unsure > self.floor)))
        return self.make(node, Thing("client", name))

    def builtin(self, node: Node, name: str, call: Call) -> Value:
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

    # -- methods

    def method(self, node: Node, base: Value, name: str, call: Call) -> Value:
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
            return self.unknown(node, tag=PICKED)
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

    def text_method(self, node: Node, base: Value, text: str, name: str, call: Call) -> Value:
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
            result = operators.braces(text, call)
            if result is not lookups.FAILED:
                return self.carry(self.make(node, result), [base, *call.args, *call.keywords.values()])  # type: ignore[arg-type]
            return self.carry(self.unknown(node).but(mask=operators.braces_masked(text)), [base, *call.args])
        if result is lookups.FAILED:
            return self.carry(self.unknown(node), [base, *call.args])
        return self.carry(self.derived(node, base, result, ident), call.args)  # type: ignore[arg-type]


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

_EVAL: dict[str, Callable[[Evaluator, Node], Value]] = {
    "SimpleString": Evaluator._simple,
    "ConcatenatedString": Evaluator._concatenated,
    "FormattedString": Evaluator._formatted,
    "Integer": Evaluator._number,
    "Float": Evaluator._number,
    "Name": Evaluator._name,
    "Attribute": Evaluator._attribute,
    "Subscript": Evaluator._subscript,
    "List": Evaluator._list,
    "Tuple": Evaluator._list,
    "Set": Evaluator._list,
    "Dict": Evaluator._dict,
    "UnaryOperation": Evaluator._unary,
    "BinaryOperation": Evaluator._binary,
    "BooleanOperation": Evaluator._boolean,
    "IfExp": Evaluator._conditional,
    "Comparison": Evaluator._comparison,
    "Call": Evaluator._call,
}
