"""Ordinary work of the whole organisation: shifts, queues, approvals, IT, engineers."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from story.console import Session
from story.enforcement import Enforced, Plan, carry_out
from story.okta import desk, user
from story.workday import Signed, Stage, seconds, weighted
from story.world import PROTECTED, Person

from organisation.cloud import Cloud
from organisation.people import FIRST_DAY, Worker, Workforce

DISPERSION = 3.0
"""r of the negative binomial of daily counts: variance = mean + mean²/r."""

SICK = 0.04
OVERTIME = 0.01
"""Share of shifts that go on for two hours more than the roster says."""

ENFORCED_PROPERLY = 1 / 9
"""Approved enforcements on a protected account, a day."""

WEEKEND = 0.7
"""How much is reported on a Saturday or Sunday, beside other days."""

ON_DUTY = ("moderator", "senior_moderator")
FREE_TO_ENFORCE = sorted(one.handle for one in PROTECTED.values() if one.valid_to == "")[:-1]


def negative_binomial(dice: random.Random, mean: float) -> int:
    """A day's count, over-dispersed as workloads are."""
    threshold = math.exp(-dice.gammavariate(DISPERSION, mean / DISPERSION))
    count, product = 0, dice.random()
    while product > threshold:
        count, product = count + 1, product * dice.random()
    return count


@dataclass(frozen=True)
class Shift:
    """A shift that was worked: from signing in to signing out."""

    worker: Worker
    day: date
    start: datetime
    end: datetime


