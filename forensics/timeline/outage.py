"""The outages of one account: bounds, durations, causes and witnesses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from forensics import actions
from forensics.engine import Engine, Row
from forensics.timeline import clocks, order, probes
from forensics.timeline.intervals import edge_text, state_intervals
from forensics.timeline.lifecycle import UNKNOWN, Act, Edge, Hold, Spell, trace
from forensics.timeline.model import Cause, Duration, Outage, ProbeReading, TargetHistory
from forensics.timeline.order import Stamp, established
from forensics.timeline.probes import TOUCHES, Sighting
from forensics.timeline.when import utc_text

# Names that one record gives to one account. Display names are left out: two people may share one.
_CO_OCCURRING = """
SELECT DISTINCT alias FROM (
    SELECT unnest([target, target_id]) AS alias
    FROM events
    WHERE (target_type = 'account' OR action LIKE 'account.%' OR asserted_state IS NOT NULL)
      AND (list_contains($names, lower(target)) OR list_contains($names, lower(target_id)))
) AS named
WHERE alias IS NOT NULL
ORDER BY alias
"""
_IDS = """
SELECT source, list_sort(list(DISTINCT target_id)) AS ids
FROM events
WHERE target_id IS NOT NULL AND list_contains($names, lower(target))
GROUP BY source HAVING count(DISTINCT target_id) > 1
ORDER BY source
"""
_ACTS = " ".join(
    (
        """
SELECT event_uid, source, time, time_low AS low, time_high AS high, time_earliest AS earliest,
       time_latest AS latest, sequence, action, coalesce(outcome, 'unknown') AS outcome
FROM timed_events
WHERE list_contains($verbs, action) AND time IS NOT NULL
  AND coalesce(outcome, 'unknown') IN ('success', 'pending', 'unknown') AND""",
        TOUCHES,
        """
