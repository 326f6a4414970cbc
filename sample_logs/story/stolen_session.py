"""The stolen session: a leaver's account acts on his last day, and it is not the leaver."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from story import probe, response, truth
from story.console import Entry, logged, utc
from story.enforcement import Enforced, Plan, carry_out
from story.export import TORN, Blemish, Told
from story.okta import Place, user
from story.workday import Stage, working_days
from story.world import ADMIN_ACCOUNT, PEOPLE

NAME = "stolen-session"
TARGET = "@headofstate"
DAY = date(2017, 11, 2)
VICTIM = PEOPLE["contractor-7"]

ELSEWHERE = Place(
    ip="198.51.100.211",
    city="Reykjavik",
    state="Capital Region",
    country="Iceland",
    latitude=64.1466,
    longitude=-21.9426,
    as_number=64510,
    as_org="hosting example",
    fingerprint="c0ffee0f5e55105eba11adca5cadef00",
    browser="FIREFOX",
    system="Linux",
    raw_user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:52.0) Gecko/20100101 Firefox/52.0",
)
UNUSUAL = {
    "behaviors": "{New Geo-Location=POSITIVE, New Device=POSITIVE, New IP=POSITIVE, "
    "New State=POSITIVE, New Country=POSITIVE, New City=POSITIVE}",
    "risk": "{level=HIGH}",
}
# Two days before, a protected account is enforced on as it should be: the console does ask.
PROPER = Plan(
    day=date(2017, 10, 31),
    viewed=utc("2017-10-31 10:05:31.377"),
    handle="@civicmayor",
    action="account_suspended",
    reason="hacked",
    moderator="employee-13",
    approver="lead-dub-1",
    approver_role="ts_lead",
    waits=timedelta(minutes=4, seconds=11.5),
    restorer="employee-9",
    restored_after=timedelta(hours=3, minutes=2, seconds=6.1),
)
FOLLOW_UP = {"lead-sf-1": (logged("2017-11-02 23:44:51.370"), logged("2017-11-03 00:31:16.905"))}


def tell() -> Told:
    """Play three working days up to contractor-7's last."""
    stage = Stage(
        seed=NAME,
        days=working_days(date(2017, 10, 31), DAY),
        cases_a_shift=8.5,
        absent=frozenset({"contractor-9", "employee-11", "employee-17"}),
        scripted={
            (VICTIM.name, DAY): utc("2017-11-02 22:14:00"),
            ("lead-sf-1", DAY): utc("2017-11-02 22:50:00"),
        },
        expected=frozenset((VICTIM.name, day) for day in (date(2017, 10, 31), date(2017, 11, 1)))
        | PROPER.people,
    )
    stage.play()
    earlier = carry_out(stage, PROPER, 47)
    closed = _his_own_afternoon(stage)
    stolen, act = _somebody_else(stage)
    restored = response.restore(stage, "lead-sf-1", DAY, TARGET, logged("2017-11-02 22:57:50.811"))
    response.follow_up(stage, DAY, FOLLOW_UP)
    response.reports_overnight(stage, logged("2017-11-02 23:06:40.020"), 9)
    for when, kind in (
        ("2017-11-02 23:12:02.660", "user.session.clear"),
        ("2017-11-02 23:12:19.035", "user.lifecycle.suspend"),
    ):
        stage.okta.administer(utc(when), kind, ADMIN_ACCOUNT, VICTIM)
    stage.administer(["contractor-5", "employee-12"])
    stage.console.number()
    probe_rows = probe.watch(
        TARGET,
        utc("2017-11-01 12:00:20"),
        utc("2017-11-03 01:00:00"),
        period=timedelta(minutes=1),
        down=[(act.time, restored.time)],
    )
    return Told(
        name=NAME,
        stage=stage,
        first_export_ends=utc("2017-11-02 23:30:00"),
        late_export_starts=utc("2017-11-02 21:00:00"),
        probe_rows=probe_rows,
        blemishes=(Blemish(utc("2017-11-01 09:15:00"), TORN),),
        truth={
            **_truth(stage, stolen=stolen, act=act, closed=closed, earlier=earlier),
            "restored": truth.executed(restored),
            "outage": truth.outage(act, restored),
            "probe": truth.seen(probe_rows, TARGET),
        },
    )


