"""CSV with a header line, also with one column of embedded JSON."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from forensics.sources.formats import NO_HINTS, Batch, Hints, Reject

# Rows, and bytes of them, a batch.
_BATCH = 20_000
_FULL = 16 * 1024 * 1024
_DELIMITERS = ",;\t|"
# Characters of a row: what a quote that never ends may take up of the memory.
_LONGEST = 16 * 1024 * 1024
_LINE_END = re.compile(rb"[\r\n]")
# How often in one file a quote that never ends may be read again; each time costs a long read.
_RETRIES = 100


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
        line = self._again.popleft() if self._again else self._lines.readline(_LONGEST)
        if not line:
            raise StopIteration
        self._taken.append(line)
        self._size += len(line)
        if self._size > _LONGEST:
            raise csv.Error(f"row is longer than {_LONGEST} characters")
        return line

    @property
    def lines(self) -> int:
        """Lines of the record just read."""
        return len(self._taken)

    def give_back(self) -> None:
        """Keep only the first line of the record just read; the others are read again."""
        self._again.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]
        self._size = 0

    def take(self) -> str:
        """The text of the record just read, without its line end."""
        text = "".join(self._taken)
        self._taken.clear()
        self._size = 0
        return text.rstrip("\r\n")

    def header(self) -> str:
        """The first line that is not blank."""
        for line in self:
            self._taken.clear()
            self._size = 0
            if line.strip():
                # Names that are not UTF-8 cost no row its place; the rows keep their bytes.
                return line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return ""


def delimiter_of(header: str) -> str:
    """The delimiter that splits a header line into most columns."""
    return max(_DELIMITERS, key=header.count)


def _columns(line: str) -> list[str]:
    """Names in a header line, none when it cannot be split."""
    try:
        row = next(csv.reader([line], delimiter=delimiter_of(line)), [])
    except csv.Error:
        return []
    return [name.strip() for name in row]


def header_of(head: bytes) -> list[str]:
    """Column names of the first line of a CSV file; fewer than two means this is no CSV."""
    line = _LINE_END.split(head.lstrip(), maxsplit=1)[0].decode("utf-8", "replace")
    if not line or line.lstrip()[:1] in {"{", "["}:
        return []
    return _columns(line)


class Csv:
    """A table with a header line."""

    name = "csv"
    priority = 90

    def matches(self, head: bytes) -> bool:
        """A first line of at least two distinct column names that are words, not values."""
        header = header_of(head)
        named = [one for one in header if one and any(char.isalpha() for char in one)]
        return len(header) >= 2 and len(set(header)) == len(header) and len(named) == len(header)

    def split(self, stream: BinaryIO, hints: Hints = NO_HINTS) -> Iterator[Batch]:
        """Rows as their exact text, each with a JSON document made of its columns.

        `hints.embedded` names a column of JSON whose members become the document's own; the other
        columns are then found under `csv`. A row of another width than the header is rejected;
        if it has a quote that never ends, only its first line is.
        """
        csv.field_size_limit(_LONGEST)
        recorder = _Recorder(stream)
        first = recorder.header()
        header = _columns(first)
        batch = Batch(documents=[])
        for number, (text, row, fault) in enumerate(_rows(recorder, delimiter_of(first), header)):
            cells = dict(zip(header, row, strict=False))
            _add(batch, number, text, cells, fault=fault, embedded=hints.embedded)
            if len(batch.numbers) + len(batch.rejects) >= _BATCH or batch.size >= _FULL:
                yield batch
                batch = Batch(documents=[])
        yield batch


def _rows(
    recorder: _Recorder, delimiter: str, header: list[str]
) -> Iterator[tuple[str, list[str], str]]:
    """Text, cells and fault of each row that is not blank."""
    retries = _RETRIES
    rows = csv.reader(recorder, delimiter=delimiter)
    while True:
        try:
            row = next(rows, None)
            fault = "" if row is None else _fault(row, header)
        except csv.Error as error:
            row, fault = [], f"not CSV: {error}"
        if row is None:
            return
        if fault and recorder.lines > 1 and retries:
            retries -= 1
            recorder.give_back()
            rows = csv.reader(recorder, delimiter=delimiter)
            fault = "row does not end on its line, or has another width than the header"
        text = recorder.take()
        if text:
            yield text, row, fault


def _fault(row: list[str], header: list[str]) -> str:
    if row and len(row) != len(header):
        return f"row has {len(row)} columns, the header has {len(header)}"
    return ""


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
        data, fault = text.encode("utf-8", "surrogateescape"), fault or "not UTF-8"
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
