"""Carriers: the same settings come out of every container, at their true places; what only looks like settings does not."""

from __future__ import annotations

import base64
import json
import os
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from smtplint import readers
from smtplint.carriers import MAX_SCOPES, Carriers, image_parts, is_example, is_secret, prepare, scopes, syntax_for
from smtplint.catalog import locate
from smtplint.catalog.compile import read_yaml, rule_files
from smtplint.scope import Scope
from smtplint.source import Source, SourceError
from smtplint.tree import Mapping, Node, Scalar
from smtplint.tree import scalars as leaves
from tests.containers import containers, written

SETTINGS = {"SMTP_HOST": "smtp.example.org", "SMTP_PORT": "587", "SMTP_USER": "po\u017eta", "SMTP_STARTTLS": "true"}
CARRIERS: Carriers = prepare(read_yaml(path)[0] for path in rule_files(locate(), "carriers"))


def found(path: str, text: str, problems: list[SourceError] | None = None) -> list[Scope]:
    source = Source(path, text)
    syntax = readers.syntax_of(path) or syntax_for(path, CARRIERS)
    assert syntax, path
    return scopes(source, syntax, readers.read(source, syntax), CARRIERS, problems)


def one(path: str, text: str, kind: str = "environment", where: str = "") -> Scope:
    """The only scope of a kind (below a path) that holds anything of SETTINGS' like."""
    fitting = [scope for scope in found(path, text) if scope.kind == kind and scope.path.startswith(where)]
    assert len(fitting) == 1, found(path, text)
    return fitting[0]


def variables(scope: Scope) -> dict[str, str | None]:
    """Name → text, None for what is unresolved."""
    return {
        name: (entry.value.text if entry.value.state == "known" else None)
        for name, entry in scope.root.index.items()
        if isinstance(entry.value, Scalar)
    }


CONTAINERS = containers(SETTINGS)
VALUES = "image:\n  repository: acme/app\n  tag: 1.2.3\n"


@pytest.mark.parametrize("name", CONTAINERS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_same_settings_out_of_every_container(name: str, newline: str) -> None:
    path, text, image = CONTAINERS[name]
    scope = one(path, text.replace("\n", newline))
    assert {key: value for key, value in variables(scope).items() if key in SETTINGS} == SETTINGS
    assert scope.owner.image == image
    for key, expected in SETTINGS.items():
        entry = scope.root.index[key]
        assert isinstance(entry.value, Scalar)
        # Keys and values stand where they are written, in the outermost file.
        assert entry.key.source is entry.value.source is scope.source
        assert entry.key.raw.strip("'\"") == key
        assert entry.value.raw.strip("'\"") == expected


def test_base64_values_have_the_place_of_the_whole() -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: mail, namespace: web}\ndata:\n"
    text += "".join(f"  {key}: {base64.b64encode(value.encode()).decode()}\n" for key, value in SETTINGS.items())
    text += f"  app.properties: {base64.b64encode(b'spring.mail.host=smtp.example.org').decode()}\n  broken: '%%'\n"
    scope = one("s.yaml", text)
    assert variables(scope) == {**SETTINGS, "broken": None}
    assert scope.secret
    assert scope.provides == ("Secret", "mail", "web")
    host = scope.variable("SMTP_HOST")
    assert host is not None
    assert (host.style, host.raw) == ("whole", base64.b64encode(b"smtp.example.org").decode())
    inner = one("s.yaml", text, "document")
    assert (inner.syntax, inner.names[0], inner.secret) == ("properties", "app.properties", True)
    assert [(leaf.text, leaf.style, leaf.place.line) for leaf in leaves(inner.root)] == [("smtp.example.org", "whole", 9)]


INNER = {
    "yaml": ("config.yaml", "smtp:\n  host: smtp.example.org\n  port: 25\n"),
    "ini": ("app.ini", "[smtp]\nhost = smtp.example.org\nport = 25\n"),
    "toml": ("app.toml", '[smtp]\nhost = "smtp.example.org"\nport = 25\n'),
    "json": ("app.json", '{\n  "smtp": {"host": "smtp.example.org", "port": 25}\n}\n'),
    "properties": ("app.properties", "smtp.host=smtp.example.org\nsmtp.port=25\n"),
    "python": ("app.py", 'import os\nSMTP_HOST = "smtp.example.org"\nSMTP_PORT = 25\n'),
}


