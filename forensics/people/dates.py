"""Dates and zones as rosters write them, turned into UTC bounds that admit what is not said."""

from __future__ import annotations

import calendar
import functools
import re
import zoneinfo
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from dateutil import parser

from forensics.people import zone_words

# The easternmost and westernmost civil offsets: a date without a zone can begin anywhere between.
_EASTERNMOST = timezone(timedelta(hours=14))
_WESTERNMOST = timezone(timedelta(hours=-12))

_LONGEST = 64
# The year first is always year, month, day; nothing else may be made of it.
_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/.\s](\d{1,2})[-/.\s](\d{1,2})(?!\d))?")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.\s](\d{1,2})[-/.\s]\d{2,4}(?!\d)")
# The usual form, which needs no guessing; everything else is read a hundred times slower.
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?"
)
# The end of a day as ISO 8601 may write it.
_END_OF_DAY = re.compile(r"(.*\d[T ])24:00(:00(?:\.0{1,9})?)?(?=$|[ Z+-])")
_ZEROS = re.compile(r"0{4}([-/.]?)0{2}\1?0{2}(?:[T ][0:.]*Z?)?")
_OFFSET = re.compile(r"(?:utc|gmt)?([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
# Personnel systems write "no date" as zeros, or the first or last year their database can hold.
_OPEN_YEARS = frozenset({1, 9999})
_PLAUSIBLE_YEARS = range(1900, 2201)
# What the parser fills in for parts that are not written; where the two differ, they are missing.
_ONE_DEFAULT = datetime.combine(date(2000, 1, 1), time(0))
_OTHER_DEFAULT = datetime.combine(date(2001, 2, 2), time(1))

_TICK = timedelta(microseconds=1)
# Rosters name the same days over and over.
_REMEMBERED = 65_536

Bounds = tuple[datetime, datetime]


@dataclass(frozen=True)
class Written:
    """A date as written: its day, its clock time if any, and its UTC offset if any.

    `ends_day` is 24:00, the midnight with which the day ends; the clock time is then 00:00.
    """

    day: date
    clock: time | None
    offset: timezone | None
    ends_day: bool = False


@functools.lru_cache(maxsize=_REMEMBERED)
def read(text: str, day_first: bool | None = None) -> Written | None:
    """A date in ISO 8601 or an everyday form; None for an open date (year 9999, or all zeros).

    `day_first` says how 03/04/2017 is meant; without it such a date is ambiguous. Raises
    `ValueError` with a sentence when it is incomplete, ambiguous or no date at all.
    """
    if len(text) > _LONGEST:
        raise ValueError("it is too long for a date")
    if _ZEROS.fullmatch(text):
        return None
    midnight = _END_OF_DAY.match(text)
    if midnight:
        begin, seconds = midnight.groups()
        text = f"{begin}00:00{seconds or ''}{text[midnight.end() :]}"
    written = _read_iso(text) or _read_any(text, day_first)
    if midnight:
        written = replace(written, ends_day=True)
    if written.day.year in _OPEN_YEARS:
        return None
    if written.day.year not in _PLAUSIBLE_YEARS:
        raise ValueError(f"the year {written.day.year} is not plausible")
    return written


def _read_iso(text: str) -> Written | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    if year >= 1 and 1 <= month <= 12:
        days = calendar.monthrange(year, month)[1]
        if day > days:
            named = f"{calendar.month_name[month]} {year}"
            raise ValueError(f"there is no such day: {named} has {days}")
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("it is not a date") from error
    offset = read.utcoffset()
    return Written(
        day=read.date(),
        clock=read.time() if len(text) > len("2017-11-02") else None,
        offset=None if offset is None else timezone(offset),
    )


def _read_any(text: str, day_first: bool | None) -> Written:
    stated = _YEAR_FIRST.match(text)
    dotted = None if stated else _YEAR_LAST.match(text)
    swaps = bool(day_first) and not stated
    first = _parsed(text, _ONE_DEFAULT, day_first=swaps)
    second = _parsed(text, _OTHER_DEFAULT, day_first=swaps)
    if first.date() != second.date():
        raise ValueError("day, month or year is missing")
    parts = [int(part) for part in stated.groups() if part] if stated else []
    if len(parts) == 3 and tuple(parts) != first.timetuple()[:3]:
        raise ValueError("it is not a date")
    if dotted and day_first is not None:
        place, what = (1, "second") if day_first else (0, "first")
        if int(dotted.groups()[place]) != first.month:
            raise ValueError(f"there is no month {dotted.groups()[place]}, its {what} number")
    if day_first is None and not stated:
        swapped = _parsed(text, _ONE_DEFAULT, day_first=True)
        if swapped.date() != first.date():
            raise ValueError(f"it is either {first.date()} or {swapped.date()}")
    offset = first.utcoffset()
    return Written(
        day=first.date(),
        clock=first.time() if first.hour == second.hour else None,
        offset=None if offset is None else timezone(offset),
    )


def _parsed(text: str, default: datetime, *, day_first: bool) -> datetime:
    try:
        parsed: datetime = parser.parse(
            text, default=default, dayfirst=day_first, tzinfos=_only_offsets
        )
    except (parser.ParserError, OverflowError) as error:
        raise ValueError("it is not a date") from error
    return parsed


def _only_offsets(name: str | None, offset: int | None) -> tzinfo | None:
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name is not None:
        raise ValueError(f"the abbreviation {name} is not an offset")
    return None


def zone(name: str) -> tzinfo:
    """A zone by its IANA name in any case, or by an offset such as `+05:30` or `UTC-7`.

    Raises `LookupError` with names it may stand for, or the nearest, when it is neither.
    """
    found = _zones().get(name.lower())
    if found:
        return zoneinfo.ZoneInfo(found)
    fixed = _OFFSET.fullmatch(name.strip())
    if fixed:
        sign, hours, minutes = fixed.groups()
        ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if ahead <= timedelta(hours=14):
            return timezone(ahead if sign == "+" else -ahead)
    raise LookupError(zone_words.proposed(name))


@functools.cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in sorted(zoneinfo.available_timezones())}


