"""Checks that saw an effect before its act: one contradicts, many measure, a change splits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from forensics.timeline import clocks, grading
from forensics.timeline.outage import reconstruct
from forensics.timeline.told import Told

T0 = datetime(2024, 3, 5, 12, 0, tzinfo=UTC)
KEPT = {"console": 5, "probe": 1}
Row = dict[str, Any]


def outage(target: str, begin: float, end: float, *, seen: tuple[float, float]) -> list[Row]:
    """Acts at two minutes, and a check a minute that found it down between two others."""
    verbs = ((begin, "account.deactivate"), (end, "account.restore"))
    rows: list[Row] = [
        {"time": T0 + timedelta(minutes=at), "action": verb, "target": target} for at, verb in verbs
    ]
    for minute in range(int(seen[0]) - 5, int(seen[1]) + 6):
        down = seen[0] <= minute < seen[1]
        state = "unavailable" if down else "active"
        check = {"source": "probe", "action": "probe.check", "asserted_state": state}
        rows.append({"time": T0 + timedelta(minutes=minute, seconds=20), "target": target, **check})
    return rows


def several(bad: dict[int, float], late: float = 0) -> list[Row]:
    """Eight outages of 20 minutes; a check saw those in `bad` so many minutes too early."""
    return [
        row
        for n in range(8)
        for begin in [60 * n + 10]
        for row in outage(
            f"@a{n}", begin + late, begin + 20 + late, seen=(begin - bad.get(n, 0), begin + 20)
        )
    ]


def test_one_check_that_contradicts_moves_no_clock(load: Any) -> None:
    engine = load(several({3: 7}))
    found = clocks.register(engine, KEPT)
    bounds = {one.source: [(s.offset_low_s, s.offset_high_s) for s in one.segments]
              for one in found.sources}  # fmt: skip
    assert bounds == {"console": [(-5, 5)], "probe": [(-1, 1)]}
    assert {one.verdict for one in found.sources} == {"contradicted"}
    assert found.pairs[0].sentence.startswith("1 act is stamped after a check already saw")
    assert found.pairs[0].evidence


def test_a_contradicted_clock_is_not_bounded(load: Any) -> None:
    engine = load(several({3: 7}))
    clocks.register(engine, KEPT)
    assert grading.trust(engine, {}).unbounded == {"console", "probe"}
    engine = load(several({}))
    clocks.register(engine, KEPT)
    assert grading.trust(engine, {}).unbounded == frozenset()


def test_most_acts_that_contradict_show_a_clock_that_is_off(load: Any) -> None:
    engine = load(several({}, late=7))
    console = clocks.register(engine, KEPT).sources[0]
    assert console.segments[0].offset_high_s > 400
    # Nothing bounds it above, so no grade may say that something does.
    assert "console" in grading.trust(engine, {}).unbounded


def test_a_clock_set_forward_in_an_outage_does_not_cancel(load: Any) -> None:
    engine = load(outage("@t", 10, 150, seen=(10, 30)))
    found = clocks.register(engine, KEPT)
    assert found.pairs[0].verdict == "refuted"
    assert "the time between two acts is not that between their effects" in found.pairs[0].sentence
    (one,) = reconstruct(engine, "@t", KEPT).outages
    assert one.duration.shortest <= 20 * 60 <= (one.duration.longest or 0)
    assert [probe.agrees for probe in one.probe] == ["silent"]
    assert not any("cancels" in sentence for sentence in one.sentences)


def test_a_clock_set_between_outages_splits_there(load: Any) -> None:
    before, after = several({}), several({}, late=90)
    rows = [row for row in before if row["target"] in ("@a0", "@a1", "@a2")]
    rows += [row for row in after if row["target"] in ("@a3", "@a4", "@a5")]
    engine = load(rows)
    console = clocks.register(engine, KEPT).sources[0]
    assert [one.number for one in console.segments] == [0, None, 1]
    assert (console.segments[0].offset_low_s, console.segments[0].offset_high_s) == (-5, 5)
    assert console.segments[2].offset_high_s > 90 * 60 - 60


def test_a_clock_set_there_and_back_splits_twice(load: Any) -> None:
    rows = [
        row
        for n in range(6)
        for late in [10 if n in (2, 3) else 0]
        for begin in [60 * n + 10]
        for row in outage(f"@a{n}", begin + late, begin + 20 + late, seen=(begin, begin + 20))
    ]
    found = clocks.register(load(rows), KEPT)
    assert (found.pairs[0].verdict, found.pairs[0].pieces) == ("refuted", 3)
    assert [one.number for one in found.sources[0].segments] == [0, None, 1, None, 2]


def test_accounts_of_two_tenants_tie_no_clocks(load: Any) -> None:
    rows = outage("@t", 10, 30, seen=(5, 25))
    told = [{**row, "tenant": "b" if row.get("source") else "a"} for row in rows]
    assert [one.verdict for one in clocks.register(load(told), KEPT).pairs] == ["no anchors"]


def test_a_check_confirms_nothing_by_a_clock_told_against_the_records(load: Any) -> None:
    engine = load(outage("@t", 20, 40, seen=(10, 30)))
    told = [Told("console", -5, 5)]
    (one,) = reconstruct(engine, "@t", KEPT, told=told).outages
    assert [probe.agrees for probe in one.probe] == ["silent"]
    assert "contradicts the records" in one.probe[0].sentence
    assert one.start_basis is not None and one.start_basis.grade == "B"
