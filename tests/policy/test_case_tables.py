"""Lists of tickets and of team members, and what records of cases declare."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import DeclarationError
from forensics.policy import case_tables
from forensics.sources import declaration
from forensics.sources.context import TEAMS, TICKETS, ContextFile, kind_of

TICKET = "CaseId,Type,Queue,Target,State,StateSince,OpenedAt,OpenedBy,ClosedAt,Assignee\n"
MEMBER = "Team,Member,ValidFrom,ValidTo\n"


def file(kind: str, text: str) -> ContextFile:
    data = text.encode()
    imported_at = datetime(2018, 1, 1, tzinfo=UTC)
    return ContextFile(kind, f"{kind}.csv", hashlib.sha256(data).hexdigest(), data, imported_at)


def read(kind: str, text: str) -> tuple[list[dict[str, Any]], list[tuple[str | None, str]]]:
    engine = DuckDBEngine(threads=1)
    problems = case_tables.register(engine, [file(kind, text)])
    relation = "tickets" if kind == TICKETS else "team_members"
    rows = engine.rows(f"SELECT * FROM {relation} ORDER BY source_row")
    return rows, [(one.place, one.message) for one in problems]


def test_they_are_known_by_their_header() -> None:
    for text, kind in ((TICKET, TICKETS), (MEMBER, TEAMS), ("CaseId,State\n", None)):
        assert kind_of(Path("x.csv"), text.encode()) == kind


def test_an_instant_is_as_wide_as_what_is_written() -> None:
    rows, problems = read(
        TICKETS,
        TICKET
        + "C-1,Abuse,desk,@a; @b,Open,,2017-11-02T10:00:00Z,intake,2017-11-02T11:00Z,ann\n"
        + "C-2,,,,,,2017-11-02T10:00:00.5+01:00,,,\n"
        + "C-3,,,,,,2017-11-02,,,\n",
    )
    assert problems == []
    first, second, third = rows
    assert (first["targets"], first["state"]) == (["@a", "@b"], "open")
    assert (first["opened_latest"] - first["opened_at"]).total_seconds() == 1
    assert (first["closed_latest"] - first["closed_at"]).total_seconds() == 60
    assert second["opened_at"] == datetime(2017, 11, 2, 9, 0, 0, 500_000, tzinfo=UTC)
    assert (second["opened_latest"] - second["opened_at"]).total_seconds() == 0.001
    # A day of which zone is 26 hours and a day.
    assert third["opened_at"] == datetime(2017, 11, 1, 10, tzinfo=UTC)
    assert third["opened_latest"] == datetime(2017, 11, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "row", "why"),
    [
        (TICKETS, ",,,,,,2017-11-02,,,", "it names no case; fill CaseId"),
        (TICKETS, "C,,,,,,2017-11-02T10:00:00Z,,2017-11-02T09:00:00Z,", "ClosedAt does not lie"),
        (TICKETS, "C,,,,,,2017-02-29,,,", "'2017-02-29' is not an ISO date"),
        (TICKETS, "C,,", "the row has 3 cells, the header 10"),
        (TEAMS, ",ann,,", "it names no team"),
        (TEAMS, "desk,,,", "it names no member"),
        (TEAMS, "desk,ann,2017-11-02T00:00:00Z,2017-11-01T00:00:00Z", "ValidTo does not lie"),
    ],
)
def test_a_faulty_row_is_left_out_and_named(kind: str, row: str, why: str) -> None:
    rows, problems = read(kind, (TICKET if kind == TICKETS else MEMBER) + row + "\n")
    assert rows == []
    (place, message) = problems[0]
    assert place == f"{kind}.csv:2"
    assert why in message


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_membership_may_be_open(delimiter: str) -> None:
    table = (MEMBER + "desk,ann,2017-11-01T00:00:00Z,\n").replace(",", delimiter)
    assert kind_of(Path("x.csv"), table.encode()) == TEAMS
    rows, problems = read(TEAMS, table)
    assert problems == []
    assert (rows[0]["from_earliest"], rows[0]["to_latest"]) == (
        datetime(2017, 11, 1, tzinfo=UTC),
        None,
    )


def test_a_source_declares_where_its_records_tell_of_cases() -> None:
    shipped = declaration.shipped()["moderation_console"]
    assert shipped.case == {"type": "$.case.type"}
    text = shipped.text.replace('type = "case.type"', 'type = "case..type"\nstate = "s"')
    with pytest.raises(DeclarationError) as raised:
        declaration.parse(text, "own.toml")
    assert "unknown key case.state" in raised.value.message
    assert "case.type: 'case..type' is not a path" in raised.value.message
