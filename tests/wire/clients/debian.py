"""Programs from Debian."""

from __future__ import annotations

import re
import sys

from tests.wire import lab
from tests.wire.clients.base import DRIVERS, Client, Debian, Start, shell
from tests.wire.written import HOST, PASSWORD, USER, Config, Files, Rendered, Renderer


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
        "smtp_tls_CAfile": "/etc/ssl/certs/ca-certificates.crt",
        **config,
    }
    return Files("main.cf", "".join(f"{key} = {value}\n" for key, value in values.items()))


def git(version: str, config: Config, port: int) -> Rendered:
    values = {"smtpServer": HOST, "smtpServerPort": port, "smtpUser": USER, "smtpPass": PASSWORD, **config}
    return Files(".gitconfig", "[sendemail]\n" + "".join(f'\t{key} = "{value}"\n' for key, value in values.items()))


def mutt(version: str, config: Config, port: int) -> Rendered:
    values = {"smtp_url": f"{config['scheme']}://{USER.replace('@', '%40')}@{HOST}:{port}/", "smtp_pass": PASSWORD, **config}
    return Files("muttrc", "".join(f'set {key} = "{value}"\n' for key, value in values.items() if key != "scheme"))


def nullmailer(version: str, config: Config, port: int) -> Rendered:
    options = "".join(f" --{word}" for word in config["options"].split())
    line = f"{HOST} smtp --port={port} --user={USER} --pass={PASSWORD}{options}\n"
    return Files("nullmailer/remotes", line)


def s_nail(version: str, config: Config, port: int) -> Rendered:
    own = {key: value for key, value in config.items() if key not in ("scheme", "smtp")}
    if "smtp" in config:  # the older names, in the older way
        lines = [f"set smtp={config['smtp']}{HOST}:{port}", f"set smtp-auth-user={USER} smtp-auth-password={PASSWORD}", "set sendwait"]
    else:
        lines = ["set v15-compat", f"set mta={config['scheme']}://{USER.replace('@', '%40')}:{PASSWORD}@{HOST}:{port}", "set sendwait"]
    lines.extend(f"set {key}" if value is True else f"set {key}={value}" for key, value in own.items())
    return Files(".mailrc", "".join(line + "\n" for line in lines))


def monit(version: str, config: Config, port: int) -> Rendered:
    using = f" using {config['using']}" if "using" in config else ""
    lines = [
        "set daemon 1",
        f'set mailserver {HOST} port {port} username "{USER}" password "{PASSWORD}"{using}',
        "set mail-format { from: from@example.test message: the text of the mail }",
        "set alert to@example.test",
        "check system client",
    ]
    return Files("monitrc", "".join(line + "\n" for line in lines))


def _lines(options: str) -> list[str]:
    """The options of a command line, one in a line with its argument."""
    return re.findall(r"-\S+(?: [^-]\S*)*", options)


def swaks(version: str, config: Config, port: int) -> Rendered:
    lines = [f"--server {HOST}", f"--port {port}", f"--auth-user {USER}", f"--auth-password {PASSWORD}", *_lines(config["options"])]
    return Files(".swaksrc", "".join(line + "\n" for line in lines))


def curl(version: str, config: Config, port: int) -> Rendered:
    lines = [f'url = "{config["scheme"]}://{HOST}:{port}"', f'user = "{USER}:{PASSWORD}"', *_lines(config["options"])]
    return Files(".curlrc", "".join(line + "\n" for line in lines))


RENDERERS: dict[str, Renderer] = {
    "git-send-email": git,
    "msmtp": msmtp,
    "mutt": mutt,
    "postfix": postfix,
    "ssmtp": ssmtp,
    "nullmailer": nullmailer,
    "s-nail": s_nail,
    "monit": monit,
    "swaks": swaks,
    "curl": curl,
}
SECOND: dict[str, Renderer] = {}


# --- the commands ---------------------------------------------------------------------------------


# .swaksrc and .curlrc are found in the home of the run.
def _swaks(start: Start) -> list[str]:
    return ["swaks", "--from", "from@example.test", "--to", "to@example.test", "--body", lab.MARK]


def _curl(start: Start) -> list[str]:
    mail = ["--mail-from", "from@example.test", "--mail-rcpt", "to@example.test", "--upload-file", "-"]
    return ["curl", "-sS", "--noproxy", "*", *mail]


def _msmtp(start: Start) -> list[str]:
    return ["msmtp", "-C", "msmtprc", "to@example.test"]


def _ssmtp(start: Start) -> list[str]:
    return ["ssmtp", "-C", "ssmtp.conf", "to@example.test"]


def _mutt(start: Start) -> list[str]:
    # The sender and the copy are no settings of the connection; the trust file is that of Debian's own /etc/Muttrc.
    settings = ["set copy=no", "set from=from@example.test", "set ssl_ca_certificates_file=/etc/ssl/certs/ca-certificates.crt"]
    return ["mutt", "-n", "-F", "muttrc", *(word for one in settings for word in ("-e", one)), "-s", "log", "--", "to@example.test"]


