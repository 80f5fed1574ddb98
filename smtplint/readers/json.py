"""JSON as configuration files have it: comments, trailing commas, and JSON5's bare keys, single quotes and numbers are taken.

Types are known. A number keeps its written text (hexadecimal ones become decimal). Duplicate keys stay, the last wins.
"""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]

from smtplint.readers import MAX_NESTING, Document
from smtplint.source import Source, SourceError
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence

_GAP = re.compile(r"(?:[ \t\r\n\f\v\xa0\ufeff\u2028\u2029]+|//[^\r\n]*|/\*[\s\S]*?\*/|#[^\r\n]*)*")
_NUMBER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)(?![\w.])")
_SINGLE = re.compile(r"'([^'\\]*(?:\\[\s\S][^'\\]*)*)'")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|[\s\S]))")
_ESCAPES = {
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "0": "\0",
    "\n": "",
    "\r": "",
    "\r\n": "",
    "\u2028": "",
    "\u2029": "",
}
_WORD = re.compile(r"[^\s,:\[\]{}\"'/#]+")
_WORDS = {"true": "bool", "false": "bool", "null": "null"}
_INFINITE = re.compile(r"[-+]?(?:Infinity|NaN)")
# Half a surrogate pair is no character, and could not be written out.
_LONELY = re.compile("[\ud800-\udfff]")
# Template marks are masked by characters for private use.
_MASKED = re.compile("[\ue000-\uf8ff]")


def read(source: Source) -> list[Document]:
    """One Document. Raises SourceError with the offset of the first character that cannot be read."""
    root = _Reader(source).run()
    return [Document(root, 0, len(source.text))]


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text

    def error(self, reason: str, offset: int) -> SourceError:
        return SourceError(f"is not valid JSON: {reason}", min(offset, len(self.text)))

    def run(self) -> Node:
        """The value that the text holds. A loop over an explicit stack, so that depth costs no recursion."""
        text, source = self.text, self.source
        size = len(text)
        gap = _GAP.match
        stack: list[Mapping | Sequence] = []
        pos = gap(text, 0).end()  # type: ignore[union-attr]
        if pos >= size:
            raise self.error("it is empty", pos)
        key: Scalar | None = None
        keys: list[Scalar | None] = []
        while True:
            # A value begins at pos.
            char = text[pos : pos + 1]
            node: Node
            if char in ("{", "["):
                if len(stack) >= MAX_NESTING:
                    raise SourceError("is nested too deeply", pos)
                made: Mapping | Sequence = Mapping(source, pos, pos + 1) if char == "{" else Sequence(source, pos, pos + 1)
                stack.append(made)
                keys.append(key)
                key = None
                pos = gap(text, pos + 1).end()  # type: ignore[union-attr]
                if text[pos : pos + 1] != ("}" if char == "{" else "]"):
                    if char == "{":
                        key, pos = self.key(pos)
                    continue
                node, key, pos = self.close(stack, keys, pos)
            else:
                node, pos = self.scalar(pos)
            # A value has ended: put it where it belongs, and close what ends with it.
            while True:
                if not stack:
                    pos = gap(text, pos).end()  # type: ignore[union-attr]
                    if pos < size:
                        raise self.error("something follows its end", pos)
                    return node
                holder = stack[-1]
                if isinstance(holder, Mapping):
                    if key is not None:
                        holder.entries.append(Entry(key, node))
                    ending = "}"
                else:
                    holder.items.append(node)
                    ending = "]"
                pos = gap(text, pos).end()  # type: ignore[union-attr]
                char = text[pos : pos + 1]
                if char == ",":
                    pos = gap(text, pos + 1).end()  # type: ignore[union-attr]
                    char = text[pos : pos + 1]
                    if char != ending:
                        key = None
                        if ending == "}":
                            key, pos = self.key(pos)
                        break
                elif char != ending:
                    raise self.error("a bracket is not closed" if pos >= size else "a comma is missing", pos)
                node, key, pos = self.close(stack, keys, pos)

    def close(self, stack: list[Mapping | Sequence], keys: list[Scalar | None], pos: int) -> tuple[Node, Scalar | None, int]:
        """The collection that ends at `pos`, the key it belongs to, and the offset behind it."""
        node = stack.pop()
        node.end = pos + 1
        return node, keys.pop(), pos + 1

    def key(self, pos: int) -> tuple[Scalar, int]:
        """A key and the offset at which its value begins."""
        text = self.text
        char = text[pos : pos + 1]
        if char in ('"', "'"):
            key, end = self.scalar(pos)
        else:
            word = _WORD.match(text, pos)
            if word is None:
                raise self.error("a bracket is not closed" if pos >= len(text) else "a key is missing", pos)
            key, end = Scalar(word[0], self.source, pos, word.end()), word.end()
        at = _GAP.match(text, end).end()  # type: ignore[union-attr]
        if text[at : at + 1] != ":":
            raise self.error("a colon is missing", at)
        return key, _GAP.match(text, at + 1).end()  # type: ignore[union-attr]

    def scalar(self, pos: int) -> tuple[Scalar, int]:
        """A text, number or word, and the offset behind it."""
        text, source = self.text, self.source
        char = text[pos : pos + 1]
        if char == '"':
            try:
                value, end = scanstring(text, pos + 1, False)
            except JSONDecodeError as error:
                reason = "an escape is not known" if error.msg.startswith("Invalid") else "a quote is not closed"
                raise self.error(reason, error.pos) from None
            return Scalar(_LONELY.sub("\ufffd", value), source, pos, end, style="double", type="str"), end
        if char == "'":
            found = _SINGLE.match(text, pos)
            if found is None:
                raise self.error("a quote is not closed", pos)
            return Scalar(_ESCAPE.sub(_unescape, found[1]), source, pos, found.end(), style="single", type="str"), found.end()
        number = _NUMBER.match(text, pos)
        if number is not None:
            written = number[0]
            if "x" in written or "X" in written:
                # Python refuses to write out integers of thousands of digits.
                value = str(int(written, 16)) if len(written) < 1000 else written
                return Scalar(value, source, pos, number.end(), type="int"), number.end()
            kind = "int" if written.lstrip("+-").isdigit() else "float"
            return Scalar(written.lstrip("+"), source, pos, number.end(), type=kind), number.end()
        word = _WORD.match(text, pos)
        if word is None:
            raise self.error("a value is missing" if pos < len(text) else "it ends before its end", pos)
        kind = _WORDS.get(word[0], "float" if _INFINITE.fullmatch(word[0]) else "plain" if _MASKED.search(word[0]) else "")
        if not kind:
            raise self.error("a value is not in quotes", pos)
        return Scalar(word[0], source, pos, word.end(), type=kind), word.end()


def _unescape(found: re.Match[str]) -> str:
    code, byte, char = found.groups()
    if char is not None:
        return _ESCAPES.get(char, char)
    return _LONELY.sub("\ufffd", chr(int(code or byte, 16)))
