"""From a recognised group of keys to an endpoint: what its keys say, what their absence means, and which mode follows.

In order: the keys are decoded into fields; absent fields take the defaults of the application, its client or its chart; the first row of the
mode table that holds decides the mode; last come the defaults that depend on the mode. What versions make different is worked out for each.
"""

from __future__ import annotations

from smtplint.catalog.condition import UNKNOWN, evaluate
from smtplint.endpoint import Endpoint, Field
from smtplint.fields import fields_of
from smtplint.lazy import later
from smtplint.recognise import no_evidence, recognise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from smtplint.catalog import Catalog
    from smtplint.recognise import Evidence, Recognition
    from smtplint.scope import Scope

MAX_ASSUMPTIONS = 16
# 10.6.1, v2.3-alpine, 30-apache; not latest, stable or a hash.
_IMAGE_TAG = later(r"v?[0-9]{1,4}(?:\.[0-9]+)*(?:-[a-z][\w.\-]*)?\Z")


def endpoints(scope: Scope, catalog: Catalog, evidence: Evidence = no_evidence, chosen: str = "") -> list[Endpoint]:
    """Every endpoint of a resolved scope, without derived facts. `chosen` is the profile the user names for this file ("none": no endpoint)."""
    if chosen == "none":
        return []
    picked = recognise(scope, catalog, evidence, chosen)
    result = []
    for recognition in (one for several in picked for one in several.split()):
        endpoint = build(recognition, scope, catalog, evidence)
        if endpoint is not None:
            result.append(endpoint)
    return result


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
    return _outcome(left) == _outcome(right)


