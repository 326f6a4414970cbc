"""Geometry of an outage on a time axis, drawn alike in the terminal and in HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from forensics.findings.document import Outage, ProbeReading
from forensics.reports.witnesses import is_told

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARGIN = 0.3
_STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (
        *(1, 2, 5, 10, 15, 30),
        *(60, 120, 300, 600, 900, 1800),
        *(3600, 7200, 10_800, 21_600, 43_200),
        *(86_400, 172_800, 604_800, 2_592_000, 31_536_000),
    )
)


@dataclass(frozen=True)
class Span:
    """A stretch of the axis as fractions of its length, from 0 to 1."""

    start: float
    end: float


@dataclass(frozen=True)
class Tick:
    """A labelled instant on the axis."""

    at: float
    time: datetime


@dataclass(frozen=True)
class ProbeMarks:
    """What one availability check saw, as places on the axis; None lies outside or is unknown."""

    source: str
    last_up_before: float | None
    first_down: float | None
    last_down: float | None
    first_up_after: float | None
    down_checks: int


@dataclass(frozen=True)
class Bar:
    """An outage on its axis: possibly down, within it certainly down, checks and ticks.

    `certain` is None when no instant is certainly down; `open_end` tells that no end was seen,
    `told` that it is so only if what witnesses say holds.
    """

    start: datetime
    end: datetime
    possible: Span
    certain: Span | None
    open_end: bool
    ticks: tuple[Tick, ...]
    tick_step: timedelta
    probes: tuple[ProbeMarks, ...]
    told: bool = False


def bar(
    outage: Outage, horizon: datetime | None, *, most_ticks: int, disputed: bool = False
) -> Bar:
    """Lay the outage out with some time around it; `horizon` is the end of the data.

    Where what is told of clocks is `disputed`, nothing is certain.

    Where no end was seen, it is certainly down for its shortest duration from any possible start.
    """
    # A start before the records is drawn at the axis's edge.
    first = outage.start_earliest or outage.start_latest
    last = _last_possible(outage, horizon)
    margin = max((last - first) * _MARGIN, timedelta(seconds=1))
    start = first if outage.start_earliest is None else first - margin
    end = last if outage.end_latest is None else last + margin
    length = end - start

    def place(time: datetime) -> float:
        return min(max((time - start) / length, 0.0), 1.0)

    def seen(time: datetime | None) -> float | None:
        return None if time is None or not start <= time <= end else place(time)

    def marks(probe: ProbeReading) -> ProbeMarks:
        return ProbeMarks(
            probe.source,
            seen(probe.last_up_before),
            seen(probe.first_down),
            seen(probe.last_down),
            seen(probe.first_up_after),
            probe.down_checks,
        )

    certain_end = outage.end_earliest or first + timedelta(seconds=outage.duration.shortest)
    certain = outage.start_latest < certain_end and not disputed
    step = next((step for step in _STEPS if length / step <= most_ticks), _STEPS[-1])
    return Bar(
        start,
        end,
        Span(place(first), place(last)),
        Span(place(outage.start_latest), place(certain_end)) if certain else None,
        outage.end_latest is None,
        tuple(Tick(place(time), time) for time in _multiples(step, start, end)),
        step,
        tuple(marks(probe) for probe in outage.probe),
        is_told(outage),
    )


def _last_possible(outage: Outage, horizon: datetime | None) -> datetime:
    if outage.end_latest is not None:
        return outage.end_latest
    first = outage.start_earliest or outage.start_latest
    known = [outage.start_latest, first + timedelta(seconds=1)]
    known += [time for time in (outage.end_earliest, horizon) if time is not None]
    return max(known)


def _multiples(step: timedelta, start: datetime, end: datetime) -> list[datetime]:
    first = _EPOCH + -(-(start - _EPOCH) // step) * step
    count = (end - first) // step
    return [first + step * index for index in range(count + 1)]


def tick_label(time: datetime, step: timedelta) -> str:
    """The label of a tick as short as its step allows; `time` in the zone to be shown."""
    if step >= timedelta(days=1):
        return time.strftime("%m-%d")
    if step >= timedelta(hours=3):
        return time.strftime("%m-%d %H:%M")
    return time.strftime("%H:%M" if step >= timedelta(minutes=1) else "%H:%M:%S")
