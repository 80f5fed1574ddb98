"""Environments in their many shapes, as one flat list of variables, and the scopes that a carrier's rule finds of them.

{KEY: value}                         compose, workflows, charts
{KEY: {value: …}}                    app.json, charts; also {valueFrom: …}, {secretKeyRef: …}, {from_secret: …}
["KEY=value", "KEY"]                 compose, kustomize; a bare name is passed through from outside
[{name: KEY, value: …}]              Kubernetes, ECS; also `key`, `envName`, and `valueFrom`
"""

from __future__ import annotations

from smtplint.carriers.embed import decode_base64, looks_like_file, part
from smtplint.catalog.paths import join
from smtplint.lazy import later
from smtplint.scope import Scope
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtplint.carriers import Context
    from smtplint.carriers.claim import Rule
    from smtplint.carriers.walk import Hit

    Written = tuple[str, int, int]

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


class Given:
    """The places a rule takes variables from, without those that a document does not have at all."""

    __slots__ = ("any", "env_files", "env_from", "variables")

    def __init__(self, rule: Rule, root: Node) -> None:
        self.variables = [
            (upper, one) for upper, several in ((True, rule.capitals), (False, rule.environment)) for one in several if one.leads(root)
        ]
        self.env_files = [one for one in rule.env_files if one.leads(root)]
        self.env_from = [one for one in rule.env_from if one.leads(root)]
        self.any = bool(self.variables or self.env_files or self.env_from)


def scope_at(context: Context, rule: Rule, given: Given, hit: Hit) -> Scope | None:
    """The variables at a hit, those of its surroundings underneath."""
    variables = Variables()
    for upper, relative in given.variables:
        for node in relative.nodes(hit, context.root):
            path = join(hit.at, relative.text)
            if relative.form == "." and path in context.used:
                continue
            known = len(variables.taken)
            if rule.shape == "systemd" and isinstance(node, Mapping):
                from smtplint.readers import ini

                node = ini.environment(node)
            variables.add(node, upper=upper, passed=rule.passed)
            if relative.form == "." and len(variables.taken) > known:
                context.used.add(path)
    files = tuple(
        _env_file(scalar, rule)
        for scalar in texts((node for relative in given.env_files for node in relative.nodes(hit, context.root)), "path", "value", "file")
    )
    sources = tuple(found for relative in given.env_from for node in relative.nodes(hit, context.root) for found in _env_from(node))
    context.taken.update(id(node) for node in variables.taken)
    if not variables.entries and not files and not sources:
        return None
    owner = context.describe(rule.owner, hit)
    if context.run.carriers.ignored(owner.image):
        return None
    if any(entry.key.text in context.run.carriers.variables for entry in variables.entries):
        from smtplint.carriers.documents import in_variables

        in_variables(context, variables.entries, hit.at, owner, rule)
    anchor = hit.entry.key.place if hit.entry is not None else None
    base = hit.node if not isinstance(hit.node, Scalar) else context.root
    return Scope(
        "environment",
        context.run.syntax,
        variables.mapping(base),
        context.run.source,
        names=context.names,
        path=context.path(hit.at),
        owner=owner,
        loader=rule.loader or context.loader,
        complete=not variables.partial,
        container=context.container,
        secret=rule.secret or context.secret,
        template=variables.partial or any(entry.conditional for entry in variables.entries),
        anchor=anchor,
        interpolation=rule.interpolation or context.interpolation,
        env_files=files,
        env_from=sources,
        value_from=variables.value_from,
        provides=_provided(context, rule, hit),
    )


def _provided(context: Context, rule: Rule, hit: Hit) -> tuple[str, str, str]:
    if not rule.provides:
        return ("", "", "")
    name = context.text(rule.name, hit)
    if not name:
        return ("", "", "")
    return (rule.provides, name, context.text(rule.namespace, hit))


