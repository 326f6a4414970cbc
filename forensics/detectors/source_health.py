"""Did a log source fall silent, give far less than usual, change its words or stop being readable?

Compares the records of each source with its own past, from twenty days on, and the rejects of each
file with those of earlier files of its source. It is told of sources, never of people. It can miss
sources that are young, sparse or irregular, a loss of less than three quarters of a day, and what a
source stops recording while it goes on recording the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from forensics.baselines import source_rhythm
from forensics.baselines.reading import night
from forensics.detectors import Answer
from forensics.detectors.facts import Facts, stable_id
from forensics.engine import Row
from forensics.evidence.catalog import FileRow
from forensics.findings.document import Count, Evidence, Finding, Level

_RULE, _VERSION = "source_health", "1"
_MOST = 20
# Rejects that start: many in a file, where earlier files of the source had next to none.
_FEWEST, _SHARE, _NEXT_TO_NONE, _ENOUGH_RECORDS = 5, 0.01, 0.001, 1000
_INNOCENT = ("Holidays, maintenance, a changed export or a newer version of the product.",)
_REFUTES = ("The source's own console, or its numbers, showing that nothing was left out.",)


class SourceHealth:
    """Each source of the case, against what it gave before."""

    name = _RULE
    question = "Which sources fell silent, gave far less, changed their words or were rejected?"

    def find(self, facts: Facts) -> Answer:
        """One finding for each source and day, or file, that is not what it was."""
        if "events" not in facts.engine.relations():
            return Answer(not_evaluated=[f"{self.name}: this case has no events"])
        source_rhythm.register(facts.engine)
        found = [
            *map(_quiet, source_rhythm.quiet(facts.engine)),
            *map(_dropped, source_rhythm.drops(facts.engine)),
            *_operations(facts, source_rhythm.new_operations(facts.engine)),
            *_rejects(facts.store.files, facts.span()[1]),
        ]
        sources = len(facts.engine.rows("SELECT DISTINCT source FROM baseline_volumes"))
        counted = f"{sources} source{'' if sources == 1 else 's'}, {len(found)} changes"
        return Answer(findings=found, evaluated=[f"{self.name}: {counted}"])


def _quiet(row: Row) -> Finding:
    longest = row["longest"]
    return _finding(
        "quiet",
        row["source"],
        "The source fell silent",
        (row["last_time"], row["last_time"]),
        f"{row['source']} has no record in the last {row['silent']} days of the case; before, it"
        f" never paused for more than {longest} whole day{'' if longest == 1 else 's'}"
        f" ({row['days']} days with records).",
    )


def _dropped(row: Row) -> Finding:
    start = datetime.combine(night(row["day"]), datetime.min.time(), UTC)
    return _finding(
        f"drop {night(row['day'])}",
        row["source"],
        f"Far fewer records than usual on {night(row['day'])}",
        (start, start + timedelta(days=1)),
        f"{row['source']} has {row['n']:,} records on {night(row['day'])} (UTC); on the same"
        f" weekday of the {row['weeks']} weeks before, {row['usual']:,} are usual and"
        f" {row['least']:,} were the fewest.",
        counts=(Count(label="records of a usual day", n=row["n"], of=row["usual"]),),
    )


def _operations(facts: Facts, rows: Sequence[Row]) -> Iterator[Finding]:
    evidence = facts.evidence(uid for row in rows for uid in row["uids"][:_MOST])
    for row in rows:
        cited = [evidence[uid] for uid in row["uids"][:_MOST] if uid in evidence]
        cited.sort(key=lambda one: (one.time, one.event_uid))
        names = ", ".join(row["operations"][:_MOST])
        left = len(row["operations"]) - _MOST
        more = f" and {left} more" if left > 0 else ""
        yield _finding(
            f"operations {night(row['day'])}",
            row["source"],
            "Operations never seen before that have no verb",
            (cited[0].time, cited[-1].time),
            f"{row['source']} has records of {names}{more}, first on {night(row['day'])} (UTC); no"
            " verb is known for them, so that policies do not judge them.",
            level="informational",
            evidence=tuple(cited),
        )


def _rejects(files: Sequence[FileRow], end: datetime | None) -> Iterator[Finding]:
    before: dict[str, tuple[int, int]] = {}
    for one in sorted(files, key=lambda row: row.file_id):
        if one.source is None or one.read == 0 or one.status == "repeated":
            continue
        read, rejected = before.get(one.source, (0, 0))
        known = read >= _ENOUGH_RECORDS and rejected <= _NEXT_TO_NONE * read
        if known and end and one.rejected >= max(_FEWEST, _SHARE * one.read):
            yield _started(one, one.source, (read, rejected), end)
        before[one.source] = (read + one.read, rejected + one.rejected)


def _started(one: FileRow, source: str, before: tuple[int, int], end: datetime) -> Finding:
    read, rejected = before
    # A file of which nothing was readable has no time of its own: it is told at the end.
    times = [datetime.fromisoformat(text) for text in (one.first_time, one.last_time) if text]
    span = (times[0], times[-1]) if times else (end, end)
    return _finding(
        f"rejects {one.sha256}",
        source,
        "Records that were readable before are rejected",
        span,
        f"{one.path}: {one.rejected:,} of {one.read:,} records were rejected; of earlier files of"
        f" {source} it were {rejected:,} of {read:,}.",
        counts=(
            Count(label="records rejected", n=one.rejected, of=one.read),
            Count(label="records of earlier files rejected", n=rejected, of=read),
        ),
    )


def _finding(
    what: str,
    source: str,
    title: str,
    span: tuple[datetime, datetime],
    sentence: str,
    *,
    level: Level = "low",
    evidence: tuple[Evidence, ...] = (),
    counts: tuple[Count, ...] = (),
) -> Finding:
    return Finding(
        id=stable_id(_RULE, source, what),
        detector=_RULE,
        rule=_RULE,
        rule_version=_VERSION,
        title=title,
        level=level,
        verdict="match",
        actor=None,
        person=None,
        target=source,
        first_time=span[0],
        last_time=span[1],
        sentences=(sentence,),
        missing=(),
        evidence=evidence,
        counts=counts,
        innocent=_INNOCENT,
        refutes=_REFUTES,
        refs=("NIST AU-5", "NIST SI-4"),
    )


DETECTOR = SourceHealth()
