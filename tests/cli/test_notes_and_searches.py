"""Notes and saved searches through the command line: written once, sealed, shown where asked."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

ACT = ("timeline", "actor:contractor-7 AND action:account.deactivate", "--limit", "1", "-t", "json")


@pytest.fixture
def case(story_case: Path, tmp_path: Path) -> Path:
    """A case of its own to write into."""
    return Path(shutil.copytree(story_case, tmp_path / "case"))


def test_a_note_is_shown_sealed_and_withdrawn(run: Any, case: Path) -> None:
    [event] = run(*ACT, "--case", case).document
    uid = event["event_uid"]
    assert (event["notes"], event["tags"]) == (None, None)
    by = ("--author", "a.n", "--case", case)
    assert run("note", uid[:10], "closed by then", "--tag", "key", *by).code == 0
    assert run("note", uid, "--tag", "seen", *by).code == 0
    [noted] = run("timeline", "tag:key", "-t", "json", "--case", case).document
    assert (noted["event_uid"], noted["notes"]) == (uid, ["a.n: closed by then"])
    assert noted["tags"] == ["key", "seen"]
    assert "note a.n: closed by then" in run("timeline", "tag:key", "--case", case).out
    for inside in ("note:closed", 'note:"BY then"', "note:/cl.sed/", "note:clo*"):
        assert len(run("timeline", inside, "-t", "json", "--case", case).document) == 1
    assert run("timeline", "note:opened", "-t", "json", "--case", case).document == []
    first, second = run("note", "list", "-t", "json", "--case", case).document
    assert (first["note_id"], second["note_id"]) == (1, 2)
    assert (first["text"], first["author"], second["tags"]) == ("closed by then", "a.n", ["seen"])
    assert run("note", "remove", first["note_id"], "--why", "typo", *by).code == 0
    assert run("note", "remove", first["note_id"], *by).code == 2
    assert len(run("note", "list", "-t", "json", "--case", case).document) == 1
    kept = run("note", "list", "--withdrawn", "-t", "json", "--case", case).document[0]
    assert (kept["withdrawn_by"], kept["withdrawn_why"]) == ("a.n", "typo")
    assert run("verify", "--case", case).code == 0


def test_a_changed_note_is_found(run: Any, case: Path) -> None:
    import sqlite3

    [event] = run(*ACT, "--case", case).document
    run("note", event["event_uid"], "as it was", "--author", "a", "--case", case)
    with sqlite3.connect(case / "catalog.sqlite") as connection:
        connection.execute(
            "UPDATE custody SET details = replace(details, 'as it was', 'otherwise')"
        )
    connection.close()
    assert run("verify", "--case", case).code == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("0", "x"), "Several events begin"),
        (("dead", "x"), "no event 'dead'"),
        (("EVENT",), "empty"),
        (("EVENT", "x", "--tag", "a b"), "'a b' cannot be the tag"),
        (("EVENT", "x", "--author", " "), "no author"),
        (("EVENT", "x" * 10_001), "longer than 10,000"),
    ],
)
def test_what_is_no_note_is_refused(
    run: Any, case: Path, arguments: tuple[str, ...], words: str
) -> None:
    [event] = run(*ACT, "--case", case).document
    given = [event["event_uid"] if one == "EVENT" else one for one in arguments]
    said = run("note", *given, "--case", case)
    assert said.code == 2
    assert words in said.err
    assert run("note", "list", "-t", "json", "--case", case).document == []


def test_a_search_is_saved_run_and_deleted(run: Any, case: Path) -> None:
    asked = ("action:account.*", "--since", "2017-11-02", "--count-by", "actor,action")
    direct = run("timeline", *asked, "-t", "csv", "--case", case)
    assert run("search", "save", "acts", *asked, "--author", "a", "--case", case).code == 0
    assert run("search", "run", "acts", "-t", "csv", "--case", case).out == direct.out
    other = run("search", "run", "acts", "--count-by", "day", "--limit", "1", "--case", case).out
    assert "2017-11-" in other
    assert run("search", "save", "acts", "x", "--case", case).code == 2
    assert run("search", "save", "acts", "actor:x", "--replace", "--case", case).code == 0
    assert run("search", "list", "--case", case).out == "acts  forensics timeline actor:x\n"
    assert run("search", "delete", "acts", "--case", case).code == 0
    assert "no saved search" in run("search", "run", "acts", "--case", case).err
    assert run("verify", "--case", case).code == 0


@pytest.mark.parametrize("name", ["", "../x", "a/b", "-x", "a b", "x" * 65, "é", "a\n"])
def test_names_of_searches_are_safe(run: Any, case: Path, name: str) -> None:
    said = run("search", "save", "--case", case, "--", name, "actor:x")
    assert said.code == 2


def test_a_search_that_cannot_be_asked_is_not_saved(run: Any, case: Path) -> None:
    said = run("search", "save", "bad", "actr:x AND y", "--case", case)
    assert said.code == 2
    assert "  actr:x AND y\n  ^\n" in said.err
    assert run("search", "list", "--case", case).out == ""


@pytest.mark.parametrize(
    "options",
    [
        ("--window", "5m"),
        ("--same", "actor"),
        ("--count-by", "actor", "--first-seen", "actor"),
        ("--context", "1", "--count-by", "actor"),
    ],
)
def test_options_that_do_not_go_together(
    run: Any, story_case: Path, options: tuple[str, ...]
) -> None:
    assert run("timeline", *options, "--case", story_case).code == 2


def test_a_table_of_many_begins_with_how_they_lie_in_time(run: Any, story_case: Path) -> None:
    said = run("timeline", "--action", "account.*", "--case", story_case)
    assert " bins of " in said.out.splitlines()[1]
    assert "UTC" in said.out.splitlines()[1]
