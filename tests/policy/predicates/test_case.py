"""A case behind the act: whose, about whom, open when, and how its id is written."""

from __future__ import annotations

from typing import Any

import pytest
from histories import History

from forensics.policy.predicates import case

OPEN: dict[str, Any] = {"linked": True, "target_matches": True, "state_in": ["open", "escalated"]}


def story(*steps: tuple[float, str], **act: Any) -> History:
    """Steps of case C-1 about @x, in minutes, and an act by ann at noon."""
    made = History(0)
    made.account("ann", "Ann", "personal")
    made.account("ann-admin", "Ann", "admin")
    made.account("lead", "Lea", "personal")
    for minutes, step in steps:
        verb, _, who = step.partition(" ")
        made.event(
            minutes * 60,
            f"case.{verb}",
            actor=f"{who or 'lead'}.0",
            case_id="C-1",
            target="@x",
            target_id="id-x",
        )
    fields = {"case_id": "C-1", "target": "@X"} | act
    made.event(0, "account.suspend", actor="ann.0", act=True, **fields)
    return made


def test_an_open_case_about_the_target(answer: Any) -> None:
    found = answer(story((-20, "open"), (5, "close")), "case", **OPEN)
    assert found["value"] is True
    assert found["sentence"] == (
        "account.suspend on @X at 2017-11-02 12:00:00Z rests on case C-1 about @x, id-x, open since"
        " 2017-11-02 11:40:00Z, opened by lead.0 at 2017-11-02 11:40:00Z"
    )
    assert found["evidence"] == ["0-0"]


def test_a_case_of_another_target_does_not_cover_it(answer: Any) -> None:
    found = answer(story((-20, "open"), target="@y"), "case", **OPEN)
    assert found["value"] is False
    assert "it is about @x, id-x, not about @y" in found["sentence"]
    assert answer(story((-20, "open"), target=None), "case", **OPEN)["missing"] == [
        "targets of the act"
    ]


def test_an_old_case_used_again(answer: Any) -> None:
    found = answer(story((-9000, "open"), (-8000, "close")), "case", **OPEN)
    assert found["value"] is False
    assert "it was closed since 2017-10-27 22:40:00Z" in found["sentence"]
    anew = story((-9000, "open"), (-8000, "close"), (-5, "open"))
    assert answer(anew, "case", **OPEN)["value"] is True
    # What is opened anew minutes before is no old case.
    assert answer(anew, "case", opened_before="15m")["value"] is False
    assert answer(story((-9000, "open"), (-5, "open")), "case", opened_before="15m")["value"]


def test_opened_by_the_actor_minutes_before(answer: Any) -> None:
    asked = {"opened_by_other": True}
    found = answer(story((-3, "open ann-admin")), "case", **asked)
    assert found["value"] is False
    assert "the same person opened it, ann-admin.0 at" in found["sentence"]
    assert answer(story((-3, "open")), "case", **asked)["value"] is True
    assert answer(story((-3, "open ann-admin")), "case", opened_before="2m")["value"] is True
    stranger = answer(story((-3, "open stranger")), "case", **asked)
    assert stranger["missing"] == ["person behind account stranger.0"]


def test_a_case_opened_after_the_act(answer: Any) -> None:
    found = answer(story((5, "open")), "case", **OPEN)
    assert (found["value"], "it was opened later" in found["sentence"]) == (False, True)
    closed = answer(story((5, "close")), "case", state_in="open")
    assert closed["missing"] == ["state of case C-1 at the act"]


@pytest.mark.parametrize(("precision", "value"), [("ms", False), ("s", None)])
def test_ties_within_a_second(answer: Any, precision: str, value: bool | None) -> None:
    made = story((-20, "open"), (-0.25 / 60, "close"))
    for row in made.events:
        row["time_precision"] = precision
    found = answer(made, "case", **OPEN)
    assert found["value"] is value
    if value is None:
        assert found["missing"] == ["state of case C-1 at the act"]


def test_ids_in_free_text(answer: Any) -> None:
    for words in ({"case_id": "see C-1."}, {"case_id": None, "reason": "as agreed in c-1, 2nd"}):
        assert answer(story((-20, "open"), **words), "case", **OPEN)["value"] is True
    either = story((-20, "open"), case_id="C-1 or C-2")
    either.event(-600, "case.open", actor="lead.0", case_id="C-2", target="@y")
    assert answer(either, "case", **OPEN)["value"] is True


def test_no_case_and_a_case_nobody_knows(answer: Any) -> None:
    unknown = answer(story((-20, "open"), case_id="C-9"), "case", linked=True)
    assert (unknown["value"], unknown["missing"]) == (None, ["record of case C-9"])
    bare = story((-20, "open"), case_id=None)
    assert answer(bare, "case", linked=True)["missing"] == ["case of the act"]
    # What its source began to name only later, an act before it did not lack.
    bare.event(60, "account.suspend", case_id="C-1", target="@x")
    late = answer(bare, "case", linked=True)
    assert (late["value"], late["missing"]) == (None, ["case of the act"])
    bare.event(-60, "account.suspend", case_id="C-1", target="@x")
    found = answer(bare, "case", linked=True)
    assert found["value"] is False
    assert found["sentence"].endswith(
        "names no case; 2 of 3 records of account.suspend in console do, since 2017-11-02"
    )


def test_cases_of_two_tenants(answer: Any) -> None:
    made = story((-20, "open"), (-10, "close"), tenant="T1")
    for event in made.events[:2]:
        event["tenant"] = "T2"
    found = answer(made, "case", **OPEN)
    assert (found["value"], found["missing"]) == (None, ["record of case C-1"])
    made.event(-15 * 60, "case.open", actor="lead.0", case_id="c-1", target="@x", tenant="T1")
    assert answer(made, "case", **OPEN)["value"] is True


def test_one_case_for_many_targets(answer: Any) -> None:
    many = ["@x", "id-x", "@z", "id-z"]
    made = story((-20, "open"), targets=many)
    found = answer(made, "case", target_matches=True)
    assert (found["value"], found["missing"]) == (None, ["targets of the act"])
    made.events[0]["targets"] = [*many, "@w"]
    assert answer(made, "case", target_matches=True)["value"] is True


def test_faults_are_named_by_parameter() -> None:
    assert case.validate(OPEN | {"opened_before": "15m", "state_at": "execute"}) == {}
    wrong = {"linked": False, "state_at": "now", "state_in": [], "opened_before": "soon", "x": 1}
    assert sorted(case.validate(wrong)) == sorted(wrong)
    assert sorted(case.validate({"state_at": "execute"})) == [""]
