"""Times, tolerances and durations in words; every printed bound contains the true one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from zoneinfo import ZoneInfo

from forensics.findings.course import ListedOutage
from forensics.findings.document import Duration, Evidence, Outage

_SECOND = timedelta(seconds=1)
_WIDE = timedelta(minutes=2)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def stamp(time: datetime) -> str:
    """Date and time in UTC, to the millisecond, to the microsecond where there is one."""
    return _stamped(time.astimezone(UTC))


def local_stamp(time: datetime, zone: tzinfo) -> str:
    """Date, time and offset as a clock in that zone showed it."""
    there = time.astimezone(zone)
    return f"{_stamped(there)} {offset(there)}"


def offset(time: datetime) -> str:
    """The offset of an aware time from UTC: `−07:00`, with a true minus sign."""
    minutes = round((time.utcoffset() or timedelta()) / timedelta(minutes=1))
    hours, rest = divmod(abs(minutes), 60)
    return f"{'−' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"


def zone_named(name: str | None) -> ZoneInfo | None:
    """The time zone of that name; None when there is no name or it is not known here."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def local_zone(chosen: tzinfo | None, outage: Outage) -> tzinfo | None:
    """The zone to show beside UTC: the chosen or the acting person's; None when that is UTC."""
    worker = zone_named(outage.actor.at_act.zone) if outage.actor else None
    return beside_utc(chosen or worker)


def beside_utc(zone: tzinfo | None) -> tzinfo | None:
    """The zone, or None when it would only repeat UTC."""
    return None if zone is None or str(zone) == "UTC" else zone


def local_clock(time: datetime, zone: tzinfo) -> str:
    """Time to the second and offset in that zone; with the date where it differs from UTC's."""
    there = time.astimezone(zone)
    date = "" if there.date() == time.astimezone(UTC).date() else f"{there:%Y-%m-%d} "
    return f"{date}{there:%H:%M:%S} {offset(there)}"


def local_span(earliest: datetime, latest: datetime, zone: tzinfo) -> str:
    """Bounds of an instant on the clocks of that zone; their middle where they are close."""
    if latest - earliest < _WIDE:
        return local_clock(instant(earliest, latest).middle, zone)
    first, last = local_clock(earliest, zone), local_clock(latest, zone)
    its_offset = f" {offset(latest.astimezone(zone))}"
    return f"{first.removesuffix(its_offset)} – {last}"


@dataclass(frozen=True)
class Instant:
    """A bounded instant to be printed: `middle` ± `half` contains every time it may have been."""

    middle: datetime
    half: str


def instant(earliest: datetime, latest: datetime) -> Instant:
    """The middle of the bounds, to the millisecond, and the half width in seconds, rounded up."""
    middle = (earliest + (latest - earliest) / 2).astimezone(UTC)
    middle -= timedelta(microseconds=middle.microsecond % 1000)
    half = max(middle - earliest, latest - middle) / _SECOND
    shown = str(_rounded(half, ROUND_CEILING, _decimals(2 * half)))
    return Instant(middle, shown.rstrip("0").rstrip(".") if "." in shown else shown)


def moment(evidence: Evidence) -> Instant:
    """When an event truly happened, the errors of its clock allowed for."""
    return instant(evidence.earliest, evidence.latest)


def stamp_differs(evidence: Evidence) -> bool:
    """Whether the stamp in the record is not the middle of the true time's bounds."""
    return abs(evidence.time - moment(evidence).middle) >= timedelta(milliseconds=1)


def stamped(evidence: Evidence) -> str:
    """The stamp in the record, without its date where the true time's is the same."""
    same_day = evidence.time.astimezone(UTC).date() == moment(evidence).middle.date()
    return stamp(evidence.time)[11 if same_day else 0 :]


def between(earliest: datetime | None, latest: datetime | None) -> str:
    """Bounds of an instant, in UTC; None is open."""
    if earliest is None or latest is None:
        if earliest is not None:
            return f"{stamp(earliest)} or later"
        return f"{stamp(latest)} or earlier" if latest is not None else "open"
    if earliest == latest:
        return stamp(earliest)
    if latest - earliest < _WIDE:
        point = instant(earliest, latest)
        return f"{stamp(point.middle)} ±{point.half} s"
    return f"{stamp(earliest)} – {stamp(latest)}"


