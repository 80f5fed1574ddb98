"""The readers beside the parsers that programs use: the same leaves, or a refusal by both.

Each function takes a text, says whether there was something to compare, and raises `Differs` when the two disagree. Where a reader takes more than its parser, or less, on purpose, that
is said here and nowhere else.
"""

from __future__ import annotations

import ast
import configparser
import io
import json
import re
import sys
import warnings
from typing import Any

import javaproperties
import yaml
from dotenv.parser import parse_stream

from smtplint.readers import Document
from smtplint.readers import dotenv as dotenv_reader
from smtplint.readers import ini as ini_reader
from smtplint.readers import json as json_reader
from smtplint.readers import properties as properties_reader
from smtplint.readers import toml as toml_reader
from smtplint.readers import yaml as yaml_reader
from smtplint.readers.python import newer, read_module
from smtplint.source import Source, SourceError
from smtplint.tree import Mapping, Node, Scalar

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib

_HALF = re.compile("[\ud800-\udfff]")
# Limits of ours that no parser has; whatever goes past them is refused.
_LIMITS = ("is nested too deeply", "repeats too much through aliases", "holds an alias that refers to itself", "a number is too long")


class Differs(AssertionError):
    """Reader and parser disagree."""


class _Skip(Exception):
    """Nothing to compare: the parser's answer has no counterpart in a tree of located scalars."""


def plain(node: Node) -> Any:
    """A tree as dictionaries, lists and texts; of equal keys the last wins."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Mapping):
        return {entry.key.text: plain(entry.value) for entry in node.entries}
    return [plain(item) for item in node.items]


def _same(ours: Any, theirs: Any) -> None:
    if ours != theirs:
        raise Differs(f"{ours!r} is not {theirs!r}")


def _refused(error: SourceError | None, theirs: object) -> None:
    """We refuse: so must the parser, limits of ours aside."""
    if error is not None and theirs is not None and not error.reason.endswith(_LIMITS):
        raise Differs(f"refused ({error.reason}), read as {theirs!r}")


# ------------------------------------------------------------------------------------------------------------------------
# YAML


class _Untyped(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML that types nothing but the merge key."""


_Untyped.yaml_implicit_resolvers = {"<": [pair for pair in yaml.SafeLoader.yaml_implicit_resolvers["<"] if pair[0].endswith("merge")]}


class _Values:
    """A document of PyYAML's nodes as values, merge keys brought in by PyYAML."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.open: set[int] = set()
        self.left = 20_000

    def of(self, node: Any) -> Any:
        self.left -= 1
        if self.left < 0 or id(node) in self.open:
            raise _Skip
        if isinstance(node, yaml.ScalarNode):
            return node.value
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.of(item) for item in node.value]
            self.loader.flatten_mapping(node)
            return {key.value: self.of(value) for key, value in node.value if isinstance(key, yaml.ScalarNode)}
        finally:
            self.open.discard(id(node))


def same_yaml(text: str) -> bool:
    """PyYAML. A value that only PyYAML's constructors refuse (merging what is no mapping, a node inside itself) is not compared."""
    theirs: list[Any] | None = []
    try:
        loader = _Untyped(text.lstrip("\ufeff"))
        try:
            while loader.check_node():
                theirs.append(_Values(loader).of(loader.get_node()))  # type: ignore[union-attr]
        finally:
            loader.dispose()
    except (yaml.constructor.ConstructorError, _Skip):
        return False
    except (yaml.YAMLError, UnicodeEncodeError) as refusal:
        if str(getattr(refusal, "context", "")).startswith("found duplicate anchor"):
            return False  # YAML lets an anchor be given again, and so does PyYAML without libyaml
        theirs = None
    documents: list[Document] = []
    error: SourceError | None = None
    try:
        documents = yaml_reader.read(Source("a.yaml", text))
        error = next((problem for document in documents for problem in document.problems), None)
    except SourceError as refusal:
        error = refusal
    _refused(error, theirs)
    if error is None:
        _same([plain(document.root) for document in documents], theirs)
    return error is None


# ------------------------------------------------------------------------------------------------------------------------
# JSON


def _whole(text: str) -> str:
    return _HALF.sub("\ufffd", text)


