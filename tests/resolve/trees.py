"""Hypothesis strategies for small repositories in which settings are spread over files of every kind that feed one another."""

from __future__ import annotations

import json

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

HOSTS = ("smtp.example.org", "relay.example.com")
PORTS = ("25", "465", "587", "2525")
SECURITY = ("off", "starttls", "force_tls")


def text(*lines: str) -> str:
    return "\n".join(lines) + "\n"


@st.composite
def compose(draw: DrawFn) -> dict[str, str]:
    """Compose files with `.env`, env files, an override, an overlay, `extends` and `include`."""
    files: dict[str, str] = {}
    env = draw(st.sets(st.sampled_from(("H", "P", "SEC", "SMTP_HOST"))))
    values = {"H": HOSTS, "P": PORTS, "SEC": SECURITY, "SMTP_HOST": HOSTS}
    if env:
        files[".env"] = text(*(f"{name}={draw(st.sampled_from(values[name]))}" for name in sorted(env)))
    if draw(st.booleans()):
        files["mail.env"] = text(
            *draw(st.lists(st.sampled_from(("SMTP_PORT=25", "SMTP_SECURITY=off", "LEVEL=1", "SMTP_HOST=m.example.org")), min_size=1))
        )

    def service() -> list[str]:
        lines = (
            [f"    image: {draw(st.sampled_from(('vaultwarden/server:1.30', 'acme/web', 'gitea/gitea')))}"] if draw(st.booleans()) else []
        )
        if draw(st.booleans()):
            lines.append("    env_file: mail.env")
        settings = draw(
            st.sets(
                st.sampled_from(
                    (
                        "SMTP_HOST: smtp.example.org",
                        "SMTP_HOST: ${H}",
                        "SMTP_PORT: ${P:-587}",
                        "SMTP_PORT: '25'",
                        "SMTP_SECURITY: ${SEC:-off}",
                        "LEVEL: 1",
                    )
                )
            )
        )
        chosen = {line.partition(":")[0]: line for line in sorted(settings)}
        if chosen:
            lines += ["    environment:", *(f"      {line}" for line in chosen.values())]
        return lines or ["    build: ."]

    for name in draw(
        st.sampled_from(
            (("compose.yaml",), ("compose.yaml", "compose.override.yaml"), ("compose.yaml", "compose.prod.yaml"), ("docker-compose.yml",))
        )
    ):
        lines = ["services:"]
        for one in draw(st.sampled_from((("web",), ("web", "job")))):
            lines += [f"  {one}:", *service()]
        files[name] = text(*lines)
    if draw(st.booleans()):
        files["common.yaml"] = text("services:", "  base:", *service())
        files["compose.yaml"] = files.get("compose.yaml", "services:\n") + text(
            "  heir:", "    extends: {file: common.yaml, service: base}", "    image: acme/heir"
        )
    if draw(st.booleans()) and "compose.yaml" in files:
        files["part/compose.yaml"] = text("services:", "  part:", *service()).replace("mail.env", "../mail.env")
        if draw(st.booleans()):
            files["part/.env"] = text(f"SEC={draw(st.sampled_from(SECURITY))}", "P=2525")
        files["compose.yaml"] = "include: [part/compose.yaml]\n" + files["compose.yaml"]
    return files


