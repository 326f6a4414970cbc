"""Lines of a text stream, handed on in blocks of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from forensics.sources.formats import Batch, Reject

_CHUNK = 4 * 1024 * 1024
# A line longer than this is no record of any log; it is cut, so that memory holds its parts.
LONGEST = 16 * 1024 * 1024


def blocks(stream: BinaryIO) -> Iterator[list[bytes]]:
    """Whole lines without their line ends, blank ones left out, some megabytes at a time."""
    parts: list[bytes] = []
    while chunk := stream.read(_CHUNK):
        head, newline, tail = chunk.rpartition(b"\n")
        if not newline:
            parts.append(chunk)
            if sum(map(len, parts)) >= LONGEST:
                yield _lines(b"".join(parts))
                parts = []
            continue
        parts.append(head)
        yield _lines(b"".join(parts))
        parts = [tail]
    if rest := b"".join(parts):
        yield _lines(rest)


def batches(
    stream: BinaryIO, document: Callable[[bytes], tuple[bytes | None, str]]
) -> Iterator[Batch]:
    """Each line as a record with its document; one that has none is rejected, with the reason."""
    number = 0
    for block in blocks(stream):
        records: list[bytes] = []
        documents: list[bytes] = []
        batch = Batch(records=records, documents=documents)
        for line in block:
            batch.size += len(line)
            found, reason = document(line)
            if found is None:
                batch.rejects.append(Reject(number, reason, line))
            else:
                batch.numbers.append(number)
                records.append(line)
                documents.append(found)
            number += 1
        yield batch


def first(head: bytes, count: int = 20) -> list[bytes]:
    """The first lines of opening bytes, blank ones left out; the last may be cut off."""
    return _lines(b"\n".join(begun(head).split(b"\n", 4 * count)[: 4 * count]))[:count]


def begun(head: bytes) -> bytes:
    """Opening bytes from their first line that is not blank."""
    blank = len(head) - len(head.lstrip())
    return head[max(head.rfind(b"\n", 0, blank), head.rfind(b"\r", 0, blank)) + 1 :]


def _lines(block: bytes) -> list[bytes]:
    return [line for one in block.split(b"\n") if (line := one.rstrip(b"\r")).strip()]
