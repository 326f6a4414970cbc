"""The one place that opens an engine on a case: its relations, and nothing else of the disk."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from forensics import event
from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import EvidenceAlteredError
from forensics.evidence import naming
from forensics.evidence.case import CasePaths
from forensics.evidence.catalog import BESIDE, Catalog, SegmentRow, standing
from forensics.evidence.declarations import Kept, place
from forensics.evidence.notebook import read_notes
from forensics.evidence.paths import path_list
from forensics.sources.context import ContextFile

READINGS = (("file_id", "BIGINT"), ("read_at", "TIMESTAMPTZ"))
FILES: tuple[tuple[str, str], ...] = (
    ("file_id", "BIGINT"),
    ("sha256", "VARCHAR"),
    ("path", "VARCHAR"),
    ("size", "BIGINT"),
    ("encoding", "VARCHAR"),
    ("format", "VARCHAR"),
    ("source", "VARCHAR"),
    ("status", "VARCHAR"),
    ("read", "BIGINT"),
    ("stored", "BIGINT"),
    ("duplicate", "BIGINT"),
    ("rejected", "BIGINT"),
    ("first_time", "TIMESTAMPTZ"),
    ("last_time", "TIMESTAMPTZ"),
    ("note", "VARCHAR"),
    ("ingest_id", "BIGINT"),
)
REPLACED: tuple[tuple[str, str], ...] = (("file_id", "BIGINT"), ("ingest_id", "BIGINT"))
DECLARATIONS: tuple[tuple[str, str], ...] = (
    ("ingest_id", "BIGINT"),
    ("source", "VARCHAR"),
    ("sha256", "VARCHAR"),
    ("origin", "VARCHAR"),
)
NOTES: tuple[tuple[str, str], ...] = (
    ("note_id", "BIGINT"),
    ("event_uid", "VARCHAR"),
    ("time", "TIMESTAMPTZ"),
    ("author", "VARCHAR"),
    ("text", "VARCHAR"),
    ("tags", "VARCHAR[]"),
    ("withdrawn_at", "TIMESTAMPTZ"),
    ("withdrawn_by", "VARCHAR"),
    ("withdrawn_why", "VARCHAR"),
)
# Relations kept in segments: name, columns and their types when no segment exists.
_SEGMENTED: dict[str, tuple[tuple[str, str], ...]] = {
    "events": tuple((column.name, column.type) for column in event.COLUMNS),
    "duplicates": (
        ("event_uid", "VARCHAR"),
        ("file_id", "BIGINT"),
        ("record_no", "BIGINT"),
        ("raw", "VARCHAR"),
        ("time", "TIMESTAMPTZ"),
    ),
    "rejects": (
        ("file_id", "BIGINT"),
        ("record_no", "BIGINT"),
        ("reason", "VARCHAR"),
        ("bytes", "BLOB"),
    ),
}
# Relations of an enrichment, each one segment; they are absent until a case is enriched.
ENRICHED = ("addresses", "user_agents", "enrichment")
_FILLED = """
SELECT e.* REPLACE (
  coalesce(e.src_country, a.country) AS src_country, coalesce(e.src_asn, a.asn) AS src_asn
) FROM {} AS e LEFT JOIN addresses AS a ON e.src_ip = a.src_ip
"""
# All of it in one line, whatever the order of its rows.
_LOOKED_UP = """
SELECT sha256(coalesce(string_agg(CAST(to_json(a) AS VARCHAR), chr(10) ORDER BY src_ip), ''))
  AS digest FROM addresses AS a
