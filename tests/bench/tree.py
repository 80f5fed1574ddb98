"""A deterministic tree with the mix of a real one: eleven public repositories side by side, 61,251 files and 246 MB, were counted for it.

Of 1,000 files there are (in the tree that was counted): 181 YAML (11,106 of 61,251) and 111 Python (6,788); with JSON, properties and other
kinds that are read they make half of the files and 100 of the 246 MB; the other half is source code and texts. Files have 4 KB on average,
most are shorter and few are long; three of a thousand hold 60 KB and more (lock files, JSON). 29 of a thousand files of the kinds that are
read say "mail" somewhere, nearly all of them in passing (1,749 were counted): the authors of a package, maintainers of a chart, a column, a
translation. YAML with "smtp" in it is 2.3 of a thousand (137 were counted), two thirds of that templates of charts. Settings from which an
endpoint comes are 4 of a thousand, as 250 files in 60,000: env files, compose files, values of charts, TOML, and for every 5,000 files a
Django project with its two settings modules.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

WORDS = (
    "server client route table index value build cache queue worker token image volume service metric label schema field query order stock price"
).split()


def words(rng: random.Random, number: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(number))


def yaml_text(rng: random.Random, lines: int) -> str:
    return "".join(f"{'  ' * rng.randint(0, 3)}{rng.choice(WORDS)}_{number}: {words(rng, 4)}\n" for number in range(lines))


def python_text(rng: random.Random, lines: int) -> str:
    return "".join(
        f"def {rng.choice(WORDS)}_{number}({rng.choice(WORDS)}):\n    return {rng.randint(0, 9999)}  # {words(rng, 3)}\n"
        for number in range(lines // 2)
    )


def json_text(rng: random.Random, entries: int) -> str:
    return "{\n" + ",\n".join(f'  "{rng.choice(WORDS)}{number}": "{words(rng, 3)}"' for number in range(entries)) + "\n}\n"


def dotenv(number: int) -> str:
    return f"APP_NAME=app{number}\nSMTP_HOST=smtp{number}.example.org\nSMTP_PORT={(25, 587, 465)[number % 3]}\nSMTP_SECURE=true\nSMTP_PASS=${{X}}\n"


def compose(number: int) -> str:
    return (
        "services:\n  vault:\n    image: vaultwarden/server:1.32\n    environment:\n"
        f"      SMTP_HOST: smtp{number}.example.org\n      SMTP_SECURITY: {('off', 'starttls')[number % 2]!r}\n"
        "  db:\n    image: postgres:16\n"
    )


def settings(number: int) -> str:
    return f'INSTALLED_APPS = []\nEMAIL_HOST = "smtp{number}.example.org"\nEMAIL_USE_TLS = True\nEMAIL_PORT = {(25, 587)[number % 2]}\n'


def toml(number: int) -> str:
    return f'[smtp]\nhost = "smtp{number}.example.org"\nport = {(25, 587)[number % 2]}\nusername = "shop"\npassword = "${{X}}"\n'


def values(number: int) -> str:
    return f"replicas: 1\nsmtp:\n  host: smtp{number}.example.org\n  port: {(25, 587)[number % 2]}\n  username: shop\n"


def chart_with_mail(number: int) -> str:
    return (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n{{- if .Values.smtp.host }}\n"
        f"  SHOP{number}_SMTP_HOST: {{{{ .Values.smtp.host | quote }}}}\n{{{{- end }}}}\n"
    )


def in_passing_yaml(number: int) -> str:
    return f"apiVersion: v2\nname: chart{number}\nmaintainers:\n  - name: Someone\n    email: someone{number}@example.org\n"


def in_passing_python(number: int) -> str:
    return (
        f'from shop.models import User\n\n\ndef test_{number}():\n    user = User.make("someone{number}", email="someone@example.org")\n'
        '    assert user.email == "someone@example.org"\n'
    )


def in_passing_json(number: int) -> str:
    return f'{{\n  "name": "package{number}",\n  "author": {{"name": "Someone", "email": "someone{number}@example.org"}}\n}}\n'


def lock_text(rng: random.Random, entries: int) -> str:
    rows = (f'    "node_modules/{rng.choice(WORDS)}-{n}": {{"version": "1.{n}.0", "dev": true}}' for n in range(entries))
    return '{\n  "lockfileVersion": 3,\n  "packages": {\n' + ",\n".join(rows) + "\n  }\n}\n"


def chart_template(rng: random.Random, lines: int) -> str:
    rows = "".join(f"  {rng.choice(WORDS)}{n}: {{{{ .Values.{rng.choice(WORDS)} | quote }}}}\n" for n in range(lines))
    return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n" + rows


def translation(rng: random.Random, lines: int) -> str:
    return "".join(f"{rng.choice(WORDS)}.{n}={words(rng, 5)}\n" for n in range(lines))


# Per thousand: name, how many, text of so many lines, bytes a line has about, bytes of a file on average.
KINDS: tuple[tuple[str, int, Callable[[random.Random, int], str], int, int], ...] = (
    ("values{}.yaml", 126, yaml_text, 38, 2800),
    ("templates/config{}.yaml", 50, chart_template, 38, 1800),
    ("module{}.py", 99, python_text, 36, 5200),
    ("data{}.json", 96, json_text, 40, 2600),
    ("messages_{}.properties", 95, translation, 42, 2300),
    ("package{}.toml", 5, lambda rng, lines: "[package]\n" + yaml_text(rng, lines).replace(" ", "").replace(":", " = 1 #"), 38, 900),
    ("source{}.go", 300, python_text, 36, 5600),
    ("Class{}.java", 110, python_text, 36, 4800),
    ("text{}.md", 84, translation, 42, 3200),
)
# Per thousand: what says "mail" in passing.
PASSING = (
    ("chart{}/Chart.yaml", 5, in_passing_yaml),
    ("tests/test_user{}.py", 12, in_passing_python),
    ("packages/package{}/package.json", 9, in_passing_json),
)
# Of ten thousand: settings, and templates that hand them on.
SETTINGS = (
    ("app{}/.env", 10, dotenv),
    ("stack{}/compose.yaml", 10, compose),
    ("chart{}/values.yaml", 7, values),
    ("chart{}/templates/mail.yaml", 15, chart_with_mail),
    ("etc{}/app.toml", 11, toml),
    ("shop{}/settings/base.py", 2, settings),
)
LARGE = (("lib{}/package-lock.json", 2, lock_text, 70, 90_000), ("large{}.json", 1, json_text, 40, 160_000))


def _plan(rng: random.Random) -> list[tuple[str, Callable[[int], str]]]:
    """What ten thousand files are, shuffled: a name to fill in and what writes the text for a number."""
    plan: list[tuple[str, Callable[[int], str]]] = []
    for name, share, fill in SETTINGS:
        plan += [(name, fill)] * share
    for name, share, fill in PASSING:
        plan += [(name, fill)] * (share * 10)
    for name, share, write, line, size in (*KINDS, *LARGE):
        pool = [write(rng, max(3, int(size / line * scale))) for scale in _scales(rng, 40)]
        plan += [(name, _one_of(pool))] * (share * 10)
    rng.shuffle(plan)
    return plan


def _scales(rng: random.Random, number: int) -> list[float]:
    """Sizes around 1 as those of real files lie: most are shorter than the average and few are much longer."""
    drawn = [rng.lognormvariate(0, 0.9) for _ in range(number)]
    return [one * number / sum(drawn) for one in drawn]


def _one_of(pool: list[str]) -> Callable[[int], str]:
    return lambda number: pool[number % len(pool)]


def make(root: Path, files: int, seed: int = 1) -> int:
    """Write about `files` files below `root`, forty to a folder; the same for the same numbers. Returns how many were written."""
    rng = random.Random(seed)
    plan = _plan(rng)
    written = 0
    known: set[Path] = set()
    for number in range(files):
        folder = root / f"part{number // 4000}" / f"unit{number // 40}"
        # One of each kind lies where everybody finds it.
        name, write = (".env", dotenv) if number == 0 else plan[number % len(plan)]
        texts = {name.format(number): write(number)}
        if name.endswith("/base.py"):
            texts[name.format(number).replace("base.py", "production.py")] = f"from .base import *\nEMAIL_PORT = {(465, 587)[number % 2]}\n"
        for shown, text in texts.items():
            path = folder / shown
            if path.parent not in known:
                path.parent.mkdir(parents=True, exist_ok=True)
                known.add(path.parent)
            path.write_text(text, "utf-8")
            written += 1
    return written
