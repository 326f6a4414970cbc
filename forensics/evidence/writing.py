"""Turning a table of records into one Parquet file of events; what cannot be mapped comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from forensics import event
from forensics.engine.duckdb import DuckDBEngine
from forensics.evidence import naming
from forensics.evidence.paths import path_literal
from forensics.sources.formats import Batch, Reject
from forensics.sources.mapping import Mapping
from forensics.sources.normalise import given, prepare
from forensics.sources.routing import Kind
from forensics.sources.soundness import mended_json, why_not_json

# ~20 k rows a group is a third cheaper than the default with raw in the row.
_ROW_GROUP = 20_480
_DATA_FAULTS = (
    duckdb.InvalidInputException,
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
    # A time zone that there is not.
    duckdb.NotImplementedException,
    # DuckDB quotes the record in its error, cut off at some byte, which may lie in a character.
    UnicodeDecodeError,
)
_PLACE = (("file_id", "BIGINT"), ("record_no", "BIGINT"))
_EVENT_COLUMNS = ", ".join(column.name for column in event.COLUMNS)

_MAPPED = f"SELECT {_EVENT_COLUMNS}, fits, {naming.PLACE} FROM ({{}})"


def copy(engine: DuckDBEngine, query: str, path: Path, rows: int = _ROW_GROUP) -> None:
    """Write a query's rows as one Parquet file, so many rows a group."""
    # Encodings of version 2 are as many bytes and a fifth cheaper to read.
    engine.execute(
        f"COPY ({query}) TO {path_literal(path)} (FORMAT parquet, PARQUET_VERSION V2,"
        f" COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {rows})"
    )


Route = Callable[[bytes], Kind | None]
"""Which known source, if any, a record is of that does not fit the one it was read as."""


@dataclass(frozen=True)
class Moved:
    """A record of another source than that of its file."""

    kind: Kind
    file_id: int
    record_no: int
    raw: bytes
    document: bytes | None


@dataclass
class Written:
    """The Parquet files that a table became, and what of it did not become events there.

    `rejects` could not be mapped, by file; `moved` are of other sources.
    """

    paths: list[Path] = field(default_factory=list)
    rejects: list[tuple[int, Reject]] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)


class EventWriter:
    """Maps tables of records and writes them, in an engine of its own, on one thread at a time."""

    def __init__(self) -> None:
        # One thread: writers work side by side, and a small table gains nothing from more.
        self._engine = DuckDBEngine(threads=1)
        self._prepared: Mapping | None = None

    def write(
        self, mapping: Mapping, table: pa.Table, path: Path, route: Route | None = None
    ) -> Written:
        """Write the events of a table's records; `path` is that of the first file.

        With `route`, records that do not fit the mapping's source and are of another known one
        are handed back instead.

        Records are taken for sound JSON until the query breaks on one; then they are looked at
        one by one, and one that breaks it all the same is found by halving.
        """
        if self._prepared is not mapping:
            prepare(self._engine, mapping)
            self._prepared = mapping
        found = Written()
        self._store(mapping, table, path, found)
        if route is not None:
            self._reroute(mapping, table, found, route)
        self._engine.unregister("given")
        return found

    def write_names(self, segment: Path) -> int:
        """Write the file of names that belongs to a segment of events; how many rows it has."""
        path = segment.with_name(naming.beside(segment.name))
        copy(self._engine, naming.query(segment), path, naming.ROWS)
        return int(pq.read_metadata(str(path)).num_rows)

    def interrupt(self) -> None:
        """Stop what is being written, from another thread."""
        self._engine.interrupt()

    def close(self) -> None:
        """Release the engine."""
        self._engine.close()

    def _store(
        self, mapping: Mapping, table: pa.Table, first: Path, found: Written, *, sound: bool = False
    ) -> None:
        if not table.num_rows:
            return
        self._engine.register("given", table)
        path = first.with_name(f"{first.name}-{len(found.paths)}")
        try:
            copy(self._engine, _MAPPED.format(mapping.sql), path)
        except _DATA_FAULTS as error:
            path.unlink(missing_ok=True)
            if not sound:
                for part in self._sound(table, found):
                    self._store(mapping, part, first, found, sound=True)
            elif table.num_rows == 1:
                _reject(found, table, f"cannot be mapped: {str(error).splitlines()[0]}")
            else:
                half = table.num_rows // 2
                self._store(mapping, table.slice(0, half), first, found, sound=True)
                self._store(mapping, table.slice(half), first, found, sound=True)
        else:
            found.paths.append(path)

    def _reroute(self, mapping: Mapping, table: pa.Table, found: Written, route: Route) -> None:
        """Take out the records that are of another source; most often there is none."""
        own = (mapping.declaration.name, mapping.within)
        engine = self._engine
        engine.register("given", table)
        for path in tuple(found.paths):
            events = f"read_parquet({path_literal(path)})"
            engine.keep("odd", f"SELECT DISTINCT file_id, record_no FROM {events} WHERE NOT fits")
            if not engine.rows("SELECT 1 AS one FROM odd LIMIT 1"):
                continue
            moved: list[Moved] = []
            for row in engine.rows(
                "SELECT given.* FROM given SEMI JOIN odd USING (file_id, record_no)"
                " ORDER BY file_id, record_no"
            ):
                raw, document = row["raw"].encode(), row["doc"].encode()
                kind = route(document)
                if kind is not None and kind != own:
                    apart = None if document == raw else document
                    moved.append(Moved(kind, row["file_id"], row["record_no"], raw, apart))
            if moved:
                gone = [{"file_id": one.file_id, "record_no": one.record_no} for one in moved]
                engine.register_rows("odd", _PLACE, gone)
                self._keep_rest(path, found)
                found.moved += moved

    def _keep_rest(self, path: Path, found: Written) -> None:
        """Write a file again without the records of `odd`, or drop it when nothing is left."""
        rest = f"FROM read_parquet({path_literal(path)}) ANTI JOIN odd USING (file_id, record_no)"
        if not self._engine.rows(f"SELECT 1 AS one {rest} LIMIT 1"):
            path.unlink()
            found.paths.remove(path)
            return
        again = path.with_suffix(".again")
        copy(self._engine, f"SELECT * {rest}", again)
        again.replace(path)

    def _sound(self, table: pa.Table, found: Written) -> tuple[pa.Table, pa.Table]:
        """The records that are JSON, and those that are once mended; the others are rejected."""
        good = self._engine.table("SELECT coalesce(json_valid(doc), false) AS ok FROM given")["ok"]
        documents: list[bytes] = []
        mended, ids = Batch(documents=documents), []
        for position in (n for n, fine in enumerate(good.to_pylist()) if not fine):
            row = table.slice(position, 1)
            document = row["doc"][0].as_py().encode()
            fixed = mended_json(document)
            if fixed is None:
                _reject(found, row, why_not_json(document))
                continue
            ids.append(row["file_id"][0].as_py())
            mended.numbers.append(row["record_no"][0].as_py())
            mended.records.append(row["raw"][0].as_py().encode())
            documents.append(fixed)
        return table.filter(good), given(ids, mended)


def _reject(found: Written, table: pa.Table, reason: str) -> None:
    row = table.slice(0, 1).to_pylist()[0]
    data = row["raw"].encode()
    found.rejects.append((row["file_id"], Reject(row["record_no"], reason, data)))
