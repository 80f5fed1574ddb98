"""The documents that the rules of a carrier find in another: held in a scalar, standing as a tree, or the parameters of a module."""

from __future__ import annotations

from smtplint.carriers import TREES
from smtplint.carriers.claim import Rule
from smtplint.carriers.embed import MAX_DEPTH, looks_like_file, read_inside, syntax_of_name
from smtplint.carriers.walk import descend
from smtplint.catalog.paths import compile_path, join
from smtplint.readers import embed
from smtplint.scope import Scope
from smtplint.source import SourceError
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.carriers import Context
    from smtplint.carriers.walk import Hit
    from smtplint.scope import Owner

# Syntaxes of files that a tree can stand for.
_FILES = TREES | {"ini", "properties", "dotenv", "postfix"}
# Where no carrier says what holds documents: below any key that is the name of a settings file.
_ANYWHERE = compile_path("**")
_NAMED = Rule({"at": "**", "embedded": True, "skip": ["command", "args", "script"]})


def find(context: Context, rule: Rule, hit: Hit) -> None:
    """Emit the scopes of all documents that a rule finds at a hit."""
    if rule.document is not None:
        _inner(context, rule, hit)
    if rule.modules is not None:
        _module(context, rule, hit)
    if rule.embedded:
        _embedded(context, rule, hit)


def held(context: Context, value: Scalar, name: str, at: str, rule: Rule, owner: Owner, *, inside: bool = True) -> bool:
    """The scopes of a document called `name`, held in a scalar below the path `at` (`inside`) or at it. False when it holds none."""
    if context.depth >= MAX_DEPTH or value.state != "known":
        return False
    try:
        syntax, documents = read_inside(value, name, rule.syntax)
    except SourceError as error:
        context.run.problems.append(error)
        return False
    context.run.problems.extend(problem for document in documents for problem in document.problems)
    roots = [document.root for document in documents]
    trail = context.path(f"{at}.{name}".lstrip(".") if inside else at)
    names = (name, "/".join([*context.path(at).split("."), name] if inside else trail.split(".")))
    outer = context.shell(owner, rule, syntax)
    for number, root in enumerate(roots):
        context.run.document(
            root,
            syntax,
            name,
            names,
            prefix=trail + (f"[{number}]" if len(roots) > 1 else ""),
            roots=roots,
            depth=context.depth + 1,
            outer=outer,
        )
    return bool(documents)


def in_variables(context: Context, entries: list[Entry], at: str, owner: Owner, rule: Rule | None = None) -> None:
    """The scopes of the documents that variables hold whose names say so."""
    for entry in entries:
        name = context.run.carriers.variables.get(entry.key.text)
        if name is not None and isinstance(entry.value, Scalar):
            held(context, entry.value, name, join(at, entry.key.text), rule or _NAMED, owner, inside=False)


def _tree(context: Context, node: Mapping, name: str, at: str, rule: Rule, owner: Owner) -> bool:
    """The scopes of a tree under a key that is the name of a file: what a chart or a playbook writes into that file. False when the name
    says nothing."""
    syntax = syntax_of_name(name)
    if context.depth >= MAX_DEPTH or not node.entries or syntax not in _FILES or context.written not in TREES:
        return False
    trail = context.path(join(at, name))
    context.taken.add(id(node))
    context.run.document(
        node,
        syntax,
        name,
        (name, "/".join([*context.path(at).split("."), name])),
        prefix=trail,
        roots=[node],
        depth=context.depth + 1,
        outer=context.shell(owner, rule, syntax),
        written=context.written,
    )
    return True


def _inner(context: Context, rule: Rule, hit: Hit) -> None:
    """A document at a path: a scalar that holds one, or a subtree that is one."""
    assert rule.document is not None
    owner = context.describe(rule.owner, hit)
    for node in rule.document.nodes(hit, context.root):
        path = join(hit.at, rule.document.text)
        if path in context.used:
            continue
        name = context.text(rule.name, hit) if rule.name else ""
        at = f"{hit.at}.{rule.document.text}".strip(".")
        if isinstance(node, Scalar):
            if held(context, node, name, at, rule, owner, inside=False):
                context.taken.add(id(node))
                context.used.add(path)
            continue
        context.taken.add(id(node))
        context.used.add(path)
        shell = context.shell(owner, rule, context.syntax)
        carrier = context.run.carriers.get(rule.as_carrier) if rule.as_carrier else None
        if carrier is not None:
            context.run.document(
                node,
                context.syntax,
                name,
                (name, *context.names) if name else context.names,
                prefix=context.path(at),
                roots=[node],
                depth=context.depth,
                outer=shell,
                carrier=carrier,
            )
        elif isinstance(node, Mapping) and node.entries and not context.run.carriers.ignored(owner.image):
            context.run.emit(
                Scope(
                    "document",
                    context.syntax,
                    _read_literals(context, node, rule.literals) if rule.literals else node,
                    context.run.source,
                    names=(name, *context.names) if name else context.names,
                    path=context.path(at),
                    owner=owner,
                    loader=rule.loader or context.loader,
                    complete=not node.partial,
                    container=context.container,
                    secret=shell.secret,
                    template=node.partial,
                    interpolation=rule.interpolation or context.interpolation,
                    anchor=hit.entry.key.place if hit.entry is not None else None,
                )
            )


