"""Whether the records of a file that has changed since, or is gone, stand among those read now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from forensics.engine.duckdb import DuckDBEngine
from forensics.evidence.case import CasePaths
from forensics.evidence.catalog import FileRow, SegmentRow
from forensics.evidence.paths import path_list

# Of one record the first event alone; rejects lie together, whatever their source.
_HELD = {
    "events": (
        "file_id, encode(raw) AS bytes, true AS fits FROM read_parquet({}) WHERE event_no = 0"
    ),
    "duplicates": "file_id, encode(raw), true FROM read_parquet({})",
    "rejects": "file_id, bytes, false FROM read_parquet({})",
}
_LISTED = (("file_id", "BIGINT"),)


@dataclass(frozen=True)
class Covered:
    """What became of the records of a file that was not given as it was.

    `missing` are not among those read now. Of the `fitting`, which were no rejects, `shared` are;
    `rejected` are no more among those that fit now.
    """

    missing: int
    fitting: int
    shared: int
    rejected: int


def records(events: Sequence[Path], rejects: Sequence[Path]) -> str:
    """The query of records just written: `file_id`, `bytes`, and whether each `fits`.

    What does not is a reject, which an event without a time becomes.
    """
    parts = ["SELECT 0::BIGINT AS file_id, NULL::BLOB AS bytes, NULL::BOOLEAN AS fits LIMIT 0"]
    if events:
        parts.append(
            "SELECT file_id, encode(raw), time IS NOT NULL"
            f" FROM read_parquet({path_list(events)}) WHERE event_no = 0"
        )
    if rejects:
        parts.append(f"SELECT {_HELD['rejects'].format(path_list(rejects))}")
    return " UNION ALL ".join(f"({one})" for one in parts)


def judged(
    paths: CasePaths,
    engine: DuckDBEngine,
    segments: Sequence[SegmentRow],
    files: Sequence[FileRow],
    now: str,
) -> dict[int, Covered]:
    """By file id; `now` is the query of what is read now, see `records`.

    Equal records of one file are as many acts, and those of two files may be the same: of each
    record one file that is read now has to hold as many as the file before.
    """
    engine.register_rows("covering", _LISTED, [{"file_id": one.file_id} for one in files])
    held = []
    for kind, query in _HELD.items():
        found = [paths.segments / one.name for one in segments if one.kind == kind]
        if found:
            held.append(f"SELECT {query.format(path_list(found))}")
    if not held:
        return {}
    counted = "file_id, md5(bytes) AS hash, count(*) AS n, count(*) FILTER (WHERE fits) AS fitting"
    rows = engine.rows(
        f"""WITH before AS (SELECT {counted} FROM ({" UNION ALL ".join(held)})
              SEMI JOIN covering USING (file_id) GROUP BY ALL),
            each AS (SELECT {counted} FROM ({now}) GROUP BY ALL),
            now AS (SELECT hash, max(n) AS n, max(fitting) AS fitting FROM each GROUP BY hash)
          SELECT file_id, sum(greatest(b.n - coalesce(now.n, 0), 0)) AS missing,
            sum(b.fitting) AS fitting, sum(least(b.fitting, coalesce(now.n, 0))) AS shared,
            sum(greatest(b.fitting - coalesce(now.fitting, 0), 0)) AS rejected
          FROM before AS b LEFT JOIN now USING (hash) GROUP BY file_id ORDER BY file_id"""
    )
    return {
        row["file_id"]: Covered(*(int(row[one.name]) for one in fields(Covered))) for row in rows
    }
