"""Break-glass: declared, reasoned, in an open session, and reviewed by somebody else in time."""

from __future__ import annotations

from typing import Any

from histories import DAY, History

from forensics.policy.predicates import break_glass

FULL: dict[str, Any] = {
    "session": "open",
    "reason": "required",
    "review_within": "24h",
    "review": "case.decide",
}


def story(*, review: str | None = "bob", until: float = 2, **act: Any) -> History:
    made = History(0)
    made.account("ann", "Ann", "personal")
    made.account("bob", "Bob", "personal")
    made.account("glass", "Ann", "break_glass")
    made.event(-DAY, "case.decide", actor="bob.0", session_id="old", reason="routine")
    if review:
        made.event(600, "case.decide", actor=f"{review}.0", session_id="s")
    made.event(until * DAY, "other")
    given = {"actor": "glass.0", "session_id": "s", "reason": "console down", "target": "x"}
    made.event(0, "account.delete", act=True, **given | act)
    return made


def test_all_on_record(answer: Any) -> None:
    found = answer(story(), "break_glass", **FULL)
    assert found["value"] is True
    assert found["sentence"] == (
        "declared an emergency by the break-glass account glass.0; a reason is given; review:"
        " found: the case.decide by bob.0 at 2017-11-02 12:10:00Z"
    )


def test_no_review_yet_is_pending_and_none_in_time_is_not(answer: Any) -> None:
    found = answer(story(review=None, until=0.5), "break_glass", **FULL)
    assert (found["value"], found["missing"]) == (
        None,
        ["case.decide after the end of the records"],
    )
    assert answer(story(review=None), "break_glass", **FULL)["value"] is False
    # The account is Ann's, and her own review is none.
    assert answer(story(review="ann"), "break_glass", **FULL)["value"] is False


def test_an_ordinary_account_needs_an_override_in_its_session(answer: Any) -> None:
    assert answer(story(actor="ann.0"), "break_glass", **FULL)["value"] is False
    declared = story(actor="ann.0", reason=None)
    declared.event(-60, "policy.override", actor="ann.0", session_id="s", reason="fire")
    assert answer(declared, "break_glass", **FULL)["value"] is True


def test_an_override_in_a_session_of_the_same_id_elsewhere_declares_nothing(answer: Any) -> None:
    for other, value in (
        ({"source": "portal"}, False),
        ({"tenant": "T2"}, False),
        ({"actor": "bob.0"}, False),
        ({"actor": "stranger"}, None),
    ):
        declared = story(actor="ann.0", reason=None)
        given = {"actor": "ann.0", "session_id": "s", "reason": "fire"} | other
        declared.event(-60, "policy.override", **given)
        assert answer(declared, "break_glass", **FULL)["value"] is value, other


def test_reason_and_session(answer: Any) -> None:
    assert answer(story(reason=None), "break_glass", **FULL)["value"] is False
    silent = answer(story(reason=None, source="portal"), "break_glass", **FULL)
    assert "reason of the act" in silent["missing"]
    over = story()
    over.event(-60, "session.end", session_id="s")
    assert answer(over, "break_glass", **FULL)["value"] is False
    lost = answer(story(session_id=None), "break_glass", session="open", reason="required")
    assert lost["missing"] == ["session of the act"]


def test_faults_are_named_by_parameter() -> None:
    assert break_glass.validate(FULL) == {}
    assert (
        break_glass.validate({"session": "open", "reason": "required", "review_within": "24h"})
        == {}
    )
    faults = break_glass.validate({"session": "any", "reason": "given", "review": "case.decide"})
    assert sorted(faults) == ["reason", "review", "session"]
