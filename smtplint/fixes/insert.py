"""Settings that come and go: a new one stands beside a key of the same group and is written the way that one is; one that is
taken out takes its line along."""

from __future__ import annotations

import re

from smtplint import readers
from smtplint.catalog.paths import fold
from smtplint.fixes.words import Refused, fresh, quotes
from smtplint.source import Place
from smtplint.tree import Mapping, Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.endpoint import Endpoint
    from smtplint.remedy import Setting
    from smtplint.source import Source
    from smtplint.tree import Entry

_NAME_ITEM = re.compile(r"[ \t]*-[ \t]+name[ \t]*:[ \t]*\Z")
_NAME_FLOW = re.compile(r"[{,][ \t\r\n]*[\"']?name[\"']?[ \t]*:[ \t]*\Z", re.IGNORECASE)
_VALUE_BLOCK = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?:\r\n|[\r\n])[ \t]*value[ \t]*:[ \t]+\Z")
_VALUE_FLOW = re.compile(r"[ \t]*,[ \t\r\n]*[\"']?value[\"']?[ \t]*:[ \t]*\Z", re.IGNORECASE)
_FLOW_ITEM = re.compile(r"[\[,][ \t]*([\"']?)\Z")
_FLOW_KEY = re.compile(r"[{,][ \t]*\Z")
_PREFIX = re.compile(r"[ \t]*(?:export[ \t]+|ENV[ \t]+|set -x[ \t]+|set[ \t]+)?")
_RUBY_TARGET = re.compile(r"[ \t]*[a-z_]\w*\[[ \t]*[:'\"]")
_RUBY_SETS = re.compile(r"['\"]?[ \t]*\][ \t]*=[ \t]*")
_ITEM = re.compile(r"([ \t]*)-([ \t]+)([\"']?)")
_SECRETS = frozenset(("password", "username", "password_file", "url"))
# Beside which keys a new one is put, best first; the profile's own TLS keys come before all of them.
_BESIDE = ("port", "scheme", "host_port", "host", "verify", "tls_min", "enabled", "backend", "transport", "auth_enabled", "timeout")


def insertion(endpoint: Endpoint, setting: Setting) -> tuple[Place, str]:
    recognition, scope = endpoint.recognition, endpoint.scope
    assert recognition is not None and scope is not None
    if scope.template:
        raise Refused("it stands in a template")
    environment = scope.kind == "environment"
    own = setting.key
    mapping = recognition.mapping
    if not environment and recognition.placement["prefix"] != "any":
        own = own.removeprefix(recognition.path + ".") if recognition.path else own
        shared = any("/" in key[:2] and key.lstrip("!/") == own for key in recognition.placement["names"].get(setting.field) or ())
        mapping = scope.root if shared else mapping
    elif recognition.placement["prefix"] == "any":
        own = setting.key.rpartition(".")[2] if recognition.path and "." in setting.key and not environment else setting.key
    if not own:
        raise Refused("there is no key for it here")
    home, key = _descend(mapping, own, bool(recognition.placement["fold"]))
    anchor = _beside(endpoint, home)
    if anchor is not None:
        return _clone(endpoint, home, anchor, anchor.key.text, key, setting)
    deeper = _dotted(endpoint, home)
    if deeper is not None:
        return _clone(endpoint, home, *deeper, key, setting)
    return _first(endpoint, home, key, setting)


def _descend(mapping: Mapping, own: str, folded: bool) -> tuple[Mapping, str]:
    """The deepest mapping on the way to a dotted key, and what is left of the key there."""
    left = own.split(".")
    while len(left) > 1:
        for size in range(len(left) - 1, 0, -1):
            head = ".".join(left[:size])
            step = next(
                (
                    e.value
                    for e in mapping.entries
                    if (fold(e.key.text) == fold(head) if folded else e.key.text == head) and isinstance(e.value, Mapping)
                ),
                None,
            )
            if isinstance(step, Mapping) and step.entries:
                mapping, left = step, left[size:]
                break
        else:
            break
    return mapping, ".".join(left)


