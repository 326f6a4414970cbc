"""One JSON document that holds many records: an array, or an object around one array."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import BinaryIO, cast

import msgspec

from forensics.errors import InputError
from forensics.sources.formats import Batch, Reject

# Names under which APIs and exporters put their records.
ENVELOPE_NAMES = frozenset(
    "records value items events data logs entries results audit_events auditlogs".split()
)
_LIMIT = 2 * 1024**3
_BATCH = 20_000
_ARRAY = re.compile(rb"\s*\[")
_OBJECT_HEAD = re.compile(rb'\s*\{\s*(?:"[^"]*"\s*:\s*(?:"[^"]*"|[-0-9.eE+]+|true|false|null)\s*,\s*)*"([^"]*)"\s*:\s*\[')
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])


def envelope_key(document: dict[str, msgspec.Raw]) -> str | None:
    """The key that holds the records, or None if this object is itself a record.

    An envelope has one array of objects under a usual name (or as its only member) and nothing
    but scalars beside it; a record that merely contains an array has other members too.
    """
    arrays = [key for key, value in document.items() if bytes(value).lstrip().startswith(b"[")]
    if len(arrays) != 1:
        return None
    key = arrays[0]
    others = [bytes(value).lstrip()[:1] for name, value in document.items() if name != key]
    if others and (key.lower() not in ENVELOPE_NAMES or any(one == b"{" for one in others)):
        return None
    try:
        elements = _array.decode(document[key])
    except msgspec.MsgspecError:
        return None
    return key if all(bytes(one).lstrip().startswith(b"{") for one in elements[:5]) else None


def _is_envelope_line(line: bytes) -> bool | None:
    """Whether a first line is an envelope; None when it is not whole JSON by itself."""
    try:
        return envelope_key(_object.decode(line)) is not None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


class JsonDocument:
    """An array of records, or an object that holds one."""

    name = "json"
    priority = 10

    def matches(self, head: bytes) -> bool:
        """An array, an envelope, or an object spread over lines."""
        if _ARRAY.match(head):
            return True
        text = head.lstrip()
        if not text.startswith(b"{"):
            return False
        first, newline, rest = text.partition(b"\n")
        whole = _is_envelope_line(first.rstrip())
        if whole is not None:
            return whole and not rest.strip()
        found = _OBJECT_HEAD.match(text)
        if found and (found.group(1).decode("utf-8", "replace").lower() in ENVELOPE_NAMES):
            return True
        # A first line that is not JSON by itself: pretty-printed, unless it just is very long.
        return bool(newline) and first.strip() in {b"{"}

    def split(self, stream: BinaryIO, *, embedded: str | None = None) -> Iterator[Batch]:
        """The records byte for byte; what a broken document still holds is saved record by record."""
        del embedded
        data = stream.read(_LIMIT + 1)
        if len(data) > _LIMIT:
            raise InputError(
                "A single JSON document over 2 GiB cannot be split in memory.",
                remedy="Convert it to JSON Lines first, for example with jq -c '.[]'.",
            )
        try:
            data.decode("utf-8")
            records = self._records(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            yield _salvage(data, str(error))
            return
        for start in range(0, len(records), _BATCH):
            part = records[start : start + _BATCH]
            numbers = list(range(start, start + len(part)))
            # Raw slices are bytes-like and share the document's memory: no copy a record.
            yield Batch(numbers, cast("list[bytes]", part), size=sum(map(len, part)))

    @staticmethod
    def _records(data: bytes) -> list[msgspec.Raw]:
        if _ARRAY.match(data):
            return _array.decode(data)
        document = _object.decode(data)
        key = envelope_key(document)
        return _array.decode(document[key]) if key is not None else [msgspec.Raw(data.strip())]


def _salvage(data: bytes, why: str) -> Batch:
    """Whole records from the front of a broken document, and the rest as one reject."""
    batch = Batch(size=len(data))
    text = data.decode("utf-8", "surrogateescape")
    found = re.match(r'\s*(?:\{.*?"[^"]*"\s*:\s*)?\[', text, re.DOTALL)
    position = found.end() if found else 0
    decoder = json.JSONDecoder()
    number = 0
    while found:
        start = re.compile(r"[\s,]*").match(text, position).end()  # type: ignore[union-attr]
        try:
            _, end = decoder.raw_decode(text, start)
            record = text[start:end].encode("utf-8")
        except (ValueError, RecursionError):
            break
        batch.numbers.append(number)
        batch.records.append(record)
        number, position = number + 1, end
    rest = text[position:].encode("utf-8", "surrogateescape").strip(b" \t\r\n,")
    if rest or not batch.records:
        batch.rejects.append(Reject(number, f"broken JSON document: {why}", rest))
    return batch


FORMAT = JsonDocument()
