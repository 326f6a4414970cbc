"""Files of windows-1252: read, said so, counted whole, and their bytes can be had back."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.sources.encodings import BYTE_FOR_BYTE
from forensics.sources.formats import NOT_UTF8

Entry = Callable[..., dict[str, Any]]
WHO = "Jörg Müller"


def back(text: str) -> bytes:
    return codecs.charmap_encode(text, "strict", codecs.charmap_build(BYTE_FOR_BYTE))[0]


def legacy(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode("cp1252")


def shapes(entry: Entry) -> dict[str, bytes]:
    records = [entry(n, who=WHO) for n in (1, 2, 3)]
    header = ";".join(records[0])
    return {
        "a.jsonl": b"\n".join(map(legacy, records)) + b"\n",
        "a.json": b"[" + b",\n".join(map(legacy, records)) + b"]",
        "one_line.json": b'{"Records": [' + b",".join(map(legacy, records)) + b"]}",
        "a.csv": "\r\n".join(
            ["sep=;", header, *(";".join(one.values()) for one in records), ""]
        ).encode("cp1252"),
    }


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "one_line.json", "a.csv"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_format_is_read_and_its_bytes_can_be_had_back(
    bench: Any, entry: Entry, name: str, pack: Callable[[bytes], bytes]
) -> None:
    data = shapes(entry)[name]
    bench.write(name, pack(data))
    (row,) = bench.ingest().files
    assert (row.status, row.read, row.stored, row.rejected) == ("stored", 3, 3, 0)
    assert bench.column("SELECT DISTINCT actor FROM events") == [WHO]
    assert all(back(raw) in data for raw in bench.column("SELECT raw FROM events"))
    assert bench.verify().faults == ()
    assert row.encoding == "windows-1252"
    assert "encoding assumed: read as windows-1252" in row.note
    (again,) = bench.ingest().files
    assert again.file_id == row.file_id


def test_syslog_of_single_bytes_is_read(bench: Any) -> None:
    line = "Jan  5 09:12:4{} host sshd[1]: Accepted password for jörg from 192.0.2.7 port 22 ssh2\n"
    bench.write("auth.log", "".join(line.format(n) for n in range(3)).encode("cp1252"))
    (row,) = bench.ingest().files
    assert (row.source, row.stored) == ("linux_auth", 3)
    assert bench.column("SELECT DISTINCT actor FROM events") == ["jörg"]


def test_a_broken_line_of_a_utf8_file_is_rejected_alone(bench: Any, entry: Entry) -> None:
    sound = [json.dumps(entry(n, who=WHO), ensure_ascii=False).encode() for n in range(5)]
    broken = legacy(entry(9, who=WHO))
    bench.write("a.jsonl", [*sound, broken])
    (row,) = bench.ingest().files
    assert (row.read, row.stored, row.rejected) == (6, 5, 1)
    assert (row.encoding, row.note) == ("utf-8", None)
    assert bench.column("SELECT DISTINCT actor FROM events") == [WHO]
    assert bench.rows("SELECT record_no, reason, bytes FROM rejects") == [
        {"record_no": 5, "reason": NOT_UTF8, "bytes": broken}
    ]


def test_a_file_that_proves_to_be_of_single_bytes_late_says_so(bench: Any, entry: Entry) -> None:
    records = [entry(n, fill="x" * 400) for n in range(1_000)]
    bench.write("a.jsonl", [*records, legacy(entry(1_000, who=WHO))])
    (row,) = bench.ingest().files
    assert (row.stored, row.rejected, row.encoding) == (1_001, 0, "windows-1252")
    assert "lines that are not: 1)" in row.note


LINES = st.lists(
    st.one_of(
        st.builds(lambda name: legacy({"who": name}), st.text("aöéß“€", max_size=5)),
        st.builds(lambda name: json.dumps({"who": name}, ensure_ascii=False).encode(), st.text()),
        st.binary(max_size=12).filter(lambda one: not set(one) & set(b"\n\r")),
    ),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(LINES)
def test_records_are_conserved_whatever_their_encoding(
    tmp_path_factory: Any, make_bench: Any, entry: Entry, some: list[bytes]
) -> None:
    bench = make_bench(tmp_path_factory.mktemp("case"))
    bench.write("a.jsonl", [entry(1), entry(2), *some, entry(3)])
    (row,) = bench.ingest(source="door").files
    assert row.read == row.stored + row.duplicate + row.rejected
    assert row.read == 3 + sum(bool(one.strip(b" \t")) for one in some)
    assert bench.verify().faults == ()