def began(outage: Outage | ListedOutage) -> str:
    """When an outage began, in UTC, to the second: a stamp with ±, both bounds, or `before ...`."""
    earliest, latest = outage.start_earliest, outage.start_latest.astimezone(UTC)
    last = latest.replace(microsecond=0) + (_SECOND if latest.microsecond else _SECOND * 0)
    if earliest is None:
        return f"before {last:%Y-%m-%d %H:%M:%S}"
    first = earliest.astimezone(UTC)
    if latest - first >= _WIDE:
        return f"{first:%Y-%m-%d %H:%M:%S} – {last:%Y-%m-%d %H:%M:%S}"
    middle = (first + (latest - first) / 2 + _SECOND / 2).replace(microsecond=0)
    half = _rounded(max(middle - first, latest - middle) / _SECOND, ROUND_CEILING, 0)
    return f"{middle:%Y-%m-%d %H:%M:%S} ±{half} s"


def duration(seconds: float) -> str:
    """A duration in its largest units: `11 min 0 s`, `2 h 3 min 4 s`."""
    return _in_units(_rounded(seconds, ROUND_FLOOR, 0))


def headline(bounds: Duration, *, ended: bool = False) -> str:
    """The duration in one phrase: `11 min 0 s`, `10 min 40 s to 11 min 20 s`, `at least 3 h …`.

    `ended` tells that it is the start which was not seen where there is no upper bound.
    """
    if bounds.longest is None and bounds.recorded:
        edge = "from the beginning" if ended else "to the end"
        return f"at least {duration(bounds.recorded)}, {edge} of the records"
    if bounds.longest is None:
        least = duration(bounds.shortest)
        return f"at least {least}" if bounds.shortest else "of unknown length"
    middle = duration((bounds.shortest + bounds.longest) / 2 + 0.5)
    if bounds.longest - bounds.shortest < 1:
        return middle
    return (
        f"{_bound(bounds.shortest, ROUND_FLOOR, 0)} to {_bound(bounds.longest, ROUND_CEILING, 0)}"
    )


def within(bounds: Duration, *, ended: bool = False) -> str:
    """Both bounds, where they tell more than the headline; else empty."""
    if bounds.longest is None:
        told = bool(bounds.recorded) and not bounds.shortest
    else:
        told = bounds.longest == bounds.shortest or bounds.longest - bounds.shortest >= 1
    return "" if told else exact_bounds(bounds, ended=ended)


def exact_bounds(bounds: Duration, *, ended: bool = False) -> str:
    """Both bounds, rounded outward: `10 min 59.999 s – 11 min 0.001 s`.

    `ended` tells that it is the start which was not seen where there is no upper bound.
    """
    if bounds.longest is None:
        unseen = "no start seen" if ended else "no end seen"
        return f"{_bound(bounds.shortest, ROUND_FLOOR, 1)} – {unseen}"
    decimals = _decimals(bounds.longest - bounds.shortest)
    shortest = _bound(bounds.shortest, ROUND_FLOOR, decimals)
    longest = _bound(bounds.longest, ROUND_CEILING, decimals)
    return f"{shortest} – {longest}"


def _stamped(time: datetime) -> str:
    spec = "microseconds" if time.microsecond % 1000 else "milliseconds"
    return time.replace(tzinfo=None).isoformat(" ", spec)


def _decimals(spread: float) -> int:
    return 3 if spread < 0.1 else 1 if spread < 10 else 0


def _rounded(seconds: float, rounding: str, decimals: int) -> Decimal:
    return Decimal(repr(seconds)).quantize(Decimal(1).scaleb(-decimals), rounding)


def _bound(seconds: float, rounding: str, decimals: int) -> str:
    return _in_units(_rounded(seconds, rounding, decimals))


def _in_units(seconds: Decimal) -> str:
    parts: list[str] = []
    for size, name in _UNITS:
        count, seconds = divmod(seconds, size)
        if count or parts:
            parts.append(f"{count} {name}")
    return " ".join((*parts, f"{seconds} s"))
