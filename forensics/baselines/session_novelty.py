"""Sessions unlike the account's own: acts whose account somebody else may have used (D6).

An act is doubtful when it came from a device first seen for the account at most a day before,
though the account is well known from others, and the address or country was new as well or the
account's second factor was reset within a day. A rule, no model: insider-policy reference, D6.
"""

from __future__ import annotations

from forensics.engine import Engine

KNOWN_AFTER = 20
"""Earlier events from other devices after which an account's devices count as known."""

# Before a device was first seen, all events of the account came from others: so how many these are,
# and from how many devices, is the place of its first event among those of the account.
_DOUBTS = """
WITH seen AS (
  SELECT lower(actor) AS actor, device_id, time FROM events
  WHERE device_id IS NOT NULL AND actor IS NOT NULL
), uses AS (
  SELECT actor, device_id, min(time) AS first_time, min(place) - 1 AS earlier
  FROM (SELECT *, rank() OVER (PARTITION BY actor ORDER BY time) AS place FROM seen)
  GROUP BY ALL
), known AS (
  SELECT *, rank() OVER (PARTITION BY actor ORDER BY first_time) - 1 AS devices FROM uses
), addresses AS (
  SELECT lower(actor) AS actor, src_ip, min(time) AS first_time
  FROM events WHERE src_ip IS NOT NULL AND actor IS NOT NULL GROUP BY ALL
), judged AS (
  SELECT a.event_uid, a.actor AS shown, lower(a.actor) AS actor, a.time, a.session_id, a.device_id,
    a.src_ip, k.first_time AS device_since, k.earlier, k.devices,
    coalesce(i.first_time > a.time - INTERVAL 24 HOUR, FALSE) AS from_new_address
  FROM acts AS a
  JOIN known AS k ON k.actor = lower(a.actor) AND k.device_id = a.device_id
  LEFT JOIN addresses AS i ON i.actor = lower(a.actor) AND i.src_ip = a.src_ip
  WHERE k.first_time > a.time - INTERVAL 24 HOUR AND k.earlier >= $known_after
), names AS (
  SELECT j.event_uid, unnest([j.actor, split_part(j.actor, '@', 1)]) AS name FROM judged AS j
), resets AS (
  SELECT n.event_uid, max_by(e.event_uid, e.time) AS reset_uid, max(e.time) AS reset_at
  FROM names AS n JOIN judged AS j USING (event_uid)
  JOIN events AS e ON e.action = 'credential.mfa_reset'
    AND split_part(lower(e.target), '@', 1) = n.name
    AND e.time <= j.time AND e.time > j.time - INTERVAL 24 HOUR
  GROUP BY n.event_uid
), doubtful AS (
  SELECT j.*, r.reset_uid, r.reset_at FROM judged AS j LEFT JOIN resets AS r USING (event_uid)
  WHERE j.from_new_address OR r.reset_at IS NOT NULL
), parallel AS (
  SELECT j.event_uid, min(s.device_id) AS other_device
  FROM doubtful AS j JOIN (
    SELECT lower(actor) AS actor, session_id, device_id, min(time) AS opened, max(time) AS closed
    FROM events WHERE session_id IS NOT NULL AND device_id IS NOT NULL GROUP BY ALL
  ) AS s ON s.actor = j.actor AND s.session_id <> j.session_id AND s.device_id <> j.device_id
    AND s.opened < j.time AND s.closed > j.time
  GROUP BY j.event_uid
)
SELECT j.event_uid,
  'the act came from device ' || j.device_id || ', first seen for ' || j.shown || ' '
    || strftime(j.device_since, '%Y-%m-%d %H:%M:%SZ') || '; ' || j.earlier
    || ' earlier events came from ' || j.devices
    || CASE WHEN j.devices = 1 THEN ' other device' ELSE ' other devices' END
    || CASE WHEN j.from_new_address THEN '; its address ' || j.src_ip || ' was new too' ELSE '' END
    || CASE WHEN j.reset_at IS NOT NULL THEN '; a second factor of the account was reset at '
       || strftime(j.reset_at, '%Y-%m-%d %H:%M:%SZ') ELSE '' END
    || CASE WHEN p.other_device IS NOT NULL
       THEN '; another session of the account was open on device ' || p.other_device ELSE '' END
    AS sentence,
  list_filter([j.reset_uid], lambda uid: uid IS NOT NULL) AS evidence
FROM doubtful AS j LEFT JOIN parallel AS p USING (event_uid)
ORDER BY j.event_uid
"""


def register(engine: Engine) -> None:
    """Derive `act_doubts` (event_uid, sentence, evidence) from `acts` and `events`."""
    engine.keep("act_doubts", _DOUBTS, {"known_after": KNOWN_AFTER})
