"""The catalog of a case: which files, segments and context it holds, in SQLite."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from forensics.errors import CaseError, EvidenceAlteredError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS ingests (ingest_id INTEGER PRIMARY KEY, time TEXT NOT NULL,
  tool TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (file_id INTEGER PRIMARY KEY, ingest_id INTEGER NOT NULL,
  sha256 TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, compression TEXT,
  encoding TEXT NOT NULL, format TEXT, source TEXT, confidence TEXT, status TEXT NOT NULL,
  read INTEGER NOT NULL, stored INTEGER NOT NULL, duplicate INTEGER NOT NULL,
  rejected INTEGER NOT NULL, events INTEGER NOT NULL, first_time TEXT, last_time TEXT, note TEXT);
CREATE TABLE IF NOT EXISTS segments (name TEXT PRIMARY KEY, ingest_id INTEGER NOT NULL,
  kind TEXT NOT NULL, source TEXT, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
  rows INTEGER NOT NULL, first_time TEXT, last_time TEXT);
CREATE TABLE IF NOT EXISTS context (name TEXT NOT NULL, kind TEXT NOT NULL, sha256 TEXT NOT NULL,
  imported_at TEXT NOT NULL, ingest_id INTEGER NOT NULL, PRIMARY KEY (sha256, kind));
CREATE TABLE IF NOT EXISTS custody (no INTEGER PRIMARY KEY, time TEXT NOT NULL, act TEXT NOT NULL,
  tool TEXT NOT NULL, details TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL);
"""
# Tables that cases made before them get when something is added.
_LATER = """
CREATE TABLE IF NOT EXISTS declarations (ingest_id INTEGER NOT NULL, source TEXT NOT NULL,
  sha256 TEXT NOT NULL, meaning TEXT NOT NULL, origin TEXT NOT NULL,
  PRIMARY KEY (ingest_id, source));
CREATE TABLE IF NOT EXISTS replaced (relation TEXT NOT NULL, name TEXT NOT NULL,
  ingest_id INTEGER NOT NULL, PRIMARY KEY (relation, name));
CREATE TABLE IF NOT EXISTS scans (scan INTEGER PRIMARY KEY, time TEXT NOT NULL,
  complete INTEGER NOT NULL, record TEXT NOT NULL, entry_no INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sightings (scan INTEGER NOT NULL, finding TEXT NOT NULL,
  substance TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (finding, scan));
CREATE TABLE IF NOT EXISTS findings (sha256 TEXT PRIMARY KEY, document TEXT NOT NULL);
"""

# How the note of a file begins whose bytes were read before, under another path or this one.
REPEATS = "the same bytes as "
# Between two remarks of a note.
_NEXT = "\n"
# The status of what lies beside the logs of a folder: named with why, and no reason to fail.
BESIDE = "beside"


