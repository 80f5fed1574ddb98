"""Decoders: from a scalar's text to a value.

A decoder takes the scalar, the loader of its carrier and the field's own specification, and answers a `Decoded`. Only decoders read the
text of a scalar. They never raise: what cannot be read is unresolved when it may be a placeholder, invalid when it is surely wrong.
"""

from __future__ import annotations

import re

from smtplint.catalog.condition import UNKNOWN
from smtplint.lazy import later
from smtplint.source import Place
from smtplint.tree import Composed, Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as Lookup
    from typing import Any

    from smtplint.tree import Node

# What a field is decoded with when its profile does not say.
STANDARD = {
    "host": "host",
    "port": "int",
    "host_port": "host_port",
    "url": "url",
    "username": "text",
    "password": "secret",
    "password_file": "file",
    "timeout": "duration",
    "tls_min": "tls_version",
    "tls_max": "tls_version",
    "protocols": "protocols",
    "verify": "bool",
    "verify_hostname": "bool",
    "enabled": "bool",
    "auth_enabled": "bool",
    "mechanism": "text",
    "ca": "text",
    "from": "text",
}
DECODERS = ("bool", "int", "host", "host_port", "url", "userinfo", "duration", "tls_version", "protocols", "enum", "text", "secret", "file")

TLS_VERSIONS = ("ssl2", "ssl3", "1.0", "1.1", "1.2", "1.3")
_YES = {"true", "yes", "on", "1", "y", "t"}
_NO = {"false", "no", "off", "0", "n", "f", ""}
_YAML11 = {"yes": True, "no": False, "on": True, "off": False, "true": True, "false": False, "y": True, "n": False}
_INT = later(r"[-+]?[0-9]{1,18}\Z")
_REFERENCE = later(
    r"\$\{?[A-Za-z_(]|\$\(|%\(?[A-Za-z_][\w.]*\)?[%s]|\{\{|<%|\{env[:.]|@@\w|\A__\w+__\Z|\A@\w+@\Z|ENC\[|\A(?:op|vault|ref\+\w+|env|file|secret|awssm)://?\S"
    r"|\A(?:env|vault|secret):[A-Za-z_/]|\Aenv\(\w+\)\Z|arn:aws:(?:secretsmanager|ssm)"
    # Concourse, BOSH and Cloud Foundry; Octopus, Azure Pipelines and Spring's expressions; Jasypt; Spring Cloud Config; Azure's settings.
    r"|\(\([\w.:/-]+\)\)|#\{[^{}]+\}|\AENC\(|\A\{cipher\}|\A@Microsoft\.KeyVault\("
)
_PLACEHOLDER = later(
    r"\A(?:<[^>]*>|\[[^\]]*\]|\{[^}]*\}|x{3,}|\*{3,}|\.{3,}|#{2,}|-+|_+|to-?do|tbd|n/?a|none|null|nil|undefined|secret\d*|passw(?:or)?d\d*|passwort|pass|pw|pwd|"
    r"test(?:ing|er)?\d*|demo|dummy|sample|foo|bar|foobar|smtp|mail|email|user(?:name)?|token|key|api-?key|credentials?|admin|abc\d*|12345\d*|password123|"
    r".*change[-_ ]?(?:me|this|it).*|.*example.*|.*placeholder.*|.*replace[-_ ]?(?:me|this|with).*|.*insert[-_ ].*|"
    r"(?:[a-z]{2,12}[-_ ])?(?:in|from|by|via|see)[-_ ](?:[a-z]{2,12}[-_ ])?(?:secrets?|vault|keystore|sops|ssm)|"
    r"(?:your|my|the|enter|some|put|add|set|fill)[-_ .]?\w.*|.*your[-_ ]\w.*|.*[-_ ]here|.*(?:smtp|mail|app|gmail|email)[-_ ]?(?:pass(?:word|wd)?|pwd|secret|key|token)|(?:[a-z]{2,12}[-_ ]){1,4}(?:password|passwd|secret|token)|s3cr3t|hunter2|%[A-Za-z])\Z",
    re.IGNORECASE | re.DOTALL,
)


