"""Employment at the act: phases, windows, grace, and who stands behind an account."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from forensics.policy import Verdict
from forensics.policy.predicates import employment

POLICY = """
id: T2
title: leavers
level: high
scope: {{action_class: destructive}}
forbid:
  - employment: {{{params}}}
on_unknown: report
"""


def verdict(world: Any, params: str = "phase: [notice, last_day]") -> Verdict:
    found = world.judge(POLICY.format(params=params)).verdicts
    assert len(found) == 1, found
    first: Verdict = found[0]
    return first


@pytest.mark.parametrize(
    ("phases", "value"),
    [
        (["employed"], "compliant"),
        (["last_day"], "violation"),
        (["last_day", "notice"], "violation"),
        (["employed", "notice"], "unknown"),
        (["ended", "last_day"], "unknown"),
        (["leave"], "compliant"),
        (["unknown"], "unknown"),
        ([], "unknown"),
    ],
)
def test_every_phase_the_facts_allow_must_agree(world: Any, phases: list[str], value: str) -> None:
    world.act(phases=phases)
    assert verdict(world).value == value


def test_the_sentence_states_the_facts(world: Any) -> None:
    act = world.act()
    recorded = world.events[0]["time"] - timedelta(days=13)
    day = date(2017, 11, 2)
    world.person(act, phases=["last_day"], last_working_day=day, recorded_at=recorded)
    assert verdict(world).sentences == (
        (
            "contractor-7 was on the last working day (last working day 2017-11-02), as recorded on"
            " 2017-10-20, at 2017-11-02 12:00:00Z"
        ),
    )


def test_an_unknown_phase_names_the_missing_fact(world: Any) -> None:
    world.act(phases=["unknown"])
    assert verdict(world).missing == ("employment of contractor-7 as of 2017-11-02",)


def test_an_unknown_zone_is_the_missing_fact_of_a_mixed_phase(world: Any) -> None:
    act = world.act()
    end = world.events[0]["time"]
    world.person(
        act,
        phases=["ended", "last_day"],
        access_end_earliest=end - timedelta(hours=10),
        access_end_latest=end + timedelta(hours=16),
    )
    assert verdict(world).missing == ("time zone of contractor-7",)


@pytest.mark.parametrize("hours", [12, -24])
def test_rosters_that_differ_on_the_end_are_named(world: Any, hours: int) -> None:
    """Also where the one end that is told is exact, the other row taking it back."""
    act = world.act()
    end = world.events[0]["time"]
    world.person(
        act,
        phases=["ended", "last_day"],
        last_working_day=None,
        access_end_earliest=end - timedelta(days=1),
        access_end_latest=end + timedelta(hours=hours),
        ends=[
            {"source": "hr.csv", "source_row": 2, "last_working_day": end.date()},
            {"source": "it.csv", "source_row": 7, "access_end_latest": end},
            {"source": "north.csv", "source_row": 3},
        ],
        source="hr.csv",
        source_row=2,
    )
    found = verdict(world)
    missing = "the end of access of contractor-7, on which rosters differ"
    assert (found.value, found.missing) == ("unknown", (missing,))
    assert (
        "the rosters differing on the end (2017-11-02 in hr.csv:2 and access until"
        " 2017-11-02 12:00:00Z in it.csv:7 and no end in north.csv:3)"
    ) in found.sentences[0]
    assert not any("the roster's row is" in one for one in found.sentences)


def test_an_end_known_to_the_instant_leaves_the_time_of_the_act(world: Any) -> None:
    act = world.act()
    end = world.events[0]["time"]
    world.person(act, phases=["ended", "last_day"], access_end_earliest=end, access_end_latest=end)
    assert verdict(world).missing == ("exact time of the act",)


@pytest.mark.parametrize(
    ("actor_type", "account_kind", "person", "value"),
    [
        ("user", None, None, "unknown"),
        ("unknown", None, None, "unknown"),
        (None, None, None, "unknown"),
        ("service", None, None, "compliant"),
        ("system", None, None, "compliant"),
        ("unknown", "service", None, "compliant"),
        # Many sources call every account a user. Whom the list names may have used it.
        ("user", "service", None, "compliant"),
        ("user", "service", "p7", "unknown"),
        (None, "service", "p7", "unknown"),
        ("service", "service", "p7", "compliant"),
        ("user", "shared", "p7", "unknown"),
        ("service", "personal", "p7", "violation"),
        ("user", "admin", "p7", "violation"),
    ],
)
def test_who_stands_behind_the_account(
    world: Any, actor_type: str | None, account_kind: str | None, person: str | None, value: str
) -> None:
    act = world.act(actor_type=actor_type)
    world.person(act, phases=["last_day"], account_kind=account_kind, person=person)
    found = verdict(world)
    assert found.value == value
    if value == "unknown":
        assert found.missing == ("person behind account contractor-7",)


def test_an_act_without_an_actor_is_unknown(world: Any) -> None:
    world.act(actor=None, phases=["unknown"])
    world.person("e0", person=None, phases=["unknown"])
    assert verdict(world).missing == ("actor of the act",)


def test_an_act_that_people_never_judged_is_unknown(world: Any) -> None:
    world.act(phases=None)
    assert verdict(world).missing == ("person behind account contractor-7",)


def test_an_account_that_somebody_else_may_have_used_is_not_laid_to_its_owner(world: Any) -> None:
    act = world.act(phases=["last_day"])
    world.doubts = [{"event_uid": act, "sentence": "a device never seen", "evidence": ["e9"]}]
    found = verdict(world)
    assert (found.value, found.evidence) == ("unknown", ("e9",))
    assert found.missing == ("person who used account contractor-7",)
    assert found.sentences == (
        (
            "who used the account contractor-7 is not established: a device never seen,"
            " at 2017-11-02 12:00:00Z"
        ),
    )


WINDOW = "phase: [notice], window: {before_last_day: 30d}"


@pytest.mark.parametrize(
    ("earliest", "latest", "value"),
    [
        (30, 30, "violation"),
        (31, 31, "violation"),
        (31.5, 31.5, "compliant"),
        (30.5, 31.5, "unknown"),
        (None, None, "unknown"),
    ],
)
def test_the_window_counts_back_from_the_last_day(
    world: Any, earliest: float | None, latest: float | None, value: str
) -> None:
    act = world.act()
    now = world.events[0]["time"]
    bounds = [None if d is None else now + timedelta(days=d) for d in (earliest, latest)]
    world.person(act, phases=["notice"], access_end_earliest=bounds[0], access_end_latest=bounds[1])
    found = verdict(world, WINDOW)
    assert found.value == value
    if earliest is None:
        assert found.missing == ("end of access of contractor-7",)


@pytest.mark.parametrize(
    ("ended_minutes_ago", "value"), [(61, "violation"), (60, "violation"), (59, "compliant")]
)
def test_grace_delays_the_end(world: Any, ended_minutes_ago: int, value: str) -> None:
    act = world.act()
    end = world.events[0]["time"] - timedelta(minutes=ended_minutes_ago)
    world.person(act, phases=["ended"], access_end_earliest=end, access_end_latest=end)
    assert verdict(world, "phase: [ended], grace: 60m").value == value


@pytest.mark.parametrize(
    ("minutes_ahead", "value"), [(60, "violation"), (61, "compliant"), (1, "violation")]
)
def test_the_last_hour_of_access(world: Any, minutes_ahead: int, value: str) -> None:
    act = world.act()
    end = world.events[0]["time"] + timedelta(minutes=minutes_ahead)
    world.person(act, phases=["last_day"], access_end_earliest=end, access_end_latest=end)
    found = verdict(world, "phase: [last_day], window: {before_access_end: 1h}")
    assert found.value == value


def test_no_roster_at_all_is_unknown_and_said(world: Any) -> None:
    world.without = {"act_people"}
    world.act()
    evaluation = world.judge(POLICY.format(params="phase: [ended]"))
    assert evaluation.verdicts[0].missing == ("act_people",)
    assert evaluation.not_evaluated == {"T2": "this case has no act_people"}


def test_faults_are_named_by_parameter() -> None:
    good = {"phase": "ended", "as_of": "decision", "grace": "0m", "cutoff": "access_end_at"}
    assert employment.validate(good) == {}
    assert employment.validate({}) == {"": "the parameter 'phase' is missing."}
    faults = employment.validate(
        {"phase": "gone", "as_of": "effect", "grace": 0, "window": {"after": "1d"}, "zone": "UTC",
         "cutoff": "last_working_day"}
    )  # fmt: skip
    assert sorted(faults) == ["as_of", "cutoff", "grace", "phase", "window", "zone"]
    assert "before_access_end" in faults["window"]
    assert employment.validate({"phase": "ended", "window": {"before_last_day": "soon"}})
