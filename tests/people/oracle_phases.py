"""The phases of an act, moment by moment and one record after another: slow, and easy to check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from forensics.people import dates
from forensics.people.roster import Fact

BEGIN = datetime(1, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
MONTH = timedelta(days=30)
TICK = timedelta(microseconds=1)
AWAY = {"leave", "garden_leave"}
# Family, feed and series: one roster's rows about employees, or about contractors.
Line = tuple[str, str, str]
Ending = tuple[object, ...]
CONTRACT = 2


@dataclass(frozen=True)
class Act:
    earliest: datetime
    latest: datetime


def phases(facts: Sequence[Fact], act: Act, *, hindsight: bool) -> set[str]:
    """Every phase that some moment of the act can lie in, as known then or with all known now."""
    found: set[str] = set()
    for moment in moments(facts, act):
        for written in records(facts, moment, hindsight=hindsight):
            known = list(facts) if hindsight else written
            found |= phases_at(moment, known, written)
    return found


def moments(facts: Sequence[Fact], act: Act) -> set[datetime]:
    """Moments of the act of which one stands for every other: about all that the facts name."""
    named: set[datetime] = set()
    for fact in facts:
        told = [getattr(fact, name) for name in Fact.__dataclass_fields__]
        named |= {one for one in told if isinstance(one, datetime)}
        named |= {end - MONTH for end in ends(fact) or ()} | set(day_over(fact) or ())
    near = {one + step for one in named for step in (-TICK, timedelta(0))}
    return {act.earliest, act.latest} | {one for one in near if act.earliest <= one <= act.latest}


def perhaps_from(fact: Fact, *, hindsight: bool) -> datetime:
    """When a row can first have been on record; unsaid, it was known only with the import."""
    return fact.recorded_earliest or (BEGIN if hindsight else fact.known_from)


def records(facts: Sequence[Fact], moment: datetime, *, hindsight: bool) -> Iterator[list[Fact]]:
    """What can have been on record: rows come in the order of the first or last moment they can."""
    orders = (lambda one: one.known_from, lambda one: perhaps_from(one, hindsight=hindsight))
    for order in orders:
        for cut in {BEGIN, *(order(one) for one in facts)}:
            record = [one for one in facts if order(one) <= cut]
            others = [one for one in facts if order(one) > cut]
            if all(perhaps_from(one, hindsight=hindsight) <= moment for one in record) and all(
                one.known_from > moment for one in others
            ):
                yield record


def age(fact: Fact) -> tuple[object, ...]:
    """Older first: what does not say when it was written, then by when it was."""
    recorded, start = fact.recorded_at, fact.start_at
    when = (recorded is not None, recorded or BEGIN, start is not None, start or BEGIN)
    return (*when, fact.series, fact.feed, fact.fact_no)


def family(fact: Fact) -> str:
    if fact.kind is None:
        return "employee" if fact.feed == "employees" else "contractor"
    return "employee" if fact.kind == "employee" else "contractor"


def line_of(fact: Fact) -> Line:
    return family(fact), fact.feed, fact.series


def ends(fact: Fact) -> tuple[datetime, datetime] | None:
    if fact.access_end_earliest is None or fact.access_end_latest is None:
        return None
    return fact.access_end_earliest, fact.access_end_latest


def day_over(fact: Fact) -> tuple[datetime, datetime] | None:
    """When the last working day is over, which access can outlast only if its end is explicit."""
    if fact.end_basis != "access_end" or fact.last_working_day is None:
        return ends(fact)
    return dates.day_end(fact.last_working_day, dates.zone(fact.zone) if fact.zone else None)


def tied(one: Fact, other: Fact) -> bool:
    """Whether two rows of one file, of one time, contradict each other."""
    told = [(each.access_end_latest, each.status) for each in (one, other)]
    return (one.source, one.recorded_at) == (other.source, other.recorded_at) and told[0] != told[1]


def surely_before(one: Fact, other: Fact) -> bool:
    return other.recorded_earliest is not None and one.known_from < other.recorded_earliest


def one_after_other(
    starts: datetime | None, end: datetime | None, begins: datetime | None, over: datetime | None
) -> bool:
    """Whether, of two spells, one starts when the other is over."""
    first = starts is not None and over is not None and starts >= over
    return first or (begins is not None and end is not None and begins >= end)


@dataclass(frozen=True)
class Said:
    """What one roster says in the end of one spell of work."""

    fact: Fact
    void: bool
    status: str
    near: tuple[datetime, datetime] | None
    first: Fact
    stint: Fact | None
    back: tuple[Fact, int] | None
    struck: bool = False

    @property
    def end(self) -> datetime | None:
        return None if self.void or self.struck else self.fact.access_end_earliest

    @property
    def rank(self) -> int:
        return 5 if self.struck else 4 if self.end is None else self.fact.end_rank

    @property
    def status_weight(self) -> tuple[object, ...]:
        """Greater is believed: a status that was written, later, leave rather than work."""
        if self.stint is None:
            return (False, BEGIN, False)
        when, away = self.stint.recorded_at or BEGIN, self.status in AWAY
        return (self.stint.status_stated, when, away, age(self.stint))

    def takes_back(self, other: Said) -> str | None:
        """Whether this speaks of the other's end: which of the two holds, or that it is open."""
        if self.back is None or other.ending is None or not self.apart_from(other):
            return None
        row, rank = self.back
        if rank == CONTRACT or rank > other.rank or not self.overlaps(other):
            return None
        if line_of(row) == line_of(other.fact):
            return "open"
        if surely_before(other.first, row):
            return "taken back"
        return "ends" if surely_before(row, other.first) else "open"

    def apart_from(self, other: Said) -> bool:
        """Whether the two are of one family, and neither replaces the other."""
        one, its = self.fact, other.fact
        if family(one) != family(its) or one.fact_no == its.fact_no:
            return False
        same_time = (one.source, one.recorded_at) == (its.source, its.recorded_at)
        return line_of(one) != line_of(its) or same_time

    @property
    def begin(self) -> datetime:
        return self.fact.start_at or BEGIN

    @property
    def notice(self) -> tuple[datetime, datetime] | None:
        at, latest = self.fact.notice_at, self.fact.notice_latest
        return None if self.void or self.struck or at is None or latest is None else (at, latest)

    def overlaps(self, other: Said) -> bool:
        return not one_after_other(self.fact.start_at, self.end, other.fact.start_at, other.end)

    @property
    def ending(self) -> Ending | None:
        """The end as one of several that can be right; of ends of a contract the earliest is."""
        if self.end is None or self.rank == CONTRACT:
            return None
        fact = self.fact
        return (*(ends(fact) or ()), fact.last_day_earliest, fact.last_day_latest,
                fact.last_working_day)  # fmt: skip

    def disputes(self, other: Said) -> bool:
        """Whether nothing says which of two ends of one spell is right."""
        if not self.apart_from(other) or self.ending is None or other.ending is None:
            return False
        return self.rank == other.rank and self.ending != other.ending and self.overlaps(other)

    def weight(self, ending: Ending | None) -> tuple[object, ...]:
        """Greater is believed: rank, the end taken for right, the earlier, the later row."""
        taken = self.ending == ending
        return (-self.rank, taken, NEVER - (self.end or NEVER), age(self.fact))


