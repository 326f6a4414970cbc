"""`--statements` from the command line: alone, beside records, in a report, and faulty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from forensics import api
from forensics.errors import UsageError

ROOT = Path(__file__).parents[2]
PRESS = ROOT / "sample_logs" / "press-claims"
HANDLE = "@headofstate"


def bounds(document: Any) -> list[str]:
    (outage,) = document["outages"]
    return [
        outage[f"{of}_{side}"][11:19] for of in ("start", "end") for side in ("earliest", "latest")
    ]


def test_the_press_claims_alone(run: Any) -> None:
    told = run("outage", HANDLE, "--statements", PRESS / "statements.yml", "-t", "json")
    assert told.code == 0
    assert "only statements are weighed" in told.err
    assert bounds(told.document) == ["22:45:00", "22:50:00", "22:55:30", "23:02:00"]
    (outage,) = told.document["outages"]
    assert (outage["grade"], outage["started_by"]) == ("D", None)
    dropped = [one["id"] for one in outage["testimony"]["claims"] if one["standing"] == "dropped"]
    assert dropped == ["mashable-start", "politico-start"]
    again = run("outage", HANDLE, "--statements", PRESS / "statements.yml", "-t", "json")
    assert again.out == told.out


def test_beside_records_of_others(run: Any, tmp_path: Path) -> None:
    log = tmp_path / "probe.csv"
    log.write_text(
        "checked_at,probe,target,url,state,http_status,latency_ms\n"
        "2017-11-02T22:50:20.182Z,p-1,@other,https://social.example/other,active,200,35\n"
    )
    told = run(
        "outage", HANDLE, "--logs", tmp_path, "--statements", PRESS / "statements.yml", "-t", "json"
    )
    assert bounds(told.document) == ["22:45:00", "22:50:00", "22:55:30", "23:02:00"]


def test_several_files(run: Any) -> None:
    files = [
        one for name in ("statements", "more") for one in ("--statements", PRESS / f"{name}.yml")
    ]
    told = run("outage", HANDLE, *files)
    assert told.code == 0
    assert "12 claims" in told.out
    assert "more.yml:" in told.out


@pytest.mark.parametrize("suffix", ["html", "json"])
def test_a_report(run: Any, tmp_path: Path, suffix: str) -> None:
    page = tmp_path / f"press.{suffix}"
    told = run("report", "outage", HANDLE, "--statements", PRESS / "statements.yml", "-o", page)
    assert told.code == 0
    assert "politico-start" in page.read_text("utf-8")


def test_faults_are_told_and_nothing_is_answered(run: Any, tmp_path: Path) -> None:
    faulty = tmp_path / "said.yml"
    faulty.write_text(
        "target: t\nstatements:\n- who: \x41\n  start: 2017-11-02 18:45 IST\n  ends: x\n- who: b\n"
    )
    told = run("outage", HANDLE, "--statements", faulty)
    assert (told.code, told.out) == (2, "")
    for line in ("has 3 faults", "line 4: start: The zone 'IST'", "'ends'", "it says nothing"):
        assert line in told.err
    told = run("outage", HANDLE, "--statements", tmp_path / "none.yml")
    assert (told.code, told.out) == (2, "")
    assert "cannot be read" in told.err


def test_about_somebody_else(run: Any) -> None:
    told = run("outage", "@nobody", "--statements", PRESS / "statements.yml")
    assert told.code == 2
    assert "Neither a record nor a statement is about the account '@nobody'" in told.err
    assert "@headofstate (account)" in told.err


def test_a_list_of_outages_weighs_them_too(run: Any) -> None:
    told = run("outages", "--statements", PRESS / "statements.yml", "-t", "json")
    (listed,) = told.document["outages"]
    assert [listed[name] for name in ("target", "grade", "claims", "started_by_uid")] == [
        HANDLE,
        "D",
        9,
        None,
    ]
    assert listed["start_latest"] == "2017-11-02T22:50:00Z"
    told = run("outages", "--statements", PRESS / "statements.yml", "--kind", "mfa", "-t", "json")
    assert told.document["outages"] == []
    assert "not listed (account)" in told.document["limits"][0]


def test_beside_records_an_event_is_named_by_the_beginning_of_its_id(
    write_log: Any, tmp_path: Path
) -> None:
    said = tmp_path / "said.yml"
    with api.create_case(tmp_path / "case") as case:
        case.ingest(write_log(tmp_path / "console.jsonl", {}))
        whole = case.outage("@somebody")
        began = whole.outages[0].started_by
        assert began is not None
        uid = began.event_uid
        assert all(one.evidence for one in (*whole.intervals, *whole.derivation))
        end = f"after event {uid[:8]} ± 5 min"
        said.write_text(f"target: '@somebody'\nstatements:\n- {{who: desk, end: {end}}}\n")
        (weighed,) = case.outage("@somebody", statements=[said]).outages
        assert weighed.testimony is not None
        claims = {one.id: one for one in weighed.testimony.claims}
        assert claims["statement-1"].evidence == (uid,)
        (listed,) = case.outages(statements=[said]).outages
        assert (listed.started_by_uid, listed.evidence[0], listed.claims) == (uid, uid, len(claims))
        said.write_text(said.read_text().replace(uid[:8], "ffff0000"))
        with pytest.raises(UsageError, match="not in these records") as caught:
            case.outage("@somebody", statements=[said])
        assert caught.value.place == "said.yml:3"


def test_without_statements_a_case_is_needed(run: Any) -> None:
    assert "There is nothing to ask" in run("outage", HANDLE).err


def test_the_statements_are_not_overwritten(run: Any, tmp_path: Path) -> None:
    given = tmp_path / "said.yml"
    given.write_bytes((PRESS / "statements.yml").read_bytes())
    before = given.read_bytes()
    told = run("outage", HANDLE, "--statements", given, "-o", given)
    assert told.code == 2
    assert "not overwritten" in told.err
    assert given.read_bytes() == before
