"""What people say of times and lengths, read as bounds: "shortly before 7 pm ET", "11 minutes".

A number said with a unit is rounded or cut, nobody says which: "11 minutes" is anything from 10.5
to 12 minutes, "18:45" anything from 18:44:30 to 18:46. Words that say less than a number have
tolerances, which a file of statements may set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from forensics.errors import UsageError
from forensics.timeline import when

_MOST_LETTERS = 200
_ZERO = timedelta()
_DAY = timedelta(days=1)
_TIMES = (
    'Write it like "2017-11-02 18:45 ET", "about 2017-11-02 18:45 ET", "by 2017-11-02 19:00 ET",'
    ' "2017-11-02 18:45:10 UTC ± 5 s" or "before event UID".'
)
_LENGTHS = 'Write it like "11 minutes", "about 2 hours", "at least 90 s" or "11 min ± 20 s".'

Relation = Literal["at", "exactly", "about", "shortly before", "shortly after", "by", "after"]
_RELATIONS: dict[str, Relation] = {
    "at": "at",
    "exactly": "exactly",
    "about": "about",
    "around": "about",
    "at about": "about",
    "at around": "about",
    "circa": "about",
    "roughly": "about",
    "approximately": "about",
    "~": "about",
    "shortly before": "shortly before",
    "just before": "shortly before",
    "shortly after": "shortly after",
    "just after": "shortly after",
    "by": "by",
    "before": "by",
    "no later than": "by",
    "not later than": "by",
    "after": "after",
    "no earlier than": "after",
    "not before": "after",
    "since": "after",
}
_SIZES: dict[str, Literal["about", "least", "most", "exactly"]] = {
    "about": "about",
    "around": "about",
    "roughly": "about",
    "approximately": "about",
    "~": "about",
    "at least": "least",
    "more than": "least",
    "over": "least",
    "at most": "most",
    "less than": "most",
    "no more than": "most",
    "up to": "most",
    "under": "most",
    "exactly": "exactly",
}


def _first(
    words: dict[str, Relation] | dict[str, Literal["about", "least", "most", "exactly"]],
) -> re.Pattern[str]:
    listed = sorted(words, key=len, reverse=True)
    ends = (re.escape(word) + (r"\s+" if word[-1].isalpha() else r"\s*") for word in listed)
    return re.compile(rf"(?:{'|'.join(ends)})", re.IGNORECASE)


_RELATION, _SIZE = _first(_RELATIONS), _first(_SIZES)
_EVENT = re.compile(r"event\s+(\S+)", re.IGNORECASE)
_TOLERANCE = re.compile(r"^(.*\S)\s*(?:±|\+/-|\+-)\s*(\S.*)$", re.DOTALL)
_HALF_DAY = re.compile(r"\b([ap])\.\s?m\.", re.IGNORECASE)
_HOURS = re.compile(r"\b(\d{1,2})\s+h\b", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}:(\d\d)(?::(\d\d)(\.\d+)?)?")
_UNIT = re.compile(r"[a-z]+", re.IGNORECASE)


@dataclass(frozen=True)
class Tolerances:
    """How far what words say may be from what happened.

    `about` and `about_hour` either way of a time with minutes and of a full hour; `shortly` before
    or after.
    """

    about: timedelta = timedelta(minutes=5)
    about_hour: timedelta = timedelta(minutes=10)
    shortly: timedelta = timedelta(minutes=15)


@dataclass(frozen=True)
class SpokenTime:
    """What words say of an instant, relative to a time or to the event of uid `event`.

    The instant lies from `before` ahead of the base to `after` behind it; None is open.
    """

    base: tuple[datetime, datetime] | None
    event: str | None
    before: timedelta | None
    after: timedelta | None

    def bounds(self, base: tuple[datetime, datetime]) -> tuple[datetime | None, datetime | None]:
        """The earliest and the latest instant, given the bounds of the base; None is open."""
        try:
            return (
                None if self.before is None else base[0] - self.before,
                None if self.after is None else base[1] + self.after,
            )
        except OverflowError as error:
            raise UsageError("It lies outside the calendar.") from error


@dataclass(frozen=True)
class SpokenLength:
    """What words say of a length of time; None in `longest` is open."""

    shortest: timedelta
    longest: timedelta | None


def time(
    text: str, zone: str | None, tolerances: Tolerances, tolerance: str | None = None
) -> SpokenTime:
    """What `text` says of an instant; `zone` is meant where it names none.

    `tolerance`, or a "± 5 min" in the text, takes the place of what the words would leave. Raises
    UsageError where the text cannot be read, has no date or no zone, or names a local time that
    was twice or never.
    """
    rest, given = _given(text, tolerance)
    found = _RELATION.match(rest)
    relation = _RELATIONS[" ".join(found.group().lower().split())] if found else "at"
    rest = rest[found.end() :] if found else rest
    if event := _EVENT.fullmatch(rest):
        before, after = _margins(relation, given, tolerances.about, _ZERO, tolerances.shortly)
        return SpokenTime(None, event.group(1), before, after)
    base, unit = _instant(rest, zone)
    about = tolerances.about_hour if _is_full_hour(rest) else tolerances.about
    before, after = _margins(relation, given, about, unit, tolerances.shortly)
    return SpokenTime(base, None, before, after)


def length(text: str, tolerance: str | None = None) -> SpokenLength:
    """What `text` says of a length of time; raises UsageError where it cannot be read."""
    rest, given = _given(text, tolerance)
    found = _SIZE.match(rest)
    size = _SIZES[" ".join(found.group().lower().split())] if found else None
    rest = rest[found.end() :] if found else rest
    if not any(letter.isdigit() for letter in rest):
        raise UsageError(f"{text!r} is not a length of time.", remedy=_LENGTHS)
    said = when.window(rest)
    unit = when.window(f"1 {_UNIT.findall(rest)[-1]}")
    if given is not None:
        least, most = said - given, said + given
    elif size == "about":
        least, most = said - unit, said + 2 * unit
    else:
        least, most = said - unit / 2, said + unit
    if size == "exactly" and given is None:
        least = most = said
    if size == "most":
        least, most = _ZERO, said + (given or _ZERO)
    if size == "least":
        return SpokenLength(max(said - (given or _ZERO), _ZERO), None)
    return SpokenLength(max(least, _ZERO), most)


def _given(text: str, tolerance: str | None) -> tuple[str, timedelta | None]:
    """The text without the tolerance it names, and that or the one given apart."""
    if len(text) > _MOST_LETTERS:
        raise UsageError(f"It is longer than {_MOST_LETTERS} letters.", remedy=_TIMES)
    stated = _TOLERANCE.match(text.strip())
    rest = _HALF_DAY.sub(r"\1m", stated.group(1) if stated else text.strip())
    rest = _HOURS.sub(r"\1h", rest)
    if stated and tolerance:
        raise UsageError("It has two tolerances.", remedy="Give one of them.")
    shown = stated.group(2) if stated else tolerance
    return rest, when.window(shown) if shown else None


def _margins(
    relation: Relation,
    given: timedelta | None,
    about: timedelta,
    unit: timedelta,
    shortly: timedelta,
) -> tuple[timedelta | None, timedelta | None]:
    """How far before and after its base an instant may lie."""
    none = given if given is not None else _ZERO
    near = given if given is not None else about
    soon = given if given is not None else shortly
    if relation == "at" and given is None:
        return unit / 2, unit
    return {
        "at": (none, none),
        "exactly": (none, none),
        "about": (near, near),
        "shortly before": (soon, _ZERO),
        "shortly after": (_ZERO, soon),
        "by": (None, none),
        "after": (none, None),
    }[relation]


def _instant(text: str, zone: str | None) -> tuple[tuple[datetime, datetime], timedelta]:
    """The time or the day that a text names, and the unit it is told to."""
    anchors = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2001, 3, 4, 5, 6, tzinfo=UTC))
    told = [when.parse(text, zone or "UTC", anchor) for anchor in anchors]
    if (told[0].earliest, told[0].latest) != (told[1].earliest, told[1].latest):
        raise UsageError(f"{text!r} does not say of which day.", remedy=_TIMES)
    if zone is None and when.parse(text, "-12:00", anchors[0]).earliest != told[0].earliest:
        raise UsageError(
            f"{text!r} names no zone.",
            remedy='Name it, as in "2017-11-02 18:45 ET", or give `zone` for the whole file.',
        )
    earliest, latest = told[0].earliest, told[0].latest
    if earliest == latest:
        return (earliest, latest), _unit(text)
    if latest - earliest < _DAY / 2:
        raise UsageError(
            f"{text!r} was twice: the clocks were set back.",
            remedy="Give the offset from UTC, as in 2017-11-05 01:30 -04:00.",
        )
    return (earliest, latest), _ZERO


def _unit(text: str) -> timedelta:
    """The finest unit in which a time of day is told."""
    clock = _CLOCK.search(text)
    if clock is None:
        return timedelta(hours=1) if not text.isdigit() else timedelta(seconds=1)
    _, seconds, fraction = clock.groups()
    if fraction is not None:
        return timedelta(milliseconds=1)
    return timedelta(minutes=1) if seconds is None else timedelta(seconds=1)


def _is_full_hour(text: str) -> bool:
    clock = _CLOCK.search(text)
    return clock is None or (clock.group(1) == "00" and clock.group(2) in (None, "00"))
