"""The phases of an act by one plain loop over one person's facts: slow, and easy to check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from forensics.people.roster import Fact

BEGIN = datetime(1, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Act:
    earliest: datetime
    latest: datetime


def phases(facts: list[Fact], act: Act, *, known_at: datetime | None) -> set[str]:
    """Every phase the facts known by `known_at` (None: all) allow for some moment of the act."""
    facts = sorted(facts, key=age)
    spell = spell_of(standing(believed(facts, known_at)), act)
    if spell is None:
        return {"unknown"}
    end, dates = spell.end, dates_of(spell.end, facts)
    found = dated(spell, dates, act, facts)
    began = reaches(act, spell.start_at)
    if end.status == "rescinded":
        before = {one for one in found if act.earliest < end.known_from}
        after = {"employed"} if reaches(act, end.recorded_earliest) and began else set()
        return before | after | ({"unknown"} if before_start(spell, act) else set())
    if end.status in {"leave", "garden_leave"}:
        worked = {"employed", "notice"} | ({"unknown"} if open_contract(end, dates) else set())
        kept = {one for one in found if one not in worked or act.earliest < end.known_from}
        if before_start(spell, act) and not spell.returned:
            kept.add("unknown")
        away = reaches(act, end.recorded_earliest) and working(spell, dates, act)
        return kept | ({"leave"} if away else set())
    return found


def age(fact: Fact) -> tuple[object, ...]:
    """Older first: what does not say when it was written, then by when it was."""
    recorded = fact.recorded_at
    return (recorded is not None, recorded or BEGIN, fact.start_at or BEGIN, fact.fact_no)


def family(fact: Fact) -> str:
    if fact.kind is None:
        return "employee" if fact.feed == "employees" else "contractor"
    return "employee" if fact.kind == "employee" else "contractor"


def end_at(fact: Fact) -> datetime | None:
    return None if fact.status == "rescinded" else fact.access_end_earliest


def apart(one: Fact, other: Fact) -> bool:
    """Whether one spell starts when the other has ended."""
    for first, second in ((one, other), (other, one)):
        end = end_at(first)
        if end is not None and second.start_at is not None and second.start_at >= end:
            return True
    return False


def believed(facts: list[Fact], known_at: datetime | None) -> list[Fact]:
    """The facts known by then that no later fact of the same roster, known by then, replaces."""
    known = [one for one in facts if known_at is None or one.known_from <= known_at]
    return [
        one
        for one in known
        if not any(
            age(later) > age(one)
            and (family(later), later.feed) == (family(one), one.feed)
            and not apart(one, later)
            for later in known
        )
    ]


def outweighs(one: Fact, other: Fact) -> bool:
    def rank(fact: Fact) -> int:
        return 4 if fact.status == "rescinded" else fact.end_rank

    if rank(one) != rank(other):
        return rank(one) < rank(other)
    end, its_end = end_at(one), end_at(other)
    if end == its_end:
        return age(one) > age(other)
    return end is not None and its_end is not None and end < its_end


def standing(known: list[Fact]) -> list[Fact]:
    """Of rosters that differ about one employment, the one that outweighs the others."""
    return [
        one
        for one in known
        if not any(
            family(other) == family(one)
            and other.feed != one.feed
            and not apart(one, other)
            and outweighs(other, one)
            for other in known
        )
    ]


@dataclass(frozen=True)
class Spell:
    start_at: datetime | None
    start_latest: datetime | None
    end: Fact
    returned: bool


def begin(fact: Fact) -> datetime:
    return fact.start_at or BEGIN


def finish(fact: Fact) -> datetime:
    return end_at(fact) or NEVER


def spell_of(facts: list[Fact], act: Act) -> Spell | None:
    """The stretch of work that the spell holding at the end of the act is part of."""
    ordered = sorted(facts, key=lambda one: (begin(one), age(one)))
    stretches: list[list[Fact]] = []
    for one in ordered:
        latest = max((finish(other) for group in stretches for other in group), default=None)
        if latest is None or (latest != NEVER and begin(one) > latest + timedelta(days=3)):
            stretches.append([one])
        else:
            stretches[-1].append(one)
    holding = None
    for number, group in enumerate(stretches):
        for one in group:
            first = number == 0 and one is group[0]
            if first or begin(one) <= act.latest:
                holding = number, group
    if holding is None:
        return None
    number, group = holding
    end = max(group, key=lambda one: (finish(one), family(one), age(one)))
    return Spell(group[0].start_at, group[0].start_latest, end, returned=number > 0)


def dates_of(end: Fact, facts: list[Fact]) -> Fact:
    """A rescission that repeats no date is of the departure that the row before told of."""
    if end.status != "rescinded" or end.notice_at or end.access_end_earliest:
        return end
    same = [one for one in facts if (family(one), one.feed) == (family(end), end.feed)]
    before = [one for one in same if age(one) < age(end)]
    return before[-1] if before else end


def notice(dates: Fact, facts: list[Fact]) -> tuple[datetime | None, datetime | None]:
    """From when notice can, and must, have run: as said, or since an end 30 days away is known."""
    if dates.notice_at is not None:
        return dates.notice_at, dates.notice_latest
    if dates.access_end_earliest is None or dates.access_end_latest is None:
        return None, None
    told = [
        (one.recorded_earliest or BEGIN, one.known_from, *ends)
        for one in facts
        if (family(one), one.feed, one.start_at) == (family(dates), dates.feed, dates.start_at)
        and age(one) <= age(dates)
        and (ends := ends_of(one))
    ]
    can = min(max(recorded, earliest - MONTH) for recorded, _, earliest, _ in told)
    must = min(max(known, latest - MONTH) for _, known, _, latest in told)
    return max(can, dates.access_end_earliest - MONTH), max(must, dates.access_end_latest - MONTH)


def ends_of(fact: Fact) -> tuple[datetime, datetime] | None:
    if fact.access_end_earliest is None or fact.access_end_latest is None:
        return None
    return fact.access_end_earliest, fact.access_end_latest


def reaches(act: Act, moment: datetime | None) -> bool:
    return moment is None or act.latest >= moment


def before_start(spell: Spell, act: Act) -> bool:
    return spell.start_latest is not None and act.earliest < spell.start_latest


def working(spell: Spell, dates: Fact, act: Act) -> bool:
    """Whether some moment of the act can lie after the start and before the last day."""
    until = working_until(dates)
    return reaches(act, spell.start_at) and (until is None or act.earliest < until)


def working_until(dates: Fact) -> datetime | None:
    ends = [one for one in (dates.last_day_latest, dates.access_end_latest) if one is not None]
    return min(ends, default=None)


def open_contract(end: Fact, dates: Fact) -> bool:
    return end.kind != "employee" and dates.access_end_earliest is None


def dated(spell: Spell, dates: Fact, act: Act, facts: list[Fact]) -> set[str]:
    """The phases by dates alone, whatever the status."""
    found = set()
    since, surely = notice(dates, facts)
    until = working_until(dates)
    if working(spell, dates, act):
        if surely is None or act.earliest < surely:
            found.add("unknown" if open_contract(spell.end, dates) else "employed")
        if since is not None and act.latest >= since and (until is None or since < until):
            found.add("notice")
    if before_start(spell, act):
        found.add("ended" if spell.returned else "unknown")
    day, over = dates.last_day_earliest, dates.access_end_latest
    if day is not None and over is not None and day < over:
        found |= {"last_day"} if act.latest >= day and act.earliest < over else set()
    if dates.access_end_earliest is not None and act.latest >= dates.access_end_earliest:
        found.add("ended")
    return found
