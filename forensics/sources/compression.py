"""Decompressors behind one interface, each bounded in what one step yields."""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable
from functools import partial
from typing import Protocol, cast

import zstandard
from isal import igzip_lib

# Memory that an xz or LZMA stream may ask for; the strongest preset of xz asks for 65 MiB.
_LZMA_MEMORY = 256 * 1024 * 1024
# zstd yields up to 128 KiB for each four bytes, and its binding cannot be told to stop between.
_MORSEL = 512

# What reading raises when the input ends early or is damaged.
DAMAGED: tuple[type[Exception], ...] = (
    EOFError, OSError, ValueError, lzma.LZMAError, zstandard.ZstdError,
    cast("type[Exception]", igzip_lib.error),
)  # fmt: skip


class Decompressor(Protocol):
    """One compressed stream: what bz2, lzma and isal agree on."""

    eof: bool
    needs_input: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Some of what the bytes expand to; the rest follows on further calls with none."""
        ...


class _ZstdFrame:
    """A zstd frame behind the interface of the others."""

    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor().decompressobj()
        self._rest = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._rest

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data + self._rest

    def decompress(self, data: bytes, max_length: int) -> bytes:
        view, at, found, size = memoryview(self._rest + data), 0, [], 0
        while at < len(view) and size < max_length and not self._inner.eof:
            found.append(self._inner.decompress(view[at : at + _MORSEL]))
            size += len(found[-1])
            at += _MORSEL
        self._rest = bytes(view[at:])
        return b"".join(found)


class _ZipLzma:
    """LZMA as zip files hold it: behind a header of its own, without a size."""

    def __init__(self) -> None:
        self._given = b""
        self._inner: lzma.LZMADecompressor | None = None

    @property
    def eof(self) -> bool:
        return self._inner is not None and self._inner.eof

    @property
    def needs_input(self) -> bool:
        return self._inner is None or self._inner.needs_input

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data if self._inner is not None else b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if self._inner is None:
            self._given += data
            if len(self._given) < 9:
                return b""
            self._inner = lzma.LZMADecompressor(lzma.FORMAT_ALONE, _LZMA_MEMORY)
            # Version and length of the properties precede them; the size is told as unknown.
            data = self._given[4:9] + b"\xff" * 8 + self._given[9:]
        return self._inner.decompress(data, max_length)


def _isal(kind: int) -> Decompressor:
    return cast("Decompressor", igzip_lib.IgzipDecompressor(flag=kind))


_xz = cast("Callable[[], Decompressor]", partial(lzma.LZMADecompressor, memlimit=_LZMA_MEMORY))
_bz2 = cast("Callable[[], Decompressor]", bz2.BZ2Decompressor)
_zstd = cast("Callable[[], Decompressor]", _ZstdFrame)

# Compressions of whole files: the bytes each begins with, and a decompressor of one member.
COMPRESSIONS: dict[str, tuple[bytes, Callable[[], Decompressor]]] = {
    "gzip": (b"\x1f\x8b", partial(_isal, igzip_lib.DECOMP_GZIP)),
    "zstd": (b"\x28\xb5\x2f\xfd", _zstd),
    "bz2": (b"BZh", _bz2),
    "xz": (b"\xfd7zXZ\x00", _xz),
}

# Compressions of zip members, by the number of the method; 0 is none.
ZIP_METHODS: dict[int, Callable[[], Decompressor]] = {
    8: partial(_isal, igzip_lib.DECOMP_DEFLATE),
    12: _bz2,
    14: cast("Callable[[], Decompressor]", _ZipLzma),
    93: _zstd,
    95: _xz,
}
