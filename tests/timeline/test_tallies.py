"""Events counted by value and over time, and what was never seen before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import UsageError
from forensics.timeline import tallies
from forensics.timeline.asking import Questions

T0 = datetime(2017, 11, 2, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {"time": T0, "actor": "a", "action": "case.view", "targets": ["x", "y", "x"]},
    {"time": T0 + timedelta(hours=1), "actor": "a", "action": "case.close", "targets": []},
    {"time": T0 + timedelta(hours=2), "actor": "b", "action": "case.view", "targets": ["y"]},
    {"time": T0 + timedelta(hours=3), "actor": "A", "action": "case.view", "targets": None,
     "raw": '{"tags": [{"key": "p"}, {"key": "q"}]}'},
    {"time": T0 + timedelta(hours=4), "actor": None, "action": "case.view", "targets": ["z"]},
    {"time": T0 + timedelta(hours=4), "actor": "b", "action": "case.close", "targets": ["z"]},
]  # fmt: skip


@pytest.fixture
def ask(load: Any) -> Questions:
    return Questions(load(ROWS), set)


def rows(table: pa.Table, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))


def test_values_are_counted_as_written_the_most_frequent_first(ask: Questions) -> None:
    table = ask.count_by("actor")
    assert table.column_names == ["actor", "events", "first_time", "last_time"]
    assert rows(table, "actor", "events") == [("a", 2), ("b", 2), ("A", 1), (None, 1)]
    assert rows(table, "first_time", "last_time")[0] == (T0, T0 + timedelta(hours=1))


def test_combinations_are_counted_within_the_question(ask: Questions) -> None:
    table = ask.count_by(["action", "actor"], "NOT actor:A", limit=2)
    assert rows(table, "action", "actor", "events") == [
        ("case.close", "b", 1),
        ("case.view", "b", 1),
    ]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("targets", [("y", 2), ("z", 2), (None, 2), ("x", 1)]),
        ("raw.tags.key", [(None, 5), ("p", 1), ("q", 1)]),
    ],
)
def test_each_value_of_a_list_counts_once_for_its_event(
    ask: Questions, field: str, expected: list[tuple[Any, int]]
) -> None:
    found = rows(ask.count_by(field), field, "events")
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert [n for _, n in found] == sorted((n for _, n in found), reverse=True)


@pytest.mark.parametrize(
    ("fields", "filters", "expected"),
    [
        ("actor", {}, [("u0", ["a"], 3), ("u2", ["b"], 2)]),
        ("actor", {"since": "2017-11-02 01:30"}, [("u2", ["b"], 2)]),
        ("actor", {"since": "2017-11-02 02:30"}, []),
        ("actor", {"since": "2017-11-02 02:30", "text": "action:case.close"}, [("u5", ["b"], 1)]),
        ("actor,action", {"since": "2017-11-02 02:30"}, [("u5", ["b", "case.close"], 1)]),
        ("targets", {"since": "2017-11-02 00:30"}, [("u4", ["z"], 2)]),
        ("targets", {"since": "2017-11-02 00:30", "until": "2017-11-02 03:00"}, []),
        ("targets", {"around": "2017-11-02 04:00", "window": "1m"}, [("u4", ["z"], 2)]),
        ("targets", {"limit": 1}, [("u0", ["x"], 1)]),
    ],
)
def test_first_events_are_those_of_values_never_borne_before(
    ask: Questions, fields: str, filters: dict[str, Any], expected: list[tuple[Any, ...]]
) -> None:
    table = ask.first_seen(fields, **filters)
    assert rows(table, "event_uid", "first_seen", "seen") == expected


def test_what_is_compared_with_is_told(ask: Questions) -> None:
    before = ask.before("actor:a", since="2017-11-02 03:30")
    assert (before.events, before.since) == (3, T0)
    assert ask.before("actor:a", since="2017-11-01").events == 0


@pytest.mark.parametrize("fields", ["", "actr", "actor,actor", "tag"])
def test_fields_that_cannot_be_counted_by_are_refused(ask: Questions, fields: str) -> None:
    with pytest.raises(UsageError):
        ask.count_by(fields)
    with pytest.raises(UsageError):
        ask.first_seen(fields)


def test_a_histogram_has_its_empty_bins(ask: Questions) -> None:
    table = ask.histogram("action:case.view", bins=5)
    assert table["events"].to_pylist() == [1, 0, 1, 1, 1]
    assert table["bin_start"].to_pylist()[0] == T0
    assert ask.histogram("actor:nobody").num_rows == 0


MICROS = st.integers(min_value=-(10**15), max_value=4 * 10**15)


@given(st.lists(MICROS, min_size=1, max_size=40), st.integers(min_value=2, max_value=80))
def test_every_event_is_in_one_bin_of_one_length(micros: list[int], most: int) -> None:
    kind = pa.timestamp("us", tz="UTC")
    table = tallies.bins(pa.chunked_array([pa.array([*micros, None], kind)]), most)
    starts, ends = (table[name].cast("int64").to_pylist() for name in ("bin_start", "bin_end"))
    assert 1 <= len(starts) <= most
    assert starts[1:] == ends[:-1]
    assert len({end - start for start, end in zip(starts, ends, strict=True)}) == 1
    counted = [sum(s <= m < e for m in micros) for s, e in zip(starts, ends, strict=True)]
    assert table["events"].to_pylist() == counted
    assert sum(counted) == len(micros)
    assert counted[0]
    assert counted[-1]
