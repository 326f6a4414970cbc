"""Parquet: exact values and types, for DuckDB, pandas and Spark."""

from __future__ import annotations

from typing import BinaryIO

import pyarrow as pa
from pyarrow import parquet

_ROW_GROUP = 122_880
_REMARKS = b"remarks"


def write(table: pa.Table, stream: BinaryIO) -> None:
    """Write the table; how its rows were batched in memory leaves no trace in the bytes.

    Of what stands beside its columns only `remarks` is kept.
    """
    remarks = (table.schema.metadata or {}).get(_REMARKS)
    plain = table.replace_schema_metadata({_REMARKS: remarks} if remarks else None).combine_chunks()
    parquet.write_table(plain, stream, compression="zstd", row_group_size=_ROW_GROUP)
