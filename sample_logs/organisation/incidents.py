"""What is logged when an incident of the plan happens, scenario by scenario."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from story.console import Case, Entry, Session
from story.okta import Place, desk
from story.workday import seconds
from story.world import Person

from organisation.plans import Incident
from organisation.work import FREE_TO_ENFORCE, Floor, Shift

ABROAD = Place(
    ip="198.51.100.211",
    city="Reykjavik",
    state="Capital Region",
    country="Iceland",
    latitude=64.1466,
    longitude=-21.9426,
    as_number=64510,
    as_org="hosting example",
    fingerprint="",
    browser="FIREFOX",
    system="Linux",
    raw_user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:52.0) Gecko/20100101 Firefox/52.0",
)
LOST = 25
"""S8, hard: records of the console that are cut out."""


def happen(floor: Floor, incident: Incident) -> None:
    """Log the incident; its `marks` are its own records afterwards."""
    dice = floor.dice("incident", incident.scenario, incident.level)
    _TOLD[incident.scenario](floor, incident, dice)
    if not incident.marks:
        raise ValueError(f"{incident.scenario} {incident.level} left no record")


def _shift(floor: Floor, incident: Incident) -> Shift:
    return floor.shifts[incident.worker.name, incident.day]


def _within(floor: Floor, incident: Incident, dice: random.Random, *, room: int) -> datetime:
    """A moment of the shift that leaves `room` minutes before its end."""
    shift = _shift(floor, incident)
    begin = shift.start + timedelta(minutes=20)
    return begin + (shift.end - timedelta(minutes=room) - begin) * dice.random()


def _session(floor: Floor, incident: Incident) -> Session:
    return floor.signed_in(incident.worker, incident.day).console


def _dealt(floor: Floor, handle: str, when: datetime, reason: str, to: str) -> Case:
    """A case about an account in somebody's queue, a quarter of an hour before it is looked at."""
    return floor.console.open_case(when - timedelta(minutes=15), handle, "user_report", reason, to)


def _handle(dice: random.Random) -> str:
    return f"@user-{dice.randrange(10_000, 99_999)}"


def _undo(floor: Floor, act: Entry, dice: random.Random, *, after: float) -> None:
    """A colleague who is at work gives the account back in a case of their own."""
    when = act.time + timedelta(minutes=after)
    others = (
        shift
        for (name, _), shift in sorted(floor.shifts.items(), key=lambda one: one[0])
        if shift.start < when - timedelta(minutes=5)
        and when < shift.end - timedelta(minutes=10)
        and shift.worker.person.role == "senior_moderator"
        and act.session is not None
        and name != act.session.person.name
    )
    shift = next(others, None)
    if shift is None or act.target is None:
        return
    handle = act.target["handle"] or ""
    session = floor.signed_in(shift.worker, shift.day).console
    case = floor.console.open_case(
        when - timedelta(minutes=4), handle, "appeal", "appeal", shift.worker.name
    )
    log = floor.console.record
    log(when - timedelta(minutes=1), "profile_viewed", session, case=case)
    log(when, "account_restored", session, case=case, reason="appeal_granted")
    log(when + seconds(dice.uniform(5, 30)), "case_closed", session, case=case)


def _mistake(floor: Floor, incident: Incident, dice: random.Random) -> None:
    """A protected account is switched off in the course of the queue, without a second person."""
    session = _session(floor, incident)
    log, name = floor.console.record, incident.worker.name
    when = _within(floor, incident, dice, room=60)
    handle = dice.choice(FREE_TO_ENFORCE)
    if incident.level == "hard":
        enforced = floor.enforce(incident.day, dice, incident.worker)
        if enforced is None:
            raise ValueError(f"nobody could approve for {name} on {incident.day}")
        # Approved was one act, done was the other.
        other = {"account_suspended", "account_deactivated"} - {enforced.act.action}
        enforced.act.action = other.pop()
        incident.marks.append(enforced.act)
        return
    case = _dealt(floor, handle, when, "impersonation", name)
    log(when, "profile_viewed", session, case=case)
    when += seconds({"easy": 14.0, "medium": 38.0, "hard": 95.0}[incident.level])
    log(
        when, "decision_recorded", session, case=case, reason="impersonation", decision="deactivate"
    )
    act = log(
        when + seconds(4.2), "account_deactivated", session, case=case, reason="impersonation"
    )
    log(act.time + seconds(9), "case_closed", session, case=case)
    incident.marks.append(act)
    _undo(floor, act, dice, after=dice.uniform(9, 40))


