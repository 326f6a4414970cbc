"""The course of one outage: initiated, approved, executed, effective, restored, recovered.

They are separate instants, often hours apart and by different accounts. What decided it is the act
that initiated it; what the object's users met is the effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from forensics.engine import Engine, Row
from forensics.timeline import stamped
from forensics.timeline.intervals import as_stamped
from forensics.timeline.model import Grade, Stage, StageName
from forensics.timeline.order import Stamp, established
from forensics.timeline.runs import Sighting
from forensics.timeline.spells import Edge, Spell
from forensics.timeline.when import utc_text

LOOK_BACK_DAYS = 30
"""How long before an act what initiated or approved it is looked for."""

# A call, a request or a leave is of this act when it is for its verb on the same object, under no
# other case; a decision when it stands in the act's own case. A leave refused or taken back undoes
# what was called or asked for under the same case or request, or by the account it names.
_BEFORE = " ".join(
    (
        "SELECT t.action, coalesce(t.outcome, 'unknown') AS outcome, t.actor, t.case_id,",
        "t.approval_for, t.approval_requested_by, t.request_id,",
        "coalesce(t.case_id = a.case_id OR t.request_id = a.request_id OR t.actor = a.actor,",
        "         a.event_uid IS NULL) AS tied,",
        stamped.COLUMNS.replace("event_uid", "t.event_uid", 1),
        """
FROM timed_events AS t
LEFT JOIN (SELECT event_uid, case_id, request_id, actor FROM events WHERE event_uid = $uid) AS a
  ON true
WHERE t.time IS NOT NULL AND t.event_uid IS DISTINCT FROM $uid
  AND t.time_earliest <= $until
  AND t.time_latest >= $until::TIMESTAMPTZ - to_days($days)
  AND (
    (t.action = $verb AND t.outcome = 'pending'
        AND (t.case_id IS NULL OR a.case_id IS NULL OR t.case_id = a.case_id)
        AND t.event_uid IN (SELECT event_uid FROM object_events WHERE object = $object))
    OR (t.action IN ('approval.request', 'approval.grant', 'approval.deny', 'approval.revoke')
        AND t.approval_for = $verb
        AND coalesce(t.outcome, 'success') IN ('success', 'pending')
        AND (t.case_id IS NULL OR a.case_id IS NULL OR t.case_id = a.case_id)
        AND list_has_any($names, list_transform(
            list_concat([t.target, t.target_id], coalesce(t.targets, [])), lambda n: lower(n))))
    OR (t.action = 'case.decide' AND t.case_id = a.case_id
        AND coalesce(t.outcome, 'success') = 'success')
  )
