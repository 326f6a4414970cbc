"""CSV: rows keep their exact text, and a broken row costs only itself."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.sources.formats import NOT_UTF8, Batch, Hints, detect
from forensics.sources.formats import csv_table as module
from forensics.sources.formats.csv_table import FORMAT


def split(data: bytes, embedded: str | None = None) -> list[Batch]:
    return list(FORMAT.split(io.BytesIO(data), Hints(embedded)))


def rows(data: bytes, embedded: str | None = None) -> list[Any]:
    return [json.loads(one) for batch in split(data, embedded) for one in batch.documents or []]


def test_a_quoted_cell_may_hold_delimiters_and_line_ends() -> None:
    (batch,) = split(b'a,b\r\n"1, ""x""","two\r\nlines"\r\n3,4\r\n')
    assert batch.records == [b'"1, ""x""","two\r\nlines"', b"3,4"]
    assert [json.loads(one) for one in batch.documents or []] == [
        {"a": '1, "x"', "b": "two\r\nlines"},
        {"a": "3", "b": "4"},
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_header_tells_the_delimiter(delimiter: str) -> None:
    data = "\n".join(delimiter.join(row) for row in (["a", "b"], ["1", "2"])).encode()
    found = detect(data)
    assert found is not None
    assert found.name == "csv"
    assert rows(data) == [{"a": "1", "b": "2"}]


def test_rows_of_another_width_are_rejected_with_their_bytes() -> None:
    (batch,) = split(b"a,b\n1\n1,2\n1,2,3\n")
    assert batch.numbers == [1]
    assert [(one.record_no, one.data) for one in batch.rejects] == [(0, b"1"), (2, b"1,2,3")]
    assert "1 columns" in batch.rejects[0].reason


def test_a_quote_that_never_ends_costs_one_line() -> None:
    (batch,) = split(b'a,b\n1,2\n"3,4\n5,6\n7,8\n')
    assert batch.records == [b"1,2", b"5,6", b"7,8"]
    assert [(one.record_no, one.data) for one in batch.rejects] == [(1, b'"3,4')]


def test_quotes_that_never_end_are_not_read_again_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RETRIES", 2)
    batches = split(b"a,b\n" + b'"x\n' * 9)
    kept = b"\n".join(one.data for batch in batches for one in batch.rejects)
    assert kept == b"\n".join([b'"x'] * 9)


def test_only_the_row_that_is_not_utf8_is_rejected() -> None:
    (batch,) = split(b"a,b\n1,\xff\n3,4\n")
    assert batch.records == [b"3,4"]
    assert [(one.reason, one.data) for one in batch.rejects] == [(NOT_UTF8, b"1,\xff")]


def test_members_of_an_embedded_column_are_lifted() -> None:
    data = b'When,Data\n1,"{""op"": ""x"", ""When"": 2}"\n3,\n4,{}\n'
    assert rows(data, "Data") == [
        {"csv": {"When": "1"}, "op": "x", "When": 2},
        {"csv": {"When": "3"}},
        {"csv": {"When": "4"}},
    ]


@pytest.mark.parametrize("data", [b"a,b\n", b"a,b", b"\n\na,b\n\n\n"])
def test_a_header_alone_holds_no_rows(data: bytes) -> None:
    assert rows(data) == []
    assert all(not batch.rejects for batch in split(data))


def test_blank_lines_before_the_header_and_between_rows_are_no_rows() -> None:
    assert rows(b"\r\n\na,b\n\n1,2\n\n") == [{"a": "1", "b": "2"}]


@pytest.mark.parametrize("head", [b"a,a\n1,2\n", b"one column\n1\n", b"1,2\n3,4\n", b"", b"\n\n"])
def test_what_is_no_table_with_a_header_is_not_taken_for_one(head: bytes) -> None:
    assert not FORMAT.matches(head)


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_what_a_writer_wrote_is_read(pairs: list[tuple[str, str]], end: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("a", "b"), *pairs])
    data = text.getvalue().encode()
    assert rows(data) == [{"a": a, "b": b} for a, b in pairs]
    kept = [one.decode() for batch in split(data) for one in batch.records]
    assert [next(csv.reader(io.StringIO(one, newline=""))) for one in kept] == [
        list(p) for p in pairs
    ]


def test_a_header_that_is_not_utf8_costs_no_row() -> None:
    data = b"Name,Wert,\xdcber\nM,1,x\n"
    assert FORMAT.matches(data)
    assert rows(data) == [{"Name": "M", "Wert": "1", "\ufffdber": "x"}]


def test_a_header_line_may_end_as_it_likes() -> None:
    assert FORMAT.matches(b"a,b\r1,2\r")
    assert rows(b"a,b\r1,2\r") == [{"a": "1", "b": "2"}]
