"""Parquet: a row a record, row group by row group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from forensics.sources import columnar
from forensics.sources.formats import NO_HINTS, Batch, Hints


class Parquet:
    """Rows of a Parquet file, rendered as JSON."""

    name = "parquet"
    priority = 0

    def matches(self, head: bytes) -> bool:
        """It begins with Parquet's sign."""
        return head.startswith(columnar.MAGIC)

    def split(self, stream: BinaryIO, hints: Hints = NO_HINTS) -> Iterator[Batch]:
        """Batches of rows; a row group that cannot be read costs its own rows and is told."""
        del hints
        try:
            file = columnar.opened(columnar.seekable(stream))
        except columnar.ERRORS as error:
            yield Batch(damage=f"its Parquet footer cannot be read: {_first_line(error)}")
            return
        start = 0
        for group in range(file.num_row_groups):
            count = file.metadata.row_group(group).num_rows
            read = 0
            try:
                for records in columnar.rows(file, group):
                    numbers = list(range(start + read, start + read + len(records)))
                    read += len(records)
                    yield Batch(numbers, records, size=sum(map(len, records)))
            except columnar.ERRORS as error:
                yield Batch(
                    damage=f"{count - read} rows of row group {group + 1} of {file.num_row_groups}"
                    f" cannot be read: {_first_line(error)}"
                )
            start += count


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


FORMAT = Parquet()
