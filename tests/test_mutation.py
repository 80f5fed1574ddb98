"""Every fact of the rule data is held by an example: change one, and an example of that very file must notice.

Rows of decision tables change their mode, defaults their value, switches their sense; rows that switch mail off are taken away. What no
example notices is a fact that nobody has checked.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smtplint.catalog import Catalog
from smtplint.catalog.condition import UNKNOWN, evaluate
from smtplint.version import satisfies
from tests.examples import RULES, load, problems, shipped

# What an unresolved default of these is changed to.
PLAIN: dict[str, Any] = {"port": 4711, "timeout": 7, "verify": True, "verify_hostname": True}
OTHER_MODE = {
    "plaintext": "starttls",
    "opportunistic": "implicit",
    "starttls": "opportunistic",
    "implicit": "plaintext",
    "invalid": "starttls",
    "unknown": "starttls",
}


def changed(value: object, name: str = "") -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if value is None:
        return 4711 if name == "port" else True
    if isinstance(value, tuple):
        return (*value, "changed")
    return "1.1" if value == "1.2" else "changed" if value != "none" else 7


def defaults(holder: dict[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    default = holder["default"] if "default" in holder else holder
    if "value" in default:
        yield f"default of {name}", lambda d: d.update(value=changed(d["value"], name))
    elif "unresolved" in default:
        yield f"default of {name}, unresolved", lambda d: (d.clear(), d.update(value=PLAIN.get(name, "changed")))
    elif "modes" in default:
        for mode in default["modes"]:
            yield f"default of {name} when {mode}", lambda d, mode=mode: d["modes"].update({mode: changed(d["modes"][mode], name)})
    else:
        for number, row in enumerate(default["rows"]):
            yield (
                f"default of {name}, row {number + 1}",
                lambda d, number=number: d["rows"][number].update(value=changed(d["rows"][number]["value"], name)),
            )
            del row


def mutants(profile: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(what was changed, the changed profile)."""
    for number, row in enumerate(profile["modes"]):
        made = copy.deepcopy(profile)
        made["modes"][number]["mode"] = OTHER_MODE[row["mode"]]
        yield f"row {number + 1} ({row['text']}: {row['mode']})", made
    for name, spec in profile["fields"].items():
        if "default" in spec:
            for what, change in defaults(spec, name):
                made = copy.deepcopy(profile)
                change(made["fields"][name]["default"])
                yield what, made
        if spec.get("inverted"):
            made = copy.deepcopy(profile)
            made["fields"][name]["inverted"] = False
            yield f"sense of {name}", made
    for place, placement in enumerate(profile["placements"]):
        for name, default in placement["defaults"].items():
            for what, change in defaults({"default": default}, name):
                made = copy.deepcopy(profile)
                change(made["placements"][place]["defaults"][name])
                yield f"{what} in placement {place + 1}", made
    for number, row in enumerate(profile["inactive"]):
        made = copy.deepcopy(profile)
        made["inactive"] = tuple(other for index, other in enumerate(made["inactive"]) if index != number)
        yield f"mail off: {row['why']}", made
    for number, row in enumerate(profile["tls_floor"]):
        made = copy.deepcopy(profile)
        made["tls_floor"][number]["value"] = changed(row["value"]) if row["value"] is not None else "1.2"
        yield f"TLS floor, row {number + 1}", made


def unnoticed(path: Path, rules: Catalog) -> list[str]:
    data = load(path)
    name = data["id"]
    original = rules.profile(name)
    examples = data.get("examples") or []
    # The last noticed example is the likeliest to notice the next change.
    order = list(range(len(examples)))
    missed = []
    try:
        for what, mutant in mutants(original):
            rules._profiles[name] = mutant
            for number in order:
                if problems(name, examples[number], rules):
                    order.remove(number)
                    order.insert(0, number)
                    break
            else:
                missed.append(what)
    finally:
        rules._profiles[name] = original
    return missed


@pytest.mark.parametrize("path", sorted((RULES / "profiles").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_fact_of_a_profile_is_noticed(path: Path) -> None:
    assert unnoticed(path, shipped()) == []


def client_mode(client: dict[str, Any], example: dict[str, Any]) -> str:
    """What the table of a client answers for the inputs of an example."""
    given = {str(key): value for key, value in (example.get("inputs") or {}).items()}
    version = {str(axis): str(value) for axis, value in (example.get("version") or {}).items()} or {
        axis: spec["releases"][-1] for axis, spec in client["versions"].items()
    }

    def value(name: str) -> object:
        return given.get(name, client["inputs"].get(name))

    def state(name: str) -> str:
        return "absent" if given.get(name) is None else "present"

    for row in client["modes"]:
        if all(satisfies(version[axis], spec) for axis, spec in row["only"] if axis in version) and evaluate(row["when"], value, state):
            return str(row["mode"])
    raise AssertionError("the table is not total")


def client_cases() -> list[Any]:
    return [
        pytest.param(path.stem, number, id=f"{path.stem}-{number}")
        for path in sorted((RULES / "clients").glob("*.yaml"))
        for number in range(len(load(path).get("examples") or ()))
    ]


@pytest.mark.parametrize(("name", "number"), client_cases())
def test_client_example(name: str, number: int) -> None:
    example = load(RULES / "clients" / f"{name}.yaml")["examples"][number]
    assert client_mode(shipped().client(name), example) == example["mode"]


@pytest.mark.parametrize("path", sorted((RULES / "clients").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_row_of_a_client_is_noticed(path: Path) -> None:
    client = shipped().client(path.stem)
    examples = load(path).get("examples") or []
    missed = []
    for number, row in enumerate(client["modes"]):
        made = copy.deepcopy(client)
        made["modes"][number]["mode"] = OTHER_MODE[row["mode"]]
        if row["mode"] != "unknown" and all(client_mode(made, example) == example["mode"] for example in examples):
            missed.append(row["text"])
    assert missed == []


def test_unknown_is_no_value() -> None:
    with pytest.raises(TypeError):
        bool(UNKNOWN)
