"""Java: Jakarta Mail, old and new, Spring Boot and Quarkus."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from tests.wire.clients.base import DRIVERS, Client, Command, Ready, Start, tool
from tests.wire.written import HOST, PASSWORD, USER, Config, Files, Rendered, Renderer, number

_POM = "<project><parent><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId><version>{}</version></parent></project>\n"


def spring_boot(version: str, config: Config, port: int) -> Rendered:
    values = {
        "spring.mail.host": HOST,
        "spring.mail.port": port,
        "spring.mail.username": USER,
        "spring.mail.password": PASSWORD,
        "spring.mail.properties.mail.smtp.auth": "true",
        **config,
    }
    return Files(
        "application.properties", "".join(f"{key}={value}\n" for key, value in values.items()), pom__xml=_POM.format(number(version))
    )


def as_spring_boot(version: str, config: Config, port: int) -> Rendered:
    """The settings of the library, in the free map of the Spring Boot that brings it."""
    within = {
        "spring.mail.protocol" if key == "mail.transport.protocol" else f"spring.mail.properties.{key}": value
        for key, value in config.items()
    }
    return spring_boot("3.5.0" if number(version) >= "2.0.5" else "2.7.18", within, port)


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
    release = number(version)
    group, artifact = (
        ("org.eclipse.angus", "angus-mail") if release >= "2.0.5" else ("com.sun.mail", "jakarta.mail" if release >= "2" else "javax.mail")
    )
    return Files(
        "mail.properties", "".join(f"{key}={value}\n" for key, value in values.items()), pom__xml=pom.format(group, artifact, release)
    )


def quarkus(version: str, config: Config, port: int) -> Rendered:
    values = {
        "quarkus.mailer.from": "from@example.test",
        "quarkus.mailer.host": HOST,
        "quarkus.mailer.port": port,
        "quarkus.mailer.username": USER,
        "quarkus.mailer.password": PASSWORD,
        **config,
    }
    return Files("config/application.properties", "".join(f"{key}={value}\n" for key, value in values.items()))


RENDERERS: dict[str, Renderer] = {
    "angus-mail": jakarta_properties,
    "jakarta-mail": jakarta_properties,
    "javax-mail": jakarta_properties,
    "quarkus-mailer": quarkus,
    "spring-boot": spring_boot,
}
SECOND: dict[str, Renderer] = {"angus-mail": as_spring_boot, "jakarta-mail": as_spring_boot, "javax-mail": as_spring_boot}


class Maven:
    """A driver in `drivers/java/`, built once with the properties of its pom.xml that name the releases. `package`: of the mail library in
    the driver's source; `goals`: what makes it ready to run."""

    def __init__(self, driver: str, version: str, *, package: str = "jakarta.mail", goals: tuple[str, ...] = (), **properties: str) -> None:
        self.driver = driver
        self.version = version
        self.package = package
        self.goals = goals or ("compile", "dependency:copy-dependencies", "-DincludeScope=runtime")
        self.properties = [f"-D{name.replace('__', '.')}={value}" for name, value in properties.items()]

    def __call__(self, folder: Path, limit: float) -> Ready:
        java = tool(["java", "--version"], limit).split()[1].partition(".")[0]
        if not (folder / "done").exists():
            shutil.copytree(DRIVERS / "java" / self.driver, folder, dirs_exist_ok=True)
            for source in folder.rglob("Send.java"):
                source.write_text(source.read_text("utf-8").replace("jakarta.mail", self.package), "utf-8")
            tool(["mvn", "--batch-mode", "--no-transfer-progress", "--quiet", *self.properties, *self.goals], limit, folder=folder)
            (folder / "done").touch()
        return Ready(folder, f"{self.version} (OpenJDK {java})")


_trusting = threading.Lock()


def _trust(authority: Path) -> Path:
    """The authority in Java's own form, made once for all runs: the file of the system is in a place that a world covers."""
    store = authority.with_name("trust.p12")
    with _trusting:
        if not store.exists():
            made = store.with_suffix(".new")
            keytool = ["keytool", "-importcert", "-noprompt", "-alias", "authority", "-file", str(authority), "-keystore", str(made)]
            tool([*keytool, "-storetype", "PKCS12", "-storepass", "changeit"], 60)
            made.rename(store)
    return store


