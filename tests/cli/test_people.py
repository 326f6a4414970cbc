"""Rosters of any shape on the command line: a mapping, snapshots, questions, proposals."""

from __future__ import annotations

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
    assert run("people", "import", broken, "--case", case).code == 0
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
