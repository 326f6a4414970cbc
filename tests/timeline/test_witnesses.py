"""Records and witnesses weighed together, and the press claims of 2 November 2017 to the second."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import UsageError
from forensics.timeline import statements, testimony, witnesses
from forensics.timeline.model import (
    Duration,
    Evidence,
    Outage,
    ProbeReading,
    StateInterval,
    TargetHistory,
)
from forensics.timeline.statements import Standing, Statements
from forensics.timeline.testimony import Bound, Reading

PRESS = Path(__file__).parents[2] / "sample_logs" / "press-claims"
T0 = datetime(2017, 11, 2, 22, 0, tzinfo=UTC)
EMPTY = TargetHistory("@headofstate", (), None, None, (), (), (), ())


def at(minute: float) -> datetime:
    return T0 + timedelta(minutes=minute)


def edt(text: str) -> datetime:
    return datetime.fromisoformat(f"2017-11-02T{text}-04:00")


def said(*listed: str) -> Statements:
    """Statements of one line each: an id and what is said."""
    lines = [f"- {{id: {one.split(':')[0]}, who: w, {one.split(':', 1)[1]}}}\n" for one in listed]
    text = 'target: "@headofstate"\nzone: UTC\nstatements:\n' + "".join(lines)
    return Statements(statements.parse(text.encode(), "said.yml"), (("said.yml", "0" * 64),))


def outage(number: int = 1, start: float = 50, end: float | None = 61, **more: Any) -> Outage:
    """A recorded outage, its clock known to 5 s."""
    margin = timedelta(seconds=5)
    return Outage(
        number=number,
        state="deactivated",
        start_earliest=at(start) - margin,
        start_latest=at(start) + margin,
        end_earliest=None if end is None else at(end) - margin,
        end_latest=None if end is None else at(end) + margin,
        duration=Duration(0.0, None)
        if end is None
        else Duration((end - start) * 60 - 1, (end - start) * 60 + 1),
        started_by_uid=f"start-{number}",
        ended_by_uid=None if end is None else f"end-{number}",
        causes=(),
        probe=(),
        inferred=False,
        sentences=(),
        **more,
    )


def event(uid: str, minute: float, source: str = "console") -> Evidence:
    blank: dict[str, Any] = dict.fromkeys(
        ("actor", "operation", "target", "case_id", "reason_code", "src_ip", "session_id")
    )
    return Evidence(
        event_uid=uid,
        source=source,
        file="",
        file_sha256="",
        record_no=0,
        time=at(minute),
        earliest=at(minute) - timedelta(seconds=1),
        latest=at(minute) + timedelta(seconds=1),
        time_basis="utc",
        action="other",
        outcome="success",
        device_id=None,
        tool=None,
        sentence="",
        **blank,
    )


KNOWN = {
    one.event_uid: one
    for one in (
        event("start-1", 50),
        event("end-1", 61),
        event("up", 49, "probe"),
        event("down", 51, "probe"),
        event("ticket", 63, "desk"),
    )
}


def cite(uids: Iterable[str]) -> dict[str, Evidence]:
    return {uid: KNOWN[uid] for uid in uids if uid in KNOWN}


def weigh(history: TargetHistory, *listed: str) -> tuple[Outage, testimony.Testimony]:
    """The only outage with what is said, and what the claims came to."""
    (found,) = witnesses.apply(history, said(*listed), cite).outages
    assert found.testimony is not None
    return found, found.testimony


def bound(found: testimony.Testimony, of: str) -> Bound:
    (one,) = (one for one in found.bounds if one.of == of)
    return one


def standing(found: testimony.Testimony) -> dict[str, str]:
    return {one.id: one.standing for one in found.claims}


# The press claims


def press(*ids: str, grade: Standing | None = None) -> tuple[Outage, testimony.Testimony]:
    """The outage that the shipped claims tell of, or only those of these ids."""
    read = statements.load([PRESS / "statements.yml"])
    kept = tuple(one for one in read.all if not ids or one.id in ids)
    graded = tuple(replace(one, grade=grade or one.grade) for one in kept)
    (found,) = witnesses.apply(EMPTY, replace(read, all=graded), cite).outages
    assert found.testimony is not None
    return found, found.testimony


CORE = ("platform-length", "post-start", "thewrap-start", "npr", "buzzfeed-posted")


def limits(one: Outage | Reading) -> list[datetime | None]:
    return [one.start_earliest, one.start_latest, one.end_earliest, one.end_latest]


def test_the_press_claims_give_the_published_bounds() -> None:
    found, weighed = press()
    assert limits(found) == [edt("18:45:00"), edt("18:50:00"), edt("18:55:30"), edt("19:02:00")]
    assert found.duration == Duration(630.0, 720.0)
    assert [one.id for one in weighed.claims if one.standing == "kept"] == list(CORE)
    assert (found.start_basis and found.start_basis.grade, found.inferred) == ("D", True)


def test_the_five_claims_alone_give_them_too() -> None:
    found, weighed = press(*CORE)
    assert limits(found) == [edt("18:45:00"), edt("18:50:00"), edt("18:55:30"), edt("19:02:00")]
    assert weighed.conflicts == ()
    assert weighed.sentences == ("All 5 claims can hold together.",)


def test_back_by_seven_moves_the_start_and_rules_out_another() -> None:
    found, _ = press(*CORE, "post-end")
    assert found.start_latest == edt("18:49:30")
    assert found.end_latest == edt("19:00:00")
    _, weighed = press(*CORE, "post-end", "afp-start")
    assert weighed.conflicts == (("afp-start", "platform-length", "post-end"),)


def test_the_inconsistent_press_claims_are_named() -> None:
    _, weighed = press()
    claims = {one.id: one for one in weighed.claims}
    starts = {"post-start", "thewrap-start", "npr", "afp-start"}
    for other, more in (
        ("mashable-start", {"politico-start", "buzzfeed-posted", "post-end"}),
        ("politico-start", {"mashable-start"}),
    ):
        assert claims[other].standing == "dropped"
        assert set(claims[other].contradicts) == starts | more
    assert {one.id for one in weighed.claims if one.standing == "disputed"} == {
        "afp-start",
        "post-end",
    }


def test_three_of_nine_press_claims_go_in_three_ways() -> None:
    _, weighed = press(grade="D")
    assert len(weighed.claims) == 9
    best = [one for one in weighed.readings if one.best]
    assert [set(one.dropped) - {"mashable-start", "politico-start"} for one in best] == [
        {"afp-start"},
        {"platform-length"},
        {"post-end"},
    ]
    assert all(len(one.dropped) > 3 for one in weighed.readings if not one.best)
    assert "At most 6 of 9 claims can hold together; there are 3 ways" in weighed.sentences[0]
    assert weighed.complete


def test_the_readings_of_the_press_claims() -> None:
    _, weighed = press()
    without_afp, without_post = (one for one in weighed.readings if one.best)
    assert limits(without_afp) == [
        edt("18:45:00"),
        edt("18:49:30"),
        edt("18:55:30"),
        edt("19:00:00"),
    ]
    assert limits(without_post) == [
        edt("18:50:00"),
        edt("18:50:00"),
        edt("19:00:30"),
        edt("19:02:00"),
    ]


def test_later_press_claims_tip_the_balance() -> None:
    read = statements.load([PRESS / "statements.yml", PRESS / "more.yml"])
    (found,) = witnesses.apply(EMPTY, read, cite).outages
    assert found.testimony is not None
    assert len(found.testimony.claims) == 12
    (best,) = (one for one in found.testimony.readings if one.best)
    assert "post-end" in best.dropped
    assert found.start_earliest == found.start_latest == edt("18:50:00")


# Records and statements


def test_what_the_records_bound_statements_do_not_move() -> None:
    recorded = outage()
    found, weighed = weigh(
        replace(EMPTY, outages=(recorded,)), "desk: start: exactly 2017-11-02 22:50:04 UTC"
    )
    assert limits(found) == limits(recorded)
    assert found.duration == recorded.duration
    assert weighed.records_close == ("start", "end", "duration")
    narrow = bound(weighed, "start_earliest")
    assert (narrow.time, narrow.grade) == (at(50) + timedelta(seconds=4), "D")
    assert bound(weighed, "end_latest").by == ("desk", "records-duration") or bound(
        weighed, "end_latest"
    ).time == at(61) + timedelta(seconds=5)


def test_an_open_end_is_closed_by_a_statement() -> None:
    history = replace(EMPTY, outages=(outage(end=None),))
    found, weighed = weigh(history, "length: duration: 11 minutes")
    assert found.end_earliest == at(50) - timedelta(seconds=5) + timedelta(minutes=10.5)
    assert found.end_latest == at(50) + timedelta(seconds=5) + timedelta(minutes=12)
    assert found.duration == Duration(630.0, 720.0)
    assert found.ended_by_uid is None
    assert found.end_basis is not None
    assert (found.end_basis.grade, found.end_basis.sources) == ("D", ("console", "w"))
    assert weighed.records_close == ("start",)
    assert bound(weighed, "end_latest").by == ("length", "records-start")
    assert "By what witnesses say, it ended" in found.sentences[-1]


def test_the_states_have_the_ends_that_witnesses_tell() -> None:
    recorded = outage(end=None)
    down = StateInterval(
        target="@headofstate",
        state="deactivated",
        start_earliest=recorded.start_earliest,
        start_latest=recorded.start_latest,
        end_earliest=None,
        end_latest=None,
        begun_by="start-1",
        ended_by=None,
        inferred=False,
        sentence="It was deactivated.",
    )
    history = replace(EMPTY, outages=(recorded,), intervals=(down,))
    found = witnesses.apply(history, said("length: duration: 11 minutes"), cite)
    (ended,) = found.outages
    was, back = found.intervals
    assert (was.end_earliest, was.end_latest) == (ended.end_earliest, ended.end_latest)
    assert (back.state, back.start_latest, back.end_latest) == ("active", ended.end_latest, None)
    assert was.inferred and back.inferred
    assert "witnesses" in was.sentence and "witnesses" in back.sentence
    unbounded = witnesses.apply(history, said("a: duration: at least 1 min"), cite)
    assert [one.end_latest for one in unbounded.intervals] == [None]
    unseen = replace(recorded, start_earliest=None)
    history = replace(
        EMPTY, outages=(unseen,), intervals=(replace(down, start_earliest=None, begun_by=None),)
    )
    (was,) = witnesses.apply(
        history, said("a: still_up_at: exactly 2017-11-02 22:49 UTC"), cite
    ).intervals
    assert was.start_earliest == at(49)


def test_a_statement_against_the_records_is_named_and_dropped() -> None:
    history = replace(EMPTY, outages=(outage(),))
    found, weighed = weigh(history, "press: end: by 2017-11-02 23:00 UTC", "x: duration: 11 min")
    assert standing(weighed)["press"] == "dropped"
    assert limits(found) == limits(outage())
    (press_claim,) = (one for one in weighed.claims if one.id == "press")
    assert press_claim.contradicts == ("records-end",)
    assert weighed.conflicts[0] == ("press", "records-end")
    assert ("press", "records-duration", "records-start") not in weighed.conflicts


def test_checks_are_claims_too() -> None:
    probe = ProbeReading("probe", at(49), at(51), None, None, 1, "confirms", "", ("up", "down"))
    history = replace(EMPTY, outages=(replace(outage(end=None), probe=(probe,)),))
    _, weighed = weigh(history, "late: start: 2017-11-02 22:55 UTC")
    kinds = {one.id: one.kind for one in weighed.claims}
    assert kinds["probe-1"] == kinds["probe-2"] == "check"
    (late,) = (one for one in weighed.claims if one.id == "late")
    assert late.contradicts == ("probe-2", "records-start")
    assert {one.evidence for one in weighed.claims if one.kind == "check"} == {("up",), ("down",)}


def test_a_statement_may_name_an_event() -> None:
    history = replace(EMPTY, outages=(outage(end=None),))
    found, weighed = weigh(history, "desk: end: before event ticket, grade: C, evidence: [ticket]")
    assert found.end_latest == KNOWN["ticket"].latest
    assert bound(weighed, "end_latest").grade == "C"
    with pytest.raises(UsageError, match="names the event 'gone'") as caught:
        weigh(history, "desk: end: before event gone")
    assert caught.value.place == "said.yml:4"


def test_states_at_an_instant() -> None:
    found, _ = weigh(
        EMPTY,
        "a: still_up_at: exactly 2017-11-02 22:49 UTC",
        "b: down_at: exactly 2017-11-02 22:55 UTC",
        "c: up_again_at: exactly 2017-11-02 23:02 UTC",
    )
    assert limits(found) == [at(49), at(55), at(55), at(62)]
    assert found.duration == Duration(0.0, 780.0)


def test_several_outages_and_which_is_meant() -> None:
    history = replace(EMPTY, outages=(outage(1, 50, 61), outage(2, 200, 210)))
    first, second = witnesses.apply(
        history,
        said(
            "a: start: about 2017-11-03 01:20 UTC",
            "b: outage: 1, duration: 11 min",
        ),
        cite,
    ).outages
    assert first.testimony and second.testimony
    assert "b" in standing(first.testimony)
    assert "a" in standing(second.testimony)
    with pytest.raises(UsageError, match="fits 2 of 2 outages") as caught:
        witnesses.apply(history, said("a: duration: at least 1 min"), cite)
    assert "1, begun by 2017-11-02T22:50:05Z" in (caught.value.remedy or "")
    with pytest.raises(UsageError, match="names outage 7"):
        witnesses.apply(history, said("a: duration: 1 min, outage: 7"), cite)


def test_statements_alone_may_tell_of_several_outages() -> None:
    found = witnesses.apply(
        EMPTY,
        said(
            "a: start: 2017-11-02 22:50 UTC, outage: 1",
            "b: start: 2017-11-02 23:50 UTC, outage: 2",
        ),
        cite,
    )
    assert [one.number for one in found.outages] == [1, 2]
    assert found.outages[0].end_latest is None
    assert [one.state for one in found.intervals] == ["unavailable", "unavailable"]
    assert any("said.yml (SHA-256 000" in limit for limit in found.limits)


def test_statements_that_bound_no_start() -> None:
    with pytest.raises(UsageError, match="Nothing says when"):
        weigh(EMPTY, "a: duration: 11 minutes")


def test_other_targets_and_kinds_change_nothing_and_are_told() -> None:
    other = replace(EMPTY, target="@else")
    found = witnesses.apply(other, said("a: duration: 1 min"), cite)
    assert found == replace(other, limits=("1 of 1 statements are about other targets.",))
    found = witnesses.apply(EMPTY, said("a: start: 2017-11-02 22:50 UTC, kind: MFA"), cite)
    assert found.outages == ()
    assert found.limits == (
        (
            "1 of 1 statements are about @headofstate of the kind mfa, not account, and are not "
            "weighed here."
        ),
    )
    mfa = replace(EMPTY, kind="mfa", away="not in force")
    (told,) = witnesses.apply(mfa, said("a: start: 2017-11-02 22:50 UTC, kind: mfa"), cite).outages
    assert told.state == "bypassed"
    assert "was not in force from" in told.sentences[0]


def test_what_nothing_decides_is_left_open_between_the_readings() -> None:
    found, weighed = weigh(
        EMPTY,
        "a: start: exactly 2017-11-02 22:40 UTC",
        "b: start: exactly 2017-11-02 22:50 UTC",
    )
    assert (found.start_earliest, found.start_latest) == (at(40), at(50))
    assert [one.start_earliest for one in weighed.readings] == [at(50), at(40)]
    assert standing(weighed) == {"a": "disputed", "b": "disputed"}
    assert bound(weighed, "start_latest").by == ("b",)


def test_a_statement_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(UsageError, match="it would end before it began") as caught:
        weigh(
            replace(EMPTY, outages=(outage(end=None),)),
            "a: start: after event ticket, end: exactly 2017-11-02 22:40 UTC",
        )
    assert (caught.value.place, "a statement of each" in (caught.value.remedy or "")) == (
        "said.yml:4",
        True,
    )


def test_records_that_show_no_outage_are_told() -> None:
    named = replace(EMPTY, aliases=("@headofstate",))
    found = witnesses.apply(named, said("a: start: 2017-11-02 22:50 UTC"), cite)
    assert "show no outage" in found.limits[0]


def test_claims_that_only_just_touch_are_told() -> None:
    _, weighed = weigh(
        EMPTY,
        "a: start: about 2017-11-02 22:40 UTC",
        "b: start: about 2017-11-02 22:50 UTC",
    )
    assert weighed.sentences[-1].startswith("a and b leave the start a single instant")
    _, weighed = weigh(EMPTY, "a: start: exactly 2017-11-02 22:40 UTC")
    assert weighed.sentences == ("The only claim.",)


def test_the_derivation_tells_of_statements() -> None:
    found = witnesses.apply(
        EMPTY, said("a: start: 2017-11-02 22:50 UTC", "b: duration: 11 minutes"), cite
    )
    assert [(one.rule, one.state) for one in found.derivation] == [
        ("weighed", "unavailable"),
        ("weighed", "up"),
    ]
    assert "not after what a and b set." in found.derivation[1].sentence


def test_what_lies_outside_the_calendar_is_open() -> None:
    found, _ = weigh(
        EMPTY, "a: start: exactly 9999-12-30 22:50 UTC", "b: duration: exactly 99999999 days"
    )
    assert (found.end_earliest, found.end_latest) == (None, None)


@st.composite
def accounts(draw: st.DrawFn) -> tuple[float, float, list[str]]:
    """A true outage in minutes after T0, and true statements about it."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    start = dice.uniform(5, 40)
    end = start + dice.uniform(1, 60)

    def clock(minute: float) -> str:
        return f"{at(minute):%Y-%m-%d %H:%M:%S.%f} UTC"

    def rounded(minute: float) -> str:
        return f"{at(round(minute)):%Y-%m-%d %H:%M} UTC"

    made = [f"first: start: about {clock(start + dice.uniform(-4.9, 4.9))}"]
    for number in range(draw(st.integers(0, 6))):
        form = dice.choice(("start", "end", "by", "length", "down", "up", "near"))
        of, true = dice.choice((("start", start), ("end", end)))
        made.append(
            f"s{number}: "
            + {
                "start": f"start: {rounded(start)}",
                "end": f"end: {rounded(end)}",
                "by": f"{of}: by {clock(true + dice.uniform(0, 9))}",
                "length": f"duration: {max(1, int(end - start))} minutes",
                "down": f"down_at: exactly {clock(dice.uniform(start, end))}",
                "up": f"up_again_at: exactly {clock(end + dice.uniform(0, 9))}",
                "near": f"{of}: shortly before {clock(true + dice.uniform(0, 14))}",
            }[form]
        )
    return start, end, made


@settings(max_examples=300, deadline=None)
@given(world=accounts())
def test_true_statements_bound_the_truth(world: tuple[float, float, list[str]]) -> None:
    start, end, made = world
    slack = timedelta(milliseconds=1)
    before: list[datetime | None] = [None] * 4
    for count in range(1, len(made) + 1):
        found, weighed = weigh(EMPTY, *made[:count])
        assert weighed.conflicts == ()
        low, high, end_low, end_high = limits(found)
        assert low is not None
        assert high is not None
        assert low - slack <= at(start) <= high + slack
        assert end_low is None or end_low - slack <= at(end)
        assert end_high is None or at(end) <= end_high + slack
        assert found.duration.shortest - 0.001 <= (end - start) * 60
        assert (
            found.duration.longest is None or (end - start) * 60 <= found.duration.longest + 0.001
        )
        for side, (was, now) in enumerate(zip(before, limits(found), strict=True)):
            if was is None or now is None:
                assert was is None
                continue
            assert was <= now if side % 2 == 0 else now <= was
        before = limits(found)
