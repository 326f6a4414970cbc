"""Enriching a case: what is known of its addresses and clients, kept beside the events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from forensics.engine.duckdb import DuckDBEngine
from forensics.enrichment.lookups import Lookups
from forensics.errors import CaseError
from forensics.evidence import custody
from forensics.evidence.case import CasePaths, seal, sync_directory, write_durably, writing
from forensics.evidence.catalog import Catalog, ContextRow, IngestRow, Row, SegmentRow
from forensics.evidence.committing import remove_orphans
from forensics.evidence.paths import path_list
from forensics.evidence.store import Store
from forensics.evidence.writing import copy

RANGES = "ranges"
_DATABASE = "database"
_ADDRESSES = "SELECT DISTINCT src_ip FROM recorded_events WHERE src_ip IS NOT NULL"
_CLIENTS = "SELECT DISTINCT user_agent FROM recorded_events WHERE user_agent IS NOT NULL"
# Rows that are held as Python objects at one time.
_AT_ONCE = 50_000
_TEXT, _TEXTS = pa.string(), pa.list_(pa.string())
_SCHEMAS: dict[str, tuple[pa.Schema, str]] = {
    "addresses": (
        pa.schema(
            {
                "src_ip": _TEXT,
                "ip": _TEXT,
                "network": _TEXT,
                "country": _TEXT,
                "city": _TEXT,
                "asn": _TEXT,
                "as_name": _TEXT,
                "labels": _TEXTS,
                "cidr": _TEXT,
                "note": _TEXT,
                "databases": _TEXTS,
                "database_labels": _TEXTS,
            }
        ),
        "SELECT * FROM found ORDER BY src_ip",
    ),
    "user_agents": (
        pa.schema({"user_agent": _TEXT, "family": _TEXT, "kind": _TEXT}),
        "SELECT * FROM found ORDER BY user_agent",
    ),
    "enrichment": (
        pa.schema(
            {
                "input": _TEXT,
                "name": _TEXT,
                "type": _TEXT,
                "built_at": pa.timestamp("us", tz="UTC"),
                "sha256": _TEXT,
            }
        ),
        "SELECT * FROM found ORDER BY input, name, sha256",
    ),
}


# What databases of before told of an address; no list of them tells that they were not asked.
_KEPT = """
SELECT f.* REPLACE (
  b.country AS country, b.city AS city, b.asn AS asn, b.as_name AS as_name,
  CASE WHEN f.ip IS NOT NULL THEN
    list_sort(list_distinct(list_concat(f.labels, b.database_labels))) END AS labels,
  b.databases AS databases, b.database_labels AS database_labels
)
FROM found AS f LEFT JOIN before AS b ON f.src_ip = b.src_ip ORDER BY f.src_ip
"""
_UNKNOWN = "SELECT * FROM found WHERE false UNION ALL BY NAME"
_WAITING = """
SELECT count(DISTINCT src_ip) AS n FROM recorded_events
ANTI JOIN (SELECT src_ip FROM addresses WHERE ip IS NULL OR databases IS NOT NULL) USING (src_ip)
WHERE src_ip IS NOT NULL
"""
_COUNTS = """
SELECT count(*) AS addresses, count(country) AS countries, count(asn) AS systems,
  count(*) FILTER (WHERE ip IS NOT NULL AND databases IS NULL) AS unasked
