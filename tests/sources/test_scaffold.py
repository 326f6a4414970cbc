"""Drafts: what a few records suggest, and that whatever they hold, the draft loads."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forensics.errors import DeclarationError, InputError
from forensics.sources.declaration import Declaration, parse
from forensics.sources.examples import faults
from forensics.sources.mapping import compile_mapping
from forensics.sources.normalise import normalise
from forensics.sources.scaffold import draft


def jsonl(*records: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in records)


def drafted(*records: Any, name: str = "door") -> Declaration:
    return parse(draft(name, jsonl(*records)), "draft")


@pytest.mark.parametrize(
    ("stamps", "wanted", "time"),
    [
        (["31.01.2024 10:11"], "%d.%m.%Y %H:%M", (2024, 1, 31, 10, 11)),
        (["02.01.2024 10:11:12.5"], "%d.%m.%Y %H:%M:%S.%f", (2024, 1, 2, 10, 11, 12, 500000)),
        (["31/01/2024"], "%d/%m/%Y", (2024, 1, 31)),
        (["02/01/2024", "13/01/2024"], "%d/%m/%Y", (2024, 1, 2)),
        (["01/02/2024 1:02 PM", "01/31/2024 1:02 AM"], "%m/%d/%Y %I:%M %p", (2024, 1, 2, 13, 2)),
        (["1/31/2024, 13:02:03"], "%m/%d/%Y, %H:%M:%S", (2024, 1, 31, 13, 2, 3)),
    ],
)
def test_days_before_years_are_told_by_numbers_above_twelve(
    stamps: list[str], wanted: str, time: tuple[int, ...]
) -> None:
    records = [{"when": one, "who": "a", "what": "x"} for one in stamps]
    declaration = drafted(*records)
    assert declaration.event["time"].format == (wanted,)
    assert "swap" not in draft("door", jsonl(*records))
    (event,) = normalise(declaration, jsonl(records[0]))
    found = event["time"].astimezone(UTC)
    assert (*found.timetuple()[:6], found.microsecond)[: len(time)] == time


@pytest.mark.parametrize(
    "stamps", [["31/13/2024"], ["13/01/2024", "01/13/2024"], ["1/2/2024", "x"]]
)
def test_what_no_order_of_day_and_month_fits_is_no_time(stamps: list[str]) -> None:
    assert "# no time was found" in draft("door", jsonl(*({"when": one} for one in stamps)))


def test_an_order_that_nothing_decides_is_commented_upon() -> None:
    text = draft("door", jsonl({"when": "03/04/2024 10:00", "what": "x"}))
    assert "swap %d and %m?" in text
    assert parse(text, "draft").event["time"].format == ("%d/%m/%Y %H:%M",)


def test_a_plain_log_needs_no_line_but_its_verbs() -> None:
    records = [
        {"created": "2024-01-01T00:00:00Z", "expires": "2025-01-01T00:00:00Z", "who": "a",
         "did": "account.deactivate", "whom": "@headofstate", "ok": True},
        {"created": "2024-01-01T00:00:01Z", "expires": "2025-01-01T00:00:00Z", "who": "b",
         "did": "Frob", "whom": "c", "ok": False},
    ]  # fmt: skip
    declaration = drafted(*records)
    assert declaration.actions == {"account.deactivate": "account.deactivate", "Frob": "other"}
    (event,) = normalise(declaration, jsonl(records[0]))
    assert event["time"] == datetime(2024, 1, 1, tzinfo=UTC)
    wanted = {
        "actor": "a",
        "actor_type": "user",
        "target": "@headofstate",
        "operation": "account.deactivate",
    }
    assert {name: event[name] for name in wanted} == wanted


@pytest.mark.parametrize("word", ["performed_by", "actor_name", "who", "by"])
def test_words_for_an_actor(word: str) -> None:
    assert drafted({"at": "2024-01-01", "did": "x", word: "a"}).event["actor"].path == word


def test_outcomes_that_are_no_text_are_mapped_as_they_are_read() -> None:
    record = {"at": "2024-01-01", "did": "x", "success": True}
    assert normalise(drafted(record), jsonl(record))[0]["outcome"] == "success"


@pytest.mark.parametrize("name", ["2024-audit", "Ünï", "", "a b"])
def test_any_file_name_gives_a_name_that_loads(name: str) -> None:
    assert drafted({"at": "2024-01-01", "did": "x"}, name=name).name


def test_nothing_to_learn_from_is_an_error() -> None:
    for data in (b"", b"{}\n", b"hello\n"):
        with pytest.raises(InputError):
            draft("x", data)


def test_a_time_that_is_missing_is_named_by_its_key() -> None:
    with pytest.raises(DeclarationError, match=r"event\.time"):
        compile_mapping(drafted({"did": "x"}))


LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUE = st.recursive(
    LEAF,
    lambda v: st.lists(v, max_size=2) | st.dictionaries(st.text(max_size=4), v, max_size=2),
    max_leaves=5,
)
KEYS = st.sampled_from(["action", "id", "a.b", 'q"', "*", "events", "status", "by"]) | st.text(
    max_size=4
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.dictionaries(KEYS, VALUE, max_size=4), min_size=1, max_size=3))
def test_a_draft_always_loads_and_its_example_holds(records: list[dict[str, Any]]) -> None:
    # One object around a list under a usual name is an envelope, of records or of none.
    assume(len(records) > 1 or not any(isinstance(v, list) for v in records[0].values()))
    declaration = drafted(*({"at": "2024-01-01T00:00:00Z", **one} for one in records))
    if "time" in declaration.event and declaration.event["time"].path:
        assert [faults(declaration, one) for one in declaration.examples] == [[]]
