"""The story of the eleven minutes, told by worse clocks and worse exports: the truth stays within.

Each test rewrites the sample's records as a fault would have written them, never as the tool reads
them, and compares with what the story's truth.toml says.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import forensics
from forensics import api
from forensics.findings.document import Outage, Reconstruction

SAMPLE = Path(__file__).parents[2] / "sample_logs" / "eleven-minutes"
TARGET = "@headofstate"
START = datetime(2017, 11, 2, 22, 49, 56, 412000, UTC)
END = datetime(2017, 11, 2, 23, 0, 56, 412000, UTC)
ACT, RESTORE = "mc-0020360", "mc-0020378"
# Three days are enough of the story, and quick to read.
FIRST_DAY = datetime(2017, 10, 31, tzinfo=UTC)
CONSOLE_AHEAD = timedelta(seconds=7)
PROBE_EVERY = timedelta(seconds=60)
CONSOLE_TOLERANCE = OKTA_TOLERANCE = timedelta(seconds=5)
PROBE_TOLERANCE = timedelta(seconds=1)
TOLERANCES = CONSOLE_TOLERANCE + PROBE_TOLERANCE
REQUEST_SPREAD = timedelta(seconds=2)

Row = dict[str, Any]
Stamps = Callable[[datetime], datetime]


def _read(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


def _written(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Logs:
    """The story's records, as they are before they are spoiled and written."""

    console: list[Row]
    okta: list[Row]
    probe: list[Row]
    write: Callable[[datetime], str] = _written
    files: int = 1
    extra: list[str] = field(default_factory=list)

    def restamp(self, source: str, stamps: Stamps) -> None:
        """Let a source's clock write other times."""
        key = {"console": "ts", "okta": "published", "probe": "checked_at"}[source]
        for row in getattr(self, source):
            if row.get(key):
                row[key] = _written(stamps(_read(row[key])))

    def save(self, folder: Path) -> Path:
        folder.mkdir()
        for name in ("accounts.csv", "employees.csv", "contractors.csv", "protected_targets.csv"):
            shutil.copy(SAMPLE / name, folder / name)
        for number in range(self.files):
            part = [self._console_line(row) for row in self.console[number :: self.files]]
            (folder / f"console-{number}.jsonl").write_text("\n".join(part) + "\n", "utf-8")
        okta = "\n".join(json.dumps(row) for row in self.okta)
        (folder / "okta.jsonl").write_text(okta + "\n", "utf-8")
        if self.probe:
            text = io.StringIO()
            table = csv.DictWriter(text, list(self.probe[0]))
            table.writeheader()
            table.writerows(self.probe)
            (folder / "probe.csv").write_text(text.getvalue(), "utf-8")
        return folder

    def _console_line(self, row: Row) -> str:
        return json.dumps({**row, "ts": self.write(_read(row["ts"]))})


@pytest.fixture(scope="module")
def story() -> Logs:
    def lines(name: str) -> Iterator[Row]:
        data = (SAMPLE / name).read_bytes()
        text = gzip.decompress(data) if name.endswith(".gz") else data
        for line in text.decode("utf-8", "replace").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                continue

    console = [
        row
        for row in lines("moderation_console.jsonl.gz")
        if row.get("ts") and _read(row["ts"]) >= FIRST_DAY
    ]
    okta = [row for row in lines("okta_system.jsonl") if _read(row["published"]) >= FIRST_DAY]
    table = csv.DictReader((SAMPLE / "status_probe.csv").read_text("utf-8").splitlines())
    probe = [row for row in table if _read(row["checked_at"]) >= FIRST_DAY]
    return Logs(console, okta, probe)


@pytest.fixture
def logs(story: Logs) -> Logs:
    """A copy of the records that a test may spoil."""
    return Logs(*([dict(row) for row in rows] for rows in (story.console, story.okta, story.probe)))


@pytest.fixture
def rebuild(
    tmp_path: Path, unjudged: Callable[[api.Case], api.Case]
) -> Iterator[Callable[..., Reconstruction]]:
    opened: list[api.Case] = []

    def one(logs: Logs, *, judged: bool = False) -> Reconstruction:
        case = api.create_case(tmp_path / f"case-{len(opened)}")
        opened.append(case)
        case.ingest(logs.save(tmp_path / f"logs-{len(opened)}"))
        return (case if judged else unjudged(case)).outage(TARGET)

    yield one
    for case in opened:
        case.close()


