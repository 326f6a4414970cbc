"""Every record of every file is accounted for, and holes in the numbering are seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

COUNTS = ("read", "stored", "duplicate", "rejected")


def test_counts_per_file(story: Any) -> None:
    said = {Path(one.file).name: one for one in story.rebuilt.coverage.files}
    assert said.keys() == {one["name"] for one in story.truth["files"]}
    for truth in story.truth["files"]:
        one = said[truth["name"]]
        assert one.source == truth["source"]
        assert [getattr(one, name) for name in COUNTS] == [truth[name] for name in COUNTS]


def test_events_in_all(story: Any) -> None:
    (row,) = story.case.store.engine.rows("SELECT count(*) AS n FROM events")
    assert row["n"] == story.truth["totals"]["events"]


def test_rejects_are_kept_with_their_place_and_bytes(story: Any) -> None:
    rows = story.case.store.engine.rows(
        """SELECT f.path, r.record_no, r.reason, r.bytes
           FROM rejects AS r JOIN files AS f USING (file_id) ORDER BY ALL"""
    )
    kept = [(Path(row["path"]).name, row["record_no"]) for row in rows]
    assert kept == [(one["file"], one["record_no"]) for one in story.truth["rejects"]]
    for row in rows:
        line = story.lines(Path(row["path"]).name)[row["record_no"]]
        assert row["bytes"].decode("utf-8").rstrip("\n") == line
        assert row["reason"]


def test_a_hole_in_the_numbering_is_told(story: Any) -> None:
    told = [one for one in story.rebuilt.coverage.gaps if "sequence number" in one]
    holes = story.truth.get("sequence_gaps", [])
    assert len(told) == len(holes)
    for sentence, hole in zip(told, holes, strict=True):
        assert f"lacks {hole['missing']} sequence numbers" in sentence
        assert f"{hole['after_seq'] + 1} to {hole['before_seq'] - 1}" in sentence


def test_the_context_beside_the_logs_is_taken_and_named(story: Any) -> None:
    kinds = sorted(one.split(":")[0] for one in story.rebuilt.coverage.context)
    assert kinds == [
        "accounts", "contractors", "employees", "policy", "policy", "policy", "protected_targets",
    ]  # fmt: skip


def test_the_truth_is_not_read(story: Any) -> None:
    assert not [one for one in story.rebuilt.coverage.files if "truth" in one.file]


def test_the_stored_evidence_verifies(story: Any) -> None:
    assert story.case.verify().faults == ()


def test_reading_the_story_again_adds_nothing(story: Any) -> None:
    before = story.case.store.digest()
    story.case.ingest(story.folder)
    assert story.case.store.digest() == before
