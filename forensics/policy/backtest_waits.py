"""How long approvers took to answer, and how long acts that must ask would have waited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from forensics.engine import Engine, Row
from forensics.policy.backtest_model import Answers, Wait

ENOUGH = 20
"""So many observed answers stand for those that would have been; of fewer nothing is concluded."""

_MINUTE = 60_000_000
_OBSERVED_HOUR = "observed: answers to requests of the same hour of the day (UTC)"
_OBSERVED = "observed: answers at any hour"
_ASSUMED = "assumed"
_KNOWN = "said by the policy"

# A request waits until the next decision about the same action on the same target.
_ANSWERS = """
WITH steps AS (
  SELECT a.time, a.event_uid, a.state, a.state = 'requested' AS asking, lower(a.role) AS role,
    lower(coalesce(a.approver, a.requested_by)) AS account, lower(p.person) AS person,
    a.for_action, coalesce(lower(a.target), 'case ' || a.case_id) AS object
  FROM approvals AS a
  LEFT JOIN act_people AS p ON p.event_uid = a.event_uid AND p.belief = 'now'
  WHERE a.state <> 'revoked' AND coalesce(a.target, a.case_id) IS NOT NULL
), turned AS (
  SELECT *, count(*) FILTER (WHERE NOT asking) OVER (
    PARTITION BY object, for_action ORDER BY time, asking DESC, event_uid
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS round
  FROM steps
), rounds AS (
  SELECT min(time) FILTER (WHERE asking) AS asked_at,
    min_by(account, (time, event_uid)) FILTER (WHERE asking) AS asker,
    min_by(person, (time, event_uid)) FILTER (WHERE asking) AS asking_person,
    min(time) FILTER (WHERE NOT asking) AS answered_at,
    min(state) FILTER (WHERE NOT asking) AS answer,
    min(account) FILTER (WHERE NOT asking) AS approver,
    min(person) FILTER (WHERE NOT asking) AS approving_person,
    min(role) FILTER (WHERE NOT asking) AS role
  FROM turned GROUP BY object, for_action, round
)
SELECT role, CAST(extract('hour' FROM asked_at) AS INTEGER) AS hour,
  epoch_us(answered_at) - epoch_us(asked_at) AS lag,
  CASE WHEN answer IS NULL THEN 'open'
    WHEN coalesce(asker = approver, FALSE) OR coalesce(asking_person = approving_person, FALSE)
      THEN 'by_same'
    WHEN answer = 'granted' AND (asking_person IS NULL OR approving_person IS NULL)
      THEN 'unsettled' ELSE answer END AS answer
FROM rounds
WHERE asked_at IS NOT NULL AND ($since IS NULL OR asked_at >= $since::TIMESTAMPTZ)
  AND ($until IS NULL OR asked_at < $until::TIMESTAMPTZ)
"""

_COUNTED = "SELECT answer, count(*) AS n FROM backtest_answers GROUP BY answer"
_GROUPS = """
SELECT role, hour, count(*) AS n FROM backtest_answers
WHERE answer = 'granted' GROUP BY role, hour
"""

# Nearest rank; the weights are fractions, so a rank is reached within a billionth of all.
_RANKED = """
WITH spread AS (
  SELECT c.basis, greatest(a.lag, c.least) AS wait, c.acts / CAST(c.observed AS DOUBLE) AS weight
  FROM backtest_cells AS c JOIN backtest_answers AS a ON a.answer = 'granted'
    AND (c.roles IS NULL OR list_contains(c.roles, a.role))
    AND (c.hour IS NULL OR a.hour = c.hour)
  WHERE c.observed > 0
  UNION ALL SELECT basis, least, acts FROM backtest_cells WHERE observed = 0
), pooled AS (
  SELECT basis, wait, sum(weight) AS weight FROM spread GROUP BY basis, wait
  UNION ALL SELECT NULL, wait, sum(weight) FROM spread GROUP BY wait
), ranked AS (
  SELECT basis, wait, sum(weight) OVER (PARTITION BY basis ORDER BY wait) AS reached,
    sum(weight) OVER (PARTITION BY basis) AS whole
  FROM pooled
)
SELECT basis, min(wait) FILTER (WHERE reached >= whole * (0.5 - 1e-9)) AS median,
  min(wait) FILTER (WHERE reached >= whole * (0.95 - 1e-9)) AS p95
FROM ranked GROUP BY basis
"""

_CELLS = (
    ("basis", "VARCHAR"),
    ("roles", "VARCHAR[]"),
    ("hour", "INTEGER"),
    ("least", "BIGINT"),
    ("acts", "BIGINT"),
    ("observed", "BIGINT"),
)


@dataclass(frozen=True)
class Cell:
    """Acts alike in waiting: whom they ask at which hour (UTC), and how long they wait at least.

    `asks` is False for acts that wait for nobody; `roles` None lets anybody answer. `least` is in
    microseconds; `assumed` says whether it rests on an assumption.
    """

    acts: int
    asks: bool
    roles: tuple[str, ...] | None
    hour: int
    least: int
    assumed: bool


def observe(engine: Engine, since: datetime | None, until: datetime | None) -> Answers:
    """Register `backtest_answers`: requests made in [since, until), and how they were answered."""
    bounds = {
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
    }
    engine.keep("backtest_answers", _ANSWERS, bounds)
    counts: dict[str, int] = {row["answer"]: row["n"] for row in engine.rows(_COUNTED)}
    return Answers(
        asked=sum(counts.values()),
        granted=counts.get("granted", 0),
        denied=counts.get("denied", 0),
        by_same=counts.get("by_same", 0),
        unsettled=counts.get("unsettled", 0),
        open=counts.get("open", 0),
    )


def waits(
    engine: Engine, cells: Sequence[Cell], approval: int
) -> tuple[Wait | None, tuple[Wait, ...]]:
    """How long the acts would have waited, all together and by what that rests on.

    `approval` is the assumed time, in microseconds, where fewer than `ENOUGH` answers tell.
    """
    groups: Counter[tuple[str | None, int]] = Counter()
    for row in engine.rows(_GROUPS):
        groups[row["role"], row["hour"]] += row["n"]
    rows = [_row(cell, groups, approval) for cell in cells]
    if not rows:
        return None, ()
    engine.register_rows("backtest_cells", _CELLS, rows)
    ranked = {row["basis"]: row for row in engine.rows(_RANKED)}
    found = [_wait(basis, ranked[basis], rows) for basis in sorted({row["basis"] for row in rows})]
    return _wait(None, ranked[None], rows), tuple(found)


def _row(cell: Cell, groups: Counter[tuple[str | None, int]], approval: int) -> Row:
    fixed = {"least": cell.least, "acts": cell.acts, "roles": None, "hour": None, "observed": 0}
    if not cell.asks:
        return {**fixed, "basis": _ASSUMED if cell.assumed else _KNOWN}

    def able(role: str | None) -> bool:
        return cell.roles is None or role in cell.roles

    roles = None if cell.roles is None else list(cell.roles)
    then = sum(n for (role, hour), n in groups.items() if able(role) and hour == cell.hour)
    if then >= ENOUGH:
        told = {"basis": _OBSERVED_HOUR, "hour": cell.hour, "observed": then}
        return {**fixed, "roles": roles, **told}
    ever = sum(n for (role, _), n in groups.items() if able(role))
    if ever >= ENOUGH:
        return {**fixed, "roles": roles, "basis": _OBSERVED, "observed": ever}
    return {**fixed, "basis": _ASSUMED, "least": max(cell.least, approval)}


def _wait(basis: str | None, ranked: Row, rows: Sequence[Row]) -> Wait:
    own = [row for row in rows if basis is None or row["basis"] == basis]
    groups = {(str(row["roles"]), row["hour"]): row["observed"] for row in own}
    # Those of one hour are among those of any hour.
    of_hours = sum(n for (_, hour), n in groups.items() if hour is not None)
    of_any = max((n for (_, hour), n in groups.items() if hour is None), default=0)
    return Wait(
        basis=basis or "all of them",
        acts=sum(row["acts"] for row in own),
        observed=max(of_hours, of_any),
        median=ranked["median"] / _MINUTE,
        p95=ranked["p95"] / _MINUTE,
    )
