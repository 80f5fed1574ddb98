"""Settings written in Ruby as GitLab's `gitlab.rb` has them: `gitlab_rails['smtp_port'] = 587`.

Yields a Mapping of the names in front (`gitlab_rails`), each a Mapping of its keys. Only literals are read: texts, numbers, true, false, nil and
symbols; of a look-up in the environment its default. Any other value, one under a condition (`if … end`, `… if x`, `||=`) and one in a loop is unresolved; what sets keys that cannot be seen
(`gitlab_rails.merge!(…)`, `gitlab_rails[name] = …`, `from_file`) makes the mapping partial. Nothing is run.
"""

from __future__ import annotations

import re

from smtplint.readers import Document
from smtplint.source import Source, SourceError
from smtplint.tree import Entry, Mapping, Scalar

_BLANKS = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t;]|\\?(?:\r\n?|\n)|#[^\r\n]*)+")
_COMMENT_BLOCK = re.compile(r"=begin\b[\s\S]*?(?:[\r\n]=end\b[^\r\n]*|\Z)")
_WORD = re.compile(r"[A-Za-z_]\w*[?!]?")
_TARGET = re.compile(r"([a-z_]\w*)\[")
_KEY = re.compile(r"""[ \t]*(?:'([\w.-]+)'|"([\w.-]+)"|:([A-Za-z_]\w*))[ \t]*\]""")
_SET = re.compile(r"[ \t]*(=(?![=~>])|\|\|=|&&=|\+=|<<)[ \t]*(?:\\?(?:\r\n?|\n)[ \t]*)*")
# What else a statement may set on its way, and what changes a mapping as a whole.
_INNER = re.compile(
    r"""(?<!\w)([a-z_]\w*)\[(?:[ \t]{0,8}(?:'([\w.-]+)'|"([\w.-]+)"|:([A-Za-z_]\w*))[ \t]{0,8}|[^\]\r\n]{0,200})\][ \t]*(?:=(?![=~>])|\|\|=|&&=|\+=|<<)"""
    r"""|(?<!\w)([a-z_]\w*)\.(?:(?:deep_)?merge!|update|store|replace|delete(?:_if)?|reject!|select!|keep_if|clear|compact!|transform_\w+!)"""
)
_SINGLE = re.compile(r"'((?:[^'\\\r\n]|\\[^\r\n])*)'")
_DOUBLE = re.compile(r'"((?:[^"\\\r\n]|\\[^\r\n])*)"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*(?:_[0-9]+)*)(?:\.[0-9]+)?(?![\w.])")
# What another tool fills in before Ruby reads the text (compose).
_REFERENCE = re.compile(r"\$\{[^{}\r\n]*\}|\$[A-Z_][A-Z0-9_]*")
# A look-up in the environment up to its default, which stands behind `||`, in the brackets of `fetch`, or in a block.
_ENV = re.compile(
    r"""ENV(?:\[[ \t]*(?:'\w+'|"\w+")[ \t]*\](?:\.presence)?[ \t]*(?P<or>\|\|)|\.fetch\([ \t]*(?:'\w+'|"\w+")[ \t]*(?P<takes>,|\)[ \t]*\{))[ \t]*"""
)
_CLOSED = {",": re.compile(r"[ \t]*\)"), "{": re.compile(r"[ \t]*\}"), "(": re.compile(r"[ \t]*\)")}
_CAST = re.compile(r"\.to_([is])(?![\w?!])")
_SYMBOL = re.compile(r":([A-Za-z_]\w*)(?![\w?!:])")
_TEXT_END = {"'": re.compile(r"(?:[^'\\]|\\[\s\S])*'"), '"': re.compile(r'(?:[^"\\]|\\[\s\S])*"')}
_BEHIND_TEXT = frozenset(("if", "unless", "while", "until", "and", "or", "rescue", "then", "do", "end", "in"))
# Signs with which texts and patterns begin that are not told apart here.
_UNSURE = re.compile(r"[/%?\\]|<<")
_LINE = re.compile(r"[^\r\n]*")
_WHOLE_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)?")
_STOP = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?:[;\r\n]|\Z)")
_ESCAPE = re.compile(r"\\(.)")
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b", "s": " ", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
# What a statement is made of, as far as its end goes: texts, comments, brackets, line ends, here-documents, words.
_PART = re.compile(
    r"""(?P<text>'(?:[^'\\\r\n]|\\[^\r\n])*'|"(?:[^"\\\r\n]|\\[^\r\n])*"|`(?:[^`\\\r\n]|\\[^\r\n])*`)"""
    r"""|(?P<here><<[~-]?(?P<quote>["'`]?)(?P<tag>[A-Z_]\w*)(?P=quote))"""
    r"""|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comment>\#[^\r\n]*)|(?P<joined>\\(?:\r\n?|\n))|(?P<line>\r\n?|\n)|(?P<end>;)"""
    r"""|(?P<lone>["'`])|(?P<name>[.:]?[A-Za-z_]\w*[?!]?:?)|[^\w"'`<(\[{)\]}\#\\;\r\n.:]+|.""",
)
_OPENERS = frozenset(("if", "unless", "case", "while", "until", "for", "begin", "def", "class", "module"))
_LOOPS = frozenset(("while", "until", "for"))
_BEFORE_VALUE = re.compile(r"(?:[=(,|&\[{]|\b(?:then|else|do|and|or|not|return))[ \t]*\Z")
# Calls that bring in settings from elsewhere.
_ELSEWHERE = frozenset(("from_file", "eval", "instance_eval", "class_eval", "load", "require", "require_relative"))
_HANGS_ON = re.compile(r"(?:[,+*=]|\|\||&&|\b(?:and|or|not))[ \t]*\Z")


