"""What to write instead, in the application's own keys and syntax.

A profile maps a goal (`starttls`, `implicit`, `verify`, `tls12`, …) to values of its fields. `settings` turns those into keys and texts of the place
in which the endpoint stands; the message and the fix both use it.
"""

from __future__ import annotations

from smtplint.catalog.condition import UNKNOWN, evaluate
from smtplint.decode import STANDARD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from smtplint.endpoint import Endpoint


class Setting:
    """One key to be written: `field`, `key` in the application's own spelling, `text` of the value in the file's own syntax (without quotes).

    `kind` is bool, int or text; option or part for a piece of a URL; removal for a key that is to be taken out (its `value` is None).
    """

    __slots__ = ("field", "key", "kind", "text", "value", "written")

    def __init__(self, field: str, key: str, text: str, kind: str, written: bool, value: object = None) -> None:
        self.field = field
        self.key = key
        self.text = text
        self.kind = kind
        self.written = written
        self.value = value


class Remedy:
    """`settings` reach `goal`; or `none` is the reason why nothing can; `say` is a sentence of the profile's own."""

    __slots__ = ("goal", "none", "say", "settings")

    def __init__(self, goal: str, settings: tuple[Setting, ...], none: str, say: str) -> None:
        self.goal = goal
        self.settings = settings
        self.none = none
        self.say = say


def remedy(endpoint: Endpoint, goals: tuple[str, ...]) -> Remedy | None:
    """The first of the goals that the profile can write here; the reason of the first that it cannot, when it can write none.

    A goal whose settings all stand here already, and that has nothing to say besides, helps nobody who has the finding all the same; nor does
    a port on which the provider of the host takes no mail.
    """
    recognition = endpoint.recognition
    if recognition is None:
        return None
    refused: Remedy | None = None
    closed = ""
    for goal in goals:
        row = _row(endpoint, goal)
        if row is None:
            continue
        if row["none"]:
            refused = refused or Remedy(goal, (), row["none"], row["say"])
            continue
        port = row["set"].get("port")
        served: dict[int, str] = endpoint.facts.get("provider_ports") or {}  # type: ignore[assignment]
        if served and isinstance(port, int) and port not in served and "host" not in row["set"]:
            closed = closed or f"{endpoint.facts.get('provider_name')} is not known to take mail on port {port} of {endpoint.host}"
            continue
        made = [setting(endpoint, field, value) for field, value in row["set"].items()]
        settings = tuple(one for one in made if one is not None)
        if len(settings) == len(made) and (row["say"] or not all(holds(endpoint, one) for one in settings)):
            return Remedy(goal, settings, "", row["say"])
    if closed:
        reason = refused.none.strip().rstrip(".") + ". " if refused is not None else ""
        return Remedy(refused.goal if refused is not None else goals[0], (), reason + closed, "")
    return refused


def wanted(endpoint: Endpoint, goal: str) -> dict[str, object]:
    """The values of fields with which the profile reaches a goal here, None for a key to be taken out; empty when it cannot be reached."""
    row = _row(endpoint, goal)
    return dict(row["set"]) if row is not None and not row["none"] else {}


def _row(endpoint: Endpoint, goal: str) -> dict[str, Any] | None:
    """The first row of a goal that holds here. What takes the place of a host that was given up, its provider says, not the application."""
    if goal == "host":
        use = endpoint.facts.get("provider_use")
        return {"set": {"host": use}, "none": "", "say": ""} if use else None
    recognition = endpoint.recognition
    for row in recognition.profile["remedies"].get(goal, ()) if recognition is not None else ():
        if evaluate(row["when"], _value(endpoint), _state(endpoint)) is True:
            found: dict[str, Any] = row
            return found
    return None


def _value(endpoint: Endpoint) -> Any:
    def value(name: str) -> object:
        if name == "mode":
            return UNKNOWN if endpoint.mode == "unknown" else endpoint.mode
        field = endpoint.fields.get(name)
        if field is None:
            return endpoint.facts.get(name)
        return UNKNOWN if field.state == "unresolved" else field.value

    return value


def _state(endpoint: Endpoint) -> Any:
    def state(name: str) -> str | None:
        field = endpoint.fields.get(name)
        if field is None or field.state in ("absent", "default", "derived"):
            return "empty" if field is not None and field.empty else "absent"
        return None if field.place is None else "present"

    return state


