"""Verifying a case: every stored byte against the catalog, the catalog against custody."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from forensics.errors import EvidenceAlteredError
from forensics.evidence import custody, scan_log
from forensics.evidence.case import MARK, CasePaths, sha256_of
from forensics.evidence.catalog import BESIDE, Catalog, Row
from forensics.evidence.declarations import place

_SEGMENT = re.compile(
    r"(?:events|names|duplicates|rejects|addresses|user_agents|enrichment)-(\d{6})-\d{5}\.parquet"
)
# What custody sealed at each ingest, by relation: the position of the key in a sealed row.
_SEALED: dict[str, tuple[str, Callable[[Catalog], Sequence[Row]]]] = {
    "ingests": ("ingest", Catalog.ingests),
    "files": ("file", Catalog.files),
    "segments": ("segment", Catalog.segments),
    "context": ("context file", Catalog.context),
    "declarations": ("declaration", Catalog.declarations),
    "replaced": ("replacement", Catalog.replaced),
}


@dataclass(frozen=True)
class Verification:
    """What was checked, and a sentence for each thing that does not match.

    `leftovers` are files of an interrupted ingest: no part of the case, removed by the next one.
    """

    files: int
    segments: int
    context: int
    entries: int
    head: str
    faults: tuple[str, ...]
    leftovers: tuple[str, ...] = ()


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _segment_faults(paths: CasePaths, catalog: Catalog) -> list[str]:
    faults = []
    present = _names(paths.segments)
    for row in catalog.segments():
        path = paths.segments / Path(row.name).name
        if row.name not in present:
            faults.append(f"segment {row.name} is missing")
        elif sha256_of(path) != row.sha256:
            faults.append(f"segment {row.name} was changed: its SHA-256 is not the one recorded")
        else:
            faults += _rows_fault(row.name, row.rows, path)
    return faults


def _rows_fault(name: str, rows: int, path: Path) -> list[str]:
    try:
        held = pq.read_metadata(str(path)).num_rows
    except (OSError, pa.ArrowException) as error:
        return [f"segment {name} cannot be read: {error}"]
    return [] if held == rows else [f"segment {name} holds {held} rows, not {rows}"]


def _context_faults(paths: CasePaths, catalog: Catalog) -> list[str]:
    faults = []
    present = _names(paths.context)
    for row in catalog.context():
        if row.sha256 not in present:
            faults.append(f"context file {row.name} is missing")
        elif sha256_of(paths.context / row.sha256) != row.sha256:
            faults.append(f"context file {row.name} was changed")
    return faults


def _declaration_faults(paths: CasePaths, catalog: Catalog) -> list[str]:
    faults = []
    for digest, name in sorted({(row.sha256, row.source) for row in catalog.declarations()}):
        path = place(paths, digest)
        if not path.is_file():
            faults.append(f"declaration {name} ({digest[:12]}) is missing")
        elif sha256_of(path) != digest:
            faults.append(f"declaration {name} ({digest[:12]}) was changed")
    return faults


def _strangers(paths: CasePaths, catalog: Catalog) -> tuple[list[str], list[str]]:
    """Files that the catalog does not know: faults, and leftovers of an interrupted ingest."""
    last = max((row.ingest_id for row in catalog.ingests()), default=0)
    faults: list[str] = []
    leftovers: list[str] = []
    for name in sorted(_names(paths.segments) - {row.name for row in catalog.segments()}):
        told = f"segment {name} is not in the catalog"
        found = _SEGMENT.fullmatch(name)
        begun = found is not None and int(found[1]) > last
        sealed = custody.tells_of(catalog.connection, name)
        (leftovers if begun and not sealed else faults).append(told)
    for name in sorted(_names(paths.context) - {row.sha256 for row in catalog.context()}):
        told = f"context file {name} is not in the catalog"
        begun = name.endswith(".new") or sha256_of(paths.context / name) == name
        sealed = custody.tells_of(catalog.connection, name)
        (leftovers if begun and not sealed else faults).append(told)
    known = {place(paths, row.sha256).name for row in catalog.declarations()}
    for name in sorted(_names(paths.declarations) - known):
        told = f"declaration {name} is not in the catalog"
        digest = sha256_of(paths.declarations / name)
        begun = name.endswith(".new") or place(paths, digest).name == name
        sealed = custody.tells_of(catalog.connection, digest)
        (leftovers if begun and not sealed else faults).append(told)
    return faults, leftovers


def _marker_faults(paths: CasePaths) -> list[str]:
    same = paths.marker.is_file() and paths.marker.read_bytes() == MARK
    return [] if same else ["the marker case.json was changed"]


def _custody_faults(catalog: Catalog, chain: list[custody.Entry]) -> list[str]:
    """Where the catalog says other than what custody recorded at each ingest."""
    faults = custody.broken_links(chain)
    sealed: dict[str, dict[str, list[Any]]] = {name: {} for name in _SEALED}
    for entry in chain:
        try:
            details = json.loads(entry.details)
            for name, rows in sealed.items():
                rows |= {_key(name, row): row for row in details.get(name, [])}
        except (ValueError, TypeError, AttributeError, IndexError):
            faults.append(f"custody entry {entry.no} cannot be read")
    for name, (word, read) in _SEALED.items():
        held = {_key(name, row): list(row) for row in map(astuple, read(catalog))}
        for key in sorted(set(held) | set(sealed[name])):
            if held.get(key) != sealed[name].get(key):
                faults.append(f"{word} {key} in the catalog is not as custody recorded it")
    return faults


def _key(relation: str, row: Sequence[Any]) -> str:
    """What names a sealed row: its first column, or two of them."""
    if relation == "context":
        return f"{row[1]} {row[2]}"
    return f"{row[0]} {row[1]}" if relation in {"declarations", "replaced"} else str(row[0])


def _conservation_faults(catalog: Catalog) -> list[str]:
    files = catalog.files()
    faults = [
        f"file {row.path}: {row.read} read is not {row.stored} stored + {row.duplicate} duplicate"
        f" + {row.rejected} rejected"
        for row in files
        if row.read != row.stored + row.duplicate + row.rejected
    ]
    # The records of repeated bytes lie with the file that they were first read from.
    own = [row for row in files if not row.repeats]
    for kind, counted in (
        ("events", sum(row.events for row in files)),
        ("duplicates", sum(row.duplicate for row in own)),
        ("rejects", sum(row.rejected for row in own)),
    ):
        held = sum(row.rows for row in catalog.segments(kind))
        if held != counted:
            faults.append(f"segments hold {held} {kind}, files account for {counted}")
    return faults


def _database_faults(connection: sqlite3.Connection) -> list[str]:
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    return [f"the catalog is damaged: {one}" for one in found if one != "ok"]


def require(paths: CasePaths) -> None:
    """Raise `EvidenceAlteredError` when the evidence is not what custody recorded."""
    faults = verify(paths).faults
    if faults:
        more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
        raise EvidenceAlteredError(
            f"The evidence is not what custody recorded: {faults[0]}{more}.",
            place=str(paths.root),
            remedy="Nothing was answered. forensics verify --case DIR names every change.",
        )


def verify(paths: CasePaths) -> Verification:
    """Check everything a case holds; reads all of it.

    Raises `EvidenceAlteredError` when the catalog cannot be read at all.
    """
    catalog = Catalog(paths.catalog)
    try:
        with catalog.snapshot():
            chain = custody.entries(catalog.connection)
            strange, leftovers = _strangers(paths, catalog)
            faults = [
                *_marker_faults(paths),
                *_database_faults(catalog.connection),
                *_custody_faults(catalog, chain),
                *_segment_faults(paths, catalog),
                *_context_faults(paths, catalog),
                *_declaration_faults(paths, catalog),
                *strange,
                *_conservation_faults(catalog),
                *scan_log.faults(catalog.connection),
            ]
            return Verification(
                files=sum(row.status != BESIDE for row in catalog.files()),
                segments=len(catalog.segments()),
                context=len(catalog.context()),
                entries=len(chain),
                head=chain[-1].hash if chain else custody.GENESIS,
                faults=tuple(faults),
                leftovers=tuple(leftovers),
            )
    except (sqlite3.DatabaseError, UnicodeDecodeError, TypeError) as error:
        raise EvidenceAlteredError(
            f"The catalog cannot be read: {error}", place=str(paths.catalog)
        ) from error
    finally:
        catalog.close()
