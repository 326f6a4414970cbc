"""Archives on the command line: read by their members, within limits that a person can lift."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

Run = Any


def record(number: int) -> bytes:
    return json.dumps(
        {
            "eventVersion": "1.08",
            "eventTime": f"2026-01-05T09:00:{number % 60:02}Z",
            "awsRegion": "eu-west-1",
            "eventSource": "iam.amazonaws.com",
            "eventName": "CreateUser",
            "eventID": f"id-{number}",
            "userIdentity": {"type": "IAMUser", "userName": "contractor-7"},
            "recipientAccountId": "123456789012",
            "requestParameters": {},
        }
    ).encode()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("trail/1.json.gz", gzip.compress(record(1)))
        out.writestr("trail/2.json", b"\n".join(map(record, range(2, 20_002))))
        out.writestr("README.md", b"#")
    path = tmp_path / "logs.zip"
    path.write_bytes(made.getvalue())
    return path


def test_members_are_recognised(run: Run, archive: Path) -> None:
    found = run("sources", "recognise", archive, "-t", "json")
    assert found.code == 0
    assert [(row["path"].removeprefix(str(archive)), row["source"]) for row in found.document] == [
        ("", "zip"),
        ("!/README.md", None),
        ("!/trail/1.json.gz", "aws_cloudtrail"),
        ("!/trail/2.json", "aws_cloudtrail"),
    ]


def test_what_lies_beside_logs_is_named_in_each_answer(run: Run, tmp_path: Path) -> None:
    logs, case = tmp_path / "logs", tmp_path / "case"
    for name, data in (("a.json", record(1)), (".secret/b.json", record(2)), ("README.md", b"#"),
                       ("page.json", b'{"Records": []}')):  # fmt: skip
        (logs / name).parent.mkdir(parents=True, exist_ok=True)
        (logs / name).write_bytes(data)
    told = run("ingest", logs, "--case", case)
    assert told.code == 0
    said = " ".join(told.out.split())
    assert "Of no records, 1: page.json" in said
    assert "passed over, 2: .secret/ (hidden, 1 file), README.md (documentation)" in said
    assert "page.json" not in said.partition("Of no records")[0]
    again = run("ingest", logs, "--case", case, "-t", "json")
    assert [(Path(one["path"]).name, one["why"]) for one in again.document["beside"]] == [
        (".secret", "hidden, 1 file"), ("README.md", "documentation")
    ]  # fmt: skip
    found = run("sources", "coverage", "--case", case, "-t", "json")
    assert found.code == 0
    assert sorted(one["status"] for one in found.document["files"]) == [
        "beside", "beside", "empty_page", "stored"
    ]  # fmt: skip
    assert found.document["not_read"] == []
    assert run("sources", "recognise", logs).code == 0


def test_a_limit_is_told_and_lifted(run: Run, archive: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    told = run("ingest", archive, "--case", case, "--max-ratio", 10, "-t", "json")
    assert told.code == 4
    assert "expands beyond 10:1; raise --max-ratio" in told.err
    assert told.document["totals"]["stored"] == 1
    assert run("ingest", archive, "--case", case, "--max-bytes", "2MiB").code == 4
    lifted = run("ingest", archive, "--case", case, "--max-bytes", "20 MiB", "-t", "json")
    assert lifted.code == 0
    assert lifted.document["totals"]["read"] == 20_001
    assert run("verify", "--case", case).code == 0


def test_limits_hold_where_logs_are_asked_directly(run: Run, archive: Path) -> None:
    count = "SELECT count(*) AS n FROM events"
    narrow = run("sql", count, "--max-bytes", "100K", "-t", "json", "--logs", archive)
    assert "expands beyond 102400 bytes; raise --max-bytes" in narrow.err
    assert narrow.document == [{"n": 1}]
    wide = run("sql", count, "-t", "json", "--logs", archive)
    assert wide.document == [{"n": 20_001}]


@pytest.mark.parametrize("size", ["many", "-1", "1.5GiB", "5PB"])
def test_a_size_is_a_number_of_bytes(run: Run, archive: Path, tmp_path: Path, size: str) -> None:
    told = run("ingest", archive, "--case", tmp_path / "case", "--max-bytes", size)
    assert told.code == 2
    assert "64GiB" in told.err
