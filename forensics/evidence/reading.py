"""What an input is: a context file, a log of a known source in a known format, or neither."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from forensics.errors import InputError
from forensics.sources import context
from forensics.sources.declaration import Declaration
from forensics.sources.formats import Format, matching
from forensics.sources.opening import HEAD, Opened
from forensics.sources.recognise import Recognition, decode, recognise

_SAMPLE = 25
_SAMPLE_BYTES = 64 * 1024
_LONGEST_FIRST = 64 * 1024 * 1024


@dataclass
class Identity:
    """What an input is: a context file, a log of a known source, or neither (`why` says).

    `unseen`: the opening bytes hold no whole record to judge by.
    """

    context: str | None = None
    container: Format | None = None
    recognition: Recognition | None = None
    why: str = ""
    unseen: bool = False

    @property
    def log(self) -> tuple[str, Format] | None:
        """Source and format, when the input is a log of a known source."""
        if self.container is None or self.recognition is None or self.recognition.source is None:
            return None
        return self.recognition.source, self.container


def _embedded_columns(catalog: Mapping[str, Declaration]) -> list[str | None]:
    """Embedded columns that some source declares; None first, for tables without one."""
    return [None, *sorted({one.embedded for one in catalog.values() if one.embedded})]


def _sample(container: Format, head: bytes, embedded: str | None) -> list[bytes]:
    """Records from the opening bytes; the last may be cut off and then does not decode."""
    found: list[bytes] = []
    for batch in container.split(io.BytesIO(head), embedded=embedded):
        found += (batch.documents if batch.documents is not None else batch.records)[:_SAMPLE]
        if len(found) >= _SAMPLE:
            break
    return found[:_SAMPLE]


def _best(
    container: Format, head: bytes, catalog: Mapping[str, Declaration]
) -> tuple[Recognition, bool]:
    """The best recognition under a format, and whether there were records to judge by."""
    tabular = container.name == "csv"
    tried = []
    for embedded in _embedded_columns(catalog) if tabular else [None]:
        documents = decode(_sample(container, head, embedded))
        wanted = {k: v for k, v in catalog.items() if not tabular or v.embedded == embedded}
        tried.append((recognise(documents, wanted), bool(documents)))
    return max(tried, key=lambda one: (one[0].source is not None, one[1], -len(one[0].why)))


def identify(
    path: Path | None,
    head: bytes,
    catalog: Mapping[str, Declaration],
    only: Declaration | None = None,
) -> Identity:
    """What an input's opening bytes say it is; with `only`, a log is of that source whatever."""
    if path is not None and (kind := context.kind_of(path, head)):
        return Identity(context=kind, why=f"its header is that of {kind}")
    if not head.strip():
        return Identity(why="it is empty")
    formats = matching(head)
    if only is not None and formats:
        named = Recognition(only.name, "high", "named by the user", ())
        return Identity(container=formats[0], recognition=named, why=named.why)
    tried = [(one, *_judged(one, head, catalog)) for one in formats]
    seen = any(records for _, _, records in tried)
    if not seen and b"\x00" in head[:4096]:
        return Identity(why="it is binary, not text")
    if not tried:
        return Identity(why="it is neither JSON nor a table with a header line")
    container, recognition, _ = next((one for one in tried if one[1].source is not None), tried[0])
    return Identity(None, container, recognition, recognition.why, unseen=not seen)


def _judged(
    container: Format, head: bytes, catalog: Mapping[str, Declaration]
) -> tuple[Recognition, bool]:
    """Judged by the first records, a few as long as they are short."""
    recognition, seen = _best(container, head[:_SAMPLE_BYTES], catalog)
    if not seen and len(head) > _SAMPLE_BYTES:
        return _best(container, head, catalog)
    return recognition, seen


def identify_opened(
    path: Path | None,
    opened: Opened,
    catalog: Mapping[str, Declaration],
    only: Declaration | None = None,
) -> Identity:
    """What an opened input is; one whose first record is very long is read as far as need be."""
    found = identify(path, opened.head, catalog, only)
    if found.unseen and len(opened.head) == HEAD:
        opened.widen(_LONGEST_FIRST)
        found = identify(path, opened.head, catalog, only)
    return found


def open_input(path: Path | None, label: str, progress: Callable[[int], None] | None) -> Opened:
    """Open an input for reading; raises `InputError` when the file cannot be opened."""
    try:
        return Opened(path, progress)
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}", place=label) from error
