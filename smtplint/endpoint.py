"""The canonical record: one place from which an application will open an SMTP connection, and what it does on the wire."""

from __future__ import annotations

from smtplint.lazy import later
from smtplint.source import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.recognise import Recognition
    from smtplint.scope import Scope

# The facts every endpoint has, in the order in which they are shown.
FACTS = ("host", "port", "mode", "verify", "verify_hostname", "tls_min", "tls_max", "timeout", "auth", "enabled")


# The words of trade: what modes, schemes, transports, methods and versions are called. A text made of anything else may be a secret.
_WORDS = """
    true false yes no or on off y n t f enable enabled disable disabled none null nil undefined always never required optional
    mandatory forced force require requires only if available when may must try auto automatic default any all peer verify verified
    full certificate cert check client once fail fingerprint insecure secure security strict dane encrypt encrypted encryption
    unencrypted opportunistic opportunisticstarttls mandatorystarttls nostarttls starttlswhenavailable explicit explicittls implicit
    implicittls direct ssl tls starttls startls start stls tlsv sslv sslontls ssltls sslonconnect dtls smtp smtps esmtp lmtp imap
    imaps pop pops starttlspolicy startssl smtpauth auth login plain cram md digest ntlm oauth oauthbearer xoauth gssapi scram sha
    external anonymous basic bearer unix tcp udp http https socket inet ipv mail mailer email e mua backend backends providers
    driver adapter transport provider core contrib django flask airflow utils send amazon aws ses v api sendgrid mailgun mailjet
    mandrill postmark postmarker sparkpost resend mailersend mailchannels brevo sendinblue gmail gmailapi outlook office microsoft
    google exchange nodemailer strapi community sendmail sendmailbackend qmail postfix exim phpmail php native async file filebased
    memory locmem console dummy log logger logging array stub test testing preview noop failover roundrobin smarthost satellite
    internet local localhost emailbackend smtpbackend smtpadapter sesbackend mailgunbackend sendgridbackend mailjetbackend djrill
    djrillbackend sgbackend naomi naomibackend anymail anymailbackend swift bamboo emailer rest level low medium high debug info
    warning error notice version minimum maximum min max protocol protocols scheme mode method type name host hostname port timeout
    username user password from query domain ehlo helo restart threshold per second seconds sleep ping source ip pool rate limit
    delta use allow self signed selfsigned skip invalid certs certificates stream context options production prod staging
    development dev gmailbackend djcelery celeryemailbackend dbbackend post office esmtp esmtpa esmtps esmtpsa ssmtp ssmtpa strict ask warn ignore
"""
_TRADE = frozenset(_WORDS.split())
_RUN = later(r"[a-z0-9]+")
_GLUE = later(r"[a-z0-9 ._/:+@,*()<>=!-]{0,80}")


def is_word(text: str) -> bool:
    """Whether a text is made of words of trade alone ("STARTTLS", "TLSv1.2", "django.core.mail.backends.smtp.EmailBackend").

    Anything else that somebody wrote where a word was expected may be a password in the wrong place, and is not shown.
    """
    low = text.lower()
    if not _GLUE.fullmatch(low) or sum(map(str.isdigit, low)) > 4:
        return False
    return all(word.rstrip("0123456789") in _TRADE or word.isdigit() or word == "pop3s" for word in _RUN.findall(low))


class Field:
    """One setting of an endpoint, decoded.

    `state`  set | default | derived | unresolved | absent.
    `value`  the decoded value: str, int, float, bool, None, or a tuple of strings for a list of protocols. None unless known. A secret is True
             ("there is one"), never its text.
    `key`    how it is written there ("EMAIL_PORT", "receivers[0].email_configs[1].smarthost"), "" when it cannot be written there.
    `place`  of the value, `key_place` of the key; None for defaults.
    `via`    references that led to the value, nearest to the endpoint first.
    `note`   how it came about: "the default of Django when EMAIL_PORT is absent".
    `by`     of a default that depends on other fields, the names of these: what is written of them is what decides.
    """

    __slots__ = ("by", "empty", "key", "key_place", "name", "note", "place", "state", "value", "via")

    def __init__(
        self,
        name: str,
        state: str,
        value: object = None,
        *,
        key: str = "",
        place: Place | None = None,
        key_place: Place | None = None,
        via: tuple[Place, ...] = (),
        note: str = "",
        empty: bool = False,
    ) -> None:
        self.name = name
        self.state = state
        self.value = value
        self.key = key
        self.place = place
        self.key_place = key_place
        self.via = via
        self.note = note
        self.empty = empty
        self.by: tuple[str, ...] = ()

    def __repr__(self) -> str:
        shown = "\N{BULLET}" if self.name in ("password", "username", "url") else repr(self.value)
        return f"Field({self.name}, {self.state}, {shown})"


class Endpoint:
    """See the class attributes of `FACTS`; `modes` is the set of modes that the decision table can still reach.

    `facts` holds every derived fact by name, for the checks. `fields` holds the profile's own fields by name.
    `files`: every file that contributed a value. `row`: the sentence of the row of the table that decided, for people.
    """

    __slots__ = (
        "alternates",
        "auth",
        "client",
        "enabled",
        "facts",
        "fields",
        "file",
        "files",
        "first",
        "host",
        "host_scope",
        "id",
        "line",
        "mode",
        "modes",
        "name",
        "place",
        "port",
        "profile",
        "recognition",
        "role",
        "row",
        "scope",
        "timeout",
        "tls_max",
        "tls_min",
        "verify",
        "verify_hostname",
        "version",
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
        """The order in which endpoints are listed."""
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
            origin[name] = {
                "kind": kind,
                "file": place.path if place is not None else None,
                "line": line,
                "column": column,
                "note": field.note,
            }
        return {
            "id": self.id,
            "name": self.name,
            "profile": self.profile,
            "client": self.client,
            "version": self.version,
            "file": self.file,
            "line": self.line,
            "role": self.role,
            "host": self.host,
            "host_scope": self.host_scope,
            "port": self.port,
            "mode": self.mode,
            "tls_min": self.tls_min,
            "tls_max": self.tls_max,
            "verify": self.verify,
            "verify_hostname": self.verify_hostname,
            "timeout": self.timeout,
            "auth": self.auth,
            "enabled": self.enabled,
            "origin": origin,
        }
