"""Real exports, thousands of files of them: every record is accounted for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

REAL = Path(__file__).parents[2].parent / "shared" / "real_logs"
TRAIL = REAL / "aws_cloudtrail" / "suzaku-sample-data"
ATTACK = TRAIL / "SANS-504-S3-ransomware-lab"

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the shared records are not here")


def total(report: Any, name: str) -> int:
    return sum(getattr(row, name) for row in report.files)


def test_a_trail_of_thousands_of_files(bench: Any) -> None:
    report = bench.ingest(ATTACK)
    assert len(report.files) == 3_872
    assert (total(report, "read"), total(report, "stored")) == (30_477, 23_981)
    assert (total(report, "duplicate"), total(report, "rejected")) == (6_496, 0)
    assert report.incomplete == []
    # Files with the same bytes keep their records once; the others keep their duplicates too.
    repeated = sum(row.duplicate for row in report.files if row.status == "repeated")
    assert bench.column("SELECT count(*) FROM duplicates") == [6_496 - repeated]
    assert bench.column("SELECT count(DISTINCT event_uid) FROM events") == [23_981]
    assert bench.verify().faults == ()
    before = bench.digest()
    again = bench.ingest(ATTACK)
    assert {row.status for row in again.files} == {"repeated"}
    assert bench.digest() == before


def test_a_tenant_s_table_with_embedded_records(bench: Any) -> None:
    report = bench.ingest(REAL / "m365_ual")
    assert total(report, "read") == 9_611
    # Three rows hold no AuditData; the table's own columns tell when, who and what.
    assert total(report, "rejected") == 0
    assert total(report, "stored") + total(report, "duplicate") == 9_611
    assert bench.verify().faults == ()


def test_a_mixed_folder_names_what_it_could_not_read(bench: Any) -> None:
    report = bench.ingest(REAL / "aws_cloudtrail", REAL / "cado-cloudgrep")
    statuses = Counter(row.status for row in report.files)
    assert statuses["stored"] > 3_900
    assert statuses["unrecognised"] > 0
    assert all(row.note for row in report.incomplete)
    assert all(row.read == row.stored + row.duplicate + row.rejected for row in report.files)
    assert bench.verify().faults == ()
