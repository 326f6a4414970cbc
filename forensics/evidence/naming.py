"""The names that events act on, in a small sorted file beside each segment of events."""

from __future__ import annotations

from pathlib import Path

from forensics.evidence.paths import path_literal

KIND = "names"
COLUMNS = "name, place"
"""Of the file: a name in lower case, and the place of an event of which it is a target."""

PLACE = "file_id * 4294967296 + record_no AS place"
"""One number for a record, kept in each segment: ascending, so that it tells what to open."""

ROWS = 2_048
"""Rows of one part of the file; those of one name are in few of them."""

_SORTED = "SELECT DISTINCT lower(name) AS name, place"


def beside(segment: str) -> str:
    """The name of the file that belongs to a segment of events."""
    return KIND + segment.removeprefix("events")


def query(segment: Path) -> str:
    """What the file of a written segment holds: nothing but what the segment says.

    The same columns and the same lower case as a question for a target looks for.
    """
    events = " ".join(("FROM read_parquet(", path_literal(segment), ")"))
    named = " UNION ALL ".join(
        " ".join(("SELECT", name, "AS name, place", events))
        for name in ("target", "target_id", "target_name", "unnest(targets)")
    )
    return " ".join((_SORTED, "FROM (", named, ") WHERE name IS NOT NULL ORDER BY name, place"))
