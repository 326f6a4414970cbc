"""`forensics enrich`, and enriching with an ingest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GATE = """
name = "gate"
title = "Gate log"
[recognise]
required = ["gate", "at"]
[event]
time = "at"
operation = "op"
src_ip = "ip"
src_country = "country"
"""
Run = Callable[..., Any]


@pytest.fixture
def logs(tmp_path: Path, write_log: Callable[..., Path]) -> Path:
    return write_log(
        tmp_path / "console.jsonl",
        {"ip": "192.0.2.1", "user_agent": "curl/8"},
        {"ip": "10.1.4.1", "user_agent": "console"},
    )


def test_enrich_tells_what_it_found(run: Run, logs: Path, geoip: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    assert run("ingest", logs, "--case", case).code == 0
    answer = run("enrich", "--case", case, "--geoip", geoip)
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "2 addresses: documentation 1, private 1",
        "  country known of 1, autonomous system of 1",
        "  labels: none",
        "2 user agents: cli 1, none 1",
    ]
    assert "City.mmdb: Test-City built on 2025-10-09" in answer.err
    again = run("enrich", "--case", case, "--geoip", geoip)
    assert "nothing was changed" in again.err
    kept = run("enrich", "--case", case)
    assert kept.out == answer.out
    assert "Kept from before: City.mmdb, asn/ASN.mmdb. To forget it: --replace." in kept.err
    assert "nothing was changed" in kept.err
    less = run("enrich", "--case", case, "--replace")
    assert "  country known of 0, autonomous system of 0" in less.out
    assert "No longer looked up in: City.mmdb, asn/ASN.mmdb." in less.err
    assert run("verify", "--case", case).code == 0


def test_enrich_as_a_document(run: Run, logs: Path, geoip: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    run("ingest", logs, "--case", case)
    found = run("enrich", "--case", case, "--geoip", geoip, "-t", "json").document
    assert found["networks"] == {"private": 1, "documentation": 1}
    assert found["inputs"][0]["built_at"] == "2025-10-09T08:53:20Z"


def test_an_ingest_enriches_when_asked_to(
    run: Run, logs: Path, geoip: Path, tmp_path: Path, write_log: Callable[..., Path]
) -> None:
    case = tmp_path / "case"
    ranges = tmp_path / "ranges.csv"
    ranges.write_text("192.0.2.0/24,cloud\n", encoding="utf-8")
    asked = ("--geoip", geoip, "--ranges", ranges)
    answer = run("ingest", logs, "--case", case, *asked, "-t", "json")
    assert answer.code == 0
    assert answer.document["enrichment"]["labels"] == {"cloud": 1}
    asked_for = "SELECT src_country, count(*) AS n FROM events GROUP BY ALL ORDER BY ALL"
    found = run("sql", asked_for, "--case", case, "-t", "json").document
    assert found == [{"src_country": "NL", "n": 1}, {"src_country": None, "n": 1}]
    later = write_log(tmp_path / "later.jsonl", {"id": "x", "ip": "192.0.2.9"})
    told = run("ingest", later, "--case", case)
    assert "not looked up yet: 1;" in told.err
    kept = run("enrich", "--case", case)
    assert "came after the databases were asked: 1; name these again with --geoip" in kept.err


def test_what_cannot_be_looked_up_in_is_told_before_anything_is_read(
    run: Run, logs: Path, tmp_path: Path
) -> None:
    case = tmp_path / "case"
    answer = run("ingest", logs, "--case", case, "--geoip", tmp_path / "absent")
    assert answer.code == 2
    assert "absent" in answer.err
    assert not case.exists()


def test_the_ledger_counts_what_records_say(run: Run, geoip: Path, tmp_path: Path) -> None:
    folder, case = tmp_path / "catalog", tmp_path / "case"
    folder.mkdir()
    (folder / "gate.toml").write_text(GATE, encoding="utf-8")
    record = {"gate": "g", "at": "2026-01-05T09:00:00Z", "op": "pass", "ip": "192.0.2.1"}
    (tmp_path / "gate.jsonl").write_text(json.dumps(record), encoding="utf-8")
    run("ingest", tmp_path / "gate.jsonl", "--case", case, "--catalog", folder, "--geoip", geoip)
    asked = ("--case", case, "--catalog", folder)
    found = run("sources", "coverage", *asked, "-t", "json").document
    assert "src_country" in found["files"][0]["unseen"]
    assert "src_ip" not in found["files"][0]["unseen"]
    rows = run("timeline", "src_country:NL", *asked, "-t", "json").document
    assert len(rows) == 1


def test_logs_are_enriched_as_they_are_asked(
    run: Run, logs: Path, geoip: Path, tmp_path: Path
) -> None:
    """Each set of databases is another throwaway case, so that none answers for another."""
    ranges = tmp_path / "ranges.csv"
    ranges.write_text("192.0.2.0/24,cloud\n", encoding="utf-8")
    asked = ("timeline", "src_country:NL", "-t", "json", "--logs", logs)
    assert run(*asked).document == []
    first = run(*asked, "--geoip", geoip)
    assert len(first.document) == 1
    assert "City.mmdb: Test-City built on" in first.err
    assert "kept from the last time" in run(*asked, "--geoip", geoip).err
    assert run(*asked).document == []
    labelled = ("sql", "SELECT unnest(labels) AS label FROM addresses", "-t", "json")
    found = run(*labelled, "--logs", logs, "--ranges", ranges).document
    assert found == [{"label": "cloud"}]
    ranges.write_text("192.0.2.0/24,office\n", encoding="utf-8")
    found = run(*labelled, "--logs", logs, "--ranges", ranges).document
    assert found == [{"label": "office"}]


def test_databases_go_with_logs_and_a_case_has_its_own_command(
    run: Run, logs: Path, geoip: Path, tmp_path: Path
) -> None:
    case = tmp_path / "case"
    run("ingest", logs, "--case", case)
    said = run("scan", "--case", case, "--geoip", geoip)
    assert said.code == 2
    assert "forensics enrich --case DIR" in said.err
    absent = run("scan", "--logs", logs, "--geoip", tmp_path / "absent")
    assert absent.code == 2
    assert "absent" in absent.err
