-- Approvals weighed against each act in scope. Every condition is TRUE, FALSE or NULL (unknown);
-- an approval counts when all of them are TRUE and may count when none is FALSE.
WITH records AS (
  SELECT a.event_uid AS uid, a.state, a.time, a.approver, a.requested_by, lower(a.role) AS role,
    a.for_action, a.case_id, e.source, e.target, e.target_id,
    CASE WHEN e.outcome = 'success' THEN TRUE END AS succeeded,
    epoch_us(a.time) AS at,
    CASE e.time_precision WHEN 'us' THEN 1 WHEN 'ms' THEN 1000 WHEN 's' THEN 1000000
      WHEN 'min' THEN 60000000 WHEN 'day' THEN 86400000000 END AS grain,
    epoch_us(coalesce(x.time_earliest, a.time)) AS earliest,
    epoch_us(coalesce(x.time_latest, a.time)) AS latest
  FROM approvals AS a
  JOIN events AS e ON e.event_uid = a.event_uid
  LEFT JOIN all_acts AS x ON x.event_uid = a.event_uid
  WHERE a.state IN ('granted', 'revoked')
), act_keys AS (
  SELECT event_uid, 'target' AS kind, lower(target) AS key FROM scoped
  UNION SELECT event_uid, 'target' AS kind, lower(target_id) AS key FROM scoped
  UNION SELECT event_uid, 'case' AS kind, case_id AS key FROM scoped
), record_keys AS (
  SELECT uid, 'target' AS kind, lower(target) AS key FROM records
  UNION SELECT uid, 'target' AS kind, lower(target_id) AS key FROM records
  UNION SELECT uid, 'case' AS kind, case_id AS key FROM records
), pairs AS (
  SELECT a.event_uid, r.uid, bool_or(a.kind = 'target') AS same_target
  FROM act_keys AS a JOIN record_keys AS r ON r.kind = a.kind AND r.key = a.key
  GROUP BY a.event_uid, r.uid
), acts_timed AS (
  SELECT *, epoch_us(time) AS at, epoch_us(time_earliest) AS earliest,
    epoch_us(time_latest) AS latest,
    CASE time_precision WHEN 'us' THEN 1 WHEN 'ms' THEN 1000 WHEN 's' THEN 1000000
      WHEN 'min' THEN 60000000 WHEN 'day' THEN 86400000000 END AS grain
  FROM scoped
), placed AS (
  SELECT s.event_uid, s.action, s.actor, s.actor_type, s.source AS act_source, s.time AS act_time,
    r.*,
    CASE WHEN p.same_target THEN TRUE
      WHEN coalesce(r.target, r.target_id) IS NULL THEN NULL
      WHEN coalesce(s.target, s.target_id) IS NULL THEN NULL ELSE FALSE END AS covers_target,
    -- One source has one clock: its error cancels, and only the granularity of its stamps is left.
    CASE WHEN r.source = s.source AND r.grain IS NOT NULL AND s.grain IS NOT NULL THEN
        CASE WHEN r.at + r.grain <= s.at THEN TRUE WHEN r.at >= s.at + s.grain THEN FALSE END
      WHEN r.latest < s.earliest THEN TRUE WHEN r.earliest > s.latest THEN FALSE END AS before,
    CASE WHEN $max_age IS NULL OR s.latest - r.earliest <= $max_age THEN TRUE
      WHEN s.earliest - r.latest > $max_age THEN FALSE END AS fresh
  FROM pairs AS p
  JOIN acts_timed AS s ON s.event_uid = p.event_uid
  JOIN records AS r ON r.uid = p.uid
  WHERE ($lookback IS NULL OR r.at >= s.at - $lookback) AND r.at <= s.at + 86400000000
), withdrawn AS (
  SELECT g.event_uid, g.uid,
    CASE WHEN bool_or(coalesce(r.before, FALSE)) THEN FALSE
      WHEN bool_or(r.before IS NULL) THEN NULL ELSE TRUE END AS standing
  FROM placed AS g
  JOIN placed AS r ON r.event_uid = g.event_uid AND r.at >= g.at AND r.covers_target
    AND (r.for_action IS NULL OR g.for_action IS NULL OR r.for_action = g.for_action)
    AND (r.case_id IS NULL OR g.case_id IS NULL OR r.case_id = g.case_id)
  WHERE g.state = 'granted' AND r.state = 'revoked'
  GROUP BY g.event_uid, g.uid
), parties AS (
  SELECT DISTINCT uid, 'approver' AS part, approver AS account, source, time FROM placed
  UNION ALL SELECT DISTINCT uid, 'requester', requested_by, source, time FROM placed
  UNION ALL SELECT DISTINCT event_uid, 'actor', actor, act_source, act_time FROM placed
), named AS (
  SELECT p.uid, p.part, CASE WHEN count(DISTINCT a.person) = 1 THEN min(a.person) END AS person,
    min(a.kind) AS kind
  FROM parties AS p
  JOIN accounts AS a ON lower(a.account) = lower(p.account)
    AND (a.source IS NULL OR a.source = p.source)
    AND (a.valid_from IS NULL OR a.valid_from <= p.time)
    AND (a.valid_to IS NULL OR p.time < a.valid_to)
  GROUP BY p.uid, p.part
), seen AS (
  SELECT lower(account) AS key, min(person) AS person, min(account_kind) AS kind
  FROM act_people
  WHERE lower(account) IN (SELECT lower(account) FROM parties)
  GROUP BY lower(account) HAVING count(DISTINCT person) <= 1
), identities AS (
  SELECT p.uid, p.part, lower(p.account) AS account,
    coalesce(coalesce(n.kind, o.kind) = 'service', FALSE) AS service,
    CASE WHEN coalesce(n.kind, o.kind) IS DISTINCT FROM 'shared'
      THEN coalesce(n.person, o.person) END AS person
  FROM parties AS p
  LEFT JOIN named AS n ON n.uid = p.uid AND n.part = p.part
  LEFT JOIN seen AS o ON o.key = lower(p.account)
), weighed AS (
  SELECT g.event_uid, b.belief, g.uid, g.time, g.action, g.approver, g.role, g.for_action,
    g.requested_by, g.actor, g.before, g.fresh, g.covers_target, g.succeeded, y.person,
    CASE WHEN w.uid IS NULL THEN TRUE ELSE w.standing END AS standing,
    NOT $cover_action OR g.for_action = g.action AS covers_action,
    CASE WHEN $roles IS NULL THEN TRUE ELSE list_contains($roles, g.role) END AS right_role,
    CASE WHEN y.service THEN FALSE
      WHEN x.service OR coalesce(g.actor_type IN ('service', 'system'), FALSE) THEN TRUE
      WHEN y.person IS NOT NULL AND x.person IS NOT NULL THEN y.person <> x.person
      WHEN y.account = x.account THEN FALSE END AS other_actor,
    CASE WHEN y.service THEN FALSE WHEN q.service THEN TRUE
      WHEN y.person IS NOT NULL AND q.person IS NOT NULL THEN y.person <> q.person
      WHEN y.account = q.account THEN FALSE END AS other_requester,
    CASE WHEN $phases IS NULL THEN TRUE
      WHEN coalesce(len(h.phases), 0) = 0 OR list_contains(h.phases, 'unknown') THEN NULL
      WHEN NOT list_has_any(h.phases, $phases) THEN TRUE
      WHEN list_has_all($phases, h.phases) THEN FALSE END AS in_service
  FROM placed AS g CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
  JOIN identities AS y ON y.uid = g.uid AND y.part = 'approver'
  JOIN identities AS q ON q.uid = g.uid AND q.part = 'requester'
  JOIN identities AS x ON x.uid = g.event_uid AND x.part = 'actor'
  LEFT JOIN withdrawn AS w ON w.event_uid = g.event_uid AND w.uid = g.uid
  LEFT JOIN act_people AS h ON h.event_uid = g.uid AND h.belief = b.belief
  WHERE g.state = 'granted'
), counted AS (
  SELECT *,
    before AND fresh AND covers_action AND covers_target AND succeeded AND standing AND right_role
      AND other_actor AND other_requester AND in_service AS counts,
    'the approval by ' || coalesce(approver, 'an unnamed account') || ' at '
      || strftime(time, '%Y-%m-%d %H:%M:%SZ') AS label,
    concat_ws(' and ',
      CASE WHEN NOT before THEN 'it came after the act' END,
      CASE WHEN NOT fresh THEN 'it was too old' END,
      CASE WHEN NOT covers_action THEN 'it is for ' || for_action END,
      CASE WHEN NOT covers_target THEN 'it is for another target' END,
      CASE WHEN NOT standing THEN 'it was revoked before the act' END,
      CASE WHEN NOT right_role THEN 'its role ' || role || ' may not approve' END,
      CASE WHEN NOT other_actor THEN 'the approver is not another person than the actor' END,
      CASE WHEN NOT other_requester THEN 'the approver is not another person than the requester' END,
      CASE WHEN NOT in_service THEN 'the approver was leaving or had left' END) AS faults,
    list_filter([
      CASE WHEN before IS NULL THEN 'order of approval and act' END,
      CASE WHEN fresh IS NULL THEN 'age of the approval at the act' END,
      CASE WHEN covers_action IS NULL THEN 'action that was approved' END,
      CASE WHEN covers_target IS NULL THEN 'target that was approved' END,
      CASE WHEN succeeded IS NULL THEN 'outcome of the approval' END,
      CASE WHEN standing IS NULL THEN 'order of revocation and act' END,
      CASE WHEN right_role IS NULL THEN 'role of the approver' END,
      CASE WHEN (other_actor IS NULL OR other_requester IS NULL) AND person IS NULL
        THEN 'person behind account ' || coalesce(approver, '(not recorded)') END,
      CASE WHEN other_actor IS NULL AND person IS NOT NULL
        THEN 'person behind account ' || coalesce(actor, '(not recorded)') END,
      CASE WHEN other_requester IS NULL AND person IS NOT NULL AND requested_by IS NOT NULL
        THEN 'person behind account ' || requested_by END,
      CASE WHEN requested_by IS NULL AND other_requester IS NULL
        THEN 'who asked for the approval' END,
      CASE WHEN in_service IS NULL THEN 'employment of ' || coalesce(person, approver, 'the approver')
        || ' as of ' || strftime(time, '%Y-%m-%d') END
    ], lambda fact: fact IS NOT NULL) AS doubts
  FROM weighed
), summed AS (
  SELECT event_uid, belief,
    greatest(count(DISTINCT person) FILTER (WHERE counts),
      CASE WHEN bool_or(coalesce(counts, FALSE)) THEN 1 ELSE 0 END) AS certain,
    count(DISTINCT coalesce(person, lower(approver), uid)) FILTER (WHERE counts IS DISTINCT FROM FALSE)
      AS possible,
    string_agg(coalesce(approver, 'an unnamed account') || coalesce(' (' || role || ')', '') || ' at '
      || strftime(time, '%Y-%m-%d %H:%M:%SZ'), ', ' ORDER BY time, uid) FILTER (WHERE counts) AS grantors,
    string_agg(label || ' does not count: ' || faults, '; ' ORDER BY time, uid)
      FILTER (WHERE NOT counts) AS refused,
    string_agg(label || ' may not count: not known are ' || array_to_string(doubts, ', '), '; '
      ORDER BY time, uid) FILTER (WHERE counts IS NULL) AS doubted,
    flatten(list(doubts ORDER BY time, uid) FILTER (WHERE counts IS NULL)) AS missing,
    list(uid ORDER BY time, uid) AS evidence
  FROM counted GROUP BY event_uid, belief
), recorded AS (
  SELECT count(*) AS records, min(time) AS since,
    string_agg(DISTINCT source, ', ' ORDER BY source) AS sources
  FROM events WHERE starts_with(action, 'approval.')
), judged AS (
  SELECT s.event_uid, b.belief, m.grantors, m.refused, m.doubted, m.missing, m.evidence,
    k.records, k.since, k.sources,
    s.action || ' on ' || coalesce(s.target, s.target_id, 'an unnamed target') || ' before '
      || strftime(s.time, '%Y-%m-%d %H:%M:%SZ') AS act,
    coalesce(s.target, s.target_id) IS NULL AS targetless,
    CASE WHEN coalesce(m.certain, 0) >= $min THEN TRUE
      WHEN coalesce(m.possible, 0) >= $min THEN NULL
      WHEN k.records = 0 OR coalesce(s.target, s.target_id) IS NULL THEN NULL
      ELSE FALSE END AS value
  FROM scoped AS s CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief) CROSS JOIN recorded AS k
  LEFT JOIN summed AS m ON m.event_uid = s.event_uid AND m.belief = b.belief
)
SELECT event_uid, belief, value,
  CASE WHEN value THEN 'approved by ' || grantors
    WHEN records = 0 THEN 'no source in this case records approvals'
    ELSE concat_ws('; ',
      CASE WHEN value IS NULL THEN 'it is not known whether another person' || $in_role
          || ' approved ' || act
        WHEN $min > 1 THEN 'fewer than ' || CAST($min AS VARCHAR) || ' approvals by other persons'
          || $in_role || ' covering ' || act
        ELSE 'no approval by another person' || $in_role || ' covering ' || act END,
      doubted, refused,
      'records of approval in this case: ' || CAST(records AS VARCHAR) || ', since '
        || strftime(since, '%Y-%m-%d') || ' (' || sources || ')')
    END AS sentence,
  CASE WHEN value IS NOT NULL THEN CAST([] AS VARCHAR[])
    WHEN len(missing) > 0 THEN missing
    WHEN records = 0 THEN ['no source in this case records approvals']
    ELSE ['target of the act'] END AS missing,
  coalesce(evidence, CAST([] AS VARCHAR[])) AS evidence
FROM judged
