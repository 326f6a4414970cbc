"""Turning batches of records into immutable Parquet segments of events, duplicates and rejects."""

from __future__ import annotations

import base64
import os
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import pyarrow as pa

from forensics.engine import Row
from forensics.engine.duckdb import DuckDBEngine
from forensics.evidence import covering, naming
from forensics.evidence.case import seal
from forensics.evidence.catalog import FileRow, SegmentRow
from forensics.evidence.settling import HALF_A_YEAR, Settling
from forensics.evidence.writing import EventWriter, Route, Written, copy
from forensics.sources.declaration import Declaration
from forensics.sources.formats import Batch, Reject
from forensics.sources.mapping import Mapping as Compiled
from forensics.sources.mapping import compile_mapping
from forensics.sources.normalise import given
from forensics.sources.routing import Kind, kind_of
from forensics.sources.soundness import why_timeless

# Rows and bytes a segment.
_SEGMENT_ROWS = 40_000
_SEGMENT_BYTES = 64 * 1024 * 1024
# Rejects are written through text several times their size.
_REJECT_BYTES = 8 * 1024 * 1024
# A record larger than this is none of any log, and more than a mapping can look into.
_LARGEST = 16 * 1024 * 1024
# Each holds a segment's records in memory.
_WRITERS = min(2, os.cpu_count() or 1)
_REJECTS = (
    ("file_id", "BIGINT"),
    ("record_no", "BIGINT"),
    ("reason", "VARCHAR"),
    ("encoded", "VARCHAR"),
)


@dataclass
class _Pending:
    """Records of one source, of one or more files, that wait to become a segment."""

    mapping: Compiled
    files: list[int] = field(default_factory=list)
    batch: Batch = field(default_factory=Batch)

    def add(self, file_id: int, batch: Batch) -> None:
        self.files += [file_id] * len(batch.numbers)
        self.batch.numbers += batch.numbers
        self.batch.records += batch.records
        if batch.documents is not None:
            if self.batch.documents is None:
                self.batch.documents = []
            self.batch.documents += batch.documents
        self.batch.size += batch.size

    @property
    def full(self) -> bool:
        return len(self.files) >= _SEGMENT_ROWS or self.batch.size >= _SEGMENT_BYTES


