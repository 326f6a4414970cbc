"""Which incident happens to whom on which night, decided before anybody works."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from story.world import Person

from organisation.people import (
    FIRST_DAY,
    Fact,
    Worker,
    Workforce,
    midday,
    take_back,
)

SCENARIOS = {
    "S1": "mistake",
    "S2": "sabotage",
    "S3": "stolen session",
    "S4": "approved enforcement",
    "S5": "back-dated leaver",
    "S6": "rescinded resignation",
    "S7": "approval by own second account",
    "S8": "log tampering",
}
LEVELS = ("easy", "medium", "hard")
INNOCENT = frozenset({"S4", "S6"})
"""True negatives: nothing about them may be told above low."""

LEARNED_AFTER = {"easy": 1, "medium": 3, "hard": 9}
"""S5: days until the feed says that somebody had left."""


@dataclass
class Incident:
    """A plan, and what was logged for it: the records that ought to be found or left alone."""

    scenario: str
    level: str
    worker: Worker
    day: date
    """The local day of the shift it happens in."""
    second: Person | None = None
    """S7: the worker's other account."""
    told: datetime | None = None
    """When a feed says what makes it an incident, if that is later than the acts."""
    marks: list[object] = field(default_factory=list)
    """The records of the incident themselves, of whichever log."""

    @property
    def accounts(self) -> list[str]:
        """The accounts that act."""
        names = [self.worker.name, self.worker.person.email]
        return [*names, self.second.name] if self.second else names


def plan(
    seed: str, force: Workforce, nights: int, quiet: int, wanted: Sequence[tuple[str, str]]
) -> list[Incident]:
    """Each wanted (scenario, level) on a night of its own, none before night `quiet`.

    Raises `ValueError` when there are not enough nights or people for them.
    """
    dice = random.Random(f"{seed}/plans")
    # What begins late in a night may end in the next, and whoever stays works a few days more.
    free = [FIRST_DAY + timedelta(days=step) for step in range(quiet, nights - 4)]
    dice.shuffle(free)
    # Those that need more of a night choose first.
    order = sorted(wanted, key=lambda one: ("S5 S6 S8 S2 S4 S3 S7 S1".index(one[0]), one[1]))
    incidents: list[Incident] = []
    for scenario, level in order:
        taken = {one.worker.name for one in incidents}
        incident = _place(dice, force, (scenario, level), free, taken)
        free.remove(incident.day if incident.told is None else incident.told.date())
        incidents.append(incident)
    return sorted(incidents, key=lambda one: (one.day, one.scenario))


def _place(
    dice: random.Random,
    force: Workforce,
    kind: tuple[str, str],
    free: Sequence[date],
    taken: set[str],
) -> Incident:
    scenario, level = kind
    role = "engineer" if scenario == "S8" and level != "hard" else "moderator"
    alone = scenario in {"S4", "S5", "S6"} or kind in {("S1", "easy"), ("S2", "easy")}
    for night in free:
        back = LEARNED_AFTER[level] if scenario == "S5" else 0
        day = night - timedelta(days=back)
        fit = [one for one in force.of(role) if _fits(force, one, day, scenario, level)]
        if alone:
            # Who leaves or seems to must not have, or get, another incident that needs them there.
            fit = [one for one in fit if not one.settled and one.name not in taken]
        if fit:
            incident = Incident(scenario, level, dice.choice(fit), day)
            _prepare(incident, night)
            return incident
    raise ValueError(f"no night and worker are left for {scenario} {level}")


def _fits(force: Workforce, one: Worker, day: date, scenario: str, level: str) -> bool:
    """Whether this person works then, and long enough before and after."""
    moderator = one.person.role == "moderator"
    contractor = one.person.kind == "contractor"
    if scenario == "S5" and not contractor:
        return False
    if scenario == "S6" and contractor:
        return False
    # Only who works by day meets leads and seniors.
    if moderator and scenario in {"S1", "S4", "S7"} and one.person.shift[1] > 24:
        return False
    if (scenario == "S4" or (scenario, level) == ("S1", "hard")) and not _meets(force, one, day):
        return False
    known = one.joins <= day - timedelta(days=10)
    after = day + timedelta(days=1)
    days = (day, after) if scenario in {"S5"} else (day,)
    return known and all(one.works_on(each) and each not in one.away for each in days)


def _meets(force: Workforce, one: Worker, day: date) -> bool:
    """Whether the shift overlaps that of a lead and a senior moderator for two hours."""
    begin, end = one.person.shift_on(day)
    begin, end = begin + timedelta(minutes=30), end - timedelta(minutes=20)
    here = [two for two in force.workers if two.works_on(day) and day not in two.away]
    spans = [
        [two.person.shift_on(day) for two in here if two.person.role == role]
        for role in ("ts_lead", "senior_moderator")
    ]
    return any(
        min(end, end_1, end_2) - max(begin, begin_1, begin_2) > timedelta(hours=2)
        for begin_1, end_1 in spans[0]
        for begin_2, end_2 in spans[1]
    )


def _prepare(incident: Incident, night: date) -> None:
    """What of the plan shows in the feeds, and whom it keeps from leaving."""
    one, day, level = incident.worker, incident.day, incident.level
    scenario = incident.scenario
    one.away -= {day + timedelta(days=step) for step in range(4)}
    notice = day - timedelta(days=20)
    if (scenario, level) == ("S1", "easy"):
        one.ends(day, recorded=midday(notice), notice=notice)
    elif (scenario, level) == ("S2", "easy"):
        one.ends(day + timedelta(days=6), recorded=midday(notice), notice=notice)
    elif scenario == "S5":
        incident.told = midday(night)
        # The last day was `day`; the person works on until the feed tells.
        one.leaves, one.settled = min(night - timedelta(days=1), day + timedelta(days=3)), True
        if level == "easy":
            one.leaves = night
        zone = "" if level == "hard" else None
        one.facts.append(Fact(incident.told, last=day.isoformat(), zone=zone))
    elif scenario == "S6":
        # Work goes on the day after what was to be the last.
        last = day - timedelta(days=1)
        back = last - timedelta(days=7) if level == "easy" else last
        take_back(one, last, noticed=notice, taken_back=back)
        if level == "hard":
            given, taken = one.facts[-2:]
            # The export writes the newer row first.
            one.facts[-2:] = [replace(taken, place=-1), given]
    elif scenario == "S7":
        person = one.person
        incident.second = replace(
            person,
            name=f"{person.name}-lead",
            user_id=f"u-{person.number + 5000}",
            role="ts_lead",
        )
