"""Rosters that speak of one person: which end counts, whatever was written or imported last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from forensics import people
from forensics.people.readings import belief_sentence, reading
from forensics.sources.context import CONTRACTORS, EMPLOYEES, ContextFile

EMPLOYEE = {
    "EmailAddress": "w@x.example",
    "PersonId": "w",
    "EmploymentType": "employee",
    "TimeZone": "UTC",
    "Role": "",
    "Site": "",
    "StartDate": "",
    "ResignationDate": "",
    "LastWorkingDate": "",
    "TerminationDate": "",
    "AccessEnd": "",
    "RecordedAt": "",
    "Status": "",
}
CONTRACTOR = {
    "Worker": "w",
    "EmailAddress": "w@x.example",
    "Provider": "north",
    "TimeZone": "UTC",
    "ContractStart": "",
    "ContractEnd": "",
    "BadgeExpiry": "",
    "AccessEnd": "",
    "RecordedAt": "",
}
File = tuple[str, str, dict[str, str]]
ON_THE_DAY = "2017-11-02T12:00:00Z"
WEEK_LATER = "2017-11-10T12:00:00Z"


def employee(name: str, recorded: str = "2017-10-01T00:00:00Z", **said: str) -> File:
    return name, EMPLOYEES, EMPLOYEE | {"RecordedAt": recorded} | said


def contractor(name: str, recorded: str = "2017-07-01T00:00:00Z", **said: str) -> File:
    return name, CONTRACTORS, CONTRACTOR | {"RecordedAt": recorded} | said


@pytest.fixture
def told(world: Any, make_file: Callable[..., ContextFile]) -> Callable[..., Any]:
    """A world with one row in each of some rosters; rows of one name are one file's."""

    def load(*rows: File) -> Any:
        files: dict[str, tuple[str, list[str]]] = {}
        for name, kind, cells in rows:
            _, lines = files.setdefault(name, (kind, [",".join(cells)]))
            lines.append(",".join(cells.values()))
        read = [make_file(kind, "\n".join(lines), name) for name, (kind, lines) in files.items()]
        people.register(world.engine, read)
        return world

    return load


def test_a_badge_that_lasts_longer_does_not_undo_the_contract_s_end(
    told: Callable[..., Any],
) -> None:
    world = told(
        contractor("north.csv", ContractEnd="2017-11-02"),
        contractor("badges.csv", "2017-10-25T00:00:00Z", BadgeExpiry="2018-01-31"),
    )
    assert world.phases("w@x.example", ON_THE_DAY) == ({"last_day"}, {"last_day"})
    assert world.phases("w@x.example", WEEK_LATER) == ({"ended"}, {"ended"})
    # Within one roster the later row is an extension.
    world = told(
        contractor("north.csv", ContractEnd="2017-11-02"),
        contractor("north.csv", "2017-10-25T00:00:00Z", ContractEnd="2018-01-31"),
    )
    assert world.phases("w@x.example", WEEK_LATER) == ({"employed"}, {"employed"})


TOGETHER: Sequence[tuple[str, Sequence[File], str, str]] = (
    (
        "who names no end says nothing of it",
        (
            employee("pv.csv", LastWorkingDate="2017-11-02"),
            employee("wd.csv", "2017-10-20T00:00:00Z", Role="moderator"),
        ),
        WEEK_LATER,
        "ended",
    ),
    (
        "a last working day outweighs a legal end",
        (
            employee("a.csv", LastWorkingDate="2017-11-02"),
            employee("b.csv", "2017-10-05T00:00:00Z", TerminationDate="2017-12-31"),
        ),
        WEEK_LATER,
        "ended",
    ),
    (
        "an explicit end of access outweighs a last working day",
        (
            employee("hr.csv", "2017-10-20T00:00:00Z", AccessEnd="2017-11-02T15:00:00Z"),
            employee("site.csv", "2017-10-25T00:00:00Z", LastWorkingDate="2017-11-02"),
        ),
        "2017-11-02T18:00:00Z",
        "ended",
    ),
)


@pytest.mark.parametrize(
    ("rows", "time", "phase"), [case[1:] for case in TOGETHER], ids=[case[0] for case in TOGETHER]
)
def test_rank_decides_between_rosters_and_the_order_of_import_does_not(
    new_world: Callable[[], Any],
    make_file: Callable[..., ContextFile],
    rows: Sequence[File],
    time: str,
    phase: str,
) -> None:
    for order in permutations(range(len(rows))):
        world = new_world()
        files = []
        for place, which in enumerate(order):
            name, kind, cells = rows[which]
            text = "\n".join((",".join(cells), ",".join(cells.values())))
            file = make_file(kind, text, name)
            imported = datetime(2017, 10, 26 + place, tzinfo=UTC)
            files.append(ContextFile(kind, name, file.sha256, file.data, imported))
        people.register(world.engine, files)
        assert world.phases("w@x.example", time) == ({phase}, {phase})