ORDER BY earliest, latest, source, sequence NULLS LAST, t.event_uid
""",
    )
)


@dataclass(frozen=True)
class Course:
    """The stages that are known, in order, and the act that decided, if it was another."""

    stages: tuple[Stage, ...]
    decided_by: str | None


def course(
    engine: Engine,
    spell: Spell,
    runs: Sequence[Sighting],
    *,
    number: int,
    names: Sequence[str],
    verb: str,
    after: Stamp | None,
    actors: dict[str, str | None],
) -> Course:
    """The course of a spell of object `number`; what happened up to `after` is of another one.

    Reads `timed_events` and `object_events`. `verb` is what initiated it where no act executed it.
    """
    rows = [row for row in _rows(engine, spell, number, names, verb) if _later(row, after)]
    asked = [row for row in rows if row["action"] in ("approval.request", "case.decide", verb)]
    asked = [row for row in asked if row["tied"] and not _undone(row, rows)]
    pending = [row for row in asked if row["action"] == verb]
    decided = next(reversed(pending or asked), None)
    found: list[Stage] = []
    if decided:
        found.append(_stage("initiated", decided, _initiated(decided)))
    # Whether an approval is anything to go by is for policies to say.
    found += [
        _stage("approved", row, "An approval is recorded")
        for row in rows
        if row["action"] == "approval.grant"
    ]
    found += _executed(spell, actors)
    found += _ended(spell, runs, actors)
    return Course(tuple(found), decided["event_uid"] if decided else None)


def _rows(engine: Engine, spell: Spell, number: int, names: Sequence[str], verb: str) -> list[Row]:
    parameters = {
        "uid": spell.begun.event_uid or "",
        "until": spell.begun.high.latest,
        "days": LOOK_BACK_DAYS,
        "verb": verb,
        "object": number,
        "names": list(names),
    }
    return engine.rows(_BEFORE, parameters)


def _undone(asked: Row, rows: Sequence[Row]) -> bool:
    """Whether leave for what was called or asked for was refused or taken back later."""
    return any(
        row["action"] in ("approval.deny", "approval.revoke")
        and established(stamped.stamp(row), stamped.stamp(asked)) != "before"
        and any(
            row[told] is not None and row[told] == asked[said]
            for told, said in (
                ("case_id", "case_id"),
                ("request_id", "request_id"),
                ("approval_requested_by", "actor"),
            )
        )
        for row in rows
    )


def _later(row: Row, after: Stamp | None) -> bool:
    return after is None or established(after, stamped.stamp(row)) == "before"


def _initiated(row: Row) -> str:
    if row["action"] == "approval.request":
        return "Leave was asked for"
    if row["action"] == "case.decide":
        return f"It was decided in case {row['case_id']}"
    return f"{row['action']} was called, to take effect later"


def _stage(name: StageName, row: Row, said: str) -> Stage:
    stamp = stamped.stamp(row)
    return _at(name, Edge(stamp, stamp, stamp.event_uid), row["actor"], said)


def _at(name: StageName, edge: Edge, actor: str | None, said: str, grade: Grade = "B") -> Stage:
    own = (edge.event_uid,) if edge.event_uid else ()
    between = tuple(one.event_uid for one in (edge.low, edge.high) if one is not None)
    by = f" by {actor}" if actor else ""
    when = utc_text(edge.high.time)
    if edge.low is not None and edge.low != edge.high:
        when = f"{utc_text(edge.low.time)} to {when}"
    return Stage(
        stage=name,
        earliest=edge.earliest,
        latest=edge.latest,
        actor=actor,
        grade=grade,
        evidence=tuple(dict.fromkeys((*own, *between))),
        sentence=f"{said}{by}: {when}{as_stamped(edge)}.",
    )


def _executed(spell: Spell, actors: dict[str, str | None]) -> Iterator[Stage]:
    begun, first = spell.begun, spell.holds[0]
    if begun.event_uid is not None and not begun.observed:
        yield _at("executed", begun, actors.get(begun.event_uid), f"{first.verb} succeeded")
        yield _at("effective", begun, None, "It took effect, as far as is known, with the act")
        return
    if begun.event_uid is not None:
        said = f"{first.verb} succeeded, with no effect yet"
        stamp = first.acted or begun.high
        at = Edge(stamp, stamp, begun.event_uid)
        yield _at("executed", at, actors.get(begun.event_uid), said)
    grade: Grade = "C" if begun.observed else "E"
    said = "It took effect" if begun.low is not None else "It had taken effect already"
    yield _at("effective", replace(begun, event_uid=None), None, said, grade)


def _ended(
    spell: Spell, runs: Sequence[Sighting], actors: dict[str, str | None]
) -> Iterator[Stage]:
    end = spell.ended
    if end is None:
        return
    actor = actors.get(end.event_uid) if end.event_uid else None
    grade: Grade = "C" if end.observed or spell.cut else "B" if end.event_uid else "E"
    said = (
        "It was brought back, if no return before went unrecorded,"
        if spell.cut
        else ("It was brought back")
    )
    yield _at("restored", end, actor, said, grade)
    for run in runs:
        if not run.up or run.last_degraded is None:
            continue
        if end.low is not None and established(run.last_degraded, end.low) == "before":
            continue
        if run.whole is not None:
            whole = Edge(run.last_degraded, run.whole)
            yield _at("recovered", whole, None, f"{run.source} found it whole again", "C")
        return
