"""What to heed of the records that an ingest read: told, and noted on their files."""

from __future__ import annotations

from collections.abc import Iterator

from forensics.evidence.known import is_unread
from forensics.evidence.segments import SegmentWriter


def heeded(writer: SegmentWriter) -> list[str]:
    """Warnings about rejects, conflicting duplicates, the future and other years, in that order."""
    _others(writer)
    return [*_rejects(writer), *_conflicts(writer), *_future(writer), *_redated(writer)]


def _others(writer: SegmentWriter) -> None:
    """Note on a file that records of other sources lie in it."""
    for file_id, counts in sorted(writer.others.items()):
        told = ", ".join(f"{n} of {name}" for name, n in counts.most_common())
        writer.files[file_id].tell(f"it also holds records of other sources: {told}")


def _rejects(writer: SegmentWriter) -> Iterator[str]:
    """Where the first broken record of each file stands, and why it is none."""
    for file_id, reject in sorted(writer.first_reject.items()):
        row = writer.files[file_id]
        others = f" ({row.rejected - 1} more)" if row.rejected > 1 else ""
        if row.rejected == row.read:
            row.tell(f"all of its records were rejected, the first because: {reject.reason}")
        elif is_unread(row):
            row.tell(f"{row.rejected} of {row.read} records were rejected: {reject.reason}")
        yield f"{row.path}, record {reject.record_no}: {reject.reason}{others}"


def _conflicts(writer: SegmentWriter) -> Iterator[str]:
    for file_id, count in sorted(writer.conflicting.items()):
        row = writer.files[file_id]
        whose = "repeats the id" if count == 1 else "repeat the ids"
        told = f"{count} record{'' if count == 1 else 's'} {whose} of stored ones, otherwise told"
        row.tell(told)
        yield f"{row.path}: {told}; each is kept as an event of its own"


def _future(writer: SegmentWriter) -> Iterator[str]:
    for file_id, count in sorted(writer.future.items()):
        row = writer.files[file_id]
        told = f"{count} record{' lies' if count == 1 else 's lie'} in the future of the ingest"
        row.tell(told)
        yield f"{row.path}: {told}; its clock or its zone may be wrong"


def _redated(writer: SegmentWriter) -> Iterator[str]:
    for found in writer.redated:
        row = writer.files[found["file_id"]]
        lines = "line that names no year is" if found["n"] == 1 else "lines that name no year are"
        told = f"{found['n']} {lines} stored as of {found['other']} too, here as of {found['year']}"
        row.tell(told)
        yield (
            f"{row.path}: {told}, each as an event of its own; the day a file was last written"
            " tells the year: copy files with it (cp -p)"
        )
