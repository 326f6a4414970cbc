"""What an answer rests on: a line for each file that was read, and a digest of them all."""

from __future__ import annotations

from datetime import datetime

from forensics.evidence.catalog import FileRow
from forensics.evidence.store import Store
from forensics.findings.document import CoverageFile, CustodyHead


def moment(text: str | None) -> datetime | None:
    """An instant that a catalog holds as ISO text."""
    return datetime.fromisoformat(text) if text else None


def coverage_file(row: FileRow) -> CoverageFile:
    """One line of the coverage ledger."""
    skipped = None if row.status in {"stored", "repeated"} else row.status
    note = ": ".join(part for part in (skipped, row.told) if part) or None
    return CoverageFile(
        file=row.path,
        sha256=row.sha256,
        size=row.size,
        source=row.source,
        read=row.read,
        stored=row.stored,
        duplicate=row.duplicate,
        rejected=row.rejected,
        first_time=moment(row.first_time),
        last_time=moment(row.last_time),
        note=note,
    )


def custody_head(store: Store) -> CustodyHead:
    """The digest of all that a case holds, and of how many inputs it is."""
    inputs = len(store.files) + len(store.context())
    return CustodyHead(entries=inputs, head=store.digest())
