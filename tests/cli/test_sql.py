"""`forensics sql`: every relation can be asked, and nothing else can be reached."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

RELATIONS = (
    "events", "files", "rejects", "duplicates", "employment", "accounts", "protected_targets",
    "approvals", "cases", "acts", "act_people", "act_doubts",
)  # fmt: skip


@pytest.mark.parametrize("name", RELATIONS)
def test_every_relation_answers_locked(run: Any, story_case: Path, name: str) -> None:
    said = run("sql", f"select * from {name}", "-t", "json", "--case", story_case)
    assert said.code == 0
    assert isinstance(said.document, list)
    assert said.document, f"{name} is empty in this story"


def test_relations_join(run: Any, story_case: Path) -> None:
    said = run(
        "sql",
        """select a.actor, p.person, p.phases, e.last_working_day, t.tier, f.path
           from acts a join act_people p using (event_uid)
           join events v using (event_uid) join files f using (file_id)
           join employment e on e.person = p.person
           join protected_targets t on t.target = a.target
           where a.action = 'account.deactivate' and p.belief = 'now'
             and e.recorded_at = p.recorded_at
           """,
        "-t", "json", "--case", story_case,
    )  # fmt: skip
    (row,) = said.document
    assert (row["person"], row["phases"], row["tier"]) == ("contractor-7", ["last_day"], "vip")


@pytest.mark.parametrize(
    "statement",
    [
        "insert into files select * from files",
        "delete from files",
        "update files set path = ''",
        "drop table files",
        "create table x as select 1",
        "copy (select 1) to 'stolen.csv'",
        "copy files from '/etc/passwd'",
        "attach 'x.duckdb'",
        "attach '/etc/passwd' as p (type sqlite)",
        "pragma database_list",
        "pragma version",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "reset lock_configuration",
        "call pragma_version()",
        "export database 'x'",
        "checkpoint",
        "explain analyze select 1",
        "select 1; select 2",
        "select 1; drop table files",
        "",
        "-- nothing",
        "selekt",
    ],
)
def test_what_is_not_one_select_is_refused(
    run: Any, story_case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run("sql", statement, "--case", story_case)
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert "fault of the tool" not in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "expression",
    [
        "* from read_text('/etc/passwd')",
        "* from read_csv('/etc/passwd')",
        "* from read_blob('/etc/passwd')",
        "* from '/etc/passwd'",
        "* from read_parquet('/etc/*')",
        "* from glob('/etc/*')",
        "* from read_json('https://example.org/x.json')",
        "* from read_text('{case}/catalog.sqlite')",
        "* from read_text('{case}/segments/../catalog.sqlite')",
        "* from sqlite_scan('{case}/catalog.sqlite', 'files')",
        "getenv('HOME')",
        "* from query('copy files to ''x''')",
    ],
)
def test_nothing_outside_the_case_can_be_read(run: Any, story_case: Path, expression: str) -> None:
    statement = "select " + expression.replace("{case}", str(story_case))
    said = run("sql", statement, "--case", story_case)
    assert said.code == 2
    assert said.out == ""
    assert "root:" not in said.err
    assert "fault of the tool" not in said.err


def test_settings_stay_locked(run: Any, story_case: Path) -> None:
    said = run(
        "sql",
        "select name, value from duckdb_settings() where name in "
        "('enable_external_access', 'lock_configuration') order by name",
        "-t", "json", "--case", story_case,
    )  # fmt: skip
    assert [one["value"] for one in said.document] == ["false", "true"]


def test_an_unknown_relation_is_named(run: Any, story_case: Path) -> None:
    said = run("sql", "select * from evnts", "--case", story_case)
    assert said.code == 2
    assert "evnts" in said.err


def test_columns_of_one_name_are_both_shown(run: Any, story_case: Path) -> None:
    said = run("sql", "select 'left' as x, 'right' as x", "--case", story_case)
    assert "left" in said.out
    assert "right" in said.out


def test_what_does_not_fit_is_told_a_record_a_block(run: Any, story_case: Path) -> None:
    statement = "select * from events order by record_no, source limit 2"
    said = run("sql", statement, "--case", story_case)
    assert said.code == 0
    lines = said.out.splitlines()
    assert [one for one in lines if one.startswith("record ")] == ["record 1", "record 2"]
    assert max(map(len, lines)) <= 100
    names = [one.split(":")[0].strip() for one in lines if one.startswith("  ")]
    assert len(names) == len(set(names)) * 2
    assert "action: " in said.out


@pytest.mark.parametrize(("length", "cut"), [(85, False), (200, True)])
def test_a_long_value_is_cut_with_a_word(
    run: Any, story_case: Path, length: int, cut: bool
) -> None:
    statement = f"select repeat('x', {length}) as long, 'beside it, more' as other"
    said = run("sql", statement, "--case", story_case)
    assert ("x…" in said.out) == cut
    assert ("-t jsonl gives all" in said.err) == cut
    assert "  other: beside it, more\n" in said.out


def test_what_fits_stays_a_table(run: Any, story_case: Path) -> None:
    said = run("sql", "select 1 as first, 2 as second", "--case", story_case)
    assert [one.split() for one in said.out.splitlines()] == [["first", "second"], ["1", "2"]]


def test_a_long_answer_is_cut_with_a_word(run: Any, story_case: Path) -> None:
    said = run("sql", "select range as n from range(250)", "--case", story_case)
    assert "50 more rows" in said.err
    rows = run("sql", "select range as n from range(250)", "-t", "csv", "--case", story_case)
    assert rows.out.count("\n") == 251


@pytest.mark.parametrize("output_format", ["table", "csv", "jsonl", "json"])
def test_every_type_can_be_written(run: Any, story_case: Path, output_format: str) -> None:
    said = run(
        "sql",
        """select null as a, 'x'::blob as b, [1, 2] as c, {'k': 1} as d, map {'k': 1} as e,
           timestamptz '2017-11-02 22:50:03.412Z' as f, date '2017-11-02' as g, 1.5 as h,
           uuid '00000000-0000-0000-0000-000000000001' as j, 170141183460::hugeint
           as k, time '10:00' as l, true as m""",
        "-t", output_format, "--case", story_case,
    )  # fmt: skip
    assert said.code == 0
    assert "2017" in said.out
