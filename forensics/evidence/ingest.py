"""Ingesting inputs into a case: all of an ingest becomes part of the case, or none of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import ForensicsError, InputError
from forensics.evidence import custody
from forensics.evidence.case import CasePaths, sync_directory, write_durably, writing
from forensics.evidence.catalog import Catalog, ContextRow, FileRow
from forensics.evidence.inputs import Input, expand
from forensics.evidence.reading import Identity, batches, forced, identify, open_input
from forensics.evidence.segments import SegmentWriter, sha256_of
from forensics.sources.declaration import Declaration
from forensics.sources.opening import Opened

# Outcomes of a file that mean that part of the evidence was not looked at.
INCOMPLETE = frozenset({"unrecognised", "unreadable", "damaged", "empty"})


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
        return [
            one
            for one in self.files
            if one.status in INCOMPLETE or (one.read > 0 and one.rejected == one.read)
        ]


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
        self._tool = tool
        self._progress = progress or Silent()
        self._known = {(row.sha256, row.path): row for row in catalog.files()}
        self._by_size: dict[int, list[FileRow]] = {}
        for row in self._known.values():
            self._by_size.setdefault(row.size, []).append(row)
        self._context_seen = {(row.sha256, row.kind) for row in catalog.context()}
        self._ingest_id, self._next_file = catalog.next_ids()
        self._now = datetime.now(UTC)
        self._contexts: dict[str, bytes] = {}
        self.report = IngestReport()

    def run(self, arguments: Sequence[str]) -> IngestReport:
        """Read all inputs and commit them together."""
        inputs = expand(arguments)
        sizes = [one.path.stat().st_size for one in inputs if one.path is not None]
        self._progress.start(sum(sizes))
        self._paths.staging.mkdir(mode=0o700)
        engine = DuckDBEngine(spill_directory=self._paths.staging / "spill")
        existing = [
            (row, self._paths.segments / row.name) for row in self._catalog.segments("events")
        ]
        writer = SegmentWriter(engine, self._paths.staging, self._ingest_id, existing)
        try:
            for one in inputs:
                if one.beside:
                    self.report.beside.append(one.label)
                else:
                    self._file(one, writer)
            writer.finish()
        finally:
            engine.close()
        self._check_conservation()
        self._commit(writer)
        return self.report

    def _file(self, given: Input, writer: SegmentWriter) -> None:
        earlier = self._stored_before(given.path)
        if earlier is not None:
            self._repeat(given, earlier)
            return
        row = FileRow(self._next_file, self._ingest_id, "", given.label, 0)
        writer.files[row.file_id] = row
        try:
            opened = open_input(given.path, given.label, self._progress.advance)
        except InputError as error:
            row.status, row.note = "unreadable", error.message
            row.sha256 = hashlib.sha256(b"").hexdigest()
            self._keep(row)
            return
        with opened:
            self._read(given, opened, row, writer)
        if row.status == "context":
            return
        self._keep(row)

    def _read(self, given: Input, opened: Opened, row: FileRow, writer: SegmentWriter) -> None:
        row.compression, row.encoding = opened.compression, opened.encoding
        identity = (
            forced(opened.head, self._source)
            if self._source
            else identify(given.path, opened.head, self._sources)
        )
        if opened.damage and not opened.head:
            row.status, row.note = "damaged", f"cannot be decompressed: {opened.damage}"
        elif identity.context:
            self._take_context(given, opened, identity.context)
            row.status = "context"
        elif identity.recognition is None or identity.recognition.source is None:
            row.status = "empty" if not opened.head.strip() else "unrecognised"
            row.note = identity.why
        else:
            self._records(opened, identity, row, writer)
        opened.finish()
        row.sha256, row.size = opened.sha256, opened.size

    def _records(
        self, opened: Opened, identity: Identity, row: FileRow, writer: SegmentWriter
    ) -> None:
        recognition, container = identity.recognition, identity.container
        assert recognition is not None
        assert recognition.source is not None
        assert container is not None
        declaration = self._source or self._sources[recognition.source]
        row.source, row.format = declaration.name, container.name
        row.confidence, row.note = recognition.confidence, None
        for batch in batches(opened, container, declaration):
            checked = container.name != "jsonl"
            writer.add(row, declaration, batch, checked=checked)
            self._progress.records(len(batch.numbers))
        if opened.damage:
            row.status = "damaged"
            row.note = f"the file ends early ({opened.damage}); what came before is stored"
        elif row.read == 0:
            row.status, row.note = "empty", "it holds no records"

    def _keep(self, row: FileRow) -> None:
        """Count a file into the report, unless the very same was reported by an earlier ingest."""
        self.report.files.append(row)
        if (row.sha256, row.path) in self._known:
            row.file_id = self._known[row.sha256, row.path].file_id
            return
        self._known[row.sha256, row.path] = row
        self._by_size.setdefault(row.size, []).append(row)
        self._next_file += 1

    def _stored_before(self, path: Path | None) -> FileRow | None:
        """The file with the same bytes that was stored before, if any; hashes only on equal size."""
        if path is None:
            return None
        try:
            same_size = self._by_size.get(path.stat().st_size, [])
            if not same_size:
                return None
            digest = sha256_of(path)
        except OSError:
            return None
        found = [one for one in same_size if one.sha256 == digest and one.source is not None]
        return found[0] if found else None

    def _repeat(self, given: Input, earlier: FileRow) -> None:
        """The same bytes again: nothing is stored; under a new path every record is a duplicate."""
        assert given.path is not None
        self._progress.advance(earlier.size)
        row = FileRow(
            file_id=self._next_file,
            ingest_id=self._ingest_id,
            sha256=earlier.sha256,
            path=given.label,
            size=earlier.size,
            compression=earlier.compression,
            encoding=earlier.encoding,
            format=earlier.format,
            source=earlier.source,
            confidence=earlier.confidence,
            status="repeated",
            read=earlier.read,
            duplicate=earlier.read - earlier.rejected,
            rejected=earlier.rejected,
            note=f"the same bytes as {earlier.path}",
        )
        self._keep(row)

    def _take_context(self, given: Input, opened: Opened, kind: str) -> None:
        data = opened.text.read()
        opened.finish()
        key = (hashlib.sha256(data).hexdigest(), kind)
        when = self._now.isoformat(timespec="microseconds")
        row = ContextRow(given.label, kind, key[0], when, self._ingest_id)
        self.report.context.append(row)
        if key not in self._context_seen:
            self._context_seen.add(key)
            self._contexts[key[0]] = data

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
        new = [one for one in self.report.files if one.ingest_id == self._ingest_id]
        new = [one for one in new if self._known.get((one.sha256, one.path)) is one]
        contexts = [one for one in self.report.context if one.sha256 in self._contexts]
        if not new and not contexts:
            return
        for segment in writer.segments:
            (self._paths.staging / segment.name).replace(self._paths.segments / segment.name)
        sync_directory(self._paths.segments)
        for digest, data in self._contexts.items():
            write_durably(self._paths.context / digest, data)
        with self._catalog.transaction():
            self._catalog.connection.execute(
                "INSERT INTO ingests (ingest_id, time, tool) VALUES (?, ?, ?)",
                (self._ingest_id, self._now.isoformat(timespec="microseconds"), self._tool),
            )
            for row in (*new, *writer.segments, *contexts):
                self._catalog.add(row)
            custody.append(
                self._catalog.connection,
                "ingest",
                self._tool,
                {
                    "ingest_id": self._ingest_id,
                    "files": [_sealed(one) for one in new],
                    "segments": [[one.name, one.sha256, one.rows] for one in writer.segments],
                    "context": [[one.name, one.kind, one.sha256] for one in contexts],
                },
            )


def _sealed(row: FileRow) -> list[object]:
    """What custody remembers of a file."""
    return [
        row.file_id, row.path, row.sha256, row.size, row.source, row.status,
        row.read, row.stored, row.duplicate, row.rejected,
    ]  # fmt: skip


def remove_orphans(paths: CasePaths, catalog: Catalog) -> None:
    """Delete segments that an interrupted ingest moved in place but never committed."""
    known = {row.name for row in catalog.segments()}
    for path in sorted(paths.segments.iterdir()):
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
        catalog = Catalog(paths.catalog, create=not paths.catalog.exists())
        try:
            if not custody.entries(catalog.connection):
                with catalog.transaction():
                    custody.append(catalog.connection, "create", tool, {"version": 1})
            remove_orphans(paths, catalog)
            run = Ingest(paths, catalog, sources, tool=tool, source=source, progress=progress)
            return run.run(arguments)
        finally:
            catalog.close()
