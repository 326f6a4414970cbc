"""What an input is: a context file, a log of a known source in a known format, or neither."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from forensics.errors import InputError
from forensics.evidence.archives import Archive
from forensics.evidence.inputs import Input
from forensics.sources import context
from forensics.sources.declaration import Declaration
from forensics.sources.envelopes import ERRORS, records
from forensics.sources.expansion import Allowance, Limits
from forensics.sources.formats import NEITHER, NO_HINTS, NOT_UTF8, Batch, Format, Hints, matching
from forensics.sources.opening import HEAD, Opened
from forensics.sources.recognise import Recognition, decode, recognise
from forensics.sources.soundness import fault_at, place_of

_SAMPLE = 25
# What an empty page has and most others do not: to parse each of them whole would cost as much.
_NO_RECORDS = re.compile(rb"\[\s*\]")
_SAMPLE_BYTES = 64 * 1024
# What a shell hands over by name: a pipe there has its writer.
_HANDED = ("/dev/fd", "/dev/stdin", "/proc")
_LONGEST_FIRST = 64 * 1024 * 1024
# What is known and not read, by its opening bytes, and what to do about it.
_UNREAD = (
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it first"),
    (b"ElfFile\x00", "a Windows event log", "export its events first"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document", "save a sheet as CSV"),
    (b"SQLite format 3\x00", "a SQLite database", "export its tables as CSV or JSON"),
    (b"Obj\x01", "an Avro file", "export it as JSON Lines or Parquet"),
    (b"ORC", "an ORC file", "export it as JSON Lines or Parquet"),
    (b"ARROW1", "an Arrow file", "export it as JSON Lines or Parquet"),
    (b"<", "XML or HTML", "export it as JSON or CSV"),
)


class _Unwrapped:
    """A table whose records lie in one column, though their declaration names no such column."""

    def __init__(self, table: Format, column: str) -> None:
        self.name, self.priority = table.name, table.priority
        self._table, self._column = table, column

    def matches(self, head: bytes) -> bool:
        """As the table does."""
        return self._table.matches(head)

    def split(self, stream: BinaryIO, hints: Hints = NO_HINTS) -> Iterator[Batch]:
        """As the table does, by the column that was found."""
        return self._table.split(stream, replace(hints, embedded=self._column))


@dataclass
class Identity:
    """What an input is: a context file, a log of a known source, or neither (`why` says).

    `archive` is the kind of an archive that could be read. `unseen`: the opening bytes hold no
    whole record to judge by. `empty` is the status of what holds nothing.
    """

    context: str | None = None
    archive: str | None = None
    container: Format | None = None
    recognition: Recognition | None = None
    why: str = ""
    unseen: bool = False
    empty: str | None = None

    @property
    def log(self) -> tuple[Format, Recognition] | None:
        """Format and recognition, when it is a log of a known source."""
        found = self.recognition
        if self.container is None or found is None or found.source is None:
            return None
        return self.container, found

    @property
    def unread(self) -> str:
        """The status of an input that is neither context nor a log."""
        if self.empty is not None:
            return self.empty
        neighbour = self.recognition is not None and self.recognition.neighbour
        return "not_a_log" if neighbour else "unrecognised"


@dataclass(frozen=True)
class _Tried:
    """What a log is under one format; `seen`: there were records to judge by."""

    container: Format
    recognition: Recognition
    seen: bool

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Higher is better: recognised, judged by records, and the shorter refusal."""
        return self.recognition.source is not None, self.seen, -len(self.recognition.why)


