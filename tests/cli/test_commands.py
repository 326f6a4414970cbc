"""Every command: its help, a plain use, and what it says to a wrong one."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pyarrow.parquet as pq
import pytest

from forensics import __version__
from forensics.cli import Commands, root

COMMANDS = [
    ("actor",), ("clocks",), ("config",), ("config", "check"), ("demo",), ("enrich",),
    ("explain",), ("explain", "outage"),
    ("findings",), ("findings", "ack"), ("findings", "list"), ("findings", "reopen"),
    ("findings", "resolve"), ("findings", "show"), ("findings", "suppress"),
    ("ingest",), ("note",), ("note", "add"),
    ("note", "list"), ("note", "remove"), ("outage",), ("outages",),
    ("people",), ("people", "check"), ("people", "import"),
    ("people", "leavers"), ("people", "review"), ("people", "show"), ("people", "unresolved"),
    ("policy",), ("policy", "backtest"), ("policy", "check"), ("policy", "explain"),
    ("policy", "lint"), ("policy", "list"), ("policy", "test"), ("report",),
    ("report", "explanations"), ("report", "outage"), ("report", "scan"), ("rules",),
    ("rules", "coverage"), ("rules", "explain"), ("rules", "lint"), ("rules", "list"),
    ("rules", "profile"), ("rules", "test"), ("scan",),
    ("scans",), ("scans", "list"), ("scans", "show"), ("schedule",), ("schedule", "cron"),
    ("schedule", "github"), ("schedule", "kubernetes"), ("schedule", "systemd"),
    ("search",), ("search", "delete"), ("search", "list"),
    ("search", "run"), ("search", "save"), ("search", "show"), ("sources",),
    ("sources", "coverage"),
    ("sources", "list"), ("sources", "recognise"), ("sources", "scaffold"), ("sources", "show"),
    ("sources", "test"), ("sql",), ("target",), ("timeline",), ("verify",),
]  # fmt: skip
ASKING = [
    ("actor", "lead-sf-1"), ("clocks",), ("outage", "@headofstate"), ("target", "@headofstate"),
    ("explain", "outage", "@headofstate"), ("scan",), ("sql", "select 1 as one"),
    ("timeline",), ("people", "leavers"), ("people", "show", "contractor-7"),
    ("people", "unresolved"), ("sources", "coverage"),
]  # fmt: skip


def test_the_list_of_commands_is_whole() -> None:
    known: set[tuple[str, ...]] = set()
    assert isinstance(root, Commands)
    context = click.Context(root)
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        known.add((name,))
        if isinstance(command, click.Group):
            known |= {(name, other) for other in command.commands}
    assert known == set(COMMANDS)


@pytest.mark.parametrize("command", [(), *COMMANDS], ids=" ".join)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help(run: Any, command: tuple[str, ...], flag: str) -> None:
    said = run(*command, flag)
    assert said.code == 0
    assert said.out.startswith("Usage: forensics " + " ".join(command))
    assert said.err == ""
    assert max(map(len, said.out.splitlines())) <= 100


def test_version(run: Any) -> None:
    assert run("--version").out == f"forensics, version {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_unknown_flag_is_named(run: Any, command: tuple[str, ...]) -> None:
    said = run(*command, "--no-such-flag")
    assert said.code == 2
    assert said.out == ""
    assert "--no-such-flag" in said.err
    assert f"Try: forensics {' '.join(command)} --help" in said.err


def test_a_nearly_right_command_is_proposed(run: Any) -> None:
    said = run("timelne")
    assert said.code == 2
    assert "timeline" in said.err


@pytest.mark.parametrize("command", ASKING, ids=lambda one: " ".join(one[:2]))
def test_json_is_one_document_on_stdout_and_nothing_else(
    run: Any, story_case: Path, command: tuple[str, ...]
) -> None:
    said = run(*command, "-t", "json", "--case", story_case)
    assert said.code == 0
    json.loads(said.out)
    assert said.err == ""


@pytest.mark.parametrize("command", ASKING, ids=lambda one: " ".join(one[:2]))
def test_the_view_for_a_person_is_on_stdout(
    run: Any, story_case: Path, command: tuple[str, ...]
) -> None:
    said = run(*command, "--case", story_case)
    assert said.code == 0
    assert said.out.strip()
    assert "Traceback" not in said.err


@pytest.mark.parametrize("command", ASKING, ids=lambda one: " ".join(one[:2]))
def test_without_evidence_it_says_how_to_name_some(run: Any, command: tuple[str, ...]) -> None:
    said = run(*command)
    assert said.code == 2
    assert "--case DIR" in said.err
    assert "--logs PATH" in said.err


def test_case_and_logs_exclude_each_other(run: Any, story_case: Path, story: Path) -> None:
    said = run("scan", "--case", story_case, "--logs", story)
    assert said.code == 2
    assert "exclude each other" in said.err


def test_logs_win_over_the_case_of_the_environment(
    run: Any, story_case: Path, tmp_path: Path, write_log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORENSICS_CASE", str(story_case))
    assert run("sql", "select count(*) as n from events", "-t", "json").document[0]["n"] > 1000
    log = write_log(tmp_path / "one.jsonl", {})
    said = run("sql", "select count(*) as n from events", "-t", "json", "--logs", log)
    assert said.document == [{"n": 1}]


# Names, times and zones that are wrong.


def test_an_unknown_target_gets_near_names(run: Any, story_case: Path) -> None:
    said = run("outage", "headofstat", "--case", story_case)
    assert said.code == 2
    assert said.out == ""
    assert "Did you mean: @headofstate" in said.err


def test_an_unknown_account_gets_near_names(run: Any, story_case: Path) -> None:
    said = run("actor", "contracter-7", "--case", story_case)
    assert said.code == 2
    assert "contractor-7" in said.err


def test_what_did_nothing_itself_is_a_target(run: Any, story_case: Path) -> None:
    said = run("actor", "@headofstate", "--case", story_case)
    assert said.code == 2
    assert "forensics target @headofstate" in said.err


def test_a_timeline_of_nobody_says_so_and_proposes(run: Any, story_case: Path) -> None:
    said = run("timeline", "--actor", "contracter-7", "-t", "json", "--case", story_case)
    assert (said.code, said.document) == (0, [])
    assert "No event fits" in said.err
    assert "contractor-7" in said.err


def test_names_within_a_query_are_proposed_for_too(run: Any, story_case: Path) -> None:
    said = run("timeline", "actor:contracter-7 tenant:x", "-t", "json", "--case", story_case)
    assert (said.code, said.document) == (0, [])
    assert "Recorded actors like it: contractor-7," in said.err
    rows = run("timeline", "--first-seen", "actor", "--since", "2030", "--case", story_case)
    assert "Nothing in the window is new." in rows.err


def test_a_tenant_of_which_there_is_no_record_is_refused(run: Any, story_case: Path) -> None:
    for command in (("outages",), ("outage", "@headofstate"), ("target", "@headofstate")):
        said = run(*command, "--tenant", "nope", "--case", story_case)
        assert (said.code, said.out) == (2, "")
        assert "There is no tenant 'nope'." in said.err


def test_a_query_that_the_shell_took_apart_is_one_to_quote(run: Any, story_case: Path) -> None:
    said = run("timeline", "actor:a", "target:b", "--case", story_case)
    assert said.code == 2
    assert "in quotes, as in 'actor:a target:b'" in said.err


def test_what_is_told_of_clocks_and_how_times_are_read_stands_with_the_answer(
    run: Any, story_case: Path, tmp_path: Path
) -> None:
    assumed = ("--assume", "moderation_console=±5s", "--case", story_case)
    bound = "time:>2017-11-02T22:50 means from 2017-11-02 22:51:00 UTC."
    asked = ("timeline", "time:>2017-11-02T22:50", "--limit", "1", *assumed)
    shown = run(*asked)
    assert bound in shown.out
    assert "as told with --assume" in " ".join(shown.out.split())
    rows = run(*asked, "-t", "csv")
    assert bound in rows.err
    assert bound not in rows.out
    kept = tmp_path / "events.parquet"
    assert run(*asked, "-t", "parquet", "-o", kept).code == 0
    assert bound in pq.read_schema(kept).metadata[b"remarks"].decode()
    assert "as told with --assume" in " ".join(run("sql", "SELECT 1 AS n", *assumed).out.split())
    assert "as told with" in run("sql", "SELECT 1 AS n", *assumed, "-t", "csv").err
    assert "as told with" not in run("sql", "SELECT 1 AS n", "--case", story_case).out


def test_an_unknown_person_is_said(run: Any, story_case: Path) -> None:
    said = run("people", "show", "nobody-at-all", "--case", story_case)
    assert said.code == 2
    assert "nobody-at-all" in said.err


@pytest.mark.parametrize(
    "command",
    [
        ("timeline", "--tz", "Europe/Pariss"),
        ("outage", "@headofstate", "--tz", "Europe/Pariss"),
        ("people", "leavers", "--tz", "Europe/Pariss", "--since", "2017-11-01"),
        ("scan", "--zone", "Europe/Pariss"),
    ],
    ids=lambda one: one[0],
)
def test_an_unknown_zone_is_named(run: Any, story_case: Path, command: tuple[str, ...]) -> None:
    said = run(*command, "--case", story_case)
    assert said.code == 2
    assert "Europe/Pariss" in said.err
    assert said.out == ""


@pytest.mark.parametrize("option", ["--since", "--until", "--around"])
def test_a_bad_time_is_named(run: Any, story_case: Path, option: str) -> None:
    said = run("timeline", option, "the day before never", "--case", story_case)
    assert said.code == 2
    assert "the day before never" in said.err


@pytest.mark.parametrize("text", ["actor:", "(a OR", 'nosuchfield:"x"', "time:x AND"])
def test_a_bad_query_is_refused_in_words(run: Any, story_case: Path, text: str) -> None:
    said = run("timeline", text, "--case", story_case)
    assert said.code == 2
    assert said.err.startswith("error: ")
    assert "fault of the tool" not in said.err


def test_a_bad_window_is_named(run: Any, story_case: Path) -> None:
    said = run("timeline", "--around", "2017-11-02", "--window", "soon", "--case", story_case)
    assert said.code == 2
    assert "soon" in said.err


# Timelines.


def test_timeline_filters_together(run: Any, story_case: Path) -> None:
    said = run(
        "timeline", "tool:console", "--actor", "CONTRACTOR-7", "--target", "@headofstate",
        "--action", "account.*",
        "--since", "2017-11-02 15:00 PDT", "--until", "2017-11-02 16:00 PDT",
        "-t", "json", "--case", story_case,
    )  # fmt: skip
    (act,) = said.document
    assert act["action"] == "account.deactivate"
    assert act["file"].endswith(".jsonl.gz")
    assert isinstance(act["record_no"], int)
    assert "raw" not in act


def test_timeline_raw_shows_the_record(run: Any, story_case: Path) -> None:
    options = ("--action", "account.deactivate", "--target", "@headofstate", "--case", story_case)
    (act,) = run("timeline", "--raw", "-t", "json", *options).document
    raw = json.loads(act["raw"])
    assert raw["target"]["handle"] == "@headofstate"
    assert raw["id"] in run("timeline", "--raw", *options).out


def test_timeline_formats_agree(run: Any, story_case: Path, tmp_path: Path) -> None:
    options = ("--actor", "lead-sf-1", "--case", story_case)
    document = run("timeline", "-t", "json", *options).document
    lines = run("timeline", "-t", "jsonl", *options).out.splitlines()
    assert [json.loads(line) for line in lines] == document
    rows = list(csv.DictReader(io.StringIO(run("timeline", "-t", "csv", *options).out)))
    assert [row["event_uid"] for row in rows] == [one["event_uid"] for one in document]
    file = tmp_path / "t.parquet"
    said = run("timeline", "-t", "parquet", "-o", file, *options)
    assert (said.code, said.out) == (0, "")
    table = pq.read_table(file)
    assert table["event_uid"].to_pylist() == [one["event_uid"] for one in document]


def test_a_long_table_is_cut_with_a_word_and_csv_is_not(run: Any, story_case: Path) -> None:
    total = run("sql", "select count(*) as n from events", "-t", "json", "--case", story_case)
    said = run("timeline", "--case", story_case)
    assert said.out.count("\n") < 10_000
    assert "Only the first 2,000 events are shown" in said.err
    rows = run("timeline", "-t", "csv", "--case", story_case)
    assert rows.err == ""
    assert len(list(csv.reader(io.StringIO(rows.out)))) == total.document[0]["n"] + 1


def test_a_limit_says_of_how_many_and_keeps_the_pivot(run: Any, story_case: Path) -> None:
    act = ("timeline", "actor:contractor-7 AND action:account.deactivate", "-t", "json")
    last = run(*act, "--case", story_case).document[-1]["event_uid"]
    pivoted = ("timeline", "--around", last, "--same", "actor", "--limit", 3, "--case", story_case)
    said = run(*pivoted)
    assert re.search(r"\n3 of [0-9,]+ events\n", said.out)
    assert said.err == ""
    assert last[:8] in said.out
    assert re.search("There are [0-9,]+ events in all", run(*pivoted, "-t", "csv").err)
    counted = run("timeline", "--count-by", "actor", "--limit", 2, "--case", story_case).out
    assert re.search(r"\n2 of [0-9]+ rows\n", counted)


def test_what_a_probe_saw_is_shown(run: Any, story_case: Path) -> None:
    for state in ("active", "unavailable"):
        asked = ("timeline", f"asserted_state:{state}", "--limit", 1)
        assert f"probe.observe: {state}" in run(*asked, "--case", story_case).out


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("--since", "2018"), ["No record of any kind", "records of status_probe end at"]),
        (("--until", "2016"), ["No record of any kind", "records of status_probe begin at"]),
        (("actor:j.doe",), ["No record names the actor 'j.doe'"]),
        (("--target", "@headofstat"), ["No record names the target", "@headofstate"]),
    ],
)
def test_why_nothing_fits_is_said(
    run: Any, story_case: Path, asked: tuple[str, ...], words: list[str]
) -> None:
    said = run("timeline", *asked, "--case", story_case)
    assert said.code == 0
    assert all(one in said.err for one in words)
    assert "drop a condition" not in said.err


def test_a_pattern_that_records_fit_is_not_called_mistyped(run: Any, story_case: Path) -> None:
    asked = ("--target", "@headofstate", "--action", "account.*", "--until", "2017-10-20")
    assert "Recorded actions" not in run("timeline", *asked, "--case", story_case).err


def test_an_unknown_actor_filters_alike_everywhere(run: Any, story_case: Path) -> None:
    said = run("outages", "--actor", "j.doe", "--case", story_case)
    assert said.code == 0
    assert "No record names the actor 'j.doe'." in said.err
    assert "contractor-7" in said.err
    assert "access_key" in run("outages", "--kind", "foo", "--case", story_case).err


@pytest.mark.parametrize("before", [("timeline",), ("search", "run", "x")])
def test_a_query_with_a_minus_first_writes_no_file(
    run: Any, story_case: Path, before: tuple[str, ...], monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(*before, "-outcome:failure", "--case", story_case)
    assert said.code == 2
    assert "'NOT outcome:failure'" in said.err
    assert not list(tmp_path.glob("utcome*"))


def test_without_a_subcommand_the_help_is_given_once(run: Any) -> None:
    said = run("note")
    assert said.code == 2
    assert said.err.startswith("Usage: forensics note")
    assert "Try:" not in said.err


def test_of_an_empty_file_every_question_is_incomplete(run: Any, tmp_path: Path) -> None:
    empty, case = tmp_path / "empty.jsonl", tmp_path / "empty-case"
    empty.touch()
    assert run("ingest", empty, "--case", case).code == 4
    for where in (("--logs", empty), ("--case", case)):
        said = run("timeline", *where)
        assert said.code == run("outages", *where).code == 4
        assert "There are no events at all" in said.err


def test_counts_by_hour_and_several_shared_things(run: Any, story_case: Path) -> None:
    around = ("--around", "2017-11-02 22:50Z", "--case", story_case)
    hours = run("timeline", "--count-by", "hour", *around, "-t", "json").document
    assert {one["hour"] for one in hours} == {"2017-11-02T22Z", "2017-11-02T23Z"}
    assert "is shared with an event" in run("timeline", "--same", "ip,case", *around).err
    assert run("timeline", "--same", "ip,foo", *around).code == 2


# Scan.


def test_findings_fail_only_when_asked(run: Any, story_case: Path) -> None:
    assert run("scan", "--case", story_case).code == 0
    assert run("scan", "--case", story_case, "--fail-on", "critical").code == 1


def test_the_least_level_hides_but_does_not_forgive(run: Any, story_case: Path) -> None:
    said = run("scan", "-m", "critical", "--fail-on", "low", "-t", "json", "--case", story_case)
    assert said.code == 1
    assert {one["level"] for one in said.document["findings"]} == {"critical"}


# Sources and people.


def test_sources_list(run: Any) -> None:
    names = [line.split()[0] for line in run("sources", "list").out.splitlines()]
    assert names == sorted(names)
    assert [one["name"] for one in run("sources", "list", "-t", "json").document] == names


def test_sources_recognise_knows_logs_and_context(run: Any, story: Path) -> None:
    said = run("sources", "recognise", story / "okta_system.jsonl", story / "employees.csv")
    assert said.code == 0
    assert "okta_system (high)" in said.out
    assert "employees (high)" in said.out


def test_an_unknown_log_is_drafted_and_the_draft_reads(run: Any, tmp_path: Path) -> None:
    log = tmp_path / "door.jsonl"
    log.write_text('{"when":"2017-11-02T22:00:00Z","badge":"b-1","door":"d-2","what":"open"}\n' * 3)
    said = run("sources", "recognise", log)
    assert said.code == 4
    assert "scaffold" in said.err
    draft = run("sources", "scaffold", log)
    assert draft.code == 0
    declared = tmp_path / "mine" / "door.toml"
    declared.parent.mkdir()
    declared.write_text(draft.out.replace('operation = ""', 'operation = "what"'))
    assert run("sources", "recognise", log, "--catalog", declared.parent).code == 0
    assert run("sources", "test", declared).code == 0


def test_ingest_as_an_unknown_source_names_the_known(run: Any, story: Path, tmp_path: Path) -> None:
    said = run("ingest", story, "--source", "oktta", "--case", tmp_path / "case")
    assert said.code == 2
    assert "okta_system" in said.err
    assert not (tmp_path / "case").exists()


def test_people_import_into_a_new_case(run: Any, story: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    said = run(
        "people", "import", story / "contractors.csv", story / "accounts.csv", "--case", case
    )
    assert said.code == 0
    assert "2 files" in said.out
    shown = run("people", "show", "contractor-7", "--as-of", "2017-11-02 12:00 PDT", "--case", case)
    assert "last working day" in shown.out
    leavers = run(
        "people", "leavers", "--since", "2017-11-01", "--window", "7d", "-t", "json", "--case", case
    )
    assert "contractor-7" in {one["person"] for one in leavers.document}


def test_what_is_no_roster_is_refused_before_anything_is_stored(
    run: Any, story: Path, tmp_path: Path
) -> None:
    case = tmp_path / "case"
    said = run(
        "people", "import", story / "contractors.csv", story / "status_probe.csv", "--case", case
    )
    assert said.code == 2
    assert "status_probe.csv" in said.err
    assert not case.exists()


def test_leavers_without_a_roster(run: Any, tmp_path: Path, write_log: Callable[..., Path]) -> None:
    said = run("people", "leavers", "--logs", write_log(tmp_path / "a.jsonl", {}))
    assert said.code == 2
    assert "people import" in said.err


def test_actor_shows_both_accounts_of_a_person(run: Any, story_case: Path) -> None:
    shown = run("actor", "contractor-7", "-t", "json", "--case", story_case).document
    assert shown["accounts"] == ["contractor-7", "contractor-7@vendor.example"]
    assert {one["name"] for one in shown["sources"]} == {"moderation_console", "okta_system"}
    assert shown["person"]["person"] == "contractor-7"


def test_verify(run: Any, story_case: Path) -> None:
    said = run("verify", "--case", story_case)
    assert said.code == 0
    assert said.out.startswith("unaltered")
    assert run("verify", "-t", "json", "--case", story_case).document["faults"] == []


def test_findings_that_are_not_shown_are_counted(run: Any, story_case: Path) -> None:
    everything = run("scan", "-t", "json", "--case", story_case)
    grave = run("scan", "-t", "json", "--case", story_case, "--min-level", "critical")
    held = [len(json.loads(one.out)["findings"]) for one in (everything, grave)]
    assert held[0] > held[1]
    assert f"{held[0] - held[1]} findings are below critical and not shown." in grave.err


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        (("--source", "okta_sytem"), "okta_system"),
        (("--source", "nope"), "forensics sources list"),
        (("source:okta_sytem",), "okta_system"),
        (("--action", "acount.*"), "account.*"),
        (("--action", "suspend"), "account.suspend"),
        (("outcome:sucess",), "success"),
    ],
)
def test_a_name_that_cannot_be_is_a_wrong_question(
    run: Any, story_case: Path, asked: tuple[str, ...], near: str
) -> None:
    said = run("timeline", *asked, "--case", story_case)
    assert said.code == 2
    assert said.out == ""
    assert near in said.err


@pytest.mark.parametrize("asked", [("--source", "github_audit"), ("source:github_audit",)])
def test_a_known_source_without_events_is_said_to_be_absent(
    run: Any, story_case: Path, asked: tuple[str, ...]
) -> None:
    said = run("timeline", *asked, "--case", story_case, "-t", "json")
    assert (said.code, said.document) == (0, [])
    assert "None here is of github_audit; there are " in said.err
    assert "okta_system" in said.err


def test_a_source_of_the_case_needs_no_declaration(
    run: Any, tmp_path: Path, write_log: Any
) -> None:
    """What was declared with --catalog once can be asked for without it."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "gate.toml").write_text(
        'name = "gate"\ntitle = "Gate"\n[recognise]\nrequired = ["gate", "at"]\n'
        '[event]\ntime = "at"\noperation = { const = "pass" }\n'
    )
    log = tmp_path / "gate.jsonl"
    log.write_text('{"gate": 1, "at": "2026-01-05T09:00:00Z"}\n')
    case = tmp_path / "case"
    assert run("ingest", log, "--case", case, "--catalog", folder).code == 0
    assert len(run("timeline", "--source", "GATE", "--case", case, "-t", "json").document) == 1