@pytest.mark.parametrize("syntax", INNER)
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("holder", ["config-map", "helm", "compose", "nested"])
def test_documents_inside_documents(syntax: str, told: bool, holder: str) -> None:
    """By the name of the key or by their looks, with the places of the outer file."""
    name, text = INNER[syntax]
    key = name if told else "main"
    body = "".join("    " + line + "\n" for line in text.splitlines())
    outer = {
        "config-map": ("cm.yaml", f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  {key}: |\n{body}"),
        "helm": ("values.yaml", f"files:\n  {key}: |-\n{body}"),
        "compose": ("compose.yaml", f"services: {{a: {{image: x}}}}\nconfigs:\n  {key}:\n   content: |\n{body}"),
        "nested": (
            "app.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n source:\n  helm:\n   values: |\n"
            + f"     files:\n      {key}: |\n"
            + "".join("     " + line + "\n" for line in body.splitlines()),
        ),
    }[holder]
    (scope,) = (one for one in found(*outer) if one.syntax == syntax and key in one.names[0])
    values = {leaf.text.strip(): leaf for leaf in leaves(scope.root)}
    assert {"smtp.example.org", "25"} <= set(values)
    for value in ("smtp.example.org", "25"):
        assert values[value].raw.strip("'\"") == value
        assert values[value].source is scope.source
        line = scope.source.text.splitlines()[values[value].place.line - 1]
        assert line[values[value].place.column - 1 :].lstrip("\"'").startswith(value)


TREES = {
    "application.yml": ("yaml", {"spring": {"mail": {"host": "smtp.example.org", "port": 25}}}, "spring"),
    "grafana.ini": ("ini", {"smtp": {"enabled": True, "host": "smtp.example.org:25"}}, "grafana"),
    "application.properties": ("properties", {"spring.mail.host": "smtp.example.org"}, "spring"),
    "config.json": ("json", {"smtp": {"host": "smtp.example.org"}}, "kubernetes"),
}


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("holder", ["values.yaml", "group_vars/all.yml", "custom.yaml", "other.json", "hr.yaml"])
def test_a_tree_under_the_name_of_a_file_is_that_file(name: str, holder: str) -> None:
    """What a chart or a playbook writes into a file of that name."""
    syntax, tree, interpolation = TREES[name]
    outer: dict[str, object] = {"files": {name: tree}, "more": {"a": "b"}}
    if holder == "custom.yaml":
        outer = {"apiVersion": "acme.example.org/v1", "kind": "App", "spec": outer}
    if holder == "hr.yaml":
        outer = {"kind": "HelmRelease", "spec": {"chart": {"spec": {"chart": "acme"}}, "values": outer}}
    text = written(outer) if holder.endswith("json") else yaml.safe_dump(outer, sort_keys=False)
    (scope,) = (scope for scope in found(holder, text) if name in scope.names)
    assert (scope.kind, scope.syntax, scope.reads_as) == (
        "document", "json" if holder.endswith("json") else "yaml", "" if syntax == readers.syntax_of(holder) else syntax
    )  # fmt: skip
    assert scope.path.endswith(f"files.{name}")
    if interpolation != "kubernetes":
        assert scope.interpolation == interpolation
    host = next(leaf for leaf in leaves(scope.root) if leaf.text.startswith("smtp.example.org"))
    assert text[host.start : host.end].strip('"') == host.text
    # It is read once: what surrounds it has lost it.
    assert all("smtp.example.org" not in leaf.text for other in found(holder, text) if other is not scope and name not in other.names
               for leaf in leaves(other.root))  # fmt: skip


def test_not_every_key_with_a_dot_is_a_file() -> None:
    text = "spring.mail: {host: a}\nenv: {env: {a: b}}\nen.json: []\nx.txt: {host: b}\nmain.py: {host: c}\nempty.ini: {}\n"
    assert [scope.names for scope in found("some.yaml", text)] == [("some.yaml",)]


def test_not_every_text_is_a_document() -> None:
    for text in (
        "#!/bin/sh\nSMTP_HOST=smtp.example.org\nexec app\n", "server {\n  listen 465;\n}\n", "Dear all,\nsee you soon.\n",
        "-----BEGIN CERTIFICATE-----\nabc\n",
        "curl -X POST\necho done\n", "<xml>\n<smtp/>\n</xml>\n",
    ):  # fmt: skip
        data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"main": text}}
        assert found("cm.json", json.dumps(data)) == []


