"""Time zones as people write them: IANA names, fixed offsets and the unambiguous abbreviations."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from forensics.errors import UsageError

# Hours east of UTC. An abbreviation with two living meanings belongs in _AMBIGUOUS instead.
_OFFSETS: dict[str, float] = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "WEST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "SAST": 2,
    "NDT": -2.5,
    "ADT": -3,
    "EDT": -4,
    "EST": -5,
    "CDT": -5,
    "MDT": -6,
    "MST": -7,
    "PDT": -7,
    "PST": -8,
    "AKDT": -8,
    "AKST": -9,
    "HST": -10,
    "PKT": 5,
    "WIB": 7,
    "HKT": 8,
    "SGT": 8,
    "PHT": 8,
    "AWST": 8,
    "JST": 9,
    "KST": 9,
    "ACST": 9.5,
    "ACDT": 10.5,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
}

# Civil time of a region, summer or winter, as news and tickets put it.
_REGIONS: dict[str, str] = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}

_AMBIGUOUS: dict[str, tuple[str, ...]] = {
    "AST": ("America/Halifax", "Asia/Riyadh"),
    "BST": ("Europe/London", "Asia/Dhaka"),
    "CST": ("America/Chicago", "Asia/Shanghai", "America/Havana"),
    "GST": ("Asia/Dubai", "Atlantic/South_Georgia"),
    "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "SST": ("Asia/Singapore", "Pacific/Pago_Pago"),
}

_FIXED = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
_LARGEST_OFFSET = timedelta(hours=14)


def zone(name: str) -> tzinfo:
    """The zone of that name, in any case: `Europe/Paris`, `CEST`, `UTC+2`, `-04:00`.

    `UTC+2` is two hours east of Greenwich. Raises UsageError for a name that is unknown (near
    names are given) or that stands for several zones (the choices are given).
    """
    text = name.strip()
    short = text.upper()
    if short in _AMBIGUOUS:
        raise UsageError(
            f"The zone {text!r} stands for several zones.",
            remedy=f"Say which: {', '.join(_AMBIGUOUS[short])}, or write the offset, as in +02:00.",
        )
    if short in _OFFSETS:
        return _named(short, timedelta(hours=_OFFSETS[short]))
    if fixed := _FIXED.fullmatch(text):
        return _fixed_offset(text, *fixed.groups())
    key = _REGIONS.get(short) or _keys().get(text.lower())
    if key is None:
        raise UsageError(f"The zone {text!r} is unknown.", remedy=_near(text))
    return ZoneInfo(key)


def _named(short: str, offset: timedelta) -> tzinfo:
    return timezone(offset, short) if offset else UTC


def _fixed_offset(text: str, sign: str, hours: str, minutes: str | None) -> tzinfo:
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset > _LARGEST_OFFSET:
        raise UsageError(f"The offset {text!r} is larger than any zone's; the largest is +14:00.")
    return timezone(-offset if sign == "-" else offset)


@cache
def _keys() -> dict[str, str]:
    return {key.lower(): key for key in sorted(available_timezones())}


def _near(text: str) -> str:
    wanted = text.lower().replace(" ", "_")
    by_city = {key.rsplit("/", 1)[-1]: key for key in _keys()}
    names = {**{short.lower(): short.lower() for short in _OFFSETS}, **by_city}
    near = [names[hit] for hit in difflib.get_close_matches(wanted, sorted(names), n=3, cutoff=0.7)]
    near += difflib.get_close_matches(wanted, list(_keys()), n=3, cutoff=0.7)
    shown = [_keys().get(hit, hit.upper()) for hit in dict.fromkeys(near)]
    if not shown:
        return "Give an IANA name such as Europe/Paris, or an offset such as +02:00."
    return f"Did you mean {' or '.join(shown[:3])}?"