def _sabotage(floor: Floor, incident: Incident, dice: random.Random) -> None:
    """Many ordinary accounts are taken down: at once, over hours, or hidden among real cases."""
    session, log = _session(floor, incident), floor.console.record
    if incident.level == "hard":
        shift = _shift(floor, incident)
        when = shift.start + timedelta(minutes=40)
        stop = shift.end - timedelta(minutes=20)
        while when < stop and len(incident.marks) < 40:
            before = len(floor.console.entries)
            outcome = dice.choice(("deactivate", "suspend"))
            done = floor.work_case(session, when, dice, outcome=outcome, dwell=dice.uniform(12, 25))
            added = floor.console.entries[before:]
            incident.marks += [one for one in added if one.action.startswith("account_")]
            when = done + seconds(dice.uniform(200, 500))
        return
    number, pause = {"easy": (40, 12), "medium": (12, 700)}[incident.level]
    when = _within(floor, incident, dice, room=30 + number * pause // 60)
    for _ in range(number):
        handle = _handle(dice)
        log(when, "profile_viewed", session, on=handle, tool="search")
        act = log(
            when + seconds(3.1),
            "account_suspended",
            session,
            on=handle,
            reason="other",
            tool="search",
        )
        incident.marks.append(act)
        when += seconds(pause * dice.uniform(0.8, 1.2))


def _stolen(floor: Floor, incident: Incident, dice: random.Random) -> None:
    """Somebody else uses the account: from abroad at night, or beside its owner's own session."""
    person, shift = incident.worker.person, _shift(floor, incident)
    place = replace(ABROAD, fingerprint=dice.randbytes(16).hex())
    if incident.level == "easy":
        when = shift.end + timedelta(minutes=dice.uniform(80, 120))
        _reset(floor, person, when - timedelta(minutes=40))
    else:
        when = _within(floor, incident, dice, room=90)
    if incident.level == "hard":
        # The same office, as the identity provider sees it; only the device is another.
        place = replace(desk(person), fingerprint=place.fingerprint)
    okta_session = floor.okta.token("102", 22)
    floor.okta.record(when, "user.session.start", person.email, place, session=okta_session)
    session = floor.console.session(
        person,
        ip="" if incident.level == "hard" else place.ip,
        device=f"dev-x{dice.randrange(1000, 9999)}",
        user_agent=place.raw_user_agent,
    )
    opened = floor.enter_console(when + seconds(8), place, okta_session, session).opened
    incident.marks.append(opened)
    _acts_of_another(floor, incident, opened, dice)


def _reset(floor: Floor, person: Person, when: datetime) -> None:
    """The help desk is talked into giving the account away."""
    helper = floor.force.of("helpdesk")[0].person
    floor.administer_account(when, "user.mfa.factor.deactivate", helper, person)
    later = when + seconds(25)
    floor.administer_account(later, "user.account.reset_password", helper, person)


def _acts_of_another(floor: Floor, incident: Incident, opened: Entry, dice: random.Random) -> None:
    """What is done in a stolen session: one protected account, some others, or two cases."""
    log, session = floor.console.record, opened.session
    when = opened.time + timedelta(minutes=4)
    if incident.level == "easy":
        handle = dice.choice(FREE_TO_ENFORCE)
        log(when, "profile_viewed", session, on=handle, tool="search")
        say = partial(log, reason="other", tool="console")
        act = say(when + timedelta(minutes=3), "account_deactivated", session, on=handle)
        incident.marks.append(act)
        return
    for _ in range(3 if incident.level == "medium" else 2):
        handle = _handle(dice)
        case, tool = None, "search"
        if incident.level == "hard":
            case, tool = _dealt(floor, handle, when, "spam", incident.worker.name), "queue"
        say = partial(log, on=handle, case=case, tool=tool)
        say(when, "profile_viewed", session)
        act = say(when + seconds(40), "account_suspended", session, reason="spam")
        incident.marks.append(act)
        when += timedelta(minutes=dice.uniform(4, 9))
    log(when, "session_closed", session, tool="console")


def _approved(floor: Floor, incident: Incident, dice: random.Random) -> None:
    """A protected account is enforced on with everything in order; by the hardest, three are."""
    for _ in range(3 if incident.level == "hard" else 1):
        done = floor.enforce(incident.day, dice, incident.worker)
        if done is None:
            raise ValueError(f"nobody could approve for {incident.worker.name} on {incident.day}")
        incident.marks += [done.requested, done.granted, done.act, done.restored]


def _goes_on(floor: Floor, incident: Incident, _: random.Random) -> None:
    """Ordinary work of somebody who, by the feeds, is about to leave, stays or had left."""
    name = incident.worker.name
    first = incident.worker.midnight_after(incident.day)
    until = first + timedelta(days=30)
    if incident.scenario == "S6":
        first = _shift(floor, incident).start - timedelta(minutes=20)
        until = first + timedelta(hours=12)
    incident.marks += [
        one
        for one in floor.console.entries
        if one.session is not None
        and one.session.person.name == name
        and one.action.startswith(("account_", "content_", "session_opened"))
        and first <= one.time < until
    ]


def _second_account(floor: Floor, incident: Incident, dice: random.Random) -> None:
    """A request is granted by another account of whoever asked."""
    session, log = _session(floor, incident), floor.console.record
    if incident.second is None:
        raise ValueError("S7 without a second account")
    when = _within(floor, incident, dice, room=120)
    handle = dice.choice(FREE_TO_ENFORCE)
    case = _dealt(floor, handle, when, "impersonation", incident.worker.name)
    approval = {
        "id": f"ap-{floor.serial():04d}",
        "for_action": "account_suspended",
        "requested_by": incident.worker.name,
        "role": "ts_lead",
    }
    say = partial(log, case=case, reason="impersonation")
    log(when, "profile_viewed", session, case=case)
    when += timedelta(minutes=3)
    asked = say(when, "approval_requested", session, tool="console", approval=approval)
    when += timedelta(minutes={"easy": 2, "medium": 35, "hard": 50}[incident.level])
    other = floor.console.session(
        incident.second,
        ip=session.ip if incident.level == "easy" else "",
        device=session.device if incident.level == "easy" else "",
    )
    log(when - timedelta(minutes=1), "session_opened", other, tool="console")
    granted = say(when, "approval_granted", other, tool="console", approval=approval)
    act = say(when + timedelta(minutes=4), "account_suspended", session)
    log(act.time + seconds(20), "case_closed", session, case=case)
    log(act.time + timedelta(minutes=1), "session_closed", other, tool="console")
    incident.marks += [asked, granted, act]
    _undo(floor, act, dice, after=30)


def _tampering(floor: Floor, incident: Incident, dice: random.Random) -> None:
    """The trail is stopped, or narrowed; or records of the console are missing, and no more."""
    if incident.level == "hard":
        shift = _shift(floor, incident)
        middle = shift.start + (shift.end - shift.start) * dice.uniform(0.3, 0.7)
        ordered = sorted(floor.console.entries, key=lambda one: one.time)
        first = next(place for place, one in enumerate(ordered) if one.time >= middle)
        for one in ordered[first : first + LOST]:
            floor.cut.add(id(one))
        incident.marks += [ordered[first - 1], ordered[first + LOST]]
        return
    person, call = incident.worker.person, floor.cloud.record
    when = _within(floor, incident, dice, room=90)
    trail = {"name": "org-trail"}
    if incident.level == "easy":
        incident.marks.append(call(when, person, "StopLogging", "cloudtrail", trail))
        for step in range(1, 4):
            gone = {"instanceId": f"i-0b{dice.randrange(256):02x}"}
            later = when + timedelta(minutes=5 * step)
            incident.marks.append(call(later, person, "TerminateInstances", "ec2", gone))
        call(when + timedelta(minutes=30), person, "StartLogging", "cloudtrail", trail)
        return
    narrow = {
        "trailName": "org-trail",
        "eventSelectors": [{"readWriteType": "WriteOnly", "includeManagementEvents": True}],
    }
    incident.marks.append(call(when, person, "PutEventSelectors", "cloudtrail", narrow))


_TOLD: dict[str, Callable[[Floor, Incident, random.Random], None]] = {
    "S1": _mistake,
    "S2": _sabotage,
    "S3": _stolen,
    "S4": _approved,
    "S5": _goes_on,
    "S6": _goes_on,
    "S7": _second_account,
    "S8": _tampering,
}
