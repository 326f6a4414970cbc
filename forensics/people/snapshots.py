"""One roster exported again and again: which rows are new in it, and who is no longer there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import groupby

from forensics.people import dates
from forensics.sources.context import ContextFile

# A day in a file's name, with a time of day or without.
_STATED = re.compile(
    r"(?<!\d)(20\d\d)-?(\d\d)-?(\d\d)(?:[T_ -](\d\d)[:.-]?(\d\d)(?:[:.-]?(\d\d))?(Z)?)?(?!\d)"
)


@dataclass(frozen=True)
class Entry:
    """One row of a roster as far as snapshots compare: whose it is, what it says, and its line."""

    person: str
    said: frozenset[tuple[str, str]]
    line: int


@dataclass(frozen=True)
class Recorded:
    """When a row that does not say so itself was recorded, as far as its file tells.

    It was after `earliest` (None: not known) and by `latest`; `basis` is snapshot (the file's name
    states its time), import (the case was given the file then), or none (that is only a bound).
    `day` is the day of that as it was written.
    """

    earliest: datetime | None
    latest: datetime
    basis: str
    day: date | None = None


@dataclass(frozen=True)
class Vanished:
    """A person of one snapshot of a roster who is missing in its last one."""

    person: str
    source: str
    source_row: int
    seen_at: datetime
    missing_in: str
    missing_at: datetime


@dataclass(frozen=True)
class _Snapshot:
    place: int
    file: ContextFile
    entries: Sequence[Entry]
    taken_at: datetime
    day: date | None


def series(name: str) -> str:
    """What files that are snapshots of one roster are called alike: the name without dates."""
    return _STATED.sub("", name)


def compare(
    rosters: Sequence[tuple[ContextFile, str, Sequence[Entry]]], zone: tzinfo | None
) -> tuple[list[list[Recorded | None]], list[Vanished]]:
    """For every row of every roster when it was recorded, or None where it says nothing new.

    A roster is a file, its feed and its rows. Snapshots of one roster have one path but for the
    dates in it; such a date states when they were taken, in `zone`, else the import does.
    """
    found: list[list[Recorded | None]] = [[] for _ in rosters]
    vanished: list[Vanished] = []
    by_series: dict[tuple[str, str], list[_Snapshot]] = defaultdict(list)
    for place, (file, feed, entries) in enumerate(rosters):
        taken_at, day = stated(file, zone) or (file.imported_at, None)
        one = _Snapshot(place, file, entries, taken_at, day)
        by_series[feed, series(file.name)].append(one)
    for _, snapshots in sorted(by_series.items()):
        vanished += _follow(snapshots, found)
    return found, vanished


def _follow(snapshots: list[_Snapshot], found: list[list[Recorded | None]]) -> list[Vanished]:
    """Go through one roster's snapshots in time; those of one moment are one snapshot."""
    said: frozenset[frozenset[tuple[str, str]]] = frozenset()
    people: frozenset[str] = frozenset()
    before: datetime | None = None
    seen: dict[str, tuple[_Snapshot, Entry]] = {}
    snapshots.sort(key=lambda one: (one.taken_at, one.place))
    for taken_at, same in groupby(snapshots, key=lambda one: one.taken_at):
        together = list(same)
        for one in together:
            basis = "snapshot" if one.day else "import" if before else "none"
            day = one.day or (taken_at.date() if before else None)
            for entry in one.entries:
                earliest = before if entry.person in people else None
                new = entry.said not in said
                found[one.place].append(Recorded(earliest, taken_at, basis, day) if new else None)
                seen[entry.person] = (one, entry)
        entries = [entry for one in together for entry in one.entries]
        said = frozenset(entry.said for entry in entries)
        people = frozenset(entry.person for entry in entries)
        before = taken_at
    last = snapshots[-1]
    return [
        Vanished(person, one.file.name, entry.line, one.taken_at, last.file.name, last.taken_at)
        for person, (one, entry) in sorted(seen.items())
        if person not in people
    ]


def stated(file: ContextFile, zone: tzinfo | None) -> tuple[datetime, date] | None:
    """The latest moment that the last date in a file's name allows, and the day it writes.

    The moment is never after the file's import.
    """
    named = list(_STATED.finditer(file.name))
    if not named:
        return None
    year, month, day, hour, minute, second, utc = named[-1].groups()
    clock = f"T{hour}:{minute}:{second or '00'}{utc or ''}" if hour else ""
    try:
        written = dates.read(f"{year}-{month}-{day}{clock}")
    except ValueError:
        return None
    if written is None:
        return None
    return min(dates.recorded(written, zone)[1], file.imported_at), written.day
