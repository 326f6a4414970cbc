"""E16: another identity, or an effect hours later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

NOON = datetime(2017, 11, 2, 12, tzinfo=UTC)


def test_decided_and_executed_at_once(small: Any, ask: Any, marks: Any) -> None:
    small.did(-1, "decision_recorded", on="@protected")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E16")
    assert "The same account executed it 60 s after it was begun" in item.value
    assert marks(item) == {}


def test_decided_by_another(small: Any, ask: Any, marks: Any) -> None:
    small.did(-5, "decision_recorded", on="@protected", login="lead")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E16")
    assert "by another account, lead" in item.value
    assert marks(item) == {"H5": "C", "H6": "weak C"}


def test_begun_hours_before(small: Any, ask: Any, marks: Any) -> None:
    small.did(-240, "decision_recorded", on="@protected")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E16")
    assert "4.0 h after it was begun" in item.value
    assert marks(item)["H5"] == "C"


def test_only_the_execution_is_recorded(small: Any, ask: Any) -> None:
    small.did(-5, "decision_recorded", on="@else", case={"id": "C-2", "type": "user_report"})
    small.did(0, "account_deactivated", on="@protected")
    assert not ask("E16").known


def test_another_account_repeated_it_before_the_effect(small: Any, ask: Any, marks: Any) -> None:
    first = small.did(0, "account_deactivated", on="@protected")
    again = small.did(299.5, "account_deactivated", on="@protected", login="lead")
    rows = ["checked_at,target,url,http_status,state,latency_ms,probe"]
    for minute in range(-10, 320):
        at = (NOON + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")
        state = "404,not_found" if minute >= 300 else "200,active"
        rows.append(f"{at},@protected,http://x,{state},100,probe-1")
    small.files["status_probe.csv"] = "\n".join([*rows, ""])
    item = ask("E16")
    assert "went down 5.0 h or more after the act, or by a later act" in item.value
    assert "another account: lead at 2017-11-02 16:59:30Z" in item.value
    assert "not established" in item.value
    assert len(item.evidence) == len({first, again})
    assert marks(item) == {"H5": "C", "H6": "weak C"}
