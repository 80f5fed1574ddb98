"""The canonical record: one place from which an application will open an SMTP connection, and what it does on the wire."""

from __future__ import annotations

from smtplint.source import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.profiles import Recognition
    from smtplint.scope import Scope

# The facts every endpoint has, in the order in which they are shown.
FACTS = ("host", "port", "mode", "verify", "verify_hostname", "tls_min", "tls_max", "timeout", "auth", "enabled")


class Field:
    """One setting of an endpoint, decoded.

    `state`  set | default | derived | unresolved | absent.
    `value`  the decoded value: str, int, float, bool, None, or a tuple of strings for a list of protocols. None unless known. A secret is True
             ("there is one"), never its text.
    `key`    how it is written there ("EMAIL_PORT", "receivers[0].email_configs[1].smarthost"), "" when it cannot be written there.
    `place`  of the value, `key_place` of the key; None for defaults.
    `via`    references that led to the value, nearest to the endpoint first.
    `note`   how it came about: "the default of Django when EMAIL_PORT is absent".
    """

    __slots__ = ("empty", "key", "key_place", "name", "note", "place", "state", "value", "via")

    def __init__(self, name: str, state: str, value: object = None, *, key: str = "", place: Place | None = None,
                 key_place: Place | None = None, via: tuple[Place, ...] = (), note: str = "", empty: bool = False) -> None:
        self.name = name
        self.state = state
        self.value = value
        self.key = key
        self.place = place
        self.key_place = key_place
        self.via = via
        self.note = note
        self.empty = empty

    def __repr__(self) -> str:
        shown = "\N{BULLET}" if self.name in ("password", "username", "url") else repr(self.value)
        return f"Field({self.name}, {self.state}, {shown})"


class Endpoint:
    """See the class attributes of `FACTS`; `modes` is the set of modes that the decision table can still reach.

    `facts` holds every derived fact by name, for the checks. `fields` holds the profile's own fields by name.
    `files`: every file that contributed a value. `row`: the sentence of the row of the table that decided, for people.
    """

    __slots__ = (
        "alternates", "auth", "client", "enabled", "facts", "fields", "file", "files", "first", "host", "host_scope", "id", "line", "mode",
        "modes", "name", "place", "port", "profile", "recognition", "role", "row", "scope", "timeout", "tls_max", "tls_min", "verify",
        "verify_hostname", "version",
    )

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.profile = ""
        self.client: str | None = None
        self.version: str | None = None
        self.file = ""
        self.line = 1
        self.place: Place | None = None
        self.role = "submission"
        self.host: str | None = None
        self.host_scope = "unknown"
        self.port: int | None = None
        self.mode = "unknown"
        self.modes: tuple[str, ...] = ()
        self.tls_min: str | None = None
        self.tls_max: str | None = None
        self.verify: bool | None = None
        self.verify_hostname: bool | None = None
        self.timeout: float | str | None = None
        self.auth = "unset"
        self.enabled: bool | None = True
        self.fields: dict[str, Field] = {}
        self.facts: dict[str, object] = {}
        self.alternates: tuple[Endpoint, ...] = ()
        self.files: frozenset[str] = frozenset()
        self.scope: Scope | None = None
        self.recognition: Recognition | None = None
        self.row = ""
        self.first: Place | None = None

    def __repr__(self) -> str:
        return f"Endpoint({self.id}, {self.host}:{self.port}, {self.mode})"

    @property
    def sort_key(self) -> tuple[str, int, str]:
        return (self.file, self.line, self.id)

    def origins(self) -> dict[str, Field]:
        """The field behind each fact that is shown."""
        return {name: field for name, field in self.fields.items() if name in FACTS}

    def to_json(self) -> dict[str, object]:
        """The record of `endpoints --format json`."""
        origin: dict[str, object] = {}
        for name in FACTS:
            field = self.fields.get(name)
            if field is None:
                continue
            place = field.place
            line, column = place.source.position(place.start) if place is not None else (None, None)
            kind = "default" if field.state == "absent" else field.state
            origin[name] = {"kind": kind, "file": place.path if place is not None else None, "line": line, "column": column,
                            "note": field.note}
        return {
            "id": self.id, "name": self.name, "profile": self.profile, "client": self.client, "version": self.version, "file": self.file,
            "line": self.line, "role": self.role, "host": self.host, "host_scope": self.host_scope, "port": self.port, "mode": self.mode,
            "tls_min": self.tls_min, "tls_max": self.tls_max, "verify": self.verify, "verify_hostname": self.verify_hostname,
            "timeout": self.timeout, "auth": self.auth, "enabled": self.enabled, "origin": origin,
        }
