"""Turning a table of records into one Parquet file of events; what cannot be mapped comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from forensics import event
from forensics.engine.duckdb import DuckDBEngine
from forensics.evidence.paths import path_literal
from forensics.sources.formats import Batch, Reject
from forensics.sources.mapping import Mapping
from forensics.sources.normalise import given, prepare
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
_EVENT_COLUMNS = ", ".join(column.name for column in event.COLUMNS)


def copy(engine: DuckDBEngine, query: str, path: Path) -> None:
    """Write a query's rows as one Parquet file."""
    engine.execute(
        f"COPY ({query}) TO {path_literal(path)} (FORMAT parquet, COMPRESSION zstd,"
        f" COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {_ROW_GROUP})"
    )


@dataclass
class Written:
    """The Parquet files that a table became, and its records that could not be mapped, by file."""

    paths: list[Path] = field(default_factory=list)
    rejects: list[tuple[int, Reject]] = field(default_factory=list)


class EventWriter:
    """Maps tables of records and writes them, in an engine of its own, on one thread at a time."""

    def __init__(self) -> None:
        # One thread: writers work side by side, and a small table gains nothing from more.
        self._engine = DuckDBEngine(threads=1)
        self._prepared: Mapping | None = None

    def write(self, mapping: Mapping, table: pa.Table, path: Path) -> Written:
        """Write the events of a table's records; `path` is that of the first file.

        Records are taken for sound JSON until the query breaks on one; then they are looked at
        one by one, and one that breaks it all the same is found by halving.
        """
        if self._prepared is not mapping:
            prepare(self._engine, mapping)
            self._prepared = mapping
        found = Written()
        self._store(mapping, table, path, found)
        self._engine.unregister("given")
        return found

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
            copy(self._engine, f"SELECT {_EVENT_COLUMNS} FROM ({mapping.sql})", path)
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