@st.composite
def kubernetes(draw: DrawFn) -> dict[str, str]:
    """A pod with ConfigMaps and Secrets, in the same file or beside it."""
    maps = {
        name: draw(
            st.sets(
                st.sampled_from(("SMTP_HOST: smtp.example.org", "SMTP_PORT: '25'", "SMTP_SECURITY: 'off'", "LEVEL: debug", "sec: 'off'"))
            )
        )
        for name in draw(st.sampled_from((("a",), ("a", "b"), ("a", "b", "c"))))
    }
    sources = [f"        - configMapRef: {{name: {name}}}" for name in draw(st.permutations(sorted(maps)))]
    pod = [
        "apiVersion: v1",
        "kind: Pod",
        "metadata: {name: app}",
        "spec:",
        "  containers:",
        "    - name: app",
        "      image: vaultwarden/server:1.30",
    ]
    pod += ["      envFrom:", *sources[: draw(st.integers(1, len(sources)))]]
    extra = draw(
        st.sets(
            st.sampled_from(("{name: SMTP_PORT, value: '587'}", "{name: SMTP_SECURITY, valueFrom: {configMapKeyRef: {name: a, key: sec}}}"))
        )
    )
    if extra:
        pod += ["      env:", *(f"        - {one}" for one in sorted(extra))]
    files = {"k8s/pod.yaml": text(*pod)}
    for name, lines in sorted(maps.items()):
        document = text(
            "apiVersion: v1", "kind: ConfigMap", f"metadata: {{name: {name}}}", "data:", *(f"  {line}" for line in sorted(lines))
        )
        if draw(st.booleans()):
            files["k8s/pod.yaml"] += "---\n" + document
        else:
            files[f"k8s/{name}.yaml"] = document
    return files


@st.composite
def spring(draw: DrawFn) -> dict[str, str]:
    """`application.yml` with profile files, documents for profiles, and references to other keys."""
    keys = (
        "host: smtp.example.org",
        "host: ${relay.host}",
        "port: 25",
        "port: ${relay.port:587}",
        "properties.mail.smtp.starttls.enable: true",
    )
    files: dict[str, str] = {}

    def mail() -> list[str]:
        chosen = {line.partition(":")[0]: line for line in sorted(draw(st.sets(st.sampled_from(keys))))}
        return ["spring:", "  mail:", *(f"    {line}" for line in chosen.values())] if chosen else ["server: {port: 8080}"]

    relay = draw(st.sampled_from(("", "relay: {host: relay.example.com, port: 2525}", "relay: {port: 465}")))
    files["application.yml"] = text(*([relay] if relay else []), *mail())
    for profile in draw(st.sets(st.sampled_from(("dev", "prod")))):
        if draw(st.booleans()):
            files[f"application-{profile}.yml"] = text(*(mail() if draw(st.booleans()) else ["relay: {host: other.example.com}"]))
        else:
            files["application.yml"] += text("---", f"spring.config.activate.on-profile: {profile}", *mail())
    if draw(st.booleans()):
        files["application.properties"] = text("spring.mail.username=u", "relay.host=props.example.com")
    return files


@st.composite
def helm(draw: DrawFn) -> dict[str, str]:
    """A chart with its values, an overlay, and a dependency that lies in it."""
    mailer = (
        "ENABLED: true",
        "SMTP_ADDR: smtp.example.org",
        "SMTP_PORT: 25",
        "SMTP_PORT: 587",
        "PROTOCOL: smtp",
        "PROTOCOL: smtp+starttls",
        "FROM: a@example.org",
    )

    def values(indent: str) -> list[str]:
        chosen = {line.partition(":")[0]: line for line in sorted(draw(st.sets(st.sampled_from(mailer))))}
        head = ["gitea:", "  config:", "    mailer:"]
        return [indent + line for line in (*head, *(f"      {line}" for line in chosen.values()))] if chosen else [f"{indent}replicas: 1"]

    files = {"Chart.yaml": text("apiVersion: v2", "name: gitea", "version: 1.0.0"), "values.yaml": text(*values(""))}
    if draw(st.booleans()):
        files["values-prod.yaml"] = text(*values(""))
    if draw(st.booleans()):
        alias = draw(st.sampled_from(("", "forge")))
        files["Chart.yaml"] = text(
            "apiVersion: v2",
            "name: umbrella",
            "version: 1.0.0",
            "dependencies:",
            "  - name: gitea",
            "    repository: file://charts/gitea",
            *([f"    alias: {alias}"] if alias else []),
            *(["    condition: on"] if draw(st.booleans()) else []),
        )
        files["charts/gitea/Chart.yaml"] = text("apiVersion: v2", "name: gitea", "version: 1.0.0")
        files["charts/gitea/values.yaml"] = text(*values(""))
        files["values.yaml"] = text(*(["'on': false"] if draw(st.booleans()) else []), f"{alias or 'gitea'}:", *values("  "))
    return files