def test_an_inner_document_that_breaks_its_promise_is_a_problem() -> None:
    problems: list[SourceError] = []
    text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  app.json: |\n    {"a": secret-word\n'
    assert found("cm.yaml", text, problems) == []
    (problem,) = problems
    assert "secret-word" not in problem.reason
    assert problem.offset is not None
    assert Source("cm.yaml", text).position(problem.offset)[0] in (6, 7)


def test_depth_is_bounded() -> None:
    text = "host: smtp.example.org\nport: 25\n"
    for _ in range(6):
        text = "values.yaml: |\n" + "".join("  " + line + "\n" for line in text.splitlines())
    deepest = max(scope.path.count("values.yaml") for scope in found("values.yaml", text))
    assert deepest == 3


# --- what belongs to a scope besides its variables


def test_compose_tells_env_files_siblings_and_what_is_passed_through() -> None:
    text = """
services:
  web:
    image: registry.example.org:5000/acme/app:1.2@sha256:abc
    env_file:
      - base.env
      - {path: mail.env, required: false}
    environment:
      - TZ
      - SMTP_HOST=a=b
      - EMPTY=
  worker: {image: acme/app, environment: {TZ: null, EMPTY: ''}}
  mail: {image: axllent/mailpit:latest}
"""
    web, worker = found("compose.yaml", text)
    assert (web.path, web.owner.name, web.owner.image, web.owner.image_tag) == ("services.web", "web", "acme/app", "1.2")
    assert [name.text for name in web.env_files] == ["base.env", "mail.env"]
    assert variables(web) == {"TZ": None, "SMTP_HOST": "a=b", "EMPTY": ""}
    assert variables(worker) == {"TZ": None, "EMPTY": ""}
    assert web.owner.siblings["mail"] == "axllent/mailpit"
    assert (web.interpolation, web.container, web.loader) == ("compose", "compose", "yaml12")
    assert web.anchor is not None
    assert web.anchor.line == 3


def test_services_may_share_one_environment_by_an_alias() -> None:
    text = "x-mail: &mail {SMTP_HOST: h}\nservices:\n  a: {image: acme/a, environment: *mail}\n  b: {image: acme/b, environment: *mail}\n"
    assert [(scope.owner.name, variables(scope)) for scope in found("compose.yaml", text)] == [
        ("a", {"SMTP_HOST": "h"}),
        ("b", {"SMTP_HOST": "h"}),
    ]


def test_images_of_another_kind_give_nothing() -> None:
    for image in ("postgres:16", "docker.io/library/redis", "nginx", "ghcr.io/cloudnative-pg/postgresql:15", "traefik:v3"):
        assert found("compose.yaml", f"services: {{a: {{image: '{image}', environment: {{SMTP_HOST: x}}}}}}") == []
    assert len(found("compose.yaml", "services: {a: {image: boky/postfix, environment: {RELAYHOST: x}}}")) == 1


def test_kubernetes_names_what_is_kept_elsewhere() -> None:
    text = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: web}
spec:
  template:
    spec:
      containers:
      - name: app
        image: acme/app
        envFrom:
        - configMapRef: {name: mail}
          prefix: APP_
        - secretRef: {name: login, optional: true}
        env:
        - name: SMTP_PASSWORD
          valueFrom:
            secretKeyRef: {name: login, key: password}
        - name: SMTP_PORT
          valueFrom: {configMapKeyRef: {name: mail, key: port}}
        - name: NODE
          valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
        - name: EMPTY
