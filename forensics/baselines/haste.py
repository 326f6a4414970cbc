"""How an act was come by: faster after its case was opened than ever, or by search (D5).

The dwell of an act is the time since its case was opened; with n >= 50 own acts of its verb in the
history, p = (1 + #{h <= d}) / (n + 1) for the fastest act of a night. Both stand only beside other
readings: whoever is quick may know the work well.
"""

from __future__ import annotations

from collections.abc import Iterable

from forensics.baselines.reading import HISTORY, Reading, acts
from forensics.engine import Engine, Row

ENOUGH = 50
UNLIKELY = 0.01

_ASKED = (("who", "VARCHAR"), ("day", "INTEGER"))
_DWELLS = """
WITH opened AS (SELECT case_id, opened_at FROM cases WHERE opened_at IS NOT NULL),
dwelled AS (
  SELECT a.who, a.day, a.action, a.event_uid, epoch_us(a.time) - epoch_us(o.opened_at) AS dwell
  FROM baseline_acts AS a JOIN opened AS o USING (case_id)
  WHERE list_contains($verbs, a.action) AND a.time >= o.opened_at
    AND a.who IN (SELECT who FROM baseline_hasty)
), fastest AS (
  SELECT who, day, action, min(dwell) AS dwell, arg_min(event_uid, (dwell, event_uid)) AS event_uid
  FROM dwelled SEMI JOIN baseline_hasty USING (who, day) GROUP BY ALL
)
SELECT f.who, f.day, f.action, f.dwell / 1e6 AS dwell_s, f.event_uid,
  count(*) FILTER (d.dwell <= f.dwell) AS as_fast, count(*) AS n
FROM fastest AS f JOIN dwelled AS d ON d.who = f.who AND d.action = f.action
  AND d.day BETWEEN f.day - $history AND f.day - 1
GROUP BY ALL HAVING count(*) >= $enough ORDER BY f.day, f.who, f.action
"""
_ROUTES = """
SELECT h.who, h.day, sum(c.n) FILTER (c.day = h.day)::BIGINT AS n,
  sum(c.n) FILTER (c.day = h.day AND c.tool = 'search')::BIGINT AS searched,
  sum(c.n) FILTER (c.day < h.day)::BIGINT AS n_before,
  coalesce(sum(c.n) FILTER (c.day < h.day AND c.tool = 'search'), 0)::BIGINT AS searched_before
FROM baseline_hasty AS h JOIN baseline_cells AS c
  ON c.who = h.who AND c.day BETWEEN h.day - $history AND h.day
WHERE list_contains($verbs, c.action) AND c.tool IS NOT NULL
GROUP BY ALL HAVING searched > 0 AND searched * n_before > 2 * searched_before * n
ORDER BY h.day, h.who
"""


def readings(engine: Engine, nights: Iterable[tuple[str, int]], verbs: list[str]) -> list[Reading]:
    """Readings of these nights of these people, by night and person.

    `verbs` are those that take something away or need more than ordinary rights.
    """
    listed = [{"who": who, "day": day} for who, day in sorted(set(nights))]
    if not listed:
        return []
    engine.register_rows("baseline_hasty", _ASKED, listed)
    asked = {"verbs": verbs, "history": HISTORY}
    found: list[Reading] = []
    if "cases" in engine.relations():
        rows = engine.rows(_DWELLS, {**asked, "enough": ENOUGH})
        found = [_fast(row) for row in rows if (row["as_fast"] + 1) / (row["n"] + 1) < UNLIKELY]
    return [*found, *map(_searched, engine.rows(_ROUTES, asked))]


def _fast(row: Row) -> Reading:
    return Reading(
        statistic="haste",
        who=row["who"],
        day=row["day"],
        p=None,
        sentence=(
            f"the fastest {row['action']} of this night came {row['dwell_s']:,.0f} s after its case"
            f" was opened; {row['as_fast']:,} of {row['n']:,} own acts of this kind in the"
            f" {HISTORY} days before were as fast."
        ),
        counts=((f"own acts of {row['action']} as fast before", row["as_fast"], row["n"]),),
        column="uid",
        values=(row["event_uid"],),
    )


def _searched(row: Row) -> Reading:
    return Reading(
        statistic="route",
        who=row["who"],
        day=row["day"],
        p=None,
        sentence=(
            f"{row['searched']:,} of {acts(row['n'])} that take something away or need more rights"
            f" were reached by search and not from the queue; {row['searched_before']:,} of"
            f" {row['n_before']:,} own ones in the {HISTORY} days before."
        ),
        counts=(("own acts reached by search before", row["searched_before"], row["n_before"]),),
        column="searched",
        values=("true",),
    )