def read(source: Source) -> list[Document]:
    """One Document; what is no assignment is skipped. Raises SourceError where a text or a bracket is surely never closed: Ruby refuses that."""
    return [Document(_Reader(source).run(), 0, len(source.text))]


class _Reader:
    """`depth`: how many blocks are open. `sections`: the mapping of every name in front."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.root = Mapping(source, 0, len(source.text))
        self.sections: dict[str, Mapping] = {}
        self.depth = 0
        self.elsewhere = False
        # A quote stood somewhere for what is no simple text: where later ones begin and end is not sure.
        self.lost = False
        # The values of every section that are sure so far.
        self.fresh: dict[str, list[Scalar]] = {}

    def run(self) -> Mapping:
        text, size, pos = self.text, len(self.text), 0
        while pos < size:
            gap = _GAP.match(text, pos)
            pos = gap.end() if gap else pos
            if pos >= size or text.startswith("__END__", pos):
                break
            first = pos == 0 or text[pos - 1] in "\r\n"
            block = _COMMENT_BLOCK.match(text, pos) if first else None
            pos = block.end() if block else self.statement(pos)
        for section in self.sections.values():
            section.partial = section.partial or self.elsewhere
        self.root.partial = self.elsewhere
        return self.root

    def blur(self, name: str) -> None:
        """Keys that cannot be seen were set: others may be there, and those that were read may be others by now."""
        self.sections[name].partial = True
        for value in self.fresh.pop(name, ()):
            value.state, value.text = "unresolved", ""

    def section(self, name: str, start: int, end: int) -> Mapping:
        found = self.sections.get(name)
        if found is None:
            found = self.sections[name] = Mapping(self.source, start, end)
            self.root.entries.append(Entry(Scalar(name, self.source, start, end), found))
        return found

    def statement(self, pos: int) -> int:
        """The statement at an offset; yields the offset behind it."""
        text, inside = self.text, self.depth > 0
        target = _TARGET.match(text, pos)
        if target is None:
            word = _WORD.match(text, pos)
            if word is not None and word[0] in _ELSEWHERE:
                self.elsewhere = True
                for name in list(self.fresh):
                    self.blur(name)
            return self.passed(pos)
        key = _KEY.match(text, target.end())
        sets = _SET.match(text, key.end()) if key is not None else None
        section = self.section(target[1], pos, target.end() - 1)
        if key is None or sets is None:
            # A key that is computed, or one further down (`a['b']['c'] = 1`).
            if key is None:
                self.blur(target[1])
            return self.passed(pos)
        name = key[1] or key[2] or key[3]
        begin = key.start(1 if key[1] else 2 if key[2] else 3)
        self.closed(sets.end())
        value, end = self.literal(sets.end())
        if value is None or inside or sets[1] != "=":
            end = self.passed(sets.end())
            stop = sets.end() + len(text[sets.end() : end].rstrip(" \t\r\n;"))
            value = Scalar("", self.source, sets.end(), max(stop, sets.end()), style="code", state="unresolved")
        section.entries.append(Entry(Scalar(name, self.source, begin, begin + len(name)), value, conditional=inside))
        if value.state == "known":
            self.fresh.setdefault(target[1], []).append(value)
        section.partial = section.partial or inside
        section.end = max(section.end, value.end)
        return end

    def literal(self, pos: int) -> tuple[Scalar | None, int]:
        """A literal that is all there is to a statement, or the default of a look-up in the environment, and the offset behind it; None
        when it is anything else."""
        made, end = default(self.source, pos)
        if made is None:
            made = _literal(self.source, pos)
            end = made.end if made is not None else pos
        stop = _STOP.match(self.text, end) if made is not None else None
        return (made, stop.end()) if stop is not None else (None, pos)

    def closed(self, pos: int) -> None:
        """Refuse a text that begins at an offset and surely has no end: there is no quote left, or a word follows behind the next one."""
        quote = self.text[pos : pos + 1]
        if self.lost or quote not in _TEXT_END:
            return
        end = _TEXT_END[quote].match(self.text, pos + 1)
        behind = _WORD.match(self.text, end.end()) if end is not None and "\n" in end[0] and "#{" not in end[0] else None
        if end is None or (behind is not None and behind[0] not in _BEHIND_TEXT):
            raise SourceError("is not valid Ruby: a quote is not closed", pos)

    def passed(self, pos: int) -> int:
        """The end of a statement, after which nothing is sure of what it may have set on its way."""
        end = self.skip(pos)
        for found in _INNER.finditer(self.text, pos, end):
            name = found[1] or found[5]
            section = self.section(name, found.start(), found.start() + len(name))
            number = next((one for one in (2, 3, 4) if found[one]), 0)
            if not number:
                self.blur(name)
            else:
                section.partial = True
                key = Scalar(found[number], self.source, found.start(number), found.end(number))
                value = Scalar("", self.source, found.end(), found.end(), style="code", state="unresolved")
                section.entries.append(Entry(key, value, conditional=True))
        return end

    def skip(self, pos: int) -> int:
        """The end of a statement: of its line, unless brackets are open or it cannot end there. Counts the blocks it opens and closes."""
        text, size = self.text, len(self.text)
        begin, loop, start, odd = pos, False, True, False
        heres: list[str] = []
        opened: list[int] = []
        while pos < size:
            part = _PART.match(text, pos)
            assert part is not None or pos >= size
            if part is None:
                return size
            kind, here = part.lastgroup, pos
            pos = part.end()
            if part["here"] is not None:
                heres.append(part["tag"])
            elif kind == "open":
                opened.append(here)
            elif kind == "close":
                del opened[-1:]
            elif kind == "lone":
                # A text that does not end on its line, or a sign in a pattern: the line says nothing that could be believed.
                odd = self.lost = True
                pos = _LINE.match(text, pos).end()  # type: ignore[union-attr]
            elif kind == "line":
                for tag in heres:
                    pos = self.behind(tag, pos)
                hangs = not heres and not odd and _HANGS_ON.search(text, max(begin, here - 80), here)
                if not opened and not hangs:
                    return pos
                heres, odd = [], False
            elif kind == "end" and not opened:
                return pos
            elif kind == "name":
                word = part["name"]
                if word in _OPENERS and (start or _BEFORE_VALUE.search(text, max(begin, here - 20), here)):
                    self.depth += 1
                    loop = loop or word in _LOOPS
                elif word == "do" and not loop:
                    self.depth += 1
                elif word == "end":
                    self.depth = max(0, self.depth - 1)
            start = start and not part[0].strip(" \t")
        if opened and not self.lost and not _UNSURE.search(text, begin):
            raise SourceError("is not valid Ruby: a bracket is not closed", opened[0])
        return size

    def behind(self, tag: str, pos: int) -> int:
        """The offset behind a here-document that begins at an offset."""
        text, size = self.text, len(self.text)
        while pos < size:
            line = _WHOLE_LINE.match(text, pos)
            assert line is not None
            pos = max(line.end(), pos + 1)
            if line[0].strip() == tag:
                break
        return pos


def default(source: Source, pos: int) -> tuple[Scalar | None, int]:
    """The default of a look-up in the environment at an offset, at its own place, and the offset behind the look-up: `ENV['X'] || 25`,
    `ENV.fetch('X', 25)`, `ENV.fetch('X') { 25 }`, also with `.to_i`. None for anything else, and where nothing is the default.
    """
    text, begin = source.text, pos
    bracket = "(" if text.startswith("(", pos) else ""
    pos += len(bracket)
    look = found = _ENV.match(text, pos)
    while found is not None and found["or"]:
        look, found = found, _ENV.match(text, found.end())
    look = found or look
    made = _literal(source, look.end()) if look is not None else None
    if look is None or made is None or made.state != "known" or not made.text or made.type == "null":
        return None, begin
    takes = (look["takes"] or "")[-1:]
    end = made.end
    for opened in (takes, bracket):
        close = _CLOSED[opened].match(text, end) if opened else None
        if opened and close is None:
            return None, begin
        end = close.end() if close is not None else end
    cast = _CAST.match(text, end) if takes or bracket else None
    if cast is not None:
        if cast[1] == "i" and made.type != "int" and not _NUMBER.fullmatch(made.text):
            return None, begin
        made.type, end = "int" if cast[1] == "i" else "str", cast.end()
    written = text[begin + len(bracket) : look.end()].rstrip(" \t")
    made.note = f"the default in {written} …" + {",": ")", "{": " }"}.get(takes, "")
    return made, end


def _literal(source: Source, pos: int) -> Scalar | None:
    """The literal at an offset; unresolved for a word, which is a variable, a call, or what a template fills in."""
    text = source.text
    single, double, number = _SINGLE.match(text, pos), _DOUBLE.match(text, pos), _NUMBER.match(text, pos)
    symbol, word, reference = _SYMBOL.match(text, pos), _WORD.match(text, pos), _REFERENCE.match(text, pos)
    if single is not None:
        # In single quotes a backslash escapes itself and the quote, nothing else.
        shown = re.sub(r"\\([\\'])", r"\1", single[1])
        return Scalar(shown, source, pos, single.end(), style="single", type="str")
    if double is not None:
        known = "#{" not in double[1] and not re.search(r"#[@$]|\\[uxcCM0-7]", double[1])
        shown = _ESCAPE.sub(lambda found: _PLAIN_ESCAPES.get(found[1], found[1]), double[1])
        return Scalar(
            shown if known else "", source, pos, double.end(), style="double", type="str", state="known" if known else "unresolved"
        )
    if number is not None:
        return Scalar(number[0].replace("_", ""), source, pos, number.end(), type="float" if "." in number[0] else "int")
    if symbol is not None:
        return Scalar(symbol[1], source, pos, symbol.end(), type="str", style="raw")
    if word is not None and word[0] in ("true", "false", "nil"):
        return Scalar(word[0], source, pos, word.end(), type="null" if word[0] == "nil" else "bool")
    if word is not None:
        return Scalar(word[0], source, pos, word.end(), state="unresolved")
    return Scalar(reference[0], source, pos, reference.end()) if reference is not None else None
