"""Windows of change: time, approval and target, and what leaves them open."""

from __future__ import annotations

from typing import Any

import judged
import pytest
from judged import Judged, instant

from forensics.policy.predicates import change_window

HOUR = 3600


def ask(**change: Any) -> dict[str, Any]:
    made = Judged(0)
    act = {"actor": "ann", "target": "@x", "case_id": "CHG-1"}
    uid = made.event(0, "account.delete", act=True, **act)
    made.person(uid, "P1")
    for account, person in (("boss", "p2"), ("ann-admin", "p1")):
        made.accounts.append({"account": account, "person": person, "kind": "personal"})
    made.row("employment", person="p1", email="ann@platform.example", feed="hr", fact_no=1)
    row = {
        "change": "CHG-7", "approved": True, "approved_by": "boss", "target": None,
        "begin": -HOUR, "end": HOUR, "at": -2 * HOUR,
    } | change  # fmt: skip
    for name, at in (("starts", row.pop("begin")), ("ends", row.pop("end")),
                     ("approved", row.pop("at"))):  # fmt: skip
        row |= {f"{name}_at": instant(at), f"{name}_latest": instant(at)}
    made.row("change_windows", **row)
    return judged.answers(judged.engine([made]), "change_window", {})[uid, "at_act"]


def test_an_approved_change_covers_the_act() -> None:
    found = ask()
    assert found["value"] is True
    assert found["sentence"] == (
        "account.delete on @x at 2017-11-02 12:00:00Z lies in the window of change CHG-7"
        " (approved by boss, 2017-11-02 11:00:00Z to 2017-11-02 13:00:00Z)"
    )


@pytest.mark.parametrize(
    ("change", "value", "words"),
    [
        ({"end": -60}, False, "no approved change covers"),
        ({"end": 2}, None, "exact time of the act and of change CHG-7"),
        ({"approved": False}, False, "it was not approved before the act"),
        ({"at": HOUR}, False, "it was not approved before the act"),
        ({"at": 1}, None, "when change CHG-7 was approved"),
        ({"at": None}, None, "when change CHG-7 was approved"),
        ({"approved": None}, None, "when change CHG-7 was approved"),
        ({"approved_by": "ANN"}, False, "the actor approved it"),
        ({"approved_by": "p1"}, False, "the actor approved it"),
        ({"approved_by": "Ann-Admin"}, False, "the actor approved it"),
        ({"approved_by": "ann@platform.example"}, False, "the actor approved it"),
        ({"approved_by": "stranger"}, None, "person behind account stranger"),
        ({"approved_by": "p2"}, True, "approved by p2"),
        ({"approved_by": None}, True, "change CHG-7 (approved,"),
        ({"target": "@X"}, True, "on @X"),
        ({"target": "@y"}, False, "it is for another target"),
        ({"target": "@y", "change": "chg-1"}, True, "change chg-1"),
    ],
)
def test_what_counts(change: dict[str, Any], value: bool | None, words: str) -> None:
    found = ask(**change)
    assert found["value"] is value
    assert words in found["sentence"] or words in found["missing"]


def test_faults_are_named_by_parameter() -> None:
    assert change_window.validate({"approved": True, "covers": "execute"}) == {}
    faults = change_window.validate({"approved": "yes", "covers": "effect", "window": "1h"})
    assert sorted(faults) == ["approved", "covers", "window"]
