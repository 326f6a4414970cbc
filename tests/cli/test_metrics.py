"""The metrics of recorded scans, as a collector reads them."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from forensics import api
from forensics.api.case import Case
from forensics.cli import notifying
from forensics.findings.document import Coverage, CoverageFile, CustodyHead, ScanReport


@pytest.fixture
def case(tmp_path: Path, write_log: Any) -> Path:
    log = write_log(tmp_path / "console.jsonl", {}, {}, {"time": "2999-01-01T00:00:00Z"})
    with api.create_case(tmp_path / "case") as made:
        made.ingest(log)
    return tmp_path / "case"


def report(*incomplete: str) -> ScanReport:
    file = CoverageFile(
        file="a", sha256="0", size=1, source="s", read=10, stored=7, duplicate=2, rejected=1,
        first_time=None, last_time=None, note=None,
    )  # fmt: skip
    return ScanReport(
        schema=1,
        tool_version="0",
        window_start=None,
        window_end=None,
        findings=(),
        coverage=Coverage(
            files=(file, file), context=(), evaluated=(), not_evaluated=incomplete, gaps=()
        ),
        custody=CustodyHead(entries=0, head=""),
        incomplete=incomplete,
    )


def read(file: Path) -> dict[str, float]:
    lines = [one for one in file.read_text("utf-8").splitlines() if not one.startswith("#")]
    return {name: float(value) for name, value in (one.rsplit(" ", 1) for one in lines)}


def test_metrics_of_good_and_bad_nights(
    run: Any, case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "forensics.prom"
    words = ("scan", "--case", case, "--record", "--metrics", file)
    monkeypatch.setattr(Case, "scan", lambda *_: report("x: faulty"))
    assert run(*words).code == 4
    first = read(file)
    assert "forensics_scan_last_success_timestamp_seconds" not in first
    assert first["forensics_scan_not_looked_at"] == 1
    assert first["forensics_scan_not_evaluated"] == 1

    monkeypatch.setattr(Case, "scan", lambda *_: report())
    assert run(*words).code == 0
    second = read(file)
    success = second["forensics_scan_last_success_timestamp_seconds"]
    assert success == second["forensics_scan_timestamp_seconds"] > 1.7e9
    assert second["forensics_scan_not_looked_at"] == 0
    assert second['forensics_case_records{result="stored"}'] == 14
    assert second['forensics_case_records{result="duplicate"}'] == 4
    assert second['forensics_case_records{result="rejected"}'] == 2
    latest = [value for name, value in second.items() if "source_last_record" in name]
    # A record from the future says nothing of how current a source is.
    assert len(latest) == 1
    assert 1.4e9 < latest[0] < 1.6e9
    assert stat.S_IMODE(file.stat().st_mode) == 0o644

    # An unreached service is counted, and what was last good stays known.
    monkeypatch.setattr(Case, "scan", lambda *_: report("x: faulty"))
    monkeypatch.setattr(notifying, "tell", lambda *_: 2)
    assert run(*words).code == 4
    third = read(file)
    assert third["forensics_scan_notifications_failed"] == 2
    assert third["forensics_scan_last_success_timestamp_seconds"] == success
    assert third["forensics_scan_timestamp_seconds"] > success
    assert [one.name for one in tmp_path.iterdir() if "prom" in one.name] == ["forensics.prom"]


def test_metrics_that_cannot_be_written(
    run: Any, case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Case, "scan", lambda *_: report())
    (tmp_path / "folder").mkdir()
    file = tmp_path / "folder" / "forensics.prom"

    def gone(*_: Any) -> int:
        file.parent.rmdir()
        return 0

    refused = (
        ("--metrics", file),
        ("--record", "--metrics", tmp_path / "nowhere" / "a.prom"),
        ("--record", "--metrics", case / "a.prom"),
    )
    for words in refused:
        assert run("scan", "--case", case, *words).code == 2
    # The scan is recorded by then: its answer is given, and the code says that something lacks.
    monkeypatch.setattr(notifying, "tell", gone)
    late = run("scan", "--case", case, "--record", "--metrics", file, "-t", "json")
    assert (late.code, "metrics not written" in late.err) == (4, True)
    assert late.document["findings"] == []
    assert len(run("scans", "list", "-t", "json", "--case", case).document) == 1
