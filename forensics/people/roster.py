"""Employee and contractor rosters as bitemporal employment facts, nothing overwritten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta, tzinfo

import pyarrow as pa

from forensics.people import dates
from forensics.people.dates import Bounds, Written
from forensics.people.sheet import Problem, SheetRow, quoted, read
from forensics.sources.context import CONTRACTORS, EMPLOYEES, ContextFile

KINDS = frozenset({"employee", "contractor", "agency"})
STATUSES = frozenset({"active", "rescinded", "leave"})

# The header of each feed, by the meaning of its columns.
_FEEDS: Mapping[str, Mapping[str, str]] = {
    EMPLOYEES: {
        "person": "PersonId",
        "email": "EmailAddress",
        "name": "DisplayName",
        "kind": "EmploymentType",
        "site": "Site",
        "zone": "TimeZone",
        "role": "Role",
        "start": "StartDate",
        "notice": "ResignationDate",
        "last_day": "LastWorkingDate",
        "access_end": "AccessEnd",
        "recorded": "RecordedAt",
        "status": "Status",
    },
    CONTRACTORS: {
        "person": "Worker",
        "email": "EmailAddress",
        "name": "DisplayName",
        "kind": "EmploymentType",
        "provider": "Provider",
        "site": "Site",
        "zone": "TimeZone",
        "role": "Role",
        "start": "ContractStart",
        "last_day": "ContractEnd",
        "access_end": "AccessEnd",
        "recorded": "RecordedAt",
        "status": "Status",
    },
}
_REQUIRED = {
    EMPLOYEES: frozenset({"emailaddress", "lastworkingdate"}),
    CONTRACTORS: frozenset({"worker", "contractend"}),
}
_DATES = ("start", "notice", "last_day", "access_end", "recorded")
_DATE_REMEDY = "Write dates as 2017-11-02 or 2017-11-02T17:00:00-07:00."


@dataclass(frozen=True)
class Fact:
    """What one roster row says of one person's employment, and when the organisation wrote it.

    Pairs of bounds are equal when the zone is known. `feed` is the kind of roster it came from;
    `end_basis` is what `access_end_*` rests on: access_end, last_working_day or contract_end.
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
    zone: str | None
    zone_basis: str
    recorded_at: datetime | None
    feed: str
    source: str
    source_row: int


_TIME = pa.timestamp("us", tz="UTC")
_NOT_TEXT: Mapping[str, pa.DataType] = {
    "fact_no": pa.int64(),
    "source_row": pa.int64(),
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
}
SCHEMA = pa.schema([(f.name, _NOT_TEXT.get(f.name, pa.string())) for f in fields(Fact)])


def table(facts: Sequence[Fact]) -> pa.Table:
    """The facts as the relation `employment`."""
    columns = {name: [getattr(fact, name) for fact in facts] for name in SCHEMA.names}
    return pa.table(columns, schema=SCHEMA)


@dataclass(frozen=True)
class _Draft:
    """A row understood cell by cell, before zones that only its neighbours know are applied."""

    row: SheetRow
    cells: Mapping[str, str]
    written: Mapping[str, Written]
    zone: tzinfo | None


def read_facts(
    files: Iterable[ContextFile],
    *,
    default_zone: tzinfo | None = None,
    persons: Mapping[str, str] | None = None,
) -> tuple[list[Fact], list[Problem]]:
    """All facts of the rosters in the order of files and rows, and every problem met.

    `persons` names the person behind a lower-case e-mail, for rows that name none. A row is left
    out only with a problem that says so. A row without a zone takes the one zone that all other
    rows of its site, or else of its provider, name; then `default_zone`; then none.
    """
    drafts: list[_Draft] = []
    problems: list[Problem] = []
    for file in files:
        columns = frozenset(name.lower() for name in _FEEDS[file.kind].values())
        rows, found = read(file, columns, _REQUIRED[file.kind])
        problems += found
        for row in rows:
            draft, found = _draft(row)
            problems += found
            if draft:
                drafts.append(draft)
    zones = _Zones(drafts, default_zone)
    facts: list[Fact] = []
    for draft in drafts:
        fact = _fact(len(facts), draft, zones, persons or {})
        fault = _contradiction(fact, draft.row)
        problems += [fault] if fault else _gaps(fact, draft.row)
        if fault is None:
            facts.append(fact)
    return facts, problems


