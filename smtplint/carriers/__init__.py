"""Carriers: where settings hide inside a tree, told by data (`rules/carriers/`, described in `rules/schemas/carrier.schema.json`).

`scopes` turns the documents of one file into Scope objects: the environments and inner documents that the carriers know of, and the
document itself where no carrier claims it, or where the one that does says `also_document`. What a carrier took is left out of the
document's own scope, so every setting stands in one scope only. References are kept as written; `resolve` expands them.
"""

from __future__ import annotations

import re

from smtplint.carriers.claim import Carrier, Carriers, Rule, prepare
from smtplint.carriers.embed import looks_like_file
from smtplint.carriers.walk import Hit, Relative, descend
from smtplint.catalog.paths import keys_below, leads, lookup
from smtplint.lazy import later
from smtplint.scope import Owner, Scope
from smtplint.source import Place, Source, SourceError
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.readers import Document

__all__ = ["Carrier", "Carriers", "image_parts", "is_example", "is_secret", "prepare", "scopes", "syntax_for"]

# Groups of settings that are looked at in a file: so many, or as many as a large file has room for in earnest.
MAX_SCOPES = 1000
_ROOM = 48

# Documents that are trees.
TREES = frozenset(("yaml", "json", "toml"))

_LOADERS = {"yaml": "yaml12", "json": "native", "toml": "native", "python": "native", "ruby": "native"}
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
    text = text.strip()
    if "${" in text:
        text = _IMAGE_REFERENCE.sub(r"\1", text)
    text = text.split("@", 1)[0]
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
    run = Run(source, syntax, carriers, problems if problems is not None else [])
    roots = [document.root for document in documents]
    for number, root in enumerate(roots):
        run.document(root, syntax, source.path, (source.path,), prefix=f"[{number}]" if len(roots) > 1 else "", roots=roots)
    return run.found


class Run:
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
        """Keep a scope; past `most` of them, tell so once."""
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
        outer: Context | None = None,
        carrier: Carrier | None = None,
        written: str = "",
    ) -> None:
        """All scopes of one document: those its carrier finds, then the document itself. `written`: the syntax of a tree that stands for a
        file of `syntax`."""
        if carrier is None:
            carrier = self.carriers.claiming(name, syntax, root)
        context = Context(self, root, syntax, names=names, prefix=prefix, roots=roots, depth=depth, carrier=carrier, outer=outer)
        context.written = written or syntax
        if is_secret("", "", root):
            context.secret = True
        if carrier is not None:
            for rule in carrier.rules:
                context.apply(rule)
            if not carrier.document_too(root):
                return
        context.whole()


class Context:
    """One document under one carrier: what is known of it, and what its rules have taken so far."""

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
        run: Run,
        root: Node,
        syntax: str,
        *,
        names: tuple[str, ...] = (),
        prefix: str = "",
        roots: list[Node] | None = None,
        depth: int = 0,
        carrier: Carrier | None = None,
        outer: Context | None = None,
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
        """Where a path of this document sits in the file."""
        return f"{self.prefix}.{at}" if self.prefix and at and not at.startswith("[") else self.prefix + at

    # -- what a rule of the carrier finds

    def apply(self, rule: Rule) -> None:
        """Emit every scope that a rule finds."""
        from smtplint.carriers import environment

        layered: list[Scope] = []
        given = environment.Given(rule, self.root)
        for at in rule.at:
            for hit in descend(self.root, at, rule.barred) if leads(self.root, at) else ():
                if not rule.fits(hit.node) or (rule.listed is not None and not self.listed(rule.listed, hit)):
                    continue
                if given.any:
                    scope = environment.scope_at(self, rule, given, hit)
                    if scope is not None and rule.layered:
                        layered.append(scope)
                    elif scope is not None:
                        self.run.emit(scope)
                if rule.files:
                    environment.mixed(self, rule, hit)
                if rule.document is not None or rule.modules is not None or rule.embedded:
                    from smtplint.carriers import documents

                    documents.find(self, rule, hit)
        for scope in environment.distinct(layered):
            self.run.emit(scope)

    def listed(self, told: dict[str, str], hit: Hit) -> bool:
        """Whether the list that a rule speaks of holds the name of a hit, or may hold it. `told`: `in` and `as` of the rule."""
        key, found = hit.key(), lookup(self.root, told["in"])
        before, _, behind = told["as"].partition("*")
        if key is None or not isinstance(found, Scalar) or not (key.text.startswith(before) and key.text.endswith(behind)):
            return False
        name = key.text[len(before) : len(key.text) - len(behind)]
        return found.state != "known" or name in [word.strip() for word in found.text.split(",")]

    def text(self, alternatives: tuple[Relative, ...], hit: Hit) -> str:
        """The first of the alternatives that is a known text."""
        found = self.scalar(alternatives, hit)
        return found.text if found is not None else ""

    def scalar(self, alternatives: tuple[Relative, ...], hit: Hit) -> Scalar | None:
        """The same as a scalar, None when there is none."""
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
        return Owner(
            name=self.text(get("name", ()), hit) or outer.name,
            image=image or outer.image,
            image_tag=tag if image else outer.image_tag,
            chart=self.text(get("chart", ()), hit).rsplit("/", 1)[-1] or outer.chart,
            uses=uses or outer.uses,
            uses_ref=ref if uses else outer.uses_ref,
            module=outer.module,
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

    def shell(self, owner: Owner, rule: Rule, syntax: str) -> Context:
        """What a document inside this one inherits."""
        shell = Context(self.run, self.root, syntax, depth=self.depth, outer=self)
        shell.owner = owner
        shell.secret = self.secret or rule.secret
        shell.interpolation = rule.interpolation or (self.interpolation if rule.environment or rule.capitals else "")
        return shell

    # -- the document itself

    def whole(self) -> None:
        """The document as one scope, without what a carrier took out of it, and without the files that stand in it under their names."""
        # Few documents hold a file under its name, so few are gone through for one.
        if self.written in TREES and (not isinstance(self.root, Mapping) or any(map(looks_like_file, keys_below(self.root)[0]))):
            from smtplint.carriers.documents import named_files

            named_files(self)
        root: Node | None = self.root
        if self.taken:
            from smtplint.carriers.documents import without

            root = without(self.root, self.taken, {})
        if isinstance(root, Sequence):
            # A list at the top: a mapping with one nameless key, so that `**` reaches what is in it.
            root = Mapping(root.source, root.start, root.end, [Entry(Scalar("", root.source, root.start, root.start), root)])
        if not isinstance(root, Mapping) or not root.entries:
            return
        owner = self.describe(self.carrier.owner, Hit("", self.root, None, ())) if self.carrier is not None else self.owner
        if self.syntax == "dotenv" and not self.run.carriers.variables.keys().isdisjoint(root.index):
            from smtplint.carriers.documents import in_variables

            in_variables(self, root.entries, "", owner)
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
