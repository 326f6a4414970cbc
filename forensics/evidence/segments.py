"""Turning batches of records into immutable Parquet segments of events, duplicates and rejects."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from forensics import event
from forensics.engine.duckdb import DuckDBEngine
from forensics.evidence.catalog import FileRow, SegmentRow
from forensics.evidence.paths import path_list, path_literal
from forensics.sources.declaration import Declaration
from forensics.sources.formats import Batch, Reject
from forensics.sources.mapping import Mapping, compile_mapping
from forensics.sources.normalise import given, prepare

# Rows a segment and its row groups; ~20 k a group is a third cheaper with raw in the row.
_SEGMENT_ROWS = 40_000
_SEGMENT_BYTES = 64 * 1024 * 1024
_ROW_GROUP = 20_480
_REJECTS = (
    ("file_id", "BIGINT"),
    ("record_no", "BIGINT"),
    ("reason", "VARCHAR"),
    ("encoded", "VARCHAR"),
)
_EVENT_COLUMNS = ", ".join(column.name for column in event.COLUMNS)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass
class _Pending:
    """Records of one source, of one or more files, that wait to become a segment."""

    mapping: Mapping
    checked: bool
    files: list[int] = field(default_factory=list)
    batch: Batch = field(default_factory=Batch)

    def add(self, file_id: int, batch: Batch) -> None:
        self.files += [file_id] * len(batch.numbers)
        self.batch.numbers += batch.numbers
        self.batch.records += batch.records
        if batch.documents is not None:
            self.batch.documents = [*(self.batch.documents or []), *batch.documents]
        self.batch.size += batch.size

    @property
    def full(self) -> bool:
        return len(self.files) >= _SEGMENT_ROWS or self.batch.size >= _SEGMENT_BYTES


class SegmentWriter:
    """Writes the segments of one ingest into a staging folder, counting as it goes.

    A record is a duplicate when its first event's `event_uid` was stored before: in this ingest,
    or in a segment of the same source that overlaps in time. Duplicates keep their bytes.
    """

    def __init__(
        self, engine: DuckDBEngine, staging: Path, ingest_id: int, existing: Sequence[tuple[SegmentRow, Path]]
    ) -> None:
        self._engine = engine
        self._staging = staging
        self._ingest = ingest_id
        self._existing = existing
        self._mappings: dict[str, Mapping] = {}
        self._pending: dict[tuple[str, bool, bool], _Pending] = {}
        self._prepared: str | None = None
        self._rejects: list[tuple[int, Reject]] = []
        self._reject_bytes = 0
        self.files: dict[int, FileRow] = {}
        self.segments: list[SegmentRow] = []
        engine.execute("CREATE OR REPLACE TEMP TABLE seen (uid UUID)")

    def add(self, row: FileRow, declaration: Declaration, batch: Batch, *, checked: bool) -> None:
        """Take a batch of one file; `checked` says that its records are known to be JSON."""
        self.files[row.file_id] = row
        row.read += len(batch.numbers) + len(batch.rejects)
        for reject in batch.rejects:
            self.reject(row.file_id, reject)
        if not batch.numbers:
            return
        mapping = self._mappings.get(declaration.name)
        if mapping is None:
            mapping = self._mappings[declaration.name] = compile_mapping(declaration)
        key = (declaration.name, checked, batch.documents is not None)
        pending = self._pending.setdefault(key, _Pending(mapping, checked))
        pending.add(row.file_id, batch)
        if pending.full:
            self._flush(self._pending.pop(key))

    def reject(self, file_id: int, reject: Reject) -> None:
        """Keep a record that cannot become an event, with the reason and its bytes."""
        self.files[file_id].rejected += 1
        self._rejects.append((file_id, reject))
        self._reject_bytes += len(reject.data)
        if len(self._rejects) >= _SEGMENT_ROWS or self._reject_bytes >= _SEGMENT_BYTES:
            self._write_rejects()

    def finish(self) -> None:
        """Write everything that still waits."""
        for key in sorted(self._pending):
            self._flush(self._pending[key])
        self._pending.clear()
        self._write_rejects()

    def _name(self, kind: str) -> str:
        count = sum(one.kind == kind for one in self.segments)
        return f"{kind}-{self._ingest:06d}-{count + 1:05d}.parquet"

    def _flush(self, pending: _Pending) -> None:
        table = given(pending.files, pending.batch)
        if not pending.checked:
            table = self._valid(table, pending.batch)
        self._store(pending.mapping, table)

    def _valid(self, table: pa.Table, batch: Batch) -> pa.Table:
        self._engine.register("given", table)
        good = self._engine.table(
            "SELECT coalesce(json_valid(doc) AND starts_with(ltrim(doc), '{'), false) AS ok FROM given"
        )["ok"]
        flags = good.to_pylist()
        if all(flags):
            return table
        ids = table["file_id"].to_pylist()
        for position, fine in enumerate(flags):
            if not fine:
                record = bytes(batch.records[position])
                number = batch.numbers[position]
                self.reject(ids[position], Reject(number, why_not_json(record), record))
        return table.filter(good)

    def _store(self, mapping: Mapping, table: pa.Table) -> None:
        """Normalise and write a table; a record that breaks the query is found by halving."""
        if not table.num_rows:
            return
        engine = self._engine
        if self._prepared != mapping.declaration.name:
            prepare(engine, mapping)
            self._prepared = mapping.declaration.name
        engine.register("given", table)
        try:
            engine.execute(
                "CREATE OR REPLACE TEMP TABLE mapped AS SELECT * EXCLUDE (native_id) FROM ("
                + mapping.sql
                + ")"
            )
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            if table.num_rows == 1:
                row = table.to_pylist()[0]
                reason = f"cannot be mapped: {str(error).splitlines()[0]}"
                reject = Reject(row["record_no"], reason, row["raw"].encode())
                self.reject(row["file_id"], reject)
                return
            half = table.num_rows // 2
            self._store(mapping, table.slice(0, half))
            self._store(mapping, table.slice(half))
            return
        self._drop_timeless()
        self._drop_duplicates(mapping.declaration.name)
        self._write_events(mapping.declaration.name)

    def _drop_timeless(self) -> None:
        found = self._engine.rows(
            "SELECT DISTINCT file_id, record_no, raw FROM mapped WHERE time IS NULL ORDER BY ALL"
        )
        for row in found:
            reason = "no time that can be read"
            reject = Reject(row["record_no"], reason, row["raw"].encode())
            self.reject(row["file_id"], reject)
        if found:
            self._engine.execute(
                "DELETE FROM mapped WHERE (file_id, record_no) IN"
                " (SELECT file_id, record_no FROM mapped WHERE time IS NULL)"
            )

    def _drop_duplicates(self, source: str) -> None:
        engine = self._engine
        span = engine.rows("SELECT min(time) AS lo, max(time) AS hi FROM mapped")[0]
        if span["lo"] is None:
            return
        lo, hi = _iso(span["lo"]), _iso(span["hi"])
        earlier = [
            path
            for row, path in self._existing
            if row.source == source and row.first_time and row.first_time <= hi
            and (row.last_time or "") >= lo
        ]
        before = "SELECT m.event_uid FROM seen s JOIN mapped m ON s.uid = m.event_uid::UUID"
        if earlier:
            before += (
                " UNION ALL SELECT m.event_uid FROM read_parquet("
                + path_list(earlier)
                + ") s JOIN mapped m ON s.event_uid = m.event_uid"
            )
        engine.execute(
            "CREATE OR REPLACE TEMP TABLE repeated AS WITH before AS ("
            + before
            + """), numbered AS (SELECT file_id, record_no, event_uid, row_number() OVER
                (PARTITION BY event_uid ORDER BY file_id, record_no) AS n
                FROM mapped WHERE event_no = 0)
              SELECT file_id, record_no FROM numbered
              WHERE n > 1 OR event_uid IN (SELECT event_uid FROM before)"""
        )
        if engine.rows("SELECT count(*) AS n FROM repeated")[0]["n"]:
            self._write_duplicates(source)

    def _write_duplicates(self, source: str) -> None:
        engine = self._engine
        query = """SELECT event_uid, file_id, record_no, raw, time
            FROM mapped SEMI JOIN repeated USING (file_id, record_no) WHERE event_no = 0"""
        self._copy("duplicates", source, query)
        for row in engine.rows("SELECT file_id, count(*) AS n FROM repeated GROUP BY ALL"):
            self.files[row["file_id"]].duplicate += row["n"]
        engine.execute(
            "DELETE FROM mapped WHERE (file_id, record_no) IN"
            " (SELECT file_id, record_no FROM repeated)"
        )

    def _write_events(self, source: str) -> None:
        engine = self._engine
        counts = engine.rows(
            """SELECT file_id, count(*) AS events, count(*) FILTER (WHERE event_no = 0) AS records,
              min(time) AS lo, max(time) AS hi FROM mapped GROUP BY file_id ORDER BY file_id"""
        )
        if not counts:
            return
        for row in counts:
            file = self.files[row["file_id"]]
            file.stored += row["records"]
            file.events += row["events"]
            lo, hi = _iso(row["lo"]), _iso(row["hi"])
            file.first_time = min(file.first_time or lo, lo)
            file.last_time = max(file.last_time or hi, hi)
        self._copy("events", source, "SELECT " + _EVENT_COLUMNS + " FROM mapped")
        engine.execute("INSERT INTO seen SELECT event_uid::UUID FROM mapped")

    def _copy(self, kind: str, source: str | None, query: str) -> None:
        """Write a query's rows as one segment, durably, and record its hash and span."""
        path = self._staging / self._name(kind)
        self._engine.execute(
            f"COPY ({query}) TO {path_literal(path)}"  # noqa: S608 - our own text and a quoted path
            f" (FORMAT parquet, COMPRESSION zstd,"
            f" COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {_ROW_GROUP})"
        )
        span = "min(time) AS lo, max(time) AS hi" if kind != "rejects" else "NULL AS lo, NULL AS hi"
        meta = self._engine.rows(f"SELECT count(*) AS n, {span} FROM ({query})")[0]  # noqa: S608
        times = (_iso(meta["lo"]), _iso(meta["hi"])) if meta["lo"] else (None, None)
        self._add(path, kind, source, meta["n"], times)

    def _write_rejects(self) -> None:
        if not self._rejects:
            return
        rows = [
            {
                "file_id": file_id,
                "record_no": one.record_no,
                "reason": one.reason,
                "encoded": base64.b64encode(one.data).decode("ascii"),
            }
            for file_id, one in self._rejects
        ]
        self._engine.register_rows("rejected", _REJECTS, rows)
        self._copy(
            "rejects",
            None,
            "SELECT file_id, record_no, reason, from_base64(encoded) AS bytes FROM rejected",
        )
        self._rejects, self._reject_bytes = [], 0

    def _add(
        self, path: Path, kind: str, source: str | None, rows: int, span: tuple[str | None, str | None]
    ) -> None:
        path.chmod(0o400)
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        size = path.stat().st_size
        self.segments.append(
            SegmentRow(path.name, self._ingest, kind, source, sha256_of(path), size, rows, *span)
        )


def why_not_json(record: bytes) -> str:
    """In words, what keeps a record from being a JSON object."""
    try:
        document = json.loads(record)
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg} at byte {error.pos}"
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    return f"not a JSON object but {type(document).__name__}"


def _iso(moment: object) -> str:
    """An instant as sortable ISO 8601 text in UTC."""
    return moment.isoformat(timespec="microseconds")  # type: ignore[attr-defined,no-any-return]
