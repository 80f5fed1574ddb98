"""References in values, expanded as the tool that reads them would.

    expand(scalar, dialect, look_up) -> Scalar

`look_up(name)` answers the scalar a name stands for, None when it is surely not set, or UNKNOWN when it may be set where we cannot see it.

- A value that is one reference becomes what it refers to: text, place and type of that, the reference in `via`.
- A default in a reference counts when the name is unknown or not set; its own place and a note go with it. An empty default of an unknown
  name is unresolved.
- Text around references is joined; the place is then that of the whole scalar, and those of the parts are in `via`. One reference that cannot be seen makes the whole value
  unresolved; what can be seen stays in its text, the rest as it is written there, always in a form that starts with `$` or `{{`.
- Whatever the dialect: `{{ … }}`, `ENC[…]`, `op://…`, `vault:…` and their like are unresolved (`is_elsewhere`).

No dialect runs or reads anything. References inside what a name stands for are followed where the tool does so, 20 steps at most, never
twice through one name.
"""

from __future__ import annotations

import re

from smtplint.carriers.embed import part
from smtplint.catalog.condition import UNKNOWN
from smtplint.lazy import later
from smtplint.tree import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from smtplint.source import Place

    LookUp = Callable[[str], object]

MAX_DEPTH = 20
MAX_REFERENCES = 1000
MAX_TEXT = 100_000
NUL = "\0"

# A value that is, as a whole, a pointer to somewhere else.
_ELSEWHERE = later(
    r"""\s*(?:
      ENC\[.*\]\s*\Z
    | (?:op|vault|akv|gcpsecretsmanager|awssecrets|awssecretsmanager|awsssm|ssm|sops|secret|secretsmanager|keyvault|doppler|infisical|bao|ext|cfg)://\S
    | (?:vault|env|secret|keyring|secretref|kv|ssm|sm):[\w/.{]\S*\s*\Z
    | ref\+\w+://
    | arn:aws[\w-]*:(?:secretsmanager|ssm|kms)
    | projects/[^/\s]+/secrets/
    | @Microsoft\.KeyVault\(
    | \$ANSIBLE_VAULT;
    | \{cipher\}
    | !(?:secret|vault|env|ENV)\s
    | secretsmanager:|resolve:ssm
    )""",
    re.VERBOSE | re.DOTALL,
)
# A value that is nothing but a name in a dialect we were not told of.
_WHOLE_NAME = later(
    r"""\s*(?:
      \$\{?[A-Za-z_][\w.]*\}? | \$\{\{.*\}\} | \$\([\w.\s]+\) | \$env:\w+ | \$__(?:env|file|vault)\{.*\} | \{\$\w+\} | \{env[:.][\w.]+\}
    | %[A-Za-z_]\w*% | %\([\w.]+\)s | %%[A-Za-z_]\w*%% | <%.*%> | <<.*>> | \[\[.*\]\] | \#\{.*\}
    | @@\w+@@ | @[A-Z_][A-Z0-9_]*@ | __[A-Za-z]\w*?__ | (?:process\.)?env\.[A-Z]\w+
    | \$\{file\(.*\).*\} | \$\{(?:self|ssm|env|opt|cf|param|file|secrets?|vars?|localEnv|containerEnv):.*\}
    )\s*\Z""",
    re.VERBOSE | re.DOTALL,
)
_TEMPLATES = (("{{", "}}"), ("{%", "%}"), ("<%", "%>"))
_TAGS = frozenset(
    (
        "!secret",
        "!vault",
        "!ENV",
        "!env",
        "!env_var",
        "!include",
        "!Ref",
        "!Sub",
        "!GetAtt",
        "!ImportValue",
        "!Join",
        "!lookup",
        "!reference",
        "!vault-encrypted",
        "!encrypted/pkcs1-oaep",
        "!unsafe-env",
        "!environ",
        "!EnvVar",
        "!var",
    )
)


