"""The console's log of a very large desk: the ordinary week of a small one, many times over.

For measuring speed. Each copy has people of its own; numbers of records are without holes, and
times in order. Copies differ in names and ids alone, so statistics of people mean little here.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from story.console import Entry

from organisation import feeds
from organisation.nights import CONSOLE, Asked, night_of, play, put, table
from organisation.people import FIRST_DAY, HIRED, Workforce

COPY, NIGHT = "\x00", "\x01"
_NAMED = re.compile(
    r'("(?:login|name|requested_by)":"(?!intake)[^"]+|"(?:id":"u|device":"dev)-[^"]+)'
)
_NUMBERED = re.compile(r'("(?:id":"C|session":"s|request":"r)-)')
_HEAD = re.compile(r'^\{"id":"mc-\d+","seq":\d+,"ts":"\d{4}-\d\d-\d\d')
_LINES = 20_000


@dataclass(frozen=True)
class _Template:
    """The records of an ordinary day, without number, date, night and copy."""

    tails: tuple[str, ...]


def write(asked: Asked, folder: Path, events: int) -> int:
    """Write that many records over the nights asked for; returns how many copies of people act."""
    floor, _ = play(replace(asked, nights=14, quiet=14, incidents=()))
    week = [FIRST_DAY + timedelta(days=step) for step in range(7, 14)]
    templates = [_template(floor.console.entries, day) for day in week]
    most, number = 0, 0
    for step in range(asked.nights):
        night = FIRST_DAY + timedelta(days=step)
        wanted = events * (step + 1) // asked.nights - number
        template = templates[step % 7]
        copies = -(-wanted // len(template.tails))
        most = max(most, copies)
        path = folder / night.isoformat() / f"{CONSOLE}.jsonl.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        _pack(path, islice(_lines(template, night, number, copies), wanted))
        number += wanted
    force = Workforce(
        tuple(
            replace(one, person=replace(one.person, name=f"{one.name}.c{copy}"), facts=[HIRED])
            for copy in range(most)
            for one in floor.force.workers
        )
    )
    for name, (header, rows) in feeds.of_night(force, (), FIRST_DAY).items():
        # A roster of shifts of all copies would be larger than the logs.
        if name != "shifts.csv":
            put(folder / FIRST_DAY.isoformat() / name, table(header, rows))
    return most


def _template(entries: list[Entry], day: date) -> _Template:
    tails = []
    for entry in entries:
        if night_of(entry.logged) == day:
            tail = _HEAD.sub("", entry.line())
            tail = _NAMED.sub(rf"\1.c{COPY}", tail)
            tails.append(_NUMBERED.sub(rf"\g<1>{NIGHT}.{COPY}.", tail))
    return _Template(tuple(tails))


def _lines(template: _Template, night: date, number: int, copies: int) -> Iterator[str]:
    day, step = night.isoformat(), str((night - FIRST_DAY).days)
    names = [str(copy) for copy in range(copies)]
    for tail in template.tails:
        tonight = tail.replace(NIGHT, step)
        for copy in names:
            number += 1
            mine = tonight.replace(COPY, copy)
            yield f'{{"id":"mc-{number:09d}","seq":{number},"ts":"{day}{mine}\n'


def _pack(path: Path, lines: Iterator[str]) -> None:
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=1) as packed,
    ):
        while chunk := "".join(islice(lines, _LINES)):
            packed.write(chunk.encode())
