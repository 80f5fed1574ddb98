"""The templates of a chart with the chart's own values: filled in where there is no doubt, silent elsewhere, listed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtplint import linter
from smtplint.config import Options
from smtplint.endpoint import Endpoint
from smtplint.result import Result

VALUES = """\
image: {registry: ghcr.io, repository: vaultwarden/server, tag: 1.30.0}
smtp:
  enabled: true
  host: smtp.example.org
  port: 587
  security: "off"
  user: alice
  password: correct-horse
empty: ""
off:
  enabled: false
  host: smtp.example.net
"""
HEAD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.fullname" . }}
spec:
  template:
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          env:
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def inner(body: str, *paths: str, values: str = VALUES, head: str = HEAD) -> Result:
        (tmp_path / "shop/templates/web").mkdir(parents=True, exist_ok=True)
        (tmp_path / "shop/Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 0.1.0\n", "utf-8")
        (tmp_path / "shop/values.yaml").write_text(values, "utf-8")
        (tmp_path / "shop/templates/web/deployment.yaml").write_text(head + body, "utf-8")
        monkeypatch.chdir(tmp_path)
        return linter.run(list(paths) or ["."], Options())

    return inner


def named(**pairs: str) -> str:
    return "".join(f"            - name: {name}\n              value: {value}\n" for name, value in pairs.items())


FULL = named(
    SMTP_HOST="{{ .Values.smtp.host | quote }}", SMTP_PORT='"{{ .Values.smtp.port }}"', SMTP_SECURITY="{{ $.Values.smtp.security }}"
)


@pytest.mark.parametrize("path", ["shop", "shop/values.yaml", "shop/templates/web/deployment.yaml"])
def test_values_come_in_at_their_own_places(run, path: str) -> None:  # type: ignore[no-untyped-def]
    """Whichever file is named, and the values are listed once: where the template says who gets them."""
    result = run(FULL, path)
    (found,) = result.endpoints
    assert (found.profile, found.file, found.host, found.port, found.mode) == (
        "vaultwarden", "shop/templates/web/deployment.yaml", "smtp.example.org", 587, "plaintext"
    )  # fmt: skip
    assert found.scope is not None
    assert (found.scope.owner.image, found.scope.owner.image_tag) == ("vaultwarden/server", "1.30.0")
    (finding,) = [one for one in result.findings if one.rule == "SMTP201"]
    assert (finding.place.path, finding.place.line, finding.place.column) == ("shop/values.yaml", 6, 13)


@pytest.mark.parametrize(
    "expression",
    [
        "{{ .Values.smtp.host }}", "{{- .Values.smtp.host -}}", "{{ $.Values.smtp.host | trim | quote }}", "{{ quote .Values.smtp.host }}",
        '{{ .Values.smtp.host | default "localhost" }}', '{{ default "localhost" .Values.smtp.host | quote }}',
        '{{ required "a host" .Values.smtp.host }}', "'{{ .Values.smtp.host }}'",
    ],
)  # fmt: skip
def test_expressions_that_hand_a_value_on(run, expression: str) -> None:  # type: ignore[no-untyped-def]
    (found,) = run(named(SMTP_HOST=expression, SMTP_PORT="{{ .Values.smtp.port }}")).endpoints
    assert found.host == "smtp.example.org"


def test_a_port_that_no_template_is_seen_to_take_still_speaks_by_its_name(run) -> None:  # type: ignore[no-untyped-def]
    values = "smtp: {host: smtp.example.org, port: 25}\n"
    for port in ({}, {"SMTP_PORT": '{{ include "shop.port" . }}'}):
        result = run(named(SMTP_HOST="{{ .Values.smtp.host }}", **port), values=values)
        assert {one.file for one in result.endpoints} == {"shop/values.yaml", "shop/templates/web/deployment.yaml"}
        assert [(one.rule, one.place.path) for one in result.findings] == [("SMTP101", "shop/values.yaml")]


@pytest.mark.parametrize(
    "expression",
    [
        "{{ .Values.smtp.host | upper }}", '{{ printf "%s" .Values.smtp.host }}', "{{ .Release.Name }}", "{{ tpl .Values.smtp.host . }}",
        "{{ .Values.missing.host }}", "{{ .Values.smtp }}", "{{ .Values.empty }}", '{{ .Values.empty | default "smtp.example.org" }}',
        '{{ include "shop.host" . }}', "{{ .Values.off.host }}", '{{ ternary "a" "b" .Values.smtp.enabled }}',
        "{{ if .Values.smtp.enabled }}{{ .Values.smtp.host }}{{ end }}",
    ],
)  # fmt: skip
def test_anything_else_is_unresolved_and_silent(run, expression: str) -> None:  # type: ignore[no-untyped-def]
    """Without the host the chart's other defaults count for nothing either."""
    result = run(
        named(SMTP_HOST=expression, SMTP_PORT="{{ .Values.smtp.port }}", SMTP_SECURITY="{{ .Values.smtp.security }}"),
        "shop/templates",
    )
    (found,) = result.endpoints
    assert (found.host, found.port, found.mode, result.findings) == (None, None, "unknown", [])


