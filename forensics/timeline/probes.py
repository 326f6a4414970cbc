"""Availability checks as witnesses: runs of up and down, and what they say of one outage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from forensics.engine import Engine, Row
from forensics.timeline import machines, stamped
from forensics.timeline.identity import OF_ACCOUNT, Account
from forensics.timeline.machines import DEGRADED, Machine
from forensics.timeline.model import ProbeReading
from forensics.timeline.order import Stamp, established, same_clock
from forensics.timeline.runs import Sighting
from forensics.timeline.when import utc_text

_OBSERVED = """asserted_state IS NOT NULL AND time IS NOT NULL
  AND (list_contains($states, asserted_state)
       OR $any_state AND NOT list_contains($others, asserted_state))
  AND ($any_state OR coalesce(outcome, 'success') <> 'success'
       OR NOT list_contains($verbs, action))"""
_SEEN = " ".join(
    (
        """
SELECT source, event_uid, time, time_low, time_high, time_earliest, time_latest,
       list_contains($up, asserted_state) AS up
FROM timed_events
WHERE""",
        _OBSERVED,
        "AND",
        OF_ACCOUNT,
    )
)

# Runs by the difference of two row numbers: constant while the state does not change. Of each run
# the first and the last check are needed, the last that found it degraded and the next after that,
# and the first that certainly follows an act.
_RUNS = " ".join(
    (
        "WITH seen AS (SELECT o.object, list_contains($up, asserted_state) AS up,",
        "asserted_state = $degraded AS degraded,",
        "CASE WHEN action <> 'probe.observe' THEN actor END AS changed_by,",
        stamped.COLUMNS.replace("event_uid", "t.event_uid", 1),
        """
    FROM timed_events AS t JOIN object_events AS o ON o.event_uid = t.event_uid
    WHERE""",
        _OBSERVED,
        """),
numbered AS (
    SELECT *, row_number() OVER (PARTITION BY object, source ORDER BY time, event_uid) AS place,
           row_number() OVER (PARTITION BY object, source, up ORDER BY time, event_uid)
               AS place_within
    FROM seen
),
runs AS (
    SELECT object, source, up, place - place_within AS run, min(place) AS first_place,
           max(place) AS last_place, max(place) FILTER (WHERE degraded) AS degraded_place
    FROM numbered GROUP BY object, source, up, run
),
keyed AS (
    SELECT object, source, place, earliest AS moment, FALSE AS acted FROM numbered
    UNION ALL
    SELECT o.object, s.source, NULL, t.time_latest, TRUE
    FROM timed_events AS t JOIN object_events AS o ON o.event_uid = t.event_uid
    JOIN (SELECT DISTINCT object, source FROM seen) AS s ON s.object = o.object
    WHERE list_contains($verbs, t.action) AND t.outcome = 'success' AND t.time IS NOT NULL
),
marked AS (
    SELECT object, source, place, coalesce(lag(acted) OVER (
        PARTITION BY object, source ORDER BY moment, acted DESC, place), FALSE) AS after_act
    FROM keyed
)
SELECT n.*, r.first_place, r.last_place, r.degraded_place, f.after_act
FROM runs AS r JOIN numbered AS n ON n.object = r.object AND n.source = r.source
 AND n.place BETWEEN r.first_place AND r.last_place
JOIN marked AS f ON f.object = n.object AND f.source = n.source AND f.place = n.place
WHERE f.after_act
   OR n.place IN (r.first_place, r.last_place, r.degraded_place, r.degraded_place + 1)
ORDER BY n.object, n.source, n.place
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

_DISPUTED = "SELECT DISTINCT source FROM clocks WHERE basis = 'disputed'"
_APART = "SELECT DISTINCT source FROM clocks WHERE kept_low_s IS NOT NULL"
_ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
_FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