def _json_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {_whole(key): _json_value(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_json_value(one) for one in value]
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return _whole(value)


def same_json(text: str) -> bool:
    """The standard library. The reader also takes comments, trailing commas and JSON5, so what only the library refuses is not compared."""
    try:
        theirs = _json_value(json.loads(text, parse_int=str, parse_float=str, parse_constant=str))
    except ValueError:
        theirs = None
    try:
        (document,) = json_reader.read(Source("a.json", text))
    except SourceError as error:
        _refused(error, theirs)
        return False
    if theirs is not None:
        _same(plain(document.root), theirs)
    return True


# ------------------------------------------------------------------------------------------------------------------------
# TOML


def _toml_value(node: Node, value: Any) -> None:
    if isinstance(value, dict):
        if not isinstance(node, Mapping):
            raise Differs("no table")
        _same([entry.key.text for entry in node.entries], list(value))
        for entry in node.entries:
            _toml_value(entry.value, value[entry.key.text])
    elif isinstance(value, list):
        if isinstance(node, (Scalar, Mapping)) or len(node.items) != len(value):
            raise Differs("no array of this length")
        for item, one in zip(node.items, value, strict=True):
            _toml_value(item, one)
    elif not isinstance(node, Scalar):
        raise Differs("no scalar")
    elif isinstance(value, str):
        _same(node.text, value)
    elif isinstance(value, bool):
        _same(node.text, "true" if value else "false")
    elif isinstance(value, int):
        _same(int(node.text), value)
    elif isinstance(value, float):
        if not (float(node.text) == value or value != value):
            raise Differs(f"{node.text!r} is not {value!r}")
    else:
        _same(tomllib.loads(f"a = {node.raw}")["a"], value)


def same_toml(text: str) -> bool:
    """The standard library's parser, which must agree with the one we use, and with the places found afterwards.

    Ours knows TOML 1.1 in its newer releases, so what only the library refuses is not compared.
    """
    try:
        theirs = tomllib.loads(text)
    except ValueError:
        theirs = None
    try:
        (document,) = toml_reader.read(Source("a.toml", text))
    except SourceError as error:
        _refused(error, theirs)
        return False
    if theirs is None:
        return True
    _toml_value(document.root, theirs)
    return True


# ------------------------------------------------------------------------------------------------------------------------
# The others


def same_ini(text: str) -> bool:
    """configparser, which reads files with every line end made LF. The reader never refuses, so what configparser refuses is not compared."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    parser = configparser.RawConfigParser(strict=False, default_section="\0")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
    except (configparser.Error, AttributeError):
        return False
    (document,) = ini_reader.read(Source("a.ini", text), "configparser")
    _same(plain(document.root), {name: dict(parser.items(name)) for name in parser.sections()})
    return bool(parser.sections())


def same_dotenv(text: str) -> bool:
    """python-dotenv. It also takes names in quotes, and blanks of any kind; it leaves to expansion what becomes of `\\$`."""
    if "\0" in text or "\\$" in text or re.search(r"[^\S \t\r\n]|(?:^|\r)\s*(?:export\s+)?'", text, re.MULTILINE):
        return False
    text = text.removeprefix("\ufeff")  # gone before a reader sees it
    theirs = [(one.key, one.value) for one in parse_stream(io.StringIO(text, newline="")) if one.key is not None and one.value is not None]
    (document,) = dotenv_reader.read(Source(".env", text), "python")
    root = document.root
    assert isinstance(root, Mapping)
    _same([(entry.key.text, plain(entry.value)) for entry in root.entries], theirs)
    return bool(theirs)


def same_properties(text: str) -> bool:
    """javaproperties; documents as Spring separates them are put together again."""
    try:
        theirs = [(_whole(one.key), _whole(one.value)) for one in javaproperties.parse(text) if isinstance(one, javaproperties.KeyValue)]
    except javaproperties.InvalidUEscapeError:
        theirs = None
    try:
        documents = properties_reader.read(Source("a.properties", text))
    except SourceError as error:
        _refused(error, theirs)
        return False
    if theirs is None:
        raise Differs("read, though an escape is not whole")
    ours = []
    for document in documents:
        assert isinstance(document.root, Mapping)
        ours += [(entry.key.text, plain(entry.value)) for entry in document.root.entries]
    _same(ours, theirs)
    return bool(theirs)


def same_python(text: str) -> bool:
    """ast: a refusal for what is no Python, and plain literals bound once at the top of a module have their values."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree: ast.Module | None = ast.parse(text)
        except (SyntaxError, ValueError):
            tree = None
        try:
            module = read_module(Source("settings.py", text), interesting=lambda name: True)
        except SourceError as error:
            _refused(error, tree)
            return False
        if tree is None:
            if newer.module(text) is None:
                raise Differs("read, though it is not Python")
            return False
    if not all(isinstance(one, (ast.Assign, ast.Import)) for one in tree.body):
        return False
    theirs: dict[str, Any] = {}
    for one in tree.body:
        if isinstance(one, ast.Assign):
            for target in one.targets:
                if not isinstance(target, ast.Name):
                    return False
                theirs[target.id] = one.value
    for name, value in theirs.items():
        try:
            literal = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
        if not isinstance(literal, (str, bool, int, type(None))):
            continue
        for world in module.worlds:
            node = world.root.get(name)
            if isinstance(node, Scalar) and node.state == "known" and node.text != str(literal):
                raise Differs(f"{name} is {node.text!r}, not {literal!r}")
    return bool(theirs)


ORACLES = {
    "yaml": same_yaml,
    "json": same_json,
    "toml": same_toml,
    "ini": same_ini,
    "dotenv": same_dotenv,
    "properties": same_properties,
    "python": same_python,
}
