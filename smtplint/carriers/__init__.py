"""Carriers: where settings hide inside a tree, told by data (`rules/carriers/`, described in `rules/schemas/carrier.schema.json`).

`scopes` turns the documents of one file into Scope objects: the environments and inner documents that the carriers know of, and the
document itself where no carrier claims it, or where the one that does says `also_document`. What a carrier took is left out of the
document's own scope, so every setting stands in one scope only. References are kept as written; `resolve` expands them.
"""

from __future__ import annotations

import re

from smtplint.carriers.claim import Carrier, Carriers, Rule, prepare
from smtplint.carriers.embed import MAX_DEPTH, decode_base64, looks_like_file, part, read_inside, syntax_of_name
from smtplint.carriers.environment import VARIABLE, Variables, is_null, texts
from smtplint.carriers.walk import Hit, Relative, descend
from smtplint.catalog.paths import compile_path, join, keys_below, leads, lookup
from smtplint.lazy import later
from smtplint.scope import Owner, Scope
from smtplint.source import Place, Source, SourceError
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.readers import Document

    Written = tuple[str, int, int]

__all__ = ["Carrier", "Carriers", "image_parts", "is_example", "is_secret", "prepare", "scopes", "syntax_for"]

# Groups of settings that are looked at in a file: so many, or as many as a large file has room for in earnest.
MAX_SCOPES = 1000
_ROOM = 48

# Documents that are trees, and syntaxes of files that a tree can stand for.
_TREES = frozenset(("yaml", "json", "toml"))
_FILES = _TREES | {"ini", "properties", "dotenv", "postfix"}

_LOADERS = {"yaml": "yaml12", "json": "native", "toml": "native", "python": "native"}
# `config/default.json` is what an application really reads; `app.ini.default` is what people copy.
_EXAMPLE = later(
    r"(?:\A|[._ -])(?:examples?|samples?|dist|template|tmpl|tpl|skel|skeleton|copy)(?:[._ -]|\Z)|[._ -]defaults?(?:[._ -]|\Z)|\A\.?env_?example\Z",
    re.IGNORECASE,
)
_EXAMPLE_WORDS = ("example", "sample", "dist", "template", "tmpl", "tpl", "skel", "copy", "default")


def is_example(path: str) -> bool:
    """Whether a path is that of an example file, which people copy and fill in."""
    name = path.rsplit("/", 1)[-1]
    low = name.lower()
    return any(word in low for word in _EXAMPLE_WORDS) and _EXAMPLE.search(name) is not None


def is_secret(path: str, syntax: str = "", root: Node | None = None) -> bool:
    """Whether a file is meant for secrets: a dotenv file, `*secret*`, `*credentials*`, or one that SOPS has encrypted; never an example."""
    if is_example(path):
        return False
    name = path.rsplit("/", 1)[-1].lower()
    if syntax == "dotenv" or "secret" in name or "credential" in name:
        return True
    return isinstance(root, Mapping) and isinstance(root.get("sops"), Mapping)


def syntax_for(path: str, carriers: Carriers) -> str:
    """The syntax a carrier reads a file in, by its name alone, "" when none says. For names that the readers do not know (`.envrc`)."""
    for carrier in carriers:
        if carrier.read_as and any(claim.files is not None and claim.files.fits(path) for claim in carrier.claims):
            return carrier.read_as
    return ""


_IMAGE_REFERENCE = later(r"\$\{\w+:?-([^${}]*)\}")


def image_parts(text: str) -> tuple[str, str]:
    """Repository and tag of an image reference, without registry, `library/` and digest. A default in a reference counts, as in
    `${IMAGE:-vaultwarden/server}:${TAG:-latest}`; other references stay in."""
    text = _IMAGE_REFERENCE.sub(r"\1", text.strip()).split("@", 1)[0]
    head, slash, rest = text.rpartition("/")
    name, _, tag = rest.partition(":")
    if rest.startswith("${"):
        end = rest.find("}")
        name, tag = rest[: end + 1], rest[end + 1 :].removeprefix(":")
    parts = [*(head.split("/") if slash else []), name]
    if len(parts) > 1 and ("." in parts[0] or ":" in parts[0] or parts[0] == "localhost") and not parts[0].startswith("$"):
        parts = parts[1:]
    if len(parts) > 1 and parts[0] == "library":
        parts = parts[1:]
    return "/".join(parts), tag


