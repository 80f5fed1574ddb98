"""Evidence of packages and versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtplint.resolve.versions import ANY, Evidence, Range, exact, range_of
from tests.resolve.project import project


@pytest.mark.parametrize(
    ("written", "spec", "met"),
    [
        ("4.1.7", "<4.2", True),
        ("4.2", "<4.2", False),
        ("4.2.1", ">=4.2,<5", True),
        (">=4.2", "<4.2", False),
        (">=4.2", ">=4.2", True),
        (">=4.0", "<4.2", None),
        (">=3,<4.2", "<4.2", True),
        (">=3,<5", "<4.2", None),
        ("^7.0.0", ">=7,<8", True),
        ("^7.0.0", "<10.0.12", True),
        ("^0.2.3", "<0.3", True),
        ("~> 2.8", "<3", True),
        ("~> 2.8.1", "<2.9", True),
        ("~=4.1.0", "<4.2", True),
        ("~6.4.1", "<6.5", True),
        ("4.1.*", "<4.2", True),
        ("==4.1.*", "<4.2", True),
        ("6.x", "<7", True),
        ("*", "<4.2", None),
        ("^10.0 || ^11.0", ">=10,<12", True),
        ("^10.0 || ^11.0", "<11", None),
        ("1.2 - 1.4", "<1.5", True),
        ("<=4.2", "<4.2", None),
        ("<=4.2", "<=4.2", True),
        (">4.2", ">4.1", True),
        ("4.1.7", "==4.1", True),
        ("4.1.7", "!=4.1", False),
    ],
)
def test_a_range_counts_only_when_it_lies_on_one_side(written: str, spec: str, met: bool | None) -> None:
    assert range_of(written).satisfies(spec) is met


@pytest.mark.parametrize(
    ("written", "release", "may"),
    [
        ("4.1.7", "4.1", True),
        ("4.1.7", "4.2", False),
        (">=4.2", "4.1", False),
        (">=4.2", "5.2", True),
        ("^6.4", "6.4", True),
        ("^6.4", "7.1", False),
        ("*", "3.2", True),
    ],
)
def test_which_releases_may_be_in_use(written: str, release: str, may: bool) -> None:
    assert range_of(written).satisfies_release(release) is may


@pytest.mark.parametrize(
    ("axis", "package", "name", "text", "expected"),
    [
        ("pypi", "django", "requirements.txt", "Django==4.1.7  # pinned\n", exact("4.1.7")),
        ("pypi", "django", "requirements/base.txt", "x\n", None),
        ("pypi", "Flask-Mail", "requirements-dev.txt", "flask_mail >= 0.9\n", range_of(">=0.9")),
        ("pypi", "django", "requirements.txt", "django-environ==0.11\nnot-django==1\n", None),
        ("pypi", "django", "requirements.txt", "django[argon2]>=4.2,<5; python_version > '3'\n", range_of(">=4.2,<5")),
        ("pypi", "django", "pyproject.toml", '[project]\ndependencies = [\n  "Django>=4.2,<5.0",\n]\n', range_of(">=4.2,<5.0")),
        ("pypi", "django", "pyproject.toml", '[tool.poetry.dependencies]\ndjango = "^4.1"\n', range_of("^4.1")),
        (
            "pypi",
            "django",
            "pyproject.toml",
            '[tool.poetry.dependencies]\ndjango = {version = "^4.1", extras = ["bcrypt"]}\n',
            range_of("^4.1"),
        ),
        ("pypi", "django", "Pipfile", '[packages]\ndjango = "*"\n', ANY),
        ("pypi", "django", "uv.lock", '[[package]]\nname = "django"\nversion = "5.1.2"\n', exact("5.1.2")),
        ("pypi", "django", "poetry.lock", '[[package]]\nname = "Django"\nversion = "3.2.1"\n', exact("3.2.1")),
        ("pypi", "django", "Pipfile.lock", '{"default": {"django": {"hashes": ["a"], "version": "==4.0.1"}}}', exact("4.0.1")),
        ("npm", "nodemailer", "package.json", '{"dependencies": {"nodemailer": "^6.9.1"}}', range_of("^6.9.1")),
        ("npm", "nodemailer", "package.json", '{"dependencies": {"@types/nodemailer": "^6"}}', None),
        ("npm", "nodemailer", "package.json", '{"dependencies": {"nodemailer": "latest"}}', ANY),
        ("npm", "nodemailer", "package-lock.json", '{"packages": {"node_modules/nodemailer": {"version": "6.9.13"}}}', exact("6.9.13")),
        ("npm", "nodemailer", "yarn.lock", 'nodemailer@^6.9.1:\n  version "6.9.14"\n', exact("6.9.14")),
        ("npm", "nodemailer", "pnpm-lock.yaml", "packages:\n\n  nodemailer@7.0.3:\n    resolution: {}\n", exact("7.0.3")),
        ("composer", "laravel/framework", "composer.json", '{"require": {"laravel/framework": "^11.0"}}', range_of("^11.0")),
        (
            "composer",
            "laravel/framework",
            "composer.lock",
            '{"packages": [{"name": "laravel/framework", "version": "v11.4.0"}]}',
            exact("11.4.0"),
        ),
        ("gem", "mail", "Gemfile.lock", "GEM\n  specs:\n    mail (2.8.1)\n    rails (7)\n      mail (>= 2)\n", exact("2.8.1")),
        ("gem", "mail", "Gemfile", "gem 'mail', '~> 2.8', '>= 2.8.1'\n", range_of("~> 2.8 >= 2.8.1")),
        ("gem", "mail", "Gemfile", "gem 'mailcatcher'\n", None),
        (
            "maven",
            "org.eclipse.angus:angus-mail",
            "pom.xml",
            "<dependency><groupId>org.eclipse.angus</groupId><artifactId>angus-mail</artifactId><version>2.0.3</version></dependency>",
            exact("2.0.3"),
        ),
        (
            "maven",
            "org.eclipse.angus:angus-mail",
            "pom.xml",
            "<properties><a.v>2.0.1</a.v></properties><groupId>org.eclipse.angus</groupId>\n<artifactId>angus-mail</artifactId>\n<version>${a.v}</version>",
            exact("2.0.1"),
        ),
        ("maven", "javax.mail:mail", "pom.xml", "<groupId>com.other</groupId><artifactId>mail</artifactId><version>1</version>", None),
        ("maven", "com.sun.mail:jakarta.mail", "build.gradle.kts", 'implementation("com.sun.mail:jakarta.mail:2.0.1")\n', exact("2.0.1")),
        (
            "maven",
            "org.springframework.boot:spring-boot-starter-mail",
            "build.gradle",
            "implementation 'org.springframework.boot:spring-boot-starter-mail'\n",
            ANY,
        ),
        ("go", "github.com/wneessen/go-mail", "go.mod", "require (\n\tgithub.com/wneessen/go-mail v0.4.1\n)\n", exact("0.4.1")),
        ("cargo", "lettre", "Cargo.toml", '[dependencies]\nlettre = { version = "0.11", features = ["x"] }\n', range_of("^0.11")),
        ("cargo", "lettre", "Cargo.lock", '[[package]]\nname = "lettre"\nversion = "0.11.7"\n', exact("0.11.7")),
        ("hex", "swoosh", "mix.exs", '{:swoosh, "~> 1.5"},\n', range_of("~> 1.5")),
        ("nuget", "MailKit", "App.csproj", '<PackageReference Include="MailKit" Version="4.7.1" />', exact("4.7.1")),
    ],
)
def test_what_declares_a_package(tmp_path: Path, axis: str, package: str, name: str, text: str, expected: Range | None) -> None:
    assert project(tmp_path, {name: text}).evidence("x.py").get(axis, package) == expected


def test_a_lock_file_beats_a_manifest(tmp_path: Path) -> None:
    evidence = project(
        tmp_path, {"pyproject.toml": '[project]\ndependencies = ["django>=3"]\n', "uv.lock": 'name = "django"\nversion = "4.1"\n'}
    ).evidence("settings.py")
    assert evidence.get("pypi", "django") == exact("4.1")


def test_the_nearest_manifest_wins(tmp_path: Path) -> None:
    tree = project(
        tmp_path,
        {
            "package.json": '{"dependencies": {"nodemailer": "6.0.0"}}',
            "api/package.json": '{"dependencies": {"nodemailer": "7.0.0"}}',
            "api/src/x.ts": "",
        },
    )
    assert tree.evidence("api/src/.env").get("npm", "nodemailer") == exact("7.0.0")
    assert tree.evidence(".env").get("npm", "nodemailer") == exact("6.0.0")
    assert tree.evidence("api/").get("npm", "nodemailer") == exact("7.0.0")


def test_the_lock_file_of_a_workspace_lies_further_up(tmp_path: Path) -> None:
    tree = project(
        tmp_path,
        {"yarn.lock": 'nodemailer@^6.0.0:\n  version "6.9.14"\n', "api/package.json": '{"dependencies": {"nodemailer": "^6.0.0"}}'},
    )
    assert tree.evidence("api/.env").get("npm", "nodemailer") == exact("6.9.14")


def test_a_manifest_beside_is_no_evidence(tmp_path: Path) -> None:
    evidence = project(tmp_path, {"web/package.json": '{"dependencies": {"nodemailer": "6"}}', "api/.env": ""}).evidence("api/.env")
    assert isinstance(evidence, Evidence)
    assert not evidence.has("npm", "nodemailer")
