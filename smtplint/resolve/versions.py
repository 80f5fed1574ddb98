"""Which packages, in which versions, the programs of a folder are built from: lock files and manifests, the nearest upwards.

A lock file says a version, a manifest a range. Both are scanned for the package asked about, never parsed as a whole: a lock file may have
10 MB. Files above a mebibyte count for presence and version through the same scan.
"""

from __future__ import annotations

import re

from smtplint.lazy import later
from smtplint.resolve.index import join
from smtplint.version import compare, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from smtplint.resolve.index import Index

Parts = tuple[int, ...]

_LOCKS = {
    "pypi": ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"),
    "npm": ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"),
    "composer": ("composer.lock",),
    "gem": ("Gemfile.lock",),
    "maven": ("gradle.lockfile",),
    "cargo": ("Cargo.lock",),
    "hex": ("mix.lock",),
    "nuget": ("packages.lock.json",),
}
_MANIFESTS: dict[str, tuple[str, ...]] = {
    "pypi": ("pyproject.toml", "Pipfile", "setup.py", "setup.cfg", "environment.yml", "environment.yaml"),
    "npm": ("package.json",),
    "composer": ("composer.json",),
    "gem": ("Gemfile", "gems.rb"),
    "maven": ("pom.xml", "build.gradle", "build.gradle.kts", "libs.versions.toml"),
    "go": ("go.mod",),
    "cargo": ("Cargo.toml",),
    "hex": ("mix.exs",),
    "nuget": ("Directory.Packages.props", "packages.config"),
}
_REQUIREMENTS = later(r"(?:.*[._-])?requirements?(?:[._-].*)?\.(?:txt|in|pip)\Z|constraints.*\.txt\Z")


class Range:
    """The versions a package may have: from `low` on, below `high` (or up to it, when `closed`); None is open.

    `version` when it is known.
    """

    __slots__ = ("closed", "high", "low", "version")

    def __init__(self, low: Parts | None, high: Parts | None, *, closed: bool = False, version: str | None = None) -> None:
        self.low = low
        self.high = high
        self.closed = closed
        self.version = version

    def __repr__(self) -> str:
        return f"Range({self.low}, {self.high}, {self.version!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Range) and (self.low, self.high, self.closed, self.version) == (
            other.low,
            other.high,
            other.closed,
            other.version,
        )

    def __hash__(self) -> int:
        return hash((self.low, self.high, self.closed, self.version))

    def satisfies(self, spec: str) -> bool | None:
        """Whether every version of the range meets `spec` (`<4.2`, `>=5,<6`): True, False (none does), or None."""
        result: bool | None = True
        for operator, text in re.findall(r"(<=|>=|==|=|!=|<|>)?\s*v?([0-9][0-9.]*)", spec):
            number = parse(text)
            if number is None:
                return None
            met = self._meets(operator or "==", number)
            if met is False:
                return False
            if met is None:
                result = None
        return result

    def _meets(self, operator: str, number: Parts) -> bool | None:
        if operator in ("<", ">="):
            below = self._below(number)
            return below if below is None or operator == "<" else not below
        if operator in ("<=", ">"):
            above = self._above(number)
            return above if above is None or operator == ">" else not above
        exact = None
        if self.version is not None and (own := parse(self.version)) is not None:
            exact = compare(own[: len(number)], number) == 0
        elif self._below(number) is True or self._above(number) is True:
            exact = False
        return exact if exact is None or operator in ("==", "=") else not exact

    def _below(self, number: Parts) -> bool | None:
        """Whether all versions are below a number (True), none is (False), or some are."""
        if self.low is not None and compare(self.low, number) >= 0:
            return False
        if self.high is not None:
            order = compare(self.high, number)
            if order < 0 or (order == 0 and not self.closed):
                return True
        return None

    def _above(self, number: Parts) -> bool | None:
        if self.low is not None and compare(self.low, number) > 0:
            return True
        if self.high is not None and compare(self.high, number) <= 0:
            return False
        return None

    def satisfies_release(self, release: str) -> bool:
        """Whether a release may be the one in use. `4.2` stands for every 4.2.x."""
        number = parse(release)
        if number is None:
            return False
        if self.version is not None:
            own = parse(self.version)
            return own is not None and compare(own[: len(number)], number) == 0
        after = (*number[:-1], number[-1] + 1)
        if self.low is not None and compare(self.low, after) >= 0:
            return False
        if self.high is not None:
            order = compare(self.high, number)
            return order > 0 or (order == 0 and self.closed)
        return True


