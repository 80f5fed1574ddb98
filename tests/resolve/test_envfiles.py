"""Env files by the rules of the tool that reads them; each rule with its counter-case."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.resolve.project import all_scopes, placed, project, told, value

ENV = "SMTP_HOST=smtp.example.org\nSMTP_PORT=25\n"


def compose(body: str) -> str:
    return "services:\n  web:\n    image: acme/web:1\n" + "".join(f"    {line}\n" for line in body.splitlines())


# --- `.env` beside a compose file


def test_names_that_compose_interpolates_are_its_variables(tmp_path: Path) -> None:
    tree = project(
        tmp_path, {".env": ENV, "compose.yaml": compose("environment:\n  APP_MAIL_HOST: ${SMTP_HOST}\n  APP_MAIL_PORT: $SMTP_PORT")}
    )
    assert told(all_scopes(tree, ".env"), "APP_MAIL_HOST", "APP_MAIL_PORT") == [
        ("compose.yaml", "services.web", "", {"APP_MAIL_HOST": "smtp.example.org", "APP_MAIL_PORT": "25"})
    ]
    scope = tree.scopes("compose.yaml")[0]
    assert placed(scope, "APP_MAIL_PORT") == ".env:2"
    found = scope.variable("APP_MAIL_PORT")
    assert found is not None
    assert [(place.path, place.line) for place in found.via] == [("compose.yaml", 6)]
    assert tree.scopes(".env") == []


def test_a_dotenv_that_compose_does_not_mention_stands_alone(tmp_path: Path) -> None:
    tree = project(tmp_path, {".env": ENV, "compose.yaml": compose("environment:\n  LEVEL: $LOG_LEVEL")})
    assert told(tree.scopes(".env"), "SMTP_HOST") == [(".env", "", "", {"SMTP_HOST": "smtp.example.org"})]


def test_interpolation_outside_the_environment_takes_nothing_over(tmp_path: Path) -> None:
    tree = project(tmp_path, {".env": ENV, "compose.yaml": compose("ports: ['${SMTP_PORT}:25', '${SMTP_HOST}']\nenvironment: {A: b}")})
    assert len(tree.scopes(".env")) == 1


def test_a_password_alone_takes_nothing_over(tmp_path: Path) -> None:
    tree = project(tmp_path, {".env": ENV + "SMTP_PASSWORD=x\n", "compose.yaml": compose("environment:\n  PASSWORD: $SMTP_PASSWORD")})
    assert len(tree.scopes(".env")) == 1


def test_only_the_dotenv_of_the_same_folder_fills_references(tmp_path: Path) -> None:
    tree = project(tmp_path, {".env": ENV, "deploy/compose.yaml": compose("environment:\n  SMTP_HOST: $SMTP_HOST")})
    assert value(tree.scopes("deploy/compose.yaml")[0], "SMTP_HOST") == "?"
    assert len(tree.scopes(".env")) == 1


def test_a_variable_passed_through_without_a_value(tmp_path: Path) -> None:
    tree = project(
        tmp_path, {".env": "SMTP_HOST=smtp.example.org\n", "compose.yaml": compose("environment:\n  - SMTP_HOST\n  - SMTP_PORT")}
    )
    scope = tree.scopes("compose.yaml")[0]
    assert (value(scope, "SMTP_HOST"), value(scope, "SMTP_PORT")) == ("smtp.example.org", "?")
    assert (scope.source.path, placed(scope, "SMTP_HOST")) == ("compose.yaml", ".env:1")
    assert tree.scopes(".env") == []


def test_the_image_is_interpolated_too(tmp_path: Path) -> None:
    tree = project(
        tmp_path,
        {".env": "TAG=1.2\n", "compose.yaml": "services:\n  m:\n    image: acme/${NAME:-mail}:${TAG}\n    environment: {SMTP_HOST: a}\n"},
    )
    owner = tree.scopes("compose.yaml")[0].owner
    assert (owner.image, owner.image_tag) == ("acme/mail", "1.2")


def test_an_example_stands_in_for_a_missing_dotenv_with_what_it_fills_in(tmp_path: Path) -> None:
    tree = project(
        tmp_path,
        {
            ".env.example": "SMTP_HOST=smtp.example.org\nSMTP_USER=\n",
            "compose.yaml": compose("environment:\n  MAIL_HOST: $SMTP_HOST\n  MAIL_USER: $SMTP_USER"),
        },
    )
    assert told(all_scopes(tree, ".env.example"), "MAIL_HOST", "MAIL_USER") == [
        ("compose.yaml", "services.web", "", {"MAIL_HOST": "smtp.example.org", "MAIL_USER": "?"})
    ]


def test_an_example_is_no_stand_in_beside_the_real_file(tmp_path: Path) -> None:
    tree = project(
        tmp_path,
        {
            ".env.example": "SMTP_HOST=a.example\n",
            ".env": "SMTP_HOST=b.example\n",
            "compose.yaml": compose("environment:\n  MAIL_HOST: $SMTP_HOST"),
        },
    )
    assert value(tree.scopes("compose.yaml")[0], "MAIL_HOST") == "b.example"


# --- env_file


@pytest.mark.parametrize(
    "form", ["env_file: mail.env", "env_file: [mail.env]", "env_file:\n  - path: mail.env\n    required: false", "env_file: ./mail.env"]
)
def test_names_in_an_env_file_are_the_applications(tmp_path: Path, form: str) -> None:
    tree = project(tmp_path, {"mail.env": ENV, "compose.yaml": compose(form)})
    (scope,) = all_scopes(tree, "mail.env")
    assert (scope.source.path, scope.owner.image, scope.complete) == ("mail.env", "acme/web", True)
    assert value(scope, "SMTP_PORT") == "25"
    assert tree.roots("mail.env") == ["mail.env", "compose.yaml"]
    assert tree.scopes("mail.env") == []


def test_an_env_file_of_a_folder_above_and_below(tmp_path: Path) -> None:
    tree = project(
        tmp_path,
        {
            "app/mail.env": ENV,
            "up.env": ENV,
            "deploy/compose.yaml": compose("env_file: ../up.env"),
            "compose.yaml": compose("env_file: app/mail.env"),
        },
    )
    assert [one.source.path for one in all_scopes(tree, "up.env")] == ["up.env"]
    assert tree.roots("up.env") == ["up.env", "deploy/compose.yaml"]
    assert tree.roots("app/mail.env") == ["app/mail.env", "compose.yaml"]


def test_later_env_files_win_and_environment_wins_over_all(tmp_path: Path) -> None:
    tree = project(
        tmp_path,
        {
            "a.env": ENV,
            "b.env": "SMTP_PORT=587\nSMTP_TLS=1\n",
            "compose.yaml": compose("env_file: [a.env, b.env]\nenvironment:\n  SMTP_TLS: '0'"),
        },
    )
    (scope,) = tree.scopes("compose.yaml")
    assert [value(scope, key) for key in ("SMTP_HOST", "SMTP_PORT", "SMTP_TLS")] == ["smtp.example.org", "587", "0"]
    assert scope.source.path == "a.env"
    assert [placed(scope, key) for key in ("SMTP_HOST", "SMTP_PORT", "SMTP_TLS")] == ["a.env:1", "b.env:1", "compose.yaml:6"]
    assert [entry.key.text for entry in scope.root.entries].count("SMTP_PORT") == 1


def test_the_file_is_the_one_with_the_host(tmp_path: Path) -> None:
    tree = project(
        tmp_path,
        {"a.env": "SMTP_PORT=25\nSMTP_USER=u\nSMTP_PASSWORD=p\n", "compose.yaml": compose("env_file: a.env\nenvironment: {SMTP_HOST: h}")},
    )
    assert tree.scopes("compose.yaml")[0].source.path == "compose.yaml"


def test_a_missing_env_file_leaves_absence_unknown(tmp_path: Path) -> None:
    tree = project(tmp_path, {"compose.yaml": compose("env_file: [gone.env]\nenvironment: {SMTP_HOST: h}")})
    assert not tree.scopes("compose.yaml")[0].complete


def test_an_env_file_that_is_also_interpolated_gives_one_scope(tmp_path: Path) -> None:
    tree = project(tmp_path, {".env": ENV, "compose.yaml": compose("env_file: .env\nenvironment: {MAIL_FROM: 'a@$SMTP_HOST'}")})
    assert [(one.source.path, value(one, "MAIL_FROM")) for one in all_scopes(tree, ".env", "compose.yaml")] == [
        (".env", "a@smtp.example.org")
    ]


def test_two_services_with_one_env_file_are_two_scopes(tmp_path: Path) -> None:
    tree = project(
        tmp_path, {"m.env": ENV, "compose.yaml": "services:\n  a: {image: x/a, env_file: m.env}\n  b: {image: x/b, env_file: m.env}\n"}
    )
    assert [(one.source.path, one.path) for one in all_scopes(tree, "m.env")] == [("m.env", "services.a"), ("m.env", "services.b")]


def test_an_env_file_of_a_known_database_only_stays_its_own(tmp_path: Path) -> None:
    tree = project(tmp_path, {"m.env": ENV, "compose.yaml": "services:\n  db: {image: postgres:16, env_file: m.env}\n"})
    assert told(all_scopes(tree, "m.env"), "SMTP_PORT") == [("m.env", "", "", {"SMTP_PORT": "25"})]


def test_an_example_of_a_missing_env_file_has_the_services_owner(tmp_path: Path) -> None:
    tree = project(tmp_path, {"mail.env.example": ENV, "compose.yaml": compose("env_file: mail.env")})
    (scope,) = all_scopes(tree, "mail.env.example")
    assert (scope.source.path, scope.owner.image, scope.secret) == ("mail.env.example", "acme/web", False)


def test_a_systemd_unit_names_its_environment_file(tmp_path: Path) -> None:
    tree = project(tmp_path, {"app.env": ENV, "app.service": "[Service]\nEnvironmentFile=app.env\nEnvironment=SMTP_PORT=587\n"})
    (scope,) = all_scopes(tree, "app.env")
    assert (scope.source.path, value(scope, "SMTP_PORT"), value(scope, "SMTP_HOST")) == ("app.env", "25", "smtp.example.org")


# --- references inside


def test_a_dotenv_sees_what_was_assigned_before(tmp_path: Path) -> None:
    tree = project(tmp_path, {".env": "DOMAIN=example.org\nSMTP_HOST=smtp.${DOMAIN}\nSMTP_USER=$LATER\nLATER=x\nSMTP_PASS='$DOMAIN'\n"})
    (scope,) = tree.scopes(".env")
    assert [value(scope, key) for key in ("SMTP_HOST", "SMTP_USER", "SMTP_PASS")] == ["smtp.example.org", "?", "$DOMAIN"]


# --- cascades


@pytest.mark.parametrize(
    ("manifest", "port"),
    [
        ({"package.json": '{"dependencies": {"next": "15.1.0"}}'}, "4"),
        ({"package.json": '{"dependencies": {"vite": "6.0.0"}}'}, "4"),
        ({"composer.json": '{"require": {"symfony/dotenv": "^7.0"}}'}, "4"),
        ({"Gemfile": 'gem "dotenv-rails"\n'}, "4"),
    ],
)
def test_a_cascade_merges_in_the_order_of_its_loader(tmp_path: Path, manifest: dict[str, str], port: str) -> None:
    files = {
        ".env": "SMTP_HOST=h\nSMTP_PORT=1\nSMTP_USER=u\n",
        ".env.local": "SMTP_PORT=2\nSMTP_TLS=local\n",
        ".env.production": "SMTP_PORT=3\nSMTP_TLS=production\n",
        ".env.production.local": "SMTP_PORT=4\n",
    }
    tree = project(tmp_path, {**files, **manifest})
    found = told(all_scopes(tree, ".env"), "SMTP_HOST", "SMTP_PORT")
    assert found == [
        (".env", "", "", {"SMTP_HOST": "h", "SMTP_PORT": "2"}),
        (".env.production", "", "environment production", {"SMTP_HOST": "h", "SMTP_PORT": port}),
    ]
    overlay = all_scopes(tree, ".env.production")[-1]
    assert value(overlay, "SMTP_TLS") == ("local" if "Gemfile" in manifest or "next" in manifest.get("package.json", "") else "production")
    assert [one.source.path for one in all_scopes(tree, ".env.production.local")] == [".env", ".env.production"]


def test_laravel_replaces_and_merges_nothing(tmp_path: Path) -> None:
    tree = project(
        tmp_path,
        {
            ".env": "MAIL_HOST=h\nMAIL_PORT=1\n",
            ".env.staging": "MAIL_HOST=s\n",
            "composer.json": '{"require": {"laravel/framework": "^11.0"}}',
        },
    )
    assert told(tree.scopes(".env.staging"), "MAIL_HOST", "MAIL_PORT") == [(".env.staging", "", "", {"MAIL_HOST": "s", "MAIL_PORT": None})]


def test_without_a_known_loader_each_file_stands_alone(tmp_path: Path) -> None:
    tree = project(tmp_path, {".env": ENV, ".env.production": "SMTP_HOST=p\n"})
    assert told(tree.scopes(".env.production"), "SMTP_HOST", "SMTP_PORT") == [
        (".env.production", "", "", {"SMTP_HOST": "p", "SMTP_PORT": None})
    ]
    assert tree.scopes(".env.production")[0].complete


def test_a_layer_without_a_host_claims_nothing_on_absence(tmp_path: Path) -> None:
    tree = project(tmp_path, {".env": ENV, ".env.production": "SMTP_PORT=587\n"})
    assert not tree.scopes(".env.production")[0].complete


def test_an_example_is_no_layer(tmp_path: Path) -> None:
    tree = project(tmp_path, {".env": ENV, ".env.example": "SMTP_PORT=587\n", "package.json": '{"dependencies": {"next": "15"}}'})
    assert told(tree.scopes(".env"), "SMTP_PORT") == [(".env", "", "", {"SMTP_PORT": "25"})]
    assert told(tree.scopes(".env.example"), "SMTP_PORT", "SMTP_HOST") == [
        (".env.example", "", "", {"SMTP_PORT": "587", "SMTP_HOST": None})
    ]


def test_an_environment_that_adds_nothing_is_no_world(tmp_path: Path) -> None:
    tree = project(tmp_path, {".env": ENV, ".env.test": "DEBUG=1\n", "package.json": '{"dependencies": {"vite": "6"}}'})
    assert tree.scopes(".env.test") == []


# --- Kubernetes

POD = """apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  containers:
    - name: app
      image: acme/app:2
