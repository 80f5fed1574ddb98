"""The condition language: three values, states, and what does not parse."""

from __future__ import annotations

import pytest

from smtplint.catalog.condition import UNKNOWN, ConditionError, compile_condition, evaluate, names

VALUES: dict[str, object] = {
    "port": 465,
    "use_tls": True,
    "off": False,
    "word": "smtps",
    "nothing": None,
    "hidden": UNKNOWN,
    "list": ("1.0", "1.2"),
}
STATES: dict[str, str | None] = {"port": "present", "nothing": "absent", "blank": "empty", "hidden": "present", "partly": None}


def answer(text: str) -> bool | None:
    return evaluate(compile_condition(text), VALUES.get, lambda name: STATES.get(name, "absent"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("port == 465", True),
        ("port != 465", False),
        ("port < 500", True),
        ("port >= 466", False),
        ("use_tls", True),
        ("not use_tls", False),
        ("off", False),
        ("off == False", True),
        ("nothing", False),
        ("word in ('smtps', 'submissions')", True),
        ("word not in ('smtp',)", True),
        ("starts(word, 'smtp')", True),
        ("ends(word, 's')", True),
        ("has(list, '1.0')", True),
        ("has(list, '1.1')", False),
        ("nothing == 'x'", False),
        ("nothing != 'x'", True),
        ("use_tls == 1", False),
        ("nothing < 3", False),
        ("port is present", True),
        ("port is not absent", True),
        ("nothing is absent", True),
        ("blank is empty", True),
        ("missing is absent", True),
        ("hidden is absent", False),
        ("partly is absent", None),
        ("hidden", None),
        ("hidden == 1", None),
        ("not hidden", None),
        ("starts(hidden, 'a')", None),
        ("hidden and off", False),
        ("hidden and use_tls", None),
        ("hidden or use_tls", True),
        ("hidden or off", None),
    ],
)
def test_answers(text: str, expected: bool | None) -> None:
    assert answer(text) is expected


@pytest.mark.parametrize(
    "text", ["port ==", "1 < port < 3", "f(port)", "port is gone", "starts(port)", "port + 1", "[x for x in y]", "starts(port, 1)"]
)
def test_nonsense_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ConditionError):
        compile_condition(text)


def test_names_are_those_asked_about() -> None:
    assert list(names(compile_condition("query.ssl is present and (port == 465 or not use_tls)"))) == ["query.ssl", "port", "use_tls"]