ANY = Range(None, None)


def exact(text: str) -> Range | None:
    """The range of one version."""
    number = parse(text)
    return Range(number, number, closed=True, version=text.strip().lstrip("vV= ")) if number is not None else None


def range_of(text: str) -> Range:
    """The range that a manifest writes: `^7.0`, `~> 4.2`, `>=3,<5`, `4.2.*`, `==4.2.1`, `6`, `*`.

    Alternatives (`||`) give the whole span.
    """
    # A range that somebody wrote is short; what is not says nothing.
    text = text[:200]
    parts = [part for part in re.split(r"\s*\|\|?\s*", text.strip()) if part]
    if len(parts) > 1:
        ranges = [range_of(part) for part in parts]
        lows = [one.low for one in ranges]
        highs = [one.high for one in ranges]
        low = None if None in lows else min(one for one in lows if one is not None)
        high = None if None in highs else max(one for one in highs if one is not None)
        return Range(low, high, closed=any(one.closed for one in ranges if one.high == high))
    low = high = None
    closed = False
    version: str | None = None
    text = text.strip().removeprefix("npm:").removeprefix("workspace:")
    hyphen = re.fullmatch(r"v?([0-9][\w.]*)\s+-\s+v?([0-9][\w.]*)", text)
    if hyphen:
        return Range(parse(hyphen.group(1)), parse(hyphen.group(2)), closed=True)
    for operator, word in re.findall(r"(===|~=|==|<=|>=|!=|~>|<|>|=|\^|~)?\s*v?([0-9][\w.*+-]*|\*)", text):
        number = parse(word)
        if number is None or word == "*":
            continue
        wild = "*" in word or ".x" in word.lower()
        if operator in (">=", ">"):
            low = number if low is None or compare(number, low) > 0 else low
        elif operator in ("<", "<="):
            if high is None or compare(number, high) < 0:
                high, closed = number, operator == "<="
        elif operator == "!=":
            continue
        elif operator == "^":
            low = number
            head = next((at for at, value in enumerate(number) if value), len(number) - 1)
            high = (*number[:head], number[head] + 1)
        elif operator in ("~>", "~="):
            low = number
            kept = number[:-1] or number
            high = (*kept[:-1], kept[-1] + 1)
        elif operator == "~":
            low = number
            kept = number[:2]
            high = (*kept[:-1], kept[-1] + 1)
        elif wild:
            low, high = number, (*number[:-1], number[-1] + 1)
        else:
            low = high = number
            closed = True
            version = word
    return Range(low, high, closed=closed, version=version)


class Evidence:
    """What lies in the repository about the program of a folder. Asked lazily; answers are kept."""

    __slots__ = ("_answers", "_files", "_folders", "index")

    def __init__(self, index: Index, folder: str, files: dict[tuple[str, str], tuple[list[str], list[str]]] | None = None) -> None:
        """`files`: the lock files and manifests by folder and axis, to be shared by the evidence of many folders."""
        self.index = index
        self._files = {} if files is None else files
        self._folders = index.above(folder)
        self._answers: dict[tuple[str, str], Range | None] = {}

    def get(self, axis: str, package: str) -> Range | None:
        """The version or range of a package (axes pypi npm gem composer maven go cargo hex nuget), None when nothing declares it."""
        key = (axis, package.lower())
        if key not in self._answers:
            self._answers[key] = self._find(axis, package)
        return self._answers[key]

    def has(self, axis: str, package: str) -> bool:
        """Whether the package is declared."""
        return self.get(axis, package) is not None

    def _find(self, axis: str, package: str) -> Range | None:
        for folder in self._folders:
            locks, manifests = self._declaring(folder, axis)
            declared: Range | None = None
            for name in manifests:
                found = _scan(axis, name, package, self._text(folder, name))
                if found is not None:
                    declared = (
                        found
                        if declared is None or (declared.version is None and found.version is not None) or declared == ANY
                        else declared
                    )
            for name in locks:
                found = _lock(axis, name, package, self._text(folder, name))
                if found is not None:
                    return found
            if declared is not None:
                # A lock file of a workspace may lie further up.
                return declared if declared.version is not None else self._locked_above(axis, package, folder) or declared
        return None

    def _declaring(self, folder: str, axis: str) -> tuple[list[str], list[str]]:
        """The lock files and the manifests in a folder."""
        found = self._files.get((folder, axis))
        if found is None:
            names = self.index.names(folder)
            locks = [name for name in names if name in _LOCKS.get(axis, ())]
            manifests = [name for name in names if name in _MANIFESTS.get(axis, ()) or _more(axis, name)]
            if axis == "pypi":
                # `requirements/base.txt` and its heirs: one file for each place it is installed in.
                manifests += [
                    f"requirements/{name}" for name in self.index.names(join(folder, "requirements")) if name.endswith((".txt", ".in"))
                ]
            found = self._files[folder, axis] = locks, manifests
        return found

    def _locked_above(self, axis: str, package: str, folder: str) -> Range | None:
        for above in self._folders[self._folders.index(folder) + 1 :]:
            for name in self.index.names(above):
                if name in _LOCKS.get(axis, ()):
                    return _lock(axis, name, package, self._text(above, name))
        return None

    def _text(self, folder: str, name: str) -> str:
        path = join(folder, name)
        data = self.index.read(path)
        if data is None:
            data = self.index.read_large(path)
        return data.decode("utf-8", "replace") if data is not None else ""


