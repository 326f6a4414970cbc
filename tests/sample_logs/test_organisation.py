"""The generated organisation is the same every time, can be read whole, and holds its incidents."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from statistics import mean, pvariance
from typing import Any

import pytest

from forensics import api

SAMPLES = Path(__file__).parents[2] / "sample_logs"
SMALL = ("--nights", "36", "--quiet", "16", "--people", "30", "--cases", "2")


def generate(folder: Path, *arguments: str, hash_seed: str = "1") -> Path:
    script = SAMPLES / "generate_organisation.py"
    command = [sys.executable, "-B", str(script), "--out", str(folder), *SMALL, *arguments]
    subprocess.run(
        command, check=True, env={"PYTHONHASHSEED": hash_seed}, stdout=subprocess.DEVNULL
    )
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("organisation"), "--levels", "easy")


@pytest.fixture(scope="module")
def truth(organisation: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((organisation / "truth.json").read_text(encoding="utf-8"))
    return told


def records(organisation: Path, name: str) -> list[dict[str, Any]]:
    data = (organisation / name).read_bytes()
    text = (gzip.decompress(data) if name.endswith(".gz") else data).decode()
    if name.endswith(".json.gz"):
        listed: list[dict[str, Any]] = json.loads(text)["Records"]
        return listed
    return [json.loads(line) for line in text.splitlines()]


def test_the_same_arguments_write_the_same_bytes(organisation: Path, tmp_path: Path) -> None:
    again = generate(tmp_path, "--levels", "easy", hash_seed="2")
    assert contents(again) == contents(organisation)


def test_another_seed_writes_another_organisation(organisation: Path, tmp_path: Path) -> None:
    other = contents(generate(tmp_path, "--levels", "easy", "--seed", "2"))
    log = "2017-06-06/moderation_console.jsonl.gz"
    assert other[log] != contents(organisation)[log]


def test_every_record_and_every_table_can_be_read(
    organisation: Path, truth: dict[str, Any], tmp_path: Path
) -> None:
    with api.create_case(tmp_path / "case") as case:
        report = case.ingest(*(organisation / night for night in truth["nights"]))
        assert not report.incomplete
        assert sum(one.rejected for one in report.files) == 0
        assert {one.kind for one in report.context} >= {"employees", "contractors", "shifts"}
        held = case.sql("SELECT source, count(*) AS n FROM events GROUP BY ALL")
        duplicates = sum(one.duplicate for one in report.files)
        assert case.facts.problems == []
    counts = truth["records"]
    assert dict(zip(held["source"], held["n"], strict=True)) == {
        name: counts[name] for name in ("moderation_console", "okta_system", "aws_cloudtrail")
    }
    assert duplicates == sum(n for name, n in counts.items() if name.endswith(" again"))


def test_planted_records_lie_where_the_truth_says(
    organisation: Path, truth: dict[str, Any]
) -> None:
    assert sorted(one["scenario"] for one in truth["incidents"]) == [f"S{n}" for n in range(1, 9)]
    acts = {
        "S1": "account_deactivated",
        "S2": "account_suspended",
        "S3": "session_opened",
        "S4": "approval_granted",
        "S7": "approval_granted",
        "S8": "StopLogging",
    }
    for one in truth["incidents"]:
        found = [records(organisation, at["file"])[at["record_no"]] for at in one["records"]]
        done = {each.get("action") or each.get("eventName") for each in found}
        assert acts.get(one["scenario"], "session_opened") in done
        if one["scenario"] == "S4":
            continue
        for each in found:
            who = each["actor"]["login"] if "actor" in each else each["userIdentity"]["userName"]
            assert who in one["accounts"]


def test_nothing_is_planted_before_the_quiet_nights_are_over(truth: dict[str, Any]) -> None:
    first = truth["nights"][truth["quiet"]]
    for one in truth["incidents"]:
        assert one["night"] >= first
        # What a feed tells late was done some nights before it did.
        if one["scenario"] != "S5":
            assert min(at["file"].partition("/")[0] for at in one["records"]) >= first


def test_the_leaver_is_in_the_feed_on_the_night_of_the_incident_and_not_before(
    organisation: Path, truth: dict[str, Any]
) -> None:
    one = next(one for one in truth["incidents"] if one["scenario"] == "S5")
    last = max(at["file"].partition("/")[0] for at in one["records"])
    told = sorted(
        path.parent.name
        for path in organisation.glob("*/contractors.csv")
        if any(
            line.startswith(f"{one['person']},") and "2018-06-29" not in line
            for line in path.read_text(encoding="utf-8").splitlines()
        )
    )
    assert told[0] == one["night"] >= last


def test_a_clean_organisation_has_no_incident(tmp_path: Path) -> None:
    told = json.loads((generate(tmp_path, "--scenarios") / "truth.json").read_text())
    assert told["incidents"] == []


def test_counts_of_a_day_vary_more_than_chance(organisation: Path, truth: dict[str, Any]) -> None:
    daily: Counter[tuple[str, str]] = Counter()
    for night in truth["nights"]:
        path = f"{night}/moderation_console.jsonl.gz"
        if (organisation / path).exists():
            for one in records(organisation, path):
                if one["action"] == "case_closed":
                    daily[one["actor"]["login"], night] += 1
    by_person: dict[str, list[int]] = {}
    for (person, _), n in daily.items():
        by_person.setdefault(person, []).append(n)
    steady = [each for each in by_person.values() if len(each) >= 12]
    # Under Poisson the mean ratio would be one; days without a case are not even counted.
    assert mean(pvariance(each) / mean(each) for each in steady) > 1.1


def test_a_large_log_has_the_records_asked_for_and_no_holes(tmp_path: Path) -> None:
    folder = generate(tmp_path, "--events", "5000")
    found = [
        one
        for path in sorted(folder.glob("*/*.jsonl.gz"))
        for one in records(folder, path.relative_to(folder).as_posix())
    ]
    assert [one["seq"] for one in found] == list(range(1, 5001))
    assert len({one["id"] for one in found}) == 5000
    stamps = [one["ts"] for one in found]
    assert stamps == sorted(stamps)
    names = {one["actor"]["login"] for one in found} - {"intake"}
    listed = (folder / "2017-06-05" / "accounts.csv").read_text(encoding="utf-8")
    assert names <= {line.partition(",")[0] for line in listed.splitlines()}
