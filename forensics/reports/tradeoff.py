"""Controls side by side in words and on a plane, alike in the terminal and in HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from forensics.findings.backtest import Backtest, IncidentValue, Tried

INCIDENT_WORDS: dict[IncidentValue, str] = {
    "prevented": "prevented",
    "delayed": "delayed only",
    "noticed": "noticed afterwards",
    "too_late": "too late",
    "not_prevented": "not prevented",
    "not_covered": "not covered",
    "unknown": "unknown",
    "outside": "outside the window",
    "no_record": "no record",
}


def names(controls: Sequence[Tried]) -> list[str]:
    """What each control is called: its id, with the version where an id stands twice."""
    often = Counter(one.policy for one in controls)
    return [
        f"{one.policy} ({one.version})" if often[one.policy] > 1 else one.policy for one in controls
    ]


def letters(count: int) -> list[str]:
    """A, B, ... Z, A2, B2, ...: what stands for each control on the plane."""
    return [
        chr(ord("A") + place % 26) + (str(place // 26 + 1) if place > 25 else "")
        for place in range(count)
    ]


def counted(document: Backtest) -> str:
    """How many incidents the list has, and of how many of them there is an act in the window."""
    told = str(document.labelled or 0)
    if not document.controls:
        return told
    found = document.controls[0].incidents
    beyond = sum(one.value == "outside" for one in found)
    unseen = sum(one.value == "no_record" for one in found)
    told += f"; {beyond} outside the window" if beyond else ""
    return told + (f"; {unseen} with no act on record" if unseen else "")


@dataclass(frozen=True)
class Point:
    """A control on the plane: what it costs, from 0 to 1 of `Plane.most`, and what it prevents."""

    letter: str
    cost: float
    gain: float


@dataclass(frozen=True)
class Plane:
    """The trade-off: legitimate acts hindered of a thousand, against incidents prevented.

    `most` is the cost at the right end; controls that share a place share a point.
    """

    most: float
    points: tuple[Point, ...]


def plane(controls: Sequence[Tried]) -> Plane | None:
    """Where each control lies; None when none has both a cost and an incident to prevent."""
    placed = [
        (letter, one.per_thousand, one.prevented / one.could)
        for letter, one in zip(letters(len(controls)), controls, strict=True)
        if one.per_thousand is not None and one.could
    ]
    if not placed:
        return None
    most = max((cost for _, cost, _ in placed), default=0.0) or 1.0
    shared: dict[tuple[float, float], list[str]] = {}
    for letter, cost, gain in placed:
        shared.setdefault((cost / most, gain), []).append(letter)
    return Plane(
        most,
        tuple(Point("".join(found), cost, gain) for (cost, gain), found in sorted(shared.items())),
    )
