"""The SARIF of a large run: the files of hundreds of profile examples in one tree, held against both validators and what neither checks."""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest

from smtplint.source import Source, decode
from tests.examples import RULES, files_of, load
from tests.folders import plant
from tests.report.test_sarif import locations, units
from tests.report.test_sarif_tools import REPOSITORY, modules, schema_errors, validate

from .conftest import git, smtplint

__all__ = ["modules"]
pytestmark = pytest.mark.full
EXAMPLES = 400
MASK = "[REDACTED]"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder per example, in a repository."""
    root = tmp_path_factory.mktemp("corpus")
    found = []
    for path in sorted((RULES / "profiles").glob("*.yaml")):
        for number, example in enumerate(load(path).get("examples") or ()):
            found.append((f"{path.stem}-{number}", files_of(example)))
    random.Random(7).shuffle(found)
    for name, files in found[:EXAMPLES]:
        plant(root / name, files)
    for number in range(3):
        (root / f"broken-{number}.yaml").write_text("smtp: {host: 'smtp.example.org\n", "utf-8")
    git(root, "init", "-q")
    git(root, "add", "-A", "-f")
    return root


def check(folder: Path, *words: str) -> str:
    clean = {name: "" for name in os.environ if name.startswith(("GITHUB_", "CI_", "BUILD_", "SYSTEM_", "TF_BUILD"))}
    done = smtplint(folder, "check", "--format", "sarif", "--fail-on", "never", *words, **{**clean, **REPOSITORY})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def text(tree: Path) -> str:
    return check(tree, "--select", "ALL")


@pytest.fixture(scope="module")
def results(text: str) -> list[Any]:
    found: list[Any] = json.loads(text)["runs"][0]["results"]
    assert len(found) > 300
    return found


def sources(tree: Path, results: list[Any]) -> dict[str, Source]:
    uris = {place["physicalLocation"]["artifactLocation"]["uri"] for result in results for place in locations(result)}
    return {uri: decode(uri, (tree / uri).read_bytes()) for uri in uris}


def test_both_validators_are_content(modules: Path, tree: Path, tmp_path: Path, text: str) -> None:
    assert schema_errors(modules, text) == []
    # A run may have more than a thousand results; the multitool's rule for arrays is older than what GitHub takes today.
    said = [item for item in validate(modules, tmp_path, text) if not item[0].startswith("GH1004")]
    assert said == []


def test_every_region_reads_back_from_the_file(tree: Path, results: list[Any]) -> None:
    files = sources(tree, results)
    for result in results:
        for place in locations(result):
            physical = place["physicalLocation"]
            source = files[physical["artifactLocation"]["uri"]]
            for name in ("region", "contextRegion"):
                if name in physical:
                    region = physical[name]
                    pattern = re.escape(region["snippet"]["text"]).replace(re.escape(MASK), "[^\n]+")
                    assert re.fullmatch(pattern, units(source, region)) or region["snippet"]["text"] == " ", (result["ruleId"], region)


def test_the_region_stands_in_its_context_at_its_columns(results: list[Any]) -> None:
    """As the web component finds it: by column, in the text of the context."""
    for result in results:
        for place in locations(result):
            inner, outer = place["physicalLocation"]["region"], place["physicalLocation"].get("contextRegion")
            if outer is None or MASK in inner["snippet"]["text"]:
                continue
            lines = outer["snippet"]["text"].replace("\r\n", "\n").replace("\r", "\n").split("\n")
            row = inner["startLine"] - outer["startLine"]
            shift = outer["startColumn"] if row == 0 else 1
            line = lines[row].encode("utf-16-le")
            begin, end = ((inner[name] - shift) * 2 for name in ("startColumn", "endColumn"))
            assert line[begin:end].decode("utf-16-le") == inner["snippet"]["text"], (result["ruleId"], place)


def test_links_resolve_and_related_places_are_linked(results: list[Any]) -> None:
    for result in results:
        ids = {place["id"] for place in result.get("relatedLocations", ())}
        for name in ("text", "markdown"):
            assert {int(found) for found in re.findall(r"(?<!\\)\]\((\d+)\)", result["message"][name])} == ids


def test_results_and_fingerprints_are_unique(results: list[Any]) -> None:
    keys = [result["partialFingerprints"]["smtplintKey/v1"] for result in results]
    assert len(set(keys)) == len(keys)
    whole = [
        json.dumps({key: value for key, value in result.items() if key != "partialFingerprints"}, sort_keys=True) for result in results
    ]
    assert len(set(whole)) == len(whole)


def test_one_location_a_level_and_no_states(results: list[Any]) -> None:
    for result in results:
        assert len(result["locations"]) == 1
        assert result["kind"] == "fail"
        assert result["level"] in ("error", "warning", "note")
        assert not {"suppressions", "baselineState"} & result.keys()
        for place in locations(result):
            assert {"startLine", "startColumn", "endLine", "endColumn"} <= place["physicalLocation"]["region"].keys()


def test_fixes_stay_within_their_file(tree: Path, results: list[Any]) -> None:
    for result in results:
        for fix in result.get("fixes", ()):
            for change in fix["artifactChanges"]:
                uri = change["artifactLocation"]["uri"]
                source = decode(uri, (tree / uri).read_bytes())
                for replacement in change["replacements"]:
                    units(source, replacement["deletedRegion"])


def test_no_absolute_path_anywhere(tree: Path, text: str) -> None:
    assert str(tree) not in text
    assert "file:/" not in text


def test_the_order_of_arguments_changes_no_byte(tree: Path, text: str) -> None:
    names = sorted(path.name for path in tree.iterdir() if path.name != ".git")
    random.Random(8).shuffle(names)
    assert check(tree, "--select", "ALL", *names) == text


def test_the_working_directory_changes_no_byte(tree: Path, text: str) -> None:
    below = sorted(path for path in tree.iterdir() if path.is_dir() and path.name != ".git")[0]
    assert check(below, "--select", "ALL", "..") == text


def test_broken_files_are_notifications(text: str) -> None:
    (invocation,) = json.loads(text)["runs"][0]["invocations"]
    told = [note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for note in invocation["toolExecutionNotifications"]]
    assert {f"broken-{number}.yaml" for number in range(3)} <= set(told)
