"""Envelopes: JSON objects around one array of records, as APIs and exporters write them."""

from __future__ import annotations

import re
import struct

import msgspec
import pyarrow as pa

# Names under which APIs and exporters put their records.
ENVELOPE_NAMES = frozenset([
    "records", "value", "values", "items", "events", "data", "logs", "entries", "results", "hits",
    "response", "audit_events", "auditevents", "auditlogs", "audit_logs", "authlogs",
    "operation_logs", "logevents", "activities", "alerts", "activity_logs", "result",
    "notifications", "entities", "logins",
])  # fmt: skip
# Members that hold the envelope itself, one level down, beside nothing but scalars.
_HOLDERS = frozenset(["data", "response", "result", "results", "hits", "raw_logs", "_embedded"])
# Members beside the records that describe them; any other object beside makes it a record.
_ABOUT = frozenset([
    "meta", "metadata", "responsemetadata", "response_metadata", "links", "_links", "paging",
    "pagination", "paginginfo", "page", "status", "jsonapi",
])  # fmt: skip
_SCALAR_MEMBER = rb'"[^"]*"\s*:\s*(?:"[^"]*"|[-0-9.eE+]+|true|false|null)'
_ABOUT_MEMBER = rb'"(?i:' + "|".join(sorted(_ABOUT)).encode() + rb')"\s*:\s*\{[^{}]*\}'
# An array of objects, or of nothing.
_OBJECTS = re.compile(rb"\[\s*[\]{]")
_MEMBERS = rb"(?:(?:" + _SCALAR_MEMBER + rb"|" + _ABOUT_MEMBER + rb")\s*,\s*)*"
ARRAY = re.compile(rb"\s*\[")
# An object whose first array follows nothing but scalars: what an envelope opens with.
_OPENING = re.compile(
    rb"\s*\{\s*(?P<before>"
    + _MEMBERS
    + rb'(?:"(?i:'
    + "|".join(sorted(_HOLDERS)).encode()
    + rb')"\s*:\s*\{\s*'
    + _MEMBERS
    + rb")?)"
    rb'"(?P<key>[^"]*)"\s*:\s*\['
)
ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding a document that is not sound raises."""

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_envelope = msgspec.json.Decoder(dict[str, list[msgspec.Raw]])
_array = msgspec.json.Decoder(list[msgspec.Raw])


def _first(value: msgspec.Raw) -> bytes:
    return bytes(memoryview(value)[:1])


def unwrapped(document: dict[str, msgspec.Raw]) -> dict[str, msgspec.Raw]:
    """The object that holds the array of records: the document, or the one object in it."""
    objects = [key for key, value in document.items() if _first(value) == b"{"]
    held = [key for key in objects if key.lower() not in _ABOUT]
    arrays = any(
        _first(value) == b"[" and key.lower() in ENVELOPE_NAMES for key, value in document.items()
    )
    if len(held) != 1 or held[0].lower() not in _HOLDERS or arrays:
        return document
    try:
        inner = _object.decode(document[held[0]])
    except ERRORS:
        return document
    key = envelope_key(inner)
    return inner if key is not None and key.lower() in ENVELOPE_NAMES else document


def envelope_key(document: dict[str, msgspec.Raw]) -> str | None:
    """The key that holds the records, or None if this object is itself a record.

    An envelope has one array of objects under a usual name (or as its only member) and nothing
    but scalars and members about the records beside it; a record that merely contains an array
    has other members too.
    """
    arrays = [key for key, value in document.items() if _first(value) == b"["]
    if len(arrays) > 1:
        arrays = [key for key in arrays if key.lower() in ENVELOPE_NAMES]
    if len(arrays) != 1:
        return None
    key = arrays[0]
    others = [_first(v) for k, v in document.items() if k != key and k.lower() not in _ABOUT]
    if len(document) > 1 and (key.lower() not in ENVELOPE_NAMES or b"{" in others):
        return None
    return key if _OBJECTS.match(memoryview(document[key])) else None


def check_utf8(data: bytes | memoryview) -> None:
    """Raise `UnicodeDecodeError` unless it is UTF-8; Arrow looks without making a copy."""
    offsets = pa.py_buffer(struct.pack("=2q", 0, len(data)))
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(data)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        bytes(data).decode("utf-8")


def records(data: bytes) -> list[msgspec.Raw]:
    """The records of one sound document: an array's, an envelope's, or the document itself."""
    if ARRAY.match(data):
        return _array.decode(data)
    try:
        ((_, elements),) = _envelope.decode(data).items()
    except (msgspec.ValidationError, ValueError):
        pass
    else:
        if all(_first(one) == b"{" for one in elements[:5]):
            return elements
    document = unwrapped(_object.decode(data))
    key = envelope_key(document)
    return _array.decode(document[key]) if key is not None else [msgspec.Raw(data.strip())]


def envelope_start(data: bytes, start: int = 0) -> int | None:
    """Where the records of an envelope begin that need not be whole, or None if it is none."""
    if found := ARRAY.match(data, start):
        return found.end()
    found = _OPENING.match(data, start)
    if found is None:
        return None
    usual = found["key"].decode("utf-8", "replace").lower() in ENVELOPE_NAMES
    holds = data[found.end() : found.end() + 64].lstrip()[:1]
    return found.end() if holds == b"{" and (usual or not found["before"]) else None