"""
    scope = one("k8s/app.yaml", text)
    assert scope.env_from == (("ConfigMap", "mail", "APP_", False), ("Secret", "login", "", True))
    assert scope.value_from == {"SMTP_PASSWORD": ("Secret", "login", "password"), "SMTP_PORT": ("ConfigMap", "mail", "port")}
    assert variables(scope) == {"SMTP_PASSWORD": None, "SMTP_PORT": None, "NODE": None, "EMPTY": ""}


def test_several_kubernetes_objects_in_one_file_have_paths_of_their_own() -> None:
    text = "\n---\n".join(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{SMTP_HOST: {name}}}" for name in "ab")
    assert [scope.path for scope in found("all.yaml", text)] == ["ConfigMap/a.data", "ConfigMap/b.data"]


def test_custom_resources_stay_documents() -> None:
    text = "apiVersion: monitoring.coreos.com/v1alpha1\nkind: AlertmanagerConfig\nmetadata: {name: a}\nspec: {receivers: [{name: a}]}\n"
    assert [(scope.kind, scope.container) for scope in found("am.yaml", text)] == [("document", "kubernetes")]


def test_sealed_secrets_give_nothing() -> None:
    assert found("s.yaml", "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec: {encryptedData: {SMTP_HOST: Ag}}\n") == []


def test_helm_values_keep_the_applications_own_tree_and_lose_the_environment() -> None:
    text = VALUES + "env:\n  SMTP_HOST: a\ngitea:\n  config:\n    mailer: {ENABLED: true}\n"
    environment, document = found("values.yaml", text)
    assert (environment.kind, document.kind) == ("environment", "document")
    assert document.root.get("env") is None
    assert isinstance(document.root.get("gitea"), Mapping)
    assert (document.owner.image, document.owner.image_tag, document.container) == ("acme/app", "1.2.3", "helm")


def test_a_chart_is_told_by_flux_and_argo() -> None:
    text = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {chartRef: {name: gitea}, values: {a: {b: c}}}"
    (scope,) = found("hr.yaml", text)
    assert (scope.owner.chart, scope.names[0], scope.path) == ("gitea", "values.yaml", "spec.values")


def test_layers_of_a_workflow_are_merged_and_not_repeated() -> None:
    text = """
env: {SMTP_HOST: top, SMTP_PORT: '25'}
jobs:
  a:
    env: {SMTP_PORT: '587'}
    steps:
      - run: one
      - id: send
        uses: dawidd6/action-send-mail@v4
        env: {SMTP_USER: me}
        with: {server_address: smtp.example.org, server_port: 465}
  b:
    steps:
      - run: two
