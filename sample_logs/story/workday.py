"""Ordinary work: sign-ins, queue work on reported accounts, appeals, and the routine of IT."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from story.console import Case, Console, Entry, Session
from story.okta import Okta, Place, desk, user
from story.world import (
    ADMIN_ACCOUNT,
    MODERATING_ROLES,
    PEOPLE,
    PROTECTED,
    REVIEW_ONLY,
    Person,
)

COMPLAINTS = {  # reason code -> how often users give it
    "spam": 38,
    "abusive": 24,
    "impersonation": 14,
    "platform_manipulation": 12,
    "hacked": 7,
    "other": 5,
}
# What becomes of a report on an ordinary account. Nobody enforces on a protected one this way.
OUTCOMES = {"no_action": 46, "warn": 22, "deactivate": 18, "suspend": 14}
ENFORCED_BY = {"deactivate": "account_deactivated", "suspend": "account_suspended"}
REPORTED_PROTECTED = {  # how the reports on protected accounts are spread
    "@headofstate": 12,
    "@newswire": 4,
    "@electioncommission": 3,
    "@emergencyalerts": 2,
    "@parliament": 2,
    "@centralbank": 1,
    "@reliefagency": 1,
    "@civicmayor": 1,
    "@formerminister": 1,
    "@visitingpremier": 1,
}


def seconds(amount: float) -> timedelta:
    """A span, to the millisecond the logs can show."""
    return timedelta(milliseconds=round(amount * 1000))


def weighted(dice: random.Random, weights: dict[str, int]) -> str:
    """One key, chosen by its weight."""
    return dice.choices(list(weights), list(weights.values()))[0]


def lognormal(dice: random.Random, median: float, spread: float, low: float, high: float) -> float:
    """A human duration: skewed, never below `low`, never above `high`."""
    return min(high, max(low, median * math.exp(spread * dice.gauss(0.0, 1.0))))


def over_dispersed(dice: random.Random, mean: float) -> int:
    """A count whose variance exceeds its mean (gamma-mixed Poisson), as workloads do."""
    threshold = math.exp(-dice.gammavariate(4.0, mean / 4.0))
    count, product = 0, dice.random()
    while product > threshold:
        count, product = count + 1, product * dice.random()
    return count


def reviews_only(session: Session) -> bool:
    """Whether this person may decide but neither touch accounts nor remove content."""
    return session.person.name in REVIEW_ONLY


@dataclass(frozen=True)
class Signed:
    """A person signed in to the identity provider and, from there, to the console."""

    okta_session: str
    console: Session
    opened: Entry


@dataclass
class Stage:
    """Where a story is played: its days, its people, its two main logs, its ordinary law."""

    seed: str
    days: list[date]
    cases_a_shift: float
    absent: frozenset[str] = frozenset()
    """People who no longer or not yet work in this story."""
    scripted: dict[tuple[str, date], datetime] = field(default_factory=dict)
    """Shifts a plot finishes itself: ordinary work stops at this instant, nobody signs out."""
    expected: frozenset[tuple[str, date]] = frozenset()
    """People whom a plot needs at work on a day."""
    signed: dict[tuple[str, date], Signed] = field(default_factory=dict)
    appeals: list[tuple[datetime, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.console = Console(self.seed)
        self.okta = Okta(self.seed)

    def dice(self, *purpose: object) -> random.Random:
        """Randomness for one purpose alone, so that a change here moves nothing elsewhere."""
        return random.Random("/".join([self.seed, *map(str, purpose)]))

    def play(self, leaving: dict[str, date] | None = None) -> None:
        """Let everybody work through the days; `leaving` gives people's last day in the story."""
        leaving = leaving or {}
        shifts = [
            (*person.shift_on(day), person, day)
            for day in self.days
            for person in PEOPLE.values()
            if person.name not in self.absent and day <= leaving.get(person.name, day)
        ]
        for start, end, person, day in sorted(shifts, key=lambda shift: (shift[0], shift[2].name)):
            needed = (person.name, day) in self.expected or (person.name, day) in self.scripted
            if needed or self.dice("absent", person.name, day).random() > 0.05:
                last_day = leaving.get(person.name) == day
                self._shift(person, day, start, end - timedelta(minutes=35 * last_day))

    def _shift(self, person: Person, day: date, start: datetime, end: datetime) -> None:
        dice = self.dice("shift", person.name, day)
        start += seconds(dice.gauss(0, 160))
        end += seconds(dice.gauss(-60, 150))
        okta_session = self._sign_in(person, start, dice)
        if person.role in ("it_admin", "helpdesk"):
            return
        arrived = start + seconds(dice.uniform(16, 80))
        signed = self.enter_console(
            arrived, desk(person), okta_session, self.console.session(person)
        )
        self.signed[person.name, day] = signed
        until = self.scripted.get((person.name, day))
        begin, stop = signed.opened.time + seconds(90), until or end - seconds(240)
        if person.role in MODERATING_ROLES:
            self._queue(signed.console, begin, stop, dice)
        else:
            self._lead(signed.console, begin, stop, dice)
        if until is None:
            self.sign_out(signed, end, dice)

    def _sign_in(self, person: Person, start: datetime, dice: random.Random) -> str:
        """Sign in to the identity provider; returns its session id."""
        place = desk(person)
        if dice.random() < 0.05:
            self.okta.record(
                start - seconds(dice.uniform(9, 40)),
                "user.session.start",
                person.email,
                place,
                failure="INVALID_CREDENTIALS",
            )
        session = self.okta.token("102", 22)
        self.okta.record(start, "user.session.start", person.email, place, session=session)
        if dice.random() < 0.25:
            self.okta.record(
                start + seconds(dice.uniform(4, 15)),
                "user.authentication.auth_via_mfa",
                person.email,
                place,
                session=session,
                target=[user(person.email)],
                debug={"factor": "OKTA_VERIFY_PUSH"},
            )
        return session

    def enter_console(
        self, when: datetime, place: Place, okta_session: str, session: Session
    ) -> Signed:
        """Sign on to the console: its request id is the identity provider's transaction id."""
        transaction = self.okta.sso(when, session.person, place, okta_session)
        lag = seconds(self.dice("sso", session.id).uniform(0.03, 0.4))
        opened = self.console.record(
            when + lag, "session_opened", session, request=transaction, tool="console"
        )
        return Signed(okta_session, session, opened)

    def sign_out(self, signed: Signed, when: datetime, dice: random.Random) -> Entry:
        """Leave the console; for some the identity provider's session ends with it."""
        closed = self.console.record(when, "session_closed", signed.console, tool="console")
        if dice.random() < 0.35:
            closed.request = self.okta.transaction()
            person = signed.console.person
            self.okta.record(
                when + seconds(dice.uniform(0.03, 0.4)),
                "user.session.end",
                person.email,
                desk(person),
                session=signed.okta_session,
                transaction=closed.request,
            )
        return closed

    def _queue(
        self, session: Session, begin: datetime, stop: datetime, dice: random.Random
    ) -> None:
        senior = session.person.role == "senior_moderator"
        count = over_dispersed(dice, self.cases_a_shift)
        span = (stop - begin).total_seconds()
        free = begin
        for offset in sorted(dice.uniform(0, span) for _ in range(count)):
            start = max(begin + seconds(offset), free)
            if start > stop - seconds(600):
                return
            due = [appeal for appeal in self.appeals if appeal[0] <= start]
            if senior and due:
                self.appeals.remove(due[0])
                free = self._appeal(session, start, due[0][1], dice)
            else:
                free = self.work_case(session, start, dice)
            free += seconds(dice.uniform(15, 120))

    def work_case(
        self,
        session: Session,
        start: datetime,
        dice: random.Random,
        *,
        outcome: str | None = None,
        dwell: float | None = None,
    ) -> datetime:
        """One reported account from report to closed case; returns when the case was closed.

        A plot may fix what is decided and how many seconds the look at the profile takes.
        """
        person = session.person
        handle, complaint = f"@user-{dice.randrange(10_000, 99_999)}", weighted(dice, COMPLAINTS)
        # contractor-7 had never been dealt a protected account before the one that matters.
        if dice.random() < 0.026 and person.name != "contractor-7":
            handle, outcome = weighted(dice, REPORTED_PROTECTED), "no_action"
        kind = "user_report" if handle in PROTECTED or dice.random() < 0.8 else "automated_flag"
        wait = lognormal(dice, 2100, 0.8, 120, 6 * 3600)
        case = self.console.open_case(start - seconds(wait), handle, kind, complaint, None)
        dealt = case.opened + seconds(min(wait - 20, dice.uniform(2, 0.7 * wait)))
        self.console.assign(dealt, case, person.name)
        if dice.random() < 0.01:
            self.console.record(
                start, "profile_viewed", session, case=case, result="error", error="timeout"
            )
            start += seconds(dice.uniform(11, 20))
        if dice.random() < 0.006:
            stray = f"@user-{dice.randrange(10_000, 99_999)}"
            self.console.record(
                start - seconds(dice.uniform(5, 14)),
                "profile_viewed",
                session,
                on=stray,
                tool="search",
                result="denied",
                error="not_in_queue",
            )
        self.console.record(start, "profile_viewed", session, case=case)
        if outcome is None:
            outcome = weighted(dice, OUTCOMES)
        if outcome in ENFORCED_BY and reviews_only(session):
            outcome = "no_action"
        if dwell is None:
            dwell = lognormal(dice, 75, 0.7, 9, 1200)
        now = start + seconds(dwell)
        return self._decide(session, now, case, reason=complaint, outcome=outcome, dice=dice)

    def _decide(
        self,
        session: Session,
        now: datetime,
        case: Case,
        *,
        reason: str,
        outcome: str,
        dice: random.Random,
    ) -> datetime:
        log = self.console.record
        log(now, "decision_recorded", session, case=case, reason=reason, decision=outcome)
        now += seconds(lognormal(dice, 6, 0.6, 1.5, 60))
        if outcome in ENFORCED_BY:
            log(now, ENFORCED_BY[outcome], session, case=case, reason=reason)
            if dice.random() < 0.05:
                self.appeals.append((now + seconds(dice.uniform(20, 60) * 3600), case.handle))
        elif outcome == "warn" and dice.random() < 0.4 and not reviews_only(session):
            post = {
                "type": "content",
                "handle": case.handle,
                "id": f"post-{dice.getrandbits(36):010x}",
            }
            log(now, "content_removed", session, on=post, case=case, reason=reason)
        if dice.random() < 0.07:
            now += seconds(dice.uniform(8, 60))
            text = dice.choice(("second report this week", "see earlier case", "language: other"))
            log(now, "note_added", session, case=case, reason=reason, text=text)
        now += seconds(lognormal(dice, 9, 0.7, 2, 90))
        log(now, "case_closed", session, case=case)
        return now

    def _appeal(
        self, session: Session, start: datetime, handle: str, dice: random.Random
    ) -> datetime:
        opened = start - seconds(lognormal(dice, 5400, 0.5, 600, 9 * 3600))
        case = self.console.open_case(opened, handle, "appeal", "appeal", session.person.name)
        log = self.console.record
        log(start, "profile_viewed", session, case=case)
        now = start + seconds(lognormal(dice, 150, 0.5, 30, 1200))
        log(now, "decision_recorded", session, case=case, reason="appeal", decision="no_action")
        now += seconds(dice.uniform(3, 15))
        log(now, "account_restored", session, case=case, reason="appeal_granted")
        now += seconds(dice.uniform(5, 30))
        log(now, "case_closed", session, case=case)
        return now

    def _lead(self, session: Session, begin: datetime, stop: datetime, dice: random.Random) -> None:
        span = (stop - begin).total_seconds()
        for offset in sorted(dice.uniform(0, span) for _ in range(dice.randrange(2, 6))):
            report = {
                "type": "report",
                "handle": None,
                "id": f"rep-{session.person.site.code}-{dice.randrange(100, 999)}",
            }
            when = begin + seconds(offset)
            self.console.record(when, "report_exported", session, on=report, tool="console")

    def administer(self, subjects: Iterable[str]) -> None:
        """Passwords are changed, users lock themselves out, the help desk lets them in again."""
        for name in subjects:
            person, dice = PEOPLE[name], self.dice("administer", name)
            start, end = person.shift_on(dice.choice(self.days))
            when = start + (end - start) * dice.uniform(0.1, 0.8)
            if dice.random() < 0.5:
                self.okta.record(
                    when,
                    "user.account.update_password",
                    person.email,
                    desk(person),
                    session=self.okta.token("102", 22),
                    target=[user(person.email)],
                )
            else:
                self.okta.record(
                    when,
                    "user.account.lock",
                    person.email,
                    desk(person),
                    target=[user(person.email)],
                    failure="LOCKED_OUT",
                )
                self.okta.administer(
                    when + seconds(dice.uniform(200, 900)),
                    "user.account.unlock",
                    PEOPLE["helpdesk-1"].email,
                    person,
                )

    def deactivate_leaver(self, when: datetime, name: str) -> None:
        """IT switches a leaver's sign-in off."""
        self.okta.administer(when, "user.lifecycle.deactivate", ADMIN_ACCOUNT, PEOPLE[name])


def working_days(first: date, last: date) -> list[date]:
    """Mondays to Fridays from `first` to `last`, both included."""
    span = (last - first).days + 1
    days = (first + timedelta(days=step) for step in range(span))
    return [day for day in days if day.weekday() < 5]
