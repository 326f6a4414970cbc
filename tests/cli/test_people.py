"""Rosters of any shape on the command line: a mapping, snapshots, questions, proposals."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MAPPING = """
feed = "employees"
[columns]
PersonId = "Employee #"
EmailAddress = "Work Email"
LastWorkingDate = "Last Day"
"""
EXPORT = "Employee #,Work Email,Last Day\n1001,ana@x.example,{}\n"


@pytest.fixture
def case(run: Any, tmp_path: Path) -> Path:
    """A case with a roster of two snapshots, the second without the mapping being given again."""
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(MAPPING, "utf-8")
    for day, end in (("2017-10-01", ""), ("2017-11-01", "2017-11-02")):
        export = tmp_path / f"hr-{day}.csv"
        export.write_text(EXPORT.format(end), "utf-8")
        given = ("--mapping", mapping) if not end else ()
        said = run("people", "import", export, *given, "--case", tmp_path / "case")
        assert said.code == 0, said.err
    return tmp_path / "case"


def test_a_mapped_roster_is_kept_and_sealed_with_its_mapping(run: Any, case: Path) -> None:
    asked = ("people", "show", "ana@x.example", "--as-of", "2017-11-02T12:00Z", "--zone", "UTC")
    said = run(*asked, "--case", case)
    assert "1001 was on the last working day (2 Nov 2017)" in said.out
    assert "the roster as of 2017-11-01 has it" in said.out
    assert run("verify", "--case", case).code == 0
    held = {one.read_bytes() for one in (case / "context").iterdir()}
    assert MAPPING.encode() in held


def test_a_faulty_mapping_is_refused_before_anything_is_stored(run: Any, tmp_path: Path) -> None:
    mapping, export = tmp_path / "mapping.toml", tmp_path / "hr.csv"
    mapping.write_text(MAPPING.replace("PersonId", "Personid"), "utf-8")
    export.write_text(EXPORT.format(""), "utf-8")
    case = tmp_path / "case"
    said = run("people", "import", export, "--mapping", mapping, "--case", case)
    assert said.code == 2
    assert "line 4: unknown column: 'Personid'. Did you mean 'PersonId'?" in said.err
    assert not case.exists()
    assert "--mapping" in run("people", "import", export, "--case", case).err


def test_check_asks_and_its_code_says_when_something_was_not_read(
    run: Any, case: Path, tmp_path: Path
) -> None:
    said = run("people", "check", "--case", case)
    assert said.code == 0
    assert said.out.startswith("1 to ask about\nno zone\n")
    broken = tmp_path / "hr-2017-12-01.csv"
    broken.write_text(EXPORT.format("2017-02-29"), "utf-8")
    assert run("people", "import", broken, "--case", case).code == 4
    # What was lost in another file is told by check; this import lost nothing.
    other = tmp_path / "contractors.csv"
    other.write_text("Worker,Provider,ContractEnd\nc-1,north,2017-11-02\n", "utf-8")
    assert run("people", "import", other, "--case", case).code == 0
    said = run("people", "check", "-t", "json", "--case", case)
    assert said.code == 4
    unread, gone = said.document[0], said.document[-1]
    assert unread["what"] == "unread"
    assert unread["place"].endswith("hr-2017-12-01.csv:2")
    assert "there is no such day" in unread["sentence"]
    assert gone["what"] == "no_zone"


def test_unresolved_prints_a_row_to_add(
    run: Any, case: Path, tmp_path: Path, write_log: Callable[..., Path]
) -> None:
    log = write_log(
        tmp_path / "one.jsonl", {"actor": {"login": "CORP\\ana", "id": "7", "name": "A"}}
    )
    run("ingest", log, "--case", case)
    said = run("people", "unresolved", "--case", case)
    assert said.out.startswith("1 accounts without a person\n")
    assert "may be 1001" in said.out
    row = next(line.strip() for line in said.out.splitlines() if "personal" in line)
    accounts = tmp_path / "accounts.csv"
    accounts.write_text(f"account,source,person,kind,valid_from,valid_to\n{row}\n", "utf-8")
    assert run("people", "import", accounts, "--case", case).code == 0
    assert run("people", "unresolved", "--case", case).out == "0 accounts without a person\n"


def test_import_says_which_mapping_reads_which_file_and_the_last_given_wins(
    run: Any, tmp_path: Path
) -> None:
    export, other = tmp_path / "hr.csv", tmp_path / "other.csv"
    export.write_text(EXPORT.format("2017-11-02"), "utf-8")
    other.write_text(EXPORT.replace("1001", "1002").format("2017-11-03"), "utf-8")
    by_id, by_mail = tmp_path / "id.toml", tmp_path / "mail.toml"
    by_id.write_text(MAPPING, "utf-8")
    by_mail.write_text(MAPPING.replace('PersonId = "Employee #"\n', ""), "utf-8")
    into = ("--case", tmp_path / "case", "-t", "json")

    def read_by(file: Path, mapping: Path) -> tuple[str, str]:
        said = run("people", "import", file, "--mapping", mapping, *into)
        (told,) = [one for one in said.document["files"] if one["kind"] == "roster"]
        shown = run("people", "show", "ana@x.example", *into).document
        return Path(told["mapping"]).name, ", ".join(one["person"] for one in shown["facts"])

    assert read_by(export, by_id) == ("id.toml", "1001")
    assert read_by(export, by_mail) == ("mail.toml", "ana@x.example")
    assert read_by(export, by_id) == ("id.toml", "1001")
    # Another file's mapping leaves this one's alone.
    run("people", "import", other, "--mapping", by_mail, *into)
    assert run("people", "show", "1001", *into).document["facts"]
    assert run("verify", "--case", tmp_path / "case").code == 0


def test_one_file_is_one_roster_however_its_path_is_typed(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, into = tmp_path / "q", ("--case", tmp_path / "case")
    folder.mkdir()
    roster = folder / "hr.csv"
    header = "EmailAddress,ResignationDate,LastWorkingDate\n"
    roster.write_text(header + "a@x.example,,\nb@x.example,,\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    run("people", "import", "q/hr.csv", *into)
    roster.write_text(header + "a@x.example,,2017-11-02\n", "utf-8")
    monkeypatch.chdir(folder)
    run("people", "import", "hr.csv", *into)
    asked = run("people", "check", "-t", "json", *into).document
    assert "vanished" in {one["what"] for one in asked}


@pytest.mark.parametrize(
    ("text", "mapping", "reason"),
    [
        (b"", None, "The file is empty."),
        (b"PK\x00\x01,a\n", None, "The file is no text."),
        (
            b"EmailAdress,ResignationDate,LastWorkingDate\n",
            None,
            "'EmailAddress' (is 'emailadress'",
        ),
        (b"ticket,opened\n", None, "a list of tickets there would have to be 'caseid', 'openedat'"),
        (b"x,y\n", None, "No known table has any of these columns."),
        (b"Employee #,Mail,Last Day\n", MAPPING, "names columns that it lacks: 'Work Email'"),
    ],
)
def test_a_table_is_refused_with_the_reason(
    run: Any, tmp_path: Path, text: bytes, mapping: str | None, reason: str
) -> None:
    export, toml = tmp_path / "hr.csv", tmp_path / "m.toml"
    export.write_bytes(text)
    toml.write_text(mapping or "", "utf-8")
    given = ("--mapping", toml) if mapping else ()
    said = run("people", "import", export, *given, "--case", tmp_path / "case")
    assert said.code == 2
    assert reason in said.err


def test_a_table_of_a_spreadsheet_is_read_by_its_mapping(run: Any, tmp_path: Path) -> None:
    """Parted by semicolons and in Windows-1252, as spreadsheets export tables."""
    export, toml = tmp_path / "hr.csv", tmp_path / "m.toml"
    table = "K\xfcrzel;Nachname;Letzter Tag\na;Gro\xdf;02.11.2017\n"
    export.write_bytes(table.encode("cp1252"))
    toml.write_text(
        'feed = "employees"\ndates = "day first"\n[columns]\nPersonId = "K\xfcrzel"\n'
        'DisplayName = "Nachname"\nLastWorkingDate = "Letzter Tag"\n',
        "utf-8",
    )
    into = ("--case", tmp_path / "case")
    said = run("people", "import", export, "--mapping", toml, *into)
    assert said.code == 0, said.err
    shown = run("people", "show", "GRO\xdf", "--as-of", "2017-11-02", *into)
    assert "a (Gro\xdf): taken for an employee" in shown.out


def test_a_day_is_all_of_it_and_leavers_tell_the_end(run: Any, tmp_path: Path) -> None:
    roster = tmp_path / "employees.csv"
    header = "EmailAddress,PersonId,TimeZone,ResignationDate,LastWorkingDate,AccessEnd,RecordedAt\n"
    rows = (
        "u@x.example,u,UTC,2017-10-10,2017-11-02,,2017-10-10T00:00:00Z\n"
        "v@x.example,v,America/Los_Angeles,2017-10-20,2017-11-02,2017-11-02T15:00,2017-10-20\n"
        "w@x.example,w,UTC,2017-10-20,,,2017-10-20\n"
    )
    roster.write_text(header + rows, "utf-8")
    into = ("--case", tmp_path / "case")
    run("people", "import", roster, *into)
    day = run("people", "show", "u", "--as-of", "2017-11-02", *into).out
    assert "u was on the last working day" in day
    assert "past the end" not in day
    month = run("people", "show", "u", "--as-of", "2017-11", *into).out
    assert [line[:4] for line in month.splitlines()] == ["u: u", "As k", "From", "From", "  u:"]
    before = run("people", "show", "u", "--known-at", "2017-10-09", *into).out
    assert re.match(r"u: u, as of \d{4}-\d\d-\d\dT[\d:.]+Z\n", before)
    assert "No roster is known to have said anything about u by then." in before
    assert "recorded 2017-10-10" not in before
    known = run("people", "show", "u", "--as-of", "2017-11-02", "--known-at", "2017-10-10", *into)
    assert "u was on the last working day" in known.out
    left = run("people", "leavers", "--since", "2017-10-25", *into).out.splitlines()
    assert left[0].startswith("2 leaving from")
    assert "notice 2017-10-20, last working day 2017-11-02 America/Los_Angeles" in left[1]
    assert "access ends 2017-11-02 22:00Z, recorded 2017-10-20" in left[1]
    assert re.search(r"\): notice on \d{4}-\d\d-\d\d$", left[1])
    assert left[3] == "1 resigned, no last day known"
    assert "w: taken for an employee, role not known, notice 2017-10-20, end not known" in left[4]


def test_a_leaver_on_whose_end_rosters_differ_is_one_leaver(run: Any, tmp_path: Path) -> None:
    header = "EmailAddress,PersonId,TimeZone,ResignationDate,LastWorkingDate,RecordedAt\n"
    for name, day in (("a.csv", "2017-11-02"), ("b.csv", "2017-11-05"), ("c.csv", "2018-11-05")):
        row = f"u@x.example,u,UTC,2017-10-10,{day},2017-10-10T00:00:00Z\n"
        (tmp_path / name).write_text(header + row, "utf-8")
    into = ("--case", tmp_path / "case")
    run("people", "import", *(tmp_path / name for name in ("a.csv", "b.csv", "c.csv")), *into)
    head, line = run("people", "leavers", "--since", "2017-10-25", *into).out.splitlines()
    assert head.startswith("1 leaving from")
    assert "access ends 2017-11-03 00:00Z" in line
    assert (
        "; rosters differ on the end, or notice 2017-10-10, last working day 2017-11-05 UTC,"
        " access ends 2017-11-06 00:00Z ("
    ) in line
    left = run("people", "leavers", "--since", "2018-10-25", *into).out
    assert "rosters differ on the end, another has none or one outside this time" in left


def test_without_a_time_somebody_is_shown_as_of_the_last_event(run: Any, story_case: Path) -> None:
    shown = run("people", "show", "contractor-7", "--case", story_case)
    head, belief, *_ = shown.out.splitlines()
    assert re.fullmatch(r"contractor-7: contractor-7, as of 2017-11-03T\S+Z, the last event", head)
    assert "contractor-7 was on the last working day" in belief
