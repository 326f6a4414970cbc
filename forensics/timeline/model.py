"""What the room answers with: frozen values that carry event uids, never persons or verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Evidence:
    """One event that a statement rests on, traceable to its file and record.

    `time` is UTC; `earliest`/`latest` bound it (granularity and clock tolerance included).
    """

    event_uid: str
    source: str
    file: str
    file_sha256: str
    record_no: int
    time: datetime
    earliest: datetime
    latest: datetime
    time_basis: str
    actor: str | None
    action: str
    operation: str | None
    outcome: str
    target: str | None
    case_id: str | None
    reason_code: str | None
    src_ip: str | None
    session_id: str | None
    device_id: str | None
    tool: str | None
    sentence: str


@dataclass(frozen=True)
class StateInterval:
    """A stretch of one account's state; None means open or unknown on that side."""

    target: str
    state: str
    start_earliest: datetime | None
    start_latest: datetime | None
    end_earliest: datetime | None
    end_latest: datetime | None
    begun_by: str | None
    ended_by: str | None
    inferred: bool
    sentence: str


@dataclass(frozen=True)
class Duration:
    """Bounds of a duration in seconds; `longest` None means no end was seen."""

    shortest: float
    longest: float | None


@dataclass(frozen=True)
class ProbeReading:
    """What an independent availability check saw around the outage; times are as it logged them."""

    source: str
    last_up_before: datetime | None
    first_down: datetime | None
    last_down: datetime | None
    first_up_after: datetime | None
    down_checks: int
    agrees: Literal["confirms", "contradicts", "silent"]
    sentence: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cause:
    """One act that kept the account down, what undid it, and the acts that repeat or mirror it."""

    state: str
    source: str
    begun_by: str | None
    ended_by: str | None
    repeated_by: tuple[str, ...] = ()
    also_recorded_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outage:
    """One stretch in which an account was not active: bounds, causes, and what the probes saw.

    `started_by_uid`/`ended_by_uid` are None where no act was recorded and the bound is inferred.
    """

    number: int
    state: str
    start_earliest: datetime
    start_latest: datetime
    end_earliest: datetime | None
    end_latest: datetime | None
    duration: Duration
    started_by_uid: str | None
    ended_by_uid: str | None
    causes: tuple[Cause, ...]
    probe: tuple[ProbeReading, ...]
    inferred: bool
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class TargetHistory:
    """Everything the events say of one account's state.

    `window_start`/`window_end` span all events of the case. `undecided` are uids of acts that
    would have changed the state but whose outcome the record does not say.
    """

    target: str
    aliases: tuple[str, ...]
    window_start: datetime | None
    window_end: datetime | None
    intervals: tuple[StateInterval, ...]
    outages: tuple[Outage, ...]
    undecided: tuple[str, ...]
    limits: tuple[str, ...]
