"""Every container that can hold an environment, filled with the same settings."""

from __future__ import annotations

import json


def written(tree: object) -> str:
    return json.dumps(tree, ensure_ascii=False)


def containers(settings: dict[str, str]) -> dict[str, tuple[str, str, str]]:
    """Name → (path of the file, its text, what the owner's image must be), with these variables in each."""

    def pairs(indent: int, form: str) -> str:
        """The settings line by line, `form` with {k} and {v}."""
        return "".join(" " * indent + form.format(k=key, v=value) + "\n" for key, value in settings.items())

    def quoted(indent: int) -> str:
        return pairs(indent, '{k}: "{v}"')

    NAMED = "- name: {k}\n{i}  value: '{v}'"

    def named(indent: int) -> str:
        return pairs(indent, NAMED.replace("{i}", " " * indent))

    def block(indent: int) -> str:
        return pairs(indent, "{k}={v}")

    DEPLOYMENT = (
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: app}}\nspec:\n  template:\n    spec:\n      containers:\n"
        "      - name: app\n        image: acme/app:1\n        env:\n"
    )
    WEB = "services:\n  web:\n    image: acme/app:1\n    environment:\n"
    JOB = "jobs:\n  a:\n    steps:\n    - run: make\n"
    VALUES = "image:\n  repository: acme/app\n  tag: 1.2.3\n"

    return {
        "dotenv": (".env", block(0), ""),
        "envrc": (".envrc", pairs(0, "export {k}={v}"), ""),
        "compose-map": ("docker-compose.yml", WEB + quoted(6), "acme/app"),
        "compose-list": ("compose.prod.yaml", WEB + pairs(6, "- {k}={v}"), "acme/app"),
        "compose-quoted-list": ("compose.yaml", WEB + pairs(6, '- "{k}={v}"'), "acme/app"),
        "compose-other-name": ("deploy/app.yml", WEB + quoted(6), "acme/app"),
        "compose-anchor": (
            "docker-compose.yml",
            "x-mail: &mail\n" + quoted(2) + "services:\n  web:\n    image: acme/app\n    environment:\n      <<: *mail\n",
            "acme/app",
        ),
        "compose-content": ("compose.yaml", "services: {a: {image: x}}\nconfigs:\n  mail.env:\n    content: |\n" + block(6), ""),
        "deployment": ("k8s/app.yaml", DEPLOYMENT.format(kind="Deployment") + named(8), "acme/app"),
        "stateful-set": ("k8s/app.yaml", DEPLOYMENT.format(kind="StatefulSet") + named(8), "acme/app"),
        "custom-kind": ("k8s/app.yaml", DEPLOYMENT.format(kind="Rollout").replace("apps/v1", "argoproj.io/v1alpha1") + named(8), "acme/app"),
        "cron-job": (
            "job.yaml",
            "apiVersion: batch/v1\nkind: CronJob\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          initContainers:\n"
            "          - image: acme/app\n            env:\n" + named(12),
            "acme/app",
        ),
        "list-kind": (
            "all.yaml",
            "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  spec:\n    containers:\n"
            "    - image: acme/app\n      env:\n" + named(6),
            "acme/app",
        ),
        "config-map": ("k8s/cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mail}\ndata:\n" + quoted(2), ""),
        "config-map-env-file": ("k8s/cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mail}\ndata:\n  app.env: |\n" + block(4), ""),
        "secret-text": ("k8s/s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: mail}\nstringData:\n" + quoted(2), ""),
        "kustomize": ("kustomization.yaml", "configMapGenerator:\n- name: mail\n  literals:\n" + pairs(2, "- {k}={v}"), ""),
        "external-secret": (
            "es.yaml",
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: mail}\nspec:\n"
            "  target:\n    template:\n      data:\n" + quoted(8),
            "",
        ),
        "helm-map": ("charts/app/values.yaml", VALUES + "env:\n" + quoted(2), "acme/app"),
        "helm-list": ("values-prod.yaml", VALUES + "extraEnvVars:\n" + named(2), "acme/app"),
        "helm-value-form": ("values.yaml", VALUES + "app:\n  env:\n" + pairs(4, '{k}: {{value: "{v}"}}'), "acme/app"),
        "helm-config": ("values.yaml", VALUES + "config:\n" + quoted(2), "acme/app"),
        "helm-secret": ("values.yaml", VALUES + "secretEnv:\n" + quoted(2), "acme/app"),
        "helm-other-name": ("apps/mail.yaml", VALUES + "env:\n" + quoted(2), "acme/app"),
        "helm-text": ("values.yaml", VALUES + "files:\n  app.env: |\n" + block(4), "acme/app"),
        "helm-release": (
            "hr.yaml",
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: app}\nspec:\n  chart: {spec: {chart: app}}\n"
            "  values:\n    image: {repository: acme/app}\n    env:\n" + quoted(6),
            "acme/app",
        ),
        "argo-values": (
            "app.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    chart: app\n    helm:\n      values: |\n"
            "        image: {repository: acme/app}\n        env:\n" + quoted(10),
            "acme/app",
        ),
        "argo-object": (
            "app.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  sources:\n  - chart: app\n    helm:\n      valuesObject:\n"
            "        image: {repository: acme/app}\n        env:\n" + quoted(10),
            "acme/app",
        ),
        "workflow-top": (".github/workflows/ci.yml", "on: push\nenv:\n" + quoted(2) + JOB, ""),
        "workflow-job": (".github/workflows/ci.yml", "jobs:\n  a:\n    env:\n" + quoted(6) + "    steps:\n    - run: make\n", ""),
        "workflow-step": (".github/workflows/ci.yml", JOB + "    - run: send\n      env:\n" + quoted(8), ""),
        "workflow-service": (
            ".gitea/workflows/ci.yaml",
            "jobs:\n  a:\n    services:\n      app:\n        image: acme/app\n        env:\n" + quoted(10) + "    steps:\n    - run: make\n",
            "acme/app",
        ),
        "gitlab-top": (".gitlab-ci.yml", "variables:\n" + quoted(2) + "test:\n  script: [make]\n", ""),
        "gitlab-value-form": (".gitlab-ci.yml", "variables:\n" + pairs(2, '{k}: {{value: "{v}"}}') + "test: {script: [make]}\n", ""),
        "gitlab-job": (".gitlab-ci.yml", "test:\n  image: acme/app:2\n  script: [make]\n  variables:\n" + quoted(4), "acme/app"),
        "woodpecker-map": (".woodpecker/ci.yaml", "steps:\n  a:\n    image: acme/app\n    environment:\n" + quoted(6), "acme/app"),
        "woodpecker-list": (".woodpecker.yml", "steps:\n- image: acme/app\n  environment:\n" + quoted(4), "acme/app"),
        "drone": (".drone.yml", "kind: pipeline\ntype: docker\nsteps:\n- image: acme/app\n  environment:\n" + quoted(4), "acme/app"),
        "ansible-container": (
            "roles/app/tasks/main.yml",
            "- name: run\n  community.docker.docker_container:\n    name: app\n    image: acme/app\n    env:\n" + quoted(6),
            "acme/app",
        ),
        "ansible-task": ("tasks/main.yml", "- name: run\n  environment:\n" + quoted(4) + "  ansible.builtin.command: make\n", ""),
        "ansible-vars": ("group_vars/all.yml", "app:\n  env:\n" + quoted(4), ""),
        "dockerfile": ("Dockerfile", "FROM acme/app:3\n" + pairs(0, "ENV {k}={v}"), "acme/app"),
        "systemd": ("deploy/app.service", "[Service]\n" + pairs(0, 'Environment="{k}={v}"'), ""),
        "fly": ("fly.toml", "app = 'x'\n[env]\n" + pairs(0, '{k} = "{v}"'), ""),
        "render": ("render.yaml", "services:\n- type: web\n  name: x\n  envVars:\n" + pairs(2, "- key: {k}\n    value: '{v}'"), ""),
        "app-json": ("app.json", written({"env": {key: {"value": value, "description": "x"} for key, value in settings.items()}}), ""),
        "serverless": ("serverless.yml", "service: x\nprovider:\n  name: aws\n  environment:\n" + quoted(4), ""),
        "app-engine": ("app.yaml", "runtime: python312\nenv_variables:\n" + quoted(2), ""),
        "devcontainer": (".devcontainer/devcontainer.json", written({"image": "acme/app", "containerEnv": settings}), "acme/app"),
        "ecs": (
            "task.json",
            written({"containerDefinitions": [{"name": "a", "image": "acme/app", "environment": [
                {"name": key, "value": value} for key, value in settings.items()]}]}),
            "acme/app",
        ),
        "any-yaml": ("deploy/thing.yaml", "thing:\n  environment:\n" + quoted(4), ""),
    }  # fmt: skip
