"""Template marks in settings files: Go and Helm, Jinja, Handlebars, ERB.

Before a file is read, every mark gives way to as many harmless characters, so that all places stay. Afterwards

- a value with a mark in it is unresolved (its text is the original one), but for `<%= ENV['X'] || 25 %>`, which is a reference with a default; text of several lines in a YAML block scalar stays known, since it
  is usually a document, which is masked again when it is read;
- what stands between `if` (`range`, `with`, `for`, …) and its end is `conditional`, and the mapping that holds it `partial`; a list gets an
  unresolved item. A key given in several branches has unresolved values;
- a key with a mark in it is left out and its mapping is `partial`;
- a mark alone on a line (`{{ include … }}`, `{{ toYaml … | nindent 8 }}`) makes the mapping it adds to `partial`; a list gets an unresolved
  item; a key without another value becomes unresolved.

References that other tools expand (`${X}`, `@X@`) are not template marks.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from smtplint.lazy import later
from smtplint.readers import block_indent, inner_map
from smtplint.source import Place, Source
from smtplint.tree import Mapping, Node, Scalar, Sequence, nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.readers import Document

_OPENER = later(r"\{\{|\{%(?=[-+]?\s*[A-Za-z])|\{#(?=[-+\s])|<%(?=[-=#\s])")
_TOKEN = later(r"[\"'`{}\n]")
_COMMENT = later(r"\{\{-?\s*/\*")
_GO = later(r"\{\{\{?[-~]?\s*(?P<sign>[#/^!>$])?\s*(?P<word>[A-Za-z]*)")
_GO_OPEN = frozenset(("if", "range", "with", "define", "block"))
_ASSIGNMENT = later(r"\{\{-?\s*\$\w*(?:\s*,\s*\$\w+)?\s*:?=")
_JINJA = later(r"\{%[-+]?\s*(\w+)")
_JINJA_MIDDLE = frozenset(("else", "elif", "elsif", "elseif", "when", "empty"))
_JINJA_INCLUDES = frozenset(("include", "extends", "import", "from", "includes", "render"))
_RUBY = later(r"<%[-_]?\s*(\}?\s*\w*)")
_RUBY_VALUE = later(r"<%=[ \t]*(?=\(?ENV\b)")
_RUBY_END = later(r"[ \t]*-?%>")
_RUBY_OPEN = later(
    r"<%[-_]?\s*(?:if|unless|case|while|until|for|begin)\b|\bdo(?:\s*\|[^|]*\|)?\s*[-_]?%>\Z|\{(?:\s*\|[^|]*\|)?\s*[-_]?%>\Z"
)
_INDENT = later(r"\bn?indent\s+\(?(\d{1,3})")
_NINDENT = later(r"\bnindent\s")
_BLOCK = later(r"(?:[:?-][ \t]+|\A[ \t]*)(?:[!&]\S*[ \t]+)*[|>][-+0-9]{0,2}[ \t]*(?:#.*)?\Z")
_DASHES = later(r" *(?:-[ \t]+)*")
_GAP = later(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|[\r\n]|\Z))*[ \t]*")
_BREAK = later(r"\r\n|[\r\n]")
_NOT_A_BREAK = later(r"[^\r\n]")
# Names of Python files that are surely templates; elsewhere braces are dictionaries and formats.
_TEMPLATE_NAME = later(r"\.(?:j2|jinja2?|tmpl|tpl|template|gotmpl|erb|tftpl|ejs|hbs|mustache)(?:\.|\Z)|\{\{", re.IGNORECASE)
_COOKIECUTTER = later(r"\{\{\s*(?:cookiecutter|copier|project_name|secret_key)\b")

# After so many marks whose braces do not balance, braces are no longer counted.
_MAX_UNBALANCED = 20
_MAX_EXPRESSION = 4000


class _Mark:
    """A template mark. `kind`: out (gives text) | include | open | middle | close | none (gives nothing)."""

    __slots__ = ("end", "kind", "start", "word")

    def __init__(self, start: int, end: int, kind: str) -> None:
        self.start = start
        self.end = end
        self.kind = kind
        self.word = ""


def mask(source: Source, syntax: str, *, drop_else: bool = False) -> Masked | None:
    """A source of the same length without template marks, or None when there are none. `drop_else`: only the first branch is kept."""
    text = source.text
    if syntax == "python" and not _TEMPLATE_NAME.search(source.path) and not _COOKIECUTTER.search(text):
        return None
    marks = _find(text, many_lines=syntax in ("yaml", "python"))
    if not marks:
        return None
    marks, branches = _pair(text, marks)
    regions = [(start, end) for start, end, _ in branches]
    dropped: list[tuple[int, int]] = []
    if drop_else:
        dropped = [(start, end) for start, end, first in branches if not first]
        if not dropped:
            return None
    return _Masker(source, syntax, marks).run(_merge(regions), _merge(dropped))


def marks(text: str) -> list[_Mark]:
    """The template marks of a YAML text, in order: what opens and closes a block, and what gives text."""
    return _find(text, many_lines=True)


def _find(text: str, *, many_lines: bool) -> list[_Mark]:
    """All marks, in order."""
    found: list[_Mark] = []
    dead: set[str] = set()
    pos = unbalanced = 0
    while match := _OPENER.search(text, pos):
        start, opener = match.start(), match[0]
        pos = match.end()
        if opener in dead:
            continue
        if opener == "{{":
            if comment := _COMMENT.match(text, start):
                close = text.find("*/", comment.end())
                close = text.find("}}", close) if close >= 0 else -1
                end = close + 2 if close >= 0 else -1
            elif text.startswith("{{!--", start):
                close = text.find("--}}", start)
                end = close + 4 if close >= 0 else -1
            else:
                end = _expression(text, pos) if unbalanced < _MAX_UNBALANCED else -1
                if end < 0:
                    unbalanced += 1
                    close = text.find("}}", pos)
                    end = close + 2 if close >= 0 else -1
                if end < 0:
                    dead.add(opener)
                    continue
                if not many_lines and "\n" in text[start:end]:
                    continue
        else:
            closer = {"{%": "%}", "{#": "#}", "<%": "%>"}[opener]
            close = text.find(closer, pos)
            end = close + 2 if close >= 0 else -1
        if end < 0:
            dead.add(opener)
            continue
        found.append(_Mark(start, end, ""))
        pos = end
    closers = {match[1] for mark in found if (match := _JINJA.match(text, mark.start))}
    for mark in found:
        mark.kind, mark.word = _kind(text[mark.start : mark.end], closers)
    return found


def _expression(text: str, pos: int) -> int:
    """The offset behind the `}}` that closes an expression, braces and quotes inside it counted; -1 when that does not come out."""
    depth = 0
    limit = min(len(text), pos + _MAX_EXPRESSION)
    while match := _TOKEN.search(text, pos, limit):
        char, pos = match[0], match.end()
        if char in "\"'`":
            close = text.find(char, pos, limit)
            line = text.find("\n", pos, limit)
            if close >= 0 and (line < 0 or close < line):
                # A lone apostrophe must not swallow the end.
                if depth == 0 and text.find("}}", pos, close) >= 0 and text.find("{{", pos, close) >= 0:
                    continue
                pos = close + 1
        elif char == "{":
            depth += 1
        elif char == "}":
            if depth:
                depth -= 1
            elif text.startswith("}", pos):
                return pos + 1
    return -1


def _kind(mark: str, closers: set[str]) -> tuple[str, str]:
    if mark.startswith("{#"):
        return "none", ""
    if mark.startswith("{%"):
        match = _JINJA.match(mark)
        word = match[1] if match else ""
        if word in _JINJA_MIDDLE:
            return "middle", word
        if word.startswith("end"):
            return "close", word
        if word in _JINJA_INCLUDES:
            return "include", word
        return ("open" if f"end{word}" in closers and not (word == "set" and "=" in mark) else "none"), word
    if mark.startswith("<%"):
        return _ruby(mark), ""
    if _COMMENT.match(mark) or mark.startswith("{{!") or _ASSIGNMENT.match(mark):
        return "none", ""
    match = _GO.match(mark)
    sign, word = (match["sign"] or "", match["word"]) if match else ("", "")
    if sign == "/" or word == "end":
        return "close", word
    if word == "else" or (sign == "^" and not word):
        return "middle", word
    if sign in ("#", "^") or (word in _GO_OPEN and not sign):
        return "open", word
    return ("none" if word in ("break", "continue") else "out"), word


def _ruby(mark: str) -> str:
    if mark.startswith("<%="):
        return "out"
    if mark.startswith("<%#"):
        return "none"
    match = _RUBY.match(mark)
    word = match[1].replace(" ", "") if match else ""
    if word in ("else", "elsif", "when", "}else"):
        return "middle"
    if word in ("end", "}"):
        return "close"
    return "open" if _RUBY_OPEN.search(mark) else "none"


def _pair(text: str, marks: list[_Mark]) -> tuple[list[_Mark], list[tuple[int, int, bool]]]:
    """The marks, pairs that stand on one line made one mark, and the branches (start, end, is the first) of the others."""
    branches: list[tuple[int, int, bool]] = []
    inline: list[tuple[int, int]] = []
    stack: list[tuple[int, list[int]]] = []
    for number, mark in enumerate(marks):
        if mark.kind == "open":
            stack.append((number, [mark.end]))
        elif mark.kind == "middle" and stack:
            stack[-1][1].extend((mark.start, mark.end))
        elif mark.kind == "close" and stack:
            opener, cuts = stack.pop()
            if "\n" not in text[marks[opener].start : mark.end][:2000]:
                inline.append((opener, number))
                continue
            cuts.append(mark.start)
            branches.extend((cuts[i], cuts[i + 1], i == 0) for i in range(0, len(cuts), 2))
    for _, cuts in stack:
        cuts.append(len(text))
        branches.extend((cuts[i], cuts[i + 1], i == 0) for i in range(0, len(cuts), 2))
    if not inline:
        return marks, branches
    inline.sort(key=lambda pair: (pair[0], -pair[1]))
    kept: list[_Mark] = []
    number = 0
    for opener, closer in inline:
        if opener < number:
            continue
        kept.extend(marks[number:opener])
        kept.append(_Mark(marks[opener].start, marks[closer].end, "out"))
        number = closer + 1
    kept.extend(marks[number:])
    return kept, branches


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, overlapping ones made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _within(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of `spans` (in order, disjoint) shares a character with the stretch from `start` to `end`."""
    number = bisect_right(spans, (start, len(spans) and spans[-1][1] + 1))
    if number and spans[number - 1][1] > start:
        return True
    return number < len(spans) and spans[number][0] < end


