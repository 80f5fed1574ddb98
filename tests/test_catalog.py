"""The catalogue: the same from every way of loading it, small, and strict about mistakes."""

from __future__ import annotations

import marshal
from pathlib import Path

import pytest

from smtplint import catalog
from smtplint.catalog.compile import CatalogError, compile_folder, triggers
from tests.examples import RULES, load, shipped

PROFILES = sorted((RULES / "profiles").glob("*.yaml"))


def test_rules_are_valid_against_their_schemas() -> None:
    compiled = compile_folder(str(RULES), validate=True)
    assert compiled["checks"] and compiled["profiles"] and compiled["clients"] and compiled["carriers"] and compiled["providers"]


def test_both_ways_give_the_same_catalogue(tmp_path: Path) -> None:
    packed = catalog.pack(compile_folder(str(RULES)))
    target = tmp_path / "catalog.bin"
    target.write_bytes(catalog.dumped(packed))
    again = catalog.opened(str(target))
    assert again is not None and again.index.keys() == packed.keys()
    for kind, part in packed.items():
        if isinstance(part, bytes):
            assert again.bytes_of(again.index[kind]) == part
        elif isinstance(part, dict):
            assert {name: again.bytes_of(place) for name, place in again.index[kind].items()} == part
        else:
            assert again.index[kind] == part
    assert catalog.Catalog(again).profile("generic") == shipped().profile("generic")


@pytest.mark.parametrize("change", ["shorter", "longer", "empty", "head", "lengths", "list"])
def test_a_damaged_file_is_no_catalogue(tmp_path: Path, change: str) -> None:
    data = catalog.dumped(catalog.pack(compile_folder(str(RULES))))
    head = len(b"smtplint rules\n")
    target = tmp_path / "catalog.bin"
    target.write_bytes(
        {
            "shorter": data[:-1],
            "longer": data + b"x",
            "empty": b"",
            "head": b"x" + data[1:],
            "lengths": data[:head] + b"%16d%16d" % (len(data) * 2, -len(data) - head - 33) + data[head + 32 :],
            "list": data[: head + 33] + b"l\xff\xff\xff\x7f" + data[head + 38 :],
        }[change]
    )
    assert catalog.opened(str(target)) is None
    assert catalog.opened(str(tmp_path)) is catalog.opened(str(tmp_path / "none")) is None


def test_packing_is_reproducible() -> None:
    assert marshal.dumps(catalog.pack(compile_folder(str(RULES))), 2) == marshal.dumps(catalog.pack(compile_folder(str(RULES))), 2)


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_a_profile_can_be_reached_and_says_where_it_was_read(path: Path) -> None:
    data = load(path)
    assert data["sources"] and all(source["says"] for source in data["sources"])
    profile = shipped().profile(path.stem)
    for words in triggers(profile):
        assert words or path.stem == "generic" or any(placement["prefix"] or not placement["names"] for placement in profile["placements"])


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_every_row_that_can_speak_has_a_remedy(path: Path) -> None:
    """A profile whose table reaches clear text says how to get out of it, or why that is impossible."""
    data, profile = load(path), shipped().profile(path.stem)
    modes = {row["mode"] for row in profile["modes"]}
    if profile["client"]:
        modes |= {row["mode"] for row in shipped().client(profile["client"])["modes"]}
    if data.get("role") in ("relay", "server"):
        return
    if modes & {"plaintext", "opportunistic"}:
        assert {"starttls", "implicit"} & set(profile["remedies"]), "no way out of clear text is given"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: other\n", "id must be 'mine'"),
        ("id: mine\nnonsense: 1\n", "nonsense"),
        ("id: mine\nname: [\n", "is not YAML"),
        ("- a\n", "a mapping is expected"),
    ],
)
def test_a_broken_file_of_a_user_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "mine.yaml").write_text(text)
    with pytest.raises(CatalogError, match=r"mine\.yaml:\d+: ") as caught:
        catalog.load([str(tmp_path)], cache=False)
    assert message in str(caught.value)


def test_a_shipped_id_is_replaced_only_on_purpose(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    text = (RULES / "profiles" / "vaultwarden.yaml").read_text("utf-8")
    (tmp_path / "profiles" / "vaultwarden.yaml").write_text(text)
    with pytest.raises(CatalogError, match="replaces: vaultwarden"):
        catalog.load([str(tmp_path)], cache=False)
    (tmp_path / "profiles" / "vaultwarden.yaml").write_text("replaces: vaultwarden\n" + text.replace("name: Vaultwarden", "name: Ours", 1))
    assert catalog.load([str(tmp_path)], cache=False).profile("vaultwarden")["name"] == "Ours"


def test_a_condition_about_no_field_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    text = (
        (RULES / "profiles" / "vaultwarden.yaml")
        .read_text("utf-8")
        .replace("id: vaultwarden", "id: mine")
        .replace("when: security == 'off'", "when: securty == 'off'")
    )
    (tmp_path / "profiles" / "mine.yaml").write_text(text)
    with pytest.raises(CatalogError, match="did you mean 'security'"):
        catalog.load([str(tmp_path)], cache=False)


def test_the_words_of_an_enum_are_no_options() -> None:
    for name in ("redmine", "rails-actionmailer"):
        field = shipped().profile(name)["fields"]["starttls"]
        assert field["enum"]["true"] is True
        assert not {"true", "false", "always", "auto"} & set(field)


def test_an_unexpected_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "notes.txt").write_text("x")
    with pytest.raises(CatalogError, match=r"only \.yaml files"):
        catalog.load([str(tmp_path)], cache=False)


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert "generic" in catalog.load().profile_ids


def test_the_cache_follows_the_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = catalog.load()
    assert (tmp_path / "smtplint" / "catalog.bin").is_file()
    assert catalog.load().profile_ids == first.profile_ids
    (tmp_path / "smtplint" / "catalog.bin").write_bytes(b"not marshal")
    assert catalog.load().profile_ids == first.profile_ids