"""


def _empty(columns: Sequence[tuple[str, str]]) -> str:
    listed = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in columns)
    return " ".join(("SELECT", listed, "WHERE false"))


class Store:
    """A case open for questions. Reads whole segments of the last committed ingest only."""

    def __init__(self, paths: CasePaths) -> None:
        self.paths = paths
        catalog = Catalog(paths.catalog)
        try:
            read, self._segments = catalog.asked()
            rows = standing(read)
            self._sealed = catalog.segments()
            self._read_at = {one.ingest_id: one.time for one in catalog.ingests()}
            self._kept = Kept(paths, catalog.declarations(), read, self._segments)
            self._replaced = catalog.replaced()
            self.files = [row for row in rows if row.status != BESIDE]
            self.beside = [row for row in rows if row.status == BESIDE]
            self._context = catalog.context()
            self._notes = read_notes(catalog.connection)
        finally:
            catalog.close()
        self._check_presence()
        self._check_sizes()
        # Readable by the owner alone (mkdtemp), as what a large question spills is evidence.
        spill = tempfile.mkdtemp(prefix="forensics-")
        self._forget_spill = weakref.finalize(self, shutil.rmtree, spill, ignore_errors=True)
        self.engine = DuckDBEngine(spill_directory=Path(spill))
        self._define()

    def _check_sizes(self) -> None:
        """Refuse segments that are plainly not those recorded; `verify` looks at every byte."""
        for one in self._sealed:
            path = self.paths.segments / one.name
            if not path.is_file() or path.stat().st_size != one.size:
                raise EvidenceAlteredError(
                    f"Segment {one.name} is not what custody recorded.",
                    place=str(path),
                    remedy="Nothing was answered. forensics verify --case DIR names every change.",
                )

    def segments(self, kind: str) -> list[SegmentRow]:
        """The segments of one kind."""
        return [one for one in self._segments if one.kind == kind]

    def in_force(self, kind: str) -> SegmentRow | None:
        """The segment of the last enrichment; those before it are kept and not read."""
        return next(reversed(self.segments(kind)), None)

    @property
    def enriched(self) -> bool:
        """Whether addresses and clients of the case were looked up."""
        return self.in_force("addresses") is not None

    def read_with(self, source: str) -> tuple[str, ...]:
        """SHA-256 of the declarations that the events of a source were made with, oldest first."""
        found = (one.sha256 for one in self._kept.standing() if one.source == source)
        return tuple(dict.fromkeys(found))

    def _check_presence(self) -> None:
        """Raise `EvidenceAlteredError` when a file of the case is gone."""
        held = [self.paths.segments / row.name for row in self._sealed]
        held += [self.paths.context / row.sha256 for row in self._context]
        held += [place(self.paths, row.sha256) for row in self._kept.rows]
        missing = [path for path in held if not path.is_file()]
        if missing:
            raise EvidenceAlteredError(
                f"The case has lost {len(missing)} of its files, {missing[0].name} among them.",
                place=str(self.paths.root),
                remedy="Run forensics verify to see what is missing.",
            )

    def _define(self) -> None:
        gone = [
            {"file_id": int(one.name), "ingest_id": one.ingest_id}
            for one in self._replaced
            if one.relation == "files"
        ]
        if gone:
            # Rejects of all files lie together, so that those of some are left out one by one.
            self.engine.register_rows("replaced_files", REPLACED, gone)
        for name, columns in _SEGMENTED.items():
            found = [self.paths.segments / one.name for one in self.segments(name)]
            listed = ", ".join(column for column, _ in columns)
            sql = _empty(columns)
            if found:
                sql = " ".join(("SELECT", listed, "FROM read_parquet(", path_list(found), ")"))
            if found and name == "rejects" and gone:
                sql += " WHERE file_id NOT IN (SELECT file_id FROM replaced_files)"
            self.engine.define("recorded_events" if name == "events" else name, sql)
        for name in ENRICHED:
            if segment := self.in_force(name):
                where = path_list([self.paths.segments / segment.name])
                self.engine.define(name, " ".join(("FROM read_parquet(", where, ")")))
        self.engine.define("events", self._filled("recorded_events"))
        self._define_names()
        told = [vars(row) | {"note": row.told} for row in (*self.files, *self.beside)]
        self.engine.register_rows("files", FILES, told)
        read = [
            {"file_id": one.file_id, "read_at": self._read_at[one.ingest_id]} for one in self.files
        ]
        self.engine.register_rows("readings", READINGS, read)
        read_with = [vars(row) for row in self._kept.rows]
        self.engine.register_rows("declarations", DECLARATIONS, read_with)
        self.engine.register_rows("notes", NOTES, [vars(one) for one in self._notes])

    def _filled(self, events: str) -> str:
        return _FILLED.format(events) if self.enriched else f"FROM {events}"

    def _define_names(self) -> None:
        """Define `event_names` and `placed_events`, unless a segment was made before there were."""
        events = [one.name for one in self.segments("events")]
        names = [naming.beside(one) for one in events]
        if not events or not {*names} <= {one.name for one in self.segments(naming.KIND)}:
            return
        listed = ", ".join(column.name for column in event.COLUMNS)
        placed = path_list([self.paths.segments / one for one in events])
        noted = path_list([self.paths.segments / one for one in names])
        found = " ".join(("(SELECT", listed, ", place FROM read_parquet(", placed, "))"))
        self.engine.define("placed_events", self._filled(found))
        self.engine.define(
            "event_names", " ".join(("SELECT", naming.COLUMNS, "FROM read_parquet(", noted, ")"))
        )

    def context(self) -> list[ContextFile]:
        """The context files of the case, oldest import first."""
        return [
            ContextFile(
                kind=row.kind,
                name=row.name,
                sha256=row.sha256,
                data=(self.paths.context / row.sha256).read_bytes(),
                imported_at=datetime.fromisoformat(row.imported_at),
            )
            for row in self._context
        ]

    def digest(self) -> str:
        """SHA-256 over what the case holds: the same inputs give the same digest anywhere."""
        held = sorted(
            [row.sha256, row.source or "", row.read, row.stored, row.duplicate, row.rejected]
            for row in self.files
        )
        context = sorted([row.kind, row.sha256] for row in self._context)
        declared = sorted({(row.source, row.meaning) for row in self._kept.standing()})
        found = self.engine.rows(_LOOKED_UP)[0] if self.enriched else {}
        told = [held, context, declared, *found.values()]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def lock(self) -> None:
        """From here on run SQL that a user wrote: only the segments stay readable."""
        self.engine.lock([self.paths.segments])

    def close(self) -> None:
        """Release the engine, and what it spilled."""
        self.engine.close()
        self._forget_spill()
