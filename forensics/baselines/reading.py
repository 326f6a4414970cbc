"""What a statistic says of one night of one person, with the counts behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

HISTORY = 90
"""Days strictly before the night that its acts are compared with."""

ENOUGH_DAYS = 20
"""Days with any act after which somebody's own history stands alone."""

FURTHEST = 1e-6
"""Chances below this are told as that."""

_FIRST = date(1970, 1, 1)


@dataclass(frozen=True)
class Reading:
    """One statistic of one person's night that is beyond its threshold.

    `p` is the chance of anything so unusual on one of their nights, all that the statistic looked
    at allowed for; None for what is a rule or only evidence beside others. `column` and `values`
    say which acts of the night are meant: those whose column has one of the values.
    """

    statistic: str
    who: str
    day: int
    p: float | None
    sentence: str
    counts: tuple[tuple[str, int, int], ...]
    column: str
    values: tuple[str, ...]


def night(day: int) -> date:
    """The date of a day that is numbered from 1970-01-01."""
    return _FIRST + timedelta(days=day)


def chance(p: float) -> str:
    """A chance in words, to two digits: `1 in 4,200`; further out no model of people holds."""
    if p < FURTHEST:
        return f"less than 1 in {1 / FURTHEST:,.0f}"
    return f"1 in {float(f'{1 / p:.2g}'):,.0f}"


def acts(n: int) -> str:
    """`1 act`, `20,000 acts`."""
    return f"{n:,} act{'' if n == 1 else 's'}"


def people(n: int, role: str | None) -> str:
    """`39 peers in the role moderator`, or `1 other person` where no role is known."""
    if role:
        return f"{n:,} peer{'' if n == 1 else 's'} in the role {role}"
    return f"{n:,} other {'person' if n == 1 else 'people'}"