"""
    scopes_ = found(".github/workflows/ci.yml", text)
    environments = {scope.path: variables(scope) for scope in scopes_ if scope.kind == "environment"}
    assert environments == {
        "jobs.a.steps[1]": {"SMTP_HOST": "top", "SMTP_PORT": "587", "SMTP_USER": "me"},
        "jobs.b.steps[0]": {"SMTP_HOST": "top", "SMTP_PORT": "25"},
    }
    (action,) = (scope for scope in scopes_ if scope.kind == "document")
    assert (action.owner.uses, action.owner.uses_ref, action.owner.name) == ("dawidd6/action-send-mail", "v4", "send")


def test_an_environment_without_settings_of_its_own_is_the_one_around_it() -> None:
    """Also where an entry has no value (Heroku asks for it when the application is set up)."""
    env = {"SMTP_HOST": {"description": "your server"}, "SMTP_PORT": {"value": "587"}}
    text = json.dumps({"env": env, "environments": {"review": {"addons": []}, "test": {"env": {"SMTP_PORT": "1025"}}}})
    assert [(scope.path, variables(scope)["SMTP_PORT"]) for scope in found("app.json", text)] == [
        ("", "587"),
        ("environments.test", "1025"),
    ]


def test_parameters_of_plugins_and_modules() -> None:
    (scope,) = found(".woodpecker.yml", "steps:\n  mail:\n    image: drillster/drone-email\n    settings: {host: h, port: 465}\n")
    assert (scope.kind, scope.owner.image, scope.path) == ("document", "drillster/drone-email", "steps.mail.settings")
    for name in ("community.general.mail", "mail"):
        text = f"- name: tell\n  {name}:\n    host: h\n    port: 465\n  when: failed\n- {name}: {{host: i}}\n"
        named_, nameless = found("roles/x/tasks/main.yml", text)
        assert named_.owner.module == nameless.owner.module == "community.general.mail"
        assert named_.names == ("community.general.mail", "mail")
    play = "- hosts: all\n  tasks:\n  - block:\n    - name: tell\n      community.general.mail: {host: h}\n"
    assert [scope.owner.module for scope in found("site.yml", play)] == ["community.general.mail"]


def test_app_json_values_come_from_people() -> None:
    scope = one(
        "app.json", '{"env": {"SMTP_HOST": {"value": "h"}, "SMTP_PASSWORD": {"required": true}, "KEY": {"generator": "secret"}, "A": "b"}}'
    )
    assert variables(scope) == {"SMTP_HOST": "h", "SMTP_PASSWORD": None, "KEY": None, "A": "b"}


def test_serverless_functions_see_the_providers_environment() -> None:
    text = "service: x\nprovider:\n  environment: {SMTP_HOST: a, SMTP_PORT: 25}\nfunctions:\n  send:\n    environment: {SMTP_PORT: 587}\n"
    scopes_ = {scope.path: variables(scope) for scope in found("serverless.yml", text)}
    assert scopes_["functions.send"] == {"SMTP_HOST": "a", "SMTP_PORT": "587"}


# --- whole files


def test_files_of_their_own() -> None:
    (scope,) = found(".env", "SMTP_HOST=h\n")
    assert (scope.kind, scope.container, scope.secret, scope.interpolation, scope.names) == ("environment", "", True, "dotenv", (".env",))
    (scope,) = found(".env.example", "SMTP_HOST=h\n")
    assert not scope.secret
    (scope,) = found("src/application.yml", "spring: {mail: {host: h}}\n")
    assert (scope.kind, scope.container, scope.interpolation, scope.loader) == ("document", "", "spring", "yaml11")
    assert [scope.path for scope in found("app.yml", "a: 1\n---\nb: 2\n")] == ["[0]", "[1]"]
    (scope,) = found("list.yaml", "- smtp: {host: h}\n")
    assert [leaf.text for leaf in leaves(scope.root)] == ["h"]
    (scope,) = found("enc.yaml", "smtp: {password: 'ENC[AES256_GCM,data:x]'}\nsops: {mac: x}\n")
    assert scope.secret


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("config/locales/de.yml", "de: {smtp: {host: Server, port: '25'}}"),
        ("i18n/en/settings.json", '{"smtp": {"host": "Host"}}'),
        ("package.json", '{"config": {"smtp": {"host": "x"}}}'),
        ("chart/values.schema.json", '{"properties": {"smtp": {"properties": {}}}}'),
        ("schemas/form.json", '{"type": "object", "properties": {"host": {"type": "string", "default": "localhost"}}}'),
        ("x.json", '{"$schema": "http://json-schema.org/draft-07/schema#", "smtp": {"host": "x"}}'),
        ("api.yaml", "openapi: 3.1.0\ncomponents: {schemas: {smtp: {host: x}}}"),
        ("crd.yaml", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {env: [{name: SMTP_HOST, value: x}]}"),
    ],
)
def test_descriptions_and_translations_are_not_settings(path: str, text: str) -> None:
    assert found(path, text) == []


def test_labels_and_examples_are_not_environments() -> None:
    text = "image: {repository: a/b}\nlabels:\n  env: {SMTP_HOST: x}\nschema: {env: {SMTP_HOST: x}}\nexamples: {env: {SMTP_HOST: x}}\n"
    assert [scope.kind for scope in found("values.yaml", text)] == ["document"]


def test_a_tree_in_capitals_is_not_taken_for_an_environment() -> None:
    text = "gitea:\n  config:\n    mailer: {ENABLED: true, SMTP_ADDR: h}\n    server: {DOMAIN: d}\n"
    assert [scope.kind for scope in found("values.yaml", text)] == ["document"]


# --- names


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("vaultwarden/server:1.34.3", ("vaultwarden/server", "1.34.3")),
        ("ghcr.io/goauthentik/server", ("goauthentik/server", "")),
        ("docker.io/library/redis:7@sha256:00", ("redis", "7")),
        ("localhost:5000/acme/app:1", ("acme/app", "1")),
        ("postgres", ("postgres", "")),
        ("${IMAGE:-acme/app}:${TAG:-2}", ("acme/app", "2")),
        ("mattermost/${IMAGE}:${TAG}", ("mattermost/${IMAGE}", "${TAG}")),
        ("", ("", "")),
    ],
)
def test_image_parts(text: str, parts: tuple[str, str]) -> None:
    assert image_parts(text) == parts


def test_examples_and_secrets_by_name() -> None:
    for name in (
        ".env.example",
        "example.env",
        "env.sample",
        "config.dist.yaml",
        ".env.template",
        ".env copy",
        "ENVEXAMPLE",
        "app.ini.default",
    ):
        assert is_example(name), name
    for name in (".env", "compose.yaml", ".env.production", "distribution.yaml", "examples/.env", "config/default.json"):
        assert not is_example(name), name
    assert is_secret("k8s/mail-secret.yaml")
    assert is_secret(".streamlit/secrets.toml", "toml")
    assert not is_secret("secrets.example.yaml")


# --- hostile shapes

_LEAF = st.sampled_from(
    [None, True, 1, "", "x", "A=b", "a: b\nc: d\n", "[s]\na=b\n", "${X}", "{{ x }}", "Deployment", "ConfigMap", "List", "v1"]
)
_KEYS = st.sampled_from(
    """
    services environment env env_file image kind apiVersion items data spec template containers envFrom name value
    valueFrom secretKeyRef configMapRef metadata jobs steps with uses variables helm values source chart configs content
    literals configMapGenerator hosts tasks block app.ini SMTP_HOST mail stringData sops settings
    """.split()  # noqa: SIM905
)
_TREES = st.recursive(_LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5), max_leaves=30)
_PATHS = """
    compose.yaml k8s.yaml values.yaml .github/workflows/x.yml .gitlab-ci.yml tasks/main.yml kustomization.yaml app.json
    .woodpecker.yml serverless.yml render.yaml x.yaml group_vars/a.yml task.json
