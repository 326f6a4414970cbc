"""The progress bar of reading: bytes, records a second, and the time that is left."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from forensics.cli import console

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Bar:
    """Progress of an ingest on stderr."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._records = 0

    def start(self, total_bytes: int) -> None:
        """The sum of all inputs' sizes."""
        self._progress.update(self._task, total=total_bytes or None)

    def advance(self, size: int) -> None:
        """That many more bytes were read."""
        self._progress.advance(self._task, size)

    def records(self, count: int) -> None:
        """That many more records were read."""
        self._records += count
        elapsed = self._progress.tasks[0].elapsed or 0.0
        rate = self._records / elapsed if elapsed > 0 else 0.0
        self._progress.update(self._task, records=f"{self._records:,} records, {rate:,.0f}/s")


@contextmanager
def watching() -> Iterator[Bar | None]:
    """A bar when a person watches stderr; None otherwise."""
    if console.settings.quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("Reading"),
        BarColumn(bar_width=24),
        DownloadColumn(),
        TextColumn("{task.fields[records]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console.err(), transient=True) as progress:
        yield Bar(progress, progress.add_task("Reading", total=None, records=""))
