"""Tables beside the logs: entitlements, holidays, changes, and every way to write them wrong."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from forensics.engine.duckdb import DuckDBEngine
from forensics.policy import stated
from forensics.sources.context import CHANGE_WINDOWS, ENTITLEMENTS, HOLIDAYS, ContextFile

HEADERS = {
    ENTITLEMENTS: "Account,Person,Role,Action,ValidFrom,ValidTo,Basis,TimeZone\n",
    HOLIDAYS: "Date,Site,Zone,Country,Name\n",
    CHANGE_WINDOWS: "Change,Start,End,Status,ApprovedAt,ApprovedBy,Target,TimeZone\n",
}
RELATIONS = {
    ENTITLEMENTS: "listed_entitlements",
    HOLIDAYS: "holidays",
    CHANGE_WINDOWS: "change_windows",
}


def read(kind: str, rows: str) -> tuple[list[dict[str, Any]], list[tuple[str | None, str]]]:
    data = (HEADERS[kind] + rows).encode()
    imported_at = datetime(2018, 1, 1, tzinfo=UTC)
    file = ContextFile(kind, "a.csv", hashlib.sha256(data).hexdigest(), data, imported_at)
    engine = DuckDBEngine(threads=1)
    problems = stated.register(engine, [file])
    found = engine.rows(f"SELECT * FROM {RELATIONS[kind]} ORDER BY source_row")
    return found, [(one.place, one.message) for one in problems]


def test_entitlements_of_accounts_and_of_persons() -> None:
    rows, problems = read(
        ENTITLEMENTS,
        "lead-1,p1,TS_Lead,,2017-01-02T00:00:00Z,,standing,\n"
        ",p2,,Account.*,2017-01-02,2017-02-01,,America/Los_Angeles\n"
        "x,,r,,2017-01-02,,,\n",
    )
    assert problems == []
    assert (rows[0]["account"], rows[0]["person"], rows[0]["held"]) == ("lead-1", None, "ts_lead")
    assert rows[0]["from_latest"] == datetime(2017, 1, 2, tzinfo=UTC)
    assert rows[0]["to_latest"] is None
    assert (rows[1]["person"], rows[1]["held"]) == ("p2", "account.*")
    assert rows[1]["to_earliest"] == rows[1]["to_latest"] == datetime(2017, 2, 1, 8, tzinfo=UTC)
    # Nobody says in which zone that day began.
    assert rows[2]["from_latest"] - rows[2]["from_earliest"] == timedelta(hours=26)


def test_an_hour_that_comes_twice_or_never_has_both_readings() -> None:
    zone = "America/Los_Angeles"
    rows, _ = read(
        CHANGE_WINDOWS,
        f"A,2017-11-05T01:30:00,2017-11-05T04:00:00,,,,,{zone}\n"
        f"B,2018-03-11T02:30:00,2018-03-11T04:00:00,,,,,{zone}\n",
    )
    for row, day in zip(rows, (date(2017, 11, 5), date(2018, 3, 11)), strict=True):
        assert row["starts_latest"] - row["starts_at"] == timedelta(hours=1)
        assert row["ends_at"] == row["ends_latest"]
        assert row["starts_at"].date() == day


def test_what_a_status_says_of_approval() -> None:
    plain = "C,2017-11-02T10:00:00Z,2017-11-02T11:00:00Z,"
    rows, problems = read(
        CHANGE_WINDOWS,
        f"{plain}Approved,2017-11-01T00:00:00Z,boss,@x,\n{plain}Rejected,,,,\n{plain}odd,,,,\n"
        f"{plain},2017-11-01T00:00:00Z,,,\n{plain},,,,\n",
    )
    assert problems == []
    assert [row["approved"] for row in rows] == [True, False, None, True, None]
    assert (rows[0]["approved_by"], rows[0]["target"]) == ("boss", "@x")


def test_holidays_are_of_one_place_or_of_all() -> None:
    rows, problems = read(HOLIDAYS, "2017-11-23,SF,,,Thanks\n2017-12-25,,,,\n")
    assert problems == []
    assert [(row["day"], row["place_kind"], row["place"]) for row in rows] == [
        (date(2017, 11, 23), "site", "sf"),
        (date(2017, 12, 25), None, None),
    ]


@pytest.mark.parametrize(
    ("kind", "row", "words"),
    [
        (ENTITLEMENTS, ",,r,,2017-01-02,,,", "it does not say who holds what"),
        (ENTITLEMENTS, "a,,,,2017-01-02,,,", "it does not say who holds what"),
        (ENTITLEMENTS, "a,,r,,2017-02-29,,,", "'2017-02-29' is not an ISO date or instant"),
        (ENTITLEMENTS, "a,,r,,2017-01-02,,,Mars/Base", "the time zone 'Mars/Base' is unknown"),
        (ENTITLEMENTS, "a,,r,,2017-01-02,,,../../etc", "is unknown"),
        (ENTITLEMENTS, "a,,r,,2017-02-02,2017-01-02,,UTC", "ValidTo does not lie after ValidFrom"),
        (ENTITLEMENTS, "a,,r,,0001-01-01,,,", "is not an ISO date or instant"),
        (ENTITLEMENTS, "a,r", "the row has 2 cells, the header 8"),
        (HOLIDAYS, "23.11.2017,sf,,,x", "date '23.11.2017' is not a date"),
        (HOLIDAYS, "2017-11-23,sf,UTC,,x", "it names site and zone"),
        (CHANGE_WINDOWS, "C,2017-01-02T10:00:00Z,,,,,,", "it lacks Change, Start or End"),
        (CHANGE_WINDOWS, "C,2017-01-02T10:00:00Z,2017-01-02T09:00:00Z,,,,,", "End does not lie"),
    ],
)
def test_a_row_that_cannot_be_read_is_left_out_and_named(kind: str, row: str, words: str) -> None:
    rows, problems = read(kind, f"{row}\n")
    assert rows == []
    assert len(problems) == 1
    place, message = problems[0]
    assert place == "a.csv:2"
    assert message.startswith("The row is not read: ")
    assert words in message


def test_other_columns_are_named_and_a_file_that_is_no_text_is() -> None:
    engine = DuckDBEngine(threads=1)
    at = datetime(2018, 1, 1, tzinfo=UTC)
    files = [
        ContextFile(HOLIDAYS, "odd.csv", "1", b"Date,Site,Naem\n2017-11-23,sf,x\n", at),
        ContextFile(HOLIDAYS, "bad.csv", "2", b"Date,Site,Name\n2017-11-23,sf,\xff\n", at),
    ]
    problems = stated.register(engine, files)
    assert [(one.place, one.message) for one in problems] == [
        ("odd.csv:1", "Columns that are not read: 'naem'."),
        ("bad.csv", problems[1].message),
    ]
    assert problems[1].message.startswith("The table cannot be read: ")
    assert engine.rows("SELECT count(*) AS n FROM holidays") == [{"n": 1}]
