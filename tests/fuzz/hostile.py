"""Files to begin from, ways to damage them, and what has to hold of whatever is read from them."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import re
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pyarrow as pa
import zstandard
from pyarrow.parquet import write_table

from forensics.sources.declaration import shipped
from forensics.sources.formats import Batch
from forensics.sources.tables import layout_of, window

BLANK = b" \t\r\n\x0b\x0c"
# What may vanish between the records of a JSON array, or of several documents.
_BETWEEN = b"[],\x1e"
_INNER_ARRAY = re.compile(rb":\s*\[\s*[{\]]|:\s*\[\s*\Z")
# Lines before a header that are no titles, and lines that a header with quoted names may have.
_MARK = re.compile(r'"?sep=|#TYPE ', re.IGNORECASE)
_HEADER_LINES = 5
_SEPARATOR = re.compile(rb"(?:----|time->.*)\s*")

WORDS: tuple[bytes, ...] = (
    b"",
    b"\x00",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xe2\x80\xa8",
    b"\n",
    b"\r",
    b"\r\n",
    b"\x1e",
    b"\x0b",
    b'"',
    b"\\",
    b"\\u",
    b"\\ud800",
    b"\\u0000",
    b"'",
    b"`",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b";",
    b"|",
    b"=",
    b"<13>",
    b"null",
    b"NaN",
    b"1e999",
    b"-",
    b"9" * 400,
    b"-0",
    b"1" + b"0" * 30,
    b'{"a":',
    b"[" * 200,
    b'{"a":' * 200,
    b'{"records":[',
    b'"}],"x":[{"',
    b'{"message":"{',
    b"audit(",
    b"msg=audit(99999999999.999:1):",
    b"type=PATH ",
    b"node=\xff ",
    b"a0=",
    b"0" * 40,
    b"%s",
    b"$.x",
    b"$[0]",
    b"../",
    b"\x1b[2J",
    b"PAR1",
    b"PK\x03\x04",
    b"9999-12-31T23:59:60Z",
    b"0000-00-00",
    b"infinity",
    b"292278994-01-01",
    b"1970-01-01T00:00:00Z",
    b"Feb 29 25:61:61 ",
    "ä".encode(),
    "\U0001f600".encode(),
    b"----\n",
    "aé".encode() * 200,
    "x€".encode() * 200 + b'"',
    b"x" * 70_000,
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**63,
    2**64,
    10**400,
    1e308,
    -0.0,
    "",
    " ",
    "\x00",
    "\ud800",
    "x\ud83d",
    "é" * 400,
    "{",
    "[]",
    "{}",
    "null",
    "NaN",
    "infinity",
    "-infinity",
    "9" * 40,
    "2026-02-30T25:61:61Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "\u202e",
    "\x1b[31m",
    "'",
    '"',
    "\\",
    "%",
    "$.a",
    "🙂",
    "x" * 5_000,
    [],
    [None],
    [[]],
    [{}],
    {},
    {"": ""},
    {"a": None},
    [1, "a", {}, None],
    json.loads("[" * 120 + "]" * 120),
)


def columns(data: bytes) -> bytes:
    """A Parquet file with a row for each line, as its text."""
    made = io.BytesIO()
    rows = pa.table({"message": data.decode("utf-8", "replace").splitlines()})
    write_table(rows, made, row_group_size=2)
    return made.getvalue()


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of these members, the same each time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members:
            out.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 9, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def tarred(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A tar of these members, the same each time."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as out:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return made.getvalue()


PACKS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "gzip twice": lambda data: (
        gzip.compress(data[: len(data) // 2], mtime=0)
        + gzip.compress(data[len(data) // 2 :], mtime=0)
    ),
    "zstd": zstandard.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": lambda data: zipped([("a.log", data), ("b/c.log", data[: len(data) // 2])]),
    "tar": lambda data: tarred([("a.log", data), ("b/c.log", data[: len(data) // 2])]),
    "parquet": columns,
    "tar.gz": lambda data: gzip.compress(tarred([("a.log", data)]), mtime=0),
    "utf-16": lambda data: data.decode("utf-8", "replace").encode("utf-16"),
    "utf-16 bare": lambda data: data.decode("utf-8", "replace").encode("utf-16-be"),
    "utf-32": lambda data: data.decode("utf-8", "replace").encode("utf-32"),
}
LAYOUTS: dict[str, Callable[[Sequence[bytes]], bytes]] = {
    "lines": lambda texts: b"\n".join(texts) + b"\n",
    "windows lines": lambda texts: b"\xef\xbb\xbf" + b"\r\n".join(texts),
    "array": lambda texts: b"[" + b", ".join(texts) + b"]",
    "envelope": lambda texts: b'{"meta": {"n": 1}, "records": [' + b",\n".join(texts) + b"]}",
    "run together": b"".join,
    "carried": lambda texts: b"\n".join(
        json.dumps({"message": one.decode("utf-8", "replace")}).encode() for one in texts
    ),
    "syslog": lambda texts: b"\n".join(
        b"<13>1 2026-01-05T09:00:00Z host app - - - " + one.replace(b"\n", b" ") for one in texts
    ),
}


def examples(source: str) -> list[bytes]:
    """The raw records that a shipped declaration gives as examples."""
    return [one.raw.encode() for one in shipped()[source].examples]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of everything inside a JSON value."""
    inner: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    found = [path] if path else []
    return found + [one for key, each in inner for one in leaves(each, (*path, key))]


