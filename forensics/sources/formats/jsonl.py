"""JSON Lines: one JSON object a line; blank lines are not records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from forensics.sources.formats import NO_HINTS, Batch, Hints, Reject

_CHUNK = 4 * 1024 * 1024


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Blocks of whole lines; a long line is put together from its parts."""
    parts: list[bytes] = []
    while chunk := stream.read(_CHUNK):
        head, newline, tail = chunk.rpartition(b"\n")
        if not newline:
            parts.append(chunk)
            continue
        parts.append(head)
        yield b"".join(parts)
        parts = [tail]
    if rest := b"".join(parts):
        yield rest


class JsonLines:
    """One JSON object a line."""

    name = "jsonl"
    priority = 50

    def matches(self, head: bytes) -> bool:
        """A line that begins like an object; more specific formats were asked before."""
        return any(line.lstrip().startswith(b"{") for line in head.split(b"\n")[:20])

    def split(self, stream: BinaryIO, hints: Hints = NO_HINTS) -> Iterator[Batch]:
        """One batch a chunk; record numbers count non-blank lines from 0."""
        del hints
        number = 0
        for block in _blocks(stream):
            batch = Batch(size=len(block))
            clean = _is_utf8(block)
            for line in block.split(b"\n"):
                record = line.strip(b" \t\r")
                if not record:
                    continue
                if clean or _is_utf8(record):
                    batch.numbers.append(number)
                    batch.records.append(record)
                else:
                    batch.rejects.append(Reject(number, "not UTF-8", record))
                number += 1
            yield batch


FORMAT = JsonLines()
