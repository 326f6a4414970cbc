from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import EvidenceAlteredError
from forensics.evidence import naming
from forensics.evidence.store import Store
from forensics.evidence.writing import copy
from forensics.timeline import named, query
from forensics.timeline.query import TimelineQuery

# Letters whose other case is another length or no letter, quotes, signs of patterns, blanks.
_SIGNS = "aAbZİıßẞσςΣǅéÉ'\"%_\\@ \t\N{GRINNING FACE}"
_NAMES = [*_SIGNS, "", "ab", "Ab", "straße", "STRASSE", "ΟΔΟΣ", "οδος", "İstanbul", "i\u0307"]
_COLUMNS = (
    ("event_uid", "VARCHAR"), ("file_id", "BIGINT"), ("record_no", "BIGINT"),
    ("event_no", "INTEGER"), ("target", "VARCHAR"), ("target_id", "VARCHAR"),
    ("target_name", "VARCHAR"), ("targets", "VARCHAR[]"), ("place", "BIGINT"),
)  # fmt: skip


def _events() -> Iterator[dict[str, Any]]:
    chance = random.Random(7)

    choices: list[str | None] = [None, *_NAMES]

    def name() -> str | None:
        return chance.choice(choices)

    for n in range(200):
        record_no, event_no = divmod(n, 2)
        yield {
            "event_uid": f"u{n:03}", "file_id": 1, "record_no": record_no, "event_no": event_no,
            "target": name(), "target_id": name(), "target_name": name(),
            "targets": chance.choice([None, [], [name()], [name(), name()]]),
            "place": (1 << 32) + record_no,
        }  # fmt: skip


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[DuckDBEngine]]:
    """The same events twice, with and without what was noted beside them."""
    path = tmp_path_factory.mktemp("engines") / "events-000001-00001.parquet"
    names = path.with_name(naming.beside(path.name))
    made = [DuckDBEngine(threads=1), DuckDBEngine(threads=1)]
    made[0].register_rows("made", _COLUMNS, list(_events()))
    copy(made[0], "FROM made", path)
    copy(made[0], naming.query(path), names, naming.ROWS)
    for engine in made:
        engine.define("events", f"FROM read_parquet('{path}')")
    made[0].define("placed_events", "FROM events")
    made[0].define("event_names", f"FROM read_parquet('{names}')")
    yield made
    for engine in made:
        engine.close()


def _found(engine: DuckDBEngine, asked: str | Sequence[str]) -> list[str]:
    found, parameters = query.chosen(engine, TimelineQuery(target=asked))
    uids = engine.table(found.sql(dialect="duckdb"), parameters).column("event_uid")
    return sorted(uids.to_pylist())


_ASKED = st.sampled_from([form for one in _NAMES for form in (one, one.upper(), f" {one}")])


@settings(max_examples=60, deadline=None)
@given(_ASKED | st.text(max_size=3) | st.lists(_ASKED, max_size=3))
def test_a_question_for_a_target_finds_the_same_with_and_without_what_was_noted(
    engines: list[DuckDBEngine], asked: str | list[str]
) -> None:
    noted, plain = engines
    assert _found(noted, asked) == _found(plain, asked)


def test_only_what_was_noted_for_a_name_is_looked_at(engines: list[DuckDBEngine]) -> None:
    noted, plain = engines
    assert named.placed(plain, ["ab"]) is None
    where = named.placed(noted, ["ab"])
    assert where is not None
    some = noted.rows(f"SELECT event_uid FROM placed_events WHERE {where.sql(dialect='duckdb')}")
    assert set(_found(plain, "ab")) <= {row["event_uid"] for row in some}
    assert 0 < len(some) < 100


@pytest.fixture(scope="module")
def kept(
    make_bench: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, list[str]]:
    """A case of two ingests, of which the second repeats records of the first."""
    bench = make_bench(tmp_path_factory.mktemp("named"))
    stamp = "2026-01-05T09:00:{:02}.000Z"
    target = [{"id": "00u1", "type": "User", "alternateId": "Ada@Example.org"}]
    rows = [
        {
            "uuid": f"n{n}", "published": stamp.format(n), "eventType": "user.lifecycle.suspend",
            "version": "0", "actor": {"id": "00ua", "type": "User", "alternateId": "root"},
            "outcome": {"result": "SUCCESS"}, "severity": "INFO", "displayMessage": "x",
            "target": target if n % 3 else None,
        }
        for n in range(9)
    ]  # fmt: skip
    bench.ingest(bench.write("a.jsonl", rows[:6]))
    bench.ingest(bench.write("b.jsonl", rows[3:]))
    return bench, [f"n{n}" for n in range(9) if n % 3]


def test_each_segment_has_its_names_sealed_and_only_those_of_its_events(
    kept: tuple[Any, list[str]],
) -> None:
    bench, _ = kept
    events = sorted(path.name for path in bench.paths.segments.glob("events-*"))
    assert [naming.beside(one) for one in events] == sorted(
        path.name for path in bench.paths.segments.glob("names-*")
    )
    assert not bench.verify().faults
    derived = naming.query(bench.paths.segments / events[1])
    held = bench.paths.segments / naming.beside(events[1])
    store = Store(bench.paths)
    engine = store.engine
    assert engine.rows(derived) == engine.rows(f"FROM read_parquet('{held}')") != []
    places = engine.rows(
        "SELECT count(*) AS n FROM placed_events SEMI JOIN event_names USING (place)"
    )
    store.close()
    assert places[0]["n"] == 6


def test_a_case_made_before_there_were_names_answers_the_same(kept: tuple[Any, list[str]]) -> None:
    bench, _ = kept
    store = Store(bench.paths)
    asked = TimelineQuery(target="ADA@example.org")
    found = query.run(store.engine, asked)
    assert found.num_rows == 6
    store._segments = [one for one in store._segments if one.name != "names-000001-00001.parquet"]
    for name in ("event_names", "placed_events"):
        store.engine.execute(f"DROP VIEW {name}")
    store._define_names()
    assert "event_names" not in store.engine.relations()
    assert query.run(store.engine, asked) == found
    assert isinstance(found, pa.Table)
    store.close()


def test_names_that_were_changed_or_lost_are_told(kept: tuple[Any, list[str]]) -> None:
    bench, _ = kept
    path = bench.paths.segments / "names-000001-00001.parquet"
    data = path.read_bytes()
    path.chmod(0o600)
    try:
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        assert any(path.name in one for one in bench.verify().faults)
        path.write_bytes(data[:-1])
        with pytest.raises(EvidenceAlteredError, match="names-000001"):
            Store(bench.paths)
    finally:
        path.write_bytes(data)
