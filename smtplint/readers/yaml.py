"""YAML: PyYAML's events (libyaml where it is there) made into located trees.

Plain scalars are not typed; an empty value is a plain Scalar with the text "" just behind its colon. Aliases share the anchored node; an
aliased scalar is a copy with the alias as `via`. Merge keys are resolved as PyYAML does: own keys win, of a list of mappings the first, and
what is overridden is left out. Entries whose key is no scalar are left out.

A document that cannot be read does not hide the others: it is one of the `problems` of the document next to it.
"""

from __future__ import annotations

import gc
import re

import yaml

from smtplint.lazy import later
from smtplint.readers import MAX_NESTING, Document
from smtplint.source import Place, Source, SourceError
from smtplint.tree import Entry, Mapping, Node, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# How many nodes aliases and merge keys may add to a file. Honest files stay far below; what reads the tree sees it expanded.
MAX_ALIASED = 100_000
# After so many broken documents the rest of a file is given up.
MAX_BROKEN = 20

# PyYAML without libyaml is ten times slower and reads the same.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_CORE = "tag:yaml.org,2002:"
_TYPES = {"!!str": "str", "!!int": "int", "!!float": "float", "!!bool": "bool", "!!null": "null", "!!binary": "str", "!": "str"}
_STYLES = {"'": "single", '"': "double", "|": "literal", ">": "folded"}
_PROPERTIES = later(r"(?:[&!][^\s]*(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|[\r\n])|[ \t])\s*)+")
_LINE_END = later(r"\r\n|[\n\r\x85\u2028\u2029]")
_NEXT_DOCUMENT = later(r"^---(?=\s|\Z)", re.MULTILINE)

# What PyYAML means, in words that quote nothing of the file.
_REASONS = (
    ("mapping values are not allowed", "a colon stands where no key can be"),
    ("could not find expected ':'", "a key has no colon"),
    ("found character", "a value begins with a character that needs quotes"),
    ("found unexpected end of stream", "a quote is not closed"),
    ("found unexpected document indicator", "a quote or bracket is not closed"),
    ("did not find expected ',' or", "a bracket is not closed or a comma is missing"),
    ("expected ',' or", "a bracket is not closed or a comma is missing"),
    ("did not find expected node content", "a bracket is not closed or a value is missing"),
    ("did not find expected key", "the indentation does not fit"),
    ("expected <block end>", "the indentation does not fit"),
    ("did not find expected '-' indicator", "the indentation does not fit"),
    ("block sequence entries are not allowed", "a list begins where none can be"),
    ("found unknown escape", "an escape in double quotes is not known"),
    ("did not find expected hexdecimal", "an escape in double quotes is not complete"),
    ("found invalid Unicode character escape", "an escape in double quotes is no character"),
    ("found undefined tag handle", "a tag has a prefix that is not declared"),
    ("found incompatible YAML document", "it is written in another version of YAML"),
    ("control characters are not allowed", "a control character stands in it"),
    ("special characters are not allowed", "a control character stands in it"),
)  # fmt: skip


def read(source: Source) -> list[Document]:
    """The documents of a YAML file. Raises SourceError when not one can be read."""
    text = source.text
    documents: list[Document] = []
    problems: list[SourceError] = []
    pos = 0
    collecting = gc.isenabled()
    # Nodes are made in great numbers and none of them is garbage: the collector would make this quadratic.
    gc.disable()
    try:
        while True:
            try:
                _Builder(source, pos).documents(documents)
                break
            except SourceError as error:
                problems.append(error)
                at = max(pos + 1, error.offset or 0)
                following = _NEXT_DOCUMENT.search(text, at) if len(problems) < MAX_BROKEN else None
                if following is None:
                    break
                pos = following.start()
    finally:
        if collecting:
            gc.enable()
    if problems:
        if not documents:
            raise problems[0]
        for problem in problems:
            before = [document for document in documents if document.start <= (problem.offset or 0)]
            nearest = before[-1] if before else documents[0]
            nearest.problems = (*nearest.problems, problem)
    return documents


def _error(error: Exception, text: str, base: int) -> SourceError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "")
    offset = base + mark.index if mark is not None else None
    if offset is None and isinstance(error, yaml.reader.ReaderError):
        # The C reader gives a position in bytes, so the character is looked for instead.
        bad = _UNPRINTABLE.search(text, base)
        offset = bad.start() if bad else base
    if offset is not None and text.startswith("\t", offset):
        return SourceError("is not valid YAML: a tab stands where only spaces may", offset)
    if problem.startswith("exceeded maximum nesting depth"):
        return SourceError("is nested too deeply", offset)  # libyaml 0.2.6 counts too, and a thousand levels are more than we take
    for beginning, reason in _REASONS:
        if problem.startswith(beginning):
            return SourceError(f"is not valid YAML: {reason}", offset)
    return SourceError("is not valid YAML", offset)


