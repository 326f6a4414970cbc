"""What must come before, or may not: order, reach of the records, and whose it is."""

from __future__ import annotations

from typing import Any

from histories import History

from forensics.policy.predicates import preceded_by

LOOK: dict[str, Any] = {"event": "case.view", "by": "actor", "within": "1h"}


def story(minutes: float | None, *, since: float = -120, **look: Any) -> History:
    made = History(0)
    made.account("ann", "Ann", "personal")
    made.account("ann-admin", "Ann", "admin")
    made.account("bob", "Bob", "personal")
    made.event(since * 60, "other")
    made.event(600, "case.view", actor="bob.0")
    if minutes is not None:
        made.event(minutes * 60, "case.view", **{"actor": "ann-admin.0", "target": "x"} | look)
    made.event(0, "account.delete", act=True, actor="ann.0", target="x")
    return made


def test_the_same_person_by_any_account(answer: Any) -> None:
    assert answer(story(-5), "preceded_by", **LOOK)["value"] is True
    assert answer(story(-5, actor="bob.0"), "preceded_by", **LOOK)["value"] is False
    assert answer(story(-61), "preceded_by", **LOOK)["value"] is False
    found = answer(story(-5, actor="stranger"), "preceded_by", **LOOK)
    assert (found["value"], found["missing"]) == (
        None,
        ["whom or what a record of case.view concerns"],
    )


def test_one_clock_orders_what_two_do_not(answer: Any) -> None:
    assert answer(story(-0.05), "preceded_by", **LOOK)["value"] is True
    found = answer(story(-0.05, source="portal"), "preceded_by", **LOOK)
    assert (found["value"], found["missing"]) == (None, ["order of the act and case.view"])


def test_absence_needs_records_that_reach_back(answer: Any) -> None:
    assert answer(story(None), "preceded_by", **LOOK)["value"] is False
    found = answer(story(None, since=-30), "preceded_by", **LOOK)
    assert found["value"] is None
    assert found["missing"] == ["records of console from 1h before the act"]


def test_on_the_same_target_by_name_or_id(answer: Any) -> None:
    asked = LOOK | {"same": ["target"], "by": "anyone"}
    assert answer(story(-5, target="X"), "preceded_by", **asked)["value"] is True
    assert answer(story(-5, target=None, target_id="x"), "preceded_by", **asked)["value"] is True
    assert answer(story(-5, target="y"), "preceded_by", **asked)["value"] is False
    assert answer(story(-5, target=None), "preceded_by", **asked)["value"] is None


def test_faults_are_named_by_parameter() -> None:
    assert preceded_by.validate(LOOK) == {}
    assert sorted(preceded_by.validate({"by": "actor"})) == [""]
