"""Reason codes: allowed by the type of the case, and beside words where they must be."""

from __future__ import annotations

from typing import Any

import casebook
from casebook import Casebook
from histories import values

from forensics.policy.predicates import reason_code

BY_TYPE: dict[str, Any] = {
    "in_allowed_for": "case.type",
    "allowed": {"abuse": ["spam", "hate", "other"], "appeal": ["granted", "other"]},
    "needs_text": ["other"],
}


def ask(made: Casebook, **params: Any) -> dict[str, Any]:
    return values(casebook.engine([made]), "reason_code", params)[made.acts[-1]]


def story(code: str | None, type: str | None = "abuse", **act: Any) -> Casebook:
    """An act with a code on a case of that type, as the records of the case say."""
    made = Casebook(0)
    raw = "{}" if type is None else f'{{"case": {{"type": "{type}"}}}}'
    made.event(-60, "case.open", case_id="C-1", raw=raw)
    made.event(0, "account.suspend", act=True, **({"case_id": "C-1", "reason_code": code} | act))
    return made


def test_the_type_of_the_case_decides() -> None:
    found = ask(story("SPAM"), **BY_TYPE)
    assert found["value"] is True
    assert (
        "gives the reason code spam for case C-1 of type abuse, which is allowed"
        in (found["sentence"])
    )
    assert ask(story("spam", "Appeal"), **BY_TYPE)["value"] is False
    assert ask(story("spam", "audit"), **BY_TYPE)["missing"] == [
        "reason codes allowed for cases of type audit"
    ]


def test_a_type_that_is_not_known_matters_only_where_types_differ() -> None:
    assert ask(story("spam", None), **BY_TYPE)["missing"] == ["type of case C-1"]
    assert ask(story("fun", None), **BY_TYPE)["value"] is False
    assert ask(story("other", None, reason="so"), **BY_TYPE)["value"] is True
    assert ask(story("spam", case_id=None), **BY_TYPE)["missing"] == ["case of the act"]


def test_other_needs_words() -> None:
    assert ask(story("other", reason="sold account"), **BY_TYPE)["value"] is True
    found = ask(story("other", reason=" "), **BY_TYPE)
    assert found["value"] is False
    assert found["sentence"].endswith("which needs a reason in words, and gives none")
    assert ask(story("other"), **BY_TYPE)["missing"] == ["stated reason of the act"]


def test_no_code() -> None:
    made = story(None)
    assert ask(made, allowed="spam")["missing"] == ["reason code of the act"]
    made.event(60, "account.suspend", reason_code="spam")
    assert ask(made, allowed="spam")["value"] is None
    made.event(-60, "account.suspend", reason_code="spam")
    assert ask(made, allowed="spam")["value"] is False
    assert ask(story("spam"), allowed=["spam"])["value"] is True
    assert ask(story("hate"), allowed=["spam"])["value"] is False


def test_faults_are_named_by_parameter() -> None:
    assert reason_code.validate(BY_TYPE) == {}
    assert reason_code.validate({"allowed": ["spam"]}) == {}
    assert sorted(reason_code.validate({"in_allowed_for": "x"})) == ["", "in_allowed_for"]
    wrong: list[Any] = [{}, [], {"abuse": []}, 3]
    for allowed in wrong:
        assert sorted(reason_code.validate({"allowed": allowed})) == ["allowed"]
    listed = {"allowed": ["spam"], "in_allowed_for": "case.type", "needs_text": []}
    assert sorted(reason_code.validate(listed)) == ["allowed", "needs_text"]
