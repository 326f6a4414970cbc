"""Reading files anew in place of what an earlier ingest made of them."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import CaseError
from forensics.evidence import covering
from forensics.evidence.case import CasePaths
from forensics.evidence.catalog import FileRow, ReplacedRow, SegmentRow
from forensics.evidence.covering import Covered
from forensics.evidence.declarations import OWN, Kept
from forensics.evidence.inputs import MEMBER_MARK, Input
from forensics.evidence.paths import path_list
from forensics.evidence.reading import identify_opened, open_input
from forensics.sources.declaration import Declaration
from forensics.sources.expansion import Allowance, Limits

_KINDS = ("events", "duplicates")
_SHOWN = 3
# Known files that are looked at to tell whether a new declaration would take them.
_MOST_LOOKED_AT = 100
_NEW_CASE = (
    "Nothing was changed. Give the files that hold them too, or read everything into a new case."
)


def _same(row: FileRow, nothing: str) -> tuple[str, str]:
    """What two readings of a file have in common: its bytes, and its path where that is all.

    Files that hold or gave nothing, and repeats, which are told of a path, differ by path.
    """
    return row.sha256, row.path if row.sha256 == nothing or row.repeats else ""


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
    again = {_same(one, nothing) for one in new} | {(one.sha256, one.path) for one in new}
    again |= {(one.sha256, "") for one in new if one.source}
    return [one for one in files if _same(one, nothing) in again]


@dataclass
class Anew:
    """What is no longer asked: the files that are read anew, and segments of which nothing is left.

    `remarks` tell of records that were events and are rejects now.
    """

    files: list[FileRow] = field(default_factory=list)
    segments: list[SegmentRow] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def whole(
    paths: CasePaths,
    engine: DuckDBEngine,
    asked: tuple[Sequence[FileRow], Sequence[SegmentRow]],
    gone: Sequence[FileRow],
    now: str | None,
) -> Anew:
    """All that is read anew; `asked` is what the case holds, `gone` are files given as they were.

    A source is read anew whole or not at all: of records that two files share only one stands, and
    it lies with one of them. A file that grew, was rotated or is gone is read anew with those that
    hold its records, where `now` is the query of the records that are read. Raises `CaseError` when
    some of a file's are missing.
    """
    files, segments = asked
    found = {one.file_id for one in gone}
    others = [one for one in files if one.file_id not in found and one.read and not one.repeats]
    judged = covering.judged(paths, engine, segments, others, now) if now and others else {}
    covered = {
        one.sha256 for one in others if one.file_id in judged and not judged[one.file_id].missing
    }
    found |= {one.file_id for one in files if one.sha256 in covered}
    found |= {one.file_id for one in files if _emptied(one, files, found)}
    held = _sources(paths, engine, segments)
    begun = found | {file_id for file_id, one in judged.items() if one.shared}
    touched = {name for file_id, name in held if file_id in begun}
    bound = {file_id for file_id, name in held if name in touched}
    left = [one for one in files if one.file_id in bound - found]
    _refuse(touched, left, judged)
    return Anew(
        [one for one in files if one.file_id in found],
        [one for one in segments if one.kind in _KINDS and one.source in touched],
        [
            _no_longer(one.path, was.fitting, was.fitting - was.rejected)
            for one in files
            if one.file_id in found and (was := judged.get(one.file_id)) and was.rejected
        ],
    )


def _emptied(row: FileRow, files: Sequence[FileRow], gone: Container[int]) -> bool:
    """Whether a file is an archive all of whose members that hold records are read anew."""
    if row.source is not None or row.format not in {"zip", "tar"}:
        return False
    within = [one for one in files if one.source and one.path.startswith(row.path + MEMBER_MARK)]
    return bool(within) and all(one.file_id in gone for one in within)


def _refuse(touched: Iterable[str], left: Sequence[FileRow], judged: Mapping[int, Covered]) -> None:
    """Raise `CaseError` when records of files would be lost."""
    if not left:
        return
    told = [
        f"{one.path} ({judged[one.file_id].missing if one.file_id in judged else one.read:,}"
        f" of {one.read:,})"
        for one in left
    ]
    more = f" and {len(told) - _SHOWN:,} more" if len(told) > _SHOWN else ""
    raise CaseError(
        f"{', '.join(sorted(touched))} can only be read again whole; records that the case has of"
        f" {len(left):,} file{'' if len(left) == 1 else 's'} are in none that was given:"
        f" {', '.join(told[:_SHOWN])}{more}.",
        remedy=_NEW_CASE,
    )


def check_forgotten(kept: Kept, anew: Anew, without: Collection[str]) -> None:
    """Raise `CaseError` when something still stands as a declaration to be forgotten made it."""
    for row in kept.standing(anew.files, anew.segments):
        if row.origin == OWN and row.source in without:
            raise CaseError(
                f"The declaration {row.source} cannot be forgotten: events stand as it made them.",
                remedy="Nothing was changed. Give all files that were read with it.",
            )


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


class Fitting:
    """Known files that declarations which nothing of the case was read with would take."""

    def __init__(self, unused: set[str]) -> None:
        self.unused = unused
        self._found: dict[tuple[str, str], str] = {}
        self._looked = 0

    def look(self, was: str, now: str | None, path: str) -> None:
        """Note what a known file would be read as now; so many are looked at."""
        if now in self.unused and now != was:
            self._found.setdefault((was, now), path)
        self._looked += 1
        if self._looked == _MOST_LOOKED_AT:
            self.unused = set()

    def remarks(self) -> list[str]:
        """A remark for each source of which files, one of them named, are taken for another."""
        return [
            f"{path}, read as {was} before, would now be read as {now}, and others may be;"
            " forensics ingest --reread does so"
            for (was, now), path in sorted(self._found.items())
        ]


def fewer_events(gone: Sequence[FileRow], new: Sequence[FileRow]) -> list[str]:
    """A warning for each file of which fewer records became events than before."""
    now: dict[str, int] = {}
    for one in new:
        now[one.sha256] = max(now.get(one.sha256, 0), one.read - one.rejected)
    return [
        _no_longer(one.path, one.read - one.rejected, now[one.sha256])
        for one in gone
        if one.sha256 in now and one.read - one.rejected > now[one.sha256]
    ]


def _no_longer(path: str, before: int, now: int) -> str:
    return (
        f"{path}: {before:,} of its records were events before, {now:,} are now; the others are"
        " rejects"
    )


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