DISPUTED: Sequence[tuple[str, Sequence[File], str, set[str]]] = (
    (
        "both of two last working days stay open, whoever says when it was written",
        (
            employee("a.csv", "", LastWorkingDate="2017-11-02"),
            employee("b.csv", LastWorkingDate="2017-12-31"),
            employee("c.csv", ""),
        ),
        WEEK_LATER,
        {"ended", "employed"},
    ),
    (
        "the days between them are none of the last",
        (
            employee("a.csv", LastWorkingDate="2017-11-02", ResignationDate="2017-10-02"),
            employee("b.csv", LastWorkingDate="2017-11-17"),
        ),
        WEEK_LATER,
        {"ended", "notice"},
    ),
    (
        "of ends of a contract the earlier holds",
        (
            contractor("a.csv", ContractEnd="2017-11-02"),
            contractor("b.csv", BadgeExpiry="2017-12-31"),
        ),
        WEEK_LATER,
        {"ended"},
    ),
    (
        "an end of access that one roster tells settles what two say of the last day",
        (
            employee("a.csv", LastWorkingDate="2017-11-02"),
            employee("b.csv", LastWorkingDate="2017-12-31"),
            employee("c.csv", AccessEnd="2017-11-03T00:00:00Z"),
        ),
        WEEK_LATER,
        {"ended"},
    ),
    (
        "rosters that say the same leave nothing open",
        (
            employee("a.csv", LastWorkingDate="2017-11-02"),
            employee("b.csv", "", LastWorkingDate="2017-11-02"),
        ),
        WEEK_LATER,
        {"ended"},
    ),
)


@pytest.mark.parametrize(
    ("rows", "time", "phases"), [case[1:] for case in DISPUTED], ids=[case[0] for case in DISPUTED]
)
def test_rosters_that_differ_on_the_end_leave_open_what_depends_on_it(
    told: Callable[..., Any], rows: Sequence[File], time: str, phases: set[str]
) -> None:
    assert told(*rows).phases("w@x.example", time)[1] == phases


def test_a_dispute_names_both_rosters_with_their_ends_and_when_they_were_written(
    told: Callable[..., Any],
) -> None:
    world = told(
        employee("hr.csv", LastWorkingDate="2017-11-02", ResignationDate="2017-10-02"),
        employee("it.csv", "", LastWorkingDate="2017-12-31"),
    )
    at_act, now = world.judge("w@x.example", WEEK_LATER)
    # What does not say when it was written was known at no act before the import.
    assert (at_act["phases"], at_act["ends"]) == (["ended"], None)
    assert now["phases"] == ["ended", "notice"]
    assert [end["source"] for end in now["ends"]] == ["hr.csv", "it.csv"]
    assert now["last_working_day"] is None
    assert now["access_end_earliest"] == datetime(2017, 11, 3, tzinfo=UTC)
    assert now["access_end_latest"] == datetime(2018, 1, 1, tzinfo=UTC)
    assert belief_sentence(now) == (
        "As known now, it is undetermined whether w was past the end of access or was in notice,"
        " judged in the worker's zone UTC; the rosters differ, and nothing says which is right:"
        " hr.csv:2 has the last working day 2 Nov 2017 and the end of access 2017-11-03T00:00Z,"
        " and the employer recorded this on 2017-10-01; it.csv:2 has the last working day"
        " 31 Dec 2017 and the end of access 2018-01-01T00:00Z, and when the employer recorded this"
        " is not said, only that it was before the import."
    )
    claim = reading(at_act, now)
    assert (claim.at_act.source, claim.now.source) == ("hr.csv", "hr.csv and it.csv")
    assert claim.now.recorded_at is None
    # Before either end both say the same, and the act is certain; what they differ in is told.
    _, now = world.judge("w@x.example", "2017-10-15T12:00:00Z")
    assert now["phases"] == ["notice"]
    assert len(now["ends"]) == 2


def test_what_a_second_roster_disputed_after_the_act_was_learned_later(
    told: Callable[..., Any],
) -> None:
    world = told(
        employee("hr.csv", LastWorkingDate="2017-11-02"),
        employee("it.csv", "2017-11-20T00:00:00Z", LastWorkingDate="2017-12-31"),
    )
    at_act, now = world.judge("w@x.example", WEEK_LATER)
    assert at_act["phases"] == ["ended"]
    assert now["phases"] == ["employed", "ended"]
    assert now["learned_later"]


def test_a_disputed_leaver_is_listed_with_each_end_and_the_bounds_of_all(
    told: Callable[..., Any],
) -> None:
    world = told(
        employee("hr.csv", LastWorkingDate="2017-11-02"),
        employee("it.csv", LastWorkingDate="2017-11-10"),
        employee("wd.csv", LastWorkingDate="2018-03-31"),
    )
    left = people.leavers(
        world.engine, datetime(2017, 10, 15, tzinfo=UTC), datetime(2017, 12, 1, tzinfo=UTC)
    )
    assert [(row["source"], row["disputed"]) for row in left] == [
        ("hr.csv", True),
        ("it.csv", True),
    ]
    assert {row["end_to"] for row in left} == {datetime(2018, 4, 1, tzinfo=UTC)}