"""
MAP = """apiVersion: v1
kind: ConfigMap
metadata: {name: mail}
data:
  SMTP_HOST: smtp.example.org
  SMTP_PORT: "25"
"""
SECRET = """apiVersion: v1
kind: Secret
metadata: {name: mail}
stringData:
  SMTP_USER: me
  SMTP_PASSWORD: hunter2
"""


def test_env_from_stands_where_the_keys_are_named(tmp_path: Path) -> None:
    pod = POD + "      envFrom:\n        - configMapRef: {name: mail}\n      env:\n        - {name: SMTP_PORT, value: '587'}\n"
    tree = project(tmp_path, {"k/pod.yaml": pod, "k/map.yaml": MAP})
    (scope,) = all_scopes(tree, "k/map.yaml")
    assert (scope.source.path, scope.owner.image, scope.complete) == ("k/map.yaml", "acme/app", True)
    assert (value(scope, "SMTP_HOST"), value(scope, "SMTP_PORT")) == ("smtp.example.org", "587")


def test_env_from_in_one_file_with_a_secret(tmp_path: Path) -> None:
    pod = POD + "      envFrom:\n        - configMapRef: {name: mail}\n        - secretRef: {name: mail}\n"
    tree = project(tmp_path, {"all.yaml": MAP + "---\n" + SECRET + "---\n" + pod})
    (scope,) = tree.scopes("all.yaml")
    assert [value(scope, key) for key in ("SMTP_HOST", "SMTP_USER", "SMTP_PASSWORD")] == ["smtp.example.org", "me", "?"]


def test_env_from_with_a_prefix(tmp_path: Path) -> None:
    tree = project(tmp_path, {"all.yaml": MAP + "---\n" + POD + "      envFrom:\n        - {prefix: APP_, configMapRef: {name: mail}}\n"})
    assert value(tree.scopes("all.yaml")[0], "APP_SMTP_HOST") == "smtp.example.org"


def test_env_from_whose_target_lies_elsewhere(tmp_path: Path) -> None:
    tree = project(
        tmp_path,
        {"pod.yaml": POD + "      envFrom:\n        - secretRef: {name: gone}\n      env:\n        - {name: SMTP_HOST, value: h}\n"},
    )
    assert not tree.scopes("pod.yaml")[0].complete


def test_value_from_stands_in_the_manifest(tmp_path: Path) -> None:
    pod = POD + "      env:\n        - name: MAIL_HOST\n          valueFrom: {configMapKeyRef: {name: mail, key: SMTP_HOST}}\n"
    tree = project(tmp_path, {"pod.yaml": pod, "map.yaml": MAP})
    (scope,) = all_scopes(tree, "map.yaml")
    assert (scope.source.path, value(scope, "MAIL_HOST"), placed(scope, "MAIL_HOST")) == ("pod.yaml", "smtp.example.org", "map.yaml:5")


def test_a_config_map_that_nobody_here_reads_is_partly_visible(tmp_path: Path) -> None:
    tree = project(tmp_path, {"map.yaml": MAP})
    (scope,) = tree.scopes("map.yaml")
    assert (scope.source.path, scope.complete) == ("map.yaml", False)


def test_a_generator_of_kustomize_reads_an_env_file(tmp_path: Path) -> None:
    kustomization = "configMapGenerator:\n  - name: mail\n    envs: [mail.env]\n"
    tree = project(
        tmp_path,
        {"mail.env": ENV, "kustomization.yaml": kustomization, "pod.yaml": POD + "      envFrom:\n        - configMapRef: {name: mail}\n"},
    )
    found = all_scopes(tree, "mail.env")
    assert [(one.source.path, one.owner.image, value(one, "SMTP_PORT")) for one in found] == [("mail.env", "acme/app", "25")]
