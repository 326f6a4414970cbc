"""Running a mapping over a handful of records, for examples, tests and previews."""

from __future__ import annotations

import io
from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa

from forensics.engine import Row
from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import DeclarationError, InputError
from forensics.sources.declaration import Declaration
from forensics.sources.formats import NEITHER, Batch, Hints, detect
from forensics.sources.mapping import MACROS, Mapping, compile_mapping
from forensics.sources.recognise import decode, recognise

# Records of a small file that are looked at to see what carries them.
_SAMPLE = 25


def prepare(engine: DuckDBEngine, mapping: Mapping) -> None:
    """Make the macros and the `action_map` relation of a mapping available, and try it on nothing.

    Raises `DeclarationError` when its SQL names a function or a type that does not exist.
    """
    for macro in MACROS:
        engine.execute(macro)
    columns = (("operation", "VARCHAR"), ("action", "VARCHAR"))
    rows = [{"operation": operation, "action": verb} for operation, verb in mapping.action_map]
    engine.register_rows("action_map", columns, rows)
    engine.register("given", given([], Batch()))
    try:
        engine.table(mapping.sql)
    except duckdb.Error as error:
        raise DeclarationError(
            f"its SQL cannot be run: {str(error).splitlines()[0]}",
            place=f"source {mapping.declaration.name}",
            remedy="See docs/reference.",
        ) from error


def _texts(records: Sequence[bytes]) -> pa.Array:
    """Records, known to be UTF-8, as one Arrow array: one copy of the bytes, no object a record."""
    lengths = np.fromiter(map(len, records), dtype=np.int64, count=len(records))
    offsets = np.zeros(len(records) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(records))]
    return pa.Array.from_buffers(pa.large_string(), len(records), buffers)


def _integers(numbers: Sequence[int]) -> pa.Array:
    data = pa.py_buffer(np.array(numbers, dtype=np.int64))
    return pa.Array.from_buffers(pa.int64(), len(numbers), [None, data])


def given(file_ids: Sequence[int], batch: Batch) -> pa.Table:
    """A batch as the relation a mapping reads; `file_ids` has one id a record.

    Arrays are made from buffers because pyarrow loads pandas to convert a Python list.
    """
    raw = _texts(batch.records)
    doc = raw if batch.documents is None else _texts(batch.documents)
    columns = [_integers(file_ids), _integers(batch.numbers), raw, doc]
    return pa.Table.from_arrays(columns, names=["file_id", "record_no", "raw", "doc"])


def within_of(declaration: Declaration, batch: Batch) -> tuple[str, ...]:
    """The paths under which a batch carries its records, when it is of that source."""
    documents = decode((batch.documents or batch.records)[:_SAMPLE])
    return recognise(documents, {declaration.name: declaration}).within


def normalise(declaration: Declaration, data: bytes) -> list[Row]:
    """The events of a small file's bytes, as rows in file order; rejects are errors here."""
    container = detect(data)
    if container is None:
        raise InputError(f"This is {NEITHER}.")
    engine = DuckDBEngine(threads=1)
    rows: list[Row] = []
    prepared: tuple[str, ...] | None = None
    try:
        for batch in container.split(io.BytesIO(data), Hints(declaration.embedded)):
            if prepared is None:
                prepared = within_of(declaration, batch)
                mapping = compile_mapping(declaration, prepared)
                prepare(engine, mapping)
            for reject in batch.rejects:
                raise InputError(reject.reason, place=f"record {reject.record_no}")
            engine.register("given", given([0] * len(batch.numbers), batch))
            rows += engine.rows(mapping.sql)
    finally:
        engine.close()
    return sorted(rows, key=lambda row: (row["record_no"], row["event_no"]))
