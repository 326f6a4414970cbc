from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forensics.timeline import intervals
from forensics.timeline.acts import in_order
from forensics.timeline.model import Outage, TargetHistory
from forensics.timeline.order import Stamp
from forensics.timeline.outage import reconstruct
from forensics.timeline.spells import Act

T0 = datetime(2017, 11, 2, 22, 0, tzinfo=UTC)
Row = dict[str, Any]


def act(minute: float, verb: str, source: str = "console", **more: Any) -> Row:
    time = T0 + timedelta(minutes=minute)
    return {
        "event_uid": f"{source}.{verb}@{minute:g}",
        "time": time,
        "source": source,
        "action": f"account.{verb}",
        "target_id": "acct-1",
        **more,
    }


def check(minute: float, up: bool | None, source: str = "probe") -> Row:
    state = None if up is None else "active" if up else "unavailable"
    return {
        "event_uid": f"{source}@{minute:g}",
        "time": T0 + timedelta(minutes=minute),
        "source": source,
        "action": "probe.observe",
        "asserted_state": state,
    }


def history(load: Any, rows: list[Row], target: str = "@headofstate") -> TargetHistory:
    return reconstruct(load(rows), target, {"console": 5, "other": 5, "probe": 1})


def states(found: TargetHistory) -> list[str]:
    return [interval.state for interval in found.intervals]


def ends(outage: Outage) -> tuple[str | None, str | None]:
    return outage.started_by_uid, outage.ended_by_uid


def only(found: TargetHistory) -> Outage:
    (outage,) = found.outages
    return outage


def test_down_and_up_is_an_outage(load: Any) -> None:
    found = history(load, [act(0, "deactivate"), act(11, "restore")])
    outage = only(found)
    assert ends(outage) == ("console.deactivate@0", "console.restore@11")
    assert (outage.duration.shortest, outage.duration.longest) == pytest.approx(
        (660, 660), abs=0.332
    )
    assert outage.start_earliest == T0 - timedelta(seconds=5)
    assert outage.start_latest == T0 + timedelta(seconds=5.001)
    assert states(found) == ["unknown", "deactivated", "active"]
    assert found.intervals[1].begun_by == "console.deactivate@0"
    assert "a constant error of its clock cancels" in outage.sentences[2]


def test_ends_on_two_clocks_add_their_tolerances(load: Any) -> None:
    outage = only(history(load, [act(0, "deactivate"), act(11, "restore", "other")]))
    assert (outage.duration.shortest, outage.duration.longest) == (649.999, 670.001)
    assert "the tolerances of their clocks add" in outage.sentences[2]


@pytest.mark.parametrize("outcome", ["failure", "denied"])
def test_a_failed_act_changes_nothing(load: Any, outcome: str) -> None:
    rows = [act(0, "deactivate"), act(5, "restore", outcome=outcome), act(11, "restore")]
    assert ends(only(history(load, rows)))[1] == "console.restore@11"
    assert history(load, [act(0, "deactivate", outcome=outcome)]).outages == ()


@pytest.mark.parametrize("outcome", [None, "unknown", "pending"])
def test_an_act_of_unknown_outcome_is_named_and_not_counted(load: Any, outcome: str | None) -> None:
    found = history(load, [act(0, "deactivate", outcome=outcome)])
    assert (found.outages, found.undecided) == ((), ("console.deactivate@0",))
    assert "do not say whether 1 act" in found.limits[0]


def test_a_repeated_act_changes_nothing(load: Any) -> None:
    rows = [act(0, "deactivate"), act(3, "deactivate"), act(11, "restore"), act(12, "restore")]
    found = history(load, rows)
    outage = only(found)
    assert outage.start_latest < T0 + timedelta(minutes=1)
    assert outage.causes[0].repeated_by == ("console.deactivate@3",)
    assert ends(outage)[1] == "console.restore@11"
    assert states(found) == ["unknown", "deactivated", "active"]


def test_the_same_act_in_two_sources_is_one_cause(load: Any) -> None:
    rows = [act(0, "deactivate"), act(0.1, "deactivate", "other"), act(11, "restore")]
    outage = only(history(load, rows))
    (cause,) = outage.causes
    assert cause.also_recorded_by == ("other.deactivate@0.1",)
    assert ends(outage)[1] == "console.restore@11"


