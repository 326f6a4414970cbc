"""Rosters exported again and again: what is new, since when it is known, and who is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from forensics import people
from forensics.people import roster
from forensics.people.readings import reading
from forensics.sources.context import EMPLOYEES, ContextFile

HEADER = "EmailAddress,ResignationDate,LastWorkingDate,PersonId,TimeZone\n"
STAYS, LEAVES = "a@x.example,,,a,UTC\n", "b@x.example,,2017-11-02,b,UTC\n"


def snapshot(name: str, rows: str, imported_at: str) -> ContextFile:
    data = (HEADER + rows).encode()
    return ContextFile(
        EMPLOYEES, name, name + imported_at, data, datetime.fromisoformat(imported_at)
    )


def read(*files: ContextFile) -> roster.RosterReading:
    return roster.read_facts(sorted(files, key=lambda one: (one.imported_at, one.name)))


def test_only_changed_rows_are_new_facts_and_each_says_how_its_time_is_known() -> None:
    first = snapshot("employees.csv", STAYS + LEAVES.replace("2017-11-02", ""), "2017-09-01T00:00Z")
    second = snapshot("employees.csv", STAYS + LEAVES, "2017-10-01T00:00Z")
    third = snapshot("employees.csv", STAYS + LEAVES + "c@x.example,,,c,UTC\n", "2017-11-01T00:00Z")
    facts, problems, vanished = read(first, second, third)
    assert (problems, vanished) == ([], [])
    told = [(f.person, f.recorded_basis, f.recorded_earliest, f.recorded_at) for f in facts]
    september, october = first.imported_at, second.imported_at
    assert told == [
        ("a", "none", None, None),
        ("b", "none", None, None),
        ("b", "import", september, october),
        # Whoever is new in a roster may have been left out of the one before.
        ("c", "import", None, third.imported_at),
    ]
    assert [fact.known_from for fact in facts] == [september, september, october, third.imported_at]


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("hr/employees-2017-10-05.csv", "2017-10-06T11:59:59.999999+00:00"),
        ("hr/20171005/employees.csv", "2017-10-06T11:59:59.999999+00:00"),
        ("employees_20171005T173000Z.csv", "2017-10-05T17:30:00+00:00"),
        ("employees-2017-13-40.csv", None),
        ("employees-120171005.csv", None),
        # A file cannot state more than was so when it was imported.
        ("employees-2019-01-01.csv", "2018-01-01T00:00:00+00:00"),
    ],
)
def test_a_date_in_the_name_states_when_a_snapshot_was_taken(name: str, taken: str | None) -> None:
    (fact,) = read(snapshot(name, LEAVES, "2018-01-01T00:00Z")).facts
    assert fact.recorded_basis == ("snapshot" if taken else "none")
    assert fact.recorded_at == (datetime.fromisoformat(taken) if taken else None)


def test_a_stated_day_ends_in_the_organisation_s_zone() -> None:
    file = snapshot("employees-2017-10-05.csv", LEAVES, "2018-01-01T00:00Z")
    (fact,) = roster.read_facts([file], default_zone=UTC).facts
    assert fact.recorded_at == datetime(2017, 10, 6, tzinfo=UTC) - timedelta(microseconds=1)


def test_a_row_that_comes_back_is_said_anew_and_files_of_one_moment_are_one_snapshot() -> None:
    names = [f"employees-2017-10-0{day}.csv" for day in (1, 2, 3)]
    imported = "2018-01-01T00:00Z"
    with_row, without = STAYS + LEAVES, STAYS + LEAVES.replace("2017-11-02", "2017-12-29")
    back = [snapshot(names[n], (with_row, without, with_row)[n], imported) for n in range(3)]
    assert [fact.last_working_day for fact in read(*back).facts if fact.person == "b"] == [
        date(2017, 11, 2),
        date(2017, 12, 29),
        date(2017, 11, 2),
    ]
    apart = [
        snapshot("employees.csv", STAYS, imported),
        snapshot("employees.csv", LEAVES, imported),
    ]
    reading_ = read(*apart)
    assert [fact.person for fact in reading_.facts] == ["a", "b"]
    assert reading_.vanished == []


def test_a_vanished_row_is_asked_about_and_is_no_departure(world: Any) -> None:
    files = [
        snapshot("employees-2017-10-01.csv", STAYS + LEAVES, "2018-01-01T00:00Z"),
        snapshot("employees-2017-12-01.csv", "c@x.example,,,c,UTC\n", "2018-01-01T00:00Z"),
    ]
    people.register(world.engine, files)
    assert world.phases("a", "2017-12-24T00:00:00Z") == ({"employed"}, {"employed"})
    # Of b an end by then is recorded: nothing to ask.
    (asked,) = [row for row in people.check(world.engine) if row["what"] == "vanished"]
    assert asked["person"] == "a"
    assert asked["sentence"].startswith(
        "a stood in employees-2017-10-01.csv and is missing in employees-2017-12-01.csv of"
    )


def test_what_a_later_snapshot_changed_was_learned_later_and_a_first_import_was_not(
    world: Any,
) -> None:
    before = snapshot("employees.csv", LEAVES.replace("2017-11-02", ""), "2017-11-03T00:00Z")
    after = snapshot("employees.csv", LEAVES, "2017-11-05T00:00Z")
    people.register(world.engine, [before, after])
    at_act, now = world.judge("b", "2017-11-02T12:00:00+00:00")
    assert (at_act["phases"], now["phases"]) == (["unknown"], ["last_day"])
    assert now["learned_later"]
    assert "recorded this is not said, the roster imported on 2017-11-05 has it" in (
        reading(at_act, now).now.sentence
    )
    people.register(world.engine, [replace(after)])
    at_act, now = world.judge("b", "2017-11-02T12:00:00+00:00")
    assert (at_act["phases"], now["phases"]) == (["unknown"], ["last_day"])
    # The import is only the latest it can be: nobody can say that it was learned later.
    assert not now["learned_later"]


def test_an_import_before_the_act_was_known_at_the_act(world: Any) -> None:
    people.register(world.engine, [snapshot("employees.csv", LEAVES, "2017-10-01T00:00Z")])
    at_act, now = world.judge("b", "2017-11-02T12:00:00+00:00")
    assert at_act["phases"] == now["phases"] == ["last_day"]
    assert at_act["recorded_at"] is None
