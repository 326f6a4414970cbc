"""What fuzzing has found, each as small as it can be said."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hostile import examples, pieces

from forensics.evidence import case, ingest, segments
from forensics.evidence.store import Store
from forensics.sources import lines, salvage
from forensics.sources.declaration import shipped
from forensics.sources.formats import all_formats, csv_table, jsonl

FORMATS = {one.name: one for one in all_formats()}
ROOT = Path(__file__).parents[2]
GOOD = examples("okta_system")[0]


def split(container: str, text: bytes) -> list[bytes]:
    return pieces(FORMATS[container].split(io.BytesIO(text)))


def taken(folder: Path, data: bytes) -> tuple[Any, list[dict[str, Any]]]:
    """The ledger's row of one file, and the rejects it has."""
    path = folder / "file.jsonl"
    path.write_bytes(data)
    paths = case.create(folder / "case")
    [row] = ingest.ingest(paths, [str(path)], shipped(), tool="test 1").files
    store = Store(paths)
    try:
        return row, store.engine.rows("SELECT reason, bytes FROM rejects ORDER BY record_no")
    finally:
        store.close()


@pytest.mark.parametrize("shift", range(3))
def test_a_broken_record_is_quoted_by_the_database_within_a_character(
    tmp_path: Path, shift: int
) -> None:
    broken = GOOD[:-1] + b',"x":"' + b"x" * shift + "€".encode() * 400
    row, rejects = taken(tmp_path, b"\n".join([GOOD, broken, "€".encode() * 400]))
    assert (row.status, row.read, row.stored, row.rejected) == ("stored", 3, 1, 2)
    assert rejects[0]["bytes"] == broken
    assert rejects[0]["reason"].startswith("not JSON")


def test_a_record_may_name_a_time_zone_that_there_is_not(tmp_path: Path) -> None:
    known = examples("zscaler_zia_audit")[0]
    document = json.loads(known)
    document["event"]["timezone"] = "Europe/Nowhere"
    row, [reject] = taken(tmp_path, b"\n".join([known, json.dumps(document).encode()]))
    assert (row.read, row.stored, row.rejected) == (2, 1, 1)
    assert "Europe/Nowhere" in reject["reason"]


def test_another_document_follows_one_that_was_cut_off_behind_its_records() -> None:
    text = b'{"records":[{"a":1}]\n{"records":[{"a":2},{"a":3}]}'
    assert split("json", text) == [b'{"a":1}', b'{"a":2}', b'{"a":3}']


def test_what_follows_records_in_a_document_that_was_cut_off_is_told() -> None:
    assert split("json", b'[{"a":1}]\n{"records":[{"a":2}],\n"next":"y') == [
        b'{"a":1}', b'{"a":2}', b'"next":"y',
    ]  # fmt: skip


def test_documents_that_never_end_are_looked_behind_so_often_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(salvage, "RETRIES", 2)
    text = b"\n".join(b'{"records":[{"a":%d}]' % number for number in range(4))
    found = list(salvage.apart(text, "why"))
    assert [fault for _, fault in found] == [None, None, "not JSON", "not JSON"]
    assert b"".join(piece for piece, _ in found).count(b'"a"') == 4


