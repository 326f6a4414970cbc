"""Reading files anew in place of what an earlier ingest made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import CaseError
from forensics.evidence.case import CasePaths
from forensics.evidence.catalog import REPEATS, FileRow, ReplacedRow, SegmentRow
from forensics.evidence.inputs import Input
from forensics.evidence.paths import path_list
from forensics.evidence.reading import identify_opened, open_input
from forensics.sources.declaration import Declaration
from forensics.sources.expansion import Allowance, Limits

_KINDS = ("events", "duplicates")
_SHOWN = 3
_NEW_CASE = "Nothing was changed. Give them too, or read everything into a new case."


def _same(row: FileRow, nothing: str) -> tuple[str, str]:
    """What two readings of a file have in common: its bytes, and its path where that is all.

    Files that hold or gave nothing, and repeats, which are told of a path, differ by path.
    """
    by_path = row.sha256 == nothing or (row.note or "").startswith(REPEATS)
    return row.sha256, row.path if by_path else ""


def replaced(
    ingest_id: int, files: Sequence[FileRow], segments: Sequence[SegmentRow]
) -> list[ReplacedRow]:
    """The rows that say what an ingest read anew."""
    return [
        *(ReplacedRow("files", str(one.file_id), ingest_id) for one in files),
        *(ReplacedRow("segments", one.name, ingest_id) for one in segments),
    ]


def reread(files: Sequence[FileRow], new: Sequence[FileRow], nothing: str) -> list[FileRow]:
    """Those of `files` whose bytes stand in `new` again; `nothing` is the digest of no bytes."""
    again = {_same(one, nothing) for one in new} | {(one.sha256, "") for one in new if one.source}
    return [one for one in files if _same(one, nothing) in again]


def whole_segments(
    paths: CasePaths,
    engine: DuckDBEngine,
    files: Sequence[FileRow],
    segments: Sequence[SegmentRow],
    gone: Sequence[FileRow],
) -> list[SegmentRow]:
    """The segments of which nothing is left when the files `gone` are read anew.

    A source is read anew whole or not at all: of records that two files share only one stands, and
    it lies with one of them. Raises `CaseError` when a file is missing for that.
    """
    held = _sources(paths, engine, segments)
    ids = {one.file_id for one in gone}
    touched = {name for file_id, name in held if file_id in ids}
    kept = {file_id for file_id, name in held if name in touched} - ids
    missing = [one.path for one in files if one.file_id in kept]
    if missing:
        more = len(missing) - _SHOWN
        listed = ", ".join(missing[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
        raise CaseError(
            f"{', '.join(sorted(touched))} can only be read again whole; files that the case has"
            f" were not given, or have changed since: {listed}.",
            remedy=_NEW_CASE,
        )
    return [one for one in segments if one.kind in _KINDS and one.source in touched]


def check_nothing_is_lost(gone: Sequence[FileRow], new: Sequence[FileRow]) -> None:
    """Raise `CaseError` when fewer records are read of a file than before."""
    most: dict[str, int] = {}
    for one in new:
        most[one.sha256] = max(most.get(one.sha256, 0), one.read)
    for one in gone:
        if one.rejected < one.read and one.read > most.get(one.sha256, 0):
            raise CaseError(
                f"Read again, this file gives {most.get(one.sha256, 0):,} records instead of"
                f" {one.read:,}.",
                place=one.path,
                remedy="Nothing was changed. See what forensics sources recognise says of it.",
            )


def taken_for(
    given: Input,
    path: Path,
    limits: Limits,
    sources: Mapping[str, Declaration],
    only: Declaration | None,
) -> str | None:
    """The source that a known file is recognised as now; None when it is of none."""
    allowance = Allowance(limits, path.stat().st_size, given.within)
    with open_input(path, given.label, None, allowance) as opened:
        identity = identify_opened(given.path, opened, sources, only)
    return identity.recognition.source if identity.log and identity.recognition else None


def fitting(found: Mapping[tuple[str, str], str]) -> list[str]:
    """A remark for each source of which known files, one of them named, are taken for another."""
    return [
        f"{path}, read as {was} before, would now be read as {now}, and others may be;"
        " forensics ingest --reread does so"
        for (was, now), path in sorted(found.items())
    ]


def fewer_events(gone: Sequence[FileRow], new: Sequence[FileRow]) -> list[str]:
    """A warning for each file of which fewer records became events than before."""
    now: dict[str, int] = {}
    for one in new:
        now[one.sha256] = max(now.get(one.sha256, 0), one.read - one.rejected)
    return [
        f"{one.path}: {one.read - one.rejected:,} of its records were events before,"
        f" {now.get(one.sha256, 0):,} are now; the others are rejects"
        for one in gone
        if one.read - one.rejected > now.get(one.sha256, 0)
    ]


def _sources(
    paths: CasePaths, engine: DuckDBEngine, segments: Sequence[SegmentRow]
) -> set[tuple[int, str]]:
    """Which files hold records of which sources."""
    by_source: dict[str, list[SegmentRow]] = {}
    for one in segments:
        if one.kind in _KINDS and one.source is not None:
            by_source.setdefault(one.source, []).append(one)
    return {
        (row["file_id"], name)
        for name, rows in by_source.items()
        for row in engine.rows(
            " ".join(
                (
                    "SELECT DISTINCT file_id FROM read_parquet(",
                    path_list([paths.segments / one.name for one in rows]),
                    ")",
                )
            )
        )
    }
