"""A record exported twice with other content: both statements are events, and that is told."""

from __future__ import annotations

from typing import Any


def _told(bench: Any) -> list[str]:
    return [row["note"] for row in bench.rows("SELECT note FROM files WHERE note IS NOT NULL")]


def _actors(bench: Any) -> list[str]:
    return sorted(bench.column("SELECT actor FROM events"))


def test_the_same_id_with_another_actor_is_an_event_of_its_own(bench: Any, entry: Any) -> None:
    first, second = entry(1, who="ada"), entry(2, who="bob")
    bench.write("a.jsonl", [first, second])
    bench.ingest()
    bench.write("b.jsonl", [dict(first, who="mallory"), second])
    report = bench.ingest()
    [row] = [one for one in report.files if one.path.endswith("b.jsonl")]
    assert (row.read, row.stored, row.duplicate) == (2, 1, 1)
    assert any("1 record repeats the id of stored ones" in text for text in report.warnings)
    assert len(_told(bench)) == 1
    assert _actors(bench) == ["ada", "bob", "mallory"]
    uids = bench.column("SELECT event_uid FROM events")
    assert len(set(uids)) == 3
    assert bench.verify().faults == ()


def test_a_conflicting_record_again_is_a_duplicate(bench: Any, entry: Any) -> None:
    told = [entry(1, who="ada"), entry(1, who="mallory"), entry(1, who="mallory")]
    bench.write("a.jsonl", told)
    [row] = bench.ingest().files
    assert (row.stored, row.duplicate) == (2, 1)
    bench.write("b.jsonl", [told[1], told[0], entry(3, who="eve")])
    row = bench.ingest().files[-1]
    assert (row.stored, row.duplicate) == (1, 2)
    assert _actors(bench) == ["ada", "eve", "mallory"]


def test_every_event_of_a_conflicting_record_gets_its_own_id(bench: Any, entry: Any) -> None:
    acts = [{"op": "open"}, {"op": "shut"}]
    bench.write("a.jsonl", [entry(1, acts=acts), entry(1, acts=acts, who="mallory"), entry(2)])
    [row] = bench.ingest().files
    assert (row.stored, row.events) == (3, 5)
    uids = bench.column("SELECT event_uid FROM events")
    assert len(set(uids)) == 5
    order = bench.column("SELECT record_no FROM events")
    assert order == [0, 0, 1, 1, 2]


def test_within_one_ingest_too(bench: Any, entry: Any) -> None:
    bench.write("a.jsonl", [entry(1)])
    bench.write("b.jsonl", [dict(entry(1), who="mallory")])
    assert any("otherwise told" in text for text in bench.ingest().warnings)


def test_the_same_record_again_is_no_conflict(bench: Any, entry: Any) -> None:
    bench.write("a.jsonl", [entry(1), entry(2)])
    bench.write("b.jsonl", [entry(2), entry(3)])
    assert bench.ingest().warnings == []
