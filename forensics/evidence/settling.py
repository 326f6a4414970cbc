"""What an ingest has written, seen as a whole: events without a time, and records stored before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from forensics.engine import Row
from forensics.engine.duckdb import DuckDBEngine
from forensics.evidence.paths import path_list, path_literal

# Records that are compared in one go: what bounds the memory of an ingest of any size.
_AT_ONCE = 1_000_000
# What two records of one id have to agree on: who did what to whom, when, with what outcome.
_SAID = ("time", "actor", "actor_id", "operation", "outcome", "target", "target_id", "case_id")
_CONTENT = f"hash({', '.join(_SAID)})"
_WRITTEN = "events_written"
_GONE = "records_gone"
_REPEATED = "records_repeated"


class Settling:
    """The events of one source that one ingest wrote into `paths`, in the order of its inputs.

    A record is a duplicate when its first event's `event_uid` was stored before: earlier in this
    ingest, or in one of `earlier`, segments of the same source that overlap in time.
    """

    def __init__(self, engine: DuckDBEngine, paths: Sequence[Path]) -> None:
        self._engine = engine
        self._paths = paths
        files = f"read_parquet({path_list(paths)}, filename = true)"
        engine.define(_WRITTEN, f"SELECT * FROM {files}")
        for name in (_GONE, _REPEATED):
            engine.execute(
                f"CREATE OR REPLACE TEMP TABLE {name} (filename VARCHAR, file_id BIGINT,"
                " record_no BIGINT, differs BOOLEAN)"
            )
        [self._extent] = engine.rows(
            f"SELECT count(*) AS n, min(time) AS lo, max(time) AS hi FROM {_WRITTEN}"
        )

    @property
    def span(self) -> tuple[Row, bool]:
        """First and last time as `lo` and `hi`, and whether there is any."""
        return self._extent, self._extent["lo"] is not None

    def timeless(self) -> Iterator[Row]:
        """Records with an event that has no time: `file_id`, `record_no`, `raw`. They are gone."""
        self._engine.execute(
            f"INSERT INTO {_GONE} SELECT DISTINCT filename, file_id, record_no, NULL"
            f" FROM {_WRITTEN} WHERE time IS NULL"
        )
        for path in self._touched(_GONE):
            yield from self._engine.rows(
                "SELECT DISTINCT file_id, record_no, raw FROM"
                f" read_parquet({path_literal(path)}) WHERE time IS NULL ORDER BY ALL"
            )

    def find_repeated(self, earlier: Sequence[Path]) -> None:
        """Find the records that were stored before; they are gone too."""
        parts = max(1, -(-int(self._extent["n"]) // _AT_ONCE))
        for part in range(parts):
            within = f"event_no = 0 AND hash(event_uid) % {parts} = {part}"
            if self._suspect(within, earlier):
                self._judge(within, earlier)
        self._engine.execute(f"INSERT INTO {_GONE} SELECT * FROM {_REPEATED}")

    def _suspect(self, within: str, earlier: Sequence[Path]) -> bool:
        """Note the hashes of ids that stand there twice: by far the most often there is none."""
        again = f"""SELECT hash(event_uid) AS h FROM {_WRITTEN} WHERE {within}
            GROUP BY h HAVING count(*) > 1"""
        if earlier:
            again += f""" UNION SELECT hash(event_uid) FROM read_parquet({path_list(earlier)})
                WHERE {within} AND hash(event_uid) IN
                (SELECT hash(event_uid) FROM {_WRITTEN} WHERE {within})"""
        self._engine.keep("suspects", again)
        return bool(self._engine.rows("SELECT 1 AS one FROM suspects LIMIT 1"))

    def _judge(self, within: str, earlier: Sequence[Path]) -> None:
        chosen = f"WHERE {within} AND hash(event_uid) IN (SELECT h FROM suspects)"
        held = "SELECT NULL::VARCHAR AS event_uid, NULL::UBIGINT AS content WHERE false"
        if earlier:
            held = f"""SELECT event_uid, min({_CONTENT}) AS content
                FROM read_parquet({path_list(earlier)}) {chosen} GROUP BY event_uid"""
        self._engine.execute(
            f"""INSERT INTO {_REPEATED} WITH held AS ({held}),
              numbered AS (SELECT filename, file_id, record_no, event_uid, {_CONTENT} AS content,
                row_number() OVER same AS n, first_value({_CONTENT}) OVER same AS first_content
                FROM {_WRITTEN} ANTI JOIN {_GONE} USING (file_id, record_no) {chosen}
                WINDOW same AS (PARTITION BY event_uid ORDER BY file_id, record_no))
              SELECT filename, file_id, record_no,
                n.content <> coalesce(h.content, first_content) AS differs
              FROM numbered AS n LEFT JOIN held AS h USING (event_uid)
              WHERE n.n > 1 OR h.event_uid IS NOT NULL"""
        )

    def _touched(self, relation: str) -> list[Path]:
        """The written files that have records in a relation, in their order."""
        rows = self._engine.rows(" ".join(("SELECT DISTINCT filename FROM", relation)))
        names = {row["filename"] for row in rows}
        return [path for path in self._paths if str(path) in names]

    def repeated(self) -> Iterator[str]:
        """For each file with duplicates, the query of what is kept of them."""
        for path in self._touched(_REPEATED):
            yield f"""SELECT event_uid, file_id, record_no, raw, time
                FROM read_parquet({path_literal(path)})
                SEMI JOIN {_REPEATED} USING (file_id, record_no) WHERE event_no = 0"""

    def repeated_counts(self) -> list[Row]:
        """Duplicates a file, and how many of them `differ` from the stored record."""
        return self._engine.rows(
            f"""SELECT file_id, count(*) AS n, count(*) FILTER (WHERE differs) AS differ
            FROM {_REPEATED} GROUP BY file_id ORDER BY file_id"""
        )

    def thinned(self) -> Iterator[tuple[Path, str]]:
        """The files that have lost records, each with the query of what it keeps."""
        for path in self._touched(_GONE):
            kept = f"SELECT * FROM read_parquet({path_literal(path)})"
            yield path, f"{kept} ANTI JOIN {_GONE} USING (file_id, record_no)"

    def counts(self, now: str) -> list[Row]:
        """Events, records and times a written file and input, what was lost left out.

        `future` counts the records whose time lies after `now`, an ISO instant.
        """
        return self._engine.rows(
            f"""SELECT filename, file_id, count(*) AS events,
              count(*) FILTER (WHERE event_no = 0) AS records, min(time) AS lo, max(time) AS hi,
              count(*) FILTER (WHERE event_no = 0 AND time > CAST($now AS TIMESTAMPTZ)) AS future
              FROM {_WRITTEN} GROUP BY ALL ORDER BY filename, file_id""",
            {"now": now},
        )
