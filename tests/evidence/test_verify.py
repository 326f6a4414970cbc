"""Verify: every tampering is named, and an untouched case raises no alarm."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forensics.errors import CaseError, EvidenceAlteredError
from forensics.evidence import case, catalog, committing, custody, ingest
from forensics.evidence.scan_log import ScanLog, Seen
from forensics.evidence.verify import verify

Entry = Callable[..., dict[str, Any]]
Benches = Callable[[Path], Any]


@pytest.fixture
def full(bench: Any, filled: Path) -> Any:
    """A case with something of everything, a test's own to alter."""
    shutil.rmtree(bench.root)
    shutil.copytree(filled, bench.root)
    return bench


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, make_bench: Benches, entry: Entry) -> Path:
    """Two ingests, one that read all anew, and two scans."""
    bench = make_bench(tmp_path_factory.mktemp("full"))
    bench.write("a.jsonl", [entry(n) for n in range(20)] + [entry(3), b"{"])
    bench.write("accounts.csv", b"account,person,kind\na,b,personal\n")
    bench.ingest()
    bench.write("b.jsonl", [entry(n) for n in range(15, 30)])
    bench.write("c.jsonl", [entry(n) for n in range(15, 30)])
    bench.write("odd.txt", b"words")
    bench.write("employees.csv", b"EmailAddress,ResignationDate,LastWorkingDate\n")
    bench.ingest()
    given = [str(bench.logs)]
    ingest.ingest(bench.paths, given, bench.sources, tool="test 2", reread=True)
    scans = ScanLog(bench.paths, "test", lambda: None)
    for number, words in enumerate(("x", "y")):
        seen = Seen("f", words, hashlib.sha256(words.encode()).hexdigest(), words)
        scans.record([seen], complete=True, record={"segments": 2}, after=number)
    assert bench.verify().faults == ()
    root: Path = bench.root
    return root


def faults(bench: Any) -> tuple[str, ...]:
    """What verify or, before it, opening the case has to say."""
    try:
        return tuple(verify(case.locate(bench.root)).faults)
    except (EvidenceAlteredError, CaseError) as error:
        return (str(error),)


def files(bench: Any) -> list[Path]:
    folders = (bench.paths.segments, bench.paths.context, bench.paths.declarations)
    return sorted(path for folder in folders for path in folder.iterdir())


def sql(bench: Any, *statements: str) -> None:
    connection = sqlite3.connect(bench.paths.catalog)
    with connection:
        for one in statements:
            connection.execute(one)
    connection.close()


def test_verify_counts_what_it_checked(full: Any) -> None:
    found = full.verify()
    assert (found.files, found.context, found.entries) == (8, 2, 6)
    assert found.segments == len(list(full.paths.segments.iterdir()))
    assert len(found.head) == 64
    assert full.verify() == found


def test_reading_a_case_changes_nothing_in_it(full: Any) -> None:
    before = {path: path.read_bytes() for path in full.root.rglob("*") if path.is_file()}
    full.rows("SELECT count(*) FROM events")
    full.verify()
    after = {path: path.read_bytes() for path in full.root.rglob("*") if path.is_file()}
    assert after == before


def test_a_moved_or_copied_case_is_the_same_case(full: Any, tmp_path: Path) -> None:
    head = full.verify().head
    shutil.copytree(full.root, tmp_path / "copy")
    found = verify(case.locate(tmp_path / "copy"))
    assert (found.faults, found.head) == ((), head)


def test_a_flipped_byte_is_named_in_each_file(full: Any) -> None:
    for path in files(full):
        whole = path.read_bytes()
        path.chmod(0o600)
        for position in {0, len(whole) // 2, len(whole) - 1}:
            path.write_bytes(
                whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :]
            )
            named = [one for one in faults(full) if "was changed" in one]
            assert len(named) == 1, path
        path.write_bytes(whole)
    assert faults(full) == ()


def test_a_deleted_an_added_and_a_swapped_file_is_named(full: Any) -> None:
    for path in files(full):
        moved = path.rename(full.root / "away")
        assert any("is missing" in one for one in faults(full)), path
        moved.rename(path)
    for folder in (full.paths.segments, full.paths.context, full.paths.declarations):
        stranger = folder / "events-000001-00099.parquet"
        shutil.copy(files(full)[0], stranger)
        assert any("is not in the catalog" in one for one in faults(full))
        stranger.unlink()
    first, second = sorted(full.paths.segments.iterdir())[:2]
    first.rename(full.root / "away")
    second.rename(first)
    (full.root / "away").rename(second)
    assert sum("was changed" in one for one in faults(full)) == 2


def test_the_marker_is_checked(full: Any) -> None:
    whole = full.paths.marker.read_bytes()
    for position in range(len(whole)):
        altered = whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :]
        full.paths.marker.write_bytes(altered)
        assert faults(full), altered
    full.paths.marker.unlink()
    assert faults(full)


