"""What words say of times and lengths, as bounds; what cannot be read is told with a remedy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import ForensicsError, UsageError
from forensics.timeline import wording
from forensics.timeline.wording import Tolerances

SEVEN = datetime(2017, 11, 2, 23, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DEFAULT = Tolerances()


def bounds(text: str, zone: str | None = None, **more: str) -> tuple[float | None, float | None]:
    """The bounds in minutes after 7 p.m. in New York on the 2nd of November 2017."""
    spoken = wording.time(text, zone, DEFAULT, **more)
    assert spoken.base is not None
    earliest, latest = spoken.bounds(spoken.base)
    return (
        None if earliest is None else (earliest - SEVEN) / MINUTE,
        None if latest is None else (latest - SEVEN) / MINUTE,
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2017-11-02 18:45 ET", (-15.5, -14)),
        ("at 2017-11-02 18:45 ET", (-15.5, -14)),
        ("2017-11-02 18:45:30 ET", (-14.5 - 1 / 120, -14.5 + 1 / 60)),
        ("exactly 2017-11-02 18:45 ET", (-15, -15)),
        ("2017-11-02 7 p.m. ET", (-30, 60)),
        ("about 2017-11-02 18:45 ET", (-20, -10)),
        ("around 2017-11-02 3:50 p.m. PT", (-15, -5)),
        ("about 2017-11-02 7 pm ET", (-10, 10)),
        ("about 2017-11-02 19:00 ET", (-10, 10)),
        ("About  2017-11-03 00:00 CET", (-10, 10)),
        ("~2017-11-02 19 h ET", (-10, 10)),
        ("shortly before 2017-11-02 7 p.m. ET", (-15, 0)),
        ("just after 2017-11-02 19:00 ET", (0, 15)),
        ("by 2017-11-02 7:03 pm ET", (None, 3)),
        ("before 2017-11-02 19:00 EDT", (None, 0)),
        ("no later than 2017-11-02 19:00 -04:00", (None, 0)),
        ("after 2017-11-02 23:00Z", (0, None)),
        ("not before 2017-11-02 23:00 UTC", (0, None)),
        ("2017-11-02 18:45 ET ± 5 min", (-20, -10)),
        ("about 2017-11-02 19:00 ET +/- 90 s", (-1.5, 1.5)),
        ("by 2017-11-02 19:00 ET ± 2m", (None, 2)),
        ("2017-11-02 ET", (-19 * 60, 5 * 60)),
    ],
)
def test_times(text: str, shown: tuple[float | None, float | None]) -> None:
    assert bounds(text) == pytest.approx(shown)


def test_the_zone_of_the_file_is_meant_where_none_is_named() -> None:
    assert bounds("by 2017-11-02 19:00", "America/New_York") == (None, 0)
    assert bounds("by 2017-11-02 19:00 ET", "Europe/Paris") == (None, 0)


def test_a_tolerance_takes_the_place_of_the_words() -> None:
    assert bounds("about 2017-11-02 19:00 ET", tolerance="2 min") == (-2, 2)
    assert bounds("shortly before 2017-11-02 19:00 ET", tolerance="2 min") == (-2, 0)
    wide = Tolerances(about_hour=timedelta(minutes=20))
    spoken = wording.time("about 2017-11-02 7 pm ET", None, wide)
    assert (spoken.before, spoken.after) == (timedelta(minutes=20), timedelta(minutes=20))


def test_an_event_stands_for_its_time() -> None:
    spoken = wording.time("shortly after event 3fa1", None, DEFAULT)
    assert (spoken.base, spoken.event) == (None, "3fa1")
    known = SEVEN, SEVEN + MINUTE
    assert spoken.bounds(known) == (SEVEN, SEVEN + 16 * MINUTE)
    at = wording.time("event 3fa1", None, DEFAULT)
    assert at.bounds(known) == known


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2017-11-02 18:45", "names no zone"),
        ("about 2017-11-02", "names no zone"),
        ("18:45 ET", "does not say of which day"),
        ("yesterday", "does not say of which day"),
        ("3 hours ago", "does not say of which day"),
        ("2017-11-02 18:45 IST", "stands for several zones"),
        ("2017-11-02 18:45 XYZ", "is unknown"),
        ("2017-11-05 01:30 ET", "was twice"),
        ("2017-03-12 02:30 ET", "never was"),
        ("02/11/2017 18:45 ET", "can be 2017-11-02 or 2017-02-11"),
        ("about 2017-11-02 18:45 ET ± x", "not a length of time"),
        ("nonsense", "cannot be read"),
        ("9999-12-31 23:59 -05:00", "cannot be read"),
        ("2017-11-02 18:45 ET " + "x" * 300, "longer than"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        wording.time(text, None, DEFAULT)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("11 minutes", (630, 720)),
        ("11 min 30 s", (689.5, 691)),
        ("about 11 minutes", (600, 780)),
        ("11 min ± 20 s", (640, 680)),
        ("exactly 11 minutes", (660, 660)),
        ("at least 90 s", (90, None)),
        ("more than 2h", (7200, None)),
        ("less than 15 minutes", (0, 900)),
        ("1 minute", (30, 120)),
        ("about 1 s", (0, 3)),
    ],
)
def test_lengths(text: str, shown: tuple[float, float | None]) -> None:
    found = wording.length(text)
    longest = None if found.longest is None else found.longest.total_seconds()
    assert (found.shortest.total_seconds(), longest) == shown


@pytest.mark.parametrize("text", ["eleven minutes", "11", "", "11 bananas", "soon", "-3 min"])
def test_what_is_no_length_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="not a length of time"):
        wording.length(text)


@given(st.text(max_size=60) | st.from_regex(r"(about |by )?\d{1,4}[-/ ]\d{1,9}[:.h]?\d* ?[A-Z]*"))
def test_any_text_is_read_or_told(text: str) -> None:
    for read in (lambda: wording.time(text, "UTC", DEFAULT), lambda: wording.length(text)):
        try:
            read()
        except ForensicsError as error:
            assert error.message