@dataclass
class FileRow:
    """One input file and what became of its records.

    `status`: stored, repeated (the same bytes were stored before), damaged (it ends early), empty,
    empty_page (a sound document of no records), unrecognised, not_a_log (known to be something
    else), beside (passed over, `note` says why), unreadable, archive (its members are files of
    their own, named `archive!/member`). Times are ISO 8601 in UTC. `note` holds what is told of it,
    a remark a line.
    """

    file_id: int
    ingest_id: int
    sha256: str
    path: str
    size: int
    compression: str | None = None
    encoding: str = "utf-8"
    format: str | None = None
    source: str | None = None
    confidence: str | None = None
    status: str = "stored"
    read: int = 0
    stored: int = 0
    duplicate: int = 0
    rejected: int = 0
    events: int = 0
    first_time: str | None = None
    last_time: str | None = None
    note: str | None = None

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is told of it, one by one."""
        return () if self.note is None else tuple(self.note.split(_NEXT))

    @property
    def told(self) -> str | None:
        """The same in one line."""
        return "; ".join(self.remarks) or None

    @property
    def repeats(self) -> bool:
        """Whether its bytes were read before, so that no record lies with it."""
        return (self.note or "").startswith(REPEATS)

    def tell(self, remark: str) -> None:
        """Tell one thing more of it."""
        self.note = _NEXT.join((*self.remarks, remark.replace(_NEXT, " ")))


def standing(rows: Sequence[FileRow]) -> list[FileRow]:
    """The rows that still hold.

    What was told of a file that could not be read no longer does once it was read or told of
    anew, nor does what was told of an archive. A file of which more was read later is whole.
    """
    read = [row for row in rows if row.source is not None]
    contents = {row.sha256: row.file_id for row in read}
    paths = {row.path: row.file_id for row in read}
    whole = {row.sha256: row.file_id for row in read if row.status == "stored"}
    latest = {(row.sha256, row.path): row.file_id for row in rows}
    kept = [
        row
        for row in rows
        if row.source is not None
        or (
            max(contents.get(row.sha256, 0), paths.get(row.path, 0)) < row.file_id
            and latest[row.sha256, row.path] == row.file_id
        )
    ]
    return [
        replace(row, status="stored", note=f"{row.note}{_NEXT}read to its end later")
        if row.status == "damaged" and row.file_id < whole.get(row.sha256, 0)
        else row
        for row in kept
    ]


@dataclass(frozen=True)
class SegmentRow:
    """One immutable Parquet file of events, duplicates, rejects or what an enrichment found."""

    name: str
    ingest_id: int
    kind: str
    source: str | None
    sha256: str
    size: int
    rows: int
    first_time: str | None
    last_time: str | None


@dataclass(frozen=True)
class IngestRow:
    """One ingest or enrichment: when it began and which version of the tool ran it."""

    ingest_id: int
    time: str
    tool: str


@dataclass(frozen=True)
class ContextRow:
    """One context file kept in the case."""

    name: str
    kind: str
    sha256: str
    imported_at: str
    ingest_id: int


@dataclass(frozen=True)
class DeclarationRow:
    """What an ingest read the records of a source with, kept in the case under its `sha256`.

    `meaning` is the digest of what events depend on. `origin`: own or built-in.
    """

    ingest_id: int
    source: str
    sha256: str
    meaning: str
    origin: str


@dataclass(frozen=True)
class ReplacedRow:
    """A file (by its id) or a segment (by its name) that a later ingest read anew.

    It stays in the case, sealed, and is no longer asked.
    """

    relation: str
    name: str
    ingest_id: int


Row = FileRow | SegmentRow | ContextRow | IngestRow | DeclarationRow | ReplacedRow
_R = TypeVar("_R", FileRow, SegmentRow, ContextRow, IngestRow, DeclarationRow, ReplacedRow)
_TABLES: dict[type[Any], str] = {
    FileRow: "files",
    SegmentRow: "segments",
    ContextRow: "context",
    IngestRow: "ingests",
    DeclarationRow: "declarations",
    ReplacedRow: "replaced",
}


def _connect(path: Path) -> sqlite3.Connection:
    """A connection that also reads a case on a medium or in a folder nobody may write to."""
    if os.access(path.parent, os.W_OK):
        return sqlite3.connect(path, isolation_level=None, timeout=30)
    log = path.with_name(path.name + "-wal")
    # Without an open write-ahead log the file is whole by itself, and SQLite need make no other.
    still = "" if log.exists() and log.stat().st_size else "&immutable=1"
    where = f"file:{quote(str(path.absolute()))}?mode=ro{still}"
    return sqlite3.connect(where, uri=True, isolation_level=None, timeout=30)


class Catalog:
    """An open catalog. Reads see the last commit; writes happen inside `transaction()`."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if not create and not path.is_file():
            raise EvidenceAlteredError("The case has lost its catalog.", place=str(path))
        try:
            self.connection = _connect(path)
            if create:
                path.chmod(0o600)
                self.connection.execute("PRAGMA journal_mode = WAL")
                self.connection.executescript(_SCHEMA)
                self.extend()
            self.connection.execute("PRAGMA synchronous = FULL")
            self.connection.execute("SELECT count(*) FROM custody")
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                raise EvidenceAlteredError(
                    f"The catalog is not whole: {error}.", place=str(path)
                ) from error
            raise CaseError(
                f"The catalog cannot be opened: {error}.",
                place=str(path),
                remedy="Check the permissions of the case folder and the free space.",
            ) from error
        except sqlite3.DatabaseError as error:
            raise EvidenceAlteredError(
                f"The catalog cannot be read: {error}.",
                place=str(path),
                remedy="Restore the case from a copy; forensics verify names what else changed.",
            ) from error

    def extend(self) -> None:
        """Add the tables that an older case lacks."""
        self.connection.executescript(_LATER)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException as error:
            self.connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise CaseError(f"The catalog cannot be written: {error}") from error
            raise

    def _all(self, kind: type[_R], order: str) -> list[_R]:
        names = ", ".join(field.name for field in fields(kind))
        table = _TABLES[kind]
        # Names come from the dataclasses above, never from input.
        query = " ".join(("SELECT", names, "FROM", table, "ORDER BY", order))
        try:
            return [kind(*row) for row in self.connection.execute(query)]
        except sqlite3.DatabaseError as error:
            # What an older case cannot have; where custody tells of it, `verify` misses it.
            if f"no such table: {table}" in str(error) and table in _LATER:
                return []
            raise EvidenceAlteredError(f"The catalog cannot be read: {error}") from error

    def add(self, row: Row) -> None:
        """Insert one row, within a transaction."""
        values = vars(row)
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        table = _TABLES[type(row)]
        self.connection.execute(
            " ".join(("INSERT INTO", table, "(", names, ") VALUES (", marks, ")")), values
        )

    def files(self) -> list[FileRow]:
        """All input files, in the order they were read."""
        return self._all(FileRow, "file_id")

    def segments(self, kind: str | None = None) -> list[SegmentRow]:
        """Segments, of one kind if named, in the order they were written."""
        found = self._all(SegmentRow, "ingest_id, name")
        return [one for one in found if kind in {None, one.kind}]

    def context(self) -> list[ContextRow]:
        """Context files, in the order they were imported."""
        return self._all(ContextRow, "imported_at, name, kind")

    def ingests(self) -> list[IngestRow]:
        """Ingests, in order."""
        return self._all(IngestRow, "ingest_id")

    def declarations(self) -> list[DeclarationRow]:
        """What each ingest read each source with, in order."""
        return self._all(DeclarationRow, "ingest_id, source")

    def replaced(self) -> list[ReplacedRow]:
        """Files and segments that were read anew, in order."""
        return self._all(ReplacedRow, "ingest_id, relation, name")

    def asked(self) -> tuple[list[FileRow], list[SegmentRow]]:
        """Files and segments without those that were read anew."""
        gone = {(one.relation, one.name) for one in self.replaced()}
        return (
            [one for one in self.files() if ("files", str(one.file_id)) not in gone],
            [one for one in self.segments() if ("segments", one.name) not in gone],
        )

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Reads within see one state, whatever another process commits meanwhile."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("ROLLBACK")

    def next_ids(self) -> tuple[int, int]:
        """The next ingest id and the next file id."""
        ingest = self.connection.execute("SELECT coalesce(max(ingest_id), 0) + 1 FROM ingests")
        file = self.connection.execute("SELECT coalesce(max(file_id), 0) + 1 FROM files")
        return int(ingest.fetchone()[0]), int(file.fetchone()[0])

    def close(self) -> None:
        """Release the file."""
        self.connection.close()
