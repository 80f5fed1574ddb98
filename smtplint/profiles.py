"""From a scope to endpoints: which application reads it, what its keys say, what their absence means, and which mode follows.

Recognition works in tiers (4 an image, chart, action, declared dependency or the user's own word; 3 a file name with a path, or the
application's own prefix; 2 a signature of keys; 1 `generic`). The highest tier wins, inside it the profile that explains most keys; a tie goes
to `generic`. Several endpoints come from one scope only where disjoint groups of keys win on their own.
"""

from __future__ import annotations

from smtplint.catalog.condition import UNKNOWN, evaluate
from smtplint.catalog.paths import find, fold, like, lookup, nest, walk
from smtplint.decode import decode
from smtplint.endpoint import Endpoint, Field
from smtplint.lazy import later
from smtplint.tree import Entry, Mapping, Scalar, Sequence
from smtplint.version import satisfies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from smtplint.catalog import Catalog
    from smtplint.scope import Scope
    from smtplint.source import Place
    from smtplint.tree import Node

    Evidence = Callable[[str, str], Any]

MAX_ASSUMPTIONS = 16
# 10.6.1, v2.3-alpine, 30-apache; not latest, stable or a hash.
_IMAGE_TAG = later(r"v?[0-9]{1,4}(?:\.[0-9]+)*(?:-[a-z][\w.\-]*)?\Z")
MAX_ENDPOINTS = 10_000
DEPENDENCY = "the dependency "