class Floor(Stage):
    """The organisation at work; a story's stage, with its own people and paces."""

    def __init__(self, seed: str, force: Workforce, nights: int, cases_a_shift: float) -> None:
        days = [FIRST_DAY + timedelta(days=step) for step in range(nights)]
        super().__init__(seed=seed, days=days, cases_a_shift=cases_a_shift)
        self.force = force
        self.cloud = Cloud(seed)
        self.shifts: dict[tuple[str, date], Shift] = {}
        self._pace = 1.0
        self._serial = 0
        self.cut: set[int] = set()

    def work(self) -> None:
        """Let everybody work through all days, then the events that need several people."""
        rostered = [
            (*one.person.shift_on(day), one, day)
            for day in self.days
            for one in self.force.workers
            if one.works_on(day)
        ]
        for start, end, one, day in sorted(rostered, key=lambda shift: (shift[0], shift[2].name)):
            ill = self.dice("absent", one.name, day).random() < SICK
            if day not in one.away and (not ill or (one.name, day) in self.expected):
                self._attend(one, day, start, end)
        for day in self.days:
            self._office(day)
        for one in self.force.workers:
            self._switch_off(one)

    def is_at_work(self, worker: Worker, day: date) -> bool:
        """Whether a shift of that day was worked."""
        return (worker.name, day) in self.shifts

    def serial(self) -> int:
        """The number of the next approval."""
        self._serial += 1
        return self._serial

    def _attend(self, one: Worker, day: date, start: datetime, end: datetime) -> None:
        dice = self.dice("overtime", one.name, day)
        if dice.random() < OVERTIME:
            end += timedelta(hours=2)
        self._pace = one.pace * (WEEKEND if day.weekday() >= 5 else 1.0)
        self.shifts[one.name, day] = Shift(one, day, start, end)
        if one.person.role == "engineer":
            self._engineer(one.person, day, start, end)
        else:
            self._shift(one.person, day, start, end)

    def _queue(
        self, session: Session, begin: datetime, stop: datetime, dice: random.Random
    ) -> None:
        count = negative_binomial(dice, self.cases_a_shift * self._pace)
        span, free = (stop - begin).total_seconds(), begin
        senior = session.person.role == "senior_moderator"
        for offset in sorted(dice.uniform(0, span) for _ in range(count)):
            start = max(begin + seconds(offset), free)
            if start > stop - seconds(600):
                return
            due = next((one for one in self.appeals if one[0] <= start), None) if senior else None
            if due:
                self.appeals.remove(due)
                free = self._appeal(session, start, due[1], dice)
            else:
                free = self.work_case(session, start, dice)
            free += seconds(dice.uniform(15, 120))

    def _engineer(self, person: Person, day: date, start: datetime, end: datetime) -> None:
        dice = self.dice("engineer", person.name, day)
        self._sign_in(person, start + seconds(dice.gauss(0, 160)), dice)
        span = (end - start).total_seconds() - 600
        for _ in range(negative_binomial(dice, 3.0 * self.cases_a_shift)):
            self.cloud.call(start + seconds(300 + dice.uniform(0, span)), person, dice)

    def _office(self, day: date) -> None:
        """What of a day needs more than one person: proper enforcement, forgotten passwords."""
        dice = self.dice("office", day)
        # The first is early, so that the records begin to tell of approvals.
        if day == FIRST_DAY + timedelta(days=1) or dice.random() < ENFORCED_PROPERLY:
            self.enforce(day, dice)
        helpers = [one for one in self.force.of("helpdesk") if self.is_at_work(one, day)]
        if helpers and dice.random() < 0.3:
            shift = self.shifts[helpers[0].name, day]
            when = shift.start + (shift.end - shift.start) * dice.uniform(0.1, 0.8)
            subject = dice.choice(self.force.of(*ON_DUTY)).person
            self.locked_out(when, subject)
            self.administer_account(
                when + seconds(dice.uniform(200, 900)),
                "user.account.unlock",
                helpers[0].person,
                subject,
            )

    def enforce(
        self, day: date, dice: random.Random, moderator: Worker | None = None
    ) -> Enforced | None:
        """A protected account is enforced on as it should be, by the moderator or by anybody.

        None when nobody is at work together with a lead and a senior moderator for long enough.
        """
        here = [shift for (_, at), shift in self.shifts.items() if at == day]
        doers = [
            one
            for one in here
            if one.worker.person.role == "moderator" and moderator in (None, one.worker)
        ]
        for doer in dice.sample(doers, len(doers)) * 8:
            begin, stop = doer.start + timedelta(minutes=30), doer.end - timedelta(minutes=20)
            viewed = begin + (stop - begin) * dice.random()
            later = timedelta(minutes=dice.randrange(60, 75))
            second = self._there(here, "ts_lead", viewed, viewed + timedelta(minutes=20), doer)
            third = self._there(here, "senior_moderator", viewed, viewed + later, doer)
            if second is None or third is None or viewed + timedelta(minutes=20) > stop:
                continue
            plan = Plan(
                day=day,
                viewed=viewed,
                handle=dice.choice(FREE_TO_ENFORCE),
                action=dice.choice(("account_suspended", "account_deactivated")),
                reason=weighted(dice, {"hacked": 3, "impersonation": 2, "spam": 1}),
                moderator=doer.worker.name,
                approver=second.worker.name,
                approver_role="ts_lead",
                waits=seconds(dice.uniform(40, 600)),
                restorer=third.worker.name,
                restored_after=later - timedelta(minutes=20),
            )
            return carry_out(self, plan, self.serial())
        return None

    def _there(
        self, here: list[Shift], role: str, first: datetime, last: datetime, but: Shift
    ) -> Shift | None:
        """Somebody in the role who is at work during all of a time."""
        fit = (
            one
            for one in here
            if one.worker.person.role == role
            and one.start + timedelta(minutes=10) <= first
            and last <= one.end - timedelta(minutes=10)
            and one is not but
        )
        return next(fit, None)

    def _switch_off(self, one: Worker) -> None:
        """IT switches off who left, in the first shift after the roster said so."""
        if one.leaves is None:
            return
        known = max(one.midnight_after(one.leaves), one.facts[-1].recorded)
        admins = {worker.name: worker for worker in self.force.of("it_admin")}
        for (name, _), shift in sorted(self.shifts.items(), key=lambda item: item[1].start):
            if name in admins and shift.end - timedelta(minutes=30) > known:
                when = max(known, shift.start) + timedelta(minutes=20)
                kind = "user.lifecycle.deactivate"
                self.administer_account(when, kind, admins[name].person, one.person)
                return

    def locked_out(self, when: datetime, subject: Person) -> None:
        """Too many wrong passwords."""
        self.okta.record(
            when,
            "user.account.lock",
            subject.email,
            desk(subject),
            target=[user(subject.email)],
            failure="LOCKED_OUT",
        )

    def administer_account(
        self, when: datetime, kind: str, admin: Person, subject: Person
    ) -> dict[str, object]:
        """An administrator changes another's account at the identity provider."""
        return self.okta.record(
            when,
            kind,
            admin.email,
            desk(admin),
            session=self.okta.token("102", 22),
            target=[user(subject.email)],
        )

    def signed_in(self, worker: Worker, day: date) -> Signed:
        """The worker's console session of that day."""
        return self.signed[worker.name, day]