def _beside(endpoint: Endpoint, home: Mapping) -> Entry | None:
    """The entry of a mapping beside which a new one goes: the TLS keys, the port, the host, then any."""
    scope, recognition = endpoint.scope, endpoint.recognition
    assert scope is not None and recognition is not None
    usable = []
    for entry in home.entries:
        value, key = entry.value, entry.key
        if entry.conditional or key.source is not scope.source or key.style == "whole":
            continue
        if not isinstance(value, Scalar) or value.source is not key.source or value.style in ("whole", "literal", "folded"):
            if isinstance(value, Scalar) and value.style == "whole" and value.source is key.source:
                return None
            if scope.syntax != "python":
                continue
        usable.append(entry)
    names = (*recognition.profile["tls_fields"], *_BESIDE)
    by_place: dict[int, str] = {}
    for name, field in endpoint.fields.items():
        if field.key_place is not None and field.key_place.source is scope.source:
            by_place.setdefault(field.key_place.start, name)

    def rank(entry: Entry) -> tuple[int, int]:
        name = by_place.get(entry.key.start, "")
        order = names.index(name) if name in names else len(names) + (2 if name in _SECRETS else 0 if name else 1)
        return order, entry.key.start

    return min(usable, key=rank, default=None)


def _dotted(endpoint: Endpoint, home: Mapping) -> tuple[Entry, str] | None:
    """An entry further down that is written with all of its path on one line (`smtp.starttls.enable=true`), and its path from `home`."""
    scope = endpoint.scope
    assert scope is not None
    stack = [(entry, entry.key.text) for entry in reversed(home.entries)]
    while stack:
        entry, path = stack.pop()
        if isinstance(entry.value, Mapping):
            stack.extend((inner, f"{path}.{inner.key.text}") for inner in reversed(entry.value.entries))
        elif (
            isinstance(entry.value, Scalar)
            and entry.value.style not in ("whole", "literal", "folded")
            and entry.key.source is entry.value.source is scope.source
            and not entry.conditional
            and entry.key.raw.endswith(path)
        ):
            return entry, path
    return None


def _first(endpoint: Endpoint, home: Mapping, name: str, setting: Setting) -> tuple[Place, str]:
    """Into a mapping that holds nothing but mappings: before the first of them, at the top of a file behind the last."""
    scope = endpoint.scope
    assert scope is not None
    refused = Refused("there is no key of the same group in this file")
    if scope.syntax not in ("yaml", "json") or scope.kind == "environment" or not home.entries:
        raise refused
    key = home.entries[0].key
    source, text = key.source, key.source.text
    if source is not scope.source or home.source is not source:
        raise refused
    if text.startswith("{", home.start) and "." not in name:
        value = fresh(setting, scope.syntax, text=setting.text, colon=True, typed=True)
        head, tail = quotes(key.raw)
        if value is None or text[home.start + 1 : key.start].strip(" "):
            raise refused
        return Place(source, key.start, key.start), f"{head}{name}{tail}: {value}, "
    line = source.position(key.start)[0]
    prefix = text[source.line_span(line)[0] : key.start]
    if scope.syntax != "yaml" or key.raw != key.text or prefix.strip(" ") or ("." in name and "." not in key.text):
        raise refused
    value = fresh(setting, "yaml", text=setting.text, colon=True, typed=True)
    if value is None:
        raise refused
    if not prefix:
        end = home.start + len(text[home.start : home.end].rstrip())
        return Place(source, end, end), f"{source.newline}{name}: {value}"
    # Comments above the first key are about that one.
    while line > 1 and (not (above := text[slice(*source.line_span(line - 1))].strip()) or above.startswith("#")):
        line -= 1
    if line == 1:
        raise refused
    end = source.line_span(line - 1)[1]
    return Place(source, end, end), f"{source.newline}{prefix}{name}: {value}"