def test_causes_nest(load: Any) -> None:
    rows = [act(0, "deactivate"), act(5, "suspend"), act(10, "activate"), act(20, "unsuspend")]
    found = history(load, rows)
    outage = only(found)
    assert ends(outage) == ("console.deactivate@0", "console.unsuspend@20")
    assert [(cause.state, cause.ended_by) for cause in outage.causes] == [
        ("deactivated", "console.activate@10"),
        ("suspended", "console.unsuspend@20"),
    ]
    assert states(found) == ["unknown", "deactivated", "suspended", "active"]
    assert any("also suspended" in sentence for sentence in outage.sentences)


def test_an_inner_cause_that_ends_first_gives_way_to_the_outer(load: Any) -> None:
    rows = [act(0, "deactivate"), act(5, "suspend"), act(10, "unsuspend"), act(20, "activate")]
    found = history(load, rows)
    assert states(found) == ["unknown", "deactivated", "suspended", "deactivated", "active"]
    assert only(found).duration.longest == pytest.approx(1200, abs=0.602)


def test_a_restoration_lifts_every_cause(load: Any) -> None:
    rows = [act(0, "deactivate"), act(5, "suspend"), act(10, "restore")]
    assert ends(only(history(load, rows)))[1] == "console.restore@10"


def test_each_source_lifts_its_own_cause_first(load: Any) -> None:
    rows = [
        act(0, "suspend"),
        act(5, "suspend", "other"),
        act(10, "unsuspend", "other"),
        act(20, "unsuspend"),
    ]
    outage = only(history(load, rows))
    assert [cause.ended_by for cause in outage.causes] == [
        "console.unsuspend@20",
        "other.unsuspend@10",
    ]


def test_what_is_deleted_must_have_come_back_to_be_suspended(load: Any) -> None:
    rows = [act(0, "delete"), act(10, "suspend"), act(20, "unsuspend")]
    first, second = history(load, rows).outages
    assert (first.state, first.ended_by_uid, first.inferred) == ("deleted", None, True)
    assert (first.duration.shortest, first.duration.longest) == pytest.approx((0, 600), abs=0.302)
    assert (second.state, second.inferred) == ("suspended", False)


def test_an_outage_without_an_end_stays_open(load: Any) -> None:
    found = history(load, [act(0, "deactivate"), act(60, "update")])
    outage = only(found)
    assert (outage.end_earliest, outage.end_latest, outage.ended_by_uid) == (None, None, None)
    assert (outage.duration.shortest, outage.duration.longest) == (0, None)
    assert outage.sentences[1] == "No restoration is recorded up to 2017-11-02T23:00:00Z."
    assert found.intervals[-1].end_latest is None


def test_lifting_implies_what_was_lifted(load: Any) -> None:
    found = history(load, [act(10, "unsuspend")])
    assert states(found) == ["suspended", "active"]
    assert found.intervals[0].start_earliest is None
    outage = only(found)
    assert (outage.start_earliest, outage.state, outage.inferred) == (None, "suspended", True)
    assert ends(outage) == (None, "console.unsuspend@10")
    assert (outage.duration.shortest, outage.duration.longest) == (0, None)
    assert "It began before the records, or in a log that is not here." in outage.sentences
    assert states(history(load, [act(0, "create")])) == ["not yet created", "active"]
    known = [{**act(-9, "update"), "target": None, "target_id": "acct-1"}, act(0, "create")]
    assert states(history(load, known)) == ["unknown", "active"]


def test_every_name_of_the_account_finds_it(load: Any) -> None:
    renamed = act(11, "restore", target="@newname")
    bulk = act(20, "suspend", target="@elsewhere", target_id=None, targets=["@X", "@HeadOfState"])
    found = history(load, [act(0, "deactivate"), renamed, bulk], "ACCT-1")
    assert found.aliases == ("@headofstate", "@newname", "acct-1")
    assert found.target == "acct-1"
    assert len(found.outages) == 2


def test_two_ids_of_one_name_are_told(load: Any) -> None:
    rows = [act(0, "deactivate"), act(11, "restore", target_id="acct-2")]
    assert "console gives @headofstate 2 ids" in history(load, rows).limits[0]


