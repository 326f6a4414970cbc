"""Container formats, one file each, found by their presence."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import BinaryIO, Protocol, cast

NEITHER = "neither JSON nor a table with a header line, nor syslog, auditd or Parquet"
"""What a file is that no format reads."""
NOT_UTF8 = "not UTF-8; convert the file to UTF-8 and ingest it again"
"""Why a record is rejected whose bytes are no text, and what to do about it."""


@dataclass(frozen=True)
class Reject:
    """A record that cannot be stored as an event: where it stood, why, and its bytes."""

    record_no: int
    reason: str
    data: bytes


@dataclass
class Batch:
    """Consecutive records of one file, as bytes of UTF-8 text.

    `numbers` are positions in the file from 0, rejected records included. `documents` holds the
    JSON that mappings read where it differs from the record itself (a CSV row); None otherwise.
    Records are UTF-8 but need not be sound JSON. `damage` says why no more of the file was split.
    """

    numbers: list[int] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)
    documents: list[bytes] | None = None
    rejects: list[Reject] = field(default_factory=list)
    size: int = 0
    damage: str | None = None


@dataclass(frozen=True)
class Hints:
    """What is known of a file beside its bytes.

    `embedded` names a table's column that holds the record as JSON; `written` is the day on which
    the file was last written to, for stamps without a year.
    """

    embedded: str | None = None
    written: date | None = None


NO_HINTS = Hints()


class Format(Protocol):
    """A container format: recognises its opening bytes and splits a stream into batches."""

    name: str
    priority: int

    def matches(self, head: bytes) -> bool:
        """Whether the decompressed, UTF-8 opening bytes look like this format."""
        ...

    def split(self, stream: BinaryIO, hints: Hints = NO_HINTS) -> Iterator[Batch]:
        """Batches of records, in file order; malformed ones come back as rejects."""
        ...


@cache
def all_formats() -> tuple[Format, ...]:
    """Every format in this folder, most specific first."""
    found = [
        cast("Format", importlib.import_module(f"{__name__}.{info.name}").FORMAT)
        for info in pkgutil.iter_modules(__path__)
    ]
    return tuple(sorted(found, key=lambda one: (one.priority, one.name)))


def matching(head: bytes) -> Iterator[Format]:
    """Every format that opening bytes may be of, most likely first, each asked when it is due."""
    return (one for one in all_formats() if one.matches(head))


def detect(head: bytes) -> Format | None:
    """The format of a file by its opening bytes, or None."""
    return next(matching(head), None)
