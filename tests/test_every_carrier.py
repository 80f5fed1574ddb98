"""One set of settings, good and bad, moved through everything that can hold it: the same endpoint and the same findings each time."""

from __future__ import annotations

import base64
import json
import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from smtplint import linter
from smtplint.config import Options
from smtplint.endpoint import Endpoint
from smtplint.finding import Finding
from tests.containers import containers
from tests.folders import plant

# Application → (image, good settings, bad ones). Everything that decides is written, since a carrier may hide what is absent.
APPLICATIONS = {
    "vaultwarden": (
        "vaultwarden/server",
        {"SMTP_HOST": "smtp.example.org", "SMTP_PORT": "587", "SMTP_SECURITY": "starttls", "SMTP_ACCEPT_INVALID_CERTS": "false"},
        {"SMTP_HOST": "smtp.example.org", "SMTP_PORT": "25", "SMTP_SECURITY": "off", "SMTP_ACCEPT_INVALID_CERTS": "false"},
    ),
    "grafana": (
        "grafana/grafana",
        {"GF_SMTP_ENABLED": "true", "GF_SMTP_HOST": "smtp.example.org:587", "GF_SMTP_STARTTLS_POLICY": "MandatoryStartTLS",
         "GF_SMTP_SKIP_VERIFY": "false"},
        {"GF_SMTP_ENABLED": "true", "GF_SMTP_HOST": "smtp.example.org:587", "GF_SMTP_STARTTLS_POLICY": "MandatoryStartTLS",
         "GF_SMTP_SKIP_VERIFY": "true"},
    ),
    "authentik": (
        "goauthentik/server",
        {"AUTHENTIK_EMAIL__HOST": "smtp.example.org", "AUTHENTIK_EMAIL__PORT": "465", "AUTHENTIK_EMAIL__USE_TLS": "false",
         "AUTHENTIK_EMAIL__USE_SSL": "true"},
        {"AUTHENTIK_EMAIL__HOST": "smtp.example.org", "AUTHENTIK_EMAIL__PORT": "587", "AUTHENTIK_EMAIL__USE_TLS": "false",
         "AUTHENTIK_EMAIL__USE_SSL": "true"},
    ),
}  # fmt: skip
EXPECTED = {
    ("vaultwarden", "good"): (("smtp.example.org", 587, "starttls", True), []),
    ("vaultwarden", "bad"): (("smtp.example.org", 25, "plaintext", True), ["SMTP101", "SMTP201"]),
    ("grafana", "good"): (("smtp.example.org", 587, "starttls", True), []),
    ("grafana", "bad"): (("smtp.example.org", 587, "starttls", False), ["SMTP303"]),
    ("authentik", "good"): (("smtp.example.org", 465, "implicit", True), []),
    ("authentik", "bad"): (("smtp.example.org", 587, "implicit", True), ["SMTP205"]),
}
# Rules that ask what is absent, which a carrier may hide.
ABSENCE = {"SMTP302", "SMTP401", "SMTP403"}


def deployment(image: str, **more: object) -> dict[str, object]:
    container = {"name": "app", "image": f"{image}:1", **more}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "app"},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }  # fmt: skip


def kept(kind: str, **more: object) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "mail"}, **more}


def manifests(*objects: dict[str, object]) -> str:
    return "---\n".join(yaml.safe_dump(one, sort_keys=False) for one in objects)


