"""Reading zip archives: by their directory, or from member to member where that is broken."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from forensics.sources.compression import ZIP_METHODS
from forensics.sources.expansion import Allowance

_STEP = 16 * 1024
_PIECE = 1024 * 1024
_WINDOW = 64 * 1024
# The directory is held in memory whole; about 300,000 members of usual names.
_DIRECTORY = 64 * 1024 * 1024
_MEMBER, _ENTRY = b"PK\x03\x04", b"PK\x01\x02"
_LOCAL = struct.Struct("<4s5H3L2H")
_ENCRYPTED, _DESCRIBED, _UTF8 = 0x1, 0x8, 0x800
_UNKNOWN = 0xFFFFFFFF
_METHOD_NAMES = {1: "Shrink", 6: "Implode", 9: "Deflate64", 98: "PPMd", 99: "AES"}
# What a file of another kind, laid out as a zip, holds: its kind, and what to do with it.
_OTHER_KINDS = (
    ("[Content_Types].xml", "an Office document, not an archive of logs; save a sheet as CSV"),
    ("META-INF/MANIFEST.MF", "a Java archive, not an archive of logs"),
    ("AndroidManifest.xml", "an Android package, not an archive of logs"),
    ("META-INF/manifest.xml", "an OpenDocument file, not an archive of logs; save a sheet as CSV"),
)
_BROKEN = (
    zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError, struct.error,
    OverflowError,
)  # fmt: skip


@dataclass
class Entry:
    """A member as its zip tells of it; `packed` is None where only its data tells its length.

    `end` is where its data was seen to end.
    """

    name: str
    method: int
    flags: int
    crc: int
    packed: int | None
    size: int | None
    start: int
    volume: int = 0
    mode: int = 0
    written: float | None = None
    end: int = 0

    @property
    def refused(self) -> str | None:
        """Why its data cannot be read, or None."""
        if self.flags & _ENCRYPTED:
            return "it is encrypted; decrypt the archive first"
        if self.volume:
            return "it lies in another volume of the archive; join the volumes first"
        if self.method and self.method not in ZIP_METHODS:
            named = _METHOD_NAMES.get(self.method, f"method {self.method}")
            return f"it is compressed by {named}, which is not read; unpack the archive first"
        return None

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link, its data the path it leads to."""
        return stat.S_ISLNK(self.mode)


