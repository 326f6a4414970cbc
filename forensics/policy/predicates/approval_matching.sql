-- Acts in scope (`acting`), records of approvals (`records`), what belongs together (`pairs`), and
-- since when approvals are recorded at all (`watched`). An act on several targets is there once
-- for each of them that must be covered (`part`; NULL is its own target). A text that goes on with
-- further CTEs follows.
WITH RECURSIVE records AS (
  SELECT row_number() OVER () AS record_no, event_uid AS uid,
    CASE action WHEN 'approval.grant' THEN 'granted' WHEN 'approval.deny' THEN 'denied'
      ELSE 'revoked' END AS state,
    time, actor AS approver, approval_requested_by AS requested_by, lower(approval_by) AS role,
    approval_for AS for_action, lower(trim(case_id)) AS case_key, source,
    on_behalf_of AS delegator, lower(target) AS name_key, lower(target_id) AS id_key,
    list_transform(targets, lambda one: lower(one)) AS further, lower(tenant) AS tenant,
    CASE WHEN outcome = 'success' THEN TRUE END AS succeeded,
    epoch_us(time) AS at,
    CASE time_precision WHEN 'us' THEN 1 WHEN 'ms' THEN 1000 WHEN 's' THEN 1000000
      WHEN 'min' THEN 60000000 WHEN 'day' THEN 86400000000 END AS grain,
    epoch_us(coalesce(time_earliest, time)) AS earliest,
    epoch_us(coalesce(time_latest, time)) AS latest, ordinal
  FROM approval_records
  WHERE action IN ('approval.grant', 'approval.deny', 'approval.revoke')
    AND coalesce(outcome, 'unknown') IN ('success', 'unknown')
), organisations AS (
  SELECT coalesce(list(DISTINCT tenant), CAST([] AS VARCHAR[])) AS tenants
  FROM records WHERE tenant IS NOT NULL
), act_tenants AS (
  -- Nobody asks whose an act is where no approval says whose it is.
  SELECT s.act_no, lower(e.tenant) AS tenant
  FROM (SELECT act_no, event_uid FROM scoped, organisations WHERE len(tenants) > 0) AS s
  JOIN events AS e ON e.event_uid = s.event_uid
), further_targets AS (
  SELECT s.act_no, unnest(list_distinct(list_filter(
    list_transform(e.targets, lambda one: lower(one)),
    lambda one: one <> '' AND one IS DISTINCT FROM lower(s.target)
      AND one IS DISTINCT FROM lower(s.target_id)))) AS key
  FROM scoped AS s JOIN (SELECT event_uid, targets FROM all_acts WHERE len(targets) > 1) AS e
    ON e.event_uid = s.event_uid
), members AS (
  SELECT s.act_no, s.time_earliest, s.time_latest, m.key, m.part
  FROM (SELECT DISTINCT act_no FROM further_targets) AS b
  JOIN scoped AS s ON s.act_no = b.act_no
  JOIN (
    SELECT act_no, CAST(NULL AS VARCHAR) AS part, lower(target) AS key FROM scoped
    UNION ALL SELECT act_no, NULL, lower(target_id) FROM scoped
    UNION ALL SELECT act_no, key, key FROM further_targets
  ) AS m ON m.act_no = b.act_no
), guarded AS (
  SELECT m.act_no, m.part,
    bool_or(coalesce(p.valid_from <= m.time_earliest, TRUE)
      AND coalesce(m.time_latest < p.valid_to, TRUE)) AS required
  FROM members AS m JOIN protected_targets AS p ON lower(p.target) = m.key
    AND coalesce(p.valid_from <= m.time_latest, TRUE)
    AND coalesce(m.time_earliest < p.valid_to, TRUE)
  GROUP BY m.act_no, m.part
), parts AS (
  -- Of several targets those that are protected must be covered, and all where none is.
  SELECT *, count(*) OVER (PARTITION BY act_no) AS parts FROM (
    SELECT act_no, part, required FROM guarded
    UNION ALL SELECT DISTINCT act_no, part, TRUE FROM members
    WHERE key IS NOT NULL AND act_no NOT IN (SELECT act_no FROM guarded))
), particular AS (
  -- Of these accounts, which are not one person's for good, it matters where and when.
  SELECT lower(account) AS account FROM accounts
  WHERE source IS NOT NULL OR valid_from IS NOT NULL OR valid_to IS NOT NULL
), acting AS (
  SELECT row_number() OVER () AS act_row, s.act_no, s.action, s.actor,
    lower(s.actor) AS actor_key,
    CASE WHEN lower(s.actor) IN (SELECT account FROM particular) THEN s.source END AS actor_source,
    CASE WHEN lower(s.actor) IN (SELECT account FROM particular) THEN s.time END AS actor_at,
    coalesce(s.actor_type IN ('service', 'system'), FALSE) AS by_service,
    s.source, lower(trim(s.case_id)) AS case_key, t.tenant,
    p.part, coalesce(p.required, TRUE) AS required, coalesce(p.parts, 1) AS parts,
    lower(s.target) AS name_key, lower(s.target_id) AS id_key,
    epoch_us(s.time) AS at, epoch_us(s.time_earliest) AS earliest,
    epoch_us(s.time_latest) AS latest,
    CASE s.time_precision WHEN 'us' THEN 1 WHEN 'ms' THEN 1000 WHEN 's' THEN 1000000
      WHEN 'min' THEN 60000000 WHEN 'day' THEN 86400000000 END AS grain
  FROM scoped AS s LEFT JOIN act_tenants AS t ON t.act_no = s.act_no
  LEFT JOIN parts AS p ON p.act_no = s.act_no
), began AS (
  -- When the records of approvals, granted or not, begin in each source.
  SELECT source, CASE WHEN len(tenants) > 0 THEN lower(tenant) END AS tenant, min(high) AS high,
    min(latest) AS latest
  FROM (
    SELECT source, tenant, epoch_us(time_latest) AS latest,
      epoch_us(time) + CASE time_precision WHEN 'us' THEN 1 WHEN 'ms' THEN 1000
        WHEN 's' THEN 1000000 WHEN 'min' THEN 60000000 WHEN 'day' THEN 86400000000 END AS high
    FROM approval_records WHERE time_latest IS NOT NULL), organisations
  GROUP BY ALL
), approvable AS (
  SELECT coalesce(lower(target), lower(target_id)) AS key, lower(trim(case_id)) AS case_key, action,
    source, epoch_us(time) AS at
  FROM all_acts WHERE action IN (SELECT for_action FROM records)
), links AS (
  -- Sources that record approvals of what is done in another.
  SELECT DISTINCT r.source AS recorder, a.source AS desk
  FROM (SELECT source, for_action, at, unnest([name_key, id_key]) AS key FROM records) AS r
  JOIN approvable AS a ON a.key = r.key
    AND a.action = r.for_action AND a.source <> r.source AND r.at <= a.at
  UNION SELECT r.source, a.source FROM records AS r
  JOIN approvable AS a ON a.case_key = r.case_key
    AND a.action = r.for_action AND a.source <> r.source AND r.at <= a.at
), watched AS (
  -- Since when approvals of what is done in a source are recorded: by itself, and by others.
  SELECT d.source, d.tenant, min(b.high) FILTER (WHERE b.source = d.source) AS own,
    min(b.latest) AS latest
  FROM (SELECT DISTINCT source, tenant FROM acting) AS d
  JOIN began AS b ON (b.tenant IS NULL OR d.tenant IS NULL OR b.tenant = d.tenant)
  LEFT JOIN links AS l ON l.recorder = b.source AND l.desk = d.source
  WHERE b.source = d.source OR l.desk IS NOT NULL
  GROUP BY d.source, d.tenant
), bare AS (
  -- What is called by an id alone, or in a list that does not tell names from ids.
  SELECT id_key AS key FROM acting WHERE part IS NULL AND name_key IS NULL AND id_key IS NOT NULL
  UNION SELECT id_key FROM records WHERE name_key IS NULL AND id_key IS NOT NULL
  UNION SELECT part FROM acting WHERE part IS NOT NULL
), tying AS (
  SELECT DISTINCT lower(target) AS name, lower(target_id) AS id FROM events
  WHERE (SELECT count(*) FROM bare) > 0 AND target IS NOT NULL AND target_id IS NOT NULL
    AND lower(target) <> lower(target_id)
), ties AS (
  SELECT *, count(*) OVER (PARTITION BY key, named) = 1 AS sure FROM (
    SELECT b.key, t.name AS other, TRUE AS named FROM bare AS b JOIN tying AS t ON t.id = b.key
    UNION SELECT b.key, t.id, FALSE FROM bare AS b JOIN tying AS t ON t.name = b.key)
), tied AS (
  SELECT DISTINCT key FROM ties
), act_keys AS (
  SELECT act_row, coalesce(part, name_key) AS key, TRUE AS sure FROM acting
  UNION ALL SELECT act_row, id_key, TRUE FROM acting
  WHERE part IS NULL AND id_key IS DISTINCT FROM name_key
  UNION ALL SELECT a.act_row, t.other, t.sure FROM acting AS a
  JOIN ties AS t ON t.key = coalesce(a.part, CASE WHEN a.name_key IS NULL THEN a.id_key END)
), record_keys AS (
  SELECT record_no, name_key AS key, TRUE AS sure, FALSE AS further FROM records
  UNION ALL SELECT record_no, id_key, TRUE, FALSE FROM records
  WHERE id_key IS DISTINCT FROM name_key
  UNION ALL SELECT record_no, key, TRUE, TRUE
  FROM (SELECT record_no, name_key, id_key, unnest(further) AS key FROM records
    WHERE len(further) > 0)
  WHERE key IS DISTINCT FROM name_key AND key IS DISTINCT FROM id_key
  UNION ALL SELECT r.record_no, t.other, t.sure, FALSE FROM records AS r
  JOIN ties AS t ON t.key = r.id_key WHERE r.name_key IS NULL
), pairs AS (
  -- What matches one of several targets (`further`) need not have that record's own name and id.
  SELECT act_row, record_no, bool_or(sure) AS matched, bool_or(further) AS further FROM (
    SELECT a.act_row, r.record_no, a.sure AND r.sure AS sure, r.further
    FROM act_keys AS a JOIN record_keys AS r ON r.key = a.key
    UNION ALL SELECT a.act_row, r.record_no, NULL, NULL
    FROM acting AS a JOIN records AS r ON r.case_key = a.case_key)
  GROUP BY act_row, record_no
), namesakes AS (
  -- One name with two ids is two targets, and one id with two names may be.
  SELECT p.act_row, p.record_no, r.source AS recorder, a.source AS desk,
    r.id_key <> a.id_key AS apart
  FROM pairs AS p JOIN acting AS a ON a.act_row = p.act_row AND a.part IS NULL
  JOIN records AS r ON r.record_no = p.record_no
  WHERE NOT p.further AND (r.id_key <> a.id_key
    OR (r.source = a.source AND r.name_key <> a.name_key AND r.name_key <> r.id_key
      AND a.name_key <> a.id_key))
), foreign_ids AS (
  SELECT DISTINCT r.id_key AS id, n.recorder, n.desk
  FROM (SELECT DISTINCT recorder, desk FROM namesakes WHERE recorder <> desk) AS n
  JOIN records AS r ON r.source = n.recorder WHERE r.id_key IS NOT NULL
), comparable AS (
  -- Ids of two sources are of one kind only where they share one.
  SELECT DISTINCT f.recorder, f.desk FROM foreign_ids AS f
  JOIN all_acts AS e ON e.source = f.desk AND lower(e.target_id) = f.id
  WHERE (SELECT count(*) FROM foreign_ids) > 0
), mistaken AS (
  SELECT n.act_row, n.record_no, n.apart FROM namesakes AS n
  LEFT JOIN comparable AS c ON c.recorder = n.recorder AND c.desk = n.desk
  WHERE n.recorder = n.desk OR c.desk IS NOT NULL
), told_acts AS NOT MATERIALIZED (
  SELECT *, coalesce(part, name_key, id_key) IS NULL AS targetless,
    CASE WHEN part IS NULL
      THEN name_key IS NOT NULL OR coalesce(id_key IN (SELECT key FROM tied), FALSE)
      ELSE id_key IS NULL OR part IN (SELECT key FROM tied) END AS named,
    CASE WHEN part IS NULL THEN id_key IS NOT NULL
      ELSE name_key IS NULL OR part IN (SELECT key FROM tied) END AS ided
  FROM acting
), signed AS NOT MATERIALIZED (
  SELECT *, lower(approver) AS approver_key,
    CASE WHEN lower(approver) IN (SELECT account FROM particular) THEN source END AS approver_source,
    CASE WHEN lower(approver) IN (SELECT account FROM particular) THEN time END AS approver_at,
    lower(requested_by) AS requester_key,
    CASE WHEN lower(requested_by) IN (SELECT account FROM particular) THEN source END
      AS requester_source,
    CASE WHEN lower(requested_by) IN (SELECT account FROM particular) THEN time END AS requester_at,
    lower(delegator) AS delegator_key,
    CASE WHEN lower(delegator) IN (SELECT account FROM particular) THEN source END
      AS delegator_source,
    CASE WHEN lower(delegator) IN (SELECT account FROM particular) THEN time END AS delegator_at,
    name_key IS NOT NULL OR coalesce(id_key IN (SELECT key FROM tied), FALSE) AS named,
    id_key IS NOT NULL AS ided
  FROM records
), kinds AS (
  -- A name and an id that nothing ties cannot be compared, so that they may be of one target; and
  -- what names neither a target nor a case may be for any.
  SELECT for_action, coalesce(earliest, -4000000000000000000) AS earliest,
    coalesce(latest, 4000000000000000000) AS latest,
    CASE WHEN named AND ided THEN 'both' WHEN named THEN 'name' WHEN ided THEN 'id' ELSE 'none'
      END AS kind
  FROM signed WHERE state = 'granted'
    AND (named OR ided OR (case_key IS NULL AND coalesce(len(further), 0) = 0))
), wanting AS (
  SELECT * FROM (
    SELECT act_row, action, earliest, latest, unnest(CASE WHEN named AND ided THEN ['none']
      WHEN named THEN ['id', 'none'] WHEN ided THEN ['name', 'none']
      ELSE ['both', 'id', 'name', 'none'] END) AS kind
    FROM told_acts WHERE NOT targetless
      AND (NOT (named AND ided) OR 'none' IN (SELECT kind FROM kinds)))
  WHERE kind IN (SELECT kind FROM kinds)
), stream AS (
  SELECT act_row, kind, unnest([action, '', '*']) AS verb, latest AS at, TRUE AS asking, earliest,
    CAST(NULL AS BIGINT) AS given
  FROM wanting
  UNION ALL SELECT NULL, kind, unnest([coalesce(for_action, ''), '*']), earliest, FALSE, NULL, latest
  FROM kinds WHERE kind IN (SELECT kind FROM wanting)
), runs AS (
  SELECT act_row, kind = 'none' AS untold, verb, earliest - max(given) OVER (PARTITION BY kind, verb ORDER BY at, asking
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS ago
  FROM stream
), unplaced AS (
  -- How long ago at least an approval was given that may be for this target.
  SELECT act_row, min(ago) FILTER (WHERE verb <> '*' AND NOT untold) AS same_verb,
    min(ago) FILTER (WHERE NOT untold) AS any_verb,
    min(ago) FILTER (WHERE verb <> '*' AND untold) AS untold_same_verb,
    min(ago) FILTER (WHERE untold) AS untold_any_verb
  FROM runs WHERE act_row IS NOT NULL GROUP BY act_row
)
