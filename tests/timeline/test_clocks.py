from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from forensics.timeline import clocks, order

T0 = datetime(2017, 11, 2, 22, 0, tzinfo=UTC)


def requests(offsets: list[float]) -> list[dict[str, Any]]:
    """One request a minute, recorded by `a` so many seconds after `b`."""
    rows: list[dict[str, Any]] = []
    for number, offset in enumerate(offsets):
        time = T0 + timedelta(minutes=number)
        request = {"request_id": f"r{number}", "target": None}
        rows.append({"time": time + timedelta(seconds=offset), "source": "a", **request})
        rows.append({"time": time, "source": "b", **request})
    return rows


def test_a_constant_difference_is_measured(load: Any) -> None:
    engine = load(requests([6.5, 7.0, 8.5]))
    order.register(engine, {})
    (reading,) = clocks.measure(engine)
    assert (reading.first, reading.second, reading.anchors) == ("a", "b", 3)
    assert reading.verdict == "consistent"
    assert (reading.low_s, reading.high_s) == (8.5 - 2 - 0.001, 6.5 + 2 + 0.001)
    assert set(reading.evidence) == {"u4", "u5", "u0", "u1"}


def test_a_jump_refutes_one_constant_difference(load: Any) -> None:
    engine = load(requests([0, 0, 90]))
    order.register(engine, {})
    (reading,) = clocks.measure(engine)
    assert reading.verdict == "refuted"
    assert (reading.low_s, reading.high_s) == (-2.001, 92.001)


def test_without_a_common_request_nothing_is_measured(load: Any) -> None:
    rows = requests([7])
    rows[1]["request_id"] = "other"
    engine = load(rows)
    order.register(engine, {})
    (reading,) = clocks.measure(engine)
    assert (reading.verdict, reading.anchors, reading.low_s) == ("no anchors", 0, None)


def test_clocks_that_certainly_differ_are_trusted_less(load: Any) -> None:
    engine = load(requests([7, 7]))
    clocks.register(engine, {"a": 1, "b": 1})
    rows = {row["source"]: row for row in engine.rows("SELECT * FROM clocks")}
    assert {row["basis"] for row in rows.values()} == {"measured"}
    assert rows["a"]["offset_low_s"] == -1
    assert rows["a"]["offset_high_s"] == 7 + 2 + 0.001 + 1
    assert rows["b"]["offset_low_s"] == -(7 + 2 + 0.001 + 1)
    assert rows["b"]["offset_high_s"] == 1


def test_clocks_that_may_agree_keep_their_tolerances(load: Any) -> None:
    engine = load(requests([1, 1.5]))
    clocks.register(engine, {"a": 1, "b": 1})
    assert {row["basis"] for row in engine.rows("SELECT * FROM clocks")} == {"declared"}
