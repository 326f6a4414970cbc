"""E17: a control that was off or absent for everyone."""

from __future__ import annotations

from typing import Any


def test_absent_for_others_too(small: Any, ask: Any, marks: Any) -> None:
    small.files["protected_targets.csv"] += "@also,vip,2017-01-01T00:00:00Z,\n"
    small.did(-900, "account_suspended", on="@also", login="lead")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E17")
    assert "so of 1 of 1 other such acts on protected targets" in item.value
    assert len(item.evidence) == 1
    assert marks(item) == {"H5": "C"}


def test_held_for_others(small: Any, ask: Any, marks: Any) -> None:
    small.files["protected_targets.csv"] += "@also,vip,2017-01-01T00:00:00Z,\n"
    given = {"id": "ap-2", "for_action": "account_suspended", "role": "ts_lead"}
    small.did(-910, "approval_granted", on="@also", login="lead", approval=given)
    small.did(-900, "account_suspended", on="@also")
    small.did(-800, "account_suspended", on="@also", result="denied", error="approval_missing")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E17")
    assert (
        "so of 0 of 1 other such acts on protected targets; 1 of 2 tries were refused" in item.value
    )
    assert marks(item) == {"H5": "weak C"}


def test_not_tested_where_a_second_person_granted_it(small: Any, ask: Any, marks: Any) -> None:
    small.approval(-10)
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E17")
    assert "not tested" in item.value
    assert marks(item) == {}


def test_not_due_before_the_target_was_protected(small: Any, ask: Any, marks: Any) -> None:
    small.files["protected_targets.csv"] = (
        "target,tier,valid_from,valid_to\n@protected,vip,2017-12-01T00:00:00Z,\n"
    )
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E17")
    assert "no control was due" in item.value
    assert marks(item) == {}


def test_not_known_without_a_list_of_protected_targets(small: Any, ask: Any) -> None:
    del small.files["protected_targets.csv"]
    small.did(0, "account_deactivated", on="@protected")
    assert not ask("E17").known
