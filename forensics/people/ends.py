"""When a roster's row lets a person's access end: which of its dates counts, and to what moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta, tzinfo

from forensics.people import dates
from forensics.people.dates import Bounds, Written
from forensics.people.shifts import Shift, last_end

UNSAID: tuple[None, None] = (None, None)
MaybeBounds = Bounds | tuple[None, None]


# What a contractor's end can rest on; the earliest of those said counts.
CONTRACT_ENDS: Mapping[str, str] = {
    "contract_end": "contract_end",
    "provider_notice": "provider_notice",
    "badge": "badge_expiry",
    "credential": "credential_expiry",
}
# Of these a time of day counts; a contract ends with its day.
_INSTANTS = frozenset({"badge", "credential"})
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class End:
    """Last working day, bounds of its first moment and of the end of access, and what says so."""

    day: date | None = None
    last_day: MaybeBounds = UNSAID
    at: MaybeBounds = UNSAID
    basis: str | None = None
    rank: int = 4


def end_of(written: Mapping[str, Written], zone: tzinfo | None, shifts: Sequence[Shift]) -> End:
    """The end of access a row tells of: access end, last working day, contract's or legal end."""
    last = written.get("last_day")
    contract = {name: written[name] for name in CONTRACT_ENDS if name in written}
    access = written.get("access_end")
    if access:
        days = [one.day for name, one in contract.items() if name not in _INSTANTS]
        day = last.day if last else min(days, default=None)
        return _exact_end(access, day, zone, "access_end", 0)
    if last:
        return _day_end(last.day, zone, shifts, "last_working_day", 1)
    if contract:
        ends = {name: _expiry(name, one, zone) for name, one in contract.items()}
        name = min(ends, key=lambda name: ends[name][::-1])
        basis = CONTRACT_ENDS[name]
        if contract[name].clock and name in _INSTANTS:
            return _exact_end(contract[name], None, zone, basis, 2)
        return _day_end(contract[name].day, zone, shifts, basis, 2)
    if "termination" in written:
        return _day_end(written["termination"].day, zone, shifts, "termination", 3)
    return End()


def _expiry(name: str, written: Written, zone: tzinfo | None) -> Bounds:
    if written.clock and name in _INSTANTS:
        return dates.instant(written, zone)
    return dates.day_end(written.day, zone)


def _exact_end(
    written: Written, day: date | None, zone: tzinfo | None, basis: str, rank: int
) -> End:
    """An end that was written as such, at its time of day or with its day."""
    end = dates.instant(written, zone) if written.clock else dates.day_end(written.day, zone)
    final = day
    if day is None and written.clock is None:
        final = written.day
    elif day is None:
        # Access that ends at midnight ends with the day before.
        final = (end[0] - _TICK).astimezone(written.offset or zone or UTC).date()
    return End(day, dates.day_start(final or written.day, zone), end, basis, rank)


def _day_end(day: date, zone: tzinfo | None, shifts: Sequence[Shift], basis: str, rank: int) -> End:
    """The midnight after a last day, or the end of a shift that began on it and goes beyond."""
    begin, midnight = dates.day_start(day, zone), dates.day_end(day, zone)
    late = last_end(shifts, day, zone)
    if late is None:
        return End(day, begin, midnight, basis, rank)
    return End(day, begin, late, "last_shift", rank)
