"""The mapping of every source takes whatever its examples can be turned into."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hostile import edited, examples, replaced

from forensics.evidence.writing import EventWriter
from forensics.sources import normalise
from forensics.sources.declaration import shipped
from forensics.sources.formats import Batch
from forensics.sources.mapping import compile_mapping

# Records of each kind of mutation that every source is given.
_MUTANTS = 12


@pytest.fixture(scope="module")
def writer() -> Iterator[EventWriter]:
    made = EventWriter()
    yield made
    made.close()


@pytest.mark.parametrize("source", sorted(shipped()))
def test_mapping_accounts_for_every_mutated_example(
    source: str, writer: EventWriter, tmp_path: Path
) -> None:
    chance = random.Random(source)
    known = examples(source)
    made = [
        replaced(known[number % len(known)], chance.randrange(1000), chance.randrange(1000))
        for number in range(_MUTANTS)
    ]
    made += [
        edited(known[number % len(known)], *(chance.randrange(1 << 20) for _ in range(3)))
        for number in range(_MUTANTS)
    ]
    texts = [one.decode("utf-8", "replace").replace("\n", " ").encode() for one in made]
    batch = Batch(list(range(len(texts))), texts)
    declaration = shipped()[source]
    mapping = compile_mapping(declaration, normalise.within_of(declaration, batch))
    written = writer.write(mapping, normalise.given([7] * len(texts), batch), tmp_path / "written")
    numbers = Counter(one.record_no for _, one in written.rejects)
    for path in written.paths:
        rows = pq.read_table(path, columns=["record_no", "event_no"]).to_pylist()
        numbers += Counter(one["record_no"] for one in rows if one["event_no"] == 0)
    assert numbers == Counter(batch.numbers)
    assert all(one.reason and one.data for _, one in written.rejects)
