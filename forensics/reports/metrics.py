"""How a night went as Prometheus metrics, for the textfile collector of its node exporter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from forensics.findings.document import LEVELS, Coverage
from forensics.findings.standing import STATES, FindingList, ScanRecord

Labels = Mapping[str, str]
Sample = tuple[Labels, float]

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


@dataclass(frozen=True)
class Night:
    """What is measured of one recorded scan.

    `success` is when the last scan that looked at everything was recorded, None for never;
    `latest` the time of the last record of each source; `unnotified` the services not reached.
    """

    scan: ScanRecord
    standings: FindingList
    coverage: Coverage
    success: datetime | None
    latest: Mapping[str, datetime]
    unnotified: int


def exposition(night: Night) -> str:
    """The text exposition format, version 0.0.4, of all metrics; every state of findings is there.

    Times are absolute, in seconds since 1970, as the age of a file that is not written any more
    must grow.
    """
    return "".join(
        line
        for name, meaning, samples in _metrics(night)
        if samples
        for line in _family(name, meaning, samples)
    )


def label(value: str) -> str:
    """A value as it stands between the quotation marks of a label."""
    seen = value.encode("utf-8", "replace").decode("utf-8")
    return seen.translate(_ESCAPES)


def _metrics(night: Night) -> Iterator[tuple[str, str, Sequence[Sample]]]:
    scan, files = night.scan, night.coverage.files
    found = Counter((one.finding.level, one.standing.state) for one in night.standings.findings)
    yield "scan_timestamp_seconds", "When the last scan was recorded.", _one(scan.time.timestamp())
    yield (
        "scan_last_success_timestamp_seconds",
        "When the last scan that looked at everything was recorded.",
        _one(night.success.timestamp()) if night.success else [],
    )
    yield "scan_duration_seconds", "How long the last scan took.", _one(scan.seconds)
    yield (
        "scan_not_looked_at",
        "Inputs not read and checks that failed, of the last scan.",
        _one(len(scan.incomplete)),
    )
    yield (
        "scan_not_evaluated",
        "Policies and rules that the last scan did not evaluate.",
        _one(len(scan.not_evaluated)),
    )
    yield (
        "scan_notifications_failed",
        "Services that the last scan should have notified and could not.",
        _one(night.unnotified),
    )
    yield (
        "case_records",
        "Records that the case was given, by what became of them.",
        [
            ({"result": "duplicate"}, sum(one.duplicate for one in files)),
            ({"result": "rejected"}, sum(one.rejected for one in files)),
            ({"result": "stored"}, sum(one.stored for one in files)),
        ],
    )
    yield (
        "case_findings",
        "Findings of the case, by level and by how they stand.",
        [
            ({"level": level, "state": state}, found[level, state])
            for level in LEVELS
            for state in STATES
        ],
    )
    yield (
        "source_last_record_timestamp_seconds",
        "Time of the last record of a source, of those not dated after the scan.",
        [({"source": name}, night.latest[name].timestamp()) for name in sorted(night.latest)],
    )


def _one(value: float) -> Sequence[Sample]:
    return [({}, value)]


def _family(name: str, meaning: str, samples: Sequence[Sample]) -> Iterator[str]:
    yield f"# HELP forensics_{name} {meaning}\n# TYPE forensics_{name} gauge\n"
    for labels, value in samples:
        named = ",".join(f'{key}="{label(text)}"' for key, text in labels.items())
        yield f"forensics_{name}{f'{{{named}}}' if named else ''} {value!r}\n"
