"""The outages of one account: bounds, durations, causes and witnesses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from forensics import actions
from forensics.engine import Engine, Row
from forensics.timeline import clocks, order, probes
from forensics.timeline.identity import OF_ACCOUNT, Account, identify, verbs
from forensics.timeline.intervals import edge_text, state_intervals
from forensics.timeline.lifecycle import UNKNOWN, Act, Edge, Hold, Lifecycle, Spell, trace
from forensics.timeline.model import Cause, Duration, Outage, ProbeReading, TargetHistory
from forensics.timeline.order import Stamp, established
from forensics.timeline.probes import Sighting
from forensics.timeline.when import utc_text

_IDS = """
SELECT source, list_sort(list(DISTINCT target_id)) AS ids
FROM events
WHERE target_id IS NOT NULL AND list_contains($names, lower(target))
  AND ($tenant::VARCHAR IS NULL OR tenant IS NULL OR lower(tenant) = lower($tenant))
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
        OF_ACCOUNT,
        """
ORDER BY time_earliest, time_latest, source, sequence NULLS LAST, record_no, event_no, event_uid
""",
    )
)
_WINDOW = "SELECT min(time) AS start, max(time) AS stop FROM events"


def reconstruct(
    engine: Engine, target: str, tolerances: Mapping[str, float], *, tenant: str | None = None
) -> TargetHistory:
    """What the events say of one account's state, named by handle, id or e-mail in any case.

    `tolerances` gives, by source, the seconds its clock may be off either way (see
    `clocks.register`, whose relations this derives). With a `tenant` only records of it or of none
    count. An account nobody acted on has no aliases and no intervals; `query.near_names` then has
    proposals. Raises UsageError where the name is borne in several tenants and none is chosen.
    """
    account = identify(engine, target, tenant)
    clocks.register(engine, tolerances)
    window = engine.rows(_WINDOW)[0]
    rows = engine.rows(_ACTS, {**account.parameters, "verbs": verbs()})
    acts = [_act(row) for row in rows if row["outcome"] == "success"]
    undecided = tuple(row["event_uid"] for row in rows if row["outcome"] != "success")
    runs = probes.sightings(engine, account)
    life = trace(acts, runs)
    limits = [
        *([f"Only records of the tenant {tenant}, or of none, are counted."] if tenant else []),
        *_shared_names(engine, account),
        *_unseen_beginning(account.target, life, acts, runs),
        *_undecided(account.target, undecided),
        *_unordered(acts),
        *_sources(account.target, rows),
    ]
    return TargetHistory(
        target=account.target,
        aliases=account.aliases,
        window_start=window["start"],
        window_end=window["stop"],
        intervals=state_intervals(account.target, life),
        outages=tuple(
            _outage(
                number,
                spell,
                account.target,
                horizon=window["stop"],
                runs=runs,
                probe=_read(engine, account, runs, spell),
            )
            for number, spell in enumerate(life.spells, start=1)
        ),
        undecided=undecided,
        limits=tuple(limits),
    )


def _act(row: Row) -> Act:
    state = actions.load()[row["action"]].state or UNKNOWN
    names = ("event_uid", "source", "time", "low", "high", "earliest", "latest", "sequence")
    return Act(Stamp(**{name: row[name] for name in names}), row["action"], state)


def _read(
    engine: Engine, account: Account, runs: Sequence[Sighting], spell: Spell
) -> tuple[ProbeReading, ...]:
    start = spell.begun.low, spell.begun.high
    end = (spell.ended.low, spell.ended.high) if spell.ended else None
    return probes.readings(engine, account, runs, start, end)


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
        until = f" up to {utc_text(horizon)}" if horizon else ""
        said = [
            f"{target} was {first.state} from {edge_text(start)}.",
            f"No restoration is recorded{until}.",
        ]
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
        said.append(
            "1 later act repeats a cause and changes nothing."
            if repeats == 1
            else f"{repeats} later acts repeat a cause and change nothing."
        )
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


def _shared_names(engine: Engine, account: Account) -> Iterator[str]:
    for row in engine.rows(_IDS, account.parameters):
        yield (
            f"{row['source']} gives {account.target} {len(row['ids'])} ids; "
            "they are treated as one account."
        )


def _unseen_beginning(
    target: str, life: Lifecycle, acts: Sequence[Act], runs: Sequence[Sighting]
) -> Iterator[str]:
    """What a first recorded change that lifts a state nobody recorded tells of the records."""
    if life.known_from is None or acts[0].verb == "account.create":
        return
    first = acts[0]
    if any(run.up and established(run.first, first.stamp) == "before" for run in runs):
        return
    yield (
        f"{first.verb} at {utc_text(first.stamp.time)} succeeded though no record took {target} "
        "down: its down time began before the records, or in a log that is not here."
    )


def _undecided(target: str, undecided: Sequence[str]) -> Iterator[str]:
    if undecided:
        counted = "1 act" if len(undecided) == 1 else f"{len(undecided)} acts"
        yield (
            f"The records do not say whether {counted} on the state of {target} succeeded; "
            "they are not counted."
        )


def _unordered(acts: Sequence[Act]) -> Iterator[str]:
    for first, second in pairwise(acts):
        undecided_order = established(first.stamp, second.stamp) == "not established"
        if undecided_order and first.state != second.state:
            yield (
                f"The order of {first.verb} ({first.stamp.source}, {utc_text(first.stamp.time)}) "
                f"and {second.verb} ({second.stamp.source}, {utc_text(second.stamp.time)}) "
                "is not established."
            )


def _sources(target: str, rows: Sequence[Row]) -> Iterator[str]:
    """Which logs were joined by a name, which alone does not prove that they mean one account."""
    sources = sorted({row["source"] for row in rows})
    if len(sources) > 1:
        named = f"{', '.join(sources[:-1])} and {sources[-1]}"
        yield f"{named} all record acts on {target}: they are taken to mean one account."
