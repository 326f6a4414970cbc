"""Printed bounds always contain the true ones."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.findings.document import Duration
from forensics.reports import times

ACT = datetime(2017, 11, 2, 22, 50, 3, 412_000, tzinfo=UTC)
UNIT_SECONDS = {"d": 86_400.0, "h": 3_600.0, "min": 60.0, "s": 1.0}


def in_seconds(text: str) -> float:
    return sum(float(n) * UNIT_SECONDS[unit] for n, unit in re.findall(r"([\d.]+) (\w+)", text))


@pytest.mark.parametrize(
    ("shortest", "longest", "headline", "bounds"),
    [
        (659.999, 660.001, "11 min 0 s", "10 min 59.999 s – 11 min 0.001 s"),
        (659.9, 660.1, "11 min 0 s", "10 min 59.9 s – 11 min 0.1 s"),
        (640.0, 680.5, "10 min 40 s to 11 min 21 s", "10 min 40 s – 11 min 21 s"),
        (90_061.0, 90_061.0, "1 d 1 h 1 min 1 s", "1 d 1 h 1 min 1.000 s – 1 d 1 h 1 min 1.000 s"),
        (0.0, 0.5, "0 s", "0.0 s – 0.5 s"),
        (3_723.44, None, "at least 1 h 2 min 3 s; no end seen", "1 h 2 min 3.4 s – no end seen"),
        (0.0, None, "no end seen", "no end seen"),
    ],
)
def test_durations(shortest: float, longest: float | None, headline: str, bounds: str) -> None:
    duration = Duration(shortest=shortest, longest=longest)
    assert times.headline(duration) == headline
    assert times.exact_bounds(duration) == bounds


def test_an_open_outage_is_told_up_to_the_edge_of_the_records() -> None:
    still = Duration(shortest=0.0, longest=None, recorded=3_723.44)
    assert (
        times.headline(still)
        == "no end seen; if it lasted to the end of the records, 1 h 2 min 3 s"
    )
    before = times.headline(still, ended=True)
    assert before == "no start seen; if it lasted from the start of the records, 1 h 2 min 3 s"
    seen = Duration(shortest=60.0, longest=None, recorded=3_723.44)
    least = "at least 1 min 0 s; no end seen; if it lasted to the end of the records, 1 h 2 min 3 s"
    assert times.headline(seen) == least
    assert (times.within(still), times.within(seen)) == ("", "")


def test_no_length_is_stated_twice() -> None:
    assert times.within(Duration(shortest=640.0, longest=680.5)) == ""
    assert times.within(Duration(shortest=5.0, longest=5.0)) == ""
    assert times.within(Duration(shortest=0.0, longest=0.5)) == "0.0 s – 0.5 s"


@given(st.floats(0, 1e7), st.floats(0, 1e5))
def test_printed_duration_contains_the_true_one(shortest: float, spread: float) -> None:
    longest = shortest + spread
    first, last = times.exact_bounds(Duration(shortest=shortest, longest=longest)).split(" – ")
    assert in_seconds(first) <= shortest + 1e-9
    assert in_seconds(last) >= longest - 1e-9


@given(
    st.timedeltas(timedelta(days=-10_000), timedelta(days=10_000)),
    st.timedeltas(timedelta(0), timedelta(days=2)),
)
def test_instant_contains_its_bounds(distance: timedelta, width: timedelta) -> None:
    earliest = ACT + distance
    latest = earliest + width
    shown = times.instant(earliest, latest)
    half = timedelta(seconds=float(shown.half))
    assert shown.middle - half <= earliest
    assert latest <= shown.middle + half
    assert "E" not in shown.half


def test_between() -> None:
    tenth = timedelta(seconds=0.1)
    assert times.between(ACT, ACT) == "2017-11-02 22:50:03.412"
    assert times.between(ACT - tenth, ACT + tenth) == "2017-11-02 22:50:03.41 ±0.11 s"
    assert times.between(ACT, None) == "2017-11-02 22:50:03 or later"
    assert times.between(None, ACT) == "2017-11-02 22:50:04 or earlier"
    assert times.between(None, None) == "open"
    hour = times.between(ACT, ACT + timedelta(hours=1))
    assert hour == "2017-11-02 22:50:03 – 2017-11-02 23:50:04"
    assert times.span(ACT, ACT + timedelta(hours=1)) == "2017-11-02 22:50:04 – 2017-11-02 23:50:03"
    assert times.span(ACT, ACT + tenth) == "2017-11-02 22:50:03.412 – 2017-11-02 22:50:03.512"


@pytest.mark.parametrize(
    ("granule", "tolerance", "shown"),
    [
        (0.001, 5, "2017-11-02 22:50:03.4 ±5.1 s"),
        (0.001, 9.7, "2017-11-02 22:50:03.4 ±9.8 s"),
        (0.001, 14, "2017-11-02 22:50:03 ±15 s"),
        (0.001, 0.01, "2017-11-02 22:50:03.412 ±0.011 s"),
    ],
)
def test_a_time_has_no_more_digits_than_its_doubt(
    granule: float, tolerance: float, shown: str
) -> None:
    wide, end = timedelta(seconds=tolerance), timedelta(seconds=granule)
    assert times.between(ACT - wide, ACT + end + wide) == shown


def test_of_a_whole_second_the_stamp_is_shown() -> None:
    second = ACT.replace(microsecond=0)
    earliest, latest = second - timedelta(seconds=12), second + timedelta(seconds=13)
    assert times.between(earliest, latest) == "2017-11-02 22:50:03 ±13 s"


def test_local_clock_says_the_offset_and_another_date() -> None:
    assert times.local_clock(ACT, ZoneInfo("America/Los_Angeles")) == "15:50:03 −07:00"
    assert times.local_clock(ACT, ZoneInfo("Europe/Paris")) == "23:50:03 +01:00"
    assert times.local_clock(ACT, ZoneInfo("Asia/Manila")) == "2017-11-03 06:50:03 +08:00"


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../../etc/passwd", "\x00"])
def test_an_unknown_zone_is_no_zone(name: str | None) -> None:
    assert times.zone_named(name) is None


def test_utc_is_not_shown_twice() -> None:
    assert times.beside_utc(UTC) is None
    assert times.beside_utc(ZoneInfo("UTC")) is None
    assert times.beside_utc(ZoneInfo("Asia/Manila")) is not None