def sightings(engine: Engine, machine: Machine) -> dict[int, list[Sighting]]:
    """By object, the runs of every source that observes its state, by source and time.

    Reads `object_events` (see `objects.register`). A check that established nothing (a timeout)
    breaks no run.
    """
    found: dict[int, list[Sighting]] = {}
    if not machine.observed:
        return found
    runs: dict[tuple[int, str, int], dict[int, Row]] = {}
    asked = {**_observable(machine), "degraded": DEGRADED}
    for row in engine.rows(_RUNS, asked):
        run = row["object"], row["source"], row["first_place"]
        runs.setdefault(run, {})[row["place"]] = row
    for (number, source, first), places in runs.items():
        row = places[first]
        degraded = places.get(row["degraded_place"] or 0)
        whole = places.get(row["degraded_place"] + 1) if degraded else None
        run_of = Sighting(
            source=source,
            up=row["up"],
            first=stamped.stamp(row),
            last=stamped.stamp(places[row["last_place"]]),
            checks=row["last_place"] - first + 1,
            after_acts=tuple(stamped.stamp(one) for one in places.values() if one["after_act"]),
            last_degraded=stamped.stamp(degraded) if degraded else None,
            whole=stamped.stamp(whole) if whole else None,
            changed_by=row["changed_by"],
        )
        found.setdefault(number, []).append(run_of)
    return found


def _observable(machine: Machine) -> dict[str, Any]:
    others = {state for one in machines.load().values() for state in one.observed}
    return {
        "states": [state for state in machine.observed if state != "*"],
        "any_state": "*" in machine.observed,
        "others": sorted(others - {"*", *machine.observed}),
        "up": [machine.rest, DEGRADED],
        "verbs": machine.verbs,
    }


def readings(
    engine: Engine,
    machine: Machine,
    account: Account,
    runs: Sequence[Sighting],
    *,
    start: tuple[Stamp | None, Stamp],
    end: tuple[Stamp | None, Stamp] | None,
) -> tuple[ProbeReading, ...]:
    """What each observing source says of one outage, whose ends lie between two stamps each."""
    if not runs:
        return ()
    first = start[0] or start[1]
    last = end[0] or end[1] if end else None
    parameters: dict[str, Any] = {
        **account.parameters,
        **_observable(machine),
        "start_earliest": start[0].earliest if start[0] else _ALWAYS,
        "start_latest": start[1].latest,
        "end_earliest": last.earliest if last else _FOREVER,
        "end_latest": end[1].latest if end else _FOREVER,
    }
    bounds = {stamp.source for pair in (start, end) if pair for stamp in pair if stamp}
    disputed = {row["source"] for row in engine.rows(_DISPUTED)}
    found = (
        _reading(row, runs, first, end[1] if end else None, alone=bounds == {row["source"]})
        for row in engine.rows(_AROUND_OUTAGE, parameters)
    )
    apart = {row["source"] for row in engine.rows(_APART)}
    return tuple(
        _unsure(one)
        if disputed & {one.source, *bounds}
        else _untimed(one)
        if one.source in apart and apart & (bounds - {one.source})
        else one
        for one in found
    )


def _untimed(found: ProbeReading) -> ProbeReading:
    """A reading by a clock that cannot be right if that of the act is: it confirms no time."""
    said = "Its clock and that of the act cannot both be right: it tells that, not when."
    return replace(found, sentence=f"{found.sentence} {said}")


def _unsure(found: ProbeReading) -> ProbeReading:
    """A reading that rests on what is told of clocks against the records: it confirms nothing."""
    said = "What is told of its clock, or of that of the act, contradicts the records."
    agrees = "silent" if found.agrees == "confirms" else found.agrees
    return replace(found, agrees=agrees, sentence=f"{found.sentence} {said}")


def _reading(
    row: Row, runs: Sequence[Sighting], start: Stamp, end: Stamp | None, *, alone: bool
) -> ProbeReading:
    agrees: Literal["confirms", "contradicts", "silent"] = "silent"
    if row["up_checks"]:
        agrees = "contradicts"
    elif row["down_checks"] and not alone and not _set_between(start, end):
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
    if down and _set_between(start, end):
        said.append(f"The clock of {start.source} may have been set in between.")
    if alone:
        said.append("The outage is known from this source alone.")
    return said


def _set_between(start: Stamp, end: Stamp | None) -> bool:
    """Whether one clock stamped both ends and may have been set between them."""
    return end is not None and start.source == end.source and not same_clock(start, end)
