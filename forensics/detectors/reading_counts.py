"""What is counted of all events of a case at once, for the ledger of reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from forensics.engine import Engine, Row
from forensics.evidence.catalog import FileRow
from forensics.findings.ledger import Counted, Lateness
from forensics.sources.declaration import EVENT_KEYS

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
COLUMNS = tuple(sorted(EVENT_KEYS - _ALWAYS))
_FILLED = " ".join(
    (
        "SELECT file_id, source,",
        ", ".join(f"count({name}) > 0 AS {name}" for name in COLUMNS),
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
class Counts:
    """What is counted of all events at once, by file and by source."""

    bases: Sequence[Row]
    reasons: Sequence[Row]
    unknown: Sequence[Row]
    filled: Sequence[Row]

    @classmethod
    def of(cls, engine: Engine) -> Self:
        """Count the events and rejects of a case."""
        return cls(
            bases=engine.rows(_BASIS),
            reasons=engine.rows(_REASONS),
            unknown=engine.rows(_UNKNOWN),
            filled=engine.rows(_FILLED),
        )


def grouped(rows: Sequence[Row], key: str) -> dict[object, tuple[Counted, ...]]:
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


NEVER = Lateness(threshold=LATE_S, logged=None, longest=None, arrived=None)


def lateness(engine: Engine, files: Sequence[FileRow]) -> dict[str, Lateness]:
    """How late the records of each source came, by source."""
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


def filled_columns(rows: Sequence[Row], key: str) -> dict[object, set[str]]:
    """The columns that some event of a file, or of a source, has a value in."""
    found: dict[object, set[str]] = {}
    for row in rows:
        found.setdefault(row[key], set()).update(name for name in COLUMNS if row[name])
    return found
