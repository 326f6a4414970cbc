"""What each item of evidence must say of each story, whose truth is known."""

from __future__ import annotations

from typing import Any

import pytest

from forensics.findings.explanation import ExplanationLedger, LedgerItem, OutageLedger

# Non-neutral marks; "?" is not known. E4 is in no sample: the console logs no warnings.
SAID = {
    "eleven-minutes": {
        "E1": {"H1": "C", "H3": "I", "H4": "C"},
        "E2": {"H1": "C", "H4": "C"},
        "E3": {},
        "E4": "?",
        "E5": {},
        "E6": {"H1": "weak I", "H2": "C", "H3": "C", "H4": "I"},
        "E7": {"H1": "C", "H2": "weak I", "H3": "I", "H4": "C"},
        "E8": {"H1": "C"},
        "E9": {},
        "E10": {},
        "E11": {},
        "E12": {},
        "E13": {"H3": "I"},
        "E14": {},
        "E15": {"H4": "I"},
        "E16": {},
        "E17": {"H5": "weak C"},
        "E18": {"H2": "weak C"},
    },
    "approved-enforcement": {
        "E1": {"H1": "C", "H3": "I", "H4": "C"},
        "E2": {"H1": "C", "H4": "C"},
        "E3": "?",
        "E4": "?",
        "E5": {},
        "E6": {"H1": "weak I", "H2": "C", "H3": "C", "H4": "I"},
        "E7": {"H1": "C", "H2": "weak I", "H3": "I", "H4": "C"},
        "E8": "?",
        "E9": {},
        "E10": {},
        "E11": {},
        "E12": {},
        "E13": "?",
        "E14": {},
        "E15": {"H2": "I", "H4": "C"},
        "E16": {},
        "E17": {},
        "E18": {},
    },
    "stolen-session": {
        "E1": {"H1": "I", "H3": "C", "H4": "weak I"},
        "E2": {"H1": "I", "H2": "C", "H3": "C", "H4": "I"},
        "E3": "?",
        "E4": "?",
        "E5": {"H1": "I", "H2": "C"},
        "E6": {"H1": "weak I", "H2": "C", "H3": "C", "H4": "I"},
        "E7": {},
        "E8": "?",
        "E9": {},
        "E10": {},
        "E11": {},
        "E12": {},
        "E13": {"H1": "I", "H2": "I", "H3": "C", "H4": "weak I", "H6": "weak C"},
        "E14": {"H1": "I", "H2": "I", "H3": "C", "H4": "I", "H6": "C"},
        "E15": {"H4": "I"},
        "E16": "?",
        "E17": {"H5": "weak C"},
        "E18": {"H2": "weak C"},
    },
}


@pytest.fixture(scope="session")
def explained(tell: dict[str, Any]) -> dict[str, ExplanationLedger]:
    """The ledger of every story."""
    return {name: told.case.explain("@headofstate") for name, told in tell.items()}


@pytest.fixture
def ledger(story: Any, explained: dict[str, ExplanationLedger]) -> OutageLedger:
    """The ledger of the one outage of each story in turn."""
    (only,) = explained[story.folder.name].outages
    return only


def _item(explained: dict[str, ExplanationLedger], story: str, item: str) -> LedgerItem:
    return next(one for one in explained[story].outages[0].items if one.id == item)


@pytest.mark.parametrize("item", [f"E{n}" for n in range(1, 19)])
@pytest.mark.parametrize("name", SAID)
def test_an_item_says_what_it_must(
    explained: dict[str, ExplanationLedger], name: str, item: str
) -> None:
    found = _item(explained, name, item)
    expected = SAID[name][item]
    if expected == "?":
        assert not found.known
        assert found.value.startswith("not known: the logs do not hold ")
        return
    assert found.known
    marks = {
        one.hypothesis: f"{'weak ' if one.weak else ''}{one.mark}"
        for one in found.bearings
        if one.mark != "n"
    }
    assert marks == expected


@pytest.mark.parametrize(
    ("name", "item", "told"),
    [
        ("eleven-minutes", "E1", "Case C-003514"),
        ("eleven-minutes", "E3", "72 s from opening to decision"),
        ("eleven-minutes", "E6", "0 of 40 earlier reports"),
        ("eleven-minutes", "E13", "551 of 551"),
        ("eleven-minutes", "E15", "No approval is recorded"),
        ("eleven-minutes", "E17", "so of 0 of 3 other such acts"),
        ("eleven-minutes", "E18", "signed off 4 min after the act"),
        ("approved-enforcement", "E15", "granted by lead-sf-1 as ts_lead at 2017-11-15 18:09:11Z"),
        ("approved-enforcement", "E18", "not the last working day"),
        ("stolen-session", "E2", "searched for"),
        ("stolen-session", "E13", "dev-unknown-1"),
        ("stolen-session", "E13", "autonomous system 64510"),
        ("stolen-session", "E13", "reset at 2017-11-02 21:38:12Z"),
        ("stolen-session", "E14", "open on device dev-107"),
    ],
)
def test_an_item_names_the_facts(
    explained: dict[str, ExplanationLedger], name: str, item: str, told: str
) -> None:
    assert told in _item(explained, name, item).value


def test_the_explanation_that_is_true_has_nothing_against_it_but_what_the_table_admits(
    explained: dict[str, ExplanationLedger],
) -> None:
    stolen = {one.id: one for one in explained["stolen-session"].outages[0].hypotheses}
    assert (stolen["H3"].inconsistent, stolen["H3"].weakly_inconsistent) == (0, 0)
    assert stolen["H1"].inconsistent and stolen["H2"].inconsistent and stolen["H4"].inconsistent
    # An approved act on a target that was never acted on before: E6 alone stands against it.
    approved = explained["approved-enforcement"].outages[0]
    against = [
        item.id
        for item in approved.items
        if any(one.hypothesis == "H4" and one.mark == "I" for one in item.bearings)
    ]
    assert against == ["E6"]


def test_mistake_and_intent_are_not_told_apart_by_the_public_story(
    explained: dict[str, ExplanationLedger],
) -> None:
    found = {one.id: one for one in explained["eleven-minutes"].outages[0].hypotheses}
    for key in ("H1", "H2"):
        assert found[key].inconsistent == 0


def test_the_order_is_fixed_and_nothing_is_a_number_of_belief(ledger: OutageLedger) -> None:
    assert [one.id for one in ledger.hypotheses] == ["H1", "H2", "H3", "H4", "H5", "H6"]
    assert not {"score", "rank", "probability"} & set(ledger.hypotheses[0].__struct_fields__)


def test_every_cited_record_is_carried_and_listed_by_the_items_query(
    story: Any, ledger: OutageLedger
) -> None:
    carried = {one.event_uid for one in ledger.cited}
    for item in ledger.items:
        assert set(item.evidence) <= carried
        listed = story.case.timeline_table(item.query).column("event_uid").to_pylist()
        assert set(item.evidence) <= set(listed), item.id


def test_the_last_day_is_marked_as_nearly_silent(ledger: OutageLedger) -> None:
    assert [one.id for one in ledger.items if one.nearly_silent] == ["E18"]
