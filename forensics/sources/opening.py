"""Opening an input: hashing its bytes as they stand, decompressing, and turning text into UTF-8."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self, cast

from forensics.sources import columnar
from forensics.sources.compression import COMPRESSIONS, DAMAGED
from forensics.sources.encodings import UTF8, WINDOWS_1252, Sensing, Transcoding, marked
from forensics.sources.expansion import Allowance, ExpansionError, Limits

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD = 256 * 1024
_READ = 4 * 1024 * 1024
# Compressed bytes a step: what one step yields is lost when its bytes turn out to be damaged.
_STEP = 16 * 1024
_YIELD = 1024 * 1024

# A member, an archive without members, and the marks of an archive of several volumes.
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00PK\x03\x04")
_SKIPPABLE = b"\x2a\x4d\x18"  # zstd frames of metadata: 0x5? and these three bytes


class _Hashing(io.RawIOBase):
    """Reads through, hashing and counting every byte of the file as it stands on disk.

    Once the end was seen it stays the end: what is appended later is neither hashed nor read.
    """

    def __init__(self, inner: BinaryIO, progress: Callable[[int], None] | None) -> None:
        self._inner = inner
        self._digest = hashlib.sha256()
        self._progress = progress
        self._ended = False
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if self._ended:
            return 0
        part = memoryview(buffer)[:_READ]
        size = cast("io.RawIOBase", self._inner).readinto(part) or 0
        self._ended = size == 0
        self._digest.update(part[:size])
        self.size += size
        if self._progress:
            self._progress(size)
        return size

    def drain(self) -> None:
        """Read what nobody asked for, so that the hash covers the whole file."""
        buffer = memoryview(bytearray(_STEP))
        while self.readinto(buffer):
            pass

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


class _Members(io.RawIOBase):
    """The contents of compressed members, one after another, to the last byte there is."""

    def __init__(self, inner: BinaryIO, compression: str, allowance: Allowance) -> None:
        self._inner = inner
        self._allowance = allowance
        self._sign, self._make = COMPRESSIONS[compression]
        self._member = self._make()
        self._given = b""
        self._out = memoryview(b"")
        self._done = False
        self._refused: ExpansionError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        if not self._out and self._refused is not None:
            raise self._refused
        if not self._out:
            self._out = memoryview(self._produce(min(len(view), _YIELD)))
        size = min(len(view), len(self._out))
        view[:size] = self._out[:size]
        self._out = self._out[size:]
        return size

    def _produce(self, wanted: int) -> bytes:
        while not self._done:
            if self._member.eof and not self._next_member():
                break
            given, self._given = self._given, b""
            if not given and self._member.needs_input:
                given = self._inner.read(_STEP)
                if not given:
                    self._done = True
                    raise EOFError("the compressed data ends early")
            try:
                data = self._member.decompress(given, wanted)
            except DAMAGED:
                self._done = True
                raise
            if data:
                return self._spent(data)
        return b""

    def _spent(self, data: bytes) -> bytes:
        """What came out, counted; of a step that went too far its beginning, and nothing after."""
        try:
            self._allowance.spend(len(data))
        except ExpansionError as error:
            self._refused = error
            return data[:_YIELD]
        return data

    def _next_member(self) -> bool:
        """Begin what follows a member that ended; zero padding may follow, nothing else."""
        rest = self._member.unused_data
        while len(rest) < 16 and (more := self._inner.read(_STEP)):
            rest = (rest + more).lstrip(b"\x00")
        rest = rest.lstrip(b"\x00")
        skippable = rest[1:4] == _SKIPPABLE and self._make is COMPRESSIONS["zstd"][1]
        if rest and not rest.startswith(self._sign) and not skippable:
            self._done = True
            raise EOFError("what follows the compressed data is something else")
        self._done = not rest
        self._member, self._given = self._make(), rest
        return bool(rest)


class _Guarded(io.RawIOBase):
    """Fills each read; a fault ends the stream and is told instead of raised, losing no bytes."""

    def __init__(self, inner: BinaryIO, told: Callable[[Exception], None]) -> None:
        self._inner = inner
        self._told = told

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view, filled = memoryview(buffer), 0
        try:
            while filled < len(view):
                size = cast("io.RawIOBase", self._inner).readinto(view[filled:])
                if not size:
                    break
                filled += size
        except DAMAGED as error:
            self._told(error)
        return filled


class _Chained(io.RawIOBase):
    """Bytes that were read ahead, then the rest."""

    def __init__(self, first: bytes, rest: BinaryIO) -> None:
        self._first = memoryview(first)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not self._first:
            return cast("io.RawIOBase", self._rest).readinto(buffer) or 0
        view = memoryview(buffer)
        size = min(len(view), len(self._first))
        view[:size] = self._first[:size]
        self._first = self._first[size:]
        return size


def _buffered(raw: io.RawIOBase) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(raw, buffer_size=HEAD))


def _start(buffered: BinaryIO, size: int) -> bytes:
    return cast("io.BufferedReader", buffered).peek(size)[:size]


def _packing(head: bytes) -> str | None:
    """The kind of archive that opening bytes are of, or None."""
    if head.startswith(_ZIPS):
        return "zip"
    return "tar" if head[257:262] == b"ustar" else None


class Opened:
    """An input being read: `text` is its decompressed UTF-8 stream, `head` its opening bytes.

    `archive` says that it is a zip or a tar, whose bytes `text` then gives as they stand.
    A stream that is damaged or ends early gives what it holds; `damage` then says why. After
    `finish()`, `sha256` and `size` describe the bytes that were read, all of the file, and
    `changed` says whether the file was written to meanwhile.
    """

    def __init__(
        self,
        path: Path | None,
        progress: Callable[[int], None] | None = None,
        allowance: Allowance | None = None,
    ) -> None:
        source: object = sys.stdin.buffer if path is None else path.open("rb", buffering=0)
        self._file = cast("BinaryIO", source)
        self._owned = path is not None
        self._state = self._stat()
        size = self._state[0] if self._state else sys.maxsize
        self.allowance = allowance or Allowance(Limits(), size)
        self.changed = False
        self.damage: str | None = None
        self._hashing = _Hashing(self._file, progress)
        outer = _buffered(_Guarded(cast("BinaryIO", self._hashing), self._damaged))
        magic = _start(outer, 8)
        self.compression = next(
            (name for name, (sign, _) in COMPRESSIONS.items() if magic.startswith(sign)), None
        )
        text = outer
        if self.compression:
            inner = cast("BinaryIO", _Members(outer, self.compression, self.allowance))
            text = _buffered(_Guarded(inner, self._damaged))
        start = _start(text, HEAD)
        self.archive = _packing(start)
        columns = start.startswith(columnar.MAGIC)
        self._encoding, mark = (UTF8, 0) if self.archive or columns else marked(start)
        self._sensing: Sensing | None = None
        text.read(mark)
        if self._encoding != UTF8:
            recoded = cast("BinaryIO", Transcoding(text, self._encoding))
            text = _buffered(_Guarded(recoded, self._damaged))
        elif not (self.archive or columns or mark):
            self._sensing = Sensing(text, partial(self._again, path))
            text = _buffered(self._sensing)
        self.head = _start(text, HEAD)
        self.text = text
        if columns:
            self._as_columns()

    @property
    def encoding(self) -> str:
        """The encoding of the text, as far as it was read."""
        return WINDOWS_1252 if self.assumed else self._encoding

    @property
    def assumed(self) -> str | None:
        """In words, why what was read was taken for another encoding than it says; or None."""
        return self._sensing.assumed if self._sensing is not None else None

    def _again(self, path: Path | None) -> BinaryIO | None:
        """The text once more from its beginning, as its bytes stand; None of a stream."""
        if path is None or not path.is_file():
            return None
        raw: io.RawIOBase = path.open("rb", buffering=0)
        if self.compression:
            allowance = Allowance(self.allowance.limits, path.stat().st_size)
            raw = _Members(_buffered(raw), self.compression, allowance)
        # What is damaged is told when it is read for good.
        return _buffered(_Guarded(cast("BinaryIO", raw), lambda _: None))

    def _stat(self) -> tuple[int, int] | None:
        if not self._owned:
            return None
        found = os.fstat(self._file.fileno())
        return found.st_size, found.st_mtime_ns

    @property
    def written(self) -> date | None:
        """The day, in UTC, on which the file was last written to; None for a stream."""
        if self._state is None:
            return None
        return datetime.fromtimestamp(self._state[1] / 1e9, UTC).date()

    def _as_columns(self) -> None:
        """Make a Parquet file readable from its end; `head` is one of its first rows."""
        self.text = columnar.seekable(self.text)
        try:
            self.head = columnar.first_rows(self.text)
        except columnar.ERRORS as error:
            self._damaged(error)

    def _damaged(self, error: Exception) -> None:
        self.damage = self.damage or str(error) or type(error).__name__

    def widen(self, size: int) -> None:
        """Make `head` as long as `size` bytes, for a first record that is longer than usual."""
        self.head = self.text.read(size)
        self.text = _buffered(_Chained(self.head, self.text))

    def finish(self) -> None:
        """Read the file to its end, so that hash and size are of all of it."""
        try:
            self._hashing.drain()
        except OSError as error:
            self._damaged(error)
        self.changed = self._stat() != self._state

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes read so far, in hex."""
        return self._hashing.hexdigest()

    @property
    def size(self) -> int:
        """Bytes read so far."""
        return self._hashing.size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.text.close()
        if self._owned:
            self._file.close()