class _Masker:
    def __init__(self, source: Source, syntax: str, marks: list[_Mark]) -> None:
        self.source = source
        self.text = source.text
        self.syntax = syntax
        self.marks = marks
        self.includes: list[tuple[int, int]] = []
        self.parts: list[str] = []
        self.done = 0
        self.hole = "1" if syntax == "toml" else "_" if syntax in ("python", "ruby") else _unused(source.text)
        self.blocks = _blocks(source.text, marks) if syntax == "yaml" else []

    def run(self, regions: list[tuple[int, int]], dropped: list[tuple[int, int]]) -> Masked:
        text, marks = self.text, self.marks
        number = 0
        for start, end in dropped:
            while number < len(marks) and marks[number].end <= start:
                number = self.group(number)
            self.includes.append((start, -1))
            self.put(max(start, self.done), end, self.blank(max(start, self.done), end))
            while number < len(marks) and marks[number].start < end:
                number += 1
        while number < len(marks):
            number = self.group(number)
        self.parts.append(text[self.done :])
        source = self.source
        masked = Source(source.path, "".join(self.parts), bom=source.bom, encoding=source.encoding)
        return Masked(masked, source, self.syntax, regions=regions, includes=self.includes)

    def put(self, start: int, end: int, shown: str) -> None:
        """Have `shown` stand for the text from `start` to `end`."""
        if start < self.done or end <= start:
            return
        self.parts.append(self.text[self.done : start])
        self.parts.append(shown)
        self.done = end

    def blank(self, start: int, end: int) -> str:
        """Empty lines as long as what they replace: unlike blanks they never count as indentation."""
        return _NOT_A_BREAK.sub("\n", self.text[start:end])

    def group(self, number: int) -> int:
        """Mask the marks from `number` on that stand side by side; yields the number after the last of them."""
        text, marks = self.text, self.marks
        last = number
        while last + 1 < len(marks) and not text[marks[last].end : marks[last + 1].start].strip(" \t"):
            last += 1
        start, end = marks[number].start, marks[last].end
        line = text.rfind("\n", 0, start) + 1
        line = max(line, self.done)
        before = text[line:start]
        tail = text.find("\n", end)
        after = text[end : tail if tail >= 0 else len(text)].strip()
        gives = any(mark.kind in ("out", "include") for mark in marks[number : last + 1])
        ends = not after or (after[0] == "#" and self.syntax != "json")
        if not before.strip(" \t") and ends and not (gives and (self.syntax == "json" or self.is_block(start, len(before)))):
            if gives:
                self.include(start, text[start:end], len(before))
            self.put(line, end, self.blank(line, end))
            return last + 1
        for mark in marks[number : last + 1]:
            self.one(mark, before, bool(after))
        return last + 1

    def one(self, mark: _Mark, before: str, followed: bool) -> None:
        """Mask a mark that shares its line with something else."""
        start, end = mark.start, mark.end
        length = end - start
        if mark.kind in ("out", "include"):
            shown = self.text[start:end]
            if self.syntax == "yaml" and not followed and _NINDENT.search(shown) and before.rstrip(" \t").endswith((":", "-")):
                self.include(start, shown, len(before))
                self.put(start, end, self.blank(start, end))
                return
            self.put(start, end, self.hole * length)
        elif not before.strip(" \t") and followed and start - len(before) >= self.done:
            # The line keeps its indentation behind the mark.
            self.put(start - len(before), end, "\n" * length + before)
        elif followed:
            self.put(start, end, " " * length)
        else:
            self.put(start, end, self.blank(start, end))

    def include(self, offset: int, shown: str, column: int) -> None:
        found = _INDENT.search(shown)
        self.includes.append((offset, int(found[1]) if found else column))

    def is_block(self, offset: int, column: int) -> bool:
        """Whether a mark at `offset` is a line of a YAML block scalar."""
        number = bisect_right(self.blocks, (offset, len(self.text), 0)) - 1
        return number >= 0 and self.blocks[number][1] > offset and column > self.blocks[number][2]