FROM written
"""
_WORDS = {
    "networks": "SELECT coalesce(network, 'none') AS word, count(*) AS n FROM written",
    "labels": "SELECT unnest(labels) AS word, count(*) AS n FROM written",
    "kinds": "SELECT coalesce(kind, 'none') AS word, count(*) AS n FROM written",
}


@dataclass
class Enrichment:
    """What an enrichment found, counted over distinct addresses and distinct user agents.

    `networks`, `labels` and `kinds` are counts by word; a text that is no address is counted as
    `none`, a client of no known family too. `kept` names databases and lists of the enrichment
    before that nothing took the place of, `unasked` counts the addresses that came after these
    databases were asked. `no_longer` names those that are no longer looked up in. `changed` is
    false when the case held it all.
    """

    addresses: int = 0
    countries: int = 0
    systems: int = 0
    networks: dict[str, int] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    user_agents: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    unasked: int = 0
    no_longer: list[str] = field(default_factory=list)
    changed: bool = False


def waiting(paths: CasePaths) -> int:
    """How many addresses of an enriched case came after it was; 0 when it was not."""
    catalog = Catalog(paths.catalog)
    try:
        enriched = bool(catalog.segments("addresses"))
    finally:
        catalog.close()
    if not enriched:
        return 0
    store = Store(paths)
    try:
        [row] = store.engine.rows(_WAITING)
        return int(row["n"])
    finally:
        store.close()


def enrich(paths: CasePaths, lookups: Lookups, *, tool: str, replace: bool = False) -> Enrichment:
    """Look up every address and client of a case, and keep what an enrichment before gave.

    Databases take the place of all databases of before, a list of ranges that of the list. With
    none given, what was found in those of before stays, unless `replace` says to forget it.

    The relations `addresses`, `user_agents` and `enrichment` become segments of their own; those
    before them stay in the case, sealed, and are no longer read. The same again changes nothing.
    Raises `InputError` when a database breaks while it is asked; then the case is as it was.
    """
    with writing(paths):
        catalog = Catalog(paths.catalog)
        try:
            if not custody.entries(catalog.connection):
                raise CaseError(
                    "This case holds nothing to enrich.",
                    place=str(paths.root),
                    remedy="Read logs into it first: forensics ingest LOGS --case DIR",
                )
            remove_orphans(paths, catalog)
            return _Run(paths, catalog, lookups, tool, replace=replace).run()
        finally:
            catalog.close()


class _Run:
    def __init__(
        self, paths: CasePaths, catalog: Catalog, lookups: Lookups, tool: str, *, replace: bool
    ) -> None:
        self._paths = paths
        self._catalog = catalog
        self._lookups = lookups
        self._replace = replace
        self._ingest, _ = catalog.next_ids()
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        self._row = IngestRow(self._ingest, now, tool)
        self.report = Enrichment()

    def run(self) -> Enrichment:
        self._paths.staging.mkdir(mode=0o700)
        store = Store(self._paths)
        # One thread, so that the same rows are the same bytes.
        engine = DuckDBEngine(threads=1)
        try:
            before = self._inputs(store)
            addresses = self._lookups.addresses(_texts(store, _ADDRESSES))
            segments = [
                self._write(engine, "addresses", addresses, before),
                self._write(
                    engine, "user_agents", self._lookups.user_agents(_texts(store, _CLIENTS))
                ),
                self._write(engine, "enrichment", self.report.inputs),
            ]
            held = {one.sha256 for kind in _SCHEMAS if (one := store.in_force(kind))}
        finally:
            engine.close()
            store.close()
        self.report.changed = {one.sha256 for one in segments} != held
        if self.report.changed:
            self._commit(segments)
        return self.report

    def _inputs(self, store: Store) -> Path | None:
        """Tell what is looked up in; where databases of before stay, what they found is here."""
        segment = store.in_force("addresses")
        if segment is None:
            self.report.inputs = self._lookups.inputs
            return None
        before = store.engine.rows("SELECT * FROM enrichment ORDER BY ALL")
        stay = [] if self._replace else [one for one in before if self._stays(one)]
        for one in stay:
            if one["input"] == RANGES:
                data = (self._paths.context / one["sha256"]).read_bytes()
                self._lookups.keep_ranges(one, data)
        databases = [one for one in stay if one["input"] == _DATABASE]
        self.report.inputs = [*databases, *self._lookups.inputs]
        self.report.kept = [one["name"] for one in stay]
        self._tell_dropped(before)
        return self._paths.segments / segment.name if databases else None

    def _stays(self, one: dict[str, Any]) -> bool:
        """Whether nothing was given that takes the place of this input."""
        if one["input"] == _DATABASE:
            return not self._lookups.located
        return one["input"] == RANGES and self._lookups.ranges is None

    def _write(
        self,
        engine: DuckDBEngine,
        kind: str,
        rows: Iterable[dict[str, Any]],
        before: Path | None = None,
    ) -> SegmentRow:
        schema, query = _SCHEMAS[kind]
        found = pa.concat_tables([schema.empty_table(), *_tables(schema, rows)])
        engine.register("found", found)
        if before is not None:
            # Columns that it does not have yet are unknown of it.
            held = " ".join(("FROM read_parquet(", path_list([before]), ")"))
            engine.define("before", " ".join((_UNKNOWN, held)))
            query = _KEPT
        path = self._paths.staging / f"{kind}-{self._ingest:06d}-00001.parquet"
        copy(engine, query, path)
        engine.define("written", " ".join(("FROM read_parquet(", path_list([path]), ")")))
        self._count(engine, kind)
        engine.unregister("found")
        sha256, size = seal(path)
        return SegmentRow(
            path.name, self._ingest, kind, None, sha256, size, found.num_rows, None, None
        )

    def _count(self, engine: DuckDBEngine, kind: str) -> None:
        """Count what was written."""
        told = {"addresses": ("networks", "labels"), "user_agents": ("kinds",)}.get(kind, ())
        for words in told:
            rows = engine.rows(" ".join((_WORDS[words], "GROUP BY word ORDER BY n DESC, word")))
            setattr(self.report, words, {row["word"]: row["n"] for row in rows})
        if kind == "addresses":
            for name, n in engine.rows(_COUNTS)[0].items():
                setattr(self.report, name, n)
        elif kind == "user_agents":
            self.report.user_agents = sum(self.report.kinds.values())

    def _tell_dropped(self, before: Iterable[dict[str, Any]]) -> None:
        """What the enrichment before was made of and this one is not, but for newer builds."""
        given = {(one["input"], one["type"] or one["name"]) for one in self.report.inputs}
        self.report.no_longer = [
            one["name"] for one in before if (one["input"], one["type"] or one["name"]) not in given
        ]

    def _commit(self, segments: Sequence[SegmentRow]) -> None:
        """Move segments in place, then make catalog and custody agree in one transaction."""
        for one in segments:
            (self._paths.staging / one.name).replace(self._paths.segments / one.name)
        sync_directory(self._paths.segments)
        added: dict[str, Sequence[Row]] = {
            "ingests": [self._row],
            "segments": segments,
            "context": self._keep_ranges(),
        }
        inputs = [
            [one.isoformat() if isinstance(one, datetime) else one for one in row.values()]
            for row in self.report.inputs
        ]
        with self._catalog.transaction():
            for rows in added.values():
                for row in rows:
                    self._catalog.add(row)
            details: dict[str, Any] = {
                name: [list(vars(row).values()) for row in rows] for name, rows in added.items()
            }
            custody.append(
                self._catalog.connection, "enrich", self._row.tool, details | {"inputs": inputs}
            )

    def _keep_ranges(self) -> list[ContextRow]:
        """Keep the user's list, unless the case has it."""
        data, path = self._lookups.ranges_data, self._lookups.ranges
        if data is None:
            return []
        digest = hashlib.sha256(data).hexdigest()
        if any((one.sha256, one.kind) == (digest, RANGES) for one in self._catalog.context()):
            return []
        write_durably(self._paths.context / digest, data)
        return [ContextRow(str(path), RANGES, digest, self._row.time, self._ingest)]


def _texts(store: Store, query: str) -> list[str]:
    texts: list[str] = store.engine.table(query)[0].to_pylist()
    return texts


def _tables(schema: pa.Schema, rows: Iterable[dict[str, Any]]) -> Iterator[pa.Table]:
    waiting_rows = iter(rows)
    while some := list(islice(waiting_rows, _AT_ONCE)):
        yield pa.Table.from_pylist(some, schema=schema)
