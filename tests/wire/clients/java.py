"""Java: Jakarta Mail, old and new."""

from __future__ import annotations

from tests.wire.clients.base import Client
from tests.wire.written import HOST, PASSWORD, USER, Config, Files, Rendered, Renderer, number


def jakarta(version: str, config: Config, port: int) -> Rendered:
    boot = "3.5.0" if number(version) >= "2.0.5" else "2.7.18"
    pom = (
        "<project><parent><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId>"
        f"<version>{boot}</version></parent></project>\n"
    )
    lines = [f"spring.mail.host={HOST}", f"spring.mail.port={port}", f"spring.mail.username={USER}", f"spring.mail.password={PASSWORD}"]
    lines.append("spring.mail.properties.mail.smtp.auth=true")
    for key, value in config.items():
        lines.append(f"spring.mail.protocol={value}" if key == "mail.transport.protocol" else f"spring.mail.properties.{key}={value}")
    return Files("application.properties", "\n".join(lines) + "\n", pom__xml=pom)


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


RENDERERS: dict[str, Renderer] = {
    "angus-mail": jakarta,
    "jakarta-mail": jakarta,
    "javax-mail": jakarta,
}
SECOND: dict[str, Renderer] = {"angus-mail": jakarta_properties, "jakarta-mail": jakarta_properties, "javax-mail": jakarta_properties}
CLIENTS: list[Client] = []
