"""Environments in their many shapes, as one flat list of variables.

{KEY: value}                         compose, workflows, charts
{KEY: {value: …}}                    app.json, charts; also {valueFrom: …}, {secretKeyRef: …}, {from_secret: …}
["KEY=value", "KEY"]                 compose, kustomize; a bare name is passed through from outside
[{name: KEY, value: …}]              Kubernetes, ECS; also `key`, `envName`, and `valueFrom`
"""

from __future__ import annotations

from smtplint.carriers.embed import part
from smtplint.lazy import later
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

VARIABLE = later(r"[A-Za-z_][A-Za-z0-9_.:-]*\Z")
UPPER = later(r"[A-Z_](?:(?!__)[A-Z0-9_])*(?:__[A-Za-z0-9_]+)?\Z|[A-Z_][A-Z0-9_]*\Z")
_NAMES = ("name", "key", "Name", "envName", "Key")
_VALUES = ("value", "Value")
_ELSEWHERE = (
    "valueFrom",
    "ValueFrom",
    "secretKeyRef",
    "configMapKeyRef",
    "from_secret",
    "fromSecret",
    "secretName",
    "generator",
    "sync",
    "fromService",
    "fromDatabase",
    "generateValue",
    "required",
    "fromGroup",
    "ref",
    "secret",
)


class Variables:
    """Variables gathered in order, later ones winning.

    `value_from`: variable → (kind, name, key) of a ConfigMap or Secret entry. `partial`: others may exist that cannot be seen.
    `taken`: ids of the nodes that were understood as environments.
    """

    __slots__ = ("entries", "partial", "taken", "value_from")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.value_from: dict[str, tuple[str, str, str]] = {}
        self.partial = False
        self.taken: list[Node] = []

    def add(self, node: Node, *, upper: bool = False, passed: bool = False) -> None:
        """Add what `node` holds. `upper`: only a mapping that is all variable names in capitals counts (a chart's `config`, which may as
        well be the application's own tree). `passed`: a key without a value is passed through from outside (compose), else it is empty."""
        if isinstance(node, Mapping):
            if upper and not all_variables(node):
                return
            entries = [entry for entry in node.entries if VARIABLE.match(entry.key.text)]
            known = len(self.entries)
            for entry in entries:
                self._value(entry.key, entry.value, passed, conditional=entry.conditional)
            if len(self.entries) > known:
                self.partial = self.partial or node.partial
                self.taken.append(node)
        elif isinstance(node, Sequence):
            if upper and not all(isinstance(item, Mapping) and _name(item) is not None for item in node.items):
                return
            known = len(self.entries)
            for item in node.items:
                self._item(item, passed)
            if len(self.entries) > known or not node.items:
                self.taken.append(node)

    def _item(self, item: Node, passed: bool) -> None:
        if isinstance(item, Scalar):
            if item.state != "known" and "=" not in item.text:
                self.partial = True
            elif "=" in item.text:
                self._pair(item)
            elif passed and VARIABLE.match(item.text):
                self.entries.append(Entry(item, _hidden(item)))
        elif isinstance(item, Mapping):
            name = _name(item)
            if name is not None:
                self._named(name, item)
            elif len(item.entries) == 1:
                entry = item.entries[0]
                if isinstance(entry.value, Scalar) and VARIABLE.match(entry.key.text):
                    self._value(entry.key, entry.value, passed, conditional=entry.conditional)

    def _pair(self, scalar: Scalar) -> None:
        cut = scalar.text.find("=")
        if VARIABLE.match(scalar.text[:cut]):
            self.entries.append(Entry(part(scalar, 0, cut), part(scalar, cut + 1, len(scalar.text))))

    def _value(self, key: Scalar, value: Node, passed: bool, *, conditional: bool) -> None:
        if isinstance(value, Mapping):
            if not self._inner(key, value) and UPPER.match(key.text):
                self.entries.append(Entry(key, _hidden(value), conditional=conditional))
            return
        if isinstance(value, Sequence):
            return
        if passed and is_null(value):
            value = _hidden(value if value.end > value.start else key)
        self.entries.append(Entry(key, value, conditional=conditional))

    def _named(self, name: Scalar, item: Mapping) -> None:
        if not self._inner(name, item):
            # `- name: X` alone is an empty variable in Kubernetes.
            self.entries.append(Entry(name, Scalar("", item.source, name.end, name.end, type="str")))

    def _inner(self, key: Scalar, item: Mapping) -> bool:
        """Take the value out of `{value: …}` or `{valueFrom: …}`."""
        for word in _VALUES:
            value = item.get(word)
            if isinstance(value, Scalar):
                self.entries.append(Entry(key, value))
                return True
        for word in _ELSEWHERE:
            value = item.get(word)
            if value is None:
                continue
            holder = value if word in ("valueFrom", "ValueFrom") and isinstance(value, Mapping) else item
            for kind, ref in (("Secret", "secretKeyRef"), ("ConfigMap", "configMapKeyRef")):
                found = holder.get(ref)
                if isinstance(found, Mapping):
                    name, field = found.get("name"), found.get("key")
                    if isinstance(name, Scalar) and isinstance(field, Scalar):
                        self.value_from[key.text] = (kind, name.text, field.text)
            self.entries.append(Entry(key, _hidden(value)))
            return True
        return False

    def mapping(self, source_of: Node) -> Mapping:
        """The variables as a mapping that lies where `source_of` lies."""
        return Mapping(source_of.source, source_of.start, source_of.end, self.entries, partial=self.partial)


def _name(item: Mapping) -> Scalar | None:
    for word in _NAMES:
        found = item.get(word)
        if isinstance(found, Scalar) and VARIABLE.match(found.text):
            return found
    return None


def _hidden(node: Node) -> Scalar:
    """Set, but not where we can see it."""
    return Scalar("", node.source, node.start, node.end, style="whole", type="str", state="unresolved")


def is_null(value: Scalar) -> bool:
    """Whether a scalar is written as nothing."""
    return value.state == "known" and (value.type == "null" or (value.type == "plain" and value.text in ("", "~", "null", "Null", "NULL")))


def all_variables(node: Mapping) -> bool:
    """Whether every key is a variable name in capitals and every value one that a variable can have."""
    return bool(node.entries) and all(
        UPPER.match(entry.key.text)
        and (
            isinstance(entry.value, Scalar)
            or (isinstance(entry.value, Mapping) and any(entry.value.get(word) is not None for word in (*_VALUES, *_ELSEWHERE)))
        )
        for entry in node.entries
    )


def texts(nodes: Iterable[Node], *keys: str) -> list[Scalar]:
    """Names written as one text, a list of texts, or a list of mappings that have one under one of `keys`."""
    found: list[Scalar] = []
    for node in nodes:
        for item in node.items if isinstance(node, Sequence) else [node]:
            if isinstance(item, Scalar):
                if item.text:
                    found.append(item)
            elif isinstance(item, Mapping):
                for key in keys:
                    value = item.get(key)
                    if isinstance(value, Scalar) and value.text:
                        found.append(value)
                        break
    return found
