"""What a scan finds in each story, and what it must not find."""

from __future__ import annotations

from typing import Any

from forensics import policy
from forensics.findings.document import LEVELS

RESET = "21165417-8e99-4cae-a64e-ca0f0ab040a7"
"""The rule about password and second factor of one account."""


def _above_low(story: Any) -> list[Any]:
    return [one for one in story.scan.findings if LEVELS.index(one.level) > LEVELS.index("low")]


def test_every_verdict_is_the_true_one(story: Any) -> None:
    evaluation = policy.evaluate(story.case.facts.engine, story.case.facts.policies.policies)
    said = {
        (one.policy, one.event_uid): one for one in evaluation.verdicts if one.as_known == "at_act"
    }
    for truth in story.truth["verdicts"]:
        verdict = said.get((truth["policy"], story.uids[truth["event"]]))
        if truth["verdict"] == "out_of_scope":
            assert verdict is None
            continue
        assert verdict is not None, truth
        assert verdict.value == truth["verdict"], truth
        if truth["level"]:
            assert verdict.level == truth["level"]


def test_violations_are_found_one_each_and_no_others(story: Any) -> None:
    expected = {
        (one["policy"], story.uids[one["event"]], one["level"])
        for one in story.truth["verdicts"]
        if one["verdict"] == "violation"
    }
    found = [
        (one.rule, one.evidence[0].event_uid, one.level)
        for one in story.scan.findings
        if one.verdict == "violation"
    ]
    assert sorted(found) == sorted(expected)


def test_nobody_acted_after_access_ended(story: Any) -> None:
    assert story.truth["people"]["acts_after_access_end"] == 0
    assert not [
        one
        for one in story.scan.findings
        if one.rule == "P3-after-end" and one.verdict == "violation"
    ]


def test_findings_come_gravest_first(story: Any) -> None:
    ranks = [LEVELS.index(one.level) for one in story.scan.findings]
    assert ranks == sorted(ranks, reverse=True)
    assert len({one.id for one in story.scan.findings}) == len(story.scan.findings)


def test_every_finding_has_evidence_and_an_innocent_reading(story: Any) -> None:
    for one in story.scan.findings:
        assert one.evidence
        assert one.sentences
        assert one.counts
        assert one.innocent
        assert one.refutes


def test_eleven_minutes_both_policies_tell_of_the_act(eleven_minutes: Any) -> None:
    act = eleven_minutes.truth["act"]
    told = {one.rule: one for one in _above_low(eleven_minutes)}
    assert set(told) == {"P1-vip-two-person", "P2-departing-destructive"}
    for one in told.values():
        assert (one.actor, one.person, one.target) == (act["account"], act["person"], act["target"])
    own = {count.label: count for count in told["P1-vip-two-person"].counts}
    earlier = own["own acts of this kind before"]
    assert earlier.n == act["earlier_enforcements_on_protected_targets"]
    assert earlier.of > 100


def test_eleven_minutes_an_end_nobody_told_is_unknown_not_suspect(eleven_minutes: Any) -> None:
    (name,) = eleven_minutes.truth["people"]["end_unknown"]
    found = [one for one in eleven_minutes.scan.findings if one.actor == name]
    assert [(one.verdict, one.level) for one in found] == [("unknown", "low")]
    assert found[0].missing == (f"employment of {name}",)
    acts = eleven_minutes.truth["people"]["enforcements_by_end_unknown"]
    assert found[0].counts[-1].n >= acts


def test_approved_enforcement_yields_nothing_above_low(approved_enforcement: Any) -> None:
    assert _above_low(approved_enforcement) == []


def test_no_ordinary_act_is_doubted(eleven_minutes: Any, approved_enforcement: Any) -> None:
    assert eleven_minutes.case.facts.doubts == {}
    assert approved_enforcement.case.facts.doubts == {}


def test_stolen_session_only_the_stolen_session_is_doubted(stolen_session: Any) -> None:
    act, reading = stolen_session.truth["act"], stolen_session.truth["reading"]
    doubted = {stolen_session.uids[one] for one in (reading["session_opened"], act["id"])}
    assert set(stolen_session.case.facts.doubts) == doubted


def test_stolen_session_does_not_blame_the_leaver(stolen_session: Any) -> None:
    act = stolen_session.truth["act"]
    for one in stolen_session.scan.findings:
        assert one.person != act["account"]
    graves = _above_low(stolen_session)
    rules = ["P1-vip-two-person", RESET, "P4-case-and-queue"]
    assert sorted(one.rule for one in graves) == sorted(rules)
    # The reset was asked of the help desk; the account that was reset is its target, not its actor.
    (reset,) = [one for one in graves if one.rule == RESET]
    assert (reset.target, reset.actor == act["account"]) == ("contractor-7@vendor.example", False)
    for grave in graves:
        if grave is reset:
            continue
        assert (grave.actor, grave.person) == (act["account"], None)
        assert any("not established" in sentence for sentence in grave.sentences)


def test_stolen_session_the_departing_policy_is_unknown_and_says_what_is_missing(
    stolen_session: Any,
) -> None:
    uid = stolen_session.uids[stolen_session.truth["act"]["id"]]
    verdicts = {one.policy: one for one in stolen_session.outage.verdicts}
    assert verdicts["P1-vip-two-person"].value == "violation"
    departing = verdicts["P2-departing-destructive"]
    assert departing.value == "unknown"
    assert departing.missing == ("person who used account contractor-7",)
    reset = stolen_session.truth["reading"]["mfa_reset"]
    cited = {item.event_uid: item for item in stolen_session.outage.witnesses}
    assert reset in {cited[one].time for one in departing.evidence}
    assert uid not in departing.evidence


def test_stolen_session_the_reading_is_listed_with_what_speaks_for_it(
    stolen_session: Any,
) -> None:
    reading = stolen_session.truth["reading"]
    ledger = {one.id: one for one in stolen_session.outage.explanations}
    speaks = " ".join(ledger[reading["hypothesis"]].consistent)
    act = stolen_session.truth["act"]
    assert act["device"] in speaks
    assert act["ip"] in speaks
    assert f"{reading['mfa_reset']:%Y-%m-%d %H:%M:%S}" in speaks
    assert "another session of the account was open" in speaks
    assert not ledger[reading["hypothesis"]].inconsistent
    assert any(act["device"] in one for one in ledger["H2"].inconsistent)