def catalog_columns() -> list[tuple[str, str]]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(catalog._SCHEMA + catalog._LATER)
    tables = [
        row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    return [
        (table, row[1])
        for table in tables
        for row in connection.execute(f"PRAGMA table_info({table})")
    ]


@pytest.mark.parametrize(("table", "column"), catalog_columns())
def test_an_edited_cell_is_noticed_in_every_column(full: Any, table: str, column: str) -> None:
    sql(full, f"UPDATE {table} SET {column} = 77 WHERE rowid = (SELECT max(rowid) FROM {table})")
    assert faults(full)


TABLES = (
    "ingests", "files", "segments", "context", "declarations", "replaced", "custody", "scans",
    "sightings", "findings",
)  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("which", ["min", "max"])
def test_a_deleted_row_is_noticed_in_every_table(full: Any, table: str, which: str) -> None:
    sql(full, f"DELETE FROM {table} WHERE rowid = (SELECT {which}(rowid) FROM {table})")
    assert faults(full)


def test_rows_that_were_swapped_or_added_are_noticed(full: Any) -> None:
    sql(full, "INSERT INTO files SELECT 9, ingest_id, sha256, path, size, compression, encoding,"
        " format, source, confidence, 'stored', 0, 0, 0, 0, 0, NULL, NULL, NULL FROM files"
        " WHERE file_id = 1")  # fmt: skip
    assert "file 9 in the catalog is not as custody recorded it" in faults(full)


def test_a_rewritten_entry_breaks_the_chain_after_it(full: Any) -> None:
    sql(full, "UPDATE custody SET tool = 'another' WHERE no = 2")
    assert any("entry 2 was changed" in one for one in faults(full))


def test_a_chain_sealed_anew_breaks_at_the_next_entry(full: Any) -> None:
    connection = sqlite3.connect(full.paths.catalog)
    entry = custody.entries(connection)[1]
    seal = custody._seal(entry.no, entry.time, entry.act, "x", entry.details, entry.previous)
    connection.close()
    sql(full, f"UPDATE custody SET tool = 'x', hash = '{seal}' WHERE no = 2")
    assert any("entry 3 does not follow" in one for one in faults(full))


def test_a_case_cut_back_to_an_earlier_state_has_another_head(full: Any) -> None:
    head = full.verify().head
    scans = ("scans", "sightings", "findings")
    tables = [table for table in TABLES if table not in ("custody", *scans)]
    sql(full, *(f"DELETE FROM {table}" for table in scans))
    sql(full, *(f"DELETE FROM {table} WHERE ingest_id = 3" for table in tables))
    sql(full, "DELETE FROM custody WHERE no >= 4")
    found = full.verify()
    # Whoever rewrites all of a case can only be found out by a head that was noted elsewhere.
    assert found.head != head
    assert found.faults == ()
    assert found.leftovers


@pytest.mark.parametrize("cut", [0, 1, 4096, 5000])
def test_a_catalog_that_is_damaged_is_told(full: Any, cut: int) -> None:
    whole = full.paths.catalog.read_bytes()
    full.paths.catalog.write_bytes(whole[:cut])
    assert faults(full)


def test_any_byte_of_the_catalog_that_matters_is_checked(full: Any) -> None:
    def content() -> str:
        connection = sqlite3.connect(full.paths.catalog)
        try:
            return "\n".join(connection.iterdump())
        finally:
            connection.close()

    whole, held = full.paths.catalog.read_bytes(), content()
    for position in range(0, len(whole), 397):
        altered = whole[:position] + bytes([whole[position] ^ 4]) + whole[position + 1 :]
        full.paths.catalog.write_bytes(altered)
        if not faults(full):
            assert content() == held, position
        for name in ("-wal", "-shm"):
            full.paths.catalog.with_name(full.paths.catalog.name + name).unlink(missing_ok=True)


def test_opening_a_case_that_lost_a_file_says_so(full: Any) -> None:
    next(iter(full.paths.segments.iterdir())).unlink()
    with pytest.raises(EvidenceAlteredError, match="has lost 1 of its files") as caught:
        full.rows("SELECT 1")
    assert "verify" in str(caught.value.remedy)


@pytest.mark.parametrize("table", ["declarations", "context", "segments"])
def test_what_was_taken_out_of_the_catalog_is_no_leftover_and_is_not_removed(
    full: Any, table: str
) -> None:
    before = files(full)
    sql(full, f"DELETE FROM {table}")
    found = full.verify()
    assert found.leftovers == ()
    assert any("is not in the catalog" in one for one in found.faults)
    committing.remove_orphans(full.paths, catalog.Catalog(full.paths.catalog))
    assert files(full) == before