def spread(settings: dict[str, str], image: str) -> dict[str, dict[str, str]]:
    """Carriers of several objects or files: name → path → text."""
    names = list(settings)
    lines = "".join(f"{key}={value}\n" for key, value in settings.items())
    packed = {key: base64.b64encode(value.encode()).decode() for key, value in settings.items()}
    from_map = [{"name": key, "valueFrom": {"configMapKeyRef": {"name": "mail", "key": key.lower()}}} for key in names]
    service = {"image": f"{image}:1"}
    first, rest = dict(list(settings.items())[:1]), dict(list(settings.items())[1:])
    return {
        "env-from": {"all.yaml": manifests(deployment(image, envFrom=[{"configMapRef": {"name": "mail"}}]), kept("ConfigMap", data=settings))},
        "env-from-files": {
            "app.yaml": manifests(deployment(image, envFrom=[{"secretRef": {"name": "mail"}}])),
            "secret.yaml": manifests(kept("Secret", stringData=settings)),
        },
        "env-from-base64": {"all.yaml": manifests(deployment(image, envFrom=[{"secretRef": {"name": "mail"}}]), kept("Secret", data=packed))},
        "value-from": {
            "all.yaml": manifests(deployment(image, env=from_map), kept("ConfigMap", data={k.lower(): v for k, v in settings.items()}))
        },
        "secret-base64": {"secret.yaml": manifests(kept("Secret", data=packed))},
        "secret-base64-file": {"secret.yaml": manifests(kept("Secret", data={".env": base64.b64encode(lines.encode()).decode()}))},
        "compose-env-file": {
            "compose.yaml": yaml.safe_dump({"services": {"app": {**service, "env_file": "mail.env"}}}), "mail.env": lines
        },
        "compose-override": {
            "compose.yaml": yaml.safe_dump({"services": {"app": {**service, "environment": first}}}),
            "compose.override.yaml": yaml.safe_dump({"services": {"app": {"environment": rest}}}),
        },
        "compose-interpolated": {
            "compose.yaml": yaml.safe_dump({"services": {"app": {**service, "environment": {key: f"${{MY_{key}}}" for key in names}}}}),
            ".env": "".join(f"MY_{key}={value}\n" for key, value in settings.items()),
        },
        "kustomize-envs": {
            "kustomization.yaml": yaml.safe_dump({"configMapGenerator": [{"name": "mail", "envs": ["mail.env"]}]}), "mail.env": lines
        },
        "chart-template": {
            "Chart.yaml": "name: app\n",
            "values.yaml": yaml.safe_dump({"image": image, "mail": {f"v{n}": value for n, value in enumerate(settings.values())}}),
            "templates/app.yaml": manifests(deployment(image, env="ENV")).replace(
                "env: ENV", "env:\n" + "".join(
                    f"        - name: {key}\n          value: {{{{ .Values.mail.v{n} | quote }}}}\n" for n, key in enumerate(names)
                ).rstrip(),
            ),
        },
        "cloud-init": {"user-data.yaml": "#cloud-config\n" + yaml.safe_dump({"write_files": [{"path": "/etc/app/.env", "content": lines}]})},
        "sops": {"app.enc.yaml": yaml.safe_dump({"env": {**settings, "SMTP_PASSWORD": "ENC[AES256_GCM,data:abc=,type:str]"},
                                                 "sops": {"mac": "ENC[AES256_GCM,data:x=]"}})},
    }  # fmt: skip


def written(application: str, quality: str) -> dict[str, dict[str, str]]:
    image, good, bad = APPLICATIONS[application]
    settings = good if quality == "good" else bad
    single = {name: {path: text.replace("acme/app", image)} for name, (path, text, _) in containers(settings).items()}
    return {**single, **spread(settings, image)}


Seen = dict[str, tuple[list[Endpoint], list[Finding]]]


def lint(carriers: dict[str, dict[str, str]]) -> Seen:
    """Every carrier in a folder of its own, all in one run."""
    here = os.getcwd()
    with TemporaryDirectory() as folder:
        for name, files in carriers.items():
            plant(Path(folder, name), files)
        try:
            os.chdir(folder)
            result = linter.run(["."], Options())
        finally:
            os.chdir(here)
    seen: Seen = {name: ([], []) for name in carriers}
    for endpoint in result.endpoints:
        seen[endpoint.file.split("/")[0]][0].append(endpoint)
    for finding in result.findings:
        seen[finding.endpoint.file.split("/")[0]][1].append(finding)
    return seen


@cache
def run(application: str, quality: str, newline: str) -> Seen:
    return lint(
        {name: {path: text.replace("\n", newline) for path, text in files.items()} for name, files in written(application, quality).items()}
    )


