"""What somebody who leaves did in the weeks before, as a document to look through."""

from __future__ import annotations

from datetime import datetime

from forensics.findings.document import Coverage, CustodyHead, Document, Evidence, Phase
from forensics.findings.profile import EmploymentSpan


class Departure(Document, frozen=True, kw_only=True):
    """One departure as a roster tells it; bounds are None where nothing is told.

    `recorded_at` is when it was announced, None where that is not said. Of a departure that was
    taken back `rescinded_at` and the row `rescinded_by` tell so, and the rest what was believed.
    """

    notice_earliest: datetime | None
    notice_latest: datetime | None
    access_end_earliest: datetime | None
    access_end_latest: datetime | None
    recorded_at: datetime | None
    rescinded_at: datetime | None
    rescinded_by: str | None
    source: str
    source_row: int | None


class ReviewedKind(Document, frozen=True, kw_only=True):
    """One action within the window, by the phase it was done in; `before` counts it earlier.

    `undetermined` are acts that may belong to several phases. The counts of phases add up to `n`.
    """

    action: str
    n: int
    employed: int
    notice: int
    last_day: int
    ended: int
    leave: int
    unknown: int
    undetermined: int
    before: int


class ReviewedAct(Document, frozen=True, kw_only=True):
    """One act to look at: the phases it may belong to, and in which narrower windows it lies.

    `first_time`: no earlier record of this case shows the person doing this.
    """

    phases: tuple[Phase, ...]
    windows: tuple[str, ...]
    first_time: bool
    evidence: Evidence


class LeaverReview(Document, frozen=True, kw_only=True):
    """Acts of one person within [since, until) that take away, need rights, or move data.

    `events` counts all of the person's records there, whatever they are of.
    """

    schema: int
    tool_version: str
    person: str
    accounts: tuple[str, ...]
    departures: tuple[Departure, ...]
    employment: tuple[EmploymentSpan, ...]
    since: datetime
    until: datetime
    events: int
    kinds: tuple[ReviewedKind, ...]
    acts: tuple[ReviewedAct, ...]
    coverage: Coverage
    custody: CustodyHead
    limits: tuple[str, ...]