def removal(endpoint: Endpoint, setting: Setting) -> tuple[Place, str]:
    """The line of a setting, or its entry in brackets. A comment beside it is about it, so nothing is taken out then. Raises Refused."""
    recognition, field = endpoint.recognition, endpoint.fields[setting.field]
    assert recognition is not None
    node = recognition.found[setting.field][2]
    key = field.key_place
    if not isinstance(node, Scalar) or node.style == "whole" or key is None or key.source is not node.source or node.start < key.start:
        raise Refused("the entry cannot be seen whole")
    source, text = key.source, key.source.text
    if readers.syntax_of(source.path) == "python":
        raise Refused("a statement is not taken out")
    line = source.position(key.start)[0]
    begin, end = source.line_span(line)
    prefix, start, stop = text[begin : key.start], key.start, max(node.end, key.end)
    if source.position(stop)[0] != line:
        raise Refused("the entry takes several lines")
    quote = prefix[-1:] if prefix[-1:] in ("'", '"') and text[stop : stop + 1] == prefix[-1:] else ""
    start, stop = start - len(quote), stop + len(quote)
    before = text[:start].rstrip()
    if before.endswith(","):
        return Place(source, len(before) - 1, stop), ""
    if before.endswith(("{", "[")):
        comma = re.compile(r"[ \t]*,[ \t]*").match(text, stop)
        if comma is None:
            raise Refused("it is the only entry")
        return Place(source, start, comma.end()), ""
    pair = endpoint.scope is not None and endpoint.scope.kind == "environment" and text.startswith("=", key.end)
    if (_ITEM if pair and "-" in prefix else _PREFIX).fullmatch(prefix) is None:
        raise Refused("the entry does not begin its line")
    if text[stop:end].strip() or line == source.line_count:
        raise Refused("something else stands on the line")
    if line == 1:
        return Place(source, 0, source.starts[1]), ""
    return Place(source, source.line_span(line - 1)[1], end), ""