def replaced(record: bytes, where: int, what: int) -> bytes:
    """A JSON record with one of its values changed in type or content; others as they are."""
    try:
        document = json.loads(record)
    except (ValueError, RecursionError):
        return record
    places = leaves(document)
    if not places:
        return record
    *outer, last = places[where % len(places)]
    inside = document
    for key in outer:
        inside = inside[key]
    inside[last] = VALUES[what % len(VALUES)]
    return json.dumps(document).encode()


def edited(data: bytes, how: int, where: int, what: int) -> bytes:
    """Bytes with one edit: a word put in or over, a bit turned, a part lost, doubled or moved."""
    at = where % (len(data) + 1)
    word = WORDS[what % len(WORDS)]
    length = what % 40
    match how % 7:
        case 0:
            return data[:at] + word + data[at:]
        case 1:
            return data[:at] + word + data[at + len(word) :]
        case 2:
            return (
                data[:at] + bytes([data[at] ^ 1 << what % 8]) + data[at + 1 :]
                if data[at:]
                else data
            )
        case 3:
            return data[:at]
        case 4:
            return data[:at] + data[at + length :]
        case 5:
            return data[:at] + data[at : at + length] * (1 + what % 5) + data[at + length :]
        case _:
            return data[at:] + data[:at]


def pieces(batches: Iterable[Batch]) -> list[bytes]:
    """All that batches hold, as bytes; fails unless they number it from 0 without a hole."""
    numbers: list[int] = []
    found: list[bytes] = []
    damaged = False
    for batch in batches:
        damaged = damaged or bool(batch.damage)
        assert len(batch.numbers) == len(batch.records)
        assert batch.documents is None or len(batch.documents) == len(batch.records)
        for one in (*batch.records, *(batch.documents or ())):
            bytes(one).decode()
        numbers += [*batch.numbers, *(one.record_no for one in batch.rejects)]
        assert all(one.reason for one in batch.rejects)
        found += [*map(bytes, batch.records), *(one.data for one in batch.rejects)]
    assert damaged or sorted(numbers) == list(range(len(numbers)))
    assert len(set(numbers)) == len(numbers)
    return found


def _count(data: bytes) -> Counter[int]:
    return Counter(data.translate(None, BLANK))


def _header(text: bytes) -> bytes:
    """The marks and the header line of a table, which become no rows; nothing of other text."""
    kept = text.decode("utf-8", "surrogateescape")
    lines, whole = window(io.StringIO(kept, newline=""))
    shown = [one.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for one in lines]
    layout = layout_of(shown, whole=whole)
    if layout is None:
        return b""
    before = [one for at, one in enumerate(lines[: layout.line + 1]) if at not in layout.titles]
    assert all(_MARK.match(one) or not one.strip() for one in before[:-_HEADER_LINES])
    return "".join(before).encode("utf-8", "surrogateescape")


def check_kept(container: str, text: bytes, found: Sequence[bytes]) -> None:
    """Fail unless every byte of a text that is not blank is in one of the pieces, and just once."""
    given, kept = _count(text), Counter[int]()
    for one in found:
        kept += _count(one)
    more = kept - given
    assert not more, f"{container}: bytes that the text has not: {bytes(more)!r}"
    lost = given - kept
    if container == "json":
        lost -= Counter({one: lost[one] for one in _BETWEEN})
        # Of an envelope its other members are let go.
        assert not lost or _INNER_ARRAY.search(text), f"json: lost {bytes(lost)!r}"
    elif container == "csv":
        assert lost == _count(_header(text)), f"csv: lost {bytes(lost)!r}"
    elif container == "auditd":
        between = [one for one in text.split(b"\n") if _SEPARATOR.fullmatch(one)]
        assert not lost - _count(b"".join(between)), f"auditd: lost {bytes(lost)!r}"
    else:
        assert not lost, f"{container}: lost {bytes(lost)!r}"
