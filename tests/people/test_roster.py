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
    ],
    ids=["bom", "crlf", "utf-16", "header case", "blank lines"],
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
        ("a,,north,sf,UTC,,,03/04/2017,,", "ContractEnd '03/04/2017' cannot be read"),
        ("a,,north,sf,UTC,,,2017-11-02,,yesterday", "RecordedAt 'yesterday' cannot be read"),
        ("a,,north,sf,UTC,,2017-11-03,2017-11-02,,", "before the start"),
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
    data = b"EmailAddress,LastWorkingDate,Role\na@x.example,2017-11-02,mod\xe9rateur\n"
    facts, problems = facts_of(make_file(EMPLOYEES, data))
    assert len(facts) == 1
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
