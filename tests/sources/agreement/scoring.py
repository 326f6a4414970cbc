"""Scores the catalog against another normaliser's documents, record by record.

    python tests/sources/agreement/scoring.py [STREAM ...] [--show N]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import peer
from comparing import FIELDS, Field, Stated, operation_theirs, plain
from ours import Reader, Reading, load_catalog
from peer import CaseFile, Record

from forensics.engine import Row

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Difference:
    """Both sides state a field and do not say the same; or one of our events is missing."""

    field: str
    place: str
    record: Record
    row: Row | None
    ours: Stated = frozenset()  # type: ignore[assignment]
    theirs: Stated = frozenset()  # type: ignore[assignment]


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
    """How a stream was read: by which source each file, and how every field compares."""

    stream: str
    wanted: tuple[str, ...]
    sources: dict[str, str | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    records: int = 0
    dropped: int = 0
    unread: int = 0
    timeless: int = 0
    tallies: dict[str, Tally] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def strangers(self) -> dict[str, str | None]:
        """Files that were not recognised as what they are."""
        return {name: one for name, one in self.sources.items() if one not in self.wanted}


def wanted_sources() -> dict[str, tuple[str, ...]]:
    """The sources that each stream is of, by stream; streams outside the catalog are absent."""
    told = tomllib.loads((HERE / "streams.toml").read_text("utf-8"))["streams"]
    return {stream: tuple(sources) for stream, sources in told.items()}


def paired(records: Sequence[Record], rows: Sequence[Row]) -> list[list[Row]]:
    """The events of each record: its own, or those of a record it was joined into.

    Events name the text they come from; that it lies in a record, or the record in it, pairs them.
    """
    found: list[list[Row]] = [[] for _ in records]
    texts = [record.raw.strip() for record in records]
    start = 0
    for number in sorted({row["record_no"] for row in rows}):
        events = [row for row in rows if row["record_no"] == number]
        raw = str(events[0]["raw"]).strip()
        place = next((n for n in range(start, len(texts)) if raw in texts[n]), None)
        if place is not None:
            found[place] += events
            start = place if raw != texts[place] else place + 1
            continue
        parts = {line.strip() for line in raw.split("\n")}
        for n, text in enumerate(texts):
            if text in parts or text in raw:
                found[n] += events
    return found


def paired_by_place(records: Sequence[Record], rows: Sequence[Row]) -> list[list[Row]]:
    """The events of each record by its position, for files whose text differs from the record."""
    found: list[list[Row]] = [[] for _ in records]
    for row in rows:
        if row["record_no"] < len(found):
            found[row["record_no"]].append(row)
    return found


def chosen(record: Record, events: Sequence[Row]) -> Row | None:
    """Of the events of a record, the one that the peer's document is about."""
    theirs = operation_theirs(record)
    named = [row for row in events if plain(row["operation"]) in theirs]
    return next(iter([*named, *events]), None)


class Scorer:
    """Scores streams by one catalog."""

    def __init__(self) -> None:
        catalog, self.faults = load_catalog()
        self._reader = Reader(catalog)
        self._wanted = wanted_sources()

    def score(self, stream: str, *, whole: bool = False) -> Score:
        """Compare a stream; with `whole`, files that wrap records are given as they stand."""
        score = Score(stream, self._wanted.get(stream, ()))
        score.tallies = {one.name: Tally() for one in FIELDS}
        for case in peer.files(stream):
            reading = self._read(case, whole)
            score.sources[case.path.name] = reading.source
            if reading.fault or reading.source is None:
                score.notes.append(f"{case.path.name}: {reading.fault or reading.why}")
            pair = paired if case.standing or not whole else paired_by_place
            for number, events in enumerate(pair(case.records, reading.rows)):
                _add(score, case, number, events)
        return score

    def _read(self, case: CaseFile, whole: bool) -> Reading:
        if case.standing or whole:
            return self._reader.read(case.path)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{case.path.stem}.jsonl"
            path.write_text("\n".join(one.raw for one in case.records) + "\n", encoding="utf-8")
            return self._reader.read(path)

    def close(self) -> None:
        """Release the engine."""
        self._reader.close()


def _add(score: Score, case: CaseFile, number: int, events: Sequence[Row]) -> None:
    record = case.records[number]
    place = f"{case.path.name}:{number}"
    score.records += 1
    if record.document is None:
        score.dropped += 1
        return
    row = chosen(record, events)
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


def told(score: Score, show: int) -> str:
    """A score as text: a table, what is wrong, and the first differences of each field."""
    sources = sorted({str(one) for one in score.sources.values()})
    lines = [
        f"\n{score.stream}: {score.records} records, {score.dropped} dropped by the peer,"
        f" {score.unread} not read by us, {score.timeless} without a time;"
        f" read as {', '.join(sources)}; wanted {', '.join(score.wanted) or 'no source'}"
    ]
    lines += [f"  ! {note}" for note in score.notes[:10]]
    wrong = [f"{name} as {one}" for name, one in score.strangers.items() if score.wanted and one]
    lines += [f"  ! wrong source: {', '.join(wrong[:10])}"] if wrong else []
    lines += [f"  {'field':16}{'both':>6}{'agree':>7}{'share':>8}{'ours':>6}{'theirs':>8}"]
    for one in FIELDS:
        tally = score.tallies[one.name]
        share = "–" if tally.share is None else f"{100 * tally.share:.1f}%"
        low = one.threshold is not None and tally.share is not None and tally.share < one.threshold
        lines.append(
            f"  {one.name:16}{tally.both:6}{tally.agree:7}{share:>8}{tally.only_ours:6}"
            f"{tally.only_theirs:8}{'  <-- low' if low else ''}"
        )
    for name in ("record", *(one.name for one in FIELDS)):
        found = [one for one in score.differences if one.field == name]
        for one in found[:show]:
            operation = one.row["operation"] if one.row else None
            lines.append(
                f"  {name} {one.place} [{operation}]"
                f" ours {sorted(one.ours)} theirs {sorted(one.theirs)}"
            )
        if show and len(found) > show:
            lines.append(f"  {name}: {len(found) - show} more")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the scores of the named streams, else of all that a source is wanted for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("streams", nargs="*")
    parser.add_argument("--show", type=int, default=5, help="differences shown of each field")
    parser.add_argument("--all", action="store_true", help="also streams outside the catalog")
    parser.add_argument("--whole", action="store_true", help="give wrapping files as they stand")
    given = parser.parse_args(arguments)
    known = peer.streams()
    scorer = Scorer()
    for fault in scorer.faults:
        print(f"! left out: {fault}", file=sys.stderr)
    default = known if given.all else [one for one in known if one in wanted_sources()]
    for stream in given.streams or default:
        if stream not in known:
            print(f"! no stream {stream!r}; known: {', '.join(known)}", file=sys.stderr)
            return 2
        print(told(scorer.score(stream, whole=given.whole), given.show))
    scorer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
