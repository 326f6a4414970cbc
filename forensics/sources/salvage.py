"""Taking apart documents that are several, or not sound: every whole record is kept."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

import msgspec

from forensics.sources.envelopes import ERRORS, check_utf8, envelope_start, records

BETWEEN = re.compile(rb"[\s,\x1e]*")
_SCALAR = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[^\s,\]}\[{"]+', re.DOTALL)
# A string that never ends swallows the rest, so that its brackets do not count.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)
Piece = tuple[bytes, str | None]
# How often in one text a document that never ends is looked behind; each time costs a long read.
RETRIES = 100


def value_end(data: bytes, start: int, depth: int = 0) -> int | None:
    """Where the object or array that begins at `start` ends, or None if it does not.

    With a depth, the one that so many brackets open before `start` began.
    """
    for found in _TOKEN.finditer(data, start):
        token = data[found.start()]
        depth += (token in b"{[") - (token in b"}]")
        if depth == 0:
            return found.end()
    return None


def open_brackets(data: bytes) -> int:
    """How many brackets a text opens and does not close."""
    tokens = [data[found.start()] for found in _TOKEN.finditer(data)]
    return sum((one in b"{[") - (one in b"}]") for one in tokens)


def apart(data: bytes, why: str) -> Iterator[Piece]:
    """The records of each document in turn; with a reason, what is left and is no record."""
    position, line_end, retries = 0, -1, RETRIES
    while (position := _end(BETWEEN, data, position)) < len(data):
        begun = position <= line_end
        if not begun:
            line_end = data.find(b"\n", position)
            line_end = len(data) if line_end < 0 else line_end
        if data[position] not in b"{[" or not retries:
            yield data[position:line_end].strip(), "not JSON"
            position = line_end
            continue
        # Of several values on a line only the first is tried together with the rest of it.
        end = value_end(data, position) if begun else _whole(data, position, line_end)
        retries -= end is None
        try:
            document = data[position:end] if end is not None else b""
            check_utf8(document)
            pieces = records(document)
        except ERRORS:
            position = yield from _elements(data, position, end, why)
            continue
        yield from ((bytes(one), None) for one in pieces)
        position = end or len(data)


def _whole(data: bytes, start: int, line_end: int) -> int | None:
    """The end of the value at `start`: of its line when that is one value, else as brackets say."""
    try:
        msgspec.json.decode(data[start:line_end], type=msgspec.Raw)
    except ERRORS:
        return value_end(data, start)
    return line_end


def _elements(data: bytes, start: int, end: int | None, why: str) -> Generator[Piece, None, int]:
    """The elements of a document that is not sound, and the position after it.

    A document that ends too early leaves a rest, unless only its array ended: another may follow.
    """
    position = envelope_start(data, start)
    if position is None:
        stop = len(data) if end is None else end
        yield data[start:stop].strip(), (f"broken JSON document: {why}" if end is None else None)
        return stop
    while (position := _end(BETWEEN, data, position)) < len(data) and data[position] != 0x5D:
        after = element_end(data, position)
        if after is None:
            break
        yield data[position:after], None
        position = after
    if position < len(data) and data[position] == 0x5D:
        return position + 1 if end is None else end
    yield data[position:].strip(), f"broken JSON document: {why}"
    return len(data)


def element_end(data: bytes, start: int) -> int | None:
    """Where the value that begins at `start` ends, or None if it does not."""
    if data[start] in b"{[":
        return value_end(data, start)
    found = _SCALAR.match(data, start)
    return found.end() if found else None


def _end(pattern: re.Pattern[bytes], data: bytes, position: int) -> int:
    found = pattern.match(data, position)
    return position if found is None else found.end()
