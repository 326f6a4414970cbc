"""Linux audit logs: the lines of one event, joined by time and serial number into one record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from forensics.sources import lines
from forensics.sources.audit_lines import LINE, document, fields, name_of
from forensics.sources.formats import NO_HINTS, NOT_UTF8, Batch, Hints, Reject

# How many events, and how many bytes of them, may wait for further lines.
_OPEN = 256
_HELD = 64 * 1024 * 1024
# ausearch writes these between events.
_BETWEEN = re.compile(rb"(?:----|time->[\w .:]{10,60})\s*\Z")


@dataclass
class _Event:
    """The lines of one event so far; `number` is the place of the first, in records."""

    number: int
    first: re.Match[str]
    lines: list[bytes] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    size: int = 0


class Auditd:
    """Audit lines, raw or enriched, with or without `node=` or a syslog header before them."""

    name = "auditd"
    priority = 30

    def matches(self, head: bytes) -> bool:
        """Most of the first lines name a type, a time and a serial number."""
        sample = [one for one in lines.first(head) if not _BETWEEN.match(one)]
        fit = sum(LINE.match(one.decode("utf-8", "replace")) is not None for one in sample)
        return fit * 2 > len(sample)

    def split(self, stream: BinaryIO, hints: Hints = NO_HINTS) -> Iterator[Batch]:
        """Events in the order of their first lines; their text is their lines as they stand.

        Lines of one event that lie further apart than some hundred events are several records.
        """
        del hints
        joining = _Joining()
        for block in lines.blocks(stream):
            for line in block:
                if not _BETWEEN.match(line):
                    joining.take(line)
            yield from joining.give(_HELD)
        yield from joining.give(0)


class _Joining:
    """Collects lines into events, in the order in which these began."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, ...], _Event] = {}
        self._batch = Batch(documents=[])
        self._number = 0

    def take(self, line: bytes) -> None:
        """Add a line to its event; one that is of none is rejected."""
        try:
            found = LINE.match(line.decode("utf-8"))
            reason = "not an audit line: it has no audit(time:serial)"
        except UnicodeDecodeError:
            found, reason = None, NOT_UTF8
        if found is None:
            self._batch.rejects.append(Reject(self._number, reason, line))
            self._batch.size += len(line)
            self._number += 1
            return
        key = (found["node"] or "", found["seconds"], found["millis"], found["serial"])
        event = self._waiting.get(key)
        if event is None:
            event = self._waiting[key] = _Event(self._number, found)
            self._number += 1
        event.lines.append(line)
        event.told.append((name_of(found["type"]), found["body"]))
        event.size += len(line) + 1
        if len(self._waiting) > _OPEN:
            self._close()

    def give(self, held: int) -> Iterator[Batch]:
        """What is complete, if anything is, once no more than `held` bytes are kept waiting."""
        size = sum(event.size for event in self._waiting.values())
        while size > held:
            size -= self._close()
        batch, self._batch = self._batch, Batch(documents=[])
        if batch.numbers or batch.rejects:
            yield batch

    def _close(self) -> int:
        """Take the event that began first as complete, and say how many bytes it has."""
        event = self._waiting.pop(next(iter(self._waiting)))
        self._batch.numbers.append(event.number)
        self._batch.records.append(b"\n".join(event.lines))
        self._batch.size += event.size
        if self._batch.documents is not None:
            self._batch.documents.append(_document(event))
        return event.size


def _document(event: _Event) -> bytes:
    """The event as JSON, each of its lines under its type."""
    records: dict[str, Any] = {}
    for kind, body in event.told:
        _put(records, kind, fields(kind, body))
    return document(
        (event.first["seconds"], event.first["millis"], event.first["serial"]),
        event.first["node"],
        records,
    )


def _put(records: dict[str, Any], kind: str, found: dict[str, Any]) -> None:
    """Keep a line's fields under its type; PATH, and what else comes twice, as a list."""
    earlier = records.get(kind)
    if earlier is None:
        records[kind] = [found] if kind == "PATH" else found
    elif isinstance(earlier, list):
        earlier.append(found)
    elif kind == "EXECVE":
        # One command line, written over several lines when it is long.
        argv = [*earlier.pop("argv", []), *found.pop("argv", [])]
        records[kind] = {**found, **earlier, "argv": argv}
    else:
        records[kind] = [earlier, found]


FORMAT = Auditd()
