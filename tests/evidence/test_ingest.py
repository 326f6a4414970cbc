"""Ingest: what becomes of each file, and that nothing is lost, told twice or mistaken."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import zstandard

from forensics.errors import DeclarationError, EvidenceAlteredError, InputError
from forensics.evidence import writing
from forensics.sources.declaration import parse
from forensics.sources.formats import NOT_UTF8

Entry = Callable[..., dict[str, Any]]
FOLDER = Path(__file__).parent


def counts(report: Any) -> list[tuple[str, int, int, int, int]]:
    return [(o.status, o.read, o.stored, o.duplicate, o.rejected) for o in report.files]


def test_files_are_counted_and_raw_is_kept(bench: Any, entry: Entry) -> None:
    odd = b'{ "door":"x","id" : "9", "at":"2026-01-05T09:00:00Z" , "x":"\\u0000\\u00e4 \xc3\xa4"}'
    bench.write("a.jsonl", [entry(1), odd, b"{broken", entry(1)])
    report = bench.ingest()
    assert counts(report) == [("stored", 4, 2, 1, 1)]
    raws = bench.column("SELECT raw FROM events ORDER BY record_no")
    assert raws == [json.dumps(entry(1)), odd.decode()]
    assert bench.column("SELECT raw FROM duplicates") == [json.dumps(entry(1))]
    (reject,) = bench.rows("SELECT * FROM rejects")
    assert (reject["record_no"], reject["bytes"]) == (2, b"{broken")
    assert "not JSON" in reject["reason"]
    assert bench.verify().faults == ()


def test_one_broken_line_among_many_costs_only_itself(bench: Any, entry: Entry) -> None:
    records: list[Any] = [entry(n) for n in range(100_000)]
    records[70_000] = b'{"door": "north", "at": '
    bench.write("a.jsonl", records)
    assert counts(bench.ingest()) == [("stored", 100_000, 99_999, 0, 1)]
    assert bench.column("SELECT record_no FROM rejects") == [70_000]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b'{"door":"x"}', "no time"),
        (b'{"door":"x","at":"soon"}', "no time"),
        (b'{"door":"x","at":"infinity"}', "no time"),
        (b'{"door":"x","at":"0000-00-00T00:00:00Z"}', "no time"),
        (b"[1]", "not a JSON object but list"),
        (b'"text"', "not a JSON object but str"),
        (b"null", "not a JSON object but NoneType"),
        (b'{"at":"2026-01-05T09:00:00Z"', "not JSON"),
        (b'{"at":"2026-01-05T09:00:00Z"} {"at":1}', "not JSON"),
        (b'{"at":"2026-01-05T09:00:00Z","x":"\xff"}', NOT_UTF8),
    ],
)
def test_a_record_that_cannot_be_stored_is_kept_with_its_reason(
    bench: Any, entry: Entry, record: bytes, reason: str
) -> None:
    bench.write("a.jsonl", [entry(1), entry(2), record, entry(3)])
    assert counts(bench.ingest()) == [("stored", 4, 3, 0, 1)]
    (reject,) = bench.rows("SELECT * FROM rejects")
    assert reason in reject["reason"]
    assert (reject["record_no"], reject["bytes"]) == (2, record)


@pytest.mark.parametrize(
    "extra",
    [
        rb'"x":"\ud800"', rb'"x":"\udc00\ud800"', b'"x":"a\x01b\tc"', rb'"x":"\u0000"',
        b'"x":1e999',
        b'"x":' + b"9" * 400, b'"x":NaN', b'"x":1,"x":2', b'"x":' + b"[" * 3000 + b"]" * 3000,
        b'"x":"' + b"y" * 3_000_000 + b'"',
    ],
)  # fmt: skip
def test_odd_but_readable_records_cannot_hide(bench: Any, entry: Entry, extra: bytes) -> None:
    odd = b'{"door":"x","at":"2026-01-05T09:00:00Z","who":"eve",' + extra + b"}"
    bench.write("a.jsonl", [entry(1), odd, entry(2)])
    assert counts(bench.ingest()) == [("stored", 3, 3, 0, 0)]
    assert bench.column("SELECT raw FROM events WHERE actor = 'eve'") == [odd.decode()]


def test_a_mark_in_the_middle_of_joined_files_hides_nothing(bench: Any, entry: Entry) -> None:
    bench.write("a.jsonl", [entry(1), b"\xef\xbb\xbf" + json.dumps(entry(2)).encode()])
    assert counts(bench.ingest()) == [("stored", 2, 2, 0, 0)]


def test_many_broken_lines_are_found_without_trying_each(
    bench: Any, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.write("a.jsonl", [b"{" if n % 2 else entry(n) for n in range(4000)])
    tried = []
    store = writing.EventWriter._store
    monkeypatch.setattr(
        writing.EventWriter, "_store", lambda *a, **k: (tried.append(1), store(*a, **k))[1]
    )
    assert counts(bench.ingest()) == [("stored", 4000, 2000, 0, 2000)]
    assert len(tried) < 10


PACKS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes, "gz": gzip.compress, "zst": zstandard.compress, "bz2": bz2.compress,
    "xz": lzma.compress,
}  # fmt: skip


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("shape", ["lines", "crlf", "array", "envelope", "pretty", "csv"])
def test_every_shape_encoding_and_compression_gives_the_same_events(
    bench: Any, entry: Entry, lines: Any, pack: str, encoding: str, shape: str
) -> None:
    records = [entry(n, who="Zoë") for n in range(3)]
    keys = list(records[0])
    table = "\n".join([",".join(keys)] + [",".join(one[k] for k in keys) for one in records])
    text = {
        "lines": lines(records).decode(),
        "crlf": lines(records).decode().replace("\n", "\r\n"),
        "array": json.dumps(records),
        "envelope": json.dumps({"Records": records}),
        "pretty": json.dumps({"kind": "x", "items": records}, indent=2),
        "csv": table,
    }[shape]
    bench.write("sub/a.log", PACKS[pack](text.encode(encoding)))
    assert counts(bench.ingest()) == [("stored", 3, 3, 0, 0)]
    assert bench.column("SELECT actor FROM events") == ["Zoë"] * 3


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_truncated_file_gives_what_came_before_the_cut(
    bench: Any, entry: Entry, lines: Any, pack: Callable[[bytes], bytes]
) -> None:
    data = pack(lines(entry(n, salt=base64.b64encode(os.urandom(30)).decode()) for n in range(200)))
    path = bench.write("a.jsonl.gz", data[: len(data) * 3 // 4])
    for _ in range(2):
        report = bench.ingest()
        (row,) = report.files
        assert (row.status, report.incomplete) == ("damaged", [row])
    (held,) = bench.rows("SELECT * FROM files")
    assert held["stored"] > 100
    assert held["read"] == held["stored"] + held["rejected"]
    assert "ends early" in held["note"]
    assert path.stat().st_size == held["size"]
    assert bench.verify().faults == ()


def test_a_broken_envelope_is_damaged(bench: Any, entry: Entry) -> None:
    data = json.dumps({"Records": [entry(n) for n in range(5)]}).encode()
    bench.write("a.json", data[:-40])
    report = bench.ingest()
    assert counts(report) == [("damaged", 5, 4, 0, 1)]
    assert report.incomplete


def test_a_first_record_of_many_megabytes_is_recognised(bench: Any, entry: Entry) -> None:
    bench.write("a.jsonl", [entry(1, fill="x" * 5_000_000)])
    bench.write("b.jsonl", [entry(2, fill="x" * 100_000), entry(3)])
    assert [row[:3] for row in counts(bench.ingest())] == [("stored", 1, 1), ("stored", 2, 2)]


@pytest.mark.parametrize(
    ("name", "data", "status", "why"),
    [
        ("a.jsonl", b"", "empty", "empty"),
        ("a.jsonl", b"\n \n", "empty", "empty"),
        ("a.csv", b"door,at\n", "unrecognised", "no records"),
        ("a.bin", bytes(range(256)) * 40, "unrecognised", "binary"),
        ("a.txt", b"just some words\n", "unrecognised", "neither JSON nor a table"),
        ("a.json", b'{"colour": "red"}', "unrecognised", "nothing in common"),
        ("a.json", b'{"door": "red"}', "unrecognised", "nearest: door (lacks at)"),
    ],
)
def test_a_file_that_is_no_log_is_told(
    bench: Any, name: str, data: bytes, status: str, why: str
) -> None:
    path = bench.write(name, data)
    report = bench.ingest(path)
    (row,) = report.files
    assert row.status == status
    assert why in row.note
    assert report.incomplete == [row]
    assert bench.verify().faults == ()


@pytest.mark.parametrize(
    "data",
    [b"[]", b"[ ]\n", b'{"Records":[]}', b'{"value": [], "next": null}', b'{"Records":[]}\n' * 2],
)
def test_an_empty_page_is_named_and_no_reason_to_fail(bench: Any, data: bytes) -> None:
    for source in (None, "door"):
        report = bench.ingest(bench.write("a.json", data), source=source)
        (row,) = report.files
        assert (row.status, row.note) == ("empty_page", "it is an empty page: it holds no records")
        assert report.incomplete == []
    assert bench.verify().faults == ()


@pytest.mark.parametrize("data", [b"{}", b'{"Records": [', b'[]\n{"door": "x"}', b"[[]]"])
def test_what_is_no_sound_page_is_still_told(bench: Any, data: bytes) -> None:
    report = bench.ingest(bench.write("a.json", data))
    assert [row.status for row in report.incomplete] == [report.files[0].status] != ["empty_page"]


def test_the_same_input_twice_adds_nothing(bench: Any, entry: Entry) -> None:
    bench.write("a.jsonl", [entry(1), b"{"])
    bench.write("empty.jsonl", b"")
    bench.write("odd.txt", b"words")
    bench.ingest()
    before = (bench.digest(), bench.rows("SELECT * FROM files"), bench.verify())
    assert [row.status for row in bench.ingest().files] == ["repeated", "empty", "unrecognised"]
    assert (bench.digest(), bench.rows("SELECT * FROM files"), bench.verify()) == before


def test_the_same_bytes_under_another_name_are_duplicates(bench: Any, entry: Entry) -> None:
    records = [entry(1), entry(2), b"{", b'{"door":"x"}']
    bench.write("a.jsonl", records)
    bench.write("b.jsonl", records)
    bench.write("c.jsonl", [entry(3)])
    # Repeats are counted when the rejects of the first are known, though both are of one ingest.
    assert counts(bench.ingest()) == [
        ("stored", 4, 2, 0, 2), ("repeated", 4, 0, 2, 2), ("stored", 1, 1, 0, 0),
    ]  # fmt: skip
    assert bench.verify().faults == ()
    paths = bench.column("SELECT path FROM events JOIN files USING (file_id) ORDER BY time")
    assert [Path(one).name for one in paths] == ["a.jsonl", "a.jsonl", "c.jsonl"]


def test_a_file_is_read_again_once_its_source_is_known(bench: Any, entry: Entry) -> None:
    bench.write("a.jsonl", [entry(1), entry(2)])
    door = bench.sources.pop("door")
    assert counts(bench.ingest()) == [("unrecognised", 0, 0, 0, 0)]
    bench.sources["door"] = door
    bench.write("b.jsonl", [entry(3)])
    assert counts(bench.ingest()) == [("stored", 2, 2, 0, 0), ("stored", 1, 1, 0, 0)]
    found = bench.rows(
        "SELECT path, count(*) AS n FROM events JOIN files USING (file_id) GROUP BY 1"
    )
    assert {Path(row["path"]).name: row["n"] for row in found} == {"a.jsonl": 2, "b.jsonl": 1}
    assert set(bench.column("SELECT status FROM files")) == {"stored"}
    assert bench.verify().faults == ()


def test_standard_input_is_read_and_recognised_again(
    bench: Any, entry: Entry, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pipe() -> None:
        data = io.BytesIO(gzip.compress(lines([entry(1), entry(2)]), mtime=0))
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=data))

    pipe()
    assert counts(bench.ingest("-")) == [("stored", 2, 2, 0, 0)]
    before = bench.digest()
    pipe()
    bench.write("b.jsonl", [entry(3)])
    report = bench.ingest("-", bench.logs / "b.jsonl")
    assert counts(report) == [("repeated", 2, 0, 2, 0), ("stored", 1, 1, 0, 0)]
    assert bench.verify().faults == ()
    assert before != bench.digest()


def test_a_pipe_is_read_though_an_empty_file_is_known(bench: Any, entry: Entry, lines: Any) -> None:
    bench.write("empty.jsonl", b"")
    bench.ingest()
    pipe = bench.logs.parent / "pipe"
    os.mkfifo(pipe)
    feeder = threading.Thread(target=pipe.write_bytes, args=(lines([entry(1)]),))
    feeder.start()
    assert counts(bench.ingest(pipe)) == [("stored", 1, 1, 0, 0)]
    feeder.join()


def test_times_in_the_future_are_stored_and_told(bench: Any, entry: Entry) -> None:
    later = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    bench.write("a.jsonl", [entry(1), entry(2, at=later), entry(3, at=later)])
    report = bench.ingest()
    assert counts(report) == [("stored", 3, 3, 0, 0)]
    assert "2 records lie in the future of the ingest" in report.warnings[0]
    assert bench.column("SELECT note FROM files") == ["2 records lie in the future of the ingest"]


def test_a_source_named_by_the_user_is_taken(bench: Any, entry: Entry) -> None:
    bench.write("a.jsonl", [{"at": "2026-01-05T09:00:00Z", "op": "x"}])
    bench.write("employees.csv", b"EmailAddress,ResignationDate,LastWorkingDate\n")
    report = bench.ingest(source="door")
    assert counts(report) == [("stored", 1, 1, 0, 0)]
    assert [row.kind for row in report.context] == ["employees"]


def test_context_is_kept_once_and_every_version_of_it(bench: Any) -> None:
    head = b"EmailAddress,ResignationDate,LastWorkingDate\n"
    bench.write("a/employees.csv", head)
    bench.write("b/employees.csv", head)
    assert len(bench.ingest().context) == 2
    bench.write("b/employees.csv", head + b"ada@example.com,,\n")
    bench.ingest()
    assert bench.verify().context == 2
    assert bench.verify().faults == ()


def test_events_of_a_record_share_its_fate(bench: Any, entry: Entry) -> None:
    several = entry(1, acts=[{"op": "a"}, {"op": "b"}])
    bench.write("a.jsonl", [several, several, {**several, "id": "2", "at": None}])
    (row,) = bench.ingest().files
    assert (row.stored, row.duplicate, row.rejected, row.events) == (1, 1, 1, 2)
    assert bench.column("SELECT operation FROM events ORDER BY event_no") == ["a", "b"]
    assert bench.verify().faults == ()


def test_a_declaration_that_cannot_run_leaves_the_case_as_it_was(bench: Any, entry: Entry) -> None:
    bench.write("a.jsonl", [entry(1)])
    text = '[recognise]\nrequired = ["door", "at", "id"]\n[event]\ntime = "at"\noperation = "op"\n'
    text = 'name = "gate"\n' + text + "actor = { sql = \"no_such(text('who'))\" }\n"
    bench.sources["gate"] = parse(text, "gate")
    with pytest.raises(DeclarationError, match="no_such"):
        bench.ingest()
    assert bench.verify().files == 0


def test_an_argument_that_names_nothing_leaves_the_case_as_it_was(bench: Any, entry: Entry) -> None:
    path = bench.write("a.jsonl", [entry(1)])
    with pytest.raises(InputError, match="no such file"):
        bench.ingest(path, "nowhere/*.json")
    assert bench.verify().files == 0


def test_a_case_that_lost_its_catalog_is_never_swept_clean(bench: Any, entry: Entry) -> None:
    bench.write("a.jsonl", [entry(1)])
    bench.ingest()
    held = sorted(bench.paths.segments.iterdir())
    bench.paths.catalog.unlink()
    with pytest.raises(EvidenceAlteredError, match="lost its catalog"):
        bench.ingest()
    assert sorted(bench.paths.segments.iterdir()) == held


def test_a_file_that_cannot_be_opened_is_told(
    bench: Any, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = bench.write("closed.jsonl", [entry(1)])
    bench.write("open.jsonl", [entry(2)])
    real = Path.open

    def refuse(self: Path, *args: Any, **options: Any) -> Any:
        if self == closed:
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    report = bench.ingest()
    assert [row[0] for row in counts(report)] == ["unreadable", "stored"]
    assert "Permission denied" in report.incomplete[0].note
    monkeypatch.undo()
    bench.ingest()
    assert bench.column("SELECT status FROM files") == ["stored", "stored"]
