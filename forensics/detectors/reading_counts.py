"""What is counted of all events of a case at once, for the ledger of reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

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
_SPANS = """
SELECT source, count(*) AS events, min(time) AS first, max(time) AS last
FROM events GROUP BY source
"""
# A duplicate is of the source of the event whose id it repeats.
_SHARES = """
WITH named AS (
  SELECT DISTINCT event_uid, source FROM recorded_events SEMI JOIN duplicates USING (event_uid)
)
SELECT file_id, source, count(*) AS stored, 0 AS duplicate
FROM recorded_events WHERE event_no = 0 GROUP BY ALL
UNION ALL
SELECT d.file_id, n.source, 0, count(*) FROM duplicates AS d JOIN named AS n USING (event_uid)
GROUP BY ALL
"""
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
    spans: dict[str, Row]

    @classmethod
    def of(cls, engine: Engine) -> Self:
        """Count the events and rejects of a case."""
        return cls(
            bases=engine.rows(_BASIS),
            reasons=engine.rows(_REASONS),
            unknown=engine.rows(_UNKNOWN),
            filled=engine.rows(_FILLED),
            spans={row["source"]: row for row in engine.rows(_SPANS)},
        )


class Share(NamedTuple):
    """What of a file's records is of one source."""

    stored: int = 0
    duplicate: int = 0
    rejected: int = 0

    @property
    def read(self) -> int:
        """All of them."""
        return sum(self)


Shares = dict[str, Share]


def shares(engine: Engine, files: Sequence[FileRow]) -> dict[int, Shares]:
    """By file, its records by the source they are of; they add up to the file's own counts.

    What no event tells apart, rejected records among it, is of the source of the file.
    """
    told: dict[int, Shares] = {}
    for row in engine.rows(_SHARES):
        mine = told.setdefault(row["file_id"], {})
        before = mine.get(row["source"], Share())
        mine[row["source"]] = Share(
            before.stored + row["stored"], before.duplicate + row["duplicate"]
        )
    found: dict[int, Shares] = {}
    by_content: dict[str, Shares] = {}
    for one in files:
        if one.source is None:
            continue
        others = told.get(one.file_id, {})
        if one.repeats:
            others = {
                name: Share(duplicate=share.stored + share.duplicate)
                for name, share in by_content.get(one.sha256, {}).items()
            }
        found[one.file_id] = _whole(one, one.source, others)
        by_content.setdefault(one.sha256, found[one.file_id])
    return found


def _whole(one: FileRow, main: str, told: Shares) -> Shares:
    """The shares of other sources, and what they leave of a file's counts for its main one."""
    others = {name: share for name, share in told.items() if name != main}
    rest = Share(
        one.stored - sum(share.stored for share in others.values()),
        one.duplicate - sum(share.duplicate for share in others.values()),
        one.rejected,
    )
    if min(rest) < 0:
        return {main: Share(one.stored, one.duplicate, one.rejected)}
    return {main: rest} | others


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


def filled_columns(rows: Sequence[Row]) -> dict[tuple[int, str], set[str]]:
    """The columns that some event has a value in, by file and source."""
    return {
        (row["file_id"], row["source"]): {name for name in COLUMNS if row[name]} for row in rows
    }
