"""The workforce: who works where and when, who joins, who leaves, and what the feeds say of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from story.world import EVENING_SHIFT, SITES, Person, Site

FIRST_DAY = date(2017, 6, 5)
"""A Monday. From here on days and nights are counted; both changes of clocks lie within 180."""

PLACES = (
    *SITES.values(),
    Site(
        code="sydney",
        city="Sydney",
        state="New South Wales",
        country="Australia",
        zone="Australia/Sydney",
        day_shift=(9, 17),
        network="10.4",
        egress="203.0.113.40",
        as_number=64499,
        as_org="platform sydney",
        latitude=-33.8688,
        longitude=151.2093,
    ),
)
PROVIDERS = {"vendor.example": "provider-north", "staffing.example": "provider-east"}
OFFICE_ROLES = {"it_admin": 1, "helpdesk": 1, "engineer": 3, "duty_manager": 1}
HALF_A_YEAR = 180
"""Days in which everybody is away once, for ten of them."""

EVENING = 0.2
"""Share of moderators on the evening shift, which ends after midnight."""


@dataclass(frozen=True)
class Fact:
    """One row of a feed: what it says of an end, from when on it can be read."""

    recorded: datetime
    resigned: str = ""
    last: str = ""
    status: str = "active"
    zone: str | None = None
    """The zone as the row has it; None for that of the site."""
    place: int = 0
    """Where among rows recorded in the same export this one stands."""


HIRED = Fact(datetime(2017, 1, 2, 9, tzinfo=UTC))
"""What the feeds say of those who have been there for long."""


@dataclass
class Worker:
    """One person at work: how much, on which days, and what the feeds say."""

    person: Person
    pace: float
    """Cases a shift, on average."""
    days_off: frozenset[int]
    joins: date
    leaves: date | None = None
    """The last day on which this person truly works."""
    away: set[date] = field(default_factory=set)
    facts: list[Fact] = field(default_factory=list)
    settled: bool = False
    """Whether something about this person's employment is part of the story already."""

    @property
    def name(self) -> str:
        """The pseudonym, which is the console login too."""
        return self.person.name

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the site."""
        return ZoneInfo(self.person.site.zone)

    def works_on(self, day: date) -> bool:
        """Whether the roster has a shift of this person that begins on that local day."""
        within = self.joins <= day and (self.leaves is None or day <= self.leaves)
        return within and day.weekday() not in self.days_off

    def midnight_after(self, day: date) -> datetime:
        """When a local day ends, in UTC."""
        return datetime.combine(day + timedelta(days=1), time(), self.zone).astimezone(UTC)

    def ends(self, day: date, *, recorded: datetime, notice: date | None = None) -> None:
        """Work and contract end with this day; both feeds say so from `recorded` on."""
        self.leaves, self.settled = day, True
        resigned = "" if notice is None else notice.isoformat()
        self.facts.append(Fact(recorded, resigned, day.isoformat()))


@dataclass(frozen=True)
class Workforce:
    """Everybody, in a fixed order."""

    workers: tuple[Worker, ...]

    def of(self, *roles: str) -> list[Worker]:
        """Everybody in one of these roles."""
        return [one for one in self.workers if one.person.role in roles]

    def named(self, name: str) -> Worker:
        """The worker of that name."""
        return next(one for one in self.workers if one.name == name)


def midday(day: date) -> datetime:
    """The moment at which feeds record what happens on a day."""
    return datetime.combine(day, time(12), UTC)


def hire(seed: str, size: int, nights: int) -> Workforce:
    """A workforce of that size, with the leaving and joining of an ordinary half-year."""
    dice = random.Random(f"{seed}/workforce")
    roles = [role for role, number in OFFICE_ROLES.items() for _ in range(number)]
    leads = max(len(PLACES), size // 12)
    seniors = max(2, size // 10)
    roles += ["ts_lead"] * leads + ["senior_moderator"] * seniors
    roles += ["moderator"] * (size - len(roles))
    if roles.count("moderator") < 8:
        raise ValueError(f"{size} people are too few: moderators would be missing")
    counts: dict[str, int] = {}
    workers = []
    for place, role in enumerate(roles):
        counts[role] = counts.get(role, 0) + 1
        site = PLACES[counts[role] % len(PLACES)]
        workers.append(_worker(dice, place, f"{role.replace('_', '-')}-{counts[role]}", role, site))
    force = Workforce(tuple(workers))
    _life(random.Random(f"{seed}/life"), force, nights)
    return force


def _worker(dice: random.Random, place: int, name: str, role: str, site: Site) -> Worker:
    moderator = role == "moderator"
    agency = moderator and dice.random() < 0.5
    domain = ("vendor.example", "staffing.example")[site.code == "manila"]
    shift = EVENING_SHIFT if moderator and dice.random() < EVENING else site.day_shift
    person = Person(
        name=f"contractor-{place}" if agency else name,
        user_id=f"u-{200 + place}",
        kind="contractor" if agency else "employee",
        site=site,
        role=role,
        domain=domain if agency else "platform.example",
        shift=shift,
    )
    # Queues are worked on every day; offices are not.
    off = dice.randrange(7) if moderator else 5
    return Worker(
        person=person,
        pace=dice.lognormvariate(0.0, 0.35),
        days_off=frozenset({off, (off + 1) % 7}),
        joins=FIRST_DAY - timedelta(days=200),
        facts=[HIRED],
    )


def _life(dice: random.Random, force: Workforce, nights: int) -> None:
    """Holidays, new people, orderly departures, one end that is corrected, one taken back."""
    for one in force.workers:
        start = dice.randrange(max(nights, HALF_A_YEAR))
        one.away |= {FIRST_DAY + timedelta(days=start + step) for step in range(10)}
    moderators = force.of("moderator")
    dice.shuffle(moderators)
    movers = moderators[: max(3, len(moderators) // 8)]
    for one in movers[2:]:
        if dice.random() < 0.5:
            one.joins = FIRST_DAY + timedelta(days=dice.randrange(5, max(6, nights // 2)))
            one.facts = [Fact(midday(one.joins - timedelta(days=3)))]
            one.settled = True
        else:
            last = FIRST_DAY + timedelta(days=dice.randrange(20, max(21, nights)))
            notice = last - timedelta(days=dice.randrange(14, 31))
            one.ends(last, recorded=midday(notice + timedelta(days=1)), notice=notice)
    corrected, stays = movers[0], movers[1]
    last = FIRST_DAY + timedelta(days=max(16, dice.randrange(nights // 3, nights - 2)))
    told = last - timedelta(days=dice.randrange(10, 15))
    corrected.ends(last, recorded=midday(told + timedelta(days=4)), notice=told)
    wrong = Fact(midday(told), told.isoformat(), (last + timedelta(days=14)).isoformat())
    corrected.facts.insert(1, wrong)
    take_back(stays, last, noticed=told, taken_back=told + timedelta(days=2))


def take_back(worker: Worker, last: date, *, noticed: date, taken_back: date) -> None:
    """Notice is given and taken back; the person stays."""
    notice = Fact(midday(noticed), noticed.isoformat(), last.isoformat())
    worker.facts += [notice, replace(notice, recorded=midday(taken_back), status="rescinded")]
    worker.settled = True