def said_by(line: list[Fact], written: list[Fact]) -> Iterator[Said]:
    """What one roster says of each spell, from its rows by age, with what waits left out."""

    def counted(place: int) -> bool:
        unwritten = [one for one in line[: place + 1] if one.status == "rescinded"]
        return place == 0 or line[place] in written or all(one in written for one in unwritten)

    def together(one: Fact, other: Fact) -> bool:
        over, its = (
            None if each.status == "rescinded" else each.access_end_earliest
            for each in (one, other)
        )
        return one is other or not one_after_other(one.start_at, over, other.start_at, its)

    rows = [one for place, one in enumerate(line) if counted(place)]
    for place, one in enumerate(rows):
        if any(together(one, later) and not tied(one, later) for later in rows[place + 1 :]):
            continue
        held = [row for row in line if row in written and together(one, row) and not tied(one, row)]
        void = one.status == "rescinded" and one in written
        first = run_of(line, one, dates_told)
        yield Said(
            one, void, held[-1].status if held else "active", near_end(line, one, together), first,
            run_of(line, held[-1], status_told) if held else None,
            back_of(line, one, [row for row in held if row in written], first, together, void=void),
        )  # fmt: skip


def dates_told(fact: Fact) -> tuple[object, ...]:
    return (fact.start_at, fact.start_latest, fact.notice_at, fact.notice_latest,
            fact.last_working_day, fact.access_end_earliest, fact.access_end_latest,
            fact.end_basis, fact.status == "rescinded")  # fmt: skip