class _Bounded:
    """A file of which no more is read at once than a directory may take."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1, /) -> bytes:
        if size > _DIRECTORY:
            raise zipfile.BadZipFile(f"it is longer than {_DIRECTORY} bytes")
        return self._file.read(size)


def directory(file: BinaryIO) -> list[Entry]:
    """All members by name, those of one name in their order.

    Raises `zipfile.BadZipFile` when the directory cannot be read.
    """
    try:
        with zipfile.ZipFile(_Bounded(file)) as archive:
            found = archive.infolist()
    except _BROKEN as error:
        raise zipfile.BadZipFile(f"its directory cannot be read ({error})") from error
    found.sort(key=lambda one: (one.filename, one.header_offset))
    return [
        Entry(
            one.filename,
            one.compress_type,
            one.flag_bits,
            one.CRC,
            one.compress_size,
            one.file_size,
            one.header_offset,
            volume=one.volume if one.volume != 0xFFFF else 0,
            # The upper half is a Unix mode whichever system made the archive, or zero.
            mode=one.external_attr >> 16,
            written=_written(one.date_time),
        )
        for one in found
    ]


def _written(stamp: tuple[int, int, int, int, int, int]) -> float | None:
    """When a member was written, of a stamp without a zone; the first there is means unknown."""
    year, month, day, hour, minute, second = stamp
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return moment.timestamp() if moment > datetime(1980, 1, 1, tzinfo=UTC) else None


def kind(names: set[str]) -> str | None:
    """What a zip is that is no archive of files, by the names of its members; else None."""
    return next((told for name, told in _OTHER_KINDS if name in names), None)


def _wide(extra: bytes) -> Iterator[int]:
    """Numbers of 64 bits that stand for those which the header has no room for."""
    while len(extra) >= 4:
        kind_, length = struct.unpack_from("<HH", extra)
        body = extra[4 : 4 + length]
        if kind_ == 1:
            yield from (one for (one,) in struct.iter_unpack("<Q", body[: len(body) // 8 * 8]))
        extra = extra[4 + length :]


def _local(file: BinaryIO, at: int) -> Entry:
    """The member whose own header stands at a place; `end` is where its data begins."""
    try:
        file.seek(at)
    except OverflowError as error:
        raise EOFError("its header is missing") from error
    data = file.read(_LOCAL.size)
    if len(data) < _LOCAL.size or not data.startswith(_MEMBER):
        raise EOFError("its header is missing")
    _, _, flags, method, clock, day, crc, packed, size, names, extras = _LOCAL.unpack(data)
    name, wide = file.read(names), _wide(file.read(extras))
    known = [next(wide, one) if one == _UNKNOWN else one for one in (size, packed)]
    told = (None, known[1] or None) if flags & _DESCRIBED else (known[0], known[1])
    text = name.decode("utf-8" if flags & _UTF8 else "cp437", "backslashreplace")
    start = at + _LOCAL.size + names + extras
    stamp = (day >> 9) + 1980, day >> 5 & 15, day & 31, clock >> 11, clock >> 5 & 63, clock % 32 * 2
    return Entry(
        text.split("\x00")[0],
        method,
        flags,
        crc,
        told[1],
        told[0],
        at,
        written=_written(stamp),
        end=start,
    )


def _find(file: BinaryIO, at: int) -> tuple[int, bytes]:
    """Where the next header of a member or of the directory stands, and which; or the end."""
    file.seek(at)
    window = b""
    while more := file.read(_WINDOW):
        window += more
        found = [(window.find(sign), sign) for sign in (_MEMBER, _ENTRY)]
        places = sorted((place, sign) for place, sign in found if place >= 0)
        if places:
            return at + places[0][0], places[0][1]
        at, window = at + len(window) - 3, window[-3:]
    return at, b""


def scan(file: BinaryIO) -> Iterator[Entry]:
    """Members from front to back, by their own headers: for a zip without a sound directory."""
    size = file.seek(0, os.SEEK_END)
    at, sign = _find(file, 0)
    while sign == _MEMBER:
        try:
            entry = _local(file, at)
        except (EOFError, struct.error):
            return
        start = entry.end
        yield entry
        # Its data is passed over where its length can be believed, or was read to its end.
        told = start + (entry.packed or 0)
        at, sign = _find(file, max(entry.end, told if told <= size else start))


def pieces(file: BinaryIO, entry: Entry, allowance: Allowance) -> Iterator[bytes]:
    """The bytes of a member; raises one of `DAMAGED` where they end early or are not sound."""
    local = _local(file, entry.start)
    at, left = local.end, entry.packed
    if entry.method == 0 and left is None:
        raise EOFError("nothing tells how long it is")
    engine = ZIP_METHODS[entry.method]() if entry.method else None
    crc = size = 0
    while engine is None or not engine.eof:
        given = b""
        if engine is None or engine.needs_input:
            file.seek(at)
            given = file.read(_STEP if left is None else min(_STEP, left))
            if not given:
                break
            at += len(given)
            left = None if left is None else left - len(given)
        data = given if engine is None else engine.decompress(given, _PIECE)
        if data:
            size += len(data)
            crc = zlib.crc32(data, crc)
            allowance.spend(len(data))
            yield data
    entry.end = at - len(engine.unused_data if engine is not None and engine.eof else b"")
    if left or (engine is not None and not engine.eof and size != entry.size):
        raise EOFError("it ends early")
    if entry.size is not None and (size, crc) != (entry.size, entry.crc):
        raise ValueError("its bytes are not those its checksum was taken of")
