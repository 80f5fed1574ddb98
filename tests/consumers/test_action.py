"""The composite action: what its manifest promises, and its two shell steps run as a runner would."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import ROOT

pytestmark = pytest.mark.skipif(not (ROOT / "action.yml").is_file(), reason="not a checkout")


def action() -> Any:
    return yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))


def test_every_step_is_shell_and_no_expression_stands_in_a_script() -> None:
    steps = action()["runs"]["steps"]
    assert all(step["shell"] == "bash" and "uses" not in step for step in steps)
    # An input written into a script would be a command; as a variable it is only text.
    assert not any("${{" in step["run"] for step in steps)


def test_every_input_and_output_is_used_and_described() -> None:
    data = action()
    text = json.dumps(data["runs"])
    assert sorted(set(re.findall(r"inputs\.([a-z-]+)", text))) == sorted(data["inputs"])
    assert all(one["description"] for one in (*data["inputs"].values(), *data["outputs"].values()))
    outputs = set(re.findall(r"steps\.run\.outputs\.([a-z-]+)", json.dumps(data["outputs"])))
    assert outputs == data["outputs"].keys()


def values(step: Any, given: dict[str, str], checkout: Path) -> dict[str, str]:
    """The environment of a step, its expressions filled in."""
    found = {}
    for name, text in step["env"].items():
        (expression,) = re.fullmatch(r"\$\{\{ (.*) \}\}", text).groups()  # type: ignore[union-attr]
        found[name] = str(checkout) if expression == "github.action_path" else given[expression.removeprefix("inputs.")]
    return found


@pytest.fixture(scope="module")
def installed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """RUNNER_TEMP after the first step."""
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")
    temp = tmp_path_factory.mktemp("runner")
    step = action()["runs"]["steps"][0]
    environment = {**os.environ, **values(step, {}, checkout), "RUNNER_TEMP": str(temp)}
    environment["PATH"] = os.pathsep.join((os.path.dirname(sys.executable), environment["PATH"]))
    done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", step["run"]], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the step failed, is the registry reachable? {done.stderr[-300:]}")
    return temp


def lint(installed: Path, folder: Path, **given: str) -> tuple[subprocess.CompletedProcess[str], str]:
    data = action()
    step = data["runs"]["steps"][1]
    inputs = {name: str(one["default"]) for name, one in data["inputs"].items()} | {
        key.replace("_", "-"): text for key, text in given.items()
    }
    output = folder / "output"
    output.touch()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "PYTHON"))}
    environment |= {**values(step, inputs, ROOT), "RUNNER_TEMP": str(installed), "GITHUB_OUTPUT": str(output)}
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done, output.read_text("utf-8")


@pytest.mark.full
def test_findings_become_annotations_a_sarif_file_and_a_failed_step(installed: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SMTP_HOST=smtp.example.org\nSMTP_PORT=25\n", "utf-8")
    done, output = lint(installed, tmp_path)
    assert done.returncode == 1, done.stderr
    assert "::error file=.env,line=2," in done.stdout
    assert output == "sarif-file=smtplint.sarif\nexit-code=1\n"
    (run,) = json.loads((tmp_path / "smtplint.sarif").read_text("utf-8"))["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["SMTP101"]


@pytest.mark.full
def test_the_threshold_decides_and_paths_are_words_not_commands(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("SMTP_HOST=smtp.example.org\nSMTP_PORT=25\n", "utf-8")
    (tmp_path / "b.env").write_text("SMTP_HOST=smtp.example.org\nSMTP_PORT=25\n", "utf-8")
    done, output = lint(installed, tmp_path, paths="a.env\nb.env", fail_on="never", sarif_file="out/x.sarif\nexit-code=0")
    assert (done.returncode, output.count("\n")) in ((0, 2), (2, 2)), done.stderr
    done, output = lint(installed, tmp_path, paths="a.env $(touch${IFS}owned) ;touch owned", fail_on="never")
    assert done.returncode == 2
    assert not (tmp_path / "owned").exists()
    assert "exit-code=2" in output


@pytest.mark.full
def test_a_clean_tree_passes_and_leaves_a_file_to_upload(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("nothing\n", "utf-8")
    done, output = lint(installed, tmp_path)
    assert (done.returncode, output) == (0, "sarif-file=smtplint.sarif\nexit-code=0\n"), done.stderr
    assert json.loads((tmp_path / "smtplint.sarif").read_text("utf-8"))["runs"][0]["results"] == []
