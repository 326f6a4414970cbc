"""What acts and checks give beyond begin and end: effect, inference, stages, grades, kinds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.errors import UsageError
from forensics.timeline import inventory, machines
from forensics.timeline.model import Outage, Stage, TargetHistory
from forensics.timeline.outage import rebuild, reconstruct

T0 = datetime(2017, 11, 2, 22, 0, tzinfo=UTC)
CLOCKS = {"console": 5.0, "other": 5.0, "probe": 1.0}
Row = dict[str, Any]


def act(minute: float, action: str, source: str = "console", **more: Any) -> Row:
    return {
        "event_uid": f"{source}.{action}@{minute:g}",
        "time": T0 + timedelta(minutes=minute),
        "source": source,
        "action": action,
        "actor": "ada",
        **more,
    }


def check(minute: float, state: str) -> Row:
    row = act(minute, "probe.observe", "probe", asserted_state=state)
    return {**row, "event_uid": f"probe@{minute:g}"}


def history(
    load: Any, rows: list[Row], kind: str = "account", target: str = "@headofstate"
) -> TargetHistory:
    return reconstruct(load(rows), target, CLOCKS, kind=kind)


def only(found: TargetHistory) -> Outage:
    (outage,) = found.outages
    return outage


def stages(outage: Outage) -> dict[str, Stage]:
    return {one.stage: one for one in outage.stages}


def rules(found: TargetHistory) -> list[str]:
    return [step.rule for step in found.derivation]


def test_an_act_may_take_effect_hours_later(load: Any) -> None:
    checks = [check(minute, "active") for minute in range(-10, 180, 5)]
    checks += [check(minute, "unavailable") for minute in (180, 185)]
    found = history(load, [act(0, "account.deactivate"), *checks, act(190, "account.restore")])
    outage = only(found)
    assert outage.started_by_uid == "console.account.deactivate@0"
    assert outage.start_earliest == T0 + timedelta(minutes=175, seconds=-1)
    assert outage.start_latest == T0 + timedelta(minutes=180, seconds=1.001)
    course = stages(outage)
    assert course["executed"].latest is not None
    assert course["executed"].latest < T0 + timedelta(minutes=1)
    assert course["effective"].earliest == outage.start_earliest
    assert outage.start_basis is not None
    assert outage.start_basis.grade == "C"
    assert "takes effect" in rules(found)


def test_a_call_that_was_pending_initiates_what_checks_saw(load: Any) -> None:
    rows = [act(-180, "account.deactivate", outcome="pending"), check(-5, "active")]
    rows += [check(5, "unavailable"), act(10, "account.restore", actor="bo"), check(11, "active")]
    found = history(load, rows)
    outage = only(found)
    assert outage.decided_by_uid == "console.account.deactivate@-180"
    assert (outage.started_by_uid, found.undecided) == (None, ())
    assert not any("do not say" in limit for limit in found.limits)
    course = stages(outage)
    assert course["initiated"].actor == "ada"
    assert course["restored"].actor == "bo"
    assert "executed" not in course


def test_leave_asked_and_given_are_stages_of_their_own(load: Any) -> None:
    approval = {"approval_for": "account.deactivate", "case_id": "C-1"}
    rows = [
        act(-60, "approval.request", actor="ada", **approval),
        act(-30, "approval.grant", actor="lead", **approval),
        act(-20, "approval.grant", actor="other", approval_for="account.delete", case_id="C-1"),
        act(0, "account.deactivate", actor="bo", case_id="C-1"),
    ]
    outage = only(history(load, rows))
    course = stages(outage)
    assert [one.stage for one in outage.stages] == [
        "initiated", "approved", "executed", "effective",
    ]  # fmt: skip
    assert [course[name].actor for name in ("initiated", "approved", "executed")] == [
        "ada", "lead", "bo",
    ]  # fmt: skip
    assert outage.decided_by_uid == "console.approval.request@-60"


def test_it_is_recovered_when_no_longer_degraded(load: Any) -> None:
    rows = [act(0, "account.deactivate"), check(-1, "active"), check(5, "unavailable")]
    rows += [act(10, "account.restore"), check(11, "degraded"), check(60, "degraded")]
    outage = only(history(load, [*rows, check(120, "active"), check(180, "active")]))
    assert outage.end_latest is not None
    assert outage.end_latest < T0 + timedelta(minutes=11)
    recovered = stages(outage)["recovered"]
    assert recovered.earliest == T0 + timedelta(minutes=60, seconds=-1)
    assert recovered.latest == T0 + timedelta(minutes=120, seconds=1.001)
    assert recovered.evidence == ("probe@60", "probe@120")


def test_a_sign_in_shows_that_a_lock_is_over(load: Any) -> None:
    rows = [act(0, "account.lock"), act(15, "session.start", actor="@HeadOfState", target=None)]
    found = history(load, rows)
    outage = only(found)
    assert (outage.ended_by_uid, outage.inferred) == (None, True)
    assert outage.end_basis is not None
    assert outage.end_basis.grade == "E"
    assert outage.end_basis.evidence == ("console.account.lock@0", "console.session.start@15")
    assert outage.end_latest == T0 + timedelta(minutes=15, seconds=5.001)
    other = [act(15, "session.start", "other", actor="@headofstate", target=None)]
    assert only(history(load, [rows[0], *other])).end_latest is None
    failed = [{**rows[1], "outcome": "failure"}]
    assert only(history(load, [rows[0], *failed])).end_latest is None


def test_what_exists_cannot_be_created_again(load: Any) -> None:
    found = history(load, [act(0, "account.create"), act(60, "account.create")])
    outage = only(found)
    assert (outage.state, outage.started_by_uid, outage.inferred) == ("deleted", None, True)
    assert outage.ended_by_uid == "console.account.create@60"
    assert outage.duration.shortest == 0
    assert [one.state for one in found.intervals] == [
        "not yet created",
        "active",
        "deleted",
        "active",
    ]
    elsewhere = [act(0, "account.create"), act(60, "account.create", "other")]
    assert history(load, elsewhere).outages == ()


def test_lifting_one_of_two_causes_is_told(load: Any) -> None:
    rows = [act(0, "account.deactivate"), act(5, "account.suspend"), act(10, "account.activate")]
    found = history(load, rows)
    outage = only(found)
    assert outage.end_latest is None
    assert any("only one cause was lifted" in said for said in outage.sentences)
    assert any("stayed suspended" in said for said in outage.sentences)
    assert rules(found) == ["begins", "nested", "lifts one cause"]


def test_grades_and_independent_sources(load: Any) -> None:
    rows = [act(0, "account.deactivate"), act(11, "account.restore")]
    alone = only(history(load, rows))
    assert alone.start_basis is not None
    assert (alone.start_basis.grade, alone.start_basis.sources) == ("B", ("console",))
    assert alone.start_basis.evidence == ("console.account.deactivate@0",)
    seen = [check(-1, "active"), check(5, "unavailable"), check(12, "active")]
    both = only(history(load, [*rows, *seen]))
    assert both.start_basis is not None
    assert both.end_basis is not None
    assert (both.start_basis.grade, both.end_basis.grade) == ("A", "A")
    assert both.start_basis.sources == ("console", "probe")
    undeclared = only(reconstruct(load([*rows, *seen]), "@headofstate", {"probe": 1}))
    assert undeclared.start_basis is not None
    assert undeclared.start_basis.grade == "B"


def test_one_product_is_one_source(load: Any) -> None:
    rows = [act(0, "account.deactivate"), act(0.01, "account.deactivate", "other")]
    engine = load(rows)
    reconstruct(engine, "@headofstate", CLOCKS)
    one, carried = {"console": "x", "other": "x"}, {"console": "m365", "other": "azure"}
    for products, count in (({}, 2), (one, 1), (carried, 1)):
        basis = only(rebuild(engine, "@headofstate", products=products)).start_basis
        assert basis is not None
        assert len(basis.sources) == count


def test_several_targets_at_once(load: Any) -> None:
    rows = [
        act(0, "account.suspend", event_uid=f"s{n}", target=f"user-{n}", session_id="s-1")
        for n in range(4)
    ]
    rows.append(act(0, "account.suspend", target="user-9", actor="bo", session_id="s-2"))
    outage = only(history(load, rows, target="user-2"))
    assert outage.together == ("user-0", "user-1", "user-3")
    assert "did the same to 3 others" in outage.sentences[-1]


# Other kinds


def test_a_trail_is_one_by_name_and_by_arn(load: Any) -> None:
    arn = "arn:aws:cloudtrail:us-west-2:123456789012:trail/TEST-trail"
    none = {"target_type": None}
    rows = [act(0, "logging.enable", target="TEST-trail", **none)]
    rows += [act(60, "logging.disable", target=arn, **none)]
    rows += [act(90, "logging.enable", target="TEST-trail", **none)]
    for name in ("test-trail", arn):
        outage = only(history(load, rows, "audit_logging", name))
        assert (outage.state, outage.started_by_uid) == ("stopped", "console.logging.disable@60")
        assert outage.ended_by_uid == "console.logging.enable@90"


def test_an_access_key_made_inactive(load: Any) -> None:
    key = {"target": "Bob", "targets": ["Bob", "AKIAIOSFODNN7EXAMPLE"]}
    other = {"target": "Bob", "targets": ["Bob", "AKIAI44QH8DHBEXAMPLE"]}
    rows = [act(0, "credential.disable", **key), act(5, "credential.delete", **other)]
    outage = only(history(load, rows, "access_key", "AKIAIOSFODNN7EXAMPLE"))
    assert (outage.state, outage.end_latest) == ("inactive", None)


def test_a_membership_is_of_a_member_in_a_role(load: Any) -> None:
    def grant(minute: float, verb: str, role: str) -> Row:
        return act(minute, verb, target="bob", targets=["bob", role])

    rows = [grant(0, "role.grant", "Admin"), grant(1, "role.grant", "Reader")]
    rows += [grant(9, "role.revoke", "Admin")]
    held = only(history(load, rows, "role", "admin"))
    assert held.ended_by_uid == "console.role.revoke@9"
    assert only(history(load, rows, "role", "bob → reader")).end_latest is None
    with pytest.raises(UsageError, match="names 2 objects"):
        history(load, rows, "role", "bob")


def test_the_factors_of_an_account(load: Any) -> None:
    rows = [act(0, "credential.mfa_reset"), act(5, "account.activate"), act(9, "account.activate")]
    outage = only(history(load, rows, "mfa"))
    assert outage.ended_by_uid == "console.account.activate@5"
    assert history(load, [rows[1]], "mfa").outages == ()


# All of a case


def test_the_list_says_of_each_what_the_answer_about_it_says(load: Any) -> None:
    rows = [
        act(0, "account.deactivate"),
        act(3, "account.suspend", target="acct-1", target_id="@headofstate"),
        act(11, "account.restore"),
        act(12, "account.suspend", target="user-2"),
        act(20, "content.remove", target="post-1", target_type="post"),
        check(-1, "active"), check(5, "unavailable"), check(12, "active"),
    ]  # fmt: skip
    engine = load(rows)
    whole = reconstruct(engine, "@headofstate", CLOCKS)
    taken = inventory.take(engine, machines.load())
    told = {(one.kind, one.target): one for one in taken.listed}
    assert set(told) == {
        ("account", "@headofstate"), ("account", "user-2"), ("content", "post-1"),
    }  # fmt: skip
    mine, single = told["account", "@headofstate"], only(whole)
    for name in ("start_earliest", "start_latest", "end_earliest", "end_latest", "duration"):
        assert getattr(mine.outage, name) == getattr(single, name)
    assert mine.outage.causes == single.causes
    assert (mine.started_by, mine.grade) == ("ada", "A")


def test_acts_that_name_nobody_are_counted(load: Any) -> None:
    rows = [act(0, "account.deactivate", target=None), act(1, "account.suspend")]
    engine = load(rows)
    reconstruct(engine, "@headofstate", CLOCKS)
    (limit,) = inventory.take(engine, ["account"]).limits
    assert limit.startswith("1 act names no object of the kind account")


def test_one_name_in_two_tenants_is_two_objects(load: Any) -> None:
    rows = [act(0, "account.suspend", tenant="A"), act(1, "account.suspend", "other", tenant="b")]
    engine = load(rows)
    reconstruct(engine, "@headofstate", CLOCKS, tenant="A")
    taken = inventory.take(engine, ["account"])
    assert [(one.tenant, len(one.outage.causes)) for one in taken.listed] == [("a", 1), ("b", 1)]


# Properties

_VERBS = ["account.deactivate", "account.activate", "account.suspend", "account.restore",
          "account.delete", "account.create", "account.lock", "account.unlock",
          "session.start"]  # fmt: skip
_DRAWN = st.lists(
    st.tuples(st.integers(0, 4000), st.sampled_from([*_VERBS, "up", "down", "degraded"]),
              st.sampled_from(["console", "other"])),
    min_size=1, max_size=12, unique_by=lambda one: one[0],
)  # fmt: skip


def _drawn(second: int, what: str, source: str) -> Row:
    minute = second / 60
    if what in ("up", "down", "degraded"):
        states = {"up": "active", "down": "unavailable", "degraded": "degraded"}
        row = check(minute, states[what])
    elif what == "session.start":
        row = act(minute, what, source, actor="@headofstate", target=None)
    else:
        row = act(minute, what, source)
    return {**row, "event_uid": f"{what}@{second}", "record_no": second}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=_DRAWN, order=st.randoms(use_true_random=False))
def test_bounds_never_invert_and_do_not_depend_on_the_order_of_records(
    load: Any, drawn: list[tuple[int, str, str]], order: Any
) -> None:
    rows = [_drawn(*one) for one in drawn]
    found = history(load, rows)
    for outage in found.outages:
        first, last = outage.start_earliest, outage.end_latest
        assert first is None or first <= outage.start_latest
        assert last is None or outage.end_earliest is None or outage.end_earliest <= last
        assert first is None or last is None or first <= last
        if outage.end_earliest is not None and outage.start_latest < outage.end_earliest:
            # What is certain lies within what is possible.
            assert first is None or first <= outage.start_latest
            assert last is None or outage.end_earliest <= last
        assert outage.duration.shortest >= 0
        assert (
            outage.duration.longest is None or outage.duration.shortest <= outage.duration.longest
        )
    assert all(step.evidence for step in found.derivation)
    order.shuffle(rows)
    assert history(load, rows) == found


def test_a_call_that_was_refused_or_of_another_case_decided_nothing(load: Any) -> None:
    refused = {"approval_for": "account.deactivate", "approval_requested_by": "cx"}
    call = {"outcome": "pending", "actor": "cx"}
    end = [act(0, "account.deactivate", case_id="C-2"), act(20, "account.restore")]
    assert only(history(load, [act(-60, "account.deactivate", case_id="C-1", **call), *end])) \
        .decided_by_uid is None  # fmt: skip
    assert only(history(load, [act(-60, "account.deactivate", **call), *end])).stages[0].stage == (
        "executed"
    )
    rows = [
        act(-60, "account.deactivate", **call),
        act(-30, "approval.deny", actor="lo", **refused),
    ]
    rows += [act(0, "account.deactivate", actor="cx"), act(20, "account.restore")]
    assert only(history(load, rows)).decided_by_uid is None
    assert only(history(load, [rows[0], *rows[2:]])).decided_by_uid is not None


def test_of_several_requests_the_last_decided(load: Any) -> None:
    asked = {"approval_for": "account.deactivate", "case_id": "C-1"}
    rows = [act(at, "approval.request", actor="cx", **asked) for at in (-60, -40)]
    rows += [act(0, "account.deactivate", actor="bo", case_id="C-1"), act(9, "account.restore")]
    assert only(history(load, rows)).decided_by_uid == "console.approval.request@-40"


def test_a_grant_of_several_roles_is_several_memberships(load: Any) -> None:
    def grant(minute: float, verb: str, *held: str) -> Row:
        names = {"target": "bob", "target_id": "u-1", "target_name": "Bob B"}
        return act(minute, verb, **names, targets=["bob", "u-1", "Bob B", *held])

    both = ("Admin", "r-a", "Reader", "r-b")
    rows = [grant(0, "role.grant", *both), grant(9, "role.revoke", "Admin", "r-a")]
    engine = load(rows)
    found = reconstruct(engine, "admin", {"console": 5}, kind="role")
    assert found.target == "bob → Admin, r-a"
    assert only(found).ended_by_uid == "console.role.revoke@9"
    kept = reconstruct(engine, "reader", {"console": 5}, kind="role")
    assert (kept.target, only(kept).end_latest) == ("bob → Reader, r-b", None)
    listed = inventory.take(engine, ["role"]).listed
    assert [one.target for one in listed] == [found.target, kept.target]


def test_an_account_named_beside_the_target_is_graded_down_and_listed(load: Any) -> None:
    names = {"target": "t@x.example", "target_id": "1"}
    beside = ["t@x.example", "1", "boss@x.example", "2", "Boss"]
    engine = load(
        [
            act(0, "account.suspend", **names, targets=beside),
            act(60, "account.unsuspend", **names, targets=["t@x.example", "1"]),
        ]
    )
    found = reconstruct(engine, "boss@x.example", {"console": 5})
    basis = only(found).start_basis
    assert basis is not None and basis.grade == "C"
    assert any(one.startswith("boss@x.example is named beside others") for one in found.limits)
    own = only(reconstruct(engine, "t@x.example", {"console": 5}))
    assert own.start_basis is not None and own.start_basis.grade == "B"
    listed = {one.target: one for one in inventory.take(engine, ["account"]).listed}
    assert {name: one.grade for name, one in listed.items()} == {
        "boss@x.example": "C",
        "t@x.example": "B",
    }


def test_what_sets_a_bound_is_the_check_where_the_effect_came_late(load: Any) -> None:
    checks = [
        check(minute, "unavailable" if 300 <= minute < 310 else "active") for minute in range(340)
    ]
    rows = [act(2.5, "account.deactivate", actor="mod"), *checks]
    rows += [act(299.5, "account.deactivate", actor="worker"), act(309.5, "account.activate")]
    engine = load(rows)
    outage = only(reconstruct(engine, "@headofstate", CLOCKS))
    assert outage.start_basis is not None and outage.end_basis is not None
    assert outage.start_basis.bounds == ("probe@299", "probe@300")
    assert "console.account.deactivate@2.5" in outage.start_basis.evidence
    assert outage.end_basis.bounds == ("console.account.activate@309.5",)
    (listed,) = inventory.take(engine, ["account"]).listed
    assert (listed.started_by, listed.perhaps_started_by) == ("mod", ("worker",))
