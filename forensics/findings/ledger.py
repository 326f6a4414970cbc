"""The ledger of reading: what each file and each source gave, lost, and never showed."""

from __future__ import annotations

from datetime import datetime

from forensics.findings.document import CustodyHead, Document


class Counted(Document, frozen=True, kw_only=True):
    """A word of the evidence and how many records it is true of."""

    name: str
    n: int


class FileReading(Document, frozen=True, kw_only=True):
    """One input file: what it was taken for, and what became of its records.

    read = stored + duplicate + rejected; `events` counts events, of which a record may hold
    several. Times are UTC; `time_basis` counts events by how their zone is known.
    `unknown_operations` have no normalised verb and became `other`. `unseen` are event columns
    that the source's declaration fills and none of the records did.
    """

    path: str
    sha256: str
    size: int
    status: str
    source: str | None
    confidence: str | None
    format: str | None
    compression: str | None
    encoding: str
    read: int
    stored: int
    duplicate: int
    rejected: int
    events: int
    first_time: datetime | None
    last_time: datetime | None
    time_basis: tuple[Counted, ...]
    reject_reasons: tuple[Counted, ...]
    unknown_operations: tuple[Counted, ...]
    unseen: tuple[str, ...]
    note: str | None


class Lateness(Document, frozen=True, kw_only=True):
    """Records of a source that came late.

    `logged`: how many it wrote more than `threshold` seconds after the act, by its own stamps,
    `longest` seconds at most. `arrived`: how many came with a later ingest although they are
    older than what an earlier one had already brought. None where no record could tell.
    """

    threshold: float
    logged: int | None
    longest: float | None
    arrived: int | None


class SourceReading(Document, frozen=True, kw_only=True):
    """One log source over all its files.

    `unknown_operations` and `unseen` are as in a file. `omits` says what the source never records.
    """

    source: str
    title: str | None
    files: int
    read: int
    stored: int
    duplicate: int
    rejected: int
    events: int
    first_time: datetime | None
    last_time: datetime | None
    time_basis: tuple[Counted, ...]
    unknown_operations: tuple[Counted, ...]
    unseen: tuple[str, ...]
    late: Lateness
    gaps: tuple[str, ...]
    omits: tuple[str, ...]


class Ledger(Document, frozen=True, kw_only=True):
    """What was read, skipped and lost: the sources, then every file."""

    schema: int
    tool_version: str
    sources: tuple[SourceReading, ...]
    files: tuple[FileReading, ...]
    context: tuple[str, ...]
    not_read: tuple[str, ...]
    custody: CustodyHead
