"""JSON: one array document, one object a row, exact values."""

from __future__ import annotations

from typing import BinaryIO

import pyarrow as pa

from forensics.reports.rows import json_rows


def write(table: pa.Table, stream: BinaryIO) -> None:
    """Write one array with a row a line; an empty table is an empty array."""
    separator = b"[\n"
    for row in json_rows(table):
        stream.write(separator + row)
        separator = b",\n"
    stream.write(b"[]\n" if separator == b"[\n" else b"\n]\n")
