"""Parquet: rows come out as JSON with every digit, and damage costs what it hit."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.evidence.reading import identify_opened
from forensics.sources import columnar
from forensics.sources.declaration import shipped
from forensics.sources.formats import Batch, detect
from forensics.sources.formats.parquet import FORMAT
from forensics.sources.opening import HEAD, Opened


def written(table: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def split(data: bytes) -> list[Batch]:
    return list(FORMAT.split(io.BytesIO(data)))


def rows(data: bytes) -> list[Any]:
    return [json.loads(one) for batch in split(data) for one in batch.records]


MOMENT = datetime(2026, 1, 5, 9, 12, 44, 123456, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 5, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (pa.int64(), 2**63 - 1, 2**63 - 1),
        (pa.uint64(), 2**64 - 1, 2**64 - 1),
        (pa.decimal128(38, 10), Decimal("12345678901234567890.0000000010"), None),
        (pa.timestamp("us", "UTC"), MOMENT, "2026-01-05 09:12:44.123456Z"),
        (pa.timestamp("ms", "America/New_York"), MOMENT, "2026-01-05 09:12:44.123Z"),
        (pa.timestamp("us"), MOMENT.replace(tzinfo=None), "2026-01-05 09:12:44.123456"),
        (pa.timestamp("ns"), 1767604364123456789, "2026-01-05 09:12:44.123456789"),
        (pa.date32(), date(2026, 1, 5), "2026-01-05"),
        (pa.duration("us"), timedelta(seconds=90), 90_000_000),
        (pa.binary(), b"\x00\xff", "AP8="),
        (pa.float64(), float("nan"), None),
        (pa.map_(pa.string(), pa.int32()), [("a", 1), ("b", None)], {"a": 1, "b": None}),
        (pa.map_(pa.string(), pa.int32()), [("a", 1), ("a", 2)], [["a", 1], ["a", 2]]),
        (
            pa.struct([("at", pa.timestamp("ns", "UTC")), ("all", pa.list_(pa.timestamp("ms")))]),
            {"at": 1767604364123456789, "all": [MIDNIGHT, None]},
            {"at": "2026-01-05 09:12:44.123456789Z", "all": ["2026-01-05 00:00:00.000", None]},
        ),
        (pa.dictionary(pa.int32(), pa.string()), "Zoë 🦉", "Zoë 🦉"),
        (pa.string(), None, None),
    ],
    ids=str,
)
def test_a_value_is_shown_exactly(kind: pa.DataType, value: Any, shown: Any) -> None:
    if isinstance(value, Decimal):
        shown = str(value)
    elif isinstance(value, datetime) and kind == pa.timestamp("ms", "America/New_York"):
        value = value.replace(microsecond=123000)
    data = written(pa.table({"v": pa.array([value], kind), "n": [1]}))
    assert rows(data) == [{"v": shown, "n": 1}]


def test_text_that_is_not_utf8_costs_nothing() -> None:
    broken = pa.array([b"ok", b"a\xff", None]).cast(pa.binary()).view(pa.string())
    found = rows(written(pa.table({"v": broken})))
    assert found == [{"v": "ok"}, {"v": "a\\xff"}, {"v": None}]


@given(
    st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.text(max_size=8)), max_size=40),
    st.integers(1, 15),
    st.integers(1, 7),
)
def test_every_row_is_a_record_with_its_number(
    pairs: list[tuple[int, str]], group: int, step: int
) -> None:
    safe = [(n, text.encode("utf-8", "replace").decode()) for n, text in pairs]
    table = pa.table({"n": pa.array([n for n, _ in safe], pa.int64()), "t": [t for _, t in safe]})
    table = table.cast(pa.schema([("n", pa.int64()), ("t", pa.string())]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columnar, "_ROWS", step)
        batches = split(written(table, row_group_size=group))
    assert [n for batch in batches for n in batch.numbers] == list(range(len(safe)))
    found = [json.loads(one) for batch in batches for one in batch.records]
    assert found == [{"n": n, "t": text} for n, text in safe]


def groups() -> bytearray:
    table = pa.table({"n": list(range(30)), "t": [f"text {n}" for n in range(30)]})
    return bytearray(written(table, row_group_size=10))


def test_a_damaged_row_group_costs_its_own_rows() -> None:
    data = groups()
    column = pq.ParquetFile(io.BytesIO(bytes(data))).metadata.row_group(1).column(0)
    start = column.dictionary_page_offset or column.data_page_offset
    data[start : start + 12] = b"\xff" * 12
    batches = split(bytes(data))
    assert [n for batch in batches for n in batch.numbers] == [*range(10), *range(20, 30)]
    (damage,) = [batch.damage for batch in batches if batch.damage]
    assert damage.startswith("10 rows of row group 2 of 3 cannot be read")


@pytest.mark.parametrize("cut", [1, 9, 100])
def test_a_damaged_footer_is_told(cut: int, tmp_path: Path) -> None:
    data = bytes(groups()[:-cut])
    (batch,) = split(data)
    assert batch.damage
    assert "footer" in batch.damage
    path = tmp_path / "in.parquet"
    path.write_bytes(data)
    with Opened(path) as opened:
        assert opened.damage


@given(st.integers(0, 2000), st.binary(min_size=1, max_size=8))
def test_flipped_bytes_raise_nothing(place: int, junk: bytes) -> None:
    data = groups()
    place = 4 + place % (len(data) - 4)
    data[place : place + len(junk)] = junk
    numbers = [n for batch in split(bytes(data)) for n in batch.numbers]
    assert len(numbers) == len(set(numbers))


def events(count: int) -> bytes:
    """Rows as Amazon Security Lake lays them out, most of their bytes zero."""
    made = [
        {
            "class_uid": 3001,
            "activity_id": 6,
            "time": 1767604364000 + n,
            "metadata": {"version": "1.1.0", "uid": f"e-{n}", "product": {"name": "CloudTrail"}},
            "actor": {"user": {"name": "ada", "uid": "arn:aws:iam::111122223333:user/ada"}},
            "user": {"name": f"user-{n}"},
            "status": "Success",
            "unmapped": [("detail", "x" * 300)],
        }
        for n in range(count)
    ]
    schema = pa.Table.from_pylist([{**one, "unmapped": None} for one in made[:1]]).schema
    at = schema.get_field_index("unmapped")
    schema = schema.set(at, pa.field("unmapped", pa.map_(pa.string(), pa.string())))
    return written(pa.Table.from_pylist(made, schema), compression="none", use_dictionary=False)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("count", [3, 2_000])
def test_a_file_of_any_size_is_recognised_by_its_first_rows(
    tmp_path: Path, count: int, pack: Callable[[bytes], bytes]
) -> None:
    data = events(count)
    assert (len(data) > HEAD) == (count > 3)
    path = tmp_path / "in.parquet"
    path.write_bytes(pack(data))
    with Opened(path) as opened:
        found = identify_opened(path, opened, shipped())
        assert found.log is not None
        container, recognition = found.log
        assert (recognition.source, container.name) == ("ocsf", "parquet")
        assert sum(len(batch.numbers) for batch in container.split(opened.text)) == count
        opened.finish()
        assert opened.damage is None
        assert opened.size == path.stat().st_size


def test_it_is_detected_by_its_sign() -> None:
    found = detect(bytes(groups()))
    assert found is not None
    assert found.name == "parquet"
