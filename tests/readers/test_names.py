"""Which syntax a file has by its name."""

from __future__ import annotations

import pytest

from smtplint.readers import read, syntax_of
from smtplint.source import Source, SourceError

NAMES = {
    "yaml": "a.yml a.YAML x/a.eyaml values.yaml.gotmpl parameters.yml.dist docker-compose.yml.j2 .env.yaml",
    "json": "a.json a.jsonc a.json5 devcontainer.json appsettings.json.example",
    "toml": "pyproject.toml a.toml.tmpl",
    "ini": "a.ini pretix.cfg my.cnf grafana.conf .gitconfig x/.git/config app.ini.erb a.service .odoorc",
    "properties": "application.properties application.conf graylog.conf",
    "python": "settings.py settings.py.j2 config.py.example env.py local_settings.py-dist",
    "dotenv": ".env .env.local prod.env .env.example.txt env.example example.env env env.prod .env2 ENVEXAMPLE .envrc .flaskenv environment"
    " .env-dist env_example mail_env .env.j2 update-exim4.conf.conf",
    "postfix": "main.cf main.cf.j2 dkim.main.cf postfix-main.cf",
    "keyword": "msmtprc .msmtprc dma.conf muttrc .muttrc neomuttrc ssmtp.conf msmtprc.j2",
    "markdown": "README.md docs/a.rst a.markdown",
    "dockerfile": "Dockerfile app.Dockerfile Dockerfile.prod Containerfile",
    "": "a.txt requirements.txt master.cf app.config .env.ts env.sh environment.rb a README environment.prod.ts config",
}


@pytest.mark.parametrize("syntax", NAMES)
def test_names(syntax: str) -> None:
    assert {name: syntax_of(name) for name in NAMES[syntax].split()} == dict.fromkeys(NAMES[syntax].split(), syntax)


def test_a_copy_of_an_env_file() -> None:
    assert syntax_of("app/.env copy") == "dotenv"


def test_a_folder_says_nothing() -> None:
    assert syntax_of("prod.yml/LICENSE") == ""


def test_a_syntax_without_a_reader_is_refused() -> None:
    with pytest.raises(SourceError, match="of a kind that smtplint cannot read"):
        read(Source("a.md", ""), "markdown")
