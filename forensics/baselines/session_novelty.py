"""Sessions unlike the account's own: acts whose account somebody else may have used (D6).

An act is doubtful when it came from a device first seen for the account at most a day before,
though the account is well known from others, and the address or country was new as well or the
account's second factor was reset within a day. A rule, no model: insider-policy reference, D6.
"""

from __future__ import annotations

from forensics.engine import Engine

KNOWN_AFTER = 20
"""Earlier events from other devices after which an account's devices count as known."""

_DOUBTS = """
WITH uses AS (
  SELECT lower(actor) AS actor, device_id, min(time) AS first_time, max(time) AS last_time,
    count(*) AS n
  FROM events WHERE device_id IS NOT NULL AND actor IS NOT NULL GROUP BY ALL
), addresses AS (
  SELECT lower(actor) AS actor, src_ip, min(time) AS first_time
  FROM events WHERE src_ip IS NOT NULL AND actor IS NOT NULL GROUP BY ALL
), judged AS (
  SELECT a.event_uid, a.actor AS shown, lower(a.actor) AS actor, a.time, a.session_id, a.device_id,
    a.src_ip, u.first_time AS device_since, i.first_time AS address_since
  FROM acts AS a
  JOIN uses AS u ON u.actor = lower(a.actor) AND u.device_id = a.device_id
  LEFT JOIN addresses AS i ON i.actor = lower(a.actor) AND i.src_ip = a.src_ip
  WHERE u.first_time > a.time - INTERVAL 24 HOUR
), known AS (
  SELECT j.event_uid, count(*) AS earlier, count(DISTINCT e.device_id) AS devices
  FROM judged AS j JOIN events AS e
    ON lower(e.actor) = j.actor AND e.device_id IS NOT NULL AND e.device_id <> j.device_id
    AND e.time < j.device_since
  GROUP BY j.event_uid HAVING count(*) >= $known_after
), names AS (
  SELECT j.event_uid, unnest([j.actor, split_part(j.actor, '@', 1)]) AS name FROM judged AS j
), resets AS (
  SELECT n.event_uid, max_by(e.event_uid, e.time) AS reset_uid, max(e.time) AS reset_at
  FROM names AS n JOIN judged AS j USING (event_uid)
  JOIN events AS e ON e.action = 'credential.mfa_reset'
    AND split_part(lower(e.target), '@', 1) = n.name
    AND e.time <= j.time AND e.time > j.time - INTERVAL 24 HOUR
  GROUP BY n.event_uid
), parallel AS (
  SELECT j.event_uid, min(s.device_id) AS other_device
  FROM judged AS j JOIN (
    SELECT lower(actor) AS actor, session_id, device_id, min(time) AS opened, max(time) AS closed
    FROM events WHERE session_id IS NOT NULL AND device_id IS NOT NULL GROUP BY ALL
  ) AS s ON s.actor = j.actor AND s.session_id <> j.session_id AND s.device_id <> j.device_id
    AND s.opened < j.time AND s.closed > j.time
  GROUP BY j.event_uid
)
SELECT j.event_uid,
  'the act came from device ' || j.device_id || ', first seen for ' || j.shown || ' '
    || strftime(j.device_since, '%Y-%m-%d %H:%M:%SZ') || '; ' || k.earlier
    || ' earlier events came from ' || k.devices
    || CASE WHEN k.devices = 1 THEN ' other device' ELSE ' other devices' END
    || CASE WHEN j.address_since > j.time - INTERVAL 24 HOUR
       THEN '; its address ' || j.src_ip || ' was new too' ELSE '' END
    || CASE WHEN r.reset_at IS NOT NULL THEN '; a second factor of the account was reset at '
       || strftime(r.reset_at, '%Y-%m-%d %H:%M:%SZ') ELSE '' END
    || CASE WHEN p.other_device IS NOT NULL
       THEN '; another session of the account was open on device ' || p.other_device ELSE '' END
    AS sentence,
  list_filter([r.reset_uid], lambda uid: uid IS NOT NULL) AS evidence
FROM judged AS j JOIN known AS k USING (event_uid)
LEFT JOIN resets AS r USING (event_uid) LEFT JOIN parallel AS p USING (event_uid)
WHERE j.address_since > j.time - INTERVAL 24 HOUR OR r.reset_at IS NOT NULL
ORDER BY j.event_uid
"""


def register(engine: Engine) -> None:
    """Derive `act_doubts` (event_uid, sentence, evidence) from `acts` and `events`."""
    engine.keep("act_doubts", _DOUBTS, {"known_after": KNOWN_AFTER})
