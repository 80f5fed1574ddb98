"""Which application reads a group of keys.

Recognition works in tiers: (4) an image, chart, action, declared dependency or the user's own word; (3) a file name with a path, or the
application's own prefix; (2) a signature of keys; (1) common names beside a declared dependency, else `generic`. The highest tier wins, inside
it the profile that explains most keys; a tie goes to `generic`. Several endpoints come from one scope only where disjoint groups of keys win on
their own.
"""

from __future__ import annotations

from functools import partial

from smtplint.catalog.paths import children, dotted, find, fold, glob_matches, keys_below, keys_of, leads, like, lookup, nest, walk
from smtplint.lazy import later
from smtplint.tree import Entry, Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from smtplint.catalog import Catalog
    from smtplint.scope import Scope
    from smtplint.tree import Node

    Evidence = Callable[[str, str], Any]

DEPENDENCY = "the dependency "
# As a name in a placement: any key, each an endpoint of its own.
EVERY = "*"


class Recognition:
    """Why a profile was chosen for a group of keys. `tier` 1–4, `why` a phrase for people, `explained` how many keys it reads, `address`
    which of several addresses in one value or under one key this is ("[1]", ".main", "" for the only one)."""

    __slots__ = (
        "address",
        "declared",
        "entries",
        "explained",
        "found",
        "inherited",
        "inverted",
        "mapping",
        "path",
        "placement",
        "profile",
        "tier",
        "why",
    )

    def __init__(self, profile: dict[str, Any], placement: dict[str, Any], mapping: Mapping, path: str) -> None:
        self.profile = profile
        self.placement = placement
        self.mapping = mapping
        self.path = path
        self.tier = 0
        self.declared = False  # known by a dependency of the project only
        self.why = ""
        self.address = ""
        self.explained = 0
        self.found: dict[str, tuple[str, Entry | None, Node]] = {}
        self.inherited: set[str] = set()
        self.inverted: set[str] = set()
        self.entries: set[tuple[str, int]] = set()

    def split(self) -> list[Recognition]:
        """The same once for each address, where the profile says that its application takes several in one value."""
        for name, spec in self.profile["fields"].items():
            if "several" in spec and name in self.found:
                from smtplint.addresses import each

                key, entry, node = self.found[name]
                pieces = each(node, spec["several"])
                if pieces != [node]:
                    return [self._with(name, (key, entry, piece), f"[{number}]") for number, piece in enumerate(pieces)]
        return [self]

    def _with(self, name: str, hit: tuple[str, Entry | None, Node], address: str) -> Recognition:
        new = Recognition(self.profile, self.placement, self.mapping, self.path)
        for slot in Recognition.__slots__:
            setattr(new, slot, getattr(self, slot))
        new.found = {**self.found, name: hit}
        new.address = self.address + address
        return new

    def declares(self, name: str, text: str) -> bool:
        """Whether a text is one of the words that the profile itself gives for a field: nothing private can be in it, however it is written."""
        spec = self.profile["fields"].get(name, {})
        known = (*(spec.get("enum") or ()), *spec.get("true", ()), *spec.get("false", ()))
        return text.casefold() in {str(word).casefold() for word in known}


def no_evidence(axis: str, package: str) -> None:  # noqa: ARG001
    """Evidence that knows of nothing."""


def words_of(scope: Scope) -> set[str]:
    """The folded keys of a scope, at any depth, dotted keys also in pieces."""
    words: set[str] = set()
    stack: list[Node] = [scope.root]
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping):
            for entry in node.entries:
                text = entry.key.text
                words.add(fold(text))
                if "." in text:
                    words.update(fold(piece) for piece in text.split("."))
                if not isinstance(entry.value, Scalar):
                    stack.append(entry.value)
        elif isinstance(node, Sequence):
            stack.extend(item for item in node.items if not isinstance(item, Scalar))
    return words


