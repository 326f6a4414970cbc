"""What the room answers with: frozen values that carry event uids, never persons or verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from forensics.timeline.testimony import Testimony

Grade = Literal["A", "B", "C", "D", "E"]
StageName = Literal["initiated", "approved", "executed", "effective", "restored", "recovered"]


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
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class StateInterval:
    """A stretch of one account's state; None means open or unknown on that side.

    `evidence` are uids of the records that bound it, also where no act began or ended it.
    """

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
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Duration:
    """Bounds of a duration in seconds; `longest` None means that one end was not seen.

    `recorded` is then how far the records go on (or back) without telling of that end.
    """

    shortest: float
    longest: float | None
    recorded: float | None = None


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
class Basis:
    """What one end of an outage rests on: its weakest grade, and the records behind it.

    `sources` are the independent ones that bear on it: what one pipeline delivers counts once.
    `bounds` are those of the records that set its bounds: where checks do, the act is none of them.
    """

    grade: Grade
    sources: tuple[str, ...]
    evidence: tuple[str, ...]
    sentence: str
    bounds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """One instant in the course of an outage, by whom, and when; None is open on that side."""

    stage: StageName
    earliest: datetime | None
    latest: datetime | None
    actor: str | None
    grade: Grade
    evidence: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Step:
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
class Silence:
    """A gap that an outage falls into; where it `cuts`, nothing after it is certain."""

    sentence: str
    evidence: tuple[str, ...]
    cuts: bool = False


@dataclass(frozen=True)
class Outage:
    """One stretch in which an object was away from rest: bounds, causes, and what probes saw.

    `start_earliest` None: it began before the records. `started_by_uid`/`ended_by_uid` are None
    where no act was recorded and the bound is inferred. `decided_by_uid` is the act that
    initiated it, where that is another than the one that executed it. `together` are the other
    objects of the same bulk act. `perhaps_started_by` and `perhaps_ended_by` are acts that may as
    well have begun or ended it.
    """

    number: int
    state: str
    start_earliest: datetime | None
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
    testimony: Testimony | None = None
    start_basis: Basis | None = None
    end_basis: Basis | None = None
    stages: tuple[Stage, ...] = ()
    decided_by_uid: str | None = None
    together: tuple[str, ...] = ()
    perhaps_started_by: tuple[str, ...] = ()
    perhaps_ended_by: tuple[str, ...] = ()
    gaps: tuple[Silence, ...] = ()


@dataclass(frozen=True)
class TargetHistory:
    """Everything the events say of one object's state.

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
    kind: str = "account"
    away: str = "not active"
    derivation: tuple[Step, ...] = ()
