"""Where the records are silent: missing sequence numbers, quiet windows, the edges of an export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from forensics.engine import Engine, Row
from forensics.timeline.when import utc_text

QUIET_FACTOR = 4.0
"""A source is quiet when it pauses this many times longer than on its usual day."""

WEEKLY_FACTOR = 1.5
"""A pause is weekly when it is at most so many times as long as others from its weekday on."""

QUIET_DAYS = 3
"""How many days with a pause to measure make a day usual."""

RULE = (
    f"A gap is a pause more than {QUIET_FACTOR:g} times as long as the longest one of the source's"
    f" usual day (the median; {QUIET_DAYS} days are needed), unless it pauses so from that weekday"
    " on in at least two weeks and half of them; or a number missing where records are numbered in"
    " sequence."
)
"""How gaps are judged, in words."""

# Numbers that mostly have holes (ids drawn at random, a filtered export) are no sequence.
_DENSE = """
WITH numbered AS (
    SELECT DISTINCT source, tenant, sequence, time FROM events WHERE sequence IS NOT NULL
),
dense AS (
    SELECT source, tenant FROM numbered GROUP BY source, tenant
    HAVING count(DISTINCT sequence) * 2 > max(sequence) - min(sequence) + 1
)
"""
_SEQUENCE = " ".join(
    (
        _DENSE,
        """,
stepped AS (
    SELECT source, tenant, sequence, time,
           lag(sequence) OVER numbers AS previous, lag(time) OVER numbers AS previous_time
    FROM numbered WINDOW numbers AS (PARTITION BY source, tenant ORDER BY sequence, time)
),
holes AS (
    SELECT s.* FROM stepped AS s JOIN dense AS d
      ON d.source = s.source AND d.tenant IS NOT DISTINCT FROM s.tenant
    WHERE s.sequence - s.previous > 1
      AND ($start IS NULL OR s.time >= $start::TIMESTAMPTZ)
      AND ($stop IS NULL OR s.previous_time < $stop::TIMESTAMPTZ)
)
SELECT source, sum(sequence - previous - 1)::BIGINT AS missing, count(*) AS holes,
       min_by(previous + 1, (previous, sequence)) AS first_missing,
       min_by(sequence - 1, (previous, sequence)) AS last_missing,
       min_by(previous_time, (previous, sequence)) AS start,
       min_by(time, (previous, sequence)) AS stop
FROM holes GROUP BY source ORDER BY source
""",
    )
)
_NUMBERED = " ".join((_DENSE, "SELECT DISTINCT source FROM dense"))
_COUNTED = "SELECT DISTINCT source FROM events WHERE sequence IS NOT NULL"

# The pauses of each source, and the usual day's longest one, so that nights are no silence.
_SPACED = """
SELECT source, time AS start, lead(time) OVER (PARTITION BY source ORDER BY time) AS stop
FROM (SELECT DISTINCT source, time FROM events WHERE time IS NOT NULL) AS times
"""
_DAILY = """
SELECT source, date_trunc('day', start) AS day, max(epoch_us(stop) - epoch_us(start)) AS longest
FROM pauses WHERE stop IS NOT NULL GROUP BY source, day
"""
_QUIET = """
WITH usual AS (
    SELECT source, median(longest) AS usual_us
    FROM daily_pauses GROUP BY source HAVING count(*) >= $days
),
quiet AS (
    SELECT s.source, s.start, s.stop, epoch_us(s.stop) - epoch_us(s.start) AS pause, u.usual_us
    FROM pauses AS s JOIN usual AS u ON u.source = s.source
    WHERE epoch_us(s.stop) - epoch_us(s.start) > $factor * u.usual_us
),
weekly AS (
    SELECT q.source, q.start,
           count(*) FILTER (WHERE d.longest * $weekly >= q.pause) AS alike, count(*) AS weeks
    FROM quiet AS q JOIN daily_pauses AS d
      ON d.source = q.source AND isodow(d.day) = isodow(q.start)
    GROUP BY q.source, q.start
)
SELECT q.source, q.start, q.stop, q.usual_us / 1e6 AS usual_s
FROM quiet AS q JOIN weekly AS w ON w.source = q.source AND w.start = q.start
WHERE (w.alike < 2 OR w.alike * 2 < w.weeks)
  AND ($start IS NULL OR q.stop >= $start::TIMESTAMPTZ)
  AND ($stop IS NULL OR q.start < $stop::TIMESTAMPTZ)
