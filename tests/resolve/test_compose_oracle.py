"""What a compose service receives is what the engine's own loader makes of the same files, or it is unresolved; never anything else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from smtplint.tree import Scalar
from tests.resolve.project import project

HERE = Path(__file__).parent / "compose"
NAMES = ("SMTP_HOST", "SMTP_PORT", "USER", "EMPTY", "UNSET")
FORMS = (
    "${%s}",
    "$%s",
    "${%s:-fallback}",
    "${%s-fallback}",
    "${%s:-}",
    "${%s-}",
    "${%s:+alternative}",
    "${%s+alternative}",
    "$${%s}",
    "$$%s",
    "smtp.${%s}.org",
    "${%s:-${SMTP_HOST:-nested}}",
    "${%s:-${UNSET:-$SMTP_PORT}}",
    "${%s-a${USER}b}",
    "plain %s",
    "a$$b${%s}",
)
# Only where it is set: compose stops otherwise.
MUST = ("${%s:?needed}", "${%s?needed}")
ENV = (
    "SMTP_HOST=smtp.example.org",
    "SMTP_HOST='single $USER'",
    'SMTP_HOST="double ${USER}"',
    "SMTP_HOST=before # comment",
    "SMTP_HOST=a#b",
    'SMTP_HOST="with \\"quotes\\""',
    "SMTP_HOST=${USER}.example.org",
    "SMTP_HOST=${UNSET:-default.example.org}",
    "export SMTP_HOST=exported",
    "SMTP_HOST = blanks",
    "SMTP_HOST: colon",
    "SMTP_HOST=$$literal",
    "SMTP_HOST=\\$escaped",
    "SMTP_PORT=25",
    'SMTP_PORT="587"',
    "USER=me",
    "USER=",
    "EMPTY=",
    "EMPTY=''",
)


@st.composite
def environments(draw: DrawFn) -> list[str]:
    """The lines of a service's `environment`."""
    lines: list[str] = []
    for key in draw(st.lists(st.sampled_from(("SMTP_A", "MAIL_B", "LEVEL", "SMTP_HOST", "SMTP_PORT")), max_size=4, unique=True)):
        name = draw(st.sampled_from(NAMES))
        form = draw(st.sampled_from((*FORMS, *(MUST if name in ("SMTP_HOST", "SMTP_PORT") else ()))))
        lines.append(f"{key}: {json.dumps(form % name if '%s' in form else form)}")
    return lines


@st.composite
def projects(draw: DrawFn) -> tuple[dict[str, str], list[str]]:
    """A compose project, and the files that are named to run it (none: what compose finds by itself)."""
    files: dict[str, str] = {}
    for name in (".env", "one.env", "two.env", "part/.env", "part/own.env"):
        if draw(st.booleans()):
            files[name] = "".join(f"{line}\n" for line in draw(st.lists(st.sampled_from(ENV), max_size=5)))
    files.setdefault(".env", "SMTP_HOST=h\nSMTP_PORT=1\n")

    def service(folder: str, image: bool) -> dict[str, Any]:
        made: dict[str, Any] = {"image": "acme/${SMTP_HOST:-web}:1"} if image else {}
        env = draw(environments())
        if env:
            made["environment"] = dict(line.split(": ", 1) for line in env)
        named = [name for name in files if name.endswith(".env") and name.startswith(folder) and "/" not in name[len(folder) :]]
        chosen = draw(st.lists(st.sampled_from(named), max_size=2, unique=True)) if named else []
        if chosen:
            made["env_file"] = [name[len(folder) :] for name in chosen]
        return made

    def written(services: dict[str, dict[str, Any]], head: str = "") -> str:
        lines = [*([head] if head else []), "services:"]
        for name, made in services.items():
            lines.append(f"  {name}:")
            for key, value in made.items():
                if key == "environment":
                    lines += ["    environment:", *(f"      {one}: {text}" for one, text in value.items())]
                else:
                    lines.append(f"    {key}: {json.dumps(value)}")
        return "\n".join(lines) + "\n"

    services = {"web": service("", True), "job": service("", True)}
    if draw(st.booleans()):
        files["common.yaml"] = written({"base": service("", False)})
        services["heir"] = {**service("", True), "extends": {"file": "common.yaml", "service": "base"}}
    head = ""
    if draw(st.booleans()):
        files["part/compose.yaml"] = written({"part": service("part/", True)})
        own = "part/own.env" in files and draw(st.booleans())
        head = f"include: [{{path: part/compose.yaml{', env_file: part/own.env' if own else ''}}}]"
    files["compose.yaml"] = written(services, head)
    run: list[str] = []
    if draw(st.booleans()):
        over = draw(st.sampled_from(("compose.override.yaml", "compose.prod.yaml")))
        files[over] = written({"web": service("", False)})
        run = ["compose.yaml", over] if over == "compose.prod.yaml" else []
    return files, run


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that loads compose projects, built from the engine's library."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not installed: compose's own loader cannot be built")
    made = tmp_path_factory.mktemp("compose") / "loader"
    built = subprocess.run(
        [go, "build", "-o", str(made), "."],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GOFLAGS": "-mod=readonly"},
    )
    if built.returncode:
        pytest.skip(f"compose's own loader cannot be built: {built.stderr.strip().splitlines()[-1:]}")
    return made


