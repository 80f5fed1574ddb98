"""TOML: the values are tomli's, the places come from a scanner of text that tomli has accepted.

Tables and inline tables become a Mapping, arrays and arrays of tables a Sequence. A table that is named only inside a longer key
(`a` in `[a.b]` or `a.b = 1`) starts at its name there. Scalars are typed: str, int, float, bool; dates and times are str, as written.
An integer's text is decimal (`0x10` is "16"), a float's text is as written without underscores.
"""

from __future__ import annotations

import re

from smtplint.lazy import later
from smtplint.readers import Document
from smtplint.source import Source, SourceError
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence

MAX_DEPTH = 100

_TOO_DEEP = "is nested too deeply"

_SPACE = later(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BLANK = later(r"[ \t]*")
_KEY = later(r"[A-Za-z0-9_-]+|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'[^'\n]*'|[^\s.=\]\"'#\[{},]+")
_BASIC = later(r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"')
_LITERAL = later(r"'[^'\n]*'")
_LONG_BASIC = later(r'"""[^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*"{3,5}')
_LONG_LITERAL = later(r"'''[^']*(?:'(?!'')[^']*)*'{3,5}")
_WORD = later(r"\d{4}-\d\d-\d\d [0-9][^\s,\]}#]*|[^\s,\]}#]+")
# Strings that are not closed run to the end of what they could fill: tomli stops there as well.
_TOKEN = later(
    r'"""[^"\\]*(?:(?:\\[\s\S]?|"(?!""))[^"\\]*)*(?:"{3,5}|\Z)|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?'
    r"|'''[^']*(?:'(?!'')[^']*)*(?:'{3,5}|\Z)|'[^'\n]*'?|#[^\n]*|[\[\]{}.,=\n]"
)
_AT = later(r"\(at line (\d+), column (\d+)\)\Z")

# How tomli begins its messages, and how we say the same without its quotations of the file.
_REASONS = (
    ("Expected '=' after a key", "a key is not followed by `=`"),
    ("Cannot overwrite a value", "a key is set twice"),
    ("Duplicate inline table key", "a key is set twice"),
    ("Cannot declare", "a table is declared twice"),
    ("Cannot redefine", "a table is declared twice"),
    ("Cannot mutate immutable namespace", "an inline table or array is extended"),
    ("Unterminated string", "a string is not closed"),
    ("Unclosed array", "an array is not closed"),
    ("Unclosed inline table", "an inline table is not closed"),
    ("Expected newline or end of document", "more text follows a value"),
    ("Expected ']' at the end of a table", "a table header is not closed"),
    ("Expected ']]' at the end of an array", "a table header is not closed"),
    ("Unescaped '\\'", "a string holds an unknown escape"),
    ("Invalid hex value", "a string holds an unknown escape"),
    ("Escaped character is not", "a string holds an unknown escape"),
    ("Illegal character '\\n'", "a string is not closed"),
    ("Illegal character", "a string holds a control character"),
    ("Found invalid character", "a control character stands in it"),
    ("Invalid initial character", "a key starts with a character it may not start with"),
    ("Invalid statement", "a line is neither a key, a table header nor a comment"),
    ("Invalid value", "a value is not one"),
    ("Invalid date", "a date does not exist"),
)


def read(source: Source) -> list[Document]:
    """One Document whose root is the Mapping of the whole file. Raises SourceError, with an offset, for text that is not TOML."""
    import tomli

    text = source.text
    _check_depth(text)
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise _refusal(text, error) from None
    except RecursionError:
        raise SourceError(_TOO_DEEP) from None
    except ValueError:
        # Python refuses to convert integers of more than some thousand digits.
        raise SourceError("is not valid TOML: a number is too long") from None
    try:
        root = _Scanner(source, data).run()
    except (KeyError, IndexError, AttributeError, TypeError, RecursionError):
        raise SourceError("is TOML whose values could not be located") from None
    return [Document(root, 0, len(text))]


def _check_depth(text: str) -> None:
    """Refuse deep nesting before tomli meets it: its work on a dotted key of n parts grows with the square of n."""
    if text.count("[") + text.count("{") <= MAX_DEPTH and text.count(".") <= MAX_DEPTH:
        return
    depth = dots = 0
    for match in _TOKEN.finditer(text):
        char = text[match.start()]
        if char in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise SourceError(_TOO_DEEP, match.start())
        elif char in "]}":
            depth = max(0, depth - 1)
        elif char == ".":
            dots += 1
            if dots >= MAX_DEPTH:
                raise SourceError(_TOO_DEEP, match.start())
        elif char in ",=\n":
            dots = 0


def _refusal(text: str, error: Exception) -> SourceError:
    """tomli counts in text whose CRLF it has folded to LF; before 2.2 it tells line and column only in its message."""
    message = str(error)
    reason = next((ours for theirs, ours in _REASONS if message.startswith(theirs)), "")
    line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
    if line is None or column is None:
        found = _AT.search(message)
        if found is None:
            return SourceError(f"is not valid TOML{': ' + reason if reason else ''}", len(text))
        line, column = int(found[1]), int(found[2])
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return SourceError(f"is not valid TOML{': ' + reason if reason else ''}", min(len(text), start + column - 1))


class _Scanner:
    """Walks the text and tomli's values side by side."""

    def __init__(self, source: Source, data: dict[str, object]) -> None:
        self.source = source
        self.text = source.text
        self.data = data
        self.root = Mapping(source, 0, len(source.text))
        # The children of mappings under construction; Mapping.index must not be used before all entries are in.
        self.children: dict[Mapping, dict[str, Node]] = {self.root: {}}

    def run(self) -> Mapping:
        text, size = self.text, len(self.text)
        table, values = self.root, self.data
        chain: list[Mapping | Sequence] = []
        pos = _end(_SPACE, text, 0)
        while pos < size:
            if text[pos] == "[":
                table, values, chain, pos = self.header(pos)
            else:
                pos = self.pair(pos, table, values, chain, len(chain))
            pos = _end(_SPACE, text, pos)
        return self.root

    def header(self, start: int) -> tuple[Mapping, dict[str, object], list[Mapping | Sequence], int]:
        text = self.text
        many = text.startswith("[[", start)
        keys, pos = self.keys(start + 1 + many)
        end = pos + 1 + many
        if len(keys) > MAX_DEPTH:
            raise SourceError(_TOO_DEEP, start)
        table, values = self.root, self.data
        chain: list[Mapping | Sequence] = []
        for at, key in enumerate(keys):
            last = at == len(keys) - 1
            value = values[key.text]
            node = self.children[table].get(key.text)
            if node is None:
                begin = start if last else key.start
                node = Sequence(self.source, begin, end) if last and many else Mapping(self.source, begin, end)
                self.add(table, key, node)
            if isinstance(node, Sequence):
                if last:
                    item = Mapping(self.source, start, end)
                    self.children[item] = {}
                    node.items.append(item)
                chain.append(node)
                value = value[len(node.items) - 1]  # type: ignore[index]
                node = node.items[-1]
            if not isinstance(node, Mapping) or not isinstance(value, dict):
                raise TypeError
            chain.append(node)
            table, values = node, value
        for one in chain:
            one.end = end
        return table, values, chain, end

    def pair(self, pos: int, table: Mapping, values: dict[str, object], chain: list[Mapping | Sequence], depth: int) -> int:
        """One `key = value`, from the key on; yields the offset after the value."""
        keys, pos = self.keys(pos)
        grown: list[Mapping | Sequence] = []
        for key in keys[:-1]:
            inner = values[key.text]
            node = self.children[table].get(key.text)
            if node is None:
                node = Mapping(self.source, key.start, key.end)
                self.add(table, key, node)
            if not isinstance(node, Mapping) or not isinstance(inner, dict):
                raise TypeError
            grown.append(node)
            table, values = node, inner
        pos = _end(_BLANK, self.text, pos + 1)
        last = keys[-1]
        value, end = self.value(pos, values[last.text], depth + len(keys))
        self.add(table, last, value)
        for one in grown:
            one.end = end
        for one in chain:
            one.end = end
        return end

    def add(self, table: Mapping, key: Scalar, node: Node) -> None:
        table.entries.append(Entry(key, node))
        self.children[table][key.text] = node
        if isinstance(node, Mapping) and node not in self.children:
            self.children[node] = {}

    def keys(self, pos: int) -> tuple[list[Scalar], int]:
        """A dotted key; yields its parts and the offset of what follows it and its blanks."""
        text, found = self.text, []
        while True:
            pos = _end(_BLANK, text, pos)
            match = _KEY.match(text, pos)
            if match is None:
                raise TypeError
            found.append(self.key(match[0], pos))
            pos = _end(_BLANK, text, match.end())
            if not text.startswith(".", pos):
                return found, pos
            pos += 1

    def key(self, raw: str, start: int) -> Scalar:
        end = start + len(raw)
        if raw[0] == '"':
            text = raw[1:-1]
            if "\\" in text:
                import tomli

                text = next(iter(tomli.loads(raw + "=0")))
            return Scalar(text, self.source, start, end, style="double", type="str")
        if raw[0] == "'":
            return Scalar(raw[1:-1], self.source, start, end, style="single", type="str")
        return Scalar(raw, self.source, start, end, type="str")

    def value(self, pos: int, value: object, depth: int) -> tuple[Node, int]:
        if depth > MAX_DEPTH:
            raise SourceError(_TOO_DEEP, pos)
        text = self.text
        char = text[pos]
        if char == '"':
            end = _end(_LONG_BASIC if text.startswith('"""', pos) else _BASIC, text, pos)
            return self.string(value, pos, end, "double")
        if char == "'":
            end = _end(_LONG_LITERAL if text.startswith("'''", pos) else _LITERAL, text, pos)
            return self.string(value, pos, end, "single")
        if char == "[":
            return self.array(pos, value, depth)
        if char == "{":
            return self.table(pos, value, depth)
        end = _end(_WORD, text, pos)
        raw = text[pos:end]
        if isinstance(value, bool):
            return Scalar(raw, self.source, pos, end, type="bool"), end
        if isinstance(value, int):
            try:
                return Scalar(str(value), self.source, pos, end, type="int"), end
            except ValueError:
                raise SourceError("is not valid TOML: a number is too long", pos) from None
        if isinstance(value, float):
            return Scalar(raw.replace("_", ""), self.source, pos, end, type="float"), end
        if isinstance(value, (str, list, dict)):
            raise TypeError
        return Scalar(raw, self.source, pos, end, type="str"), end

    def string(self, value: object, start: int, end: int, style: str) -> tuple[Scalar, int]:
        if not isinstance(value, str):
            raise TypeError
        return Scalar(value, self.source, start, end, style=style, type="str"), end

    def array(self, start: int, values: object, depth: int) -> tuple[Sequence, int]:
        if not isinstance(values, list):
            raise TypeError
        text = self.text
        items: list[Node] = []
        pos = start + 1
        for value in values:
            item, pos = self.value(_end(_SPACE, text, pos), value, depth + 1)
            items.append(item)
            pos = _end(_SPACE, text, pos)
            pos += text.startswith(",", pos)
        end = _end(_SPACE, text, pos) + 1
        if text[end - 1] != "]":
            raise TypeError
        return Sequence(self.source, start, end, items), end

    def table(self, start: int, values: object, depth: int) -> tuple[Mapping, int]:
        if not isinstance(values, dict):
            raise TypeError
        text = self.text
        found = Mapping(self.source, start, start)
        self.children[found] = {}
        pos = _end(_SPACE, text, start + 1)
        while text[pos] != "}":
            pos = _end(_SPACE, text, self.pair(pos, found, values, [], depth + 1))
            pos = _end(_SPACE, text, pos + text.startswith(",", pos))
        found.end = pos + 1
        return found, pos + 1


def _end(pattern: re.Pattern[str], text: str, pos: int) -> int:
    match = pattern.match(text, pos)
    if match is None:
        raise TypeError
    return match.end()
