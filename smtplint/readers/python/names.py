"""Which names and files are worth a look: regular expressions over names and raw text, nothing that parses."""

from __future__ import annotations

import re

from smtplint.lazy import later

# Settings that only tell what kind of module this is. They are reported as set, and never read.
MARKERS = frozenset(
    {
        "INSTALLED_APPS",
        "ROOT_URLCONF",
        "MIDDLEWARE",
        "MIDDLEWARE_CLASSES",
        "DATABASES",
        "SECRET_KEY",
        "WSGI_APPLICATION",
        "ZULIP_ADMINISTRATOR",
        "TEMPLATES",
        "SQLALCHEMY_DATABASE_URI",
    }
)

# What a module imports tells whose settings it holds. They are reported as "import flask".
FRAMEWORKS = frozenset({"fastapi", "fastapi_mail", "flask", "flask_mail", "flask_mailman", "pydantic_settings", "quart", "starlette"})

_MODULE_NAME = later(
    r"[A-Z0-9_]*(?:MAIL|SMTP)[A-Z0-9_]*\Z|MAILERS\Z|POST_OFFICE\Z|LOGGING\Z|LOGGING_CONFIG\Z|[a-z0-9_]*smtp[a-z0-9_]*\Z|(?:[a-z0-9]+_)*e?mail(?:er)?_[a-z0-9_]+\Z"
)
_CLASS_NAME = later(r"(?i)[a-z0-9_]*(?:smtp|mail)[a-z0-9_]*\Z")
_LOGGING = later(r"SMTPHandler|(?i:mail)")

# What a class, a dictionary of settings or a call is recognised by.
_ATTRIBUTE = later(r"(?i)[a-z0-9_]*smtp[a-z0-9_]*\Z|(?:[a-z0-9]+_)*e?mail(?:er|s)?_[a-z0-9_]+\Z|mailers\Z|dj_email_url\Z|email_url\Z")

_CONNECTION = later(
    r"(?i)[a-z0-9_]*smtp|mailers\Z|(?:[a-z0-9]+_)*e?mail(?:er)?_[a-z0-9_]*"
    r"(?:host|server|port|use_|user|pass|tls|ssl|secur|encrypt|backend|url|provider|relay|transport|login)"
)

_WORDS = (
    r"(?:HOST|SERVER|PORT|USE_|USER|PASS|TLS|SSL|STARTTLS|SECUR|ENCRYPT|BACKEND|URL|CONFIG|SETTINGS|TIMEOUT"
    r"|PROVIDER|RELAY|TRANSPORT|LOGIN|AUTH)"
)
_QUICK = (
    # EMAIL_HOST = …, MAIL_USE_TLS: bool = …, APP_SMTP_PORT = …, SMTP_ANYTHING = …
    r"^[ \t]*(?:[A-Z][A-Z0-9_]*_)?(?:(?:E?MAIL|MAILER)_[A-Z0-9_]*" + _WORDS + r"[A-Z0-9_]*|SMTP[A-Z0-9_]*)[ \t]*(?::[^=\n]{1,120})?=(?!=)"
    # MAILERS = …; a settings class may only declare: SMTP_HOST: str
    r"|^[ \t]*MAILERS[ \t]*[:=]|^[ \t]+(?:E?MAIL|SMTP)_[A-Z0-9_]+[ \t]*:[ \t]*[A-Za-z]"
    # smtp_host: str = …, mail_server = …
    r"|^[ \t]*(?:[a-z0-9]+_)*(?:smtp_[a-z0-9_]+|e?mail(?:er)?_" + _WORDS.lower() + r"[a-z0-9_]*)[ \t]*(?::[^=\n]{1,120}(?:=|$)|=(?!=))"
    r"|\bConnectionConfig[ \t]*\(|\bSMTPHandler\b|\bemail_url(?:_config)?\b|\bdj_email_url\b|\bEmailURLValue\b"
    # app.config["MAIL_SERVER"] = …, app.config.update(MAIL_SERVER=…), globals()["EMAIL_HOST"] = …
    r"|\[[ \t]*['\"](?:E?MAIL|SMTP)_[A-Z0-9_]+['\"][ \t]*\][ \t]*=(?!=)|[(,][ \t]*(?:E?MAIL|SMTP)_[A-Z0-9_]+[ \t]*=(?!=)"
    # class MailSettings(BaseSettings)
    r"|^[ \t]*class[ \t]+[A-Za-z0-9_]*(?:[Ss]mtp|SMTP|[Mm]ail|MAIL)[A-Za-z0-9_]*[ \t]*\([^)\n]*(?:Settings|Config)[^)\n]*\)"
)
_compiled: dict[bool, object] = {}


def quick(text: str | bytes) -> bool:
    """Whether a Python file may *assign* a mail setting. Cheap, and wrong only towards yes."""
    if isinstance(text, bytes):
        low = text.lower()
        if b"smtp" not in low and b"mail" not in low:
            return False
        binary = _compiled.get(True)
        if not isinstance(binary, re.Pattern):
            binary = _compiled[True] = re.compile(_QUICK.encode(), re.MULTILINE)
        return binary.search(text.replace(b"\r", b"\n")) is not None
    low_text = text.lower()
    if "smtp" not in low_text and "mail" not in low_text:
        return False
    pattern = _compiled.get(False)
    if not isinstance(pattern, re.Pattern):
        pattern = _compiled[False] = re.compile(_QUICK, re.MULTILINE)
    return pattern.search(text.replace("\r", "\n")) is not None


def module_name(name: str) -> bool:
    """Whether a module-level name looks like a mail setting."""
    return _MODULE_NAME.match(name) is not None


def attribute_name(name: str) -> bool:
    """Whether a class attribute, or a key put into an application's configuration, looks like a mail setting."""
    return _ATTRIBUTE.match(name) is not None


def connection_name(name: str) -> bool:
    """Whether a class attribute is about the connection to a mail server, not only about mail."""
    return _CONNECTION.match(name) is not None


def class_name(name: str) -> bool:
    """Whether every attribute of a class of this name is about mail (`EmailSettings`)."""
    return _CLASS_NAME.match(name) is not None


def logging_matters(text: str) -> bool:
    """Whether the text of a LOGGING dictionary can hold a mail handler."""
    return _LOGGING.search(text) is not None