class SegmentWriter:
    """Writes the segments of one ingest into a staging folder, counting as it goes.

    Events are written as they come, beside the reading; duplicates, and records without a time,
    are found when all of them are written, see `Settling`. Duplicates keep their bytes. Records
    that repeat an id and say something else are events, counted as `conflicting` too.
    """

    def __init__(
        self,
        engine: DuckDBEngine,
        staging: Path,
        ingest_id: int,
        existing: Sequence[tuple[SegmentRow, Path]],
        sources: Mapping[str, Declaration],
        *,
        now: datetime,
        routed: bool = True,
    ) -> None:
        self._engine = engine
        self._staging = staging
        self._ingest = ingest_id
        self._existing = existing
        self._now = now
        self._sources = sources
        self._route: Route | None = partial(kind_of, catalog=sources) if routed else None
        self._mappings: dict[Kind, Compiled] = {}
        self._pending: dict[tuple[str, tuple[str, ...], bool], _Pending] = {}
        self._pool = ThreadPoolExecutor(_WRITERS)
        self._writers = [EventWriter() for _ in range(_WRITERS)]
        self._idle: SimpleQueue[EventWriter] = SimpleQueue()
        for one in self._writers:
            self._idle.put(one)
        self._running: deque[tuple[str, Future[Written]]] = deque()
        self._started = 0
        self._written: dict[str, list[Path]] = {}
        self._rejects: list[tuple[int, Reject]] = []
        self._reject_bytes = 0
        self.files: dict[int, FileRow] = {}
        self.future: Counter[int] = Counter()
        self.conflicting: Counter[int] = Counter()
        self.redated: list[Row] = []
        self.others: dict[int, Counter[str]] = {}
        self.first_reject: dict[int, Reject] = {}
        self.segments: list[SegmentRow] = []

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
        if batch.size > _LARGEST:
            batch = self._bounded(row.file_id, batch)
        if not batch.numbers:
            return
        self._wait_for(declaration, within, row.file_id, batch)

    def _wait_for(
        self, declaration: Declaration, within: tuple[str, ...], file_id: int, batch: Batch
    ) -> None:
        """Let records wait until enough of their kind are there to be written."""
        kind = (declaration.name, within)
        mapping = self._mappings.get(kind)
        if mapping is None:
            mapping = self._mappings[kind] = compile_mapping(declaration, within)
        key = (*kind, batch.documents is not None)
        pending = self._pending.setdefault(key, _Pending(mapping))
        pending.add(file_id, batch)
        if pending.full:
            self._flush(self._pending.pop(key))

    def _bounded(self, file_id: int, batch: Batch) -> Batch:
        """A batch without its records that are too large, which are rejected."""
        kept = []
        for place, record in enumerate(batch.records):
            if len(record) <= _LARGEST:
                kept.append(place)
            else:
                reason = (
                    f"a record of {len(record)} bytes: more than {_LARGEST} are not looked into"
                )
                self.reject(file_id, Reject(batch.numbers[place], reason, bytes(record)))
        documents = batch.documents
        return replace(
            batch,
            numbers=[batch.numbers[place] for place in kept],
            records=[batch.records[place] for place in kept],
            documents=None if documents is None else [documents[place] for place in kept],
        )

    def reject(self, file_id: int, reject: Reject) -> None:
        """Keep a record that cannot become an event, with the reason and its bytes."""
        self.files[file_id].rejected += 1
        self.first_reject.setdefault(file_id, Reject(reject.record_no, reject.reason, b""))
        self._rejects.append((file_id, reject))
        self._reject_bytes += len(reject.data)
        if len(self._rejects) >= _SEGMENT_ROWS or self._reject_bytes >= _REJECT_BYTES:
            self._write_rejects()

    def flush(self) -> None:
        """Write everything that still waits."""
        # What is written may hand back records of other sources, which then wait in turn.
        while self._pending or self._running:
            for key in sorted(self._pending):
                if waiting := self._pending.pop(key, None):
                    self._flush(waiting)
            while self._running:
                self._collect()

    @property
    def sources(self) -> set[str]:
        """The sources of which records were written."""
        return {name for name, paths in self._written.items() if paths}

    def records(self) -> str:
        """The query of all records that were read, see `covering.records`."""
        self._write_rejects()
        events = [path for paths in self._written.values() for path in paths]
        rejects = [self._staging / one.name for one in self.segments if one.kind == "rejects"]
        return covering.records(events, rejects)

    def settle(self) -> None:
        """Find what was stored before, and make segments of the rest."""
        for source in sorted(self._written):
            self._settle(source, self._written[source])
        self._write_rejects()

    def close(self) -> None:
        """Stop what still runs, and release the engines."""
        if self._running:
            for one in self._writers:
                one.interrupt()
        self._pool.shutdown(cancel_futures=True)
        for one in self._writers:
            one.close()

    def _name(self, kind: str) -> str:
        count = sum(one.kind == kind for one in self.segments)
        return f"{kind}-{self._ingest:06d}-{count + 1:05d}.parquet"

    def _flush(self, pending: _Pending) -> None:
        while len(self._running) >= _WRITERS:
            self._collect()
        table = given(pending.files, pending.batch)
        path = self._staging / f"written-{self._started:06d}"
        self._started += 1
        future = self._pool.submit(self._store, pending.mapping, table, path)
        self._running.append((pending.mapping.declaration.name, future))

    def _store(self, mapping: Compiled, table: pa.Table, path: Path) -> Written:
        writer = self._idle.get()
        try:
            return writer.write(mapping, table, path, self._route)
        finally:
            self._idle.put(writer)

    def _collect(self) -> None:
        """Take what the oldest of the running writers has done."""
        source, future = self._running[0]
        found = future.result()
        self._running.popleft()
        self._written.setdefault(source, []).extend(found.paths)
        for file_id, reject in found.rejects:
            self.reject(file_id, reject)
        for one in found.moved:
            (name, within), record = one.kind, Batch([one.record_no], [one.raw], size=len(one.raw))
            record.documents = None if one.document is None else [one.document]
            self._wait_for(self._sources[name], within, one.file_id, record)

    def _settle(self, source: str, paths: list[Path]) -> None:
        """Take out what is no event of its own, count the rest, and make segments of it."""
        if not paths:
            return
        repeats = self._sources[source].repeats
        settling = Settling(self._engine, paths, repeats=repeats)
        for row in settling.timeless():
            reject = Reject(row["record_no"], why_timeless(row["raw"]), row["raw"].encode())
            self.reject(row["file_id"], reject)
        settling.find_repeated(self._earlier(source, settling.span))
        self._find_redated(source, settling)
        self._write_duplicates(source, settling)
        for path, query in settling.thinned():
            again = path.with_suffix(".again")
            copy(self._engine, query, again)
            again.replace(path)
        self._keep_events(source, paths, settling.counts(_iso(self._now)))

    def _earlier(self, source: str, span: tuple[datetime, datetime] | None) -> list[Path]:
        """Segments of the same source, of earlier ingests, that overlap in time."""
        if span is None:
            return []
        lo, hi = map(_iso, span)
        return [
            path
            for row, path in self._existing
            if row.source == source
            and row.first_time
            and row.first_time <= hi
            and (row.last_time or "") >= lo
        ]

    def _find_redated(self, source: str, settling: Settling) -> None:
        """Note lines whose year was told by their file, and by another file otherwise."""
        files = [one.file_id for one in self.files.values() if one.format == "syslog"]
        if not files or settling.span is None:
            return
        before, after = (settling.span[1] - HALF_A_YEAR, settling.span[0] + HALF_A_YEAR)
        earlier = [
            path
            for row, path in self._existing
            if row.source == source
            and row.first_time
            and (row.first_time < _iso(before) or (row.last_time or "") > _iso(after))
        ]
        if earlier or before > settling.span[0]:
            self.redated += settling.redated(files, earlier)

    def _write_duplicates(self, source: str, settling: Settling) -> None:
        for query in settling.repeated():
            self._copy("duplicates", source, query)
        for file_id, count in settling.repeated_counts().items():
            self.files[file_id].duplicate += count
        self.conflicting.update(settling.conflict_counts())

    def _keep_events(self, source: str, paths: list[Path], counts: list[Row]) -> None:
        """Make written files segments, but for those that have nothing left."""
        by_path: dict[str, list[Row]] = {}
        for row in counts:
            by_path.setdefault(row["filename"], []).append(row)
            file = self.files[row["file_id"]]
            file.stored += row["records"]
            file.events += row["events"]
            if source != file.source:
                self.others.setdefault(file.file_id, Counter())[source] += row["records"]
            if row["future"]:
                self.future[file.file_id] += row["future"]
            lo, hi = _iso(row["lo"]), _iso(row["hi"])
            file.first_time = min(file.first_time or lo, lo)
            file.last_time = max(file.last_time or hi, hi)
        segments = []
        for path in paths:
            rows = by_path.get(str(path))
            if rows is None:
                path.unlink()
                continue
            span = (min(_iso(row["lo"]) for row in rows), max(_iso(row["hi"]) for row in rows))
            kept = path.replace(path.with_name(self._name("events")))
            self._add(kept, "events", source, sum(row["events"] for row in rows), span)
            segments.append(kept)
        for kept, count in zip(segments, self._pool.map(self._write_names, segments), strict=True):
            names = kept.with_name(naming.beside(kept.name))
            self._add(names, naming.KIND, None, count, (None, None))

    def _write_names(self, segment: Path) -> int:
        writer = self._idle.get()
        try:
            return writer.write_names(segment)
        finally:
            self._idle.put(writer)

    def _copy(self, kind: str, source: str | None, query: str) -> None:
        """Write a query's rows as one segment, durably, and record its hash and span."""
        path = self._staging / self._name(kind)
        copy(self._engine, query, path)
        span = "min(time) AS lo, max(time) AS hi" if kind != "rejects" else "NULL AS lo, NULL AS hi"
        [meta] = self._engine.rows(" ".join(("SELECT count(*) AS n,", span, "FROM (", query, ")")))
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
        sha256, size = seal(path)
        self.segments.append(
            SegmentRow(path.name, self._ingest, kind, source, sha256, size, rows, *span)
        )


def _iso(moment: datetime) -> str:
    """An instant as sortable ISO 8601 text in UTC."""
    return moment.isoformat(timespec="microseconds")
