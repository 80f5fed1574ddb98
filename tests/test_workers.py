"""`--jobs N`: the same to the byte, whatever becomes of the processes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smtplint import cli, linter, workers
from smtplint.config import Options
from smtplint.resolve import Project
from tests.examples import RULES, files_of, load
from tests.folders import plant

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Examples of many profiles, each in a folder of its own, with a file that cannot be read, ignores, and one used by two folders."""
    files = {
        "bad.yaml": "smtp: [\n",
        "noted.env": "SMTP_HOST=smtp.example.org\nSMTP_PORT=25  # smtplint: ignore[SMTP101]\n# smtplint: ignore[SMTP999]\n",
        "shared.env": "SMTP_SECURITY=off\n",
        "y/compose.yaml": "services:\n  a: {image: vaultwarden/server, env_file: ../shared.env, environment: {SMTP_HOST: a.example.org}}\n",
        "z/compose.yaml": "services:\n  b: {image: vaultwarden/server, env_file: ../shared.env, environment: {SMTP_HOST: b.example.org}}\n",
    }
    for path in sorted((RULES / "profiles").glob("*.yaml"))[::4]:
        for number, example in enumerate(load(path)["examples"][:3]):
            files.update({f"{path.stem}/{number}/{name}": text.decode() for name, text in files_of(example).items()})
    plant(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(workers, "FEW", 2)
    return tmp_path


def written(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.main([*words, "--isolated"])
    return code, *capsys.readouterr()


@pytest.mark.parametrize(
    "words",
    [
        ("check", "."),
        ("check", ".", "--format", "json", "--show-suppressed", "--report-unused-ignores"),
        ("check", ".", "--format", "sarif"),
        ("check", ".", "--diff", "--unsafe-fixes"),
        ("endpoints", ".", "--format", "json"),
    ],
    ids=" ".join,
)
def test_the_same_to_the_byte(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    alone = written(capsys, *words)
    assert len(alone[1]) > 5000
    for jobs in ("2", "5"):
        assert written(capsys, *words, "--jobs", jobs) == alone


def test_the_work_is_shared() -> None:
    """The endpoints of the second half were found by somebody else."""
    result = linter.run(["."], Options(jobs=2))
    assert result.run is not None and len(result.endpoints) > 50
    assert 0 < len(result.run[0]._scopes) < len(result.endpoints) * 2 / 3


@pytest.mark.parametrize("fault", ["killed", "raises", "no process", "no pickle"])
def test_a_process_that_fails_is_done_without(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = [one.to_json() for one in linter.run(["."], Options()).endpoints]
    parent = os.getpid()
    real = Project.scopes

    def scopes(self: Project, path: str) -> object:
        if os.getpid() != parent:
            if fault == "killed":
                os.kill(os.getpid(), 9)
            raise RuntimeError
        return real(self, path)

    def refuse(*_: object) -> int:
        raise OSError(11, "no more processes")

    if fault == "no process":
        monkeypatch.setattr(os, "fork", refuse)
    elif fault == "no pickle":
        monkeypatch.setattr(workers._Pickler, "dump", refuse)
    else:
        monkeypatch.setattr(Project, "scopes", scopes)
    assert [one.to_json() for one in linter.run(["."], Options(jobs=3)).endpoints] == alone
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_too_many_endpoints_are_cut_at_the_same_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linter, "MAX_ENDPOINTS", 20)
    alone, shared = (linter.run(["."], Options(jobs=jobs)) for jobs in (1, 3))
    assert [one.to_json() for one in alone.endpoints] == [one.to_json() for one in shared.endpoints]
    assert [str(note.message) for note in alone.notifications] == [str(note.message) for note in shared.notifications]
