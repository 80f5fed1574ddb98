"""Env files as the loaders themselves read them: each in its own syntax, with its own references, in its own cascade. What smtplint
resolves is what the loader gives the program, or it is unresolved; never anything else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from smtplint.resolve.envfiles import assigned, unknown
from smtplint.tree import Scalar
from tests.resolve.project import project

HERE = Path(__file__).parent / "loaders"
NAMES = ("SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_NAME")
VALUES = (
    "smtp.example.org",
    "587",
    "",
    "'single'",
    '"double"',
    "'it is ${DOMAIN}'",
    '"it is ${DOMAIN}"',
    "mail.${DOMAIN}",
    "$DOMAIN",
    "${UNSET:-default}",
    "${DOMAIN:-default}",
    "value # comment",
    "value#no",
    "'a # b' # c",
    "two words",
    '"with \\"escapes\\""',
    '"line\\nbreak"',
    "'back\\slash'",
    "back\\slash",
    "\\$DOMAIN",
    '"\\$DOMAIN"',
    "`ticks`",
    "a=b",
    " leading",
    "trailing ",
    "é",
)
MANIFESTS = {
    "next": ("package.json", '{"dependencies": {"next": "15.1.0"}}'),
    "vite": ("package.json", '{"dependencies": {"vite": "6.0.0"}}'),
    "symfony": ("composer.json", '{"require": {"symfony/dotenv": "^7.0"}}'),
    "laravel": ("composer.json", '{"require": {"laravel/framework": "^11.0"}}'),
    "rails": ("Gemfile", 'gem "dotenv-rails"\n'),
}
FILES = (".env", ".env.local", ".env.production", ".env.production.local")

lines = st.one_of(
    st.builds(lambda name, value: f"{name}={value}", st.sampled_from(NAMES), st.sampled_from(VALUES)),
    st.just("DOMAIN=example.org"),
    st.sampled_from(("export SMTP_HOST=exported", "# SMTP_HOST=no", "SMTP_HOST = blanks", "SMTP_HOST: colon", "")),
)
texts = st.lists(lines, max_size=5).map(lambda found: "".join(f"{line}\n" for line in found))
cascades = st.dictionaries(st.sampled_from(FILES), texts, max_size=4).map(lambda files: {".env": "SMTP_USER=me\n", **files})


def generated(strategy: st.SearchStrategy[dict[str, str]], count: int) -> list[dict[str, str]]:
    """Examples without a test around them: a loader answers many at once."""
    found: list[dict[str, str]] = []

    @settings(max_examples=count, deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(files: dict[str, str]) -> None:
        found.append(files)

    collect()
    return found


def loader(tool: str) -> list[str]:
    """The command that answers for a tool; skips where it is not installed."""
    if tool in ("dotenv", "expand", "next", "vite"):
        node = shutil.which("node")
        if node is None or not (HERE / "node_modules" / "dotenv").is_dir():
            pytest.skip("node or the packages of tests/resolve/loaders are not installed (npm install --prefix tests/resolve/loaders)")
        return [node, str(HERE / "node.mjs")]
    if tool in ("symfony", "laravel"):
        php = shutil.which("php")
        place = {"symfony": "Symfony/Component/Dotenv", "laravel": "Dotenv"}[tool]
        if php is None or not Path("/usr/share/php", place, "autoload.php").is_file():
            pytest.skip("php with php-symfony-dotenv and php-vlucas-phpdotenv is not installed")
        return [php, str(HERE / "php.php")]
    ruby = shutil.which("ruby")
    if ruby is None or subprocess.run([ruby, "-e", "require 'dotenv'"], capture_output=True, check=False).returncode:
        pytest.skip("ruby with ruby-dotenv is not installed")
    return [ruby, str(HERE / "ruby.rb")]


def asked(tool: str, questions: list[tuple[Path, str]]) -> list[dict[str, str]]:
    """What the loader says about each folder and environment."""
    text = "".join(json.dumps({"tool": tool, "folder": str(folder), "mode": mode}) + "\n" for folder, mode in questions)
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    run = subprocess.run(loader(tool), input=text, capture_output=True, text=True, check=True, env=env, cwd=HERE)
    answers: list[dict[str, str]] = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(questions), run.stderr[-500:]
    return answers


def wrong(ours: dict[str, str | None], theirs: dict[str, str]) -> list[str]:
    """Names about which the two say different things."""
    return [
        f"{name}: {text!r}, but {theirs.get(name)!r}"
        for name, text in ours.items()
        if text is not None and name in NAMES and text != theirs.get(name)
    ]


def verdict(cases: list[tuple[dict[str, str], list[str]]]) -> None:
    cases = sorted((case for case in cases if case[1]), key=lambda case: sum(map(len, case[0].values())))
    assert not cases, (len(cases), cases[0])


@pytest.mark.full
@pytest.mark.parametrize("tool", ["dotenv", "expand", "symfony", "laravel", "rails"])
def test_one_file_is_read_as_its_loader_reads_it(tool: str) -> None:
    dialect = {"dotenv": "node", "expand": "node", "symfony": "symfony", "laravel": "php", "rails": "ruby"}[tool]
    loader(tool)
    cases: list[tuple[dict[str, str], list[str]]] = []
    known = total = 0
    with tempfile.TemporaryDirectory() as root:
        every = [{".env": text} for text in (files[".env"] for files in generated(st.fixed_dictionaries({".env": texts}), 400))]
        folders = [Path(root, str(number)) for number in range(len(every))]
        for folder, files in zip(folders, every, strict=True):
            folder.mkdir()
            project(folder, files)
        for folder, files, answer in zip(folders, every, asked(tool, [(folder, "") for folder in folders]), strict=True):
            if "error" in answer:
                continue
            read = assigned(project(folder), ".env", dialect, unknown)
            # dotenv alone expands nothing: a file with references is another's business.
            if tool == "dotenv" and "$" in files[".env"]:
                continue
            ours = {name: value.text if value.state == "known" else None for name, value in read.items()}
            total += len(ours)
            known += sum(text is not None for text in ours.values())
            cases.append((files, wrong(ours, answer)))
    verdict(cases)
    assert known / total > 0.6


@pytest.mark.full
@pytest.mark.parametrize("tool", sorted(MANIFESTS))
def test_a_cascade_gives_what_its_loader_gives(tool: str) -> None:
    loader(tool)
    cases: list[tuple[dict[str, str], list[str]]] = []
    with tempfile.TemporaryDirectory() as root:
        every = generated(cascades, 300)
        folders = [Path(root, str(number)) for number in range(len(every))]
        for folder, files in zip(folders, every, strict=True):
            folder.mkdir()
            project(folder, {**files, **dict([MANIFESTS[tool]])})
        for mode in ("", "production"):
            if not mode and tool in ("next", "vite"):
                continue  # they always run in some mode
            for folder, files, answer in zip(folders, every, asked(tool, [(folder, mode) for folder in folders]), strict=True):
                if "error" in answer:
                    continue
                tree = project(folder)
                for path in FILES:
                    for scope in tree.scopes(path):
                        if (
                            (scope.branch == f"environment {mode}")
                            if mode and tool != "laravel"
                            else path == (f".env.{mode}" if mode else ".env")
                        ):
                            ours = {
                                entry.key.text: entry.value.text if entry.value.state == "known" else None
                                for entry in scope.root.entries
                                if isinstance(entry.value, Scalar)
                            }
                            cases.append((files, wrong(ours, answer)))
    assert len(cases) > 60
    verdict(cases)
