"""The eleven minutes: a contractor's last hour, a head of state's account, and nobody asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from story import probe, response, truth
from story.console import Entry, logged, utc
from story.enforcement import Enforced, Plan, carry_out, turn_down
from story.export import GARBAGE, TIMELESS, TORN, Blemish, Told
from story.okta import desk
from story.workday import Stage, working_days
from story.world import ADMIN_ACCOUNT, PEOPLE

NAME = "eleven-minutes"
LAST_DAY = date(2017, 11, 2)
TARGET = "@headofstate"


# Protected accounts are enforced on now and then, and this is how: with a second person.
PROPER = (
    Plan(
        day=date(2017, 10, 18),
        viewed=utc("2017-10-18 09:41:12.640"),
        handle="@newswire",
        action="account_suspended",
        reason="hacked",
        moderator="employee-13",
        approver="lead-dub-1",
        approver_role="ts_lead",
        waits=timedelta(minutes=4, seconds=11.5),
        restorer="employee-9",
        restored_after=timedelta(hours=3, minutes=2, seconds=6.1),
    ),
    Plan(
        day=date(2017, 10, 24),
        viewed=utc("2017-10-24 17:22:48.105"),
        handle="@reliefagency",
        action="account_deactivated",
        reason="hacked",
        moderator="employee-5",
        approver="lead-sf-1",
        approver_role="ts_lead",
        waits=timedelta(minutes=2, seconds=37.9),
        restorer="employee-1",
        restored_after=timedelta(hours=4, minutes=19, seconds=44.3),
    ),
    Plan(
        day=date(2017, 10, 31),
        viewed=utc("2017-10-31 10:05:31.377"),
        handle="@civicmayor",
        action="account_suspended",
        reason="hacked",
        moderator="contractor-10",
        approver="duty-manager-1",
        approver_role="duty_manager",
        waits=timedelta(minutes=9, seconds=2.2),
        restorer="employee-9",
        restored_after=timedelta(hours=1, minutes=47, seconds=15.8),
    ),
)
REFUSED = Plan(
    day=date(2017, 10, 20),
    viewed=utc("2017-10-20 12:30:05.218"),
    handle="@electioncommission",
    action="account_suspended",
    reason="impersonation",
    moderator="contractor-11",
    approver="lead-dub-1",
    approver_role="ts_lead",
    waits=timedelta(),
)
FOLLOW_UP = {
    "lead-sf-1": (logged("2017-11-02 23:41:19.850"), logged("2017-11-03 00:58:02.330")),
    "lead-sf-2": (logged("2017-11-03 00:12:37.094"), logged("2017-11-03 01:05:44.716")),
}


def tell() -> Told:
    """Play fourteen working days and the evening of 2 November 2017."""
    stage = Stage(
        seed=NAME,
        days=working_days(date(2017, 10, 16), LAST_DAY),
        cases_a_shift=8.5,
        absent=frozenset({"employee-17"}),
        scripted={
            ("contractor-7", LAST_DAY): utc("2017-11-02 22:16:00"),
            ("lead-sf-1", LAST_DAY): utc("2017-11-02 22:50:00"),
            ("lead-sf-2", LAST_DAY): utc("2017-11-02 22:40:00"),
        },
        expected=frozenset().union(*(plan.people for plan in (*PROPER, REFUSED)))
        | {("employee-12", date(2017, 10, 26)), ("employee-11", date(2017, 10, 25))},
    )
    stage.play(leaving={"employee-11": date(2017, 10, 25), "contractor-9": date(2017, 10, 27)})
    earlier = [carry_out(stage, plan, 41 + number) for number, plan in enumerate(PROPER)]
    turn_down(stage, REFUSED, 44)
    premier = _not_yet_protected(stage)
    act = _last_hour(stage)
    restored = response.restore(
        stage, "lead-sf-1", LAST_DAY, TARGET, logged("2017-11-02 23:01:03.412")
    )
    response.follow_up(stage, LAST_DAY, FOLLOW_UP)
    response.reports_overnight(stage, logged("2017-11-02 23:06:08.500"), 12)
    _identity_provider(stage)
    _hostile_note(stage)
    stage.console.number(hole_at=utc("2017-10-26 03:14:00"), hole=3)
    probe_rows = _probe(act, restored)
    return Told(
        name=NAME,
        stage=stage,
        first_export_ends=utc("2017-11-02 23:30:00"),
        late_export_starts=utc("2017-11-02 21:00:00"),
        probe_rows=probe_rows,
        blemishes=(
            Blemish(utc("2017-10-19 14:02:00"), TORN),
            Blemish(utc("2017-10-25 08:30:00"), GARBAGE),
            Blemish(utc("2017-10-30 18:45:00"), TIMELESS),
        ),
        truth=_truth(
            stage,
            act=act,
            restored=restored,
            earlier=earlier,
            premier=premier,
            probe_rows=probe_rows,
        ),
    )


def _last_hour(stage: Stage) -> Entry:
    """contractor-7 works off his queue; the last report but one is on the head of state."""
    signed = stage.signed["contractor-7", LAST_DAY]
    me, log = signed.console, stage.console.record
    for start, outcome in (
        ("22:16:40.120", "no_action"),
        ("22:22:05.733", "warn"),
        ("22:27:51.046", "suspend"),
        ("22:33:30.902", "no_action"),
        ("22:38:14.455", "deactivate"),
        ("22:43:47.318", "no_action"),
    ):
        dice = stage.dice("last hour", start)
        stage.work_case(me, logged(f"2017-11-02 {start}"), dice, outcome=outcome)

    case = stage.console.open_case(
        logged("2017-11-02 22:30:22.087"), TARGET, "user_report", "impersonation", me.person.name
    )
    log(logged("2017-11-02 22:48:41.266"), "profile_viewed", me, case=case)
    log(
        logged("2017-11-02 22:49:52.930"),
        "decision_recorded",
        me,
        case=case,
        reason="impersonation",
        decision="deactivate",
    )
    act = log(
        logged("2017-11-02 22:50:03.412"),
        "account_deactivated",
        me,
        case=case,
        reason="impersonation",
    )
    log(logged("2017-11-02 22:50:16.745"), "case_closed", me, case=case)

    dice = stage.dice("last hour", "last case")
    viewed = logged("2017-11-02 22:51:02.381")
    stage.work_case(me, viewed, dice, outcome="no_action", dwell=67.8)
    log(logged("2017-11-02 22:54:07.520"), "session_closed", me, tool="console")
    return act


def _not_yet_protected(stage: Stage) -> Entry:
    """An ordinary enforcement on an account that was given a tier only eleven days later."""
    session = stage.signed["employee-12", date(2017, 10, 26)].console
    log, handle = stage.console.record, "@visitingpremier"
    case = stage.console.open_case(
        utc("2017-10-26 10:02:11.300"), handle, "user_report", "impersonation", "employee-12"
    )
    log(utc("2017-10-26 10:31:40.015"), "profile_viewed", session, case=case)
    log(
        utc("2017-10-26 10:33:02.662"),
        "decision_recorded",
        session,
        case=case,
        reason="impersonation",
        decision="suspend",
    )
    act = log(
        utc("2017-10-26 10:33:09.871"),
        "account_suspended",
        session,
        case=case,
        reason="impersonation",
    )
    log(utc("2017-10-26 13:20:55.904"), "account_restored", session, case=case, reason="verified")
    log(utc("2017-10-26 13:21:10.440"), "case_closed", session, case=case)
    return act


def _hostile_note(stage: Stage) -> None:
    """Text a user sent, quoted into a note: escape codes, markup and a formula."""
    session = stage.signed["employee-13", date(2017, 10, 18)].console
    stage.console.record(
        utc("2017-10-18 13:05:27.310"),
        "note_added",
        session,
        on="@user-66613",
        reason="abusive",
        text="\x1b[31mURGENT\x1b[0m <script>alert(1)</script> =cmd|' /C calc'!A0",
    )


def _identity_provider(stage: Stage) -> None:
    """Leavers are switched off; contractor-7 only after the fact."""
    stage.administer(["contractor-2", "contractor-13", "employee-10", "employee-16"])
    stage.administer(["employee-6", "contractor-17", "contractor-4", "contractor-8"])
    stage.deactivate_leaver(utc("2017-10-16 16:12:40.300"), "employee-17")
    stage.deactivate_leaver(utc("2017-10-25 16:40:21.900"), "employee-11")
    stage.deactivate_leaver(utc("2017-10-27 16:03:09.450"), "contractor-9")
    contractor = PEOPLE["contractor-7"]
    for when, kind in (
        ("2017-11-02 23:42:10.117", "user.session.clear"),
        ("2017-11-02 23:42:26.804", "user.lifecycle.suspend"),
    ):
        stage.okta.administer(utc(when), kind, ADMIN_ACCOUNT, contractor)
    stage.okta.record(
        utc("2017-11-02 22:54:31.260"),
        "user.session.end",
        contractor.email,
        desk(contractor),
        session=stage.signed["contractor-7", LAST_DAY].okta_session,
    )


def _probe(act: Entry, restored: Entry) -> list[tuple[str, ...]]:
    begin, end = utc("2017-10-30 00:00:20"), utc("2017-11-03 01:30:00")
    rows = probe.watch(
        TARGET,
        begin,
        end,
        period=timedelta(minutes=1),
        down=[(act.time, restored.time)],
        timeouts=[utc("2017-11-02 22:41:20")],
    )
    rows += probe.watch("@emergencyalerts", begin, end, period=timedelta(minutes=5))
    return sorted(rows)


def _truth(
    stage: Stage,
    *,
    act: Entry,
    restored: Entry,
    earlier: Sequence[Enforced],
    premier: Entry,
    probe_rows: Sequence[tuple[str, ...]],
) -> dict[str, Any]:
    say = truth.verdict
    return {
        "clocks": truth.CLOCKS,
        "act": {
            **truth.executed(act),
            "person": "contractor-7",
            "person_grade": "high",
            "phase": "last_day",
            "phase_as_known_at_act": "last_day",
            "contract_end_recorded": utc("2017-10-20 17:42:00"),
            "access_end": utc("2017-11-03 07:00:00"),
            "access_end_zone": "America/Los_Angeles",
            "approvals_requested": 0,
            "approvals_valid": 0,
            "earlier_enforcements_on_protected_targets": 0,
        },
        "restored": truth.executed(restored),
        "outage": truth.outage(act, restored),
        "probe": truth.seen(probe_rows, TARGET),
        "people": {
            "in_notice_in_window": ["employee-4", "employee-8", "employee-11", "contractor-7"],
            "left_in_window": ["employee-11", "contractor-9", "contractor-7"],
            "left_before_window": ["employee-17"],
            "rescinded": ["employee-8"],
            "end_unknown": ["contractor-12"],
            "enforcements_by_end_unknown": truth.enforcements_by(
                stage.console.entries, "contractor-12"
            ),
            "acts_after_access_end": 0,
        },
        "verdicts": [
            say("P1-vip-two-person", act, "violation", "critical", "no approval was asked for"),
            say("P2-departing-destructive", act, "violation", "critical", "on the last day"),
            say("P3-after-end", act, "compliant", "", "before midnight in San Francisco"),
            say("P4-case-and-queue", act, "compliant", "", "assigned, read and allowed"),
            *(
                say("P1-vip-two-person", one.act, "compliant", "", "granted by a second person")
                for one in earlier
            ),
            say("P1-vip-two-person", premier, "out_of_scope", "", "given a tier only later"),
        ],
    }
