"""The files under a rules folder: found, read, checked against the JSON Schemas. Mistakes are told with their line."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class CatalogError(Exception):
    """A rule file that cannot be used. `str(error)` is `file:line: what was expected`."""


class Lines:
    """Finds the line of a key in a YAML file, for messages."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    def fail(self, message: str, key: str = "") -> CatalogError:
        """An error to raise, at the first line that holds `key`."""
        line = 1
        if key:
            match = re.search(rf"(?m)^.*(?<![\w-]){re.escape(key)}(?![\w-]).*$", self.text)
            if match:
                line = self.text.count("\n", 0, match.start()) + 1
        return CatalogError(f"{self.path}:{line}: {message}")


def read_yaml(path: str) -> tuple[Any, Lines]:
    """One rule file. Raises CatalogError with its line when it is not YAML."""
    import yaml

    from smtplint.listing import TooLarge, read_bytes, reason

    try:
        # A folder of rules may lie in the tree that is linted: no FIFO, no device, nothing without an end.
        text = read_bytes(path).decode("utf-8-sig")
    except TooLarge:
        raise CatalogError(f"{path}:1: is too large for a rule file") from None
    except UnicodeDecodeError:
        raise CatalogError(f"{path}:1: is not UTF-8") from None
    except OSError as error:
        raise CatalogError(f"{path}:1: cannot be read: {reason(error)}") from None
    lines = Lines(path, text)
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return yaml.load(text, Loader=loader), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        number = mark.line + 1 if mark is not None else 1
        raise CatalogError(f"{path}:{number}: is not YAML ({getattr(error, 'problem', None) or 'it cannot be parsed'})") from None
    except RecursionError:
        raise CatalogError(f"{path}:1: is nested too deeply") from None
    except ValueError:
        # What YAML allows and Python does not: a number of thousands of digits, the thirtieth of February.
        raise CatalogError(f"{path}:1: holds a value that cannot be one") from None


def rule_files(folder: str, kind: str) -> list[str]:
    """The files of one kind, in order. An unexpected file in the folder is an error."""
    home = os.path.join(folder, kind)
    if not os.path.isdir(home):
        return []
    found = []
    for name in sorted(os.listdir(home)):
        if name.startswith("."):
            continue
        if not name.endswith(".yaml"):
            raise CatalogError(f"{os.path.join(home, name)}:1: only .yaml files belong in {kind}/")
        found.append(os.path.join(home, name))
    return found


class Schemas:
    """Validation of rule files by JSON Schema; imported only at build time, in tests and for users' folders."""

    def __init__(self) -> None:
        from smtplint.catalog import locate

        self.folder = os.path.join(locate(), "schemas")
        self.validators: dict[str, Any] = {}

    def check(self, kind: str, data: object, lines: Lines) -> None:
        """Raise CatalogError where the data of a file of this kind does not keep its schema."""
        name = {"checks": "check", "profiles": "profile", "clients": "client", "carriers": "carrier"}.get(kind, kind)
        if name not in self.validators:
            self.validators[name] = self._validator(name)
        # A word nobody knows says more than the one that is missing for it.
        error = min(
            self.validators[name].iter_errors(data),
            key=lambda e: (e.validator != "additionalProperties", -len(e.absolute_path), e.message),
            default=None,
        )
        if error is not None:
            where = ".".join(str(part) for part in error.absolute_path)
            key = next((str(part) for part in reversed(error.absolute_path) if isinstance(part, str)), "")
            raise lines.fail(f"{where or 'the file'}: {error.message}", key)

    def _validator(self, name: str) -> Any:
        import json

        from jsonschema.validators import validator_for
        from referencing import Registry, Resource

        loaded = {}
        for file in sorted(os.listdir(self.folder)):
            if file.endswith(".schema.json"):
                with open(os.path.join(self.folder, file), encoding="utf-8") as stream:
                    loaded[file] = json.load(stream)
        registry: Any = Registry().with_resources([(file, Resource.from_contents(schema)) for file, schema in loaded.items()])
        schema = loaded[f"{name}.schema.json"]
        return validator_for(schema)(schema, registry=registry)
