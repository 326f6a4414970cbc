"""Whatever bytes are read: nothing is lost, nothing raises, and twice the same gives the same."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hostile import LAYOUTS, PACKS, check_kept, edited, examples, pieces, replaced
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.evidence import case, ingest
from forensics.evidence.archives import Archive
from forensics.evidence.inputs import Input
from forensics.evidence.reading import identify_opened, open_input
from forensics.evidence.store import Store
from forensics.evidence.verify import verify
from forensics.sources.declaration import shipped
from forensics.sources.formats import Hints, all_formats

SOURCES = sorted(shipped())
TEXTS = [one for one in all_formats() if one.name != "parquet"]
NUMBER = st.integers(0, 1 << 20)
EDIT = st.tuples(NUMBER, NUMBER, NUMBER)
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@st.composite
def records(draw: st.DrawFn, sources: st.SearchStrategy[str]) -> list[bytes]:
    """A few records of a source, some of them with values that they should not have."""
    known = examples(draw(sources))
    found = [known[draw(NUMBER) % len(known)] for _ in range(draw(st.integers(1, 4)))]
    changes = draw(st.lists(st.tuples(NUMBER, NUMBER, NUMBER), max_size=3))
    for which, where, what in changes:
        place = which % len(found)
        found[place] = replaced(found[place], where, what)
    return found


@st.composite
def files(draw: st.DrawFn, sources: st.SearchStrategy[str]) -> bytes:
    """A file of such records, in some layout and packing, damaged before and after it is packed."""
    data = LAYOUTS[draw(st.sampled_from(sorted(LAYOUTS)))](draw(records(sources)))
    for edit in draw(st.lists(EDIT, max_size=3)):
        data = edited(data, *edit)
    pack = draw(st.sampled_from(["plain", "plain", *sorted(PACKS)]))
    packed = PACKS[pack](data)
    broken = draw(st.lists(EDIT, max_size=1)) if pack != "plain" else []
    for edit in broken:
        packed = edited(packed, *edit)
    return packed


def texts(path: Path, folder: Path) -> Iterator[tuple[str, bytes, Any]]:
    """The texts that a file holds, those of members of archives too, and what each is."""
    yield from _texts(Input(path, "file", asked_for=True), folder)


def _texts(one: Input, folder: Path) -> Iterator[tuple[str, bytes, Any]]:
    assert one.path is not None
    with open_input(one.path, one.label, None) as opened:
        if opened.archive:
            for member in Archive(one, one.path, opened, folder).members():
                if member.path is not None:
                    yield from _texts(member, folder)
            return
        identity = identify_opened(one.path, opened, shipped())
        assert not identity.why.startswith("it cannot be sampled"), identity.why
        yield one.label, opened.text.read(), identity


@settings(max_examples=150, **QUIET)
@given(data=files(st.sampled_from(SOURCES)))
def test_every_byte_of_a_text_is_in_a_record_or_a_reject(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "file"
        path.write_bytes(data)
        for _, text, identity in texts(path, folder):
            found = identity.container
            if found is None or found.name == "parquet":
                continue
            source = identity.recognition.source
            declared = shipped()[source].embedded if source else None
            check_kept(found.name, text, pieces(found.split(io.BytesIO(text), Hints(declared))))


@pytest.mark.parametrize("container", TEXTS, ids=lambda one: one.name)
def test_a_format_loses_nothing_of_a_text_that_is_none_of_its_own(container: Any) -> None:
    @settings(max_examples=40, **QUIET)
    @given(data=files(st.sampled_from(SOURCES)))
    def check(data: bytes) -> None:
        text = data.decode("utf-8", "backslashreplace").encode()
        check_kept(container.name, text, pieces(container.split(io.BytesIO(text))))

    check()


class Bench:
    """A case in a folder, read anew each time."""

    def __init__(self, folder: Path) -> None:
        self.paths = case.create(folder / "case")

    def held(self) -> tuple[str, list[str], Counter[bytes]]:
        """The digest, the ids of events, and every record held with its bytes."""
        store = Store(self.paths)
        try:
            first = store.engine.rows("SELECT raw FROM events WHERE event_no = 0")
            again = store.engine.rows("SELECT raw FROM duplicates")
            broken = store.engine.rows("SELECT bytes FROM rejects")
            bytes_held = Counter(one["raw"].encode() for one in (*first, *again))
            bytes_held += Counter(bytes(one["bytes"]) for one in broken)
            ids = store.engine.rows("SELECT event_uid, event_no FROM events ORDER BY ALL")
            return store.digest(), [f"{one['event_uid']}" for one in ids], bytes_held
        finally:
            store.close()


@cache
def few(names: tuple[str, ...]) -> dict[str, Any]:
    """A catalog of these sources: each that a case holds costs its query being made."""
    return {name: shipped()[name] for name in names}


@settings(max_examples=6, **QUIET)
@given(data=st.data())
def test_an_ingest_accounts_for_every_record_of_many_broken_files(data: st.DataObject) -> None:
    names = tuple(sorted(data.draw(st.sets(st.sampled_from(SOURCES), min_size=2, max_size=4))))
    given_files = data.draw(st.lists(files(st.sampled_from(names)), min_size=12, max_size=25))
    found = []
    for _ in range(2):
        with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
            patch.setattr("os.fsync", lambda _: None)
            folder = Path(name)
            logs = folder / "logs"
            logs.mkdir()
            for number, one in enumerate(given_files):
                (logs / f"{number:03}.log").write_bytes(one)
            bench = Bench(folder)
            report = ingest.ingest(bench.paths, [str(logs)], few(names), tool="test 1")
            assert verify(bench.paths).faults == ()
            check_ledger(report, given_files)
            found.append(bench.held())
            lost = told_by_readers(report, few(names)) - found[-1][2]
            assert not lost, lost
    assert found[0] == found[1]


def check_ledger(report: Any, given_files: list[bytes]) -> None:
    """Every file is told of, with counts that add up and a reason where nothing was read."""
    hashes = {hashlib.sha256(one).hexdigest() for one in given_files}
    assert hashes <= {row.sha256 for row in report.files}
    for row in report.files:
        assert row.read == row.stored + row.duplicate + row.rejected
        assert row.note or row.status in {"stored", "archive", "repeated"}, row
        if row.status == "stored":
            assert row.read > 0


def told_by_readers(report: Any, catalog: Any) -> Counter[bytes]:
    """What the readers give for each plain file of a report, the same bytes once."""
    wanted: Counter[bytes] = Counter()
    for row in {one.sha256: one for one in report.files if Path(one.path).is_file()}.values():
        if row.source is None:
            continue
        with open_input(Path(row.path), "file", None) as opened:
            identity = identify_opened(Path(row.path), opened, catalog)
            assert identity.log is not None
            hints = Hints(catalog[row.source].embedded, opened.written)
            wanted += Counter(pieces(identity.log[0].split(opened.text, hints)))
    return wanted