def _unused(text: str) -> str:
    """A character for private use that does not occur in `text`."""
    return next((chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in text), "\uf8ff")


def _blocks(text: str, marks: list[_Mark]) -> list[tuple[int, int, int]]:
    """Where block scalars seem to lie: (begin, end, column of the key), by the look of the lines. Lines inside a mark are left out."""
    found: list[tuple[int, int, int]] = []
    pos, number, size = 0, 0, len(text)
    begin = column = -1
    while pos < size:
        cut = text.find("\n", pos)
        end = size if cut < 0 else cut + 1
        line = text[pos:end].rstrip("\r\n")
        bare = line.lstrip(" ")
        while number < len(marks) and marks[number].end <= pos:
            number += 1
        marked = number < len(marks) and marks[number].start < end
        inside = marked and marks[number].start < pos
        indent = len(line) - len(bare)
        alone = marked and marks[number].start == pos + indent
        if begin >= 0 and bare and not inside and not alone and indent <= column:
            found.append((begin, pos, column))
            begin = -1
        if begin < 0 and bare and not inside and _BLOCK.search(line):
            dashes = _DASHES.match(line)
            column = dashes.end() if dashes else indent
            if line[column : column + 1] in ("|", ">", "!", "&"):
                column = line.rfind("-", 0, column)
            begin = end
        pos = end
    if begin >= 0:
        found.append((begin, size, column))
    return found


