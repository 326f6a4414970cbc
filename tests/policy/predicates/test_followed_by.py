"""What must follow: pending until the deadline, then missing; and by whom it counts."""

from __future__ import annotations

from typing import Any

import pytest
from histories import History

from forensics.policy.predicates import followed_by

REVIEW: dict[str, Any] = {
    "event": "case.decide",
    "same": ["session.id"],
    "by": "other_person",
    "within": "24h",
}
HOUR = 3600


def story(hours: float | None = 1, *, until: float = 48, **review: Any) -> History:
    made = History(0)
    made.account("ann", "Ann", "personal")
    made.account("ann-admin", "Ann", "admin")
    made.account("bob", "Bob", "personal")
    made.event(0, "account.delete", act=True, actor="ann.0", session_id="s", target="x")
    made.event(-HOUR, "case.decide", actor="bob.0", session_id="other")
    if hours is not None:
        given = {"actor": "bob.0", "session_id": "s"} | review
        made.event(hours * HOUR, "case.decide", **given)
    made.event(until * HOUR, "other")
    return made


def test_a_review_by_another_in_time(answer: Any) -> None:
    found = answer(story(), "followed_by", **REVIEW)
    assert found["value"] is True
    assert found["sentence"] == "found: the case.decide by bob.0 at 2017-11-02 13:00:00Z"


def test_none_after_the_deadline_is_missing(answer: Any) -> None:
    found = answer(story(None), "followed_by", **REVIEW)
    assert found["value"] is False
    assert found["sentence"] == (
        "no case.decide by another person in the same session within 24h after account.delete on x"
        " at 2017-11-02 12:00:00Z; records of case.decide in this case: 1, since 2017-11-02"
        " (console)"
    )


def test_none_yet_is_pending(answer: Any) -> None:
    found = answer(story(None, until=20), "followed_by", **REVIEW)
    assert found["value"] is None
    assert found["missing"] == ["case.decide after the end of the records"]
    assert "yet; it is due 2017-11-03 12:00:00Z and the records end before" in found["sentence"]


@pytest.mark.parametrize(
    ("review", "value"),
    [
        ({"actor": "ann-admin.0"}, False),
        ({"outcome": "failure"}, False),
        ({"outcome": None}, None),
        ({"actor": "stranger"}, None),
        ({"actor": None}, None),
        ({"session_id": "other"}, False),
        ({"session_id": None}, None),
    ],
)
def test_which_reviews_count(answer: Any, review: dict[str, Any], value: bool | None) -> None:
    assert answer(story(**review), "followed_by", **REVIEW)["value"] is value


@pytest.mark.parametrize(
    ("review", "value"),
    [({}, None), ({"target": "X"}, True), ({"target": "ann.0"}, True), ({"case_id": "c-1"}, True)],
)
def test_the_id_of_a_session_alone_ties_no_two_sources(
    answer: Any, review: dict[str, Any], value: bool | None
) -> None:
    made = story(source="portal", **review)
    made.events[0] |= {"case_id": "C-1"}
    made.event(48 * HOUR, "other", source="portal")
    found = answer(made, "followed_by", **REVIEW)
    assert found["value"] is value
    if value is None:
        assert found["missing"] == ["whether the session of that id in portal is that of the act"]


def test_another_tenant_has_other_sessions(answer: Any) -> None:
    made = story(tenant="T2")
    assert answer(made, "followed_by", **REVIEW)["value"] is True
    made.events[0]["tenant"] = "T1"
    assert answer(made, "followed_by", **REVIEW)["value"] is False


def test_a_sentence_names_three_records_and_the_evidence_all(answer: Any) -> None:
    made = story()
    for hour in range(2, 6):
        made.event(hour * HOUR, "case.decide", actor="bob.0", session_id="s")
    found = answer(made, "followed_by", **REVIEW)
    assert found["sentence"].endswith("by bob.0 at 2017-11-02 15:00:00Z and 2 more")
    assert len(found["evidence"]) == 5


def test_a_source_that_never_records_it_cannot_show_its_absence(answer: Any) -> None:
    found = answer(story(None), "followed_by", **REVIEW | {"event": "case.close"})
    assert found["missing"] == ["a record of case.close"]


def test_faults_are_named_by_parameter() -> None:
    assert followed_by.validate(REVIEW) == {}
    faults = followed_by.validate(
        {"event": "case.decided", "same": ["session"], "by": "anybody", "within": 3, "after": 1}
    )
    assert sorted(faults) == ["after", "by", "event", "same", "within"]
    assert "Did you mean 'case.decide'?" in faults["event"]
    assert sorted(followed_by.validate({"event": "case.decide", "within": "1h"})) == ["same"]
