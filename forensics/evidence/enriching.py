"""Enriching a case: what is known of its addresses and clients, kept beside the events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pyarrow as pa

from forensics.engine.duckdb import DuckDBEngine
from forensics.enrichment.lookups import Lookups
from forensics.errors import CaseError
from forensics.evidence import custody
from forensics.evidence.case import CasePaths, seal, sync_directory, write_durably, writing
from forensics.evidence.catalog import Catalog, ContextRow, IngestRow, Row, SegmentRow
from forensics.evidence.ingest import remove_orphans
from forensics.evidence.store import Store
from forensics.evidence.writing import copy

RANGES = "ranges"
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


@dataclass
class Enrichment:
    """What an enrichment found, counted over distinct addresses and distinct user agents.

    `networks`, `labels` and `kinds` are counts by word; a text that is no address is counted as
    `none`, a client of no known family too. `no_longer` names databases and lists of the
    enrichment before that this one was not given. `changed` is false when the case held it all.
    """

    addresses: int = 0
    countries: int = 0
    systems: int = 0
    networks: dict[str, int] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    user_agents: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    no_longer: list[str] = field(default_factory=list)
    changed: bool = False

    def count(self, kind: str, row: dict[str, Any]) -> None:
        """Count one row of a relation."""
        if kind == "addresses":
            self.addresses += 1
            self.countries += row.get("country") is not None
            self.systems += row.get("asn") is not None
            _tally(self.networks, row.get("network"))
            for label in row.get("labels", ()):
                _tally(self.labels, label)
        elif kind == "user_agents":
            self.user_agents += 1
            _tally(self.kinds, row["kind"])


def _tally(words: dict[str, int], word: str | None) -> None:
    words[word or "none"] = words.get(word or "none", 0) + 1


def waiting(paths: CasePaths) -> int:
    """How many addresses of an enriched case came after its enrichment; 0 when it has none."""
    catalog = Catalog(paths.catalog)
    try:
        enriched = bool(catalog.segments("addresses"))
    finally:
        catalog.close()
    if not enriched:
        return 0
    store = Store(paths)
    try:
        [row] = store.engine.rows(
            "SELECT count(DISTINCT src_ip) AS n FROM recorded_events ANTI JOIN addresses"
            " USING (src_ip) WHERE src_ip IS NOT NULL"
        )
        return int(row["n"])
    finally:
        store.close()


def enrich(paths: CasePaths, lookups: Lookups, *, tool: str) -> Enrichment:
    """Look up every address and client of a case, in place of the enrichment before.

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
            return _Run(paths, catalog, lookups, tool).run()
        finally:
            catalog.close()


class _Run:
    def __init__(self, paths: CasePaths, catalog: Catalog, lookups: Lookups, tool: str) -> None:
        self._paths = paths
        self._catalog = catalog
        self._lookups = lookups
        self._ingest, _ = catalog.next_ids()
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        self._row = IngestRow(self._ingest, now, tool)
        self.report = Enrichment(inputs=lookups.inputs)

    def run(self) -> Enrichment:
        self._paths.staging.mkdir(mode=0o700)
        store = Store(self._paths)
        # One thread, so that the same rows are the same bytes.
        engine = DuckDBEngine(threads=1)
        try:
            segments = [
                self._write(
                    engine, "addresses", self._lookups.addresses(_texts(store, _ADDRESSES))
                ),
                self._write(
                    engine, "user_agents", self._lookups.user_agents(_texts(store, _CLIENTS))
                ),
                self._write(engine, "enrichment", self.report.inputs),
            ]
            held = {one.sha256 for kind in _SCHEMAS if (one := store.in_force(kind))}
            self._tell_dropped(store)
        finally:
            engine.close()
            store.close()
        self.report.changed = {one.sha256 for one in segments} != held
        if self.report.changed:
            self._commit(segments)
        return self.report

    def _write(self, engine: DuckDBEngine, kind: str, rows: Iterable[dict[str, Any]]) -> SegmentRow:
        schema, query = _SCHEMAS[kind]
        found = pa.concat_tables([schema.empty_table(), *self._tables(kind, rows)])
        engine.register("found", found)
        path = self._paths.staging / f"{kind}-{self._ingest:06d}-00001.parquet"
        copy(engine, query, path)
        engine.unregister("found")
        sha256, size = seal(path)
        return SegmentRow(
            path.name, self._ingest, kind, None, sha256, size, found.num_rows, None, None
        )

    def _tables(self, kind: str, rows: Iterable[dict[str, Any]]) -> Iterator[pa.Table]:
        waiting_rows = iter(rows)
        while some := list(islice(waiting_rows, _AT_ONCE)):
            for row in some:
                self.report.count(kind, row)
            yield pa.Table.from_pylist(some, schema=_SCHEMAS[kind][0])

    def _tell_dropped(self, store: Store) -> None:
        """What the enrichment before was made of and this one is not, but for newer builds."""
        if not store.in_force("enrichment"):
            return
        given = {(one["input"], one["type"] or one["name"]) for one in self.report.inputs}
        self.report.no_longer = [
            one["name"]
            for one in store.engine.rows("SELECT input, name, type FROM enrichment ORDER BY ALL")
            if (one["input"], one["type"] or one["name"]) not in given
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
