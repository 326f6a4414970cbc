"""Shifts over midnight: the last one ends a last working day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from forensics import people
from forensics.people.shifts import read_shifts
from forensics.sources.context import CONTRACTORS, SHIFTS, ContextFile

MakeFile = Callable[..., ContextFile]
CONTRACT = "Worker,Provider,TimeZone,ContractEnd,AccessEnd,RecordedAt\n"


def judged(
    world: Any, make_file: MakeFile, shifts: str, time: str, *, zone: str, access_end: str = ""
) -> Any:
    row = f"c-1,north,{zone},2017-11-02,{access_end},2017-01-01\n"
    files = [
        make_file(CONTRACTORS, CONTRACT + row),
        make_file(SHIFTS, "Worker,Start,End,TimeZone\n" + shifts),
    ]
    people.register(world.engine, files)
    world.engine.register("accounts", world.engine.table(_ACCOUNT))
    return world.judge("c-1", time)[1]


_ACCOUNT = """
SELECT 'c-1' AS account, NULL::VARCHAR AS source, 'c-1' AS person, 'personal' AS kind,
  NULL::TIMESTAMPTZ AS valid_from, NULL::TIMESTAMPTZ AS valid_to
"""
NIGHT = "c-1,2017-11-02T22:00:00,2017-11-03T06:00:00,\n"


@pytest.mark.parametrize(
    ("shifts", "zone", "time", "phases", "basis"),
    [
        (NIGHT, "UTC", "2017-11-03T05:59:59Z", ["last_day"], "last_shift"),
        (NIGHT, "UTC", "2017-11-03T06:00:00Z", ["ended"], "last_shift"),
        # The worker's day decides which shift is the last, whatever zone it is written in.
        (
            "c-1,2017-11-03T05:00:00Z,2017-11-03T13:00:00Z,\n",
            "America/Los_Angeles",
            "2017-11-03T12:00:00Z",
            ["last_day"],
            "last_shift",
        ),
        ("c-1,2017-11-02T22:00:00,2017-11-03T06:00:00,UTC\n", "", "2017-11-03T05:00:00Z", None, ""),
        # A shift that ends on the day, or begins on the next, moves nothing.
        ("c-1,2017-11-02T09:00:00,2017-11-02T18:00:00,\n", "UTC", "2017-11-02T20:00Z", None, ""),
        ("c-1,2017-11-03T09:00:00,2017-11-03T18:00:00,\n", "UTC", "2017-11-03T09:30Z", None, ""),
        ("c-2,2017-11-02T22:00:00,2017-11-03T06:00:00,\n", "UTC", "2017-11-03T01:00Z", None, ""),
    ],
)
def test_a_last_shift_over_midnight_beats_midnight(
    world: Any,
    make_file: MakeFile,
    shifts: str,
    zone: str,
    time: str,
    phases: list[str] | None,
    basis: str,
) -> None:
    now = judged(world, make_file, shifts, time, zone=zone)
    if phases is not None:
        assert (now["phases"], now["end_basis"]) == (phases, basis)
    elif zone:
        assert now["end_basis"] == "contract_end"
        assert now["phases"] == (["last_day"] if "T20" in time else ["ended"])
    else:
        # Without the worker's zone the shift's own hour still ends it.
        assert now["access_end_earliest"] == datetime(2017, 11, 3, 6, tzinfo=UTC)
        assert now["access_end_latest"] == now["access_end_earliest"]


def test_an_explicit_end_of_access_is_not_moved(world: Any, make_file: MakeFile) -> None:
    now = judged(
        world,
        make_file,
        NIGHT,
        "2017-11-02T23:00:00Z",
        zone="UTC",
        access_end="2017-11-02T22:30:00Z",
    )
    assert (now["phases"], now["end_basis"]) == (["ended"], "access_end")


def test_shifts_are_a_relation_in_the_zone_of_row_or_worker(
    world: Any, make_file: MakeFile
) -> None:
    rows = (
        "c-1,2017-11-04T22:00:00,2017-11-05T06:00:00,\n"
        "c-1,2017-11-02T22:00:00,2017-11-03T06:00:00,Asia/Manila\n"
        "c-9,2017-11-02T22:00:00,2017-11-03T06:00:00,\n"
    )
    judged(world, make_file, rows, "2017-11-02T12:00:00Z", zone="America/Los_Angeles")
    found = world.engine.rows("SELECT * FROM shifts ORDER BY source_row")
    # The night the clocks go back lasts nine hours.
    assert (found[0]["starts_at"], found[0]["ends_at"]) == (
        datetime(2017, 11, 5, 5, tzinfo=UTC),
        datetime(2017, 11, 5, 14, tzinfo=UTC),
    )
    assert found[1]["starts_at"] == datetime(2017, 11, 2, 14, tzinfo=UTC)
    assert (found[2]["starts_at"], found[2]["starts_latest"]) == (
        datetime(2017, 11, 2, 8, tzinfo=UTC),
        datetime(2017, 11, 3, 10, tzinfo=UTC),
    )


def test_faulty_shifts_are_named(make_file: MakeFile) -> None:
    rows = (
        ",2017-11-02T22:00:00,2017-11-03T06:00:00\n"
        "a,2017-11-02T22:00:00,2017-11-02T06:00:00\n"
        "a,2017-11-02,2017-11-03\n"
        "a,2017-02-29T22:00:00,2017-03-01T06:00:00\n"
        "a,,2017-11-03T06:00:00\n"
    )
    shifts, problems = read_shifts([make_file(SHIFTS, "PersonId,Start,End\n" + rows)])
    assert not shifts.of("a")
    assert [one.place for one in problems] == [f"shifts.csv:{line}" for line in range(2, 7)]
    assert all(one.unread for one in problems)
    assert "ends before it starts" in problems[1].message
    assert "time of day is missing" in problems[2].message
    assert "February 2017 has 28" in problems[3].message
