from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import UsageError
from forensics.timeline.when import parse, utc_text, window

NOW = datetime(2017, 11, 3, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2017-11-02 18:50 EDT", "2017-11-02T22:50:00Z"),
        ("2 Nov 2017 23:50 CET", "2017-11-02T22:50:00Z"),
        ("2017-11-02 15:50 America/Los_Angeles", "2017-11-02T22:50:00Z"),
        ("2017-11-02 15:50 america/los_angeles", "2017-11-02T22:50:00Z"),
        ("2017-11-02T18:50:03.412-04:00", "2017-11-02T22:50:03.412Z"),
        ("20171102T225003Z", "2017-11-02T22:50:03Z"),
        ("Thu Nov 2 18:50:00 EDT 2017", "2017-11-02T22:50:00Z"),
        ("Thu, 02 Nov 2017 18:50:00 -0400 (EDT)", "2017-11-02T22:50:00Z"),
        ("2 Nov 2017 7pm ET", "2017-11-02T23:00:00Z"),
        ("2017-11-03 00:00 Europe/Paris", "2017-11-02T23:00:00Z"),
        ("2-Nov-2017 22:50", "2017-11-02T22:50:00Z"),
        ("2017-11-02 22:50 UTC+2", "2017-11-02T20:50:00Z"),
        ("13/11/2017 10:00", "2017-11-13T10:00:00Z"),
        ("1509663003", "2017-11-02T22:50:03Z"),
        ("1509663003412", "2017-11-02T22:50:03.412Z"),
        ("now", "2017-11-03T12:00:00Z"),
        ("3 days ago", "2017-10-31T12:00:00Z"),
        ("90 minutes ago", "2017-11-03T10:30:00Z"),
        ("2 months ago", "2017-09-03T12:00:00Z"),
    ],
)
def test_a_time_of_day_is_one_instant(text: str, utc: str) -> None:
    instant = parse(text, now=NOW)
    assert (utc_text(instant.earliest), utc_text(instant.latest)) == (utc, utc)


def test_seven_in_new_york_was_midnight_in_paris_in_the_week_between_the_clock_changes() -> None:
    newyork = parse("2017-11-02 19:00", zone="America/New_York")
    assert newyork.earliest == parse("2017-11-03 00:00", zone="Europe/Paris").earliest
    assert newyork.earliest == parse("2017-11-02 16:00 PDT").earliest
    assert newyork.earliest != parse("2017-11-02 19:00 EST").earliest


@pytest.mark.parametrize(
    ("text", "zone", "start", "end"),
    [
        ("2017-11-02", "UTC", "2017-11-02T00:00:00Z", "2017-11-03T00:00:00Z"),
        ("2 Nov 2017", "Europe/Paris", "2017-11-01T23:00:00Z", "2017-11-02T23:00:00Z"),
        ("2017-10-29", "Europe/Paris", "2017-10-28T22:00:00Z", "2017-10-29T23:00:00Z"),
        ("yesterday", "UTC", "2017-11-02T00:00:00Z", "2017-11-03T00:00:00Z"),
        ("yesterday CET", "UTC", "2017-11-01T23:00:00Z", "2017-11-02T23:00:00Z"),
        ("2017-11", "UTC", "2017-11-01T00:00:00Z", "2017-12-01T00:00:00Z"),
        ("2017", "UTC", "2017-01-01T00:00:00Z", "2018-01-01T00:00:00Z"),
    ],
)
def test_a_date_alone_is_its_whole_span(text: str, zone: str, start: str, end: str) -> None:
    instant = parse(text, zone=zone, now=NOW)
    assert (utc_text(instant.earliest), utc_text(instant.latest)) == (start, end)


def test_a_local_time_that_occurred_twice_is_both() -> None:
    instant = parse("2017-11-05 01:30 America/New_York")
    assert utc_text(instant.earliest) == "2017-11-05T05:30:00Z"
    assert utc_text(instant.latest) == "2017-11-05T06:30:00Z"


def test_days_ago_keep_the_time_of_day_and_hours_ago_do_not() -> None:
    monday = datetime(2017, 11, 6, 17, 0, tzinfo=UTC)  # noon in New York, after the change
    assert utc_text(parse("2 days ago", "America/New_York", monday).earliest) == (
        "2017-11-04T16:00:00Z"
    )
    assert utc_text(parse("48 hours ago", "America/New_York", monday).earliest) == (
        "2017-11-04T17:00:00Z"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("garbage", "cannot be read"),
        ("noon", "cannot be read"),
        ("2017-13-45", "cannot be read"),
        ("2017-11-02 25:00", "cannot be read"),
        ("99999999999 days ago", "cannot be read"),
        ("2 Nov", "which year"),
        ("monday", "which year"),
        ("2 Nov 18:50", "no complete date"),
        ("02/11/2017", "2017-11-02 or 2017-02-11"),
        ("2017-03-12 02:30 America/New_York", "jumped over it"),
        ("2017-11-02 18:50 +0200 EDT", "not that of EDT"),
        ("2017-11-02 18:50 XYZ", "'XYZ' is unknown"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse(text, now=NOW)


@given(
    st.datetimes(
        NOW.replace(year=1990, tzinfo=None),
        NOW.replace(year=2037, tzinfo=None),
    ),
    st.sampled_from(["UTC", "America/New_York", "Europe/Paris", "Asia/Manila", "Asia/Kolkata"]),
)
def test_an_instant_contains_what_was_written(local: datetime, zone: str) -> None:
    aware = local.replace(tzinfo=ZoneInfo(zone))
    written = aware.astimezone(UTC)
    if written.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
        with pytest.raises(UsageError):
            parse(local.isoformat(), zone=zone)
        return
    instant = parse(local.isoformat(), zone=zone)
    assert instant.earliest <= written <= instant.latest
    assert parse(aware.isoformat()).earliest == written
    day = parse(local.date().isoformat(), zone=zone)
    assert day.earliest <= written < day.latest


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        instant = parse(text, now=NOW)
    except UsageError:
        return
    assert instant.earliest <= instant.latest


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15m", 900),
        ("2h", 7200),
        ("1d12h", 129_600),
        ("90 s", 90),
        ("1.5h", 5400),
        ("2 hours", 7200),
    ],
)
def test_a_window_is_a_length_of_time(text: str, seconds: float) -> None:
    assert window(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "15", "1x", "-5m", "m", "1h x", "99999999999w"])
def test_a_window_without_a_unit_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="length of time"):
        window(text)


@pytest.mark.parametrize(
    ("microsecond", "text"),
    [(0, "T00:00:00Z"), (412_000, "T00:00:00.412Z"), (412_001, "T00:00:00.412001Z")],
)
def test_an_instant_is_written_no_finer_than_it_needs(microsecond: int, text: str) -> None:
    assert utc_text(datetime(2017, 1, 1, 0, 0, 0, microsecond, tzinfo=UTC)).endswith(text)
