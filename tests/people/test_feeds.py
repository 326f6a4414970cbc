"""Other rosters by a mapping, and what each feed lets access end with."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from forensics import people
from forensics.errors import DeclarationError
from forensics.people import feeds, roster
from forensics.people.readings import reading
from forensics.people.roster import Fact
from forensics.sources import context
from forensics.sources.context import CONTRACTORS, EMPLOYEES, ROSTER, ROSTER_MAPPING, ContextFile

MakeFile = Callable[..., ContextFile]

MAPPING = """
title = "Export of the personnel system"
feed = "employees"
dates = "day first"

[columns]
PersonId = "Employee #"
EmailAddress = "Work Email"
LastWorkingDate = "Last Day of Work"
TerminationDate = "Termination Date"
Status = "Employment Status"
Manager = "Reporting to"

[values.Status]
"On Leave" = "leave"
"Terminated" = "active"
"""
EXPORT = """Employee #,Work Email,Last Day of Work,Termination Date,Employment Status,Reporting to,X
1001,ana@x.example,02/11/2017,30/11/2017,Terminated,1002,9
1002,bo@x.example,,31/12/2017,On leave,,9
"""


def test_a_mapping_says_what_the_columns_and_words_of_another_roster_mean(
    world: Any, make_file: MakeFile
) -> None:
    files = [make_file(ROSTER_MAPPING, MAPPING, "m.toml"), make_file(ROSTER, EXPORT, "hr.csv")]
    load = people.register(world.engine, files, default_zone="Europe/Dublin")
    assert [one.message for one in load.problems] == ["Columns that are not read: 'x'."]
    ana, bo = world.engine.rows("SELECT * FROM employment ORDER BY fact_no")
    assert (ana["person"], ana["email"], ana["manager"]) == ("1001", "ana@x.example", "1002")
    assert (ana["last_working_day"], ana["end_basis"]) == (date(2017, 11, 2), "last_working_day")
    assert ana["access_end_latest"] == datetime(2017, 11, 3, tzinfo=UTC)
    # A legal end counts only where no last working day is told.
    assert (bo["end_basis"], bo["status"]) == ("termination", "leave")
    assert bo["access_end_latest"] == datetime(2018, 1, 1, tzinfo=UTC)


def test_a_roster_that_no_mapping_fits_is_not_read(world: Any, make_file: MakeFile) -> None:
    load = people.register(world.engine, [make_file(ROSTER, EXPORT, "hr.csv")])
    (problem,) = load.problems
    assert problem.unread
    assert problem.place == "hr.csv:1"
    assert "--mapping" in problem.remedy


def test_of_two_mappings_that_fit_the_wider_and_then_the_later_counts(make_file: MakeFile) -> None:
    narrow = feeds.parse(
        b'feed = "employees"\n[columns]\nPersonId = "Employee #"\n'
        b'TerminationDate = "Termination Date"\n',
        "narrow.toml",
    )
    wide, again = feeds.parse(MAPPING.encode(), "a.toml"), feeds.parse(MAPPING.encode(), "b.toml")
    chosen = feeds.feed_of(make_file(ROSTER, EXPORT), [wide, again, narrow])
    assert chosen
    assert chosen.mapping == "b.toml"


def bound(name: str, text: str, *files: ContextFile) -> feeds.Feed:
    """A mapping that was given with files."""
    reads = {file.sha256: file.name for file in files}
    return feeds.parse(feeds.bound(text.encode(), reads, datetime(2020, 1, 1, tzinfo=UTC)), name)


def test_a_mapping_reads_the_files_it_was_given_with_and_the_last_one_counts(
    make_file: MakeFile,
) -> None:
    first = make_file(ROSTER, EXPORT, "hr-2017-10-01.csv")
    other = make_file(ROSTER, EXPORT + "1003,cy@x.example,,,,,\n", "emoji-\N{GRINNING FACE}.csv")
    later = make_file(ROSTER, EXPORT + "1004,di@x.example,,,,,\n", "hr-2017-11-01.csv")
    unknown = make_file(ROSTER, EXPORT + "1005,ed@x.example,,,,,\n", "else.csv")
    narrower = MAPPING.replace('PersonId = "Employee #"\n', "")
    given = [
        bound("a.toml", MAPPING, first),
        bound("b.toml", narrower, first),
        bound("c.toml", MAPPING, other),
    ]
    read_by = [feeds.feed_of(file, given) for file in (first, other, later, unknown)]
    assert [feed.mapping for feed in read_by if feed] == ["b.toml", "c.toml", "b.toml", "c.toml"]
    newer = [*given, bound("d.toml", MAPPING, later)]
    read_by = [feeds.feed_of(file, newer) for file in (first, later)]
    assert [feed.mapping for feed in read_by if feed] == ["b.toml", "d.toml"]
    again = feeds.feed_of(first, [*given, bound("a.toml", MAPPING, first)])
    assert again
    assert again.mapping == "a.toml"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('[columns]\nPersonId = "Id"\n', 1, "feed is missing: write feed = "),
        ('feed = "employees"\n', 1, "[columns] is missing"),
        (MAPPING.replace("dates", "date"), 4, "unknown key in the mapping: 'date'. Did you mean"),
        (MAPPING.replace("employees", "people"), 3, "unknown value of feed: 'people'."),
        (MAPPING.replace("day first", "d/m/y"), 4, "Allowed: day first, month first."),
        (MAPPING.replace("Manager", "Boss"), 12, "unknown column: 'Boss'."),
        (MAPPING.replace('"leave"', '"away"'), 15, "unknown value of Status: 'away'."),
        (MAPPING.replace('"Work Email"', "7"), 8, "EmailAddress must be the name of a column."),
        ('feed = "employees"\n[columns]\nRole = "Title"\n', 2, "names no PersonId or EmailAddress"),
        ('feed = "employees"\n[columns]\nRole = "Title"\n', 2, "names none of AccessEnd"),
        ("feed = [", 1, "not TOML"),
        ("#" * 70_000, 1, "larger than 65536 bytes"),
        ('feed = "contractors"\ncolumns = 3', 2, "[columns] must be a table of texts."),
    ],
)
def test_faults_of_a_mapping_are_told_with_line_and_allowed_words(
    text: str, line: int, message: str
) -> None:
    with pytest.raises(DeclarationError) as raised:
        feeds.parse(text.encode(), "m.toml")
    told = [one for one in raised.value.message.splitlines() if message in one]
    assert told, raised.value.message
    assert f"line {line}:" in told[0]


def test_a_faulty_mapping_of_the_case_is_a_problem(world: Any, make_file: MakeFile) -> None:
    load = people.register(world.engine, [make_file(ROSTER_MAPPING, "feed = 3", "m.toml")])
    assert [one.place for one in load.problems] == ["m.toml"]


CONTRACTS = (
    "Worker,Provider,TimeZone,ContractEnd,ProviderNotice,BadgeExpiry,CredentialExpiry,AccessEnd"
)


def ends(make_file: MakeFile, *rows: str) -> list[Fact]:
    text = "\n".join((CONTRACTS, *rows))
    return roster.read_facts([make_file(CONTRACTORS, text)]).facts


def test_a_contractor_s_end_is_the_earliest_that_is_told(make_file: MakeFile) -> None:
    facts = ends(
        make_file,
        "a,north,UTC,2017-12-29,2017-11-02,2018-01-31,,",
        "b,north,UTC,2017-12-29,,2017-11-02T15:00:00,,",
        "c,north,UTC,2017-12-29,,,2017-11-02,",
        "d,north,UTC,2017-11-02,2017-11-02,2017-11-02,2017-11-02,",
        "e,north,UTC,2017-11-02,2017-10-01,,,2017-11-02T22:00:00Z",
    )
    assert [fact.end_basis for fact in facts] == [
        "provider_notice",
        "badge_expiry",
        "credential_expiry",
        "contract_end",
        "access_end",
    ]
    midnight = datetime(2017, 11, 3, tzinfo=UTC)
    afternoon = datetime(2017, 11, 2, 15, tzinfo=UTC)
    assert [fact.access_end_latest for fact in facts] == [
        midnight,
        afternoon,
        midnight,
        midnight,
        datetime(2017, 11, 2, 22, tzinfo=UTC),
    ]
    assert facts[1].last_day_earliest == datetime(2017, 11, 2, tzinfo=UTC)


def test_a_legal_end_is_outranked_by_a_contract_s(world: Any, make_file: MakeFile) -> None:
    header = "EmailAddress,ResignationDate,LastWorkingDate,PersonId,EmploymentType,TimeZone,"
    files = [
        make_file(
            EMPLOYEES,
            header + "TerminationDate\nc@x.example,,,c-1,contractor,UTC,2017-10-01\n",
        ),
        make_file(CONTRACTORS, CONTRACTS + "\nc-1,north,UTC,2017-11-02,,,,\n"),
    ]
    people.register(world.engine, files)
    _, now = world.judge("c@x.example", "2017-11-02T12:00:00+00:00")
    assert (now["phases"], now["end_basis"]) == (["last_day"], "contract_end")


def test_garden_leave_is_leave_with_access_to_be_off(world: Any) -> None:
    world.load(
        employees="w@x.example,2017-10-01,2017-12-29,w,employee,,UTC,,,,2017-10-02,garden_leave\n"
    )
    _, now = world.judge("w", "2017-11-02T12:00:00+00:00")
    assert now["phases"] == ["leave"]
    assert "garden leave, with access to be off" in reading(now, now).now.sentence


def test_the_mapping_and_the_columns_of_the_documentation_are_ours() -> None:
    page = (Path(__file__).parents[2] / "docs/people.md").read_text("utf-8")
    (example,) = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    feed = feeds.parse(example.encode(), "people.md")
    assert (feed.kind, feed.day_first) == (EMPLOYEES, True)
    assert feed.values["status"]["terminated"] == "terminated"
    table = page.split("## Rosters")[1].split("\n## ")[0]
    columns = {name for kind in feeds.COLUMNS.values() for name in kind.values()}
    assert columns <= set(re.findall(r"`(\w+)`", table))
    assert set(re.findall(r"`(\w+)`", table.split("| `Status` |")[1].split("\n")[0])) == (
        feeds.STATUSES
    )
    assert all(header <= set(re.findall(r"\w+", page.lower())) for header in _headers())


def _headers() -> list[frozenset[str]]:
    return [header for kind in context.KINDS for header in context.headers(kind)]
