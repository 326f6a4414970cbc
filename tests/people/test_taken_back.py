"""Departures and leave that another row takes back, and rows of one time that contradict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from forensics import people
from forensics.people.readings import belief_sentence
from forensics.sources.context import CONTRACTORS, EMPLOYEES, ContextFile

EMPLOYEE = {
    "PersonId": "w",
    "EmailAddress": "w@x.example",
    "EmploymentType": "employee",
    "TimeZone": "UTC",
    "Role": "",
    "LastWorkingDate": "",
    "AccessEnd": "",
    "RecordedAt": "2017-10-01T00:00:00Z",
    "Status": "",
}
CONTRACTOR = {
    "Worker": "w",
    "EmailAddress": "w@x.example",
    "Provider": "north",
    "TimeZone": "UTC",
    "ContractEnd": "",
    "RecordedAt": "2017-07-01T00:00:00Z",
}
File = tuple[str, str, dict[str, str]]
ON_THE_DAY = "2017-11-02T12:00:00Z"
WEEK_LATER = "2017-11-10T12:00:00Z"


def employee(name: str, recorded: str = "2017-10-01T00:00:00Z", **said: str) -> File:
    return name, EMPLOYEES, EMPLOYEE | {"RecordedAt": recorded} | said


@pytest.fixture
def told(world: Any, make_file: Callable[..., ContextFile]) -> Callable[..., Any]:
    """A world with some rows of rosters; rows of one name are one file's."""

    def load(*rows: File) -> Any:
        texts: dict[str, tuple[str, list[str]]] = {}
        for name, kind, cells in rows:
            _, lines = texts.setdefault(name, (kind, [",".join(cells)]))
            lines.append(",".join(cells.values()))
        files = [make_file(kind, "\n".join(lines), name) for name, (kind, lines) in texts.items()]
        people.register(world.engine, files)
        return world

    return load


TAKEN_BACK: Sequence[tuple[str, Sequence[File], str, set[str]]] = (
    (
        "a rescission written after another roster's end takes it back",
        (
            employee("a.csv", LastWorkingDate="2017-10-25"),
            employee("b.csv", "2017-10-02T09:00:00Z", LastWorkingDate="2017-10-25"),
            employee(
                "b.csv", "2017-10-20T09:00:00Z", LastWorkingDate="2017-10-25", Status="rescinded"
            ),
        ),
        WEEK_LATER,
        {"employed"},
    ),
    (
        "so does one that names no day",
        (
            employee("a.csv", LastWorkingDate="2017-10-25"),
            employee("b.csv", "2017-10-20T09:00:00Z", Status="rescinded"),
        ),
        WEEK_LATER,
        {"employed"},
    ),
    (
        "and still does when its roster goes on without an end",
        (
            employee("a.csv", LastWorkingDate="2017-10-25"),
            employee("b.csv", "2017-10-20T09:00:00Z", Status="rescinded"),
            employee("b.csv", "2017-11-01T09:00:00Z"),
        ),
        WEEK_LATER,
        {"employed"},
    ),
    (
        "an export that tells the old end again changes nothing",
        (
            employee("a.csv", LastWorkingDate="2017-10-25"),
            employee("a.csv", "2017-11-01T00:00:00Z", LastWorkingDate="2017-10-25", Role="x"),
            employee("b.csv", "2017-10-20T09:00:00Z", Status="rescinded"),
        ),
        WEEK_LATER,
        {"employed"},
    ),
    (
        "a departure announced after the rescission stands",
        (
            employee("a.csv", "2017-10-21T00:00:00Z", LastWorkingDate="2017-10-25"),
            employee("b.csv", "2017-10-02T09:00:00Z", LastWorkingDate="2017-10-30"),
            employee("b.csv", "2017-10-20T09:00:00Z", Status="rescinded"),
        ),
        WEEK_LATER,
        {"ended"},
    ),
    (
        "of which nothing says whether it is older stays open",
        (
            employee("a.csv", "", LastWorkingDate="2017-10-25"),
            employee("b.csv", "2017-10-20T09:00:00Z", Status="rescinded"),
        ),
        WEEK_LATER,
        {"employed", "ended"},
    ),
    (
        "as does one of the same day",
        (
            employee("a.csv", "2017-10-20", LastWorkingDate="2017-10-25"),
            employee("b.csv", "2017-10-20", Status="rescinded"),
        ),
        WEEK_LATER,
        {"employed", "ended"},
    ),
    (
        "a last working day that is taken back leaves an explicit end of access",
        (
            employee("a.csv", AccessEnd="2017-10-25T15:00:00Z"),
            employee("b.csv", "2017-10-02T09:00:00Z", LastWorkingDate="2017-10-25"),
            employee("b.csv", "2017-10-20T09:00:00Z", Status="rescinded"),
        ),
        WEEK_LATER,
        {"ended"},
    ),
    (
        "and the term of a contract",
        (
            ("a.csv", CONTRACTORS, CONTRACTOR | {"ContractEnd": "2017-10-25"}),
            employee(
                "b.csv",
                "2017-10-20T09:00:00Z",
                EmploymentType="contractor",
                Status="rescinded",
            ),
        ),
        WEEK_LATER,
        {"ended"},
    ),
)


