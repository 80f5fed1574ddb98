"""Reports held against real consumers from the npm registry: SARIF's multitool and schema, GitHub's line hashes, reviewdog's format."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from smtplint.report import renderer
from smtplint.report.sarif.places import LineHashes

from .factory import context, many_case, yaml_case
from .test_sarif import AZURE

pytestmark = pytest.mark.full

PACKAGES = [
    "@microsoft/sarif-multitool@5.7.0",
    "@microsoft/jest-sarif@1.0.0-beta.0",
    "@microsoft/sarif@5.7.0",
    "@umbrelladocs/rdformat-validator",
]
# Off by default even for the kind Ghas.
OPT_IN = [
    "GH1001.ProvideRequiredLocationProperties",
    "GH1002.InlineThreadFlowLocations",
    "GH1003.ProvideRequiredRegionProperties",
    "GH1004.ReviewArraysThatExceedConfigurableDefaults",
    "GH1005.LocationsMustBeRelativeUrisOrFilePaths",
    "GH1006.ProvideCheckoutPath",
    "GH1007.ProvideFullyFormattedMessageStrings",
]
REPOSITORY = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b", "GITHUB_SHA": "c0ffee"}


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the npm packages."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text('{"private": true}', "utf-8")
    made = subprocess.run([npm, "install", "--no-audit", "--no-fund", *PACKAGES], cwd=folder, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"npm install failed, is the registry reachable? {made.stderr[-300:]}")
    binary = folder / "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
    if not binary.exists():
        pytest.skip("the multitool has no binary for this system")
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    return folder / "node_modules"


def validate(modules: Path, folder: Path, text: str, kinds: str = "Sarif;Ghas") -> list[tuple[str, str, str]]:
    """Rule, level and message of everything the multitool has to say, but for SARIF2006 (addresses that answer over the network)."""
    log, report, config = folder / "log.sarif", folder / "report.sarif", folder / "config.xml"
    log.write_text(text, "utf-8")
    rules = "".join(
        f'<Properties Key="{rule}.Options"><Property Key="RuleEnabled" Value="Error" Type="Driver.RuleEnabledState" /></Properties>'
        for rule in OPT_IN
    )
    config.write_text(f'<?xml version="1.0" encoding="utf-8"?><Properties>{rules}</Properties>', "utf-8")
    command = [str(modules / "@microsoft/sarif-multitool-linux/Sarif.Multitool"), "validate", str(log), "--rule-kind", kinds]
    command += ["--level", "Error;Warning;Note", "--config", str(config), "-o", str(report), "--log", "ForceOverwrite"]
    # Its exit status is 0 whatever it finds, so only the report counts.
    environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    subprocess.run(command, env=environment, capture_output=True, check=True, timeout=120)
    run = json.loads(report.read_text("utf-8-sig"))["runs"][0]
    found = [(result["ruleId"], result.get("level", "warning"), json.dumps(result["message"])) for result in run.get("results", [])]
    return [item for item in found if not item[0].startswith("SARIF2006")]


def schema_errors(modules: Path, text: str) -> list[str]:
    (path,) = (modules / "@microsoft/jest-sarif/lib/schemas").glob("sarif-2.1.0*.json")
    schema = json.loads(path.read_text("utf-8-sig"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    return [error.message for error in validator.iter_errors(json.loads(text))]


def sarif(case: Any, **more: Any) -> str:
    return renderer("sarif")(case, context(**more))


@pytest.mark.parametrize("case", [yaml_case, many_case])
def test_neither_validator_has_anything_to_say(modules: Path, tmp_path: Path, case: Any) -> None:
    text = sarif(case(), environment=REPOSITORY)
    assert schema_errors(modules, text) == []
    assert validate(modules, tmp_path, text) == []


def test_without_a_known_repository_only_its_absence_is_noted(modules: Path, tmp_path: Path) -> None:
    assert [rule for rule, _, _ in validate(modules, tmp_path, sarif(yaml_case()))] == ["SARIF2003"]


def test_suppressed_and_absent_results_are_valid_too(modules: Path, tmp_path: Path) -> None:
    text = sarif(many_case(), environment=REPOSITORY, show_suppressed=True, baseline_used=True)
    assert schema_errors(modules, text) == []
    # Of a result that is gone nobody has the text any more.
    assert {rule for rule, _, _ in validate(modules, tmp_path, text)} <= {"SARIF2010", "SARIF2011"}


def test_azure_devops_is_content_within_its_pipelines(modules: Path, tmp_path: Path) -> None:
    text = sarif(yaml_case(), environment={**REPOSITORY, **AZURE})
    assert validate(modules, tmp_path, text, "Sarif;Ghas;GHAzDO") == []


def test_the_validators_are_not_asleep(modules: Path, tmp_path: Path) -> None:
    log = json.loads(sarif(yaml_case(), environment=REPOSITORY))
    log["runs"][0]["columnKind"] = "bytes"
    assert schema_errors(modules, json.dumps(log)) != []
    log = json.loads(sarif(yaml_case(), environment=REPOSITORY))
    location = log["runs"][0]["results"][0]["relatedLocations"][0]["physicalLocation"]
    location["artifactLocation"] = {"uri": "file:///abs/x.yaml"}
    rules = {rule.split("/")[0] for rule, _, _ in validate(modules, tmp_path, json.dumps(log))}
    assert rules & {"GH1005", "GH1006"}


def test_line_hashes_agree_with_the_npm_package(modules: Path, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    chance = random.Random(5)
    parts = ["a", "b=1", " ", "\t", "\r", "\n", "\r\n", "\N{ROCKET}", "\u00e9", "x" * 70, "\ufeff", "y\n" * 3]
    texts = ["".join(chance.choices(parts, k=chance.randrange(60))) for _ in range(60)]
    (tmp_path / "texts.json").write_text(json.dumps(texts), "ascii")
    script = tmp_path / "hash.mjs"
    target = json.dumps((modules / "@microsoft/sarif/dist/rollingHash.js").as_uri())
    script.write_text(
        f"import * as made from {target};\nimport {{readFileSync}} from 'node:fs';\n"
        "const texts = JSON.parse(readFileSync(process.argv[2], 'ascii'));\n"
        "const show = (found) => found instanceof Map ? [...found.entries()] : Object.entries(found);\n"
        "console.log(JSON.stringify(texts.map((text) => show(made.computeRollingHashes(text)))));\n",
        "utf-8",
    )
    done = subprocess.run([node, script, tmp_path / "texts.json"], capture_output=True, text=True, check=True)
    for text, entries in zip(texts, json.loads(done.stdout), strict=True):
        made = LineHashes(text)
        assert {int(line): made.of(int(line)) for line, _ in entries} == {int(line): value for line, value in entries}


def test_reviewdogs_format_is_valid_to_the_letter(modules: Path, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    tool = modules / "@umbrelladocs/rdformat-validator/bin/rdformat-validator.js"
    path = tmp_path / "report.json"

    def accepted(text: str) -> bool:
        path.write_text(text, "utf-8")
        return not subprocess.run([node, tool, "--strict", "--no-extra-fields", path], capture_output=True, check=False).returncode

    for case in (yaml_case(), many_case()):
        text = renderer("rdjson")(case, context())
        assert accepted(text)
        assert not accepted(text.replace('"ERROR"', '"BAD"'))