def _draft(row: SheetRow) -> tuple[_Draft | None, list[Problem]]:
    columns = _FEEDS[row.file.kind]
    cells = {
        name: row.cells[column.lower()]
        for name, column in columns.items()
        if column.lower() in row.cells
    }
    if "person" not in cells and "email" not in cells:
        message = "The row names no person; it is not read."
        return None, [row.problem(message, f"Fill {columns['person']} or {columns['email']}.")]
    if cells.get("status", "active").lower() not in STATUSES:
        message = f"The status {quoted(cells['status'])} is unknown; the row is not read."
        remedy = f"Write one of {', '.join(sorted(STATUSES))}, or nothing."
        return None, [row.problem(message, remedy)]
    written = {}
    for name in _DATES:
        try:
            value = dates.read(cells[name]) if name in cells else None
        except ValueError as error:
            said = f"{columns[name]} {quoted(cells[name])} cannot be read: {error}"
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
    return _Draft(row, cells, written, zone), problems


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
        for name in ("last_day", "access_end"):
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


def _fact(fact_no: int, draft: _Draft, zones: _Zones, persons: Mapping[str, str]) -> Fact:
    cells, written, feed = draft.cells, draft.written, draft.row.file.kind
    zone, zone_basis = zones.of(draft)
    start = _bounds(written.get("start"), zone)
    notice = _bounds(written.get("notice"), zone)
    last_day, last_day_start, access_end, end_basis = _end(written, zone, feed)
    email = cells.get("email")
    kind = cells.get("kind", "employee" if feed == EMPLOYEES else "contractor").lower()
    return Fact(
        fact_no=fact_no,
        person=cells.get("person") or persons.get((email or "").lower()) or email or "",
        email=email,
        display_name=cells.get("name"),
        kind=kind if kind in KINDS else None,
        status=cells.get("status", "active").lower(),
        role=cells.get("role"),
        site=cells.get("site"),
        provider=cells.get("provider"),
        start_at=start[0],
        start_latest=start[1],
        notice_at=notice[0],
        notice_latest=notice[1],
        last_working_day=last_day,
        last_day_earliest=last_day_start[0],
        last_day_latest=last_day_start[1],
        access_end_earliest=access_end[0],
        access_end_latest=access_end[1],
        end_basis=end_basis,
        zone=dates.zone_name(zone) if zone else None,
        zone_basis=zone_basis,
        recorded_at=_recorded(written.get("recorded"), zone),
        feed=feed,
        source=draft.row.file.name,
        source_row=draft.row.line,
    )


_UNSAID: tuple[None, None] = (None, None)
_MaybeBounds = Bounds | tuple[None, None]


def _bounds(written: Written | None, zone: tzinfo | None) -> _MaybeBounds:
    return dates.instant(written, zone) if written else _UNSAID


def _end(
    written: Mapping[str, Written], zone: tzinfo | None, feed: str
) -> tuple[date | None, _MaybeBounds, _MaybeBounds, str | None]:
    """Last working day, bounds of its first moment, bounds of the end of access, and its basis."""
    last, access = written.get("last_day"), written.get("access_end")
    day = last.day if last else None
    if access is None:
        if day is None:
            return None, _UNSAID, _UNSAID, None
        basis = "contract_end" if feed == CONTRACTORS else "last_working_day"
        return day, dates.day_start(day, zone), dates.day_end(day, zone), basis
    end = dates.instant(access, zone) if access.clock else dates.day_end(access.day, zone)
    if day is None and access.clock is None:
        first = dates.day_start(access.day, zone)
    elif day is None:
        # Access that ends at midnight ends with the day before.
        final = end[0] - timedelta(microseconds=1)
        first = dates.day_start(final.astimezone(access.offset or zone or UTC).date(), zone)
    else:
        first = dates.day_start(day, zone)
    return day, first, end, "access_end"


def _recorded(written: Written | None, zone: tzinfo | None) -> datetime | None:
    """The latest moment the row can have been written: a belief must not run ahead of it."""
    if written is None:
        return None
    if written.clock is None:
        return dates.day_end(written.day, zone)[1] - timedelta(microseconds=1)
    return dates.instant(written, zone)[1]


def _contradiction(fact: Fact, row: SheetRow) -> Problem | None:
    if fact.start_at and fact.access_end_latest and fact.start_at >= fact.access_end_latest:
        message = "The end lies before the start; the row is not read."
        return row.problem(message, "Correct one of the two dates.")
    return None


def _gaps(fact: Fact, row: SheetRow) -> list[Problem]:
    """What a readable row leaves open and a verdict will miss."""
    if fact.kind != "employee" and fact.status == "active" and fact.access_end_latest is None:
        message = f"No end is recorded for {quoted(fact.person)}; the phase stays unknown."
        return [row.problem(message, "Ask the provider for the end of the contract.")]
    return []
