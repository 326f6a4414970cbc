"""What the project itself makes of a file: its source, and its events with nothing left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import duckdb

from forensics.engine import Row
from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import ForensicsError
from forensics.evidence.reading import identify_opened, open_input
from forensics.sources.declaration import Declaration, parse
from forensics.sources.formats import Batch
from forensics.sources.mapping import compile_mapping
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


class Reader:
    """Reads files by a catalog, with one engine for all of them."""

    def __init__(self, catalog: Mapping[str, Declaration]) -> None:
        self.catalog = catalog
        self._engine = DuckDBEngine(threads=1)

    def read(self, path: Path) -> Reading:
        """All events of a file, duplicates and those without a time among them."""
        try:
            with open_input(path, str(path), None) as opened:
                identity = identify_opened(path, opened, self.catalog)
                if identity.log is None:
                    return Reading(why=identity.why)
                source, container = identity.log
                found = Reading(source, identity.why)
                declaration = self.catalog[source]
                batches = list(container.split(opened.text, embedded=declaration.embedded))
        except ForensicsError as error:
            return Reading(fault=str(error))
        try:
            for batch in batches:
                found.rows += self._rows(declaration, batch)
        except (ForensicsError, duckdb.Error) as error:
            found.fault = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        found.rows.sort(key=lambda row: (row["record_no"], row["event_no"]))
        return found

    def _rows(self, declaration: Declaration, batch: Batch) -> Sequence[Row]:
        if not batch.numbers:
            return []
        mapping = compile_mapping(declaration)
        prepare(self._engine, mapping)
        self._engine.register("given", given([0] * len(batch.numbers), batch))
        return self._engine.rows(mapping.sql)

    def close(self) -> None:
        """Release the engine."""
        self._engine.close()
