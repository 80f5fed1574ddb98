"""Every rule of precedence with its counter-case, through the whole linter: which host and port an application ends up with, and why not
another. `?` is a value that cannot be known, `-` one that is not set.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from smtplint.endpoint import Endpoint, Field
from tests.resolve.project import lint

Files = dict[str, str]
LARAVEL = {"composer.json": '{"require": {"laravel/framework": "^11.0"}}'}
SYMFONY = {"composer.json": '{"require": {"symfony/mailer": "^7.0", "symfony/dotenv": "^7.0"}}'}
VITE = {"package.json": '{"dependencies": {"vite": "6.0.0", "nodemailer": "6.9.0"}}'}
NEXT = {"package.json": '{"dependencies": {"next": "15.1.0", "nodemailer": "6.9.0"}}'}
RAILS = {"Gemfile": 'gem "dotenv-rails"\n'}


def compose(*environment: str, more: str = "", image: str = "    image: acme/web\n") -> str:
    """A compose file with one service; `environment` are its lines."""
    lines = "".join(f"      {line}\n" for line in environment)
    return f"services:\n  web:\n{image}{more}" + (f"    environment:\n{lines}" if environment else "")


def host(value: str) -> Files:
    return {"compose.yaml": compose(f"SMTP_HOST: {value}", "SMTP_PORT: 587")}


def env(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def workflow(top: str, value: str) -> Files:
    return {
        ".github/workflows/mail.yml": f"on: push\n{top}jobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - uses: dawidd6/action-send-mail@v3\n        with:\n          server_address: {value}\n          server_port: 587\n"
        "          subject: s\n          to: a@example.org\n          from: b\n"
    }


def grafana(value: str, **files: str) -> Files:
    return {"grafana.ini": f"[smtp]\nenabled = true\nhost = {value}\n", **files}


def spring(text: str, **more: str) -> Files:
    return {"src/main/resources/application.yml": text, **{f"src/main/resources/{name}.yml": value for name, value in more.items()}}


def django(**modules: str) -> Files:
    return {"shop/__init__.py": "", **{f"shop/{name.replace('__', '/')}.py": text for name, text in modules.items()}}


def pod(env_from: str, own: str = "") -> Files:
    maps = "".join(
        f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{SMTP_HOST: {name}.example.org, SMTP_PORT: '587'}}\n"
        for name in ("one", "two")
    )
    sources = "".join(f"        - configMapRef: {{name: {name}}}\n" for name in env_from.split())
    return {
        "k8s/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: acme/web\n"
        f"      envFrom:\n{sources}{own}{maps}"
    }


def chart(more: Files) -> Files:
    return {
        "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
        "chart/values.yaml": "smtp:\n  host: smtp.example.org\n  port: 587\n  username: me\n",
        **more,
    }


ALERTS = "route: {receiver: team}\nreceivers:\n  - name: team\n    email_configs:\n      - to: a@example.org\n        from: b@example.org\n"

CASES: dict[str, tuple[Files, dict[str, str]]] = {
    # compose
    "compose ${VAR}: the .env beside it": ({**host("${H}"), ".env": "H=smtp.example.org\n"}, {"compose.yaml": "smtp.example.org:587"}),
    "compose ${VAR}: nowhere, not known": (host("${H}"), {"compose.yaml": "?:587"}),
    "compose ${VAR}: the .env of another folder is not asked": (
        {**host("${H}"), "web/.env": "H=smtp.example.org\n"},
        {"compose.yaml": "?:587"},
    ),
    "compose :- : not set": (host("${H:-smtp.example.org}"), {"compose.yaml": "smtp.example.org:587"}),
    "compose :- : set": ({**host("${H:-a.example.org}"), ".env": "H=smtp.example.org\n"}, {"compose.yaml": "smtp.example.org:587"}),
    "compose :- : empty counts as not set": ({**host("${H:-smtp.example.org}"), ".env": "H=\n"}, {"compose.yaml": "smtp.example.org:587"}),
    "compose - : not set": (host("${H-smtp.example.org}"), {"compose.yaml": "smtp.example.org:587"}),
    "compose - : empty counts as set": ({**host("${H-smtp.example.org}"), ".env": "H=\n"}, {}),
    "compose :? : set": ({**host("${H:?needed}"), ".env": "H=smtp.example.org\n"}, {"compose.yaml": "smtp.example.org:587"}),
    "compose :? : not set, not known": (host("${H:?needed}"), {"compose.yaml": "?:587"}),
    "compose $$: a dollar, no reference": ({**host("$${H}"), ".env": "H=smtp.example.org\n"}, {"compose.yaml": "?:587"}),
    "compose env_file: its names are the application's": (
        {"compose.yaml": compose(more="    env_file: mail.env\n"), "mail.env": env("SMTP_HOST=smtp.example.org", "SMTP_PORT=587")},
        {"mail.env": "smtp.example.org:587"},
    ),
    "compose .env: its names are variables, and no application's": (
        {**host("${SMTP_HOST}"), ".env": env("SMTP_HOST=smtp.example.org", "SMTP_PORT=25")},
        {"compose.yaml": "smtp.example.org:587"},
    ),
    "compose env_file: the later wins": (
        {
            "compose.yaml": compose(more="    env_file: [a.env, b.env]\n"),
            "a.env": env("SMTP_HOST=smtp.example.org", "SMTP_PORT=25"),
            "b.env": "SMTP_PORT=587\n",
        },
        {"a.env": "smtp.example.org:587"},
    ),
    "compose env_file: in the other order the other": (
        {
            "compose.yaml": compose(more="    env_file: [b.env, a.env]\n"),
            "a.env": env("SMTP_HOST=smtp.example.org", "SMTP_PORT=25"),
            "b.env": "SMTP_PORT=587\n",
        },
        {"a.env": "smtp.example.org:25"},
    ),
    "compose environment wins over env_file": (
        {
            "compose.yaml": compose("SMTP_PORT: 587", more="    env_file: a.env\n"),
            "a.env": env("SMTP_HOST=smtp.example.org", "SMTP_PORT=25"),
        },
        {"a.env": "smtp.example.org:587"},
    ),
    "compose environment: the empty one wins too": (
        {
            "compose.yaml": compose("SMTP_PORT: ''", more="    env_file: a.env\n"),
            "a.env": env("SMTP_HOST=smtp.example.org", "SMTP_PORT=25"),
        },
        {"a.env": "smtp.example.org:-"},
    ),
    "compose env_file: one that is not there leaves the rest open": (
        {"compose.yaml": compose("SMTP_HOST: smtp.example.org", "SMTP_PORT: 587", more="    env_file: secret.env\n")},
        {"compose.yaml": "smtp.example.org:587"},
    ),
    "compose --env-file: a file that nothing names is nobody's": (
        {**host("${H}"), "deploy.env": "H=smtp.example.org\n"},
        {"compose.yaml": "?:587"},
    ),
    "compose extends: what is said here wins": (
        {
            "base.yaml": compose("SMTP_HOST: a.example.org", "SMTP_PORT: 587", image=""),
            "compose.yaml": compose("SMTP_HOST: smtp.example.org", more="    extends: {file: base.yaml, service: web}\n"),
        },
        {"compose.yaml": "smtp.example.org:587"},
    ),
    "compose extends: what is not said here comes from there": (
        {
            "base.yaml": compose("SMTP_HOST: smtp.example.org", "SMTP_PORT: 587", image=""),
            "compose.yaml": compose("LEVEL: 1", more="    extends: {file: base.yaml, service: web}\n"),
        },
        {"base.yaml": "smtp.example.org:587"},  # the file that says it
    ),
    "compose override: always merged": (
        {**host("a.example.org"), "compose.override.yaml": compose("SMTP_HOST: smtp.example.org")},
        {"compose.yaml": "smtp.example.org:587"},
    ),
    "compose overlay of another name: a world of its own": (
        {**host("a.example.org"), "compose.prod.yaml": compose("SMTP_HOST: smtp.example.org", image="")},
        {"compose.yaml": "a.example.org:587", "compose.prod.yaml (with compose.prod.yaml)": "smtp.example.org:587"},
    ),
    "*_FILE: a password from a file counts as one that cannot be seen": (
        {
            "compose.yaml": compose(
                "GF_SMTP_HOST: smtp.example.org:587",
                "GF_SMTP_ENABLED: 'true'",
                "GF_SMTP_PASSWORD__FILE: /run/secrets/p",
                "GF_SMTP_USER: me",
            ).replace("acme/web", "grafana/grafana")
        },
        {"compose.yaml": "smtp.example.org:587 auth unresolved"},
    ),
    "*_FILE: without it there is none": (
        {"compose.yaml": compose("GF_SMTP_HOST: smtp.example.org:587", "GF_SMTP_ENABLED: 'true'").replace("acme/web", "grafana/grafana")},
        {"compose.yaml": "smtp.example.org:587 auth unset"},
    ),
    # dotenv
    "dotenv: what stands above is seen": (
        {".env": env("DOMAIN=example.org", "SMTP_HOST=smtp.${DOMAIN}", "SMTP_PORT=587")},
        {".env": "smtp.example.org:587"},
    ),
    "dotenv: what stands below is not": (
        {".env": env("SMTP_HOST=smtp.${DOMAIN}", "SMTP_PORT=587", "DOMAIN=example.org")},
        {".env": "?:587"},
    ),
    "dotenv: single quotes keep the dollar": (
        {".env": env("DOMAIN=example.org", "SMTP_HOST='smtp.${DOMAIN}'", "SMTP_PORT=587")},
        {".env": "?:587"},
    ),
    # Spring
    "Spring ${VAR:default}: the default": (
        spring("spring.mail:\n  host: ${MAIL_HOST:smtp.example.org}\n  port: 587\n"),
        {"application.yml": "smtp.example.org:587"},
    ),
    "Spring ${VAR}: not known": (spring("spring.mail:\n  host: ${MAIL_HOST}\n  port: 587\n"), {"application.yml": "?:587"}),
    "Spring ${name}: another setting": (
        spring("own.host: smtp.example.org\nspring.mail:\n  host: ${own.host:a.example.org}\n  port: 587\n"),
        {"application.yml": "smtp.example.org:587"},
    ),
    "Spring relaxed binding: a name of the environment": (
        {"compose.yaml": compose("SPRING_MAIL_HOST: smtp.example.org", "SPRING_MAIL_PORT: 587")},
        {"compose.yaml": "smtp.example.org:587"},
    ),
    "Spring relaxed binding: dashes are left out, not underscores": (
        {"compose.yaml": compose("SPRINGMAIL_HOST: smtp.example.org", "SPRINGMAIL_PORT: 587")},
        {},
    ),
    "Spring profile file: over the main file": (
        spring("spring.mail:\n  host: a.example.org\n  port: 587\n", **{"application-prod": "spring.mail.host: smtp.example.org\n"}),
        {"application.yml": "a.example.org:587", "application-prod.yml (profile prod)": "smtp.example.org:587"},
    ),
    "Spring profile file: without mail it is no world": (
        spring("spring.mail:\n  host: a.example.org\n  port: 587\n", **{"application-prod": "server.port: 80\n"}),
        {"application.yml": "a.example.org:587"},
    ),
    "Spring on-profile: a document of its own": (
        spring(
            "spring.mail:\n  host: a.example.org\n  port: 587\n---\nspring:\n  config.activate.on-profile: prod\n"
            "  mail.host: smtp.example.org\n"
        ),
        {"application.yml": "a.example.org:587", "application.yml (profile prod)": "smtp.example.org:587"},
    ),
    "Spring: a later document without a profile always counts": (
        spring("spring.mail:\n  host: a.example.org\n  port: 587\n---\nspring.mail.host: smtp.example.org\n"),
        {"application.yml": "smtp.example.org:587"},
    ),
    # Symfony
    "Symfony %env()%: from .env": (
        {
            **SYMFONY,
            "config/packages/mailer.yaml": "framework:\n  mailer:\n    dsn: '%env(MAILER_DSN)%'\n",
            ".env": "MAILER_DSN=smtp://smtp.example.org:587\n",
        },
        {"config/packages/mailer.yaml": "smtp.example.org:587"},
    ),
    "Symfony %env()%: nowhere": (
        {**SYMFONY, "config/packages/mailer.yaml": "framework:\n  mailer:\n    dsn: 'smtp://%env(H)%:587'\n"},
        {"config/packages/mailer.yaml": "?:587"},
    ),
    "Symfony %env()%: .env.local over .env": (
        {
            **SYMFONY,
            "config/packages/mailer.yaml": "framework:\n  mailer:\n    dsn: 'smtp://%env(H)%:587'\n",
            ".env": "H=a.example.org\n",
            ".env.local": "H=smtp.example.org\n",
        },
        {"config/packages/mailer.yaml": "smtp.example.org:587"},
    ),
    # Grafana
    "Grafana $__env{}: what the environment holds is not known": (grafana("$__env{MAIL_HOST}:587"), {"grafana.ini": "?:587"}),
    "Grafana $__file{}: what the file holds is not known": (grafana("$__file{/run/secrets/host}"), {"grafana.ini": "?:?"}),
    "Grafana: a literal beside a reference": (
        grafana("smtp.example.org:587\npassword = $__file{/run/secrets/p}\nuser = me"),
        {"grafana.ini": "smtp.example.org:587 auth unresolved"},
    ),
    # workflows
    "workflow ${{ env.X }}: a literal of the same file": (
        workflow("env:\n  H: smtp.example.org\n", "${{ env.H }}"),
        {".github/workflows/mail.yml": "smtp.example.org:587"},
    ),
    "workflow ${{ env.X }}: not in the file": (workflow("", "${{ env.H }}"), {".github/workflows/mail.yml": "?:587"}),
    "workflow ${{ secrets.X }}: never known": (
        workflow("env:\n  H: smtp.example.org\n", "${{ secrets.H }}"),
        {".github/workflows/mail.yml": "?:587"},
    ),
    # templates
    "Ansible: an expression with a default is not known": (
        {
            "roles/web/tasks/main.yml": "- community.general.mail:\n    host: \"{{ h | default('smtp.example.org') }}\"\n    port: 587\n    subject: s\n"
        },
        {"roles/web/tasks/main.yml": "?:587"},
    ),
    "Ansible: a literal is": (
        {"roles/web/tasks/main.yml": "- community.general.mail:\n    host: smtp.example.org\n    port: 587\n    subject: s\n"},
        {"roles/web/tasks/main.yml": "smtp.example.org:587"},
    ),
    "Jinja: an expression with a default is not known": (
        {"templates/app.env.j2": env("SMTP_HOST={{ h | default('smtp.example.org') }}", "SMTP_PORT=587")},
        {"templates/app.env.j2": "?:587"},
    ),
    "Helm: an expression with a default is not known": (
        {**host("x"), "compose.yaml": compose('SMTP_HOST: "{{ .Values.host | default \\"smtp.example.org\\" }}"', "SMTP_PORT: 587")},
        {"compose.yaml": "?:587"},
    ),
    # cascades
    "Vite: .env.local over .env": (
        {**VITE, ".env": env("SMTP_HOST=smtp.example.org", "SMTP_PORT=25"), ".env.local": "SMTP_PORT=587\n"},
        {".env": "smtp.example.org:587"},
    ),
    "Vite: the mode's file over .env.local": (
        {
            **VITE,
            ".env": env("SMTP_HOST=smtp.example.org", "SMTP_PORT=25"),
            ".env.local": "SMTP_PORT=465\n",
            ".env.production": "SMTP_PORT=587\n",
        },
        {".env": "smtp.example.org:465", ".env.production (environment production)": "smtp.example.org:587"},
    ),
    "Vite: a name further down beats the default of a reference": (
        {**VITE, ".env": env("SMTP_HOST=${H:-a.example.org}", "SMTP_PORT=587", "H=smtp.example.org")},
        {".env": "?:587"},
    ),
    "Next.js: the mode's file over .env.local, as with Vite": (
        {**NEXT, ".env": env("SMTP_HOST=smtp.example.org", "SMTP_PORT=25"), ".env.production": "SMTP_PORT=587\n"},
        {".env": "smtp.example.org:25", ".env.production (environment production)": "smtp.example.org:587"},
    ),
    "Next.js: a default against a name of the same file stays open": (
        {**NEXT, ".env": env("H=smtp.example.org", "SMTP_HOST=${H:-a.example.org}", "SMTP_PORT=587")},
        {".env": "?:587"},
    ),
    "Symfony: .env.local is not read in tests": (
        {
            **SYMFONY,
            ".env": "MAILER_DSN=smtp://a.example.org:587\n",
            ".env.local": "MAILER_DSN=smtp://b.example.org:587\n",
            ".env.test": "MAILER_X=1\n",
        },
        {".env": "b.example.org:587", ".env.test (environment test)": "a.example.org:587"},
    ),
    "Symfony: .env.prod over .env.local": (
        {
            **SYMFONY,
            ".env": "MAILER_DSN=smtp://a.example.org:587\n",
            ".env.local": "MAILER_DSN=smtp://b.example.org:587\n",
            ".env.prod": "MAILER_DSN=smtp://c.example.org:587\n",
        },
        {".env": "b.example.org:587", ".env.prod (environment prod)": "c.example.org:587"},
    ),
    "Laravel: the environment's file stands instead of .env": (
        {
            **LARAVEL,
            ".env": env("MAIL_MAILER=smtp", "MAIL_HOST=a.example.org", "MAIL_PORT=587"),
            ".env.production": env("MAIL_MAILER=smtp", "MAIL_HOST=smtp.example.org"),
        },
        {".env": "a.example.org:587", ".env.production": "smtp.example.org:2525"},
    ),
    "Rails: .env.local over the environment's file": (
        {
            **RAILS,
            ".env": env("SMTP_HOST=smtp.example.org", "SMTP_PORT=25"),
            ".env.local": "SMTP_PORT=587\n",
            ".env.production": "SMTP_PORT=465\n",
        },
        {".env": "smtp.example.org:587", ".env.production (environment production)": "smtp.example.org:587"},
    ),
    "Rails: the environment's own local file over both": (
        {
            **RAILS,
            ".env": env("SMTP_HOST=smtp.example.org", "SMTP_PORT=25"),
            ".env.local": "SMTP_PORT=587\n",
            ".env.production.local": "SMTP_PORT=465\n",
        },
        {".env": "smtp.example.org:587", ".env.production.local (environment production)": "smtp.example.org:465"},
    ),
    "without a loader no file lies over another": (
        {".env": env("SMTP_HOST=smtp.example.org", "SMTP_PORT=25"), ".env.local": "SMTP_PORT=587\n"},
        {".env": "smtp.example.org:25"},
    ),
    # Kubernetes
    "envFrom: the later source wins": (pod("one two"), {"k8s/pod.yaml": "two.example.org:587"}),
    "envFrom: in the other order the other": (pod("two one"), {"k8s/pod.yaml": "one.example.org:587"}),
    "env wins over envFrom": (
        pod("one two", "      env:\n        - {name: SMTP_HOST, value: smtp.example.org}\n"),
        {"k8s/pod.yaml": "smtp.example.org:587"},
    ),
    # Django
    "settings package: the heir's word counts": (
        django(
            settings__base="EMAIL_HOST = 'a.example.org'\nEMAIL_PORT = 587\nINSTALLED_APPS = []\n",
            settings__production="from .base import *\nEMAIL_HOST = 'smtp.example.org'\n",
        ),
        {"shop/settings/production.py": "smtp.example.org:587"},
    ),
    "settings package: what stands before the import does not": (
        django(
            settings__base="EMAIL_HOST = 'a.example.org'\nEMAIL_PORT = 587\nINSTALLED_APPS = []\n",
            settings__production="EMAIL_HOST = 'smtp.example.org'\nfrom .base import *\n",
        ),
        {"shop/settings/production.py": "a.example.org:587"},
    ),
    "globals().update: a table that can be read": (
        django(
            settings="INSTALLED_APPS = []\nEMAIL_HOST = 'a.example.org'\nEMAIL_PORT = 587\nglobals().update({'EMAIL_HOST': 'smtp.example.org'})\n"
        ),
        {"shop/settings.py": "smtp.example.org:587"},
    ),
    "globals().update: a table that cannot": (
        django(
            settings="import vault\nINSTALLED_APPS = []\nEMAIL_HOST = 'a.example.org'\nEMAIL_PORT = 587\nglobals().update(vault.settings())\n"
        ),
        {"shop/settings.py": "?:?"},
    ),
    "try: local settings that are there": (
        django(
            settings="INSTALLED_APPS = []\nEMAIL_HOST = 'a.example.org'\nEMAIL_PORT = 587\ntry:\n    from .local import *\n"
            "except ImportError:\n    pass\n",
            local="EMAIL_HOST = 'smtp.example.org'\n",
        ),
        {"shop/settings.py": "smtp.example.org:587"},
    ),
    "try: local settings that are not": (
        django(
            settings="INSTALLED_APPS = []\nEMAIL_HOST = 'a.example.org'\nEMAIL_PORT = 587\ntry:\n    from .local import *\n"
            "except ImportError:\n    pass\n"
        ),
        {"shop/settings.py": "a.example.org:587"},
    ),
    "read_env: the file that it names": (
        {
            **django(
                settings="import environ\nenv = environ.Env()\nenviron.Env.read_env('.env')\nINSTALLED_APPS = []\n"
                "EMAIL_HOST = env('H', default='a.example.org')\nEMAIL_PORT = 587\n"
            ),
            ".env": "H=smtp.example.org\n",
        },
        {"shop/settings.py": "smtp.example.org:587"},
    ),
    "read_env: without it the file is nobody's": (
        {
            **django(
                settings="import environ\nenv = environ.Env()\nINSTALLED_APPS = []\n"
                "EMAIL_HOST = env('H', default='a.example.org')\nEMAIL_PORT = 587\n"
            ),
            ".env": "H=smtp.example.org\n",
        },
        {"shop/settings.py": "a.example.org:587"},
    ),
    # Alertmanager
    "Alertmanager: the receiver's over the global one": (
        {"alertmanager.yml": "global: {smtp_smarthost: 'a.example.org:587'}\n" + ALERTS + "        smarthost: smtp.example.org:587\n"},
        {"alertmanager.yml": "smtp.example.org:587"},
    ),
    "Alertmanager: the global one": (
        {"alertmanager.yml": "global: {smtp_smarthost: 'a.example.org:587'}\n" + ALERTS},
        {"alertmanager.yml": "a.example.org:587"},
    ),
    # Helm
    "Helm: values over the chart's own": (
        chart({"chart/values-prod.yaml": "smtp:\n  host: b.example.org\n"}),
        {"chart/values.yaml": "smtp.example.org:587", "chart/values-prod.yaml (values values-prod.yaml)": "b.example.org:587"},
    ),
    "Helm: values without mail are no world": (
        chart({"chart/values-prod.yaml": "replicas: 2\n"}),
        {"chart/values.yaml": "smtp.example.org:587"},
    ),
    # YAML
    "merge key: what is written beside it wins": (
        {
            "compose.yaml": "x-mail: &mail {SMTP_HOST: a.example.org, SMTP_PORT: 587}\n"
            + compose("<<: *mail", "SMTP_HOST: smtp.example.org")
        },
        {"compose.yaml": "smtp.example.org:587"},
    ),
    "merge key: the first of several wins": (
        {
            "compose.yaml": "x-a: &a {SMTP_HOST: smtp.example.org}\nx-b: &b {SMTP_HOST: b.example.org, SMTP_PORT: 587}\n"
            + compose("<<: [*a, *b]")
        },
        {"compose.yaml": "smtp.example.org:587"},
    ),
}


def said(field: Field | None) -> str:
    if field is None or field.state == "absent":
        return "-"
    return "?" if field.state == "unresolved" else str(field.value)


def told(endpoint: Endpoint, auth: bool) -> tuple[str, str]:
    branch = endpoint.scope.branch if endpoint.scope is not None else ""
    text = f"{said(endpoint.fields.get('host'))}:{said(endpoint.fields.get('port'))}" + (f" auth {endpoint.auth}" if auth else "")
    return endpoint.file.removeprefix("src/main/resources/") + (f" ({branch})" if branch else ""), text


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=list(CASES))
def test_precedence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: Files, expected: dict[str, str]) -> None:
    auth = any(" auth " in text for text in expected.values())
    assert dict(told(one, auth) for one in lint(tmp_path, monkeypatch, files).endpoints) == expected


DJANGO = {"shop/settings.py": "INSTALLED_APPS = []\nEMAIL_HOST = 'smtp.example.org'\nEMAIL_PORT = 587\nEMAIL_USE_TLS = True\n"}
SMTP = {".env": env("SMTP_HOST=smtp.example.org", "SMTP_PORT=587")}
MAIL = {".env": env("MAIL_MAILER=smtp", "MAIL_HOST=smtp.example.org", "MAIL_PORT=587", "MAIL_ENCRYPTION=tls")}
BOOT = {
    "src/main/resources/application.yml": "spring.mail:\n  host: smtp.example.org\n  port: 465\n  properties: {mail.smtp.ssl.enable: true}\n"
}
PLUGIN = "org.springframework.boot:spring-boot-starter-mail"


def package(name: str, version: str) -> str:
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\n'


def starter(version: str) -> str:
    group, _, name = PLUGIN.partition(":")
    inner = f"<groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version>"
    return f"<project><dependencies><dependency>{inner}</dependency></dependencies></project>"


# Every kind of manifest and lock file: the application, the file with two contents, and the fact that differs between them.
VERSIONS: dict[str, tuple[Files, str, dict[str, object], str]] = {
    "requirements.txt": (DJANGO, "verify", {"Django==4.1.3\n": False, "Django==5.2.1\n": True}, ""),
    "requirements/base.txt": (DJANGO, "verify", {"Django~=4.1.0\n": False, "Django>=4.2\n": True}, ""),
    "pyproject.toml": (
        DJANGO,
        "verify",
        {f'[project]\ndependencies = ["django{spec}"]\n': verify for spec, verify in ((">=4.1,<4.2", False), (">=5.2,<6", True))},
        "",
    ),
    "uv.lock": (DJANGO, "verify", {package("django", "4.1.3"): False, package("django", "5.2.1"): True}, ""),
    "poetry.lock": (DJANGO, "verify", {package("Django", "3.2.25"): False, package("Django", "4.2.0"): True}, ""),
    "package.json": (
        SMTP,
        "profile",
        {'{"dependencies": {"nodemailer": "^6.9.1"}}': "nodemailer", '{"dependencies": {"express": "^4"}}': "generic"},
        "",
    ),
    "package-lock.json": (
        SMTP,
        "version",
        {f'{{"packages": {{"node_modules/nodemailer": {{"version": "{one}"}}}}}}': one for one in ("6.9.13", "10.6.0")},
        '{"dependencies": {"nodemailer": "*"}}',
    ),
    "yarn.lock": (
        SMTP,
        "version",
        {f'nodemailer@*:\n  version "{one}"\n': one for one in ("6.9.14", "10.6.0")},
        '{"dependencies": {"nodemailer": "*"}}',
    ),
    "pnpm-lock.yaml": (
        SMTP,
        "version",
        {f"packages:\n\n  nodemailer@{one}:\n    resolution: {{}}\n": one for one in ("7.0.3", "10.6.0")},
        '{"dependencies": {"nodemailer": "*"}}',
    ),
    "composer.json": (
        MAIL,
        "profile",
        {
            f'{{"require": {{"laravel/framework": "^{one}"}}}}': name
            for one, name in (("8.0", "laravel-8"), ("10.0", "laravel-9-10"), ("11.0", "laravel-11"))
        },
        "",
    ),
    "composer.lock": (
        MAIL,
        "profile",
        {
            f'{{"packages": [{{"name": "laravel/framework", "version": "v{one}"}}]}}': name
            for one, name in (("8.83.1", "laravel-8"), ("11.4.0", "laravel-11"))
        },
        "",
    ),
    "pom.xml": (BOOT, "verify_hostname", {starter("2.7.18"): False, starter("3.5.0"): True}, ""),
    "build.gradle": (
        BOOT,
        "verify_hostname",
        {f"implementation '{PLUGIN}:2.7.18'\n": False, f"implementation '{PLUGIN}:3.5.0'\n": True},
        "",
    ),
}


@pytest.mark.parametrize("manifest", list(VERSIONS))
def test_a_manifest_or_lock_file_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manifest: str) -> None:
    files, fact, contents, beside = VERSIONS[manifest]
    found = {}
    for number, text in enumerate(contents):
        more = {"package.json": beside} if beside else {}
        (endpoint,) = lint(tmp_path / str(number), monkeypatch, {**files, **more, manifest: text}).endpoints
        found[text] = getattr(endpoint, fact)
    assert found == contents


@pytest.mark.parametrize("manifest", ["requirements.txt", "package.json", "composer.json", "pom.xml"])
def test_without_it_nothing_is_taken_for_certain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manifest: str) -> None:
    (endpoint,) = lint(tmp_path, monkeypatch, VERSIONS[manifest][0]).endpoints
    assert endpoint.version is None
    assert endpoint.alternates or endpoint.profile == "generic" or len(endpoint.modes) > 1


@pytest.mark.parametrize(("tag", "mode"), [("v0.27.0", "invalid"), ("v0.31.0", "implicit"), ("latest", "implicit")])
def test_the_tag_of_an_image_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tag: str, mode: str) -> None:
    held = "global: {smtp_smarthost: 'smtp.example.org:465'}\n" + ALERTS
    text = f"image: {{repository: prom/alertmanager, tag: {tag}}}\nfiles:\n  alertmanager.yml: |\n"
    (endpoint,) = lint(tmp_path, monkeypatch, {"values.yaml": text + "".join(f"    {line}\n" for line in held.splitlines())}).endpoints
    assert endpoint.mode == mode
    # Without a release the newest is shown, and only what holds in the others too is said.
    assert bool(endpoint.alternates) == (tag == "latest")


def test_the_lock_file_of_the_gems_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS and STARTTLS at once are refused by the mail gem from 2.9 on."""
    files = {
        ".env.production": env("LOCAL_DOMAIN=social.example.org", "SMTP_SERVER=smtp.example.org", "SMTP_PORT=465", "SMTP_TLS=true",
                               "SMTP_ENABLE_STARTTLS=auto"),
    }  # fmt: skip
    modes = []
    for gem in ("2.8.1", "2.9.0"):
        (endpoint,) = lint(tmp_path / gem, monkeypatch, {**files, "Gemfile.lock": f"GEM\n  specs:\n    mail ({gem})\n"}).endpoints
        modes.append(endpoint.mode)
    assert modes == ["implicit", "invalid"]
