"""How settings modules look up environment variables: which function, with which default, and what it makes of a text.

Sources of the casts: decouple.Config._BOOLEANS, environ.Env.BOOLEAN_TRUE_STRINGS, marshmallow.fields.Boolean (environs), and
starlette.config.Config._perform_cast.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.readers.python.model import Data, Thing

_YES = frozenset({"y", "yes", "t", "true", "on", "1"})
_NO = frozenset({"n", "no", "f", "false", "off", "0"})

FAILED = object()


def as_int(data: object) -> object:
    """What `int(data)` gives, or FAILED."""
    if isinstance(data, str) and len(data) > 64:
        return FAILED
    if isinstance(data, str | int | float):
        try:
            return int(data)
        except (ValueError, OverflowError):
            return FAILED
    return FAILED


def as_float(data: object) -> object:
    """What `float(data)` gives, or FAILED."""
    if isinstance(data, str | int | float):
        try:
            return float(data)
        except (ValueError, OverflowError):
            return FAILED
    return FAILED


def as_bool(tool: str, data: object) -> object:
    """What the boolean cast of `tool` makes of a text (or of a default, where the tool casts those too), or FAILED."""
    if isinstance(data, bool):
        return data
    if tool == "python":
        return bool(data) if data is None or isinstance(data, str | int | float) else FAILED
    if not isinstance(data, str | int):
        return FAILED
    word = str(data).lower()
    if tool == "environ":
        return word in ("true", "on", "ok", "y", "yes", "1")
    if tool == "starlette":
        return {"true": True, "1": True, "false": False, "0": False}.get(word, FAILED)
    if tool == "decouple" and word == "":
        return False
    return True if word in _YES else False if word in _NO else FAILED


def cast(kind: str, tool: str, data: Data) -> object:
    """A plain value cast to `kind` (str, int, float, bool, none) as `tool` does it, or FAILED."""
    if kind == "none":
        return data
    if kind == "int":
        return as_int(data)
    if kind == "float":
        return as_float(data)
    if kind == "bool":
        return as_bool(tool, data)
    if kind == "str":
        return str(data) if data is None or isinstance(data, str | int | float) else FAILED
    return FAILED


# Methods of Env objects, by what they cast to.
ENV_METHODS = {
    "__call__": "none",
    "str": "str",
    "unicode": "str",
    "get_value": "none",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "email_url": "url",
    "email": "url",
    "dj_email_url": "url",
}

# Keywords after which a default is not cast, and those tools that cast defaults as they cast texts.
CASTS_DEFAULTS = frozenset({"decouple", "starlette"})

# Names that settings modules use without importing them, since `from .base import *` brings them along.
CUSTOMARY = {
    "os": ("module", "os"),
    "sys": ("module", "sys"),
    "env": ("env", "environ"),
    "config": ("env", "decouple"),
    "Path": ("module", "pathlib.Path"),
    "environ": ("module", "environ"),
    "getenv": ("module", "os.getenv"),
}

# Modules that are never asked for in the repository.
LIBRARIES = frozenset(
    {
        "os",
        "sys",
        "environ",
        "environs",
        "decouple",
        "prettyconf",
        "starlette",
        "dj_email_url",
        "dotenv",
        "pathlib",
        "pydantic",
        "pydantic_settings",
        "typing",
        "typing_extensions",
        "django",
        "flask",
        "flask_mail",
        "flask_mailman",
        "fastapi",
        "fastapi_mail",
        "logging",
        "configurations",
        "datetime",
        "dataclasses",
        "enum",
        "distutils",
        "json",
        "re",
        "socket",
        "celery",
        "corsheaders",
        "sentry_sdk",
        "dj_database_url",
        "__future__",
        "functools",
        "collections",
        "urllib",
        "boto3",
        "airflow",
        "superset",
        "cachelib",
        "flask_appbuilder",
    }
)


def tool_of(thing: Thing) -> str:
    """The tool behind a callable that reads the environment, "" when it is none."""
    return {
        "decouple.config": "decouple",
        "decouple.AutoConfig": "decouple",
        "prettyconf.config": "prettyconf",
        "environs.env": "environs",
        "environs.Env": "environs",
    }.get(thing.dotted, "")
