"""Plays an organisation and writes what arrived night by night, with the blemishes of real logs."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from story.console import compact

from organisation import feeds
from organisation.incidents import happen
from organisation.people import FIRST_DAY, hire
from organisation.plans import INNOCENT, LEVELS, SCENARIOS, Incident, plan
from organisation.work import Floor

CONSOLE, OKTA, CLOUD = "moderation_console", "okta_system", "aws_cloudtrail"
ENDINGS = {CONSOLE: ".jsonl.gz", OKTA: ".jsonl", CLOUD: ".json.gz"}
CLOUD_BEHIND = timedelta(seconds=3)
"""The cloud's clock in this organisation; the console's is seven seconds ahead."""

LATE, SILENT, AGAIN, LOSS = 0.04, 0.01, 0.05, 0.02
"""Shares of nights: a part comes later, all of a source does, records come twice, some never."""

EVERYTHING = tuple((scenario, level) for scenario in SCENARIOS for level in LEVELS)


@dataclass(frozen=True)
class Asked:
    """Which organisation: the same values write the same bytes."""

    seed: int
    nights: int = 180
    quiet: int = 100
    people: int = 40
    cases_a_shift: float = 5.0
    incidents: Sequence[tuple[str, str]] = EVERYTHING


@dataclass(frozen=True)
class Written:
    """Where a record came to lie: the file below the folder, its number in it, and the night."""

    file: str
    record_no: int
    night: date


Record = tuple[str, object]
"""A line, and what it was made of."""


@dataclass
class Log:
    """The records of one source, in the order in which they were logged, by night."""

    source: str
    nights: dict[date, list[Record]] = field(default_factory=dict)

    def add(self, logged: datetime, line: str, record: object) -> None:
        """One more record, which arrives on the night of its stamp (UTC) unless it is late."""
        self.nights.setdefault(max(night_of(logged), FIRST_DAY), []).append((line, record))


def play(asked: Asked) -> tuple[Floor, list[Incident]]:
    """Everything that happens in the organisation, incidents included."""
    seed = f"organisation {asked.seed}"
    force = hire(seed, asked.people, asked.nights)
    incidents = plan(seed, force, asked.nights, asked.quiet, asked.incidents)
    floor = Floor(seed, force, asked.nights, asked.cases_a_shift)
    seconds = [one.name for one in force.of("ts_lead", "senior_moderator")]
    floor.expected = frozenset(
        (name, one.day + timedelta(days=step))
        for one in incidents
        for step in range(4)
        for name in (one.worker.name, *seconds)
    )
    floor.work()
    for one in incidents:
        happen(floor, one)
    floor.console.number()
    return floor, incidents


def write(asked: Asked, folder: Path) -> dict[str, Any]:
    """Write one folder a night and `truth.json` beside them; returns what is true."""
    floor, incidents = play(asked)
    marked = {id(mark) for one in incidents for mark in one.marks}
    counts: Counter[str] = Counter()
    post = Post(folder, marked, counts)
    for log in _logs(floor, marked, counts):
        dice = random.Random(f"{floor.seed}/delivery {log.source}")
        post.deliver(log, floor.days, dice)
    for night in floor.days:
        for name, (header, rows) in feeds.of_night(floor.force, incidents, night).items():
            put(folder / night.isoformat() / name, table(header, rows))
    truth = {
        "seed": asked.seed,
        "nights": [night.isoformat() for night in floor.days],
        "quiet": asked.quiet,
        "records": dict(sorted(counts.items())),
        "incidents": sorted(
            (_truth(one, post.places) for one in incidents),
            key=lambda one: (one["night"], one["scenario"], one["level"]),
        ),
    }
    put(folder / "truth.json", (json.dumps(truth, indent=1) + "\n").encode())
    return truth


def _truth(incident: Incident, places: dict[int, Written]) -> dict[str, Any]:
    found = [places[id(mark)] for mark in incident.marks if id(mark) in places]
    night = max(one.night for one in found) if incident.told is None else incident.told.date()
    if incident.scenario == "S6":
        night = min(one.night for one in found)
    return {
        "scenario": incident.scenario,
        "title": SCENARIOS[incident.scenario],
        "level": incident.level,
        "night": night.isoformat(),
        "person": incident.worker.name,
        "accounts": incident.accounts,
        "expected": "quiet" if incident.scenario in INNOCENT else "found",
        "records": [{"file": one.file, "record_no": one.record_no} for one in found],
    }


def _logs(floor: Floor, marked: set[int], counts: Counter[str]) -> list[Log]:
    console, okta, cloud = Log(CONSOLE), Log(OKTA), Log(CLOUD)
    dice = floor.dice("loss")
    lossy: dict[date, int] = {}
    for entry in floor.console.entries:
        night = night_of(entry.logged)
        if night not in lossy:
            lossy[night] = dice.randrange(1, 4) if dice.random() < LOSS else 0
        if id(entry) in floor.cut:
            counts["console records cut out"] += 1
        elif lossy[night] and id(entry) not in marked and dice.random() < 0.02:
            lossy[night] -= 1
            counts["console records lost"] += 1
        else:
            console.add(entry.logged, entry.line(), entry)
    for when, event in sorted(floor.okta.events, key=lambda one: (one[0], one[1]["uuid"])):
        okta.add(when, compact(event), event)
    for when, event in sorted(floor.cloud.events, key=lambda one: (one[0], one[1]["eventID"])):
        logged = when - CLOUD_BEHIND
        event["eventTime"] = f"{logged.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        cloud.add(logged, compact(event), event)
    return [console, okta, cloud]


def night_of(moment: datetime) -> date:
    """The day in UTC, as the nights are cut."""
    return moment.astimezone(UTC).date()


@dataclass
class Post:
    """Brings the records into the folders of the nights, sometimes late, twice or never."""

    folder: Path
    marked: set[int]
    """The records of incidents, which arrive on their night."""
    counts: Counter[str]
    places: dict[int, Written] = field(default_factory=dict)

    def deliver(self, log: Log, nights: Sequence[date], dice: random.Random) -> None:
        """Write a source's files; what is late comes in a file of its own."""
        later: dict[date, list[Record]] = {}
        before: list[Record] = []
        for night in nights:
            records, late = log.nights.get(night, []), later.pop(night, [])
            plain = not any(id(record) in self.marked for _, record in records)
            chance, days = dice.random(), timedelta(days=dice.randrange(1, 4))
            if plain and chance < LATE + SILENT and night + days <= nights[-1]:
                share = 1.0 if chance < SILENT else dice.uniform(0.1, 0.3)
                keep = len(records) - int(len(records) * share)
                later.setdefault(night + days, []).extend(records[keep:])
                self.counts[f"{log.source} late"] += len(records) - keep
                records = records[:keep]
            again = before[-40:] if dice.random() < AGAIN else []
            self.counts[f"{log.source} again"] += len(again)
            self.counts[log.source] += len(records) + len(late)
            self._file(night, f"{log.source}_late{ENDINGS[log.source]}", late)
            self._file(night, f"{log.source}{ENDINGS[log.source]}", [*again, *records])
            before = records

    def _file(self, night: date, name: str, records: Sequence[Record]) -> None:
        if not records:
            return
        path = f"{night.isoformat()}/{name}"
        for number, (_, record) in enumerate(records):
            self.places.setdefault(id(record), Written(path, number, night))
        lines = [line for line, _ in records]
        in_array = name.endswith(".json.gz")
        text = '{"Records":[' + ",".join(lines) + "]}" if in_array else "\n".join(lines)
        data = f"{text}\n".encode()
        put(self.folder / path, _packed(data) if name.endswith(".gz") else data)


def put(path: Path, data: bytes) -> None:
    """Write a file, and the folder it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _packed(data: bytes) -> bytes:
    # No name and no time in the header, so that the bytes depend on the content alone.
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0, compresslevel=6) as packed:
        packed.write(data)
    return buffer.getvalue()


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table as CSV."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue().encode()
