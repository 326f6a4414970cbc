"""Unlike the peers of one role and site: shares of acts by a beta-binomial tail (D4).

Of the acts of a night that take something away or need more than ordinary rights, the share on
protected targets and the share without a case are compared with those of at least eight peers on
their own nights of the history. Over nights of x of n acts, μ = (Σx + 1/2) / (Σn + 1), by moments
ρ = (S − μ(1 − μ)(k − 1)) / (μ(1 − μ)(N − Σn²/N − k + 1)) with S = Σn(x/n − μ)² and N = Σn: nights
of peers differ more than chance, and that is in it. The chance is P(X >= x), times the shares
asked. The rate of such acts is compared with that of the peers of the same night, by a robust z of
log(1 + n); that only stands beside other readings.
"""

from __future__ import annotations

from forensics.baselines import chance
from forensics.baselines.reading import HISTORY, Reading, acts
from forensics.baselines.reading import chance as odds
from forensics.engine import Engine, Row

FEWEST_PEERS = 8
UNLIKELY = 1e-3
FAR = 3.5
SPREAD_FLOOR = 0.25
"""The least spread of log(1 + n) between peers that is believed."""

_UNITS = """
SELECT who, any_value(role) AS role, any_value(site) AS site, day, sum(n)::BIGINT AS n,
  coalesce(sum(n) FILTER (tier IS NOT NULL), 0)::BIGINT AS protected,
  sum(no_case)::BIGINT AS caseless
FROM baseline_cells WHERE list_contains($verbs, action) AND role IS NOT NULL AND site IS NOT NULL
GROUP BY who, day
"""
_SHARES = """
SELECT who, role, site, day, n, 'protected' AS share, protected AS x FROM baseline_units
UNION ALL SELECT who, role, site, day, n, 'caseless', caseless FROM baseline_units
"""
# What a group has, less what is one's own; a group's nights are those of any of its members.
_SUMS = """
SELECT role, site, share, day, sum(n)::BIGINT AS n, sum(x)::BIGINT AS x, count(*) AS k,
  sum(n * n)::BIGINT AS nn, sum(x * x / n ORDER BY x, n) AS xx
FROM baseline_shares GROUP BY ALL
"""
_OWN_SUMS = """
SELECT *, coalesce(sum(n) OVER history, 0)::BIGINT AS own_n,
  coalesce(sum(x) OVER history, 0)::BIGINT AS own_x, count(*) OVER history AS own_k,
  coalesce(sum(n * n) OVER history, 0)::BIGINT AS own_nn,
  coalesce(sum(x * x / n) OVER history, 0) AS own_xx
FROM baseline_shares WINDOW history AS
  (PARTITION BY who, share ORDER BY day
    RANGE BETWEEN $history::INTEGER PRECEDING AND 1 PRECEDING)
"""
_GROUPS = """
SELECT role, site, share, day, coalesce(sum(n) OVER history, 0)::BIGINT AS all_n,
  coalesce(sum(x) OVER history, 0)::BIGINT AS all_x,
  coalesce(sum(k) OVER history, 0)::BIGINT AS all_k,
  coalesce(sum(nn) OVER history, 0)::BIGINT AS all_nn, coalesce(sum(xx) OVER history, 0) AS all_xx
FROM sums WINDOW history AS
  (PARTITION BY role, site, share ORDER BY day
    RANGE BETWEEN $history::INTEGER PRECEDING AND 1 PRECEDING)
"""
_MEMBERS = """
WITH groups AS (SELECT DISTINCT role, site, day FROM baseline_units)
SELECT g.role, g.site, g.day, count(DISTINCT u.who) AS members
FROM groups AS g JOIN baseline_units AS u ON u.role = g.role AND u.site = g.site
  AND u.day BETWEEN g.day - $history AND g.day - 1
GROUP BY ALL
"""
_ASKED = """
SELECT o.who, o.role, o.site, o.share, o.day, o.n, o.x, g.all_n - o.own_n AS n_peers,
  g.all_x - o.own_x AS x_peers, g.all_k - o.own_k AS k_peers, g.all_nn - o.own_nn AS nn_peers,
  g.all_xx - o.own_xx AS xx_peers, m.members - (o.own_k > 0)::BIGINT AS peers
FROM own_sums AS o JOIN group_sums AS g USING (role, site, share, day)
JOIN members AS m USING (role, site, day)
WHERE peers >= $fewest
"""
_MORE = """
SELECT *, count(*) OVER (PARTITION BY who, day) AS shares FROM baseline_peer_nights
QUALIFY x > 0 AND x > n * (x_peers + 0.5) / (n_peers + 1) ORDER BY day, who, share
"""
_RATES = """
WITH middles AS (
  SELECT role, site, day, median(ln(1 + n)) AS middle, count(*) - 1 AS peers
  FROM baseline_units GROUP BY ALL HAVING count(*) > $fewest
), spreads AS (
  SELECT role, site, day, median(abs(ln(1 + u.n) - m.middle)) AS spread
  FROM baseline_units AS u JOIN middles AS m USING (role, site, day) GROUP BY ALL
)
SELECT u.who, u.day, u.role, u.site, u.n, m.peers, exp(m.middle) - 1 AS usual,
  0.6745 * (ln(1 + u.n) - m.middle) / greatest(s.spread, $floor) AS z
FROM baseline_units AS u JOIN middles AS m USING (role, site, day)
JOIN spreads AS s USING (role, site, day)
WHERE z > $far ORDER BY u.day, u.who
"""
_WORDS = {"protected": "on protected targets", "caseless": "without a case"}


