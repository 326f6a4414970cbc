"""In which format the stamps of a path are written, and whether they name their zone."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s?(?P<zone>Z|UTC|GMT|[+-]\d\d(:?\d\d)?)?)?\Z"
)
_EPOCHS = (
    ("epoch_s", re.compile(r"1\d{9}(\.\d+)?\Z")),
    ("epoch_ms", re.compile(r"1\d{12}(\.\d+)?\Z")),
    ("epoch_us", re.compile(r"1\d{15}\Z")),
)
# 31.12.2024 or 12/31/2024, and perhaps a time of day after it.
_DAY_FIRST = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(?P<year>\d{4}|\d\d)"
    r"(?:(?P<gap>,? |T)(?P<hour>\d{1,2}):\d\d(?P<seconds>:\d\d)?(?P<fraction>[.]\d{1,6})?"
    r"(?:(?P<space> ?)(?P<half>[AaPp][Mm]))?)?\Z"
)
_MONTH = r"[A-Z][a-z]{2}"
# Other common forms, each with its strptime pattern.
_FIXED = (
    (rf"{_MONTH}, \d{{1,2}} {_MONTH} \d{{4}} [\d:]{{8}} [+-]\d{{4}}", "%a, %d %b %Y %H:%M:%S %z"),
    (rf"\d\d/{_MONTH}/\d{{4}}:[\d:]{{8}} [+-]\d{{4}}", "%d/%b/%Y:%H:%M:%S %z"),
    (rf"{_MONTH} \d{{1,2}}, \d{{4}},? \d{{1,2}}:\d\d:\d\d [AP]M", "%b %d, %Y %I:%M:%S %p"),
    (rf"\d{{1,2}}-{_MONTH}-\d{{4}} [\d:]{{8}}", "%d-%b-%Y %H:%M:%S"),
    (rf"\d{{1,2}} {_MONTH} \d{{4}} [\d:]{{8}}", "%d %b %Y %H:%M:%S"),
    (r"\d{4}/\d\d/\d\d [\d:]{8}", "%Y/%m/%d %H:%M:%S"),
    (r"(19|20)\d{12}", "%Y%m%d%H%M%S"),
    (r"\d{8} \d{6}", "%Y%m%d %H%M%S"),
)
_CLOCK = re.compile(r"\d{1,2}:\d\d(?P<seconds>:\d\d(?P<fraction>\.\d+)?)?\Z")


def time_format(texts: Sequence[str]) -> str | None:
    """The stamp format that every text fits (iso, epoch_*, a strptime pattern), or None."""
    if not texts:
        return None
    if all(_ISO.match(text) for text in texts):
        return "iso"
    for name, epoch in _EPOCHS:
        if all(epoch.match(text) for text in texts):
            return name
    for form, pattern in _FIXED:
        if all(re.fullmatch(form, text) for text in texts):
            return pattern
    return _pattern(texts)


def clock_format(texts: Sequence[str]) -> str | None:
    """The strptime pattern of times of day without a date, or None."""
    found = [_CLOCK.match(text) for text in texts]
    if not found or not all(found):
        return None
    seconds = {bool(one and one["seconds"]) for one in found}
    fraction = any(one and one["fraction"] for one in found)
    if len(seconds) > 1 or fraction:
        return None
    return "%H:%M:%S" if seconds == {True} else "%H:%M"


def is_date(pattern: str, texts: Sequence[str]) -> bool:
    """Whether stamps of a format hold days only, no time of day."""
    return (
        not pattern.startswith("epoch")
        and not any(":" in text for text in texts)
        and ("%H" not in pattern)
    )


def names_zone(pattern: str, texts: Sequence[str]) -> bool:
    """Whether every stamp says its zone or is counted from an instant."""
    if pattern == "iso":
        return all((found := _ISO.match(text)) and found["zone"] for text in texts)
    return pattern.startswith("epoch") or "%z" in pattern


def is_unsure(pattern: str, texts: Sequence[str]) -> bool:
    """Whether day and month could be the other way round: no stamp has a number above 12."""
    if not pattern.startswith(("%d/", "%d-%m")):
        return False
    return all(int(part) <= 12 for one in texts for part in re.findall(r"\d+", one)[:2])


def _pattern(texts: Sequence[str]) -> str | None:
    """The strptime pattern of stamps that name day and month before the year, or None.

    The day stands first unless a number says otherwise; see `is_unsure`.
    """
    found = [match for text in texts if (match := _DAY_FIRST.match(text))]
    if len(found) != len(texts) or len({_shape(one) for one in found}) != 1:
        return None
    one = found[0]
    first, second = (max(int(match[n]) for match in found) for n in (1, 3))
    if max(first, second) > 31 or min(first, second) > 12:
        return None
    day, month = ("%m", "%d") if second > 12 else ("%d", "%m")
    clock = ""
    if one["hour"]:
        hours = "%I" if one["half"] else "%H"
        seconds = ":%S" if one["seconds"] else ""
        clock = f"{one['gap']}{hours}:%M{seconds}{'.%f' if one['fraction'] else ''}"
        clock += f"{one['space']}%p" if one["half"] else ""
    year = "%Y" if len(one["year"]) == 4 else "%y"
    return f"{day}{one[2]}{month}{one[2]}{year}{clock}"


def _shape(found: re.Match[str]) -> tuple[str | bool | int, ...]:
    """What stamps of one pattern have in common."""
    present = (bool(found[name]) for name in ("hour", "seconds", "fraction", "half"))
    return (found[2], found["gap"] or "", found["space"] or "", len(found["year"]), *present)
