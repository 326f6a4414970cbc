"""Encodings: what is not UTF-8 is read as windows-1252 or left, and every byte can be had back."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.sources import encodings
from forensics.sources.encodings import BYTE_FOR_BYTE, UTF8, WINDOWS_1252, Sensing, Tally, marked
from forensics.sources.opening import HEAD, Opened

PLAIN = b'{"name": "a"}\n'
LEGACY = '{"name": "Jörg Müller, 5 €"}\n'.encode("cp1252")
SOUND = '{"name": "Jörg"}\n'.encode()


def back(text: str) -> bytes:
    return codecs.charmap_encode(text, "strict", codecs.charmap_build(BYTE_FOR_BYTE))[0]


def sensed(data: bytes) -> tuple[bytes, str | None]:
    sensing = Sensing(io.BytesIO(data), lambda: io.BytesIO(data))
    return io.BufferedReader(sensing).read(), sensing.assumed


def test_every_byte_has_a_character_of_its_own() -> None:
    assert len(set(BYTE_FOR_BYTE)) == 256
    assert back(BYTE_FOR_BYTE) == bytes(range(256))
    assert "".join(BYTE_FOR_BYTE[one] for one in "Äöß€“".encode("cp1252")) == "Äöß€“"


@given(st.lists(st.text("aéöüß€ž", max_size=6), min_size=1))
def test_a_text_of_single_bytes_is_read_and_had_back(names: list[str]) -> None:
    data = b"".join(one.encode("cp1252") + b"\n" for one in names)
    text, assumed = sensed(data)
    if assumed is None:
        # Some of these letters in a row are UTF-8 by chance.
        assert text == data
    else:
        assert text.decode() == data.decode("cp1252")
        assert back(text.decode()) == data


@given(st.binary())
def test_whatever_the_bytes_none_is_lost(data: bytes) -> None:
    text, assumed = sensed(data)
    assert (back(text.decode()) if assumed else text) == data


@given(st.text())
def test_sound_utf8_passes_as_it_stands(text: str) -> None:
    assert sensed(text.encode()) == (text.encode(), None)


@pytest.mark.parametrize(
    ("data", "single"),
    [
        (LEGACY, True),
        (PLAIN * 50 + LEGACY, True),
        (LEGACY[:12], True),
        (SOUND, False),
        (SOUND + LEGACY, False),
        (LEGACY * 50 + SOUND, False),
        # A capital letter before a closing quotation mark is UTF-8 by chance.
        (LEGACY * 200 + "«CAFÉ»\n".encode("cp1252"), True),
        (PLAIN + b'{"name": "\xff"}\n', False),
        (PLAIN + b'{"name": "M\x81ller"}\n', False),
        (LEGACY + b"\x00", False),
        ("日本語、\n".encode("shift-jis"), False),
    ],
)
def test_what_a_text_is_taken_for(data: bytes, single: bool) -> None:
    text, assumed = sensed(data)
    assert (assumed is not None) == single
    assert text == (data.decode("cp1252").encode() if single else data)


def test_a_line_that_is_mostly_utf8_speaks_for_it() -> None:
    tally = Tally()
    tally.take("Jörg Müller ".encode() + b"\xfc\n" + b"J\xf6rg")
    assert (tally.single, tally.against) == (1, 1)
    assert tally.encoding == UTF8


def test_what_is_assumed_is_told_with_its_reason() -> None:
    assert "windows-1252" in (sensed(LEGACY * 3)[1] or "")
    assert "not: 3)" in (sensed(LEGACY * 3)[1] or "")
    assert "1 lines fit both" in (sensed(LEGACY * 300 + SOUND)[1] or "")


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_an_opened_file_is_judged_as_a_whole(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "in"
    late = PLAIN * (2 * HEAD // len(PLAIN))
    path.write_bytes(pack(late + LEGACY))
    with Opened(path) as opened:
        assert (opened.encoding, opened.assumed) == (UTF8, None)
        assert opened.text.read() == late + LEGACY.decode("cp1252").encode()
        assert opened.encoding == WINDOWS_1252
        assert opened.assumed
    # What comes after the broken line is UTF-8, so that only this line is broken.
    path.write_bytes(pack(LEGACY + late + SOUND * 5))
    with Opened(path) as opened:
        assert opened.text.read() == LEGACY + late + SOUND * 5
        assert (opened.encoding, opened.assumed) == (UTF8, None)


def test_a_damaged_file_is_judged_by_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(gzip.compress(LEGACY * 50)[:-8])
    with Opened(path) as opened:
        assert opened.text.read() == LEGACY.decode("cp1252").encode() * 50
        assert opened.damage
        assert opened.encoding == WINDOWS_1252


def test_a_text_with_a_mark_is_what_the_mark_says(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(codecs.BOM_UTF8 + LEGACY)
    with Opened(path) as opened:
        assert opened.text.read() == LEGACY
        assert opened.assumed is None


def test_long_lines_are_looked_at_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "_CHUNK", 100)
    monkeypatch.setattr(encodings, "_LONGEST", 100)
    path = tmp_path / "in"
    path.write_bytes(b"\xf6" * 10_000)
    with Opened(path) as opened:
        assert opened.text.read().decode() == "ö" * 10_000


def test_zero_bytes_on_both_sides_are_no_utf16() -> None:
    assert marked(b"ElfFile\x00" + bytes(504)) == (UTF8, 0)
    assert marked("name".encode("utf-16-le")) == ("utf-16-le", 0)
    assert marked("name".encode("utf-16-be")) == ("utf-16-be", 0)


BY_CHANCE = ["MÜ“x", "CAFÉ»", "SÜDÄ°", "„FÜ“", "Â“"]


@pytest.mark.parametrize("odd", BY_CHANCE)
def test_a_line_that_is_utf8_by_chance_says_next_to_nothing(odd: str) -> None:
    data = LEGACY * 5 + f'{{"name": "{odd}"}}\n'.encode("cp1252")
    assert sensed(data)[0] == data.decode("cp1252").encode()


# Words that legacy files hold, and words of UTF-8 that such a file could not hold or would hold as
# the others do: the letters that are also in windows-1252, and letters of other scripts in a row.
UTF8_LINES = st.sampled_from(["Jörg", "Müller “x”", "Мария", "김민수", "Łódź", "naïve 5 €", "😀"])


@given(
    st.lists(st.sampled_from(["Müller", "Jörg", "5 €", "Garçon “x”"]), min_size=10, max_size=30),
    st.lists(st.sampled_from(BY_CHANCE), min_size=1, max_size=2),
    st.integers(0, 50),
    st.randoms(),
)
def test_a_legacy_text_is_read_whatever_chance_puts_into_it(
    sure: list[str], chance: list[str], plain: int, shuffled: Any
) -> None:
    lines = [*sure, *chance, *["plain"] * plain]
    shuffled.shuffle(lines)
    data = "\n".join(lines).encode("cp1252")
    text, assumed = sensed(data)
    assert assumed
    assert back(text.decode()) == data


@given(
    st.lists(UTF8_LINES, min_size=1, max_size=20),
    st.lists(st.sampled_from(["Müller", "Jörg", "5 €", "Garçon “x”", "MÜ“x"]), max_size=60),
    st.randoms(),
)
def test_a_utf8_text_stays_one_whatever_lines_are_broken(
    sound: list[str], broken: list[str], shuffled: Any
) -> None:
    lines = [*(one.encode() for one in sound), *(one.encode("cp1252") for one in broken)]
    shuffled.shuffle(lines)
    assert sensed(b"\n".join(lines)) == (b"\n".join(lines), None)


@pytest.mark.parametrize("end", ["é", "€", "😀"])
@pytest.mark.parametrize("ascii_before", [0, 10, 3 * HEAD])
def test_a_text_cut_off_within_its_last_character_is_utf8_still(
    end: str, ascii_before: int
) -> None:
    for size in range(1, len(end.encode())):
        data = b"x" * ascii_before + b'{"name": "' + end.encode()[:size]
        assert sensed(data) == (data, None)
    once = Sensing(io.BytesIO(data), lambda: None)
    assert (io.BufferedReader(once).read(), once.assumed) == (data, None)
