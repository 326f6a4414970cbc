"""Ingesting inputs into a case: all of an ingest becomes part of the case, or none of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import ForensicsError, InputError
from forensics.evidence import custody
from forensics.evidence.case import CasePaths, sha256_of, sync_directory, write_durably, writing
from forensics.evidence.catalog import Catalog, ContextRow, FileRow, IngestRow, Row
from forensics.evidence.inputs import Input, expand, on_disk, size_of
from forensics.evidence.reading import identify_opened, open_input
from forensics.evidence.segments import SegmentWriter
from forensics.sources.declaration import Declaration
from forensics.sources.formats import Format, Hints
from forensics.sources.opening import Opened

# Outcomes of a file that mean that part of the evidence was not looked at.
INCOMPLETE = frozenset({"unrecognised", "unreadable", "damaged", "empty"})
_NOTHING = hashlib.sha256(b"").hexdigest()


class Progress(Protocol):
    """Told how far an ingest is; bytes are those on disk, compressed as they are."""

    def start(self, total_bytes: int) -> None:
        """The sum of all inputs' sizes, 0 where unknown."""
        ...

    def advance(self, size: int) -> None:
        """That many more bytes were read."""
        ...

    def records(self, count: int) -> None:
        """That many more records were read."""
        ...


class Silent:
    """Progress nobody watches."""

    def start(self, total_bytes: int) -> None:
        """Ignored."""

    def advance(self, size: int) -> None:
        """Ignored."""

    def records(self, count: int) -> None:
        """Ignored."""


@dataclass
class IngestReport:
    """What an ingest did: file rows (also of skipped files), context taken, and what to heed."""

    files: list[FileRow] = field(default_factory=list)
    context: list[ContextRow] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def incomplete(self) -> list[FileRow]:
        """Files that were not, or not wholly, read as logs, or whose records were all rejected."""
        return [one for one in self.files if is_unread(one)]


def is_unread(row: FileRow) -> bool:
    """Whether a file was not, or not wholly, read as a log, or all of its records were rejected."""
    return row.status in INCOMPLETE or (row.read > 0 and row.rejected == row.read)


