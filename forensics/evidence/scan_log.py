"""Scans as a case records them: what each looked at, the findings it saw, and decisions on these.

A scan and every decision is an entry of the custody log, in one transaction with what it records,
so that a scan that dies leaves the case as it was and nothing that was said can be unsaid.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forensics.errors import CaseError, EvidenceAlteredError
from forensics.evidence import custody
from forensics.evidence.case import CasePaths, writing
from forensics.evidence.catalog import Catalog

SCANNED, DECIDED = "scan", "decide"


@dataclass(frozen=True)
class ScanRow:
    """One recorded scan; `record` is the JSON text of what it looked at, as it was given."""

    scan: int
    time: str
    complete: bool
    record: str
    entry_no: int


@dataclass(frozen=True)
class SightingRow:
    """One finding as one scan saw it; `sha256` names its document."""

    scan: int
    finding: str
    substance: str
    sha256: str


@dataclass(frozen=True)
class Seen:
    """A finding to be recorded: its id, what it rests on, and its document as JSON text."""

    finding: str
    substance: str
    sha256: str
    document: str


@dataclass(frozen=True)
class DecisionRow:
    """What somebody decided of a finding after a scan, as given, with the time of the entry."""

    finding: str
    scan: int
    time: str
    said: Mapping[str, Any]


class ScanLog:
    """The scans of one case; `changed` is called after each entry."""

    def __init__(self, paths: CasePaths, tool: str, changed: Callable[[], None]) -> None:
        self._paths = paths
        self._tool = tool
        self._changed = changed

    def record(
        self, seen: Sequence[Seen], *, complete: bool, record: Mapping[str, Any], after: int
    ) -> int:
        """Record a scan and all that it saw, as the next after scan `after`; returns its number.

        Raises `CaseError` when another scan was recorded meanwhile: what was to be told of anew
        was judged against one that is no longer the latest.
        """
        with writing(self._paths):
            catalog = Catalog(self._paths.catalog)
            try:
                catalog.extend()
                with catalog.transaction():
                    last = _latest(catalog.connection)
                    if last != after:
                        raise CaseError(
                            f"Scan {last} was recorded while this one ran.",
                            place=str(self._paths.root),
                            remedy="Nothing was recorded; scan again.",
                        )
                    self._insert(catalog.connection, last + 1, seen, complete, record)
            finally:
                catalog.close()
        self._changed()
        return after + 1

    def _insert(
        self,
        connection: sqlite3.Connection,
        number: int,
        seen: Sequence[Seen],
        complete: bool,
        record: Mapping[str, Any],
    ) -> None:
        text = json.dumps(dict(record), sort_keys=True, ensure_ascii=False)
        rows = sorted((one.finding, one.substance, one.sha256) for one in seen)
        details = {
            "scan": number,
            "complete": complete,
            "record_sha256": _digest(text),
            "findings": len(rows),
            "findings_sha256": _digest(json.dumps(rows)),
        }
        entry = custody.append(connection, SCANNED, self._tool, details)
        connection.execute(
            "INSERT INTO scans (scan, time, complete, record, entry_no) VALUES (?, ?, ?, ?, ?)",
            (number, entry.time, int(complete), text, entry.no),
        )
        connection.executemany(
            "INSERT INTO sightings (scan, finding, substance, sha256) VALUES (?, ?, ?, ?)",
            [(number, *row) for row in rows],
        )
        connection.executemany(
            "INSERT OR IGNORE INTO findings (sha256, document) VALUES (?, ?)",
            [(one.sha256, one.document) for one in seen],
        )

    def decide(self, finding: str, said: Mapping[str, Any]) -> None:
        """Seal what somebody decided of a finding that a scan has recorded."""
        with writing(self._paths):
            catalog = Catalog(self._paths.catalog)
            try:
                with catalog.transaction():
                    details = {
                        "finding": finding, "scan": _latest(catalog.connection), **said,
                    }  # fmt: skip
                    custody.append(catalog.connection, DECIDED, self._tool, details)
            finally:
                catalog.close()
        self._changed()

    def scans(self) -> list[ScanRow]:
        """All scans, oldest first."""
        rows = self._rows("SELECT scan, time, complete, record, entry_no FROM scans ORDER BY scan")
        return [ScanRow(row[0], row[1], bool(row[2]), row[3], row[4]) for row in rows]

    def sightings(self) -> dict[str, list[SightingRow]]:
        """What scans saw, oldest first, by finding."""
        found: dict[str, list[SightingRow]] = {}
        query = "SELECT scan, finding, substance, sha256 FROM sightings ORDER BY finding, scan"
        for row in self._rows(query):
            found.setdefault(row[1], []).append(SightingRow(*row))
        return found

    def documents(self, digests: Sequence[str]) -> dict[str, str]:
        """The documents of those digests as JSON text."""
        query = (
            "SELECT sha256, document FROM findings"
            " WHERE sha256 IN (SELECT value FROM json_each(:digests))"
        )
        rows = self._rows(query, {"digests": json.dumps(sorted(set(digests)))})
        return {row[0]: row[1] for row in rows}

    def decisions(self) -> dict[str, list[DecisionRow]]:
        """What was decided, oldest first, by finding."""
        catalog = Catalog(self._paths.catalog)
        try:
            entries = custody.entries(catalog.connection, (DECIDED,))
        finally:
            catalog.close()
        found: dict[str, list[DecisionRow]] = {}
        for entry in entries:
            try:
                said = json.loads(entry.details)
                row = DecisionRow(str(said["finding"]), int(said["scan"]), entry.time, said)
            except (ValueError, KeyError, TypeError) as error:
                raise EvidenceAlteredError(
                    f"Custody entry {entry.no} cannot be read.",
                    remedy="forensics verify --case DIR names every change.",
                ) from error
            found.setdefault(row.finding, []).append(row)
        return found

    def _rows(self, query: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        catalog = Catalog(self._paths.catalog)
        try:
            return catalog.connection.execute(query, dict(values or {})).fetchall()
        except sqlite3.DatabaseError as error:
            # A case that no scan was recorded in may be older than these tables.
            if "no such table" in str(error):
                return []
            raise EvidenceAlteredError(f"The catalog cannot be read: {error}") from error
        finally:
            catalog.close()


def _latest(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(scan), 0) FROM scans").fetchone()[0])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def faults(connection: sqlite3.Connection) -> list[str]:
    """Where scans and findings are not as custody recorded them."""
    entries = custody.entries(connection, (SCANNED,))
    try:
        scans = connection.execute(
            "SELECT scan, time, complete, record, entry_no FROM scans"
        ).fetchall()
        seen = connection.execute(
            "SELECT scan, finding, substance, sha256 FROM sightings ORDER BY 1, 2, 3, 4"
        ).fetchall()
        texts = connection.execute("SELECT sha256, document FROM findings").fetchall()
    except sqlite3.DatabaseError as error:
        return [f"scans cannot be read: {error}"] if entries else []
    held = {number: tuple(row) for number, *row in scans}
    rows: dict[int, list[list[Any]]] = {}
    for number, *row in seen:
        rows.setdefault(number, []).append(row)
    told: list[str] = []
    for entry in entries:
        try:
            said = dict(json.loads(entry.details))
        except (ValueError, TypeError):
            # Its broken seal is told of with the others.
            continue
        number = int(said.get("scan", 0))
        time, complete, record, no = held.pop(number, (None, None, "", None))
        same = (
            (time, complete, no) == (entry.time, said.get("complete"), entry.no)
            and _digest(str(record)) == said.get("record_sha256")
            and _digest(json.dumps(rows.pop(number, []))) == said.get("findings_sha256")
        )
        if not same:
            told.append(f"scan {number} is not as custody recorded it")
    told += [f"scan {number} is not in custody" for number in sorted({*held, *rows})]
    told += [
        f"the finding {digest} was changed" for digest, text in texts if _digest(text) != digest
    ]
    known = {digest for digest, _ in texts}
    lost = sorted({row[-1] for row in seen} - known)
    return told + [f"the finding {digest} is lost" for digest in lost]
