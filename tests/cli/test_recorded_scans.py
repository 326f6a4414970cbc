"""A night after a night: what a recorded scan tells, and what was decided in between."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from forensics import api


def line(said: Any) -> str:
    """What a recorded scan says of itself."""
    return next(one for one in said.err.splitlines() if one.startswith("Scan "))


@pytest.fixture
def case(tmp_path: Path, write_log: Any) -> Path:
    """A case with one bulk deletion of accounts by one account, which rules tell of."""
    log = write_log(tmp_path / "console.jsonl", *[act(n) for n in range(30)])
    with api.create_case(tmp_path / "case") as made:
        made.ingest(log)
    return tmp_path / "case"


def act(number: int, login: str = "employee-1") -> dict[str, Any]:
    who = {"login": login, "id": login, "name": login, "role": "moderator"}
    target = {"type": "account", "handle": f"@user-{number}", "id": f"acct-{number}"}
    return {"action": "account_deleted", "actor": who, "target": target}


def test_nights(case: Path, run: Any, tmp_path: Path, write_log: Any) -> None:
    first = run("scan", "--case", case, "--record", "--new", "-t", "json")
    ids = [one["id"] for one in first.document["findings"]]
    (known,) = [
        one["id"] for one in first.document["findings"] if one["title"] == "Account Deleted"
    ]
    assert line(first) == f"Scan 1: {len(ids)} new."
    quiet = run("scan", "--case", case, "--record", "--new", "--fail-on", "informational")
    # There is no roster, so not everything could be looked at; nothing else is said again.
    assert (quiet.code, quiet.out) == (4, "")
    assert line(quiet) == f"Scan 2: nothing new; {len(ids)} repeated."

    # Decisions; the ids are known by their beginnings.
    assert (
        run(
            "findings", "ack", known[:8], "--why", "asked for", "--author", "ann", "--case", case
        ).code
        == 0
    )
    shown = json.loads(run("findings", "show", known[:8], "-t", "json", "--case", case).out)
    assert shown["standing"]["state"] == "acknowledged"
    assert shown["standing"]["said"][0]["author"] == "ann"
    assert "acknowledged" in run("findings", "show", known, "--case", case).out

    # More of the same by the same account opens it again; somebody else's is new.
    more = write_log(tmp_path / "more.jsonl", *[act(n) for n in range(40)])
    other = write_log(
        tmp_path / "other.jsonl", *[{**act(n, "employee-2"), "id": f"o{n}"} for n in range(30)]
    )
    assert run("ingest", more, other, "--case", case).code == 0
    third = run("scan", "--case", case, "--record", "--new", "-t", "json")

    def listing(*words: str) -> list[Any]:
        found = run("findings", "list", *words, "-t", "json", "--case", case).document
        return list(found["findings"])

    states = {one["standing"]["id"]: one["standing"]["state"] for one in listing()}
    assert states[known] == "re-opened"
    told = {one["id"] for one in third.document["findings"]}
    assert told == {name for name, state in states.items() if state in ("new", "re-opened")}
    assert any(one["actor"] == "employee-2" for one in third.document["findings"])
    since = run("findings", "list", "--since-last-scan", "-t", "csv", "--case", case)
    assert {row["id"] for row in csv.DictReader(io.StringIO(since.out))} == told

    by_one = listing("--actor", "EMPLOYEE-1")
    assert {one["finding"]["actor"] for one in by_one} == {"employee-1"}
    rule = next(one["finding"]["rule"] for one in by_one if one["standing"]["id"] == known)
    of_rule = listing("--rule", rule)
    assert {one["finding"]["rule"] for one in of_rule} == {rule}
    assert {one["finding"]["actor"] for one in of_rule} >= {"employee-1", "employee-2"}
    reopened = listing("--since-last-scan", "--state", "re-opened", "--rule", rule)
    assert [one["standing"]["id"] for one in reopened] == [known]
    assert listing("--rule", rule, "--actor", "nobody") == []

    scans = json.loads(run("scans", "list", "-t", "json", "--case", case).out)
    assert [(one["scan"], one["complete"]) for one in scans] == [(1, False), (2, False), (3, False)]
    assert [one["added"] > 0 for one in scans] == [True, False, True]
    assert "SCAN 2" in run("scans", "show", 2, "--case", case).out

    # A suppression needs an end that is to come, and can be taken back.
    past = run("findings", "suppress", known, "--until", "2001-01-01", "--why", "x", "--case", case)
    assert (past.code, "has passed" in past.err) == (2, True)
    done = run("findings", "suppress", known, "--until", "30d", "--why", "tests", "--case", case)
    assert (done.code, "suppressed" in done.err) == (0, True)
    assert run("findings", "reopen", known, "--why", "no", "--case", case).code == 0
    assert known[:8] in run("findings", "list", "--state", "re-opened", "--case", case).out
    assert run("verify", "--case", case).code == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("scan", "--new"), "not recorded"),
        (("scan", "--record", "--logs", "x"), "--logs makes none"),
        (("scans", "show", "3"), "There is no scan 3"),
        (("findings", "show", "abcdef"), "No scan of this case is recorded"),
        (("findings", "suppress", "abcdef", "--until", "soon", "--why", "x"), "soon"),
        (("findings", "suppress", "abcdef", "--until", "2001-01-01", "--why", "x"), "No scan"),
        (("findings", "ack", "abcdef"), "--why"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    run: Any, tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    api.create_case(tmp_path / "case").close()
    place = () if "--logs" in words else ("--case", tmp_path / "case")
    said = run(*words, *place)
    assert (said.code, said.out) == (2, "")
    assert why in said.err