def _git(start: Start) -> list[str]:
    (start.folder / "0001.patch").write_text("From: from@example.test\nSubject: [PATCH] log\n\n" + lab.MARK + "\n")
    mail = ["--from=from@example.test", "--to=to@example.test", "--suppress-cc=all"]
    return ["git", "send-email", "--quiet", "--confirm=never", *mail, "0001.patch"]


def alertmanager(start: Start) -> list[str]:
    return [sys.executable, str(DRIVERS / "alertmanager.py"), "prometheus-alertmanager"]


CLIENTS = [
    Client(
        "msmtp",
        "1.8.23 (GnuTLS)",
        Debian("msmtp", version="{} (GnuTLS)"),
        _msmtp,
        world=True,
        implicit=({"auth": "on", "tls": "on", "tls_starttls": "off"},),
        other=({"auth": "on", "tls": "on"}, {"auth": "plain"}, {"auth": "on"}, {"auth": "on", "tls": "on", "tls_certcheck": "off"}),
    ),
    Client(
        "ssmtp",
        "2.64-11 (GnuTLS)",
        Debian("ssmtp", version="{full} (GnuTLS)"),
        _ssmtp,
        world=True,
        implicit=({"UseTLS": "YES"},),
        other=({}, {"UseSTARTTLS": "YES"}, {"UseTLS": "YES", "UseSTARTTLS": "YES"}),
    ),
    Client(
        "mutt",
        "2.2.12 (GnuTLS)",
        Debian("mutt", "libsasl2-modules", version="{} (GnuTLS)"),
        _mutt,
        world=True,
        implicit=({"scheme": "smtps"},),
        other=(
            {"scheme": "smtp"},
            {"scheme": "smtp", "ssl_force_tls": "no"},
            {"scheme": "smtp", "ssl_starttls": "no", "ssl_force_tls": "no"},
        ),
    ),
    Client(
        "git-send-email",
        "2.39.5",
        Debian("git-email", "git", "libmailtools-perl", "libnet-smtp-ssl-perl", "libio-socket-ssl-perl", "libauthen-sasl-perl"),
        _git,
        world=True,
        implicit=({"smtpEncryption": "ssl"},),
        other=({}, {"smtpEncryption": "tls"}, {"smtpEncryption": "starttls"}, {"smtpEncryption": "tls", "smtpSSLCertPath": ""}),
    ),
    Client(
        "swaks",
        "20201014 (Perl)",
        Debian("swaks", "libnet-ssleay-perl", "libio-socket-ssl-perl", version="{} (Perl)"),
        _swaks,
        world=True,
        implicit=({"options": "--tls-on-connect"}, {"options": "--protocol SSMTPA"}),
        other=({"options": ""}, {"options": "--tls"}, {"options": "--tls-optional"}, {"options": "--protocol ESMTPSA"}),
    ),
    Client(
        "curl",
        "7.88.1",
        Debian("curl"),
        _curl,
        world=True,
        implicit=({"scheme": "smtps", "options": ""},),
        other=(
            {"scheme": "smtp", "options": ""},
            {"scheme": "smtp", "options": "--ssl"},
            {"scheme": "smtp", "options": "--ssl-reqd"},
            {"scheme": "smtp", "options": "--ssl-reqd -k"},
        ),
    ),
    Client(
        "nullmailer",
        "2.2",
        Debian("nullmailer"),
        shell("nullmailer.sh"),
        alone=True,
        implicit=({"options": "tls"}, {"options": "ssl"}, {"options": "tls insecure"}),
        other=({"options": ""}, {"options": "starttls"}, {"options": "starttls insecure"}),
    ),
    Client(
        "postfix",
        "3.7.11",
        Debian("postfix", "libsasl2-modules"),
        shell("postfix.sh"),
        alone=True,
        owners=True,
    ),
    Client(
        "s-nail",
        "14.9.24",
        Debian("s-nail"),
        shell("s_nail.sh"),
        world=True,
        further=(
            *(({"smtp": "", "smtp-auth": "login"}, server) for server in ("S1", "S2")),
            *(({"smtp": "", "smtp-auth": "login", "smtp-use-starttls": True}, server) for server in ("S1", "S2")),
            *(
                ({"smtp": "smtp://", "smtp-auth": "login", "smtp-use-starttls": "no", "ssl-verify": "ignore"}, server)
                for server in ("S2", "S4")
            ),
            *(({"smtp": "smtps://", "smtp-auth": "login"}, server) for server in ("S7", "S8")),
            ({"scheme": "submissions", "smtp-auth": "plain", "tls-verify": "warn"}, "S8"),
        ),
    ),
    Client(
        "monit",
        "5.33.0",
        Debian("monit"),
        shell("monit.sh"),
        alone=True,
        implicit=({"using": "ssl"}, {"using": "ssl with options {verify: enable}"}),
        other=({}, {"using": "tls"}, {"using": "tls with options {verify: enable}"}),
        further=tuple(
            ({"using": f"tls with options {{{options}}}"}, server) for options in ("", 'ciphers: "DEFAULT"') for server in ("S1", "S2")
        ),
    ),
    Client("alertmanager", "0.25.0", Debian("prometheus-alertmanager"), alertmanager, alone=True),
]