def _read_literals(context: Context, node: Mapping, keys: frozenset[str]) -> Mapping:
    """A mapping in which the values under some keys, Python literals, are what they say; those that are not Python are told and unresolved."""
    entries = []
    for entry in node.entries:
        value = entry.value
        if entry.key.text in keys and isinstance(value, Scalar) and value.state == "known":
            try:
                entry = Entry(entry.key, embed(value, "literal")[0].root, conditional=entry.conditional)
            except SourceError as error:
                context.run.problems.append(error)
                entry = Entry(entry.key, value.but(text="", state="unresolved"), conditional=entry.conditional)
        entries.append(entry)
    return Mapping(node.source, node.start, node.end, entries, partial=node.partial, tag=node.tag)


def _module(context: Context, rule: Rule, hit: Hit) -> None:
    """The parameters of an Ansible module: the one key of a task that is no keyword of the task itself."""
    if not isinstance(hit.node, Mapping) or rule.modules is None:
        return
    for entry in hit.node.entries:
        key, value = entry.key.text, entry.value
        if key in rule.keywords or key.startswith("with_") or not isinstance(value, Mapping):
            continue
        if join(hit.at, key) in context.used:
            continue
        full = rule.modules.get(key, key)
        if full in rule.skipped:
            continue
        context.used.add(join(hit.at, key))
        short = full.rsplit(".", 1)[-1]
        owner = context.describe(rule.owner, hit)
        owner.module = full
        # Environments, documents and values in it are scopes of their own.
        rest = without(value, context.taken, {})
        context.taken.add(id(value))
        if not isinstance(rest, Mapping) or not rest.entries:
            continue
        context.run.emit(
            Scope(
                "document",
                context.syntax,
                rest,
                context.run.source,
                names=(full, short) if full != short else (full,),
                path=context.path(f"{hit.at}.{key}"),
                owner=owner,
                loader=context.loader,
                complete=not value.partial,
                container=context.container,
                secret=context.secret,
                template=value.partial,
                interpolation=context.interpolation,
                anchor=entry.key.place,
            )
        )


def _embedded(context: Context, rule: Rule, hit: Hit) -> None:
    """Documents held in the scalars directly below a node, under any key."""
    if not isinstance(hit.node, Mapping):
        return
    owner: Owner | None = None
    for entry in hit.node.entries:
        value, name = entry.value, entry.key.text
        if name in rule.skipped or hit.at in context.used or join(hit.at, name) in context.used or id(value) in context.taken:
            continue
        if isinstance(value, Mapping) and "." in name and looks_like_file(name):
            owner = owner or context.describe(rule.owner, hit)
            _tree(context, value, name, hit.at, rule, owner)
        elif isinstance(value, Scalar) and value.state == "known":
            # Of one line only JSON can be, and only under a name that says so.
            named = looks_like_file(name)
            if not ("\n" in value.text.strip() and (named or rule is not _NAMED)) and not (named and value.text.lstrip()[:1] == "{"):
                continue
            owner = owner or context.describe(rule.owner, hit)
            if held(context, value, name, hit.at, rule, owner):
                context.taken.add(id(value))


def named_files(context: Context) -> None:
    """The scopes of all files that stand in a document under their names, where no rule of a carrier tells of them."""
    for hit in descend(context.root, _ANYWHERE):
        _embedded(context, _NAMED, hit)


def without(node: Node, taken: set[int], done: dict[int, Node | None]) -> Node | None:
    """A copy of a tree without the nodes that were taken; what is not touched is shared, and so is what an alias repeats (`done`)."""
    if id(node) in taken:
        return None
    if isinstance(node, Scalar):
        return node
    if id(node) in done:
        return done[id(node)]
    result: Node = node
    if isinstance(node, Mapping):
        entries, changed = [], False
        for entry in node.entries:
            value = without(entry.value, taken, done)
            if value is not None:
                entries.append(entry if value is entry.value else Entry(entry.key, value, conditional=entry.conditional))
            changed = changed or value is not entry.value
        if changed:
            result = Mapping(node.source, node.start, node.end, entries, partial=node.partial, tag=node.tag)
    else:
        kept = [without(item, taken, done) for item in node.items]
        if any(new is not old for new, old in zip(kept, node.items, strict=True)):
            result = Sequence(node.source, node.start, node.end, [item for item in kept if item is not None], tag=node.tag)
    done[id(node)] = result
    return result