def _sample(container: Format, head: bytes, embedded: str | None) -> list[bytes]:
    """Records from the opening bytes; the last may be cut off and then does not decode."""
    found: list[bytes] = []
    for batch in container.split(io.BytesIO(head), Hints(embedded)):
        found += batch.documents if batch.documents is not None else batch.records
        if len(found) >= _SAMPLE:
            break
    return found[:: max(1, len(found) // _SAMPLE)][:_SAMPLE]


def _under(
    container: Format, head: bytes, embedded: str | None, catalog: Mapping[str, Declaration]
) -> _Tried:
    documents = decode(_sample(container, head, embedded))
    return _Tried(container, recognise(documents, catalog), bool(documents))


def _json_columns(container: Format, head: bytes) -> list[str]:
    """Columns of a table whose sampled cells are JSON objects, blank ones aside."""
    rows = decode(_sample(container, head, None))
    cells = {name: [str(row.get(name, "")).strip() for row in rows] for name in rows[0]}
    return [
        name
        for name, texts in cells.items()
        if any(texts) and all(text.startswith("{") for text in texts if text)
    ]


def _table(container: Format, head: bytes, catalog: Mapping[str, Declaration]) -> _Tried:
    """A table by its header, or by the column of JSON that a source declares or that stands out."""
    declared = sorted({one.embedded for one in catalog.values() if one.embedded})
    tried = [
        _under(container, head, name, {k: v for k, v in catalog.items() if v.embedded == name})
        for name in (None, *declared)
    ]
    best = max(tried, key=lambda one: one.rank)
    if best.recognition.source is not None or not best.seen:
        return best
    inner = [
        _under(_Unwrapped(container, name), head, name, catalog)
        for name in _json_columns(container, head)
    ]
    return next((one for one in inner if one.recognition.source is not None), best)


def _best(container: Format, head: bytes, catalog: Mapping[str, Declaration]) -> _Tried:
    """The best recognition under a format."""
    if container.name == "csv":
        return _table(container, head, catalog)
    return _under(container, head, None, catalog)


def identify(
    path: Path | None,
    head: bytes,
    catalog: Mapping[str, Declaration],
    only: Declaration | None = None,
    *,
    more: bool = False,
) -> Identity:
    """What an input's opening bytes say it is; with `only`, a log is of that source whatever.

    `more` says that the input may go on after them.
    """
    try:
        if (nothing := _nothing(head, more)) is not None:
            return nothing
        return _identify(path, head, catalog, only)
    except Exception as error:
        return Identity(why=f"it cannot be sampled: {type(error).__name__}: {error}")


def _identify(
    path: Path | None,
    head: bytes,
    catalog: Mapping[str, Declaration],
    only: Declaration | None,
) -> Identity:
    if path is not None and (kind := context.kind_of(path, head)):
        return Identity(context=kind, why=f"its header is that of {kind}")
    formats = matching(head)
    if only is not None and (container := next(formats, None)):
        judged = _judged(container, head, {only.name: only})
        within = judged.recognition.within
        named = Recognition(only.name, "high", "named by the user", within=within)
        return Identity(container=judged.container, recognition=named, why=named.why)
    tried: list[_Tried] = []
    for one in formats:
        tried.append(_judged(one, head, catalog))
        if tried[-1].recognition.source is not None:
            break
    seen = any(one.seen for one in tried)
    if not seen and b"\x00" in head[:4096]:
        return Identity(why=_unread(head, "it is binary, not text"))
    if not tried:
        return Identity(why=_unread(head, f"it is {NEITHER}"))
    best = next((one for one in tried if one.recognition.source is not None), None)
    best = best or next((one for one in tried if one.seen), tried[0])
    broken = None if seen else _broken(tried, head)
    return Identity(
        container=best.container,
        recognition=best.recognition,
        why=broken or best.recognition.why,
        unseen=not seen,
    )


def _broken(tried: Sequence[_Tried], head: bytes) -> str | None:
    """What is said of a file none of whose records can be read; None when it has none."""
    for one in tried:
        for batch in one.container.split(io.BytesIO(head)):
            broken = [*map(bytes, batch.records), *(reject.data for reject in batch.rejects)]
            if not broken:
                continue
            if batch.documents is None:
                likely = next((data for data in broken if data[:1] in {b"{", b"["}), broken[0])
                told = fault_at(head, likely)
            elif not batch.rejects:
                continue
            elif batch.rejects[0].reason == NOT_UTF8:
                told = fault_at(head, batch.rejects[0].data)
            else:
                told = f"{place_of(head, batch.rejects[0].data)}: {batch.rejects[0].reason}"
            return f"none of its first records can be read; {told}"
    return None


def _nothing(head: bytes, more: bool) -> Identity | None:
    """What an input is that holds nothing, as far as it was seen; None when it holds something."""
    if not head.strip():
        if more:
            return Identity(why=f"its first {len(head):,} bytes are blank", unseen=True)
        why = "it is empty: it holds blank lines only" if head else "it is empty"
        return Identity(why=why, empty="empty")
    if not more and _is_empty_page(head):
        return Identity(why="it is an empty page: it holds no records", empty="empty_page")
    return None


def _is_empty_page(text: bytes) -> bool:
    """Whether a whole text is an array or envelope of no records, or one such page a line."""
    if text.lstrip()[:1] not in {b"[", b"{"} or not _NO_RECORDS.search(text):
        return False
    for pages in ([text], [line for line in text.splitlines() if line.strip()]):
        with suppress(*ERRORS):
            return not any(map(records, pages))
    return False


def _unread(head: bytes, else_told: str) -> str:
    """What is said of a file that no format reads."""
    start = head[:64].lstrip()
    for sign, told, remedy in _UNREAD:
        if start.startswith(sign):
            return f"it is {told}, which is not read; {remedy}"
    return else_told


def _judged(container: Format, head: bytes, catalog: Mapping[str, Declaration]) -> _Tried:
    """Judged by the first records, a few as long as they are short."""
    found = _best(container, head[:_SAMPLE_BYTES], catalog)
    if not found.seen and len(head) > _SAMPLE_BYTES:
        return _best(container, head, catalog)
    return found


def identify_opened(
    path: Path | None,
    opened: Opened,
    catalog: Mapping[str, Declaration],
    only: Declaration | None = None,
) -> Identity:
    """What an opened input is; one whose first record is very long is read as far as need be."""
    more = len(opened.head) == HEAD
    found = identify(path, opened.head, catalog, only, more=more)
    if found.unseen and more:
        opened.widen(_LONGEST_FIRST)
        more = len(opened.head) == _LONGEST_FIRST
        found = identify(path, opened.head, catalog, only, more=more)
    return found


def open_input(
    path: Path | None,
    label: str,
    progress: Callable[[int], None] | None,
    allowance: Allowance | None = None,
) -> Opened:
    """Open an input for reading; raises `InputError` when the file cannot be opened.

    A named pipe is refused, for opening one waits until somebody writes.
    """
    handed = path is not None and any(path.is_relative_to(one) for one in _HANDED)
    if path is not None and path.is_fifo() and not handed:
        raise InputError("This is a named pipe.", place=label, remedy="Save it to a file first.")
    try:
        return Opened(path, progress, allowance)
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}", place=label) from error


def identify_all(
    given: Input, folder: Path, catalog: Mapping[str, Declaration]
) -> Iterator[tuple[Input, Identity]]:
    """What an input is and, of an archive, what each of its members is, copied into `folder`."""
    if given.refusal is not None:
        yield given, Identity(why=given.refusal.why)
        return
    try:
        size = given.path.stat().st_size if given.path is not None else 0
        allowance = Allowance(Limits(), size, given.within) if given.path is not None else None
        with open_input(given.path, given.label, None, allowance) as opened:
            if opened.archive is None:
                yield given, identify_opened(given.path, opened, catalog)
            elif given.path is None:
                yield given, Identity(why="it is an archive; save it to a file first")
            else:
                archive = Archive(given, given.path, opened, folder)
                below = [
                    found
                    for one in archive.members()
                    for found in identify_all(one, folder, catalog)
                ]
                kind = opened.archive if archive.status in {"archive", "empty"} else None
                yield given, Identity(archive=kind, why=archive.note(0))
                yield from below
    except (InputError, OSError) as error:
        why = error.message if isinstance(error, InputError) else f"it cannot be read: {error}"
        yield given, Identity(why=why)
