"""Ingesting inputs into a case: all of an ingest becomes part of the case, or none of it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import ForensicsError, InputError
from forensics.evidence import custody, declarations, rereading
from forensics.evidence.archives import Archive
from forensics.evidence.case import CasePaths, writing
from forensics.evidence.catalog import BESIDE, Catalog, ContextRow, FileRow, IngestRow, SegmentRow
from forensics.evidence.committing import check_conservation, commit, remove_orphans
from forensics.evidence.contexts import Contexts
from forensics.evidence.declarations import Kept, Outdated
from forensics.evidence.heeding import heeded
from forensics.evidence.inputs import Input, expand, on_disk, size_of
from forensics.evidence.known import INCOMPLETE, Known, again, is_unread
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
    `kept` names declarations that the case kept from earlier and that were read with.
    `replaced` are rows of earlier readings that were read anew. `outdated` says what stands in the
    case as another declaration than the one of now made it.
    `enrichment` is what was looked up after it, where that was asked for; `unenriched` counts the
    addresses of an enriched case that were not looked up.
    """

    files: list[FileRow] = field(default_factory=list)
    context: list[ContextRow] = field(default_factory=list)
    beside: list[FileRow] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    replaced: list[FileRow] = field(default_factory=list)
    outdated: list[Outdated] = field(default_factory=list)
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
        reread: bool = False,
        kept: Collection[str] = (),
        without: Collection[str] = (),
    ) -> None:
        self._paths = paths
        self._catalog = catalog
        self._sources = sources
        self._source = source
        self._progress = progress or Silent()
        self._limits = limits or Limits()
        self._held, self._segments = catalog.asked()
        self._reread = reread
        self._used, self._without = kept, without
        # What is read again is read as into a case that does not know it yet.
        self._known = Known([] if reread else self._held)
        self._kept = Kept(paths, catalog.declarations(), self._held, self._segments)
        self._anew: set[str] = set()
        self._fitting = rereading.Fitting(self._kept.unused(sources))
        self._ingest_id, self._next_file = catalog.next_ids()
        self._now = datetime.now(UTC)
        self._row = IngestRow(self._ingest_id, _iso(self._now), tool)
        self._new: list[FileRow] = []
        self._repeats: list[tuple[FileRow, FileRow]] = []
        self._contexts = Contexts(catalog.context(), self._ingest_id, self._row.time)
        self.report = IngestReport()

    def run(self, arguments: Sequence[str]) -> IngestReport:
        """Read all inputs and commit them together."""
        inputs = expand(arguments)
        self._progress.start(sum(size_of(one) for one in inputs))
        self._paths.staging.mkdir(mode=0o700)
        engine = DuckDBEngine(spill_directory=self._paths.staging / "spill")
        existing = [
            (row, self._paths.segments / row.name) for row in self._segments if row.kind == "events"
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
            writer.flush()
            gone = self._replace(engine, writer)
            # The writer looks for duplicates in none of these.
            existing[:] = [one for one in existing if one[0] not in gone]
            self._kept.check_ids([one for one, _ in existing], self._sources, writer.sources)
            writer.settle()
        finally:
            writer.close()
            engine.close()
        self._count_repeats()
        self.report.warnings += [*heeded(writer), *self._fitting.remarks()]
        self.report.warnings += rereading.fewer_events(self.report.replaced, self._new)
        check_conservation(self.report.files)
        self._commit(writer, gone)
        return self.report

    def _replace(self, engine: DuckDBEngine, writer: SegmentWriter) -> list[SegmentRow]:
        """Find the files that were read anew, and the segments that nobody asks any more."""
        held = [row for row in self._held if self._reread or row.sha256 in self._anew]
        gone = rereading.reread(held, self._new, _NOTHING)
        if not gone and not self._reread:
            return []
        rereading.check_nothing_is_lost(gone, self._new)
        asked, now = (self._held, self._segments), writer.records() if self._reread else None
        anew = rereading.whole(self._paths, engine, asked, gone, now)
        rereading.check_forgotten(self._kept, anew, self._without)
        self.report.replaced = anew.files
        self.report.warnings += anew.remarks
        return anew.segments

    def _take(self, given: Input, writer: SegmentWriter) -> None:
        if given.refusal is not None:
            self._refuse(given.label, given.refusal.status, given.refusal.why)
        else:
            self._file(given, writer)

    def _file(self, given: Input, writer: SegmentWriter) -> None:
        try:
            with on_disk(given, self._paths.staging) as path:
                earlier = self._read_before(given, path)
                if earlier is not None:
                    self._repeat(given, earlier)
                else:
                    self._open(given, path, writer)
        except InputError as error:
            self._refuse(given.label, "unreadable", error.message)

    def _refuse(self, label: str, status: str, why: str) -> None:
        row = FileRow(self._next_file, self._ingest_id, _NOTHING, label, 0, status=status)
        row.tell(why)
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
            opened.compression, format=opened.archive, status=archive.status,
        )  # fmt: skip
        row.tell(archive.note(unread, len(self.report.beside) - beside))
        self._keep(row, place)

    def _read(self, given: Input, opened: Opened, row: FileRow, writer: SegmentWriter) -> None:
        only = None if given.doubt else self._source
        identity = identify_opened(given.path, opened, self._sources, only)
        if only is not self._source and identity.log is not None:
            identity = identify_opened(given.path, opened, self._sources, self._source)
        row.compression = opened.compression
        if identity.context:
            self._take_context(given, opened, identity.context)
            row.status = "context"
        elif identity.log is not None:
            row.confidence = identity.recognition.confidence if identity.recognition else None
            self._records(opened, identity.log, row, writer)
        elif given.doubt:
            row.status, row.note = BESIDE, given.doubt
        else:
            row.status = identity.unread
            row.tell(identity.why)
        opened.finish()
        row.sha256, row.size, row.encoding = opened.sha256, opened.size, opened.encoding
        if opened.damage and row.status not in {"context", BESIDE}:
            row.status, row.note = "damaged", None
            row.tell(f"damaged or cut short: {opened.damage}")
            row.tell("what could be read is stored")
        if opened.assumed and identity.log is not None:
            row.tell(opened.assumed)
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

    def _read_before(self, given: Input, path: Path) -> FileRow | None:
        """The file with the same bytes that was read before and need not be read again."""
        try:
            earlier = self._known.same(path, self._limits)
        except OSError:
            return None
        only_rejects = earlier is not None and 0 < earlier.read == earlier.rejected
        if earlier is None or earlier.source is None or not (only_rejects or self._fitting.unused):
            return earlier
        now = rereading.taken_for(given, path, self._limits, self._sources, self._source)
        if only_rejects and now is not None and not self._kept.is_of(earlier, self._sources[now]):
            # It holds no event, so that nothing stands that could be told twice.
            self._anew.add(earlier.sha256)
            self._known.forget(earlier.sha256)
            return None
        self._fitting.look(earlier.source, now, given.label)
        return earlier

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
        self.report.context += self._contexts.members(earlier.path, given.label)

    def _tell_again(self, path: str, earlier: FileRow) -> None:
        row = again(earlier, path, self._next_file, self._ingest_id)
        if row.status != BESIDE:
            self._repeats.append((row, earlier))
        self._keep(row)

    def _count_repeats(self) -> None:
        """Repeats are counted last, when all records of the file they repeat were looked at."""
        for row, earlier in self._repeats:
            row.read, row.rejected = earlier.read, earlier.rejected
            row.duplicate = earlier.read - earlier.rejected

    def _take_context(self, given: Input, opened: Opened, kind: str) -> None:
        data = opened.text.read()
        self.report.context.append(self._contexts.take(given.label, kind, data))
        if opened.damage:
            self.report.warnings.append(f"{given.label} is damaged: {opened.damage}")

    def _commit(self, writer: SegmentWriter, gone: Sequence[SegmentRow]) -> None:
        if not self._new and not self._contexts.new:
            return
        names = {one.source for one in self._new} | {one.source for one in writer.segments}
        read_with = [self._sources[name] for name in names if name is not None]
        self.report.kept = sorted(name for name in self._used if name in names)
        commit(
            self._paths,
            self._catalog,
            ("ingest", self._row.tool),
            {
                "ingests": [self._row],
                "files": self._new,
                "segments": writer.segments,
                "context": self._contexts.new,
                "declarations": declarations.used(self._ingest_id, read_with),
                "replaced": rereading.replaced(self._ingest_id, self.report.replaced, gone),
            },
            {self._paths.context / name: data for name, data in self._contexts.contents.items()}
            | declarations.contents(self._paths, read_with),
            without=sorted(self._without),
        )


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def ingest(
    paths: CasePaths,
    arguments: Sequence[str],
    sources: Mapping[str, Declaration],
    *,
    tool: str,
    source: Declaration | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
    reread: bool = False,
    kept: Collection[str] = (),
    without: Collection[str] = (),
) -> IngestReport:
    """Read files, folders, globs or `-` into a case.

    `source` forces one declaration on all inputs; `limits` bound what compressed ones expand to.
    With `reread` files that the case knows are read anew, in place of what was made of them.
    `kept` names those of the sources that the case kept, `without` what it is to forget with that.
    Raises `CaseError` when the case cannot be written, a source be read anew in part only, or
    records be compared with those of an older version, and `InputError` when an argument names
    nothing; then the case is as it was.
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
                tool=tool, source=source, progress=progress, limits=limits, reread=reread,
                kept=kept, without=without,
            )  # fmt: skip
            report = run.run(arguments)
        finally:
            catalog.close()
    report.outdated = declarations.declared(paths).outdated(sources)
    return report
