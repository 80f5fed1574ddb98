"""Which files are looked at, and which of those are worth reading: discovery, safe reading, the prefilter, whole-or-nothing writing.

Folders are listed by git where there is a repository (its own configuration cannot make that run anything) and walked otherwise.
Nothing here follows a link out of the tree, blocks on a FIFO or a device, or reads more than it was allowed to.
"""

from __future__ import annotations

import os
import stat
from bisect import bisect_left, bisect_right
from itertools import accumulate

from smtplint.finding import Notification
from smtplint.lazy import later
from smtplint.listing import SKIPPED_FOLDERS, TooLarge, display, find_git, project_root, read_bytes, run_git
from smtplint.source import DEFAULT_MAX_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from smtplint.globs import Ignore

    Notify = Callable[[Notification], None]
    Progress = Callable[[int, str], None]


# ------------------------------------------------------------------------------------------------------------------------
# Names


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
_DULL = _set(
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

# `vendor` is also a word of trade; it is left out only where a package manager filled it.
_VENDOR_MARKS = ("autoload.php", "modules.txt", "bundle", "composer")


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
    if ending not in _DULL and _DOTENV.match(low) is not None:
        return True
    if "monit" not in path:
        return False
    from smtplint.readers import is_included_by_monit

    return is_included_by_monit(path)


# ------------------------------------------------------------------------------------------------------------------------
# Prefilter: a pure function of name and bytes. Almost every file ends here.

# In a search through all bytes of a tree one pattern that begins with a letter is faster than looking for the words one by one.
_WORDS = later(rb"m(?:tp|ail)")
_MANY = 64

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
# Keys without either word. Looked for only in dotenv and compose files: elsewhere they are too rare to search everything for.
_RELAYS = (b"relayhost", b"relay_host", b"smarthost", b"smart_host")
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

    False is a promise: no placement of the catalogue can be met in it. True costs only time. `words`: the search of _WORDS, for many
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
    return any(word in low for word in _RELAYS)


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


# ------------------------------------------------------------------------------------------------------------------------
# Listing


class _Listing:
    """Collects the files below folders, as display paths."""

    def __init__(
        self, cwd: str, notify: Notify, stats: dict[str, int], *, docs: bool = False, exclude: Ignore | None, exclude_base: str
    ) -> None:
        self.cwd = cwd
        self.exclude = exclude
        self.exclude_base = exclude_base
        self.docs = docs
        self.notify = notify
        self.stats = stats
        self.found: list[str] = []
        self.git: str | None = None
        self.listings: dict[str, str] | None = None

    def shown(self, path: str) -> str:
        return display(path, self.cwd)

    def excluded(self, path: str, folder: bool) -> bool:
        """Whether `exclude` speaks of an absolute path itself (its parents are asked on the way down)."""
        if not self.exclude:
            return False
        head = self.exclude_base.rstrip(os.sep) + os.sep
        if not path.startswith(head):
            return False
        return self.exclude.decide(path[len(head) :].replace(os.sep, "/"), folder) is True

    def excluded_above(self, path: str) -> bool:
        """Whether `exclude` speaks of an absolute file or of a folder above it."""
        if not self.exclude:
            return False
        if self.excluded(path, False):
            return True
        base = self.exclude_base.rstrip(os.sep)
        folder = os.path.dirname(path)
        while len(folder) > len(base) and folder.startswith(base):
            if self.excluded(folder, True):
                return True
            folder = os.path.dirname(folder)
        return False

    def folder(self, root: str) -> None:
        """Everything below an absolute folder."""
        top = project_root(root)
        if top and self._by_git(root, top):
            return
        self._walk(root, top or root)

    def _by_git(self, root: str, top: str) -> bool:
        if self.git is None:
            self.git = find_git()
        if not self.git:
            return False
        shown = self.shown(root)
        head = "" if shown == "." else shown if shown.endswith("/") else shown + "/"
        # Seen from a folder inside, only the slow way tells how each name is shown.
        outside = root == self.cwd or not _inside(self.cwd, root)
        checked: dict[str, bool] = {"": True}
        docs, exclude = self.docs, bool(self.exclude)
        dull = frozenset[str]() if docs else _DULL
        found: list[str] = []
        inner: list[str] = []
        total = 0

        pieces: list[str] = []

        def take(piece: str) -> None:
            nonlocal total
            pieces.append(piece)
            names = piece.split("\0")
            total += len(names)
            for name in [name for name in names if name[name.rfind(".") + 1 :] not in dull or name.endswith("gitlab.rb")]:
                ending = name[name.rfind(".") + 1 :]
                slash = name.rfind("/")
                base = name[slash + 1 :]
                if not base:
                    inner.append(name[:-1])  # a repository inside this one
                    continue
                if no_settings(base, ending) if ending in EXTENSIONS else not by_name(head + name, docs):
                    if base == ".gitmodules":
                        inner.extend(self._modules(os.path.join(root, name), name[: slash + 1]))
                    continue
                above = name[:slash] if slash > 0 else ""
                fine = checked.get(above)
                if fine is None:
                    fine = self._fine(root, above, checked)
                if fine and not (exclude and self.excluded(os.path.join(root, name), False)):
                    found.append(head + name if outside else self.shown(os.path.join(root, name)))

        if run_git(self.git, root, ("ls-files", "-zco", "--exclude-standard"), take) != 0:
            return False
        if not total and root != top and run_git(self.git, top, ("check-ignore", "-q", "--", root), take) == 0:
            return False  # a folder that git ignores was named: walk it
        if self.listings is not None and root == top:
            self.listings[root] = "\0".join(pieces)
        self.stats["files"] = self.stats.get("files", 0) + total
        self.found += dict.fromkeys(found)  # a path in conflict is listed once per stage
        for name in inner:
            path = os.path.join(root, name)
            if self._fine(root, name, checked) and os.path.lexists(os.path.join(path, ".git")):
                self.folder(path)
        return True

    def _fine(self, root: str, above: str, checked: dict[str, bool]) -> bool:
        """Whether a folder of a listing is one to look into: no part of it is skipped, excluded or a link."""
        known = checked.get(above)
        if known is not None:
            return known
        parts = above.split("/")
        path = ""
        fine = True
        for part in parts:
            path = f"{path}/{part}" if path else part
            known = checked.get(path)
            if known is None:
                absolute = f"{root}{os.sep}{path}"
                known = fine and part not in SKIPPED_FOLDERS and not (self.exclude and self.excluded(absolute, True))
                if known:
                    try:
                        known = stat.S_ISDIR(os.lstat(absolute).st_mode) and not (part == "vendor" and _vendored(absolute))
                    except (OSError, ValueError):
                        known = False
                checked[path] = known
            fine = known
        return fine

    def _modules(self, path: str, head: str) -> list[str]:
        """Folders of submodules, which git lists without what is in them."""
        try:
            data = read_bytes(path, 1 << 20)
        except (OSError, TooLarge):
            return []
        import re

        names = re.findall(r"(?m)^[ \t]*path[ \t]*=([^\r\n]*)", os.fsdecode(data))
        return [head + name for name in map(str.strip, names) if name and ".." not in name.split("/") and not name.startswith("/")]

    def _walk(self, root: str, top: str) -> None:
        """Below an absolute folder without git; `top` is where ignore files start to count and what links may not leave."""
        rules: list[tuple[str, Ignore]] = []
        if top != root:
            rules = self._above(root, top)
        stack: list[tuple[str, list[tuple[str, Ignore]]]] = [(root, rules)]
        links: list[str] = []
        total = 0
        while stack:
            folder, rules = stack.pop()
            try:
                with os.scandir(folder) as listing:
                    entries = list(listing)
            except FileNotFoundError:
                continue
            except OSError as error:
                self.notify(unreadable(self.shown(folder), error))
                continue
            if folder != root and any(entry.name == ".git" for entry in entries) and self._by_git(folder, folder):
                continue
            if any(entry.name == ".gitignore" for entry in entries):
                here = self._ignore_file(os.path.join(folder, ".gitignore"))
                if here:
                    rules = [*rules, (folder, here)]
            head = self.shown(folder)
            head = "" if head == "." else head + "/" if head != "/" else "/"
            for entry in entries:
                name = entry.name
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if name in SKIPPED_FOLDERS or (name == "vendor" and _vendored(entry.path)):
                            continue
                        if not (rules and _ignored(rules, entry.path, True)) and not self.excluded(entry.path, True):
                            stack.append((entry.path, rules))
                        continue
                    total += 1
                    if (
                        not by_name(head + name, self.docs)
                        or no_settings(name, name[name.rfind(".") + 1 :])
                        or (rules and _ignored(rules, entry.path, False))
                        or self.excluded(entry.path, False)
                    ):
                        continue
                    if entry.is_file(follow_symlinks=False):
                        self.found.append(head + name)
                    elif entry.is_symlink():
                        links.append(entry.path)
                except OSError as error:
                    self.notify(unreadable(head + name, error))
        self.stats["files"] = self.stats.get("files", 0) + total
        self.found += [self.shown(path) for path in links]

    def _above(self, root: str, top: str) -> list[tuple[str, Ignore]]:
        """Ignore files between the top of the repository and a folder in it, for when git itself cannot be asked."""
        rules = []
        for path in (os.path.join(top, ".git", "info", "exclude"), os.path.join(top, ".gitignore")):
            here = self._ignore_file(path)
            if here:
                rules.append((top, here))
        folder = top
        for part in root[len(top) :].strip(os.sep).split(os.sep)[:-1]:
            folder = os.path.join(folder, part)
            here = self._ignore_file(os.path.join(folder, ".gitignore"))
            if here:
                rules.append((folder, here))
        # A folder that is ignored as a whole was named: then only what it says itself counts.
        return [] if _ignored(rules, root, True) else rules

    def _ignore_file(self, path: str) -> Ignore | None:
        try:
            data = read_bytes(path, 1 << 20)
        except (OSError, TooLarge):
            return None
        return _ignore(os.fsdecode(data.removeprefix(b"\xef\xbb\xbf")).splitlines())


def _ignore(lines: Sequence[str]) -> Ignore | None:
    """Patterns in git's language, None when there are none."""
    if not lines:
        return None
    from smtplint.globs import Ignore

    return Ignore(lines) or None


def _vendored(folder: str) -> bool:
    return any(os.path.lexists(os.path.join(folder, mark)) for mark in _VENDOR_MARKS)


def _ignored(rules: list[tuple[str, Ignore]], path: str, folder: bool) -> bool:
    for base, rule in reversed(rules):
        said = rule.decide(path[len(base) + (not base.endswith(os.sep)) :].replace(os.sep, "/"), folder)
        if said is not None:
            return said
    return False


def is_excluded(path: str, exclude: Sequence[str], base: str) -> bool:
    """Whether patterns, relative to a folder, leave out an absolute path."""
    cwd = os.getcwd()
    return _Listing(cwd, _nowhere, {}, exclude=_ignore(exclude), exclude_base=base or cwd).excluded_above(path)


class PathMissing(Exception):
    """A path that was named and does not exist; `str(error)` is the path."""


def discover(
    paths: Sequence[str],
    *,
    exclude: Sequence[str] = (),
    exclude_base: str = "",
    docs: bool = False,
    notify: Notify | None = None,
    stats: dict[str, int] | None = None,
) -> Iterator[tuple[str, str, bool]]:
    """`(display path, absolute path, named)` of every file to look at: sorted, each once. A named link is shown as what it leads to.

    A named file is always there, also one that git ignores, unless `exclude` (patterns relative to `exclude_base`) says otherwise, it is
    no regular file, or it is a link out of the project it stands in; each of those is a notification. Raises PathMissing.
    """
    counts: dict[str, int] = {} if stats is None else stats
    found, named = _collect(paths, notify or _nowhere, counts, exclude=exclude, exclude_base=exclude_base, docs=docs)
    head = _head()
    for shown in found:
        yield shown, shown if os.path.isabs(shown) else head + shown, shown in named


def _head() -> str:
    cwd = os.getcwd()
    return cwd if cwd.endswith(os.sep) else cwd + os.sep


def _collect(
    paths: Sequence[str],
    notify: Notify,
    counts: dict[str, int],
    *,
    exclude: Sequence[str],
    exclude_base: str,
    docs: bool,
    listings: dict[str, str] | None = None,
) -> tuple[list[str], set[str]]:
    """Display paths, sorted and each once, and which of them were named."""
    cwd = os.getcwd()
    listing = _Listing(cwd, notify, counts, docs=docs, exclude=_ignore(exclude), exclude_base=exclude_base or cwd)
    listing.listings = listings
    named: set[str] = set()
    for path in paths:
        absolute = os.path.normpath(os.path.join(cwd, path))
        if not path:  # an empty variable, which must not mean everything
            raise PathMissing(path)
        try:
            real = os.path.realpath(absolute)
            mode = os.stat(real).st_mode
        except ValueError:
            raise PathMissing(path) from None
        except (FileNotFoundError, NotADirectoryError):
            raise PathMissing(path) from None
        except OSError as error:
            counts["files"] = counts.get("files", 0) + 1
            skip(counts, "unreadable")
            listing.notify(unreadable(listing.shown(absolute), error))
            continue
        if stat.S_ISDIR(mode):
            listing.folder(real)
            continue
        counts["files"] = counts.get("files", 0) + 1
        why = ""
        if not stat.S_ISREG(mode):
            why = "is not a regular file"
        elif real != absolute:
            tree = project_root(os.path.dirname(absolute)) or cwd
            if _inside(absolute, tree) and not _inside(real, os.path.realpath(tree)):
                why = "is a link that leads out of the project; name the file itself to have it linted"
        if why:
            skip(counts, "unreadable")
            listing.notify(Notification("unreadable-file", "warning", why, listing.shown(absolute)))
        elif listing.excluded_above(absolute):
            skip(counts, "excluded")
            listing.notify(Notification("excluded", "note", "is excluded by the configuration", listing.shown(absolute)))
        else:
            told = by_name(listing.shown(real), docs) or not by_name(listing.shown(absolute), docs)
            named.add(listing.shown(real if told else absolute))
    found = listing.found
    found.extend(named)
    found.sort()
    if len(paths) > 1 or named:
        found = list(dict.fromkeys(found))
    return found, named


def _nowhere(_: Notification) -> None:
    return


def _inside(path: str, tree: str) -> bool:
    return path == tree or path.startswith(tree.rstrip(os.sep) + os.sep)


# ------------------------------------------------------------------------------------------------------------------------
# Reading


def unreadable(shown: str, error: OSError) -> Notification:
    """The notification for a file that could not be read."""
    reason = (error.strerror or "input or output error").lower()
    return Notification("unreadable-file", "warning", reason if reason.startswith("is ") else f"cannot be read: {reason}", shown)


def skip(stats: dict[str, int], why: str) -> None:
    """Count a file that was left out."""
    key = f"skipped_{why}"
    stats[key] = stats.get(key, 0) + 1


def load(
    paths: Sequence[str],
    *,
    limit: int = DEFAULT_MAX_BYTES,
    exclude: Sequence[str] = (),
    exclude_base: str = "",
    docs: bool = False,
    notify: Notify | None = None,
    stats: dict[str, int] | None = None,
    progress: Progress | None = None,
    silent: Callable[[str, bytes], None] | None = None,
    listings: dict[str, str] | None = None,
    wordless: Wordless | None = None,
) -> Iterator[tuple[str, str, bool, bytes]]:
    """`(display path, absolute path, named, bytes)` of every file that passes the prefilter, in the order of `discover`.

    The rest is counted in `stats` (`files` listed, `looked_at` opened, `skipped_<why>`) and, where a person should know, told to `notify`.
    `progress` is called now and then with the number of files looked at and the current one, `silent` with those that do not pass;
    `listings` is given what git listed, by folder, names with NULs between them; `wordless`: paths that need no word. Raises PathMissing.
    """
    told: Notify = notify or _nowhere
    counts: dict[str, int] = {} if stats is None else stats
    found, names = _collect(paths, told, counts, exclude=exclude, exclude_base=exclude_base, docs=docs, listings=listings)
    head = _head()
    test = candidate
    many = len(found) > _MANY
    words = _WORDS.search if many else None
    apart: Container[str] = wordless if wordless is not None else ()
    listed: Container[str] = wordless.among(found) if many and wordless is not None else apart
    looked = 0
    followed: set[str] = set()
    try:
        for shown in found:
            looked += 1
            if progress is not None and not looked & 0xFF:
                progress(looked, shown)
            named = bool(names) and shown in names
            where = shown
            try:
                try:
                    data = read_bytes(shown, limit, follow=False)
                except FileNotFoundError:
                    if named:
                        raise
                    skip(counts, "vanished")
                    continue
                except IsADirectoryError:
                    looked -= 1
                    continue
                except OSError:
                    if not os.path.islink(shown):
                        raise
                    real = _led_to(shown)
                    target = display(real, os.getcwd()) if real else ""
                    if not real or target in followed or _listed(found, target):
                        skip(counts, "link")
                        continue
                    followed.add(target)
                    where = target if by_name(target, docs) else shown
                    data = read_bytes(real, limit, follow=False)
            except TooLarge as large:
                skip(counts, "too_large")
                if named or test(where, large.head, words, apart):
                    told(Notification("too-large", "warning", f"is larger than {limit} bytes and was not read", where))
                continue
            except OSError as error:
                skip(counts, "unreadable")
                told(unreadable(where, error))
                continue
            if test(where, data, words, listed if where is shown else apart):
                yield where, where if os.path.isabs(where) else head + where, named, data
            elif named and not by_name(where, True):
                told(Notification("unknown-kind", "note", "is not of a kind that smtplint reads", where))
            elif silent is not None:
                silent(where, data)
    finally:
        counts["looked_at"] = counts.get("looked_at", 0) + looked


def _listed(found: list[str], shown: str) -> bool:
    at = bisect_left(found, shown)
    return at < len(found) and found[at] == shown


def _led_to(shown: str) -> str:
    """The absolute path of what a link leads to, when that is a regular file of the same project; else ""."""
    here = os.path.join(os.path.realpath(os.path.dirname(shown) or "."), os.path.basename(shown))
    real = os.path.realpath(here)
    cwd = os.getcwd()
    tree = project_root(os.path.dirname(here)) or (cwd if _inside(here, cwd) else os.path.dirname(here))
    if not _inside(real, tree):
        return ""
    try:
        return real if stat.S_ISREG(os.lstat(real).st_mode) else ""
    except OSError:
        return ""


# ------------------------------------------------------------------------------------------------------------------------
# Writing


def write_whole(path: str, data: bytes) -> None:
    """Write a file whole or not at all: into a temporary file beside it, which then takes its place. Raises OSError and leaves nothing.

    What is not a regular file (`/dev/stdout`, a FIFO) is written to directly.
    """
    target = os.path.realpath(path)
    mode = None
    try:
        info = os.stat(target)
        if stat.S_ISDIR(info.st_mode):
            raise IsADirectoryError(21, "is a directory")
        if not stat.S_ISREG(info.st_mode):
            fd = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
            try:
                write_all(fd, data)
            finally:
                os.close(fd)
            return
        mode = stat.S_IMODE(info.st_mode)
    except FileNotFoundError:
        pass
    folder, name = os.path.split(target)
    for number in range(100):
        temporary = os.path.join(folder, f".{name[:100]}.{os.getpid()}.{number}.tmp")
        try:
            fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
            break
        except FileExistsError:
            continue
    else:
        raise FileExistsError(17, "no free name for a temporary file")
    try:
        try:
            write_all(fd, data)
            if mode is not None and hasattr(os, "fchmod"):
                os.fchmod(fd, mode)
        finally:
            os.close(fd)
        os.replace(temporary, target)
    except BaseException:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        raise


def write_all(fd: int, data: bytes) -> None:
    """Every byte to a file descriptor. Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
