"""What is asked about rosters and accounts: each contradiction once, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyarrow as pa

from forensics import people
from forensics.sources.context import ACCOUNTS, CONTRACTORS, DIRECTORY, EMPLOYEES, ContextFile

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
    # One feed that says when it wrote what corrects itself.
    later = row.replace("2017-11-02", "2017-12-29").replace("2017-01-01", "2017-02-01")
    files = employees(make_file, row), employees(make_file, later, name="corrections.csv")
    assert asked(world, *files) == []


def test_a_person_who_leaves_twice(world: Any, make_file: MakeFile) -> None:
    row = "a@x.example,,{},a,UTC,{},,{}".format
    twice = (row("2017-06-30", "", "2017-06-01"), row("2017-11-02", "", "2017-10-01"))
    (found,) = asked(world, employees(make_file, *twice))
    assert found == (
        "leaves_twice",
        "a leaves twice: 2017-07-01 00:00Z and 2017-11-03 00:00Z, with no start between.",
        "employees.csv:3",
    )
    undated = (row("2017-06-30", "", ""), row("2017-11-02", "", ""))
    assert [one[0] for one in asked(world, employees(make_file, *undated))] == ["leaves_twice"]
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
        ("noted", "employees.csv:5"),
        ("notice_after_end", "employees.csv:4"),
        ("no_zone", "employees.csv:5"),
    ]
    assert "there is no such day: February 2017 has 28" in found[0][1]
    assert "The end lies before the start" in found[1][1]
    assert "'Europe/Dublim' is unknown" in found[2][1]
    assert found[4][1] == (
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
            "late_notice",
            (
                "The end of b, 2017-11-03 00:00Z, was recorded on 2017-10-20 09:00Z, "
                "after the last act, 2017-10-10 12:00Z."
            ),
            "employees.csv:3",
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
                "The account b@x.example of b was Active when report.csv was exported, "
                "after the end, 2017-11-03 00:00Z."
            ),
            "report.csv:2",
        ),
    ]


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
