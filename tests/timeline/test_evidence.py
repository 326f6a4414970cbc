from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from forensics.errors import UsageError
from forensics.timeline import clocks
from forensics.timeline.evidence import evidence, named

T0 = datetime(2017, 11, 2, 22, 50, 3, 412_000, tzinfo=UTC)
ACT = {
    "time": T0,
    "actor": "contractor-7",
    "action": "account.deactivate",
    "operation": "account_deactivated",
    "case_id": "C-881",
    "reason_code": "impersonation",
    "record_no": 12,
}


def test_an_event_is_traced_to_its_file_and_bounded(load: Any) -> None:
    engine = load([ACT, {"time": T0, "file_id": 2, "action": None, "outcome": None}])
    files = pa.table({"file_id": [1], "path": ["console.jsonl.gz"], "sha256": ["ab12"]})
    engine.register("files", files)
    clocks.register(engine, {"console": 5})
    found = evidence(engine, ["u1", "u0", "u0", "nobody"])
    assert list(found) == ["u0", "u1"]
    act = found["u0"]
    assert (act.file, act.file_sha256, act.record_no) == ("console.jsonl.gz", "ab12", 12)
    assert act.earliest == T0 - timedelta(seconds=5)
    assert act.latest == T0 + timedelta(seconds=5, milliseconds=1)
    assert act.sentence == (
        "contractor-7 did account_deactivated on @headofstate: success, case C-881, "
        "reason impersonation."
    )
    other = found["u1"]
    assert (other.file, other.action, other.outcome) == ("", "other", "unknown")
    assert other.sentence == "An unnamed account did other on @headofstate: unknown."


def test_no_uids_are_no_evidence(load: Any) -> None:
    assert evidence(load([ACT]), []) == {}


def test_events_may_be_named_by_the_beginning_of_their_ids(load: Any) -> None:
    engine = load([ACT, ACT])
    clocks.register(engine, {})
    assert {name: one.event_uid for name, one in named(engine, ["u1", "x"]).items()} == {"u1": "u1"}
    with pytest.raises(UsageError, match="Several events begin with 'u'"):
        named(engine, ["u"])