class Reference:
    """One reference in a text: from `start` to `end`, to `name` ("" when its target can never be seen).

    `operator` says what the default is for: "" none, "-" when not set, ":-" when not set or empty, "+" and ":+" instead of the value when
    set, "?" and ":?" an error. `default` is its range in the text, or None. `literal`: no reference but an escape, standing for this text.
    """

    __slots__ = ("default", "end", "literal", "name", "operator", "start")

    def __init__(
        self,
        start: int,
        end: int,
        name: str = "",
        *,
        operator: str = "",
        default: tuple[int, int] | None = None,
        literal: str | None = None,
    ) -> None:
        self.start = start
        self.end = end
        self.name = name
        self.operator = operator
        self.default = default
        self.literal = literal


# --- how references are written ----------------------------------------------------------------------------------------------

_NAME = later(r"[A-Za-z_][A-Za-z0-9_]*")
_DOTTED = later(r"[A-Za-z_][A-Za-z0-9_.\-\[\]]*")


_BRACES = later(r"\}|\$\{|\\.", re.DOTALL)


def _closing(text: str, at: int) -> int:
    """The offset of the brace that closes the one before `at`, or -1. Braces nest only as `${`."""
    depth = 1
    for match in _BRACES.finditer(text, at):
        if match[0] == "}":
            depth -= 1
            if not depth:
                return match.start()
        elif match[0] == "${":
            depth += 1
    return -1


def _dollar(text: str, *, escape: str, plain: bool, operators: tuple[str, ...], name: re.Pattern[str] = _NAME) -> list[Reference]:
    """`$NAME` (with `plain`) and `${NAME op default}`. `escape` is what stands for a literal dollar: "$$", "\\$" or ""."""
    found: list[Reference] = []
    at, unclosed = 0, 0
    while len(found) < MAX_REFERENCES and unclosed < 5:
        at = text.find("$", at)
        if at < 0:
            break
        if escape == "$$" and text.startswith("$$", at):
            found.append(Reference(at, at + 2, literal="$"))
            at += 2
            continue
        if escape == "\\$" and at and text[at - 1] == "\\":
            if found and found[-1].end > at - 1:
                at += 1
                continue
            found.append(Reference(at - 1, at + 1, literal="$"))
            at += 1
            continue
        if text.startswith("${", at):
            begin = at + 2
            end = _closing(text, begin)
            if end < 0:
                unclosed += 1
                at += 1
                continue
            match = name.match(text, begin, end)
            reference = Reference(at, end + 1)
            if match is not None:
                rest = match.end()
                if rest == end:
                    reference.name = match.group()
                else:
                    for operator in operators:
                        if text.startswith(operator, rest):
                            reference.name = match.group()
                            reference.operator = ":-" if operator in (":", ":=") else "-" if operator == "=" else operator
                            reference.default = (rest + len(operator), end)
                            break
            found.append(reference)
            at = end + 1
            continue
        match = _NAME.match(text, at + 1) if plain else None
        if match is not None:
            found.append(Reference(at, match.end(), match.group()))
            at = match.end()
        else:
            at += 1
    return found


_SHELL = (":-", ":=", ":?", ":+", "-", "=", "?", "+")


def _compose(text: str) -> list[Reference]:
    return _dollar(text, escape="$$", plain=True, operators=(":-", ":?", ":+", "-", "?", "+"))


def _shell(text: str) -> list[Reference]:
    return _dollar(text, escape="\\$", plain=True, operators=_SHELL)


def _gitlab(text: str) -> list[Reference]:
    return _dollar(text, escape="$$", plain=True, operators=())


def _braces(text: str) -> list[Reference]:
    return _dollar(text, escape="", plain=False, operators=())


def _names(text: str) -> list[Reference]:
    return _dollar(text, escape="\\$", plain=True, operators=())


def _spring(text: str) -> list[Reference]:
    return _dollar(text, escape="\\$", plain=False, operators=(":",), name=_DOTTED)


def _generic(text: str) -> list[Reference]:
    # Text such as a password may hold a dollar; only the form with braces is surely meant. Whole names are `_WHOLE_NAME`.
    return _dollar(text, escape="", plain=False, operators=(":-", ":="), name=_DOTTED)


