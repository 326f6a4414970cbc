from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from forensics.timeline.gaps import gaps, unjudged

T0 = datetime(2017, 11, 1, tzinfo=UTC)


def minutely(days: int, without: range = range(0)) -> list[dict[str, Any]]:
    """An event every ten minutes, numbered, but for some."""
    return [
        {"time": T0 + timedelta(minutes=10 * number), "sequence": number}
        for number in range(days * 144)
        if number not in without
    ]


def test_a_whole_sequence_at_its_rhythm_has_no_gap(load: Any) -> None:
    assert gaps(load(minutely(4))) == ()


def test_missing_numbers_are_counted_and_placed(load: Any) -> None:
    (gap,) = gaps(load(minutely(4, without=range(10, 13))))
    assert (gap.kind, gap.source, gap.count) == ("sequence", "console", 3)
    assert gap.start == T0 + timedelta(minutes=90)
    assert gap.end == T0 + timedelta(minutes=130)
    assert "3 sequence numbers in 1 hole: first 10 to 12" in gap.sentence


def test_a_hole_outside_the_time_asked_about_is_not_told(load: Any) -> None:
    engine = load(minutely(4, without=range(10, 13)))
    assert gaps(engine, T0 + timedelta(hours=3), T0 + timedelta(hours=9)) == ()
    assert len(gaps(engine, T0 + timedelta(hours=2), T0 + timedelta(hours=9))) == 1


def test_numbers_that_are_no_sequence_have_no_holes(load: Any) -> None:
    rows = [{**row, "sequence": row["sequence"] * 7} for row in minutely(4)]
    assert gaps(load(rows)) == ()


def test_tenants_number_their_records_apart(load: Any) -> None:
    rows = [{**row, "tenant": tenant} for row in minutely(1) for tenant in ("x", "y")]
    rows += [{**row, "tenant": None} for row in minutely(1)]
    assert gaps(load(rows)) == ()


def test_an_unusual_silence_is_told(load: Any) -> None:
    rows = [{**row, "sequence": None} for row in minutely(4, without=range(200, 230))]
    (gap,) = gaps(load(rows))
    assert gap.kind == "quiet"
    assert gap.end is not None and gap.start is not None
    assert gap.end - gap.start == timedelta(minutes=310)
    assert "(5 h 10 min); the longest pause of its usual day is 10 min" in gap.sentence


def test_quiet_nights_are_usual(load: Any) -> None:
    rows = [row for row in minutely(5) if 6 <= row["time"].hour < 20]
    assert gaps(load([{**row, "sequence": None} for row in rows])) == ()


def test_the_edges_of_an_export_are_told_where_they_cut_the_question(load: Any) -> None:
    rows = minutely(2)
    engine = load(rows)
    before, after = gaps(engine, T0 - timedelta(days=1), T0 + timedelta(days=9))
    assert after.kind == before.kind == "boundary"
    assert {before.start, before.end, after.start, after.end} == {None, T0, rows[-1]["time"]}
    assert gaps(engine, T0, rows[-1]["time"]) == ()


def test_a_source_of_few_days_is_said_to_be_unjudged(load: Any) -> None:
    unnumbered = [{**row, "sequence": None} for row in minutely(2)]
    (told,) = unjudged(load(unnumbered)).values()
    assert told.startswith("Too little to judge gaps by: 2 days with a pause to measure, 3")
    assert "no sequence numbers" in told
    (told,) = unjudged(load(minutely(1))).values()
    assert told.startswith("Too little to judge quiet stretches by: 1 day with")
    assert "its sequence numbers were looked at" in told
    assert unjudged(load(minutely(3))) == {}


def test_a_single_record_is_too_little(load: Any) -> None:
    (told,) = unjudged(load([{"time": T0, "sequence": None}])).values()
    assert "0 days with a pause to measure" in told


def test_what_is_unjudged_is_not_told_as_quiet(load: Any) -> None:
    rows = [{**row, "sequence": None} for row in minutely(2, without=range(100, 250))]
    engine = load(rows)
    assert gaps(engine) == ()
    assert list(unjudged(engine)) == ["console"]


def office_hours(weeks: int, missing: frozenset[int] = frozenset()) -> list[dict[str, Any]]:
    """A record every quarter of an hour from Monday to Friday, 8 to 18; some days go missing."""
    monday = datetime(2017, 10, 2, 8, tzinfo=UTC)
    days = [day for day in range(weeks * 7) if day % 7 < 5 and day not in missing]
    return [
        {"time": monday + timedelta(days=day, minutes=minutes)}
        for day in days
        for minutes in range(0, 600, 15)
    ]


def test_weekends_are_no_silence(load: Any) -> None:
    assert not [one for one in gaps(load(office_hours(4))) if one.kind == "quiet"]


def test_a_silence_on_working_days_is_one_though_weekends_are_not(load: Any) -> None:
    # From Thursday's evening of the second week to Monday's morning of the fourth.
    rows = office_hours(5, missing=frozenset({11, 14, 15, 16, 17, 18}))
    (found,) = [one for one in gaps(load(rows)) if one.kind == "quiet"]
    assert found.start is not None and found.end is not None
    assert (found.start.day, found.end.day) == (12, 23)
