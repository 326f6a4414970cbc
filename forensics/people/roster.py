"""Employee and contractor rosters as bitemporal employment facts, nothing overwritten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, tzinfo
from typing import NamedTuple

import pyarrow as pa

from forensics.people import dates, feeds, snapshots
from forensics.people.dates import Written
from forensics.people.ends import CONTRACT_ENDS, UNSAID, MaybeBounds, end_of
from forensics.people.feeds import KINDS, STATUSES, Feed
from forensics.people.sheet import Problem, SheetRow, quoted, read
from forensics.people.shifts import Shifts
from forensics.people.snapshots import Entry, Recorded, Vanished
from forensics.sources.context import EMPLOYEES, ContextFile

_DATES = (
    "start",
    "notice",
    "last_day",
    "contract_end",
    "provider_notice",
    "badge",
    "credential",
    "termination",
    "access_end",
    "recorded",
)
_DATE_REMEDY = "Write dates as 2017-11-02 or 2017-11-02T17:00:00-07:00."


@dataclass(frozen=True)
class Fact:
    """What one roster row says of one person's employment, and when the organisation wrote it.

    Pairs of bounds are equal when the zone is known. `feed` is the kind of roster it came from;
    `end_basis` is what `access_end_*` rests on, and `end_rank` outranks those above it where
    rosters differ. `recorded_at` is None when nothing says when the row was written; that was
    then by `known_from`, when the case was given the file. `series` is the name that snapshots of
    one roster share.
    """

    fact_no: int
    person: str
    email: str | None
    display_name: str | None
    kind: str | None
    status: str
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
    known_from: datetime
    feed: str
    series: str
    source: str
    source_row: int


_TIME = pa.timestamp("us", tz="UTC")
_NOT_TEXT: Mapping[str, pa.DataType] = {
    "fact_no": pa.int64(),
    "source_row": pa.int64(),
    "end_rank": pa.int64(),
    "recorded_earliest": _TIME,
    "known_from": _TIME,
    "last_working_day": pa.date32(),
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


@dataclass(frozen=True)
class _Draft:
    """A row understood cell by cell, before zones that only its neighbours know are applied."""

    row: SheetRow
    feed: Feed
    cells: Mapping[str, str]
    written: Mapping[str, Written]
    zone: tzinfo | None
    person: str


def read_facts(
    files: Iterable[ContextFile],
    *,
    default_zone: tzinfo | None = None,
    persons: Mapping[str, str] | None = None,
    shifts: Shifts | None = None,
    mapped: Sequence[Feed] = (),
) -> RosterReading:
    """All facts of the rosters in the order of files and rows, and every problem met.

    `persons` names the person behind a lower-case e-mail, for rows that name none; `shifts` say
    when a last day's work ended; `mapped` are the feeds that mappings make. A row is left out only
    with a problem that says so, or because the snapshot before says the same. A row without a
    zone takes the one zone that all other rows of its site, or else of its provider, name; then
    `default_zone`; then none.
    """
    sheets: list[tuple[ContextFile, Feed, list[_Draft]]] = []
    problems: list[Problem] = []
    for file in files:
        feed = feeds.feed_of(file, mapped)
        if feed is None:
            problems.append(_unmapped(file))
            continue
        rows, found = read(file, feed.header, feed.required_header)
        problems += found
        drafts = []
        for row in rows:
            draft, found = _draft(row, feed, persons or {})
            problems += found
            drafts += [draft] if draft else []
        sheets.append((file, feed, drafts))
    placed, vanished = snapshots.compare(
        [(file, feed.kind, [_entry(one) for one in drafts]) for file, feed, drafts in sheets],
        default_zone,
    )
    zones = _Zones([draft for _, _, drafts in sheets for draft in drafts], default_zone)
    facts: list[Fact] = []
    for (_, _, drafts), recorded in zip(sheets, placed, strict=True):
        for draft, when in zip(drafts, recorded, strict=True):
            if when is None:
                continue
            fact = _fact(len(facts), draft, when, zones.of(draft), shifts or Shifts())
            fault = _contradiction(fact, draft.row)
            problems += [fault] if fault else []
            facts += [] if fault else [fact]
    problems += _open_ends(facts)
    return RosterReading(facts, problems, vanished)


def _unmapped(file: ContextFile) -> Problem:
    return Problem(
        "No mapping of this case names columns of this table; no row is read.",
        f"{file.name}:1",
        "Import it again with --mapping FILE.",
    )


def _entry(draft: _Draft) -> Entry:
    return Entry(draft.person.lower(), frozenset(draft.cells.items()), draft.row.line)


def _draft(
    row: SheetRow, feed: Feed, persons: Mapping[str, str]
) -> tuple[_Draft | None, list[Problem]]:
    cells = _cells(row, feed)
    if "person" not in cells and "email" not in cells:
        message = "The row names no person; it is not read."
        whom = [feed.columns[name] for name in ("person", "email") if name in feed.columns]
        return None, [row.problem(message, f"Fill {' or '.join(whom)}.")]
    if cells.get("status", "active").lower() not in STATUSES:
        message = f"The status {quoted(cells['status'])} is unknown; the row is not read."
        remedy = f"Write one of {', '.join(sorted(STATUSES))}, or nothing."
        return None, [row.problem(message, remedy)]
    written = {}
    for name in _DATES:
        try:
            value = dates.read(cells[name], feed.day_first) if name in cells else None
        except ValueError as error:
            said = f"{feed.columns[name]} {quoted(cells[name])} cannot be read: {error}"
            return None, [row.problem(f"{said}; the row is not read.", _DATE_REMEDY)]
        if value:
            written[name] = value
    problems = []
    if cells.get("kind", "employee").lower() not in KINDS:
        message = f"The employment type {quoted(cells['kind'])} is unknown; taken for not said."
        problems.append(row.problem(message, f"Write one of {', '.join(sorted(KINDS))}."))
    zone: tzinfo | None = None
    try:
        zone = dates.zone(cells["zone"]) if "zone" in cells else None
    except LookupError as near:
        message = f"The zone {quoted(cells['zone'])} is unknown; the row is read without it."
        problems.append(row.problem(message, f"Write an IANA name, such as {near.args[0]}."))
    email = cells.get("email", "")
    person = cells.get("person") or persons.get(email.lower()) or email
    return _Draft(row, feed, cells, written, zone, person), problems


def _cells(row: SheetRow, feed: Feed) -> dict[str, str]:
    """The cells of a row by what their columns mean, in our words where a mapping has them."""
    cells = {}
    for meaning, column in feed.columns.items():
        cell = row.cells.get(column.lower())
        if cell is not None:
            cells[meaning] = feed.values.get(meaning, {}).get(cell.lower(), cell)
    return cells


class _Zones:
    """Zones of sites and providers, where every row that names one names the same."""

    def __init__(self, drafts: Sequence[_Draft], default: tzinfo | None) -> None:
        named: dict[tuple[str, str], set[tzinfo]] = defaultdict(set)
        for draft in drafts:
            if draft.zone:
                for basis in ("site", "provider"):
                    if basis in draft.cells:
                        named[basis, draft.cells[basis].lower()].add(draft.zone)
        self._agreed = {key: zones.pop() for key, zones in named.items() if len(zones) == 1}
        self._default = default

    def of(self, draft: _Draft) -> tuple[tzinfo | None, str]:
        """The zone of a row and what it rests on, from the strongest basis to none."""
        if draft.zone:
            return draft.zone, "worker"
        for name in ("last_day", *CONTRACT_ENDS, "termination", "access_end"):
            written = draft.written.get(name)
            if written and written.offset:
                return written.offset, "offset"
        if "zone" in draft.cells:
            # A zone that was named and not understood is not one that was left out.
            return None, "none"
        for basis in ("site", "provider"):
            agreed = self._agreed.get((basis, draft.cells.get(basis, "").lower()))
            if agreed:
                return agreed, basis
        return self._default, "default" if self._default else "none"


_Zoned = tuple[tzinfo | None, str]


def _fact(fact_no: int, draft: _Draft, when: Recorded, zoned: _Zoned, shifts: Shifts) -> Fact:
    cells, written, feed = draft.cells, draft.written, draft.feed.kind
    zone, zone_basis = zoned
    start = _bounds(written.get("start"), zone)
    notice = _bounds(written.get("notice"), zone)
    end = end_of(written, zone, shifts.of(draft.person))
    recorded = _recorded(written.get("recorded"), zone, when)
    kind = cells.get("kind", "employee" if feed == EMPLOYEES else "contractor").lower()
    return Fact(
        fact_no=fact_no,
        person=draft.person,
        email=cells.get("email"),
        display_name=cells.get("name"),
        kind=kind if kind in KINDS else None,
        status=cells.get("status", "active").lower(),
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
        known_from=recorded.latest,
        feed=feed,
        series=snapshots.series(draft.row.file.name),
        source=draft.row.file.name,
        source_row=draft.row.line,
    )


def _bounds(written: Written | None, zone: tzinfo | None) -> MaybeBounds:
    return dates.instant(written, zone) if written else UNSAID


def _recorded(written: Written | None, zone: tzinfo | None, when: Recorded) -> Recorded:
    """What the row says itself, else what its file tells."""
    if written is None:
        return when
    earliest, latest = dates.recorded(written, zone)
    return Recorded(earliest, latest, "row")


def _contradiction(fact: Fact, row: SheetRow) -> Problem | None:
    if fact.start_at and fact.access_end_latest and fact.start_at >= fact.access_end_latest:
        message = "The end lies before the start; the row is not read."
        return row.problem(message, "Correct one of the two dates.")
    return None


def _open_ends(facts: Sequence[Fact]) -> list[Problem]:
    """Contractors of whom the last row read tells no end, so that verdicts will miss it."""
    last = {fact.person.lower(): fact for fact in facts}
    return [
        Problem(
            f"No end is recorded for {quoted(fact.person)}; the phase stays unknown.",
            f"{fact.source}:{fact.source_row}",
            "Ask the provider for the end of the contract.",
        )
        for fact in last.values()
        if fact.kind != "employee" and fact.status == "active" and fact.access_end_latest is None
    ]