def test_a_restoration_of_what_no_record_took_down_is_an_outage_that_began_before(
    load: Any,
) -> None:
    found = history(load, [act(-5, "update"), act(10, "restore"), act(12, "restore")])
    assert states(found) == ["unavailable", "active"]
    outage = only(found)
    assert (outage.start_earliest, outage.inferred) == (None, True)
    assert ends(outage) == (None, "console.restore@10")
    assert (outage.duration.shortest, outage.duration.longest) == (0, None)
    assert outage.duration.recorded == pytest.approx(15 * 60 - 5)
    (limit,) = found.limits
    assert limit == (
        "account.restore at 2017-11-02T22:10:00Z succeeded though no record took @headofstate "
        "down: its down time began before the records, or in a log that is not here."
    )


def test_a_restoration_of_what_a_check_saw_up_undoes_nothing(load: Any) -> None:
    found = history(load, [check(0, True), act(5, "restore"), check(6, True)])
    assert (states(found), found.outages) == (["active"], ())
    # What succeeds only on a suspension shows one between the check and the act.
    outage = only(history(load, [check(0, True), act(5, "unsuspend")]))
    assert outage.start_earliest == T0 - timedelta(seconds=1)
    assert (outage.state, ends(outage)) == ("suspended", (None, "console.unsuspend@5"))


@pytest.mark.parametrize("verb", ["activate", "unsuspend", "unlock"])
def test_every_verb_that_lifts_something_tells_it(load: Any, verb: str) -> None:
    (limit,) = history(load, [act(10, verb)]).limits
    assert limit.startswith(f"account.{verb} at ")


def test_a_creation_or_an_account_seen_up_lifts_nothing(load: Any) -> None:
    assert history(load, [act(0, "create"), act(5, "restore")]).limits == ()
    assert history(load, [check(0, True), act(5, "restore")]).limits == ()
    assert history(load, [check(0, True), check(2, False), act(5, "restore")]).limits == ()
    assert history(load, [act(0, "deactivate"), act(5, "restore")]).limits == ()


def test_later_repeats_are_counted(load: Any) -> None:
    rows = [act(minute, "deactivate") for minute in range(3)]
    assert "2 later acts repeat a cause and change nothing." in only(history(load, rows)).sentences
    once = only(history(load, rows[:2])).sentences
    assert "1 later act repeats a cause and changes nothing." in once


def test_logs_taken_to_mean_one_account_are_told(load: Any) -> None:
    rows = [act(0, "deactivate"), act(11, "restore", "other"), check(5, False)]
    assert history(load, rows).limits == (
        "console and other all record acts on @headofstate: they are taken to mean one account.",
    )


def test_nobody_acted_on_it(load: Any) -> None:
    found = history(load, [act(0, "deactivate")], "@nobody")
    assert (found.aliases, found.intervals, found.outages) == ((), (), ())
    assert found.window_start == T0


def test_an_order_that_clocks_do_not_establish_is_told(load: Any) -> None:
    for first, second in (("deactivate", "restore"), ("restore", "deactivate")):
        found = history(load, [act(0, first), act(0.1, second, "other")])
        # The order, that two logs are joined, and, of the one that took it down, where it ends.
        assert len(found.limits) == 2 + (first == "deactivate")
        assert "is not established" in found.limits[0]
        outage = only(found)
        # Down for a moment, or down to this day: the bounds hold both.
        assert (outage.duration.shortest, outage.duration.longest) == (0, None)
        assert (outage.end_latest, outage.ended_by_uid) == (None, None)
        assert outage.end_earliest is not None
        assert outage.end_earliest <= T0 + timedelta(seconds=6)
        (maybe,) = outage.perhaps_ended_by
        assert ".restore@" in maybe
        assert outage.end_basis is not None
        assert (outage.end_basis.grade, outage.end_basis.evidence) == ("E", (maybe,))
        assert "Their order is not established" in outage.sentences[1]
        assert "order not established" in [step.rule for step in found.derivation]


