"""Table rows as JSON texts in which no character can act on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pyarrow as pa

from forensics.reports.columns import times_as_text
from forensics.reports.escaping import json_text

_BATCH_ROWS = 10_000


def json_rows(table: pa.Table) -> Iterator[bytes]:
    """Each row as one JSON object on one line: NULL as null, lists as arrays, times as text."""
    encoder = msgspec.json.Encoder()
    for batch in table.to_batches(max_chunksize=_BATCH_ROWS):
        for row in times_as_text(pa.Table.from_batches([batch])).to_pylist():
            yield json_text(encoder.encode(row).decode()).encode()
