"""Availability checks as witnesses: runs of up and down, and what they say of one outage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from forensics.engine import Engine, Row
from forensics.timeline.identity import OF_ACCOUNT, Account
from forensics.timeline.model import ProbeReading
from forensics.timeline.order import Stamp, established
from forensics.timeline.when import utc_text

UP = "active"

_SEEN = " ".join(
    (
        """
SELECT source, event_uid, time, time_low, time_high, time_earliest, time_latest,
       asserted_state = $up AS up
FROM timed_events
WHERE asserted_state IS NOT NULL AND time IS NOT NULL AND""",
        OF_ACCOUNT,
    )
)

# Runs by the difference of two row numbers: constant while the state does not change.
_RUNS = " ".join(
    (
        "WITH seen AS (",
        _SEEN,
        """),
numbered AS (
    SELECT *, row_number() OVER (PARTITION BY source ORDER BY time, event_uid) AS place,
           row_number() OVER (PARTITION BY source, up ORDER BY time, event_uid) AS place_within
    FROM seen
),
runs AS (
    SELECT source, up, place - place_within AS run, min(place) AS first_place,
           max(place) AS last_place
    FROM numbered GROUP BY source, up, run
)
SELECT r.source, r.up, r.last_place - r.first_place + 1 AS checks,
       f.event_uid AS first_uid, f.time AS first_time, f.time_low AS first_low,
       f.time_high AS first_high, f.time_earliest AS first_earliest, f.time_latest AS first_latest,
       l.event_uid AS last_uid, l.time AS last_time, l.time_low AS last_low,
       l.time_high AS last_high, l.time_earliest AS last_earliest, l.time_latest AS last_latest
FROM runs AS r
JOIN numbered AS f ON f.source = r.source AND f.place = r.first_place
JOIN numbered AS l ON l.source = r.source AND l.place = r.last_place
ORDER BY r.source, r.first_place
""",
    )
)

_AROUND_OUTAGE = " ".join(
    (
        "WITH seen AS (",
        _SEEN,
        """),
marked AS (
    SELECT *,
           NOT up AND time_latest > $start_earliest AND time_earliest < $end_latest AS down_within,
           up AND time_earliest > $start_latest AND time_latest < $end_earliest AS up_inside
    FROM seen
),
spans AS (
    SELECT source, count(*) FILTER (WHERE down_within) AS down_checks,
           count(*) FILTER (WHERE up_inside) AS up_checks,
           min(time) FILTER (WHERE down_within) AS first_down,
           max(time) FILTER (WHERE down_within) AS last_down
    FROM marked GROUP BY source
)
SELECT s.source, s.down_checks, s.up_checks, s.first_down, s.last_down,
       max(m.time) FILTER (WHERE m.up AND m.time < coalesce(s.first_down, $start_latest))
           AS last_up_before,
       min(m.time) FILTER (WHERE m.up AND m.time > coalesce(s.last_down, $end_earliest))
           AS first_up_after,
       max_by(m.event_uid, (m.time, m.event_uid))
           FILTER (WHERE m.up AND m.time < coalesce(s.first_down, $start_latest)) AS last_up_uid,
       min_by(m.event_uid, (m.time, m.event_uid)) FILTER (WHERE m.down_within) AS first_down_uid,
       max_by(m.event_uid, (m.time, m.event_uid)) FILTER (WHERE m.down_within) AS last_down_uid,
       min_by(m.event_uid, (m.time, m.event_uid)) FILTER (WHERE m.up_inside) AS up_inside_uid,
       min_by(m.event_uid, (m.time, m.event_uid))
           FILTER (WHERE m.up AND m.time > coalesce(s.last_down, $end_earliest)) AS first_up_uid
