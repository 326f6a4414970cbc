"""Pairs of records in two sources that tie their clocks to each other: the relation `anchors`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from forensics import actions
from forensics.engine import Engine, Row
from forensics.timeline.order import STAMPED
from forensics.timeline.spells import ID_LENGTH

Kind = Literal["request", "session", "case", "approval", "effect"]
KINDS: tuple[Kind, ...] = get_args(Kind)

REQUEST_SPREAD_S = 2.0
"""How long, in seconds, the records of one request may truly lie apart."""

MEANING: dict[str, str] = {
    "request": f"both recorded one request, within {REQUEST_SPREAD_S:g} s",
    "session": "a session is begun before it is used",
    "case": "a case is opened before anybody acts under it",
    "approval": "an approval is asked for before it is decided",
    "effect": "an act comes before a check first sees its effect",
}
"""What each kind of anchor rests on. That an act follows its approval is no law but a policy."""

# Only what ties: a relation that is read several times is held with all that it selects.
_STAMPED = " ".join(
    (
        """WITH stamped AS (
SELECT event_uid, source, tenant, time, time_low, time_high, request_id, session_id, case_id,
       action, outcome, lower(target) AS target, asserted_state
FROM (""",
        STAMPED,
        "WHERE e.time IS NOT NULL) AS s)",
    )
)

# Numbers are grouped faster than ids, of which most are in one source. Within a source the earliest
# record of a request stands for it; what takes longer is no request.
_REQUESTS = """
shared AS (
    SELECT hash(request_id) AS id FROM stamped WHERE length(request_id) >= $id_length
    GROUP BY id HAVING min(hash(source)) <> max(hash(source))
),
requested AS (
    SELECT request_id, source, min(time_low) AS low, min(time_high) AS high,
           min_by(event_uid, (time, event_uid)) AS uid
    FROM stamped SEMI JOIN shared ON shared.id = hash(stamped.request_id)
    WHERE request_id IS NOT NULL
    GROUP BY request_id, source
    HAVING max(time_low) - min(time_high) <= to_seconds($spread)
),
request AS (
    SELECT 'request' AS kind, a.source AS first, b.source AS second,
           a.uid AS first_uid, b.uid AS second_uid, a.low AS first_time, b.low AS second_time,
           epoch_us(a.low) - epoch_us(b.high) - $spread_us AS low_us,
           epoch_us(a.high) - epoch_us(b.low) + $spread_us AS high_us
    FROM requested AS a
    JOIN requested AS b ON a.request_id = b.request_id AND a.source < b.source
)
"""

# What is begun twice under one id (a case opened again) does not say which came before the use.
_BEGINNINGS = """
begins AS (
    SELECT 'session' AS kind, session_id AS id, source, event_uid, time_low, outcome FROM stamped
    WHERE length(session_id) >= $id_length AND action = 'session.start'
    UNION ALL BY NAME
    SELECT 'case' AS kind, case_id AS id, source, event_uid, time_low, outcome FROM stamped
    WHERE length(case_id) >= $id_length AND action = 'case.open'
    UNION ALL BY NAME
    SELECT 'approval' AS kind, case_id || chr(31) || target AS id, source, event_uid, time_low,
           outcome
    FROM stamped WHERE length(case_id) >= $id_length AND action = 'approval.request'
),
begun AS (
    SELECT kind, id, any_value(source) AS source, any_value(event_uid) AS uid,
           min(time_low) AS low
    FROM begins WHERE coalesce(outcome, 'unknown') IN ('success', 'unknown', 'pending')
    GROUP BY kind, id HAVING count(*) = 1
),
uses AS (
    SELECT b.*, s.source AS later, s.event_uid, s.time_high
    FROM stamped AS s JOIN begun AS b ON b.kind = 'session' AND b.id = s.session_id
    WHERE s.action IS DISTINCT FROM 'session.start' AND s.source <> b.source
    UNION ALL
    SELECT b.*, s.source AS later, s.event_uid, s.time_high
    FROM stamped AS s JOIN begun AS b ON b.kind = 'case' AND b.id = s.case_id
    WHERE s.action NOT LIKE 'case.%' AND s.source <> b.source
    UNION ALL
    SELECT b.*, s.source AS later, s.event_uid, s.time_high
    FROM stamped AS s JOIN begun AS b
      ON b.kind = 'approval' AND b.id = s.case_id || chr(31) || s.target
    WHERE s.action IN ('approval.grant', 'approval.deny') AND s.source <> b.source
),
beginning AS (
    SELECT kind, any_value(source) AS earlier, later, any_value(uid) AS earlier_uid,
           min_by(event_uid, (time_high, event_uid)) AS later_uid, any_value(low) AS low,
           min(time_high) AS high
    FROM uses GROUP BY kind, id, later
)
"""

# Checks that changed their mind as often, and in the same order, as acts changed the account.
_EFFECTS = """
acted AS (
    SELECT target, source, tenant, event_uid AS uid, time, time_low AS low,
           list_contains($up_verbs, action) AS up
    FROM stamped
    WHERE list_contains($verbs, action) AND outcome = 'success' AND target IS NOT NULL
),
checked AS (
    SELECT target, source, tenant, event_uid AS uid, time, time_high AS high,
           asserted_state = 'active' AS up
    FROM stamped WHERE asserted_state IS NOT NULL AND target IS NOT NULL
),
changed AS (
    SELECT *, row_number() OVER turns AS turn,
           count(*) OVER (PARTITION BY target, source, tenant) AS turns
    FROM (
        SELECT *, lag(up) OVER (PARTITION BY target, source, tenant ORDER BY time, uid) AS before
        FROM acted
    ) AS told
    WHERE before IS NULL OR before <> up
    WINDOW turns AS (PARTITION BY target, source, tenant ORDER BY time, uid)
),
seen AS (
    SELECT *, row_number() OVER turns AS turn,
           count(*) OVER (PARTITION BY target, source, tenant) AS turns
    FROM (
        SELECT *, lag(up) OVER (PARTITION BY target, source, tenant ORDER BY time, uid) AS before
        FROM checked
    ) AS told
    WHERE before <> up
    WINDOW turns AS (PARTITION BY target, source, tenant ORDER BY time, uid)
),
borne AS (
    SELECT target FROM (SELECT target, tenant FROM acted UNION SELECT target, tenant FROM checked)
    GROUP BY target HAVING count(DISTINCT tenant) > 1
),
effect AS (
    SELECT 'effect' AS kind, c.source AS earlier, s.source AS later, c.uid AS earlier_uid,
           s.uid AS later_uid, c.low, s.high
    FROM changed AS c JOIN seen AS s USING (target, turn, turns, up)
    WHERE c.source <> s.source
      AND (c.tenant = s.tenant OR (c.tenant IS NULL OR s.tenant IS NULL) AND NOT EXISTS (
          FROM borne AS b WHERE b.target = c.target))
)
"""

# What comes earlier bounds the difference of the clocks on one side only.
_ONE_SIDED = """
SELECT kind, least(earlier, later) AS first, greatest(earlier, later) AS second,
       CASE WHEN earlier < later THEN earlier_uid ELSE later_uid END AS first_uid,
       CASE WHEN earlier < later THEN later_uid ELSE earlier_uid END AS second_uid,
       CASE WHEN earlier < later THEN low ELSE high END AS first_time,
       CASE WHEN earlier < later THEN high ELSE low END AS second_time,
       CASE WHEN earlier < later THEN epoch_us(low) - epoch_us(high) END AS low_us,
       CASE WHEN earlier > later THEN epoch_us(high) - epoch_us(low) END AS high_us
FROM
"""
_NONE = """
SELECT NULL::VARCHAR AS kind, NULL::VARCHAR AS first, NULL::VARCHAR AS second,
       NULL::VARCHAR AS first_uid, NULL::VARCHAR AS second_uid,
       NULL::TIMESTAMPTZ AS first_time, NULL::TIMESTAMPTZ AS second_time,
       NULL::BIGINT AS low_us, NULL::BIGINT AS high_us
WHERE FALSE
"""
_HELD = """
SELECT source, count(request_id) > 0 AS requests, count(session_id) > 0 AS sessions,
       count(*) FILTER (WHERE action IN ('session.start', 'case.open', 'approval.request')) > 0
           AS beginnings,
       count(case_id) > 0 AS cases, count(asserted_state) > 0 AS checks
FROM events WHERE source IS NOT NULL GROUP BY source
"""
_TOTALS = """
SELECT first, second, kind, count(*) AS n,
       bool_and(low_us IS NOT NULL AND high_us IS NOT NULL) AS two_sided,
       max(low_us) / 1e6 AS low_s, min(high_us) / 1e6 AS high_s,
       min(low_us) / 1e6 AS least_s, max(high_us) / 1e6 AS most_s,
       [max_by(first_uid, (low_us, first_uid)), max_by(second_uid, (low_us, second_uid)),
        min_by(first_uid, (high_us, first_uid)), min_by(second_uid, (high_us, second_uid))]
           AS evidence
FROM anchors GROUP BY first, second, kind ORDER BY first, second, kind
"""


@dataclass(frozen=True)
class Total:
    """All anchors of one kind between two sources; offsets are of `first` minus `second`, seconds.

    [low_s, high_s] is what fits all of them, [least_s, most_s] what spans all; None: unbounded.
    `two_sided`: each of them bounds the difference from below and from above. `evidence` are uids
    of the records that set the bounds.
    """

    kind: Kind
    n: int
    two_sided: bool
    low_s: float | None
    high_s: float | None
    least_s: float | None
    most_s: float | None
    evidence: tuple[str, ...]


def register(engine: Engine, spread_s: float = REQUEST_SPREAD_S) -> None:
    """Derive the relation `anchors` from `events`.

    One row an anchor: its kind, the two sources in the order of their names, the record and the
    stamp of each, and between which microseconds the clock of the first is ahead of that of the
    second. Where nothing is recorded in two sources, nothing is looked for.
    """
    parts: list[str] = []
    found: list[str] = []
    parameters: dict[str, Any] = {}
    rows = engine.rows(_HELD)
    if _shared(rows, "requests"):
        parts.append(_REQUESTS)
        found.append("SELECT * FROM request")
        parameters.update(spread=float(spread_s), spread_us=round(spread_s * 1e6))
        parameters.update(id_length=ID_LENGTH)
    if any(row["beginnings"] for row in rows) and (
        _shared(rows, "sessions") or _shared(rows, "cases")
    ):
        parts.append(_BEGINNINGS)
        found.append(_ONE_SIDED + "beginning")
        parameters.update(id_length=ID_LENGTH)
    if any(row["checks"] for row in rows) and len(rows) > 1:
        parts.append(_EFFECTS)
        found.append(_ONE_SIDED + "effect")
        parameters.update(_states())
    if not parts:
        engine.keep("anchors", _NONE)
        return
    sql = ", ".join((_STAMPED, *parts)) + " UNION ALL ".join(found)
    engine.keep("anchors", sql, parameters)


def totals(engine: Engine) -> dict[tuple[str, str], tuple[Total, ...]]:
    """By pair of sources, what their anchors of each kind say together. Reads `anchors`."""
    found: dict[tuple[str, str], list[Total]] = {}
    for row in engine.rows(_TOTALS):
        told = ("kind", "n", "two_sided", "low_s", "high_s", "least_s", "most_s")
        evidence = tuple(dict.fromkeys(uid for uid in row["evidence"] if uid))
        one = Total(**{name: row[name] for name in told}, evidence=evidence)
        found.setdefault((row["first"], row["second"]), []).append(one)
    return {pair: tuple(kinds) for pair, kinds in found.items()}


def _shared(rows: Sequence[Row], column: str) -> bool:
    return sum(1 for row in rows if row[column]) > 1


def _states() -> dict[str, Any]:
    changing = [one for one in actions.load().values() if one.state is not None]
    return {
        "verbs": sorted(one.verb for one in changing),
        "up_verbs": sorted(one.verb for one in changing if one.state == "active"),
    }


def pairs(sources: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Every two sources, each pair once, in the order of their names."""
    ordered = sorted(sources)
    for place, first in enumerate(ordered):
        for second in ordered[place + 1 :]:
            yield first, second
