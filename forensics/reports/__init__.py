"""Outputs: documents shown in a terminal or as HTML, timelines written as tables."""

from __future__ import annotations

import importlib
import os
import pkgutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from forensics.errors import UsageError
from forensics.reports import tables

if TYPE_CHECKING:
    import pyarrow as pa


class TableFormat(Protocol):
    """A file format of a table: one module in `reports/tables`, named as the format is."""

    def write(self, table: pa.Table, stream: BinaryIO) -> None:
        """Write the whole table; the same rows give the same bytes."""
        ...


def formats() -> tuple[str, ...]:
    """Names of the formats a table can be written in, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(tables.__path__)))


def table_format(name: str) -> TableFormat:
    """The format of that name; raises `UsageError` naming the known ones."""
    if name not in formats():
        raise UsageError(
            f"There is no table format {name!r}.", remedy="Known: " + ", ".join(formats()) + "."
        )
    return cast(TableFormat, importlib.import_module(f"{tables.__name__}.{name}"))


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes appear at `path` all at once, and not at all when the block fails."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise UsageError(
            f"The file cannot be written: {error.strerror}.",
            place=str(path),
            remedy="Name a file in a directory that exists and can be written.",
        ) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
