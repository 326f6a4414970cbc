"""The ledger of reading counts what every file and source gave, lost and never showed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from forensics import api
from forensics.detectors.reading_remarks import reading, remarks
from forensics.evidence.catalog import FileRow
from forensics.findings.ledger import Ledger
from forensics.sources.expansion import Limits

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


def test_reasons_add_up_when_bytes_were_read_twice(made: Ledgers, tmp_path: Path) -> None:
    made.ingest("a.jsonl", record(1), "{", '{"')
    (tmp_path / "c").mkdir()
    made.ingest("c/a.jsonl", record(1), "{", '{"')
    document = made.ledger()
    told = sum(why.n for one in document.files for why in one.reject_reasons)
    assert told == document.sum.rejected == 4


LIFT = DECLARATION.replace("door", "lift").replace("Door", "Lift")


def lift(number: int, **fields: Any) -> dict[str, Any]:
    return {"lift" if name == "door" else name: x for name, x in record(number, **fields).items()}


def test_records_of_mixed_files_count_for_their_own_source(made: Ledgers, tmp_path: Path) -> None:
    (tmp_path / "catalog" / "lift.toml").write_text(LIFT)
    both = [record(n) for n in range(6)] + [lift(n) for n in range(3)]
    made.ingest("a.jsonl", *both, record(1), lift(1), lift(2), "{")
    made.ingest("b.jsonl", *[lift(n) for n in range(10, 12)], lift(1))
    (tmp_path / "c").mkdir()
    made.ingest("c/a.jsonl", *both, record(1), lift(1), lift(2), "{")
    document = made.ledger()
    told = {
        one.source: (one.files, one.read, one.stored, one.duplicate, one.rejected)
        for one in document.sources
    }
    # The third file is the first again: each of its records is a duplicate, by its own source.
    assert told == {"door": (2, 16, 6, 8, 2), "lift": (3, 13, 5, 8, 0)}
    for count in ("read", "stored", "duplicate", "rejected"):
        assert sum(getattr(one, count) for one in document.sources) == getattr(document.sum, count)
    first, second, again = document.files
    assert named(first.sources) == named(again.sources) == {"door": 7, "lift": 5}
    assert named(second.sources) == {"lift": 3}
    assert first.source == "door"
    assert document.sources[1].last_time == datetime(2026, 1, 5, 9, 0, 11, tzinfo=UTC)
    assert document.sources[0].last_time == datetime(2026, 1, 5, 9, 0, 5, tzinfo=UTC)


def test_a_column_that_another_source_filled_is_unseen(made: Ledgers, tmp_path: Path) -> None:
    (tmp_path / "catalog" / "lift.toml").write_text(LIFT)
    made.ingest("a.jsonl", *(record(n) for n in range(5)), lift(1, who="ada"))
    assert "actor" in made.ledger().files[0].unseen


def test_the_sum_tells_how_far_files_were_read(made: Ledgers, tmp_path: Path) -> None:
    made.ingest("a.jsonl", record(1))
    made.ingest("b.txt", "no log at all")
    made.ingest("c.jsonl", record(2), *["{"] * 20)
    made.ingest("d.jsonl", *["{" + json.dumps(record(3))] * 2)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "README.md").write_text("#")
    (tmp_path / "folder" / "e.jsonl").write_text(json.dumps(record(9)))
    made.case.ingest(tmp_path / "folder")
    document = made.ledger()
    far = document.sum
    assert (far.whole, far.in_part, far.set_aside, far.archives) == (2, 1, 1, 0)
    assert far.not_read == 2
    assert len(document.not_read) == far.in_part + far.not_read
    assert [one.reading for one in document.files] == [
        "whole", "not_read", "in_part", "not_read", "whole", "set_aside",
    ]  # fmt: skip


def test_how_gaps_are_judged_is_told(made: Ledgers) -> None:
    made.ingest("a.jsonl", record(1), record(2))
    document = made.ledger()
    assert "4 times" in document.gap_rule
    [one] = document.sources
    assert one.gaps == ()
    assert one.gaps_unknown is not None and "1 day" in one.gaps_unknown
    assert made.case.scan().coverage.gaps == (f"door: {one.gaps_unknown}",)
    days = [record(n) | {"at": f"2026-01-{n:02d}T09:00:00Z"} for n in range(5, 12)]
    made.ingest("b.jsonl", *days)
    assert made.ledger().sources[0].gaps_unknown is None


BEYOND = Limits().by_ratio
NONE = "none of its first records can be read"
ASSUMED = "encoding assumed: read as windows-1252, for it is not UTF-8"


def row(**fields: Any) -> FileRow:
    return FileRow(1, 1, "0" * 64, "a.jsonl", 9, **fields)


@pytest.mark.parametrize(
    ("fields", "far", "words"),
    [
        ({"source": "door", "read": 2, "stored": 2}, "whole", ()),
        ({"status": "empty", "note": "it is empty"}, "not_read", ("it is empty",)),
        ({"status": "unrecognised",
          "note": "no known source fits; nearest: a (lacks b); c (lacks d)"},
         "not_read", ("no known source fits",)),
        ({"status": "not_a_log", "note": "a symbolic link"}, "set_aside", ("a symbolic link",)),
        ({"status": "archive", "format": "zip", "note": "3 members, 1 not read"}, "archive",
         ("some of its members were not read as logs",)),
        ({"status": "repeated", "format": "tar", "note": "the same bytes as /x/b.tar"}, "archive",
         ("the same bytes as another file",)),
        ({"status": "damaged", "source": "door", "read": 9, "stored": 9,
          "note": "damaged or cut short: it ends at byte 512\nwhat could be read is stored\n"
                  "3 records lie in the future of the ingest"},
         "in_part", ("damaged or cut short: it ends at byte …", "what could be read is stored",
                     "records lie in the future of the ingest")),
        ({"source": "door", "read": 40, "stored": 28, "rejected": 12,
          "note": "12 of 40 records were rejected: not JSON"},
         "in_part", ("many records were rejected: not JSON",)),
        ({"source": "door", "read": 2, "stored": 2,
          "note": "it also holds records of other sources: 1 of lift\n1 record repeats the id of"
                  " stored ones, otherwise told"},
         "whole", ("it also holds records of other sources",
                   "records repeat the ids of stored ones, otherwise told")),
        ({"status": "unreadable"}, "not_read", ("unreadable",)),
        ({"status": "damaged", "source": "door", "read": 9, "stored": 9,
          "note": f"damaged or cut short: {BEYOND}\nwhat could be read is stored"},
         "in_part", (f"damaged or cut short: {BEYOND}", "what could be read is stored")),
        ({"status": "unrecognised", "note": "its records are gzip in base64; unpack them"},
         "not_read", ("its records are gzip in base64; unpack them",)),
        ({"status": "unrecognised", "note": "none of its first records can be read; line 3,"
          " byte 40: Expecting value, found 'it; a'; mend it there"},
         "not_read", (f"{NONE}; Expecting value, found …; mend it there",)),
        ({"source": "door", "read": 2, "stored": 2,
          "note": f"{ASSUMED} (lines that are not: 12, 3 lines fit both or neither);"
                  " where names look wrong, convert it to UTF-8"},
         "whole", (f"{ASSUMED}; where names look wrong, convert it to UTF-8",)),
        ({"source": "door", "read": 2, "stored": 2,
          "note": "3 lines that name no year are stored as of 2024 too, here as of 2025"},
         "whole", ("lines that name no year are stored as of two",)),
    ],
)  # fmt: skip
def test_what_is_told_of_a_file_in_common_words(
    fields: dict[str, Any], far: str, words: tuple[str, ...]
) -> None:
    assert (reading(row(**fields)), remarks(row(**fields))) == (far, words)