COMPOSED = """\
smtp:
  host: smtp.example.org
  port: 25
  name: smtp
  zone: example.org
  user: alice
  password: correct-horse
  login: bob:correct-staple
  odd: "a b"
  old: 0025
  secure: false
  empty: ""
"""


def urls(text: str) -> str:
    return "            - name: SMTP_URL\n              value: " + text + "\n"


@pytest.mark.parametrize(
    ("expression", "host"),
    [
        ('"x{{ .Values.smtp.host }}"', "xsmtp.example.org"),
        ('"{{ .Values.smtp.name }}.{{ .Values.smtp.zone }}"', "smtp.example.org"),
        ("{{ .Values.smtp.name }}.{{ $.Values.smtp.zone | trim }}", "smtp.example.org"),
        ("'{{ .Values.smtp.name | toString }}.example.net'", "smtp.example.net"),
        ('"{{ .Values.smtp.missing }}.{{ .Values.smtp.zone }}"', None),
        ('"{{ .Values.smtp.empty }}.{{ .Values.smtp.zone }}"', None),
        ('"{{ .Values.smtp.name | upper }}.{{ .Values.smtp.zone }}"', None),
        ('"{{ .Values.smtp.name | quote }}.{{ .Values.smtp.zone }}"', None),
        ('"{{ .Values.smtp.name }} {{- .Values.smtp.zone }}"', None),
        ('"{{ .Values.smtp.name | int }}.{{ .Values.smtp.zone }}"', None),
        ('"{{ .Values.smtp.old }}.{{ .Values.smtp.zone }}"', None),
        ('"{{ .Values.smtp.odd }}.{{ .Values.smtp.zone }}"', None),
        ('"{{ if .Values.smtp.name }}a{{ end }}.{{ .Values.smtp.zone }}"', None),
        ('"{{ .Release.Name }}.{{ .Values.smtp.zone }}"', None),
    ],
)  # fmt: skip
def test_a_text_is_put_together_where_all_of_it_is_certain(run, expression: str, host: str | None) -> None:  # type: ignore[no-untyped-def]
    (found,) = run(named(SMTP_HOST=expression, SMTP_PORT="25"), "shop/templates", values=COMPOSED).endpoints
    assert found.host == host


def test_gitlab_rb_in_a_config_map(run) -> None:  # type: ignore[no-untyped-def]
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  gitlab.rb: |\n"
    body = "".join(
        f"    gitlab_rails['smtp_{line}\n"
        for line in ("enable'] = true", "address'] = '{{ .Values.smtp.name }}.{{ .Values.smtp.zone }}'", "port'] = {{ .Values.smtp.port }}")
    )
    (found,) = [one for one in run(body, head=head, values=COMPOSED).endpoints if one.profile == "gitlab-omnibus"]
    assert (found.host, found.port) == ("smtp.example.org", 25)
    place = found.fields["port"].place
    assert place is not None
    assert (place.path, place.line) == ("shop/values.yaml", 3)


