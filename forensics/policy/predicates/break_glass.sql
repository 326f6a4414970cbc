, overrides AS (
  -- Records within the session of an act: that it was declared an emergency, and that it ended.
  -- The id of a session is one source's own, and what another person did there declares nothing.
  SELECT a.uid, o.uid AS other_uid, o.action, o.succeeded, o.reason, o.reason_code,
    CASE WHEN o.account IS NULL OR o.account = a.account
        OR (o.service AND o.action = 'session.end') THEN TRUE
      WHEN a.person IS NOT NULL AND o.person IS NOT NULL THEN a.person = o.person END
    AND CASE WHEN coalesce(a.clock = o.clock, FALSE)
      THEN CASE WHEN o.high <= a.low THEN TRUE WHEN o.low >= a.high THEN FALSE END
      WHEN o.latest <= a.earliest THEN TRUE WHEN o.earliest >= a.latest THEN FALSE END AS before
  FROM acting AS a JOIN others AS o ON o.session_id = a.session_id AND o.source = a.source
    AND o.tenant IS NOT DISTINCT FROM a.tenant AND o.uid <> a.uid
), within_session AS (
  SELECT uid,
    bool_or(action = 'policy.override' AND before AND succeeded) AS declared,
    bool_or(action = 'policy.override' AND (before AND succeeded) IS NULL) AS perhaps_declared,
    bool_or(action = 'session.end' AND before AND succeeded) AS ended,
    bool_or(action = 'session.end' AND (before AND succeeded) IS NULL) AS perhaps_ended,
    bool_or(action = 'policy.override' AND before AND succeeded
      AND coalesce(nullif(trim(reason), ''), nullif(trim(reason_code), '')) IS NOT NULL)
      AS reasoned,
    bool_or(action = 'policy.override' AND (before AND succeeded) IS NULL
      AND coalesce(nullif(trim(reason), ''), nullif(trim(reason_code), '')) IS NOT NULL)
      AS perhaps_reasoned,
    list(other_uid ORDER BY other_uid) FILTER (WHERE before IS NOT FALSE
      AND succeeded IS NOT FALSE) AS evidence
  FROM overrides GROUP BY uid
), reasoning AS (
  SELECT DISTINCT source FROM timed_events
  WHERE coalesce(nullif(trim(reason), ''), nullif(trim(reason_code), '')) IS NOT NULL
), listing AS (
  SELECT coalesce(bool_or(lower(kind) = 'break_glass'), FALSE) AS lists FROM accounts
), weighed AS (
  SELECT a.*, w.evidence,
    CASE WHEN a.kind = 'break_glass' OR w.declared THEN TRUE
      WHEN a.session_id IS NULL OR w.perhaps_declared THEN NULL
      WHEN a.kind IS NULL AND NOT l.lists THEN NULL ELSE FALSE END AS declared,
    CASE WHEN NOT $open THEN TRUE WHEN a.session_id IS NULL THEN NULL
      WHEN w.ended THEN FALSE WHEN w.perhaps_ended THEN NULL ELSE TRUE END AS open,
    CASE WHEN NOT $reason THEN TRUE WHEN w.reasoned OR coalesce(nullif(trim(a.reason), ''),
        nullif(trim(a.reason_code), '')) IS NOT NULL THEN TRUE
      WHEN w.perhaps_reasoned THEN NULL
      WHEN a.source IN (SELECT source FROM reasoning) AND a.session_id IS NOT NULL THEN FALSE
      END AS reasoned
  FROM acting AS a CROSS JOIN listing AS l LEFT JOIN within_session AS w ON w.uid = a.uid
)
SELECT uid AS event_uid, declared AND open AND reasoned AS value,
  concat_ws('; ',
    CASE WHEN declared THEN 'declared an emergency by ' || CASE WHEN kind = 'break_glass'
        THEN 'the break-glass account ' || who ELSE 'policy.override in session ' || session_id END
      WHEN declared IS NULL THEN 'whether ' || deed || ' at ' || stamp
        || ' was declared an emergency is not known'
      ELSE deed || ' at ' || stamp || ' was not declared an emergency: ' || who
        || ' is no break-glass account and session ' || coalesce(session_id, '(none)')
        || ' has no policy.override' END,
    CASE WHEN $open AND NOT open THEN 'session ' || session_id || ' had ended'
      WHEN open IS NULL THEN 'whether the session was open is not known' END,
    CASE WHEN $reason AND reasoned THEN 'a reason is given' WHEN reasoned IS NULL
        THEN 'whether a reason was given is not known'
      WHEN NOT reasoned THEN 'no reason is given, where ' || source || ' records reasons' END)
    AS sentence,
  CAST(list_filter([
    CASE WHEN declared IS NULL AND session_id IS NOT NULL AND kind IS NULL
      THEN 'kind of account ' || who WHEN declared IS NULL AND session_id IS NOT NULL
      THEN 'order, outcome or person of policy.override' END,
    CASE WHEN session_id IS NULL AND (declared IS NULL OR open IS NULL)
      THEN 'session of the act' WHEN open IS NULL THEN 'order, outcome or person of session.end' END,
    CASE WHEN reasoned IS NULL THEN 'reason of the act' END
  ], lambda fact: fact IS NOT NULL) AS VARCHAR[]) AS missing,
  coalesce(evidence, CAST([] AS VARCHAR[])) AS evidence
FROM weighed
