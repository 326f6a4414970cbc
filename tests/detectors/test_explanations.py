"""The explanations beside an outage: the findings of the ledger, arranged under each."""

from __future__ import annotations

from typing import Any

SPEAKS = ("H1", "H2", "H3", "H4", "H5", "H6")


def _listed(case: Any) -> dict[str, Any]:
    (outage,) = case.outage("@protected").outages
    assert [one.id for one in outage.explanations] == list(SPEAKS)
    return {one.id: one for one in outage.explanations}


def _reported(small: Any, minutes: float = -30) -> None:
    for step, more in (("case_opened", {}), ("case_assigned", {"assignee": {"login": "worker"}})):
        small.did(minutes, step, login="intake", on="@protected", session=None, **more)


def test_what_fewest_explanations_share_stands_first(small: Any, unjudged: Any) -> None:
    small.approval(-10)
    _reported(small)
    small.did(0, "account_deactivated", on="@protected")
    first, *others = _listed(unjudged(small.case()))["H4"].consistent
    assert "approval is on file" in first
    assert any("had been assigned to this account" in one for one in others)


def test_the_last_day_stands_last(small: Any, unjudged: Any) -> None:
    small.employ("worker", "2017-11-02")
    for minutes in (-300, -200):
        small.did(minutes, "profile_viewed", on="@protected", case=None)
    small.did(0, "account_deactivated", on="@protected")
    consistent = _listed(unjudged(small.case()))["H2"].consistent
    assert len(consistent) > 1
    assert "says little" in consistent[-1]


def test_a_finding_stands_under_what_it_marks_and_nowhere_else(small: Any, unjudged: Any) -> None:
    _reported(small)
    small.did(0, "account_deactivated", on="@protected")
    case = unjudged(small.case())
    listed = {one.id: one for one in case.outage("@protected").outages[0].explanations}
    for item in case.explain("@protected").outages[0].items:
        for one in item.bearings:
            held = listed[one.hypothesis]
            assert (item.value in held.consistent) == (one.mark == "C")
            assert (item.value in held.inconsistent) == (one.mark == "I")


def test_what_is_not_known_stands_under_none(small: Any, unjudged: Any) -> None:
    small.did(0, "account_deactivated", on="@protected")
    for one in _listed(unjudged(small.case())).values():
        assert not any("not known" in text for text in (*one.consistent, *one.inconsistent))


def test_the_counts_are_those_of_the_items(small: Any, unjudged: Any) -> None:
    _reported(small)
    small.did(0, "account_deactivated", on="@protected")
    (ledger,) = unjudged(small.case()).explain("@protected").outages
    assert [one.id for one in ledger.hypotheses] == list(SPEAKS)
    for one in ledger.hypotheses:
        counted = (
            one.inconsistent + one.weakly_inconsistent + one.consistent + one.weakly_consistent
            + one.neutral + one.not_known
        )  # fmt: skip
        assert counted == len(ledger.items) == 18
        assert one.not_known == len(ledger.missing)
