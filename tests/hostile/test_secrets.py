"""A password planted wherever one can stand comes out nowhere.

Every file of the tree below holds canaries: in the fields made for secrets, in addresses, in comments beside, in defaults of references, in documents
inside documents, around what does not parse. No output may hold one, nor its base64 or percent-encoded form.
"""

from __future__ import annotations

import base64
import urllib.parse
from pathlib import Path

import pytest

from tests.folders import plant
from tests.hostile.harness import call, explanations, holding, outputs

# Looks like a password of somebody's, is no placeholder, and occurs nowhere else. `+/=` make the encodings differ.
CANARY = "Zq7+vK9/mXw4Tr"
QUOTED = urllib.parse.quote(CANARY, safe="")
BASE64 = base64.b64encode(CANARY.encode()).decode()


def _hidden(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


INNER = f"[smtp]\nenabled = true\nhost = mail.example.org:25\nuser = u\npassword = {CANARY}\n"
URL = f"smtp://{QUOTED}:{QUOTED}@mail.example.org:25/?password={QUOTED}&{QUOTED}=1#{QUOTED}"

TREE: dict[str, str] = {
    ".env": f"""# MAIL_PASSWORD={CANARY}
MAIL_MAILER=smtp
MAIL_HOST=mail.example.org
MAIL_PORT=25
MAIL_USERNAME={CANARY}
MAIL_PASSWORD={CANARY} # not {CANARY}
MAIL_ENCRYPTION=null
MAILER_DSN={URL}
""",
    "quoted/.env": f"""SMTP_HOST='mail.example.org' # {CANARY}
SMTP_PORT="25"
export SMTP_PASSWORD="{CANARY}"
SMTP_PASS='{CANARY}
{CANARY}
'
SMTP_API_KEY=`{CANARY}`
SMTP_URL={URL}
SMTP_PASSWORD_DEFAULTED=${{OTHER:-{CANARY}}}
SMTP_USER=${{OTHER:?{CANARY}}}
""",
    "broken/.env": f'SMTP_HOST=mail.example.org\nSMTP_PORT=25\nSMTP_PASSWORD="{CANARY}\n',
    "odd/.env": f"""SMTP_HOST=u:{CANARY}@mail.example.org
SMTP_PORT=25:{CANARY}
SMTP_TLS={CANARY}
SMTP_SECURE={CANARY}
SMTP_TIMEOUT={CANARY}
SMTP_TLS_MIN_VERSION={CANARY}
""",
    "host-url/.env": f"MAIL_MAILER=smtp\nMAIL_HOST={URL}\nMAIL_PORT={CANARY}\nMAIL_ENCRYPTION={CANARY}\nMAIL_SCHEME={CANARY}\n",
    "compose/compose.yaml": f"""services:
  map:
    image: example/app:1 # {CANARY}
    environment:
      SMTP_HOST: mail.example.org
      SMTP_PORT: 25
      SMTP_USERNAME: {CANARY}
      SMTP_PASSWORD: {CANARY}
      SMTP_URL: {URL}
  list:
    image: vaultwarden/server
    command: ["--smtp-password", "{CANARY}"]
    environment:
      - SMTP_HOST=mail.example.org
      - SMTP_SECURITY=off
      - SMTP_PORT=${{SMTP_PORT:-25}}
      - SMTP_PASSWORD=${{SMTP_PASSWORD:-{CANARY}}}
      - "SMTP_USERNAME={CANARY}"
      - {CANARY}
  grafana:
    image: grafana/grafana:10.0.0
    environment:
      GF_SMTP_ENABLED: "true"
      GF_SMTP_HOST: "mail.example.org:25"
      GF_SMTP_PASSWORD: "{CANARY}"
      GF_SMTP_STARTTLS_POLICY: "{CANARY}"
""",
    "k8s/all.yaml": f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  template:
    spec:
      containers:
        - name: web
          image: example/web:1
          args: ["--smtp-pass={CANARY}"]
          env:
            - {{name: SMTP_HOST, value: mail.example.org}}
            - {{name: SMTP_PORT, value: "25"}}
            - {{name: SMTP_PASSWORD, value: "{CANARY}"}}
            - {{name: SMTP_URL, value: "{URL}"}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: c}}
data:
  SMTP_HOST: mail.example.org
  SMTP_PORT: "25"
  SMTP_PASSWORD: "{CANARY}"
  grafana.ini: |
{chr(10).join("    " + line for line in INNER.splitlines())}
---
apiVersion: v1
kind: Secret
metadata: {{name: s}}
stringData:
  SMTP_HOST: mail.example.org
  SMTP_PORT: "25"
  SMTP_PASSWORD: "{CANARY}"
  app.env: "SMTP_HOST=mail.example.org\\nSMTP_PORT=25\\nSMTP_PASSWORD={CANARY}\\n"
---
apiVersion: v1
kind: Secret
metadata: {{name: b}}
data:
  SMTP_HOST: {_hidden("mail.example.org")}
  SMTP_PORT: {_hidden("25")}
  SMTP_PASSWORD: {BASE64}
  grafana.ini: {_hidden(INNER)}
""",
    "k8s/secret.json": f'{{"apiVersion": "v1", "kind": "Secret", "data": {{"SMTP_HOST": "{_hidden("mail.example.org")}", '
    f'"SMTP_PORT": "{_hidden("25")}", "SMTP_PASSWORD": "{BASE64}"}}}}',
    "chart/Chart.yaml": "name: app\nversion: 1.0.0\n",
    "chart/values.yaml": f"""# {CANARY}
smtp:
  host: mail.example.org
  port: 25
  username: {CANARY}
  password: {CANARY} # {CANARY}
  secure: {CANARY}
extraEnv:
  - name: SMTP_PASSWORD
    value: {CANARY}
""",
    "chart/templates/deploy.yaml": f"""apiVersion: v1
kind: ConfigMap
data:
  SMTP_HOST: {{{{ .Values.smtp.host | default "mail.example.org" }}}}
  SMTP_PORT: "25"
  SMTP_PASSWORD: {{{{ .Values.p | default "{CANARY}" }}}}
  {{{{- if .Values.x }}}}
  SMTP_USERNAME: {CANARY}
  {{{{- end }}}}
""",
    "chart/templates/broken.yaml": f"a:\n  SMTP_HOST: mail.example.org\n SMTP_PASSWORD: {{{{ {CANARY} }}}}\n{{{{ if }}}}\n  : {CANARY}: [\n",
    ".github/workflows/mail.yml": f"""on: push
env:
  SMTP_PASSWORD: {CANARY}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: dawidd6/action-send-mail@v3
        with:
          server_address: mail.example.org
          server_port: 25
          username: {CANARY}
          password: {CANARY}
          body: {CANARY}
      - uses: dawidd6/action-send-mail@v3
        with:
          connection_url: {URL}
      - run: curl smtp://u:{CANARY}@mail.example.org
        env: {{SMTP_HOST: mail.example.org, SMTP_PORT: 25, SMTP_PASSWORD: {CANARY}}}
""",
    "play.yml": f"""- hosts: all
  vars:
    smtp_host: mail.example.org
    smtp_port: 25
    smtp_password: "{CANARY}"
  tasks:
    - community.general.mail:
        host: mail.example.org
        port: 25
        secure: never
        username: {CANARY}
        password: {CANARY}
    - mail: host=mail.example.org port=25 password={CANARY} secure=never
""",
    "app.toml": f"""# {CANARY}
[smtp]
host = "mail.example.org"
port = 25
username = "{CANARY}"
password = "{CANARY}"
url = "{URL}"
tls = "{CANARY}"
[mail.options]
host = "mail.example.org"
password = '''{CANARY}'''
""",
    "app.json": f"""{{"smtp": {{"host": "mail.example.org", "port": 25, "secure": false,
 "auth": {{"user": "{CANARY}", "pass": "{CANARY}"}}, "password": "{CANARY}"}},
 "Email": {{"SmtpServer": "mail.example.org", "Port": "{CANARY}", "Password": "{CANARY}"}}}}""",
    "appsettings.json": f'{{"ConnectionStrings": {{"Smtp": "{URL}"}}, "Smtp": {{"Host": "mail.example.org", "Port": 25, "Password": "{CANARY}"}}}}',
    "grafana.ini": INNER + f"; {CANARY}\nfrom_address = {CANARY}\nehlo_identity = {CANARY}\n",
    "alertmanager.yml": f"""global:
  smtp_smarthost: mail.example.org:25
  smtp_from: a@example.org
  smtp_auth_username: {CANARY}
  smtp_auth_password: {CANARY}
  smtp_auth_secret: {CANARY}
  smtp_require_tls: false
receivers:
  - name: x
    email_configs:
      - {{to: a@example.org, smarthost: "mail.example.org:25", auth_password: "{CANARY}", require_tls: false}}
""",
    "application.properties": f"""spring.mail.host=mail.example.org
spring.mail.port=25
spring.mail.username={CANARY}
spring.mail.password={CANARY}
spring.mail.properties.mail.smtp.auth={CANARY}
! {CANARY}
""",
    "src/main/resources/application.yml": f"""spring:
  mail:
    host: mail.example.org
    port: 25
    password: ${{MAIL_PASSWORD:{CANARY}}}
    properties: {{mail.smtp.starttls.enable: "{CANARY}"}}
""",
    "site/settings.py": f'''"""{CANARY}"""
import os
EMAIL_HOST = "mail.example.org"
EMAIL_PORT = 25
EMAIL_HOST_USER = "{CANARY}"
EMAIL_HOST_PASSWORD = os.environ.get("P", "{CANARY}")  # {CANARY}
EMAIL_USE_TLS = False
EMAIL_TIMEOUT = "{CANARY}"
MAILERS = {{"default": {{"OPTIONS": {{"host": "mail.example.org", "password": "{CANARY}", "port": "{CANARY}"}}}}}}
''',
    "site/url/settings.py": f"import dj_email_url\nEMAIL_CONFIG = dj_email_url.config(default='{URL}')\nvars().update(EMAIL_CONFIG)\n"
    f"EMAIL_URL = env.email_url('EMAIL_URL', default='{URL}')\n",
    "flask/config.py": f"""class Config:
    MAIL_SERVER = "mail.example.org"
    MAIL_PORT = 25
    MAIL_USERNAME = "{CANARY}"
    MAIL_PASSWORD = "{CANARY}"
    MAIL_USE_TLS = "{CANARY}"
class Prod(Config):
    MAIL_PASSWORD = f"{CANARY}"
""",
    "client/mail.py": f"""from fastapi_mail import ConnectionConfig
conf = ConnectionConfig(MAIL_USERNAME="{CANARY}", MAIL_PASSWORD="{CANARY}", MAIL_SERVER="mail.example.org", MAIL_PORT=25,
                        MAIL_STARTTLS=False, MAIL_SSL_TLS=False)
email_config = {{"smtp_host": "mail.example.org", "smtp_port": 25, "smtp_password": "{CANARY}"}}
LOGGING = {{"handlers": {{"mail": {{"class": "logging.handlers.SMTPHandler", "mailhost": ("mail.example.org", 25),
                                  "credentials": ("{CANARY}", "{CANARY}")}}}}}}
""",
    "broken.py": f'EMAIL_HOST = "mail.example.org"\nEMAIL_PORT = 25\nEMAIL_HOST_PASSWORD = "{CANARY}\n',
    "broken.yaml": f'smtp:\n  host: mail.example.org\n  port: 25\n  password: "{CANARY}\n',
    "broken.json": f'{{"smtp": {{"host": "mail.example.org", "port": 25, "password": "{CANARY}", {CANARY} }}}}',
    "broken.toml": f'[smtp]\nhost = "mail.example.org"\nport = 25\npassword = {CANARY}\n',
    "broken.properties": f"spring.mail.host=mail.example.org\nspring.mail.password={CANARY}\\u12\n",
    "tags.yaml": f"smtp: !<tag:{CANARY}> {{host: mail.example.org, port: 25, password: !{CANARY} x, user: *{CANARY}}}\n",
    "main.cf": f"relayhost = [mail.example.org]:25\nsmtp_sasl_password_maps = static:u:{CANARY}\nsmtp_tls_security_level = {CANARY}\n",
    "msmtprc": f"account a\nhost mail.example.org\nport 25\ntls off\nuser {CANARY}\npassword {CANARY}\npasswordeval echo {CANARY}\n",
    "muttrc": f'set smtp_url="smtp://u:{QUOTED}@mail.example.org:25/"\nset smtp_pass="{CANARY}"\nset ssl_starttls=no\n',
    ".mailrc": f"set v15-compat\nset mta=smtp://u:{QUOTED}@mail.example.org:25 password={CANARY} tls-verify={CANARY}\n",
    ".curlrc": f'url = "smtp://{QUOTED}:{QUOTED}@mail.example.org:25"\nuser = "{CANARY}:{CANARY}"\n{CANARY}\n',
    ".swaksrc": f"server mail.example.org\nport 25\nau {CANARY}\nap {CANARY}\nprotocol {CANARY}\n",
    "nullmailer/remotes": f"mail.example.org smtp --port=25 user={CANARY} 'pass={CANARY}' {CANARY} --{CANARY}={CANARY}\n",
    "monitrc": f"set mailserver mail.example.org port 25 username \"{CANARY}\" password '{CANARY}' using ssl {{verify: {CANARY}}} {CANARY}\n",
    "apprise.yml": f"urls:\n - mailto://u:{QUOTED}@mail.example.org:25?mode={QUOTED}\n - mailto://u:{QUOTED}@mail.example.org:25\n",
    ".gitconfig": f"[sendemail]\n smtpServer = mail.example.org\n smtpServerPort = 25\n smtpPass = {CANARY}\n smtpEncryption = {CANARY}\n",
    "app.service": f"[Service]\nEnvironment=SMTP_HOST=mail.example.org SMTP_PORT=25 'SMTP_PASSWORD={CANARY}'\nExecStart=/a --pass {CANARY}\n",
    "Dockerfile": f"FROM vaultwarden/server\nENV SMTP_HOST=mail.example.org SMTP_SECURITY=off SMTP_PASSWORD={CANARY}\nARG P={CANARY}\n",
    "README.md": f"""# {CANARY}
```env
SMTP_HOST=mail.example.org
SMTP_PORT=25
SMTP_PASSWORD={CANARY}
```
```yaml title="grafana.ini {CANARY}"
smtp:
  host: mail.example.org
  port: 25
  password: {CANARY}
```
""",
    "branches/settings.py": f"""import os
EMAIL_HOST = "mail.example.org"
if os.environ["MODE"] == "{CANARY}":
    EMAIL_PORT = 25
elif os.environ.get("{CANARY}"):
    EMAIL_PORT = 465
else:
    EMAIL_PORT = {{"{CANARY}": 25}}[os.environ["X"]]
EMAIL_BACKEND = "{CANARY}.backends.{CANARY}"
EMAIL_USE_TLS = os.environ.get("{CANARY}", "{CANARY}") == "{CANARY}"
""",
    "package.json": f'{{"dependencies": {{"nodemailer": "{CANARY}", "@strapi/provider-email-nodemailer": "git+https://u:{QUOTED}@example.org/x"}}}}',
    "requirements.txt": f"django @ git+https://u:{QUOTED}@example.org/django\n",
    "images/compose.yaml": f"""services:
  web:
    image: u:{CANARY}@registry.example.org/gitea/gitea:{CANARY.replace("/", "_").replace("+", "-")}
    build: {{context: ., args: [P={CANARY}]}}
    environment: {{GITEA__mailer__SMTP_ADDR: mail.example.org, GITEA__mailer__PROTOCOL: smtp, GITEA__mailer__PASSWD: "{CANARY}"}}
""",
    "composed/Chart.yaml": "name: shop\nversion: 1.0.0\n",
    "composed/values.yaml": f"smtp:\n  host: mail.example.org\n  port: 25\n  user: u\n  pass: '{CANARY}'\n  quoted: {QUOTED}\n  login: 'u:{QUOTED}'\n",
    "composed/templates/secret.yaml": """apiVersion: v1
kind: Secret
metadata: {name: a}
stringData:
  MAILER_DSN: "smtp://{{ .Values.smtp.user }}:{{ .Values.smtp.quoted }}@{{ .Values.smtp.host }}:{{ .Values.smtp.port }}"
  SMTP_URL: smtp://{{ .Values.smtp.login }}@{{ .Values.smtp.host }}:{{ .Values.smtp.port }}
  SMTP_HOST: "{{ .Values.smtp.quoted }}.{{ .Values.smtp.host }}"
  SMTP_PASSWORD: "{{ .Values.smtp.pass }}"
""",
    "symfony/config/packages/mailer.yaml": f"framework:\n  mailer:\n    transports:\n      bulk: '{URL}'\n      other: 'smtp://mail.example.org:25'\n",
    "gitlab.rb": f"""# {CANARY}
gitlab_rails['smtp_enable'] = true
gitlab_rails['smtp_address'] = "mail.example.org" # {CANARY}
gitlab_rails['smtp_port'] = 25; gitlab_rails['smtp_password'] = '{CANARY}'
gitlab_rails['smtp_user_name'] = "{CANARY}"
gitlab_rails['smtp_authentication'] = :"{CANARY}"
gitlab_rails['smtp_openssl_verify_mode'] = '{CANARY}'
nginx['{CANARY}'] = ENV['{CANARY}'] || "{CANARY}
""",
    "omnibus/compose.yaml": f"""services:
  git:
    image: gitlab/gitlab-ce:18.1.0-ce.0
    environment:
      GITLAB_OMNIBUS_CONFIG: |
        gitlab_rails['smtp_enable'] = true; gitlab_rails['smtp_address'] = 'mail.example.org'; gitlab_rails['smtp_password'] = "{CANARY}"
        gitlab_rails['smtp_tls'] = "{CANARY}"
""",
    "logging.ini": f"""[loggers]
keys=root
[handlers]
keys=mail,broken
[handler_mail]
class=handlers.SMTPHandler
args=(('mail.example.org', 25), '{CANARY}', ['{CANARY}'], '{CANARY}', ('{CANARY}', '{CANARY}'), '{CANARY}')
kwargs={{'timeout': '{CANARY}'}}
[handler_broken]
class=handlers.SMTPHandler
args=('mail.example.org', {CANARY} '{CANARY}
""",
    "decouple/settings.ini": f"[settings]\nmail_host = mail.example.org\nmail_port = 25\nmail_password = {CANARY}\nmail_user = %({CANARY})s\n",
    "decouple/settings.py": """from decouple import config
EMAIL_HOST = config("MAIL_HOST")
EMAIL_PORT = config("MAIL_PORT", cast=int)
EMAIL_HOST_USER = config("MAIL_USER")
EMAIL_HOST_PASSWORD = config("MAIL_PASSWORD")
""",
    "serilog/appsettings.json": f"""{{"Serilog": {{"WriteTo": [
  {{"Name": "Email", "Args": {{"connectionInfo": {{"FromEmail": "{CANARY}", "MailServer": "mail.example.org", "EnableSsl": "{CANARY}",
    "NetworkCredentials": {{"userName": "{CANARY}", "password": "{CANARY}"}}}}}}}},
  {{"Name": "Email", "Args": {{"options": {{"host": "mail.example.org", "connectionSecurity": "{CANARY}", "credentials": {{"password": "{CANARY}"}}}}}}}}]}}}}""",
    "escaped.json": '{"smtp": {"host": "mail.example.org", "port": 25, "password": "'
    + "".join(f"\\u{ord(char):04x}" for char in CANARY)
    + '"}}',
}
# Every way in which it could come out. The first ten letters catch what was cut short.
FORMS = (
    CANARY,
    CANARY[:7],
    CANARY[-7:],
    CANARY.replace("/", "_").replace("+", "-"),
    QUOTED,
    BASE64,
    BASE64.rstrip("="),
    CANARY.replace("/", "\\/"),
    _hidden("u:" + CANARY),
)


@pytest.fixture
def planted(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    plant(here, TREE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(here.parent / "cache"))
    return here


def test_no_output_holds_it(planted: Path) -> None:
    found = outputs(planted.parent / "out", "--docs")
    assert found["check.json"].count('"rule"') > 100, "the tree is read"
    assert found["check err"].count("is not valid") >= 4, "what does not parse is told"
    assert holding(found, FORMS) == {}


def test_no_explanation_holds_it(planted: Path) -> None:
    assert holding(dict(explanations(list(TREE))), FORMS) == {}


def test_no_file_that_is_left_holds_it(planted: Path) -> None:
    call("check", "--docs", "--quiet")
    needles = [form.encode() for form in FORMS]
    cache = planted.parent / "cache"
    ours = {planted / name for name in TREE}
    left = [path for path in [*cache.rglob("*"), *planted.rglob("*")] if path.is_file() and path not in ours]
    assert [path for path in left if any(needle in path.read_bytes() for needle in needles)] == []


@pytest.mark.parametrize("verbose", [True, False])
def test_a_crash_tells_nothing(planted: Path, monkeypatch: pytest.MonkeyPatch, verbose: bool) -> None:
    from smtplint import decode

    def crash(text: str) -> bool:
        raise RuntimeError(f"{CANARY} {text}") from ValueError(CANARY)

    # Deep inside: whatever asks whether a text stands for something else.
    monkeypatch.setattr(decode, "is_placeholder", crash)
    monkeypatch.setattr(decode, "is_reference", crash)
    code, out, err = call("check", *(["--verbose"] if verbose else []))
    assert code == 2 and out == ""
    assert "internal error: " in err and "Traceback" not in err
    assert holding({"err": err}, FORMS) == {}
