"""The approved enforcement: the same act, two weeks later, asked for and granted beforehand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from story import probe, response, truth
from story.console import logged, utc
from story.enforcement import Enforced, Plan, carry_out
from story.export import TORN, Blemish, Told
from story.workday import Stage, working_days

NAME = "approved-enforcement"
TARGET = "@headofstate"
DAY = date(2017, 11, 15)

PLAN = Plan(
    day=DAY,
    viewed=utc("2017-11-15 18:02:26.418"),
    handle=TARGET,
    action="account_deactivated",
    reason="hacked",
    moderator="employee-5",
    approver="lead-sf-1",
    approver_role="ts_lead",
    waits=timedelta(minutes=10, seconds=3.7),
    restorer="employee-1",
    restored_after=timedelta(hours=3, minutes=27, seconds=41.9),
)
LEFT = frozenset({"contractor-7", "contractor-9", "employee-11", "employee-17"})
END_UNKNOWN = frozenset({"contractor-12"})


def tell() -> Told:
    """Play three working days in November 2017; nobody at work is on the last day."""
    stage = Stage(
        seed=NAME,
        days=working_days(date(2017, 11, 13), DAY),
        cases_a_shift=8.5,
        absent=LEFT | END_UNKNOWN,
        expected=PLAN.people,
    )
    stage.play()
    done = carry_out(stage, PLAN, 52)
    response.reports_overnight(stage, logged("2017-11-16 00:09:31.250"), 9)
    stage.administer(["contractor-3", "employee-14"])
    stage.console.number()
    probe_rows = probe.watch(
        TARGET,
        utc("2017-11-14 12:00:20"),
        utc("2017-11-16 01:30:00"),
        period=timedelta(minutes=1),
        down=[(done.act.time, done.restored.time)],
        timeouts=[utc("2017-11-15 17:51:20")],
    )
    return Told(
        name=NAME,
        stage=stage,
        first_export_ends=utc("2017-11-16 00:30:00"),
        late_export_starts=utc("2017-11-15 23:00:00"),
        probe_rows=probe_rows,
        blemishes=(Blemish(utc("2017-11-14 10:40:00"), TORN),),
        truth={
            **_truth(stage, done),
            "restored": truth.executed(done.restored),
            "outage": truth.outage(done.act, done.restored),
            "probe": truth.seen(probe_rows, TARGET),
        },
    )


def _truth(stage: Stage, done: Enforced) -> dict[str, Any]:
    say = truth.verdict
    return {
        "clocks": truth.CLOCKS,
        "act": {
            **truth.executed(done.act),
            "person": "employee-5",
            "person_grade": "high",
            "phase": "employed",
            "phase_as_known_at_act": "employed",
            "approvals_requested": 1,
            "approvals_valid": 1,
        },
        "approval": {
            **truth.executed(done.granted),
            "requested_by": "employee-5",
            "requested": done.requested.logged,
            "role": PLAN.approver_role,
            "seconds_before_act": (done.act.time - done.granted.time).total_seconds(),
        },
        "people": {
            "in_notice_in_window": ["employee-4"],
            "left_before_window": sorted(LEFT),
            "acts_after_access_end": 0,
            "enforcements_in_notice": truth.enforcements_by(stage.console.entries, "employee-4"),
        },
        "verdicts": [
            say("P1-vip-two-person", done.act, "compliant", "", "granted by a second person"),
            say("P2-departing-destructive", done.act, "compliant", "", "does not leave"),
            say("P3-after-end", done.act, "compliant", "", "employed"),
            say("P4-case-and-queue", done.act, "compliant", "", "assigned, read and allowed"),
        ],
    }