def _contains(
    outage: Outage, widest: timedelta, start: datetime = START, end: datetime = END
) -> None:
    """The truth is within bounds no wider than what is left of the evidence allows."""
    assert outage.start_earliest is not None
    assert outage.end_earliest is not None
    assert outage.end_latest is not None
    assert outage.start_earliest <= start <= outage.start_latest
    assert outage.end_earliest <= end <= outage.end_latest
    assert outage.duration.longest is not None
    assert outage.duration.shortest <= (end - start).total_seconds() <= outage.duration.longest
    assert outage.start_latest - outage.start_earliest <= widest
    assert outage.end_latest - outage.end_earliest <= widest
    apart = timedelta(seconds=outage.duration.longest - outage.duration.shortest)
    assert apart <= 2 * widest


def _between_checks(off_s: float = 0.0) -> timedelta:
    """What checks a minute apart, and clocks that may be off by so much, still allow."""
    return PROBE_EVERY + timedelta(seconds=off_s) + 2 * TOLERANCES


def _by_stamps(granule_s: float = 0.001) -> timedelta:
    """What the stamps of acts allow: two logs whose clocks are tied by requests, cut to granules.

    Clocks that differ may each be the wrong one: off by their own tolerance, or by the other's and
    the difference, which the records of one request leave open by as long as one may take.
    """
    both = 2 * CONSOLE_TOLERANCE + 2 * OKTA_TOLERANCE
    return min(both + CONSOLE_AHEAD + 2 * REQUEST_SPREAD, _between_checks()) + timedelta(
        seconds=granule_s
    )


@pytest.mark.parametrize("seconds", [-90, 90])
@pytest.mark.parametrize("source", ["console", "okta", "console alone"])
def test_a_clock_that_is_wrong_by_ninety_seconds(
    logs: Logs, rebuild: Callable[..., Reconstruction], source: str, seconds: int
) -> None:
    # One clock is wrong; the console's is anyway, so it is put right first.
    logs.restamp("console", lambda time: time - CONSOLE_AHEAD)
    source, _, alone = source.partition(" ")
    if alone:
        # Then checks are all that ties its clock to any other.
        logs.okta = [{**row, "transaction": None, "debugContext": None} for row in logs.okta]
    logs.restamp(source, lambda time: time + timedelta(seconds=seconds))
    (outage,) = rebuild(logs).outages
    _contains(outage, _between_checks(abs(seconds)))


@pytest.mark.parametrize("seconds", [-300, 300])
def test_a_clock_that_checks_alone_tie_to_another(
    logs: Logs, rebuild: Callable[..., Reconstruction], seconds: int
) -> None:
    """No other log is left: with the checks gone too, nothing would speak against the console."""
    logs.okta = []
    logs.restamp("console", lambda time: time - CONSOLE_AHEAD + timedelta(seconds=seconds))
    (outage,) = rebuild(logs).outages
    # A clock that is behind reads as acts that took effect late, which checks bound by themselves.
    _contains(outage, _between_checks(max(seconds, 0)))
    logs.probe = []
    (unchecked,) = rebuild(logs).outages
    assert not unchecked.start_earliest <= START <= unchecked.start_latest


def test_a_clock_that_drifts(logs: Logs, rebuild: Callable[..., Reconstruction]) -> None:
    """A second an hour: over three days that is more than a minute."""
    logs.restamp("console", lambda time: time + (time - FIRST_DAY) / 3600)
    (outage,) = rebuild(logs).outages
    # Of its drift nothing tells how much it was at the time: three days of it are 72 s.
    _contains(outage, _between_checks(72))


@pytest.mark.parametrize("seconds", [-40, 75])
@pytest.mark.parametrize(
    "moment", [START - timedelta(hours=30), START + timedelta(minutes=5)], ids=["before", "during"]
)
def test_a_clock_that_is_set_once(
    logs: Logs, rebuild: Callable[..., Reconstruction], moment: datetime, seconds: int
) -> None:
    def stamps(time: datetime) -> datetime:
        later = time - CONSOLE_AHEAD >= moment
        return time + timedelta(seconds=seconds if later else 0)

    logs.restamp("console", stamps)
    rebuilt = rebuild(logs)
    (outage,) = rebuilt.outages
    _contains(outage, _between_checks(abs(seconds)))


@pytest.mark.parametrize(
    ("granule", "pattern"), [(1, "%Y-%m-%dT%H:%M:%SZ"), (60, "%Y-%m-%dT%H:%MZ")], ids=["s", "min"]
)
def test_stamps_cut_to_seconds_and_to_minutes(
    logs: Logs, rebuild: Callable[..., Reconstruction], granule: int, pattern: str
) -> None:
    logs.write = lambda time: time.astimezone(UTC).strftime(pattern)
    (outage,) = rebuild(logs).outages
    _contains(outage, _by_stamps(granule))


