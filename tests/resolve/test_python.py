"""Settings modules: who inherits from whom, which ones run, which env files they read."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtplint.tree import Mapping, Scalar
from tests.resolve.project import all_scopes, placed, project, told, value

BASE = 'EMAIL_HOST = "smtp.example.org"\nEMAIL_PORT = 25\n'
HEIR = "from .base import *\n"


def files(found: list[tuple[str, str, str, dict[str, str | None]]]) -> list[str]:
    return [one[0] for one in found]


def test_a_base_is_judged_through_its_heirs(tmp_path: Path) -> None:
    tree = project(tmp_path, {"s/__init__.py": "", "s/base.py": BASE, "s/prod.py": HEIR + "EMAIL_PORT = 587\n", "s/dev.py": HEIR})
    assert told(all_scopes(tree, "s/base.py"), "EMAIL_HOST", "EMAIL_PORT") == [
        ("s/dev.py", "", "", {"EMAIL_HOST": "smtp.example.org", "EMAIL_PORT": "25"}),
        ("s/prod.py", "", "", {"EMAIL_HOST": "smtp.example.org", "EMAIL_PORT": "587"}),
    ]
    assert placed(tree.scopes("s/prod.py")[0], "EMAIL_HOST") == "s/base.py:1"


def test_a_base_without_heirs_runs(tmp_path: Path) -> None:
    tree = project(tmp_path, {"s/base.py": BASE})
    assert files(told(tree.scopes("s/base.py"))) == ["s/base.py"]


@pytest.mark.parametrize(
    ("runner", "text"),
    [
        ("manage.py", 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s.base")\n'),
        ("pytest.ini", "[pytest]\nDJANGO_SETTINGS_MODULE = s.base\n"),
        ("Dockerfile", "FROM python\nENV DJANGO_SETTINGS_MODULE=s.base\n"),
        ("compose.yaml", "services: {web: {build: ., environment: {DJANGO_SETTINGS_MODULE: s.base}}}\n"),
    ],
)
def test_a_base_that_something_runs_is_an_endpoint_too(tmp_path: Path, runner: str, text: str) -> None:
    tree = project(tmp_path, {"s/base.py": BASE, "s/prod.py": HEIR, runner: text})
    assert files(told(all_scopes(tree, "s/base.py"))) == ["s/base.py", "s/prod.py"]


def test_plain_settings_run_although_tests_import_them(tmp_path: Path) -> None:
    tree = project(tmp_path, {"p/settings.py": BASE, "p/settings_test.py": "from .settings import *\nEMAIL_PORT = 1025\n"})
    assert files(told(all_scopes(tree, "p/settings.py"))) == ["p/settings.py", "p/settings_test.py"]


def test_plain_settings_that_nobody_runs_are_a_base(tmp_path: Path) -> None:
    tree = project(
        tmp_path, {"p/settings.py": BASE, "p/prod.py": "from .settings import *\n", "manage.py": 'x("DJANGO_SETTINGS_MODULE", "p.prod")\n'}
    )
    assert files(told(all_scopes(tree, "p/settings.py"))) == ["p/prod.py"]


def test_a_chain(tmp_path: Path) -> None:
    tree = project(
        tmp_path,
        {
            "s/base.py": BASE,
            "s/production.py": HEIR + "EMAIL_PORT = 587\n",
            "s/staging.py": "from .production import *\nEMAIL_HOST = 'st'\n",
        },
    )
    assert told(all_scopes(tree, "s/base.py"), "EMAIL_HOST", "EMAIL_PORT") == [
        ("s/production.py", "", "", {"EMAIL_HOST": "smtp.example.org", "EMAIL_PORT": "587"}),
        ("s/staging.py", "", "", {"EMAIL_HOST": "st", "EMAIL_PORT": "587"}),
    ]


def test_an_absolute_import_from_below_a_source_folder(tmp_path: Path) -> None:
    tree = project(tmp_path, {"src/shop/conf/common.py": BASE, "src/shop/settings_live.py": "from shop.conf.common import *\n"})
    assert told(all_scopes(tree, "src/shop/conf/common.py"), "EMAIL_PORT") == [("src/shop/settings_live.py", "", "", {"EMAIL_PORT": "25"})]


def test_local_settings_merge_when_they_exist(tmp_path: Path) -> None:
    text = BASE + "try:\n    from .local_settings import *\nexcept ImportError:\n    pass\n"
    with_it = project(tmp_path / "a", {"p/settings.py": text, "p/local_settings.py": "EMAIL_PORT = 587\n"})
    assert told(all_scopes(with_it, "p/local_settings.py"), "EMAIL_PORT") == [("p/settings.py", "", "", {"EMAIL_PORT": "587"})]
    without = project(tmp_path / "b", {"p/settings.py": text})
    (scope,) = without.scopes("p/settings.py")
    assert value(scope, "EMAIL_HOST") == "smtp.example.org"


def test_an_import_from_outside_the_tree_leaves_absence_unknown(tmp_path: Path) -> None:
    tree = project(tmp_path, {"p/settings.py": "from company.settings import *\n" + BASE})
    assert not tree.scopes("p/settings.py")[0].complete


def test_modules_that_import_each_other_end(tmp_path: Path) -> None:
    tree = project(tmp_path, {"s/a.py": "from .b import *\n" + BASE, "s/b.py": "from .a import *\nEMAIL_PORT = 587\n"})
    all_scopes(tree, "s/a.py", "s/b.py")


# --- env files

LOADS = (
    "import os\nfrom dotenv import load_dotenv\nload_dotenv()\n"
    'EMAIL_HOST = os.environ.get("MAIL_HOST", "fallback.example")\n'
    'EMAIL_PORT = int(os.environ.get("MAIL_PORT", 25))\n'
)
ENV = "MAIL_HOST=smtp.example.org\nMAIL_PORT=587\n"


def test_a_dotenv_that_a_module_reads(tmp_path: Path) -> None:
    tree = project(tmp_path, {".env": ENV, "p/settings.py": LOADS})
    assert told(all_scopes(tree, ".env"), "EMAIL_HOST", "EMAIL_PORT") == [
        ("p/settings.py", "", "", {"EMAIL_HOST": "smtp.example.org", "EMAIL_PORT": "587"})
    ]
    (scope,) = tree.scopes("p/settings.py")
    assert placed(scope, "EMAIL_HOST") == ".env:1"
    assert tree.scopes(".env") == []


def test_a_dotenv_that_a_module_does_not_load(tmp_path: Path) -> None:
    tree = project(tmp_path, {".env": ENV, "p/settings.py": LOADS.replace("load_dotenv()", "")})
    assert value(tree.scopes("p/settings.py")[0], "EMAIL_HOST") == "fallback.example"
    assert files(told(tree.scopes(".env"))) == [".env"]


def test_a_dotenv_whose_mail_settings_nobody_looks_up(tmp_path: Path) -> None:
    tree = project(tmp_path, {".env": "SMTP_HOST=h\n", "p/settings.py": LOADS})
    assert files(told(tree.scopes(".env"))) == [".env"]


def test_django_environ_reads_beside_the_module_or_where_it_is_told(tmp_path: Path) -> None:
    text = (
        "import environ\nfrom pathlib import Path\nBASE = Path(__file__).resolve().parent.parent\nenv = environ.Env()\n"
        'environ.Env.read_env({})\nEMAIL_HOST = env("MAIL_HOST", default="x")\n'
    )
    told_so = project(tmp_path / "a", {".env": ENV, "p/settings.py": text.format('BASE / ".env"')})
    assert value(told_so.scopes("p/settings.py")[0], "EMAIL_HOST") == "smtp.example.org"
    beside = project(tmp_path / "b", {".env": ENV, "p/settings.py": text.format("")})
    assert value(beside.scopes("p/settings.py")[0], "EMAIL_HOST") == "x"


def test_an_env_file_read_by_the_base(tmp_path: Path) -> None:
    base = LOADS
    tree = project(tmp_path, {"s/.env": ENV, "s/base.py": base, "s/prod.py": HEIR + 'EMAIL_HOST_USER = os.environ["MAIL_USER"]\n'})
    assert told(all_scopes(tree, "s/.env"), "EMAIL_HOST") == [("s/prod.py", "", "", {"EMAIL_HOST": "smtp.example.org"})]


def test_the_first_env_file_wins_unless_told_otherwise(tmp_path: Path) -> None:
    text = 'import os\nfrom dotenv import load_dotenv\nload_dotenv("a.env")\nload_dotenv("b.env"{})\nEMAIL_HOST = os.environ["H"]\n'
    plain = project(tmp_path / "a", {"a.env": "H=a\n", "b.env": "H=b\n", "settings.py": text.format("")})
    assert value(plain.scopes("settings.py")[0], "EMAIL_HOST") == "a"
    over = project(tmp_path / "b", {"a.env": "H=a\n", "b.env": "H=b\n", "settings.py": text.format(", override=True")})
    assert value(over.scopes("settings.py")[0], "EMAIL_HOST") == "b"


def test_what_an_env_of_another_module_casts_to_is_not_known(tmp_path: Path) -> None:
    """`false` is False by the scheme of the base, and would be a text, hence true, without one."""
    base = "import environ\nenv = environ.Env(MAIL_TLS=(bool, False))\nenv.read_env('.env')\n"
    prod = "from .base import *\nEMAIL_HOST = env('MAIL_HOST')\nEMAIL_USE_TLS = env('MAIL_TLS')\nEMAIL_USE_SSL = env.bool('MAIL_TLS')\n"
    tree = project(tmp_path, {".env": ENV + "MAIL_TLS=false\n", "s/base.py": base.replace("'.env'", "'../.env'"), "s/prod.py": prod})
    (scope,) = tree.scopes("s/prod.py")
    assert [value(scope, name) for name in ("EMAIL_HOST", "EMAIL_USE_TLS", "EMAIL_USE_SSL")] == ["smtp.example.org", "?", "False"]


def test_decouple_finds_its_file_upwards(tmp_path: Path) -> None:
    tree = project(
        tmp_path, {".env": ENV, "a/b/settings.py": 'from decouple import config\nEMAIL_HOST = config("MAIL_HOST", default="x")\n'}
    )
    assert value(tree.scopes("a/b/settings.py")[0], "EMAIL_HOST") == "smtp.example.org"


DECOUPLED = (
    "from decouple import config\nEMAIL_HOST = config('MAIL_HOST', default='x')\nEMAIL_PORT = config('MAIL_PORT', default=26, cast=int)\n"
)


def test_decouple_takes_the_nearest_file_and_settings_ini_before_env(tmp_path: Path) -> None:
    ini = "[DEFAULT]\ndomain = example.net\n[settings]\nmail_host = smtp.%(domain)s\n"
    tree = project(
        tmp_path, {".env": ENV, "a/settings.ini": ini, "a/.env": "MAIL_HOST=not.me\nMAIL_PORT=2525\n", "a/b/settings.py": DECOUPLED}
    )
    (scope,) = tree.scopes("a/b/settings.py")
    # One file is read, so that what it lacks comes from no other.
    assert [value(scope, name) for name in ("EMAIL_HOST", "EMAIL_PORT")] == ["smtp.example.net", "26"]
    assert placed(scope, "EMAIL_HOST") == "a/settings.ini:4"
    (scope,) = project(tmp_path, {"a/b/.env": "MAIL_HOST=nearest\n"}).scopes("a/b/settings.py")
    assert placed(scope, "EMAIL_HOST") == "a/b/.env:1"


def test_an_ini_file_that_decouple_is_given(tmp_path: Path) -> None:
    module = DECOUPLED.replace("import config", "import Config, RepositoryIni\nconfig = Config(RepositoryIni('conf/app.ini'))")
    files = {
        "settings.py": module,
        "conf/app.ini": "[settings]\nMAIL_HOST = smtp.example.org\nMAIL_PORT = 5%%87\n",
        "settings.ini": "[settings]\n",
    }
    (scope,) = project(tmp_path, files).scopes("settings.py")
    assert placed(scope, "EMAIL_HOST") == "conf/app.ini:2"


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("MAIL_HOST=a\n[settings]\nMAIL_PORT=25\n", 1, "a line stands before the first section"),
        ("[settings]\nMAIL_HOST=a\nMAIL_PORT\n", 3, "a line is neither a section nor a name with a value"),
        ("[settings]\r\nMAIL_HOST=a\r\nMail_Host=b\r\n", 3, "a section or a name is written twice"),
        ("[settings]\nMAIL_HOST=a\n\n[settings]\nMAIL_PORT=25", 4, "a section or a name is written twice"),
    ],
)
def test_an_ini_file_that_configparser_refuses_is_told_and_sets_nothing_known(tmp_path: Path, text: str, line: int, why: str) -> None:
    tree = project(tmp_path, {"settings.ini": text, "settings.py": DECOUPLED})
    (scope,) = tree.scopes("settings.py")
    assert [value(scope, name) for name in ("EMAIL_HOST", "EMAIL_PORT")] == ["?", "?"]
    (note,) = tree.notifications
    assert (note.id, note.file, note.line, note.message) == ("parse-error", "settings.ini", line, f"is refused by configparser: {why}")


def test_what_a_settings_module_takes_from_an_ini_file_stands_there_alone(tmp_path: Path) -> None:
    """The file is no scope of its own, leads back to the module, and keeps what the module does not read."""
    files = {
        "settings.ini": "[settings]\nmail_host = smtp.example.org\n[smtp]\nsmtp_host = other.example.org\n",
        "shop/settings.py": DECOUPLED,
    }
    tree = project(tmp_path, files)
    assert tree.roots("settings.ini") == ["settings.ini", "shop/settings.py"]
    assert [[entry.key.text for entry in scope.root.entries] for scope in tree.scopes("settings.ini")] == [["smtp"]]
    alone = project(tmp_path / "alone", {"settings.ini": files["settings.ini"]})
    assert [[entry.key.text for entry in scope.root.entries] for scope in alone.scopes("settings.ini")] == [["settings", "smtp"]]


def test_branches_are_worlds(tmp_path: Path) -> None:
    tree = project(
        tmp_path,
        {"settings.py": "import os\nDEBUG = bool(os.environ.get('D'))\nif DEBUG:\n    EMAIL_HOST = 'a'\nelse:\n    EMAIL_HOST = 'b'\n"},
    )
    assert sorted(value(one, "EMAIL_HOST") or "" for one in tree.scopes("settings.py")) == ["a", "b"]
    assert len({one.branch for one in tree.scopes("settings.py")}) == 2


def test_what_is_no_python_is_said_once(tmp_path: Path) -> None:
    tree = project(tmp_path, {"settings.py": "EMAIL_HOST = (\n"})
    assert tree.scopes("settings.py") == []
    assert [note.id for note in tree.notifications] == ["parse-error"]


SETTINGS = (
    "from pydantic_settings import BaseSettings\n"
    "class Settings(BaseSettings):\n"
    "    MAIL_SERVER: str = 'smtp.example.org'\n"
    "    MAIL_PORT: int = 465\n"
    "    MAIL_PASSWORD: str\n"
    "settings = Settings()\n"
)
BUILDER = (
    "from fastapi_mail import ConnectionConfig\n"
    "from {module} import settings\n"
    "conf = ConnectionConfig(MAIL_SERVER=settings.MAIL_SERVER, MAIL_PORT=settings.MAIL_PORT, MAIL_STARTTLS=True, MAIL_SSL_TLS=False)\n"
)


@pytest.mark.parametrize(
    ("config", "mailer", "module"),
    [
        ("app/config.py", "app/mail.py", "app.config"),
        ("app/config.py", "app/util.py", ".config"),
        ("app/core/config.py", "app/services/email.py", "app.core.config"),
        ("app/core/config.py", "app/notifications/send.py", "..core.config"),
    ],
)
def test_settings_that_a_mailer_takes_over_are_its_own(tmp_path: Path, config: str, mailer: str, module: str) -> None:
    tree = project(tmp_path, {config: SETTINGS, mailer: BUILDER.format(module=module)})
    for named in (config, mailer):
        [scope] = all_scopes(tree, named)
        assert scope.source.path == mailer
        call = scope.root.get("ConnectionConfig()")
        assert isinstance(call, Mapping)
        assert [(entry.value.text, entry.value.source.path) for entry in call.entries[:2] if isinstance(entry.value, Scalar)] == [
            ("smtp.example.org", config),
            ("465", config),
        ]


def test_settings_beside_the_mailer_that_takes_them_over(tmp_path: Path) -> None:
    call = "conf = ConnectionConfig(MAIL_SERVER={host}, MAIL_PORT={port}, MAIL_STARTTLS=True, MAIL_SSL_TLS=False)\n"
    tree = project(
        tmp_path,
        {
            "a.py": "from fastapi_mail import ConnectionConfig\n"
            + SETTINGS
            + call.format(host="settings.MAIL_SERVER", port="settings.MAIL_PORT"),
            "b.py": "MAIL_SERVER = 'smtp.example.org'\nMAIL_PORT = 465\n" + call.format(host="MAIL_SERVER", port="MAIL_PORT"),
        },
    )
    for path in ("a.py", "b.py"):
        names = [entry.key.text for scope in tree.scopes(path) for entry in scope.root.entries]
        assert [name for name in names if not name.startswith("import ")] == ["ConnectionConfig()"]


@pytest.mark.parametrize(
    "other",
    [
        "from app.config import other\nConnectionConfig(MAIL_SERVER='h', MAIL_PORT=1)\n",
        "from app.config import settings\nsend(settings.MAIL_SERVER)  # no ConnectionConfig here\n",
        "from elsewhere import settings\nConnectionConfig(MAIL_SERVER=settings.MAIL_SERVER, MAIL_PORT=1)\n",
    ],
)
def test_settings_that_no_mailer_takes_over_stand_for_themselves(tmp_path: Path, other: str) -> None:
    tree = project(tmp_path, {"app/config.py": SETTINGS, "app/mail.py": other})
    assert "app/config.py" in files(told(tree.scopes("app/config.py")))
