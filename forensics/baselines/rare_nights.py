"""First of its kind: what somebody never did in their history, and hardly a peer did (D1, nights).

Of each kind of thing (action and tier of the target, reason code, tool, network, approver) a value
counts that was in none of at least thirty own acts of the history and in fewer than one in a
hundred of the peers' acts. How much it surprises is as `rare_combination.surprise` has it. The
chance is not taken from that model, which knows nothing of how often anybody does something for the
first time: it is the share of all nights worked in the history with a first as rare. Devices are
left to `session_novelty`, as each is one person's.
"""

from __future__ import annotations

from forensics.baselines.rare_combination import ENOUGH_OWN_ACTS, RARE_AMONG_PEERS, surprise
from forensics.baselines.reading import HISTORY, Reading, acts, people
from forensics.engine import Engine, Row

# The values of every kind, a person, night and value once; a group is a role, or all of no role.
_VALUES = """
SELECT who, role, day, 'action' AS kind, action || coalesce(' on ' || tier, '') AS value, n
FROM baseline_cells
UNION ALL SELECT who, role, day, 'reason_code', reason_code, n FROM baseline_cells
WHERE reason_code IS NOT NULL
UNION ALL SELECT who, role, day, 'tool', tool, n FROM baseline_cells WHERE tool IS NOT NULL
UNION ALL SELECT who, role, day, 'src_asn', src_asn, n FROM baseline_cells WHERE src_asn IS NOT NULL
UNION ALL SELECT who, role, day, 'approver', approver, n FROM baseline_approvers
"""
_OWN = """
SELECT who, role, day, kind, value, sum(n)::BIGINT AS n FROM baseline_values GROUP BY ALL
"""
_KINDS = """
SELECT *, coalesce(sum(n) OVER history, 0)::BIGINT AS of_own
FROM (SELECT who, role, day, kind, sum(n)::BIGINT AS n FROM baseline_own GROUP BY ALL)
WINDOW history AS (PARTITION BY who, kind ORDER BY day
    RANGE BETWEEN $history::INTEGER PRECEDING AND 1 PRECEDING)
"""
_GROUPED = """
SELECT role, day, kind, value, sum(n)::BIGINT AS n FROM baseline_own GROUP BY ALL
"""
# A role that only one person acts in has no peers: then all other people are.
_FIRSTS = """
WITH held AS (
  SELECT *, lag(day) OVER (PARTITION BY who, kind, value ORDER BY day) AS earlier FROM baseline_own
), firsts AS (
  SELECT h.who, h.role, h.day, h.kind, h.value, h.n, k.of_own
  FROM held AS h JOIN baseline_kinds AS k USING (who, day, kind)
  WHERE (h.earlier IS NULL OR h.earlier < h.day - $history) AND k.of_own >= $enough
), totals AS (
  SELECT role, day, kind, sum(n)::BIGINT AS n FROM baseline_grouped GROUP BY ALL
), asked AS (SELECT DISTINCT role, day, kind, value FROM firsts), of_role AS (
  SELECT a.role, a.day, a.kind, a.value, sum(g.n)::BIGINT AS n
  FROM asked AS a JOIN baseline_grouped AS g ON g.role = a.role AND g.kind = a.kind
    AND g.value = a.value AND g.day BETWEEN a.day - $history AND a.day - 1 GROUP BY ALL
), of_all AS (
  SELECT a.day, a.kind, a.value, sum(g.n)::BIGINT AS n
  FROM (SELECT DISTINCT day, kind, value FROM asked) AS a JOIN baseline_grouped AS g
    ON g.kind = a.kind AND g.value = a.value AND g.day BETWEEN a.day - $history AND a.day - 1
  GROUP BY ALL
), role_totals AS (
  SELECT a.role, a.day, a.kind, sum(t.n)::BIGINT AS n
  FROM (SELECT DISTINCT role, day, kind FROM asked) AS a JOIN totals AS t
    ON t.role = a.role AND t.kind = a.kind AND t.day BETWEEN a.day - $history AND a.day - 1
  GROUP BY ALL
), all_totals AS (
  SELECT a.day, a.kind, sum(t.n)::BIGINT AS n
  FROM (SELECT DISTINCT day, kind FROM asked) AS a JOIN totals AS t
    ON t.kind = a.kind AND t.day BETWEEN a.day - $history AND a.day - 1 GROUP BY ALL
), counted AS (
  SELECT f.*, coalesce(rt.n, 0) - f.of_own AS of_role, coalesce(r.n, 0) AS n_role,
    coalesce(wt.n, 0) - f.of_own AS of_all, coalesce(a.n, 0) AS n_all,
    coalesce(rt.n, 0) > f.of_own AS by_role
  FROM firsts AS f
  LEFT JOIN of_role AS r USING (role, day, kind, value) LEFT JOIN of_all AS a
    USING (day, kind, value)
  LEFT JOIN role_totals AS rt USING (role, day, kind) LEFT JOIN all_totals AS wt USING (day, kind)
)
SELECT who, day, kind, value, n, of_own, CASE WHEN by_role THEN role END AS role,
  CASE WHEN by_role THEN n_role ELSE n_all END AS n_peers,
  CASE WHEN by_role THEN of_role ELSE of_all END AS of_peers
FROM counted WHERE of_peers > 0 AND (n_peers + 0.5) / (of_peers + 1) < $rare
ORDER BY day, who, kind, value
"""
_ASKED = """
SELECT who, day, count(*) OVER (ORDER BY day
    RANGE BETWEEN $history::INTEGER PRECEDING AND 1 PRECEDING) AS nights
FROM (SELECT DISTINCT who, day FROM baseline_kinds WHERE of_own >= $enough)
"""
_SCORED = (
    ("who", "VARCHAR"), ("day", "INTEGER"), ("kind", "VARCHAR"), ("value", "VARCHAR"),
    ("n", "BIGINT"), ("of_own", "BIGINT"), ("role", "VARCHAR"), ("n_peers", "BIGINT"),
    ("of_peers", "BIGINT"), ("bits", "DOUBLE"),
)  # fmt: skip
_RANKED = """
WITH nights AS (SELECT who, day, max(bits) AS bits FROM baseline_firsts GROUP BY ALL),
as_rare AS (
  SELECT n.who, n.day, count(o.who) AS rarer FROM nights AS n LEFT JOIN nights AS o
    ON o.day BETWEEN n.day - $history AND n.day - 1 AND o.bits >= n.bits
  GROUP BY ALL
), peers AS (
  SELECT f.who, f.day, f.role, count(DISTINCT d.who) AS people
  FROM (SELECT DISTINCT who, day, role FROM baseline_firsts) AS f JOIN baseline_days AS d
    ON d.day BETWEEN f.day - $history AND f.day - 1 AND d.who <> f.who AND d.acts > 0
      AND (f.role IS NULL OR d.role = f.role)
  GROUP BY ALL
)
SELECT f.*, r.rarer, a.nights, p.people
FROM baseline_firsts AS f JOIN as_rare AS r USING (who, day)
JOIN baseline_first_nights AS a USING (who, day)
JOIN peers AS p ON p.who = f.who AND p.day = f.day AND p.role IS NOT DISTINCT FROM f.role
ORDER BY f.day, f.who, f.bits DESC, f.kind, f.value
"""
_WORDS = {
    "action": "{value}",
    "reason_code": "the reason code {value}",
    "tool": "the tool {value}",
    "src_asn": "the network AS{value}",
    "approver": "{value} as approver",
}