_UNPRINTABLE = later("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Open:
    """A collection whose end has not been read: what it is, the key that waits for its value, and what it expands to."""

    __slots__ = ("anchor", "flow", "height", "key", "merges", "node", "size", "waiting")

    def __init__(self, node: Mapping | Sequence, anchor: str | None, flow: bool) -> None:
        self.node = node
        self.anchor = anchor
        self.flow = flow
        self.key: Node | None = None
        self.waiting = False
        self.merges: list[tuple[Node, Place | None]] = []
        self.size = 1
        self.height = 1


class _Anchored:
    """An anchored node that is complete, with the number of nodes in it and its depth."""

    __slots__ = ("height", "node", "size")

    def __init__(self, node: Node, size: int, height: int) -> None:
        self.node = node
        self.size = size
        self.height = height


class _Builder:
    def __init__(self, source: Source, base: int) -> None:
        self.source = source
        self.text = source.text
        self.base = base
        self.aliased = 0

    def documents(self, found: list[Document]) -> None:
        """Append the documents from `base` on. Raises SourceError at the first that cannot be read."""
        text, base = self.text, self.base
        # libyaml does not count a byte order mark.
        while text.startswith("\ufeff", base):
            base += 1
        self.base = base
        try:
            loader = LOADER(text[base:] if base else text)
        except UnicodeEncodeError as error:
            raise SourceError("is not valid YAML: half a surrogate pair stands in it", base + error.start) from None
        except yaml.YAMLError as error:
            raise _error(error, text, base) from None
        try:
            while True:
                event = loader.get_event()
                kind = type(event)
                if event is None or kind is yaml.StreamEndEvent:
                    return
                if kind is yaml.DocumentStartEvent:
                    found.append(self.document(loader, base + event.start_mark.index))
        except yaml.YAMLError as error:
            raise _error(error, text, base) from None
        finally:
            loader.dispose()

    def document(self, loader: Any, start: int) -> Document:
        """One document: everything from its start event to its end event."""
        source, base = self.source, self.base
        anchors: dict[str, _Anchored | None] = {}
        stack: list[_Open] = []
        root: Node | None = None
        get_event = loader.get_event
        scalar_event, alias_event = yaml.ScalarEvent, yaml.AliasEvent
        mapping_start, sequence_start = yaml.MappingStartEvent, yaml.SequenceStartEvent
        while True:
            event = get_event()
            kind = type(event)
            via: Place | None = None
            closed: _Open | None = None
            size = height = 1
            if kind is scalar_event:
                node: Node = self.scalar(event)
                if event.anchor is not None:
                    anchors[event.anchor] = _Anchored(node, 1, 1)
            elif kind is mapping_start or kind is sequence_start:
                begin = base + event.start_mark.index
                if len(stack) >= MAX_NESTING:
                    raise SourceError("is nested too deeply", begin)
                tag = _tag(event.tag)
                made: Mapping | Sequence = (
                    Mapping(source, begin, begin, tag=tag) if kind is mapping_start else Sequence(source, begin, begin, tag=tag)
                )
                if event.anchor is not None:
                    anchors[event.anchor] = None
                stack.append(_Open(made, event.anchor, bool(event.flow_style)))
                continue
            elif kind is alias_event:
                begin, end = base + event.start_mark.index, base + event.end_mark.index
                via = Place(source, begin, end)
                if event.anchor not in anchors:
                    raise SourceError("is not valid YAML: an alias refers to an anchor that is not there", begin)
                target = anchors[event.anchor]
                if target is None:
                    raise SourceError("holds an alias that refers to itself", begin)
                size, height = target.size, target.height
                self.charge(size, begin)
                if len(stack) + height > MAX_NESTING + 1:
                    raise SourceError("is nested too deeply", begin)
                node = target.node
                if isinstance(node, Scalar):
                    node = node.but(via=(via, *node.via))
            elif kind is yaml.DocumentEndEvent:
                end = base + event.end_mark.index
                return Document(root if root is not None else Scalar("", source, start, start), start, end)
            else:
                closed = stack.pop()
                node = self.close(closed, base + event.end_mark.index)
                size, height = closed.size, closed.height
                if closed.anchor is not None:
                    anchors[closed.anchor] = _Anchored(node, size, height)
            if not stack:
                root = node
                continue
            parent = stack[-1]
            parent.size += size
            if height >= parent.height:
                parent.height = height + 1
            holder = parent.node
            if isinstance(holder, Sequence):
                holder.items.append(node)
                if via is not None:
                    parent.merges.append((node, via))
            elif not parent.waiting:
                parent.key, parent.waiting = node, True
            else:
                key, parent.waiting = parent.key, False
                if isinstance(key, Scalar):
                    if key.text == "<<" and key.style == "plain" and not key.tag:
                        self.merge(parent, node, via, closed)
                    else:
                        holder.entries.append(Entry(key, node))
            if not parent.flow:
                holder.end = max(holder.end, via.end if via is not None else node.end)

    def scalar(self, event: Any) -> Scalar:
        """A scalar without its anchor and tag; a block scalar from the first character of its content to the last."""
        text, base = self.text, self.base
        start, end = base + event.start_mark.index, base + event.end_mark.index
        style = _STYLES.get(event.style, "plain")
        tag = _tag(event.tag)
        if (tag or event.anchor is not None) and text[start : start + 1] in ("&", "!"):
            properties = _PROPERTIES.match(text, start, end)
            start = properties.end() if properties else end
            if style == "plain" and not event.value:
                start = end
        value: str = event.value
        if style in ("literal", "folded"):
            start, end = _content(text, start, end, value)
        kind = _TYPES.get(tag, "plain" if style == "plain" else "str")
        return Scalar(value, self.source, start, end, style=style, type=kind, tag=tag if tag != "!" else "")

    def close(self, top: _Open, end: int) -> Node:
        """Finish a collection: its end, and what its merge keys bring in."""
        node = top.node
        node.end = end if top.flow else max(node.start, node.end)
        if isinstance(node, Mapping) and top.merges:
            own = {entry.key.text for entry in node.entries}
            brought: dict[str, Entry] = {}
            for merged, via in top.merges:
                if not isinstance(merged, Mapping):
                    continue
                node.partial = node.partial or merged.partial
                for entry in merged.index.values():
                    if entry.key.text not in own:
                        value = entry.value
                        if via is not None and isinstance(value, Scalar):
                            value = value.but(via=(via, *value.via))
                        brought[entry.key.text] = Entry(entry.key, value, conditional=entry.conditional)
            node.entries[:0] = brought.values()
        return node

    def merge(self, parent: _Open, node: Node, via: Place | None, closed: _Open | None) -> None:
        """Note what a `<<` brings in; the last one noted wins. `closed`: the list of mappings that has just been read, with its aliases."""
        if isinstance(node, Mapping):
            parent.merges.append((node, via))
        elif isinstance(node, Sequence) and all(isinstance(item, Mapping) for item in node.items):
            vias = {id(item): place for item, place in closed.merges} if closed is not None else {}
            parent.merges.extend((item, via or vias.get(id(item))) for item in reversed(node.items))
        elif isinstance(parent.node, Mapping):
            # Something that only the application can look up.
            parent.node.partial = True

    def charge(self, size: int, offset: int) -> None:
        self.aliased += size
        if self.aliased > MAX_ALIASED:
            raise SourceError("repeats too much through aliases", offset)


def _tag(tag: str | None) -> str:
    """A tag as it is usually written: `!local`, `!!core`."""
    if tag is None:
        return ""
    return "!!" + tag[len(_CORE) :] if tag.startswith(_CORE) else tag


def _content(text: str, start: int, end: int, value: str) -> tuple[int, int]:
    """The span of the content of a block scalar whose header begins at `start`."""
    header = _LINE_END.search(text, start, end)
    if header is None or not value:
        at = header.end() if header else end
        return at, at
    begin = header.end()
    if not value.startswith(("\n", "\x85", "\u2028", "\u2029")):
        line = _LINE_END.search(text, begin)
        close = line.start() if line else len(text)
        shown = _LINE_END.search(value)
        size = shown.start() if shown else len(value)
        if text[begin:close].strip(" "):
            # Folding may have glued lines together, so the margin is told by the blanks the value begins with.
            blanks = len(value) - len(value.lstrip(" "))
            margin = len(text[begin:close]) - len(text[begin:close].lstrip(" ")) - blanks
        else:
            margin = close - begin - size
        begin += max(0, margin)
    last = len(text[begin:end].rstrip(" \t\r\n\x85\u2028\u2029"))
    line = _LINE_END.search(text, begin + last)
    return begin, min(end, line.start()) if line else end
