"""JSON documents of many records: an array, an object around one array, or several of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, cast

import msgspec

from forensics.errors import InputError
from forensics.sources.envelopes import (
    ARRAY,
    ERRORS,
    check_utf8,
    envelope_key,
    envelope_start,
    records,
    unwrapped,
)
from forensics.sources.formats import NO_HINTS, NOT_UTF8, Batch, Hints, Reject
from forensics.sources.salvage import Piece, apart, value_end
from forensics.sources.streaming import begins, streamed

# What is held in memory as a whole; larger documents are cut at the ends of their records.
_WHOLE = 64 * 1024 * 1024
_LIMIT = 2 * 1024**3
# Records, and bytes of them, a batch.
_BATCH = 20_000
_FULL = 16 * 1024 * 1024
_STEP = 4 * 1024 * 1024
_OBJECT = re.compile(rb'\{\s*["}]')
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _is_envelope_line(first: bytes, rest: bytes) -> bool:
    """Whether a first line that is a whole object is an envelope, not the first of many records."""
    document = unwrapped(_object.decode(first))
    return envelope_key(document) is not None and (not rest.strip() or len(document) == 1)


def _is_spread(text: bytes, first: bytes, more: bool) -> bool:
    """Whether an object goes on over several lines, or something follows on its line."""
    end = value_end(text, 0)
    if end is None:
        return more and first.strip() == b"{"
    try:
        _object.decode(text[:end])
    except ERRORS:
        return False
    return b"\n" in text[:end] or text[end : end + 64].lstrip(b" \t\r")[:1] in {b"{", b","}


class JsonDocument:
    """An array of records, or an object that holds one; also several of them in one file."""

    name = "json"
    priority = 10

    def matches(self, head: bytes) -> bool:
        """An array, an envelope, an object spread over lines, or objects on one line."""
        if ARRAY.match(head):
            return True
        text = head.lstrip()
        if not _OBJECT.match(text):
            return False
        first, newline, rest = text.partition(b"\n")
        try:
            return _is_envelope_line(first.rstrip(), rest)
        except ERRORS:
            pass
        return envelope_start(text) is not None or _is_spread(text, first, bool(newline))

    def split(self, stream: BinaryIO, hints: Hints = NO_HINTS) -> Iterator[Batch]:
        """The records byte for byte; a broken document is taken apart record by record."""
        del hints
        data = _read(stream, _WHOLE)
        if len(data) >= _WHOLE and begins(data):
            yield from _streamed(data, stream, "it ends early, or no record follows")
            return
        data += _read(stream, _LIMIT - len(data) + 1)
        if len(data) > _LIMIT:
            raise InputError(
                "A JSON document over 2 GiB that is neither an array nor opens like an envelope.",
                remedy="Convert it to JSON Lines first, for example with jq -c '.[]'.",
            )
        try:
            check_utf8(data)
            found = records(data)
        except ERRORS as error:
            if begins(data):
                yield from _streamed(data, stream, str(error))
            else:
                yield from _batches(apart(data, str(error)))
            return
        for start in range(0, len(found), _BATCH):
            part = found[start : start + _BATCH]
            numbers = list(range(start, start + len(part)))
            # Raw slices are bytes-like and share the document's memory: no copy a record.
            yield Batch(numbers, cast("list[bytes]", part), size=sum(map(len, part)))


def _read(stream: BinaryIO, limit: int) -> bytes:
    """That many bytes, in steps: one read of the limit's size is paid for in page faults."""
    parts, size = [], 0
    while size < limit and (part := stream.read(min(_STEP, limit - size))):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _streamed(data: bytes, stream: BinaryIO, why: str) -> Iterator[Batch]:
    return _batches(piece for some in streamed(data, stream, why) for piece in some)


def _not_utf8(piece: bytes) -> str | None:
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return NOT_UTF8
    return None


def _batches(pieces: Iterator[Piece]) -> Iterator[Batch]:
    batch = Batch()
    for number, (piece, fault) in enumerate(pieces):
        batch.damage = batch.damage or fault
        why = fault or _not_utf8(piece)
        batch.size += len(piece)
        if why is None:
            batch.numbers.append(number)
            batch.records.append(piece)
        else:
            batch.rejects.append(Reject(number, why, piece))
        if len(batch.numbers) + len(batch.rejects) >= _BATCH or batch.size >= _FULL:
            yield batch
            batch = Batch(damage=batch.damage)
    yield batch


FORMAT = JsonDocument()
