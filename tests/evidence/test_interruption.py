"""Interruption: an ingest that dies anywhere leaves the case as it was, and can be run again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forensics.evidence import catalog, committing, custody, ingest, segments
from forensics.sources.formats.jsonl import JsonLines

Entry = Callable[..., dict[str, Any]]


class Crash(BaseException):
    """A process that ends where it stands."""


def crash_after(real: Callable[..., Any], calls: int) -> Callable[..., Any]:
    left = [calls]

    def method(*args: Any, **options: Any) -> Any:
        if left[0] == 0:
            raise Crash
        left[0] -= 1
        return real(*args, **options)

    return method


POINTS = [
    (JsonLines, "split", 1),
    (segments.SegmentWriter, "add", 1),
    (segments.SegmentWriter, "_write_duplicates", 0),
    (segments.SegmentWriter, "_keep_events", 0),
    (segments.SegmentWriter, "_write_rejects", 0),
    (ingest, "check_conservation", 0),
    (ingest.Ingest, "_commit", 0),
    (committing, "sync_directory", 0),
    (committing, "write_durably", 0),
    (committing, "write_durably", 1),
    (catalog.Catalog, "add", 2),
    (custody, "append", 0),
]


def fill(bench: Any, entry: Entry) -> Any:
    """A case of one file, and more files beside it."""
    bench.write("a.jsonl", [entry(n) for n in range(20)])
    bench.ingest()
    bench.write("b.jsonl", [entry(n) for n in range(10, 40)] + [b"{"])
    bench.write("c.csv", b"door,at,id,op\nx,2026-01-05T10:00:00Z,c1,open\n")
    bench.write("accounts.csv", b"account,person,kind\na,b,personal\n")
    return bench


@pytest.fixture
def filled(bench: Any, entry: Entry) -> Any:
    return fill(bench, entry)


@pytest.fixture(scope="module")
def untroubled(
    make_bench: Callable[[Path], Any], entry: Entry, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, ...]:
    """The state of the same case when nothing interrupts its ingests."""
    bench = fill(make_bench(tmp_path_factory.mktemp("untroubled")), entry)
    bench.ingest()
    return state(bench)


def state(bench: Any) -> tuple[Any, ...]:
    events = bench.rows("SELECT * FROM events ORDER BY event_uid")
    return events, bench.rows("SELECT * FROM files"), bench.digest()


@pytest.mark.parametrize(
    ("owner", "name", "calls"), POINTS, ids=[f"{one[1]}-{one[2]}" for one in POINTS]
)
@pytest.mark.parametrize("power", ["exception", "power cut"])
def test_the_case_is_as_it_was_and_the_next_run_completes(
    filled: Any,
    untroubled: tuple[Any, ...],
    owner: Any,
    name: str,
    calls: int,
    power: str,
) -> None:
    before = state(filled)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, crash_after(getattr(owner, name), calls))
        if power == "power cut":
            # A process that is killed cleans nothing up.
            patch.setattr("forensics.evidence.case.shutil.rmtree", lambda *_, **__: None)
        with pytest.raises(Crash):
            filled.ingest()
    assert state(filled) == before
    assert filled.verify().faults == ()

    filled.ingest()
    assert filled.verify().faults == ()
    assert filled.verify().leftovers == ()
    assert not filled.paths.staging.exists()
    events, _, digest = state(filled)
    assert digest == untroubled[2]
    assert events == untroubled[0]


def test_leftovers_of_a_killed_ingest_are_named_but_no_alarm(filled: Any) -> None:
    (filled.paths.segments / "events-000002-00001.parquet").write_bytes(b"half")
    found = filled.verify()
    assert found.faults == ()
    assert found.leftovers == ("segment events-000002-00001.parquet is not in the catalog",)
    filled.ingest()
    assert filled.verify().leftovers == ()


def test_a_full_disk_is_no_half_ingest(filled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state(filled)
    real = segments.SegmentWriter._add

    def full(*args: Any) -> None:
        real(*args)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(segments.SegmentWriter, "_add", full)
    with pytest.raises(OSError, match="No space"):
        filled.ingest()
    monkeypatch.undo()
    assert state(filled) == before
    assert filled.verify().faults == ()
