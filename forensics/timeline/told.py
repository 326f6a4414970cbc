"""What is told of a clock by whoever asks: `SOURCE=±5s`, `SOURCE=-90s..+10s`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from forensics.errors import UsageError

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_LENGTH = r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)"
_EITHER_WAY = re.compile(r"(?:±|\+/-|\+-)\s*" + _LENGTH)
_RANGE = re.compile(rf"([+-]?)\s*{_LENGTH}\s*\.\.\s*([+-]?)\s*{_LENGTH}")
_REMEDY = "Write SOURCE=±5s, or SOURCE=-90s..+10s for a clock from 90 s behind to 10 s ahead."


@dataclass(frozen=True)
class Told:
    """Between which seconds a source's clock is ahead of true time, as somebody says."""

    source: str
    low_s: float
    high_s: float

    @property
    def sentence(self) -> str:
        """What was told, in words."""
        off = f"between {self.low_s:+g} s and {self.high_s:+g} s ahead of true time"
        if self.low_s == -self.high_s:
            off = f"within ±{self.high_s:g} s of true time"
        return (
            f"The clock of {self.source} is taken to be {off}, as told with --assume, not by the "
            "records."
        )


def parse(text: str) -> Told:
    """One `SOURCE=OFFSET`; units are ms, s, m, min and h. Raises `UsageError`."""
    source, equals, offset = text.partition("=")
    source, offset = source.strip().lower(), offset.strip().replace("\N{MINUS SIGN}", "-")
    if not source or not equals:
        raise UsageError(f"{text!r} does not say of which clock what is assumed.", remedy=_REMEDY)
    if found := _EITHER_WAY.fullmatch(offset):
        high = _seconds(*found.groups())
        return Told(source, -high, high)
    if found := _RANGE.fullmatch(offset):
        sign, number, unit, other_sign, other_number, other_unit = found.groups()
        low = _signed(sign, number, unit)
        high = _signed(other_sign, other_number, other_unit)
        if low > high:
            raise UsageError(f"{text!r} ends before it begins.", remedy=_REMEDY)
        return Told(source, low, high)
    raise UsageError(f"{offset!r} is no offset of a clock.", remedy=_REMEDY)


def parsed(texts: Iterable[str]) -> tuple[Told, ...]:
    """All that is told, by source; raises `UsageError` where one clock is told of twice."""
    found: dict[str, Told] = {}
    for text in texts:
        one = parse(text)
        if found.setdefault(one.source, one) != one:
            raise UsageError(f"The clock of {one.source} is assumed in two ways.", remedy=_REMEDY)
    return tuple(found[source] for source in sorted(found))


def _signed(sign: str, number: str, unit: str) -> float:
    return -_seconds(number, unit) if sign == "-" else _seconds(number, unit)


def _seconds(number: str, unit: str) -> float:
    return float(number) * _UNITS[unit]
