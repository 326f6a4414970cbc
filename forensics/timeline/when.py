"""Times as people write them, read as intervals of UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from dateutil import parser as dates
from dateutil import tz
from dateutil.relativedelta import relativedelta

from forensics.errors import UsageError
from forensics.timeline.zones import zone as zone_named

_EXAMPLES = 'Write it like "2017-11-02 18:50 EDT", "2 Nov 2017", "3 days ago" or "yesterday".'
_WINDOW_EXAMPLES = 'Write it like "15m", "2h" or "1d12h".'


@dataclass(frozen=True)
class Instant:
    """A time in UTC as far as its text fixes it.

    A time of day is one instant (`earliest == latest`); a date, month or year alone is its whole
    span [earliest, latest); a local time that a change of clocks makes twice is [first, second].
    """

    earliest: datetime
    latest: datetime
    text: str


_UNITS: dict[str, str] = {
    "s": "seconds",
    "sec": "seconds",
    "second": "seconds",
    "m": "minutes",
    "min": "minutes",
    "minute": "minutes",
    "h": "hours",
    "hour": "hours",
    "d": "days",
    "day": "days",
    "w": "weeks",
    "week": "weeks",
}
# Steps of the calendar keep the time of day across a change of clocks.
_CALENDAR_STEPS: dict[str, relativedelta] = {
    "d": relativedelta(days=1),
    "day": relativedelta(days=1),
    "w": relativedelta(weeks=1),
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
    "year": relativedelta(years=1),
}

_AGO = re.compile(r"(\d+)\s*([a-z]+)\s+ago")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)\s*")
_EPOCH_DIGITS = {10: 1_000_000, 13: 1_000, 16: 1}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A word of a stamp; an offset glued to UTC is part of it, a lone sign is not.
_WORD = re.compile(
    r"(?:UTC|GMT)[+-]\d{1,2}(?::?\d{2})?|[A-Z]+(?:[/_-][A-Z][A-Z_]*)*", re.IGNORECASE
)
_NUMERIC_DATE = re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b")
_RELATIVE_WORDS = frozenset({"ago", "now", "today", "yesterday", *_UNITS, *_CALENDAR_STEPS})
_RELATIVE_PLURALS = frozenset(word + "s" for word in (*_UNITS, *_CALENDAR_STEPS))

# Two defaults that differ in every field: what differs in the answers was not written.
_DEFAULT = datetime(2000, 1, 1)  # noqa: DTZ001 - local time of a zone not yet known
_OTHER_DEFAULT = datetime(2004, 2, 2, 1, 1, 1, 1)  # noqa: DTZ001 - as above
_DATE_FIELDS = ("year", "month", "day")


def parse(text: str, zone: str = "UTC", now: datetime | None = None) -> Instant:
    """The instant a person means, judged in `zone` unless the text names a zone or an offset.

    `now` (aware) anchors "now", "today" and "3 days ago"; default the clock of the machine. Raises
    UsageError, with a remedy, for what cannot be read, has no date, is ambiguous (02/11/2017, IST)
    or never existed on that zone's clocks.
    """
    stripped = text.strip()
    if not stripped:
        raise UsageError("The time is empty.", remedy=_EXAMPLES)
    rest, named = _split_zone(stripped)
    where = zone_named(named or zone)
    anchor = (now or datetime.now(UTC)).astimezone(where)
    try:
        bounds = _epoch(rest) or _relative(rest.lower(), anchor)
        earliest, latest = bounds or _absolute(rest, stripped, named, where)
        return Instant(earliest.astimezone(UTC), latest.astimezone(UTC), stripped)
    except (OverflowError, ValueError) as error:
        raise _unreadable(stripped) from error


def window(text: str) -> timedelta:
    """A length of time: "15m", "2h", "1d12h", "90 s". Raises UsageError."""
    rest = text.strip().lower()
    total = timedelta()
    position = 0
    try:
        for part in _PART.finditer(rest):
            number, unit = part.groups()
            if part.start() != position:
                break
            total += timedelta(**{_UNITS[_singular(unit)]: float(number)})
            position = part.end()
    except (KeyError, OverflowError) as error:
        raise UsageError(f"{text!r} is not a length of time.", remedy=_WINDOW_EXAMPLES) from error
    if not rest or position != len(rest):
        raise UsageError(f"{text!r} is not a length of time.", remedy=_WINDOW_EXAMPLES)
    return total


def utc_text(time: datetime) -> str:
    """An instant as ISO 8601 in UTC, no finer than it needs: `2017-11-02T22:50:03.412Z`."""
    plain = time.astimezone(UTC).replace(tzinfo=None)
    whole_milliseconds = plain.microsecond and plain.microsecond % 1000 == 0
    return plain.isoformat(timespec="milliseconds" if whole_milliseconds else "auto") + "Z"


def _unreadable(text: str) -> UsageError:
    return UsageError(f"{text!r} cannot be read as a time.", remedy=_EXAMPLES)


def _singular(unit: str) -> str:
    return unit[:-1] if len(unit) > 1 and unit.endswith("s") else unit


def _split_zone(text: str) -> tuple[str, str | None]:
    """The text without the zone it names, and that name."""
    words = dates.parserinfo()
    named: list[str] = []

    def keep(match: re.Match[str]) -> str:
        word = match.group()
        lower = word.lower()
        known = (
            lower in _RELATIVE_WORDS
            or lower in _RELATIVE_PLURALS
            or words.jump(word)
            or words.ampm(word) is not None
            or words.hms(word) is not None
            or words.month(word) is not None
            or words.weekday(word) is not None
        )
        if known:
            return word
        # `2-Nov-2017` is one word to the pattern and three to a person.
        if all(words.month(piece) is not None for piece in re.split(r"[/_-]", word)):
            return word
        named.append(word)
        return " "

    rest = " ".join(re.sub(r"\(\s*\)", " ", _WORD.sub(keep, text)).split())
    if len(named) > 1 or (named and not any(c.isdigit() for c in rest) and not _is_relative(rest)):
        raise _unreadable(text)
    return rest, named[0] if named else None


def _is_relative(text: str) -> bool:
    return text.lower() in {"now", "today", "yesterday"}


def _epoch(text: str) -> tuple[datetime, datetime] | None:
    """Bare digits of a Unix time in seconds, milliseconds or microseconds."""
    if not text.isascii() or not text.isdigit() or len(text) not in _EPOCH_DIGITS:
        return None
    time = _EPOCH + timedelta(microseconds=int(text) * _EPOCH_DIGITS[len(text)])
    return time, time


def _relative(text: str, anchor: datetime) -> tuple[datetime, datetime] | None:
    if text == "now":
        return anchor, anchor
    if text in ("today", "yesterday"):
        day = anchor.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        start = day - relativedelta(days=text == "yesterday")
        return _span(start, relativedelta(days=1), anchor.tzinfo or UTC)
    ago = _AGO.fullmatch(text)
    if ago is None:
        return None
    number, unit = int(ago.group(1)), _singular(ago.group(2))
    if unit in _CALENDAR_STEPS:
        time = tz.resolve_imaginary(anchor - _CALENDAR_STEPS[unit] * number)
    elif unit in _UNITS:
        time = anchor.astimezone(UTC) - timedelta(**{_UNITS[unit]: number})
    else:
        raise _unreadable(text)
    return time, time


def _span(start: datetime, length: relativedelta, where: tzinfo) -> tuple[datetime, datetime]:
    """The span of local time that begins at a naive midnight."""
    first = tz.resolve_imaginary(start.replace(tzinfo=where))
    end = tz.resolve_imaginary((start + length).replace(tzinfo=where))
    return first, end


def _absolute(rest: str, text: str, named: str | None, where: tzinfo) -> tuple[datetime, datetime]:
    _refuse_two_readings(rest, text)
    first = dates.parse(rest, default=_DEFAULT)
    other = dates.parse(rest, default=_OTHER_DEFAULT)
    written = [f for f in _DATE_FIELDS if getattr(first, f) == getattr(other, f)]
    if first.tzinfo is not None:
        offset = first.utcoffset()
        if named and first.replace(tzinfo=where).utcoffset() != offset:
            raise UsageError(f"{text!r} gives an offset that is not that of {named}.")
        where = first.tzinfo
    naive: datetime = first.replace(tzinfo=None)
    if first.hour == other.hour:
        if not written and naive.date() == _DEFAULT.date():
            raise UsageError(
                f"{text!r} does not say of which day.",
                remedy=f'Give the date, as in "2017-11-02 {text}".',
            )
        if len(written) < len(_DATE_FIELDS):
            raise UsageError(f"{text!r} has no complete date.", remedy=_EXAMPLES)
        return _local(naive, where, text)
    if "year" not in written:
        raise UsageError(f"{text!r} does not say which year.", remedy=_EXAMPLES)
    if "day" in written:
        return _span(naive, relativedelta(days=1), where)
    months = 1 if "month" in written else 12
    return _span(naive, relativedelta(months=months), where)


def _refuse_two_readings(rest: str, text: str) -> None:
    if not (numeric := _NUMERIC_DATE.search(rest)):
        return
    one = dates.parse(numeric.group(), dayfirst=True).date()
    other = dates.parse(numeric.group(), dayfirst=False).date()
    if one != other:
        raise UsageError(
            f"{text!r} can be {one} or {other}.",
            remedy="Write the date as year-month-day.",
        )


def _local(naive: datetime, where: tzinfo, text: str) -> tuple[datetime, datetime]:
    aware = naive.replace(tzinfo=where)
    if not tz.datetime_exists(aware):
        raise UsageError(
            f"{text!r} never was: the clocks of {where} jumped over it.",
            remedy="Give the offset from UTC, as in 2017-03-12 02:30 -05:00.",
        )
    return aware.replace(fold=0), aware.replace(fold=1)