class Ingest:
    """One ingest into one case. Use `run`."""

    def __init__(
        self,
        paths: CasePaths,
        catalog: Catalog,
        sources: Mapping[str, Declaration],
        *,
        tool: str,
        source: Declaration | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._paths = paths
        self._catalog = catalog
        self._sources = sources
        self._source = source
        self._progress = progress or Silent()
        self._known = {(row.sha256, row.path): row for row in catalog.files()}
        self._by_size: dict[int, list[FileRow]] = {}
        for row in self._known.values():
            self._by_size.setdefault(row.size, []).append(row)
        self._context_seen = {(row.sha256, row.kind) for row in catalog.context()}
        self._ingest_id, self._next_file = catalog.next_ids()
        self._now = datetime.now(UTC)
        self._row = IngestRow(self._ingest_id, _iso(self._now), tool)
        self._new: list[FileRow] = []
        self._repeats: list[tuple[FileRow, FileRow]] = []
        self._new_context: list[ContextRow] = []
        self._contexts: dict[str, bytes] = {}
        self.report = IngestReport()

    def run(self, arguments: Sequence[str]) -> IngestReport:
        """Read all inputs and commit them together."""
        inputs = expand(arguments)
        self._progress.start(sum(size_of(one) for one in inputs))
        self._paths.staging.mkdir(mode=0o700)
        engine = DuckDBEngine(spill_directory=self._paths.staging / "spill")
        existing = [
            (row, self._paths.segments / row.name) for row in self._catalog.segments("events")
        ]
        writer = SegmentWriter(
            engine, self._paths.staging, self._ingest_id, existing, now=self._now
        )
        try:
            for one in inputs:
                if one.beside:
                    self.report.beside.append(one.label)
                else:
                    self._file(one, writer)
            writer.finish()
        finally:
            engine.close()
        self._count_repeats()
        self._tell_rejects(writer)
        self._tell_conflicts(writer)
        self._tell_future(writer)
        self._check_conservation()
        self._commit(writer)
        return self.report

    def _file(self, given: Input, writer: SegmentWriter) -> None:
        try:
            with on_disk(given, self._paths.staging) as path:
                earlier = self._stored_before(path)
                if earlier is not None:
                    self._repeat(given, earlier)
                else:
                    self._open(given, path, writer)
        except InputError as error:
            row = FileRow(self._next_file, self._ingest_id, _NOTHING, given.label, 0)
            row.status, row.note = "unreadable", error.message
            self._keep(row)

    def _open(self, given: Input, path: Path, writer: SegmentWriter) -> None:
        row = FileRow(self._next_file, self._ingest_id, _NOTHING, given.label, 0)
        with open_input(path, given.label, self._progress.advance) as opened:
            try:
                self._read(given, opened, row, writer)
            except (ForensicsError, OSError, MemoryError):
                raise
            except Exception as error:
                why = f"{type(error).__name__}: {error}"
                raise ForensicsError(
                    f"This file breaks the reader ({why}); nothing was stored.",
                    place=given.label,
                    remedy="Leave it out and read the rest; this is a fault of the tool.",
                ) from error
        if row.status != "context":
            self._keep(row)

    def _read(self, given: Input, opened: Opened, row: FileRow, writer: SegmentWriter) -> None:
        identity = identify_opened(given.path, opened, self._sources, self._source)
        row.compression, row.encoding = opened.compression, opened.encoding
        if identity.context:
            self._take_context(given, opened, identity.context)
            row.status = "context"
        elif identity.log is not None:
            row.confidence = identity.recognition.confidence if identity.recognition else None
            self._records(opened, identity.log, row, writer)
        else:
            row.status = "unrecognised" if opened.head.strip() else "empty"
            row.status = "not_a_log" if identity.neighbour else row.status
            row.note = identity.why
        opened.finish()
        row.sha256, row.size = opened.sha256, opened.size
        if opened.damage and row.status != "context":
            row.status = "damaged"
            row.note = f"damaged or cut short: {opened.damage}; what could be read is stored"
        if opened.changed:
            self.report.warnings.append(
                f"{given.label} was written to while it was read; read it again when it is complete"
            )

    def _records(
        self,
        opened: Opened,
        log: tuple[str, Format, tuple[str, ...]],
        row: FileRow,
        writer: SegmentWriter,
    ) -> None:
        source, container, within = log
        declaration = self._source or self._sources[source]
        row.source, row.format = declaration.name, container.name
        for batch in container.split(opened.text, Hints(declaration.embedded, opened.written)):
            writer.add(row, declaration, batch, within)
            self._progress.records(len(batch.numbers))
            opened.damage = opened.damage or batch.damage
        if row.read == 0:
            row.status, row.note = "empty", "it holds no records"

    def _keep(self, row: FileRow) -> None:
        """Count a file into the report, and into the case unless the very same stands there."""
        self.report.files.append(row)
        known = self._known.get((row.sha256, row.path))
        if known is not None and (known.source is not None or row.source is None):
            row.file_id = known.file_id
            return
        self._new.append(row)
        self._known[row.sha256, row.path] = row
        self._by_size.setdefault(row.size, []).append(row)
        self._next_file += 1

    def _stored_before(self, path: Path) -> FileRow | None:
        """The file with the same bytes that was stored before; hashed only on equal size."""
        try:
            same_size = [
                one for one in self._by_size.get(path.stat().st_size, []) if one.source is not None
            ]
            digest = sha256_of(path) if same_size else ""
        except OSError:
            return None
        return next((one for one in same_size if one.sha256 == digest), None)

    def _repeat(self, given: Input, earlier: FileRow) -> None:
        """The same bytes again: nothing is stored; under a new path every record is a duplicate."""
        self._progress.advance(earlier.size)
        row = replace(
            earlier,
            file_id=self._next_file,
            ingest_id=self._ingest_id,
            path=given.label,
            status="damaged" if earlier.status == "damaged" else "repeated",
            stored=0,
            events=0,
            first_time=None,
            last_time=None,
            note=f"the same bytes as {earlier.path}",
        )
        self._repeats.append((row, earlier))
        self._keep(row)

    def _count_repeats(self) -> None:
        """Repeats are counted last, when all records of the file they repeat were looked at."""
        for row, earlier in self._repeats:
            row.read, row.rejected = earlier.read, earlier.rejected
            row.duplicate = earlier.read - earlier.rejected

    def _tell_conflicts(self, writer: SegmentWriter) -> None:
        for file_id, count in sorted(writer.conflicting.items()):
            row = writer.files[file_id]
            whose = "repeats the id" if count == 1 else "repeat the ids"
            told = (
                f"{count} record{'' if count == 1 else 's'} {whose} of stored ones, otherwise told"
            )
            row.note = f"{row.note}; {told}" if row.note else told
            self.report.warnings.append(
                f"{row.path}: {told}; compare relations duplicates and events by event_uid"
            )

    def _tell_rejects(self, writer: SegmentWriter) -> None:
        """Where the first broken record of each file stands, and why it is none."""
        for file_id, reject in sorted(writer.first_reject.items()):
            row = writer.files[file_id]
            others = f" ({row.rejected - 1} more)" if row.rejected > 1 else ""
            self.report.warnings.append(
                f"{row.path}, record {reject.record_no}: {reject.reason}{others}"
            )

    def _tell_future(self, writer: SegmentWriter) -> None:
        for file_id, count in sorted(writer.future.items()):
            row = writer.files[file_id]
            told = f"{count} record{' lies' if count == 1 else 's lie'} in the future of the ingest"
            row.note = f"{row.note}; {told}" if row.note else told
            self.report.warnings.append(f"{row.path}: {told}; its clock or its zone may be wrong")

    def _take_context(self, given: Input, opened: Opened, kind: str) -> None:
        data = opened.text.read()
        digest = hashlib.sha256(data).hexdigest()
        row = ContextRow(given.label, kind, digest, _iso(self._now), self._ingest_id)
        self.report.context.append(row)
        if opened.damage:
            self.report.warnings.append(f"{given.label} is damaged: {opened.damage}")
        if (digest, kind) not in self._context_seen:
            self._context_seen.add((digest, kind))
            self._new_context.append(row)
            self._contexts[digest] = data

    def _check_conservation(self) -> None:
        for row in self.report.files:
            if row.read != row.stored + row.duplicate + row.rejected:
                raise ForensicsError(
                    f"Conservation failed: {row.read} read, {row.stored} stored, "
                    f"{row.duplicate} duplicate, {row.rejected} rejected. Nothing was stored.",
                    place=row.path,
                    remedy="This is a fault of the tool; please report it.",
                )

    def _commit(self, writer: SegmentWriter) -> None:
        """Move segments in place, then make catalog and custody agree in one transaction."""
        if not self._new and not self._new_context:
            return
        for segment in writer.segments:
            (self._paths.staging / segment.name).replace(self._paths.segments / segment.name)
        sync_directory(self._paths.segments)
        for digest, data in self._contexts.items():
            write_durably(self._paths.context / digest, data)
        added: dict[str, Sequence[Row]] = {
            "ingests": [self._row],
            "files": self._new,
            "segments": writer.segments,
            "context": self._new_context,
        }
        with self._catalog.transaction():
            for rows in added.values():
                for row in rows:
                    self._catalog.add(row)
            details = {name: [astuple(row) for row in rows] for name, rows in added.items()}
            custody.append(self._catalog.connection, "ingest", self._row.tool, details)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def remove_orphans(paths: CasePaths, catalog: Catalog) -> None:
    """Delete files that an interrupted ingest moved in place but never committed."""
    segments = {row.name for row in catalog.segments()}
    context = {row.sha256 for row in catalog.context()}
    for folder, known in ((paths.segments, segments), (paths.context, context)):
        for path in sorted(folder.iterdir()):
            if path.name not in known:
                path.unlink()


def ingest(
    paths: CasePaths,
    arguments: Sequence[str],
    sources: Mapping[str, Declaration],
    *,
    tool: str,
    source: Declaration | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Read files, folders, globs or `-` into a case.

    `source` forces one declaration on all inputs. Raises `CaseError` when the case cannot be
    written and `InputError` when an argument names nothing; then the case is as it was.
    """
    with writing(paths):
        catalog = Catalog(paths.catalog)
        try:
            if not custody.entries(catalog.connection):
                with catalog.transaction():
                    custody.append(catalog.connection, "create", tool, {"version": 1})
            remove_orphans(paths, catalog)
            run = Ingest(paths, catalog, sources, tool=tool, source=source, progress=progress)
            return run.run(arguments)
        finally:
            catalog.close()
