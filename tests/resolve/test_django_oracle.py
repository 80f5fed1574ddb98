"""Generated settings packages: what smtplint resolves is what Django itself loads, or it is unresolved; never anything else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from smtplint.scope import Scope
from smtplint.tree import Scalar
from tests.resolve.django import NAMES, Django
from tests.resolve.packages import packages
from tests.resolve.project import project

DEFAULTS = {
    "EMAIL_BACKEND": "'django.core.mail.backends.smtp.EmailBackend'",
    "EMAIL_HOST": "'localhost'",
    "EMAIL_PORT": "25",
    "EMAIL_USE_TLS": "False",
    "EMAIL_USE_SSL": "False",
    "EMAIL_HOST_USER": "''",
    "EMAIL_HOST_PASSWORD": "''",
    "EMAIL_TIMEOUT": "None",
    "EMAIL_SSL_CERTFILE": "None",
}
SLOW = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large)


@pytest.fixture(scope="module")
def django() -> Iterator[Django]:
    with Django() as worker:
        yield worker


def shown(scope: Scope, name: str) -> str | None:
    """A setting of a world as Python shows it: Django's own default when it is absent, None when it is unresolved."""
    entry = scope.root.entry(name)
    if entry is None:
        return DEFAULTS[name] if scope.complete else None
    value = entry.value
    if not isinstance(value, Scalar) or value.state != "known":
        return None
    return repr(value.text) if value.type == "str" else value.text


def told(scopes: list[Scope]) -> list[dict[str, str | None]]:
    return [{name: shown(scope, name) for name in NAMES} for scope in scopes]


def agrees(world: dict[str, str | None], actual: dict[str, str]) -> bool:
    return all(seen is None or seen == actual[name] for name, seen in world.items())


def compare(django: Django, files: dict[str, str]) -> tuple[int, int]:
    """Checks one package; how many of the settings in it were resolved, and how many there are."""
    with tempfile.TemporaryDirectory() as folder:
        tree = project(Path(folder), files)
        actual = django.load(Path(folder), "conf.prod")
        if isinstance(actual, str):
            return 0, 0
        worlds = told(tree.scopes("conf/prod.py"))
        if actual == DEFAULTS:
            # A world that sets nothing about mail is none.
            return 0, 0
        if not worlds:
            # Only what a loop puts into the module goes without a name.
            assert any("globals()[_key]" in text for text in files.values()), files
            return 0, 0
        assert any(agrees(world, actual) for world in worlds), (files, worlds, actual)
        assert len(worlds) <= 8
        return sum(seen is not None for seen in worlds[0].values()), len(NAMES)


def test_the_defaults_are_those_of_django(django: Django, tmp_path: Path) -> None:
    project(tmp_path, {"conf/__init__.py": "", "conf/prod.py": ""})
    assert django.load(tmp_path, "conf.prod") == DEFAULTS


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW, phases=(Phase.generate, Phase.shrink))
@given(files=packages())
def test_a_settings_package_resolves_as_django_loads_it(django: Django, files: dict[str, str]) -> None:
    compare(django, files)


@pytest.mark.full
@settings(max_examples=5000, deadline=None, suppress_health_check=SLOW)
@given(files=packages())
def test_many_settings_packages_resolve_as_django_loads_them(django: Django, files: dict[str, str]) -> None:
    compare(django, files)