def recognise(scope: Scope, catalog: Catalog, evidence: Evidence = no_evidence, chosen: str = "") -> list[Recognition]:
    """The profiles that win a group of keys of this scope."""
    if "properties" in (scope.syntax, scope.reads_as) and scope.kind == "document":
        scope.root = nest(scope.root)
    candidates: list[Recognition] = []
    for name, number in sorted(catalog.placements(words_of(scope))):  # the words come in no order
        profile = catalog.profile(name)
        placement = profile["placements"][number]
        if not _fits(placement, scope):
            continue
        file_fits = _file_fits(placement["files"], scope)
        knowable = partial(_knowable, profile, placement, scope, evidence, file_fits, chosen)
        for candidate in _instances(profile, placement, scope, knowable):
            _weigh(candidate, scope, evidence, file_fits, chosen)
            if candidate.tier and _has_needs(candidate):
                candidates.append(candidate)
    return _choose(candidates)


def _fits(placement: dict[str, Any], scope: Scope) -> bool:
    if scope.kind == "environment":
        if "environment" not in placement["syntax"]:
            return False
    elif scope.syntax not in placement["syntax"] and scope.reads_as not in placement["syntax"]:
        # Values of a chart and manifests may as well be written in JSON.
        if scope.syntax != "json" or scope.container not in ("helm", "kubernetes") or "yaml" not in placement["syntax"]:
            return False
    containers = placement["containers"]
    if containers and scope.container not in containers:
        return False
    return not any(leads(scope.root, path) and next(walk(scope.root, path), None) for path in placement["unless"])


def _file_fits(globs: tuple[str, ...], scope: Scope) -> bool:
    return any(glob_matches(glob, name) for glob in globs for name in scope.names)


def _instances(profile: dict[str, Any], placement: dict[str, Any], scope: Scope, knowable: Callable[[], bool]) -> Iterator[Recognition]:
    """The candidates of a placement; none once `knowable` says that the profile could not be told by anything here."""
    folded = placement["fold"]
    if placement["prefix"] == "any" and _endings(scope.root).isdisjoint(_suffixes(placement)[0]):
        return
    seen: set[int] = set()
    for path in placement["at"]:
        if not leads(scope.root, path, folded=folded):
            continue
        for where, node, _entry in walk(scope.root, path, folded=folded):
            if not isinstance(node, Mapping) or id(node) in seen:
                continue
            seen.add(id(node))
            if not _where(placement, node, folded):
                continue
            if placement["prefix"] == "any":
                yield from _prefixed(profile, placement, node, where, scope.root)
                continue
            if not _speaks(placement, node, folded) or any(find(node, key, folded=folded) is not None for key in placement["without"]):
                continue
            if not knowable():  # twenty applications read SMTP_HOST
                return
            every = next((field for field, keys in placement["names"].items() if EVERY in keys), "")
            if every:
                yield from _each(profile, placement, node, where, every)
                continue
            candidate = Recognition(profile, placement, node, where)
            _collect(candidate, scope.root, folded)
            if candidate.found:
                yield candidate


def _each(profile: dict[str, Any], placement: dict[str, Any], node: Mapping, where: str, field: str) -> Iterator[Recognition]:
    """One candidate for every key of a mapping whose names are free."""
    for name, value, entry in children(node):
        if entry is not None and isinstance(value, Scalar):
            candidate = Recognition(profile, placement, node, where)
            candidate.found[field] = (name, entry, value)
            candidate.entries.add((entry.key.source.path, entry.key.start))
            candidate.address = f".{name}"
            yield candidate


_HEADS: dict[int, tuple[dict[str, Any], frozenset[str]]] = {}


def _speaks(placement: dict[str, Any], node: Mapping, folded: bool) -> bool:
    """Whether a mapping may hold a name of a placement. Cheap, and wrong only towards yes: most of many like mappings hold none."""
    held = _HEADS.get(id(placement))
    if held is None or held[0] is not placement:
        written = [_written(key) for keys in placement["names"].values() for key in keys]
        elsewhere = bool(placement.get("inherits")) or any(shared for _, _, shared in written)
        heads = [head for _, head, _ in written]
        elsewhere = elsewhere or EVERY in heads
        if len(_HEADS) > 4096:
            _HEADS.clear()
        held = _HEADS[id(placement)] = (placement, frozenset(map(fold, heads) if folded else heads) if not elsewhere else frozenset())
    return not held[1] or dotted(node) or not held[1].isdisjoint(keys_of(node, folded=folded))