def test_the_resignation_one_roster_tells_of_starts_the_notice_of_another_s_end(
    told: Callable[..., Any],
) -> None:
    world = told(
        employee("pv.csv", ResignationDate="2017-09-20", LastWorkingDate="2017-11-02"),
        employee("it.csv", "2017-10-25T00:00:00Z", AccessEnd="2017-11-02T15:00:00Z"),
    )
    assert world.phases("w@x.example", "2017-09-25T00:00:00Z")[1] == {"notice"}
    assert world.judge("w@x.example", ON_THE_DAY)[1]["end_basis"] == "access_end"


def test_the_role_is_that_of_whichever_roster_tells_it(told: Callable[..., Any]) -> None:
    world = told(
        employee("pv.csv", LastWorkingDate="2017-11-02"),
        employee("wd.csv", Role="moderator", Site="sf"),
    )
    _, now = world.judge("w@x.example", ON_THE_DAY)
    assert (now["role"], now["site"], now["source"]) == ("moderator", "sf", "pv.csv")


@pytest.mark.parametrize("contract_end", ["2017-12-31", ""])
@pytest.mark.parametrize(
    "leaving", [{"LastWorkingDate": "2017-11-02"}, {"AccessEnd": "2017-11-02T15:00:00Z"}]
)
def test_an_employee_record_ends_the_contract_it_follows(
    told: Callable[..., Any], contract_end: str, leaving: dict[str, str]
) -> None:
    world = told(
        contractor(
            "north.csv",
            "2017-01-01T00:00:00Z",
            ContractStart="2017-01-01",
            ContractEnd=contract_end,
        ),
        employee("hr.csv", "2017-10-20T00:00:00Z", StartDate="2017-07-01", **leaving),
    )
    assert world.phases("w@x.example", ON_THE_DAY) == ({"last_day"}, {"last_day"})
    assert world.phases("w@x.example", WEEK_LATER) == ({"ended"}, {"ended"})
    assert world.judge("w@x.example", "2017-05-01T00:00:00Z")[1]["kind"] == "contractor"
    assert world.judge("w@x.example", ON_THE_DAY)[1]["kind"] == "employee"
    left = people.leavers(
        world.engine, datetime(2017, 10, 15, tzinfo=UTC), datetime(2018, 6, 1, tzinfo=UTC)
    )
    assert [row["source"] for row in left] == ["hr.csv"]


def test_a_contract_after_employment_has_its_own_end(told: Callable[..., Any]) -> None:
    world = told(
        employee("hr.csv", "2017-01-10T00:00:00Z", LastWorkingDate="2017-03-31"),
        contractor(
            "north.csv",
            "2017-03-20T00:00:00Z",
            ContractStart="2017-04-01",
            ContractEnd="2017-11-02",
        ),
    )
    assert world.phases("w@x.example", "2017-03-31T12:00:00Z")[1] == {"employed"}
    assert world.phases("w@x.example", ON_THE_DAY)[1] == {"last_day"}


def test_a_contract_left_standing_does_not_bridge_leaving_and_coming_back(
    told: Callable[..., Any],
) -> None:
    world = told(
        contractor(
            "north.csv",
            "2017-01-01T00:00:00Z",
            ContractStart="2017-01-01",
            ContractEnd="2018-12-31",
        ),
        employee(
            "hr.csv",
            "2017-06-01T00:00:00Z",
            StartDate="2017-07-01",
            LastWorkingDate="2017-11-02",
        ),
        employee("hr.csv", "2017-12-01T00:00:00Z", StartDate="2018-01-08"),
    )
    assert world.phases("w@x.example", WEEK_LATER)[1] == {"ended"}
    assert world.phases("w@x.example", "2018-02-01T00:00:00Z")[1] == {"employed"}


def test_everybody_who_left_is_a_leaver_however_long_ago_the_last_row_was_written(
    told: Callable[..., Any],
) -> None:
    first = {"StartDate": "2014-01-01", "LastWorkingDate": "2015-06-30"}
    again = {"StartDate": "2016-01-04", "LastWorkingDate": "2017-11-02"}
    world = told(
        employee("hr.csv", "2015-06-01T00:00:00Z", **first),
        employee("hr.csv", "2017-10-01T00:00:00Z", **again),
        employee("hr.csv", "2017-12-01T00:00:00Z", Role="former", **again),
    )
    left = people.leavers(
        world.engine, datetime(2015, 1, 1, tzinfo=UTC), datetime(2018, 6, 1, tzinfo=UTC)
    )
    assert [row["access_end_latest"].year for row in left] == [2015, 2017]


def test_an_employee_record_without_a_start_covers_the_whole_contract(
    told: Callable[..., Any],
) -> None:
    contract = {"ContractStart": "2017-01-01", "ContractEnd": "2017-06-30"}
    world = told(
        contractor("north.csv", "2017-01-01T00:00:00Z", **contract),
        employee("hr.csv", "2017-06-20T00:00:00Z"),
    )
    _, now = world.judge("w@x.example", WEEK_LATER)
    assert (now["phases"], now["kind"]) == (["employed"], "employee")
