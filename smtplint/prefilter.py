"""Which files are worth reading: by their names, then by their undecoded bytes. Almost every file ends here.

The rules are read for it only to know which files need none of the words.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from smtplint.lazy import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Container, Iterable, Sequence


# --- names


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Endings that a reader knows. Everything that is tested for speed first is a plain set look-up.
EXTENSIONS = _set(
    "yaml yml eyaml json jsonc json5 toml env envrc ini cfg conf cnf config gitconfig service timer socket container properties py "
    "dockerfile containerfile msmtprc"
)
# Endings that are taken off before the name is looked at again: `config.yml.j2`, `.env.example`, `app.ini.dist`.
WRAPPERS = _set(
    "j2 jinja jinja2 tmpl tpl template example sample dist default orig bak in erb txt enc gotmpl tftpl ejs hbs mustache old new copy "
    "template-example"
)
DOCUMENTS = frozenset(("md", "markdown", "mdx", "rst"))
# Endings that no reader knows and that most files have. Only here for speed: any other takes the slow way to the same answer.
DULL = _set(
    "adoc bash bat c cc class cpp cs css csv dart ex exs gif go gradle graphql h hpp htm html ico ipynb jar java jpeg "
    "jpg js jsx kt less lock lua m map md mdx mjs mod mp4 pdf php pl png po pot proto ps1 pyc pyi rb rs rst sass scala scss "
    "sh so sql sum svelte svg swift tf ts tsx ttf vue webp woff woff2 xml zip"
)
LOCK_FILES = _set(
    "package-lock.json npm-shrinkwrap.json packages.lock.json project.assets.json pnpm-lock.yaml pnpm-lock.yml conda-lock.yml "
    "yarn.lock bun.lock poetry.lock uv.lock pdm.lock pipfile.lock cargo.lock composer.lock gemfile.lock go.sum flake.lock "
    "deno.lock chart.lock symfony.lock pubspec.lock mix.lock"
)
# Manifests and the like, of which the rules say that they hold no settings: in a folder they are passed over unread.
_NO_SETTINGS = LOCK_FILES | _set(
    "package.json composer.json cargo.toml tsconfig.json angular.json renovate.json chart.yaml chart.yml mkdocs.yaml mkdocs.yml pubspec.yaml "
    ".pre-commit-config.yaml dependabot.yml"
)
_DOTENV = later(r"\.?env(?![a-z])|\.env(?![a-z])|\.?environment\Z|\.?flaskenv|\.?envexample|.*[._-]env\Z|.*\.env[.\-_ \d]")
# Files known by their whole name.
_SPECIAL = later(
    r".*main\.cf|[._]?e?msmtprc|[._]?(?:esmtprc|(?:neo)?muttrc|mailrc|gitconfig|odoorc|pypirc|hgrc|devcontainer|babelrc|eslintrc)"
    r"|mail\.rc|(?:s-)?nail\.rc|(?:.*[._-])?monitrc|\.apprise|revaliases|passwd\.client|(?:.*[._-])?(?:curl|swaks)rc|(?:.*nullmailer.*[._-])?remotes|(?:docker|container)file(?:[._-].*)?|(?:local_?)?settings\.py.*"
    r"|(?:.*[._-])?gitlab\.rb"
)


def no_settings(name: str, ending: str) -> bool:
    """Whether the rules say of a file of this name that it holds no settings; also a quick subset of what they say. `ending`: without a dot."""
    low = name.lower()
    return low in _NO_SETTINGS or (ending == "properties" and low.startswith("messages"))


def by_name(path: str, docs: bool = False) -> bool:
    """Whether a file of this name is of a kind that smtplint reads; Markdown only with `docs`. Folders are asked where no name says it.

    A quick superset of `readers.syntax_of(path) != ""`, lock files aside.
    """
    low = path[path.rfind("/") + 1 :].lower()
    if low in LOCK_FILES:
        return False
    for _ in range(5):
        stem, dot, ending = low.rpartition(".")
        if dot and ending in EXTENSIONS:
            return True
        if ending in DOCUMENTS:
            return docs
        if _SPECIAL.fullmatch(low):
            return True
        if not dot or ending not in WRAPPERS or not stem:
            break
        low = stem
    if ending not in DULL and _DOTENV.match(low) is not None:
        return True
    if "monit" not in path:
        return False
    from smtplint.readers import is_included_by_monit

    return is_included_by_monit(path)


# --- bytes: a pure function of name and content

# In a search through all bytes of a tree one pattern that begins with a letter is faster than looking for the words one by one.
WORDS = later(rb"m(?:tp|ail)")

# What must follow or surround "mail" to be a setting, where "smtp" does not occur at all. All over lower-cased bytes.
_STEMS = (
    rb"host|serv|port(?!al|ray|r)|user|pass|pwd|use|tls|ssl|secur|encrypt|url|uri|dsn|backend|driver|transport|relay|hub|provider|smarthost|gateway|"
    rb"config|conf|setting|option|scheme|verif(?!ied|ication)|auth|protocol|engine|method|sender|notif|enabled?|timeout|connection"
)
KEYS = later(
    rb"mail[\w.\-:]{0,24}?(?:" + _STEMS + rb")"  # MAIL_HOST, spring.mail.port, emailServer, mail:host
    rb"|mail[\w.\-]{0,40}[\"']?[ \t]*[:=][ \t]*(?:[\r\n\[{&!|>#]|dict\(|\Z)"  # mail: with something below it, "mail": {, email = [
    rb"|(?:\A|[\r\n\"'n])[ \t]*\[{1,2}[\w.\- \"']{0,60}mail[\w.\-]{0,40}[\"' ]*\]"  # [mail], [[notify.mail]], also as text in JSON
    rb"|mailtos?://|mailers?\b"
    rb"|(?:type|kind|driver|backend|transport|provider|plugin|class|module|uses|platform|method|channel|service)[\"']?[ \t]*[:=]"
    rb"[ \t]*[\"']?[\w./-]{0,60}mail"
)
_LINE_FORMATS = frozenset(("env", "envrc", "conf", "cnf", "cfg", "msmtprc"))

# Python: a setting is *assigned*; `author_email` and `send_mail(` are everywhere. Over bytes as they are.
_PY_NAME = (
    rb"(?:_?(?:HOST|SERVER|PORT|USER|USERNAME|PASS|PASSWORD|USE|TLS|SSL|STARTTLS|BACKEND|URL|URI|DSN|CONFIG|CONF|SETTINGS|OPTIONS|TIMEOUT|SECURITY|"
    rb"SECURE|ENCRYPTION|VALIDATE|PROVIDER|DRIVER|ENABLED|FROM|SENDER|DEFAULT|SUPPRESS|DEBUG|LOCALHOST|FILE|AUTH)[A-Z0-9_]*|ERS?|S)?"
)
PYTHON = later(
    # EMAIL_HOST =, "MAIL_SERVER":, ["SMTP_HOST"] =, SMTP_PORT: int =
    rb"(?:SMTP|MAIL)" + _PY_NAME + rb"[\"']?[ \t]*\]?[ \t]*(?::[^=\n\r]{0,120})?(?:=(?!=)|:)"
    rb"|(?:SMTP|MAIL)[A-Z0-9_]{1,40}[\"']?[ \t]*\]?[ \t]*(?::[^=\n\r]{0,120})?="
    rb"|(?:smtp|mail)_?(?:host|serv|port|user|pass|pwd|use|tls|ssl|starttls|secur|encrypt|url|uri|dsn|config|setting|validat|timeout|relay)\w{0,40}"
    rb"[ \t]*:[^=\n\r]{1,120}(?:=|[\r\n]|\Z)"  # smtp_host: str = …
    rb"|(?:smtp|mail)[\"']?[ \t]*(?::[^=\n\r]{0,120})?[=:][ \t]*(?:\{|dict\()"
    rb"|class[ \t]+\w{0,60}(?:[sS]mtp|SMTP|[mM]ail|MAIL)\w{0,60}"
    rb"|SMTPHandler|email_url|mailtos?://|[eE]mail_?[cC]onfig\(|smtps?(?:\+\w+)?://"
)

# A Secret holds its values, and sometimes whole files, in base64: the three ways in which "smtp" and "mail" then look, per casing.
SECRET_KINDS = {"yaml": b"kind: Secret", "yml": b"kind: Secret", "json": b'"Secret"'}
_BASE64 = later(
    b"|".join(
        (
            b"c210c",
            b"zbXRw",
            b"NtdH",  # smtp
            b"U01UU",
            b"NNVF",
            b"TTVRQ",  # SMTP
            b"U210c",
            b"TbXRw",  # Smtp
            b"bWFpb",
            b"1haW",
            b"tYWls",  # mail
            b"TUFJT",
            b"1BSU",
            b"NQUlM",  # MAIL
            b"TWFpb",
            b"NYWls",  # Mail
        )
    )
)
# What describes files, and holds nobody's settings, though their keys occur in it.
_DEFINITION = b"kind: CustomResourceDefinition"
_DESCRIBED = (b"//json-schema.org/", b"openapi", b"swagger")
_DESCRIBING = later(
    rb"\A\s*\{\s*\"\$schema\"\s*:\s*\"https?://json-schema\.org/|\A\s*(?:#[^\r\n]*[\r\n]\s*)*(?:\{\s*)?[\"']?(?:openapi|swagger)[\"']?\s*:\s*[\"']?[23]\."
)
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


# In every path that the shipped rules mean, so that for most files the rules need not be read to know.
_SHIPPED_WORDLESS = later(r"mail|smtp|nail\.rc|swaks|stalwart")


class Wordless:
    """The paths of files that may hold settings without any of the words: `in` asks. `globs` yields their names, as the rules have them,
    when first asked; `shipped`: there are no other rules than those that are shipped.
    """

    __slots__ = ("_globs", "_names", "_shipped", "_texts")

    def __init__(self, globs: Callable[[], Iterable[str]], *, shipped: bool = False) -> None:
        self._globs = globs
        self._shipped = shipped
        self._names: tuple[str, ...] = ()
        self._texts: tuple[str, ...] | None = None

    def texts(self) -> tuple[str, ...]:
        """One of these is in every such path in lower case."""
        if self._texts is None:
            import re

            self._names = tuple(self._globs())
            self._texts = tuple(sorted({max(re.split(r"[*?]|\[[^\]]*\]", glob.lower()), key=len) for glob in self._names}))
        return self._texts

    def __contains__(self, path: object) -> bool:
        path = str(path)
        low = path.lower()
        if self._shipped and _SHIPPED_WORDLESS.search(low) is None:
            return False
        if not any(text in low for text in self.texts()):
            return False
        from smtplint.catalog.paths import glob_matches

        return any(glob_matches(glob, path) for glob in self._names)

    def among(self, paths: Sequence[str]) -> Container[str]:
        """Those of many paths; all of them are searched as one text."""
        low = "\n".join(paths).lower()
        if low.count("\n") != len(paths) - 1 or len(low) != sum(map(len, paths)) + len(paths) - 1:
            return self  # a name with a line end in it, or one whose length depends on case
        found: set[int] = set()
        starts: list[int] = []
        for text in self.texts():
            at = low.find(text)
            while at >= 0:
                starts = starts or [0, *accumulate(len(path) + 1 for path in paths)]
                number = bisect_right(starts, at) - 1
                found.add(number)
                at = low.find(text, starts[number + 1])
        return {paths[number] for number in found if paths[number] in self}


def candidate(path: str, data: bytes, words: Callable[[bytes], object] | None = None, wordless: Container[str] = ()) -> bool:
    """Whether a file can hold mail settings at all, by its name and its undecoded bytes (all of them, or as much as was read).

    False is a promise: no placement of the catalogue can be met in it. True costs only time. `words`: the search of WORDS, for many
    files; `wordless`: the paths that need none of the words.
    """
    if data.startswith(_MARKS):
        data = data.replace(b"\0", b"")
    ending = path[path.rfind(".") + 1 :]
    low = data.lower()
    smtp = mail = False
    if words is None or words(low) is not None:
        smtp, mail = b"smtp" in low, b"mail" in low
    if not smtp and not mail:
        kind = SECRET_KINDS.get(ending)
        if kind is not None:
            if kind in data and _BASE64.search(data) is not None:
                return True
            return (("compose" in path or "values" in path) and _relay(low)) or path in wordless
        return ((ending not in EXTENSIONS or ending in _LINE_FORMATS) and _relay(low)) or (ending != "py" and path in wordless)
    if ending == "py":
        if b"import *" in data and ("settings" in path or "config" in path):
            return True  # what it takes over from its base makes it an endpoint, though it says nothing about mail itself
        return _around(PYTHON, data, low, b"mail") or (smtp and _around(PYTHON, data, low, b"smtp"))
    if smtp or _around(KEYS, low, low, b"mail") or _relay(low) or path in wordless:
        return ending not in SECRET_KINDS or not _describes(data)
    kind = SECRET_KINDS.get(ending)
    return kind is not None and kind in data and _BASE64.search(data) is not None


def _describes(data: bytes) -> bool:
    """Whether a YAML or JSON file describes others: a JSON Schema, an OpenAPI description, nothing but definitions of Kubernetes resources."""
    if _DEFINITION in data:
        return data.count(b"\nkind:") + data.startswith(b"kind:") == data.count(b"\n" + _DEFINITION) + data.startswith(_DEFINITION)
    head = data[:2000]
    return any(word in head for word in _DESCRIBED) and _DESCRIBING.match(head) is not None


def _relay(low: bytes) -> bool:
    """Whether there are keys without either word: too rare to search everything for, and most bytes hold not even a half of them."""
    if b"relay" in low and (b"relayhost" in low or b"relay_host" in low):
        return True
    return b"smart" in low and (b"smarthost" in low or b"smart_host" in low)


def _around(pattern: re.Pattern[bytes], data: bytes, low: bytes, word: bytes) -> bool:
    """Whether a pattern is found on a line that holds a word. Most lines hold none, so they cost no more than looking for the word."""
    at = low.find(word)
    while at >= 0:
        begin = max(low.rfind(b"\n", max(0, at - 160), at), at - 160, 0)
        end = low.find(b"\n", at, at + 200)
        if pattern.search(data[begin : at + 200 if end < 0 else end + 1]) is not None:
            return True
        # Of a very long line every word is seen with at least a hundred bytes on its right.
        at = low.find(word, at + 100 if end < 0 else end + 1)
    return False
