"""Readings: a person behind an account as a graded claim, in sentences that state facts only."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from forensics import people
from forensics.findings import document

ACT = "2017-11-02T22:50:03.412+00:00"
LINKED = "contractor-7,,contractor-7,personal,,\n"
CONTRACTOR = "contractor-7,{email},north,sf,{zone},moderator,2017-01-09,2017-11-02,,{recorded}\n"


def contractor(
    zone: str = "America/Los_Angeles", recorded: str = "2017-10-20", email: str = ""
) -> str:
    return CONTRACTOR.format(zone=zone, recorded=recorded, email=email)


def read(world: Any, actor: str | None, time: str = ACT) -> people.PersonReading:
    world.acts([(actor, "moderation_console", time, time)])
    people.judge(world.engine)
    return people.readings(world.engine, ["0", "absent"])["0"]


def test_the_last_working_day_in_one_sentence(world: Any) -> None:
    world.load(contractors=contractor(), accounts=LINKED)
    reading = read(world, "contractor-7")
    assert reading.at_act.sentence == (
        "contractor-7 was on the last working day (2 Nov 2017), judged in the worker's zone "
        "America/Los_Angeles; access was due to end at 2017-11-03T07:00Z, 8.2 h later; "
        "the provider recorded this on 2017-10-20."
    )
    assert reading.now.sentence == f"As known now, {reading.at_act.sentence}"
    assert reading.sentence == (
        "The account list gives contractor-7 as a personal account of contractor-7 (moderator, sf)."
    )
    assert (reading.grade, reading.learned_later) == ("B", False)
    assert reading.at_act.known_at == datetime.fromisoformat(ACT)
    assert reading.now.known_at is None
    assert reading.at_act.last_working_day == "2017-11-02"


def test_without_a_zone_the_sentence_says_what_is_undetermined(world: Any) -> None:
    world.load(contractors=contractor(zone=""), accounts=LINKED)
    assert read(world, "contractor-7").now.sentence == (
        "As known now, it is undetermined whether contractor-7 was past the end of access or was "
        "on the last working day (2 Nov 2017), judged in every zone, since none is recorded; "
        "access was due to end between 2017-11-02T10:00Z and 2017-11-03T12:00Z; "
        "the provider recorded this on 2017-10-21."
    )


def test_what_was_written_after_the_act_is_said_to_be(world: Any) -> None:
    world.load(contractors=contractor(recorded="2017-11-05T09:00:00Z"), accounts=LINKED)
    reading = read(world, "contractor-7")
    assert reading.learned_later
    assert reading.sentence.endswith("What the roster says now was written only after the act.")
    assert reading.at_act.sentence == (
        "No roster is known to have said anything about contractor-7 by then."
    )


def test_an_end_in_the_past_is_earlier(world: Any) -> None:
    world.load(contractors=contractor(recorded=""), accounts=LINKED)
    sentence = read(world, "contractor-7", "2017-11-10T07:00:00+00:00").now.sentence
    assert "was past the end of access" in sentence
    assert "7 days earlier" in sentence
    assert sentence.endswith("recorded this is not said, only that it was before the import.")


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("2017-11-03T07:00:00+00:00", "at 2017-11-03T07:00Z, that very moment;"),
        ("2017-11-03T06:59:59.500+00:00", "0.5 s later;"),
        ("2017-11-03T07:00:30+00:00", "30 s earlier;"),
        ("2017-11-03T06:30:00+00:00", "30 min later;"),
        ("2017-11-03T05:30:00+00:00", "1.5 h later;"),
    ],
)
def test_near_the_end_of_access_the_span_is_said_in_what_it_fits(
    world: Any, time: str, said: str
) -> None:
    world.load(contractors=contractor(), accounts=LINKED)
    assert said in read(world, "contractor-7", time).now.sentence


LEAVES = (
    "w@x.example,2017-10-01,{last},contractor-7,employee,,UTC,,{start},{access},{recorded},"
    "{status}\n"
)


def leaves(recorded: str, status: str = "", access: str = "", start: str = "") -> str:
    return LEAVES.format(
        last="2017-11-02", start=start, access=access, recorded=recorded, status=status
    )


def test_what_was_not_yet_on_record_is_not_said_to_be_before_the_start(world: Any) -> None:
    world.load(employees=leaves("2017-11-02"), accounts=LINKED)
    assert read(world, "contractor-7").at_act.sentence.startswith(
        "it is undetermined whether contractor-7 was on the last working day (2 Nov 2017) or was "
        "not yet on record, judged in"
    )
    world.load(employees=leaves("2017-10-01", start="2017-10-20"), accounts=LINKED)
    before = read(world, "contractor-7", "2017-10-10T00:00:00+00:00")
    assert before.now.sentence.startswith("As known now, contractor-7 had not yet started")


def test_days_between_the_last_day_and_the_end_of_access_are_named(world: Any) -> None:
    access = "2017-11-10T15:00:00Z"
    world.load(employees=leaves("2017-10-01", access=access), accounts=LINKED)
    assert (
        "was in notice, the last working day (2 Nov 2017) being over and access not, judged"
        in read(world, "contractor-7", "2017-11-08T12:00:00+00:00").now.sentence
    )
    world.load(employees=leaves("2017-10-01", "garden_leave"), accounts=LINKED)
    assert (
        "was on the last working day (2 Nov 2017), on garden leave, with access to be off, judged"
        in read(world, "contractor-7", "2017-11-02T12:00:00+00:00").now.sentence
    )


def test_a_rescinded_departure_is_said_to_be(world: Any) -> None:
    header = "w@x.example,{},{},contractor-7,employee,,UTC,,,,{},{}\n".format
    world.load(
        employees=header("2017-10-01", "2017-11-02", "2017-10-01T00:00:00Z", "")
        + header("", "", "2017-10-20T00:00:00Z", "rescinded"),
        accounts=LINKED,
    )
    assert read(world, "contractor-7").at_act.sentence == (
        "contractor-7 was in ordinary employment; the departure was rescinded; "
        "the employer recorded this on 2017-10-20."
    )


@pytest.mark.parametrize(
    ("accounts", "actor", "grade"),
    [
        (LINKED, "contractor-7", "B"),
        ("contractor-7,,contractor-7,admin,,\n", "contractor-7", "B"),
        ("contractor-7,,contractor-7,,,\n", "contractor-7", "C"),
        (None, "contractor-7@v.example", "C"),
        (None, "contractor-7", "D"),
        ("desk,,contractor-7,shared,,\n", "desk", "D"),
        ("desk,,,shared,,\n", "desk", "E"),
        (None, "nobody", "E"),
        (None, None, "E"),
    ],
)
def test_grades_say_what_the_claim_rests_on(
    world: Any, accounts: str | None, actor: str | None, grade: str
) -> None:
    world.load(contractors=contractor(email="contractor-7@v.example"), accounts=accounts)
    reading = read(world, actor)
    assert reading.grade == grade
    assert (reading.person is None) == (grade == "E")
    assert reading.sentence.endswith(".")
    assert "None" not in reading.sentence + reading.at_act.sentence + reading.now.sentence


def test_an_unknown_person_has_no_employment(world: Any) -> None:
    reading = read(world, "nobody")
    assert reading.person is None
    assert reading.now.phases == ("unknown",)
    assert "no employment can be judged" in reading.now.sentence


def test_readings_have_the_fields_of_the_document() -> None:
    """The rooms may not import each other; their shapes must agree all the same."""
    for ours, theirs in (
        (people.PersonReading, document.PersonReading),
        (people.EmploymentBelief, document.EmploymentBelief),
    ):
        assert tuple(f.name for f in dataclasses.fields(ours)) == theirs.__struct_fields__


def test_readings_become_documents(world: Any) -> None:
    world.load(contractors=contractor(), accounts=LINKED)
    mapping = dataclasses.asdict(read(world, "contractor-7"))
    beliefs = {name: document.EmploymentBelief(**mapping.pop(name)) for name in ("at_act", "now")}
    reading = document.PersonReading(**mapping, **beliefs)
    assert reading.at_act.access_end_latest == datetime(2017, 11, 3, 7, tzinfo=UTC)
    assert b'"last_day"' in document.encode(reading)