@pytest.mark.parametrize(
    ("rows", "time", "phases"),
    [case[1:] for case in TAKEN_BACK],
    ids=[case[0] for case in TAKEN_BACK],
)
def test_a_rescission_takes_back_what_was_surely_written_before_it(
    told: Callable[..., Any], rows: Sequence[File], time: str, phases: set[str]
) -> None:
    assert told(*rows).phases("w@x.example", time)[1] == phases


def test_whether_a_departure_was_taken_back_is_a_dispute_that_says_so(
    told: Callable[..., Any],
) -> None:
    world = told(
        employee("a.csv", "2017-10-20", LastWorkingDate="2017-10-25"),
        employee("b.csv", "2017-10-20", Status="rescinded"),
    )
    _, now = world.judge("w@x.example", WEEK_LATER)
    assert now["last_working_day"] is None
    assert belief_sentence(now) == (
        "As known now, it is undetermined whether w was in ordinary employment or was past the end"
        " of access, judged in the worker's zone UTC; the rosters differ, and nothing says which is"
        " right: a.csv:2 has the last working day 25 Oct 2017 and the end of access"
        " 2017-10-26T00:00Z, and the employer recorded this on 2017-10-20; b.csv:2 takes the"
        " departure back, and the employer recorded this on 2017-10-20."
    )


LEAVE = (
    (("2017-10-01T09:00:00Z", "garden_leave"), ("2017-10-02T09:00:00Z", "active"), "employed"),
    (("2017-10-03T09:00:00Z", "garden_leave"), ("2017-10-02T09:00:00Z", "active"), "leave"),
    (("2017-10-02T09:00:00Z", "garden_leave"), ("2017-10-02T09:00:00Z", "active"), "leave"),
    (("2017-10-01T09:00:00Z", "garden_leave"), ("2017-10-02T09:00:00Z", ""), "leave"),
    (("2017-10-01T09:00:00Z", "garden_leave"), ("2017-10-02T09:00:00Z", "rescinded"), "employed"),
)


@pytest.mark.parametrize(("one", "other", "phase"), LEAVE)
def test_leave_holds_until_a_later_row_says_otherwise(
    told: Callable[..., Any], one: tuple[str, str], other: tuple[str, str], phase: str
) -> None:
    world = told(
        employee("a.csv", one[0], Status=one[1]), employee("b.csv", other[0], Status=other[1])
    )
    assert world.phases("w@x.example", ON_THE_DAY)[1] == {phase}


def test_leave_counts_whichever_roster_tells_the_end(told: Callable[..., Any]) -> None:
    world = told(
        employee("a.csv", LastWorkingDate="2017-12-31"),
        employee("b.csv", "2017-10-20T09:00:00Z", Status="garden_leave"),
    )
    assert world.phases("w@x.example", "2017-10-10T00:00:00Z")[1] == {"employed"}
    assert world.phases("w@x.example", ON_THE_DAY)[1] == {"leave"}


@pytest.mark.parametrize("recorded", ["2017-10-01T00:00:00Z", ""])
@pytest.mark.parametrize("days", [("2017-10-25", "2017-12-31"), ("2017-12-31", "2017-10-25")])
def test_rows_of_one_file_and_time_that_contradict_each_other_are_a_dispute(
    told: Callable[..., Any], recorded: str, days: tuple[str, str]
) -> None:
    rows = [employee("a.csv", recorded, LastWorkingDate=day) for day in days]
    world = told(*rows)
    _, now = world.judge("w@x.example", WEEK_LATER)
    assert now["phases"] == ["employed", "ended"]
    assert [end["source_row"] for end in now["ends"]] == ([2, 3] if days[0] < days[1] else [3, 2])
    # What the roster writes later settles it.
    world = told(*rows, employee("a.csv", "2017-10-20T00:00:00Z", LastWorkingDate="2017-10-30"))
    assert world.phases("w@x.example", WEEK_LATER)[1] == {"ended"}


def test_an_end_was_recorded_by_the_first_roster_that_told_it(told: Callable[..., Any]) -> None:
    world = told(
        employee("a.csv", LastWorkingDate="2017-10-25"),
        employee("b.csv", "2017-11-20T00:00:00Z", LastWorkingDate="2017-10-25", Role="moderator"),
    )
    _, now = world.judge("w@x.example", WEEK_LATER)
    assert (now["source"], now["recorded_at"]) == ("a.csv", datetime(2017, 10, 1, tzinfo=UTC))
    assert (now["role"], now["learned_later"]) == ("moderator", False)
