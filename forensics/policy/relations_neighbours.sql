, wanted AS (
  -- The records asked for; what undoes one of them makes it as if it had not been.
  SELECT *, list_extract($undoing, list_position($wanted, action)) AS undone_by FROM others
  WHERE list_contains($wanted, action)
), keyed AS (
  -- A target goes by its name and by its id; the other keys have one value each.
  SELECT uid, act, list_contains($wanted, action) AS other,
    CASE WHEN NOT $bare THEN tenant END AS tenant,
    CASE WHEN $session THEN session_id ELSE '' END AS session_key,
    CASE WHEN $case_key THEN nullif(lower(trim(case_id)), '') ELSE '' END AS case_key,
    unnest(CASE WHEN $target THEN CASE WHEN coalesce(target, target_id) IS NULL
        THEN CAST([NULL] AS VARCHAR[]) ELSE list_distinct(list_filter(
          [lower(target), lower(target_id)], lambda name: name IS NOT NULL)) END
      WHEN $bare THEN CASE WHEN coalesce(person, account) IS NULL
        THEN CAST([NULL] AS VARCHAR[]) ELSE list_filter(
          ['person ' || person, 'account ' || account], lambda name: name IS NOT NULL) END
      ELSE [''] END) AS name_key
  FROM told
), keys AS (
  SELECT *, session_key IS NULL OR case_key IS NULL OR name_key IS NULL AS lacking,
    count(*) FILTER (WHERE other) OVER (PARTITION BY session_key, case_key, name_key) > $crowd
      AS crowded
  FROM keyed
), objects AS (
  SELECT uid, action, unnest(list_filter([lower(target), lower(target_id)],
    lambda name: name IS NOT NULL)) AS name
  FROM others
), undoing AS (
  SELECT DISTINCT w.uid AS other_uid, x.uid AS undo_uid, TRUE AS same_object
  FROM wanted AS w JOIN objects AS o ON o.uid = w.uid
  JOIN objects AS x ON x.name = o.name AND x.action = w.undone_by
  UNION ALL SELECT w.uid, x.uid, NULL
  FROM wanted AS w JOIN others AS x ON x.action = w.undone_by
  WHERE coalesce(w.target, w.target_id) IS NULL OR coalesce(x.target, x.target_id) IS NULL
), kinds AS (
  -- Under a key that many records share: those that differ in nothing but their time. Of each kind
  -- the nearest that is certainly in order and the nearest that may be decide for all of it.
  SELECT k.session_key, k.case_key, k.name_key, k.tenant, w.uid, w.clock,
    w.low, w.high, w.earliest, w.latest,
    [k.session_key, k.case_key, k.name_key, min(w.uid) OVER (PARTITION BY k.session_key, k.case_key, k.name_key, w.tenant, w.source,
      w.account, w.person, w.own, w.service, w.succeeded, w.clock, w.high - w.low,
      CASE WHEN $session THEN [w.case_id, w.target, w.target_id] END,
      CASE WHEN w.uid IN (SELECT other_uid FROM undoing) THEN w.uid END)] AS kind
  FROM keys AS k JOIN wanted AS w ON w.uid = k.uid WHERE k.other AND k.crowded
), asking AS (
  SELECT DISTINCT a.uid, o.kind, coalesce(a.clock = o.clock, FALSE) AS one_clock
  FROM keys AS k JOIN acting AS a ON a.uid = k.uid JOIN (
    SELECT DISTINCT session_key, case_key, name_key, tenant, clock, kind FROM kinds
  ) AS o ON o.session_key = k.session_key AND o.case_key = k.case_key AND o.name_key = k.name_key
    AND coalesce(o.tenant = k.tenant, TRUE)
  WHERE k.act AND k.crowded
), points AS (
  -- What follows is asked of the mirrored times, as if it went before.
  SELECT k.kind, c.one_clock, FALSE AS asked, k.uid,
    CASE WHEN $before THEN CASE WHEN c.one_clock THEN k.low ELSE k.earliest END
      ELSE CASE WHEN c.one_clock THEN -k.high ELSE -k.latest END END AS low,
    CASE WHEN $before THEN CASE WHEN c.one_clock THEN k.high ELSE k.latest END
      ELSE CASE WHEN c.one_clock THEN -k.low ELSE -k.earliest END END AS high
  FROM kinds AS k CROSS JOIN (VALUES (TRUE), (FALSE)) AS c(one_clock)
  UNION SELECT q.kind, q.one_clock, TRUE, q.uid,
    CASE WHEN $before THEN CASE WHEN q.one_clock THEN a.low ELSE a.earliest END
      ELSE CASE WHEN q.one_clock THEN -a.high ELSE -a.latest END END,
    CASE WHEN $before THEN CASE WHEN q.one_clock THEN a.high ELSE a.latest END
      ELSE CASE WHEN q.one_clock THEN -a.low ELSE -a.earliest END END
  FROM asking AS q JOIN acting AS a ON a.uid = q.uid
), ranked AS (
  -- The act may be one of the records itself, so that the last but one is looked at as well.
  SELECT *, CASE WHEN NOT asked
      THEN lag(uid) OVER (PARTITION BY kind, one_clock, asked ORDER BY low, uid) END AS before_it
  FROM points
), nearest AS (
  SELECT asked, uid,
    last_value(CASE WHEN NOT asked THEN uid END IGNORE NULLS) OVER (PARTITION BY kind, one_clock
      ORDER BY CASE WHEN asked THEN low ELSE high END, asked, uid
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS certain,
    last_value(CASE WHEN NOT asked THEN uid END IGNORE NULLS) OVER may AS possible,
    last_value(CASE WHEN NOT asked THEN before_it END IGNORE NULLS) OVER may AS possible_before
  FROM ranked
  WINDOW may AS (PARTITION BY kind, one_clock
    ORDER BY CASE WHEN asked THEN high ELSE low END, NOT asked, uid
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), pairs AS (
  SELECT a.uid AS uid, o.uid AS other_uid
  FROM keys AS a JOIN keys AS o ON o.session_key = a.session_key AND o.case_key = a.case_key
    AND o.name_key = a.name_key AND coalesce(o.tenant = a.tenant, TRUE)
  WHERE a.act AND o.other AND a.uid <> o.uid AND NOT o.crowded
  UNION SELECT uid, other_uid
  FROM (SELECT uid, unnest([certain, possible, possible_before]) AS other_uid
    FROM nearest WHERE asked)
  WHERE uid <> other_uid
), bounded AS (
  SELECT a.uid, o.uid AS other_uid, o.who, o.stamp, o.time, o.action, o.succeeded,
    coalesce(' on ' || coalesce(o.target, o.target_id), '') AS upon,
    a.clock IS NOT NULL AND coalesce(a.clock = o.clock, FALSE) AS one_clock,
    a.clock AS a_clock, a.low AS a_low, a.high AS a_high, a.earliest AS a_earliest, a.latest AS a_latest,
    o.low AS o_low, o.high AS o_high, o.earliest AS o_earliest, o.latest AS o_latest,
    CASE WHEN a.service OR o.service
        THEN a.service AND o.service AND a.account = o.account
      WHEN a.person IS NOT NULL AND o.person IS NOT NULL THEN a.person = o.person
      WHEN a.account = o.account AND a.own AND o.own
        AND a.person IS NULL AND o.person IS NULL THEN TRUE END AS same_person,
    -- Another source may have a session of that id as well, unless more than the id ties them.
    CASE WHEN NOT $session OR o.source = a.source
      OR (a.person = o.person AND NOT a.service AND NOT o.service)
      OR lower(trim(o.case_id)) = lower(trim(a.case_id))
      OR list_has_any(list_filter([lower(o.target), lower(o.target_id)],
        lambda name: name IS NOT NULL), list_filter([lower(a.target), lower(a.target_id), a.account],
        lambda name: name IS NOT NULL)) THEN TRUE END AS one_session,
    o.source, a.service AS a_service, o.service AS o_service,
    a.person IS NULL AS a_nameless, o.person IS NULL AS o_nameless, a.who AS a_who
  FROM pairs AS p JOIN acting AS a ON a.uid = p.uid JOIN wanted AS o ON o.uid = p.other_uid
  WHERE ($before AND o.earliest < a.latest AND o.latest + $within > a.earliest)
    OR (NOT $before AND o.latest > a.earliest AND o.earliest - $within < a.latest)
), undos AS (
  SELECT u.other_uid, x.clock, x.low, x.high, x.earliest, x.latest,
    x.succeeded AND u.same_object
      AND CASE WHEN coalesce(x.clock = w.clock, FALSE)
        THEN CASE WHEN x.low >= w.high THEN TRUE WHEN x.high <= w.low THEN FALSE END
        WHEN x.earliest >= w.latest THEN TRUE WHEN x.latest <= w.earliest THEN FALSE END AS undoes
  FROM undoing AS u JOIN wanted AS w ON w.uid = u.other_uid JOIN others AS x ON x.uid = u.undo_uid
  WHERE x.earliest < w.latest + $within
), undone AS (
  SELECT uid, other_uid, bool_or(undone) AS surely, bool_or(undone IS NULL) AS perhaps
  FROM (
    SELECT b.uid, b.other_uid, x.undoes AND CASE WHEN coalesce(x.clock = b.a_clock, FALSE)
      THEN CASE WHEN x.high <= b.a_low THEN TRUE WHEN x.low >= b.a_high THEN FALSE END
      WHEN x.latest <= b.a_earliest THEN TRUE WHEN x.earliest >= b.a_latest THEN FALSE END AS undone
    FROM bounded AS b JOIN undos AS x ON x.other_uid = b.other_uid
  )
  GROUP BY uid, other_uid
), spaced AS (
  -- First to last: from the record to the act, or from the act to the record.
  SELECT *,
    CASE WHEN $before THEN CASE WHEN one_clock THEN o_low ELSE o_earliest END
      ELSE CASE WHEN one_clock THEN a_low ELSE a_earliest END END AS first_low,
    CASE WHEN $before THEN CASE WHEN one_clock THEN o_high ELSE o_latest END
      ELSE CASE WHEN one_clock THEN a_high ELSE a_latest END END AS first_high,
    CASE WHEN $before THEN CASE WHEN one_clock THEN a_low ELSE a_earliest END
      ELSE CASE WHEN one_clock THEN o_low ELSE o_earliest END END AS last_low,
    CASE WHEN $before THEN CASE WHEN one_clock THEN a_high ELSE a_latest END
      ELSE CASE WHEN one_clock THEN o_high ELSE o_latest END END AS last_high
  FROM bounded
), weighed AS (
  SELECT s.*,
    CASE WHEN first_high <= last_low THEN TRUE WHEN first_low >= last_high THEN FALSE END
      AS in_order,
    CASE WHEN last_high - first_low <= $within THEN TRUE
      WHEN last_low - first_high >= $within THEN FALSE END AS in_time,
    CASE $by WHEN 'anyone' THEN TRUE WHEN 'actor' THEN same_person
      ELSE CASE WHEN o_service THEN FALSE WHEN a_service THEN TRUE ELSE NOT same_person END
      END AS right_person,
    CASE WHEN u.surely THEN FALSE WHEN u.perhaps THEN NULL ELSE TRUE END AS standing
  FROM spaced AS s LEFT JOIN undone AS u ON u.uid = s.uid AND u.other_uid = s.other_uid
), counted AS (
  SELECT *, in_order AND in_time AND succeeded AND right_person AND standing AND one_session AS counts,
    'the ' || action || upon || ' by ' || who || ' at ' || stamp AS label,
    concat_ws(' and ',
      CASE WHEN NOT succeeded THEN 'it did not succeed' END,
      CASE WHEN NOT standing THEN 'it was undone before the act' END,
      CASE WHEN NOT right_person THEN CASE WHEN $by = 'actor' THEN 'it is another person''s'
        WHEN o_service THEN 'it is no person''s' ELSE 'it is the same person''s' END END) AS faults,
    list_filter([
      CASE WHEN in_order IS NULL THEN 'order of the act and ' || action END,
      CASE WHEN in_time IS NULL THEN 'exact time between the act and ' || action END,
      CASE WHEN succeeded IS NULL THEN 'outcome of ' || action END,
      CASE WHEN one_session IS NULL THEN 'whether the session of that id in ' || source
        || ' is that of the act' END,
      CASE WHEN standing IS NULL THEN 'whether ' || action || ' was undone before the act' END,
      CASE WHEN right_person IS NULL
        THEN 'person behind account ' || CASE WHEN a_nameless THEN a_who ELSE who END END
    ], lambda fact: fact IS NOT NULL) AS doubts
  FROM weighed WHERE in_order IS NOT FALSE AND in_time IS NOT FALSE
), summed AS (
  SELECT uid, bool_or(counts) AS some, bool_or(counts IS NULL) AS perhaps,
    list(label ORDER BY time, other_uid) FILTER (WHERE counts) AS found,
    list(label || ' does not count: ' || faults ORDER BY time, other_uid)
      FILTER (WHERE NOT counts) AS refused,
    list(label || ' may not count: not known are ' || array_to_string(doubts, ', ')
      ORDER BY time, other_uid) FILTER (WHERE counts IS NULL) AS doubted,
    flatten(list(doubts ORDER BY time, other_uid) FILTER (WHERE counts IS NULL)) AS missing,
    list(other_uid ORDER BY time, other_uid) AS evidence
  FROM counted GROUP BY uid
), shortened AS (
  -- A sentence names three records; the evidence has all.
  SELECT * EXCLUDE (found, refused, doubted),
    array_to_string(list_slice(found, 1, 3), ', ') || CASE WHEN len(found) > 3
      THEN ' and ' || CAST(len(found) - 3 AS VARCHAR) || ' more' ELSE '' END AS found,
    array_to_string(list_slice(refused, 1, 3), '; ') || CASE WHEN len(refused) > 3
      THEN ' and ' || CAST(len(refused) - 3 AS VARCHAR) || ' more that do not count' ELSE '' END
      AS refused,
    array_to_string(list_slice(doubted, 1, 3), '; ') || CASE WHEN len(doubted) > 3
      THEN ' and ' || CAST(len(doubted) - 3 AS VARCHAR) || ' more that may not count' ELSE '' END
      AS doubted
  FROM summed
), reaching AS (
  -- How far a record reaches: until it certainly was undone, at most.
  SELECT w.*, u.until FROM wanted AS w LEFT JOIN (
    SELECT other_uid, min(latest) FILTER (WHERE undoes) AS until FROM undos GROUP BY other_uid
  ) AS u ON u.other_uid = w.uid
), loose AS (
  -- Records that may belong to acts they share no key with, by what is not known of them. Where
  -- the key is the account, those of the act's own account share it.
  SELECT 'object' AS what, '' AS own, o.earliest, o.latest, o.until FROM reaching AS o
  WHERE o.succeeded IS NOT FALSE
    AND o.uid IN (SELECT uid FROM keys WHERE other AND lacking) AND NOT $bare
  UNION ALL SELECT 'nameless', coalesce('a ' || o.account, 'u ' || o.uid),
    o.earliest, o.latest, o.until
  FROM reaching AS o
  WHERE $bare AND o.succeeded IS NOT FALSE AND NOT o.service AND o.person IS NULL
  UNION ALL SELECT 'anyone', coalesce('a ' || o.account, 'u ' || o.uid),
    o.earliest, o.latest, o.until
  FROM reaching AS o WHERE $bare AND o.succeeded IS NOT FALSE AND NOT o.service
), reaches AS (
  SELECT what, own, CASE WHEN $before THEN earliest ELSE earliest - $within END AS start,
    CASE WHEN $before THEN least(latest + $within, coalesce(until, latest + $within))
      ELSE latest END AS finish
  FROM loose
), asks AS (
  SELECT a.uid, a.earliest, a.latest,
    CASE WHEN NOT $bare THEN 'object' WHEN a.person IS NULL THEN 'anyone' ELSE 'nameless' END
      AS what,
    CASE WHEN $bare THEN coalesce('a ' || a.account, 'u ' || a.uid) ELSE 'none' END AS own
  FROM acting AS a WHERE NOT $bare OR NOT a.service
), begun AS (
  -- The rank among all, less that among the acts, is how many records reach from before that time.
  SELECT uid, asked, row_number() OVER (PARTITION BY what ORDER BY at, NOT asked, uid)
      - row_number() OVER (PARTITION BY what, asked ORDER BY at, uid)
    - row_number() OVER (PARTITION BY what, own ORDER BY at, NOT asked, uid)
      + row_number() OVER (PARTITION BY what, own, asked ORDER BY at, uid) AS reached
  FROM (SELECT what, own, uid, latest AS at, TRUE AS asked FROM asks
    UNION ALL SELECT what, own, NULL, start, FALSE FROM reaches)
), gone AS (
  SELECT uid, asked, row_number() OVER (PARTITION BY what ORDER BY at, asked, uid)
      - row_number() OVER (PARTITION BY what, asked ORDER BY at, uid)
    - row_number() OVER (PARTITION BY what, own ORDER BY at, asked, uid)
      + row_number() OVER (PARTITION BY what, own, asked ORDER BY at, uid) AS passed
  FROM (SELECT what, own, uid, earliest AS at, TRUE AS asked FROM asks
    UNION ALL SELECT what, own, NULL, finish, FALSE FROM reaches)
), near AS (
  SELECT b.uid FROM begun AS b JOIN gone AS o ON o.uid = b.uid
  WHERE b.asked AND o.asked AND b.reached > o.passed
), recording AS (
  SELECT source, count(*) AS records, min(time) AS since FROM wanted GROUP BY source
), reach AS (
  SELECT t.source, epoch_us(min(t.time_latest)) AS begins, epoch_us(max(t.time_earliest)) AS ends,
    max(t.time) AS last
  FROM timed_events AS t JOIN recording AS r ON r.source = t.source GROUP BY t.source
), recorded AS (
  SELECT coalesce(sum(r.records), 0) AS records, min(r.since) AS since, max(h.begins) AS begins,
    min(h.ends) AS ends, string_agg(r.source, ', ' ORDER BY r.source) AS sources,
    min_by(r.source || ' at ' || strftime(h.last, '%Y-%m-%d %H:%M:%SZ'), (h.ends, r.source))
      AS first_to_end,
    max_by(r.source, (h.begins, r.source)) AS last_to_begin
  FROM recording AS r JOIN reach AS h ON h.source = r.source
), placed AS (
  SELECT a.*, m.some, m.perhaps, m.found, m.refused, m.doubted, m.missing, m.evidence,
    n.uid IS NOT NULL AS loose_near, k.*,
    list_filter([CASE WHEN $session AND a.session_id IS NULL THEN 'session of the act' END,
      CASE WHEN $case_key AND coalesce(trim(a.case_id), '') = '' THEN 'case of the act' END,
      CASE WHEN $target AND coalesce(a.target, a.target_id) IS NULL THEN 'target of the act' END,
      CASE WHEN $bare AND coalesce(a.person, a.account) IS NULL THEN 'actor of the act' END],
      lambda fact: fact IS NOT NULL) AS lacks,
    CASE WHEN $before THEN k.begins <= a.earliest - $within ELSE k.ends >= a.latest + $within END
      AS covered
  FROM acting AS a CROSS JOIN recorded AS k
  LEFT JOIN shortened AS m ON m.uid = a.uid LEFT JOIN near AS n ON n.uid = a.uid
), judged AS (
  SELECT *,
    CASE WHEN len(lacks) > 0 THEN NULL WHEN some THEN TRUE WHEN perhaps OR loose_near THEN NULL
      WHEN records = 0 OR NOT covered THEN NULL ELSE FALSE END AS value,
    $events || $by_words || $same_words || ' within ' || $within_text
      || CASE WHEN $before THEN ' before ' ELSE ' after ' END || deed || ' at ' || stamp AS asked,
    strftime(make_timestamptz(epoch_us(time) + $within), '%Y-%m-%d %H:%M:%SZ') AS due
  FROM placed
)
SELECT j.uid AS event_uid, b.belief, j.value,
  CASE WHEN j.value THEN 'found: ' || j.found
    WHEN len(j.lacks) > 0 THEN 'the record of ' || j.deed || ' at ' || j.stamp
      || ' does not say the ' || array_to_string(j.lacks, ', ')
    WHEN j.records = 0 THEN 'no source in this case records ' || $events
    ELSE concat_ws('; ',
      CASE WHEN j.value IS NOT NULL THEN 'no ' || j.asked
        WHEN coalesce(j.perhaps, FALSE) OR j.loose_near OR $before
          THEN 'it is not known whether there was ' || j.asked
        ELSE 'no ' || j.asked || ' yet; it is due ' || j.due || ' and the records end before, in '
          || j.first_to_end END,
      j.doubted, j.refused,
      CASE WHEN j.loose_near THEN 'a record of ' || $events || ' does not say whom or what it concerns'
        END,
      CASE WHEN j.value IS NULL AND $before AND NOT j.covered
        THEN 'the records of ' || j.last_to_begin || ' begin too late' END,
      'records of ' || $events || ' in this case: ' || CAST(j.records AS VARCHAR) || ', since '
        || strftime(j.since, '%Y-%m-%d') || ' (' || j.sources || ')')
    END AS sentence,
  CASE WHEN j.value IS NOT NULL THEN CAST([] AS VARCHAR[])
    WHEN len(j.lacks) > 0 THEN j.lacks
    WHEN j.perhaps THEN list_sort(list_distinct(j.missing))
    WHEN j.records = 0 THEN ['a record of ' || $events]
    WHEN j.loose_near THEN ['whom or what a record of ' || $events || ' concerns']
    WHEN $before THEN ['records of ' || j.last_to_begin || ' from ' || $within_text || ' before the act']
    ELSE [$events || ' after the end of the records'] END AS missing,
  coalesce(j.evidence, CAST([] AS VARCHAR[])) AS evidence
FROM judged AS j CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
