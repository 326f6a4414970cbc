"""Equal lines of one file are as many acts, where a source says so; across files they are one."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import CaseError, DeclarationError
from forensics.evidence.catalog import Catalog
from forensics.sources.declaration import parse

GATE = """
name = "gate"
title = "Gate log"
[recognise]
required = ["gate", "at"]
[record]
repeats = true
[event]
time = "at"
operation = "op"
"""


def _line(second: int) -> dict[str, str]:
    return {"gate": "south", "at": f"2026-01-05T09:00:{second:02}Z", "op": "fail"}


def _ready(bench: Any) -> Any:
    bench.sources["gate"] = parse(GATE, "gate")
    return bench


def test_equal_lines_of_one_file_are_as_many_events(bench: Any) -> None:
    _ready(bench).write("a.jsonl", [_line(1)] * 6 + [_line(2)])
    [row] = bench.ingest().files
    assert (row.read, row.stored, row.duplicate) == (7, 7, 0)
    assert len(set(bench.column("SELECT event_uid FROM events"))) == 7
    assert bench.verify().faults == ()


def test_a_copy_of_the_file_adds_nothing_and_a_longer_one_what_is_new(bench: Any) -> None:
    _ready(bench).write("a.jsonl", [_line(1)] * 3)
    bench.ingest()
    bench.write("b.jsonl", [*[_line(1)] * 5, _line(2)])
    row = bench.ingest().files[-1]
    assert (row.stored, row.duplicate) == (3, 3)
    bench.write("c.jsonl", [_line(1)] * 5)
    row = bench.ingest().files[-1]
    assert (row.stored, row.duplicate) == (0, 5)


def test_without_the_declaration_they_are_one(bench: Any) -> None:
    bench.sources["gate"] = parse(GATE.replace("repeats = true", ""), "gate")
    bench.write("a.jsonl", [_line(1)] * 6)
    [row] = bench.ingest().files
    assert (row.stored, row.duplicate) == (1, 5)


def test_a_source_with_ids_does_not_repeat() -> None:
    with pytest.raises(DeclarationError, match=r"record\.repeats: its records have an id"):
        parse(GATE + 'native_id = "id"\n', "gate")
    with pytest.raises(DeclarationError, match=r"record\.repeats: want true or false"):
        parse(GATE.replace("true", '"yes"'), "gate")


def test_six_failures_in_a_second_of_an_auth_log(bench: Any) -> None:
    line = b"Jan  5 10:12:44 web-1 sshd[7]: Failed password for root from 192.0.2.9 port 22 ssh2"
    path = bench.write("auth.log", b"\n".join([line] * 6) + b"\n")
    bench.ingest()
    assert bench.column("SELECT count(*) FROM events") == [6]
    # The same line a year later: the bytes are equal, what they say is not.
    later = bench.write("later/auth.log", path.read_bytes() + line.replace(b"10:12", b"10:13"))
    written = datetime.now(UTC).timestamp() - 366 * 86_400
    os.utime(later, (written, written))
    bench.ingest()
    assert bench.column("SELECT count(*) FROM events") == [13]


def test_lines_without_a_year_that_are_stored_as_of_another_are_told(bench: Any) -> None:
    lines = [
        b"Mar  4 10:12:4%d web-1 sshd[7]: Failed password for root from 192.0.2.9 port 22 ssh2" % n
        for n in range(3)
    ]
    dated = datetime(2024, 3, 5, tzinfo=UTC).timestamp()
    first = bench.write("auth.log.1", b"\n".join(lines) + b"\n")
    copy = bench.write("copy.log", b"\n".join([*lines, lines[0].replace(b"10:", b"11:")]) + b"\n")
    os.utime(first, (dated, dated))
    assert bench.ingest(first).warnings == []
    dated = datetime(2025, 3, 5, tzinfo=UTC).timestamp()
    os.utime(copy, (dated, dated))
    [told] = bench.ingest(copy).warnings
    assert "3 lines that name no year are stored as of 2024 too, here as of 2025" in told
    assert bench.column("SELECT count(*) FROM events") == [7]
    assert "here as of 2025" in bench.column("SELECT note FROM files")[1]
    assert bench.verify().faults == ()


def test_two_files_of_one_ingest_are_compared_too(bench: Any) -> None:
    line = b"Mar  4 10:12:44 web-1 sshd[7]: Failed password for root from 192.0.2.9 port 22 ssh2\n"
    for name, year in (("a.log", 2024), ("b.log", 2025)):
        path = bench.write(name, line + b"Mar  4 10:13:0%d web-1 sshd[8]: x\n" % (year % 10))
        os.utime(path, (datetime(year, 3, 5, tzinfo=UTC).timestamp(),) * 2)
    assert any("1 line that names no year is" in one for one in bench.ingest().warnings)


def forget_declarations(bench: Any) -> None:
    """Make the case one of an older version, which kept no declarations."""
    catalog = Catalog(bench.paths.catalog)
    for table in ("declarations", "replaced"):
        catalog.connection.execute(f"DROP TABLE {table}")
    catalog.close()
    for path in bench.paths.declarations.iterdir():
        path.unlink()
    bench.paths.declarations.rmdir()


def test_a_case_of_an_older_version_takes_no_more_of_a_source_that_repeats(bench: Any) -> None:
    _ready(bench).write("a.jsonl", [_line(1), _line(2)])
    bench.ingest()
    forget_declarations(bench)
    before = bench.paths.catalog.read_bytes()
    bench.write("b.jsonl", [_line(1), _line(2), _line(3)])
    with pytest.raises(CaseError, match=r"gate: .*would be told twice") as told:
        bench.ingest()
    assert "into a new one" in (told.value.remedy or "")
    assert bench.column("SELECT count(*) FROM events") == [2]
    assert bench.paths.catalog.read_bytes() == before
    assert not bench.paths.declarations.exists()
    door = bench.write("d.jsonl", [{"door": "x", "id": "1", "at": "2026-01-05T09:00:00Z"}])
    assert bench.ingest(door).files[0].stored == 1


def test_nor_does_a_case_whose_source_repeats_only_now(bench: Any) -> None:
    bench.sources["gate"] = parse(GATE.replace("repeats = true", ""), "gate")
    bench.write("a.jsonl", [_line(1)])
    bench.ingest()
    bench.write("b.jsonl", [_line(1), _line(2)])
    with pytest.raises(CaseError, match="would be told twice"):
        _ready(bench).ingest()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), max_size=6), min_size=1, max_size=4), st.booleans())
def test_as_many_events_as_the_file_with_the_most_of_a_line(
    tmp_path_factory: Any, make_bench: Any, files: list[list[int]], at_once: bool
) -> None:
    bench = _ready(make_bench(tmp_path_factory.mktemp("repeats")))
    wanted: Counter[int] = Counter()
    read = stored = duplicate = 0
    for number, seconds in enumerate(files):
        bench.write(f"{number}.jsonl", [_line(one) for one in seconds])
        wanted |= Counter(seconds)
        if not at_once:
            bench.ingest(bench.logs / f"{number}.jsonl")
    if at_once:
        bench.ingest()
    for row in bench.rows("SELECT read AS r, stored AS s, duplicate AS d FROM files"):
        read, stored, duplicate = read + row["r"], stored + row["s"], duplicate + row["d"]
    assert read == stored + duplicate == sum(map(len, files))
    assert stored == wanted.total()
    uids = bench.column("SELECT event_uid FROM events")
    assert len(uids) == len(set(uids)) == wanted.total()