def register(engine: Engine) -> None:
    """Keep `baseline_firsts`, and `baseline_first_nights`: the nights with enough own acts before.

    Stands on what `cells.register` keeps.
    """
    engine.define("baseline_values", _VALUES)
    engine.keep("baseline_own", _OWN)
    engine.keep("baseline_kinds", _KINDS, {"history": HISTORY})
    engine.keep("baseline_grouped", _GROUPED)
    enough = {"enough": ENOUGH_OWN_ACTS, "history": HISTORY}
    engine.keep("baseline_first_nights", _ASKED, enough)
    found = engine.rows(_FIRSTS, {**enough, "rare": RARE_AMONG_PEERS})
    for row in found:
        row["bits"] = surprise(0, row["of_own"], row["n_peers"], row["of_peers"])
    engine.register_rows("baseline_firsts", _SCORED, found)


def readings(engine: Engine) -> list[Reading]:
    """One reading for each value that was a first of its kind, by night, person and surprise."""
    return [_reading(row) for row in engine.rows(_RANKED, {"history": HISTORY})]


def _reading(row: Row) -> Reading:
    what = _WORDS[row["kind"]].format(value=_network(row))
    own = f"{row['of_own']:,} own acts"
    theirs = f"{row['n_peers']:,} of {acts(row['of_peers'])}"
    others = people(row["people"], row["role"])
    seen = f"{row['rarer']:,} of {row['nights']:,}"
    return Reading(
        statistic="first of its kind",
        who=row["who"],
        day=row["day"],
        p=(row["rarer"] + 1) / (row["nights"] + 1),
        sentence=(
            f"{what}: in {acts(row['n'])} of this night, in 0 of {own} and in {theirs} of {others}"
            f" in the {HISTORY} days before ({row['bits']:.1f} bits of surprise). Somebody did"
            f" something as rare for the first time on {seen} nights worked in that time."
        ),
        counts=(
            (f"own acts with {what} before", 0, row["of_own"]),
            (f"peers' acts with {what} before", row["n_peers"], row["of_peers"]),
            ("nights worked with a first as rare", row["rarer"], row["nights"]),
        ),
        column=row["kind"],
        values=(row["value"],),
    )


def _network(row: Row) -> str:
    value: str = row["value"]
    return value.upper().removeprefix("AS") if row["kind"] == "src_asn" else value
