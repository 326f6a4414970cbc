"""Employee and contractor rosters as bitemporal employment facts, nothing overwritten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

import pyarrow as pa

from forensics.people import dates, feeds, snapshots
from forensics.people.dates import Written
from forensics.people.ends import CONTRACT_ENDS, UNSAID, End, MaybeBounds, end_of
from forensics.people.feeds import GONE, KINDS, Feed
from forensics.people.roster_rows import Draft, Whose, Zones, draft, in_zone, joined
from forensics.people.sheet import Problem, quoted, read
from forensics.people.shifts import Shift, Shifts
from forensics.people.snapshots import Entry, Recorded, Vanished
from forensics.sources.context import EMPLOYEES, ContextFile

# A date that cannot be read leaves the end open, unless one that outweighs it can be.
_RANKS = {"access_end": 0, "last_day": 1, **dict.fromkeys(CONTRACT_ENDS, 2), "termination": 3}
_DAY = timedelta(days=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Fact:
    """What one roster row says of one person's employment, and when the organisation wrote it.

    Pairs of bounds are equal when the zone is known. `feed` is the kind of roster it came from;
    `end_basis` is what `access_end_*` rests on, and `end_rank` outranks those above it where
    rosters differ. `recorded_at` is None when nothing says when the row was written; that was
    then by `known_from`, when the case was given the file; `recorded_on` is the day as written.
    `series` is the name that snapshots of one roster share. `kind` is None also where the row says
    that there is an end and not when, so that the phase is unknown and not employed; where the row
    does not say it, it is that of its roster, and not `kind_stated`; a status that is not
    `status_stated` is active.
    """

    fact_no: int
    person: str
    email: str | None
    display_name: str | None
    kind: str | None
    kind_stated: bool
    status: str
    status_stated: bool
    role: str | None
    site: str | None
    provider: str | None
    manager: str | None
    start_at: datetime | None
    start_latest: datetime | None
    notice_at: datetime | None
    notice_latest: datetime | None
    last_working_day: date | None
    last_day_earliest: datetime | None
    last_day_latest: datetime | None
    access_end_earliest: datetime | None
    access_end_latest: datetime | None
    end_basis: str | None
    end_rank: int
    zone: str | None
    zone_basis: str
    recorded_at: datetime | None
    recorded_earliest: datetime | None
    recorded_basis: str
    recorded_on: date | None
    known_from: datetime
    feed: str
    series: str
    source: str
    source_row: int


_TIME = pa.timestamp("us", tz="UTC")
_NOT_TEXT: Mapping[str, pa.DataType] = {
    "fact_no": pa.int64(),
    "kind_stated": pa.bool_(),
    "status_stated": pa.bool_(),
    "source_row": pa.int64(),
    "end_rank": pa.int64(),
    "recorded_earliest": _TIME,
    "known_from": _TIME,
    "last_working_day": pa.date32(),
    "recorded_on": pa.date32(),
    "start_at": _TIME,
    "start_latest": _TIME,
    "notice_at": _TIME,
    "notice_latest": _TIME,
    "last_day_earliest": _TIME,
    "last_day_latest": _TIME,
    "access_end_earliest": _TIME,
    "access_end_latest": _TIME,
    "recorded_at": _TIME,
    "seen_at": _TIME,
    "missing_at": _TIME,
}
SCHEMA = pa.schema([(f.name, _NOT_TEXT.get(f.name, pa.string())) for f in fields(Fact)])


def table(facts: Sequence[Fact]) -> pa.Table:
    """The facts as the relation `employment`."""
    columns = {name: [getattr(fact, name) for fact in facts] for name in SCHEMA.names}
    return pa.table(columns, schema=SCHEMA)


class RosterReading(NamedTuple):
    """The facts of rosters, every problem met, and who is missing in the last of its snapshots."""

    facts: list[Fact]
    problems: list[Problem]
    vanished: list[Vanished]


VANISHED = pa.schema([(f.name, _NOT_TEXT.get(f.name, pa.string())) for f in fields(Vanished)])


def vanished_table(vanished: Sequence[Vanished]) -> pa.Table:
    """Who is missing in the last snapshot of a roster, as `people_vanished`."""
    columns = {name: [getattr(one, name) for one in vanished] for name in VANISHED.names}
    return pa.table(columns, schema=VANISHED)


def zones_by_person(facts: Iterable[Fact]) -> dict[str, tzinfo]:
    """The zone that the last row about each person, in lower case, was read in."""
    return {one.person.lower(): dates.zone(one.zone) for one in facts if one.zone}


def read_facts(
    files: Iterable[ContextFile],
    *,
    default_zone: tzinfo | None = None,
    whose: Whose | None = None,
    shifts: Shifts | None = None,
    mapped: Sequence[Feed] = (),
) -> RosterReading:
    """All facts of the rosters in the order of files and rows, and every problem met.

    `whose` names the person behind an e-mail at a time, for rows that name none; `shifts` say when
    a last day's work ended; `mapped` are the feeds that mappings make. A row is left out only with
    a problem that says so, or because the snapshot before says the same. A row without a zone
    takes the one zone that all other rows of its person name, or else of its site or its
    provider; then `default_zone`; then none.
    """
    sheets: list[tuple[ContextFile, Feed, int]] = []
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for file in files:
        feed = feeds.feed_of(file, mapped)
        if feed is None:
            problems.append(_unmapped(file))
            continue
        rows, found = read(file, feed.header, feed.required_header)
        problems += found
        for row in rows:
            one, found = draft(row, feed)
            problems += found
            drafts += [one] if one else []
        sheets.append((file, feed, len(drafts)))
    drafts = joined(drafts, whose)
    begins = [0, *(end for _, _, end in sheets)]
    placed, vanished = snapshots.compare(
        [
            (file, feed.kind, [_entry(one) for one in drafts[begin:end]])
            for begin, (file, feed, end) in zip(begins, sheets, strict=False)
        ],
        default_zone,
    )
    zones = Zones(drafts, default_zone)
    facts: list[Fact] = []
    whens = (when for recorded in placed for when in recorded)
    for one, when in zip(drafts, whens, strict=True):
        if when is not None:
            fact, found = _fact(len(facts), one, when, zones.of(one), shifts or Shifts())
            problems += found
            facts.append(fact)
    problems += _open_ends(facts)
    return RosterReading(facts, problems, vanished)


def _unmapped(file: ContextFile) -> Problem:
    return Problem(
        "No mapping of this case names columns of this table; no row is read.",
        f"{file.name}:1",
        "Import it again with --mapping FILE.",
    )


def _entry(draft: Draft) -> Entry:
    return Entry(draft.person.lower(), frozenset(draft.cells.items()), draft.row.line)


_Zoned = tuple[tzinfo | None, str]


def _fact(
    fact_no: int, draft: Draft, when: Recorded, zoned: _Zoned, shifts: Shifts
) -> tuple[Fact, list[Problem]]:
    cells, feed, (zone, zone_basis) = draft.cells, draft.feed.kind, zoned
    written = in_zone(draft.written, zone)
    notice = _bounds(written.get("notice"), zone)
    start, end, problems = _span(draft, written, zone, shifts.of(draft.person))
    status = cells.get("status", "active").lower()
    kind = cells.get("kind", "employee" if feed == EMPLOYEES else "contractor").lower()
    open_end = end is None or (status in GONE and end.basis is None)
    end = end or End()
    recorded = _recorded(written.get("recorded"), zone, when)
    fact = Fact(
        fact_no=fact_no,
        person=draft.person,
        email=cells.get("email"),
        display_name=draft.name,
        kind=kind if kind in KINDS and not open_end else None,
        kind_stated="kind" in cells,
        status=status,
        status_stated="status" in cells,
        role=cells.get("role"),
        site=cells.get("site"),
        provider=cells.get("provider"),
        manager=cells.get("manager"),
        start_at=start[0],
        start_latest=start[1],
        notice_at=notice[0],
        notice_latest=notice[1],
        last_working_day=end.day,
        last_day_earliest=end.last_day[0],
        last_day_latest=end.last_day[1],
        access_end_earliest=end.at[0],
        access_end_latest=end.at[1],
        end_basis=end.basis,
        end_rank=end.rank,
        zone=dates.zone_name(zone) if zone else None,
        zone_basis=zone_basis,
        recorded_at=recorded.latest if recorded.basis != "none" else None,
        recorded_earliest=recorded.earliest,
        recorded_basis=recorded.basis,
        recorded_on=recorded.day,
        known_from=recorded.latest,
        feed=feed,
        series=snapshots.series(draft.row.file.name),
        source=draft.row.file.name,
        source_row=draft.row.line,
    )
    return fact, problems


def _span(
    draft: Draft, written: Mapping[str, Written], zone: tzinfo | None, shifts: Sequence[Shift]
) -> tuple[MaybeBounds, End | None, list[Problem]]:
    """From when until when a row lets its person work; an end of None is one it has unreadably."""
    start = _bounds(written.get("start"), zone)
    end, problems = _end(draft, written, zone, shifts)
    if end and _before(end, written.get("start"), start):
        message = "The end lies before the start; the two dates are not read."
        return (
            UNSAID,
            None,
            [*problems, draft.row.problem(message, "Correct one of the two dates.")],
        )
    notified = written.get("provider_notice")
    if end and end.basis == "provider_notice" and notified and _cut_short(notified, end, zone):
        message = "The time of day of ProviderNotice is not used; access ends with the day."
        problems.append(draft.row.problem(message, "Write a time of day as AccessEnd."))
    return start, end, problems


def _bounds(written: Written | None, zone: tzinfo | None) -> MaybeBounds:
    return dates.instant(written, zone) if written else UNSAID


def _recorded(written: Written | None, zone: tzinfo | None, when: Recorded) -> Recorded:
    """What the row says itself, else what its file tells."""
    if written is None:
        return when
    earliest, latest = dates.recorded(written, zone)
    return Recorded(earliest, latest, "row", written.day)


def _end(
    draft: Draft, written: Mapping[str, Written], zone: tzinfo | None, shifts: Sequence[Shift]
) -> tuple[End | None, list[Problem]]:
    """When the row lets access end; None when it says so unreadably. And shifts to ask about."""
    plain = end_of(written, zone, ())
    if any(_RANKS.get(name, 5) <= plain.rank for name in draft.lost):
        return None, []
    end = end_of(written, zone, shifts) if shifts else plain
    if end.at[1] is None or plain.at[1] is None or end.at[1] - plain.at[1] <= _DAY:
        return end, []
    fits, problems = [], []
    for one in shifts:
        alone = end_of(written, zone, [one]).at[1]
        if alone is None or alone - plain.at[1] <= _DAY:
            fits.append(one)
            continue
        message = (
            f"A shift of {quoted(one.person)} that begins on the last working day ends more than "
            "a day after it; the end of access stays that of the day."
        )
        place = f"{one.source}:{one.source_row}"
        problems.append(Problem(message, place, "Correct the shift or the last working day."))
    return end_of(written, zone, fits), problems


def _before(end: End, written: Written | None, start: MaybeBounds) -> bool:
    """Whether an end lies before the start in whatever zone the two are of."""
    if start[0] is None or end.at[1] is None or written is None:
        return False
    if written.offset is None and end.day is not None:
        return written.day > end.day or start[0] >= end.at[1]
    return start[0] >= end.at[1]


def _cut_short(written: Written, end: End, zone: tzinfo | None) -> bool:
    """Whether a time of day was written that an end does not keep."""
    return written.clock not in {None, time()} and dates.instant(written, zone) != end.at


def _age(fact: Fact) -> tuple[datetime, datetime, int]:
    return fact.recorded_at or _LONG_AGO, fact.start_at or _LONG_AGO, fact.fact_no


def _open_ends(facts: Sequence[Fact]) -> list[Problem]:
    """People whose last record tells no end where there must be one, so that verdicts miss it."""
    people: dict[str, dict[str, Fact]] = defaultdict(dict)
    for fact in sorted(facts, key=_age):
        people[fact.person.lower()][fact.series] = fact
    open_ends = [
        fact
        for last in people.values()
        for fact in last.values()
        if fact.kind != "employee"
        and fact.status in {"active", *GONE}
        and fact.access_end_latest is None
        and not any(_told_by(other, fact) for other in last.values())
    ]
    return [
        Problem(
            f"No end is recorded for {quoted(fact.person)}; the phase stays unknown.",
            f"{fact.source}:{fact.source_row}",
            "Ask the employer for the last working day."
            if fact.feed == EMPLOYEES
            else "Ask the provider for the end of the contract.",
        )
        for fact in sorted(open_ends, key=lambda one: one.fact_no)
    ]


def _told_by(other: Fact, fact: Fact) -> bool:
    """Whether another roster says how the stretch of a fact ends, or that it became a job."""
    began = fact.start_at or _LONG_AGO
    if other.access_end_latest is not None:
        return other.status != "rescinded" and other.access_end_latest > began
    return other.kind == "employee" and (other.start_at is None or other.start_at >= began)
