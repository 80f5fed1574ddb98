"""Calls of functions that come from modules: above all those that look up environment variables, and the paths of env files."""

from __future__ import annotations

import re

from smtplint.readers.python import lookups
from smtplint.readers.python.model import URLS, EnvFile, Table, Thing, Value
from smtplint.readers.python.state import Call, State, empty, truthy
from smtplint.source import Place
from smtplint.tree import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable

    from smtplint.readers.python.model import Data
    from smtplint.readers.python.nodes import Node

_SWITCHES = frozenset(("true", "false", "on", "off", "yes", "no", "ok", "y", "n", "t", "f", "1", "0", ""))
# What a value rests on is told up to so many places: a text may be put together from thousands.
MAX_VIA = 32
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")


def from_variable(found: Scalar, here: Place) -> Value:
    """What an env file says of a variable, looked up at `here`: its text, or nothing known where that cannot be seen."""
    known = found.state == "known"
    return Value(
        found.text if known else None,
        found.source,
        found.start,
        found.end,
        known=known,
        style=found.style,
        via=(here, *found.via),
        note=found.note,
    )


class Environment(State):
    """Values, casts and look-ups. The nodes are only asked for their places."""

    __slots__ = ()

    def make(self, node: Node, data: Data, *, style: str = "code", tag: str = "") -> Value:
        """A known value that stands where `node` stands."""
        start, end = node.start, node.end
        return Value(data, self.source, start, end, style=style, tag=tag)

    def unknown(self, node: Node, note: str = "", ident: Hashable = None, *, boolean: bool = False, tag: str = "") -> Value:
        """An unresolved value that stands where `node` stands."""
        self.trouble += 1
        start, end = node.start, node.end
        return Value(
            None,
            self.source,
            start,
            end,
            known=False,
            note=note,
            boolean=boolean,
            tag=tag,
            ident=ident if ident is not None else self.identify(node),
        )

    def identify(self, node: Node) -> Hashable:
        """Equal for two expressions of the same text whose names stand for the same values."""
        start, end = node.start, node.end
        text = self.source.text[start : min(end, start + 2000)]
        places = []
        for name in sorted(set(_IDENTIFIER.findall(text))):
            slot = self.find(name)
            if slot is not None:
                places.append((name, slot.value.ident if slot.value.ident is not None else slot.value.start))
        return ("code", " ".join(text.split()) if end - start <= 2000 else (start, end), tuple(places))

    def carry(self, value: Value, parts: list[Value]) -> Value:
        """`value`, remembering what its parts rest on."""
        for part in parts:
            if part.assumed:
                value.assumed = value.known
                value.note = value.note or part.note
                if value.ident is None:
                    value.ident = ("of", part.ident, value.start, value.end)
            far = (*part.via, Place(part.source, part.start, part.end)) if part.source is not value.source else part.via
            if far:
                value.via = tuple(dict.fromkeys((*value.via, *far)))[:MAX_VIA]
            if not part.known and not value.known:
                value.note = value.note or part.note
        return value

    def cast(self, node: Node, value: Value, kind: str, tool: str) -> Value:
        """A value cast by int(), str(), bool() or float(); it goes on standing where it was written."""
        if value.tag in URLS or (value.known and isinstance(value.data, Thing)):
            if kind == "str" and isinstance(value.data, Thing) and value.data.kind == "path":
                return value
            return self.unknown(node)
        if kind == "bool" and tool == "python" and not value.plain:
            truth = truthy(value)
            return (
                self.make(node, truth)
                if truth is not None
                else value.but(known=False, data=None, boolean=True, tag="bool", unset=None, lookup="")
            )
        if value.plain:
            if kind == "str" and isinstance(value.data, float):
                return self.unknown(node)
            data = lookups.cast(kind, tool, value.data)
            if data is not lookups.FAILED:
                same = type(data) is type(value.data) and data == value.data
                ident = value.ident if same or kind == "bool" else ("cast", kind, value.ident) if value.ident is not None else None
                return value.but(
                    data=data, tag=kind, style=value.style if same else "code", ident=ident, boolean=kind == "bool", unset=None, lookup=""
                )
            self.trouble += 1
            return value.but(known=False, data=None, tag=kind, ident=("cast", kind, value.start, value.end), assumed=False)
        if value.known:
            return self.unknown(node)
        unset = value.unset
        if unset is not None and unset.known:
            data = lookups.cast(kind, tool, unset.data) if unset.plain else lookups.FAILED
            unset = None if data is lookups.FAILED else unset.but(data=data)
        return value.but(
            tag=value.tag or kind,
            ident=value.ident if kind == "bool" else ("cast", kind, value.ident),
            boolean=kind == "bool",
            unset=unset,
        )

    def module_call(self, node: Node, dotted: str, call: Call) -> Value:
        """Calls of functions and classes that come from modules."""
        if dotted in ("os.getenv", "os.environ.get"):
            name, default = call.pick(0, "key"), call.pick(1, "default")
            if name is None or call.open:
                return self.unknown(node)
            return self.lookup(node, name, default, label=dotted)
        if dotted in ("os.environ.setdefault",) and len(call.args) == 2 and call.args[0].plain:
            self.set_variable(str(call.args[0].data), call.args[1], keep=True)
            return self.unknown(node)
        if dotted in ("environ.Env", "environ.FileAwareEnv", "environs.Env", "environs.FileAwareEnv", "environ.env"):
            tool = dotted.partition(".")[0]
            scheme: dict[str, tuple[Value, ...]] = {}
            for key, value in call.keywords.items():
                scheme[key] = tuple(value.data) if value.known and isinstance(value.data, list) else (value,)
            if tool == "environs":
                scheme = {}
            return self.make(node, Thing("env", tool, scheme))
        if dotted in ("decouple.config", "prettyconf.config", "decouple.AutoConfig", "prettyconf.Configuration"):
            start = call.pick(0, "search_path") if dotted == "decouple.AutoConfig" else None
            if start is not None:
                self.remember_file(node, start, "decouple", folder=True)
            if dotted.endswith("onfig") and dotted[-6] == "c":
                return self.env_call(node, Thing("env", dotted.partition(".")[0], {}), "__call__", None, call)
            return self.make(node, Thing("env", dotted.partition(".")[0], {}))
        if dotted in ("decouple.Config", "starlette.config.Config"):
            tool = "decouple" if dotted.startswith("decouple") else "starlette"
            path = call.pick(0, "env_file") if tool == "starlette" else None
            if path is not None:
                self.remember_file(node, path, tool)
            return self.make(node, Thing("env", tool, {}))
        if dotted in ("decouple.RepositoryEnv", "decouple.RepositoryIni"):
            if call.args:
                self.remember_file(node, call.args[0], "decouple")
            return self.unknown(node)
        if dotted in ("decouple.Csv", "decouple.Choices"):
            return self.make(node, Thing("cast", dotted))
        if dotted in ("environ.Env.read_env", "dotenv.load_dotenv", "dotenv.read_dotenv", "environs.Env.read_env"):
            tool = "environ" if dotted.startswith("environ.") else "environs" if dotted.startswith("environs") else "dotenv"
            path = call.pick(0, "dotenv_path" if tool == "dotenv" else "path" if tool == "environs" else "env_file")
            override = call.keywords.get("override") or call.keywords.get("overwrite")
            self.remember_file(node, path, tool, override=override is not None and truthy(override) is not False)
            return self.unknown(node)
        if dotted in ("dotenv.find_dotenv",):
            return self.make(node, Thing("path", "search", None if call.args or call.keywords else [""]))
        if dotted in ("dj_email_url.config", "dj_email_url.parse"):
            return self.url_call(node, dotted, call)
        if dotted in ("environ.Env.email_url_config",) and call.args:
            return self.remember_url(call.args[0], "email_url")
        if dotted in ("os.path.join", "os.path.dirname", "os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser"):
            return self.os_path(node, dotted, call)
        if dotted in ("pathlib.Path", "pathlib.PurePath", "environ.Path") and call.args:
            made = self.path_join(call.args)
            return self.make(node, made) if made.data is not None else self.unknown(node)
        if dotted.startswith("configurations.values."):
            return self.configurations_value(node, dotted.rpartition(".")[2], call)
        if dotted.rpartition(".")[2] in ("SecretStr", "Secret") and len(call.args) == 1:
            return call.args[0]
        if dotted in ("pydantic.Field", "pydantic.fields.Field"):
            return self.make(node, Thing("field", "", call))
        if dotted in ("pydantic_settings.SettingsConfigDict", "pydantic.ConfigDict"):
            return self.make(node, Table(call.rows, partial=call.open))
        return self.unknown(node)

    def lookup(
        self,
        node: Node,
        key: Value,
        default: Value | None,
        *,
        strict: bool = False,
        label: str = "",
        kind: str = "none",
        tool: str = "python",
    ) -> Value:
        """The environment variable named by `key`, or its default.

        `strict`: Python would raise when it is not set and there is no default. `kind`: what it is cast to, by `tool`. `label`: how the
        look-up is written, for people.
        """
        name = key.data
        if not key.plain or not isinstance(name, str):
            return self.unknown(node)
        self.reads.setdefault(name)
        start, end = node.start, node.end
        here = Place(self.source, start, end)
        called = name if _VARIABLE.match(name) else "…"
        written = f"{label}['{called}']" if label == "os.environ" else f"{label}('{called}'" + (")" if default is None else ", …)")
        ident: Hashable = ("env", name)
        if kind not in ("none", "str"):
            ident = ("cast", kind, ident)
        if default is not None:
            known_default = (type(default.data).__name__, default.data) if default.plain else (default.ident, default.start)
            if not (default.plain and default.data is None):
                ident = ("or", ident, known_default)
        override = self.overrides.get(name)
        if override is not None:
            value = override.but(via=(here, *override.via))
            return self.cast(node, value, kind, tool) if kind != "none" else value
        found = self.variable(name, tool)
        if tool == "environ" and isinstance(found, Scalar) and found.text.startswith("$"):
            # Env.get_value: `$OTHER` is that variable, looked up in the same way.
            other = self.variable(found.text.lstrip("$"), tool)
            found = other if isinstance(other, Scalar) and not other.text.startswith("$") else found.but(text="", state="unresolved")
        if isinstance(found, Scalar):
            value = from_variable(found, here)
            value.ident = None if value.known else ident
            value.tag = found.tag if found.tag != "maybe" else ""
            return self.cast(node, value, kind, tool).but(tag=kind if kind != "none" else value.tag) if kind != "none" else value
        note = f"set by the environment variable {called}"
        self.trouble += 1
        if default is None:
            if found is None and not strict:
                return Value(None, self.source, start, end, note=f"the environment variable {called} is not set")
            unset = None if strict else Value(None, self.source, start, end)
        else:
            if kind != "none" and tool in lookups.CASTS_DEFAULTS and default.known:
                default = self.cast(node, default, kind, tool)
            if found is None:
                return default.but(note=default.note or f"the default in {written}")
            if default.known and not empty(default):
                return default.but(assumed=True, note=f"the default in {written}", ident=ident, boolean=kind == "bool")
            if default.mask:
                return default.but(note=f"the default in {written}", ident=ident, unset=None, lookup="")
            unset = default if default.known else default.unset
        return Value(
            None,
            self.source,
            start,
            end,
            known=False,
            note=note,
            lookup=name,
            ident=ident,
            boolean=kind == "bool",
            tag=kind if kind != "none" else "",
            unset=unset,
            written=written,
        )

    def env_call(self, node: Node, thing: Thing, name: str, key: Value | None, call: Call) -> Value:
        """A call of an Env object, of one of its methods, or of decouple's `config`."""
        tool = thing.dotted
        if key is None:
            key = call.pick(0, "var" if tool == "environ" else "name" if tool == "environs" else "option" if tool == "decouple" else "key")
        if name == "read_env":
            path = call.pick(0, "env_file" if tool == "environ" else "path")
            override = call.keywords.get("overwrite") or call.keywords.get("override")
            self.remember_file(node, path, tool, override=override is not None and truthy(override) is not False)
            return self.unknown(node)
        if name == "prefixed":
            return self.make(node, Thing("prefix", "", key.data if key is not None and key.plain else None))
        if name == "path" or (name == "__call__" and key is not None and not key.plain):
            return self.unknown(node)
        kind = lookups.ENV_METHODS.get(name)
        if name in ("email_url_config",) and key is not None:
            return self.remember_url(key, "email_url")
        if kind == "url":
            tag = "email_url" if tool == "environ" and name != "dj_email_url" else "dj_email_url"
            if key is None:
                key = self.make(node, "EMAIL_URL")
            position = 1
            return self.remember_url(
                self.lookup(node, self.prefixed(key), call.pick(position, "default"), strict=True, label="env.email_url"), tag
            )
        if kind is None or key is None or call.open:
            return self.unknown(node)
        key = self.prefixed(key)
        if tool == "environ" and name in ("__call__", "get_value"):
            default, caster = call.pick(2, "default"), call.pick(1, "cast")
        elif tool == "environ":
            default, caster = call.keywords.get("default", call.args[-1] if len(call.args) > 1 else None), None
        elif tool in ("starlette", "decouple") and name == "__call__":
            default = call.pick(1 if tool == "decouple" else 2, "default")
            caster = call.pick(2 if tool == "decouple" else 1, "cast")
        else:
            default, caster = call.pick(1, "default"), call.keywords.get("cast")
        if caster is not None and not (caster.plain and caster.data is None):
            wanted = caster.data if caster.known else None
            if isinstance(wanted, Thing) and wanted.kind == "builtin" and wanted.dotted in ("int", "str", "bool", "float"):
                kind = wanted.dotted
            else:
                return self.unknown(node, f"set by the environment variable {key.data}" if _VARIABLE.match(str(key.data)) else "")
        elif tool == "environ" and isinstance(thing.data, dict) and isinstance(key.data, str) and key.data in thing.data:
            row = thing.data[key.data]
            first = row[0]
            if (
                first.known
                and isinstance(first.data, Thing)
                and first.data.kind == "builtin"
                and first.data.dotted in ("int", "str", "bool", "float")
            ):
                kind = first.data.dotted if name in ("__call__", "get_value") else kind
                if default is None and len(row) > 1:
                    default = row[1]
            else:
                return self.unknown(node)
        elif (
            tool == "environ" and name in ("__call__", "get_value") and default is not None and not (default.plain and default.data is None)
        ):
            # Env.get_value with `smart_cast`: the default says what the text is cast to.
            kind = {bool: "bool", int: "int", float: "float", str: "str"}.get(type(default.data), "") if default.plain else ""
            if not kind:
                return self.unknown(node)
        elif tool == "environ" and name in ("__call__", "get_value") and thing.data is None and default is None:
            # The Env was made in another module: what it casts this variable to cannot be seen, and `false` may be a text or a switch.
            value = self.lookup(node, key, None, strict=True, label="env", kind="none", tool=tool)
            return self.unknown(node) if value.plain and str(value.data).strip().lower() in _SWITCHES else value
        label = "config" if tool in ("decouple", "starlette", "prettyconf") else "env" if name == "__call__" else f"env.{name}"
        if (
            kind == "str"
            and default is not None
            and tool == "environs"
            and not (default.plain and isinstance(default.data, str))
            and not empty(default)
        ):
            return self.lookup(node, key, default, strict=True, label=label, kind="none", tool=tool)
        if tool == "decouple" and not any(item.tool == "decouple" for item in self.env_files):
            start, end = node.start, node.end
            self.env_files.append(EnvFile(self.source.path, "", "decouple", start, end))
        return self.lookup(node, key, default, strict=True, label=label, kind=kind, tool="environ" if tool == "environ" else tool)

    def prefixed(self, key: Value) -> Value:
        """The name looked up inside `with env.prefixed("X_")`."""
        for prefix in reversed(self.prefixes):
            key = key.but(data=f"{prefix}{key.data}") if prefix is not None and key.plain else key.but(known=False)
        return key

    def remember_file(self, node: Node, path: Value | None, tool: str, *, override: bool = False, folder: bool = False) -> None:
        """An env file that the module reads; with `folder` where its tool begins to look for one."""
        start, end = node.start, node.end
        text: str | None = ""
        if path is not None and not (path.plain and path.data is None):
            text = self.path_text(path)
            text = f"{text}/" if text and folder else text
        self.env_files.append(EnvFile(self.source.path, text or "", tool, start, end, known=text is not None, override=override))

    def remember_url(self, url: Value, tag: str) -> Value:
        """A mail URL: kept as a text with a tag, since its parts are the business of whoever knows the schemes."""
        value = (
            url.but(tag=tag, unset=None)
            if url.known and isinstance(url.data, str)
            else url.but(known=False, data=None, tag=tag, unset=None)
        )
        key = "environ.email_url()" if tag == "email_url" else "dj_email_url()"
        self.urls = [(name, item) for name, item in self.urls if (item.start, item.end, name) != (value.start, value.end, key)]
        self.urls.append((key, value))
        return value

    def url_call(self, node: Node, dotted: str, call: Call) -> Value:
        if dotted.endswith("parse"):
            url = call.pick(0, "url")
            return self.remember_url(url if url is not None else self.unknown(node), "dj_email_url")
        name = call.pick(0, "env")
        key = name if name is not None else self.make(node, "EMAIL_URL")
        return self.remember_url(self.lookup(node, key, call.pick(1, "default"), strict=True, label="dj_email_url.config"), "dj_email_url")

    def configurations_value(self, node: Node, name: str, call: Call) -> Value:
        """A Value of django-configurations: its default, unless the environment says otherwise."""
        default = call.pick(0, "default")
        if name == "EmailURLValue":
            # The class that holds it reports it.
            url = default if default is not None and (default.known or default.mask) else self.unknown(node)
            return url.but(
                data=url.data if isinstance(url.data, str) else None,
                known=url.known and isinstance(url.data, str),
                tag="dj_email_url",
                unset=None,
            )
        if (
            name not in ("Value", "IntegerValue", "BooleanValue", "PositiveIntegerValue", "FloatValue")
            or default is None
            or not default.known
        ):
            return self.unknown(node)
        off = call.keywords.get("environ")
        if off is not None and truthy(off) is False:
            return default
        if empty(default):
            return self.unknown(node)
        return default.but(assumed=True, note=f"the default in values.{name}(…)", ident=("values", default.start))

    def os_path(self, node: Node, dotted: str, call: Call) -> Value:
        name = dotted.rpartition(".")[2]
        if not call.args or call.open:
            return self.unknown(node)
        if name == "join":
            made = self.path_join(call.args)
            return self.make(node, made) if made.data is not None else self.unknown(node)
        first = call.args[0]
        if first.known and isinstance(first.data, Thing) and first.data.kind == "path" and isinstance(first.data.data, list):
            return self.make(node, Thing("path", "", parent_of(first.data.data))) if name == "dirname" else first
        return self.unknown(node)

    def path_join(self, values: list[Value]) -> Thing:
        """Parts of a path put together; the Thing's data is None when one of them is not known."""
        parts: list[str] = []
        for value in values:
            data = value.data if value.known else None
            if isinstance(data, Thing) and data.kind == "path" and isinstance(data.data, list):
                parts = list(data.data)
            elif isinstance(data, str) and value.tag not in URLS and len(parts) < 200:
                if data.startswith("/"):
                    parts = ["/"]
                for piece in data.split("/"):
                    if piece == "..":
                        parts = parent_of(parts)
                    elif piece not in ("", "."):
                        parts = [*parts, piece]
            else:
                return Thing("path", "", None)
        return Thing("path", "", parts)

    def path_text(self, value: Value) -> str | None:
        """A path relative to the folder of the module; None when unknown. A plain text is taken as it is."""
        data = value.data if value.known else None
        if isinstance(data, Thing) and data.kind == "path" and isinstance(data.data, list):
            parts = [part for part in data.data if part != "__file__"]
            return "/".join(parts).replace("//", "/")
        return data if isinstance(data, str) and value.tag not in URLS else None


def parent_of(parts: list[str]) -> list[str]:
    if not parts or parts[-1] == "..":
        return [*parts, ".."]
    return parts[:-1] if parts != ["/"] else parts
