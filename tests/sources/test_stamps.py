"""Time stamps as they are written: instant, granularity and what is known of the zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from forensics.engine import Row
from forensics.errors import DeclarationError

Run = Callable[..., list[Row]]


def read(run: Run, text: object, form: str = "iso", zone: str = "UTC") -> tuple[object, ...]:
    forms = form if form.startswith("[") else f'"{form}"'
    (row,) = run(
        {"at": text},
        event=f'time = {{ path = "at", format = {forms} }}',
        record=f'zone = "{zone}"',
    )
    time = row["time"]
    text = None if time is None else time.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return text, row["time_precision"], row["time_basis"]


@pytest.mark.parametrize(
    ("written", "instant", "precision", "basis"),
    [
        ("2026-01-05T09:12:44Z", "2026-01-05T09:12:44Z", "s", "utc"),
        ("2026-01-05T09:12:44z", "2026-01-05T09:12:44Z", "s", "utc"),
        ("2026-01-05 09:12:44 Z", "2026-01-05T09:12:44Z", "s", "utc"),
        ("2026-01-05 09:12:44 UTC", "2026-01-05T09:12:44Z", "s", "utc"),
        ("2026-01-05T09:12:44.123Z", "2026-01-05T09:12:44.123000Z", "ms", "utc"),
        ("2026-01-05T09:12:44,123Z", "2026-01-05T09:12:44.123000Z", "ms", "utc"),
        ("2026-01-05T09:12:44.123456789Z", "2026-01-05T09:12:44.123456Z", "us", "utc"),
        ("2026-01-05T09:12:44+05:30", "2026-01-05T03:42:44Z", "s", "offset"),
        ("2026-01-05T09:12:44+0530", "2026-01-05T03:42:44Z", "s", "offset"),
        ("2026-01-05T09:12:44 +05:30", "2026-01-05T03:42:44Z", "s", "offset"),
        ("2026-01-05T09:12:44.5-08", "2026-01-05T17:12:44.500000Z", "ms", "offset"),
        ("2026-01-05T09:12:44-00:00", "2026-01-05T09:12:44Z", "s", "offset"),
        (" 2026-01-05T09:12:44 ", "2026-01-05T09:12:44Z", "s", "assumed"),
        ("2026-01-05T09:12", "2026-01-05T09:12:00Z", "min", "assumed"),
        ("2026-01-05", "2026-01-05T00:00:00Z", "day", "assumed"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "s", "utc"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "s", "utc"),
    ],
)
def test_iso(run: Run, written: str, instant: str, precision: str, basis: str) -> None:
    assert read(run, written) == (instant, precision, basis)


@pytest.mark.parametrize(
    "written",
    [
        "infinity", "-infinity", "epoch", "now", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00", "2026-01-05 (BC)", "2026-13-05T09:12:44Z", "yesterday",
        # A zone that is not taken into account must not be read past.
        "2026-01-05T09:12:44+99:00", "2026-01-05T09:12:44+05:30:15",
        "2026-01-05 09:12:44 America/New_York", "2026-01-05 09:12:44 EST", "",
        "2026-01-05T09:12:44Z; DROP TABLE x",
    ],
)  # fmt: skip
def test_what_is_no_instant_is_none(run: Run, written: str) -> None:
    assert read(run, written)[0] is None


@pytest.mark.parametrize(
    ("zone", "written", "instant", "basis"),
    [
        ("America/New_York", "2017-11-02 18:50:00", "2017-11-02T22:50:00Z", "assumed"),
        ("America/New_York", "2017-11-05 01:30:00", None, "ambiguous"),
        ("America/New_York", "2017-11-05 00:59:59", "2017-11-05T04:59:59Z", "assumed"),
        ("America/New_York", "2017-11-05 02:00:00", "2017-11-05T07:00:00Z", "assumed"),
        ("America/New_York", "2017-03-12 02:30:00", None, "nonexistent"),
        ("Australia/Lord_Howe", "2026-04-05 01:45:00", None, "ambiguous"),
        ("Antarctica/Troll", "2025-10-26 02:30:00", None, "ambiguous"),
        ("Asia/Kolkata", "2026-01-05 09:00:00", "2026-01-05T03:30:00Z", "assumed"),
    ],
)
def test_wall_clocks_are_read_in_their_zone(
    run: Run, zone: str, written: str, instant: str | None, basis: str
) -> None:
    found = read(run, written, zone=zone)
    assert found[2] == basis
    assert instant is None or found[0] == instant


@pytest.mark.parametrize(
    ("form", "written", "instant", "precision"),
    [
        ("epoch_s", 1583364251, "2020-03-04T23:24:11Z", "s"),
        ("epoch_s", "1583364251.067", "2020-03-04T23:24:11.067000Z", "us"),
        ("epoch_ms", 1583364251067, "2020-03-04T23:24:11.067000Z", "ms"),
        ("epoch_ms", 1583364251067.0, "2020-03-04T23:24:11.067000Z", "us"),
        ("epoch_us", 1583364251067123, "2020-03-04T23:24:11.067123Z", "us"),
        ("epoch_s", 0, "1970-01-01T00:00:00Z", "s"),
        ("epoch_s", -1, "1969-12-31T23:59:59Z", "s"),
    ],
)
def test_epochs(run: Run, form: str, written: object, instant: str, precision: str) -> None:
    assert read(run, written, form) == (instant, precision, "utc")


@pytest.mark.parametrize("written", ["soon", 10**30, "NaN", "1e999", "", 253402300800])
def test_numbers_that_are_no_instant_are_none(run: Run, written: object) -> None:
    assert read(run, written, "epoch_s")[0] is None


def test_patterns_are_tried_in_order(run: Run) -> None:
    forms = '["%m/%d/%Y %I:%M:%S %p", "%d.%m.%Y"]'
    assert read(run, "01/05/2026 09:12:44 PM", forms)[0] == "2026-01-05T21:12:44Z"
    assert read(run, "31.12.2026", forms)[0] == "2026-12-31T00:00:00Z"
    assert read(run, "31.13.2026", forms)[0] is None


def test_a_pattern_with_an_offset_takes_it_into_account(run: Run) -> None:
    found = read(run, "05/Jan/2026:09:12:44 +0200", "%d/%b/%Y:%H:%M:%S %z", "Asia/Tokyo")
    assert found == ("2026-01-05T07:12:44Z", "s", "offset")


def test_a_missing_stamp_has_no_granularity(run: Run) -> None:
    (row,) = run({"at": None})
    assert (row["time"], row["time_precision"]) == (None, None)


@pytest.mark.parametrize("form", ["epoch", "%Y-%m-%d|iso", "rfc822"])
def test_an_unknown_format_is_refused(run: Run, form: str) -> None:
    if "%" in form:
        assert read(run, "2026-01-05", form)[0] is None
        return
    with pytest.raises(DeclarationError, match="time format"):
        read(run, "x", form)


def test_the_latest_instant_can_be_compared(run: Run) -> None:
    (row,) = run({"at": "9999-12-31T23:59:59.999999Z"})
    assert row["time"] > datetime(2026, 1, 1, tzinfo=UTC)
