"""Summaries of an account and of a target, as documents: what, how often, from when to when."""

from __future__ import annotations

from datetime import datetime

from forensics.findings.document import (
    Count,
    Coverage,
    CustodyHead,
    Document,
    Duration,
    Evidence,
    PersonReading,
    Phase,
    StateInterval,
)


class Tally(Document, frozen=True, kw_only=True):
    """How often something occurs, and between which instants."""

    name: str
    n: int
    first_time: datetime
    last_time: datetime


class OperationTally(Document, frozen=True, kw_only=True):
    """How often one operation was recorded, and with which outcomes; these add up to `n`."""

    action: str
    operation: str | None
    n: int
    success: int
    failure: int
    denied: int
    pending: int
    unknown: int
    first_time: datetime
    last_time: datetime


class AddressTally(Document, frozen=True, kw_only=True):
    """How often a source address occurs; country and system where records or enrichment tell."""

    address: str
    country: str | None
    asn: str | None
    n: int
    first_time: datetime
    last_time: datetime


class SessionTally(Document, frozen=True, kw_only=True):
    """One session by its records: the first and last of them bound it from inside."""

    session: str
    source: str
    n: int
    first_time: datetime
    last_time: datetime
    device: str | None
    address: str | None


class Hours(Document, frozen=True, kw_only=True):
    """Records by hour of the day, 24 counts from midnight on; local ones in the worker's zone.

    `local` is empty where no zone is known.
    """

    zone: str | None
    zone_basis: str | None
    utc: tuple[int, ...]
    local: tuple[int, ...]


class EmploymentSpan(Document, frozen=True, kw_only=True):
    """A stretch of employment as known now, [since, until); several phases are undetermined."""

    since: datetime
    until: datetime
    phases: tuple[Phase, ...]
    sentence: str


class PeerShare(Document, frozen=True, kw_only=True):
    """One action among the account's own records and among its peers', with the raw counts."""

    action: str
    own: Count
    peers: Count


class PeerComparison(Document, frozen=True, kw_only=True):
    """Who the peers are, and what share each action has; no role means all human actors."""

    role: str | None
    people: int
    sentence: str
    shares: tuple[PeerShare, ...]


class ActorProfile(Document, frozen=True, kw_only=True):
    """Who an account is, as known then and now, and what it did in the records."""

    schema: int
    tool_version: str
    account: str
    accounts: tuple[str, ...]
    person: PersonReading | None
    employment: tuple[EmploymentSpan, ...]
    first_seen: datetime | None
    last_seen: datetime | None
    events: int
    operations: tuple[OperationTally, ...]
    sources: tuple[Tally, ...]
    targets: tuple[Tally, ...]
    addresses: tuple[AddressTally, ...]
    devices: tuple[Tally, ...]
    agents: tuple[Tally, ...]
    tools: tuple[Tally, ...]
    sessions: int
    latest_sessions: tuple[SessionTally, ...]
    hours: Hours
    peers: PeerComparison | None
    destructive: tuple[Evidence, ...]
    coverage: Coverage
    custody: CustodyHead
    limits: tuple[str, ...]


class ActorOnTarget(Document, frozen=True, kw_only=True):
    """What one account did on the target; `destructive` of its `n` records take something away."""

    account: str
    n: int
    destructive: int
    actions: tuple[str, ...]
    first_time: datetime
    last_time: datetime


class ApprovalRecord(Document, frozen=True, kw_only=True):
    """One record of asking for, granting, denying or revoking an approval on the target."""

    event_uid: str
    time: datetime
    state: str
    account: str | None
    requested_by: str | None
    role: str | None
    for_action: str | None
    case_id: str | None


class CaseRecord(Document, frozen=True, kw_only=True):
    """One case on the target; `acts` are the destructive acts on it that name the case."""

    case_id: str
    opened_at: datetime | None
    opened_by: str | None
    assigned_to: str | None
    closed_at: datetime | None
    acts: int


class OutageBrief(Document, frozen=True, kw_only=True):
    """One outage of the target in brief; `forensics outage` tells all of it."""

    number: int
    state: str
    start_earliest: datetime
    start_latest: datetime
    end_earliest: datetime | None
    end_latest: datetime | None
    duration: Duration
    started_by: Evidence | None
    ended_by: Evidence | None


class TargetProfile(Document, frozen=True, kw_only=True):
    """What was done to a target, by whom and when, its states, approvals and cases."""

    schema: int
    tool_version: str
    target: str
    aliases: tuple[str, ...]
    tier: str | None
    first_seen: datetime | None
    last_seen: datetime | None
    events: int
    operations: tuple[OperationTally, ...]
    actors: tuple[ActorOnTarget, ...]
    sources: tuple[Tally, ...]
    addresses: tuple[AddressTally, ...]
    agents: tuple[Tally, ...]
    tools: tuple[Tally, ...]
    sessions: int
    hours: Hours
    intervals: tuple[StateInterval, ...]
    outages: tuple[OutageBrief, ...]
    acts: tuple[Evidence, ...]
    approvals: tuple[ApprovalRecord, ...]
    cases: tuple[CaseRecord, ...]
    coverage: Coverage
    custody: CustodyHead
    limits: tuple[str, ...]
