"""The time between the first look and the act, and when nobody can have looked."""

from __future__ import annotations

from typing import Any

from histories import DAY, History

from forensics.policy.predicates import dwell

LONG: dict[str, Any] = {"from": "case.opened_by_actor", "to": "execute", "at_least": "20s"}


def story(
    seconds: float | None, *, opened: bool = True, viewed: bool = True, **look: Any
) -> History:
    """Ann looked at case C-1 so long before she acted on it at noon."""
    made = History(0)
    made.account("ann", "Ann", "personal")
    made.account("ann-admin", "Ann", "admin")
    made.account("bob", "Bob", "personal")
    if viewed:
        made.event(-DAY, "case.view", actor="bob.0", case_id="C-0", target="@w")
    if opened:
        made.event(-3600, "case.open", actor="bob.0", case_id="C-1", target="@x")
    made.event(-3000, "case.view", actor="bob.0", case_id="C-1", target="@x")
    if seconds is not None:
        fields = {"actor": "ann.0", "case_id": "c-1", "target": "@x"} | look
        made.event(-seconds, "case.view", **fields)
    made.event(0, "account.delete", act=True, actor="ann.0", case_id="C-1", target="@x")
    return made


def test_long_enough(answer: Any) -> None:
    found = answer(story(82), "dwell", **LONG)
    assert found["value"] is True
    assert found["sentence"] == (
        "at least 20s passed from case.view by ann.0 at 2017-11-02 11:58:38Z to account.delete on"
        " @x at 2017-11-02 12:00:00Z"
    )
    assert answer(story(82, actor="ann-admin.0", case_id=None), "dwell", **LONG)["value"] is True


def test_too_short(answer: Any) -> None:
    found = answer(story(5), "dwell", **LONG)
    assert found["value"] is False
    assert found["sentence"].startswith("less than 00:00:05.001 passed from case.view by ann.0")
    assert answer(story(82, target="@y", case_id="C-2"), "dwell", **LONG)["value"] is False
    assert answer(story(82, outcome="denied"), "dwell", **LONG)["value"] is False


def test_never_looked_at(answer: Any) -> None:
    found = answer(story(None), "dwell", **LONG)
    assert found["value"] is False
    assert found["sentence"].startswith("ann.0 did not look at case C-1 before account.delete")
    # Views that are recorded only after the opening leave the time before open.
    late = answer(story(None, viewed=False), "dwell", **LONG)
    assert late["value"] is None
    assert late["missing"] == [
        "records of case.view in console from before the opening of case C-1"
    ]
    # Where the opening is not on record, she may have looked before the records begin.
    unopened = answer(story(None, opened=False), "dwell", **LONG)
    assert (unopened["value"], unopened["missing"]) == (None, ["opening of case C-1"])


def test_what_clocks_and_names_leave_open(answer: Any) -> None:
    found = answer(story(20, source="portal"), "dwell", **LONG)
    assert found["missing"] == [
        "exact time between the act and case.view by ann.0 at 2017-11-02 11:59:40Z"
    ]
    assert answer(story(82, actor="stranger"), "dwell", **LONG)["missing"] == [
        "person behind account stranger"
    ]


def test_faults_are_named_by_parameter() -> None:
    assert dwell.validate(LONG) == {}
    assert sorted(dwell.validate({"from": "x", "to": "y"})) == ["", "from", "to"]
    assert sorted(dwell.validate({"at_least": 20, "most": "1m"})) == ["at_least", "most"]