def test_a_later_record_decides_between_two_readings(load: Any) -> None:
    rows = [act(0, "deactivate"), act(0.1, "activate", "other")]
    up = only(history(load, [*rows, check(5, True)]))
    assert up.end_latest == T0 + timedelta(minutes=5, seconds=1.001)
    assert up.perhaps_ended_by == ("other.activate@0.1",)
    down = only(history(load, [*rows, check(5, False)]))
    assert (down.end_latest, down.perhaps_ended_by) == (None, ())
    again = only(history(load, [*rows, act(5, "activate", "other")]))
    assert (again.ended_by_uid, again.perhaps_ended_by) == (
        "other.activate@5",
        ("other.activate@0.1",),
    )
    assert again.end_earliest == T0 + timedelta(seconds=1)
    assert again.end_latest == T0 + timedelta(minutes=5, seconds=5.001)


def test_what_succeeds_only_on_what_it_undoes_comes_after_it(load: Any) -> None:
    outage = only(history(load, [act(0, "suspend"), act(0.1, "unsuspend", "other")]))
    assert (ends(outage)[1], outage.perhaps_ended_by) == ("other.unsuspend@0.1", ())


def test_the_same_undoing_in_two_sources_is_told_twice(load: Any) -> None:
    rows = [act(0, "suspend"), act(0.05, "suspend", "other")]
    found = history(load, [*rows, act(10, "unsuspend"), act(10.05, "unsuspend", "other")])
    rules = ["begins", "mirror", "ends", "mirror", "weighed together", "weighed together"]
    assert [step.rule for step in found.derivation] == rules
    # One act, told twice: it lies within what either clock says.
    assert ends(only(found))[0] == "console.suspend@0"
    assert only(found).start_earliest == T0 + timedelta(seconds=3 - 5)
    basis = only(found).end_basis
    assert basis is not None
    assert (basis.sources, basis.grade) == (("console", "other"), "A")
    apart = history(load, [*rows, act(5, "unsuspend", "other"), act(10, "unsuspend")])
    rules = [step.rule for step in apart.derivation]
    assert rules[:4] == ["begins", "mirror", "lifts the mirror", "ends"]


# Effects that come later than the act


def watched(minutes: range, down: range) -> list[Row]:
    return [check(minute, minute not in down) for minute in minutes]


def test_checks_that_begin_after_the_act_show_its_late_effect(load: Any) -> None:
    rows = [act(-100, "deactivate"), act(40, "restore"), *watched(range(45), range(10, 41))]
    found = history(load, rows)
    outage = only(found)
    assert ends(outage) == ("console.deactivate@-100", "console.restore@40")
    assert outage.start_earliest == T0 + timedelta(minutes=9, seconds=-1)
    assert outage.start_latest == T0 + timedelta(minutes=10, seconds=1.001)
    assert any("No check looked between the act and" in said for said in outage.sentences)
    assert "takes effect unwatched" in [step.rule for step in found.derivation]
    # A check that saw it down meanwhile tells of two outages.
    seen = [*rows, check(-50, False)]
    assert len(history(load, seen).outages) == 2


def test_a_second_act_before_the_effect_is_a_rival_cause(load: Any) -> None:
    rows = [act(-100, "deactivate"), act(9.5, "deactivate"), act(40, "restore")]
    found = history(load, [*rows, *watched(range(-120, 45), range(10, 40))])
    outage = only(found)
    assert outage.started_by_uid == "console.deactivate@-100"
    assert outage.perhaps_started_by == ("console.deactivate@9.5",)
    assert outage.causes[0].repeated_by == ()
    assert outage.start_earliest == T0 + timedelta(minutes=9, seconds=-1)
    assert outage.start_latest == T0 + timedelta(minutes=10, seconds=1.001)
    assert outage.start_basis is not None
    assert "2 acts on record" in outage.start_basis.sentence
    assert {"console.deactivate@-100", "console.deactivate@9.5"} <= {*outage.start_basis.evidence}
    assert "rival" in [step.rule for step in found.derivation]


def test_a_second_restoration_before_the_effect_is_a_rival_too(load: Any) -> None:
    rows = [act(5, "deactivate"), act(10, "restore"), act(20, "restore")]
    outage = only(history(load, [*rows, *watched(range(30), range(5, 25))]))
    assert (outage.ended_by_uid, outage.perhaps_ended_by) == (
        "console.restore@10",
        ("console.restore@20",),
    )
    assert outage.end_earliest == T0 + timedelta(minutes=24, seconds=-1)


