"""The same answer from anywhere: neither the order of arguments, nor how they are cut into chunks, nor which of the files that make an
endpoint was named changes what is said about it."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest import MonkeyPatch

from smtplint import linter, listing
from smtplint.config import Options
from smtplint.report.json import _finding
from smtplint.result import Result
from tests.examples import RULES, files_of, load, shipped
from tests.folders import plant
from tests.resolve.trees import KINDS


@contextmanager
def tree(files: dict[str, str]) -> Iterator[None]:
    """A folder with these files as the working directory, and the shipped rules loaded only once."""
    with tempfile.TemporaryDirectory() as folder, MonkeyPatch.context() as patch:
        plant(Path(folder), files)
        patch.chdir(folder)
        patch.setattr(linter, "load_catalog", lambda _: shipped())
        yield


def said(result: Result) -> list[str]:
    """Everything that any output is made of, endpoint by endpoint and finding by finding."""
    told = [json.dumps(_finding(one, one.fingerprint, show_suppressed=False)) for one in result.findings]
    return [*(json.dumps(one.to_json()) for one in result.endpoints), *told]


def about(result: Result, path: str) -> set[str]:
    """What is said about endpoints to which a file contributes."""
    found = {json.dumps(one.to_json()) for one in result.endpoints if path in one.files}
    for finding in result.findings:
        if any(path in one.files for one in finding.endpoints):
            found.add(json.dumps(_finding(finding, finding.fingerprint, show_suppressed=False)))
    return found


def check(files: dict[str, str], chunks: list[list[str]]) -> int:
    """Holds a tree to it; the number of things that were said about it."""
    with tree(files):
        whole = linter.run(["."], Options())
        everything = said(whole)
        for names in (sorted(files), sorted(files, reverse=True)):
            assert said(linter.run(names, Options())) == everything, names
        for path in sorted(files):
            alone = set(said(linter.run([path], Options())))
            assert alone <= set(everything), (path, files, sorted(alone - set(everything)))
            assert about(whole, path) <= alone, (path, files, sorted(about(whole, path) - alone))
        together: set[str] = set()
        for chunk in chunks:
            together.update(said(linter.run(chunk, Options())))
        assert together == set(everything) or not chunks, (chunks, files)
    return len(everything)


SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


def cut(data: st.DataObject, files: dict[str, str]) -> list[list[str]]:
    names = data.draw(st.permutations(sorted(files)))
    at = data.draw(st.integers(0, len(names)))
    return [list(part) for part in (names[:at], names[at:]) if part]


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=12, deadline=None, suppress_health_check=SLOW, phases=(Phase.generate, Phase.shrink))
@given(data=st.data())
def test_a_file_alone_and_the_whole_tree_say_the_same(kind: str, data: st.DataObject) -> None:
    files = data.draw(KINDS[kind]())
    check(files, cut(data, files))


@pytest.mark.full
@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=400, deadline=None, suppress_health_check=SLOW)
@given(data=st.data())
def test_many_trees_say_the_same_from_anywhere(kind: str, data: st.DataObject) -> None:
    files = data.draw(KINDS[kind]())
    check(files, cut(data, files))


EXAMPLES = [
    pytest.param({name: data.decode() for name, data in files_of(example).items()}, id=f"{path.stem}: {example.get('name', number)}")
    for path in sorted(RULES.glob("*/*.yaml"))
    for number, example in enumerate(load(path).get("examples") or [])
    if isinstance(example, dict) and len(files_of(example)) > 1 and all(isinstance(text, bytes) for text in files_of(example).values())
    if path.parent.name in ("profiles", "carriers")
]


@pytest.mark.parametrize("files", EXAMPLES[::8])
def test_some_examples_say_the_same_from_anywhere(files: dict[str, str]) -> None:
    check(files, [[name] for name in sorted(files)])


@pytest.mark.full
@pytest.mark.parametrize("files", EXAMPLES)
def test_every_example_says_the_same_from_anywhere(files: dict[str, str]) -> None:
    check(files, [[name] for name in sorted(files)])


@pytest.mark.parametrize(
    ("manifest", "text"),
    [
        ("requirements.txt", "django==3.2\n"),
        ("poetry.lock", '[[package]]\nname = "django"\nversion = "3.2.0"\n'),
        ("pyproject.toml", '[project]\ndependencies = ["django==3.2"]\n'),
    ],
)
def test_a_manifest_alone_says_nothing(manifest: str, text: str) -> None:
    """Its versions count wherever settings are looked at, but nobody who raises a version asks for all that is said about the settings: nearly
    none of it rests on the version, and looking for them would cost every commit of a manifest a search of the whole tree."""
    files = {"shop/settings.py": 'EMAIL_HOST = "smtp.example.org"\nEMAIL_PORT = 587\nEMAIL_USE_TLS = True\n'}
    with tree({**files, manifest: text}):
        assert [one.rule for one in linter.run(["shop/settings.py"], Options()).findings if one.rule == "SMTP303"] == ["SMTP303"]
        alone = linter.run([manifest], Options())
        assert (alone.endpoints, alone.findings) == ([], [])
    with tree(files):
        assert [one.rule for one in linter.run(["shop/settings.py"], Options()).findings if one.rule == "SMTP303"] == []


def test_an_ini_file_of_decouple_says_the_same_from_anywhere() -> None:
    """Also where the names in it are not about mail."""
    module = "from decouple import config\nEMAIL_HOST = config('RELAY_NAME')\nEMAIL_PORT = config('RELAY_GATE', cast=int)\n"
    files = {"settings.ini": "[settings]\nRELAY_NAME = smtp.example.org\nRELAY_GATE = 25\n", "shop/settings.py": module}
    assert check(files, [["settings.ini"], ["shop/settings.py"]])
    with tree(files):
        (finding,) = [one for one in linter.run(["settings.ini"], Options()).findings if one.rule == "SMTP101"]
        assert (finding.place.path, finding.place.line) == ("settings.ini", 3)


COMPOSE = "services:\n  app:\n    image: vaultwarden/server\n    env_file: ../conf/app.env\n    environment: {SMTP_HOST: smtp.example.org, SMTP_FROM: a@example.org}\n"


@pytest.mark.parametrize("many", [0, 5000])
def test_in_a_repository_of_git_a_reader_in_another_folder_is_found(many: int, monkeypatch: MonkeyPatch) -> None:
    """Also that of a file without a word about mail, and in a large repository as soon as git knows the reader."""
    monkeypatch.setattr(listing, "MANY_FILES", many)
    module = "from conf.values import *\nEMAIL_HOST = NAME\nEMAIL_PORT = 25\nEMAIL_USE_TLS = True\n"
    files = {"conf/app.env": "SMTP_SECURITY=off\n", "deploy/compose.yaml": COMPOSE, "conf/values.py": 'NAME = "mx.example.org"\n'}
    with tree({**files, "conf/__init__.py": "", "shop/settings.py": module}):
        subprocess.run(["git", "init", "-q"], check=True)
        assert bool(linter.run(["conf/app.env"], Options()).findings) is bool(many)
        assert bool(linter.run(["conf/values.py"], Options()).findings) is bool(many)
        subprocess.run(["git", "add", "deploy", "shop"], check=True)
        assert linter.run(["conf/app.env"], Options()).findings
        assert linter.run(["conf/values.py"], Options()).findings


def test_a_document_in_a_variable_says_the_same_from_anywhere() -> None:
    def compose(host: str) -> str:
        return (
            "services:\n  git:\n    image: gitlab/gitlab-ce:18.1.0-ce.0\n    environment:\n      GITLAB_OMNIBUS_CONFIG: |\n"
            f"        gitlab_rails['smtp_enable'] = true\n        gitlab_rails['smtp_address'] = '{host}'\n        gitlab_rails['smtp_port'] = ${{PORT}}\n"
        )

    files = {"compose.yaml": compose("a.example.org"), "compose.override.yaml": compose("b.example.org"), ".env": "PORT=25\n"}
    assert check(files, [["compose.yaml"], ["compose.override.yaml", ".env"]])
    with tree(files):
        assert [one.host for one in linter.run(["."], Options()).endpoints] == ["b.example.org"]
        assert [(one.rule, one.place.path) for one in linter.run([".env"], Options()).findings if one.rule == "SMTP101"] == [
            ("SMTP101", ".env")
        ]


def test_a_file_over_a_variable_says_the_same_from_anywhere() -> None:
    text = (
        "services:\n  git:\n    image: gitlab/gitlab-ce:18.1.0-ce.0\n    volumes: ['./config:/etc/gitlab']\n    environment:\n"
        "      GITLAB_OMNIBUS_CONFIG: |\n        gitlab_rails['smtp_enable'] = true\n        gitlab_rails['smtp_address'] = 'a.example.org'\n"
    )
    for more in ("", "gitlab_rails['smtp_address'] = 'b.example.org'\n"):
        files = {"compose.yaml": text, "config/gitlab.rb": f"gitlab_rails['smtp_port'] = 25\n{more}"}
        assert check(files, [["compose.yaml"], ["config/gitlab.rb"]])


def test_a_module_that_hands_on_what_it_takes_in_need_not_speak() -> None:
    files = {
        "shop/constants.py": "HOST = 'smtp.example.org'\n",
        "shop/settings/base.py": "import os\nfrom ..constants import *\n",
        "shop/settings/dev.py": "from .base import *\nEMAIL_HOST = HOST\nEMAIL_PORT = 25\nEMAIL_USE_TLS = True\n",
        "shop/__init__.py": "",
        "shop/settings/__init__.py": "",
    }
    assert check(files, [[name] for name in sorted(files)]) > 1
