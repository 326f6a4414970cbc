"""Kinds of values that CSV has no form for are written as text, not refused."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pyarrow as pa

from forensics.reports import table_format


def test_durations_and_bytes_become_text() -> None:
    table = pa.table(
        {
            "lag": pa.array([timedelta(minutes=11), None], pa.duration("us")),
            "bytes": pa.array([b"=cmd\xff", None], pa.binary()),
        }
    )
    stream = BytesIO()
    table_format("csv").write(table, stream)
    assert stream.getvalue() == b'"lag","bytes"\n"0:11:00","\'=cmd\\xff"\n,\n'
