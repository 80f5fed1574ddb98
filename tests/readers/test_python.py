"""Settings written in Python, read without running them."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from smtplint.readers.python import UNKNOWN, Module, Unknown, World, quick, read_module
from smtplint.readers.python.model import PICKED
from smtplint.source import Source, SourceError, decode
from smtplint.tree import Mapping, Node, Scalar, Sequence


def module(text: str, **environment: str) -> Module:
    """The module of a text; `environment` is what an env file would say."""
    file = Source(".env", "".join(f"{name}={value}\n" for name, value in environment.items()))

    def environ(name: str, _tool: str, _files: object) -> Scalar | Unknown | None:
        if name not in environment:
            return UNKNOWN
        start = file.text.index(f"{name}=") + len(name) + 1
        return Scalar(environment[name], file, start, start + len(environment[name]))

    return read_module(Source("settings.py", textwrap.dedent(text)), environ=environ)


def plain(node: Node | None) -> object:
    """A node as a Python value; `...` for what is unresolved."""
    if node is None:
        return KeyError
    if isinstance(node, Scalar):
        if node.state != "known":
            return ...
        if node.type == "null":
            return None
        if node.type == "bool":
            return node.text == "True"
        return {"int": int, "float": float}.get(node.type, str)(node.text)
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {entry.key.text: plain(entry.value) for entry in node.entries}


def settings(text: str, **environment: str) -> dict[str, object]:
    """The settings of a module that has one world, without the frameworks that it imports."""
    worlds = module(text, **environment).worlds
    assert len(worlds) == 1
    found = plain(worlds[0].root)
    assert isinstance(found, dict)
    return {name: value for name, value in found.items() if not name.startswith("import ")}


def value(expression: str, **environment: str) -> object:
    """What `EMAIL_X = expression` comes to."""
    return settings(f"import os\nEMAIL_X = {expression}\n", **environment)["EMAIL_X"]


def scalar(text: str, name: str = "EMAIL_X", **environment: str) -> Scalar:
    """One scalar of a module."""
    node = module(text, **environment).worlds[0].root.get(name)
    assert isinstance(node, Scalar)
    return node


class TestValues:
    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("'smtp.example.org'", "smtp.example.org"),
            ("25", 25),
            ("0x19", 25),
            ("True", True),
            ("None", None),
            ("1.5", 1.5),
            ("-1", -1),
            ("'smtp' '.example' \".org\"", "smtp.example.org"),
            ("'smtp' + '.example.org'", "smtp.example.org"),
            ("500 + 87", 587),
            ("int('587')", 587),
            ("int(' 587 ')", 587),
            ("str(587)", "587"),
            ("bool('')", False),
            ("bool('False')", True),
            ("not 'x'", False),
            ("'TRUE'.lower() == 'true'", True),
            ("'yes' in ('1', 'yes')", True),
            ("25 if True else 587", 25),
            ("'' or 25", 25),
            ("'x' and 25", 25),
            ("' x '.strip()", "x"),
            ("{'a': 1, 'b': [True, None]}", {"a": 1, "b": [True, None]}),
            ("dict(a=1)", {"a": 1}),
            ("('smtp.example.org', 25)", ["smtp.example.org", 25]),
            ("{'a': 1}['a']", 1),
            ("{'a': 1}.get('b', 2)", 2),
            ("'%s:%d' % ('h', 25)", "h:25"),
            ("'{}:{}'.format('h', 25)", "h:25"),
            ("f'{\"h\"}:{25}'", "h:25"),
            ("r'a\\b'", "a\\b"),
        ],
    )
    def test_what_python_computes_is_computed(self, expression: str, expected: object) -> None:
        found = value(expression)
        assert found == expected
        assert type(found) is type(expected)

    @pytest.mark.parametrize(
        "expression",
        [
            "helper()",
            "get_bool('X', True)",
            "[x for x in y]",
            "lambda: 25",
            "b'x'",
            "json.loads('1')",
            "open('x').read()",
            "int('abc')",
            "1 / 0",
            "'%1000000000d' % 1",
            "'x' * 1000000000",
            "undefined",
            "f'{helper()}'",
            "f'{1:>1000000}'",
            "9 ** 9 ** 9",
            "10 ** 100000",
            "strtobool('no')",
        ],
    )
    def test_what_cannot_be_known_is_unresolved(self, expression: str) -> None:
        assert value(expression) is ...

    def test_the_last_assignment_wins(self) -> None:
        assert settings("EMAIL_PORT = 25\nEMAIL_PORT = 587\n") == {"EMAIL_PORT": 587}

    def test_every_kind_of_assignment(self) -> None:
        assert settings(
            """
            EMAIL_PORT = EMAIL_OTHER_PORT = 25
            EMAIL_HOST, EMAIL_USE_TLS = "h", True
            EMAIL_HOST_USER: str = "u"
            EMAIL_TIMEOUT = 5
            EMAIL_TIMEOUT += 5
            EMAIL_GONE = 1
            del EMAIL_GONE
            """
        ) == {
            "EMAIL_PORT": 25,
            "EMAIL_OTHER_PORT": 25,
            "EMAIL_HOST": "h",
            "EMAIL_USE_TLS": True,
            "EMAIL_HOST_USER": "u",
            "EMAIL_TIMEOUT": 10,
        }

    def test_names_are_followed(self) -> None:
        found = settings("PORT = 500 + 87\nDOMAIN = 'example.org'\nEMAIL_PORT = PORT\nEMAIL_HOST = f'smtp.{DOMAIN}'\n")
        assert found["EMAIL_PORT"] == 587
        assert found["EMAIL_HOST"] == "smtp.example.org"

    def test_a_followed_name_stands_where_its_value_is_written(self) -> None:
        found = scalar("PORT = 587\nEMAIL_X = PORT\n")
        assert (found.place.line, found.raw) == (1, "587")
        assert [place.line for place in found.via] == [2]

    def test_dictionaries_may_be_changed_afterwards(self) -> None:
        assert settings(
            """
            MAILERS = {"default": {"OPTIONS": {"port": 25}}}
            MAILERS["default"]["OPTIONS"]["port"] = 587
            MAILERS.update({"second": {}})
            MAIL_LIST = [1]
            MAIL_LIST.append(2)
            """
        ) == {"MAILERS": {"default": {"OPTIONS": {"port": 587}}, "second": {}}, "MAIL_LIST": ...}

    def test_what_is_spread_in_last_may_replace_the_rest(self) -> None:
        assert settings("MAILERS = {'a': 1, **other, 'b': 2}\n") == {"MAILERS": {"a": ..., "b": 2}}
        node = module("MAILERS = {'a': 1, **other}\n").worlds[0].root.get("MAILERS")
        assert isinstance(node, Mapping)
        assert node.partial

    def test_namespaces_are_settings(self) -> None:
        assert settings("globals()['EMAIL_PORT'] = 25\nvars().update({'EMAIL_HOST': 'h'})\nglobals().update(EMAIL_USE_TLS=True)\n") == {
            "EMAIL_PORT": 25,
            "EMAIL_HOST": "h",
            "EMAIL_USE_TLS": True,
        }

    def test_what_a_function_or_walrus_sets_is_unresolved(self) -> None:
        assert settings("EMAIL_PORT = 25\ndef f():\n    global EMAIL_PORT\n    EMAIL_PORT = 1\nf()\n")["EMAIL_PORT"] is ...

    def test_loops_leave_what_they_set_unresolved(self) -> None:
        assert settings("EMAIL_PORT = 25\nfor EMAIL_HOST in hosts:\n    EMAIL_PORT = 587\n") == {"EMAIL_PORT": ..., "EMAIL_HOST": ...}

    def test_other_settings_are_only_noticed(self) -> None:
        found = settings("INSTALLED_APPS = ['x']\nROOT_URLCONF = 'u'\nOTHER = 1\nEMAIL_PORT = 25\n")
        assert found == {"INSTALLED_APPS": ..., "ROOT_URLCONF": ..., "EMAIL_PORT": 25}


class TestPlaces:
    def test_a_byte_order_mark_counts_for_no_column(self) -> None:
        source = decode("settings.py", b"\xef\xbb\xbfEMAIL_PORT = 25\n")
        value = read_module(source).worlds[0].root.get("EMAIL_PORT")
        assert value is not None
        assert (value.start, value.end) == (13, 15)
        with pytest.raises(SourceError, match="not valid Python at line 1"):
            read_module(decode("settings.py", b"\xef\xbb\xbf\xef\xbb\xbfEMAIL_PORT = 25\n"))  # Python takes one mark, not two

    @pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("lead", ["", "# 😀 é\n", "É = '😀'; ", "if True:\n\t"])
    def test_places_are_exact(self, newline: str, lead: str) -> None:
        text = lead + "EMAIL_X = {'ü😀': (\n  '😀\\n', 'smtp.example.org'), 'p': int('587') }  # é\n"
        source = Source("settings.py", text.replace("\n", newline))
        root = read_module(source).worlds[0].root
        entry = root.entry("EMAIL_X")
        assert entry is not None
        assert entry.key.raw == "EMAIL_X"
        table = entry.value
        assert isinstance(table, Mapping)
        assert source.text[table.start] == "{"
        assert source.text[table.end - 1] == "}"
        assert [item.key.raw for item in table.entries] == ["'ü😀'", "'p'"]
        pair, port = table.entries[0].value, table.entries[1].value
        assert isinstance(pair, Sequence)
        assert source.text[pair.start] + source.text[pair.end - 1] == "()"
        host = pair.items[1]
        assert isinstance(host, Scalar)
        assert isinstance(port, Scalar)
        assert (host.raw, host.text, host.style) == ("'smtp.example.org'", "smtp.example.org", "single")
        assert (port.raw, port.text, port.type, port.tag) == ("'587'", "587", "int", "int")

    def test_keys_of_classes_and_calls(self) -> None:
        source = Source("app.py", "class MailConfig:\n    MAIL_PORT = 25\nconf = ConnectionConfig(MAIL_PORT=25)\n")
        root = read_module(source).worlds[0].root
        assert [(entry.key.text, entry.key.place.line) for entry in root.entries] == [("MailConfig", 1), ("ConnectionConfig()", 3)]
        inside = root.get("ConnectionConfig()")
        assert isinstance(inside, Mapping)
        assert inside.entries[0].key.raw == "MAIL_PORT"


class TestEnvironment:
    @pytest.mark.parametrize(
        ("expression", "expected", "raw"),
        [
            ("os.environ.get('PORT', '587')", "587", "'587'"),
            ("os.getenv('PORT', 587)", 587, "587"),
            ("int(os.getenv('PORT', '587'))", 587, "'587'"),
            ("int(os.environ.get('PORT') or 25)", 25, "25"),
            ("os.getenv('A', os.getenv('B', 'x'))", "x", "'x'"),
            ("os.environ.get('TLS', 'True') == 'True'", True, "'True'"),
            ("os.environ.get('TLS', 'true').lower() in ('true', '1')", True, "'true'"),
            ("bool(os.environ.get('TLS', False))", False, "False"),
        ],
    )
    def test_a_written_default_counts_as_set(self, expression: str, expected: object, raw: str) -> None:
        found = scalar(f"import os\nEMAIL_X = {expression}\n")
        assert plain(found) == expected
        assert found.raw == raw
        assert found.note.startswith("the default in os.")

    @pytest.mark.parametrize(
        "expression",
        [
            "os.environ['X']",
            "os.environ.get('X')",
            "os.getenv('X', '')",
            "os.getenv('X', None)",
            "os.environ.get('X') == 'True'",
            "os.environ.get('X') is not None",
            "os.environ.get('X', '').lower() in ('1', 'true')",
            "os.getenv(name, 25)",
            "'X' in os.environ",
        ],
    )
    def test_without_a_default_it_is_unresolved(self, expression: str) -> None:
        assert value(expression) is ...

    def test_the_note_names_the_variable_and_the_default(self) -> None:
        assert scalar("import os\nEMAIL_X = os.environ.get('EMAIL_PORT', 25)\n").note == "the default in os.environ.get('EMAIL_PORT', …)"
        assert scalar("import os\nEMAIL_X = os.environ['EMAIL_HOST']\n").note == "set by the environment variable EMAIL_HOST"

    def test_an_env_file_comes_first(self) -> None:
        found = scalar("import os\nEMAIL_X = int(os.environ.get('PORT') or 25)\n", PORT="587")
        assert (found.text, found.type, found.source.path, found.raw) == ("587", "int", ".env", "587")
        assert [(place.path, place.line) for place in found.via] == [("settings.py", 2)]

    def test_is_not_none_with_an_env_file(self) -> None:
        assert value("os.environ.get('TLS') is not None", TLS="0") is True

    @pytest.mark.parametrize(
        ("head", "expression", "expected"),
        [
            ("import environ\nenv = environ.Env()", "env('X', default='h')", "h"),
            ("import environ\nenv = environ.Env(X=(int, 25))", "env('X')", 25),
            ("import environ\nenv = environ.Env()", "env.int('X', default=25)", 25),
            ("import environ\nenv = environ.Env()", "env.bool('X', False)", False),
            ("import environ\nenv = environ.Env()", "env.int('X')", ...),
            ("from environs import Env\nenv = Env()", "env.int('X', 25)", 25),
            ("from environs import env", "env.bool('X', default=True)", True),
            ("from decouple import config", "config('X', default='587', cast=int)", 587),
            ("from decouple import config", "config('X', cast=bool, default='off')", False),
            ("from decouple import config", "config('X', default='', cast=str)", ...),
            ("from decouple import config, Csv", "config('X', default='a', cast=Csv())", ...),
            ("from starlette.config import Config\nconfig = Config('.env')", "config('X', cast=int, default='25')", 25),
            ("from os import environ", "environ.get('X', 'h')", "h"),
            ("from os import getenv as g", "g('X', 'h')", "h"),
            ("import os as o", "o.environ.get('X', 'h')", "h"),
            ("def config(name, default): return 1", "config('X', default=25)", ...),
        ],
    )
    def test_libraries(self, head: str, expression: str, expected: object) -> None:
        assert settings(f"{head}\nEMAIL_X = {expression}\n")["EMAIL_X"] == expected

    @pytest.mark.parametrize(
        ("head", "expression", "text", "expected"),
        [
            ("import environ\nenv = environ.Env()", "env.bool('X')", "ok", True),
            ("import environ\nenv = environ.Env()", "env.bool('X')", "enabled", False),
            ("from decouple import config", "config('X', cast=bool)", "t", True),
            ("from decouple import config", "config('X', cast=bool)", "nonsense", ...),
            ("from decouple import config", "config('X', cast=int)", "25", 25),
            ("import environ\nenv = environ.Env(X=(bool, False))", "env('X')", "True", True),
        ],
    )
    def test_casts_of_libraries(self, head: str, expression: str, text: str, expected: object) -> None:
        assert settings(f"{head}\nEMAIL_X = {expression}\n", X=text)["EMAIL_X"] == expected

    def test_a_variable_that_is_surely_not_set(self) -> None:
        source = Source(
            "settings.py", "import os\nEMAIL_A = os.environ.get('A')\nEMAIL_B = os.environ.get('B', '')\nEMAIL_C = os.environ['C']\n"
        )
        root = read_module(source, environ=lambda *_: None).worlds[0].root
        assert plain(root) == {"EMAIL_A": None, "EMAIL_B": "", "EMAIL_C": ...}

    def test_key_error_is_a_way_to_write_a_default(self) -> None:
        found = settings("import os\ntry:\n    EMAIL_X = os.environ['X']\nexcept KeyError:\n    EMAIL_X = 'h'\n")
        assert found["EMAIL_X"] == "h"

    @pytest.mark.parametrize(
        ("text", "path", "tool"),
        [
            ("from dotenv import load_dotenv\nload_dotenv()", "", "dotenv"),
            (
                "import os\nfrom dotenv import load_dotenv\n"
                "base = os.path.abspath(os.path.dirname(__file__))\nload_dotenv(os.path.join(base, '.env'))",
                ".env",
                "dotenv",
            ),
            (
                "import environ\nfrom pathlib import Path\n"
                "BASE_DIR = Path(__file__).resolve().parent.parent\nenviron.Env.read_env(BASE_DIR / '.env')",
                "../.env",
                "environ",
            ),
            (
                "import environ\nimport os\nenv = environ.Env()\n"
                "env.read_env(os.path.join(os.path.dirname(os.path.dirname(__file__)), 'x', '.env'))",
                "../x/.env",
                "environ",
            ),
            ("from dotenv import load_dotenv\nload_dotenv(where())", None, "dotenv"),
        ],
    )
    def test_env_files_are_named(self, text: str, path: str | None, tool: str) -> None:
        (file,) = module(f"{text}\nEMAIL_PORT = 25\n").env_files
        assert file.tool == tool
        assert file.known is (path is not None)
        assert file.path == (path or "")

    def test_dependencies(self) -> None:
        assert module("import os\nEMAIL_X = os.getenv('A', os.environ.get('B'))\n").dependencies == {"A", "B"}


class TestUrls:
    def test_django_environ(self) -> None:
        root = (
            module(
                """
            import environ
            env = environ.Env()
            EMAIL_CONFIG = env.email_url("EMAIL_URL", default="smtp+tls://u:p@smtp.example.org:587")
            vars().update(EMAIL_CONFIG)
            EMAIL_HOST = EMAIL_CONFIG["EMAIL_HOST"]
            """
            )
            .worlds[0]
            .root
        )
        url, host = root.get("environ.email_url()"), root.get("EMAIL_HOST")
        assert isinstance(url, Scalar)
        assert isinstance(host, Scalar)
        assert (url.text, url.tag) == ("smtp+tls://u:p@smtp.example.org:587", "email_url")
        assert (host.text, host.tag) == ("None", PICKED)

    def test_dj_email_url(self) -> None:
        root = (
            module("import dj_email_url\nemail = dj_email_url.config()\nEMAIL_HOST = email['EMAIL_HOST']\n", EMAIL_URL="smtp://h")
            .worlds[0]
            .root
        )
        url, host = root.get("dj_email_url()"), root.get("EMAIL_HOST")
        assert isinstance(url, Scalar)
        assert isinstance(host, Scalar)
        assert (url.text, url.source.path) == ("smtp://h", ".env")
        assert (host.text, host.tag) == ("None", PICKED)

    def test_what_is_taken_out_of_an_answer_stays_open_to_conditions(self) -> None:
        found = module("import dj_email_url\nemail = dj_email_url.config()\nEMAIL_X = 1 if email['EMAIL_HOST'] is None else 2\n").worlds
        assert [plain(world.root)["EMAIL_X"] for world in found] == [1, 2]  # type: ignore[index]

    def test_spreading_the_answer_sets_every_key_of_it(self) -> None:
        found = settings("import dj_email_url\nEMAIL_USE_TLS = True\nvars().update(dj_email_url.config())\nEMAIL_PORT = 25\n")
        assert {name: found[name] for name in ("EMAIL_HOST", "EMAIL_USE_TLS", "EMAIL_PORT")} == {
            "EMAIL_HOST": None,
            "EMAIL_USE_TLS": ...,
            "EMAIL_PORT": 25,
        }

    @pytest.mark.parametrize(
        "written",
        [
            'f"smtp://key:{KEY}@h:587"',
            'f"smtp://{U!r}:{KEY:>4}@h:587"',
            '"smtp://key:" + KEY + "@h:587"',
            '"smtp://key:%s@h:587" % KEY',
            '"smtp://%s:%s@h:587" % (U, KEY)',
            '"smtp://{}:{k}@h:587".format(U, k=KEY)',
            'f"smtp://{{{KEY}}}@h" ":587"',
        ],
    )
    def test_what_is_written_of_an_address(self, written: str) -> None:
        text = (
            f"import os\nimport dj_email_url\nKEY = os.environ['KEY']\nU = os.environ['U']\nEMAIL_CONFIG = dj_email_url.parse({written})\n"
        )
        url = module(text).worlds[0].root.get("dj_email_url()")
        assert isinstance(url, Scalar)
        assert (url.state, url.text.startswith("smtp://"), url.text.endswith("@h:587"), "${_}" in url.text) == (
            "unresolved",
            True,
            True,
            True,
        )

    @pytest.mark.parametrize("written", ["KEY", '"%(k)s" % KEY', '"%s:%s" % KEY', "KEY * 2", "KEY + KEY"])
    def test_nothing_is_written_of_an_address(self, written: str) -> None:
        text = f"import os\nimport dj_email_url\nKEY = os.environ['KEY']\nEMAIL_CONFIG = dj_email_url.parse({written})\n"
        url = module(text).worlds[0].root.get("dj_email_url()")
        assert isinstance(url, Scalar)
        assert (url.state, url.text) == ("unresolved", "")

    def test_a_class_reports_its_address(self) -> None:
        found = settings("from configurations import values\nclass Prod(Configuration):\n    EMAIL = values.EmailURLValue('smtp://h')\n")
        assert found == {"Prod": {"dj_email_url()": "smtp://h"}}


class TestASettingsOwnVariable:
    """A condition that asks for the variable of what it sets: the setting is unresolved, and there is one world."""

    @pytest.mark.parametrize(
        "text",
        [
            'if "EMAIL_PORT" in os.environ:\n    EMAIL_PORT = int(os.environ["EMAIL_PORT"])\n',
            'if os.environ.get("EMAIL_PORT"):\n    EMAIL_PORT = os.environ["EMAIL_PORT"]\n',
            'if "DJANGO_EMAIL_PORT" in os.environ:\n    try:\n        EMAIL_PORT = int(os.environ["DJANGO_EMAIL_PORT"])\n    except ValueError:\n        pass\n',
        ],
    )
    def test_is_unresolved(self, text: str) -> None:
        assert settings("import os\nEMAIL_HOST = 'h'\n" + text) == {"EMAIL_HOST": "h", "EMAIL_PORT": ...}

    def test_a_switch(self) -> None:
        found = settings("import os\nEMAIL_HOST = 'h'\nif os.getenv('EMAIL_USE_TLS', '').lower() == 'true':\n    EMAIL_USE_TLS = True\n")
        assert found["EMAIL_USE_TLS"] is ...

    def test_one_that_is_known(self) -> None:
        text = "import os\nif 'EMAIL_PORT' in os.environ:\n    EMAIL_PORT = os.environ['EMAIL_PORT']\n"
        assert settings(text, EMAIL_PORT="465") == {"EMAIL_PORT": "465"}

    @pytest.mark.parametrize(
        "text",
        [
            'if "PRODUCTION_MODE" in os.environ:\n    EMAIL_PORT = 25\n',
            'if "EMAIL_HOST" in os.environ:\n    EMAIL_HOST = os.environ["EMAIL_HOST"]\n    EMAIL_PORT = 25\n',
            'if "EMAIL_PORT" in os.environ:\n    EMAIL_PORT = os.environ["EMAIL_PORT"]\nelse:\n    EMAIL_PORT = 25\n',
        ],
    )
    def test_another_way_to_run_is_a_world(self, text: str) -> None:
        assert len(module("import os\nEMAIL_HOST = 'h'\n" + text).worlds) == 2


class TestFrameworks:
    def test_imports_that_tell_whose_settings_these_are(self) -> None:
        text = "import os\nimport flask.json as j\nfrom flask_mail import Mail\nfrom .quart import x\nMAIL_SERVER = 'h'\n"
        root = plain(module(text).worlds[0].root)
        assert isinstance(root, dict)
        assert [name for name in root if name.startswith("import ")] == ["import flask", "import flask_mail"]

    def test_nothing_without_settings(self) -> None:
        assert plain(module("import flask\n").worlds[0].root) == {}


def branches(text: str, **environment: str) -> dict[str, dict[str, object]]:
    """Settings by world."""
    out = {}
    for world in module(text, **environment).worlds:
        found = plain(world.root)
        assert isinstance(found, dict)
        out[world.branch] = {name: item for name, item in found.items() if name.startswith("EMAIL")}
    return out


class TestWorlds:
    def test_a_condition_that_can_be_decided_is(self) -> None:
        assert branches("DEBUG = False\nif DEBUG:\n    EMAIL_PORT = 25\nelse:\n    EMAIL_PORT = 587\n") == {"": {"EMAIL_PORT": 587}}

    def test_one_that_cannot_splits_the_world(self) -> None:
        text = "import os\nDEBUG = os.environ.get('DEBUG') == '1'\nif DEBUG:\n    EMAIL_PORT = 25\nelse:\n    EMAIL_PORT = 587\n"
        assert branches(text) == {"if DEBUG": {"EMAIL_PORT": 25}, "else of if DEBUG": {"EMAIL_PORT": 587}}
        assert branches(text, DEBUG="1") == {"": {"EMAIL_PORT": 25}}

    def test_a_default_does_not_choose_a_branch(self) -> None:
        assert len(branches("import environ\nenv = environ.Env()\nDEBUG = env.bool('DEBUG', False)\nif DEBUG:\n    EMAIL_PORT = 25\n")) == 2

    def test_equal_conditions_share_a_branch(self) -> None:
        text = """
            import os
            DEBUG = os.getenv("DEBUG")
            if DEBUG:
                EMAIL_PORT = 25
            if not DEBUG:
                EMAIL_PORT = 587
            EMAIL_HOST = "a" if DEBUG else "b"
            """
        assert branches(text) == {
            "if DEBUG": {"EMAIL_PORT": 25, "EMAIL_HOST": "a"},
            "else of if DEBUG": {"EMAIL_PORT": 587, "EMAIL_HOST": "b"},
        }

    def test_a_variable_equals_only_one_text(self) -> None:
        text = """
            import os
            ENV = os.environ.get("ENV", "dev")
            EMAIL_PORT = 1
            if ENV == "prod":
                EMAIL_PORT = 587
            if ENV == "dev":
                EMAIL_PORT = 1025
            """
        assert sorted(str(found["EMAIL_PORT"]) for found in branches(text).values()) == ["1", "1025", "587"]

    def test_a_value_that_is_the_condition_follows_the_branch(self) -> None:
        text = "import os\nPROD = os.getenv('PROD') == '1'\nif PROD:\n    EMAIL_PORT = 587\nEMAIL_USE_TLS = PROD\n"
        assert branches(text) == {
            "if PROD": {"EMAIL_PORT": 587, "EMAIL_USE_TLS": True},
            "else of if PROD": {"EMAIL_USE_TLS": False},
        }

    def test_elif(self) -> None:
        text = "if a():\n    EMAIL_PORT = 1\nelif b():\n    EMAIL_PORT = 2\nelse:\n    EMAIL_PORT = 3\n"
        assert [found["EMAIL_PORT"] for found in branches(text).values()] == [1, 2, 3]

    def test_a_branch_without_mail_makes_no_world(self) -> None:
        assert list(branches("EMAIL_PORT = 25\nif DEBUG:\n    INSTALLED_APPS = []\n")) == [""]

    def test_a_way_that_raises_is_no_world(self) -> None:
        text = "if a():\n    EMAIL_PORT = 1\nelse:\n    raise ValueError\n"
        assert [found["EMAIL_PORT"] for found in branches(text).values()] == [1]

    def test_at_most_eight_worlds(self) -> None:
        text = "".join(f"if f{at}():\n    EMAIL_X{at} = 1\nelse:\n    EMAIL_X{at} = 2\n" for at in range(6))
        worlds = branches(text)
        assert len(worlds) == 8
        for found in worlds.values():
            assert [found[f"EMAIL_X{at}"] for at in range(3, 6)] == [..., ..., ...]
            assert all(found[f"EMAIL_X{at}"] in (1, 2) for at in range(3))

    def test_texts_in_a_condition_are_shown_only_if_harmless(self) -> None:
        first, second = list(branches("if ENV == 'production' and KEY == 'x9$wq':\n    EMAIL_PORT = 1\n"))[:2]
        assert "x9" not in first + second
        assert "production" in first

    def test_try_without_an_import(self) -> None:
        assert (
            settings("try:\n    import ses\n    EMAIL_BACKEND = 'a'\nexcept ImportError:\n    EMAIL_BACKEND = 'b'\n")["EMAIL_BACKEND"]
            is ...
        )


def star_of(text: str) -> list[World]:
    return module(text).worlds


class TestOtherModules:
    def read(self, text: str, other: list[World] | None) -> Module:
        asked = []

        def star(level: int, name: str, names: tuple[str, ...], _files: object) -> list[World] | None:
            asked.append((level, name, names[0]))
            return other

        result = read_module(Source("production.py", textwrap.dedent(text)), star=star)
        assert set(asked) <= {(1, "base", "*"), (1, "base", "EMAIL_HOST"), (1, "base", "Config"), (1, "local", "*")}
        return result

    def test_star_import(self) -> None:
        base = star_of("EMAIL_HOST = 'h'\nEMAIL_PORT = 587\nMailSettings = 1\n")
        root = self.read("from .base import *\nEMAIL_PORT = 465\n", base).worlds[0].root
        assert plain(root) == {"EMAIL_HOST": "h", "EMAIL_PORT": 465}
        host = root.get("EMAIL_HOST")
        assert isinstance(host, Scalar)
        assert host.source.path == "settings.py"

    def test_a_module_outside_the_repository(self) -> None:
        result = self.read("from .base import *\nEMAIL_PORT = 465\n", None)
        assert result.worlds[0].root.partial
        assert result.star_imports == [(1, "base")]

    def test_worlds_multiply(self) -> None:
        base = star_of("if f():\n    EMAIL_PORT = 25\nelse:\n    EMAIL_PORT = 587\n")
        result = self.read("from .base import *\nif g():\n    EMAIL_HOST = 'a'\n", base)
        assert len(result.worlds) == 4

    def test_one_name(self) -> None:
        assert plain(self.read("from .base import EMAIL_HOST\n", star_of("EMAIL_HOST = 'h'\n")).worlds[0].root) == {"EMAIL_HOST": "h"}

    def test_a_name_that_the_base_brings_along(self) -> None:
        result = self.read("from .base import *\nEMAIL_HOST = env('H', default='h')\nEMAIL_PORT = os.getenv('P', 25)\n", [])
        assert plain(result.worlds[0].root) == {"EMAIL_HOST": "h", "EMAIL_PORT": 25}

    def test_optional_local_settings(self) -> None:
        text = "EMAIL_PORT = 25\ntry:\n    from .local import *\nexcept ImportError:\n    EMAIL_HOST = 'none'\n"
        assert plain(self.read(text, star_of("EMAIL_PORT = 587\n")).worlds[0].root) == {"EMAIL_PORT": 587}
        missing = self.read(text, None).worlds[0].root
        assert plain(missing) == {"EMAIL_PORT": 25, "EMAIL_HOST": "none"}
        assert missing.partial

    def test_a_base_class_in_another_module(self) -> None:
        result = self.read(
            "from .base import Config\nclass ProductionConfig(Config):\n    MAIL_PORT = 465\n",
            star_of("class Config:\n    MAIL_SERVER = 'h'\n"),
        )
        assert plain(result.worlds[0].root) == {"ProductionConfig": {"MAIL_SERVER": "h", "MAIL_PORT": 465}}

    def test_without_a_statement_that_matters_libcst_is_not_imported(self) -> None:
        code = (
            "import sys; from smtplint.source import Source; from smtplint.readers.python import read_module\n"
            "read_module(Source('x', 'from .base import *\\nDEBUG = True\\n')); print('libcst' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


class TestClasses:
    def test_flask(self) -> None:
        found = settings(
            """
            import os
            class Config(object):
                MAIL_SERVER = "h"
                MAIL_PORT = int(os.environ.get("MAIL_PORT") or 25)
                POSTS = 25
            class ProductionConfig(Config):
                MAIL_PORT = 465
            """
        )
        assert found == {"ProductionConfig": {"MAIL_SERVER": "h", "MAIL_PORT": 465}}

    def test_a_base_that_is_named_is_one_to_run(self) -> None:
        text = "class Config:\n    MAIL_PORT = 25\nclass Prod(Config):\n    pass\napp.config.from_object('config.Config')\n"
        assert settings(text) == {"Config": {"MAIL_PORT": 25}, "Prod": {"MAIL_PORT": 25}}

    def test_pydantic(self) -> None:
        (world,) = module(
            """
            from pydantic import Field, SecretStr
            from pydantic_settings import BaseSettings, SettingsConfigDict
            class Settings(BaseSettings):
                model_config = SettingsConfigDict(env_prefix="APP_", env_file=".env")
                smtp_host: str
                smtp_port: int = Field(default=25, ge=1)
                smtp_user: str | None = None
                smtp_tls: bool = True
                smtp_password: SecretStr
                smtp_from: str = Field("x@example.org", alias="MAILFROM")
            """,
            APP_SMTP_HOST="smtp.example.org",
            APP_SMTP_TLS="off",
            MAILFROM="y@example.org",
        ).worlds
        node = world.root.get("Settings")
        assert isinstance(node, Mapping)
        assert node.tag == "class BaseSettings"
        assert plain(node) == {
            "smtp_host": "smtp.example.org",
            "smtp_port": 25,
            "smtp_user": None,
            "smtp_tls": False,
            "smtp_password": ...,
            "smtp_from": "y@example.org",
        }

    def test_a_name_that_python_writes_otherwise(self) -> None:
        """`º` in a name is an `o`: the place is that of the name as it stands."""
        text = "class Confºg(Base):\n    MAIL_SERVER = 'h'\n"
        (world,) = read_module(Source("config.py", text)).worlds
        (entry,) = world.root.entries
        assert (entry.key.text, entry.key.raw) == ("Confog", "Confºg")

    def test_a_class_about_mail_alone(self) -> None:
        found = settings(
            "from pydantic_settings import BaseSettings\nclass EmailSettings(BaseSettings):\n    host: str = 'h'\n    port: int = 25\n"
        )
        assert found == {"EmailSettings": {"host": "h", "port": 25}}

    def test_django_models_are_no_settings(self) -> None:
        assert settings("class User(models.Model):\n    email = EmailField()\n    email_verified = BooleanField()\n") == {}

    def test_attributes_of_an_instance(self) -> None:
        found = settings("class Settings:\n    smtp_host = 'h'\ns = Settings()\nEMAIL_HOST = s.smtp_host\n")
        assert found["EMAIL_HOST"] == "h"

    def test_django_configurations(self) -> None:
        found = settings(
            "from configurations import Configuration, values\n"
            "class Prod(Configuration):\n    EMAIL_HOST = 'h'\n    EMAIL_PORT = values.IntegerValue(25)\n"
        )
        assert found == {"Prod": {"EMAIL_HOST": "h", "EMAIL_PORT": 25}}


class TestCalls:
    def test_fastapi_mail(self) -> None:
        assert settings("conf = ConnectionConfig(MAIL_SERVER='h', MAIL_PORT=465)\n") == {
            "ConnectionConfig()": {"MAIL_SERVER": "h", "MAIL_PORT": 465}
        }

    def test_inside_a_function(self) -> None:
        text = "HOST = 'h'\ndef send(port):\n    return FastMail(ConnectionConfig(MAIL_SERVER=HOST, MAIL_PORT=port))\n"
        assert settings(text)["ConnectionConfig()"] == {"MAIL_SERVER": "h", "MAIL_PORT": ...}
        assert not module(text).worlds[0].root.entries[-1].conditional

    def test_smtp_handler(self) -> None:
        text = "from logging.handlers import SMTPHandler\nh = SMTPHandler(('h', 25), 'a', ['b'], 's', credentials=('u', 'p'), secure=())\n"
        assert settings(text)["SMTPHandler()"] == {
            "mailhost": ["h", 25],
            "fromaddr": "a",
            "toaddrs": ["b"],
            "subject": "s",
            "credentials": ["u", "p"],
            "secure": [],
        }

    def test_flask_configuration(self) -> None:
        text = """
            def create_app():
                app = Flask(__name__)
                app.config["SECRET_KEY"] = "x"
                app.config["MAIL_SERVER"] = "h"
                app.config.update(MAIL_PORT=465, MAIL_USE_SSL=True)
                if app.debug:
                    app.config["MAIL_PORT"] = 1025
                return app
            """
        root = module(text).worlds[0].root
        node = root.get("app.config")
        assert isinstance(node, Mapping)
        assert [(entry.key.text, plain(entry.value), entry.conditional) for entry in node.entries] == [
            ("MAIL_SERVER", "h", False),
            ("MAIL_PORT", 465, False),
            ("MAIL_USE_SSL", True, False),
            ("MAIL_PORT", 1025, True),
        ]

    def test_logging(self) -> None:
        text = "LOGGING = {'handlers': {'mail': {'class': 'logging.handlers.SMTPHandler', 'mailhost': ['h', 25]}}}\n"
        assert settings(text) == {"LOGGING": {"handlers": {"mail": {"class": "logging.handlers.SMTPHandler", "mailhost": ["h", 25]}}}}
        assert settings("LOGGING = {'version': 1}\n") == {}


class TestQuick:
    @pytest.mark.parametrize(
        "text",
        [
            "EMAIL_HOST = 'x'",
            "    MAIL_SERVER = os.environ['X']",
            "EMAIL_PORT: int = 25",
            "MAILERS = {}",
            "SMTP_HOST='x'",
            "class A:\n    smtp_host: str",
            "conf = ConnectionConfig(MAIL_PORT=25)",
            "h = SMTPHandler(",
            '"class": "logging.handlers.SMTPHandler"',
            "EMAIL_CONFIG = env.email_url()",
            "smtp_port = 25",
            "app.config['MAIL_SERVER'] = 'x'",
            "app.config.update(MAIL_SERVER='x')",
            "class EmailSettings(BaseSettings):\r\n  host: str = 'x'",
            "x = 1\r\nEMAIL_HOST = 'x'\r\n",
            "x = 1\rEMAIL_HOST = 'x'\r",
            "APP_SMTP_PORT = 25",
            "email = dj_email_url.config()",
        ],
    )
    def test_assigned(self, text: str) -> None:
        assert quick(text)
        assert quick(text.encode())

    @pytest.mark.parametrize(
        "text",
        [
            "setup(author_email='x@example.org')",
            "author_email = 'x'",
            "# EMAIL_HOST is needed",
            "import smtplib",
            "email = 'x'",
            "def send_mail(): pass",
            "if settings.EMAIL_HOST == 'x': pass",
            "send_mail(host=EMAIL_HOST)",
            "ADMIN_EMAIL = 'x'",
            "print('SMTP')",
            "mail_subject = 'x'",
            "",
        ],
    )
    def test_not_assigned(self, text: str) -> None:
        assert not quick(text)
        assert not quick(text.encode())


class TestBadInput:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("print 'x'\n", 1),
            ("EMAIL_HOST = (\n", 1),
            ("x = 1\n\nEMAIL_HOST = = 2\n", 3),
            ("EMAIL_HOST = 'secret\n", 1),
            ("if x:\npass\n", 2),
        ],
    )
    def test_what_is_not_python(self, text: str, line: int) -> None:
        with pytest.raises(SourceError) as caught:
            read_module(Source("settings.py", text))
        assert caught.value.reason == f"is not valid Python at line {line}"
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize(
        "text", ["EMAIL_X = " + "(" * 30000, "EMAIL_X = " + "-" * 60000 + "1", "EMAIL_X = a" + ".b" * 30000, "\0", "\ud800"]
    )
    def test_hostile_nesting(self, text: str) -> None:
        try:
            read_module(Source("settings.py", text))
        except SourceError:
            pass
