"""A deterministic tree with the mix of a real one: most files say nothing about mail.

Charts, compose files, settings packages, lock files, large JSON, translations, source code; one file in some two hundred holds mail settings.
"""

from __future__ import annotations

import random
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


def lock_text(rng: random.Random, entries: int) -> str:
    rows = (f'    "node_modules/{rng.choice(WORDS)}-{n}": {{"version": "1.{n}.0", "dev": true}}' for n in range(entries))
    return '{\n  "lockfileVersion": 3,\n  "packages": {\n' + ",\n".join(rows) + "\n  }\n}\n"


def chart_template(rng: random.Random) -> str:
    rows = "".join(f"  {rng.choice(WORDS)}{n}: {{{{ .Values.{rng.choice(WORDS)} | quote }}}}\n" for n in range(30))
    return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n" + rows


def translation(rng: random.Random, lines: int) -> str:
    return "".join(f"{rng.choice(WORDS)}.{n}={words(rng, 5)}\n" for n in range(lines))


def make(root: Path, files: int, seed: int = 1) -> int:
    """Write about `files` files below `root`; the same for the same numbers. Returns how many were written."""
    rng = random.Random(seed)
    written = 0
    folder = root
    for number in range(files):
        if number % 40 == 0:
            folder = root / f"part{number // 4000}" / f"unit{number // 40}"
            folder.mkdir(parents=True, exist_ok=True)
        kind = number % 200
        if kind == 0:
            name, text = ".env", dotenv(number)
        elif kind == 40:
            name, text = "compose.yaml", compose(number)
        elif kind == 80:
            name, text = "settings.py", settings(number)
        elif kind == 120:
            name, text = "package-lock.json", lock_text(rng, 600)
        elif kind % 50 == 1:
            name, text = f"templates/config{number}.yaml", chart_template(rng)
        elif kind % 10 < 3:
            name, text = f"values{number}.yaml", yaml_text(rng, 60)
        elif kind % 10 < 5:
            name, text = f"module{number}.py", python_text(rng, 80)
        elif kind % 10 < 6:
            name, text = f"data{number}.json", json_text(rng, 400 if kind % 50 == 5 else 40)
        elif kind % 10 < 7:
            name, text = f"messages_{number}.properties", translation(rng, 30)
        else:
            name, text = f"source{number}.go", python_text(rng, 120)
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
        written += 1
    return written