class Decoded:
    """`state`: set | empty | unresolved | invalid. `value`: see the decoder. `parts`: further fields this one carries (host, port, …)."""

    __slots__ = ("note", "parts", "state", "value")

    def __init__(
        self, state: str, value: object = None, *, parts: dict[str, tuple[str, object, Place]] | None = None, note: str = ""
    ) -> None:
        self.state = state
        self.value = value
        self.parts = parts
        self.note = note


def load(scalar: Scalar, loader: str) -> object:
    """What the application's loader makes of a scalar: str, int, float, bool or None; UNKNOWN when it cannot be seen."""
    if scalar.state != "known":
        return UNKNOWN
    kind, text = scalar.type, scalar.text
    if kind == "bool":
        return text.lower() in ("true", "yes", "on", "1")
    if kind == "int":
        return int(text) if _INT.match(text) else text
    if kind == "null":
        return None
    if kind == "plain" and scalar.style == "plain" and loader not in ("text", "native"):
        lowered = text.lower()
        if lowered in ("", "~", "null"):
            return None
        if loader == "yaml11" and lowered in _YAML11 and lowered not in ("y", "n"):
            return _YAML11[lowered]
        if lowered in ("true", "false"):
            return lowered == "true"
        if _INT.match(text) and (len(text) == 1 or text.lstrip("+-")[0] != "0"):
            return int(text)
    return text


