"""Opening: any compression and encoding, to the last byte that can be had."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from forensics.sources.opening import HEAD, Opened

TEXT = b"".join(b'{"n": %d, "x": "%s"}\n' % (n, b"a" * (n % 50)) for n in range(30_000))
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


def read(tmp_path: Path, data: bytes) -> tuple[bytes, Opened]:
    path = tmp_path / "in"
    path.write_bytes(data)
    with Opened(path) as opened:
        text = opened.text.read()
        opened.finish()
    assert opened.sha256 == hashlib.sha256(data).hexdigest()
    assert opened.size == len(data)
    return text, opened


@pytest.mark.parametrize("kind", PACK)
def test_one_member_and_several_are_read_whole(tmp_path: Path, kind: str) -> None:
    pack = PACK[kind]
    for data, wanted in (
        (pack(TEXT), TEXT),
        (pack(TEXT) + pack(b"") + pack(b"more\n") * 3, TEXT + b"more\n" * 3),
        (pack(b""), b""),
        (pack(TEXT) + bytes(512), TEXT),
    ):
        text, opened = read(tmp_path, data)
        assert text == wanted
        assert (opened.compression, opened.damage) == (kind, None)


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("size", [3_000, len(TEXT)])
def test_a_cut_loses_nothing_that_came_before_it(tmp_path: Path, kind: str, size: int) -> None:
    data = PACK[kind](TEXT[:size])
    text, opened = read(tmp_path, data[: len(data) * 3 // 4])
    assert opened.damage
    assert TEXT.startswith(text)
    # Block compressors give whole blocks only; a stream compressor gives half the text at least.
    assert kind in {"bz2", "zstd"} or len(text) > size // 2


@pytest.mark.parametrize("cut", [1, 4, 8])
def test_a_lost_trailer_is_told_though_all_is_there(tmp_path: Path, cut: int) -> None:
    text, opened = read(tmp_path, gzip.compress(TEXT)[:-cut])
    assert text == TEXT
    assert opened.damage


@pytest.mark.parametrize("kind", PACK)
def test_what_follows_the_compressed_data_is_told(tmp_path: Path, kind: str) -> None:
    text, opened = read(tmp_path, PACK[kind](TEXT) + b"trailing garbage")
    assert text == TEXT
    assert opened.damage == "what follows the compressed data is something else"


def test_a_flipped_byte_is_told(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(TEXT))
    data[len(data) // 2] ^= 0xFF
    text, opened = read(tmp_path, bytes(data))
    assert opened.damage
    assert len(text) > 0


def test_a_zstd_index_frame_at_the_end_is_no_garbage(tmp_path: Path) -> None:
    frame = b"\x5e\x2a\x4d\x18" + (9).to_bytes(4, "little") + b"x" * 9
    text, opened = read(tmp_path, zstandard.compress(TEXT) + frame)
    assert (text, opened.damage) == (TEXT, None)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32-le", b"\xff\xfe\x00\x00"),
        ("utf-32-be", b"\x00\x00\xfe\xff"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_text_becomes_utf8(
    tmp_path: Path, encoding: str, mark: bytes, pack: Callable[[bytes], bytes]
) -> None:
    written = '{"name": "Zoë 🦉 ' + "x" * 100_000 + '"}\n'
    text, opened = read(tmp_path, pack(mark + written.encode(encoding)))
    assert text.decode() == written
    assert (opened.encoding, opened.damage) == (encoding, None)


def test_half_a_character_at_the_end_is_told(tmp_path: Path) -> None:
    text, opened = read(tmp_path, b"\xff\xfe" + "ab".encode("utf-16-le") + b"c")
    assert text == b"ab"
    assert opened.damage
    _, opened = read(tmp_path, b"\xff\xfe\x00\x00" + b"\xff\xff\xff\xff")
    assert opened.damage


def test_head_is_filled_though_members_are_small(tmp_path: Path) -> None:
    path = tmp_path / "in.gz"
    path.write_bytes(b"".join(gzip.compress(b'{"n":%d}\n' % n) for n in range(2_000)))
    with Opened(path) as opened:
        assert opened.head.count(b"\n") == 2_000


def test_widen_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(TEXT)
    with Opened(path) as opened:
        assert len(opened.head) == HEAD
        opened.widen(HEAD * 2)
        assert opened.head == TEXT[: HEAD * 2]
        assert opened.text.read() == TEXT


def test_a_file_written_to_meanwhile_is_told_and_hashed_as_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(TEXT)
    with Opened(path) as opened:
        assert opened.text.read() == TEXT
        with path.open("ab") as file:
            file.write(b"later")
        opened.finish()
        assert opened.changed
        assert opened.sha256 == hashlib.sha256(TEXT).hexdigest()


def test_standard_input_is_read_from_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(gzip.compress(TEXT))))
    with Opened(None) as opened:
        assert opened.text.read() == TEXT
        opened.finish()
    assert not opened.changed


def test_progress_sums_to_the_size_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "in.gz"
    path.write_bytes(gzip.compress(TEXT))
    steps: list[int] = []
    with Opened(path, steps.append) as opened:
        opened.text.read(10)
        opened.finish()
    assert sum(steps) == path.stat().st_size