def test_the_parts_of_a_text_have_their_own_places(run) -> None:  # type: ignore[no-untyped-def]
    """Host and port of an address are where the values say them, whichever of the files is named."""
    head = HEAD.replace(
        '"{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"',
        "grafana/grafana",
    )
    for path in ("shop", "shop/values.yaml", "shop/templates/web/deployment.yaml"):
        result = run(
            named(GF_SMTP_ENABLED='"true"', GF_SMTP_HOST='"{{ .Values.smtp.host }}:{{ .Values.smtp.port }}"'),
            path,
            values=COMPOSED,
            head=head,
        )
        (found,) = [one for one in result.endpoints if one.profile == "grafana"]
        assert (found.host, found.port) == ("smtp.example.org", 25)
        places = {finding.rule: finding.place for finding in result.findings}
        assert (places["SMTP101"].path, places["SMTP101"].line, places["SMTP101"].column) == ("shop/values.yaml", 3, 9)
        host = found.fields["host"].place
        assert host is not None
        assert (host.path, host.line, host.column) == ("shop/values.yaml", 2, 9)
        assert [(one.path, one.line) for one in found.fields["port"].via] == [("shop/templates/web/deployment.yaml", 15)]


@pytest.mark.parametrize(
    ("login", "line", "column"),
    [("{{ .Values.smtp.user }}:{{ .Values.smtp.password }}", 7, 13), ("{{ .Values.smtp.login }}", 8, 14)],
)
def test_a_login_within_an_address(run, tmp_path: Path, login: str, line: int, column: int) -> None:  # type: ignore[no-untyped-def]
    """A password in the values is a password in a file that is not for secrets; it is told by its place and never shown."""
    from smtplint import cli

    head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}\nstringData:\n"
    body = f'  MAILER_DSN: "smtps://{login}@{{{{ .Values.smtp.host }}}}:465?verify_peer={{{{ .Values.smtp.secure }}}}"\n'
    result = run(body, head=head, values=COMPOSED)
    (found,) = [one for one in result.endpoints if one.profile == "symfony-mailer"]
    assert (found.host, found.port, found.mode, found.verify, found.auth) == ("smtp.example.org", 465, "implicit", False, "set")
    (finding,) = [one for one in result.findings if one.rule == "SMTP403" and one.endpoint is found]
    assert (finding.place.path, finding.place.line, finding.place.column) == ("shop/values.yaml", line, column)
    for form in ("text", "json", "sarif"):
        cli.main(["check", "--no-cache", "--format", form, "--output", str(tmp_path / "out"), "--fail-on", "never"])
        assert "correct-" not in (tmp_path / "out").read_text("utf-8")


def test_an_address_that_is_seen_whole_says_all_that_an_address_can(run) -> None:  # type: ignore[no-untyped-def]
    """A template is seen in part only, but what an option of the address would say can be said nowhere else."""
    (found,) = run(named(MAILER_DSN='"smtp://{{ .Values.smtp.host }}:587?verify_peer=0"'), "shop/templates", values=COMPOSED).endpoints
    assert (found.mode, found.verify, found.auth) == ("opportunistic", False, "unset")
    (found,) = run(
        named(MAILER_DSN='"smtp://{{ .Values.smtp.host }}:587?{{ .Values.options }}"'), "shop/templates", values=COMPOSED
    ).endpoints
    assert (found.host, found.mode, found.verify) == (None, "unknown", None)