def _his_own_afternoon(stage: Stage) -> Entry:
    """contractor-7 at his own desk, in the session he opened in the morning, until he leaves."""
    me = stage.signed[VICTIM.name, DAY].console
    for start, outcome, dwell in (
        ("22:17:31.240", "no_action", 83.1),
        ("22:24:02.915", "suspend", 104.6),
        ("22:31:48.377", "warn", 58.9),
        ("22:38:20.053", "no_action", 141.2),
        ("22:44:55.628", "no_action", 66.4),
        ("22:50:10.192", "warn", 72.0),
    ):
        dice = stage.dice("own desk", start)
        stage.work_case(me, logged(f"2017-11-02 {start}"), dice, outcome=outcome, dwell=dwell)
    return stage.console.record(
        logged("2017-11-02 22:57:02.140"), "session_closed", me, tool="console"
    )


def _somebody_else(stage: Stage) -> tuple[Entry, Entry]:
    """A caller talks the help desk into a reset, signs in from elsewhere, and finds the target."""
    okta = stage.okta
    helpdesk = PEOPLE["helpdesk-1"].email
    okta.administer(utc("2017-11-02 21:38:12.500"), "user.mfa.factor.deactivate", helpdesk, VICTIM)
    okta.administer(utc("2017-11-02 21:38:47.130"), "user.account.reset_password", helpdesk, VICTIM)
    session = okta.token("102", 22)
    for when, kind, subject, debug in (
        ("22:18:05.902", "user.account.update_password", True, UNUSUAL),
        ("22:19:33.417", "user.mfa.factor.activate", True, {"factor": "SMS_FACTOR"}),
        ("22:33:51.288", "user.session.start", False, UNUSUAL),
        (
            "22:34:09.764",
            "user.authentication.auth_via_mfa",
            True,
            {"factor": "SMS_FACTOR", **UNUSUAL},
        ),
    ):
        okta.record(
            utc(f"2017-11-02 {when}"),
            kind,
            VICTIM.email,
            ELSEWHERE,
            session=session,
            target=[user(VICTIM.email)] if subject else None,
            debug=debug,
        )
    console_session = stage.console.session(
        VICTIM, ip=ELSEWHERE.ip, device="dev-unknown-1", user_agent=ELSEWHERE.raw_user_agent
    )
    entered = stage.enter_console(
        utc("2017-11-02 22:34:15.330"), ELSEWHERE, session, console_session
    )
    log = stage.console.record
    log(
        logged("2017-11-02 22:36:10.584"),
        "profile_viewed",
        console_session,
        on=TARGET,
        tool="search",
    )
    act = log(
        logged("2017-11-02 22:41:37.208"),
        "account_deactivated",
        console_session,
        on=TARGET,
        reason="other",
        tool="console",
    )
    return entered.opened, act


def _truth(
    stage: Stage, *, stolen: Entry, act: Entry, closed: Entry, earlier: Enforced
) -> dict[str, Any]:
    say, own = truth.verdict, stage.signed[VICTIM.name, DAY]
    return {
        "clocks": truth.CLOCKS,
        "act": {
            **truth.executed(act),
            "person": "",
            "person_grade": "low",
            "phase": "last_day",
            "phase_as_known_at_act": "last_day",
            "access_end": utc("2017-11-03 07:00:00"),
            "approvals_requested": 0,
            "approvals_valid": 0,
        },
        "reading": {
            "hypothesis": "H3",
            "meaning": "someone else used the credentials",
            "session": stolen.session and stolen.session.id,
            "session_opened": stolen.id,
            "country": ELSEWHERE.country,
            "as_number": ELSEWHERE.as_number,
            "mfa_reset": utc("2017-11-02 21:38:12.500"),
            "mfa_reset_by": "helpdesk-1",
            "own_session": own.console.id,
            "own_session_opened": own.opened.id,
            "own_session_closed": closed.id,
        },
        "people": {
            "in_notice_in_window": ["employee-4", VICTIM.name],
            "left_in_window": [VICTIM.name],
            "acts_after_access_end": 0,
        },
        "verdicts": [
            say("P1-vip-two-person", act, "violation", "critical", "no approval was asked for"),
            say("P2-departing-destructive", act, "unknown", "", "who used the account is unknown"),
            say("P4-case-and-queue", act, "violation", "medium", "no case was named"),
            say("P1-vip-two-person", earlier.act, "compliant", "", "granted by a second person"),
        ],
    }