def _more(axis: str, name: str) -> bool:
    if axis == "pypi":
        return _REQUIREMENTS.match(name) is not None
    if axis == "nuget":
        return name.endswith((".csproj", ".fsproj", ".vbproj"))
    return axis == "gem" and name.endswith(".gemspec")


def _python_name(package: str) -> str:
    """A pattern for a package name as PyPI compares names."""
    return r"[-_.]+".join(re.escape(part) for part in re.split(r"[-_.]+", package))


# How the lock files write a package, which stands for NAME, and the version that is taken.
_LOCKED = {
    "package-lock.json": r'"(?:node_modules/)?NAME":\s*\{\s*(?:"name":\s*"[^"]*",\s*)?"version":\s*"([^"]+)"',
    "npm-shrinkwrap.json": r'"(?:node_modules/)?NAME":\s*\{\s*(?:"name":\s*"[^"]*",\s*)?"version":\s*"([^"]+)"',
    "yarn.lock": r'(?m)^"?NAME@[^\n]*:\n\s+version:?\s+"?([0-9][^"\s]*)',
    "pnpm-lock.yaml": r"(?m)^\s+['\"]?/?NAME[@/]([0-9][^'\"():\s]*)[^\n]*:",
    "bun.lock": r'"NAME":\s*\["NAME@([0-9][^"]*)"',
    "composer.lock": r'"name":\s*"NAME",\s*"version":\s*"v?([^"]+)"',
    "Gemfile.lock": r"(?m)^ {4}NAME \(([0-9][^)\s]*)\)",
    "gradle.lockfile": r"(?m)^NAME:([0-9][^=\s]*)=",
    "mix.lock": r'"NAME":\s*\{:hex,\s*:\w+,\s*"([^"]+)"',
    "packages.lock.json": r'"NAME":\s*\{[^{}]*?"resolved":\s*"([^"]+)"',
    "Pipfile.lock": r'"NAME":\s*\{[^{}]*?"version":\s*"==([^"]+)"',
    "Cargo.lock": r'name\s*=\s*"NAME"\s*\n\s*version\s*=\s*"([^"]+)"',
}


def _lock(axis: str, name: str, package: str, text: str) -> Range | None:
    pattern = _LOCKED.get(name) or (_LOCKED["Cargo.lock"] if axis == "pypi" else "")
    called = _python_name(package) if axis in ("pypi", "cargo") else re.escape(package)
    match = re.search(pattern.replace("NAME", called), text, re.IGNORECASE) if pattern else None
    return exact(match.group(1)) if match is not None else None


def _scan(axis: str, name: str, package: str, text: str) -> Range | None:
    scan = _SCANS.get(axis)
    return scan(name, package, text) if scan is not None and text else None


def _pypi(name: str, package: str, text: str) -> Range | None:
    escaped = _python_name(package)
    extras = r"(?:\[[^\]]*\])?"
    if _REQUIREMENTS.match(name) or name == "setup.cfg" or name.startswith("requirements/"):
        match = re.search(rf"(?im)^[ \t]*{escaped}{extras}[ \t]*(?=$|[=<>!~;#@ \t])([^;#\r\n]*)", text)
    elif name == "Pipfile":
        match = re.search(rf"(?im)^[ \t]*\"?{escaped}\"?[ \t]*=[ \t]*(?:\{{[^}}\n]*?version[ \t]*=[ \t]*)?\"([^\"]*)\"", text)
    elif name.startswith("environment."):
        match = re.search(rf"(?im)^[ \t]*-[ \t]*\"?{escaped}{extras}(?=$|[=<>!~ \t\"])([^;#\r\n\"]*)", text)
    else:
        # A dependency in a list, or poetry's own table.
        match = re.search(rf"(?i)[\"']{escaped}{extras}[ \t]*(?=[=<>!~;@\"' \t])([^;\"'\r\n]*)[\"';]", text)
        table = (
            re.search(rf"(?im)^[ \t]*\"?{escaped}\"?[ \t]*=[ \t]*(?:\{{[^}}\n]*?version[ \t]*=[ \t]*)?\"([^\"]*)\"", text)
            if "poetry" in text
            else None
        )
        match = match or table
    return range_of(match.group(1).replace("(", "").replace(")", "")) if match is not None else None


