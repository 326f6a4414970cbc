from __future__ import annotations

from typing import Any

import pytest

from forensics.errors import UsageError
from forensics.timeline.model import TargetHistory
from forensics.timeline.outage import reconstruct

Row = dict[str, Any]


def act(minute: int, verb: str, tenant: str | None, **more: Any) -> Row:
    return {
        "event_uid": f"{tenant}.{verb}@{minute}",
        "time": f"2017-11-02T22:{minute:02d}:00+00:00",
        "action": f"account.{verb}",
        "tenant": tenant,
        "target": "worker",
        "target_id": f"{tenant}/worker" if tenant else None,
        **more,
    }


def check(minute: int, up: bool, tenant: str | None = None) -> Row:
    state = "active" if up else "unavailable"
    return act(minute, "observe", tenant, action="probe.observe", asserted_state=state) | {
        "event_uid": f"probe@{minute}",
        "source": "probe",
        "target_id": None,
    }


TWO = [
    act(1, "update", "A"),
    act(2, "delete", "A"),
    act(3, "suspend", "A", outcome="pending"),
    act(20, "create", "B"),
    act(30, "suspend", "B"),
    act(40, "unsuspend", "B"),
]


def history(load: Any, rows: list[Row], target: str, tenant: str | None = None) -> TargetHistory:
    return reconstruct(load(rows), target, {}, tenant=tenant)


def ends(found: TargetHistory) -> list[tuple[str | None, str | None]]:
    return [(one.started_by_uid, one.ended_by_uid) for one in found.outages]


def test_one_name_in_two_tenants_asks_which(load: Any) -> None:
    with pytest.raises(UsageError, match="2 tenants: A, B") as raised:
        history(load, TWO, "Worker")
    assert raised.value.remedy == "Choose one with --tenant NAME."


@pytest.mark.parametrize("asked", ["A", "a", " a "])
def test_a_tenant_parts_the_accounts(load: Any, asked: str) -> None:
    found = history(load, TWO, "worker", asked)
    assert found.aliases == ("A/worker", "worker")
    assert ends(found) == [("A.delete@2", None)]
    assert found.undecided == ("A.suspend@3",)
    other = history(load, TWO, "worker", "B")
    assert other.aliases == ("B/worker", "worker")
    assert ends(other) == [("B.suspend@30", "B.unsuspend@40")]
    assert other.undecided == ()
    assert "Only records of the tenant B, or of none, are counted." in other.limits


def test_a_name_of_one_tenant_brings_in_no_other(load: Any) -> None:
    found = history(load, TWO, "B/worker")
    assert found.aliases == ("B/worker", "worker")
    assert ends(found) == [("B.suspend@30", "B.unsuspend@40")]


def test_another_tenant_than_the_records_know(load: Any) -> None:
    with pytest.raises(UsageError, match="in the tenant 'C'") as raised:
        history(load, TWO, "worker", "C")
    assert raised.value.remedy == "It is recorded in: A, B."


def test_a_record_without_a_tenant_is_of_any(load: Any) -> None:
    rows = [*TWO, check(1, True), check(3, False), check(50, True), act(9, "restore", None)]
    found = history(load, rows, "worker", "A")
    assert ends(found) == [("A.delete@2", "None.restore@9")]
    (reading,) = found.outages[0].probe
    assert (reading.agrees, reading.down_checks) == ("confirms", 1)


def test_a_check_of_another_tenant_is_no_witness(load: Any) -> None:
    rows = [act(2, "delete", "A"), act(9, "restore", "A"), check(5, True, "B")]
    with pytest.raises(UsageError):
        history(load, rows, "worker")
    (outage,) = history(load, rows, "worker", "A").outages
    assert outage.probe == ()


def test_a_name_that_only_checks_know_has_the_tenants_of_the_account(load: Any) -> None:
    page = check(4, False) | {"target": "page-1", "target_id": "worker"}
    with pytest.raises(UsageError, match="A, B"):
        history(load, [*TWO, page], "page-1")
    assert ends(history(load, [*TWO, page], "page-1", "A")) == [("A.delete@2", None)]


def test_other_acts_do_not_make_a_tenant_a_choice(load: Any) -> None:
    rows = [act(2, "delete", "A"), act(4, "update", "B"), act(9, "restore", "A")]
    found = history(load, rows, "worker")
    assert ends(found) == [("A.delete@2", "A.restore@9")]
    assert found.aliases == ("A/worker", "worker")
