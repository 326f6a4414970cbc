"""Conservation: whatever is mixed and however it is split, nothing is lost or counted twice."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.evidence import segments

MakeBench = Callable[[Path], Any]

BROKEN = [
    b"{", b"[]", b"nonsense", b'{"door":"x","at":"never"}', b'{"door":"x"}', b'{"a":"\xff"}',
    b'{"door":"x","at":"2026-01-05T09:00:00Z"',
]  # fmt: skip


def valid(number: int, extra: str) -> bytes:
    one = {"door": "x", "id": str(number), "at": f"2026-01-05T09:{number:02}:00Z", "x": extra}
    return json.dumps(one).encode()


RECORDS = st.lists(
    st.one_of(
        st.builds(valid, st.integers(0, 9), st.sampled_from(["", "ä", "\ud800", "\x00", "2"])),
        st.sampled_from(BROKEN),
        st.dictionaries(st.text(max_size=3), st.integers(), max_size=2).map(
            lambda one: json.dumps(one).encode()
        ),
    ),
    max_size=12,
)
# Recognised whatever else they hold.
SURE = [valid(number, "") for number in range(10, 50)]


def parts(records: list[bytes], cuts: list[int]) -> list[list[bytes]]:
    places = sorted({min(cut, len(records)) for cut in cuts} | {0, len(records)})
    return [records[a:b] for a, b in pairwise(places)] or [[]]


FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(
    records=RECORDS,
    cuts=st.lists(st.integers(0, 12), max_size=2),
    rows=st.integers(2, 20),
    data=st.data(),
)
def test_what_was_read_is_stored_duplicate_or_rejected(
    make_bench: MakeBench, records: list[bytes], cuts: list[int], rows: int, data: st.DataObject
) -> None:
    # Each file begins with a record, so that it is JSON Lines whatever follows.
    files = [[valid(50, ""), *part] for part in parts(records, cuts)]
    order = data.draw(st.permutations(range(len(files))))
    pack = data.draw(st.sampled_from([bytes, gzip.compress]))
    uids, digests = [], []
    for turn in (range(len(files)), order):
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(segments, "_SEGMENT_ROWS", rows)
            patch.setattr("os.fsync", lambda _: None)
            bench = make_bench(Path(folder))
            paths = [
                bench.write(f"{n}.jsonl", pack(b"\n".join(part))) for n, part in enumerate(files)
            ]
            report = bench.ingest(*(paths[n] for n in turn), source="door")
            again = bench.digest()
            bench.ingest(*(paths[n] for n in turn), source="door")
            assert bench.digest() == again
            assert bench.verify().faults == ()
            check(bench, report, files)
            uids.append(bench.column("SELECT event_uid FROM events ORDER BY 1"))
            digests.append(again)
    assert uids[0] == uids[1]
    assert len(set(uids[0])) == len(uids[0])


def check(bench: Any, report: Any, files: list[list[bytes]]) -> None:
    """Each file's counts add up, and all bytes given are bytes held."""
    distinct = [part for n, part in enumerate(files) if part not in files[:n]]
    given = Counter(one for part in distinct for one in part)
    for row in report.files:
        assert row.read == row.stored + row.duplicate + row.rejected
    assert sum(row.read for row in report.files) == sum(map(len, files))
    held = Counter(one.encode() for one in bench.column("SELECT raw FROM events"))
    held += Counter(one.encode() for one in bench.column("SELECT raw FROM duplicates"))
    held += Counter(bench.column("SELECT bytes FROM rejects"))
    assert held == given


@FEW
@given(records=RECORDS)
def test_the_shape_of_the_file_does_not_change_its_events(
    make_bench: MakeBench, records: list[bytes]
) -> None:
    sound = [one for one in records if one.startswith(b'{"door": "x", "id"')] + SURE
    texts = {
        "lines.jsonl": b"\n".join(sound),
        "array.json": b"[" + b",".join(sound) + b"]",
        "envelope.json": b'{"Records": [' + b", ".join(sound) + b"]}",
        "cut.json": b'{"Records": [' + b", ".join(sound),
    }
    found = []
    for name, text in texts.items():
        with tempfile.TemporaryDirectory() as folder:
            bench = make_bench(Path(folder))
            bench.write(name, text)
            bench.ingest()
            found.append(bench.rows("SELECT event_uid, record_no, raw FROM events ORDER BY ALL"))
    assert found[0]
    assert all(one == found[0] for one in found)


def test_two_ingests_or_one_give_the_same_events(
    bench: Any, another: Callable[[str], Any], entry: Callable[..., Any]
) -> None:
    bench.write("a.jsonl", [entry(n) for n in range(50)])
    bench.write("b.jsonl", [entry(n) for n in range(30, 90)])
    bench.ingest()
    second = another("second")
    for name in ("b.jsonl", "a.jsonl"):
        second.ingest(bench.logs / name)
    sql = "SELECT event_uid FROM events ORDER BY 1"
    assert bench.column(sql) == second.column(sql)
    assert len(bench.column(sql)) == 90
    assert sum(second.column("SELECT duplicate FROM files")) == 20
    assert second.verify().faults == ()
