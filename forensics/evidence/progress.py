"""Who is told how far an ingest is."""

from __future__ import annotations

from typing import Protocol


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
