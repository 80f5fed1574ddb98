"""Clients from PyPI, and those of the standard library."""

from __future__ import annotations

import re

import yaml

from tests.wire.clients.base import Client, Interpreter, Pip, here, python
from tests.wire.written import HOST, PASSWORD, USER, Config, Files, Inputs, Rendered, Renderer
from tests.wire.written import python as assignments


def django(version: str, config: Config, port: int) -> Rendered:
    requirements = f"Django=={version}\n"
    head = "INSTALLED_APPS = []\n"
    if "MAILERS.default.OPTIONS" in config:
        options = {"host": HOST, "port": port, "username": USER, "password": PASSWORD, **config["MAILERS.default.OPTIONS"]}
        options = {key: value for key, value in options.items() if value != "(absent)"}
        mailers = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
        return Files("settings.py", head + assignments({"MAILERS": mailers}), requirements__txt=requirements)
    values = {"EMAIL_HOST": HOST, "EMAIL_PORT": port, "EMAIL_HOST_USER": USER, "EMAIL_HOST_PASSWORD": PASSWORD, **config}
    if values["EMAIL_HOST_USER"] == "(absent)":
        del values["EMAIL_HOST_USER"], values["EMAIL_HOST_PASSWORD"]
    return Files("settings.py", head + assignments(values), requirements__txt=requirements)


def flask_mail(version: str, config: Config, port: int) -> Rendered:
    values = {"MAIL_SERVER": HOST, "MAIL_PORT": port, "MAIL_USERNAME": USER, "MAIL_PASSWORD": PASSWORD, **config}
    return Files("config.py", assignments(values), requirements__txt=f"Flask-Mail=={version}\n")


def flask_mailman(version: str, config: Config, port: int) -> Rendered:
    values = {"MAIL_SERVER": HOST, "MAIL_PORT": port, "MAIL_USERNAME": USER, "MAIL_PASSWORD": PASSWORD, **config}
    return Files("config.py", assignments(values), requirements__txt=f"Flask-Mailman=={version}\n")


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


def aiosmtplib(version: str, config: Config, port: int) -> Rendered:
    inputs = {key: value for key, value in config.items() if key in ("use_tls", "start_tls")}
    return Inputs("aiosmtplib", inputs, verify=config.get("validate_certs", "client"))


def apprise(version: str, config: Config, port: int) -> Rendered:
    url = re.sub(r":\d+/", f":{port}/", config["url"]).replace("USER:PASS", f"{USER.replace('@', '%40')}:{PASSWORD}")
    return Files("apprise.yml", yaml.safe_dump({"urls": [url]}, width=1000))


def redmail(version: str, config: Config, port: int) -> Rendered:
    return Inputs("python-smtplib", {"ssl": "cls_smtp" in config, "starttls": config.get("use_starttls", True)})


def yagmail(version: str, config: Config, port: int) -> Rendered:
    ssl = config.get("smtp_ssl", True)
    return Inputs("python-smtplib", {"ssl": ssl, "starttls": not ssl and config.get("smtp_starttls", True)})


def airflow(version: str, config: Config, port: int) -> Rendered:
    values = {
        "smtp_host": HOST,
        "smtp_port": port,
        "smtp_user": USER,
        "smtp_password": PASSWORD,
        "smtp_mail_from": "from@example.test",
        **config,
    }
    text = "[smtp]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
    return Files("airflow.cfg", text, requirements__txt=f"apache-airflow=={version}\n")


RENDERERS: dict[str, Renderer] = {
    "aiosmtplib": aiosmtplib,
    "apache-airflow": airflow,
    "apprise": apprise,
    "django": django,
    "fastapi-mail": fastapi_mail,
    "flask-mail": flask_mail,
    "flask-mailman": flask_mailman,
    "logging.handlers.SMTPHandler": smtphandler,
    "python-smtplib": smtplib,
    "redmail": redmail,
    "yagmail": yagmail,
}
SECOND: dict[str, Renderer] = {}


def _django(version: str, *, interpreter: str = "") -> Client:
    return Client(
        "django",
        version,
        Pip(f"Django=={version}", interpreter=interpreter),
        python("django_mail.py"),
        implicit=({"EMAIL_USE_SSL": True},),
        other=({"EMAIL_USE_TLS": True}, {}, {"EMAIL_USE_TLS": "False"}),
    )


_APPRISE = "mailto{}://USER:PASS@mail.example.test:587/?from=from@example.test&to=to@example.test"

