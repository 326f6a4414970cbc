"""Tables: the header is found after marks and titles, and no row is taken for one."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.sources.formats import Batch
from forensics.sources.formats.csv_table import FORMAT
from forensics.sources.tables import layout_of, layout_of_head, window

TABLE = "Time,User,What\n1,a,b\n2,c,d\n"
ROWS = [{"Time": "1", "User": "a", "What": "b"}, {"Time": "2", "User": "c", "What": "d"}]


def split(data: str) -> Batch:
    assert FORMAT.matches(data.encode())
    (batch,) = FORMAT.split(io.BytesIO(data.encode()))
    return batch


def rows(data: str) -> list[Any]:
    return [json.loads(one) for one in split(data).documents or []]


@pytest.mark.parametrize(
    "data",
    [
        "sep=,\n" + TABLE,
        "sep=,\r\n" + TABLE.replace("\n", "\r\n"),
        "SEP=;\n" + TABLE.replace(",", ";"),
        '"sep=;"\n' + TABLE.replace(",", ";"),
        "sep=;;;\n" + TABLE.replace(",", ";"),
        "sep=\t\n" + TABLE.replace(",", "\t"),
        "sep=^\n" + TABLE.replace(",", "^"),
        # The mark is wrong, as when a program writes it whatever the delimiter.
        "sep=;\n" + TABLE,
        "\n\nsep=,\n\n" + TABLE,
        "#TYPE Selected.System.Object\n" + TABLE,
        TABLE.replace("\n", "\r"),
        TABLE.replace("\n", ",\n"),
        TABLE.replace("\n", ",,\n"),
        "Time,User,What\n1,a,b,\n2,c,d,\n",
        '"Time", "User", "What"\n"1", "a", "b"\n"2", "c", "d"\n',
    ],
)
def test_dialects_read_the_same_and_reject_nothing(data: str) -> None:
    assert rows(data) == ROWS
    assert split(data).rejects == []


@pytest.mark.parametrize(
    "titles",
    [
        ["Report generated on 2026-01-05"],
        ["Audit report", "Generated: 2026-01-05, by admin"],
        ['"Report","Audit trail"', '"Generated","2026-01-05"'],
        ["Audit, of the tenant"],
    ],
)
@pytest.mark.parametrize("between", ["", "\n", "\r\n\r\n"])
def test_titles_before_the_header_are_kept_as_rejects(titles: list[str], between: str) -> None:
    batch = split("\n".join(titles) + "\n" + between + TABLE)
    assert [json.loads(one) for one in batch.documents or []] == ROWS
    assert [(one.record_no, one.data.decode()) for one in batch.rejects] == [*enumerate(titles)]
    assert {one.reason for one in batch.rejects} == {"title before the header"}
    assert batch.numbers == [len(titles), len(titles) + 1]


def test_a_row_that_is_wider_does_not_become_the_header() -> None:
    batch = split("Time,User\n1,a\nx,y,z\n2,b\n3,c\n")
    assert len(batch.records) == 3
    assert [one.data for one in batch.rejects] == [b"x,y,z"]


def test_a_table_within_a_cell_does_not_become_the_table() -> None:
    inner = "one,two,three\n" + "a,b,c\n" * 30
    batch = split(f'Time,Text\n1,"{inner}"\n2,x\n')
    assert [json.loads(one)["Time"] for one in batch.documents or []] == ["1", "2"]


def test_cells_beyond_the_named_columns_are_never_dropped() -> None:
    batch = split("Time,User,\n1,a,\n2,b,more\n3,c\n")
    assert batch.records == [b"1,a,", b"3,c"]
    assert [one.data for one in batch.rejects] == [b"2,b,more"]


def test_a_delimiter_too_many_in_one_row_is_no_habit_of_the_table() -> None:
    batch = split("Time,User,Text\n1,a,b\n2,c,d\n3,Hello, world,\n")
    assert [one.data for one in batch.rejects] == [b"3,Hello, world,"]


def test_the_first_column_may_be_unnamed() -> None:
    assert rows(",Time,User\n0,1,a\n") == [{"": "0", "Time": "1", "User": "a"}]
    assert layout_of_head(b",,Time,User\n0,1,2,a\n") is None


def test_a_name_may_stand_over_two_lines() -> None:
    assert rows('Time,"User\nname"\n1,a\n') == [{"Time": "1", "User name": "a"}]


def test_the_header_again_is_told_as_such() -> None:
    batch = split(TABLE + "\ufeff" + TABLE)
    assert len(batch.records) == 4
    assert [(one.record_no, one.reason) for one in batch.rejects] == [(2, "the header line again")]


@pytest.mark.parametrize(
    "data",
    ["some words\n", "words, and words: 1\n2026,5,1\n" * 3, "sep=;\n", "a\nb\nc\n", "1,2\n3,4\n"],
)
def test_other_text_is_no_table(data: str) -> None:
    lines, whole = window(io.StringIO(data))
    found = layout_of(lines, whole=whole)
    assert found is None or found.line == 0


WORDS = st.text("abcxyz", min_size=1, max_size=4)
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=5)


@given(
    st.lists(WORDS, min_size=3, max_size=5, unique=True),
    st.lists(st.lists(CELLS, min_size=5, max_size=5), min_size=1, max_size=6),
    st.lists(st.text("abc .:", min_size=1, max_size=20).filter(str.strip), max_size=4),
    st.sampled_from(",;\t|"),
    st.booleans(),
)
def test_a_written_table_is_read_whatever_stands_before_it(
    names: list[str], cells: list[list[str]], titles: list[str], delimiter: str, marked: bool
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    wanted = [row[: len(names)] for row in cells]
    writer.writerows([names, *wanted])
    before = "".join(f"{one}\n" for one in titles)
    mark = f"sep={delimiter}\r\n" if marked else ""
    batch = split(mark + before + text.getvalue())
    assert [list(json.loads(one).values()) for one in batch.documents or []] == wanted
    assert [one.data.decode() for one in batch.rejects] == titles
    assert len(batch.numbers) + len(batch.rejects) == len(wanted) + len(titles)


@given(st.text(st.sampled_from('ab1,;\t|"\n\r= #'), max_size=200))
def test_every_line_of_any_text_is_a_row_a_reject_or_before_the_rows(text: str) -> None:
    batches = list(FORMAT.split(io.BytesIO(text.encode())))
    kept = [bytes(one).decode() for batch in batches for one in batch.records]
    kept += [one.data.decode() for batch in batches for one in batch.rejects]
    numbers = [n for batch in batches for n in batch.numbers]
    numbers += [one.record_no for batch in batches for one in batch.rejects]
    assert sorted(numbers) == list(range(len(numbers)))
    lines, whole = window(io.StringIO(text, newline=""))
    layout = layout_of(lines, whole=whole)
    told = "".join(kept) + "".join(lines[: layout.line + 1] if layout else [])
    missing = set("".join(told)) ^ set(text)
    assert missing <= set("\r\n \t")
