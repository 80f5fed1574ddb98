"""Go: the standard library, the mail modules, and programs."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.wire.clients.base import DRIVERS, Client, Command, Ready, tool
from tests.wire.written import HOST, PASSWORD, USER, Config, Files, Inputs, Left, Rendered, Renderer


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
    document = {
        "global": shared,
        "route": {"receiver": "mail", "group_wait": "0s"},
        "receivers": [{"name": "mail", "email_configs": [receiver]}],
    }
    return Files("alertmanager.yml", yaml.safe_dump(document, sort_keys=False))


def gitea(version: str, config: Config, port: int) -> Rendered:
    values = {"ENABLED": "true", "FROM": "from@example.test", "USER": USER, "PASSWD": f"`{PASSWORD}`", **config}
    if "HOST" in config:
        values["HOST"] = f"{HOST}:{port}"
    else:
        values.update(SMTP_ADDR=HOST, SMTP_PORT=port)
    return Files("app.ini", "[mailer]\n" + "".join(f"{key} = {value}\n" for key, value in values.items()))


def go_smtp(version: str, config: Config, port: int) -> Rendered:
    return Inputs("go-net-smtp", {})


def gomail(version: str, config: Config, port: int) -> Rendered:
    policy = {"MandatoryStartTLS": "mandatory", "NoStartTLS": "none"}.get(config.get("StartTLSPolicy", ""), "opportunistic")
    return Inputs("gomail", {"ssl": config.get("SSL"), "policy": policy}, verify=False if config.get("InsecureSkipVerify") else "client")


def grafana(version: str, config: Config, port: int) -> Rendered:
    """What Grafana hands to the library; it never sets SSL, and leaves 465 to it."""
    if "SSL" in config:
        return Left("Grafana does not set SSL")
    values = {"enabled": "true", "host": f"{HOST}:{port}", "user": USER, "password": PASSWORD}
    if "StartTLSPolicy" in config:
        values["startTLS_policy"] = config["StartTLSPolicy"]
    if config.get("InsecureSkipVerify"):
        values["skip_verify"] = "true"
    return Files("grafana.ini", "[smtp]\n" + "".join(f"{key} = {value}\n" for key, value in values.items()))


def go_mail(version: str, config: Config, port: int) -> Rendered:
    policy = {"TLSOpportunistic": "opportunistic", "NoTLS": "none"}.get(config.get("TLSPolicy", ""), "mandatory")
    return Inputs("go-mail", {"ssl": config.get("SSL"), "policy": policy}, verify=False if config.get("InsecureSkipVerify") else "client")


def on_go_mail(version: str, config: Config, port: int) -> Rendered:
    """The configuration of the application that asks go-mail for this: Authelia, which logs in with PLAIN in clear only where TLS was made
    optional, and Vikunja, whose STARTTLS is always optional."""
    policy, mechanism = config.get("TLSPolicy", "TLSMandatory"), config.get("SMTPAuth", "")
    if policy == "TLSOpportunistic" and mechanism in ("PLAIN", "LOGIN"):
        values: Config = {
            "enabled": True,
            "host": HOST,
            "port": port,
            "username": USER,
            "password": PASSWORD,
            "authtype": mechanism.lower(),
        }
        if config.get("InsecureSkipVerify"):
            values["skiptlsverify"] = True
        return Files("vikunja.yml", yaml.safe_dump({"mailer": values}, sort_keys=False))
    if mechanism.endswith("NOENC") != (policy == "TLSOpportunistic") or mechanism == "AUTODISCOVER":
        return Left("no application that is known asks go-mail for this")
    smtp: Config = {"address": f"{'submissions' if config.get('SSL') else 'submission'}://{HOST}:{port}", "sender": "from@example.test"}
    if mechanism:
        smtp.update(username=USER, password=PASSWORD)
    if policy == "TLSOpportunistic":
        smtp["disable_require_tls"] = True
    if policy == "NoTLS":
        smtp["disable_starttls"] = True
    if config.get("InsecureSkipVerify"):
        smtp["tls"] = {"skip_verify": True}
    return Files("configuration.yml", yaml.safe_dump({"notifier": {"smtp": smtp}}, sort_keys=False))


RENDERERS: dict[str, Renderer] = {
    "alertmanager": alertmanager,
    "gitea": gitea,
    "go-mail": go_mail,
    "go-net-smtp": go_smtp,
    "gomail.v2": gomail,
    "mail.v2": gomail,
}
SECOND: dict[str, Renderer] = {"go-mail": on_go_mail, "mail.v2": grafana}


class Go:
    """A driver in `drivers/go/`, built as its go.mod and go.sum say. `shown`: the module whose release it shows, "" for the standard
    library; `version`: how that is written in the recorded runs, with {} for the release; `variables` of its environment."""

    def __init__(self, driver: str, shown: str = "", version: str = "{}", **variables: str) -> None:
        self.driver = driver
        self.shown = shown
        self.version = version
        self.variables = variables

    def __call__(self, folder: Path, limit: float) -> Ready:
        source = DRIVERS / "go" / self.driver
        # No other release of Go than that of the machine is fetched.
        own = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false", "CGO_ENABLED": "0"}
        tool(["go", "build", "-o", str(folder / "send"), "."], limit, folder=source, variables=own)
        release = ""
        if self.shown:
            release = tool(["go", "list", "-m", "-f", "{{.Version}}", self.shown], limit, folder=source, variables=own).strip().lstrip("v")
        language = tool(["go", "env", "GOVERSION"], limit, variables=own).strip().removeprefix("go")
        return Ready(folder, f"{self.version.format(release)} (Go {language})", self.variables)


def go(*arguments: str) -> Command:
    """The command of a driver in Go."""
    return lambda start: [str(start.ready.place / "send"), *arguments]


_SKIP = {"InsecureSkipVerify": True}

# All of them need a world: towards localhost Go drops the guard of PLAIN, and some take a port for TLS by its number.
CLIENTS = [
    Client(
        "go-net-smtp",
        "net/smtp SendMail",
        Go("libraries", "", "net/smtp SendMail"),
        go("net-smtp"),
        world=True,
        other=({}, {"host": "localhost"}),
    ),
    Client(
        "gomail.v2",
        "2016-04 head",
        Go("libraries", "", "2016-04 head"),
        go("gomail.v2"),
        world=True,
        implicit=({"SSL": True}, {"SSL": True, **_SKIP}),
        other=({}, {"SSL": False}, _SKIP),
    ),
    Client(
        "mail.v2",
        "2.3.1",
        Go("libraries", "gopkg.in/mail.v2"),
        go("mail.v2"),
        world=True,
        implicit=({"SSL": True},),
        other=(
            {},
            {"StartTLSPolicy": "MandatoryStartTLS"},
            {"StartTLSPolicy": "OpportunisticStartTLS"},
            {"StartTLSPolicy": "NoStartTLS"},
            {"StartTLSPolicy": "MandatoryStartTLS", **_SKIP},
        ),
    ),
    Client(
        "go-mail",
        "0.8.1",
        Go("libraries", "github.com/wneessen/go-mail"),
        go("go-mail"),
        world=True,
        implicit=({"SMTPAuth": "PLAIN", "SSL": True}, {"SMTPAuth": "PLAIN", "SSL": True, **_SKIP}),
        other=(
            {"SMTPAuth": "PLAIN"},
            {"SMTPAuth": "PLAIN", **_SKIP},
            {"SMTPAuth": "PLAIN", "TLSPolicy": "TLSOpportunistic"},
            {"SMTPAuth": "PLAIN-NOENC", "TLSPolicy": "TLSOpportunistic"},
            {"SMTPAuth": "PLAIN", "TLSPolicy": "NoTLS"},
        ),
    ),
    Client(
        "alertmanager",
        "0.35.0",
        Go("alertmanager", "github.com/prometheus/alertmanager"),
        go(),
        world=True,
        implicit=({"smtp_force_implicit_tls": True}, {"smtp_require_tls": False}, {}),
        other=(
            {},
            {"smtp_require_tls": False},
            {"smtp_force_implicit_tls": False},
            {"smtp_force_implicit_tls": False, "smtp_require_tls": False},
            {"smtp_tls_config": {"insecure_skip_verify": True}},
            {"smtp_tls_config": {"min_version": "TLS10"}},
        ),
    ),
    Client(
        "gitea",
        "1.27.3",
        Go("gitea", "gitea.dev", GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT="true"),
        go(),
        world=True,
        implicit=(
            {"PROTOCOL": "smtps"},
            {"PROTOCOL": "smtps", "FORCE_TRUST_SERVER_CERT": "true"},
            {"HOST": "", "IS_TLS_ENABLED": "true"},
            {},
        ),
        other=(
            {"PROTOCOL": "smtp+starttls"},
            {"PROTOCOL": "smtp"},
            {},
            {"PROTOCOL": "smtp+starttls", "FORCE_TRUST_SERVER_CERT": "true"},
            {"HOST": "", "IS_TLS_ENABLED": "false"},
        ),
    ),
]
