"""The chain of custody: what was done to the evidence, each entry sealing the one before."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from forensics.errors import EvidenceAlteredError

GENESIS = "0" * 64


@dataclass(frozen=True)
class Entry:
    """One act on the case. `details` is canonical JSON; `hash` covers all other fields."""

    no: int
    time: str
    act: str
    tool: str
    details: str
    previous: str
    hash: str


def _seal(*fields: object) -> str:
    # An altered database may hold anything in place of text, which then has no seal that fits.
    text = json.dumps(fields, ensure_ascii=False, default=repr)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def canonical(details: dict[str, Any]) -> str:
    """JSON text that is the same for the same content."""
    return json.dumps(details, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def entries(connection: sqlite3.Connection, acts: Sequence[str] = ()) -> list[Entry]:
    """All entries, or those of some acts, oldest first.

    Raises `EvidenceAlteredError` when they cannot be read.
    """
    try:
        found = connection.execute(
            "SELECT no, time, act, tool, details, previous, hash FROM custody"
            " WHERE :acts = '[]' OR act IN (SELECT value FROM json_each(:acts)) ORDER BY no",
            {"acts": json.dumps(list(acts))},
        ).fetchall()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise EvidenceAlteredError(f"The custody log cannot be read: {error}") from error
    return [Entry(*row) for row in found]


def tells_of(connection: sqlite3.Connection, name: str) -> bool:
    """Whether a segment, a context file or a declaration was part of the case at some time."""
    query = "SELECT 1 FROM custody WHERE instr(details, :name) LIMIT 1"
    return connection.execute(query, {"name": name}).fetchone() is not None


def append(connection: sqlite3.Connection, act: str, tool: str, details: dict[str, Any]) -> Entry:
    """Add an entry within the caller's transaction."""
    last = connection.execute("SELECT no, hash FROM custody ORDER BY no DESC LIMIT 1").fetchone()
    number, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    text = canonical(details)
    entry = Entry(
        number, now, act, tool, text, previous, _seal(number, now, act, tool, text, previous)
    )
    connection.execute(
        "INSERT INTO custody (no, time, act, tool, details, previous, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (entry.no, entry.time, entry.act, entry.tool, entry.details, entry.previous, entry.hash),
    )
    return entry


def broken_links(chain: list[Entry]) -> list[str]:
    """A sentence for each entry that was changed, removed, added or moved."""
    faults = []
    previous = GENESIS
    for position, entry in enumerate(chain, start=1):
        if entry.no != position or entry.previous != previous:
            faults.append(f"custody entry {entry.no} does not follow the one before it")
        sealed = _seal(entry.no, entry.time, entry.act, entry.tool, entry.details, entry.previous)
        if entry.hash != sealed:
            faults.append(f"custody entry {entry.no} was changed after it was written")
        previous = entry.hash
    return faults
