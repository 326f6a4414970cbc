"""JSON documents of many records: an array, an object around one array, or several of them."""

from __future__ import annotations

import re
import struct
from collections.abc import Generator, Iterator
from typing import BinaryIO, cast

import msgspec
import pyarrow as pa

from forensics.errors import InputError
from forensics.sources.formats import Batch, Reject

# Names under which APIs and exporters put their records.
ENVELOPE_NAMES = frozenset(
    [
        "records",
        "value",
        "items",
        "events",
        "data",
        "logs",
        "entries",
        "results",
        "audit_events",
        "auditlogs",
    ]
)
_LIMIT = 2 * 1024**3
_BATCH = 20_000
_STEP = 4 * 1024 * 1024
_ARRAY = re.compile(rb"\s*\[")
_OBJECT = re.compile(rb'\{\s*["}]')
# An object whose first array follows nothing but scalars: what an envelope opens with.
_OPENING = re.compile(
    rb'\s*\{\s*(?P<before>(?:"[^"]*"\s*:\s*(?:"[^"]*"|[-0-9.eE+]+|true|false|null)\s*,\s*)*)'
    rb'"(?P<key>[^"]*)"\s*:\s*\['
)
_BETWEEN = re.compile(rb"[\s,\x1e]*")
_SCALAR = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[^\s,\]}\[{"]+', re.DOTALL)
# A string that never ends swallows the rest, so that its brackets do not count.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[{}\[\]]', re.DOTALL)
_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_envelope = msgspec.json.Decoder(dict[str, list[msgspec.Raw]])
_array = msgspec.json.Decoder(list[msgspec.Raw])


def _first(value: msgspec.Raw) -> bytes:
    return bytes(memoryview(value)[:1])


def envelope_key(document: dict[str, msgspec.Raw]) -> str | None:
    """The key that holds the records, or None if this object is itself a record.

    An envelope has one array of objects under a usual name (or as its only member) and nothing
    but scalars beside it; a record that merely contains an array has other members too.
    """
    arrays = [key for key, value in document.items() if _first(value) == b"["]
    if len(arrays) > 1:
        arrays = [key for key in arrays if key.lower() in ENVELOPE_NAMES]
    if len(arrays) != 1:
        return None
    key = arrays[0]
    others = [_first(value) for name, value in document.items() if name != key]
    if others and (key.lower() not in ENVELOPE_NAMES or b"{" in others):
        return None
    try:
        elements = _array.decode(document[key])
    except _ERRORS:
        return None
    return key if all(_first(one) == b"{" for one in elements[:5]) else None


def value_end(data: bytes, start: int) -> int | None:
    """Where the object or array that begins at `start` ends, or None if it does not."""
    depth = 0
    for found in _TOKEN.finditer(data, start):
        token = data[found.start()]
        depth += (token in b"{[") - (token in b"}]")
        if depth == 0:
            return found.end()
    return None


def _is_envelope_line(first: bytes, rest: bytes) -> bool:
    """Whether a first line that is a whole object is an envelope, not the first of many records."""
    document = _object.decode(first)
    return envelope_key(document) is not None and (not rest.strip() or len(document) == 1)


def _is_spread(text: bytes, first: bytes, more: bool) -> bool:
    """Whether an object goes on over several lines, or is followed by another on its line."""
    end = value_end(text, 0)
    if end is None:
        return more and first.strip() == b"{"
    try:
        _object.decode(text[:end])
    except _ERRORS:
        return False
    return b"\n" in text[:end] or text[end:].lstrip(b" \t\r").startswith(b"{")


class JsonDocument:
    """An array of records, or an object that holds one; also several of them in one file."""

    name = "json"
    priority = 10

    def matches(self, head: bytes) -> bool:
        """An array, an envelope, an object spread over lines, or objects on one line."""
        if _ARRAY.match(head):
            return True
        text = head.lstrip()
        if not _OBJECT.match(text):
            return False
        first, newline, rest = text.partition(b"\n")
        try:
            return _is_envelope_line(first.rstrip(), rest)
        except _ERRORS:
            pass
        return _envelope_start(text) is not None or _is_spread(text, first, bool(newline))

    def split(self, stream: BinaryIO, *, embedded: str | None = None) -> Iterator[Batch]:
        """The records byte for byte; a broken document is taken apart record by record."""
        del embedded
        data = _all(stream)
        if len(data) > _LIMIT:
            raise InputError(
                "A single JSON document over 2 GiB cannot be split in memory.",
                remedy="Convert it to JSON Lines first, for example with jq -c '.[]'.",
            )
        try:
            _check_utf8(data)
            records = _records(data)
        except _ERRORS as error:
            yield from _batches(_apart(data, str(error)))
            return
        for start in range(0, len(records), _BATCH):
            part = records[start : start + _BATCH]
            numbers = list(range(start, start + len(part)))
            # Raw slices are bytes-like and share the document's memory: no copy a record.
            yield Batch(numbers, cast("list[bytes]", part), size=sum(map(len, part)))


def _all(stream: BinaryIO) -> bytes:
    """All there is, in steps: one read of the limit's size is paid for in page faults."""
    parts, size = [], 0
    while size <= _LIMIT and (part := stream.read(_STEP)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _check_utf8(data: bytes) -> None:
    """Raise `UnicodeDecodeError` unless it is UTF-8; Arrow looks without making a copy."""
    offsets = pa.py_buffer(struct.pack("=2q", 0, len(data)))
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(data)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        data.decode("utf-8")


def _records(data: bytes) -> list[msgspec.Raw]:
    if _ARRAY.match(data):
        return _array.decode(data)
    try:
        ((_, elements),) = _envelope.decode(data).items()
    except (msgspec.ValidationError, ValueError):
        pass
    else:
        if all(_first(one) == b"{" for one in elements[:5]):
            return elements
    document = _object.decode(data)
    key = envelope_key(document)
    return _array.decode(document[key]) if key is not None else [msgspec.Raw(data.strip())]


def _envelope_start(data: bytes, start: int = 0) -> int | None:
    """Where the records of an envelope begin that need not be whole, or None if it is none."""
    if found := _ARRAY.match(data, start):
        return found.end()
    found = _OPENING.match(data, start)
    if found is None:
        return None
    usual = found["key"].decode("utf-8", "replace").lower() in ENVELOPE_NAMES
    holds = data[found.end() : found.end() + 64].lstrip()[:1]
    return found.end() if holds == b"{" and (usual or not found["before"]) else None


_Piece = tuple[bytes, str | None]


def _apart(data: bytes, why: str) -> Iterator[_Piece]:
    """The records of each document in turn; with a reason, what is left and is no record."""
    position = 0
    while (position := _end(_BETWEEN, data, position)) < len(data):
        line_end = data.find(b"\n", position)
        line_end = len(data) if line_end < 0 else line_end
        if data[position] not in b"{[":
            yield data[position:line_end].strip(), "not JSON"
            position = line_end
            continue
        end = _whole(data, position, line_end)
        try:
            document = data[position:end] if end is not None else b""
            _check_utf8(document)
            pieces = _records(document)
        except _ERRORS:
            position = yield from _elements(data, position, end, why)
            continue
        yield from ((bytes(one), None) for one in pieces)
        position = end or len(data)


def _whole(data: bytes, start: int, line_end: int) -> int | None:
    """The end of the value at `start`: of its line when that is one value, else as brackets say."""
    try:
        msgspec.json.decode(data[start:line_end], type=msgspec.Raw)
    except _ERRORS:
        return value_end(data, start)
    return line_end


def _elements(data: bytes, start: int, end: int | None, why: str) -> Generator[_Piece, None, int]:
    """The elements of a document that is not sound, and the position after it.

    A document that ends too early leaves a rest.
    """
    position = _envelope_start(data, start)
    if position is None:
        stop = len(data) if end is None else end
        yield data[start:stop].strip(), (f"broken JSON document: {why}" if end is None else None)
        return stop
    while (position := _end(_BETWEEN, data, position)) < len(data) and data[position] != 0x5D:
        after = _element_end(data, position)
        if after is None:
            break
        yield data[position:after], None
        position = after
    if position < len(data) and data[position] == 0x5D:
        return len(data) if end is None else end
    yield data[position:].strip(), f"broken JSON document: {why}"
    return len(data)


def _element_end(data: bytes, start: int) -> int | None:
    if data[start] in b"{[":
        return value_end(data, start)
    found = _SCALAR.match(data, start)
    return found.end() if found else None


def _end(pattern: re.Pattern[bytes], data: bytes, position: int) -> int:
    found = pattern.match(data, position)
    return position if found is None else found.end()


def _not_utf8(piece: bytes) -> str | None:
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return "not UTF-8"
    return None


def _batches(pieces: Iterator[_Piece]) -> Iterator[Batch]:
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
        if len(batch.numbers) + len(batch.rejects) >= _BATCH:
            yield batch
            batch = Batch(damage=batch.damage)
    yield batch


FORMAT = JsonDocument()