def as_text(value: object) -> str:
    """A loaded value as the text an environment variable or a flag would carry."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def is_placeholder(text: str) -> bool:
    """Whether a text stands for a value to be filled in, rather than being one."""
    text = text.strip()
    return not text or bool(_PLACEHOLDER.match(text)) or bool(_REFERENCE.search(text))


# One of these is in every reference.
_MARKS = ("$", "%", "{", "<%", "@", "__", "ENC", ":", "env(", "((")


def is_reference(text: str) -> bool:
    """Whether a text refers to a value kept elsewhere."""
    return any(mark in text for mark in _MARKS) and _REFERENCE.search(text) is not None


def decode(node: Node, spec: Lookup[str, Any], loader: str) -> Decoded:
    """Decode one node by a compiled field specification (`spec["decoder"]` names the decoder)."""
    decoder = spec["decoder"]
    if isinstance(node, Sequence):
        return _decode_items(node, spec, loader)
    if isinstance(node, Mapping):
        # `password: {from_secret: x}`, `host: {env: X}`: somebody set it, elsewhere.
        return Decoded("set", ()) if decoder == "enum" and not node.entries else Decoded("unresolved")
    value = load(node, loader)
    if value is UNKNOWN:
        if not node.text or decoder not in ("url", "host_port") or (decoder == "url" and _REFERENCE.match(node.text)):
            return Decoded("unresolved", note=node.note)
        value = node.text  # a reference that cannot be seen leaves the other parts of an address as they are
    if value is None or (isinstance(value, str) and not value.strip()):
        return Decoded("empty")
    if isinstance(value, str) and decoder not in ("url", "host_port", "protocols", "file") and is_reference(value):
        return Decoded("unresolved")
    result = _DECODE[decoder](value, spec, node)
    if node.note and not result.note:
        result.note = node.note
    return result


def _decode_items(node: Sequence, spec: Lookup[str, Any], loader: str) -> Decoded:
    if spec["decoder"] == "protocols":
        texts = []
        for item in node.items:
            value = load(item, loader) if isinstance(item, Scalar) else UNKNOWN
            if value is UNKNOWN:
                return Decoded("unresolved")
            texts.append(as_text(value))
        if not texts:
            return Decoded("empty")
        return protocols(" ".join(texts), spec, None)
    if not node.items:
        return Decoded("empty") if not spec.get("list") else Decoded("set", ())
    if spec["decoder"] in ("secret", "text") or spec.get("list"):
        return Decoded("unresolved") if spec["decoder"] == "secret" else Decoded("set", ("item",) * len(node.items))
    first = node.items[0]
    return decode(first, spec, loader) if len(node.items) == 1 else Decoded("unresolved")


def boolean(value: object, spec: Lookup[str, Any], node: Scalar | None) -> Decoded:
    """True or False; `inverted` turns the meaning round."""
    answer: object = UNKNOWN
    mode = spec.get("bool")
    if isinstance(value, bool) and not spec.get("text_only"):
        answer = value
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and "true" not in spec and "false" not in spec:
        answer = bool(value)
    else:
        text = as_text(value).strip()
        if spec.get("fold", True):
            text = text.lower()
        if spec.get("typed") and node is not None and node.type == "str" and node.style != "plain":
            # Where the syntax has booleans of its own, a text is a text, whatever word it spells; an option of a URL is plain.
            answer = spec.get("else", UNKNOWN)
        elif mode == "python":
            answer = True  # any text that is not empty
        elif "true" in spec or "false" in spec:
            if text in spec.get("true", ()):
                answer = True
            elif text in spec.get("false", ()):
                answer = False
            else:
                other = spec.get("else", "unknown")
                if other == "error":
                    return Decoded("invalid", note="is neither true nor false to this application")
                answer = UNKNOWN if other == "unknown" else other
        elif text in _YES:
            answer = True
        elif text in _NO:
            answer = False
    if answer is UNKNOWN:
        return Decoded("unresolved", note="is a text whose meaning is not known")
    return Decoded("set", (not answer) if spec.get("inverted") else answer)


def integer(value: object, spec: Lookup[str, Any], node: Scalar | None) -> Decoded:  # noqa: ARG001
    """A whole number. A text with words in it is a placeholder, hence unresolved; other nonsense is invalid. `null`: what counts as not set."""
    if isinstance(value, bool):
        return Decoded("invalid")
    if "null" in spec and as_text(value).strip() in spec["null"]:
        return Decoded("empty")
    if isinstance(value, (int, float)):
        return Decoded("set", int(value)) if value == int(value) else Decoded("invalid")
    text = as_text(value).strip()
    if _INT.match(text):
        return Decoded("set", int(text))
    if len(text) > 2 and text[0] == text[-1] and text[0] in "'\"" and _INT.match(text[1:-1]):
        return Decoded("set", int(text[1:-1]))
    return Decoded("unresolved" if re.search(r"[^\W\d_]|[<>{}$%?*#_]", text) else "invalid")


_HOST = later(r"[\w.\-]+\.?\Z|\[?[0-9A-Fa-f:.]+(?:%\w+)?\]?\Z")


def host(value: object, spec: Lookup[str, Any], node: Scalar | None) -> Decoded:
    """A host name in lower case without a trailing dot, or an address without brackets. A port behind it goes to `parts["host_port_part"]`.

    With `with_port` it is also the port where none is given: the application takes both out of one key.
    """
    text = as_text(value).strip()
    parts: dict[str, tuple[str, object, Place]] = {}
    if isinstance(value, bool) or text.lower() in ("true", "false", "yes", "no", "on", "off") or text.isdecimal():
        return Decoded("empty", note="is a switch or a number, not a host name")
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.\-]*)://", text) if "://" in text else None
    if scheme and scheme.group(1).lower() in ("http", "https"):
        return Decoded("empty", note="is the address of a web page or an interface, not of a mail server")
    if scheme:
        text = text[scheme.end() :].rstrip("/")
        if node is not None:
            parts["host_scheme"] = ("set", scheme.group(1).lower(), node.place)
    if text.startswith("[") and "]" in text:
        name, _, rest = text[1:].partition("]")
    elif text.count(":") == 1:
        name, _, rest = text.partition(":")
        rest = ":" + rest
    else:
        name, rest = text, ""
    if rest[1:].isdecimal() and node is not None:
        parts["host_port_part"] = ("set", int(rest[1 : 5 + 1]), inner(node, rest[1:]))
        if spec.get("with_port"):
            parts["port"] = parts["host_port_part"]
    name = name.strip().lower().rstrip(".")
    if spec.get("first"):
        name = re.split(r"[\s,;]", name)[0]
    if not name:
        return Decoded("empty")
    if len(name.split()) > 1:
        return Decoded("empty", note="is a sentence, not a host name")
    if "/" in name and not name.startswith("/") and not is_reference(text):
        return Decoded("empty", note="is a path, not a host name")
    if name in ("null", "none", "undefined", "~", "string", "str"):
        return Decoded("empty")
    if not _HOST.match(name):
        return Decoded("set", name, parts=parts) if name.startswith("/") else Decoded("unresolved")
    return Decoded("set", name, parts=parts)


def host_port(value: object, spec: Lookup[str, Any], node: Scalar | None) -> Decoded:  # noqa: ARG001
    """`host:port`, `[v6]:port`, Postfix' `[host]:port`, Exim's `host::port`, a bare host. Parts: host, port."""
    text = as_text(value).strip()
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.\-]*)://", text)
    parts: dict[str, tuple[str, object, Place]] = {}
    place = node.place if node is not None else None
    assert place is not None and node is not None
    if scheme:
        parts["scheme"] = ("set", scheme.group(1).lower(), inner(node, scheme.group(1)))
        text = text[scheme.end() :].rstrip("/")
    if text.startswith("[") and "]" in text:
        name, _, rest = text[1:].partition("]")
        port = rest[1:] if rest.startswith(":") else ""
    elif text.count(":") == 1:
        name, _, port = text.partition(":")
    elif text.count("::") == 1 and text.count(":") == 2 and re.match(r"[0-9A-Fa-f]*[^0-9A-Fa-f:][^:]*::[0-9]+\Z", text):
        name, _, port = text.partition("::")  # Exim's way to write a port where a colon parts the items of a list
    else:
        name, port = text, ""
    name = name.strip().lower().rstrip(".")
    if is_reference(text) and not port.isdigit():
        return Decoded("unresolved", note=node.note)  # the reference may hold the port as well
    if is_reference(name):
        parts["host"] = ("unresolved", None, place)
    elif name:
        parts["host"] = ("set", name, inner(node, name)) if _HOST.match(name) else ("unresolved", None, place)
    if port:
        read = integer(port, {}, node)
        parts["port"] = ("unresolved" if is_reference(port) else read.state, read.value, inner(node, ":" + port, 1))
    return Decoded("set", True, parts=parts)


def inner(node: Scalar, text: str, skip: int = 0) -> Place:
    """The place of a piece of a scalar's text, where the piece stands literally in the source; else of the whole scalar."""
    raw = node.text if isinstance(node, Composed) else node.raw
    at = raw.lower().rfind(text.lower()) if text else -1
    if at < 0 or node.style == "whole" or (raw.lower().count(text.lower()) > 1 and not text.startswith(":")):
        at = raw.lower().find(text.lower()) if text and node.style != "whole" else -1
        if at < 0:
            return node.place
    if isinstance(node, Composed):
        return node.within(at + skip, at + len(text))
    return Place(node.source, node.start + at + skip, node.start + at + len(text))


