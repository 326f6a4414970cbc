"""The course of an outage as a document: what its ends rest on, its stages, and the derivation."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from forensics.findings.base import Document

_Grade = Literal["A", "B", "C", "D", "E"]


class Basis(Document, frozen=True, kw_only=True):
    """What one end of an outage rests on: its weakest grade, and the records behind it.

    `sources` are the independent ones that bear on it: what one product wrote counts once.
    `bounds` are those of the records that set its bounds: where checks do, the act is none of them.
    """

    grade: _Grade
    sources: tuple[str, ...]
    evidence: tuple[str, ...]
    sentence: str
    bounds: tuple[str, ...] = ()


class Silence(Document, frozen=True, kw_only=True):
    """A gap that an outage falls into: missing numbers, a quiet window, the edge of an export.

    Where it `cuts`, a return may have gone unrecorded in it and nothing after it is certain.
    `evidence` are the records around missing numbers, and an act that is a sign of such a return.
    """

    sentence: str
    evidence: tuple[str, ...]
    cuts: bool


class Stage(Document, frozen=True, kw_only=True):
    """One instant in the course of an outage, by whom, and when; None is open on that side."""

    stage: Literal["initiated", "approved", "executed", "effective", "restored", "recovered"]
    earliest: datetime | None
    latest: datetime | None
    actor: str | None
    grade: _Grade
    evidence: tuple[str, ...]
    sentence: str


class Step(Document, frozen=True, kw_only=True):
    """One step of a derivation: the records looked at, the rule applied, the state it leads to.

    `earliest`/`latest` are the bounds the step sets; None is open. `clocks` say of each record how
    its stamp and the error of its clock bound its true time.
    """

    rule: str
    state: str
    earliest: datetime | None
    latest: datetime
    evidence: tuple[str, ...]
    sentence: str
    clocks: tuple[str, ...] = ()


class Cause(Document, frozen=True, kw_only=True):
    """One act that kept the object from rest, what undid it, and what repeats or mirrors it."""

    state: str
    source: str
    begun_by: str | None
    ended_by: str | None
    repeated_by: tuple[str, ...] = ()
    also_recorded_by: tuple[str, ...] = ()


class ListedOutage(Document, frozen=True, kw_only=True):
    """One outage among those of a whole case; `shortest`/`longest` in seconds, None is open.

    `recorded` is how far the records then go on, or back, without telling of the missing end.
    `reasons` tell why it is to be looked at before others: a protected target, an account whose
    holder was leaving, a policy not kept, an undoing within the hour; none for routine.
    `number` is that of the outage in the answer about its target alone; `together` is how many
    other objects the same account did the same to at the same time. `claims` counts what was
    weighed with statements of witnesses, 0 where none speaks of it. `evidence` are uids of the
    records that bound it, `gaps` what it falls into where records are missing.
    `perhaps_started_by` are accounts of other acts that may as well have begun it.
    """

    kind: str
    target: str
    tenant: str | None
    number: int
    state: str
    start_earliest: datetime | None
    start_latest: datetime
    end_earliest: datetime | None
    end_latest: datetime | None
    shortest: float
    longest: float | None
    started_by: str | None
    ended_by: str | None
    started_by_uid: str | None
    ended_by_uid: str | None
    causes: int
    together: int
    grade: _Grade
    claims: int = 0
    evidence: tuple[str, ...] = ()
    recorded: float | None = None
    reasons: tuple[str, ...] = ()
    gaps: tuple[Silence, ...] = ()
    perhaps_started_by: tuple[str, ...] = ()


class OutageList(Document, frozen=True, kw_only=True):
    """All outages of a case that were asked for, in the order asked for."""

    schema: int
    tool_version: str
    window_start: datetime | None
    window_end: datetime | None
    objects: int
    outages: tuple[ListedOutage, ...]
    limits: tuple[str, ...]
