"""The order of a timeline: established by bounds, numbers or causes, or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from forensics.timeline import clocks, query, succession
from forensics.timeline.query import TimelineQuery

T0 = datetime(2024, 3, 5, 12, 10, tzinfo=UTC)


def row(seconds: float, source: str, **more: Any) -> dict[str, Any]:
    return {"time": T0 + timedelta(seconds=seconds), "source": source, "action": "other", **more}


def order(load: Any, *rows: dict[str, Any]) -> list[str | None]:
    engine = load(rows)
    clocks.register(engine, {"console": 5, "sso": 5})
    found = succession.marked(engine, query.run(engine, TimelineQuery()))
    known: list[str | None] = found.column(succession.COLUMN).to_pylist()
    return known


def test_bounds_that_overlap_in_two_logs_establish_no_order(load: Any) -> None:
    found = order(load, row(0, "console"), row(3, "sso"), row(20, "console"))
    assert found == [None, "not established", "after"]


def test_numbers_of_one_tenant_decide_and_not_of_two(load: Any) -> None:
    alike = [row(0, "console", sequence=n, tenant="a", event_uid=f"u{n}") for n in (1, 2)]
    assert order(load, *alike) == [None, "after"]
    other = [row(0, "console", sequence=n, tenant=f"t{n}", event_uid=f"u{n}") for n in (1, 2)]
    assert order(load, *other) == [None, "not established"]
    back = [row(at, "console", sequence=n, tenant="a") for n, at in ((2, 0), (1, 1))]
    assert order(load, *back) == [None, "before"]


def test_what_begins_a_session_comes_before_its_use(load: Any) -> None:
    session = {"session_id": "session-1"}
    begun = row(0, "sso", action="session.start", **session)
    assert order(load, begun, row(1, "console", **session)) == [None, "after"]
    assert order(load, begun, row(1, "console")) == [None, "not established"]


def test_an_event_without_a_time_has_no_order(load: Any) -> None:
    assert order(load, row(0, "console"), row(1, "sso") | {"time": None}) == [None, None]
