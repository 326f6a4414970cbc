"""What an ingest has written, seen as a whole: events without a time, and records stored before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from forensics import event
from forensics.engine import Row
from forensics.engine.duckdb import DuckDBEngine
from forensics.evidence.paths import path_list, path_literal

# Records that are compared in one go: what bounds the memory of an ingest of any size.
_AT_ONCE = 1_000_000
# What two records of one id have to agree on: who did what to whom, when, with what outcome.
# Equal bytes agree, even where an older declaration read them otherwise.
_SAID = ("time", "actor", "actor_id", "operation", "outcome", "target", "target_id", "case_id")
_CONTENT = f"hash({', '.join(_SAID)})"
HALF_A_YEAR = timedelta(days=182)
# A stamp of syslog as most programs write it, without a year.
_YEARLESS = r"regexp_matches(raw, '^(<[0-9]{1,3}>)?[A-Z][a-z]{2} +[0-9]{1,2} [0-9]{2}:')"
_WRITTEN = "events_written"
_GONE = "records_gone"
_REPEATED = "records_repeated"
_RENAMED = "records_renamed"
_TABLES = (
    """CREATE OR REPLACE TEMP TABLE records_gone
       (filename VARCHAR, file_id BIGINT, record_no BIGINT, differs BOOLEAN)""",
    """CREATE OR REPLACE TEMP TABLE records_repeated
       (filename VARCHAR, file_id BIGINT, record_no BIGINT, differs BOOLEAN)""",
    """CREATE OR REPLACE TEMP TABLE records_renamed
       (filename VARCHAR, file_id BIGINT, record_no BIGINT, occurrence BIGINT)""",
)
# An id made of the bytes, as for sources that give none.
_OWN_UID = "md5(concat_ws(chr(31), source, 'raw', raw, nullif(event_no, 0)))"
# That of an equal record further down in the same file.
_NEXT_UID = "md5(concat_ws(chr(31), event_uid, 'again', occurrence))"
_EVENT_COLUMNS = ", ".join(column.name for column in event.COLUMNS)


class Settling:
    """The events of one source that one ingest wrote into `paths`, in the order of its inputs.

    A record is a duplicate when its first event's `event_uid` was stored before, earlier in this
    ingest or in one of `earlier`, segments of the same source that overlap in time, and it says
    the same. One that says something else conflicts: it stays an event, with an id of its own.
    Where a source `repeats`, equal records of one file are as many acts: the n-th one of a file is
    a duplicate of the n-th one of another only.
    """

    def __init__(
        self, engine: DuckDBEngine, paths: Sequence[Path], *, repeats: bool = False
    ) -> None:
        self._engine = engine
        self._paths = paths
        self._repeats = repeats
        files = f"read_parquet({path_list(paths)}, filename = true)"
        engine.define(_WRITTEN, f"SELECT * FROM {files}")
        for table in _TABLES:
            engine.execute(table)
        [self._extent] = engine.rows(
            f"SELECT count(*) AS n, min(time) AS lo, max(time) AS hi FROM {_WRITTEN}"
        )

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """First and last time, if there is any."""
        lo, hi = self._extent["lo"], self._extent["hi"]
        return None if lo is None else (lo, hi)

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
            if self._note_twins(within, earlier):
                self._judge(within, earlier)
        if self._engine.rows(f"SELECT 1 AS one FROM {_REPEATED} WHERE differs LIMIT 1"):
            self._find_conflicts(earlier)
        self._engine.execute("INSERT INTO records_gone FROM records_repeated")

    def _find_conflicts(self, earlier: Sequence[Path]) -> None:
        """Keep records that differ from the stored one of their id, each wording once."""
        files = f"read_parquet({path_list(self._touched(_REPEATED))}, filename = true)"
        known = "SELECT NULL AS event_uid WHERE false"
        if earlier:
            known = f"SELECT event_uid FROM read_parquet({path_list(earlier)}) WHERE event_no = 0"
        self._engine.execute(
            f"""INSERT INTO {_RENAMED} WITH worded AS (
                SELECT filename, file_id, record_no, {_OWN_UID} AS own_uid FROM {files}
                SEMI JOIN (FROM {_REPEATED} WHERE differs) USING (file_id, record_no)
                WHERE event_no = 0),
              first AS (FROM worded QUALIFY row_number() OVER
                (PARTITION BY own_uid ORDER BY file_id, record_no) = 1)
              SELECT filename, file_id, record_no, NULL FROM first
              WHERE own_uid NOT IN ({known})"""
        )
        self._engine.execute(
            f"DELETE FROM {_REPEATED} WHERE (file_id, record_no) IN"
            f" (SELECT file_id, record_no FROM {_RENAMED})"
        )

    def _note_twins(self, within: str, earlier: Sequence[Path]) -> bool:
        """Note the hashes of ids that stand there twice: by far the most often there is none."""
        again = f"""SELECT hash(event_uid) AS h FROM {_WRITTEN} WHERE {within}
            GROUP BY h HAVING count(*) > 1"""
        if earlier:
            again += f""" UNION SELECT hash(event_uid) FROM read_parquet({path_list(earlier)})
                WHERE {within} AND hash(event_uid) IN
                (SELECT hash(event_uid) FROM {_WRITTEN} WHERE {within})"""
        self._engine.keep("twins", again)
        return bool(self._engine.rows("SELECT 1 AS one FROM twins LIMIT 1"))

    def _judge(self, within: str, earlier: Sequence[Path]) -> None:
        """Note which of the records that share an id were stored before, or are further acts."""
        chosen = f"{within} AND hash(event_uid) IN (SELECT h FROM twins)"
        occurrence = "row_number() OVER (PARTITION BY file_id, event_uid ORDER BY record_no)"
        self._engine.keep(
            "alike",
            f"""SELECT * EXCLUDE (event_uid),
                CASE WHEN occurrence = 1 THEN event_uid ELSE {_NEXT_UID} END AS uid
              FROM (SELECT filename, file_id, record_no, event_uid, {_CONTENT} AS content,
                  hash(raw) AS wording,
                  {occurrence if self._repeats else "1"} AS occurrence
                FROM {_WRITTEN} ANTI JOIN {_GONE} USING (file_id, record_no) WHERE {chosen})""",
        )
        nothing = "NULL::UBIGINT AS content, NULL::UBIGINT AS wording WHERE false"
        held = f"SELECT NULL::VARCHAR AS uid, {nothing}"
        if earlier:
            held = f"""SELECT event_uid AS uid, min({_CONTENT}) AS content,
                  min(hash(raw)) AS wording
                FROM read_parquet({path_list(earlier)})
                WHERE event_no = 0 AND event_uid IN (SELECT uid FROM alike) GROUP BY uid"""
        self._engine.execute(
            f"""INSERT INTO {_REPEATED} WITH held AS ({held}),
              numbered AS (SELECT *, row_number() OVER same AS n,
                first_value(content) OVER same AS first_content,
                first_value(wording) OVER same AS first_wording FROM alike
                WINDOW same AS (PARTITION BY uid ORDER BY file_id, record_no))
              SELECT filename, file_id, record_no,
                n.content <> coalesce(h.content, first_content)
                AND n.wording <> coalesce(h.wording, first_wording) AS differs
              FROM numbered AS n LEFT JOIN held AS h USING (uid)
              WHERE n.n > 1 OR h.uid IS NOT NULL"""
        )
        self._engine.execute(
            f"""INSERT INTO {_RENAMED} SELECT filename, file_id, record_no, occurrence FROM alike
              ANTI JOIN {_REPEATED} USING (file_id, record_no) WHERE occurrence > 1"""
        )

    def redated(self, files: Sequence[int], earlier: Sequence[Path]) -> list[Row]:
        """By file, `n` lines that name no year and stand, word for word, under another one too.

        Those of `files` are looked at: in `earlier` segments, and in the files before. `year` is
        that of the first of them, `other` the one it has elsewhere.
        """
        listed = ", ".join(map(str, sorted(files)))
        lines = "file_id, record_no, time, md5(raw) AS line"
        mine = f"{_WRITTEN} WHERE event_no = 0 AND file_id IN ({listed}) AND {_YEARLESS}"
        held = "SELECT * FROM mine"
        if earlier:
            held += f""" UNION ALL SELECT -1, -1, time, md5(raw)
                FROM read_parquet({path_list(earlier)}) WHERE event_no = 0 AND {_YEARLESS}"""
        return self._engine.rows(
            f"""WITH mine AS (SELECT {lines} FROM {mine}), held AS ({held})
              SELECT m.file_id, count(DISTINCT m.record_no) AS n,
                min_by(year(m.time), m.record_no) AS year,
                min_by(year(h.time), m.record_no) AS other
              FROM mine AS m JOIN held AS h ON m.line = h.line AND h.file_id < m.file_id
                AND abs(epoch(m.time - h.time)) > {HALF_A_YEAR.total_seconds()}
              GROUP BY m.file_id ORDER BY m.file_id"""
        )

    def _touched(self, *relations: str) -> list[Path]:
        """The written files that have records in one of the relations, in their order."""
        names = {
            row["filename"]
            for one in relations
            for row in self._engine.rows(" ".join(("SELECT DISTINCT filename FROM", one)))
        }
        return [path for path in self._paths if str(path) in names]

    def repeated(self) -> Iterator[str]:
        """For each file with duplicates, the query of what is kept of them."""
        for path in self._touched(_REPEATED):
            yield f"""SELECT event_uid, file_id, record_no, raw, time
                FROM read_parquet({path_literal(path)})
                SEMI JOIN {_REPEATED} USING (file_id, record_no) WHERE event_no = 0"""

    def repeated_counts(self) -> dict[int, int]:
        """Duplicates by file."""
        return self._counted(_REPEATED)

    def conflict_counts(self) -> dict[int, int]:
        """Records by file that repeat an id and say something else than the stored record."""
        return self._counted(f"{_RENAMED} WHERE occurrence IS NULL")

    def _counted(self, relation: str) -> dict[int, int]:
        rows = self._engine.rows(
            f"SELECT file_id, count(*) AS n FROM {relation} GROUP BY file_id ORDER BY file_id"
        )
        return {row["file_id"]: row["n"] for row in rows}

    def thinned(self) -> Iterator[tuple[Path, str]]:
        """The files that changed, each with the query of what it keeps."""
        for path in self._touched(_GONE, _RENAMED):
            yield (
                path,
                f"""SELECT {_EVENT_COLUMNS}, place FROM (
                  SELECT w.* REPLACE (CASE WHEN r.file_id IS NULL THEN w.event_uid
                    WHEN occurrence IS NULL THEN {_OWN_UID} ELSE {_NEXT_UID} END AS event_uid)
                  FROM read_parquet({path_literal(path)}) AS w
                  ANTI JOIN {_GONE} AS g USING (file_id, record_no)
                  LEFT JOIN {_RENAMED} AS r USING (file_id, record_no))""",
            )

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
