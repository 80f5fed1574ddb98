"""A repository of charts: nothing is claimed that a template leaves open, and what cannot be read is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtplint import linter
from smtplint.config import Options

HOSTS = [
    "{{ .Values.smtp.host | quote }}",
    '{{ include "app.host" . }}',
    '{{ printf "%s.example.org" .Release.Name }}',
    '"{{ tpl .Values.smtp.host $ }}"',
]
PORTS = ["{{ .Values.smtp.port | quote }}", '"{{ .Values.smtp.port | default 25 }}"', "{{ ternary 465 25 .Values.smtp.tls | quote }}"]
SWITCHES = [
    "{{ .Values.smtp.security | quote }}",
    '{{ ternary "force_tls" "off" .Values.smtp.tls | quote }}',
    '{{ default "off" .Values.smtp.security }}',
]
BLOCKS = [
    ("", ""),
    ("{{- if .Values.smtp.enabled }}", "{{- end }}"),
    ("{{- if and .Values.smtp.host (not .Values.smtp.existingSecret) }}", "{{- end }}"),
    ("{{- with .Values.extra }}", "{{- toYaml . | nindent 12 }}\n            {{- end }}"),
    ('{{- include "app.env" . | nindent 12 }}', ""),
    ("{{- if eq .Values.mode \"off\" }}\n            - name: SMTP_SECURITY\n              value: {{ .Values.mode }}\n            {{- else }}", "{{- end }}"),
]  # fmt: skip
VALUES = [
    'smtp: {enabled: false, host: "", port: 25, security: "off", tls: false}\n',
    "smtp:\n  enabled: false\n  host: smtp.example.org\n  port: 25\n  security: 'off'\n",
    "smtp: {host: smtp.example.org, port: 465, security: force_tls}\n",
    'smtp: {host: "", port: "", security: ""}\nmode: ""\n',
]
# Neither with its marks masked nor with only the first of its branches.
BROKEN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  SMTP_HOST: [{{ .Values.a }}\n  b: c\n"


def deployment(number: int) -> str:
    begin, end = BLOCKS[number % len(BLOCKS)]
    variables = "".join(
        f"            - name: {name}\n              value: {forms[number % len(forms)]}\n"
        for name, forms in (("SMTP_HOST", HOSTS), ("SMTP_PORT", PORTS), ("SMTP_SECURITY", SWITCHES))
    )
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ include \"app.fullname\" . }}\n  labels:\n"
        "    {{- include \"app.labels\" . | nindent 4 }}\nspec:\n  template:\n    spec:\n      containers:\n        - name: {{ .Chart.Name }}\n"
        '          image: "vaultwarden/server:{{ .Values.image.tag }}"\n          env:\n'
        + (f"            {begin}\n" if begin else "") + variables + (f"            {end}\n" if end else "")
    )  # fmt: skip


def config(number: int) -> str:
    return (
        "{{- if .Values.smtp.host }}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  grafana.ini: |\n    [smtp]\n"
        f"    enabled = {{{{ .Values.smtp.enabled }}}}\n    host = {HOSTS[number % 3]}:{PORTS[number % 2]}\n"
        "    {{- range $key, $value := .Values.ini }}\n    {{ $key }} = {{ $value }}\n    {{- end }}\n  application.yml: |\n    spring:\n      mail:\n"
        "        host: {{ .Values.mail.host }}\n        port: {{ .Values.mail.port | default 25 }}\n{{- end }}\n"
    )


def test_no_claim_on_what_a_template_leaves_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = 0
    for number in range(200):
        chart = tmp_path / f"charts/c{number}"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: c{number}\nversion: 1.0.0\n", "utf-8")
        (chart / "values.yaml").write_text(VALUES[number % len(VALUES)] + "image: {tag: 1.30.0}\nextra: []\n", "utf-8")
        (chart / "templates/deployment.yaml").write_text(deployment(number), "utf-8")
        (chart / "templates/configmap.yaml").write_text(config(number), "utf-8")
        if number % 10 == 0:
            broken += 1
            (chart / "templates/broken.yaml").write_text(BROKEN, "utf-8")
    monkeypatch.chdir(tmp_path)
    result = linter.run(["."], Options())
    assert [(one.rule, one.place.path, one.place.line) for one in result.findings] == []
    skipped = [note for note in result.notifications if note.id == "template-skipped"]
    assert len(skipped) == broken
    assert {note.id for note in result.notifications} == {"template-skipped"}
    assert len(result.endpoints) >= 200
