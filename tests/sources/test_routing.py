"""Files that hold records of several sources: each goes to its own, and none is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics import api
from forensics.sources.declaration import Declaration, parse
from forensics.sources.formats import Batch, Reject
from forensics.sources.recognise import recognise, single
from forensics.sources.routing import routed

TEXT = """
name = "{name}"
[recognise]
required = ["{name}_at"]
[record]
within = ["box"]
[event]
time = "{name}_at"
operation = "op"
"""
CATALOG: dict[str, Declaration] = {
    name: parse(TEXT.format(name=name), name) for name in ("door", "lift")
}


def record(name: str, n: int = 0) -> dict[str, Any]:
    return {f"{name}_at": f"2026-01-05T09:00:{n % 60:02d}Z", "op": name, "n": n}


KINDS = {
    "door": record("door"),
    "lift": record("lift"),
    "carried": {"message": json.dumps(record("lift"))},
    "boxed": {"box": record("door")},
    "unknown": {"other": 1},
}


@pytest.mark.parametrize(("doors", "lifts"), [(5, 5), (9, 1), (1, 9)])
def test_a_mixture_is_seen_whatever_the_shares(doors: int, lifts: int) -> None:
    found = recognise([record("door")] * doors + [record("lift")] * lifts, CATALOG)
    assert found.mixed
    assert found.source == ("lift" if lifts > doors else "door")
    assert f"{doors} of door" in found.why


def test_unknown_records_make_no_mixture() -> None:
    found = recognise([record("door")] * 7 + [{"other": 1}] * 3, CATALOG)
    assert (found.source, found.mixed) == ("door", False)
    assert recognise([record("door")] * 5 + [{"other": 1}] * 5, CATALOG).source is None


@given(st.lists(st.sampled_from(sorted(KINDS)), max_size=30), st.booleans())
def test_routing_conserves(names: list[str], with_documents: bool) -> None:
    records = [json.dumps(KINDS[name]).encode() for name in names]
    batch = Batch(list(range(len(records))), records, size=sum(map(len, records)))
    batch.rejects.append(Reject(99, "broken", b"{"))
    if with_documents:
        batch.documents, batch.records = records, [b"line of " + one for one in records]
    found = recognise([record("door"), record("lift")], CATALOG)
    parts = list(routed(batch, found, CATALOG))
    assert sorted(n for _, part in parts for n in part.numbers) == batch.numbers
    assert [one for _, part in parts for one in part.rejects] == batch.rejects
    for (source, within), part in parts:
        for number, text in zip(part.numbers, part.records, strict=True):
            assert text == batch.records[number]
            known = single(KINDS[names[number]], CATALOG)
            wanted = (known.source, known.within) if known else ("door", ())
            assert (source, within) == wanted
        if with_documents and part.numbers:
            assert part.documents is not None
            assert len(part.documents) == len(part.numbers)


def test_a_mixed_file_becomes_events_of_both(tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    folder.mkdir()
    for name in CATALOG:
        (folder / f"{name}.toml").write_text(TEXT.format(name=name))
    lines = [record("door", n) if n % 3 else record("lift", n) for n in range(60)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    with api.create_case(tmp_path / "case", catalog_folders=[folder]) as case:
        [row] = case.ingest(tmp_path / "a.jsonl").files
        ledger = case.coverage()
    assert (row.source, row.read, row.stored, row.rejected) == ("door", 60, 60, 0)
    assert row.note == "it also holds records of other sources: 20 of lift"
    assert {one.source: one.events for one in ledger.sources} == {"door": 40, "lift": 20}


@pytest.mark.parametrize("late", ["switch", "one in ten", "alternating", "carried"])
def test_what_the_sample_does_not_show_is_routed_all_the_same(tmp_path: Path, late: str) -> None:
    folder = tmp_path / "catalog"
    folder.mkdir()
    for name in CATALOG:
        (folder / f"{name}.toml").write_text(TEXT.format(name=name))
    lines: list[dict[str, Any]] = [
        {"switch": record("lift", n) if n >= 2500 else record("door", n),
         "one in ten": record("lift", n) if n % 10 == 9 else record("door", n),
         "alternating": record("lift", n) if n % 2 else record("door", n),
         "carried": {"message": json.dumps(record("lift", n))} if n > 2500 else record("door", n),
         }[late]
        for n in range(3000)
    ]  # fmt: skip
    lifts = sum("lift" in json.dumps(one) for one in lines)
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    with api.create_case(tmp_path / "case", catalog_folders=[folder]) as case:
        [row] = case.ingest(tmp_path / "a.jsonl").files
        ledger = case.coverage()
        assert case.verify().faults == ()
    assert (row.read, row.stored, row.rejected) == (3000, 3000, 0)
    assert {one.source: one.events for one in ledger.sources} == {
        "door": 3000 - lifts,
        "lift": lifts,
    }
    assert f"{lifts} of lift" in (row.note or "") or f"{3000 - lifts} of door" in (row.note or "")


def test_a_source_named_by_the_user_is_not_doubted(tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    folder.mkdir()
    for name in CATALOG:
        (folder / f"{name}.toml").write_text(TEXT.format(name=name))
    lines = [record("door", 1), record("lift", 2)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    with api.create_case(tmp_path / "case", catalog_folders=[folder]) as case:
        [row] = case.ingest(tmp_path / "a.jsonl", source="door").files
    assert (row.stored, row.rejected) == (1, 1)
