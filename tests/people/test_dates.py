"""Dates as rosters write them: read whole or refused, and bounded in UTC."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.people import dates, zone_words

SAN_FRANCISCO = ZoneInfo("America/Los_Angeles")
DUBLIN = ZoneInfo("Europe/Dublin")
SOME_ZONES = st.sampled_from(
    [
        "America/Los_Angeles",
        "Europe/Dublin",
        "Asia/Manila",
        "Asia/Kolkata",
        "Pacific/Kiritimati",
        "Pacific/Chatham",
        "America/Sao_Paulo",
        "America/Havana",
        "Asia/Beirut",
        "UTC",
    ]
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "day", "clock", "hours"),
    [
        ("2017-11-02", date(2017, 11, 2), None, None),
        ("20171102", date(2017, 11, 2), None, None),
        ("2 Nov 2017", date(2017, 11, 2), None, None),
        ("13/11/2017", date(2017, 11, 13), None, None),
        ("2017-11-02T00:00:00", date(2017, 11, 2), time(0), None),
        ("2017-11-02T17:00:00Z", date(2017, 11, 2), time(17), 0),
        ("2019-04-29T15:18:02.4675041+05:30", date(2019, 4, 29), time(15, 18, 2, 467504), 5.5),
        ("2019-04-24 09:15:49 -0700", date(2019, 4, 24), time(9, 15, 49), -7),
        ("2017-11-02T17:00:00.1234567Z", date(2017, 11, 2), time(17, 0, 0, 123456), 0),
        ("2017-11-02T17:00:00.123456789", date(2017, 11, 2), time(17, 0, 0, 123456), None),
    ],
)
def test_reads_day_clock_and_offset_as_written(
    text: str, day: date, clock: time | None, hours: float | None
) -> None:
    written = dates.read(text)
    assert written is not None
    assert (written.day, written.clock) == (day, clock)
    offset = written.offset and written.offset.utcoffset(None)
    assert offset == (None if hours is None else timedelta(hours=hours))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("03/04/2017", "either 2017-03-04 or 2017-04-03"),
        ("02.11.2017", "either"),
        ("Nov 2017", "missing"),
        ("2017", "missing"),
        ("Thursday", "missing"),
        ("soon", "not a date"),
        ("2017-13-40", "not a date"),
        ("2017-11-02T25:00", "not a date"),
        ("2017-11-02 15:00 PDT", "PDT"),
        ("0017-11-02", "plausible"),
        ("2017-11-02" + " " * 60, "too long"),
        ("=cmd|' /C calc'!A0", "not a date"),
        ("2017/13/02", "not a date"),
        ("2017-11-02T24:30:00", "not a date"),
    ],
)
def test_refuses_what_is_incomplete_ambiguous_or_no_date(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        dates.read(text)


@pytest.mark.parametrize("text", ["9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00"])
def test_a_database_s_last_or_first_year_is_no_date(text: str) -> None:
    assert dates.read(text) is None


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_value_error(text: str) -> None:
    try:
        dates.read(text)
    except ValueError:
        return


def test_a_day_without_zone_ends_between_the_outermost_midnights() -> None:
    assert dates.day_end(date(2017, 11, 2), None) == (
        utc("2017-11-02T10:00Z"),
        utc("2017-11-03T12:00Z"),
    )


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)), SOME_ZONES)
def test_no_zone_admits_every_zone(day: date, name: str) -> None:
    earliest, latest = dates.day_end(day, None)
    exact, same = dates.day_end(day, ZoneInfo(name))
    assert exact == same
    assert earliest <= exact <= latest


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)), SOME_ZONES)
def test_a_day_ends_where_the_next_begins_and_is_that_day_until_then(day: date, name: str) -> None:
    zone = ZoneInfo(name)
    start, end = dates.day_start(day, zone)[0], dates.day_end(day, zone)[0]
    assert dates.day_start(day + timedelta(days=1), zone)[0] == end
    if start < end:
        assert start.astimezone(zone).date() == day
        assert (start - timedelta(microseconds=1)).astimezone(zone).date() < day
        assert end.astimezone(zone).date() > day


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        (date(2017, 11, 4), SAN_FRANCISCO, "2017-11-05T07:00Z"),
        (date(2017, 11, 5), SAN_FRANCISCO, "2017-11-06T08:00Z"),
        (date(2017, 10, 28), DUBLIN, "2017-10-28T23:00Z"),
        (date(2017, 10, 29), DUBLIN, "2017-10-30T00:00Z"),
        # Midnight is skipped: the day begins at 01:00 local, the moment the clocks move.
        (date(2017, 10, 14), ZoneInfo("America/Sao_Paulo"), "2017-10-15T03:00Z"),
        # 00:00 to 01:00 happens twice: the day begins the first time.
        (date(2017, 11, 4), ZoneInfo("America/Havana"), "2017-11-05T04:00Z"),
    ],
)
def test_days_end_at_local_midnight_on_nights_when_clocks_change(
    day: date, zone: ZoneInfo, end: str
) -> None:
    assert dates.day_end(day, zone) == (utc(end), utc(end))


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2017-11-05T01:30:00", "2017-11-05T08:30Z", "2017-11-05T09:30Z"),
        ("2017-03-12T02:30:00", "2017-03-12T09:30Z", "2017-03-12T10:30Z"),
        ("2017-11-02T15:00:00", "2017-11-02T22:00Z", "2017-11-02T22:00Z"),
    ],
)
def test_a_clock_time_in_a_fold_or_gap_has_both_readings(
    text: str, earliest: str, latest: str
) -> None:
    written = dates.read(text)
    assert written is not None
    assert dates.instant(written, SAN_FRANCISCO) == (utc(earliest), utc(latest))


def test_a_written_offset_outweighs_the_zone() -> None:
    written = dates.read("2017-11-02T17:00:00+01:00")
    assert written is not None
    assert dates.instant(written, SAN_FRANCISCO)[0] == datetime(2017, 11, 2, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("america/los_angeles", "America/Los_Angeles"),
        ("utc", "UTC"),
        ("+05:30", "UTC+05:30"),
        ("UTC-7", "UTC-07:00"),
        ("GMT+0100", "UTC+01:00"),
    ],
)
def test_zones_by_name_or_offset(name: str, canonical: str) -> None:
    assert dates.zone_name(dates.zone(name)) == canonical
    assert dates.zone(canonical) == dates.zone(name)


@pytest.mark.parametrize("name", ["Mars/Olympus", "America", "../../etc/passwd", "+25:00", "PST"])
def test_unknown_zones_are_refused(name: str) -> None:
    with pytest.raises(LookupError):
        dates.zone(name)


def test_an_unknown_zone_is_answered_with_near_names() -> None:
    with pytest.raises(LookupError, match="America/Los_Angeles"):
        dates.zone("America/LosAngeles")


@pytest.mark.parametrize(
    "text",
    [
        "2017-11-02T17:00:00.1234567Z",
        "2017-11-02 5:00 PM",
        "2017/11/02",
        "2017-11-2",
        "2017.11.02",
        "2017 11 2",
        "20171102",
    ],
)
@pytest.mark.parametrize("day_first", [None, True, False])
def test_a_year_first_is_year_month_day_whatever_the_mapping_says(
    text: str, day_first: bool | None
) -> None:
    written = dates.read(text, day_first)
    assert written
    assert written.day == date(2017, 11, 2)


@pytest.mark.parametrize(
    ("text", "day_first"),
    [("13/04/2017", False), ("04/13/2017", True), ("13.04.17 10:00", False), ("4-13-2017", True)],
)
def test_no_month_is_the_thirteenth(text: str, day_first: bool) -> None:
    with pytest.raises(ValueError, match="there is no month 13"):
        dates.read(text, day_first)
    assert dates.read(text, not day_first)


@pytest.mark.parametrize("text", ["0000-00-00", "00000000", "0000-00-00 00:00:00", "0000/00/00"])
def test_zeros_are_no_date(text: str) -> None:
    assert dates.read(text) is None


def test_the_day_ends_at_24_o_clock() -> None:
    written = dates.read("2017-11-02T24:00:00-07:00")
    assert written
    assert written.day == date(2017, 11, 2)
    assert dates.instant(written, None)[0] == datetime(2017, 11, 3, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PST", "America/Los_Angeles"),
        ("CST", "America/Chicago, Asia/Shanghai, America/Havana"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("w. europe  daylight time", "Europe/Berlin, Europe/Rome"),
        ("GMT-08:00 Pacific Time (Los Angeles)", "America/Los_Angeles"),
        ("Europe/Dublim", "Europe/Dublin"),
        ("???", "Europe/Dublin, Asia/Manila"),
    ],
)
def test_what_is_no_zone_gets_the_zones_it_commonly_stands_for(name: str, meant: str) -> None:
    with pytest.raises(LookupError) as raised:
        dates.zone(name)
    assert str(raised.value.args[0]).startswith(meant)


def test_every_zone_that_is_proposed_exists() -> None:
    proposed = {*zone_words._ABBREVIATIONS.values(), *zone_words._WINDOWS.values()}
    assert {name for names in proposed for name in names.split()} <= zoneinfo.available_timezones()
