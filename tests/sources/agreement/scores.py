"""Every record of a stream against the peer's document of it, counted field by field."""

from __future__ import annotations

import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import peer
from comparing import FIELDS, Field, Stated, operation_theirs, plain
from ours import Reader, Reading, load_catalog
from peer import CaseFile, Record

from forensics.engine import Row

_STREAMS = Path(__file__).parent / "streams.toml"
# What two records of one id have to agree on; otherwise a case keeps only the first of them.
_SAID = ("time", "actor", "operation", "outcome", "target")


@dataclass(frozen=True)
class Difference:
    """Both sides state a field and do not say the same; or, of field `record`, no event of ours."""

    field: str
    place: str
    record: Record
    row: Row | None
    ours: Stated = frozenset()
    theirs: Stated = frozenset()


@dataclass
class Tally:
    """Of one field: how often both sides state it and agree, and how often only one does."""

    both: int = 0
    agree: int = 0
    only_ours: int = 0
    only_theirs: int = 0

    @property
    def share(self) -> float | None:
        """Share of agreement where both state it; None where they never do."""
        return self.agree / self.both if self.both else None


@dataclass
class Score:
    """How a stream was read: by which source each file, and how every field compares.

    `dropped` counts records of which the peer keeps nothing, `unread` those of which we have no
    event, `timeless` events without a time, `clashes` those whose id another record has too.
    """

    stream: str
    wanted: tuple[str, ...]
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    records: int = 0
    dropped: int = 0
    unread: int = 0
    timeless: int = 0
    clashes: int = 0
    tallies: dict[str, Tally] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def strangers(self) -> list[tuple[str, str]]:
        """Files, with what they were taken for, that are something else."""
        known = [(name, one) for name, found in self.sources.items() for one in found]
        return [(name, one) for name, one in known if one not in self.wanted]


def wanted_sources() -> dict[str, tuple[str, ...]]:
    """The sources that each stream is of, by stream; streams outside the catalog are absent."""
    told = tomllib.loads(_STREAMS.read_text("utf-8"))["streams"]
    return {stream: tuple(sources) for stream, sources in told.items()}


def _paired(records: Sequence[Record], rows: Sequence[Row]) -> list[list[Row]]:
    """The events of each record: its own, or those of a record it was joined into.

    Events hold the text they come from; that it lies in a record, or the record in it, pairs them.
    """
    found: list[list[Row]] = [[] for _ in records]
    texts = [record.raw.strip() for record in records]
    start = 0
    for events in _by_record(rows):
        raw = str(events[0]["raw"]).strip()
        place = next((n for n in range(start, len(texts)) if raw in texts[n]), None)
        if place is not None:
            found[place] += events
            start = place if raw != texts[place] else place + 1
            continue
        for n, text in enumerate(texts):
            if text in raw:
                found[n] += events
    return found


def _by_record(rows: Sequence[Row]) -> Iterator[list[Row]]:
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["record_no"], []).append(row)
    yield from (grouped[number] for number in sorted(grouped))


def _paired_by_place(records: Sequence[Record], rows: Sequence[Row]) -> list[list[Row]]:
    """The events of each record by its position, for files whose text differs from the record."""
    found: list[list[Row]] = [[] for _ in records]
    for row in rows:
        if row["record_no"] < len(found):
            found[row["record_no"]].append(row)
    return found


def _chosen(record: Record, events: Sequence[Row]) -> Row | None:
    """Of the events of a record, the one that the peer's document is about."""
    theirs = operation_theirs(record)
    named = [row for row in events if plain(row["operation"]) in theirs]
    return next(iter([*named, *events]), None)


def _written(folder: str, name: str, records: Sequence[Record]) -> Path:
    """A file of records, one after the other."""
    path = Path(folder) / f"{name}.log"
    path.write_text("\n".join(one.raw for one in records) + "\n", encoding="utf-8")
    return path


class Scorer:
    """Scores streams by the shipped catalog; `faults` are declarations that had to be left out."""

    def __init__(self) -> None:
        catalog, self.faults = load_catalog()
        self._reader = Reader(catalog)
        self._wanted = wanted_sources()

    def score(self, stream: str, *, whole: bool = False) -> Score:
        """Compare all records of a stream.

        Records that their file wraps are given as they were exported, one after the other; with
        `whole`, the file is given as it stands.
        """
        score = Score(stream, self._wanted.get(stream, ()))
        score.tallies = {one.name: Tally() for one in FIELDS}
        told: list[Row] = []
        cases = peer.files(stream)
        for case, reading in zip(cases, self._readings(cases, whole), strict=True):
            score.sources[case.path.name] = reading.sources
            if reading.fault or not reading.sources:
                score.notes.append(f"{case.path.name}: {reading.fault or reading.why}")
            pair = _paired if case.standing or not whole else _paired_by_place
            for number, events in enumerate(pair(case.records, reading.rows)):
                _add(score, case, number, events)
                told += events
        score.clashes = _clashes(told)
        return score

    def alone(self, stream: str) -> list[str | None]:
        """The source of each record of a stream when it is a file of its own."""
        records = [record for case in peer.files(stream) for record in case.records]
        with tempfile.TemporaryDirectory() as folder:
            return [self._reader.source(_written(folder, "one", [one])) for one in records]

    def _readings(self, cases: Sequence[CaseFile], whole: bool) -> list[Reading]:
        with tempfile.TemporaryDirectory() as folder:
            return self._reader.read(
                [
                    case.path
                    if case.standing or whole
                    else _written(folder, case.path.stem, case.records)
                    for case in cases
                ]
            )

    def close(self) -> None:
        """Release the engine."""
        self._reader.close()


def _clashes(rows: Sequence[Row]) -> int:
    """Events that share their id with one that says something else."""
    said = {(row["event_uid"], *(str(row[name]) for name in _SAID)) for row in rows}
    held = Counter(uid for uid, *_ in said)
    return sum(held[row["event_uid"]] > 1 for row in rows)


def _add(score: Score, case: CaseFile, number: int, events: Sequence[Row]) -> None:
    record = case.records[number]
    place = f"{case.path.name}:{number}"
    score.records += 1
    if record.document is None:
        score.dropped += 1
        return
    row = _chosen(record, events)
    if row is None:
        score.unread += 1
        score.differences.append(Difference("record", place, record, None))
        return
    score.timeless += row["time"] is None
    for one in FIELDS:
        _compare(score, one, place, record, row)


def _compare(score: Score, one: Field, place: str, record: Record, row: Row) -> None:
    ours, theirs = one.ours(row), one.theirs(record)
    tally = score.tallies[one.name]
    if ours and theirs:
        tally.both += 1
        if one.same(ours, theirs):
            tally.agree += 1
        else:
            score.differences.append(Difference(one.name, place, record, row, ours, theirs))
    else:
        tally.only_ours += bool(ours)
        tally.only_theirs += bool(theirs)
