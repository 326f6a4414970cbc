"""Linux audit events as Laurel writes them: a JSON object each, its lines under their types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from forensics.sources import lines
from forensics.sources.audit_lines import document
from forensics.sources.formats import NO_HINTS, NOT_UTF8, Batch, Hints

_START = re.compile(rb'\s*\{"ID":"\d{1,11}\.\d{3}:\d{1,20}","')
_ID = re.compile(r"(\d{1,11})\.(\d{3}):(\d{1,20})\Z")
# What Laurel adds of its own knowledge: it tells who called, not what happened.
_ADDED = frozenset({"PARENT_INFO", "CONTAINER_INFO"})
_object = msgspec.json.Decoder(dict[str, Any])


class Laurel:
    """A JSON object a line, with the document that the lines of auditd would have."""

    name = "laurel"
    priority = 5

    def matches(self, head: bytes) -> bool:
        """Most of the first lines begin with the identity of an event."""
        sample = lines.first(head)
        return sum(_START.match(one) is not None for one in sample) * 2 > len(sample)

    def split(self, stream: BinaryIO, hints: Hints = NO_HINTS) -> Iterator[Batch]:
        """Lines as they stand; one that is no event of the audit system is rejected."""
        del hints
        return lines.batches(stream, _document)


def _document(line: bytes) -> tuple[bytes | None, str]:
    """The document of an event, or why a line is none."""
    try:
        line.decode("utf-8")
        event = _object.decode(line)
    except UnicodeDecodeError:
        return None, NOT_UTF8
    except (msgspec.MsgspecError, RecursionError) as error:
        return None, f"not JSON of an audit event: {error}"
    identity = _ID.match(str(event.pop("ID", "")))
    node = event.pop("NODE", None)
    records = {
        kind: _record(kind, told)
        for kind, told in event.items()
        if kind not in _ADDED and _told(told)
    }
    if identity is None:
        return None, "not an audit event: it has no ID of seconds.milliseconds:serial"
    if not records:
        return None, "an audit event without fields: none of its members holds any"
    return document((identity[1], identity[2], identity[3]), node and str(node), records), ""


def _told(told: Any) -> bool:
    """Whether a member holds the fields of a line, or of several."""
    return isinstance(told, dict) or (
        isinstance(told, list) and bool(told) and all(isinstance(one, dict) for one in told)
    )


def _record(kind: str, told: Any) -> Any:
    """The fields of a type as the lines of auditd have them: PATH is a list, others mostly not."""
    if kind == "PATH":
        return told if isinstance(told, list) else [told]
    if isinstance(told, list):
        return _fields(told[0]) if len(told) == 1 else [_fields(one) for one in told]
    if kind == "EXECVE" and "ARGV" in told:
        return {**told, "argv": told["ARGV"]}
    return _fields(told)


def _fields(told: dict[str, Any]) -> dict[str, Any]:
    # What a program wrote within quotes, which Laurel puts beside the other fields.
    return told if isinstance(told.get("msg"), dict) else {**told, "msg": told}


FORMAT = Laurel()
