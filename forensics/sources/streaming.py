"""The records of JSON documents too large to be held whole: cut at record ends, part by part."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import BinaryIO

import msgspec

from forensics.sources.envelopes import ERRORS, envelope_start
from forensics.sources.salvage import (
    BETWEEN,
    RETRIES,
    Piece,
    apart,
    element_end,
    open_brackets,
    value_end,
)

STEP = 4 * 1024 * 1024
# How much of a document is looked at to see what it opens with.
OPENING = 256 * 1024
# A record, or what is left of a document that is not sound, larger than this is given up.
LONGEST = 64 * 1024 * 1024
# What is no record is handed on in pieces of this size.
_PIECE = 16 * 1024 * 1024
# Elements that are taken apart in one go: what is left is copied once for all of them.
_AT_ONCE = 10_000
_NEXT = re.compile(rb"\}\s*,\s*\{")
_array = msgspec.json.Decoder(list[msgspec.Raw])


class Window:
    """The part of a stream that is being looked at; bytes before it were dealt with."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self.data = head
        self._stream = stream
        self.ended = False

    def fill(self, size: int) -> bool:
        """Read on; whether there was more."""
        more = self._stream.read(size)
        self.ended = not more
        if more:
            self.data += more
        return bool(more)

    def drop(self, size: int) -> None:
        """Done with the first bytes."""
        self.data = self.data[size:]

    def skip(self) -> bool:
        """Pass over what may stand between records; whether anything follows."""
        while True:
            found = BETWEEN.match(self.data)
            self.drop(found.end() if found else 0)
            if self.data or not self.fill(STEP):
                return bool(self.data)


def _cut(data: bytes) -> tuple[int, list[msgspec.Raw]] | None:
    """The largest end of a record that is found with few tries, and the records before it.

    A text cut between two objects is a list of whole records only if no bracket and no string is
    open there, so the parser itself tells whether a place between objects is one between records.
    """
    place, step = len(data), 1024
    while place > 0:
        start = max(0, place - step)
        candidates = list(_NEXT.finditer(data, start, place))
        if candidates:
            end = candidates[-1].start() + 1
            try:
                return end, _array.decode(b"[" + data[:end] + b"]")
            except ERRORS:
                place = candidates[-1].start()
        else:
            place = start
        step *= 2
    return None


def _elements(window: Window) -> Generator[list[Piece], None, bool]:
    """The elements of the array that the window stands in; whether it ends."""
    singly, patience = 0, 1
    while window.skip():
        if window.data[:1] == b"]":
            window.drop(1)
            return True
        if len(window.data) < STEP and not window.ended:
            window.fill(STEP)
        found = _cut(window.data) if singly <= 0 else None
        if found is not None:
            window.drop(found[0])
            yield [(bytes(one), None) for one in found[1]]
            patience = 1
            continue
        # What is broken is not parsed again for each of its records.
        singly, patience = (singly, patience) if singly > 0 else (patience, patience * 2)
        some = _several(window, singly) or _single(window)
        if not some:
            return False
        singly -= len(some)
        yield [(one, None) for one in some]
    return False


def _several(window: Window, most: int) -> list[bytes]:
    """The next elements by their own brackets, as far as they end within the window."""
    found: list[bytes] = []
    data, place = window.data, 0
    while len(found) < min(most, _AT_ONCE):
        between = BETWEEN.match(data, place)
        start = between.end() if between else place
        end = element_end(data, start) if data[start : start + 1] not in {b"", b"]"} else None
        if end is None or end == len(data):
            break
        found.append(data[start:end])
        place = end
    window.drop(place)
    return found


def _single(window: Window) -> list[bytes]:
    """The next element by its own brackets, however long; none when it does not end."""
    while (end := element_end(window.data, 0)) is None or end == len(window.data):
        if len(window.data) > LONGEST or not window.fill(max(STEP, len(window.data))):
            break
    if end is None:
        return []
    piece = window.data[:end]
    window.drop(end)
    return [piece]


def _tail(window: Window, depth: int) -> bool:
    """Pass over the members after an envelope's array; whether the envelope ends."""
    if not depth:
        return True
    while (end := value_end(window.data, 0, depth)) is None:
        if len(window.data) > LONGEST or not window.fill(max(STEP, len(window.data))):
            return False
    window.drop(end)
    return True


def begins(head: bytes) -> bool:
    """Whether a document begins like one whose records can be told apart without its end."""
    return envelope_start(head) is not None


def streamed(head: bytes, stream: BinaryIO, why: str) -> Iterator[list[Piece]]:
    """The records of one document after another; with a reason, what is left and is no record.

    `why` says what is known to be wrong with it.
    """
    window, retries = Window(head, stream), RETRIES
    while window.skip():
        while len(window.data) < OPENING and window.fill(STEP):
            pass
        start = envelope_start(window.data)
        if start is None:
            while len(window.data) < LONGEST and window.fill(LONGEST // 8):
                pass
            yield from ([piece] for piece in apart(window.data, why))
            window.drop(len(window.data))
            continue
        # All but the array's own, which ends with its elements.
        depth = open_brackets(window.data[:start]) - 1
        window.drop(start)
        ended = yield from _elements(window)
        if ended and not _tail(window, depth):
            # Another document may follow one whose end is missing.
            ended, retries = retries > 0, retries - 1
        if not ended:
            yield from _left(window, why)
            return


def _left(window: Window, why: str) -> Iterator[list[Piece]]:
    """What is no record, in pieces that memory holds; the first may be empty and tells the end."""
    while True:
        while len(window.data) < _PIECE and window.fill(STEP):
            pass
        piece = window.data[:_PIECE].strip()
        window.drop(_PIECE)
        yield [(piece, f"broken JSON document: {why}")]
        if not window.data:
            return