class Masked:
    """A masked file: `source` to read, and what must be said about the nodes afterwards.

    `regions` are the spans under a condition, `includes` the offsets and columns of marks that add keys.
    """

    __slots__ = ("includes", "original", "regions", "source", "syntax")

    def __init__(
        self,
        source: Source,
        original: Source,
        syntax: str,
        *,
        regions: list[tuple[int, int]],
        includes: list[tuple[int, int]],
    ) -> None:
        self.source = source
        self.original = original
        self.syntax = syntax
        self.regions = regions
        self.includes = includes

    def apply(self, documents: list[Document]) -> None:
        """Rebind documents read from `source` to the original, in place, and mark what cannot be known."""
        seen: set[int] = set()
        used: set[int] = set()
        for document in documents:
            open_ended: list[Sequence] = []
            for node in nodes(document.root, seen):
                if isinstance(node, Scalar):
                    self.scalar(node, used)
                    continue
                node.source = self.original
                if isinstance(node, Mapping):
                    self.mapping(node)
                elif any(_within(self.regions, item.start, item.start + 1) for item in node.items):
                    open_ended.append(node)
            for node in open_ended:
                node.items.append(Scalar("", self.original, node.end, node.end, state="unresolved", style="code"))
            self.add(document, used)

    def scalar(self, scalar: Scalar, used: set[int]) -> None:
        """Unresolved where a mark touches it; the text is then the original one."""
        start, end = scalar.start, scalar.end
        block = scalar.style in ("literal", "folded")
        if self.touched(start, end):
            lines = sum(1 for line in scalar.text.split("\n") if line.strip()) if block else 0
            pieces = inner_map(scalar) if scalar.style != "literal" else None
            if scalar.style == "literal":
                scalar.text = self.literal(scalar)
            elif pieces is not None:
                original, masked, text = self.original.text, self.source.text, scalar.text
                parts = []
                for inner, outer, length, covers in pieces:
                    part = text[inner : inner + length]
                    parts.append(original[outer : outer + length] if length == covers and masked.startswith(part, outer) else part)
                scalar.text = "".join(parts)
            if lines < 2:
                scalar.state = "unresolved"
                self.looked_up(scalar)
        elif not scalar.text and start == end and self.includes:
            gap = _GAP.match(self.source.text, start)
            close = gap.end() if gap else start
            number = bisect_right(self.includes, (start, -2))
            while number < len(self.includes) and self.includes[number][0] < close:
                scalar.state = "unresolved"
                used.add(number)
                number += 1
        scalar.source = self.original
        if scalar.via:
            scalar.via = tuple(Place(self.original, place.start, place.end) for place in scalar.via)

    def looked_up(self, scalar: Scalar) -> None:
        """A value that is nothing but `<%= … %>` with the default of a look-up in the environment has that value, at the default's place."""
        text = self.original.text
        quote = text[scalar.start : scalar.start + 1]
        inside = 1 if quote in ("'", '"') and quote and text.startswith(quote, scalar.end - 1) else 0
        start, end = scalar.start + inside, scalar.end - inside
        found = _RUBY_VALUE.match(text, start, end)
        if found is None:
            return
        from smtplint.readers.ruby import default

        made, behind = default(self.original, found.end())
        if made is not None and _RUBY_END.fullmatch(text, behind, end):
            scalar.text, scalar.state, scalar.note = made.text, "known", made.note
            scalar.start, scalar.end = (made.start + 1, made.end - 1) if made.style in ("single", "double") else (made.start, made.end)
            scalar.style, scalar.type = ("raw", "str") if inside else ("plain", "plain")

    def literal(self, scalar: Scalar) -> str:
        """The original text of a literal block scalar, line by line as YAML would give it, marks alone on a line included."""
        original, text = self.original.text, scalar.text
        indent = block_indent(scalar)
        lines = _BREAK.split(original[scalar.start : scalar.end])
        first = original[scalar.start - 1 : scalar.start] in ("\n", "\r")
        shown = [line if not number and not first else _margin(line, indent) for number, line in enumerate(lines)]
        return "\n".join(shown) + text[len(text.rstrip("\n")) :]

    def touched(self, start: int, end: int) -> bool:
        """Whether a mark stands in a stretch of the text."""
        return self.source.text[start:end] != self.original.text[start:end]

    def mapping(self, node: Mapping) -> None:
        """Keys with marks go, keys under a condition are told, keys of several branches lose their values."""
        kept = []
        counts: dict[str, int] = {}
        conditional: set[str] = set()
        for entry in node.entries:
            key = entry.key
            if self.touched(key.start, key.end):
                node.partial = True
                continue
            kept.append(entry)
            counts[key.text] = counts.get(key.text, 0) + 1
            if _within(self.regions, key.start, key.start + 1):
                entry.conditional = True
                node.partial = True
                conditional.add(key.text)
        if len(kept) != len(node.entries):
            node.entries = kept
            node._index = None
        for entry in kept:
            if entry.key.text in conditional and counts[entry.key.text] > 1 and isinstance(entry.value, Scalar):
                entry.value.state = "unresolved"

    def add(self, document: Document, used: set[int]) -> None:
        """Tell the collections to which the marks alone on a line add something."""
        first = bisect_right(self.includes, (document.start, -2))
        spans = _spans(document, self.source.text) if first < len(self.includes) else []
        opened: list[tuple[int, int, Mapping | Sequence]] = []
        number = 0
        for place in range(first, len(self.includes)):
            offset, column = self.includes[place]
            if offset >= max(document.end, document.root.end) and document.end < len(self.source.text):
                break
            while number < len(spans) and spans[number][0] <= offset:
                _, limit, node = spans[number]
                while opened and opened[-1][0] <= spans[number][0]:
                    opened.pop()
                opened.append((limit, self.column(node), node))
                number += 1
            while opened and opened[-1][0] <= offset:
                opened.pop()
            if not opened:
                continue
            chosen = opened[-1][2]
            if self.syntax == "yaml" and column >= 0:
                if place in used and column > opened[-1][1]:
                    continue
                same = [node for _, at, node in opened if at == column]
                less = [node for _, at, node in opened if at < column]
                chosen = same[-1] if same else less[-1] if less else opened[0][2]
            if isinstance(chosen, Mapping):
                chosen.partial = True
            elif not chosen.items or not _is_gap(chosen.items[-1]):
                chosen.items.append(Scalar("", self.original, offset, offset, state="unresolved", style="code"))

    def column(self, node: Mapping | Sequence) -> int:
        """The column, from 0, at which the keys or dashes of a block collection stand."""
        at = node.start
        if isinstance(node, Mapping):
            own = [entry.key.start for entry in node.entries if node.start <= entry.key.start < node.end]
            at = min(own, default=at)
        text = self.source.text
        return at - max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) - 1


