"""Hypothesis strategies for Django settings packages: what people write in them, put together at random."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

# What a name may hold, so that expressions can be typed: Django stops at some nonsense, and half of the packages would tell nothing.
TYPES = {
    "EMAIL_HOST": "str",
    "EMAIL_HOST_USER": "str",
    "EMAIL_PORT": "int",
    "EMAIL_TIMEOUT": "int",
    "EMAIL_USE_TLS": "bool",
    "EMAIL_USE_SSL": "bool",
}
VARIABLES = {
    "str": ("MAIL_HOST", "MAIL_USER", "DOMAIN"),
    "int": ("MAIL_PORT", "MAIL_WAIT"),
    "bool": ("MAIL_TLS", "MAIL_SSL"),
}
VALUES = {
    "str": ("smtp.example.com", "relay", "'quoted.example'", '"double.example"', "mail.${DOMAIN}", ""),
    "int": ("25", "465", "2525", "'587'"),
    "bool": ("true", "True", "1", "0", "off", "false", "yes", ""),
}
LITERALS = {
    "str": ("'smtp.example.org'", '"localhost"', "''", "'a' 'b.example'"),
    "int": ("25", "587", "465", "2_525", "None"),
    "bool": ("True", "False"),
}
READERS = ("", "dotenv", "environ", "decouple", "search", "environs")


@st.composite
def expressions(draw: DrawFn, kind: str, known: dict[str, str], reader: str, depth: int = 0) -> str:
    """An expression of a type; `known` are the names that are set before it, with their types."""
    literal = draw(st.sampled_from(LITERALS[kind]))
    variable = draw(st.sampled_from(VARIABLES[kind]))
    forms = [literal, literal]
    if kind == "str":
        forms += [
            f"os.environ.get('{variable}', {literal})",
            f"os.getenv('{variable}') or {literal}",
            f"os.environ.get('{variable}', {literal}).strip()",
            f"os.environ['{variable}'] if '{variable}' in os.environ else {literal}",
            f"(os.getenv('{variable}') or 'x.y').split('.')[0]",
            f"'%s.example' % os.environ.get('{variable}', 'd')",
            f"'{{}}.{{}}'.format(os.getenv('{variable}', 'e'), 'org')",
            f"f\"smtp.{{os.environ.get('{variable}', 'f')}}\"",
            f"'.'.join(['smtp', os.getenv('{variable}', 'g')])",
            f"'smtp.' + os.environ.get('{variable}', 'h').lower()",
            "{'host': 'table.example', 'x': 1}['host']",
            "dict(host='called.example').get('host', 'z')",
        ]
    elif kind == "int":
        forms += [
            f"int(os.environ.get('{variable}', '26'))",
            f"int(os.getenv('{variable}') or 27)",
            f"int(os.environ['{variable}']) if os.environ.get('{variable}', '').isdigit() else {literal}",
            "20 + 5",
            "{True: 465, False: 587}[False]",
        ]
    else:
        forms += [
            f"os.environ.get('{variable}', 'False') == 'True'",
            f"os.getenv('{variable}', 'no').lower() in ('true', '1', 'yes')",
            f"os.getenv('{variable}', 'no').lower() not in ['true', '1', 'yes']",
            f"bool(os.environ.get('{variable}'))",
            f"os.environ.get('{variable}') is not None",
            f"'{variable}' in os.environ",
            f"bool(int(os.getenv('{variable}', '0') == '1'))",
        ]
    if reader in ("environ", "environs"):
        cast = {"str": "str", "int": "int", "bool": "bool"}[kind]
        forms += [
            f"env.{cast}('{variable}', default={literal})",
            f"env.{cast}('{variable}', {literal})",
            f"env('{variable}', default={literal})",
        ]
        if reader == "environ":
            forms += [f"env('{variable}', cast={cast}, default={literal})", f"env('{variable}')" if kind == "bool" else literal]
    if reader in ("decouple", "search"):
        cast = "" if kind == "str" else f", cast={kind}"
        forms += [f"config('{variable}', default={literal if literal != 'None' else 28}{cast})", f"config('{variable}', {literal})"]
    for name, of in sorted(known.items()):
        if of == kind:
            forms += [name, f"{name} or {literal}"]
        if of == "bool" and depth < 2:
            forms += [f"{literal} if {name} else {draw(st.sampled_from(LITERALS[kind]))}"]
            if kind == "bool":
                forms += [f"not {name}", f"{name} and {literal}"]
        if kind == "bool":
            forms += [f"bool({name})", f"{name} == {draw(st.sampled_from(LITERALS[of]))}"]
        if kind == "bool" and of == "str":
            forms += [f"{name}.endswith('org')", f"{name}.startswith('smtp')", f"'example' in {name}"]
        if kind == "bool" and of == "int":
            forms += [f"{name} == 465", f"{name} in (465, 587)"]
    return draw(st.sampled_from(forms))


@st.composite
def statements(draw: DrawFn, known: dict[str, str], reader: str) -> list[str]:
    """A statement or a few; what it surely sets is added to `known`."""
    name = draw(st.sampled_from(sorted(TYPES)))
    kind = TYPES[name]
    value = draw(expressions(kind, known, reader))
    shape = draw(st.integers(0, 14))
    if shape == 0:
        lines = [f"globals().update({name}={value})"]
    elif shape == 1:
        lines = [f"globals().update({{{name!r}: {value}}})"]
    elif shape == 2:
        lines = [f"vars()[{name!r}] = {value}"]
    elif shape == 3:
        lines = [f"globals()[{name!r}] = {value}"]
    elif shape == 4:
        test = draw(expressions("bool", known, reader))
        other = draw(expressions(kind, known, reader))
        lines = [f"if {test}:", f"    {name} = {value}", "else:", f"    {name} = {other}"]
    elif shape == 5:
        test = draw(expressions("bool", known, reader))
        lines = [f"if {test}:", f"    {name} = {value}"]
        if name not in known:
            return lines
    elif shape == 6:
        helper = draw(st.sampled_from(("_RELAY", "_CHOSEN")))
        lines = [f"{helper} = {value}", f"{name} = {helper}"]
    elif shape == 7:
        lines = [f"{name}: object = {value}"]
    elif shape == 8:
        second = draw(st.sampled_from([one for one in sorted(TYPES) if one != name]))
        lines = [f"{name}, {second} = {value}, {draw(expressions(TYPES[second], known, reader))}"]
        known[second] = TYPES[second]
    elif shape == 9:
        lines = ["try:", f"    {name} = {value}", "except KeyError:", f"    {name} = {draw(st.sampled_from(LITERALS[kind]))}"]
    elif shape == 10:
        lines = [f"for _key, _value in {{{name!r}: {value}}}.items():", "    globals()[_key] = _value"]
    elif shape == 11:
        lines = ["def _made():", f"    return {value}", f"{name} = _made()"]
    else:
        lines = [f"{name} = {value}"]
    known[name] = kind
    return lines


def opening(reader: str) -> list[str]:
    """The lines that bring in a reader of env files."""
    beside = "Path(__file__).resolve().parent.parent / '.env'"
    return {
        "": ["import os"],
        "dotenv": ["import os", "from pathlib import Path", "from dotenv import load_dotenv", f"load_dotenv({beside})"],
        "environ": [
            "import os",
            "from pathlib import Path",
            "import environ",
            "env = environ.Env(MAIL_TLS=(bool, False), MAIL_SSL=(bool, True))",
            f"env.read_env({beside})",
        ],
        "decouple": ["import os", "from decouple import config"],
        "search": [
            "import os",
            "from pathlib import Path",
            "from decouple import AutoConfig",
            f"config = AutoConfig({beside.partition(' / ')[0]})",
        ],
        "environs": ["import os", "from pathlib import Path", "from environs import Env", "env = Env()", f"env.read_env({beside})"],
    }[reader]


@st.composite
def packages(draw: DrawFn) -> dict[str, str]:
    """The files of a project whose settings module is `conf.prod`."""
    reader = draw(st.sampled_from(READERS))
    known: dict[str, str] = {}
    above = ""
    files = {"conf/__init__.py": ""}

    def module(name: str, most: int) -> None:
        nonlocal above
        lines = [f"from .{above} import *"] if above else []
        if not above or draw(st.booleans()):
            lines = [*opening(reader), *lines] if draw(st.booleans()) else [*lines, *opening(reader)]
            brought = reader
        else:
            lines += ["import os"]
            brought = reader
        for _ in range(draw(st.integers(0, most))):
            lines += draw(statements(known, brought))
        if draw(st.integers(0, 3)) == 0:
            set_here = draw(st.dictionaries(st.sampled_from(sorted(TYPES)), st.just(0), max_size=2))
            extra = f"{name}_extra"
            inner = [f"{one} = {draw(st.sampled_from(LITERALS[TYPES[one]]))}" for one in set_here]
            if draw(st.booleans()):
                files[f"conf/{extra}.py"] = "\n".join(inner) + "\n"
                known.update({one: TYPES[one] for one in set_here})
            error = draw(st.sampled_from(("ImportError", "ModuleNotFoundError", "Exception")))
            lines += ["try:", f"    from .{extra} import *", f"except {error}:", "    pass"]
        files[f"conf/{name}.py"] = "\n".join(lines) + "\n"
        above = name

    for name in draw(st.sampled_from((("prod",), ("base", "prod"), ("base", "common", "prod")))):
        module(name, 4)
    env = [
        f"{variable}={draw(st.sampled_from(VALUES[kind]))}"
        for kind, names in sorted(VARIABLES.items())
        for variable in names
        if draw(st.booleans())
    ]
    files[".env"] = "".join(f"{line}\n" for line in draw(st.permutations(env)))
    if reader in ("decouple", "search") and draw(st.booleans()):
        files[draw(st.sampled_from(("settings.ini", "conf/settings.ini")))] = draw(inis())
    return files


@st.composite
def inis(draw: DrawFn) -> str:
    """A `settings.ini` as python-decouple reads it: names in any case, other sections, defaults of all sections, references between names."""

    def section(name: str) -> str:
        lines = [f"[{name}]"]
        for kind, names in sorted(VARIABLES.items()):
            for variable in names:
                if draw(st.booleans()):
                    value = draw(st.sampled_from((*VALUES[kind], "%(DOMAIN)s", "%(mail_wait)s", "100%%", "2525 # no comment", "50%")))
                    lines.append(f"{draw(st.sampled_from((variable, variable.lower())))}{draw(st.sampled_from((' = ', '=', ': ')))}{value}")
        return "\n".join(lines) + "\n"

    return "".join(section(name) for name in draw(st.permutations(("settings", "DEFAULT", "other")))[: draw(st.integers(1, 3))])
