"""Parquet files as rows of JSON: a row has no text of its own, so its JSON stands for it."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import msgspec
import pyarrow as pa

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

MAGIC = b"PAR1"
# Rows rendered at a time; a row group may hold a million.
_ROWS = 2_000
_SAMPLE = 25
ERRORS = (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError)
"""What reading a file that is damaged or encrypted raises."""


def seekable(stream: BinaryIO) -> BinaryIO:
    """The stream itself, or a temporary file of all it gives: Parquet is read from its end."""
    if stream.seekable():
        return stream
    copy = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - lives as long as the stream
    shutil.copyfileobj(stream, copy, 1024 * 1024)
    copy.seek(0)
    return copy


def opened(stream: BinaryIO) -> ParquetFile:
    """A seekable stream as a Parquet file; raises one of `ERRORS` when its footer is damaged."""
    from pyarrow.parquet import ParquetFile

    stream.seek(0)
    return ParquetFile(stream, pre_buffer=False)


def first_rows(stream: BinaryIO) -> bytes:
    """A small Parquet file of the first rows of one; raises as `opened` does."""
    from pyarrow.parquet import write_table

    small = io.BytesIO()
    file = opened(stream)
    batches = file.iter_batches(batch_size=_SAMPLE)
    write_table(pa.Table.from_batches([*islice(batches, 1)], file.schema_arrow), small)
    return small.getvalue()


def rows(file: ParquetFile, group: int) -> Iterator[list[bytes]]:
    """The rows of a row group as JSON, some at a time.

    Instants are ISO text in UTC, wall-clock times the same without a zone; decimals are text with
    all their digits, bytes are base64, maps are objects.
    """
    for batch in file.iter_batches(batch_size=_ROWS, row_groups=[group]):
        columns = [_readable(column) for column in batch.columns]
        names = batch.schema.names
        yield [
            msgspec.json.encode(dict(zip(names, values, strict=True)))
            for values in zip(*columns, strict=True)
        ]


def _readable(column: pa.Array) -> list[Any]:
    """The values of a column as Python's, times as text."""
    column = column.cast(_changed(column.type, _in_utc))
    column = column.cast(_changed(column.type, _as_text))
    try:
        return cast("list[Any]", column.to_pylist(maps_as_pydicts="strict"))
    except UnicodeDecodeError:
        values = column.cast(pa.large_binary()).to_pylist()
        return [one and one.decode("utf-8", "backslashreplace") for one in values]
    except (KeyError, ValueError):
        # A map that has a key twice: pairs, so that none is lost.
        return cast("list[Any]", column.to_pylist())


def _in_utc(kind: pa.DataType) -> pa.DataType:
    zoned = pa.types.is_timestamp(kind) and kind.tz is not None
    return pa.timestamp(kind.unit, "UTC") if zoned else kind


def _as_text(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        return pa.string()
    return pa.int64() if pa.types.is_duration(kind) else kind


def _changed(kind: pa.DataType, change: Callable[[pa.DataType], pa.DataType]) -> pa.DataType:
    """A type with its innermost types changed."""
    types = pa.types
    if types.is_struct(kind):
        return pa.struct([pa.field(one.name, _changed(one.type, change)) for one in kind])
    if types.is_map(kind):
        return pa.map_(_changed(kind.key_type, change), _changed(kind.item_type, change))
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return pa.large_list(_changed(kind.value_type, change))
    if types.is_dictionary(kind):
        return _changed(kind.value_type, change)
    return change(kind)
