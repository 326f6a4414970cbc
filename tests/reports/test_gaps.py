"""A gap near an outage is always told; only one that surely lies elsewhere is counted."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from forensics.findings.document import Reconstruction
from forensics.reports import gaps

DAY = timedelta(days=1)


def text(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


def test_only_what_surely_lies_elsewhere_is_far(eleven_minutes: Reconstruction) -> None:
    near, far = gaps.split(eleven_minutes.coverage.gaps, eleven_minutes.outages)
    assert [gap.split()[0:3] for gap in near] == [
        ["Console", "logs", "begin"],
        ["moderation_console", "has", "no"],
        ["moderation_console", "lacks", "9"],
    ]
    assert [gap.split()[0:2] for gap in far] == [
        ["moderation_console", "lacks"],
        ["okta_system", "recorded"],
        ["status_probe", "has"],
    ]


@given(
    st.timedeltas(timedelta(days=-4), timedelta(days=4)),
    st.timedeltas(timedelta(0), timedelta(days=4)),
)
def test_a_pause_is_near_when_it_touches_a_day_around(
    eleven_minutes: Reconstruction, distance: timedelta, length: timedelta
) -> None:
    (outage,) = eleven_minutes.outages
    assert outage.end_latest is not None
    start = outage.start_earliest + distance
    end = start + length
    pause = f"console recorded nothing from {text(start)} to {text(end)} (1 d); it usually does."
    touches = start <= outage.end_latest + DAY and end >= outage.start_earliest - DAY
    assert gaps.split([pause], [outage]) == (([pause], []) if touches else ([], [pause]))
    before = f"console has no records before {text(start)}, within the time asked about."
    assert bool(gaps.split([before], [outage])[0]) == (start >= outage.start_earliest - DAY)
    after = f"console has no records after {text(start)}, within the time asked about."
    assert bool(gaps.split([after], [outage])[0]) == (start <= outage.end_latest + DAY)


def test_every_gap_matters_when_no_outage_was_found(eleven_minutes: Reconstruction) -> None:
    found = eleven_minutes.coverage.gaps
    assert gaps.split(found, []) == (list(found), [])


def test_an_open_outage_reaches_all_that_comes_later(eleven_minutes: Reconstruction) -> None:
    ongoing = replace(eleven_minutes.outages[0], end_earliest=None, end_latest=None)
    late = "console has no records after 2031-01-01T00:00:00Z, within the time asked about."
    assert gaps.split([late], [ongoing]) == ([late], [])
    assert gaps.split([late], eleven_minutes.outages) == ([], [late])


def test_one_of_several_outages_is_enough(eleven_minutes: Reconstruction) -> None:
    (outage,) = eleven_minutes.outages
    by = timedelta(days=-10)
    early = replace(
        outage, start_earliest=outage.start_earliest + by, end_latest=outage.start_latest + by
    )
    near, _ = gaps.split(eleven_minutes.coverage.gaps, [outage, early])
    assert any("in 1 hole" in gap for gap in near)


def test_a_time_that_is_none_is_not_believed(eleven_minutes: Reconstruction) -> None:
    odd = "x recorded nothing from 2017-13-45T99:00:00Z to 2017-13-45T99:00:01Z (1 s)."
    assert gaps.split([odd], eleven_minutes.outages) == ([odd], [])