@pytest.mark.parametrize(
    ("begin", "host", "sure"),
    [
        ("{{- if .Values.smtp.enabled }}", "{{ .Values.smtp.host }}", True),
        ("{{- if and .Values.smtp.enabled .Values.smtp.host }}", "{{ .Values.smtp.host }}", True),
        ("{{- with .Values.smtp }}", "{{ .host | quote }}", True),
        ("{{- with .Values.smtp }}", "{{ $.Values.smtp.host | quote }}", True),
        ("{{- with .Values.smtp }}", "{{ .Values.smtp.host | quote }}", False),
        ("{{- if .Values.empty }}", "{{ .Values.smtp.host }}", False),
        ("{{- if .Values.off.enabled }}", "{{ .Values.smtp.host }}", False),
        ('{{- if eq .Values.smtp.user "alice" }}', "{{ .Values.smtp.host }}", False),
        ("{{- if not .Values.empty }}", "{{ .Values.smtp.host }}", False),
        ("{{- if or .Values.smtp.enabled .Values.empty }}", "{{ .Values.smtp.host }}", False),
        ("{{- if .Values.smtp.enabled }}\n{{- else }}", "{{ .Values.smtp.host }}", False),
        ("{{- range .Values.smtp }}", "{{ .host }}", False),
        ('{{- define "shop.env" }}', "{{ .Values.smtp.host }}", False),
    ],
)
def test_blocks_count_when_they_are_surely_entered(run, begin: str, host: str, sure: bool) -> None:  # type: ignore[no-untyped-def]
    body = (
        "            " + begin.replace("\n", "\n            ") + "\n" + named(SMTP_HOST=host, SMTP_PORT="25") + "            {{- end }}\n"
    )
    (found,) = run(body, "shop/templates").endpoints
    assert found.host == ("smtp.example.org" if sure else None)
    # What else stands in the list cannot be told.
    assert found.auth == "unresolved"


def test_what_the_chart_switches_off_is_off(run) -> None:  # type: ignore[no-untyped-def]
    values = VALUES.replace("enabled: true", "enabled: false").replace("port: 587", "port: 25")
    result = run(FULL, values=values)
    assert result.findings == []
    assert [(one.file, one.enabled) for one in result.endpoints if one.host] == [("shop/values.yaml", False)]


def test_a_document_in_a_config_map(run) -> None:  # type: ignore[no-untyped-def]
    """Depth two: the chart's value in a file within the template."""
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  application.yml: |\n"
    body = (
        "    spring:\n      mail:\n        host: {{ .Values.smtp.host }}\n        port: {{ .Values.smtp.port }}\n"
        "        properties: {mail.smtp.starttls.enable: true}\n"
    )
    result = run(body, head=head)
    (found,) = result.endpoints
    assert (found.profile, found.host, found.port, found.mode) == ("spring-boot-mail", "smtp.example.org", 587, "opportunistic")
    (finding,) = [one for one in result.findings if one.rule == "SMTP202"]
    assert (finding.place.path, finding.place.line, finding.place.column) == ("shop/templates/web/deployment.yaml", 11, 49)


def test_a_password_in_the_values_is_no_secret(run) -> None:  # type: ignore[no-untyped-def]
    """Not even where the template puts it into one; and a Secret says nothing of what lies beside it."""
    head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}\n"
    plain = "stringData:\n" + "".join(
        f"  SMTP_{name.upper()}: {{{{ .Values.smtp.{name} | quote }}}}\n" for name in ("host", "port", "user", "password")
    )
    packed = plain.replace("stringData", "data").replace("| quote", "| b64enc | quote")
    for body in (plain, packed):
        result = run(body, head=head)
        places = [(one.rule, one.place.path, one.place.line) for one in result.findings]
        assert places == [("SMTP403", "shop/values.yaml", 8)]
        assert len(result.endpoints) == 1


def test_a_config_map_of_unknown_name_is_only_a_part(run) -> None:  # type: ignore[no-untyped-def]
    """Who reads it, and together with what, cannot be told: no claim about what is absent."""
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n"
    result = run(
        "  SMTP_HOST: smtp.example.org\n  SMTP_PORT: '587'\n  SMTP_FROM: a@example.org\n  SMTP_SECURITY: starttls\n",
        head=head,
        values="a: b\n",
    )
    found: Endpoint = result.endpoints[0]
    assert (found.auth, [one.rule for one in result.findings]) == ("unresolved", [])


def test_a_file_called_templates_without_a_chart_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "values.yaml").write_text(VALUES, "utf-8")
    (tmp_path / "templates/deployment.yaml").write_text(HEAD + FULL, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert [one.host for one in linter.run(["templates"], Options()).endpoints] == [None]
