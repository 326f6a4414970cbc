"""What statements, records and checks claim of one outage, as constraints on its instants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from forensics.errors import UsageError
from forensics.timeline.constraints import Claim, Constraint
from forensics.timeline.model import Basis, Evidence, Outage, ProbeReading
from forensics.timeline.statements import Statement
from forensics.timeline.testimony import Grade, Said

WEIGHTS: dict[Grade, int] = {"A": 10_000, "B": 1_000, "C": 100, "D": 10, "E": 1}
"""What is lost with a claim of each grade: ten of one grade weigh as much as one of the next."""

ORIGIN, START, END = "origin", "start", "end"
"""The instants of a problem: 1970-01-01 UTC, and both ends of the outage."""

ALWAYS = (Constraint(START, END, 0, None),)
"""An outage does not end before it begins, whoever says so."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Told:
    """A claim before it is weighed: what it says, and that as constraints."""

    id: str
    kind: Literal["statement", "record", "check"]
    who: str
    grade: Grade
    says: tuple[Said, ...]
    constraints: tuple[Constraint, ...]
    evidence: tuple[str, ...]
    statement: Statement | None = None

    @property
    def claim(self) -> Claim:
        """The claim with the weight of its grade."""
        return Claim(self.id, self.who, WEIGHTS[self.grade], self.constraints, self.evidence)


def _us(time: datetime) -> int:
    return (time - EPOCH) // MICROSECOND


def _bounds(of: str, earliest: datetime | None, latest: datetime | None) -> Constraint:
    low = None if earliest is None else _us(earliest)
    return Constraint(ORIGIN, of, low, None if latest is None else _us(latest))


def of_statement(one: Statement, events: Mapping[str, Evidence]) -> Told:
    """What a witness says; raises UsageError for an event that is not among `events`."""
    for uid in one.uids:
        if uid not in events:
            raise UsageError(
                f"The statement {one.id} names the event {uid!r}, which is not in these records.",
                place=one.place,
                remedy="Give the event_uid that `forensics timeline -t json` shows.",
            )
    says: list[Said] = []
    found: list[Constraint] = []
    for form, text, spoken in one.times:
        earliest, latest = spoken.bounds(spoken.base or _span(events[spoken.event or ""]))
        says.append(Said(form, text, earliest, latest))
        found += _meaning(form, earliest, latest)
    if one.length is not None:
        text, length = one.length
        longest = length.longest.total_seconds() if length.longest is not None else None
        says.append(
            Said("duration", text, shortest=length.shortest.total_seconds(), longest=longest)
        )
        most = None if length.longest is None else length.longest // MICROSECOND
        found.append(Constraint(START, END, length.shortest // MICROSECOND, most))
    return Told(one.id, "statement", one.who, one.grade, tuple(says), tuple(found), one.uids, one)


def _span(event: Evidence) -> tuple[datetime, datetime]:
    return event.earliest, event.latest


def _meaning(form: str, earliest: datetime | None, latest: datetime | None) -> Iterator[Constraint]:
    """What a state at an instant, known within bounds, says of start and end."""
    if form in (START, END):
        yield _bounds(form, earliest, latest)
    elif form == "still_up_at":
        yield _bounds(START, earliest, None)
    elif form == "up_again_at":
        yield _bounds(END, None, latest)
    else:
        yield _bounds(START, None, latest)
        yield _bounds(END, earliest, None)


def of_records(outage: Outage, events: Mapping[str, Evidence]) -> list[Told]:
    """What the records say of an outage: its ends, their distance on one clock, and the checks."""
    start, end, length = outage.started_by_uid, outage.ended_by_uid, outage.duration
    bases = {START: outage.start_basis, END: outage.end_basis}
    grades = {of: _grade(basis) for of, basis in bases.items()}
    found = [
        _record(START, grades[START], start, events, (outage.start_earliest, outage.start_latest)),
        _record(END, grades[END], end, events, (outage.end_earliest, outage.end_latest)),
    ]
    if length.longest is not None:
        uids = tuple(uid for uid in (start, end) if uid)
        limits = round(length.shortest * 1e6), round(length.longest * 1e6)
        said = Said("duration", "", None, None, length.shortest, length.longest)
        both = Constraint(START, END, *limits)
        who, grade = _who(uids, events), max(grades.values())
        found.append(Told("records-duration", "record", who, grade, (said,), (both,), uids))
    checks = (check for probe in outage.probe for check in _check(probe, events))
    return [one for one in (*found, *checks) if one is not None]


def _grade(basis: Basis | None) -> Grade:
    """The grade of a recorded bound; one between two records is derived from these, not guessed."""
    if basis is None:
        return "B"
    return "C" if basis.grade in ("D", "E") else basis.grade


def _record(
    of: str,
    grade: Grade,
    uid: str | None,
    events: Mapping[str, Evidence],
    within: tuple[datetime | None, datetime | None],
) -> Told | None:
    earliest, latest = within
    if earliest is None and latest is None:
        return None
    uids = (uid,) if uid else ()
    text = "" if uid else "by other records; no act is on record"
    said = Said(of, text, earliest, latest)
    bound = _bounds(of, earliest, latest)
    return Told(f"records-{of}", "record", _who(uids, events), grade, (said,), (bound,), uids)


def _who(uids: Iterable[str], events: Mapping[str, Evidence]) -> str:
    return ", ".join(sorted({events[uid].source for uid in uids if uid in events})) or "the records"


def _check(probe: ProbeReading, events: Mapping[str, Evidence]) -> Iterator[Told]:
    """What checks saw, as bounds; where they contradict the records that is said elsewhere."""
    if probe.agrees == "contradicts":
        return
    own = {events[uid].time: events[uid] for uid in probe.evidence if uid in events}
    seen = (
        ("still_up_at", probe.last_up_before),
        ("down_at", probe.first_down),
        ("down_at", probe.last_down),
        ("up_again_at", probe.first_up_after),
    )
    for number, (form, time) in enumerate(seen, start=1):
        if time is None or time not in own:
            continue
        event = own[time]
        yield Told(
            f"{probe.source}-{number}",
            "check",
            probe.source,
            "B",
            (Said(form, "", event.earliest, event.latest),),
            tuple(_meaning(form, event.earliest, event.latest)),
            (event.event_uid,),
        )


def cited(outages: Sequence[Outage]) -> set[str]:
    """The uids of the records that outages rest on."""
    ends = {uid for one in outages for uid in (one.started_by_uid, one.ended_by_uid) if uid}
    return ends | {uid for one in outages for probe in one.probe for uid in probe.evidence}
