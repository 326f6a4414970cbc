"""CSV with a header line, also with one column of embedded JSON."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from forensics.sources.formats import NO_HINTS, NOT_UTF8, Batch, Hints, Reject
from forensics.sources.tables import Layout, layout_of, layout_of_head, window

# Rows, and bytes of them, a batch.
_BATCH = 20_000
_FULL = 16 * 1024 * 1024
# Characters of a row: what a quote that never ends may take up of the memory.
_LONGEST = 16 * 1024 * 1024
# How often in one file a quote that never ends may be read again; each time costs a long read.
_RETRIES = 100
# What is split without a header line, because a user named its source, has no columns.
_NO_TABLE = Layout(-1, ",", (), 0)


class _Recorder:
    """Hands lines to the CSV reader and remembers them, so a record keeps its exact text."""

    def __init__(self, stream: BinaryIO) -> None:
        # surrogateescape keeps invalid bytes, so that a bad row can be rejected with its bytes.
        self._lines = io.TextIOWrapper(
            stream, encoding="utf-8", errors="surrogateescape", newline=""
        )
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._line()
        if not line:
            raise StopIteration
        self._taken.append(line)
        self._size += len(line)
        if self._size > _LONGEST:
            raise csv.Error(f"row is longer than {_LONGEST} characters")
        return line

    def _line(self) -> str:
        return self._again.popleft() if self._again else self._lines.readline(_LONGEST)

    @property
    def lines(self) -> int:
        """Lines of the record just read."""
        return len(self._taken)

    def give_back(self) -> None:
        """Keep only the first line of the record just read; the others are read again."""
        self._again.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]
        self._size = 0

    def coming(self) -> str:
        """The line after the record just read, which is read next."""
        if not self._again and (line := self._line()):
            self._again.append(line)
        return self._again[0] if self._again else ""

    def take(self) -> str:
        """The text of the record just read, without its line end."""
        text = "".join(self._taken)
        self._taken.clear()
        self._size = 0
        return text.rstrip("\r\n")

    def layout(self) -> Layout | None:
        """How the table is laid out by its first lines, which are read again."""
        lines, whole = window(iter(self._line, ""))
        self._again.extend(lines)
        # Names that are not UTF-8 cost no row its place; the rows keep their bytes.
        texts = [one.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for one in lines]
        return layout_of(texts, whole=whole)

    def lead(self, layout: Layout) -> str:
        """The titles before the header, a line each; what follows it is read next."""
        lead = []
        for _ in range(layout.line + 1):
            next(self)
            lead.append(self.take())
        return "\n".join(lead[place] for place in layout.titles)


class Csv:
    """A table with a header line."""

    name = "csv"
    priority = 90

    def matches(self, head: bytes) -> bool:
        """Among the first lines is one of at least two column names that are words, not values."""
        return layout_of_head(head) is not None

    def split(self, stream: BinaryIO, hints: Hints = NO_HINTS) -> Iterator[Batch]:
        """Rows as their exact text, each with a JSON document made of its columns.

        `hints.embedded` names a column of JSON whose members become the document's own; the other
        columns are then found under `csv`. A row of another width than the header is rejected;
        if it has a quote that never ends, only its first line is. Tables that were put together
        are read by their own headers.
        """
        csv.field_size_limit(_LONGEST)
        recorder = _Recorder(stream)
        layout = recorder.layout() or _NO_TABLE
        batch = Batch(documents=[])
        for number, (text, cells, fault) in enumerate(_rows(recorder, layout)):
            _add(batch, number, text, cells, fault=fault, embedded=hints.embedded)
            if len(batch.numbers) + len(batch.rejects) >= _BATCH or batch.size >= _FULL:
                yield batch
                batch = Batch(documents=[])
        yield batch


def _rows(recorder: _Recorder, layout: Layout) -> Iterator[tuple[str, dict[str, str], str]]:
    """Text, cells and fault of each row that is not blank; titles are one row with a fault."""
    if titles := recorder.lead(layout):
        yield titles, {}, "title before the header"
    retries = _RETRIES
    rows = layout.rows(recorder)
    while True:
        try:
            row = next(rows, None)
            fault = layout.fault(row) if row else ""
        except csv.Error as error:
            row, fault = [], f"not CSV: {error}"
        if row is None:
            return
        if fault and recorder.lines > 1 and retries:
            retries -= 1
            recorder.give_back()
            rows = layout.rows(recorder)
            fault = "row does not end on its line, or has another width than the header"
        elif fault and (other := layout.followed_by(row, recorder.coming())):
            layout, fault = other, "header of another table, whose rows follow"
        if text := recorder.take():
            yield text, dict(zip(layout.names, row, strict=False)), fault


def _add(
    batch: Batch,
    number: int,
    text: str,
    row: dict[str, str],
    *,
    fault: str,
    embedded: str | None,
) -> None:
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        data, fault = text.encode("utf-8", "surrogateescape"), fault or NOT_UTF8
    batch.size += len(data)
    if fault or batch.documents is None:
        batch.rejects.append(Reject(number, fault, data))
        return
    batch.numbers.append(number)
    batch.records.append(data)
    batch.documents.append(_document(row, embedded))


def _document(columns: dict[str, str], embedded: str | None) -> bytes:
    if not embedded:
        return msgspec.json.encode(columns)
    inner = columns.pop(embedded, "").strip()
    outer = msgspec.json.encode({"csv": columns})
    if not (inner.startswith("{") and inner.endswith("}")) or not inner[1:-1].strip():
        return outer
    return b"".join((outer[:-1], b",", inner[1:].encode("utf-8")))


FORMAT = Csv()
