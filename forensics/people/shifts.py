"""Who was to work when: a roster of shifts, and the one a last working day ends with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo

import pyarrow as pa

from forensics.people import dates
from forensics.people.dates import Bounds, Written
from forensics.people.sheet import Problem, SheetRow, quoted, read
from forensics.sources.context import ContextFile

_COLUMNS = frozenset({"personid", "worker", "start", "end", "timezone"})
_REQUIRED = frozenset({"start", "end"})
_TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("person", pa.string()),
        ("starts_at", _TIME),
        ("starts_latest", _TIME),
        ("ends_at", _TIME),
        ("ends_latest", _TIME),
        ("source", pa.string()),
        ("source_row", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Shift:
    """One stretch of work as written; `zone` is the row's own, for times without an offset."""

    person: str
    start: Written
    end: Written
    zone: tzinfo | None
    source: str
    source_row: int


@dataclass(frozen=True)
class Shifts:
    """The shifts of everybody, by person in lower case."""

    by_person: Mapping[str, Sequence[Shift]] = field(default_factory=dict)

    def of(self, person: str) -> Sequence[Shift]:
        """The shifts of one person, in the order they were read."""
        return self.by_person.get(person.lower(), ())

    def table(self, zones: Mapping[str, tzinfo]) -> pa.Table:
        """The relation `shifts`: [starts_at, ends_at), with `*_latest` where the zone is open.

        `zones` are those of the people, in lower case, for times that name none themselves.
        """
        rows: dict[str, list[object]] = {name: [] for name in SCHEMA.names}
        for key, shifts in self.by_person.items():
            for one in shifts:
                zone = one.zone or zones.get(key)
                bounds = (*dates.instant(one.start, zone), *dates.instant(one.end, zone))
                values = (one.person, *bounds, one.source, one.source_row)
                for name, value in zip(SCHEMA.names, values, strict=True):
                    rows[name].append(value)
        return pa.table(rows, schema=SCHEMA)


def read_shifts(files: Iterable[ContextFile]) -> tuple[Shifts, list[Problem]]:
    """All shifts of the files, and every problem met; a row is left out only with a problem."""
    found: dict[str, list[Shift]] = defaultdict(list)
    problems: list[Problem] = []
    for file in files:
        rows, faults = read(file, _COLUMNS, _REQUIRED)
        problems += faults
        for row in rows:
            shift, faults = _shift(row)
            problems += faults
            if shift:
                found[shift.person.lower()].append(shift)
    return Shifts(found), problems


def _shift(row: SheetRow) -> tuple[Shift | None, list[Problem]]:
    person = row.cells.get("personid") or row.cells.get("worker")
    if person is None:
        return None, [row.problem("The row names no person; it is not read.", "Fill PersonId.")]
    written = {}
    for name in ("start", "end"):
        text = row.cells.get(name, "")
        try:
            value = dates.read(text)
        except ValueError as error:
            return None, [_unreadable(row, name, text, str(error))]
        if value is None or value.clock is None:
            return None, [_unreadable(row, name, text, "the time of day is missing")]
        written[name] = value
    zone: tzinfo | None = None
    if "timezone" in row.cells:
        try:
            zone = dates.zone(row.cells["timezone"])
        except LookupError as near:
            message = f"The zone {quoted(row.cells['timezone'])} is unknown; the row is not read."
            return None, [row.problem(message, f"Write an IANA name, such as {near.args[0]}.")]
    start, end = (dates.instant(written[name], zone)[0] for name in ("start", "end"))
    if end <= start and (written["start"].offset is None) == (written["end"].offset is None):
        message = "The shift ends before it starts; the row is not read."
        return None, [row.problem(message, "A shift over midnight ends on the next day.")]
    return Shift(person, written["start"], written["end"], zone, row.file.name, row.line), []


def _unreadable(row: SheetRow, name: str, text: str, why: str) -> Problem:
    message = f"{name.capitalize()} {quoted(text)} cannot be read: {why}; the row is not read."
    return row.problem(message, "Write it as 2017-11-02T22:00:00-07:00.")


def last_end(shifts: Iterable[Shift], day: date, zone: tzinfo | None) -> Bounds | None:
    """Bounds of when the last shift that begins on a local day ends, if it ends on a later day."""
    late = [
        dates.instant(one.end, one.zone or zone)
        for one in shifts
        if _local_day(one.start, one, zone) == day and _local_day(one.end, one, zone) > day
    ]
    return max(late, default=None)


def _local_day(written: Written, shift: Shift, zone: tzinfo | None) -> date:
    own = written.offset or shift.zone
    if own is None or zone is None:
        return written.day
    return dates.instant(written, shift.zone)[0].astimezone(zone).date()
