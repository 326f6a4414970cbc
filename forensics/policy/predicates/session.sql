-- The session of each act, from the first to the last record of it in the source of the act.
WITH acting AS (
  SELECT s.event_uid AS uid, t.source, t.tenant, t.session_id,
    t.action || ' at ' || strftime(t.time, '%Y-%m-%d %H:%M:%SZ') AS deed
  FROM scoped AS s JOIN timed_events AS t ON t.event_uid = s.event_uid
), asked AS (
  SELECT DISTINCT source, tenant, session_id FROM acting WHERE session_id IS NOT NULL
), members AS (
  SELECT t.event_uid AS uid, t.source, t.tenant, t.session_id, t.action, t.outcome, t.time,
    t.src_ip, t.src_country, t.src_asn, t.device_id, t.user_agent,
    t.clock_segment AS segment,
    epoch_us(t.time_low) AS own_low, epoch_us(t.time_high) AS own_high,
    epoch_us(t.time_earliest) AS true_low, epoch_us(t.time_latest) AS true_high
  FROM timed_events AS t JOIN asked AS a ON a.source = t.source
    AND a.tenant IS NOT DISTINCT FROM t.tenant AND a.session_id = t.session_id
  WHERE t.time IS NOT NULL
), clocked AS (
  -- One clock's error cancels, unless it was set in between.
  SELECT source, tenant, session_id,
    count(DISTINCT segment) = 1 AND count(segment) = count(*) AS one_clock
  FROM members GROUP BY source, tenant, session_id
), placed AS (
  SELECT m.*, c.one_clock, CASE WHEN c.one_clock THEN own_low ELSE true_low END AS low,
    greatest(CASE WHEN c.one_clock THEN own_high ELSE true_high END,
      CASE WHEN c.one_clock THEN own_low ELSE true_low END + 1) AS high
  FROM members AS m JOIN clocked AS c ON c.source = m.source
    AND c.tenant IS NOT DISTINCT FROM m.tenant AND c.session_id = m.session_id
), spans AS (
  SELECT source, tenant, session_id, count(*) AS records, min(time) AS first, max(time) AS last,
    max(low) - min(high) AS least, max(high) - min(low) AS most, min(high) AS begun,
    any_value(one_clock) AS one_clock,
    coalesce(bool_or(action = 'session.end' AND coalesce(outcome, 'unknown')
      NOT IN ('failure', 'denied')), FALSE) AS ended,
    list_sort(list_distinct(list(src_ip) FILTER (WHERE src_ip IS NOT NULL))) AS src_ip,
    list_sort(list_distinct(list(src_country) FILTER (WHERE src_country IS NOT NULL)))
      AS src_country,
    list_sort(list_distinct(list(src_asn) FILTER (WHERE src_asn IS NOT NULL))) AS src_asn,
    list_sort(list_distinct(list(device_id) FILTER (WHERE device_id IS NOT NULL))) AS device_id,
    list_sort(list_distinct(list(user_agent) FILTER (WHERE user_agent IS NOT NULL)))
      AS user_agent,
    bool_or(src_ip IS NULL) AS no_src_ip, bool_or(src_country IS NULL) AS no_src_country,
    bool_or(src_asn IS NULL) AS no_src_asn, bool_or(device_id IS NULL) AS no_device_id,
    bool_or(user_agent IS NULL) AS no_user_agent,
    min_by(uid, (low, uid)) AS first_uid, max_by(uid, (high, uid)) AS last_uid
  FROM placed GROUP BY source, tenant, session_id
), reach AS (
  SELECT source, max(epoch_us(time_low)) AS own_end, max(epoch_us(time_earliest)) AS true_end
  FROM timed_events WHERE source IN (SELECT source FROM asked) GROUP BY source
), weighed AS (
  SELECT p.*,
    CASE WHEN $most IS NULL THEN TRUE WHEN p.least >= $most THEN FALSE
      WHEN p.most > $most THEN NULL WHEN p.ended THEN TRUE
      -- No record of the end: that the source went on and the session did not tells it.
      WHEN CASE WHEN p.one_clock THEN r.own_end ELSE r.true_end END >= p.begun + $most THEN TRUE
      END AS short,
    [CASE WHEN list_contains($same, 'src_ip') THEN CASE WHEN len(src_ip) > 1 THEN FALSE
        WHEN NOT no_src_ip THEN TRUE END ELSE TRUE END,
      CASE WHEN list_contains($same, 'src_country') THEN CASE WHEN len(src_country) > 1 THEN FALSE
        WHEN NOT no_src_country THEN TRUE END ELSE TRUE END,
      CASE WHEN list_contains($same, 'src_asn') THEN CASE WHEN len(src_asn) > 1 THEN FALSE
        WHEN NOT no_src_asn THEN TRUE END ELSE TRUE END,
      CASE WHEN list_contains($same, 'device_id') THEN CASE WHEN len(device_id) > 1 THEN FALSE
        WHEN NOT no_device_id THEN TRUE END ELSE TRUE END,
      CASE WHEN list_contains($same, 'user_agent') THEN CASE WHEN len(user_agent) > 1 THEN FALSE
        WHEN NOT no_user_agent THEN TRUE END ELSE TRUE END] AS alike
  FROM spans AS p JOIN reach AS r ON r.source = p.source
), judged AS (
  SELECT a.uid, a.deed, a.session_id, w.* EXCLUDE (source, tenant, session_id),
    w.short AND w.alike[1] AND w.alike[2] AND w.alike[3] AND w.alike[4] AND w.alike[5] AS value
  FROM acting AS a LEFT JOIN weighed AS w ON w.source = a.source
    AND w.tenant IS NOT DISTINCT FROM a.tenant AND w.session_id = a.session_id
)
SELECT j.uid AS event_uid, b.belief, j.value,
  CASE WHEN j.session_id IS NULL THEN 'the record of ' || j.deed || ' names no session'
    ELSE concat_ws('; ', 'session ' || j.session_id || ' of ' || j.deed || ' lasted '
        || CAST(to_microseconds(greatest(j.least, 0)) AS VARCHAR) || ' to '
        || CAST(to_microseconds(j.most) AS VARCHAR) || ', from '
        || strftime(j.first, '%Y-%m-%d %H:%M:%SZ') || ' to '
        || strftime(j.last, '%Y-%m-%d %H:%M:%SZ') || ' (' || CAST(j.records AS VARCHAR)
        || ' records' || CASE WHEN j.ended THEN ')' ELSE ', none of its end)' END
        || CASE WHEN $most IS NULL THEN '' ELSE '; at most ' || $most_text || ' is allowed' END,
      CASE WHEN NOT j.alike[1] THEN 'addresses: ' || array_to_string(j.src_ip, ', ') END,
      CASE WHEN NOT j.alike[2] THEN 'countries: ' || array_to_string(j.src_country, ', ') END,
      CASE WHEN NOT j.alike[3] THEN 'networks: ' || array_to_string(j.src_asn, ', ') END,
      CASE WHEN NOT j.alike[4] THEN 'devices: ' || array_to_string(j.device_id, ', ') END,
      CASE WHEN NOT j.alike[5] THEN 'clients: ' || array_to_string(j.user_agent, ', ') END)
    END AS sentence,
  CASE WHEN j.value IS NOT NULL THEN CAST([] AS VARCHAR[])
    WHEN j.session_id IS NULL THEN ['session of the act']
    ELSE list_filter([
      CASE WHEN j.short IS NULL AND j.most > $most AND j.least < $most
        THEN 'exact length of session ' || j.session_id
        WHEN j.short IS NULL THEN 'end of session ' || j.session_id END,
      CASE WHEN j.alike[1] IS NULL THEN 'src_ip of a record of session ' || j.session_id END,
      CASE WHEN j.alike[2] IS NULL THEN 'src_country of a record of session ' || j.session_id END,
      CASE WHEN j.alike[3] IS NULL THEN 'src_asn of a record of session ' || j.session_id END,
      CASE WHEN j.alike[4] IS NULL THEN 'device_id of a record of session ' || j.session_id END,
      CASE WHEN j.alike[5] IS NULL THEN 'user_agent of a record of session ' || j.session_id END
    ], lambda fact: fact IS NOT NULL) END AS missing,
  CASE WHEN j.session_id IS NULL THEN CAST([] AS VARCHAR[])
    ELSE list_sort(list_distinct([j.first_uid, j.last_uid])) END AS evidence
FROM judged AS j CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