def status_told(fact: Fact) -> tuple[object, ...]:
    return (fact.status, fact.status_stated)


def run_of(line: list[Fact], one: Fact, told: Callable[[Fact], tuple[object, ...]]) -> Fact:
    """The first of the rows up to one that say the same again and again."""
    place = line.index(one)
    while place and told(line[place - 1]) == told(one):
        place -= 1
    return line[place]


def back_of(
    line: list[Fact],
    one: Fact,
    held: list[Fact],
    first: Fact,
    together: Callable[[Fact, Fact], bool],
    *,
    void: bool,
) -> tuple[Fact, int] | None:
    """The row that takes a departure back, and the strength of the end that it takes back."""
    upto = line[: line.index(one) + 1]
    turns = [row for row in held if row in upto and row.status == "rescinded"]
    if not void and (one.access_end_earliest is not None or not turns):
        return None
    spoken = [row for row in upto if together(one, row) and not tied(one, row) and ends(row)]
    return first if void else turns[-1], min([row.end_rank for row in spoken], default=0)


def near_end(
    line: list[Fact], one: Fact, together: Callable[[Fact, Fact], bool]
) -> tuple[datetime, datetime] | None:
    """From when an end at most 30 days away was on record, since the last rescission."""
    before = line[: line.index(one) + 1]
    turns = [place for place, row in enumerate(before) if row.status == "rescinded"]
    told = before[turns[-1] :] if turns else before
    bounds = [
        (max(row.recorded_earliest or BEGIN, over[0] - MONTH), max(row.known_from, over[1] - MONTH))
        for row in told
        if (row is one or row.status != "rescinded") and together(one, row) and (over := ends(row))
    ]
    return (min(b[0] for b in bounds), min(b[1] for b in bounds)) if bounds else None


def phases_at(moment: datetime, known: list[Fact], written: list[Fact]) -> set[str]:
    if not known:
        return {"unknown"}
    lines: dict[Line, list[Fact]] = {}
    for fact in sorted(known, key=age):
        lines.setdefault(line_of(fact), []).append(fact)
    said = [(name, one) for name, line in lines.items() for one in said_by(line, written)]
    found: set[str] = set()
    for ending, struck in choices([one for _, one in said]):
        read = [(name, replace(one, struck=one.fact.fact_no in struck)) for name, one in said]
        believed = [
            (name, one)
            for name, one in read
            if not any(
                one.apart_from(other)
                and one.overlaps(other)
                and other.weight(ending) > one.weight(ending)
                for _, other in read
            )
        ]
        found |= at_moment(moment, believed, read)
    return found