def _login(node: Scalar, text: str, skip: int) -> Place:
    """The place of a user name or a password in a URL: the URL, unless it was filled in from elsewhere."""
    return inner(node, text, skip) if isinstance(node, Composed) else node.place


# So many options of a URL have a place of their own, the rest that of the whole URL: looking for one takes time linear in all of it.
MAX_PLACED = 100
_URL = later(r"\s*([A-Za-z][A-Za-z0-9+.\-]*):(?://)?([^/?#]*)([^?#]*)(?:\?([^#]*))?", re.DOTALL)


def url(value: object, spec: Lookup[str, Any], node: Scalar | None) -> Decoded:
    """`scheme://user:password@host:port/path?query`. Parts: scheme, host, port, username, password, and `query.X` for every option X.

    References inside it leave only their own part unresolved; percent-encoding is undone; several addresses are parted before (`smtplint.addresses`).
    `other`: what a scheme besides `schemes` makes of the whole, `unknown` or `absent`.
    """
    assert node is not None
    text = as_text(value).strip()
    if len(text) > 2 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    parts: dict[str, tuple[str, object, Place]] = {}
    match = _URL.match(text)
    if match is None:
        if is_reference(text):
            return Decoded("unresolved")
        return Decoded("unresolved")
    scheme, authority, path, query = match.group(1).lower(), match.group(2), match.group(3), match.group(4) or ""
    if is_reference(scheme) or (text.startswith("$") and not authority):
        return Decoded("unresolved")
    parts["scheme"] = ("set", scheme, inner(node, match.group(1)))
    tail_of = authority.rpartition(":")[2] if ":" in authority else ""
    odd_port = bool(tail_of) and not tail_of.isdigit() and not is_reference(tail_of) and not authority.endswith("]")
    if "@" not in authority and ("@" in path or ("@" in query and odd_port)):
        # A raw slash or question mark inside the password: everything up to the last @ is credentials. An address in an option (from=a@b) is not.
        rest = text.split("://", 1)[-1]
        authority, _, tail = rest.rpartition("@")
        authority, path, query = authority + "@" + re.split(r"[/?]", tail, maxsplit=1)[0], "", tail.partition("?")[2]
    credentials, at, address = authority.rpartition("@")
    if at:
        user, colon, password = credentials.partition(":")
        if user:
            parts["username"] = ("unresolved" if is_reference(user) else "set", True, _login(node, f"//{user}", 2))
        if colon and password:
            literal = not is_reference(password) and not is_placeholder(unquote(password))
            parts["password"] = ("unresolved" if is_reference(password) else "set", literal, _login(node, f":{password}", 1))
    if address.startswith("["):
        name, _, rest = address[1:].partition("]")
        port = rest[1:] if rest.startswith(":") else ""
    else:
        name, _, port = address.partition(":")
        if ":" in port and not is_reference(port):
            name, port = address, ""
    name = unquote(name).strip().lower().rstrip(".")
    if is_reference(name):
        parts["host"] = ("unresolved", None, node.place)
    elif name:
        parts["host"] = ("set" if _HOST.match(name) else "unresolved", name if _HOST.match(name) else None, inner(node, name))
    if port:
        read = integer(port, {}, node)
        parts["port"] = ("unresolved" if is_reference(port) else read.state, read.value, inner(node, ":" + port, 1))
    if path.strip("/"):
        parts["path"] = ("set", unquote(path.strip("/")), node.place)
    for number, pair in enumerate(re.split(r"[&;]", query)):
        key, equals, option = pair.partition("=")
        if key:
            option = unquote(option)
            name = "query." + (unquote(key).lower() if spec.get("fold") else unquote(key))
            parts[name] = (
                "unresolved" if is_reference(option) else "set",
                option if equals else "",
                inner(node, pair)
                if number < MAX_PLACED and pair in (node.text if isinstance(node, Composed) else node.raw)
                else node.place,
            )
    if any(is_reference(pair.partition("=")[0]) for pair in re.split(r"[&;]", query)):
        # What is filled in may be any option.
        for names in (spec.get("query") or {}).values():
            for option in (names,) if isinstance(names, str) else names:
                parts.setdefault(f"query.{option}", ("unresolved", None, node.place))
    known = spec.get("schemes")
    if known and scheme not in known and spec.get("other") in ("unknown", "absent"):
        return Decoded("unresolved" if spec["other"] == "unknown" else "empty")
    return Decoded("set", True, parts=parts)


