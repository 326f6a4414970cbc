"""Sources that fall silent, shrink or change their words, and those that do not."""

from __future__ import annotations

from typing import Any

import pytest

from forensics.baselines import source_rhythm


@pytest.fixture
def sources(acts: Any) -> Any:
    """Two sources over sixty days; the second rests at weekends."""
    for day in range(60):
        acts.did("a", day, n=60, source="console", operation="known")
        if day % 7 < 5:
            acts.did("a", day, n=80 + day % 3, source="idp", operation="known")
    return acts


def registered(acts: Any, **kept: Any) -> Any:
    engine = acts.engine()
    source_rhythm.register(engine)
    return engine


def without(
    acts: Any, source: str, first: int, last: int, left: int = 0, first_day: int = 0
) -> None:
    kept, counted = [], 0
    for row in acts.rows:
        day = int(row["time"].timestamp()) // 86400 - first_day
        if row["source"] == source and first <= day <= last:
            counted += 1
            if counted > left:
                continue
        kept.append(row)
    acts.rows = kept


def test_sources_of_a_steady_rhythm_are_well(sources: Any) -> None:
    engine = registered(sources)
    assert source_rhythm.quiet(engine) == []
    assert source_rhythm.drops(engine) == []
    assert source_rhythm.new_operations(engine) == []


def test_a_silence_twice_as_long_as_any_pause(sources: Any, first_day: int) -> None:
    without(sources, "idp", 53, 59, first_day=first_day)
    # Its pauses are of three days from record to record: Friday to Monday. Day 52 is a Thursday.
    (one,) = source_rhythm.quiet(registered(sources))
    assert (one["source"], one["silent"], one["longest"]) == ("idp", 7, 2)


def test_a_weekend_is_no_silence(sources: Any, first_day: int) -> None:
    without(sources, "idp", 55, 59, first_day=first_day)
    assert source_rhythm.quiet(registered(sources)) == []


@pytest.mark.parametrize(("left", "told"), [(10, True), (0, True), (14, True), (15, False)])
def test_a_drop_below_a_quarter(sources: Any, first_day: int, left: int, told: bool) -> None:
    without(sources, "console", 40, 40, left, first_day=first_day)
    found = source_rhythm.drops(registered(sources))
    assert [(one["source"], one["day"] - first_day, one["n"], one["usual"]) for one in found] == (
        [("console", 40, left, 60)] if told else []
    )


def test_low_days_that_were_seen_before_are_no_drop(sources: Any, first_day: int) -> None:
    without(sources, "console", 26, 26, 14, first_day=first_day)
    without(sources, "console", 40, 40, 10, first_day=first_day)
    assert source_rhythm.drops(registered(sources)) == []


def test_a_new_operation_of_a_known_source(sources: Any, first_day: int) -> None:
    sources.did("a", 30, n=2, operation="zap")
    sources.did("a", 30, operation="bump")
    sources.did("a", 31, operation="zap")
    sources.did("a", 32, "account.suspend", operation="suspend")
    sources.did("a", 5, operation="early")
    (one,) = source_rhythm.new_operations(registered(sources))
    assert (one["day"] - first_day, one["operations"], one["n"]) == (30, ["bump", "zap"], 4)
    assert len(one["uids"]) == 2
