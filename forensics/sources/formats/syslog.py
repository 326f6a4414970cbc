"""Syslog: a line a record, as RFC 3164, RFC 5424 or with an ISO stamp; the message may be JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any, BinaryIO

import msgspec

from forensics.sources import lines
from forensics.sources.formats import NO_HINTS, NOT_UTF8, Batch, Hints

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_RFC5424 = re.compile(
    r"<(?P<priority>\d{1,3})>\d{1,2} (?P<iso>-|" + _ISO + r") (?P<host>\S+) (?P<app>\S+)"
    r" (?P<procid>\S+) (?P<msgid>\S+) (?P<data>-|(?:\[(?:[^\]\"]|\"(?:[^\"\\]|\\.)*+\")*+\])+)"
    r"(?: (?P<rest>.*))?\Z",
    re.DOTALL,
)
_PLAIN = re.compile(
    r"(?:<(?P<priority>\d{1,3})>)?"
    r"(?:(?P<month>" + "|".join(_MONTHS) + r") {1,2}(?P<day>\d{1,2}) (?:(?P<year>\d{4}) )?"
    r"(?P<clock>\d\d:\d\d:\d\d(?:\.\d+)?)|(?:1 )?(?P<iso>" + _ISO + r"))"
    r" +(?P<host>\S+) (?P<rest>.*)\Z",
    re.DOTALL,
)
_TAG = re.compile(r" *(?P<app>[^\s\[\]:{]+)(?:\[(?P<procid>[^\]]*)\])?: ?(?P<rest>.*)\Z", re.DOTALL)
_ELEMENT = re.compile(
    r'\[(?P<id>[^\s\]]{1,64})(?P<pairs>(?:[^\]"]|"(?:[^"\\]|\\.)*+")*+)\]', re.DOTALL
)
_PAIR = re.compile(r'([^\s="\]]{1,64})="((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\\]])')
_COOKIE = re.compile(r"@cee: ?(?=\{)")
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Syslog:
    """A line a record, each with a JSON document of its header and its message."""

    name = "syslog"
    priority = 40

    def matches(self, head: bytes) -> bool:
        """Most of the first lines have a stamp and a host, and a program or JSON after them."""
        sample = [line.decode("utf-8", "replace") for line in lines.first(head)]
        return sum(header(line) is not None for line in sample) * 2 > len(sample)

    def split(self, stream: BinaryIO, hints: Hints = NO_HINTS) -> Iterator[Batch]:
        """Lines as they stand; one that has no syslog header and is no JSON either is rejected.

        A stamp without a year gets the latest year in which it is not after the day the file was
        last written, or no time at all when that day is unknown.
        """
        return lines.batches(stream, partial(_read, written=hints.written))


def _read(line: bytes, written: date | None) -> tuple[bytes | None, str]:
    """The document of a line, or why it is none."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return None, NOT_UTF8
    found = header(text)
    if found is not None:
        return _document(found, written), ""
    # Some senders leave the header away where their message is JSON.
    if _object_in(text.strip()):
        return line, ""
    return None, "not a syslog line: it has no stamp and host"


def header(line: str) -> dict[str, str | None] | None:
    """The named parts of a line's header, and the `rest` that is its message; None if it has none.

    Without a priority in front, a program name or JSON has to follow the host.
    """
    if found := _RFC5424.match(line):
        return found.groupdict()
    plain = _PLAIN.match(line)
    if plain is None:
        return None
    parts: dict[str, str | None] = plain.groupdict()
    rest = parts["rest"] or ""
    if tag := _TAG.match(rest):
        return parts | tag.groupdict()
    is_json = _COOKIE.sub("", rest).startswith("{")
    return parts if parts["priority"] or is_json else None


def _document(found: dict[str, str | None], written: date | None) -> bytes:
    number = int(found["priority"]) if found["priority"] else None
    about: dict[str, Any] = {
        "priority": number,
        "facility": None if number is None else number >> 3,
        "severity": None if number is None else number & 7,
        "timestamp": _stamp(found, written),
        "hostname": found["host"],
        "appname": found.get("app"),
        "procid": found.get("procid"),
        "msgid": found.get("msgid"),
        "structured_data": _structured(found.get("data") or ""),
    }
    known = {key: one for key, one in about.items() if one not in (None, "-", "", {})}
    message = (found["rest"] or "").removeprefix("\ufeff").lstrip(" ")
    inner = _object_in(_COOKIE.sub("", message).strip())
    if inner is None:
        return msgspec.json.encode({"syslog": known, "message": message})
    # What a message says of its own header stands beside the header, never in its place.
    own = _object_in(bytes(inner["syslog"]).decode()) if "syslog" in inner else None
    return msgspec.json.encode({**inner, "syslog": {**(own or {}), **known}})


def _object_in(text: str) -> dict[str, msgspec.Raw] | None:
    """The members of a text that is a JSON object, each as it stands; None if there are none."""
    try:
        return (_object.decode(text.encode()) or None) if text.startswith("{") else None
    except (msgspec.MsgspecError, RecursionError):
        return None


def _structured(text: str) -> dict[str, dict[str, str]]:
    """Structured data by element id; a parameter that repeats has its last value."""
    return {
        found["id"]: {key: _ESCAPED.sub(r"\1", one) for key, one in _PAIR.findall(found["pairs"])}
        for found in _ELEMENT.finditer(text)
    }


def _stamp(found: dict[str, str | None], written: date | None) -> str | None:
    """The stamp as ISO text, without a zone where it has none."""
    month, day = found.get("month"), found.get("day")
    if not month or not day:
        return found["iso"]
    year = found["year"] or (written and _year(_MONTHS[month], int(day), written))
    return f"{year}-{_MONTHS[month]:02}-{int(day):02}T{found['clock']}" if year else None


def _year(month: int, day: int, written: date) -> int | None:
    """The latest year in which that day is not after the last-written one."""
    # The log's zone is unknown: its day may be the next one already.
    limit = written + timedelta(days=1)
    for year in range(limit.year, limit.year - 9, -1):
        try:
            if date(year, month, day) <= limit:
                return year
        except ValueError:
            continue
    return None


FORMAT = Syslog()
