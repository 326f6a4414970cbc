"""JSON Lines: one JSON object a line; blank lines are not records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, cast

from forensics.sources import lines
from forensics.sources.envelopes import check_utf8
from forensics.sources.formats import NO_HINTS, NOT_UTF8, Batch, Hints, Reject

_CHUNK = 4 * 1024 * 1024
_BLANK = b" \t\r"


def _is_utf8(data: bytes | memoryview) -> bool:
    try:
        check_utf8(data)
    except UnicodeDecodeError:
        return False
    return True


def _records(block: bytes, start: int, stop: int) -> Iterator[memoryview]:
    """The lines that are not blank, without the blanks around them: views, not copies."""
    view = memoryview(block)
    while start < stop:
        end = block.find(b"\n", start, stop)
        end = stop if end < 0 else end
        first, start = start, end + 1
        while first < end and block[end - 1] in _BLANK:
            end -= 1
        while first < end and block[first] in _BLANK:
            first += 1
        if first < end:
            yield view[first:end]


def _blocks(stream: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Bytes and the span in them that holds whole lines.

    A line that stands across parts is put together alone, so that nothing else is copied; one
    that never ends is cut.
    """
    begun: list[bytes] = []
    while chunk := stream.read(_CHUNK):
        end = chunk.rfind(b"\n") + 1
        if not end:
            begun.append(chunk)
            if sum(map(len, begun)) < lines.LONGEST:
                continue
            chunk, end = b"", 0
        start = chunk.find(b"\n") + 1 if begun else 0
        if begun:
            line = b"".join([*begun, chunk[:start]])
            yield line, 0, len(line)
        yield chunk, start, end
        begun = [chunk[end:]] if end < len(chunk) else []
    if begun:
        line = b"".join(begun)
        yield line, 0, len(line)


class JsonLines:
    """One JSON object a line."""

    name = "jsonl"
    priority = 50

    def matches(self, head: bytes) -> bool:
        """A line that begins like an object; more specific formats were asked before."""
        return any(line.lstrip().startswith(b"{") for line in lines.first(head))

    def split(self, stream: BinaryIO, hints: Hints = NO_HINTS) -> Iterator[Batch]:
        """One batch a chunk; record numbers count non-blank lines from 0."""
        del hints
        number = 0
        for block, start, stop in _blocks(stream):
            batch = Batch(size=stop - start)
            clean = _is_utf8(memoryview(block)[start:stop])
            for place, record in enumerate(_records(block, start, stop), number):
                if clean or _is_utf8(record):
                    batch.numbers.append(place)
                    # Views share the block's memory: no copy a record.
                    batch.records.append(cast("bytes", record))
                else:
                    batch.rejects.append(Reject(place, NOT_UTF8, bytes(record)))
            number += len(batch.numbers) + len(batch.rejects)
            yield batch


FORMAT = JsonLines()
