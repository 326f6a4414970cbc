"""The ledger of reading of a case, counted from its files, events and rejects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from forensics.detectors.custody import custody_head, moment
from forensics.detectors.reading_counts import (
    COLUMNS,
    NEVER,
    Counts,
    Shares,
    filled_columns,
    grouped,
    lateness,
    shares,
)
from forensics.detectors.reading_remarks import reading, remarks
from forensics.evidence.catalog import FileRow
from forensics.evidence.known import is_unread
from forensics.evidence.store import Store
from forensics.findings.ledger import Counted, FileReading, Ledger, SourceReading, Sum
from forensics.sources.declaration import Declaration
from forensics.timeline import gaps

SCHEMA = 2


def ledger(
    store: Store,
    declarations: Mapping[str, Declaration],
    *,
    tool_version: str,
    outdated: Sequence[str] = (),
) -> Ledger:
    """What every file and source of a case gave, lost and never showed.

    `declarations` are what its events were made with; `outdated` says which are others now.
    """
    files, engine = tuple(store.files), store.engine
    counts, parts = Counts.of(engine), shares(engine, files)
    told = _files((*files, *store.beside), counts, parts, declarations)
    return Ledger(
        schema=SCHEMA,
        tool_version=tool_version,
        sum=_sum(told),
        gap_rule=gaps.RULE,
        outdated=tuple(outdated),
        sources=_sources(store, counts, parts, declarations),
        files=told,
        context=tuple(f"{one.kind}: {one.name}" for one in store.context()),
        not_read=tuple(f"{one.path}: {one.told or one.status}" for one in files if is_unread(one)),
        custody=custody_head(store),
    )


def _sum(files: Sequence[FileReading]) -> Sum:
    far = Counter(one.reading for one in files)
    times = [time for one in files for time in (one.first_time, one.last_time) if time]
    return Sum(
        whole=far["whole"],
        in_part=far["in_part"],
        not_read=far["not_read"],
        set_aside=far["set_aside"],
        archives=far["archive"],
        read=sum(one.read for one in files),
        stored=sum(one.stored for one in files),
        duplicate=sum(one.duplicate for one in files),
        rejected=sum(one.rejected for one in files),
        events=sum(one.events for one in files),
        first_time=min(times, default=None),
        last_time=max(times, default=None),
    )


def _files(
    files: Sequence[FileRow],
    counts: Counts,
    parts: Mapping[int, Shares],
    declarations: Mapping[str, Declaration],
) -> tuple[FileReading, ...]:
    bases, reasons = grouped(counts.bases, "file_id"), grouped(counts.reasons, "file_id")
    unknown, filled = grouped(counts.unknown, "file_id"), filled_columns(counts.filled)
    # Rejects of bytes that were read twice lie with the file that was read.
    again = {one.sha256: reasons[one.file_id] for one in files if one.file_id in reasons}
    return tuple(
        FileReading(
            path=one.path,
            sha256=one.sha256,
            size=one.size,
            status=one.status,
            reading=reading(one),
            source=one.source,
            sources=_kept(parts.get(one.file_id, {})),
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
            reject_reasons=reasons.get(one.file_id)
            or (again.get(one.sha256, ()) if one.repeats else ()),
            unknown_operations=unknown.get(one.file_id, ()),
            unseen=_unseen(
                declarations.get(one.source or ""), filled.get((one.file_id, one.source or ""))
            ),
            remarks=remarks(one),
            note=one.told,
        )
        for one in files
    )


def _kept(mine: Shares) -> tuple[Counted, ...]:
    """Stored and duplicate records by source, the most first."""
    counts = {name: share.stored + share.duplicate for name, share in mine.items()}
    return tuple(
        Counted(name=name, n=n)
        for name, n in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        if n
    )


def _sources(
    store: Store,
    counts: Counts,
    parts: Mapping[int, Shares],
    declarations: Mapping[str, Declaration],
) -> tuple[SourceReading, ...]:
    bases, unknown = grouped(counts.bases, "source"), grouped(counts.unknown, "source")
    engine = store.engine
    late, unjudged = lateness(engine, store.files), gaps.unjudged(engine)
    filled: dict[str, set[str]] = {}
    for (_, name), columns in filled_columns(counts.filled).items():
        filled.setdefault(name, set()).update(columns)
    silences: dict[str, list[str]] = {}
    for one in gaps.gaps(engine):
        silences.setdefault(one.source, []).append(one.sentence)
    found = []
    for name in sorted({name for mine in parts.values() for name in mine}):
        mine = [held[name] for held in parts.values() if name in held]
        declared, span = declarations.get(name), counts.spans.get(name, {})
        found.append(
            SourceReading(
                source=name,
                declarations=store.read_with(name),
                title=declared.title if declared else None,
                files=len(mine),
                read=sum(one.read for one in mine),
                stored=sum(one.stored for one in mine),
                duplicate=sum(one.duplicate for one in mine),
                rejected=sum(one.rejected for one in mine),
                events=span.get("events", 0),
                first_time=span.get("first"),
                last_time=span.get("last"),
                time_basis=bases.get(name, ()),
                unknown_operations=unknown.get(name, ()),
                unseen=_unseen(declared, filled.get(name)),
                late=late.get(name, NEVER),
                gaps=tuple(silences.get(name, ())),
                gaps_unknown=unjudged.get(name),
                omits=declared.omits if declared else (),
            )
        )
    return tuple(found)


def _unseen(declared: Declaration | None, filled: set[str] | None) -> tuple[str, ...]:
    """Columns that the declaration fills and no event did; none where there was no event."""
    if declared is None or filled is None:
        return ()
    return tuple(name for name in COLUMNS if name in declared.event and name not in filled)
