"""Turning batches of records into immutable Parquet segments of events, duplicates and rejects."""

from __future__ import annotations

import base64
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from forensics import event
from forensics.engine.duckdb import DuckDBEngine
from forensics.evidence.case import sha256_of
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
_DATA_FAULTS = (
    duckdb.InvalidInputException,
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
)
_EVENT_COLUMNS = ", ".join(column.name for column in event.COLUMNS)
_NARROW = "event_uid, file_id, record_no, event_no, time"
# What two records of one id have to agree on: who did what to whom, when, with what outcome.
_SAID = ("time", "actor", "actor_id", "operation", "outcome", "target", "target_id", "case_id")
_CONTENT = f"hash({', '.join(_SAID)})"
_CONTENT_S = f"hash({', '.join('s.' + name for name in _SAID)})"


@dataclass
class _Pending:
    """Records of one source, of one or more files, that wait to become a segment."""

    mapping: Mapping
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
    or in a segment of the same source that overlaps in time. Duplicates keep their bytes, and
    those that say something else than the stored record are counted as `conflicting`.
    """

    def __init__(
        self,
        engine: DuckDBEngine,
        staging: Path,
        ingest_id: int,
        existing: Sequence[tuple[SegmentRow, Path]],
        *,
        now: datetime,
    ) -> None:
        self._engine = engine
        self._staging = staging
        self._ingest = ingest_id
        self._existing = existing
        self._now = now
        self._mappings: dict[tuple[str, tuple[str, ...]], Mapping] = {}
        self._pending: dict[tuple[str, tuple[str, ...], bool], _Pending] = {}
        self._prepared: Mapping | None = None
        self._rejects: list[tuple[int, Reject]] = []
        self._reject_bytes = 0
        self.files: dict[int, FileRow] = {}
        self.future: Counter[int] = Counter()
        self.conflicting: Counter[int] = Counter()
        self.first_reject: dict[int, Reject] = {}
        self.segments: list[SegmentRow] = []
        engine.execute("CREATE OR REPLACE TEMP TABLE seen (uid UUID, content UBIGINT)")

    def add(
        self,
        row: FileRow,
        declaration: Declaration,
        batch: Batch,
        within: tuple[str, ...] = (),
    ) -> None:
        """Take a batch of one file, whose records are carried under `within`."""
        self.files[row.file_id] = row
        row.read += len(batch.numbers) + len(batch.rejects)
        for reject in batch.rejects:
            self.reject(row.file_id, reject)
        if not batch.numbers:
            return
        kind = (declaration.name, within)
        mapping = self._mappings.get(kind)
        if mapping is None:
            mapping = self._mappings[kind] = compile_mapping(declaration, within)
        key = (*kind, batch.documents is not None)
        pending = self._pending.setdefault(key, _Pending(mapping))
        pending.add(row.file_id, batch)
        if pending.full:
            self._flush(self._pending.pop(key))

    def reject(self, file_id: int, reject: Reject) -> None:
        """Keep a record that cannot become an event, with the reason and its bytes."""
        self.files[file_id].rejected += 1
        self.first_reject.setdefault(file_id, Reject(reject.record_no, reject.reason, b""))
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
        self._store(pending.mapping, given(pending.files, pending.batch))

    def _store(self, mapping: Mapping, table: pa.Table, *, sound: bool = False) -> None:
        """Normalise and write a table.

        Records are taken for sound JSON until the query breaks on one; then they are looked at
        one by one, and one that breaks it all the same is found by halving.
        """
        if not table.num_rows:
            return
        engine = self._engine
        if self._prepared is not mapping:
            prepare(engine, mapping)
            self._prepared = mapping
        engine.register("given", table)
        path = self._staging / self._name("events")
        try:
            self._write(path, f"SELECT {_EVENT_COLUMNS} FROM ({mapping.sql})")
        except _DATA_FAULTS as error:
            path.unlink(missing_ok=True)
            if not sound:
                for part in self._sound(table):
                    self._store(mapping, part, sound=True)
            elif table.num_rows == 1:
                self._reject_row(table, f"cannot be mapped: {str(error).splitlines()[0]}")
            else:
                half = table.num_rows // 2
                self._store(mapping, table.slice(0, half), sound=True)
                self._store(mapping, table.slice(half), sound=True)
            return
        # Judged by its narrow columns once it is written: to keep raw records in a table until
        # then costs a fifth more time, and a third more memory.
        engine.define("written", f"SELECT * FROM read_parquet({path_literal(path)})")
        engine.keep("mapped", f"SELECT {_NARROW}, {_CONTENT} AS content FROM written")
        self._drop_timeless()
        self._drop_duplicates(mapping.declaration.name)
        self._keep_events(path, mapping.declaration.name)

    def _sound(self, table: pa.Table) -> tuple[pa.Table, pa.Table]:
        """The records that are JSON, and those that are once mended; the others are rejected."""
        self._engine.register("given", table)
        good = self._engine.table("SELECT coalesce(json_valid(doc), false) AS ok FROM given")["ok"]
        documents: list[bytes] = []
        mended, ids = Batch(documents=documents), []
        for position in (n for n, fine in enumerate(good.to_pylist()) if not fine):
            row = table.slice(position, 1)
            document = row["doc"][0].as_py().encode()
            fixed = mended_json(document)
            if fixed is None:
                self._reject_row(row, why_not_json(document))
                continue
            ids.append(row["file_id"][0].as_py())
            mended.numbers.append(row["record_no"][0].as_py())
            mended.records.append(row["raw"][0].as_py().encode())
            documents.append(fixed)
        return table.filter(good), given(ids, mended)

    def _reject_row(self, table: pa.Table, reason: str) -> None:
        row = table.slice(0, 1).to_pylist()[0]
        self.reject(row["file_id"], Reject(row["record_no"], reason, row["raw"].encode()))

    def _drop_timeless(self) -> None:
        found = self._engine.rows(
            "SELECT DISTINCT file_id, record_no, raw FROM written WHERE time IS NULL ORDER BY ALL"
        )
        for row in found:
            reject = Reject(row["record_no"], _why_timeless(row["raw"]), row["raw"].encode())
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
            if row.source == source
            and row.first_time
            and row.first_time <= hi
            and (row.last_time or "") >= lo
        ]
        before = (
            "SELECT m.event_uid, s.content FROM seen s JOIN mapped m ON s.uid = m.event_uid::UUID"
        )
        if earlier:
            before += (
                f" UNION ALL SELECT m.event_uid, {_CONTENT_S} FROM read_parquet("
                + path_list(earlier)
                + ") s JOIN mapped m ON s.event_uid = m.event_uid WHERE s.event_no = 0"
            )
        engine.execute(
            "CREATE OR REPLACE TEMP TABLE repeated AS WITH before AS ("
            + before
            + """), held AS (SELECT event_uid, any_value(content) AS content
                FROM before GROUP BY event_uid),
              numbered AS (SELECT file_id, record_no, event_uid, content,
                row_number() OVER same AS n, first_value(content) OVER same AS first_content
                FROM mapped WHERE event_no = 0
                WINDOW same AS (PARTITION BY event_uid ORDER BY file_id, record_no))
              SELECT file_id, record_no, n.content <> coalesce(h.content, first_content) AS differs
              FROM numbered AS n LEFT JOIN held AS h USING (event_uid)
              WHERE n.n > 1 OR h.event_uid IS NOT NULL"""
        )
        if engine.rows("SELECT count(*) AS n FROM repeated")[0]["n"]:
            self._write_duplicates(source)

    def _write_duplicates(self, source: str) -> None:
        engine = self._engine
        query = """SELECT event_uid, file_id, record_no, raw, time
            FROM written SEMI JOIN repeated USING (file_id, record_no) WHERE event_no = 0"""
        self._copy("duplicates", source, query)
        counts = """SELECT file_id, count(*) AS n, count(*) FILTER (WHERE differs) AS differ
            FROM repeated GROUP BY file_id ORDER BY file_id"""
        for row in engine.rows(counts):
            self.files[row["file_id"]].duplicate += row["n"]
            if row["differ"]:
                self.conflicting[row["file_id"]] += row["differ"]
        engine.execute(
            "DELETE FROM mapped WHERE (file_id, record_no) IN"
            " (SELECT file_id, record_no FROM repeated)"
        )

    def _keep_events(self, path: Path, source: str) -> None:
        """Make a written file a segment; one that lost records is written again without them."""
        engine = self._engine
        counts = engine.rows(
            """SELECT file_id, count(*) AS events, count(*) FILTER (WHERE event_no = 0) AS records,
              min(time) AS lo, max(time) AS hi, count(*) FILTER (WHERE event_no = 0
              AND time > CAST($now AS TIMESTAMPTZ)) AS future
              FROM mapped GROUP BY file_id ORDER BY file_id""",
            {"now": _iso(self._now)},
        )
        kept = sum(row["events"] for row in counts)
        if kept < engine.rows("SELECT count(*) AS n FROM written")[0]["n"]:
            again = path.with_suffix(".again")
            self._write(again, "SELECT * FROM written SEMI JOIN mapped USING (file_id, record_no)")
            again.replace(path)
        if not counts:
            path.unlink()
            return
        for row in counts:
            file = self.files[row["file_id"]]
            file.stored += row["records"]
            file.events += row["events"]
            if row["future"]:
                self.future[file.file_id] += row["future"]
            lo, hi = _iso(row["lo"]), _iso(row["hi"])
            file.first_time = min(file.first_time or lo, lo)
            file.last_time = max(file.last_time or hi, hi)
        span = (min(_iso(row["lo"]) for row in counts), max(_iso(row["hi"]) for row in counts))
        self._add(path, "events", source, kept, span)
        engine.execute("INSERT INTO seen SELECT event_uid::UUID, content FROM mapped")

    def _write(self, path: Path, query: str) -> None:
        self._engine.execute(
            f"COPY ({query}) TO {path_literal(path)}"
            f" (FORMAT parquet, COMPRESSION zstd,"
            f" COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {_ROW_GROUP})"
        )

    def _copy(self, kind: str, source: str | None, query: str) -> None:
        """Write a query's rows as one segment, durably, and record its hash and span."""
        path = self._staging / self._name(kind)
        self._write(path, query)
        span = "min(time) AS lo, max(time) AS hi" if kind != "rejects" else "NULL AS lo, NULL AS hi"
        meta = self._engine.rows(f"SELECT count(*) AS n, {span} FROM ({query})")[0]
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
        self,
        path: Path,
        kind: str,
        source: str | None,
        rows: int,
        span: tuple[str | None, str | None],
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
        return f"not JSON: {error.msg} at character {error.pos}"
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    return f"not a JSON object but {type(document).__name__}"


def _why_timeless(raw: str) -> str:
    """In words, why a record has no time: it may be JSON without being an object."""
    if not raw.startswith("{"):
        reason = why_not_json(raw.encode())
        if reason.startswith("not a JSON object"):
            return reason
    return "no time that can be read"


def mended_json(record: bytes) -> bytes | None:
    """JSON to map in place of a record that is an object but for lone surrogates, control
    characters or a byte-order mark; None where it is none. The record itself stays as it is.
    """
    try:
        document = json.loads(record, strict=False, object_pairs_hook=_first_wins)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    text = json.dumps(document, ensure_ascii=False)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _first_wins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return dict(reversed(pairs))


def _iso(moment: datetime) -> str:
    """An instant as sortable ISO 8601 text in UTC."""
    return moment.isoformat(timespec="microseconds")
