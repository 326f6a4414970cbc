"""The ledger of reading of a case, counted from its files, events and rejects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forensics.detectors.facts import custody_head, moment
from forensics.detectors.reading_counts import (
    COLUMNS,
    NEVER,
    Counts,
    filled_columns,
    grouped,
    lateness,
)
from forensics.engine import Engine
from forensics.evidence.catalog import FileRow
from forensics.evidence.known import is_unread
from forensics.evidence.store import Store
from forensics.findings.ledger import FileReading, Ledger, SourceReading
from forensics.sources.declaration import Declaration
from forensics.timeline import gaps

SCHEMA = 1


def ledger(store: Store, declarations: Mapping[str, Declaration], *, tool_version: str) -> Ledger:
    """What every file and source of a case gave, lost and never showed."""
    files, engine = tuple(store.files), store.engine
    counts = Counts.of(engine)
    return Ledger(
        schema=SCHEMA,
        tool_version=tool_version,
        sources=_sources(engine, files, counts, declarations),
        files=_files((*files, *store.beside), counts, declarations),
        context=tuple(f"{one.kind}: {one.name}" for one in store.context()),
        not_read=tuple(f"{one.path}: {one.note or one.status}" for one in files if is_unread(one)),
        custody=custody_head(store),
    )


def _files(
    files: Sequence[FileRow], counts: Counts, declarations: Mapping[str, Declaration]
) -> tuple[FileReading, ...]:
    bases, reasons = grouped(counts.bases, "file_id"), grouped(counts.reasons, "file_id")
    unknown, filled = grouped(counts.unknown, "file_id"), filled_columns(counts.filled, "file_id")
    return tuple(
        FileReading(
            path=one.path,
            sha256=one.sha256,
            size=one.size,
            status=one.status,
            source=one.source,
            confidence=one.confidence,
            format=one.format,
            compression=one.compression,
            encoding=one.encoding,
            read=one.read,
            stored=one.stored,
            duplicate=one.duplicate,
            rejected=one.rejected,
            events=one.events,
            first_time=moment(one.first_time),
            last_time=moment(one.last_time),
            time_basis=bases.get(one.file_id, ()),
            reject_reasons=reasons.get(one.file_id, ()),
            unknown_operations=unknown.get(one.file_id, ()),
            unseen=_unseen(declarations.get(one.source or ""), filled.get(one.file_id)),
            note=one.note,
        )
        for one in files
    )


def _sources(
    engine: Engine,
    files: Sequence[FileRow],
    counts: Counts,
    declarations: Mapping[str, Declaration],
) -> tuple[SourceReading, ...]:
    bases, unknown = grouped(counts.bases, "source"), grouped(counts.unknown, "source")
    filled, late = filled_columns(counts.filled, "source"), lateness(engine, files)
    silences: dict[str, list[str]] = {}
    for one in gaps.gaps(engine):
        silences.setdefault(one.source, []).append(one.sentence)
    found = []
    # A file that holds records of several sources counts for the one that most of them are of.
    for name in sorted({one.source for one in files if one.source} | set(map(str, bases))):
        mine = [one for one in files if one.source == name]
        declared = declarations.get(name)
        times = [time for one in mine for time in (one.first_time, one.last_time) if time]
        found.append(
            SourceReading(
                source=name,
                title=declared.title if declared else None,
                files=len(mine),
                read=sum(one.read for one in mine),
                stored=sum(one.stored for one in mine),
                duplicate=sum(one.duplicate for one in mine),
                rejected=sum(one.rejected for one in mine),
                events=sum(one.n for one in bases.get(name, ())),
                first_time=moment(min(times, default=None)),
                last_time=moment(max(times, default=None)),
                time_basis=bases.get(name, ()),
                unknown_operations=unknown.get(name, ()),
                unseen=_unseen(declared, filled.get(name)),
                late=late.get(name, NEVER),
                gaps=tuple(silences.get(name, ())),
                omits=declared.omits if declared else (),
            )
        )
    return tuple(found)


def _unseen(declared: Declaration | None, filled: set[str] | None) -> tuple[str, ...]:
    """Columns that the declaration fills and no event did; none where there was no event."""
    if declared is None or filled is None:
        return ()
    return tuple(name for name in COLUMNS if name in declared.event and name not in filled)