class Recognition:
    """Why a profile was chosen for a group of keys. `tier` 1–4, `why` a phrase for people, `explained` how many keys it reads."""

    __slots__ = (
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
        self.explained = 0
        self.found: dict[str, tuple[str, Entry | None, Node]] = {}
        self.inherited: set[str] = set()
        self.inverted: set[str] = set()
        self.entries: set[tuple[str, int]] = set()


def no_evidence(axis: str, package: str) -> None:  # noqa: ARG001
    """Evidence that knows of nothing."""


def endpoints(scope: Scope, catalog: Catalog, evidence: Evidence = no_evidence, chosen: str = "") -> list[Endpoint]:
    """Every endpoint of a resolved scope, without derived facts. `chosen` is the profile the user names for this file ("none": no endpoint)."""
    if chosen == "none":
        return []
    picked = recognise(scope, catalog, evidence, chosen)
    result = []
    for recognition in picked:
        endpoint = build(recognition, scope, catalog, evidence)
        if endpoint is not None:
            result.append(endpoint)
    return result


# --- recognition ---------------------------------------------------------------------------------------------------------------------------


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
    if scope.syntax == "properties" and scope.kind == "document":
        scope.root = nest(scope.root)
    candidates: list[Recognition] = []
    for name, number in sorted(catalog.placements(words_of(scope))):  # the words come in no order
        profile = catalog.profile(name)
        placement = profile["placements"][number]
        if not _fits(placement, scope):
            continue
        file_fits = _file_fits(placement["files"], scope)
        for candidate in _instances(profile, placement, scope):
            _weigh(candidate, scope, evidence, file_fits, chosen)
            if candidate.tier and _has_needs(candidate):
                candidates.append(candidate)
    return _choose(candidates)


def _fits(placement: dict[str, Any], scope: Scope) -> bool:
    if scope.kind == "environment":
        if "environment" not in placement["syntax"]:
            return False
    elif scope.syntax not in placement["syntax"]:
        return False
    containers = placement["containers"]
    if containers and scope.container not in containers:
        return False
    return not any(next(walk(scope.root, path), None) for path in placement["unless"])


def _file_fits(globs: tuple[str, ...], scope: Scope) -> bool:
    return any(glob_matches(glob, name) for glob in globs for name in scope.names)


def glob_matches(glob: str, path: str) -> bool:
    """A glob without a slash is held against the last part of a path, one with a slash against its end; case does not count."""
    path, glob = path.lower(), glob.lower()
    if "/" not in glob:
        return like(path.rsplit("/", 1)[-1], glob)
    return like(path, glob) or like(path, "*/" + glob.lstrip("/"))


def _instances(profile: dict[str, Any], placement: dict[str, Any], scope: Scope) -> Iterator[Recognition]:
    folded = placement["fold"]
    seen: set[int] = set()
    for path in placement["at"]:
        for where, node, _entry in walk(scope.root, path, folded=folded):
            if not isinstance(node, Mapping) or id(node) in seen:
                continue
            seen.add(id(node))
            if not _where(placement, node, folded):
                continue
            if placement["prefix"] == "any":
                yield from _prefixed(profile, placement, node, where, scope.root)
                continue
            if any(find(node, key, folded=folded) is not None for key in placement["without"]):
                continue
            candidate = Recognition(profile, placement, node, where)
            _collect(candidate, scope.root, folded)
            if candidate.found:
                yield candidate


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
    for field, keys in placement["names"].items():
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
    for written in keys:
        key = written.lstrip("!/")
        shared = "/" in written[:2]
        if shared and root is None:
            continue
        hit = find(root if shared and root is not None else node, key, folded=folded)
        if hit is None:
            continue
        value, entry = hit
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


def _blank(node: Node) -> bool:
    return isinstance(node, Scalar) and node.state == "known" and (node.type == "null" or not node.text.strip())


_CAMEL = later(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(key: str) -> str:
    """`smtpHost`, `smtp-host`, `SmtpHost` → `SMTP_HOST`."""
    return _CAMEL.sub("_", key).replace("-", "_").replace(" ", "_").upper() if not key.isupper() else key


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


def _prefixed(profile: dict[str, Any], placement: dict[str, Any], node: Mapping, where: str, root: Mapping) -> Iterator[Recognition]:
    """One candidate for every prefix under which the names of the placement occur in a flat mapping."""
    names, shared = _suffixes(placement)
    without = set(placement["without"])
    groups: dict[str, dict[str, tuple[int, str, Entry, bool]]] = {}
    barred: set[str] = set()
    for entry in node.entries:
        if node.index.get(entry.key.text) is not entry or _group(entry.value):
            continue
        key = snake(entry.key.text)
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
        if prefix in barred:
            continue
        candidate = Recognition(profile, placement, node, _path(where, prefix.rstrip("_")))
        for field, (_, text, entry, inverted) in group.items():
            candidate.found[field] = (text, entry, entry.value)
            candidate.entries.add((entry.key.source.path, entry.key.start))
            if inverted:
                candidate.inverted.add(field)
        for field, keys in shared:
            if field not in candidate.found:
                _take(candidate, node, field, keys, False, root)
        yield candidate


_GROUP = frozenset(("host", "hostname", "server", "address", "port", "from", "user", "username", "password"))


def _group(node: Node) -> bool:
    """Whether what stands under `smtpServer` is a group of settings of its own (or an empty one), not a reference such as {env: X}."""
    if isinstance(node, Sequence):
        return any(isinstance(item, Mapping) and _group(item) for item in node.items)
    return isinstance(node, Mapping) and (not node.entries or any(fold(entry.key.text) in _GROUP for entry in node.entries))


def _path(where: str, name: str) -> str:
    return f"{where}.{name}" if where and name else where or name


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
    for group in known_by.get("signature", ()):
        if all(_present(key, candidate, scope) for key in group):
            candidate.tier, candidate.why = 2, "the keys " + ", ".join(group)
            return


def _present(key: str, candidate: Recognition, scope: Scope) -> bool:
    """A key of a signature: in the candidate's own mapping or at the root; `KEY=glob` also asks for the value."""
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


def evidence_meets(found: Any, spec: str) -> bool:
    """Whether evidence of a package (None, or an object with `satisfies(spec) -> True | False | None`) surely meets a specification."""
    if found is None or found is False:
        return False
    if not spec:
        return True
    if isinstance(found, str):
        return satisfies(found, spec)
    return bool(found is not True and found.satisfies(spec))


def _has_needs(candidate: Recognition) -> bool:
    needs = candidate.profile["needs"]
    return not needs or any(field in candidate.found for field in needs)


def _choose(candidates: list[Recognition]) -> list[Recognition]:
    # Within tier 4 the image of a container says more about it than what a manifest of the whole project depends on.
    candidates.sort(key=lambda c: (-c.tier, c.declared, -c.explained, c.profile["id"], c.path))
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


# --- fields --------------------------------------------------------------------------------------------------------------------------------


class _Values:
    """The fields of one evaluation, as conditions see them."""

    __slots__ = ("extra", "fields", "written")

    def __init__(self, fields: dict[str, Field], written: dict[str, str | None], extra: dict[str, object]) -> None:
        self.fields = fields
        self.written = written
        self.extra = extra

    def value(self, name: str) -> object:
        field = self.fields.get(name)
        if field is None:
            return self.extra.get(name)
        if field.state == "unresolved":
            return UNKNOWN
        return field.value

    def state(self, name: str) -> str | None:
        return self.written.get(name, "absent")


def fields_of(candidate: Recognition, scope: Scope) -> tuple[dict[str, Field], dict[str, str | None], bool]:
    """The decoded fields, what is written of each ("absent", "empty", "present", None = unknown), and whether absence is known."""
    profile, placement = candidate.profile, candidate.placement
    specs = profile["fields"]
    loader = placement["loader"] or scope.loader
    mapping = candidate.mapping
    known = scope.complete and not scope.template and not scope.root.partial and not mapping.partial
    fields: dict[str, Field] = {}
    written: dict[str, str | None] = {}
    parts: list[tuple[str, str, object, Place, Field]] = []
    blurred: list[tuple[str, Field]] = []
    for name in [*specs, *(key for key in placement["names"] if key not in specs)]:
        spec = specs.get(name) or {"decoder": "text"}
        hit = candidate.found.get(name)
        if hit is None:
            if known or name in placement["absent"]:
                fields[name], written[name] = Field(name, "absent"), "absent"
            else:
                fields[name], written[name] = Field(name, "unresolved", note="may be set where it cannot be seen"), None
            continue
        key, entry, node = hit
        field = Field(
            name,
            "set",
            key=_key(candidate, key, name),
            place=_value_place(node),
            key_place=entry.key.place if entry is not None else None,
            via=node.via if isinstance(node, Scalar) else (),
        )
        if name in candidate.inverted:
            spec = {**spec, "inverted": not spec.get("inverted")}
        decoded = decode(node, spec, loader)
        field.note = decoded.note
        fields[name] = field
        written[name] = "present"
        if decoded.state == "empty":
            field.empty = True
            written[name] = "empty"
            meaning = spec.get("empty", "absent")
            if meaning == "absent":
                field.state = "absent"
                written[name] = "absent"
            else:
                field.value = meaning
        elif decoded.state == "unresolved":
            field.state = "unresolved"
            if spec["decoder"] in ("url", "host_port"):
                blurred.append((spec["decoder"], field))
        elif decoded.state == "invalid":
            field.value = "error" if spec["decoder"] in ("bool", "enum") else None
            field.state = "set" if spec["decoder"] in ("bool", "enum") else "invalid"
        else:
            field.value = decoded.value
        for part, (state, value, place) in (decoded.parts or {}).items():
            parts.append((part, state, value, place, field))
    for name, spec in specs.items():
        # `own_host`: a word that is the endpoint's own host name has a meaning of its own (a list of trusted hosts).
        if "own_host" in spec and fields[name].state == "set" and isinstance(fields[name].value, str):
            own = fields.get("host")
            if own is not None and own.state == "set" and own.value in str(fields[name].value).lower().split():
                fields[name].value = spec["own_host"]
            else:
                fields[name].state, fields[name].value = "unresolved", None
    for part, state, value, place, holder in parts:
        _fill(part, state, value, place, holder, fields, written, profile)
    for decoder, field in blurred:
        options = tuple(specs[field.name].get("query") or ()) if decoder == "url" else ()
        for part in ("host", "port", "username", "password", "scheme", *options) if decoder == "url" else ("host", "port"):
            if part not in fields or fields[part].state == "absent":
                fields[part] = Field(
                    part, "unresolved", key=field.key, place=field.place, key_place=field.key_place, via=field.via, note=field.note
                )
                written[part] = "present"
    return fields, written, known


def _fill(
    part: str,
    state: str,
    value: object,
    place: Place,
    holder: Field,
    fields: dict[str, Field],
    written: dict[str, str | None],
    profile: dict[str, Any],
) -> None:
    held = fields.get(part)
    if held is not None and held.state not in ("absent",) and not (held.state == "unresolved" and held.place is None):
        return
    field = Field(
        part,
        state if state != "empty" else "absent",
        value,
        key=holder.key,
        place=place,
        key_place=holder.key_place,
        via=holder.via,
        note=holder.note,
    )
    fields[part], written[part] = field, "present"
    if part.startswith("query."):
        spec = profile["fields"].get(holder.name, {})
        for target, option in (spec.get("query") or {}).items():
            if part[6:] in (option if isinstance(option, (tuple, list)) else (option,)) and (
                target not in fields or fields[target].state == "absent"
            ):
                _option(target, field, fields, written, profile)


def _option(target: str, field: Field, fields: dict[str, Field], written: dict[str, str | None], profile: dict[str, Any]) -> None:
    """An option of a URL's query as a field of its own."""
    spec = profile["fields"].get(target) or {"decoder": "text"}
    made = Field(target, field.state, key=field.key, place=field.place, key_place=field.key_place, via=field.via)
    if field.state == "set" and field.place is not None:
        scalar = Scalar(str(field.value), field.place.source, field.place.start, field.place.end, type="str", style="plain")
        decoded = decode(scalar, spec, "text")
        made.state = "absent" if decoded.state == "empty" and spec.get("empty", "absent") == "absent" else decoded.state
        made.value = spec.get("empty") if decoded.state == "empty" else "error" if decoded.state == "invalid" else decoded.value
        if made.state in ("invalid", "empty"):
            made.state = "set"
    fields[target], written[target] = made, "present"


def _key(candidate: Recognition, key: str, name: str) -> str:
    if name in candidate.inherited or not candidate.path or candidate.placement["prefix"] or "environment" in candidate.placement["syntax"]:
        return key
    return f"{candidate.path}.{key}"


def _value_place(node: Node) -> Place:
    return node.place


# --- evaluation ----------------------------------------------------------------------------------------------------------------------------


def build(candidate: Recognition, scope: Scope, catalog: Catalog, evidence: Evidence = no_evidence) -> Endpoint | None:
    """The endpoint of a recognised group of keys, or None where the application would send nothing."""
    profile = candidate.profile
    client = catalog.client(profile["client"]) if profile["client"] else None
    fields, written, known = fields_of(candidate, scope)
    first: Endpoint | None = None
    others: list[Endpoint] = []
    reckoned, sure = assumptions(profile, client, scope, evidence)
    for assumption in reckoned:
        made = _evaluate(candidate, scope, client, fields, written, assumption)
        if made is None:
            if first is None and not others:
                return None
            continue
        if first is None:
            first = made
        elif not _alike(first, made) and not any(_alike(other, made) for other in others):
            others.append(made)
    if first is None:
        return None
    first.alternates = tuple(others)
    first.version = next(iter(sure.values()), None)
    first.facts["absence_known"] = known
    for other in others:
        other.facts["absence_known"] = known
    return first


def _alike(left: Endpoint, right: Endpoint) -> bool:
    return (
        left.modes,
        left.port,
        left.verify,
        left.verify_hostname,
        left.tls_min,
        left.tls_max,
        left.timeout,
        left.enabled,
        left.role,
        left.facts.get("client_floor"),
    ) == (
        right.modes,
        right.port,
        right.verify,
        right.verify_hostname,
        right.tls_min,
        right.tls_max,
        right.timeout,
        right.enabled,
        right.role,
        right.facts.get("client_floor"),
    )


def assumptions(
    profile: dict[str, Any], client: dict[str, Any] | None, scope: Scope, evidence: Evidence
) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The versions to reckon with, the one to be shown first (the known one, else the current release), and those that are known."""
    sure: dict[str, str] = {}
    axes: dict[str, dict[str, Any]] = dict(client["versions"]) if client else {}
    axes.update(profile["versions"])
    result: list[dict[str, str]] = [{}]
    for axis, spec in axes.items():
        releases = list(reversed(spec["releases"]))
        found = (
            scope.owner.image_tag
            if axis == "image"
            else next((hit for hit in (evidence(axis, package) for package in spec["packages"]) if hit is not None), None)
        )
        if isinstance(found, str):
            chosen = [found] if _IMAGE_TAG.match(found) else releases
            if chosen == [found]:
                sure[axis] = found
        elif found is None or found is True:
            chosen = releases
        else:
            exact = getattr(found, "version", None)
            chosen = [exact] if isinstance(exact, str) else [r for r in releases if found.satisfies_release(r)] or releases
            if isinstance(exact, str):
                sure[axis] = exact
        result = [{**base, axis: release} for base in result for release in chosen][:MAX_ASSUMPTIONS]
    return result, sure


def _only(row: dict[str, Any], assumption: dict[str, str]) -> bool:
    return all(axis not in assumption or satisfies(assumption[axis], spec) for axis, spec in row["only"])


def _evaluate(
    candidate: Recognition,
    scope: Scope,
    client: dict[str, Any] | None,
    base: dict[str, Field],
    written: dict[str, str | None],
    assumption: dict[str, str],
) -> Endpoint | None:
    profile, placement = candidate.profile, candidate.placement
    fields = dict(base)
    values = _Values(
        fields,
        written,
        {
            "owner_image": scope.owner.image,
            "owner_chart": scope.owner.chart,
            "loader": scope.loader,
            "branch": scope.branch,
            "tls_floor": None,
        },
    )
    deferred: list[tuple[str, dict[str, Any], str]] = []
    defaults: dict[str, tuple[dict[str, Any], str]] = {}
    for name, spec in profile["fields"].items():
        if "default" in spec:
            defaults[name] = (spec["default"], f"the default of {profile['name']}")
    if client is not None:
        for name, default in client["defaults"].items():
            defaults.setdefault(name, (default, f"the default of {client['name']}"))
    for name, default in placement["defaults"].items():
        defaults[name] = (default, f"the default of the chart or package for {profile['name']}")
    for plain in (True, False):
        for name, (default, note) in defaults.items():
            field = fields.get(name)
            if field is not None and field.state != "absent":
                continue
            if "modes" in default:
                if not plain:
                    deferred.append((name, default["modes"], note))
            elif ("value" in default) == plain:
                _default(name, default, note, fields, values, assumption)
    if placement["defaults"]:
        # A chart that writes its own default writes the key: the application sees it as set.
        for name in placement["defaults"]:
            if written.get(name, "absent") == "absent":
                values.written = {**values.written, name: "present"}
    enabled, why, listed = _enabled(profile, values)
    modes, row, row_fields = _modes(profile, client, values, assumption)
    values.extra["mode"] = modes[0] if len(modes) == 1 else UNKNOWN
    for name, table, note in deferred:
        _by_mode(name, table, note, fields, modes)
    return _record(candidate, scope, client, fields, values, modes, row, row_fields, enabled, why, listed, assumption)


def _default(name: str, default: dict[str, Any], note: str, fields: dict[str, Field], values: _Values, assumption: dict[str, str]) -> None:
    held = fields.get(name)
    places = (
        {"key": held.key, "place": held.place, "key_place": held.key_place, "via": held.via, "empty": held.empty}
        if held is not None
        else {}
    )
    if "value" in default:
        state = "default" if default["value"] is not None else "absent"
        fields[name] = Field(name, state, default["value"], note=note, **places)  # type: ignore[arg-type]
        return
    for row in default["rows"]:
        if not _only(row, assumption):
            continue
        answer = evaluate(row["when"], values.value, values.state)
        if answer is None:
            fields[name] = Field(name, "unresolved", note="depends on a value that cannot be seen", **places)  # type: ignore[arg-type]
            return
        if answer:
            state = "default" if row["value"] is not None else "absent"
            fields[name] = Field(name, state, row["value"], note=row["note"] or note, **places)  # type: ignore[arg-type]
            return


def _by_mode(name: str, table: dict[str, Any], note: str, fields: dict[str, Field], modes: tuple[str, ...]) -> None:
    held = fields.get(name)
    places = (
        {"key": held.key, "place": held.place, "key_place": held.key_place, "via": held.via, "empty": held.empty}
        if held is not None
        else {}
    )
    answers = {table.get(mode, table.get("otherwise")) for mode in modes}
    if len(answers) == 1:
        answer = answers.pop()
        fields[name] = Field(name, "default" if answer is not None else "absent", answer, note=note, **places)  # type: ignore[arg-type]
    else:
        fields[name] = Field(name, "unresolved", note="follows from the mode, which is not certain", **places)  # type: ignore[arg-type]


def _enabled(profile: dict[str, Any], values: _Values) -> tuple[bool | None, str, bool]:
    doubt = False
    for row in profile["inactive"]:
        answer = evaluate(row["when"], values.value, values.state)
        if answer:
            return False, row["why"], row["listed"]
        # A row that would leave no endpoint at all is about what the group is for, not about a switch.
        doubt = doubt or (answer is None and row["listed"])
    return (None if doubt else True), "", True


def _modes(
    profile: dict[str, Any], client: dict[str, Any] | None, values: _Values, assumption: dict[str, str]
) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """The modes the tables can still reach, the text of the first row that can hold, and the fields it asks about."""
    reached: list[str] = []
    text = ""
    asked: tuple[str, ...] = ()
    for row in profile["modes"]:
        if not _only(row, assumption):
            continue
        answer = evaluate(row["when"], values.value, values.state)
        if answer is False:
            continue
        if row["mode"] not in reached:
            reached.append(row["mode"])
            if not text:
                text, asked = row["note"] or row["text"], tuple(_asked(row["when"]))
        if answer:
            return tuple(reached), text, asked
    if client is None:
        return tuple(reached) or ("unknown",), text, asked
    inputs = profile["inputs"]

    def value(name: str) -> object:
        kind = inputs.get(name)
        if kind is None:
            # An input nobody maps has the library's default, also where a field of the profile happens to share its name.
            return client["inputs"][name] if name in client["inputs"] else values.value(name)
        found = kind[1] if kind[0] == "const" else values.value(kind[1])
        return client["inputs"].get(name) if found is None else found

    def state(name: str) -> str | None:
        kind = inputs.get(name)
        if kind is None:
            return values.state(name) if name not in client["inputs"] else "absent"
        if kind[0] == "const":
            return "absent" if kind[1] is None else "present"
        field = values.fields.get(kind[1])
        if field is not None and field.state == "default":
            return "present"
        return values.state(kind[1])

    for row in client["modes"]:
        if not _only(row, assumption):
            continue
        answer = evaluate(row["when"], value, state)
        if answer is False:
            continue
        if row["mode"] not in reached:
            reached.append(row["mode"])
            if not text:
                text = row["note"] or row["text"]
                asked = tuple(inputs[name][1] if name in inputs and inputs[name][0] == "field" else name for name in _asked(row["when"]))
        if answer:
            break
    return tuple(reached) or ("unknown",), text, asked


def _asked(condition: tuple[Any, ...]) -> Iterable[str]:
    from smtplint.catalog.condition import names

    return dict.fromkeys(names(condition))


def _record(
    candidate: Recognition,
    scope: Scope,
    client: dict[str, Any] | None,
    fields: dict[str, Field],
    values: _Values,
    modes: tuple[str, ...],
    row: str,
    row_fields: tuple[str, ...],
    enabled: bool | None,
    why: str,
    listed: bool,
    assumption: dict[str, str],
) -> Endpoint | None:
    profile = candidate.profile
    host = fields.get("host")
    role = _first(profile["role"], "role", values, assumption)
    if host is None or host.state == "absent":
        # A server listens, and a relay without a smarthost delivers straight: both are judged without a host.
        if (enabled is not False and role not in ("relay", "server")) or not listed:
            return None
    elif not listed and enabled is False:
        return None
    endpoint = Endpoint()
    endpoint.profile = profile["id"]
    endpoint.client = profile["client"]
    endpoint.scope = scope
    endpoint.recognition = candidate
    endpoint.fields = fields
    endpoint.modes = modes
    endpoint.mode = modes[0] if len(modes) == 1 else "unknown"
    endpoint.row = row
    endpoint.enabled = enabled
    endpoint.host = host.value if host is not None and isinstance(host.value, str) and host.state != "unresolved" else None
    port = fields.get("port")
    endpoint.port = port.value if port is not None and isinstance(port.value, int) and not isinstance(port.value, bool) else None
    endpoint.verify = _flag(fields.get("verify"))
    endpoint.verify_hostname = _flag(fields.get("verify_hostname"))
    if endpoint.verify is False:
        endpoint.verify_hostname = (
            False if fields.get("verify_hostname") is None or fields["verify_hostname"].state != "set" else endpoint.verify_hostname
        )
    timeout = fields.get("timeout")
    if timeout is not None and timeout.state != "unresolved" and isinstance(timeout.value, (int, float, str)):
        endpoint.timeout = timeout.value
    # A role that cannot be known is taken for the one about which nearly nothing is said.
    endpoint.role = "relay" if role is UNKNOWN else str(role or "submission")
    floor_rows = profile["tls_floor"] or (client["tls_floor"] if client else ())
    floor = _first(floor_rows, "value", values, assumption)
    facts = endpoint.facts
    facts["client_floor"] = floor if isinstance(floor, str) else None
    facts["floor_known"] = bool(floor_rows) and floor is not UNKNOWN
    facts["inactive_why"] = why
    facts["row_fields"] = row_fields
    endpoint.auth = _auth(profile, fields, values, assumption)
    _own_places(endpoint, candidate, scope)
    return endpoint


def _flag(field: Field | None) -> bool | None:
    return field.value if field is not None and field.state != "unresolved" and isinstance(field.value, bool) else None


def _first(rows: tuple[dict[str, Any], ...], result: str, values: _Values, assumption: dict[str, str]) -> object:
    for row in rows:
        if not _only(row, assumption):
            continue
        answer = evaluate(row["when"], values.value, values.state)
        if answer is None:
            return UNKNOWN
        if answer:
            return row[result]
    return None


def _auth(profile: dict[str, Any], fields: dict[str, Field], values: _Values, assumption: dict[str, str]) -> str:
    """set, unset or unresolved, by the rule of the catalogue."""
    if profile["login"]:
        said = _first(profile["login"], "auth", values, assumption)
        if isinstance(said, str):
            return said
    switch = fields.get("auth_enabled")
    if switch is not None and switch.state in ("set", "default") and switch.value is False:
        return "unset"
    user, password, stored = fields.get("username"), fields.get("password"), fields.get("password_file")
    states = [field.state for field in (user, password) if field is not None]
    if stored is not None and stored.place is not None and stored.state == "unresolved":
        return "unresolved"
    if "unresolved" in states:
        return "unresolved"
    has_user = user is not None and user.state in ("set", "default")
    has_password = password is not None and password.state in ("set", "default")
    if has_user and has_password:
        return "set"
    if has_password and (user is None or profile["auth"].get("password_alone")):
        return "set"
    if has_user and not profile["auth"].get("needs_password"):
        return "unresolved"
    return "unset"


def _own_places(endpoint: Endpoint, candidate: Recognition, scope: Scope) -> None:
    """File, line, identity, and the files that contributed."""
    own = scope.source.path
    places = []
    files = {own}
    for field in endpoint.fields.values():
        if field.key_place is not None:
            files.add(field.key_place.path)
            if field.key_place.path == own:
                places.append(field.key_place)
        if field.place is not None:
            files.add(field.place.path)
        files.update(place.path for place in field.via)
    first = min(places, key=lambda place: place.start, default=scope.anchor)
    endpoint.file = own
    endpoint.first = first
    endpoint.line = first.line if first is not None else 1
    endpoint.files = frozenset(files)
    inside = ".".join(part for part in (scope.path, candidate.path) if part)
    endpoint.id = own + "#" + candidate.profile["id"] + (":" + inside if inside else "") + (f" ({scope.branch})" if scope.branch else "")
    where = scope.owner.name or inside
    endpoint.name = candidate.profile["name"] + (f" ({where})" if where else "") + (f", {scope.branch}" if scope.branch else "")
