"""An hour that comes twice: sequence numbers tell which, and only where they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from forensics.engine.duckdb import DuckDBEngine
from forensics.timeline import folds


def _row(sequence: int, time: str, basis: str = "ambiguous", **more: Any) -> dict[str, Any]:
    stamp = f"2017-11-05T{time}:00+00:00"
    return {"sequence": sequence, "time": stamp, "time_basis": basis, **more}


@pytest.fixture
def read(load: Callable[..., DuckDBEngine]) -> Callable[..., list[tuple[str, str]]]:
    def dated(*rows: dict[str, Any]) -> list[tuple[str, str]]:
        engine = load(rows)
        folds.register(engine)
        found = engine.rows("SELECT time, time_basis FROM dated_events ORDER BY sequence")
        return [(f"{row['time']:%H:%M}", row["time_basis"]) for row in found]

    return dated


def test_the_earlier_reading_where_a_later_record_reads_earlier(read: Any) -> None:
    """01:50, then 01:01: the clocks were set back between them."""
    assert read(_row(1, "09:50"), _row(2, "09:01")) == [("08:50", "assumed"), ("09:01", "assumed")]


def test_what_fits_both_readings_stays_open(read: Any) -> None:
    rows = [_row(1, "07:59", "assumed"), _row(2, "09:30"), _row(3, "10:05", "assumed")]
    assert read(*rows)[1] == ("09:30", "ambiguous")


def test_numbers_of_another_tenant_say_nothing(read: Any) -> None:
    found = read(_row(1, "09:50", tenant="a"), _row(2, "09:01", tenant="b"))
    assert [basis for _, basis in found] == ["ambiguous", "ambiguous"]


def test_without_numbers_nothing_is_told(read: Any) -> None:
    found = read(_row(1, "09:50") | {"sequence": None}, _row(2, "09:01") | {"sequence": None})
    assert sorted(found) == [("09:01", "ambiguous"), ("09:50", "ambiguous")]
