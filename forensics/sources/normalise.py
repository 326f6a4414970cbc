"""Running a mapping over a handful of records, for examples, tests and previews."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa

from forensics.engine import Row
from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import DeclarationError, ForensicsError, InputError
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
    (rows,) = normalise_each(declaration, [data])
    if isinstance(rows, ForensicsError):
        raise rows
    return rows


def normalise_each(
    declaration: Declaration, files: Sequence[bytes]
) -> list[list[Row] | ForensicsError]:
    """The events of several small files, each as `normalise` gives them, or what is wrong with it.

    Files whose records are carried alike are read by one query: planning it is what takes time.
    """
    wrong: dict[int, ForensicsError] = {}
    alike: dict[tuple[str, ...], list[tuple[int, Batch]]] = defaultdict(list)
    for number, data in enumerate(files):
        try:
            within, batches = _split(declaration, data)
        except ForensicsError as error:
            wrong[number] = error
        else:
            alike[within] += [(number, batch) for batch in batches]
    found: list[list[Row]] = [[] for _ in files]
    for within, numbered in alike.items():
        for row in _mapped(declaration, within, numbered):
            found[row["file_id"]].append(row)
    return [wrong.get(number, rows) for number, rows in enumerate(found)]


def _split(declaration: Declaration, data: bytes) -> tuple[tuple[str, ...], list[Batch]]:
    container = detect(data)
    if container is None:
        raise InputError(f"This is {NEITHER}.")
    batches = list(container.split(io.BytesIO(data), Hints(declaration.embedded)))
    for reject in (reject for batch in batches for reject in batch.rejects):
        raise InputError(reject.reason, place=f"record {reject.record_no}")
    return within_of(declaration, batches[0]) if batches else (), batches


def _mapped(
    declaration: Declaration, within: tuple[str, ...], batches: Sequence[tuple[int, Batch]]
) -> list[Row]:
    engine = DuckDBEngine(threads=1)
    mapping = compile_mapping(declaration, within)
    try:
        prepare(engine, mapping)
        tables = [given([number] * len(batch.numbers), batch) for number, batch in batches]
        engine.register("given", pa.concat_tables(tables))
        rows = engine.rows(mapping.sql)
    finally:
        engine.close()
    return sorted(rows, key=lambda row: (row["file_id"], row["record_no"], row["event_no"]))
