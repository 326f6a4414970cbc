"""What a case holds already, found by bytes, so that nothing is read or told twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from forensics.evidence.case import sha256_of
from forensics.evidence.catalog import BESIDE, REPEATS, FileRow, standing
from forensics.evidence.inputs import MEMBER_MARK
from forensics.sources.expansion import Limits

# Outcomes of a file that mean that part of the evidence was not looked at.
INCOMPLETE = frozenset({"unrecognised", "unreadable", "damaged", "empty"})
# A few broken records are told; more, and more than one in a hundred, mean that a part is missing.
_FEW, _SHARE = 10, 0.01


def is_unread(row: FileRow) -> bool:
    """Whether a file was not, or not wholly, read as a log, or many of its records were rejected.

    Many: all of them, or more than ten and more than one in a hundred.
    """
    many = row.rejected > max(_FEW, _SHARE * row.read)
    return row.status in INCOMPLETE or (row.read > 0 and row.rejected == row.read) or many


def again(earlier: FileRow, path: str, file_id: int, ingest_id: int) -> FileRow:
    """The row of a file that has the same bytes as one that was read; its records are not told."""
    row = replace(earlier, file_id=file_id, ingest_id=ingest_id, path=path)
    if earlier.status == BESIDE:
        return row
    row = replace(
        row,
        status="repeated" if earlier.status in {"stored", "archive"} else earlier.status,
        stored=0,
        events=0,
        first_time=None,
        last_time=None,
        note=None,
    )
    row.tell(f"{REPEATS}{earlier.path}")
    return row


class Known:
    """The files of a case, those of the running ingest included."""

    def __init__(self, rows: Iterable[FileRow]) -> None:
        self._told: dict[tuple[str, str], FileRow] = {}
        self._sizes: set[int] = set()
        self._read: dict[str, list[FileRow]] = {}
        self._members: dict[str, list[FileRow]] = {}
        self._contents: dict[str, set[str]] = {}
        for row in rows:
            self.add(row)

    def add(self, row: FileRow) -> None:
        """Take a file that is, or will be, part of the case."""
        self._told[row.sha256, row.path] = row
        if row.source is not None or row.status == "archive":
            self._sizes.add(row.size)
            self._read.setdefault(row.sha256, []).append(row)
        if row.format in {"zip", "tar"}:
            self._contents.setdefault(row.path, set()).add(row.sha256)
        parts = row.path.split(MEMBER_MARK)
        for end in range(1, len(parts)):
            self._members.setdefault(MEMBER_MARK.join(parts[:end]), []).append(row)

    def forget(self, sha256: str) -> None:
        """Know nothing of the files of these bytes, which are read anew."""
        self._read.pop(sha256, None)
        self._told = {key: row for key, row in self._told.items() if key[0] != sha256}
        for held in self._members.values():
            held[:] = [row for row in held if row.sha256 != sha256]

    def told(self, row: FileRow) -> FileRow | None:
        """The row of the case that says the same already, if there is one."""
        found = self._told.get((row.sha256, row.path))
        if found is None or (found.source is None and row.source is not None):
            return None
        same = (found.status, found.note) == (row.status, row.note)
        return found if same or row.repeats else None

    def members(self, archive: str) -> list[FileRow]:
        """What holds of all files in an archive, by its path, at any depth."""
        held = standing(self._members.get(archive, []))
        return [*{(row.sha256, row.path): row for row in held}.values()]

    def same(self, path: Path, limits: Limits) -> FileRow | None:
        """The file with the same bytes that need not be read again; hashed only on equal size.

        One that was read as far as other limits allowed is read again, and so is an archive that
        holds what was not read, or whose path named different archives over time.
        """
        if path.stat().st_size not in self._sizes:
            return None
        found = [
            row
            for row in self._read.get(sha256_of(path), [])
            if not row.repeats and not limits.lift(row.note) and self._settled(row)
        ]
        return min(found, key=lambda row: row.status == "damaged", default=None)

    def _settled(self, row: FileRow) -> bool:
        if row.status != "archive":
            return True
        alone = len(self._contents[row.path]) == 1
        return alone and not any(is_unread(one) for one in self.members(row.path))
