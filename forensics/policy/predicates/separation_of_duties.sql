, objects AS (
  SELECT *, nullif(lower(trim(case_id)), '') AS case_key,
    starts_with(action, 'approval.') AS approval,
    CASE WHEN starts_with(action, 'approval.') THEN lower(approval_for)
      WHEN list_contains($steps, action) THEN action END AS deed_asked
  FROM told
), keyed AS (
  SELECT uid, action, act, tenant, list_contains($steps, action) AS step, unnest(list_filter([
    CASE WHEN $case_key THEN 'case ' || case_key END,
    CASE WHEN $target THEN 'target ' || lower(target) END,
    CASE WHEN $target THEN 'target ' || lower(target_id) END],
    lambda name: name IS NOT NULL)) AS key
  FROM objects
), pairs AS (
  -- Others who did the same as the act are judged at their own acts.
  SELECT a.uid, o.uid AS step_uid, bool_or(starts_with(a.key, 'target ')) AS by_target
  FROM keyed AS a JOIN keyed AS o ON o.key = a.key AND o.action <> a.action
    AND coalesce(o.tenant = a.tenant, TRUE)
  WHERE a.act AND o.step GROUP BY a.uid, o.uid
  UNION ALL SELECT DISTINCT uid, uid, TRUE FROM keyed WHERE act
), named_doers AS (
  -- An approval may name who asked for it, and any record on whose behalf it was made.
  SELECT uid, source, time, 'approval.request' AS action, lower(approval_requested_by) AS account,
    approval_requested_by AS who, action <> 'approval.request' AS told_by
  FROM told
  WHERE approval_requested_by IS NOT NULL AND starts_with(action, 'approval.')
    AND list_contains($steps, 'approval.request')
  UNION ALL SELECT uid, source, time, action, lower(on_behalf_of), on_behalf_of, FALSE
  FROM told WHERE on_behalf_of IS NOT NULL AND list_contains($steps, action)
), listed_doers AS (
  SELECT n.uid, n.account, CASE WHEN count(DISTINCT lower(a.person)) = 1 THEN min(lower(a.person))
      END AS person, min(a.kind) AS kind
  FROM named_doers AS n JOIN accounts AS a ON lower(a.account) = n.account
    AND (a.source IS NULL OR lower(a.source) = lower(n.source))
    AND (a.valid_from IS NULL OR a.valid_from <= n.time)
    AND (a.valid_to IS NULL OR n.time < a.valid_to)
  GROUP BY n.uid, n.account
), listed_names AS (
  SELECT DISTINCT lower(person) AS person FROM accounts WHERE person IS NOT NULL
), doers AS (
  -- Every step with whoever did it.
  SELECT uid, action, who, account, person, own, service, FALSE AS told_by FROM told
  WHERE list_contains($steps, action)
  UNION ALL SELECT n.uid, n.action, n.who, n.account,
    CASE WHEN coalesce(l.kind, s.kind) IS DISTINCT FROM 'shared'
      THEN coalesce(l.person, s.person, p.person) END,
    coalesce(l.kind, s.kind) IS DISTINCT FROM 'shared',
    coalesce(coalesce(l.kind, s.kind) = 'service', FALSE), n.told_by
  FROM named_doers AS n LEFT JOIN listed_doers AS l ON l.uid = n.uid AND l.account = n.account
  LEFT JOIN seen AS s ON s.account = n.account
  LEFT JOIN listed_names AS p ON p.person = n.account
), placed AS (
  -- The act is a step of its own, and what comes after it none yet.
  SELECT a.uid, o.uid AS step_uid, d.action, d.who, o.stamp, o.time, d.person, o.succeeded,
    CASE WHEN d.person IS NOT NULL THEN 'person ' || d.person
      WHEN d.own THEN 'account ' || d.account END AS token,
    d.action || coalesce(' of ' || CASE WHEN o.approval THEN o.approval_for END, '')
      || CASE WHEN o.approval THEN coalesce(' on ' || coalesce(o.target, o.target_id), '')
        ELSE '' END
      || ' by ' || d.who || CASE WHEN d.told_by THEN ', as ' || o.action || ' says,' ELSE '' END
      || ' at ' || o.stamp AS label,
    o.uid = a.uid AS itself, coalesce(a.clock = o.clock, FALSE) AS one_clock,
    -- What names another target, or asks for another act, is no step of the same matter.
    CASE WHEN NOT $target OR p.by_target OR coalesce(a.target, a.target_id) IS NULL
        OR coalesce(o.target, o.target_id) IS NULL THEN TRUE
      WHEN (a.target IS NULL OR o.target IS NULL) AND (a.target_id IS NULL OR o.target_id IS NULL)
      THEN NULL ELSE FALSE END
    AND (o.uid = a.uid OR NOT (a.approval OR o.approval)
      OR coalesce(a.deed_asked = o.deed_asked, TRUE)) AS of_it,
    CASE WHEN coalesce(a.clock = o.clock, FALSE) THEN a.low ELSE a.earliest END AS a_low,
    CASE WHEN coalesce(a.clock = o.clock, FALSE) THEN a.high ELSE a.latest END AS a_high,
    CASE WHEN coalesce(a.clock = o.clock, FALSE) THEN o.low ELSE o.earliest END AS o_low,
    CASE WHEN coalesce(a.clock = o.clock, FALSE) THEN o.high ELSE o.latest END AS o_high
  FROM pairs AS p JOIN objects AS a ON a.uid = p.uid JOIN objects AS o ON o.uid = p.step_uid
  JOIN doers AS d ON d.uid = o.uid
  WHERE NOT d.service AND o.succeeded IS NOT FALSE
    AND o.earliest < a.latest AND o.latest + $window > a.earliest
), weighed AS (
  SELECT *, succeeded AND of_it AND CASE WHEN itself THEN TRUE ELSE
      CASE WHEN o_high <= a_low THEN TRUE WHEN o_low >= a_high THEN FALSE END
      AND CASE WHEN a_high - o_low <= $window THEN TRUE
        WHEN a_low - o_high >= $window THEN FALSE END END AS counts
  FROM placed
), taken AS (
  SELECT * FROM weighed WHERE counts IS NOT FALSE
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
    list_distinct(list(step_uid ORDER BY time, step_uid) FILTER (WHERE NOT itself)) AS evidence
  FROM taken GROUP BY uid
), began AS (
  SELECT action, clock, min(high) AS high, min(latest) AS latest FROM (
    SELECT action, clock, high, latest FROM others
    UNION ALL SELECT n.action, o.clock, o.high, o.latest
    FROM named_doers AS n JOIN told AS o ON o.uid = n.uid)
  GROUP BY action, clock
), recorded AS (
  SELECT (SELECT count(DISTINCT action) FROM began) AS verbs, count(*) AS records,
    min(time) AS since, string_agg(DISTINCT source, ', ' ORDER BY source) AS sources
  FROM others
), kinds AS (
  SELECT DISTINCT action, clock FROM acting
), steps_of_kinds AS (
  -- By when each step was recorded: in true time, and on the clock of the act.
  SELECT k.action, k.clock, b.action AS step, min(b.latest) AS latest,
    min(b.high) FILTER (WHERE b.clock = k.clock) AS high
  FROM kinds AS k CROSS JOIN began AS b WHERE b.action <> k.action GROUP BY ALL
), recorded_before AS (
  -- That nobody did a step is told only by records that began before the act.
  SELECT a.uid, count(*) AS verbs FROM acting AS a JOIN steps_of_kinds AS s
    ON s.action = a.action AND s.clock IS NOT DISTINCT FROM a.clock
    AND (s.latest <= a.earliest OR s.high <= a.low)
  GROUP BY a.uid
), own_steps AS (
  SELECT uid, count(*) FILTER (WHERE action <> of_record) AS others FROM (
    SELECT DISTINCT n.uid, n.action, a.action AS of_record
    FROM named_doers AS n JOIN acting AS a ON a.uid = n.uid) GROUP BY uid
), telling AS (
  SELECT a.uid, coalesce(r.verbs, 0) + CASE WHEN list_contains($steps, a.action) THEN 1 ELSE 0 END
    + CASE WHEN r.verbs IS NULL THEN coalesce(o.others, 0) ELSE 0 END AS verbs
  FROM acting AS a LEFT JOIN recorded_before AS r ON r.uid = a.uid
  LEFT JOIN own_steps AS o ON o.uid = a.uid
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
  SELECT a.*, s.strangers, s.evidence, s.labels, s.doubtful, p.conflicts, n.note, k.verbs, coalesce(t.verbs, 0) AS verbs_before,
    k.records, k.since, k.sources,
    a.uid NOT IN (SELECT uid FROM keyed WHERE act) AS lacking,
    CASE WHEN coalesce(p.surely, 0) > 1 THEN TRUE
      WHEN a.uid NOT IN (SELECT uid FROM keyed WHERE act) THEN NULL
      WHEN coalesce(p.perhaps, 0) > 1 OR (coalesce(s.nameless, FALSE) AND s.actions > 1) THEN NULL
      WHEN coalesce(t.verbs, 0) < 2 THEN NULL ELSE FALSE END AS value
  FROM acting AS a CROSS JOIN recorded AS k
  LEFT JOIN by_act AS p ON p.uid = a.uid LEFT JOIN summed AS s ON s.uid = a.uid
  LEFT JOIN notes AS n ON n.uid = a.uid LEFT JOIN telling AS t ON t.uid = a.uid
)
SELECT j.uid AS event_uid, b.belief, j.value,
  concat_ws('; ',
    CASE WHEN j.value THEN 'the same person did ' || j.conflicts
      WHEN j.lacking THEN 'the record of ' || j.deed || ' at ' || j.stamp || ' names no '
        || $on_text
      WHEN j.value IS NULL AND j.verbs < 2
        THEN 'no two of the steps ' || $steps_text || ' are recorded in this case'
      WHEN j.value IS NULL AND (j.labels IS NULL OR j.verbs_before < 2)
        THEN 'it is not known whether one person did two of the steps ' || $steps_text || ' around '
          || j.deed || ' at ' || j.stamp || ': no two of them are recorded in this case before'
      WHEN j.value IS NULL THEN 'it is not known whether one person did two of: ' || j.labels
      ELSE 'no person did two of the steps ' || $steps_text || ' around ' || j.deed || ' at '
        || j.stamp || ' within ' || $window_text || ' before'
        || coalesce(': ' || j.labels, '') || '; records of these steps in this case: '
        || CAST(j.records AS VARCHAR) || ', since ' || strftime(j.since, '%Y-%m-%d') || ' ('
        || j.sources || ')' END,
    j.note) AS sentence,
  CASE WHEN j.value IS NOT NULL THEN CAST([] AS VARCHAR[])
    WHEN j.lacking THEN [$on_text || ' of the act']
    WHEN j.labels IS NULL OR j.verbs_before < 2 THEN ['records of two of the steps before the act']
    WHEN len(j.strangers) > 0 THEN list_transform(j.strangers,
      lambda name: 'person behind account ' || name)
    ELSE ['time, outcome or target of a step'] END AS missing,
  coalesce(j.evidence, CAST([] AS VARCHAR[])) AS evidence
FROM judged AS j CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
