"""Ingesting inputs into a case: all of an ingest becomes part of the case, or none of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import ForensicsError, InputError
from forensics.evidence import custody
from forensics.evidence.archives import Archive
from forensics.evidence.case import CasePaths, sync_directory, write_durably, writing
from forensics.evidence.catalog import BESIDE, REPEATS, Catalog, ContextRow, FileRow, IngestRow, Row
from forensics.evidence.heeding import heeded
from forensics.evidence.inputs import MEMBER_MARK, Input, expand, on_disk, size_of
from forensics.evidence.known import INCOMPLETE, Known, is_unread
from forensics.evidence.progress import Progress, Silent
from forensics.evidence.reading import identify_opened, open_input
from forensics.evidence.segments import SegmentWriter
from forensics.sources.declaration import Declaration
from forensics.sources.expansion import Allowance, Limits
from forensics.sources.formats import Format, Hints
from forensics.sources.opening import Opened
from forensics.sources.recognise import Recognition
from forensics.sources.routing import routed

if TYPE_CHECKING:
    from forensics.evidence.enriching import Enrichment

_NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass
class IngestReport:
    """What an ingest did: file rows (also of skipped files), context taken, and what to heed.

    `beside` are rows of what lies beside the logs and was passed over; their notes say why.
    `enrichment` is what was looked up after it, where that was asked for; `unenriched` counts the
    addresses of an enriched case that were not looked up.
    """

    files: list[FileRow] = field(default_factory=list)
    context: list[ContextRow] = field(default_factory=list)
    beside: list[FileRow] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    enrichment: Enrichment | None = None
    unenriched: int = 0

    @property
    def incomplete(self) -> list[FileRow]:
        """Files that were not, or not wholly, read as logs, or whose records were all rejected."""
        return [one for one in self.files if is_unread(one)]


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
        limits: Limits | None = None,
    ) -> None:
        self._paths = paths
        self._catalog = catalog
        self._sources = sources
        self._source = source
        self._progress = progress or Silent()
        self._limits = limits or Limits()
        self._known = Known(catalog.files())
        self._contexts_held = catalog.context()
        self._context_seen = {(row.sha256, row.kind) for row in self._contexts_held}
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
            engine,
            self._paths.staging,
            self._ingest_id,
            existing,
            self._sources,
            now=self._now,
            routed=self._source is None,
        )
        try:
            for one in inputs:
                self._take(one, writer)
            writer.finish()
        finally:
            writer.close()
            engine.close()
        self._count_repeats()
        self.report.warnings += heeded(writer)
        self._check_conservation()
        self._commit(writer)
        return self.report

    def _take(self, given: Input, writer: SegmentWriter) -> None:
        if given.refusal is not None:
            row = FileRow(self._next_file, self._ingest_id, _NOTHING, given.label, 0)
            row.status, row.note = given.refusal.status, given.refusal.why
            self._keep(row)
        else:
            self._file(given, writer)

    def _file(self, given: Input, writer: SegmentWriter) -> None:
        try:
            with on_disk(given, self._paths.staging) as path:
                earlier = self._read_before(path)
                if earlier is not None:
                    self._repeat(given, earlier)
                else:
                    self._open(given, path, writer)
        except InputError as error:
            row = FileRow(self._next_file, self._ingest_id, _NOTHING, given.label, 0)
            row.status, row.note = "unreadable", error.message
            self._keep(row)

    def _open(self, given: Input, path: Path, writer: SegmentWriter) -> None:
        # The bytes of members are counted with their archive.
        progress = None if given.depth else self._progress.advance
        allowance = Allowance(self._limits, path.stat().st_size, given.within)
        row = FileRow(self._next_file, self._ingest_id, _NOTHING, given.label, 0)
        with open_input(path, given.label, progress, allowance) as opened:
            opened.damage = opened.damage or given.damage
            try:
                if opened.archive:
                    self._unpack(given, path, opened, writer)
                    return
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

    def _unpack(self, given: Input, path: Path, opened: Opened, writer: SegmentWriter) -> None:
        """Read all members of an archive; its own row is told before theirs."""
        place, beside = len(self.report.files), len(self.report.beside)
        archive = Archive(given, path, opened, self._paths.staging)
        for one in archive.members():
            self._take(one, writer)
        opened.finish()
        self._tell_changed(given, opened)
        unread = sum(one.status in INCOMPLETE for one in self.report.files[place:])
        row = FileRow(
            self._next_file, self._ingest_id, opened.sha256, given.label, opened.size,
            opened.compression, format=opened.archive,
            status=archive.status, note=archive.note(unread, len(self.report.beside) - beside),
        )  # fmt: skip
        self._keep(row, place)

    def _read(self, given: Input, opened: Opened, row: FileRow, writer: SegmentWriter) -> None:
        only = None if given.doubt else self._source
        identity = identify_opened(given.path, opened, self._sources, only)
        if only is not self._source and identity.log is not None:
            identity = identify_opened(given.path, opened, self._sources, self._source)
        row.compression, row.encoding = opened.compression, opened.encoding
        if identity.context:
            self._take_context(given, opened, identity.context)
            row.status = "context"
        elif identity.log is not None:
            row.confidence = identity.recognition.confidence if identity.recognition else None
            self._records(opened, identity.log, row, writer)
        elif given.doubt:
            row.status, row.note = BESIDE, given.doubt
        else:
            row.status, row.note = identity.unread, identity.why
        opened.finish()
        row.sha256, row.size = opened.sha256, opened.size
        if opened.damage and row.status not in {"context", BESIDE}:
            row.status = "damaged"
            row.note = f"damaged or cut short: {opened.damage}; what could be read is stored"
        self._tell_changed(given, opened)

    def _tell_changed(self, given: Input, opened: Opened) -> None:
        if opened.changed:
            self.report.warnings.append(
                f"{given.label} was written to while it was read; read it again when it is complete"
            )

    def _records(
        self,
        opened: Opened,
        log: tuple[Format, Recognition],
        row: FileRow,
        writer: SegmentWriter,
    ) -> None:
        container, recognition = log
        known = dict(self._sources)
        if self._source is not None:
            known[self._source.name] = self._source
        main = known[recognition.source or ""]
        row.source, row.format = main.name, container.name
        for batch in container.split(opened.text, Hints(main.embedded, opened.written)):
            for (source, within), part in routed(batch, recognition, known):
                writer.add(row, known[source], part, within)
            self._progress.records(len(batch.numbers))
            opened.damage = opened.damage or batch.damage
        if row.read == 0:
            row.status, row.note = "empty", "it holds no records"

    def _keep(self, row: FileRow, place: int | None = None) -> None:
        """Count a file into the report, and into the case unless the very same stands there."""
        told = self.report.beside if row.status == BESIDE else self.report.files
        told.insert(len(told) if place is None else place, row)
        known = self._known.told(row)
        if known is not None:
            row.file_id = known.file_id
            return
        self._new.append(row)
        self._known.add(row)
        self._next_file += 1

    def _read_before(self, path: Path) -> FileRow | None:
        """The file with the same bytes that was read before."""
        try:
            return self._known.same(path, self._limits)
        except OSError:
            return None

    def _repeat(self, given: Input, earlier: FileRow) -> None:
        """The same bytes again: nothing is stored; under a new path every record is a duplicate."""
        if not given.depth:
            self._progress.advance(earlier.size)
        self._tell_again(given.label, earlier)
        if earlier.status != "archive":
            return
        # What an archive holds was read before, and is not expanded.
        for row in self._known.members(earlier.path):
            self._tell_again(given.label + row.path.removeprefix(earlier.path), row)
        for one in [*self._contexts_held, *self._new_context]:
            if one.name.startswith(earlier.path + MEMBER_MARK):
                place = given.label + one.name.removeprefix(earlier.path)
                self.report.context.append(replace(one, name=place))

    def _tell_again(self, path: str, earlier: FileRow) -> None:
        if earlier.status == BESIDE:
            self._keep(
                replace(earlier, file_id=self._next_file, ingest_id=self._ingest_id, path=path)
            )
            return
        row = replace(
            earlier,
            file_id=self._next_file,
            ingest_id=self._ingest_id,
            path=path,
            status="repeated" if earlier.status in {"stored", "archive"} else earlier.status,
            stored=0,
            events=0,
            first_time=None,
            last_time=None,
            note=f"{REPEATS}{earlier.path}",
        )
        self._repeats.append((row, earlier))
        self._keep(row)

    def _count_repeats(self) -> None:
        """Repeats are counted last, when all records of the file they repeat were looked at."""
        for row, earlier in self._repeats:
            row.read, row.rejected = earlier.read, earlier.rejected
            row.duplicate = earlier.read - earlier.rejected

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
            details = {
                name: [list(vars(row).values()) for row in rows] for name, rows in added.items()
            }
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
    limits: Limits | None = None,
) -> IngestReport:
    """Read files, folders, globs or `-` into a case.

    `source` forces one declaration on all inputs; `limits` bound what compressed ones expand to.
    Raises `CaseError` when the case cannot be
    written and `InputError` when an argument names nothing; then the case is as it was.
    """
    with writing(paths):
        catalog = Catalog(paths.catalog)
        try:
            if not custody.entries(catalog.connection):
                with catalog.transaction():
                    custody.append(catalog.connection, "create", tool, {"version": 1})
            remove_orphans(paths, catalog)
            run = Ingest(
                paths, catalog, sources,
                tool=tool, source=source, progress=progress, limits=limits,
            )  # fmt: skip
            return run.run(arguments)
        finally:
            catalog.close()