def _kubernetes(text: str) -> list[Reference]:
    found = _dollar(text, escape="$$", plain=False, operators=(":-", ":=", "-", "="))
    for reference in found:
        # `${X}` is filled in by the delivery tool (Flux, envsubst) from somewhere else; its default is what the file says.
        if reference.literal is None and reference.default is None:
            reference.name = ""
        elif reference.literal is None:
            reference.name, reference.operator = f"\0{reference.name}", ":-"
    for match in re.finditer(r"\$\$\([\w.-]+\)|\$\(([A-Za-z_][\w.-]*)\)", text):
        if match.group(1):
            found.append(Reference(match.start(), match.end(), match.group(1)))
    return found


def _pattern(pattern: str, literal: str = "", operator: str = ":-") -> Callable[[str], list[Reference]]:
    """References of one regular form; group 1 is the name, group 2 a default for when it is not set, with ":-" also when it is empty.
    `literal`: a doubled mark, an escape."""
    compiled = later(pattern, re.DOTALL)
    escape = re.escape(literal)

    def scan(text: str) -> list[Reference]:
        found = []
        for match in compiled.finditer(text):
            groups = match.re.groups
            name = match.group(1) or "" if groups else ""
            default = match.span(2) if groups > 1 and match.group(2) is not None else None
            found.append(Reference(match.start(), match.end(), name, operator=operator if default else "", default=default))
        if literal:
            found.extend(Reference(match.start(), match.end(), literal=literal[: len(literal) // 2]) for match in re.finditer(escape, text))
        return found

    return scan


def _none(text: str) -> list[Reference]:  # noqa: ARG001
    return []


_SYMFONY = _pattern(r"%env\(([^()%]+)\)%|%(?!env\()([\w.]+)%", "%%")


def _symfony(text: str) -> list[Reference]:
    found = []
    for reference in _SYMFONY(text):
        if reference.default is not None:
            # The second group is a parameter's name, not a default.
            reference.name, reference.operator, reference.default = "%" + text[slice(*reference.default)], "", None
        elif ":" in reference.name:
            # Processors stand before the name: `%env(int:PORT)%`. Only those that leave the text as it is are followed.
            chain = reference.name.split(":")
            reference.name = chain[-1] if set(chain[:-1]) <= {"resolve", "string", "int", "trim"} else ""
        found.append(reference)
    return found


_WORKFLOW = later(r"\$\{\{(.*?)\}\}", re.DOTALL)


def _workflow(text: str) -> list[Reference]:
    found = []
    for match in _WORKFLOW.finditer(text, 0, text.rfind("}}") + 2):
        inner = match.group(1).strip()
        simple = re.fullmatch(r"(?:env|vars|inputs|secrets)\.([A-Za-z_][\w-]*)", inner)
        # Only `env` can be seen in the file; secrets, variables and inputs come from outside.
        found.append(Reference(match.start(), match.end(), simple.group(1) if simple is not None and inner.startswith("env.") else ""))
    return found


_DIALECTS: dict[str, Callable[[str], list[Reference]]] = {
    "none": _none,
    "generic": _generic,
    "compose": _compose,
    "shell": _shell,
    "dotenv": _shell,
    "compose-env": _compose,
    "node": _shell,
    "php": _braces,
    "ruby": _names,
    "python": _pattern(r"\$\{([^}:]{0,200})(?::-([^}]{0,1000}))?\}", operator="-"),
    "dockerfile": _shell,
    "gitlab": _gitlab,
    "spring": _spring,
    "quarkus": _spring,
    "symfony": _symfony,
    "kubernetes": _kubernetes,
    "workflow": _workflow,
    "grafana": _pattern(r"\$__(?:env\{([^{}]*)\}|file\{[^{}]*\}|vault\{[^{}]*\})|\$\{[A-Za-z_]\w*\}"),
    "configparser": _pattern(r"%\(([\w.\-]+)\)s", "%%"),
    "maddy": _pattern(r"\{env:([A-Za-z_]\w*)\}"),
    "devcontainer": _pattern(r"\$\{(?:localEnv|env):([A-Za-z_]\w*)(?::([^{}]*))?\}|\$\{containerEnv:[^{}]*\}"),
    "serverless": _pattern(r"\$\{env:([A-Za-z_]\w*)(?:, *'([^']*)')?\}|\$\{[^{}]*\}"),
    "ansible": _none,
    "helm": _none,
}
# Dialects in which what a name stands for is itself searched for references.
_RECURSIVE = frozenset(("spring", "quarkus", "symfony", "configparser", "workflow", "grafana", "kubernetes"))
# Dialects of files in which single quotes keep everything as it is written.
_QUOTED = frozenset(("dotenv", "compose-env", "php", "ruby", "shell", "dockerfile"))
DIALECTS = tuple(_DIALECTS)


# --- expansion ---------------------------------------------------------------------------------------------------------------


def is_elsewhere(scalar: Scalar, *, names: bool = True, templates: bool = True) -> bool:
    """Whether a value, as a whole, points to a place that is not ours to see: a vault, an encrypted text, a tag such as `!secret`.

    `templates`: a template mark anywhere in it counts. `names`: so does a bare `$NAME`, `%NAME%`, `@@NAME@@`, a reference of a dialect that
    nobody told us.
    """
    if scalar.tag in _TAGS or scalar.tag.startswith(("!secret", "!vault", "!env", "!ENV", "!Fn::")):
        return True
    text = scalar.text
    if not text or len(text) > MAX_TEXT:
        return False
    if _ELSEWHERE.match(text) or (templates and _has_template(text)):
        return True
    return names and _WHOLE_NAME.match(text) is not None


def _has_template(text: str) -> bool:
    for opening, closing in _TEMPLATES:
        at = text.find(opening)
        if at >= 0 and text.find(closing, at + 2) >= 0:
            return True
    return False


def names_in(text: str, dialect: str) -> list[str]:
    """The names a text refers to, in order."""
    scan = _DIALECTS.get(dialect, _generic)
    return [reference.name.lstrip("\0") for reference in sorted(scan(text), key=lambda found: found.start) if reference.name]


def nothing(name: str) -> object:  # noqa: ARG001
    """A look-up that knows nothing."""
    return UNKNOWN


def expand(scalar: Scalar, dialect: str, look_up: LookUp = nothing) -> Scalar:
    """The value of a scalar in `dialect` (one of DIALECTS; others count as generic). Never raises."""
    return _Expansion(dialect, look_up).scalar(scalar, ())


class _Expansion:
    """The work on one value. `left` bounds the references followed, so that names that refer to one another twice do not multiply."""

    __slots__ = ("dialect", "left", "look_up", "scan")

    def __init__(self, dialect: str, look_up: LookUp) -> None:
        self.dialect = dialect if dialect in _DIALECTS else "generic"
        self.scan = _DIALECTS[self.dialect]
        self.look_up = look_up
        self.left = MAX_REFERENCES

    def scalar(self, scalar: Scalar, active: tuple[str, ...]) -> Scalar:
        """`active`: the names on the way here."""
        text = scalar.text
        if scalar.state != "known" or not text:
            return scalar
        names = self.dialect == "generic" or text.lstrip()[:1] not in ("$", "%", "{")
        if is_elsewhere(scalar, names=names, templates=self.dialect != "workflow") or (self.dialect == "spring" and text.startswith("#{")):
            return scalar.but(state="unresolved")
        if self.dialect == "none" or (scalar.style == "single" and self.dialect in _QUOTED):
            return scalar
        if not any(mark in text for mark in "$%{"):
            return scalar
        if len(text) > MAX_TEXT or len(active) >= MAX_DEPTH:
            return scalar.but(state="unresolved")
        if self.dialect == "php" and scalar.style == "double" and "\\$" in text:
            return scalar.but(state="unresolved")  # an escape beside a reference: which is which, the reader no longer tells
        references = sorted(self.scan(text), key=_start)
        if not references:
            return scalar
        first = references[0]
        if first.literal is None and first.start == 0 and first.end == len(text):
            return self.one(scalar, first, active)
        return self.joined(scalar, references, active)

    def joined(self, scalar: Scalar, references: list[Reference], active: tuple[str, ...]) -> Scalar:
        """Text with references in it."""
        text = scalar.text
        pieces: list[str] = []
        via: dict[Place, None] = {}
        note = scalar.note
        at, size, seen = 0, 0, True
        for reference in references:
            if reference.start < at:
                continue
            pieces.append(text[at : reference.start])
            at = reference.end
            if reference.literal is not None:
                pieces.append(reference.literal)
                continue
            value = self.one(scalar, reference, active)
            via.update(dict.fromkeys(place for place in (*value.via, value.place) if place.source is not scalar.source))
            if value.state == "known":
                pieces.append(value.text)
                size += len(value.text)
                note = note or value.note
            else:
                seen = False
                written = text[reference.start : reference.end]
                pieces.append(written if written.startswith("$") else f"${{{reference.name.strip('%') or 'X'}}}")
            if size > MAX_TEXT:
                return scalar.but(state="unresolved")
        pieces.append(text[at:])
        return scalar.but(text="".join(pieces), state="known" if seen else "unresolved", via=(*scalar.via, *via), note=note)

    def one(self, scalar: Scalar, reference: Reference, active: tuple[str, ...]) -> Scalar:
        """What one reference stands for; unresolved, with the text as written, when that cannot be seen."""
        hidden = scalar.but(text=scalar.text[reference.start : reference.end], state="unresolved")
        name, operator = reference.name, reference.operator
        self.left -= 1
        if not name or name in active or self.left < 0:
            return hidden
        # A name after NUL is filled in by another tool, from somewhere else.
        found = UNKNOWN if name.startswith("\0") else self.look_up(name)
        value = found if isinstance(found, Scalar) else None
        if value is not None and value.state == "known" and operator[:1] == ":" and not value.text:
            value, found = None, None
        if operator in ("+", ":+"):
            # The alternative counts only where the name is surely set; where it surely is not, there is nothing.
            if found is UNKNOWN or reference.default is None or (value is not None and value.state != "known"):
                return hidden
            return self.default(scalar, reference, active) if value is not None else _empty(scalar, reference)
        if value is not None:
            if self.dialect in _RECURSIVE:
                value = self.scalar(value, (*active, name))
            return value.but(via=(scalar.place, *value.via))
        if operator in ("-", ":-") and reference.default is not None:
            if reference.default[0] == reference.default[1]:
                return hidden if found is UNKNOWN else _empty(scalar, reference)
            return self.default(scalar, reference, active)
        if (
            found is UNKNOWN
            or operator in ("?", ":?")
            or self.dialect not in ("compose", "compose-env", "shell", "dotenv", "python", "node", "dockerfile")
        ):
            return hidden
        # Not set and no default: these put nothing there.
        return _empty(scalar, reference)

    def default(self, scalar: Scalar, reference: Reference, active: tuple[str, ...]) -> Scalar:
        """The default of a reference, at its own place."""
        assert reference.default is not None
        value = part(scalar, *reference.default)
        quote = value.text[:1]
        if self.dialect in ("shell", "dotenv", "dockerfile") and len(value.text) > 1 and quote in "'\"" and value.text.endswith(quote):
            value = part(scalar, reference.default[0] + 1, reference.default[1] - 1)
        value = self.scalar(value, (*active, reference.name))
        if value.state != "known":
            return scalar.but(text=scalar.text[reference.start : reference.end], state="unresolved")
        # It is typed like the value it stands in: YAML's own, when that is plain.
        plain = scalar.type == "plain" and scalar.style == "plain"
        note = value.note or f"the default in ${{{reference.name.lstrip(NUL)}}}"
        return value.but(type="plain" if plain else "str", style="plain" if plain else value.style, note=note)


def _start(reference: Reference) -> int:
    return reference.start


def _empty(scalar: Scalar, reference: Reference) -> Scalar:
    return part(scalar, reference.start, reference.end).but(text="", note=f"{reference.name} is not set")
