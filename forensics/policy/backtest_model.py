"""What a control, tried on the record, would have done: to incidents, and to everybody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from forensics.policy.backtest_labels import Labelled
from forensics.policy.verdict import Level

Outcome = Literal["left_alone", "delayed", "stopped", "noticed", "unknown"]
IncidentValue = Literal[
    "prevented", "delayed", "noticed", "too_late", "not_prevented", "not_covered", "unknown",
    "outside", "no_record",
]  # fmt: skip


@dataclass(frozen=True)
class Assumptions:
    """What no record tells: how long it takes to be approved, and to open and name a ticket.

    `unapproved` takes acts to have had no approval in a case in which nothing records approvals.
    """

    approval: timedelta = timedelta(minutes=30)
    paperwork: timedelta = timedelta(minutes=5)
    unapproved: bool = False


@dataclass(frozen=True)
class Trial:
    """What is tried: when acts happened, [since, until), the entries of incidents, assumptions."""

    since: datetime | None = None
    until: datetime | None = None
    labels: tuple[Labelled, ...] = ()
    assumed: Assumptions = field(default_factory=Assumptions)


@dataclass(frozen=True)
class Wait:
    """How long acts would have waited, in minutes, and whether that was observed or assumed.

    `median` and `p95` are nearest-rank: the shortest wait that this share of the acts, each with
    every answer that it may have met, does not exceed. `observed` counts these answers.
    """

    basis: str
    acts: int
    observed: int
    median: float
    p95: float


@dataclass(frozen=True)
class Share:
    """Of whose legitimate `acts` how many would have been delayed and stopped."""

    name: str
    acts: int
    delayed: int
    stopped: int


@dataclass(frozen=True)
class Lack:
    """A fact that is missing, for `n` of `of` acts that could not be told."""

    label: str
    n: int
    of: int


@dataclass(frozen=True)
class IncidentTried:
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


@dataclass(frozen=True)
class ActTried:
    """One act that would not have been left alone, and the demands it did not meet.

    Of an act that is unknown, `demands` are those of which the record does not tell.
    """

    event_uid: str
    time: datetime
    actor: str | None
    action: str
    target: str | None
    label: str | None
    outcome: Outcome
    demands: tuple[str, ...]


@dataclass(frozen=True)
class Tried:
    """One control tried.

    `acts` are in its scope, or may be; `legitimate` are those of no incident, of which `benign`
    were looked at. Of the legitimate `left_alone`, `delayed`, `stopped`, `noticed` (a breach that
    shows only afterwards) and `unknown` make up all. `hours` are 24 counts of the delayed and
    stopped by the hour on the actor's clock, `hours_in_utc` of them by UTC for want of a zone.
    `prevented` counts of `incidents` those that it `could` speak of. `per_thousand` are the
    delayed and stopped of a thousand legitimate acts of the window, in scope or not; None where
    none is in scope.
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


@dataclass(frozen=True)
class Answers:
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
