"""What to heed of the records that an ingest read: told, and noted on their files."""

from __future__ import annotations

from collections.abc import Iterator

from forensics.evidence.catalog import FileRow
from forensics.evidence.known import is_unread
from forensics.evidence.segments import SegmentWriter


def heeded(writer: SegmentWriter) -> list[str]:
    """Warnings about rejects, conflicting duplicates and records of the future, in that order."""
    _others(writer)
    return [*_rejects(writer), *_conflicts(writer), *_future(writer)]


def _note(row: FileRow, told: str) -> None:
    row.note = f"{row.note}; {told}" if row.note else told


def _others(writer: SegmentWriter) -> None:
    """Note on a file that records of other sources lie in it."""
    for file_id, counts in sorted(writer.others.items()):
        told = ", ".join(f"{n} of {name}" for name, n in counts.most_common())
        _note(writer.files[file_id], f"it also holds records of other sources: {told}")


def _rejects(writer: SegmentWriter) -> Iterator[str]:
    """Where the first broken record of each file stands, and why it is none."""
    for file_id, reject in sorted(writer.first_reject.items()):
        row = writer.files[file_id]
        others = f" ({row.rejected - 1} more)" if row.rejected > 1 else ""
        if row.rejected == row.read:
            _note(row, f"all of its records were rejected, the first because: {reject.reason}")
        elif is_unread(row):
            _note(row, f"{row.rejected} of {row.read} records were rejected: {reject.reason}")
        yield f"{row.path}, record {reject.record_no}: {reject.reason}{others}"


def _conflicts(writer: SegmentWriter) -> Iterator[str]:
    for file_id, count in sorted(writer.conflicting.items()):
        row = writer.files[file_id]
        whose = "repeats the id" if count == 1 else "repeat the ids"
        told = f"{count} record{'' if count == 1 else 's'} {whose} of stored ones, otherwise told"
        _note(row, told)
        yield f"{row.path}: {told}; each is kept as an event of its own"


def _future(writer: SegmentWriter) -> Iterator[str]:
    for file_id, count in sorted(writer.future.items()):
        row = writer.files[file_id]
        told = f"{count} record{' lies' if count == 1 else 's lie'} in the future of the ingest"
        _note(row, told)
        yield f"{row.path}: {told}; its clock or its zone may be wrong"
