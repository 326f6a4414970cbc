"""The bytes of each format are a contract: hard values, one table, every format."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import csv, parquet

from forensics.errors import UsageError
from forensics.reports import formats, replacing, table_format

JANUARY = datetime(2017, 1, 1, tzinfo=UTC)
HARD = pa.table(
    {
        "event_uid": pa.array(["a1", "b2", None]),
        "time": pa.array(
            [datetime(2017, 11, 2, 22, 50, 3, 412_000, tzinfo=UTC), None, JANUARY],
            pa.timestamp("us", tz="UTC"),
        ),
        "targets": pa.array([["@x", None, "acct-1"], None, []], pa.list_(pa.string())),
        "reason": pa.array(["=cmd|'/C calc'!A0", 'said "hi",\nbye\x1b[31m', "ü\u202e🙂\x9b"]),
        "record_no": pa.array([0, None, 9_007_199_254_740_993], pa.int64()),
    }
)

CSV = (
    '"event_uid","time","targets","reason","record_no"\n'
    '"a1","2017-11-02T22:50:03.412000Z","\'@x ¦ acct-1","\'=cmd|\'/C calc\'!A0",0\n'
    '"b2",,,"said ""hi"",\nbye␛[31m",\n'
    ',"2017-01-01T00:00:00.000000Z","","ü\\u{202e}🙂\\u{9b}",9007199254740993\n'
)
ROWS = r"""
{"event_uid":"a1","time":"2017-11-02T22:50:03.412000Z","targets":["@x",null,"acct-1"],"reason":"=cmd|'/C calc'!A0","record_no":0}
{"event_uid":"b2","time":null,"targets":null,"reason":"said \"hi\",\nbye\u001b[31m","record_no":null}
{"event_uid":null,"time":"2017-01-01T00:00:00.000000Z","targets":[],"reason":"ü\u202e🙂\u009b","record_no":9007199254740993}
""".strip().splitlines()  # noqa: E501
GOLDEN = {
    "csv": CSV,
    "jsonl": "".join(f"{row}\n" for row in ROWS),
    "json": "[\n" + ",\n".join(ROWS) + "\n]\n",
}


def written(name: str, table: pa.Table) -> bytes:
    stream = io.BytesIO()
    table_format(name).write(table, stream)
    return stream.getvalue()


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_golden_bytes(name: str) -> None:
    assert written(name, HARD).decode() == GOLDEN[name]


@pytest.mark.parametrize("name", formats())
def test_batching_leaves_no_trace(name: str) -> None:
    pieces = pa.concat_tables([HARD.slice(0, 1), HARD.slice(1, 0), HARD.slice(1)])
    assert pieces.column(0).num_chunks == 3
    assert written(name, pieces) == written(name, HARD)


def test_parquet_pages_do_not_follow_the_batches() -> None:
    texts = pa.array([f"{n:032x}" for n in range(0, 600_000_000, 7919)])
    whole = pa.table({"event_uid": texts})
    pieces = pa.concat_tables([whole.slice(at, 701) for at in range(0, len(texts), 701)])
    assert written("parquet", pieces) == written("parquet", whole)


@pytest.mark.parametrize("name", formats())
def test_an_empty_table_can_be_written(name: str) -> None:
    empty = written(name, HARD.slice(0, 0))
    assert empty == written(name, HARD.schema.empty_table())
    assert (empty == b"") == (name == "jsonl")


def test_parquet_keeps_values_and_types() -> None:
    read = parquet.read_table(io.BytesIO(written("parquet", HARD)))
    assert read.equals(HARD)
    tagged = HARD.replace_schema_metadata({"pandas": "{}"})
    assert written("parquet", tagged) == written("parquet", HARD)


def test_json_is_one_document_with_exact_values() -> None:
    rows = json.loads(written("json", HARD))
    assert [row["reason"] for row in rows] == HARD["reason"].to_pylist()
    assert json.loads(written("json", HARD.slice(0, 0))) == []


def test_nested_values_of_a_query_reach_csv_as_json() -> None:
    table = pa.table({"n": pa.array([{"a": [1, None]}, None])})
    assert written("csv", table) == b'"n"\n"{""a"":[1,null]}"\n\n'


@given(st.lists(st.none() | st.text(st.characters(codec="utf-8")), min_size=1, max_size=8))
def test_csv_has_one_record_a_row_and_no_formula(values: list[str | None]) -> None:
    table = pa.table({"reason": pa.array(values, pa.string()), "n": list(range(len(values)))})
    options = csv.ParseOptions(newlines_in_values=True)
    read = csv.read_csv(
        io.BytesIO(written("csv", table)),
        parse_options=options,
        convert_options=csv.ConvertOptions(
            column_types={"reason": pa.string()}, strings_can_be_null=False
        ),
    )
    assert read.num_rows == len(values)
    assert not any(cell[:1] in set("=+-@\t\r") for cell in read["reason"].to_pylist() if cell)


def test_formats_are_found_by_presence() -> None:
    assert formats() == ("csv", "json", "jsonl", "parquet")
    for name in formats():
        assert (table_format(name).write.__doc__ or "").startswith("Write")


@pytest.mark.parametrize("name", ["xlsx", "", "../csv", "os"])
def test_an_unknown_format_names_the_known(name: str) -> None:
    with pytest.raises(UsageError, match="csv, json, jsonl, parquet"):
        table_format(name)


def test_nothing_half_written(tmp_path: Path) -> None:
    path = tmp_path / "timeline.csv"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError), replacing(path) as stream:
        stream.write(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    with replacing(path) as stream:
        stream.write(b"whole")
    assert [each.name for each in tmp_path.iterdir()] == ["timeline.csv"]
    assert path.read_bytes() == b"whole"
    with pytest.raises(UsageError, match="cannot be written"), replacing(tmp_path / "no" / "x"):
        pass