""".split()  # noqa: SIM905


@settings(deadline=None, max_examples=150)
@given(_TREES, st.sampled_from(_PATHS))
def test_no_shape_raises(tree: object, path: str) -> None:
    text = json.dumps(tree) if path.endswith(".json") else yaml.safe_dump(tree, sort_keys=False)
    problems: list[SourceError] = []
    for scope in found(path, text, problems):
        nodes: list[Node] = [scope.root]
        assert isinstance(scope.root, Mapping)
        for leaf in leaves(nodes[0]):
            assert 0 <= leaf.start <= leaf.end <= len(text)


def test_large_and_repetitive_files_are_linear() -> None:
    start = time.monotonic()
    body = "".join(f"  s{number}: {{environment: {{SMTP_HOST: h}}}}\n" for number in range(3000))
    problems: list[SourceError] = []
    assert MAX_SCOPES < len(found("compose.yaml", "services:\n" + body, problems)) < 3000
    assert len(problems) == 1
    steps = "".join(f"    - run: x\n      env: {{A{number}: b}}\n" for number in range(1500))
    found(".github/workflows/x.yml", f"env: {{SMTP_HOST: h}}\njobs:\n  a:\n    steps:\n{steps}")
    deep = "env: " + "{env: " * 90 + "x" + "}" * 90
    found("values.yaml", deep)
    assert time.monotonic() - start < 20


def test_every_carrier_file_keeps_its_schema() -> None:
    from jsonschema.validators import validator_for

    folder = locate()
    with open(os.path.join(folder, "schemas", "carrier.schema.json"), encoding="utf-8") as stream:
        schema = json.load(stream)
    validator = validator_for(schema)(schema)
    for name in sorted(os.listdir(os.path.join(folder, "carriers"))):
        with open(os.path.join(folder, "carriers", name), encoding="utf-8") as stream:
            data = yaml.safe_load(stream)
        assert [error.message for error in validator.iter_errors(data)] == [], name
        assert data["id"] + ".yaml" == name


def test_python_literals_in_a_logging_configuration() -> None:
    """The section of a handler is a document whose args are what they say, at their places; one that is not listed is none."""
    text = (
        "[loggers]\nkeys=root\n[handlers]\nkeys = console, mail\n[handler_mail]\nclass=handlers.SMTPHandler\n"
        "args=(('smtp.example.org', 587), f(x))\n[handler_old]\nclass=handlers.SMTPHandler\nargs=('smtp.example.net',)\n"
        "[app:main]\nmail.host = smtp.example.com\n"
    )
    handler, rest = found("development.ini", text)
    assert (handler.path, rest.path) == ("handler_mail", "")
    args = handler.root.get("args")
    assert isinstance(args, Node)
    assert [(leaf.raw, leaf.type, leaf.state) for leaf in leaves(args)] == [
        ("'smtp.example.org'", "str", "known"),
        ("587", "int", "known"),
        ("f(x)", "plain", "unresolved"),
    ]
    assert [entry.key.text for entry in rest.root.entries] == ["loggers", "handlers", "handler_old", "app:main"]
    (broken, _) = found("logging.conf", text.replace("f(x))", "f(x"))
    value = broken.root.get("args")
    assert isinstance(value, Scalar)
    assert (value.state, value.text) == ("unresolved", "")


OMNIBUS = "gitlab_rails['smtp_enable'] = true\ngitlab_rails['smtp_address'] = \"smtp.example.org\"\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("compose.yaml", {"services": {"git": {"image": "gitlab/gitlab-ce", "environment": {"GITLAB_OMNIBUS_CONFIG": OMNIBUS}}}}),
        ("compose.yaml", {"services": {"git": {"image": "gitlab/gitlab-ce", "environment": [f"GITLAB_OMNIBUS_CONFIG={OMNIBUS}"]}}}),
        (
            "deploy.yaml",
            {"kind": "Pod", "spec": {"containers": [{"name": "a", "env": [{"name": "GITLAB_OMNIBUS_CONFIG", "value": OMNIBUS}]}]}},
        ),
        ("map.yaml", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"GITLAB_OMNIBUS_CONFIG": OMNIBUS}}),
        ("map.yaml", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"gitlab.rb": OMNIBUS}}),
        (
            "secret.yaml",
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "a"},
                "data": {"gitlab.rb": base64.b64encode(OMNIBUS.encode()).decode()},
            },
        ),
        ("play.yml", [{"hosts": "all", "tasks": [{"docker_container": {"name": "git", "env": {"GITLAB_OMNIBUS_CONFIG": OMNIBUS}}}]}]),
        (
            ".env",
            f"GITLAB_OMNIBUS_CONFIG='{OMNIBUS}'\n".replace("'smtp_enable'", ":smtp_enable").replace("'smtp_address'", ":smtp_address"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "\n" not in value else "",
)
def test_a_variable_that_holds_a_document(path: str, text: object) -> None:
    (scope,) = [one for one in found(path, text if isinstance(text, str) else yaml.safe_dump(text)) if one.syntax == "ruby"]
    section = scope.root.get("gitlab_rails")
    assert isinstance(section, Mapping)
    value = section.get("smtp_address")
    assert isinstance(value, Scalar)
    assert (value.text, scope.names[0], value.place.path) == ("smtp.example.org", "gitlab.rb", path)
    assert value.style == "whole" or value.raw.strip('\\"') == "smtp.example.org"
