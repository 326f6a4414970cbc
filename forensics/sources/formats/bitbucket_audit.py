"""The older audit file of Bitbucket Server and Stash: eight columns with bars between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

import msgspec

from forensics.sources import lines
from forensics.sources.formats import NO_HINTS, NOT_UTF8, Batch, Hints

# Details are JSON and may hold bars themselves: the columns on either side of them are counted.
_LINE = re.compile(
    r"(?P<address>[^|]{1,512}) \| (?P<event>[A-Za-z][A-Za-z0-9_$.]{0,255})"
    r" \| (?P<user>[^|]{1,512}) \| (?P<time>\d{13}) \| (?P<entity>[^|]{1,1024})"
    r" \| (?P<details>.*) \| (?P<request>[^|\s]{1,255}) \| (?P<session>[^|\s]{1,255})\s*\Z",
    re.DOTALL,
)
_ABSENT = "-"


class BitbucketAudit:
    """A line a record; its document has the columns that are filled, details as they stand."""

    name = "bitbucket_audit"
    priority = 35

    def matches(self, head: bytes) -> bool:
        """Most of the first lines have the eight columns, a stamp in milliseconds among them."""
        sample = lines.first(head)
        fit = sum(_LINE.match(one.decode("utf-8", "replace")) is not None for one in sample)
        return fit * 2 > len(sample)

    def split(self, stream: BinaryIO, hints: Hints = NO_HINTS) -> Iterator[Batch]:
        """Lines as they stand; one without the eight columns is rejected."""
        del hints
        return lines.batches(stream, _document)


def _document(line: bytes) -> tuple[bytes | None, str]:
    """The document of a record, or why a line is none."""
    try:
        found = _LINE.match(line.decode("utf-8"))
    except UnicodeDecodeError:
        return None, NOT_UTF8
    if found is None:
        return None, "not a line of the audit file: it has not its eight columns"
    known: dict[str, Any] = {
        key: text
        for key, one in found.groupdict().items()
        if (text := one.strip()) not in ("", _ABSENT)
    }
    if (details := known.get("details", "")).startswith("{"):
        with suppress(msgspec.MsgspecError, RecursionError):
            known["details"] = msgspec.json.decode(details)
    return msgspec.json.encode({"bitbucket_audit": known}), ""


FORMAT = BitbucketAudit()
