"""Coverage-guided fuzzing of the readers: `python tests/fuzz/fuzz_readers.py CORPUS [OPTIONS]`.

Each input is a file: it is opened, identified, split and mapped as an ingest does, without a case.
The options are libFuzzer's. An empty corpus begins with the examples of every declaration.
"""

from __future__ import annotations

import io
import random
import sys
import tempfile
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["forensics.sources", "forensics.evidence"]):
    from forensics.evidence import reading
    from forensics.evidence.archives import Archive
    from forensics.evidence.inputs import Input
    from forensics.evidence.writing import EventWriter
    from forensics.sources.declaration import shipped
    from forensics.sources.formats import Batch, Hints, all_formats
    from forensics.sources.mapping import Mapping, compile_mapping
    from forensics.sources.normalise import given
    from forensics.sources.routing import routed

    all_formats()

import pyarrow.parquet as pq
from hostile import LAYOUTS, PACKS, check_kept, edited, examples, pieces

from forensics.errors import ForensicsError
from forensics.sources.compression import COMPRESSIONS
from forensics.sources.expansion import Allowance, Limits

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))
WRITER = EventWriter()
LIMITS = Limits(size=64 * 1024 * 1024)
_MOST = 4 * 1024 * 1024
# Mapping is a hundred times slower than what goes before it, and done by code that tells no
# coverage: one input in so many is mapped, by its content, so that a crash can be repeated.
_RARELY = 50


@cache
def mapping(source: str, within: tuple[str, ...]) -> Mapping:
    return compile_mapping(shipped()[source], within)


def check_mapped(found: Mapping, batch: Batch) -> None:
    """Every record becomes events or a reject, whatever is in it."""
    table = given([0] * len(batch.numbers), batch)
    written = WRITER.write(found, table, FOLDER / "written")
    assert all(one.reason for _, one in written.rejects)
    numbers = {one.record_no for _, one in written.rejects}
    for path in written.paths:
        numbers |= set(pq.read_table(path, columns=["record_no"])["record_no"].to_pylist())
        path.unlink()
    assert numbers == set(batch.numbers), "records were lost in mapping"


def read(path: Path, one: Input) -> None:
    allowance = Allowance(LIMITS, path.stat().st_size, one.within)
    with reading.open_input(path, "input", None, allowance) as opened:
        if opened.archive:
            archive = Archive(one, path, opened, FOLDER)
            for member in archive.members():
                if member.path is not None:
                    read(member.path, member)
            opened.finish()
            assert archive.status and archive.note(0)
            return
        identity = reading.identify_opened(path, opened, shipped())
        assert not identity.why.startswith("it cannot be sampled"), identity.why
        text = opened.text.read(_MOST)
        if identity.container is None or len(text) == _MOST:
            return
        check(identity, text)


def check(identity: reading.Identity, text: bytes) -> None:
    """All of a text is in the records of its format, and each of these in one of the sources."""
    container, recognition = identity.container, identity.recognition
    assert container is not None and recognition is not None
    source = shipped()[recognition.source] if recognition.source else None
    batches = list(container.split(io.BytesIO(text), Hints(source.embedded if source else None)))
    found = pieces(batches)
    if container.name != "parquet":
        check_kept(container.name, text, found)
    for batch in batches if source else ():
        parts = list(routed(batch, recognition, shipped()))
        assert sorted(n for _, part in parts for n in part.numbers) == sorted(batch.numbers)
        assert [one for _, part in parts for one in part.rejects] == batch.rejects
        for kind, part in parts if zlib.crc32(text) % _RARELY == 0 else ():
            if part.numbers:
                check_mapped(mapping(*kind), part)


def test_one(data: bytes) -> None:
    path = FOLDER / "input"
    path.write_bytes(data)
    with suppress(ForensicsError):
        read(path, Input(path, "input", asked_for=True))


def _mutated(data: bytes, most: int, seed: int) -> bytes:
    """Some of the time an edit of ours, and inside of what is compressed."""
    chance = random.Random(seed)
    for name, (sign, make) in COMPRESSIONS.items():
        if data.startswith(sign) and chance.random() < 0.7:
            try:
                inner = make().decompress(data, _MOST)
            except Exception:
                break
            return PACKS[name](_mutated(inner, most, seed + 1))[:most]
    if chance.random() < 0.5:
        return atheris.Mutate(data, most)
    for _ in range(chance.randint(1, 3)):
        data = edited(data, *(chance.randrange(1 << 30) for _ in range(3)))
    return data[:most]


def plant(corpus: Path) -> None:
    """Fill an empty corpus with the examples of every source, in other layouts and packings too."""
    if corpus.is_file():
        return
    corpus.mkdir(parents=True, exist_ok=True)
    if any(corpus.iterdir()):
        return
    layouts, packs = list(LAYOUTS.items()), list(PACKS)
    for number, source in enumerate(sorted(shipped())):
        records = examples(source)
        for layout, lay in (layouts[0], layouts[number % len(layouts)]):
            pack = PACKS[packs[number % len(packs)] if layout != "lines" else "plain"]
            data = pack(lay(records[:3]))
            (corpus / f"{source}-{zlib.crc32(data):08x}").write_bytes(data)


def main() -> None:
    folders = [one for one in sys.argv[1:] if not one.startswith("-")]
    if folders:
        plant(Path(folders[0]))
    atheris.Setup(sys.argv, test_one, custom_mutator=_mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
