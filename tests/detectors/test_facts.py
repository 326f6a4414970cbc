"""A case prepared for questions: its relations, doubts, coverage and custody."""

from __future__ import annotations

from typing import Any

from forensics.detectors.custody import coverage_file
from forensics.detectors.facts import stable_id
from forensics.evidence.catalog import FileRow


def test_relations_are_there_only_where_the_case_can_tell(small: Any) -> None:
    small.did(0, "account_suspended")
    whole = set(small.case().facts.engine.relations())
    assert {"employment", "accounts", "protected_targets", "approvals", "cases"} <= whole
    assert {"acts", "act_people", "act_doubts", "clocks", "timed_events"} <= whole
    for name in ("employees.csv", "accounts.csv", "protected_targets.csv"):
        del small.files[name]
    bare = set(small.case().facts.engine.relations())
    assert not {"employment", "accounts", "protected_targets"} & bare
    assert {"acts", "act_people", "act_doubts"} <= bare


def test_acts_are_what_is_judged_and_nothing_else(small: Any) -> None:
    small.did(0, "profile_viewed")
    small.did(1, "account_suspended")
    small.did(2, "note_added")
    small.approval(3)
    rows = small.case().facts.engine.rows("SELECT action FROM acts ORDER BY time")
    assert [row["action"] for row in rows] == ["account.suspend", "approval.grant"]


def test_every_act_has_both_beliefs(small: Any) -> None:
    small.did(0, "account_suspended")
    small.did(1, "account_suspended", login="stranger")
    rows = small.case().facts.engine.rows(
        "SELECT event_uid, list_sort(list(belief)) AS beliefs FROM act_people GROUP BY 1"
    )
    assert [row["beliefs"] for row in rows] == [["at_act", "now"]] * 2


def test_an_account_of_few_events_is_never_doubted(small: Any) -> None:
    small.did(-2000, "profile_viewed", device="dev-own")
    small.did(0, "account_suspended", device="dev-new", ip="198.51.100.9")
    assert small.case().facts.doubts == {}


def test_a_new_device_at_a_known_address_is_not_doubted(small: Any) -> None:
    for minutes in range(-3000, -2970):
        small.did(minutes, "profile_viewed", device="dev-own")
    small.did(0, "account_suspended", device="dev-new")
    assert small.case().facts.doubts == {}


def test_a_doubted_reading_is_graded_down_in_words(small: Any) -> None:
    for minutes in range(-3000, -2970):
        small.did(minutes, "profile_viewed", device="dev-own")
    small.did(0, "account_suspended", device="dev-new", ip="198.51.100.9")
    facts = small.case().facts
    (uid,) = facts.doubts
    reading = facts.persons([uid])[uid]
    assert reading.grade == "E"
    assert "who used it is not established" in reading.sentence
    assert "dev-new" in reading.sentence


def test_faults_of_context_files_are_told_with_their_place(small: Any) -> None:
    small.did(0, "account_suspended")
    small.files["employees.csv"] += "x@platform.example,,the day after never,x,UTC,,active\n"
    facts = small.case().facts
    problem, vague = facts.problems
    assert "employees.csv:4" in problem
    assert "the day after never" in problem
    # The person stays, with an end that nobody knows.
    assert "No end is recorded" in vague
    assert problem in facts.coverage().not_evaluated


def test_custody_is_of_the_input_not_of_the_case(small: Any) -> None:
    small.did(0, "account_suspended")
    first, again = small.case().facts.custody(), small.case().facts.custody()
    assert first == again
    assert first.entries == 4
    small.did(1, "account_suspended")
    assert small.case().facts.custody().head != first.head


def test_ids_depend_on_every_part_and_on_where_parts_end() -> None:
    assert stable_id("a", "b") == stable_id("a", "b")
    assert len({stable_id("a", "b"), stable_id("ab", ""), stable_id("a", None, "b")}) == 3


def test_a_file_that_was_not_read_says_why() -> None:
    row = FileRow(1, 1, "0" * 64, "x.bin", 9, status="unrecognised", note="it is binary")
    assert coverage_file(row).note == "unrecognised: it is binary"
    row = FileRow(1, 1, "0" * 64, "x.jsonl", 9, status="stored", source="okta_system")
    assert coverage_file(row).note is None
