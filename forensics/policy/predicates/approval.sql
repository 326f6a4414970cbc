-- Approvals weighed against each act in scope. Every condition is TRUE, FALSE or NULL (unknown);
-- an approval counts when all of them are TRUE and may count when none is FALSE. What texts say of
-- an approval stays in `records` until it is to be told.
, parties AS (
  SELECT approver_key AS account, approver_source AS source, approver_at AS at FROM signed
  UNION SELECT requester_key, requester_source, requester_at FROM signed
  UNION SELECT delegator_key, delegator_source, delegator_at FROM signed
  UNION SELECT actor_key, actor_source, actor_at FROM acting
), named AS (
  SELECT p.account, p.source, p.at,
    CASE WHEN count(DISTINCT lower(a.person)) = 1 THEN min(lower(a.person)) END AS person,
    min(a.kind) AS kind
  FROM parties AS p
  LEFT JOIN accounts AS a ON lower(a.account) = p.account
    AND (a.source IS NULL OR lower(a.source) = lower(p.source))
    AND (a.valid_from IS NULL OR a.valid_from <= p.at)
    AND (a.valid_to IS NULL OR p.at < a.valid_to)
  WHERE p.account IS NOT NULL
  GROUP BY p.account, p.source, p.at
), nameless AS (
  SELECT DISTINCT account FROM named WHERE person IS NULL OR kind IS NULL
), seen AS (
  SELECT lower(account) AS account, min(lower(person)) AS person, min(account_kind) AS kind
  FROM act_people
  -- The first condition spares reading them all for nobody.
  WHERE (SELECT count(*) FROM nameless) > 0 AND lower(account) IN (SELECT account FROM nameless)
  GROUP BY lower(account) HAVING count(DISTINCT lower(person)) <= 1
), identities AS (
  SELECT n.account, n.source, n.at,
    coalesce(coalesce(n.kind, o.kind) = 'service', FALSE) AS service,
    CASE WHEN coalesce(coalesce(n.kind, o.kind) NOT IN ('shared', 'break_glass'), TRUE)
      THEN coalesce(n.person, o.person) END AS person
  FROM named AS n LEFT JOIN seen AS o ON o.account = n.account
), placed AS (
  SELECT s.act_row, r.record_no, r.state = 'granted' AS granted, r.for_action = s.action AS same_action,
    s.at - r.at AS age,
    -- One source has one clock: its error cancels, and only the granularity of its stamps is left.
    CASE WHEN r.source = s.source AND r.grain IS NOT NULL AND s.grain IS NOT NULL
      THEN s.at + s.grain - r.at ELSE s.latest - r.earliest END AS oldest,
    CASE WHEN r.source = s.source AND r.grain IS NOT NULL AND s.grain IS NOT NULL
      THEN s.at - r.at - r.grain + 1 ELSE s.earliest - r.latest END AS youngest,
    CASE WHEN r.source = s.source AND r.grain IS NOT NULL AND s.grain IS NOT NULL THEN
        CASE WHEN r.at + r.grain <= s.at THEN TRUE WHEN r.at >= s.at + s.grain THEN FALSE END
      WHEN r.latest < s.earliest THEN TRUE WHEN r.earliest > s.latest THEN FALSE END AS before,
    CASE WHEN m.apart THEN FALSE WHEN m.apart IS NOT NULL THEN NULL WHEN p.matched THEN TRUE
      WHEN p.matched IS NOT NULL OR s.targetless THEN NULL
      WHEN (r.named AND s.named) OR (r.ided AND s.ided) THEN FALSE END AS covers_target,
    -- What names no organisation is of the only one that approvals name.
    CASE WHEN r.tenant <> s.tenant THEN FALSE WHEN r.tenant = s.tenant THEN TRUE
      WHEN len(list_filter(o.tenants, lambda one: one <> coalesce(r.tenant, s.tenant, one))) = 0
        THEN TRUE END AS same_tenant,
    coalesce(m.apart, FALSE) AS namesake, r.approver_key, y.person, y.service,
    -- Whose managers count: those of the actor, or of who asked a service to act.
    CASE WHEN x.service OR s.by_service THEN q.person ELSE x.person END AS subject,
    CASE WHEN y.service THEN FALSE WHEN x.service OR s.by_service THEN TRUE
      WHEN y.person IS NOT NULL AND x.person IS NOT NULL THEN y.person <> x.person
      WHEN r.approver_key = s.actor_key THEN FALSE END AS other_actor,
    CASE WHEN y.service THEN FALSE WHEN q.service THEN TRUE
      WHEN y.person IS NOT NULL AND q.person IS NOT NULL THEN y.person <> q.person
      WHEN r.approver_key = r.requester_key THEN FALSE END AS other_requester,
    CASE WHEN r.delegator_key IS NULL THEN TRUE
      WHEN r.delegator_key IN (s.actor_key, r.requester_key) OR d.person IN (x.person, q.person)
        THEN FALSE
      WHEN d.person IS NOT NULL AND (x.person IS NOT NULL OR x.service)
        AND (q.person IS NOT NULL OR q.service) THEN TRUE END AS other_delegator
  FROM pairs AS p
  JOIN told_acts AS s ON s.act_row = p.act_row
  JOIN signed AS r ON r.record_no = p.record_no
  LEFT JOIN mistaken AS m ON m.act_row = p.act_row AND m.record_no = p.record_no
  LEFT JOIN identities AS y ON y.account = r.approver_key
    AND y.source IS NOT DISTINCT FROM r.approver_source AND y.at IS NOT DISTINCT FROM r.approver_at
  LEFT JOIN identities AS q ON q.account = r.requester_key
    AND q.source IS NOT DISTINCT FROM r.requester_source
    AND q.at IS NOT DISTINCT FROM r.requester_at
  LEFT JOIN identities AS x ON x.account = s.actor_key
    AND x.source IS NOT DISTINCT FROM s.actor_source AND x.at IS NOT DISTINCT FROM s.actor_at
  LEFT JOIN identities AS d ON d.account = r.delegator_key
    AND d.source IS NOT DISTINCT FROM r.delegator_source
    AND d.at IS NOT DISTINCT FROM r.delegator_at
  CROSS JOIN organisations AS o
  -- As a difference, or the planner would join by it; what has no time may be of any.
  WHERE coalesce(r.at - s.at, 0) <= 86400000000
), takers AS MATERIALIZED (
  -- Few approvals are taken back; only what those are of is looked at.
  SELECT t.act_row, t.record_no, t.before, t.covers_target, t.person, t.approver_key, r.uid, r.state,
    r.approver, r.succeeded, r.source, r.tenant, r.at, r.grain, r.ordinal, r.earliest, r.latest,
    r.for_action, r.case_key
  FROM placed AS t JOIN records AS r ON r.record_no = t.record_no
  WHERE NOT t.granted AND t.before IS NOT FALSE AND t.covers_target IS NOT FALSE
    AND t.same_tenant IS NOT FALSE
), takable AS MATERIALIZED (
  SELECT g.act_row, g.record_no, g.person, g.approver_key, r.source, r.tenant, r.at, r.grain,
    r.ordinal, r.earliest, r.latest, r.for_action, r.case_key
  FROM placed AS g JOIN records AS r ON r.record_no = g.record_no
  WHERE g.granted AND g.act_row IN (SELECT act_row FROM takers)
), retractions AS (
  -- What may take an approval back, and whether it is by who gave it.
  SELECT g.act_row, g.record_no, t.record_no AS taker, t.uid, t.state, t.approver, t.before,
    t.succeeded, t.covers_target,
    CASE WHEN g.source = t.source AND g.tenant IS NOT DISTINCT FROM t.tenant
        AND g.ordinal <> t.ordinal THEN g.ordinal < t.ordinal
      WHEN g.source = t.source AND g.grain IS NOT NULL AND t.grain IS NOT NULL THEN
        CASE WHEN g.at + g.grain <= t.at THEN TRUE WHEN t.at + t.grain <= g.at THEN FALSE END
      WHEN g.latest < t.earliest THEN TRUE WHEN t.latest < g.earliest THEN FALSE END AS later,
    CASE WHEN g.person IS NOT NULL AND t.person IS NOT NULL THEN g.person = t.person
      WHEN g.approver_key = t.approver_key THEN TRUE END AS own
  FROM takable AS g JOIN takers AS t ON t.act_row = g.act_row
    AND (t.for_action IS NULL OR g.for_action IS NULL OR t.for_action = g.for_action)
    AND (t.case_key IS NULL OR g.case_key IS NULL OR t.case_key = g.case_key)
), taken AS (
  -- Who approved takes back that approval; who did not takes back all. Only who gave it denies it.
  SELECT *, CASE WHEN own OR state = 'denied' THEN own
      WHEN count(*) FILTER (WHERE own) OVER whose > 0 THEN own
      WHEN count(*) FILTER (WHERE own IS NULL) OVER whose = 0 THEN TRUE
      WHEN own IS NULL AND count(*) FILTER (WHERE own IS NULL) OVER whose = 1 THEN TRUE
      END AS meant
  FROM retractions WHERE later IS NOT FALSE WINDOW whose AS (PARTITION BY act_row, taker)
), withdrawn AS (
  SELECT act_row, record_no,
    CASE WHEN bool_or(surely) THEN FALSE WHEN bool_or(surely IS NULL) THEN NULL ELSE TRUE
      END AS standing,
    max(state) FILTER (WHERE surely) AS how,
    list(uid ORDER BY uid) FILTER (WHERE surely IS NOT FALSE) AS takers,
    list_sort(list_distinct(flatten(list(list_filter([
      CASE WHEN later IS NULL THEN 'order of approval and ' || word END,
      CASE WHEN before IS NULL THEN 'order of ' || word || ' and act' END,
      CASE WHEN succeeded IS NULL THEN 'outcome of the ' || word END,
      CASE WHEN covers_target IS NULL THEN 'target of the ' || word END,
      CASE WHEN meant IS NULL THEN 'person behind account ' || coalesce(approver, '(not recorded)')
        END], lambda fact: fact IS NOT NULL)) FILTER (WHERE surely IS NULL)))) AS doubts
  FROM (
    SELECT *, later AND before AND succeeded AND covers_target AND meant AS surely,
      CASE state WHEN 'denied' THEN 'denial' ELSE 'revocation' END AS word
    FROM taken)
  GROUP BY act_row, record_no
), met AS (
  -- A row an approval that may be for an act, and one for an act that has none.
  SELECT s.act_no, s.act_row, s.actor, s.part, s.required, s.parts, s.targetless,
    greatest(s.at - CASE WHEN s.grain IS NOT NULL THEN v.own END, s.earliest - v.latest - 1)
      AS recorded_for,
    u.same_verb, u.any_verb, u.untold_same_verb, u.untold_any_verb, g.record_no, g.same_action, g.before, g.age, g.oldest, g.youngest,
    g.covers_target, g.namesake, g.same_tenant, g.person, g.subject, w.how, w.takers, w.doubts AS taking_doubts,
    CASE WHEN w.record_no IS NULL THEN TRUE ELSE w.standing END AS standing,
    g.other_actor, g.other_requester, g.other_delegator
  FROM told_acts AS s
  LEFT JOIN placed AS g ON g.act_row = s.act_row AND g.granted
  LEFT JOIN withdrawn AS w ON w.act_row = g.act_row AND w.record_no = g.record_no
  LEFT JOIN watched AS v ON v.source = s.source AND v.tenant IS NOT DISTINCT FROM s.tenant
  LEFT JOIN unplaced AS u ON u.act_row = s.act_row
), subjects AS (
  SELECT DISTINCT g.act_no, g.record_no, b.belief, g.person AS approver, g.subject,
    s.time_earliest AS earliest,
    greatest(s.time_latest, s.time_earliest + INTERVAL 1 MICROSECOND) AS latest
  FROM met AS g JOIN scoped AS s ON s.act_no = g.act_no
  CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
  WHERE $chain AND g.record_no IS NOT NULL
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
  SELECT s.act_no, s.record_no, s.belief,
    bool_or(l.person = CASE WHEN l.root = s.subject THEN s.approver ELSE s.subject END
      AND l.since <= s.earliest AND s.latest <= l.until) AS surely,
    bool_or(l.open OR l.person = CASE WHEN l.root = s.subject THEN s.approver ELSE s.subject END)
      AS perhaps
  FROM subjects AS s JOIN lines AS l ON l.belief = s.belief AND l.root IN (s.subject, s.approver)
    AND l.since < s.latest AND l.until > s.earliest
  WHERE s.subject IS NOT NULL AND s.approver IS NOT NULL
  GROUP BY s.act_no, s.record_no, s.belief
), weighed AS (
  SELECT g.*, b.belief, r.uid, r.time, r.approver, r.role, r.for_action, r.requested_by, r.source,
    r.delegator, r.tenant, r.succeeded,
    g.record_no IS NOT NULL AND ($lookback IS NULL OR coalesce(g.age, 0) <= $lookback)
      AS told,
    CASE WHEN $max_age IS NULL OR g.oldest <= $max_age THEN TRUE
      WHEN g.youngest > $max_age THEN FALSE END AS fresh,
    NOT $cover_action OR g.same_action AS covers_action,
    CASE WHEN $roles IS NULL THEN TRUE ELSE list_contains($roles, r.role) END AS right_role,
    CASE WHEN NOT $chain THEN TRUE WHEN c.surely THEN FALSE
      WHEN c.perhaps OR c.record_no IS NULL THEN NULL ELSE TRUE END AS apart,
    CASE WHEN $phases IS NULL THEN TRUE
      WHEN coalesce(len(h.phases), 0) = 0 OR list_contains(h.phases, 'unknown') THEN NULL
      WHEN NOT list_has_any(h.phases, $phases) THEN TRUE
      WHEN list_has_all($phases, h.phases) THEN FALSE END AS in_service,
    list_has_any(h.phases, ['leave', 'garden_leave']) AS away,
    CASE WHEN NOT list_contains(h.phases, 'unknown') THEN h.disputed END AS disputed
  FROM met AS g CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
  LEFT JOIN records AS r ON r.record_no = g.record_no
  LEFT JOIN chained AS c
    ON c.act_no = g.act_no AND c.record_no = g.record_no AND c.belief = b.belief
  LEFT JOIN (
    -- Garden leave is told apart only where leave as a whole is not asked.
    SELECT event_uid, belief, list_transform(phases, lambda one: CASE WHEN one = 'leave'
      AND status = 'garden_leave' AND NOT list_contains($phases, 'leave') THEN 'garden_leave'
      ELSE one END) AS phases,
      array_to_string(list_transform(ends, lambda one:
        CASE WHEN last_working_day IS NULL AND one.last_working_day IS NOT NULL
            THEN CAST(one.last_working_day AS VARCHAR)
          ELSE coalesce('access until ' || strftime(one.access_end_latest, '%Y-%m-%d %H:%M:%SZ'),
            'no end') END
          || ' in ' || one.source || ':' || one.source_row), ' and ') AS disputed
    FROM act_people WHERE $phases IS NOT NULL) AS h
    ON h.event_uid = r.uid AND h.belief = b.belief
), counted AS (
  SELECT *,
    before AND fresh AND covers_action AND covers_target AND same_tenant AND succeeded
      AND standing AND right_role AND other_actor AND other_requester AND other_delegator AND apart
      AND in_service AS counts,
    'the approval by ' || coalesce(approver, 'an unnamed account')
      || coalesce(' for ' || delegator, '') || ' at '
      || coalesce(strftime(time, '%Y-%m-%d %H:%M:%SZ'), 'an unknown time') AS label,
    concat_ws(' and ',
      CASE WHEN NOT before THEN 'it came after the act' END,
      CASE WHEN NOT fresh THEN 'it was too old' END,
      CASE WHEN NOT covers_action THEN 'it is for ' || for_action END,
      CASE WHEN NOT covers_target THEN 'it is for another target'
        || CASE WHEN namesake THEN ' of that name, with another id' ELSE '' END END,
      CASE WHEN NOT same_tenant THEN 'it is for an act in ' || tenant END,
      CASE WHEN NOT standing AND how = 'denied' THEN 'who gave it denied it before the act'
        WHEN NOT standing THEN 'it was revoked before the act' END,
      CASE WHEN NOT right_role THEN 'its role ' || role || ' may not approve' END,
      CASE WHEN NOT other_actor THEN 'the approver is not another person than the actor' END,
      CASE WHEN NOT other_requester THEN 'the approver is not another person than the requester' END,
      CASE WHEN NOT other_delegator
        THEN 'the approver acted for ' || delegator || ', who is the actor or the requester' END,
      CASE WHEN NOT apart THEN 'the approver is in one line of management with the actor' END,
      CASE WHEN NOT in_service AND away THEN 'the approver was on leave'
        WHEN NOT in_service THEN 'the approver was leaving or had left' END) AS faults,
    list_concat(list_filter([
      CASE WHEN before IS NULL THEN 'order of approval and act' END,
      CASE WHEN fresh IS NULL THEN 'age of the approval at the act' END,
      CASE WHEN covers_action IS NULL THEN 'action that was approved' END,
      CASE WHEN covers_target IS NULL THEN 'target that was approved' END,
      CASE WHEN same_tenant IS NULL THEN 'organisation of the approval' END,
      CASE WHEN succeeded IS NULL THEN 'outcome of the approval' END,
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
      CASE WHEN in_service IS NULL AND disputed IS NOT NULL THEN 'the end of access of '
          || coalesce(person, approver, 'the approver') || ', on which rosters differ'
        WHEN in_service IS NULL THEN 'employment of ' || coalesce(person, approver, 'the approver')
        || coalesce(' as of ' || strftime(time, '%Y-%m-%d'), '') END
    ], lambda fact: fact IS NOT NULL), CASE WHEN standing IS NULL THEN taking_doubts END) AS doubts,
    CASE WHEN in_service IS NULL THEN disputed END AS ends
  FROM weighed
), summed AS (
  SELECT act_row, belief, any_value(act_no) AS act_no, any_value(part) AS part,
    any_value(parts) AS parts, any_value(required) AS required,
    any_value(targetless) AS targetless,
    coalesce(any_value(recorded_for) >= coalesce($max_age, 0), FALSE) AS recorded,
    coalesce(any_value(CASE WHEN $cover_action THEN same_verb ELSE any_verb END)
      <= coalesce($max_age, 9000000000000000000), FALSE) AS unplaced,
    coalesce(any_value(CASE WHEN $cover_action THEN untold_same_verb ELSE untold_any_verb END)
      <= coalesce($max_age, 9000000000000000000), FALSE) AS untold,
    bool_or(told AND coalesce(counts, FALSE)) AS any_certain,
    bool_or(told AND counts IS DISTINCT FROM FALSE) AS any_possible,
    count(*) FILTER (WHERE told AND counts) AS approvals,
    list(person) FILTER (WHERE told AND counts) AS certain,
    list(coalesce(person, lower(approver), uid))
      FILTER (WHERE told AND counts IS DISTINCT FROM FALSE) AS possible,
    string_agg(coalesce(approver, 'an unnamed account') || coalesce(' (' || role || ')', '') || ' at '
      || strftime(time, '%Y-%m-%d %H:%M:%SZ'), ', ' ORDER BY time, uid)
      FILTER (WHERE told AND counts) AS grantors,
    string_agg(label || ' does not count: ' || faults, '; ' ORDER BY time, uid)
      FILTER (WHERE told AND NOT counts) AS refused,
    string_agg(label || ' may not count: not known are ' || array_to_string(doubts, ', ')
      || coalesce(' (' || ends || ')', ''), '; '
      ORDER BY time, uid) FILTER (WHERE told AND counts IS NULL) AS doubted,
    flatten(list(doubts ORDER BY time, uid) FILTER (WHERE told AND counts IS NULL)) AS missing,
    list(uid ORDER BY time, uid) FILTER (WHERE told) AS uids,
    flatten(list(takers ORDER BY time, uid) FILTER (WHERE told AND standing IS NOT TRUE)) AS takers,
    list(source) FILTER (WHERE told) AS sources
  FROM counted GROUP BY act_row, belief
), recording AS (
  SELECT source, count(*) AS records, strftime(min(time), '%Y-%m-%d') AS since
  FROM approval_records GROUP BY source
), recorded AS (
  SELECT coalesce(sum(records), 0) AS records,
    list({'source': source, 'since': since} ORDER BY source) AS recorders
  FROM recording
), judged AS (
  SELECT m.*, k.records, k.recorders, s.event_uid, s.source,
    coalesce(m.part, s.target, s.target_id, 'an unnamed target') AS called,
    s.action || ' on ' || coalesce(m.part, s.target, s.target_id, 'an unnamed target') || ' before '
      || strftime(s.time, '%Y-%m-%d %H:%M:%SZ') AS act,
    CASE WHEN CASE WHEN $min = 1 THEN m.any_certain ELSE list_unique(m.certain) >= $min END
        THEN TRUE
      WHEN CASE WHEN $min = 1 THEN m.any_possible ELSE list_unique(m.possible) >= $min END
        THEN NULL
      WHEN k.records = 0 OR m.targetless OR m.unplaced OR m.untold OR NOT m.recorded OR NOT m.required THEN NULL
      ELSE FALSE END AS value
  FROM summed AS m JOIN scoped AS s ON s.act_no = m.act_no CROSS JOIN recorded AS k
), answered AS (
  SELECT act_no, event_uid, belief, value, parts, coalesce(part, '') AS part,
    CASE WHEN value THEN 'approved by ' || grantors || CASE WHEN parts > 1 THEN ' for ' || called ELSE '' END
      WHEN records = 0 THEN 'no source in this case records approvals'
      ELSE concat_ws('; ',
        CASE WHEN value IS NULL THEN 'it is not known whether another person' || $in_role
            || ' approved ' || act
          WHEN $min > 1 THEN 'fewer than ' || CAST($min AS VARCHAR) || ' approvals by other persons'
            || $in_role || ' covering ' || act
          ELSE 'no approval by another person' || $in_role || ' covering ' || act END,
        CASE WHEN approvals > 0 THEN 'approved only by ' || grantors
          || CASE WHEN list_unique(certain) = 1 AND approvals > 1 THEN ', who are one person'
            ELSE '' END END,
        doubted, refused,
        array_to_string(list_transform(recorders, lambda one:
          CASE len(list_filter(sources, lambda source: source = one.source)) WHEN 1 THEN '1 approval'
            ELSE CAST(coalesce(len(list_filter(sources, lambda source: source = one.source)), 0)
              AS VARCHAR) || ' approvals' END
          || ' found in ' || one.source || ', which records approvals since ' || one.since), '; '),
        CASE WHEN value IS NULL AND unplaced
          THEN 'an approval in time may be for it: one of the two is called by its name alone,'
            || ' the other by its id' END,
        CASE WHEN value IS NULL AND untold
          THEN 'an approval in time may be for it: it names neither a target nor a case' END,
        CASE WHEN value IS NULL AND NOT recorded THEN 'no record of approvals of acts in ' || source
          || ' is known to begin' || $since || ' before the act' END,
        CASE WHEN NOT required THEN 'whether it was protected at that time is not known' END)
      END AS sentence,
    CASE WHEN value IS NOT NULL THEN CAST([] AS VARCHAR[])
      WHEN records = 0 THEN ['a record of approvals']
      ELSE list_concat(coalesce(missing, CAST([] AS VARCHAR[])), list_filter([
        CASE WHEN targetless THEN 'target of the act' END,
        CASE WHEN unplaced THEN 'a record that ties the name of a target to its id' END,
        CASE WHEN untold THEN 'target that was approved' END,
        CASE WHEN NOT recorded THEN 'a record of approvals at that time' END,
        CASE WHEN NOT required THEN 'protection of ' || called || ' at that time' END],
        lambda fact: fact IS NOT NULL)) END AS missing,
    list_distinct(list_concat(coalesce(uids, CAST([] AS VARCHAR[])),
      coalesce(takers, CAST([] AS VARCHAR[])))) AS evidence
  FROM judged
)
SELECT act_no, event_uid, belief, value, sentence, missing, evidence FROM answered WHERE parts = 1
UNION ALL
SELECT act_no, event_uid, belief,
  CASE WHEN bool_or(NOT value) THEN FALSE WHEN bool_or(value IS NULL) THEN NULL ELSE TRUE END,
  string_agg(sentence, '; ' ORDER BY part),
  CASE WHEN coalesce(bool_and(value IS NULL OR value), TRUE) AND bool_or(value IS NULL)
    THEN list_distinct(flatten(list(missing ORDER BY part))) ELSE CAST([] AS VARCHAR[]) END,
  list_distinct(flatten(list(evidence ORDER BY part)))
FROM answered WHERE parts > 1 GROUP BY act_no, event_uid, belief