FROM spans AS s JOIN marked AS m ON m.source = s.source
GROUP BY s.source, s.down_checks, s.up_checks, s.first_down, s.last_down
ORDER BY s.source
""",
    )
)

_FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Sighting:
    """A run of successive checks of one source that all found the account up, or all down."""

    source: str
    up: bool
    first: Stamp
    last: Stamp
    checks: int


def sightings(engine: Engine, account: Account) -> list[Sighting]:
    """The runs of every source that observes the account's state, by source and time.

    A check that established nothing (a timeout) breaks no run.
    """
    rows = engine.rows(_RUNS, {**account.parameters, "up": UP})
    return [
        Sighting(
            source=row["source"],
            up=row["up"],
            first=_stamp(row, "first_"),
            last=_stamp(row, "last_"),
            checks=row["checks"],
        )
        for row in rows
    ]


def readings(
    engine: Engine,
    account: Account,
    runs: Sequence[Sighting],
    start: tuple[Stamp, Stamp],
    end: tuple[Stamp, Stamp] | None,
) -> tuple[ProbeReading, ...]:
    """What each observing source says of one outage, whose ends lie between two stamps each."""
    parameters: dict[str, Any] = {
        **account.parameters,
        "up": UP,
        "start_earliest": start[0].earliest,
        "start_latest": start[1].latest,
        "end_earliest": end[0].earliest if end else _FOREVER,
        "end_latest": end[1].latest if end else _FOREVER,
    }
    bounds = {stamp.source for pair in (start, end) if pair for stamp in pair}
    return tuple(
        _reading(row, runs, start[0], end[1] if end else None, alone=bounds == {row["source"]})
        for row in engine.rows(_AROUND_OUTAGE, parameters)
    )


def _reading(
    row: Row, runs: Sequence[Sighting], start: Stamp, end: Stamp | None, *, alone: bool
) -> ProbeReading:
    agrees: Literal["confirms", "contradicts", "silent"] = "silent"
    if row["up_checks"]:
        agrees = "contradicts"
    elif row["down_checks"] and not alone:
        agrees = "confirms"
    cited = ("last_up_uid", "first_down_uid", "last_down_uid", "up_inside_uid", "first_up_uid")
    overlapping = [
        run
        for run in runs
        if run.source == row["source"]
        and not run.up
        and row["first_down"] is not None
        and run.first.time <= row["last_down"]
        and run.last.time >= row["first_down"]
    ]
    return ProbeReading(
        source=row["source"],
        last_up_before=row["last_up_before"],
        first_down=row["first_down"],
        last_down=row["last_down"],
        first_up_after=row["first_up_after"],
        down_checks=row["down_checks"],
        agrees=agrees,
        sentence=" ".join(_sentences(row, overlapping, start, end, alone=alone)),
        evidence=tuple(dict.fromkeys(row[name] for name in cited if row[name])),
    )


def _sentences(
    row: Row, overlapping: Sequence[Sighting], start: Stamp, end: Stamp | None, *, alone: bool
) -> list[str]:
    source, down = row["source"], row["down_checks"]
    if not down:
        said = [f"{source} has no check that found it down."]
    else:
        counted = "1 check" if down == 1 else f"{down} checks"
        first, last = utc_text(row["first_down"]), utc_text(row["last_down"])
        when = f"at {first}" if first == last else f"from {first} to {last}"
        said = [f"{source} found it down in {counted}, {when}."]
    if row["last_up_before"]:
        said.append(f"It last found it up before at {utc_text(row['last_up_before'])}.")
    if row["first_up_after"]:
        said.append(f"It first found it up after at {utc_text(row['first_up_after'])}.")
    if row["up_checks"]:
        said.append(f"It found it up {row['up_checks']} times while it was certainly down.")
    for run in overlapping:
        if established(run.first, start) == "before":
            said.append(
                f"It found it down already at {utc_text(run.first.time)}, before the start."
            )
        if end is not None and established(end, run.last) == "before":
            said.append(f"It found it down still at {utc_text(run.last.time)}, after the end.")
    if alone:
        said.append("The outage is known from this source alone.")
    return said


def _stamp(row: Row, prefix: str) -> Stamp:
    return Stamp(
        event_uid=row[prefix + "uid"],
        source=row["source"],
        time=row[prefix + "time"],
        low=row[prefix + "low"],
        high=row[prefix + "high"],
        earliest=row[prefix + "earliest"],
        latest=row[prefix + "latest"],
    )