def _outcome(endpoint: Endpoint) -> tuple[object, ...]:
    """What may follow from the version that is reckoned with."""
    return (
        *(endpoint.modes, endpoint.port, endpoint.verify, endpoint.verify_hostname, endpoint.tls_min, endpoint.tls_max),
        *(endpoint.timeout, endpoint.enabled, endpoint.role, endpoint.facts.get("client_floor")),
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
    if not row["only"]:
        return True
    from smtplint.version import satisfies

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
    values = _Values(fields, written, {"owner_image": scope.owner.image})
    deferred: list[tuple[str, dict[str, Any], str]] = []
    defaults: dict[str, tuple[dict[str, Any], str]] = {}
    for name, spec in profile["fields"].items():
        held = base.get(name)
        option = "empty_default" if "empty_default" in spec and held is not None and held.empty else "default"
        if option in spec:
            defaults[name] = (spec[option], default_of(profile, client, assumption))
    if client is not None:
        for name, default in client["defaults"].items():
            defaults.setdefault(name, (default, default_of(client, None, assumption)))
    for name, default in placement["defaults"].items():
        told = profile["chart_told_by"][0]
        owner = "the application" if profile["id"] == "generic" else profile["name"]
        defaults[name] = (default, f"the default of the chart or package for {owner}" + (f" ({told})" if told else ""))
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
        for name, (default, _) in ((name, defaults[name]) for name in placement["defaults"]):
            if written.get(name, "absent") == "absent":
                values.written = {**values.written, name: None if "unresolved" in default else "present"}
    enabled, why, listed = _enabled(profile, values)
    modes, row, fallback, row_fields = _modes(profile, client, values, assumption)
    values.extra["mode"] = modes[0] if len(modes) == 1 else UNKNOWN
    for name, table, note in deferred:
        _by_mode(name, table, note, fields, modes)
    return _record(candidate, scope, client, fields, values, modes, row, fallback, row_fields, enabled, why, listed, assumption)


def default_of(owner: dict[str, Any], client: dict[str, Any] | None, assumption: dict[str, str]) -> str:
    """Whose default a value is: the program or library, the version reckoned with (else the one that was read), and where it was read.

    What the library of a profile comes in the same repository with has its versions: Django's mail backend is Django.
    """
    told, repository = owner["told_by"]
    axes = owner["versions"] or (client["versions"] if client is not None and repository and client["told_by"][1] == repository else {})
    version = next((assumption[axis] for axis in axes if axis in assumption), "")
    text = f"the default of {owner['name']}"
    if version:
        text += f" {version}"
    elif owner["checked"]:
        text += f" as of {owner['checked']}"
    return f"{text} ({told})" if told else text


def _default(name: str, default: dict[str, Any], note: str, fields: dict[str, Field], values: _Values, assumption: dict[str, str]) -> None:
    if "value" in default:
        _fill_in(fields, name, default["value"], note)
        return
    if "unresolved" in default:
        _leave_open(fields, name, default["unresolved"])
        return
    for row in default["rows"]:
        if not _only(row, assumption):
            continue
        answer = evaluate(row["when"], values.value, values.state)
        if answer is None:
            _leave_open(fields, name, "depends on a value that cannot be seen")
            return
        if answer:
            _fill_in(fields, name, row["value"], f"{row['note']}; {note}" if row["note"] else note)
            fields[name].by = tuple(_asked(row["when"]))
            return


def _by_mode(name: str, table: dict[str, Any], note: str, fields: dict[str, Field], modes: tuple[str, ...]) -> None:
    answers = {table.get(mode, table.get("otherwise")) for mode in modes}
    if len(answers) == 1:
        _fill_in(fields, name, answers.pop(), note)
    else:
        _leave_open(fields, name, "follows from the mode, which is not certain")


def _fill_in(fields: dict[str, Field], name: str, value: object, note: str) -> None:
    """Set an absent field to its default, None being one too."""
    _replace(fields, Field(name, "default" if value is not None else "absent", value, note=note))


def _leave_open(fields: dict[str, Field], name: str, note: str) -> None:
    """An absent field whose default cannot be told."""
    _replace(fields, Field(name, "unresolved", note=note))


def _replace(fields: dict[str, Field], new: Field) -> None:
    """A field in place of an absent one, which stays where it is written although it says nothing there."""
    held = fields.get(new.name)
    if held is not None:
        new.key, new.place, new.key_place, new.via, new.empty = held.key, held.place, held.key_place, held.via, held.empty
    fields[new.name] = new


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
) -> tuple[tuple[str, ...], str, str, tuple[str, ...]]:
    """The modes the tables can still reach, the text of the first row that can hold, what it falls back on, and the fields it asks about."""
    reached: list[str] = []
    text = fallback = ""
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
                text, fallback, asked = row["note"] or row["text"], row["fallback"], tuple(_asked(row["when"]))
        if answer:
            return tuple(reached), text, fallback, asked
    if client is None:
        return tuple(reached) or ("unknown",), text, fallback, asked
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
                text, fallback = row["note"] or row["text"], row["fallback"]
                asked = tuple(inputs[name][1] if name in inputs and inputs[name][0] == "field" else name for name in _asked(row["when"]))
        if answer:
            break
    return tuple(reached) or ("unknown",), text, fallback, asked


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
    fallback: str,
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
    facts["fallback"] = fallback
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
                several = candidate.address and field.place is not None and field.place.path == own
                places.append(field.place if several and field.place is not None else field.key_place)
        if field.place is not None:
            files.add(field.place.path)
        files.update(place.path for place in field.via)
    first = min(places, key=lambda place: place.start, default=scope.anchor)
    endpoint.file = own
    endpoint.first = first
    endpoint.line = first.line if first is not None else 1
    endpoint.files = frozenset(files)
    inside = ".".join(part for part in (scope.path, candidate.path) if part) + candidate.address
    endpoint.id = own + "#" + candidate.profile["id"] + (":" + inside if inside else "") + (f" ({scope.branch})" if scope.branch else "")
    where = scope.owner.name or inside
    endpoint.name = candidate.profile["name"] + (f" ({where})" if where else "") + (f", {scope.branch}" if scope.branch else "")
