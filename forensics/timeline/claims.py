"""What statements, records and checks claim of one outage, as constraints on its instants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from forensics.errors import UsageError
from forensics.timeline import meaning
from forensics.timeline.constraints import Claim
from forensics.timeline.meaning import END, START
from forensics.timeline.model import Basis, Evidence, Outage, ProbeReading
from forensics.timeline.statements import Statement
from forensics.timeline.testimony import Grade, Said

WEIGHTS: dict[Grade, int] = {"A": 10_000, "B": 1_000, "C": 100, "D": 10, "E": 1}
"""What is lost with a claim of each grade: ten of one grade weigh as much as one of the next."""

Cite = Callable[[Iterable[str]], Mapping[str, Evidence]]
"""Gives the events of uids, or of the beginnings of these, under what was asked for."""


@dataclass(frozen=True)
class Told:
    """A claim before it is weighed."""

    id: str
    kind: Literal["statement", "record", "check"]
    who: str
    grade: Grade
    says: tuple[Said, ...]
    evidence: tuple[str, ...]
    statement: Statement | None = None

    @property
    def claim(self) -> Claim:
        """The claim with the weight of its grade."""
        meant = meaning.constraints(self.says)
        return Claim(self.id, self.who, WEIGHTS[self.grade], meant, self.evidence)


def of_statement(one: Statement, cite: Cite) -> Told:
    """What a witness says; `cite` gives the events of uids, or of beginnings of these.

    Raises UsageError for an event that is not there or could be several, and where what is said
    contradicts itself.
    """
    try:
        events = cite(one.uids) if one.uids else {}
    except UsageError as error:
        told = f"The statement {one.id} names an event. {error.message}"
        raise UsageError(told, place=one.place, remedy=error.remedy) from error
    for uid in one.uids:
        if uid not in events:
            raise UsageError(
                f"The statement {one.id} names the event {uid!r}, which is not in these records.",
                place=one.place,
                remedy="Give the id that `forensics timeline` shows.",
            )
    spans = {uid: (event.earliest, event.latest) for uid, event in events.items()}
    says = meaning.said(one.times, one.length, spans)
    if (why := meaning.contradiction(says)) is not None:
        remedy = meaning.SEPARATE
        raise UsageError(f"The statement {one.id}: {why}", place=one.place, remedy=remedy)
    uids = tuple(dict.fromkeys(events[uid].event_uid for uid in one.uids))
    return Told(one.id, "statement", one.who, one.grade, says, uids, one)


def of_records(outage: Outage, events: Mapping[str, Evidence]) -> list[Told]:
    """What the records say of an outage: its ends, their distance on one clock, and the checks."""
    start, end, length = outage.started_by_uid, outage.ended_by_uid, outage.duration
    bases = {START: outage.start_basis, END: outage.end_basis}
    grades = {of: _grade(basis) for of, basis in bases.items()}
    ends = [
        _record(START, bases[START], start, events, (outage.start_earliest, outage.start_latest)),
        _record(END, bases[END], end, events, (outage.end_earliest, outage.end_latest)),
    ]
    checks = [check for probe in outage.probe for check in _check(probe, events)]
    # What checks alone bound, they say themselves.
    said = {uid for one in checks for uid in one.evidence}
    found = [one for one in ends if one and not (one.evidence and said.issuperset(one.evidence))]
    if length.longest is not None:
        uids = (*_bounding(bases[START], start), *_bounding(bases[END], end))
        length_said = Said("duration", "", None, None, length.shortest, length.longest)
        who, grade = _who(uids, events), max(grades.values())
        found.append(Told("records-duration", "record", who, grade, (length_said,), uids))
    return [*found, *checks]


def _bounding(basis: Basis | None, uid: str | None) -> tuple[str, ...]:
    """The records that set a bound: those it says, else its act."""
    return basis.bounds if basis and basis.bounds else (uid,) if uid else ()


def _grade(basis: Basis | None) -> Grade:
    """The grade of a recorded bound; one between two records is derived from these, not guessed."""
    if basis is None:
        return "B"
    return "C" if basis.grade in ("D", "E") else basis.grade


def _record(
    of: str,
    basis: Basis | None,
    uid: str | None,
    events: Mapping[str, Evidence],
    within: tuple[datetime | None, datetime | None],
) -> Told | None:
    earliest, latest = within
    if earliest is None and latest is None:
        return None
    uids = _bounding(basis, uid)
    text = "" if uid else "by other records; no act is on record"
    said = Said(of, text, earliest, latest)
    return Told(f"records-{of}", "record", _who(uids, events), _grade(basis), (said,), uids)


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
            (event.event_uid,),
        )


def cited(outages: Sequence[Outage]) -> set[str]:
    """The uids of the records that outages rest on."""
    ends = {uid for one in outages for uid in (one.started_by_uid, one.ended_by_uid) if uid}
    bases = (basis for one in outages for basis in (one.start_basis, one.end_basis) if basis)
    ends |= {uid for basis in bases for uid in basis.bounds}
    return ends | {uid for one in outages for probe in one.probe for uid in probe.evidence}
