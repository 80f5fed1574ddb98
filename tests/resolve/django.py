"""Django itself as the judge: one process that loads settings packages as Django does, each in a fork of its own, so that none sees another."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType

NAMES = (
    "EMAIL_BACKEND",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "EMAIL_USE_TLS",
    "EMAIL_USE_SSL",
    "EMAIL_HOST_USER",
    "EMAIL_HOST_PASSWORD",
    "EMAIL_TIMEOUT",
    "EMAIL_SSL_CERTFILE",
)

# One line in: {root, module}; one line out: the values of NAMES as `repr` shows them, or the name of the exception that stopped Django.
_WORKER = """
import json, os, sys
import django.conf, django.core.mail, decouple, dotenv, environ, environs  # loaded once, before the forks
NAMES = json.loads(sys.argv[1])
for name in list(os.environ):
    if name not in ("PATH", "LANG", "HOME"):
        del os.environ[name]
for line in sys.stdin:
    case = json.loads(line)
    here, there = os.pipe()
    child = os.fork()
    if not child:
        os.close(here)
        try:
            os.chdir(case["root"])
            sys.path.insert(0, case["root"])
            sys.stderr = open(os.devnull, "w")
            os.environ["DJANGO_SETTINGS_MODULE"] = case["module"]
            answer = {name: repr(getattr(django.conf.settings, name)) for name in NAMES}
        except BaseException as error:
            answer = type(error).__name__
        os.write(there, json.dumps(answer).encode())
        os._exit(0)
    os.close(there)
    with os.fdopen(here, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    print(answer.decode(), flush=True)
"""


class Django:
    """`with Django() as django: django.load(root, "conf.prod")`."""

    def __enter__(self) -> Django:
        command = [sys.executable, "-B", "-c", _WORKER, json.dumps(NAMES)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.communicate(timeout=30)

    def load(self, root: Path, module: str) -> dict[str, str] | str:
        """What Django's settings are when `module` below `root` is the settings module, or the exception that stops it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"root": str(root), "module": module}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, str] | str = json.loads(self.process.stdout.readline())
        return answer