def test_an_end_that_nobody_recorded(logs: Logs, rebuild: Callable[..., Reconstruction]) -> None:
    logs.console = [row for row in logs.console if row["id"] != RESTORE]
    (outage,) = rebuild(logs).outages
    _contains(outage, _between_checks())
    assert outage.ended_by is None


def test_an_end_that_nobody_saw(logs: Logs, rebuild: Callable[..., Reconstruction]) -> None:
    horizon = END - timedelta(minutes=3)
    logs.console = [row for row in logs.console if _read(row["ts"]) < horizon]
    logs.okta = [row for row in logs.okta if _read(row["published"]) < horizon]
    logs.probe = [row for row in logs.probe if _read(row["checked_at"]) < horizon]
    (outage,) = rebuild(logs).outages
    assert outage.start_earliest is not None
    assert outage.start_earliest <= START <= outage.start_latest
    assert outage.start_latest - outage.start_earliest <= _by_stamps()
    assert outage.end_latest is None
    assert outage.duration.longest is None
    assert 0 < outage.duration.shortest <= (END - START).total_seconds()


def test_exports_that_overlap_and_come_in_any_order(
    logs: Logs, rebuild: Callable[..., Reconstruction]
) -> None:
    plain = rebuild(logs)
    dice = random.Random(7)
    for rows in (logs.console, logs.okta, logs.probe):
        rows.extend(dice.sample(rows, len(rows) // 3))
        dice.shuffle(rows)
    logs.files = 5
    again = rebuild(logs)
    (outage,), (before,) = again.outages, plain.outages
    _contains(outage, _by_stamps())
    assert (outage.start_earliest, outage.end_latest) == (before.start_earliest, before.end_latest)
    assert outage.duration == before.duration
    assert [one.sentence for one in again.intervals] == [one.sentence for one in plain.intervals]


def test_the_night_when_clocks_are_set_back(
    logs: Logs, tmp_path: Path, unjudged: Callable[[api.Case], api.Case]
) -> None:
    """Local stamps without an offset, 01:50 to 02:00 of an hour that comes twice."""
    shift = datetime(2017, 11, 5, 8, 50, tzinfo=UTC) - datetime(2017, 11, 2, 22, 50, tzinfo=UTC)
    there = ZoneInfo("America/Los_Angeles")
    for source in ("console", "okta", "probe"):
        logs.restamp(source, lambda time: time + shift)
    logs.write = lambda time: time.astimezone(there).replace(tzinfo=None).isoformat()
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    shipped = Path(forensics.__file__).parent / "sources" / "catalog" / "moderation_console.toml"
    text = shipped.read_text("utf-8")
    assert "[record]" not in text
    local = text.replace("[event]", '[record]\nzone = "America/Los_Angeles"\n\n[event]', 1)
    (catalog / "console.toml").write_text(local, "utf-8")
    case = api.create_case(tmp_path / "night", catalog_folders=[catalog])
    try:
        case.ingest(logs.save(tmp_path / "night-logs"))
        (outage,) = unjudged(case).outage(TARGET).outages
    finally:
        case.close()
    # The local hour is told by the checks alone, whose stamps say how far they are from UTC.
    _contains(outage, _between_checks(), START + shift, END + shift)


def test_an_act_that_takes_effect_hours_later(
    logs: Logs, rebuild: Callable[..., Reconstruction]
) -> None:
    """He decides at the end of his shift; a job carries it out when he has left the building."""
    delay = timedelta(hours=3)
    [act] = [row for row in logs.console if row["id"] == ACT]
    decided = {
        **act,
        "id": "mc-decided",
        "ts": _written(_read(act["ts"]) - delay),
        "result": "pending",
        "seq": None,
    }
    job = {"login": "job-runner", "id": "u-900", "name": "job-runner", "role": "system"}
    act.update(actor={**act["actor"], **job}, session=None, ip=None, device=None, tool="api")
    logs.console.append(decided)
    (outage,) = rebuild(logs, judged=True).outages
    _contains(outage, _by_stamps())
    assert outage.started_by is not None
    assert outage.started_by.actor == "job-runner"
    stages = {stage.stage: stage for stage in outage.stages}
    initiated, executed = stages["initiated"], stages["executed"]
    assert (initiated.actor, executed.actor) == ("contractor-7", "job-runner")
    assert initiated.earliest is not None
    assert initiated.earliest <= START - delay <= initiated.latest
    assert executed.earliest is not None and executed.latest is not None
    assert executed.earliest <= START <= executed.latest
    decider = outage.decider
    assert decider is not None
    assert decider.person == "contractor-7"
    assert decider.at_act.phases == ("last_day",)
    assert {one.event_uid for one in outage.verdicts} >= {initiated.evidence[0]}
