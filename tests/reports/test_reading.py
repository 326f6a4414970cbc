"""What renderings derive from a document is complete, ordered and short."""

from __future__ import annotations

from msgspec.structs import replace

from forensics.findings.document import Reconstruction
from forensics.reports import reading


def test_evidence_is_numbered_by_true_time(eleven_minutes: Reconstruction) -> None:
    refs = reading.references(eleven_minutes)
    assert [refs.label(item.event_uid) for item in refs.items] == [f"E{n}" for n in range(1, 15)]
    assert [item.earliest for item in refs.items] == sorted(item.earliest for item in refs.items)
    assert refs.label("f" * 32) == "f" * 8
    assert not refs.known("f" * 32)


def test_order_does_not_depend_on_the_order_given(eleven_minutes: Reconstruction) -> None:
    outage = eleven_minutes.outages[0]
    turned = replace(outage, around=outage.around[::-1])
    assert reading.evidence_of(turned) == reading.evidence_of(outage)


def test_ends_are_evidence_even_when_not_around(eleven_minutes: Reconstruction) -> None:
    outage = replace(eleven_minutes.outages[0], around=(), witnesses=())
    assert reading.evidence_of(outage) == [outage.started_by, outage.ended_by]


def test_both_beliefs_are_paired(eleven_minutes: Reconstruction) -> None:
    pairs = reading.judged(eleven_minutes.outages[0].verdicts)
    assert [pair.verdict.policy[:2] for pair in pairs] == ["P1", "P2", "P3", "P9"]
    assert [pair.agreed for pair in pairs] == [True, True, True, False]
    assert pairs[0].at_act is not None
    assert pairs[0].now is None
    assert pairs[3].at_act is None
    assert pairs[3].missing == ("queue membership of contractor-7 as of 2017-11-02",)
    assert len(pairs[0].sentences) == 1


def test_witnesses_are_evidence_but_only_approvals_surround(approved: Reconstruction) -> None:
    (outage,) = approved.outages
    everything = {item.event_uid for item in reading.evidence_of(outage)}
    assert {uid for probe in outage.probe for uid in probe.evidence} <= everything
    assert {uid for verdict in outage.verdicts for uid in verdict.evidence} <= everything
    surrounding = reading.surroundings(outage)
    assert surrounding[0].action == "approval.grant"
    assert "probe.observe" not in {item.action for item in surrounding}
    assert len(surrounding) == len(outage.around) + 2  # the restoration and the approval


def test_beliefs_are_the_same_whatever_their_words(eleven_minutes: Reconstruction) -> None:
    actor = eleven_minutes.outages[0].actor
    assert actor is not None
    assert actor.at_act.sentence != actor.now.sentence
    assert reading.same_belief(actor.at_act, actor.now)
    for changed in ({"last_working_day": "2017-11-03"}, {"zone": None}, {"source": "other.csv"}):
        assert not reading.same_belief(actor.at_act, replace(actor.now, **changed))


def test_numbers_in_a_row_are_told_as_a_range(eleven_minutes: Reconstruction) -> None:
    refs = reading.references(eleven_minutes)
    uids = [one.event_uid for one in refs.items[:6]]
    assert refs.labels([*uids[:4], uids[5], "f" * 32]) == "E1–E4, E6, ffffffff"
    assert refs.labels([uids[1], uids[0], uids[0]]) == "E2, E1"


def test_an_undecided_outage_is_summed_up(odd: dict[str, Reconstruction]) -> None:
    (outage,) = odd["hardly known"].outages
    text = " ".join(reading.summary(outage, "@headofstate", reading.References(())))
    assert "No record shows which act it was." in text
    assert "No end of the outage was seen in the data." in text
    assert "No policy was judged for it." in text


def test_summary_is_short_and_speaks_of_accounts(eleven_minutes: Reconstruction) -> None:
    text = " ".join(
        reading.summary(eleven_minutes.outages[0], eleven_minutes.target, reading.References(()))
    )
    assert len(text.split()) <= 200
    assert "11 min 0 s (bounds 10 min 59.999 s – 11 min 0.001 s)" in text
    assert "The account contractor-7 executed account.deactivate" in text
    assert "last working day, as known at the act and now." in text
    assert "2 violated, 1 complied with, 1 undecided" in text


def test_a_doubt_of_who_used_the_account_comes_first(
    eleven_minutes: Reconstruction, doubted: Reconstruction
) -> None:
    lines = reading.summary(doubted.outages[0], doubted.target, reading.References(()))
    assert "who used it is not established: the act came from device dev-x" in lines[1]
    text = " ".join(lines)
    assert "Employment of the holder of the account: last working day" in text
    assert "person behind" not in text
    assert len(text.split()) <= 200
    plain = " ".join(
        reading.summary(eleven_minutes.outages[0], eleven_minutes.target, reading.References(()))
    )
    assert "Employment of the person behind the account" in plain
    assert "not established" not in plain


def test_either_grade_or_words_carry_the_doubt(doubted: Reconstruction) -> None:
    actor = doubted.outages[0].actor
    assert actor is not None
    assert reading.doubted(replace(actor, grade="B"))
    assert reading.doubted(replace(actor, sentence="No list names it."))
    assert not reading.doubted(replace(actor, grade="B", sentence="The list names it."))


def test_control_gaps_only_from_violated_policies(eleven_minutes: Reconstruction) -> None:
    outage = eleven_minutes.outages[0]
    assert [gap[:2] for gap in reading.control_gaps(outage)] == ["P1", "P2"]
    unseen = replace(outage, started_by=None)
    assert reading.control_gaps(unseen) == []


def test_several_phases_are_undetermined() -> None:
    assert reading.phases(("last_day",)) == "last working day"
    assert reading.phases(("last_day", "notice")) == "last working day or in notice (undetermined)"
    assert reading.phases(()) == "not known"