CLIENTS = [
    Client(
        "python-smtplib",
        "",
        here,
        python("smtplib_send.py"),
        implicit=({"class": "SMTP_SSL"}, {"class": "SMTP_SSL", "context": "create_default_context"}),
        other=(
            {"class": "SMTP"},
            {"class": "SMTP", "starttls": "unchecked"},
            {"class": "SMTP", "starttls": "if has_extn"},
            {"class": "SMTP", "starttls": "unchecked", "context": "create_default_context"},
            {"class": "SMTP", "starttls": "try/except pass", "context": "create_default_context"},
        ),
    ),
    Client(
        "logging.handlers.SMTPHandler",
        "",
        here,
        python("smtphandler.py"),
        other=({}, {"secure": []}, {"secure": [], "credentials": "absent"}, {"secure": True}),
    ),
    *(Client("python-smtplib", f"CPython {version}", Interpreter(version), python("smtplib_send.py")) for version in ("3.9", "3.13")),
    Client("logging.handlers.SMTPHandler", "CPython 3.13", Interpreter("3.13"), python("smtphandler.py")),
    *(_django(version) for version in ("3.2.25", "4.1.13", "4.2.30", "5.2.19")),
    _django("6.1.3", interpreter="3.13"),  # it needs 3.12
    Client(
        "flask-mail",
        "0.10.0",
        Pip("Flask-Mail==0.10.0"),
        python("flask_mail_send.py"),
        implicit=({"MAIL_USE_SSL": True},),
        other=({}, {"MAIL_USE_TLS": True}, {"MAIL_USE_TLS": "False"}, {"MAIL_USE_TLS": True, "MAIL_USE_SSL": True}),
    ),
    Client(
        "flask-mailman",
        "1.1.1",
        Pip("Flask-Mailman==1.1.1"),
        python("flask_mailman_send.py"),
        implicit=({"MAIL_USE_SSL": True},),
        other=({}, {"MAIL_USE_TLS": True}, {"MAIL_USE_TLS": True, "MAIL_USE_SSL": True}),
    ),
    Client(
        "fastapi-mail",
        "1.6.8",
        Pip("fastapi-mail==1.6.8"),
        python("fastapi_mail_send.py"),
        implicit=({"MAIL_STARTTLS": False, "MAIL_SSL_TLS": True},),
        other=(
            {"MAIL_STARTTLS": True, "MAIL_SSL_TLS": False},
            {"MAIL_STARTTLS": False, "MAIL_SSL_TLS": False},
            {"MAIL_STARTTLS": True, "MAIL_SSL_TLS": False, "VALIDATE_CERTS": False},
            {"MAIL_STARTTLS": True, "MAIL_SSL_TLS": True},
        ),
    ),
    Client(
        "aiosmtplib",
        "5.1.3",
        Pip("aiosmtplib==5.1.3"),
        python("aiosmtplib_send.py"),
        implicit=({"use_tls": True},),
        other=({}, {"start_tls": True}, {"start_tls": False}, {"start_tls": True, "validate_certs": False}),
    ),
    Client(
        "apprise",
        "2.2.0",
        Pip("apprise==2.2.0"),
        python("apprise_send.py"),
        implicit=({"url": _APPRISE.format("s") + "&mode=ssl"},),
        other=(
            {"url": _APPRISE.format("")},
            {"url": _APPRISE.format("s")},
            {"url": _APPRISE.format("s") + "&mode=insecure"},
            {"url": _APPRISE.format("s") + "&verify=no"},
        ),
    ),
    Client(
        "redmail",
        "0.6.0",
        Pip("redmail==0.6.0"),
        python("redmail_send.py"),
        implicit=({"cls_smtp": "smtplib.SMTP_SSL", "use_starttls": False},),
        other=({}, {"use_starttls": False}),
    ),
    Client(
        "yagmail",
        "0.16.0",
        Pip("yagmail==0.16.0"),
        python("yagmail_send.py"),
        implicit=({},),
        other=({"smtp_ssl": False}, {"smtp_ssl": False, "smtp_starttls": False}),
    ),
    Client(
        "apache-airflow",
        "2.11.0",
        Pip("apache-airflow==2.11.0", "connexion==2.14.2"),
        python("airflow_send.py"),
        implicit=({"smtp_ssl": True, "smtp_starttls": False},),
        other=({}, {"smtp_starttls": False}, {"smtp_ssl": True}),
    ),
]
