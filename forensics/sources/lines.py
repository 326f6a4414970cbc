"""Lines of a text stream, handed on in blocks of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

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


def first(head: bytes, count: int = 20) -> list[bytes]:
    """The first lines of opening bytes, blank ones left out; the last may be cut off."""
    return _lines(b"\n".join(begun(head).split(b"\n", 4 * count)[: 4 * count]))[:count]


def begun(head: bytes) -> bytes:
    """Opening bytes from their first line that is not blank."""
    blank = len(head) - len(head.lstrip())
    return head[max(head.rfind(b"\n", 0, blank), head.rfind(b"\r", 0, blank)) + 1 :]


def _lines(block: bytes) -> list[bytes]:
    return [line for one in block.split(b"\n") if (line := one.rstrip(b"\r")).strip()]
