"""The ledger of reading of a case, counted from its files, events and rejects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from forensics.detectors.facts import custody_head
from forensics.engine import Engine, Row
from forensics.evidence.catalog import FileRow
from forensics.evidence.known import is_unread
from forensics.evidence.store import Store
from forensics.findings.ledger import Counted, FileReading, Lateness, Ledger, SourceReading
from forensics.sources.declaration import EVENT_KEYS, Declaration
from forensics.timeline import gaps

SCHEMA = 1
LATE_S = 900.0
"""A record is logged late when it was written this many seconds after the act: 15 minutes."""

# Columns that every mapping fills, so that their emptiness says nothing about the source.
_ALWAYS = frozenset({"native_id", "time", "actor_type", "outcome", "targets"})
_BASIS = """
SELECT file_id, source, coalesce(time_basis, 'unknown') AS name, count(*) AS n
FROM events GROUP BY ALL ORDER BY n DESC, name
"""
# The place in a record differs from record to record; the reason is what precedes it.
_REASONS = """
SELECT file_id, regexp_replace(reason, '( at character \\d+|: .*)$', '') AS name, count(*) AS n
FROM rejects GROUP BY ALL ORDER BY n DESC, name
"""
_UNKNOWN = """
SELECT file_id, source, coalesce(operation, '(none)') AS name, count(*) AS n
FROM events WHERE action = 'other' GROUP BY ALL ORDER BY n DESC, name
"""
_COLUMNS = tuple(sorted(EVENT_KEYS - _ALWAYS))
_FILLED = " ".join(
    (
        "SELECT file_id, source,",
        ", ".join(f"count({name}) > 0 AS {name}" for name in _COLUMNS),
        "FROM recorded_events GROUP BY ALL",
    )
)
_LOGGED = """
SELECT source, count(logged_time) AS stamped,
  count(*) FILTER (WHERE logged_time - time > to_seconds($late)) AS late,
  max(epoch(logged_time - time)) FILTER (WHERE logged_time > time) AS longest
