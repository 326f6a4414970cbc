"""A record exported twice with other content is a duplicate whose conflict is told."""

from __future__ import annotations

from typing import Any


def _told(bench: Any) -> list[str]:
    return [row["note"] for row in bench.rows("SELECT note FROM files WHERE note IS NOT NULL")]


def test_the_same_id_with_another_actor_is_told_once(bench: Any, entry: Any) -> None:
    first, second = entry(1), entry(2)
    bench.write("a.jsonl", [first, second])
    bench.ingest()
    bench.write("b.jsonl", [dict(first, who="mallory"), second])
    report = bench.ingest()
    assert [one.duplicate for one in report.files if one.path.endswith("b.jsonl")] == [2]
    assert any("1 record repeats the id of stored ones" in text for text in report.warnings)
    assert len(_told(bench)) == 1
    assert bench.verify().faults == ()


def test_within_one_ingest_too(bench: Any, entry: Any) -> None:
    bench.write("a.jsonl", [entry(1)])
    bench.write("b.jsonl", [dict(entry(1), who="mallory")])
    assert any("otherwise told" in text for text in bench.ingest().warnings)


def test_the_same_record_again_is_no_conflict(bench: Any, entry: Any) -> None:
    bench.write("a.jsonl", [entry(1), entry(2)])
    bench.write("b.jsonl", [entry(2), entry(3)])
    assert bench.ingest().warnings == []