def _margin(line: str, indent: int) -> str:
    """A line without its first `indent` blanks."""
    return line[min(indent, len(line) - len(line.lstrip(" "))) :]


def _is_gap(node: Node) -> bool:
    return isinstance(node, Scalar) and node.style == "code" and node.state == "unresolved" and not node.text


def _spans(document: Document, text: str) -> list[tuple[int, int, Mapping | Sequence]]:
    """Every collection of a document, from the end of its key to the begin of what follows it, in order of their begins."""
    found: list[tuple[int, int, Mapping | Sequence]] = []
    root = document.root
    if isinstance(root, Scalar):
        return found
    end = document.end if document.end > root.end else len(text)
    stack: list[tuple[Node, int, int]] = [(root, document.start, end)]
    seen: set[int] = set()
    while stack:
        node, begin, limit = stack.pop()
        if isinstance(node, Scalar) or id(node) in seen:
            continue
        seen.add(id(node))
        found.append((begin, limit, node))
        # (begin, where the child itself lies, child): what stands between a key and its value belongs to the value.
        if isinstance(node, Mapping):
            children = [(entry.key.end, entry.key.start, entry.value) for entry in node.entries]
        else:
            children = [(item.start, item.start, item) for item in node.items]
        # What aliases and merge keys brought in lies elsewhere.
        inside = [one for one in children if node.start <= one[1] and one[0] <= one[2].start <= max(node.end, one[0])]
        inside.sort(key=lambda one: one[1])
        for at, (first, _, child) in enumerate(inside):
            stack.append((child, first, inside[at + 1][1] if at + 1 < len(inside) else limit))
    found.sort(key=lambda one: (one[0], -one[1]))
    return found
