"""Verifying a case: every stored byte against the catalog, the catalog against custody."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from forensics.evidence import custody
from forensics.evidence.case import CasePaths
from forensics.evidence.catalog import Catalog
from forensics.evidence.segments import sha256_of


@dataclass(frozen=True)
class Verification:
    """What was checked, and a sentence for each thing that does not match."""

    files: int
    segments: int
    context: int
    entries: int
    head: str
    faults: tuple[str, ...]


def _segment_faults(paths: CasePaths, catalog: Catalog) -> list[str]:
    faults = []
    known = {row.name: row for row in catalog.segments()}
    present = {path.name for path in paths.segments.iterdir()} if paths.segments.is_dir() else set()
    faults += [f"segment {name} is not in the catalog" for name in sorted(present - set(known))]
    for name, row in sorted(known.items()):
        path = paths.segments / name
        if name not in present:
            faults.append(f"segment {name} is missing")
        elif sha256_of(path) != row.sha256:
            faults.append(f"segment {name} was changed: its SHA-256 is not the one recorded")
        else:
            faults += _rows_fault(name, row.rows, str(path))
    return faults


def _rows_fault(name: str, rows: int, path: str) -> list[str]:
    try:
        held = pq.read_metadata(path).num_rows
    except (OSError, pa.ArrowException) as error:
        return [f"segment {name} cannot be read: {error}"]
    return [] if held == rows else [f"segment {name} holds {held} rows, not {rows}"]


def _context_faults(paths: CasePaths, catalog: Catalog) -> list[str]:
    faults = []
    known = {row.sha256: row for row in catalog.context()}
    present = {path.name for path in paths.context.iterdir()} if paths.context.is_dir() else set()
    faults += [f"context file {name} is not in the catalog" for name in sorted(present - set(known))]
    for digest, row in sorted(known.items()):
        if digest not in present:
            faults.append(f"context file {row.name} is missing")
        elif sha256_of(paths.context / digest) != digest:
            faults.append(f"context file {row.name} was changed")
    return faults


def _custody_faults(catalog: Catalog, chain: list[custody.Entry]) -> list[str]:
    """Where the catalog says other than what custody recorded at each ingest."""
    faults = custody.broken_links(chain)
    files: dict[int, list[object]] = {}
    segments: dict[str, list[object]] = {}
    context: set[tuple[str, str]] = set()
    for entry in chain:
        try:
            details = json.loads(entry.details)
        except ValueError:
            faults.append(f"custody entry {entry.no} cannot be read")
            continue
        files |= {one[0]: one for one in details.get("files", [])}
        segments |= {one[0]: one for one in details.get("segments", [])}
        context |= {(one[1], one[2]) for one in details.get("context", [])}
    held = {
        row.file_id: [
            row.file_id, row.path, row.sha256, row.size, row.source, row.status,
            row.read, row.stored, row.duplicate, row.rejected,
        ]
        for row in catalog.files()
    }  # fmt: skip
    for number in sorted(set(files) | set(held)):
        if files.get(number) != held.get(number):
            faults.append(f"file {number} in the catalog is not as custody recorded it")
    stored = {row.name: [row.name, row.sha256, row.rows] for row in catalog.segments()}
    for name in sorted(set(segments) | set(stored)):
        if segments.get(name) != stored.get(name):
            faults.append(f"segment {name} in the catalog is not as custody recorded it")
    if context != {(row.kind, row.sha256) for row in catalog.context()}:
        faults.append("the context files in the catalog are not those custody recorded")
    return faults


def _conservation_faults(catalog: Catalog) -> list[str]:
    faults = [
        f"file {row.path}: {row.read} read is not {row.stored} stored + {row.duplicate} duplicate"
        f" + {row.rejected} rejected"
        for row in catalog.files()
        if row.read != row.stored + row.duplicate + row.rejected
    ]
    events = sum(row.rows for row in catalog.segments("events"))
    counted = sum(row.events for row in catalog.files())
    if events != counted:
        faults.append(f"segments hold {events} events, files account for {counted}")
    return faults


def verify(paths: CasePaths) -> Verification:
    """Check everything a case holds; reads all of it."""
    catalog = Catalog(paths.catalog)
    try:
        chain = custody.entries(catalog.connection)
        faults = [
            *_custody_faults(catalog, chain),
            *_segment_faults(paths, catalog),
            *_context_faults(paths, catalog),
            *_conservation_faults(catalog),
        ]
        return Verification(
            files=len(catalog.files()),
            segments=len(catalog.segments()),
            context=len(catalog.context()),
            entries=len(chain),
            head=chain[-1].hash if chain else custody.GENESIS,
            faults=tuple(faults),
        )
    finally:
        catalog.close()