def _where(placement: dict[str, Any], node: Mapping, folded: bool) -> bool:
    """`where: {key: [globs]}`: the mapping must hold the key with such a value; `!glob` must not hold; `-` must be absent."""
    for key, globs in placement["where"]:
        found = lookup(node, key, folded=folded)
        # A value with a reference in it still shows what surrounds the reference.
        text = found.text.lower() if isinstance(found, Scalar) else None
        met = False
        for glob in globs:
            if glob == "-":
                met = met or found is None
            elif glob.startswith("!"):
                if text is not None and like(text, glob[1:].lower()):
                    return False
                met = True
            elif text is not None and like(text, glob.lower()):
                met = True
        if not met:
            return False
    return True


def _collect(candidate: Recognition, root: Mapping, folded: bool) -> None:
    placement = candidate.placement
    own_keys = None if dotted(candidate.mapping) else keys_of(candidate.mapping, folded=folded)
    for field, keys, heads in _fields(placement, folded):
        if own_keys is not None and heads is not None:
            for head in heads:  # of many names few stand in a mapping
                if head in own_keys:
                    break
            else:
                continue
        _take(candidate, candidate.mapping, field, keys, folded, root)
    inherits = placement.get("inherits")
    if inherits:
        for _path, node, _entry in walk(root, inherits["at"], folded=folded):
            if isinstance(node, Mapping):
                own = set(candidate.found)
                whole = inherits["whole"] if own.intersection(inherits["whole"]) else ()
                for field, keys in inherits["names"].items():
                    if field not in own and field not in whole:
                        _take(candidate, node, field, keys, folded)
                        if field in candidate.found:
                            candidate.inherited.add(field)
                break


def _take(candidate: Recognition, node: Mapping, field: str, keys: tuple[str, ...], folded: bool, root: Mapping | None = None) -> None:
    """Find a field under the first of its keys that is not blank. `!key` says the opposite of the field, `/key` stands at the root of the scope."""
    first = None
    here = None if dotted(node) else keys_of(node, folded=folded)
    for written in keys:
        key, head, shared = _written(written)
        if (shared and root is None) or (not shared and here is not None and (fold(head) if folded else head) not in here):
            continue
        hit = find(root if shared and root is not None else node, key, folded=folded)
        if hit is None:
            continue
        value, entry = hit
        if _definition(value):
            continue
        if first is None or not _blank(value):
            first = (key, entry, value, written.startswith("!"))
        if entry is not None and not shared:
            candidate.entries.add((entry.key.source.path, entry.key.start))
        if not _blank(value):
            break
    if first is not None:
        candidate.found[field] = first[:3]
        if first[3]:
            candidate.inverted.add(field)


_FIELDS: dict[int, tuple[dict[str, Any], list[tuple[str, tuple[str, ...], tuple[str, ...] | None]]]] = {}


def _fields(placement: dict[str, Any], folded: bool) -> list[tuple[str, tuple[str, ...], tuple[str, ...] | None]]:
    """The fields of a placement, their keys, and the first pieces of these, None when one stands at the root; worked out once."""
    held = _FIELDS.get(id(placement))
    if held is not None and held[0] is placement:
        return held[1]
    found = []
    for field, keys in placement["names"].items():
        written = [_written(key) for key in keys]
        heads = tuple(fold(head) if folded else head for _, head, _ in written)
        found.append((field, keys, None if any(shared for _, _, shared in written) else heads))
    if len(_FIELDS) > 4096:
        _FIELDS.clear()
    _FIELDS[id(placement)] = (placement, found)
    return found


_WRITTEN: dict[str, tuple[str, str, bool]] = {}


def _written(name: str) -> tuple[str, str, bool]:
    """The key behind a name of a placement, the first piece of it, and whether it stands at the root."""
    known = _WRITTEN.get(name)
    if known is None:
        key = name.lstrip("!/")
        known = _WRITTEN[name] = (key, key.partition(".")[0], "/" in name[:2])
    return known


def _blank(node: Node) -> bool:
    return isinstance(node, Scalar) and node.state == "known" and (node.type == "null" or not node.text.strip())


