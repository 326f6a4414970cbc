"""Counts over the relation `summarised`: events of one account, or on one target.

Every count is of records as they stand, in UTC, most frequent first.
"""

from __future__ import annotations

from forensics.engine import Engine, Row
from forensics.findings.profile import AddressTally, Hours, OperationTally, SessionTally, Tally

MOST = 100
"""How many distinct values of each kind a summary lists."""

_COLUMNS = {
    "agents": "user_agent",
    "devices": "device_id",
    "sources": "source",
    "targets": "target",
    "tools": "tool",
}
_TALLIES = {
    name: f"""SELECT {column} AS name, count(*) AS n, min(time) AS first_time,
      max(time) AS last_time FROM summarised WHERE {column} IS NOT NULL AND time IS NOT NULL
      GROUP BY 1 ORDER BY n DESC, name LIMIT {MOST}"""  # noqa: S608 - our own column names
    for name, column in _COLUMNS.items()
}
# The family a client was recognised as stands before what it sent, in an enriched case.
_FAMILIES = """
SELECT coalesce(u.family, e.user_agent) AS name, count(*) AS n, min(e.time) AS first_time,
  max(e.time) AS last_time
FROM summarised AS e LEFT JOIN user_agents AS u USING (user_agent)
WHERE e.user_agent IS NOT NULL AND e.time IS NOT NULL
GROUP BY 1 ORDER BY n DESC, name LIMIT $most
"""
_SPAN = """
SELECT count(*) AS n, min(time) AS lo, max(time) AS hi,
  count(DISTINCT (source, session_id)) FILTER (WHERE session_id IS NOT NULL) AS sessions
FROM summarised
"""
_OPERATIONS = """
WITH told AS (
  SELECT *, CASE WHEN outcome IN ('success', 'failure', 'denied', 'pending') THEN outcome
    ELSE 'unknown' END AS came FROM summarised WHERE time IS NOT NULL
)
SELECT coalesce(action, 'other') AS action, operation, count(*) AS n,
  count(*) FILTER (WHERE came = 'success') AS success,
  count(*) FILTER (WHERE came = 'failure') AS failure,
  count(*) FILTER (WHERE came = 'denied') AS denied,
  count(*) FILTER (WHERE came = 'pending') AS pending,
  count(*) FILTER (WHERE came = 'unknown') AS unknown,
  min(time) AS first_time, max(time) AS last_time
FROM told GROUP BY 1, 2 ORDER BY n DESC, action, operation NULLS FIRST LIMIT $most
"""
_ADDRESSES = """
SELECT src_ip AS address, max(src_country) AS country, max(src_asn) AS asn, count(*) AS n,
  min(time) AS first_time, max(time) AS last_time
FROM summarised WHERE src_ip IS NOT NULL AND time IS NOT NULL
GROUP BY 1 ORDER BY n DESC, address LIMIT $most
"""
_SESSIONS = """
SELECT session_id AS session, source, count(*) AS n, min(time) AS first_time,
  max(time) AS last_time, max(device_id) AS device, max(src_ip) AS address
FROM summarised WHERE session_id IS NOT NULL AND time IS NOT NULL
GROUP BY 1, 2 ORDER BY first_time DESC, session, source LIMIT $most
"""
_HOURS = """
SELECT extract('hour' FROM time) AS utc,
  extract('hour' FROM timezone($zone, time)) AS there, count(*) AS n
FROM summarised WHERE time IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
"""


def span(engine: Engine) -> Row:
    """Number of events `n`, first `lo`, last `hi`, and number of `sessions`."""
    return engine.rows(_SPAN)[0]


def tally(engine: Engine, name: str) -> tuple[Tally, ...]:
    """How often each of the `agents`, `devices`, `sources`, `targets` or `tools` occurs."""
    if name == "agents" and "user_agents" in engine.relations():
        rows = engine.rows(_FAMILIES, {"most": MOST})
    else:
        rows = engine.rows(_TALLIES[name])
    return tuple(Tally(**row) for row in rows)


def operations(engine: Engine) -> tuple[OperationTally, ...]:
    """Operations with their outcomes."""
    return tuple(OperationTally(**row) for row in engine.rows(_OPERATIONS, {"most": MOST}))


def addresses(engine: Engine) -> tuple[AddressTally, ...]:
    """Source addresses, with country and autonomous system where they are known."""
    return tuple(AddressTally(**row) for row in engine.rows(_ADDRESSES, {"most": MOST}))


def latest_sessions(engine: Engine, most: int = 20) -> tuple[SessionTally, ...]:
    """The sessions that began last, latest first."""
    return tuple(SessionTally(**row) for row in engine.rows(_SESSIONS, {"most": most}))


def hours(engine: Engine, zone: str | None, basis: str | None) -> Hours:
    """Records by hour of the day, in UTC and in a zone that is given by its IANA name."""
    utc, there = [0] * 24, [0] * 24
    for row in engine.rows(_HOURS, {"zone": zone or "UTC"}):
        utc[row["utc"]] += row["n"]
        there[row["there"]] += row["n"]
    return Hours(zone=zone, zone_basis=basis, utc=tuple(utc), local=tuple(there) if zone else ())
