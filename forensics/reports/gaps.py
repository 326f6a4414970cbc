"""Which gaps in the records touch an outage, read from the sentences a document carries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from forensics.findings.document import Outage

_NEAR = timedelta(days=1)
_TIME = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"
_BEFORE = re.compile(rf" no records before {_TIME}")
_AFTER = re.compile(rf" no records after {_TIME}")
_WITHIN = (
    re.compile(rf" recorded nothing from {_TIME} to {_TIME}"),
    re.compile(rf" in 1 hole: .* between the records of {_TIME} and {_TIME}"),
)

_Bounds = tuple[datetime | None, datetime | None]


def split(gaps: Iterable[str], outages: Sequence[Outage]) -> tuple[list[str], list[str]]:
    """The gaps within a day of any of the outages, and the others, in the order given.

    A gap that does not tell where it lies counts as near; so does every gap when there is no
    outage, because its acts may be what is missing.
    """
    near: list[str] = []
    far: list[str] = []
    for sentence in gaps:
        touching = not outages or any(_touches(_bounds(sentence), each) for each in outages)
        (near if touching else far).append(sentence)
    return near, far


def _touches(gap: _Bounds, outage: Outage) -> bool:
    start, end = gap
    starts_late = (
        start is not None and outage.end_latest is not None and start > outage.end_latest + _NEAR
    )
    begun = outage.start_earliest
    ends_early = end is not None and begun is not None and end < begun - _NEAR
    return not starts_late and not ends_early


def _bounds(sentence: str) -> _Bounds:
    """From when to when a gap lies; None is open or not told."""
    if found := _BEFORE.search(sentence):
        return None, _moment(found[1])
    if found := _AFTER.search(sentence):
        return _moment(found[1]), None
    for pattern in _WITHIN:
        if found := pattern.search(sentence):
            return _moment(found[1]), _moment(found[2])
    return None, None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