CARRIERS = sorted(written("grafana", "good"))


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize(("application", "quality"), EXPECTED)
def test_the_same_endpoint_out_of_every_carrier(application: str, quality: str, carrier: str) -> None:
    expected, rules = EXPECTED[application, quality]
    newline = "\r\n" if quality == "bad" else "\n"
    endpoints, findings = run(application, quality, newline)[carrier]
    (found,) = endpoints
    assert found.profile == application
    assert (found.host, found.port, found.mode, found.verify) == expected
    assert sorted(one.rule for one in findings if one.rule not in ABSENCE) == rules
    for finding in findings:
        if finding.rule not in ABSENCE and not carrier.startswith(("secret-base64", "env-from-base64")):
            # The place is that of the value, in the file that holds it.
            shown = finding.place.source.text[finding.place.start : finding.place.end].strip("\"'")
            assert shown in ("25", "off", "true", "587"), shown


# --- charts that carry an application's own tree

GOOD, BAD = "good", "bad"
TREES: dict[str, dict[str, object]] = {
    "grafana": {
        GOOD: {"grafana.ini": {"smtp": {"enabled": True, "host": "smtp.example.org:587", "startTLS_policy": "MandatoryStartTLS"}}},
        BAD: {"grafana.ini": {"smtp": {"enabled": True, "host": "smtp.example.org:587", "startTLS_policy": "NoStartTLS"}}},
    },
    "kube-prometheus-stack": {
        quality: {
            "alertmanager": {
                "config": {
                    "global": {"smtp_smarthost": "smtp.example.org:587", "smtp_from": "a@example.org", "smtp_require_tls": quality == GOOD},
                    "route": {"receiver": "mail"},
                    "receivers": [{"name": "mail", "email_configs": [{"to": "b@example.org"}]}],
                }
            }
        }
        for quality in (GOOD, BAD)
    },
    "keycloak": {
        quality: {
            "keycloakConfigCli": {
                "configuration": {
                    "realm.json": json.dumps(
                        {"realm": "a", "smtpServer": {"host": "smtp.example.org", "port": "465" if quality == GOOD else "587", "ssl": "true",
                                                      "starttls": "false", "from": "a@example.org"}}, indent=1,
                    )
                }
            }
        }
        for quality in (GOOD, BAD)
    },
    "gitlab": {
        quality: {
            "global": {"smtp": {"enabled": True, "address": "smtp.example.org", "port": 465 if quality == GOOD else 587, "tls": True,
                                "starttls_auto": False, "user_name": "a"}}
        }
        for quality in (GOOD, BAD)
    },
    "authentik": {
        quality: {
            "authentik": {"email": {"host": "smtp.example.org", "port": 465 if quality == GOOD else 587, "use_tls": False, "use_ssl": True}}
        }
        for quality in (GOOD, BAD)
    },
    "airflow": {
        quality: {
            "config": {"smtp": {"smtp_host": "smtp.example.org", "smtp_port": 465 if quality == GOOD else 587, "smtp_starttls": "False",
                                "smtp_ssl": "True", "smtp_mail_from": "a@example.org"}}
        }
        for quality in (GOOD, BAD)
    },
}  # fmt: skip
RULES = {"grafana": "SMTP201", "kube-prometheus-stack": "SMTP201"}


def held(chart: str, tree: object) -> dict[str, dict[str, str]]:
    """A chart's values in everything that hands values to a chart."""
    flux = {"kind": "HelmRelease", "metadata": {"name": chart}, "spec": {"chart": {"spec": {"chart": chart}}, "values": tree}}
    helm: dict[str, object] = {"valuesObject": tree}
    argo = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": {"source": {"chart": chart, "helm": helm}}}
    text = {**argo, "spec": {"source": {"chart": chart, "helm": {"values": yaml.safe_dump(tree)}}}}
    playbook = [{"hosts": "all", "tasks": [{"name": "x", "kubernetes.core.helm": {"chart_ref": f"repo/{chart}", "values": tree}}]}]
    return {
        "values": {"Chart.yaml": f"name: {chart}\n", "values.yaml": yaml.safe_dump(tree)},
        "overlay": {"Chart.yaml": f"name: {chart}\n", "values.yaml": "a: b\n", "values-prod.yaml": yaml.safe_dump(tree)},
        "flux": {"release.yaml": yaml.safe_dump(flux)},
        "flux-json": {"release.json": json.dumps(flux, indent=1)},
        "argo-object": {"app.yaml": yaml.safe_dump(argo)},
        "argo-text": {"app.yaml": yaml.safe_dump(text)},
        "argo-block": {
            "app.yaml": yaml.safe_dump({**argo, "spec": {"source": {"chart": chart, "helm": {}}}}, sort_keys=False).replace(
                "helm: {}", "helm:\n      values: |\n" + "".join(f"        {line}\n" for line in yaml.safe_dump(tree).splitlines())
            )
        },
        "ansible": {"site.yml": yaml.safe_dump(playbook)},
    }


