"""Frozen, serialisable documents: evidence, verdicts, findings, and outages rebuilt."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from forensics.findings import base
from forensics.findings.correlation import Correlation
from forensics.findings.course import Basis, Cause, Silence, Stage, Step
from forensics.findings.testimony import Testimony

Level = Literal["informational", "low", "medium", "high", "critical"]
LEVELS: tuple[Level, ...] = ("informational", "low", "medium", "high", "critical")
VerdictValue = Literal["violation", "match", "compliant", "unknown", "not_applicable"]
Grade = Literal["A", "B", "C", "D", "E"]
Phase = Literal["employed", "notice", "last_day", "ended", "leave", "unknown"]


Document = base.Document


class Evidence(Document, frozen=True, kw_only=True):
    """One event that a statement rests on, traceable to its file and record.

    `time` is UTC; `earliest`/`latest` bound it (granularity and clock tolerance included). `notes`
    (author and text) and `tags` are what investigators wrote beside it.
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


class Count(Document, frozen=True, kw_only=True):
    """A number behind a statement: `n` of `of`, in words (`0 of 812 own acts`)."""

    label: str
    n: int
    of: int


class Verdict(Document, frozen=True, kw_only=True):
    """What one policy says of one act: three-valued, with the missing facts named.

    `as_known` tells which belief was used: at the act, or now.
    """

    policy: str
    title: str
    version: str
    level: Level
    value: VerdictValue
    as_known: Literal["at_act", "now"]
    event_uid: str
    sentences: tuple[str, ...]
    missing: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()


class EmploymentBelief(Document, frozen=True, kw_only=True):
    """What was believed of a person's employment, as known at `known_at` (None: as known now).

    `phases` holds every phase the facts allow; more than one means undetermined.
    """

    known_at: datetime | None
    phases: tuple[Phase, ...]
    kind: str | None
    last_working_day: str | None
    access_end_earliest: datetime | None
    access_end_latest: datetime | None
    hours_to_access_end: float | None
    zone: str | None
    zone_basis: str | None
    source: str | None
    recorded_at: datetime | None
    sentence: str


class PersonReading(Document, frozen=True, kw_only=True):
    """Who stands behind an account, as a separate and graded claim."""

    account: str
    person: str | None
    account_kind: str | None
    role: str | None
    site: str | None
    grade: Grade
    at_act: EmploymentBelief
    now: EmploymentBelief
    learned_later: bool
    sentence: str


class Explanation(Document, frozen=True, kw_only=True):
    """A competing explanation of the act: what speaks for it, against it, and what would decide."""

    id: str
    title: str
    consistent: tuple[str, ...]
    inconsistent: tuple[str, ...]
    would_decide: tuple[str, ...]


class StateInterval(Document, frozen=True, kw_only=True):
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


class Duration(Document, frozen=True, kw_only=True):
    """Bounds of a duration in seconds; `longest` None means that one end was not seen.

    `recorded` is then how far the records go on, or back, without telling of that end.
    """

    shortest: float
    longest: float | None
    recorded: float | None = None


class ProbeReading(Document, frozen=True, kw_only=True):
    """What an independent availability check saw around the outage."""

    source: str
    last_up_before: datetime | None
    first_down: datetime | None
    last_down: datetime | None
    first_up_after: datetime | None
    down_checks: int
    agrees: Literal["confirms", "contradicts", "silent"]
    sentence: str
    evidence: tuple[str, ...] = ()


class ApprovalReading(Document, frozen=True, kw_only=True):
    """The path of approval of one act: who asked, who granted, when, what was missing."""

    requested: tuple[str, ...]
    granted: tuple[str, ...]
    denied: tuple[str, ...]
    sentence: str
    evidence: tuple[str, ...] = ()