@st.composite
def cascades(draw: DrawFn) -> dict[str, str]:
    """The env files of a loader with a cascade; Symfony's also fill its configuration."""
    tool = draw(st.sampled_from(("symfony", "laravel", "next", "rails", "")))
    manifest = {
        "symfony": ("composer.json", json.dumps({"require": {"symfony/mailer": "^7.0", "symfony/dotenv": "^7.0"}})),
        "laravel": ("composer.json", json.dumps({"require": {"laravel/framework": "^11.0"}})),
        "next": ("package.json", json.dumps({"dependencies": {"next": "15.0.0", "nodemailer": "6.9.0"}})),
        "rails": ("Gemfile", 'gem "dotenv-rails"\n'),
    }
    files = dict([manifest[tool]]) if tool else {}
    lines = (
        "SMTP_HOST=smtp.example.org",
        "SMTP_HOST=${DOMAIN}",
        "SMTP_PORT=25",
        "SMTP_PORT=587",
        "DOMAIN=d.example.org",
        "MAILER_DSN=smtp://m.example.org:25",
    )
    for name in (".env", ".env.local", ".env.production", ".env.production.local", ".env.test"):
        if draw(st.booleans()):
            files[name] = text(*draw(st.lists(st.sampled_from(lines), min_size=1, max_size=4, unique=True)))
    if tool == "symfony" and draw(st.booleans()):
        dsn = draw(st.sampled_from(("%env(MAILER_DSN)%", "smtp://%env(SMTP_HOST)%:%env(SMTP_PORT)%", "%mail%", "smtp://%env(DOMAIN)%:25")))
        files["config/packages/mailer.yaml"] = text("framework:", "  mailer:", f"    dsn: '{dsn}'")
        if draw(st.booleans()):
            files["config/services.yaml"] = text("parameters:", "  mail: 'smtp://%env(DOMAIN)%:587'")
    return files


@st.composite
def settings(draw: DrawFn) -> dict[str, str]:
    """A settings package with several modules that run, a module of constants, and an env file."""
    lines = (
        "EMAIL_HOST = 'smtp.example.org'",
        "EMAIL_HOST = HOST",
        "EMAIL_PORT = 587",
        "EMAIL_USE_TLS = True",
        "EMAIL_PORT = int(os.environ.get('PORT', '25'))",
        "EMAIL_HOST_PASSWORD = os.environ['SECRET']",
    )
    files = {"shop/__init__.py": "", "shop/constants.py": text("HOST = 'constant.example.org'"), "requirements.txt": "django==5.1\n"}
    head = ["import os", "from dotenv import load_dotenv", "load_dotenv()"] if draw(st.booleans()) else ["import os"]
    files["shop/settings/__init__.py"] = ""
    files["shop/settings/base.py"] = text(*head, "from ..constants import *", *draw(st.lists(st.sampled_from(lines), max_size=4)))
    for name in ("dev", "prod", "test"):
        if draw(st.booleans()):
            files[f"shop/settings/{name}.py"] = text(
                "import os", "from .base import *", *draw(st.lists(st.sampled_from(lines), max_size=3))
            )
    if draw(st.booleans()):
        files[".env"] = text(
            *draw(st.lists(st.sampled_from(("PORT=2525", "SECRET=x", "MAIL_HOST=h.example.org")), min_size=1, unique=True))
        )
    return files


KINDS = {"compose": compose, "kubernetes": kubernetes, "spring": spring, "helm": helm, "cascades": cascades, "settings": settings}