def scopes(
    source: Source, syntax: str, documents: list[Document], carriers: Carriers, problems: list[SourceError] | None = None
) -> list[Scope]:
    """The scopes of a file that was read as `documents`, in file order.

    `problems` collects a SourceError, its offset in `source`, for every inner document that is not what its name says, and one when there
    are more scopes than MAX_SCOPES and than a text of this size has room for. Never raises.
    """
    run = _Run(source, syntax, carriers, problems if problems is not None else [])
    roots = [document.root for document in documents]
    for number, root in enumerate(roots):
        run.document(root, syntax, source.path, (source.path,), prefix=f"[{number}]" if len(roots) > 1 else "", roots=roots)
    return run.found


class _Run:
    """The work on one file."""

    __slots__ = ("carriers", "found", "full", "most", "problems", "secret", "source", "syntax")

    def __init__(self, source: Source, syntax: str, carriers: Carriers, problems: list[SourceError]) -> None:
        self.source = source
        self.syntax = syntax
        self.carriers = carriers
        self.problems = problems
        self.found: list[Scope] = []
        self.full = False
        self.most = max(MAX_SCOPES, len(source.text) // _ROOM)
        self.secret = is_secret(source.path, syntax)

    def emit(self, scope: Scope) -> None:
        if len(self.found) >= self.most:
            if not self.full:
                self.full = True
                reason = f"holds more than {self.most} groups of settings; the rest is not looked at"
                self.problems.append(SourceError(reason, scope.root.start))
            return
        self.found.append(scope)

    def document(
        self,
        root: Node,
        syntax: str,
        name: str,
        names: tuple[str, ...],
        *,
        prefix: str,
        roots: list[Node],
        depth: int = 0,
        outer: _Context | None = None,
        carrier: Carrier | None = None,
        written: str = "",
    ) -> None:
        """All scopes of one document: those its carrier finds, then the document itself. `written`: the syntax of a tree that stands for a
        file of `syntax`."""
        if carrier is None:
            carrier = self.carriers.claiming(name, syntax, root)
        context = _Context(self, root, syntax, names=names, prefix=prefix, roots=roots, depth=depth, carrier=carrier, outer=outer)
        context.written = written or syntax
        if is_secret("", "", root):
            context.secret = True
        if carrier is not None:
            for rule in carrier.rules:
                context.apply(rule)
            if not carrier.document_too(root):
                return
        context.whole()


class _Given:
    """The places a rule takes variables from, without those that a document does not have at all."""

    __slots__ = ("any", "env_files", "env_from", "variables")

    def __init__(self, rule: Rule, root: Node) -> None:
        self.variables = [
            (upper, one) for upper, several in ((True, rule.capitals), (False, rule.environment)) for one in several if one.leads(root)
        ]
        self.env_files = [one for one in rule.env_files if one.leads(root)]
        self.env_from = [one for one in rule.env_from if one.leads(root)]
        self.any = bool(self.variables or self.env_files or self.env_from)


class _Context:
    """One document under one carrier."""

    __slots__ = (
        "carrier",
        "container",
        "depth",
        "interpolation",
        "loader",
        "names",
        "outer",
        "owner",
        "prefix",
        "root",
        "roots",
        "run",
        "secret",
        "siblings",
        "syntax",
        "taken",
        "used",
        "written",
    )

    owner: Owner
    secret: bool
    interpolation: str
    container: str
    written: str

    def __init__(
        self,
        run: _Run,
        root: Node,
        syntax: str,
        *,
        names: tuple[str, ...] = (),
        prefix: str = "",
        roots: list[Node] | None = None,
        depth: int = 0,
        carrier: Carrier | None = None,
        outer: _Context | None = None,
    ) -> None:
        self.run = run
        self.root = root
        self.syntax = self.written = syntax
        self.names = names
        self.roots = roots if roots is not None else [root]
        self.depth = depth
        self.carrier = carrier
        self.outer = outer
        self.owner = outer.owner if outer is not None else Owner()
        self.secret = outer.secret if outer is not None else run.secret
        # Nodes that some rule took, and the paths they were reached by: an alias may take the same node again, another rule may not.
        self.taken: set[int] = set()
        self.used: set[str] = set()
        self.siblings: dict[str, str] | None = None
        self.loader = (carrier.loader if carrier is not None else "") or _LOADERS.get(syntax, "text")
        self.interpolation = (
            (carrier.interpolation if carrier is not None else "")
            or (outer.interpolation if outer is not None else "")
            or ("dotenv" if syntax == "dotenv" else "generic")
        )
        self.container = carrier.container if carrier is not None else outer.container if outer is not None else ""
        self.prefix = prefix
        if carrier is not None and carrier.prefix:
            words = [found.text for found in (lookup(root, key) for key in carrier.prefix) if isinstance(found, Scalar) and found.text]
            if len(self.roots) > 1 and words:
                self.prefix = "/".join(words)

    def path(self, at: str) -> str:
        return f"{self.prefix}.{at}" if self.prefix and at and not at.startswith("[") else self.prefix + at

    # -- what a rule of the carrier finds

    def apply(self, rule: Rule) -> None:
        layered: list[Scope] = []
        given = _Given(rule, self.root)
        for at in rule.at:
            for hit in descend(self.root, at, rule.barred) if leads(self.root, at) else ():
                if not rule.fits(hit.node):
                    continue
                if given.any:
                    scope = self.environment(rule, given, hit)
                    if scope is not None and rule.layered:
                        layered.append(scope)
                    elif scope is not None:
                        self.run.emit(scope)
                if rule.files:
                    self.mixed(rule, hit)
                if rule.document is not None:
                    self.inner(rule, hit)
                if rule.modules is not None:
                    self.module(rule, hit)
                if rule.embedded:
                    self.embedded(rule, hit)
        for scope in _distinct(layered):
            self.run.emit(scope)

    def environment(self, rule: Rule, given: _Given, hit: Hit) -> Scope | None:
        """The variables at a hit, those of its surroundings underneath."""
        variables = Variables()
        for upper, relative in given.variables:
            for node in relative.nodes(hit, self.root):
                path = join(hit.at, relative.text)
                if relative.form == "." and path in self.used:
                    continue
                known = len(variables.taken)
                if rule.shape == "systemd" and isinstance(node, Mapping):
                    from smtplint.readers import ini

                    node = ini.environment(node)
                variables.add(node, upper=upper, passed=rule.passed)
                if relative.form == "." and len(variables.taken) > known:
                    self.used.add(path)
        files = tuple(
            _env_file(scalar, rule)
            for scalar in texts((node for relative in given.env_files for node in relative.nodes(hit, self.root)), "path", "value", "file")
        )
        sources = tuple(found for relative in given.env_from for node in relative.nodes(hit, self.root) for found in _env_from(node))
        self.taken.update(id(node) for node in variables.taken)
        if not variables.entries and not files and not sources:
            return None
        owner = self.describe(rule.owner, hit)
        if self.run.carriers.ignored(owner.image):
            return None
        anchor = hit.entry.key.place if hit.entry is not None else None
        base = hit.node if not isinstance(hit.node, Scalar) else self.root
        return Scope(
            "environment",
            self.run.syntax,
            variables.mapping(base),
            self.run.source,
            names=self.names,
            path=self.path(hit.at),
            owner=owner,
            loader=rule.loader or self.loader,
            complete=not variables.partial,
            container=self.container,
            secret=rule.secret or self.secret,
            template=variables.partial or any(entry.conditional for entry in variables.entries),
            anchor=anchor,
            interpolation=rule.interpolation or self.interpolation,
            env_files=files,
            env_from=sources,
            value_from=variables.value_from,
            provides=self.provided(rule, hit),
        )

    def provided(self, rule: Rule, hit: Hit) -> tuple[str, str, str]:
        if not rule.provides:
            return ("", "", "")
        name = self.text(rule.name, hit)
        if not name:
            return ("", "", "")
        return (rule.provides, name, self.text(rule.namespace, hit))

    def text(self, alternatives: tuple[Relative, ...], hit: Hit) -> str:
        """The first of the alternatives that is a known text."""
        found = self.scalar(alternatives, hit)
        return found.text if found is not None else ""

    def scalar(self, alternatives: tuple[Relative, ...], hit: Hit) -> Scalar | None:
        for relative in alternatives:
            for node in relative.nearest(hit, self.root):
                if isinstance(node, Scalar) and node.text and node.state == "known":
                    return node
        return None

    def templated(self, alternatives: tuple[Relative, ...], hit: Hit) -> Scalar | None:
        """The first of the alternatives that is a template's expression."""
        nodes = (node for relative in alternatives for node in relative.nearest(hit, self.root))
        return next((node for node in nodes if isinstance(node, Scalar) and "{{" in node.text), None)

    def describe(self, told: dict[str, tuple[Relative, ...]], hit: Hit) -> Owner:
        """What is known of the program at a hit, over what the outer document knows. `told`: attribute → where it is written."""
        outer = self.owner
        get = told.get
        image_at = self.scalar(get("image", ()), hit)
        if image_at is None:
            image_at = self.templated(get("image", ()), hit)
        seen = image_at is not None and image_at.state == "known"
        image, tag = image_parts(image_at.text) if image_at is not None and seen else ("", "")
        if seen and not tag:
            tag = self.text(get("tag", ()), hit)
        uses, _, ref = self.text(get("uses", ()), hit).partition("@")
        module = self.text(get("module", ()), hit)
        return Owner(
            name=self.text(get("name", ()), hit) or outer.name,
            image=image or outer.image,
            image_tag=tag if image else outer.image_tag,
            chart=self.text(get("chart", ()), hit).rsplit("/", 1)[-1] or outer.chart,
            uses=uses or outer.uses,
            uses_ref=ref if uses else outer.uses_ref,
            module=module or outer.module,
            siblings=self.beside() or outer.siblings,
            image_at=image_at if image_at is not None else outer.image_at,
        )

    def beside(self) -> dict[str, str]:
        """Images by name of everything that runs beside, over all documents of the file."""
        if self.siblings is None:
            self.siblings = {}
            for sibling in self.carrier.siblings if self.carrier is not None else ():
                for root in self.roots if self.depth == 0 else [self.root]:
                    for hit in descend(root, sibling.at[0], sibling.barred):
                        if sibling.fits(hit.node):
                            name, image = self.text(sibling.owner["name"], hit), self.text(sibling.owner["image"], hit)
                            if name and image:
                                self.siblings.setdefault(name, image_parts(image)[0])
        return self.siblings

    def mixed(self, rule: Rule, hit: Hit) -> None:
        """A mapping whose entries are files or variables: the `data` of a ConfigMap."""
        owner = self.describe(rule.owner, hit)
        for relative in rule.files:
            for node in relative.nodes(hit, self.root):
                if not isinstance(node, Mapping):
                    continue
                self.taken.add(id(node))
                variables: list[Entry] = []
                for entry in node.entries:
                    value = entry.value
                    if not isinstance(value, Scalar):
                        continue
                    if rule.encoding == "base64":
                        value = decode_base64(value)
                    if looks_like_file(entry.key.text) or "\n" in value.text.strip():
                        self.held(value, entry.key.text, hit.at, rule, owner)
                    elif VARIABLE.match(entry.key.text):
                        if is_null(value):
                            value = value.but(text="", type="str")
                        variables.append(Entry(entry.key, value, conditional=entry.conditional))
                if variables:
                    provided = self.provided(rule, hit)
                    self.run.emit(
                        Scope(
                            "environment",
                            self.run.syntax,
                            Mapping(node.source, node.start, node.end, variables, partial=node.partial),
                            self.run.source,
                            names=self.names,
                            path=self.path(f"{hit.at}.{relative.text}".lstrip(".")),
                            owner=owner,
                            loader=rule.loader or self.loader,
                            # Under a name that cannot be seen, nobody can tell what it is put together with.
                            complete=not node.partial and (not rule.provides or bool(provided[1])),
                            container=self.container,
                            secret=rule.secret or self.secret,
                            template=node.partial or any(entry.conditional for entry in variables),
                            interpolation=rule.interpolation or self.interpolation,
                            provides=provided,
                        )
                    )

    def held(self, value: Scalar, name: str, at: str, rule: Rule, owner: Owner, *, inside: bool = True) -> bool:
        """The scopes of a document called `name`, held in a scalar below the path `at` (`inside`) or at it. False when it holds none."""
        if self.depth >= MAX_DEPTH or value.state != "known":
            return False
        try:
            syntax, documents = read_inside(value, name, rule.syntax)
        except SourceError as error:
            self.run.problems.append(error)
            return False
        self.run.problems.extend(problem for document in documents for problem in document.problems)
        roots = [document.root for document in documents]
        trail = self.path(f"{at}.{name}".lstrip(".") if inside else at)
        names = (name, "/".join([*self.path(at).split("."), name] if inside else trail.split(".")))
        outer = self.shell(owner, rule, syntax)
        for number, root in enumerate(roots):
            self.run.document(
                root,
                syntax,
                name,
                names,
                prefix=trail + (f"[{number}]" if len(roots) > 1 else ""),
                roots=roots,
                depth=self.depth + 1,
                outer=outer,
            )
        return bool(documents)

    def tree(self, node: Mapping, name: str, at: str, rule: Rule, owner: Owner) -> bool:
        """The scopes of a tree under a key that is the name of a file: what a chart or a playbook writes into that file. False when the name
        says nothing."""
        syntax = syntax_of_name(name)
        if self.depth >= MAX_DEPTH or not node.entries or syntax not in _FILES or self.written not in _TREES:
            return False
        trail = self.path(join(at, name))
        self.taken.add(id(node))
        self.run.document(
            node,
            syntax,
            name,
            (name, "/".join([*self.path(at).split("."), name])),
            prefix=trail,
            roots=[node],
            depth=self.depth + 1,
            outer=self.shell(owner, rule, syntax),
            written=self.written,
        )
        return True

    def shell(self, owner: Owner, rule: Rule, syntax: str) -> _Context:
        """What a document inside this one inherits."""
        shell = _Context(self.run, self.root, syntax, depth=self.depth, outer=self)
        shell.owner = owner
        shell.secret = self.secret or rule.secret
        shell.interpolation = rule.interpolation
        return shell

    def inner(self, rule: Rule, hit: Hit) -> None:
        """A document at a path: a scalar that holds one, or a subtree that is one."""
        if rule.document is None:
            return
        owner = self.describe(rule.owner, hit)
        for node in rule.document.nodes(hit, self.root):
            path = join(hit.at, rule.document.text)
            if path in self.used:
                continue
            name = self.text(rule.name, hit) if rule.name else ""
            at = f"{hit.at}.{rule.document.text}".strip(".")
            if isinstance(node, Scalar):
                if self.held(node, name, at, rule, owner, inside=False):
                    self.taken.add(id(node))
                    self.used.add(path)
                continue
            self.taken.add(id(node))
            self.used.add(path)
            shell = self.shell(owner, rule, self.syntax)
            carrier = self.run.carriers.get(rule.as_carrier) if rule.as_carrier else None
            if carrier is not None:
                self.run.document(
                    node,
                    self.syntax,
                    name,
                    (name, *self.names) if name else self.names,
                    prefix=self.path(at),
                    roots=[node],
                    depth=self.depth,
                    outer=shell,
                    carrier=carrier,
                )
            elif isinstance(node, Mapping) and node.entries and not self.run.carriers.ignored(owner.image):
                self.run.emit(
                    Scope(
                        "document",
                        self.syntax,
                        node,
                        self.run.source,
                        names=(name, *self.names) if name else self.names,
                        path=self.path(at),
                        owner=owner,
                        loader=rule.loader or self.loader,
                        complete=not node.partial,
                        container=self.container,
                        secret=shell.secret,
                        template=node.partial,
                        interpolation=rule.interpolation or self.interpolation,
                        anchor=hit.entry.key.place if hit.entry is not None else None,
                    )
                )

    def module(self, rule: Rule, hit: Hit) -> None:
        """The parameters of an Ansible module: the one key of a task that is no keyword of the task itself."""
        if not isinstance(hit.node, Mapping) or rule.modules is None:
            return
        for entry in hit.node.entries:
            key, value = entry.key.text, entry.value
            if key in rule.keywords or key.startswith("with_") or not isinstance(value, Mapping):
                continue
            if join(hit.at, key) in self.used:
                continue
            full = rule.modules.get(key, key)
            if full in rule.skipped:
                continue
            self.used.add(join(hit.at, key))
            short = full.rsplit(".", 1)[-1]
            owner = self.describe(rule.owner, hit)
            owner.module = full
            # Environments, documents and values in it are scopes of their own.
            rest = _without(value, self.taken, {})
            self.taken.add(id(value))
            if not isinstance(rest, Mapping) or not rest.entries:
                continue
            self.run.emit(
                Scope(
                    "document",
                    self.syntax,
                    rest,
                    self.run.source,
                    names=(full, short) if full != short else (full,),
                    path=self.path(f"{hit.at}.{key}"),
                    owner=owner,
                    loader=self.loader,
                    complete=not value.partial,
                    container=self.container,
                    secret=self.secret,
                    template=value.partial,
                    interpolation=self.interpolation,
                    anchor=entry.key.place,
                )
            )

    def embedded(self, rule: Rule, hit: Hit) -> None:
        """Documents held in the scalars directly below a node, under any key."""
        if not isinstance(hit.node, Mapping):
            return
        owner: Owner | None = None
        for entry in hit.node.entries:
            value, name = entry.value, entry.key.text
            if name in rule.skipped or hit.at in self.used or join(hit.at, name) in self.used or id(value) in self.taken:
                continue
            if isinstance(value, Mapping) and "." in name and looks_like_file(name):
                owner = owner or self.describe(rule.owner, hit)
                self.tree(value, name, hit.at, rule, owner)
            elif isinstance(value, Scalar) and value.state == "known":
                # Of one line only JSON can be, and only under a name that says so.
                named = looks_like_file(name)
                if not ("\n" in value.text.strip() and (named or rule is not _NAMED)) and not (named and value.text.lstrip()[:1] == "{"):
                    continue
                owner = owner or self.describe(rule.owner, hit)
                if self.held(value, name, hit.at, rule, owner):
                    self.taken.add(id(value))

    # -- the document itself

    def whole(self) -> None:
        """The document as one scope, without what a carrier took out of it, and without the files that stand in it under their names."""
        # Few documents hold a file under its name, so few are gone through for one.
        if self.written in _TREES and (not isinstance(self.root, Mapping) or any(map(looks_like_file, keys_below(self.root)[0]))):
            for hit in descend(self.root, _ANYWHERE):
                self.embedded(_NAMED, hit)
        root = _without(self.root, self.taken, {}) if self.taken else self.root
        if isinstance(root, Sequence):
            # A list at the top: a mapping with one nameless key, so that `**` reaches what is in it.
            root = Mapping(root.source, root.start, root.end, [Entry(Scalar("", root.source, root.start, root.start), root)])
        if not isinstance(root, Mapping) or not root.entries:
            return
        owner = self.describe(self.carrier.owner, Hit("", self.root, None, ())) if self.carrier is not None else self.owner
        source, kind = self.run.source, "environment" if self.syntax == "dotenv" else "document"
        names = self.names
        outermost = self.outer is None and self.depth == 0
        secret = self.secret or is_secret(names[0] if names else "", self.syntax)
        if outermost and is_example(source.path):
            secret = False
        self.run.emit(
            Scope(
                kind,
                self.written if kind == "document" else self.run.syntax if not outermost else self.syntax,
                root,
                source,
                reads_as=self.syntax if self.written != self.syntax else "",
                names=names,
                path=self.prefix,
                owner=owner,
                loader=self.loader,
                complete=not root.partial,
                container=self.container,
                secret=secret,
                template=root.partial,
                interpolation=self.interpolation,
                anchor=Place(source, root.start, root.start),
            )
        )


# Where no carrier says what holds documents: below any key that is the name of a settings file.
_ANYWHERE = compile_path("**")
_NAMED = Rule({"at": "**", "embedded": True, "skip": ["command", "args", "script"]})


def _distinct(layered: list[Scope]) -> list[Scope]:
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


def _without(node: Node, taken: set[int], done: dict[int, Node | None]) -> Node | None:
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
            value = _without(entry.value, taken, done)
            if value is not None:
                entries.append(entry if value is entry.value else Entry(entry.key, value, conditional=entry.conditional))
            changed = changed or value is not entry.value
        if changed:
            result = Mapping(node.source, node.start, node.end, entries, partial=node.partial, tag=node.tag)
    else:
        kept = [_without(item, taken, done) for item in node.items]
        if any(new is not old for new, old in zip(kept, node.items, strict=True)):
            result = Sequence(node.source, node.start, node.end, [item for item in kept if item is not None], tag=node.tag)
    done[id(node)] = result
    return result
