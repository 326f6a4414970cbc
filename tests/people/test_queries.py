"""Who leaves when, and who somebody is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from forensics import people
from forensics.sources.context import EMPLOYEES

AT = datetime(2017, 11, 2, 22, 50, tzinfo=UTC)
ROW = "{who},{who}@v.example,north,sf,{zone},moderator,2017-01-09,{end},,{recorded}\n".format


def row(who: str, end: str, zone: str = "UTC", recorded: str = "2017-10-20T00:00:00Z") -> str:
    return ROW(who=who, end=end, zone=zone, recorded=recorded)


def names(world: Any, since: str, until: str) -> list[str]:
    rows = people.leavers(
        world.engine, datetime.fromisoformat(since), datetime.fromisoformat(until)
    )
    return [row["person"] for row in rows]


def test_leavers_are_those_whose_access_can_end_in_the_window(world: Any) -> None:
    world.load(
        contractors=row("c-3", "2017-11-03")
        + row("c-2", "2017-11-02")
        + row("c-1", "2017-10-01")
        + row("c-4", "2017-11-02", zone="Mars/X")
        + row("c-5", "")
    )
    assert names(world, "2017-11-03T00:00Z", "2017-11-04T00:00Z") == ["c-4", "c-2"]
    assert names(world, "2017-11-02T10:00Z", "2017-11-02T10:00:01Z") == ["c-4"]
    assert names(world, "2017-11-04T00:00Z", "2017-11-05T00:00Z") == ["c-3"]


def test_rescinded_converted_and_corrected_departures_are_no_leavers(world: Any) -> None:
    employee = (
        "{who}@x.example,{notice},{last},{who},employee,,UTC,,{start},,{at},{status}\n".format
    )
    world.load(
        contractors=row("c-1", "2017-11-02")
        + row("c-2", "2017-11-02")
        + row("c-2", "2018-02-01", recorded="2017-10-25T00:00:00Z"),
        employees=employee(
            who="c-1", notice="", last="", start="2017-11-03", at="2017-10-25T00:00Z", status=""
        )
        + employee(
            who="e-1",
            notice="2017-10-01",
            last="2017-11-02",
            start="",
            at="2017-10-25T00:00Z",
            status="rescinded",
        ),
    )
    assert names(world, "2017-11-01T00:00Z", "2017-12-01T00:00Z") == []
    assert names(world, "2018-01-01T00:00Z", "2018-12-01T00:00Z") == ["c-2"]


def test_no_roster_has_no_leavers(world: Any) -> None:
    assert names(world, "2017-11-01T00:00Z", "2017-12-01T00:00Z") == []


def test_show_finds_a_person_by_name_e_mail_or_account(world: Any) -> None:
    world.load(
        contractors=row("contractor-7", "2017-11-02"), accounts="adm-7,,Contractor-7,admin,,\n"
    )
    for who in ("contractor-7", "CONTRACTOR-7@v.example", "adm-7"):
        shown = people.show(world.engine, who, AT)
        assert shown["person"] == "contractor-7"
        assert [account["account"] for account in shown["accounts"]] == ["adm-7"]
        assert shown["belief"]["phases"] == ["last_day"]
        assert shown["belief"]["sentence"].startswith("As known now, contractor-7 was on")


def test_show_believes_what_was_known_when_asked(world: Any) -> None:
    world.load(
        contractors=row("c-1", "2017-12-29", recorded="2017-06-01T00:00:00Z")
        + row("c-1", "2017-11-02", recorded="2017-10-20T00:00:00Z")
    )
    phases = {
        known: people.show(world.engine, "c-1", AT, known and datetime.fromisoformat(known))[
            "belief"
        ]["phases"]
        for known in (None, "2017-10-20T00:00Z", "2017-10-19T00:00Z", "2017-01-01T00:00Z")
    }
    assert phases == {
        None: ["last_day"],
        "2017-10-20T00:00Z": ["last_day"],
        "2017-10-19T00:00Z": ["employed"],
        "2017-01-01T00:00Z": ["unknown"],
    }


def test_show_of_nobody_or_of_several_says_so(world: Any) -> None:
    world.load(accounts="desk,,p-1,shared,,\ndesk,,p-2,shared,,\n")
    assert people.show(world.engine, "nobody", AT)["people"] == []
    assert people.show(world.engine, "desk", AT)["people"] == ["p-1", "p-2"]
    assert people.show(world.engine, "desk", AT)["belief"] is None


def test_questions_leave_the_judgement_of_acts_alone(world: Any) -> None:
    world.load(contractors=row("contractor-7", "2017-11-02"))
    before = world.judge("contractor-7", AT.isoformat())
    people.show(world.engine, "contractor-7", datetime(2018, 1, 1, tzinfo=UTC))
    people.unresolved(world.engine)
    people.leavers(world.engine, AT, AT)
    after = world.engine.rows("SELECT * FROM act_people ORDER BY belief")
    assert tuple(after) == before


def test_show_tells_each_phase_of_a_span(world: Any) -> None:
    world.load(contractors=row("c-1", "2017-11-02", recorded="2017-09-01T00:00:00Z"))
    span = datetime(2017, 11, 2, tzinfo=UTC), datetime(2017, 11, 3, tzinfo=UTC)
    shown = people.show(world.engine, "c-1", span[0], until=span[1])
    assert (shown["belief"]["phases"], shown["changes"]) == (["last_day"], [])
    shown = people.show(world.engine, "c-1", datetime(2017, 11, 1, tzinfo=UTC), until=span[1])
    assert shown["belief"]["phases"] == ["notice"]
    assert [(one["since"], one["phases"]) for one in shown["changes"]] == [(span[0], ["last_day"])]
    # The next instant is the next day's.
    shown = people.show(world.engine, "c-1", span[0], until=span[1] + timedelta(microseconds=1))
    assert [one["phases"] for one in shown["changes"]] == [["ended"]]


def test_show_hides_what_was_recorded_later_and_says_what_was_learned(world: Any) -> None:
    world.load(
        contractors=row("c-1", "2017-12-29", recorded="2017-06-01T00:00:00Z")
        + row("c-1", "2017-11-02", recorded="2017-12-01T00:00:00Z")
    )
    then = people.show(world.engine, "c-1", AT, datetime(2017, 11, 5, tzinfo=UTC))
    assert [fact["source_row"] for fact in then["facts"]] == [2]
    assert then["belief"]["phases"] == ["employed"]
    assert then["learned_later"]["phases"] == ["last_day"]
    now = people.show(world.engine, "c-1", AT)
    assert [fact["source_row"] for fact in now["facts"]] == [2, 3]
    assert now["learned_later"]["phases"] == ["employed"]
    told = people.show(world.engine, "c-1", datetime(2018, 1, 5, tzinfo=UTC))
    assert told["learned_later"] is None


def test_show_finds_a_person_as_acts_are_attributed_or_by_the_name_shown(
    world: Any, make_file: Any
) -> None:
    header = "EmailAddress,PersonId,DisplayName,LastWorkingDate,ResignationDate\n"
    rows = "ana.moss@x.example,E2,Ana Moss,,\nana.roe@x.example,E3,Ana Roe,,\nE2@y.example,E4,,,\n"
    people.register(world.engine, [make_file(EMPLOYEES, header + rows)])
    names = ("ana.moss", "ANA MOSS", "E2", "ana.roe@x.example", "ana")
    assert [people.persons(world.engine, who) for who in names] == [
        ["e2"],
        ["e2"],
        ["e2"],
        ["e3"],
        [],
    ]


def test_leavers_have_a_phase_and_those_without_a_last_day_are_told_apart(world: Any) -> None:
    world.load(
        contractors=row("c-1", "2017-11-02"),
        employees="a@x.example,2017-10-01,,a,employee,,UTC,,,,2017-10-01,\n"
        "b@x.example,2017-10-01,,b,employee,,UTC,,,,2017-10-01,rescinded\n",
    )
    until = datetime(2017, 12, 1, tzinfo=UTC)
    assert [one["person"] for one in people.resigned(world.engine, until)] == ["a"]
    assert people.resigned(world.engine, datetime(2017, 9, 30, tzinfo=UTC)) == []
    told = people.phases_at(world.engine, ["c-1", "a"], datetime(2017, 11, 2, 12, tzinfo=UTC))
    assert told == {"c-1": ["last_day"], "a": ["notice"]}
    (leaver,) = people.leavers(world.engine, AT, until)
    assert leaver["recorded_on"] == date(2017, 10, 20)