class Outage(Document, frozen=True, kw_only=True):
    """One outage of one target: bounds, who, how, under which case and approval, who restored.

    `start_earliest` None: it began before the records. `decided_by` is the act that initiated it,
    where another executed it, and `decider` who that was, judged at that time. `around` is what
    else the acting account did; `witnesses` are other cited records, such as the checks of a probe
    and the approvals of a verdict. `together` are the other objects that the same account did the
    same to at the same time. `perhaps_started_by` and `perhaps_ended_by` are acts that may as well
    have begun or ended it. `gaps` are those of the logs that it falls into.
    """

    number: int
    state: str
    start_earliest: datetime | None
    start_latest: datetime
    end_earliest: datetime | None
    end_latest: datetime | None
    duration: Duration
    started_by: Evidence | None
    ended_by: Evidence | None
    actor: PersonReading | None
    restorer: PersonReading | None
    approval: ApprovalReading
    probe: tuple[ProbeReading, ...]
    verdicts: tuple[Verdict, ...]
    around: tuple[Evidence, ...]
    witnesses: tuple[Evidence, ...]
    counts: tuple[Count, ...]
    explanations: tuple[Explanation, ...]
    grade: Grade
    sentences: tuple[str, ...]
    causes: tuple[Cause, ...] = ()
    start_basis: Basis | None = None
    end_basis: Basis | None = None
    stages: tuple[Stage, ...] = ()
    decided_by: Evidence | None = None
    decider: PersonReading | None = None
    together: tuple[str, ...] = ()
    testimony: Testimony | None = None
    perhaps_started_by: tuple[Evidence, ...] = ()
    perhaps_ended_by: tuple[Evidence, ...] = ()
    gaps: tuple[Silence, ...] = ()


class CoverageFile(Document, frozen=True, kw_only=True):
    """One input file and what became of its records: read = stored + duplicate + rejected."""

    file: str
    sha256: str
    size: int
    source: str | None
    read: int
    stored: int
    duplicate: int
    rejected: int
    first_time: datetime | None
    last_time: datetime | None
    note: str | None


class Coverage(Document, frozen=True, kw_only=True):
    """What the answer rests on: files, rejects, gaps, checks evaluated and not evaluated."""

    files: tuple[CoverageFile, ...]
    context: tuple[str, ...]
    evaluated: tuple[str, ...]
    not_evaluated: tuple[str, ...]
    gaps: tuple[str, ...]


class CustodyHead(Document, frozen=True, kw_only=True):
    """What the answer rests on: `head` is a SHA-256 over all inputs' hashes and record counts.

    The same inputs give the same head in any case; `entries` is the number of inputs it covers.
    `assumed` is what whoever asked told of clocks beside the records, in sentences.
    """

    entries: int
    head: str
    assumed: tuple[str, ...] = ()


class Reconstruction(Document, frozen=True, kw_only=True):
    """The whole answer about one target: its state intervals and outages, with coverage.

    `cited` are records that a step, a state or a limit rests on beside those that outages carry.
    `disputed` says where what is told of clocks contradicts the records: it is to be said first.
    `other_kinds` says, where no kind was asked for, of which kinds the name has outages.
    """

    schema: int
    tool_version: str
    target: str
    aliases: tuple[str, ...]
    tier: str | None
    window_start: datetime | None
    window_end: datetime | None
    intervals: tuple[StateInterval, ...]
    outages: tuple[Outage, ...]
    coverage: Coverage
    custody: CustodyHead
    limits: tuple[str, ...]
    kind: str = "account"
    away: str = "not active"
    derivation: tuple[Step, ...] = ()
    cited: tuple[Evidence, ...] = ()
    disputed: tuple[str, ...] = ()
    other_kinds: tuple[str, ...] = ()


class Finding(Document, frozen=True, kw_only=True):
    """One thing worth a person's attention, with evidence, counts and innocent explanations.

    `id` is stable: the same thing in the same evidence has the same id on every scan.
    `correlation` is there where several events together are the match.
    """

    id: str
    detector: str
    rule: str
    rule_version: str
    title: str
    level: Level
    verdict: VerdictValue
    actor: str | None
    person: str | None
    target: str | None
    first_time: datetime
    last_time: datetime
    sentences: tuple[str, ...]
    missing: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    counts: tuple[Count, ...]
    innocent: tuple[str, ...]
    refutes: tuple[str, ...]
    refs: tuple[str, ...]
    correlation: Correlation | None = None


class ScanReport(Document, frozen=True, kw_only=True):
    """What one scan asked, found, and could not evaluate.

    `incomplete` names the inputs that could not be read and the checks that failed; a scan that
    has any did not look at everything it was asked to. `remarks` are what else should be known of
    what was asked, as of a rule in place of one of the tool's own.
    """

    schema: int
    tool_version: str
    window_start: datetime | None
    window_end: datetime | None
    findings: tuple[Finding, ...]
    coverage: Coverage
    custody: CustodyHead
    incomplete: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


D = TypeVar("D", bound=Document)


def encode(document: Document) -> bytes:
    """The document as indented JSON, the same bytes for the same document."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def decode(data: bytes, kind: type[D]) -> D:
    """A saved document read back; raises `msgspec.ValidationError` when it is not of that kind."""
    return msgspec.json.decode(data, type=kind)