def userinfo(value: object, spec: Lookup[str, Any], node: Scalar | None) -> Decoded:  # noqa: ARG001
    """`name:password`, or a name alone. Parts: username, password, as those of a URL (RFC 3986 section 3.2.1, without its escapes)."""
    assert node is not None
    user, _, password = as_text(value).strip().partition(":")
    parts: dict[str, tuple[str, object, Place]] = {}
    if user:
        parts["username"] = ("set", True, node.place)
    if password:
        parts["password"] = ("set", not is_placeholder(password), node.place)
    return Decoded("set", True, parts=parts)


def unquote(text: str) -> str:
    """Undo percent-encoding (RFC 3986 section 2.1)."""
    if "%" not in text:
        return text
    try:
        return re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m.group(1), 16)]), text.encode("utf-8", "surrogatepass")).decode(
            "utf-8", "replace"
        )
    except UnicodeError:
        return text


# The longest unit first, and numbers bounded, so that a text is read in one go.
_DURATION = later(
    r"([0-9]{1,15}(?:\.[0-9]{1,15})?)(?![0-9])\s*(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|h|days?|d)?(?![a-z])\s*",
    re.IGNORECASE,
)
_ISO_DURATION = later(r"PT(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)S)?", re.IGNORECASE)
_UNITS = {"ms": 0.001, "mi": 60.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def duration(value: object, spec: Lookup[str, Any], node: Scalar | None) -> Decoded:  # noqa: ARG001
    """Seconds; 'none' for zero, which means no limit. `unit: ms` for bare numbers in milliseconds."""
    scale = 0.001 if spec.get("unit") == "ms" else 60.0 if spec.get("unit") == "min" else 1.0
    if isinstance(value, bool):
        return Decoded("unresolved")
    total = 0.0
    if isinstance(value, (int, float)):
        total = value * scale
    else:
        text = as_text(value).strip()
        iso = _ISO_DURATION.fullmatch(text)
        pieces = _pieces(text) if iso is None else []
        if iso and any(iso.groups()):
            total = int(iso.group(1) or 0) * 3600 + int(iso.group(2) or 0) * 60 + float(iso.group(3) or 0)
        elif pieces:
            for number, unit in pieces:
                factor = scale if not unit else 0.001 if unit.startswith(("ms", "mil")) else _UNITS[unit[0]]
                total += float(number) * factor
        elif text.lower() in ("none", "null", "infinite", "never"):
            return Decoded("set", "none")
        else:
            return Decoded("unresolved")
    if total == 0:
        return Decoded("set", "none")
    return Decoded("set", int(total) if total == int(total) else total)


def _pieces(text: str) -> list[tuple[str, str]]:
    """Numbers and their units, one behind the other ("1h30m"); none when anything else stands in the text."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _DURATION.match(text, at)
        if match is None:
            return []
        found.append((match.group(1), (match.group(2) or "").lower()))
        at = match.end()
    return found


_TLS = later(r"(?:version)?_?(tls|ssl)?[\s_\-]*v?[\s_\-]*([0-9])(?:[._\-]?([0-9]))?(?:_method|_client_method)?\Z", re.IGNORECASE)


def version_of(text: str) -> str | None:
    """A TLS version as "ssl3", "1.0" … "1.3", from any of the ways people write it (TLSv1.2, TLS12, VersionTLS12, TLS_1_2, 1.2, tls1)."""
    match = _TLS.match(text.strip()[:64])
    if match is None:
        return None
    kind, major, minor = (match.group(1) or "").lower(), match.group(2), match.group(3)
    if kind == "ssl" and minor not in (None, "0"):
        return None  # SSLv23 is no version: it means whatever both sides know
    if kind == "ssl" or (major in "23" and not kind and minor in (None, "0") and major != "1"):
        return {"2": "ssl2", "3": "ssl3"}.get(major)
    if major != "1":
        return None
    version = f"1.{minor or 0}"
    return version if version in TLS_VERSIONS else None


def tls_version(value: object, spec: Lookup[str, Any], node: Scalar | None) -> Decoded:  # noqa: ARG001
    """A TLS version; `values:` maps an application's own words."""
    text = as_text(value).strip()
    own = spec.get("values")
    if isinstance(own, dict) and text.lower() in own:
        mapped = own[text.lower()]
        return Decoded("set", mapped) if mapped is not None else Decoded("empty")
    if isinstance(value, float):
        text = str(value)
    found = version_of(text)
    return Decoded("set", found) if found is not None else Decoded("unresolved")


def protocols(value: object, spec: Lookup[str, Any], node: Scalar | None) -> Decoded:  # noqa: ARG001
    """A list of protocols, in words, with Postfix' `>=TLSv1.2` and exclusions (`!SSLv3`), or OpenSSL's and GnuTLS' `-ALL:+VERS-TLS1.2`.

    Value: a tuple of versions. Parts are not used; `tls_min` and `tls_max` are worked out from the tuple.
    """
    text = as_text(value).strip()
    allowed: list[str] = []
    excluded: list[str] = []
    low, high = None, None
    everything = False
    for word in re.split(r"[\s,:;|]+", text):
        bare = word.strip("'\"[]").lower()
        if not bare:
            continue
        if bare.startswith((">=", "<=")):
            version = version_of(bare[2:])
            if version is None:
                return Decoded("unresolved")
            if bare[0] == ">":
                low = version
            else:
                high = version
            continue
        off = bare[0] in "!-"
        core = bare.lstrip("!+-").removeprefix("vers-")
        version = version_of(core)
        if core in ("all", "normal", "secure", "vers-all", "vers-tls-all", "tls-all", "default", "any"):
            everything = not off
            if off:
                excluded = list(TLS_VERSIONS)
                allowed = []
            continue
        if core in ("tls", "sslv23", "auto"):
            return Decoded("unresolved")
        if version is None:
            if bare.startswith(("%", "+", "-", "!")) or everything:
                continue
            return Decoded("unresolved")
        (excluded if off else allowed).append(version)
    if low or high:
        first = TLS_VERSIONS.index(low) if low else 0
        last = TLS_VERSIONS.index(high) if high else len(TLS_VERSIONS) - 1
        if not low and not excluded:
            first = TLS_VERSIONS.index(spec.get("floor", "1.0"))
        allowed = [version for version in TLS_VERSIONS[first : last + 1] if version not in excluded]
    elif not allowed:
        if not excluded:
            return Decoded("unresolved")
        allowed = [version for version in TLS_VERSIONS if version not in excluded]
        floor = spec.get("floor")
        if floor:
            allowed = [version for version in allowed if TLS_VERSIONS.index(version) >= TLS_VERSIONS.index(floor)]
    ordered = tuple(version for version in TLS_VERSIONS if version in allowed)
    return Decoded("set", ordered) if ordered else Decoded("unresolved")


def enum(value: object, spec: Lookup[str, Any], node: Scalar | None) -> Decoded:  # noqa: ARG001
    """One of the words of `enum:`; a mapping there turns the application's words into ours; `else:` says what any other word means."""
    words = spec.get("enum") or ()
    text = as_text(value).strip()
    compare = text.lower() if spec.get("fold", True) else text
    if isinstance(words, dict):
        if compare in words:
            return Decoded("set", words[compare])
    elif compare in words:
        return Decoded("set", compare)
    other = spec.get("else", "unknown")
    if other == "error":
        return Decoded("invalid", note="is a word this application does not know")
    if other == "unknown":
        return Decoded("unresolved", note="is a word whose meaning is not known")
    if other == "text":
        return Decoded("set", compare)
    return Decoded("set", other)


def text(value: object, spec: Lookup[str, Any], node: Scalar | None) -> Decoded:  # noqa: ARG001
    """The text itself, folded to lower case with `fold: true`."""
    found = as_text(value).strip()
    if spec.get("null") and found.lower() in spec["null"]:
        return Decoded("empty")
    return Decoded("set", found.lower() if spec.get("fold") else found)


def secret(value: object, spec: Lookup[str, Any], node: Scalar | None) -> Decoded:  # noqa: ARG001
    """True for a literal secret, False for a placeholder; never the text."""
    found = as_text(value).strip()
    if spec.get("null") and found.lower() in spec["null"]:
        return Decoded("empty")
    if is_reference(found):
        return Decoded("unresolved")
    return Decoded("set", not is_placeholder(found))


def file(value: object, spec: Lookup[str, Any], node: Scalar | None) -> Decoded:  # noqa: ARG001
    """A file that holds the value: set, and never seen."""
    return Decoded("unresolved", note="is kept in a file")


_DECODE = {
    "bool": boolean,
    "int": integer,
    "host": host,
    "host_port": host_port,
    "url": url,
    "userinfo": userinfo,
    "duration": duration,
    "tls_version": tls_version,
    "protocols": protocols,
    "enum": enum,
    "text": text,
    "secret": secret,
    "file": file,
}
