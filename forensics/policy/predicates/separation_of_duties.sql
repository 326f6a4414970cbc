, keyed AS (
  SELECT uid, action, act, list_contains($steps, action) AS step, unnest(list_filter([
    CASE WHEN $case_key THEN 'case ' || case_id END,
    CASE WHEN $target THEN 'target ' || lower(target) END,
    CASE WHEN $target THEN 'target ' || lower(target_id) END],
    lambda name: name IS NOT NULL)) AS key
  FROM told
), pairs AS (
  -- Others who did the same as the act are judged at their own acts.
  SELECT DISTINCT a.uid, o.uid AS step_uid
  FROM keyed AS a JOIN keyed AS o ON o.key = a.key AND o.action <> a.action
  WHERE a.act AND o.step
  UNION ALL SELECT DISTINCT uid, uid FROM keyed WHERE act AND step
), placed AS (
  -- The act is a step of its own, and what comes after it none yet.
  SELECT a.uid, o.uid AS step_uid, o.action, o.who, o.stamp, o.time, o.person, o.succeeded,
    CASE WHEN o.person IS NOT NULL THEN 'person ' || o.person
      WHEN o.own THEN 'account ' || o.account END AS token,
    o.uid = a.uid AS itself, coalesce(a.clock = o.clock, FALSE) AS one_clock,
    CASE WHEN coalesce(a.clock = o.clock, FALSE) THEN a.low ELSE a.earliest END AS a_low,
    CASE WHEN coalesce(a.clock = o.clock, FALSE) THEN a.high ELSE a.latest END AS a_high,
    CASE WHEN coalesce(a.clock = o.clock, FALSE) THEN o.low ELSE o.earliest END AS o_low,
    CASE WHEN coalesce(a.clock = o.clock, FALSE) THEN o.high ELSE o.latest END AS o_high
  FROM pairs AS p JOIN acting AS a ON a.uid = p.uid JOIN others AS o ON o.uid = p.step_uid
  WHERE NOT o.service AND o.succeeded IS NOT FALSE
    AND o.earliest < a.latest AND o.latest + $window > a.earliest
), weighed AS (
  SELECT *, succeeded AND CASE WHEN itself THEN TRUE ELSE
      CASE WHEN o_high <= a_low THEN TRUE WHEN o_low >= a_high THEN FALSE END
      AND CASE WHEN a_high - o_low <= $window THEN TRUE
        WHEN a_low - o_high >= $window THEN FALSE END END AS counts
  FROM placed
), taken AS (
  SELECT *, action || ' by ' || who || ' at ' || stamp AS label FROM weighed
  WHERE counts IS NOT FALSE
), by_person AS (
  SELECT uid, token, count(DISTINCT action) FILTER (WHERE counts) AS surely,
    count(DISTINCT action) AS perhaps,
    string_agg(label, ', ' ORDER BY time, step_uid) AS labels
  FROM taken WHERE token IS NOT NULL GROUP BY uid, token
), by_act AS (
  SELECT uid, max(surely) AS surely, max(perhaps) AS perhaps,
    string_agg(labels, '; ' ORDER BY token) FILTER (WHERE surely > 1) AS conflicts
  FROM by_person GROUP BY uid
), summed AS (
  SELECT uid, count(DISTINCT action) AS actions, bool_or(person IS NULL) AS nameless,
    bool_or(counts IS NULL) AS doubtful,
    string_agg(label, ', ' ORDER BY time, step_uid) AS labels,
    list_sort(list_distinct(list(who) FILTER (WHERE person IS NULL))) AS strangers,
    list(step_uid ORDER BY time, step_uid) FILTER (WHERE NOT itself) AS evidence
  FROM taken GROUP BY uid
), recorded AS (
  SELECT count(DISTINCT action) AS verbs, count(*) AS records, min(time) AS since,
    string_agg(DISTINCT source, ', ' ORDER BY source) AS sources
  FROM others
), listed_persons AS (
  SELECT lower(account) AS account, min(lower(person)) AS person FROM accounts
  GROUP BY lower(account) HAVING count(DISTINCT lower(person)) = 1
), grants AS (
  SELECT coalesce(y.person, lower(g.approver)) AS approver,
    coalesce(q.person, lower(g.requested_by)) AS requester, epoch_us(g.time) AS at
  FROM approvals AS g LEFT JOIN listed_persons AS y ON y.account = lower(g.approver)
  LEFT JOIN listed_persons AS q ON q.account = lower(g.requested_by)
  WHERE g.state = 'granted'
), both_ways AS (
  SELECT approver AS one, requester AS other, TRUE AS gave, at FROM grants
  WHERE approver <> requester AND $reciprocal IS NOT NULL
  UNION ALL SELECT requester, approver, FALSE, at FROM grants
  WHERE approver <> requester AND $reciprocal IS NOT NULL
), mutual AS (
  SELECT a.uid, g.other, a.who, count(*) FILTER (WHERE g.gave) AS given,
    count(*) FILTER (WHERE NOT g.gave) AS got
  FROM acting AS a JOIN both_ways AS g ON g.one = coalesce(a.person, a.account)
    AND g.at < a.low AND g.at >= a.low - $window
  GROUP BY a.uid, g.other, a.who
), notes AS (
  SELECT uid, string_agg('for information: ' || who || ' and ' || other
    || ' approved each other''s requests ' || CAST(given AS VARCHAR) || ' and '
    || CAST(got AS VARCHAR) || ' times within ' || $window_text || ' before', '; ' ORDER BY other)
    AS note
  FROM mutual WHERE least(given, got) >= $reciprocal GROUP BY uid
), judged AS (
  SELECT a.*, s.strangers, s.evidence, s.labels, s.doubtful, p.conflicts, n.note, k.verbs,
    k.records, k.since, k.sources,
    a.uid NOT IN (SELECT uid FROM keyed WHERE act) AS lacking,
    CASE WHEN coalesce(p.surely, 0) > 1 THEN TRUE
      WHEN a.uid NOT IN (SELECT uid FROM keyed WHERE act) THEN NULL
      WHEN coalesce(p.perhaps, 0) > 1 OR (coalesce(s.nameless, FALSE) AND s.actions > 1) THEN NULL
      WHEN k.verbs < 2 THEN NULL ELSE FALSE END AS value
  FROM acting AS a CROSS JOIN recorded AS k
  LEFT JOIN by_act AS p ON p.uid = a.uid LEFT JOIN summed AS s ON s.uid = a.uid
  LEFT JOIN notes AS n ON n.uid = a.uid
)
SELECT j.uid AS event_uid, b.belief, j.value,
  concat_ws('; ',
    CASE WHEN j.value THEN 'the same person did ' || j.conflicts
      WHEN j.lacking THEN 'the record of ' || j.deed || ' at ' || j.stamp || ' names no '
        || $on_text
      WHEN j.value IS NULL AND j.verbs < 2
        THEN 'no two of the steps ' || $steps_text || ' are recorded in this case'
      WHEN j.value IS NULL THEN 'it is not known whether one person did two of: ' || j.labels
      ELSE 'no person did two of the steps ' || $steps_text || ' around ' || j.deed || ' at '
        || j.stamp || ' within ' || $window_text || ' before'
        || coalesce(': ' || j.labels, '') || '; records of these steps in this case: '
        || CAST(j.records AS VARCHAR) || ', since ' || strftime(j.since, '%Y-%m-%d') || ' ('
        || j.sources || ')' END,
    j.note) AS sentence,
  CASE WHEN j.value IS NOT NULL THEN CAST([] AS VARCHAR[])
    WHEN j.lacking THEN [$on_text || ' of the act']
    WHEN j.labels IS NULL OR (j.verbs < 2) THEN ['records of two of the steps']
    WHEN len(j.strangers) > 0 THEN list_transform(j.strangers,
      lambda name: 'person behind account ' || name)
    ELSE ['time or outcome of a step'] END AS missing,
  coalesce(j.evidence, CAST([] AS VARCHAR[])) AS evidence
FROM judged AS j CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