class Endless(io.RawIOBase):
    """A head, and then the same bytes again and again."""

    def __init__(self, head: bytes, again: bytes, size: int) -> None:
        self._head, self._again, self._left = head, again, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        given = self._head or self._again * (1 + 65_536 // len(self._again))
        size = min(len(buffer), len(given), self._left)
        buffer[:size], self._head = given[:size], self._head[size:]
        self._left -= size
        return size


MIB = 1024 * 1024
HEADS = {
    "jsonl": b'{"a":1}\n',
    "csv": b"a,b\n1,2\n",
    "syslog": b"<13>1 2026-01-05T09:00:00Z host app - - - x\n",
    "auditd": b"type=X msg=audit(1767603600.123:1): a=1\n",
}


@pytest.mark.parametrize("again", [b"x", b"\x00", b'"', b'{"a":[', b"\xe2\x82\xac"], ids=repr)
@pytest.mark.parametrize("container", sorted(HEADS))
def test_a_line_that_never_ends_is_not_held_in_memory(
    monkeypatch: pytest.MonkeyPatch, container: str, again: bytes
) -> None:
    monkeypatch.setattr(lines, "LONGEST", 2 * MIB)
    monkeypatch.setattr(lines, "_CHUNK", MIB // 4)
    monkeypatch.setattr(jsonl, "_CHUNK", MIB // 4)
    monkeypatch.setattr(csv_table, "_LONGEST", MIB // 2)
    monkeypatch.setattr(csv_table, "_RETRIES", 2)
    monkeypatch.setattr(csv_table, "_FULL", MIB)
    size, kept = 48 * MIB, 0
    stream = io.BufferedReader(Endless(HEADS[container], again, size))
    tracemalloc.start()
    try:
        for batch in FORMATS[container].split(stream):
            kept += sum(map(len, batch.records)) + sum(len(one.data) for one in batch.rejects)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * MIB
    assert size - 100 < kept <= size


@pytest.mark.parametrize("between", [b"", b" ", b", "])
def test_records_run_together_on_one_line_are_looked_at_once(
    monkeypatch: pytest.MonkeyPatch, between: bytes
) -> None:
    looked = []
    real = salvage.value_end
    monkeypatch.setattr(salvage, "value_end", lambda *a: looked.append(a[1]) or real(*a))
    monkeypatch.setattr(salvage, "_whole", lambda data, start, _: salvage.value_end(data, start))
    text = between.join([b'{"a":1}'] * 50)
    assert [piece for piece, _ in salvage.apart(text, "why")] == [b'{"a":1}'] * 50
    assert looked == [number * (7 + len(between)) for number in range(50)]


def test_a_record_too_large_to_look_into_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "_LARGEST", 20_000)
    large = GOOD[:-1] + b',"x":"' + b"x" * 30_000 + b'"}'
    row, [reject] = taken(tmp_path, b"\n".join([GOOD, large]))
    assert (row.read, row.stored, row.rejected) == (2, 1, 1)
    assert (reject["bytes"], "more than 20000" in reject["reason"]) == (large, True)


_MEASURED = """
import resource, sys
from pathlib import Path
from forensics.evidence import case, ingest
from forensics.sources.declaration import shipped
paths = case.create(Path(sys.argv[1]))
report = ingest.ingest(paths, sys.argv[2:], shipped(), tool="test 1")
for row in report.files:
    assert row.read == row.stored + row.duplicate + row.rejected
    print(row.status, row.stored, row.told)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_hostile_files_are_read_in_bounded_memory(tmp_path: Path) -> None:
    holes = tmp_path / "holes.jsonl"
    holes.write_bytes(GOOD + b"\n")
    with holes.open("r+b") as file:
        file.truncate(96 * MIB)
    bomb = tmp_path / "bomb.jsonl.gz"
    bomb.write_bytes(gzip.compress(GOOD + b"\n") + gzip.compress(bytes(256 * MIB)))
    deep = tmp_path / "deep.jsonl"
    deep.write_bytes(GOOD + b"\n" + GOOD[:-1] + b',"x":' + b"[" * 8 * MIB)
    text = tmp_path / "text.json"
    text.write_bytes(b"[" + GOOD + b',{"x":"' + b"x" * 80 * MIB)
    told = subprocess.run(
        [sys.executable, "-c", _MEASURED, tmp_path / "case", holes, bomb, deep, text],
        capture_output=True, text=True, check=True, cwd=ROOT,
    ).stdout.splitlines()  # fmt: skip
    assert [one.split()[0] for one in told[:4]] == ["stored", "damaged", "stored", "damaged"]
    assert "expands beyond" in told[1]
    # Each by itself takes less than half of this; all lines of them, held whole, would take more.
    assert int(told[4]) < 1536