ORDER BY q.source, q.start
"""
_FEW_DAYS = """
SELECT source, count(day) AS days
FROM (SELECT DISTINCT source FROM events WHERE source IS NOT NULL) AS held
LEFT JOIN daily_pauses USING (source)
GROUP BY source HAVING count(day) < $days ORDER BY source
"""

_BOUNDARIES = """
SELECT source, min(time) AS first, max(time) AS last
FROM events WHERE time IS NOT NULL GROUP BY source ORDER BY source
"""

_QUIETNESS = {"factor": QUIET_FACTOR, "weekly": WEEKLY_FACTOR, "days": QUIET_DAYS}


@dataclass(frozen=True)
class Gap:
    """A stretch of one source in which acts may have gone unrecorded; None means open-ended.

    `sequence`: `count` numbers are missing, the first of them between `start` and `end`.
    `quiet`: nothing was recorded from `start` to `end`, unlike on its usual day.
    `boundary`: the records begin at `end`, or end at `start`.
    """

    kind: Literal["sequence", "quiet", "boundary"]
    source: str
    start: datetime | None
    end: datetime | None
    count: int
    sentence: str


def gaps(
    engine: Engine, start: datetime | None = None, end: datetime | None = None
) -> tuple[Gap, ...]:
    """The gaps of `events` that touch [start, end), by source, kind and time; None means no limit.

    Without a limit on a side there is no boundary to report on it.
    """
    found = [_hole(row) for row in engine.rows(_SEQUENCE, {"start": start, "stop": end})]
    found += pauses(engine, start, end)
    return tuple(sorted(found, key=lambda gap: (gap.source, gap.kind, gap.sentence)))


def pauses(engine: Engine, start: datetime | None = None, end: datetime | None = None) -> list[Gap]:
    """As `gaps`, without those that sequence numbers show; by kind, source and time."""
    _measure(engine)
    asked = {"start": start, "stop": end}
    found = [_quiet(row) for row in engine.rows(_QUIET, {**asked, **_QUIETNESS})]
    for row in engine.rows(_BOUNDARIES):
        found += _boundaries(row, start, end)
    return found


def unjudged(engine: Engine) -> dict[str, str]:
    """Sources with too little to judge their gaps by, each with what is lacking in a sentence."""
    _measure(engine)
    numbered = {row["source"] for row in engine.rows(_NUMBERED)}
    counted = {row["source"] for row in engine.rows(_COUNTED)}
    found = {}
    for row in engine.rows(_FEW_DAYS, {"days": QUIET_DAYS}):
        days = f"{row['days']} day{'' if row['days'] == 1 else 's'}"
        told = f"{days} with a pause to measure, {QUIET_DAYS} are needed"
        found[row["source"]] = (
            f"Too little to judge quiet stretches by: {told}; its sequence numbers were looked at."
            if row["source"] in numbered
            else f"Too little to judge gaps by: {told}, and its numbers are no sequence, "
            "because most of those between the least and the greatest are missing."
            if row["source"] in counted
            else f"Too little to judge gaps by: {told}, and it has no sequence numbers."
        )
    return found


def _measure(engine: Engine) -> None:
    """Keep `pauses` and `daily_pauses` of the events, unless an earlier question has."""
    if "daily_pauses" not in engine.relations():
        engine.keep("pauses", _SPACED)
        engine.keep("daily_pauses", _DAILY)


def _hole(row: Row) -> Gap:
    first, last = row["first_missing"], row["last_missing"]
    numbers = str(first) if first == last else f"{first} to {last}"
    missing = "1 sequence number" if row["missing"] == 1 else f"{row['missing']} sequence numbers"
    holes = "1 hole" if row["holes"] == 1 else f"{row['holes']} holes"
    edges = [utc_text(time) for time in (row["start"], row["stop"]) if time is not None]
    where = f", between the records of {' and '.join(edges)}" if edges else ""
    return Gap(
        kind="sequence",
        source=row["source"],
        start=row["start"],
        end=row["stop"],
        count=row["missing"],
        sentence=f"{row['source']} lacks {missing} in {holes}: first {numbers}{where}.",
    )


def _quiet(row: Row) -> Gap:
    pause, usual = row["stop"] - row["start"], timedelta(seconds=row["usual_s"])
    return Gap(
        kind="quiet",
        source=row["source"],
        start=row["start"],
        end=row["stop"],
        count=0,
        sentence=(
            f"{row['source']} recorded nothing from {utc_text(row['start'])} to "
            f"{utc_text(row['stop'])} ({_rounded(pause)}); the longest pause of its usual day is "
            f"{_rounded(usual)}."
        ),
    )


def _boundaries(row: Row, start: datetime | None, end: datetime | None) -> list[Gap]:
    source, first, last = row["source"], row["first"], row["last"]
    found = []
    if start is not None and start > last:
        sentence = f"The records of {source} end at {utc_text(last)}, before the time asked about."
        return [Gap("boundary", source, last, None, 0, sentence)]
    if end is not None and end <= first:
        sentence = (
            f"The records of {source} begin at {utc_text(first)}, after the time asked about."
        )
        return [Gap("boundary", source, None, first, 0, sentence)]
    if start is not None and start < first:
        sentence = f"{source} has no records before {utc_text(first)}, within the time asked about."
        found.append(Gap("boundary", source, None, first, 0, sentence))
    if end is not None and last < end:
        sentence = f"{source} has no records after {utc_text(last)}, within the time asked about."
        found.append(Gap("boundary", source, last, None, 0, sentence))
    return found


def _rounded(length: timedelta) -> str:
    """A length in its two largest units: `2 d 4 h`, `11 min 3 s`."""
    seconds = round(length.total_seconds())
    parts = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        whole, seconds = divmod(seconds, size)
        if whole:
            parts.append(f"{whole} {unit}")
    return " ".join(parts[:2]) or "under 1 s"
