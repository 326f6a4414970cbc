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
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def stamp(time: datetime) -> str:
    """Date and time in UTC, to the millisecond, to the microsecond where there is one."""
    return _stamped(time.astimezone(UTC))


def seen(time: datetime) -> str:
    """Date and time in UTC, with a part of a second only where there is one."""
    return stamp(time).removesuffix(".000")


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
    """A bounded instant to be printed: `middle` ± `half` contains every time it may have been.

    `text` is the middle with as many digits as `half` has, which is in seconds.
    """

    middle: datetime
    half: str

    @property
    def text(self) -> str:
        """The middle in UTC, no finer than `half`."""
        return _digits(self.middle.astimezone(UTC), len(self.half.partition(".")[2]))


def instant(earliest: datetime, latest: datetime) -> Instant:
    """The middle of the bounds and half their width, rounded up, to one digit of use or two.

    Of two middles as near the earlier is taken: a stamp tells the beginning of its second.
    """
    middle = (earliest + (latest - earliest) / 2).astimezone(UTC)
    decimals = _fineness((latest - earliest) / 2 / _SECOND)
    grain = _SECOND / 10**decimals
    beyond = middle - (floor := middle - (middle - _EPOCH) % grain)
    middle = floor + grain if beyond > grain / 2 else floor
    half = max(middle - earliest, latest - middle) / _SECOND
    return Instant(middle, str(_rounded(half, ROUND_CEILING, decimals)))


def moment(evidence: Evidence) -> Instant:
    """When an event truly happened, the errors of its clock allowed for."""
    return instant(evidence.earliest, evidence.latest)


def stamp_differs(evidence: Evidence) -> bool:
    """Whether the stamp in the record, to the digits shown, is not the middle of the bounds."""
    shown = moment(evidence)
    return not stamp(evidence.time).startswith(shown.text)


def stamped(evidence: Evidence) -> str:
    """The stamp in the record, without its date where the true time's is the same."""
    same_day = evidence.time.astimezone(UTC).date() == moment(evidence).middle.date()
    return stamp(evidence.time)[11 if same_day else 0 :]


def between(earliest: datetime | None, latest: datetime | None) -> str:
    """Bounds of an instant, in UTC; None is open."""
    if earliest is None or latest is None:
        if earliest is not None:
            return f"{_digits(earliest.astimezone(UTC), 0)} or later"
        return f"{_digits(_up(latest), 0)} or earlier" if latest is not None else "open"
    if earliest == latest:
        return stamp(earliest)
    if latest - earliest < _WIDE:
        point = instant(earliest, latest)
        return f"{point.text} ±{point.half} s"
    return f"{_digits(earliest.astimezone(UTC), 0)} – {_digits(_up(latest), 0)}"


def span(first: datetime, last: datetime) -> str:
    """Both ends of what certainly is, in UTC: the seconds that are whole within it, if any is."""
    inward = _up(first), last.astimezone(UTC).replace(microsecond=0)
    if inward[0] >= inward[1]:
        return f"{stamp(first)} – {stamp(last)}"
    return f"{_digits(inward[0], 0)} – {_digits(inward[1], 0)}"


def began(outage: Outage | ListedOutage) -> str:
    """When an outage began, in UTC, to the second: a stamp with ±, both bounds, or `before ...`."""
    earliest, latest = outage.start_earliest, outage.start_latest
    if earliest is None:
        return f"before {_digits(_up(latest), 0)}"
    if latest - earliest >= _WIDE:
        return between(earliest, latest)
    middle = (earliest + (latest - earliest) / 2).astimezone(UTC)
    beyond, middle = middle.microsecond, middle.replace(microsecond=0)
    middle += _SECOND if beyond > 500_000 else _SECOND * 0
    half = _rounded(max(middle - earliest, latest - middle) / _SECOND, ROUND_CEILING, 0)
    return f"{_digits(middle, 0)} ±{half} s"


def ended(outage: Outage) -> str:
    """When an outage ended, in UTC; where only its beginning bounds that below, by when."""
    earliest, latest = outage.end_earliest, outage.end_latest
    if earliest is not None and latest is not None and latest - earliest >= _WIDE:
        earliest = earliest if earliest > outage.start_latest else None
    return between(earliest, latest)


def duration(seconds: float) -> str:
    """A duration in its largest units: `11 min 0 s`, `2 h 3 min 4 s`."""
    return _in_units(_rounded(seconds, ROUND_FLOOR, 0))


def headline(bounds: Duration, *, ended: bool = False) -> str:
    """The duration in one phrase: `11 min 0 s`, `10 min 40 s to 11 min 20 s`, `no end seen; …`.

    `ended` tells that it is the start which was not seen where there is no upper bound. How far
    the records go on without it is no lower bound: the other end may have gone unrecorded.
    """
    if bounds.longest is None:
        unseen, edge = ("no start", "from the start") if ended else ("no end", "to the end")
        least = f"at least {duration(bounds.shortest)}; " if bounds.shortest else ""
        lasted = f"; if it lasted {edge} of the records, " if bounds.recorded else ""
        return f"{least}{unseen} seen{lasted}{duration(bounds.recorded) if bounds.recorded else ''}"
    middle = duration((bounds.shortest + bounds.longest) / 2 + 0.5)
    if bounds.longest - bounds.shortest < 1:
        return middle
    return (
        f"{_bound(bounds.shortest, ROUND_FLOOR, 0)} to {_bound(bounds.longest, ROUND_CEILING, 0)}"
    )


def within(bounds: Duration, *, ended: bool = False) -> str:
    """Both bounds, where they tell more than the headline; else empty."""
    if bounds.longest is None:
        return ""
    told = bounds.longest == bounds.shortest or bounds.longest - bounds.shortest >= 1
    return "" if told else exact_bounds(bounds, ended=ended)


def exact_bounds(bounds: Duration, *, ended: bool = False) -> str:
    """Both bounds, rounded outward: `10 min 59.999 s – 11 min 0.001 s`.

    `ended` tells that it is the start which was not seen where there is no upper bound.
    """
    if bounds.longest is None:
        unseen = "no start seen" if ended else "no end seen"
        least = f"{_bound(bounds.shortest, ROUND_FLOOR, 1)} – " if bounds.shortest else ""
        return f"{least}{unseen}"
    decimals = _decimals(bounds.longest - bounds.shortest)
    shortest = _bound(bounds.shortest, ROUND_FLOOR, decimals)
    longest = _bound(bounds.longest, ROUND_CEILING, decimals)
    return f"{shortest} – {longest}"


def _stamped(time: datetime) -> str:
    spec = "microseconds" if time.microsecond % 1000 else "milliseconds"
    return time.replace(tzinfo=None).isoformat(" ", spec)


def _digits(time: datetime, decimals: int) -> str:
    """A time with so many digits of its second; the others are cut off."""
    shown = time.replace(tzinfo=None).isoformat(" ", "microseconds")
    return shown[: 19 + decimals + (decimals > 0)]


def _up(time: datetime) -> datetime:
    """The next whole second in UTC, unless it is one."""
    whole = time.astimezone(UTC).replace(microsecond=0)
    return whole + _SECOND if time.microsecond else whole


def _fineness(half: float) -> int:
    """How many digits of a second are worth showing where it is that uncertain."""
    return 0 if half >= 10 else 1 if half >= 1 else 2 if half >= 0.1 else 3


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
