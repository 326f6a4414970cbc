"""Records, mirrors and checks of one outage as one network: nothing that bears on it widens it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from forensics.timeline.model import Outage
from forensics.timeline.outage import reconstruct
from forensics.timeline.told import Told

T0 = datetime(2024, 5, 1, 15, 0, tzinfo=UTC)
KEPT = {"console": 5.0, "other": 5.0, "probe": 1.0}
Row = dict[str, Any]


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def act(seconds: float, verb: str, source: str = "console", request: str | None = None) -> Row:
    told = {"action": f"account.{verb}", "source": source, "request_id": request}
    return {"time": at(seconds), "event_uid": f"{source}.{verb}@{seconds}", **told}


def checks(start: float, end: float) -> list[Row]:
    """A check a minute, at the half minutes, that finds it down in between."""
    return [
        {
            "time": at(60 * minute + 30),
            "source": "probe",
            "action": "probe.check",
            "asserted_state": "unavailable" if start <= 60 * minute + 30 < end else "active",
        }
        for minute in range(-10, 25)
    ]


def mirrored(apart: float) -> list[Row]:
    """One outage of eleven minutes in two logs, by the requests they share."""
    return [
        act(end + late, verb, source, f"request-{verb}")
        for end, verb in ((0, "deactivate"), (660, "activate"))
        for source, late in (("console", 0.0), ("other", apart))
    ]


def only(load: Any, rows: list[Row], *told: Told) -> Outage:
    (outage,) = reconstruct(load(rows), "@headofstate", KEPT, told=told).outages
    return outage


def said(outage: Outage) -> str:
    (found,) = [one for one in outage.sentences if one.startswith("Not all of the clocks")]
    return found


def test_checks_that_contradict_a_clock_widen_no_bound_to_a_day(load: Any) -> None:
    rows = [act(160, "deactivate"), act(820, "activate"), *checks(100, 780)]
    found = reconstruct(load(rows), "@headofstate", KEPT)
    (outage,) = found.outages
    # From the last check that found it up to the act; either clock may be the wrong one.
    assert (outage.start_earliest, outage.start_latest) == (at(89), at(165.001))
    assert (outage.end_earliest, outage.end_latest) == (at(749), at(825.001))
    assert "if console is, it began between 2024-05-01T15:02:35Z" in said(outage)
    assert "if probe is, it began between 2024-05-01T15:01:29Z" in said(outage)
    assert outage.start_basis is not None and outage.start_basis.grade == "C"
    assert "cannot both be right" in outage.probe[0].sentence
    # The states have the bounds of the outage.
    down = found.intervals[1]
    assert (down.start_earliest, down.end_latest) == (outage.start_earliest, outage.end_latest)
    assert found.derivation[-1].rule == "weighed together"


def test_a_mirror_tightens_and_stamps_outside_the_bounds_are_said_to_be_stamps(load: Any) -> None:
    found = reconstruct(load(mirrored(90)), "@headofstate", KEPT, told=[Told("console", -5, 5)])
    (outage,) = found.outages
    assert (outage.start_earliest, outage.start_latest) == (at(-5), at(5.001))
    first = reconstruct(load(mirrored(-90)), "@headofstate", KEPT, told=[Told("console", -5, 5)])
    assert first.outages[0].start_latest == at(5.001)
    assert "2024-05-01T14:58:30Z as other stamped it" in first.intervals[1].sentence
    assert any("as other stamped it" in one.sentence for one in first.outages[0].stages)


def test_one_request_in_two_logs_is_one_act_whatever_their_clocks_say(load: Any) -> None:
    outage = only(load, mirrored(90), Told("console", -5, 5), Told("other", -5, 5))
    assert outage.duration.shortest <= 660 <= (outage.duration.longest or 0)
    assert (outage.duration.longest or 0) - outage.duration.shortest < 3
    assert (outage.start_earliest, outage.start_latest) == (at(-5), at(95.001))
    assert "if console is" in said(outage) and "if other is" in said(outage)
    assert len(outage.causes) == 1
    # Also where one log is over before the other begins, and if nothing is told of them.
    assert only(load, mirrored(900)).causes[0].also_recorded_by


def test_clocks_that_cannot_both_be_right_are_no_grade_a(load: Any) -> None:
    outage = only(load, mirrored(90))
    assert outage.start_basis is not None
    assert (outage.start_basis.grade, len(outage.start_basis.sources)) == ("C", 2)
    assert (outage.start_earliest, outage.start_latest) == (at(-5), at(95.001))
