"""Rows of an answer: plain Python values, whatever stands beside them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from forensics.engine.duckdb import DuckDBEngine

AT = datetime(2017, 11, 2, 22, 50, 3, 250_000, tzinfo=UTC)
STAMP = "TIMESTAMPTZ '2017-11-02 15:50:03.25-07'"


@pytest.mark.parametrize("beside", ["", f", {STAMP} AS t", f", [{STAMP}] AS t"])
def test_a_sum_is_an_integer_beside_an_instant_too(beside: str) -> None:
    row = {
        "n": 2**64,
        "none": None,
        "word": "a",
        "list": ["b", None],
        **({} if not beside else {"t": [AT] if "[" in beside else AT}),
    }
    asked = f"SELECT sum(x) AS n, sum(NULL::INT) AS none, 'a' AS word, ['b', NULL] AS list{beside}"
    (found,) = DuckDBEngine(threads=1).rows(
        f"{asked} FROM (VALUES ($half), ($half)) AS v(x)", {"half": 2**63}
    )
    assert found == row
    assert type(found["n"]) is int


def test_instants_are_in_utc_and_may_be_absent() -> None:
    found = DuckDBEngine(threads=1).rows(f"SELECT * FROM (VALUES ({STAMP}), (NULL)) AS v(t)")
    assert found == [{"t": AT}, {"t": None}]
    assert found[0]["t"].tzinfo is UTC
