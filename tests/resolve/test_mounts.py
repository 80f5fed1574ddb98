"""A document in a variable, and the file that a service reads after it, key by key (GitLab's gitlab.rb)."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtplint.endpoint import Endpoint
from smtplint.result import Result
from tests.resolve.project import lint

VARIABLE = ("smtp_enable = true", "smtp_address = 'smtp.example.org'", "smtp_port = 25", "smtp_tls = true")


def compose(volume: str, said: tuple[str, ...] = VARIABLE) -> str:
    lines = "".join(f"        gitlab_rails['{line.split(' = ')[0]}'] = {line.split(' = ')[1]}\n" for line in said)
    return (
        "services:\n  git:\n    image: gitlab/gitlab-ce:18.5.1-ce.0\n    environment:\n      GITLAB_OMNIBUS_CONFIG: |\n"
        f"        external_url 'https://git.example.org'\n{lines}    volumes:\n      - logs:/var/log/gitlab\n      - {volume}\n"
    )


def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> tuple[Endpoint, Result]:
    result = lint(tmp_path, monkeypatch, files)
    (endpoint,) = result.endpoints
    return endpoint, result


@pytest.mark.parametrize(
    "volume",
    [
        "./config:/etc/gitlab",
        "./config/:/etc/gitlab/:Z",
        "./config/gitlab.rb:/etc/gitlab/gitlab.rb:ro",
        "${ROOT:-./config}:/etc/gitlab",
        "{type: bind, source: ./config, target: /etc/gitlab}",
    ],
)
def test_the_file_wins_key_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, volume: str) -> None:
    files = {"compose.yaml": compose(volume), "config/gitlab.rb": "gitlab_rails['smtp_port'] = 465\n"}
    endpoint, result = one(tmp_path, monkeypatch, files)
    assert (endpoint.file, endpoint.host, endpoint.port, endpoint.mode) == ("compose.yaml", "smtp.example.org", 465, "implicit")
    assert endpoint.fields["port"].place is not None and endpoint.fields["port"].place.path == "config/gitlab.rb"
    assert result.findings == []


def test_the_endpoint_is_that_of_the_file_that_names_the_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "gitlab_rails['smtp_enable'] = true\ngitlab_rails['smtp_address'] = 'smtp.example.org'\ngitlab_rails['smtp_port'] = 465\n"
    endpoint, result = one(
        tmp_path, monkeypatch, {"compose.yaml": compose("./:/etc/gitlab", ("smtp_tls = true", "smtp_port = 25")), "gitlab.rb": said}
    )
    assert (endpoint.file, endpoint.line, endpoint.port, endpoint.mode, endpoint.version) == (
        "gitlab.rb",
        1,
        465,
        "implicit",
        "18.5.1-ce.0",
    )
    assert result.findings == []


@pytest.mark.parametrize("more", ["gitlab_rails.merge!(MORE)", "from_file '/etc/gitlab/more.rb'"])
def test_a_file_that_may_set_anything_hides_what_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str) -> None:
    files = {"compose.yaml": compose("./config:/etc/gitlab"), "config/gitlab.rb": f"gitlab_rails['smtp_port'] = 587\n{more}\n"}
    result = lint(tmp_path, monkeypatch, files)
    assert result.findings == []
    assert {endpoint.host for endpoint in result.endpoints} <= {None}


@pytest.mark.parametrize(
    "volume", ["config:/etc/gitlab", "/srv/gitlab:/etc/gitlab", "$HOME/config:/etc/gitlab", "./config:/var/opt/gitlab"]
)
def test_a_volume_that_is_no_folder_of_the_repository_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, volume: str) -> None:
    files = {"compose.yaml": compose(volume), "config/gitlab.rb": "gitlab_rails['smtp_port'] = 465\n"}
    endpoint, _ = one(tmp_path, monkeypatch, files)
    assert (endpoint.file, endpoint.port) == ("compose.yaml", 25)


def test_a_service_without_the_variable_leaves_the_file_to_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "gitlab_rails['smtp_enable'] = true\ngitlab_rails['smtp_address'] = 'smtp.example.org'\n"
    text = "services:\n  git:\n    image: gitlab/gitlab-ce:18.5.1-ce.0\n    volumes: ['.:/etc/gitlab']\n    # GITLAB_OMNIBUS_CONFIG\n"
    endpoint, _ = one(tmp_path, monkeypatch, {"compose.yaml": text, "gitlab.rb": said})
    assert (endpoint.file, endpoint.port) == ("gitlab.rb", 25)


def test_the_variable_may_stand_in_an_override_or_an_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = "services:\n  git:\n    image: gitlab/gitlab-ce:18.5.1-ce.0\n    env_file: [git.env]\n    volumes: ['./config:/etc/gitlab']\n"
    file = {"config/gitlab.rb": "gitlab_rails['smtp_port'] = 465\n"}
    override = compose("./data:/var/opt/gitlab").replace("    image: gitlab/gitlab-ce:18.5.1-ce.0\n", "")
    endpoint, _ = one(tmp_path / "a", monkeypatch, {**file, "compose.yaml": base, "compose.override.yaml": override, "git.env": "A=1\n"})
    assert (endpoint.file, endpoint.port) == ("compose.override.yaml", 465)
    said = "; ".join(f"gitlab_rails['{line.split(' = ')[0]}'] = {line.split(' = ')[1]}" for line in VARIABLE)
    endpoint, _ = one(tmp_path / "b", monkeypatch, {**file, "compose.yaml": base, "git.env": f'GITLAB_OMNIBUS_CONFIG="{said}"\n'})
    assert (endpoint.file, endpoint.port) == ("git.env", 465)