def zone_name(zone: tzinfo) -> str:
    """The zone's IANA name, or `UTC+05:30` for a fixed offset."""
    return zone.key if isinstance(zone, zoneinfo.ZoneInfo) else str(zone)


@functools.lru_cache(maxsize=_REMEMBERED)
def instant(written: Written, zone: tzinfo | None) -> Bounds:
    """UTC bounds of the written clock time, or of the day's first moment when it has none.

    A clock time that occurs twice in its zone, or never, has both readings as bounds; a day
    begins once, at its first moment, also where midnight is skipped or repeated.
    """
    naive = datetime.combine(written.day, written.clock or time())
    naive += timedelta(days=1) if written.ends_day else timedelta()
    place = written.offset or zone
    if place is None:
        return _utc(naive, _EASTERNMOST), _utc(naive, _WESTERNMOST)
    folds = (0,) if written.clock is None else (0, 1)
    readings = sorted(_utc(naive.replace(fold=fold), place) for fold in folds)
    return readings[0], readings[-1]


def local(written: Written, zone: tzinfo | None) -> Written:
    """A day told by an instant, as the day that it falls on in a zone.

    Midnight with an offset stays the day that was written: so are plain dates exported.
    """
    if written.clock is None or written.offset is None or zone is None:
        return written
    if written.clock == time():
        return written
    moved = datetime.combine(written.day, written.clock, written.offset).astimezone(zone)
    return replace(written, day=moved.date(), clock=moved.time(), offset=None)


def day_start(day: date, zone: tzinfo | None) -> Bounds:
    """UTC bounds of the first moment of a local day."""
    return instant(Written(day, None, None), zone)


def day_end(day: date, zone: tzinfo | None) -> Bounds:
    """UTC bounds of the first moment after a local day: the next local midnight."""
    return day_start(day + timedelta(days=1), zone)


def recorded(written: Written, zone: tzinfo | None) -> Bounds:
    """UTC bounds of when something was written down: without a clock time, all of that day."""
    if written.clock is not None:
        return instant(written, zone)
    return day_start(written.day, zone)[0], day_end(written.day, zone)[1] - _TICK


def _utc(naive: datetime, zone: tzinfo) -> datetime:
    return naive.replace(tzinfo=zone).astimezone(UTC)
