"""Opening an input: hashing its bytes as they stand, decompressing, and turning text into UTF-8."""

from __future__ import annotations

import bz2
import codecs
import hashlib
import io
import lzma
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

import zstandard
from isal import igzip

HEAD = 256 * 1024

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
)
_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# What a decompressor raises when its input ends early or is damaged.
DAMAGED = (EOFError, OSError, lzma.LZMAError, zstandard.ZstdError)


class _Hashing(io.RawIOBase):
    """Reads through, hashing and counting every byte of the file as it stands on disk."""

    def __init__(self, inner: BinaryIO, progress: Callable[[int], None] | None) -> None:
        self._inner = inner
        self._digest = hashlib.sha256()
        self._progress = progress
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        self._digest.update(data)
        self.size += len(data)
        if self._progress:
            self._progress(len(data))
        return len(data)

    def drain(self) -> None:
        """Read what nobody asked for, so that the hash covers the whole file."""
        buffer = memoryview(bytearray(1024 * 1024))
        while self.readinto(buffer):
            pass

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


class _Transcoding(io.RawIOBase):
    """UTF-16 or UTF-32 text as UTF-8 bytes; malformed units become lone surrogates' bytes."""

    def __init__(self, inner: BinaryIO, encoding: str) -> None:
        self._reader = codecs.getreader(encoding)(inner, errors="surrogatepass")
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            text = self._reader.read(64 * 1024)
            if not text:
                return 0
            self._rest = text.encode("utf-8", "surrogatepass")
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _decompressor(compression: str | None, stream: BinaryIO) -> BinaryIO:
    if compression == "gzip":
        return cast("BinaryIO", igzip.GzipFile(fileobj=stream, mode="rb"))
    if compression == "zstd":
        reader = zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True)
        return cast("BinaryIO", reader)
    if compression == "bz2":
        return cast("BinaryIO", bz2.BZ2File(stream))
    if compression == "xz":
        return cast("BinaryIO", lzma.LZMAFile(stream))
    return stream


def _start(buffered: io.BufferedReader, size: int) -> bytes:
    return buffered.peek(size)[:size]


def _encoding(head: bytes) -> tuple[str, int]:
    """Encoding of a text by its byte-order mark or its zero bytes, and the mark's length."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding, len(mark)
    sample = head[:512]
    if len(sample) >= 4 and sample.count(0) >= len(sample) // 3:
        return ("utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"), 0
    return "utf-8", 0


class Opened:
    """An input being read: `text` is its decompressed UTF-8 stream, `head` its opening bytes.

    After `finish()`, `sha256` and `size` describe the file exactly as it stands on disk.
    """

    def __init__(self, path: Path | None, progress: Callable[[int], None] | None = None) -> None:
        self._file: BinaryIO = sys.stdin.buffer if path is None else path.open("rb")
        self._owned = path is not None
        self._hashing = _Hashing(self._file, progress)
        outer = io.BufferedReader(self._hashing, buffer_size=HEAD)
        magic = _start(outer, 8)
        self.compression = next((name for sign, name in _MAGIC if magic.startswith(sign)), None)
        inner = _decompressor(self.compression, cast("BinaryIO", outer))
        text = io.BufferedReader(cast("io.RawIOBase", inner), buffer_size=HEAD)
        self.damage: str | None = None
        try:
            self.encoding, mark = _encoding(_start(text, HEAD))
            text.read(mark)
            if self.encoding != "utf-8":
                recoded = _Transcoding(cast("BinaryIO", text), self.encoding)
                text = io.BufferedReader(recoded, buffer_size=HEAD)
            self.head = _start(text, HEAD)
        except DAMAGED as error:
            self.damage, self.encoding, self.head = str(error) or type(error).__name__, "utf-8", b""
        self.text = cast("BinaryIO", text)

    def finish(self) -> None:
        """Read the file to its end, so that hash and size are of all of it."""
        self._hashing.drain()

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
        if self._owned:
            self._file.close()
