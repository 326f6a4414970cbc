"""The drawing never claims more certainty than the bounds give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from forensics.findings.document import Duration, Outage, Reconstruction
from forensics.reports.bar import bar, tick_label

SECOND = timedelta(seconds=1)
SECONDS = st.timedeltas(timedelta(0), timedelta(days=3))


def with_bounds(
    outage: Outage, first: timedelta, certain: timedelta, last: timedelta
) -> tuple[Outage, datetime]:
    start = outage.start_earliest
    ends = start + first, start + first + certain, start + first + certain + last
    changed = replace(outage, start_latest=ends[0], end_earliest=ends[1], end_latest=ends[2])
    return changed, ends[2]


@given(first=SECONDS, certain=SECONDS, last=SECONDS, most=st.integers(2, 20))
def test_certain_lies_within_possible(
    eleven_minutes: Reconstruction, first: timedelta, certain: timedelta, last: timedelta, most: int
) -> None:
    outage, _ = with_bounds(eleven_minutes.outages[0], first, certain, last)
    drawn = bar(outage, None, most_ticks=most)
    assert 0 <= drawn.possible.start <= drawn.possible.end <= 1
    assert (drawn.certain is not None) == (certain > timedelta(0))
    if drawn.certain:
        assert drawn.possible.start <= drawn.certain.start <= drawn.certain.end
        assert drawn.certain.end <= drawn.possible.end
    assert len(drawn.ticks) <= most + 1
    assert [tick.at for tick in drawn.ticks] == sorted(tick.at for tick in drawn.ticks)


def test_overlapping_bounds_leave_nothing_certain(eleven_minutes: Reconstruction) -> None:
    outage = eleven_minutes.outages[0]
    early = replace(outage, end_earliest=outage.start_earliest)
    assert bar(early, None, most_ticks=9).certain is None


def test_open_outage_reaches_the_horizon(eleven_minutes: Reconstruction) -> None:
    open_ended = replace(
        eleven_minutes.outages[0],
        end_earliest=None,
        end_latest=None,
        duration=Duration(shortest=0.0, longest=None),
    )
    drawn = bar(open_ended, eleven_minutes.window_end, most_ticks=9)
    assert drawn.open_end
    assert drawn.certain is None
    assert drawn.possible.end == 1
    assert drawn.end == eleven_minutes.window_end
    bar(open_ended, None, most_ticks=9)


@given(shortest=st.floats(0, 1e5))
def test_an_open_outage_is_certain_from_any_start_for_its_shortest(
    eleven_minutes: Reconstruction, shortest: float
) -> None:
    ongoing = replace(
        eleven_minutes.outages[0],
        end_earliest=None,
        end_latest=None,
        duration=Duration(shortest=shortest, longest=None),
    )
    horizon = ongoing.start_latest + timedelta(days=2)
    drawn = bar(ongoing, horizon, most_ticks=9)
    surely_down_until = ongoing.start_earliest + timedelta(seconds=shortest)
    assert (drawn.certain is not None) == (surely_down_until > ongoing.start_latest)
    if drawn.certain:
        length = drawn.end - drawn.start
        assert abs(drawn.start + drawn.certain.end * length - surely_down_until) < SECOND
        assert drawn.possible.start < drawn.certain.start < drawn.certain.end < 1


def test_ticks_are_round_times(eleven_minutes: Reconstruction) -> None:
    drawn = bar(eleven_minutes.outages[0], None, most_ticks=7)
    assert [tick_label(tick.time, drawn.tick_step) for tick in drawn.ticks] == [
        "22:50",
        "22:55",
        "23:00",
    ]
    assert (
        tick_label(datetime(2017, 11, 2, 1, 2, 3, tzinfo=UTC), timedelta(seconds=5)) == "01:02:03"
    )
    assert tick_label(datetime(2017, 11, 2, tzinfo=UTC), timedelta(days=2)) == "11-02"


def test_checks_outside_the_axis_are_not_drawn(eleven_minutes: Reconstruction) -> None:
    outage = eleven_minutes.outages[0]
    probe = replace(outage.probe[0], last_up_before=outage.start_earliest - timedelta(days=1))
    drawn = bar(replace(outage, probe=(probe,)), None, most_ticks=9).probes[0]
    assert drawn.last_up_before is None
    assert drawn.first_down is not None