FROM events GROUP BY source
"""
_ARRIVED = """
WITH ingested AS (
  SELECT e.source, f.ingest_id, e.time FROM events AS e JOIN ingest_files AS f USING (file_id)
),
reach AS (
  SELECT source, ingest_id, max(time) AS reached FROM ingested GROUP BY ALL
),
before AS (
  SELECT source, ingest_id, max(reached) OVER (PARTITION BY source ORDER BY ingest_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
  FROM reach
)
SELECT i.source, count(*) FILTER (WHERE i.time < b.reached) AS arrived
FROM ingested AS i JOIN before AS b USING (source, ingest_id)
WHERE b.reached IS NOT NULL GROUP BY i.source
"""


@dataclass(frozen=True)
class _Counts:
    """What is counted of all events at once, by file and by source."""

    bases: Sequence[Row]
    reasons: Sequence[Row]
    unknown: Sequence[Row]
    filled: Sequence[Row]


def ledger(store: Store, declarations: Mapping[str, Declaration], *, tool_version: str) -> Ledger:
    """What every file and source of a case gave, lost and never showed."""
    files, engine = tuple(store.files), store.engine
    counts = _Counts(
        bases=engine.rows(_BASIS),
        reasons=engine.rows(_REASONS),
        unknown=engine.rows(_UNKNOWN),
        filled=engine.rows(_FILLED),
    )
    return Ledger(
        schema=SCHEMA,
        tool_version=tool_version,
        sources=_sources(engine, files, counts, declarations),
        files=_files(files, counts, declarations),
        context=tuple(f"{one.kind}: {one.name}" for one in store.context()),
        not_read=tuple(f"{one.path}: {one.note or one.status}" for one in files if is_unread(one)),
        custody=custody_head(store),
    )


def _grouped(rows: Sequence[Row], key: str) -> dict[object, tuple[Counted, ...]]:
    """Counts of words by one column of theirs, the most frequent first."""
    sums: dict[object, dict[str, int]] = {}
    for row in rows:
        words = sums.setdefault(row[key], {})
        words[row["name"]] = words.get(row["name"], 0) + row["n"]
    return {
        group: tuple(
            Counted(name=name, n=n)
            for name, n in sorted(words.items(), key=lambda one: (-one[1], one[0]))
        )
        for group, words in sums.items()
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _files(
    files: Sequence[FileRow], counts: _Counts, declarations: Mapping[str, Declaration]
) -> tuple[FileReading, ...]:
    bases, reasons = _grouped(counts.bases, "file_id"), _grouped(counts.reasons, "file_id")
    unknown, filled = _grouped(counts.unknown, "file_id"), _filled(counts.filled, "file_id")
    return tuple(
        FileReading(
            path=one.path,
            sha256=one.sha256,
            size=one.size,
            status=one.status,
            source=one.source,
            confidence=one.confidence,
            format=one.format,
            compression=one.compression,
            encoding=one.encoding,
            read=one.read,
            stored=one.stored,
            duplicate=one.duplicate,
            rejected=one.rejected,
            events=one.events,
            first_time=_moment(one.first_time),
            last_time=_moment(one.last_time),
            time_basis=bases.get(one.file_id, ()),
            reject_reasons=reasons.get(one.file_id, ()),
            unknown_operations=unknown.get(one.file_id, ()),
            unseen=_unseen(declarations.get(one.source or ""), filled.get(one.file_id)),
            note=one.note,
        )
        for one in files
    )


def _sources(
    engine: Engine,
    files: Sequence[FileRow],
    counts: _Counts,
    declarations: Mapping[str, Declaration],
) -> tuple[SourceReading, ...]:
    bases, unknown = _grouped(counts.bases, "source"), _grouped(counts.unknown, "source")
    filled, late = _filled(counts.filled, "source"), _lateness(engine, files)
    silences: dict[str, list[str]] = {}
    for one in gaps.gaps(engine):
        silences.setdefault(one.source, []).append(one.sentence)
    found = []
    # A file that holds records of several sources counts for the one that most of them are of.
    for name in sorted({one.source for one in files if one.source} | set(map(str, bases))):
        mine = [one for one in files if one.source == name]
        declared = declarations.get(name)
        times = [time for one in mine for time in (one.first_time, one.last_time) if time]
        found.append(
            SourceReading(
                source=name,
                title=declared.title if declared else None,
                files=len(mine),
                read=sum(one.read for one in mine),
                stored=sum(one.stored for one in mine),
                duplicate=sum(one.duplicate for one in mine),
                rejected=sum(one.rejected for one in mine),
                events=sum(one.n for one in bases.get(name, ())),
                first_time=_moment(min(times, default=None)),
                last_time=_moment(max(times, default=None)),
                time_basis=bases.get(name, ()),
                unknown_operations=unknown.get(name, ()),
                unseen=_unseen(declared, filled.get(name)),
                late=late.get(name, _NEVER),
                gaps=tuple(silences.get(name, ())),
                omits=declared.omits if declared else (),
            )
        )
    return tuple(found)


_NEVER = Lateness(threshold=LATE_S, logged=None, longest=None, arrived=None)


def _lateness(engine: Engine, files: Sequence[FileRow]) -> dict[str, Lateness]:
    rows = [{"file_id": one.file_id, "ingest_id": one.ingest_id} for one in files]
    engine.register_rows("ingest_files", (("file_id", "BIGINT"), ("ingest_id", "BIGINT")), rows)
    arrived = {row["source"]: row["arrived"] for row in engine.rows(_ARRIVED)}
    return {
        row["source"]: Lateness(
            threshold=LATE_S,
            logged=row["late"] if row["stamped"] else None,
            longest=row["longest"],
            arrived=arrived.get(row["source"]),
        )
        for row in engine.rows(_LOGGED, {"late": LATE_S})
    }


def _filled(rows: Sequence[Row], key: str) -> dict[object, set[str]]:
    """The columns that some event of a file, or of a source, has a value in."""
    found: dict[object, set[str]] = {}
    for row in rows:
        found.setdefault(row[key], set()).update(name for name in _COLUMNS if row[name])
    return found


def _unseen(declared: Declaration | None, filled: set[str] | None) -> tuple[str, ...]:
    """Columns that the declaration fills and no event did; none where there was no event."""
    if declared is None or filled is None:
        return ()
    return tuple(name for name in _COLUMNS if name in declared.event and name not in filled)
