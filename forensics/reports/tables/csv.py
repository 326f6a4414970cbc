"""CSV for spreadsheets: UTF-8, header, LF, NULL as an empty cell, no live formula or escape."""

from __future__ import annotations

from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from forensics.reports.columns import nested_as_text, rest_as_text, times_as_text
from forensics.reports.escaping import FORMULA_START, LIVE_CHARACTERS, csv_cell

_HOSTILE = f"^[{FORMULA_START}]|{LIVE_CHARACTERS}"


def write(table: pa.Table, stream: BinaryIO) -> None:
    """Write the table; text is shown safely, so use JSON Lines or Parquet for exact values."""
    options = csv.WriteOptions(quoting_style="needed", batch_size=4096)
    csv.write_csv(_safe(rest_as_text(nested_as_text(times_as_text(table)))), stream, options)


def _safe(table: pa.Table) -> pa.Table:
    for index, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            text = table.column(index).combine_chunks()
            hostile = pc.fill_null(pc.match_substring_regex(text, _HOSTILE), False)
            cells = [csv_cell(value) for value in text.filter(hostile).to_pylist()]
            safe = pc.replace_with_mask(text, hostile, pa.array(cells, field.type))
            table = table.set_column(index, field, safe)
    return table
