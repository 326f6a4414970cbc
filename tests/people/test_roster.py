"""Rosters: every row becomes a fact or a stated problem."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics import people
from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import UsageError
from forensics.people import roster
from forensics.sources.context import CONTRACTORS, EMPLOYEES, ContextFile

MakeFile = Callable[..., ContextFile]

PURVIEW = """EmailAddress,ResignationDate,LastWorkingDate
worker-1@shop.example,2019-04-23T15:18:02.4675041+05:30,2019-04-29T15:18:02.4675041+05:30
worker-2@shop.example,2019-04-24T09:15:49Z,2019-04-29T15:18:02.7117540
"""


def facts_of(*files: ContextFile, **options: Any) -> tuple[list[roster.Fact], list[str]]:
    facts, problems, _ = roster.read_facts(files, **options)
    return facts, [f"{problem.place} {problem.message}" for problem in problems]


def test_the_mixed_offsets_of_the_connector_format(make_file: MakeFile) -> None:
    (first, second), problems = facts_of(make_file(EMPLOYEES, PURVIEW))
    assert problems == []
    assert first.last_working_day == second.last_working_day == date(2019, 4, 29)
    assert (first.zone, first.zone_basis) == ("UTC+05:30", "offset")
    assert first.access_end_earliest == datetime(2019, 4, 29, 18, 30, tzinfo=UTC)
    assert first.access_end_latest == first.access_end_earliest
    assert first.notice_at == datetime(2019, 4, 23, 9, 48, 2, 467504, tzinfo=UTC)
    assert (second.zone, second.zone_basis) == (None, "none")
    assert second.access_end_earliest == datetime(2019, 4, 29, 10, tzinfo=UTC)
    assert second.access_end_latest == datetime(2019, 4, 30, 12, tzinfo=UTC)
    assert first.recorded_at is None
    assert first.person == "worker-1@shop.example"


@pytest.mark.parametrize(
    "data",
    [
        PURVIEW.encode("utf-8-sig"),
        PURVIEW.replace("\n", "\r\n").encode(),
        PURVIEW.encode("utf-16"),
        PURVIEW.replace("EmailAddress", " emailADDRESS ").encode(),
        PURVIEW.replace("\n", "\n\n").encode(),
        PURVIEW.replace(",", ";").encode(),
    ],
    ids=["bom", "crlf", "utf-16", "header case", "blank lines", "semicolons"],
)
def test_the_same_facts_in_other_clothes(make_file: MakeFile, data: bytes) -> None:
    plain, _ = facts_of(make_file(EMPLOYEES, PURVIEW))
    facts, problems = facts_of(make_file(EMPLOYEES, data))
    assert problems == []
    assert [f.access_end_latest for f in facts] == [f.access_end_latest for f in plain]
    assert [f.email for f in facts] == [f.email for f in plain]


HEADER = (
    "Worker,EmailAddress,Provider,Site,TimeZone,Role,ContractStart,ContractEnd,AccessEnd,RecordedAt"
)


def contractors(make_file: MakeFile, *rows: str) -> ContextFile:
    return make_file(CONTRACTORS, "\n".join((HEADER, *rows)) + "\n")


def test_a_contract_end_without_offset_is_judged_in_the_worker_s_zone(make_file: MakeFile) -> None:
    row = "contractor-7,,north,sf,America/Los_Angeles,moderator,2017-01-09,2017-11-02,,2017-10-20"
    (fact,), problems = facts_of(contractors(make_file, row))
    assert problems == []
    assert fact.access_end_earliest == datetime(2017, 11, 3, 7, tzinfo=UTC)
    assert (fact.end_basis, fact.kind, fact.zone_basis) == ("contract_end", "contractor", "worker")
    assert (fact.source, fact.source_row) == ("contractors.csv", 2)


def test_a_recording_date_counts_from_its_end(make_file: MakeFile) -> None:
    """Whatever was written in the course of a day was surely known only after it."""
    row = "contractor-7,,north,sf,America/Los_Angeles,moderator,,2017-11-02,,2017-10-20"
    (fact,), _ = facts_of(contractors(make_file, row))
    assert fact.recorded_at == datetime(2017, 10, 21, 6, 59, 59, 999999, tzinfo=UTC)


def test_an_explicit_end_of_access_outweighs_the_contract_s_end(make_file: MakeFile) -> None:
    zone = "America/Los_Angeles"
    facts, _ = facts_of(
        contractors(
            make_file,
            f"a,,north,sf,{zone},,,2017-11-02,2017-11-02T15:00:00-07:00,",
            f"b,,north,sf,{zone},,,2017-11-02,2017-11-01,",
            f"c,,north,sf,{zone},,,,2017-11-03T00:00:00-07:00,",
        )
    )
    assert [fact.end_basis for fact in facts] == ["access_end"] * 3
    assert facts[0].access_end_latest == datetime(2017, 11, 2, 22, tzinfo=UTC)
    assert facts[1].access_end_latest == datetime(2017, 11, 2, 7, tzinfo=UTC)
    # Access that ends at local midnight ends with the day before.
    assert facts[2].last_day_earliest == datetime(2017, 11, 2, 7, tzinfo=UTC)


def test_a_missing_zone_comes_from_site_then_provider_then_default(make_file: MakeFile) -> None:
    file = contractors(
        make_file,
        "a,,east,manila,Asia/Manila,,,2017-11-02,,",
        "b,,north,manila,,,,2017-11-02,,",
        "c,,east,,,,,2017-11-02,,",
        "d,,west,lima,,,,2017-11-02,,",
        "e,,,,,,,2017-11-02T00:00:00-05:00,,",
    )
    facts, problems = facts_of(file)
    assert problems == []
    assert [(fact.zone, fact.zone_basis) for fact in facts] == [
        ("Asia/Manila", "worker"),
        ("Asia/Manila", "site"),
        ("Asia/Manila", "provider"),
        (None, "none"),
        ("UTC-05:00", "offset"),
    ]
    from_default, _ = facts_of(file, default_zone=UTC)
    assert (from_default[3].zone, from_default[3].zone_basis) == ("UTC", "default")


def test_a_site_of_two_zones_gives_none(make_file: MakeFile) -> None:
    facts, _ = facts_of(
        contractors(
            make_file,
            "a,,,hub,Asia/Manila,,,2017-11-02,,",
            "b,,,hub,Europe/Dublin,,,2017-11-02,,",
            "c,,,hub,,,,2017-11-02,,",
        )
    )
    assert facts[2].zone_basis == "none"


def test_an_unknown_zone_is_a_problem_and_the_row_is_kept_without_zone(make_file: MakeFile) -> None:
    facts, problems = facts_of(
        contractors(
            make_file,
            "a,,north,sf,America/Los_Angeles,,,2017-11-02,,",
            "b,,north,sf,America/LosAngeles,,,2017-11-02,,",
        )
    )
    assert (facts[1].zone, facts[1].zone_basis) == (None, "none")
    assert problems == [
        "contractors.csv:3 The zone 'America/LosAngeles' is unknown; the row is read without it."
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",,north,sf,UTC,,,2017-11-02,,", "names no person"),
        ("a,,north,sf,UTC,mod, senior,,2017-11-02,,", "11 cells, the header 10"),
        ("a,,north", "3 cells, the header 10"),
        ('a,"b"c,north,sf,UTC,,,2017-11-02,,', "not readable as CSV"),
    ],
)
def test_a_faulty_row_is_named_and_the_others_are_read(
    make_file: MakeFile, row: str, message: str
) -> None:
    good = "z,,north,sf,UTC,,,2017-11-02,,"
    facts, problems = facts_of(contractors(make_file, row, good))
    assert [fact.person for fact in facts] == ["z"]
    assert len(problems) == 1
    assert problems[0].startswith("contractors.csv:2 ")
    assert message in problems[0]


@pytest.mark.parametrize(
    ("row", "message", "open_end"),
    [
        ("a,,north,sf,UTC,,,03/04/2017,,", "ContractEnd '03/04/2017' cannot be read", True),
        ("a,,north,sf,UTC,,,2017-11-02,soon,", "AccessEnd 'soon' cannot be read", True),
        ("a,,north,sf,UTC,,,soon,2017-11-02T15:00Z,", "ContractEnd 'soon' cannot be read", False),
        ("a,,north,sf,UTC,,,2017-11-02,,yesterday", "RecordedAt 'yesterday' cannot", False),
        ("a,,north,sf,UTC,,2017-11-03,2017-11-02,,", "before the start", True),
        ("a,,north,sf,,,2017-11-03,2017-11-02,,", "before the start", True),
    ],
)
def test_an_unreadable_date_leaves_the_person_known(
    make_file: MakeFile, row: str, message: str, open_end: bool
) -> None:
    """The person stays, the field is told, and an end that may be another is not known."""
    (fact,), problems, _ = roster.read_facts([contractors(make_file, row)])
    assert fact.person == "a"
    assert message in problems[0].message
    assert problems[0].unread
    assert (fact.access_end_latest is None, fact.kind is None) == (open_end, open_end)
    assert [one.message for one in problems[1:]] == (
        ["No end is recorded for 'a'; the phase stays unknown."] if open_end else []
    )


def test_an_employee_whose_last_day_cannot_be_read_is_not_believed_employed(world: Any) -> None:
    world.load(employees="a@x.example,,31/02/2017,a,employee,,UTC,,,,2017-01-01,\n")
    assert world.phases("a", "2017-11-02T12:00:00+00:00") == ({"unknown"}, {"unknown"})


def test_who_is_terminated_is_not_active(world: Any) -> None:
    row = "{0}@x.example,,{1},{0},employee,,UTC,,,,2017-01-01,{2}\n".format
    load = world.load(
        employees=row("a", "2017-11-02", "Terminated")
        + row("b", "0000-00-00", "active")
        + row("c", "", "inactive")
    )
    assert [one.message for one in load.problems] == [
        "No end is recorded for 'c'; the phase stays unknown."
    ]
    at = "2017-11-02T12:00:00+00:00"
    assert [world.phases(who, at)[1] for who in "abc"] == [{"last_day"}, {"employed"}, {"unknown"}]


JOINED = "EmailAddress,ResignationDate,LastWorkingDate\nana@x.example,2017-10-10,2017-11-02\n"
IDS = "EmailAddress,PersonId,TimeZone,DisplayName,LastWorkingDate,ResignationDate\n"


def test_rows_of_one_e_mail_are_of_one_person_and_share_the_worker_s_zone(
    make_file: MakeFile,
) -> None:
    ids = make_file(EMPLOYEES, IDS + "Ana@x.example,E100,America/Los_Angeles,Ana,,\n", "ids.csv")
    facts, problems = facts_of(make_file(EMPLOYEES, JOINED, "mails.csv"), ids)
    assert problems == []
    assert [fact.person for fact in facts] == ["E100", "E100"]
    assert (facts[0].zone, facts[0].zone_basis) == ("America/Los_Angeles", "worker")
    assert facts[0].access_end_latest == datetime(2017, 11, 3, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "rows",
    [
        "ana@x.example,E100,,,,\nana@x.example,E101,,,,\n",
        "ana@x.example,E100,,Ana,,\nana@x.example,,,Anabel,,\n",
    ],
    ids=["two ids", "two names"],
)
def test_an_e_mail_of_two_persons_joins_nobody(make_file: MakeFile, rows: str) -> None:
    ids = make_file(EMPLOYEES, IDS + rows, "ids.csv")
    facts, _ = facts_of(make_file(EMPLOYEES, JOINED, "mails.csv"), ids)
    assert facts[0].person == "ana@x.example"


def test_a_handed_on_e_mail_is_whose_it_was_at_the_time_of_the_row(world: Any) -> None:
    row = "alice@x.example,{0},{1},,employee,,UTC,,,,,\n".format
    world.load(
        employees=row("", "2015-11-02") + row("2017-10-10", "2017-11-02") + row("", "2019-01-01"),
        accounts="alice@x.example,,old-alice,personal,2014-01-01,2016-01-01\n"
        "alice@x.example,,new-alice,personal,2017-01-01,2018-01-01\n",
    )
    rows = world.engine.rows("SELECT person FROM employment ORDER BY fact_no")
    assert [one["person"] for one in rows] == ["old-alice", "new-alice", "alice@x.example"]


def test_a_last_day_told_by_an_instant_is_a_day_of_the_worker_s_zone(make_file: MakeFile) -> None:
    header = "EmailAddress,TimeZone,LastWorkingDate,ResignationDate\n"
    rows = (
        "a@x.example,America/Los_Angeles,2017-11-03T06:59:59Z,\n"
        "b@x.example,America/Los_Angeles,2017-11-02T00:00:00Z,\n"
        "c@x.example,America/Los_Angeles,2017-11-02T24:00:00,\n"
    )
    facts, _ = facts_of(make_file(EMPLOYEES, header + rows))
    # Midnight with an offset is how a plain day is exported.
    assert [fact.last_working_day for fact in facts] == [date(2017, 11, 2)] * 3
    assert {fact.access_end_latest for fact in facts} == {datetime(2017, 11, 3, 7, tzinfo=UTC)}


def test_the_day_of_recording_is_kept_as_written(make_file: MakeFile) -> None:
    facts, _ = facts_of(
        contractors(
            make_file,
            "a,,,,America/Los_Angeles,,,2017-11-02,,2017-10-20",
            "b,,,,,,,2017-11-02,,2017-10-20",
        ),
        make_file(CONTRACTORS, f"{HEADER}\nc,,,,,,,2017-11-02,,\n", "c-2017-10-21.csv"),
    )
    assert [fact.recorded_on for fact in facts] == [date(2017, 10, day) for day in (20, 20, 21)]


def test_ends_are_missed_in_the_order_of_recording(make_file: MakeFile) -> None:
    """A file may tell the newest first, and a contract may have become a job."""
    newest_first = contractors(
        make_file,
        "a,,north,sf,UTC,,2017-01-01,2017-11-02,,2017-10-01",
        "a,,north,sf,UTC,,2017-01-01,,,2017-01-01",
        "b,,north,sf,UTC,,2017-01-01,,,2017-01-01",
    )
    job = "EmailAddress,PersonId,StartDate,LastWorkingDate,ResignationDate\nb@x,b,2017-07-01,,\n"
    assert facts_of(make_file(EMPLOYEES, job), newest_first)[1] == []


def test_first_and_last_name_make_the_name_shown(make_file: MakeFile) -> None:
    text = "EmailAddress,FirstName,LastName,LastWorkingDate\na@x,Ana,Moss,\nb@x,,Roe,\n"
    facts, problems = facts_of(make_file(EMPLOYEES, text))
    assert problems == []
    assert [fact.display_name for fact in facts] == ["Ana Moss", "Roe"]


def test_a_provider_s_notice_loses_its_time_of_day_aloud(make_file: MakeFile) -> None:
    text = "Worker,Provider,TimeZone,ContractEnd,ProviderNotice\na,n,UTC,,2017-11-02T15:00:00Z\n"
    (fact,), problems = facts_of(make_file(CONTRACTORS, text))
    kept = fact.access_end_latest == datetime(2017, 11, 2, 15, tzinfo=UTC)
    assert kept or "time of day of ProviderNotice is not used" in problems[0]


def test_an_unclosed_quote_is_a_problem_not_a_silence(make_file: MakeFile) -> None:
    facts, problems = facts_of(contractors(make_file, '"a,,north,sf,UTC,,,2017-11-02,,', "b,,,"))
    assert facts == []
    assert len(problems) == 1


def test_an_unknown_end_of_a_contract_is_reported_and_kept(make_file: MakeFile) -> None:
    facts, problems = facts_of(contractors(make_file, "a,,north,sf,UTC,,2017-01-01,,,2017-01-01"))
    assert facts[0].access_end_latest is None
    assert problems == [
        "contractors.csv:2 No end is recorded for 'a'; the phase stays unknown.",
    ]


def test_unknown_statuses_and_types_are_reported(make_file: MakeFile) -> None:
    header = "EmailAddress,LastWorkingDate,EmploymentType,Status\n"
    rows = "a@x.example,2017-11-02,fulltime,active\nb@x.example,2017-11-02,agency,gone\n"
    facts, problems = facts_of(make_file(EMPLOYEES, header + rows))
    assert [(fact.person, fact.kind) for fact in facts] == [("a@x.example", None)]
    assert [problem.split(" ")[0] for problem in problems] == ["employees.csv:2", "employees.csv:3"]


def test_columns_that_are_missing_unknown_or_doubled_are_reported(make_file: MakeFile) -> None:
    _, problems = facts_of(make_file(EMPLOYEES, "EmailAddress,Left\na@x.example,2017\n"))
    assert problems == ["employees.csv:1 The header lacks lastworkingdate; no row is read."]
    header = "EmailAddress,LastWorkingDate,Time Zone,EmailAddress\n"
    _, problems = facts_of(make_file(EMPLOYEES, header))
    assert "emailaddress more than once" in problems[0]
    assert "'time zone'" in problems[1]


@pytest.mark.parametrize("data", [b"", b"\n", b"\xff\xfe", b"\x00\x00\x00"])
def test_an_empty_file_is_one_problem(make_file: MakeFile, data: bytes) -> None:
    facts, problems = facts_of(make_file(EMPLOYEES, data))
    assert facts == []
    assert len(problems) == 1


def test_bytes_that_are_no_utf8_are_reported_and_the_row_is_kept(make_file: MakeFile) -> None:
    data = "EmailAddress,LastWorkingDate,Role\na@x.example,2017-11-02,mod\xe9rateur\n"
    facts, problems = facts_of(make_file(EMPLOYEES, data.encode("cp1252")))
    assert [fact.role for fact in facts] == ["mod\xe9rateur"]
    # A line that is UTF-8 stays what it is.
    mixed = data.encode("cp1252") + "b@x.example,,d\xe9j\xe0\n".encode()
    facts, _ = facts_of(make_file(EMPLOYEES, mixed))
    assert facts[1].role == "d\xe9j\xe0"
    assert problems[0].startswith("employees.csv:2 Bytes that are not UTF-8")


@given(st.binary(max_size=300))
def test_no_bytes_below_a_header_make_it_fail_or_lose_a_row(
    make_file: MakeFile, tail: bytes
) -> None:
    data = b"EmailAddress,LastWorkingDate\n" + tail
    facts, problems, _ = roster.read_facts([make_file(EMPLOYEES, data)])
    text = tail.decode("utf-8", "replace")
    lines = [line for line in text.split("\n") if line.replace(",", "").replace('"', "").strip()]
    if lines:
        assert facts or problems
    for problem in problems:
        assert problem.message.isprintable()


def test_registers_only_what_was_given(make_file: MakeFile) -> None:
    engine = DuckDBEngine(threads=1)
    load = people.register(engine, [make_file(EMPLOYEES, PURVIEW)])
    assert (load.facts, load.accounts, load.problems) == (2, 0, ())
    assert "employment" in engine.relations()
    assert "accounts" not in engine.relations()


def test_an_unknown_default_zone_is_the_asker_s_error() -> None:
    with pytest.raises(UsageError, match=r"Europe/Dublin"):
        people.register(DuckDBEngine(threads=1), [], default_zone="Europe/Dublim")


def test_rosters_are_read_in_one_order_however_they_are_given(make_file: MakeFile) -> None:
    one = make_file(EMPLOYEES, PURVIEW, name="a.csv")
    two = make_file(EMPLOYEES, PURVIEW.replace("worker", "person"), name="b.csv")
    tables = []
    for files in ([one, two], [two, one]):
        engine = DuckDBEngine(threads=1)
        people.register(engine, files)
        tables.append(engine.rows("SELECT * FROM employment ORDER BY fact_no"))
    assert tables[0] == tables[1]
