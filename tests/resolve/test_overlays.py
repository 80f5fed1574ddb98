"""Files that lie over others: compose, Spring, Quarkus, .NET, Helm; each rule with its counter-case."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtplint.resolve import Project
from tests.resolve.project import all_scopes, lint, placed, project, told, value

BASE = """services:
  web:
    image: acme/web:1
    environment:
      SMTP_HOST: smtp.example.org
      SMTP_PORT: 25
"""

# --- compose


@pytest.mark.parametrize("names", [("compose.yaml", "compose.override.yaml"), ("docker-compose.yml", "docker-compose.override.yml")])
def test_the_override_file_always_merges(tmp_path: Path, names: tuple[str, str]) -> None:
    tree = project(tmp_path, {names[0]: BASE, names[1]: "services:\n  web:\n    environment:\n      - SMTP_PORT=587\n"})
    for named in names:
        assert told(all_scopes(tree, named), "SMTP_HOST", "SMTP_PORT") == [
            (names[0], "services.web", "", {"SMTP_HOST": "smtp.example.org", "SMTP_PORT": "587"})
        ]
    assert placed(tree.scopes(names[0])[0], "SMTP_PORT") == f"{names[1]}:4"


def test_the_override_of_another_folder_does_not(tmp_path: Path) -> None:
    tree = project(tmp_path, {"compose.yaml": BASE, "x/compose.override.yaml": "services:\n  web:\n    environment: {SMTP_PORT: 587}\n"})
    assert value(tree.scopes("compose.yaml")[0], "SMTP_PORT") == "25"


def test_a_named_overlay_is_a_world_of_its_own(tmp_path: Path) -> None:
    tree = project(
        tmp_path, {"compose.yaml": BASE, "compose.prod.yaml": "services:\n  web:\n    environment: {SMTP_PORT: 587, SMTP_USER: u}\n"}
    )
    assert told(all_scopes(tree, "compose.yaml"), "SMTP_HOST", "SMTP_PORT") == [
        ("compose.prod.yaml", "services.web", "with compose.prod.yaml", {"SMTP_HOST": "smtp.example.org", "SMTP_PORT": "587"}),
        ("compose.yaml", "services.web", "", {"SMTP_HOST": "smtp.example.org", "SMTP_PORT": "25"}),
    ]


def test_an_overlay_without_mail_adds_no_world(tmp_path: Path) -> None:
    tree = project(
        tmp_path, {"compose.yaml": BASE, "compose.prod.yaml": "services:\n  web:\n    restart: always\n    environment: {LEVEL: info}\n"}
    )
    assert tree.scopes("compose.prod.yaml") == []


def test_a_file_whose_services_run_by_themselves_is_no_overlay(tmp_path: Path) -> None:
    tree = project(tmp_path, {"compose.yaml": BASE, "compose.prod.yaml": BASE.replace("SMTP_PORT: 25", "SMTP_USER: u")})
    (scope,) = tree.scopes("compose.prod.yaml")
    assert (scope.branch, value(scope, "SMTP_PORT"), scope.complete) == ("", None, True)


def test_services_that_nothing_starts_leave_absence_unknown(tmp_path: Path) -> None:
    tree = project(tmp_path, {"compose.prod.yaml": "services:\n  web:\n    environment: {SMTP_HOST: h}\n"})
    assert not tree.scopes("compose.prod.yaml")[0].complete


def test_extends_in_the_same_file(tmp_path: Path) -> None:
    text = (
        "services:\n  mail:\n    environment: {SMTP_HOST: h, SMTP_PORT: 25}\n  web:\n    image: acme/web\n"
        "    extends: mail\n    environment: {SMTP_PORT: 587}\n"
    )
    tree = project(tmp_path, {"compose.yaml": text})
    assert told(tree.scopes("compose.yaml"), "SMTP_HOST", "SMTP_PORT") == [
        ("compose.yaml", "services.web", "", {"SMTP_HOST": "h", "SMTP_PORT": "587"})
    ]


def test_extends_from_another_file_with_its_env_file(tmp_path: Path) -> None:
    tree = project(
        tmp_path,
        {
            "common/base.yml": "services:\n  mail:\n    env_file: mail.env\n",
            "common/mail.env": "SMTP_HOST=h\n",
            "compose.yaml": "services:\n  web:\n    image: acme/web\n    extends: {file: common/base.yml, service: mail}\n",
        },
    )
    assert told(tree.scopes("compose.yaml"), "SMTP_HOST") == [("common/mail.env", "services.web", "", {"SMTP_HOST": "h"})]


def test_a_service_that_runs_and_is_extended_is_there_twice(tmp_path: Path) -> None:
    text = "services:\n  a:\n    image: acme/a\n    environment: {SMTP_HOST: h}\n  b:\n    extends: a\n"
    tree = project(tmp_path, {"compose.yaml": text})
    assert [one.path for one in tree.scopes("compose.yaml")] == ["services.a", "services.b"]


def test_extending_what_is_not_there(tmp_path: Path) -> None:
    tree = project(
        tmp_path, {"compose.yaml": "services:\n  web:\n    extends: {file: gone.yml, service: x}\n    environment: {SMTP_HOST: h}\n"}
    )
    assert not tree.scopes("compose.yaml")[0].complete


def test_services_that_extend_each_other_end(tmp_path: Path) -> None:
    text = "services:\n  a:\n    extends: b\n    environment: {SMTP_HOST: h}\n  b:\n    extends: a\n"
    assert len(project(tmp_path, {"compose.yaml": text}).scopes("compose.yaml")) == 2


# --- Spring

YML = "spring:\n  mail:\n    host: smtp.example.org\n    port: 25\n    properties.mail.smtp.auth: true\n"


def spring(tmp_path: Path, **files: str) -> list[tuple[str, str, str, str | None, str | None]]:
    tree = project(tmp_path, {name.replace("__", "-").replace("_", "."): text for name, text in files.items()})
    names = sorted(path.name for path in tmp_path.iterdir())
    return [
        (one.source.path, one.branch, "part" if not one.complete else "", leaf(one, "host"), leaf(one, "port"))
        for one in all_scopes(tree, *names)
    ]


def leaf(scope: object, key: str) -> str | None:
    from smtplint.catalog.paths import lookup
    from smtplint.scope import Scope
    from smtplint.tree import Scalar

    assert isinstance(scope, Scope)
    node = lookup(scope.root, f"spring.mail.{key}")
    return None if not isinstance(node, Scalar) else node.text if node.state == "known" else "?"


def test_a_profile_file_is_a_world_over_the_main_file(tmp_path: Path) -> None:
    assert spring(tmp_path, application_yml=YML, application__prod_yml="spring:\n  mail:\n    port: 587\n") == [
        ("application-prod.yml", "profile prod", "", "smtp.example.org", "587"),
        ("application.yml", "", "", "smtp.example.org", "25"),
    ]


def test_shapes_may_differ(tmp_path: Path) -> None:
    assert spring(tmp_path, application_yml=YML, application__prod_properties="spring.mail.port=587\n") == [
        ("application-prod.properties", "profile prod", "", "smtp.example.org", "587"),
        ("application.yml", "", "", "smtp.example.org", "25"),
    ]


def test_properties_win_over_yaml_beside_them(tmp_path: Path) -> None:
    found = spring(tmp_path, application_yml=YML, application_properties="spring.mail.port=587\n")
    assert found == [("application.yml", "", "", "smtp.example.org", "587")]


def test_a_profile_without_mail_is_no_world(tmp_path: Path) -> None:
    assert len(spring(tmp_path, application_yml=YML, application__dev_yml="server: {port: 1}\n")) == 1


def test_a_profile_that_only_switches_mail_off_is_left_out(tmp_path: Path) -> None:
    assert len(spring(tmp_path, application_yml=YML, application__dev_yml="management.health.mail.enabled: false\n")) == 1


def test_documents_for_a_profile_in_one_file(tmp_path: Path) -> None:
    text = (
        YML + "---\nspring:\n  config.activate.on-profile: prod\n  mail:\n    port: 587\n---\nspring:\n  profiles: old\n  mail: {host: h}\n"
    )
    assert spring(tmp_path, application_yml=text) == [
        ("application.yml", "", "", "smtp.example.org", "25"),
        ("application.yml", "profile prod", "", "smtp.example.org", "587"),
        ("application.yml", "profile old", "", "h", "25"),
    ]


def test_documents_without_a_profile_are_one(tmp_path: Path) -> None:
    assert spring(tmp_path, application_yml=YML + "---\nspring.mail.port: 465\n") == [
        ("application.yml", "", "", "smtp.example.org", "465")
    ]


def test_placeholders_look_into_the_same_settings(tmp_path: Path) -> None:
    text = "relay:\n  mail-host: smtp.example.org\nspring:\n  mail:\n    host: ${relay.mailHost}\n    port: ${MAIL_PORT:587}\n"
    assert spring(tmp_path, application_yml=text) == [("application.yml", "", "", "smtp.example.org", "587")]


def test_another_folder_is_another_application(tmp_path: Path) -> None:
    tree = project(tmp_path, {"main/application.yml": YML, "test/application-test.yml": "spring.mail.port: 3025\n"})
    assert [leaf(one, "host") for one in tree.scopes("test/application-test.yml")] == [None]


# --- Quarkus


def test_quarkus_runs_as_prod(tmp_path: Path) -> None:
    text = "quarkus.mailer.from=a@example.org\n%dev.quarkus.mailer.mock=true\n%prod.quarkus.mailer.host=h\n%prod.quarkus.mailer.port=25\n"
    tree = project(tmp_path, {"application.properties": text})
    (scope,) = tree.scopes("application.properties")
    assert [value(scope, f"quarkus.mailer.{key}") for key in ("from", "host", "port", "mock")] == ["a@example.org", "h", "25", None]
    key = scope.root.index["quarkus.mailer.host"].key
    assert key.raw == "quarkus.mailer.host"


def test_another_profile_of_quarkus_with_settings_of_its_own(tmp_path: Path) -> None:
    text = 'quarkus:\n  mailer: {host: h, port: 587}\n"%dev":\n  quarkus:\n    mailer: {port: 1025}\n'
    tree = project(tmp_path, {"application.yaml": text})
    found = [
        (one.branch, value(one, "quarkus", "mailer", "host"), value(one, "quarkus", "mailer", "port"))
        for one in tree.scopes("application.yaml")
    ]
    assert found == [("", "h", "587"), ("profile dev", "h", "1025")]


# --- .NET


def test_an_environment_lies_over_appsettings(tmp_path: Path) -> None:
    tree = project(
        tmp_path, {"appsettings.json": '{"Smtp": {"Host": "h", "Port": 25}}', "appsettings.Production.json": '{"smtp": {"port": 587}}'}
    )
    found = [
        (one.source.path, one.branch, value(one, "Smtp", "Host"), value(one, "Smtp", "Port") or value(one, "Smtp", "port"))
        for one in all_scopes(tree, "appsettings.json")
    ]
    assert found == [("appsettings.Production.json", "environment Production", "h", "587"), ("appsettings.json", "", "h", "25")]


def test_an_environment_without_mail_is_no_world(tmp_path: Path) -> None:
    tree = project(tmp_path, {"appsettings.json": '{"Smtp": {"Host": "h"}}', "appsettings.Development.json": '{"Logging": {}}'})
    assert tree.scopes("appsettings.Development.json") == []


# --- Helm


def test_values_lie_over_the_charts_own(tmp_path: Path) -> None:
    tree = project(
        tmp_path,
        {
            "c/Chart.yaml": "name: vault\nversion: 1.0.0\n",
            "c/values.yaml": "env: {SMTP_HOST: h, SMTP_PORT: '25'}\n",
            "c/values-prod.yaml": "env: {SMTP_PORT: '587'}\n",
            "c/values-dev.yaml": "replicas: 1\n",
        },
    )
    found = [
        (one.source.path, one.branch, one.owner.chart, value(one, "SMTP_HOST"), value(one, "SMTP_PORT"))
        for one in all_scopes(tree, "c/values.yaml")
        if one.kind == "environment"
    ]
    assert found == [("c/values-prod.yaml", "values values-prod.yaml", "vault", "h", "587"), ("c/values.yaml", "", "vault", "h", "25")]
    assert tree.scopes("c/values-dev.yaml") == []


def test_values_without_a_chart_stand_alone(tmp_path: Path) -> None:
    tree = project(tmp_path, {"values.yaml": "env: {SMTP_HOST: h}\n", "values-prod.yaml": "env: {SMTP_PORT: '587'}\n"})
    assert [value(one, "SMTP_HOST") for one in tree.scopes("values-prod.yaml") if one.kind == "environment"] == [None]


# --- one file alone


def test_a_workflow_reads_its_own_environment_only(tmp_path: Path) -> None:
    text = (
        "on: push\nenv: {MAIL: smtp.example.org}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: x\n        env:\n"
        "          SMTP_HOST: ${{ env.MAIL }}\n          SMTP_PORT: ${{ vars.PORT }}\n"
    )
    tree = project(tmp_path, {".github/workflows/a.yml": text})
    assert any(
        (value(one, "SMTP_HOST"), value(one, "SMTP_PORT")) == ("smtp.example.org", "?") for one in tree.scopes(".github/workflows/a.yml")
    )


def test_parse_errors_are_said_once(tmp_path: Path) -> None:
    tree = project(tmp_path, {"compose.yaml": "services: [\n"})
    assert tree.scopes("compose.yaml") == [] == tree.scopes("compose.yaml")
    assert [(note.id, note.file) for note in tree.notifications] == [("parse-error", "compose.yaml")]


def test_a_document_in_a_variable_is_that_of_the_file_that_wins(tmp_path: Path) -> None:
    """Override files replace it, overlays are worlds of their own, and a variable that stays keeps its document."""

    def compose(host: str, *more: str) -> str:
        lines = [f"gitlab_rails['smtp_address'] = '{host}'", *more]
        return "services:\n  git:\n    image: gitlab/gitlab-ce\n    environment:\n      GITLAB_OMNIBUS_CONFIG: |\n" + "".join(
            f"        {line}\n" for line in lines
        )

    def held(tree: Project, path: str = "compose.yaml") -> list[tuple[str, str, str | None]]:
        found = [one for one in tree.scopes(path) if one.syntax == "ruby"]
        return [(one.source.path, one.branch, value(one, "gitlab_rails", "smtp_address")) for one in found]

    files = {"compose.yaml": compose("a.example.org", "gitlab_rails['smtp_port'] = ${PORT}"), ".env": "PORT=25\n"}
    tree = project(tmp_path / "alone", files)
    assert held(tree) == [("compose.yaml", "", "a.example.org")]
    (scope,) = [one for one in tree.scopes("compose.yaml") if one.syntax == "ruby"]
    assert (value(scope, "gitlab_rails", "smtp_port"), scope.owner.image) == ("25", "gitlab/gitlab-ce")
    tree = project(tmp_path / "override", {**files, "compose.override.yaml": compose("b.example.org")})
    assert held(tree) == [("compose.override.yaml", "", "b.example.org")]
    assert held(tree, "compose.override.yaml") == []
    tree = project(tmp_path / "other", {**files, "compose.override.yaml": "services:\n  git:\n    environment: {TZ: UTC}\n"})
    assert held(tree) == [("compose.yaml", "", "a.example.org")]
    tree = project(tmp_path / "overlay", {**files, "compose.prod.yaml": compose("c.example.org")})
    assert held(tree) == [("compose.yaml", "", "a.example.org")]
    assert [(path, host) for path, _, host in held(tree, "compose.prod.yaml")] == [("compose.prod.yaml", "c.example.org")]
    extends = "services:\n  forge:\n    extends: {file: base.yaml, service: git}\n"
    tree = project(
        tmp_path / "extends", {"compose.yaml": extends, "base.yaml": compose("d.example.org"), "other.yaml": compose("e.example.org")}
    )
    assert held(tree) == [("base.yaml", "", "d.example.org")]
    tree = project(
        tmp_path / "image", {"compose.yaml": extends + "    image: gitlab/gitlab-ee:17.1\n", "base.yaml": compose("d.example.org")}
    )
    owners = [one.owner for one in tree.scopes("compose.yaml")]
    assert [(one.image, one.image_tag) for one in owners] == [("gitlab/gitlab-ee", "17.1")] * 2
    reads = "services:\n  git:\n    image: gitlab/gitlab-ce\n    env_file: git.env\n"
    tree = project(
        tmp_path / "env", {"compose.yaml": reads, "git.env": "GITLAB_OMNIBUS_CONFIG=\"gitlab_rails['smtp_address'] = 'f.example.org'\"\n"}
    )
    assert held(tree) == [("git.env", "", "f.example.org")]
    assert "compose.yaml" in tree.roots("git.env")


def test_arguments_of_a_logging_handler_that_are_no_python_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "[loggers]\nkeys=root\n[handlers]\nkeys=mail\n[handler_mail]\nclass=handlers.SMTPHandler\nargs=(('smtp.example.org', 25), 'a'\n"
    result = lint(tmp_path, monkeypatch, {"logging.ini": text})
    assert [(note.id, note.file, note.line, note.column) for note in result.notifications] == [("parse-error", "logging.ini", 7, 6)]