def mixed(context: Context, rule: Rule, hit: Hit) -> None:
    """A mapping whose entries are files or variables: the `data` of a ConfigMap."""
    owner = context.describe(rule.owner, hit)
    for relative in rule.files:
        for node in relative.nodes(hit, context.root):
            if not isinstance(node, Mapping):
                continue
            context.taken.add(id(node))
            variables: list[Entry] = []
            for entry in node.entries:
                value = entry.value
                if not isinstance(value, Scalar):
                    continue
                if rule.encoding == "base64":
                    value = decode_base64(value)
                if entry.key.text in context.run.carriers.variables:
                    from smtplint.carriers.documents import in_variables

                    in_variables(context, [Entry(entry.key, value)], hit.at, owner, rule)
                elif looks_like_file(entry.key.text) or "\n" in value.text.strip():
                    from smtplint.carriers.documents import held

                    held(context, value, entry.key.text, hit.at, rule, owner)
                elif VARIABLE.match(entry.key.text):
                    if is_null(value):
                        value = value.but(text="", type="str")
                    variables.append(Entry(entry.key, value, conditional=entry.conditional))
            if variables:
                provided = _provided(context, rule, hit)
                context.run.emit(
                    Scope(
                        "environment",
                        context.run.syntax,
                        Mapping(node.source, node.start, node.end, variables, partial=node.partial),
                        context.run.source,
                        names=context.names,
                        path=context.path(f"{hit.at}.{relative.text}".lstrip(".")),
                        owner=owner,
                        loader=rule.loader or context.loader,
                        # Under a name that cannot be seen, nobody can tell what it is put together with.
                        complete=not node.partial and (not rule.provides or bool(provided[1])),
                        container=context.container,
                        secret=rule.secret or context.secret,
                        template=node.partial or any(entry.conditional for entry in variables),
                        interpolation=rule.interpolation or context.interpolation,
                        provides=provided,
                    )
                )


def distinct(layered: list[Scope]) -> list[Scope]:
    """Environments in layers, each group of settings once: a scope goes when another one holds everything it holds, unchanged."""
    unique: dict[tuple[Written, ...], Scope] = {}
    for scope in layered:
        unique.setdefault(tuple(_written(entry.value) for entry in scope.root.entries), scope)
    kept: set[int] = set()
    by_first: dict[Written | None, list[dict[str, Written]]] = {}
    for identity, scope in sorted(unique.items(), key=lambda item: -len(item[0])):
        values = {name: _written(entry.value) for name, entry in scope.root.index.items()}
        wider = by_first.setdefault(identity[0] if identity else None, [])
        if not any(all(other.get(name) == value for name, value in values.items()) for other in wider[:50]):
            wider.append(values)
            kept.add(id(scope))
    return [scope for scope in unique.values() if id(scope) in kept]


def _written(node: Node) -> Written:
    """Where a value is written: values that stand for another node (an entry of app.json without a value) are made anew for every layer."""
    return node.source.path, node.start, node.end


def _env_file(name: Scalar, rule: Rule) -> Scalar:
    """systemd writes a dash before a file that may be missing."""
    return part(name, 1, len(name.text)) if rule.shape == "systemd" and name.text.startswith("-") else name


def _env_from(node: Node) -> list[tuple[str, str, str, bool]]:
    """Kubernetes `envFrom`: a list of `{configMapRef | secretRef: {name, optional}, prefix}`."""
    found: list[tuple[str, str, str, bool]] = []
    for item in node.items if isinstance(node, Sequence) else [node]:
        if not isinstance(item, Mapping):
            continue
        prefix = item.get("prefix")
        for kind, key in (("ConfigMap", "configMapRef"), ("Secret", "secretRef"), ("ConfigMap", "configMap"), ("Secret", "secret")):
            ref = item.get(key)
            name = ref.get("name") or ref.get("identifier") if isinstance(ref, Mapping) else ref
            if ref is None or not isinstance(name, Scalar):
                continue
            optional = ref.get("optional") if isinstance(ref, Mapping) else None
            found.append(
                (
                    kind,
                    name.text if name.state == "known" else "",
                    prefix.text if isinstance(prefix, Scalar) else "",
                    isinstance(optional, Scalar) and optional.text == "true",
                )
            )
    return found
