"""JSON Lines: one object a row, exact values."""

from __future__ import annotations

from typing import BinaryIO

import pyarrow as pa

from forensics.reports.rows import json_rows


def write(table: pa.Table, stream: BinaryIO) -> None:
    """Write one object a line; NULL is null, so every row has every column."""
    stream.writelines(row + b"\n" for row in json_rows(table))
