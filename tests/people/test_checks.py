"""What is asked about rosters and accounts: each contradiction once, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from forensics import people
from forensics.sources.context import (
    ACCOUNTS,
    CONTRACTORS,
    DIRECTORY,
    EMPLOYEES,
    SHIFTS,
    ContextFile,
)

MakeFile = Callable[..., ContextFile]

EMPLOYEE = (
    "EmailAddress,ResignationDate,LastWorkingDate,PersonId,TimeZone,StartDate,Manager,RecordedAt\n"
)
CONTRACT = "Worker,Provider,TimeZone,ContractStart,ContractEnd,RecordedAt\n"
TEXT = pa.string()
TIME = pa.timestamp("us", tz="UTC")


def events(world: Any, *acts: tuple[str, str]) -> None:
    columns = {
        "event_uid": pa.array([str(n) for n in range(len(acts))], TEXT),
        "source": pa.array(["console"] * len(acts), TEXT),
        "actor": pa.array([actor for actor, _ in acts], TEXT),
        "actor_type": pa.array(["user"] * len(acts), TEXT),
        "actor_email": pa.array([None] * len(acts), TEXT),
        "actor_name": pa.array([None] * len(acts), TEXT),
        "time": pa.array([datetime.fromisoformat(time) for _, time in acts], TIME),
    }
    world.engine.register("events", pa.table(columns))


def asked(world: Any, *files: ContextFile) -> list[tuple[str, str, str | None]]:
    load = people.register(world.engine, list(files))
    rows = people.check(world.engine, load.problems)
    assert all(row["remedy"] for row in rows)
    return [(row["what"], row["sentence"], row["place"]) for row in rows]


def employees(make_file: MakeFile, *rows: str, name: str = "employees.csv") -> ContextFile:
    return make_file(EMPLOYEES, EMPLOYEE + "\n".join(rows) + "\n", name)


def test_rosters_that_agree_leave_nothing_to_ask(world: Any, make_file: MakeFile) -> None:
    rows = (
        "a@x.example,,,a,UTC,2016-01-04,b,2016-01-04",
        "a@x.example,2017-10-01,2017-11-02,a,UTC,2016-01-04,b,2017-10-02",
        "b@x.example,,,b,UTC,2016-01-04,,2016-01-04",
    )
    contracts = make_file(
        CONTRACTORS,
        CONTRACT
        + "c,north,UTC,2017-01-02,2017-06-30,2017-01-02\n"
        + "c,north,UTC,2017-09-01,2017-12-29,2017-08-20\n",
    )
    events(world, ("a", "2017-11-02T12:00:00+00:00"), ("b", "2018-01-01T00:00:00+00:00"))
    assert asked(world, employees(make_file, *rows), contracts) == []


def test_two_rosters_that_disagree(world: Any, make_file: MakeFile) -> None:
    contracts = make_file(CONTRACTORS, CONTRACT + "a,north,UTC,,2017-12-29,2017-01-01\n")
    row = "a@x.example,,2017-11-02,a,UTC,,,2017-01-01"
    (found,) = asked(world, employees(make_file, row), contracts)
    assert found[0] == "rosters_disagree"
    assert found[1] == (
        "Two rosters disagree on the end of a: 2017-12-30 00:00Z and 2017-11-03 00:00Z "
        "(employees.csv:2)."
    )
    assert found[2] == "contractors.csv:2"


@pytest.mark.parametrize("recorded", ["2017-02-01", "2017-01-01", ""])
@pytest.mark.parametrize("name", ["corrections.csv", "a.csv"])
def test_two_rosters_disagree_whatever_their_feed_names_and_recording(
    world: Any, make_file: MakeFile, recorded: str, name: str
) -> None:
    row = "a@x.example,,{},a,UTC,,,{}".format
    first = employees(make_file, row("2017-11-02", "2017-01-01"))
    other = employees(make_file, row("2017-12-29", recorded), name=name)
    assert [one[0] for one in asked(world, first, other)] == ["rosters_disagree"]
    # A roster corrects itself, here by its next snapshot.
    corrected = employees(
        make_file, row("2017-12-29", "2017-03-01"), name="employees-2017-03-01.csv"
    )
    first = employees(make_file, row("2017-11-02", "2017-01-01"), name="employees-2017-01-01.csv")
    assert asked(world, first, corrected, other) == []


def test_days_without_a_zone_disagree_and_a_job_after_a_contract_does_not(
    world: Any, make_file: MakeFile
) -> None:
    row = "a@x.example,,{},a,{},{},,2017-01-01".format
    days = [
        employees(make_file, row(day, "", ""), name=f"{day[-1]}.csv")
        for day in ("2017-11-02", "2017-11-03")
    ]
    assert "rosters_disagree" in [one[0] for one in asked(world, *days)]
    job = employees(make_file, row("2017-11-02", "UTC", "2017-07-01"))
    contract = CONTRACT + "a,north,UTC,2017-01-01,2017-12-29,2017-01-01\n"
    assert asked(world, job, make_file(CONTRACTORS, contract)) == []


@pytest.mark.parametrize("recorded", ["", "2017-01-01"])
def test_rows_of_one_file_that_disagree(world: Any, make_file: MakeFile, recorded: str) -> None:
    row = "a@x.example,,{},a,UTC,{},,{}".format
    rows = row("2017-11-02", "", recorded), row("2017-12-29", "", recorded)
    (found,) = asked(world, employees(make_file, *rows))
    assert found == (
        "rows_disagree",
        (
            "Two rows of employees.csv disagree on a: line 2 says the end 2017-11-03 00:00Z, "
            "line 3 the end 2017-12-30 00:00Z."
        ),
        "employees.csv:3",
    )
    (open_end,) = asked(world, employees(make_file, row("", "", recorded), rows[0]))
    assert "line 2 says no end, line 3 the end 2017-11-03" in open_end[1]
    later = row("2017-12-29", "", "2017-02-01")
    rejoined = row("2017-12-29", "2017-11-20", recorded)
    for second in (later, rejoined):
        assert asked(world, employees(make_file, rows[0], second)) == []


def test_a_person_who_leaves_twice(world: Any, make_file: MakeFile) -> None:
    row = "a@x.example,,{},a,UTC,{},,{}".format
    twice = (row("2017-06-30", "", "2017-06-01"), row("2017-11-02", "", "2017-10-01"))
    (found,) = asked(world, employees(make_file, *twice))
    assert found == (
        "leaves_twice",
        "a leaves twice: 2017-07-01 00:00Z and 2017-11-03 00:00Z, with no start between.",
        "employees.csv:3",
    )
    back = (twice[0], row("2017-11-02", "2017-09-01", "2017-08-20"))
    moved = (row("2017-06-30", "", "2017-06-01"), row("2017-07-02", "", "2017-07-02"))
    extended = (twice[0], row("2017-12-29", "", "2017-06-15"))
    for rows in (back, moved, extended):
        assert asked(world, employees(make_file, *rows)) == []


def test_duplicate_people(world: Any, make_file: MakeFile) -> None:
    rows = (
        "a@x.example,,,a,UTC,,,2016-01-04",
        "A@x.example,,,a-2,UTC,,,2016-01-04",
        "b@x.example,,,b,UTC,,,2016-01-04",
        "b@x.example,,,b,UTC,,,2016-01-04",
    )
    found = asked(world, employees(make_file, *rows))
    assert found == [
        (
            "duplicate_person",
            "The e-mail a@x.example is that of 2 persons: a, a-2.",
            "employees.csv:2",
        ),
        ("duplicate_person", "Two rows of employees.csv say the same of b.", "employees.csv:4"),
    ]
    rows = ("a@x.example,,,a,UTC,,,2016-01-04", "z@x.example,,,A,UTC,,,2016-01-04")
    assert asked(world, employees(make_file, *rows)) == [
        (
            "duplicate_person",
            "Rows of employees.csv give A and a 2 e-mails at one time: a@x.example, z@x.example.",
            "employees.csv:3",
        )
    ]


def test_managers_in_a_circle_are_told_once(world: Any, make_file: MakeFile) -> None:
    rows = (
        "a@x.example,,,a,UTC,,B@x.example,2016-01-04",
        "b@x.example,,,b,UTC,,c,2016-01-04",
        "c@x.example,,,c,UTC,,A,2016-01-04",
        "d@x.example,,,d,UTC,,a,2016-01-04",
        "e@x.example,,,e,UTC,,e,2016-01-04",
        "f@x.example,,,f,UTC,,nobody,2016-01-04",
    )
    found = asked(world, employees(make_file, *rows))
    assert found == [
        (
            "cyclic_managers",
            "Managers go round in a circle: a under b under c under a.",
            "employees.csv:2",
        ),
        ("cyclic_managers", "Managers go round in a circle: e under e.", "employees.csv:6"),
    ]


def test_the_manager_is_the_one_recorded_last_wherever_the_row_stands(
    world: Any, make_file: MakeFile
) -> None:
    rows = (
        "a@x.example,,,a,UTC,,b,2017-01-01",
        "b@x.example,,,b,UTC,,c,2017-01-01",
        "b@x.example,,,b,UTC,,a,2016-01-01",
    )
    assert asked(world, employees(make_file, *rows)) == []


def test_a_resignation_without_a_last_day_and_a_shift_after_it(
    world: Any, make_file: MakeFile
) -> None:
    rows = (
        "a@x.example,2017-10-01,,a,UTC,,,2017-10-01",
        "b@x.example,,2017-11-02,b,UTC,,,2017-10-01",
    )
    shifts = (
        "PersonId,Start,End\nb,2017-11-02T22:00:00,2017-11-03T06:00:00\n"
        "b,2017-11-04T22:00:00,2017-11-05T06:00:00\n"
    )
    found = asked(world, employees(make_file, *rows), make_file(SHIFTS, shifts))
    assert found == [
        (
            "missing_end",
            "a resigned (2017-10-01 00:00Z), and no last day is recorded.",
            "employees.csv:2",
        ),
        (
            "shift_after_end",
            (
                "b was to work 1 shift after the end, 2017-11-03 06:00Z, the first from "
                "2017-11-04 22:00Z."
            ),
            "shifts.csv:3",
        ),
    ]


def test_a_shift_that_would_move_the_end_by_days_moves_nothing(
    world: Any, make_file: MakeFile
) -> None:
    row = "b@x.example,,2017-11-02,b,UTC,,,2017-10-01"
    shifts = (
        "PersonId,Start,End\nb,2017-11-02T22:00:00,2017-12-03T06:00:00\n"
        "b,2017-11-02T20:00:00,2017-11-03T02:00:00\n"
    )
    (found,) = asked(world, employees(make_file, row), make_file(SHIFTS, shifts))
    assert found[0] == "noted"
    assert found[1].startswith("A shift of 'b' that begins on the last working day ends more than")
    assert found[2] == "shifts.csv:2"
    (fact,) = world.engine.rows("SELECT access_end_latest FROM employment")
    assert fact["access_end_latest"] == datetime(2017, 11, 3, 2, tzinfo=UTC)


def test_dates_that_cannot_be(world: Any, make_file: MakeFile) -> None:
    rows = (
        "a@x.example,,2017-02-29,a,UTC,,,2016-01-04",
        "b@x.example,,2017-01-01,b,UTC,2017-06-01,,2016-01-04",
        "c@x.example,2017-12-24,2017-11-02,c,UTC,,,2017-10-01",
        "d@x.example,,2017-11-02,d,Europe/Dublim,,,2017-10-01",
        "e@x.example,,2016-02-29,e,UTC,,,2016-01-04",
    )
    found = asked(world, employees(make_file, *rows))
    assert [(one[0], one[2]) for one in found] == [
        ("unread", "employees.csv:2"),
        ("unread", "employees.csv:3"),
        ("noted", "employees.csv:2"),
        ("noted", "employees.csv:3"),
        ("noted", "employees.csv:5"),
        ("notice_after_end", "employees.csv:4"),
        ("no_zone", "employees.csv:5"),
    ]
    assert "there is no such day: February 2017 has 28" in found[0][1]
    assert "The end lies before the start" in found[1][1]
    assert found[2][1] == "No end is recorded for 'a'; the phase stays unknown."
    assert "'Europe/Dublim' is unknown" in found[4][1]
    assert found[6][1] == (
        "The end of d has no zone: each lies within a span, as that of d between "
        "2017-11-02 10:00Z and 2017-11-03 12:00Z."
    )


def test_notices_that_came_late_and_accounts_that_went_on(world: Any, make_file: MakeFile) -> None:
    rows = (
        "a@x.example,,2017-11-02,a,UTC,,,2017-11-05T09:00:00Z",
        "b@x.example,,2017-11-02,b,UTC,,,2017-10-20T09:00:00Z",
        "c@x.example,,2017-11-02,c,UTC,,,2017-10-01T09:00:00Z",
    )
    report = "User,Login,Status,Status change date\nB,b@x.example,Active,2016-01-04\n"
    events(
        world,
        ("a", "2017-11-01T12:00:00+00:00"),
        ("b", "2017-10-10T12:00:00+00:00"),
        ("c", "2017-11-02T23:59:59+00:00"),
        ("c", "2017-11-03T00:00:00+00:00"),
        ("c", "2017-11-04T00:00:00+00:00"),
    )
    directory = make_file(DIRECTORY, report, "report.csv")
    found = asked(world, employees(make_file, *rows), directory)
    assert found == [
        (
            "late_notice",
            "The end of a, 2017-11-03 00:00Z, was recorded on 2017-11-05 09:00Z, after it.",
            "employees.csv:2",
        ),
        (
            "active_after_end",
            (
                "The account c of c acted 2 times in console after the end, 2017-11-03 00:00Z, "
                "first at 2017-11-03 00:00:00Z."
            ),
            "employees.csv:4",
        ),
        (
            "enabled_after_end",
            (
                "The account b@x.example of b was active in report.csv, given to the case on "
                "2020-01-01 00:00Z, after the end, 2017-11-03 00:00Z."
            ),
            "report.csv:2",
        ),
    ]


def test_an_end_told_again_later_was_not_told_late(world: Any, make_file: MakeFile) -> None:
    row = "a@x.example,,2017-11-02,a,UTC,,{},{}".format
    rows = row("b", "2017-10-01T00:00:00Z"), row("c", "2017-12-15T00:00:00Z")
    assert asked(world, employees(make_file, *rows)) == []
    first, again = (
        employees(make_file, row(manager, ""), name=f"hr-{day}.csv")
        for manager, day in (("b", "2017-10-01"), ("c", "2017-12-15"))
    )
    assert asked(world, first, again) == []


@pytest.mark.parametrize(
    ("name", "modified", "asks"),
    [
        ("users-2017-10-01.json", "2017-09-01T00:00:00Z", False),
        ("users-2017-12-01.json", "2017-09-01T00:00:00Z", True),
        ("users.json", "2017-09-01T00:00:00Z", False),
        ("users.json", "2017-11-20T00:00:00Z", True),
    ],
)
def test_an_account_counts_as_enabled_when_its_users_were_exported(
    world: Any, make_file: MakeFile, name: str, modified: str, asks: bool
) -> None:
    """By the date in the file's name, else not before the last change of any user."""
    user = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "a@x.example",
        "active": True,
        "meta": {"lastModified": "2016-01-01T00:00:00Z"},
    }
    other = {**user, "userName": "z@x.example", "meta": {"lastModified": modified}}
    users = make_file(DIRECTORY, json.dumps([user, other]), name)
    row = "a@x.example,,2017-11-02,a,UTC,,,2017-10-01T00:00:00Z"
    found = asked(world, employees(make_file, row), users)
    assert [one[0] for one in found] == ["enabled_after_end"] * asks
    assert all("was active when" in one[1] for one in found)


