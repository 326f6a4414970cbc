"""JSON Lines: one JSON object a line; blank lines are not records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, cast

from forensics.sources.envelopes import check_utf8
from forensics.sources.formats import NO_HINTS, Batch, Hints, Reject

_CHUNK = 4 * 1024 * 1024
_BLANK = b" \t\r"


def _is_utf8(data: bytes | memoryview) -> bool:
    try:
        check_utf8(data)
    except UnicodeDecodeError:
        return False
    return True


def _records(block: bytes) -> Iterator[memoryview]:
    """The lines that are not blank, without the blanks around them: views, not copies."""
    view, position = memoryview(block), 0
    while position < len(block):
        end = block.find(b"\n", position)
        end = len(block) if end < 0 else end
        start, position = position, end + 1
        while start < end and block[end - 1] in _BLANK:
            end -= 1
        while start < end and block[start] in _BLANK:
            start += 1
        if start < end:
            yield view[start:end]


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
        return any(line.lstrip().startswith(b"{") for line in head.split(b"\n", 20)[:20])

    def split(self, stream: BinaryIO, hints: Hints = NO_HINTS) -> Iterator[Batch]:
        """One batch a chunk; record numbers count non-blank lines from 0."""
        del hints
        number = 0
        for block in _blocks(stream):
            batch = Batch(size=len(block))
            clean = _is_utf8(block)
            for place, record in enumerate(_records(block), number):
                if clean or _is_utf8(record):
                    batch.numbers.append(place)
                    # Views share the block's memory: no copy a record.
                    batch.records.append(cast("bytes", record))
                else:
                    batch.rejects.append(Reject(place, "not UTF-8", bytes(record)))
            number += len(batch.numbers) + len(batch.rejects)
            yield batch


FORMAT = JsonLines()