def java(main: str) -> Command:
    """The command of a driver in Java; `main`: its class, or its archive."""

    def command(start: Start) -> list[str]:
        built = start.ready.place / "target"
        program = ["-jar", str(built / main)] if main.endswith(".jar") else ["-cp", f"{built}/classes:{built}/dependency/*", main]
        # A short life: neither a second compiler nor threads for the garbage.
        light = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx256m"]
        return [
            "java",
            *light,
            f"-Djavax.net.ssl.trustStore={_trust(start.authority)}",
            "-Djavax.net.ssl.trustStorePassword=changeit",
            *program,
        ]

    return command


_ENABLE, _REQUIRED = {"mail.smtp.starttls.enable": "true"}, {"mail.smtp.starttls.required": "true"}
_FACTORY = {"mail.smtp.socketFactory.class": "javax.net.ssl.SSLSocketFactory"}
_FIRM = {**_FACTORY, "mail.smtp.socketFactory.fallback": "false"}
# What a socket factory does where its handshake fails, and what STARTTLS is worth then.
_FACTORIES: tuple[tuple[Config, str], ...] = (
    *((config, server) for config in (_FACTORY, _FIRM) for server in ("S1", "S2", "S7", "S8", "S8w", "S9", "S9p")),
    *(({**_FACTORY, **extra}, server) for extra in (_ENABLE, _REQUIRED) for server in ("S1", "S2", "S3", "S7", "S9p")),
    *(({"mail.smtp.ssl.socketFactory.class": "javax.net.ssl.SSLSocketFactory"}, server) for server in ("S1", "S2", "S9p")),
    ({"mail.smtp.ssl.enable": "true"}, "S9p"),
)


def _mail(name: str, artifact: str, version: str) -> Client:
    group = "org.eclipse.angus" if name == "angus-mail" else "com.sun.mail"
    package = "javax.mail" if name == "javax-mail" else "jakarta.mail"
    return Client(
        name,
        version,
        Maven("jakarta", version, package=package, mail__group=group, mail__artifact=artifact, mail__version=version),
        java("Send"),
        implicit=(
            {"mail.smtp.ssl.enable": "true"},
            {"mail.transport.protocol": "smtps"},
            {"mail.smtp.ssl.enable": "true", "mail.smtp.ssl.trust": "*"},
        ),
        other=({}, _ENABLE, {**_ENABLE, **_REQUIRED}, _REQUIRED, {**_ENABLE, "mail.smtp.ssl.trust": "*"}),
        further=_FACTORIES,
    )


def _spring(version: str) -> Client:
    within = "spring.mail.properties.mail.smtp."
    enable, required = {within + "starttls.enable": "true"}, {within + "starttls.required": "true"}
    own: tuple[Config, ...] = () if version.startswith("2.") else ({"spring.mail.ssl.enabled": "true"},)
    return Client(
        "spring-boot",
        version,
        Maven("spring", version, boot__version=version),
        java("wire.Send"),
        implicit=(
            {within + "ssl.enable": "true"},
            {"spring.mail.protocol": "smtps"},
            {within + "ssl.enable": "true", within + "ssl.trust": "*"},
            *own,
        ),
        other=({}, enable, {**enable, **required}, {within + "starttls.enable": "yes"}),
    )


CLIENTS = [
    _mail("javax-mail", "jakarta.mail", "1.6.5"),
    _mail("jakarta-mail", "jakarta.mail", "2.0.2"),
    _mail("angus-mail", "angus-mail", "2.0.5"),
    *(_spring(version) for version in ("2.7.18", "3.5.16", "4.1.2")),
    Client(
        "quarkus-mailer",
        "3.37.3",
        Maven("quarkus", "3.37.3", goals=("package",), quarkus__version="3.37.3"),
        java("quarkus-app/quarkus-run.jar"),
        implicit=(
            {"quarkus.mailer.tls": "true"},
            {"quarkus.mailer.ssl": "true"},
            {"quarkus.mailer.trust-all": "true"},
            {"quarkus.mailer.tls": "true", "quarkus.mailer.trust-all": "true"},
            {"quarkus.mailer.ssl": "false", "quarkus.mailer.trust-all": "true"},
            {"quarkus.mailer.ssl": "true", "quarkus.mailer.tls": "false"},
        ),
        other=(
            {},
            {"quarkus.mailer.start-tls": "REQUIRED"},
            {"quarkus.mailer.start-tls": "OPTIONAL"},
            {"quarkus.mailer.start-tls": "DISABLED"},
            {"quarkus.mailer.tls": "false", "quarkus.mailer.trust-all": "true", "quarkus.mailer.start-tls": "REQUIRED"},
        ),
    ),
]
