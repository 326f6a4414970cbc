"""Recognition of inputs: no file stops another, and records are found in a column of JSON."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest

from forensics.evidence import reading
from forensics.evidence.reading import identify
from forensics.sources.declaration import shipped
from forensics.sources.opening import HEAD, Opened

CONSOLE = shipped()["moderation_console"].examples[0].raw
OKTA = shipped()["okta_system"].examples[0].raw
OF = {"moderation_console": CONSOLE, "okta_system": OKTA}


def table(*cells: str, header: tuple[str, ...] = ("n", "payload")) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerows([header, *((str(n), cell) for n, cell in enumerate(cells))])
    return text.getvalue().encode()


@pytest.mark.parametrize("source", sorted(OF))
def test_a_column_of_json_that_no_source_declares_is_found_and_used(
    bench: Any, source: str
) -> None:
    raw = json.dumps(json.loads(OF[source]))
    path = bench.write("t.csv", table(raw, raw, ""))
    found = identify(path, path.read_bytes(), shipped())
    assert found.recognition is not None
    assert found.recognition.source == source
    (row,) = bench.ingest().files
    assert (row.source, row.format, row.read) == (source, "csv", 3)
    assert bench.rows("SELECT actor FROM events WHERE actor IS NOT NULL")


def test_a_source_named_by_the_user_finds_its_column_too(bench: Any) -> None:
    bench.write("t.csv", table(json.dumps(json.loads(OKTA))))
    bench.ingest(source="okta_system")
    assert bench.rows("SELECT actor FROM events WHERE actor IS NOT NULL")


def test_a_column_of_json_of_no_known_source_is_not_recognised() -> None:
    found = identify(Path("t.csv"), table('{"colour": 1}'), shipped())
    assert found.log is None
    assert found.why


def hostile() -> list[bytes]:
    noise = random.Random(7)
    return [
        b"Name,Wert,\xdcber\nM,1,x\n",
        b"a,b\rc,d\re,f\n",
        b'"a,b\n1,2\n',
        *(noise.randbytes(3000) for _ in range(20)),
    ]


def test_hostile_tables_are_judged_and_cost_the_others_nothing(bench: Any, entry: Any) -> None:
    for number, data in enumerate(hostile()):
        bench.write(f"{number:02}.csv", data)
        assert not identify(Path("x.csv"), data, shipped()).why.startswith("it cannot be sampled")
    bench.write("z.jsonl", [entry(1)])
    report = bench.ingest()
    assert report.files[-1].status == "stored"
    assert len(report.files) == len(hostile()) + 1
    for number, data in enumerate(hostile()):
        bench.write(f"{number:02}.csv", data + b"\n")
    assert len(bench.ingest(source="door").files) == len(hostile()) + 1


def test_whatever_fails_while_sampling_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("odd")

    monkeypatch.setattr(reading, "_judged", fail)
    found = identify(Path("a.jsonl"), b'{"a":1}\n', shipped())
    assert found.log is None
    assert "ZeroDivisionError: odd" in found.why


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'[{"at": 1, who: 2}, {"at": oops}]', ("line 1, byte 12", "who: 2", "mend it there")),
        (b'{\n  "at": 1,\n  who: 2\n}\n', ("line 3, byte 16", "who: 2")),
        (b'{"Records": [{"at": "2026', ("line 1, byte 21", "cut off", "export it again")),
        (b"{'at': 1}\n{'at': 2}\n", ("line 1, byte 2", "printed by a program")),
        (b'# note\n{"at": x}\n', ("line 2, byte 15",)),
        (b'{"at": "\xed\xa0\x80"}\n', ("line 1, byte 9", "0xED is not UTF-8")),
        (b"a,b,c\n1,2\n3,4\n", ("line 2, byte 7", "row has 2 columns, the header has 3")),
    ],
)
def test_a_file_without_a_whole_record_is_refused_with_the_place(
    data: bytes, told: tuple[str, ...]
) -> None:
    found = identify(Path("x"), data, shipped())
    assert found.log is None
    assert all(part in found.why for part in told), found.why


@pytest.mark.parametrize("odd", [b"NaN", b"-Infinity", b'"\\ud800"', b'"a\tb"', b"[1,]"])
def test_a_file_wholly_of_nearly_sound_records_is_read(bench: Any, entry: Any, odd: bytes) -> None:
    records = [json.dumps(entry(n, odd="?")).encode().replace(b'"?"', odd) for n in range(3)]
    bench.write("a.jsonl", records)
    bench.write("b.json", b"[" + b",".join(records) + b"]")
    for row in bench.ingest().files:
        assert (row.source, row.read, row.rejected) == ("door", 3, 0)
    raws = [one.encode() for one in bench.column("SELECT raw FROM events ORDER BY record_no")]
    assert raws == records


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"just some words\n", "nor syslog, auditd or Parquet"),
        (b"ElfFile\x00" + bytes(600), "Windows event log"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "save a sheet as CSV"),
        (b"SQLite format 3\x00" + bytes(600), "SQLite"),
        (b"<html><table></table></html>", "XML or HTML"),
    ],
)
def test_what_no_format_reads_is_named_with_what_to_do(
    tmp_path: Path, data: bytes, told: str
) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    with Opened(path) as opened:
        assert told in reading.identify_opened(path, opened, shipped()).why


@pytest.mark.parametrize("blanks", [60, 1_000, 300_000])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "auth.log"])
def test_blank_lines_before_the_first_record_are_nothing(
    bench: Any, entry: Any, blanks: int, name: str
) -> None:
    line = "Jan  5 09:12:41 host sshd[1]: Accepted password for ada from 192.0.2.7 port 22 ssh2\n"
    first = entry(1)
    text = {
        "a.jsonl": json.dumps(first) + "\n",
        "a.json": json.dumps([first], indent=1),
        "a.csv": f"{','.join(first)}\n{','.join(first.values())}\n",
        "auth.log": line,
    }[name]
    bench.write(name, b"\n" * blanks + text.encode())
    (row,) = bench.ingest().files
    assert (row.status, row.read, row.stored, row.note) == ("stored", 1, 1, None)


@pytest.mark.parametrize("size", [HEAD - 1, HEAD, HEAD + 9])
def test_only_a_file_that_was_seen_whole_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\n" * size)
    with Opened(path) as opened:
        found = reading.identify_opened(path, opened, shipped())
    assert (found.unread, found.why) == ("empty", "it is empty: it holds blank lines only")
    monkeypatch.setattr(reading, "_LONGEST_FIRST", size)
    if size > HEAD:
        with Opened(path) as opened:
            found = reading.identify_opened(path, opened, shipped())
        assert found.unread == "unrecognised"
        assert f"its first {size:,} bytes are blank" in found.why