# Witnesses


def test_a_probe_confirms(load: Any) -> None:
    rows = [act(0.5, "deactivate"), act(5.5, "restore")]
    rows += [check(minute, not 0.5 < minute < 5.5) for minute in range(-3, 9)]
    outage = only(history(load, rows))
    (reading,) = outage.probe
    assert (reading.agrees, reading.down_checks) == ("confirms", 5)
    assert reading.last_up_before == T0
    assert reading.first_down == T0 + timedelta(minutes=1)
    assert reading.last_down == T0 + timedelta(minutes=5)
    assert reading.first_up_after == T0 + timedelta(minutes=6)
    assert reading.evidence == ("probe@0", "probe@1", "probe@5", "probe@6")


def test_a_probe_that_found_it_up_meanwhile_contradicts(load: Any) -> None:
    rows = [act(0, "deactivate"), act(10, "restore"), check(-1, True), check(5, True)]
    (reading,) = only(history(load, rows)).probe
    assert (reading.agrees, reading.down_checks) == ("contradicts", 0)
    assert "probe@5" in reading.evidence


def test_a_probe_that_did_not_look_is_silent(load: Any) -> None:
    rows = [act(0, "deactivate"), act(10, "restore")]
    rows += [check(-1, True), check(5, None), check(11, True)]
    (reading,) = only(history(load, rows)).probe
    assert (reading.agrees, reading.down_checks) == ("silent", 0)


def test_a_probe_that_found_it_down_longer_says_so(load: Any) -> None:
    rows = [act(0, "deactivate"), act(10, "restore"), check(5, False), check(12, False)]
    outage = only(history(load, [*rows, check(-1, True), check(13, True)]))
    (reading,) = outage.probe
    assert (reading.agrees, reading.down_checks) == ("confirms", 2)
    assert outage.ended_by_uid == "console.restore@10"
    # The act came first; what checks saw is when it took effect.
    assert outage.end_earliest == T0 + timedelta(minutes=12, seconds=-1)
    assert outage.end_latest == T0 + timedelta(minutes=13, seconds=1.001)
    assert any("took effect only then" in sentence for sentence in outage.sentences)


def test_a_probe_bounds_an_end_nobody_recorded(load: Any) -> None:
    rows = [act(0, "deactivate"), check(-1, True), check(5, False), check(6, True)]
    outage = only(history(load, rows))
    assert (outage.ended_by_uid, outage.inferred) == (None, True)
    assert outage.end_earliest == T0 + timedelta(minutes=5, seconds=-1)
    assert outage.end_latest == T0 + timedelta(minutes=6, seconds=1.001)


def test_a_probe_bounds_a_beginning_nobody_recorded(load: Any) -> None:
    rows = [check(1, True), check(2, False), check(8, False), act(9, "restore"), check(10, True)]
    outage = only(history(load, rows))
    assert ends(outage) == (None, "console.restore@9")
    assert outage.start_earliest == T0 + timedelta(minutes=1, seconds=-1)
    assert outage.start_latest == T0 + timedelta(minutes=2, seconds=1.001)


def test_a_probe_parts_two_outages_that_look_like_one(load: Any) -> None:
    rows = [act(0, "deactivate"), act(20, "deactivate"), act(30, "restore")]
    rows += [check(minute, minute in (-1, 10, 31)) for minute in (-1, 5, 10, 25, 31)]
    first, second = history(load, rows).outages
    assert ends(first) == ("console.deactivate@0", None)
    assert ends(second) == ("console.deactivate@20", "console.restore@30")


def test_an_outage_only_a_probe_saw_is_not_confirmed_by_it(load: Any) -> None:
    rows = [check(minute, minute not in (3, 4)) for minute in range(8)]
    found = history(load, rows)
    outage = only(found)
    assert (outage.state, outage.inferred, ends(outage)) == ("unavailable", True, (None, None))
    assert (outage.duration.shortest, outage.duration.longest) == pytest.approx(
        (60, 180), abs=0.092
    )
    (reading,) = outage.probe
    assert reading.agrees == "silent"
    assert "known from this source alone" in reading.sentence
    assert states(found) == ["active", "unavailable", "active"]


