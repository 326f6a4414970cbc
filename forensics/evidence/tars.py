"""Reading tar archives from front to back, past what is broken in them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from forensics.sources.expansion import Allowance

_BLOCK = tarfile.BLOCKSIZE
_PIECE = 1024 * 1024
# No name, and no map of a sparse file, is longer; the headers of a member are held in memory.
_HEADERS = 1024 * 1024
_KINDS = {
    tarfile.SYMTYPE: "a symbolic link, which is not followed",
    tarfile.LNKTYPE: "a link to a member that is read under its own name",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a named pipe",
}
_BROKEN = (tarfile.TarError, ValueError, LookupError, ArithmeticError, RecursionError, TypeError)


class _Forward:
    """A stream that is skipped forward, never back."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._at = 0

    def tell(self) -> int:
        return self._at

    def seek(self, position: int) -> int:
        if position < self._at:
            raise ValueError("a member lies before the one it follows")
        while self._at < position and self.read(min(_PIECE, position - self._at)):
            pass
        return self._at

    def seekable(self) -> bool:
        return False

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._at += len(data)
        return data


class _Headers:
    """The same stream while the headers of one member are read, of bounded length."""

    def __init__(self, first: bytes, stream: _Forward) -> None:
        self._first = first
        self._stream = stream
        self._left = _HEADERS
        self.tell, self.seek = stream.tell, stream.seek

    def read(self, size: int) -> bytes:
        self._left -= size
        if self._left < 0 or size < 0:
            raise tarfile.ReadError(f"it is longer than {_HEADERS} bytes")
        first, self._first = self._first, b""
        return first or self._stream.read(size)


class _Tar(tarfile.TarFile):
    """A tar whose headers the caller asks for: `next` takes a broken one for the end."""

    def next(self) -> tarfile.TarInfo | None:
        return None


def kind(info: tarfile.TarInfo) -> str | None:
    """What a member is that is no file, so that there is nothing to read; else None."""
    return _KINDS.get(info.type)


class Tar:
    """A tar being read. `damage` says what was not as it should be, as far as it was read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = _Forward(stream)
        self._tar = _Tar(fileobj=cast("BinaryIO", self._stream))
        self.damage: str | None = None

    def _told(self, what: str) -> None:
        self.damage = self.damage or what

    def _header(self, first: bytes) -> tarfile.TarInfo:
        """The member whose first block was read."""
        # Of the archive as a whole: none of these names or measures a member.
        self._tar.pax_headers = {}
        self._tar.fileobj = cast("io.BufferedReader", _Headers(first, self._stream))
        try:
            info = tarfile.TarInfo.fromtarfile(self._tar)
        finally:
            self._tar.fileobj = cast("io.BufferedReader", self._stream)
        if info.size < 0 or self._tar.offset < self._stream.tell():
            raise ValueError("its length cannot be")
        return info

    def members(self) -> Iterator[tarfile.TarInfo]:
        """All that it holds, in its order, joined archives and what follows damage included."""
        at, ended = 0, False
        while True:
            first = self._stream.read(_BLOCK) if self._stream.seek(at) == at else b""
            if len(first) < _BLOCK:
                if first or not ended:
                    self._told("it ends early, without its end mark")
                return
            at += _BLOCK
            if not first.strip(b"\x00"):
                ended = True
                continue
            try:
                info = self._header(first)
            except _BROKEN as error:
                self._told(f"a header is broken ({error})")
                at = -(-self._stream.tell() // _BLOCK) * _BLOCK
                continue
            ended, at = False, self._tar.offset
            yield info

    def pieces(self, info: tarfile.TarInfo, allowance: Allowance) -> Iterator[bytes]:
        """The bytes of the member that was given last; raises `EOFError` where they end early."""
        if info.issparse():
            yield from self._sparse(info, allowance)
            return
        left = info.size
        while left:
            data = self._stream.read(min(_PIECE, left))
            if not data:
                raise EOFError("it ends early")
            left -= len(data)
            yield data

    def _sparse(self, info: tarfile.TarInfo, allowance: Allowance) -> Iterator[bytes]:
        """A file with holes, which expand to zeros."""
        content = cast("io.BufferedReader | None", self._tar.extractfile(info))
        left = info.size
        try:
            while content is not None and left:
                size = min(_PIECE, left)
                allowance.spend(size)
                data = content.read1(size)
                if not data:
                    break
                left -= len(data)
                yield data
        except tarfile.TarError as error:
            raise EOFError(str(error)) from error
        if left:
            raise EOFError("it ends early")
