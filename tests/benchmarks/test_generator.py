"""The generated trail is what it says, the same every time, and the reference can read it."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

import duckdb
import pytest

EVENTS = 2_000
# Of the seed's first 2,000 records: every figure ever quoted rests on them.
DIGEST = "fb90e1e755d2cba6a23ccf456501776dd16217e8c32ddc3b98b95fc7e46d9cfc"

Script = Callable[..., str]


def records(folder: Path) -> list[dict[str, Any]]:
    """All records, in the order in which they were made, which file names end with."""
    files = sorted((folder / "bucket").rglob("*.json.gz"), key=lambda one: one.name[-18:])
    return [
        one for path in files for one in json.loads(gzip.decompress(path.read_bytes()))["Records"]
    ]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its name there."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def trail(script: Script, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trail")
    script("cloudtrail.py", "--events", str(EVENTS), "--per-file", "1000", "--out", folder)
    return folder


def test_the_same_arguments_write_the_same_bytes(
    trail: Path, script: Script, tmp_path: Path
) -> None:
    size = ("--events", str(EVENTS), "--per-file", "1000", "--jobs", "1")
    script("cloudtrail.py", *size, "--out", tmp_path)
    assert contents(tmp_path) == contents(trail)


def test_the_same_events_can_lie_in_more_files(trail: Path, script: Script, tmp_path: Path) -> None:
    script("cloudtrail.py", "--events", str(EVENTS), "--per-file", "130", "--out", tmp_path)
    assert len(list(tmp_path.rglob("*.json.gz"))) == 16
    assert records(tmp_path) == records(trail)


def test_another_seed_writes_other_records(trail: Path, script: Script, tmp_path: Path) -> None:
    script("cloudtrail.py", "--events", "250", "--seed", "8", "--out", tmp_path)
    assert not {one["eventID"] for one in records(tmp_path)} & {
        one["eventID"] for one in records(trail)
    }


def test_the_records_have_not_changed(trail: Path) -> None:
    text = json.dumps(records(trail), sort_keys=True).encode()
    assert hashlib.sha256(text).hexdigest() == DIGEST


def test_records_are_as_dense_as_a_real_trail(trail: Path) -> None:
    found = records(trail)
    sizes = [len(json.dumps(one, separators=(",", ":"), ensure_ascii=False)) for one in found]
    assert 1_380 < mean(sizes) < 1_480
    assert len({one["eventName"] for one in found}) >= 100
    assert len({one["userIdentity"]["type"] for one in found}) == 7
    assert 0.035 < mean("errorCode" in one for one in found) < 0.055
    assert len({one["eventID"] for one in found}) == EVENTS


def test_the_manifest_tells_what_was_planted(trail: Path) -> None:
    manifest = json.loads((trail / "manifest.json").read_text(encoding="utf-8"))
    found = Counter(
        manifest["planted_from"] <= one["eventTime"] < manifest["planted_to"]
        for one in records(trail)
        if one["userIdentity"].get("userName") == manifest["planted_actor"]
    )
    assert manifest["events"] == EVENTS
    assert manifest["planted_hour_events"] == found[True] > 0
    assert manifest["planted_actor_events"] == found.total()


def test_the_reference_stores_every_record_as_it_stood(
    trail: Path, script: Script, tmp_path: Path
) -> None:
    out = tmp_path / "out.parquet"
    script("reference.py", trail / "bucket", out)
    rows = duckdb.execute(
        "SELECT operation, time IS NOT NULL, raw FROM read_parquet($out)", {"out": str(out)}
    ).fetchall()
    found = [(operation, timed, json.loads(raw)) for operation, timed, raw in rows]
    by_id = {one["eventID"]: one for *_, one in found}
    assert by_id == {one["eventID"]: one for one in records(trail)}
    assert len(by_id) == len(found)
    assert all(timed and one["eventName"] == operation for operation, timed, one in found)