def choices(said: list[Said]) -> list[tuple[Ending | None, set[int]]]:
    """Each end that may be taken for right, or none, and the rows whose ends are then no ends."""
    gone = {
        other.fact.fact_no
        for one in said
        for other in said
        if one.takes_back(other) == "taken back"
    }
    ends_left = [one for one in said if one.fact.fact_no not in gone]
    rivals = {one.ending for one in ends_left for other in ends_left if one.disputes(other)}
    may_be = [other for other in ends_left if any(one.takes_back(other) == "open" for one in said)]
    found = [(ending, gone) for ending in rivals | {one.ending for one in may_be}]
    if may_be:
        found.append((None, gone | {one.fact.fact_no for one in may_be}))
    return found or [(None, gone)]


def at_moment(
    moment: datetime, believed: list[tuple[Line, Said]], said: list[tuple[Line, Said]]
) -> set[str]:
    """The phases by the stretch of work that holds then, whose end is that of its last spell."""
    spells = []
    for name, one in believed:
        over = one.end or NEVER
        if name[0] == "contractor":
            hired = [e.begin for n, e in believed if n[0] == "employee" and one.overlaps(e)]
            if hired and min(hired) <= one.begin:
                continue
            over = min(hired, default=over)
        spells.append((one.begin, age(one.fact), over, name[0], one))
    spells.sort(key=lambda spell: spell[:2])
    stretches: list[list[tuple[Any, ...]]] = []
    for spell in spells:
        latest = max((each[2] for group in stretches for each in group), default=None)
        if latest is None or (latest < NEVER and spell[0] > latest + timedelta(days=3)):
            stretches.append([])
        stretches[-1].append(spell)
    at = max([0, *(n for n, group in enumerate(stretches) if group[0][0] <= moment)])
    group = stretches[at]
    *_, kind, end = max(group, key=lambda spell: (spell[2], -spell[4].rank, spell[3], spell[1]))
    beside = [
        other for name, other in said if name[0] == kind and (other is end or end.overlaps(other))
    ]
    last_word = max(beside, key=lambda one: one.status_weight)
    return dated(
        moment, group[0][4].fact, end, beside, returned=at > 0, away=last_word.status in AWAY
    )


def notice_of(end: Said, beside: list[Said]) -> tuple[datetime | None, datetime | None]:
    """From when notice can, and must, have run: as somebody said, or since an end was near."""
    if end.void:
        return None, None
    stated = [end.notice] if end.notice else [one.notice for one in beside if one.notice]
    if stated:
        return min(one[0] for one in stated), min(one[1] for one in stated)
    over = ends(end.fact)
    near = [one.near for one in beside if one.near]
    if over is None or not near:
        return None, None
    can = max(min(one[0] for one in near), over[0] - MONTH)
    return can, max(min(one[1] for one in near), over[1] - MONTH)


def dated(
    moment: datetime, first: Fact, end: Said, beside: list[Said], *, returned: bool, away: bool
) -> set[str]:
    """The phases of one moment by the dates of the end and of the stretch's start."""
    fact = end.fact
    found = set()
    if first.start_latest is not None and moment < first.start_latest:
        found.add("ended" if returned else "unknown")
    started = first.start_at is None or moment >= first.start_at
    over, day, done = ends(fact), fact.last_day_earliest, day_over(fact)
    if end.void or over is None or done is None:
        over = done = day = None
    until = min(over[1], fact.last_day_latest or NEVER) if over else NEVER
    can, must = notice_of(end, beside)
    lingers = (
        over is not None and done is not None and (done[0] < over[0] or done[1] < over[1])
        and done[0] <= moment < over[1]
    )  # fmt: skip
    working = started and moment < until
    if away:
        found |= {"leave"} if working or lingers else set()
    else:
        if working and (must is None or moment < must):
            open_end = fact.kind != "employee" and over is None and not end.void
            found.add("unknown" if open_end else "employed")
        if lingers or (working and can is not None and moment >= can):
            found.add("notice")
    if over is not None and done is not None and day is not None and started:
        found |= {"last_day"} if day <= moment < min(over[1], done[1]) else set()
    if over is not None and moment >= over[0]:
        found.add("ended")
    return found
