"""A recorded configuration, written as that application's users write it, with the file that says the version beside it.

`render(client, version, config, port)` yields `Files` (linted through the whole way), `Inputs` (for a client that is set up in program
code: its table in `rules/clients/` is asked directly), or `Left`, a reason why there is nothing to compare.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import yaml

HOST = "mail.example.test"
USER = "user@example.test"
PASSWORD = "correct-horse"

Config = dict[str, Any]


class Files:
    """Files to lint: `main` carries the settings."""

    def __init__(self, main: str, text: str, **others: str) -> None:
        self.main = main
        self.files = {main: text, **{name.replace("__", "."): content for name, content in others.items()}}


class Inputs:
    """Inputs of a table in `rules/clients/`. `verify` says what the calling program does about the certificate: True, False, "client"
    (nothing: the client's own default) or None (it cannot be said in the words of the table). `version` by axis."""

    def __init__(self, client: str, inputs: Config, *, verify: bool | str | None = "client", **version: str) -> None:
        self.client = client
        self.inputs = inputs
        self.verify = verify
        self.version = version


class Left:
    """Nothing to compare, and why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


Rendered = Files | Inputs | Left


def _number(version: str) -> str:
    found = re.search(r"\d+(\.\d+)+", version)
    return found.group() if found else ""


def _python(values: Config) -> str:
    return "".join(f"{key} = {value!r}\n" for key, value in values.items())


def django(version: str, config: Config, port: int) -> Rendered:
    requirements = f"Django=={version}\n"
    head = "INSTALLED_APPS = []\n"
    if "MAILERS.default.OPTIONS" in config:
        options = {"host": HOST, "port": port, "username": USER, "password": PASSWORD, **config["MAILERS.default.OPTIONS"]}
        options = {key: value for key, value in options.items() if value != "(absent)"}
        mailers = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
        return Files("settings.py", head + _python({"MAILERS": mailers}), requirements__txt=requirements)
    values = {"EMAIL_HOST": HOST, "EMAIL_PORT": port, "EMAIL_HOST_USER": USER, "EMAIL_HOST_PASSWORD": PASSWORD, **config}
    if values["EMAIL_HOST_USER"] == "(absent)":
        del values["EMAIL_HOST_USER"], values["EMAIL_HOST_PASSWORD"]
    return Files("settings.py", head + _python(values), requirements__txt=requirements)


def flask_mail(version: str, config: Config, port: int) -> Rendered:
    values = {"MAIL_SERVER": HOST, "MAIL_PORT": port, "MAIL_USERNAME": USER, "MAIL_PASSWORD": PASSWORD, **config}
    return Files("config.py", _python(values), requirements__txt=f"Flask-Mail=={version}\n")


def flask_mailman(version: str, config: Config, port: int) -> Rendered:
    values = {"MAIL_SERVER": HOST, "MAIL_PORT": port, "MAIL_USERNAME": USER, "MAIL_PASSWORD": PASSWORD, **config}
    return Files("config.py", _python(values), requirements__txt=f"Flask-Mailman=={version}\n")


def fastapi_mail(version: str, config: Config, port: int) -> Rendered:
    values = {
        "MAIL_SERVER": HOST,
        "MAIL_PORT": port,
        "MAIL_USERNAME": USER,
        "MAIL_PASSWORD": PASSWORD,
        "MAIL_FROM": "from@example.com",
        **config,
    }
    arguments = ", ".join(f"{key}={value!r}" for key, value in values.items())
    text = f"from fastapi_mail import ConnectionConfig\n\nconf = ConnectionConfig({arguments})\n"
    return Files("mail.py", text, requirements__txt=f"fastapi-mail=={version}\n")


def smtphandler(version: str, config: Config, port: int) -> Rendered:
    handler: Config = {
        "class": "logging.handlers.SMTPHandler",
        "mailhost": [HOST, port],
        "fromaddr": "from@example.test",
        "toaddrs": ["to@example.test"],
        "subject": "log",
        "credentials": [USER, PASSWORD],
        **config,
    }
    if handler["credentials"] == "absent":
        del handler["credentials"]
    return Files("logging.yaml", yaml.safe_dump({"version": 1, "handlers": {"mail": handler}}, sort_keys=False))


def nodemailer(version: str, config: Config, port: int) -> Rendered:
    package = json.dumps({"name": "app", "dependencies": {"nodemailer": version}})
    if any(key.startswith("env ") for key in config):
        return Left("the settings of the process stand beside those of the mail, in no file of theirs")
    if "url" in config:
        url = re.sub(r":\d+", f":{port}", config["url"].replace("USER:PASS", "user%40example.test:correct-horse"), count=0)
        return Files(".env", f"SMTP_URL={url}\n", package__json=package)
    values = {"host": HOST, "port": port, "auth": {"user": USER, "pass": PASSWORD}, **config}
    return Files("mail.json", json.dumps(values, indent=2), package__json=package)


def symfony(version: str, config: Config, port: int) -> Rendered:
    lock = json.dumps({"packages": [{"name": "symfony/mailer", "version": "v" + _number(version)}]})
    dsn = config["dsn"].replace("USER:PASS", "user%40example.test:correct-horse")
    return Files(".env", f'MAILER_DSN="{dsn}"\n', composer__lock=lock)


def jakarta(version: str, config: Config, port: int) -> Rendered:
    boot = "3.5.0" if _number(version) >= "2.0.5" else "2.7.18"
    pom = (
        "<project><parent><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId>"
        f"<version>{boot}</version></parent></project>\n"
    )
    lines = [f"spring.mail.host={HOST}", f"spring.mail.port={port}", f"spring.mail.username={USER}", f"spring.mail.password={PASSWORD}"]
    lines.append("spring.mail.properties.mail.smtp.auth=true")
    for key, value in config.items():
        lines.append(f"spring.mail.protocol={value}" if key == "mail.transport.protocol" else f"spring.mail.properties.{key}={value}")
    return Files("application.properties", "\n".join(lines) + "\n", pom__xml=pom)


def alertmanager(version: str, config: Config, port: int) -> Rendered:
    shared: Config = {
        "smtp_smarthost": f"{HOST}:{port}",
        "smtp_from": "from@example.test",
        "smtp_auth_username": USER,
        "smtp_auth_password": PASSWORD,
    }
    receiver: Config = {"to": "to@example.test"}
    for key, value in config.items():
        (receiver if key.startswith("email_configs.") else shared)[key.removeprefix("email_configs.")] = value
    document = {"global": shared, "route": {"receiver": "mail"}, "receivers": [{"name": "mail", "email_configs": [receiver]}]}
    return Files("alertmanager.yml", yaml.safe_dump(document, sort_keys=False))


def msmtp(version: str, config: Config, port: int) -> Rendered:
    values = {"host": HOST, "port": port, "from": "from@example.test", "user": USER, "password": PASSWORD, **config}
    return Files("msmtprc", "account default\n" + "".join(f"{key} {value}\n" for key, value in values.items()))


def ssmtp(version: str, config: Config, port: int) -> Rendered:
    values = {"mailhub": f"{HOST}:{port}", "AuthUser": USER, "AuthPass": PASSWORD, **config}
    return Files("ssmtp.conf", "".join(f"{key}={value}\n" for key, value in values.items()))


def postfix(version: str, config: Config, port: int) -> Rendered:
    values = {
        "compatibility_level": "3.6",
        "relayhost": f"[{HOST}]:{port}",
        "smtp_sasl_auth_enable": "yes",
        "smtp_sasl_password_maps": f"static:{USER}:{PASSWORD}",
        **config,
    }
    return Files("main.cf", "".join(f"{key} = {value}\n" for key, value in values.items()))


def git(version: str, config: Config, port: int) -> Rendered:
    values = {"smtpServer": HOST, "smtpServerPort": port, "smtpUser": USER, "smtpPass": PASSWORD, **config}
    return Files(".gitconfig", "[sendemail]\n" + "".join(f'\t{key} = "{value}"\n' for key, value in values.items()))


def mutt(version: str, config: Config, port: int) -> Rendered:
    values = {"smtp_url": f"{config['scheme']}://{USER.replace('@', '%40')}@{HOST}:{port}/", "smtp_pass": PASSWORD, **config}
    return Files("muttrc", "".join(f'set {key} = "{value}"\n' for key, value in values.items() if key != "scheme"))


def rails(version: str, config: Config, port: int) -> Rendered:
    lock = f"GEM\n  remote: https://rubygems.org/\n  specs:\n    mail ({_gem(version)})\n    rails (7.0.8)\n"
    settings = {"address": HOST, "port": port, "user_name": USER, "password": PASSWORD, "authentication": "plain", **config}
    return Files("config/email.yml", yaml.safe_dump({"production": {"smtp_settings": settings}}, sort_keys=False), Gemfile__lock=lock)


def jakarta_properties(version: str, config: Config, port: int) -> Rendered:
    family = "smtps" if config.get("mail.transport.protocol") == "smtps" else "smtp"
    values = {
        f"mail.{family}.host": HOST,
        f"mail.{family}.port": port,
        f"mail.{family}.auth": "true",
        f"mail.{family}.user": USER,
        f"mail.{family}.password": PASSWORD,
        **config,
    }
    pom = (
        "<project><dependencies><dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version>"
        "</dependency></dependencies></project>\n"
    )
    number = _number(version)
    group, artifact = (
        ("org.eclipse.angus", "angus-mail") if number >= "2.0.5" else ("com.sun.mail", "jakarta.mail" if number >= "2" else "javax.mail")
    )
    return Files(
        "mail.properties", "".join(f"{key}={value}\n" for key, value in values.items()), pom__xml=pom.format(group, artifact, number)
    )


# --- set up in program code -----------------------------------------------------------------------


def smtplib(version: str, config: Config, port: int) -> Rendered:
    context = config.get("context")
    starttls = config.get("starttls")
    inputs = {
        "ssl": config["class"] == "SMTP_SSL",
        "starttls": starttls == "unchecked",
        "offered": starttls in ("if has_extn", "try/except pass"),
        "context": context is not None,
    }
    return Inputs("python-smtplib", inputs, verify="client" if context is None else context == "create_default_context")


def redmail(version: str, config: Config, port: int) -> Rendered:
    return Inputs("python-smtplib", {"ssl": "cls_smtp" in config, "starttls": config.get("use_starttls", True)})


def yagmail(version: str, config: Config, port: int) -> Rendered:
    ssl = config.get("smtp_ssl", True)
    return Inputs("python-smtplib", {"ssl": ssl, "starttls": not ssl and config.get("smtp_starttls", True)})


def _gem(version: str) -> str:
    number = re.search(r"mail (\d+\.\d+\.\d+)", version)
    return number.group(1) if number else version


def ruby_mail(version: str, config: Config, port: int) -> Rendered:
    gem = _gem(version)
    starttls = config.get("enable_starttls")
    auto = config.get("enable_starttls_auto")
    inputs: Config = {"tls": bool(config.get("tls") or config.get("ssl")), "verify_mode": config.get("openssl_verify_mode")}
    if starttls is not None:
        inputs["starttls"] = starttls.lstrip(":") if isinstance(starttls, str) else starttls
    if auto is not None:
        inputs["auto"] = auto
    if inputs.get("starttls") == "true" or isinstance(auto, str):
        return Left("a text where the client wants a boolean; its table holds booleans")
    verify: bool | str = False if config.get("openssl_verify_mode") == "none" else "client"
    return Inputs("ruby-mail", inputs, verify=verify, gem=gem)


def phpmailer(version: str, config: Config, port: int) -> Rendered:
    if "Host" in config:
        return Left("a scheme in the name of the host, which no table reads")
    secure = config.get("SMTPSecure", "")
    # PHP compares loosely: true is no word, false is the empty one.
    secure = "true" if secure is True else secure or ""
    return Inputs(
        "phpmailer", {"secure": secure, "auto": config.get("SMTPAutoTLS", True)}, verify=None if "SMTPOptions" in config else "client"
    )


def go_smtp(version: str, config: Config, port: int) -> Rendered:
    return Inputs("go-net-smtp", {})


def gomail(version: str, config: Config, port: int) -> Rendered:
    return Inputs(
        "gomail", {"ssl": config.get("SSL"), "policy": "opportunistic"}, verify=False if config.get("InsecureSkipVerify") else "client"
    )


RENDERERS: dict[str, Callable[[str, Config, int], Rendered]] = {
    "actionmailer": ruby_mail,
    "alertmanager": alertmanager,
    "angus-mail": jakarta,
    "django": django,
    "fastapi-mail": fastapi_mail,
    "flask-mail": flask_mail,
    "flask-mailman": flask_mailman,
    "git-send-email": git,
    "go-net-smtp": go_smtp,
    "gomail.v2": gomail,
    "jakarta-mail": jakarta,
    "javax-mail": jakarta,
    "logging.handlers.SMTPHandler": smtphandler,
    "msmtp": msmtp,
    "mutt": mutt,
    "nodemailer": nodemailer,
    "phpmailer": phpmailer,
    "postfix": postfix,
    "python-smtplib": smtplib,
    "redmail": redmail,
    "ruby-mail": ruby_mail,
    "ssmtp": ssmtp,
    "symfony-mailer": symfony,
    "yagmail": yagmail,
}
# A second way to write the same settings: for another profile over the same client.
SECOND: dict[str, Callable[[str, Config, int], Rendered]] = {
    "actionmailer": rails,
    "angus-mail": jakarta_properties,
    "jakarta-mail": jakarta_properties,
    "javax-mail": jakarta_properties,
    "ruby-mail": rails,
}


def render(
    client: str, version: str, config: Config, port: int, ways: dict[str, Callable[[str, Config, int], Rendered]] = RENDERERS
) -> Rendered:
    """See the module. `ways`: RENDERERS or SECOND."""
    renderer = ways.get(client)
    return renderer(version, config, port) if renderer is not None else Left("neither a profile nor a table of this client yet")