def setting(endpoint: Endpoint, name: str, value: object) -> Setting | None:
    """None where this placement has no key for the field."""
    recognition = endpoint.recognition
    assert recognition is not None
    placement, profile = recognition.placement, recognition.profile
    held = endpoint.fields.get(name)
    # A part of a URL or of host:port has the key of the whole, which must not be overwritten, also where the part has a key of its own besides.
    _, entry, _ = recognition.found.get(name, ("", None, None))
    own_key = name in recognition.found and (
        entry is None or held is None or held.key_place is None or entry.key.start == held.key_place.start
    )
    written = held is not None and bool(held.key) and held.key_place is not None and own_key
    inverted = False
    if written and held is not None:
        key = held.key
    elif value is not None and name in ("port", "host") and (part := _option(endpoint, name, value)) is not None:
        return part  # an address that is written names its port itself, or should
    else:
        keys = placement["names"].get(name) or (placement.get("inherits") or {}).get("names", {}).get(name)
        if not keys:
            return _option(endpoint, name, value)
        own = _alias(endpoint, keys)
        plain = str(own).lstrip("!/")
        # A key that begins with a slash stands at the top, whatever group the others are in.
        key = plain if "/" in str(own)[:2] else _styled(endpoint, plain)
        inverted = str(own).startswith("!")
    if value is None:
        return Setting(name, key, "", "removal", True)
    spec = profile["fields"].get(name) or {"decoder": STANDARD.get(name, "text")}
    if name in recognition.inverted if written else inverted:
        spec = {**spec, "inverted": not spec.get("inverted")}
    text, kind = encode(value, spec, syntax_of(endpoint))
    return Setting(name, key, text, kind, written, value)


def _alias(endpoint: Endpoint, keys: tuple[str, ...]) -> str:
    """Of several names of one setting, the one spelt like the keys that are there (FORGEJO__… beside FORGEJO__…)."""
    own = [key for key in keys if "/" not in key[:2]] or list(keys)
    written = [field.key for field in endpoint.fields.values() if field.key and field.key_place is not None]

    def likeness(key: str) -> int:
        best = 0
        for other in written:
            size = 0
            for left, right in zip(key, other, strict=False):
                if left != right:
                    break
                size += 1
            best = max(best, size)
        return best

    return max(own, key=likeness)


def _styled(endpoint: Endpoint, key: str) -> str:
    """A key for a group with a prefix or in snake case, written like its neighbours."""
    recognition = endpoint.recognition
    assert recognition is not None
    if recognition.placement["prefix"] == "any":
        sample = next((field for field in endpoint.fields.values() if field.key), None)
        prefix = recognition.path.rsplit(".", 1)[-1] if recognition.path else ""
        full = f"{prefix}_{key}" if prefix and sample is not None and sample.key.upper().startswith(prefix) else key
        if sample is not None and sample.key.islower():
            return full.lower()
        return full
    if recognition.path and not {"environment", "keyword"}.intersection(recognition.placement["syntax"]):
        return f"{recognition.path}.{key}"
    return key


def _option(endpoint: Endpoint, name: str, value: object) -> Setting | None:
    """A field that is an option of the URL's query, or its scheme or port; the scheme before a host."""
    recognition = endpoint.recognition
    assert recognition is not None
    if name == "host_scheme" and "host" in recognition.found:
        return Setting(name, endpoint.fields["host"].key, f"{value}://", "part", True, value)
    for holder, spec in recognition.profile["fields"].items():
        if spec["decoder"] not in ("url", "host_port") or holder not in recognition.found:
            continue
        field = endpoint.fields.get(holder)
        if field is None or not field.key:
            continue
        option = (spec.get("query") or {}).get(name)
        if isinstance(option, (tuple, list)):
            option = option[0]
        if option:
            text, _ = encode(value, recognition.profile["fields"].get(name) or {"decoder": "text"}, "environment")
            return Setting(name, field.key, f"?{option}={text}", "option", True, value)
        if name in ("port", "host") or (name == "scheme" and spec["decoder"] == "url"):
            said = {"port": f":{value}", "scheme": f"{value}://"}.get(name, str(value))
            return Setting(name, field.key, said, "part", True, value)
    return None


def syntax_of(endpoint: Endpoint) -> str:
    """The syntax in which the endpoint's own keys are written."""
    scope = endpoint.scope
    if scope is None:
        return "environment"
    if scope.kind == "environment":
        return "environment"
    return scope.syntax


def spelling(endpoint: Endpoint) -> str:
    """How a setting is written there, for `written`: the syntax, "" where `keyword value` lines have a sign between the two."""
    syntax = syntax_of(endpoint)
    if syntax == "keyword":
        for field in endpoint.fields.values():
            key, value = field.key_place, field.place
            if key is not None and value is not None and key.source is value.source and "=" in key.source.text[key.end : value.start]:
                return ""
    return syntax


