"""Helm: the templates of a chart with the chart's own `values.yaml`, which applies unless whoever installs it says otherwise.

A value is filled in only where the template leaves no doubt: an expression that is one path into the values and functions that hand their
argument on (`{{ .Values.smtp.port | quote }}`), outside of every block or inside of conditions that the chart's own values surely meet. A text
with several such expressions (`"{{ .Values.smtp.host }}:{{ .Values.smtp.port }}"`) is put together where all of them are certain. What
is filled in stands in `values.yaml`, and a finding's place is there. Anything else in a template stays unresolved. Where the host stays so (an
empty value is a form to fill in), or the switch does, the chart decides too little for its other values to count; what the chart switches off
counts for nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from smtplint.lazy import later
from smtplint.readers import mask
from smtplint.resolve.index import Kind, join, name_of, parent
from smtplint.resolve.merge import clone, is_host, is_mail, is_switch
from smtplint.scope import Owner, Scope
from smtplint.tree import Composed, Entry, Mapping, Node, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.resolve import Project

_VALUES = ("values.yaml", "values.yml")
_TEMPLATE = later(r"(?:\A|(?P<chart>.*)/)templates/.*\.(?:ya?ml|json|tpl)\Z")
_TEMPLATES = Kind(("templates/",), (".yaml", ".yml", ".json", ".tpl"), _TEMPLATE)
_PATH = r"(?P<path>\$?\.[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)"
# Functions that hand on what they are given, in front of it or behind a bar; `required` and `default` speak only where there is nothing.
_SAME = r"(?:quote|squote|toString|trim|int|int64|b64enc)"
_WORD = r"""(?:"[^"\n]{0,200}"|'[^'\n]{0,200}'|`[^`\n]{0,200}`|[\w.]{1,40})"""
_EXPRESSION = later(
    rf"\{{\{{-?\s*(?:{_SAME}\s+|(?:default|required)\s+{_WORD}\s+)?{_PATH}"
    rf"(?:\s*\|\s*(?:{_SAME}|(?:default|required)\s+{_WORD}))*\s*-?\}}\}}\Z"
)
_TEXT = later(r"\bb64enc\b")
_QUOTED = later(r"\b(?:quote|squote|toString|b64enc)\b")
_QUOTED_MARKS = later(r"\b(?:quote|squote|b64enc)\b")
_CONDITION = later(
    rf"\{{\{{-?\s*(?P<word>if|with)\s+(?:and\s+)?(?P<paths>{_PATH.replace('?P<path>', '?:')}(?:\s+{_PATH.replace('?P<path>', '?:')})*)\s*-?\}}\}}\Z"
)
# What looks the same in a template's text as it does in the values: no blanks, quotes or escapes, and no number or word that Go writes otherwise.
_SAFE = later(r"[\w.~:@%+/=&?\[\]-]*")
_RETYPED = later(
    r"[-+]?(?:0[xob]?[\da-f_]+|[\d_]{7,}|[\d_]*\.[\d_]*|\d[\d_]*_[\d_]*|[\d_.]+e[-+]?\d+|\.inf|\.nan)|y|yes|n|no|on|off|~|null|true|false",
    re.IGNORECASE,
)
# A plain value of YAML stays one when it begins like this and holds nothing that ends it.
_PLAIN = later(r"[\w./](?:[^:#\r\n]|(?<![ \t])#|:(?=\S))*")
_NUMBERED = later(r"\bint(?:64)?\b")
_SECRET = later(r"pass|pwd|secret", re.IGNORECASE)
_LOGIN = later(r"://[^/@]*:[^/@]+@")
_MARK = later(r"\{\{[^{}]*\}\}")
MAX_TEXT = 4000
# What Go templates take for nothing.
_NOTHING = frozenset(("", "false", "0", "null", "~"))


def chart_of(path: str) -> str | None:
    """The folder of the chart a template belongs to by its path, None for any other file."""
    found = _TEMPLATE.match(path)
    return (found["chart"] or "") if found else None


def roots(project: Project, path: str) -> list[str]:
    """The templates into which a chart's `values.yaml` is filled."""
    folder = parent(path)
    if name_of(path) not in _VALUES or not project.index.exists(join(folder, "Chart.yaml")):
        return []
    below = join(folder, "templates") + "/"
    found = []
    listed = project.index.matching(folder, _TEMPLATES)
    for name in listed[bisect_left(listed, below) :]:
        if not name.startswith(below):
            break
        data = (project.index.read(name) or b"").lower()
        if b".values" in data and (b"smtp" in data or b"mail" in data):
            found.append(name)
    return found


