"""Controls tried on the record as a document: incidents, what others would have borne, limits."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from forensics.findings.base import Document
from forensics.findings.document import Coverage, CustodyHead, Level

Outcome = Literal["left_alone", "delayed", "stopped", "noticed", "unknown"]
IncidentValue = Literal[
    "prevented", "delayed", "noticed", "too_late", "not_prevented", "not_covered", "unknown",
    "outside", "no_record",
]  # fmt: skip


class Wait(Document, frozen=True, kw_only=True):
    """How long acts would have waited, in minutes, and whether that was observed or assumed.

    `median` and `p95` are nearest-rank: the shortest wait that this share of the acts, each with
    every answer that it may have met, does not exceed. `observed` counts these answers.
    """

    basis: str
    acts: int
    observed: int
    median: float
    p95: float


class Share(Document, frozen=True, kw_only=True):
    """Of whose legitimate `acts` how many would have been delayed and stopped."""

    name: str
    acts: int
    delayed: int
    stopped: int


class Lack(Document, frozen=True, kw_only=True):
    """A fact that is missing, for `n` of `of` acts that could not be told."""

    label: str
    n: int
    of: int


class IncidentTried(Document, frozen=True, kw_only=True):
    """What would have become of one incident: `covered` of its `acts` are in scope, `held` held.

    `prevented`: an act was stopped, or had to be approved by another person, before harm.
    """

    id: str
    value: IncidentValue
    acts: int
    covered: int
    held: int
    sentence: str
    evidence: tuple[str, ...]


class ActTried(Document, frozen=True, kw_only=True):
    """One act that would not have been left alone, and the demands it did not meet.

    Of an act that is unknown, `demands` are those of which the record does not tell.
    """

    event_uid: str
    time: datetime
    actor: str | None
    action: str
    target: str | None
    label: Literal["incident", "benign"] | None
    outcome: Outcome
    demands: tuple[str, ...]


class Tried(Document, frozen=True, kw_only=True):
    """One control tried.

    `acts` are in its scope, or may be; `legitimate` are those of no incident, of which `benign`
    were looked at. Of the legitimate `left_alone`, `delayed`, `stopped`, `noticed` (a breach that
    shows only afterwards) and `unknown` make up all. `hours` are 24 counts of the delayed and
    stopped by the hour on the actor's clock, `hours_in_utc` of them by UTC for want of a zone.
    `prevented` counts of `incidents` those that it `could` speak of. `per_thousand` are the
    delayed and stopped of a thousand legitimate acts of the window, in scope or not, so that
    controls of different scopes can be compared; None where none is in scope.
    """

    policy: str
    title: str
    version: str
    file: str
    level: Level
    demands: tuple[str, ...]
    acts: int
    legitimate: int
    benign: int
    left_alone: int
    delayed: int
    stopped: int
    noticed: int
    unknown: int
    benign_hindered: int
    per_thousand: float | None
    wait: Wait | None
    waits: tuple[Wait, ...]
    accounts: tuple[Share, ...]
    roles: tuple[Share, ...]
    teams: tuple[Share, ...]
    hours: tuple[int, ...]
    hours_in_utc: int
    prevented: int
    could: int
    incidents: tuple[IncidentTried, ...]
    lacking: tuple[Lack, ...]
    listed: tuple[ActTried, ...]
    not_evaluated: str | None


class Answers(Document, frozen=True, kw_only=True):
    """What became of requests for approval in the window.

    `granted` are by another person than asked, `unsettled` by one who is not known to be another;
    `open` have no answer on record.
    """

    asked: int
    granted: int
    denied: int
    by_same: int
    unsettled: int
    open: int


class Backtest(Document, frozen=True, kw_only=True):
    """Controls tried side by side over the same acts: those in [window_start, window_end).

    A side of the window that was not asked for is where the acts of the case begin or end.
    `labelled` counts the incidents of the list, `None` when there was no list. `warnings` are what
    to look at before the figures are used, as an incident of the list that no record is of.
    """

    schema: int
    tool_version: str
    window_start: datetime
    window_end: datetime
    acts: int
    labelled: int | None
    controls: tuple[Tried, ...]
    answers: Answers
    warnings: tuple[str, ...]
    assumptions: tuple[str, ...]
    limits: tuple[str, ...]
    coverage: Coverage
    custody: CustodyHead