def register(engine: Engine, verbs: list[str]) -> None:
    """Keep `baseline_units` and `baseline_peer_nights`, the nights with enough peers.

    `verbs` are those that take something away or need more than ordinary rights. Stands on what
    `cells.register` keeps.
    """
    engine.keep("baseline_units", _UNITS, {"verbs": verbs})
    engine.define("baseline_shares", _SHARES)
    parts = (("sums", _SUMS), ("own_sums", _OWN_SUMS), ("group_sums", _GROUPS))
    steps = ", ".join("".join((name, " AS (", sql, ")")) for name, sql in parts)
    engine.keep(
        "baseline_peer_nights",
        " ".join(("WITH", steps, ", members AS (", _MEMBERS, ")", _ASKED)),
        {"history": HISTORY, "fewest": FEWEST_PEERS},
    )


def readings(engine: Engine) -> list[Reading]:
    """One reading for each share, by night and person, and each rate far from others'."""
    found = []
    for row in engine.rows(_MORE):
        alpha, beta = moments(
            row["x_peers"], row["n_peers"], row["k_peers"], row["nn_peers"], row["xx_peers"]
        )
        p = chance.share(row["x"], row["n"], alpha, beta)
        if p < UNLIKELY:
            found.append(_share(row, p))
    asked = {"fewest": FEWEST_PEERS, "floor": SPREAD_FLOOR, "far": FAR}
    return [*found, *map(_rate, engine.rows(_RATES, asked))]


def moments(x: int, n: int, k: int, nn: int, xx: float) -> tuple[float, float]:
    """Alpha and beta of k nights of n acts in all, x of them so; nn is Σn², xx is Σx²/n."""
    mean = (x + 0.5) / (n + 1)
    spread = xx - 2 * mean * x + mean * mean * n
    chance_alone = mean * (1 - mean)
    room = n - nn / n - (k - 1) if n else 0.0
    rho = (spread - chance_alone * (k - 1)) / (chance_alone * room) if room > 0 else 0.0
    rho = min(max(rho, 1e-4), 0.99)
    return mean * (1 - rho) / rho, (1 - mean) * (1 - rho) / rho


def _share(row: Row, p: float) -> Reading:
    what = _WORDS[row["share"]]
    return Reading(
        statistic="unlike peers",
        who=row["who"],
        day=row["day"],
        p=min(1.0, p * row["shares"]),
        sentence=(
            f"{row['x']:,} of {row['n']:,} destructive or privileged acts of this night were {what}"
            f"; {row['x_peers']:,} of {row['n_peers']:,} by {row['peers']} peers in the role"
            f" {row['role']} at {row['site']} in the {HISTORY} days before: {odds(p)} of nights"
            " like theirs has as many."
        ),
        counts=(
            (f"acts of the night {what}", row["x"], row["n"]),
            (f"peers' acts {what}", row["x_peers"], row["n_peers"]),
        ),
        column=row["share"],
        values=("true",),
    )


def _rate(row: Row) -> Reading:
    return Reading(
        statistic="unlike peers tonight",
        who=row["who"],
        day=row["day"],
        p=None,
        sentence=(
            f"{acts(row['n'])} that take something away or need more rights, where the median of"
            f" the {row['peers']} peers in the role {row['role']} at {row['site']} that night is"
            f" {row['usual']:.0f} (robust z {row['z']:.1f})."
        ),
        counts=(),
        column="sensitive",
        values=("true",),
    )
