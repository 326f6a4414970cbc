"""Scans and decisions that a case records: sealed, whole or not at all."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

from forensics import api
from forensics.errors import CaseError
from forensics.evidence import custody
from forensics.evidence.catalog import Catalog
from forensics.evidence.scan_log import ScanLog, Seen
from forensics.evidence.verify import verify


def seen(name: str, words: str = "x") -> Seen:
    document = f'"{name} {words}"'
    return Seen(name, words, hashlib.sha256(document.encode()).hexdigest(), document)


@pytest.fixture
def log(tmp_path: Path) -> ScanLog:
    with api.create_case(tmp_path / "case") as case:
        return ScanLog(case.paths, "test", lambda: None)


def record(log: ScanLog, *found: Seen, after: int, complete: bool = True) -> int:
    return log.record(found, complete=complete, record={"segments": 2}, after=after)


def test_what_scans_saw_is_kept_by_scan_and_by_finding(log: ScanLog) -> None:
    assert record(log, seen("f"), seen("g"), after=0) == 1
    assert record(log, seen("f"), seen("g", "y"), after=1, complete=False) == 2
    assert [(one.scan, one.complete) for one in log.scans()] == [(1, True), (2, False)]
    sightings = log.sightings()
    assert [(one.scan, one.substance) for one in sightings["g"]] == [(1, "x"), (2, "y")]
    # The same words are kept once.
    digests = [one.sha256 for rows in sightings.values() for one in rows]
    assert len(digests) == 4
    assert sorted(log.documents(digests).values()) == ['"f x"', '"g x"', '"g y"']


def test_a_scan_that_another_one_overtook_records_nothing(log: ScanLog) -> None:
    record(log, after=0)
    with pytest.raises(CaseError, match="Scan 1 was recorded while this one ran"):
        record(log, seen("f"), after=0)
    assert (len(log.scans()), log.sightings()) == (1, {})


def test_a_scan_that_dies_leaves_nothing(log: ScanLog, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    paths = log._paths
    record(log, seen("f"), after=0)
    with monkeypatch.context() as patched:
        patched.setattr("forensics.evidence.scan_log._digest", dies)
        with pytest.raises(KeyboardInterrupt):
            record(log, seen("g"), after=1)
    assert (len(log.scans()), [*log.sightings()]) == (1, ["f"])
    assert verify(paths).faults == ()
    assert record(log, seen("g"), after=1) == 2


def test_decisions_are_entries_of_custody(log: ScanLog) -> None:
    record(log, seen("f"), after=0)
    log.decide("f", {"kind": "resolve", "author": "ann", "why": "known"})
    ((decision,),) = log.decisions().values()
    assert (decision.finding, decision.scan, decision.said["why"]) == ("f", 1, "known")
    assert verify(log._paths).faults == ()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE scans SET record = '{}' WHERE scan = 1", "scan 1 is not as custody recorded it"),
        ("UPDATE scans SET complete = 0", "scan 1 is not as custody recorded it"),
        ("DELETE FROM scans", "scan 1 is not as custody recorded it"),
        ("DELETE FROM sightings", "scan 1 is not as custody recorded it"),
        ("UPDATE sightings SET substance = 'other'", "scan 1 is not as custody recorded it"),
        ("INSERT INTO sightings VALUES (1, 'h', 'x', 'x')", "scan 1 is not as custody recorded"),
        ("INSERT INTO scans VALUES (9, '', 1, '', 1)", "scan 9 is not in custody"),
        ("INSERT INTO sightings VALUES (9, 'h', 'x', 'x')", "scan 9 is not in custody"),
        ("UPDATE findings SET document = 'other'", "was changed"),
        ("DELETE FROM findings", "is lost"),
        ("DROP TABLE scans", "scans cannot be read"),
    ],
)
def test_what_was_changed_afterwards_is_named(log: ScanLog, change: str, fault: str) -> None:
    record(log, seen("f"), after=0)
    with sqlite3.connect(log._paths.catalog) as connection:
        connection.execute(change)
    connection.close()
    assert any(fault in one for one in verify(log._paths).faults)


def test_a_case_from_before_scans_were_recorded_is_sound_and_can_record_one(log: ScanLog) -> None:
    with sqlite3.connect(log._paths.catalog) as connection:
        for table in ("scans", "sightings", "findings"):
            connection.execute(f"DROP TABLE {table}")
    connection.close()
    assert verify(log._paths).faults == ()
    assert (log.scans(), log.sightings(), log.decisions()) == ([], {}, {})
    assert record(log, seen("f"), after=0) == 1
    catalog = Catalog(log._paths.catalog)
    assert len(custody.entries(catalog.connection, ("scan",))) == 1
    catalog.close()
