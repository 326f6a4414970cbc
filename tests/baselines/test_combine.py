"""From chances to nights worth a look: Bonferroni, Benjamini and Hochberg, the budget."""

from __future__ import annotations

from typing import Any

import pytest

from forensics.baselines import combine
from forensics.baselines.reading import Reading, chance, night


def reading(who: str, day: int, p: float | None, statistic: str = "more than usual") -> Reading:
    return Reading(statistic, who, day, p, "words", (), "verb", ("other",))


def test_the_least_chance_times_the_statistics_that_were_asked() -> None:
    found = [reading("a", 1, 0.02), reading("a", 1, 0.001, "hour"), reading("a", 1, None)]
    found += [reading("b", 1, 0.4), reading("nobody asked", 1, 1e-9)]
    assert combine.night_chances(found, {("a", 1): 4, ("b", 1): 3, ("c", 1): 4}) == {
        ("a", 1): 0.004,
        ("b", 1): 1.0,
    }


def test_benjamini_and_hochberg_night_by_night() -> None:
    asked = {(f"w{n}", day): 4 for n in range(10) for day in (1, 2)}
    # Lines of ten people: .01, .02, .03 ... The second lies above its own, the third below.
    chances = {("w1", 1): 0.009, ("w2", 1): 0.025, ("w3", 1): 0.03, ("w4", 1): 0.05}
    chances |= {("w1", 2): 0.011}
    assert set(combine.kept(chances, asked)) == {("w1", 1), ("w2", 1), ("w3", 1)}


def test_a_budget_keeps_rules_and_the_least_likely() -> None:
    unusual: dict[tuple[str, int], float | None] = {("a", 1): 1e-9, ("b", 1): 1e-4, ("c", 1): None}
    unusual |= {("a", 2): 1e-3}
    assert set(combine.within(unusual, 2)) == {("a", 1), ("c", 1), ("a", 2)}
    assert combine.within(unusual, 0) == {}


def test_chances_and_nights_in_words() -> None:
    assert chance(0.25) == "1 in 4"
    assert chance(1 / 4237) == "1 in 4,200"
    assert chance(1e-6) == "1 in 1,000,000"
    assert chance(3e-9) == "less than 1 in 1,000,000"
    assert f"{night(17_472)}" == "2017-11-02"


def test_unusual_nights_of_an_organisation(organisation: Any, first_day: int) -> None:
    judged = combine.judge(organisation.engine())
    found = {(one.who, one.day - first_day): one for one in judged.unusual}
    assert set(found) == {("w1", 52), ("w2", 53), ("w3", 54)}
    burst = found["w1", 52]
    # Eighty of the burst, and one more without a case.
    assert burst.acts == 81
    assert len(burst.uids) == combine.MOST_ACTS + 1
    assert [one.statistic for one in burst.readings] == [
        "unlike peers",
        "more than usual",
        "unlike peers tonight",
    ]
    assert [one.p for one in burst.readings] == sorted(
        (one.p for one in burst.readings), key=lambda p: 2 if p is None else p
    )
    assert (judged.short, judged.people, judged.withheld) == (20, 12, 0)
    named = {row["event_uid"]: row for row in organisation.rows}
    assert {named[uid]["actor"] for uid in burst.uids} == {"w1"}
    fewer = combine.judge(organisation.engine(), budget=0)
    assert (fewer.unusual, fewer.withheld) == ((), 3)


def test_a_short_case_is_not_judged(organisation: Any) -> None:
    kept = [row for row in organisation.rows if row["time"].timetuple().tm_yday < 15]
    judged = combine.judge(organisation.engine(kept))
    assert (judged.nights, judged.person_nights, judged.unusual) == (0, 0, ())
    assert judged.short == len({row["time"].date() for row in kept})


@pytest.mark.parametrize("action", ["account.suspend", "case.close"])
def test_a_session_in_doubt_needs_no_chance(organisation: Any, first_day: int, action: str) -> None:
    place, doubted = next(
        (place, row)
        for place, row in enumerate(organisation.rows)
        if row["action"] == "account.suspend" and row["time"].timetuple().tm_yday == 44
    )
    rows = list(organisation.rows)
    rows[place] = doubted | {"action": action, "target": "@x"}
    engine = organisation.engine(rows)
    doubt = "SELECT $uid AS event_uid, 'a new device' AS sentence"
    engine.keep("act_doubts", doubt, {"uid": doubted["event_uid"]})
    judged = combine.judge(engine)
    found = [one for one in judged.unusual if one.readings[0].statistic == combine.RULE]
    if action == "case.close":
        assert found == []
        return
    (one,) = found
    assert (one.p, doubted["event_uid"] in one.uids) == (None, True)
    assert one.readings[0].sentence == (
        "1 act on a protected target, or destructive or privileged, came in a session unlike the"
        " account's own: a new device."
    )
