"""A time as written in a query, read as the half-open span that its precision means."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from dateutil.relativedelta import relativedelta

from forensics.errors import UsageError

_WRITTEN = re.compile(
    r"(?P<years>\d{4})(?:-(?P<months>\d\d)(?:-(?P<days>\d\d)(?:[T ](?P<hours>\d\d)"
    r"(?::(?P<minutes>\d\d)(?::(?P<seconds>\d\d)(?:\.(?P<fraction>\d{1,6}))?)?)?"
    r"(?:Z|[+-]\d\d:?\d\d)?)?)?)?"
)
_LENGTHS = {
    "years": relativedelta(years=1),
    "months": relativedelta(months=1),
    "days": relativedelta(days=1),
    "hours": relativedelta(hours=1),
    "minutes": relativedelta(minutes=1),
    "seconds": relativedelta(seconds=1),
}
_SHAPES = (
    'Write 2017-11-02, 2017-11-02T22:50 or, in quotes, "2017-11-02T22:50:03+01:00".'
    " Zones are written as offsets (EDT is -04:00); their names, and times like"
    ' "3 days ago", are for --since and --until.'
)


def span(text: str) -> tuple[datetime, datetime]:
    """First moment of the span, and the first moment after it: `2017-11-02` is that whole day.

    A time without an offset is UTC. Text of another form is a `UsageError`.
    """
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise UsageError(f"{text!r} is not a time.", remedy=_SHAPES)
    try:
        start = datetime.fromisoformat(text + "0001-01-01"[len(text) :])
        if start.tzinfo is None:
            start = start.replace(tzinfo=UTC)
        return start, start + _length(written)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text!r} is not a time: {error}.", remedy=_SHAPES) from error


def _length(written: re.Match[str]) -> relativedelta:
    fraction = written["fraction"]
    if fraction:
        return relativedelta(microseconds=10 ** (6 - len(fraction)))
    finest = [unit for unit, digits in written.groupdict().items() if digits][-1]
    return _LENGTHS[finest]