def encode(value: object, spec: dict[str, Any], syntax: str) -> tuple[str, str]:
    """A canonical value as the application's own word: (text, kind), kind being bool, int or text."""
    if isinstance(value, bool):
        raw = (not value) if spec.get("inverted") else value
        if spec["decoder"] == "enum":
            return _word(value, spec), "text"
        if spec.get("bool") == "python" and not raw and syntax not in ("python", "json", "toml", "yaml"):
            return "", "text"  # every other text would be true
        if syntax == "python":
            return ("True" if raw else "False"), "bool"
        words = spec.get("true" if raw else "false")
        if words and (syntax == "environment" or spec.get("text_only") or syntax in ("ini", "properties", "postfix", "keyword")):
            return str(words[0]), "text"
        if syntax in ("postfix",):
            return ("yes" if raw else "no"), "text"
        return ("true" if raw else "false"), "bool"
    if isinstance(value, int):
        return str(value), "int"
    if spec["decoder"] == "enum":
        return _word(value, spec), "text"
    return str(value), "text"


def _word(value: object, spec: dict[str, Any]) -> str:
    words = spec.get("enum")
    if isinstance(words, dict):
        names = spec.get("names") or {}
        for word, meaning in words.items():
            if meaning == value and type(meaning) is type(value):
                return str(names.get(word, word)) if isinstance(names, dict) else str(word)
    names = spec.get("names")
    return str(names.get(value, value)) if isinstance(names, dict) else str(value)


def written(setting: Setting, syntax: str, group: str = "") -> str:
    """A setting as a person would write it there, the text to type in backquotes, and where it goes.

    `group` is the path of the mapping or section that holds the settings. YAML and properties show a path in one line; elsewhere what is
    to be typed is the last key of it.
    """
    key, text = setting.key, setting.text
    if setting.kind == "option":
        return f"`{text.lstrip('?')}` in the query of {key}"
    if setting.kind == "part":
        where = {"port": "behind the host", "host": "as the host"}.get(setting.field, "before the host")
        return f"`{text}` {where} in {key}"
    if syntax == "yaml":
        return f"`{key}: {text}`"
    where = ""
    if syntax == "ini" and group and key.startswith(f"{group}."):
        key = key[len(group) + 1 :]
        where = f" in [{group}]"
    elif syntax in ("json", "toml", "python") and "." in key:
        parent, _, key = key.rpartition(".")
        where = f" in [{parent}]" if syntax == "toml" else f" in {parent}"
    if syntax == "json":
        return f'`"{key}": ' + (text if setting.kind in ("bool", "int") else f'"{text}"') + f"`{where}"
    if syntax in ("toml", "python"):
        return f"`{key} = " + (text if setting.kind in ("bool", "int") else f'"{text}"') + f"`{where}"
    if syntax == "ruby":
        name, _, last = key.rpartition(".")
        return f"`{name}['{last}'] = " + (text if setting.kind in ("bool", "int") else f"'{text}'") + "`"
    if syntax in ("ini", "postfix"):
        return f"`{key} = {text}`{where}"
    if syntax in ("keyword", "") and not text:
        return f"`{key}`"
    if syntax == "keyword":
        return f"`{key} {text}`"
    return f"`{key}={text}`"


def sentence(found: Remedy | None, endpoint: Endpoint) -> str:
    """The remedy as a sentence, "" when there is nothing to say."""
    if found is None:
        return ""
    if found.none:
        text = found.none.strip()
        return text if text.endswith(".") else text + "."
    syntax, group = spelling(endpoint), endpoint.recognition.path if endpoint.recognition is not None else ""
    text = phrase(
        [written(one, syntax, group) for one in found.settings if one.kind != "removal" and not holds(endpoint, one)],
        [one.key for one in found.settings if one.kind == "removal" and not holds(endpoint, one)],
    )
    return f"{text}. {found.say}".strip() if text else found.say


def phrase(pieces: Sequence[str], removed: Sequence[str]) -> str:
    """What to write and which keys to take out, as a sentence without its full stop: "Write `a: 1` and `b: 2`, and take `c` out"."""
    text = f"Write {_listed(pieces)}" if pieces else ""
    if removed:
        out = f"take {_listed([f'`{key}`' for key in removed])} out"
        return f"{text}, and {out}" if text else f"T{out[1:]}"
    return text


def _listed(pieces: Sequence[str]) -> str:
    return pieces[0] if len(pieces) == 1 else ", ".join(pieces[:-1]) + " and " + pieces[-1]


def holds(endpoint: Endpoint, setting: Setting) -> bool:
    """Whether the file says so already."""
    if setting.kind == "removal":
        return endpoint.recognition is None or setting.field not in endpoint.recognition.found
    field = endpoint.fields.get(setting.field)
    return (
        field is not None
        and field.state == "set"
        and field.value == setting.value
        and isinstance(field.value, bool) == isinstance(setting.value, bool)
    )
