"""The encoding of a text: by its mark, by its zero bytes, or by what its bytes are if not UTF-8."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

UTF8 = "utf-8"
WINDOWS_1252 = "windows-1252"
BYTE_FOR_BYTE = "".join(bytes([one]).decode("cp1252", "ignore") or chr(one) for one in range(256))
"""The character of each byte in windows-1252; the five bytes without one stand for themselves.

No two bytes share a character, so that the bytes of a record can be had back from its text.
"""
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_STEP = 64 * 1024
_CHUNK = 4 * 1024 * 1024
# A line that goes on for longer than this is looked at in parts.
_LONGEST = 1024 * 1024
_ASCII = bytes(range(128))
# Makes blanks of all ASCII but line ends, so that what lies between them is what there is to judge.
_BLANKED = bytes(one if one > 127 else 10 if one in b"\r\n" else 32 for one in range(256))
_CONTINUED = rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
_MULTIBYTE = re.compile(_CONTINUED)
_IN_A_ROW = re.compile(b"(?:%b)+" % _CONTINUED)
_CUT = re.compile(rb"(?:[\xc2-\xf4]|[\xe0-\xf4][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2})\Z")
# Bytes without a character, and the one that fills what was never written.
_NO_LETTER = re.compile(rb"[\x81\x8d\x8f\x90\x9d\xff]")
# By chance a line of single bytes is UTF-8 too: a capital letter before a closing quotation mark.
# That gives a letter of a foreign script which stands alone; a line with nothing else says little,
# for were the text UTF-8, its lines would mostly hold the letters that its broken ones hold, or
# letters of a foreign script in a row. A line that does is no accident unless there are very few.
_CHANCE = 4
_ACCIDENT = 100


def marked(head: bytes) -> tuple[str, int]:
    """Encoding of a text by its byte-order mark or its zero bytes, and the mark's length."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    sample = head[:512]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    # Of the two bytes of a character one is zero in most languages; in no text both are.
    if len(sample) >= 4 and even + odd >= len(sample) // 3 and 8 * min(even, odd) <= max(even, odd):
        return ("utf-16-le" if odd > even else "utf-16-be"), 0
    return UTF8, 0


class Transcoding(io.RawIOBase):
    """Text of another encoding as UTF-8 bytes; lone surrogates stay what they are, invalid.

    `begun` are bytes that were read from the stream before.
    """

    def __init__(self, inner: BinaryIO, encoding: str, begun: bytes = b"") -> None:
        self._inner = inner
        self._decode = _decoder(encoding)
        self._begun = begun
        self._rest = b""
        self._done = False

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Some more of it; raises `ValueError` where it is no text of its encoding."""
        view = memoryview(buffer)
        while not self._rest and not self._done:
            data, self._begun = self._begun or self._inner.read(_STEP), b""
            self._done = not data
            self._rest = self._recoded(data)
        size = min(len(view), len(self._rest))
        view[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _recoded(self, data: bytes) -> bytes:
        try:
            text = self._decode(data, not data)
        except UnicodeDecodeError as error:
            self._done = True
            raise ValueError(f"not {error.encoding}: {error.reason}") from error
        return text.encode(UTF8, "surrogatepass")


def _decoder(encoding: str) -> Callable[[bytes, bool], str]:
    """Bytes, and whether they are the last, to text."""
    if encoding == WINDOWS_1252:
        return lambda data, _: codecs.charmap_decode(data, "strict", BYTE_FOR_BYTE)[0]
    return codecs.getincrementaldecoder(encoding)(errors="surrogatepass").decode


class Tally:
    """What the lines of a text say of its encoding: how many are single bytes, how many are not.

    `chance` counts lines that are UTF-8, but more likely by chance.
    """

    def __init__(self) -> None:
        self.single = 0
        self.chance = 0
        self.against = 0

    def take(self, data: bytes) -> None:
        """Look at lines; those that are ASCII say nothing, nor does a character cut off."""
        data = _CUT.sub(b"", data)
        for line in () if data.isascii() else data.translate(_BLANKED).split(b"\n"):
            if runs := line.split():
                self._judge(b" ".join(runs))

    def _judge(self, runs: bytes) -> None:
        odd = len(_MULTIBYTE.sub(b"", runs).translate(None, _ASCII))
        found = _IN_A_ROW.findall(runs)
        telling = sum(len(_MULTIBYTE.findall(one)) for one in found if not _is_chance(one))
        if odd > telling and not _NO_LETTER.search(runs):
            self.single += 1
        elif odd or telling:
            self.against += 1
        else:
            self.chance += 1

    @property
    def encoding(self) -> str:
        """The encoding of the text: windows-1252, or UTF-8 of which some may be broken."""
        likely = self.single > _CHANCE * self.chance + _ACCIDENT * self.against
        return WINDOWS_1252 if likely else UTF8

    @property
    def told(self) -> str:
        """In words, why the text is read as windows-1252."""
        unclear = self.chance + self.against
        also = f", {unclear} lines fit both or neither" if unclear else ""
        return (
            f"encoding assumed: read as {WINDOWS_1252}, for it is not UTF-8 (lines that are not:"
            f" {self.single}{also}); where names look wrong, convert it to UTF-8 and read it again"
        )


def _is_chance(run: bytes) -> bool:
    """Whether UTF-8 is but two bytes of a letter that windows-1252 has not."""
    return len(run) == 2 and run.decode(UTF8) not in BYTE_FOR_BYTE


class Sensing(io.RawIOBase):
    """Text as it stands until bytes show that it is no UTF-8, and from there on as UTF-8.

    What comes before the first byte beyond ASCII reads the same in either encoding. `again` opens
    the text anew, so that all of it is asked; None where it can be read but once.
    """

    def __init__(self, inner: BinaryIO, again: Callable[[], BinaryIO | None]) -> None:
        self._inner = cast("io.RawIOBase", inner)
        self._again = again
        self._recoding: Transcoding | None = None
        self._undecided = True
        self.assumed: str | None = None

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Some more of it."""
        if self._recoding is not None:
            return self._recoding.readinto(buffer)
        view = memoryview(buffer)
        size = self._inner.readinto(view) or 0
        # One look for a sign bit: the price that a text of ASCII pays, a hundredth of its hash.
        if self._undecided and size and np.frombuffer(view[:size], np.int8).min() < 0:
            self._undecided = False
            tally = self._asked(bytes(view[:size]))
            if tally.encoding != UTF8:
                self.assumed = tally.told
                begun = bytes(view[:size])
                self._recoding = Transcoding(cast("BinaryIO", self._inner), tally.encoding, begun)
                return self._recoding.readinto(buffer)
        return size

    def _asked(self, seen: bytes) -> Tally:
        """What the whole text says, if what was seen of it does not settle the matter."""
        tally = Tally()
        # What holds zero bytes is no text.
        if 0 in seen or _is_utf8(seen):
            return tally
        stream = self._again()
        if stream is None:
            tally.take(seen)
            return tally
        with stream:
            while chunk := stream.read(_CHUNK):
                tally.take(chunk + stream.readline(_LONGEST))
        return tally


def _is_utf8(seen: bytes) -> bool:
    """Whether characters beyond ASCII were seen, and all are sound but one cut off."""
    try:
        return not codecs.getincrementaldecoder(UTF8)().decode(seen).isascii()
    except UnicodeDecodeError:
        return False
