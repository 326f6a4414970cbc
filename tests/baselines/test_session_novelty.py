"""Acts from a device new to a known account: counted by hand, and in a case of many acts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from forensics import event
from forensics.baselines import session_novelty
from forensics.engine.duckdb import DuckDBEngine

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
COLUMNS = ("event_uid", "time", "actor", "device_id", "src_ip", "session_id", "action", "target")


def doubts(rows: list[dict[str, Any]], acts: set[str]) -> list[dict[str, Any]]:
    engine = DuckDBEngine(threads=1, memory_limit="300MiB")
    schema = pa.schema(
        [
            (name, pa.timestamp("us", "UTC") if name == "time" else pa.string())
            for name in COLUMNS
            if name in event.BY_NAME
        ]
    )
    events = [{name: row.get(name) for name in COLUMNS} for row in rows]
    engine.register("events", pa.Table.from_pylist(events, schema=schema))
    kept = [row for row in events if row["event_uid"] in acts]
    engine.register("acts", pa.Table.from_pylist(kept, schema=schema))
    session_novelty.register(engine)
    return engine.rows("SELECT * FROM act_doubts")


def used(number: int, minutes: float, device: str, address: str, **more: Any) -> dict[str, Any]:
    time = START + timedelta(minutes=minutes)
    told = {"event_uid": f"e{number:06d}", "time": time, "actor": "Lead-2", "session_id": device}
    return {**told, "device_id": device, "src_ip": address, "action": "account.view", **more}


def known(count: int) -> list[dict[str, Any]]:
    """A week of events from two devices in turn, of one address."""
    return [used(n, -10_000 + n, f"own-{n % 2}", "10.0.0.1") for n in range(count)]


def test_a_new_device_at_a_new_address_is_doubtful_once_the_account_is_known() -> None:
    act = used(500, 0, "new", "192.0.2.9", actor="lead-2")
    (found,) = doubts([*known(20), act], {"e000500"})
    assert found["event_uid"] == "e000500"
    assert "20 earlier events came from 2 other devices" in found["sentence"]
    assert "its address 192.0.2.9 was new too" in found["sentence"]
    assert doubts([*known(19), act], {"e000500"}) == []
    assert doubts([*known(20), act | {"src_ip": "10.0.0.1"}], {"e000500"}) == []
    first = used(499, -1441, "new", "192.0.2.9")
    assert doubts([*known(20), first, act], {"e000500"}) == []


def test_a_reset_factor_is_as_good_as_a_new_address() -> None:
    act = used(500, 0, "new", "10.0.0.1")
    reset = {
        "event_uid": "reset", "time": START - timedelta(hours=2), "actor": "helpdesk-1",
        "action": "credential.mfa_reset", "target": "lead-2@example.com",
    }  # fmt: skip
    (found,) = doubts([*known(25), reset, act], {"e000500"})
    assert found["evidence"] == ["reset"]
    other = used(600, 5, "own-1", "10.0.0.1")
    spanning = used(601, -5, "own-1", "10.0.0.1")
    (found,) = doubts([*known(25), reset, act, other, spanning], {"e000500"})
    assert "another session of the account was open on device own-1" in found["sentence"]


def test_many_acts_of_one_account_take_no_more_room_than_its_events() -> None:
    many = [used(n, n / 10, f"d-{n // 100}", f"10.0.{n // 100}.1") for n in range(20_000)]
    found = doubts(many, {row["event_uid"] for row in many})
    assert len(found) == 20_000 - 100
