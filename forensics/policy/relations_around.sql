-- Acts in scope (`acting`) and the records that may explain them (`others`), each with the bounds
-- of its time in microseconds and with who acted. A text that goes on with further CTEs follows.
-- `low` to `high` hold on the clock of the source, `earliest` to `latest` in true time; `clock`
-- names what one constant error belongs to.
WITH chosen AS (
  SELECT s.event_uid AS uid, TRUE AS act FROM scoped AS s
), stamped AS (
  SELECT t.event_uid AS uid, t.source, t.time, t.action, t.outcome, t.actor, t.actor_id,
    t.actor_type, t.target, t.target_id, t.targets, t.tenant, t.case_id, t.session_id,
    t.reason, t.reason_code, t.approval_for, t.approval_requested_by, t.on_behalf_of,
    coalesce(c.act, FALSE) AS act,
    coalesce(list_contains($verbs, t.action), FALSE) AS other,
    CASE WHEN t.clock_segment IS NOT NULL
      THEN t.source || '/' || CAST(t.clock_segment AS VARCHAR) END AS clock,
    epoch_us(t.time_low) AS low,
    greatest(epoch_us(t.time_high), epoch_us(t.time_low) + 1) AS high,
    epoch_us(t.time_earliest) AS earliest,
    greatest(epoch_us(t.time_latest), epoch_us(t.time_earliest) + 1) AS latest,
    lower(coalesce(t.actor, t.actor_id)) AS account,
    strftime(t.time, '%Y-%m-%d %H:%M:%SZ') AS stamp
  FROM timed_events AS t LEFT JOIN chosen AS c ON c.uid = t.event_uid
  WHERE t.time IS NOT NULL AND (c.act OR list_contains($verbs, t.action))
), listed AS (
  SELECT p.uid, CASE WHEN count(DISTINCT lower(a.person)) = 1 THEN min(lower(a.person)) END
      AS person, min(a.kind) AS kind
  FROM stamped AS p
  JOIN accounts AS a ON lower(a.account) = p.account
    AND (a.source IS NULL OR lower(a.source) = lower(p.source))
    AND (a.valid_from IS NULL OR a.valid_from <= p.time)
    AND (a.valid_to IS NULL OR p.time < a.valid_to)
  GROUP BY p.uid
), judged_acts AS (
  SELECT event_uid AS uid, lower(person) AS person, account_kind AS kind
  FROM act_people WHERE belief = 'now'
), seen AS (
  SELECT lower(account) AS account, min(lower(person)) AS person, min(account_kind) AS kind
  FROM act_people
  WHERE belief = 'now' AND lower(account) NOT IN (
    SELECT lower(account) FROM accounts WHERE account IS NOT NULL)
  GROUP BY ALL HAVING count(DISTINCT lower(person)) <= 1
), named AS (
  SELECT p.*, coalesce(j.kind, l.kind, o.kind) AS kind,
    CASE WHEN j.uid IS NOT NULL THEN j.person ELSE coalesce(l.person, o.person) END AS known
  FROM stamped AS p
  LEFT JOIN judged_acts AS j ON j.uid = p.uid
  LEFT JOIN listed AS l ON l.uid = p.uid
  LEFT JOIN seen AS o ON o.account = p.account
), told AS (
  SELECT * EXCLUDE (known),
    CASE WHEN kind IS DISTINCT FROM 'shared' THEN known END AS person,
    -- An account that several persons use, or that belongs to none, is not somebody's own.
    kind IS DISTINCT FROM 'shared' AS own,
    coalesce(actor_type IN ('service', 'system') AND known IS NULL, FALSE)
      OR coalesce(kind = 'service' AND (actor_type IS DISTINCT FROM 'user' OR known IS NULL), FALSE)
      AS service,
    CASE WHEN outcome = 'success' THEN TRUE WHEN outcome IN ('failure', 'denied') THEN FALSE END
      AS succeeded,
    coalesce(actor, actor_id, 'an unnamed account') AS who
  FROM named
), acting AS (
  SELECT *, action || ' on ' || coalesce(target, target_id, 'an unnamed target') AS deed
  FROM told WHERE act
), others AS (
  SELECT * FROM told WHERE other
)
