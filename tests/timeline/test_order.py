from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.timeline import clocks, order
from forensics.timeline.order import Stamp, established

T0 = datetime(2017, 11, 2, 22, 50, 3, tzinfo=UTC)


def stamp(
    seconds: float, source: str = "a", tolerance: float = 5, granule: float = 1, **more: Any
) -> Stamp:
    low = T0 + timedelta(seconds=seconds)
    high = low + timedelta(seconds=granule)
    slack = timedelta(seconds=tolerance)
    return Stamp(f"{source}{seconds}", source, low, low, high, low - slack, high + slack, **more)


@pytest.mark.parametrize(
    ("precision", "basis", "low", "high"),
    [
        ("us", "utc", 0, 1e-6),
        ("ms", "offset", 0, 1e-3),
        ("s", "utc", 0, 1),
        ("min", "assumed", 0, 60),
        ("day", "utc", 0, 86_400),
        (None, None, 0, 1),
        ("s", "ambiguous", -3600, 1),
        ("s", "nonexistent", -3600, 3601),
    ],
)
def test_a_stamp_is_an_interval(
    load: Any, precision: str, basis: str, low: float, high: float
) -> None:
    engine = load([{"time": T0, "time_precision": precision, "time_basis": basis}])
    clocks.register(engine, {"console": 2})
    row = engine.rows("SELECT * FROM timed_events")[0]
    assert (row["time_low"] - T0).total_seconds() == low
    assert (row["time_high"] - T0).total_seconds() == high
    assert (row["time_earliest"] - T0).total_seconds() == low - 2
    assert (row["time_latest"] - T0).total_seconds() == high + 2


def test_a_clock_is_declared_or_assumed(load: Any) -> None:
    engine = load([{"time": T0}, {"time": T0, "source": "probe"}])
    clocks.register(engine, {"probe": 1, "unseen": 3})
    always = {"segment": 0, "since": None, "until": None, "kept_low_s": None, "kept_high_s": None}
    assert engine.rows("SELECT * FROM clocks") == [
        {"source": "console", **always, "offset_low_s": -5, "offset_high_s": 5, "basis": "assumed"},
        {"source": "probe", **always, "offset_low_s": -1, "offset_high_s": 1, "basis": "declared"},
    ]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (stamp(0), stamp(1), "before"),
        (stamp(1), stamp(0), "after"),
        (stamp(0), stamp(0.5), "not established"),
        (stamp(0, sequence=2), stamp(0.5, sequence=1), "after"),
        (stamp(0, sequence=1), stamp(0, sequence=2), "before"),
        (stamp(0, sequence=1), stamp(0), "not established"),
        (stamp(0), stamp(10, "b"), "not established"),
        (stamp(0, sequence=9), stamp(11, "b", sequence=1), "before"),
        (stamp(11, "b"), stamp(0), "after"),
    ],
)
def test_order_is_claimed_only_where_clocks_or_a_sequence_establish_it(
    first: Stamp, second: Stamp, expected: str
) -> None:
    assert established(first, second) == expected


reals = st.floats(-100, 100).map(lambda number: round(number, 3))


@given(reals, reals, st.floats(-5, 5), st.floats(-5, 5), st.booleans())
def test_an_established_order_is_the_true_one(
    one: float, other: float, offset: float, another: float, same: bool
) -> None:
    first = stamp(one + offset, granule=0.001)
    second = stamp(other + offset if same else other + another, "a" if same else "b", granule=0.001)
    claimed = established(first, second)
    if claimed == "before":
        assert one <= other + 1e-5
    if claimed == "after":
        assert one >= other - 1e-5


@given(reals, st.floats(0, 1000), st.floats(-5, 5), st.floats(-5, 5), st.booleans())
def test_bounds_of_a_duration_contain_it(
    start: float, length: float, offset: float, another: float, same: bool
) -> None:
    first = stamp(start + offset)
    ended = start + length + (offset if same else another)
    second = stamp(ended, "a" if same else "b")
    shortest, longest = order.shortest_s(first, second), order.longest_s(first, second)
    assert 0 <= shortest <= length + 1e-5
    assert length - 1e-5 <= longest
    drifted = 2 * (length + 1) * order.DRIFT_PPM / (1e6 - order.DRIFT_PPM)
    assert longest - shortest <= (min(2 + drifted, 22) if same else 22) + 1e-5