ORDER BY time_earliest, time_latest, source, sequence NULLS LAST, record_no, event_no, event_uid
""",
    )
)
_WINDOW = "SELECT min(time) AS start, max(time) AS stop FROM events"


def reconstruct(engine: Engine, target: str, tolerances: Mapping[str, float]) -> TargetHistory:
    """What the events say of one account's state, named by handle, id or e-mail in any case.

    `tolerances` gives, by source, the seconds its clock may be off either way (see
    `clocks.register`, whose relations this derives). An account nobody acted on has no aliases and
    no intervals; `query.near_names` then has proposals.
    """
    clocks.register(engine, tolerances)
    aliases = _aliases(engine, target)
    names = sorted({target.strip().lower(), *(alias.lower() for alias in aliases)})
    window = engine.rows(_WINDOW)[0]
    verbs = sorted(action.verb for action in actions.load().values() if action.state is not None)
    rows = engine.rows(_ACTS, {"aliases": names, "verbs": verbs})
    acts = [_act(row) for row in rows if row["outcome"] == "success"]
    undecided = tuple(row["event_uid"] for row in rows if row["outcome"] != "success")
    runs = probes.sightings(engine, names)
    life = trace(acts, runs)
    shown = _shown(target, aliases)
    return TargetHistory(
        target=shown,
        aliases=aliases,
        window_start=window["start"],
        window_end=window["stop"],
        intervals=state_intervals(shown, life),
        outages=tuple(
            _outage(
                number,
                spell,
                shown,
                horizon=window["stop"],
                runs=runs,
                probe=_read(engine, names, runs, spell),
            )
            for number, spell in enumerate(life.spells, start=1)
        ),
        undecided=undecided,
        limits=_limits(engine, shown, names, acts, undecided),
    )


def _aliases(engine: Engine, target: str) -> tuple[str, ...]:
    found: tuple[str, ...] = ()
    names = [target.strip().lower()]
    while True:
        rows = engine.rows(_CO_OCCURRING, {"names": names})
        wider = tuple(row["alias"] for row in rows)
        if len(wider) <= len(found):
            return found
        found = wider
        names = sorted({alias.lower() for alias in found})


def _shown(target: str, aliases: Sequence[str]) -> str:
    """The target as the records spell it."""
    typed = target.strip()
    return next((alias for alias in aliases if alias.lower() == typed.lower()), typed)


def _act(row: Row) -> Act:
    state = actions.load()[row["action"]].state or UNKNOWN
    names = ("event_uid", "source", "time", "low", "high", "earliest", "latest", "sequence")
    return Act(Stamp(**{name: row[name] for name in names}), row["action"], state)


def _read(
    engine: Engine, names: Sequence[str], runs: Sequence[Sighting], spell: Spell
) -> tuple[ProbeReading, ...]:
    start = spell.begun.low, spell.begun.high
    end = (spell.ended.low, spell.ended.high) if spell.ended else None
    return probes.readings(engine, names, runs, start, end)


def _outage(
    number: int,
    spell: Spell,
    target: str,
    *,
    horizon: datetime | None,
    runs: Sequence[Sighting],
    probe: tuple[ProbeReading, ...],
) -> Outage:
    start, end = spell.begun, spell.ended
    duration = _duration(spell, runs)
    return Outage(
        number=number,
        state=spell.holds[0].state,
        start_earliest=start.low.earliest,
        start_latest=start.high.latest,
        end_earliest=end.low.earliest if end else None,
        end_latest=end.high.latest if end else None,
        duration=duration,
        started_by_uid=start.event_uid,
        ended_by_uid=end.event_uid if end else None,
        causes=tuple(_cause(hold) for hold in spell.holds),
        probe=probe,
        inferred=start.event_uid is None or (end is not None and end.event_uid is None),
        sentences=tuple(_sentences(target, spell, duration, horizon)),
    )


def _cause(hold: Hold) -> Cause:
    return Cause(
        state=hold.state,
        source=hold.source,
        begun_by=hold.begun.event_uid,
        ended_by=hold.ended.event_uid if hold.ended else None,
        repeated_by=tuple(hold.repeated_by),
        also_recorded_by=tuple(uid for _, uid in sorted(hold.mirrored_in.items())),
    )


def _duration(spell: Spell, runs: Sequence[Sighting]) -> Duration:
    """Bounds in seconds; within one source the constant error of its clock cancels."""
    if spell.ended is not None:
        return Duration(
            shortest=order.shortest_s(spell.begun.high, spell.ended.low),
            longest=order.longest_s(spell.begun.low, spell.ended.high),
        )
    seen_down = [order.shortest_s(spell.begun.high, run.last) for run in runs if not run.up]
    return Duration(shortest=max(seen_down, default=0.0), longest=None)


def _sentences(
    target: str, spell: Spell, duration: Duration, horizon: datetime | None
) -> list[str]:
    start, end, first = spell.begun, spell.ended, spell.holds[0]
    if end is None or duration.longest is None:
        until = f"; the records reach to {utc_text(horizon)}" if horizon else ""
        said = [f"{target} was {first.state} from {edge_text(start)}. No end is recorded{until}."]
    else:
        said = [
            f"{target} was not active from {edge_text(start)} until {edge_text(end)}.",
            _length_sentence(duration.shortest, duration.longest),
            _clocks_sentence(start, end),
        ]
    if start.event_uid is None:
        said.append("No act that began it is recorded; checks found the account down.")
    if end is not None and end.event_uid is None:
        said.append("No act that ended it is recorded; a later record shows the account was back.")
    for hold in spell.holds[1:]:
        said.append(f"Meanwhile it was also {hold.state}, from {edge_text(hold.begun)}.")
    if repeats := sum(len(hold.repeated_by) for hold in spell.holds):
        said.append(f"{repeats} later acts repeat a cause and change nothing.")
    return said


def _length_sentence(shortest: float, longest: float) -> str:
    return f"That is at least {_seconds(shortest)} and at most {_seconds(longest)}."


def _clocks_sentence(start: Edge, end: Edge) -> str:
    sources = sorted({stamp.source for edge in (start, end) for stamp in (edge.low, edge.high)})
    if len(sources) == 1:
        return (
            f"Both ends are stamped by {sources[0]}, so a constant error of its clock cancels; "
            "no drift is allowed for."
        )
    return f"Its ends are stamped by {' and '.join(sources)}; the tolerances of their clocks add."


def _seconds(duration: float) -> str:
    return f"{duration:.6f}".rstrip("0").rstrip(".") + " s"


def _limits(
    engine: Engine,
    target: str,
    names: Sequence[str],
    acts: Sequence[Act],
    undecided: Sequence[str],
) -> tuple[str, ...]:
    said = [
        f"{row['source']} gives {target} {len(row['ids'])} ids; they are treated as one account."
        for row in engine.rows(_IDS, {"names": list(names)})
    ]
    if undecided:
        counted = "1 act" if len(undecided) == 1 else f"{len(undecided)} acts"
        said.append(
            f"The records do not say whether {counted} on the state of {target} succeeded; "
            "they are not counted."
        )
    for first, second in pairwise(acts):
        undecided_order = established(first.stamp, second.stamp) == "not established"
        if undecided_order and first.state != second.state:
            said.append(
                f"The order of {first.verb} ({first.stamp.source}, {utc_text(first.stamp.time)}) "
                f"and {second.verb} ({second.stamp.source}, {utc_text(second.stamp.time)}) "
                "is not established."
            )
    return tuple(said)
