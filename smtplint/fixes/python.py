"""Settings in Python: where a new one goes, and that nothing but the edit has changed."""

from __future__ import annotations

import ast
import re

from smtplint.fixes.words import fresh
from smtplint.source import Source, SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import Counter

    from smtplint.remedy import Setting

_KINDS = {"bool": "bool", "int": "int", "text": "str"}


class Lines:
    """Positions of `ast` (lines, columns in UTF-8 bytes) as offsets into a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        # As Python counts lines: a form feed ends none.
        self.starts = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]

    def offset(self, line: int, column: int) -> int:
        begin = self.starts[line - 1]
        if self.text.isascii():
            return begin + column
        stop = self.starts[line] if line < len(self.starts) else len(self.text)
        return begin + len(self.text[begin:stop].encode()[:column].decode("utf-8", "ignore"))

    def start(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self.offset(node.end_lineno, node.end_col_offset)


def _module(text: str) -> ast.Module | None:
    """The module as the reader takes it, None when it does not."""
    from smtplint.readers.python.select import parse

    try:
        return parse(Source("", text))
    except SourceError:
        return None


def insertion(source: Source, at: int, key: str, setting: Setting) -> tuple[int, str] | None:
    """Where and what to insert to set `key` beside the setting whose name begins at `at`."""
    tree = _module(source.text)
    if tree is None:
        return None
    lines = Lines(source.text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if lines.start(target) <= at < lines.end(target):
                return _statement(source, lines, node, key, setting)
        elif isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg is not None and lines.start(keyword) == at and key.isidentifier():
                    value = fresh(setting, "python", text=setting.text, colon=False, typed=True, quote=_quote(source, lines, keyword.value))
                    return _beside(source, lines.start(keyword), lines.end(keyword), f"{key}={value}", lines.start(node)) if value else None
        elif isinstance(node, ast.Dict):
            for name, held in zip(node.keys, node.values, strict=True):
                if isinstance(name, ast.Constant) and isinstance(name.value, str) and lines.start(name) <= at < lines.end(name):
                    value = fresh(setting, "python", text=setting.text, colon=False, typed=True, quote=_quote(source, lines, held))
                    quote = _quote(source, lines, name) or '"'
                    between = source.text[lines.end(name) : lines.start(held)]
                    if value is None or between.strip() != ":" or "\n" in between:
                        return None
                    return _beside(source, lines.start(name), lines.end(held), f"{quote}{key}{quote}{between}{value}", lines.start(node))
    return None


def _quote(source: Source, lines: Lines, node: ast.expr) -> str:
    raw = source.text[lines.start(node) : lines.end(node)]
    return raw[0] if raw[:1] in ("'", '"') and not raw.startswith(raw[0] * 3) else ""


def _beside(source: Source, start: int, end: int, entry: str, outer: int) -> tuple[int, str]:
    """After an argument or an entry of a dict: on its own line where that one has its own."""
    line = source.position(start)[0]
    prefix = source.text[source.line_span(line)[0] : start]
    if not prefix.strip() and source.position(outer)[0] != line:
        return end, "," + source.newline + prefix + entry
    return end, ", " + entry


def _statement(source: Source, lines: Lines, node: ast.Assign | ast.AnnAssign, key: str, setting: Setting) -> tuple[int, str] | None:
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    start, end = lines.start(node), lines.end(node)
    line = source.position(start)[0]
    prefix = source.text[source.line_span(line)[0] : start]
    stop = source.line_span(source.position(end)[0])[1]
    rest = source.text[end:stop].strip()
    if prefix.strip() or (rest and not rest.startswith("#")) or source.text[stop - 1 : stop] == "\\":
        return None
    if node.value is None:
        return None
    value = fresh(setting, "python", text=setting.text, colon=False, typed=True, quote=_quote(source, lines, node.value))
    written = source.text[lines.start(target) : lines.end(target)]
    if isinstance(target, ast.Name):
        name = key if key.isidentifier() else ""
    elif isinstance(target, ast.Attribute):
        name = written[: len(written) - len(target.attr)] + key if key.isidentifier() and written.endswith(target.attr) else ""
    elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str):
        begin, close = lines.start(target.slice), lines.end(target.slice)
        quote = _quote(source, lines, target.slice) or '"'
        name = source.text[lines.start(target) : begin] + quote + key + quote + source.text[close : lines.end(target)]
    else:
        name = ""
    if value is None or not name:
        return None
    annotation = f": {_KINDS[setting.kind]}" if isinstance(node, ast.AnnAssign) and setting.kind in _KINDS else ""
    return stop, f"{source.newline}{prefix}{name}{annotation} = {value}"


def leaves(text: str) -> Counter[str] | None:
    """What a module says, piece by piece, without places: simple statements in their blocks, the entries of calls and dicts one by one."""
    from collections import Counter

    tree = _module(text)
    if tree is None:
        return None
    found: Counter[str] = Counter()
    stack: list[tuple[ast.AST, str]] = [(tree, "")]
    while stack:
        node, path = stack.pop()
        children = [
            (name, child) for name, child in ast.iter_fields(node) if child is not None and name not in ("ctx", "kind", "type_comment")
        ]
        name = type(node).__name__
        if isinstance(node, ast.Constant):
            found[f"{path}/{node.value!r}"] += 1
            continue
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                stack.append((value, f"{path}/{{{ast.dump(key) if key is not None else '**'}}}"))
            continue
        simple = {field: child for field, child in children if not isinstance(child, ast.AST | list)}
        path = f"{path}/{name}{simple or ''}"
        if isinstance(node, ast.Assign):
            path += "".join(ast.dump(target) for target in node.targets)
        elif isinstance(node, ast.AnnAssign):
            path += ast.dump(node.target)
        below = False
        for field, child in children:
            if (field == "targets" and isinstance(node, ast.Assign)) or (
                field in ("target", "annotation") and isinstance(node, ast.AnnAssign)
            ):
                continue
            for item in child if isinstance(child, list) else (child,):
                if isinstance(item, ast.AST):
                    below = True
                    stack.append((item, f"{path}.{field}"))
        if not below:
            found[path] += 1
    return found


def reads(text: str) -> bool:
    """Whether libcst reads a module and gives back the very same text."""
    import libcst

    try:
        return libcst.parse_module(text).code == text
    except Exception:  # what its parser lets pass its nodes may still refuse, with errors that differ from version to version
        return False