def asked(loader: Path, cases: list[tuple[Path, list[str]]]) -> list[dict[str, Any]]:
    """What each project's services receive."""
    lines = "".join(json.dumps({"folder": str(folder), "files": [str(folder / name) for name in run]}) + "\n" for folder, run in cases)
    run = subprocess.run(
        [loader], input=lines, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


def resolved(folder: Path, run: list[str]) -> dict[str, dict[str, str | None]]:
    """What smtplint makes of each service: name → variable → text, None when unresolved."""
    tree = project(folder)
    found: dict[str, dict[str, str | None]] = {}
    for path in ("part/compose.yaml", "compose.yaml", *run[1:]):
        if not (folder / path).exists():
            continue
        if path in run[1:]:
            # An overlay that says nothing about mail is no world.
            found.pop("web", None)
        for scope in tree.scopes(path):
            if scope.kind == "environment":
                name = scope.path.rpartition(".")[2]
                found[name] = {
                    entry.key.text: entry.value.text if entry.value.state == "known" else None
                    for entry in scope.root.entries
                    if isinstance(entry.value, Scalar)
                }
                if not scope.complete:
                    found[name][""] = None
    return found


def differences(files: dict[str, str], ours: dict[str, dict[str, str | None]], theirs: dict[str, Any]) -> list[str]:
    """Where the two say different things."""
    out = []
    for service, variables in ours.items():
        actual = theirs["services"].get(service)
        if actual is None:
            continue
        real = actual["environment"] or {}
        for name, text in variables.items():
            if name and text is not None and text != real.get(name):
                out.append(f"{service}.{name}: {text!r}, but {real.get(name)!r}")
        if "" not in variables:
            out += [f"{service}.{name} is missing: {text!r}" for name, text in real.items() if name not in variables]
    return out


@pytest.mark.full
def test_a_compose_project_resolves_as_the_engine_loads_it(loader: Path) -> None:
    cases: list[tuple[dict[str, str], list[str]]] = []

    @settings(
        max_examples=400,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
    )
    @given(projects())
    def collect(case: tuple[dict[str, str], list[str]]) -> None:
        cases.append(case)

    collect()
    with tempfile.TemporaryDirectory() as root:
        folders = []
        for number, (files, run) in enumerate(cases):
            folder = Path(root, f"case{number}")
            folder.mkdir()
            project(folder, files)
            folders.append((folder, run))
        answers = asked(loader, folders)
        assert len(answers) == len(cases)
        compared = known = total = 0
        wrong = []
        for (files, run), (folder, _), answer in zip(cases, folders, answers, strict=True):
            if "error" in answer:
                continue
            ours = resolved(folder, run)
            compared += 1
            total += sum(len(variables) for variables in ours.values())
            known += sum(text is not None for variables in ours.values() for text in variables.values())
            said = differences(files, ours, answer)
            if said:
                wrong.append((sum(map(len, files.values())), said, files, run))
        wrong.sort(key=lambda one: one[0])
        assert not wrong, (len(wrong), wrong[0])
        assert compared > 200
        assert known / total > 0.6