def filled(project: Project, path: str, scopes: list[Scope]) -> list[Scope]:
    """The scopes of a chart's template with the chart's values in them; the same scopes for any other file."""
    folder = chart_of(path)
    if folder is None or not scopes:
        return scopes
    loaded = project.peek(join(folder, "Chart.yaml"))
    values = next((found for found in (project.peek(join(folder, name)) for name in _VALUES) if found is not None), None)
    if loaded is None or values is None or not loaded.documents or not values.documents:
        return scopes
    chart, root = loaded.documents[0].root, values.documents[0].root
    if not isinstance(chart, Mapping) or not isinstance(root, Mapping):
        return scopes
    named = chart.get("name")
    work = _Filling(scopes[0].source.text, root)
    return [work.scope(scope, named.text if isinstance(named, Scalar) else "") for scope in scopes]


def _secret(key: str, value: Scalar) -> bool:
    """Whether a value that was filled in holds a password: by its key, or as a URL with a login."""
    return _SECRET.search(key) is not None or (isinstance(value, Composed) and _LOGIN.search(value.text) is not None)


class _Filling:
    """The work on one template. `blocks`: where conditions and other blocks lie, innermost last, and what the dot is in them."""

    def __init__(self, text: str, values: Mapping) -> None:
        self.values = values
        # Of the scope at hand: how many passwords were filled in, and whether a host or a switch could not be.
        self.secrets, self.open = 0, False
        self.blocks: list[tuple[int, int, str | None]] = []
        self._find(text)

    def _find(self, text: str) -> None:
        opened: list[tuple[int, str | None]] = []
        for mark in mask.marks(text):
            if mark.kind == "open":
                opened.append((mark.end, self._dot(text[mark.start : mark.end], opened[-1][1] if opened else "")))
            elif mark.kind == "middle" and opened:
                begin, dot = opened.pop()
                self.blocks.append((begin, mark.start, dot))
                opened.append((mark.end, None))
            elif mark.kind == "close" and opened:
                begin, dot = opened.pop()
                self.blocks.append((begin, mark.start, dot))
        self.blocks.extend((begin, len(text), None) for begin, _ in opened)
        self.blocks.sort()

    def _dot(self, opener: str, dot: str | None) -> str | None:
        """What the dot is behind an opener that is surely entered: the path of `with`, else what it was ("" is the top). None: not sure."""
        found = _CONDITION.match(opener)
        if found is None or dot is None:
            return None
        paths = found["paths"].split()
        if not all(self._holds(path, dot) for path in paths):
            return None
        if found["word"] == "if":
            return dot
        return self._full(paths[0], dot) if len(paths) == 1 else None

    def _full(self, path: str, dot: str) -> str | None:
        """A path as one into the values, "" for the values themselves; None when it leads elsewhere."""
        if path.startswith("$.") or not dot:
            head, _, rest = path.lstrip("$").lstrip(".").partition(".")
            return rest if head == "Values" else None
        return dot + path

    def _node(self, path: str, dot: str) -> Node | None:
        full = self._full(path, dot)
        node: Node | None = self.values
        for word in full.lstrip(".").split(".") if full else ():
            switch = node.get("enabled") if isinstance(node, Mapping) else None
            off = isinstance(switch, Scalar) and switch.text.lower() in _NOTHING and word != "enabled"
            node = node.get(word) if isinstance(node, Mapping) and not off else None
        return node if full else None

    def _holds(self, path: str, dot: str) -> bool:
        """Whether a path surely leads to something that Go templates take for true."""
        node = self._node(path, dot)
        if isinstance(node, Scalar):
            plain = node.style == "plain"
            return node.state == "known" and "{{" not in node.text and node.text.lower() not in (_NOTHING if plain else ("",))
        return node is not None and bool(node.entries if isinstance(node, Mapping) else node.items)

    def dot(self, offset: int) -> str | None:
        """The dot at an offset of the template, None inside of a block that may not be entered."""
        found: str | None = ""
        for begin, end, dot in self.blocks:
            if begin > offset:
                break
            if offset < end:
                if dot is None:
                    return None
                found = dot
        return found

    def value(self, text: str, offset: int) -> Scalar | None:
        """What an expression at an offset of the template stands for, None when that is not certain."""
        found = _EXPRESSION.match(text.strip().strip("\"'"))
        dot = self.dot(offset) if found else None
        node = self._node(found["path"], dot) if found and dot is not None else None
        if not isinstance(node, Scalar) or node.state != "known" or not node.text.strip() or "{{" in node.text:
            return None
        if node.style == "plain" and node.text.lower() in ("null", "~"):
            return None
        return node.but(type="str") if _QUOTED.search(text) or text.strip()[:1] in "\"'" else node

    def scalar(self, scalar: Scalar) -> Scalar:
        """A scalar of the template with what its expression stands for; itself when it is none."""
        if scalar.state == "known" or "{{" not in scalar.text or (scalar.style == "whole" and not _TEXT.search(scalar.text)):
            return scalar
        found = self.value(scalar.raw if scalar.raw.lstrip("\"' ").startswith("{{") else scalar.text, scalar.start)
        if found is None:
            return self.composed(scalar)
        return found.but(via=(scalar.place, *found.via))

    def composed(self, scalar: Scalar) -> Scalar:
        """A text with several expressions, or more around one, with what they stand for; itself when any of it is not certain."""
        if scalar.style in ("whole", "code", "folded") or len(scalar.text) > MAX_TEXT:
            return scalar
        parts: list[str] = []
        pieces: list[tuple[int, int, Scalar]] = []
        at, size = 0, 0
        for mark in _MARK.finditer(scalar.text):
            written = mark[0]
            found = self.value(written, scalar.start)
            if found is None or written.startswith("{{-") or written.endswith("-}}") or _QUOTED_MARKS.search(written):
                return scalar
            text = found.text
            retyped = found.style == "plain" and text not in ("true", "false") and _RETYPED.fullmatch(text)
            if retyped or not _SAFE.fullmatch(text):
                return scalar
            if _NUMBERED.search(written) and not (text.isdecimal() and text == str(int(text))):
                return scalar
            before = scalar.text[at : mark.start()]
            parts += [before, text]
            size += len(before)
            pieces.append((size, size + len(text), found))
            size += len(text)
            at = mark.end()
        parts.append(scalar.text[at:])
        text = "".join(parts)
        if not pieces or "{{" in text or "}}" in text or (scalar.style == "plain" and not _PLAIN.fullmatch(text)):
            return scalar
        via = (scalar.place, *dict.fromkeys(place for _, _, piece in pieces for place in (*piece.via, piece.place)))
        return Composed(scalar.but(text=text, state="known", via=via), tuple(pieces))

    def node(self, node: Node, path: str = "") -> Node:
        if isinstance(node, Scalar):
            found = self.scalar(node)
            if found.state != "known" and (is_host(path) or (is_mail(path) and is_switch(path))):
                self.open = True
            return found
        if isinstance(node, Sequence):
            items = [self.node(item, path) for item in node.items]
            return Sequence(node.source, node.start, node.end, items, tag=node.tag)
        entries = []
        for entry in node.entries:
            value = self.node(entry.value, f"{path}.{entry.key.text}")
            self.secrets += value is not entry.value and isinstance(value, Scalar) and _secret(entry.key.text, value)
            entries.append(Entry(entry.key, value, conditional=entry.conditional))
        return Mapping(node.source, node.start, node.end, entries, partial=node.partial, tag=node.tag)

    def scope(self, scope: Scope, chart: str) -> Scope:
        self.secrets, self.open = 0, False
        root: Node = self.node(scope.root)
        if self.open:
            root, self.secrets = scope.root, 0
        old = scope.owner
        image, tag = old.image, old.image_tag
        if not image and old.image_at is not None:
            from smtplint.carriers import image_parts

            image, tag = image_parts(self.image(old.image_at))
        owner = Owner(old.name, image, tag, old.chart or chart, old.uses, old.uses_ref, old.module, old.siblings, old.image_at)
        owner.folder = old.folder
        # A password that stands in the chart's values stands in no file for secrets, wherever the template puts it.
        return clone(scope, root=root, owner=owner, secret=scope.secret and not self.secrets)

    def image(self, scalar: Scalar) -> str:
        """An image reference with the chart's values in it; what is not certain is left out."""

        def known(match: re.Match[str]) -> str:
            found = self.value(match[0], scalar.start)
            return found.text.strip() if found is not None else ""

        text = _MARK.sub(known, scalar.text).strip("/: \"'")
        return "" if "{{" in text or not re.match(r"[\w.-]+(?::\d+)?(?:/[\w.-]+)*(?::[\w.-]*)?(?:@\S+)?\Z", text) else text
