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
def test_titles_before_the_header_are_kept_as_one_reject(titles: list[str], between: str) -> None:
    batch = split("\n".join(titles) + "\n" + between + TABLE)
    assert [json.loads(one) for one in batch.documents or []] == ROWS
    (reject,) = batch.rejects
    assert (reject.record_no, reject.data.decode()) == (0, "\n".join(titles))
    assert reject.reason == "title before the header"
    assert batch.numbers == [1, 2]


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
    assert [one.data.decode() for one in batch.rejects] == ["\n".join(titles)] * bool(titles)
    assert len(batch.numbers) + len(batch.rejects) == len(wanted) + bool(titles)


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


DAY = "2024-01-0{}T00:00:00Z,bob{},login,host{}"


def logged(*tails: str) -> list[str]:
    """Rows of a log, each with something after it."""
    return [DAY.format(n, n, n) + tail for n, tail in enumerate(tails, 1)]


@pytest.mark.parametrize("before", ["", "Export of x\n\n"])
@pytest.mark.parametrize(
    ("header", "tails", "stored"),
    [
        # Commas that nobody quoted, cells that somebody left out, a column that has no name.
        ("timestamp,actor,action,target", ["", ", extra, word", ", extra, word"], 1),
        ("timestamp,actor,action,target", ["", *[", extra, word"] * 5, "", ""], 3),
        ("timestamp,actor,action,target,detail,comment", ["", "", ",web,none", ""], 1),
    ],
)
def test_a_row_of_data_is_no_header_however_ragged_the_table(
    before: str, header: str, tails: list[str], stored: int
) -> None:
    batch = split(before + "\n".join([header, *logged(*tails)]) + "\n")
    assert len(batch.records) == stored
    assert [set(json.loads(one)) for one in batch.documents or []] == [
        set(header.split(","))
    ] * stored
    told = {one.reason.split(" ")[0] for one in batch.rejects if one.data != b"Export of x"}
    assert told == {"row"}


def test_rows_of_a_header_that_fits_none_are_told_with_both_widths() -> None:
    batch = split("\n".join(["timestamp,actor,action,target", *logged(*[",web"] * 9)]))
    assert batch.records == []
    assert {one.reason for one in batch.rejects} == {"row has 5 columns, the header has 4"}
    assert len(batch.rejects) == 9


@pytest.mark.parametrize("between", [[], [""], ["2024-01-09T00:00:00Z,cut"]])
def test_tables_that_were_put_together_are_read_by_their_own_headers(between: list[str]) -> None:
    first = logged("", "", "", "", "")
    second = [f"{n},{row}" for n, row in enumerate(first * 4)]
    headers = "timestamp,actor,action,target", "id,timestamp,actor,action,target"
    lines = [headers[0], *first, *between, headers[1], *second, headers[0], *first]
    batch = split("\n".join(lines))
    assert [one.decode() for one in batch.records] == [*first, *second, *first]
    found = [json.loads(one) for one in batch.documents or []]
    assert {one["actor"][:3] for one in found} == {"bob"}
    told = [(one.data.decode(), one.reason) for one in batch.rejects if one.data != b"".join(
        one.encode() for one in between
    )]  # fmt: skip
    assert told == [
        (one, "header of another table, whose rows follow") for one in (headers[1], headers[0])
    ]


def test_words_in_a_row_are_no_other_table_unless_rows_of_it_follow() -> None:
    spilt = ["hello, dear, friends", "so, you, see"]
    batch = split("\n".join(["timestamp,actor,action,target", *logged("", ""), *spilt]))
    assert len(batch.records) == 2
    batch = split("\n".join(["timestamp,actor,action,target", *spilt[:1], *logged("", "")]))
    assert len(batch.records) == 2


def test_titles_in_columns_give_way_to_the_table_below_them() -> None:
    titles = ["Report,Admin audit,Company", "From,2024-01-01,To,2024-02-01", "For,Ada,Ops"]
    batch = split("\n".join([*titles, "", "timestamp,actor,action,target", *logged("", "")]))
    assert len(batch.records) == 2
    assert [one.data.decode() for one in batch.rejects] == ["\n".join(titles)]


@given(
    st.lists(st.text("abcxyz", min_size=1, max_size=4), min_size=3, max_size=6, unique=True),
    st.lists(st.integers(1, 8), min_size=2, max_size=30),
    st.lists(st.text("abcxyz 1", max_size=4), min_size=7, max_size=7),
)
def test_a_header_over_ragged_rows_of_a_log_stays_the_header(
    names: list[str], widths: list[int], cells: list[str]
) -> None:
    stamped = [f"2024-01-01T00:00:{n:02}Z" for n in range(len(widths))]
    lines = [",".join([at, *cells[: width - 1]]) for at, width in zip(stamped, widths, strict=True)]
    batch = split("\n".join([",".join(names), *lines]) + "\n")
    fit = [one for one, width in zip(lines, widths, strict=True) if width == len(names)]
    wide = [one for one in lines if one.count(",") == len(names) and one.endswith(",")]
    assert [one.decode() for one in batch.records if one.decode() not in wide] == fit
    assert len(batch.records) + len(batch.rejects) == len(lines)


@pytest.mark.parametrize("blank", ["\n" * 60, " \r\n" * 30_000])
def test_blank_lines_before_a_table_are_nothing(blank: str) -> None:
    assert rows(blank + TABLE) == ROWS
    assert split(blank + TABLE).rejects == []