def _json_table(name: str, package: str, text: str) -> Range | None:  # noqa: ARG001
    match = re.search(rf'"{re.escape(package)}"\s*:\s*"([^"]*)"', text)
    if match is None:
        return None
    return range_of(match.group(1)) if re.search(r"[0-9]|\*", match.group(1)) else ANY


def _gem(name: str, package: str, text: str) -> Range | None:  # noqa: ARG001
    called = r"(?:gem|\w+\.add_(?:runtime_)?dependency)[ (]+"
    match = re.search(rf"(?m)^[ \t]*{called}['\"]{re.escape(package)}['\"]((?:[ \t]*,[ \t]*['\"][^'\"]*['\"])*)", text)
    if match is None:
        return None
    return range_of(" ".join(re.findall(r"['\"]([^'\"]*)['\"]", match.group(1))).replace(",", " "))


def _maven(name: str, package: str, text: str) -> Range | None:
    group, _, artifact = package.partition(":")
    if name == "pom.xml":
        artifact = artifact or group
        pattern = rf"<artifactId>\s*{re.escape(artifact)}\s*</artifactId>\s*(?:<version>\s*([^<]*?)\s*</version>)?"
        of_group = rf"<groupId>\s*{re.escape(group)}\s*</groupId>"
        for hit in re.finditer(pattern, text):
            if ":" in package and not re.search(of_group, text[max(0, hit.start() - 300) : hit.end()]):
                continue
            version = hit.group(1) or ""
            reference = re.fullmatch(r"\$\{([\w.-]+)\}", version)
            if reference:
                value = re.search(rf"<{re.escape(reference.group(1))}>\s*([^<]*?)\s*</", text)
                version = value.group(1) if value else ""
            return exact(version) or ANY
        return None
    match = re.search(rf"['\"]{re.escape(package)}(?::([^'\"@]*))?['\"]", text)
    if match is None and name == "libs.versions.toml":
        match = re.search(rf"module\s*=\s*\"{re.escape(package)}\"(?:\s*,\s*version\s*=\s*\"([^\"]*)\")?", text)
    if match is None:
        return None
    return exact(match.group(1) or "") or ANY


def _go(name: str, package: str, text: str) -> Range | None:  # noqa: ARG001
    match = re.search(rf"(?m)^\s*(?:require\s+)?{re.escape(package)}(?:/v\d+)?\s+v([0-9][^\s]*)", text)
    return exact(match.group(1)) if match is not None else None


def _toml_table(name: str, package: str, text: str) -> Range | None:  # noqa: ARG001
    match = re.search(rf"(?m)^[ \t]*{re.escape(package)}[ \t]*=[ \t]*(?:\{{[^}}\n]*?version[ \t]*=[ \t]*)?\"([^\"]*)\"", text)
    if match is None:
        return None
    # Cargo reads a bare number as a caret range.
    return range_of("^" + match.group(1) if match.group(1)[:1].isdigit() else match.group(1))


def _hex(name: str, package: str, text: str) -> Range | None:  # noqa: ARG001
    match = re.search(rf"\{{\s*:{re.escape(package)}\s*,\s*\"([^\"]*)\"", text)
    return range_of(match.group(1)) if match is not None else None


def _nuget(name: str, package: str, text: str) -> Range | None:  # noqa: ARG001
    match = re.search(rf"(?i)(?:Include|id)=\"{re.escape(package)}\"(?:\s+[Vv]ersion=\"([^\"]*)\")?", text)
    if match is None:
        return None
    return exact(match.group(1) or "") or ANY


_SCANS: dict[str, Callable[[str, str, str], Range | None]] = {
    "pypi": _pypi, "npm": _json_table, "composer": _json_table, "gem": _gem, "maven": _maven, "go": _go, "cargo": _toml_table, "hex": _hex,
    "nuget": _nuget,
}  # fmt: skip
