"""The ledger of reading counts what every file and source gave, lost and never showed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forensics import api
from forensics.findings.ledger import Ledger

DECLARATION = """
name = "door"
title = "Door log"
omits = ["Who held the door open."]
[recognise]
required = ["door", "at"]
[event]
native_id = "id"
time = "at"
logged_time = "seen"
operation = "op"
actor = "who"
src_ip = "ip"
reason = "why"
[actions]
shut = "account.deactivate"
"""


def record(number: int, **fields: Any) -> dict[str, Any]:
    return {"door": "x", "id": str(number), "at": f"2026-01-05T09:00:{number:02d}Z"} | fields


class Ledgers:
    """A case that is filled ingest by ingest, and its ledger."""

    def __init__(self, folder: Path) -> None:
        (folder / "catalog").mkdir()
        (folder / "catalog" / "door.toml").write_text(DECLARATION)
        self.case = api.create_case(folder / "case", catalog_folders=[folder / "catalog"])
        self._folder = folder

    def ingest(self, name: str, *records: dict[str, Any] | str) -> None:
        lines = (one if isinstance(one, str) else json.dumps(one) for one in records)
        path = self._folder / name
        path.write_text("\n".join(lines))
        self.case.ingest(path)

    def ledger(self) -> Ledger:
        return self.case.coverage()


@pytest.fixture
def made(tmp_path: Path) -> Ledgers:
    return Ledgers(tmp_path)


def named(counts: Any) -> dict[str, int]:
    return {one.name: one.n for one in counts}


def test_a_file_says_what_became_of_its_records(made: Ledgers) -> None:
    local = record(4) | {"at": "2026-01-05 09:00:04"}
    broken = ["{", '{"door": 1', json.dumps({"door": "x", "at": "soon"})]
    made.ingest(
        "a.jsonl", record(1, op="shut"), record(2, op="knock"), record(1, op="shut"), local, *broken
    )
    [one] = made.ledger().files
    assert (one.read, one.stored, one.duplicate, one.rejected) == (7, 3, 1, 3)
    assert (one.source, one.confidence, one.format, one.status) == (
        "door",
        "high",
        "jsonl",
        "stored",
    )
    assert named(one.time_basis) == {"utc": 2, "assumed": 1}
    assert named(one.reject_reasons) == {"not JSON": 2, "no time that can be read": 1}
    assert named(one.unknown_operations) == {"(none)": 1, "knock": 1}
    assert one.unseen == ("actor", "logged_time", "reason", "src_ip")


def test_a_source_is_the_sum_of_its_files(made: Ledgers) -> None:
    made.ingest("a.jsonl", record(1, op="shut", who="ada"))
    made.ingest("b.jsonl", record(1, op="shut", who="ada"), record(2, op="knock", ip="192.0.2.1"))
    [one] = made.ledger().sources
    assert (one.files, one.read, one.stored, one.duplicate) == (2, 3, 2, 1)
    assert one.unseen == ("logged_time", "reason")
    assert named(one.unknown_operations) == {"knock": 1}
    assert one.omits == ("Who held the door open.",)
    assert [file.unseen for file in made.ledger().files] == [
        ("logged_time", "reason", "src_ip"),
        ("actor", "logged_time", "reason"),
    ]


def test_late_records_are_counted_by_their_stamps_and_by_their_arrival(made: Ledgers) -> None:
    made.ingest("a.jsonl", record(10, seen="2026-01-05T09:00:11Z"))
    assert made.ledger().sources[0].late.arrived is None
    made.ingest("b.jsonl", record(5, seen="2026-01-05T11:00:05Z"), record(20))
    late = made.ledger().sources[0].late
    assert (late.logged, late.longest, late.arrived) == (1, 7200.0, 1)


def test_what_was_not_read_is_named(made: Ledgers) -> None:
    made.ingest("a.jsonl", record(1))
    made.ingest("b.txt", "no log at all")
    document = made.ledger()
    assert [line.split(": ")[0].rpartition("/")[2] for line in document.not_read] == ["b.txt"]
    assert document.files[1].status == "unrecognised"
    assert document.files[1].source is None
    assert [one.source for one in document.sources] == ["door"]


def test_counts_agree_with_conservation(made: Ledgers) -> None:
    made.ingest("a.jsonl", *(record(n) for n in range(30)), "{", *(record(n) for n in range(5)))
    document = made.ledger()
    for one in (*document.files, *document.sources):
        assert one.read == one.stored + one.duplicate + one.rejected
        assert sum(basis.n for basis in one.time_basis) == one.events
    [file] = document.files
    assert sum(reason.n for reason in file.reject_reasons) == file.rejected
