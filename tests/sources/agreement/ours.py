"""What the project itself makes of a file: its source, and its events with nothing left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Named
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import duckdb

from forensics.engine import Row
from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import ForensicsError
from forensics.evidence.reading import identify_opened, open_input
from forensics.sources.declaration import Declaration, parse
from forensics.sources.formats import Batch, Hints
from forensics.sources.mapping import Mapping, compile_mapping
from forensics.sources.normalise import given, prepare
from forensics.sources.routing import routed

Kind = tuple[str, tuple[str, ...]]
"""A source, and under which paths its records are carried."""


@dataclass
class Reading:
    """A file as the project reads it: its sources, and rows by record, in order.

    `fault` says what went wrong.
    """

    sources: tuple[str, ...] = ()
    why: str = ""
    rows: list[Row] = field(default_factory=list)
    fault: str = ""


def load_catalog() -> tuple[dict[str, Declaration], list[str]]:
    """The shipped declarations, one that is faulty left out, and what is wrong with those."""
    found, faults = {}, []
    folder = resources.files("forensics.sources").joinpath("catalog")
    for one in sorted(folder.iterdir(), key=str):
        if not one.name.endswith(".toml"):
            continue
        try:
            declaration = parse(one.read_text(encoding="utf-8"), one.name)
            found[declaration.name] = declaration
        except ForensicsError as error:
            faults.append(f"{one.name}: {error.message}")
    return found, faults


def _apart(file: int, batch: Batch) -> Iterator[tuple[int, Batch]]:
    """Each record of a batch in one of its own, with its file."""
    documents = batch.documents
    for place, (number, record) in enumerate(zip(batch.numbers, batch.records, strict=True)):
        yield file, Batch([number], [record], None if documents is None else [documents[place]])


def _together(records: Sequence[tuple[int, Batch]]) -> Batch:
    """Batches of one record each as one of all."""
    made = Batch()
    for _, one in records:
        made.numbers += one.numbers
        made.records += one.records
        if one.documents is not None:
            made.documents = [*(made.documents or []), *one.documents]
    return made


class Reader:
    """Reads files by a catalog, with one engine for all of them."""

    def __init__(self, catalog: Named[str, Declaration]) -> None:
        self.catalog = catalog
        self._engine = DuckDBEngine(threads=1)
        self._mappings: dict[Kind, Mapping] = {}
        self._last: Kind | None = None

    def source(self, path: Path) -> str | None:
        """The source that a file is recognised as."""
        with open_input(path, str(path), None) as opened:
            log = identify_opened(path, opened, self.catalog).log
        return log[1].source if log else None

    def read(self, paths: Sequence[Path]) -> list[Reading]:
        """All events of files, duplicates and those without a time among them.

        Records of one kind are mapped together, for a mapping costs more to plan than to run.
        """
        readings = [Reading() for _ in paths]
        kinds: dict[Kind, list[tuple[int, Batch]]] = {}
        for number, path in enumerate(paths):
            try:
                for kind, part in self._parts(path, readings[number]):
                    kinds.setdefault(kind, []).append((number, part))
            except ForensicsError as error:
                readings[number].fault = str(error)
        for kind, parts in kinds.items():
            try:
                mapping = self._prepared(*kind)
            except ForensicsError as error:
                for number, _ in parts:
                    readings[number].fault = error.message
                continue
            for row in self._rows(mapping, parts):
                readings[row["file_id"]].rows.append(row)
        for one in readings:
            one.sources = tuple(sorted({row["source"] for row in one.rows})) or one.sources
            one.rows.sort(key=lambda row: (row["record_no"], row["event_no"]))
        return readings

    def _parts(self, path: Path, reading: Reading) -> Iterator[tuple[Kind, Batch]]:
        """The records of a file, apart by kind, as an ingest tells them apart."""
        with open_input(path, str(path), None) as opened:
            identity = identify_opened(path, opened, self.catalog)
            reading.why = identity.why
            if identity.log is None:
                return
            container, recognition = identity.log
            main = self.catalog[recognition.source or ""]
            reading.sources = (main.name,)
            for batch in container.split(opened.text, Hints(main.embedded, opened.written)):
                yield from routed(batch, recognition, self.catalog)

    def _prepared(self, source: str, within: tuple[str, ...]) -> Mapping:
        key = (source, within)
        if key not in self._mappings:
            self._mappings[key] = compile_mapping(self.catalog[source], within)
        if self._last != key:
            prepare(self._engine, self._mappings[key])
            self._last = key
        return self._mappings[key]

    def _rows(self, mapping: Mapping, parts: Sequence[tuple[int, Batch]]) -> Sequence[Row]:
        """The events of parts of files that hold documents of their own all, or none of them."""
        found: list[Row] = []
        for own in (False, True):
            some = [(n, one) for n, one in parts if (one.documents is not None) == own]
            found += self._mapped(mapping, [pair for n, one in some for pair in _apart(n, one)])
        return found

    def _mapped(self, mapping: Mapping, records: Sequence[tuple[int, Batch]]) -> Sequence[Row]:
        if not records:
            return []
        self._engine.register("given", given([n for n, _ in records], _together(records)))
        try:
            return self._engine.rows(mapping.sql)
        except duckdb.Error:
            if len(records) > 1:
                return [row for one in records for row in self._mapped(mapping, [one])]
        return []  # A record that is no JSON is rejected by a case too.

    def close(self) -> None:
        """Release the engine."""
        self._engine.close()
