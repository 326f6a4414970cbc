"""JSON Lines: one JSON object a line; blank lines are not records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from forensics.sources.formats import Batch, Reject

_CHUNK = 4 * 1024 * 1024


def _add(batch: Batch, number: int, line: bytes, *, known_utf8: bool) -> None:
    if not known_utf8:
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            reason = f"not UTF-8: {error.reason} at byte {error.start}"
            batch.rejects.append(Reject(number, reason, line))
            batch.size += len(line)
            return
    batch.numbers.append(number)
    batch.records.append(line)
    batch.size += len(line)


def _lines(stream: BinaryIO) -> Iterator[list[bytes]]:
    """Lists of whole lines, without their line ends; a long line is put together from its parts."""
    parts: list[bytes] = []
    while chunk := stream.read(_CHUNK):
        head, newline, tail = chunk.rpartition(b"\n")
        if not newline:
            parts.append(chunk)
            continue
        parts.append(head)
        yield b"".join(parts).split(b"\n")
        parts = [tail]
    if rest := b"".join(parts):
        yield [rest]


class JsonLines:
    """One JSON object a line."""

    name = "jsonl"
    priority = 50

    def matches(self, head: bytes) -> bool:
        """A line that begins like an object; more specific formats were asked before."""
        return any(line.lstrip().startswith(b"{") for line in head.split(b"\n")[:20])

    def split(self, stream: BinaryIO, *, embedded: str | None = None) -> Iterator[Batch]:
        """One batch a chunk; record numbers count non-blank lines from 0."""
        del embedded
        number = 0
        for lines in _lines(stream):
            batch = Batch()
            try:
                b"\n".join(lines).decode("utf-8")
                known = True
            except UnicodeDecodeError:
                known = False
            for line in lines:
                record = line.strip(b" \t\r")
                if record:
                    _add(batch, number, record, known_utf8=known)
                    number += 1
            yield batch


FORMAT = JsonLines()
