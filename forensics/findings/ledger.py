"""The ledger of reading: what each file and each source gave, lost, and never showed."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from forensics.findings.document import CustodyHead, Document

Reading = Literal["whole", "in_part", "not_read", "set_aside", "archive"]
"""How far a file was read: an archive by itself holds no records, its members are files."""


class Counted(Document, frozen=True, kw_only=True):
    """A word of the evidence and how many records it is true of."""

    name: str
    n: int


class FileReading(Document, frozen=True, kw_only=True):
    """One input file: what it was taken for, and what became of its records.

    read = stored + duplicate + rejected; `events` counts events, of which a record may hold
    several. `source` is what most of its records are of, `sources` counts stored and duplicate
    records by their own. Times are UTC; `time_basis` counts events by how their zone is known.
    `unknown_operations` have no normalised verb and became `other`. `unseen` are event columns
    that the declaration of `source` fills and none of its records did. `remarks` are the
    parts of `note` without what differs from file to file.
    """

    path: str
    sha256: str
    size: int
    status: str
    reading: Reading
    source: str | None
    sources: tuple[Counted, ...]
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
    remarks: tuple[str, ...]
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
    """One log source over all files that hold records of it, which other sources may share.

    Records count for the source they are of, rejected ones for that of their file.
    `unknown_operations` and `unseen` are as in a file. `gaps_unknown` says what of gaps could not
    be judged, None where all was. `omits` says what the source never records.
    `declarations` are the SHA-256 of what its events were made with, one for each that was used.
    """

    source: str
    declarations: tuple[str, ...] = ()
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
    gaps_unknown: str | None
    omits: tuple[str, ...]


class Sum(Document, frozen=True, kw_only=True):
    """All files by how far they were read, and all records by what became of them."""

    whole: int
    in_part: int
    not_read: int
    set_aside: int
    archives: int
    read: int
    stored: int
    duplicate: int
    rejected: int
    events: int
    first_time: datetime | None
    last_time: datetime | None


class Ledger(Document, frozen=True, kw_only=True):
    """What was read, skipped and lost: the sum, the sources, then every file.

    `gap_rule` says how gaps are judged. `outdated` says which sources stand as another declaration
    than the one of now made them; they are judged by what they were made with.
    """

    schema: int
    tool_version: str
    sum: Sum
    gap_rule: str
    outdated: tuple[str, ...] = ()
    sources: tuple[SourceReading, ...]
    files: tuple[FileReading, ...]
    context: tuple[str, ...]
    not_read: tuple[str, ...]
    custody: CustodyHead