def test_state_intervals_become_a_relation(load: Any) -> None:
    engine = load([act(0, "deactivate"), act(11, "restore")])
    intervals.register(engine, [reconstruct(engine, "@headofstate", {})])
    rows = engine.rows("SELECT state, begun_by, end_latest, inferred FROM state_intervals")
    assert [row["state"] for row in rows] == ["unknown", "deactivated", "active"]
    assert rows[1]["begun_by"] == "console.deactivate@0"
    assert rows[2]["end_latest"] is None
    intervals.register(engine, [])
    assert engine.rows("SELECT * FROM state_intervals") == []


def test_an_outage_between_two_checks_is_not_moved_to_a_later_one(load: Any) -> None:
    checks = [check(minute, not 60 <= minute < 80) for minute in range(100)]
    acts = [act(10.1, "deactivate"), act(10.7, "restore")]
    acts += [act(59.5, "deactivate"), act(79.5, "restore")]
    first, second = history(load, [*checks, *acts]).outages
    assert first.started_by_uid == "console.deactivate@10.1"
    assert first.start_latest < T0 + timedelta(minutes=10.7)
    assert first.duration.longest == pytest.approx(36, abs=0.1)
    assert second.started_by_uid == "console.deactivate@59.5"


@pytest.mark.parametrize("source", ["console", "other"])
def test_an_act_that_undoes_something_else_ends_nothing(load: Any, source: str) -> None:
    rows = [act(0, "deactivate"), act(10, "unlock", source), act(30, "activate")]
    assert ends(only(history(load, rows))) == ("console.deactivate@0", "console.activate@30")


def test_a_verb_of_any_return_lifts_what_nothing_undoes_later(load: Any) -> None:
    rows = [act(0, "suspend"), act(10, "activate", "other")]
    assert only(history(load, rows)).ended_by_uid == "other.activate@10"
    rows += [act(20, "unsuspend")]
    assert only(history(load, rows)).ended_by_uid == "console.unsuspend@20"


def test_the_first_check_after_an_act_bounds_an_end_within_one_run(load: Any) -> None:
    checks = [check(minute, True) for minute in range(30)]
    outage = only(history(load, [act(10.5, "deactivate"), *checks]))
    assert outage.ended_by_uid is None
    assert outage.end_latest == T0 + timedelta(minutes=11, seconds=1.001)


@pytest.mark.parametrize("numbers", [(5040, 40, 41), (5000, 1, 2)])
def test_numbers_begun_anew_do_not_beat_the_clock(load: Any, numbers: tuple[int, ...]) -> None:
    verbs = ("deactivate", "restore", "deactivate")
    rows = [
        act(20 * n, verb, sequence=number)
        for n, (verb, number) in enumerate(zip(verbs, numbers, strict=True))
    ]
    first = history(load, rows).outages[0]
    assert first.duration.shortest > 19 * 60


def test_a_mirror_in_another_log_keeps_its_own_end(load: Any) -> None:
    rows = [act(0, "suspend"), act(0.05, "suspend", "other")]
    rows += [act(20, "unsuspend", "other"), act(30, "unsuspend")]
    assert ends(only(history(load, rows))) == ("console.suspend@0", "console.unsuspend@30")
    assert only(history(load, rows[:3])).ended_by_uid == "other.unsuspend@20"


def test_acts_of_one_log_are_gone_through_by_their_numbers() -> None:
    def stamped(uid: str, minute: float, sequence: int, doubt: float) -> Act:
        time, wide = T0 + timedelta(minutes=minute), timedelta(minutes=doubt)
        stamp = Stamp(uid, "console", time, time, time, time - wide, time + wide, sequence)
        return Act(stamp, "account.suspend", "suspended")

    set_back = [stamped("second", -40, 2, 60), stamped("first", 0, 1, 60)]
    assert [one.stamp.event_uid for one in in_order(set_back)] == ["first", "second"]
    restarted = [stamped("first", -40, 2, 1), stamped("second", 0, 1, 1)]
    assert [one.stamp.event_uid for one in in_order(restarted)] == ["first", "second"]