@cache
def charts(chart: str, quality: str) -> Seen:
    return lint(held(chart, TREES[chart][quality]))


@pytest.mark.parametrize("carrier", sorted(held("x", {})))
@pytest.mark.parametrize("quality", [GOOD, BAD])
@pytest.mark.parametrize("chart", TREES)
def test_charts_that_carry_the_applications_own_tree(chart: str, quality: str, carrier: str) -> None:
    (first,), _ = charts(chart, quality)["values"]
    (found,), findings = charts(chart, quality)[carrier]
    assert (found.profile, found.host, found.port, found.mode, found.verify, found.auth) == (
        first.profile, first.host, first.port, first.mode, first.verify, first.auth
    )  # fmt: skip
    assert found.profile != "generic"
    assert found.host == "smtp.example.org"
    rules = [one.rule for one in findings if one.rule not in ABSENCE]
    assert rules == ([] if quality == GOOD else [RULES.get(chart, "SMTP205")])


# --- three deep


def test_places_three_deep_are_those_of_the_outer_file() -> None:
    """Values in an Application, an application.yml in the values, JSON in that: quotes, escapes, comments and CRLF on the way."""
    inner = '{"smtp": {"host": "smtp.example.org", "port": 25}}'
    lines = [
        "apiVersion: argoproj.io/v1alpha1", "kind: Application", "spec:", "  source:", "    chart: shop", "    helm:", "      values: |",
        "        files:", "          mail.yml: |  # the third", "            # \u00e9\U0001d11e",
        "            config.json: '" + inner + "'  # \u00fc", "            other: x",
    ]  # fmt: skip
    for newline in ("\n", "\r\n"):
        for start in ("", "\ufeff"):
            ((found,), findings) = lint({"a": {"app.yaml": start + newline.join(lines) + newline}})["a"]
            (finding,) = [one for one in findings if one.rule == "SMTP101"]
            place = found.fields["host"].place
            assert place is not None
            assert (place.line, place.column) == (11, lines[10].index('"smtp.example.org') + 1)
            assert (finding.place.line, finding.place.column) == (11, lines[10].index("25}") + 1)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('data:\n  app.env: "SMTP_HOST=smtp.example.org\\nSMTP_PORT=25\\n"\n', 2, 51),
        ('data:\n  app.env: "# \\u00e9 \\"x\\"\\nSMTP_HOST=smtp.example.org\\nSMTP_PORT=25"\n', 2, 67),
        ("data:\n  app.env: 'SMTP_HOST=smtp.example.org\n\n    SMTP_PORT=25'\n", 4, 15),
        ("data:\n  app.env: |2-\n    SMTP_HOST=smtp.example.org\n    SMTP_PORT=25  # x\n", 4, 15),
        ("data:\n  app.env: >\n    SMTP_HOST=smtp.example.org\n\n    SMTP_PORT=25\n", 5, 15),
        ("data:\n  app.env: SMTP_HOST=smtp.example.org\n\n    SMTP_PORT=25\n", 4, 15),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_places_survive_every_style_of_scalar(text: str, line: int, column: int, newline: str) -> None:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    _, findings = lint({"a": {"cm.yaml": (head + text).replace("\n", newline)}})["a"]
    (finding,) = [one for one in findings if one.rule == "SMTP101"]
    assert (finding.place.line, finding.place.column) == (line + 3, column)