_CAMEL = later(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# What stands between the pieces of a tree that .NET and pydantic read from variables, and what a section is called beside its subject.
_SECTION = later(r"(?<=[A-Z0-9])(?:_(?:SETTINGS|CONFIG|CONFIGURATION|OPTIONS))?__+")


def snake(key: str) -> str:
    """`smtpHost`, `smtp-host`, `SmtpHost`, `Smtp__Host`, `SmtpSettings__Host` → `SMTP_HOST`."""
    if not key.isupper():
        key = _CAMEL.sub("_", key).replace("-", "_").replace(" ", "_").upper()
    return _SECTION.sub("_", key) if "__" in key else key


_SUFFIXES: dict[int, tuple[dict[str, Any], Any]] = {}


def _suffixes(placement: dict[str, Any]) -> Any:
    """The names of a placement by key, as (field, rank, inverted), and those that stand at the root; worked out once."""
    held = _SUFFIXES.get(id(placement))
    if held is not None and held[0] is placement:
        return held[1]
    names: dict[str, list[tuple[str, int, bool]]] = {}
    shared: list[tuple[str, tuple[str, ...]]] = []
    for field, keys in placement["names"].items():
        for number, key in enumerate(keys):
            if "/" in key[:2]:
                shared.append((field, (key,)))
            else:
                names.setdefault(key.lstrip("!"), []).append((field, number, key.startswith("!")))
    if len(_SUFFIXES) > 64:
        _SUFFIXES.clear()
    _SUFFIXES[id(placement)] = (placement, (names, shared))
    return names, shared


_ENDINGS: dict[int, tuple[Mapping, frozenset[str]]] = {}


def _endings(root: Mapping) -> frozenset[str]:
    """What any key of a scope ends in, by words: those of `SHOP_SMTP_HOST` are itself, `SMTP_HOST` and `HOST`. Worked out once for a root."""
    held = _ENDINGS.get(id(root))
    if held is not None and held[0] is root:
        return held[1]
    found: set[str] = set()
    for key in keys_below(root)[0]:
        key = snake(key)
        while key and key not in found:
            found.add(key)
            key = key.partition("_")[2]
    _ENDINGS.clear()  # the placements of one scope are tried one after another
    _ENDINGS[id(root)] = (root, frozenset(found))
    return _ENDINGS[id(root)][1]


def _prefixed(profile: dict[str, Any], placement: dict[str, Any], node: Mapping, where: str, root: Mapping) -> Iterator[Recognition]:
    """One candidate for every prefix under which the names of the placement occur in a flat mapping."""
    names, shared = _suffixes(placement)
    without = set(placement["without"])
    groups: dict[str, dict[str, tuple[int, str, Entry, bool]]] = {}
    barred: set[str] = set()
    spelled: dict[str, Entry] = {}
    for entry in node.entries:
        if node.index.get(entry.key.text) is not entry or _group(entry.value):
            continue
        key = snake(entry.key.text)
        spelled[key] = entry
        at = 0
        while True:
            if key[at:] in without:
                barred.add(key[:at])
            if key[at:] in names:
                group = groups.setdefault(key[:at], {})
                for field, number, inverted in names[key[at:]]:
                    held = group.get(field)
                    if held is None or (_blank(held[2].value), held[0]) > (_blank(entry.value), number):
                        group[field] = (number, entry.key.text, entry, inverted)
                break
            at = key.find("_", at) + 1
            if at == 0:
                break
    for prefix, group in groups.items():
        if prefix in barred or (prefix and set(group) == {"host"} and _out_of_sight(group["host"][2].value)):
            continue  # `SENTRY_MAIL_HOST: ${…}` and nothing beside it says too little to be a group
        candidate = Recognition(profile, placement, node, _path(where, prefix.rstrip("_")))
        for field, (_, text, entry, inverted) in group.items():
            candidate.found[field] = (text, entry, entry.value)
            candidate.entries.add((entry.key.source.path, entry.key.start))
            if inverted:
                candidate.inverted.add(field)
        for field, keys in shared:
            if field in candidate.found:
                continue
            # Beside the group and under its prefix, else at the root; either way it may speak for other groups as well.
            beside = spelled.get(prefix + keys[0].lstrip("!/"))
            if beside is not None and not _blank(beside.value):
                candidate.found[field] = (beside.key.text, beside, beside.value)
                if keys[0].startswith("!"):
                    candidate.inverted.add(field)
            else:
                _take(candidate, node, field, keys, False, root)
        yield candidate


def _out_of_sight(node: Node) -> bool:
    return isinstance(node, Scalar) and node.state == "unresolved"


_GROUP = frozenset(("host", "hostname", "server", "address", "port", "from", "user", "username", "password"))


def _group(node: Node) -> bool:
    """Whether what stands under `smtpServer` is a group of settings of its own (or an empty one), not a reference such as {env: X}."""
    if isinstance(node, Sequence):
        return any(isinstance(item, Mapping) and _group(item) for item in node.items)
    return isinstance(node, Mapping) and (
        not node.entries or any(fold(entry.key.text) in _GROUP for entry in node.entries) or _definition(node)
    )


def _definition(node: Node) -> bool:
    """Whether a mapping tells what a setting is about, as forms, inputs of actions and specifications of arguments do, and not what it is."""
    if not isinstance(node, Mapping):
        return False
    keys = {fold(entry.key.text) for entry in node.entries}
    return "value" not in keys and bool(
        keys & {"description", "label", "title"} or ("type" in keys and keys & {"default", "required", "enum"})
    )


def _path(where: str, name: str) -> str:
    return f"{where}.{name}" if where and name else where or name


def _knowable(profile: dict[str, Any], placement: dict[str, Any], scope: Scope, evidence: Evidence, file_fits: bool, chosen: str) -> bool:
    """Whether `_weigh` may find a tier for any candidate of a placement in this scope. Cheap, and wrong only towards yes."""
    if chosen:
        return bool(chosen == profile["id"])
    known_by = profile["known_by"]
    if profile["id"] == "generic" or (scope.kind != "environment" and placement["files"] and file_fits):
        return True
    if not placement["common"]:
        exact, _ = keys_below(scope.root)
        if placement["fold"] or "" in exact:
            return True
        prefixes = known_by.get("prefix", ())
        if prefixes and any(key.startswith(prefixes) for key in exact):
            return True
        if prefixes and any(
            _written(key)[0].startswith(prefixes) and _written(key)[1] in exact for keys in placement["names"].values() for key in keys
        ):
            return True
        for group in known_by.get("signature", ()):
            if all((head := key.partition("=")[0].partition(".")[0]) in exact or head.isdigit() or head[0] == "!" for key in group):
                return True
    return bool(_owner(known_by, scope, evidence))


def _weigh(candidate: Recognition, scope: Scope, evidence: Evidence, file_fits: bool, chosen: str) -> None:
    """Set tier, why and explained."""
    profile, placement = candidate.profile, candidate.placement
    known_by = profile["known_by"]
    candidate.explained = len(candidate.entries)
    if chosen:
        if chosen == profile["id"]:
            candidate.tier, candidate.why = 4, "named in the configuration of smtplint"
        return
    if any(scope.root.index.get(key) for key in known_by.get("unless", ())):
        return
    if profile["id"] == "generic":
        candidate.tier, candidate.why = 1, "nothing more specific fits"
        return
    why = _owner(known_by, scope, evidence)
    if placement["common"]:
        # Names that many programs use: better than nothing where the project depends on this one, and behind all that is known by more.
        candidate.tier, candidate.why, candidate.declared = (1 if why else 0), why, why.startswith(DEPENDENCY)
        return
    if why:
        candidate.tier, candidate.why, candidate.declared = 4, why, why.startswith(DEPENDENCY)
        return
    environment = scope.kind == "environment"
    if not environment and placement["files"] and file_fits:
        candidate.tier, candidate.why = 3, f"the file name and the path {candidate.path or 'of its keys'}"
        return
    prefixes = known_by.get("prefix", ())
    if prefixes:
        own = next((key for key in (hit[0] for hit in candidate.found.values()) if key.startswith(prefixes)), None)
        if own is not None:
            candidate.tier, candidate.why = 3, f"the application's own key {own}"
            return
    stranger = _stranger(known_by, evidence)
    for group in known_by.get("signature", ()):
        if (len(group) == 1 or not stranger) and all(_present(key, candidate, scope) for key in group):
            told = [key for key in group if key[0] != "!"]
            candidate.tier, candidate.why = 2, f"the key{'s' if len(told) > 1 else ''} {', '.join(told)}"
            return


def _present(key: str, candidate: Recognition, scope: Scope) -> bool:
    """A key of a signature: in the candidate's own mapping or at the root; `KEY=glob` also asks for the value, `!KEY` that it is not there."""
    if key[0] == "!":
        return not _present(key[1:], candidate, scope)
    name, equals, glob = key.partition("=")
    for node in (candidate.mapping, scope.root):
        hit = find(node, name)
        if hit is not None:
            if not equals:
                return True
            value = hit[0]
            # `smtp://user:${PASS}@host?requireTLS=true`: what stands before and behind a reference can be seen.
            seen = isinstance(value, Scalar) and (value.state == "known" or bool(value.text) and value.text[0] not in "${")
            return seen and isinstance(value, Scalar) and like(value.text.lower(), glob.lower())
    return False


def _owner(known_by: dict[str, Any], scope: Scope, evidence: Evidence) -> str:
    owner = scope.owner
    if owner.image:
        image = owner.image.lower()
        for glob in known_by.get("images", ()):
            glob = glob.lower()
            if like(image, glob) or like(image, "*/" + glob):
                return f"the image {owner.image}"
    if owner.chart:
        for glob in known_by.get("charts", ()):
            if like(owner.chart.lower(), glob.lower()):
                return f"the chart {owner.chart}"
    if owner.uses:
        for glob in known_by.get("uses", ()):
            if like(owner.uses.lower(), glob.lower()):
                return f"the action {owner.uses}"
    if owner.module:
        for glob in known_by.get("modules", ()):
            if like(owner.module.lower(), glob.lower()):
                return f"the module {owner.module}"
    if owner.image and not owner.folder:
        return ""  # somebody else's image: what this project depends on says nothing about it
    for axis, packages in known_by.get("packages", ()):
        for package in packages:
            name, _, spec = package.partition(" ")
            if evidence_meets(evidence(axis, name), spec):
                return f"{DEPENDENCY}{name}"
    return ""


def _stranger(known_by: dict[str, Any], evidence: Evidence) -> bool:
    """Whether the project declares what uses the same names for itself, and not this application."""
    for axis, packages in known_by.get("foreign", ()):
        if any(evidence(axis, name) is not None for name in packages if name[0] != "!"):
            return not any(evidence(axis, name[1:]) is not None for name in packages if name[0] == "!")
    return False


def evidence_meets(found: Any, spec: str) -> bool:
    """Whether evidence of a package (None, or an object with `satisfies(spec) -> True | False | None`) surely meets a specification."""
    if found is None or found is False:
        return False
    if not spec:
        return True
    if isinstance(found, str):
        from smtplint.version import satisfies

        return satisfies(found, spec)
    return bool(found is not True and found.satisfies(spec))


def _has_needs(candidate: Recognition) -> bool:
    needs = candidate.profile["needs"]
    return not needs or any(field in candidate.found for field in needs)


def _choose(candidates: list[Recognition]) -> list[Recognition]:
    # Within tier 4 the image of a container says more about it than what a manifest of the whole project depends on.
    candidates.sort(key=lambda c: (-c.tier, c.profile["id"] == "generic", c.declared, -c.explained, c.profile["id"], c.path))
    taken: dict[tuple[str, int], Recognition] = {}
    result: list[Recognition] = []
    dropped: set[int] = set()
    for number, candidate in enumerate(candidates):
        if id(candidate) in dropped:
            continue
        own = {entry for entry in candidate.entries if not _inherited(candidate, entry)}
        rivals = [taken[entry] for entry in own if entry in taken]
        if any(rival is not candidate for rival in rivals):
            # The same profile may read shared keys twice (a pair of receivers), never another one.
            if not all(rival.profile is candidate.profile and rival.path != candidate.path for rival in rivals):
                continue
            if not own - set(taken):
                continue
        if candidate.tier in (2, 3) and candidate.profile["id"] != "generic":
            equals = [
                other
                for other in candidates[number + 1 :]
                if (other.tier, other.explained) == (candidate.tier, candidate.explained)
                and other.profile is not candidate.profile
                and other.entries & candidate.entries
            ]
            if equals:
                dropped.update(id(other) for other in equals)
                continue
        for entry in own:
            taken.setdefault(entry, candidate)
        result.append(candidate)
    return result


def _inherited(candidate: Recognition, entry: tuple[str, int]) -> bool:
    for field in candidate.inherited:
        hit = candidate.found[field][1]
        if hit is not None and (hit.key.source.path, hit.key.start) == entry:
            return True
    return False