def test_accounts_without_a_person_are_counted_by_source(world: Any, make_file: MakeFile) -> None:
    accounts = make_file(ACCOUNTS, "account,person,kind\nqueue,,service\n")
    times = ["2017-11-02T12:00:00+00:00"] * 4
    events(world, *zip(("zz", "zz", "yy", "queue"), times, strict=True))
    (found,) = asked(world, accounts)
    assert found == (
        "account_without_person",
        "2 accounts in console have no person, the busiest zz.",
        None,
    )


def test_a_case_of_nothing_has_nothing_to_ask(world: Any) -> None:
    assert people.check(world.engine) == []


def test_a_departure_that_one_roster_takes_back_and_another_still_tells(
    world: Any, make_file: MakeFile
) -> None:
    header = EMPLOYEE.strip() + ",Status\n"
    row = "a@x.example,,2017-11-02,a,UTC,,,{},{}\n".format
    first = make_file(EMPLOYEES, header + row("2017-10-01", ""), "a.csv")
    taken = row("2017-10-01", "") + row("2017-10-20", "rescinded")
    second = make_file(EMPLOYEES, header + taken, "b.csv")
    assert asked(world, first, second) == [
        (
            "rosters_disagree",
            (
                "One roster takes the departure of a back, another has the end 2017-11-03 00:00Z"
                " (a.csv:2)."
            ),
            "b.csv:3",
        )
    ]