def _clone(endpoint: Endpoint, home: Mapping, anchor: Entry, own: str, name: str, setting: Setting) -> tuple[Place, str]:
    """A new entry beside `anchor`, whose key is written `own` as seen from `home`."""
    scope = endpoint.scope
    assert scope is not None
    key, value = anchor.key, anchor.value
    source, text = key.source, key.source.text
    if readers.syntax_of(source.path) == "python":
        from smtplint.fixes.python import insertion

        found = insertion(source, key.start, name, setting)
        if found is None:
            raise Refused("there is no plain statement beside which it could go")
        return Place(source, found[0], found[0]), found[1]
    assert isinstance(value, Scalar)
    environment = scope.kind == "environment"
    head, tail = quotes(key.raw)
    raw_key = key.raw[len(head) : len(key.raw) - len(tail)]
    if not raw_key.endswith(own):
        raise Refused("the key beside it is written with escapes")
    new_key = head + raw_key[: len(raw_key) - len(own)] + name + tail
    line = source.position(key.start)[0]
    begin = source.line_span(line)[0]
    prefix = text[begin : key.start]
    between = text[key.end : value.start] if value.start >= key.end else ""
    colon = between.strip().startswith(":")
    syntax = scope.syntax if not environment else readers.syntax_of(source.path)
    quote = quotes(value.raw)[0]

    def written(typed: bool, colon: bool, quote: str = "", syntax: str = syntax) -> str:
        made = fresh(setting, syntax, text=setting.text, colon=colon, typed=typed, quote=quote)
        if made is None:
            raise Refused("the value cannot be written without escapes")
        return made

    # {name, value} pairs of Kubernetes, ECS and App Engine.
    if environment and _NAME_FLOW.search(text, max(0, begin - 200), key.start) and _VALUE_FLOW.match(between):
        return _pair_flow(source, key, value, new_key, written(False, True, quote or '"', "yaml"))
    if environment and _NAME_ITEM.fullmatch(prefix):
        if not _VALUE_BLOCK.fullmatch(between):
            raise Refused("the item beside it is of another kind")
        made = prefix + new_key + between + written(False, True, quote)
        end = source.line_span(source.position(value.end)[0])[1]
        return Place(source, end, end), source.newline + made
    if "\n" in between or "\r" in between:
        raise Refused("the value beside it stands on another line")
    end = source.line_span(source.position(max(value.end, key.end))[0])[1]
    flow_item = _FLOW_ITEM.search(prefix) if environment and text[key.end : key.end + 1] == "=" else None
    if flow_item is not None:
        # `[KEY=value, …]` of a compose file.
        stop = value.end + len(flow_item[1])
        made = f", {flow_item[1]}{new_key}={written(False, False, '', 'dotenv')}{flow_item[1]}"
        return Place(source, stop, stop), made
    flow = text[home.start : home.start + 1] == "{" and home.source is source and home.start <= key.start
    if flow or (environment and colon and _FLOW_KEY.search(prefix)):
        if syntax == "json" and not tail:
            raise Refused("the key beside it has no quotes")
        entry = written(not environment, True, quote if setting.kind == "text" else "")
        pieces = name.split(".") if not any("." in other.key.text for other in home.entries) and not environment else [name]
        for depth, piece in enumerate(reversed(pieces)):
            entry = f"{head}{piece}{tail}{between}{entry}"
            if depth < len(pieces) - 1:
                entry = "{" + entry + "}"
        alone = not prefix.strip()
        return Place(source, value.end, value.end), ("," + source.newline + prefix if alone else ", ") + entry
    if scope.syntax == "ruby" and not environment:
        if _RUBY_TARGET.fullmatch(prefix) is None or _RUBY_SETS.fullmatch(between) is None:
            raise Refused("the statement beside it is of another kind")
        return Place(source, end, end), source.newline + prefix + new_key + between + written(True, False)
    item = _ITEM.fullmatch(prefix)
    if item is not None and (between.startswith("=") or not between):
        # `- KEY=value` of a compose file.
        if text[key.end : key.end + 1] != "=":
            raise Refused("the item beside it is of another kind")
        made = f"{prefix}{new_key}={written(False, False, '', 'dotenv')}{item[3]}"
        return Place(source, end, end), source.newline + made
    if item is not None:
        prefix = item[1] + " " + item[2]
    elif _PREFIX.fullmatch(prefix) is None:
        raise Refused("the key beside it does not begin its line")
    if text[end - 1 : end] == "\\":
        raise Refused("the line goes on")
    if colon and syntax == "yaml":
        typed = not environment
        value_text = written(typed, True, quote if setting.kind == "text" or environment else "")
        if not between.endswith((" ", "\t")):
            between += " "
        pieces = name.split(".")
        dotted = len(pieces) > 1 and not any("." in entry.key.text for entry in home.entries) and raw_key == key.text
        if not dotted:
            made = prefix + new_key + between + value_text
        else:
            # A path of which nothing stands here yet: one line for every level.
            rows = [prefix + "  " * depth + piece + ":" for depth, piece in enumerate(pieces)]
            rows[-1] += " " + value_text
            made = source.newline.join(rows)
    elif syntax == "toml":
        made = prefix + new_key + between + written(not environment, False)
    else:
        if not between and text[key.end : key.end + 1] in ("=", ":"):
            between = text[key.end]
        line_syntax = syntax if syntax in ("dotenv", "dockerfile") else "ini"
        sign = "" if syntax == "keyword" and not setting.text else between.rstrip("\"'") or (" " if syntax == "keyword" else "=")
        made = prefix + new_key + sign + written(False, False, "", line_syntax)
    return Place(source, end, end), source.newline + made


def _pair_flow(source: Source, key: Scalar, value: Scalar, new_key: str, new_value: str) -> tuple[Place, str]:
    """A `{name: X, value: Y}` of one or several lines, written once more behind the one beside it."""
    text = source.text
    begin = text.rfind("{", 0, key.start)
    end = text.find("}", value.end)
    if begin < 0 or end < 0 or text[value.end : end].strip() or "}" in text[begin : key.start]:
        raise Refused("the item beside it holds more than name and value")
    made = text[begin : key.start] + new_key + text[key.end : value.start] + new_value + text[value.end : end + 1]
    line = source.position(begin)[0]
    prefix = text[source.line_span(line)[0] : begin]
    if prefix.strip() == "-":
        stop = source.line_span(source.position(end)[0])[1]
        return Place(source, stop, stop), source.newline + prefix + made
    alone = not prefix.strip()
    return Place(source, end + 1, end + 1), ("," + source.newline + prefix if alone else ", ") + made
