-- Approvals weighed against each act in scope. Every condition is TRUE, FALSE or NULL (unknown);
-- an approval counts when all of them are TRUE and may count when none is FALSE.
WITH RECURSIVE records AS (
  SELECT row_number() OVER () AS record_no, a.event_uid AS uid, a.state, a.time, a.approver,
    a.requested_by, lower(a.role) AS role, a.for_action, a.case_id, a.source,
    a.on_behalf_of AS delegator, lower(a.target) AS target_key, lower(a.target_id) AS id_key,
    CASE WHEN a.outcome = 'success' THEN TRUE END AS succeeded,
    epoch_us(a.time) AS at,
    CASE a.time_precision WHEN 'us' THEN 1 WHEN 'ms' THEN 1000 WHEN 's' THEN 1000000
      WHEN 'min' THEN 60000000 WHEN 'day' THEN 86400000000 END AS grain,
    epoch_us(coalesce(x.time_earliest, a.time)) AS earliest,
    epoch_us(coalesce(x.time_latest, a.time)) AS latest
  FROM approvals AS a LEFT JOIN all_acts AS x ON x.event_uid = a.event_uid
  WHERE a.state IN ('granted', 'revoked')
), acting AS (
  SELECT row_number() OVER () AS act_row, event_uid, action, actor, actor_type, source, time,
    time_earliest, time_latest, case_id, lower(target) AS target_key, lower(target_id) AS id_key,
    epoch_us(time) AS at, epoch_us(time_earliest) AS earliest, epoch_us(time_latest) AS latest,
    CASE time_precision WHEN 'us' THEN 1 WHEN 'ms' THEN 1000 WHEN 's' THEN 1000000
      WHEN 'min' THEN 60000000 WHEN 'day' THEN 86400000000 END AS grain
  FROM scoped
), act_keys AS (
  SELECT act_row, target_key AS key FROM acting
  UNION ALL SELECT act_row, id_key FROM acting WHERE id_key IS DISTINCT FROM target_key
), record_keys AS (
  SELECT record_no, target_key AS key FROM records
  UNION ALL SELECT record_no, id_key FROM records WHERE id_key IS DISTINCT FROM target_key
), pairs AS (
  SELECT a.act_row, r.record_no FROM act_keys AS a JOIN record_keys AS r ON r.key = a.key
  UNION SELECT a.act_row, r.record_no FROM acting AS a JOIN records AS r ON r.case_id = a.case_id
), dated AS (
  SELECT lower(account) AS account FROM accounts
  WHERE valid_from IS NOT NULL OR valid_to IS NOT NULL
), placed AS (
  SELECT s.act_row, s.event_uid, s.action, s.actor_type, s.actor, s.source AS act_source,
    s.time_earliest AS act_earliest, s.time_latest AS act_latest, r.*,
    s.at - r.at AS age, s.latest - r.earliest AS oldest, s.earliest - r.latest AS youngest,
    CASE WHEN r.target_key IN (s.target_key, s.id_key) OR r.id_key IN (s.target_key, s.id_key)
        THEN TRUE
      WHEN coalesce(r.target_key, r.id_key) IS NULL THEN NULL
      WHEN coalesce(s.target_key, s.id_key) IS NULL THEN NULL ELSE FALSE END AS covers_target,
    -- One source has one clock: its error cancels, and only the granularity of its stamps is left.
    CASE WHEN r.source = s.source AND r.grain IS NOT NULL AND s.grain IS NOT NULL THEN
        CASE WHEN r.at + r.grain <= s.at THEN TRUE WHEN r.at >= s.at + s.grain THEN FALSE END
      WHEN r.latest < s.earliest THEN TRUE WHEN r.earliest > s.latest THEN FALSE END AS before,
    -- Only of an account that is not one person's for good it matters when.
    lower(s.actor) AS actor_key,
    CASE WHEN lower(s.actor) IN (SELECT account FROM dated) THEN s.time END AS actor_at,
    lower(r.approver) AS approver_key,
    CASE WHEN lower(r.approver) IN (SELECT account FROM dated) THEN r.time END AS approver_at,
    lower(r.requested_by) AS requester_key,
    CASE WHEN lower(r.requested_by) IN (SELECT account FROM dated) THEN r.time END AS requester_at,
    lower(r.delegator) AS delegator_key,
    CASE WHEN lower(r.delegator) IN (SELECT account FROM dated) THEN r.time END AS delegator_at
  FROM pairs AS p
  JOIN acting AS s ON s.act_row = p.act_row
  JOIN records AS r ON r.record_no = p.record_no
  WHERE r.at <= s.at + 86400000000
), withdrawn AS (
  SELECT g.act_row, g.record_no,
    CASE WHEN bool_or(coalesce(r.before, FALSE)) THEN FALSE
      WHEN bool_or(r.before IS NULL) THEN NULL ELSE TRUE END AS standing
  FROM placed AS g
  JOIN placed AS r ON r.act_row = g.act_row AND r.at >= g.at AND r.covers_target
    AND (r.for_action IS NULL OR g.for_action IS NULL OR r.for_action = g.for_action)
    AND (r.case_id IS NULL OR g.case_id IS NULL OR r.case_id = g.case_id)
  WHERE g.state = 'granted' AND r.state = 'revoked'
  GROUP BY g.act_row, g.record_no
), parties AS (
  SELECT approver_key AS account, source, approver_at AS at FROM placed
  UNION SELECT requester_key, source, requester_at FROM placed
  UNION SELECT delegator_key, source, delegator_at FROM placed
  UNION SELECT actor_key, act_source, actor_at FROM placed
), named AS (
  SELECT p.account, p.source, p.at,
    CASE WHEN count(DISTINCT a.person) = 1 THEN min(a.person) END AS person, min(a.kind) AS kind
  FROM parties AS p
  LEFT JOIN accounts AS a ON lower(a.account) = p.account
    AND (a.source IS NULL OR a.source = p.source)
    AND (a.valid_from IS NULL OR a.valid_from <= p.at)
    AND (a.valid_to IS NULL OR p.at < a.valid_to)
  WHERE p.account IS NOT NULL
  GROUP BY p.account, p.source, p.at
), nameless AS (
  SELECT DISTINCT account FROM named WHERE person IS NULL OR kind IS NULL
), seen AS (
  SELECT lower(account) AS account, min(person) AS person, min(account_kind) AS kind
  FROM act_people
  -- The first condition spares reading them all for nobody.
  WHERE (SELECT count(*) FROM nameless) > 0 AND lower(account) IN (SELECT account FROM nameless)
  GROUP BY lower(account) HAVING count(DISTINCT person) <= 1
), identities AS (
  SELECT n.account, n.source, n.at,
    coalesce(coalesce(n.kind, o.kind) = 'service', FALSE) AS service,
    CASE WHEN coalesce(coalesce(n.kind, o.kind) NOT IN ('shared', 'break_glass'), TRUE)
      THEN coalesce(n.person, o.person) END AS person
  FROM named AS n LEFT JOIN seen AS o ON o.account = n.account
), met AS (
  SELECT g.event_uid, g.uid, g.time, g.action, g.actor, g.approver, g.role, g.for_action,
    g.requested_by, g.source, g.delegator, g.before, g.age, g.oldest, g.youngest, g.covers_target,
    g.succeeded, g.act_earliest, g.act_latest, y.person,
    CASE WHEN w.record_no IS NULL THEN TRUE ELSE w.standing END AS standing,
    -- Whose managers count: those of the actor, or of who asked a service to act.
    lower(CASE WHEN x.service OR coalesce(g.actor_type IN ('service', 'system'), FALSE)
      THEN q.person ELSE x.person END) AS subject,
    CASE WHEN y.service THEN FALSE
      WHEN x.service OR coalesce(g.actor_type IN ('service', 'system'), FALSE) THEN TRUE
      WHEN y.person IS NOT NULL AND x.person IS NOT NULL THEN y.person <> x.person
      WHEN g.approver_key = g.actor_key THEN FALSE END AS other_actor,
    CASE WHEN y.service THEN FALSE WHEN q.service THEN TRUE
      WHEN y.person IS NOT NULL AND q.person IS NOT NULL THEN y.person <> q.person
      WHEN g.approver_key = g.requester_key THEN FALSE END AS other_requester,
    CASE WHEN g.delegator IS NULL THEN TRUE
      WHEN g.delegator_key IN (g.actor_key, g.requester_key) OR d.person IN (x.person, q.person)
        THEN FALSE
      WHEN d.person IS NOT NULL AND (x.person IS NOT NULL OR x.service)
        AND (q.person IS NOT NULL OR q.service) THEN TRUE END AS other_delegator
  FROM placed AS g
  LEFT JOIN identities AS y ON y.account = g.approver_key AND y.source = g.source
    AND y.at IS NOT DISTINCT FROM g.approver_at
  LEFT JOIN identities AS q ON q.account = g.requester_key AND q.source = g.source
    AND q.at IS NOT DISTINCT FROM g.requester_at
  LEFT JOIN identities AS x ON x.account = g.actor_key AND x.source = g.act_source
    AND x.at IS NOT DISTINCT FROM g.actor_at
  LEFT JOIN identities AS d ON d.account = g.delegator_key AND d.source = g.source
    AND d.at IS NOT DISTINCT FROM g.delegator_at
  LEFT JOIN withdrawn AS w ON w.act_row = g.act_row AND w.record_no = g.record_no
  WHERE g.state = 'granted'
), subjects AS (
  SELECT g.event_uid, g.uid, b.belief, lower(g.person) AS approver, g.subject,
    g.act_earliest AS earliest,
    greatest(g.act_latest, g.act_earliest + INTERVAL 1 MICROSECOND) AS latest
  FROM met AS g CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
  WHERE $chain
), climbed AS (
  SELECT belief, approver AS root, approver AS person, TIMESTAMPTZ '0001-01-01 00:00:00+00' AS since,
    TIMESTAMPTZ '9999-12-31 00:00:00+00' AS until
  FROM subjects WHERE approver IS NOT NULL
  UNION SELECT belief, subject, subject, TIMESTAMPTZ '0001-01-01 00:00:00+00',
    TIMESTAMPTZ '9999-12-31 00:00:00+00'
  FROM subjects WHERE subject IS NOT NULL
  UNION
  -- Upwards without end where managers form a circle, but for rows that are there already.
  SELECT c.belief, c.root, m.manager, greatest(c.since, m.since), least(c.until, m.until)
  FROM climbed AS c JOIN managers AS m ON m.belief = c.belief AND m.person = c.person
    AND m.since < c.until AND m.until > c.since
  WHERE m.manager IS NOT NULL OR NOT m.known
), lines AS (
  -- A line of managers is open where a manager is not known.
  SELECT *, person IS NULL OR person NOT IN (SELECT person FROM managers) AS open FROM climbed
), chained AS (
  SELECT s.event_uid, s.uid, s.belief,
    bool_or(l.person = CASE WHEN l.root = s.subject THEN s.approver ELSE s.subject END
      AND l.since <= s.earliest AND s.latest <= l.until) AS surely,
    bool_or(l.open OR l.person = CASE WHEN l.root = s.subject THEN s.approver ELSE s.subject END)
      AS perhaps
  FROM subjects AS s JOIN lines AS l ON l.belief = s.belief AND l.root IN (s.subject, s.approver)
    AND l.since < s.latest AND l.until > s.earliest
  WHERE s.subject IS NOT NULL AND s.approver IS NOT NULL
  GROUP BY s.event_uid, s.uid, s.belief
), weighed AS (
  SELECT g.*, b.belief,
    CASE WHEN $max_age IS NULL OR g.oldest <= $max_age THEN TRUE
      WHEN g.youngest > $max_age THEN FALSE END AS fresh,
    NOT $cover_action OR g.for_action = g.action AS covers_action,
    CASE WHEN $roles IS NULL THEN TRUE ELSE list_contains($roles, g.role) END AS right_role,
    CASE WHEN NOT $chain THEN TRUE WHEN c.surely THEN FALSE WHEN c.perhaps OR c.uid IS NULL THEN NULL
      ELSE TRUE END AS apart,
    CASE WHEN $phases IS NULL THEN TRUE
      WHEN coalesce(len(h.phases), 0) = 0 OR list_contains(h.phases, 'unknown') THEN NULL
      WHEN NOT list_has_any(h.phases, $phases) THEN TRUE
      WHEN list_has_all($phases, h.phases) THEN FALSE END AS in_service
  FROM met AS g CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
  LEFT JOIN chained AS c ON c.event_uid = g.event_uid AND c.uid = g.uid AND c.belief = b.belief
  LEFT JOIN (SELECT * FROM act_people WHERE $phases IS NOT NULL) AS h
    ON h.event_uid = g.uid AND h.belief = b.belief
  WHERE $lookback IS NULL OR g.age <= $lookback
), counted AS (
  SELECT *,
    before AND fresh AND covers_action AND covers_target AND succeeded AND standing AND right_role
      AND other_actor AND other_requester AND other_delegator AND apart AND in_service AS counts,
    'the approval by ' || coalesce(approver, 'an unnamed account')
      || coalesce(' for ' || delegator, '') || ' at '
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
      CASE WHEN NOT other_delegator
        THEN 'the approver acted for ' || delegator || ', who is the actor or the requester' END,
      CASE WHEN NOT apart THEN 'the approver is in one line of management with the actor' END,
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
      CASE WHEN other_delegator IS NULL THEN 'person behind account ' || delegator END,
      CASE WHEN apart IS NULL
        THEN 'line of management of ' || coalesce(person, approver, 'the approver') END,
      CASE WHEN in_service IS NULL THEN 'employment of ' || coalesce(person, approver, 'the approver')
        || ' as of ' || strftime(time, '%Y-%m-%d') END
    ], lambda fact: fact IS NOT NULL) AS doubts
  FROM weighed
), summed AS (
  SELECT event_uid, belief,
    bool_or(coalesce(counts, FALSE)) AS any_certain,
    bool_or(counts IS DISTINCT FROM FALSE) AS any_possible,
    list(person) FILTER (WHERE counts) AS certain,
    list(coalesce(person, lower(approver), uid)) FILTER (WHERE counts IS DISTINCT FROM FALSE)
      AS possible,
    string_agg(coalesce(approver, 'an unnamed account') || coalesce(' (' || role || ')', '') || ' at '
      || strftime(time, '%Y-%m-%d %H:%M:%SZ'), ', ' ORDER BY time, uid) FILTER (WHERE counts) AS grantors,
    string_agg(label || ' does not count: ' || faults, '; ' ORDER BY time, uid)
      FILTER (WHERE NOT counts) AS refused,
    string_agg(label || ' may not count: not known are ' || array_to_string(doubts, ', '), '; '
      ORDER BY time, uid) FILTER (WHERE counts IS NULL) AS doubted,
    flatten(list(doubts ORDER BY time, uid) FILTER (WHERE counts IS NULL)) AS missing,
    list(uid ORDER BY time, uid) AS evidence, list(source) AS sources
  FROM counted GROUP BY event_uid, belief
), recording AS (
  SELECT source, count(*) AS records, strftime(min(time), '%Y-%m-%d') AS since
  FROM events WHERE starts_with(action, 'approval.') GROUP BY source
), recorded AS (
  SELECT coalesce(sum(records), 0) AS records,
    list({'source': source, 'since': since} ORDER BY source) AS recorders
  FROM recording
), judged AS (
  SELECT s.event_uid, b.belief, m.grantors, m.refused, m.doubted, m.missing, m.evidence,
    m.sources, k.records, k.recorders,
    s.action || ' on ' || coalesce(s.target, s.target_id, 'an unnamed target') || ' before '
      || strftime(s.time, '%Y-%m-%d %H:%M:%SZ') AS act,
    coalesce(s.target, s.target_id) IS NULL AS targetless,
    CASE WHEN CASE WHEN $min = 1 THEN m.any_certain ELSE list_unique(m.certain) >= $min END
        THEN TRUE
      WHEN CASE WHEN $min = 1 THEN m.any_possible ELSE list_unique(m.possible) >= $min END
        THEN NULL
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
      array_to_string(list_transform(recorders, lambda one:
        CASE len(list_filter(sources, lambda source: source = one.source)) WHEN 1 THEN '1 approval'
          ELSE CAST(coalesce(len(list_filter(sources, lambda source: source = one.source)), 0)
            AS VARCHAR) || ' approvals' END
        || ' found in ' || one.source || ', which records approvals since ' || one.since), '; '))
    END AS sentence,
  CASE WHEN value IS NOT NULL THEN CAST([] AS VARCHAR[])
    WHEN len(missing) > 0 THEN missing
    WHEN records = 0 THEN ['a record of approvals']
    ELSE ['target of the act'] END AS missing,
  coalesce(evidence, CAST([] AS VARCHAR[])) AS evidence
FROM judged
