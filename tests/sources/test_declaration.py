"""Declarations: what is wrong with one is told all at once, and never as a traceback."""

from __future__ import annotations

import codecs
import hashlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import DeclarationError, InputError
from forensics.sources.declaration import catalog, parse, shipped
from forensics.sources.sameness import sha256

GOOD = """
name = "door"
title = "Door log"
[recognise]
required = ["at"]
[event]
time = "at"
operation = "op"
"""


def test_a_small_declaration_has_defaults() -> None:
    found = parse(GOOD, "door.toml")
    assert (found.name, found.clock_tolerance, found.zone, found.actions) == ("door", 5.0, None, {})


def test_actions_of_another_source_are_taken_over_and_own_ones_come_first() -> None:
    text = GOOD.replace("[recognise]", 'actions_of = "duo_admin"\n[recognise]')
    found = parse(text + '[actions]\nuser_create = "account.invite"\nmine = "account.lock"\n', "x")
    theirs = shipped()["duo_admin"].actions
    assert found.actions == {**theirs, "user_create": "account.invite", "mine": "account.lock"}


@pytest.mark.parametrize("name", ["nobody", "../catalog/duo_admin", "Duo", ""])
def test_actions_of_no_source_are_a_fault(name: str) -> None:
    text = GOOD.replace("[recognise]", f'actions_of = "{name}"\n[recognise]')
    with pytest.raises(DeclarationError, match="actions_of"):
        parse(text, "x.toml")


def test_all_faults_are_told_at_once() -> None:
    text = """
name = "Door!"
clock_tolerance = "soon"
colour = "red"
[recognise]
needed = ["x"]
[record]
zone = "Mars/Olympus"
explod = "x"
[event]
operation = { path = "a", const = "b" }
actor = 7
target = { path = "a", format = "iso" }
nonsense = "x"
[actions]
a = "account.explode"
[[action_when]]
action = "nothing"
unless = "x"
"""
    with pytest.raises(DeclarationError) as caught:
        parse(text, "door.toml")
    assert caught.value.place == "door.toml"
    for word in (
        "name", "clock_tolerance", "colour", "recognise.required", "recognise.needed",
        "Mars/Olympus", "record.explod", "exactly one", "event.actor", "format is for",
        "event.nonsense", "event.time is missing", "account.explode", "'nothing'", "unless",
    ):  # fmt: skip
        assert word in caught.value.message, word


@pytest.mark.parametrize(
    "text",
    ["name = ", "[event", 'event = "x"', "[[event]]", 'actions = ["x"]', 'action_when = "x"',
     "recognise = 1", 'record = "x"', "example = 3", '[event]\ntime = { path = ["a"] }',
     '[event]\nactor = { path = "a", map = ["x"] }', "[recognise]\nequals = 1",
     "[record]\nexplode = 1", "[actions]\na = [1]", "[record]\nzone = 7"],
)  # fmt: skip
def test_what_has_the_wrong_shape_is_a_fault(text: str) -> None:
    with pytest.raises(DeclarationError):
        parse(text, "x.toml")


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers(0, 9) | st.sampled_from(['"x"', '"UTC"', '""']),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=4,
)
KEYS = ["name", "recognise", "record", "event", "actions", "action_when", "example", "refs"]


def toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    return str(value)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
def test_no_content_of_a_declaration_is_a_traceback(content: dict[str, Any]) -> None:
    text = "\n".join(f"{key} = {toml(value)}" for key, value in content.items())
    with pytest.raises(DeclarationError):
        parse(text, "x.toml")


def test_a_folder_adds_to_the_catalog_and_replaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORENSICS_CATALOG", raising=False)
    (tmp_path / "door.toml").write_text(GOOD)
    (tmp_path / "okta.toml").write_text(GOOD.replace('"door"', '"okta_system"'))
    found = catalog((tmp_path,))
    assert set(found) == {*shipped(), "door"}
    assert found["okta_system"].title == "Door log"
    monkeypatch.setenv("FORENSICS_CATALOG", str(tmp_path))
    assert "door" in catalog()


def test_a_catalog_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        catalog((tmp_path / "none",))
    (tmp_path / "bad.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(DeclarationError, match="cannot be read"):
        catalog((tmp_path,))


def test_a_catalog_folder_without_declarations_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "door.txt").write_text(GOOD)
    with pytest.raises(InputError, match=r"no \.toml") as caught:
        catalog((tmp_path,))
    assert caught.value.place == str(tmp_path)


def test_a_name_stands_in_one_file_of_a_folder(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.toml").write_text(GOOD)
    assert "door" in catalog((tmp_path / "one", tmp_path / "two"))
    (tmp_path / "one" / "b.toml").write_text(GOOD)
    with pytest.raises(DeclarationError, match=r"'door' is also declared by a\.toml") as caught:
        catalog((tmp_path / "one",))
    assert caught.value.place == str(tmp_path / "one" / "b.toml")


def test_a_mark_that_an_editor_wrote_is_no_part_of_it(tmp_path: Path) -> None:
    marked = codecs.BOM_UTF8 + GOOD.replace("\n", "\r\n").encode()
    (tmp_path / "door.toml").write_bytes(marked)
    found = catalog((tmp_path,))["door"]
    assert found == parse(GOOD, "door.toml")
    assert sha256(found) == hashlib.sha256(marked).hexdigest()
