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


@dataclass
class Reading:
    """A file as the project reads it: rows by record, in order; `fault` says what went wrong."""

    source: str | None = None
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


def _apart(batch: Batch) -> Iterator[Batch]:
    """Each record of a batch in one of its own."""
    documents = batch.documents
    for place, (number, record) in enumerate(zip(batch.numbers, batch.records, strict=True)):
        yield Batch([number], [record], None if documents is None else [documents[place]])


class Reader:
    """Reads files by a catalog, with one engine for all of them."""

    def __init__(self, catalog: Named[str, Declaration]) -> None:
        self.catalog = catalog
        self._engine = DuckDBEngine(threads=1)
        self._mappings: dict[tuple[str, tuple[str, ...]], Mapping] = {}
        self._last: tuple[str, tuple[str, ...]] | None = None

    def source(self, path: Path) -> str | None:
        """The source that a file is recognised as."""
        with open_input(path, str(path), None) as opened:
            log = identify_opened(path, opened, self.catalog).log
        return log[0] if log else None

    def read(self, path: Path) -> Reading:
        """All events of a file, duplicates and those without a time among them."""
        try:
            with open_input(path, str(path), None) as opened:
                identity = identify_opened(path, opened, self.catalog)
                if identity.log is None:
                    return Reading(why=identity.why)
                source, container, within = identity.log
                found = Reading(source, identity.why)
                declaration = self.catalog[source]
                hints = Hints(declaration.embedded, opened.written)
                batches = list(container.split(opened.text, hints))
        except ForensicsError as error:
            return Reading(fault=str(error))
        try:
            mapping = self._prepared(declaration, within)
            for batch in batches:
                found.rows += self._rows(mapping, batch)
        except (ForensicsError, duckdb.Error) as error:
            found.fault = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        found.rows.sort(key=lambda row: (row["record_no"], row["event_no"]))
        return found

    def _prepared(self, declaration: Declaration, within: tuple[str, ...]) -> Mapping:
        key = (declaration.name, within)
        if key not in self._mappings:
            self._mappings[key] = compile_mapping(declaration, within)
        if self._last != key:
            prepare(self._engine, self._mappings[key])
            self._last = key
        return self._mappings[key]

    def _rows(self, mapping: Mapping, batch: Batch) -> Sequence[Row]:
        if not batch.numbers:
            return []
        self._engine.register("given", given([0] * len(batch.numbers), batch))
        try:
            return self._engine.rows(mapping.sql)
        except duckdb.Error:
            if len(batch.numbers) > 1:
                return [row for one in _apart(batch) for row in self._rows(mapping, one)]
        return []  # A record that is no JSON is rejected by a case too.

    def close(self) -> None:
        """Release the engine."""
        self._engine.close()
