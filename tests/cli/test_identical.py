"""The same input asked twice, in fresh cases elsewhere, gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forensics import cli

pytestmark = pytest.mark.usefixtures("every_core")

ROOT = Path(__file__).parents[2]
LOGS = "sample_logs/stolen-session"
EXPORTS = {
    "outage.json": ("outage", "@headofstate", "-t", "json"),
    "outage.txt": ("outage", "@headofstate"),
    "scan.json": ("scan", "-t", "json"),
    "scan.txt": ("scan",),
    "actor.json": ("actor", "contractor-7", "-t", "json"),
    "timeline.csv": ("timeline", "-t", "csv"),
    "timeline.jsonl": ("timeline", "-t", "jsonl"),
    "timeline.json": ("timeline", "-t", "json", "--raw"),
    "timeline.parquet": ("timeline", "-t", "parquet"),
    "people.parquet": ("sql", "select * from act_people order by all", "-t", "parquet"),
    "coverage.json": ("sources", "coverage", "-t", "json"),
    "coverage.txt": ("sources", "coverage"),
    "report-outage.html": ("report", "outage", "@headofstate"),
    "report-outage.json": ("report", "outage", "@headofstate"),
    "report-scan.html": ("report", "scan"),
    "report-scan.json": ("report", "scan"),
}


@pytest.fixture(scope="module")
def exported(
    every_core: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[dict[str, bytes]]]:
    """Everything exported in three places: two cases of their own, and a throwaway one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.delenv("FORENSICS_CASE", raising=False)
        made = []
        for number in range(3):
            folder = tmp_path_factory.mktemp("identical")
            patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
            patch.setenv("COLUMNS", "100")
            evidence = ["--case", str(folder / f"case-{number}")]
            if number < 2:
                assert cli.run(["-q", "ingest", LOGS, *evidence]) == 0
            else:
                evidence = ["--logs", LOGS]
            out = folder / "out"
            out.mkdir()
            for name, command in EXPORTS.items():
                assert cli.run(["-q", *command, "-o", str(out / name), *evidence]) == 0, name
            made.append({one.name: one.read_bytes() for one in out.iterdir()})
        yield made


@pytest.mark.parametrize("name", EXPORTS)
def test_exports_are_byte_identical(exported: list[dict[str, bytes]], name: str) -> None:
    first, second, throwaway = (one[name] for one in exported)
    assert first == second
    assert first == throwaway
    assert len(first) > 500


def test_no_document_tells_where_it_was_made(exported: list[dict[str, bytes]]) -> None:
    for name, data in exported[0].items():
        assert str(ROOT).encode() not in data, name
        assert b"case-0" not in data, name


def test_the_order_of_ingest_changes_no_id(run: Any, tmp_path: Path, story: Path) -> None:
    files = sorted(one for one in story.iterdir() if one.suffix in {".gz", ".jsonl", ".csv"})
    found: list[tuple[Any, ...]] = []
    for order in (files, files[::-1]):
        case = tmp_path / f"case-{len(found)}"
        for path in order:
            assert run("-q", "ingest", path, "--case", case).code == 0
        document = run("scan", "-t", "json", "--case", case).document
        rebuilt = run("outage", "@headofstate", "-t", "json", "--case", case).document
        (outage,) = rebuilt["outages"]
        verdicts = [(one["policy"], one["value"]) for one in outage["verdicts"]]
        ids = sorted((one["id"], one["rule"], one["level"]) for one in document["findings"])
        found.append((ids, verdicts, outage["start_earliest"], outage["duration"]))
    assert found[0] == found[1]
